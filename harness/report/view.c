// SPDX-License-Identifier: BSD-2-Clause
/* view.c: see view.h. Sorts and condenses; knows no output format. */
#include "harness/report/view.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/support/fault.h"
#include "harness/report/text.h"

static const char *const view_usual[] = {"packet", "packet-cached", "common", "hybrid"};

#define VIEW_USUAL_COUNT (sizeof(view_usual) / sizeof(view_usual[0]))

/* Values of one quantity over the good repetitions of a cell that have it. */
struct view_values {
	size_t count;
	double *value;
};

static double sample_quantity(const struct store_sample *sample, int counter)
{
	if (counter == STORE_COUNTER_COUNT)
		return sample->real_time_ns;
	if (counter == STORE_COUNTER_COUNT + 1)
		return sample->cpu_time_ns;
	return sample->counter[counter];
}

static void values_take(struct view_values *values, const struct store_cell *cell, int counter)
{
	values->count = 0;
	for (uint32_t i = 0; i < cell->sample_count; i++) {
		double x = sample_quantity(&cell->sample[i], counter);

		if (!cell->sample[i].failed && isfinite(x))
			values->value[values->count++] = x;
	}
}

static double values_median(const struct view_values *values)
{
	return values->count ? stats_median(values->value, values->count) : (double)NAN;
}

static bool all_alike(const struct view_values *values)
{
	for (size_t i = 1; i < values->count; i++)
		if (values->value[i] < values->value[0] || values->value[i] > values->value[0])
			return false;
	return true;
}

/* Interval of the median where the repetitions are enough for one, else their range. */
static struct view_spread spread_of(const struct view_values *values)
{
	struct view_spread spread = {.low = (double)NAN, .high = (double)NAN};

	if (values->count < 2)
		return spread;
	if (all_alike(values))
		return (struct view_spread){
			values->value[0], values->value[0], values->count >= VIEW_INTERVAL_MIN};
	struct stats_interval interval = stats_median_interval(
		values->value, values->count, VIEW_LEVEL);

	spread.interval = isfinite(interval.low) && isfinite(interval.high);
	spread.low = spread.interval ? interval.low
	                             : stats_quantile(values->value, values->count, 0);
	spread.high = spread.interval ? interval.high
	                              : stats_quantile(values->value, values->count, 1);
	return spread;
}

double view_half_width(const struct view_summary *summary, enum store_counter counter)
{
	const struct view_spread *spread = &summary->spread[counter];
	const double median = summary->median[counter];

	return spread->interval && median > 0 ? (spread->high - spread->low) / 2 / median
	                                      : (double)NAN;
}

/* Over the repetitions in order of time; the rate is what all families have. */
static void summarise_steadiness(struct view_summary *summary, struct view_values *values)
{
	for (uint32_t i = 0; i < summary->cell->sample_count; i++) {
		const struct store_sample *sample = &summary->cell->sample[i];

		if (sample->failed || !isfinite(sample->counter[STORE_steady]))
			continue;
		summary->steady_known++;
		summary->steady += sample->counter[STORE_steady] > 0;
	}
	values_take(values, summary->cell, STORE_items_per_second);
	summary->drift = stats_steady(values->value, values->count, VIEW_STEADY_TOLERANCE);
}

static int summarise_latency(struct view_summary *summary, const struct store_cell *cell)
{
	for (uint32_t i = 0; i < cell->sample_count; i++) {
		const struct store_sample *sample = &cell->sample[i];

		if (sample->failed || !sample->latency || !sample->latency->count)
			continue;
		if (!summary->latency) {
			summary->latency = fault_point("report_alloc")
			                           ? NULL
			                           : malloc(sizeof(*summary->latency));
			if (!summary->latency)
				return -ENOMEM;
			hist_init(summary->latency);
		}
		hist_merge(summary->latency, sample->latency);
	}
	return 0;
}

int view_summarise(struct view_summary *summary, const struct store_cell *cell)
{
	struct view_values values = {0};

	*summary = (struct view_summary){.cell = cell};
	values.value = fault_point("report_alloc")
	                       ? NULL
	                       : calloc(cell->sample_count + 1u, sizeof(*values.value));
	if (!values.value)
		return -ENOMEM;
	for (uint32_t i = 0; i < cell->sample_count; i++) {
		if (cell->sample[i].failed)
			summary->bad++;
		else
			summary->good++;
		summary->tainted += !cell->sample[i].failed && cell->sample[i].tainted[0];
	}
	for (int i = 0; i < STORE_COUNTER_COUNT; i++) {
		values_take(&values, cell, i);
		summary->median[i] = values_median(&values);
		summary->spread[i] = spread_of(&values);
	}
	summarise_steadiness(summary, &values);
	values_take(&values, cell, STORE_COUNTER_COUNT);
	summary->real_time_ns = values_median(&values);
	values_take(&values, cell, STORE_COUNTER_COUNT + 1);
	summary->cpu_time_ns = values_median(&values);
	free(values.value);
	return summarise_latency(summary, cell);
}

static bool is_transfer(const struct store_cell *cell)
{
	return strcmp(cell->params.family, "transfer") == 0 && cell->params.strategy[0] &&
	       cell->params.size_bytes;
}

static int strategy_index(const struct view *view, const char *strategy)
{
	for (uint32_t i = 0; i < view->strategy_count; i++) {
		if (strcmp(view->strategy[i], strategy) == 0)
			return (int)i;
	}
	return -1;
}

static void strategy_add(struct view *view, const char *strategy)
{
	if (strategy_index(view, strategy) >= 0)
		return;
	if (view->strategy_count < VIEW_STRATEGIES_MAX)
		view->strategy[view->strategy_count++] = strategy;
	else
		view->strategies_left_out = true;
}

/* The usual ones first and in their order, whatever order they were measured in. */
static void strategies_take(struct view *view)
{
	const struct store_run *run = view->run;

	for (size_t u = 0; u < VIEW_USUAL_COUNT; u++) {
		for (uint32_t i = 0; i < run->cell_count; i++) {
			if (is_transfer(&run->cell[i]) &&
				strcmp(run->cell[i].params.strategy, view_usual[u]) == 0)
				strategy_add(view, run->cell[i].params.strategy);
		}
	}
	for (uint32_t i = 0; i < run->cell_count; i++) {
		if (is_transfer(&run->cell[i]))
			strategy_add(view, run->cell[i].params.strategy);
	}
}

static bool same_group(const struct store_params *a, const struct store_params *b)
{
	return strcmp(a->device, b->device) == 0 && strcmp(a->dir, b->dir) == 0 &&
	       strcmp(a->source, b->source) == 0 && strcmp(a->completion, b->completion) == 0 &&
	       strcmp(a->verify, b->verify) == 0 && strcmp(a->extra, b->extra) == 0 &&
	       a->depth == b->depth && a->batch == b->batch;
}

static void slug_append(char *slug, size_t room, const char *word)
{
	size_t used = strlen(slug);

	if (used && used + 2 < room && word[0])
		slug[used++] = '_';
	for (; *word && used + 1 < room; word++)
		slug[used++] = isalnum((unsigned char)*word) ? *word : '_';
	slug[used] = '\0';
}

/* A file name from the keys; a number behind it where two groups would get the same. */
static void slug_make(struct view *view, struct view_group *group)
{
	char depth[16];
	unsigned same = 0;

	snprintf(depth, sizeof(depth), "d%u", group->key.depth);
	slug_append(group->slug, 48, group->key.dir);
	slug_append(group->slug, 48, group->key.source);
	slug_append(group->slug, 48, group->key.completion);
	slug_append(group->slug, 54, depth);
	size_t length = strlen(group->slug);

	for (uint32_t i = 0; i + 1 < view->group_count; i++)
		same += strncmp(view->group[i].slug, group->slug, length) == 0 &&
		        (view->group[i].slug[length] == '\0' || view->group[i].slug[length] == '_');
	if (same)
		snprintf(group->slug + length, sizeof(group->slug) - length, "_%u", same + 1);
}

/* The array with room for one more, zeroed, element; NULL: no memory. */
static void *grow(void *array, uint32_t count, size_t size)
{
	if (fault_point("report_alloc"))
		return NULL;
	void *more = reallocarray(array, count + 1u, size);

	if (more)
		memset((char *)more + count * size, 0, size);
	return more;
}

static struct view_group *group_of(struct view *view, const struct store_params *params)
{
	for (uint32_t i = 0; i < view->group_count; i++) {
		if (same_group(&view->group[i].key, params))
			return &view->group[i];
	}
	void *more = grow(view->group, view->group_count, sizeof(*view->group));

	if (!more)
		return NULL;
	view->group = more;
	struct view_group *group = &view->group[view->group_count++];

	group->key = *params;
	group->key.strategy[0] = '\0';
	group->key.size_bytes = 0;
	text_group_title(&group->key, group->title, sizeof(group->title));
	slug_make(view, group);
	return group;
}

static struct view_row *row_of(struct view_group *group, uint64_t size_bytes)
{
	uint32_t at = 0;

	while (at < group->row_count && group->row[at].size_bytes < size_bytes)
		at++;
	if (at < group->row_count && group->row[at].size_bytes == size_bytes)
		return &group->row[at];
	void *more = grow(group->row, group->row_count, sizeof(*group->row));

	if (!more)
		return NULL;
	group->row = more;
	memmove(&group->row[at + 1], &group->row[at],
		(group->row_count - at) * sizeof(*group->row));
	group->row_count++;
	group->row[at] = (struct view_row){
		.size_bytes = size_bytes, .ceiling_bytes_per_second = (double)NAN};
	return &group->row[at];
}

static int cell_place(struct view *view, const struct store_cell *cell)
{
	int index = strategy_index(view, cell->params.strategy);

	if (index < 0)
		return 0;
	struct view_group *group = group_of(view, &cell->params);
	struct view_row *row = group ? row_of(group, cell->params.size_bytes) : NULL;

	if (!row)
		return -ENOMEM;
	if (row->by_strategy[index])
		return 0;
	row->by_strategy[index] = fault_point("report_alloc")
	                                  ? NULL
	                                  : calloc(1, sizeof(struct view_summary));
	if (!row->by_strategy[index])
		return -ENOMEM;
	if (cell->sample_count > view->repetitions)
		view->repetitions = cell->sample_count;
	return view_summarise(row->by_strategy[index], cell);
}

static void ceiling_take(const struct view *view, struct view_row *row)
{
	double value[VIEW_STRATEGIES_MAX];
	size_t count = 0;

	for (uint32_t i = 0; i < view->strategy_count; i++) {
		const struct view_summary *summary = row->by_strategy[i];

		if (summary && isfinite(summary->cell->ceiling_bytes_per_second))
			value[count++] = summary->cell->ceiling_bytes_per_second;
	}
	if (count)
		row->ceiling_bytes_per_second = stats_median(value, count);
}

int view_make(struct view *view, const struct store_run *run, struct err *err)
{
	*view = (struct view){.run = run};
	strategies_take(view);
	for (uint32_t i = 0; i < run->cell_count; i++) {
		if (!is_transfer(&run->cell[i]))
			continue;
		if (cell_place(view, &run->cell[i]) < 0) {
			view_free(view);
			return err_short(err, -ENOMEM,
				"no memory while sorting run %s for the report", run->id);
		}
	}
	for (uint32_t g = 0; g < view->group_count; g++) {
		for (uint32_t r = 0; r < view->group[g].row_count; r++)
			ceiling_take(view, &view->group[g].row[r]);
	}
	return 0;
}

void view_free(struct view *view)
{
	for (uint32_t g = 0; g < view->group_count; g++) {
		struct view_group *group = &view->group[g];

		for (uint32_t r = 0; r < group->row_count; r++) {
			for (int i = 0; i < VIEW_STRATEGIES_MAX; i++) {
				if (group->row[r].by_strategy[i])
					free(group->row[r].by_strategy[i]->latency);
				free(group->row[r].by_strategy[i]);
			}
		}
		free(group->row);
	}
	free(view->group);
	*view = (struct view){0};
}

int view_fastest(const struct view *view, const struct view_row *row)
{
	int best = -1;

	for (uint32_t i = 0; i < view->strategy_count; i++) {
		const struct view_summary *summary = row->by_strategy[i];

		if (!summary || !isfinite(summary->median[STORE_bytes_per_second]))
			continue;
		if (best < 0 || summary->median[STORE_bytes_per_second] >
					row->by_strategy[best]->median[STORE_bytes_per_second])
			best = (int)i;
	}
	for (uint32_t i = 0; best >= 0 && i < view->strategy_count; i++) {
		const struct view_summary *other = row->by_strategy[i];

		if ((int)i != best && other &&
			!(row->by_strategy[best]->spread[STORE_bytes_per_second].low >
				other->spread[STORE_bytes_per_second].high))
			return -1;
	}
	return best;
}

bool view_crossover_of(const struct view_group *group, const struct store_crossover *crossover)
{
	return strcmp(group->key.dir, crossover->dir) == 0 &&
	       strcmp(group->key.source, crossover->source) == 0 &&
	       strcmp(group->key.completion, crossover->completion) == 0 &&
	       group->key.depth == crossover->depth &&
	       strcmp(group->key.extra, crossover->extra) == 0;
}
