/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pool.h: how full a driver's pool of common-buffer slots is, over the measured time (IOCTL_DMABENCH_POOL).
 *
 * The driver counts at every event and knows no time; here its counts are weighted by time with the readings of
 * the load. What a request changed takes effect at the reading that goes with it, as in videoport_date.
 *
 * Call order: pool_open -> (pool_reset -> (pool_pause -> pool_date...)... -> pool_read)...; a pool that was
 * never opened, or whose driver has none, is empty and may be given to all of them.
 * Threads: that of the requests. Ownership: the account is the driver's and lives until it is unloaded.
 */
#ifndef RUN_POOL_H
#define RUN_POOL_H

#include <stdbool.h>
#include <stdint.h>

#include "dmabench_ioctl.h"

struct videoport;

__extension__ typedef unsigned __int128 pool_area; /* amount times ticks */

struct run_pool {
	const DMABENCH_POOL_ACCOUNT *account; /* NULL: the driver has no pool */
	uint64_t ticks;                       /* of the last date, 0: none since the pause */
	bool dated;                           /* before that */
	uint64_t slots, bytes;                /* at the last date */
	pool_area slots_area, bytes_area;
};

/* What of a pool was in use; means over @span_ticks of pool_read. */
struct run_pool_usage {
	bool known;
	double pool_bytes;                  /* all slots */
	double used_bytes, used_peak_bytes; /* of slots that hold data, at the end and at most */
	double used_mean_bytes;             /* NAN where nothing was dated */
	double payload_mean_bytes;          /* of the data in them */
};

/* Asks the driver behind @port for its account. */
void pool_open(struct run_pool *pool, struct videoport *port);

/* The driver's peaks become what is in use, the means start anew. */
void pool_reset(struct run_pool *pool, struct videoport *port);

/* What follows until the next date takes no time. */
static inline void pool_pause(struct run_pool *pool)
{
	pool->dated = pool->dated || pool->ticks;
	pool->ticks = 0;
}

static inline void pool_date(struct run_pool *pool, uint64_t ticks)
{
	const DMABENCH_POOL_ACCOUNT *account = pool->account;

	if (!account)
		return;
	uint64_t span = pool->ticks && ticks > pool->ticks ? ticks - pool->ticks : 0;

	pool->slots_area += (pool_area)pool->slots * span;
	pool->bytes_area += (pool_area)pool->bytes * span;
	if (span || !pool->ticks)
		pool->ticks = ticks;
	pool->slots = account->Used;
	pool->bytes = account->Bytes;
}

void pool_read(const struct run_pool *pool, uint64_t span_ticks, struct run_pool_usage *usage);

#endif
