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
	struct hist all, responses, plain;
	struct rng rng;
};

static struct trial *trial_of(uint64_t operations, bool open)
{
	struct trial *trial = calloc(1, sizeof(*trial));

	assert_non_null(trial);
	trial->batches = batches_open();
	assert_non_null(trial->batches);
	hist_init(&trial->all);
	hist_init(&trial->responses);
	hist_init(&trial->plain);
	rng_seed(&trial->rng, 7);
	batches_begin(trial->batches, &trial->outcome, operations, open);
	return trial;
}

static struct trial *trial_begin(uint64_t operations)
{
	return trial_of(operations, false);
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

	batches_end(trial->batches, &trial->outcome, &trial->all, &trial->responses);
	batches_figure(&figures, trial->batches, &trial->all, &trial->responses, 0.5);
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
	assert_true(f.service.mean[0] < 524.75 && f.service.mean[1] > 524.75);
	assert_true(f.service.p50[0] < 525 && f.service.p50[1] > 524.5 &&
		    f.service.p50[1] - f.service.p50[0] < 5);
	assert_true(f.service.p99[0] <= 549.5 && f.service.p99[1] >= 549 && f.service.p99[0] > 545);
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
	assert_true(isinf(f.time[0]) && isnan(f.service.p50[0]) && isnan(f.service.p99[1]));
	assert_int_equal(trial_end(none).batches, 0);
	/* A last round that is short is no batch of its own. */
	for (unsigned i = 0; i < 9; i++)
		round_do(partial, 64, 1000);
	round_do(partial, 10, 1000);
	assert_int_equal(trial_end(partial).batches, 9);
}

/* What does not fill a batch is in one all the same: no stall is in a figure and in no interval of it. */
static void a_stall_in_what_is_left_over_is_in_the_intervals(void **state)
{
	(void)state;
	struct trial *trial = trial_begin(32 * 64 + 10);

	for (unsigned i = 0; i < 32; i++)
		round_do(trial, 64, 1000);
	round_do(trial, 10, 1000000);
	const double mean_ns = 0.5 * hist_mean(&trial->plain);
	const double time_ns = 0.5 * (double)trial->outcome.ticks /
	                       (double)trial->outcome.operations;
	struct run_figures f = trial_end(trial);

	assert_int_equal(f.batches, 16);
	assert_true(f.service.mean[0] <= mean_ns && mean_ns <= f.service.mean[1]);
	assert_true(f.time[0] <= time_ns && time_ns <= f.time[1]);
}

/*
 * More rounds than planned for, as after a warm-up that guessed low: 32 batches of one round, then of 2, 4, 8, and in the end
 * 31 of 16 rounds, of which the last has the 4 that are left. A drift tells their sizes: each has its own mean.
 */
static void more_than_planned(void **state)
{
	(void)state;
	struct trial *trial = trial_begin(64);

	for (unsigned i = 0; i < 500; i++)
		round_do(trial, 64, 1000 + 100 * i);
	batches_end(trial->batches, &trial->outcome, &trial->all, &trial->responses);
	assert_int_equal(trial->batches->used, 31);
	for (unsigned i = 0; i < 31; i++) {
		const struct run_batch *batch = &trial->batches->batch[i];
		const unsigned rounds = i < 30 ? 16 : 20;
		/* Uniform 0 .. 99 above the middle of its rounds; the clock has the same. */
		const double middle = 1049.5 + 100 * (16 * i + (rounds - 1) / 2.0);

		assert_int_equal(batch->operations, 64 * rounds);
		assert_int_equal(batch->latency.count, 64 * rounds);
		assert_true(fabs(hist_mean(&batch->latency) - middle) < 10);
		assert_true(fabs((double)batch->ticks / (64.0 * rounds) - middle) < 10);
	}
	assert_memory_equal(&trial->all, &trial->plain, sizeof(trial->all));
	free(trial->batches);
	free(trial);
}

/*
 * An open loop in one pass, as window.c has it: completions of a queue with one server, Poisson arrivals and exponential service
 * (M/M/1), whose response time is exponential with mean service / (1 - load): Lindley's recursion, started in the steady state.
 * Times in ticks; 48,000 operations, and neighbours that depend on each other over hundreds of them.
 */
#define QUEUE_OPS     48000
#define QUEUE_SERVICE 1000.0
#define QUEUE_RUNS    400

struct coverage {
	unsigned mean, p50, p99, time;
};

static double exponential(struct rng *rng, double mean)
{
	return -log(1 - rng_double(rng)) * mean;
}

static void queue_run(struct trial *trial, double load)
{
	const double mean = QUEUE_SERVICE / (1 - load), gap = QUEUE_SERVICE / load;
	double response = exponential(&trial->rng, mean), arrival = 0;
	uint64_t left = run_outcome_pass(&trial->outcome, QUEUE_OPS);

	assert_int_equal(left, QUEUE_OPS / RUN_BATCHES);
	for (unsigned i = 0; i < QUEUE_OPS; i++) {
		const double step = exponential(&trial->rng, gap);

		hist_record(trial->outcome.latency, (uint64_t)QUEUE_SERVICE);
		hist_record(trial->outcome.response, (uint64_t)llround(response));
		if (--left == 0) {
			left = QUEUE_OPS / RUN_BATCHES;
			run_outcome_batch(&trial->outcome, (uint64_t)(arrival + response));
		}
		trial->outcome.operations++;
		trial->outcome.ticks = (uint64_t)(arrival + response);
		arrival += step;
		response = fmax(response - step, 0) + exponential(&trial->rng, QUEUE_SERVICE);
	}
	run_outcome_round(&trial->outcome);
}

static bool inside(const double interval[2], double truth)
{
	return interval[0] <= truth && truth <= interval[1];
}

static void coverage_of(double load, uint64_t seed, struct coverage *hits)
{
	const double mean = QUEUE_SERVICE / (1 - load);
	struct trial *trial = trial_of(QUEUE_OPS, true);
	struct run_figures f;

	rng_seed(&trial->rng, seed);
	queue_run(trial, load);
	batches_end(trial->batches, &trial->outcome, &trial->all, &trial->responses);
	assert_int_equal(trial->all.count, QUEUE_OPS);
	assert_int_equal(trial->responses.count, QUEUE_OPS);
	batches_figure(&f, trial->batches, &trial->all, &trial->responses, 1);
	assert_int_equal(f.batches, RUN_BATCHES);
	hits->mean += inside(f.response.mean, mean);
	hits->p50 += inside(f.response.p50, mean * log(2));
	hits->p99 += inside(f.response.p99, mean * log(100));
	hits->time += inside(f.time, QUEUE_SERVICE / load);
	free(trial->batches);
	free(trial);
}

static void intervals_of_a_pass_cover_the_truth(void **state)
{
	static const double load[] = {0.3, 0.6};

	(void)state;
	for (unsigned l = 0; l < 2; l++) {
		struct coverage hits = {0};

		for (unsigned run = 0; run < QUEUE_RUNS; run++)
			coverage_of(load[l], 1000 * l + run + 1, &hits);
		print_message(
			"load %.1f, seeds from %u: of %d runs the response's mean is covered in "
			"%.1f %%, p50 in %.1f %%, p99 in %.1f %%; the time an operation in "
			"%.1f %%\n",
			load[l], 1000 * l + 1, QUEUE_RUNS, 100.0 * hits.mean / QUEUE_RUNS,
			100.0 * hits.p50 / QUEUE_RUNS, 100.0 * hits.p99 / QUEUE_RUNS,
			100.0 * hits.time / QUEUE_RUNS);
		/* 95 %, less three standard deviations of 400 runs. */
		assert_in_range(hits.mean, QUEUE_RUNS * 917 / 1000, QUEUE_RUNS);
		assert_in_range(hits.p50, QUEUE_RUNS * 917 / 1000, QUEUE_RUNS);
		assert_in_range(hits.p99, QUEUE_RUNS * 917 / 1000, QUEUE_RUNS);
		assert_in_range(hits.time, QUEUE_RUNS * 917 / 1000, QUEUE_RUNS);
	}
}

static void no_memory(void **state)
{
	(void)state;
	fault_arm(1, false);
	assert_null(batches_open());
	fault_arm(0, false);
}

/* A pass whose operations fill all batches has them all, however often one more is told to have ended. */
static void a_pass_fills_the_last_batch_too(void **state)
{
	(void)state;
	for (unsigned told = RUN_BATCHES - 1; told <= RUN_BATCHES + 1; told++) {
		struct trial *trial = trial_of(RUN_BATCHES * UINT64_C(10), true);

		assert_int_equal(run_outcome_pass(&trial->outcome, RUN_BATCHES * UINT64_C(10)), 10);
		for (unsigned i = 1; i <= told; i++)
			run_outcome_batch(&trial->outcome, UINT64_C(1000) * i);
		trial->outcome.operations = RUN_BATCHES * UINT64_C(10);
		trial->outcome.ticks = RUN_BATCHES * UINT64_C(1000);
		const struct run_batches *batches = trial->batches;

		batches_end(trial->batches, &trial->outcome, &trial->all, &trial->responses);
		assert_int_equal(batches->used, RUN_BATCHES);
		for (unsigned i = 0; i < RUN_BATCHES; i++) {
			assert_int_equal(batches->batch[i].operations, 10);
			assert_int_equal(batches->batch[i].ticks, 1000);
		}
		free(trial->batches);
		free(trial);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pass_fills_the_last_batch_too),
		cmocka_unit_test(intervals_hold_the_means),
		cmocka_unit_test(a_slow_start_and_a_drift_are_not_steady),
		cmocka_unit_test(few_rounds_say_nothing),
		cmocka_unit_test(a_stall_in_what_is_left_over_is_in_the_intervals),
		cmocka_unit_test(more_than_planned),
		cmocka_unit_test(intervals_of_a_pass_cover_the_truth),
		cmocka_unit_test(no_memory),
	};

	return cmocka_run_group_tests_name("batches", tests, NULL, NULL);
}
