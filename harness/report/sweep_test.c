// SPDX-License-Identifier: BSD-2-Clause
/* sweep_test.c: when a key with several values gets a block of its own in the table, and what stands there. */
#include "harness/report/table_testing.h"

#include "drivers/support/fault.h"

/* Four groups of two sizes and two strategies; @extra of each. */
static struct store_run *swept_run(const char *const extra[4])
{
	struct testing_shape shape = TESTING_SHAPE;

	shape.dirs = shape.completions = shape.depths = 1;
	shape.sources = 3;
	shape.sizes = shape.strategies = 2;
	shape.other_cells = 0;
	struct store_run *run = testing_run(&shape), *fourth = testing_run(&shape);

	/* The fourth group is the first of another run of the same shape. */
	run->cell = reallocarray(run->cell, run->cell_count + 4u, sizeof(*run->cell));
	assert_non_null(run->cell);
	for (uint32_t i = 0; i < 4; i++) {
		run->cell[run->cell_count++] = fourth->cell[i];
		fourth->cell[i].sample = NULL;
		fourth->cell[i].sample_count = 0;
	}
	testing_run_free(fourth);
	for (uint32_t i = 0; i < run->cell_count; i++) {
		snprintf(run->cell[i].params.source, STORE_WORD_MAX, "rewritten");
		snprintf(run->cell[i].params.extra, STORE_EXTRA_MAX, "%s", extra[i / 4]);
	}
	return run;
}

/* One block more, a line for each size and value in the order measured, with the counters that a sweep is about. */
static void a_key_with_three_values_is_shown_side_by_side(void **state)
{
	(void)state;
	static const char *const extra[4] = {"offset:64/device.map_registers:16",
		"offset:64/device.map_registers:2", "offset:64/device.map_registers:0",
		"offset:64/device.map_registers:4"};
	static const char *const parts[] = {"\nhost to device, source rewritten, poll, depth 32, "
					    "offset:64/device.map_registers:16\n",
		"offset:64/device.map_registers:4\n",
		"\nhost to device, source rewritten, poll, depth 32, offset:64: by "
		"device.map_registers\n",
		"throughput, half width", "\n     size      value             packet ",
		"\n     64 B         16 ", "\n                   2 ", "\n                   0 ",
		"\n                   4 ", "\n    256 B         16 ", "latency p50, half width",
		"rounds / list elements an operation", "\n     64 B         16 ", "8 / 9.5",
		"\n                   2 ", "8 / 9.5", "bounced, share of the payload",
		"\n     64 B         16 ", "50 %", "fastest of its row", NULL};
	struct store_run *run = swept_run(extra);

	for (uint32_t i = 0; i < run->cell_count; i++) {
		for (uint32_t s = 0; s < run->cell[i].sample_count; s++) {
			struct store_sample *sample = &run->cell[i].sample[s];

			sample->counter[STORE_rounds_per_op] = 8;
			sample->counter[STORE_sg_elements_per_op] = 9.5;
			sample->counter[STORE_bounce_bytes] =
				(double)sample->iterations *
				(double)run->cell[i].params.size_bytes / 2;
		}
	}
	char *text = table_of(run, false);

	assert_order(text, parts);
	assert_no_line_is_wide(text);
	free(text);
	testing_run_free(run);
}

/* A key that is missing in one name is at its default there; two values are no sweep, nor are keys that move together. */
static void what_makes_a_sweep(void **state)
{
	(void)state;
	static const struct {
		const char *extra[4], *by;
		unsigned sweeps;
	} rows[] = {
		{{"", "high:25", "high:50", "high:100"}, "by high\n", 1},
		{{"high:25", "high:50", "", "high:100"}, "default", 1},
		{{"a:1", "a:2", "b:1", "b:2"}, ": by ", 0},
		{{"a:1/b:1", "a:1/b:2", "a:2/b:1", "a:2/b:2"}, ": by ", 0},
		{{"a:1/b:1", "a:2/b:2", "a:3/b:3", "a:4/b:4"}, ": by ", 0},
		{{"a:1/b:1", "a:2/b:1", "a:3/b:1", "a:1/b:2"}, "b:1: by a\n", 1},
		{{"rate:20%", "rate:50%", "rate:80%", "rate:95%"}, "      95%", 1},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct store_run *run = swept_run(rows[i].extra);
		char *text = table_of(run, false);
		unsigned sweeps = 0;

		for (const char *at = text; (at = strstr(at, ": by ")) != NULL; at++)
			sweeps++;
		if (sweeps != rows[i].sweeps || !strstr(text, rows[i].by) != !sweeps)
			fail_msg("row %zu: %u sweeps in\n%s", i, sweeps, text);
		free(text);
		testing_run_free(run);
	}
}

static void completion_modes_are_a_sweep(void **state)
{
	(void)state;
	struct testing_shape shape = TESTING_SHAPE;
	static const char *const parts[] = {
		"\nhost to device, source rewritten, depth 32: by completion\n",
		"\n     64 B       poll", "\n           interrupt", "\n            adaptive", NULL};

	shape.completions = 3;
	shape.dirs = 1;
	assert_order_of_shape(&shape, parts);
}

/* Whatever allocation fails, the table ends: with a block or a figure less, or saying so instead of the whole. */
static void every_failing_allocation_costs_a_figure_at_most(void **state)
{
	(void)state;
	static const char *const extra[4] = {"a:1", "a:2", "a:3", "a:4"};
	struct store_run *run = swept_run(extra);
	unsigned nth;

	for (nth = 1; nth < 2000; nth++) {
		fault_arm(nth, false);
		char *text = table_of(run, false);
		const bool fired = fault_fired() != NULL;

		fault_arm(0, false);
		assert_true(
			strncmp(text, "run 2026", 8) == 0 || strncmp(text, "no memory", 9) == 0);
		free(text);
		if (!fired)
			break;
	}
	assert_in_range(nth, 20, 1999);
	testing_run_free(run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_key_with_three_values_is_shown_side_by_side),
		cmocka_unit_test(what_makes_a_sweep),
		cmocka_unit_test(completion_modes_are_a_sweep),
		cmocka_unit_test(every_failing_allocation_costs_a_figure_at_most),
	};

	return cmocka_run_group_tests_name("report sweep", tests, NULL, NULL);
}
