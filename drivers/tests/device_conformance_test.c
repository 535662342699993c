// SPDX-License-Identifier: BSD-2-Clause
/*
 * device_conformance_test.c: what device.h and the datasheet promise the host, asked of every device that device_at()
 * lists: how it opens, its BARs and ports, its memory, what may be mapped. How it works is in device_work_test.c.
 */
#include "drivers/tests/device_testing.h"

#include "drivers/support/fault.h"

#include <errno.h>

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
	struct device_config bad[7];

	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		bad[i] = usual;
	bad[0].args = "no=such,argument";
	bad[1].address_bits = 31;
	bad[2].fault_rate = 2.0;
	bad[3].memory_bytes = 12345;
	bad[4].cpu = 1000000;
	bad[5].lack.map = 2.0;
	bad[6].lack.lock = -0.5;
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
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

static const struct device_bar *bar_of_kind(const struct device *dev, enum device_bar_kind kind)
{
	for (unsigned i = 1; i < DEVICE_BARS_MAX; i++)
		if (dev->caps.bar[i].len_bytes && dev->caps.bar[i].kind == kind)
			return &dev->caps.bar[i];
	return NULL;
}

/* Requesters' memory, and not the driver's own. */
static void what_there_is_no_room_for_is_refused(void **state)
{
	struct device_config config = usual;
	struct device_mishaps mishaps;
	uint32_t handle;
	void *page = aligned_alloc(PAGE_BYTES, PAGE_BYTES), *ring;

	(void)state;
	config.lack = (struct device_lack){.map = 1, .lock = 1};
	struct device *dev = device_open(&config);

	assert_int_equal(
		dev->dma->map(dev, (iova_t){DATA_IOVA}, page, PAGE_BYTES, DEVICE_READ), -ENOSPC);
	assert_int_equal(dev->pin->take(dev, page, PAGE_BYTES, &handle), -ENOMEM);
	assert_int_equal(dev->dma->coherent_alloc(dev, (iova_t){DATA_IOVA}, PAGE_BYTES, &ring), 0);
	dev->dma->coherent_free(dev, (iova_t){DATA_IOVA}, PAGE_BYTES, ring);
	ops->mishaps(dev, &mishaps);
	assert_int_equal(mishaps.map_refused, 1);
	assert_int_equal(mishaps.lock_refused, 1);
	ops->close(dev);
	config.lack = (struct device_lack){.lock = 1e-9};
	dev = device_open(&config);
	assert_int_equal(dev->dma->map(dev, (iova_t){DATA_IOVA}, page, PAGE_BYTES, DEVICE_READ), 0);
	assert_int_equal(dev->pin->take(dev, page, PAGE_BYTES, &handle), 0);
	dev->pin->release(dev, page, PAGE_BYTES, handle);
	assert_int_equal(dev->dma->unmap(dev, (iova_t){DATA_IOVA}, PAGE_BYTES), 0);
	ops->close(dev);
	free(page);
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
		cmocka_unit_test(what_there_is_no_room_for_is_refused),
	};
	int failed = cmocka_run_group_tests_name("devices", list, NULL, NULL);

	for (unsigned i = 0; device_take(i, "device conformance"); i++)
		failed += cmocka_run_group_tests_name(device_title, tests, NULL, NULL);
	return failed;
}
