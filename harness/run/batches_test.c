// SPDX-License-Identifier: BSD-2-Clause
/* batches_test.c: rounds into batches, figures out of them, and what is too short to say anything. */
#include "harness/run/run_priv.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#include "drivers/support/fault.h"
#include "harness/rng/rng.h"

struct trial {
	struct run_batches *batches;
	struct run_outcome outcome;
	struct hist all, plain;
	struct rng rng;
};

static struct trial *trial_begin(uint64_t operations)
{
	struct trial *trial = calloc(1, sizeof(*trial));

	assert_non_null(trial);
	trial->batches = batches_open();
	assert_non_null(trial->batches);
	hist_init(&trial->all);
	hist_init(&trial->plain);
	rng_seed(&trial->rng, 7);
	batches_begin(trial->batches, &trial->outcome, operations);
	return trial;
}

/* A round of @count operations of about @ticks each. */
static void round_do(struct trial *trial, unsigned count, uint64_t ticks)
{
	for (unsigned i = 0; i < count; i++) {
		uint64_t value = ticks + rng_below(&trial->rng, 100);

		hist_record(trial->outcome.latency, value);
		hist_record(&trial->plain, value);
		trial->outcome.ticks += value;
	}
	trial->outcome.operations += count;
	run_outcome_round(&trial->outcome);
}

static struct run_figures trial_end(struct trial *trial)
{
	struct run_figures figures;

	batches_end(trial->batches, &trial->outcome, &trial->all);
	batches_figure(&figures, trial->batches, &trial->all, 0.5);
	assert_ptr_equal(trial->outcome.latency, &trial->all);
	/* Nothing is lost, whatever fills a batch. */
	assert_memory_equal(&trial->all, &trial->plain, sizeof(trial->all));
	free(trial->batches);
	free(trial);
	return figures;
}

static void intervals_hold_the_means(void **state)
{
	(void)state;
	struct trial *trial = trial_begin(6400);

	for (unsigned i = 0; i < 100; i++)
		round_do(trial, 64, 1000);
	struct run_figures f = trial_end(trial);

	/* 100 rounds: four a batch, 25 batches. Uniform 1000 .. 1099 ticks of half a nanosecond. */
	assert_int_equal(f.batches, 25);
	assert_true(f.steady);
	assert_true(f.time[0] < 524.75 && f.time[1] > 524.75 && f.time[1] - f.time[0] < 3);
	assert_true(f.mean[0] < 524.75 && f.mean[1] > 524.75);
	assert_true(f.p50[0] < 525 && f.p50[1] > 524.5 && f.p50[1] - f.p50[0] < 5);
	assert_true(f.p99[0] <= 549.5 && f.p99[1] >= 549 && f.p99[0] > 545);
}

static void a_slow_start_and_a_drift_are_not_steady(void **state)
{
	(void)state;
	struct trial *start = trial_begin(3200), *drift = trial_begin(3200);

	for (unsigned i = 0; i < 50; i++) {
		round_do(start, 64, i < 20 ? 2000 : 1000);
		round_do(drift, 64, 1000 + 10 * i);
	}
	assert_false(trial_end(start).steady);
	assert_false(trial_end(drift).steady);
}

static void few_rounds_say_nothing(void **state)
{
	(void)state;
	struct trial *few = trial_begin(7 * 64), *none = trial_begin(100),
		     *partial = trial_begin(640);

	for (unsigned i = 0; i < 7; i++)
		round_do(few, 64, 1000);
	struct run_figures f = trial_end(few);

	assert_int_equal(f.batches, 7);
	assert_true(isinf(f.time[0]) && isnan(f.p50[0]) && isnan(f.p99[1]));
	assert_int_equal(trial_end(none).batches, 0);
	/* A last round that is short counts, and is no batch. */
	for (unsigned i = 0; i < 9; i++)
		round_do(partial, 64, 1000);
	round_do(partial, 10, 1000);
	assert_int_equal(trial_end(partial).batches, 9);
}

/* More rounds than planned for, as after a warm-up that guessed low: the last batch takes them all. */
static void more_than_planned(void **state)
{
	(void)state;
	struct trial *trial = trial_begin(64);

	for (unsigned i = 0; i < 500; i++)
		round_do(trial, 64, 1000);
	assert_int_equal(trial_end(trial).batches, RUN_BATCHES);
}

static void no_memory(void **state)
{
	(void)state;
#ifdef FAULT_POINTS
	fault_arm(1, false);
	assert_null(batches_open());
	fault_arm(0, false);
#else
	skip();
#endif
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(intervals_hold_the_means),
		cmocka_unit_test(a_slow_start_and_a_drift_are_not_steady),
		cmocka_unit_test(few_rounds_say_nothing),
		cmocka_unit_test(more_than_planned),
		cmocka_unit_test(no_memory),
	};

	return cmocka_run_group_tests_name("batches", tests, NULL, NULL);
}
