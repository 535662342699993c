// SPDX-License-Identifier: BSD-2-Clause
/*
 * plot_footprint.c: data and variables of the plot of common buffer against throughput, and where
 * its texts fit. Places are shares of the plot's width and height, 0..1.
 */
#include "harness/report/plot_fit.h"

#include <math.h>

#include "harness/report/text.h"

#define PLOT_BOXES_MAX   2048
#define PLOT_NAME_WIDTH  0.12 /* room for a strategy's name */
#define PLOT_NAME_HEIGHT 0.055
#define PLOT_SIZE_WIDTH  0.062 /* room for a transfer size */
#define PLOT_SIZE_HEIGHT 0.042
#define PLOT_SHIFT       0.035 /* between upright lines that would cover each other */
#define PLOT_TRACK_STEPS 12    /* obstacles that stand for the line between two points */

/* What is taken already: a text or a piece of a line, around its middle. */
struct box {
	double x, y, width, height;
};

struct spot {
	double x, y;
};

/* The line of one strategy through its sizes. */
struct line {
	int strategy;
	bool upright; /* the same common buffer at every size */
	double peak;  /* of an upright line */
	double shift; /* drawn so much to the right */
	double none;  /* place of a point without a common buffer */
};

struct footprint {
	const struct view_group *group;
	struct plot_axis x, y;
	double none_share; /* of the width, for those without a common buffer; 0: none */
	int line_count;
	struct line line[PLOT_SERIES_MAX];
	int box_count;
	struct box box[PLOT_BOXES_MAX];
};

static double axis_value(const struct plot_axis *axis, double place)
{
	return axis->low * pow(axis->high / axis->low, place);
}

static const struct view_summary *line_summary(
	const struct footprint *fit, const struct line *line, uint32_t row)
{
	const struct view_summary *summary = fit->group->row[row].by_strategy[line->strategy];

	return plot_has_footprint(summary) ? summary : NULL;
}

/* Where the point of @row is drawn. Return: false if there is none. */
static bool line_spot(
	const struct footprint *fit, const struct line *line, uint32_t row, struct spot *spot)
{
	const struct view_summary *summary = line_summary(fit, line, row);

	if (!summary)
		return false;
	double peak = summary->median[STORE_common_buffer_peak_bytes];

	spot->x = peak < 1 ? line->none : plot_axis_place(&fit->x, peak) + line->shift;
	spot->y = plot_axis_place(&fit->y, summary->median[STORE_bytes_per_second]);
	return true;
}

/* Takes in the figures of a line: both axes, and whether it stands upright. */
static void line_survey(struct footprint *fit, struct line *line)
{
	double least = (double)INFINITY, most = 0;

	for (uint32_t r = 0; r < fit->group->row_count; r++) {
		const struct view_summary *summary = line_summary(fit, line, r);

		if (!summary)
			continue;
		double peak = summary->median[STORE_common_buffer_peak_bytes];

		plot_axis_take(&fit->x, peak < 1 ? 0 : peak);
		plot_axis_take(&fit->y, summary->median[STORE_bytes_per_second]);
		least = fmin(least, peak);
		most = fmax(most, peak);
	}
	line->upright = least == most;
	line->peak = most;
	line->none = least < 1 ? 1 : 0; /* marks it; its place follows when all are known */
}

/* Room for the column of the lines without a common buffer, and their places in it. */
static void fit_none(struct footprint *fit)
{
	int count = 0, nth = 0;

	for (int i = 0; i < fit->line_count; i++)
		count += fit->line[i].none > 0;
	if (!count)
		return;
	double share = fmin(count * PLOT_NAME_WIDTH * 1.15, 0.6);

	fit->none_share = share;
	fit->x.low /= pow(fit->x.high / fit->x.low, share / (1 - share));
	for (int i = 0; i < fit->line_count; i++) {
		if (fit->line[i].none > 0)
			fit->line[i].none = share * (nth++ + 0.5) / count;
	}
}

static void fit_make(struct footprint *fit, const struct view *view, const struct plot *plot)
{
	int series[PLOT_SERIES_MAX] = {0};

	fit->group = plot->group;
	fit->line_count = plot_series_take(
		view, fit->group->row, fit->group->row_count, plot->kind, series);
	for (int i = 0; i < fit->line_count; i++) {
		struct line *line = &fit->line[i];

		line->strategy = series[i];
		line_survey(fit, line);
		for (int k = 0; k < i && line->upright; k++) {
			if (fit->line[k].upright && fit->line[k].peak == line->peak)
				line->shift += PLOT_SHIFT;
		}
	}
	if (fit->x.low == 0)
		fit->x.low = fit->x.high = 4096;
	plot_axis_widen(&fit->x, 0.08, 16);
	plot_axis_widen(&fit->y, 0.14, 10);
	fit_none(fit);
}

static void box_take(struct footprint *fit, struct box box)
{
	if (fit->box_count < PLOT_BOXES_MAX)
		fit->box[fit->box_count++] = box;
}

/* Takes the room of @box if it is free and inside the plot. */
static bool box_fits(struct footprint *fit, struct box box)
{
	if (box.x - box.width / 2 < 0 || box.x + box.width / 2 > 1.02 ||
		box.y - box.height / 2 < 0 || box.y + box.height / 2 > 1.01)
		return false;
	for (int i = 0; i < fit->box_count; i++) {
		const struct box *other = &fit->box[i];

		if (fabs(box.x - other->x) < (box.width + other->width) / 2 &&
			fabs(box.y - other->y) < (box.height + other->height) / 2)
			return false;
	}
	box_take(fit, box);
	return true;
}

/* Keeps texts off a line: small boxes along it. */
static void line_track(struct footprint *fit, const struct line *line)
{
	struct spot last = {0}, spot;
	bool first = true;

	for (uint32_t r = 0; r < fit->group->row_count; r++) {
		if (!line_spot(fit, line, r, &spot))
			continue;
		for (int i = first ? PLOT_TRACK_STEPS : 1; i <= PLOT_TRACK_STEPS; i++) {
			double part = (double)i / PLOT_TRACK_STEPS;

			box_take(fit, (struct box){last.x + part * (spot.x - last.x),
					      last.y + part * (spot.y - last.y), 0.012, 0.02});
		}
		last = spot;
		first = false;
	}
}

/* The name at @offset from @spot. @force: also where there is no room. */
static bool name_at(
	struct footprint *fit, struct spot spot, struct spot offset, bool force, struct spot *label)
{
	struct box box = {spot.x + offset.x, spot.y + offset.y, PLOT_NAME_WIDTH, PLOT_NAME_HEIGHT};

	*label = (struct spot){box.x, box.y};
	return force || box_fits(fit, box);
}

/* Where the name goes: above the highest point, below the lowest, beside one of them, anywhere. */
static struct spot line_name(struct footprint *fit, const struct line *line)
{
	const struct spot above = {0, 0.06}, below = {0, -0.06};
	const struct spot right = {PLOT_NAME_WIDTH / 2 + 0.012, 0}, left = {-right.x, 0};
	struct spot top = {0, -1}, bottom = {0, 2}, spot, label;

	for (uint32_t r = 0; r < fit->group->row_count; r++) {
		if (!line_spot(fit, line, r, &spot))
			continue;
		if (spot.y > top.y)
			top = spot;
		if (spot.y < bottom.y)
			bottom = spot;
	}
	if (name_at(fit, top, above, false, &label) || name_at(fit, bottom, below, false, &label) ||
		name_at(fit, top, right, false, &label) || name_at(fit, top, left, false, &label))
		return label;
	for (uint32_t r = fit->group->row_count; r-- > 0;) {
		if (line_spot(fit, line, r, &spot) &&
			(name_at(fit, spot, above, false, &label) ||
				name_at(fit, spot, below, false, &label) ||
				name_at(fit, spot, right, false, &label)))
			return label;
	}
	name_at(fit, top, above, true, &label);
	return label;
}

/* Where the text with the size of a point begins; there is not always room. */
static bool size_label(
	struct footprint *fit, const struct line *line, struct spot spot, struct spot *label)
{
	static const struct spot beside[] = {{0.012, 0}, {-0.07, 0}};
	static const struct spot around[] = {{0.008, -0.04}, {-0.05, 0.042}, {-0.06, -0.04}};
	const struct spot *offset = line->upright ? beside : around;
	size_t count = line->upright ? 2 : 3;

	for (size_t i = 0; i < count; i++) {
		double left = spot.x + offset[i].x, middle = spot.y + offset[i].y;

		*label = (struct spot){left, middle};
		if (box_fits(fit, (struct box){left + PLOT_SIZE_WIDTH / 2, middle, PLOT_SIZE_WIDTH,
					  PLOT_SIZE_HEIGHT}))
			return true;
	}
	*label = spot;
	return false;
}

static void write_point(FILE *dat, struct footprint *fit, const struct line *line,
	const char *strategy, uint32_t row)
{
	const struct view_summary *summary = line_summary(fit, line, row);
	char size[TEXT_MAX], rate[TEXT_MAX], peak[TEXT_MAX], pinned[TEXT_MAX], tip[200];
	struct spot spot, label;

	if (!summary || !line_spot(fit, line, row, &spot))
		return;
	text_size((double)fit->group->row[row].size_bytes, size, sizeof(size));
	snprintf(tip, sizeof(tip), "%s, %s: %s with %s of common buffer and %s pinned", strategy,
		size, text_rate(summary->median[STORE_bytes_per_second], rate, sizeof(rate)),
		text_size(summary->median[STORE_common_buffer_peak_bytes], peak, sizeof(peak)),
		text_size(summary->median[STORE_pinned_peak_bytes], pinned, sizeof(pinned)));
	bool named = size_label(fit, line, spot, &label);

	fprintf(dat, "%.10g %.10g %.10g %.10g %.10g ",
		summary->median[STORE_common_buffer_peak_bytes], axis_value(&fit->x, spot.x),
		summary->median[STORE_bytes_per_second], axis_value(&fit->x, label.x),
		axis_value(&fit->y, label.y));
	/* A blank where there is no room: gnuplot 5.4 dies of labels that are all missing. */
	plot_dat_text(dat, named ? size : " ");
	fputc(' ', dat);
	plot_dat_text(dat, tip);
	fputc('\n', dat);
}

static void write_line(
	FILE *dat, struct footprint *fit, const struct line *line, const char *strategy)
{
	fprintf(dat,
		"%s# %s: common_buffer_peak_bytes x_drawn bytes_per_second x_label y_label label "
		"text\n",
		line == fit->line ? "" : "\n\n", strategy);
	for (uint32_t r = 0; r < fit->group->row_count; r++)
		write_point(dat, fit, line, strategy, r);
}

void plot_write_footprint(const struct view *view, const struct plot *plot, FILE *dat, FILE *gp)
{
	struct footprint fit = {0};
	double label_x[PLOT_SERIES_MAX] = {0}, label_y[PLOT_SERIES_MAX] = {0};
	int series[PLOT_SERIES_MAX] = {0};

	fit_make(&fit, view, plot);
	for (int i = 0; i < fit.line_count; i++)
		line_track(&fit, &fit.line[i]);
	for (int i = 0; i < fit.line_count; i++) {
		struct spot label = line_name(&fit, &fit.line[i]);

		label_x[i] = axis_value(&fit.x, label.x);
		label_y[i] = axis_value(&fit.y, label.y);
		series[i] = fit.line[i].strategy;
	}
	for (int i = 0; i < fit.line_count; i++)
		write_line(dat, &fit, &fit.line[i], view->strategy[series[i]]);
	plot_gp_series(gp, view, series, fit.line_count);
	plot_gp_range(gp, &fit.x, &fit.y);
	plot_gp_reals(gp, "LABEL_X", label_x, fit.line_count);
	plot_gp_reals(gp, "LABEL_Y", label_y, fit.line_count);
	plot_gp_real(
		gp, "NONE_AT", fit.none_share > 0 ? axis_value(&fit.x, fit.none_share / 2) : 0);
	plot_gp_real(gp, "NONE_END", fit.none_share > 0 ? axis_value(&fit.x, fit.none_share) : 0);
}
