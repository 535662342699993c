// SPDX-License-Identifier: BSD-2-Clause
/*
 * other_tools_test.c: what the tools that an export is for make of it: Google Benchmark's compare.py (libbenchmark-tools),
 * the parser of prometheus_client, xmllint. They run with the distribution's own Python, whose packages scripts/setup
 * installs.
 */
#include "bench/tests/testing.h"

#include <math.h>

#define PYTHON  "/usr/bin/python3"
#define COMPARE PYTHON " /usr/share/benchmark/compare.py --no-color"

/* Runs @command. Return: its stdout and stderr; fails unless it ends with 0. */
static char *said_by(const char *command)
{
	char line[512];
	int status;
	char *text;

	snprintf(line, sizeof(line), "%s >said 2>&1 </dev/null", command);
	/* By the shell: the tools are scripts with arguments. NOLINTNEXTLINE(cert-env33-c) */
	status = system(line);
	text = text_of("said");
	if (status != 0)
		fail_msg("%s: status %d, expected 0; it said:\n%s", command, status, text);
	return text;
}

static void run_exported(const char *file)
{
	struct said said = SAY("run", "--set", "family=transfer", "--set", "size=4k", "--set",
		"dir=to_device", "--set", "source=rewritten", "--set", "depth=2", "--set",
		"strategy=packet,common", "--duration", "1ms", "--repetitions", "10", "--db",
		"a.db");

	assert_true(said.code == 0 || said.code == 5);
	said_free(&said);
	said = SAY("export", "gbench", "--db", "a.db", "--file", file);
	assert_code(said, 0);
	said_free(&said);
}

/* The real time of @file's aggregate median of @strategy. */
static double median_in(const char *file, const char *strategy)
{
	json_t *root = json_load_file(file, 0, NULL), *one;
	double found = (double)NAN;
	size_t i;

	assert_non_null(root);
	json_array_foreach(json_object_get(root, "benchmarks"), i, one)
	{
		const char *name = json_string_value(json_object_get(one, "name"));
		const char *of = json_string_value(json_object_get(one, "aggregate_name"));

		if (name && of && strcmp(of, "median") == 0 && strstr(name, strategy))
			found = json_number_value(json_object_get(one, "real_time"));
	}
	json_decref(root);
	assert_true(found > 0);
	return found;
}

/* The line of @text that has both words. Freed by the caller. */
static char *line_with(const char *text, const char *word, const char *other)
{
	for (const char *at = text; *at;) {
		size_t len = strcspn(at, "\n");
		char *line = strndup(at, len);

		if (strstr(line, word) && strstr(line, other))
			return line;
		free(line);
		at += len + (at[len] == '\n');
	}
	fail_msg("no line with '%s' and '%s' in:\n%s", word, other, text);
	return NULL;
}

static void compare_py_compares_two_runs(void **state)
{
	static const char *const strategies[] = {"strategy:packet/", "strategy:common/"};
	char *text;

	(void)state;
	run_exported("a.json");
	run_exported("b.json");
	text = said_by(COMPARE " benchmarks a.json b.json");
	for (size_t i = 0; i < sizeof(strategies) / sizeof(strategies[0]); i++) {
		double old = median_in("a.json", strategies[i]);
		double new = median_in("b.json", strategies[i]);
		char change[32], *line = line_with(text, strategies[i], "_median ");

		snprintf(change, sizeof(change), "%+.4f", (new - old) / old);
		assert_says(line, change);
		free(line);
		line = line_with(text, strategies[i], "_pvalue ");
		assert_says(line, "U Test, Repetitions: 10 vs 10");
		free(line);
	}
	assert_says(text, "OVERALL_GEOMEAN");
	assert_null(strstr(text, "nan"));
	free(text);
}

/* One strategy against the other, within a run. */
static void compare_py_filters(void **state)
{
	char *text, *line;

	(void)state;
	run_exported("a.json");
	text = said_by(COMPARE " filters a.json strategy:packet/ strategy:common/");
	line = line_with(text, "[strategy:packet/ vs. strategy:common/]", "_pvalue ");
	assert_says(line, "Repetitions: 10 vs 10");
	free(line);
	free(text);
}

static void prometheus_reads_every_family(void **state)
{
	struct said said = SAY("run", TINY, "--db", "a.db");
	char *text;

	(void)state;
	said_free(&said);
	said = SAY("export", "openmetrics", "--db", "a.db", "--file", "dmabench.prom");
	assert_code(said, 0);
	said_free(&said);
	file_write("read.py",
		"from prometheus_client.openmetrics.parser import text_string_to_metric_families "
		"as om\n"
		"from prometheus_client.parser import text_string_to_metric_families as text\n"
		"said = open('dmabench.prom').read()\n"
		"a = {(s.name, tuple(sorted(s.labels.items()))): s.value for f in om(said) for s "
		"in "
		"f.samples}\n"
		"b = {(s.name, tuple(sorted(s.labels.items()))): s.value for f in text(said) for s "
		"in "
		"f.samples}\n"
		"assert a == b, 'the two formats read it differently'\n"
		"print(len(a), 'samples,', sum('strategy' in dict(k[1]) for k in a), 'by "
		"strategy')\n");
	text = said_by(PYTHON " read.py");
	assert_true(atoi(text) > 20);
	assert_null(strstr(text, " 0 by strategy"));
	free(text);
}

static void xmllint_reads_the_junit_report(void **state)
{
	struct said said = SAY("run", TINY, "--db", "a.db");
	char *text;

	(void)state;
	said_free(&said);
	said = SAY("export", "junit", "--db", "a.db", "--file", "junit.xml");
	assert_code(said, 0);
	said_free(&said);
	text = said_by("xmllint --nonet --xpath 'count(//testcase[contains(@name,\"strategy:\")])' "
		       "junit.xml");
	assert_int_equal(atoi(text), 4);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(compare_py_compares_two_runs),
		TEST(compare_py_filters),
		TEST(prometheus_reads_every_family),
		TEST(xmllint_reads_the_junit_report),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
