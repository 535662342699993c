// SPDX-License-Identifier: BSD-2-Clause
/* gbench_test.c: the C face of Google Benchmark: registration, loops, time, counters, rows. */
#include "bench/gbench/gbench.h"

#include <errno.h>
#include <math.h>
#include <time.h>

#include "bench/gbench/testing.h"

static void count_setup(void *user)
{
	struct seen *seen = user;

	assert_int_equal(seen->setups, seen->bodies);
	assert_int_equal(seen->setups, seen->teardowns);
	seen->setups++;
}

static void count_teardown(void *user)
{
	struct seen *seen = user;

	seen->teardowns++;
	assert_int_equal(seen->teardowns, seen->setups);
	assert_int_equal(seen->teardowns, seen->bodies);
}

static void a_row_tells_name_arguments_and_context(void **state)
{
	(void)state;
	struct seen seen = {.batch = 1, .seconds = 1e-6};
	struct gbench_spec spec = {.body = batch_body,
		.user = &seen,
		.iterations = 3,
		.arg_count = 2,
		.arg = {4096, -7},
		.arg_name = {"size", NULL}};
	struct kept kept;

	add("copy/strategy:packet", &spec);
	memset(&spec, 0xff, sizeof(spec)); /* the specification was copied */
	assert_int_equal(run_filtered(&kept, NULL), 1);
	assert_int_equal(kept.rows, 1);
	assert_int_equal(kept.contexts, 1);
	assert_true(kept.context.cpus > 0);
	assert_string_equal(kept.row[0].name, "copy/strategy:packet/size:4096/-7");
	assert_string_equal(kept.row[0].label, "");
	assert_string_equal(kept.row[0].aggregate, "");
	assert_false(kept.row[0].row.error);
	assert_int_equal(seen.arg[0], 4096);
	assert_int_equal(seen.arg[1], -7);
	assert_int_equal(seen.arg[2], 0);
	assert_int_equal(seen.arg[GBENCH_ARGS_MAX], 0);
}

static void fixed_iterations_run_once_and_exactly(void **state)
{
	(void)state;
	struct seen seen = {.batch = 1, .seconds = 1e-9};
	const struct gbench_spec spec = {.body = batch_body, .user = &seen, .iterations = 1234};
	struct kept kept;

	add("fixed", &spec);
	run_filtered(&kept, NULL);
	assert_int_equal(seen.bodies, 1);
	assert_int_equal(seen.done, 1234);
	assert_int_equal(seen.max, 1234);
	assert_int_equal(kept.row[0].row.iterations, 1234);
}

static void calibrated_iterations_reach_the_time_asked_for(void **state)
{
	(void)state;
	struct seen seen = {.batch = 1, .seconds = 1e-4};
	const struct gbench_spec spec = {.body = batch_body, .user = &seen, .min_seconds = 0.05};
	struct kept kept;

	add("calibrated", &spec);
	run_filtered(&kept, NULL);
	assert_true(seen.bodies > 1);
	assert_int_equal(kept.rows, 1);
	assert_true(kept.row[0].row.iterations >= 500);
	assert_true(fabs(kept.row[0].row.real_time_ns - 1e5) < 1e2);
}

static void a_batch_that_does_not_divide_is_counted_whole(void **state)
{
	(void)state;
	const struct {
		uint64_t iterations, batch, calls;
	} cases[] = {{100, 7, 15}, {1, 64, 1}, {64, 64, 1}, {65, 64, 2}, {10, 1, 10}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct seen seen = {.batch = cases[i].batch, .seconds = 1e-6};
		const struct gbench_spec spec = {
			.body = batch_body, .user = &seen, .iterations = cases[i].iterations};
		struct kept kept;

		add("batch", &spec);
		run_filtered(&kept, NULL);
		assert_int_equal(seen.calls, cases[i].calls);
		assert_int_equal(kept.row[0].row.iterations, seen.done);
		assert_true(fabs(kept.row[0].row.real_time_ns * (double)seen.done -
				    1e3 * (double)seen.calls) < 1e-3 * 1e3 * (double)seen.calls);
		gbench_clear();
	}
}

static void manual_time_is_what_was_set(void **state)
{
	(void)state;
	const double seconds[] = {3e-9, 1.25e-3, 17.0};

	for (size_t i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++) {
		struct seen seen = {.batch = 10, .seconds = seconds[i]};
		const struct gbench_spec spec = {
			.body = batch_body, .user = &seen, .iterations = 1000};
		struct kept kept;

		add("manual", &spec);
		run_filtered(&kept, NULL);
		const double want_ns = seconds[i] * 1e9 / 10;

		assert_true(fabs(kept.row[0].row.real_time_ns - want_ns) <= 1e-3 * want_ns);
		gbench_clear();
	}
}

static void sleeping_body(struct gbench_state *state, void *user)
{
	(void)user;
	while (gbench_next(state, 1))
		nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
	gbench_set_bytes(state, 1000000);
	gbench_set_items(state, 10);
}

static void real_time_counts_waiting_and_rates_divide_by_it(void **state)
{
	(void)state;
	const struct gbench_spec spec = {
		.body = sleeping_body, .time = GBENCH_REAL_TIME, .iterations = 10};
	struct kept kept;

	add("sleeping", &spec);
	run_filtered(&kept, NULL);
	const double seconds = kept.row[0].row.real_time_ns * 10 / 1e9;

	/* CPU time of a sleeping loop is a small part of this. */
	assert_true(seconds >= 0.02);
	assert_true(kept.row[0].row.cpu_time_ns < kept.row[0].row.real_time_ns / 2);
	assert_true(fabs(kept_counter(&kept.row[0], "bytes_per_second") * seconds - 1e6) < 1e3);
	assert_true(fabs(kept_counter(&kept.row[0], "items_per_second") * seconds - 10) < 1e-2);
}

static void counter_body(struct gbench_state *state, void *user)
{
	(void)user;
	while (gbench_next(state, 5))
		gbench_set_seconds(state, 0.25);
	gbench_set_counter(state, "plain", 42.5, GBENCH_COUNTER_PLAIN);
	gbench_set_counter(state, "rate", 100, GBENCH_COUNTER_RATE);
	gbench_set_counter(state, "each", 100, GBENCH_COUNTER_PER_ITERATION);
	gbench_set_counter(state, "both", 100, GBENCH_COUNTER_RATE | GBENCH_COUNTER_PER_ITERATION);
	gbench_set_counter(state, "nan", (double)NAN, GBENCH_COUNTER_PLAIN);
	gbench_set_counter(state, "infinite", (double)INFINITY, GBENCH_COUNTER_RATE);
	gbench_set_label(state, "with a label");
}

static void counters_follow_their_flags_and_are_finite(void **state)
{
	(void)state;
	const struct gbench_spec spec = {.body = counter_body, .iterations = 20};
	struct kept kept;

	add("counters", &spec);
	run_filtered(&kept, NULL);
	const struct kept_row *row = &kept.row[0];

	/* 4 batches of 0.25 s: 1 s measured, 20 iterations. */
	assert_int_equal(row->row.counter_count, 4);
	assert_true(fabs(kept_counter(row, "plain") - 42.5) < 1e-9);
	assert_true(fabs(kept_counter(row, "rate") - 100) < 1e-9);
	assert_true(fabs(kept_counter(row, "each") - 5) < 1e-9);
	assert_true(fabs(kept_counter(row, "both") - 5) < 1e-9);
	assert_string_equal(row->label, "with a label");
}

static void no_time_body(struct gbench_state *state, void *user)
{
	(void)user;
	while (gbench_next(state, 1))
		;
	gbench_set_items(state, 1);
}

static void a_rate_over_no_time_is_left_out(void **state)
{
	(void)state;
	const struct gbench_spec spec = {.body = no_time_body, .iterations = 1};
	struct kept kept;

	add("no time", &spec);
	run_filtered(&kept, NULL);
	assert_int_equal(kept.row[0].row.counter_count, 0);
}

static void setup_and_teardown_frame_every_trial(void **state)
{
	(void)state;
	struct seen seen = {.batch = 1, .seconds = 1e-6}, failed = {0};
	const struct gbench_spec spec = {.body = batch_body,
		.setup = count_setup,
		.teardown = count_teardown,
		.user = &seen,
		.iterations = 10,
		.repetitions = 4};
	const struct gbench_spec failing = {.body = failing_body,
		.setup = count_setup,
		.teardown = count_teardown,
		.user = &failed,
		.iterations = 10};
	struct kept kept;

	add("framed", &spec);
	add("framed and failing", &failing);
	run_filtered(&kept, NULL);
	assert_int_equal(seen.setups, 4);
	assert_int_equal(seen.teardowns, 4);
	assert_int_equal(failed.setups, 1);
	assert_int_equal(failed.teardowns, 1);
}

static void repetitions_come_as_rows_and_aggregates(void **state)
{
	(void)state;
	struct seen seen = {.batch = 1, .seconds = 2e-6};
	const struct gbench_spec spec = {
		.body = batch_body, .user = &seen, .iterations = 10, .repetitions = 3};
	struct kept kept;
	unsigned aggregates = 0;

	add("repeated", &spec);
	assert_int_equal(run_filtered(&kept, NULL), 1);
	assert_int_equal(seen.bodies, 3);
	for (unsigned i = 0; i < kept.rows; i++) {
		const struct kept_row *row = &kept.row[i];

		assert_string_equal(row->name, "repeated");
		if (row->aggregate[0] == '\0') {
			assert_int_equal(row->row.repetition, i);
			continue;
		}
		aggregates++;
		if (strcmp(row->aggregate, "mean") == 0 || strcmp(row->aggregate, "median") == 0)
			assert_true(fabs(row->row.real_time_ns - 2000) < 2);
		if (strcmp(row->aggregate, "cv") == 0)
			assert_true(fabs(row->row.real_time_ns) < 1e-3);
	}
	assert_true(aggregates >= 3);
	assert_int_equal(kept.rows, 3 + aggregates);
}

static void a_filter_selects_in_order_of_registration(void **state)
{
	(void)state;
	struct seen seen = {.batch = 1, .seconds = 1e-6};
	const struct gbench_spec spec = {.body = batch_body, .user = &seen, .iterations = 1};
	const struct gbench_reporter reporter = {.row = keep_row};
	struct err err = ERR_INIT;
	struct kept kept;

	add("ring/batch:8", &spec);
	add("lock/size:64", &spec);
	add("ring/batch:1", &spec);
	assert_int_equal(run_filtered(&kept, "^ring/"), 2);
	assert_string_equal(kept.row[0].name, "ring/batch:8");
	assert_string_equal(kept.row[1].name, "ring/batch:1");
	assert_int_equal(run_filtered(&kept, "no such"), 0);
	assert_int_equal(kept.rows, 0);
	assert_int_equal(run_filtered(&kept, NULL), 3);
	assert_int_equal(gbench_run("ring(", &reporter, &err), -EINVAL);
	assert_int_equal(err.kind, ERR_USAGE);
	assert_non_null(strstr(err.message, "ring("));
}

static void clearing_forgets_and_a_second_run_is_fresh(void **state)
{
	(void)state;
	struct seen first = {.batch = 1, .seconds = 1e-6}, second = {.batch = 1, .seconds = 5e-6};
	struct gbench_spec spec = {.body = batch_body, .user = &first, .iterations = 4};
	struct kept kept;

	add("same name", &spec);
	run_filtered(&kept, NULL);
	gbench_clear();
	assert_int_equal(run_filtered(&kept, NULL), 0);
	spec.user = &second;
	add("same name", &spec);
	assert_int_equal(run_filtered(&kept, NULL), 1);
	assert_int_equal(first.bodies, 1);
	assert_int_equal(second.bodies, 1);
	assert_true(fabs(kept.row[0].row.real_time_ns - 5000) < 5);
	gbench_close();
	assert_int_equal(gbench_run(NULL, NULL, NULL), -EIO);
	assert_int_equal(gbench_open(NULL), 0);
	assert_int_equal(run_filtered(&kept, NULL), 0);
}

static void bad_specifications_are_refused(void **state)
{
	(void)state;
	const struct gbench_spec good = {.body = batch_body, .iterations = 1};
	struct gbench_spec bad[4] = {good, good, good, good};
	struct err err = ERR_INIT;

	bad[0].body = NULL;
	bad[1].arg_count = GBENCH_ARGS_MAX + 1;
	bad[2].iterations = UINT64_MAX;
	bad[3].min_seconds = (double)NAN;
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(gbench_register("bad", &bad[i], NULL), -EINVAL);
	assert_int_equal(gbench_register("", &good, NULL), -EINVAL);
	assert_int_equal(gbench_register(NULL, &good, &err), -EINVAL);
	assert_int_equal(err.kind, ERR_INTERNAL);
	assert_non_null(strstr(err.message, "without a name"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_row_tells_name_arguments_and_context, clear),
		cmocka_unit_test_teardown(fixed_iterations_run_once_and_exactly, clear),
		cmocka_unit_test_teardown(calibrated_iterations_reach_the_time_asked_for, clear),
		cmocka_unit_test_teardown(a_batch_that_does_not_divide_is_counted_whole, clear),
		cmocka_unit_test_teardown(manual_time_is_what_was_set, clear),
		cmocka_unit_test_teardown(real_time_counts_waiting_and_rates_divide_by_it, clear),
		cmocka_unit_test_teardown(counters_follow_their_flags_and_are_finite, clear),
		cmocka_unit_test_teardown(a_rate_over_no_time_is_left_out, clear),
		cmocka_unit_test_teardown(setup_and_teardown_frame_every_trial, clear),
		cmocka_unit_test_teardown(repetitions_come_as_rows_and_aggregates, clear),
		cmocka_unit_test_teardown(a_filter_selects_in_order_of_registration, clear),
		cmocka_unit_test_teardown(clearing_forgets_and_a_second_run_is_fresh, clear),
		cmocka_unit_test_teardown(bad_specifications_are_refused, clear),
	};

	return cmocka_run_group_tests_name("gbench", tests, open_library, close_library);
}
