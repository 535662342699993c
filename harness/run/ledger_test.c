// SPDX-License-Identifier: BSD-2-Clause
/* ledger_test.c: parts from sums, against values worked out by hand; random sums always add up (printed seed). */
#include "harness/run/ledger.h"
#include "harness/run/observer.h"
#include "harness/rng/rng.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define NEAR(a, b) assert_true(fabs((a) - (b)) < 1e-6)

static void parts_add_up(const struct ledger *ledger)
{
	double sum_ns = 0;

	for (unsigned i = 0; i < LEDGER_PARTS; i++)
		sum_ns += ledger->part_ns[i];
	NEAR(sum_ns, ledger->total_ns);
}

static void nothing_stamped_is_nan(void **state)
{
	(void)state;
	const struct ledger_sums sums = {.latency_ticks = 7};
	const struct ledger_scale scale = {.ns_per_tick = 0.5, .single = true};
	struct ledger ledger;

	ledger_make(&ledger, &sums, &scale);
	assert_true(isnan(ledger.total_ns) && isnan(ledger.fetch_ns));
	for (unsigned i = 0; i < LEDGER_PARTS; i++)
		assert_true(isnan(ledger.part_ns[i]));
}

/* Ten operations, two ticks a nanosecond, a point of 10 ns, a clock reading of 20 ns. */
static void a_single_operation_by_hand(void **state)
{
	(void)state;
	struct ledger_sums sums = {.operations = 10,
		.own.ticks = {[TRACE_IDLE] = 9999,
			[TRACE_LOCK] = 2200,
			[TRACE_WAIT] = 20000,
			[TRACE_COMPLETION] = 1200},
		.own.points = {[TRACE_IDLE] = 10,
			[TRACE_LOCK] = 10,
			[TRACE_WAIT] = 10,
			[TRACE_COMPLETION] = 10},
		.others.ticks = {[TRACE_IDLE] = 7777,
			[TRACE_FETCH] = 2200,
			[TRACE_MOVE] = 8200,
			[TRACE_POST] = 1200},
		.others.points = {[TRACE_IDLE] = 10,
			[TRACE_FETCH] = 10,
			[TRACE_MOVE] = 10,
			[TRACE_POST] = 10},
		.latency_ticks = 24000};
	const struct ledger_scale scale = {
		.ns_per_tick = 0.5, .point_ns = 10, .clock_read_ns = 20, .single = true};
	struct ledger ledger;

	ledger_make(&ledger, &sums, &scale);
	NEAR(ledger.part_ns[LEDGER_LOCK], 100);
	NEAR(ledger.part_ns[LEDGER_COMPLETION], 50);
	NEAR(ledger.fetch_ns, 100);
	NEAR(ledger.move_ns, 400);
	NEAR(ledger.post_ns, 50);
	NEAR(ledger.part_ns[LEDGER_DEVICE], 550);
	/* 1000 waited, less a point of one's own, less three of the device's, less its work. */
	NEAR(ledger.part_ns[LEDGER_HANDOFF], 1000 - 10 - 30 - 550);
	NEAR(ledger.part_ns[LEDGER_QUEUE], 0);
	NEAR(ledger.total_ns, 1200 - 20 - 40 - 30);
	NEAR(ledger.part_ns[LEDGER_RESIDUE], 1110 - 100 - 50 - 960);
	parts_add_up(&ledger);
}

/* The interrupt thread completes and unmaps while the requester sleeps. */
static void work_of_the_interrupt_thread_is_no_wait(void **state)
{
	(void)state;
	struct ledger_sums sums = {.operations = 1,
		.own.ticks = {[TRACE_WAIT] = 1000, [TRACE_COMPLETION] = 10},
		.others.ticks = {[TRACE_COMPLETION] = 200, [TRACE_UNMAP] = 100, [TRACE_MOVE] = 300},
		.latency_ticks = 1010};
	const struct ledger_scale scale = {.ns_per_tick = 1, .single = true};
	struct ledger ledger;

	ledger_make(&ledger, &sums, &scale);
	NEAR(ledger.part_ns[LEDGER_COMPLETION], 210);
	NEAR(ledger.part_ns[LEDGER_UNMAP], 100);
	NEAR(ledger.part_ns[LEDGER_DEVICE], 300);
	NEAR(ledger.part_ns[LEDGER_HANDOFF], 400);
	NEAR(ledger.part_ns[LEDGER_RESIDUE], 0);
	parts_add_up(&ledger);

	/* Beside a requester that did not wait so long it counts as far as that did. */
	sums.own.ticks[TRACE_WAIT] = 150;
	ledger_make(&ledger, &sums, &scale);
	NEAR(ledger.part_ns[LEDGER_COMPLETION], 110);
	NEAR(ledger.part_ns[LEDGER_UNMAP], 50);
	NEAR(ledger.part_ns[LEDGER_DEVICE], 0);
	parts_add_up(&ledger);
}

static void a_device_that_tells_nothing_has_the_whole_wait(void **state)
{
	(void)state;
	const struct ledger_sums sums = {
		.operations = 2, .own.ticks = {[TRACE_WAIT] = 1000}, .latency_ticks = 1000};
	const struct ledger_scale scale = {.ns_per_tick = 1, .single = true};
	struct ledger ledger;

	ledger_make(&ledger, &sums, &scale);
	NEAR(ledger.part_ns[LEDGER_DEVICE], 500);
	NEAR(ledger.part_ns[LEDGER_HANDOFF], 0);
	parts_add_up(&ledger);
}

/* Depth 8, one operation every 1000 ns, so each takes 8000 ns, of which 7000 belong to the others. */
static void at_a_depth_the_rest_is_the_queue(void **state)
{
	(void)state;
	struct ledger_sums sums = {.operations = 100,
		.own.ticks = {[TRACE_IDLE] = 5000, [TRACE_DRIVER] = 30000, [TRACE_WAIT] = 65000},
		.others.ticks = {[TRACE_MOVE] = 90000},
		.latency_ticks = 800000,
		.round_ticks = 100000};
	struct ledger_scale scale = {.ns_per_tick = 1};
	struct ledger ledger;

	ledger_make(&ledger, &sums, &scale);
	NEAR(ledger.total_ns, 8000);
	NEAR(ledger.part_ns[LEDGER_QUEUE], 7000);
	NEAR(ledger.part_ns[LEDGER_DEVICE], 650); /* the rest of its 900 is hidden */
	NEAR(ledger.part_ns[LEDGER_HANDOFF], 0);
	NEAR(ledger.part_ns[LEDGER_RESIDUE], 50); /* the load's own loop */
	parts_add_up(&ledger);

	/* Ten points of 10 ns an operation have stretched everything by a tenth. */
	sums.own.points[TRACE_DRIVER] = 1000;
	scale.point_ns = 10;
	ledger_make(&ledger, &sums, &scale);
	NEAR(ledger.total_ns, 7200);
	NEAR(ledger.part_ns[LEDGER_QUEUE], 6300);
	parts_add_up(&ledger);
}

static void random_sums_add_up_and_no_part_is_negative(void **state)
{
	(void)state;
	const uint64_t seed = (uint64_t)time(NULL);
	struct rng rng;

	printf("seed %llu\n", (unsigned long long)seed);
	rng_seed(&rng, seed);
	for (unsigned n = 0; n < 2000; n++) {
		struct ledger_sums sums = {.operations = 1 + rng_below(&rng, 1000),
			.latency_ticks = (double)rng_below(&rng, 1000000000),
			.round_ticks = 1 + rng_below(&rng, 1000000)};
		const struct ledger_scale scale = {.ns_per_tick = 0.3,
			.point_ns = (double)rng_below(&rng, 30),
			.clock_read_ns = 20,
			.single = n % 2 == 0};
		struct ledger ledger;

		for (unsigned i = 0; i < TRACE_PHASES; i++) {
			sums.own.ticks[i] = rng_below(&rng, 1000000);
			sums.own.points[i] = rng_below(&rng, 1000);
			sums.others.ticks[i] = rng_below(&rng, 1000000);
			sums.others.points[i] = rng_below(&rng, 1000);
		}
		ledger_make(&ledger, &sums, &scale);
		double sum_ns = 0;

		for (unsigned i = 0; i < LEDGER_PARTS; i++) {
			sum_ns += ledger.part_ns[i];
			assert_true(i == LEDGER_RESIDUE || ledger.part_ns[i] >= 0);
		}
		assert_true(fabs(sum_ns - ledger.total_ns) <= 1e-9 * fabs(ledger.total_ns) + 1e-6);
	}
}

/* ---- observer ------------------------------------------------------------------------------------------- */

static void fact_take(void *arg, const char *key, const char *value)
{
	bool known = observer_fact(arg, key, value);

	assert_true(known || strcmp(key, "observer.floor_ns") == 0);
}

static void the_observer_is_measured_and_read_back(void **state)
{
	(void)state;
	struct clock clock;
	struct observer observer, back = {0};

	assert_int_equal(clock_open(&clock, NULL), 0);
	observer_measure(&observer, &clock);
	assert_true(observer.clock_read_ns > 0 && observer.point_ns > 0);
	assert_true(observer.hist_record_ns > 0 && observer.verify_ns_per_kib > 0);
	observer_facts(&observer, fact_take, &back);
	assert_true(fabs(back.point_ns - observer.point_ns) <= 0.00501);
	assert_true(fabs(back.verify_ns_per_kib - observer.verify_ns_per_kib) <= 0.00501);
	assert_false(observer_fact(&back, "clock.name", "tsc"));
}

static void the_floor_is_what_an_operation_bears(void **state)
{
	(void)state;
	const struct observer observer = {.clock_read_ns = 20, .point_ns = 15, .hist_record_ns = 2};

	NEAR(observer_floor_ns(&observer, false), 42);
	NEAR(observer_floor_ns(&observer, true), 62);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_stamped_is_nan),
		cmocka_unit_test(a_single_operation_by_hand),
		cmocka_unit_test(work_of_the_interrupt_thread_is_no_wait),
		cmocka_unit_test(a_device_that_tells_nothing_has_the_whole_wait),
		cmocka_unit_test(at_a_depth_the_rest_is_the_queue),
		cmocka_unit_test(random_sums_add_up_and_no_part_is_negative),
		cmocka_unit_test(the_observer_is_measured_and_read_back),
		cmocka_unit_test(the_floor_is_what_an_operation_bears),
	};

	return cmocka_run_group_tests_name("cost ledger", tests, NULL, NULL);
}
