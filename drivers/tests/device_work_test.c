// SPDX-License-Identifier: BSD-2-Clause
/*
 * device_work_test.c: what device.h and the datasheet promise of a device at work, asked of every one: data moves and
 * refused accesses do not, resets and power states come in between, no interrupt is lost, channels and devices do not
 * disturb each other.
 */
#include "drivers/tests/device_testing.h"

#include <errno.h>
#include <pthread.h>

#define WAKEUPS 50000

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
	struct device_mishaps mishaps;
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

	/* More than it can remember: counted. */
	for (unsigned i = 0; i < DEVICE_REFUSALS + 100; i++)
		driver_move(&bench.drv, ENGINE_OP_TO_DEVICE, 0x5000010, 64, 0);
	unsigned kept = 0, part;

	while ((part = ops->refusals(bench.dev, refusal, 4, kept ? NULL : &lost)) > 0)
		kept += part;
	assert_int_equal(kept, DEVICE_REFUSALS);
	assert_int_equal(lost, 100);
	ops->mishaps(bench.dev, &mishaps);
	assert_int_equal(mishaps.forgotten, 100);
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
	driver_forget(&bench.drv);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
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
	int failed = 0;

	for (unsigned i = 0; device_take(i, "device at work"); i++)
		failed += cmocka_run_group_tests_name(device_title, tests, NULL, NULL);
	return failed;
}
