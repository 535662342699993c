// SPDX-License-Identifier: BSD-2-Clause
/* hist_test.c: layout, recording, merging, quantiles against exact ones, scaling. */
#include "harness/hist/hist.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define TOP ((UINT64_C(1) << HIST_MAX_BITS) - 1)

/* The tests' own numbers: the folder leans on support alone. */
static uint64_t random_next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static double random_normal(uint64_t *state)
{
	double u = ((double)(random_next(state) >> 11) + 1) * 0x1p-53;
	double v = (double)(random_next(state) >> 11) * 0x1p-53;

	return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

static uint64_t *log_normal_samples(size_t count, uint64_t seed)
{
	uint64_t *values = malloc(count * sizeof(*values));

	assert_non_null(values);
	for (size_t i = 0; i < count; i++)
		values[i] = (uint64_t)exp(8 + 1.5 * random_normal(&seed));
	return values;
}

static int compare_values(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

static void assert_equal_hists(const struct hist *a, const struct hist *b)
{
	assert_true(a->count == b->count && a->refused == b->refused);
	assert_true(a->min == b->min && a->max == b->max && a->sum == b->sum);
	assert_memory_equal(a->bucket, b->bucket, sizeof(a->bucket));
}

static void buckets_tile_the_range_at_most_one_percent_wide(void **state)
{
	(void)state;
	uint64_t expected_lower = 0;

	for (uint32_t i = 0; i < HIST_BUCKETS; i++) {
		uint64_t lower = hist_lower(i), upper = hist_upper(i);

		assert_true(lower == expected_lower);
		assert_true(upper >= lower);
		assert_int_equal(hist_index(lower), i);
		assert_int_equal(hist_index(upper), i);
		assert_int_equal(hist_index(lower + (upper - lower) / 2), i);
		if (lower < 256)
			assert_true(upper == lower);
		else
			assert_true((double)(upper - lower + 1) <= 0.01 * (double)lower);
		expected_lower = upper + 1;
	}
	assert_true(expected_lower == TOP + 1);
}

static void empty_has_no_values(void **state)
{
	(void)state;
	struct hist hist;

	hist_init(&hist);
	assert_true(hist.count == 0 && hist.min == UINT64_MAX && hist.max == 0);
	assert_true(hist_quantile(&hist, 0.5) == 0);
	assert_true(hist_mean(&hist) == 0);
}

static void above_the_top_is_refused_and_counted(void **state)
{
	(void)state;
	struct hist hist;

	hist_init(&hist);
	assert_true(hist_record(&hist, TOP));
	assert_false(hist_record(&hist, TOP + 1));
	assert_false(hist_record(&hist, UINT64_MAX));
	assert_true(hist.count == 1 && hist.refused == 2);
	assert_true(hist.min == TOP && hist.max == TOP && hist.sum == (double)TOP);
	assert_true(hist_quantile(&hist, 1) == TOP);
	assert_true(hist_record(&hist, 0));
	assert_true(hist.min == 0 && hist.count == 2);
}

static void merge_equals_recording_together(void **state)
{
	(void)state;
	struct hist parts[3], merged, together;
	uint64_t *values = log_normal_samples(30000, 5);

	hist_init(&merged);
	hist_init(&together);
	for (int p = 0; p < 3; p++)
		hist_init(&parts[p]);
	for (size_t i = 0; i < 30000; i++) {
		uint64_t value = i % 1000 == 7 ? TOP + i : values[i];

		hist_record(&parts[i % 3], value);
		hist_record(&together, value);
	}
	for (int p = 0; p < 3; p++)
		hist_merge(&merged, &parts[p]);
	assert_equal_hists(&merged, &together);
	hist_init(&parts[0]);
	hist_merge(&merged, &parts[0]);
	assert_equal_hists(&merged, &together);
	free(values);
}

static void quantiles_lie_within_one_percent_of_exact_ones(void **state)
{
	(void)state;
	enum { COUNT = 1000000 };
	static const double q[] = {
		0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999, 1};
	struct hist hist;
	uint64_t *values = log_normal_samples(COUNT, 20261121);

	hist_init(&hist);
	for (size_t i = 0; i < COUNT; i++)
		assert_true(hist_record(&hist, values[i]));
	qsort(values, COUNT, sizeof(*values), compare_values);
	for (size_t i = 0; i < sizeof(q) / sizeof(*q); i++) {
		double exact = (double)values[(size_t)ceil(q[i] * COUNT) - 1];
		double seen = (double)hist_quantile(&hist, q[i]);

		assert_true(seen >= exact);
		assert_true(seen <= exact * 1.01);
	}
	assert_true(hist_quantile(&hist, 0) == values[0]);
	assert_true(hist_quantile(&hist, 1) == values[COUNT - 1]);
	free(values);
}

/*
 * The vector of HdrHistogram's own tests without their correction: 10 000 values of 1000 and one of
 * 1e11 (below the top here). Rank 10 000 of 10 001 is the last 1000.
 */
static void one_stall_in_ten_thousand(void **state)
{
	(void)state;
	const uint64_t stall = UINT64_C(100000000000);
	struct hist hist;

	hist_init(&hist);
	for (int i = 0; i < 10000; i++)
		hist_record(&hist, 1000);
	assert_true(hist_record(&hist, stall));
	assert_true(hist.count == 10001);
	assert_true(hist_quantile(&hist, 0.5) == hist_upper(hist_index(1000)));
	assert_true(hist_quantile(&hist, 0.9999) == hist_upper(hist_index(1000)));
	assert_true(hist_quantile(&hist, 0.99999) == stall);
	assert_true(hist_quantile(&hist, 1) == stall);
	assert_true(hist_mean(&hist) == (10000 * 1000.0 + 1e11) / 10001);
}

static void quantile_ranks_are_exact_for_small_counts(void **state)
{
	(void)state;
	struct hist hist;

	hist_init(&hist);
	for (uint64_t value = 1; value <= 100; value++)
		hist_record(&hist, value);
	/* p % of 1..100 is p itself, also where p / 100 * 100 rounds up in binary. */
	for (uint64_t percent = 1; percent <= 100; percent++)
		assert_true(hist_quantile(&hist, (double)percent / 100) == percent);
	assert_true(hist_quantile(&hist, 0.005) == 1);
	assert_true(hist_quantile(&hist, 0.011) == 2);
	assert_true(hist_quantile(&hist, -1) == 1);
	assert_true(hist_quantile(&hist, 2) == 100);
	assert_true(hist_quantile(&hist, (double)NAN) == 1);
}

static void quantile_never_leaves_min_and_max(void **state)
{
	(void)state;
	struct hist hist;

	hist_init(&hist);
	hist_record(&hist, 1000001);
	assert_true(hist_upper(hist_index(1000001)) > 1000001);
	assert_true(hist_quantile(&hist, 0.5) == 1000001);
}

static void assert_scaled(const uint64_t *values, size_t count, double factor)
{
	static const double q[] = {0, 0.01, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1};
	struct hist from, direct, scaled;

	hist_init(&from);
	hist_init(&direct);
	for (size_t i = 0; i < count; i++) {
		hist_record(&from, values[i]);
		hist_record(&direct, (uint64_t)((double)values[i] * factor + 0.5));
	}
	hist_scale(&scaled, &from, factor);
	assert_true(scaled.count == direct.count && scaled.refused == 0);
	assert_true(scaled.min == direct.min && scaled.max == direct.max);
	assert_true(scaled.sum == from.sum * factor);
	for (size_t i = 0; i < sizeof(q) / sizeof(*q); i++) {
		double expected = (double)hist_quantile(&direct, q[i]);

		assert_true(fabs((double)hist_quantile(&scaled, q[i]) - expected) <=
			    1 + 0.016 * expected);
	}
}

static void scale_moves_every_value(void **state)
{
	(void)state;
	static const double factors[] = {0.001, 0.3703703, 0.4, 1, 1.0000001, 2.5, 1000};
	uint64_t *values = log_normal_samples(20000, 77);

	for (size_t i = 0; i < sizeof(factors) / sizeof(*factors); i++) {
		assert_scaled(values, 20000, factors[i]);
		assert_scaled(values, 1, factors[i]);
		assert_scaled(values, 2, factors[i]);
	}
	free(values);
}

/* The middle of bucket 1000..1003 lies below 1003, and must not become the minimum. */
static void scale_stays_between_the_extremes(void **state)
{
	(void)state;
	struct hist from, scaled;

	hist_init(&from);
	for (int i = 0; i < 5; i++)
		hist_record(&from, 1003);
	hist_scale(&scaled, &from, 1000);
	assert_true(scaled.min == 1003000 && scaled.max == 1003000 && scaled.count == 5);
	assert_true(scaled.bucket[hist_index(1003000)] == 5);
}

static void scale_by_one_changes_nothing_below_256(void **state)
{
	(void)state;
	struct hist from, scaled;

	hist_init(&from);
	for (uint64_t value = 3; value < 256; value += 2)
		hist_record(&from, value);
	hist_record(&from, TOP + 1);
	hist_scale(&scaled, &from, 1);
	assert_equal_hists(&scaled, &from);
	hist_init(&from);
	hist_scale(&scaled, &from, 0.4);
	assert_equal_hists(&scaled, &from);
}

static void scale_above_the_top_refuses(void **state)
{
	(void)state;
	struct hist from, scaled;

	hist_init(&from);
	hist_record(&from, 100);
	hist_record(&from, 100);
	hist_record(&from, TOP);
	hist_scale(&scaled, &from, 2);
	assert_true(scaled.count == 2 && scaled.refused == 1);
	assert_true(scaled.min == 200 && scaled.max == 200 && scaled.sum == 400);
	hist_scale(&scaled, &from, 1e30);
	assert_true(scaled.count == 0 && scaled.refused == 3);
	assert_true(scaled.min == UINT64_MAX && scaled.max == 0 && scaled.sum == 0);
}

static void share_and_quantile_between(void **state)
{
	(void)state;
	struct hist hist;

	hist_init(&hist);
	assert_true(hist_share(&hist, 5) == 0 && hist_quantile_between(&hist, 0.5) == 0);
	for (uint64_t value = 0; value < 100000; value++)
		hist_record(&hist, value);
	assert_true(hist_share(&hist, 9) == 10 / 100000.0);
	assert_true(hist_share(&hist, UINT64_MAX) == 1);
	/* Values that fill their buckets evenly come out exactly, far inside one bucket of 512. */
	for (double q = 0.1; q < 0.95; q += 0.0137)
		assert_true(fabs(hist_quantile_between(&hist, q) - q * 100000) < 1.01);
	assert_true(hist_quantile_between(&hist, 0) == 0);
	assert_true(hist_quantile_between(&hist, 2) == 99999);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(buckets_tile_the_range_at_most_one_percent_wide),
		cmocka_unit_test(empty_has_no_values),
		cmocka_unit_test(above_the_top_is_refused_and_counted),
		cmocka_unit_test(merge_equals_recording_together),
		cmocka_unit_test(quantiles_lie_within_one_percent_of_exact_ones),
		cmocka_unit_test(one_stall_in_ten_thousand),
		cmocka_unit_test(quantile_ranks_are_exact_for_small_counts),
		cmocka_unit_test(quantile_never_leaves_min_and_max),
		cmocka_unit_test(scale_moves_every_value),
		cmocka_unit_test(scale_stays_between_the_extremes),
		cmocka_unit_test(scale_by_one_changes_nothing_below_256),
		cmocka_unit_test(scale_above_the_top_refuses),
		cmocka_unit_test(share_and_quantile_between),
	};

	return cmocka_run_group_tests_name("hist", tests, NULL, NULL);
}
