// SPDX-License-Identifier: BSD-2-Clause
/* limit_test.c: the limiter by hand-made ceilings; measuring on this machine, and each of its failures. */
#include "harness/run/limit.h"
#include "harness/run/ledger.h"

#include <math.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "drivers/support/fault.h"

static const struct limit_ceilings ceilings = {.handoff_ns = 200, .wakeup_ns = 50000};

static void expect(const struct limit_case *measured, const char *word, double items_per_second)
{
	struct limit limit;

	limit_find(&limit, &ceilings, measured);
	assert_string_equal(limit.word, word);
	if (isnan(items_per_second))
		assert_true(isnan(limit.items_per_second));
	else
		assert_true(fabs(limit.items_per_second / items_per_second - 1) < 1e-12);
}

static void the_smallest_ceiling_that_is_near_is_the_limiter(void **state)
{
	(void)state;
	const double none = (double)NAN;

	/* 10 GB/s of 1 MB: 10,000 a second, far below 8 hand-offs at once. */
	expect(&(struct limit_case){9500, 1e10, 1000000, 8, false, none, none, none, NULL},
		"memcpy", 1e4);
	/* 64 bytes one by one: five million round trips a second. */
	expect(&(struct limit_case){3e6, 1e10, 64, 1, false, none, none, none, NULL}, "hand-off",
		5e6);
	/* Asleep twice an operation. */
	expect(&(struct limit_case){9000, 1e10, 64, 1, true, none, none, none, NULL}, "wake-up",
		1e4);
	/* The same rate without sleeping is explained by nothing. */
	expect(&(struct limit_case){9000, 1e10, 64, 1, false, none, none, none, NULL}, "driver",
		(double)NAN);
}

static void what_no_ceiling_explains_is_named_by_the_ledger(void **state)
{
	(void)state;
	double part_ns[LEDGER_PARTS] = {[LEDGER_COPY_IN] = 6000,
		[LEDGER_MAP] = 2000,
		[LEDGER_DEVICE] = 90000,
		[LEDGER_QUEUE] = 700000};
	struct limit_case measured = {
		100000, 4e10, 65536, 8, false, (double)NAN, (double)NAN, (double)NAN, part_ns};

	expect(&measured, "copy in", 125000);
	part_ns[LEDGER_COPY_IN] = 0;
	expect(&measured, "map", 500000);
	/* Reaching half of the ceiling is near enough. */
	measured.items_per_second = 4e10 / 65536 / 2;
	expect(&measured, "memcpy", 4e10 / 65536);
	part_ns[LEDGER_MAP] = (double)NAN;
	measured.items_per_second = 1000;
	expect(&measured, "driver", (double)NAN);
}

static void unknown_ceilings_are_left_out(void **state)
{
	(void)state;
	const struct limit_ceilings none = {(double)NAN, (double)NAN};
	const struct limit_case measured = {
		1e6, (double)NAN, 64, 1, true, (double)NAN, (double)NAN, (double)NAN, NULL};
	const struct limit_case nothing = {
		(double)NAN, 1e10, 64, 1, true, (double)NAN, (double)NAN, (double)NAN, NULL};
	struct limit limit;

	limit_find(&limit, &none, &measured);
	assert_string_equal(limit.word, "driver");
	limit_find(&limit, &ceilings, &nothing);
	assert_string_equal(limit.word, "");
}

/* A pin of 4 us: 250,000 a second, of operations that each take one; half an operation's share allows twice as many. */
static void pinning_is_a_ceiling_for_who_pins(void **state)
{
	(void)state;
	struct limit_case measured = {200000, 1e10, 4096, 8, false, (double)NAN, 4000, 1, NULL};
	struct limit limit;

	expect(&measured, "pin", 250000);
	measured.pins_per_op = 0.5;
	measured.items_per_second = 400000;
	expect(&measured, "pin", 500000);
	/* Locks that are kept: nothing is pinned an operation. */
	measured.pins_per_op = 0;
	measured.items_per_second = 2e6;
	expect(&measured, "memcpy", 1e10 / 4096);
	limit_find(&limit, &ceilings, &measured);
	assert_true(isnan(limit.allows[LIMIT_PIN]) && isnan(limit.allows[LIMIT_WAKEUP]));
	assert_true(fabs(limit.allows[LIMIT_HANDOFF] - 4e7) < 1);
}

static void an_open_loop_that_keeps_up_waits_for_arrivals(void **state)
{
	(void)state;
	const double none = (double)NAN;

	expect(&(struct limit_case){990, 1e10, 4096, 8, false, 1000, none, none, NULL}, "arrivals",
		1000);
	expect(&(struct limit_case){2.3e6, 1e10, 4096, 8, false, 4e6, none, none, NULL}, "memcpy",
		1e10 / 4096);
}

static void this_machine_has_ceilings(void **state)
{
	(void)state;
	struct limit_ceilings found;
	struct topo_place place;
	struct place_wish wish = {0};
	struct err err = ERR_INIT;
	struct topo *topo;
	struct clock clock;

	assert_int_equal(clock_open(&clock, NULL), 0);
	assert_int_equal(topo_open(&topo, NULL, NULL), 0);
	assert_int_equal(topo_place(topo, &wish, &place, &err), 0);
	assert_int_equal(limit_measure(&found, &clock, topo, &place, &err), 0);
	assert_true(found.handoff_ns > 0 && found.wakeup_ns > 0);
	for (unsigned nth = 1; nth <= 2; nth++) {
		err = (struct err)ERR_INIT;
		fault_arm(nth, false);
		assert_true(limit_measure(&found, &clock, topo, &place, &err) < 0);
		assert_int_equal(err.kind, ERR_MISSING);
		fault_arm(0, false);
	}
	topo_close(topo);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_smallest_ceiling_that_is_near_is_the_limiter),
		cmocka_unit_test(what_no_ceiling_explains_is_named_by_the_ledger),
		cmocka_unit_test(unknown_ceilings_are_left_out),
		cmocka_unit_test(pinning_is_a_ceiling_for_who_pins),
		cmocka_unit_test(an_open_loop_that_keeps_up_waits_for_arrivals),
		cmocka_unit_test(this_machine_has_ceilings),
	};

	return cmocka_run_group_tests_name("limiter", tests, NULL, NULL);
}
