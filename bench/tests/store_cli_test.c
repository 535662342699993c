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

struct refusal {
	const char *args[8];
	const char *says;
};

static void what_it_cannot_do_is_refused_with_the_reason(void **state)
{
	static const struct refusal refusals[] = {
		{{"store", NULL}, "expected check, vacuum, merge or export"},
		{{"store", "vacum", NULL}, "did you mean vacuum?"},
		{{"store", "check", "--db", "none.db", NULL}, "none.db: no such database"},
		{{"store", "vacuum", "--db", "none.db", NULL}, "none.db: no such database"},
		{{"store", "check", "a.db", NULL}, "unexpected 'a.db'"},
		{{"store", "export", "x", "y", NULL}, "unexpected 'y'"},
		{{"store", "merge", "a.db", NULL}, "expected two databases"},
		{{"store", "merge", "a.db", "a.db", NULL}, "same file"},
		{{"store", "merge", "a.db", "a.db", "--db", "a.db", NULL}, "leave --db out"},
		{{"store", "export", "--db", "a.db", NULL}, "a folder is missing"},
		{{"store", "export", ".", "--db", "a.db", NULL}, "holds other files"},
		{{"store", "export", "no/such", "--db", "a.db", NULL}, "cannot be made"},
		{{"store", "vacuum", "--older-than", "0", NULL}, "expected days from 1"},
		{{"store", "vacuum", "--older-than", "-3", NULL}, "expected days from 1"},
		{{"store", "vacuum", "--older-than", "3d", NULL}, "expected days from 1"},
		{{"store", "check", "--dry-run", NULL}, "are for vacuum"},
	};

	(void)state;
	tiny_run("a.db");
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		struct said said = say(refusals[i].args);

		assert_code(said, 2);
		assert_string_equal(said.out, "");
		assert_says(said.err, refusals[i].says);
		said_free(&said);
	}
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
