/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * table_testing.h: the printed table as text, and what is looked for in it. For the tests of the table's parts:
 * table_test.c, sweep_test.c, noise_test.c.
 */
#ifndef REPORT_TABLE_TESTING_H
#define REPORT_TABLE_TESTING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "harness/report/report.h"
#include "harness/report/testing.h"

static inline char *table_of(const struct store_run *run, bool color)
{
	/* Static: gcc takes what the stream puts there for a pointer to the variable itself. */
	static char *text;
	static size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	report_table(run, color, out);
	assert_int_equal(fclose(out), 0);
	return text;
}

static inline char *table_of_shape(const struct testing_shape *shape)
{
	struct store_run *run = testing_run(shape);
	char *text = table_of(run, false);

	testing_run_free(run);
	return text;
}

static inline int columns(const char *line, size_t length)
{
	int count = 0;

	for (size_t i = 0; i < length; i++)
		count += ((unsigned char)line[i] & 0xc0) != 0x80;
	return count;
}

static inline void assert_holds(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("\"%s\" not in:\n%s", part, text);
}

/* The parts must come in this order. */
static inline void assert_order(const char *text, const char *const *parts)
{
	for (; *parts; parts++) {
		const char *found = strstr(text, *parts);

		if (!found)
			fail_msg("\"%s\" missing or out of order in:\n%s", *parts, text);
		else
			text = found + strlen(*parts);
	}
}

/* The same of the table of a run of @shape. */
static inline void assert_order_of_shape(
	const struct testing_shape *shape, const char *const *parts)
{
	char *text = table_of_shape(shape);

	assert_order(text, parts);
	free(text);
}

/* The table of a run of @shape holds @part. */
static inline void assert_shape_holds(const struct testing_shape *shape, const char *part)
{
	char *text = table_of_shape(shape);

	assert_holds(text, part);
	free(text);
}

static inline void assert_no_line_is_wide(const char *text)
{
	for (const char *line = text; *line;) {
		size_t length = strcspn(line, "\n");

		if (columns(line, length) > 101)
			fail_msg("%d columns: %.*s", columns(line, length), (int)length, line);
		line += length + (line[length] == '\n');
	}
}

#endif
