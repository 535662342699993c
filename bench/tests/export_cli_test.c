// SPDX-License-Identifier: BSD-2-Clause
/* export_cli_test.c: `dmabench export` as its user meets it: every format to stdout and to a file, refusals, a full disk. */
#include "bench/tests/testing.h"

#include <sys/stat.h>
#include <unistd.h>

static const char *const formats[] = {"gbench", "csv", "junit", "markdown", "openmetrics"};

static void a_file_holds_what_stdout_says(void **state)
{
	struct said run = SAY("run", TINY, "--db", "a.db");
	struct stat is;

	(void)state;
	assert_true(run.code == 0 || run.code == 5);
	said_free(&run);
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		struct said out = SAY("export", formats[i], "--db", "a.db");
		struct said file = SAY(
			"export", formats[i], "latest", "--db", "a.db", "--file", "f");
		char *text;

		assert_code(out, 0);
		assert_code(file, 0);
		assert_string_equal(file.out, "");
		assert_says(out.out, "packet-cached");
		text = text_of("f");
		assert_string_equal(text, out.out);
		free(text);
		said_free(&out);
		said_free(&file);
	}
	/* For others to read, and nothing left beside it. */
	assert_int_equal(stat("f", &is), 0);
	assert_int_equal(is.st_mode & 0444, 0444);
	assert_int_equal(entries_here(), 2);
}

/* Of a link what it leads to changes; a device is written to as it is; a disk that is full is told, and the old file stays. */
static void what_stands_there_is_replaced_whole(void **state)
{
	struct said said = SAY("run", TINY, "--db", "a.db");
	char *text;

	(void)state;
	said_free(&said);
	file_write("old", "old text");
	assert_int_equal(symlink("old", "link"), 0);
	said = SAY("export", "csv", "--db", "a.db", "--file", "link");
	assert_code(said, 0);
	said_free(&said);
	text = text_of("old");
	assert_int_equal(strncmp(text, "run,started,", 12), 0);
	free(text);
	said = SAY("export", "csv", "--db", "a.db", "--file", "/dev/full");
	assert_code(said, 3);
	assert_says(said.err, "--file /dev/full: cannot be written");
	said_free(&said);
	said = SAY("export", "csv", "--db", "a.db", "--file", "/dev/null");
	assert_code(said, 0);
	said_free(&said);
	assert_int_equal(entries_here(), 3);
}

static void what_it_cannot_do_is_refused_with_the_reason(void **state)
{
	static const struct refused refusals[] = {
		{{"export", NULL}, "a format is missing", 2},
		{{"export", "cvs", NULL}, "did you mean csv?", 2},
		{{"export", "csv", "--db", "none.db", NULL}, "none.db", 2},
		{{"export", "csv", "nobody", "--db", "a.db", NULL}, "nobody", 2},
		{{"export", "csv", "--db", "a.db", "--file", "/nowhere/at/all", NULL}, "--file", 2},
		{{"export", "csv", "--db", "a.db", "--file", ".", NULL}, "--file", 2},
	};
	struct said said = SAY("run", TINY, "--db", "a.db");

	(void)state;
	said_free(&said);
	assert_refused(refusals, COUNT_OF(refusals));
	assert_int_equal(entries_here(), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_file_holds_what_stdout_says),
		TEST(what_stands_there_is_replaced_whole),
		TEST(what_it_cannot_do_is_refused_with_the_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
