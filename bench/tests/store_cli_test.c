// SPDX-License-Identifier: BSD-2-Clause
/* store_cli_test.c: `dmabench store` as its user meets it: two records into one, a damaged one, refusals. */
#include "bench/tests/testing.h"

static void tiny_run(const char *db)
{
	struct said said = SAY("run", TINY, "--db", db);

	assert_true(said.code == 0 || said.code == 5);
	said_free(&said);
}

static void two_become_one(void **state)
{
	struct said said;

	(void)state;
	tiny_run("a.db");
	tiny_run("b.db");
	said = SAY("store", "merge", "a.db", "b.db");
	assert_code(said, 0);
	assert_string_equal(said.out, "a.db: 1 run added, 0 of b.db were there\n");
	said_free(&said);
	said = SAY("store", "check", "--db", "a.db");
	assert_code(said, 0);
	assert_string_equal(said.out, "a.db: 2 runs, 8 cases, 16 repetitions, sound\n");
	said_free(&said);
	/* Both can be compared there, if they are of like placement. */
	said = SAY("compare", "latest~1", "latest", "--db", "a.db", "--force");
	assert_says(said.out, "transfer");
	said_free(&said);
	said = SAY("store", "vacuum", "--db", "a.db", "--older-than", "1", "--dry-run");
	assert_code(said, 0);
	assert_string_equal(said.out, "a.db: 0 runs would go\n");
	said_free(&said);
	said = SAY("store", "export", "out", "--db", "a.db");
	assert_code(said, 0);
	said_free(&said);
}

static void damage_is_a_finding(void **state)
{
	struct said said;
	FILE *file;

	(void)state;
	tiny_run("a.db");
	file = fopen("a.db", "r+");
	assert_non_null(file);
	fseek(file, 8192, SEEK_SET);
	for (int i = 0; i < 4096; i++)
		putc('x', file);
	fclose(file);
	said = SAY("store", "check", "--db", "a.db");
	assert_code(said, 1);
	assert_says(said.out, "a.db");
	said_free(&said);
}

static void what_it_cannot_do_is_refused_with_the_reason(void **state)
{
	static const struct refused refusals[] = {
		{{"store", NULL}, "expected check, vacuum, merge or export", 2},
		{{"store", "vacum", NULL}, "did you mean vacuum?", 2},
		{{"store", "check", "--db", "none.db", NULL}, "none.db: no such database", 2},
		{{"store", "vacuum", "--db", "none.db", NULL}, "none.db: no such database", 2},
		{{"store", "check", "a.db", NULL}, "unexpected 'a.db'", 2},
		{{"store", "export", "x", "y", NULL}, "unexpected 'y'", 2},
		{{"store", "merge", "a.db", NULL}, "expected two databases", 2},
		{{"store", "merge", "a.db", "a.db", NULL}, "same file", 2},
		{{"store", "merge", "a.db", "a.db", "--db", "a.db", NULL}, "leave --db out", 2},
		{{"store", "export", "--db", "a.db", NULL}, "a folder is missing", 2},
		{{"store", "export", ".", "--db", "a.db", NULL}, "holds other files", 2},
		{{"store", "export", "no/such", "--db", "a.db", NULL}, "cannot be made", 2},
		{{"store", "vacuum", "--older-than", "0", NULL}, "expected days from 1", 2},
		{{"store", "vacuum", "--older-than", "-3", NULL}, "expected days from 1", 2},
		{{"store", "vacuum", "--older-than", "3d", NULL}, "expected days from 1", 2},
		{{"store", "check", "--dry-run", NULL}, "are for vacuum", 2},
	};

	(void)state;
	tiny_run("a.db");
	assert_refused(refusals, COUNT_OF(refusals));
	assert_int_equal(entries_here(), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(two_become_one),
		TEST(damage_is_a_finding),
		TEST(what_it_cannot_do_is_refused_with_the_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
