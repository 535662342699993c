// SPDX-License-Identifier: BSD-2-Clause
/*
 * judge_test.c: what is told of series: small ones by hand, and the bars on 1,000 synthetic ones: at most 2 % of those without a
 * change get one, at least 85 % of steps of three standard deviations are found within four nights. `make test-trend` does the
 * same with 1,000 of each kind of noise (TREND_SERIES) and tells how long 1,000 series of 1,000 nights take.
 */
#include "harness/track/track.h"

#include "drivers/support/fault.h"
#include "harness/rng/rng.h"
#include "harness/track/testing.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#define NIGHTS          100
#define WITHIN          4
#define NIGHTS_LONG     1000
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* ---- noise -------------------------------------------------------------------------------------------- */

enum noise { NORMAL, LOGNORMAL, CORRELATED, TWO_LEVELS, NOISES };
static const char *const noise_words[] = {"normal", "log-normal", "AR(1) 0.3", "two levels"};

/*
 * Around 100: standard deviation 1; 10 % in the logarithm; 1 with neighbours correlated by 0.3; three nights of ten at a level
 * five standard deviations of the rest higher. Return: standard deviation of one value.
 */
static double noise_make(enum noise noise, struct rng *rng, double *x, size_t n)
{
	double z = testing_normal(rng);

	for (size_t i = 0; i < n; i++) {
		const double fresh = testing_normal(rng);

		z = i ? 0.3 * z + sqrt(1 - 0.09) * fresh : z;
		x[i] = noise == NORMAL       ? 100 + fresh
		       : noise == LOGNORMAL  ? 100 * exp(0.1 * fresh)
		       : noise == CORRELATED ? 100 + z
		                             : 100 + 0.8 * fresh + (rng_double(rng) < 0.3 ? 4 : 0);
	}
	return noise == LOGNORMAL    ? 100 * exp(0.005) * sqrt(expm1(0.01))
	       : noise == TWO_LEVELS ? sqrt(0.8 * 0.8 + 4 * 4 * 0.3 * 0.7)
	                             : 1;
}

static bool changes(const double *x, size_t n)
{
	const struct track_limits limits = track_limits_wall();
	struct track_verdict verdict;

	assert_int_equal(track_judge(x, n, &limits, &verdict), 0);
	const bool any = verdict.count > 0;

	track_verdict_free(&verdict);
	return any;
}

/* Whether a change within two nights of @at is told. */
static bool found_at(const double *x, size_t n, size_t at)
{
	const struct track_limits limits = track_limits_wall();
	struct track_verdict verdict;
	bool found = false;

	assert_int_equal(track_judge(x, n, &limits, &verdict), 0);
	for (size_t i = 0; i < verdict.count; i++)
		found = found ||
		        (verdict.change[i].index + 2 >= at && verdict.change[i].index <= at + 2);
	track_verdict_free(&verdict);
	return found;
}

/* A step up or down at any night that has WITHIN of them from it on; it may be the second. */
static bool step_is_found(enum noise noise, struct rng *rng)
{
	double x[NIGHTS], sd = noise_make(noise, rng, x, NIGHTS);
	const size_t at = 1 + rng_below(rng, NIGHTS - WITHIN);
	const double step = rng_next(rng) & 1 ? 3 * sd : -3 * sd;
	bool found = false;

	for (size_t i = at; i < NIGHTS; i++)
		x[i] += step;
	for (size_t night = 1; night <= WITHIN && !found; night++)
		found = found_at(x, at + night, at);
	return found;
}

/* Of each noise; the tests of every day take a quarter of the thousand each, the campaign a thousand. */
static unsigned series_each(void)
{
	const char *asked = getenv("TREND_SERIES");

	return asked ? (unsigned)strtoul(asked, NULL, 10) : 1000 / NOISES;
}

static void series_without_a_change_are_left_alone(void **state)
{
	const unsigned each = series_each();
	unsigned all = 0;

	(void)state;
	for (unsigned noise = 0; noise < NOISES; noise++) {
		unsigned told = 0;
		double x[NIGHTS];
		struct rng rng;

		rng_seed(&rng, 100 + noise);
		for (unsigned s = 0; s < each; s++) {
			noise_make((enum noise)noise, &rng, x, NIGHTS);
			told += changes(x, NIGHTS);
		}
		print_message("seed %u: %s: %u of %u series without a change get one\n",
			100 + noise, noise_words[noise], told, each);
		all += told;
		assert_true(each < 1000 || told <= 0.02 * each);
	}
	assert_true(all <= 0.02 * NOISES * each);
}

static void steps_are_found_within_four_nights(void **state)
{
	const unsigned each = series_each();
	unsigned all = 0;

	(void)state;
	for (unsigned noise = 0; noise < NOISES; noise++) {
		unsigned found = 0;
		struct rng rng;

		rng_seed(&rng, 200 + noise);
		for (unsigned s = 0; s < each; s++)
			found += step_is_found((enum noise)noise, &rng);
		print_message("seed %u: %s: %u of %u steps found within %d nights\n", 200 + noise,
			noise_words[noise], found, each, WITHIN);
		all += found;
		assert_true(each < 1000 || found >= 0.85 * each);
	}
	assert_true(all >= 0.85 * NOISES * each);
}

/* Told, not asserted: a time is of the host. Ten steps in each, so that there is something to take away too. */
static void long_series_are_judged_in_time(void **state)
{
	static double x[NIGHTS_LONG];
	const unsigned series = getenv("TREND_SERIES") ? 1000 : 20;
	const struct track_limits limits = track_limits_wall();
	struct timespec begin, end;
	unsigned told = 0;
	double seconds = 0;
	struct rng rng;

	(void)state;
	rng_seed(&rng, 300);
	for (unsigned s = 0; s < series; s++) {
		struct track_verdict verdict;

		noise_make(NORMAL, &rng, x, NIGHTS_LONG);
		for (size_t i = 0; i < NIGHTS_LONG; i++)
			x[i] += 4 * (double)(i / 100 % 2);
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
		assert_int_equal(track_judge(x, NIGHTS_LONG, &limits, &verdict), 0);
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
		seconds += (double)(end.tv_sec - begin.tv_sec) +
		           1e-9 * (double)(end.tv_nsec - begin.tv_nsec);
		told += verdict.count == 9;
		track_verdict_free(&verdict);
	}
	print_message("seed 300: %u series of %d nights in %.2f s, the 9 steps of %u found\n",
		series, NIGHTS_LONG, seconds, told);
	assert_true(told >= 0.95 * series);
}

/* ---- by hand ------------------------------------------------------------------------------------------ */

static void a_change_has_size_interval_and_levels(void **state)
{
	const struct track_limits limits = track_limits_wall();
	struct track_verdict verdict;
	double x[40];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(x); i++)
		x[i] = (i < 30 ? 100 : 110) + (i % 3 == 0 ? 1 : i % 3 == 1 ? -1 : 0);
	assert_int_equal(track_judge(x, COUNT_OF(x), &limits, &verdict), 0);
	assert_int_equal(verdict.count, 1);
	assert_int_equal(verdict.change[0].index, 30);
	assert_true(verdict.change[0].before == 100 && verdict.change[0].after == 110);
	assert_true(fabs(verdict.change[0].ratio - 1.1) < 1e-12);
	assert_in_range(1e4 * verdict.change[0].interval.low, 10850, 11000);
	assert_in_range(1e4 * verdict.change[0].interval.high, 11000, 11150);
	assert_true(verdict.change[0].p < 1e-9);
	assert_int_equal(verdict.start, 30);
	assert_true(verdict.level == 110);
	assert_in_range(1e4 * verdict.noise, 78, 88); /* 1 % times sqrt(2/3) */
	assert_in_range(1e4 * verdict.detectable, 180, 300);
	track_verdict_free(&verdict);
}

/* Nights that are off and back again are none, however far. */
static void what_does_not_last_is_no_change(void **state)
{
	const struct track_limits limits = track_limits_wall();
	struct track_verdict verdict;
	struct rng rng;
	double x[60];

	(void)state;
	print_message("seed 5\n");
	rng_seed(&rng, 5);
	for (size_t off = 1; off <= 20; off = off < 3 ? off + 1 : off + 17) {
		for (size_t i = 0; i < COUNT_OF(x); i++)
			x[i] = 100 + testing_normal(&rng) + (i >= 30 && i < 30 + off ? 12 : 0);
		assert_int_equal(track_judge(x, COUNT_OF(x), &limits, &verdict), 0);
		assert_int_equal(verdict.count, off <= 3 ? 0 : 2);
		track_verdict_free(&verdict);
	}
}

static void counted_figures_are_judged_night_by_night(void **state)
{
	static const double x[] = {1000, 1001, 999, 1000, 1004, 1006, 1006, 1006, 1000};
	const struct track_limits limits = track_limits_exact();
	struct track_verdict verdict;

	(void)state;
	/* Half a per cent is the limit: 1004 is none, 1006 is one the first night, and so is the way back. */
	assert_int_equal(track_judge(x, 6, &limits, &verdict), 0);
	assert_int_equal(verdict.count, 1);
	assert_int_equal(verdict.change[0].index, 5);
	assert_true(verdict.change[0].p == 0);
	track_verdict_free(&verdict);
	assert_int_equal(track_judge(x, COUNT_OF(x), &limits, &verdict), 0);
	assert_int_equal(verdict.count, 2);
	assert_int_equal(verdict.change[1].index, 8);
	track_verdict_free(&verdict);
	/* Nothing held, then something: a change without a ratio. */
	assert_int_equal(track_judge((const double[]){0, 0, 0, 4096}, 4, &limits, &verdict), 0);
	assert_int_equal(verdict.count, 1);
	assert_true(isnan(verdict.change[0].ratio));
	assert_true(verdict.change[0].after == 4096);
	track_verdict_free(&verdict);
}

static void an_odd_value_is_worth_a_second_look(void **state)
{
	static const double x[] = {100, 101, 99, 100, 101, 99, 100, 101, 99, 100};
	struct track_limits limits = track_limits_wall();
	struct track_verdict verdict;
	unsigned odd = 0;
	struct rng rng;

	(void)state;
	assert_int_equal(track_judge(x, COUNT_OF(x), &limits, &verdict), 0);
	assert_false(track_odd(x, COUNT_OF(x), &verdict, &limits, 102));
	assert_true(track_odd(x, COUNT_OF(x), &verdict, &limits, 104));
	assert_true(track_odd(x, COUNT_OF(x), &verdict, &limits, 96));
	assert_false(track_odd(x, 4, &verdict, &limits, 200));
	track_verdict_free(&verdict);
	/* One in a hundred by chance. */
	print_message("seed 6\n");
	rng_seed(&rng, 6);
	for (int round = 0; round < 4000; round++) {
		double y[21];

		noise_make(NORMAL, &rng, y, COUNT_OF(y));
		verdict = (struct track_verdict){.start = 0};
		odd += track_odd(y, 20, &verdict, &limits, y[20]);
	}
	assert_in_range(odd, 20, 60);
	limits = track_limits_exact();
	verdict = (struct track_verdict){.level = 1000};
	assert_false(track_odd(x, 1, &verdict, &limits, 1004));
	assert_true(track_odd(x, 1, &verdict, &limits, 1006));
}

static void little_or_nothing_is_no_error(void **state)
{
	const struct track_limits limits = track_limits_wall();
	struct track_verdict verdict;

	(void)state;
	for (size_t n = 0; n < 3; n++) {
		assert_int_equal(track_judge((const double[]){5, 6, 7}, n, &limits, &verdict), 0);
		assert_int_equal(verdict.count, 0);
		assert_true(isnan(verdict.noise));
		track_verdict_free(&verdict);
	}
	assert_int_equal(track_judge((const double[]){5, 0}, 2, &limits, &verdict), -EINVAL);
	track_verdict_free(&verdict);
	assert_int_equal(
		track_judge((const double[]){5, (double)NAN}, 2, &limits, &verdict), -EINVAL);
	track_verdict_free(&verdict);
}

static void no_memory_is_said(void **state)
{
	const struct track_limits limits = track_limits_wall();
	struct track_verdict verdict;
	unsigned refused = 0;
	bool fired = true;

	(void)state;
	for (unsigned nth = 1; fired; nth++) {
		fault_arm(nth, false);
		int rc = track_judge(testing_tigerbeetle, 100, &limits, &verdict);

		fired = fault_fired() != NULL;
		fault_arm(0, false);
		assert_int_equal(rc, fired ? -ENOMEM : 0);
		track_verdict_free(&verdict);
		refused += fired;
	}
	assert_true(refused >= 5);
}

/* ---- what to measure again ------------------------------------------------------------------------------ */

static void time_goes_where_it_helps(void **state)
{
	/* Alike but for one thing: four times as unstable, a sixteenth as long, nothing to gain, enough already. */
	const struct track_cost cost[] = {
		{.seconds = 1, .spread = 0.01, .has = 1, .more_max = 10000},
		{.seconds = 1, .spread = 0.04, .has = 1, .more_max = 10000},
		{.seconds = 1.0 / 16, .spread = 0.01, .has = 1, .more_max = 10000},
		{.seconds = 1, .spread = 0, .has = 1, .more_max = 10000},
		{.seconds = 1, .spread = 0.04, .has = 1, .more_max = 3},
	};
	uint32_t more[COUNT_OF(cost)];
	const double used = track_allot(cost, COUNT_OF(cost), 1000, more);

	(void)state;
	/* The error falls with n^-1/2, its gain with n^-3/2: n goes with (spread / cost)^(2/3). */
	assert_true(used <= 1000 && used > 999);
	assert_true(fabs(more[1] / (double)more[0] / pow(4, 2.0 / 3) - 1) < 0.05);
	assert_true(fabs(more[2] / (double)more[0] / pow(16, 2.0 / 3) - 1) < 0.05);
	assert_int_equal(more[3], 0);
	assert_int_equal(more[4], 3);
	assert_true(track_allot(cost, COUNT_OF(cost), 0.01, more) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_change_has_size_interval_and_levels),
		cmocka_unit_test(what_does_not_last_is_no_change),
		cmocka_unit_test(counted_figures_are_judged_night_by_night),
		cmocka_unit_test(an_odd_value_is_worth_a_second_look),
		cmocka_unit_test(little_or_nothing_is_no_error),
		cmocka_unit_test(no_memory_is_said),
		cmocka_unit_test(time_goes_where_it_helps),
		cmocka_unit_test(series_without_a_change_are_left_alone),
		cmocka_unit_test(steps_are_found_within_four_nights),
		cmocka_unit_test(long_series_are_judged_in_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
