// SPDX-License-Identifier: BSD-2-Clause
/* sched_host_test.c: what the port asks for, played: sleep and wake, the clock, what is local, threads, conditions. */
#include "drivers/device/model/sched_testing.h"

#include <errno.h>
#include <string.h>

static uint32_t ball;

static void *player(void *arg)
{
	uint32_t mine = *(const uint32_t *)arg;

	for (unsigned i = 0; i < 100; i++) {
		while (ball % 2 != mine)
			host_ops->sleep(&ball, HOST_MASK_ANY, HOST_FOREVER);
		ball++;
		host_ops->wake(&ball, 1, HOST_MASK_ANY);
	}
	return NULL;
}

static void a_wake_ends_a_sleep(void **state)
{
	static const uint32_t sides[] = {0, 1};
	struct sched *sched = created(3, 100);

	(void)state;
	ball = 0;
	sched_spawn(sched, "left", player, (void *)&sides[0]);
	sched_spawn(sched, "right", player, (void *)&sides[1]);
	assert_int_equal(sched_run(sched), 0);
	assert_int_equal(ball, 200);
	sched_destroy(sched);
}

static void *sleeper(void *arg)
{
	uint64_t *woken_ns = arg;

	assert_int_equal(host_ops->sleep(arg, HOST_MASK_ANY, 5000), -ETIMEDOUT);
	*woken_ns = host_ops->now_ns();
	return NULL;
}

static void where_nothing_is_ready_the_clock_leaps(void **state)
{
	struct sched *sched = created(3, 100);
	uint64_t woken_ns = 0;

	(void)state;
	sched_spawn(sched, "sleeper", sleeper, &woken_ns);
	assert_int_equal(sched_run(sched), 0);
	assert_true(woken_ns >= 5000 && woken_ns < 6000);
	sched_destroy(sched);
}

static unsigned char block[16];

static void *keeper(void *arg)
{
	assert_int_equal(block[0], 0);
	memset(block, *(const char *)arg, sizeof(block));
	for (unsigned i = 0; i < 50; i++) {
		host_point(HOST_POINT_LOCK);
		assert_int_equal(block[15], *(const char *)arg);
		assert_true(host_actor != 0);
	}
	return NULL;
}

static void every_actor_has_its_own_block(void **state)
{
	static char names[2][2] = {"a", "b"};
	struct sched *sched = created(9, 900);

	(void)state;
	memset(block, 0x11, sizeof(block));
	host_ops->local(block, sizeof(block));
	sched_spawn(sched, "a", keeper, names[0]);
	sched_spawn(sched, "b", keeper, names[1]);
	assert_int_equal(sched_run(sched), 0);
	assert_int_equal(block[3], 0x11);
	assert_true(host_actor == 0);
	sched_destroy(sched);
}

static void *child(void *arg)
{
	host_ops->sleep(arg, 0, host_ops->now_ns() + 1000);
	(*(unsigned *)arg)++;
	return NULL;
}

static void *parent(void *arg)
{
	for (unsigned i = 1; i <= 3 * SCHED_ACTORS_MAX; i++) {
		struct host_thread thread;

		assert_int_equal(host_thread_start(&thread, NULL, "child", child, arg), 0);
		host_thread_join(&thread);
		assert_int_equal(*(unsigned *)arg, i);
	}
	return NULL;
}

static void joined_actors_give_their_place_back(void **state)
{
	struct sched *sched = created(9, 100);
	unsigned count = 0;

	(void)state;
	sched_spawn(sched, "parent", parent, &count);
	assert_int_equal(sched_run(sched), 0);
	sched_destroy(sched);
}

static void *conditional(void *arg)
{
	pthread_cond_t *cond = arg;
	pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	struct timespec now, deadline;

	host_clock(CLOCK_MONOTONIC, &now);
	deadline = now;
	deadline.tv_nsec += 5000;
	pthread_mutex_lock(&lock);
	assert_int_equal(host_cond_timedwait(cond, &lock, &deadline), ETIMEDOUT);
	host_cond_wait(cond, &lock);
	pthread_mutex_unlock(&lock);
	return NULL;
}

static void *signaller(void *arg)
{
	host_ops->sleep(NULL, 0, 50000);
	host_cond_signal(arg);
	return NULL;
}

static void conditions_are_played(void **state)
{
	pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
	struct sched *sched = created(9, 100);

	(void)state;
	sched_spawn(sched, "waiter", conditional, &cond);
	sched_spawn(sched, "signaller", signaller, &cond);
	assert_int_equal(sched_run(sched), 0);
	assert_true(sched_now_ns(sched) >= 50000);
	sched_destroy(sched);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_wake_ends_a_sleep),
		cmocka_unit_test(where_nothing_is_ready_the_clock_leaps),
		cmocka_unit_test(every_actor_has_its_own_block),
		cmocka_unit_test(joined_actors_give_their_place_back),
		cmocka_unit_test(conditions_are_played),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
