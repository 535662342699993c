// SPDX-License-Identifier: BSD-2-Clause
/* verify_level_test.c: the verifier's rules of levels and callbacks, 601 to 605; broken and kept. */
#include "drivers/videoport/testing.h"

/* ---- levels (601, 602, 604) ----------------------------------------------------------------------- */

static void rule_601_broken_event_made_at_dispatch(void **state)
{
	TEST_VERIFIED_PORT(port);
	PEVENT event = NULL;
	unsigned level = irql_raise(IRQL_DISPATCH);

	assert_int_equal(VideoPortCreateEvent(port.ext, 0, NULL, &event), ERROR_INVALID_PARAMETER);
	irql_lower(level);
	assert_null(event);
	test_expect_broken(&port, RULE_IRQL_HIGH);
	test_port_close(&port);
}

static void rule_601_kept_event_made_at_passive_and_set_at_dispatch(void **state)
{
	TEST_VERIFIED_PORT(port);
	PEVENT event = NULL;

	assert_int_equal(VideoPortCreateEvent(port.ext, 0, NULL, &event), NO_ERROR);

	unsigned level = irql_raise(IRQL_DISPATCH);

	VideoPortSetEvent(port.ext, event);
	irql_lower(level);
	assert_int_equal(VideoPortDeleteEvent(port.ext, event), NO_ERROR);
	test_expect_no_events(&port);
	test_port_close(&port);
}

static VOID no_dpc(PVOID hw, PVOID context)
{
	(void)hw, (void)context;
}

static void rule_602_broken_dpc_queued_at_passive(void **state)
{
	TEST_VERIFIED_PORT(port);

	assert_false(VideoPortQueueDpc(port.ext, no_dpc, NULL));
	test_expect_broken(&port, RULE_IRQL_LOW);
	test_port_close(&port);
}

static void rule_602_kept_dpc_queued_at_dispatch(void **state)
{
	TEST_VERIFIED_PORT(port);
	unsigned level = irql_raise(IRQL_DISPATCH);

	assert_true(VideoPortQueueDpc(port.ext, no_dpc, NULL));
	irql_lower(level);
	test_expect_no_events(&port);
	test_port_close(&port);
}

static void wait_at_dispatch(struct test_port *port, LONGLONG ticks, VP_STATUS expected)
{
	LARGE_INTEGER timeout = {.QuadPart = ticks};
	PEVENT event = NULL;

	assert_int_equal(VideoPortCreateEvent(port->ext, 0, NULL, &event), NO_ERROR);

	unsigned level = irql_raise(IRQL_DISPATCH);

	assert_int_equal(VideoPortWaitForSingleObject(port->ext, event, &timeout), expected);
	irql_lower(level);
	VideoPortDeleteEvent(port->ext, event);
}

static void rule_604_broken_waits_at_dispatch(void **state)
{
	TEST_VERIFIED_PORT(port);

	wait_at_dispatch(&port, -1, ERROR_INVALID_PARAMETER);
	test_expect_broken(&port, RULE_WAIT_DISPATCH);
	test_port_close(&port);
}

static void rule_604_kept_looks_at_dispatch(void **state)
{
	TEST_VERIFIED_PORT(port);

	wait_at_dispatch(&port, 0, WAIT_TIMEOUT);
	test_expect_no_events(&port);
	test_port_close(&port);
}

/* ---- the ISR's list (603) --------------------------------------------------------------------------- */

static BOOLEAN isr_off_list(PVOID hw)
{
	struct test_extension *ext = hw;
	LARGE_INTEGER now;
	ULONG word = 0;

	(void)ext;
	VideoPortCompareMemory(&word, &word, sizeof(word));
	VideoPortQuerySystemTime(&now);
	VideoPortQueryPerformanceCounter(hw, NULL);
	VideoPortFreePool(hw, NULL);
	VideoPortReadStateEvent(hw, NULL);
	return TRUE;
}

static void rule_603_broken_in_the_isr(void **state)
{
	TEST_VERIFIED_PORT(port);
	struct videoport_event events[8];

	atomic_store(&port.ext->isr, isr_off_list);
	test_interrupt_once(&port);
	assert_int_equal(videoport_events(port.vp, events, 8, NULL), 5);
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(events[i].rule, RULE_ISR_LIST);
	test_port_close(&port);
}

static BOOLEAN sync_off_list(PVOID context)
{
	VideoPortCompareMemory(context, context, 1);
	return TRUE;
}

static void rule_603_broken_in_a_routine_synchronised_with_it(void **state)
{
	TEST_VERIFIED_PORT(port);
	ULONG word = 0;

	for (int i = VpMediumPriority; i <= VpHighPriority; i++) {
		assert_true(VideoPortSynchronizeExecution(
			port.ext, (VIDEO_SYNCHRONIZE_PRIORITY)i, sync_off_list, &word));
		test_expect_broken(&port, RULE_ISR_LIST);
	}
	assert_true(VideoPortSynchronizeExecution(
		port.ext, VpLowPriority, sync_off_list, &word)); /* not synchronised with the ISR */
	test_expect_no_events(&port);
	test_port_close(&port);
}

/* What the list names, and what may be called at any level by its own page. */
static BOOLEAN isr_on_list(PVOID hw)
{
	struct test_extension *ext = hw;
	ULONG words[2] = {1, 2};
	LONG count = 0;

	VideoPortQueueDpc(hw, no_dpc, NULL);
	VideoPortZeroMemory(words, sizeof(words));
	VideoPortZeroDeviceMemory(ext->registers, 4);
	VideoPortStallExecution(1);
	VideoPortWriteRegisterUlong(ext->registers, VideoPortReadRegisterUlong(ext->registers));
	VideoPortInterlockedIncrement(&count);
	VideoPortMoveMemory(words, &words[1], sizeof(words[0]));
	return VideoPortGetCurrentIrql() == IRQL_DEVICE;
}

static void rule_603_kept_the_functions_of_the_list(void **state)
{
	TEST_VERIFIED_PORT(port);

	atomic_store(&port.ext->isr, isr_on_list);
	test_interrupt_once(&port);
	test_expect_no_events(&port);
	test_port_close(&port);
}

/* ---- what routines leave behind (605) ---------------------------------------------------------------- */

static PSPIN_LOCK kept_lock; /* what the routines below acquire and keep */
static UCHAR kept_irql;

static void keeps_a_lock(struct test_extension *hw, void *arg)
{
	(void)arg;
	VideoPortAcquireSpinLock(hw, kept_lock, &kept_irql);
}

static void keeps_the_level(struct test_extension *hw, void *arg)
{
	(void)hw, (void)arg;
	irql_raise(IRQL_DISPATCH);
}

/* The lock is free again, and the level what it was. */
static void expect_settled(struct test_port *port)
{
	assert_int_equal(irql_current(), IRQL_PASSIVE);
	assert_null(irql_thread.held);
	VideoPortAcquireSpinLock(port->ext, kept_lock, &kept_irql);
	VideoPortReleaseSpinLock(port->ext, kept_lock, kept_irql);
	test_expect_no_events(port);
}

static void rule_605_broken_start_io(void **state)
{
	TEST_VERIFIED_PORT(port);
	struct videoport_event events[3];

	assert_int_equal(VideoPortCreateSpinLock(port.ext, &kept_lock), NO_ERROR);
	test_call(&port, keeps_a_lock, NULL);
	assert_int_equal(videoport_events(port.vp, events, 3, NULL), 2);
	assert_int_equal(events[0].rule, RULE_CALLBACK_IRQL);
	assert_non_null(strstr(events[0].message, "HwVidStartIO: returned holding spin lock"));
	assert_non_null(strstr(events[0].origin, "object"));
	assert_int_equal(events[1].rule, RULE_CALLBACK_IRQL);
	assert_non_null(strstr(events[1].message, "returned at DISPATCH_LEVEL"));
	expect_settled(&port);
	test_call(&port, keeps_the_level, NULL);
	test_expect_broken(&port, RULE_CALLBACK_IRQL);
	expect_settled(&port);
	VideoPortDeleteSpinLock(port.ext, kept_lock);
	test_port_close(&port);
}

/* A routine that was called at DISPATCH_LEVEL and left it too low: who called it is where it was. */
static void rule_605_broken_a_level_that_was_lowered(void **state)
{
	TEST_VERIFIED_PORT(port);
	const unsigned old = irql_raise(IRQL_DISPATCH);
	const struct callback before = callback_enter(port.vp);

	irql_lower(IRQL_PASSIVE);
	callback_leave(&before, "a routine");
	assert_int_equal(irql_current(), IRQL_DISPATCH);
	irql_lower((uint8_t)old);
	assert_non_null(strstr(test_expect_broken(&port, RULE_CALLBACK_IRQL).message,
		"a routine: called at DISPATCH_LEVEL, returned at PASSIVE_LEVEL"));
	test_port_close(&port);
}

static VOID dpc_keeps_a_lock(PVOID hw, PVOID context)
{
	(void)context;
	VideoPortAcquireSpinLockAtDpcLevel(hw, kept_lock);
}

static BOOLEAN sync_keeps_a_lock(PVOID context)
{
	VideoPortAcquireSpinLockAtDpcLevel(context, kept_lock);
	return TRUE;
}

static BOOLEAN lowers_the_level(PVOID context)
{
	(void)context;
	irql_thread.level = IRQL_PASSIVE;
	return TRUE;
}

static void rule_605_broken_dpc_and_synchronised_routine(void **state)
{
	TEST_VERIFIED_PORT(port);

	assert_int_equal(VideoPortCreateSpinLock(port.ext, &kept_lock), NO_ERROR);

	unsigned level = irql_raise(IRQL_DISPATCH);

	assert_true(VideoPortQueueDpc(port.ext, dpc_keeps_a_lock, NULL));
	irql_lower(level);
	assert_non_null(strstr(
		test_expect_broken(&port, RULE_CALLBACK_IRQL).message, "DPC routine: returned"));
	expect_settled(&port);
	assert_true(VideoPortSynchronizeExecution(
		port.ext, VpLowPriority, sync_keeps_a_lock, port.ext));
	test_expect_broken(&port, RULE_CALLBACK_IRQL);
	expect_settled(&port);
	assert_true(
		VideoPortSynchronizeExecution(port.ext, VpMediumPriority, lowers_the_level, NULL));
	assert_non_null(strstr(test_expect_broken(&port, RULE_CALLBACK_IRQL).message,
		"called at device level, returned at PASSIVE_LEVEL"));
	expect_settled(&port);
	VideoPortDeleteSpinLock(port.ext, kept_lock);
	test_port_close(&port);
}

static BOOLEAN isr_raises(PVOID hw)
{
	(void)hw;
	irql_thread.level = IRQL_DEVICE + 1;
	return TRUE;
}

static VP_STATUS find_keeps_the_level(
	PVOID hw, PVOID context, PWSTR argument, PVIDEO_PORT_CONFIG_INFO info, PUCHAR again)
{
	VP_STATUS status = test_find(hw, context, argument, info, again);

	irql_raise(IRQL_DISPATCH);
	return status;
}

static BOOLEAN initialize_keeps_the_level(PVOID hw)
{
	(void)hw;
	irql_raise(IRQL_DISPATCH);
	return TRUE;
}

static VP_STATUS power_keeps_the_level(PVOID hw, ULONG id, PVIDEO_POWER_MANAGEMENT management)
{
	irql_raise(IRQL_DISPATCH);
	return test_set_power(hw, id, management);
}

static void rule_605_broken_every_other_routine(void **state)
{
	struct videoport_event events[3];

	test_hw.HwFindAdapter = find_keeps_the_level;
	test_hw.HwInitialize = initialize_keeps_the_level;
	test_hw.HwSetPowerState = power_keeps_the_level;

	TEST_VERIFIED_PORT(port);

	assert_int_equal(videoport_events(port.vp, events, 3, NULL), 2);
	assert_non_null(strstr(events[0].message, "HwVidFindAdapter: called at PASSIVE_LEVEL"));
	assert_non_null(strstr(events[1].message, "HwVidInitialize: called at PASSIVE_LEVEL"));
	assert_int_equal(videoport_power(port.vp, DEVICE_D3, NULL), 0);
	assert_non_null(strstr(
		test_expect_broken(&port, RULE_CALLBACK_IRQL).message, "HwVidSetPowerState"));
	assert_int_equal(videoport_power(port.vp, DEVICE_D0, NULL), 0);
	test_expect_broken(&port, RULE_CALLBACK_IRQL);
	atomic_store(&port.ext->isr, isr_raises);
	test_interrupt_once(&port);
	interrupt_disconnect(port.vp); /* the thread has reported */
	assert_non_null(
		strstr(test_expect_broken(&port, RULE_CALLBACK_IRQL).message, "HwVidInterrupt"));
	test_port_close(&port);
}

static void acquires_the_device_lock(struct test_extension *hw, void *arg)
{
	(void)arg;
	VideoPortAcquireDeviceLock(hw);
}

static void releases_the_device_lock(struct test_extension *hw, void *arg)
{
	(void)arg;
	VideoPortReleaseDeviceLock(hw);
}

/* The next request would wait for ever. */
static void rule_605_broken_the_device_lock_kept_or_lost(void **state)
{
	TEST_VERIFIED_PORT(port);

	test_call(&port, acquires_the_device_lock, NULL);
	assert_non_null(strstr(test_expect_broken(&port, RULE_CALLBACK_IRQL).message,
		"HwVidStartIO: called with the device lock held 1 times, returned with it held 2"));
	test_call(&port, releases_the_device_lock, NULL);
	assert_non_null(strstr(test_expect_broken(&port, RULE_CALLBACK_IRQL).message, "held 0"));
	assert_false(fairlock_held(&port.vp->device_lock));
	test_call(&port, acquires_the_device_lock, NULL);
	test_expect_broken(&port, RULE_CALLBACK_IRQL);
	test_port_close(&port);
}

static VP_STATUS registry_keeps_a_lock(
	PVOID hw, PVOID context, PWSTR name, PVOID data, ULONG length)
{
	(void)context, (void)name, (void)data, (void)length;
	VideoPortAcquireSpinLock(hw, kept_lock, &kept_irql);
	return NO_ERROR;
}

static void asks_the_registry(struct test_extension *hw, void *arg)
{
	static WCHAR name[] = {'D', 0};
	ULONG value = 1;

	(void)arg;
	VideoPortSetRegistryParameters(hw, name, &value, sizeof(value));
	VideoPortGetRegistryParameters(hw, name, FALSE, registry_keeps_a_lock, NULL);
	assert_int_equal(irql_current(), IRQL_PASSIVE);
}

static void rule_605_broken_routine_of_the_registry(void **state)
{
	TEST_VERIFIED_PORT(port);
	struct videoport_event events[3];

	assert_int_equal(VideoPortCreateSpinLock(port.ext, &kept_lock), NO_ERROR);
	test_call(&port, asks_the_registry, NULL);
	assert_int_equal(videoport_events(port.vp, events, 3, NULL), 2);
	assert_non_null(strstr(
		events[0].message, "the routine of VideoPortGetRegistryParameters: returned"));
	expect_settled(&port);
	VideoPortDeleteSpinLock(port.ext, kept_lock);
	test_port_close(&port);
}

static uint32_t entry_keeps_the_level(void *context1, void *context2)
{
	const uint32_t status = test_driver_entry(context1, context2);

	irql_raise(IRQL_DISPATCH);
	return status;
}

static VOID resources_keep_the_level(
	ULONG vendor, ULONG device, PVIDEO_ACCESS_RANGE *list, PULONG count)
{
	(void)vendor, (void)device, (void)list;
	*count = 0;
	irql_raise(IRQL_DISPATCH);
}

static void rule_605_broken_driver_entry_and_legacy_resources(void **state)
{
	struct test_port port = {.frames = test_frames()};
	struct videoport_config config = test_config(port.frames);
	struct videoport_event events[3];

	(void)state;
	test_hw.HwGetLegacyResources = resources_keep_the_level;
	config.driver_entry = entry_keeps_the_level;
	config.verify = true;
	assert_int_equal(videoport_open(&port.vp, &config, NULL), 0);
	assert_int_equal(videoport_events(port.vp, events, 3, NULL), 2);
	assert_non_null(strstr(events[0].message, "DriverEntry: called at PASSIVE_LEVEL"));
	assert_non_null(strstr(events[1].message, "HwVidLegacyResources: called at PASSIVE_LEVEL"));
	test_port_close(&port);
}

static void nests_properly(struct test_extension *hw, void *arg)
{
	PSPIN_LOCK inner = arg;

	VideoPortAcquireSpinLock(hw, kept_lock, &kept_irql);
	VideoPortAcquireSpinLockAtDpcLevel(hw, inner);
	VideoPortReleaseSpinLockFromDpcLevel(hw, inner);
	VideoPortReleaseSpinLock(hw, kept_lock, kept_irql);
}

static BOOLEAN plain_sync(PVOID context)
{
	(void)context;
	return TRUE;
}

/* A caller that holds a lock is called back, and the callback leaves that lock alone. */
static void calls_back_under_a_lock(struct test_extension *hw, void *arg)
{
	(void)arg;
	VideoPortAcquireSpinLock(hw, kept_lock, &kept_irql);
	VideoPortSynchronizeExecution(hw, VpLowPriority, plain_sync, NULL);
	VideoPortReleaseSpinLock(hw, kept_lock, kept_irql);
}

static void rule_605_kept_what_is_acquired_is_released(void **state)
{
	TEST_VERIFIED_PORT(port);
	PSPIN_LOCK inner = NULL;

	assert_int_equal(VideoPortCreateSpinLock(port.ext, &kept_lock), NO_ERROR);
	assert_int_equal(VideoPortCreateSpinLock(port.ext, &inner), NO_ERROR);
	test_call(&port, nests_properly, inner);
	test_call(&port, calls_back_under_a_lock, NULL);
	expect_settled(&port);
	VideoPortDeleteSpinLock(port.ext, kept_lock);
	VideoPortDeleteSpinLock(port.ext, inner);
	test_port_close(&port);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_case(rule_601_broken_event_made_at_dispatch),
		test_case(rule_601_kept_event_made_at_passive_and_set_at_dispatch),
		test_case(rule_602_broken_dpc_queued_at_passive),
		test_case(rule_602_kept_dpc_queued_at_dispatch),
		test_case(rule_603_broken_in_the_isr),
		test_case(rule_603_broken_in_a_routine_synchronised_with_it),
		test_case(rule_603_kept_the_functions_of_the_list),
		test_case(rule_604_broken_waits_at_dispatch),
		test_case(rule_604_kept_looks_at_dispatch),
		test_case(rule_605_broken_a_level_that_was_lowered),
		test_case(rule_605_broken_start_io),
		test_case(rule_605_broken_dpc_and_synchronised_routine),
		test_case(rule_605_broken_every_other_routine),
		test_case(rule_605_broken_the_device_lock_kept_or_lost),
		test_case(rule_605_broken_routine_of_the_registry),
		test_case(rule_605_broken_driver_entry_and_legacy_resources),
		test_case(rule_605_kept_what_is_acquired_is_released),
	};

	return cmocka_run_group_tests_name("rules of levels", tests, NULL, NULL);
}
