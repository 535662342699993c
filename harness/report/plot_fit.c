// SPDX-License-Identifier: BSD-2-Clause
/* plot_fit.c: see plot_fit.h. Colours, fonts and lines are the scripts' business (scripts/plot). */
#include "harness/report/plot_fit.h"

#include "harness/report/phase.h"

#include <math.h>
#include <string.h>

#include "harness/report/gnuplot.h"
#include "harness/report/text.h"

#define PLOT_LABEL_GAP 0.058 /* of the axis between two labels */

void plot_axis_take(struct plot_axis *axis, double value)
{
	if (!isfinite(value) || value <= 0)
		return;
	if (axis->low == 0 || value < axis->low)
		axis->low = value;
	if (value > axis->high)
		axis->high = value;
}

/* Some room on both sides: a share of the axis, and never less than a factor of @least in all. */
void plot_axis_widen(struct plot_axis *axis, double share, double least)
{
	double span = axis->high / axis->low;

	if (span < least) {
		double more = sqrt(least / span);

		axis->low /= more;
		axis->high *= more;
		span = least;
	}
	axis->low /= pow(span, share);
	axis->high *= pow(span, share);
}

/* Place of @value on the axis, 0..1. */
double plot_axis_place(const struct plot_axis *axis, double value)
{
	return log(value / axis->low) / log(axis->high / axis->low);
}

/*
 * Moves labels apart until none covers another: up from the lowest, then all back down into the
 * plot.
 */
void plot_labels_spread(struct plot_labels *labels)
{
	int order[PLOT_SERIES_MAX + 1] = {0};

	for (int i = 0; i < labels->count; i++) {
		int k = i;

		for (; k > 0 && labels->at[order[k - 1]] > labels->at[i]; k--)
			order[k] = order[k - 1];
		order[k] = i;
	}
	/* Twice, so that pushing down from the top is corrected at the bottom. */
	for (int pass = 0; pass < 2; pass++) {
		for (int k = 1; k < labels->count; k++) {
			double gap = labels->at[order[k]] - labels->at[order[k - 1]];

			if (gap >= PLOT_LABEL_GAP)
				continue;
			labels->at[order[k]] += (PLOT_LABEL_GAP - gap) / (pass ? 1 : 2);
			labels->at[order[k - 1]] -= pass ? 0 : (PLOT_LABEL_GAP - gap) / 2;
		}
		for (int k = labels->count - 1; k >= 0; k--) {
			double top = k + 1 < labels->count
			                     ? labels->at[order[k + 1]] - PLOT_LABEL_GAP
			                     : 1;

			if (labels->at[order[k]] > top)
				labels->at[order[k]] = top;
		}
	}
}

void plot_gp_real(FILE *gp, const char *name, double value)
{
	fprintf(gp, "%s = %.10g\n", name, value);
}

void plot_gp_text(FILE *gp, const char *name, const char *text)
{
	fprintf(gp, "%s = ", name);
	gnuplot_quote(gp, text);
	fputc('\n', gp);
}

void plot_gp_reals(FILE *gp, const char *name, const double *value, int count)
{
	fprintf(gp, "array %s[%d]\n", name, count ? count : 1);
	for (int i = 0; i < count; i++)
		fprintf(gp, "%s[%d] = %.10g\n", name, i + 1, value[i]);
}

/* Names of the series; array STRATEGY and its length N. */
void plot_gp_series(FILE *gp, const struct view *view, const int *series, int count)
{
	fprintf(gp, "N = %d\narray STRATEGY[%d]\n", count, count);
	for (int i = 0; i < count; i++) {
		fprintf(gp, "STRATEGY[%d] = ", i + 1);
		gnuplot_quote(gp, view->strategy[series[i]]);
		fputc('\n', gp);
	}
}

void plot_gp_range(FILE *gp, const struct plot_axis *x, const struct plot_axis *y)
{
	plot_gp_real(gp, "XMIN", x->low);
	plot_gp_real(gp, "XMAX", x->high);
	plot_gp_real(gp, "YMIN", y->low);
	plot_gp_real(gp, "YMAX", y->high);
}

/* A quoted column: no quotes, no backslashes, no line ends inside. */
void plot_dat_text(FILE *dat, const char *text)
{
	fputc('"', dat);
	while (*text) {
		size_t length = text_utf8(text);

		if (!length || strchr("\"\\'\n\t", *text))
			fputc(' ', dat);
		else
			fwrite(text, 1, length, dat);
		text += length ? length : 1;
	}
	fputc('"', dat);
}

bool plot_has_rate(const struct view_summary *summary)
{
	return summary && summary->median[STORE_bytes_per_second] > 0;
}

bool plot_has_footprint(const struct view_summary *summary)
{
	return plot_has_rate(summary) && summary->median[STORE_common_buffer_peak_bytes] >= 0;
}

/* Without a common buffer there is nothing to divide by. */
static bool has_density(const struct view_summary *summary)
{
	return plot_has_footprint(summary) &&
	       isfinite(summary->median[STORE_common_buffer_turns_per_second]);
}

static bool has_latency(const struct view_summary *summary)
{
	return summary && summary->latency;
}

static bool (*const has_figures[PLOT_KIND_COUNT])(const struct view_summary *summary) = {
	[PLOT_THROUGHPUT] = plot_has_rate,
	[PLOT_LATENCY] = has_latency,
	[PLOT_FOOTPRINT] = plot_has_footprint,
	[PLOT_DENSITY] = has_density,
};

bool plot_has_figures(enum plot_kind kind, const struct view_summary *summary)
{
	return has_figures[kind](summary);
}

/* Strategies with figures in the rows from @row on. Return: how many. */
int plot_series_take(const struct view *view, const struct view_row *row, uint32_t rows,
	enum plot_kind kind, int series[PLOT_SERIES_MAX])
{
	int count = 0;

	for (uint32_t i = 0; i < view->strategy_count && count < PLOT_SERIES_MAX; i++) {
		bool any = false;

		for (uint32_t r = 0; r < rows; r++)
			any = any || has_figures[kind](row[r].by_strategy[i]);
		if (any)
			series[count++] = (int)i;
	}
	return count;
}

bool plot_has_data(const struct view *view, const struct view_group *group, enum plot_kind kind)
{
	int series[PLOT_SERIES_MAX];

	if (kind == PLOT_AGEING) /* of cells that are in no group */
		return false;
	if (kind == PLOT_LOAD)
		return false; /* not of one group: plot_load_has */
	if (kind == PLOT_LEDGER)
		return phase_kept_any(view, group);
	return plot_series_take(view, group->row, group->row_count, kind, series) > 0;
}
