// SPDX-License-Identifier: BSD-2-Clause
/* site_cli_test.c: `dmabench report --site` and `dmabench nightly --site` as their owner meets them: what is written where, exit codes. */
#include "bench/tests/testing.h"

#include <sys/stat.h>

#include "harness/report/site_testing.h"

static void record(void)
{
	struct site_shape shape = SITE_SHAPE;

	shape.nights = 3;
	shape.cases = 2;
	assert_int_equal(mkdir("results", 0777), 0);
	site_fill("results/dmabench.db", &shape);
}

static void the_site_is_built_where_it_is_asked_for(void **state)
{
	struct said said, elsewhere;

	(void)state;
	record();
	said = SAY("report", "--site");
	assert_code(said, 0);
	assert_string_equal(said.out, "results/site/index.html\n");
	assert_says(said.err, "3 nights, 10 series, 3 runs");
	assert_int_equal(access("results/site/compare.html", R_OK), 0);
	elsewhere = SAY("report", "--site", "--out", "deep/down", "--db", "results/dmabench.db");
	assert_code(elsewhere, 0);
	assert_string_equal(elsewhere.out, "deep/down/index.html\n");
	assert_int_equal(access("deep/down/site.js", R_OK), 0);
	said_free(&said);
	said_free(&elsewhere);
}

static void misuse_is_refused_and_nothing_is_written(void **state)
{
	static const struct {
		const char *line[8], *says;
	} rows[] = {
		{{"report", "--site", "latest", NULL}, "leave latest out"},
		{{"report", "--site", "--table", NULL}, "leave --table out"},
		{{"report", "--site", "--json", "-", NULL}, "leave --json out"},
		{{"report", "--site", "--db", "absent.db", NULL}, "absent.db"},
		{{"report", "--site", "--db", "no.db", NULL}, "no.db"},
		{{"nightly", "--site", "--dry-run", NULL}, "a dry run has no night"},
		{{"nightly", "--site", "--json", "-", NULL}, "give --json a file"},
	};

	(void)state;
	file_write("no.db", "this is no database, but long enough to be taken for a page of one");
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct said said = say(rows[i].line);

		assert_code(said, 2);
		assert_says(said.err, rows[i].says);
		assert_int_equal(entries_here(), 1);
		said_free(&said);
	}
}

static void a_record_without_nights_has_no_site(void **state)
{
	struct said run, said;

	(void)state;
	run = SAY("run", TINY, "--db", "a.db", "--no-color");
	said = SAY("report", "--site", "--db", "a.db");
	assert_code(said, 2);
	assert_says(said.err, "dmabench nightly measures one");
	assert_int_not_equal(access("results/site", F_OK), 0);
	said_free(&run);
	said_free(&said);
}

static void a_page_of_others_is_not_replaced(void **state)
{
	struct said refused, built, again;

	(void)state;
	record();
	assert_int_equal(mkdir("own", 0700), 0);
	file_write("own/index.html", "<title>my own</title>");
	refused = SAY("report", "--site", "--out", "own");
	assert_code(refused, 2);
	assert_says(refused.err, "own/index.html: is no page of dmabench");
	char *page = text_of("own/index.html");

	assert_string_equal(page, "<title>my own</title>");
	assert_int_not_equal(access("own/series", F_OK), 0);
	free(page);
	unlink("own/index.html");
	built = SAY("report", "--site", "--out", "own");
	assert_code(built, 0);
	again = SAY("report", "--site", "--out", "own");
	assert_code(again, 0);
	said_free(&refused);
	said_free(&built);
	said_free(&again);
}

static void what_is_missing_is_named(void **state)
{
	char *path = strdup(getenv("PATH"));
	struct said no_gnuplot, no_folder;

	(void)state;
	record();
	setenv("PATH", "/nowhere", 1);
	no_gnuplot = SAY("report", "--site");
	setenv("PATH", path, 1);
	free(path);
	assert_code(no_gnuplot, 3);
	assert_says(no_gnuplot.err, "install gnuplot-nox");
	no_folder = SAY("report", "--site", "--out", "/proc/nowhere");
	if (no_folder.code != 2 && no_folder.code != 3)
		fail_msg("exit %d: %s", no_folder.code, no_folder.err);
	assert_says(no_folder.err, "/proc/nowhere");
	said_free(&no_gnuplot);
	said_free(&no_folder);
}

static void a_night_builds_the_site_of_itself(void **state)
{
	struct said said;

	(void)state;
	file_write("small.ini",
		"[global]\nfamily = transfer\nstrategy = common\nsize = 4k\ndepth = 2\n"
		"dir = to_device\nsource = rewritten\nduration = 1ms\nrepetitions = 7\n[one]\n");
	said = SAY("nightly", "./small.ini", "--budget", "30m", "--site");
	/* Whether this host lets itself be trusted changes 0 to 5 and nothing else. */
	if (said.code != 0 && said.code != 5)
		fail_msg("exit %d\n%s\n%s", said.code, said.out, said.err);
	assert_says(said.out, "results/site/index.html\n");
	char *front = text_of("results/site/index.html");

	assert_says(front, said.code ? "This night cannot be trusted" : "Nothing got worse");
	free(front);
	said_free(&said);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_site_is_built_where_it_is_asked_for),
		TEST(misuse_is_refused_and_nothing_is_written),
		TEST(a_record_without_nights_has_no_site),
		TEST(a_page_of_others_is_not_replaced),
		TEST(what_is_missing_is_named),
		TEST(a_night_builds_the_site_of_itself),
	};

	return cmocka_run_group_tests_name("site_cli", tests, NULL, NULL);
}
