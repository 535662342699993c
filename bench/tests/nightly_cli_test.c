// SPDX-License-Identifier: BSD-2-Clause
/*
 * nightly_cli_test.c: `dmabench nightly` as its owner meets it: nights that measure, a regression planted into what is counted and
 * so holds on any host, what a person says to it, a night that was killed, and refusals. This program is the one that callgrind
 * starts, so its main is dmabench's too.
 */
#include "bench/tests/testing.h"

#include <signal.h>
#include <sys/wait.h>

/* The smallest suite; the pool's size is no part of a case's name, so another one is a change of the same series. */
static void suite_write(void)
{
	file_write("small.ini",
		"[global]\nfamily = transfer\nstrategy = common\nsize = 4k\ndepth = 2\n"
		"dir = to_device\nsource = rewritten\nduration = 1ms\nrepetitions = 7\n[one]\n");
}

#define NIGHT(...) SAY("nightly", "./small.ini", "--budget", "30m", "--db", "a.db", ##__VA_ARGS__)

static json_t *entry_of(const struct said *said, size_t index)
{
	json_t *root = json_of(said->out);
	json_t *entry = json_incref(json_array_get(json_object_get(root, "entries"), index));

	json_decref(root);
	return entry;
}

/* Whether this host lets itself be trusted changes 0 to 5 and nothing else. */
static void assert_quiet(struct said *said)
{
	if (said->code != 0 && said->code != 5)
		fail_msg("exit %d\n%s\n%s", said->code, said->out, said->err);
	said_free(said);
}

static void a_regression_is_found_acknowledged_and_fixed(void **state)
{
	struct said first, again, worse, json, acked, listed, better;

	(void)state;
	suite_write();
	first = NIGHT("--set", "pool.slots=16", "--commit", "first");
	assert_says(first.out, "suite small at commit ");
	assert_says(first.out, "no change is open");
	assert_quiet(&first);
	again = NIGHT("--set", "pool.slots=16", "--commit", "second");
	assert_quiet(&again);
	worse = NIGHT("--set", "pool.slots=64", "--commit", "more-slots");
	assert_code(worse, 1);
	assert_says(worse.out, "regression 1  confirmed  transfer");
	assert_says(worse.out, "common_buffer_peak_bytes");
	assert_says(worse.out, "behind commit second up to more-slots");
	assert_says(worse.out, "3 re-runs of the same night show it too");
	json = SAY("nightly", "list", "--db", "a.db", "--json", "-");
	assert_code(json, 0);
	json_t *entry = entry_of(&json, 0);

	assert_string_equal(json_string_value(json_object_get(entry, "state")), "confirmed");
	assert_string_equal(
		json_string_value(json_object_get(entry, "commit_after")), "more-slots");
	json_decref(entry);
	acked = SAY("nightly", "ack", "1", "--note", "more slots wanted", "--db", "a.db");
	assert_code(acked, 0);
	assert_says(acked.out, "regression 1  acknowledged");
	assert_says(acked.out, "note: more slots wanted");
	better = NIGHT("--set", "pool.slots=16", "--commit", "fewer-slots");
	assert_says(better.out, "regression 1  fixed");
	assert_quiet(&better);
	listed = SAY("nightly", "list", "--db", "a.db");
	assert_code(listed, 0);
	assert_string_equal(listed.out, "no change is open\n");
	said_free(&worse);
	said_free(&json);
	said_free(&acked);
	said_free(&listed);
}

/* Starts a night of a few seconds; it is in its suite when this returns. */
static pid_t night_start(void)
{
	const char *const args[] = {"nightly", "./small.ini", "--budget", "10m", "--set",
		"duration=200ms", "--db", "a.db", NULL};
	bool found = false;

	suite_write();
	const pid_t pid = program_start(args, "out", "err", NULL);

	/* Until the suite's run is in the record. */
	for (int tries = 0; tries < 3000 && !found; tries++) {
		struct said runs = SAY("list", "runs", "--db", "a.db");

		found = runs.code == 0 && strstr(runs.out, "half-finished");
		said_free(&runs);
		if (!found)
			usleep(10000);
	}
	if (!found)
		kill(pid, SIGKILL);
	assert_true(found);
	return pid;
}

/* The unfinished night is finished, and then nothing is left to resume. */
static void assert_resumed(void)
{
	struct said resumed = SAY("nightly", "--resume", "--db", "a.db");
	struct said next;

	assert_says(resumed.out, "suite small");
	assert_says(resumed.out, ", 1 case, ");
	assert_quiet(&resumed);
	next = SAY("nightly", "--resume", "--db", "a.db");
	assert_code(next, 2);
	assert_says(next.err, "every night in it is done");
	said_free(&next);
}

static void a_killed_night_is_marked_and_resumed(void **state)
{
	const pid_t pid = night_start();
	int status;

	(void)state;
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_resumed();
}

static void an_interrupted_night_says_how_to_go_on(void **state)
{
	const pid_t pid = night_start();

	(void)state;
	kill(pid, SIGINT);
	char *err = program_ends_with(pid, 4, "err");

	assert_says(err, "interrupted; go on with: dmabench nightly --resume");
	free(err);
	assert_resumed();
}

/* Changes the record behind the program's back, or asks it for a figure. */
static double sql_number(const char *sql)
{
	char line[1024];

	file_write("sql", sql);
	FILE *pipe = popen("sqlite3 -bail a.db < sql 2>&1", "re");

	assert_non_null(pipe);
	line[0] = '\0';
	if (!fgets(line, sizeof(line), pipe))
		line[0] = '\0';
	if (pclose(pipe) != 0)
		fail_msg("%s", line);
	return strtod(line, NULL);
}

/* Killed when its suite was done, and again when a run behind the suite had begun: that one is no suite. */
static void a_night_killed_behind_its_suite_is_judged_as_it_is(void **state)
{
	static const char killed[] =
		"UPDATE night SET state = 'running', ended_wall_ns = NULL, process = '1 1 gone';";
	struct said said;

	(void)state;
	suite_write();
	said = NIGHT();
	assert_quiet(&said);
	sql_number(killed);
	const double samples = sql_number(
		"SELECT count(*) FROM sample JOIN cell USING (cell_id) JOIN night_run "
		"USING (run_id) WHERE part = 'suite'");

	assert_resumed();
	sql_number(killed);
	sql_number("INSERT INTO run (id, title, state, started_wall_ns, simulated) SELECT "
		   "'29990101-000000-0000', title, "
		   "'running', started_wall_ns, 0 FROM run LIMIT 1;"
		   "INSERT INTO fact (run_id, key, value) SELECT last_insert_rowid(), 'night.id', "
		   "id FROM night;");
	assert_resumed();
	assert_true(
		samples ==
		sql_number("SELECT count(*) FROM sample JOIN cell USING (cell_id) JOIN night_run "
			   "USING (run_id) WHERE part = 'suite'"));
	assert_true(sql_number("SELECT count(*) FROM night_run WHERE part = 'suite'") == 1);
}

/* What depends on how far a trial came is no count; what the driver set up before it is one. */
static void counts_that_hang_on_the_clock_have_noise(void **state)
{
	struct said said;

	(void)state;
	file_write("small.ini",
		"[global]\nduration = 1ms\nrepetitions = 7\nsize = 4k\n[churn]\nfamily = churn\n"
		"[transfer]\nfamily = transfer\nstrategy = packet-cached,common\ndepth = 2\n"
		"dir = to_device\nsource = rewritten\n");
	said = NIGHT();
	assert_quiet(&said);
	assert_true(sql_number("SELECT count(*) FROM series WHERE kind = 'wall' AND (family = "
			       "'churn' AND metric = 'common_buffer_peak_bytes' OR family = "
			       "'transfer' AND name LIKE '%packet-cached%' AND metric IN "
			       "('pinned_peak_bytes', 'map_registers_peak', "
			       "'sg_elements_per_op'))") == 4);
	assert_true(sql_number("SELECT count(*) FROM series WHERE kind = 'exact' AND "
			       "family = 'transfer' AND (metric = 'common_buffer_peak_bytes' OR "
			       "name LIKE '%common%' AND metric = 'pinned_peak_bytes')") == 3);
}

static void of_two_that_start_at_once_one_measures(void **state)
{
	static const char *const args[] = {"nightly", "./small.ini", "--budget", "10m", "--set",
		"duration=100ms", "--db", "a.db", NULL};
	unsigned refused = 0;
	pid_t pid[2];

	(void)state;
	suite_write();
	for (int i = 0; i < 2; i++)
		pid[i] = program_start(args, i ? "out1" : "out0", i ? "err1" : "err0", NULL);
	for (int i = 0; i < 2; i++) {
		if (program_end(pid[i]) != 2)
			continue;
		char *err = text_of(i ? "err1" : "err0");

		assert_says(err, "is being measured by process");
		free(err);
		refused++;
	}
	assert_int_equal(refused, 1);
	assert_true(sql_number("SELECT count(*) FROM night") == 1);
}

static void misuse_is_refused_and_nothing_is_written(void **state)
{
	static const struct {
		const char *line[8], *says;
	} rows[] = {
		{{"nightly", "nightli", NULL}, "did you mean 'nightly'?"},
		{{"nightly", "./small.ini", "--budget", "soon", NULL},
			"--budget soon: expected a time"},
		{{"nightly", "./small.ini", "--budget", "1ms", NULL},
			"--budget: the suite takes about"},
		{{"nightly", "./small.ini", "--note", "x", NULL}, "go with ack only"},
		{{"nightly", "./small.ini", "more", NULL}, "unexpected 'more'"},
		{{"nightly", "./small.ini", "--resume", NULL}, "takes the suite from the night"},
		{{"nightly", "ack", NULL}, "the number of an entry is missing"},
		{{"nightly", "list", "--db", "absent.db", NULL}, "absent.db"},
	};

	(void)state;
	suite_write();
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct said said = say(rows[i].line);

		assert_code(said, 2);
		assert_says(said.err, rows[i].says);
		assert_int_equal(entries_here(), 1);
		said_free(&said);
	}
}

static void a_dry_run_tells_the_cases(void **state)
{
	struct said said = SAY("nightly", "--dry-run");

	(void)state;
	assert_code(said, 0);
	assert_says(said.out, "cases, about ");
	assert_int_equal(entries_here(), 0);
	said_free(&said);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(misuse_is_refused_and_nothing_is_written),
		TEST(a_dry_run_tells_the_cases),
		TEST(a_regression_is_found_acknowledged_and_fixed),
		TEST(a_killed_night_is_marked_and_resumed),
		TEST(an_interrupted_night_says_how_to_go_on),
		TEST(a_night_killed_behind_its_suite_is_judged_as_it_is),
		TEST(counts_that_hang_on_the_clock_have_noise),
		TEST(of_two_that_start_at_once_one_measures),
	};

	if (argc > 1 && strcmp(argv[1], "count") == 0)
		return cli_main(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
