// SPDX-License-Identifier: BSD-2-Clause
/* script_test.c: the language of scripts: what is understood, and what is refused with its line and a suggestion. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/driver/script.h"
#include "bench/driver/words.h"
#include "drivers/support/fault.h"

#include "dderror.h"

static struct script *parsed(const char *text)
{
	struct script *script;
	struct err err = ERR_INIT;

	if (script_parse(&script, "s", text, &err) < 0)
		fail_msg("%s", err.message);
	return script;
}

static void every_step_is_understood(void **state)
{
	(void)state;
	struct script *script = parsed(
		"# a comment\n"
		"\n"
		"  ioctl IOCTL_VIDEO_QUERY_NUM_AVAIL_MODES out 8   # behind it\n"
		"buffer data 64k\r\n"
		"repeat 10 ioctl 0x232400 in 00ff 1A in32 1 0x10 in64 &data 5 in16 7 out "
		"16 expect ERROR_BUSY expect-out 0102\n"
		"try ioctl 4 expect 77\n"
		"wait 5\n"
		"timer\n"
		"power off\n"
		"power on\n"
		"memory read 0x100 8 expect 00\n"
		"memory write 4096 ff00\n"
		"map\n"
		"fill data a5\n"
		"check data 16 a5a5\n"
		"transfer to 4k at 64k count 3\n"
		"transfer from 1\n"
		"child\n"
		"reset\n"
		"reset 132 50");
	const struct script_step *s = script->step;

	assert_int_equal(script->count, 18);
	assert_int_equal(s[0].kind, SCRIPT_IOCTL);
	assert_int_equal(s[0].code, 0x230404);
	assert_int_equal(s[0].out_bytes, 8);
	assert_int_equal(s[0].line, 3);
	assert_string_equal(s[0].text, "ioctl IOCTL_VIDEO_QUERY_NUM_AVAIL_MODES out 8");
	assert_int_equal(s[1].number, 65536);
	assert_int_equal(s[2].repeat, 10);
	assert_int_equal(s[2].in.len_bytes, 3 + 8 + 16 + 2);

	static const uint8_t in[] = {0, 0xff, 0x1a, 1, 0, 0, 0, 0x10, 0, 0, 0};

	assert_memory_equal(s[2].in.bytes, in, sizeof(in));
	assert_int_equal(s[2].pointer_count, 1);
	assert_int_equal(s[2].pointer[0].at, 11);
	assert_int_equal(s[2].pointer[0].buffer, 0);
	assert_true(s[2].expects);
	assert_int_equal(s[2].expect, ERROR_BUSY);
	assert_int_equal(s[2].expect_out.len_bytes, 2);
	assert_true(s[3].optional);
	assert_int_equal(s[3].expect, 77);
	assert_int_equal(s[4].number, 5);
	assert_int_equal(s[5].kind, SCRIPT_TIMER);
	assert_int_equal(s[6].number, 0);
	assert_int_equal(s[7].number, 1);
	assert_int_equal(s[8].kind, SCRIPT_MEMORY_READ);
	assert_int_equal(s[9].kind, SCRIPT_MEMORY_WRITE);
	assert_int_equal(s[10].kind, SCRIPT_MAP);
	assert_int_equal(s[11].kind, SCRIPT_FILL);
	assert_int_equal(s[12].kind, SCRIPT_CHECK);
	assert_true(s[13].to_device);
	assert_int_equal(s[13].number, 4096);
	assert_int_equal(s[13].second, 65536);
	assert_int_equal(s[13].count, 3);
	assert_false(s[14].to_device);
	assert_int_equal(s[14].line, 17);
	assert_int_equal(s[15].kind, SCRIPT_CHILDREN);
	assert_int_equal(s[16].number, 80);
	assert_int_equal(s[16].second, 25);
	assert_int_equal(s[17].number, 132);
	assert_int_equal(s[17].second, 50);
	script_free(script);
	script_free(NULL);
}

static void the_built_in_script_is_one(void **state)
{
	(void)state;
	struct script *script = parsed(script_built_in);

	assert_true(script->count >= 10);
	for (unsigned i = 0; i < script->count; i++)
		assert_true(script->step[i].optional);
	script_free(script);
}

static void what_is_wrong_is_named_with_its_line(void **state)
{
	(void)state;
	static const struct {
		const char *text, *says;
	} wrong[] = {
		{"repeat 2 repeat 2 child", "s:1: 'repeat' again"},
		{"try repeat 2 child",
			"s:1: 'repeat' again: once in front of a step, repeat before try"},
		{"ioctk 1", "s:1: unknown word 'ioctk'; did you mean 'ioctl'?"},
		{"\nwait", "s:2: wait: milliseconds is missing"},
		{"wait soon", "'soon' is not a number"},
		{"wait 9999999", "above the most"},
		{"ioctl", "a code or a name is missing"},
		{"ioctl IOCTL_VIDEO_QUERY_AVAIL_MODE",
			"did you mean IOCTL_VIDEO_QUERY_AVAIL_MODES"},
		{"ioctl 1 in", "hexadecimal bytes expected, found 'the end of the line'"},
		{"ioctl 1 in 123", "odd number"},
		{"ioctl 1 in xy", "hexadecimal bytes expected, found 'xy'"},
		{"ioctl 1 in32 0x100000000", "does not fit"},
		{"ioctl 1 in16 65536", "does not fit"},
		{"ioctl 1 in32", "a number expected"},
		{"ioctl 1 in32 &x", "a number expected"},
		{"ioctl 1 in64 &x", "no buffer is called 'x'"},
		{"ioctl 1 out", "out is missing"},
		{"ioctl 1 out 2000000", "above the most"},
		{"ioctl 1 expect", "a status is missing"},
		{"ioctl 1 expect ERROR_BUSI", "did you mean ERROR_BUSY"},
		{"ioctl 1 expct NO_ERROR", "did you mean 'expect'?"},
		{"ioctl 1 out 1 expect-out 0000", "expect-out has 2 bytes, and out only 1"},
		{"reset many", "'many' is not a number"},
		{"reset 80", "reset: rows is missing"},
		{"power", "on or off expected"},
		{"power up", "on or off expected"},
		{"memory dump", "read or write expected"},
		{"memory read", "address is missing"},
		{"memory write 0", "hexadecimal"},
		{"buffer", "a name is missing"},
		{"buffer a 0", "at least one byte"},
		{"buffer a 1\nbuffer a 1", "s:2: there is a buffer 'a' already"},
		{"buffer a-name-of-more-than-thirty-one-chars 1", "at most 31"},
		{"fill b 00", "no buffer is called 'b'"},
		{"check", "the name of a buffer is missing"},
		{"transfer 4096", "to or from expected"},
		{"transfer to 0", "at least one byte"},
		{"transfer to 1 count 0", "at least one"},
		{"transfer to 1 count 65", "above the most"},
		{"transfer to 1 att 5", "did you mean 'at'?"},
		{"repeat", "repeat is missing"},
		{"repeat 0 map", "at least once"},
		{"repeat 5", "a step is missing"},
		{"try", "a step is missing"},
		{"map now", "unexpected 'now' behind a whole step"},
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct script *script;
		struct err err = ERR_INIT;

		assert_true(script_parse(&script, "s", wrong[i].text, &err) < 0);
		assert_null(script);
		assert_int_equal(err.kind, ERR_USAGE);
		if (!strstr(err.message, wrong[i].says))
			fail_msg("%s: '%s' expected in: %s", wrong[i].text, wrong[i].says,
				err.message);
	}
}

static void limits_are_kept(void **state)
{
	(void)state;
	char *text = malloc(200000), *end = text;
	struct script *script;
	struct err err = ERR_INIT;

	assert_non_null(text);
	for (unsigned i = 0; i < SCRIPT_BUFFERS_MAX + 1; i++)
		end += sprintf(end, "buffer b%u 1\n", i);
	assert_true(script_parse(&script, "s", text, &err) < 0);
	assert_non_null(strstr(err.message, "s:17: more than 16 buffers"));
	memset(text, 'x', SCRIPT_LINE_MAX + 1);
	text[SCRIPT_LINE_MAX + 1] = '\0';
	err = (struct err)ERR_INIT;
	assert_true(script_parse(&script, "s", text, &err) < 0);
	assert_non_null(strstr(err.message, "at most"));
	free(text);
}

static void files_are_read(void **state)
{
	(void)state;
	char path[] = "/tmp/script_test.XXXXXX";
	const int fd = mkstemp(path);
	struct script *script;
	struct err err = ERR_INIT;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, "wait 1\nnap 5\n", 13), 13);
	assert_true(script_read(&script, path, &err) < 0);
	assert_non_null(strstr(err.message, path));
	assert_non_null(strstr(err.message, ":2: unknown word 'nap'"));
	assert_int_equal(ftruncate(fd, 7), 0);
	assert_int_equal(script_read(&script, path, NULL), 0);
	assert_int_equal(script->count, 1);
	script_free(script);
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(
		script_read(&script, path, NULL), 0); /* nothing is to be done: that is legal */
	assert_int_equal(script->count, 0);
	script_free(script);
	close(fd);
	unlink(path);
	err = (struct err)ERR_INIT;
	assert_true(script_read(&script, path, &err) < 0);
	assert_int_equal(err.kind, ERR_USAGE);
	assert_null(script);
}

static void names_and_numbers_belong_together(void **state)
{
	(void)state;
	uint32_t code;
	int32_t status;
	char text[48];

	assert_true(words_ioctl("IOCTL_VIDEO_MAP_VIDEO_MEMORY", &code));
	assert_int_equal(code, 0x230458);
	assert_string_equal(words_ioctl_name(0x230458), "IOCTL_VIDEO_MAP_VIDEO_MEMORY");
	assert_null(words_ioctl_name(1));
	assert_false(words_ioctl("IOCTL_VIDEO", &code));
	assert_true(words_status("ERROR_MORE_DATA", &status));
	assert_int_equal(status, 234);
	assert_string_equal(words_status_show(0, text, sizeof(text)), "NO_ERROR");
	assert_string_equal(words_status_show(4711, text, sizeof(text)), "status 4711");
}

static void parsing_survives_every_failure(void **state)
{
	(void)state;
	for (unsigned n = 1;; n++) {
		struct script *script;
		struct err err = ERR_INIT;

		fault_arm(n, false);
		const int rc = script_parse(
			&script, "s", "buffer a 1\nioctl 1 in 0011\ncheck a 0 00\n", &err);
		const char *fired = fault_fired();

		fault_arm(0, false);
		script_free(script);
		if (!fired) {
			assert_int_equal(rc, 0);
			assert_true(n > 4);
			return;
		}
		assert_int_equal(rc, -12);
		assert_int_equal(err.kind, ERR_MISSING);
		assert_null(script);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_step_is_understood),
		cmocka_unit_test(the_built_in_script_is_one),
		cmocka_unit_test(what_is_wrong_is_named_with_its_line),
		cmocka_unit_test(limits_are_kept),
		cmocka_unit_test(files_are_read),
		cmocka_unit_test(names_and_numbers_belong_together),
		cmocka_unit_test(parsing_survives_every_failure),
	};

	return cmocka_run_group_tests_name("scripts", tests, NULL, NULL);
}
