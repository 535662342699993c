// SPDX-License-Identifier: BSD-2-Clause
/* event_test.c: the driver's events: both kinds, time-outs, and who is released. */
#include "drivers/videoport/testing.h"

/* Waiters that are inside VideoPortWaitForSingleObject, as its own count shows. */
static unsigned waiting(PEVENT event)
{
	return (*(_Atomic uint32_t *)event & 0xffff) >> 1;
}

static PEVENT create(struct test_port *port, ULONG flags)
{
	PEVENT event = NULL;

	assert_int_equal(VideoPortCreateEvent(port->ext, flags, NULL, &event), NO_ERROR);
	assert_non_null(event);
	return event;
}

static VP_STATUS wait_ticks(struct test_port *port, PEVENT event, LONGLONG ticks)
{
	LARGE_INTEGER timeout = {.QuadPart = ticks};

	return VideoPortWaitForSingleObject(port->ext, event, &timeout);
}

static void synchronisation_event_is_taken_by_one_wait(void **state)
{
	struct test_port port = test_port_open();
	PEVENT event = create(&port, SYNCHRONIZATION_EVENT);

	(void)state;
	assert_int_equal(VideoPortReadStateEvent(port.ext, event), 0);
	assert_int_equal(wait_ticks(&port, event, 0), WAIT_TIMEOUT);
	assert_int_equal(VideoPortSetEvent(port.ext, event), 0);
	assert_int_not_equal(VideoPortSetEvent(port.ext, event), 0);
	assert_int_not_equal(VideoPortReadStateEvent(port.ext, event), 0);
	assert_int_equal(VideoPortWaitForSingleObject(port.ext, event, NULL), NO_ERROR);
	assert_int_equal(wait_ticks(&port, event, 0), WAIT_TIMEOUT);
	assert_int_equal(VideoPortDeleteEvent(port.ext, event), NO_ERROR);
	test_expect_no_events(&port);
	test_port_close(&port);
}

static void notification_event_stays_until_cleared(void **state)
{
	struct test_port port = test_port_open();
	PEVENT event = create(&port, NOTIFICATION_EVENT | INITIAL_EVENT_SIGNALED);

	(void)state;
	assert_int_equal(VideoPortWaitForSingleObject(port.ext, event, NULL), NO_ERROR);
	assert_int_equal(VideoPortWaitForSingleObject(port.ext, event, NULL), NO_ERROR);
	VideoPortClearEvent(port.ext, event);
	assert_int_equal(wait_ticks(&port, event, 0), WAIT_TIMEOUT);
	assert_int_equal(VideoPortDeleteEvent(port.ext, event), NO_ERROR);
	test_expect_no_events(&port);
	test_port_close(&port);
}

static void relative_and_absolute_timeouts_pass(void **state)
{
	struct test_port port = test_port_open();
	PEVENT event = create(&port, 0);
	LARGE_INTEGER now;

	(void)state;

	uint64_t start_ns = clock_now_ns();

	assert_int_equal(wait_ticks(&port, event, -50000), WAIT_TIMEOUT); /* 5 ms */
	assert_true(clock_now_ns() - start_ns >= 4900000);
	VideoPortQuerySystemTime(&now);
	start_ns = clock_now_ns();
	assert_int_equal(wait_ticks(&port, event, now.QuadPart + 200000), WAIT_TIMEOUT); /* 20 ms */
	assert_true(clock_now_ns() - start_ns >= 5000000);
	/* A moment long ago is no wait at all. */
	assert_int_equal(wait_ticks(&port, event, 1), WAIT_TIMEOUT);
	assert_int_equal(wait_ticks(&port, event, now.QuadPart - 10000000), WAIT_TIMEOUT);
	assert_int_equal(waiting(event), 0);
	assert_int_equal(VideoPortDeleteEvent(port.ext, event), NO_ERROR);
	test_port_close(&port);
}

/* Begun just before the clock's next second, over just behind it. */
static void a_timeout_reaches_into_the_next_second(void **state)
{
	struct test_port port = test_port_open();
	PEVENT event = create(&port, 0);
	struct timespec now, rest = {0};

	(void)state;
	clock_gettime(CLOCK_MONOTONIC, &now);
	rest.tv_nsec = now.tv_nsec < 980000000 ? 980000000 - now.tv_nsec : 0;
	nanosleep(&rest, NULL);

	uint64_t start_ns = clock_now_ns();

	assert_int_equal(wait_ticks(&port, event, -400000), WAIT_TIMEOUT); /* 40 ms */
	assert_true(clock_now_ns() - start_ns >= 39000000);
	assert_int_equal(VideoPortDeleteEvent(port.ext, event), NO_ERROR);
	test_port_close(&port);
}

/* ---- threads --------------------------------------------------------------------------------- */

struct waiter {
	struct test_port *port;
	PEVENT event;
	pthread_t thread;
	VP_STATUS result;
	_Atomic bool done;
};

static void *waiter_main(void *arg)
{
	struct waiter *waiter = arg;

	waiter->result = VideoPortWaitForSingleObject(waiter->port->ext, waiter->event, NULL);
	atomic_store(&waiter->done, true);
	return NULL;
}

static void start_waiters(
	struct waiter *waiters, unsigned count, struct test_port *port, PEVENT event)
{
	for (unsigned i = 0; i < count; i++) {
		waiters[i] = (struct waiter){.port = port, .event = event};
		assert_int_equal(
			pthread_create(&waiters[i].thread, NULL, waiter_main, &waiters[i]), 0);
	}
	while (waiting(event) < count)
		sched_yield();
}

static unsigned done_count(struct waiter *waiters, unsigned count)
{
	unsigned done = 0;

	for (unsigned i = 0; i < count; i++)
		done += atomic_load(&waiters[i].done);
	return done;
}

static void join_waiters(struct waiter *waiters, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		pthread_join(waiters[i].thread, NULL);
		assert_int_equal(waiters[i].result, NO_ERROR);
	}
}

static void r_078_one_set_releases_one_thread(void **state)
{
	struct test_port port = test_port_open();
	PEVENT event = create(&port, SYNCHRONIZATION_EVENT);
	struct waiter waiters[3];

	(void)state;
	start_waiters(waiters, 3, &port, event);
	assert_int_equal(VideoPortDeleteEvent(port.ext, event), ERROR_INVALID_PARAMETER);
	test_expect_rule(&port, "waited for");
	for (unsigned set = 1; set <= 3; set++) {
		assert_int_equal(VideoPortSetEvent(port.ext, event), 0);
		/* The signal was consumed by the waiter. */
		assert_int_equal(VideoPortReadStateEvent(port.ext, event), 0);
		while (done_count(waiters, 3) < set)
			sched_yield();
		assert_int_equal(done_count(waiters, 3), set);
	}
	join_waiters(waiters, 3);
	assert_int_equal(VideoPortDeleteEvent(port.ext, event), NO_ERROR);
	test_port_close(&port);
}

static void two_sets_in_a_row_release_two_threads(void **state)
{
	struct test_port port = test_port_open();
	PEVENT event = create(&port, SYNCHRONIZATION_EVENT);
	struct waiter waiters[2];

	(void)state;
	start_waiters(waiters, 2, &port, event);
	VideoPortSetEvent(port.ext, event);
	VideoPortSetEvent(port.ext, event);
	VideoPortClearEvent(port.ext, event);
	join_waiters(waiters, 2);
	assert_int_equal(wait_ticks(&port, event, 0), WAIT_TIMEOUT);
	assert_int_equal(VideoPortDeleteEvent(port.ext, event), NO_ERROR);
	test_port_close(&port);
}

static void clearing_at_once_still_releases_all_waiters(void **state)
{
	struct test_port port = test_port_open();
	PEVENT event = create(&port, NOTIFICATION_EVENT);
	struct waiter waiters[3];

	(void)state;
	start_waiters(waiters, 3, &port, event);
	VideoPortSetEvent(port.ext, event);
	VideoPortClearEvent(port.ext, event);
	join_waiters(waiters, 3);
	assert_int_equal(wait_ticks(&port, event, 0), WAIT_TIMEOUT);
	assert_int_equal(VideoPortDeleteEvent(port.ext, event), NO_ERROR);
	test_port_close(&port);
}

struct ping_pong {
	struct test_port *port;
	PEVENT ping, pong;
	unsigned ball; /* not atomic: handed over by the events */
};

#define RALLIES 3000

static void *pong_main(void *arg)
{
	struct ping_pong *game = arg;

	for (unsigned i = 0; i < RALLIES; i++) {
		VideoPortWaitForSingleObject(game->port->ext, game->ping, NULL);
		game->ball++;
		VideoPortSetEvent(game->port->ext, game->pong);
	}
	return NULL;
}

static void no_signal_is_lost_between_two_threads(void **state)
{
	struct test_port port = test_port_open();
	struct ping_pong game = {&port, create(&port, 0), create(&port, 0), 0};
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, pong_main, &game), 0);
	for (unsigned i = 0; i < RALLIES; i++) {
		game.ball++;
		VideoPortSetEvent(port.ext, game.ping);
		assert_int_equal(VideoPortWaitForSingleObject(port.ext, game.pong, NULL), NO_ERROR);
		assert_int_equal(game.ball, 2 * i + 2);
	}
	pthread_join(thread, NULL);
	VideoPortDeleteEvent(port.ext, game.ping);
	VideoPortDeleteEvent(port.ext, game.pong);
	test_expect_no_events(&port);
	test_port_close(&port);
}

static void *setter_main(void *arg)
{
	struct waiter *setter = arg;

	VideoPortSetEvent(setter->port->ext, setter->event);
	return NULL;
}

/* The waiter may free the event while the setter is still on its way out. */
static void an_event_may_be_deleted_by_the_thread_it_released(void **state)
{
	struct test_port port = test_port_open();

	(void)state;
	for (int i = 0; i < 300; i++) {
		struct waiter setter = {.port = &port, .event = create(&port, 0)};
		pthread_t thread;

		assert_int_equal(pthread_create(&thread, NULL, setter_main, &setter), 0);
		assert_int_equal(
			VideoPortWaitForSingleObject(port.ext, setter.event, NULL), NO_ERROR);
		assert_int_equal(VideoPortDeleteEvent(port.ext, setter.event), NO_ERROR);
		pthread_join(thread, NULL);
	}
	test_port_close(&port);
}

static void *late_setter_main(void *arg)
{
	struct waiter *setter = arg;

	for (int i = 0; i < 400; i++) {
		VideoPortSetEvent(setter->port->ext, setter->event);
		sched_yield();
	}
	return NULL;
}

/* Time-outs race with signals; in the end every signal is either taken or still there. */
static void a_timeout_leaves_no_grant_behind(void **state)
{
	struct test_port port = test_port_open();
	struct waiter setter = {.port = &port, .event = create(&port, 0)};
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, late_setter_main, &setter), 0);
	for (int i = 0; i < 400; i++)
		wait_ticks(&port, setter.event, -10);
	pthread_join(thread, NULL);
	wait_ticks(&port, setter.event, 0);
	assert_int_equal(*(_Atomic uint32_t *)setter.event, 0);
	assert_int_equal(VideoPortDeleteEvent(port.ext, setter.event), NO_ERROR);
	test_port_close(&port);
}

/* The scheduler's slots that a wait comes by: its sleep is over by time, and the event was set in that moment. */
static struct {
	struct test_port *port;
	PEVENT event;
	const struct host_ops *before;
} late;

static int late_sleep(const void *key, uint32_t mask, uint64_t deadline_ns)
{
	(void)key;
	(void)mask;
	(void)deadline_ns;
	host_ops = late.before;
	VideoPortSetEvent(late.port->ext, late.event);
	return -ETIMEDOUT;
}

static uint64_t late_now_ns(void)
{
	return 0;
}

static void late_point(enum host_point kind)
{
	(void)kind;
}

static void a_signal_in_the_moment_of_the_timeout_is_taken(void **state)
{
	static const struct host_ops ops = {
		.now_ns = late_now_ns, .point = late_point, .sleep = late_sleep};
	static const ULONG kinds[] = {SYNCHRONIZATION_EVENT, NOTIFICATION_EVENT};
	struct test_port port = test_port_open();

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		PEVENT event = create(&port, kinds[i]);

		late.port = &port;
		late.event = event;
		late.before = host_ops;
		host_ops = &ops;
		assert_int_equal(wait_ticks(&port, event, -10), NO_ERROR);
		assert_ptr_equal(host_ops, late.before);
		VideoPortClearEvent(port.ext, event);
		assert_int_equal(*(_Atomic uint32_t *)event, 0);
		assert_int_equal(VideoPortDeleteEvent(port.ext, event), NO_ERROR);
	}
	test_expect_no_events(&port);
	test_port_close(&port);
}

/* ---- refusals -------------------------------------------------------------------------------- */

static void r_078_waiting_at_dispatch_needs_a_zero_timeout(void **state)
{
	struct test_port port = test_port_open();
	PEVENT event = create(&port, NOTIFICATION_EVENT);
	unsigned old = irql_raise(IRQL_DISPATCH);

	(void)state;
	assert_int_equal(wait_ticks(&port, event, 0), WAIT_TIMEOUT);
	test_expect_no_events(&port);
	assert_int_equal(wait_ticks(&port, event, -1), ERROR_INVALID_PARAMETER);
	test_expect_rule(&port, "would wait at DISPATCH_LEVEL");
	assert_int_equal(
		VideoPortWaitForSingleObject(port.ext, event, NULL), ERROR_INVALID_PARAMETER);
	test_expect_rule(&port, "would wait at DISPATCH_LEVEL");
	irql_lower(old);
	VideoPortDeleteEvent(port.ext, event);
	test_port_close(&port);
}

static void bad_arguments_are_refused(void **state)
{
	struct test_port port = test_port_open();
	PEVENT event = create(&port, 0);
	_Alignas(16) char stranger[64] = {0};
	struct videoport_usage usage;

	(void)state;
	assert_int_equal(VideoPortCreateEvent(port.ext, 4, NULL, &event), ERROR_INVALID_PARAMETER);
	test_expect_rule(&port, "EventFlag 0x4");
	assert_int_equal(VideoPortCreateEvent(port.ext, 0, &port, &event), ERROR_INVALID_PARAMETER);
	test_expect_rule(&port, "VideoPortCreateEvent");
	assert_int_equal(
		VideoPortWaitForSingleObject(port.ext, NULL, NULL), ERROR_INVALID_PARAMETER);
	test_expect_rule(&port, "no live event");
	assert_int_equal(
		VideoPortWaitForSingleObject(port.ext, stranger, NULL), ERROR_INVALID_PARAMETER);
	test_expect_rule(&port, "no live event");
	assert_int_equal(
		VideoPortDeleteEvent(port.ext, (PEVENT)(void *)stranger), ERROR_INVALID_PARAMETER);
	test_expect_rule(&port, "no live event");
	videoport_usage(port.vp, &usage);
	assert_int_equal(usage.events, 1);
	assert_int_equal(VideoPortDeleteEvent(port.ext, event), NO_ERROR);
	assert_int_equal(VideoPortDeleteEvent(port.ext, event), ERROR_INVALID_PARAMETER);
	test_expect_rule(&port, "no live event");
	videoport_usage(port.vp, &usage);
	assert_int_equal(usage.events, 0);

	fault_arm(1, false);
	assert_int_equal(VideoPortCreateEvent(port.ext, 0, NULL, &event), ERROR_NOT_ENOUGH_MEMORY);
	fault_arm(0, false);
	assert_null(event);
	test_port_close(&port);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_case(synchronisation_event_is_taken_by_one_wait),
		test_case(notification_event_stays_until_cleared),
		test_case(relative_and_absolute_timeouts_pass),
		test_case(a_timeout_reaches_into_the_next_second),
		test_case(r_078_one_set_releases_one_thread),
		test_case(two_sets_in_a_row_release_two_threads),
		test_case(clearing_at_once_still_releases_all_waiters),
		test_case(no_signal_is_lost_between_two_threads),
		test_case(an_event_may_be_deleted_by_the_thread_it_released),
		test_case(a_timeout_leaves_no_grant_behind),
		test_case(a_signal_in_the_moment_of_the_timeout_is_taken),
		test_case(r_078_waiting_at_dispatch_needs_a_zero_timeout),
		test_case(bad_arguments_are_refused),
	};

	return cmocka_run_group_tests_name("event", tests, NULL, NULL);
}
