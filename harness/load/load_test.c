// SPDX-License-Identifier: BSD-2-Clause
/* load_test.c: the closed loop over a target that behaves: outcomes, bytes, ticks, and the latency of each op. */
#include "harness/load/testing.h"

#include "drivers/support/fault.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static void one_at_a_time_takes_the_sum_of_the_delays(void **state)
{
	(void)state;
	struct fake *fake = fixture_open(1, 1, false);

	fake->reap_ns = 10;
	fake->submit_ns = 5;
	fake->delay_ns = 15; /* due at the first reap */
	assert_int_equal(round_run(100), 0);
	assert_books_agree();
	assert_int_equal(fixture.result.completed, 100);
	assert_int_equal(fixture.result.ticks, 100 * 15);
	assert_int_equal(fixture.result.cpu_ns, 2 * 100 * 15);
	assert_int_equal(fixture.result.empty_reaps, 0);
	assert_int_equal(fixture.result.transfer_rounds, 100);
	assert_int_equal(fixture.result.elements, 300);
	assert_int_equal(fixture.hist.min, 15);
	assert_int_equal(fixture.hist.max, 15);
	assert_int_equal(fake->held_max, 1);
}

static void the_depth_is_reached_and_never_exceeded(void **state)
{
	(void)state;
	static const unsigned depths[] = {1, 2, 3, 7, 8, 32, 64};

	for (unsigned i = 0; i < sizeof(depths) / sizeof(depths[0]); i++) {
		struct fake *fake = fixture_open(depths[i], 1, false);

		fake->delay_ns = 500;
		assert_int_equal(round_run(500), 0);
		assert_books_agree();
		assert_int_equal(fake->held_max, depths[i]);
	}
}

static void batches_are_whole_except_the_last(void **state)
{
	(void)state;
	struct fake *fake = fixture_open(32, 8, false);

	fake->delay_ns = 100;
	fake->jitter_ns = 1000;
	assert_int_equal(round_run(100), 0);
	assert_books_agree();
	assert_int_equal(fake->submits, 13); /* 12 of 8, one of 4 */
	assert_int_equal(fake->largest_batch, 8);
	assert_in_range(fake->held_max, 25, 32);
}

static void a_target_may_take_part_of_a_batch(void **state)
{
	(void)state;
	struct fake *fake = fixture_open(32, 8, false);

	fake->accept_max = 3;
	fake->delay_ns = 50;
	assert_int_equal(round_run(200), 0);
	assert_books_agree();
	assert_int_equal(fixture.result.completed, 200);
}

static void a_full_target_is_asked_again(void **state)
{
	(void)state;
	struct fake *fake = fixture_open(4, 2, false);

	fake->refusals = 50000; /* 10 ns each: half of the time-out */
	assert_int_equal(round_run(10), 0);
	assert_books_agree();
	assert_int_equal(fixture.result.completed, 10);
}

static void each_latency_is_that_of_its_own_op(void **state)
{
	(void)state;
	struct fake *fake = fixture_open(16, 4, false);

	fake->delay_ns = 1000;
	fake->jitter_ns = 100000; /* far out of order */
	fake->submit_ns = 7;
	assert_int_equal(round_run(2000), 0);
	assert_books_agree();
	assert_in_range(fixture.hist.min, 1000, 20000);
	assert_in_range(fixture.hist.max, 80000, 102000);
}

/*
 * Little's law, exactly: what is in flight, weighted by the time between the dates a target is told, is the sum of
 * the latencies. An empty submit or reap is no date.
 */
static void dates_weight_what_is_in_flight(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= 50; seed++) {
		struct rng rng;

		rng_seed(&rng, seed);
		print_message("seed %u\n", seed);
		struct fake *fake = fixture_open(
			1 + (unsigned)rng_below(&rng, 32), 1, rng_below(&rng, 2) == 1);
		fake->delay_ns = rng_below(&rng, 3000);
		fake->jitter_ns = rng_below(&rng, 2000);
		fake->submit_ns = rng_below(&rng, 50);
		fake->accept_max = (unsigned)rng_below(&rng, 3);
		fake->refusals = (unsigned)rng_below(&rng, 3);
		assert_int_equal(round_run(300), 0);
		assert_books_agree();
		assert_int_equal(fake->held_ns, fixture.hist.sum);
		assert_in_range(fake->dates, 300 + 1, 2 * 300);
	}
}

static void cookies_count_up_over_rounds(void **state)
{
	(void)state;
	fixture_open(8, 8, false);
	assert_int_equal(load_next_cookie(fixture.load), 1);
	assert_int_equal(round_run(100), 0);
	assert_int_equal(load_next_cookie(fixture.load), 101);
	assert_int_equal(round_run(0), 0);
	assert_int_equal(round_run(7), 0);
	assert_int_equal(load_next_cookie(fixture.load), 108);
	assert_books_agree();
	assert_int_equal(fixture.result.completed, 107);
	assert_int_equal(round_run(OPS_MAX + 1), -EINVAL);
	assert_int_equal(load_next_cookie(fixture.load), 108);
}

static void blocking_waits_instead_of_spinning(void **state)
{
	(void)state;
	struct fake *fake = fixture_open(4, 4, true);

	fake->delay_ns = 100000;
	assert_int_equal(round_run(100), 0);
	assert_books_agree();
	assert_int_equal(fixture.result.completed, 100);
	assert_in_range(fake->waits, 25, 100);
	assert_in_range(fixture.result.empty_reaps, 25, 100);
}

/* Any depth, batch, count and temper of the target: the books agree and every op has its latency. */
static void random_loads_agree_with_an_independent_recount(void **state)
{
	(void)state;
	const char *text = getenv("TEST_SEED");
	uint64_t seed = text ? strtoull(text, NULL, 0) : (uint64_t)time(NULL);
	struct rng rng;

	print_message("TEST_SEED=%llu\n", (unsigned long long)seed);
	rng_seed(&rng, seed);
	for (int i = 0; i < 300; i++) {
		unsigned depth = 1 + (unsigned)rng_below(&rng, 60); /* and its repeats: one reap */
		unsigned batch = 1 + (unsigned)rng_below(&rng, depth);
		struct fake *fake = fixture_open(depth, batch, rng_below(&rng, 2));
		uint64_t total = 0;

		fake->accept_max = (unsigned)rng_below(&rng, 5);
		fake->refusals = (unsigned)rng_below(&rng, 20);
		fake->delay_ns = rng_below(&rng, 300);
		fake->jitter_ns = rng_below(&rng, 3000);
		fake->submit_ns = rng_below(&rng, 20);
		fake->reap_ns = 1 + rng_below(&rng, 100);
		fake->fault = (enum fault[]){NO_FAULT, REPEAT, FAIL, STRANGE}[rng_below(&rng, 4)];
		fake->fault_from = rng_below(&rng, 300);
		fake->fault_to = fake->fault_from + 3;
		for (int round = 0; round < 3; round++) {
			uint32_t count = (uint32_t)rng_below(&rng, 300);

			assert_int_equal(round_run(count), 0);
			total += count;
		}
		assert_books_agree();
		assert_int_equal(fixture.result.submitted, total);
		assert_in_range(fake->largest_batch, 0, batch);
	}
}

static void bad_configurations_are_refused(void **state)
{
	(void)state;
	static const unsigned bad[][3] = {{0, 1, 10}, {4, 0, 10}, {4, 5, 10}, {4, 4, 0}};

	for (unsigned i = 0; i < 4; i++) {
		const struct load_config config = config_of(bad[i][0], bad[i][1], false);
		struct err err = ERR_INIT;
		struct load *load = (void *)1;

		assert_int_equal(load_open(&load, &config, bad[i][2], &err), -EINVAL);
		assert_int_equal(err.kind, ERR_USAGE);
		assert_null(load);
	}
	load_close(NULL);
}

static void open_survives_every_failed_allocation(void **state)
{
	(void)state;
	const struct load_config config = config_of(4, 1, false);
	unsigned nth = 1;

	for (;; nth++) {
		struct err err = ERR_INIT;
		struct load *load = NULL;

		fault_arm(nth, false);
		int rc = load_open(&load, &config, 10, &err);

		if (!fault_fired()) {
			assert_int_equal(rc, 0);
			load_close(load);
			break;
		}
		assert_int_equal(rc, -ENOMEM);
		assert_int_equal(err.kind, ERR_MISSING);
		assert_null(load);
	}
	fault_arm(0, false);
	assert_int_equal(nth, 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LOAD_TEST(one_at_a_time_takes_the_sum_of_the_delays),
		LOAD_TEST(the_depth_is_reached_and_never_exceeded),
		LOAD_TEST(batches_are_whole_except_the_last),
		LOAD_TEST(a_target_may_take_part_of_a_batch),
		LOAD_TEST(a_full_target_is_asked_again),
		LOAD_TEST(each_latency_is_that_of_its_own_op),
		LOAD_TEST(dates_weight_what_is_in_flight),
		LOAD_TEST(cookies_count_up_over_rounds),
		LOAD_TEST(blocking_waits_instead_of_spinning),
		LOAD_TEST(random_loads_agree_with_an_independent_recount),
		LOAD_TEST(bad_configurations_are_refused),
		LOAD_TEST(open_survives_every_failed_allocation),
	};

	return cmocka_run_group_tests_name("load", tests, NULL, NULL);
}
