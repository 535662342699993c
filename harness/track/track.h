/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * track.h: what nights say: whether a series changed, where, by how much; which of all series of a night to believe; what to
 * measure again. Pure functions of arrays; harness/store keeps the nights, bench/ measures them.
 *
 *	values of a series, a night each, usable ones only, in order
 *	  --track_judge-->    noise, level and changes (divisive.h finds them, the limits below take most of them away)
 *	  --track_odd-->      whether the newest value by itself is worth a second look
 *	p of all series of a night --stats_fdr--> which to believe
 *	costs and spreads of what was measured --track_allot--> how often to measure each once more
 *
 * Why the limits are what they are: a t test at p 0.001 alone, as other trackers use it, tells of a change in 10 % of series of
 * 100 nights that have none, and in 40 % where neighbouring nights are alike (tracking of Otava, simulated). Asking for twice the
 * series' own noise besides brings both below 2 %, and 3 standard deviations are found in 3 to 4 nights all the same.
 * `make test-trend` counts both on synthetic series.
 *
 * Threads: no state. Arrays are the caller's and stay as they are.
 * Errors: -EINVAL values that cannot be, -ENOMEM.
 */
#ifndef TRACK_TRACK_H
#define TRACK_TRACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/stats/stats.h"

struct track_limits {
	bool exact;         /* figures that are counted: each night is judged by effect_min alone */
	double p_max;       /* of the t test of neighbouring levels */
	double noise_times; /* a change is larger than so many standard deviations from night to night */
	double effect_min; /* and larger than that, relative */
	uint32_t window;   /* nights looked at together */
	uint32_t
		lasting; /* a level between two others holds for so many nights, or both its ends are none */
};

/* For wall-clock figures: 0.001, 2.2, 0.5 %, 50, 4. For exact ones: 0.5 %. */
struct track_limits track_limits_wall(void);
struct track_limits track_limits_exact(void);

struct track_change {
	size_t index;         /* first value at the new level */
	double p;             /* exact figures: 0 */
	double before, after; /* levels: medians up to the neighbouring changes */
	/* after / before and its 95 % interval; NAN where before is 0, the ends infinite below three values. */
	double ratio;
	struct stats_interval interval;
};

struct track_verdict {
	size_t count; /* changes, in order */
	struct track_change *change;
	size_t start; /* the level in force begins here */
	double level; /* its median */
	double noise; /* relative standard deviation from night to night, of all levels; NAN below 3 values */
	double lag1; /* correlation of neighbouring nights around their level; NAN likewise */
	double detectable; /* smallest relative change that four more nights would show in 4 of 5 cases; NAN */
};

/*
 * track_judge - @x[n] above 0, of exact figures 0 or more. Noise is multiplied, so logarithms are judged. No value: a verdict
 * without figures. track_verdict_free takes it back; it accepts a zeroed one.
 */
int track_judge(const double *x, size_t n, const struct track_limits *limits,
	struct track_verdict *verdict);
void track_verdict_free(struct track_verdict *verdict);

/*
 * track_odd - whether @value, behind the @n of @x, is outside what the level in force foretells (prediction interval by Student's
 * t at 99 %; of exact figures: beyond effect_min). One in a hundred is by chance: good enough to measure again, never to report.
 * False where the level has fewer than five values (one for exact ones).
 */
bool track_odd(const double *x, size_t n, const struct track_verdict *verdict,
	const struct track_limits *limits, double value);

/* What could be measured once more. */
struct track_cost {
	double seconds;    /* of one repetition more; above 0 */
	double spread;     /* relative standard deviation of its repetitions; 0: nothing to gain */
	uint32_t has;      /* repetitions it has */
	uint32_t more_max; /* more than that are of no use */
};

/*
 * track_allot - how many repetitions more of each to measure in @seconds, in @more[count]: one after the other goes to where the
 * relative error of the mean shrinks most a second, spread / sqrt(n) - spread / sqrt(n + 1) over its cost. That makes the sum of
 * the errors least, with numbers that go as (spread / cost)^(2/3): fast ones are measured more often,
 * unstable ones longer. Return: seconds used.
 */
double track_allot(const struct track_cost *cost, size_t count, double seconds, uint32_t *more);

#endif
