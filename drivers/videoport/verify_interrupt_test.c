// SPDX-License-Identifier: BSD-2-Clause
/* verify_interrupt_test.c: the verifier's rules of interrupts and time, 606 to 612; broken and kept. */
#include "drivers/videoport/testing.h"

/* ---- interrupts (606, 607) ---------------------------------------------------------------------------- */

static void rule_606_broken_claimed_in_d3(void **state)
{
	TEST_VERIFIED_PORT(port);

	assert_int_equal(videoport_power(port.vp, DEVICE_D3, NULL), 0);
	test_interrupt_once(&port);
	interrupt_disconnect(port.vp);
	test_expect_broken(&port, RULE_ISR_D3);
	test_port_close(&port);
}

static BOOLEAN isr_not_mine(PVOID hw)
{
	(void)hw;
	return FALSE;
}

static void rule_606_kept_false_in_d3(void **state)
{
	TEST_VERIFIED_PORT(port);

	atomic_store(&port.ext->isr, isr_not_mine);
	assert_int_equal(videoport_power(port.vp, DEVICE_D3, NULL), 0);
	for (unsigned i = 0; i < 20; i++)
		test_interrupt_once(&port);
	interrupt_disconnect(port.vp);
	assert_int_equal(videoport_denied(port.vp), 0); /* none was to be claimed */
	test_expect_no_events(&port);
	test_port_close(&port);
}

static void rule_607_broken_never_claimed(void **state)
{
	TEST_VERIFIED_PORT(port);

	atomic_store(&port.ext->isr, isr_not_mine);
	for (unsigned i = 0; i < 17; i++)
		test_interrupt_once(&port);
	interrupt_disconnect(port.vp);
	assert_int_equal(videoport_denied(port.vp), 17);
	assert_int_equal(test_expect_broken(&port, RULE_ISR_UNCLAIMED).severity, VIDEOPORT_WARNING);
	test_port_close(&port);
}

static BOOLEAN isr_mine_at_times(PVOID hw)
{
	struct test_extension *ext = hw;

	return atomic_load(&ext->interrupts) % 10 == 9;
}

static void rule_607_kept_claimed_at_times(void **state)
{
	TEST_VERIFIED_PORT(port);

	atomic_store(&port.ext->isr, isr_mine_at_times);
	for (unsigned i = 0; i < 60; i++)
		test_interrupt_once(&port);
	interrupt_disconnect(port.vp);
	test_expect_no_events(&port);
	assert_int_equal(videoport_denied(port.vp), 54);
	test_port_close(&port);
}

/* ---- stalls (608) --------------------------------------------------------------------------------------- */

static void stalls(struct test_extension *hw, void *arg)
{
	(void)hw;
	VideoPortStallExecution((ULONG)(uintptr_t)arg);
}

static void rule_608_broken_stalls_51_us(void **state)
{
	TEST_VERIFIED_PORT(port);

	test_call(&port, stalls, (void *)(uintptr_t)51);
	assert_int_equal(test_expect_broken(&port, RULE_STALL_LONG).severity, VIDEOPORT_WARNING);
	test_port_close(&port);
}

static VP_STATUS find_stalls(
	PVOID hw, PVOID context, PWSTR argument, PVIDEO_PORT_CONFIG_INFO info, PUCHAR again)
{
	VideoPortStallExecution(2000);
	return test_find(hw, context, argument, info, again);
}

static BOOLEAN initialize_stalls(PVOID hw)
{
	(void)hw;
	VideoPortStallExecution(2000);
	return TRUE;
}

static void rule_608_kept_50_us_and_more_at_the_start(void **state)
{
	test_hw.HwFindAdapter = find_stalls;
	test_hw.HwInitialize = initialize_stalls;

	TEST_VERIFIED_PORT(port);

	test_call(&port, stalls, (void *)(uintptr_t)50);
	test_expect_no_events(&port);
	test_call(&port, stalls, (void *)(uintptr_t)51); /* the start is over */
	test_expect_broken(&port, RULE_STALL_LONG);
	test_port_close(&port);
}

/* ---- arguments (609, 610) --------------------------------------------------------------------------------- */

static BOOLEAN sync_nothing(PVOID context)
{
	(void)context;
	return TRUE;
}

static VOID dpc_nothing(PVOID hw, PVOID context)
{
	(void)hw, (void)context;
}

static void rule_609_broken_no_priority_no_routine(void **state)
{
	TEST_VERIFIED_PORT(port);

	assert_false(VideoPortSynchronizeExecution(port.ext, VpLowPriority, NULL, NULL));
	test_expect_broken(&port, RULE_SYNC_ARGUMENT);
	assert_false(VideoPortSynchronizeExecution(
		port.ext, (VIDEO_SYNCHRONIZE_PRIORITY)3, sync_nothing, NULL));
	test_expect_broken(&port, RULE_SYNC_ARGUMENT);
	test_port_close(&port);
}

static void rule_609_kept_every_priority(void **state)
{
	TEST_VERIFIED_PORT(port);

	for (int i = VpLowPriority; i <= VpHighPriority; i++)
		assert_true(VideoPortSynchronizeExecution(
			port.ext, (VIDEO_SYNCHRONIZE_PRIORITY)i, sync_nothing, NULL));
	test_expect_no_events(&port);
	test_port_close(&port);
}

static void rule_610_broken_no_routine(void **state)
{
	TEST_VERIFIED_PORT(port);
	unsigned level = irql_raise(IRQL_DISPATCH);

	assert_false(VideoPortQueueDpc(port.ext, NULL, NULL));
	irql_lower(level);
	test_expect_broken(&port, RULE_DPC_ROUTINE);
	test_port_close(&port);
}

static void rule_610_kept_a_routine_and_no_context(void **state)
{
	TEST_VERIFIED_PORT(port);
	unsigned level = irql_raise(IRQL_DISPATCH);

	assert_true(VideoPortQueueDpc(port.ext, dpc_nothing, NULL));
	irql_lower(level);
	test_expect_no_events(&port);
	test_port_close(&port);
}

/* ---- the performance counter (611, 612) --------------------------------------------------------------------- */

static uint64_t played_ns; /* added to the host's clock */

static uint64_t played_counter(void)
{
	return clock_raw_ns() + played_ns;
}

static int counter_played(void **state)
{
	clock_calibrate(); /* once a process: not again when the port opens */
	clock_source = (struct clock_source){.hz = UINT64_C(1000000000),
		.ns_per_tick_32 = UINT64_C(1) << 32,
		.read = played_counter};
	played_ns = UINT64_C(1) << 40;
	return test_reset(state);
}

static void rule_611_broken_goes_back(void **state)
{
	TEST_VERIFIED_PORT(port);

	VideoPortQueryPerformanceCounter(port.ext, NULL);
	played_ns -= 50000000;
	VideoPortQueryPerformanceCounter(port.ext, NULL);
	test_expect_broken(&port, RULE_COUNTER_BACK);
	test_port_close(&port);
}

static void rule_611_kept_goes_on(void **state)
{
	TEST_VERIFIED_PORT(port);
	LONGLONG frequency = 0, last = 0;

	for (unsigned i = 0; i < 1000; i++) {
		LONGLONG now = VideoPortQueryPerformanceCounter(port.ext, &frequency);

		assert_true(now >= last);
		last = now;
	}
	assert_int_equal(frequency, 1000000000);
	test_expect_no_events(&port);
	test_port_close(&port);
}

static void rule_612_broken_leaps(void **state)
{
	TEST_VERIFIED_PORT(port);

	VideoPortQueryPerformanceCounter(port.ext, NULL);
	played_ns += UINT64_C(2000000000);
	VideoPortQueryPerformanceCounter(port.ext, NULL);
	test_expect_broken(&port, RULE_COUNTER_FAST);
	VideoPortQueryPerformanceCounter(port.ext, NULL); /* each leap once */
	test_expect_no_events(&port);
	test_port_close(&port);
}

static void rule_612_kept_what_passed_is_counted(void **state)
{
	TEST_VERIFIED_PORT(port);
	struct timespec pause = {.tv_nsec = 30000000};

	VideoPortQueryPerformanceCounter(port.ext, NULL);
	nanosleep(&pause, NULL);
	VideoPortQueryPerformanceCounter(port.ext, NULL);
	test_expect_no_events(&port);
	test_port_close(&port);
}

#define PLAYED(function) cmocka_unit_test_setup(function, counter_played)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_case(rule_606_broken_claimed_in_d3),
		test_case(rule_606_kept_false_in_d3),
		test_case(rule_607_broken_never_claimed),
		test_case(rule_607_kept_claimed_at_times),
		test_case(rule_608_broken_stalls_51_us),
		test_case(rule_608_kept_50_us_and_more_at_the_start),
		test_case(rule_609_broken_no_priority_no_routine),
		test_case(rule_609_kept_every_priority),
		test_case(rule_610_broken_no_routine),
		test_case(rule_610_kept_a_routine_and_no_context),
		/* Last: they change what the counter is. */
		PLAYED(rule_611_broken_goes_back),
		PLAYED(rule_611_kept_goes_on),
		PLAYED(rule_612_broken_leaps),
		PLAYED(rule_612_kept_what_passed_is_counted),
	};

	return cmocka_run_group_tests_name("rules of interrupts and time", tests, NULL, NULL);
}
