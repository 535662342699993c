// SPDX-License-Identifier: BSD-2-Clause
/*
 * driver_test.c: `dmabench driver` from argv to exit code: sample miniports of three styles live without a finding,
 * those that crash or hang are told with the place, scripts and expectations do what they say.
 */
#include "bench/tests/driver_testing.h"

#include "drivers/support/fault.h"

static void assert_clean(const char *module, const char *script)
{
	struct said said = script ? SAY("driver", module, "--strict", "--script", script)
	                          : SAY("driver", module, "--strict");

	assert_code(said, 0);
	assert_string_equal(said.err, "");
	assert_says(said.out, "no rule was broken");
	assert_says(said.out, "HwVidFindAdapter");
	assert_says(said.out, "HwVidSetPowerState(VideoPowerShutdown)");
	assert_says(
		said.out, ", strict: 0 errors, 0 warnings, 0 notes, 0 expected; 0 steps failed\n");
	said_free(&said);
}

static void samples_of_either_compiler_live_without_a_finding(void **state)
{
	(void)state;
	static const char *const samples[] = {"transfer", "framebuffer", "events", "commands"};

	for (size_t i = 0; i < COUNT_OF(samples); i++) {
		char module[64], script[64];

		snprintf(script, sizeof(script), "drivers/miniport/samples/%s.script", samples[i]);
		snprintf(module, sizeof(module), "build/modules/gcc/%s.so", samples[i]);
		assert_clean(at_top(module), NULL);
		assert_clean(at_top(module), access(at_top(script), R_OK) ? NULL : at_top(script));
		snprintf(module, sizeof(module), "build/modules/clang/%s.so", samples[i]);
		assert_clean(at_top(module), access(at_top(script), R_OK) ? NULL : at_top(script));
	}
}

static void the_identity_asked_for_is_what_is_found(void **state)
{
	(void)state;
	struct said said = SAY("driver", MODULE("framebuffer"), "--pci", "10de:0110");

	assert_code(said, 0);
	assert_says(said.out, "children                                      1: monitor 0x1\n");
	said_free(&said);
	static const char *const wrong[] = {
		"10de", "10de:", "10de:0110x", "0:1", "ffff:0110", "x:y"};

	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		struct said refused = SAY("driver", MODULE("framebuffer"), "--pci", wrong[i]);

		assert_code(refused, 2);
		assert_says(refused.err, "VENDOR:DEVICE expected");
		said_free(&refused);
	}
}

static void the_built_in_script_moves_data(void **state)
{
	(void)state;
	struct said said = SAY("driver", MODULE("transfer"), "--set", "device.map_registers=8",
		"--set", "frames.fragmentation=100", "--set", "device.address_bits=32", "--set",
		"frames.high=50");

	assert_code(said, 0);
	assert_says(said.out, "IOCTL_VIDEO_QUERY_AVAIL_MODES out 65536");
	assert_says(said.out, "ERROR_INVALID_FUNCTION (not offered)");
	assert_says(said.out, "300000 bytes arrived");
	assert_says(said.out, "  adapter 0       one element, most 262144 bytes");
	assert_says(said.out, "made at HwFindAdapter+0x");
	said_free(&said);
}

/* The gauges of @adapter's account in JSON: "map_registers" ... */
static json_int_t gauge_of(const json_t *root, const char *gauge, const char *value)
{
	const json_t *adapter = json_array_get(json_object_get(root, "adapters"), 0);
	const json_t *gauges = json_object_get(adapter, "gauges");
	const json_t *number = json_object_get(json_object_get(gauges, gauge), value);

	assert_true(json_is_number(number));
	return json_integer_value(number);
}

/* What an adapter held over the life: all comes back but its common buffers, which live until unload. */
static void the_account_of_the_adapter_ends_the_audit(void **state)
{
	(void)state;
	struct said said = SAY("driver", MODULE("transfer"), "--set", "device.map_registers=8",
		"--set", "frames.high=100", "--set", "device.address_bits=32", "--json", "a.json");

	assert_code(said, 0);
	assert_says(said.out, "now      at most         mean        taken   given back");
	for (const char *const *name =
			(const char *const[]){"common buffers ", "common buffer bytes ", "lists ",
				"list bytes ", "map registers ", "bounce bytes held ", NULL};
		*name; name++)
		assert_says(strstr(said.out, "  adapter 0 "), *name);
	char *text = text_of("a.json");
	json_t *root = json_of(text);
	const json_int_t registers = gauge_of(root, "map_registers", "allocated");

	assert_int_equal(gauge_of(root, "map_registers", "peak"), 8);
	assert_int_equal(gauge_of(root, "map_registers", "now"), 0);
	assert_int_equal(gauge_of(root, "map_registers", "freed"), registers);
	assert_true(registers > 8);
	assert_int_equal(gauge_of(root, "bounce_held_bytes", "peak"), 8 * 4096);
	assert_int_equal(gauge_of(root, "bounce_held_bytes", "now"), 0);
	assert_true(gauge_of(root, "lists", "allocated") > 1);
	assert_int_equal(gauge_of(root, "lists", "now"), 0);
	assert_true(gauge_of(root, "common_buffers", "now") > 0);
	assert_int_equal(gauge_of(root, "common_buffers", "freed"), 0);
	json_decref(root);
	free(text);
	said_free(&said);
}

/* A driver lives once here: a sweep is refused, and the message tells where one is measured. */
static void several_values_of_a_key_are_refused(void **state)
{
	static const char *const wrong[] = {
		"device.map_registers=2,4", "frames.high=0..100+50", "device.fault=none,flip"};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		struct said said = SAY("driver", MODULE("transfer"), "--set", wrong[i]);

		assert_code(said, 2);
		assert_says(said.err, "dmabench run --driver");
		said_free(&said);
	}
}

static void a_device_that_lies_is_seen(void **state)
{
	(void)state;
	struct said said = SAY("driver", MODULE("transfer"), "--set", "device.fault=flip", "--set",
		"device.fault_rate=1");

	assert_code(said, 1);
	assert_says(said.out, "FAILED: byte ");
	assert_says(said.out, "4 steps failed");
	said_free(&said);
}

static void a_step_that_comes_out_otherwise_fails(void **state)
{
	(void)state;
	file_write("s", "ioctl 0x232004 out 16 expect ERROR_BUSY\n"
			"memory write 0 01020304\n"
			"memory read 0 4 expect 01020305\n"
			"memory write 0xffffffffffff 00\n"
			"ioctl 0x232004 out 16 expect-out 01\n"
			"ioctl 0x232008 in32 0 out 16 expect-out 00\n"
			"buffer b 16\n"
			"fill b 0102\n"
			"check b 0 01020102\n"
			"check b 0 0103\n"
			"check b 16 00\n"
			"map\n");
	struct said said = SAY("driver", MODULE("events"), "--script", "s");

	assert_code(said, 1);
	assert_says(said.out, "expected ERROR_BUSY");
	assert_says(said.out, "device memory: byte 3 is 0x04, expected 0x05");
	assert_says(said.out, "outside device memory");
	assert_says(said.out, "output: byte 0 is 0x00, expected 0x01");
	assert_says(said.out, "output: 0 bytes, expected 1");
	assert_says(said.out, "as expected");
	assert_says(said.out, "buffer: byte 1 is 0x02, expected 0x03");
	assert_says(said.out, "outside the buffer of 16 bytes");
	assert_says(said.out, "FAILED: ERROR_INVALID_FUNCTION");
	assert_says(said.out, "8 steps failed");
	said_free(&said);
}

/* ---- crash and hang ------------------------------------------------------------------------------------------ */

static void a_crash_is_told_with_step_and_function(void **state)
{
	(void)state;
	struct said null = SAY("driver", BROKEN, "--set", "Break=1", "--script", BREAK_SCRIPT);
	struct said trap = SAY("driver", BROKEN, "--set", "Break=2", "--script", BREAK_SCRIPT);
	struct said find = SAY("driver", BROKEN, "--set", "Break=4", "--json", "crash.json");

	assert_code(null, 1);
	assert_says(
		null.out, "CRASHED at ioctl 0x232080 in64 &data in32 8192 0: Segmentation fault");
	assert_says(null.out, "address   0x10");
	assert_says(null.out, "in        ReadNull+0x");
	assert_says(null.out, "from      HwStartIO+0x");
	assert_says(null.out, "broken.so");
	assert_says(null.out, "; crashed\n");
	assert_code(trap, 1);
	assert_says(trap.out, "in broken.so");
	assert_code(find, 1);
	assert_says(find.out, "CRASHED at HwVidFindAdapter");

	char *text = text_of("crash.json");
	json_t *root = json_of(text);
	const json_t *crash = json_object_get(root, "crash");

	assert_string_equal(json_string_value(json_object_get(root, "end")), "crashed");
	assert_int_equal(json_integer_value(json_object_get(root, "exit_code")), 1);
	assert_int_equal(json_integer_value(json_object_get(crash, "signal")), 11);
	assert_true(json_array_size(json_object_get(crash, "frames")) > 0);
	json_decref(root);
	free(text);
	said_free(&null);
	said_free(&trap);
	said_free(&find);
}

static void a_hang_is_told_with_step_and_function(void **state)
{
	(void)state;
	struct said said = SAY("driver", BROKEN, "--set", "Break=3", "--script", BREAK_SCRIPT,
		"--timeout", "300ms");

	assert_code(said, 1);
	assert_says(said.out, "HUNG at ioctl 0x232080");
	assert_says(said.out, "Spin+0x");
	assert_says(said.out, "; hung\n");
	said_free(&said);
}

static void a_requests_own_buffer_may_be_locked(void **state)
{
	(void)state;
	file_write("input", "buffer data 64\n"
			    "ioctl 0x232080 in64 &data in32 64 0 expect NO_ERROR\n");
	struct said said = SAY(
		"driver", BROKEN, "--set", "Break=6", "--script", "input", "--debug", "0");

	assert_code(said, 0);
	assert_says(said.out, "no rule was broken");
	assert_says(said.err, "driver says (0): locked: 1\n"); /* its own end of line is dropped */
	said_free(&said);
}

/* Buffers made one after another, which the system would put side by side. Break 312 locks and does not unlock. */
static void a_lock_beyond_a_buffer_is_told_whatever_lies_behind(void **state)
{
	(void)state;
	file_write("input", "buffer above 4096\nbuffer data 4096\nbuffer below 4096\n"
			    "ioctl 0x232080 in64 &data in32 8192 0\n");
	struct said said = SAY("driver", BROKEN, "--set", "Break=312", "--script", "input");

	assert_code(said, 1);
	assert_says(said.out, "V-303 error");
	assert_says(said.out, ": 1 errors, 0 warnings");
	said_free(&said);
}

/* ---- findings ------------------------------------------------------------------------------------------------ */

static void a_finding_says_all_there_is_to_say(void **state)
{
	(void)state;
	struct said said = SAY("driver", BROKEN, "--set", "Break=405", "--script", BREAK_SCRIPT);
	static const char *const parts[] = {"! V-405 error", "V-405 error: ", "    did       ",
		"    do        ", "    like      ", "    seen      1 time, at \"ioctl 0x232080",
		"(line 3)", ": 1 errors, 0 warnings"};

	assert_code(said, 1);
	for (size_t i = 0; i < COUNT_OF(parts); i++)
		assert_says(said.out, parts[i]);
	said_free(&said);
}

static void expected_findings_are_told_apart_and_stale_ones_named(void **state)
{
	(void)state;
	file_write("known",
		"# of this driver\nV-405 the display driver sends them\nV-310 long fixed\n");
	file_write("few", "V-405 x1 only one\n");
	file_write("twice", "buffer data 8192\nrepeat 2 ioctl 0x232080 in64 &data in32 8192 0\n");
	struct said said = SAY("driver", BROKEN, "--set", "Break=405", "--script", BREAK_SCRIPT,
		"--expect", "known", "--strict");
	struct said many = SAY(
		"driver", BROKEN, "--set", "Break=405", "--script", "twice", "--expect", "few");

	assert_code(said, 0);
	assert_says(said.out, "! V-405 error, expected");
	assert_says(said.out, "expected  the display driver sends them (known:2)");
	assert_says(said.out, "stale: known:3 expects V-310, which was not seen");
	assert_says(said.out, "0 errors, 0 warnings, 0 notes, 1 expected");
	assert_code(many, 1);
	assert_says(many.out, "1 errors, 0 warnings, 0 notes, 1 expected");
	said_free(&said);
	said_free(&many);
}

static void json_holds_what_the_text_says(void **state)
{
	(void)state;
	struct said said = SAY(
		"driver", BROKEN, "--set", "Break=405", "--script", BREAK_SCRIPT, "--json", "-");

	assert_code(said, 1);
	json_t *root = json_of(said.out);
	const json_t *finding = json_array_get(json_object_get(root, "findings"), 0);

	assert_string_equal(json_string_value(json_object_get(finding, "rule")), "V-405");
	assert_string_equal(json_string_value(json_object_get(finding, "severity")), "error");
	assert_non_null(json_string_value(json_object_get(finding, "sentence")));
	assert_int_equal(json_integer_value(json_object_get(finding, "line")), 3);
	assert_int_equal(json_integer_value(json_object_get(root, "errors")), 1);
	assert_int_equal(json_array_size(json_object_get(root, "findings")), 1);
	assert_true(json_array_size(json_object_get(root, "steps")) > 8);
	assert_non_null(json_object_get(root, "usage"));
	assert_int_equal(json_array_size(json_object_get(root, "adapters")), 1);
	json_decref(root);
	said_free(&said);
}

/* ---- what is refused ------------------------------------------------------------------------------------------ */

/* JSON is UTF-8; the name of a file need not be. */
static void json_takes_any_name(void **state)
{
	(void)state;
	assert_int_equal(symlink(BROKEN, "caf\xe9.so"), 0);

	struct said said = SAY("driver", "caf\xe9.so", "--set", "Break=405", "--script",
		BREAK_SCRIPT, "--json", "-");

	assert_code(said, 1);
	json_t *root = json_of(said.out);

	assert_string_equal(json_string_value(json_object_get(root, "driver")), "caf?.so");
	assert_int_equal(json_array_size(json_object_get(root, "findings")), 1);
	json_decref(root);
	said_free(&said);
}

static void what_cannot_be_is_refused_with_exit_2(void **state)
{
	(void)state;
	file_write("bad", "wait 1\nnap 1\n");
	file_write("text.so", "no module\n");
	const char *module = MODULE("transfer");
	const struct {
		const char *args[8], *says;
	} refusals[] = {
		{{"driver"}, "scripts/miniport-build"},
		{{"driver", "absent.so"}, "absent.so: cannot be read"},
		{{"driver", "text.so"}, "not a shared object"},
		{{"driver", module, "--script", "absent"}, "absent: cannot be read"},
		{{"driver", module, "--script", "bad"}, "bad:2: unknown word 'nap'"},
		{{"driver", module, "--expect", "bad"}, "bad:1: a rule as V-NUMBER expected"},
		{{"driver", module, "--device", "harf"}, "--device harf"},
		{{"driver", module, "--set", "device.fualt=flip"}, "device.fault"},
		{{"driver", module, "--set", "RingEntries=many"}, "a number of 32 bits"},
		{{"driver", module, "--timeout", "soon"}, "--timeout soon"},
		{{"driver", module, "--debug", "9"}, "--debug 9"},
		{{"driver", module, "--json", "no/such/folder.json"}, "--json"},
	};

	for (size_t i = 0; i < COUNT_OF(refusals); i++) {
		struct said said = say(refusals[i].args);

		assert_code(said, 2);
		assert_int_equal(strncmp(said.err, "dmabench: driver: ", 18), 0);
		assert_says(said.err, refusals[i].says);
		said_free(&said);
	}
}

static void an_adapter_that_is_not_found_is_exit_3(void **state)
{
	(void)state;
	struct said said = SAY("driver", MODULE("transfer"), "--set", "pool.limit=1");

	assert_code(said, 3);
	assert_says(said.out, "HwVidFindAdapter");
	assert_says(said.out, "ERROR_NOT_ENOUGH_MEMORY");
	assert_says(said.out, "did not start");
	assert_says(said.err, "HwVidFindAdapter found too little memory");
	said_free(&said);
}

static void debug_prints_and_registry_reach_their_ends(void **state)
{
	(void)state;
	struct said said = SAY("driver", MODULE("events"), "--debug", "3", "--set", "Colour=0x10");

	assert_code(said, 0);
	assert_says(said.err, "driver says (2): events: registers at ");
	said_free(&said);
}

/* ---- the author's page --------------------------------------------------------------------------------------- */

/* The block of indented lines with @word in it, without its indentation, as a file. */
static void block_write(const char *page, const char *word, const char *path)
{
	FILE *file = fopen(path, "w");
	const char *found = strstr(page, word);

	assert_true(file && found);
	size_t at = (size_t)(found - page);

	while (at > 1 && !(page[at - 1] == '\n' && page[at - 2] == '\n'))
		at--;
	while (strncmp(page + at, "    ", 4) == 0) {
		const size_t len = strcspn(page + at, "\n") + 1;

		fwrite(page + at + 4, 1, len - 4, file);
		at += len;
	}
	assert_int_equal(fclose(file), 0);
}

static void the_page_of_own_drivers_says_what_is_so(void **state)
{
	(void)state;
	static const char *const names[] = {"--script", "--expect", "--strict", "--json", "--pci",
		"--device", "--set", "--timeout", "--debug"};
	static char page[65536];
	FILE *file = fopen(at_top("drivers/docs/own_driver.md"), "r");
	struct said help = SAY("driver", "--help"), run_help = SAY("run", "--help");

	assert_non_null(file);
	page[fread(page, 1, sizeof(page) - 1, file)] = '\0';
	fclose(file);
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		assert_says(page, names[i]);
		assert_says(help.out, names[i]);
	}
	assert_says(page, "run --driver mine.so");
	assert_says(run_help.out, "--driver OUT.so");
	assert_says(page, "--verify-driver");
	assert_says(run_help.out, "--verify-driver");
	/* Its example of a script is one, and the example driver lives through it. */
	block_write(page, "fill data 00ff", "s");
	struct said said = SAY("driver", MODULE("transfer"), "--script", "s");

	assert_code(said, 1); /* 0x232c00 is nobody's request */
	assert_says(said.out, "FAILED: ERROR_INVALID_FUNCTION; expected NO_ERROR");
	assert_says(said.out, "8388608 bytes arrived");
	assert_says(said.out, "1 steps failed");
	said_free(&help);
	said_free(&run_help);
	said_free(&said);
}

/* Whatever allocation fails, here or in the driver's process: it is told, and nothing crashes. */
static void a_life_survives_every_failure(void **state)
{
	(void)state;
	file_write("s", "buffer b 4096\nfill b 00\ntransfer to 4096\n");
	file_write("e", "V-201 never\n");
	for (unsigned n = 1, clean = 0; clean < 3; n++) {
		fault_arm(n, false);
		struct said said = SAY(
			"driver", MODULE("transfer"), "--script", "s", "--expect", "e");
		const bool here = fault_fired() != NULL;

		fault_arm(0, false);
		if (said.code == 4 || strstr(said.out, "CRASHED") || strstr(said.out, "HUNG"))
			fail_msg("failure %u: exit %d\n%s\n%s", n, said.code, said.out, said.err);
		assert_true(n < 500);
		/* Some failures are got over; the last ones lie behind the end. */
		clean = said.code == 0 && !here ? clean + 1 : 0;
		said_free(&said);
	}
}

/* ---- rules --------------------------------------------------------------------------------------------------- */

static void rules_are_listed_and_found(void **state)
{
	(void)state;
	struct said all = SAY("rules"), one = SAY("rules", "V-213"), number = SAY("rules", "213");
	struct said word = SAY("rules", "pool"), none = SAY("rules", "teapot");
	struct said json = SAY("rules", "--json", "-");

	assert_code(all, 0);
	assert_says(all.out, "V-101  error    ADAPTER_NULL\n");
	assert_says(all.out, "    do:   ");
	assert_code(one, 0);
	assert_int_equal(lines_of(one.out), 4);
	assert_string_equal(one.out, number.out);
	assert_code(word, 0);
	assert_says(word.out, "POOL_FREE_TWICE");
	assert_true(lines_of(word.out) < lines_of(all.out));
	assert_code(none, 2);
	assert_says(none.err, "no rule matches 'teapot'");

	json_t *root = json_of(json.out);

	assert_int_equal(json_array_size(root), lines_of(all.out) / 4);
	assert_true(json_array_size(root) >= 60);
	assert_int_equal(
		json_integer_value(json_object_get(json_array_get(root, 0), "number")), 101);
	json_decref(root);
	said_free(&all);
	said_free(&one);
	said_free(&number);
	said_free(&word);
	said_free(&none);
	said_free(&json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(samples_of_either_compiler_live_without_a_finding),
		TEST(the_identity_asked_for_is_what_is_found),
		TEST(the_built_in_script_moves_data),
		TEST(a_device_that_lies_is_seen),
		TEST(a_step_that_comes_out_otherwise_fails),
		TEST(a_crash_is_told_with_step_and_function),
		TEST(a_hang_is_told_with_step_and_function),
		TEST(a_requests_own_buffer_may_be_locked),
		TEST(a_lock_beyond_a_buffer_is_told_whatever_lies_behind),
		TEST(a_finding_says_all_there_is_to_say),
		TEST(expected_findings_are_told_apart_and_stale_ones_named),
		TEST(json_holds_what_the_text_says),
		TEST(json_takes_any_name),
		TEST(what_cannot_be_is_refused_with_exit_2),
		TEST(the_account_of_the_adapter_ends_the_audit),
		TEST(several_values_of_a_key_are_refused),
		TEST(an_adapter_that_is_not_found_is_exit_3),
		TEST(debug_prints_and_registry_reach_their_ends),
		TEST(the_page_of_own_drivers_says_what_is_so),
		TEST(a_life_survives_every_failure),
		TEST(rules_are_listed_and_found),
	};

	return cmocka_run_group_tests_name("driver", tests, top_note, NULL);
}
