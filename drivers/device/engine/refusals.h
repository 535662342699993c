/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * refusals.h: what a device remembers of accesses it was refused, for the refusals op. Slow path.
 * Threads: any, under an inner lock.
 */
#ifndef ENGINE_REFUSALS_H
#define ENGINE_REFUSALS_H

#include <pthread.h>
#include <stdatomic.h>

#include "drivers/device/device.h"
#include "drivers/device/engine/mishaps.h"

struct refusals {
	_Atomic bool
		some; /* written under the lock, read without: there is one, or a count of lost ones */
	pthread_mutex_t lock;
	struct device_refusal entry[DEVICE_REFUSALS];
	unsigned first, count;
	uint64_t lost;
	struct mishaps *mishaps;
};

/* refusals_init - @mishaps: counts those that are not remembered. */
void refusals_init(struct refusals *refusals, struct mishaps *mishaps);
void refusals_fini(struct refusals *refusals);

/* refusals_add - remembers one, or counts it as lost. */
void refusals_add(struct refusals *refusals, const struct device_refusal *refusal);

/*
 * refusals_take - as device_ops.refusals; with @lost NULL the count stays for the next call. A look where there are
 * none: whoever has seen the completion of a descriptor sees what it was refused.
 */
unsigned refusals_take(
	struct refusals *refusals, struct device_refusal *out, unsigned max, uint64_t *lost);

#endif
