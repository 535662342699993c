// SPDX-License-Identifier: BSD-2-Clause
/*
 * device_conformance_test.c: what device.h and the datasheet promise, asked of every device that
 * device_at() lists. None of them needs hardware, so one that does not open has failed.
 */
#include "drivers/device/engine/driver_testing.h"
#include "drivers/support/fault.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define DATA_IOVA  0x2000000u /* below 16 MiB x 4: every address width but 24 bits */
#define DATA_BYTES (64 * PAGE_BYTES)
#define WAKEUPS    50000

static const struct device_ops *ops; /* the device under test */

static const struct device_config usual = {
	.cpu = -1, .address_bits = 64, .memory_bytes = 4u << 20, .seed = 1};

struct bench {
	struct device *dev;
	struct driver drv;
	uint8_t *data; /* mapped read-write at DATA_IOVA */
};

static struct device *device_open(const struct device_config *config)
{
	struct err err = ERR_INIT;
	struct device *dev;
	int rc = ops->open(&dev, config, &err);

	if (rc)
		fail_msg("%s: %s", ops->name, err.message);
	return dev;
}

static void bench_open(struct bench *bench, const struct device_config *config)
{
	bench->dev = device_open(config);
	driver_open(&bench->drv, bench->dev, 0);
	bench->data = aligned_alloc(PAGE_BYTES, DATA_BYTES);
	assert_non_null(bench->data);
	for (size_t i = 0; i < DATA_BYTES; i++)
		bench->data[i] = (uint8_t)(i * 7 + i / 4096);
	assert_int_equal(bench->dev->dma->map(bench->dev, (iova_t){DATA_IOVA}, bench->data,
				 DATA_BYTES, DEVICE_READ | DEVICE_WRITE),
		0);
}

static void bench_close(struct bench *bench)
{
	driver_close(&bench->drv);
	assert_int_equal(bench->dev->dma->unmap(bench->dev, (iova_t){DATA_IOVA}, DATA_BYTES), 0);
	ops->close(bench->dev);
	free(bench->data);
}

static void list_is_sorted_and_found(void **state)
{
	(void)state;
	unsigned count = 0;

	for (; device_at(count); count++) {
		assert_ptr_equal(device_find(device_at(count)->name), device_at(count));
		assert_true(count == 0 ||
			    strcmp(device_at(count - 1)->name, device_at(count)->name) < 0);
		assert_true(strlen(device_at(count)->help) > 0);
	}
	assert_true(count > 0);
	assert_null(device_at(count + 1));
	assert_null(device_find("nosuch"));
}

static void open_tells_what_it_is(void **state)
{
	(void)state;
	struct device *dev = device_open(&usual);
	uint8_t *bar = dev->caps.bar[0].va;

	assert_ptr_equal(dev->ops, ops);
	assert_non_null(dev->dma);
	assert_non_null(dev->irq);
	assert_int_equal(dev->caps.vendor_id, ENGINE_VENDOR_ID);
	assert_int_equal(dev->caps.class_code, ENGINE_CLASS_CODE);
	assert_int_equal(dev->caps.memory_bytes, usual.memory_bytes);
	assert_int_equal(dev->caps.transfer_bytes_max, mmio_read32(bar + ENGINE_REG_LENGTH_MAX));
	assert_int_equal(dev->caps.bar[0].len_bytes, ENGINE_BAR0_BYTES);
	assert_int_equal(mmio_read32(bar + ENGINE_REG_ID), ENGINE_ID_VALUE);
	assert_int_equal(mmio_read32(bar + ENGINE_REG_STATUS), 0);
	ops->close(dev);
	ops->close(NULL);
}

static void bad_config_is_refused(void **state)
{
	(void)state;
	struct device_config bad[5];

	for (unsigned i = 0; i < 5; i++)
		bad[i] = usual;
	bad[0].args = "no=such,argument";
	bad[1].address_bits = 31;
	bad[2].fault_rate = 2.0;
	bad[3].memory_bytes = 12345;
	bad[4].cpu = 1000000;
	for (unsigned i = 0; i < 5; i++) {
		struct device *dev = (struct device *)&bad;
		struct err err = ERR_INIT;

		assert_int_equal(ops->open(&dev, &bad[i], &err), -EINVAL);
		assert_int_equal(err.kind, ERR_USAGE);
		assert_null(dev);
		assert_non_null(strstr(err.message, ops->name));
	}
}

static void open_survives_every_failure(void **state)
{
	(void)state;
	unsigned failures = 0;

	for (unsigned n = 1;; n++) {
		struct err err = ERR_INIT;
		struct device *dev;

		fault_arm(n, false);
		int rc = ops->open(&dev, &usual, &err);
		const char *fired = fault_fired();

		fault_arm(0, false);
		if (!fired) {
			assert_int_equal(rc, 0);
			ops->close(dev);
			break;
		}
		failures++;
		if (rc == 0)
			fail_msg("%s: open succeeded though %s failed", ops->name, fired);
		assert_null(dev);
		assert_int_equal(err.kind, ERR_MISSING);
		assert_true(strlen(err.message) > 10);
	}
	assert_true(failures > 0);
}

static void memory_is_seen_by_the_host(void **state)
{
	(void)state;
	struct device *dev = device_open(&usual);
	uint64_t end = dev->caps.memory_bytes;
	char text[8] = "0123456";

	assert_int_equal(ops->memory_write(dev, end - 8, text, 8), 0);
	memset(text, 0, 8);
	assert_int_equal(ops->memory_read(dev, end - 8, text, 8), 0);
	assert_string_equal(text, "0123456");
	assert_int_equal(ops->memory_read(dev, end - 7, text, 8), -ERANGE);
	assert_int_equal(ops->memory_write(dev, UINT64_MAX - 3, text, 8), -ERANGE);
	assert_int_equal(ops->memory_write(dev, end, text, 0), 0);
	ops->close(dev);
}

static void mapping_rules(void **state)
{
	(void)state;
	const struct device_config narrow = {
		.cpu = -1, .address_bits = 32, .memory_bytes = 1u << 20};
	struct device *dev = device_open(&narrow);
	const struct device_dma_ops *dma = dev->dma;
	uint8_t *va = aligned_alloc(PAGE_BYTES, 4 * PAGE_BYTES);
	void *none = va;

	assert_int_equal(dma->map(dev, (iova_t){0x1001}, va, PAGE_BYTES, 1), -EINVAL);
	assert_int_equal(dma->map(dev, (iova_t){0x1000}, va + 1, PAGE_BYTES, 1), -EINVAL);
	assert_int_equal(dma->map(dev, (iova_t){0x1000}, va, PAGE_BYTES - 1, 1), -EINVAL);
	assert_int_equal(dma->map(dev, (iova_t){0x1000}, va, 0, 1), -EINVAL);
	assert_int_equal(dma->map(dev, (iova_t){0xFFFFF000}, va, 2 * PAGE_BYTES, 1), -EINVAL);
	assert_int_equal(dma->map(dev, (iova_t){1ull << 32}, va, PAGE_BYTES, 1), -EINVAL);
	assert_int_equal(dma->map(dev, (iova_t){0xFFFFF000}, va, PAGE_BYTES, 1), 0);
	assert_int_equal(dma->map(dev, (iova_t){0x4000}, va, 2 * PAGE_BYTES, 3), 0);
	assert_int_equal(dma->map(dev, (iova_t){0x3000}, va, 2 * PAGE_BYTES, 3), -EINVAL);
	assert_int_equal(dma->map(dev, (iova_t){0x6000}, va, 2 * PAGE_BYTES, 3), 0);
	assert_int_equal(dma->unmap(dev, (iova_t){0x4000}, PAGE_BYTES), -EINVAL);
	assert_int_equal(dma->unmap(dev, (iova_t){0x5000}, 2 * PAGE_BYTES), -EINVAL);
	assert_int_equal(dma->unmap(dev, (iova_t){0x3000}, 3 * PAGE_BYTES), -EINVAL);
	assert_int_equal(dma->unmap(dev, (iova_t){0x4000}, 4 * PAGE_BYTES), 0); /* both */
	assert_int_equal(dma->unmap(dev, (iova_t){0x4000}, 2 * PAGE_BYTES), -EINVAL);
	assert_int_equal(dma->unmap(dev, (iova_t){0xFFFFF000}, PAGE_BYTES), 0);
	assert_int_equal(dma->coherent_alloc(dev, (iova_t){0x1000}, 100, &none), -EINVAL);
	assert_null(none);
	assert_int_equal(dma->coherent_alloc(dev, (iova_t){0x1000}, PAGE_BYTES, &none), 0);
	for (size_t i = 0; i < PAGE_BYTES; i++)
		assert_int_equal(((uint8_t *)none)[i], 0);
	dma->coherent_free(dev, (iova_t){0x1000}, PAGE_BYTES, none);
	assert_int_equal(dma->unmap(dev, (iova_t){0x1000}, PAGE_BYTES), -EINVAL);
	ops->close(dev);
	free(va);
}

static void data_goes_there_and_back(void **state)
{
	(void)state;
	static const uint32_t lengths[] = {1, 64, 4096, 5001, DATA_BYTES - 3};
	uint8_t *copy = malloc(DATA_BYTES);
	struct bench bench;

	bench_open(&bench, &usual);
	for (unsigned n = 0; n < 5; n++) {
		uint32_t len = lengths[n];
		struct engine_completion done = driver_move(
			&bench.drv, ENGINE_OP_TO_DEVICE, DATA_IOVA + 3, len, 77);

		assert_int_equal(done.status, 0);
		assert_int_equal(done.length, len);
		assert_int_equal(done.sq_head, bench.drv.tail);
		assert_int_equal(ops->memory_read(bench.dev, 77, copy, len), 0);
		assert_memory_equal(copy, bench.data + 3, len);
		memset(bench.data + 3, 0, len);
		done = driver_move(&bench.drv, ENGINE_OP_FROM_DEVICE, DATA_IOVA + 3, len, 77);
		assert_int_equal(done.status, 0);
		assert_memory_equal(copy, bench.data + 3, len);
	}
	assert_int_equal(ops->refusals(bench.dev, NULL, 0, NULL), 0);
	bench_close(&bench);
	free(copy);
}

static void unmapped_memory_is_refused(void **state)
{
	(void)state;
	struct device_refusal refusal[4];
	struct engine_completion done;
	uint64_t lost = 99;
	struct bench bench;
	uint8_t *page;

	bench_open(&bench, &usual);
	page = aligned_alloc(PAGE_BYTES, PAGE_BYTES);
	memset(page, 0x55, PAGE_BYTES);
	done = driver_move(&bench.drv, ENGINE_OP_FROM_DEVICE, 0x5000000, 64, 0);
	assert_int_equal(done.status, ENGINE_ERROR_ADDRESS);
	assert_int_equal(
		bench.dev->dma->map(bench.dev, (iova_t){0x5000000}, page, PAGE_BYTES, DEVICE_READ),
		0);
	done = driver_move(&bench.drv, ENGINE_OP_FROM_DEVICE, 0x5000010, 64, 0);
	assert_int_equal(done.status, ENGINE_ERROR_ADDRESS);
	assert_int_equal(page[0x10], 0x55);
	done = driver_move(&bench.drv, ENGINE_OP_TO_DEVICE, 0x5000010, 64, 0);
	assert_int_equal(done.status, 0);
	assert_int_equal(bench.dev->dma->unmap(bench.dev, (iova_t){0x5000000}, PAGE_BYTES), 0);
	done = driver_move(&bench.drv, ENGINE_OP_TO_DEVICE, 0x5000010, 64, 0);
	assert_int_equal(done.status, ENGINE_ERROR_ADDRESS);
	assert_int_equal(ops->refusals(bench.dev, refusal, 4, &lost), 3);
	assert_int_equal(lost, 0);
	assert_int_equal(refusal[0].iova.val, 0x5000000);
	assert_int_equal(refusal[0].len_bytes, 64);
	assert_int_equal(refusal[0].access, DEVICE_WRITE);
	assert_int_equal(refusal[1].iova.val, 0x5000010);
	assert_int_equal(refusal[2].access, DEVICE_READ);
	assert_int_equal(refusal[2].descriptor_id, done.id);
	assert_int_equal(ops->refusals(bench.dev, refusal, 4, &lost), 0);

	for (unsigned i = 0; i < 1000; i++) /* more than it can remember: counted */
		driver_move(&bench.drv, ENGINE_OP_TO_DEVICE, 0x5000010, 64, 0);
	unsigned kept = 0, part;

	while ((part = ops->refusals(bench.dev, refusal, 4, kept ? NULL : &lost)) > 0)
		kept += part;
	assert_int_equal(kept + lost, 1000);
	bench_close(&bench);
	free(page);
}

static void reset_in_flight(void **state)
{
	(void)state;
	struct engine_desc desc = {.opcode = ENGINE_OP_TO_DEVICE,
		.length = DATA_BYTES,
		.inline_count = 1,
		.element = {{.address = DATA_IOVA, .length = DATA_BYTES}}};
	struct bench bench;

	bench_open(&bench, &usual);
	for (uint32_t round = 0; round < 20; round++) {
		for (unsigned i = 0; i < 8; i++)
			driver_post(&bench.drv, &desc);
		driver_kick(&bench.drv);
		if (round % 2) {
			assert_int_equal(ops->reset(bench.dev), 0);
		} else {
			uint32_t next = driver_read(&bench.drv, ENGINE_REG_RESET_DONE) + 1;

			driver_write(&bench.drv, ENGINE_REG_RESET, next);
			driver_expect(&bench.drv, ENGINE_REG_RESET_DONE, UINT32_MAX, next);
		}
		assert_int_equal(driver_read(&bench.drv, ENGINE_REG_STATUS), 0);
		assert_int_equal(driver_read(&bench.drv, ENGINE_REG_CONTROL), 0);
		driver_start(&bench.drv); /* zeroes the ring: nothing may write there any more */
		assert_int_equal(
			driver_move(&bench.drv, ENGINE_OP_FROM_DEVICE, DATA_IOVA, 64, 0).status, 0);
	}
	bench_close(&bench);
}

static void d3_stops_and_d0_goes_on(void **state)
{
	(void)state;
	const struct timespec rest = {.tv_nsec = 2000000};
	struct engine_desc nop = {.id = 1};
	struct engine_completion done;
	struct bench bench;

	bench_open(&bench, &usual);
	for (unsigned round = 0; round < 20; round++) {
		assert_int_equal(ops->power(bench.dev, DEVICE_D3), 0);
		assert_int_equal(ops->power(bench.dev, DEVICE_D3), 0);
		driver_post(&bench.drv, &nop);
		driver_kick(&bench.drv);
		nanosleep(&rest, NULL);
		assert_false(driver_reap(&bench.drv, &done));
		assert_int_equal(ops->power(bench.dev, DEVICE_D0), 0);
		driver_wait(&bench.drv);
		ops->power(bench.dev, DEVICE_D3); /* let go and stopped again at once */
		ops->power(bench.dev, DEVICE_D0);
	}
	bench_close(&bench);

	bench_open(&bench, &usual);
	driver_stop(&bench.drv);
	ops->power(bench.dev, DEVICE_D3);
	assert_int_equal(ops->reset(bench.dev), 0);
	ops->close(bench.dev); /* closed in D3 */
	free(bench.data);
}

static void interrupt_waits_and_cancels(void **state)
{
	(void)state;
	struct engine_desc nop = {.flags = ENGINE_DESC_IRQ};
	struct bench bench;
	const struct device_irq_ops *irq;

	bench_open(&bench, &usual);
	irq = bench.dev->irq;
	assert_int_equal(irq->wait(bench.dev, 0), 0);
	assert_int_equal(irq->wait(bench.dev, 1000000), 0);
	driver_exec(&bench.drv, &nop);
	assert_int_equal(irq->wait(bench.dev, 1000000), 0); /* not enabled */
	driver_write(&bench.drv, ENGINE_REG_IRQ_ENABLE, ENGINE_IRQ_CHANNEL(0));
	assert_int_equal(irq->wait(bench.dev, UINT64_MAX), 1);
	assert_int_equal(irq->wait(bench.dev, UINT64_MAX), 1); /* not acknowledged: again */
	driver_write(&bench.drv, ENGINE_CHANNEL(0) + ENGINE_CH_IRQ_ACKED,
		driver_read(&bench.drv, ENGINE_CHANNEL(0) + ENGINE_CH_IRQ_POSTED));
	assert_int_equal(irq->wait(bench.dev, 5000000), 0);
	irq->cancel(bench.dev);
	assert_int_equal(irq->wait(bench.dev, UINT64_MAX), -ECANCELED);
	driver_exec(&bench.drv, &nop);
	assert_int_equal(irq->wait(bench.dev, 0), -ECANCELED);
	bench_close(&bench);
}

struct waiter {
	struct bench *bench;
	uint32_t completions, interrupts;
	int last;
};

/* Interrupt thread: acknowledge first, then look at the ring. */
static void *waiter_main(void *arg)
{
	struct waiter *waiter = arg;
	struct bench *bench = waiter->bench;
	struct engine_completion done;

	while (waiter->completions < WAKEUPS) {
		waiter->last = bench->dev->irq->wait(bench->dev, UINT64_C(20000000000));
		if (waiter->last != 1)
			return NULL;
		waiter->interrupts++;
		driver_write(&bench->drv, ENGINE_CHANNEL(0) + ENGINE_CH_IRQ_ACKED,
			driver_read(&bench->drv, ENGINE_CHANNEL(0) + ENGINE_CH_IRQ_POSTED));
		while (driver_reap(&bench->drv, &done))
			__atomic_add_fetch(&waiter->completions, 1, __ATOMIC_RELEASE);
	}
	return NULL;
}

static void no_wakeup_is_lost(unsigned moderation)
{
	struct engine_desc nop = {.flags = ENGINE_DESC_IRQ};
	struct bench bench;
	struct waiter waiter = {.bench = &bench};
	pthread_t thread;

	bench_open(&bench, &usual);
	driver_write(&bench.drv, ENGINE_REG_MODERATION, moderation);
	driver_write(&bench.drv, ENGINE_REG_IRQ_ENABLE, ENGINE_IRQ_CHANNEL(0));
	assert_int_equal(pthread_create(&thread, NULL, waiter_main, &waiter), 0);
	/* The depth changes: completions come alone, in bursts, and while the handler runs. */
	for (uint32_t posted = 0; posted < WAKEUPS; posted++) {
		uint32_t depth = posted / 64 % 8 ? 1 + posted / 7 % 40 : 1;
		uint64_t end_ns = driver_now_ns() + UINT64_C(20000000000);

		while (posted - __atomic_load_n(&waiter.completions, __ATOMIC_ACQUIRE) >= depth) {
			if (driver_now_ns() > end_ns)
				fail_msg("%s: a wake-up is lost, %u of %u", ops->name,
					waiter.completions, posted);
			sched_yield();
		}
		driver_post(&bench.drv, &nop);
		driver_kick(&bench.drv);
	}
	pthread_join(thread, NULL);
	assert_int_equal(waiter.last, 1);
	assert_int_equal(waiter.completions, WAKEUPS);
	assert_in_range(waiter.interrupts, 1, WAKEUPS + 1);
	bench_close(&bench);
}

static void no_wakeup_is_lost_unmoderated(void **state)
{
	(void)state;
	no_wakeup_is_lost(0);
}

static void no_wakeup_is_lost_moderated(void **state)
{
	(void)state;
	no_wakeup_is_lost(20 | 8 << 16);
}

static void both_channels_work_at_once(void **state)
{
	(void)state;
	struct bench bench;
	struct driver second;
	uint8_t byte;

	bench_open(&bench, &usual);
	driver_open(&second, bench.dev, 1);
	for (uint32_t i = 0; i < 500; i++) {
		struct engine_desc desc = {.opcode = ENGINE_OP_TO_DEVICE,
			.length = 100,
			.device_address = 1000,
			.inline_count = 2,
			.element = {{DATA_IOVA + i, 60, 0}, {DATA_IOVA + i + 60, 40, 0}}};

		driver_post(&bench.drv, &desc);
		desc.device_address = 2000;
		driver_post(&second, &desc);
		driver_kick(&second);
		driver_kick(&bench.drv);
		assert_int_equal(driver_wait(&bench.drv).status, 0);
		assert_int_equal(driver_wait(&second).status, 0);
		for (unsigned c = 0; c < 2; c++) {
			ops->memory_read(bench.dev, 1099 + 1000 * c, &byte, 1);
			assert_int_equal(byte, bench.data[i + 99]);
		}
	}
	driver_close(&second);
	bench_close(&bench);
}

static void faults_are_injected(void **state)
{
	(void)state;
	struct device_config config = usual;
	struct engine_completion done;
	uint8_t copy[1000];
	struct bench bench;

	config.fault_rate = 1.0;
	/* Those of the data; the others are the engine's own, whatever carries it. */
	for (int kind = DEVICE_FAULT_NONE; kind <= DEVICE_FAULT_FLIP; kind++) {
		config.fault = (enum device_fault)kind;
		bench_open(&bench, &config);
		done = driver_move(&bench.drv, ENGINE_OP_TO_DEVICE, DATA_IOVA, 1000, 5000);
		/* Its only page is refused: nothing is moved, and that is told. */
		assert_int_equal(done.status,
			kind == DEVICE_FAULT_IOMMU ? ENGINE_ERROR_ADDRESS : ENGINE_ERROR_NONE);
		assert_int_equal(done.length, kind == DEVICE_FAULT_IOMMU ? 0 : 1000);
		ops->memory_read(bench.dev, 5000, copy, sizeof(copy));
		assert_int_equal(memcmp(copy, bench.data, sizeof(copy)) == 0,
			kind == DEVICE_FAULT_NONE || kind == DEVICE_FAULT_DUPLICATE);
		if (kind == DEVICE_FAULT_DUPLICATE)
			assert_int_equal(driver_wait(&bench.drv).id, done.id);
		bench_close(&bench);
	}
}

static void two_devices_share_nothing(void **state)
{
	(void)state;
	struct bench a, b;
	uint8_t byte = 0x5A, other;

	bench_open(&a, &usual);
	bench_open(&b, &usual);
	ops->power(a.dev, DEVICE_D3);
	ops->memory_write(a.dev, 9, &byte, 1);
	assert_int_equal(driver_move(&b.drv, ENGINE_OP_TO_DEVICE, DATA_IOVA + 1, 64, 0).status, 0);
	ops->memory_read(a.dev, 9, &other, 1);
	assert_int_equal(other, 0x5A);
	ops->memory_read(b.dev, 9, &other, 1);
	assert_int_equal(other, b.data[10]);
	ops->power(a.dev, DEVICE_D0);
	bench_close(&a);
	bench_close(&b);
}

static const struct device_bar *bar_of_kind(const struct device *dev, enum device_bar_kind kind)
{
	for (unsigned i = 1; i < DEVICE_BARS_MAX; i++)
		if (dev->caps.bar[i].len_bytes && dev->caps.bar[i].kind == kind)
			return &dev->caps.bar[i];
	return NULL;
}

static void bars_are_powers_of_two_apart(void **state)
{
	(void)state;
	struct device *dev = device_open(&usual);

	for (unsigned i = 0; i < DEVICE_BARS_MAX; i++) {
		const struct device_bar *bar = &dev->caps.bar[i];

		if (!bar->len_bytes)
			continue;
		assert_int_equal(bar->len_bytes & (bar->len_bytes - 1), 0);
		assert_int_equal(bar->bus_address & (bar->len_bytes - 1), 0);
		assert_int_equal(bar->va == NULL, bar->kind == DEVICE_BAR_IO);
		assert_int_equal(bar->kind == DEVICE_BAR_IO, bar->bus_address < 0x10000);
	}
	ops->close(dev);
}

/* Datasheet 3.5: what an index and a data port show is the register itself. */
static void registers_are_reached_by_ports(void **state)
{
	(void)state;
	struct device *dev = device_open(&usual);
	const struct device_bar *io = bar_of_kind(dev, DEVICE_BAR_IO);
	uint8_t *registers = dev->caps.bar[0].va;

	assert_non_null(io);
	assert_int_equal(io->len_bytes, ENGINE_PORT_BYTES);
	assert_int_equal(dev->port->read(dev, ENGINE_PORT_INDEX, 4), 0);
	assert_int_equal(dev->port->read(dev, ENGINE_PORT_DATA, 4), ENGINE_ID_VALUE);
	dev->port->write(dev, ENGINE_PORT_INDEX, 4, ENGINE_REG_IRQ_ENABLE);
	assert_int_equal(dev->port->read(dev, ENGINE_PORT_INDEX, 4), ENGINE_REG_IRQ_ENABLE);
	dev->port->write(dev, ENGINE_PORT_DATA, 4, 0x80000001);
	assert_int_equal(mmio_read32(registers + ENGINE_REG_IRQ_ENABLE), 0x80000001);
	dev->port->write(dev, ENGINE_PORT_DATA, 2, 0); /* narrow: nobody listens */
	dev->port->write(dev, ENGINE_PORT_INDEX, 1, 0);
	assert_int_equal(dev->port->read(dev, ENGINE_PORT_DATA, 4), 0x80000001);
	assert_int_equal(dev->port->read(dev, ENGINE_PORT_DATA, 2), 0xFFFF);
	assert_int_equal(dev->port->read(dev, ENGINE_PORT_INDEX, 1), 0xFF);
	/* A reset puts registers back and leaves INDEX. */
	assert_int_equal(ops->reset(dev), 0);
	assert_int_equal(dev->port->read(dev, ENGINE_PORT_DATA, 4), 0);
	for (unsigned i = 0; i < 2; i++) {
		dev->port->write(dev, ENGINE_PORT_INDEX, 4, i ? 0x42 : ENGINE_BAR0_BYTES);
		dev->port->write(dev, ENGINE_PORT_DATA, 4, 0);
		assert_int_equal(dev->port->read(dev, ENGINE_PORT_DATA, 4), UINT32_MAX);
	}
	ops->close(dev);
}

/* The engine is driven by ports alone: enabled, and its answer read back. */
static void the_engine_is_enabled_by_ports(void **state)
{
	(void)state;
	struct device *dev = device_open(&usual);
	uint64_t end_ns = driver_now_ns() + UINT64_C(20000000000);

	dev->port->write(dev, ENGINE_PORT_INDEX, 4, ENGINE_REG_CONTROL);
	dev->port->write(dev, ENGINE_PORT_DATA, 4, ENGINE_CONTROL_ENABLE);
	dev->port->write(dev, ENGINE_PORT_INDEX, 4, ENGINE_REG_STATUS);
	while (!(dev->port->read(dev, ENGINE_PORT_DATA, 4) & ENGINE_STATUS_READY)) {
		if (driver_now_ns() > end_ns)
			fail_msg("%s: not ready", ops->name);
		sched_yield();
	}
	ops->close(dev);
}

static void the_window_shows_device_memory(void **state)
{
	(void)state;
	struct bench bench;
	uint8_t text[8] = "window!";

	bench_open(&bench, &usual);

	const struct device_bar *window = bar_of_kind(bench.dev, DEVICE_BAR_PREFETCH);

	assert_non_null(window);
	assert_true(window->len_bytes <= usual.memory_bytes);
	assert_true(2 * window->len_bytes > usual.memory_bytes);

	uint8_t *at = (uint8_t *)window->va + window->len_bytes - 8;

	assert_int_equal(
		ops->memory_write(bench.dev, window->len_bytes - 8, text, sizeof(text)), 0);
	assert_memory_equal(at, text, sizeof(text));
	/* And what the engine moves. */
	assert_int_equal(
		driver_move(&bench.drv, ENGINE_OP_TO_DEVICE, DATA_IOVA, 4096, 0).status, 0);
	assert_memory_equal(window->va, bench.data, 4096);
	bench_close(&bench);
}

int main(void)
{
	const struct CMUnitTest list[] = {cmocka_unit_test(list_is_sorted_and_found)};
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(open_tells_what_it_is),
		cmocka_unit_test(bars_are_powers_of_two_apart),
		cmocka_unit_test(registers_are_reached_by_ports),
		cmocka_unit_test(the_engine_is_enabled_by_ports),
		cmocka_unit_test(the_window_shows_device_memory),
		cmocka_unit_test(bad_config_is_refused),
		cmocka_unit_test(open_survives_every_failure),
		cmocka_unit_test(memory_is_seen_by_the_host),
		cmocka_unit_test(mapping_rules),
		cmocka_unit_test(data_goes_there_and_back),
		cmocka_unit_test(unmapped_memory_is_refused),
		cmocka_unit_test(reset_in_flight),
		cmocka_unit_test(d3_stops_and_d0_goes_on),
		cmocka_unit_test(interrupt_waits_and_cancels),
		cmocka_unit_test(no_wakeup_is_lost_unmoderated),
		cmocka_unit_test(no_wakeup_is_lost_moderated),
		cmocka_unit_test(both_channels_work_at_once),
		cmocka_unit_test(faults_are_injected),
		cmocka_unit_test(two_devices_share_nothing),
	};
	int failed = cmocka_run_group_tests_name("devices", list, NULL, NULL);

	for (unsigned i = 0; (ops = device_at(i)); i++) {
		char name[64];

		snprintf(name, sizeof(name), "device conformance: %s", ops->name);
		failed += cmocka_run_group_tests_name(name, tests, NULL, NULL);
	}
	return failed;
}
