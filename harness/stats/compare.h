/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * compare.h: whether two samples differ, by how much, and what difference could have been seen at all.
 *
 *	repetitions of A and B --> stats_hodges_lehmann, stats_pseudo_median, ... (shift or ratio, interval)
 *	                       --> stats_mann_whitney, stats_signed_rank (p) --> stats_fdr, stats_holm over all cases
 *	                       --> stats_verdict: better, worse or unclear
 *
 * Threads: no state. Arrays are the caller's and stay as they are. Errors: nothing to compute from (no values, a
 * value that is not finite, no memory for a sorted copy) gives NAN and an interval from -INFINITY to INFINITY; so
 * does an interval that so few values cannot bound.
 */
#ifndef STATS_COMPARE_H
#define STATS_COMPARE_H

#include "harness/stats/stats.h"

/* Up to so many values in all the distribution of ranks is counted, above it is taken as normal. */
#define STATS_EXACT_MAX 64

struct stats_test {
	double statistic; /* U of Mann and Whitney, W+ of Wilcoxon, t of Welch */
	double p;         /* two-sided; twice the smaller tail, 1 at most */
	double dof;       /* of Welch's t, else 0 */
	bool exact;       /* p was counted, not approximated */
};

struct stats_estimate {
	double value;
	struct stats_interval interval;
};

/*
 * stats_mann_whitney - U = #(x < y) + #(x = y) / 2. Exact p by counting all ways to deal the ranks, midranks where
 * values are equal; above STATS_EXACT_MAX normal, with the variance corrected for ties and a continuity of 1/2
 * (Mann and Whitney 1947).
 */
struct stats_test stats_mann_whitney(const double *x, size_t n, const double *y, size_t m);

/*
 * stats_signed_rank - Wilcoxon's test that the distribution of @d lies around @centre. Values equal to it are left
 * out; midranks for equal distances (Wilcoxon 1945).
 */
struct stats_test stats_signed_rank(const double *d, size_t n, double centre);

/* stats_welch - t test of unequal variances (Welch 1947); needs two values on each side. */
struct stats_test stats_welch(const double *x, size_t n, const double *y, size_t m);

/*
 * stats_hodges_lehmann - by how much y lies above x: the median of all n m differences, with the interval of Moses
 * (Hollander and Wolfe): D(k) .. D(nm + 1 - k), k the largest with 2 P(U < k) <= 1 - level; above STATS_EXACT_MAX
 * k = floor(nm / 2 - z sqrt(nm (n + m + 1) / 12)).
 */
struct stats_estimate stats_hodges_lehmann(
	const double *x, size_t n, const double *y, size_t m, double level);

/*
 * stats_pseudo_median - the same for one sample, such as differences of pairs: the median of the averages of all
 * pairs (Walsh averages), with Tukey's interval from the signed ranks.
 */
struct stats_estimate stats_pseudo_median(const double *d, size_t n, double level);

/*
 * stats_shift_ratio - how many times x y is: exp of the Hodges-Lehmann shift of the logarithms. stats_pair_ratio -
 * the same over pairs measured close together (blocks), where drift cancels: y[i] / x[i], exp of the pseudo-median.
 * Values must be above 0. Pairs with one that is not are left out.
 */
struct stats_estimate stats_shift_ratio(
	const double *x, size_t n, const double *y, size_t m, double level);
struct stats_estimate stats_pair_ratio(const double *x, const double *y, size_t n, double level);

/*
 * stats_median_ratio - median(y) / median(x) with the distribution-free interval of Price and Bonett (2002): the
 * variance of a median's logarithm from two order statistics around it. Values above 0, three a side.
 */
struct stats_estimate stats_median_ratio(
	const double *x, size_t n, const double *y, size_t m, double level);

/*
 * stats_mean_ratio - mean(y) / mean(x) with Fieller's interval as Kalibera and Jones (2013) use it: each side's own
 * t quantile. Unbounded where the interval of mean(x) holds 0.
 */
struct stats_estimate stats_mean_ratio(
	const double *x, size_t n, const double *y, size_t m, double level);

/* stats_cliff_delta - P(y > x) - P(y < x), -1 .. 1 (Cliff 1993). */
double stats_cliff_delta(const double *x, size_t n, const double *y, size_t m);

/*
 * stats_detectable - the smallest difference of means, in standard deviations of one value, that a two-sided t test
 * at @level (0.95) finds with chance @power (0.8): exact, by the noncentral t distribution. @m 0: one sample of @n
 * differences. INFINITY below two values a side. Rank tests need n / 0.955 values for the same (normal noise).
 */
double stats_detectable(size_t n, size_t m, double level, double power);

/*
 * Many cases at once. @adjusted[i] is what p[i] becomes, to be held against one limit for all.
 * stats_fdr - false discovery rate (Benjamini and Hochberg 1995). stats_holm - any false alarm (Holm 1979).
 * Return: 0; -EINVAL a p outside 0..1; -ENOMEM.
 */
int stats_fdr(const double *p, size_t n, double *adjusted);
int stats_holm(const double *p, size_t n, double *adjusted);

enum stats_verdict { STATS_UNCLEAR, STATS_BETTER, STATS_WORSE };

extern const char *const stats_verdict_words[]; /* "unclear", "better", "worse", NULL */

struct stats_limits {
	double effect_min; /* relative; differences up to this do not matter, 0.01 */
	double floor;      /* relative; differences up to this are the observer's own, 0 none */
	double p_max;      /* of the p given, 0.05 */
};

/*
 * stats_verdict - of the interval of a ratio (new over old). BETTER or WORSE only if the whole interval lies beyond
 * 1 by more than the larger of both limits (upwards: ratio > 1 + limit, downwards: ratio < 1 / (1 + limit)) and
 * @p, adjusted for the number of cases, is at most p_max. Everything else, NAN too, is UNCLEAR.
 * @more_is_better: of the quantity; false for times.
 */
enum stats_verdict stats_verdict(const struct stats_interval *ratio, double p, bool more_is_better,
	const struct stats_limits *limits);

/*
 * stats_same - whether the interval lies within these limits, so that there is no difference that matters (two
 * one-sided tests, Schuirmann 1987). An unclear verdict that is not `same` says that more data is needed.
 */
bool stats_same(const struct stats_interval *ratio, const struct stats_limits *limits);

#endif
