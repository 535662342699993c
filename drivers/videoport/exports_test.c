// SPDX-License-Identifier: BSD-2-Clause
/*
 * exports_test.c: every function video.h declares is exported by name, so header and table do not
 * drift.
 */
#include "drivers/videoport/exports.h"

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

/* Every function @path declares is exported. Return: how many. */
static unsigned declared_are_exported(const char *path)
{
	static char header[65536];
	char name[80];
	unsigned count = 0;
	FILE *file = fopen(path, "r");

	assert_non_null(file);

	size_t len = fread(header, 1, sizeof(header) - 1, file);

	fclose(file);
	header[len] = 0;
	for (const char *at = header; (at = next_function(at, name, sizeof(name)));) {
		count++;
		if (!export_find(name))
			fail_msg("%s: %s is declared but not exported", path, name);
	}
	return count;
}

static void r_080_every_declared_function_is_exported(void **state)
{
	(void)state;
	assert_true(declared_are_exported("drivers/include/video.h") >= 60);
	assert_true(declared_are_exported("drivers/include/video_legacy.h") >= 20);
	assert_true(declared_are_exported("drivers/include/video_services.h") >= 18);
	assert_int_equal(declared_are_exported("drivers/include/videoagp.h"), 1);
	assert_null(export_find("VideoPortNoSuchFunction"));
	assert_null(export_find(""));
}

static void the_table_is_sorted_and_whole(void **state)
{
	unsigned count = 0;

	(void)state;
	for (; export_at(count); count++) {
		const struct export_row *row = export_at(count);

		assert_non_null(export_find(row->name));
		assert_true(strlen(row->references) > 0);
		assert_true(!count || strcmp(export_at(count - 1)->name, row->name) < 0);
	}
	assert_true(count >= 115);
}

/* What an ISR may call: its list (videoport.md 2.6), and what may be called at any level by its own page. */
static bool allowed_in_isr(const char *name)
{
	static const char *const begin[] = {"VideoPortRead", "VideoPortWrite", "VideoPortZero",
		"VideoPortInterlocked", "VideoPortEnableInterrupt", "VideoPortDisableInterrupt"};
	static const char *const whole[] = {"VideoPortLogError", "VideoPortStallExecution",
		"VideoPortGetCurrentIrql", "VideoPortMoveMemory", "VideoPortDebugPrint"};

	if (strcmp(name, "VideoPortReadStateEvent") == 0)
		return false;
	for (size_t i = 0; i < sizeof(begin) / sizeof(begin[0]); i++)
		if (strncmp(name, begin[i], strlen(begin[i])) == 0)
			return true;
	for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++)
		if (strcmp(name, whole[i]) == 0)
			return true;
	return false;
}

/* A row of irql.h, or isr_list_check where there is no device extension to tell whose driver calls. */
static bool level_checked(const char *name)
{
	static const char *const by_name[] = {"VideoPortCompareMemory", "VideoPortQuerySystemTime",
		"VideoPortIsNoVesa", "VideoPortGetAssociatedDeviceExtension",
		"VideoPortGetAssociatedDeviceID", "VideoPortDbgReportCreate",
		"VideoPortDbgReportSecondaryData", "VideoPortDbgReportComplete",
		/* Obsolete: legacy_note looks. */
		"VideoPortAssociateEventsWithDmaHandle", "VideoPortDoDma", "VideoPortGetBytesUsed",
		"VideoPortSetBytesUsed", "VideoPortGetDmaContext", "VideoPortSetDmaContext",
		"VideoPortGetMdl", "VideoPortMapDmaMemory", "VideoPortUnmapDmaMemory",
		"VideoPortSignalDmaComplete",
		/* The old spelling of VideoPortUnlockBuffer, which looks. */
		"VideoPortUnLockBuffer"};

	for (int i = 0; i < IRQL_FUNCTION_COUNT; i++)
		if (strcmp(irql_rule((enum irql_function)i).function, name) == 0)
			return true;
	for (size_t i = 0; i < sizeof(by_name) / sizeof(by_name[0]); i++)
		if (strcmp(name, by_name[i]) == 0)
			return true;
	return false;
}

static void rule_603_covers_every_function_that_is_not_on_the_isrs_list(void **state)
{
	(void)state;
	for (unsigned i = 0; export_at(i); i++) {
		const char *name = export_at(i)->name;

		if (!allowed_in_isr(name) && !level_checked(name) &&
			strcmp(name, "VideoPortInitialize") != 0) /* before there is a device */
			fail_msg("%s: give it a row in irql.h", name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_case(r_080_every_declared_function_is_exported),
		test_case(the_table_is_sorted_and_whole),
		test_case(rule_603_covers_every_function_that_is_not_on_the_isrs_list),
	};

	return cmocka_run_group_tests_name("exports", tests, NULL, NULL);
}
