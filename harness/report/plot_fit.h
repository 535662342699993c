/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * plot_fit.h: private to harness/report: what the plots share: ranges of logarithmic axes, places
 * of labels, variables for the scripts, texts in data files, and who has figures.
 */
#ifndef REPORT_PLOT_FIT_H
#define REPORT_PLOT_FIT_H

#include "harness/report/plot.h"

#define PLOT_SERIES_MAX 12 /* strategies drawn, the first; more would hide one another */

/* A logarithmic axis being fitted to its values; starts as {0}. */
struct plot_axis {
	double low, high;
};

void plot_axis_take(struct plot_axis *axis, double value);

/* Some room on both sides: a share of the axis, and never less than a factor of @least in all. */
void plot_axis_widen(struct plot_axis *axis, double share, double least);

/* Place of @value on the axis, 0..1. */
double plot_axis_place(const struct plot_axis *axis, double value);

/* Labels at the right edge. */
struct plot_labels {
	int count;
	double at[PLOT_SERIES_MAX + 1]; /* 0..1, by series */
};

/* Moves labels apart until none covers another. */
void plot_labels_spread(struct plot_labels *labels);

/* Assignments in gnuplot's language. plot_gp_series: array STRATEGY and its length N. */
void plot_gp_real(FILE *gp, const char *name, double value);
void plot_gp_text(FILE *gp, const char *name, const char *text);
void plot_gp_reals(FILE *gp, const char *name, const double *value, int count);
void plot_gp_series(FILE *gp, const struct view *view, const int *series, int count);
void plot_gp_range(FILE *gp, const struct plot_axis *x, const struct plot_axis *y);

/* A quoted column of a data file: no quotes, no backslashes, no line ends inside. */
void plot_dat_text(FILE *dat, const char *text);

bool plot_has_rate(const struct view_summary *summary);
bool plot_has_footprint(const struct view_summary *summary);

/* Whether a plot of @kind, other than the ledger's, has a point for @summary, which may be NULL. */
bool plot_has_figures(enum plot_kind kind, const struct view_summary *summary);

/* Strategies with figures of @kind in the @rows rows from @row on. Return: how many. */
int plot_series_take(const struct view *view, const struct view_row *row, uint32_t rows,
	enum plot_kind kind, int series[PLOT_SERIES_MAX]);

#endif
