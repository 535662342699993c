// SPDX-License-Identifier: BSD-2-Clause
/* gbench_test.c: the C face of Google Benchmark: what it times, counts, reports, and what it must not let out. */
#include "bench/gbench/gbench.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "drivers/support/fault.h"

#define ROWS_MAX 16

struct kept_row {
	char name[128], label[64], aggregate[16], error_message[128];
	struct gbench_row row;
	char counter_name[GBENCH_COUNTERS_MAX][32];
};

struct kept {
	unsigned rows, contexts;
	struct gbench_context context;
	struct kept_row row[ROWS_MAX];
};

static void keep_context(void *arg, const struct gbench_context *context)
{
	struct kept *kept = arg;

	kept->contexts++;
	kept->context = *context;
}

static void keep_row(void *arg, const struct gbench_row *row)
{
	struct kept *kept = arg;

	assert_true(kept->rows < ROWS_MAX);
	struct kept_row *out = &kept->row[kept->rows++];

	out->row = *row;
	snprintf(out->name, sizeof(out->name), "%s", row->name);
	snprintf(out->label, sizeof(out->label), "%s", row->label);
	snprintf(
		out->aggregate, sizeof(out->aggregate), "%s", row->aggregate ? row->aggregate : "");
	snprintf(out->error_message, sizeof(out->error_message), "%s", row->error_message);
	for (unsigned i = 0; i < row->counter_count; i++)
		snprintf(out->counter_name[i], sizeof(out->counter_name[i]), "%s",
			row->counter[i].name);
}

static double kept_counter(const struct kept_row *row, const char *name)
{
	for (unsigned i = 0; i < row->row.counter_count; i++) {
		if (strcmp(row->counter_name[i], name) == 0)
			return row->row.counter[i].value;
	}
	return NAN;
}

static int run_filtered(struct kept *kept, const char *filter)
{
	const struct gbench_reporter reporter = {
		.arg = kept, .context = keep_context, .row = keep_row};
	struct err err = ERR_INIT;
	int rc;

	memset(kept, 0, sizeof(*kept));
	rc = gbench_run(filter, &reporter, &err);
	if (rc < 0)
		fail_msg("gbench_run: %s", err.message);
	return rc;
}

static void add(const char *name, const struct gbench_spec *spec)
{
	struct err err = ERR_INIT;

	if (gbench_register(name, spec, &err))
		fail_msg("gbench_register: %s", err.message);
}

/* What bodies leave behind for the tests. */
struct seen {
	unsigned setups, bodies, teardowns;
	uint64_t batch, done, calls, max;
	double seconds;
	int64_t arg[GBENCH_ARGS_MAX + 1];
};

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

static void batch_body(struct gbench_state *state, void *user)
{
	struct seen *seen = user;

	seen->bodies++;
	seen->done = 0;
	seen->calls = 0;
	seen->max = gbench_max_iterations(state);
	for (unsigned i = 0; i <= GBENCH_ARGS_MAX; i++)
		seen->arg[i] = gbench_arg(state, i);
	while (gbench_next(state, seen->batch)) {
		seen->done += seen->batch;
		seen->calls++;
		gbench_set_seconds(state, seen->seconds);
	}
}

static int clear(void **state)
{
	(void)state;
	gbench_clear();
	return 0;
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
	gbench_set_counter(state, "nan", NAN, GBENCH_COUNTER_PLAIN);
	gbench_set_counter(state, "infinite", INFINITY, GBENCH_COUNTER_RATE);
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

static void failing_body(struct gbench_state *state, void *user)
{
	struct seen *seen = user;

	seen->bodies++;
	while (gbench_next(state, 1)) {
		if (++seen->done == 3) {
			gbench_fail(state, "byte 7: expected 0x12, found 0x34");
			gbench_fail(state, "a later one");
			break;
		}
	}
	assert_false(gbench_next(state, 1));
}

static void early_fail_body(struct gbench_state *state, void *user)
{
	(void)user;
	gbench_fail(state, "no device");
	assert_false(gbench_next(state, 1));
}

static void idle_body(struct gbench_state *state, void *user)
{
	(void)state;
	(void)user;
}

static void short_body(struct gbench_state *state, void *user)
{
	(void)user;
	gbench_next(state, 1);
}

static void greedy_body(struct gbench_state *state, void *user)
{
	(void)user;
	while (gbench_next(state, 1))
		gbench_set_seconds(state, 1e-6);
	assert_false(gbench_next(state, 1));
	assert_false(gbench_next(state, 100));
}

static void zero_batch_body(struct gbench_state *state, void *user)
{
	(void)user;
	assert_false(gbench_next(state, 0));
}

static void bad_seconds_body(struct gbench_state *state, void *user)
{
	(void)user;
	while (gbench_next(state, 1))
		gbench_set_seconds(state, NAN);
}

static void a_failed_trial_is_a_row_with_the_first_error(void **state)
{
	(void)state;
	struct seen seen = {0};
	const struct gbench_spec failing = {.body = failing_body, .user = &seen, .iterations = 10};
	const struct gbench_spec early = {.body = early_fail_body, .iterations = 10};
	const struct gbench_spec bad_seconds = {.body = bad_seconds_body, .iterations = 2};
	struct kept kept;

	add("failing", &failing);
	add("early", &early);
	add("bad seconds", &bad_seconds);
	assert_int_equal(run_filtered(&kept, NULL), 3);
	assert_int_equal(kept.rows, 3);
	assert_true(kept.row[0].row.error && kept.row[1].row.error && kept.row[2].row.error);
	assert_string_equal(kept.row[0].error_message, "byte 7: expected 0x12, found 0x34");
	assert_string_equal(kept.row[1].error_message, "no device");
	assert_string_equal(kept.row[2].error_message, "the measured time is not a time");
	assert_int_equal(seen.done, 3);
}

/* The library aborts the process for each of these; here they fail the trial. */
static void a_body_that_breaks_the_loop_rules_fails_its_trial(void **state)
{
	(void)state;
	const struct gbench_spec idle = {.body = idle_body, .iterations = 1};
	const struct gbench_spec brief = {.body = short_body, .iterations = 2};
	const struct gbench_spec zero = {.body = zero_batch_body, .iterations = 2};
	const struct gbench_spec greedy = {.body = greedy_body, .iterations = 2};
	struct kept kept;

	add("idle", &idle);
	add("short", &brief);
	add("zero", &zero);
	add("greedy", &greedy);
	run_filtered(&kept, NULL);
	assert_int_equal(kept.rows, 4);
	assert_string_equal(
		kept.row[0].error_message, "the body returned before all iterations were done");
	assert_string_equal(
		kept.row[1].error_message, "the body returned before all iterations were done");
	assert_string_equal(kept.row[2].error_message, "a batch needs one iteration at least");
	assert_false(kept.row[3].row.error);
	assert_int_equal(kept.row[3].row.iterations, 2);
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
	const struct gbench_spec good = {.body = idle_body, .iterations = 1};
	struct gbench_spec bad[4] = {good, good, good, good};
	struct err err = ERR_INIT;

	bad[0].body = NULL;
	bad[1].arg_count = GBENCH_ARGS_MAX + 1;
	bad[2].iterations = UINT64_MAX;
	bad[3].min_seconds = NAN;
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(gbench_register("bad", &bad[i], NULL), -EINVAL);
	assert_int_equal(gbench_register("", &good, NULL), -EINVAL);
	assert_int_equal(gbench_register(NULL, &good, &err), -EINVAL);
	assert_int_equal(err.kind, ERR_INTERNAL);
	assert_non_null(strstr(err.message, "without a name"));
}

static void nothing_is_printed(void **state)
{
	(void)state;
	struct seen seen = {.batch = 1, .seconds = 1e-6};
	const struct gbench_spec spec = {.body = batch_body, .user = &seen, .iterations = 1};
	const struct gbench_spec failing = {.body = failing_body, .user = &seen, .iterations = 10};
	char path[] = "/tmp/gbench_test.XXXXXX", text[64];
	const int file = mkstemp(path), out = dup(STDOUT_FILENO), errors = dup(STDERR_FILENO);
	struct kept kept;

	assert_true(file >= 0 && out >= 0 && errors >= 0);
	fflush(NULL);
	dup2(file, STDOUT_FILENO);
	dup2(file, STDERR_FILENO);
	gbench_close();
	gbench_open(NULL);
	add("silent", &spec);
	add("silent failure", &failing);
	run_filtered(&kept, NULL);
	gbench_clear();
	run_filtered(&kept, "matches nothing");
	fflush(NULL);
	dup2(out, STDOUT_FILENO);
	dup2(errors, STDERR_FILENO);
	const ssize_t len = pread(file, text, sizeof(text) - 1, 0);

	text[len > 0 ? len : 0] = '\0';
	assert_string_equal(text, "");
	close(file);
	close(out);
	close(errors);
	unlink(path);
}

/* main sets these variables before the library reads them: they must change nothing. */
static void the_environment_changes_nothing(void **state)
{
	(void)state;
	struct seen seen = {.batch = 1, .seconds = 1e-6};
	const struct gbench_spec spec = {.body = batch_body, .user = &seen, .iterations = 5};
	struct kept kept;

	assert_string_equal(getenv("BENCHMARK_REPETITIONS"), "3");
	add("environment", &spec);
	assert_int_equal(run_filtered(&kept, NULL), 1);
	assert_int_equal(seen.bodies, 1);
	assert_int_equal(kept.rows, 1);
	assert_int_equal(kept.row[0].row.iterations, 5);
}

static void the_version_is_told(void **state)
{
	(void)state;
	int major = 0, minor = 0;

	assert_int_equal(sscanf(gbench_version(), "%d.%d", &major, &minor), 2);
	assert_int_equal(major, 1);
	assert_true(minor >= 6);
}

#ifdef FAULT_POINTS

static void many_changes_body(struct gbench_state *state, void *user)
{
	(void)user;
	while (gbench_next(state, 1))
		gbench_set_seconds(state, 1e-6);
	gbench_set_counter(state, "counter", 1, GBENCH_COUNTER_PLAIN);
	gbench_set_label(state, "label");
}

static int scenario(struct kept *kept, struct err *err)
{
	const struct gbench_spec spec = {.body = many_changes_body, .iterations = 1};
	const struct gbench_reporter reporter = {.arg = kept, .row = keep_row};
	int rc;

	memset(kept, 0, sizeof(*kept));
	rc = gbench_open(err);
	if (!rc)
		rc = gbench_register("scenario", &spec, err);
	if (!rc)
		rc = gbench_run(NULL, &reporter, err);
	gbench_close();
	return rc;
}

static void no_exception_leaves_the_module(void **state)
{
	(void)state;
	unsigned nth, errors = 0, failed_trials = 0;
	struct kept kept;

	gbench_close();
	for (nth = 1; nth < 50; nth++) {
		struct err err = ERR_INIT;

		fault_arm(nth, false);
		const int rc = scenario(&kept, &err);
		const bool fired = fault_fired() != NULL;

		fault_arm(0, false);
		if (!fired) {
			assert_int_equal(rc, 1);
			assert_int_equal(kept.rows, 1);
			assert_false(kept.row[0].row.error);
			break;
		}
		if (rc < 0) {
			errors++;
			assert_int_equal(rc, -ENOMEM);
			assert_int_equal(err.kind, ERR_MISSING);
			assert_non_null(strstr(err.message, "memory"));
		} else {
			failed_trials++;
			assert_int_equal(kept.rows, 1);
			assert_true(kept.row[0].row.error);
			assert_true(kept.row[0].error_message[0] != '\0');
		}
	}
	assert_int_equal(errors, 3);	    /* open, register, run */
	assert_int_equal(failed_trials, 3); /* the body, a counter, a label */
	assert_int_equal(gbench_open(NULL), 0);
}

#endif

static int open_library(void **state)
{
	(void)state;
	return gbench_open(NULL);
}

static int close_library(void **state)
{
	(void)state;
	gbench_close();
	gbench_close(); /* harmless twice */
	return 0;
}

int main(int argc, char **argv)
{
	(void)argc;
	/* The library reads the environment before main: start over with variables that would disturb it. */
	if (!getenv("BENCHMARK_REPETITIONS")) {
		setenv("BENCHMARK_REPETITIONS", "3", 1);
		setenv("BENCHMARK_LIST_TESTS", "true", 1);
		setenv("BENCHMARK_OUT", "/nonexistent/out.json", 1);
		setenv("BENCHMARK_FORMAT", "nonsense", 1);
		setenv("BENCHMARK_FILTER", "nothing", 1);
		setenv("BENCHMARK_MIN_WARMUP_TIME", "1", 1);
		execv("/proc/self/exe", argv);
		perror("execv");
		return 1;
	}
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_row_tells_name_arguments_and_context, clear),
		cmocka_unit_test_teardown(fixed_iterations_run_once_and_exactly, clear),
		cmocka_unit_test_teardown(calibrated_iterations_reach_the_time_asked_for, clear),
		cmocka_unit_test_teardown(a_batch_that_does_not_divide_is_counted_whole, clear),
		cmocka_unit_test_teardown(manual_time_is_what_was_set, clear),
		cmocka_unit_test_teardown(real_time_counts_waiting_and_rates_divide_by_it, clear),
		cmocka_unit_test_teardown(counters_follow_their_flags_and_are_finite, clear),
		cmocka_unit_test_teardown(a_rate_over_no_time_is_left_out, clear),
		cmocka_unit_test_teardown(a_failed_trial_is_a_row_with_the_first_error, clear),
		cmocka_unit_test_teardown(a_body_that_breaks_the_loop_rules_fails_its_trial, clear),
		cmocka_unit_test_teardown(setup_and_teardown_frame_every_trial, clear),
		cmocka_unit_test_teardown(repetitions_come_as_rows_and_aggregates, clear),
		cmocka_unit_test_teardown(a_filter_selects_in_order_of_registration, clear),
		cmocka_unit_test_teardown(clearing_forgets_and_a_second_run_is_fresh, clear),
		cmocka_unit_test_teardown(bad_specifications_are_refused, clear),
		cmocka_unit_test_teardown(nothing_is_printed, clear),
		cmocka_unit_test_teardown(the_environment_changes_nothing, clear),
		cmocka_unit_test_teardown(the_version_is_told, clear),
#ifdef FAULT_POINTS
		cmocka_unit_test_teardown(no_exception_leaves_the_module, clear),
#endif
	};

	return cmocka_run_group_tests_name("gbench", tests, open_library, close_library);
}
