// SPDX-License-Identifier: BSD-2-Clause
/*
 * rate.c: how fast a cell is, and by that how much a trial of it does. Called by execute.c before the first trial and before
 * each; search.c asks for whole bunches. Keeps no record: what it runs is outside of it.
 */
#include "harness/run/run_priv.h"

#include <errno.h>
#include <math.h>

#include "harness/run/window.h"

#define WARM_UP_TRIALS_MAX 8
#define WARM_UP_S_MAX      0.5 /* of one trial, so that long trials need no longer warm-up */
#define RATE_SAMPLES       9   /* newest repetitions that the next one is planned by */
#define RATE_SAMPLES_MIN   3
#define STEADY_CHANGE      0.05 /* two warm-up trials this close: steady */

/* One trial outside the record. @rate: operations a second, NAN where no time passed. */
static int warm_up_trial(
	struct run_cell *cell, uint64_t operations, double *rate, double *seconds, struct err *err)
{
	struct run_trial trial = {.cell = cell, .name = cell->name, .operations = operations};
	int rc = cell_trial(&trial, err);

	*seconds = run_trial_seconds(&trial);
	*rate = *seconds > 0 ? (double)trial.outcome.operations / *seconds : (double)NAN;
	return rc == -EILSEQ ? 0 : rc; /* a finding is recorded and does not stop the run */
}

/*
 * The least that a trial of a closed loop does. Requesters that share processors wait for their turn once a round, however
 * little each then does: planned by that time, less than a round would come out as ever less.
 */
static uint64_t operations_least(const struct run_cell *cell)
{
	const uint32_t threads = cell->params.threads;

	if (threads == 1 || !machine_crowded(cell->machine, threads, cell_adapters(cell) > 1))
		return 1;
	return (uint64_t)threads * run_window_layout(cell, false).count;
}

/*
 * Finds the rate of a cell and warms everything up: more operations until a trial takes half the duration wanted, then
 * trials of the final length until two in a row agree. Where none do the fastest tells: disturbances only slow down.
 */
int rate_find(struct run_cell *cell, struct err *err)
{
	const double wanted_s = fmin((double)cell->settings->duration_ns * 1e-9, WARM_UP_S_MAX);
	const uint64_t least = operations_least(cell);
	uint64_t operations = least > 4 ? least : 4;
	double rate = (double)NAN, last = (double)NAN, best = 0, seconds = 0;

	cell->steady = false;
	cell->offered_per_s = 0;
	for (unsigned i = 0; i < 24 && seconds < wanted_s / 2; i++) {
		int rc = warm_up_trial(cell, operations, &rate, &seconds, err);

		if (rc)
			return rc;
		/* More of what comes to nothing would come to nothing. */
		if (!(rate > 0))
			break;
		double factor = seconds > 0 ? wanted_s / seconds : 10;

		if (seconds < wanted_s / 2)
			operations = (uint64_t)((double)operations * fmin(fmax(factor, 1.5), 10)) +
			             1;
	}
	for (unsigned i = 0; i < WARM_UP_TRIALS_MAX && !cell->steady && rate > 0; i++) {
		last = rate;
		best = fmax(best, rate);
		operations = (uint64_t)fmax(best * wanted_s, (double)least);
		int rc = warm_up_trial(cell, operations, &rate, &seconds, err);

		if (rc)
			return rc;
		cell->steady = fabs(rate - last) <= STEADY_CHANGE * last;
	}
	best = cell->steady || !(rate < best) ? rate : best;
	cell->operations_per_s = best > 0 ? best : 1;
	return 0;
}

/* What an open loop is to be offered, now that the warm-up has told what the closed loop reaches. */
double rate_offered(const struct run_cell *cell)
{
	const struct run_params *p = &cell->params;

	if (p->arrival == LOAD_CLOSED)
		return 0;
	switch (p->rate_unit) {
	case RUN_RATE_OPS:
		return (double)p->rate;
	case RUN_RATE_BYTES:
		return (double)p->rate / (double)p->mean_bytes;
	default:
		return (double)p->rate / 100 * cell->operations_per_s;
	}
}

/*
 * Operations a second to expect of the next trial: the median of what was measured, so that a warm-up that was
 * disturbed does not make one cell's trials longer than another's for good.
 */
static double closed_rate(const struct run_cell *cell)
{
	double rate[RATE_SAMPLES];
	size_t count = 0;

	for (uint32_t i = cell->sample_count; i > 0 && count < RATE_SAMPLES; i--)
		rate[count++] = cell->sample[i - 1].counter[STORE_items_per_second];
	double median = count < RATE_SAMPLES_MIN ? (double)NAN : stats_median(rate, count);

	return median > 0 ? median : cell->operations_per_s;
}

/* Operations a second that a trial is planned for. */
static double trial_rate(const struct run_cell *cell)
{
	return cell->offered_per_s > 0 ? cell->offered_per_s : closed_rate(cell);
}

uint64_t run_whole_bunches(const struct run_cell *cell, double operations)
{
	const uint64_t least = (uint64_t)fmax(operations, 1);
	const uint64_t bunch = cell->offered_per_s > 0 ? cell->params.burst : 1;

	return (least + bunch - 1) / bunch * bunch;
}

/* What a trial of the length asked for does. */
uint64_t rate_operations(const struct run_cell *cell)
{
	const double wanted = trial_rate(cell) * (double)cell->settings->duration_ns * 1e-9;
	const double least = cell->offered_per_s > 0 ? 1 : (double)operations_least(cell);

	return run_whole_bunches(cell, fmax(wanted, least));
}
