/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * series.h: what one run says of itself while its values depend on each other: intervals out of batches, and
 * whether it was steady.
 *
 *	values in order of time --> batches of equal length (sums, or one histogram each)
 *	    batch means         --> stats_batch_mean: interval of the mean
 *	    shares of a batch   --> stats_batch_share: interval of a quantile's share --> looked up in all the values
 *	    batch means         --> stats_steady
 *
 * Threads: no state. Arrays are the caller's and stay as they are.
 */
#ifndef STATS_SERIES_H
#define STATS_SERIES_H

#include "harness/stats/stats.h"

#define STATS_BATCHES_MAX 64 /* of one series; more batches say nothing more of its error */
#define STATS_BATCHES_MIN 8  /* fewer than so many give no interval */

struct stats_batches {
	double mean;
	struct stats_interval interval; /* unbounded: too few batches */
	double lag1;                    /* correlation of neighbouring batches that were used */
	size_t used;                    /* batches after merging */
	double error;                   /* standard error of the mean */
};

/*
 * stats_batch_mean - interval of the mean of a series from the means of @n batches of equal length (8 .. 64),
 * aware of autocorrelation and skewness: while neighbours are correlated (von Neumann's ratio at 10 %, one-sided)
 * and 16 or more are left, they are merged in pairs (Fishman and Yarberry 1997); what correlation is left widens
 * the error by (1 + lag1) / (1 - lag1); Student's quantile is adjusted for the skewness of the batches (Willink
 * 2005), both as in N-Skart (Tafazzoli, Steiger and Wilson 2011).
 */
struct stats_batches stats_batch_mean(const double *batch, size_t n, double level);

/*
 * stats_batch_even - turns the means (or shares) of @n batches of unlike size into those of batches of equal size that say the
 * same: their plain mean is that of all values, and their spread is its error by linearisation, as the ratio of two sums has
 * it (Cochran, Sampling Techniques, 1977, 6.4). Batches of equal size stay as they are. @size: values of each batch.
 */
void stats_batch_even(double *batch, const double *size, size_t n);

/*
 * stats_batch_share - interval of a quantile by way of its share, which needs no density (Heidelberger and Lewis
 * 1984). @share[i]: share of batch i's values at or below the estimate of quantile @q that was made from all. The
 * error of the share at the true quantile comes from the batches as above.
 * Return: interval within 0..1 of shares; the values of all batches at these two ranks bound the quantile. high is
 * INFINITY (low -INFINITY) where the interval leaves 0..1: the run is too short for this quantile.
 */
struct stats_interval stats_batch_share(const double *share, size_t n, double q, double level);

/*
 * stats_quantile_ranks - the ranks (from 1) of the order statistics that bound quantile @q of @n independent values
 * with @level at least, equal tails (exact binomial). 0 or n + 1: the data cannot bound it.
 * Return: coverage reached.
 */
double stats_quantile_ranks(uint64_t n, double q, double level, uint64_t *low, uint64_t *high);

/* stats_quantile_interval - the same as values. */
struct stats_interval stats_quantile_interval(const double *x, size_t n, double q, double level);

/*
 * stats_mser - how many values of the start to leave out: the d <= n / 2 with the least squared error of the rest's
 * mean, sum((x - mean)^2) / (n - d)^2 (White 1997; on averages of @group values, 5 for MSER-5, 1 for MSER).
 * @least: the value at d, may be NULL. Return: values to leave out, a multiple of @group; 0 below two groups.
 */
size_t stats_mser(const double *x, size_t n, size_t group, double *least);

/*
 * stats_trend - Mann and Kendall's test of a trend: S = sum of the signs of all later minus earlier values, variance
 * corrected for ties, continuity 1 (Mann 1945, Kendall 1975). @slope: Theil and Sen's, per value; may be NULL.
 * Return: p, two-sided; 1 below 4 values.
 */
double stats_trend(const double *x, size_t n, int64_t *s, double *slope);

struct stats_growth {
	bool grows;
	size_t skip;   /* values of the start that were left out */
	double change; /* of the rest from first to last, by its trend */
	double p;      /* of that trend */
};

/*
 * stats_growth - whether a series that ought to stay where it is keeps growing, as what leaks does: behind the first
 * quarter, which may be start-up, it has a rising trend (0.1 %, two-sided; see stats_trend) of @floor or more, and the
 * medians of the three thirds of the rest rise from each to the next, the last step at least half of the first: neither one
 * step up nor what dies down, as free lists do, is growth. Below 12 values, or with one that is not finite: no growth,
 * change NAN.
 */
struct stats_growth stats_growth(const double *x, size_t n, double floor);

struct stats_steadiness {
	bool reached;
	size_t skip;   /* values of the start that are not yet steady (MSER) */
	double change; /* of the rest from start to end by its trend, relative to its median */
	double p;      /* of that trend */
};

/*
 * stats_steady - steady: at most a quarter of the series is start-up (MSER), or what is left out differs from the
 * rest by less than @tolerance; and the rest has no trend that is both significant (1 %) and larger than
 * @tolerance (relative) from end to end. Below 8 values, or with one that is not finite: not reached, NAN.
 */
struct stats_steadiness stats_steady(const double *x, size_t n, double tolerance);

#endif
