// SPDX-License-Identifier: BSD-2-Clause
/*
 * sweep_test.c: several values of a key that holds one: their cross product, groups of one value, names, and values that a
 * case does not see.
 */
#include "harness/run/plan_testing.h"

/* One key of every type, with one that holds lists anyway: the cross product, and each value where the driver reads it. */
static void any_key_with_several_values_is_swept(void **state)
{
	static const struct {
		const char *key, *values;
		uint32_t count;
		const char *last; /* of the name */
	} rows[] = {
		{"device.map_registers", "0,2..64*2", 7, "/device.map_registers:64"},
		{"device.address_bits", "24,32,64", 3, "/device.address_bits:64"},
		{"device.memory", "64m..1g*4", 3, "/device.memory:1073741824"},
		{"device.moderation_us", "0..100+50", 3, "/device.moderation_us:100"},
		{"device.scatter_gather", "yes,no", 2, "/device.scatter_gather:no"},
		{"device.freeze", "0s,1ms", 2, "/device.freeze:1ms"},
		{"ring_entries", "64..256*2", 3, "/ring_entries:256"},
		{"pool.slot", "4k,64k", 2, "/pool.slot:65536"},
		{"pool.slots", "8..32*2", 3, "/pool.slots:32"},
		{"pool.limit", "0,16m", 2, "/pool.limit:16777216"},
		{"hybrid.threshold", "4k..64k*4", 3, "/hybrid.threshold:65536"},
		{"cache.entries", "1,4096", 2, "/cache.entries:4096"},
		{"duration", "1ms,20ms", 2, "/duration:20ms"},
		{"repetitions", "3,9", 2, "/repetitions:9"},
		{"verify", "off,full", 2, "/verify:full"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct run_settings s = SETTINGS("family", "whole", "size", "64,4k", "dir",
			"to_device", "source", "untouched", rows[i].key, rows[i].values);
		struct run_plan *plan = planned(&s, NULL);
		const size_t cells = (size_t)rows[i].count * 2 * 4;
		const char *name = run_plan_cell_name(plan, cells - 1);

		assert_int_equal(run_plan_cells(plan), cells);
		assert_int_equal(plan->point_count, rows[i].count);
		if (!name || !strstr(name, rows[i].last))
			fail_msg("%s=%s: %s", rows[i].key, rows[i].values, name ? name : "none");
		run_plan_free(plan);
	}
}

/* A fault does nothing without its rate, which goes with it. */
static void a_fault_is_swept_with_its_rate(void **state)
{
	struct run_settings s = SETTINGS("family", "whole", "size", "64", "dir", "to_device",
		"source", "untouched", "device.fault", "none,flip", "device.fault_rate", "0.1");
	struct run_plan *plan = planned(&s, NULL);

	(void)state;
	assert_int_equal(run_plan_cells(plan), 2 * 4);
	assert_int_equal(plan->point_count, 2);
	assert_non_null(strstr(run_plan_cell_name(plan, 7), "/device.fault:flip"));
	run_plan_free(plan);
}

/* Strategies of one value stay side by side, and each value is in the settings that the cell is opened with. */
static void a_sweep_makes_groups_of_one_value(void **state)
{
	struct run_settings s = SETTINGS("family", "whole", "size", "64", "dir", "to_device",
		"source", "untouched", "device.map_registers", "2,4,8", "pool.slots", "8,16",
		"device.fault", "drop", "device.fault_rate", "0.1..0.3+0.1");
	struct run_plan *plan = planned(&s, NULL);

	(void)state;
	assert_int_equal(plan->group_count, 3 * 2 * 3);
	for (size_t g = 0; g < plan->group_count; g++) {
		const struct run_group *group = &plan->group[g];
		const struct run_settings *own = group->cell[0].settings;
		char extra[STORE_EXTRA_MAX];

		assert_int_equal(group->cell_count, 4);
		assert_true(own->dev.map_registers == UINT64_C(2) << (g / 6));
		assert_true(own->pool.slots == (g / 3 % 2 ? 16 : 8));
		assert_true(own->dev.fault_rate == (double)(g % 3 + 1) / 10);
		snprintf(extra, sizeof(extra),
			"device.map_registers:%u/pool.slots:%u/device.fault_rate:0.%zu",
			2u << (g / 6), g / 3 % 2 ? 16u : 8u, g % 3 + 1);
		for (uint32_t i = 0; i < 4; i++) {
			assert_ptr_equal(group->cell[i].settings, own);
			assert_int_equal(group->cell[i].params.strategy, i);
			assert_string_equal(group->cell[i].record_params.extra, extra);
			assert_non_null(strstr(group->cell[i].name, extra));
		}
	}
	run_plan_free(plan);
}

/* A value that a case does not see makes no case of its own, and is not in its name. */
static void keys_that_a_case_does_not_see_make_no_cases(void **state)
{
	static const struct {
		const char *pairs[9];
		size_t groups;
	} rows[] = {
		{{"completion", "poll,adaptive", "poll.budget_us", "5,20,100"}, 1 + 3},
		{{"device.fault", "none,drop", "device.fault_rate", "0.1,0.2"}, 1 + 2},
		{{"device.fault", "none,drop", "device.fault_rate", "0.1", "device.fault_limit",
			 "1,2,3"},
			1 + 3},
		{{"device.fault", "bell_lost,drop", "device.fault_rate", "0.1",
			 "device.fault_limit", "1,2,3"},
			1 + 3},
		{{"device.freeze", "0s,1ms", "device.freeze_at", "1s,2s,3s"}, 1 + 3},
		{{"strategy", "packet", "pool.slots", "4,8"}, 1},
		{{"strategy", "packet,common", "pool.slots", "4,8"}, 2},
		{{"strategy", "packet,common", "hybrid.threshold", "4k,8k"}, 1},
		{{"strategy", "packet,common", "cache.entries", "4,8"}, 1},
		{{"ledger", "off", "ledger.every", "1,2"}, 1},
		{{"ledger", "off,on", "ledger.every", "1,2"}, 2},
		{{"burst", "1,4"}, 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct run_settings s = settings_with(rows[i].pairs);

		s.size = s.dir = s.source = (struct opt_list){.count = 1, .value = {0}};
		s.size.value[0] = 64;
		snprintf(s.family, sizeof(s.family), "whole");
		struct run_plan *plan = planned(&s, NULL);

		if (plan->group_count != rows[i].groups)
			fail_msg("row %zu: %zu groups, %zu expected", i, plan->group_count,
				rows[i].groups);
		run_plan_free(plan);
	}
}

static void several_values_of_a_key_that_has_one_are_refused(void **state)
{
	static const char *const one[][2] = {
		{"seed", "run the job once for each"}, {"twins", "the largest"}};
	struct run_settings s;

	(void)state;
	run_settings_init(&s);
	for (size_t i = 0; i < sizeof(one) / sizeof(one[0]); i++) {
		struct err err = ERR_INIT;

		assert_int_equal(
			opt_set(run_options, &s, one[i][0], "1,2", "--set", &err), -EINVAL);
		assert_int_equal(err.kind, ERR_USAGE);
		assert_non_null(strstr(err.message, one[i][0]));
		assert_non_null(strstr(err.message, one[i][1]));
	}
	/* All other keys of numbers, switches and words take a list. */
	for (const struct opt *row = run_options; row->name; row++)
		assert_int_equal(opt_takes_list(row), row->type != OPT_TEXT && !row->single);
}

/* Each value is judged as it would be alone. */
static void a_bad_value_of_a_sweep_is_named(void **state)
{
	struct run_settings s = SETTINGS("device.address_bits", "24..64+8");

	(void)state;
	expect_refused(&s, NULL, "device.address_bits 40");
	s = SETTINGS("ring_entries", "64,100");
	expect_refused(&s, NULL, "ring_entries 100");
	s = SETTINGS("size", "64", "depth", "512", "ring_entries", "1024,256");
	expect_refused(&s, NULL, "ring of 256");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_key_with_several_values_is_swept),
		cmocka_unit_test(a_fault_is_swept_with_its_rate),
		cmocka_unit_test(a_sweep_makes_groups_of_one_value),
		cmocka_unit_test(keys_that_a_case_does_not_see_make_no_cases),
		cmocka_unit_test(several_values_of_a_key_that_has_one_are_refused),
		cmocka_unit_test(a_bad_value_of_a_sweep_is_named),
	};

	return cmocka_run_group_tests_name("sweeps", tests, NULL, NULL);
}
