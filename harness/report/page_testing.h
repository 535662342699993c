/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * page_testing.h: pages drawn into a folder of the test's own, and what a file of them must be. For the tests of pages and
 * plots; runs to draw are testing.h's. Needs gnuplot, as the program itself does, and xmllint: scripts/setup installs both.
 */
#ifndef REPORT_PAGE_TESTING_H
#define REPORT_PAGE_TESTING_H

#include <sys/stat.h>
#include <unistd.h>

#include "drivers/support/testing.h"
#include "harness/report/files.h"
#include "harness/report/report.h"
#include "harness/report/testing.h"

/* Where the running test draws; made before it and taken away behind it. */
static char folder[64];

static inline int folder_make(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/dmabench-report-XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static inline int folder_drop(void **state)
{
	char command[96];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	return system(command);
}

static inline char *file_text(const char *name)
{
	struct err err = ERR_INIT;
	char *text = files_read(folder, name, "", &err);

	if (!text)
		fail_msg("%s", err.message);
	return text;
}

static inline void write_file(const char *name, const char *text, unsigned mode)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	assert_int_equal(chmod(path, mode), 0);
}

static inline void assert_well_formed(const char *name)
{
	char command[700];

	snprintf(command, sizeof(command), "xmllint --noout '%s/%s' 2>&1", folder, name);
	if (system(command) != 0)
		fail_msg("%s is not well-formed, or xmllint is missing", name);
}

static inline void assert_png(const char *name)
{
	static const unsigned char signature[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
	unsigned char start[24];
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	assert_int_equal(fread(start, 1, sizeof(start), file), sizeof(start));
	fclose(file);
	assert_memory_equal(start, signature, sizeof(signature));
	assert_int_equal(start[18] << 8 | start[19], 1920);
	assert_int_equal(start[22] << 8 | start[23], 1120);
}

static inline void draw(const struct store_run *run)
{
	struct err err = ERR_INIT;
	char path[128];

	if (report_page(run, folder, path, sizeof(path), &err) < 0)
		fail_msg("%s", err.message);
	assert_int_equal(access(path, R_OK), 0);
	assert_non_null(strstr(path, "/report.html"));
	assert_well_formed("report.html");
}

/* Ids must be unique in a page; duplicates are found by looking each up again behind itself. */
static inline void assert_unique_ids(const char *html)
{
	for (const char *at = html; (at = strpbrk(at, "i")) != NULL; at++) {
		char id[160], quote;

		if (strncmp(at, "id=", 3) != 0 || at[-1] != ' ')
			continue;
		quote = at[3];
		size_t length = strcspn(at + 4, "'\"");

		assert_true(length < sizeof(id) - 8);
		snprintf(id, sizeof(id), " id=%c%.*s%c", quote, (int)length, at + 4, quote);
		if (strstr(at + 4, id))
			fail_msg("twice:%s", id);
	}
}

#define PAGE_TEST(name) cmocka_unit_test_setup_teardown(name, folder_make, folder_drop)

#endif
