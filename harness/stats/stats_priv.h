/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stats_priv.h: what the files of this folder share.
 *
 *	stats.c      moments, quantiles, bootstrap      dist.c     distributions
 *	ranks.c      rank tests and their shifts        ratio.c    ratios of two samples, Welch, Cliff
 *	verdict.c    power, many cases, verdicts        crossover.c
 *	batches.c    intervals within a run             steady.c   start-up and trend
 */
#ifndef STATS_PRIV_H
#define STATS_PRIV_H

#include "harness/stats/stats.h"

/* -INFINITY .. INFINITY. */
struct stats_interval stats_unbounded(double level);

/* For qsort. */
int stats_compare_doubles(const void *left, const void *right);

/* Sorted copy for the caller to free; NULL without values, with a NAN among them, or without memory. */
double *stats_sorted_copy(const double *x, size_t n);

#endif
