// SPDX-License-Identifier: BSD-2-Clause
/*
 * night_figures.c: what is tracked of a run: a figure for each case and metric, and the series it belongs to. Called by the other
 * files of night.h. Judges nothing.
 */
#include "bench/night.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/resume.h"
#include "harness/stats/stats.h"

const struct night_metric night_metrics[] = {
	{STORE_items_per_second, STORE_SERIES_WALL, true, false},
	{STORE_lat_p50_ns, STORE_SERIES_WALL, false, false},
	{STORE_lat_p99_ns, STORE_SERIES_WALL, false, false},
	{STORE_resp_p99_ns, STORE_SERIES_WALL, false, false},
	{STORE_cpu_ns_per_op, STORE_SERIES_WALL, false, false},
	{STORE_alloc_p99_ns, STORE_SERIES_WALL, false, false},
	{STORE_common_buffer_peak_bytes, STORE_SERIES_EXACT, false, false},
	{STORE_pinned_peak_bytes, STORE_SERIES_EXACT, false, false},
	{STORE_map_registers_peak, STORE_SERIES_EXACT, false, false},
	{STORE_sg_elements_per_op, STORE_SERIES_EXACT, false, false},
	{STORE_instructions_per_op, STORE_SERIES_EXACT, false, true},
	{STORE_virtual_ns_per_op, STORE_SERIES_EXACT, false, true},
};
const size_t night_metric_count = sizeof(night_metrics) / sizeof(night_metrics[0]);

/* ---- the key of a series --------------------------------------------------------------------------------- */

static void facts_join(char *out, size_t room, const struct store_run *run, const char *const *key)
{
	size_t used = 0;

	out[0] = '\0';
	for (; *key; key++) {
		const char *value = resume_fact(run, *key);
		const char *word = strrchr(*key, '.') + 1;

		if (value && used < room)
			used += (size_t)snprintf(
				out + used, room - used, "%s%s:%s", used ? "/" : "", word, value);
	}
}

/* What makes figures of two hosts, or of one host set up otherwise, unlike. */
static const char *const host_keys[] = {"host.name", "host.cpu_model", "host.cores", "host.threads",
	"host.memory_bytes", "host.kernel", "host.iommu", "host.governor", "place.cores",
	"place.shared_cache", "place.numa_driver_memory", NULL};
static const char *const version_keys[] = {
	"version.gbench", "host.hwloc", "version.compiler", NULL};

/*
 * What can be counted is the program's alone: what it was compiled by, the library that it calls, and who counted. The C library
 * chooses its functions by the processor. Virtual time is made of what the code does, whoever compiled it.
 */
static const char *const counted_host_keys[] = {"host.name", "host.cpu_model", NULL};
static const char *const counted_version_keys[] = {
	"version.compiler", "version.libc", "version.valgrind", NULL};
static const char *const virtual_keys[] = {"host.name", NULL};

/*
 * Counts that the clock has a say in: how many payloads a trial goes over and how many of them at once, how far it comes in its
 * trace. On another day the same program gives others.
 */
static bool is_timed(const struct store_cell *cell, enum store_counter counter)
{
	const bool pinned = counter == STORE_pinned_peak_bytes;

	if (strcmp(cell->params.family, "transfer") == 0)
		return pinned || counter == STORE_map_registers_peak ||
		       counter == STORE_sg_elements_per_op;
	return strcmp(cell->params.family, "churn") == 0 &&
	       (pinned || counter == STORE_common_buffer_peak_bytes);
}

/* Nothing held is a count whatever the clock says. @value: tonight's. */
static enum store_series_kind series_kind(const struct store_run *run,
	const struct store_cell *cell, const struct night_metric *metric, double value)
{
	if (run->simulated)
		return STORE_SERIES_EXACT;
	return value > 0 && is_timed(cell, metric->counter) ? STORE_SERIES_WALL : metric->kind;
}

static void series_fill(struct store_series *series, const struct store_run *run,
	const struct store_cell *cell, const struct night_metric *metric, double value)
{
	*series = (struct store_series){.kind = series_kind(run, cell, metric, value),
		.more_is_better = metric->more_is_better};
	snprintf(series->name, sizeof(series->name), "%s", cell->name);
	snprintf(series->family, sizeof(series->family), "%s", cell->params.family);
	snprintf(series->metric, sizeof(series->metric), "%s", store_counter_name(metric->counter));
	snprintf(series->device, sizeof(series->device), "%s", cell->params.device);
	if (cell->params.verify[0])
		snprintf(series->settings, sizeof(series->settings), "verify:%s",
			cell->params.verify);
	const bool virtual = metric->counter == STORE_virtual_ns_per_op;

	facts_join(series->host, sizeof(series->host), run,
		virtual           ? virtual_keys
		: metric->counted ? counted_host_keys
				  : host_keys);
	facts_join(series->versions, sizeof(series->versions), run,
		virtual           ? virtual_keys + 1
		: metric->counted ? counted_version_keys
				  : version_keys);
}

/* ---- the figure ------------------------------------------------------------------------------------------ */

/* Repetitions of one case, maybe from several runs. */
struct figures {
	double *value;
	uint32_t count, failed, tainted;
};

static int figures_add(
	struct figures *figures, const struct store_cell *cell, enum store_counter counter)
{
	double *more = realloc(figures->value,
		(figures->count + cell->sample_count + 1) * sizeof(*figures->value));

	if (!more)
		return -ENOMEM;
	figures->value = more;
	for (uint32_t i = 0; i < cell->sample_count; i++) {
		const struct store_sample *sample = &cell->sample[i];

		figures->failed += sample->failed;
		if (sample->failed || !isfinite(sample->counter[counter]))
			continue;
		figures->tainted += sample->tainted[0] != '\0';
		more[figures->count++] = sample->counter[counter];
	}
	return 0;
}

/* A count is what it is, whatever disturbed the clock. A time or rate of 0 is none. @night: NULL for a re-run, judged by itself. */
static void point_judge(struct store_point *point, const struct figures *figures,
	enum store_series_kind kind, const struct store_night *night)
{
	point->usable = false;
	if (figures->failed)
		snprintf(point->why, sizeof(point->why), "%u repetitions failed", figures->failed);
	else if (kind == STORE_SERIES_WALL && 2 * figures->tainted > figures->count)
		snprintf(point->why, sizeof(point->why), "%u of %u repetitions tainted",
			figures->tainted, figures->count);
	else if (kind == STORE_SERIES_WALL && !(point->value > 0))
		snprintf(point->why, sizeof(point->why), "nothing was measured");
	else if (kind == STORE_SERIES_WALL && night && !night->usable)
		snprintf(point->why, sizeof(point->why), "the night cannot be trusted");
	else
		point->usable = true;
}

static void point_fill(struct store_point *point, const struct figures *figures,
	const struct store_series *series, const struct store_night *night)
{
	const struct stats_interval interval = stats_median_interval(
		figures->value, figures->count, 0.95);

	point->value = stats_median(figures->value, figures->count);
	point->low = interval.low;
	point->high = interval.high;
	point->repetitions = figures->count;
	point->noise = (double)NAN;
	point->detectable = (double)NAN;
	point_judge(point, figures, series->kind, night);
}

static const struct store_cell *cell_find(const struct store_run *run, const char *name)
{
	for (uint32_t i = 0; i < run->cell_count; i++) {
		if (strcmp(run->cell[i].name, name) == 0)
			return &run->cell[i];
	}
	return NULL;
}

bool night_is_counted(const struct store_series *series)
{
	for (size_t i = 0; i < night_metric_count; i++)
		if (strcmp(store_counter_name(night_metrics[i].counter), series->metric) == 0)
			return night_metrics[i].counted;
	return false;
}

double night_figure(const struct store_run *run, const struct store_series *series)
{
	const struct store_cell *cell = cell_find(run, series->name);
	struct figures figures = {0};
	struct store_point point = {0};

	for (size_t i = 0; i < night_metric_count && cell; i++) {
		if (strcmp(store_counter_name(night_metrics[i].counter), series->metric) == 0 &&
			figures_add(&figures, cell, night_metrics[i].counter) == 0 && figures.count)
			point_fill(&point, &figures, series, NULL);
	}
	free(figures.value);
	return point.usable ? point.value : (double)NAN;
}

/* ---- all points of a night ------------------------------------------------------------------------------- */

struct runs {
	struct store_run **run;
	uint32_t count;
};

static void runs_free(struct runs *runs)
{
	for (uint32_t i = 0; i < runs->count; i++)
		store_run_free(runs->run[i]);
	free(runs->run);
}

/* The runs whose repetitions count: the suite first. */
static int runs_read(struct runs *runs, struct store *store, int64_t night_id, struct err *err)
{
	struct store_night_part *part;
	uint32_t count;
	int rc = store_night_parts(store, night_id, &part, &count, err);

	*runs = (struct runs){0};
	if (rc)
		return rc;
	runs->run = calloc(count + 1, sizeof(struct store_run *));
	if (!runs->run) {
		err_short(err, -ENOMEM, "no memory for %u runs", count);
		rc = -ENOMEM;
	}
	for (uint32_t i = 0; i < count && !rc; i++) {
		if (part[i].part == STORE_PART_CONFIRM)
			continue;
		rc = store_read(store, part[i].run_id, &runs->run[runs->count], err);
		runs->count += rc == 0;
	}
	free(part);
	if (rc)
		runs_free(runs);
	return rc;
}

static int point_write(struct store *store, const struct store_night *night,
	const struct runs *runs, const struct store_cell *cell, const struct night_metric *metric,
	struct night_points *tally, struct err *err)
{
	struct store_point point = {.night_id = night->night_id};
	struct figures figures = {0};
	struct store_series series;
	int rc = 0;

	for (uint32_t i = 0; i < runs->count && !rc; i++) {
		const struct store_cell *same = cell_find(runs->run[i], cell->name);

		rc = same ? figures_add(&figures, same, metric->counter) : 0;
	}
	if (rc)
		rc = err_short(err, rc, "%s: no memory for its figures", cell->name);
	if (!rc && figures.count) {
		series_fill(&series, runs->run[0], cell, metric,
			stats_median(figures.value, figures.count));
		point_fill(&point, &figures, &series, night);
		rc = store_series_find(store, &series, err);
		point.series_id = series.series_id;
		rc = rc ? rc : store_point(store, &point, err);
		tally->points++;
		tally->unusable += !point.usable;
	}
	free(figures.value);
	return rc;
}

int night_figures(struct store *store, const struct store_night *night, struct night_points *tally,
	struct err *err)
{
	struct runs runs;
	int rc = runs_read(&runs, store, night->night_id, err);

	*tally = (struct night_points){0};
	if (rc)
		return rc;
	/* Together: a point costs a write to the disk otherwise. */
	rc = store_together(store, err);
	if (rc)
		goto free_runs;
	for (uint32_t c = 0; runs.count && c < runs.run[0]->cell_count && !rc; c++)
		for (size_t m = 0; m < night_metric_count && !rc; m++)
			rc = point_write(store, night, &runs, &runs.run[0]->cell[c],
				&night_metrics[m], tally, err);
	rc = store_together_end(store, rc, err);
free_runs:
	runs_free(&runs);
	return rc;
}
