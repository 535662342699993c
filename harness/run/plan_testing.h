/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * plan_testing.h: cases that do nothing and settings of a few words, planned. For the tests of plans, of what is refused
 * and of sweeps; nothing is run.
 */
#ifndef RUN_PLAN_TESTING_H
#define RUN_PLAN_TESTING_H

#include "harness/run/run_priv.h"

#include <errno.h>
#include <string.h>

#include "drivers/support/testing.h"

static inline int no_setup(struct run_cell *cell, void **state, struct err *err)
{
	(void)cell;
	(void)state;
	(void)err;
	return 0;
}

static inline int no_trial(struct run_cell *cell, void *state, uint64_t operations,
	struct run_outcome *outcome, struct err *err)
{
	(void)cell;
	(void)state;
	(void)operations;
	(void)outcome;
	(void)err;
	return 0;
}

static inline void no_teardown(struct run_cell *cell, void *state)
{
	(void)cell;
	(void)state;
}

static const struct bench_case whole = {
	.name = "whole",
	.keys = RUN_KEY_STRATEGY | RUN_KEY_DIR | RUN_KEY_SIZE | RUN_KEY_DEPTH | RUN_KEY_COMPLETION |
                RUN_KEY_SOURCE | RUN_KEY_VERIFY,
	.hits = RUN_HIT_DESCRIPTORS | RUN_HIT_TRANSFERS | RUN_HIT_INTERRUPTS,
	.setup = no_setup,
	.trial = no_trial,
	.teardown = no_teardown,
};

static const struct bench_case part = {
	.name = "part",
	.keys = RUN_KEY_BATCH | RUN_KEY_FRAMES,
	.hits = RUN_HIT_DESCRIPTORS,
	.driver = "probe",
	.setup = no_setup,
	.trial = no_trial,
	.teardown = no_teardown,
};

static const struct bench_case *const cases[] = {&part, &whole, NULL};

static const struct bench_case memory = {
	.name = "memory",
	.keys = RUN_KEY_SIZE | RUN_KEY_SOURCE | RUN_KEY_MEMORY,
	.driver = "probe",
	.setup = no_setup,
	.trial = no_trial,
	.teardown = no_teardown,
};

static const struct bench_case *const memory_cases[] = {&memory, NULL};

static inline struct run_settings settings_with(const char *const *pairs)
{
	struct run_settings settings;

	run_settings_init(&settings);
	for (; *pairs; pairs += 2)
		assert_int_equal(
			opt_set(run_options, &settings, pairs[0], pairs[1], "test", NULL), 0);
	return settings;
}

#define SETTINGS(...) settings_with((const char *const[]){__VA_ARGS__, NULL})

static inline struct run_plan *planned_of(const struct bench_case *const *list,
	const struct run_settings *settings, const char *filter)
{
	struct run_plan *plan = NULL;
	struct err err = ERR_INIT;

	if (run_plan(&plan, settings, 1, list, filter, &err))
		fail_msg("%s", err.message);
	return plan;
}

static inline struct run_plan *planned(const struct run_settings *settings, const char *filter)
{
	return planned_of(cases, settings, filter);
}

static inline void expect_refused(
	const struct run_settings *s, const char *filter, const char *word)
{
	struct run_plan *plan = NULL;
	struct err err = ERR_INIT;

	assert_int_equal(run_plan(&plan, s, 1, cases, filter, &err), -EINVAL);
	assert_null(plan);
	assert_int_equal(err.kind, ERR_USAGE);
	if (!strstr(err.message, word))
		fail_msg("'%s' does not mention '%s'", err.message, word);
}

#endif
