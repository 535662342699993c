/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pool.h: what the verifier keeps of pool blocks: guards around them while they live, poison in them for a
 * while after they were freed. pool.c also holds VideoPortAllocatePool and VideoPortFreePool.
 *
 *	live         | head | guard | bytes of the driver | guard |
 *	quarantine   | head | guard | poison              | guard |     at most 64 blocks, 256 KiB
 *
 * A freed block leaves the quarantine when others push it out, and at the audit; then it is looked at. As
 * long as it is there, freeing it again is told from freeing what never was a block. With the verifier off
 * a block is the driver's bytes alone.
 *
 * Threads: any; one inner lock.
 */
#ifndef VIDEOPORT_POOL_H
#define VIDEOPORT_POOL_H

#include "drivers/support/types.h"

#include <pthread.h>

#define POOL_QUARANTINE_BLOCKS 64
#define POOL_QUARANTINE_BYTES  ((size_t)256 << 10)

struct videoport;
struct pool_head;

struct pool_quarantine {
	pthread_mutex_t lock;
	struct pool_head *block[POOL_QUARANTINE_BLOCKS]; /* a ring */
	unsigned first, count;
	size_t bytes;
};

int pool_quarantine_init(struct pool_quarantine *quarantine);

/* pool_quarantine_fini - frees what is in quarantine, unseen. */
void pool_quarantine_fini(struct pool_quarantine *quarantine);

/* pool_audit - looks at all freed and live blocks; a finding for each that is left. The driver is unloaded. */
void pool_audit(struct videoport *vp);

#endif
