/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * model_priv.h: what model.c (memory, power, life) and steps.c (what the scheduler steps) share of a device. Included by
 * these two only.
 */
#ifndef MODEL_MODEL_PRIV_H
#define MODEL_MODEL_PRIV_H

#include "drivers/device/engine/engine.h"
#include "drivers/device/engine/lack.h"
#include "drivers/device/engine/memory.h"
#include "drivers/device/engine/refusals.h"
#include "drivers/device/engine/stale.h"
#include "drivers/device/model/injections.h"
#include "drivers/device/model/line.h"
#include "drivers/device/model/model.h"
#include "drivers/device/model/table.h"

#define MODEL_REGISTERS (5 + 4 * ENGINE_CHANNELS) /* that the driver writes: steps.c */

enum channel_stage { STAGE_IDLE, STAGE_FETCHED, STAGE_MOVED };

struct model_channel {
	struct model *model;
	unsigned index;
	enum channel_stage stage;
	bool look; /* there may be something to fetch */
	struct engine_work work;
	struct engine_segment segment[ENGINE_ELEMENTS_MAX]; /* the work's own list */
	struct sched_source source;
};

struct model {
	struct device dev; /* first: model_of */
	struct sched *sched;
	struct model *next; /* in the order of opening */
	struct engine *engine;
	struct memory memory;
	struct table table;
	struct refusals refusals;
	struct line line;
	struct mishaps mishaps;
	struct stale stale;
	struct lack lack;
	enum device_power power;
	bool sourced;

	uint32_t seen[MODEL_REGISTERS];
	bool look; /* the registers or the line need a look whatever they hold */
	struct sched_source source;
	struct model_channel channel[ENGINE_CHANNELS];

	struct model *moderated; /* itself: its place is the key of the moderation's event ... */
	struct model *removed;   /* ... and that of the removal's strike */
	bool frozen;
	uint64_t freeze_ns, freeze_at_ns; /* device_config's */

	struct injections injections;
	uint64_t descriptors; /* of transfers, fetched */
};

/* steps_init - the sources of a new @model: its registers with its line, and each channel. */
void steps_init(struct model *model);

/*
 * steps_start - hands the sources to the scheduler, and plans the freeze of device_config, as the device enters D0.
 * Return: 0 or -ENOSPC, the scheduler has no room. steps_stop - takes them back, whatever start said.
 */
int steps_start(struct model *model);
void steps_stop(struct model *model);

/* steps_removed - takes the device out at @at_ns of the scheduler's clock. Return: 0 or -ENOMEM. */
int steps_removed(struct model *model, uint64_t at_ns);

/* steps_finish - does at once what the channels have in hand. steps_forget - drops it. */
void steps_finish(struct model *model);
void steps_forget(struct model *model);

#endif
