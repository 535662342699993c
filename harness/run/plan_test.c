// SPDX-License-Identifier: BSD-2-Clause
/*
 * plan_test.c: settings to cells: names, order, cross product, groups. What cannot be is plan_check_test.c, keys that hold
 * one value and are given several sweep_test.c.
 */
#include "harness/run/plan_testing.h"

#include "drivers/support/fault.h"

static void names_follow_the_order_of_the_keys(void **state)
{
	struct run_settings s = SETTINGS("family", "whole", "strategy", "packet", "dir",
		"to_device", "size", "64k", "depth", "32", "source", "rewritten");
	struct run_plan *plan = planned(&s, NULL);

	(void)state;
	assert_int_equal(run_plan_cells(plan), 1);
	assert_string_equal(run_plan_cell_name(plan, 0),
		"whole/strategy:packet/dir:to_device/size:65536/"
		"depth:32/completion:poll/source:rewritten");
	assert_null(run_plan_cell_name(plan, 1));
	run_plan_free(plan);
}

static void keys_that_do_not_apply_are_left_out(void **state)
{
	struct run_settings s = SETTINGS(
		"family", "part", "batch", "8", "offset", "512", "frames.fragmentation", "10");
	struct run_plan *plan = planned(&s, NULL);

	(void)state;
	assert_int_equal(run_plan_cells(plan), 1);
	assert_string_equal(
		run_plan_cell_name(plan, 0), "part/batch:8/offset:512/fragmentation:10");
	run_plan_free(plan);
}

/* A comma, a space or both are between two, whichever message is looked for. */
static void families_are_a_list_like_any_other(void **state)
{
	static const char *const lists[] = {"whole,part", "whole part", " part ,whole,", NULL};

	(void)state;
	for (unsigned i = 0; lists[i]; i++) {
		struct run_settings s = SETTINGS("family", lists[i], "size", "64", "strategy",
			"packet", "dir", "to_device", "source", "untouched");
		struct run_plan *plan = planned(&s, NULL);

		if (run_plan_cells(plan) != 2)
			fail_msg("family '%s': %zu cases", lists[i], run_plan_cells(plan));
		run_plan_free(plan);
	}
}

static void the_run_is_the_cross_product(void **state)
{
	struct run_settings s = SETTINGS("size", "64,4k,64k", "depth", "1,32", "batch", "1..64*2",
		"offset", "0,1", "frames.fragmentation", "0,50,100");
	struct run_plan *plan = planned(&s, NULL);

	(void)state;
	/* whole: 4 strategies x 2 dirs x 3 sizes x 2 depths x 3 sources; part: 7 batches x 2 offsets x 3 */
	assert_int_equal(run_plan_cells(plan), 4 * 2 * 3 * 2 * 3 + 7 * 2 * 3);
	assert_int_equal(plan->group_count, 2 * 3 * 2 * 3 + 7 * 2 * 3);
	assert_true(run_plan_seconds(plan) > 0);
	run_plan_free(plan);
}

static void memory_keys_ride_behind_where_they_are_set(void **state)
{
	struct run_settings plain = SETTINGS("size", "64", "source", "untouched");
	struct run_settings all = SETTINGS("size", "64", "source", "untouched", "offset", "0,64",
		"device.offset", "4", "frames.fragmentation", "50", "frames.high", "100", "window",
		"1m,2m", "cache", "hot,cold,thrashed");
	struct run_plan *plan = planned_of(memory_cases, &plain, NULL);

	(void)state;
	assert_int_equal(run_plan_cells(plan), 1);
	assert_string_equal(run_plan_cell_name(plan, 0), "memory/size:64/source:untouched");
	run_plan_free(plan);
	plan = planned_of(memory_cases, &all, "offset:64.*thrashed");
	assert_int_equal(run_plan_cells(plan), 2);
	assert_string_equal(run_plan_cell_name(plan, 0),
		"memory/size:64/source:untouched/offset:64/fragmentation:50/device_offset:4/"
		"high:100/"
		"window:1048576/cache:thrashed");
	assert_string_equal(plan->group[0].cell[0].record_params.extra,
		"offset:64/fragmentation:50/device_offset:4/high:100/window:1048576/"
		"cache:thrashed");
	run_plan_free(plan);
	plan = planned_of(memory_cases, &all, NULL);
	assert_int_equal(run_plan_cells(plan), 2 * 2 * 3);
	run_plan_free(plan);
}

static void a_group_differs_in_strategy_alone(void **state)
{
	struct run_settings s = SETTINGS("family", " whole", "size", "64,4k");
	struct run_plan *plan = planned(&s, NULL);

	(void)state;
	for (size_t g = 0; g < plan->group_count; g++) {
		const struct run_group *group = &plan->group[g];

		assert_int_equal(group->cell_count, 4);
		for (uint32_t i = 0; i < 4; i++) {
			struct run_params p = group->cell[i].params;

			assert_int_equal(p.strategy, i);
			p.strategy = group->cell[0].params.strategy;
			assert_memory_equal(&p, &group->cell[0].params, sizeof(p));
		}
	}
	run_plan_free(plan);
}

static void the_verifier_is_compared_within_a_group(void **state)
{
	struct run_settings s = SETTINGS("family", "whole", "size", "64", "strategy",
		"packet,common", "dir", "to_device", "source", "untouched", "verifier", "off,on");
	struct run_settings parts = SETTINGS("family", "part", "verifier", "on");
	struct run_plan *plan = planned(&s, NULL), *part_plan = planned(&parts, NULL);
	const struct run_group *group = &plan->group[0];

	(void)state;
	assert_int_equal(plan->group_count, 1);
	assert_int_equal(group->cell_count, 4);
	for (uint32_t i = 0; i < 4; i++) {
		const struct run_cell *cell = &group->cell[i];

		assert_int_equal(cell->params.verifier, i % 2);
		assert_int_equal(cell->params.strategy, i < 2 ? RUN_PACKET : RUN_COMMON);
		assert_int_equal(strstr(cell->name, "/verifier:on") != NULL, i % 2);
		assert_string_equal(cell->record_params.extra, i % 2 ? "verifier:on" : "");
	}
	assert_true(part_plan->group[0].cell[0].params.verifier);
	assert_non_null(strstr(part_plan->group[0].cell[0].record_params.extra, "/verifier:on"));
	run_plan_free(part_plan);
	run_plan_free(plan);
}

/* Twins and planted slow-downs are strategies of their own, side by side with the one they are measured against. */
static void twins_and_planted_ones_stand_in_one_group(void **state)
{
	struct run_settings s = SETTINGS("family", "whole", "size", "64k", "strategy", "packet",
		"dir", "to_device", "source", "untouched", "twins", "2", "plant.slow", "0,5");
	static const char *const strategies[] = {
		"packet", "packet#2", "packet#slow5", "packet#2#slow5"};
	struct run_plan *plan = planned(&s, NULL);
	const struct run_group *group = &plan->group[0];

	(void)state;
	assert_int_equal(plan->group_count, 1);
	assert_int_equal(group->cell_count, 4);
	for (uint32_t i = 0; i < 4; i++) {
		assert_string_equal(group->cell[i].record_params.strategy, strategies[i]);
		assert_int_equal(group->cell[i].params.slow_percent, i < 2 ? 0 : 5);
		assert_int_equal(group->cell[i].params.twin, 1 + i % 2);
	}
	assert_non_null(strstr(group->cell[3].name, "/strategy:packet#2#slow5/dir:"));
	run_plan_free(plan);
}

static void a_filter_cuts_by_name(void **state)
{
	struct run_settings s = SETTINGS("size", "64,4k");
	struct run_plan *plan = planned(&s, "strategy:packet/.*size:4096/");

	(void)state;
	for (size_t i = 0; i < run_plan_cells(plan); i++)
		assert_non_null(strstr(run_plan_cell_name(plan, i), "strategy:packet/"));
	assert_int_equal(run_plan_cells(plan), 2 * 3);
	run_plan_free(plan);
}

static void a_faulty_device_is_always_fully_checked(void **state)
{
	struct run_settings s = SETTINGS("family", "whole", "size", "64", "device.fault", "drop",
		"device.fault_rate", "0.5");
	struct run_plan *plan = planned(&s, NULL);

	(void)state;
	assert_int_equal(plan->group[0].cell[0].params.verify, RUN_VERIFY_FULL);
	run_plan_free(plan);
	s = SETTINGS("family", "whole", "size", "64", "device.fault", "drop", "device.fault_rate",
		"0.1", "verify", "off");
	plan = planned(&s, NULL);
	assert_int_equal(plan->group[0].cell[0].params.verify, RUN_VERIFY_OFF);
	run_plan_free(plan);
}

/* A name stands for one case: met again it is measured once, or refused where it would mean two things. */
static void a_case_is_planned_once(void **state)
{
	struct run_settings pair[2];
	struct run_plan *plan = NULL;
	struct err err = ERR_INIT;

	(void)state;
	pair[0] = SETTINGS("family", "whole", "size", "64,64,4k");
	plan = planned(&pair[0], NULL);
	assert_int_equal(run_plan_cells(plan), 4 * 2 * 2 * 3);
	run_plan_free(plan);

	pair[1] = SETTINGS("family", "whole", "size", "4k,64k");
	assert_int_equal(run_plan(&plan, pair, 2, cases, NULL, &err), 0);
	assert_int_equal(run_plan_cells(plan), 4 * 2 * 3 * 3);
	run_plan_free(plan);

	pair[1] = SETTINGS("family", "whole", "size", "4k", "device.map_registers", "3");
	assert_int_equal(run_plan(&plan, pair, 2, cases, NULL, &err), -EINVAL);
	assert_int_equal(err.kind, ERR_USAGE);
	assert_non_null(strstr(err.message, "different settings"));
}

static void running_out_of_memory_leaves_nothing(void **state)
{
	struct run_settings s = SETTINGS(
		"family", "whole", "size", "64", "device.map_registers", "1,2");

	(void)state;
	for (unsigned n = 1;; n++) {
		struct run_plan *plan = NULL;
		struct err err = ERR_INIT;

		fault_arm(n, false);
		int rc = run_plan(&plan, &s, 1, cases, NULL, &err);

		if (!fault_fired()) {
			assert_int_equal(rc, 0);
			run_plan_free(plan);
			assert_true(n > 2);
			return;
		}
		assert_int_equal(rc, -ENOMEM);
		assert_int_equal(err.kind, ERR_MISSING);
		assert_null(plan);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_follow_the_order_of_the_keys),
		cmocka_unit_test(keys_that_do_not_apply_are_left_out),
		cmocka_unit_test(families_are_a_list_like_any_other),
		cmocka_unit_test(the_run_is_the_cross_product),
		cmocka_unit_test(memory_keys_ride_behind_where_they_are_set),
		cmocka_unit_test(a_group_differs_in_strategy_alone),
		cmocka_unit_test(the_verifier_is_compared_within_a_group),
		cmocka_unit_test(twins_and_planted_ones_stand_in_one_group),
		cmocka_unit_test(a_filter_cuts_by_name),
		cmocka_unit_test(a_faulty_device_is_always_fully_checked),
		cmocka_unit_test(a_case_is_planned_once),
		cmocka_unit_test(running_out_of_memory_leaves_nothing),
	};

	return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
