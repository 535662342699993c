// SPDX-License-Identifier: BSD-2-Clause
/* cache_test.c: the model of a cache of locks: what it expects of a driver, and what it finds in one that has done otherwise. */
#include "harness/stress/judge_testing.h"

#include "drivers/include/dderror.h"

#define ROOM 2

static char memory[8];

#define A (&memory[0])
#define B (&memory[1])
#define C (&memory[2])
#define D (&memory[3])

#define BYTES 64u

static void opened(struct judged *judged)
{
	judged_init(judged);
	judged->plan.strategy = STRATEGY_CACHED;
	judged->plan.cache_entries = ROOM;
	judged->plan.requesters = 1;
	assert_int_equal(cache_open(&judged->port), 0);
}

static void closed(struct judged *judged)
{
	cache_close(&judged->port);
	assert_null(judged->port.cache);
	judged_fini(judged);
}

/* A SUBMIT of one transfer in @slot, to the device. @refused: locks since the port was opened. */
static void submit(struct judged *judged, unsigned slot, const void *buffer, uint64_t refused)
{
	struct slot *taken = &judged->port.slot[slot];

	taken->buffer = buffer;
	taken->buffer_bytes = BYTES;
	taken->to_device = true;
	cache_submitted(&judged->port, &taken, 1, refused);
}

static void reap_as(struct judged *judged, unsigned slot, int32_t status)
{
	const DMABENCH_COMPLETION completion = {
		.Status = status, .Rounds = status == NO_ERROR ? 1 : 0};

	cache_reaped(&judged->port, &judged->port.slot[slot], &completion);
}

static void reap(struct judged *judged, unsigned slot)
{
	reap_as(judged, slot, NO_ERROR);
}

static void whole(struct judged *judged, const void *buffer)
{
	submit(judged, 0, buffer, 0);
	reap(judged, 0);
}

/* Return: findings, of a driver that tells this much. */
static unsigned told(struct judged *judged, unsigned hits, unsigned misses, uint64_t locks)
{
	const DMABENCH_QUERY query = {.CacheHits = hits, .CacheMisses = misses};

	cache_judge(&judged->port, &query, locks);
	return findings(judged);
}

static void each_count_has_to_agree(void **state)
{
	struct judged judged;

	(void)state;
	opened(&judged);
	assert_int_equal(told(&judged, 0, 0, 0), 0);
	whole(&judged, A);
	whole(&judged, A);
	whole(&judged, B);
	assert_int_equal(told(&judged, 1, 2, 2), 0);
	assert_int_equal(told(&judged, 0, 2, 2), 1);
	assert_int_equal(told(&judged, 1, 3, 2), 1);
	assert_int_equal(told(&judged, 1, 2, 1), 1);
	closed(&judged);
}

static void the_least_recently_used_goes_first(void **state)
{
	struct judged judged;

	(void)state;
	opened(&judged);
	submit(&judged, 0, A, 0);
	submit(&judged, 1, B, 0);
	/* Used is what its transfer was handed back of last. */
	reap(&judged, 1);
	reap(&judged, 0);
	whole(&judged, C);
	assert_int_equal(told(&judged, 0, 3, 2), 0);
	whole(&judged, A);
	assert_int_equal(told(&judged, 1, 3, 2), 0);
	whole(&judged, B);
	assert_int_equal(told(&judged, 1, 4, 2), 0);
	closed(&judged);
}

static void what_is_in_use_does_not_go(void **state)
{
	struct judged judged;

	(void)state;
	opened(&judged);
	submit(&judged, 0, A, 0);
	submit(&judged, 1, B, 0);
	/* A lock of its own, that nobody keeps. */
	submit(&judged, 2, C, 0);
	assert_int_equal(told(&judged, 0, 3, 2), 0);
	/* Two on one lock, and one of them is through. */
	submit(&judged, 3, A, 0);
	reap(&judged, 0);
	reap(&judged, 1);
	reap(&judged, 2);
	submit(&judged, 2, D, 0);
	submit(&judged, 4, A, 0);
	assert_int_equal(told(&judged, 2, 4, 2), 0);
	closed(&judged);
}

static void a_lock_for_writing_serves_who_reads(void **state)
{
	struct judged judged;
	struct slot *from_device;

	(void)state;
	opened(&judged);
	from_device = &judged.port.slot[1];
	whole(&judged, A);
	*from_device = (struct slot){.buffer = A, .buffer_bytes = BYTES};
	cache_submitted(&judged.port, &from_device, 1, 0);
	reap(&judged, 1);
	assert_int_equal(told(&judged, 0, 2, 2), 0);
	/* Of both the younger: the older one is the first to go. */
	whole(&judged, A);
	whole(&judged, B);
	cache_submitted(&judged.port, &from_device, 1, 0);
	reap(&judged, 1);
	assert_int_equal(told(&judged, 2, 3, 2), 0);
	from_device->buffer_bytes++;
	cache_submitted(&judged.port, &from_device, 1, 0);
	assert_int_equal(told(&judged, 2, 4, 2), 0);
	closed(&judged);
}

static void who_was_refused_a_lock_leaves_none(void **state)
{
	struct judged judged;

	(void)state;
	opened(&judged);
	submit(&judged, 0, A, 1);
	/* Whose lock it was is known later: what comes meanwhile has to wait, however much it is. */
	for (unsigned i = 0; i < 300; i++) {
		submit(&judged, 1, i % 2 ? C : B, 1);
		reap(&judged, 1);
	}
	reap_as(&judged, 0, ERROR_NOT_ENOUGH_MEMORY);
	assert_int_equal(told(&judged, 298, 3, 2), 0);
	/* The same count of refused locks says that none was since. */
	submit(&judged, 0, A, 1);
	assert_int_equal(told(&judged, 298, 4, 2), 0);
	assert_int_equal(told(&judged, 298, 3, 2), 1);
	closed(&judged);
}

static void a_lock_that_is_kept_is_not_refused(void **state)
{
	struct judged judged;

	(void)state;
	opened(&judged);
	whole(&judged, A);
	submit(&judged, 0, A, 1);
	assert_int_equal(findings(&judged), 0);
	reap_as(&judged, 0, ERROR_NOT_ENOUGH_MEMORY);
	assert_int_equal(findings(&judged), 1);
	closed(&judged);
}

/* A SUBMIT of three transfers, to the device, in the first slots. One lock is refused. */
static void submit_three(struct judged *judged)
{
	struct slot *taken[3];

	for (unsigned i = 0; i < 3; i++) {
		taken[i] = &judged->port.slot[i];
		*taken[i] = (struct slot){
			.buffer = &memory[i], .buffer_bytes = BYTES, .to_device = true};
	}
	cache_submitted(&judged->port, taken, 3, 1);
}

static void who_got_further_was_not_refused_its_lock(void **state)
{
	const DMABENCH_COMPLETION later = {.Status = ERROR_NOT_ENOUGH_MEMORY, .Rounds = 1};
	struct judged judged;

	(void)state;
	opened(&judged);
	submit_three(&judged);
	cache_reaped(&judged.port, &judged.port.slot[0], &later);
	reap_as(&judged, 1, ERROR_IO_DEVICE);
	reap_as(&judged, 2, ERROR_NOT_ENOUGH_MEMORY);
	assert_int_equal(told(&judged, 0, 3, 2), 0);
	submit(&judged, 0, B, 1);
	assert_int_equal(told(&judged, 1, 3, 2), 0);
	assert_int_equal(told(&judged, 0, 4, 2), 1);
	closed(&judged);
}

static void of_two_that_lacked_something_nobody_knows_who_lacked_a_lock(void **state)
{
	struct judged judged;

	(void)state;
	opened(&judged);
	submit_three(&judged);
	reap_as(&judged, 0, ERROR_NOT_ENOUGH_MEMORY);
	reap_as(&judged, 1, ERROR_NOT_ENOUGH_MEMORY);
	reap(&judged, 2);
	assert_int_equal(told(&judged, 7, 7, 2), 0);
	/* But for how many there may be. */
	assert_int_equal(told(&judged, 7, 7, 3), 1);
	closed(&judged);
}

static void of_several_requesters_only_the_room_is_known(void **state)
{
	struct judged judged;

	(void)state;
	opened(&judged);
	judged.plan.requesters = 2;
	whole(&judged, A);
	assert_int_equal(told(&judged, 5, 5, 2), 0);
	assert_int_equal(told(&judged, 0, 1, 3), 1);
	closed(&judged);
}

static void who_has_no_cache_is_not_judged(void **state)
{
	struct judged judged;

	(void)state;
	judged_init(&judged);
	judged.plan.strategy = STRATEGY_PACKET;
	judged.plan.requesters = 1;
	assert_int_equal(cache_open(&judged.port), 0);
	whole(&judged, A);
	assert_int_equal(told(&judged, 5, 5, 5), 0);
	closed(&judged);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_count_has_to_agree),
		cmocka_unit_test(the_least_recently_used_goes_first),
		cmocka_unit_test(what_is_in_use_does_not_go),
		cmocka_unit_test(a_lock_for_writing_serves_who_reads),
		cmocka_unit_test(who_was_refused_a_lock_leaves_none),
		cmocka_unit_test(a_lock_that_is_kept_is_not_refused),
		cmocka_unit_test(who_got_further_was_not_refused_its_lock),
		cmocka_unit_test(of_two_that_lacked_something_nobody_knows_who_lacked_a_lock),
		cmocka_unit_test(of_several_requesters_only_the_room_is_known),
		cmocka_unit_test(who_has_no_cache_is_not_judged),
	};

	return cmocka_run_group_tests_name("cache", tests, NULL, NULL);
}
