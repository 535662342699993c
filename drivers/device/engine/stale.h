/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stale.h: a device that goes on to use an address after it was unmapped (device_config.after). Called by devices at the
 * end of every unmap: the access is tried at once, through the translation, and has to be refused there. Were it
 * not, the bytes would be overwritten: then whoever checks data sees it as well.
 * Threads: any; what the streams of several unmaps share is under an inner lock.
 */
#ifndef ENGINE_STALE_H
#define ENGINE_STALE_H

#include <pthread.h>

#include "drivers/device/engine/engine.h"

#define STALE_DESCRIPTOR 0xFFFFFFFFu /* of refusals: no descriptor of the driver's */

struct stale {
	pthread_mutex_t lock;
	uint64_t random;
	double chance;
	bool on; /* chance is above 0 */
	const struct engine_bus_ops *ops;
	void *bus;
	struct mishaps *mishaps;
};

void stale_init(struct stale *stale, double chance, uint64_t seed, const struct engine_bus_ops *ops,
	void *bus, struct mishaps *mishaps);
void stale_fini(struct stale *stale);

/* stale_on - whether any access will be tried; a device need not ask for less. */
static inline bool stale_on(const struct stale *stale)
{
	return __builtin_expect(stale->on, 0);
}

/* stale_unmapped - [iova, iova + len_bytes), whole pages, has just been unmapped. */
void stale_unmapped(struct stale *stale, iova_t iova, size_t len_bytes);

#endif
