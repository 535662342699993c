/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * divisive.h: where a series changes its level, by energy distance: E-divisive (Matteson and James, JASA 109, 2014, arXiv
 * 1306.4933), and the windows around it for long series (Fleming and others, "Hunter", ICPE 2023, doi
 * 10.1145/3578244.3583719). Pure functions of arrays; what is tracked and what a change means is in track.h.
 *
 *	Z = x[0 .. n) --track_split--> the t and k that make the energy distance between Z[0 .. t) and Z[t .. k) largest
 *	              --track_divide--> again in the parts, while a test says that the best split is no accident
 *	              --track_windows--> the same in overlapping windows with a lax limit ("weak points"), then the weakest are
 *	                                 taken away one by one until all stand
 *
 * A change lies at the first value of the right part, so never at 0.
 *
 * Threads: no state. Arrays are the caller's and stay as they are.
 * Errors: -EINVAL a rule out of range or a value that is not finite, -ENOMEM. Otherwise a count.
 */
#ifndef TRACK_DIVISIVE_H
#define TRACK_DIVISIVE_H

#include <stddef.h>
#include <stdint.h>

#include "harness/stats/compare.h"

enum track_form {
	/*
	 * Unbiased means of the distances within the parts, as in the paper, with the right end free:
	 * Q(t, k) = nm/(n+m) (2/(nm) sum |X-Y| - mean |X-X'| - mean |Y-Y'|), n = t, m = k - t. Otava's numbers are these.
	 */
	TRACK_FORM_U,
	/* Sums divided by n^2 and m^2, the right end fixed at n: what MongoDB's signal-processing-algorithms computes. */
	TRACK_FORM_V,
};

enum track_test {
	/* Student's t of both sides, pooled, two-sided, spreads with ddof 0 as Hunter has it; fast and without chance. */
	TRACK_TEST_T,
	/*
	 * The paper's: values are shuffled within every part, p = number of the `permutations` whose best Q is at least
	 * as large / (permutations + 1). It can be 0.
	 */
	TRACK_TEST_PERMUTATION,
};

struct track_rule {
	enum track_form form;
	enum track_test test;
	double power;          /* of the distances, 0 < power < 2; 1 in all tools */
	double p_max;          /* a split with a larger p is none */
	uint32_t size_min;     /* values on either side of a split, 1 or more */
	uint32_t permutations; /* R of the permutation test */
	uint64_t seed;         /* of the permutations: same seed, same answer */
	uint32_t window;       /* track_windows: values of a window, 2 or more */
	double magnitude_min; /* track_windows: max(|m2/m1 - 1|, |m1/m2 - 1|) of a change is above it */
};

/* Otava's defaults: U, t test, window 50, p 0.001, no minimum magnitude. Change what you need. */
struct track_rule track_rule_default(void);

/* A change with what lies left and right of it, up to its neighbours. */
struct track_point {
	size_t index; /* first value of the right side */
	double q;     /* of the split that found it */
	double p;
	size_t left, right; /* values */
	double mean_left, mean_right;
	double sd_left, sd_right; /* ddof 0 */
};

/* max(|m2/m1 - 1|, |m1/m2 - 1|); a mean of 0 makes its part 0, as Otava has it. */
double track_magnitude(const struct track_point *point);

struct track_candidate {
	size_t index, end; /* t and k; index 0: too few values to split */
	double q;
};

/*
 * track_split - the best split of x[0 .. n), without a test; of equal ones the first t, then the first k. n below
 * 2 size_min: none. Time O(n^2), memory O(n). Return: 0, -EINVAL, -ENOMEM.
 */
int track_split(
	const double *x, size_t n, const struct track_rule *rule, struct track_candidate *best);

/*
 * track_divide - all changes of x[0 .. n) by the rule's test, in order of index; @point has room for @n. p, q and the
 * sides are those at the time of the split. Return: their number, -EINVAL, -ENOMEM.
 */
int track_divide(
	const double *x, size_t n, const struct track_rule *rule, struct track_point *point);

/*
 * track_weak - weak points: track_divide with the limit 10 p_max (2 p_max from 0.05 on, p_max from 0.5) in windows that move on
 * by half of their length, or to their last change if that is further; sides are up to the neighbours in the whole series.
 * track_strengthen - takes away, one at a time, the point with the largest p while that is not below p_max, else the one of the
 * least magnitude while that is not above magnitude_min. Return: how many are left.
 * track_windows - both. All three test with Student's t only: the permutation test is -EINVAL. Room and Return as track_divide.
 */
int track_weak(const double *x, size_t n, const struct track_rule *rule, struct track_point *point);
int track_strengthen(const double *x, size_t n, const struct track_rule *rule,
	struct track_point *point, size_t count);
int track_windows(
	const double *x, size_t n, const struct track_rule *rule, struct track_point *point);

/* track_student - pooled two-sided t test out of means, spreads (as they are) and numbers; p 1 below three values in all. */
struct stats_test track_student(
	double mean_x, double sd_x, size_t n, double mean_y, double sd_y, size_t m);

/*
 * track_energy - energy statistics of two samples (Szekely and Rizzo 2013, V form, power 1): e = 2 mean |x-y| - mean |x-x'|
 * - mean |y-y'| over all ordered pairs, t = nm/(n+m) e, h = e / (2 mean |x-y|). NAN without values on a side.
 */
struct track_energy {
	double e, t, h;
};
struct track_energy track_energy(const double *x, size_t n, const double *y, size_t m);

#endif
