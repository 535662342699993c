// SPDX-License-Identifier: BSD-2-Clause
/*
 * ring_completion_test.c: what drivers/miniport/ring.c makes of each completion an engine can write: whose it is, what it says,
 * when it is none. How ring and engine go together is drivers/tests/order's and the stress tests' business.
 */
#include "drivers/tests/ring_testing.h"

static void completions_are_taken_in_order_lap_by_lap(void **state)
{
	(void)state;
	ring_open(0);
	expect_nothing();
	for (unsigned n = 0; n < 5 * ENTRIES; n += 2) {
		post();
		post();
		assert_int_equal(look().InFlight, 2);
		complete(n);
		expect_done(n);
		expect_nothing();
		complete(n + 1);
		expect_done(n + 1);
		assert_int_equal(*reg(DMAB_CH_CQ_HEAD), n + 2);
		assert_int_equal(fake.heads, n + 2);
	}
	assert_int_equal(look().Completed, 5 * ENTRIES);
	assert_int_equal(look().InFlight + look().Errors, 0);
	ring_close();
}

static void a_stray_has_the_cookie_it_may_have_had(void **state)
{
	unsigned n = 0;

	(void)state;
	ring_open(0);
	post();
	complete(n);
	expect_done(n++);
	complete(0);
	expect_stray(COOKIE);
	/* Number 8 lies where number 0 lay. */
	for (; n <= ENTRIES; n++) {
		post();
		complete(n);
		expect_done(n);
	}
	complete(0);
	expect_stray(COOKIE);
	complete(ENTRIES);
	expect_stray(COOKIE + ENTRIES);
	complete(2 * ENTRIES);
	expect_stray(RING_COOKIE_UNKNOWN);
	for (; n <= 2 * ENTRIES; n++) {
		post();
		complete(n);
		expect_done(n);
	}
	complete(0);
	expect_stray(RING_COOKIE_UNKNOWN);
	complete(ENTRIES);
	expect_stray(COOKIE + ENTRIES);
	assert_int_equal(look().Errors, 6);
	ring_close();
}

static void what_was_not_announced_cannot_be_done(void **state)
{
	(void)state;
	ring_open(0);
	RingHold(&fake.ring);
	post();
	post();
	complete(0);
	expect_stray(RING_COOKIE_UNKNOWN);
	complete(1);
	expect_stray(RING_COOKIE_UNKNOWN);
	RingRelease(&fake.ring);
	complete(0);
	expect_done(0);
	assert_int_equal(look().Errors, 2);
	ring_close();
}

static void one_left_out_breaks_the_ring(void **state)
{
	RING_DONE done[ENTRIES];

	(void)state;
	ring_open(0);
	post();
	post();
	post();
	complete(2);
	complete(0);
	done[0] = take();
	assert_null(done[0].Work);
	assert_int_equal(done[0].Status, ERROR_GEN_FAILURE);
	expect_nothing();
	assert_int_equal(look().Errors, 1);
	/* Nothing is mended any more: it is to be started anew. */
	*reg(DMAB_CH_SQ_TAIL) = 0;
	assert_int_equal(RingRepeat(&fake.ring), 0);
	assert_int_equal(RingAbandon(&fake.ring, done, 2), 2);
	assert_int_equal(look().InFlight, 1);
	assert_int_equal(RingAbandon(&fake.ring, done + 2, 2), 1);
	for (unsigned i = 0; i < 3; i++) {
		assert_ptr_equal(done[i].Work, &fake.work[i]);
		assert_int_equal(done[i].Status, ERROR_GEN_FAILURE);
		assert_int_equal(done[i].Length, 0);
	}
	assert_int_equal(RingAbandon(&fake.ring, done, 2), 0);
	restart();
	/* What lay there is no completion of the new start. */
	expect_nothing();
	post();
	complete(0);
	expect_done(0);
	ring_close();
}

static void strays(unsigned count)
{
	while (count--) {
		complete(0x8000);
		expect_stray(RING_COOKIE_UNKNOWN);
	}
}

/* As many in a row as the ring has entries: more come of no device that works. */
static void too_many_strays_break_the_ring(void **state)
{
	RING_DONE done;

	(void)state;
	ring_open(0);
	post();
	post();
	strays(ENTRIES);
	complete(0);
	expect_done(0);
	strays(ENTRIES);
	complete(0x8000);
	done = take();
	assert_null(done.Work);
	assert_int_equal(done.Status, ERROR_GEN_FAILURE);
	complete(1);
	expect_nothing();
	assert_int_equal(look().Errors, 2 * ENTRIES + 1);
	ring_close();
}

static void a_quiet_ring_takes_no_completion(void **state)
{
	(void)state;
	ring_open(0);
	post();
	complete(0);
	RingQuiesce(&fake.ring);
	expect_nothing();
	assert_int_equal(fake.heads, 0);
	assert_int_equal(look().InFlight, 1);
	ring_close();
}

static void lengths_and_statuses_are_judged(void **state)
{
	static const struct {
		uint32_t length;
		uint16_t status;
		VP_STATUS told;
		uint32_t moved;
	} rows[] = {
		{LENGTH, DMAB_ERROR_NONE, NO_ERROR, LENGTH},
		{LENGTH - 1, DMAB_ERROR_NONE, ERROR_INVALID_DATA, 0},
		{LENGTH + 1, DMAB_ERROR_NONE, ERROR_INVALID_DATA, 0},
		{10, DMAB_ERROR_ADDRESS, ERROR_INVALID_PARAMETER, 10},
		{LENGTH, DMAB_ERROR_MEMORY, ERROR_INVALID_PARAMETER, LENGTH},
		{0, DMAB_ERROR_ELEMENT, ERROR_GEN_FAILURE, 0},
		{LENGTH + 1, DMAB_ERROR_ADDRESS, ERROR_INVALID_DATA, 0},
		{0, DMAB_ERROR_RING, ERROR_INVALID_DATA, 0},
		{0, 0xFFFF, ERROR_INVALID_DATA, 0},
	};
	unsigned errors = 0;

	(void)state;
	ring_open(0);
	for (unsigned i = 0; i < COUNT(rows); i++) {
		post();
		complete_as(i, rows[i].length, rows[i].status);

		RING_DONE done = take();

		assert_ptr_equal(done.Work, &fake.work[i % ENTRIES]);
		assert_int_equal(done.Status, rows[i].told);
		assert_int_equal(done.Length, rows[i].moved);
		errors += rows[i].told == ERROR_INVALID_DATA;
	}
	assert_int_equal(look().Errors, errors);
	ring_close();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(completions_are_taken_in_order_lap_by_lap),
		cmocka_unit_test(a_stray_has_the_cookie_it_may_have_had),
		cmocka_unit_test(what_was_not_announced_cannot_be_done),
		cmocka_unit_test(one_left_out_breaks_the_ring),
		cmocka_unit_test(too_many_strays_break_the_ring),
		cmocka_unit_test(a_quiet_ring_takes_no_completion),
		cmocka_unit_test(lengths_and_statuses_are_judged),
	};

	return cmocka_run_group_tests_name("completions of a ring", tests, NULL, NULL);
}
