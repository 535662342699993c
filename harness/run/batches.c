// SPDX-License-Identifier: BSD-2-Clause
/*
 * batches.c: the batches of one trial: what intervals within a run are made of. Cases of rounds tell of each round's
 * end, outside the measured time, a pass of an open loop of every so many completions; cell.c opens and closes the account;
 * trial.c asks for its figures. Nothing is allocated while a trial runs: a batch is two histograms and two sums in a fixed
 * array that all trials of a run share.
 */
#include "harness/run/run_priv.h"

#include <math.h>
#include <stdlib.h>

#include "drivers/support/fault.h"
#include "harness/stats/series.h"

#define BATCH_LEVEL      0.95
#define STEADY_TOLERANCE 0.05

static void batch_empty(struct run_batch *batch)
{
	hist_init(&batch->latency);
	hist_init(&batch->response);
}

struct run_batches *batches_open(void)
{
	struct run_batches *b = fault_point("batches") ? NULL : malloc(sizeof(*b));

	/* Touched here, so that no page fault falls between two rounds. */
	for (unsigned i = 0; b && i <= RUN_BATCHES; i++)
		batch_empty(&b->batch[i]);
	return b;
}

/* @outcome records into batch number @b->used from now on. */
static void batch_record(struct run_batches *b, struct run_outcome *outcome)
{
	outcome->latency = &b->batch[b->used].latency;
	outcome->response = &b->batch[b->used].response;
}

static void batch_begin(struct run_batches *b, struct run_outcome *outcome)
{
	batch_record(b, outcome);
	if (!b->open) /* else emptied before anything was timed */
		batch_empty(&b->batch[b->used]);
}

void batches_begin(
	struct run_batches *b, struct run_outcome *outcome, uint64_t operations, bool open)
{
	b->used = 0;
	b->open = open;
	b->operations = operations;
	b->batch_operations = 0;
	b->mark_operations = 0;
	b->mark_ticks = 0;
	for (unsigned i = 0; open && i <= RUN_BATCHES; i++)
		batch_empty(&b->batch[i]);
	batch_begin(b, outcome);
	outcome->batches = b;
}

/* Closes the batch in hand, which ends at these counts of the trial. */
static void batch_end(struct run_batches *b, uint64_t operations, uint64_t ticks)
{
	struct run_batch *batch = &b->batch[b->used++];

	batch->operations = operations - b->mark_operations;
	batch->ticks = ticks - b->mark_ticks;
	b->mark_operations = operations;
	b->mark_ticks = ticks;
}

static void batch_add(struct run_batch *batch, const struct run_batch *more)
{
	hist_merge(&batch->latency, &more->latency);
	hist_merge(&batch->response, &more->response);
	batch->operations += more->operations;
	batch->ticks += more->ticks;
}

/*
 * The account is full and one more batch has come, as after a warm-up that guessed low: neighbours become one, and what is in
 * hand is half of one. So batches stay of one size, whatever comes.
 */
static void batches_halve(struct run_batches *b)
{
	for (size_t i = 0; i < RUN_BATCHES / 2; i++) {
		if (i)
			b->batch[i] = b->batch[2 * i];
		batch_add(&b->batch[i], &b->batch[2 * i + 1]);
	}
	b->used = RUN_BATCHES / 2;
	b->batch[b->used] = b->batch[RUN_BATCHES];
	for (uint32_t i = b->used + 1; i <= RUN_BATCHES; i++)
		batch_empty(&b->batch[i]);
	b->batch_operations *= 2;
}

void run_outcome_round(struct run_outcome *outcome)
{
	struct run_batches *b = outcome->batches;

	if (!b)
		return;
	/* Whole rounds, equally many in each batch. */
	if (!b->batch_operations && outcome->operations)
		b->batch_operations = (b->operations + RUN_BATCHES * outcome->operations - 1) /
		                      (RUN_BATCHES * outcome->operations) * outcome->operations;
	if (!b->batch_operations || outcome->operations - b->mark_operations < b->batch_operations)
		return;
	if (b->used == RUN_BATCHES) {
		batches_halve(b);
		batch_record(b, outcome);
		return;
	}
	batch_end(b, outcome->operations, outcome->ticks);
	batch_begin(b, outcome);
}

uint64_t run_outcome_pass(struct run_outcome *outcome, uint64_t operations)
{
	struct run_batches *b = outcome->batches;

	if (!b)
		return 0;
	b->batch_operations = (operations + RUN_BATCHES - 1) / RUN_BATCHES;
	return b->batch_operations;
}

void run_outcome_batch(struct run_outcome *outcome, uint64_t ticks)
{
	struct run_batches *b = outcome->batches;

	if (b->used + 1 >= RUN_BATCHES)
		return;
	batch_end(b, b->mark_operations + b->batch_operations, ticks);
	batch_begin(b, outcome);
}

/* What does not fill a batch joins the one before: left out, a stall in it would be in the figure and in no interval. */
static void batch_last_join(struct run_batches *b)
{
	const struct run_batch *last = &b->batch[b->used - 1];

	if (b->batch_operations && last->operations >= b->batch_operations)
		return;
	b->used--;
	if (!b->used)
		return;
	batch_add(&b->batch[b->used - 1], last);
}

void batches_end(struct run_batches *b, struct run_outcome *outcome, struct hist *latency,
	struct hist *response)
{
	batch_end(b, outcome->operations, outcome->ticks);
	for (uint32_t i = 0; i < b->used; i++) {
		hist_merge(latency, &b->batch[i].latency);
		if (b->open)
			hist_merge(response, &b->batch[i].response);
	}
	batch_last_join(b);
	outcome->latency = latency;
	outcome->response = response;
}

/* @value: of the batches, each the mean of @size values; evened out here. */
static void mean_interval(const struct run_batches *b, double *value, const double *size,
	double scale, double low_high[2])
{
	stats_batch_even(value, size, b->used);
	struct stats_interval interval = stats_batch_mean(value, b->used, BATCH_LEVEL).interval;

	/* No time is below 0, however skewed the batches are. */
	low_high[0] = isfinite(interval.low) ? fmax(interval.low, 0) * scale : interval.low;
	low_high[1] = interval.high * scale;
}

/* Which of a batch's two histograms. */
static const struct hist *batch_hist(const struct run_batch *batch, bool response)
{
	return response ? &batch->response : &batch->latency;
}

static void quantile_interval(const struct run_batches *b, const struct hist *all, bool response,
	double q, double scale, double low_high[2])
{
	const uint64_t at = hist_quantile(all, q);
	double share[RUN_BATCHES], size[RUN_BATCHES];

	for (uint32_t i = 0; i < b->used; i++) {
		const struct hist *hist = batch_hist(&b->batch[i], response);

		share[i] = hist_share(hist, at);
		size[i] = (double)hist->count;
	}
	stats_batch_even(share, size, b->used);
	struct stats_interval ranks = stats_batch_share(share, b->used, q, BATCH_LEVEL);

	low_high[0] = isfinite(ranks.low) ? hist_quantile_between(all, ranks.low) * scale
	                                  : (double)NAN;
	low_high[1] = isfinite(ranks.high) ? hist_quantile_between(all, ranks.high) * scale
	                                   : (double)NAN;
}

/* Mean, median and p99 of one of the two times. */
static void time_intervals(struct run_intervals *intervals, const struct run_batches *b,
	const struct hist *all, bool response, double ns_per_tick)
{
	double mean[RUN_BATCHES], size[RUN_BATCHES];

	for (uint32_t i = 0; i < b->used; i++) {
		const struct hist *hist = batch_hist(&b->batch[i], response);

		mean[i] = hist_mean(hist);
		size[i] = (double)hist->count;
	}
	mean_interval(b, mean, size, ns_per_tick, intervals->mean);
	quantile_interval(b, all, response, 0.5, ns_per_tick, intervals->p50);
	quantile_interval(b, all, response, 0.99, ns_per_tick, intervals->p99);
}

void batches_figure(struct run_figures *f, const struct run_batches *b, const struct hist *latency,
	const struct hist *response, double ns_per_tick)
{
	double time[RUN_BATCHES], size[RUN_BATCHES];

	*f = (struct run_figures){.batches = b->used};
	for (uint32_t i = 0; i < b->used; i++) {
		size[i] = (double)b->batch[i].operations;
		time[i] = (double)b->batch[i].ticks / size[i];
	}
	f->lag1 = stats_batch_mean(time, b->used, BATCH_LEVEL).lag1;
	const struct stats_steadiness steadiness = stats_steady(time, b->used, STEADY_TOLERANCE);

	f->steady = steadiness.reached;
	f->steady_from = f->steady ? (double)steadiness.skip : (double)NAN;
	mean_interval(b, time, size, ns_per_tick, f->time);
	time_intervals(&f->service, b, latency, false, ns_per_tick);
	if (b->open)
		time_intervals(&f->response, b, response, true, ns_per_tick);
}
