// SPDX-License-Identifier: BSD-2-Clause
/*
 * stats.c: moments, quantiles, the order-statistic interval of a median, and the bootstrap. Called
 * by whatever judges repetitions; knows nothing of what the numbers measure. The crossover is in
 * crossover.c, two samples in ranks.c and ratio.c, series in batches.c and steady.c.
 */
#include "harness/stats/stats_priv.h"

#include "drivers/support/fault.h"
#include "harness/rng/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double nan_value = (double)NAN;

/* Share of resamples that may be NAN before the rest says too little. */
static const double nan_share_max = 0.05;

struct stats_interval stats_unbounded(double level)
{
	return (struct stats_interval){
		.low = -(double)INFINITY, .high = (double)INFINITY, .level = level};
}

int stats_compare_doubles(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

double *stats_sorted_copy(const double *x, size_t n)
{
	if (!n || n > SIZE_MAX / sizeof(*x))
		return NULL;
	for (size_t i = 0; i < n; i++)
		if (isnan(x[i]))
			return NULL;
	double *sorted = fault_point("stats_sorted_copy") ? NULL : malloc(n * sizeof(*sorted));

	if (!sorted)
		return NULL;
	memcpy(sorted, x, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), stats_compare_doubles);
	return sorted;
}

/* Type 7 of Hyndman and Fan: rank 1 + (n - 1) q, between ranks linear. */
static double sorted_quantile(const double *sorted, size_t n, double q)
{
	double rank = (double)(n - 1) * fmin(fmax(q, 0), 1);
	size_t below = (size_t)rank;
	double share = rank - (double)below;

	/* Two equal infinities would give NAN. */
	if (share == 0 || sorted[below] == sorted[below + 1])
		return sorted[below];
	return sorted[below] + share * (sorted[below + 1] - sorted[below]);
}

double stats_mean(const double *x, size_t n)
{
	double sum = 0;

	if (!n)
		return nan_value;
	for (size_t i = 0; i < n; i++)
		sum += x[i];
	return sum / (double)n;
}

double stats_stddev(const double *x, size_t n)
{
	double mean = stats_mean(x, n), squares = 0;

	if (n < 2)
		return 0;
	for (size_t i = 0; i < n; i++)
		squares += (x[i] - mean) * (x[i] - mean);
	return sqrt(squares / (double)(n - 1));
}

double stats_median(const double *x, size_t n)
{
	return stats_quantile(x, n, 0.5);
}

double stats_quantile(const double *x, size_t n, double q)
{
	double *sorted = isnan(q) ? NULL : stats_sorted_copy(x, n);

	if (!sorted)
		return nan_value;
	double value = sorted_quantile(sorted, n, q);

	free(sorted);
	return value;
}

/*
 * Probability of exactly @k heads in @n tosses. By logarithms: 2^-n alone underflows from n = 1075.
 */
static double toss_probability(size_t n, size_t k)
{
	double trials = (double)n, heads = (double)k;

	return exp(lgamma(trials + 1) - lgamma(heads + 1) - lgamma(trials - heads + 1) -
		   trials * log(2));
}

/*
 * The median lies outside [x(rank), x(n + 1 - rank)] if fewer than @rank values fall on one side of
 * it, so the pair covers it with 1 - 2 P(heads < rank).
 * Return: the highest rank (from 1) whose pair reaches @level, 0 if none does; @reached: its
 * coverage.
 */
static size_t median_rank(size_t n, double level, double *reached)
{
	double outside = 0;
	size_t rank = 0;

	*reached = 1;
	while (rank < (n + 1) / 2) {
		outside += 2 * toss_probability(n, rank);
		/* 1e-12: a level asked for exactly must not fail by the last bit. */
		if (1 - outside < level - 1e-12)
			break;
		*reached = 1 - outside;
		rank++;
	}
	return rank;
}

struct stats_interval stats_median_interval(const double *x, size_t n, double level)
{
	struct stats_interval interval = stats_unbounded(1);
	double *sorted = stats_sorted_copy(x, n);

	if (!sorted)
		return interval;
	size_t rank = median_rank(n, level, &interval.level);

	if (rank) {
		interval.low = sorted[rank - 1];
		interval.high = sorted[n - rank];
	}
	free(sorted);
	return interval;
}

/* Fills @value with the statistic of each resample, NAN left out. Return: how many. */
static size_t resample(double *value, unsigned resamples, uint32_t *index, size_t n,
	struct rng *rng, stats_statistic statistic, void *arg)
{
	size_t kept = 0;

	for (unsigned r = 0; r < resamples; r++) {
		for (size_t i = 0; i < n; i++)
			index[i] = (uint32_t)rng_below(rng, n);
		double result = statistic(index, n, arg);

		if (!isnan(result))
			value[kept++] = result;
	}
	return kept;
}

struct stats_interval stats_bootstrap(size_t n, unsigned resamples, double level, uint64_t seed,
	stats_statistic statistic, void *arg)
{
	struct stats_interval interval = stats_unbounded(level);
	struct rng rng;

	if (!n || n > UINT32_MAX || !resamples)
		return interval;
	double *value = fault_point("stats_bootstrap_value") ? NULL
	                                                     : calloc(resamples, sizeof(*value));
	uint32_t *index = fault_point("stats_bootstrap_index") ? NULL : calloc(n, sizeof(*index));

	if (!value || !index)
		goto release;
	rng_seed(&rng, seed);
	size_t kept = resample(value, resamples, index, n, &rng, statistic, arg);

	if (!kept || (double)(resamples - kept) > nan_share_max * resamples)
		goto release;
	qsort(value, kept, sizeof(*value), stats_compare_doubles);

	/*
	 * Whole ranks, rounded outwards: between a number and an infinity there is nothing to
	 * interpolate.
	 */
	double tail = (1 - level) / 2 * (double)(kept - 1);

	interval.low = value[(size_t)floor(tail)];
	interval.high = value[kept - 1 - (size_t)floor(tail)];
release:
	free(index);
	free(value);
	return interval;
}

double stats_ratio(
	const double *a, const double *b, size_t n, double level, struct stats_interval *interval)
{
	double *ratio = NULL;
	size_t kept = 0;

	if (interval)
		*interval = stats_unbounded(1);
	if (n && !fault_point("stats_ratio"))
		ratio = calloc(n, sizeof(*ratio));
	if (!ratio)
		return nan_value;
	for (size_t i = 0; i < n; i++)
		if (isfinite(b[i] / a[i]))
			ratio[kept++] = b[i] / a[i];
	double median = stats_median(ratio, kept);
	if (interval)
		*interval = stats_median_interval(ratio, kept, level);
	free(ratio);
	return median;
}
