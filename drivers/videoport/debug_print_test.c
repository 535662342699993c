// SPDX-License-Identifier: BSD-2-Clause
/*
 * debug_print_test.c: formats of VideoPortDebugPrint as the dialect means them, and those nobody should
 * write: nothing is read or written that the driver did not give.
 */
#include "drivers/videoport/testing.h"

static char printed[512];
static unsigned level_seen, messages;

static void sink(void *user, unsigned level, const char *message)
{
	(void)user;
	level_seen = level;
	messages++;
	strncpy(printed, message, sizeof(printed) - 1);
}

/* The host's compiler would take the dialect's widths for its own. */
static void (*print)(VIDEO_DEBUG_LEVEL, PCSTR, ...) = VideoPortDebugPrint;

static int sink_setup(void **state)
{
	messages = 0;
	videoport_debug_sink(sink, NULL, Info);
	return test_reset(state);
}

static int sink_teardown(void **state)
{
	(void)state;
	videoport_debug_sink(NULL, NULL, 0);
	return 0;
}

static void integers_have_the_width_of_the_dialect(void **state)
{
	(void)state;
	print(Info, "%I32d|%I64d|%lld|%zx|%o|%+i", -1, INT64_C(-5000000000), INT64_C(5000000000),
		(size_t)0xABCDEF012, 8, 3);
	assert_string_equal(printed, "-1|-5000000000|5000000000|abcdef012|10|+3");
	assert_int_equal(level_seen, Info);
	print(Info, "%I3d", (size_t)7); /* I alone, then no letter that is known */
	assert_string_equal(printed, "3d");
	print(Info, "%llx%%", INT64_C(1) << 40);
	assert_string_equal(printed, "10000000000%");
}

static void strings_of_16_bits_are_narrowed(void **state)
{
	static const WCHAR wide[] = {'d', 'm', 'a', 0xE4, '!', 0};
	WCHAR long_one[300];

	(void)state;
	print(Info, "%ws|%S|%ls|%s", wide, wide, wide, "plain");
	assert_string_equal(printed, "dma?!|dma?!|dma?!|plain");
	for (unsigned i = 0; i < 299; i++)
		long_one[i] = 'x';
	long_one[299] = 0;
	print(Info, "%S|", long_one);
	assert_int_equal(strlen(printed), 128); /* 127 characters of it and the bar */
	assert_int_equal(strspn(printed, "x"), 127);
}

static void a_long_message_is_cut(void **state)
{
	char text[400];

	(void)state;
	memset(text, 'y', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	print(Info, "%s and more %d", text, 1);
	assert_int_equal(strlen(printed), 255);
	assert_int_equal(strspn(printed, "y"), 255);
	print(Info, text);
	assert_int_equal(strlen(printed), 255);
}

static void odd_formats_do_no_harm(void **state)
{
	(void)state;
	print(Info, "end %");
	assert_string_equal(printed, "end ");
	print(Info, "end %08l");
	assert_string_equal(printed, "end ");
	print(Info, "%000000000000000000000000000000005d|", 42);
	assert_non_null(strchr(printed, '|'));
	assert_non_null(strstr(printed, "42"));
	print(Info, "%.*s|%-*d|", 2, "abc", 4, 5);
	assert_string_equal(printed, "ab|5   |");
	assert_int_equal(messages, 4);
	print(Info, NULL);
	assert_int_equal(messages, 4);
}

static void levels_above_the_limit_are_dropped(void **state)
{
	(void)state;
	videoport_debug_sink(sink, NULL, Warn);
	print(Trace, "fine");
	print(Info, "finer");
	assert_int_equal(messages, 0);
	print(Error, "coarse");
	print(Warn, "less so");
	assert_int_equal(messages, 2);
	assert_int_equal(level_seen, Warn);
}

#define sink_case(function) cmocka_unit_test_setup_teardown(function, sink_setup, sink_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		sink_case(integers_have_the_width_of_the_dialect),
		sink_case(strings_of_16_bits_are_narrowed),
		sink_case(a_long_message_is_cut),
		sink_case(odd_formats_do_no_harm),
		sink_case(levels_above_the_limit_are_dropped),
	};

	return cmocka_run_group_tests_name("debug print", tests, NULL, NULL);
}
