// SPDX-License-Identifier: BSD-2-Clause
/* live_test.c: mode live: seeds in threads of their own and on the soft device, with and without faults. */
#include "harness/stress/testing.h"

#include <errno.h>

static void live_seeds_have_no_finding(void **state)
{
	struct stress_config config = small(60);

	(void)state;
	config.mode = STRESS_LIVE;
	for (uint64_t seed = 1; seed <= 8; seed++) {
		struct stress_result result = run_seed(&config, seed);

		no_finding(&result);
	}
}

static void live_faults_are_noticed(void **state)
{
	struct stress_config config = small(60);
	uint64_t detected = 0;

	(void)state;
	config.mode = STRESS_LIVE;
	config.faults = 1u << STRESS_FAULT_flip | 1u << STRESS_FAULT_duplicate;
	for (uint64_t seed = 1; seed <= 8; seed++) {
		struct stress_result result = run_seed(&config, seed);

		no_finding(&result);
		detected += result.counts.detected[STRESS_FAULT_flip] +
		            result.counts.detected[STRESS_FAULT_duplicate];
	}
	assert_true(detected > 0);
}

static void lost_interrupts_are_recovered_from_live(void **state)
{
	struct stress_config config = half_lost(STRESS_LIVE);
	uint64_t lost = 0, recoveries = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= 16; seed++) {
		struct stress_result result = run_seed(&config, seed);

		no_finding(&result);
		lost += result.counts.injected[STRESS_FAULT_lost];
		recoveries += result.counts.recoveries;
	}
	assert_true(lost > 0);
	assert_true(recoveries > 0);
}

/* Threads may fail once in a few times: a line of theirs is played so often before it is said not to fail. */
static void a_line_that_fails_is_tried_again(void **state)
{
	struct stress_config config = small(20);
	struct err err = ERR_INIT;
	unsigned tries = 0;

	(void)state;
	config.mode = STRESS_LIVE;
	assert_int_equal(stress_shrink(&config, 1, &tries, &err), -ENOENT);
	assert_int_equal(tries, 10);
	assert_non_null(strstr(err.message, "does not fail"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(live_seeds_have_no_finding),
		cmocka_unit_test(live_faults_are_noticed),
		cmocka_unit_test(lost_interrupts_are_recovered_from_live),
		cmocka_unit_test(a_line_that_fails_is_tried_again),
	};

	return cmocka_run_group_tests_name("live", tests, NULL, NULL);
}
