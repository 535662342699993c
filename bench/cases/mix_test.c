// SPDX-License-Identifier: BSD-2-Clause
/*
 * mix_test.c: transfers whose sizes and directions differ, on the real path: every byte checked whatever the strategy,
 * source and completion mode; the operations are those drawn, the same for every strategy; faults are found; names and
 * refusals.
 */
#include "bench/cases/testing.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/load/mix.h"

static void expect_verified(const struct store_run *run, uint32_t cells)
{
	expect_cells(run, cells);
	expect_all_verified(run);
}

static void every_strategy_moves_every_byte(void **state)
{
	struct store_run *run = MEASURED("family", "transfer", "mix", "loguniform:1..100000", "dir",
		"mixed", "depth", "1,8", "verify", "full", "offset", "513");

	(void)state;
	expect_verified(run, 4 * 3 * 2);
	store_run_free(run);
	run = MEASURED("family", "transfer", "mix", "64:70,4k:20,64k:10", "dir",
		"to_device,from_device,mixed", "verify", "full", "batch", "4", "depth", "16",
		"source", "untouched,rewritten");
	expect_verified(run, 4 * 3 * 2);
	store_run_free(run);
}

static void every_completion_mode_and_poor_devices(void **state)
{
	struct store_run *run = MEASURED("family", "transfer", "mix", "zipf:1:100,5000,70000",
		"dir", "mixed", "completion", "poll,interrupt,adaptive", "verify", "full", "source",
		"rewritten", "device.address_bits", "32", "frames.high", "50",
		"device.map_registers", "16", "device.scatter_gather", "no");

	(void)state;
	expect_verified(run, 4 * 3);
	store_run_free(run);
}

/*
 * The trial's operations are the first of the sequence that mix.h draws with the job's seed: so are their bytes and their
 * directions, whatever the strategy.
 */
static void the_operations_are_those_drawn(void **state)
{
	struct store_run *run = MEASURED("family", "transfer", "mix", "uniform:1..20000", "dir",
		"mixed", "dir.to_device", "30", "seed", "77", "source", "untouched,rewritten");
	struct mix_sequence sequence;
	struct mix mix;

	(void)state;
	assert_int_equal(mix_open(&mix, "mix", "uniform:1..20000", NULL), 0);
	assert_int_equal(mix_draw(&sequence, &mix, 0.3, false, 77, NULL), 0);
	assert_int_equal(run->cell_count, 4 * 2);
	for (uint32_t i = 0; i < run->cell_count; i++) {
		const struct store_sample *sample = &run->cell[i].sample[0];
		const double *c = sample->counter;
		uint64_t bytes = 0, to_device = 0;

		for (uint64_t op = 0; op < sample->iterations; op++) {
			bytes += mix_bytes(mix_at(&sequence, op));
			to_device += mix_to_device(mix_at(&sequence, op));
		}
		const double ops = (double)sample->iterations;

		assert_true(fabs(c[STORE_op_mean_bytes] / ((double)bytes / ops) - 1) < 1e-12);
		assert_true(fabs(c[STORE_to_device_share] - (double)to_device / ops) < 1e-12);
		/* Throughput is by the bytes that were moved. */
		assert_true(fabs(c[STORE_bytes_per_second] /
					    (c[STORE_items_per_second] * (double)bytes / ops) -
				    1) < 1e-9);
		assert_true(c[STORE_ceiling_ratio] > 0);
		assert_int_equal(run->cell[i].params.size_bytes, 10001); /* 10000.5, rounded */
	}
	mix_drop(&sequence);
	mix_close(&mix);
	store_run_free(run);
}

/* Of one size each, so that there is a crossover to look for; what it says is of both directions. */
static void directions_that_differ_are_no_direction(void **state)
{
	struct store_run *run = MEASURED("family", "transfer", "size", "64,64k", "dir", "mixed",
		"source", "untouched", "strategy", "packet,common");

	(void)state;
	assert_int_equal(run->crossover_count, 1);
	assert_memory_equal(run->crossover[0].sentence, "Both ways, ", 11);
	store_run_free(run);
}

/* Laps without a pause, and rounds; the rate in bytes is by the mean. */
static void open_loops_have_mixes_too(void **state)
{
	struct store_run *run = MEASURED("family", "transfer", "mix", "64:3,8k:1", "dir", "mixed",
		"source", "untouched,rewritten", "strategy", "packet,common", "arrival", "poisson",
		"rate", "20000", "duration", "5ms");

	(void)state;
	assert_int_equal(run->cell_count, 2 * 2);
	assert_int_equal(run->finding_count, 0);
	/* A hundred arrivals on any host: the rate is a number. */
	for (uint32_t i = 0; i < run->cell_count; i++) {
		const double *c = run->cell[i].sample[0].counter;

		assert_true(c[STORE_verified_ops] > 0);
		assert_true(c[STORE_op_mean_bytes] > 64 && c[STORE_op_mean_bytes] < 8192);
		assert_true(c[STORE_to_device_share] > 0 && c[STORE_to_device_share] < 1);
	}
	store_run_free(run);
	run = MEASURED("family", "transfer", "mix", "fixed:4k", "strategy", "packet", "dir",
		"to_device", "source", "untouched", "arrival", "fixed", "rate.bytes", "64m",
		"duration", "20ms");
	assert_true(
		fabs(run->cell[0].sample[0].counter[STORE_offered_per_second] / 16384 - 1) < 1e-3);
	store_run_free(run);
}

static void faults_are_found_in_mixes(void **state)
{
	static const char *const fault[] = {"duplicate", "misplace", "truncate", "flip", "torn"};
	static const char *const source[] = {"untouched", "rewritten"};
	char seed[SEED_TEXT];

	(void)state;
	for (size_t f = 0; f < sizeof(fault) / sizeof(fault[0]); f++) {
		for (unsigned s = 0; s < 2; s++) {
			struct store_run *run = MEASURED("family", "transfer", "mix",
				"64:1,5000:1,9000:1", "dir", "mixed", "source", source[s],
				"strategy", "packet", "device.fault", fault[f], "device.fault_rate",
				"0.05", "seed", seed_of_fault(0.05, seed), "repetitions", "1");

			if (!run->finding_count)
				fail_msg("%s, source %s: not found", fault[f], source[s]);
			store_run_free(run);
		}
	}
}

static void a_file_brings_sizes_and_directions(void **state)
{
	char path[] = "/tmp/dmabench-mix-XXXXXX", key[64];
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(dprintf(fd, "64 to_device\n4k from_device\n100 to_device\n"), 42);
	close(fd);
	snprintf(key, sizeof(key), "file:%s", path);
	struct store_run *run = MEASURED(
		"family", "transfer", "mix", key, "source", "rewritten", "verify", "full");

	expect_verified(run, 4);
	for (uint32_t i = 0; i < 4; i++) {
		const struct store_sample *sample = &run->cell[i].sample[0];
		const double n = (double)sample->iterations, whole = floor(n / 3) * 3;

		assert_string_equal(run->cell[i].params.dir, "mixed");
		assert_non_null(strstr(run->cell[i].name, "/mix:file:dmabench-mix-"));
		assert_null(strstr(run->cell[i].name, "to_device:"));
		assert_true(fabs(sample->counter[STORE_to_device_share] - 2.0 / 3) <
			    1.01 / (whole + 1));
	}
	store_run_free(run);
	unlink(path);
}

static void names_tell_the_mix(void **state)
{
	struct run_plan *plan = PLANNED("family", "transfer,lock", "mix", "64:70, 4k:30", "size",
		"64,4k", "dir", "from_device,mixed", "dir.to_device", "25", "strategy", "packet",
		"source", "untouched");

	(void)state;
	/* No size: one case for all of them; lock and sg have no mixes, and no mixed direction. */
	assert_int_equal(run_plan_cells(plan), 2 + 2);
	assert_non_null(strstr(run_plan_cell_name(plan, 0), "lock/dir:from_device/size:64"));
	assert_string_equal(run_plan_cell_name(plan, 2),
		"transfer/strategy:packet/dir:from_device/depth:8/completion:poll/source:untouched/"
		"batch:1/mix:64:70,4k:30");
	assert_non_null(strstr(run_plan_cell_name(plan, 3),
		"/dir:mixed/depth:8/completion:poll/source:untouched/batch:1/mix:64:70,4k:30/"
		"to_device:25%"));
	run_plan_free(plan);
}

static void what_cannot_be_mixed_is_refused(void **state)
{
	static const char *const bad[][2] = {{"mix", "64"}, {"mix", "file:/nowhere"}};
	struct run_plan *plan = NULL;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct err err = ERR_INIT;

		assert_true(planned(&plan, bench_cases,
				    (const char *const[]){bad[i][0], bad[i][1], NULL}, &err) < 0);
		assert_int_equal(err.kind, ERR_USAGE);
		assert_non_null(strstr(err.message, "mix="));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_strategy_moves_every_byte),
		cmocka_unit_test(every_completion_mode_and_poor_devices),
		cmocka_unit_test(the_operations_are_those_drawn),
		cmocka_unit_test(directions_that_differ_are_no_direction),
		cmocka_unit_test(open_loops_have_mixes_too),
		cmocka_unit_test(faults_are_found_in_mixes),
		cmocka_unit_test(a_file_brings_sizes_and_directions),
		cmocka_unit_test(names_tell_the_mix),
		cmocka_unit_test(what_cannot_be_mixed_is_refused),
	};

	return cmocka_run_group_tests_name("mixes", tests, NULL, NULL);
}
