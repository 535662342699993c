// SPDX-License-Identifier: BSD-2-Clause
/* output_test.c: files named on the command line are replaced as a whole, or written over where nothing can be made beside them. */
#include "bench/output.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/tests/testing.h"

#define NOBODY 65534

static int text_write(const void *what, FILE *out, struct err *err)
{
	(void)err;
	fputs(what, out);
	return 0;
}

/* Half of it is there already. */
static int text_fail(const void *what, FILE *out, struct err *err)
{
	fputs(what, out);
	fflush(out);
	return err_set(err, ERR_WRONG, -EBADMSG, "half of it");
}

static void assert_file(const char *path, const char *want)
{
	char *text = text_of(path);

	assert_string_equal(text, want);
	free(text);
}

static void a_file_is_replaced_as_a_whole(void **state)
{
	struct err err = ERR_INIT;
	struct stat before, after;

	(void)state;
	file_write("out", "old, and longer than what comes");
	assert_int_equal(stat("out", &before), 0);
	assert_int_equal(output_whole("out", "--json", text_write, "new", &err), 0);
	assert_int_equal(stat("out", &after), 0);
	assert_int_not_equal(before.st_ino, after.st_ino);
	assert_file("out", "new");
	assert_int_equal(output_whole("fresh", "--json", text_write, "first", &err), 0);
	assert_file("fresh", "first");
	assert_int_equal(entries_here(), 2);
}

static void a_writer_that_fails_leaves_the_old_file(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	file_write("out", "old");
	assert_int_equal(output_whole("out", "--json", text_fail, "new", &err), -EBADMSG);
	assert_int_equal(err.kind, ERR_WRONG);
	assert_string_equal(err.message, "half of it");
	assert_file("out", "old");
	assert_int_equal(output_whole("fresh", "--json", text_fail, "new", NULL), -EBADMSG);
	assert_int_equal(entries_here(), 1);
}

/* "out" is a link to @target and stays one. */
static void expect_followed(const char *target)
{
	struct err err = ERR_INIT;
	struct stat is;

	assert_int_equal(symlink(target, "out"), 0);
	assert_int_equal(output_check_file("out", "--json", &err), 0);
	assert_int_equal(output_whole("out", "--json", text_write, "new", &err), 0);
	assert_int_equal(lstat("out", &is), 0);
	assert_true(S_ISLNK(is.st_mode));
	assert_file(target, "new");
}

static void what_a_link_names_is_replaced(void **state)
{
	(void)state;
	assert_int_equal(mkdir("there", 0700), 0);
	file_write("there/out", "old");
	expect_followed("there/out");
}

static void a_link_to_nothing_yet_is_followed(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	expect_followed("later");
	assert_int_equal(symlink("yet", "probe"), 0);
	assert_int_equal(output_check_file("probe", "--json", &err), 0);
	assert_int_equal(access("yet", F_OK), -1);
	assert_int_equal(symlink("no/such/folder", "nowhere"), 0);
	assert_int_equal(output_check_file("nowhere", "--json", &err), -ENOENT);
	assert_says(err.message, "--json nowhere: cannot be written");
}

static void what_is_replaced_keeps_its_rights(void **state)
{
	static const mode_t modes[] = {0600, 0664, 0640};
	struct err err = ERR_INIT;
	struct stat is;

	(void)state;
	file_write("out", "old");
	for (size_t i = 0; i < COUNT_OF(modes); i++) {
		assert_int_equal(chmod("out", modes[i]), 0);
		assert_int_equal(output_whole("out", "--json", text_write, "new", &err), 0);
		assert_int_equal(stat("out", &is), 0);
		assert_int_equal(is.st_mode & 07777, modes[i]);
	}
}

static int sealed_enter(void **state)
{
	if (folder_enter(state) || chmod(".", 0755) || mkdir("sealed", 0755))
		return -1;
	file_write("sealed/out", "old, and longer than what comes");
	if (chmod("sealed/out", 0666) || chmod("sealed", 0555))
		return -1;
	return geteuid() == 0 ? seteuid(NOBODY) : 0; /* nothing is sealed to root */
}

static int sealed_leave(void **state)
{
	if (getuid() == 0 && seteuid(0))
		return -1;
	return chmod("sealed", 0755) || folder_leave(state);
}

static void in_a_folder_that_takes_no_file_one_is_written_over(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(output_check_file("sealed/out", "--json", &err), 0);
	assert_int_equal(output_whole("sealed/out", "--json", text_write, "new", &err), 0);
	assert_file("sealed/out", "new");
	assert_int_equal(output_whole("sealed/fresh", "--json", text_write, "new", &err), -EACCES);
	assert_int_equal(err.kind, ERR_MISSING);
	assert_says(err.message, "--json sealed/fresh: cannot be written");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_file_is_replaced_as_a_whole),
		TEST(a_writer_that_fails_leaves_the_old_file),
		TEST(what_a_link_names_is_replaced),
		TEST(a_link_to_nothing_yet_is_followed),
		TEST(what_is_replaced_keeps_its_rights),
		cmocka_unit_test_setup_teardown(in_a_folder_that_takes_no_file_one_is_written_over,
			sealed_enter, sealed_leave),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
