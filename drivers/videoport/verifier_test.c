// SPDX-License-Identifier: BSD-2-Clause
/* verifier_test.c: the table of rules as the host sees it, and how the place where an object was made is told. */
#include "drivers/videoport/testing.h"

#include <gnu/libc-version.h>
#include <stdio.h>
#include <sys/auxv.h>

static void rules_are_listed_in_order_with_all_their_words(void **state)
{
	unsigned count = 0, last = 0;

	(void)state;
	for (const struct videoport_rule *rule; (rule = videoport_rule_at(count)); count++) {
		assert_true(rule->number > last);
		last = rule->number;
		assert_true(rule->severity <= VIDEOPORT_ERROR);
		assert_true(*rule->name && *rule->sentence && *rule->analogue && *rule->remedy);
	}
	assert_int_equal(count, VERIFIER_RULE_COUNT);
	assert_true(count >= 60);
	assert_null(videoport_rule_at(count + 1));
}

static void a_rule_that_does_not_exist_was_never_broken(void **state)
{
	struct test_port port = test_port_open();

	(void)state;
	rule_broken(port.vp, RULE_OBSOLETE, 0, "for the count");
	assert_int_equal(videoport_rule_count(port.vp, RULE_OBSOLETE), 1);
	assert_int_equal(videoport_rule_count(port.vp, 0), 0);
	assert_int_equal(videoport_rule_count(port.vp, RULE_OBSOLETE + 1000), 0);
	test_port_close(&port);
}

static void nobody_to_tell_is_no_harm(void **state)
{
	struct origin origin = {.caller = &origin, .serial = 1};

	(void)state;
	rule_broken(NULL, RULE_OBSOLETE, 0, "nobody");
	rule_broken_at(NULL, RULE_OBSOLETE, 0, &origin, "nobody");
}

/* ---- places --------------------------------------------------------------------------------------- */

static void place_of(struct videoport *vp, const void *caller, char text[128])
{
	struct origin origin = {.caller = caller, .serial = 7};

	origin_print(vp, &origin, text, 128);
}

static void a_place_is_told_as_well_as_it_is_known(void **state)
{
	struct test_port port = test_port_open();
	struct origin none = {.caller = &none};
	char text[128] = "before";
	int local;

	(void)state;
	origin_print(port.vp, NULL, text, sizeof(text));
	assert_string_equal(text, "");
	origin_print(port.vp, &none, text, sizeof(text)); /* never made */
	assert_string_equal(text, "");

	/* An exported function of a library; not one that the sanitizers replace. */
	place_of(port.vp, (const char *)(uintptr_t)&gnu_get_libc_version + 1, text);
	assert_non_null(strstr(text, "object 7, made at gnu_get_libc_version+0x1 in "));

	/* Code of an object whose name has no folder: the page the kernel maps. */
	place_of(port.vp, (const char *)getauxval(AT_SYSINFO_EHDR) + 1, text);
	assert_non_null(strstr(text, "object 7, made at "));

	/* No code of any object. */
	place_of(port.vp, &local, text);
	assert_non_null(strstr(text, "object 7, made at 0x"));
	test_port_close(&port);
}

static bool describe(void *arg, const void *address, char *text, size_t room)
{
	if (address != arg)
		return false;
	snprintf(text, room, "line 12 of somebody.c");
	return true;
}

static void who_watches_knows_the_driver_s_places(void **state)
{
	struct test_port port = {.frames = test_frames()};
	struct videoport_config config = test_config(port.frames);
	static const char known, unknown;
	struct videoport_watch watch = {.arg = (void *)(uintptr_t)&known, .describe = describe};
	char text[128];

	(void)state;
	config.watch = &watch;
	assert_int_equal(videoport_open(&port.vp, &config, NULL), 0);
	place_of(port.vp, &known, text);
	assert_string_equal(text, "object 7, made at line 12 of somebody.c");
	place_of(port.vp, &unknown, text);
	assert_non_null(strstr(text, "verifier_test"));
	videoport_close(port.vp, NULL);

	watch.describe = NULL;
	assert_int_equal(videoport_open(&port.vp, &config, NULL), 0);
	place_of(port.vp, &known, text);
	assert_non_null(strstr(text, "verifier_test"));
	test_port_close(&port);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_case(rules_are_listed_in_order_with_all_their_words),
		test_case(a_rule_that_does_not_exist_was_never_broken),
		test_case(nobody_to_tell_is_no_harm),
		test_case(a_place_is_told_as_well_as_it_is_known),
		test_case(who_watches_knows_the_driver_s_places),
	};

	return cmocka_run_group_tests_name("verifier", tests, NULL, NULL);
}
