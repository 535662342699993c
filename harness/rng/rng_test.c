// SPDX-License-Identifier: BSD-2-Clause
/* rng_test.c: published vectors, bounds, uniformity with fixed seeds, shuffles. */
#include "harness/rng/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdbool.h>
#include <cmocka.h>

#define GAMMA UINT64_C(0x9e3779b97f4a7c15)

/* splitmix64.c of the authors with state 1234567. */
static void splitmix64_vector(void **state)
{
	(void)state;
	static const uint64_t expected[] = {
		UINT64_C(6457827717110365317),
		UINT64_C(3203168211198807973),
		UINT64_C(9817491932198370423),
		UINT64_C(4593380528125082431),
		UINT64_C(16408922859458223821),
	};

	for (uint64_t i = 0; i < 5; i++)
		assert_true(rng_mix(1234567 + i * GAMMA) == expected[i]);
}

/* xoshiro256starstar.c of the authors with state 1, 2, 3, 4. */
static void xoshiro256_vector(void **state)
{
	(void)state;
	static const uint64_t expected[] = {
		UINT64_C(11520),
		UINT64_C(0),
		UINT64_C(1509978240),
		UINT64_C(1215971899390074240),
		UINT64_C(1216172134540287360),
		UINT64_C(607988272756665600),
		UINT64_C(16172922978634559625),
		UINT64_C(8476171486693032832),
		UINT64_C(10595114339597558777),
		UINT64_C(2904607092377533576),
	};
	struct rng rng = {.s = {1, 2, 3, 4}};

	for (int i = 0; i < 10; i++)
		assert_true(rng_next(&rng) == expected[i]);
}

static void seed_is_four_splitmix_outputs(void **state)
{
	(void)state;
	struct rng rng;

	rng_seed(&rng, 1234567);
	assert_true(rng.s[0] == UINT64_C(6457827717110365317));
	assert_true(rng.s[1] == UINT64_C(3203168211198807973));
	assert_true(rng.s[2] == UINT64_C(9817491932198370423));
	assert_true(rng.s[3] == UINT64_C(4593380528125082431));
}

static void same_seed_same_stream(void **state)
{
	(void)state;
	struct rng a, b, other;
	unsigned equal = 0;

	rng_seed(&a, 42);
	rng_seed(&b, 42);
	rng_seed(&other, 43);
	for (int i = 0; i < 1000; i++) {
		uint64_t value = rng_next(&a);

		assert_true(value == rng_next(&b));
		equal += value == rng_next(&other);
	}
	assert_int_equal(equal, 0);
}

static void below_keeps_its_bound(void **state)
{
	(void)state;
	static const uint64_t bounds[] = {
		1, 2, 3, 10, 1u << 20, UINT64_C(1) << 63, (UINT64_C(1) << 63) + 1, UINT64_MAX};
	struct rng rng;

	rng_seed(&rng, 7);
	assert_true(rng_below(&rng, 0) == 0);
	for (size_t b = 0; b < sizeof(bounds) / sizeof(*bounds); b++)
		for (int i = 0; i < 1000; i++)
			assert_true(rng_below(&rng, bounds[b]) < bounds[b]);
}

/*
 * Chi-square of @cells equally likely cells; mean cells - 1, standard deviation sqrt(2 (cells -
 * 1)).
 */
static double chi_square(const unsigned *seen, unsigned cells, unsigned draws)
{
	double expected = (double)draws / cells, sum = 0;

	for (unsigned i = 0; i < cells; i++)
		sum += ((double)seen[i] - expected) * ((double)seen[i] - expected) / expected;
	return sum;
}

static void below_is_uniform(void **state)
{
	(void)state;
	unsigned seen[101] = {0};
	struct rng rng;

	rng_seed(&rng, 20260101);
	for (int i = 0; i < 101000; i++)
		seen[rng_below(&rng, 101)]++;
	double chi = chi_square(seen, 101, 101000);

	assert_true(chi > 50 && chi < 170); /* 100 +- 5 sd above, as far below as it goes */
}

/*
 * 3 * 2^62 is the bound where skipping the rejection shows most: a third of the results would be
 * twice as likely as the rest.
 */
static void below_has_no_modulo_bias(void **state)
{
	(void)state;
	const uint64_t third = UINT64_C(1) << 62;
	unsigned seen[3] = {0};
	struct rng rng;

	rng_seed(&rng, 99);
	for (int i = 0; i < 30000; i++)
		seen[rng_below(&rng, 3 * third) % 3]++;
	assert_true(chi_square(seen, 3, 30000) < 20);
}

static void double_covers_the_unit_interval(void **state)
{
	(void)state;
	unsigned seen[64] = {0};
	struct rng rng;
	double sum = 0;

	rng_seed(&rng, 3);
	for (int i = 0; i < 64000; i++) {
		double value = rng_double(&rng);

		assert_true(value >= 0 && value < 1);
		seen[(unsigned)(value * 64)]++;
		sum += value;
	}
	assert_true(sum / 64000 > 0.49 && sum / 64000 < 0.51);
	assert_true(chi_square(seen, 64, 64000) < 63 + 5 * 11.3);
}

static void shuffle_gives_every_order_alike(void **state)
{
	(void)state;
	unsigned seen[27] = {0};
	struct rng rng;

	rng_seed(&rng, 11);
	for (int i = 0; i < 60000; i++) {
		uint32_t order[3] = {0, 1, 2};

		rng_shuffle(&rng, order, 3);
		assert_int_equal(order[0] + order[1] + order[2], 3);
		seen[order[0] * 9 + order[1] * 3 + order[2]]++;
	}
	static const unsigned orders[6] = {0 * 9 + 1 * 3 + 2, 0 * 9 + 2 * 3 + 1, 1 * 9 + 0 * 3 + 2,
		1 * 9 + 2 * 3 + 0, 2 * 9 + 0 * 3 + 1, 2 * 9 + 1 * 3 + 0};
	unsigned counts[6], total = 0;

	for (int i = 0; i < 6; i++)
		total += counts[i] = seen[orders[i]];
	assert_int_equal(total, 60000);
	assert_true(chi_square(counts, 6, 60000) < 25);
}

static void shuffle_of_nothing_and_one(void **state)
{
	(void)state;
	struct rng rng;
	uint32_t one[1] = {9};

	rng_seed(&rng, 1);
	rng_shuffle(&rng, NULL, 0);
	rng_shuffle(&rng, one, 1);
	assert_int_equal(one[0], 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(splitmix64_vector),
		cmocka_unit_test(xoshiro256_vector),
		cmocka_unit_test(seed_is_four_splitmix_outputs),
		cmocka_unit_test(same_seed_same_stream),
		cmocka_unit_test(below_keeps_its_bound),
		cmocka_unit_test(below_is_uniform),
		cmocka_unit_test(below_has_no_modulo_bias),
		cmocka_unit_test(double_covers_the_unit_interval),
		cmocka_unit_test(shuffle_gives_every_order_alike),
		cmocka_unit_test(shuffle_of_nothing_and_one),
	};

	return cmocka_run_group_tests_name("rng", tests, NULL, NULL);
}
