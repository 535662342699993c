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
 * Builds without FAULT_POINTS (release, fuzz) have none: the condition folds to 0, and only fault_point() is there.
 * Fault points stand on set-up paths and on calls documented to fail; never between a doorbell and its completion.
 * Threads: arming and reading back is for one test thread; points may be hit from any thread.
 */
#ifndef SUPPORT_FAULT_H
#define SUPPORT_FAULT_H

#include <stdbool.h>

#ifdef FAULT_POINTS

/* True when this hit is the armed one. @name appears in fault_fired(). */
bool fault_point(const char *name);

#define FAULT_ARMS

#else

static inline bool fault_point(const char *name)
{
	(void)name;
	return false;
}

/* Where nothing can be made to fail, no test that tries compiles. */
#define FAULT_ARMS                                                                                 \
	__attribute__((error("tests need -DFAULT_POINTS: any VARIANT but release and fuzz")))

#endif

/* Arms the @nth hit from now (1 = the next); 0 disarms. @persistent: every later hit fails too. */
FAULT_ARMS void fault_arm(unsigned nth, bool persistent);

/* Name of the point that fired since fault_arm(), or NULL. */
const char *fault_fired(void);

/*
 * For a campaign of many such loops, in processes of their own. fault_share - from here on this process and those it
 * forks have one countdown and one tally; they stay shared to the end. Return: 0 or -ENOMEM.
 * fault_tally - hands out every name that fired since then, and how often, in the order of first firing. The tally holds
 * 512 names; of further ones nothing is kept.
 * fault_watch - @seen is told the name of every hit while armed, before it is known whether it fails, from the thread that
 * hits. NULL: nobody.
 */
int fault_share(void);
void fault_watch(void (*seen)(const char *name));
void fault_tally(void (*take)(void *arg, const char *name, unsigned long fired), void *arg);

#endif
