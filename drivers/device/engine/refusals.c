// SPDX-License-Identifier: BSD-2-Clause
/* refusals.c: see refusals.h. A ring of the oldest that were not taken yet. */
#include "drivers/device/engine/refusals.h"

#include <string.h>

void refusals_init(struct refusals *refusals, struct mishaps *mishaps)
{
	memset(refusals, 0, sizeof(*refusals));
	refusals->mishaps = mishaps;
	pthread_mutex_init(&refusals->lock, NULL);
}

void refusals_fini(struct refusals *refusals)
{
	pthread_mutex_destroy(&refusals->lock);
}

void refusals_add(struct refusals *refusals, const struct device_refusal *refusal)
{
	pthread_mutex_lock(&refusals->lock);
	if (refusals->count == DEVICE_REFUSALS) {
		refusals->lost++;
		mishap(&refusals->mishaps->forgotten);
	} else {
		unsigned at = (refusals->first + refusals->count) % DEVICE_REFUSALS;

		refusals->entry[at] = *refusal;
		refusals->count++;
	}
	/* Relaxed: the completion that follows is published with release, and so this before it. */
	atomic_store_explicit(&refusals->some, true, memory_order_relaxed);
	pthread_mutex_unlock(&refusals->lock);
}

unsigned refusals_take(
	struct refusals *refusals, struct device_refusal *out, unsigned max, uint64_t *lost)
{
	unsigned taken = 0;

	if (!atomic_load_explicit(&refusals->some, memory_order_relaxed)) {
		if (lost)
			*lost = 0;
		return 0;
	}
	pthread_mutex_lock(&refusals->lock);
	for (; taken < max && refusals->count > 0; taken++) {
		out[taken] = refusals->entry[refusals->first];
		refusals->first = (refusals->first + 1) % DEVICE_REFUSALS;
		refusals->count--;
	}
	if (lost) {
		*lost = refusals->lost;
		refusals->lost = 0;
	}
	atomic_store_explicit(
		&refusals->some, refusals->count || refusals->lost, memory_order_relaxed);
	pthread_mutex_unlock(&refusals->lock);
	return taken;
}
