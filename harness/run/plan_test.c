// SPDX-License-Identifier: BSD-2-Clause
/* plan_test.c: settings to cells: names, order, cross product, groups, and every value that cannot be. */
#include "harness/run/run_priv.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "drivers/support/fault.h"

static int no_setup(struct run_cell *cell, void **state, struct err *err)
{
	(void)cell;
	(void)state;
	(void)err;
	return 0;
}

static int no_trial(struct run_cell *cell, void *state, uint64_t operations,
	struct run_outcome *outcome, struct err *err)
{
	(void)cell;
	(void)state;
	(void)operations;
	(void)outcome;
	(void)err;
	return 0;
}

static void no_teardown(struct run_cell *cell, void *state)
{
	(void)cell;
	(void)state;
}

static const struct bench_case whole = {
	.name = "whole",
	.keys = RUN_KEY_STRATEGY | RUN_KEY_DIR | RUN_KEY_SIZE | RUN_KEY_DEPTH | RUN_KEY_COMPLETION |
                RUN_KEY_SOURCE | RUN_KEY_VERIFY,
	.setup = no_setup,
	.trial = no_trial,
	.teardown = no_teardown,
};

static const struct bench_case part = {
	.name = "part",
	.keys = RUN_KEY_BATCH | RUN_KEY_FRAMES,
	.driver = "probe",
	.setup = no_setup,
	.trial = no_trial,
	.teardown = no_teardown,
};

static const struct bench_case *const cases[] = {&part, &whole, NULL};

static const struct bench_case memory = {
	.name = "memory",
	.keys = RUN_KEY_SIZE | RUN_KEY_SOURCE | RUN_KEY_MEMORY,
	.driver = "probe",
	.setup = no_setup,
	.trial = no_trial,
	.teardown = no_teardown,
};

static const struct bench_case *const memory_cases[] = {&memory, NULL};

static struct run_settings settings_with(const char *const *pairs)
{
	struct run_settings settings;

	run_settings_init(&settings);
	for (; *pairs; pairs += 2)
		assert_int_equal(
			opt_set(run_options, &settings, pairs[0], pairs[1], "test", NULL), 0);
	return settings;
}

#define SETTINGS(...) settings_with((const char *const[]){__VA_ARGS__, NULL})

static struct run_plan *planned_of(const struct bench_case *const *list,
	const struct run_settings *settings, const char *filter)
{
	struct run_plan *plan = NULL;
	struct err err = ERR_INIT;

	if (run_plan(&plan, settings, 1, list, filter, &err))
		fail_msg("%s", err.message);
	return plan;
}

static struct run_plan *planned(const struct run_settings *settings, const char *filter)
{
	return planned_of(cases, settings, filter);
}

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

static void expect_refused(const struct run_settings *s, const char *filter, const char *word)
{
	struct run_plan *plan = NULL;
	struct err err = ERR_INIT;

	assert_int_equal(run_plan(&plan, s, 1, cases, filter, &err), -EINVAL);
	assert_null(plan);
	assert_int_equal(err.kind, ERR_USAGE);
	if (!strstr(err.message, word))
		fail_msg("'%s' does not mention '%s'", err.message, word);
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
		"3599999999998ns,3599999999999ns", "hybrid.threshold", "1073741822,1073741823",
		"duration", "3599999999998ns,3599999999999ns");
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
		cmocka_unit_test(memory_the_host_has_not_is_refused),
		cmocka_unit_test(a_group_differs_in_strategy_alone),
		cmocka_unit_test(the_verifier_is_compared_within_a_group),
		cmocka_unit_test(twins_and_planted_ones_stand_in_one_group),
		cmocka_unit_test(a_filter_cuts_by_name),
		cmocka_unit_test(a_faulty_device_is_always_fully_checked),
		cmocka_unit_test(what_cannot_be_is_refused_with_the_remedy),
		cmocka_unit_test(what_is_wrong_is_said_with_its_place),
		cmocka_unit_test(a_case_is_planned_once),
		cmocka_unit_test(any_key_with_several_values_is_swept),
		cmocka_unit_test(a_fault_is_swept_with_its_rate),
		cmocka_unit_test(a_sweep_makes_groups_of_one_value),
		cmocka_unit_test(keys_that_a_case_does_not_see_make_no_cases),
		cmocka_unit_test(several_values_of_a_key_that_has_one_are_refused),
		cmocka_unit_test(a_bad_value_of_a_sweep_is_named),
		cmocka_unit_test(too_many_cases_are_refused_at_once),
		cmocka_unit_test(names_that_do_not_fit_are_refused),
		cmocka_unit_test(two_workloads_that_differ_in_a_key_are_told_which),
		cmocka_unit_test(places_are_read_and_one_a_run),
		cmocka_unit_test(options_refuse_what_is_out_of_range),
		cmocka_unit_test(running_out_of_memory_leaves_nothing),
	};

	return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
