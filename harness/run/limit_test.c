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
	/* 10 GB/s of 1 MB: 10,000 a second, far below 8 hand-offs at once. */
	expect(&(struct limit_case){9500, 1e10, 1000000, 8, false, NULL}, "memcpy", 1e4);
	/* 64 bytes one by one: five million round trips a second. */
	expect(&(struct limit_case){3e6, 1e10, 64, 1, false, NULL}, "hand-off", 5e6);
	/* Asleep twice an operation. */
	expect(&(struct limit_case){9000, 1e10, 64, 1, true, NULL}, "wake-up", 1e4);
	/* The same rate without sleeping is explained by nothing. */
	expect(&(struct limit_case){9000, 1e10, 64, 1, false, NULL}, "driver", (double)NAN);
}

static void what_no_ceiling_explains_is_named_by_the_ledger(void **state)
{
	(void)state;
	double part_ns[LEDGER_PARTS] = {[LEDGER_COPY_IN] = 6000,
		[LEDGER_MAP] = 2000,
		[LEDGER_DEVICE] = 90000,
		[LEDGER_QUEUE] = 700000};
	struct limit_case measured = {100000, 4e10, 65536, 8, false, part_ns};

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
	const struct limit_case measured = {1e6, (double)NAN, 64, 1, true, NULL};
	const struct limit_case nothing = {(double)NAN, 1e10, 64, 1, true, NULL};
	struct limit limit;

	limit_find(&limit, &none, &measured);
	assert_string_equal(limit.word, "driver");
	limit_find(&limit, &ceilings, &nothing);
	assert_string_equal(limit.word, "");
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
		cmocka_unit_test(this_machine_has_ceilings),
	};

	return cmocka_run_group_tests_name("limiter", tests, NULL, NULL);
}
