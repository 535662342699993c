// SPDX-License-Identifier: BSD-2-Clause
/*
 * run_test.c: whole runs from argv to exit code, on the soft device for a few milliseconds: what is shown, stored and
 * listed, wrong data, missing means, interruption.
 */
#include "bench/cli.h"

#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "bench/tests/testing.h"
#include "drivers/support/testing.h"

/* ---- run -------------------------------------------------------------------------------------------------------- */

static const char *fact_of(const json_t *root, const char *key)
{
	return json_string_value(json_object_get(json_object_get(root, "context"), key));
}

static void a_run_is_shown_stored_and_listed(void **state)
{
	(void)state;
	mkdir("sub", 0777);
	struct said run = SAY("run", TINY, "--db", "sub/x.db", "--json", "out.json");
	struct said list = SAY("list", "runs", "--db", "sub/x.db");
	struct said json = SAY("list", "runs", "--db", "sub/x.db", "--json", "-");

	assert_code(run, 0);
	assert_says(run.out, "packet-cached");
	assert_says(run.err, "stored as run ");
	assert_null(strchr(run.out, '\033'));
	assert_null(strchr(run.err, '\033'));
	assert_code(list, 0);
	assert_int_equal(lines_of(list.out), 1);
	assert_says(list.out, "done");
	json_t *root = json_of(json.out);
	const json_t *row = json_array_get(json_object_get(root, "runs"), 0);

	assert_string_equal(json_string_value(json_object_get(row, "state")), "done");
	assert_int_equal(json_integer_value(json_object_get(row, "exit_code")), 0);
	json_decref(root);
	char *text = text_of("out.json");

	root = json_of(text);
	/* 4 strategies x (2 repetitions + 4 aggregates). */
	assert_int_equal(json_array_size(json_object_get(root, "benchmarks")), 24);
	assert_string_equal(fact_of(root, "job.size"), "4k");
	assert_string_equal(fact_of(root, "job.file"), "bench/jobs/default.ini");
	assert_non_null(fact_of(root, "version.gbench"));
	json_decref(root);
	free(text);
	assert_int_equal(entries_here(), 2);
	said_free(&run);
	said_free(&list);
	said_free(&json);
}

static void json_on_stdout_is_alone_there(void **state)
{
	(void)state;
	struct said run = SAY("run", TINY, "--no-store", "--json", "-");

	assert_code(run, 0);
	json_t *root = json_of(run.out);

	assert_int_equal(json_array_size(json_object_get(root, "benchmarks")), 24);
	json_decref(root);
	assert_null(strstr(run.err, "stored"));
	assert_int_equal(entries_here(), 0); /* --no-store keeps nothing */
	said_free(&run);
}

static void wrong_data_is_exit_1_and_named(void **state)
{
	(void)state;
	/* Every transfer: on a busy host a trial of 1 ms is a handful of them. */
	struct said run = SAY("run", TINY, "--strategy", "packet", "--set", "device.fault=flip",
		"--set", "device.fault_rate=1", "--db", "x.db");

	assert_code(run, 1);
	assert_says(run.err, "dmabench: wrong: transfer/strategy:packet/");
	assert_says(run.err, "expected");
	assert_says(run.err, "found");
	said_free(&run);
}

static void an_adapter_that_cannot_be_had_is_exit_3(void **state)
{
	(void)state;
	struct said run = SAY(
		"run", TINY, "--strategy", "common", "--set", "pool.limit=1", "--db", "x.db");

	assert_code(run, 3);
	assert_string_equal(run.out, "");
	assert_says(run.err, "memory");
	assert_says(run.err, "pool.limit=1"); /* the key to change */
	assert_int_equal(entries_here(), 0);  /* found before anything is written */
	said_free(&run);
}

static void bad_device_arguments_leave_nothing_behind(void **state)
{
	(void)state;
	struct said run = SAY("run", TINY, "--set", "device=soft:x", "--db", "x.db");

	assert_code(run, 2);
	assert_says(run.err, "soft: unknown argument 'x'");
	assert_int_equal(entries_here(), 0);
	said_free(&run);
}

static void figures_that_cannot_be_written_name_the_place(void **state)
{
	(void)state;
	if (access("/dev/full", W_OK))
		skip_for("/dev/full: %s", strerror(errno));
	struct said run = SAY("run", TINY, "--no-store", "--json", "/dev/full");

	assert_code(run, 3);
	assert_says(run.err, "--json /dev/full: ");
	assert_says(run.err, strerror(ENOSPC));
	said_free(&run);
}

static void the_page_is_written_and_its_path_is_the_last_line(void **state)
{
	(void)state;
	struct said run = SAY(
		"run", TINY, "--strategy", "packet,common", "--db", "x.db", "--report");
	char *path;
	struct stat st;

	assert_code(run, 0);
	assert_true(strlen(run.out) > 0);
	run.out[strlen(run.out) - 1] = '\0';
	path = strrchr(run.out, '\n');
	assert_non_null(path);
	assert_int_equal(stat(path + 1, &st), 0);
	assert_true(st.st_size > 0);

	struct said again = SAY("report", "--db", "x.db", "--out", "a/b/page", "--json", "r.json");
	struct said absent = SAY("report", "no-such-run", "--db", "x.db");

	assert_code(again, 0);
	assert_string_equal(again.out, "a/b/page/report.html\n");
	assert_int_equal(stat("a/b/page/report.html", &st), 0);
	assert_int_equal(stat("r.json", &st), 0);
	assert_code(absent, 2);
	assert_says(absent.err, "no-such-run");
	said_free(&run);
	said_free(&again);
	said_free(&absent);
}

/* ---- interruption --------------------------------------------------------------------------------------------- */

static void an_interrupted_run_ends_in_order_with_exit_4(void **state)
{
	(void)state;
	const int signals[] = {SIGINT, SIGTERM};

	for (size_t i = 0; i < COUNT_OF(signals); i++) {
		const char *const args[] = {"run", "--set", "family=ring", "--duration", "100ms",
			"--repetitions", "1000", "--db", "x.db", NULL};
		const pid_t pid = program_start(args, "/dev/null", "errors", NULL);

		assert_true(soon_says("errors", "measuring"));
		assert_int_equal(kill(pid, signals[i]), 0);
		char *errors = program_ends_with(pid, 4, "errors");

		assert_says(errors, "interrupted; finished cases are stored; go on with: dmabench "
				    "run --resume ");
		free(errors);
		unlink("errors");
	}
	struct said list = SAY("list", "runs", "--db", "x.db");

	assert_int_equal(lines_of(list.out), 2);
	assert_says(list.out, "interrupted");
	said_free(&list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_run_is_shown_stored_and_listed),
		TEST(json_on_stdout_is_alone_there),
		TEST(wrong_data_is_exit_1_and_named),
		TEST(an_adapter_that_cannot_be_had_is_exit_3),
		TEST(bad_device_arguments_leave_nothing_behind),
		TEST(figures_that_cannot_be_written_name_the_place),
		TEST(the_page_is_written_and_its_path_is_the_last_line),
		TEST(an_interrupted_run_ends_in_order_with_exit_4),
	};

	return cmocka_run_group_tests_name("runs", tests, NULL, NULL);
}
