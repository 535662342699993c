/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spin.h: the exclusion under spin locks, the interrupt lock and the DPC lock.
 *
 * In user space a holder may lose its processor, so a waiter that has spun for a while yields.
 * Threads: any; not recursive.
 */
#ifndef VIDEOPORT_SPIN_H
#define VIDEOPORT_SPIN_H

#include "drivers/support/types.h"

#include <stdatomic.h>

struct spin {
	_Atomic uint32_t held;
};

void spin_wait(struct spin *spin);

static inline void spin_acquire(struct spin *spin)
{
	/* Acquire: what the last holder wrote is visible; pairs with the release below. */
	if (__builtin_expect(atomic_exchange_explicit(&spin->held, 1, memory_order_acquire), 0))
		spin_wait(spin);
}

static inline void spin_release(struct spin *spin)
{
	atomic_store_explicit(&spin->held, 0, memory_order_release);
}

#endif
