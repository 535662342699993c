// SPDX-License-Identifier: BSD-2-Clause
/* account_test.c: values, exact peaks under several threads, the time-weighted mean, reset. */
#include "drivers/videoport/testing.h"

static struct account account;

static int account_setup(void **state)
{
	(void)state;
	clock_calibrate();
	return account_init(&account);
}

static int account_teardown(void **state)
{
	(void)state;
	account_fini(&account);
	return 0;
}

static void everything_is_counted_once(void **state)
{
	struct videoport_usage usage;

	(void)state;
	account_registers_take(&account, 5);
	account_registers_take(&account, 7);
	account_registers_give(&account, 5);
	account_pin(&account, 8192);
	account_pin(&account, 4096);
	account_unpin(&account, 8192);
	account_sg(&account, 3);
	account_sg(&account, 1);
	account_bounce(&account, 100);
	account_common(&account, 65536);
	account_common(&account, -16384);
	account_object_add(&account, ACCOUNT_ADAPTER);
	account_object_add(&account, ACCOUNT_POOL_BLOCK);
	account_object_sub(&account, ACCOUNT_POOL_BLOCK);
	account_read(&account, &usage);
	assert_int_equal(usage.map_registers, 7);
	assert_int_equal(usage.map_registers_peak, 12);
	assert_int_equal(usage.pinned_bytes, 4096);
	assert_int_equal(usage.pinned_bytes_peak, 12288);
	assert_int_equal(usage.locks, 1);
	assert_int_equal(usage.sg_lists, 2);
	assert_int_equal(usage.sg_elements, 4);
	assert_int_equal(usage.bounce_bytes, 100);
	assert_int_equal(usage.common_bytes, 49152);
	assert_int_equal(usage.common_bytes_peak, 65536);
	assert_int_equal(usage.adapters, 1);
	assert_int_equal(usage.pool_blocks, 0);

	account_reset(&account);
	account_read(&account, &usage);
	assert_int_equal(usage.map_registers, 7);
	assert_int_equal(usage.map_registers_peak, 7);
	assert_int_equal(usage.pinned_bytes_peak, 4096);
	assert_int_equal(usage.common_bytes_peak, 49152);
	assert_int_equal(usage.sg_lists + usage.sg_elements + usage.bounce_bytes, 0);
	assert_int_equal(usage.adapters, 1);
	assert_int_equal(usage.locks, 1);
}

static void the_mean_is_weighted_by_time(void **state)
{
	struct videoport_usage usage;
	struct timespec pause = {.tv_nsec = 10000000};

	(void)state;
	account_common(&account, 4096);
	account_reset(&account);

	uint64_t start_ns = clock_now_ns();

	nanosleep(&pause, NULL);

	uint64_t middle_ns = clock_now_ns();

	account_common(&account, 8192);
	nanosleep(&pause, NULL);
	account_read(&account, &usage);

	uint64_t end_ns = clock_now_ns();
	double first = (double)(middle_ns - start_ns), second = (double)(end_ns - middle_ns);
	double expected = (4096.0 * first + 12288.0 * second) / (first + second);

	/*
	 * The two stretches are bracketed to well under a millisecond of twenty, unless
	 * descheduled.
	 */
	assert_true(usage.common_bytes_mean > 4096.0 && usage.common_bytes_mean < 12288.0);
	assert_true(usage.common_bytes_mean > 0.5 * expected);
	assert_true(usage.common_bytes_mean < 1.5 * expected);
}

static void a_constant_has_itself_as_mean(void **state)
{
	struct videoport_usage usage;

	(void)state;
	account_common(&account, 12345);
	account_reset(&account);
	account_read(&account, &usage);
	assert_true(usage.common_bytes_mean > 12344.999 && usage.common_bytes_mean < 12345.001);
}

#define THREADS 4
#define ROUNDS  20000

static _Atomic unsigned arrived;

/* All threads hold their share at one moment, so the peak is known exactly. */
static void *taker(void *arg)
{
	uint64_t share = (uint64_t)(uintptr_t)arg;

	for (int i = 0; i < ROUNDS; i++) {
		account_registers_take(&account, share);
		account_registers_give(&account, share);
		account_sg(&account, share);
	}
	account_registers_take(&account, share);
	atomic_fetch_add(&arrived, 1);
	while (atomic_load(&arrived) < THREADS)
		sched_yield();
	account_registers_give(&account, share);
	return NULL;
}

static void peaks_are_exact_under_threads(void **state)
{
	struct videoport_usage usage;
	pthread_t threads[THREADS];
	uint64_t all = 0;

	(void)state;
	atomic_store(&arrived, 0);
	for (uintptr_t i = 0; i < THREADS; i++) {
		all += i + 1;
		assert_int_equal(pthread_create(&threads[i], NULL, taker, (void *)(i + 1)), 0);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	account_read(&account, &usage);
	assert_int_equal(usage.map_registers, 0);
	assert_int_equal(usage.map_registers_peak, all);
	assert_int_equal(usage.sg_lists, THREADS * ROUNDS);
	assert_int_equal(usage.sg_elements, all * ROUNDS);
}

static void a_snapshot_never_has_a_peak_below_its_value(void **state)
{
	struct videoport_usage usage;
	pthread_t threads[THREADS];

	(void)state;
	atomic_store(&arrived, 0);
	for (uintptr_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, taker, (void *)(i + 1)), 0);
	while (atomic_load(&arrived) < THREADS) {
		account_read(&account, &usage);
		assert_true(usage.map_registers_peak >= usage.map_registers);
		account_reset(&account);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

#define account_case(function)                                                                     \
	cmocka_unit_test_setup_teardown(function, account_setup, account_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		account_case(everything_is_counted_once),
		account_case(the_mean_is_weighted_by_time),
		account_case(a_constant_has_itself_as_mean),
		account_case(peaks_are_exact_under_threads),
		account_case(a_snapshot_never_has_a_peak_below_its_value),
	};

	return cmocka_run_group_tests_name("account", tests, NULL, NULL);
}
