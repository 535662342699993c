// SPDX-License-Identifier: BSD-2-Clause
/* spinlock_test.c: the driver's spin locks, the device lock, and the fair lock under it. */
#include "drivers/videoport/testing.h"

struct contest {
	struct test_port *port;
	PSPIN_LOCK lock;
	unsigned shared; /* not atomic: the lock must make it exact */
	unsigned rounds;
};

static PSPIN_LOCK create(struct test_port *port)
{
	PSPIN_LOCK lock = NULL;

	assert_int_equal(VideoPortCreateSpinLock(port->ext, &lock), NO_ERROR);
	assert_non_null(lock);
	return lock;
}

static void *contender(void *arg)
{
	struct contest *contest = arg;
	PVOID hw = contest->port->ext;

	for (unsigned i = 0; i < contest->rounds; i++) {
		UCHAR old = 99;

		VideoPortAcquireSpinLock(hw, contest->lock, &old);
		assert_int_equal(old, IRQL_PASSIVE);
		assert_int_equal(VideoPortGetCurrentIrql(), IRQL_DISPATCH);
		test_add_slowly(&contest->shared);
		VideoPortReleaseSpinLock(hw, contest->lock, old);
		assert_int_equal(VideoPortGetCurrentIrql(), IRQL_PASSIVE);
	}
	return NULL;
}

static void r_077_a_spin_lock_excludes_and_raises(void **state)
{
	struct test_port port = test_port_open();
	struct contest contest = {&port, create(&port), 0, 20000};
	pthread_t threads[3];

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, contender, &contest), 0);
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(contest.shared, 3 * contest.rounds);
	assert_int_equal(VideoPortDeleteSpinLock(port.ext, contest.lock), NO_ERROR);
	test_expect_no_events(&port);
	test_port_close(&port);
}

static void r_077_the_dpc_level_pair_needs_dispatch(void **state)
{
	struct test_port port = test_port_open();
	PSPIN_LOCK lock = create(&port), inner = create(&port);
	UCHAR old;

	(void)state;
	VideoPortAcquireSpinLock(port.ext, lock, &old);
	VideoPortAcquireSpinLockAtDpcLevel(port.ext, inner);
	VideoPortReleaseSpinLockFromDpcLevel(port.ext, inner);
	VideoPortReleaseSpinLock(port.ext, lock, old);
	test_expect_no_events(&port);

	VideoPortAcquireSpinLockAtDpcLevel(port.ext, inner);
	test_expect_rule(&port, "needs at least DISPATCH_LEVEL");
	VideoPortReleaseSpinLockFromDpcLevel(port.ext, inner);
	test_expect_rule(&port, "needs at least DISPATCH_LEVEL");
	VideoPortDeleteSpinLock(port.ext, lock);
	VideoPortDeleteSpinLock(port.ext, inner);
	test_port_close(&port);
}

static void r_077_a_wrong_release_is_recorded_and_put_right(void **state)
{
	struct test_port port = test_port_open();
	PSPIN_LOCK lock = create(&port);
	UCHAR old;

	(void)state;
	VideoPortAcquireSpinLock(port.ext, lock, &old);
	VideoPortReleaseSpinLock(port.ext, lock, IRQL_DISPATCH);
	test_expect_rule(&port, "NewIrql is 2, acquiring saved 0");
	assert_int_equal(irql_current(), IRQL_PASSIVE);

	VideoPortReleaseSpinLock(port.ext, lock, old);
	test_expect_rule(&port, "needs at least DISPATCH_LEVEL");

	unsigned before = irql_raise(IRQL_DISPATCH);

	VideoPortReleaseSpinLock(port.ext, lock, (UCHAR)before);
	test_expect_rule(&port, "not held by this thread");
	VideoPortAcquireSpinLockAtDpcLevel(port.ext, lock);
	VideoPortReleaseSpinLock(port.ext, lock, IRQL_DISPATCH);
	test_expect_rule(&port, "was acquired by VideoPortAcquireSpinLockAtDpcLevel");
	irql_lower(before);
	assert_int_equal(VideoPortDeleteSpinLock(port.ext, lock), NO_ERROR);
	test_port_close(&port);
}

static void r_077_taking_a_held_lock_again_does_not_hang(void **state)
{
	struct test_port port = test_port_open();
	PSPIN_LOCK lock = create(&port);
	UCHAR old, again;

	(void)state;
	VideoPortAcquireSpinLock(port.ext, lock, &old);
	VideoPortAcquireSpinLock(port.ext, lock, &again);
	test_expect_rule(&port, "would wait for ever");
	assert_int_equal(VideoPortDeleteSpinLock(port.ext, lock), ERROR_INVALID_PARAMETER);
	test_expect_rule(&port, "is held");
	VideoPortReleaseSpinLock(port.ext, lock, old);
	assert_int_equal(irql_current(), IRQL_PASSIVE);
	assert_int_equal(VideoPortDeleteSpinLock(port.ext, lock), NO_ERROR);
	assert_int_equal(VideoPortDeleteSpinLock(port.ext, lock), ERROR_INVALID_PARAMETER);
	test_expect_rule(&port, "no live spin lock");
	test_port_close(&port);
}

static void what_is_no_lock_is_refused(void **state)
{
	struct test_port port = test_port_open();
	_Alignas(16) char stranger[64] = {0};
	PSPIN_LOCK lock = NULL;
	UCHAR old = 99;

	(void)state;
	VideoPortAcquireSpinLock(port.ext, (PSPIN_LOCK)(void *)stranger, &old);
	test_expect_rule(&port, "no live spin lock");
	assert_int_equal(old, IRQL_PASSIVE);
	assert_int_equal(irql_current(), IRQL_PASSIVE);
	assert_int_equal(VideoPortCreateSpinLock(port.ext, NULL), ERROR_INVALID_PARAMETER);
	fault_arm(1, false);
	assert_int_equal(VideoPortCreateSpinLock(port.ext, &lock), ERROR_NOT_ENOUGH_MEMORY);
	fault_arm(0, false);
	test_port_close(&port);
}

/* ---- the device lock ------------------------------------------------------------------------- */

static void take_device_lock(struct test_extension *hw, void *arg)
{
	(void)arg;
	/* The port holds it already. */
	VideoPortAcquireDeviceLock(hw);
	VideoPortReleaseDeviceLock(hw);
}

static void *locked_from_outside(void *arg)
{
	struct contest *contest = arg;

	for (unsigned i = 0; i < contest->rounds; i++) {
		VideoPortAcquireDeviceLock(contest->port->ext);
		test_add_slowly(&contest->shared);
		VideoPortReleaseDeviceLock(contest->port->ext);
	}
	return NULL;
}

static void add_one(struct test_extension *hw, void *arg)
{
	(void)hw;
	test_add_slowly(&((struct contest *)arg)->shared);
}

static void the_device_lock_excludes_requests(void **state)
{
	struct test_port port = test_port_open();
	struct contest contest = {&port, NULL, 0, 5000};
	pthread_t thread;

	(void)state;
	test_call(&port, take_device_lock, NULL);
	assert_int_equal(pthread_create(&thread, NULL, locked_from_outside, &contest), 0);
	for (unsigned i = 0; i < contest.rounds; i++)
		test_call(&port, add_one, &contest);
	pthread_join(thread, NULL);
	assert_int_equal(contest.shared, 2 * contest.rounds);
	test_expect_no_events(&port);
	VideoPortReleaseDeviceLock(port.ext);
	test_expect_rule(&port, "does not hold the device lock");
	test_port_close(&port);
}

/* ---- fairness -------------------------------------------------------------------------------- */

#define QUEUE 40 /* more than the marks of a futex word, so that marks are shared */

struct queue {
	struct fairlock lock;
	unsigned order[QUEUE];
	unsigned served;
};

struct queuer {
	struct queue *queue;
	unsigned number;
	pthread_t thread;
};

static void *queuer_main(void *arg)
{
	struct queuer *queuer = arg;
	struct queue *queue = queuer->queue;

	fairlock_acquire(&queue->lock);
	queue->order[queue->served++] = queuer->number;
	fairlock_release(&queue->lock);
	return NULL;
}

static void r_075_the_queue_is_served_in_arrival_order(void **state)
{
	static struct queue queue;
	static struct queuer queuers[QUEUE];

	(void)state;
	memset(&queue, 0, sizeof(queue));
	fairlock_acquire(&queue.lock);
	for (unsigned i = 0; i < QUEUE; i++) {
		queuers[i] = (struct queuer){&queue, i, 0};
		assert_int_equal(
			pthread_create(&queuers[i].thread, NULL, queuer_main, &queuers[i]), 0);
		/* The next comes when this one has drawn its ticket. */
		while (atomic_load(&queue.lock.next) != i + 2)
			sched_yield();
	}
	assert_int_equal(queue.served, 0);
	fairlock_release(&queue.lock);
	for (unsigned i = 0; i < QUEUE; i++)
		pthread_join(queuers[i].thread, NULL);
	assert_int_equal(queue.served, QUEUE);
	for (unsigned i = 0; i < QUEUE; i++)
		assert_int_equal(queue.order[i], i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_case(r_077_a_spin_lock_excludes_and_raises),
		test_case(r_077_the_dpc_level_pair_needs_dispatch),
		test_case(r_077_a_wrong_release_is_recorded_and_put_right),
		test_case(r_077_taking_a_held_lock_again_does_not_hang),
		test_case(what_is_no_lock_is_refused),
		test_case(the_device_lock_excludes_requests),
		test_case(r_075_the_queue_is_served_in_arrival_order),
	};

	return cmocka_run_group_tests_name("spinlock", tests, NULL, NULL);
}
