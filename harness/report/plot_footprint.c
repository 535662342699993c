// SPDX-License-Identifier: BSD-2-Clause
/*
 * plot_footprint.c: data and variables of the plot of common buffer against throughput, and where
 * its texts fit.
 */
#include "harness/report/plot_fit.h"

#include <math.h>

#include "harness/report/text.h"

#define PLOT_BOXES_MAX  256
#define PLOT_NAME_WIDTH 0.12 /* of the plot's width, for a strategy's name */

/* A text's box, in shares of the plot's width and height, around its middle. */
struct box {
	double x, y, width, height;
};

/*
 * Axes, the column left of them for strategies without a common buffer, and the texts placed so
 * far.
 */
struct footprint {
	struct plot_axis x, y;
	int none_count;
	double none_low, none_high;
	int box_count;
	struct box box[PLOT_BOXES_MAX];
};

static bool footprint_is_none(const struct view_group *group, int strategy)
{
	for (uint32_t r = 0; r < group->row_count; r++) {
		const struct view_summary *summary = group->row[r].by_strategy[strategy];

		if (plot_has_footprint(summary) &&
			summary->median[STORE_common_buffer_peak_bytes] < 1)
			return true;
	}
	return false;
}

static void footprint_fit(
	struct footprint *fit, const struct view *view, const struct view_group *group)
{
	for (uint32_t i = 0; i < view->strategy_count; i++) {
		fit->none_count += footprint_is_none(group, (int)i);
		for (uint32_t r = 0; r < group->row_count; r++) {
			const struct view_summary *summary = group->row[r].by_strategy[i];

			if (!plot_has_footprint(summary))
				continue;
			plot_axis_take(&fit->x, summary->median[STORE_common_buffer_peak_bytes]);
			plot_axis_take(&fit->y, summary->median[STORE_bytes_per_second]);
		}
	}
	if (fit->x.low == 0)
		fit->x.low = fit->x.high = 4096;
	plot_axis_widen(&fit->x, 0.08, 16);
	plot_axis_widen(&fit->y, 0.10, 10);
	if (!fit->none_count)
		return;
	/* The column's share of the width grows with the names that must stand in it. */
	double share = fit->none_count * PLOT_NAME_WIDTH * 1.15;

	share = fmin(share, 0.6);
	fit->none_high = fit->x.low;
	fit->none_low = fit->x.low / pow(fit->x.high / fit->x.low, share / (1 - share));
	fit->x.low = fit->none_low;
}

/*
 * Where the @nth strategy without a common buffer stands, so that their lines do not cover each
 * other.
 */
static double footprint_none_at(const struct footprint *fit, int nth)
{
	return fit->none_low * pow(fit->none_high / fit->none_low, (nth + 0.5) / fit->none_count);
}

/* Takes the room of @box if it is free and inside the plot. */
static bool footprint_room(struct footprint *fit, struct box box)
{
	if (box.x - box.width / 2 < 0 || box.x + box.width / 2 > 1.02 || box.y < 0.02 ||
		box.y > 0.98 || fit->box_count == PLOT_BOXES_MAX)
		return false;
	for (int i = 0; i < fit->box_count; i++) {
		const struct box *other = &fit->box[i];

		if (fabs(box.x - other->x) < (box.width + other->width) / 2 &&
			fabs(box.y - other->y) < (box.height + other->height) / 2)
			return false;
	}
	fit->box[fit->box_count++] = box;
	return true;
}

static double footprint_x(const struct footprint *fit, const struct view_summary *summary, int nth)
{
	double peak = summary->median[STORE_common_buffer_peak_bytes];

	return peak < 1 ? footprint_none_at(fit, nth) : peak;
}

/* The name goes above or below one of the points, where there is room; the last one if nowhere. */
static void footprint_name(struct footprint *fit, const struct view_group *group, int strategy,
	int nth, double *label_x, double *label_y)
{
	for (uint32_t r = group->row_count; r-- > 0;) {
		const struct view_summary *summary = group->row[r].by_strategy[strategy];

		if (!plot_has_footprint(summary))
			continue;
		double x = footprint_x(fit, summary, nth);
		double place = plot_axis_place(&fit->y, summary->median[STORE_bytes_per_second]);

		for (int side = 1; side >= -1; side -= 2) {
			double above = place + side * 0.06;
			struct box box = {
				plot_axis_place(&fit->x, x), above, PLOT_NAME_WIDTH, 0.055};

			*label_x = x;
			*label_y = fit->y.low * pow(fit->y.high / fit->y.low, above);
			if (footprint_room(fit, box))
				return;
		}
	}
}

static void footprint_point(FILE *dat, const char *strategy, const struct view_row *row,
	const struct view_summary *summary, double x, bool named, const double label[2])
{
	char size[TEXT_MAX], rate[TEXT_MAX], peak[TEXT_MAX], pinned[TEXT_MAX], tip[200];

	text_size((double)row->size_bytes, size, sizeof(size));
	snprintf(tip, sizeof(tip), "%s, %s: %s with %s of common buffer and %s pinned", strategy,
		size, text_rate(summary->median[STORE_bytes_per_second], rate, sizeof(rate)),
		text_size(summary->median[STORE_common_buffer_peak_bytes], peak, sizeof(peak)),
		text_size(summary->median[STORE_pinned_peak_bytes], pinned, sizeof(pinned)));
	fprintf(dat, "%.10g %.10g %.10g %.10g %.10g ",
		summary->median[STORE_common_buffer_peak_bytes], x,
		summary->median[STORE_bytes_per_second], label[0], label[1]);
	/*
	 * A blank, not a missing value: gnuplot 5.4 dies of a series of labels in which all are
	 * missing.
	 */
	plot_dat_text(dat, named ? size : " ");
	fputc(' ', dat);
	plot_dat_text(dat, tip);
	fputc('\n', dat);
}

/*
 * Where the text with the size of a point goes: to the right of a line that rises upright, below
 * right of one that runs to the right. Return: false if there is no room; @label is then the point
 * itself.
 */
static bool footprint_label(
	struct footprint *fit, const struct view_summary *summary, double x, double label[2])
{
	double y = summary->median[STORE_bytes_per_second];
	bool upright = summary->median[STORE_common_buffer_peak_bytes] < 1;
	double left = plot_axis_place(&fit->x, x) + (upright ? 0.012 : 0.008);
	double middle = plot_axis_place(&fit->y, y) - (upright ? 0 : 0.04);
	struct box box = {left + 0.035, middle, 0.07, 0.045};
	bool room = footprint_room(fit, box);

	label[0] = room ? fit->x.low * pow(fit->x.high / fit->x.low, left) : x;
	label[1] = room ? fit->y.low * pow(fit->y.high / fit->y.low, middle) : y;
	return room;
}

/* A line of one strategy; its sizes are written beside the points where there is room. */
static void footprint_series(FILE *dat, struct footprint *fit, const char *strategy,
	const struct view_group *group, int index, int nth)
{
	fprintf(dat,
		"# %s: common_buffer_peak_bytes x_drawn bytes_per_second x_label y_label label "
		"text\n",
		strategy);
	for (uint32_t r = 0; r < group->row_count; r++) {
		const struct view_summary *summary = group->row[r].by_strategy[index];
		double label[2];

		if (!plot_has_footprint(summary))
			continue;
		double x = footprint_x(fit, summary, nth);

		bool named = footprint_label(fit, summary, x, label);

		footprint_point(dat, strategy, &group->row[r], summary, x, named, label);
	}
}

void plot_write_footprint(const struct view *view, const struct plot *plot, FILE *dat, FILE *gp)
{
	const struct view_group *group = plot->group;
	struct footprint fit = {0};
	int series[VIEW_STRATEGIES_MAX], nth[VIEW_STRATEGIES_MAX];
	int count = plot_series_take(view, group->row, group->row_count, plot->kind, series);
	double label_x[VIEW_STRATEGIES_MAX] = {0}, label_y[VIEW_STRATEGIES_MAX] = {0};

	footprint_fit(&fit, view, group);
	for (int s = 0, none = 0; s < count; s++) {
		nth[s] = none;
		none += footprint_is_none(group, series[s]);
		footprint_name(&fit, group, series[s], nth[s], &label_x[s], &label_y[s]);
	}
	for (int s = 0; s < count; s++) {
		fputs(s ? "\n\n" : "", dat);
		footprint_series(dat, &fit, view->strategy[series[s]], group, series[s], nth[s]);
	}
	plot_gp_series(gp, view, series, count);
	plot_gp_range(gp, &fit.x, &fit.y);
	plot_gp_reals(gp, "LABEL_X", label_x, count);
	plot_gp_reals(gp, "LABEL_Y", label_y, count);
	plot_gp_real(gp, "NONE_AT", fit.none_count ? sqrt(fit.none_low * fit.none_high) : 0);
	plot_gp_real(gp, "NONE_END", fit.none_count ? fit.none_high : 0);
}
