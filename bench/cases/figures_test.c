// SPDX-License-Identifier: BSD-2-Clause
/*
 * figures_test.c: what a trial says of itself, held against what somebody else counted: operations against the port's
 * lists and a clock beside the trial's, what is held on average against Little's law.
 */
#include "bench/cases/testing.h"

#include <math.h>

#include "drivers/videoport/videoport.h"

static uint64_t recount_lists; /* scatter/gather lists the port built, per trial */

static int counting_trial(struct run_cell *cell, void *state, uint64_t operations,
	struct run_outcome *outcome, struct err *err)
{
	struct videoport_usage usage;
	int rc = case_transfer.trial(cell, state, operations, outcome, err);

	videoport_usage(run_cell_port(cell), &usage);
	recount_lists = usage.sg_lists;
	return rc;
}

static int recount(void *arg, struct run_trial *trial, struct err *err)
{
	struct clock *clock = arg;
	struct tick start = clock_now(clock);
	int rc = execute_directly(NULL, trial, err);
	double wall_s = (double)clock_span(start, clock_now(clock)) * clock->ns_per_tick * 1e-9;
	double completed = (double)run_trial_completed(trial);
	double seconds = run_trial_seconds(trial);

	/* One list a transfer: 65536 bytes fit one round. The port counts them on its own. */
	assert_int_equal(recount_lists, run_trial_completed(trial));
	assert_int_equal(run_trial_operations(trial), run_trial_completed(trial));
	assert_true(seconds > 0 && seconds <= wall_s);
	double rate = completed / seconds;

	assert_true(fabs(run_trial_counter(trial, STORE_items_per_second) / rate - 1) < 1e-3);
	assert_true(
		fabs(run_trial_counter(trial, STORE_bytes_per_second) / (rate * 65536) - 1) < 1e-3);
	return rc;
}

static void figures_agree_with_an_independent_count(void **state)
{
	struct bench_case counting = case_transfer;
	const struct bench_case *const cases[] = {&counting, NULL};
	struct run_hooks recounting = hooks;
	struct run_summary summary;
	struct clock clock;

	(void)state;
	counting.trial = counting_trial;
	assert_int_equal(clock_open(&clock, NULL), 0);
	recounting.execute = recount;
	recounting.arg = &clock;
	struct run_plan *plan = plan_of(
		cases, (const char *const[]){"strategy", "packet,packet-cached", "size", "64k",
			       "duration", "2ms", "repetitions", "9", NULL});

	assert_int_equal(run_execute(plan, NULL, &recounting, NULL, &summary, NULL), 0);
	assert_int_equal(summary.findings, 0);
	assert_int_equal(summary.trials, 2 * 2 * 3 * 9);
	run_plan_free(plan);
}

/*
 * Little's law: what operations hold, weighted by time, is their number a second times the time each holds it. The
 * load measures the one side, the port's account and the driver's pool the other; they share the clock's readings, so
 * that in polled cases nothing but the first reading of a round lies between them. Return: the relative difference.
 */
static double held_beside_the_law(double mean, double each, const double *counter)
{
	double law = counter[STORE_items_per_second] * counter[STORE_lat_mean_ns] * 1e-9 * each;

	return fabs(mean / law - 1);
}

static double expect_held_by_packets(const struct store_cell *cell, const double *c)
{
	double pages = ceil((double)cell->params.size_bytes / 4096);

	assert_true(c[STORE_pinned_peak_bytes] <= cell->params.depth * pages * 4096);
	assert_true(c[STORE_mapped_mean_bytes] <= c[STORE_pinned_mean_bytes] * 1.000001);
	assert_true(c[STORE_mapped_peak_bytes] <= c[STORE_pinned_peak_bytes]);
	assert_true(c[STORE_sg_list_peak_bytes] >= 16 + 24);
	assert_true(c[STORE_sg_list_mean_bytes] <= c[STORE_sg_list_peak_bytes]);
	assert_true(isnan(c[STORE_common_buffer_used_mean_bytes]));
	return fmax(held_beside_the_law(c[STORE_pinned_mean_bytes], pages * 4096, c),
		held_beside_the_law(c[STORE_map_registers_mean], pages, c));
}

static double expect_held_by_slots(const struct store_cell *cell, const double *c)
{
	double used = c[STORE_common_buffer_used_mean_bytes];
	double payload = used * (1 - c[STORE_pool_internal_fragmentation]);

	assert_true(c[STORE_common_buffer_used_peak_bytes] <= c[STORE_common_buffer_peak_bytes]);
	assert_true(used <= c[STORE_common_buffer_used_peak_bytes]);
	assert_int_equal((uint64_t)c[STORE_common_buffer_used_end_bytes], 0);
	assert_int_equal((uint64_t)c[STORE_pinned_peak_bytes], 0);
	return held_beside_the_law(payload, (double)cell->params.size_bytes, c);
}

static double expect_held(const struct store_cell *cell, const double *c)
{
	/* Drained: what is left is what the driver keeps. */
	assert_int_equal((uint64_t)(c[STORE_pinned_end_bytes] + c[STORE_mapped_end_bytes] +
				    c[STORE_map_registers_end] + c[STORE_sg_list_end_bytes] +
				    c[STORE_bounce_held_end_bytes]),
		0);
	assert_int_equal((uint64_t)c[STORE_common_buffer_end_bytes],
		(uint64_t)c[STORE_common_buffer_peak_bytes]);
	assert_true(fabs(c[STORE_common_buffer_turns_per_second] *
				    c[STORE_common_buffer_peak_bytes] / c[STORE_bytes_per_second] -
			    1) < 1e-9);
	if (strcmp(cell->params.strategy, "packet") == 0)
		return expect_held_by_packets(cell, c);
	return expect_held_by_slots(cell, c);
}

static void what_is_held_obeys_littles_law(void **state)
{
	struct store_run *run = MEASURED("family", "transfer", "size", "100,4096,20000", "depth",
		"1,8", "dir", "to_device", "source", "rewritten", "strategy", "packet,common",
		"duration", "2ms");

	(void)state;
	expect_cells(run, 12);
	for (uint32_t i = 0; i < run->cell_count; i++) {
		const struct store_cell *cell = &run->cell[i];
		double least = (double)INFINITY;

		/* Who loses its processor between two readings has a bad trial, not a bad account. */
		for (uint32_t r = 0; r < cell->sample_count; r++)
			least = fmin(least, expect_held(cell, cell->sample[r].counter));
		if (!(least < 2e-3))
			fail_msg("%s: off by %g", cell->name, least);
	}
	store_run_free(run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(figures_agree_with_an_independent_count),
		cmocka_unit_test(what_is_held_obeys_littles_law),
	};

	return cmocka_run_group_tests_name("figures", tests, NULL, NULL);
}
