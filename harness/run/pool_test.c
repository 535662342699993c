// SPDX-License-Identifier: BSD-2-Clause
/* pool_test.c: what a driver counts, weighted with dates that the test gives. */
#include "harness/run/pool.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "harness/rng/rng.h"

static DMABENCH_POOL_ACCOUNT account;
static struct run_pool pool;

static int pool_setup(void **state)
{
	(void)state;
	account = (DMABENCH_POOL_ACCOUNT){.Slots = 8, .SlotBytes = 1000};
	pool = (struct run_pool){.account = &account};
	return 0;
}

static void use(ULONG slots, ULONGLONG bytes)
{
	account.Used = slots;
	account.Bytes = bytes;
	account.UsedPeak = slots > account.UsedPeak ? slots : account.UsedPeak;
}

static void expect(double value, double expected)
{
	assert_true(fabs(value - expected) <= 1e-12 * fabs(expected));
}

/*
 *	slots   0 | 2 | 5 |  (paused)  | 1 | 0
 *	ticks   100  110 140        1000 1030 1040
 */
static void means_leave_pauses_out(void **state)
{
	struct run_pool_usage usage;

	(void)state;
	pool_pause(&pool);
	use(2, 1500);
	pool_date(&pool, 100);
	pool_date(&pool, 110);
	use(5, 4100);
	pool_date(&pool, 110);
	pool_date(&pool, 140);
	pool_pause(&pool);
	use(1, 10);
	pool_date(&pool, 1000);
	use(0, 0);
	pool_date(&pool, 1030);
	pool_date(&pool, 1040);
	pool_pause(&pool);
	pool_read(&pool, 10 + 30 + 40, &usage);
	assert_true(usage.known);
	expect(usage.pool_bytes, 8000);
	expect(usage.used_bytes, 0);
	expect(usage.used_peak_bytes, 5000);
	expect(usage.used_mean_bytes, 1000.0 * (2 * 10 + 5 * 30 + 1 * 30) / 80);
	expect(usage.payload_mean_bytes, (1500.0 * 10 + 4100.0 * 30 + 10.0 * 30) / 80);
}

static void a_date_that_goes_back_takes_no_time(void **state)
{
	struct run_pool_usage usage;

	(void)state;
	use(3, 300);
	pool_date(&pool, 50);
	pool_date(&pool, 40);
	pool_date(&pool, 60);
	pool_read(&pool, 60 - 50, &usage);
	expect(usage.used_mean_bytes, 3000);
}

static void what_is_not_known_is_no_number(void **state)
{
	struct run_pool none = {.account = NULL};
	struct run_pool_usage usage;

	(void)state;
	pool_date(&none, 5);
	pool_read(&none, 10, &usage);
	assert_false(usage.known);
	assert_true(isnan(usage.used_bytes) && isnan(usage.used_mean_bytes));
	use(2, 20); /* a driver that counts, and nobody who dates */
	pool_read(&pool, 10, &usage);
	assert_true(usage.known);
	expect(usage.used_bytes, 2000);
	assert_true(isnan(usage.used_mean_bytes) && isnan(usage.payload_mean_bytes));
}

/* Every slot counted by itself: from the date it is taken at to the date it is given back. */
static void a_recount_slot_by_slot_agrees(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 50; seed++) {
		uint64_t ticks = 1000, start = ticks, taken_at[8] = {0}, area = 0;
		struct run_pool_usage usage;
		ULONG used = 0;
		struct rng rng;

		pool_setup(NULL);
		rng_seed(&rng, seed);
		print_message("seed %llu\n", (unsigned long long)seed);
		pool_date(&pool, ticks);
		for (unsigned i = 0; i < 1000; i++) {
			unsigned slot = (unsigned)rng_below(&rng, 8);

			ticks += rng_below(&rng, 100);
			area += taken_at[slot] ? ticks - taken_at[slot] : 0;
			used += taken_at[slot] ? -1u : 1u;
			taken_at[slot] = taken_at[slot] ? 0 : ticks;
			use(used, 10 * used);
			pool_date(&pool, ticks);
		}
		for (unsigned slot = 0; slot < 8; slot++)
			area += taken_at[slot] ? ticks - taken_at[slot] : 0;
		pool_read(&pool, ticks - start, &usage);
		expect(usage.used_mean_bytes, 1000.0 * (double)area / (double)(ticks - start));
		expect(usage.payload_mean_bytes, 10.0 * (double)area / (double)(ticks - start));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(means_leave_pauses_out, pool_setup),
		cmocka_unit_test_setup(a_date_that_goes_back_takes_no_time, pool_setup),
		cmocka_unit_test_setup(what_is_not_known_is_no_number, pool_setup),
		cmocka_unit_test_setup(a_recount_slot_by_slot_agrees, pool_setup),
	};

	return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
