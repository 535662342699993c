// SPDX-License-Identifier: BSD-2-Clause
/* fault.c: see fault.h. Empty in builds without FAULT_POINTS. */
#include "drivers/support/fault.h"

#ifdef FAULT_POINTS

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

#define FAULT_NAMES 512

/* Names are string literals of the program, at the same address in every process forked from it. */
struct fault_state {
	atomic_long countdown; /* hits left before firing; below zero: disarmed */
	atomic_bool persistent;
	_Atomic(const char *) name;
	struct {
		_Atomic(const char *) name;
		atomic_ulong fired;
	} tally[FAULT_NAMES]; /* from the front, without gaps */
};

static struct fault_state fault_own;
static struct fault_state *fault = &fault_own;
static bool fault_shared;
static void (*_Atomic fault_seen)(const char *name);

/* Relaxed throughout: counters, they publish nothing. */
static void tally_count(const char *name)
{
	for (unsigned i = 0; i < FAULT_NAMES; i++) {
		const char *found = NULL;

		if (!atomic_compare_exchange_strong_explicit(&fault->tally[i].name, &found, name,
			    memory_order_relaxed, memory_order_relaxed) &&
			found != name && strcmp(found, name) != 0)
			continue;
		atomic_fetch_add_explicit(&fault->tally[i].fired, 1, memory_order_relaxed);
		return;
	}
}

bool fault_point(const char *name)
{
	if (atomic_load_explicit(&fault->countdown, memory_order_relaxed) <= 0)
		return false;
	void (*seen)(const char *) = atomic_load_explicit(&fault_seen, memory_order_relaxed);

	if (seen)
		seen(name);
	long left = atomic_fetch_sub_explicit(&fault->countdown, 1, memory_order_relaxed) - 1;

	if (left > 0)
		return false;
	if (left < 0) {
		atomic_store_explicit(&fault->countdown, 0, memory_order_relaxed);
		return false;
	}
	if (atomic_load_explicit(&fault->persistent, memory_order_relaxed))
		atomic_store_explicit(&fault->countdown, 1, memory_order_relaxed);
	atomic_store_explicit(&fault->name, name, memory_order_relaxed);
	if (fault_shared)
		tally_count(name);
	return true;
}

void fault_arm(unsigned nth, bool persistent)
{
	atomic_store_explicit(&fault->name, NULL, memory_order_relaxed);
	atomic_store_explicit(&fault->persistent, persistent, memory_order_relaxed);
	atomic_store_explicit(&fault->countdown, (long)nth, memory_order_relaxed);
}

const char *fault_fired(void)
{
	return atomic_load_explicit(&fault->name, memory_order_relaxed);
}

void fault_watch(void (*seen)(const char *name))
{
	atomic_store_explicit(&fault_seen, seen, memory_order_relaxed);
}

int fault_share(void)
{
	void *shared = mmap(
		NULL, sizeof(*fault), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (shared == MAP_FAILED)
		return -ENOMEM;
	fault = shared;
	fault_shared = true;
	return 0;
}

void fault_tally(void (*take)(void *arg, const char *name, unsigned long fired), void *arg)
{
	for (unsigned i = 0; i < FAULT_NAMES; i++) {
		const char *name = atomic_load_explicit(
			&fault->tally[i].name, memory_order_relaxed);

		if (!name)
			return;
		take(arg, name, atomic_load_explicit(&fault->tally[i].fired, memory_order_relaxed));
	}
}

#endif
