// SPDX-License-Identifier: BSD-2-Clause
/* time_test.c: performance counter, stall, system time and HwVidTimer. */
#include "drivers/videoport/testing.h"

static void the_counter_runs_at_its_frequency(void **state)
{
	struct test_port port = test_port_open();
	LONGLONG hz = 0;
	struct timespec pause = {.tv_nsec = 50000000};

	(void)state;

	uint64_t raw_start_ns = clock_raw_ns();
	LONGLONG start = VideoPortQueryPerformanceCounter(port.ext, &hz);

	nanosleep(&pause, NULL);

	LONGLONG end = VideoPortQueryPerformanceCounter(port.ext, NULL);
	uint64_t raw_end_ns = clock_raw_ns();
	double counted = (double)(end - start) / (double)hz;
	double elapsed = (double)(raw_end_ns - raw_start_ns) / 1e9;

	assert_true(hz >= 1000000);
	assert_true(counted >= 0.05 * 0.999);
	/* The outer clock brackets the inner. */
	assert_true(counted <= elapsed * 1.001);
	test_expect_no_events(&port);
	test_port_close(&port);
}

static void the_counter_never_runs_backwards(void **state)
{
	struct test_port port = test_port_open();
	enum { READINGS = 100000 };
	LONGLONG last = VideoPortQueryPerformanceCounter(port.ext, NULL);

	(void)state;

	uint64_t start_ns = clock_raw_ns();

	for (int i = 0; i < READINGS; i++) {
		LONGLONG now = VideoPortQueryPerformanceCounter(port.ext, NULL);

		if (now < last)
			fail_msg("%lld after %lld", now, last);
		last = now;
	}
	print_message("performance counter: %.1f ns a reading, %s\n",
		(double)(clock_raw_ns() - start_ns) / READINGS, clock_source.tsc ? "TSC" : "clock");
	test_port_close(&port);
}

static void a_stall_lasts_as_long_as_asked(void **state)
{
	(void)state;
	clock_calibrate();

	uint64_t start_ns = clock_raw_ns();

	VideoPortStallExecution(2000);
	assert_true(clock_raw_ns() - start_ns >= 1990000);
	VideoPortStallExecution(0);
}

static void system_time_counts_from_1601(void **state)
{
	LARGE_INTEGER now;
	time_t unix_now = time(NULL);

	(void)state;
	VideoPortQuerySystemTime(&now);

	LONGLONG seconds = now.QuadPart / 10000000 - INT64_C(11644473600);

	assert_in_range(seconds, unix_now - 1, unix_now + 2);
}

/* ---- HwVidTimer ------------------------------------------------------------------------------ */

static struct {
	_Atomic unsigned calls;
	_Atomic unsigned level;
} ticked;

static VOID timer_counts(PVOID hw)
{
	atomic_store(&ticked.level, VideoPortGetCurrentIrql());
	if (atomic_fetch_add(&ticked.calls, 1) == 0)
		VideoPortStopTimer(hw); /* must not: recorded, and it goes on */
}

static void r_079_the_timer_is_called_once_a_second(void **state)
{
	(void)state;
	test_hw.HwTimer = test_timer;

	struct test_port port = test_port_open();

	atomic_store(&ticked.calls, 0);
	atomic_store(&port.ext->timer, timer_counts);

	uint64_t start_ns = clock_raw_ns();

	VideoPortStartTimer(port.ext);
	while (atomic_load(&ticked.calls) < 2)
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);

	uint64_t elapsed_ns = clock_raw_ns() - start_ns;

	assert_true(elapsed_ns >= UINT64_C(1900000000));
	assert_int_equal(atomic_load(&ticked.level), IRQL_DISPATCH);
	VideoPortStopTimer(port.ext);
	test_expect_rule(&port, "called by HwVidTimer");
	test_port_close(&port);
}

static void r_079_without_a_timer_routine_starting_is_refused(void **state)
{
	struct test_port port = test_port_open();

	(void)state;
	VideoPortStartTimer(port.ext);
	test_expect_rule(&port, "VideoPortStartTimer: the driver has no HwTimer");
	VideoPortStopTimer(port.ext);
	test_expect_rule(&port, "VideoPortStopTimer: the driver has no HwTimer");
	test_port_close(&port);
}

static void a_running_timer_does_not_hold_up_close(void **state)
{
	(void)state;
	test_hw.HwTimer = test_timer;

	struct test_port port = test_port_open();

	VideoPortStartTimer(port.ext);

	uint64_t start_ns = clock_raw_ns();

	test_port_close(&port);
	print_message("close: %.1f ms\n", (double)(clock_raw_ns() - start_ns) / 1e6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_case(the_counter_runs_at_its_frequency),
		test_case(the_counter_never_runs_backwards),
		test_case(a_stall_lasts_as_long_as_asked),
		test_case(system_time_counts_from_1601),
		test_case(r_079_the_timer_is_called_once_a_second),
		test_case(r_079_without_a_timer_routine_starting_is_refused),
		test_case(a_running_timer_does_not_hold_up_close),
	};

	return cmocka_run_group_tests_name("time", tests, NULL, NULL);
}
