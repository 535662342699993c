// SPDX-License-Identifier: BSD-2-Clause
/* trial_test.c: whether an open loop kept up, of passes long and short; the other counters are tested where they come from. */
#include "harness/run/run_priv.h"

#include <stdlib.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define SERVICE_TICKS 1000

/*
 * @passes passes of @count arrivals at @load times what the device can do, of which @depth are served at once: the last is
 * done its own service, and all the work that has piled up, after it came.
 */
static bool sustained(unsigned passes, unsigned count, unsigned depth, double load)
{
	const double gap = (double)SERVICE_TICKS / depth / load, span = gap * count;
	const double behind = load > 1 ? (load - 1) * span : 0;
	struct hist *latency = calloc(1, sizeof(*latency));
	struct run_trial trial = {.outcome = {.latency = latency, .passes = passes}};

	assert_non_null(latency);
	hist_init(latency);
	hist_record(latency, SERVICE_TICKS);
	trial.outcome.span_ticks = (uint64_t)(passes * span);
	trial.outcome.tail_ticks = (uint64_t)(passes * (SERVICE_TICKS + behind));
	const bool is = run_trial_sustained(&trial);

	trial.outcome.dropped = 1;
	assert_false(run_trial_sustained(&trial));
	free(latency);
	return is;
}

static void overload_is_seen_in_passes_of_any_length(void **state)
{
	static const double over[] = {1.6, 2, 3, 10, 1000};

	(void)state;
	for (unsigned passes = 1; passes <= 100; passes += 33)
		for (unsigned count = 1; count <= 4096; count *= 4)
			for (unsigned depth = 1; depth <= 32; depth *= 2) {
				assert_true(sustained(passes, count, depth, 0.1));
				assert_true(sustained(passes, count, depth, 1));
				for (unsigned i = 0; i < sizeof(over) / sizeof(over[0]); i++)
					if (sustained(passes, count, depth, over[i]))
						fail_msg("%u passes of %u, depth %u, load %g: "
							 "sustained",
							passes, count, depth, over[i]);
			}
}

/* Of a pass long enough ten service times are a moment, and what is behind for longer than that is behind. */
static void a_long_pass_allows_a_moment(void **state)
{
	(void)state;
	assert_true(sustained(1, 100000, 8, 1.01));
	assert_false(sustained(1, 100000, 8, 1.03));
	assert_true(sustained(1, 1000, 8, 1.05));
	assert_false(sustained(1, 1000, 8, 1.1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(overload_is_seen_in_passes_of_any_length),
		cmocka_unit_test(a_long_pass_allows_a_moment),
	};

	return cmocka_run_group_tests_name("trials", tests, NULL, NULL);
}
