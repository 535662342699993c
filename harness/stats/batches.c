// SPDX-License-Identifier: BSD-2-Clause
/*
 * batches.c: intervals of the mean and of quantiles within one run (see series.h). Called by harness/run at the end of
 * a trial; knows nothing of what was measured.
 */
#include "harness/stats/series.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/stats/dist.h"
#include "harness/stats/stats_priv.h"

#define NEUMANN_ALPHA 0.10 /* chance to merge batches that are independent */
#define LAG1_MAX      0.8

/* Correlation of neighbours. */
static double lag_one(const double *x, size_t n, double mean)
{
	double products = 0, squares = 0;

	for (size_t i = 0; i < n; i++) {
		squares += (x[i] - mean) * (x[i] - mean);
		if (i)
			products += (x[i] - mean) * (x[i - 1] - mean);
	}
	return squares > 0 ? products / squares : 0;
}

/*
 * Von Neumann's ratio as Fishman and Yarberry use it: the lag-1 correlation plus an end term is 0 on average for
 * independent values, with variance (n - 2) / (n^2 - 1).
 */
static bool correlated(const double *x, size_t n, double mean)
{
	const double size = (double)n;
	double squares = 0;

	for (size_t i = 0; i < n; i++)
		squares += (x[i] - mean) * (x[i] - mean);
	if (!(squares > 0))
		return false;
	double ends = (x[0] - mean) * (x[0] - mean) + (x[n - 1] - mean) * (x[n - 1] - mean);
	double statistic = lag_one(x, n, mean) + ends / (2 * squares);

	return statistic >
	       stats_normal_quantile(1 - NEUMANN_ALPHA) * sqrt((size - 2) / (size * size - 1));
}

/*
 * Neighbours become one. The last of an odd number joins the pair before it: left out, what is in it would be in the mean and
 * not in its spread, and the skewness round that mean could be anything.
 */
static size_t merge_pairs(double *x, size_t n)
{
	double size[STATS_BATCHES_MAX / 2];
	const size_t pairs = n / 2;
	const double odd = x[n - 1];

	for (size_t i = 0; i < pairs; i++) {
		x[i] = (x[2 * i] + x[2 * i + 1]) / 2;
		size[i] = 2;
	}
	if (n % 2) {
		x[pairs - 1] = (2 * x[pairs - 1] + odd) / 3;
		size[pairs - 1] = 3;
		stats_batch_even(x, size, pairs);
	}
	return pairs;
}

static double skewness(const double *x, size_t n, double mean)
{
	double size = (double)n, deviation = stats_stddev(x, n), cubes = 0;

	if (!(deviation > 0))
		return 0;
	for (size_t i = 0; i < n; i++)
		cubes += pow((x[i] - mean) / deviation, 3);
	return cubes * size / ((size - 1) * (size - 2));
}

/* Willink's adjustment of a t quantile for skewness; @b: skewness over 6 sqrt(n). */
static double willink(double t, double b)
{
	if (fabs(b) < 1e-9)
		return t;
	return (cbrt(1 + 6 * b * (t - b)) - 1) / (2 * b);
}

/* Means of batches that are as good as independent, their spread with what correlation is left. */
static struct stats_batches settle(double *x, size_t n, double mean)
{
	struct stats_batches b = {.mean = mean};

	while (n / 2 >= STATS_BATCHES_MIN && correlated(x, n, stats_mean(x, n)))
		n = merge_pairs(x, n);

	double size = (double)n, squares = 0;

	for (size_t i = 0; i < n; i++)
		squares += (x[i] - mean) * (x[i] - mean);
	b.used = n;
	b.lag1 = lag_one(x, n, stats_mean(x, n));
	/* The estimate is low by about (1 + 4 lag1) / n (Kendall 1954). */
	double left = fmin(fmax((size * b.lag1 + 1) / (size - 4), 0), LAG1_MAX);

	b.error = sqrt(squares / (size - 1) / size * (1 + left) / (1 - left));
	return b;
}

static bool usable(const double *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!isfinite(x[i]))
			return false;
	return n >= STATS_BATCHES_MIN && n <= STATS_BATCHES_MAX;
}

void stats_batch_even(double *batch, const double *size, size_t n)
{
	double values = 0, all = 0;

	for (size_t i = 0; i < n; i++) {
		values += batch[i] * size[i];
		all += size[i];
	}
	const double mean = values / all, mean_size = all / (double)n;

	for (size_t i = 0; i < n; i++)
		batch[i] = mean + size[i] / mean_size * (batch[i] - mean);
}

struct stats_batches stats_batch_mean(const double *batch, size_t n, double level)
{
	double x[STATS_BATCHES_MAX];

	if (!usable(batch, n))
		return (struct stats_batches){.mean = stats_mean(batch, n),
			.interval = stats_unbounded(level),
			.lag1 = (double)NAN,
			.error = (double)NAN};
	memcpy(x, batch, n * sizeof(*x));
	struct stats_batches b = settle(x, n, stats_mean(batch, n));
	const double size = (double)b.used;
	double t = stats_t_quantile((1 + level) / 2, size - 1);
	double skew = skewness(x, b.used, b.mean) / (6 * sqrt(size));

	b.interval = (struct stats_interval){
		.low = b.mean - willink(t, skew) * b.error,
		.high = b.mean - willink(-t, skew) * b.error,
		.level = level,
	};
	return b;
}

struct stats_interval stats_batch_share(const double *share, size_t n, double q, double level)
{
	struct stats_interval interval = stats_unbounded(level);
	double x[STATS_BATCHES_MAX];

	if (!usable(share, n))
		return interval;
	memcpy(x, share, n * sizeof(*x));
	struct stats_batches b = settle(x, n, stats_mean(share, n));
	double half = stats_t_quantile((1 + level) / 2, (double)b.used - 1) * b.error;

	if (q - half > 0)
		interval.low = q - half;
	if (q + half < 1)
		interval.high = q + half;
	return interval;
}

/* The least k, 0 .. @n + 1, at which P(X <= k - 1) of @n trials of chance @q is above @p. */
static uint64_t binomial_rank(uint64_t n, double q, double p)
{
	uint64_t low = 0, high = n + 1;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (stats_binomial_cdf((double)middle, (double)n, q) > p)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/*
 * X values lie at or below the quantile. x(low) is above it with chance P(X < low), x(high) at or below it with
 * P(X >= high).
 */
double stats_quantile_ranks(uint64_t n, double q, double level, uint64_t *low, uint64_t *high)
{
	const double tail = (1 - level) / 2;

	*low = 0;
	*high = n + 1;
	if (!(q > 0 && q < 1 && level > 0 && level < 1) || !n)
		return 1;
	/* 1e-12: a level asked for exactly must not fail by the last bit. */
	*low = binomial_rank(n, q, tail + 1e-12);
	*high = binomial_rank(n, q, 1 - tail - 1e-12) + 1;
	return stats_binomial_cdf((double)*high - 1, (double)n, q) -
	       (*low ? stats_binomial_cdf((double)*low - 1, (double)n, q) : 0);
}

struct stats_interval stats_quantile_interval(const double *x, size_t n, double q, double level)
{
	struct stats_interval interval = stats_unbounded(1);
	double *sorted = stats_sorted_copy(x, n);
	uint64_t low, high;

	if (!sorted)
		return interval;
	interval.level = stats_quantile_ranks(n, q, level, &low, &high);
	if (low > 0)
		interval.low = sorted[low - 1];
	if (high <= n)
		interval.high = sorted[high - 1];
	free(sorted);
	return interval;
}
