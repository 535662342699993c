// SPDX-License-Identifier: BSD-2-Clause
/*
 * cases_test.c: every case family on the real path (driver, port, soft device) through the life-cycle and the store: all
 * strategies, directions, completion modes and kinds of memory, verified in full. Keys of several values are
 * sweep_test.c, figures held against an independent count figures_test.c, devices that go wrong fault_test.c.
 */
#include "bench/cases/testing.h"

#include <math.h>
#include <stdio.h>

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

/* Of @size, with @high per cent of the memory out of the device's reach. */
static void expect_bounced(const char *size, const char *high)
{
	struct store_run *run = MEASURED("family", "transfer", "size", size, "depth", "4", "source",
		"rewritten", "verify", "full", "device.address_bits", "32", "frames.high", high,
		"frames.fragmentation", "30", "device.map_registers", "16", "device.scatter_gather",
		"no");

	expect_cells(run, 4 * 2);
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

/* Of the single pages that a slow host gets through all may be within reach, unless none is. */
static void family_transfer_on_a_poor_device(void **state)
{
	(void)state;
	expect_bounced("300001", "50");
	expect_bounced("4096", "100");
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
		cmocka_unit_test(family_transfer_on_a_poor_device),
	};

	return cmocka_run_group_tests_name("cases", tests, NULL, NULL);
}
