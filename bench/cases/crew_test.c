// SPDX-License-Identifier: BSD-2-Clause
/*
 * crew_test.c: several requesters on the real path, each with its own adapter or all on one: every byte checked, every
 * operation accounted to a requester, what all adapters held added up, the port's own count of transfers held against
 * theirs; faults found; nothing left behind. Which of them is faster is the host's business.
 */
#include "bench/cases/testing.h"

#include <errno.h>
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/videoport/videoport.h"

static bool shared(const struct store_cell *cell)
{
	return strstr(cell->name, "adapters:shared") != NULL;
}

static void expect_right(const struct store_run *run, uint32_t cells, unsigned threads, bool full)
{
	expect_clean(run);
	assert_int_equal(run->cell_count, cells);
	for (uint32_t i = 0; i < cells; i++) {
		for (uint32_t s = 0; s < run->cell[i].sample_count; s++) {
			const struct store_sample *sample = &run->cell[i].sample[s];
			const double *c = sample->counter;

			assert_int_equal((uint64_t)c[STORE_failed_ops], 0);
			assert_true(sample->iterations > 0);
			assert_true(sample->latency->count == sample->iterations);
			if (full)
				assert_int_equal(
					(uint64_t)c[STORE_verified_ops], sample->iterations);
			assert_true(c[STORE_requester_share_min] >= 0);
			assert_true(c[STORE_requester_share_min] <= 1.0 / threads + 1e-9);
			assert_true(c[STORE_requester_share_max] >= 1.0 / threads - 1e-9);
			assert_true(c[STORE_requester_share_max] <= 1);
			/* A ceiling is one device's, and of closed loops. */
			assert_true(isnan(c[STORE_ceiling_ratio]) ==
				    (!shared(&run->cell[i]) || !isnan(c[STORE_sustained])));
		}
	}
}

/* Measures cases of family transfer, so many, and expects each right. */
static void measured_right(uint32_t cells, unsigned threads, bool full, const char *const *pairs)
{
	struct store_run *run = measured(bench_cases, pairs);

	expect_right(run, cells, threads, full);
	store_run_free(run);
}

#define RIGHT(cells, threads, full, ...)                                                           \
	measured_right(cells, threads, full,                                                       \
		(const char *const[]){"family", "transfer", "adapters", "own,shared",              \
			"repetitions", "1", __VA_ARGS__, NULL})

static void every_strategy_with_own_and_shared_adapters(void **state)
{
	(void)state;
	RIGHT(4 * 2 * 2, 3, true, "threads", "3", "size", "100,20000", "dir", "mixed", "source",
		"rewritten", "depth", "4", "verify", "full");
}

static void sources_that_nobody_touches(void **state)
{
	(void)state;
	RIGHT(2 * 2 * 2, 2, false, "threads", "2", "size", "4096", "dir", "mixed", "source",
		"untouched", "verify", "sample,full", "strategy", "packet,common");
}

static void completions_that_block(void **state)
{
	(void)state;
	RIGHT(4 * 2 * 2, 2, true, "threads", "2", "size", "4096", "dir", "to_device", "source",
		"rewritten", "completion", "interrupt,adaptive", "verify", "full", "poll.budget_us",
		"5");
}

static void mixes_and_the_verifier(void **state)
{
	(void)state;
	RIGHT(4 * 2, 2, true, "threads", "2", "mix", "loguniform:1..30000", "dir", "mixed",
		"source", "read-back", "verify", "full", "verifier", "on");
}

/* Each requester gets an equal share of the arrivals, so together they are those asked for. */
static void open_loops(void **state)
{
	struct store_run *run = MEASURED("family", "transfer", "threads", "2", "adapters",
		"own,shared", "size", "4096", "dir", "to_device", "source", "untouched,rewritten",
		"completion", "poll,interrupt", "arrival", "fixed", "rate", "4000", "strategy",
		"packet", "duration", "20ms", "repetitions", "1");

	(void)state;
	expect_right(run, 2 * 2 * 2, 2, false);
	for (uint32_t i = 0; i < run->cell_count; i++) {
		const struct store_sample *sample = &run->cell[i].sample[0];

		assert_true(sample->response->count == sample->iterations);
		/* Laps are one pass; the passes of rounds add up, and each has a gap before its first arrival. */
		if (strstr(run->cell[i].name, "untouched"))
			assert_true(
				fabs(sample->counter[STORE_offered_per_second] / 4000 - 1) < 0.05);
	}
	store_run_free(run);
}

/* ---- held against what the ports count ---------------------------------------------------------------- */

static uint64_t lists;

/* Port 0's count is of all where it is shared. */
static int counting_trial(struct run_cell *cell, void *state, uint64_t operations,
	struct run_outcome *outcome, struct err *err)
{
	struct videoport_usage usage;
	uint64_t by_requester = 0;
	int rc = case_transfer.trial(cell, state, operations, outcome, err);

	videoport_usage(run_cell_port(cell), &usage);
	lists = usage.sg_lists;
	assert_int_equal(outcome->requesters, run_cell_params(cell)->threads);
	for (uint32_t i = 0; i < outcome->requesters; i++)
		by_requester += outcome->requester_ops[i];
	assert_int_equal(by_requester, outcome->operations);
	if (run_cell_params(cell)->adapters == RUN_OWN)
		assert_int_equal(lists, outcome->requester_ops[0]);
	else
		assert_int_equal(lists, outcome->operations);
	return rc;
}

static void operations_are_those_the_ports_counted(void **state)
{
	struct bench_case counting = case_transfer;
	const struct bench_case *const cases[] = {&counting, NULL};

	(void)state;
	counting.trial = counting_trial;
	struct store_run *run = measured(
		cases, (const char *const[]){"threads", "2,3", "adapters", "own,shared", "size",
			       "4096", "dir", "to_device", "source", "rewritten", "strategy",
			       "packet,packet-cached", NULL});

	assert_int_equal(run->cell_count, 2 * 2 * 2);
	store_run_free(run);
}

/* ---- how long trials are ------------------------------------------------------------------------------ */

static unsigned planned_calls;

/* Costs a turn of @turn_s for every round of 64 operations each requester, and @each_s an operation. */
static int costs(struct run_cell *cell, uint64_t operations, double turn_s, double each_s,
	struct run_outcome *outcome)
{
	const uint64_t round = (uint64_t)64 * run_cell_params(cell)->threads;
	const double turns = (double)((operations + round - 1) / round);
	const double seconds = turns * turn_s + (double)operations * each_s;

	outcome->operations = operations;
	outcome->ticks = (uint64_t)(seconds * 1e9 / run_cell_clock(cell)->ns_per_tick);
	return 0;
}

static int turns_trial(struct run_cell *cell, void *state, uint64_t operations,
	struct run_outcome *outcome, struct err *err)
{
	(void)state;
	(void)err;
	return costs(cell, operations, 5e-3, 1e-7, outcome);
}

/* Every other trial is disturbed. */
static int disturbed_trial(struct run_cell *cell, void *state, uint64_t operations,
	struct run_outcome *outcome, struct err *err)
{
	(void)state;
	(void)err;
	return costs(cell, operations, planned_calls++ % 2 ? 1 : 0, 1e-6, outcome);
}

/* Requesters that share processors: a turn takes longer than the trial asked for, and a trial has a round all the same. */
static void a_trial_is_no_less_than_a_round_of_those_who_take_turns(void **state)
{
	struct bench_case turning = case_transfer;
	const struct bench_case *const cases[] = {&turning, NULL};

	cpu_set_t all, one;

	(void)state;
	turning.trial = turns_trial;
	assert_int_equal(sched_getaffinity(0, sizeof(all), &all), 0);
	CPU_ZERO(&one);
	CPU_SET((size_t)sched_getcpu(), &one);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	struct store_run *run = measured(
		cases, (const char *const[]){"threads", "16", "adapters", "shared", "size", "4096",
			       "dir", "to_device", "source", "rewritten", "strategy", "packet",
			       "duration", "1ms", "repetitions", "5", NULL});

	assert_int_equal(sched_setaffinity(0, sizeof(all), &all), 0);
	for (uint32_t i = 0; i < run->cell[0].sample_count; i++)
		assert_int_equal(run->cell[0].sample[i].iterations, 16 * 64);
	store_run_free(run);
}

static void a_disturbed_warm_up_does_not_make_trials_short(void **state)
{
	struct bench_case disturbed = case_transfer;
	const struct bench_case *const cases[] = {&disturbed, NULL};

	(void)state;
	disturbed.trial = disturbed_trial;
	for (planned_calls = 0; planned_calls < 2; planned_calls++) {
		const unsigned first = planned_calls;
		struct store_run *run = measured(cases,
			(const char *const[]){"size", "4096", "dir", "to_device", "source",
				"rewritten", "strategy", "packet", "duration", "10ms", NULL});

		/* A microsecond each, ten milliseconds: ten thousand. */
		for (uint32_t i = 0; i < run->cell[0].sample_count; i++)
			assert_in_range(run->cell[0].sample[i].iterations, 9000, 11000);
		store_run_free(run);
		planned_calls = first;
	}
}

static void faults_are_found_whoever_meets_them(void **state)
{
	static const char *const adapters[] = {"own", "shared"};
	static const char *const fault[] = {"flip", "duplicate"};

	(void)state;
	for (unsigned a = 0; a < 2; a++) {
		for (unsigned f = 0; f < 2; f++) {
			struct store_run *run = MEASURED("family", "transfer", "threads", "3",
				"adapters", adapters[a], "size", "4096", "source",
				"untouched,rewritten", "dir", "to_device", "strategy", "packet",
				"device.fault", fault[f], "device.fault_rate", "0.3", "repetitions",
				"1");

			if (!run->finding_count)
				fail_msg("%s, adapters %s: not found", fault[f], adapters[a]);
			store_run_free(run);
		}
	}
}

static void names_tell_the_requesters(void **state)
{
	struct run_plan *plan = PLANNED("family", "transfer,ring", "threads", "1,2", "adapters",
		"own,shared", "strategy", "packet", "dir", "to_device", "source", "untouched",
		"size", "64", "ledger", "on");

	(void)state;
	/* One alone shares with nobody; ring has one requester; a ledger is of one. */
	assert_int_equal(run_plan_cells(plan), 1 + 1 + 2);
	assert_null(strstr(run_plan_cell_name(plan, 1), "threads"));
	assert_non_null(strstr(run_plan_cell_name(plan, 1), "ledger:on"));
	assert_non_null(strstr(run_plan_cell_name(plan, 2), "/batch:1/threads:2/adapters:own"));
	assert_non_null(strstr(run_plan_cell_name(plan, 3), "/batch:1/threads:2/adapters:shared"));
	assert_null(strstr(run_plan_cell_name(plan, 3), "ledger"));
	run_plan_free(plan);
}

static void windows_of_all_must_fit(void **state)
{
	struct run_plan *plan = NULL;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(planned(&plan, bench_cases,
				 (const char *const[]){"family", "transfer", "threads", "8",
					 "adapters", "shared", "size", "1m", "depth", "16", NULL},
				 &err),
		-EINVAL);
	assert_non_null(strstr(err.message, "a thread"));
}

/* The Nth failing step of opening a crew, until none is left; memory is checked by the sanitizers' builds. */
static void every_failing_step_is_undone(void **state)
{
	static const char *const adapters[] = {"own", "shared"};

	(void)state;
	for (unsigned a = 0; a < 2; a++) {
		for (unsigned nth = 1;; nth += nth < 24 ? 1 : nth / 6) {
			struct run_summary summary;
			struct err err = ERR_INIT;
			const char *fired;
			int rc = execute_failing(
				PLANNED("family", "transfer", "threads", "2", "adapters",
					adapters[a], "size", "64", "dir", "to_device", "source",
					"rewritten", "strategy", "common", "duration", "200us",
					"repetitions", "1"),
				NULL, nth, &fired, &summary, &err);

			if (!fired) {
				assert_int_equal(rc, 0);
				break;
			}
			if (rc)
				assert_true(err.kind != ERR_NONE);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_strategy_with_own_and_shared_adapters),
		cmocka_unit_test(sources_that_nobody_touches),
		cmocka_unit_test(completions_that_block),
		cmocka_unit_test(mixes_and_the_verifier),
		cmocka_unit_test(open_loops),
		cmocka_unit_test(operations_are_those_the_ports_counted),
		cmocka_unit_test(a_trial_is_no_less_than_a_round_of_those_who_take_turns),
		cmocka_unit_test(a_disturbed_warm_up_does_not_make_trials_short),
		cmocka_unit_test(faults_are_found_whoever_meets_them),
		cmocka_unit_test(names_tell_the_requesters),
		cmocka_unit_test(windows_of_all_must_fit),
		cmocka_unit_test(every_failing_step_is_undone),
	};

	return cmocka_run_group_tests_name("crews", tests, NULL, NULL);
}
