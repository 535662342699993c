// SPDX-License-Identifier: BSD-2-Clause
/*
 * steady.c: where the start-up of a series ends and whether the rest stands still (see series.h). Called by
 * harness/run; knows nothing of what was measured.
 */
#include "harness/stats/series.h"

#include <math.h>
#include <stdlib.h>

#include "drivers/support/fault.h"
#include "harness/stats/dist.h"
#include "harness/stats/stats_priv.h"

#define STEADY_MIN   8
#define STEADY_ALPHA 0.01
#define TREND_MIN    4
#define GROWTH_MIN   12
#define GROWTH_ALPHA 0.001

static const double nan_value = (double)NAN;

static double group_mean(const double *x, size_t at, size_t group)
{
	return stats_mean(x + at * group, group);
}

size_t stats_mser(const double *x, size_t n, size_t group, double *least)
{
	const size_t count = group ? n / group : 0;
	double mean = 0, squares = 0, best = (double)INFINITY;
	size_t skip = 0;

	if (least)
		*least = nan_value;
	if (count < 2)
		return 0;
	/* From the end on, by Welford's steps, so that every d costs one step. */
	for (size_t at = count, kept = 1; at-- > 0; kept++) {
		double value = group_mean(x, at, group), before = mean;
		double size = (double)kept;

		mean += (value - before) / size;
		squares += (value - before) * (value - mean);
		if (at <= count / 2 && squares / (size * size) <= best) {
			best = squares / (size * size);
			skip = at;
		}
	}
	if (least)
		*least = best;
	return skip * group;
}

/* Median of the slopes between all pairs (Theil 1950, Sen 1968). */
static double theil_sen(const double *x, size_t n)
{
	size_t count = 0;
	double *slope = fault_point("stats_slopes") ? NULL
	                                            : calloc(n * (n - 1) / 2, sizeof(*slope));

	if (!slope)
		return nan_value;
	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 1; j < n; j++)
			slope[count++] = (x[j] - x[i]) / (double)(j - i);
	double median = stats_median(slope, count);

	free(slope);
	return median;
}

/* Sum of t (t - 1) (2 t + 5) over groups of t equal values. */
static double trend_ties(const double *x, size_t n)
{
	double *sorted = stats_sorted_copy(x, n), term = 0;

	for (size_t i = 0, end; sorted && i < n; i = end) {
		for (end = i + 1; end < n && sorted[end] == sorted[i];)
			end++;
		double t = (double)(end - i);

		term += t * (t - 1) * (2 * t + 5);
	}
	term = sorted ? term : nan_value;
	free(sorted);
	return term;
}

double stats_trend(const double *x, size_t n, int64_t *s, double *slope)
{
	const double size = (double)n;

	*s = 0;
	if (slope)
		*slope = n >= 2 ? theil_sen(x, n) : nan_value;
	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 1; j < n; j++)
			*s += (x[j] > x[i]) - (x[j] < x[i]);
	if (n < TREND_MIN)
		return 1;
	double variance = (size * (size - 1) * (2 * size + 5) - trend_ties(x, n)) / 18;
	double away = fmax(0, fabs((double)*s) - 1);

	return variance > 0 ? fmin(1, 2 * stats_normal_cdf(-away / sqrt(variance))) : 1;
}

struct stats_steadiness stats_steady(const double *x, size_t n, double tolerance)
{
	struct stats_steadiness s = {.change = nan_value, .p = nan_value};
	double slope;
	int64_t sum;

	for (size_t i = 0; i < n; i++)
		if (!isfinite(x[i]))
			return s;
	if (n < STEADY_MIN)
		return s;
	s.skip = stats_mser(x, n, 1, NULL);
	const size_t rest = n - s.skip;
	const double level = stats_median(x + s.skip, rest);

	s.p = stats_trend(x + s.skip, rest, &sum, &slope);
	s.change = slope * (double)(rest - 1) / level;
	bool drifts = s.p <= STEADY_ALPHA && fabs(s.change) > tolerance;
	bool starting = s.skip > n / 4 && fabs(stats_median(x, s.skip) / level - 1) >= tolerance;

	s.reached = !drifts && !starting && isfinite(s.change);
	return s;
}

struct stats_growth stats_growth(const double *x, size_t n, double floor)
{
	struct stats_growth g = {.skip = n / 4, .change = nan_value, .p = nan_value};
	const size_t rest = n - g.skip, third = rest / 3;
	const double *from = x + g.skip;
	double slope;
	int64_t s;

	for (size_t i = 0; i < n; i++)
		if (!isfinite(x[i]))
			return g;
	if (n < GROWTH_MIN)
		return g;
	g.p = stats_trend(from, rest, &s, &slope);
	g.change = slope * (double)(rest - 1);
	const double low = stats_median(from, third),
		     middle = stats_median(from + third, rest - 2 * third),
		     high = stats_median(from + rest - third, third);

	g.grows = s > 0 && g.p <= GROWTH_ALPHA && g.change >= floor && low < middle &&
	          high - middle >= (middle - low) / 2;
	return g;
}
