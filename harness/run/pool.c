// SPDX-License-Identifier: BSD-2-Clause
/* pool.c: see pool.h. Called by cell.c around trials; target.c dates. */
#include "harness/run/pool.h"

#include <math.h>
#include <stddef.h>

#include "dderror.h"
#include "drivers/videoport/videoport.h"

/* A driver that does not know the request says so, or leaves the answer as it was. */
static const DMABENCH_POOL_ACCOUNT *pool_ask(struct videoport *port, bool reset)
{
	DMABENCH_POOL pool = {.Reset = reset};
	int32_t status = videoport_request(
		port, IOCTL_DMABENCH_POOL, &pool, sizeof(pool), sizeof(pool), NULL);

	return status == NO_ERROR ? pool.Account : NULL;
}

void pool_open(struct run_pool *pool, struct videoport *port)
{
	*pool = (struct run_pool){.account = pool_ask(port, false)};
}

void pool_reset(struct run_pool *pool, struct videoport *port)
{
	if (pool->account)
		*pool = (struct run_pool){.account = pool_ask(port, true)};
}

void pool_read(const struct run_pool *pool, uint64_t span_ticks, struct run_pool_usage *usage)
{
	const DMABENCH_POOL_ACCOUNT *account = pool->account;
	const double nan = (double)NAN;

	*usage = (struct run_pool_usage){false, nan, nan, nan, nan, nan};
	if (!account)
		return;

	double slot_bytes = (double)account->SlotBytes;

	usage->known = true;
	usage->pool_bytes = (double)account->Slots * slot_bytes;
	usage->used_bytes = (double)account->Used * slot_bytes;
	usage->used_peak_bytes = (double)account->UsedPeak * slot_bytes;
	if ((!pool->ticks && !pool->dated) || !span_ticks)
		return;
	usage->used_mean_bytes = (double)pool->slots_area * slot_bytes / (double)span_ticks;
	usage->payload_mean_bytes = (double)pool->bytes_area / (double)span_ticks;
}
