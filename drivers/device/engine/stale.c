// SPDX-License-Identifier: BSD-2-Clause
/* stale.c: see stale.h. */
#include "drivers/device/engine/stale.h"

#include "drivers/support/random.h"

#include <string.h>

#define ACCESS_BYTES 64

void stale_init(struct stale *stale, double chance, uint64_t seed, const struct engine_bus_ops *ops,
	void *bus, struct mishaps *mishaps)
{
	*stale = (struct stale){.random = seed ^ UINT64_C(0x57A1E),
		.chance = chance,
		.on = chance > 0,
		.ops = ops,
		.bus = bus,
		.mishaps = mishaps};
	pthread_mutex_init(&stale->lock, NULL);
}

void stale_fini(struct stale *stale)
{
	pthread_mutex_destroy(&stale->lock);
}

static void access_try(struct stale *stale, iova_t iova, enum device_access access)
{
	struct device_refusal refusal = {.iova = iova,
		.len_bytes = ACCESS_BYTES,
		.access = access,
		.descriptor_id = STALE_DESCRIPTOR};
	size_t run;
	void *va;

	/* Before the refusal is told of: whoever sees that finds it counted. */
	mishap(&stale->mishaps->after);
	run = stale->ops->pin(stale->bus, ENGINE_PIN_STALE, iova, ACCESS_BYTES, access, &va);
	if (run == 0) {
		stale->ops->refused(stale->bus, &refusal);
		return;
	}
	if (access == DEVICE_WRITE)
		memset(va, 0xA5, run);
	stale->ops->unpin(stale->bus, ENGINE_PIN_STALE);
}

void stale_unmapped(struct stale *stale, iova_t iova, size_t len_bytes)
{
	uint64_t lines = len_bytes / ACCESS_BYTES;

	pthread_mutex_lock(&stale->lock);
	if (random_chance(&stale->random, stale->chance)) {
		iova.val += random_draw(&stale->random) % lines * ACCESS_BYTES;
		access_try(
			stale, iova, random_draw(&stale->random) % 2 ? DEVICE_READ : DEVICE_WRITE);
	}
	pthread_mutex_unlock(&stale->lock);
}
