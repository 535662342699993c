/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * clock.h: the performance counter: the processor's time-stamp counter where it is invariant (CPUID
 * 8000_0007h, EDX bit 8), else CLOCK_MONOTONIC_RAW in nanoseconds.
 *
 * The frequency is measured once a process against CLOCK_MONOTONIC_RAW over 20 ms; its error is the
 * uncertainty of two paired readings over that span, a few parts in a million.
 *
 * Call order: clock_calibrate before anything else; videoport_open does it. Threads: any. Where a scheduler plays
 * (drivers/support/host.h) the counter is its virtual time.
 */
#ifndef VIDEOPORT_CLOCK_H
#define VIDEOPORT_CLOCK_H

#include "drivers/support/types.h"

#include <time.h>
#include <x86intrin.h>

struct clock_source {
	bool tsc;
	uint64_t hz;
	uint64_t ns_per_tick_32; /* nanoseconds a tick, 32 fractional bits */
	uint64_t (*read)(void);  /* the counter where it is not the TSC; tests put theirs here */
};

/* Constant after clock_calibrate, until a scheduler begins or ends to play. */
extern struct clock_source clock_source;

void clock_calibrate(void);

/* CLOCK_MONOTONIC_RAW in ns. */
uint64_t clock_raw_ns(void);

/* The fence keeps the reading behind everything before it in program order. */
static inline uint64_t clock_tsc(void)
{
	_mm_lfence();
	return __rdtsc();
}

static inline uint64_t clock_ticks(void)
{
	return __builtin_expect(clock_source.tsc, 1) ? clock_tsc() : clock_source.read();
}

/* Ticks as nanoseconds since an arbitrary start. */
static inline uint64_t clock_ticks_to_ns(uint64_t ticks)
{
	__extension__ typedef unsigned __int128 wide;

	return (uint64_t)(((wide)ticks * clock_source.ns_per_tick_32) >> 32);
}

static inline uint64_t clock_now_ns(void)
{
	return clock_ticks_to_ns(clock_ticks());
}

#endif
