// SPDX-License-Identifier: BSD-2-Clause
/*
 * search.c: the highest rate whose response time meets a limit (key rate.find), by the search of harness/load/seek.h: each
 * probe is a trial of the cell outside the record, every probe is stored. Called by execute.c between warm-up and trials.
 */
#include "harness/run/run_priv.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/support/fault.h"
#include "harness/load/seek.h"

#define PROBE_OPS_BEHIND 10 /* a percentile is judged by so many operations beyond it ... */
#define PROBE_LONGEST    10 /* ... but a probe takes no more than so many durations for it */

int search_parse(const char *text, double *quantile, double *limit_ns)
{
	char *end = NULL;
	uint64_t ns = 0;

	if (text[0] != 'p')
		return -EINVAL;
	double percent = strtod(text + 1, &end);

	if (end == text + 1 || !(percent > 0 && percent < 100) || strncmp(end, "<=", 2) != 0 ||
		opt_parse_time(end + 2, &ns) || !ns)
		return -EINVAL;
	*quantile = percent / 100;
	*limit_ns = (double)ns;
	return 0;
}

struct probing {
	struct run_cell *cell;
	bool (*cancelled)(void *arg);
	void *arg;
	double quantile, limit_ns;
	struct err *err;
};

static int probe_trial(void *arg, double per_second, struct seek_probe *probe)
{
	const struct probing *probing = arg;
	struct run_cell *cell = probing->cell;
	const double wanted_s = (double)cell->settings->duration_ns * 1e-9;
	const double least = PROBE_OPS_BEHIND / (1 - probing->quantile);
	struct run_trial trial = {.cell = cell, .name = cell->name};

	if (probing->cancelled(probing->arg))
		return -ECANCELED;
	cell->offered_per_s = per_second;
	trial.operations = run_whole_bunches(
		cell, ceil(fmax(per_second * wanted_s,
			      fmin(least, PROBE_LONGEST * per_second * wanted_s))));
	int rc = cell_trial(&trial, probing->err);

	if (rc && rc != -EILSEQ)
		return rc;
	const struct hist *response = trial.outcome.response;

	probe->achieved = run_trial_counter(&trial, STORE_items_per_second);
	probe->sustained = run_trial_sustained(&trial);
	probe->value_ns = response->count ? (double)hist_quantile(response, probing->quantile) *
	                                            cell->machine->clock.ns_per_tick
	                                  : (double)NAN;
	probe->met = probe->sustained && probe->value_ns <= probing->limit_ns;
	return 0;
}

/* Median of the percentile over the confirming probes, the last ones. */
static double confirmed_ns(const struct seek *seek)
{
	double value[SEEK_CONFIRMATIONS];
	unsigned count = seek->count < SEEK_CONFIRMATIONS ? seek->count : SEEK_CONFIRMATIONS;

	for (unsigned i = 0; i < count; i++)
		value[i] = seek->probe[seek->count - count + i].value_ns;
	return stats_median(value, count);
}

/* "p99 of the response time at or under 50 us" */
static void limit_text(const struct probing *probing, char *out, size_t room)
{
	char limit[32];

	snprintf(out, room, "p%g of the response time at or under %s", 100 * probing->quantile,
		opt_show_time(probing->limit_ns, limit, sizeof(limit)));
}

static void sentence_none(
	const struct probing *probing, const struct seek *seek, char *out, size_t room)
{
	const struct seek_probe *last = &seek->probe[seek->count ? seek->count - 1 : 0];
	char limit[96], value[32];

	limit_text(probing, limit, sizeof(limit));
	snprintf(out, room,
		"%s, %s: no rate has %s: at %.0f operations/s, the lowest tried, it was %s (%u "
		"probes)",
		run_strategy_words[probing->cell->params.strategy],
		run_dir_words[probing->cell->params.dir], limit, last->per_second,
		opt_show_time(last->value_ns, value, sizeof(value)), seek->count);
}

static void sentence_found(
	const struct probing *probing, const struct seek *seek, char *out, size_t room)
{
	const struct run_cell *cell = probing->cell;
	const struct run_params *p = &cell->params;
	char limit[96], value[32], size[32], above[96];

	limit_text(probing, limit, sizeof(limit));
	if (isfinite(seek->high))
		snprintf(above, sizeof(above), "at %.0f/s it is missed", seek->high);
	else
		snprintf(above, sizeof(above), "no rate tried missed it");
	snprintf(out, room,
		"%s, %s, %.48s, depth %u: up to %.0f operations/s (%.3g MB/s, %.0f %% of the "
		"closed "
		"loop) "
		"arrive with %s; %s. Held in %u of %d probes, median %s; %u probes in all",
		run_strategy_words[p->strategy], run_dir_words[p->dir],
		cell->mix ? cell->mix->name : opt_show_size(p->size_bytes, size, sizeof(size)),
		p->depth, seek->low, seek->low * (double)p->mean_bytes * 1e-6,
		100 * seek->low / cell->operations_per_s, limit, above, seek->confirmed,
		SEEK_CONFIRMATIONS, opt_show_time(confirmed_ns(seek), value, sizeof(value)),
		seek->count);
}

static int search_store(const struct probing *probing, const struct seek *seek, struct store *store,
	struct err *err)
{
	struct store_probe probe[SEEK_PROBES_MAX];
	struct store_rate rate = {.quantile = probing->quantile,
		.limit_ns = probing->limit_ns,
		.closed_per_second = probing->cell->operations_per_s,
		.low_per_second = seek->low,
		.high_per_second = seek->high,
		.probe_count = seek->count,
		.probe = probe};

	snprintf(rate.cell, sizeof(rate.cell), "%s", probing->cell->name);
	for (unsigned i = 0; i < seek->count; i++)
		probe[i] = (struct store_probe){.offered_per_second = seek->probe[i].per_second,
			.achieved_per_second = seek->probe[i].achieved,
			.value_ns = seek->probe[i].value_ns,
			.sustained = seek->probe[i].sustained,
			.met = seek->probe[i].met};
	if (seek->low > 0)
		sentence_found(probing, seek, rate.sentence, sizeof(rate.sentence));
	else
		sentence_none(probing, seek, rate.sentence, sizeof(rate.sentence));
	return store_rate(store, &rate, err);
}

int search_cell(
	struct run_cell *cell, struct store *store, const struct run_hooks *hooks, struct err *err)
{
	struct probing probing = {.cell = cell,
		.cancelled = hooks->cancelled,
		.arg = hooks->arg,
		.quantile = cell->params.find_quantile,
		.limit_ns = cell->params.find_limit_ns,
		.err = err};
	struct seek *seek = fault_point("search") ? NULL : malloc(sizeof(*seek));

	if (!seek)
		return err_short(err, -ENOMEM, "%s: no memory for a search", cell->name);
	int rc = seek_rate(seek, cell->operations_per_s, probe_trial, &probing);

	/* The trials that follow run at the rate found, or at the lowest tried, and confirm it. */
	cell->offered_per_s = seek->low > 0 ? seek->low
	                      : seek->count ? seek->probe[seek->count - 1].per_second
	                                    : cell->operations_per_s;
	if (rc == -ECANCELED)
		rc = 0; /* the caller asks again */
	else if (!rc && store)
		rc = search_store(&probing, seek, store, err);
	free(seek);
	return rc;
}
