// SPDX-License-Identifier: BSD-2-Clause
/* spin.c: the contended half of spin.h. */
#include "drivers/videoport/spin.h"

#include "drivers/support/host.h"
#include "drivers/support/mmio.h"

#include <sched.h>

/* About as long as a holder that runs needs; behind that it has probably lost its processor. */
#define SPIN_TRIES 256

void spin_wait(struct spin *spin)
{
	for (unsigned tries = 0;; tries++) {
		/*
		 * Looks before it writes, so that waiting does not take the line from the holder.
		 */
		if (!atomic_load_explicit(&spin->held, memory_order_relaxed) &&
			!atomic_exchange_explicit(&spin->held, 1, memory_order_acquire))
			return;
		if (host_played())
			host_ops->spin();
		else if (tries < SPIN_TRIES)
			cpu_relax();
		else
			sched_yield();
	}
}
