// SPDX-License-Identifier: BSD-2-Clause
/* cmd_list.c: `dmabench list`: what there is to measure with, and what was measured. */
#include "bench/cli.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <time.h>

#include "bench/cases/cases.h"
#include "bench/output.h"
#include "bench/shipped.h"
#include "drivers/device/device.h"
#include "harness/opt/opt.h"
#include "harness/run/case.h"
#include "harness/run/run.h"
#include "harness/store/store.h"

static const struct cli_option options[] = {
	CLI_OPTION_DB,
	CLI_OPTION_JSON,
	CLI_OPTION_HELP,
	{NULL, CLI_FLAG, 0, NULL, NULL},
};

/* Every topic fills an array of objects, so that text and JSON cannot tell different things. */
struct topic {
	const char *name;
	bool always; /* also without an operand */
	int (*fill)(json_t *rows, const struct cli_args *args, struct err *err);
	const char
		*column[4]; /* keys in the order of the text's columns, the last without padding */
};

static int row_add(json_t *rows, json_t *row, struct err *err)
{
	if (row && json_array_append_new(rows, row) == 0)
		return 0;
	return err_short(err, -ENOMEM, "no memory for the list");
}

static int cases_fill(json_t *rows, const struct cli_args *args, struct err *err)
{
	int rc = 0;

	(void)args;
	for (size_t i = 0; bench_cases[i] && !rc; i++)
		rc = row_add(rows,
			json_pack("{s:s, s:s, s:s}", "name", bench_cases[i]->name, "help",
				bench_cases[i]->help, "exercises", bench_cases[i]->exercises),
			err);
	return rc;
}

static int devices_fill(json_t *rows, const struct cli_args *args, struct err *err)
{
	const struct device_ops *ops;
	int rc = 0;

	(void)args;
	for (unsigned i = 0; !rc && (ops = device_at(i)) != NULL; i++)
		rc = row_add(
			rows, json_pack("{s:s, s:s}", "name", ops->name, "help", ops->help), err);
	return rc;
}

static int strategies_fill(json_t *rows, const struct cli_args *args, struct err *err)
{
	static const char *const help[] = {
		[RUN_PACKET] = "lock, start, complete and unlock for each operation",
		[RUN_PACKET_CACHED] =
			"locks are kept in a cache; start and complete for each operation",
		[RUN_COMMON] = "copies through slots of a common buffer",
		[RUN_HYBRID] = "common below a threshold, packet from it on",
	};
	int rc = 0;

	(void)args;
	for (size_t i = 0; run_strategy_words[i] && !rc; i++)
		rc = row_add(rows,
			json_pack("{s:s, s:s}", "name", run_strategy_words[i], "help", help[i]),
			err);
	return rc;
}

static int jobs_fill(json_t *rows, const struct cli_args *args, struct err *err)
{
	char name[SHIPPED_NAME_MAX], help[SHIPPED_HELP_MAX];
	const struct embed_file *file;
	int rc = 0;

	(void)args;
	for (size_t i = 0; !rc && (file = shipped_at(i)) != NULL; i++)
		rc = row_add(rows,
			json_pack("{s:s, s:s}", "name", shipped_name(file, name), "help",
				shipped_help(file, help)),
			err);
	return rc;
}

struct runs {
	json_t *rows;
	struct err *err;
	int rc;
};

static bool run_emit(void *arg, const struct store_run *run)
{
	static const char *const states[] = {[STORE_RUNNING] = "half-finished",
		[STORE_DONE] = "done",
		[STORE_INTERRUPTED] = "interrupted",
		[STORE_FAILED] = "failed"};
	struct runs *runs = arg;
	const time_t seconds = (time_t)(run->started_wall_ns / 1000000000u);
	struct tm tm;
	char started[32];

	gmtime_r(&seconds, &tm);
	strftime(started, sizeof(started), "%Y-%m-%dT%H:%M:%SZ", &tm);
	runs->rc = row_add(runs->rows,
		json_pack("{s:s, s:s, s:s, s:s, s:i}", "id", run->id, "started", started, "state",
			states[run->state], "title", run->title, "exit_code", run->exit_code),
		runs->err);
	return runs->rc == 0;
}

static int runs_fill(json_t *rows, const struct cli_args *args, struct err *err)
{
	struct runs runs = {.rows = rows, .err = err};
	struct store *store;
	int rc = store_open_readonly(&store, args->db ? args->db : CLI_DB_DEFAULT, err);

	if (rc)
		return rc;
	rc = store_list(store, run_emit, &runs, err);
	store_close(store);
	return rc ? rc : runs.rc;
}

static const struct topic topics[] = {
	{"cases", true, cases_fill, {"name", "help"}},
	{"devices", true, devices_fill, {"name", "help"}},
	{"strategies", true, strategies_fill, {"name", "help"}},
	{"jobs", true, jobs_fill, {"name", "help"}},
	{"runs", false, runs_fill, {"id", "started", "state", "title"}},
};

#define TOPIC_COUNT (sizeof(topics) / sizeof(topics[0]))

static size_t column_width(const json_t *rows, const char *key)
{
	size_t width = 0;

	for (size_t i = 0; i < json_array_size(rows); i++) {
		const char *text = json_string_value(json_object_get(json_array_get(rows, i), key));

		if (text && strlen(text) > width)
			width = strlen(text);
	}
	return width;
}

static void topic_print(const struct topic *topic, const json_t *rows, bool heading)
{
	const size_t columns = sizeof(topic->column) / sizeof(topic->column[0]);

	if (heading)
		printf("%s:\n", topic->name);
	for (size_t i = 0; i < json_array_size(rows); i++) {
		const json_t *row = json_array_get(rows, i);
		const char *exercises = json_string_value(json_object_get(row, "exercises"));

		printf("%s", heading ? "  " : "");
		for (size_t c = 0; c < columns && topic->column[c]; c++) {
			const bool last = c + 1 == columns || !topic->column[c + 1];
			const char *text = json_string_value(
				json_object_get(row, topic->column[c]));

			printf("%-*s%s", last ? 0 : (int)column_width(rows, topic->column[c]),
				text ? text : "", last ? "\n" : "  ");
		}
		if (exercises)
			printf("%s%*s  exercises %s\n", heading ? "  " : "",
				(int)column_width(rows, "name"), "", exercises);
	}
}

static int topic_unknown(const char *word, struct err *err)
{
	const char *words[TOPIC_COUNT + 1] = {NULL};
	const char *near;

	for (size_t i = 0; i < TOPIC_COUNT; i++)
		words[i] = topics[i].name;
	near = opt_nearest(word, words);
	if (near)
		return err_set(
			err, ERR_USAGE, -EINVAL, "unknown list '%s'; did you mean %s?", word, near);
	return err_set(err, ERR_USAGE, -EINVAL,
		"unknown list '%s'; cases, devices, strategies, jobs and runs are known", word);
}

static int lists_fill(json_t *lists, const struct cli_args *args, struct err *err)
{
	bool found = false;
	int rc = 0;

	for (size_t i = 0; i < TOPIC_COUNT && !rc; i++) {
		const struct topic *topic = &topics[i];
		json_t *rows;

		if (args->operand ? strcmp(args->operand, topic->name) != 0 : !topic->always)
			continue;
		found = true;
		rows = json_array();
		if (json_object_set_new(lists, topic->name, rows))
			return err_short(err, -ENOMEM, "no memory for the list");
		rc = topic->fill(rows, args, err);
	}
	return rc || found ? rc : topic_unknown(args->operand, err);
}

static int lists_write(const json_t *lists, const struct cli_args *args, struct err *err)
{
	if (!cli_json_stdout(args)) {
		for (size_t i = 0; i < TOPIC_COUNT; i++) {
			const json_t *rows = json_object_get(lists, topics[i].name);

			if (rows)
				topic_print(&topics[i], rows, !args->operand);
		}
	}
	return args->json ? output_json_value(lists, args->json, err) : ERR_NONE;
}

static int list_run(const struct cli_args *args, struct err *err)
{
	json_t *lists;
	int rc = 0;

	if (args->json && !cli_json_stdout(args))
		rc = output_check_file(args->json, "--json", err);
	if (rc)
		return rc;
	lists = json_object();
	rc = lists_fill(lists, args, err);
	if (!rc)
		rc = lists_write(lists, args, err);
	json_decref(lists);
	return rc;
}

const struct cli_command cmd_list = {
	.name = "list",
	.operand = "[cases|devices|strategies|jobs|runs]",
	.summary = "show what there is to measure, and what was measured",
	.text = "Without an operand: all but the runs.\n",
	.option = options,
	.run = list_run,
};
