/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target.h: the driver under test as a target of the load: load_op batches to IOCTL_DMABENCH_SUBMIT and back.
 * Used by window.c. Hot path: one request packet a call, no allocation, no lock but the port's own.
 */
#ifndef RUN_TARGET_H
#define RUN_TARGET_H

#include "drivers/videoport/videoport.h"
#include "harness/load/load.h"
#include "harness/run/pool.h"

#define TARGET_BATCH_MAX 64

struct run_target {
	struct videoport *port;
	bool single;           /* depth 1 */
	bool silent;           /* another target tells the port when time counts */
	bool dates;            /* the load's readings date what the port counts */
	struct run_pool *pool; /* and what the driver counts */
	bool running;          /* time counts: since the first date of a round */
	uint64_t last_ticks;   /* the last date */
	/* Request buffers, METHOD_BUFFERED: input and output at once. */
	uint64_t submit[1 + TARGET_BATCH_MAX * 5];
	uint64_t reap[1 + TARGET_BATCH_MAX * 3];
};

extern const struct load_target_ops run_target_ops;

struct run_target_config {
	struct videoport *port;
	const struct clock *clock; /* the load's */
	bool single;               /* it has one transfer in flight at most */
	struct run_pool *pool;     /* outlives the target */
	/*
	 * One port for several targets: readings of several threads are in no order, so the port dates by its own clock; one of
	 * the targets tells it when time counts, the others are silent.
	 */
	bool shared, silent;
};

/* From now on time does not count. */
void run_target_init(struct run_target *target, const struct run_target_config *config);

/*
 * run_target_pause - a round has ended: the time from its last date to the first of the next, in which sources are
 * prepared and results checked, does not weigh.
 */
void run_target_pause(struct run_target *target);

#endif
