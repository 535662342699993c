/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * clock.h: the one clock of a measurement, in ticks that only this folder turns into time.
 *
 * The clock is the TSC where the processor says it is invariant and the kernel trusts it as clock
 * source, else CLOCK_MONOTONIC_RAW with 1 tick = 1 ns. Ticks and nanoseconds are different types,
 * so they cannot be mixed.
 *
 * Call order: clock_open before any reading; then readings from any thread.
 * Threads: struct clock is constant after clock_open. Readings of two cores may be compared only
 * where clock.invariant is set.
 */
#ifndef CLOCK_CLOCK_H
#define CLOCK_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <x86intrin.h>

#include "drivers/support/err.h"

struct tick {
	uint64_t t;
};

struct clock {
	bool tsc;       /* false: clock_gettime(CLOCK_MONOTONIC_RAW) */
	bool invariant; /* advances at one rate, on every core, in every idle state (raw: always) */
	double ns_per_tick; /* > 0 */
	double rate_hz;
	double error_ppm;   /* spread of the calibration */
	double read_ns;     /* cost of one clock_now, median */
	double read_min_ns; /* smallest difference of two readings in a row */
	char name[24];      /* "tsc" or "monotonic_raw", for results */
};

/*
 * clock_open - chooses and calibrates (about 60 ms), the first time in a process; later it gives the same. Any thread.
 * Return: 0, or -EIO (ERR_INTERNAL) where no clock advances; *@clock is then zero.
 */
int clock_open(struct clock *clock, struct err *err);

/* clock_open_raw - takes CLOCK_MONOTONIC_RAW even where the TSC is trusted, and looks at it each time. */
int clock_open_raw(struct clock *clock, struct err *err);

/* Slow part of clock_now for processors without a trusted TSC. */
struct tick clock_now_raw(void);

/*
 * clock_now - a reading that earlier instructions have completed before (rdtscp waits for them) and
 * that later ones may overtake by a few cycles only.
 */
static inline struct tick clock_now(const struct clock *clock)
{
	if (__builtin_expect(!clock->tsc, 0))
		return clock_now_raw();
	unsigned cpu;

	return (struct tick){__rdtscp(&cpu)};
}

/* Ticks from @start to @end; 0 if the clock seems to have gone backwards. */
static inline uint64_t clock_span(struct tick start, struct tick end)
{
	return end.t > start.t ? end.t - start.t : 0;
}

static inline uint64_t clock_ns(const struct clock *clock, uint64_t ticks)
{
	return (uint64_t)((double)ticks * clock->ns_per_tick + 0.5);
}

/* CPU time of the calling thread, ns. A system call (200 ns): outside timed sections only. */
uint64_t clock_thread_cpu_ns(void);

/* Wall clock for people and databases: ns since 1970. Never for measuring. */
uint64_t clock_wall_ns(void);

#endif
