// SPDX-License-Identifier: BSD-2-Clause
/*
 * soft_test.c: what is the soft device's own: unmapping against a busy engine, its CPU, its
 * idleness. What every device does is in drivers/tests/device_*_test.c.
 */
#include "drivers/device/engine/driver_testing.h"
#include "drivers/device/soft/soft.h"
#include "drivers/support/held_testing.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define PAGE_IOVA 0x3000000u
#define BYTES     (4 * PAGE_BYTES)

static const struct device_config usual = {.cpu = -1, .address_bits = 64, .memory_bytes = 1u << 20};

static struct device *opened(const struct device_config *config)
{
	struct err err = ERR_INIT;
	struct device *dev;

	if (soft_ops.open(&dev, config, &err))
		fail_msg("%s", err.message);
	return dev;
}

struct unmapper {
	struct device *dev;
	uint8_t *page;
	atomic_bool stop;
	unsigned rounds, torn;
};

/* Maps, unmaps, and looks whether anything is written to the memory after unmap has returned. */
static void *unmapper_main(void *arg)
{
	struct unmapper *unmapper = arg;
	struct device *dev = unmapper->dev;

	while (!atomic_load(&unmapper->stop)) {
		if (dev->dma->map(dev, (iova_t){PAGE_IOVA}, unmapper->page, BYTES, DEVICE_WRITE))
			return NULL;
		for (unsigned i = unmapper->rounds % 64; i > 0; i--)
			sched_yield();
		if (dev->dma->unmap(dev, (iova_t){PAGE_IOVA}, BYTES))
			return NULL;
		memset(unmapper->page, 0x11, BYTES);
		sched_yield();
		for (size_t i = 0; i < BYTES; i++)
			unmapper->torn += unmapper->page[i] != 0x11;
		unmapper->rounds++;
	}
	return NULL;
}

static void nothing_is_written_after_unmap(void **state)
{
	(void)state;
	struct device *dev = opened(&usual);
	struct unmapper unmapper = {.dev = dev, .page = aligned_alloc(PAGE_BYTES, BYTES)};
	unsigned moved = 0, refused = 0;
	struct driver drv;
	pthread_t thread;

	driver_open(&drv, dev, 0);
	assert_int_equal(pthread_create(&thread, NULL, unmapper_main, &unmapper), 0);
	for (unsigned i = 0; i < 4000 || ((!moved || !refused) && i < 2000000); i++) {
		struct engine_completion done = driver_move(
			&drv, ENGINE_OP_FROM_DEVICE, PAGE_IOVA + 8, BYTES - 8, 0);

		if (done.status == 0)
			moved++;
		else
			refused++;
	}
	atomic_store(&unmapper.stop, true);
	pthread_join(thread, NULL);
	assert_true(moved > 0);
	assert_true(refused > 0);
	assert_true(unmapper.rounds > 0);
	assert_int_equal(unmapper.torn, 0);
	driver_close(&drv);
	soft_ops.close(dev);
	free(unmapper.page);
}

/* Rings are kept pinned while a channel runs: taking them away must neither hang nor be missed. */
static void rings_can_be_unmapped_under_a_running_channel(void **state)
{
	(void)state;
	struct engine_desc nop = {0};

	for (unsigned round = 0; round < 20; round++) {
		struct device *dev = opened(&usual);
		struct driver drv;

		driver_open(&drv, dev, 0);
		driver_exec(&drv, &nop);
		if (round % 2)
			usleep(3000); /* asleep by now */
		dev->dma->coherent_free(dev, (iova_t){DRIVER_CQ}, PAGE_BYTES, drv.cq);
		driver_post(&drv, &nop);
		driver_kick(&drv);
		driver_expect(&drv, ENGINE_CHANNEL(0) + ENGINE_CH_STATUS, UINT32_MAX,
			ENGINE_CH_STATUS_HALTED);
		assert_int_equal(driver_read(&drv, ENGINE_REG_ERROR_CODE), ENGINE_ERROR_RING);
		assert_int_equal(driver_read(&drv, ENGINE_REG_ERROR_LO),
			DRIVER_CQ + sizeof(struct engine_completion));
		dev->dma->coherent_free(dev, (iova_t){DRIVER_SQ}, PAGE_BYTES, drv.sq);
		soft_ops.close(dev);
	}
}

#define ALIASES 16
#define BACKLOG 60

/*
 * Frees the rings of channel 0 while channel 1 has much to do, and tells whether that was over
 * before the work was: the engine must not have to become idle first.
 */
static bool freed_while_busy(struct device *dev)
{
	struct engine_desc desc = {.opcode = ENGINE_OP_TO_DEVICE,
		.length = ALIASES << 20,
		.inline_count = 1,
		.element = {{.address = PAGE_IOVA, .length = ALIASES << 20}}};
	struct engine_desc nop = {0};
	struct engine_completion done;
	struct driver idle, busy;
	unsigned seen = 0;

	driver_open(&busy, dev, 1);
	driver_open(&idle, dev, 0);
	for (unsigned i = 0; i < BACKLOG; i++)
		driver_post(&busy, &desc);
	driver_kick(&busy);
	driver_exec(&idle, &nop); /* its rings are pinned now, and the engine is not idle */
	dev->dma->coherent_free(dev, (iova_t){DRIVER_CQ}, PAGE_BYTES, idle.cq);
	dev->dma->coherent_free(dev, (iova_t){DRIVER_SQ}, PAGE_BYTES, idle.sq);
	while (driver_reap(&busy, &done))
		seen++;
	assert_int_equal(soft_ops.reset(dev), 0); /* nobody waits for the rest */
	driver_close(&busy);
	return seen < BACKLOG;
}

static void a_busy_engine_gives_rings_back(void **state)
{
	(void)state;
	struct device_config config = usual;
	const size_t bytes = 1u << 20;
	uint8_t *data = aligned_alloc(PAGE_BYTES, bytes);
	bool freed = false;

	config.memory_bytes = ALIASES << 20;
	struct device *dev = opened(&config);

	memset(data, 1, bytes);
	for (unsigned i = 0; i < ALIASES; i++)
		assert_int_equal(dev->dma->map(dev, (iova_t){PAGE_IOVA + i * bytes}, data, bytes,
					 DEVICE_READ),
			0);
	/* This thread may lose its CPU for as long as the work takes, but not every time. */
	for (unsigned round = 0; round < 10 && !freed; round++)
		freed = freed_while_busy(dev);
	assert_true(freed);
	assert_int_equal(dev->dma->unmap(dev, (iova_t){PAGE_IOVA}, ALIASES * bytes), 0);
	soft_ops.close(dev);
	free(data);
}

static uint64_t process_cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void idle_and_stopped_devices_leave_the_cpu(void **state)
{
	(void)state;
	struct engine_desc nop = {0};
	struct device *dev = opened(&usual);
	struct driver drv;
	uint64_t cpu_ns, wall_ns;

	driver_open(&drv, dev, 0);
	for (int power = DEVICE_D0; power <= DEVICE_D3; power++) {
		soft_ops.power(dev, (enum device_power)power);
		usleep(20000);
		cpu_ns = process_cpu_ns();
		wall_ns = driver_now_ns();
		usleep(100000);
		cpu_ns = process_cpu_ns() - cpu_ns;
		wall_ns = driver_now_ns() - wall_ns;
		assert_true(cpu_ns < wall_ns / 2); /* far below the whole core of a spinner */
	}
	soft_ops.power(dev, DEVICE_D0);
	driver_exec(&drv, &nop); /* wakes up by itself */
	driver_close(&drv);
	soft_ops.close(dev);
}

static void thread_takes_the_cpu_asked_for(void **state)
{
	(void)state;
	struct device_config config = usual;
	struct engine_desc nop = {0};
	cpu_set_t before, one;
	struct driver drv;

	assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
	config.cpu = 0;
	while (!CPU_ISSET((size_t)config.cpu, &before))
		config.cpu++;
	CPU_ZERO(&one);
	CPU_SET((size_t)config.cpu, &one);
	/* Bound to the opener's only CPU: it must yield, or nothing would get on. */
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	struct device *dev = opened(&config);

	driver_open(&drv, dev, 0);
	for (unsigned i = 0; i < 2000; i++)
		driver_exec(&drv, &nop);
	driver_close(&drv);
	soft_ops.close(dev);
	assert_int_equal(sched_setaffinity(0, sizeof(before), &before), 0);
}

static void arguments_are_refused_with_the_remedy(void **state)
{
	(void)state;
	struct device_config config = usual;
	struct err err = ERR_INIT;
	struct device *dev;

	config.args = "fast";
	assert_int_equal(soft_ops.open(&dev, &config, &err), -EINVAL);
	assert_string_equal(err.message,
		"device soft: unknown argument 'fast'; it takes none, say --device soft");
	config = (struct device_config){.cpu = -1, .address_bits = 32};
	dev = opened(&config);
	assert_int_equal(dev->caps.memory_bytes, 256u << 20);
	soft_ops.close(dev);
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Nothing is done in the freeze, nothing is lost by it, and every stay in D0 has one. Lower bounds only: they are exact. */
static void a_frozen_device_does_nothing_and_loses_nothing(void **state)
{
	(void)state;
	struct device_config config = usual;
	struct engine_desc nop = {0};
	struct driver drv;

	config.freeze_ns = 30000000;
	uint64_t start_ns = now_ns();
	struct device *dev = opened(&config);

	driver_open(&drv, dev, 0);
	driver_exec(&drv, &nop);
	assert_true(now_ns() - start_ns >= config.freeze_ns);
	for (unsigned i = 0; i < 100; i++)
		driver_exec(&drv, &nop);
	assert_int_equal(dev->ops->power(dev, DEVICE_D3), 0);
	start_ns = now_ns();
	assert_int_equal(dev->ops->power(dev, DEVICE_D0), 0);
	driver_exec(&drv, &nop);
	assert_true(now_ns() - start_ns >= config.freeze_ns);

	/* It can be stopped in the middle. */
	assert_int_equal(dev->ops->power(dev, DEVICE_D3), 0);
	assert_int_equal(dev->ops->power(dev, DEVICE_D0), 0);
	assert_int_equal(dev->ops->power(dev, DEVICE_D3), 0);
	assert_int_equal(dev->ops->power(dev, DEVICE_D0), 0);
	driver_exec(&drv, &nop);
	driver_close(&drv);
	soft_ops.close(dev);
}

/* For good, in D3 as well: nothing moves any more and every register reads all ones, whatever is written. */
static void a_removed_device_is_gone_for_good(void **state)
{
	struct device_config config = usual;
	struct device_mishaps mishaps;
	struct driver drv;

	(void)state;
	for (unsigned sleeping = 0; sleeping < 2; sleeping++) {
		struct device *dev;

		/* Opening takes as long as it takes. */
		config.removed_at_ns = 1000000;
		do {
			config.removed_at_ns *= 2;
			dev = opened(&config);
			dev->ops->mishaps(dev, &mishaps);
			if (mishaps.removed)
				soft_ops.close(dev);
		} while (mishaps.removed);
		if (sleeping)
			assert_int_equal(dev->ops->power(dev, DEVICE_D3), 0);
		usleep((useconds_t)(config.removed_at_ns / 1000));
		if (sleeping)
			assert_int_equal(dev->ops->power(dev, DEVICE_D0), 0);
		drv = (struct driver){.dev = dev, .bar = dev->caps.bar[0].va};
		driver_expect(&drv, ENGINE_REG_ID, UINT32_MAX, UINT32_MAX);
		dev->ops->mishaps(dev, &mishaps);
		assert_int_equal(mishaps.removed, 1);
		driver_write(&drv, ENGINE_REG_RESET, 1);
		driver_expect(&drv, ENGINE_REG_RESET, UINT32_MAX, UINT32_MAX);
		assert_int_equal(soft_ops.reset(dev), 0);
		driver_expect(&drv, ENGINE_REG_ID, UINT32_MAX, UINT32_MAX);
		assert_int_equal(dev->port->read(dev, ENGINE_PORT_DATA, 4), UINT32_MAX);
		soft_ops.close(dev);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_written_after_unmap),
		cmocka_unit_test(rings_can_be_unmapped_under_a_running_channel),
		cmocka_unit_test(a_frozen_device_does_nothing_and_loses_nothing),
		cmocka_unit_test(a_removed_device_is_gone_for_good),
		cmocka_unit_test(a_busy_engine_gives_rings_back),
		cmocka_unit_test(idle_and_stopped_devices_leave_the_cpu),
		cmocka_unit_test(thread_takes_the_cpu_asked_for),
		cmocka_unit_test(arguments_are_refused_with_the_remedy),
	};

	return cmocka_run_group_tests_name("soft device", tests, NULL, NULL);
}
