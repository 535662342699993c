// SPDX-License-Identifier: BSD-2-Clause
/* stats_test.c: published vectors, rank pairs, coverage by simulation, degenerate input. */
#include "harness/stats/stats.h"

#include "drivers/support/fault.h"
#include "harness/rng/rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#define NEAR(a, b, tolerance) assert_true(fabs((a) - (b)) <= (tolerance))

/* The two samples of benchstat's own test data, ns per operation. */
static const double benchstat_old[10] = {
	1726, 1723, 1707, 1707, 1713, 1729, 1736, 1707, 1705, 1774};
static const double benchstat_new[10] = {
	1423, 1416, 1411, 1413, 1412, 1426, 1422, 1424, 1447, 1425};

static void assert_interval(struct stats_interval interval, double low, double high)
{
	assert_true(interval.low == low);
	assert_true(interval.high == high);
}

static void assert_unbounded(struct stats_interval interval)
{
	assert_interval(interval, -(double)INFINITY, (double)INFINITY);
}

static void mean_and_deviation(void **state)
{
	(void)state;
	static const double x[] = {2, 4, 4, 4, 5, 5, 7, 9};

	NEAR(stats_mean(x, 8), 5, 1e-15);
	NEAR(stats_stddev(x, 8), sqrt(32.0 / 7), 1e-15);
	assert_true(isnan(stats_mean(x, 0)));
	assert_true(stats_stddev(x, 1) == 0);
	assert_true(stats_stddev(x, 0) == 0);
}

static void benchstat_medians_and_intervals(void **state)
{
	(void)state;
	assert_true(stats_median(benchstat_old, 10) == 1718);
	assert_true(stats_median(benchstat_new, 10) == 1422.5);
	struct stats_interval interval = stats_median_interval(benchstat_old, 10, 0.95);

	assert_interval(interval, 1707, 1736);
	NEAR(interval.level, 0.978515625, 1e-12);
	assert_interval(stats_median_interval(benchstat_new, 10, 0.95), 1412, 1426);
	/* The arrays stay as they were. */
	assert_true(benchstat_old[0] == 1726 && benchstat_old[9] == 1774);
}

/* Type 7 as R's quantile() gives it: (n - 1) q = 3.6, 1.8, ... */
static void quantile_is_type_seven(void **state)
{
	(void)state;
	static const double x[] = {15, 20, 35, 40, 50};

	NEAR(stats_quantile(x, 5, 0.4), 29, 1e-12);
	NEAR(stats_quantile(x, 5, 0.05), 16, 1e-12);
	NEAR(stats_quantile(x, 5, 0.9), 46, 1e-12);
	assert_true(stats_quantile(x, 5, 0) == 15);
	assert_true(stats_quantile(x, 5, 1) == 50);
	assert_true(stats_quantile(x, 5, -3) == 15);
	assert_true(stats_quantile(x, 5, 3) == 50);
	assert_true(stats_quantile(x, 1, 0.3) == 15);
}

static void rank_pairs_of_the_median(void **state)
{
	(void)state;
	static const struct {
		size_t n, low, high;
		double level;
	} row[] = {
		{6, 1, 6, 0.969},
		{7, 1, 7, 0.984},
		{8, 1, 8, 0.992},
		{9, 2, 8, 0.961},
		{10, 2, 9, 0.979},
		{12, 3, 10, 0.961},
		{15, 4, 12, 0.965},
		{20, 6, 15, 0.959},
		{30, 10, 21, 0.957},
	};
	double x[30];

	for (int i = 0; i < 30; i++)
		x[i] = i + 1;
	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++) {
		struct stats_interval interval = stats_median_interval(x, row[i].n, 0.95);

		assert_interval(interval, (double)row[i].low, (double)row[i].high);
		NEAR(interval.level, row[i].level, 0.0005);
	}
}

static void no_median_interval_below_six(void **state)
{
	(void)state;
	static const double x[] = {1, 2, 3, 4, 5};

	for (size_t n = 0; n <= 5; n++) {
		struct stats_interval interval = stats_median_interval(x, n, 0.95);

		assert_unbounded(interval);
		assert_true(interval.level == 1);
	}
	/* 5 values do for 93.75 %, asked for exactly. */
	assert_interval(stats_median_interval(x, 5, 0.9375), 1, 5);
}

static void median_interval_of_many_values(void **state)
{
	(void)state;
	enum { COUNT = 5001 };
	static double x[COUNT];

	for (int i = 0; i < COUNT; i++)
		x[i] = i;
	struct stats_interval interval = stats_median_interval(x, COUNT, 0.95);

	/* Normal approximation: 2500 +- 1.96 sqrt(5001) / 2. */
	NEAR(interval.low, 2500 - 69.3, 1.5);
	NEAR(interval.high, 2500 + 69.3, 1.5);
	assert_true(interval.level >= 0.95 && interval.level < 0.953);
	NEAR(interval.low + interval.high, 5000, 0);
}

static double mean_of_resample(const uint32_t *index, size_t n, void *arg)
{
	const double *x = arg;
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += x[index[i]];
	return sum / (double)n;
}

static double normal(struct rng *rng)
{
	return sqrt(-2 * log(1 - rng_double(rng))) * cos(6.283185307179586 * rng_double(rng));
}

static void bootstrap_covers_the_mean(void **state)
{
	(void)state;
	enum { TRIALS = 2000, COUNT = 60 };
	const double truth = 10;
	struct rng rng;
	unsigned covered = 0;

	rng_seed(&rng, 4711);
	for (uint64_t trial = 0; trial < TRIALS; trial++) {
		double x[COUNT];

		for (int i = 0; i < COUNT; i++)
			x[i] = truth + 2 * normal(&rng);
		struct stats_interval interval = stats_bootstrap(
			COUNT, 400, 0.95, trial, mean_of_resample, x);

		covered += interval.low <= truth && truth <= interval.high;
	}
	print_message("bootstrap: %u of %d intervals cover\n", covered, TRIALS);
	assert_true(covered >= 0.93 * TRIALS && covered <= 0.97 * TRIALS);
}

static void order_statistics_cover_the_median(void **state)
{
	(void)state;
	enum { TRIALS = 5000, COUNT = 12 };
	struct rng rng;
	unsigned covered = 0;

	rng_seed(&rng, 815);
	for (int trial = 0; trial < TRIALS; trial++) {
		double x[COUNT];

		for (int i = 0; i < COUNT; i++)
			x[i] = exp(normal(&rng)); /* skewed: median 1, mean 1.65 */
		struct stats_interval interval = stats_median_interval(x, COUNT, 0.95);

		covered += interval.low <= 1 && 1 <= interval.high;
	}
	NEAR((double)covered / TRIALS, 0.9614, 0.012);
}

static void bootstrap_is_reproducible(void **state)
{
	(void)state;
	double x[10];

	for (int i = 0; i < 10; i++)
		x[i] = benchstat_old[i];
	struct stats_interval a = stats_bootstrap(10, 1000, 0.95, 1, mean_of_resample, x);
	struct stats_interval b = stats_bootstrap(10, 1000, 0.95, 1, mean_of_resample, x);
	struct stats_interval c = stats_bootstrap(10, 1000, 0.95, 2, mean_of_resample, x);

	assert_interval(a, b.low, b.high);
	assert_true(a.low != c.low || a.high != c.high);
	assert_true(a.level == 0.95);
	assert_true(a.low < 1722.7 && a.high > 1722.7);
}

/* NAN for a share of the resamples given in per cent. */
static double sometimes_nan(const uint32_t *index, size_t n, void *arg)
{
	unsigned *state = arg;

	(void)index;
	(void)n;
	return state[0]++ % 100 < state[1] ? (double)NAN : 1;
}

static void bootstrap_gives_up_above_five_percent_nan(void **state)
{
	(void)state;
	unsigned few[2] = {0, 5}, many[2] = {0, 6}, all[2] = {0, 100};

	assert_interval(stats_bootstrap(4, 1000, 0.95, 1, sometimes_nan, few), 1, 1);
	assert_unbounded(stats_bootstrap(4, 1000, 0.95, 1, sometimes_nan, many));
	assert_unbounded(stats_bootstrap(4, 1000, 0.95, 1, sometimes_nan, all));
	assert_unbounded(stats_bootstrap(0, 1000, 0.95, 1, sometimes_nan, few));
	assert_unbounded(stats_bootstrap(4, 0, 0.95, 1, sometimes_nan, few));
}

static void ratio_of_pairs(void **state)
{
	(void)state;
	double ratio[10];
	struct stats_interval interval;

	for (int i = 0; i < 10; i++)
		ratio[i] = benchstat_new[i] / benchstat_old[i];
	double median = stats_ratio(benchstat_old, benchstat_new, 10, 0.95, &interval);

	assert_true(median == stats_median(ratio, 10));
	struct stats_interval expected = stats_median_interval(ratio, 10, 0.95);

	assert_interval(interval, expected.low, expected.high);
	assert_true(stats_ratio(benchstat_old, benchstat_new, 10, 0.95, NULL) == median);
}

static void ratio_leaves_out_what_is_none(void **state)
{
	(void)state;
	static const double a[] = {0, 1, (double)NAN, 2, 4, 0};
	static const double b[] = {1, 3, 1, 4, (double)INFINITY, 0};
	struct stats_interval interval;

	assert_true(stats_ratio(a, b, 6, 0.95, &interval) == 2.5);
	assert_unbounded(interval);
	assert_true(isnan(stats_ratio(a, b, 1, 0.95, &interval)));
	assert_true(isnan(stats_ratio(a, b, 0, 0.95, &interval)));
	assert_unbounded(interval);
}

static void nothing_and_nan_give_nan(void **state)
{
	(void)state;
	static const double x[] = {1, (double)NAN, 3, 4, 5, 6, 7};

	assert_true(isnan(stats_median(x, 0)));
	assert_true(isnan(stats_median(x, 7)));
	assert_true(isnan(stats_quantile(x, 1, (double)NAN)));
	assert_unbounded(stats_median_interval(x, 7, 0.95));
}

static void infinities_are_values(void **state)
{
	(void)state;
	const double inf = (double)INFINITY;
	const double x[] = {inf, 1, inf, 2, inf};

	assert_true(stats_median(x, 5) == inf);
	assert_true(stats_quantile(x, 5, 0.9) == inf);
	assert_true(stats_quantile(x, 5, 0) == 1);
}

static void no_memory_gives_nan(void **state)
{
	(void)state;
	struct stats_interval interval;
	double x[10] = {0};

	fault_arm(1, false);
	assert_true(isnan(stats_median(benchstat_old, 10)));
	fault_arm(1, false);
	assert_unbounded(stats_median_interval(benchstat_old, 10, 0.95));
	for (unsigned nth = 1; nth <= 2; nth++) {
		fault_arm(nth, false);
		assert_unbounded(stats_bootstrap(10, 10, 0.95, 1, mean_of_resample, x));
		assert_non_null(fault_fired());
	}
	fault_arm(1, false);
	assert_true(isnan(stats_ratio(benchstat_old, benchstat_new, 10, 0.95, &interval)));
	fault_arm(3, false);
	assert_true(!isnan(stats_ratio(benchstat_old, benchstat_new, 10, 0.95, &interval)));
	assert_unbounded(interval);
	fault_arm(0, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mean_and_deviation),
		cmocka_unit_test(benchstat_medians_and_intervals),
		cmocka_unit_test(quantile_is_type_seven),
		cmocka_unit_test(rank_pairs_of_the_median),
		cmocka_unit_test(no_median_interval_below_six),
		cmocka_unit_test(median_interval_of_many_values),
		cmocka_unit_test(bootstrap_covers_the_mean),
		cmocka_unit_test(order_statistics_cover_the_median),
		cmocka_unit_test(bootstrap_is_reproducible),
		cmocka_unit_test(bootstrap_gives_up_above_five_percent_nan),
		cmocka_unit_test(ratio_of_pairs),
		cmocka_unit_test(ratio_leaves_out_what_is_none),
		cmocka_unit_test(nothing_and_nan_give_nan),
		cmocka_unit_test(infinities_are_values),
		cmocka_unit_test(no_memory_gives_nan),
	};

	return cmocka_run_group_tests_name("stats", tests, NULL, NULL);
}
