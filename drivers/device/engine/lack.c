// SPDX-License-Identifier: BSD-2-Clause
/* lack.c: see lack.h. */
#include "drivers/device/engine/lack.h"

#include "drivers/support/random.h"

#define STRETCH       16 /* calls */
#define STRETCH_SHARE 8  /* so much rarer than a refusal alone does one begin */

void lack_init(
	struct lack *lack, const struct device_lack *chance, uint64_t seed, struct mishaps *mishaps)
{
	uint64_t state = seed ^ UINT64_C(0x1ACC);

	*lack = (struct lack){.chance = *chance, .seed = random_draw(&state), .mishaps = mishaps};
}

static bool refused(uint64_t seed, _Atomic uint64_t *calls, double chance, _Atomic uint64_t *count)
{
	/* Relaxed: a number of its own for each call, nothing hangs on it. */
	const uint64_t call = atomic_fetch_add_explicit(calls, 1, memory_order_relaxed);
	uint64_t alone = seed + call, stretch = ~seed - call / STRETCH;

	if (!random_chance(&alone, chance) && !random_chance(&stretch, chance / STRETCH_SHARE))
		return false;
	mishap(count);
	return true;
}

bool lack_refuses_map(struct lack *lack)
{
	return refused(lack->seed, &lack->maps, lack->chance.map, &lack->mishaps->map_refused);
}

bool lack_refuses_lock(struct lack *lack)
{
	return refused(~lack->seed, &lack->locks, lack->chance.lock, &lack->mishaps->lock_refused);
}
