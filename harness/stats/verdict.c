// SPDX-License-Identifier: BSD-2-Clause
/*
 * verdict.c: what difference could have been seen, p over many cases, and the verdict (see compare.h). Called by
 * whatever compares cases; knows nothing of what they measure.
 */
#include "harness/stats/compare.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "drivers/support/fault.h"
#include "harness/stats/dist.h"

#define POWER_STEPS 400 /* of Simpson's rule over the spread of the estimated deviation */

const char *const stats_verdict_words[] = {
	[STATS_UNCLEAR] = "unclear", [STATS_BETTER] = "better", [STATS_WORSE] = "worse", NULL};

/* Density of s = sqrt(chi^2 / dof), the estimated over the true standard deviation. */
static double deviation_density(double s, double dof)
{
	if (s <= 0)
		return 0;
	return exp(log(2) + dof / 2 * log(dof / 2) - lgamma(dof / 2) + (dof - 1) * log(s) -
		   dof * s * s / 2);
}

/* Chance that |t| passes @limit where the true difference is @shift standard errors. */
static double t_power(double shift, double limit, double dof)
{
	const double end = 1 + 12 / sqrt(2 * dof), step = end / POWER_STEPS;
	double sum = 0;

	for (int i = 0; i <= POWER_STEPS; i++) {
		double s = i * step, weight = i == 0 || i == POWER_STEPS ? 1 : i % 2 ? 4 : 2;

		sum += weight * deviation_density(s, dof) *
		       (stats_normal_cdf(shift - limit * s) + stats_normal_cdf(-shift - limit * s));
	}
	return sum * step / 3;
}

double stats_detectable(size_t n, size_t m, double level, double power)
{
	const double dof = m ? (double)(n + m) - 2 : (double)n - 1;
	const double error = m ? sqrt(1 / (double)n + 1 / (double)m) : sqrt(1 / (double)n);
	double low = 0, high = 1;

	if (n < 2 || m == 1 || !(power > 1 - level && power < 1))
		return (double)INFINITY;
	const double limit = stats_t_quantile((1 + level) / 2, dof);

	while (t_power(high, limit, dof) < power)
		high *= 2;
	for (int i = 0; i < 60; i++) {
		double middle = (low + high) / 2;

		if (t_power(middle, limit, dof) < power)
			low = middle;
		else
			high = middle;
	}
	return high * error;
}

struct placed {
	double p;
	size_t at;
};

static int compare_placed(const void *left, const void *right)
{
	const struct placed *a = left, *b = right;

	return (a->p > b->p) - (a->p < b->p);
}

static int place(const double *p, size_t n, struct placed **out)
{
	for (size_t i = 0; i < n; i++)
		if (!(p[i] >= 0 && p[i] <= 1))
			return -EINVAL;
	struct placed *placed = fault_point("stats_placed") ? NULL : calloc(n + 1, sizeof(*placed));

	if (!placed)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		placed[i] = (struct placed){.p = p[i], .at = i};
	qsort(placed, n, sizeof(*placed), compare_placed);
	*out = placed;
	return 0;
}

/* From the largest p down: p(k) n / k, never above what a larger p became. */
int stats_fdr(const double *p, size_t n, double *adjusted)
{
	struct placed *placed;
	double least = 1;
	int rc = place(p, n, &placed);

	if (rc)
		return rc;
	for (size_t k = n; k > 0; k--) {
		least = fmin(least, placed[k - 1].p * (double)n / (double)k);
		adjusted[placed[k - 1].at] = least;
	}
	free(placed);
	return 0;
}

/* From the smallest p up: p(k) (n - k + 1), never below what a smaller p became. */
int stats_holm(const double *p, size_t n, double *adjusted)
{
	struct placed *placed;
	double most = 0;
	int rc = place(p, n, &placed);

	if (rc)
		return rc;
	for (size_t k = 0; k < n; k++) {
		most = fmax(most, fmin(1, placed[k].p * (double)(n - k)));
		adjusted[placed[k].at] = most;
	}
	free(placed);
	return 0;
}

static double limit_of(const struct stats_limits *limits)
{
	return 1 + fmax(fmax(limits->effect_min, limits->floor), 0);
}

enum stats_verdict stats_verdict(const struct stats_interval *ratio, double p, bool more_is_better,
	const struct stats_limits *limits)
{
	const double limit = limit_of(limits);
	bool above = ratio->low > limit, below = ratio->high < 1 / limit;

	/* Written so that a p that is no number is unclear. */
	if (!(p <= limits->p_max) || above == below)
		return STATS_UNCLEAR;
	return above == more_is_better ? STATS_BETTER : STATS_WORSE;
}

bool stats_same(const struct stats_interval *ratio, const struct stats_limits *limits)
{
	const double limit = limit_of(limits);

	return ratio->low >= 1 / limit && ratio->high <= limit;
}
