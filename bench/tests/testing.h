/* SPDX-License-Identifier: BSD-2-Clause */
/* testing.h: the program run in this process or beside it, with what it said kept, each test in an empty folder. */
#ifndef TESTS_TESTING_H
#define TESTS_TESTING_H

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include <cmocka.h>

#include "bench/cli.h"

#define ARGS_MAX 24
#define TINY                                                                                       \
	"--set", "family=transfer", "--set", "size=4k", "--set", "dir=to_device", "--set",         \
		"source=rewritten", "--set", "depth=2", "--duration", "1ms", "--repetitions", "2"

/* What a command line did. Freed with said_free. */
struct said {
	int code;
	char *out, *err;
};

static inline char *text_of(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = NULL;
	size_t len = 0;
	FILE *memory = open_memstream(&text, &len);
	int byte;

	assert_true(file && memory);
	while ((byte = getc(file)) != EOF)
		putc(byte, memory);
	fclose(file);
	fclose(memory);
	return text;
}

static inline int argv_of(const char *const *args, char *argv[ARGS_MAX + 2])
{
	int argc = 0;

	argv[argc++] = (char *)"dmabench";
	for (; *args; args++) {
		assert_true(argc <= ARGS_MAX);
		argv[argc++] = (char *)*args;
	}
	argv[argc] = NULL;
	return argc;
}

/* Runs the program with stdout and stderr in files of the test's folder's neighbour. */
static inline struct said say(const char *const *args)
{
	char out_path[] = "/tmp/cli_test_out.XXXXXX", err_path[] = "/tmp/cli_test_err.XXXXXX";
	const int out = mkstemp(out_path), err = mkstemp(err_path);
	const int old_out = dup(STDOUT_FILENO), old_err = dup(STDERR_FILENO);
	char *argv[ARGS_MAX + 2];
	struct said said;
	const int argc = argv_of(args, argv);

	fflush(NULL);
	dup2(out, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	said.code = cli_main(argc, argv);
	fflush(NULL);
	dup2(old_out, STDOUT_FILENO);
	dup2(old_err, STDERR_FILENO);
	said.out = text_of(out_path);
	said.err = text_of(err_path);
	unlink(out_path);
	unlink(err_path);
	close(out);
	close(err);
	close(old_out);
	close(old_err);
	return said;
}

/*
 * The program in a process of its own, its stdout and stderr in files @out and @err; it calls @before first, unless that
 * is NULL.
 */
static inline pid_t program_start(
	const char *const *args, const char *out, const char *err, void (*before)(void))
{
	char *argv[ARGS_MAX + 2];
	const int argc = argv_of(args, argv);
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		if (!freopen(out, "w", stdout) || !freopen(err, "w", stderr))
			_exit(99);
		if (before)
			before();
		exit(cli_main(argc, argv));
	}
	assert_true(pid > 0);
	return pid;
}

/* Waits for the program @pid, which must end by itself. Return: its exit code. */
static inline int program_end(pid_t pid)
{
	int status = 0;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (!WIFEXITED(status))
		fail_msg("ended by signal %d", WTERMSIG(status));
	return WEXITSTATUS(status);
}

/* The same, with exit code @want. Return: what it said in file @err; to be freed. */
static inline char *program_ends_with(pid_t pid, int want, const char *err)
{
	const int code = program_end(pid);
	char *said = text_of(err);

	if (code != want)
		fail_msg("exit %d, expected %d: %s", code, want, said);
	return said;
}

#define SAY(...) say((const char *const[]){__VA_ARGS__, NULL})

static inline void said_free(struct said *said)
{
	free(said->out);
	free(said->err);
}

/* Frees @said; fails with all that was said unless it ended with @code. */
#define assert_code(said, want)                                                                    \
	do {                                                                                       \
		if ((said).code != (want))                                                         \
			fail_msg("exit %d, expected %d\nstdout: %s\nstderr: %s", (said).code,      \
				want, (said).out, (said).err);                                     \
	} while (0)

#define assert_says(text, part)                                                                    \
	do {                                                                                       \
		if (!strstr(text, part))                                                           \
			fail_msg("'%s' expected in:\n%s", part, text);                             \
	} while (0)

static inline unsigned entries_here(void)
{
	DIR *folder = opendir(".");
	unsigned count = 0;

	assert_non_null(folder);
	while (readdir(folder))
		count++;
	closedir(folder);
	return count - 2;
}

static inline unsigned lines_of(const char *text)
{
	unsigned count = 0;

	for (; *text; text++)
		count += *text == '\n';
	return count;
}

static inline void file_write(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

/* Whether the file @path, which need not be there yet, says @part within some 20 s. */
static inline bool soon_says(const char *path, const char *part)
{
	for (unsigned i = 0; i < 400; i++) {
		nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
		if (access(path, R_OK))
			continue;
		char *text = text_of(path);
		const bool found = strstr(text, part) != NULL;

		free(text);
		if (found)
			return true;
	}
	return false;
}

/* A command line that is refused: its exit code, and what is said of it on stderr. */
struct refused {
	const char *args[8];
	const char *says;
	int code;
};

static inline void assert_refused(const struct refused *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct said said = say(rows[i].args);

		assert_code(said, rows[i].code);
		assert_string_equal(said.out, "");
		assert_says(said.err, rows[i].says);
		said_free(&said);
	}
}

/* ---- each test in an empty folder ------------------------------------------------------------------------- */

static char folder[] = "/tmp/cli_test.XXXXXX";

static inline int folder_enter(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/cli_test.XXXXXX");
	return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static inline int folder_leave(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return chdir("/") == 0 && system(command) == 0 ? 0 : -1;
}

static inline json_t *json_of(const char *text)
{
	json_error_t error;
	json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &error);

	if (!root)
		fail_msg("JSON: %s at line %d of\n%s", error.text, error.line, text);
	return root;
}

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#define TEST(name) cmocka_unit_test_setup_teardown(name, folder_enter, folder_leave)

#endif
