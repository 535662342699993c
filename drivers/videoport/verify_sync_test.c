// SPDX-License-Identifier: BSD-2-Clause
/* verify_sync_test.c: the verifier's rules of spin locks, events and timers, 701 to 714; broken and kept. */
#include "drivers/videoport/testing.h"

#define TEST_PORT(port) struct test_port port = ((void)state, test_port_open_verified())

static PSPIN_LOCK lock_create(struct test_port *port)
{
	PSPIN_LOCK lock = NULL;

	assert_int_equal(VideoPortCreateSpinLock(port->ext, &lock), NO_ERROR);
	return lock;
}

static PEVENT event_create(struct test_port *port)
{
	PEVENT event = NULL;

	assert_int_equal(
		VideoPortCreateEvent(port->ext, NOTIFICATION_EVENT, NULL, &event), NO_ERROR);
	return event;
}

/* The event tells where the object was made. */
static void expect_with_origin(struct test_port *port, unsigned rule)
{
	struct videoport_event event = test_expect_broken(port, rule);

	assert_non_null(strstr(event.origin, "object"));
}

/* What is no object of ours: nothing of it may be read, some of it cannot be. */
static void *const strangers[] = {NULL, (void *)(uintptr_t)0x1000, (void *)(uintptr_t)-64};

/* ---- spin locks ------------------------------------------------------------------------------------ */

static void lock_used(struct test_port *port, PSPIN_LOCK lock)
{
	UCHAR old = 99;

	VideoPortAcquireSpinLock(port->ext, lock, &old);
	assert_int_equal(old, IRQL_PASSIVE);
	VideoPortReleaseSpinLock(port->ext, lock, old);
	assert_int_equal(irql_current(), IRQL_PASSIVE);
}

static void rule_701_broken_used_as_if_it_were_one(void **state)
{
	TEST_PORT(port);
	UCHAR old = 99;

	for (unsigned i = 0; i < 3; i++) {
		PSPIN_LOCK lock = strangers[i];

		VideoPortAcquireSpinLock(port.ext, lock, &old);
		test_expect_broken(&port, RULE_SPIN_UNKNOWN);
		assert_int_equal(VideoPortDeleteSpinLock(port.ext, lock), ERROR_INVALID_PARAMETER);
		test_expect_broken(&port, RULE_SPIN_UNKNOWN);

		unsigned level = irql_raise(IRQL_DISPATCH);

		VideoPortReleaseSpinLock(port.ext, lock, IRQL_DISPATCH);
		test_expect_broken(&port, RULE_SPIN_UNKNOWN);
		VideoPortAcquireSpinLockAtDpcLevel(port.ext, lock);
		test_expect_broken(&port, RULE_SPIN_UNKNOWN);
		VideoPortReleaseSpinLockFromDpcLevel(port.ext, lock);
		test_expect_broken(&port, RULE_SPIN_UNKNOWN);
		irql_lower(level);
	}
	test_port_close(&port);
}

static void rule_701_broken_used_after_delete(void **state)
{
	TEST_PORT(port);
	PSPIN_LOCK lock = lock_create(&port);
	UCHAR old = 99;

	assert_int_equal(VideoPortDeleteSpinLock(port.ext, lock), NO_ERROR);
	VideoPortAcquireSpinLock(port.ext, lock, &old);
	test_expect_broken(&port, RULE_SPIN_UNKNOWN);
	assert_int_equal(old, IRQL_PASSIVE);
	assert_int_equal(VideoPortDeleteSpinLock(port.ext, lock), ERROR_INVALID_PARAMETER);
	test_expect_broken(&port, RULE_SPIN_UNKNOWN);
	test_port_close(&port);
}

static void rule_701_broken_an_event_for_a_lock(void **state)
{
	TEST_PORT(port);
	PEVENT event = event_create(&port);
	UCHAR old;

	VideoPortAcquireSpinLock(port.ext, (PSPIN_LOCK)(void *)event, &old);
	test_expect_broken(&port, RULE_SPIN_UNKNOWN);
	VideoPortDeleteEvent(port.ext, event);
	test_port_close(&port);
}

static void rule_701_kept_between_create_and_delete(void **state)
{
	TEST_PORT(port);

	for (unsigned i = 0; i < 3; i++) {
		PSPIN_LOCK lock = lock_create(&port);

		lock_used(&port, lock);
		assert_int_equal(VideoPortDeleteSpinLock(port.ext, lock), NO_ERROR);
	}
	test_expect_no_events(&port);
	test_port_close(&port);
}

static void rule_702_broken_acquired_twice(void **state)
{
	TEST_PORT(port);
	PSPIN_LOCK lock = lock_create(&port);
	UCHAR old, again;

	VideoPortAcquireSpinLock(port.ext, lock, &old);
	VideoPortAcquireSpinLock(port.ext, lock, &again);
	expect_with_origin(&port, RULE_SPIN_RECURSIVE);
	VideoPortAcquireSpinLockAtDpcLevel(port.ext, lock);
	expect_with_origin(&port, RULE_SPIN_RECURSIVE);
	VideoPortReleaseSpinLock(port.ext, lock, old);
	assert_int_equal(irql_current(), IRQL_PASSIVE);
	VideoPortDeleteSpinLock(port.ext, lock);
	test_port_close(&port);
}

static void rule_702_kept_two_locks_nested(void **state)
{
	TEST_PORT(port);
	PSPIN_LOCK outer = lock_create(&port), inner = lock_create(&port);
	UCHAR old, old_inner;

	VideoPortAcquireSpinLock(port.ext, outer, &old);
	VideoPortAcquireSpinLock(port.ext, inner, &old_inner);
	VideoPortReleaseSpinLock(port.ext, inner, old_inner);
	VideoPortReleaseSpinLock(port.ext, outer, old);
	assert_int_equal(irql_current(), IRQL_PASSIVE);
	VideoPortDeleteSpinLock(port.ext, outer);
	VideoPortDeleteSpinLock(port.ext, inner);
	test_expect_no_events(&port);
	test_port_close(&port);
}

static void rule_703_broken_released_twice(void **state)
{
	TEST_PORT(port);
	PSPIN_LOCK lock = lock_create(&port);

	lock_used(&port, lock);

	unsigned level = irql_raise(IRQL_DISPATCH);

	VideoPortReleaseSpinLock(port.ext, lock, IRQL_DISPATCH);
	expect_with_origin(&port, RULE_SPIN_NOT_HELD);
	VideoPortReleaseSpinLockFromDpcLevel(port.ext, lock);
	expect_with_origin(&port, RULE_SPIN_NOT_HELD);
	irql_lower(level);
	VideoPortDeleteSpinLock(port.ext, lock);
	test_port_close(&port);
}

struct holder {
	struct test_port *port;
	PSPIN_LOCK lock;
};

static void *releases_anothers(void *argument)
{
	struct holder *holder = argument;
	unsigned level = irql_raise(IRQL_DISPATCH);

	VideoPortReleaseSpinLock(holder->port->ext, holder->lock, IRQL_DISPATCH);
	irql_lower(level);
	return NULL;
}

static void rule_703_broken_released_by_another_thread(void **state)
{
	TEST_PORT(port);
	struct holder holder = {&port, lock_create(&port)};
	pthread_t thread;
	UCHAR old;

	VideoPortAcquireSpinLock(port.ext, holder.lock, &old);
	assert_int_equal(pthread_create(&thread, NULL, releases_anothers, &holder), 0);
	pthread_join(thread, NULL);
	expect_with_origin(&port, RULE_SPIN_NOT_HELD);
	VideoPortReleaseSpinLock(port.ext, holder.lock, old); /* it is held still */
	test_expect_no_events(&port);
	VideoPortDeleteSpinLock(port.ext, holder.lock);
	test_port_close(&port);
}

static void rule_703_kept_released_once_in_any_order(void **state)
{
	TEST_PORT(port);
	PSPIN_LOCK first = lock_create(&port), second = lock_create(&port);
	unsigned level = irql_raise(IRQL_DISPATCH);

	VideoPortAcquireSpinLockAtDpcLevel(port.ext, first);
	VideoPortAcquireSpinLockAtDpcLevel(port.ext, second);
	VideoPortReleaseSpinLockFromDpcLevel(port.ext, first);
	VideoPortReleaseSpinLockFromDpcLevel(port.ext, second);
	irql_lower(level);
	VideoPortDeleteSpinLock(port.ext, first);
	VideoPortDeleteSpinLock(port.ext, second);
	test_expect_no_events(&port);
	test_port_close(&port);
}

static void rule_704_broken_mixed_pairs(void **state)
{
	TEST_PORT(port);
	PSPIN_LOCK lock = lock_create(&port);
	UCHAR old;

	VideoPortAcquireSpinLock(port.ext, lock, &old);
	VideoPortReleaseSpinLockFromDpcLevel(port.ext, lock);
	expect_with_origin(&port, RULE_SPIN_MIXED);
	assert_int_equal(irql_current(), IRQL_PASSIVE); /* put right */

	unsigned level = irql_raise(IRQL_DISPATCH);

	VideoPortAcquireSpinLockAtDpcLevel(port.ext, lock);
	VideoPortReleaseSpinLock(port.ext, lock, IRQL_DISPATCH);
	expect_with_origin(&port, RULE_SPIN_MIXED);
	assert_int_equal(irql_current(), IRQL_DISPATCH);
	irql_lower(level);
	lock_used(&port, lock);
	VideoPortDeleteSpinLock(port.ext, lock);
	test_port_close(&port);
}

static void rule_704_kept_both_pairs(void **state)
{
	rule_702_kept_two_locks_nested(state);
	rule_703_kept_released_once_in_any_order(state);
}

static void rule_705_broken_another_level(void **state)
{
	TEST_PORT(port);
	PSPIN_LOCK lock = lock_create(&port);
	UCHAR old;

	VideoPortAcquireSpinLock(port.ext, lock, &old);
	VideoPortReleaseSpinLock(port.ext, lock, IRQL_DISPATCH);
	test_expect_broken(&port, RULE_SPIN_IRQL);
	assert_int_equal(irql_current(), IRQL_PASSIVE); /* what was saved counts */
	VideoPortDeleteSpinLock(port.ext, lock);
	test_port_close(&port);
}

static void rule_705_kept_the_saved_level(void **state)
{
	TEST_PORT(port);
	PSPIN_LOCK lock = lock_create(&port);
	unsigned level = irql_raise(IRQL_DISPATCH);
	UCHAR old;

	VideoPortAcquireSpinLock(port.ext, lock, &old);
	assert_int_equal(old, IRQL_DISPATCH);
	VideoPortReleaseSpinLock(port.ext, lock, old);
	assert_int_equal(irql_current(), IRQL_DISPATCH);
	irql_lower(level);
	VideoPortDeleteSpinLock(port.ext, lock);
	test_expect_no_events(&port);
	test_port_close(&port);
}

static void rule_706_broken_deleted_while_held(void **state)
{
	TEST_PORT(port);
	PSPIN_LOCK lock = lock_create(&port);
	UCHAR old;

	VideoPortAcquireSpinLock(port.ext, lock, &old);
	assert_int_equal(VideoPortDeleteSpinLock(port.ext, lock), ERROR_INVALID_PARAMETER);
	expect_with_origin(&port, RULE_SPIN_DELETE_HELD);
	VideoPortReleaseSpinLock(port.ext, lock, old);
	assert_int_equal(VideoPortDeleteSpinLock(port.ext, lock), NO_ERROR);
	test_expect_no_events(&port);
	test_port_close(&port);
}

static void rule_706_kept_deleted_after_release(void **state)
{
	rule_701_kept_between_create_and_delete(state);
}

/* ---- the device lock --------------------------------------------------------------------------------- */

static void rule_708_broken_released_by_a_thread_that_has_it_not(void **state)
{
	TEST_PORT(port);

	VideoPortReleaseDeviceLock(port.ext);
	test_expect_broken(&port, RULE_DEVLOCK_NOT_HELD);
	VideoPortAcquireDeviceLock(port.ext);
	VideoPortReleaseDeviceLock(port.ext);
	test_expect_no_events(&port);
	VideoPortReleaseDeviceLock(port.ext); /* once more than acquired */
	test_expect_broken(&port, RULE_DEVLOCK_NOT_HELD);
	test_port_close(&port);
}

static void rule_708_kept_acquired_and_released(void **state)
{
	TEST_PORT(port);

	VideoPortAcquireDeviceLock(port.ext);
	VideoPortAcquireDeviceLock(port.ext);
	VideoPortReleaseDeviceLock(port.ext);
	VideoPortReleaseDeviceLock(port.ext);
	test_expect_no_events(&port);
	test_port_close(&port);
}

/* ---- events --------------------------------------------------------------------------------------------- */

static void rule_709_broken_flags_unused_pointer(void **state)
{
	TEST_PORT(port);
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
	TEST_PORT(port);

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
	TEST_PORT(port);
	PSPIN_LOCK lock = lock_create(&port);

	for (unsigned i = 0; i < 3; i++)
		event_refused(&port, strangers[i]);
	event_refused(&port, (PEVENT)(void *)lock);
	VideoPortDeleteSpinLock(port.ext, lock);
	test_port_close(&port);
}

static void rule_710_broken_used_after_delete(void **state)
{
	TEST_PORT(port);
	PEVENT event = event_create(&port);

	assert_int_equal(VideoPortDeleteEvent(port.ext, event), NO_ERROR);
	event_refused(&port, event);
	test_port_close(&port);
}

static void rule_710_kept_between_create_and_delete(void **state)
{
	TEST_PORT(port);
	PEVENT event = event_create(&port);

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
	TEST_PORT(port);
	struct waiter waiter = {.port = &port, .event = event_create(&port)};
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
	TEST_PORT(port);

	VideoPortStartTimer(port.ext);
	test_expect_broken(&port, RULE_TIMER_NONE);
	VideoPortStopTimer(port.ext);
	test_expect_broken(&port, RULE_TIMER_NONE);
	test_port_close(&port);
}

static void rule_713_kept_with_a_routine(void **state)
{
	test_hw.HwTimer = test_timer;

	TEST_PORT(port);

	VideoPortStartTimer(port.ext);
	VideoPortStopTimer(port.ext);
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
	TEST_PORT(port);
	_Alignas(64) unsigned char stranger[128] = {0};
	PSPIN_LOCK lock = lock_create(&port);
	UCHAR old;

	verifier_fini(&port.vp->verifier);
	memset(&port.vp->verifier, 0, sizeof(port.vp->verifier));
	fault_arm(1, false);
	verifier_init(&port.vp->verifier, true, false);
	assert_string_equal(fault_fired(), "verifier_live");
	fault_arm(0, false);
	lock_used(&port, lock);
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
		test_case(rule_701_broken_used_as_if_it_were_one),
		test_case(rule_701_broken_used_after_delete),
		test_case(rule_701_broken_an_event_for_a_lock),
		test_case(rule_701_kept_between_create_and_delete),
		test_case(rule_702_broken_acquired_twice),
		test_case(rule_702_kept_two_locks_nested),
		test_case(rule_703_broken_released_twice),
		test_case(rule_703_broken_released_by_another_thread),
		test_case(rule_703_kept_released_once_in_any_order),
		test_case(rule_704_broken_mixed_pairs),
		test_case(rule_704_kept_both_pairs),
		test_case(rule_705_broken_another_level),
		test_case(rule_705_kept_the_saved_level),
		test_case(rule_706_broken_deleted_while_held),
		test_case(rule_706_kept_deleted_after_release),
		test_case(rule_708_broken_released_by_a_thread_that_has_it_not),
		test_case(rule_708_kept_acquired_and_released),
		test_case(rule_709_broken_flags_unused_pointer),
		test_case(rule_709_kept_every_flag),
		test_case(rule_710_broken_used_as_if_it_were_one),
		test_case(rule_710_broken_used_after_delete),
		test_case(rule_710_kept_between_create_and_delete),
		test_case(rule_711_broken_deleted_while_waited_for),
		test_case(rule_711_kept_deleted_by_the_waiter),
		test_case(rule_713_broken_without_a_routine),
		test_case(rule_713_kept_with_a_routine),
		test_case(rule_714_broken_stops_itself),
		test_case(rule_714_kept_stopped_from_another_routine),
		test_case(without_memory_for_the_set_objects_are_known_still),
	};

	return cmocka_run_group_tests_name("rules of locks, events, timers", tests, NULL, NULL);
}
