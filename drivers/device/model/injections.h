/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * injections.h: what the model remembers of descriptors that something was injected into, for who checks results
 * (model_injections). Called by model.c and steps.c, from the scheduler's thread; knows no device.
 */
#ifndef MODEL_INJECTIONS_H
#define MODEL_INJECTIONS_H

#include "drivers/device/engine/engine.h"
#include "drivers/device/model/model.h"

#define INJECTIONS_MAX 4096

/* Zeroes: none. */
struct injections {
	bool deaf;                    /* nothing more is remembered */
	struct model_injected *entry; /* INJECTIONS_MAX, made by the first */
	unsigned first, count;
	uint64_t lost;
};

void injections_fini(struct injections *injections);

/* injections_add - remembers what @work was given at @step, if anything, or counts it as lost. */
void injections_add(struct injections *injections, const struct engine_work *work, uint64_t step);

/* injections_take - as model_injections. */
unsigned injections_take(
	struct injections *injections, struct model_injected *out, unsigned max, uint64_t *lost);

#endif
