// SPDX-License-Identifier: BSD-2-Clause
/* soak_test.c: what soak.c makes of groups whose cells hold more and more: of what, whose finding, what is in the record. */
#include "harness/run/run_priv.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/support/fault.h"
#include "drivers/support/testing.h"

#define BLOCKS 16
#define CELLS  3

struct fixture {
	struct run_settings settings;
	struct run_cell cell[CELLS];
	struct run_group group;
	struct run_soak soak;
};

static const enum store_counter counters[RUN_HELD_COUNT] = {STORE_held_heap_bytes,
	STORE_held_rss_bytes, STORE_held_descriptors, STORE_held_threads, STORE_held_objects};

static struct fixture *fixture_open(void)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->settings.soak = 1;
	f->settings.repetitions = BLOCKS;
	f->group = (struct run_group){.cell = f->cell, .cell_count = CELLS};
	for (unsigned i = 0; i < CELLS; i++) {
		struct run_cell *cell = &f->cell[i];

		cell->settings = &f->settings;
		snprintf(cell->name, sizeof(cell->name), "cell %u", i);
		cell->sample = calloc(BLOCKS, sizeof(*cell->sample));
		cell->sample_count = BLOCKS;
		assert_non_null(cell->sample);
		for (unsigned b = 0; b < BLOCKS; b++) {
			for (unsigned w = 0; w < RUN_HELD_COUNT; w++)
				cell->sample[b].counter[counters[w]] = 1e7;
			cell->sample[b].counter[STORE_items_per_second] = 1e6 + b % 3;
		}
	}
	return f;
}

static void fixture_close(struct fixture *f)
{
	for (unsigned i = 0; i < CELLS; i++)
		cell_free(&f->cell[i]);
	free(f);
}

/* Cell @i, or all of them (CELLS), holds @step more of @what after each block. */
static void grow(struct fixture *f, unsigned i, unsigned what, double step)
{
	for (unsigned c = 0; c < CELLS; c++)
		for (unsigned b = 0; b < BLOCKS && (i == c || i == CELLS); b++)
			f->cell[c].sample[b].counter[counters[what]] += step * b;
}

static void judge(struct fixture *f)
{
	struct err err = ERR_INIT;

	assert_int_equal(soak_judge(&f->soak, &f->group, &err), 0);
}

static void flat_is_no_finding(void **state)
{
	struct fixture *f = fixture_open();

	(void)state;
	judge(f);
	for (unsigned i = 0; i < CELLS; i++)
		assert_int_equal(f->cell[i].finding_count, 0);
	assert_int_equal(f->soak.groups, 1);
	assert_int_equal(f->soak.cells, CELLS);
	assert_int_equal(f->soak.drifting, 0);
	fixture_close(f);
}

/* What is the process's is told once, what is a driver's with its cell; and nothing else. */
static void growth_is_the_finding_of_whose_it_is(void **state)
{
	static const double step[RUN_HELD_COUNT] = {4096, 128 << 10, 1, 1, 1};

	(void)state;
	for (unsigned what = 0; what < RUN_HELD_COUNT; what++) {
		const bool own = what == RUN_HELD_OBJECTS;
		struct fixture *f = fixture_open();

		grow(f, own ? 1 : CELLS, what, step[what]);
		judge(f);
		for (unsigned i = 0; i < CELLS; i++)
			assert_int_equal(f->cell[i].finding_count, i == (own ? 1 : 0));
		for (unsigned w = 0; w < RUN_HELD_COUNT; w++)
			assert_int_equal(f->soak.growing[w], w == what);
		assert_non_null(strstr(f->cell[own ? 1 : 0].finding[0], "soak: "));
		assert_non_null(strstr(f->cell[own ? 1 : 0].finding[0], "in 12 blocks"));
		fixture_close(f);
	}
}

/* One reading that is missing, of a /proc that is hidden, is neither flat nor growth. */
static void what_the_host_does_not_tell_is_not_judged(void **state)
{
	struct fixture *f = fixture_open();

	(void)state;
	f->cell[1].sample[BLOCKS / 2].counter[counters[RUN_HELD_RSS]] = (double)NAN;
	grow(f, CELLS, RUN_HELD_RSS, 1 << 20);
	judge(f);
	for (unsigned w = 0; w < RUN_HELD_COUNT; w++)
		assert_int_equal(f->soak.told[w] == 0, w == RUN_HELD_RSS);
	assert_int_equal(f->cell[0].finding_count, 0);
	assert_true(f->soak.last[RUN_HELD_RSS] == 0 && f->soak.change[RUN_HELD_RSS] == 0);
	fixture_close(f);
}

static void a_rate_that_falls_is_told_and_is_no_finding(void **state)
{
	struct fixture *f = fixture_open();

	(void)state;
	for (unsigned b = 0; b < BLOCKS; b++)
		f->cell[2].sample[b].counter[STORE_items_per_second] = 1e6 - 1e4 * b;
	judge(f);
	assert_int_equal(f->soak.drifting, 1);
	assert_string_equal(f->soak.worst_cell, "cell 2");
	assert_true(fabs(f->soak.worst + 0.12 / 0.985) < 1e-9);
	assert_int_equal(f->cell[2].finding_count, 0);
	fixture_close(f);
}

/* A tenth of it for half of the time: a line through it would lose more than there was. */
static void a_step_down_is_told_as_what_it_is(void **state)
{
	struct fixture *f = fixture_open();

	(void)state;
	for (unsigned b = 0; b < BLOCKS; b++)
		f->cell[0].sample[b].counter[STORE_items_per_second] =
			(b < BLOCKS / 2 ? 1e6 : 1e5) - b;
	judge(f);
	assert_int_equal(f->soak.drifting, 1);
	assert_true(fabs(f->soak.worst + 0.9) < 1e-3);
	fixture_close(f);
}

static void without_a_soak_or_memory(void **state)
{
	struct fixture *f = fixture_open();
	struct err err = ERR_INIT;

	(void)state;
	fault_arm(1, false);
	assert_int_equal(soak_judge(&f->soak, &f->group, &err), -ENOMEM);
	fault_arm(0, false);
	assert_int_equal(err.kind, ERR_MISSING);
	f->settings.soak = 0;
	grow(f, CELLS, RUN_HELD_THREADS, 1);
	judge(f);
	assert_int_equal(f->cell[0].finding_count, 0);
	assert_int_equal(soak_store(&f->soak, NULL, NULL), 0);
	fixture_close(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flat_is_no_finding),
		cmocka_unit_test(growth_is_the_finding_of_whose_it_is),
		cmocka_unit_test(what_the_host_does_not_tell_is_not_judged),
		cmocka_unit_test(a_rate_that_falls_is_told_and_is_no_finding),
		cmocka_unit_test(a_step_down_is_told_as_what_it_is),
		cmocka_unit_test(without_a_soak_or_memory),
	};

	return cmocka_run_group_tests_name("soak", tests, NULL, NULL);
}
