/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * track_priv.h: what the files of this folder share.
 *
 *	divisive.c  the best split, tests, dividing      windows.c  windows of a long series, weak points
 *	judge.c     one series: noise, level, changes    allot.c    what to measure again
 */
#ifndef TRACK_PRIV_H
#define TRACK_PRIV_H

#include <math.h>

#include "harness/track/divisive.h"

/* Whether @rule and the values can be used at all. Return: 0, -EINVAL. */
int track_rule_check(const double *x, size_t n, const struct track_rule *rule);

/* -INFINITY .. INFINITY. */
static inline struct stats_interval track_unbounded(double level)
{
	return (struct stats_interval){
		.low = -(double)INFINITY, .high = (double)INFINITY, .level = level};
}

/* The change at @index between @start and @end, with p of the t test. */
struct track_point track_point_of(
	const double *x, size_t start, size_t index, size_t end, double q);

#endif
