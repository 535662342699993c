// SPDX-License-Identifier: BSD-2-Clause
/* import_cli_test.c: `dmabench import` as its user meets it: a run of dmabench's own there and back, files of others, refusals. */
#include "bench/tests/testing.h"

static void line_end(char *text)
{
	text[strcspn(text, "\n")] = '\0';
}

/* What was measured is the same after it went out as JSON and came in again. */
static void a_run_comes_back_as_it_went(void **state)
{
	struct said run = SAY("run", "--db", "a.db", TINY, "--json", "r.json", "--quick");
	struct said in = SAY("import", "r.json", "--db", "a.db"), compared, listed;

	(void)state;
	assert_true(run.code == 0 || run.code == 5);
	assert_code(in, 0);
	assert_says(in.err, "repetitions, 0 failed");
	assert_null(strstr(in.err, "left out"));
	line_end(in.out);
	listed = SAY("list", "runs", "--db", "a.db");
	assert_says(listed.out, in.out);
	assert_says(listed.out, "done  import of r.json");
	compared = SAY("compare", "latest~1", in.out, "--db", "a.db", "--force", "--json", "-");
	assert_true(compared.code == 0 || compared.code == 5);

	json_t *root = json_of(compared.out), *cases = json_object_get(root, "cases"), *one;
	size_t i;

	assert_true(json_array_size(cases) > 0);
	json_array_foreach(cases, i, one)
	{
		assert_true(json_number_value(json_object_get(one, "median_a")) ==
			    json_number_value(json_object_get(one, "median_b")));
	}
	json_decref(root);
	said_free(&run);
	said_free(&in);
	said_free(&listed);
	said_free(&compared);
}

static void a_file_of_others_is_compared_and_reported(void **state)
{
	struct said first, second, compared, report;

	(void)state;
	file_write("a.json",
		"{\"benchmarks\": [{\"name\": \"BM_x/8\", \"real_time\": 100, \"odd\": 1},"
		"{\"name\": \"BM_x/8_BigO\", \"run_type\": \"aggregate\","
		"\"aggregate_name\": \"BigO\"}]}");
	file_write("b.json", "{\"benchmarks\": [{\"name\": \"BM_x/8_mean\", \"real_time\": 50}]}");
	first = SAY("import", "a.json", "--db", "a.db");
	second = SAY("import", "b.json", "--db", "a.db");
	assert_code(first, 0);
	assert_code(second, 0);
	assert_says(first.err, "1 case, 1 repetition, 0 failed");
	assert_says(first.err, "1 counter that the record has no column for (odd)");
	assert_says(first.err, "1 row of a complexity fit");
	assert_says(second.err, "1 case came as aggregates only");
	compared = SAY("compare", "latest~1", "latest", "--db", "a.db", "--no-color");
	assert_code(compared, 0);
	assert_says(compared.out, "BM_x/8");
	assert_says(compared.out, "+100.0 %");
	report = SAY("report", "latest", "--db", "a.db", "--table", "--json", "out.json");
	assert_code(report, 0);
	assert_says(report.out, "import of b.json");
	said_free(&first);
	said_free(&second);
	said_free(&compared);
	said_free(&report);
}

static void what_is_wrong_is_refused_and_nothing_is_written(void **state)
{
	static const char *const lines[][4] = {
		{"import", NULL},
		{"import", "absent.json", NULL},
		{"import", "bad.json", NULL},
		{"import", "empty.json", NULL},
		{"import", "good.json", "--dry-run", NULL},
	};
	static const char *const says[] = {"is missing", "absent.json: cannot be read",
		"bad.json:1:", "empty.json: no benchmark in it", "1 case, 1 repetition"};

	(void)state;
	file_write("bad.json", "{\"benchmarks\": [}");
	file_write("empty.json", "{\"benchmarks\": []}");
	file_write("good.json", "{\"benchmarks\": [{\"name\": \"a\", \"real_time\": 1}]}");
	for (size_t i = 0; i < COUNT_OF(lines); i++) {
		struct said said = say(lines[i]);

		assert_code(said, i == COUNT_OF(lines) - 1 ? 0 : 2);
		assert_string_equal(said.out, "");
		assert_says(said.err, says[i]);
		assert_int_equal(entries_here(), 3);
		said_free(&said);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_run_comes_back_as_it_went),
		TEST(a_file_of_others_is_compared_and_reported),
		TEST(what_is_wrong_is_refused_and_nothing_is_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
