/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * arrive.h: the schedule of an open loop: when each operation arrives, whether or not the ones before it are done.
 *
 *	arrival   |   |   |   |        fixed: one every gap
 *	          | |     ||   |       poisson: exponential gaps of the same mean
 *	          |||     |||          burst 3: so many at once, gaps three times as long
 *
 * The same configuration gives the same times, so who submits and who counts arrivals each have a schedule of their
 * own. Times are made on the fly: no allocation, no lock, no system call. Threads: one schedule, one thread.
 */
#ifndef LOAD_ARRIVE_H
#define LOAD_ARRIVE_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#include "harness/rng/rng.h"

struct arrive {
	struct rng rng;
	double gap_ticks;  /* mean between two bursts */
	double next_ticks; /* of the next arrival, from the start */
	uint32_t burst, left;
	bool poisson;
};

/* Time to the next burst. Exponential by inversion; 1 - u is never 0. */
static inline double arrive_gap(struct arrive *arrive)
{
	if (!arrive->poisson)
		return arrive->gap_ticks;
	return -log(1 - rng_double(&arrive->rng)) * arrive->gap_ticks;
}

/*
 * arrive_init - @gap_ticks: mean time between two arrivals, > 0; @burst: arrivals at once, 1 or more; @phase: share
 * (0..1] of a gap before the first burst where the rate is fixed, so that several threads take turns.
 */
static inline void arrive_init(struct arrive *arrive, bool poisson, double gap_ticks,
	uint32_t burst, double phase, uint64_t seed)
{
	*arrive = (struct arrive){
		.gap_ticks = gap_ticks * burst, .burst = burst, .left = burst, .poisson = poisson};
	rng_seed(&arrive->rng, seed);
	arrive->next_ticks = poisson ? arrive_gap(arrive) : arrive->gap_ticks * phase;
}

/* Goes on to the arrival after the next. */
static inline void arrive_advance(struct arrive *arrive)
{
	if (--arrive->left)
		return;
	arrive->left = arrive->burst;
	arrive->next_ticks += arrive_gap(arrive);
}

#endif
