// SPDX-License-Identifier: BSD-2-Clause
/* trace_test.c: phases of a thread add up to the session, threads are kept apart, nothing counts while it is off. */
#include "drivers/support/trace.h"

#include <pthread.h>
#include <string.h>
#include <time.h>
#include <x86intrin.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static uint64_t sum(const uint64_t values[TRACE_PHASES])
{
	uint64_t total = 0;

	for (unsigned i = 0; i < TRACE_PHASES; i++)
		total += values[i];
	return total;
}

static uint64_t raw_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_RAW, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void spend(uint64_t ns)
{
	uint64_t start = raw_ns();

	while (raw_ns() - start < ns)
		;
}

static void points_are_nothing_while_it_is_off(void **state)
{
	(void)state;
	struct trace_account own, others;

	trace_to(TRACE_LOCK);
	trace_from(TRACE_IDLE, TRACE_LOCK);
	assert_int_equal(trace_enter(TRACE_LOCK), TRACE_IDLE);
	trace_start(true, false);
	assert_int_equal(trace_phase(), TRACE_IDLE);
	trace_stop(&own, &others);
	assert_int_equal(sum(own.points), 1); /* the one of trace_stop */
	assert_int_equal(own.ticks[TRACE_LOCK], 0);
	assert_int_equal(sum(others.points), 0);
}

static void phases_add_up_to_the_session(void **state)
{
	(void)state;
	struct trace_account own, others;
	uint64_t outer = raw_ns();

	trace_start(true, false);
	uint64_t inner = raw_ns();

	for (unsigned i = 0; i < 100; i++) {
		trace_to(TRACE_LOCK);
		spend(3000);
		trace_to(TRACE_DRIVER);
		spend(1000);
		trace_to(TRACE_IDLE);
	}
	inner = raw_ns() - inner;
	trace_stop(&own, &others);
	outer = raw_ns() - outer;
	assert_true(sum(own.ticks) >= inner && sum(own.ticks) <= outer);
	assert_true(own.ticks[TRACE_LOCK] >= 300000 && own.ticks[TRACE_DRIVER] >= 100000);
	assert_int_equal(own.points[TRACE_LOCK], 100);
	assert_int_equal(own.points[TRACE_DRIVER], 100);
	assert_int_equal(own.points[TRACE_IDLE], 101);
}

static void the_time_stamp_counter_does_too(void **state)
{
	(void)state;
	struct trace_account own, others;
	uint64_t outer = __rdtsc();

	trace_start(true, true);
	uint64_t inner = __rdtsc();

	trace_to(TRACE_MAP);
	spend(20000);
	inner = __rdtsc() - inner;
	trace_stop(&own, &others);
	outer = __rdtsc() - outer;
	assert_true(sum(own.ticks) >= inner && sum(own.ticks) <= outer);
	assert_true(own.ticks[TRACE_MAP] > sum(own.ticks) / 2);
}

static void what_is_entered_gives_back_the_phase_before(void **state)
{
	(void)state;
	struct trace_account own, others;

	trace_start(true, true);
	trace_to(TRACE_COMPLETION);
	enum trace_phase before = trace_enter(TRACE_UNLOCK);

	assert_int_equal(before, TRACE_COMPLETION);
	assert_int_equal(trace_phase(), TRACE_UNLOCK);
	trace_to(before);
	trace_from(TRACE_LOCK, TRACE_MAP);
	assert_int_equal(trace_phase(), TRACE_COMPLETION);
	trace_from(TRACE_COMPLETION, TRACE_MAP);
	assert_int_equal(trace_phase(), TRACE_MAP);
	trace_stop(&own, &others);
}

static void after_the_doorbell_only_a_single_transfer_waits(void **state)
{
	(void)state;
	struct trace_account own, others;

	trace_start(true, true);
	trace_to(TRACE_POSTED);
	assert_int_equal(trace_phase(), TRACE_WAIT);
	trace_stop(&own, &others);
	trace_start(false, true);
	trace_to(TRACE_POSTED);
	assert_int_equal(trace_phase(), TRACE_DRIVER);
	trace_stop(&own, &others);
}

static void *device_main(void *arg)
{
	(void)arg;
	for (unsigned i = 0; i < 50; i++) {
		trace_to(TRACE_FETCH);
		trace_to(TRACE_MOVE);
		spend(2000);
		trace_to(TRACE_POST);
		trace_to(TRACE_IDLE);
	}
	return NULL;
}

static void threads_are_kept_apart(void **state)
{
	(void)state;
	struct trace_account own, others;
	pthread_t thread[3];

	for (unsigned session = 0; session < 2; session++) {
		trace_start(true, false);
		for (unsigned i = 0; i < 3; i++)
			assert_int_equal(pthread_create(&thread[i], NULL, device_main, NULL), 0);
		for (unsigned i = 0; i < 3; i++)
			pthread_join(thread[i], NULL);
		trace_stop(&own, &others);
		assert_int_equal(own.points[TRACE_MOVE], 0);
		assert_int_equal(others.points[TRACE_MOVE], 150);
		assert_true(others.ticks[TRACE_MOVE] >= 150 * 2000);
		assert_int_equal(others.points[TRACE_LOCK], 0);
	}
}

static void threads_beyond_the_last_slot_are_left_out(void **state)
{
	(void)state;
	struct trace_account own, others;
	pthread_t thread[20];

	trace_start(true, true);
	for (unsigned i = 0; i < 20; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, device_main, NULL), 0);
	for (unsigned i = 0; i < 20; i++)
		pthread_join(thread[i], NULL);
	trace_stop(&own, &others);
	assert_int_equal(others.points[TRACE_MOVE], 15 * 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(points_are_nothing_while_it_is_off),
		cmocka_unit_test(phases_add_up_to_the_session),
		cmocka_unit_test(the_time_stamp_counter_does_too),
		cmocka_unit_test(what_is_entered_gives_back_the_phase_before),
		cmocka_unit_test(after_the_doorbell_only_a_single_transfer_waits),
		cmocka_unit_test(threads_are_kept_apart),
		cmocka_unit_test(threads_beyond_the_last_slot_are_left_out),
	};

	return cmocka_run_group_tests_name("trace points", tests, NULL, NULL);
}
