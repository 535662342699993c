/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * model.h: the reference engine on a virtual clock: deterministic. The same engine as soft's, stepped by the scheduler
 * of sched.h instead of by a thread: registers and interrupt line are one source, each channel another, and a
 * channel's fetch, move and retire are steps of their own, so that anything may come between them.
 *
 *	doorbell in BAR 0 -> [control] -> [channel: fetch -> move -> retire] -> [control: line] -> event -> irq wait
 *
 * The model. A source is ready while the registers differ from what it has seen, or while it has work in hand. The
 * interrupt takes COST_IRQ_NS from the line to who waits for it.
 *
 * What is injected into descriptors (device_config.fault) is remembered with the place it hit, so that who
 * checks results can tell an injected error from one of the driver's, and count what went unseen.
 *
 * Call order: sched_create -> model_ops.open ... close -> sched_destroy. Without a scheduler open refuses.
 * Ownership, threads: device.h; everything from the scheduler's thread. Errors: device.h.
 */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include "drivers/device/device.h"
#include "drivers/device/model/sched.h"

extern const struct device_ops model_ops;

/* One descriptor that something was injected into. */
struct model_injected {
	enum device_fault fault;
	uint64_t step; /* sched_steps then */
	uint16_t id;
	uint16_t given_id; /* WRONG_ID: under which it completes, else @id */
	bool to_device;
	uint64_t device_address; /* as the driver asked */
	uint32_t len_bytes;
	uint32_t wrong_at, wrong_bytes; /* of its data, where the fault is one of the data */
};

/*
 * model_at - the @index-th open model of the scheduler that plays, in the order of opening; NULL behind the last.
 */
struct device *model_at(unsigned index);

/*
 * model_injections - takes up to @max remembered injections out, oldest first. @lost: how many there were no room
 * for since open. Return: count.
 */
unsigned model_injections(
	struct device *dev, struct model_injected *out, unsigned max, uint64_t *lost);

/* model_descriptors - how many descriptors of transfers it has taken since open. */
uint64_t model_descriptors(const struct device *dev);

/* model_idle_handlers - how many handlers of an interrupt of its have not seen to anything (line_idle). */
uint64_t model_idle_handlers(const struct device *dev);

/* model_mapped_bytes - how much of the host's memory it can reach now, by map and coherent_alloc. */
uint64_t model_mapped_bytes(const struct device *dev);

/*
 * model_deaf - from now on nothing is remembered: what is injected then looks like the driver's doing. For tests of
 * who checks.
 */
void model_deaf(struct device *dev);

#endif
