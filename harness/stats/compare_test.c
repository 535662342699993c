// SPDX-License-Identifier: BSD-2-Clause
/*
 * compare_test.c: two samples. Published vectors: the samples in benchstat's documentation (golang/perf), the p-values
 * of Benjamini and Hochberg (1995), tables of ranks, t and detectable differences; and how often A/A is called unclear.
 */
#include "harness/stats/compare.h"

#include "drivers/support/fault.h"
#include "harness/rng/rng.h"
#include "harness/stats/dist.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define NEAR(a, b, tolerance) assert_true(fabs((a) - (b)) <= (tolerance))
#define COUNT(array)          (sizeof(array) / sizeof((array)[0]))

static const double old_ns[10] = {1726, 1723, 1707, 1707, 1713, 1729, 1736, 1707, 1705, 1774};
static const double new_ns[10] = {1423, 1416, 1411, 1413, 1412, 1426, 1422, 1424, 1447, 1425};

static double normal(struct rng *rng)
{
	return stats_normal_quantile(fmax(rng_double(rng), 1e-16));
}

/* Tables of the normal distribution and of Student's t (Abramowitz and Stegun 26.10). */
static void distributions(void **state)
{
	(void)state;
	NEAR(stats_normal_cdf(1.959963984540054), 0.975, 1e-15);
	NEAR(stats_normal_quantile(0.975), 1.959963984540054, 1e-12);
	NEAR(stats_normal_quantile(0.8), 0.8416212335729143, 1e-12);
	NEAR(stats_t_quantile(0.975, 1), 12.706204736, 1e-8);
	NEAR(stats_t_quantile(0.975, 9), 2.262157163, 1e-9);
	NEAR(stats_t_quantile(0.9995, 30), 3.645958635, 1e-8);
	NEAR(stats_t_quantile(0.025, 9), -stats_t_quantile(0.975, 9), 1e-12);
	NEAR(stats_binomial_cdf(1, 10, 0.5), 11.0 / 1024, 1e-15);
	NEAR(stats_binomial_cdf(98, 100, 0.99), 1 - pow(0.99, 100) - 100 * 0.01 * pow(0.99, 99),
		1e-12);
	assert_true(isnan(stats_normal_quantile(0)) && isnan(stats_t_quantile(0.5, 0)));
}

static void benchstat_samples(void **state)
{
	(void)state;
	struct stats_test u = stats_mann_whitney(old_ns, 10, new_ns, 10);
	struct stats_test t = stats_welch(old_ns, 10, new_ns, 10);
	struct stats_estimate shift = stats_hodges_lehmann(old_ns, 10, new_ns, 10, 0.95);
	struct stats_estimate means = stats_mean_ratio(old_ns, 10, new_ns, 10, 0.95);
	struct stats_estimate medians = stats_median_ratio(old_ns, 10, new_ns, 10, 0.95);

	assert_true(u.exact && u.statistic == 0);
	NEAR(u.p, 1.0825e-5, 5e-10);
	NEAR(t.statistic, 40.36059, 5e-6);
	NEAR(t.dof, 13.20306, 5e-6);
	assert_true(shift.value == -296.5);
	assert_true(shift.interval.low == -312 && shift.interval.high == -284);
	assert_true(stats_cliff_delta(old_ns, 10, new_ns, 10) == -1);
	NEAR(means.value, 0.825390, 5e-7);
	NEAR(means.interval.low, 0.817008, 5e-7);
	NEAR(means.interval.high, 0.833899, 5e-7);
	NEAR(medians.value, 1422.5 / 1718, 1e-12);
	assert_true(medians.interval.low < medians.value && medians.interval.low > 0.81);
	assert_true(medians.interval.high > medians.value && medians.interval.high < 0.85);
}

/* Smallest two-sided p of n against n, reference: 2 / C(2n, n). */
static void smallest_p(void **state)
{
	(void)state;
	static const double p[] = {0.1, 0.0286, 0.0079, 0.0022, 5.8e-4, 1.6e-4, 4.1e-5, 1.1e-5};
	static const double tolerance[] = {1e-9, 5e-5, 5e-5, 5e-5, 5e-6, 5e-6, 5e-7, 5e-7};
	double x[10], y[10];

	for (size_t i = 0; i < 10; i++) {
		x[i] = (double)i;
		y[i] = (double)i + 100;
	}
	for (size_t n = 3; n <= 10; n++)
		NEAR(stats_mann_whitney(x, n, y, n).p, p[n - 3], tolerance[n - 3]);
}

/* With ties: {1,1,2} against {1,2,2}: of the 20 ways to deal 1,1,1,2,2,2, counted by hand. */
static void ties_are_counted(void **state)
{
	(void)state;
	static const double x[] = {1, 1, 2}, y[] = {1, 2, 2}, same[] = {5, 5, 5};
	struct stats_test test = stats_mann_whitney(x, 3, y, 3);

	/* y holds k twos: C(3,k) C(3,3-k) = 1, 9, 9, 1 ways; here k = 2, so P(>=) = 10/20. */
	assert_true(test.statistic == 6);
	NEAR(test.p, 1, 1e-12);
	NEAR(stats_mann_whitney((const double[]){1, 1, 1}, 3, (const double[]){2, 2, 2}, 3).p, 0.1,
		1e-12);
	NEAR(stats_mann_whitney(same, 3, same, 3).p, 1, 1e-12);
}

/* Counted and approximated p agree where both are good; above the limit it is approximated. */
static void normal_approximation(void **state)
{
	(void)state;
	double x[40], y[40];
	struct rng rng;

	rng_seed(&rng, 11);
	for (size_t i = 0; i < 40; i++) {
		x[i] = floor(10 * normal(&rng));
		y[i] = floor(10 * normal(&rng)) + 4;
	}
	struct stats_test exact = stats_mann_whitney(x, 32, y, 32);
	struct stats_test many = stats_mann_whitney(x, 33, y, 32);

	assert_true(exact.exact && !many.exact);
	NEAR(log(exact.p), log(many.p), 0.7);
	struct stats_estimate a = stats_hodges_lehmann(x, 32, y, 32, 0.95);
	struct stats_estimate b = stats_hodges_lehmann(x, 33, y, 32, 0.95);

	NEAR(a.interval.low, b.interval.low, 1);
	NEAR(a.interval.high, b.interval.high, 1);
}

/*
 * Wilcoxon's signed ranks of Darwin's maize (Fisher 1935, eighths of an inch): W+ = 96, two-sided exact p 0.0413 as R
 * gives with midranks resolved; the pseudo-median 3.13 inches. Intervals: ranks of Hollander and Wolfe's table A.4.
 */
static void signed_ranks(void **state)
{
	(void)state;
	static const double d[] = {49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48};
	struct stats_test test = stats_signed_rank(d, 15, 0);
	struct stats_estimate middle = stats_pseudo_median(d, 15, 0.95);
	struct stats_estimate six = stats_pseudo_median(d, 6, 0.95);

	assert_true(test.exact && test.statistic == 96);
	NEAR(test.p, 0.04126, 5e-5);
	NEAR(middle.value / 8, 3.125, 0.13);
	/* n = 15: 2 P(W <= 25) = 0.0479, so k = 26; n = 6: k = 1, all averages. */
	NEAR(middle.interval.level, 1 - 0.04791, 5e-5);
	assert_true(six.interval.low == -67 && six.interval.high == 49);
	assert_true(isinf(stats_pseudo_median(d, 5, 0.95).interval.high));
	assert_true(stats_signed_rank((const double[]){0, 0}, 2, 0).p == 1);
}

static void many_signed_ranks(void **state)
{
	(void)state;
	double d[100];
	struct rng rng;

	rng_seed(&rng, 3);
	for (size_t i = 0; i < 100; i++)
		d[i] = normal(&rng) + 0.2;
	struct stats_test few = stats_signed_rank(d, 64, 0), many = stats_signed_rank(d, 65, 0);

	assert_true(few.exact && !many.exact);
	NEAR(log(few.p), log(many.p), 1);
	struct stats_estimate e = stats_pseudo_median(d, 100, 0.95);

	assert_true(e.interval.low < 0.2 && e.interval.high > 0.2);
}

/* Reference 3.5: exact differences by the t test, alpha 5 % and 0.1 %, power 0.8. */
static void detectable_differences(void **state)
{
	(void)state;
	static const struct {
		size_t n;
		double level, sigmas, tolerance;
	} table[] = {{3, 0.95, 3.07, 0.006}, {5, 0.95, 2.02, 0.006}, {8, 0.95, 1.51, 0.006},
		{10, 0.95, 1.33, 0.006}, {15, 0.95, 1.06, 0.006}, {20, 0.95, 0.91, 0.006},
		{30, 0.95, 0.74, 0.006}, {50, 0.95, 0.57, 0.006}, {3, 0.999, 8.7, 0.05},
		{5, 0.999, 3.93, 0.006}, {10, 0.999, 2.18, 0.006}, {20, 0.999, 1.41, 0.006},
		{30, 0.999, 1.12, 0.006}};

	for (size_t i = 0; i < COUNT(table); i++)
		NEAR(stats_detectable(table[i].n, table[i].n, table[i].level, 0.8), table[i].sigmas,
			table[i].tolerance);
	/* One sample of 10, Cohen's table: d = 0.996 */
	NEAR(stats_detectable(10, 0, 0.95, 0.8), 0.996, 0.001);
	assert_true(isinf(stats_detectable(1, 1, 0.95, 0.8)));
	assert_true(isinf(stats_detectable(1, 0, 0.95, 0.8)));
	assert_true(isinf(stats_detectable(9, 9, 0.95, 0.01)));
}

static void many_cases(void **state)
{
	(void)state;
	static const double p[15] = {.0001, .0004, .0019, .0095, .0201, .0278, .0298, .0344, .0459,
		.3240, .4262, .5719, .6528, .7590, 1.0};
	static const double fdr[5] = {.0015, .003, .0095, .035625, .0603};
	double q[15], h[15], mixed[15];
	size_t rejected[2] = {0, 0};

	assert_int_equal(stats_fdr(p, 15, q), 0);
	assert_int_equal(stats_holm(p, 15, h), 0);
	for (size_t i = 0; i < 15; i++) {
		rejected[0] += q[i] <= 0.05;
		rejected[1] += h[i] <= 0.05;
		mixed[14 - i] = p[i];
	}
	assert_int_equal(rejected[0], 4);
	assert_int_equal(rejected[1], 3);
	for (size_t i = 0; i < 5; i++)
		NEAR(q[i], fdr[i], 1e-12);
	NEAR(h[1], 14 * .0004, 1e-12);
	/* Order of the cases does not matter. */
	assert_int_equal(stats_fdr(mixed, 15, mixed), 0);
	for (size_t i = 0; i < 15; i++)
		NEAR(mixed[14 - i], q[i], 0);
	assert_int_equal(stats_fdr((const double[]){-0.1}, 1, q), -22);
	assert_int_equal(stats_holm((const double[]){(double)NAN}, 1, q), -22);
	assert_int_equal(stats_fdr(NULL, 0, q), 0);
}

static void verdicts(void **state)
{
	(void)state;
	const struct stats_limits one = {.effect_min = 0.01, .floor = 0, .p_max = 0.05};
	const struct stats_limits coarse = {.effect_min = 0.01, .floor = 0.04, .p_max = 0.05};
	const struct stats_interval up = {.low = 1.02, .high = 1.08},
				    down = {.low = 0.93, .high = 0.97};
	const struct stats_interval small = {.low = 1.002, .high = 1.008};
	const struct stats_interval open = {.low = -(double)INFINITY, .high = (double)INFINITY};

	assert_int_equal(stats_verdict(&up, 0.01, true, &one), STATS_BETTER);
	assert_int_equal(stats_verdict(&up, 0.01, false, &one), STATS_WORSE);
	assert_int_equal(stats_verdict(&down, 0.01, true, &one), STATS_WORSE);
	assert_int_equal(stats_verdict(&down, 0.01, false, &one), STATS_BETTER);
	assert_int_equal(stats_verdict(&up, 0.06, true, &one), STATS_UNCLEAR);
	assert_int_equal(stats_verdict(&up, (double)NAN, true, &one), STATS_UNCLEAR);
	assert_int_equal(stats_verdict(&small, 0.001, true, &one), STATS_UNCLEAR);
	assert_int_equal(stats_verdict(&open, 0.001, true, &one), STATS_UNCLEAR);
	/* Below what the observer itself costs nothing is clear. */
	assert_int_equal(stats_verdict(&up, 0.01, true, &coarse), STATS_UNCLEAR);
	assert_int_equal(stats_verdict(&down, 0.01, true, &coarse), STATS_UNCLEAR);
	assert_true(stats_same(&small, &one) && !stats_same(&up, &one) && !stats_same(&open, &one));
	assert_string_equal(stats_verdict_words[STATS_WORSE], "worse");
}

static void ratios_of_pairs(void **state)
{
	(void)state;
	double x[9], y[9];

	/* Drift of 2 a block cancels. */
	for (size_t i = 0; i < 9; i++) {
		x[i] = pow(2, (double)i);
		y[i] = x[i] * (1.05 + (double)i / 1000);
	}
	struct stats_estimate pairs = stats_pair_ratio(x, y, 9, 0.95);
	struct stats_estimate apart = stats_shift_ratio(x, 9, y, 9, 0.95);

	NEAR(pairs.value, 1.054, 1e-4);
	assert_true(pairs.interval.low > 1.05 && pairs.interval.high < 1.058);
	assert_true(apart.interval.low < 1 && apart.interval.high > 1);
	y[0] = 0;
	y[1] = (double)NAN;
	assert_true(!isnan(stats_pair_ratio(x, y, 9, 0.95).value));
	assert_true(isnan(stats_shift_ratio(x, 9, y, 9, 0.95).value));
	assert_true(isnan(stats_pair_ratio(x, y, 2, 0.95).value));
}

/*
 * 2,000 comparisons of two samples of nine: the intervals cover the true shift as often as they say, and less than
 * one in a hundred of A/A with a limit of 1 % at 2 % noise is called different.
 */
static void coverage_of_shifts(void **state)
{
	(void)state;
	const struct stats_limits limits = {.effect_min = 0.01, .p_max = 0.05};
	unsigned shift = 0, pairs = 0, medians = 0, means = 0, alarms = 0;
	struct rng rng;

	rng_seed(&rng, 2026);
	for (unsigned run = 0; run < 2000; run++) {
		double x[9], y[9], equal[9];

		for (size_t i = 0; i < 9; i++) {
			x[i] = 100 * exp(0.02 * normal(&rng));
			y[i] = 105 * exp(0.02 * normal(&rng));
			equal[i] = 100 * exp(0.02 * normal(&rng));
		}
		struct stats_interval s = stats_shift_ratio(x, 9, y, 9, 0.95).interval;
		struct stats_interval p = stats_pair_ratio(x, y, 9, 0.95).interval;
		struct stats_interval m = stats_median_ratio(x, 9, y, 9, 0.95).interval;
		struct stats_interval f = stats_mean_ratio(x, 9, y, 9, 0.95).interval;
		struct stats_interval a = stats_pair_ratio(x, equal, 9, 0.95).interval;

		shift += s.low <= 1.05 && 1.05 <= s.high;
		pairs += p.low <= 1.05 && 1.05 <= p.high;
		medians += m.low <= 1.05 && 1.05 <= m.high;
		means += f.low <= 1.05 && 1.05 <= f.high;
		alarms += stats_verdict(&a, 0, true, &limits) != STATS_UNCLEAR;
	}
	print_message("of 2000: shift %u, pairs %u, medians %u, means %u; false alarms %u\n", shift,
		pairs, medians, means, alarms);
	assert_in_range(shift, 1860, 1960);
	assert_in_range(pairs, 1860, 1960);
	assert_in_range(medians, 1860, 2000); /* the authors: conservative for small samples */
	assert_in_range(means, 1860, 1960);
	assert_in_range(alarms, 0, 20);
}

/* By hand: variances 5/3 and 2, so t = -3.5 / sqrt(5/12 + 1), of (17/12)^2 / (25/432 + 1) degrees of freedom. */
static void welch_needs_two_on_either_side(void **state)
{
	(void)state;
	const double four[] = {1, 2, 3, 4}, two[] = {5, 7};
	struct stats_test t = stats_welch(four, 4, two, 2), u = stats_welch(two, 2, four, 4);

	NEAR(t.statistic, -3.5 / sqrt(17.0 / 12), 1e-12);
	NEAR(t.dof, 289.0 / 144 / (457.0 / 432), 1e-12);
	NEAR(u.statistic, -t.statistic, 1e-12);
	NEAR(u.dof, t.dof, 1e-12);
	assert_true(t.p > 0 && t.p == u.p);
	assert_true(isnan(stats_welch(four, 4, two, 1).p));
	assert_true(isnan(stats_welch(two, 1, four, 4).p));
}

static void nothing_gives_nan(void **state)
{
	(void)state;
	const double bad[] = {1, (double)NAN, 3};

	assert_true(isnan(stats_mann_whitney(NULL, 0, old_ns, 10).p));
	assert_true(isnan(stats_mann_whitney(bad, 3, old_ns, 10).p));
	assert_true(isnan(stats_signed_rank(bad, 3, 0).p));
	assert_true(isnan(stats_hodges_lehmann(bad, 3, old_ns, 10, 0.95).value));
	assert_true(isnan(stats_pseudo_median(bad, 3, 0.95).value));
	assert_true(isnan(stats_median_ratio(old_ns, 2, new_ns, 10, 0.95).value));
	assert_true(isnan(stats_mean_ratio(old_ns, 1, new_ns, 10, 0.95).value));
	assert_true(isnan(stats_cliff_delta(bad, 3, old_ns, 10)));
	assert_true(isinf(stats_hodges_lehmann(old_ns, 3, new_ns, 3, 0.95).interval.low));
}

static void no_memory_gives_nan(void **state)
{
	(void)state;
	unsigned failed = 0;

	for (unsigned nth = 1; nth < 100; nth++) {
		double p[2] = {0.1, 0.2}, q[2];

		fault_arm(nth, false);
		double sum = stats_mann_whitney(old_ns, 10, new_ns, 10).p +
		             stats_signed_rank(old_ns, 10, 0).p +
		             stats_shift_ratio(old_ns, 10, new_ns, 10, 0.95).value +
		             stats_pair_ratio(old_ns, new_ns, 10, 0.95).value +
		             stats_median_ratio(old_ns, 10, new_ns, 10, 0.95).value;
		int rc = stats_fdr(p, 2, q) + stats_holm(p, 2, q);
		bool fired = fault_fired() != NULL;

		fault_arm(0, false);
		assert_true(fired == (isnan(sum) || rc == -12));
		failed += fired;
		if (!fired)
			break;
	}
	assert_in_range(failed, 10, 98);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(distributions),
		cmocka_unit_test(benchstat_samples),
		cmocka_unit_test(smallest_p),
		cmocka_unit_test(ties_are_counted),
		cmocka_unit_test(normal_approximation),
		cmocka_unit_test(signed_ranks),
		cmocka_unit_test(many_signed_ranks),
		cmocka_unit_test(detectable_differences),
		cmocka_unit_test(many_cases),
		cmocka_unit_test(verdicts),
		cmocka_unit_test(ratios_of_pairs),
		cmocka_unit_test(coverage_of_shifts),
		cmocka_unit_test(welch_needs_two_on_either_side),
		cmocka_unit_test(nothing_gives_nan),
		cmocka_unit_test(no_memory_gives_nan),
	};

	return cmocka_run_group_tests_name("compare", tests, NULL, NULL);
}
