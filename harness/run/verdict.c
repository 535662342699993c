// SPDX-License-Identifier: BSD-2-Clause
/*
 * verdict.c: from cells to the answer: from which size on is packet-based DMA faster than the common buffer? For every
 * direction x source x completion x depth in the plan, and for packet, packet-cached and miniports of one's own
 * against common. Called by
 * execute.c when all groups are measured; the statistics are harness/stats'.
 */
#include "harness/run/run_priv.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VERDICT_LEVEL 0.95

/* The cells of two strategies over all sizes, everything else equal. */
struct series {
	const struct run_cell *common[OPT_LIST_MAX], *packet[OPT_LIST_MAX];
	double size_bytes[OPT_LIST_MAX];
	size_t sizes;
	size_t blocks;
};

static const struct run_cell *group_cell(const struct run_group *group, enum run_strategy strategy)
{
	for (uint32_t i = 0; i < group->cell_count; i++) {
		if (group->cell[i].params.strategy == strategy)
			return &group->cell[i];
	}
	return NULL;
}

static bool same_but_size(const struct run_params *a, const struct run_params *b)
{
	return a->dir == b->dir && a->threads == b->threads && a->adapters == b->adapters &&
	       a->to_device_percent == b->to_device_percent && a->completion == b->completion &&
	       a->source == b->source && a->depth == b->depth && a->batch == b->batch &&
	       a->offset_bytes == b->offset_bytes &&
	       a->fragmentation_percent == b->fragmentation_percent &&
	       a->high_percent == b->high_percent && a->window_bytes == b->window_bytes &&
	       a->device_offset_bytes == b->device_offset_bytes && a->cache == b->cache &&
	       a->pages == b->pages && a->arrival == b->arrival && a->pin == b->pin;
}

static bool group_compares(const struct run_group *group)
{
	/* The throughput of an open loop is what it was offered: it compares nothing. */
	if (group->cell[0].params.arrival != LOAD_CLOSED)
		return false;
	if (group->cell[0].mix) /* has no size of its own */
		return false;
	return (group->cell[0].bench->keys & (RUN_KEY_STRATEGY | RUN_KEY_SIZE)) ==
	       (RUN_KEY_STRATEGY | RUN_KEY_SIZE);
}

/* Sizes ascend in the series whatever their order in the job. */
static void series_add(
	struct series *series, const struct run_cell *common, const struct run_cell *packet)
{
	const double size = (double)packet->params.size_bytes;
	size_t at = series->sizes;

	for (; at > 0 && series->size_bytes[at - 1] > size; at--) {
		series->size_bytes[at] = series->size_bytes[at - 1];
		series->common[at] = series->common[at - 1];
		series->packet[at] = series->packet[at - 1];
	}
	series->size_bytes[at] = size;
	series->common[at] = common;
	series->packet[at] = packet;
	series->sizes++;
	if (series->blocks > packet->sample_count)
		series->blocks = packet->sample_count;
	if (series->blocks > common->sample_count)
		series->blocks = common->sample_count;
}

static void series_collect(struct series *series, const struct run_plan *plan, size_t first,
	enum run_strategy strategy)
{
	const struct run_params *like = &plan->group[first].cell[0].params;

	*series = (struct series){.blocks = SIZE_MAX};
	for (size_t g = first; g < plan->group_count && series->sizes < OPT_LIST_MAX; g++) {
		const struct run_group *group = &plan->group[g];

		if (group->cell[0].settings != plan->group[first].cell[0].settings ||
			group->cell[0].bench != plan->group[first].cell[0].bench ||
			!same_but_size(&group->cell[0].params, like))
			continue;
		const struct run_cell *packet = group_cell(group, strategy);
		const struct run_cell *common = group_cell(group, RUN_COMMON);

		if (packet && common)
			series_add(series, common, packet);
	}
}

static double sample_in_block(const struct run_cell *cell, uint32_t block)
{
	for (uint32_t i = 0; i < cell->sample_count; i++) {
		if (cell->sample[i].block == block && !cell->sample[i].failed)
			return cell->sample[i].counter[STORE_bytes_per_second];
	}
	return (double)NAN;
}

/* Throughput of packet over common at every size, block by block; NAN where a trial failed. */
static double *series_ratios(const struct series *series)
{
	double *ratio = calloc(series->blocks * series->sizes, sizeof(*ratio));

	for (uint32_t b = 0; ratio && b < series->blocks; b++) {
		for (size_t s = 0; s < series->sizes; s++)
			ratio[b * series->sizes + s] = sample_in_block(series->packet[s], b) /
			                               sample_in_block(series->common[s], b);
	}
	return ratio;
}

static double ratio_at(const double *ratio, const struct series *series, size_t size)
{
	double values[1024];
	size_t n = 0;

	for (size_t b = 0; b < series->blocks && n < 1024; b++) {
		double r = ratio[b * series->sizes + size];

		if (isfinite(r))
			values[n++] = r;
	}
	return n ? stats_median(values, n) : (double)NAN;
}

static void show_interval(const struct stats_interval *interval, char *out, size_t room)
{
	char low[32], high[32];

	if (isfinite(interval->low) && isfinite(interval->high))
		snprintf(out, room, "95 %% interval %s to %s",
			opt_show_size((uint64_t)interval->low, low, sizeof(low)),
			opt_show_size((uint64_t)interval->high, high, sizeof(high)));
	else
		snprintf(out, room, "its interval is open at the end of the range measured");
}

static void show_where(const struct store_crossover *c, char *out, size_t room)
{
	const char *dir = strcmp(c->dir, "to_device") == 0 ? "To the device"
	                  : strcmp(c->dir, "mixed") == 0   ? "Both ways"
	                                                   : "From the device";

	snprintf(out, room, "%s, source %s, depth %u, %s completion%s%s", dir, c->source, c->depth,
		c->completion, c->extra[0] ? ", " : "", c->extra);
}

/* Too long a sentence is cut: it is text for people, and every number in it stands in the record as well. */
static void sentence_set(struct store_crossover *c, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static void sentence_set(struct store_crossover *c, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(c->sentence, sizeof(c->sentence), format, args);
	va_end(args);
}

/* Sizes farther apart than this give a rough crossover only (stats.h: the error of interpolation). */
#define STEP_FINE 4

/* Largest factor between neighbouring sizes. */
static double series_step(const struct series *series)
{
	double step = 1;

	for (size_t s = 1; s < series->sizes; s++)
		step = fmax(step, series->size_bytes[s] / series->size_bytes[s - 1]);
	return step;
}

/* What a sentence quotes: throughput of B over A where it matters. */
struct quoted {
	double first, last;     /* at the smallest and the largest size */
	double best, best_size; /* the highest, and where */
	double step;            /* largest factor between neighbouring sizes */
};

static void sentence_found(struct store_crossover *c, const char *where, const struct quoted *q)
{
	char size[32], interval[96], best[32];

	opt_show_size((uint64_t)c->result.size_bytes, size, sizeof(size));
	opt_show_size((uint64_t)q->best_size, best, sizeof(best));
	show_interval(&c->result.interval, interval, sizeof(interval));
	sentence_set(c,
		"%s: use %s below %s and %s from there on (%s%s); at %s %s moves %.2f times as "
		"much.",
		where, c->slow_start, size, c->fast_end, interval,
		q->step > STEP_FINE ? "; rough, as the sizes measured lie far apart" : "", best,
		c->fast_end, q->best);
}

/* One sentence a manager can read. */
static void crossover_sentence(struct store_crossover *c, const struct quoted *q)
{
	char where[120 + STORE_EXTRA_MAX], low[32], high[32];

	show_where(c, where, sizeof(where));
	opt_show_size((uint64_t)c->size_min_bytes, low, sizeof(low));
	opt_show_size((uint64_t)c->size_max_bytes, high, sizeof(high));
	switch (c->result.kind) {
	case STATS_CROSSOVER_FOUND:
		sentence_found(c, where, q);
		break;
	case STATS_CROSSOVER_A_ALWAYS:
		sentence_set(c,
			"%s: no crossover from %s to %s: %s does not get clearly ahead of %s for "
			"good (at %s it "
			"moves %.2f times as much).",
			where, low, high, c->fast_end, c->slow_start, high, q->last);
		break;
	case STATS_CROSSOVER_B_ALWAYS:
		sentence_set(c,
			"%s: no crossover from %s to %s: %s is at least as good as %s throughout "
			"(%.2f times as "
			"much at %s, %.2f times at %s).",
			where, low, high, c->fast_end, c->slow_start, q->first, low, q->last, high);
		break;
	case STATS_CROSSOVER_UNCLEAR:
		sentence_set(c,
			"%s: unclear where %s overtakes %s between %s and %s: the repetitions "
			"disagree; use more of "
			"them, or more sizes.",
			where, c->fast_end, c->slow_start, low, high);
		break;
	}
}

static struct quoted series_quote(const struct series *series, const double *ratio)
{
	struct quoted q = {
		.first = ratio_at(ratio, series, 0),
		.last = ratio_at(ratio, series, series->sizes - 1),
		.step = series_step(series),
	};

	for (size_t s = 0; s < series->sizes; s++) {
		double at = ratio_at(ratio, series, s);

		if (at > q.best) {
			q.best = at;
			q.best_size = series->size_bytes[s];
		}
	}
	return q;
}

static int series_store(const struct series *series, struct store *store, struct err *err)
{
	const struct run_cell *cell = series->packet[0];
	struct store_crossover c = {
		.depth = cell->params.depth,
		.size_min_bytes = series->size_bytes[0],
		.size_max_bytes = series->size_bytes[series->sizes - 1],
	};
	double *ratio = series_ratios(series);

	if (!ratio)
		return err_short(err, -ENOMEM, "no memory for the crossover");
	snprintf(c.dir, sizeof(c.dir), "%s", cell->record_params.dir);
	snprintf(c.source, sizeof(c.source), "%s", cell->record_params.source);
	snprintf(c.completion, sizeof(c.completion), "%s", cell->record_params.completion);
	snprintf(c.extra, sizeof(c.extra), "%s", cell->record_params.extra);
	snprintf(c.slow_start, sizeof(c.slow_start), "%s", run_strategy_words[RUN_COMMON]);
	snprintf(c.fast_end, sizeof(c.fast_end), "%s", cell->record_params.strategy);
	int rc = stats_crossover(&c.result, series->size_bytes, series->sizes, ratio,
		series->blocks, VERDICT_LEVEL, cell->settings->seed);

	if (!rc) {
		struct quoted quoted = series_quote(series, ratio);

		crossover_sentence(&c, &quoted);
		rc = store_crossover(store, &c, err);
	} else {
		err_set(err, ERR_INTERNAL, rc, "crossover of %s: %s", cell->name, strerror(-rc));
	}
	free(ratio);
	return rc;
}

/* Whether an earlier group already belongs to the same series. */
static bool series_done(const struct run_plan *plan, size_t at)
{
	const struct run_cell *cell = &plan->group[at].cell[0];

	for (size_t g = 0; g < at; g++) {
		const struct run_cell *other = &plan->group[g].cell[0];

		if (other->settings == cell->settings && other->bench == cell->bench &&
			same_but_size(&other->params, &cell->params))
			return true;
	}
	return false;
}

int verdict_store(const struct run_plan *plan, struct store *store, struct err *err)
{
	struct series series;
	int rc = 0;

	for (size_t g = 0; g < plan->group_count; g++) {
		if (!group_compares(&plan->group[g]) || series_done(plan, g))
			continue;
		for (unsigned i = RUN_PACKET; run_strategy_words[i] && !rc; i++) {
			if (i == RUN_COMMON || i == RUN_HYBRID)
				continue;
			series_collect(&series, plan, g, (enum run_strategy)i);
			if (series.sizes >= 2 && series.blocks > 0)
				rc = series_store(&series, store, err);
		}
	}
	return rc;
}
