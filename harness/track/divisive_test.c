// SPDX-License-Identifier: BSD-2-Clause
/*
 * divisive_test.c: E-divisive against what was published with other implementations: the vectors of Apache Otava (tests/
 * analysis_test.py, change_point_divisive_test.py, tigerbeetle_test.py) and of MongoDB's signal-processing-algorithms
 * (tests/test_energy_statistics.py, test_e_divisive.py), against the definition, and with memory refused.
 */
#include "harness/track/divisive.h"

#include "drivers/support/fault.h"
#include "harness/rng/rng.h"
#include "harness/track/testing.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define COUNT_OF(array)       (sizeof(array) / sizeof((array)[0]))
#define NEAR(a, b, tolerance) assert_true(fabs((a) - (b)) <= (tolerance))

/* Otava's test_single_series: 20 values that fall to half at 10. */
static const double falls[] = {1.02, 0.95, 0.99, 1.00, 1.12, 1.00, 1.01, 0.98, 1.01, 0.96, 0.50,
	0.51, 0.48, 0.48, 0.55, 0.50, 0.49, 0.51, 0.50, 0.49};
/* Otava's change_point_divisive_test: two changes, at 5 and 8. */
static const double steps[] = {
	0.3, 2.4, 1.5, -0.9, -0.5, 99.7, 98.3, 99.1, 149.0, 149.7, 149.5, 149.1, 148.8, 150.0};

static void the_best_split_is_where_published(void **state)
{
	struct track_rule rule = track_rule_default();
	struct track_candidate best;

	(void)state;
	assert_int_equal(track_split(falls, COUNT_OF(falls), &rule, &best), 0);
	assert_int_equal(best.index, 10);
	NEAR(best.q, 4.682222, 5e-7);
	assert_int_equal(track_split(steps, COUNT_OF(steps), &rule, &best), 0);
	assert_int_equal(best.index, 5);
	NEAR(best.q, 761.282143, 5e-7);
	/* What is right of it, by itself. */
	assert_int_equal(track_split(steps + 5, COUNT_OF(steps) - 5, &rule, &best), 0);
	assert_int_equal(best.index, 3);
	NEAR(best.q, 198.266667, 5e-7);
}

static void the_t_test_gives_the_published_p(void **state)
{
	static const double high[] = {1.00, 1.02, 1.05, 0.95, 0.98},
			    low[] = {0.80, 0.82, 0.85, 0.79, 0.77};
	struct track_rule rule = track_rule_default();
	struct track_point point[20];
	double both[10];

	(void)state;
	assert_int_equal(track_divide(falls, COUNT_OF(falls), &rule, point), 1);
	assert_int_equal(point[0].index, 10);
	NEAR(point[0].mean_left, 1.004, 1e-12);
	NEAR(point[0].mean_right, 0.501, 1e-12);
	NEAR(point[0].sd_left, 0.0440908, 5e-8);
	NEAR(point[0].sd_right, 0.0192094, 5e-8);
	NEAR(point[0].p / 1.42717e-17, 1, 5e-6);
	assert_int_equal(track_windows(steps, COUNT_OF(steps), &rule, point), 2);
	assert_int_equal(point[0].index, 5);
	assert_int_equal(point[1].index, 8);
	NEAR(point[0].p / 1.584e-11, 1, 5e-4);
	NEAR(point[1].p / 1.417e-13, 1, 5e-4);
	memcpy(both, high, sizeof(high));
	memcpy(both + 5, low, sizeof(low));
	assert_int_equal(track_divide(both, 10, &rule, point), 1);
	assert_int_equal(point[0].index, 5);
	NEAR(point[0].p / 8.8679e-6, 1, 5e-5);
	/* Twice the same is no change: p 1. */
	memcpy(both + 5, high, sizeof(high));
	assert_int_equal(track_divide(both, 10, &rule, point), 0);
}

static void constants_need_no_spread(void **state)
{
	struct track_rule rule = track_rule_default();
	struct track_point point[100];
	double x[200];

	(void)state;
	/* MongoDB's test_default_implementation_sanity and test_absolute_certainty. */
	for (size_t at = 4; at < 100; at++) {
		for (size_t i = 0; i < 2 * at; i++)
			x[i] = i >= at;
		assert_int_equal(track_divide(x, 2 * at, &rule, point), 1);
		assert_int_equal(point[0].index, at);
		assert_true(point[0].p == 0);
	}
	for (size_t i = 0; i < 200; i++)
		x[i] = 7;
	assert_int_equal(track_divide(x, 200, &rule, point), 0);
}

static void permutations_find_the_published_changes(void **state)
{
	struct track_rule rule = track_rule_default();
	struct track_point point[20], again[20];

	(void)state;
	/* 100 permutations: the second change, of 9 values, has p 1/101 to 3/101. */
	rule.test = TRACK_TEST_PERMUTATION;
	rule.p_max = 0.05;
	for (rule.seed = 1; rule.seed <= 5; rule.seed++) {
		print_message("seed %llu\n", (unsigned long long)rule.seed);
		assert_int_equal(track_divide(steps, COUNT_OF(steps), &rule, point), 2);
		assert_int_equal(point[0].index, 5);
		assert_int_equal(point[1].index, 8);
		assert_int_equal(track_divide(steps, COUNT_OF(steps), &rule, again), 2);
		assert_memory_equal(point, again, 2 * sizeof(*point));
		assert_int_equal(track_divide(falls, COUNT_OF(falls), &rule, point), 1);
		assert_int_equal(point[0].index, 10);
	}
}

/* p is what share of the permutations reach Q: small series, all permutations known. */
static void the_p_of_permutations_is_their_share(void **state)
{
	static const double x[] = {0, 0, 0, 1};
	struct track_rule rule = track_rule_default();
	struct track_point point[4];

	(void)state;
	rule.test = TRACK_TEST_PERMUTATION;
	rule.permutations = 20000;
	rule.p_max = 0.6;
	print_message("seed %llu\n", (unsigned long long)rule.seed);
	/* Q is 3/2 with the 1 at an end, 4/3 and 1 with it within: half of all orders reach 3/2. */
	assert_int_equal(track_divide(x, COUNT_OF(x), &rule, point), 1);
	assert_int_equal(point[0].index, 3);
	NEAR(point[0].p, 0.5, 0.02);
}

static void windows_give_the_published_tables(void **state)
{
	static struct track_point point[TESTING_TIGERBEETLE];
	struct track_rule rule = track_rule_default();
	char found[600], *end;

	(void)state;
	rule.window = 30;
	for (size_t i = 0; i < COUNT_OF(testing_tables); i++) {
		rule.p_max = testing_tables[i].p_max;
		rule.magnitude_min = testing_tables[i].magnitude_min;
		int count = track_windows(
			testing_tigerbeetle, COUNT_OF(testing_tigerbeetle), &rule, point);

		assert_true(count >= 0);
		end = found;
		for (int k = 0; k < count; k++)
			end += sprintf(end, "%s%zu", k ? " " : "", point[k].index);
		assert_string_equal(found, testing_tables[i].points);
	}
}

/* Published cut behind the third decimal. */
static void energy_is_as_published(void **state)
{
	static const struct {
		int x, x_end, x_step, y, y_end, y_step;
		double e, t, h;
	} rows[] = {
		{1, 100, 1, 1, 105, 1, 0.160, 8.136, 0.002},
		{1, 100, 1, 10000, 13000, 14, 21859.691, 1481794.709, 0.954},
		{1, 300, 1, 1000, 5000, 10, 4257.009, 728381.015, 0.748},
		{300, 500, 1, 400, 900, 11, 268.352, 10035.943, 0.532},
		{10, 70, 1, 12, 65, 1, 0.211, 5.961, 0.005},
		{10, 70, 1, 10, 70, 1, 0, 0, 0},
	};
	static double x[500], y[500];

	(void)state;
	for (size_t r = 0; r < COUNT_OF(rows); r++) {
		size_t n = 0, m = 0;

		for (int i = rows[r].x; i < rows[r].x_end; i += rows[r].x_step)
			x[n++] = i;
		for (int i = rows[r].y; i < rows[r].y_end; i += rows[r].y_step)
			y[m++] = i;
		struct track_energy energy = track_energy(x, n, y, m);

		NEAR(energy.e, rows[r].e, 1e-3);
		NEAR(energy.t, rows[r].t, 1e-3);
		NEAR(energy.h, rows[r].h, 1e-3);
	}
	assert_true(isnan(track_energy(x, 0, y, 1).e));
}

/* ---- against the definition ------------------------------------------------------------------------------ */

static double pairs(const double *x, size_t n, const double *y, size_t m, double power)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < m; j++)
			sum += pow(fabs(x[i] - y[j]), power);
	return sum;
}

static double q_defined(const double *z, size_t t, size_t k, const struct track_rule *rule)
{
	const double n = (double)t, m = (double)(k - t);
	const double between = pairs(z, t, z + t, k - t, rule->power);
	const double x = pairs(z, t, z, t, rule->power),
		     y = pairs(z + t, k - t, z + t, k - t, rule->power);

	if (rule->form == TRACK_FORM_V)
		return n * m / (n + m) * (2 * between / (n * m) - x / (n * n) - y / (m * m));
	return n * m / (n + m) *
	       (2 * between / (n * m) - (n > 1 ? x / (n * (n - 1)) : 0) -
		       (m > 1 ? y / (m * (m - 1)) : 0));
}

static void check_defined(const double *z, size_t n, const struct track_rule *rule)
{
	struct track_candidate best, want = {0};

	for (size_t t = rule->size_min; t + rule->size_min <= n; t++) {
		for (size_t k = rule->form == TRACK_FORM_V ? n : t + rule->size_min; k <= n; k++) {
			double q = q_defined(z, t, k, rule);

			if (!want.index || q > want.q + 1e-9 * fabs(want.q))
				want = (struct track_candidate){.index = t, .end = k, .q = q};
		}
	}
	assert_int_equal(track_split(z, n, rule, &best), 0);
	NEAR(best.q, want.q, 1e-9 * fmax(1, fabs(want.q)));
	assert_int_equal(best.index, want.index);
	assert_int_equal(best.end, want.end);
}

static void q_is_what_the_paper_defines(void **state)
{
	static const double powers[] = {0.5, 1, 1.5};
	struct track_rule rule = track_rule_default();
	struct rng rng;
	double z[24];

	(void)state;
	print_message("seed 11\n");
	rng_seed(&rng, 11);
	for (int round = 0; round < 120; round++) {
		const size_t n = 2 + rng_below(&rng, COUNT_OF(z) - 2);

		for (size_t i = 0; i < n; i++)
			z[i] = rng_double(&rng) + (i > n / 2 ? 0.3 : 0);
		rule.form = round % 2 ? TRACK_FORM_V : TRACK_FORM_U;
		rule.power = powers[round % 3];
		rule.size_min = 1 + (uint32_t)rng_below(&rng, n / 2);
		check_defined(z, n, &rule);
	}
}

static void too_few_values_have_no_change(void **state)
{
	struct track_rule rule = track_rule_default();
	struct track_candidate best = {.index = 9};
	struct track_point point[4];

	(void)state;
	assert_int_equal(track_split(falls, 1, &rule, &best), 0);
	assert_int_equal(best.index, 0);
	for (size_t n = 0; n < 3; n++)
		assert_int_equal(track_windows(falls + 9, n, &rule, point), 0);
	rule.size_min = 2;
	assert_int_equal(track_split(falls, 3, &rule, &best), 0);
	assert_int_equal(best.index, 0);
}

static void what_cannot_be_is_refused(void **state)
{
	static const double odd[] = {1, 2, (double)INFINITY, 3};
	struct track_rule rule = track_rule_default(), wrong[6];
	struct track_candidate best;
	struct track_point point[20];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(wrong); i++)
		wrong[i] = rule;
	wrong[0].power = 0;
	wrong[1].power = 2;
	wrong[2].p_max = 1.5;
	wrong[3].size_min = 0;
	wrong[4].window = 1;
	wrong[5].p_max = (double)NAN;
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		assert_int_equal(track_split(falls, 20, &wrong[i], &best), -EINVAL);
		assert_int_equal(track_divide(falls, 20, &wrong[i], point), -EINVAL);
		assert_int_equal(track_windows(falls, 20, &wrong[i], point), -EINVAL);
	}
	assert_int_equal(track_divide(odd, COUNT_OF(odd), &rule, point), -EINVAL);
	rule.test = TRACK_TEST_PERMUTATION;
	assert_int_equal(track_windows(falls, 20, &rule, point), -EINVAL);
	assert_int_equal(track_strengthen(falls, 20, &rule, point, 0), -EINVAL);
}

static void no_memory_is_said(void **state)
{
	struct track_rule rule = track_rule_default();
	struct track_point point[20];
	struct track_candidate best;
	int refused = 0;

	(void)state;
	for (int test = 0; test < 2; test++) {
		bool fired = true;

		rule.test = test ? TRACK_TEST_PERMUTATION : TRACK_TEST_T;
		for (unsigned nth = 1; fired; nth++) {
			fault_arm(nth, false);
			int rc = test ? track_divide(falls, 20, &rule, point)
			              : track_windows(falls, 20, &rule, point);

			rc = rc < 0 ? rc : track_split(falls, 20, &rule, &best);
			fired = fault_fired() != NULL;
			fault_arm(0, false);
			assert_int_equal(rc, fired ? -ENOMEM : 0);
			refused += fired;
		}
	}
	assert_true(refused >= 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_best_split_is_where_published),
		cmocka_unit_test(the_t_test_gives_the_published_p),
		cmocka_unit_test(constants_need_no_spread),
		cmocka_unit_test(permutations_find_the_published_changes),
		cmocka_unit_test(the_p_of_permutations_is_their_share),
		cmocka_unit_test(windows_give_the_published_tables),
		cmocka_unit_test(energy_is_as_published),
		cmocka_unit_test(q_is_what_the_paper_defines),
		cmocka_unit_test(too_few_values_have_no_change),
		cmocka_unit_test(what_cannot_be_is_refused),
		cmocka_unit_test(no_memory_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
