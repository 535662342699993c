// SPDX-License-Identifier: BSD-2-Clause
/* plan_check_test.c: every setting that cannot be is refused while planning, with the remedy. */
#include "harness/run/plan_testing.h"

/* Memory that no host has is refused while planning, with the remedy. */
static void memory_the_host_has_not_is_refused(void **state)
{
	struct run_settings s = SETTINGS("pages", "2m,4k");
	struct run_plan *plan = NULL;
	struct err err = ERR_INIT;

	(void)state;
	s.window_bytes.value[0] = UINT64_C(1) << 50;
	s.dev.memory_bytes = UINT64_C(1) << 52;
	s.size.value[0] = UINT64_C(1) << 40;
	s.size.count = 1;
	assert_true(run_plan(&plan, &s, 1, memory_cases, NULL, &err) < 0);
	assert_int_equal(err.kind, ERR_MISSING);
	assert_non_null(strstr(err.message, "nr_hugepages"));

	/* Nor is it found out by the kernel in the middle of the run. */
	s = (struct run_settings)SETTINGS("family", "whole", "size", "64");
	s.dev.memory_bytes = UINT64_C(1) << 52;
	s.size.value[0] = UINT64_C(1) << 40;
	err = (struct err)ERR_INIT;
	assert_int_equal(run_plan(&plan, &s, 1, cases, NULL, &err), -ENOMEM);
	assert_int_equal(err.kind, ERR_MISSING);
	assert_non_null(strstr(err.message, "of memory, the host has"));
}

static void what_cannot_be_is_refused_with_the_remedy(void **state)
{
	struct run_settings s;

	(void)state;
	s = SETTINGS("depth", "512", "ring_entries", "256");
	expect_refused(&s, NULL, "ring of 256");
	s = SETTINGS("ring_entries", "100");
	expect_refused(&s, NULL, "power of two");
	s = SETTINGS("device", "sfot");
	expect_refused(&s, NULL, "soft");
	s = SETTINGS("device", "");
	expect_refused(&s, NULL, "soft");
	s = SETTINGS("family", "whle");
	expect_refused(&s, NULL, "whole");
	s = SETTINGS("device.fault", "drop");
	expect_refused(&s, NULL, "no transfer would be hit");
	s = SETTINGS("device.fault_rate", "0.5");
	expect_refused(&s, NULL, "no transfer would be hit");
	s = SETTINGS("device.fault_limit", "3");
	expect_refused(&s, NULL, "device.fault hits none");
	s = SETTINGS(
		"device.fault", "irq_lost", "device.fault_rate", "0.5", "device.fault_limit", "3");
	expect_refused(&s, NULL, "device.fault hits none");
	s = SETTINGS("device.freeze", "2s");
	expect_refused(&s, NULL, "set device.timeout above device.freeze");
	s = SETTINGS("device.freeze", "1s,3s", "device.timeout", "2s,4s");
	expect_refused(&s, NULL, "device.freeze of 3 s with device.timeout of 2 s");
	s = SETTINGS("rate", "1000");
	expect_refused(&s, NULL, "set arrival");
	s = SETTINGS("family", "whole, prat");
	expect_refused(&s, NULL, "'prat'");
	s = SETTINGS("device.address_bits", "33");
	expect_refused(&s, NULL, "24, 32 or 64");
	s = SETTINGS("device.memory", "1048577");
	expect_refused(&s, NULL, "4096");
	s = SETTINGS("device.memory", "1m");
	expect_refused(&s, NULL, "bytes of device memory");
	s = SETTINGS("size", "64");
	s = (struct run_settings)SETTINGS("twins", "4", "plant.slow", "0,1,2,3,4,5");
	expect_refused(&s, NULL, "cases side by side");
	s = (struct run_settings)SETTINGS("size", "64");
	expect_refused(&s, "(", "extended regular expression");
	expect_refused(&s, "no such name", "--dry-run");
}

/* A device that stands still for less than its driver waits is measured. */
static void a_freeze_below_the_time_out_is_planned(void **state)
{
	static const char *const rows[][5] = {{"device.freeze", "1999ms", NULL},
		{"device.freeze", "1s,3s", "device.timeout", "3001ms", NULL}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct run_settings s = settings_with(rows[i]);
		struct run_plan *plan = planned(&s, "whole");

		assert_true(run_plan_cells(plan) > 0);
		run_plan_free(plan);
	}
}

/* Of several sections the one is named that is wrong, by the place it was read from. */
static void what_is_wrong_is_said_with_its_place(void **state)
{
	struct run_settings two[2] = {SETTINGS("family", "whole", "size", "64"),
		SETTINGS("family", "part", "ring_entries", "100")};
	struct run_plan *plan = NULL;
	struct err err = ERR_INIT;

	(void)state;
	two[0].where = "a.ini:3: [first]";
	two[1].where = "a.ini:9: [second]";
	assert_int_equal(run_plan(&plan, two, 2, cases, NULL, &err), -EINVAL);
	assert_int_equal(err.kind, ERR_USAGE);
	assert_memory_equal(err.message, "a.ini:9: [second]: ring_entries 100", 35);
	two[1] = SETTINGS("family", "part", "rate", "100");
	two[1].where = "a.ini:9: [second]";
	err = (struct err)ERR_INIT;
	assert_int_equal(run_plan(&plan, two, 2, cases, NULL, &err), -EINVAL);
	assert_memory_equal(err.message, "a.ini:9: [second]: a rate with", 30);
}

/* A fault that nothing measured could meet is no proof of anything. */
static void a_fault_that_can_hit_nothing_is_refused(void **state)
{
	static const char *const transfers[] = {"drop", "flip", "unposted", "hang"};
	struct run_settings s;

	(void)state;
	for (size_t i = 0; i < sizeof(transfers) / sizeof(transfers[0]); i++) {
		s = SETTINGS(
			"family", "part", "device.fault", transfers[i], "device.fault_rate", "0.1");
		expect_refused(&s, NULL, "hits transfers, and no case that is selected has any");
		/* Beside others, and where the filter leaves them out. */
		s = SETTINGS(
			"size", "64", "device.fault", transfers[i], "device.fault_rate", "0.1");
		run_plan_free(planned(&s, NULL));
		expect_refused(&s, "^part", "family=transfer");
	}
	s = SETTINGS("family", "part", "device.fault", "bell_late", "device.fault_rate", "0.1");
	run_plan_free(planned(&s, NULL));
	s = SETTINGS("family", "part", "device.fault", "irq_lost", "device.fault_rate", "0.1");
	expect_refused(&s, NULL, "interrupts");
	s = SETTINGS("family", "whole", "completion", "poll", "device.fault", "irq_lost",
		"device.fault_rate", "0.1");
	expect_refused(&s, NULL, "completion=interrupt");
	/* Whatever there is has rings that are unmapped; whatever is posted may interrupt for no reason. */
	s = SETTINGS(
		"family", "part", "device.fault", "after,irq_spurious", "device.fault_rate", "0.1");
	run_plan_free(planned(&s, NULL));
	/* Each value of a sweep by itself. */
	s = SETTINGS("family", "part", "device.fault", "none,bell_late,hang", "device.fault_rate",
		"0.1");
	expect_refused(&s, NULL, "device.fault=hang hits transfers");
}

static void expect_too_many(const struct run_settings *s, const char *word)
{
	struct run_plan *plan = NULL;
	struct err err = ERR_INIT;

	assert_int_equal(run_plan(&plan, s, 1, cases, NULL, &err), -E2BIG);
	assert_null(plan);
	assert_int_equal(err.kind, ERR_USAGE);
	if (!strstr(err.message, word))
		fail_msg("'%s' does not mention '%s'", err.message, word);
}

static void too_many_cases_are_refused_at_once(void **state)
{
	struct run_settings s = SETTINGS("family", "whole", "size", "64..4096+64",
		"device.map_registers", "1..64+1", "pool.slots", "1..64+1", "frames.high",
		"0..63+1");

	(void)state;
	expect_too_many(&s, "combinations, 1000000 at most");
	s = SETTINGS("family", "whole", "size", "64..4096+64", "device.map_registers", "1..64+1",
		"depth", "1..3+1");
	expect_too_many(&s, "more than 10000 cases");
}

/* A name that would have to be cut is refused: it could stand for two cases. */
static void names_that_do_not_fit_are_refused(void **state)
{
	static const struct bench_case wide = {
		.name = "wide",
		.keys = RUN_KEY_STRATEGY | RUN_KEY_SIZE | RUN_KEY_SOURCE | RUN_KEY_MEMORY |
	                RUN_KEY_LOAD,
		.setup = no_setup,
		.trial = no_trial,
		.teardown = no_teardown,
	};
	static const struct bench_case *const wide_cases[] = {&wide, NULL};
	struct run_settings s = SETTINGS("size", "64", "strategy", "hybrid", "source", "untouched",
		"device.map_registers", "1048575,1048576", "device.memory", "68719472640,64g",
		"device.scatter_gather", "yes,no", "device.moderation_us", "65534,65535",
		"device.freeze", "59999999998ns,59999999999ns", "device.freeze_at",
		"3599999999998ns,3599999999999ns", "device.timeout", "60s", "hybrid.threshold",
		"1073741822,1073741823", "duration", "3599999999998ns,3599999999999ns");
	struct run_plan *plan = planned_of(wide_cases, &s, NULL);
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(run_plan_cells(plan), 256);
	run_plan_free(plan);
	for (const char *const *pair = (const char *const[]){"offset", "4095", "device.offset",
		     "4095", "frames.fragmentation", "100", "frames.high", "100", "window", "1g",
		     "cache", "thrashed", "verifier", "on", "arrival", "poisson", "burst", "65536",
		     "rate", "1000000000", NULL};
		*pair; pair += 2)
		assert_int_equal(opt_set(run_options, &s, pair[0], pair[1], "test", NULL), 0);
	assert_int_equal(run_plan(&plan, &s, 1, wide_cases, NULL, &err), -EINVAL);
	assert_non_null(strstr(err.message, "the name is too long; give fewer keys"));
}

static void two_workloads_that_differ_in_a_key_are_told_which(void **state)
{
	struct run_settings pair[2];
	struct run_plan *plan = NULL;
	struct err err = ERR_INIT;

	(void)state;
	pair[0] = SETTINGS("family", "whole", "size", "64");
	pair[1] = SETTINGS("family", "whole", "size", "64", "device.map_registers", "3");
	assert_int_equal(run_plan(&plan, pair, 2, cases, NULL, &err), -EINVAL);
	assert_non_null(strstr(err.message, "set device.map_registers=0,3 in one of them"));
	/* The remedy does. */
	pair[0] = SETTINGS("family", "whole", "size", "64", "device.map_registers", "0,3");
	plan = planned(&pair[0], NULL);
	assert_int_equal(run_plan_cells(plan), 2 * 4 * 2 * 3);
	run_plan_free(plan);
}

static void places_are_read_and_one_a_run(void **state)
{
	struct run_settings settings[2];
	struct run_plan *plan = NULL;
	struct err err = ERR_INIT, differ = ERR_INIT, odd = ERR_INIT;

	(void)state;
	for (int i = 0; i < 2; i++) {
		run_settings_init(&settings[i]);
		assert_int_equal(
			opt_set(run_options, &settings[i], "family", "part", "t", &err), 0);
		assert_int_equal(
			opt_set(run_options, &settings[i], "place.device", "far", "t", &err), 0);
		assert_int_equal(
			opt_set(run_options, &settings[i], "place.memory", "node:3", "t", &err), 0);
	}
	assert_int_equal(run_plan(&plan, settings, 2, cases, NULL, &err), 0);
	assert_int_equal(plan->wish.driver.word, PLACE_AUTO);
	assert_int_equal(plan->wish.device.word, PLACE_FAR);
	assert_int_equal(plan->wish.memory.number, 3);
	run_plan_free(plan);
	assert_int_equal(opt_set(run_options, &settings[1], "place.memory", "near", "t", &err), 0);
	assert_int_equal(run_plan(&plan, settings, 2, cases, NULL, &differ), -EINVAL);
	assert_int_equal(differ.kind, ERR_USAGE);
	assert_non_null(strstr(differ.message, "differ between sections"));
	assert_int_equal(opt_set(run_options, &settings[0], "place.device", "afar", "t", &err), 0);
	assert_int_equal(run_plan(&plan, settings, 1, cases, NULL, &odd), -EINVAL);
	assert_non_null(strstr(odd.message, "place.device=afar"));
}

static void options_refuse_what_is_out_of_range(void **state)
{
	static const char *const bad[][2] = {{"size", "0"}, {"size", "65m"}, {"depth", "0"},
		{"depth", "5000"}, {"strategy", "pakcet"}, {"device.fault_rate", "1.5"},
		{"device.fault", "explode"}, {"duration", "0"}, {"repetitions", "0"},
		{"offset", "4096"}, {"no.such.key", "1"}};
	struct run_settings s;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct err err = ERR_INIT;

		run_settings_init(&s);
		assert_int_equal(
			opt_set(run_options, &s, bad[i][0], bad[i][1], "--set", &err), -EINVAL);
		assert_int_equal(err.kind, ERR_USAGE);
		assert_non_null(strstr(err.message, "--set"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_the_host_has_not_is_refused),
		cmocka_unit_test(what_cannot_be_is_refused_with_the_remedy),
		cmocka_unit_test(a_freeze_below_the_time_out_is_planned),
		cmocka_unit_test(a_fault_that_can_hit_nothing_is_refused),
		cmocka_unit_test(what_is_wrong_is_said_with_its_place),
		cmocka_unit_test(too_many_cases_are_refused_at_once),
		cmocka_unit_test(names_that_do_not_fit_are_refused),
		cmocka_unit_test(two_workloads_that_differ_in_a_key_are_told_which),
		cmocka_unit_test(places_are_read_and_one_a_run),
		cmocka_unit_test(options_refuse_what_is_out_of_range),
	};

	return cmocka_run_group_tests_name("plan refusals", tests, NULL, NULL);
}
