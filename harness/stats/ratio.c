// SPDX-License-Identifier: BSD-2-Clause
/*
 * ratio.c: by how many times two samples differ, and what belongs to it: Welch's test and Cliff's delta (see
 * compare.h). Called by whatever compares repetitions; knows nothing of what the numbers measure.
 */
#include "harness/stats/compare.h"

#include <math.h>
#include <stdlib.h>

#include "drivers/support/fault.h"
#include "harness/stats/dist.h"
#include "harness/stats/stats_priv.h"

static const double nan_value = (double)NAN;

static struct stats_estimate no_estimate(double level)
{
	return (struct stats_estimate){.value = nan_value, .interval = stats_unbounded(level)};
}

static bool all_positive(const double *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!(x[i] > 0 && isfinite(x[i])))
			return false;
	return n > 0;
}

/* exp of value and ends; an open end stays open, downwards at 0. */
static struct stats_estimate exponential(struct stats_estimate log)
{
	if (isnan(log.value))
		return log;
	log.value = exp(log.value);
	log.interval.high = exp(log.interval.high);
	log.interval.low = exp(log.interval.low);
	return log;
}

static double *logarithms(const double *x, size_t n)
{
	double *log_x = fault_point("stats_logarithms") ? NULL : calloc(n, sizeof(*log_x));

	for (size_t i = 0; log_x && i < n; i++)
		log_x[i] = log(x[i]);
	return log_x;
}

struct stats_estimate stats_shift_ratio(
	const double *x, size_t n, const double *y, size_t m, double level)
{
	struct stats_estimate estimate = no_estimate(level);

	if (!all_positive(x, n) || !all_positive(y, m))
		return estimate;
	double *log_x = logarithms(x, n), *log_y = logarithms(y, m);

	if (log_x && log_y)
		estimate = exponential(stats_hodges_lehmann(log_x, n, log_y, m, level));
	free(log_y);
	free(log_x);
	return estimate;
}

struct stats_estimate stats_pair_ratio(const double *x, const double *y, size_t n, double level)
{
	double *ratio = fault_point("stats_pairs") || !n ? NULL : calloc(n, sizeof(*ratio));
	size_t kept = 0;

	if (!ratio)
		return no_estimate(level);
	for (size_t i = 0; i < n; i++)
		if (all_positive(&x[i], 1) && all_positive(&y[i], 1))
			ratio[kept++] = log(y[i] / x[i]);
	struct stats_estimate estimate = exponential(stats_pseudo_median(ratio, kept, level));

	free(ratio);
	return estimate;
}

/*
 * Variance of the logarithm of a median: half the distance of the order statistics c and n + 1 - c, which lie z
 * standard errors from it, z by the exact binomial chance of c (Price and Bonett 2002, c = (n + 1) / 2 - sqrt(n)).
 */
static double median_variance(const double *x, size_t n)
{
	double *sorted = stats_sorted_copy(x, n);

	if (!sorted)
		return nan_value;
	double c = fmax(1, round((double)(n + 1) / 2 - sqrt((double)n)));
	double z = -stats_normal_quantile(stats_binomial_cdf(c - 1, (double)n, 0.5));
	double half = log(sorted[n - (size_t)c] / sorted[(size_t)c - 1]) / 2;

	free(sorted);
	return half / z * (half / z);
}

struct stats_estimate stats_median_ratio(
	const double *x, size_t n, const double *y, size_t m, double level)
{
	struct stats_estimate estimate = no_estimate(level);

	if (!all_positive(x, n) || !all_positive(y, m) || n < 3 || m < 3)
		return estimate;
	double error = sqrt(median_variance(x, n) + median_variance(y, m));

	if (isnan(error))
		return estimate;
	double away = exp(stats_normal_quantile((1 + level) / 2) * error);

	estimate.value = stats_median(y, m) / stats_median(x, n);
	estimate.interval.low = estimate.value / away;
	estimate.interval.high = estimate.value * away;
	return estimate;
}

/* Square of the half width of a mean's interval by Student's t. */
static double mean_width2(const double *x, size_t n, double level)
{
	double width = stats_t_quantile((1 + level) / 2, (double)(n - 1)) * stats_stddev(x, n);

	return width * width / (double)n;
}

struct stats_estimate stats_mean_ratio(
	const double *x, size_t n, const double *y, size_t m, double level)
{
	struct stats_estimate estimate = no_estimate(level);

	if (n < 2 || m < 2)
		return estimate;
	double mean_x = stats_mean(x, n), mean_y = stats_mean(y, m);
	double rest_x = mean_x * mean_x - mean_width2(x, n, level);
	double rest_y = mean_y * mean_y - mean_width2(y, m, level);
	double product = mean_x * mean_y;

	estimate.value = mean_y / mean_x;
	if (!(rest_x > 0))
		return estimate;
	double root = sqrt(product * product - rest_x * rest_y);

	estimate.interval.low = (product - root) / rest_x;
	estimate.interval.high = (product + root) / rest_x;
	return estimate;
}

struct stats_test stats_welch(const double *x, size_t n, const double *y, size_t m)
{
	struct stats_test test = {.statistic = nan_value, .p = nan_value};

	if (n < 2 || m < 2)
		return test;
	double sd_x = stats_stddev(x, n), sd_y = stats_stddev(y, m);
	double part_x = sd_x * sd_x / (double)n, part_y = sd_y * sd_y / (double)m;

	test.statistic = (stats_mean(x, n) - stats_mean(y, m)) / sqrt(part_x + part_y);
	test.dof = (part_x + part_y) * (part_x + part_y) /
	           (part_x * part_x / (double)(n - 1) + part_y * part_y / (double)(m - 1));
	test.p = 2 * stats_t_cdf(-fabs(test.statistic), test.dof);
	return test;
}

double stats_cliff_delta(const double *x, size_t n, const double *y, size_t m)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < m; j++) {
			if (isnan(x[i]) || isnan(y[j]))
				return nan_value;
			sum += (y[j] > x[i]) - (y[j] < x[i]);
		}
	return sum / ((double)n * (double)m);
}
