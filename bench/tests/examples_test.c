// SPDX-License-Identifier: BSD-2-Clause
/*
 * examples_test.c: scripts/ci-examples says nothing that is not so: commands and options that are, metrics and labels that are
 * exported, YAML and JSON that can be read.
 */
#include "bench/tests/testing.h"

#include <ctype.h>

static char top[2048];

static int top_keep(void **state)
{
	(void)state;
	return getcwd(top, sizeof(top)) ? 0 : -1;
}

static char *example(const char *name)
{
	char path[2100];

	snprintf(path, sizeof(path), "%s/scripts/ci-examples/%s", top, name);
	return text_of(path);
}

/* Every --option in @words, up to the end of its command, stands in @help. Return: how many. */
static unsigned options_known(const char *file, char *words, const char *help)
{
	unsigned count = 0;
	char *rest, *word = strtok_r(words, " \t", &rest);

	for (; word && !strpbrk(word, "|&;>"); word = strtok_r(NULL, " \t", &rest)) {
		char row[80];

		if (strncmp(word, "--", 2) != 0)
			continue;
		snprintf(row, sizeof(row), "\n  %s ", word);
		if (!strstr(help, row))
			fail_msg("%s: %s is no option of the command", file, word);
		count++;
	}
	return count;
}

/* Every "dmabench COMMAND --option ..." in a file. Return: how many options. */
static unsigned calls_known(const char *file)
{
	char *text = example(file), *rest, *line = strtok_r(text, "\n", &rest);
	unsigned count = 0;

	for (; line; line = strtok_r(NULL, "\n", &rest)) {
		char *call = strstr(line, "/dmabench "), name[32];
		struct said said;

		if (!call || line[0] == '#' || sscanf(call, "/dmabench %31[a-z]", name) != 1)
			continue;
		said = SAY(name, "--help");
		assert_code(said, 0);
		count += options_known(file, call, said.out);
		said_free(&said);
	}
	free(text);
	return count;
}

static void every_call_is_one_that_dmabench_takes(void **state)
{
	(void)state;
	assert_true(calls_known("dmabench-nightly.service") >= 4);
	assert_true(calls_known("github-actions.yml") >= 6);
	assert_true(calls_known("gitlab-ci.yml") >= 7);
}

/* Every dmabench_NAME in a query is the name of an exported family. Return: how many. */
static unsigned metrics_known(const char *query, const char *exported)
{
	unsigned count = 0;

	for (const char *at = query; (at = strstr(at, "dmabench_")); count++) {
		char name[96], row[128];
		size_t len = 0;

		while (len < sizeof(name) - 1 &&
			(isalnum((unsigned char)at[len]) || at[len] == '_'))
			len++;
		snprintf(name, sizeof(name), "%.*s", (int)len, at);
		snprintf(row, sizeof(row), "# TYPE %s gauge\n", name);
		if (!strstr(exported, row))
			fail_msg("grafana-dashboard.json: %s is not exported", name);
		at += len;
	}
	return count;
}

/* The labels by which curves are named: "{{strategy}} ...". */
static unsigned labels_known(const char *legend, const char *exported)
{
	unsigned count = 0;

	for (const char *at = legend; (at = strstr(at, "{{")); count++) {
		char name[32], label[40];

		assert_int_equal(sscanf(at, "{{%31[a-z_]}}", name), 1);
		at += 2;
		snprintf(label, sizeof(label), "%s=\"", name);
		/* Prometheus adds instance by itself. */
		if (strcmp(name, "instance") != 0 && !strstr(exported, label))
			fail_msg("grafana-dashboard.json: no label %s is exported", name);
	}
	return count;
}

static void the_dashboard_asks_for_what_is_exported(void **state)
{
	struct said said = SAY("run", TINY, "--db", "a.db");
	char *text = example("grafana-dashboard.json");
	json_t *root = json_loads(text, 0, NULL), *panel, *variable;
	unsigned metrics = 0, labels = 0;
	size_t i;

	(void)state;
	said_free(&said);
	said = SAY("export", "openmetrics", "--db", "a.db");
	assert_code(said, 0);
	assert_non_null(root);
	json_array_foreach(json_object_get(root, "panels"), i, panel)
	{
		json_t *target = json_array_get(json_object_get(panel, "targets"), 0);

		metrics += metrics_known(
			json_string_value(json_object_get(target, "expr")), said.out);
		labels += labels_known(
			json_string_value(json_object_get(target, "legendFormat")), said.out);
	}
	json_array_foreach(
		json_object_get(json_object_get(root, "templating"), "list"), i, variable)
	{
		json_t *query = json_object_get(json_object_get(variable, "query"), "query");

		if (query)
			metrics += metrics_known(json_string_value(query), said.out);
	}
	assert_true(metrics >= 13 && labels > 30);
	json_decref(root);
	free(text);
	said_free(&said);
}

static void the_yaml_can_be_read(void **state)
{
	char command[2400];

	(void)state;
	snprintf(command, sizeof(command),
		"/usr/bin/python3 -c 'import sys, yaml; [yaml.safe_load(open(f)) for f in "
		"sys.argv[1:]]' "
		"%s/scripts/ci-examples/*.yml",
		top);
	assert_int_equal(system(command), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_call_is_one_that_dmabench_takes),
		TEST(the_dashboard_asks_for_what_is_exported),
		TEST(the_yaml_can_be_read),
	};

	return cmocka_run_group_tests(tests, top_keep, NULL);
}
