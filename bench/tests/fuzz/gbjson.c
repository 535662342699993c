// SPDX-License-Identifier: BSD-2-Clause
/*
 * gbjson.c: Google Benchmark's JSON, imported. What is accepted is printed as dmabench prints its own runs, and that is
 * accepted again as the same.
 */
#include "bench/tests/fuzz/fuzz.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/import/import.h"

#define PRINTED_ONE_IN 8
#define STORED_ONE_IN  1024

static bool same_number(double a, double b)
{
	return isfinite(a) ? a == b : !isfinite(b) || b == 0;
}

static void expect_same(const struct store_sample *a, const struct store_sample *b)
{
	fuzz_expect_that(a->repetition == b->repetition && a->failed == b->failed &&
				 a->iterations == b->iterations &&
				 same_number(a->real_time_ns, b->real_time_ns) &&
				 same_number(a->cpu_time_ns, b->cpu_time_ns),
		"the same repetition after reading it back");
	for (int c = 0; !a->failed && c < STORE_COUNTER_COUNT; c++)
		fuzz_expect_that(same_number(a->counter[c], b->counter[c]),
			store_counter_name((enum store_counter)c));
}

static void expect_same_runs(const struct store_run *a, const struct store_run *b)
{
	fuzz_expect_that(a->cell_count == b->cell_count && a->simulated == b->simulated,
		"as many cases after reading them back");
	for (uint32_t i = 0; i < a->cell_count; i++) {
		fuzz_expect_that(strcmp(a->cell[i].name, b->cell[i].name) == 0 &&
					 a->cell[i].sample_count == b->cell[i].sample_count &&
					 memcmp(&a->cell[i].params, &b->cell[i].params,
						 sizeof(a->cell[i].params)) == 0,
			"the same case after reading it back");
		for (uint32_t s = 0; s < a->cell[i].sample_count; s++)
			expect_same(&a->cell[i].sample[s], &b->cell[i].sample[s]);
	}
}

static void print_and_read(const struct store_run *run)
{
	struct import_tally tally;
	struct store_run *again;
	struct err err = ERR_INIT;
	size_t size = 0;
	char *text = fuzz_printed(run, &size);

	fuzz_expect_that(text != NULL, "JSON of what was accepted");
	fuzz_expect_that(
		import_read_text("again", text, size, &again, &tally, &err) == 0, err.message);
	expect_same_runs(run, again);
	store_run_free(again);
	free(text);
}

/* The same by way of a file and of the record, now and then: that takes much longer. */
static void store_and_read(const struct store_run *run, const uint8_t *bytes, size_t len_bytes)
{
	struct store_run *again = NULL, *stored = NULL;
	struct import_tally tally;
	struct err err = ERR_INIT;
	struct store *store = NULL;
	char id[STORE_ID_MAX];

	fuzz_expect_that(import_read(fuzz_file(bytes, len_bytes), &again, &tally, &err) == 0 &&
				 store_open(&store, ":memory:", &err) == 0 &&
				 import_store(store, again, id, &err) == 0 &&
				 store_read(store, id, &stored, &err) == 0,
		err.message);
	if (stored)
		expect_same_runs(run, stored);
	store_run_free(stored);
	store_run_free(again);
	store_close(store);
	fuzz_file_close();
}

void fuzz_gbjson(const uint8_t *bytes, size_t len_bytes)
{
	char *text = fuzz_text(bytes, len_bytes);
	struct import_tally tally;
	struct store_run *run;
	struct err err = ERR_INIT;
	uint32_t repetitions = 0;

	if (import_read_text("input", text, len_bytes, &run, &tally, &err) < 0) {
		fuzz_expect_that(err.message[0] != '\0' && !run, "a message with the refusal");
	} else {
		for (uint32_t i = 0; i < run->cell_count; i++)
			repetitions += run->cell[i].sample_count;
		fuzz_expect_that(run->cell_count > 0 && repetitions == tally.repetitions,
			"all that is told of to be there");
		if (tally.rows % PRINTED_ONE_IN == 1)
			print_and_read(run);
		if (len_bytes % STORED_ONE_IN == 0 && !memchr(bytes, '\0', len_bytes))
			store_and_read(run, bytes, len_bytes);
	}
	store_run_free(run);
	free(text);
}
