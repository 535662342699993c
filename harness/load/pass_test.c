// SPDX-License-Identifier: BSD-2-Clause
/*
 * pass_test.c: the open loop in virtual time: schedules, service and response time, a stall of the target, overload,
 * bursts, buffers in turn, wrong targets. Every figure is known or bounded exactly.
 */
#include "harness/load/testing.h"

#include "harness/load/arrive.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define GAP_NS UINT64_C(1000)

static struct hist response;
static struct load_arrived arrived;
static uint64_t next_index; /* of op_fill: numbers must come in order */

static void op_fill(void *arg, uint64_t index, struct load_op *op)
{
	const struct fixture *f = arg;

	assert_true(index <= next_index); /* refused ops are asked for again, none is left out */
	next_index = index + 1 > next_index ? index + 1 : next_index;
	*op = f->ops[index % OPS_MAX];
}

/* A load that looks at a clock of 1 ns steps, so that waiting for an arrival takes its time. */
static struct fake *pass_open(unsigned depth, unsigned batch, bool blocking)
{
	struct fake *fake = fixture_open(depth, batch, blocking);

	clock_step_ns = 1;
	hist_init(&response);
	next_index = 0;
	return fake;
}

static struct load_pass pass_of(enum load_arrival arrival, uint64_t count)
{
	return (struct load_pass){.arrival = arrival,
		.per_second = 1e9 / GAP_NS,
		.burst = 1,
		.phase = 1,
		.seed = 7,
		.count = count,
		.op = op_fill,
		.arg = &fixture,
		.service = &fixture.hist,
		.response = &response};
}

static int pass_run(const struct load_pass *pass)
{
	return load_pass_run(fixture.load, pass, &arrived, &fixture.result);
}

static void fixed_arrivals_are_evenly_spaced(void **state)
{
	struct arrive arrive;

	(void)state;
	arrive_init(&arrive, false, 100, 1, 1, 1);
	for (unsigned i = 1; i <= 1000; i++, arrive_advance(&arrive))
		assert_true(fabs(arrive.next_ticks - 100.0 * i) < 1e-6);
	arrive_init(&arrive, false, 100, 4, 0.25, 1);
	for (unsigned i = 0; i < 1000; i++, arrive_advance(&arrive))
		assert_true(fabs(arrive.next_ticks - (100 + 400.0 * floor(i / 4.0))) < 1e-6);
}

/* Exponential gaps have mean and standard deviation equal, and 1/e of them exceed the mean. */
static void poisson_gaps_are_exponential(void **state)
{
	const unsigned count = 200000;
	double sum = 0, squares = 0, last = 0;
	unsigned above = 0;
	struct arrive arrive;

	(void)state;
	arrive_init(&arrive, true, 100, 1, 1, 42);
	for (unsigned i = 0; i < count; i++, arrive_advance(&arrive)) {
		double gap = arrive.next_ticks - last;

		assert_true(gap >= 0);
		last = arrive.next_ticks;
		sum += gap;
		squares += gap * gap;
		above += gap > 100;
	}
	double mean = sum / count, variance = squares / count - mean * mean;

	assert_true(fabs(mean - 100) < 100 * 4 / sqrt(count)); /* four standard errors */
	assert_true(fabs(sqrt(variance) - 100) < 100 * 6 / sqrt(count));
	assert_true(fabs((double)above / count - exp(-1)) < 4 * 0.5 / sqrt(count));
}

static void a_load_far_below_the_capacity_responds_as_it_serves(void **state)
{
	struct fake *fake = pass_open(8, 8, false);
	const struct load_pass pass = pass_of(LOAD_FIXED, 2000);

	(void)state;
	fake->delay_ns = 200;
	assert_int_equal(pass_run(&pass), 0);
	assert_books_agree();
	assert_int_equal(fixture.result.completed, 2000);
	assert_int_equal(response.count, 2000);
	assert_int_equal(arrived.offered, 2000);
	assert_int_equal(arrived.dropped, 0);
	assert_int_equal(arrived.backlog_peak, 1);
	assert_int_equal(arrived.span_ticks, 2000 * GAP_NS);
	assert_in_range(fixture.hist.max, 200, 230);
	assert_in_range(response.max, 200, 250);
	assert_in_range(fixture.result.ticks, 2000 * GAP_NS + 200, 2000 * GAP_NS + 250);
	assert_int_equal(fake->held_max, 1);
}

/*
 * The target stands still for 100 gaps. 8 ops are in flight, so all but 8 of the 100 that arrive meanwhile wait in the
 * load: their service takes no longer than usual, and their response tells how long they waited.
 */
static void a_stall_shows_in_the_response_and_not_in_the_service(void **state)
{
	struct fake *fake = pass_open(8, 8, false);
	const struct load_pass pass = pass_of(LOAD_FIXED, 20000);
	uint64_t from_ns = virtual_ns + 5000 * GAP_NS;

	(void)state;
	fake->delay_ns = 200;
	fake->frozen_from_ns = from_ns;
	fake->frozen_to_ns = from_ns + 100 * GAP_NS;
	assert_int_equal(pass_run(&pass), 0);
	assert_books_agree();
	assert_int_equal(fixture.result.completed, 20000);
	assert_in_range(arrived.backlog_peak, 90, 93);
	assert_in_range(hist_quantile(&fixture.hist, 0.5), 200, 230);
	assert_in_range(hist_quantile(&fixture.hist, 0.999), 200, 240); /* 8 of 20000 are slow */
	assert_in_range(hist_quantile(&response, 0.5), 200, 250);
	/* 100 of 20000 wait up to 100 gaps: the slowest 20 of them 80 gaps and more. */
	assert_in_range(hist_quantile(&response, 0.999), 79 * GAP_NS, 82 * GAP_NS);
	assert_in_range(response.max, 99 * GAP_NS, 101 * GAP_NS);
}

static void overload_is_cut_off_and_told(void **state)
{
	struct fake *fake = pass_open(1, 1, false);
	const struct load_pass pass = pass_of(LOAD_FIXED, 10000);
	const uint64_t span = 10000 * GAP_NS;

	(void)state;
	clock_step_ns = 100;
	fake->delay_ns = 100 * GAP_NS; /* a hundredth of what is offered */
	assert_int_equal(pass_run(&pass), 0);
	assert_books_agree();
	assert_int_equal(arrived.offered, 10000);
	assert_in_range(arrived.dropped, 7000, 7600);
	assert_int_equal(arrived.dropped + fixture.result.completed, 10000);
	assert_int_equal(arrived.span_ticks, span);
	/* Twice the span, a quarter of a second, and the last op. */
	assert_in_range(fixture.result.ticks, 2 * span, 2 * span + 250000000 + 101 * GAP_NS);
	assert_int_equal(arrived.tail_ticks, fixture.result.ticks - span);
}

/* One arrival a second on average: the first comes later than 2.25 s in one case of ten, and is no overload. */
static void a_late_first_arrival_is_no_overload(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 200; seed++) {
		pass_open(1, 1, false);
		struct load_pass pass = pass_of(LOAD_POISSON, 1);

		clock_step_ns = 1000000;
		pass.per_second = 1;
		pass.seed = seed;
		assert_int_equal(pass_run(&pass), 0);
		assert_int_equal(arrived.dropped, 0);
	}
}

/* Nor is the wait for a bunch of more than the operations that are left. */
static void a_large_bunch_is_waited_for(void **state)
{
	pass_open(8, 8, false);
	struct load_pass pass = pass_of(LOAD_FIXED, 20);

	(void)state;
	clock_step_ns = 1000000;
	pass.per_second = 10;
	pass.burst = 1000;
	assert_int_equal(pass_run(&pass), 0);
	assert_int_equal(arrived.dropped, 0);
	assert_int_equal(fixture.result.completed, 20);
}

static void arrivals_of_a_burst_share_a_submit(void **state)
{
	struct fake *fake = pass_open(32, 8, false);
	struct load_pass pass = pass_of(LOAD_FIXED, 800);

	(void)state;
	fake->delay_ns = 100;
	pass.burst = 8;
	assert_int_equal(pass_run(&pass), 0);
	assert_books_agree();
	assert_int_equal(fake->submits, 100);
	assert_int_equal(fake->largest_batch, 8);
	assert_int_equal(arrived.backlog_peak, 8);
	assert_int_equal(arrived.span_ticks, 800 * GAP_NS);
}

static void ops_take_turns_with_the_buffers(void **state)
{
	const struct load_config config = config_of(64, 1, false);
	struct fake *fake = pass_open(64, 1, false);
	struct load_pass pass = pass_of(LOAD_POISSON, 5000);

	(void)state;
	/* Five buffers: not more than five are ever in flight, whatever the depth and the order. */
	fixture_reopen(&config, 5);
	fake->delay_ns = 100;
	fake->jitter_ns = 6000;
	assert_int_equal(pass_run(&pass), 0);
	assert_books_agree();
	assert_int_equal(fake->held_max, 5);
	assert_int_equal(fixture.result.completed, 5000);
}

static void blocking_sleeps_no_longer_than_to_the_next_arrival(void **state)
{
	struct fake *fake = pass_open(64, 1, true);
	struct load_pass pass = pass_of(LOAD_FIXED, 500);

	(void)state;
	pass.per_second = 1e4;    /* every 100 us */
	fake->delay_ns = 1000000; /* ten arrivals later */
	assert_int_equal(pass_run(&pass), 0);
	assert_books_agree();
	assert_true(fake->waits >= 500);
	assert_in_range(response.max, 1000000, 1002500); /* a wait counts whole microseconds */
	assert_in_range(fake->held_max, 10, 12);
}

static void a_load_that_quits_ends_its_pass_at_the_first_error(void **state)
{
	struct fake *fake = pass_open(4, 1, false);
	struct load_config config = config_of(4, 1, false);
	const struct load_pass pass = pass_of(LOAD_FIXED, 1000);

	(void)state;
	config.quit = true;
	fixture_reopen(&config, OPS_MAX);
	fake->fault = FAIL;
	fake->fault_from = 100;
	fake->fault_to = UINT64_MAX;
	assert_int_equal(pass_run(&pass), 0);
	assert_int_equal(fixture.result.completed, 99);
	assert_in_range(fixture.result.failed, 1, 4);
	assert_int_equal(arrived.offered, fixture.result.submitted + arrived.dropped);
	assert_int_equal(arrived.offered, 1000);
}

static void lost_ops_end_a_pass(void **state)
{
	struct fake *fake = pass_open(4, 4, false);
	const struct load_pass pass = pass_of(LOAD_FIXED, 1000);

	(void)state;
	fake->fault = DROP;
	fake->fault_from = 100;
	fake->fault_to = UINT64_MAX;
	assert_int_equal(pass_run(&pass), -ETIMEDOUT);
	assert_books_agree();
	assert_int_equal(fixture.result.lost, 4);
	assert_int_equal(load_findings(fixture.load, fixture.finding), 4);
	assert_int_equal(fixture.finding[0].kind, LOAD_LOST);
	assert_int_equal(fixture.finding[0].cookie, 100);
}

static void cookies_go_on_behind_a_pass_and_late_ones_are_seen(void **state)
{
	struct fake *fake = pass_open(4, 4, false);
	const struct load_pass pass = pass_of(LOAD_FIXED, 1000);

	(void)state;
	fake->fault = REPEAT;
	fake->fault_from = 1000;
	fake->fault_to = 1001;
	fake->repeat_after_ns = 5000;
	assert_int_equal(pass_run(&pass), 0);
	assert_int_equal(load_next_cookie(fixture.load), 1001);
	assert_int_equal(load_drain(fixture.load, 10, &fixture.result), 1);
	assert_int_equal(fixture.result.duplicated, 1);
	assert_int_equal(round_run(50), 0);
	assert_books_agree();
	assert_int_equal(fixture.result.completed, 1050);
}

static void errors_and_broken_contracts_end_a_pass(void **state)
{
	const struct load_pass pass = pass_of(LOAD_FIXED, 1000);

	(void)state;
	for (int call = 0; call < 3; call++) {
		struct fake *fake = pass_open(4, 1, true);

		fake->delay_ns = 5000;
		fake->rc_after_ops = 10;
		*(int *[]){&fake->submit_rc, &fake->reap_rc, &fake->wait_rc}[call] = -EIO;
		assert_int_equal(pass_run(&pass), -EIO);
		assert_books_agree();
		assert_in_range(fixture.result.submitted, 10, 14);
	}
}

static void bad_passes_are_refused(void **state)
{
	struct load_pass pass = pass_of(LOAD_FIXED, 10);

	(void)state;
	for (int i = 0; i < 6; i++) {
		struct load_pass bad = pass;

		pass_open(4, 1, false);
		bad.count = i == 0 ? 0 : bad.count;
		bad.per_second = i == 1 ? 0 : bad.per_second;
		bad.burst = i == 2 ? 0 : bad.burst;
		bad.phase = i == 3 ? 0 : i == 4 ? 1.5 : 1;
		bad.arrival = i == 5 ? LOAD_CLOSED : bad.arrival;
		assert_int_equal(pass_run(&bad), -EINVAL);
		assert_int_equal(load_next_cookie(fixture.load), 1);
	}
}

/* Any depth, batch, rate, burst and temper of the target: the books agree, and response is never below service. */
static void random_passes_agree_with_an_independent_recount(void **state)
{
	const char *text = getenv("TEST_SEED");
	uint64_t seed = text ? strtoull(text, NULL, 0) : (uint64_t)time(NULL);
	struct rng rng;

	(void)state;
	print_message("TEST_SEED=%llu\n", (unsigned long long)seed);
	rng_seed(&rng, seed);
	for (int i = 0; i < 200; i++) {
		unsigned depth = 1 + (unsigned)rng_below(&rng, 60);
		unsigned batch = 1 + (unsigned)rng_below(&rng, depth);
		struct fake *fake = pass_open(depth, batch, rng_below(&rng, 2));
		struct load_pass pass = pass_of(
			rng_below(&rng, 2) ? LOAD_FIXED : LOAD_POISSON, 1 + rng_below(&rng, 500));

		clock_step_ns = 1 + rng_below(&rng, 40);
		pass.per_second = 1e9 / (double)(100 + rng_below(&rng, 5000));
		pass.burst = 1 + (uint32_t)rng_below(&rng, 9);
		pass.seed = rng_next(&rng);
		fake->accept_max = (unsigned)rng_below(&rng, 5);
		fake->refusals = (unsigned)rng_below(&rng, 20);
		fake->delay_ns = rng_below(&rng, 3000);
		fake->jitter_ns = rng_below(&rng, 3000);
		fake->submit_ns = rng_below(&rng, 20);
		fake->fault = (enum fault[]){NO_FAULT, REPEAT, FAIL, STRANGE}[rng_below(&rng, 4)];
		fake->fault_from = rng_below(&rng, 300);
		fake->fault_to = fake->fault_from + 3;
		assert_int_equal(pass_run(&pass), 0);
		assert_books_agree();
		assert_int_equal(arrived.offered, pass.count);
		assert_int_equal(fixture.result.submitted + arrived.dropped, pass.count);
		assert_int_equal(response.count, fixture.hist.count);
		assert_true(response.sum >= fixture.hist.sum);
		assert_true(arrived.backlog_peak >=
			    (pass.burst < pass.count ? pass.burst : pass.count));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LOAD_TEST(fixed_arrivals_are_evenly_spaced),
		LOAD_TEST(poisson_gaps_are_exponential),
		LOAD_TEST(a_load_far_below_the_capacity_responds_as_it_serves),
		LOAD_TEST(a_stall_shows_in_the_response_and_not_in_the_service),
		LOAD_TEST(overload_is_cut_off_and_told),
		LOAD_TEST(a_late_first_arrival_is_no_overload),
		LOAD_TEST(a_large_bunch_is_waited_for),
		LOAD_TEST(arrivals_of_a_burst_share_a_submit),
		LOAD_TEST(ops_take_turns_with_the_buffers),
		LOAD_TEST(blocking_sleeps_no_longer_than_to_the_next_arrival),
		LOAD_TEST(a_load_that_quits_ends_its_pass_at_the_first_error),
		LOAD_TEST(lost_ops_end_a_pass),
		LOAD_TEST(cookies_go_on_behind_a_pass_and_late_ones_are_seen),
		LOAD_TEST(errors_and_broken_contracts_end_a_pass),
		LOAD_TEST(bad_passes_are_refused),
		LOAD_TEST(random_passes_agree_with_an_independent_recount),
	};

	return cmocka_run_group_tests_name("open loop", tests, NULL, NULL);
}
