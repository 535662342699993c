// SPDX-License-Identifier: BSD-2-Clause
/*
 * cases_test.c: every case family on the real path (driver, port, soft device) through the life-cycle and the store:
 * all strategies, directions and completion modes verified in full, figures held against an independent count, faults
 * of the device found and named, nothing left behind.
 */
#include "bench/cases/testing.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/videoport/videoport.h"

static void expect_clean(const struct store_run *run)
{
	for (uint32_t i = 0; i < run->finding_count; i++)
		fail_msg("%s: %s", run->finding[i].cell, run->finding[i].text);
	assert_int_equal(run->state, STORE_DONE);
	assert_int_equal(run->exit_code, 0);
	assert_true(run->cell_count > 0);
}

static void expect_sample(const struct store_cell *cell, const struct store_sample *sample)
{
	const double *c = sample->counter;

	(void)cell;
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

static void expect_cells(const struct store_run *run, uint32_t cells)
{
	expect_clean(run);
	assert_int_equal(run->cell_count, cells);
	for (uint32_t i = 0; i < run->cell_count; i++) {
		const struct store_cell *cell = &run->cell[i];

		assert_int_equal(cell->sample_count, 3);
		for (uint32_t s = 0; s < cell->sample_count; s++)
			expect_sample(cell, &cell->sample[s]);
	}
}

static void family_ring(void **state)
{
	struct store_run *run = MEASURED("family", "ring", "batch", "1,8,64");

	(void)state;
	expect_cells(run, 3);
	for (uint32_t i = 0; i < 3; i++) {
		assert_true(isnan(run->cell[i].sample[0].counter[STORE_bytes_per_second]));
		assert_int_equal(run->cell[i].sample[0].iterations % run->cell[i].params.batch, 0);
	}
	store_run_free(run);
}

static void family_sg(void **state)
{
	struct store_run *run = MEASURED("family", "sg", "size", "4096,65536", "dir", "to_device",
		"offset", "0,512", "frames.fragmentation", "0,100");

	(void)state;
	expect_cells(run, 8);
	for (uint32_t i = 0; i < 8; i++) {
		const struct store_cell *cell = &run->cell[i];
		bool alone = strstr(cell->name, "fragmentation:100") != NULL;
		bool shifted = strstr(cell->name, "offset:512") != NULL;
		double pages = (double)(cell->params.size_bytes / 4096 + shifted);

		/* Every page alone: an element a page; contiguous frames: one element. */
		assert_true(fabs(cell->sample[0].counter[STORE_sg_elements_per_op] -
				    (alone ? pages : 1)) < 1e-9);
	}
	store_run_free(run);
}

static void family_lock(void **state)
{
	struct store_run *run = MEASURED("family", "lock", "size", "4096,1m");

	(void)state;
	expect_cells(run, 4);
	for (uint32_t i = 0; i < 4; i++)
		assert_int_equal((uint64_t)run->cell[i].sample[0].counter[STORE_pinned_peak_bytes],
			run->cell[i].params.size_bytes);
	store_run_free(run);
}

static void expect_all_verified(const struct store_run *run)
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

static void memory_keys_of_lock_and_sg(void **state)
{
	struct store_run *run = MEASURED("family", "lock,sg", "size", "8192", "dir", "to_device",
		"window", "0,256k", "cache", "hot,cold", "offset", "512", "duration", "200us",
		"device.memory", "64m");

	(void)state;
	expect_cells(run, 8);
	for (uint32_t i = 0; i < 8; i++)
		if (!strcmp(run->cell[i].params.family, "lock"))
			assert_int_equal(
				(uint64_t)run->cell[i].sample[0].counter[STORE_pinned_peak_bytes],
				3 * 4096); /* one buffer at a time, across three pages */
	store_run_free(run);
}

/* Transfers between all these offsets, from every kind of memory that this host has, are right byte for byte. */
static void memory_keys_of_transfer(void **state)
{
	struct store_run *run = MEASURED("family", "transfer", "size", "5000", "depth", "4",
		"source", "rewritten", "verify", "full", "offset", "0,4095", "device.offset", "129",
		"cache", "cold", "window", "64k", "duration", "200us", "strategy", "packet,common");

	(void)state;
	expect_cells(run, 2 * 2 * 2);
	expect_all_verified(run);
	store_run_free(run);
}

/* Ends the test as skipped where the host has nothing of the kind, with the message of the plan. */
static void need(const char *key, const char *value)
{
	const char *const pairs[] = {"family", "lock", key, value, NULL};
	struct run_plan *plan = NULL;
	struct err err = ERR_INIT;
	int rc = planned(&plan, bench_cases, pairs, &err);

	run_plan_free(plan);
	if (rc == 0)
		return;
	assert_int_equal(err.kind, ERR_MISSING);
	skip_for("%s", err.message);
}

static void real_memory(const char *key, const char *value)
{
	char word[32];

	need(key, value);
	snprintf(word, sizeof(word), "%s:%s", key, value);
	struct store_run *run = MEASURED("family", "transfer", "size", "64", "depth", "4", "source",
		"rewritten", "verify", "full", "dir", "to_device", "duration", "200us", key, value);

	expect_cells(run, 4);
	expect_all_verified(run);
	for (uint32_t c = 0; c < run->cell_count; c++)
		assert_string_equal(run->cell[c].params.extra, word);
	store_run_free(run);
}

static void memory_locked_by_mlock(void **state)
{
	(void)state;
	real_memory("pin", "mlock");
}

static void memory_locked_by_iouring(void **state)
{
	(void)state;
	real_memory("pin", "iouring");
}

static void memory_of_transparent_huge_pages(void **state)
{
	(void)state;
	real_memory("pages", "thp");
}

static void memory_of_reserved_huge_pages(void **state)
{
	(void)state;
	real_memory("pages", "2m");
}

/* A page of 2 MiB is one run of frames, so however fragmented memory is, a transfer inside it is one element. */
static void large_pages_are_contiguous(void **state)
{
	(void)state;
	need("pages", "thp");
	struct store_run *run = MEASURED("family", "sg", "size", "1m", "dir", "to_device", "pages",
		"4k,thp", "frames.fragmentation", "100", "duration", "200us");

	expect_cells(run, 2);
	assert_int_equal((uint64_t)run->cell[0].sample[0].counter[STORE_sg_elements_per_op], 256);
	assert_int_equal((uint64_t)run->cell[1].sample[0].counter[STORE_sg_elements_per_op], 1);
	store_run_free(run);
}

static void family_churn(void **state)
{
	struct store_run *run = MEASURED("family", "churn", "size", "4096,65536");

	(void)state;
	expect_cells(run, 2);
	assert_true(run->cell[1].sample[0].counter[STORE_common_buffer_peak_bytes] >
		    run->cell[0].sample[0].counter[STORE_common_buffer_peak_bytes]);
	for (uint32_t i = 0; i < 2; i++) {
		const double *c = run->cell[i].sample[0].counter;

		/* Sizes from one page on: at most a page of each is lost, and holes come and go. */
		assert_true(c[STORE_common_buffer_internal_fragmentation] >= 0);
		assert_true(c[STORE_common_buffer_internal_fragmentation] < 0.5);
		assert_true(c[STORE_common_buffer_external_fragmentation] > 0);
		assert_true(c[STORE_common_buffer_external_fragmentation] <=
			    c[STORE_common_buffer_external_fragmentation_peak]);
		assert_true(c[STORE_common_buffer_external_fragmentation_peak] < 1);
		assert_true(isnan(c[STORE_pinned_mean_bytes]));
	}
	store_run_free(run);
}

static void family_transfer_every_strategy_polled(void **state)
{
	struct store_run *run = MEASURED("family", "transfer", "size", "64,4096,65536,300001",
		"depth", "1,8", "source", "untouched,rewritten,read-back", "verify", "full");

	(void)state;
	expect_cells(run, 4 * 2 * 4 * 2 * 3);
	expect_all_verified(run);
	for (uint32_t i = 0; i < run->cell_count; i++)
		assert_true(isfinite(run->cell[i].sample[0].counter[STORE_ceiling_ratio]));
	/* packet and packet-cached against common for each direction, source and depth */
	assert_int_equal(run->crossover_count, 2 * 2 * 3 * 2);
	for (uint32_t i = 0; i < run->crossover_count; i++)
		assert_true(strlen(run->crossover[i].sentence) > 40);
	store_run_free(run);
}

static void family_transfer_interrupt_and_adaptive(void **state)
{
	struct store_run *run = MEASURED("family", "transfer", "size", "64,65536,300001", "depth",
		"1,8", "source", "rewritten", "completion", "interrupt,adaptive", "verify", "full",
		"poll.budget_us", "5");

	(void)state;
	expect_cells(run, 4 * 2 * 3 * 2 * 2);
	expect_all_verified(run);
	store_run_free(run);
}

static void family_transfer_on_a_poor_device(void **state)
{
	struct store_run *run = MEASURED("family", "transfer", "size", "4096,300001", "depth", "4",
		"source", "rewritten", "verify", "full", "device.address_bits", "32", "frames.high",
		"50", "frames.fragmentation", "30", "device.map_registers", "16",
		"device.scatter_gather", "no");

	(void)state;
	expect_cells(run, 4 * 2 * 2);
	expect_all_verified(run);
	for (uint32_t i = 0; i < run->cell_count; i++) {
		const double *c = run->cell[i].sample[0].counter;

		if (strcmp(run->cell[i].params.strategy, "packet") != 0)
			continue;
		assert_true(c[STORE_bounce_bytes] > 0);
		assert_true(c[STORE_bounce_held_peak_bytes] >= 4096);
		assert_true(c[STORE_bounce_held_mean_bytes] > 0);
		assert_true(c[STORE_bounce_held_peak_bytes] <= 4096 * c[STORE_map_registers_peak]);
		assert_int_equal((uint64_t)c[STORE_bounce_held_end_bytes], 0);
	}
	store_run_free(run);
}

/* ---- keys with several values ---------------------------------------------------------------------- */

static const struct store_cell *cell_like(
	const struct store_run *run, const char *strategy, const char *extra)
{
	for (uint32_t i = 0; i < run->cell_count; i++) {
		const struct store_params *p = &run->cell[i].params;

		if (strcmp(p->strategy, strategy) == 0 && strcmp(p->extra, extra) == 0)
			return &run->cell[i];
	}
	fail_msg("no case of %s with %s", strategy, extra);
	return NULL;
}

static double counter_of(const struct store_cell *cell, enum store_counter counter)
{
	return cell->sample[0].counter[counter];
}

/* Each value is that of the port the case ran on: 16 pages go in as many rounds as map registers make of them. */
static void a_swept_key_of_the_platform_reaches_the_port(void **state)
{
	static const struct {
		const char *extra;
		double rounds, registers;
	} rows[] = {{"device.map_registers:2", 8, 2}, {"device.map_registers:8", 2, 8},
		{"device.map_registers:0", 1, 16}};
	struct store_run *run = MEASURED("family", "transfer", "size", "65536", "depth", "1", "dir",
		"to_device", "source", "rewritten", "verify", "full", "strategy", "packet,common",
		"device.map_registers", "2,8,0");

	(void)state;
	expect_cells(run, 3 * 2);
	expect_all_verified(run);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct store_cell *packet = cell_like(run, "packet", rows[i].extra);
		const struct store_cell *common = cell_like(run, "common", rows[i].extra);

		assert_true(counter_of(packet, STORE_rounds_per_op) == rows[i].rounds);
		assert_true(counter_of(packet, STORE_map_registers_peak) == rows[i].registers);
		/* Side by side: the same blocks. */
		for (uint32_t s = 0; s < 3; s++)
			assert_int_equal(packet->sample[s].block, common->sample[s].block);
	}
	store_run_free(run);
}

/* Bytes are bounced where memory lies out of the device's reach, in proportion; a pool grows with its slots. */
static void swept_keys_of_memory_device_and_driver_cross(void **state)
{
	struct store_run *run = MEASURED("family", "transfer", "size", "65536", "depth", "4", "dir",
		"to_device", "source", "untouched", "strategy", "packet,common", "frames.high",
		"0,100", "device.address_bits", "32,64", "pool.slots", "4,16");

	(void)state;
	expect_cells(run, 2 * 2 * 2 * 2);
	for (int high = 0; high < 2; high++) {
		for (int bits = 32; bits <= 64; bits += 32) {
			double held[2];

			for (int slots = 4; slots <= 16; slots += 12) {
				char extra[96];

				snprintf(extra, sizeof(extra),
					"%sdevice.address_bits:%d/pool.slots:%d",
					high ? "high:100/" : "", bits, slots);
				const struct store_cell *packet = cell_like(run, "packet", extra);
				const bool bounced = counter_of(packet, STORE_bounce_bytes) > 0;

				assert_int_equal(bounced, high && bits == 32);
				held[slots == 16] = counter_of(cell_like(run, "common", extra),
					STORE_common_buffer_peak_bytes);
			}
			assert_true(held[1] >= held[0] + 12 * 65536);
		}
	}
	store_run_free(run);
}

/* Each point of a sweep has a crossover of its own, which says of which point it is. */
static void crossovers_tell_their_point(void **state)
{
	struct store_run *run = MEASURED("family", "transfer", "size", "64,64k", "depth", "1",
		"dir", "to_device", "source", "untouched", "strategy", "packet,common",
		"device.map_registers", "0,4", "hybrid.threshold", "1k,2k");

	(void)state;
	expect_clean(run);
	assert_int_equal(run->cell_count, 2 * 2 * 2); /* without hybrid its threshold is not seen */
	assert_int_equal(run->crossover_count, 2);
	assert_string_equal(run->crossover[0].extra, "device.map_registers:0");
	assert_string_equal(run->crossover[1].extra, "device.map_registers:4");
	assert_non_null(strstr(run->crossover[1].sentence, "device.map_registers:4"));
	store_run_free(run);
}

/* ---- an independent count of what a trial claims ------------------------------------------------- */

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
	struct run_settings settings;
	struct run_summary summary;
	struct run_plan *plan = NULL;
	struct clock clock;
	struct run_hooks recounting = hooks;

	(void)state;
	counting.trial = counting_trial;
	assert_int_equal(clock_open(&clock, NULL), 0);
	recounting.execute = recount;
	recounting.arg = &clock;
	run_settings_init(&settings);
	opt_set(run_options, &settings, "strategy", "packet,packet-cached", "test", NULL);
	opt_set(run_options, &settings, "size", "64k", "test", NULL);
	opt_set(run_options, &settings, "duration", "2ms", "test", NULL);
	assert_int_equal(run_plan(&plan, &settings, 1, cases, NULL, NULL), 0);
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

/* ---- faults ------------------------------------------------------------------------------------- */

static void expect_fault_found(const char *fault, const char *strategy, const char *dir)
{
	struct store_run *run = MEASURED("family", "transfer", "size", "64,4096", "source",
		"rewritten", "strategy", strategy, "dir", dir, "device.fault", fault,
		"device.fault_rate", "0.02");
	bool named = false;

	assert_int_equal(run->exit_code, ERR_WRONG);
	assert_true(run->finding_count > 0);
	for (uint32_t i = 0; i < run->finding_count; i++) {
		const char *text = run->finding[i].text;

		named = named ||
		        (strstr(text, "op ") && strstr(text, "expected") && strstr(text, "found"));
	}
	if (!named)
		fail_msg("%s, %s, %s: no finding names operation, expected and found; first: %s",
			fault, strategy, dir, run->finding[0].text);
	store_run_free(run);
}

/* What goes wrong with messages costs time, and nothing else. */
static void expect_fault_survived(const char *fault)
{
	struct store_run *run = MEASURED("family", "transfer", "size", "64,4096", "source",
		"rewritten", "strategy", "packet,common", "dir", "to_device,from_device",
		"completion", "interrupt", "device.fault", fault, "device.fault_rate", "0.02");

	if (run->exit_code || run->finding_count)
		fail_msg("%s: exit %d, %s", fault, run->exit_code,
			run->finding_count ? run->finding[0].text : "no finding");
	store_run_free(run);
}

/* A device that goes on with memory it has lost is refused there; no transfer is wrong, the device is. */
static void expect_late_access_refused(const char *fault)
{
	struct store_run *run = MEASURED("family", "transfer", "size", "4096", "source",
		"rewritten", "strategy", "packet", "device.fault", fault, "device.fault_rate",
		"0.02");

	assert_int_equal(run->exit_code, ERR_WRONG);
	assert_true(run->finding_count > 0);
	assert_non_null(strstr(run->finding[0].text, "refused"));
	store_run_free(run);
}

static void every_fault_of_the_device_is_found_and_named(void **state)
{
	(void)state;
	for (unsigned f = 1; run_fault_words[f]; f++) {
		const char *fault = run_fault_words[f];

		if (strncmp(fault, "irq_", 4) == 0 || strncmp(fault, "bell_", 5) == 0) {
			expect_fault_survived(fault);
			continue;
		}
		if (strcmp(fault, "after") == 0) {
			expect_late_access_refused(fault);
			continue;
		}
		for (unsigned s = 0; run_strategy_words[s]; s++) {
			for (unsigned d = 0; run_dir_words[d]; d++)
				expect_fault_found(fault, run_strategy_words[s], run_dir_words[d]);
		}
	}
}

/* ---- failing set-up ------------------------------------------------------------------------------ */

static void an_adapter_that_cannot_be_had_is_missing(void **state)
{
	struct run_plan *plan = PLANNED("size", "64", "pool.limit", "4k");
	struct run_summary summary;
	struct err err = ERR_INIT;

	(void)state;
	assert_true(run_execute(plan, NULL, &hooks, NULL, &summary, &err) < 0);
	assert_int_equal(err.kind, ERR_MISSING);
	assert_true(strlen(err.message) > 20);
	run_plan_free(plan);
}

static void every_failing_set_up_step_is_reported_and_undone(void **state)
{
	(void)state;
	/* The first 64 hits one by one; later ones, which are mostly of points met before, a twenty-fourth apart. */
	for (unsigned n = 1;; n += 1 + n / 24) {
		struct run_summary summary;
		struct err err = ERR_INIT;
		const char *fired;
		int rc = execute_failing(
			PLANNED("family", "transfer", "size", "4096", "strategy",
				"packet-cached,common", "dir", "to_device", "source", "rewritten",
				"duration", "100us", "repetitions", "1", "device.memory", "16m"),
			n, &fired, &summary, &err);

		/* A fault on a path that may fail softly (a lock refused once) is a finding instead. */
		if (!fired) {
			assert_int_equal(rc, 0);
			assert_true(n > 20);
			return;
		}
		if (rc == 0 && summary.findings == 0)
			continue;
		if (rc < 0 && (err.kind == ERR_NONE || !err.message[0]))
			fail_msg("fault point %s: failed without a message", fired);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(family_ring),
		cmocka_unit_test(family_sg),
		cmocka_unit_test(family_lock),
		cmocka_unit_test(memory_keys_of_lock_and_sg),
		cmocka_unit_test(memory_keys_of_transfer),
		cmocka_unit_test(memory_locked_by_mlock),
		cmocka_unit_test(memory_locked_by_iouring),
		cmocka_unit_test(memory_of_transparent_huge_pages),
		cmocka_unit_test(memory_of_reserved_huge_pages),
		cmocka_unit_test(large_pages_are_contiguous),
		cmocka_unit_test(family_churn),
		cmocka_unit_test(family_transfer_every_strategy_polled),
		cmocka_unit_test(family_transfer_interrupt_and_adaptive),
		cmocka_unit_test(a_swept_key_of_the_platform_reaches_the_port),
		cmocka_unit_test(swept_keys_of_memory_device_and_driver_cross),
		cmocka_unit_test(crossovers_tell_their_point),
		cmocka_unit_test(family_transfer_on_a_poor_device),
		cmocka_unit_test(figures_agree_with_an_independent_count),
		cmocka_unit_test(what_is_held_obeys_littles_law),
		cmocka_unit_test(every_fault_of_the_device_is_found_and_named),
		cmocka_unit_test(an_adapter_that_cannot_be_had_is_missing),
		cmocka_unit_test(every_failing_set_up_step_is_reported_and_undone),
	};

	return cmocka_run_group_tests_name("cases", tests, NULL, NULL);
}
