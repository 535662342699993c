/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * model_testing.h: the smallest driver on an actor, opposite the model device, for the tests of this folder: played() opens
 * the device as configured, maps a page, runs the test's routine as the driver and closes both.
 */
#ifndef MODEL_TESTING_H
#define MODEL_TESTING_H

#include "drivers/device/engine/driver_testing.h"
#include "drivers/device/model/model.h"
#include "drivers/support/held_testing.h"

#include <stdlib.h>

#define PAGE_IOVA 0x3000000u
#define BYTES     (2 * PAGE_BYTES)

static const struct device_config usual = {.cpu = -1, .address_bits = 64, .memory_bytes = 1u << 20};

struct play {
	const struct device_config *config;
	void (*act)(struct play *play);
	struct device *dev;
	struct driver drv;
	uint8_t *page;
	struct sched *sched;
	unsigned interrupts;
	bool stop;
	bool gone; /* the device: there is nothing to be stopped */
};

static inline void *player(void *arg)
{
	struct play *play = arg;
	struct err err = ERR_INIT;

	if (model_ops.open(&play->dev, play->config, &err))
		fail_msg("%s", err.message);
	assert_ptr_equal(model_at(0), play->dev);
	assert_null(model_at(1));
	play->page = aligned_alloc(PAGE_BYTES, BYTES);
	memset(play->page, 0x5A, BYTES);
	assert_int_equal(play->dev->dma->map(play->dev, (iova_t){PAGE_IOVA}, play->page, BYTES,
				 DEVICE_READ | DEVICE_WRITE),
		0);
	driver_open(&play->drv, play->dev, 0);
	play->act(play);
	if (play->gone)
		driver_forget(&play->drv);
	else
		driver_close(&play->drv);
	play->dev->ops->close(play->dev);
	free(play->page);
	return NULL;
}

/* Return: the hash. */
static inline uint64_t played(const struct device_config *config, void (*act)(struct play *play))
{
	struct sched_config sched_config = {.seed = 11, .switch_chance = 300, .steps_max = 3000000};
	struct play play = {.config = config, .act = act};
	struct err err = ERR_INIT;
	uint64_t hash;
	int rc;

	assert_int_equal(sched_create(&play.sched, &sched_config, &err), 0);
	assert_int_equal(sched_spawn(play.sched, "driver", player, &play), 0);
	rc = sched_run(play.sched);
	hash = sched_hash(play.sched);
	sched_destroy(play.sched);
	assert_int_equal(rc, 0);
	return hash;
}

static inline struct device_mishaps mishaps(const struct play *play)
{
	struct device_mishaps count;

	play->dev->ops->mishaps(play->dev, &count);
	return count;
}

static inline void post_move(struct play *play)
{
	struct engine_desc desc = {.opcode = ENGINE_OP_FROM_DEVICE,
		.length = 64,
		.inline_count = 1,
		.element = {{.address = PAGE_IOVA, .length = 64}}};

	driver_post(&play->drv, &desc);
	driver_kick(&play->drv);
}

#endif
