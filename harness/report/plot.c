// SPDX-License-Identifier: BSD-2-Clause
/* plot.c: see plot.h. Brings data, script and gnuplot together. */
#include "harness/report/plot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/support/fault.h"
#include "harness/opt/opt.h"
#include "harness/report/files.h"
#include "harness/report/gnuplot.h"
#include "harness/report/text.h"

static const struct plot_type {
	const char *name, *script, *title;
	void (*write)(const struct view *view, const struct plot *plot, FILE *dat, FILE *gp);
} plot_types[PLOT_KIND_COUNT] = {
	[PLOT_THROUGHPUT] = {"throughput", "by_size.gp", "Throughput by size",
		plot_write_throughput},
	[PLOT_LATENCY] = {"latency", "latency.gp", "Latency by percentile", plot_write_latency},
	[PLOT_FOOTPRINT] = {"footprint", "footprint.gp", "Common buffer and throughput",
		plot_write_footprint},
	[PLOT_DENSITY] = {"density", "by_size.gp", "Throughput a MiB of common buffer",
		plot_write_density},
	[PLOT_LEDGER] = {"ledger", "ledger.gp", "Where the time goes", plot_write_ledger},
	[PLOT_AGEING] = {"ageing", "ageing.gp", "Ageing", plot_write_ageing},
	[PLOT_LOAD] = {"load", "load.gp", "Response by load", plot_write_load},
};

/* The plots of cells that age. Return: 0 or -ENOMEM. */
static int list_ageing(struct plot_list *list, const struct view *view)
{
	for (uint32_t i = 0; i < view->run->cell_count; i++) {
		const struct store_cell *cell = &view->run->cell[i];
		struct plot *plot = &list->plot[list->count];

		if (!ageing_kept(cell))
			continue;
		if (ageing_make(&plot->ageing, cell) < 0)
			return -ENOMEM;
		plot->kind = PLOT_AGEING;
		plot->cell = cell;
		snprintf(plot->name, sizeof(plot->name), "%s_%u", plot_types[PLOT_AGEING].name,
			i + 1);
		snprintf(plot->title, sizeof(plot->title), "%s: %.160s%s",
			plot_types[PLOT_AGEING].title, cell->name,
			view->run->simulated ? " (simulated)" : "");
		list->count++;
	}
	return 0;
}

/* Room for one of each kind a group, one of load for each of its sizes, and one a cell that ages. */
static size_t plots_most(const struct view *view)
{
	size_t most = (size_t)view->group_count * PLOT_KIND_COUNT + view->run->cell_count + 1;

	for (uint32_t g = 0; g < view->group_count; g++)
		most += view->group[g].row_count;
	return most;
}

static void list_add_load(
	struct plot_list *list, const struct view *view, const struct view_group *group)
{
	for (uint32_t r = 0; r < group->row_count; r++) {
		struct plot *plot = &list->plot[list->count];
		const uint64_t size_bytes = group->row[r].size_bytes;
		char title[sizeof(plot->title) - 64];

		if (!plot_load_has(view, group, size_bytes))
			continue;
		plot_load_title(group, size_bytes, title, sizeof(title));
		*plot = (struct plot){.kind = PLOT_LOAD, .group = group, .size_bytes = size_bytes};
		snprintf(plot->name, sizeof(plot->name), "load_%s_%llu", group->slug,
			(unsigned long long)size_bytes);
		snprintf(plot->title, sizeof(plot->title), "%s: %s%s", plot_types[PLOT_LOAD].title,
			title, view->run->simulated ? " (simulated)" : "");
		list->count++;
	}
}

int plot_list_make(struct plot_list *list, const struct view *view, struct err *err)
{
	*list = (struct plot_list){0};
	if (!fault_point("report_alloc"))
		list->plot = calloc(plots_most(view), sizeof(*list->plot));
	if (!list->plot)
		return err_short(err, -ENOMEM, "no memory while choosing plots");
	for (uint32_t g = 0; g < view->group_count; g++) {
		const struct view_group *group = &view->group[g];

		list_add_load(list, view, group);
		for (int kind = 0; kind < PLOT_KIND_COUNT; kind++) {
			struct plot *plot = &list->plot[list->count];

			if (!plot_has_data(view, group, (enum plot_kind)kind))
				continue;
			plot->kind = (enum plot_kind)kind;
			plot->group = group;
			snprintf(plot->name, sizeof(plot->name), "%s_%s", plot_types[kind].name,
				group->slug);
			snprintf(plot->title, sizeof(plot->title), "%s: %s%s",
				plot_types[kind].title, group->title,
				view->run->simulated ? " (simulated)" : "");
			list->count++;
		}
	}
	if (list_ageing(list, view) < 0) {
		plot_list_free(list);
		return err_short(err, -ENOMEM, "no memory while choosing plots");
	}
	return 0;
}

void plot_list_free(struct plot_list *list)
{
	for (uint32_t i = 0; i < list->count; i++)
		ageing_free(&list->plot[i].ageing);
	free(list->plot);
	*list = (struct plot_list){0};
}

/* What was measured, how often, where. */
static void gp_captions(FILE *gp, const struct view *view, const struct plot *plot)
{
	const struct store_run *run = view->run;
	const struct store_params *key = plot->group ? &plot->group->key : &plot->cell->params;
	bool interval = view->repetitions >= 6;
	char caption[400], wall[TEXT_MAX];

	snprintf(caption, sizeof(caption), "%s%s%s%s%s%s", key->device[0] ? "device " : "",
		key->device, run->simulated ? " (simulated time)" : "",
		key->verify[0] ? ", verify " : "", key->verify,
		plot->kind != PLOT_THROUGHPUT ? ""
		: interval                    ? "; band: 95 % interval of the median"
					      : "; band: range of the repetitions");
	size_t length = strlen(caption);
	const uint32_t repetitions = plot->cell ? plot->cell->sample_count : view->repetitions;

	snprintf(caption + length, sizeof(caption) - length, "; %u repetition%s; run %s, %s",
		repetitions, opt_plural(repetitions), run->id,
		text_wall(run->started_wall_ns, wall, sizeof(wall)));
	fprintf(gp, "CAPTION_1 = ");
	gnuplot_quote(gp, caption);
	snprintf(caption, sizeof(caption), "%.120s; %.160s",
		text_fact(run, "host.cpu_model", "host unknown"),
		text_fact(run, "place.text", "placement unknown"));
	fprintf(gp, "\nCAPTION_2 = ");
	gnuplot_quote(gp, caption);
	fputc('\n', gp);
}

const struct embed_file *plot_script(const char *name)
{
	const struct embed_file *file = report_plots;

	while (file->name && strcmp(file->name, name) != 0)
		file++;
	return file;
}

/* The variables of this plot, then the script of its kind: one file that draws again by itself. */
static int plot_write(const struct view *view, const struct plot *plot, const char *folder,
	bool png, struct err *err)
{
	const struct plot_type *type = &plot_types[plot->kind];
	FILE *dat = files_create(folder, plot->name, ".dat", err);
	FILE *gp = dat ? files_create(folder, plot->name, ".gp", err) : NULL;

	if (!gp) {
		if (dat)
			fclose(dat);
		return err ? err->code : -EIO;
	}
	fprintf(dat, "# %s\n# run %s; blocks are separated by two empty lines\n", plot->title,
		view->run->id);
	fprintf(gp,
		"# Drawn by `gnuplot %s.gp` in this folder (gnuplot 5.4).\nNAME = '%s'\nPNG = "
		"%d\nTITLE = ",
		plot->name, plot->name, png);
	gnuplot_quote(gp, plot->title);
	fputc('\n', gp);
	gp_captions(gp, view, plot);
	type->write(view, plot, dat, gp);
	fprintf(gp, "\n%s", (const char *)plot_script(type->script)->bytes);
	int rc = files_close(dat, folder, plot->name, err);
	int rc_gp = files_close(gp, folder, plot->name, err);

	return rc ? rc : rc_gp;
}

static int plot_clean(const struct plot *plot, const char *folder, struct err *err)
{
	char *raw = files_read(folder, plot->name, ".svg", err), *clean = NULL;
	int rc = -EIO;

	if (raw)
		clean = gnuplot_clean_svg(raw, plot->name);
	free(raw);
	if (!clean)
		return err_short(err, -ENOMEM, "no memory while reading %s.svg", plot->name);
	FILE *svg = files_create(folder, plot->name, ".svg", err);

	if (svg) {
		fputs(clean, svg);
		rc = files_close(svg, folder, plot->name, err);
	}
	free(clean);
	return rc;
}

int plot_draw(const struct view *view, const struct plot *plot, const char *folder, struct err *err)
{
	char script[sizeof(plot->name) + 4];
	int rc = plot_write(view, plot, folder, true, err);

	snprintf(script, sizeof(script), "%s.gp", plot->name);
	if (rc == 0)
		rc = gnuplot_run(folder, script, GNUPLOT_LIMIT_MS, err);
	return rc ? rc : plot_clean(plot, folder, err);
}

#define PLOTS_SCRIPT "plots.gp"

/* One script that loads them all. Settings of one plot would reach into the next. */
static int plots_script(const struct plot_list *plots, const char *folder, struct err *err)
{
	FILE *gp = files_create(folder, PLOTS_SCRIPT, "", err);

	if (!gp)
		return -EIO;
	for (uint32_t i = 0; i < plots->count; i++)
		fprintf(gp, "reset\nload '%s.gp'\n", plots->plot[i].name);
	return files_close(gp, folder, PLOTS_SCRIPT, err);
}

int plot_draw_svgs(
	const struct view *view, const struct plot_list *plots, const char *folder, struct err *err)
{
	int rc = 0;

	if (!plots->count)
		return 0;
	for (uint32_t i = 0; i < plots->count && !rc; i++)
		rc = plot_write(view, &plots->plot[i], folder, false, err);
	rc = rc ? rc : plots_script(plots, folder, err);
	rc = rc ? rc : gnuplot_run(folder, PLOTS_SCRIPT, GNUPLOT_LIMIT_MS, err);
	for (uint32_t i = 0; i < plots->count && !rc; i++)
		rc = plot_clean(&plots->plot[i], folder, err);
	return rc;
}
