/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cost.h: what a step of the model costs, in virtual time. Fixed figures of the size such things have, so that
 * time-outs, moderation and stalls mean something; no claim about any machine. Timing models of link and I/O page table
 * take their place when there are some; the event core (sched.h) only adds up.
 */
#ifndef MODEL_COST_H
#define MODEL_COST_H

#include "drivers/support/host.h"

#include <stdint.h>

#define COST_TURN_NS    200  /* another actor's turn */
#define COST_CHANNEL_NS 150  /* a descriptor's fetch, its bytes, its completion: each */
#define COST_CONTROL_NS 50   /* registers and interrupt line */
#define COST_IRQ_NS     1000 /* line to thread */

/* cost_point_ns - of what an actor does at a point. */
static inline uint64_t cost_point_ns(enum host_point kind)
{
	static const uint16_t ns[HOST_POINTS] = {
		[HOST_POINT_LOCK] = 20,
		[HOST_POINT_REGISTER] = 40,
		[HOST_POINT_CLOCK] = 25,
		[HOST_POINT_SIGNAL] = 50,
	};

	return ns[kind];
}

#endif
