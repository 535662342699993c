// SPDX-License-Identifier: BSD-2-Clause
/*
 * account_test.c: values, peaks and means of the account on a clock of the test's own, against events at known times.
 */
#include "drivers/videoport/account_testing.h"

#include <math.h>

static void expect_mean(double mean, double expected)
{
	if (!(fabs(mean - expected) <= 1e-12 * fabs(expected)))
		fail_msg("mean %.17g, expected %.17g", mean, expected);
}

/* ---- values and peaks --------------------------------------------------------------------------------- */

static void everything_is_counted_once(void **state)
{
	const struct account_transfer a = transfer_of(5, 0, 3), b = transfer_of(7, 2, 1);

	(void)state;
	transfer_begin(&transfers[0], a);
	transfer_begin(&transfers[1], b);
	transfer_end(&transfers[0], a);
	pin(8192);
	pin(4096);
	unpin(8192);
	account_bounce(&account, 100);
	account_object_add(&account, ACCOUNT_ADAPTER);
	account_object_add(&account, ACCOUNT_POOL_BLOCK);
	account_object_sub(&account, ACCOUNT_POOL_BLOCK);

	struct videoport_usage usage = usage_now();

	assert_int_equal(usage.map_registers, 7);
	assert_int_equal(usage.map_registers_peak, 12);
	assert_int_equal(usage.mapped_bytes, 5 * PAGE_BYTES);
	assert_int_equal(usage.mapped_bytes_peak, 10 * PAGE_BYTES);
	assert_int_equal(usage.bounce_held_bytes, 2 * PAGE_BYTES);
	assert_int_equal(usage.bounce_held_bytes_peak, 2 * PAGE_BYTES);
	assert_int_equal(usage.sg_bytes, 16 + 24);
	assert_int_equal(usage.sg_bytes_peak, 2 * 16 + 4 * 24);
	assert_int_equal(usage.sg_lists, 2);
	assert_int_equal(usage.sg_elements, 4);
	assert_int_equal(usage.pinned_bytes, 4096);
	assert_int_equal(usage.pinned_bytes_peak, 12288);
	assert_int_equal(usage.locks, 1);
	assert_int_equal(usage.bounce_bytes, 100);
	assert_int_equal(usage.adapters, 1);
	assert_int_equal(usage.pool_blocks, 0);

	account_reset(&account);
	usage = usage_now();
	assert_int_equal(usage.map_registers, 7);
	assert_int_equal(usage.map_registers_peak, 7);
	assert_int_equal(usage.sg_bytes_peak, 40);
	assert_int_equal(usage.pinned_bytes_peak, 4096);
	assert_int_equal(usage.sg_lists + usage.sg_elements + usage.bounce_bytes + usage.pins, 0);
	assert_int_equal(usage.adapters, 1);
	assert_int_equal(usage.locks, 1);
	transfer_end(&transfers[1], b);
	assert_int_equal(usage_now().bounce_held_bytes, 0);
}

/* The list of the driver's header is what its bytes are counted as. */
static void list_bytes_are_those_of_the_structure(void **state)
{
	(void)state;
	assert_int_equal(account_sg_bytes(0), offsetof(VP_SCATTER_GATHER_LIST, Elements));
	assert_int_equal(
		account_sg_bytes(5) - account_sg_bytes(4), sizeof(VP_SCATTER_GATHER_ELEMENT));
}

static void a_meter_has_peaks_of_its_own(void **state)
{
	const struct account_transfer a = transfer_of(5, 0, 1), b = transfer_of(3, 0, 1);
	struct videoport_gauge gauge = {.allocated = 77};

	(void)state;
	transfer_begin(&transfers[0], a);
	transfer_end(&transfers[0], a);
	transfer_begin(&transfers[1], b);
	account_meter_read(&account, &transfers[0], ACCOUNT_MAP_REGISTERS, &gauge);
	assert_int_equal(gauge.now, 0);
	assert_int_equal(gauge.peak, 5);
	assert_int_equal(gauge.allocated, 77); /* not the meter's */
	account_meter_read(&account, &transfers[1], ACCOUNT_MAP_REGISTERS, &gauge);
	assert_int_equal(gauge.now, 3);
	assert_int_equal(gauge.peak, 3);
	assert_int_equal(usage_now().map_registers_peak, 5); /* never 8 at once */
	transfer_end(&transfers[1], b);
}

/* ---- means at known times ----------------------------------------------------------------------------- */

/*
 *	pages  3 |          #########
 *	       1 |     #####         ##########
 *	       0 |#####
 *	          0   10   20       40        60
 */
static void the_mean_is_the_area_over_the_time(void **state)
{
	(void)state;
	account_reset(&account);
	pin(4096);
	account_date(&account, test_ticks + 10);
	pin(8192);
	account_date(&account, test_ticks + 20);
	unpin(8192);
	account_date(&account, test_ticks + 40);
	test_ticks += 60;

	struct videoport_usage usage = usage_now();

	assert_int_equal(usage.pinned_bytes_peak, 3 * 4096);
	expect_mean(usage.pinned_bytes_mean, 4096.0 * (10 * 0 + 10 * 1 + 20 * 3 + 20 * 1) / 60);
	unpin(4096);
}

/* Whatever happens between two dates takes effect at the second: a spike is in the peak, not in the mean. */
static void a_date_is_when_changes_take_effect(void **state)
{
	(void)state;
	account_reset(&account);
	account_date(&account, test_ticks + 5); /* nothing to date */
	pin(4096);
	pin(4096);
	unpin(4096);
	account_date(&account, test_ticks + 25);
	account_date(&account, test_ticks + 50); /* nothing since */
	test_ticks += 100;
	expect_mean(usage_now().pinned_bytes_mean, 4096.0 * 75 / 100);
	assert_int_equal(usage_now().pinned_bytes_peak, 8192);

	/* A clock of another processor: not earlier than the last. */
	pin(4096);
	account_date(&account, test_ticks - 30);
	test_ticks += 100;
	expect_mean(usage_now().pinned_bytes_mean, 4096.0 * (75 + 200) / 200);
	unpin(4096);
	account_date(&account, test_ticks);
	account_reset(&account);
	test_ticks += 100;

	/* Undated changes take effect at the reading. */
	unpin(4096);
	test_ticks += 100;
	expect_mean(usage_now().pinned_bytes_mean, 4096.0 * 200 / 200);
	test_ticks += 50;
	expect_mean(usage_now().pinned_bytes_mean, 4096.0 * 200 / 250);
}

static void a_reset_starts_the_means_anew(void **state)
{
	(void)state;
	pin(12288);
	account_date(&account, test_ticks);
	test_ticks += 1000;
	account_reset(&account);
	expect_mean(usage_now().pinned_bytes_mean, 12288); /* no time has passed */
	test_ticks += 10;
	unpin(8192);
	account_date(&account, test_ticks);
	test_ticks += 30;
	expect_mean(usage_now().pinned_bytes_mean, (12288.0 * 10 + 4096.0 * 30) / 40);
	unpin(4096);
}

/* An hour of a TSC at 4 GHz with a terabyte: more than 64 bits of byte ticks. */
static void long_and_large_does_not_overflow(void **state)
{
	const uint64_t bytes = UINT64_C(1) << 40, hour = UINT64_C(3600) * 4000000000;

	(void)state;
	pin(bytes);
	account_reset(&account);
	for (unsigned i = 1; i <= 10; i++) {
		pin(4096);
		unpin(4096);
		account_date(&account, test_ticks + i * hour);
	}
	test_ticks += 20 * hour;
	expect_mean(usage_now().pinned_bytes_mean, (double)bytes);
	unpin(bytes);
}

/*
 *	ticks     0    10    30       130    150
 *	counts    |----|------|        |------|
 *	pinned     0     1        2        1
 */
static void time_taken_out_does_not_count(void **state)
{
	(void)state;
	account_run(&account, false, test_ticks);
	account_run(&account, false, test_ticks);
	account_reset(&account);
	test_ticks += 77; /* nor does a reset start it */
	assert_int_equal(usage_now().pinned_bytes, 0);
	account_run(&account, true, test_ticks);
	account_run(&account, true, test_ticks);
	test_ticks += 10;
	pin(4096);
	account_date(&account, test_ticks);
	test_ticks += 20;
	pin(4096);
	account_run(&account, false, test_ticks);
	test_ticks += 50;
	unpin(4096);
	account_date(&account, test_ticks);
	pin(8192); /* peaks are taken all the same */
	unpin(8192);
	test_ticks += 50;
	expect_mean(usage_now().pinned_bytes_mean, 4096.0 * 20 / 30);
	account_run(&account, true, test_ticks);
	test_ticks += 20;

	struct videoport_usage usage = usage_now();

	expect_mean(usage.pinned_bytes_mean, 4096.0 * 40 / 50);
	assert_int_equal(usage.pinned_bytes_peak, 3 * 4096);
	unpin(4096);
}

static void what_a_closed_meter_measured_stays_in_the_sum(void **state)
{
	const struct account_transfer a = transfer_of(10, 0, 1);
	struct account_meter gone = {.open = false};

	(void)state;
	account_meter_close(&account, &gone); /* never opened */
	account_reset(&account);
	account_meter_open(&account, &gone, ACCOUNT_TRANSFERS);
	transfer_begin(&gone, a);
	account_date(&account, test_ticks);
	test_ticks += 30;
	transfer_end(&gone, a);
	account_meter_close(&account, &gone); /* dates what is undated */
	test_ticks += 70;
	expect_mean(usage_now().map_registers_mean, 10.0 * 30 / 100);
	assert_int_equal(usage_now().map_registers_peak, 10);
	account_reset(&account);
	test_ticks += 10;
	expect_mean(usage_now().map_registers_mean, 0);
}

/* ---- common buffers ------------------------------------------------------------------------------------ */

static struct space_node node_at(uint64_t pfn, uint64_t pages)
{
	return (struct space_node){.pfn = pfn, .pages = pages};
}

/* Three buffers side by side, the middle one and the first released: dates are the events' own. */
static void common_buffers_are_dated_by_themselves(void **state)
{
	struct space_node a = node_at(100, 1), b = node_at(101, 2), c = node_at(103, 1);
	struct videoport_gauge gauge;

	(void)state;
	account_reset(&account);
	account_common_begin(&account, &commons[0], &a, 1000, 4096);
	test_ticks += 10;
	account_common_begin(&account, &commons[1], &b, 8000, 8192);
	account_common_begin(&account, &commons[0], &c, 4096, 4096);
	test_ticks += 20;
	account_common_end(&account, &commons[1], &b, 8000, 8192);
	test_ticks += 30;

	struct videoport_usage usage = usage_now();

	assert_int_equal(usage.common_bytes, 8192);
	assert_int_equal(usage.common_bytes_peak, 16384);
	expect_mean(usage.common_bytes_mean, (4096.0 * 10 + 16384.0 * 20 + 8192.0 * 30) / 60);
	assert_int_equal(usage.common_asked_bytes, 5096);
	assert_int_equal(usage.common_asked_bytes_peak, 13096);
	expect_mean(usage.common_asked_bytes_mean, (1000.0 * 10 + 13096.0 * 20 + 5096.0 * 30) / 60);
	account_meter_read(&account, &commons[1], ACCOUNT_COMMON_BYTES, &gauge);
	assert_int_equal(gauge.peak, 8192);
	expect_mean(gauge.mean, 8192.0 * 20 / 60);
	account_meter_read(&account, &commons[0], ACCOUNT_COMMON_COUNT, &gauge);
	assert_int_equal(gauge.now, 2);
	account_common_end(&account, &commons[0], &a, 1000, 4096);
	account_common_end(&account, &commons[0], &c, 4096, 4096);
	assert_int_equal(usage_now().common_bytes, 0);
	assert_int_equal(usage_now().common_asked_bytes, 0);
}

/*
 *	frames 100 .. 104         held    free  largest  fragmentation   for
 *	a b c d e                 5       0     0        0               10
 *	a . c d e                 4       1     1        0               20
 *	a . c . e                 3       2     1        1/2             40
 *	. . c . e                 2       3     2        1/3             30
 */
static void fragmentation_is_weighted_by_time(void **state)
{
	struct space_node node[5];

	(void)state;
	account_reset(&account);
	for (unsigned i = 0; i < 5; i++) {
		node[i] = node_at(100 + i, 1);
		account_common_begin(&account, &commons[i % 2], &node[i], 4096, 4096);
	}
	test_ticks += 10;
	account_common_end(&account, &commons[1], &node[1], 4096, 4096);
	test_ticks += 20;
	account_common_end(&account, &commons[1], &node[3], 4096, 4096);
	test_ticks += 40;
	account_common_end(&account, &commons[0], &node[0], 4096, 4096);
	test_ticks += 30;

	struct videoport_usage usage = usage_now();

	assert_int_equal(usage.common_free_bytes, 3 * PAGE_BYTES);
	assert_int_equal(usage.common_largest_bytes, 2 * PAGE_BYTES);
	expect_mean(usage.common_fragmentation, 1.0 / 3);
	expect_mean(usage.common_fragmentation_peak, 0.5);
	expect_mean(usage.common_fragmentation_mean, (40 * 0.5 + 30 * (1 - 2.0 / 3)) / 100);
	account_reset(&account); /* c . e: one hole */
	usage = usage_now();
	assert_int_equal(usage.common_free_bytes, PAGE_BYTES);
	expect_mean(usage.common_fragmentation_peak, 0);
	expect_mean(usage.common_fragmentation_mean, 0);
	account_common_end(&account, &commons[0], &node[2], 4096, 4096);
	account_common_end(&account, &commons[0], &node[4], 4096, 4096);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		account_case(everything_is_counted_once),
		account_case(list_bytes_are_those_of_the_structure),
		account_case(a_meter_has_peaks_of_its_own),
		account_case(the_mean_is_the_area_over_the_time),
		account_case(a_date_is_when_changes_take_effect),
		account_case(a_reset_starts_the_means_anew),
		account_case(long_and_large_does_not_overflow),
		account_case(time_taken_out_does_not_count),
		account_case(what_a_closed_meter_measured_stays_in_the_sum),
		account_case(common_buffers_are_dated_by_themselves),
		account_case(fragmentation_is_weighted_by_time),
	};

	return cmocka_run_group_tests_name("account", tests, NULL, NULL);
}
