/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * plot.h: private to harness/report: which plots a run gets, their data files, and drawing them.
 *
 * For every group of the view that has the figures: throughput against size, latency by percentile
 * at one size, common buffer against throughput, throughput a MiB of common buffer against size, the cost ledger of one
 * operation; for every cell that ages, its windows. Each becomes <folder>/<name>.dat, .gp, .svg, .png; `gnuplot <name>.gp`
 * in that folder draws it again.
 * at one size, common buffer against throughput, the cost ledger of one operation; for every cell that ages, its
 * windows; for the groups of an open loop that differ in their rate alone, response and service time against load, one for each
 * size. Each becomes <folder>/<name>.dat, .gp, .svg,
 * .png; `gnuplot <name>.gp` in that folder draws it again.
 */
#ifndef REPORT_PLOT_H
#define REPORT_PLOT_H

#include <stdio.h>

#include "drivers/support/embed.h"
#include "harness/report/ageing.h"
#include "harness/report/view.h"

enum plot_kind {
	PLOT_THROUGHPUT,
	PLOT_LATENCY,
	PLOT_FOOTPRINT,
	PLOT_DENSITY,
	PLOT_LEDGER,
	PLOT_AGEING,
	PLOT_LOAD,
	PLOT_KIND_COUNT
};

struct plot {
	enum plot_kind kind;
	const struct view_group *group; /* NULL: of ... */
	const struct store_cell *cell;  /* ... this cell */
	struct ageing ageing;           /* and its windows */
	uint64_t size_bytes;            /* of PLOT_LOAD */
	char name[96];                  /* "throughput_to_device_rewritten_poll_d32" */
	char title[400];
};

struct plot_list {
	uint32_t count;
	struct plot *plot;
};

extern const struct embed_file report_plots[]; /* generated from scripts/plot */

/* plot_script - the file of scripts/plot with that name, of which there is one. */
const struct embed_file *plot_script(const char *name);

/* plot_list_make - the plots that @view has figures for. Return: 0 or -ENOMEM. */
int plot_list_make(struct plot_list *list, const struct view *view, struct err *err);
void plot_list_free(struct plot_list *list);

/* plot_draw - writes the four files of @plot into @folder. */
int plot_draw(
	const struct view *view, const struct plot *plot, const char *folder, struct err *err);

/* plot_draw_svgs - all of @plots by one gnuplot, which is started once instead of once each; no PNG. */
int plot_draw_svgs(const struct view *view, const struct plot_list *plots, const char *folder,
	struct err *err);

/*
 * ---- between plot.c and plot_lines.c, plot_footprint.c, plot_ledger.c, plot_ageing.c, plot_load.c
 * ----------------------------------------------------------------
 */

/*
 * plot_load_has - whether @group is the first of those that differ in their rate alone, and these have two rates or more of
 * @size_bytes. plot_load_title - what they have in common.
 */
bool plot_load_has(const struct view *view, const struct view_group *group, uint64_t size_bytes);
void plot_load_title(const struct view_group *group, uint64_t size_bytes, char *out, size_t room);

/* True if @plot's kind has anything to show for the group. */
bool plot_has_data(const struct view *view, const struct view_group *group, enum plot_kind kind);

/* Writes the data blocks to @dat and the variables that the script of this kind expects to @gp. */
void plot_write_throughput(const struct view *view, const struct plot *plot, FILE *dat, FILE *gp);
void plot_write_latency(const struct view *view, const struct plot *plot, FILE *dat, FILE *gp);
void plot_write_footprint(const struct view *view, const struct plot *plot, FILE *dat, FILE *gp);
void plot_write_density(const struct view *view, const struct plot *plot, FILE *dat, FILE *gp);
void plot_write_load(const struct view *view, const struct plot *plot, FILE *dat, FILE *gp);
void plot_write_ledger(const struct view *view, const struct plot *plot, FILE *dat, FILE *gp);
void plot_write_ageing(const struct view *view, const struct plot *plot, FILE *dat, FILE *gp);

/* The row whose latencies are drawn: nearest to 64 KiB of those with histograms. NULL: none. */
const struct view_row *plot_latency_row(const struct view *view, const struct view_group *group);

#endif
