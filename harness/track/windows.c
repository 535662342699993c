// SPDX-License-Identifier: BSD-2-Clause
/*
 * windows.c: changes of a long series: in overlapping windows with a lax limit, then all together with the strict one; see
 * divisive.h. The steps are those of Hunter and of its successor Apache Otava (otava/analysis.py), so that their published
 * tables come out; that goes for one peculiarity too, see strengthen_again.
 */
#include "harness/track/track_priv.h"

#include "drivers/support/fault.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A first pass that lets more through, because a window may hold too little to be sure. */
static double lax_p(double p_max)
{
	return p_max < 0.05 ? 10 * p_max : p_max < 0.5 ? 2 * p_max : p_max;
}

static int rule_check(const double *x, size_t n, const struct track_rule *rule)
{
	return rule->test == TRACK_TEST_T ? track_rule_check(x, n, rule) : -EINVAL;
}

/* The sides of point @at are up to its neighbours. */
static void point_again(
	const double *x, size_t n, struct track_point *point, size_t count, size_t at)
{
	const size_t start = at ? point[at - 1].index : 0;
	const size_t end = at + 1 < count ? point[at + 1].index : n;

	point[at] = track_point_of(x, start, point[at].index, end, point[at].q);
}

int track_weak(const double *x, size_t n, const struct track_rule *rule, struct track_point *point)
{
	struct track_rule lax = *rule;
	int count = 0, rc = rule_check(x, n, rule);
	struct track_point *found = fault_point("track_weak")
	                                    ? NULL
	                                    : calloc(rule->window, sizeof(*found));

	lax.p_max = lax_p(rule->p_max);
	rc = rc || found ? rc : -ENOMEM;
	for (size_t start = 0, last = 0; found && start < n && rc >= 0;
		start = last > start + rule->window / 2 ? last : start + rule->window / 2) {
		const size_t len = n - start < rule->window ? n - start : rule->window;

		last = 0;
		rc = track_divide(x + start, len, &lax, found);
		for (int i = 0; i < rc; i++) {
			found[i].index += start;
			last = found[i].index;
			/* Windows overlap, but each begins behind what the one before has found. */
			point[count++] = found[i];
		}
	}
	free(found);
	for (int i = 0; i < count && rc >= 0; i++)
		point_again(x, n, point, (size_t)count, (size_t)i);
	return rc < 0 ? rc : count;
}

/* Whom to take away next, by the rule of track_strengthen; @count: nobody. */
static size_t weakest(const struct track_point *point, size_t count, const struct track_rule *rule)
{
	size_t worst = 0, least = 0;

	if (!count)
		return count;
	for (size_t i = 1; i < count; i++) {
		if (point[i].p > point[worst].p)
			worst = i;
		if (track_magnitude(&point[i]) < track_magnitude(&point[least]))
			least = i;
	}
	if (!(point[worst].p < rule->p_max))
		return worst;
	return track_magnitude(&point[least]) > rule->magnitude_min ? count : least;
}

/*
 * After point @at - 1's right neighbour went, Hunter and Otava compute anew the one that moved up and the one behind it; the one
 * before it keeps its p and its sides until it is computed for another reason. With all neighbours computed anew 7 of Otava's 11
 * published tables come out differently, so it is done their way. Whoever needs true sides asks for them again at the end.
 */
static void strengthen_again(
	const double *x, size_t n, struct track_point *point, size_t count, size_t at)
{
	for (size_t i = at; i < count && i < at + 2; i++)
		point_again(x, n, point, count, i);
}

int track_strengthen(const double *x, size_t n, const struct track_rule *rule,
	struct track_point *point, size_t count)
{
	int rc = rule_check(x, n, rule);
	size_t at;

	if (rc)
		return rc;
	while ((at = weakest(point, count, rule)) < count) {
		memmove(&point[at], &point[at + 1], (count - at - 1) * sizeof(*point));
		count--;
		strengthen_again(x, n, point, count, at);
	}
	return (int)count;
}

int track_windows(
	const double *x, size_t n, const struct track_rule *rule, struct track_point *point)
{
	int count = track_weak(x, n, rule, point);

	return count < 0 ? count : track_strengthen(x, n, rule, point, (size_t)count);
}
