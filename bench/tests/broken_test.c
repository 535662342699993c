// SPDX-License-Identifier: BSD-2-Clause
/*
 * broken_test.c: drivers/tests/broken/broken.c breaks one rule at a time; `dmabench driver` reports each with its
 * number, and only that, with exit 1 - a hundred times of a hundred for one rule of every kind.
 */
#include "bench/tests/driver_testing.h"

static const struct {
	const char *name;
	unsigned rule; /* 0: none is broken */
	bool also;     /* others follow from it */
	bool often;    /* repeated a hundred times */
} breaks[] = {
	{"adapter_null", 101, false, true},
	{"adapter_unknown", 103, false, false},
	{"adapter_description", 104, false, false},
	{"adapter_put_common", 105, true, false},
	{"common_length", 201, false, false},
	{"common_no_address", 202, false, false},
	{"common_free_unknown", 206, false, false},
	{"common_free_length", 207, false, true},
	{"common_free_twice", 205, false, true},
	{"common_underrun", 212, false, false},
	{"common_overrun", 213, false, true},
	{"common_leak", 214, true, false}, /* and its adapter cannot be put */
	{"lock_length", 301, false, false},
	{"lock_operation", 302, false, false},
	{"unlock_unknown", 308, false, false},
	{"unlock_in_flight", 310, false, true},
	{"start_no_routine", 404, false, false},
	{"start_zero", 405, false, false},
	{"start_offset", 406, false, false},
	{"start_direction", 408, false, true},
	{"complete_unknown", 411, false, false},
	{"complete_direction", 413, false, false},
	{"irql_high", 601, false, true},
	{"wait_dispatch", 604, false, false},
	{"callback_irql", 605, true, false}, /* the lock is still held when it is deleted */
	{"spin_recursive", 702, false, true},
	{"event_unknown", 710, false, false},
	{"timer_none", 713, false, false},
	{"pool_free_unknown", 803, false, true},
	{"pool_free_twice", 804, false, false},
	{"pool_overrun", 806, true, true},
	{"pool_leak", 808, false, true},
	{"leak", 712, false, false},
	{"startio_false", 903, false, false},
	{"ranges_outside", 907, false, false},
	{"base_unclaimed", 908, false, false},
	{"nothing", 0, false, true},
};

static const char *module_of(const char *name)
{
	char path[96];

	snprintf(path, sizeof(path), "build/modules/broken/%s.so", name);
	return at_top(path);
}

/* Exit 1 and the rule; nothing else unless @also. Exit 0 and nothing where no rule is broken. */
static void check_once(const char *name, unsigned rule, bool also)
{
	struct said said = SAY(
		"driver", module_of(name), "--script", BREAK_SCRIPT, "--strict", "--json", "-");

	assert_code(said, rule ? 1 : 0);

	json_t *root = json_of(said.out);
	const json_t *findings = json_object_get(root, "findings");
	bool found = false;

	for (size_t i = 0; i < json_array_size(findings); i++) {
		const json_t *finding = json_array_get(findings, i);
		const char *number = json_string_value(json_object_get(finding, "rule"));
		char wanted[16];

		snprintf(wanted, sizeof(wanted), "V-%u", rule);
		if (strcmp(number, wanted) == 0)
			found = true;
		else if (!also)
			fail_msg("%s: %s besides %s:\n%s", name, number, wanted, said.out);
	}
	if (found != (rule != 0))
		fail_msg("%s: V-%u expected in\n%s", name, rule, said.out);
	assert_string_equal(json_string_value(json_object_get(root, "end")), "unloaded");
	json_decref(root);
	said_free(&said);
}

static void each_broken_rule_is_reported_by_its_number(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(breaks); i++)
		check_once(breaks[i].name, breaks[i].rule, breaks[i].also);
}

static void a_hundred_of_a_hundred(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(breaks); i++)
		for (unsigned n = 0; breaks[i].often && n < 100; n++)
			check_once(breaks[i].name, breaks[i].rule, breaks[i].also);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_broken_rule_is_reported_by_its_number),
		TEST(a_hundred_of_a_hundred),
	};

	return cmocka_run_group_tests_name("broken", tests, top_note, NULL);
}
