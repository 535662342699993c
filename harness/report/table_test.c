// SPDX-License-Identifier: BSD-2-Clause
/*
 * table_test.c: the structure of the printed table, with all there can be and with what can be
 * missing. Sweeps and noise have tests of their own.
 */
#include "harness/report/table_testing.h"

static void blocks_come_in_their_order(void **state)
{
	(void)state;
	const struct testing_shape shape = TESTING_SHAPE;
	static const char *const parts[] = {
		"run 20261121-031502-4f2a  paired comparison  done  2026-11-21 03:15:02 UTC\n",
		"\nhost to device, source rewritten, poll, depth 32\n", "throughput, half width",
		"\n      size             packet       packet-cached              common", "memcpy",
		"\n      64 B ", "\n    16 MiB ", "latency p50, half width", "\n      64 B ",
		"CPU time an operation / common buffer peak", "\n    16 MiB ",
		"throughput a MiB of common buffer / pinned memory, mean", "\n    16 MiB ",
		"\ndevice to host, source rewritten, poll, depth 32\n", "fastest of its row",
		"\ncrossover\n", "below 24 KiB the common buffer is faster", "\nring\n",
		"size:64/batch:1 ", "size:64/batch:16", NULL};
	char *text = table_of_shape(&shape);

	assert_order(text, parts);
	assert_null(strstr(text, "simulated"));
	assert_null(strstr(text, "\033"));
	assert_null(strstr(text, "nan"));
	free(text);
}

static void no_line_is_wider_than_a_terminal(void **state)
{
	(void)state;
	const struct testing_shape shape = TESTING_SHAPE;
	char *text = table_of_shape(&shape);

	assert_no_line_is_wide(text);
	free(text);
}

static void simulated_time_is_labelled_everywhere(void **state)
{
	(void)state;
	struct testing_shape shape = TESTING_SHAPE;

	shape.simulated = true;
	char *text = table_of_shape(&shape);

	assert_holds(text, "done, simulated");
	assert_holds(text, "depth 32 (simulated time)\n");
	assert_holds(text, "\nring (simulated time)\n");
	free(text);
}

static void completion_modes_have_their_own_blocks(void **state)
{
	(void)state;
	struct testing_shape shape = TESTING_SHAPE;
	static const char *const parts[] = {
		", poll, depth 32\n", ", interrupt, depth 32\n", ", adaptive, depth 32\n", NULL};

	shape.completions = 3;
	shape.dirs = 1;
	assert_order_of_shape(&shape, parts);
}

static void the_fastest_is_marked_only_when_clear(void **state)
{
	(void)state;
	struct testing_shape shape = TESTING_SHAPE;

	shape.sizes = 1;
	shape.strategies = 2;
	shape.dirs = 1;
	struct store_run *run = testing_run(&shape);
	char *text = table_of(run, false);

	/* 64 bytes: packet-cached is more than twice as fast. */
	const char *row = strstr(text, "\n      64 B ");

	assert_non_null(row);
	assert_non_null(memchr(row + 1, '*', strcspn(row + 1, "\n")));
	free(text);
	/* Now both have the same figures. */
	for (uint32_t i = 0; i < shape.repetitions; i++)
		run->cell[1].sample[i].counter[STORE_bytes_per_second] =
			run->cell[0].sample[i].counter[STORE_bytes_per_second];
	text = table_of(run, true);
	row = strstr(text, "\n      64 B ");
	assert_null(memchr(row + 1, '*', strcspn(row + 1, "\n")));
	assert_holds(text, "\033[1m");
	free(text);
	testing_run_free(run);
}

static void what_is_missing_is_a_dash(void **state)
{
	(void)state;
	struct testing_shape shape = TESTING_SHAPE;

	shape.no_latency = true;
	shape.repetitions = 1;
	shape.sizes = 2;
	struct store_run *run = testing_run(&shape);

	/* The second strategy was not measured at 64 bytes. */
	run->cell[1].params.size_bytes = 4096;
	char *text = table_of(run, false);

	/* A quantity that no strategy has leaves no block of dashes; one that a single cell lacks is a dash. */
	assert_null(strstr(text, "latency p50"));
	assert_holds(text, " - ");
	assert_holds(text, "\n     4 KiB");
	assert_null(strstr(text, "nan"));
	free(text);
	testing_run_free(run);
}

static void a_ledger_is_shown_part_by_part(void **state)
{
	(void)state;
	struct testing_shape shape = TESTING_SHAPE;
	static const char *const parts[] = {"where the time of one operation goes\n", "64 B",
		"\n        driver", "\n       copy in", "10.0 %", "\n        device", "50.0 %",
		"\n       residue", "-1.0 %", "\n         total", NULL};

	char *none = table_of_shape(&shape);

	assert_null(strstr(none, "where the time"));
	free(none);
	shape.ledger = true;
	shape.sizes = 1;
	struct store_run *run = testing_run(&shape);

	for (uint32_t i = 0; i < shape.repetitions; i++)
		run->cell[1].sample[i].counter[STORE_phase_total_ns] = (double)NAN;
	char *text = table_of(run, false);

	assert_order(text, parts);
	assert_holds(text, "limiter, share reached of what it allows");
	assert_holds(text, "memcpy 0.");
	assert_null(strstr(text, "unmap")); /* 0 everywhere */
	assert_null(strstr(text, "nan"));
	free(text);
	testing_run_free(run);
}

static void failures_and_findings_are_told(void **state)
{
	(void)state;
	struct testing_shape shape = TESTING_SHAPE;
	struct store_finding finding = {
		.cell = "transfer/x", .text = "operation 9, offset 64: expected 1, found 2"};

	shape.failed_every = 1;
	shape.sizes = 1;
	struct store_run *run = testing_run(&shape);

	run->finding = malloc(sizeof(finding));
	assert_non_null(run->finding);
	run->finding[0] = finding;
	run->finding_count = 1;
	run->state = STORE_RUNNING;
	char *text = table_of(run, false);

	assert_holds(text, "half-finished");
	assert_holds(text, "failed ");
	assert_holds(text, "\nfailed repetitions\n");
	/* Said once: a block of nothing but failures tells nothing more. */
	assert_holds(text, "throughput, half width");
	assert_null(strstr(text, "latency p50"));
	assert_null(strstr(text, "bounced, share"));
	assert_holds(text, "expected 0x5a, found 0x00");
	assert_holds(text, " more\n");
	assert_holds(text, "\nfindings: what was measured is wrong\n  transfer/x\n  operation 9");
	free(text);
	testing_run_free(run);
}

/* With what was reached of what each allows, and its spread; an empty column is none. */
static void ceilings_stand_beside_the_figures(void **state)
{
	(void)state;
	struct testing_shape shape = TESTING_SHAPE;

	shape.sizes = 1;
	shape.dirs = 1;
	struct store_run *run = testing_run(&shape);
	char *text = table_of(run, false);

	assert_null(strstr(text, "hand-off"));
	assert_null(strstr(text, "pinning allows"));
	free(text);
	for (uint32_t i = 0; i < run->cell_count; i++) {
		struct store_cell *cell = &run->cell[i];

		for (uint32_t s = 0; s < cell->sample_count; s++) {
			cell->sample[s].counter[STORE_items_per_second] = 1e6;
			cell->sample[s].counter[STORE_lat_p99_ns] = 100 + (double)(s * 5 % 9);
		}
		cell->handoff_items_per_second = 4e6;
		cell->pin_items_per_second = 2e6;
		cell->pin_ns = 500;
	}
	testing_fact(run, "ceiling.handoff_ns", "250.0");
	testing_fact(run, "ceiling.wakeup_ns", "52000");
	text = table_of(run, false);
	assert_holds(text, " 0.25 / - ");
	assert_holds(text, " 0.50 / 500 ns ");
	assert_holds(text,
		"hand-off: 250 ns for a cache line from core to core and back; wake-up: 52 us");
	/* Ranks 2 and 8 of 100 .. 108 bound the median, 104, with 96 %. */
	assert_holds(text, "104 ns \xc2\xb1"
			   "3%");
	free(text);
	testing_run_free(run);
}

static void a_soak_says_what_it_holds(void **state)
{
	(void)state;
	struct testing_shape shape = TESTING_SHAPE;
	char *none = table_of_shape(&shape);

	assert_null(strstr(none, "soak"));
	free(none);
	struct store_run *run = testing_run(&shape);

	testing_fact(run, "soak.heap", "flat: 12345 bytes at the end, +0 by its trend");
	testing_fact(run, "soak.speed", "none of 4 cases drifts (p <= 0.01)");
	char *text = table_of(run, false);

	assert_holds(text, "\nsoak: held after each trial, from block to block\n"
			   "  heap         flat: 12345 bytes at the end, +0 by its trend\n"
			   "  speed        none of 4 cases");
	free(text);
	testing_run_free(run);
}

/* Twins and planted ones are strategies of their own: four of each of four are sixteen. */
static void every_strategy_is_shown(void **state)
{
	(void)state;
	struct testing_shape shape = TESTING_SHAPE;

	shape.sizes = 4;
	shape.dirs = shape.completions = shape.depths = shape.sources = 1;
	shape.other_cells = 0;
	struct store_run *run = testing_run(&shape);

	assert_int_equal(run->cell_count, 16);
	for (uint32_t i = 0; i < run->cell_count; i++) {
		snprintf(run->cell[i].params.strategy, STORE_WORD_MAX, "packet#%u", i + 1);
		run->cell[i].params.size_bytes = 64;
	}
	char *text = table_of(run, false);

	for (uint32_t i = 0; i < run->cell_count; i++) {
		char name[STORE_WORD_MAX + 2];

		snprintf(name, sizeof(name), " packet#%u ", i + 1);
		assert_non_null(strstr(text, name));
	}
	free(text);
	testing_run_free(run);
}

/* What was drawn of a mix is more than its mean here; all of it went through bounce slots. */
static void bounced_is_a_share_of_what_was_moved(void **state)
{
	(void)state;
	struct testing_shape shape = TESTING_SHAPE;

	shape.sizes = shape.dirs = shape.completions = shape.depths = shape.sources = 1;
	shape.strategies = 1;
	shape.other_cells = 0;
	struct store_run *run = testing_run(&shape);

	for (uint32_t s = 0; s < run->cell[0].sample_count; s++) {
		struct store_sample *sample = &run->cell[0].sample[s];
		const double each = 1.5 * (double)run->cell[0].params.size_bytes;

		sample->counter[STORE_op_mean_bytes] = each;
		sample->counter[STORE_to_device_share] = 1;
		sample->counter[STORE_bounce_bytes] = (double)sample->iterations * each;
	}
	char *text = table_of(run, false), *bounced = strstr(text, "bounced, share");

	assert_non_null(bounced);
	assert_holds(bounced, " 100 %");
	free(text);
	testing_run_free(run);
}

/* Families beside transfer tell what they are about: list elements, holes between common buffers. */
static void families_have_their_own_columns(void **state)
{
	(void)state;
	struct testing_shape shape = TESTING_SHAPE;

	shape.dirs = 0;
	shape.other_cells = 2;
	struct store_run *run = testing_run(&shape);
	char *text = table_of(run, false);

	assert_null(strstr(text, "elements"));
	assert_null(strstr(text, "in holes"));
	free(text);
	for (uint32_t s = 0; s < run->cell[1].sample_count; s++) {
		run->cell[1].sample[s].counter[STORE_sg_elements_per_op] = 17.25;
		run->cell[1].sample[s].counter[STORE_common_buffer_peak_bytes] = 1 << 20;
		run->cell[1].sample[s].counter[STORE_common_buffer_external_fragmentation] = 0.125;
	}
	/* Looked for in the first repetition of each. */
	text = table_of(run, false);
	assert_holds(text, "    CPU/op  elements      held  in holes\n");
	assert_holds(text, "      17.2     1 MiB    12.5 %\n");
	assert_holds(text, "         -         -         -\n");
	free(text);
	testing_run_free(run);
}

static void a_run_without_cells(void **state)
{
	(void)state;
	struct testing_shape shape = TESTING_SHAPE;

	shape.dirs = 0;
	shape.other_cells = 0;
	assert_shape_holds(&shape, "nothing was measured");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_come_in_their_order),
		cmocka_unit_test(no_line_is_wider_than_a_terminal),
		cmocka_unit_test(simulated_time_is_labelled_everywhere),
		cmocka_unit_test(completion_modes_have_their_own_blocks),
		cmocka_unit_test(the_fastest_is_marked_only_when_clear),
		cmocka_unit_test(what_is_missing_is_a_dash),
		cmocka_unit_test(a_ledger_is_shown_part_by_part),
		cmocka_unit_test(failures_and_findings_are_told),
		cmocka_unit_test(ceilings_stand_beside_the_figures),
		cmocka_unit_test(a_soak_says_what_it_holds),
		cmocka_unit_test(families_have_their_own_columns),
		cmocka_unit_test(every_strategy_is_shown),
		cmocka_unit_test(bounced_is_a_share_of_what_was_moved),
		cmocka_unit_test(a_run_without_cells),
	};

	return cmocka_run_group_tests_name("report table", tests, NULL, NULL);
}
