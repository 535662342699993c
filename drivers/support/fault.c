// SPDX-License-Identifier: BSD-2-Clause
/* fault.c: see fault.h. Empty in builds without FAULT_POINTS. */
#include "drivers/support/fault.h"

#ifdef FAULT_POINTS

#include <stdatomic.h>
#include <stddef.h>

static atomic_long fault_countdown; /* hits left before firing; below zero: disarmed */
static atomic_bool fault_persistent;
static _Atomic(const char *) fault_name;

bool fault_point(const char *name)
{
	/* Relaxed throughout: a counter, it publishes nothing. */
	if (atomic_load_explicit(&fault_countdown, memory_order_relaxed) <= 0)
		return false;
	long left = atomic_fetch_sub_explicit(&fault_countdown, 1, memory_order_relaxed) - 1;

	if (left > 0)
		return false;
	if (left < 0) {
		atomic_store_explicit(&fault_countdown, 0, memory_order_relaxed);
		return false;
	}
	if (atomic_load_explicit(&fault_persistent, memory_order_relaxed))
		atomic_store_explicit(&fault_countdown, 1, memory_order_relaxed);
	atomic_store_explicit(&fault_name, name, memory_order_relaxed);
	return true;
}

void fault_arm(unsigned nth, bool persistent)
{
	atomic_store_explicit(&fault_name, NULL, memory_order_relaxed);
	atomic_store_explicit(&fault_persistent, persistent, memory_order_relaxed);
	atomic_store_explicit(&fault_countdown, (long)nth, memory_order_relaxed);
}

const char *fault_fired(void)
{
	return atomic_load_explicit(&fault_name, memory_order_relaxed);
}

#endif
