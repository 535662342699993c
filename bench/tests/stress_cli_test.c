// SPDX-License-Identifier: BSD-2-Clause
/* stress_cli_test.c: `dmabench stress` as its user meets it: table, JSON, replay, what it refuses. */
#include "bench/tests/testing.h"

static void seeds_end_in_a_table(void **state)
{
	struct said said = SAY("stress", "--seeds", "1..4", "--operations", "20");

	(void)state;
	assert_code(said, 0);
	assert_says(said.out, "seeds                 4");
	assert_says(said.out, "1 run twice");
	assert_says(said.out, "no finding");
	said_free(&said);
	said = SAY("stress", "--seeds", "7", "--operations", "20", "--faults", "flip,late",
		"--strategy", "packet,common", "--jobs", "2");
	assert_code(said, 0);
	assert_says(said.out, "flip");
	assert_says(said.out, "survived");
	said_free(&said);
	said = SAY("stress", "--mode", "live", "--seeds", "1..2", "--operations", "20", "--faults",
		"all");
	assert_code(said, 0);
	assert_says(said.out, "seeds                 2");
	said_free(&said);
	said = SAY("stress", "--duration", "100ms", "--operations", "5");
	assert_code(said, 0);
	said_free(&said);
}

static void what_is_left_out_never_happens(void **state)
{
	static const char *const without[] = {"none", "all,-power,-reload"};
	struct said said = SAY("stress", "--seeds", "1..4");

	(void)state;
	assert_null(strstr(said.out, "\npower                 0   times"));
	assert_null(strstr(said.out, " 0 reloads"));
	said_free(&said);
	for (size_t i = 0; i < sizeof(without) / sizeof(without[0]); i++) {
		said = SAY("stress", "--seeds", "1..4", "--features", without[i]);
		assert_code(said, 0);
		assert_says(said.out, "\npower                 0   times down and up; 0 reloads");
		said_free(&said);
	}
}

/* The same seeds, whatever the number of processes, in the order of their numbers. */
static void json_holds_every_seed(void **state)
{
	struct said one = SAY("stress", "--seeds", "3..9", "--operations", "20", "--json", "-");
	struct said two = SAY(
		"stress", "--seeds", "3..9", "--operations", "20", "--jobs", "3", "--json", "-");
	json_t *a = json_loads(one.out, 0, NULL), *b = json_loads(two.out, 0, NULL), *seed;
	size_t i;

	(void)state;
	assert_code(one, 0);
	assert_non_null(a);
	assert_non_null(b);
	assert_int_equal(json_array_size(json_object_get(a, "seeds")), 7);
	json_array_foreach(json_object_get(a, "seeds"), i, seed)
	{
		assert_int_equal(json_integer_value(json_object_get(seed, "seed")), 3 + i);
		assert_int_equal(strlen(json_string_value(json_object_get(seed, "hash"))), 16);
		assert_true(json_integer_value(json_object_get(seed, "operations")) > 0);
		assert_int_equal(json_array_size(json_object_get(seed, "findings")), 0);
	}
	assert_true(json_equal(json_object_get(a, "seeds"), json_object_get(b, "seeds")));
	assert_true(json_is_true(json_object_get(json_object_get(a, "context"), "simulated_time")));
	json_decref(a);
	json_decref(b);
	said_free(&one);
	said_free(&two);
}

static void a_line_is_replayed_to_its_event(void **state)
{
	struct said said = SAY("stress", "--replay",
		"seed=5 commit=none config=deterministic,20,3fffff,f,none event=500", "--trace");

	(void)state;
	assert_code(said, 0);
	assert_says(said.err, "the line is of commit none");
	assert_says(said.err, "     500 ");
	assert_null(strstr(said.err, "     510 "));
	said_free(&said);
	said = SAY(
		"stress", "--replay", "seed=5 config=deterministic,20,3fffff,f,none", "--shrink");
	assert_code(said, 2);
	assert_says(said.err, "seed 5 does not fail");
	said_free(&said);
}

struct refusal {
	const char *option, *value, *says;
};

static void what_it_cannot_do_is_refused_with_the_reason(void **state)
{
	static const struct refusal refusals[] = {
		{"--seeds", "9..3", "--seeds 9..3"},
		{"--seeds", "x", "--seeds x"},
		{"--seeds", "1..", "--seeds 1.."},
		{"--operations", "0", "--operations 0"},
		{"--episodes", "0", "--episodes 0"},
		{"--jobs", "65", "--jobs 65"},
		{"--duration", "0s", "--duration 0s"},
		{"--mode", "dead", "expected deterministic or live"},
		{"--faults", "flop", "did you mean"},
		{"--faults", "flip,all", "unknown word 'all'"},
		{"--features", "all,-lung", "did you mean long"},
		{"--strategy", "none", "at least one"},
		{"--strategy", "pocket", "did you mean packet"},
		{"--replay", "seed", "not part of a line"},
		{"--json", "/nowhere/at/all", "--json"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		struct said said = SAY("stress", refusals[i].option, refusals[i].value);

		assert_code(said, 2);
		assert_says(said.err, refusals[i].says);
		said_free(&said);
	}
	struct said said = SAY("stress", "--shrink");

	assert_code(said, 2);
	assert_says(said.err, "needs --replay");
	said_free(&said);
}

static void what_was_lost_and_found_is_counted(void **state)
{
	struct said said = SAY("stress", "--seeds", "1..4", "--faults", "lost,twice");

	(void)state;
	assert_code(said, 0);
	assert_says(said.out, "recoveries");
	assert_says(said.out, "no finding");
	said_free(&said);
	said = SAY("stress", "--seeds", "1..4", "--faults", "lost", "--json", "-");
	assert_code(said, 0);
	assert_says(said.out, "\"recoveries\"");
	said_free(&said);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(seeds_end_in_a_table),
		cmocka_unit_test(what_is_left_out_never_happens),
		cmocka_unit_test(json_holds_every_seed),
		cmocka_unit_test(a_line_is_replayed_to_its_event),
		cmocka_unit_test(what_was_lost_and_found_is_counted),
		cmocka_unit_test(what_it_cannot_do_is_refused_with_the_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
