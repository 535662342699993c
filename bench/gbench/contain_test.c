// SPDX-License-Identifier: BSD-2-Clause
/*
 * contain_test.c: what gbench.cc must keep in, and out: failed and broken bodies, the library's output, BENCHMARK_*
 * variables, exceptions.
 */
#include "bench/gbench/gbench.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench/gbench/testing.h"
#include "drivers/support/fault.h"

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
		gbench_set_seconds(state, (double)NAN);
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
	assert_int_equal(errors, 3);        /* open, register, run */
	assert_int_equal(failed_trials, 3); /* the body, a counter, a label */
	assert_int_equal(gbench_open(NULL), 0);
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
		cmocka_unit_test_teardown(a_failed_trial_is_a_row_with_the_first_error, clear),
		cmocka_unit_test_teardown(a_body_that_breaks_the_loop_rules_fails_its_trial, clear),
		cmocka_unit_test_teardown(nothing_is_printed, clear),
		cmocka_unit_test_teardown(the_environment_changes_nothing, clear),
		cmocka_unit_test_teardown(the_version_is_told, clear),
		cmocka_unit_test_teardown(no_exception_leaves_the_module, clear),
	};

	return cmocka_run_group_tests_name(
		"gbench containment", tests, open_library, close_library);
}
