// SPDX-License-Identifier: BSD-2-Clause
/*
 * opt_ini_test.c: job files: inheritance, comments, line ends, and every way to be wrong, with its
 * line.
 */
#include "harness/opt/opt.h"

#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#define JOBS_MAX 8

struct settings {
	uint64_t depth, bytes;
	struct opt_list sizes;
	char title[OPT_TEXT_MAX];
};

#define AT(field) .offset = offsetof(struct settings, field)

static const struct opt table[] = {
	{"depth", OPT_COUNT, AT(depth), .fallback = "1", .min = 1, .max = 64, .help = "depth"},
	{"bytes", OPT_SIZE, AT(bytes), .fallback = "4k", .help = "bytes"},
	{"size", OPT_SIZE, .many = true, AT(sizes), .fallback = "64", .help = "sizes"},
	{"title", OPT_TEXT, AT(title), .fallback = "", .help = "title"},
	{.name = NULL},
};

/* What a file gave: jobs in order, as a caller of opt_ini would keep them. */
struct jobs {
	struct settings global, job[JOBS_MAX];
	char name[JOBS_MAX][64], where[JOBS_MAX][96];
	int count;
	bool refuse, silent;
};

static char folder[] = "/tmp/opt_ini_test.XXXXXX";
static char path[64];

static int make_folder(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/job.ini", folder);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

static void *begin(void *arg, const char *section, const char *where, struct err *err)
{
	struct jobs *jobs = arg;

	if (jobs->silent)
		return NULL;
	if (jobs->refuse || jobs->count == JOBS_MAX) {
		err_set(err, ERR_MISSING, -ENODEV, "no such device; expected soft");
		return NULL;
	}
	snprintf(jobs->name[jobs->count], sizeof(jobs->name[0]), "%s", section);
	snprintf(jobs->where[jobs->count], sizeof(jobs->where[0]), "%s", where);
	jobs->job[jobs->count] = jobs->global;
	return &jobs->job[jobs->count++];
}

static void write_bytes(const void *bytes, size_t len_bytes)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, len_bytes, file), len_bytes);
	assert_int_equal(fclose(file), 0);
}

static int read_jobs(struct jobs *jobs, struct err *err)
{
	opt_defaults(table, &jobs->global);
	return opt_ini(path, table, &jobs->global, begin, jobs, err);
}

static struct jobs take(const char *text)
{
	struct jobs jobs = {.count = 0};
	struct err err = ERR_INIT;

	write_bytes(text, strlen(text));
	if (read_jobs(&jobs, &err))
		fail_msg("%s", err.message);
	assert_int_equal(err.kind, ERR_NONE);
	return jobs;
}

static void refuse_bytes(const char *text, size_t len_bytes, int line, const char *part)
{
	struct jobs jobs = {.count = 0};
	struct err err = ERR_INIT;
	char start[96];

	write_bytes(text, len_bytes);
	assert_int_equal(read_jobs(&jobs, &err), -EINVAL);
	assert_int_equal(err.kind, ERR_USAGE);
	assert_int_equal(err.code, -EINVAL);
	snprintf(start, sizeof(start), "%s:%d: ", path, line);
	if (strncmp(err.message, start, strlen(start)) != 0 || !strstr(err.message, part))
		fail_msg("\"%s\" is not line %d with \"%s\"", err.message, line, part);
}

static void refuse(const char *text, int line, const char *part)
{
	refuse_bytes(text, strlen(text), line, part);
}

static void jobs_inherit_the_globals(void **state)
{
	(void)state;
	struct jobs jobs = take("[global]\ndepth=4\nsize=64,128\n\n"
				"[first]\nbytes=1m\n\n[second]\ndepth=8\nsize=1k..4k*2\n");

	assert_int_equal(jobs.count, 2);
	assert_string_equal(jobs.name[0], "first");
	assert_string_equal(jobs.name[1], "second");
	assert_true(jobs.job[0].depth == 4 && jobs.job[0].bytes == 1 << 20);
	assert_memory_equal(jobs.where[0], path, strlen(path));
	assert_string_equal(jobs.where[0] + strlen(path), ":5");
	assert_int_equal(jobs.job[0].sizes.count, 2);
	assert_true(jobs.job[1].depth == 8 && jobs.job[1].bytes == 4096);
	assert_int_equal(jobs.job[1].sizes.count, 3);
	assert_true(jobs.global.depth == 4);
}

static void a_section_without_keys_is_a_job(void **state)
{
	(void)state;
	struct jobs jobs = take("[global]\ndepth=4\n[a]\n[b]\n[a]\n");

	assert_int_equal(jobs.count, 3);
	assert_string_equal(jobs.name[2], "a");
	assert_true(jobs.job[0].depth == 4 && jobs.job[2].depth == 4);
	assert_int_equal(take("[only]").count, 1);
	assert_string_equal(take("[a ;b]\n").name[0], "a ;b");
}

static void a_global_counts_for_what_stands_below(void **state)
{
	(void)state;
	struct jobs jobs = take("[a]\n[Global]\ndepth=4\n[b]\n[GLOBAL]\ndepth=5\n[c]\n");

	assert_int_equal(jobs.count, 3);
	assert_true(jobs.job[0].depth == 1 && jobs.job[1].depth == 4 && jobs.job[2].depth == 5);
}

static void comments_blanks_and_line_ends(void **state)
{
	(void)state;
	struct jobs jobs = take("\xEF\xBB\xBF; a comment\r\n# another\r\n\r\n"
				"  [ spaced name ]  ; behind\r\n"
				"\t depth \t=  7 ; behind\r\n"
				"    title: a title; with a = and a : in it\r\n"
				"  bytes = 2k");

	assert_int_equal(jobs.count, 1);
	assert_string_equal(jobs.name[0], "spaced name");
	assert_true(jobs.job[0].depth == 7 && jobs.job[0].bytes == 2048);
	assert_string_equal(jobs.job[0].title, "a title; with a = and a : in it");
	/* An empty value is one for a text. A key may stand again in another section. */
	jobs = take("[a]\ndepth=2\ntitle=\n[b]\ndepth=3\ntitle=x\n[global]\ndepth=4\n");
	assert_true(jobs.job[0].depth == 2 && jobs.job[1].depth == 3);
	assert_string_equal(jobs.job[0].title, "");
	refuse("[a]\ndepth=2\ntitle=x\n\ndepth=3\n", 5,
		"depth stands in this section twice, first in line 2");
}

/* @start, then @fill up to column @len of the text, then @end. */
static const char *filled(const char *start, char fill, size_t len, const char *end)
{
	static char text[4096];
	size_t used = strlen(start);

	assert_true(used <= len && len + strlen(end) < sizeof(text));
	snprintf(text, sizeof(text), "%s", start);
	memset(text + used, fill, len - used);
	snprintf(text + len, sizeof(text) - len, "%s", end);
	return text;
}

static void long_comments_are_fine_long_lines_are_not(void **state)
{
	(void)state;
	assert_true(take(filled("; ", 'x', 3000, "\n[a]\ndepth=3\n")).job[0].depth == 3);
	assert_int_equal(strlen(take(filled("[a]\ntitle=", 'x', 195, "\n")).job[0].title), 185);
	refuse(filled("[a]\ntitle=", 'x', 1195, "\ndepth=0\n"), 2, "the line is too long");
	refuse(filled("[a]\ntitle=x", ' ', 1195, "\ndepth=0\n"), 2, "the line is too long");
}

static void wrong_keys_and_values_name_their_line(void **state)
{
	(void)state;
	refuse("[a]\n\n; comment\ndept=3\n", 4, "unknown key 'dept'; did you mean 'depth'?");
	refuse("[a]\ndepth=0\n", 2, "depth: '0' is too small; expected 1 to 64");
	refuse("[a]\r\ndepth=4q\r\n", 2, "depth: '4q' cannot be read; expected a whole number");
	refuse("[a]\ndepth=\n", 2, "depth: '' cannot be read");
	refuse("[a]\nsize=1..8*1\n", 2, "never ends");
	refuse("[global]\nsize=0..1k*2\n[a]\n", 2, "never ends");
	refuse("[a]\n=5\n", 2, "unknown key ''");
	refuse("[a]\nDEPTH=5\n", 2, "did you mean 'depth'?");
	refuse("[a]\ntitle=\x1b[2J\n", 2, "control characters");
}

static void wrong_structure_names_its_line(void **state)
{
	(void)state;
	refuse("\ndepth=3\n[a]\n", 2, "a key before any section; expected [global] or [name]");
	refuse("[a]\ndepth\n", 2,
		"neither a key with its value nor a section; expected key=value or [name]");
	refuse("[a]\n[b\ndepth=2\n", 2, "a section without its ']'");
	refuse("[a]\n[]\n", 2, "a section without a name");
	refuse("[a]\n[ \t]\n", 2, "a section without a name");
	refuse("[a] depth=3\n", 1, "text behind a section");
	refuse("[a\x01]\n", 1, "control characters");
	refuse("[\xff]\n", 1, "not UTF-8");
	refuse("[xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx]\n", 1,
		"too long; expected at most 63 bytes");
	refuse_bytes("\xff\xfe[\0a\0]\0\n\0", 10, 1, "UTF-16; save it as UTF-8");
	refuse_bytes("[a]\nde\0pth=3\n", 13, 2, "a byte of zero; expected a text file");
	refuse_bytes("[a]\n# \0\n", 8, 2, "a byte of zero");
	refuse("", 1, "no job in it");
	refuse("\n; nothing\n\n", 4, "no job in it; expected a section such as [transfer]");
	refuse("[global]\ndepth=3\n", 3, "no job in it");
}

static void the_first_error_is_the_one_named(void **state)
{
	(void)state;
	refuse("[a]\nno equals sign\ndepth=0\n", 2, "neither a key");
	refuse("[a]\ndepth=0\nno equals sign\n", 2, "too small");
	refuse("[a]\nno equals sign\n[b\n", 2, "neither a key");
	refuse("[a]\ndepth=0\ndepth=99\n", 2, "'0' is too small");
	refuse("[a]\nno equals sign\n", 2, "neither a key");
}

static void a_refused_job_keeps_its_reason(void **state)
{
	(void)state;
	struct jobs jobs = {.refuse = true};
	struct err err = ERR_INIT;

	write_bytes("[global]\n[x]\ndepth=0\n", 21);
	assert_int_equal(read_jobs(&jobs, &err), -ENODEV);
	assert_int_equal(err.kind, ERR_MISSING);
	assert_non_null(strstr(err.message, "job.ini:2: [x]: no such device; expected soft"));
	jobs = (struct jobs){.silent = true};
	err = (struct err)ERR_INIT;
	assert_int_equal(read_jobs(&jobs, &err), -EINVAL);
	assert_int_equal(err.kind, ERR_USAGE);
	assert_int_equal(read_jobs(&jobs, NULL), -EINVAL);
	/* The first message of an err stays. */
	struct err earlier = ERR_INIT;

	err_set(&earlier, ERR_INTERNAL, -EIO, "earlier");
	assert_int_equal(read_jobs(&jobs, &earlier), -EINVAL);
	assert_string_equal(earlier.message, "earlier");
}

static void unreadable_files(void **state)
{
	(void)state;
	struct jobs jobs = {.count = 0};
	struct err err = ERR_INIT;

	assert_int_equal(
		opt_ini("/nonexistent/job.ini", table, &jobs.global, begin, &jobs, &err), -ENOENT);
	assert_int_equal(err.kind, ERR_USAGE);
	assert_non_null(
		strstr(err.message, "'/nonexistent/job.ini': cannot be read: No such file"));
	err = (struct err)ERR_INIT;
	assert_int_equal(opt_ini(folder, table, &jobs.global, begin, &jobs, &err), -EISDIR);
	assert_int_equal(err.kind, ERR_USAGE);
	assert_int_equal(opt_ini("", table, &jobs.global, begin, &jobs, NULL), -ENOENT);
}

static void a_file_without_permission_is_told(void **state)
{
	(void)state;
	const uid_t user = geteuid(), nobody = 65534;
	struct jobs jobs = {.count = 0};
	struct err err = ERR_INIT;

	write_bytes("[a]\n", 4);
	assert_int_equal(chmod(path, 0), 0);
	assert_int_equal(chmod(folder, 0755), 0);
	/* To root nothing is forbidden. */
	assert_int_equal(user == 0 ? seteuid(nobody) : 0, 0);
	const int rc = read_jobs(&jobs, &err);

	assert_int_equal(seteuid(user), 0);
	assert_int_equal(rc, -EACCES);
	assert_int_equal(err.kind, ERR_USAGE);
	unlink(path);
}

static void a_long_path_leaves_room_for_the_message(void **state)
{
	(void)state;
	char name[PATH_MAX];
	struct jobs jobs = {.count = 0};
	struct err err = ERR_INIT;

	/* /tmp/opt_ini_test.X/././.../job.ini */
	size_t used = (size_t)snprintf(name, sizeof(name), "%s", folder);

	while (used < 1000)
		used += (size_t)snprintf(name + used, sizeof(name) - used, "/.");
	snprintf(name + used, sizeof(name) - used, "/job.ini");
	write_bytes("[a]\ndept=1\n", 11);
	assert_int_equal(opt_ini(name, table, &jobs.global, begin, &jobs, &err), -EINVAL);
	assert_memory_equal(err.message, "...", 3);
	assert_non_null(
		strstr(err.message, "/./job.ini:2: unknown key 'dept'; did you mean 'depth'?"));
}

static size_t random_text(char *text, size_t room, unsigned *seed)
{
	static const char *const pieces[] = {"[a]\n", "[global]\n", "depth=3\n", "size=64..1k*2\n",
		"[", "]", "=", ";", "\n", "\r\n", " ", "title=", "x", "\t", ":", "#",
		"depth=", "..", ",", "\xef\xbb\xbf"};
	size_t used = 0;

	for (unsigned count = (unsigned)rand_r(seed) % 30; count; count--) {
		const char *piece =
			pieces[(unsigned)rand_r(seed) % (sizeof(pieces) / sizeof(*pieces))];

		size_t len = strlen(piece);

		if (used + len > room)
			break;
		for (size_t i = 0; i < len; i++)
			text[used++] = piece[i];
	}
	/* A few bytes of anything. */
	for (unsigned count = (unsigned)rand_r(seed) % 3; used && count; count--)
		text[(unsigned)rand_r(seed) % used] = (char)rand_r(seed);
	return used;
}

static void garbage_never_crashes(void **state)
{
	(void)state;
	const char *given = getenv("DMABENCH_TEST_SEED");
	unsigned seed = given ? (unsigned)strtoul(given, NULL, 0) : (unsigned)time(NULL);
	char text[600];

	print_message("garbage_never_crashes: DMABENCH_TEST_SEED=%u\n", seed);
	for (int round = 0; round < 500; round++) {
		struct jobs jobs = {.count = 0};
		struct err err = ERR_INIT;
		size_t len_bytes = random_text(text, sizeof(text), &seed);

		if (round % 4 == 0) {
			len_bytes = (unsigned)rand_r(&seed) % sizeof(text);
			for (size_t i = 0; i < len_bytes; i++)
				text[i] = (char)rand_r(&seed);
		}
		write_bytes(text, len_bytes);
		int rc = read_jobs(&jobs, &err);

		if (rc == 0) {
			assert_true(jobs.count > 0 && err.kind == ERR_NONE);
			continue;
		}
		assert_true(err.code == rc && strstr(err.message, "job.ini:"));
		for (const char *at = err.message; *at; at++)
			assert_true((unsigned char)*at >= ' ' && *at != 0x7f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(jobs_inherit_the_globals),
		cmocka_unit_test(a_section_without_keys_is_a_job),
		cmocka_unit_test(a_global_counts_for_what_stands_below),
		cmocka_unit_test(comments_blanks_and_line_ends),
		cmocka_unit_test(long_comments_are_fine_long_lines_are_not),
		cmocka_unit_test(wrong_keys_and_values_name_their_line),
		cmocka_unit_test(wrong_structure_names_its_line),
		cmocka_unit_test(the_first_error_is_the_one_named),
		cmocka_unit_test(a_refused_job_keeps_its_reason),
		cmocka_unit_test(unreadable_files),
		cmocka_unit_test(a_file_without_permission_is_told),
		cmocka_unit_test(a_long_path_leaves_room_for_the_message),
		cmocka_unit_test(garbage_never_crashes),
	};

	return cmocka_run_group_tests_name("job files", tests, make_folder, remove_folder);
}
