// SPDX-License-Identifier: BSD-2-Clause
/* execute.c: see execute.h. Must not know cases, devices or the store. */
#include "bench/execute.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "bench/gbench/gbench.h"
#include "harness/run/run.h"

/* The two ways of computing a rate differ by rounding only; 0.1 % is the project's bar for a recount. */
#define EXECUTE_TOLERANCE 1e-3

struct execution {
	struct run_trial *trial;
	struct err *err;
	int rc; /* of run_trial_body */
	unsigned bodies, rows;
	double real_time_ns, cpu_time_ns; /* totals of the trial */
	double bytes_per_second, items_per_second;
	bool no_memory; /* the library's, with the trial itself done */
};

static void counters_set(struct gbench_state *state, const struct run_trial *trial, double seconds)
{
	for (unsigned i = 0; i < STORE_COUNTER_COUNT; i++) {
		const enum store_counter counter = (enum store_counter)i;
		const double value = run_trial_counter(trial, counter);

		if (counter == STORE_items_per_second && isfinite(value))
			gbench_set_items(state, run_trial_completed(trial));
		else if (counter == STORE_bytes_per_second)
			gbench_set_counter(state, store_counter_name(counter), value * seconds,
				GBENCH_COUNTER_RATE);
		else
			gbench_set_counter(
				state, store_counter_name(counter), value, GBENCH_COUNTER_PLAIN);
	}
}

static void trial_body(struct gbench_state *state, void *user)
{
	struct execution *execution = user;
	struct err own = ERR_INIT;
	struct err *err = execution->err ? execution->err : &own;

	/* One round: the life-cycle measures inside, and a trial may be done only once. */
	if (!gbench_next(state, gbench_max_iterations(state)))
		return;
	execution->bodies++;
	execution->rc = run_trial_body(execution->trial, err);
	const double seconds = run_trial_seconds(execution->trial);

	if (execution->rc) {
		gbench_fail(state, err->kind != ERR_NONE ? err->message : strerror(-execution->rc));
		return;
	}
	gbench_set_seconds(state, seconds);
	counters_set(state, execution->trial, seconds);
	gbench_next(state, 1); /* ends the loop */
}

static void row_keep(void *arg, const struct gbench_row *row)
{
	struct execution *execution = arg;

	execution->rows++;
	execution->no_memory = strncmp(row->error_message, GBENCH_NO_MEMORY,
				       strlen(GBENCH_NO_MEMORY)) == 0;
	execution->real_time_ns = row->real_time_ns * (double)row->iterations;
	execution->cpu_time_ns = row->cpu_time_ns * (double)row->iterations;
	for (unsigned i = 0; i < row->counter_count; i++) {
		if (strcmp(row->counter[i].name, store_counter_name(STORE_bytes_per_second)) == 0)
			execution->bytes_per_second = row->counter[i].value;
		if (strcmp(row->counter[i].name, store_counter_name(STORE_items_per_second)) == 0)
			execution->items_per_second = row->counter[i].value;
	}
}

static int rate_check(const struct execution *execution, enum store_counter counter, double library)
{
	const double ours = run_trial_counter(execution->trial, counter);

	/* A rate that does not apply, or over no time, exists on neither way. */
	if (!isfinite(ours))
		return 0;
	if (fabs(ours - library) <= EXECUTE_TOLERANCE * fabs(ours))
		return 0;
	return err_set(execution->err, ERR_INTERNAL, -EIO,
		"%s: %s is %.6g by the life-cycle and %.6g by Google Benchmark; both must agree to "
		"0.1 %%",
		run_trial_name(execution->trial), store_counter_name(counter), ours, library);
}

/*
 * CPU time of one operation: of the measured rounds where the life-cycle knows it; the library's own
 * reading also covers what lies between them.
 */
static double cpu_time_ns(const struct execution *execution, double completed)
{
	const double measured = run_trial_counter(execution->trial, STORE_cpu_ns_per_op);

	return isfinite(measured) ? measured : execution->cpu_time_ns / completed;
}

static int execution_close(struct execution *execution)
{
	const double completed = (double)run_trial_completed(execution->trial);
	int rc;

	if (execution->no_memory)
		return err_set(execution->err, ERR_MISSING, -ENOMEM,
			"%s: Google Benchmark has no memory left; free some",
			run_trial_name(execution->trial));
	if (execution->bodies != 1 || execution->rows != 1)
		return err_set(execution->err, ERR_INTERNAL, -EIO,
			"%s: Google Benchmark ran it %u times and reported it %u times; once was "
			"expected",
			run_trial_name(execution->trial), execution->bodies, execution->rows);
	rc = rate_check(execution, STORE_bytes_per_second, execution->bytes_per_second);
	if (!rc)
		rc = rate_check(execution, STORE_items_per_second, execution->items_per_second);
	if (!rc && completed > 0)
		run_trial_report(execution->trial, run_trial_completed(execution->trial),
			execution->real_time_ns / completed, cpu_time_ns(execution, completed));
	return rc;
}

int execute_trial(void *arg, struct run_trial *trial, struct err *err)
{
	struct execution execution = {.trial = trial,
		.err = err,
		.bytes_per_second = (double)NAN,
		.items_per_second = (double)NAN};
	const struct gbench_spec spec = {.body = trial_body,
		.user = &execution,
		.time = GBENCH_MANUAL_TIME,
		.iterations = run_trial_operations(trial)};
	const struct gbench_reporter reporter = {.arg = &execution, .row = row_keep};
	int rc;

	(void)arg;
	rc = gbench_register(run_trial_name(trial), &spec, err);
	if (rc == 0)
		rc = gbench_run(NULL, &reporter, err);
	gbench_clear();
	if (rc < 0)
		return rc;
	return execution.rc ? execution.rc : execution_close(&execution);
}
