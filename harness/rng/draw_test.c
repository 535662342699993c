// SPDX-License-Identifier: BSD-2-Clause
/*
 * draw_test.c: each distribution against its formula: shares by chi-square over fixed, printed seeds, means against sums
 * term by term; what cannot be a distribution is refused.
 */
#include "harness/rng/draw.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <cmocka.h>

#define DRAWS 200000
#define CELLS 64

/* Where a number counts, -1: it must not come. */
typedef int (*cell_fn)(uint64_t value);

/*
 * Chi-square of DRAWS numbers against the shares of @cells cells: its mean is cells - 1, its standard deviation
 * sqrt(2 (cells - 1)); six of them above are beyond chance, and three below too good to be true.
 */
static void assert_shares(const struct draw *draw, const double *share, int cells, cell_fn cell)
{
	static const uint64_t seeds[] = {1, 20261121, UINT64_C(0xfeedface)};

	for (unsigned s = 0; s < 3; s++) {
		double seen[CELLS] = {0}, chi = 0, sum = 0;
		const double deviation = sqrt(2.0 * (cells - 1));
		struct rng rng;

		rng_seed(&rng, seeds[s]);
		for (int i = 0; i < DRAWS; i++) {
			uint64_t value = draw_next(draw, &rng);
			int at = cell(value);

			assert_in_range(value, draw->low, draw->high);
			assert_in_range(at, 0, cells - 1);
			seen[at]++;
			sum += (double)value;
		}
		for (int i = 0; i < cells; i++) {
			double expected = share[i] * DRAWS;

			assert_true(expected > 5);
			chi += (seen[i] - expected) * (seen[i] - expected) / expected;
		}
		print_message("seed %#llx: chi-square %.1f of %d cells; mean %.1f of %.1f\n",
			(unsigned long long)seeds[s], chi, cells, sum / DRAWS, draw_mean(draw));
		assert_true(chi < cells - 1 + 6 * deviation);
		assert_true(cells < 10 || chi > cells - 1 - 5 * deviation);
	}
}

static int cell_by_one(uint64_t value)
{
	return (int)value - 1000;
}

static void uniform_has_every_number_alike(void **state)
{
	double share[50];
	struct draw draw;

	(void)state;
	assert_int_equal(draw_uniform(&draw, 1000, 1049), 0);
	for (int i = 0; i < 50; i++)
		share[i] = 1.0 / 50;
	assert_shares(&draw, share, 50, cell_by_one);
	assert_true(draw_mean(&draw) == 1024.5);
}

static int cell_small(uint64_t value)
{
	return (int)value - 1;
}

/* Every number of a small range by its own share. */
static void loguniform_follows_its_formula(void **state)
{
	double share[40], mean = 0;
	struct draw draw;

	(void)state;
	assert_int_equal(draw_loguniform(&draw, 1, 40), 0);
	for (int k = 1; k <= 40; k++) {
		share[k - 1] = log((k + 1.0) / k) / log(41.0);
		mean += k * share[k - 1];
	}
	assert_shares(&draw, share, 40, cell_small);
	assert_true(fabs(draw_mean(&draw) / mean - 1) < 1e-12);
}

static int cell_octave(uint64_t value)
{
	return (int)log2((double)value) - 6;
}

/* As many in every octave, of a range as sizes have it. */
static void loguniform_has_every_factor_alike(void **state)
{
	double share[10];
	struct draw draw;

	(void)state;
	assert_int_equal(draw_loguniform(&draw, 64, 65535), 0);
	for (int i = 0; i < 10; i++)
		share[i] = 0.1;
	assert_shares(&draw, share, 10, cell_octave);
}

static void means_are_those_of_all_terms(void **state)
{
	struct draw draw;
	double sum = 0;

	(void)state;
	assert_int_equal(draw_loguniform(&draw, 64, 1u << 20), 0);
	for (double k = 64; k <= 1 << 20; k++)
		sum += k * log1p(1 / k) / log(((1 << 20) + 1) / 64.0);
	assert_true(fabs(draw_mean(&draw) / sum - 1) < 1e-9);
	draw_fixed(&draw, 4096);
	assert_true(draw_mean(&draw) == 4096);
}

/* The harmonic number of 10 is 7381/2520: with s = 1 the first of ten values comes in 34.14 % of all draws. */
static void zipf_follows_its_formula(void **state)
{
	static const uint64_t value[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
	double share[10], mean = 0;
	struct draw draw;

	(void)state;
	assert_int_equal(draw_zipf(&draw, value, 10, 1), 0);
	for (int r = 1; r <= 10; r++) {
		share[r - 1] = 2520.0 / 7381 / r;
		mean += r * share[r - 1];
	}
	assert_true(fabs(share[0] - 0.341417) < 1e-6);
	assert_shares(&draw, share, 10, cell_small);
	assert_true(fabs(draw_mean(&draw) / mean - 1) < 1e-12);

	/* s = 0: all alike. */
	for (int r = 0; r < 10; r++)
		share[r] = 0.1;
	assert_int_equal(draw_zipf(&draw, value, 10, 0), 0);
	assert_shares(&draw, share, 10, cell_small);
}

static int cell_mix(uint64_t value)
{
	return value == 64 ? 0 : value == 4096 ? 1 : value == 65536 ? 2 : -1;
}

static void weights_are_kept_and_none_is_none(void **state)
{
	static const uint64_t value[] = {7, 64, 4096, 65536, 1 << 20};
	static const double weight[] = {0, 70, 20, 10, 0}, share[] = {0.7, 0.2, 0.1};
	struct draw draw;

	(void)state;
	assert_int_equal(draw_weights(&draw, value, weight, 5), 0);
	assert_int_equal(draw.low, 64);
	assert_int_equal(draw.high, 65536);
	assert_shares(&draw, share, 3, cell_mix);
	assert_true(fabs(draw_mean(&draw) - (0.7 * 64 + 0.2 * 4096 + 0.1 * 65536)) < 1e-9);
}

static void the_same_seed_gives_the_same_numbers(void **state)
{
	struct draw draw;
	struct rng a, b;

	(void)state;
	assert_int_equal(draw_loguniform(&draw, 1, UINT64_MAX / 2), 0);
	rng_seed(&a, 5);
	rng_seed(&b, 5);
	for (int i = 0; i < 1000; i++)
		assert_true(draw_next(&draw, &a) == draw_next(&draw, &b));
	assert_int_equal(draw_uniform(&draw, 0, UINT64_MAX), 0);
	for (int i = 0; i < 1000; i++)
		assert_true(draw_next(&draw, &a) == rng_next(&b));
}

static void what_is_no_distribution_is_refused(void **state)
{
	static const uint64_t value[DRAW_VALUES_MAX + 1] = {1, 2, 3};
	static const double none[] = {0, 0, 0}, negative[] = {1, -1, 1};
	const double infinite[] = {1, (double)INFINITY, 1}, nan[] = {1, (double)NAN, 1};
	static const double many[DRAW_VALUES_MAX + 1] = {1};
	struct draw draw;

	(void)state;
	assert_int_equal(draw_uniform(&draw, 2, 1), -EINVAL);
	assert_int_equal(draw_loguniform(&draw, 2, 1), -EINVAL);
	assert_int_equal(draw_loguniform(&draw, 0, 1), -EINVAL);
	assert_int_equal(draw_weights(&draw, value, none, 3), -EINVAL);
	assert_int_equal(draw_weights(&draw, value, negative, 3), -EINVAL);
	assert_int_equal(draw_weights(&draw, value, infinite, 3), -EINVAL);
	assert_int_equal(draw_weights(&draw, value, nan, 3), -EINVAL);
	assert_int_equal(draw_weights(&draw, value, many, 0), -EINVAL);
	assert_int_equal(draw_weights(&draw, value, many, DRAW_VALUES_MAX + 1), -EINVAL);
	assert_int_equal(draw_zipf(&draw, value, 0, 1), -EINVAL);
	assert_int_equal(draw_zipf(&draw, value, DRAW_VALUES_MAX + 1, 1), -EINVAL);
	assert_int_equal(draw_zipf(&draw, value, 3, -1), -EINVAL);
	assert_int_equal(draw_zipf(&draw, value, 3, (double)NAN), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(uniform_has_every_number_alike),
		cmocka_unit_test(loguniform_follows_its_formula),
		cmocka_unit_test(loguniform_has_every_factor_alike),
		cmocka_unit_test(means_are_those_of_all_terms),
		cmocka_unit_test(zipf_follows_its_formula),
		cmocka_unit_test(weights_are_kept_and_none_is_none),
		cmocka_unit_test(the_same_seed_gives_the_same_numbers),
		cmocka_unit_test(what_is_no_distribution_is_refused),
	};

	return cmocka_run_group_tests_name("draw", tests, NULL, NULL);
}
