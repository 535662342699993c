// SPDX-License-Identifier: BSD-2-Clause
/*
 * open_loop_test.c: transfers that arrive at a rate, on the real path (driver, port, soft device): a frozen device shows in
 * the response time and not in the service time, counts agree with those of the port, data is checked, every way of
 * giving a rate is planned.
 */
#include "bench/cases/testing.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "drivers/videoport/videoport.h"

#define TRIALS_MAX 64
#define DEPTH      8
#define DEPTH_WORD "8"

/* What the trials of one run were, taken as a runner sees them. */
struct seen {
	unsigned count;
	double counter[TRIALS_MAX][STORE_COUNTER_COUNT];
	uint64_t completed[TRIALS_MAX], lists[TRIALS_MAX];
	double seconds[TRIALS_MAX], wall_s[TRIALS_MAX];
};

static struct seen seen;
static struct clock wall;
static uint64_t lists; /* scatter/gather lists the port built in the last trial */

static int watching_trial(struct run_cell *cell, void *state, uint64_t operations,
	struct run_outcome *outcome, struct err *err)
{
	struct videoport_usage usage;
	int rc = case_transfer.trial(cell, state, operations, outcome, err);

	videoport_usage(run_cell_port(cell), &usage);
	lists = usage.sg_lists;
	return rc;
}

static int watch(void *arg, struct run_trial *trial, struct err *err)
{
	struct tick start = clock_now(&wall);
	int rc = run_trial_body(trial, err);

	(void)arg;
	assert_true(seen.count < TRIALS_MAX);
	seen.wall_s[seen.count] = (double)clock_span(start, clock_now(&wall)) * wall.ns_per_tick *
	                          1e-9;
	for (unsigned i = 0; i < STORE_COUNTER_COUNT; i++)
		seen.counter[seen.count][i] = run_trial_counter(trial, (enum store_counter)i);
	seen.completed[seen.count] = run_trial_completed(trial);
	seen.seconds[seen.count] = run_trial_seconds(trial);
	seen.lists[seen.count++] = lists;
	run_trial_report(trial, run_trial_completed(trial), 1, 1);
	return rc;
}

static const struct run_hooks watch_hooks = {
	.execute = watch, .progress = ignore_progress, .cancelled = never_cancelled};

/* Plans a run with @pairs whose trials are watched, and forgets what was seen. Return: as run_plan. */
static int plan_watched(struct run_plan **plan, const char *const *pairs, struct err *err)
{
	static const char *const usual[] = {"device.memory", "64m", "dir", "to_device", "source",
		"untouched", "strategy", "packet", "size", "4k", "duration", "10ms", "repetitions",
		"2", "arrival", "poisson", "depth", DEPTH_WORD, NULL};
	static struct bench_case watching;
	static const struct bench_case *const cases[] = {&watching, NULL};
	const struct run_settings settings = settings_over(usual, pairs);

	memset(&seen, 0, sizeof(seen));
	watching = case_transfer;
	watching.trial = watching_trial;
	return run_plan(plan, &settings, 1, cases, NULL, err);
}

static struct run_plan *plan_of_watched(const char *const *pairs)
{
	struct run_plan *plan = NULL;
	struct err err = ERR_INIT;

	if (plan_watched(&plan, pairs, &err))
		fail_msg("%s:%d: %s", err.file, err.line, err.message);
	return plan;
}

#define PLAN_WATCHED(...) plan_of_watched((const char *const[]){__VA_ARGS__, NULL})

/* Runs @pairs (key, value ..., NULL); what was seen is in `seen`. */
static void watched(const char *const *pairs)
{
	struct run_plan *plan = plan_of_watched(pairs);
	struct run_summary summary = {0};
	struct err err = ERR_INIT;

	if (run_execute(plan, NULL, &watch_hooks, NULL, &summary, &err))
		fail_msg("%s:%d: %s", err.file, err.line, err.message);
	assert_int_equal(summary.findings, 0);
	assert_true(seen.count > 0);
	run_plan_free(plan);
}

#define WATCHED(...) watched((const char *const[]){__VA_ARGS__, NULL})

/*
 * Of the arrivals of 2 s a twentieth falls into the freeze; every thousandth of all waits longer than 98 ms. The slowest
 * ones are exact from below, whatever else the host does; the median of the service is held to a factor.
 */
static void a_frozen_device_shows_in_the_response_and_not_in_the_service(void **state)
{
	(void)state;
	WATCHED("arrival", "fixed", "rate.percent", "20", "duration", "300ms", "repetitions", "3");
	double p50_ns = (double)INFINITY, frozen_p50_ns;

	for (unsigned i = 0; i < seen.count; i++)
		p50_ns = fmin(p50_ns, seen.counter[i][STORE_lat_p50_ns]);
	WATCHED("arrival", "fixed", "rate.percent", "20", "duration", "2s", "repetitions", "1",
		"device.freeze", "100ms", "device.freeze_at", "1s");
	frozen_p50_ns = seen.counter[0][STORE_lat_p50_ns];
	print_message("service p50 %.0f ns, frozen %.0f ns; frozen response p99.9 %.1f ms, service "
		      "p99.9 %.3f ms\n",
		p50_ns, frozen_p50_ns, seen.counter[0][STORE_resp_p999_ns] * 1e-6,
		seen.counter[0][STORE_lat_p999_ns] * 1e-6);
	assert_true(seen.counter[0][STORE_resp_p999_ns] >= 90e6);
	assert_true(seen.counter[0][STORE_resp_max_ns] >= 99e6);
	assert_true(frozen_p50_ns < 3 * p50_ns);
	/* Who has been submitted waits no more: where few are offered the ring takes many of them. */
	assert_true(seen.counter[0][STORE_backlog_peak_ops] + DEPTH >=
		    0.09 * seen.counter[0][STORE_offered_per_second]);
}

/* The port counts its lists on its own: one a transfer of one round. The bar for every figure is 0.1 %. */
static void figures_agree_with_an_independent_count(void **state)
{
	static const char *const source[] = {"untouched", "rewritten"};

	(void)state;
	for (unsigned s = 0; s < 2; s++) {
		/* A rate in numbers: a share of what a disturbed host can do may be too few operations for batches. */
		WATCHED("source", source[s], "strategy", "packet,packet-cached", "rate",
			"100000,200000", "burst", "4");
		assert_int_equal(seen.count, 2 * 2 * 2);
		for (unsigned i = 0; i < seen.count; i++) {
			const double *c = seen.counter[i];
			double rate = (double)seen.completed[i] / seen.seconds[i];

			assert_int_equal(seen.lists[i], seen.completed[i]);
			assert_true(isnan(c[STORE_cpu_ns_per_op]));
			assert_true(seen.seconds[i] > 0 && seen.seconds[i] <= seen.wall_s[i]);
			assert_true(fabs(c[STORE_items_per_second] / rate - 1) < 1e-3);
			assert_true(fabs(c[STORE_bytes_per_second] / (rate * 4096) - 1) < 1e-3);
			assert_true(c[STORE_resp_p50_ns] >= 0.99 * c[STORE_lat_p50_ns]);
			assert_true(c[STORE_backlog_peak_ops] >= 4);
			/*
			 * A pass has its batches as rounds have; in each interval lies what it is of. 1,000 by rounds of
			 * 64 fill 15; else 31 of a thirty-second, the rest joins the last. A host too busy for the rate
			 * drops some of them.
			 */
			const bool whole = c[STORE_dropped_ops] == 0;

			assert_false(c[STORE_batches] > 31);
			assert_true(!whole || c[STORE_batches] == (s && i < 4 ? 15 : 31));
			assert_false(c[STORE_resp_mean_low_ns] > c[STORE_resp_mean_ns] ||
				     c[STORE_resp_mean_high_ns] < c[STORE_resp_mean_ns]);
			assert_false(whole && (isnan(c[STORE_resp_mean_low_ns]) ||
						      isnan(c[STORE_resp_mean_high_ns])));
			/* On a disturbed host a trial of 10 ms may be too short for an end: NAN. */
			assert_false(c[STORE_resp_p50_low_ns] > c[STORE_resp_p50_ns] * 1.01);
			assert_false(c[STORE_resp_p50_high_ns] * 1.01 < c[STORE_resp_p50_ns]);
		}
	}
}

/* Arrivals are those asked for: of a fixed rate exactly, whatever the host does. */
static void the_offered_rate_is_the_one_asked_for(void **state)
{
	(void)state;
	WATCHED("arrival", "fixed", "rate", "20000", "duration", "50ms");
	for (unsigned i = 0; i < seen.count; i++)
		assert_true(fabs(seen.counter[i][STORE_offered_per_second] / 20000 - 1) < 1e-3);
	WATCHED("arrival", "fixed", "rate.bytes", "64m", "duration", "50ms");
	for (unsigned i = 0; i < seen.count; i++)
		assert_true(fabs(seen.counter[i][STORE_offered_per_second] / 16384 - 1) < 1e-3);
}

static void overload_is_not_called_sustained(void **state)
{
	(void)state;
	WATCHED("arrival", "fixed", "rate", "1000000000", "duration", "1ms");
	for (unsigned i = 0; i < seen.count; i++) {
		assert_true(seen.counter[i][STORE_sustained] < 0.5);
		assert_true(seen.counter[i][STORE_dropped_ops] > 0);
	}
}

/* Every way through the window: laps and rounds, both directions, all completion modes, all checked. */
static void open_loops_are_verified(void **state)
{
	(void)state;
	WATCHED("strategy", "packet,packet-cached,common,hybrid", "dir", "to_device,from_device",
		"size", "100,65536", "source", "untouched,read-back", "repetitions", "1",
		"duration", "2ms");
	for (unsigned i = 0; i < seen.count; i++)
		assert_true(seen.counter[i][STORE_verified_ops] > 0);
	WATCHED("completion", "poll,interrupt,adaptive", "verify", "full", "rate.percent", "20");
	for (unsigned i = 0; i < seen.count; i++)
		assert_int_equal(seen.counter[i][STORE_verified_ops], seen.completed[i]);
}

static void faults_are_found_in_an_open_loop(void **state)
{
	struct run_plan *plan = PLAN_WATCHED("source", "untouched,rewritten", "rate.percent", "30",
		"device.fault", "flip", "device.fault_rate", "0.5");
	struct run_summary summary = {0};
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(run_execute(plan, NULL, &watch_hooks, NULL, &summary, &err), 0);
	assert_true(summary.findings > 0);
	run_plan_free(plan);
}

/* Twenty arrivals are fewer than a bunch: a trial has one all the same, and whole ones. */
static void a_trial_has_whole_bunches(void **state)
{
	struct run_plan *plan = NULL;
	struct err err = ERR_INIT;

	(void)state;
	WATCHED("arrival", "fixed", "rate", "20000", "duration", "1ms", "burst", "50,70");
	for (unsigned i = 0; i < seen.count; i++) {
		assert_true(seen.completed[i] == 50 || seen.completed[i] == 70);
		assert_true(fabs(seen.counter[i][STORE_offered_per_second] / 20000 - 1) < 0.01);
	}
	/* Where sources are written between rounds, no bunch goes beyond one. */
	assert_int_equal(plan_watched(&plan,
				 (const char *const[]){"arrival", "fixed", "rate", "20000",
					 "source", "rewritten", "burst", "5000", NULL},
				 &err),
		-EINVAL);
	assert_non_null(strstr(err.message, "lower burst"));
}

static void rates_that_cannot_be_are_refused(void **state)
{
	static const char *const bad[][5] = {{"rate", "1000", "rate.bytes", "1m", NULL},
		{"rate", "0,1000", NULL}, {"rate.find", "p99<50us", NULL},
		{"rate.find", "p100<=50us", NULL}, {"rate.find", "p99<=0s", NULL},
		{"rate.find", "99<=1ms", NULL},
		{"rate.find", "p99<=1ms", "arrival", "closed", NULL},
		{"rate", "1000", "burst", "60001", NULL}, {"rate.bytes", "1", NULL}};
	struct run_plan *plan = NULL;

	(void)state;
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct err err = ERR_INIT;

		assert_int_equal(plan_watched(&plan, bad[i], &err), -EINVAL);
		assert_int_equal(err.kind, ERR_USAGE);
		assert_non_null(strstr(err.message, "rate"));
	}
}

static void names_tell_the_arrivals(void **state)
{
	struct run_plan *plan = PLAN_WATCHED(
		"arrival", "closed,fixed,poisson", "rate.percent", "10,20", "burst", "2");

	(void)state;
	/* A closed loop has no rate: one case of it, and two of each other. */
	assert_int_equal(run_plan_cells(plan), 5);
	assert_null(strstr(run_plan_cell_name(plan, 0), "arrival"));
	assert_non_null(strstr(run_plan_cell_name(plan, 1), "/arrival:fixed/burst:2/rate:10%"));
	assert_non_null(strstr(run_plan_cell_name(plan, 4), "/arrival:poisson/burst:2/rate:20%"));
	run_plan_free(plan);
}

/*
 * Which rate is found is the host's business; that the search is stored, tells its answer and that the trials run at the rate
 * found is not.
 */
static void a_search_is_stored_and_its_rate_measured(void **state)
{
	struct store_run *run = stored(PLAN_WATCHED("rate.find", "p50<=1s", "arrival", "fixed",
					       "rate.percent", "10,20", "duration", "2ms"),
		&watch_hooks);

	(void)state;
	assert_int_equal(run->cell_count, 1);
	assert_non_null(strstr(run->cell[0].name, "/arrival:fixed/find:p50<=1s"));
	assert_int_equal(run->rate_count, 1);
	assert_string_equal(run->rate[0].cell, run->cell[0].name);
	assert_true(run->rate[0].quantile == 0.5 && run->rate[0].limit_ns == 1e9);
	assert_true(run->rate[0].closed_per_second > 0);
	assert_non_null(strstr(run->rate[0].sentence, "p50 of the response time at or under 1"));
	assert_true(run->rate[0].low_per_second < run->rate[0].high_per_second);
	assert_int_equal(run->cell[0].sample_count, 2);
	double offered = run->cell[0].sample[0].counter[STORE_offered_per_second];

	if (run->rate[0].low_per_second > 0)
		assert_true(fabs(offered / run->rate[0].low_per_second - 1) < 1e-3);
	store_run_free(run);
}

static int clock_set_up(void **state)
{
	(void)state;
	return clock_open(&wall, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_frozen_device_shows_in_the_response_and_not_in_the_service),
		cmocka_unit_test(figures_agree_with_an_independent_count),
		cmocka_unit_test(the_offered_rate_is_the_one_asked_for),
		cmocka_unit_test(a_trial_has_whole_bunches),
		cmocka_unit_test(overload_is_not_called_sustained),
		cmocka_unit_test(open_loops_are_verified),
		cmocka_unit_test(faults_are_found_in_an_open_loop),
		cmocka_unit_test(rates_that_cannot_be_are_refused),
		cmocka_unit_test(names_tell_the_arrivals),
		cmocka_unit_test(a_search_is_stored_and_its_rate_measured),
	};

	return cmocka_run_group_tests_name("open loop", tests, clock_set_up, NULL);
}
