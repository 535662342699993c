// SPDX-License-Identifier: BSD-2-Clause
/* line_test.c: the line of a failure, both ways, and what --shrink makes of it. */
#include "harness/stress/testing.h"

#include <errno.h>

static void a_line_reproduces_the_failure(void **state)
{
	struct stress_config config = small(40), parsed;
	struct stress_result result, again;
	struct kept kept;
	struct err err = ERR_INIT;
	char line[256], commit[64];
	uint64_t seed = 0;

	(void)state;
	config.faults = 1u << STRESS_FAULT_flip;
	config.operations = 200;
	config.episodes = 2;
	config.deaf = true;
	result = planted(&config, STRESS_DATA);
	stress_line(&config, &result, &result.finding[0], line, sizeof(line));
	assert_int_equal(stress_line_parse(line, &parsed, &seed, commit, sizeof(commit), &err), 0);
	assert_int_equal(seed, result.seed);
	assert_true(commit[0] != '\0');
	assert_int_equal(parsed.features, config.features);
	assert_int_equal(parsed.operations, config.operations);
	assert_int_equal(parsed.episodes, config.episodes);
	assert_int_equal(parsed.faults, config.faults);
	assert_int_equal(parsed.stop_event, result.finding[0].event);
	parsed.deaf = true; /* the planting is no part of the line */
	campaign(&parsed, seed, seed, 1, &kept);
	again = kept.failed;
	assert_int_equal(again.finding_count, 1);
	assert_int_equal(again.finding[0].event, result.finding[0].event);
	assert_string_equal(again.finding[0].message, result.finding[0].message);
	assert_true(again.events <= result.finding[0].event + 2);
}

/* A seed that is stuck is found at the bound of its events; the line stops there, too, and must not be taken for that. */
static void a_line_reproduces_what_is_stuck(void **state)
{
	struct stress_config config = small(40), parsed;
	struct stress_result result, again;
	char line[256], commit[64];
	struct err err = ERR_INIT;
	struct kept kept;
	uint64_t seed = 0;

	(void)state;
	config.events_bound = 100;
	result = planted(&config, STRESS_LIVENESS);
	assert_non_null(strstr(result.finding[0].message, "not over after 100 events"));
	stress_line(&config, &result, &result.finding[0], line, sizeof(line));
	assert_int_equal(stress_line_parse(line, &parsed, &seed, commit, sizeof(commit), &err), 0);
	parsed.events_bound = config.events_bound;
	campaign(&parsed, seed, seed, 1, &kept);
	again = kept.failed;
	assert_int_equal(again.finding_count, 1);
	assert_int_equal(again.finding[0].event, result.finding[0].event);
	assert_string_equal(again.finding[0].message, result.finding[0].message);
	/* Before it nothing is wrong. */
	parsed.stop_event = 50;
	campaign(&parsed, seed, seed, 1, &kept);
	no_finding(&kept.failed);
}

static void lines_that_nobody_printed_are_refused(void **state)
{
	static const char *const lines[] = {"", "commit=1", "seed=", "seed=-1", "seed=x",
		"seed=1 what", "seed=1 event=", "seed=1 config=", "seed=1 config=live",
		"seed=1 config=live,1,1,1,none,1", "seed=1 config=dead,1,1,1,none",
		"seed=1 config=live,x,1,1,none", "seed=1 config=live,9/x,1,1,none",
		"seed=1 config=live,9/,1,1,none", "seed=1 config=live,9/0,1,1,none",
		"seed=1 config=live,1,1,1,sneeze", "seed=+1", "seed=\t1",
		"seed=1 config=,live,1,1,1,none", "seed=1 config=live,,1,1,none",
		"seed=1 config=live,1,0x1,1,none", "seed=1 config=live,1,+1,1,none",
		"seed=1 config=live,1,1,1,", "seed=1 config=live,1,1,1,+",
		"seed=1 config=live,1,1,1,map+", "seed=1 config=live,1,1,1,map++lock",
		"seed=1 config=live,1,1,1,none,"};
	struct stress_config config;
	char commit[64];
	uint64_t seed;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct err err = ERR_INIT;

		assert_int_equal(
			stress_line_parse(lines[i], &config, &seed, commit, sizeof(commit), &err),
			-EINVAL);
		assert_int_equal(err.kind, ERR_USAGE);
	}
}

static void shrinking_keeps_the_failure(void **state)
{
	struct stress_config config = small(40), before;
	struct stress_result result;
	struct err err = ERR_INIT;
	struct kept kept;
	unsigned tries = 0;

	(void)state;
	/* Of seeds that run at the same time any may fail first: all that fail do so in their data. */
	config.faults = 1u << STRESS_FAULT_flip | STRESS_FAULTS_SURVIVED;
	config.deaf = true;
	config.operations = 300;
	result = planted(&config, STRESS_DATA);
	before = config;
	assert_int_equal(stress_shrink(&config, result.seed, &tries, &err), 0);
	assert_true(config.operations < before.operations);
	assert_true(__builtin_popcount(config.features) < __builtin_popcount(before.features));
	assert_true(tries > 10);
	campaign(&config, result.seed, result.seed, 1, &kept);
	assert_int_equal(kept.failed.finding[0].oracle, STRESS_DATA);
	assert_true(kept.failed.finding[0].event <= result.finding[0].event);
	assert_in_range(config.episodes, 1, 4);
	config = small(3);
	assert_int_equal(stress_shrink(&config, 1, &tries, &err), -ENOENT);
}

static bool patience_ends(void *arg)
{
	unsigned *patience = arg;

	return *patience == 0 || --*patience == 0;
}

/* What it has come to by then is no larger, and fails still. */
static void shrinking_can_be_interrupted(void **state)
{
	struct stress_config config = small(40), before;
	struct stress_result result;
	struct kept kept;
	unsigned tries = 0;

	(void)state;
	config.faults = 1u << STRESS_FAULT_flip;
	config.deaf = true;
	result = planted(&config, STRESS_DATA);
	before = config;
	for (unsigned patience = 1; patience <= 16; patience *= 4) {
		unsigned left = patience;
		struct err err = ERR_INIT;

		config = before;
		config.cancelled = patience_ends;
		config.cancelled_arg = &left;
		assert_int_equal(stress_shrink(&config, result.seed, &tries, &err), -EINTR);
		assert_non_null(strstr(err.message, "interrupted"));
		assert_true(tries < patience);
		assert_true(config.operations <= before.operations);
		assert_int_equal(config.features & ~before.features, 0);
		config.cancelled = NULL;
		campaign(&config, result.seed, result.seed, 1, &kept);
		assert_int_equal(kept.failed.finding[0].oracle, STRESS_DATA);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_reproduces_the_failure),
		cmocka_unit_test(a_line_reproduces_what_is_stuck),
		cmocka_unit_test(lines_that_nobody_printed_are_refused),
		cmocka_unit_test(shrinking_keeps_the_failure),
		cmocka_unit_test(shrinking_can_be_interrupted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
