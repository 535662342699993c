// SPDX-License-Identifier: BSD-2-Clause
/*
 * dist.c: see dist.h. Called by the tests and intervals of this folder; knows no samples.
 */
#include "harness/stats/dist.h"

#include <math.h>

#define FRACTION_STEPS 2000 /* converges within O(sqrt(max(a, b))) steps */
#define BISECTIONS     200

static const double nan_value = (double)NAN;

double stats_normal_cdf(double z)
{
	return erfc(-z / sqrt(2)) / 2;
}

/* Keeps a term of Lentz's method away from 0, which it divides by. */
static double off_zero(double term)
{
	return fabs(term) < 1e-300 ? 1e-300 : term;
}

/* The continued fraction of I_x(a, b), for x below (a + 1) / (a + b + 2). */
static double beta_fraction(double x, double a, double b)
{
	double c = 1, d = 1 / off_zero(1 - (a + b) * x / (a + 1)), value = d;

	for (int m = 1; m <= FRACTION_STEPS; m++) {
		double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
		double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));

		d = 1 / off_zero(1 + even * d);
		c = off_zero(1 + even / c);
		value *= d * c;
		d = 1 / off_zero(1 + odd * d);
		c = off_zero(1 + odd / c);
		value *= d * c;
		if (fabs(d * c - 1) < 1e-15)
			break;
	}
	return value;
}

double stats_beta(double x, double a, double b)
{
	if (!(x >= 0 && x <= 1 && a > 0 && b > 0))
		return nan_value;
	if (x == 0 || x == 1)
		return x;
	double front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x));

	if (x < (a + 1) / (a + b + 2))
		return front * beta_fraction(x, a, b) / a;
	return 1 - front * beta_fraction(1 - x, b, a) / b;
}

double stats_t_cdf(double t, double dof)
{
	double tail = stats_beta(dof / (dof + t * t), dof / 2, 0.5) / 2;

	return t > 0 ? 1 - tail : tail;
}

double stats_binomial_cdf(double k, double n, double p)
{
	if (isnan(k) || !(n >= 0 && p >= 0 && p <= 1))
		return nan_value;
	if (k < 0)
		return 0;
	return k >= n ? 1 : stats_beta(1 - p, n - floor(k), floor(k) + 1);
}

/* Where a rising distribution function with one parameter reaches @p; between them bounds double outwards. */
static double quantile(double (*cdf)(double at, double parameter), double p, double parameter)
{
	double low = -1, high = 1;

	if (!(p > 0 && p < 1))
		return nan_value;
	while (cdf(low, parameter) > p && low > -1e300)
		low *= 2;
	while (cdf(high, parameter) < p && high < 1e300)
		high *= 2;
	for (int i = 0; i < BISECTIONS; i++) {
		double middle = low + (high - low) / 2;

		if (cdf(middle, parameter) < p)
			low = middle;
		else
			high = middle;
	}
	return low + (high - low) / 2;
}

static double normal_cdf(double z, double unused)
{
	(void)unused;
	return stats_normal_cdf(z);
}

/* The lower half only: near 1 the distribution function has no digits left. */
double stats_normal_quantile(double p)
{
	return p > 0.5 ? -quantile(normal_cdf, 1 - p, 0) : quantile(normal_cdf, p, 0);
}

double stats_t_quantile(double p, double dof)
{
	if (!(dof > 0))
		return nan_value;
	return p > 0.5 ? -quantile(stats_t_cdf, 1 - p, dof) : quantile(stats_t_cdf, p, dof);
}
