// SPDX-License-Identifier: BSD-2-Clause
/*
 * count_test.c: cases counted on the model: the same figures every time, whatever else is counted; what counts and what does
 * not, by a hook that counts how often it is asked; which cases can be counted; set-up that fails.
 */
#include "bench/cases/testing.h"

#include <errno.h>
#include <math.h>

#include "drivers/support/host.h"

#define COUNTED                                                                                    \
	"family", "ring,sg,lock,churn", "size", "16k", "batch", "1,4", "dir", "to_device",         \
		"churn.allocations", "200"

/* Tells the stretches that counted instead of instructions, and that nothing is wrong with their order. */
struct stretches {
	bool on;
	uint64_t count;
	int fails; /* the trial whose figure cannot be told, from 1; 0: none */
	int takes;
};

static void stretches_collect(void *arg, bool on)
{
	struct stretches *stretches = arg;

	assert_int_not_equal(stretches->on, on);
	stretches->on = on;
	stretches->count += on;
}

static int stretches_take(void *arg, uint64_t *instructions, struct err *err)
{
	struct stretches *stretches = arg;

	assert_false(stretches->on);
	if (++stretches->takes == stretches->fails)
		return err_set(err, ERR_INTERNAL, -EIO, "no figure");
	*instructions = stretches->count;
	stretches->count = 0;
	return 0;
}

static struct run_counts counted(struct run_plan *plan, struct stretches *stretches)
{
	const struct run_count_hooks with = {
		.arg = stretches, .collect = stretches_collect, .take = stretches_take};
	struct run_counts counts;
	struct err err = ERR_INIT;

	if (run_count(plan, stretches ? &with : NULL, &counts, &err))
		fail_msg("%s:%d: %s", err.file, err.line, err.message);
	assert_null(host_ops);
	return counts;
}

static void equal_programs_give_equal_figures(void **state)
{
	struct stretches stretches = {.count = 0};
	struct run_plan *plan = PLANNED(COUNTED);
	struct run_counts first = counted(plan, &stretches), again = counted(plan, &stretches);

	(void)state;
	assert_int_equal(run_countable(plan), run_plan_cells(plan));
	assert_int_equal(first.count, run_plan_cells(plan));
	assert_int_equal(again.count, first.count);
	for (size_t i = 0; i < first.count; i++) {
		assert_string_equal(first.item[i].name, run_plan_cell_name(plan, i));
		assert_string_equal(again.item[i].name, first.item[i].name);
		assert_true(first.item[i].virtual_ns_per_op > 0);
		assert_true(again.item[i].virtual_ns_per_op == first.item[i].virtual_ns_per_op);
		assert_true(again.item[i].instructions_per_op == first.item[i].instructions_per_op);
	}
	run_counts_free(&first);
	run_counts_free(&again);
	run_plan_free(plan);
}

/* A figure is of its case alone, with others around it or none. */
static void a_case_does_not_depend_on_others(void **state)
{
	struct run_plan *all = PLANNED(COUNTED);
	struct run_plan *alone = PLANNED("family", "ring", "batch", "4");
	struct run_counts among = counted(all, NULL), one = counted(alone, NULL);
	const struct run_counted *same = run_counts_find(&among, one.item[0].name);

	(void)state;
	assert_int_equal(one.count, 1);
	assert_non_null(same);
	assert_true(same->virtual_ns_per_op == one.item[0].virtual_ns_per_op);
	/* Nobody told instructions. */
	assert_true(isnan(same->instructions_per_op));
	assert_null(run_counts_find(&among, "ring/batch:5"));
	assert_null(run_counts_find(NULL, "ring/batch:4"));
	run_counts_free(&among);
	run_counts_free(&one);
	run_plan_free(all);
	run_plan_free(alone);
}

/*
 * A lock and its unlock meet nobody but the two readings of the clock around them: two stretches an operation. A descriptor's
 * batch costs the same number of meetings whatever its size, but for each descriptor's own.
 */
static void counting_stands_still_where_the_device_is_met(void **state)
{
	struct stretches stretches = {.count = 0};
	struct run_plan *plan = PLANNED(
		"family", "lock,ring", "size", "16k", "batch", "1,4", "dir", "to_device");
	struct run_counts counts = counted(plan, &stretches);
	const struct run_counted *lock = run_counts_find(&counts, "lock/dir:to_device/size:16384"),
				 *one = run_counts_find(&counts, "ring/batch:1"),
				 *four = run_counts_find(&counts, "ring/batch:4");

	(void)state;
	assert_true(lock && one && four);
	assert_true(lock->instructions_per_op == 2);
	/* Locks to post and to reap, a doorbell, the clock: no second look at a device that is done. */
	assert_true(one->instructions_per_op > 4 && one->instructions_per_op < 20);
	assert_true(four->instructions_per_op < one->instructions_per_op);
	run_counts_free(&counts);
	run_plan_free(plan);
}

/* A trial is timed on the real device as if nothing had been counted, and its samples keep the counts. */
static void samples_keep_what_was_counted(void **state)
{
	struct stretches stretches = {.count = 0};
	struct run_plan *plan = PLANNED("family", "lock", "size", "4k,16k", "dir", "to_device");
	struct run_counts counts = counted(plan, &stretches);
	struct run_hooks with = hooks;

	(void)state;
	counts.count--; /* the second case was not */
	with.counts = &counts;
	struct store_run *run = stored(plan, &with);

	expect_clean(run);
	assert_int_equal(run->cell_count, 2);
	for (uint32_t i = 0; i < run->cell[0].sample_count; i++) {
		const double *c = run->cell[0].sample[i].counter;

		expect_sample(&run->cell[0].sample[i]);
		assert_true(c[STORE_instructions_per_op] == 2);
		assert_true(c[STORE_virtual_ns_per_op] == counts.item[0].virtual_ns_per_op);
		assert_true(isnan(run->cell[1].sample[i].counter[STORE_instructions_per_op]));
	}
	store_run_free(run);
	counts.count++;
	run_counts_free(&counts);
}

static void what_needs_a_clock_or_pages_is_not_counted(void **state)
{
	static const char *const rows[][4] = {
		{"family", "transfer"},
		{"cache", "cold"},
		{"ledger", "on"},
		{"device.freeze", "1ms"},
		{"device.fault", "drop"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *pairs[] = {"family", "lock,transfer", "strategy", "packet", "size",
			"4k", "device.fault_rate", "0.5", rows[i][0], rows[i][1], NULL};
		struct run_plan *plan = NULL;
		struct err err = ERR_INIT;

		/* What is refused as a plan is not counted either. */
		if (planned(&plan, bench_cases, pairs, &err))
			continue;
		struct run_counts counts = counted(plan, NULL);

		assert_int_equal(run_countable(plan), 0);
		assert_int_equal(counts.count, 0);
		run_counts_free(&counts);
		run_plan_free(plan);
	}
}

static void a_figure_that_cannot_be_told_is_an_error(void **state)
{
	(void)state;
	for (int trial = 1; trial <= 3; trial++) {
		struct stretches stretches = {.fails = trial};
		const struct run_count_hooks with = {
			.arg = &stretches, .collect = stretches_collect, .take = stretches_take};
		struct run_plan *plan = PLANNED("family", "sg", "size", "4k", "dir", "to_device");
		struct run_counts counts;
		struct err err = ERR_INIT;

		assert_int_equal(run_count(plan, &with, &counts, &err), -EIO);
		assert_string_equal(err.message, "no figure");
		assert_int_equal(counts.count, 0);
		assert_null(host_ops);
		run_plan_free(plan);
	}
}

/* All of the set-up; of the trials, where the same points come again and again, ever fewer. */
static void every_failing_step_leaves_nothing(void **state)
{
	bool fired = true;
	unsigned failed = 0;

	(void)state;
	for (unsigned nth = 1; fired; nth += 1 + nth / 32) {
		struct run_plan *plan = PLANNED(
			"family", "churn", "size", "4k", "churn.allocations", "200");
		struct run_counts counts;
		struct err err = ERR_INIT;

		fault_arm(nth, false);
		int rc = run_count(plan, NULL, &counts, &err);

		fired = fault_fired() != NULL;
		fault_arm(0, false);
		/* A driver may do without what it was refused. */
		assert_true(fired || rc == 0);
		assert_int_equal(rc != 0, err.kind != ERR_NONE);
		failed += rc != 0;
		assert_null(host_ops);
		run_counts_free(&counts);
		run_plan_free(plan);
	}
	print_message("%u failed\n", failed);
	assert_true(failed > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_programs_give_equal_figures),
		cmocka_unit_test(a_case_does_not_depend_on_others),
		cmocka_unit_test(counting_stands_still_where_the_device_is_met),
		cmocka_unit_test(samples_keep_what_was_counted),
		cmocka_unit_test(what_needs_a_clock_or_pages_is_not_counted),
		cmocka_unit_test(a_figure_that_cannot_be_told_is_an_error),
		cmocka_unit_test(every_failing_step_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
