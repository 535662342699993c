// SPDX-License-Identifier: BSD-2-Clause
/* noise_test.c: what the table tells of the noise audit, and which figures it marks. */
#include "harness/report/table_testing.h"

static void noise_is_told_and_marked(void **state)
{
	(void)state;
	struct testing_shape shape = TESTING_SHAPE;
	char *quiet = table_of_shape(&shape);

	assert_null(strstr(quiet, "noise"));
	assert_null(strchr(quiet, '~'));
	free(quiet);
	shape.tainted_every = 1;
	shape.dirs = 1;
	struct store_run *run = testing_run(&shape);

	testing_fact(run, "audit.verdict", "cannot be trusted");
	testing_fact(run, "audit.why", "405 of 405 repetitions tainted; steal 405");
	testing_fact(
		run, "audit.governor", "taints: the governor is powersave; expected: p; do: d");
	testing_fact(run, "audit.turbo", "note: turbo is on; expected: off; do: d");
	char *text = table_of(run, false);

	assert_holds(text, "\nnoise\n  these figures cannot be trusted: 405 of 405");
	assert_holds(text, "405 of 405 repetitions are tainted; ~ marks");
	assert_holds(text, "\n  governor: taints: the governor is powersave\n");
	assert_null(strstr(text, "turbo"));
	const char *row = strstr(text, "\n      64 B ");

	/* throughput of four strategies; none is the fastest by figures that are tainted */
	assert_non_null(row);
	unsigned marks = 0;

	for (const char *at = row + 1; *at && *at != '\n'; at++)
		marks += *at == '~';
	assert_int_equal(marks, 4);
	assert_null(memchr(row + 1, '*', strcspn(row + 1, "\n")));
	free(text);
	/* one in five is told, but marks nothing */
	testing_run_free(run);
	shape.tainted_every = 5;
	run = testing_run(&shape);
	text = table_of(run, false);
	assert_holds(text, " of 405 repetitions are tainted");
	assert_int_equal(strchr(text, '~') - strstr(text, "~ marks"), 0);
	free(text);
	testing_run_free(run);
}

static void one_tainted_repetition_is_no_plural(void **state)
{
	(void)state;
	struct testing_shape shape = TESTING_SHAPE;

	shape.dirs = 1;
	shape.tainted_every = 400;
	assert_shape_holds(&shape, "\n  1 of 405 repetitions is tainted; ~ marks");
	shape.sizes = shape.strategies = shape.repetitions = shape.tainted_every = 1;
	shape.other_cells = 0;
	assert_shape_holds(&shape, "\n  1 of 1 repetition is tainted; ~ marks");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(noise_is_told_and_marked),
		cmocka_unit_test(one_tainted_repetition_is_no_plural),
	};

	return cmocka_run_group_tests_name("report noise", tests, NULL, NULL);
}
