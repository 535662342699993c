/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dist.h: the distributions that intervals and tests stand on. Pure functions; no state, no errors:
 * an argument outside its range gives NAN.
 *
 * Sources: regularised incomplete beta by Lentz's continued fraction (DLMF 8.17.22); normal
 * distribution by erfc of C11; quantiles by bisection of the distribution function, which needs no
 * table and is exact to the last bits that the function has.
 */
#ifndef STATS_DIST_H
#define STATS_DIST_H

#include <stddef.h>

double stats_normal_cdf(double z);
double stats_normal_quantile(double p); /* @p in (0, 1) */

/* Student's t; @dof > 0, not necessarily whole (Welch). */
double stats_t_cdf(double t, double dof);
double stats_t_quantile(double p, double dof); /* @p in (0, 1) */

/* Probability of at most @k successes in @n trials of chance @p; below 0: none, so 0. */
double stats_binomial_cdf(double k, double n, double p);

/* Regularised incomplete beta function I_x(a, b); @a, @b > 0, @x in [0, 1]. */
double stats_beta(double x, double a, double b);

#endif
