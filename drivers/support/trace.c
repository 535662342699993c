// SPDX-License-Identifier: BSD-2-Clause
/*
 * trace.c: see trace.h. Points are called by the load, the port, miniports and devices; sessions by harness/run.
 * Knows nothing of transfers.
 */
#include "drivers/support/trace.h"

#include <stdatomic.h>
#include <string.h>
#include <time.h>
#include <x86intrin.h>

#include "drivers/support/types.h"

/* A requester, an interrupt thread, a device and the port's helpers; points of further threads are not counted. */
#define TRACE_THREADS_MAX 16

CACHE_ALIGNED int trace_on;

/*
 * One thread's account. Written by that thread alone, read by trace_stop: atomics so that the reader gets whole
 * words and a slot may change hands, relaxed because the round that lies between orders what matters.
 */
struct trace_slot {
	CACHE_ALIGNED _Atomic uint64_t ticks[TRACE_PHASES];
	_Atomic uint64_t points[TRACE_PHASES];
	_Atomic uint64_t last;
	_Atomic unsigned phase;
};

static struct {
	_Atomic bool single, tsc;
	/* Session number, and how many threads have taken a slot in it. */
	_Atomic unsigned session, taken;
} trace;

static struct trace_slot trace_slots[TRACE_THREADS_MAX];

/* The slot this thread has taken, and in which session; NULL: there were no more. */
static __thread struct {
	struct trace_slot *slot;
	unsigned session;
} trace_thread;

static uint64_t trace_now(void)
{
	if (__builtin_expect(atomic_load_explicit(&trace.tsc, memory_order_relaxed), 1)) {
		unsigned cpu;

		/* As clock_now: what comes before has been executed. */
		return __rdtscp(&cpu);
	}
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_RAW, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void slot_add(_Atomic uint64_t *sum, uint64_t value)
{
	/* One writer: a load and a store will do. */
	atomic_store_explicit(
		sum, atomic_load_explicit(sum, memory_order_relaxed) + value, memory_order_relaxed);
}

/* The first point of a thread in a session: the time before it is nobody's. */
static __attribute__((cold, noinline)) struct trace_slot *slot_take(unsigned session)
{
	unsigned index = atomic_fetch_add_explicit(&trace.taken, 1, memory_order_relaxed);

	trace_thread.session = session;
	trace_thread.slot = index < TRACE_THREADS_MAX ? &trace_slots[index] : NULL;
	if (!trace_thread.slot)
		return NULL;
	for (unsigned i = 0; i < TRACE_PHASES; i++) {
		atomic_store_explicit(&trace_thread.slot->ticks[i], 0, memory_order_relaxed);
		atomic_store_explicit(&trace_thread.slot->points[i], 0, memory_order_relaxed);
	}
	atomic_store_explicit(&trace_thread.slot->phase, TRACE_IDLE, memory_order_relaxed);
	atomic_store_explicit(&trace_thread.slot->last, trace_now(), memory_order_relaxed);
	return trace_thread.slot;
}

static inline struct trace_slot *slot_mine(void)
{
	unsigned session = atomic_load_explicit(&trace.session, memory_order_relaxed);

	if (__builtin_expect(trace_thread.session != session, 0))
		return slot_take(session);
	return trace_thread.slot;
}

void trace_mark(unsigned phase)
{
	struct trace_slot *slot = slot_mine();

	if (__builtin_expect(!slot, 0))
		return;
	if (phase == TRACE_POSTED)
		phase = atomic_load_explicit(&trace.single, memory_order_relaxed) ? TRACE_WAIT
		                                                                  : TRACE_DRIVER;
	unsigned ends = atomic_load_explicit(&slot->phase, memory_order_relaxed);
	uint64_t last = atomic_load_explicit(&slot->last, memory_order_relaxed);
	uint64_t now = trace_now();

	slot_add(&slot->ticks[ends], now > last ? now - last : 0);
	slot_add(&slot->points[ends], 1);
	atomic_store_explicit(&slot->last, now, memory_order_relaxed);
	atomic_store_explicit(&slot->phase, phase, memory_order_relaxed);
}

enum trace_phase trace_phase(void)
{
	const struct trace_slot *slot = slot_mine();

	return slot ? (enum trace_phase)atomic_load_explicit(&slot->phase, memory_order_relaxed)
	            : TRACE_IDLE;
}

void trace_start(bool single, bool tsc)
{
	atomic_store_explicit(&trace.single, single, memory_order_relaxed);
	atomic_store_explicit(&trace.tsc, tsc, memory_order_relaxed);
	atomic_store_explicit(&trace.taken, 0, memory_order_relaxed);
	atomic_fetch_add_explicit(&trace.session, 1, memory_order_relaxed);
	slot_mine(); /* the first slot is the requester's */
	__atomic_store_n(&trace_on, 1, __ATOMIC_RELEASE);
}

static void account_add(struct trace_account *account, const struct trace_slot *slot)
{
	for (unsigned i = 0; i < TRACE_PHASES; i++) {
		account->ticks[i] += atomic_load_explicit(&slot->ticks[i], memory_order_relaxed);
		account->points[i] += atomic_load_explicit(&slot->points[i], memory_order_relaxed);
	}
}

void trace_stop(struct trace_account *own, struct trace_account *others)
{
	trace_mark(TRACE_IDLE);
	__atomic_store_n(&trace_on, 0, __ATOMIC_RELAXED);
	memset(own, 0, sizeof(*own));
	memset(others, 0, sizeof(*others));
	unsigned taken = atomic_load_explicit(&trace.taken, memory_order_relaxed);

	for (unsigned i = 0; i < taken && i < TRACE_THREADS_MAX; i++)
		account_add(i == 0 ? own : others, &trace_slots[i]);
}
