/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fault.h: fault points. A set-up path names each place that can fail; a test makes the Nth one fail.
 *
 *	if (fault_point("adapter_alloc"))
 *		return NULL;
 *
 * Test loop, the SQLite way: for N = 1, 2, ...: fault_arm(N); run the scenario; stop when it succeeded
 * without a fault having fired. Every failure before must have left nothing behind.
 *
 * Builds without FAULT_POINTS (release) have none: the condition folds to 0. Fault points stand on
 * set-up paths and on calls documented to fail; never between a doorbell and its completion.
 * Threads: arming and reading back is for one test thread; points may be hit from any thread.
 */
#ifndef SUPPORT_FAULT_H
#define SUPPORT_FAULT_H

#include <stdbool.h>

#ifdef FAULT_POINTS

/* True when this hit is the armed one. @name appears in fault_fired(). */
bool fault_point(const char *name);

/* Arms the @nth hit from now (1 = the next); 0 disarms. @persistent: every later hit fails too. */
void fault_arm(unsigned nth, bool persistent);

/* Name of the point that fired since fault_arm(), or NULL. */
const char *fault_fired(void);

#else

static inline bool fault_point(const char *name)
{
	(void)name;
	return false;
}

#endif
#endif
