// SPDX-License-Identifier: BSD-2-Clause
/* pool_test.c: of a process the median counts; one that lacks a case or failed is a repetition that failed. */
#include "harness/report/pool.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "drivers/support/fault.h"

#define CASES 2

struct process {
	struct store_run run;
	struct store_cell cell[CASES];
	struct store_sample sample[CASES][5];
	struct store_fact fact[2];
};

/* Case @c of the process takes @value, one a repetition. */
static void process_fill(struct process *process, uint32_t cases, const double *value,
	uint32_t count, const char *verdict)
{
	static const char *const names[CASES] = {
		"ring/strategy:packet/a", "ring/strategy:packet/b"};

	*process = (struct process){.run = {.state = STORE_DONE,
					    .fact_count = 2,
					    .fact = process->fact,
					    .cell_count = cases,
					    .cell = process->cell}};
	process->fact[0] = (struct store_fact){.key = "host.name", .value = (char *)"h"};
	process->fact[1] = (struct store_fact){.key = "audit.verdict", .value = (char *)verdict};
	for (uint32_t c = 0; c < cases; c++) {
		memcpy(process->cell[c].name, names[c], strlen(names[c]) + 1);
		process->cell[c].sample = process->sample[c];
		process->cell[c].sample_count = count;
		for (uint32_t i = 0; i < count; i++) {
			struct store_sample *sample = &process->sample[c][i];

			for (int k = 0; k < STORE_COUNTER_COUNT; k++)
				sample->counter[k] = (double)NAN;
			sample->counter[STORE_items_per_second] = value[i] * (c + 1);
			sample->real_time_ns = 1e9 / value[i];
			sample->iterations = 10;
		}
	}
}

static void a_process_is_a_repetition(void **state)
{
	static struct process process[3];
	struct store_run *const runs[] = {&process[0].run, &process[1].run, &process[2].run};
	struct store_run *pool;

	(void)state;
	process_fill(&process[0], 2, (const double[]){1, 100, 3}, 3, "trusted");
	process_fill(&process[1], 1, (const double[]){5, 7, 1, 9, 8}, 5, "cannot be trusted");
	process_fill(&process[2], 2, (const double[]){4, 2}, 2, "trusted");
	process[2].sample[1][0].failed = process[2].sample[1][1].failed = true;
	assert_int_equal(pool_make(runs, 3, "abc", &pool, NULL), 0);
	assert_string_equal(pool->id, "abc");
	assert_int_equal(pool->cell_count, 2);

	const struct store_sample *a = pool->cell[0].sample, *b = pool->cell[1].sample;

	assert_int_equal(pool->cell[0].sample_count, 3);
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(a[i].block, i);
	assert_true(a[0].counter[STORE_items_per_second] == 3);
	assert_true(a[1].counter[STORE_items_per_second] == 7);
	assert_true(a[2].counter[STORE_items_per_second] == 3);
	assert_true(isnan(a[0].counter[STORE_lat_p50_ns]));
	assert_int_equal(a[1].iterations, 50);
	assert_false(a[0].failed || a[1].failed || a[2].failed);
	assert_true(b[0].counter[STORE_items_per_second] == 6 && !b[0].failed);
	assert_true(b[1].failed && strstr(b[1].error, "no such case"));
	assert_true(b[2].failed && isnan(b[2].counter[STORE_items_per_second]));
	/* Two of three are trusted. */
	assert_string_equal(pool->fact[1].value, "trusted");
	store_run_free(pool);
	process[2].fact[1].value = (char *)"cannot be trusted";
	assert_int_equal(pool_make(runs, 3, "abc", &pool, NULL), 0);
	assert_string_equal(pool->fact[1].value, "cannot be trusted");
	store_run_free(pool);
}

static void without_memory_nothing_is_left(void **state)
{
	static struct process process;
	struct store_run *const runs[] = {&process.run};
	unsigned nth;

	(void)state;
	process_fill(&process, 2, (const double[]){1}, 1, "trusted");
	for (nth = 1;; nth++) {
		struct store_run *pool;
		int rc;

		fault_arm(nth, false);
		rc = pool_make(runs, 1, "x", &pool, NULL);
		if (!fault_fired()) {
			fault_arm(0, false);
			store_run_free(pool);
			break;
		}
		fault_arm(0, false);
		if (rc != -ENOMEM)
			fail_msg("failure %u at %s: found %d, expected %d", nth, fault_fired(), rc,
				-ENOMEM);
		assert_null(pool);
	}
	/* The pool, its facts, its cases, two medians of each. */
	assert_int_equal(nth, 11);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_process_is_a_repetition),
		cmocka_unit_test(without_memory_nothing_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
