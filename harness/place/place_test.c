// SPDX-License-Identifier: BSD-2-Clause
/* place_test.c: every word there and back, every wrong one, and what makes two placements unlike. */
#include "harness/place/place.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static void words_go_there_and_back(void **state)
{
	static const struct {
		const char *text;
		struct place_spot spot;
	} words[] = {{"auto", {PLACE_AUTO, 0}}, {"near", {PLACE_NEAR, 0}}, {"far", {PLACE_FAR, 0}},
		{"cpu:0", {PLACE_CPU, 0}}, {"cpu:511", {PLACE_CPU, 511}},
		{"node:3", {PLACE_NODE, 3}}};

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct place_spot spot = {PLACE_NODE, 99};
		char text[24];

		assert_int_equal(place_parse("place.device", words[i].text, &spot, NULL), 0);
		assert_int_equal(spot.word, words[i].spot.word);
		assert_int_equal(spot.number, words[i].spot.number);
		assert_string_equal(place_show(&spot, text, sizeof(text)), words[i].text);
	}
}

static void wrong_words_are_named(void **state)
{
	static const char *const wrong[] = {"", "nearby", "fa", "cpu", "cpu:", "cpu:-1", "cpu:1x",
		"cpu: 1", "node:99999999999", "CPU:1", "1"};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct place_spot spot;
		struct err err = ERR_INIT;

		assert_int_equal(place_parse("place.memory", wrong[i], &spot, &err), -EINVAL);
		assert_int_equal(err.kind, ERR_USAGE);
		assert_non_null(strstr(err.message, "place.memory="));
		assert_non_null(strstr(err.message, "node:N"));
	}
}

static void contradictions_are_refused(void **state)
{
	struct place_wish wish;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(place_wish_parse("near", "far", "auto", &wish, &err), -EINVAL);
	assert_non_null(strstr(err.message, "contradicts"));
	assert_int_equal(place_wish_parse("far", "near", "auto", &wish, NULL), -EINVAL);
	assert_int_equal(place_wish_parse("far", "far", "near", &wish, NULL), 0);
	assert_int_equal(place_wish_parse("cpu:1", "far", "node:2", &wish, NULL), 0);
	assert_int_equal(wish.driver.number, 1);
	assert_int_equal(wish.device.word, PLACE_FAR);
	assert_int_equal(wish.memory.number, 2);
	assert_int_equal(place_wish_parse("here", "auto", "auto", &wish, NULL), -EINVAL);
	assert_int_equal(place_wish_parse("auto", "here", "auto", &wish, NULL), -EINVAL);
	assert_int_equal(place_wish_parse("auto", "auto", "here", &wish, NULL), -EINVAL);
}

/* A record: value by enum place_distance, NULL: not recorded. */
static const char *recorded(const void *record, const char *key)
{
	const char *const *value = record;

	for (enum place_distance i = 0; i < PLACE_DISTANCE_COUNT; i++)
		if (strcmp(place_distance_key(i), key) == 0)
			return value[i];
	fail_msg("unknown key %s", key);
	return NULL;
}

static void every_distance_counts(void **state)
{
	char why[400];

	(void)state;
	for (enum place_distance i = 0; i < PLACE_DISTANCE_COUNT; i++) {
		const char *a[PLACE_DISTANCE_COUNT], *b[PLACE_DISTANCE_COUNT];
		char equal[] = "10"; /* another address than the literal */

		for (enum place_distance k = 0; k < PLACE_DISTANCE_COUNT; k++) {
			a[k] = "10";
			b[k] = equal;
		}
		assert_true(place_alike(a, b, recorded, why, sizeof(why)));
		assert_string_equal(why, "");
		b[i] = "21";
		assert_false(place_alike(a, b, recorded, why, sizeof(why)));
		assert_non_null(strstr(why, " 10 and 21"));
		assert_null(strstr(why, ";"));
		assert_false(place_alike(b, a, recorded, why, sizeof(why)));
		assert_non_null(strstr(why, " 21 and 10"));
		b[i] = NULL;
		assert_false(place_alike(a, b, recorded, why, sizeof(why)));
		assert_non_null(strstr(why, "not recorded"));
		a[i] = NULL;
		assert_true(place_alike(a, b, recorded, why, sizeof(why)));
	}
}

static void differences_are_listed_within_the_room(void **state)
{
	static const char *const near[] = {"two cores", "L3", "same", "10", "10", "10", "one kind"};
	static const char *const far[] = {
		"two cores", "none", "other", "21", "10", "21", "one kind"};
	char why[400], little[12];

	(void)state;
	assert_false(place_alike(near, far, recorded, why, sizeof(why)));
	assert_string_equal(why, "the cache that driver and device share is L3 and none; the "
				 "package of driver and device is same and other; the NUMA "
				 "distance of driver and device is 10 and 21; the NUMA distance of "
				 "device and memory is 10 and 21");
	assert_false(place_alike(near, far, recorded, little, sizeof(little)));
	assert_string_equal(little, "the cache t");
	assert_false(place_alike(near, far, recorded, NULL, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_go_there_and_back),
		cmocka_unit_test(wrong_words_are_named),
		cmocka_unit_test(contradictions_are_refused),
		cmocka_unit_test(every_distance_counts),
		cmocka_unit_test(differences_are_listed_within_the_room),
	};

	return cmocka_run_group_tests_name("place", tests, NULL, NULL);
}
