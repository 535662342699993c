// SPDX-License-Identifier: BSD-2-Clause
/* execute_test.c: a trial through Google Benchmark, with a trial of the test's own in place of the life-cycle's. */
#include "bench/execute.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "bench/gbench/gbench.h"
#include "drivers/support/fault.h"
#include "harness/run/run.h"

struct run_trial {
	const char *name;
	uint64_t operations, completed, bytes;
	double seconds;
	double rate_error; /* what the trial's own rates are wrong by, as a factor */
	int rc;
	const char *message; /* for the struct err; NULL: none is set */
	unsigned bodies, reports;
	uint64_t iterations;
	double real_time_ns, cpu_time_ns;
};

const char *run_trial_name(const struct run_trial *trial)
{
	return trial->name;
}

uint64_t run_trial_operations(const struct run_trial *trial)
{
	return trial->operations;
}

int run_trial_body(struct run_trial *trial, struct err *err)
{
	trial->bodies++;
	if (trial->message)
		return err_set(err, ERR_MISSING, trial->rc, "%s", trial->message);
	return trial->rc;
}

double run_trial_seconds(const struct run_trial *trial)
{
	return trial->seconds;
}

uint64_t run_trial_completed(const struct run_trial *trial)
{
	return trial->completed;
}

double run_trial_counter(const struct run_trial *trial, enum store_counter counter)
{
	if (counter == STORE_items_per_second)
		return (double)trial->completed / trial->seconds * trial->rate_error;
	if (counter == STORE_bytes_per_second)
		return trial->bytes ? (double)trial->bytes / trial->seconds : (double)NAN;
	return counter == STORE_lat_p50_ns ? 250 : (double)NAN;
}

void run_trial_report(
	struct run_trial *trial, uint64_t iterations, double real_time_ns, double cpu_time_ns)
{
	trial->reports++;
	trial->iterations = iterations;
	trial->real_time_ns = real_time_ns;
	trial->cpu_time_ns = cpu_time_ns;
}

static struct run_trial trial_good(void)
{
	return (struct run_trial){.name = "transfer/strategy:packet/dir:to_device/size:4096",
		.operations = 1000,
		.completed = 1000,
		.bytes = 4096000,
		.seconds = 0.5,
		.rate_error = 1};
}

static void a_trial_runs_once_and_reports_what_was_measured(void **state)
{
	(void)state;
	struct run_trial trial = trial_good();
	struct err err = ERR_INIT;

	assert_int_equal(execute_trial(NULL, &trial, &err), 0);
	assert_int_equal(err.kind, ERR_NONE);
	assert_int_equal(trial.bodies, 1);
	assert_int_equal(trial.reports, 1);
	assert_int_equal(trial.iterations, 1000);
	assert_true(fabs(trial.real_time_ns - 5e5) < 5e2);
	assert_true(trial.cpu_time_ns >= 0 && trial.cpu_time_ns < 5e5);
}

static void time_is_divided_by_operations_completed(void **state)
{
	(void)state;
	const uint64_t completed[] = {1, 7, 999, 1001, 64000};

	for (size_t i = 0; i < sizeof(completed) / sizeof(completed[0]); i++) {
		struct run_trial trial = trial_good();

		trial.completed = completed[i];
		assert_int_equal(execute_trial(NULL, &trial, NULL), 0);
		assert_int_equal(trial.iterations, completed[i]);
		assert_true(fabs(trial.real_time_ns * (double)completed[i] - 5e8) < 5e5);
	}
}

static void a_trial_without_bytes_or_time_is_reported(void **state)
{
	(void)state;
	struct run_trial no_bytes = trial_good(), no_time = trial_good(), nothing = trial_good();

	no_bytes.bytes = 0;
	assert_int_equal(execute_trial(NULL, &no_bytes, NULL), 0);
	assert_int_equal(no_bytes.reports, 1);
	no_time.seconds = 0;
	assert_int_equal(execute_trial(NULL, &no_time, NULL), 0);
	assert_int_equal(no_time.reports, 1);
	nothing.completed = 0;
	nothing.bytes = 0;
	assert_int_equal(execute_trial(NULL, &nothing, NULL), 0);
	assert_int_equal(nothing.reports, 0);
}

static void a_failed_trial_returns_its_own_error(void **state)
{
	(void)state;
	struct run_trial wrong = trial_good(), missing = trial_good();
	struct err err = ERR_INIT;

	wrong.rc = -EILSEQ;
	assert_int_equal(execute_trial(NULL, &wrong, NULL), -EILSEQ);
	assert_int_equal(execute_trial(NULL, &wrong, &err), -EILSEQ);
	assert_int_equal(err.kind, ERR_NONE); /* a finding of the run, not an error of it */
	assert_int_equal(wrong.reports, 0);

	missing.rc = -ENODEV;
	missing.message = "soft: the device is gone";
	assert_int_equal(execute_trial(NULL, &missing, &err), -ENODEV);
	assert_int_equal(err.kind, ERR_MISSING);
	assert_string_equal(err.message, "soft: the device is gone");
}

static void rates_that_disagree_are_refused(void **state)
{
	(void)state;
	struct run_trial close_by = trial_good(), off = trial_good();
	struct err err = ERR_INIT;

	close_by.rate_error = 1.0005;
	assert_int_equal(execute_trial(NULL, &close_by, &err), 0);
	off.rate_error = 1.002;
	assert_int_equal(execute_trial(NULL, &off, &err), -EIO);
	assert_int_equal(err.kind, ERR_INTERNAL);
	assert_non_null(strstr(err.message, "items_per_second"));
	assert_non_null(strstr(err.message, off.name));
	assert_int_equal(off.reports, 0);
}

static void without_an_open_library_nothing_runs(void **state)
{
	(void)state;
	struct run_trial trial = trial_good();

	gbench_close();
	assert_int_equal(execute_trial(NULL, &trial, NULL), -EIO);
	assert_int_equal(trial.bodies, 0);
	assert_int_equal(gbench_open(NULL), 0);
	assert_int_equal(execute_trial(NULL, &trial, NULL), 0);
	assert_int_equal(trial.bodies, 1); /* nothing was left over from the one before */
}

static void every_failing_allocation_is_an_error(void **state)
{
	(void)state;
	unsigned nth, failed = 0;

	for (nth = 1; nth < 200; nth++) {
		struct run_trial trial = trial_good();

		fault_arm(nth, false);
		const int rc = execute_trial(NULL, &trial, NULL);
		const bool fired = fault_fired() != NULL;

		fault_arm(0, false);
		if (!fired) {
			assert_int_equal(rc, 0);
			break;
		}
		failed++;
		assert_true(rc < 0);
		assert_int_equal(trial.reports, 0);
	}
	assert_in_range(failed, 5, 100);
}

static int open_library(void **state)
{
	(void)state;
	return gbench_open(NULL);
}

static int close_library(void **state)
{
	(void)state;
	gbench_close();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_trial_runs_once_and_reports_what_was_measured),
		cmocka_unit_test(time_is_divided_by_operations_completed),
		cmocka_unit_test(a_trial_without_bytes_or_time_is_reported),
		cmocka_unit_test(a_failed_trial_returns_its_own_error),
		cmocka_unit_test(rates_that_disagree_are_refused),
		cmocka_unit_test(without_an_open_library_nothing_runs),
		cmocka_unit_test(every_failing_allocation_is_an_error),
	};

	return cmocka_run_group_tests_name("execute", tests, open_library, close_library);
}
