// SPDX-License-Identifier: BSD-2-Clause
/* fairlock.c: the contended half of fairlock.h. */
#include "drivers/videoport/fairlock.h"

#include "drivers/support/mmio.h"
#include "drivers/videoport/futex.h"

#include <limits.h>

/* About a short request; longer ones are worth a sleep. */
#define FAIRLOCK_SPINS 200

static uint32_t ticket_mask(uint32_t ticket)
{
	return UINT32_C(1) << (ticket % 32);
}

void fairlock_wait(struct fairlock *lock, uint32_t ticket)
{
	for (int spins = host_played() ? FAIRLOCK_SPINS : 0; spins < FAIRLOCK_SPINS; spins++) {
		if (atomic_load_explicit(&lock->serving, memory_order_acquire) == ticket)
			return;
		cpu_relax();
	}
	for (;;) {
		uint32_t serving = atomic_load(&lock->serving);

		if (serving == ticket)
			return;
		futex_wait(&lock->serving, serving, ticket_mask(ticket), NULL, false);
	}
}

void fairlock_wake(struct fairlock *lock, uint32_t ticket)
{
	futex_wake(&lock->serving, INT_MAX, ticket_mask(ticket));
}
