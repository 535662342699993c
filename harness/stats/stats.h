/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stats.h: what may be said about a handful of repetitions. Pure functions of arrays.
 *
 * Sources: quantile type 7 (Hyndman and Fan 1996); order-statistic interval of the median (exact
 * binomial); bootstrap percentile interval (Efron 1979) with a fixed seed, so that a report is
 * reproducible; crossover as in stats_crossover below.
 *
 * Threads: no state. Arrays are the caller's; functions that must sort copy first.
 * Nothing to compute from (no values, a NAN among them, no memory for the copy) gives NAN, and an
 * interval from -INFINITY to INFINITY.
 */
#ifndef STATS_STATS_H
#define STATS_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stats_interval {
	double low, high; /* -INFINITY, INFINITY where the data cannot bound it */
	double level;     /* coverage actually reached, e.g. 0.979 */
};

double stats_mean(const double *x, size_t n);
double stats_stddev(const double *x, size_t n); /* sample, n - 1; 0 for n < 2 */
double stats_median(const double *x, size_t n);
double stats_quantile(const double *x, size_t n, double q); /* type 7; @q 0..1 */

/*
 * stats_median_interval - interval of the median by order statistics, no assumption on the
 * distribution; the narrowest symmetric pair of ranks with at least @level; unbounded below 6
 * samples at 0.95.
 */
struct stats_interval stats_median_interval(const double *x, size_t n, double level);

/*
 * stats_bootstrap - percentile interval of @statistic over @resamples resamples of @n indices.
 * @statistic is called with the resampled indices and @arg; NAN results are left out.
 * @seed: same seed, same interval. Return: the interval; unbounded if over 5 % of the results were
 * NAN.
 */
typedef double (*stats_statistic)(const uint32_t *index, size_t n, void *arg);
struct stats_interval stats_bootstrap(size_t n, unsigned resamples, double level, uint64_t seed,
	stats_statistic statistic, void *arg);

/*
 * Crossover: the size from which strategy B is faster than strategy A, from paired blocks.
 *
 * Input: ratio[block * sizes + s] = throughput of B / throughput of A in one block at size s
 * (blocks run both strategies close in time, so drift cancels). For every size the median over the
 * blocks is taken; between neighbouring sizes log(ratio) over log(size) is a monotone cubic
 * (Fritsch and Butland 1984). The crossover is the upward crossing of ratio = 1 behind the last size
 * at which A is clearly ahead: from there on B is ahead, or as good as equal. Clearly is by more than
 * STATS_CROSSOVER_TIE, since two paths that are both held back by memory differ by a few per cent
 * either way, which must not hide that one of them wins by a factor at the sizes before. The interval
 * comes from resampling whole blocks.
 *
 * The interval does not know of the error of interpolation. For two paths whose time is a start
 * cost plus size over rate it is about 0.2 % where sizes are a factor 2 apart, 1.3 % at 4 and 15 %
 * at 16 (a straight line: 2.5, 11 and 52 %); so measure at factors of 2, or 4 at most.
 *
 * A ratio that is not a number above zero is left out: that block then says nothing about that
 * size. A size with fewer than STATS_CROSSOVER_BLOCKS_MIN ratios left is left out.
 *
 * FOUND asks that 3 of 4 resamples find one too and bound it on one side at least; the two ALWAYS
 * ask for a share of @level. Otherwise it is UNCLEAR.
 */
#define STATS_CROSSOVER_BLOCKS_MIN 3
#define STATS_CROSSOVER_TIE        1.10 /* ratios up to this, or down to its inverse, are a tie */

enum stats_crossover_kind {
	STATS_CROSSOVER_FOUND,    /* size_bytes is it */
	STATS_CROSSOVER_A_ALWAYS, /* none in range: A is ahead at the largest size that is no tie */
	STATS_CROSSOVER_B_ALWAYS, /* none in range: B is faster at every size */
	STATS_CROSSOVER_UNCLEAR,  /* too few sizes (2) or blocks (3), or the resamples disagree */
};

struct stats_crossover {
	enum stats_crossover_kind kind;
	double size_bytes;              /* FOUND only, else 0 */
	struct stats_interval interval; /* of size_bytes; infinite where outside the range */
	double agreement;               /* share of resamples of the same kind */
	unsigned crossings; /* of the median curve, both directions; above 1 it is not clean */
};

/*
 * stats_crossover - @size_bytes[sizes] rises strictly from above 0. Same seed, same result.
 * Return: 0; -EINVAL sizes that do not rise or a @level outside (0, 1); -ENOMEM.
 */
int stats_crossover(struct stats_crossover *out, const double *size_bytes, size_t sizes,
	const double *ratio, size_t blocks, double level, uint64_t seed);

/*
 * stats_ratio - median of paired ratios b[i] / a[i] with its order-statistic interval (@interval
 * may be NULL). Pairs whose ratio is not a finite number are left out.
 */
double stats_ratio(
	const double *a, const double *b, size_t n, double level, struct stats_interval *interval);

#endif
