/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * testing.h: for the tests of this folder: settings measured on the real path (driver, port, soft device) through the
 * life-cycle, and their record read back.
 */
#ifndef CASES_TESTING_H
#define CASES_TESTING_H

#include "bench/cases/cases.h"

#include <stdio.h>
#include <string.h>

#include "drivers/support/fault.h"
#include "drivers/support/random.h"
#include "drivers/support/testing.h"

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

/* Settings with @usual and over it @pairs, each (key, value ..., NULL). */
static inline struct run_settings settings_over(const char *const *usual, const char *const *pairs)
{
	const char *const *const both[] = {usual, pairs};
	struct run_settings settings;
	struct err err = ERR_INIT;

	run_settings_init(&settings);
	for (unsigned i = 0; i < 2; i++)
		for (const char *const *at = both[i]; at[0] && at[1]; at += 2)
			if (opt_set(run_options, &settings, at[0], at[1], "test", &err))
				fail_msg("%s", err.message);
	return settings;
}

/* Plans a quick run with @pairs. Return: as run_plan, with @err. */
static inline int planned(struct run_plan **plan, const struct bench_case *const *cases,
	const char *const *pairs, struct err *err)
{
	static const char *const quick[] = {
		"duration", "1ms", "repetitions", "3", "device.memory", "64m", NULL};
	const struct run_settings settings = settings_over(quick, pairs);

	return run_plan(plan, &settings, 1, cases, NULL, err);
}

/* The same of a run that must be possible. */
static inline struct run_plan *plan_of(
	const struct bench_case *const *cases, const char *const *pairs)
{
	struct run_plan *plan = NULL;
	struct err err = ERR_INIT;

	if (planned(&plan, cases, pairs, &err))
		fail_msg("%s:%d: %s", err.file, err.line, err.message);
	return plan;
}

#define PLANNED(...) plan_of(bench_cases, (const char *const[]){__VA_ARGS__, NULL})

/*
 * Runs @plan into @store, or NULL, the @nth fault point failing, and frees it. @fired: the point's name, NULL if there are
 * not so many. Return: as run_execute.
 */
static inline int execute_failing(struct run_plan *plan, struct store *store, unsigned nth,
	const char **fired, struct run_summary *summary, struct err *err)
{
	fault_arm(nth, false);
	int rc = run_execute(plan, store, &hooks, NULL, summary, err);

	*fired = fault_fired();
	fault_arm(0, false);
	run_plan_free(plan);
	return rc;
}

/* Runs @plan with @how, frees it, and reads the record back. */
static inline struct store_run *stored(struct run_plan *plan, const struct run_hooks *how)
{
	struct run_summary summary;
	struct store *store = NULL;
	struct store_run *run = NULL;
	struct err err = ERR_INIT;

	if (store_open(&store, ":memory:", &err) ||
		run_execute(plan, store, how, NULL, &summary, &err) ||
		store_read(store, summary.id, &run, &err))
		fail_msg("%s:%d: %s", err.file, err.line, err.message);
	assert_int_equal(summary.cells, run->cell_count);
	store_close(store);
	run_plan_free(plan);
	return run;
}

/* Runs @pairs over @cases and reads the record back. */
static inline struct store_run *measured(
	const struct bench_case *const *cases, const char *const *pairs)
{
	return stored(plan_of(cases, pairs), &hooks);
}

#define SEED_TEXT 24

/*
 * A seed by which the third transfer of a device, and none before it, is hit by a fault of @rate. Every run does four at
 * least of each cell, so the fault is met however slow the host is.
 */
static inline const char *seed_of_fault(double rate, char text[SEED_TEXT])
{
	uint64_t seed = 0;
	bool hit[3] = {false};

	while (hit[0] || hit[1] || !hit[2]) {
		uint64_t random = ++seed;

		for (unsigned i = 0; i < 3; i++)
			hit[i] = (double)(random_draw(&random) >> 11) < rate * 0x1p53;
	}
	snprintf(text, SEED_TEXT, "%llu", (unsigned long long)seed);
	return text;
}

#define MEASURED(...) measured(bench_cases, (const char *const[]){__VA_ARGS__, NULL})

/* A run that found nothing wrong. */
static inline void expect_clean(const struct store_run *run)
{
	for (uint32_t i = 0; i < run->finding_count; i++)
		fail_msg("%s: %s", run->finding[i].cell, run->finding[i].text);
	assert_int_equal(run->state, STORE_DONE);
	assert_int_equal(run->exit_code, 0);
	assert_true(run->cell_count > 0);
}

static inline void expect_sample(const struct store_sample *sample)
{
	const double *c = sample->counter;

	assert_false(sample->failed);
	assert_true(sample->iterations > 0);
	assert_true(c[STORE_items_per_second] > 0);
	assert_true(sample->real_time_ns > 0);
	assert_true(c[STORE_lat_p50_ns] > 0);
	assert_true(c[STORE_lat_p50_ns] <= c[STORE_lat_p90_ns]);
	assert_true(c[STORE_lat_p90_ns] <= c[STORE_lat_p99_ns]);
	assert_true(c[STORE_lat_p99_ns] <= c[STORE_lat_p999_ns]);
	assert_true(c[STORE_lat_p999_ns] <= c[STORE_lat_max_ns]);
	assert_true(c[STORE_common_buffer_peak_bytes] >= 4096); /* the rings, if nothing else */
	assert_true(
		c[STORE_common_buffer_mean_bytes] <= c[STORE_common_buffer_peak_bytes] * 1.0001);
	assert_non_null(sample->latency);
	assert_true(sample->latency->count > 0);
}

/* So many cases of three clean trials each, with figures that can be. */
static inline void expect_cells(const struct store_run *run, uint32_t cells)
{
	expect_clean(run);
	assert_int_equal(run->cell_count, cells);
	for (uint32_t i = 0; i < run->cell_count; i++) {
		const struct store_cell *cell = &run->cell[i];

		assert_int_equal(cell->sample_count, 3);
		for (uint32_t s = 0; s < cell->sample_count; s++)
			expect_sample(&cell->sample[s]);
	}
}

/* Every operation was checked. */
static inline void expect_all_verified(const struct store_run *run)
{
	for (uint32_t i = 0; i < run->cell_count; i++) {
		for (uint32_t s = 0; s < run->cell[i].sample_count; s++) {
			const struct store_sample *sample = &run->cell[i].sample[s];

			assert_int_equal(
				(uint64_t)sample->counter[STORE_verified_ops], sample->iterations);
			assert_int_equal((uint64_t)sample->counter[STORE_failed_ops], 0);
		}
	}
}

#endif
