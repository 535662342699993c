/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * driver_testing.h: the smallest driver of the datasheet, for tests of devices through device.h
 * (soft_test.c, drivers/tests/device_testing.h). One channel, one thread.
 */
#ifndef ENGINE_DRIVER_TESTING_H
#define ENGINE_DRIVER_TESTING_H

#include <sched.h>
#include <string.h>
#include <time.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "drivers/device/device.h"
#include "drivers/device/engine/regs.h"
#include "drivers/support/host.h"
#include "drivers/support/mmio.h"

#define DRIVER_ENTRIES 64
#define DRIVER_SQ      0x100000u
#define DRIVER_CQ      0x110000u
#define DRIVER_STEP    0x020000u /* between the rings of two channels */

struct driver {
	struct device *dev;
	uint8_t *bar;
	unsigned channel;
	uint8_t *sq, *cq;
	uint32_t tail, head;
};

static inline uint32_t driver_read(const struct driver *drv, uint32_t offset)
{
	return mmio_read32(drv->bar + offset);
}

static inline void driver_write(struct driver *drv, uint32_t offset, uint32_t value)
{
	mmio_write32(drv->bar + offset, value);
}

static inline uint64_t driver_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Where time is played a look costs this: who only gave way would look again when the clock has leapt to the next event. */
#define DRIVER_PAUSE_NS 1000

/* Lets the device go on: another thread, or the sources of the scheduler that plays. */
static inline void driver_pause(void)
{
	static const char nobody;

	if (host_played())
		host_ops->sleep(&nobody, 0, host_ops->now_ns() + DRIVER_PAUSE_NS);
	else
		sched_yield();
}

/* Waits until (register & mask) == value. Gives up after 20 s: a test machine may be slow. */
static inline void driver_expect(
	const struct driver *drv, uint32_t offset, uint32_t mask, uint32_t value)
{
	uint64_t end_ns = driver_now_ns() + UINT64_C(20000000000);

	while ((driver_read(drv, offset) & mask) != value) {
		if (driver_now_ns() > end_ns)
			fail_msg("register 0x%x is 0x%x, expected 0x%x", offset,
				driver_read(drv, offset), value);
		driver_pause();
	}
}

/* Empty rings, counters at 0, channel running. */
static inline void driver_start(struct driver *drv)
{
	uint32_t base = ENGINE_CHANNEL(drv->channel);

	drv->tail = drv->head = 0;
	memset(drv->cq, 0, PAGE_BYTES);
	driver_write(drv, base + ENGINE_CH_SQ_LO, DRIVER_SQ + drv->channel * DRIVER_STEP);
	driver_write(drv, base + ENGINE_CH_SQ_HI, 0);
	driver_write(drv, base + ENGINE_CH_CQ_LO, DRIVER_CQ + drv->channel * DRIVER_STEP);
	driver_write(drv, base + ENGINE_CH_CQ_HI, 0);
	driver_write(drv, base + ENGINE_CH_ENTRIES, DRIVER_ENTRIES);
	driver_write(drv, base + ENGINE_CH_SQ_TAIL, 0);
	driver_write(drv, base + ENGINE_CH_CQ_HEAD, 0);
	driver_write(drv, ENGINE_REG_CONTROL, ENGINE_CONTROL_ENABLE);
	driver_expect(drv, ENGINE_REG_STATUS, ENGINE_STATUS_READY, ENGINE_STATUS_READY);
	driver_write(drv, base + ENGINE_CH_ENABLE, 1);
	driver_expect(
		drv, base + ENGINE_CH_STATUS, ENGINE_CH_STATUS_RUNNING, ENGINE_CH_STATUS_RUNNING);
}

static inline void driver_open(struct driver *drv, struct device *dev, unsigned channel)
{
	void *va;

	*drv = (struct driver){.dev = dev, .bar = dev->caps.bar[0].va, .channel = channel};
	assert_int_equal(dev->dma->coherent_alloc(
				 dev, (iova_t){DRIVER_SQ + channel * DRIVER_STEP}, PAGE_BYTES, &va),
		0);
	drv->sq = va;
	assert_int_equal(dev->dma->coherent_alloc(
				 dev, (iova_t){DRIVER_CQ + channel * DRIVER_STEP}, PAGE_BYTES, &va),
		0);
	drv->cq = va;
	driver_start(drv);
}

static inline void driver_stop(struct driver *drv)
{
	uint32_t base = ENGINE_CHANNEL(drv->channel);

	driver_write(drv, base + ENGINE_CH_ENABLE, 0);
	driver_expect(drv, base + ENGINE_CH_STATUS, ENGINE_CH_STATUS_RUNNING, 0);
}

/* Gives the rings back, of a device that is gone. */
static inline void driver_forget(struct driver *drv)
{
	struct device *dev = drv->dev;

	dev->dma->coherent_free(
		dev, (iova_t){DRIVER_SQ + drv->channel * DRIVER_STEP}, PAGE_BYTES, drv->sq);
	dev->dma->coherent_free(
		dev, (iova_t){DRIVER_CQ + drv->channel * DRIVER_STEP}, PAGE_BYTES, drv->cq);
}

static inline void driver_close(struct driver *drv)
{
	driver_stop(drv);
	driver_forget(drv);
}

static inline void driver_post(struct driver *drv, const struct engine_desc *desc)
{
	memcpy(drv->sq + drv->tail % DRIVER_ENTRIES * sizeof(*desc), desc, sizeof(*desc));
	drv->tail++;
}

static inline void driver_kick(struct driver *drv)
{
	driver_write(drv, ENGINE_CHANNEL(drv->channel) + ENGINE_CH_SQ_TAIL, drv->tail);
}

static inline bool driver_reap(struct driver *drv, struct engine_completion *out)
{
	uint32_t phase = (drv->head / DRIVER_ENTRIES & 1) ^ 1;
	uint8_t *entry = drv->cq + drv->head % DRIVER_ENTRIES * sizeof(*out);

	if (mmio_read32(entry + offsetof(struct engine_completion, phase)) != phase)
		return false;
	/* Not the phase: only its acquiring read may touch it. */
	memcpy(out, entry, offsetof(struct engine_completion, phase));
	out->phase = phase;
	drv->head++;
	driver_write(drv, ENGINE_CHANNEL(drv->channel) + ENGINE_CH_CQ_HEAD, drv->head);
	return true;
}

static inline struct engine_completion driver_wait(struct driver *drv)
{
	uint64_t end_ns = driver_now_ns() + UINT64_C(20000000000);
	struct engine_completion done = {0};

	while (!driver_reap(drv, &done)) {
		if (driver_now_ns() > end_ns)
			fail_msg("no completion within 20 s, %u posted, %u seen", drv->tail,
				drv->head);
		driver_pause();
	}
	return done;
}

static inline struct engine_completion driver_exec(
	struct driver *drv, const struct engine_desc *desc)
{
	driver_post(drv, desc);
	driver_kick(drv);
	return driver_wait(drv);
}

static inline struct engine_completion driver_move(
	struct driver *drv, uint8_t opcode, uint64_t iova, uint32_t length, uint64_t device_address)
{
	struct engine_desc desc = {.opcode = opcode,
		.id = (uint16_t)drv->tail,
		.length = length,
		.device_address = device_address,
		.inline_count = 1,
		.element = {{.address = iova, .length = length}}};

	return driver_exec(drv, &desc);
}

#endif
