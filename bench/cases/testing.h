/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * testing.h: for the tests of this folder: settings measured on the real path (driver, port, soft device) through the
 * life-cycle, and their record read back.
 */
#ifndef CASES_TESTING_H
#define CASES_TESTING_H

#include "bench/cases/cases.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/* The hook a runner would give: straight into the trial. */
static inline int execute_directly(void *arg, struct run_trial *trial, struct err *err)
{
	int rc = run_trial_body(trial, err);
	double seconds = run_trial_seconds(trial);
	uint64_t completed = run_trial_completed(trial);

	(void)arg;
	run_trial_report(trial, completed, completed ? seconds * 1e9 / (double)completed : 0, 0);
	return rc;
}

static inline void ignore_progress(void *arg, const struct run_progress *progress)
{
	(void)arg;
	assert_true(progress->trials_done <= progress->trials_total);
	assert_true(progress->left_s >= 0);
}

static inline bool never_cancelled(void *arg)
{
	(void)arg;
	return false;
}

static const struct run_hooks hooks = {
	.execute = execute_directly,
	.progress = ignore_progress,
	.cancelled = never_cancelled,
};

/* Settings for a quick run with @pairs (key, value ..., NULL) over them. Return: as run_plan, with @err. */
static inline int planned(struct run_plan **plan, const struct bench_case *const *cases,
	const char *const *pairs, struct err *err)
{
	struct run_settings settings;

	run_settings_init(&settings);
	opt_set(run_options, &settings, "duration", "1ms", "test", NULL);
	opt_set(run_options, &settings, "repetitions", "3", "test", NULL);
	opt_set(run_options, &settings, "device.memory", "64m", "test", NULL);
	for (; *pairs; pairs += 2)
		assert_int_equal(
			opt_set(run_options, &settings, pairs[0], pairs[1], "test", err), 0);
	return run_plan(plan, &settings, 1, cases, NULL, err);
}

/* Runs @pairs over @cases and reads the record back. */
static inline struct store_run *measured(
	const struct bench_case *const *cases, const char *const *pairs)
{
	struct run_plan *plan = NULL;
	struct run_summary summary;
	struct store *store = NULL;
	struct store_run *run = NULL;
	struct err err = ERR_INIT;

	if (planned(&plan, cases, pairs, &err) || store_open(&store, ":memory:", &err) ||
		run_execute(plan, store, &hooks, NULL, &summary, &err) ||
		store_read(store, summary.id, &run, &err))
		fail_msg("%s:%d: %s", err.file, err.line, err.message);
	assert_int_equal(summary.cells, run->cell_count);
	store_close(store);
	run_plan_free(plan);
	return run;
}

#define MEASURED(...) measured(bench_cases, (const char *const[]){__VA_ARGS__, NULL})

#endif
