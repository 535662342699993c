// SPDX-License-Identifier: BSD-2-Clause
/*
 * ranks.c: the tests of Mann and Whitney and of Wilcoxon, and the shifts with intervals that belong to them (see
 * compare.h). Called by whatever compares repetitions; knows nothing of what the numbers measure.
 *
 * Ranks are kept doubled, so that midranks are whole numbers and the distribution of a rank sum can be counted.
 */
#include "harness/stats/compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/support/fault.h"
#include "harness/stats/dist.h"
#include "harness/stats/stats_priv.h"

static const double nan_value = (double)NAN;

static bool all_finite(const double *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!isfinite(x[i]))
			return false;
	return n > 0;
}

static struct stats_estimate no_estimate(double level)
{
	return (struct stats_estimate){.value = nan_value, .interval = stats_unbounded(level)};
}

static struct stats_test no_test(void)
{
	return (struct stats_test){.statistic = nan_value, .p = nan_value};
}

/* Doubled midrank of @value among @n values of @all: 2 #(less) + #(equal) + 1. */
static uint32_t doubled_rank(double value, const double *all, size_t n)
{
	size_t doubled = 1;

	for (size_t i = 0; i < n; i++)
		doubled += (all[i] < value ? 2u : 0u) + (all[i] == value ? 1u : 0u);
	return (uint32_t)doubled;
}

/* Sum of t^3 - t over groups of t equal values of the sorted @all. */
static double tie_term(const double *all, size_t n)
{
	double term = 0;

	for (size_t i = 0, end; i < n; i = end) {
		for (end = i + 1; end < n && all[end] == all[i];)
			end++;
		double t = (double)(end - i);

		term += t * t * t - t;
	}
	return term;
}

/*
 * Chances of every sum of @n of the @total doubled ranks, all choices equally likely: chance[sum], for the caller to
 * free. The table has a row for every number chosen so far; ways are counted as doubles, exact below 2^53 and to
 * 16 digits above.
 */
static double *choose_chances(const uint32_t *rank, size_t total, size_t n, size_t *sums)
{
	size_t room = 1;

	for (size_t i = 0; i < total; i++)
		room += rank[i];
	double *ways = fault_point("stats_choose") ? NULL : calloc((n + 1) * room, sizeof(*ways));

	if (!ways)
		return NULL;
	ways[0] = 1;
	for (size_t i = 0; i < total; i++) {
		for (size_t taken = n < i + 1 ? n : i + 1; taken > 0; taken--) {
			double *into = ways + taken * room, *from = into - room;

			for (size_t sum = room - 1; sum >= rank[i]; sum--)
				into[sum] += from[sum - rank[i]];
		}
	}
	double all = 0;

	memmove(ways, ways + n * room, room * sizeof(*ways));
	for (size_t sum = 0; sum < room; sum++)
		all += ways[sum];
	for (size_t sum = 0; sum < room; sum++)
		ways[sum] /= all;
	*sums = room;
	return ways;
}

/* The same where each rank is in the sum or not, independently, as the signs of signed ranks are. */
static double *sign_chances(const uint32_t *rank, size_t n, size_t *sums)
{
	size_t room = 1;

	for (size_t i = 0; i < n; i++)
		room += rank[i];
	double *chance = fault_point("stats_signs") ? NULL : calloc(room, sizeof(*chance));

	if (!chance)
		return NULL;
	chance[0] = 1;
	for (size_t i = 0; i < n; i++) {
		for (size_t sum = room; sum-- > 0;)
			chance[sum] = (chance[sum] + (sum >= rank[i] ? chance[sum - rank[i]] : 0)) /
			              2;
	}
	*sums = room;
	return chance;
}

/* Two-sided p of a sum: twice the smaller tail, the sum itself in both. */
static double tails(const double *chance, size_t sums, size_t sum)
{
	double below = 0, above = 0;

	for (size_t i = 0; i < sums; i++) {
		below += i <= sum ? chance[i] : 0;
		above += i >= sum ? chance[i] : 0;
	}
	return fmin(1, 2 * fmin(below, above));
}

/* Normal approximation with continuity: half a step of the statistic, nearer to its mean. */
static double normal_tails(double statistic, double mean, double variance)
{
	double away = fmax(0, fabs(statistic - mean) - 0.5);

	return variance > 0 ? fmin(1, 2 * stats_normal_cdf(-away / sqrt(variance))) : 1;
}

static double mann_whitney_u(const double *x, size_t n, const double *y, size_t m)
{
	double u = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < m; j++)
			u += x[i] < y[j] ? 1 : x[i] == y[j] ? 0.5 : 0;
	return u;
}

static int exact_mann_whitney(const double *all, const double *y, size_t m, size_t total, double *p)
{
	uint32_t rank[STATS_EXACT_MAX];
	size_t sums, sum = 0;

	for (size_t i = 0; i < total; i++)
		rank[i] = doubled_rank(all[i], all, total);
	for (size_t j = 0; j < m; j++)
		sum += doubled_rank(y[j], all, total);
	double *chance = choose_chances(rank, total, m, &sums);

	if (!chance)
		return -1;
	*p = tails(chance, sums, sum);
	free(chance);
	return 0;
}

struct stats_test stats_mann_whitney(const double *x, size_t n, const double *y, size_t m)
{
	struct stats_test test = no_test();
	const size_t total = n + m;

	if (!all_finite(x, n) || !all_finite(y, m))
		return test;
	double *all = fault_point("stats_pooled") ? NULL : malloc(total * sizeof(*all));

	if (!all)
		return test;
	memcpy(all, x, n * sizeof(*all));
	memcpy(all + n, y, m * sizeof(*all));
	qsort(all, total, sizeof(*all), stats_compare_doubles);
	test.statistic = mann_whitney_u(x, n, y, m);
	test.exact = total <= STATS_EXACT_MAX;
	if (test.exact) {
		if (exact_mann_whitney(all, y, m, total, &test.p))
			test = no_test();
	} else {
		double pairs = (double)n * (double)m, size = (double)total;
		double ties = tie_term(all, total) / (size * (size - 1));

		test.p = normal_tails(test.statistic, pairs / 2, pairs / 12 * (size + 1 - ties));
	}
	free(all);
	return test;
}

/* Distances from @centre without those of 0: sign in @positive, size in @distance. Return: how many. */
static size_t distances(const double *d, size_t n, double centre, double *distance, bool *positive)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		if (d[i] == centre)
			continue;
		distance[kept] = fabs(d[i] - centre);
		positive[kept++] = d[i] > centre;
	}
	return kept;
}

static int exact_signed_rank(
	const double *distance, const bool *positive, size_t n, struct stats_test *test)
{
	uint32_t rank[STATS_EXACT_MAX];
	size_t sums, sum = 0;

	for (size_t i = 0; i < n; i++) {
		rank[i] = doubled_rank(distance[i], distance, n);
		sum += positive[i] ? rank[i] : 0;
	}
	double *chance = sign_chances(rank, n, &sums);

	if (!chance)
		return -1;
	test->statistic = (double)sum / 2;
	test->p = tails(chance, sums, sum);
	free(chance);
	return 0;
}

static void normal_signed_rank(
	double *distance, const bool *positive, size_t n, struct stats_test *test)
{
	const double size = (double)n;
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += positive[i] ? (double)doubled_rank(distance[i], distance, n) / 2 : 0;
	qsort(distance, n, sizeof(*distance), stats_compare_doubles);
	test->statistic = sum;
	test->p = normal_tails(sum, size * (size + 1) / 4,
		size * (size + 1) * (2 * size + 1) / 24 - tie_term(distance, n) / 48);
}

struct stats_test stats_signed_rank(const double *d, size_t n, double centre)
{
	struct stats_test test = no_test();

	if (!all_finite(d, n) || !isfinite(centre))
		return test;
	double *distance = fault_point("stats_distances") ? NULL : malloc(n * sizeof(*distance));
	bool *positive = malloc(n * sizeof(*positive));

	if (distance && positive) {
		size_t kept = distances(d, n, centre, distance, positive);

		test = (struct stats_test){.p = 1, .exact = kept <= STATS_EXACT_MAX};
		if (!test.exact)
			normal_signed_rank(distance, positive, kept, &test);
		else if (exact_signed_rank(distance, positive, kept, &test))
			test = no_test();
	}
	free(positive);
	free(distance);
	return test;
}

/*
 * The largest k with 2 P(statistic < k) <= 1 - level, 0: none. @chance: of doubled sums from @least on, in steps of 2,
 * as they are without ties.
 */
static size_t exact_rank(
	const double *chance, size_t sums, size_t least, double level, double *reached)
{
	double outside = 0;
	size_t k = 0;

	*reached = 1;
	for (size_t sum = least; sum < sums; sum += 2, k++) {
		outside += 2 * chance[sum];
		/* 1e-12: a level asked for exactly must not fail by the last bit. */
		if (1 - outside < level - 1e-12)
			break;
		*reached = 1 - outside;
	}
	return k;
}

static size_t normal_rank(double mean, double variance, double level, double *reached)
{
	double k = floor(mean - stats_normal_quantile((1 + level) / 2) * sqrt(variance));

	*reached = level;
	return k > 0 ? (size_t)k : 0;
}

/* The estimate and its interval out of all @count differences or averages, sorted here. @rank 0: no interval. */
static struct stats_estimate estimate_of(double *value, size_t count, size_t rank, double reached)
{
	struct stats_estimate estimate = {.interval = stats_unbounded(reached)};

	qsort(value, count, sizeof(*value), stats_compare_doubles);
	estimate.value = count % 2 ? value[count / 2]
	                           : value[count / 2 - 1] / 2 + value[count / 2] / 2;
	if (rank && rank <= count - rank + 1) {
		estimate.interval.low = value[rank - 1];
		estimate.interval.high = value[count - rank];
	}
	return estimate;
}

/* Ranks 1 .. @total as they are without ties, doubled. */
static void plain_ranks(uint32_t *rank, size_t total)
{
	for (size_t i = 0; i < total; i++)
		rank[i] = 2 * (uint32_t)(i + 1);
}

static int shift_rank(size_t n, size_t m, double level, size_t *rank, double *reached)
{
	const double pairs = (double)n * (double)m;
	uint32_t ranks[STATS_EXACT_MAX];
	size_t sums;

	if (n + m > STATS_EXACT_MAX) {
		*rank = normal_rank(pairs / 2, pairs * (double)(n + m + 1) / 12, level, reached);
		return 0;
	}
	plain_ranks(ranks, n + m);
	double *chance = choose_chances(ranks, n + m, m, &sums);

	if (!chance)
		return -1;
	*rank = exact_rank(chance, sums, m * (m + 1), level, reached);
	free(chance);
	return 0;
}

struct stats_estimate stats_hodges_lehmann(
	const double *x, size_t n, const double *y, size_t m, double level)
{
	size_t rank, count = n * m;
	double reached;

	if (!all_finite(x, n) || !all_finite(y, m) || count / n != m ||
		shift_rank(n, m, level, &rank, &reached))
		return no_estimate(level);
	double *difference = fault_point("stats_differences") ? NULL
	                                                      : calloc(count, sizeof(*difference));

	if (!difference)
		return no_estimate(level);
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < m; j++)
			difference[i * m + j] = y[j] - x[i];
	struct stats_estimate estimate = estimate_of(difference, count, rank, reached);

	free(difference);
	return estimate;
}

static int sign_rank(size_t n, double level, size_t *rank, double *reached)
{
	const double size = (double)n;
	uint32_t ranks[STATS_EXACT_MAX];
	size_t sums;

	if (n > STATS_EXACT_MAX) {
		*rank = normal_rank(size * (size + 1) / 4, size * (size + 1) * (2 * size + 1) / 24,
			level, reached);
		return 0;
	}
	plain_ranks(ranks, n);
	double *chance = sign_chances(ranks, n, &sums);

	if (!chance)
		return -1;
	*rank = exact_rank(chance, sums, 0, level, reached);
	free(chance);
	return 0;
}

struct stats_estimate stats_pseudo_median(const double *d, size_t n, double level)
{
	size_t rank, count = n * (n + 1) / 2, at = 0;
	double reached;

	if (!all_finite(d, n) || sign_rank(n, level, &rank, &reached))
		return no_estimate(level);
	double *average = fault_point("stats_averages") ? NULL : calloc(count, sizeof(*average));

	if (!average)
		return no_estimate(level);
	for (size_t i = 0; i < n; i++)
		for (size_t j = i; j < n; j++)
			average[at++] = d[i] / 2 + d[j] / 2;
	struct stats_estimate estimate = estimate_of(average, count, rank, reached);

	free(average);
	return estimate;
}
