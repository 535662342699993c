// SPDX-License-Identifier: BSD-2-Clause
/*
 * site_run.c: runs of nights: a page each, their figures for compare.html, and what their repetitions tell of series: how far those of a
 * night spread, and what the driver held. One run is in memory at a time. Called by site.c.
 */
#include "harness/report/site_part.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/support/fault.h"
#include "harness/report/compare.h"
#include "harness/report/files.h"
#include "harness/report/page.h"

/* ---- what repetitions tell of series ----------------------------------------------------------------- */

static int value_add(struct site_series *series, const struct store_cell *cell, struct err *err)
{
	double *more = fault_point("report_alloc")
	                       ? NULL
	                       : realloc(series->value,
					 (series->value_count + cell->sample_count + 1u) *
						 sizeof(*more));

	if (!more)
		return err_short(err, -ENOMEM, "no memory for the site");
	series->value = more;
	for (uint32_t i = 0; i < cell->sample_count; i++) {
		const double value = cell->sample[i].counter[series->counter];

		if (!cell->sample[i].failed && isfinite(value))
			more[series->value_count++] = value;
	}
	return 0;
}

static int cell_values(struct site *site, const struct store_cell *cell, struct err *err)
{
	uint32_t count, first = site_series_named(site, cell->name, &count);
	int rc = 0;

	for (uint32_t i = first; i < first + count && !rc; i++) {
		struct site_series *series = &site->series[site->by_name[i]];

		if (series->counter >= 0 && strcmp(series->of->device, cell->params.device) == 0)
			rc = value_add(series, cell, err);
	}
	return rc;
}

static void cell_held(struct site *site, const struct view_summary *summary)
{
#define X(name) STORE_##name,
	static const enum store_counter counters[] = {SITE_HELD(X)};
#undef X
	uint32_t count, first = site_series_named(site, summary->cell->name, &count);

	for (uint32_t i = first; i < first + count; i++) {
		struct site_series *series = &site->series[site->by_name[i]];

		for (int h = 0; h < SITE_HELD_COUNT; h++) {
			series->held[h] = summary->median[counters[h]];
			series->held_any |= isfinite(series->held[h]);
		}
	}
}

/* Of two repetitions every quantile lies between them, and tells nothing. */
#define SPREAD_MIN 3

static int spread_take(
	const struct site *site, struct site_series *series, uint32_t night, struct err *err)
{
	const double *value = series->value;
	const uint32_t count = series->value_count;

	series->value_count = 0;
	if (count < SPREAD_MIN)
		return 0;
	if (!series->spread) {
		series->spread = fault_point("report_alloc")
		                         ? NULL
		                         : calloc(site->night_count, sizeof(*series->spread));
		for (uint32_t i = 0; series->spread && i < site->night_count; i++)
			series->spread[i].p10 = (double)NAN;
	}
	if (!series->spread)
		return err_short(err, -ENOMEM, "no memory for the site");
	series->spread[night] = (struct site_spread){stats_quantile(value, count, 0.1),
		stats_quantile(value, count, 0.25), stats_quantile(value, count, 0.75),
		stats_quantile(value, count, 0.9)};
	return 0;
}

/* ---- figures for compare.html ------------------------------------------------------------------------ */

/* [median, low, high, repetitions], null where the case has none. */
static void script_figure(const struct view_summary *summary, int counter, FILE *out)
{
	if (!isfinite(summary->median[counter])) {
		fputs("null", out);
		return;
	}
	fputc('[', out);
	site_script_real(out, summary->median[counter]);
	fputc(',', out);
	site_script_real(out, summary->spread[counter].low);
	fputc(',', out);
	site_script_real(out, summary->spread[counter].high);
	fprintf(out, ",%u]", summary->good);
}

static int script_cell(struct site *site, const struct store_cell *cell, FILE *out, struct err *err)
{
	struct view_summary summary;

	if (view_summarise(&summary, cell) < 0) {
		free(summary.latency);
		return err_short(err, -ENOMEM, "no memory for the site");
	}
	site_script_text(out, cell->name);
	fputs(":[", out);
	for (uint32_t m = 0; m < site->metric_count; m++) {
		fputs(m ? "," : "", out);
		script_figure(&summary, site->metric[m], out);
	}
	fputc(']', out);
	cell_held(site, &summary);
	free(summary.latency);
	return 0;
}

static int script_print(struct site *site, const struct store_run *run, FILE *out, struct err *err)
{
	int rc = 0;

	fputs("site_run(", out);
	site_script_text(out, run->id);
	fputs(",{\"metrics\":[", out);
	for (uint32_t m = 0; m < site->metric_count; m++) {
		fputs(m ? "," : "", out);
		site_script_text(out, store_counter_name((enum store_counter)site->metric[m]));
	}
	fputs("],\"cases\":{", out);
	for (uint32_t i = 0; i < run->cell_count && !rc; i++) {
		fputs(i ? ",\n" : "\n", out);
		rc = script_cell(site, &run->cell[i], out, err);
	}
	fputs("}});\n", out);
	return rc;
}

/* ---- runs -------------------------------------------------------------------------------------------- */

static int run_note(struct site *site, const struct store_run *run,
	const struct store_night_part *part, uint32_t night, struct err *err)
{
	struct site_run *more = fault_point("report_alloc")
	                                ? NULL
	                                : realloc(site->run, (site->run_count + 1) * sizeof(*more));

	if (!more)
		return err_short(err, -ENOMEM, "no memory for the site");
	site->run = more;
	struct site_run *entry = &more[site->run_count++];

	*entry = (struct site_run){.started_wall_ns = run->started_wall_ns,
		.state = run->state,
		.part = part->part,
		.night = night,
		.cells = run->cell_count};
	memcpy(entry->id, run->id, sizeof(entry->id));
	memcpy(entry->title, run->title, sizeof(entry->title));
	return 0;
}

static int run_write(struct site *site, const struct store_run *run, struct err *err)
{
	char folder[PATH_MAX + 16], name[STORE_ID_MAX + 8];
	FILE *out;
	int rc;

	snprintf(folder, sizeof(folder), "%s/runs", site->folder);
	snprintf(name, sizeof(name), "%s.js", run->id);
	out = files_replace(folder, name, err);
	if (!out)
		return -EIO;
	rc = files_replaced(out, folder, name, script_print(site, run, out, err), err);
	if (rc)
		return rc;
	snprintf(name, sizeof(name), "%s.html", run->id);
	out = files_replace(folder, name, err);
	if (!out)
		return -EIO;
	return files_replaced(
		out, folder, name, page_site(run, "../", site->drawing, out, err), err);
}

/* Re-runs of suspects are no part of a night's figures. */
static int run_do(
	struct site *site, const struct store_night_part *part, uint32_t night, struct err *err)
{
	struct store_run *run;
	int rc;

	/* Anybody may have written the database, and ids become names of files. */
	if (!site_is_run_id(part->run_id))
		return err_set(err, ERR_USAGE, -EBADMSG,
			"the database is damaged: run \"%.40s\" of night %s, expected an id such "
			"as "
			"20261121-031502-4f2a; dmabench store check looks further",
			part->run_id, site->night[night].id);
	rc = store_read(site->store, part->run_id, &run, err);
	if (rc)
		return rc;
	for (uint32_t i = 0; i < run->cell_count && !rc && part->part != STORE_PART_CONFIRM; i++)
		rc = cell_values(site, &run->cell[i], err);
	rc = rc ? rc : run_write(site, run, err);
	rc = rc ? rc : run_note(site, run, part, night, err);
	store_run_free(run);
	return rc;
}

static int night_do(struct site *site, uint32_t night, struct err *err)
{
	struct store_night_part *part = NULL;
	uint32_t count;
	int rc = store_night_parts(site->store, site->night[night].night_id, &part, &count, err);

	for (uint32_t i = 0; !rc && i < count; i++)
		rc = run_do(site, &part[i], night, err);
	free(part);
	for (uint32_t i = 0; !rc && i < site->series_count; i++)
		rc = spread_take(site, &site->series[i], night, err);
	return rc;
}

/* The metrics of all series that runs have as well. */
static void metrics_take(struct site *site)
{
	bool taken[STORE_COUNTER_COUNT] = {false};

	for (uint32_t i = 0; i < site->series_count; i++) {
		if (site->series[i].counter >= 0)
			taken[site->series[i].counter] = true;
	}
	for (int i = 0; i < STORE_COUNTER_COUNT; i++) {
		if (taken[i])
			site->metric[site->metric_count++] = i;
	}
}

int site_runs(struct site *site, struct err *err)
{
	int rc = 0;

	metrics_take(site);
	for (uint32_t i = 0; i < site->night_count && !rc; i++)
		rc = night_do(site, i, err);
	site->tally.runs = site->run_count;
	return rc;
}
