// SPDX-License-Identifier: BSD-2-Clause
/* verify_spin_test.c: the verifier's rules of spin locks and the device lock, 701 to 708; broken and kept. */
#include "drivers/videoport/testing.h"

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
	TEST_VERIFIED_PORT(port);
	UCHAR old = 99;

	for (unsigned i = 0; i < TEST_STRANGERS; i++) {
		PSPIN_LOCK lock = test_stranger(i);

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
	TEST_VERIFIED_PORT(port);
	PSPIN_LOCK lock = test_lock(&port);
	UCHAR old = 99;

	assert_int_equal(VideoPortDeleteSpinLock(port.ext, lock), NO_ERROR);
	VideoPortAcquireSpinLock(port.ext, lock, &old);
	test_expect_broken(&port, RULE_SPIN_UNKNOWN);
	assert_int_equal(old, IRQL_PASSIVE);
	assert_int_equal(VideoPortDeleteSpinLock(port.ext, lock), ERROR_INVALID_PARAMETER);
	test_expect_broken(&port, RULE_SPIN_UNKNOWN);
	test_port_close(&port);
}

static void rule_701_broken_no_place_for_the_pointer(void **state)
{
	TEST_VERIFIED_PORT(port);

	assert_int_equal(VideoPortCreateSpinLock(port.ext, NULL), ERROR_INVALID_PARAMETER);
	test_expect_broken(&port, RULE_SPIN_UNKNOWN);
	test_port_close(&port);
}

static void rule_701_broken_an_event_for_a_lock(void **state)
{
	TEST_VERIFIED_PORT(port);
	PEVENT event = test_event(&port);
	UCHAR old;

	VideoPortAcquireSpinLock(port.ext, (PSPIN_LOCK)(void *)event, &old);
	test_expect_broken(&port, RULE_SPIN_UNKNOWN);
	VideoPortDeleteEvent(port.ext, event);
	test_port_close(&port);
}

static void rule_701_kept_between_create_and_delete(void **state)
{
	TEST_VERIFIED_PORT(port);

	for (unsigned i = 0; i < 3; i++) {
		PSPIN_LOCK lock = test_lock(&port);

		lock_used(&port, lock);
		assert_int_equal(VideoPortDeleteSpinLock(port.ext, lock), NO_ERROR);
	}
	test_expect_no_events(&port);
	test_port_close(&port);
}

static void rule_702_broken_acquired_twice(void **state)
{
	TEST_VERIFIED_PORT(port);
	PSPIN_LOCK lock = test_lock(&port);
	UCHAR old, again;

	VideoPortAcquireSpinLock(port.ext, lock, &old);
	VideoPortAcquireSpinLock(port.ext, lock, &again);
	test_expect_origin(&port, RULE_SPIN_RECURSIVE);
	VideoPortAcquireSpinLockAtDpcLevel(port.ext, lock);
	test_expect_origin(&port, RULE_SPIN_RECURSIVE);
	VideoPortReleaseSpinLock(port.ext, lock, old);
	assert_int_equal(irql_current(), IRQL_PASSIVE);
	VideoPortDeleteSpinLock(port.ext, lock);
	test_port_close(&port);
}

static void rule_702_kept_two_locks_nested(void **state)
{
	TEST_VERIFIED_PORT(port);
	PSPIN_LOCK outer = test_lock(&port), inner = test_lock(&port);
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
	TEST_VERIFIED_PORT(port);
	PSPIN_LOCK lock = test_lock(&port);

	lock_used(&port, lock);

	unsigned level = irql_raise(IRQL_DISPATCH);

	VideoPortReleaseSpinLock(port.ext, lock, IRQL_DISPATCH);
	test_expect_origin(&port, RULE_SPIN_NOT_HELD);
	VideoPortReleaseSpinLockFromDpcLevel(port.ext, lock);
	test_expect_origin(&port, RULE_SPIN_NOT_HELD);
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
	TEST_VERIFIED_PORT(port);
	struct holder holder = {&port, test_lock(&port)};
	pthread_t thread;
	UCHAR old;

	VideoPortAcquireSpinLock(port.ext, holder.lock, &old);
	assert_int_equal(pthread_create(&thread, NULL, releases_anothers, &holder), 0);
	pthread_join(thread, NULL);
	test_expect_origin(&port, RULE_SPIN_NOT_HELD);
	VideoPortReleaseSpinLock(port.ext, holder.lock, old); /* it is held still */
	test_expect_no_events(&port);
	VideoPortDeleteSpinLock(port.ext, holder.lock);
	test_port_close(&port);
}

static void rule_703_kept_released_once_in_any_order(void **state)
{
	TEST_VERIFIED_PORT(port);
	PSPIN_LOCK first = test_lock(&port), second = test_lock(&port);
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
	TEST_VERIFIED_PORT(port);
	PSPIN_LOCK lock = test_lock(&port);
	UCHAR old;

	VideoPortAcquireSpinLock(port.ext, lock, &old);
	VideoPortReleaseSpinLockFromDpcLevel(port.ext, lock);
	test_expect_origin(&port, RULE_SPIN_MIXED);
	assert_int_equal(irql_current(), IRQL_PASSIVE); /* put right */

	unsigned level = irql_raise(IRQL_DISPATCH);

	VideoPortAcquireSpinLockAtDpcLevel(port.ext, lock);
	VideoPortReleaseSpinLock(port.ext, lock, IRQL_DISPATCH);
	test_expect_origin(&port, RULE_SPIN_MIXED);
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
	TEST_VERIFIED_PORT(port);
	PSPIN_LOCK lock = test_lock(&port);
	UCHAR old;

	VideoPortAcquireSpinLock(port.ext, lock, &old);
	VideoPortReleaseSpinLock(port.ext, lock, IRQL_DISPATCH);
	test_expect_broken(&port, RULE_SPIN_IRQL);
	assert_int_equal(irql_current(), IRQL_PASSIVE); /* what was saved counts */
	VideoPortDeleteSpinLock(port.ext, lock);
	test_port_close(&port);
}

static void rule_705_broken_the_level_is_not_saved(void **state)
{
	TEST_VERIFIED_PORT(port);
	PSPIN_LOCK lock = test_lock(&port);

	VideoPortAcquireSpinLock(port.ext, lock, NULL);
	test_expect_broken(&port, RULE_SPIN_IRQL);
	VideoPortReleaseSpinLock(port.ext, lock, IRQL_PASSIVE);
	test_expect_no_events(&port);
	VideoPortDeleteSpinLock(port.ext, lock);
	test_port_close(&port);
}

static void rule_705_kept_the_saved_level(void **state)
{
	TEST_VERIFIED_PORT(port);
	PSPIN_LOCK lock = test_lock(&port);
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

/* The outer lock goes first: the level stays, and goes back with the inner one. */
static void rule_705_kept_hand_over_hand(void **state)
{
	TEST_VERIFIED_PORT(port);
	PSPIN_LOCK outer = test_lock(&port), inner = test_lock(&port);
	UCHAR before, within;

	for (int i = 0; i < 2; i++) {
		VideoPortAcquireSpinLock(port.ext, outer, &before);
		VideoPortAcquireSpinLock(port.ext, inner, &within);
		VideoPortReleaseSpinLock(port.ext, outer, within);
		assert_int_equal(irql_current(), IRQL_DISPATCH);
		VideoPortReleaseSpinLock(port.ext, inner, before);
		assert_int_equal(irql_current(), IRQL_PASSIVE);
	}
	test_expect_no_events(&port);

	/* One variable for both levels loses the first. */
	VideoPortAcquireSpinLock(port.ext, outer, &before);
	VideoPortAcquireSpinLock(port.ext, inner, &before);
	VideoPortReleaseSpinLock(port.ext, inner, before);
	VideoPortReleaseSpinLock(port.ext, outer, before);
	test_expect_broken(&port, RULE_SPIN_IRQL);
	VideoPortDeleteSpinLock(port.ext, outer);
	VideoPortDeleteSpinLock(port.ext, inner);
	test_port_close(&port);
}

static void rule_706_broken_deleted_while_held(void **state)
{
	TEST_VERIFIED_PORT(port);
	PSPIN_LOCK lock = test_lock(&port);
	UCHAR old;

	VideoPortAcquireSpinLock(port.ext, lock, &old);
	assert_int_equal(VideoPortDeleteSpinLock(port.ext, lock), ERROR_INVALID_PARAMETER);
	test_expect_origin(&port, RULE_SPIN_DELETE_HELD);
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
	TEST_VERIFIED_PORT(port);

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
	TEST_VERIFIED_PORT(port);

	VideoPortAcquireDeviceLock(port.ext);
	VideoPortAcquireDeviceLock(port.ext);
	VideoPortReleaseDeviceLock(port.ext);
	VideoPortReleaseDeviceLock(port.ext);
	test_expect_no_events(&port);
	test_port_close(&port);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_case(rule_701_broken_used_as_if_it_were_one),
		test_case(rule_701_broken_used_after_delete),
		test_case(rule_701_broken_no_place_for_the_pointer),
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
		test_case(rule_705_broken_the_level_is_not_saved),
		test_case(rule_705_kept_the_saved_level),
		test_case(rule_705_kept_hand_over_hand),
		test_case(rule_706_broken_deleted_while_held),
		test_case(rule_706_kept_deleted_after_release),
		test_case(rule_708_broken_released_by_a_thread_that_has_it_not),
		test_case(rule_708_kept_acquired_and_released),
	};

	return cmocka_run_group_tests_name("rules of spin locks", tests, NULL, NULL);
}
