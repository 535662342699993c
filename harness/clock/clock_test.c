// SPDX-License-Identifier: BSD-2-Clause
/* clock_test.c: choice of the clock, calibration against the kernel's, order of readings. */
#include "harness/clock/clock.h"

#include "harness/clock/clock_priv.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

static void tsc_is_chosen_only_where_trusted(void **state)
{
	(void)state;
	assert_true(clock_trusts_tsc(true, true, "tsc"));
	assert_true(clock_trusts_tsc(true, true, "kvm-clock"));
	assert_true(clock_trusts_tsc(true, true, "hyperv_clocksource_tsc_page"));
	assert_false(clock_trusts_tsc(false, true, "tsc"));
	assert_false(clock_trusts_tsc(false, true, "kvm-clock"));
	assert_false(clock_trusts_tsc(true, false, "tsc"));
	assert_false(clock_trusts_tsc(true, true, "hpet"));
	assert_false(clock_trusts_tsc(true, true, "acpi_pm"));
	assert_false(clock_trusts_tsc(true, true, ""));
}

static void assert_sane(const struct clock *clock)
{
	assert_true(clock->invariant);
	assert_true(isfinite(clock->ns_per_tick) && clock->ns_per_tick > 0);
	assert_true(fabs(clock->ns_per_tick * clock->rate_hz - 1e9) < 1e3);
	assert_true(clock->error_ppm >= 0);
	assert_true(clock->read_ns > 0);
	assert_true(clock->read_min_ns > 0);
	assert_true(clock->read_min_ns <= clock->read_ns * 2);
}

/* Both clocks over the same stretch; generous, as the machine may be busy between the readings. */
static void assert_agrees_with_kernel(const struct clock *clock)
{
	const struct timespec pause = {.tv_nsec = 20000000};
	struct tick raw_start = clock_now_raw(), start = clock_now(clock);

	nanosleep(&pause, NULL);
	struct tick end = clock_now(clock), raw_end = clock_now_raw();
	double ns = (double)clock_ns(clock, clock_span(start, end));
	double raw_ns = (double)clock_span(raw_start, raw_end);

	assert_true(ns >= 20e6 * 0.999);
	assert_true(ns <= raw_ns * 1.001);
}

static void default_clock_keeps_time(void **state)
{
	(void)state;
	struct clock clock;
	struct err err = ERR_INIT;

	assert_int_equal(clock_open(&clock, &err), 0);
	assert_int_equal(err.kind, ERR_NONE);
	assert_string_equal(clock.name, clock.tsc ? "tsc" : "monotonic_raw");
	assert_sane(&clock);
	assert_agrees_with_kernel(&clock);
	print_message("clock %s %.6f MHz, spread %.2f ppm, reading %.1f ns (least %.1f ns)\n",
		clock.name, clock.rate_hz / 1e6, clock.error_ppm, clock.read_ns, clock.read_min_ns);
}

/* All runs of a process are measured by one clock. */
static void a_process_calibrates_once(void **state)
{
	(void)state;
	struct clock first, second;

	assert_int_equal(clock_open(&first, NULL), 0);
	assert_int_equal(clock_open(&second, NULL), 0);
	assert_true(first.rate_hz == second.rate_hz && first.ns_per_tick == second.ns_per_tick);
	assert_true(first.error_ppm == second.error_ppm && first.read_ns == second.read_ns);
	assert_string_equal(first.name, second.name);
}

static void raw_clock_counts_nanoseconds(void **state)
{
	(void)state;
	struct clock clock;

	assert_int_equal(clock_open_raw(&clock, NULL), 0);
	assert_false(clock.tsc);
	assert_string_equal(clock.name, "monotonic_raw");
	assert_true(clock.ns_per_tick == 1.0);
	assert_true(clock_ns(&clock, 12345) == 12345);
	assert_sane(&clock);
	assert_agrees_with_kernel(&clock);
}

static void readings_never_run_backwards(void **state)
{
	(void)state;
	struct clock clock;

	assert_int_equal(clock_open(&clock, NULL), 0);
	struct tick last = clock_now(&clock);

	for (int i = 0; i < 100000; i++) {
		struct tick now = clock_now(&clock);

		assert_true(now.t >= last.t);
		last = now;
	}
}

static void span_and_conversion_round_and_saturate(void **state)
{
	(void)state;
	const struct clock clock = {.ns_per_tick = 0.4};

	assert_true(clock_span((struct tick){5}, (struct tick){7}) == 2);
	assert_true(clock_span((struct tick){7}, (struct tick){5}) == 0);
	assert_true(clock_ns(&clock, 0) == 0);
	assert_true(clock_ns(&clock, 1) == 0);
	assert_true(clock_ns(&clock, 2) == 1);
	assert_true(clock_ns(&clock, 10) == 4);
}

static void thread_time_counts_work_and_not_sleep(void **state)
{
	(void)state;
	const struct timespec pause = {.tv_nsec = 30000000};
	uint64_t before = clock_thread_cpu_ns();

	nanosleep(&pause, NULL);
	uint64_t slept = clock_thread_cpu_ns() - before;

	assert_true(slept < 20000000);
	while (clock_thread_cpu_ns() - before < slept + 2000000)
		;
	assert_true(clock_thread_cpu_ns() > before + slept);
}

static void wall_clock_is_after_2024(void **state)
{
	(void)state;
	assert_true(clock_wall_ns() > 1704067200ull * 1000000000ull);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tsc_is_chosen_only_where_trusted),
		cmocka_unit_test(default_clock_keeps_time),
		cmocka_unit_test(a_process_calibrates_once),
		cmocka_unit_test(raw_clock_counts_nanoseconds),
		cmocka_unit_test(readings_never_run_backwards),
		cmocka_unit_test(span_and_conversion_round_and_saturate),
		cmocka_unit_test(thread_time_counts_work_and_not_sleep),
		cmocka_unit_test(wall_clock_is_after_2024),
	};

	return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
