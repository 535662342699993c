/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mishaps.h: how often a device has gone wrong on request, for the mishaps op. Counted by engine, message, lack and stale
 * on whatever threads they run, read from any.
 */
#ifndef ENGINE_MISHAPS_H
#define ENGINE_MISHAPS_H

#include <stdatomic.h>
#include <stdbool.h>

#include "drivers/device/device.h"

struct mishaps {
#define MISHAP_COUNT(name, what) _Atomic uint64_t name;
	DEVICE_MISHAPS(MISHAP_COUNT)
#undef MISHAP_COUNT
};

/* mishap - one more. Relaxed: a count that publishes nothing. */
static inline void mishap(_Atomic uint64_t *count)
{
	atomic_fetch_add_explicit(count, 1, memory_order_relaxed);
}

static inline void mishaps_read(const struct mishaps *mishaps, struct device_mishaps *out)
{
#define MISHAP_READ(name, what)                                                                    \
	out->name = atomic_load_explicit(&mishaps->name, memory_order_relaxed);
	DEVICE_MISHAPS(MISHAP_READ)
#undef MISHAP_READ
}

#endif
