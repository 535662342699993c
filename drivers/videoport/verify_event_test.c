// SPDX-License-Identifier: BSD-2-Clause
/* verify_event_test.c: the verifier's rules of events and timers, 709 to 714; broken and kept. */
#include "drivers/videoport/testing.h"

/* ---- events --------------------------------------------------------------------------------------------- */

static void rule_709_broken_flags_unused_pointer(void **state)
{
	TEST_VERIFIED_PORT(port);
	PEVENT event = NULL;

	assert_int_equal(
		VideoPortCreateEvent(port.ext, 0x80, NULL, &event), ERROR_INVALID_PARAMETER);
	test_expect_broken(&port, RULE_EVENT_ARGUMENT);
	assert_int_equal(VideoPortCreateEvent(port.ext, 0, &port, &event), ERROR_INVALID_PARAMETER);
	test_expect_broken(&port, RULE_EVENT_ARGUMENT);
	assert_int_equal(VideoPortCreateEvent(port.ext, 0, NULL, NULL), ERROR_INVALID_PARAMETER);
	test_expect_broken(&port, RULE_EVENT_ARGUMENT);
	assert_null(event);
	test_port_close(&port);
}

static void rule_709_kept_every_flag(void **state)
{
	TEST_VERIFIED_PORT(port);

	for (ULONG flags = 0; flags <= (NOTIFICATION_EVENT | INITIAL_EVENT_SIGNALED); flags++) {
		PEVENT event = NULL;

		assert_int_equal(VideoPortCreateEvent(port.ext, flags, NULL, &event), NO_ERROR);
		assert_int_equal(VideoPortReadStateEvent(port.ext, event) != 0,
			(flags & INITIAL_EVENT_SIGNALED) != 0);
		assert_int_equal(VideoPortDeleteEvent(port.ext, event), NO_ERROR);
	}
	test_expect_no_events(&port);
	test_port_close(&port);
}

/* Every function that takes an event refuses @event. */
static void event_refused(struct test_port *port, PEVENT event)
{
	LARGE_INTEGER now = {.QuadPart = 0};

	assert_int_equal(VideoPortSetEvent(port->ext, event), 0);
	test_expect_broken(port, RULE_EVENT_UNKNOWN);
	VideoPortClearEvent(port->ext, event);
	test_expect_broken(port, RULE_EVENT_UNKNOWN);
	assert_int_equal(VideoPortReadStateEvent(port->ext, event), 0);
	test_expect_broken(port, RULE_EVENT_UNKNOWN);
	assert_int_equal(
		VideoPortWaitForSingleObject(port->ext, event, &now), ERROR_INVALID_PARAMETER);
	test_expect_broken(port, RULE_EVENT_UNKNOWN);
	assert_int_equal(VideoPortDeleteEvent(port->ext, event), ERROR_INVALID_PARAMETER);
	test_expect_broken(port, RULE_EVENT_UNKNOWN);
}

static void rule_710_broken_used_as_if_it_were_one(void **state)
{
	TEST_VERIFIED_PORT(port);
	PSPIN_LOCK lock = test_lock(&port);

	for (unsigned i = 0; i < TEST_STRANGERS; i++)
		event_refused(&port, test_stranger(i));
	event_refused(&port, (PEVENT)(void *)lock);
	VideoPortDeleteSpinLock(port.ext, lock);
	test_port_close(&port);
}

static void rule_710_broken_used_after_delete(void **state)
{
	TEST_VERIFIED_PORT(port);
	PEVENT event = test_event(&port);

	assert_int_equal(VideoPortDeleteEvent(port.ext, event), NO_ERROR);
	event_refused(&port, event);
	test_port_close(&port);
}

static void rule_710_kept_between_create_and_delete(void **state)
{
	TEST_VERIFIED_PORT(port);
	PEVENT event = test_event(&port);

	VideoPortSetEvent(port.ext, event);
	assert_true(VideoPortReadStateEvent(port.ext, event));
	assert_int_equal(VideoPortWaitForSingleObject(port.ext, event, NULL), NO_ERROR);
	VideoPortClearEvent(port.ext, event);
	assert_int_equal(VideoPortDeleteEvent(port.ext, event), NO_ERROR);
	test_expect_no_events(&port);
	test_port_close(&port);
}

struct waiter {
	struct test_port *port;
	PEVENT event;
	_Atomic bool done;
};

static void *waits(void *argument)
{
	struct waiter *waiter = argument;

	VideoPortWaitForSingleObject(waiter->port->ext, waiter->event, NULL);
	atomic_store(&waiter->done, true);
	return NULL;
}

static void rule_711_broken_deleted_while_waited_for(void **state)
{
	TEST_VERIFIED_PORT(port);
	struct waiter waiter = {.port = &port, .event = test_event(&port)};
	pthread_t thread;
	struct videoport_event event;

	assert_int_equal(pthread_create(&thread, NULL, waits, &waiter), 0);
	/* The waiter is one only once it sleeps; until then deleting would succeed. */
	while (((_Atomic uint32_t *)(void *)waiter.event)[0] == 0)
		sched_yield();
	assert_int_equal(VideoPortDeleteEvent(port.ext, waiter.event), ERROR_INVALID_PARAMETER);
	event = test_expect_broken(&port, RULE_EVENT_DELETE_WAITED);
	assert_non_null(strstr(event.origin, "object"));
	assert_false(atomic_load(&waiter.done));
	VideoPortSetEvent(port.ext, waiter.event);
	pthread_join(thread, NULL);
	assert_int_equal(VideoPortDeleteEvent(port.ext, waiter.event), NO_ERROR);
	test_expect_no_events(&port);
	test_port_close(&port);
}

static void rule_711_kept_deleted_by_the_waiter(void **state)
{
	rule_710_kept_between_create_and_delete(state);
}

/* ---- the timer ------------------------------------------------------------------------------------------- */

static void rule_713_broken_without_a_routine(void **state)
{
	TEST_VERIFIED_PORT(port);

	VideoPortStartTimer(port.ext);
	test_expect_broken(&port, RULE_TIMER_NONE);
	VideoPortStopTimer(port.ext);
	test_expect_broken(&port, RULE_TIMER_NONE);
	test_port_close(&port);
}

static void rule_713_kept_with_a_routine(void **state)
{
	test_hw.HwTimer = test_timer;

	TEST_VERIFIED_PORT(port);

	VideoPortStartTimer(port.ext);
	VideoPortStopTimer(port.ext);
	test_expect_no_events(&port);
	test_port_close(&port);
}

static VP_STATUS find_and_start(
	PVOID hw, PVOID context, PWSTR argument, PVIDEO_PORT_CONFIG_INFO info, PUCHAR again)
{
	VideoPortStartTimer(hw);
	return test_find(hw, context, argument, info, again);
}

static VP_STATUS stop_at_shutdown(PVOID hw, ULONG id, PVIDEO_POWER_MANAGEMENT management)
{
	if (management->PowerState == VideoPowerShutdown)
		VideoPortStopTimer(hw);
	return test_set_power(hw, id, management);
}

static void count_call(PVOID hw)
{
	atomic_fetch_add((_Atomic unsigned *)((struct test_extension *)hw)->user, 1);
}

/* From the first callback to the last. */
static void rule_713_kept_from_find_adapter_to_shutdown(void **state)
{
	_Atomic unsigned calls = 0;

	test_hw.HwTimer = test_timer;
	test_hw.HwFindAdapter = find_and_start;
	test_hw.HwSetPowerState = stop_at_shutdown;

	TEST_VERIFIED_PORT(port);

	port.ext->user = (void *)&calls;
	atomic_store(&port.ext->timer, count_call);
	while (!atomic_load(&calls))
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	VideoPortFreeDeviceBase(port.ext, port.ext->registers);
	videoport_stop(port.vp);
	test_expect_no_events(&port);
	test_port_close(&port);
}

static _Atomic unsigned timer_calls;

static VOID timer_stops_itself(PVOID hw)
{
	if (atomic_fetch_add(&timer_calls, 1) == 0)
		VideoPortStopTimer(hw);
}

static VOID timer_counts(PVOID hw)
{
	(void)hw;
	atomic_fetch_add(&timer_calls, 1);
}

static struct test_port timer_port(PVIDEO_HW_TIMER routine)
{
	test_hw.HwTimer = test_timer;
	atomic_store(&timer_calls, 0);

	struct test_port port = test_port_open_verified();

	atomic_store(&port.ext->timer, routine);
	VideoPortStartTimer(port.ext);
	while (!atomic_load(&timer_calls))
		sched_yield();
	return port;
}

static void rule_714_broken_stops_itself(void **state)
{
	struct test_port port = timer_port(timer_stops_itself);

	(void)state;
	VideoPortStopTimer(port.ext);
	timer_destroy_thread(port.vp); /* the routine has returned */
	test_expect_broken(&port, RULE_TIMER_STOP_SELF);
	test_port_close(&port);
}

static void rule_714_kept_stopped_from_another_routine(void **state)
{
	struct test_port port = timer_port(timer_counts);

	(void)state;
	VideoPortStopTimer(port.ext);
	timer_destroy_thread(port.vp);
	test_expect_no_events(&port);
	test_port_close(&port);
}

/* ---- without memory --------------------------------------------------------------------------------------- */

/* Without the set of what is live, objects are told by what they hold. */
static void without_memory_for_the_set_objects_are_known_still(void **state)
{
	TEST_VERIFIED_PORT(port);
	_Alignas(64) unsigned char stranger[128] = {0};
	PSPIN_LOCK lock = test_lock(&port);
	UCHAR old;

	verifier_fini(&port.vp->verifier);
	memset(&port.vp->verifier, 0, sizeof(port.vp->verifier));
	fault_arm(1, false);
	verifier_init(&port.vp->verifier, true, false);
	assert_string_equal(fault_fired(), "verifier_live");
	fault_arm(0, false);
	VideoPortAcquireSpinLock(port.ext, lock, &old);
	VideoPortReleaseSpinLock(port.ext, lock, old);
	test_expect_no_events(&port);
	VideoPortAcquireSpinLock(port.ext, (PSPIN_LOCK)(void *)stranger, &old);
	test_expect_broken(&port, RULE_SPIN_UNKNOWN);
	event_refused(&port, (PEVENT)(void *)stranger);
	VideoPortDeleteSpinLock(port.ext, lock);
	test_port_close(&port);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_case(rule_709_broken_flags_unused_pointer),
		test_case(rule_709_kept_every_flag),
		test_case(rule_710_broken_used_as_if_it_were_one),
		test_case(rule_710_broken_used_after_delete),
		test_case(rule_710_kept_between_create_and_delete),
		test_case(rule_711_broken_deleted_while_waited_for),
		test_case(rule_711_kept_deleted_by_the_waiter),
		test_case(rule_713_broken_without_a_routine),
		test_case(rule_713_kept_with_a_routine),
		test_case(rule_713_kept_from_find_adapter_to_shutdown),
		test_case(rule_714_broken_stops_itself),
		test_case(rule_714_kept_stopped_from_another_routine),
		test_case(without_memory_for_the_set_objects_are_known_still),
	};

	return cmocka_run_group_tests_name("rules of events and timers", tests, NULL, NULL);
}
