/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fairlock.h: a mutual exclusion that serves in arrival order and sleeps while it waits. It is the
 * device lock: held for every callback at PASSIVE, so that HwVidStartIO sees one request at a time
 * (R-075).
 *
 * Tickets: `next` is the ticket the next comer draws, `serving` the one that may enter. Uncontended
 * it costs one atomic addition each way and no system call. A waiter spins a little, then sleeps on
 * `serving`, marked by its ticket modulo 32, so that a release wakes just the next one (or, with
 * more than 32 waiting, a few that look again and go back to sleep).
 *
 * Threads: any. The holder may acquire it again (the port holds it when a driver asks for the
 * device lock).
 */
#ifndef VIDEOPORT_FAIRLOCK_H
#define VIDEOPORT_FAIRLOCK_H

#include "drivers/support/types.h"
#include "drivers/videoport/irql.h"

#include <stdatomic.h>

struct fairlock {
	_Atomic uint32_t next;
	_Atomic uint32_t serving;
	_Atomic uintptr_t owner; /* irql_self of the holder, 0: nobody */
	unsigned depth;          /* the owner's nested acquisitions */
};

/* Slow halves, fairlock.c. */
void fairlock_wait(struct fairlock *lock, uint32_t ticket);
void fairlock_wake(struct fairlock *lock, uint32_t ticket);

static inline bool fairlock_held(const struct fairlock *lock)
{
	/* Relaxed: only this thread can have stored its own name. */
	return atomic_load_explicit(&lock->owner, memory_order_relaxed) == irql_self();
}

/* fairlock_depth - how often the calling thread has acquired it; 0 where it is not the holder. */
static inline unsigned fairlock_depth(const struct fairlock *lock)
{
	return fairlock_held(lock) ? lock->depth + 1 : 0;
}

static inline void fairlock_acquire(struct fairlock *lock)
{
	if (fairlock_held(lock)) {
		lock->depth++;
		return;
	}

	/* Sequentially consistent: pairs with the look at `next` in fairlock_release. */
	uint32_t ticket = atomic_fetch_add(&lock->next, 1);

	if (atomic_load_explicit(&lock->serving, memory_order_acquire) != ticket)
		fairlock_wait(lock, ticket);
	atomic_store_explicit(&lock->owner, irql_self(), memory_order_relaxed);
}

static inline void fairlock_release(struct fairlock *lock)
{
	if (lock->depth) {
		lock->depth--;
		return;
	}
	atomic_store_explicit(&lock->owner, 0, memory_order_relaxed);

	/*
	 * Sequentially consistent with the look at `next`: a waiter draws its ticket, then looks at
	 * `serving`; the holder moves `serving`, then looks at `next`. One of them sees the other.
	 */
	uint32_t ticket = atomic_fetch_add(&lock->serving, 1) + 1;

	if (atomic_load(&lock->next) != ticket)
		fairlock_wake(lock, ticket);
}

#endif
