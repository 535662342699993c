// SPDX-License-Identifier: BSD-2-Clause
/*
 * count_cli_test.c: `dmabench count` and what a night does with it: figures that are the same twice, what is said where there is no
 * valgrind, what is refused. This program is the one that callgrind starts, so its main is dmabench's too. What a planted
 * slow-down comes to is scripts/test-counted's.
 */
#include "bench/tests/testing.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "bench/callgrind.h"
#include "drivers/support/testing.h"

#define SMALL                                                                                      \
	"--set", "family=lock", "--set", "size=4k", "--set", "dir=to_device", "--set",             \
		"repetitions=7", "--set", "duration=1ms"

/* Whether instructions can be counted here; a build for a sanitizer cannot. */
static bool can_count(struct err *err)
{
	char version[CALLGRIND_VERSION_MAX];

	return callgrind_check(version, err) == 0;
}

static void need_counts(void)
{
	struct err err = ERR_INIT;

	if (!can_count(&err))
		skip_for("%s", err.message);
}

static void figures_are_the_same_twice(void **state)
{
	struct said said[2];
	json_t *rows[2];

	(void)state;
	need_counts();
	for (int i = 0; i < 2; i++) {
		said[i] = SAY("count", SMALL, "--json", "-");
		assert_code(said[i], 0);
		rows[i] = json_of(said[i].out);
		/* Not in another folder of the host. */
		assert_int_equal(entries_here(), 0);
	}
	assert_true(json_equal(rows[0], rows[1]));
	assert_int_equal(json_array_size(rows[0]), 1);
	const json_t *row = json_array_get(rows[0], 0);

	assert_string_equal(
		json_string_value(json_object_get(row, "name")), "lock/dir:to_device/size:4096");
	assert_true(json_number_value(json_object_get(row, "instructions_per_op")) > 50);
	assert_true(json_number_value(json_object_get(row, "virtual_ns_per_op")) > 0);
	for (int i = 0; i < 2; i++) {
		json_decref(rows[i]);
		said_free(&said[i]);
	}
}

static void the_table_has_what_the_filter_leaves(void **state)
{
	struct said said;

	(void)state;
	need_counts();
	said = SAY("count", "--set", "family=lock,transfer", "--set", "size=4k,8k", "--filter",
		"to_device.*size:8192");
	assert_code(said, 0);
	assert_int_equal(lines_of(said.out), 2);
	assert_says(said.out, "instructions       virtual\n");
	assert_says(said.out, " ns  lock/dir:to_device/size:8192\n");
	said_free(&said);
}

/* With and without valgrind: what can be had is kept with every sample, and tracked. */
static void a_night_keeps_its_counts(void **state)
{
	const bool counts = can_count(NULL);
	struct said said = SAY("nightly", SMALL, "--budget", "30m", "--db", "a.db");
	struct said csv = SAY("export", "csv", "--db", "a.db");
	char *line, *save;

	(void)state;
	if (said.code != 0 && said.code != 5)
		fail_msg("exit %d\n%s\n%s", said.code, said.out, said.err);
	assert_says(
		said.out, counts ? "cases counted\n" : "cases counted, in virtual time alone\n");
	assert_code(csv, 0);
	assert_says(csv.out, "instructions_per_op,virtual_ns_per_op");
	line = strtok_r(csv.out, "\n", &save);
	while ((line = strtok_r(NULL, "\n", &save)) != NULL)
		assert_non_null(strstr(line, "lock/"));
	said_free(&said);
	said_free(&csv);
}

/* Sets PATH to nothing where @gone, and back. */
static void path_take(bool gone)
{
	static char *path;

	if (gone) {
		path = strdup(getenv("PATH"));
		setenv("PATH", "/nowhere", 1);
	} else {
		setenv("PATH", path, 1);
		free(path);
	}
}

static void without_valgrind_there_is_a_remedy(void **state)
{
	struct said count, night, required;

	(void)state;
	path_take(true);
	count = SAY("count", SMALL);
	night = SAY("nightly", SMALL, "--budget", "30m", "--db", "a.db");
	required = SAY("nightly", SMALL, "--require-counts", "--db", "b.db");
	path_take(false);
	assert_code(count, 3);
	assert_says(count.err, "instructions cannot be counted: ");
	assert_says(count.err, "valgrind");
	assert_true(night.code == 0 || night.code == 5);
	assert_says(night.err, "instructions cannot be counted: ");
	assert_says(night.out, "cases counted, in virtual time alone\n");
	assert_code(required, 3);
	assert_says(required.err, "instructions cannot be counted: ");
	assert_int_equal(access("b.db", F_OK), -1);
	said_free(&count);
	said_free(&night);
	said_free(&required);
}

/* How many files and folders there are below folder "tmp". */
static unsigned left_in_tmp(void)
{
	unsigned count;

	assert_int_equal(chdir("tmp"), 0);
	count = entries_here();
	assert_int_equal(chdir(".."), 0);
	return count;
}

static void tmp_here(void)
{
	char tmp[sizeof(folder) + 4];

	snprintf(tmp, sizeof(tmp), "%s/tmp", folder);
	setenv("TMPDIR", tmp, 1);
}

/* Whether there is a valgrind that works in folder "tmp". */
static bool counting(void)
{
	char command[128];

	snprintf(command, sizeof(command), "pgrep -f '^[^ ]*valgrind.*%s/[t]mp' >found", folder);
	const int rc = system(command); /* NOLINT(cert-env33-c): a test's own command */

	assert_true(WIFEXITED(rc) && WEXITSTATUS(rc) <= 1);
	return WEXITSTATUS(rc) == 0;
}

/* Asked to end, or killed, while it counts: no process is left, and where it was asked no file. */
static void an_end_while_it_counts_leaves_nothing(void **state)
{
	static const char *const args[] = {
		"count", "--set", "family=churn", "--set", "size=4k,64k,1m", NULL};
	static const int signals[] = {SIGINT, SIGTERM, SIGKILL};
	int status;

	(void)state;
	need_counts();
	assert_int_equal(mkdir("tmp", 0700), 0);
	for (size_t i = 0; i < COUNT_OF(signals); i++) {
		const pid_t pid = program_start(args, "out", "err", tmp_here);
		int tries = 0;

		for (; tries < 3000 && !counting(); tries++)
			usleep(1000);
		assert_in_range(tries, 0, 2999);
		kill(pid, signals[i]);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		for (tries = 0; tries < 100 && counting(); tries++)
			usleep(1000);
		assert_false(counting());
		if (signals[i] == SIGKILL)
			continue;
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 4);
		assert_int_equal(left_in_tmp(), 0);
	}
}

static void misuse_is_refused_and_nothing_is_written(void **state)
{
	static const struct {
		const char *line[8], *says;
	} rows[] = {
		{{"count", "--set", "family=transfer", NULL}, "no case of this job can be counted"},
		{{"count", "nightli", NULL}, "did you mean 'nightly'?"},
		{{"count", "--filter", "nothing", NULL}, "no case is selected"},
		{{"count", "--inside", ".", NULL}, "use dmabench count"},
		{{"nightly", "--require-counts", "--set", "family=transfer", NULL},
			"--require-counts: no case of this suite can be counted"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct said said = say(rows[i].line);

		assert_code(said, 2);
		assert_says(said.err, rows[i].says);
		assert_int_equal(entries_here(), 0);
		said_free(&said);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(figures_are_the_same_twice),
		TEST(the_table_has_what_the_filter_leaves),
		TEST(a_night_keeps_its_counts),
		TEST(without_valgrind_there_is_a_remedy),
		TEST(an_end_while_it_counts_leaves_nothing),
		TEST(misuse_is_refused_and_nothing_is_written),
	};

	if (argc > 1 && strcmp(argv[1], "count") == 0)
		return cli_main(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
