// SPDX-License-Identifier: BSD-2-Clause
/*
 * batches.c: the batches of one trial: what intervals within a run are made of. Cases of rounds tell of each round's
 * end, outside the measured time; cell.c opens and closes the account; trial.c asks for its figures. Nothing is
 * allocated while a trial runs: a batch is a histogram and two sums in a fixed array that all trials of a run share.
 */
#include "harness/run/run_priv.h"

#include <math.h>
#include <stdlib.h>

#include "drivers/support/fault.h"
#include "harness/stats/series.h"

#define BATCH_LEVEL      0.95
#define STEADY_TOLERANCE 0.05

struct run_batches *batches_open(void)
{
	struct run_batches *b = fault_point("batches") ? NULL : malloc(sizeof(*b));

	/* Touched here, so that no page fault falls between two rounds. */
	for (unsigned i = 0; b && i < RUN_BATCHES; i++)
		hist_init(&b->batch[i].latency);
	return b;
}

void batches_begin(struct run_batches *b, struct run_outcome *outcome, uint64_t operations)
{
	b->used = 0;
	b->operations = operations;
	b->batch_operations = 0;
	b->mark_operations = 0;
	b->mark_ticks = 0;
	hist_init(&b->batch[0].latency);
	outcome->latency = &b->batch[0].latency;
	outcome->batches = b;
}

/* Closes the batch in hand. */
static void batch_end(struct run_batches *b, const struct run_outcome *outcome)
{
	struct run_batch *batch = &b->batch[b->used++];

	batch->operations = outcome->operations - b->mark_operations;
	batch->ticks = outcome->ticks - b->mark_ticks;
	b->mark_operations = outcome->operations;
	b->mark_ticks = outcome->ticks;
}

void run_outcome_round(struct run_outcome *outcome)
{
	struct run_batches *b = outcome->batches;

	/* Whole rounds, equally many in each batch. */
	if (!b->batch_operations && outcome->operations)
		b->batch_operations = (b->operations + RUN_BATCHES * outcome->operations - 1) /
		                      (RUN_BATCHES * outcome->operations) * outcome->operations;
	if (b->used + 1 >= RUN_BATCHES || !b->batch_operations ||
		outcome->operations - b->mark_operations < b->batch_operations)
		return;
	batch_end(b, outcome);
	hist_init(&b->batch[b->used].latency);
	outcome->latency = &b->batch[b->used].latency;
}

void batches_end(struct run_batches *b, struct run_outcome *outcome, struct hist *latency)
{
	batch_end(b, outcome);
	for (uint32_t i = 0; i < b->used; i++)
		hist_merge(latency, &b->batch[i].latency);
	/* What did not fill a batch counts in the whole, and is no batch. */
	if (b->batch[b->used - 1].operations < b->batch_operations || !b->batch_operations)
		b->used--;
	outcome->latency = latency;
}

static void mean_interval(
	const struct run_batches *b, const double *value, double scale, double low_high[2])
{
	struct stats_interval interval = stats_batch_mean(value, b->used, BATCH_LEVEL).interval;

	/* No time is below 0, however skewed the batches are. */
	low_high[0] = isfinite(interval.low) ? fmax(interval.low, 0) * scale : interval.low;
	low_high[1] = interval.high * scale;
}

static void quantile_interval(const struct run_batches *b, const struct hist *all, double q,
	double scale, double low_high[2])
{
	const uint64_t at = hist_quantile(all, q);
	double share[RUN_BATCHES];

	for (uint32_t i = 0; i < b->used; i++)
		share[i] = hist_share(&b->batch[i].latency, at);
	struct stats_interval ranks = stats_batch_share(share, b->used, q, BATCH_LEVEL);

	low_high[0] = isfinite(ranks.low) ? hist_quantile_between(all, ranks.low) * scale
	                                  : (double)NAN;
	low_high[1] = isfinite(ranks.high) ? hist_quantile_between(all, ranks.high) * scale
	                                   : (double)NAN;
}

void batches_figure(struct run_figures *f, const struct run_batches *b, const struct hist *all,
	double ns_per_tick)
{
	double time[RUN_BATCHES], latency[RUN_BATCHES];

	*f = (struct run_figures){.batches = b->used};
	for (uint32_t i = 0; i < b->used; i++) {
		time[i] = (double)b->batch[i].ticks / (double)b->batch[i].operations;
		latency[i] = hist_mean(&b->batch[i].latency);
	}
	f->lag1 = stats_batch_mean(time, b->used, BATCH_LEVEL).lag1;
	f->steady = stats_steady(time, b->used, STEADY_TOLERANCE).reached;
	mean_interval(b, time, ns_per_tick, f->time);
	mean_interval(b, latency, ns_per_tick, f->mean);
	quantile_interval(b, all, 0.5, ns_per_tick, f->p50);
	quantile_interval(b, all, 0.99, ns_per_tick, f->p99);
}
