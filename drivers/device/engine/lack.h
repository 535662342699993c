/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lack.h: a device that has no room (device_config.lack): mappings and locks that it refuses, as a translation unit does whose
 * table is full and a host whose limit of locked memory is reached. Called by devices before each; what is the driver's own
 * (common buffers, rings) is never refused. A refusal is alone, or all of a stretch of calls are.
 * Threads: any. Which call is refused depends on the seed and on how many there were before, and on nothing else.
 */
#ifndef ENGINE_LACK_H
#define ENGINE_LACK_H

#include "drivers/device/engine/mishaps.h"

struct lack {
	struct device_lack chance;
	uint64_t seed;
	_Atomic uint64_t maps, locks; /* asked for so far */
	struct mishaps *mishaps;
};

void lack_init(struct lack *lack, const struct device_lack *chance, uint64_t seed,
	struct mishaps *mishaps);

/* What the two below ask where there is a chance at all. */
bool lack_refuses_map(struct lack *lack);
bool lack_refuses_lock(struct lack *lack);

/* lack_of_maps, lack_of_locks - one is asked for. Return: whether it has to be refused; then it is counted. */
static inline bool lack_of_maps(struct lack *lack)
{
	return __builtin_expect(lack->chance.map > 0, 0) && lack_refuses_map(lack);
}

static inline bool lack_of_locks(struct lack *lack)
{
	return __builtin_expect(lack->chance.lock > 0, 0) && lack_refuses_lock(lack);
}

#endif
