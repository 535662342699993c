// SPDX-License-Identifier: BSD-2-Clause
/*
 * exports_test.c: every function video.h declares is exported by name, so header and table do not
 * drift.
 */
#include "drivers/videoport/testing.h"

#include <ctype.h>
#include <stdio.h>

/*
 * The next "VideoPort...(" at or behind @at; @name receives it. Return: where to go on, NULL at the
 * end.
 */
static const char *next_function(const char *at, char *name, size_t capacity)
{
	while ((at = strstr(at, "VideoPort"))) {
		size_t len = 0;

		while (isalnum((unsigned char)at[len]))
			len++;
		if (len < capacity && at[len] == '(') {
			memcpy(name, at, len);
			name[len] = 0;
			return at + len;
		}
		at += len;
	}
	return NULL;
}

static void r_080_every_declared_function_is_exported(void **state)
{
	static char header[65536];
	char name[80];
	unsigned count = 0;
	FILE *file = fopen("drivers/include/video.h", "r");

	(void)state;
	if (!file)
		skip();

	size_t len = fread(header, 1, sizeof(header) - 1, file);

	fclose(file);
	header[len] = 0;
	for (const char *at = header; (at = next_function(at, name, sizeof(name)));) {
		count++;
		if (!export_find(name))
			fail_msg("%s is declared but not exported", name);
	}
	assert_true(count >= 60);
	assert_null(export_find("VideoPortNoSuchFunction"));
	assert_null(export_find(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_case(r_080_every_declared_function_is_exported),
	};

	return cmocka_run_group_tests_name("exports", tests, NULL, NULL);
}
