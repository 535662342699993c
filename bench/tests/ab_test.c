// SPDX-License-Identifier: BSD-2-Clause
/*
 * ab_test.c: `dmabench compare --ab` on a repository of two commits, whose program is this very test under another name and
 * which note that they ran: in turns, in drawn order, as often as asked; and what it says when a part of it cannot be done.
 */
#include "bench/tests/testing.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/file.h>
#include <sys/stat.h>

static char self[PATH_MAX];

static void sh(const char *command)
{
	if (system(command) !=
		0) /* NOLINT(cert-env33-c): a repository is made by its own program */
		fail_msg("%s: did not end with 0", command);
}

/* A commit whose program notes @letter in the file order, then does @what. */
static void commit_make(char letter, const char *what)
{
	char text[PATH_MAX + 1024];

	snprintf(text, sizeof(text), "#!/bin/sh\nprintf %c >>order\n%s\n", letter, what);
	file_write("program", text);
	sh("chmod +x program && git add program && git -c user.name=t -c user.email=t@t commit -q "
	   "-m x");
}

static void repository_make(const char *first, const char *second)
{
	sh("git init -q . && printf 'order\\nresults\\n' >.gitignore && git add .gitignore");
	commit_make('a', first);
	commit_make('b', second);
}

#define BUILD "--build", "mkdir -p build && cp program build/dmabench"

static char *as_dmabench(const char *more)
{
	static char text[PATH_MAX + 512];

	snprintf(text, sizeof(text),
		"exec %s --as-dmabench \"$@\" --set family=transfer --set size=4k --set "
		"dir=to_device --set "
		"source=rewritten --set depth=2 --set strategy=packet --duration 1ms %s",
		self, more);
	return text;
}

static void the_job_write(void)
{
	file_write("tiny.ini", "[global]\nfamily = transfer\n[one]\nsize = 4k\n");
}

static void both_run_in_turns_in_drawn_order(void **state)
{
	struct said said;
	unsigned swapped = 0;
	char *order;

	(void)state;
	repository_make(as_dmabench(""), as_dmabench(""));
	the_job_write();
	said = SAY("compare", "--ab", "HEAD~1", "HEAD", BUILD, "--job", "tiny.ini", "--rounds", "8",
		"--json", "ab.json");
	assert_true(said.code == 0 || said.code == 5 || said.code == 1);
	assert_says(said.out, "transfer/strategy:packet");
	said_free(&said);
	order = text_of("order");
	assert_int_equal(strlen(order), 16);
	for (unsigned i = 0; i < 16; i += 2) {
		assert_true((order[i] == 'a') != (order[i + 1] == 'a'));
		swapped += order[i] == 'b';
	}
	assert_in_range(swapped, 1, 7);
	free(order);

	json_t *root = json_load_file("ab.json", 0, NULL);
	json_t *one = json_array_get(json_object_get(root, "cases"), 0);

	assert_non_null(root);
	/* A process is a repetition, and they are pairs. */
	assert_int_equal(json_integer_value(json_object_get(one, "repetitions_a")), 8);
	assert_int_equal(json_integer_value(json_object_get(one, "repetitions_b")), 8);
	assert_true(json_is_true(json_object_get(one, "paired")));
	json_decref(root);
}

/* What was built once is not checked out again; "." is what stands here. */
static void the_files_here_are_a_side(void **state)
{
	struct said said;
	char *order;

	(void)state;
	repository_make("exit 4", as_dmabench(""));
	the_job_write();
	for (int i = 0; i < 2; i++) {
		said = SAY("compare", "--ab", "HEAD", ".", BUILD, "--job", "tiny.ini", "--rounds",
			"1");
		assert_true(said.code == 0 || said.code == 5 || said.code == 1);
		assert_says(said.out, "files here");
		said_free(&said);
	}
	order = text_of("order");
	assert_string_equal(order, "bbbb");
	free(order);
}

static void refused(const char *const *args, int code, const char *says)
{
	struct said said = say(args);

	assert_code(said, code);
	assert_string_equal(said.out, "");
	assert_says(said.err, says);
	said_free(&said);
}

#define REFUSED(code, says, ...) refused((const char *const[]){__VA_ARGS__, NULL}, code, says)

static void what_cannot_be_done_is_said(void **state)
{
	(void)state;
	REFUSED(2, "no git repository here", "compare", "--ab", "HEAD~1", "HEAD");
	repository_make("echo it broke >&2; exit 4", as_dmabench(""));
	the_job_write();
	REFUSED(2, "'nobody' is no commit", "compare", "--ab", "nobody", "HEAD");
	REFUSED(3, "left no build/dmabench", "compare", "--ab", "HEAD~1", "HEAD", "--build",
		"true");
	REFUSED(3, "cannot do this", "compare", "--ab", "HEAD~1", "HEAD", "--build",
		"echo cannot do this; false");
	REFUSED(4, "it broke", "compare", "--ab", "HEAD~1", "HEAD", BUILD, "--job", "tiny.ini");
	REFUSED(2, "--rounds", "compare", "--ab", "HEAD~1", "HEAD", "--rounds", "0");
	REFUSED(2, "go with --ab only", "compare", "latest~1", "latest", "--rounds", "3");
	REFUSED(2, "leave --strategies and --db out", "compare", "--ab", "HEAD~1", "HEAD", "--db",
		"x");
	REFUSED(2, "two are compared", "compare", "--ab", "HEAD");
}

/* A second sitting is told of the first, and touches nothing of it. */
static void of_two_sittings_at_once_one_is_refused(void **state)
{
	(void)state;
	repository_make(as_dmabench(""), as_dmabench(""));
	the_job_write();
	assert_int_equal(mkdir("results", 0700), 0);
	assert_int_equal(mkdir("results/ab", 0700), 0);
	const int held = open("results/ab", O_RDONLY | O_DIRECTORY);

	assert_int_equal(flock(held, LOCK_EX), 0);
	REFUSED(2, "another compare --ab", "compare", "--ab", "HEAD~1", "HEAD", BUILD);
	close(held);
	REFUSED(3, "left no build/dmabench", "compare", "--ab", "HEAD~1", "HEAD", "--build",
		"true");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(both_run_in_turns_in_drawn_order),
		TEST(the_files_here_are_a_side),
		TEST(what_cannot_be_done_is_said),
		TEST(of_two_sittings_at_once_one_is_refused),
	};
	ssize_t len;

	if (argc > 1 && strcmp(argv[1], "--as-dmabench") == 0)
		return cli_main(argc - 1, argv + 1);
	len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (len <= 0)
		return 99;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
