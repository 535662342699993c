// SPDX-License-Identifier: BSD-2-Clause
/* compare_test.c: synthetic runs against themselves, against slower ones, strategy against strategy; table and JSON. */
#include "harness/report/compare.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "drivers/support/fault.h"
#include "harness/report/testing.h"

#define NEAR(a, b, tolerance) assert_true(fabs((a) - (b)) <= (tolerance))

static const struct compare_wish rates = {
	.metric = STORE_items_per_second, .limits = {.effect_min = 0.01, .p_max = 0.05}};

static struct store_run *run_with(uint64_t seed)
{
	struct testing_shape shape = TESTING_SHAPE;

	shape.seed = seed;
	shape.sizes = 4;
	shape.dirs = 1;
	return testing_run(&shape);
}

static void slow_down(struct store_run *run, double factor)
{
	for (uint32_t i = 0; i < run->cell_count; i++) {
		for (uint32_t s = 0; s < run->cell[i].sample_count; s++) {
			run->cell[i].sample[s].counter[STORE_items_per_second] /= factor;
			run->cell[i].sample[s].counter[STORE_lat_p99_ns] *= factor;
		}
	}
}

static struct compare compared(
	const struct store_run *a, const struct store_run *b, const struct compare_wish *wish)
{
	struct compare compare;

	assert_int_equal(compare_make(&compare, a, b, wish, NULL), 0);
	return compare;
}

static void a_run_is_not_unlike_itself(void **state)
{
	(void)state;
	struct store_run *run = run_with(1), *again = run_with(2);
	struct compare self = compared(run, run, &rates), other = compared(run, again, &rates);

	assert_int_equal(self.case_count, run->cell_count);
	assert_int_equal(self.only_a + self.only_b, 0);
	assert_int_equal(compare_count(&self, STATS_UNCLEAR), self.case_count);
	assert_int_equal(compare_count(&other, STATS_UNCLEAR), other.case_count);
	for (uint32_t i = 0; i < self.case_count; i++) {
		NEAR(self.cases[i].ratio.value, 1, 1e-12);
		assert_false(self.cases[i].paired);
		assert_true(self.cases[i].visible > 0.01);
	}
	compare_free(&self);
	compare_free(&other);
	testing_run_free(run);
	testing_run_free(again);
}

/* Halved rates are worse in every case, doubled latencies too; the other way round they are better. */
static void a_slower_run_is_worse(void **state)
{
	(void)state;
	const struct compare_wish tails = {.metric = STORE_lat_p99_ns, .limits = rates.limits};
	struct store_run *run = run_with(1), *slow = run_with(2);

	slow_down(slow, 2);
	struct compare rate = compared(run, slow, &rates), back = compared(slow, run, &rates);
	struct compare tail = compared(run, slow, &tails);

	assert_int_equal(compare_count(&rate, STATS_WORSE), rate.case_count);
	assert_int_equal(compare_count(&back, STATS_BETTER), back.case_count);
	assert_true(compare_count(&tail, STATS_WORSE) > 0 && !tail.more_is_better);
	assert_int_equal(compare_count(&tail, STATS_BETTER), 0);
	for (uint32_t i = 0; i < rate.case_count; i++) {
		NEAR(rate.cases[i].ratio.value, 0.5, 0.05);
		assert_true(rate.cases[i].p_adjusted >= rate.cases[i].p);
	}
	compare_free(&rate);
	compare_free(&back);
	compare_free(&tail);
	testing_run_free(run);
	testing_run_free(slow);
}

/* What a metric counts decides which way is better; of some neither is. */
static void every_metric_has_its_direction(void **state)
{
	(void)state;
	assert_true(compare_more_is_better(STORE_common_buffer_turns_per_second));
	assert_true(compare_more_is_better(STORE_requester_share_min));
	assert_false(compare_more_is_better(STORE_requester_share_max));
	assert_false(compare_more_is_better(STORE_common_buffer_peak_bytes));
	assert_false(compare_more_is_better(STORE_lat_p99_ns));
	assert_true(compare_judges(STORE_lat_p99_ns));
	assert_false(compare_judges(STORE_op_mean_bytes));
	/* Nothing that a rate is made of is called worse when it grows. */
	for (unsigned i = 0; i < STORE_COUNTER_COUNT; i++) {
		const enum store_counter metric = (enum store_counter)i;

		if (strstr(store_counter_name(metric), "_per_second"))
			assert_true(compare_more_is_better(metric) || !compare_judges(metric));
	}
}

/* packet-cached saves 1750 ns of packet's fixed 2900: far better at 64 bytes. */
static void strategies_are_paired_by_block(void **state)
{
	(void)state;
	struct compare_wish wish = rates;
	struct store_run *run = run_with(3);

	wish.strategy_a = "packet";
	wish.strategy_b = "packet-cached";
	struct compare compare = compared(run, run, &wish);

	assert_int_equal(compare.case_count, 4);
	assert_int_equal(compare.only_a + compare.only_b, 0);
	assert_int_equal(compare.cases[0].verdict, STATS_BETTER);
	NEAR(compare.cases[0].ratio.value, (2900 + 64 / 9.9) / (1150 + 6.4), 0.2);
	assert_true(compare.cases[0].paired && compare.cases[0].count_a == 9);
	/* A repetition that failed takes its pair with it. */
	for (uint32_t i = 0; i < run->cell_count; i++)
		if (strcmp(run->cell[i].params.strategy, "packet") == 0)
			run->cell[i].sample[4].failed = true;
	compare_free(&compare);
	compare = compared(run, run, &wish);
	assert_int_equal(compare.cases[0].count_a, 8);
	assert_int_equal(compare.cases[0].count_b, 8);
	compare_free(&compare);
	testing_run_free(run);
}

/*
 * Halved rates are worse, whatever their cost; what is smaller than the cost of measuring is unclear, of any metric that
 * is a time of one operation, and of no other. A case with a ledger bears more.
 */
static void what_measuring_costs_is_unclear(void **state)
{
	(void)state;
	struct compare_wish wish = rates;
	struct store_run *run = run_with(1), *slow = run_with(2);

	slow_down(slow, 2);
	wish.observer = (struct compare_observer){.plain_ns = 1e-3, .ledger_ns = 1e6};
	struct compare fine = compared(run, slow, &wish);
	const double fast_ns = 1e9 / fine.cases[0].median_a;

	assert_int_equal(compare_count(&fine, STATS_WORSE), fine.case_count);
	assert_int_equal(compare_hidden(&fine), 0);
	NEAR(fine.cases[0].floor, 1e-3 / fast_ns, 1e-12);

	/* Just above and just below the whole difference of the first case, which is its faster side's time. */
	wish.observer.plain_ns = 1.2 * fast_ns;
	struct compare above = compared(run, slow, &wish), back = compared(slow, run, &wish);

	wish.observer.plain_ns = 0.8 * fast_ns;
	struct compare below = compared(run, slow, &wish);

	assert_int_equal(above.cases[0].verdict, STATS_UNCLEAR);
	assert_true(above.cases[0].hidden && !above.cases[0].same);
	assert_true(back.cases[0].hidden);
	assert_true(above.cases[0].visible > 1.2);
	assert_int_equal(below.cases[0].verdict, STATS_WORSE);

	run->cell[0].sample[0].counter[STORE_phase_total_ns] = 1000;
	struct compare ledger = compared(run, slow, &wish);

	assert_true(ledger.cases[0].hidden && ledger.cases[0].floor > 1);
	wish.metric = STORE_common_buffer_peak_bytes;
	struct compare bytes = compared(run, slow, &wish);

	for (uint32_t i = 0; i < bytes.case_count; i++)
		NEAR(bytes.cases[i].floor, 0, 0);
	compare_free(&fine);
	compare_free(&above);
	compare_free(&back);
	compare_free(&below);
	compare_free(&ledger);
	compare_free(&bytes);
	testing_run_free(run);
	testing_run_free(slow);
}

static void too_few_repetitions_are_unclear(void **state)
{
	(void)state;
	struct testing_shape shape = TESTING_SHAPE;

	shape.repetitions = 3;
	shape.sizes = 1;
	struct store_run *run = testing_run(&shape), *slow = testing_run(&shape);

	slow_down(slow, 10);
	struct compare compare = compared(run, slow, &rates);

	assert_int_equal(compare_count(&compare, STATS_UNCLEAR), compare.case_count);
	compare_free(&compare);
	testing_run_free(run);
	testing_run_free(slow);
}

static void nothing_in_common_is_refused(void **state)
{
	(void)state;
	struct compare_wish wish = rates;
	struct store_run *run = run_with(1);
	struct compare compare;
	struct err err = ERR_INIT;

	wish.strategy_a = "packet";
	wish.strategy_b = "nobody's";
	assert_int_equal(compare_make(&compare, run, run, &wish, &err), -ENOENT);
	assert_int_equal(err.kind, ERR_USAGE);
	assert_null(compare.cases);
	testing_run_free(run);
}

static char *shown(const struct compare *compare)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	compare_table(compare, true, out);
	fclose(out);
	return text;
}

static void the_cost_of_measuring_is_shown(void **state)
{
	(void)state;
	struct compare_wish wish = rates;
	struct store_run *run = run_with(1), *slow = run_with(2);

	slow_down(slow, 2);
	wish.observer = (struct compare_observer){.plain_ns = 5e8, .ledger_ns = 6e8};
	struct compare compare = compared(run, slow, &wish);
	char *text = shown(&compare);
	json_t *json = compare_json(&compare);
	const json_t *first = json_array_get(json_object_get(json, "cases"), 0);

	assert_non_null(strstr(text, "measuring costs 500 ms an operation (600 ms with a ledger)"));
	assert_non_null(strstr(text, "unclear\033[0m, less than measuring costs"));
	assert_non_null(strstr(json_string_value(json_object_get(json, "sentence")),
		"smaller than what measuring an operation costs"));
	NEAR(json_real_value(json_object_get(json, "observer_ns")), 5e8, 0);
	NEAR(json_real_value(json_object_get(first, "floor")), compare.cases[0].floor, 0);
	assert_true(json_is_true(json_object_get(first, "within_observer")));
	json_decref(json);
	free(text);
	compare_free(&compare);
	testing_run_free(run);
	testing_run_free(slow);
}

static void table_and_json_tell_the_same(void **state)
{
	(void)state;
	struct store_run *run = run_with(1), *slow = run_with(2);

	slow_down(slow, 2);
	struct compare compare = compared(run, slow, &rates);
	char *text = shown(&compare);
	json_t *json = compare_json(&compare);
	const json_t *first = json_array_get(json_object_get(json, "cases"), 0);

	assert_non_null(strstr(text, "items_per_second, more is better"));
	assert_non_null(strstr(text, "\033[31mworse\033[0m"));
	assert_non_null(strstr(text, compare.cases[0].name));
	assert_non_null(strstr(text, "B is better in 0, worse in "));
	assert_int_equal(json_integer_value(json_object_get(json, "worse")), compare.case_count);
	assert_string_equal(json_string_value(json_object_get(first, "verdict")), "worse");
	NEAR(json_real_value(json_object_get(first, "ratio")), compare.cases[0].ratio.value, 0);
	assert_true(json_array_size(json_object_get(json, "cases")) == compare.case_count);
	json_decref(json);
	free(text);
	compare_free(&compare);
	testing_run_free(run);
	testing_run_free(slow);
}

static void no_memory_leaves_nothing(void **state)
{
	(void)state;
	struct store_run *run = run_with(1);
	unsigned failed = 0;

	for (unsigned nth = 1; nth < 40; nth++) {
		struct err err = ERR_INIT;
		struct compare compare;

		fault_arm(nth, false);
		int rc = compare_make(&compare, run, run, &rates, &err);

		/* Where the statistics had no memory the case is unclear, not an error. */
		if (rc) {
			assert_int_equal(rc, -ENOMEM);
			assert_int_equal(err.kind, ERR_MISSING);
			failed++;
		} else {
			assert_int_equal(
				compare_count(&compare, STATS_UNCLEAR), compare.case_count);
			compare_free(&compare);
		}
	}
	fault_arm(0, false);
	assert_true(failed >= 3);
	testing_run_free(run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_run_is_not_unlike_itself),
		cmocka_unit_test(a_slower_run_is_worse),
		cmocka_unit_test(every_metric_has_its_direction),
		cmocka_unit_test(strategies_are_paired_by_block),
		cmocka_unit_test(what_measuring_costs_is_unclear),
		cmocka_unit_test(too_few_repetitions_are_unclear),
		cmocka_unit_test(nothing_in_common_is_refused),
		cmocka_unit_test(the_cost_of_measuring_is_shown),
		cmocka_unit_test(table_and_json_tell_the_same),
		cmocka_unit_test(no_memory_leaves_nothing),
	};

	return cmocka_run_group_tests_name("compare", tests, NULL, NULL);
}
