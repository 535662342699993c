// SPDX-License-Identifier: BSD-2-Clause
/*
 * plot_data.c: the data file and the variables of each plot. Colours, fonts and lines are the scripts'
 * business (scripts/plot); ranges and the places of labels are computed here, where the figures are.
 */
#include "harness/report/plot.h"

#include <math.h>
#include <string.h>

#include "harness/report/gnuplot.h"
#include "harness/report/text.h"

#define PLOT_LATENCY_SIZE 65536
#define PLOT_LABEL_GAP	  0.058 /* of the axis between two labels */
#define PLOT_STEPS	  40	/* points a nine of the latency plot */
#define PLOT_NINES_MAX	  5
#define PLOT_BOXES_MAX	  256
#define PLOT_NAME_WIDTH	  0.12 /* of the plot's width, for a strategy's name */
#define PLOT_CROSSINGS	  2    /* drawn at most, so that the plot stays readable */

/* A logarithmic axis being fitted to its values. */
struct axis {
	double low, high;
};

static void axis_take(struct axis *axis, double value)
{
	if (!isfinite(value) || value <= 0)
		return;
	if (axis->low == 0 || value < axis->low)
		axis->low = value;
	if (value > axis->high)
		axis->high = value;
}

/* Some room on both sides: a share of the axis, and never less than a factor of @least in all. */
static void axis_widen(struct axis *axis, double share, double least)
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
static double axis_place(const struct axis *axis, double value)
{
	return log(value / axis->low) / log(axis->high / axis->low);
}

/* Labels at the right edge. */
struct labels {
	int count;
	double at[VIEW_STRATEGIES_MAX + 1]; /* 0..1, by series */
};

/* Moves labels apart until none covers another: up from the lowest, then all back down into the plot. */
static void labels_spread(struct labels *labels)
{
	int order[VIEW_STRATEGIES_MAX + 1];

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

static void gp_real(FILE *gp, const char *name, double value)
{
	fprintf(gp, "%s = %.10g\n", name, value);
}

static void gp_text(FILE *gp, const char *name, const char *text)
{
	fprintf(gp, "%s = ", name);
	gnuplot_quote(gp, text);
	fputc('\n', gp);
}

static void gp_reals(FILE *gp, const char *name, const double *value, int count)
{
	fprintf(gp, "array %s[%d]\n", name, count ? count : 1);
	for (int i = 0; i < count; i++)
		fprintf(gp, "%s[%d] = %.10g\n", name, i + 1, value[i]);
}

/* Names of the series; array STRATEGY and its length N. */
static void gp_series(FILE *gp, const struct view *view, const int *series, int count)
{
	fprintf(gp, "N = %d\narray STRATEGY[%d]\n", count, count);
	for (int i = 0; i < count; i++) {
		fprintf(gp, "STRATEGY[%d] = ", i + 1);
		gnuplot_quote(gp, view->strategy[series[i]]);
		fputc('\n', gp);
	}
}

static void gp_range(FILE *gp, const struct axis *x, const struct axis *y)
{
	gp_real(gp, "XMIN", x->low);
	gp_real(gp, "XMAX", x->high);
	gp_real(gp, "YMIN", y->low);
	gp_real(gp, "YMAX", y->high);
}

/* A quoted column: no quotes, no backslashes, no line ends inside. */
static void dat_text(FILE *dat, const char *text)
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

static bool has_rate(const struct view_summary *summary)
{
	return summary && summary->median[STORE_bytes_per_second] > 0;
}

static bool has_footprint(const struct view_summary *summary)
{
	return has_rate(summary) && summary->median[STORE_common_buffer_peak_bytes] >= 0;
}

static bool has_latency(const struct view_summary *summary)
{
	return summary && summary->latency;
}

static bool (*const has_figures[PLOT_KIND_COUNT])(const struct view_summary *summary) = {
	[PLOT_THROUGHPUT] = has_rate,
	[PLOT_LATENCY] = has_latency,
	[PLOT_FOOTPRINT] = has_footprint,
};

/* Strategies with figures in the rows from @row on. Return: how many. */
static int series_take(const struct view *view, const struct view_row *row, uint32_t rows,
	enum plot_kind kind, int series[VIEW_STRATEGIES_MAX])
{
	int count = 0;

	for (uint32_t i = 0; i < view->strategy_count; i++) {
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
	int series[VIEW_STRATEGIES_MAX];

	return series_take(view, group->row, group->row_count, kind, series) > 0;
}

/* ---- throughput ------------------------------------------------------------------------------------- */

static void throughput_point(FILE *dat, const char *strategy, const struct view_row *row,
	const struct view_summary *summary)
{
	char size[TEXT_MAX], rate[TEXT_MAX], low[TEXT_MAX], high[TEXT_MAX], tip[200];
	double median = summary->median[STORE_bytes_per_second];
	double ratio = summary->median[STORE_ceiling_ratio];
	bool spread = isfinite(summary->low) && summary->low > 0;
	int length = snprintf(tip, sizeof(tip), "%s, %s: %s", strategy,
		text_size((double)row->size_bytes, size, sizeof(size)),
		text_rate(median, rate, sizeof(rate)));

	if (spread)
		length += snprintf(tip + length, sizeof(tip) - (size_t)length, " (%s %s to %s)",
			summary->interval ? "95 % interval" : "range",
			text_rate(summary->low, low, sizeof(low)),
			text_rate(summary->high, high, sizeof(high)));
	if (isfinite(ratio))
		length += snprintf(
			tip + length, sizeof(tip) - (size_t)length, ", %.2f of memcpy", ratio);
	snprintf(tip + length, sizeof(tip) - (size_t)length, ", n = %u", summary->good);
	fprintf(dat, "%llu %.10g %.10g %.10g %.6g %u ", (unsigned long long)row->size_bytes, median,
		spread ? summary->low : median, spread ? summary->high : median, ratio,
		summary->good);
	dat_text(dat, tip);
	fputc('\n', dat);
}

/* The last place of a line, where its label goes. */
static double throughput_end(const struct view_group *group, int strategy)
{
	double end = (double)NAN;

	for (uint32_t r = 0; r < group->row_count; r++) {
		const struct view_summary *summary = group->row[r].by_strategy[strategy];

		if (has_rate(summary))
			end = summary->median[STORE_bytes_per_second];
	}
	return end;
}

static bool throughput_ceiling(
	const struct view_group *group, FILE *dat, struct axis *y, double *end)
{
	bool any = false;

	fprintf(dat, "\n\n# memcpy ceiling: size_bytes bytes_per_second\n");
	for (uint32_t r = 0; r < group->row_count; r++) {
		const struct view_row *row = &group->row[r];

		if (!(row->ceiling_bytes_per_second > 0))
			continue;
		fprintf(dat, "%llu %.10g\n", (unsigned long long)row->size_bytes,
			row->ceiling_bytes_per_second);
		axis_take(y, row->ceiling_bytes_per_second);
		*end = row->ceiling_bytes_per_second;
		any = true;
	}
	return any;
}

static void gp_crossing_texts(FILE *gp, int index, const struct store_crossover *crossover)
{
	char text[120], size[TEXT_MAX], low[TEXT_MAX] = "open", high[TEXT_MAX] = "open";
	const struct stats_interval *interval = &crossover->result.interval;

	snprintf(text, sizeof(text), "%s overtakes %s at %s", crossover->fast_end,
		crossover->slow_start, text_size(crossover->result.size_bytes, size, sizeof(size)));
	fprintf(gp, "CROSS_TEXT[%d] = ", index);
	gnuplot_quote(gp, text);
	if (isfinite(interval->low))
		text_size(interval->low, low, sizeof(low));
	if (isfinite(interval->high))
		text_size(interval->high, high, sizeof(high));
	snprintf(text, sizeof(text), "95 %% interval %s to %s", low, high);
	fprintf(gp, "\nCROSS_RANGE[%d] = ", index);
	gnuplot_quote(gp, text);
	fputc('\n', gp);
}

static void gp_crossings(
	FILE *gp, const struct view *view, const struct view_group *group, const struct axis *x)
{
	double at[PLOT_CROSSINGS], low[PLOT_CROSSINGS], high[PLOT_CROSSINGS];
	int count = 0;

	fprintf(gp, "array CROSS_TEXT[%d]\narray CROSS_RANGE[%d]\n", PLOT_CROSSINGS,
		PLOT_CROSSINGS);
	for (uint32_t i = 0; i < view->run->crossover_count && count < PLOT_CROSSINGS; i++) {
		const struct store_crossover *crossover = &view->run->crossover[i];
		const struct stats_crossover *result = &crossover->result;

		if (result->kind != STATS_CROSSOVER_FOUND || !view_crossover_of(group, crossover))
			continue;
		at[count] = result->size_bytes;
		low[count] = fmax(result->interval.low, x->low);
		high[count] = fmin(result->interval.high, x->high);
		gp_crossing_texts(gp, ++count, crossover);
	}
	fprintf(gp, "CROSSINGS = %d\n", count);
	gp_reals(gp, "CROSS_AT", at, count);
	gp_reals(gp, "CROSS_LOW", low, count);
	gp_reals(gp, "CROSS_HIGH", high, count);
}

void plot_write_throughput(const struct view *view, const struct plot *plot, FILE *dat, FILE *gp)
{
	const struct view_group *group = plot->group;
	struct axis x = {0}, y = {0};
	struct labels labels = {0};
	int series[VIEW_STRATEGIES_MAX];
	double ceiling_end = 0;
	int count = series_take(view, group->row, group->row_count, plot->kind, series);

	for (int s = 0; s < count; s++) {
		fprintf(dat,
			"%s# %s: size_bytes bytes_per_second(median) low high share_of_memcpy "
			"repetitions text\n",
			s ? "\n\n" : "", view->strategy[series[s]]);
		for (uint32_t r = 0; r < group->row_count; r++) {
			const struct view_summary *summary = group->row[r].by_strategy[series[s]];

			if (!has_rate(summary))
				continue;
			throughput_point(dat, view->strategy[series[s]], &group->row[r], summary);
			axis_take(&x, (double)group->row[r].size_bytes);
			axis_take(&y, summary->median[STORE_bytes_per_second]);
			axis_take(&y, summary->low);
			axis_take(&y, summary->high);
		}
	}
	bool ceiling = throughput_ceiling(group, dat, &y, &ceiling_end);

	axis_widen(&x, 0.02, 16);
	axis_widen(&y, 0.04, 10);
	for (; labels.count < count; labels.count++)
		labels.at[labels.count] = axis_place(
			&y, throughput_end(group, series[labels.count]));
	if (ceiling)
		labels.at[labels.count++] = axis_place(&y, ceiling_end);
	labels_spread(&labels);
	gp_series(gp, view, series, count);
	gp_range(gp, &x, &y);
	gp_reals(gp, "LABEL_AT", labels.at, labels.count);
	fprintf(gp, "CEILING = %d\n", ceiling);
	gp_crossings(gp, view, group, &x);
}

/* ---- latency ---------------------------------------------------------------------------------------- */

const struct view_row *plot_latency_row(const struct view *view, const struct view_group *group)
{
	const struct view_row *best = NULL;
	double nearest = (double)INFINITY;

	for (uint32_t r = 0; r < group->row_count; r++) {
		int series[VIEW_STRATEGIES_MAX];
		double distance = fabs(log2((double)group->row[r].size_bytes / PLOT_LATENCY_SIZE));

		if (distance < nearest &&
			series_take(view, &group->row[r], 1, PLOT_LATENCY, series) > 0) {
			best = &group->row[r];
			nearest = distance;
		}
	}
	return best;
}

/* Hover points stand at the percentiles that people quote. */
static void latency_point(FILE *dat, const char *strategy, const struct hist *hist, double share,
	bool quoted, struct axis *y)
{
	double ns = fmax((double)hist_quantile(hist, share), 1);
	char tip[120] = "", time[TEXT_MAX];

	if (quoted)
		snprintf(tip, sizeof(tip), "%s, p%.6g: %s", strategy, 100 * share,
			text_time(ns, time, sizeof(time)));
	fprintf(dat, "%.8g %.8g %.10g ", 1 / (1 - share), 100 * share, ns);
	dat_text(dat, quoted ? tip : "-");
	fputc('\n', dat);
	axis_take(y, ns);
}

/* Steps of the axis that @hist supports: up to the share of its slowest value. */
static int latency_steps(const struct hist *hist)
{
	return (int)(fmin(log10((double)hist->count), PLOT_NINES_MAX) * PLOT_STEPS);
}

/* Every step of the axis. Return: value at the end. */
static double latency_series(
	FILE *dat, const char *strategy, const struct hist *hist, struct axis *y)
{
	int steps = latency_steps(hist);

	latency_point(dat, strategy, hist, 0, true, y);
	for (int i = 1; i <= steps; i++) {
		double x = (double)i / PLOT_STEPS, median = log10(2);

		latency_point(dat, strategy, hist, 1 - pow(10, -x), i % PLOT_STEPS == 0, y);
		if (x < median && x + 1.0 / PLOT_STEPS > median)
			latency_point(dat, strategy, hist, 0.5, true, y);
	}
	return (double)hist_quantile(hist, steps ? 1 - pow(10, -(double)steps / PLOT_STEPS) : 0);
}

void plot_write_latency(const struct view *view, const struct plot *plot, FILE *dat, FILE *gp)
{
	const struct view_row *row = plot_latency_row(view, plot->group);
	struct labels labels = {0};
	struct axis y = {0};
	double end[VIEW_STRATEGIES_MAX];
	int series[VIEW_STRATEGIES_MAX];
	int count = series_take(view, row, 1, plot->kind, series), most = PLOT_STEPS;
	char size[TEXT_MAX], subtitle[120];

	for (int s = 0; s < count; s++) {
		const struct hist *hist = row->by_strategy[series[s]]->latency;
		const char *strategy = view->strategy[series[s]];

		fprintf(dat, "%s# %s: one_over_one_minus_share percentile latency_ns text\n",
			s ? "\n\n" : "", strategy);
		end[s] = latency_series(dat, strategy, hist, &y);
		most = latency_steps(hist) > most ? latency_steps(hist) : most;
	}
	axis_widen(&y, 0.06, 10);
	for (; labels.count < count; labels.count++)
		labels.at[labels.count] = axis_place(&y, fmax(end[labels.count], 1));
	labels_spread(&labels);
	snprintf(subtitle, sizeof(subtitle), "service time of one operation of %s, all repetitions",
		text_size((double)row->size_bytes, size, sizeof(size)));
	gp_series(gp, view, series, count);
	gp_real(gp, "XMAX", pow(10, (double)most / PLOT_STEPS));
	gp_real(gp, "YMIN", y.low);
	gp_real(gp, "YMAX", y.high);
	gp_reals(gp, "LABEL_AT", labels.at, labels.count);
	gp_text(gp, "SUBTITLE", subtitle);
}

/* ---- footprint -------------------------------------------------------------------------------------- */

/* A text's box, in shares of the plot's width and height, around its middle. */
struct box {
	double x, y, width, height;
};

/* Axes, the column left of them for strategies without a common buffer, and the texts placed so far. */
struct footprint {
	struct axis x, y;
	int none_count;
	double none_low, none_high;
	int box_count;
	struct box box[PLOT_BOXES_MAX];
};

static bool footprint_is_none(const struct view_group *group, int strategy)
{
	for (uint32_t r = 0; r < group->row_count; r++) {
		const struct view_summary *summary = group->row[r].by_strategy[strategy];

		if (has_footprint(summary) && summary->median[STORE_common_buffer_peak_bytes] < 1)
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

			if (!has_footprint(summary))
				continue;
			axis_take(&fit->x, summary->median[STORE_common_buffer_peak_bytes]);
			axis_take(&fit->y, summary->median[STORE_bytes_per_second]);
		}
	}
	if (fit->x.low == 0)
		fit->x.low = fit->x.high = 4096;
	axis_widen(&fit->x, 0.08, 16);
	axis_widen(&fit->y, 0.10, 10);
	if (!fit->none_count)
		return;
	/* The column's share of the width grows with the names that must stand in it. */
	double share = fit->none_count * PLOT_NAME_WIDTH * 1.15;

	share = fmin(share, 0.6);
	fit->none_high = fit->x.low;
	fit->none_low = fit->x.low / pow(fit->x.high / fit->x.low, share / (1 - share));
	fit->x.low = fit->none_low;
}

/* Where the @nth strategy without a common buffer stands, so that their lines do not cover each other. */
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

		if (!has_footprint(summary))
			continue;
		double x = footprint_x(fit, summary, nth);
		double place = axis_place(&fit->y, summary->median[STORE_bytes_per_second]);

		for (int side = 1; side >= -1; side -= 2) {
			double above = place + side * 0.06;
			struct box box = {axis_place(&fit->x, x), above, PLOT_NAME_WIDTH, 0.055};

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
	/* A blank, not a missing value: gnuplot 5.4 dies of a series of labels in which all are missing. */
	dat_text(dat, named ? size : " ");
	fputc(' ', dat);
	dat_text(dat, tip);
	fputc('\n', dat);
}

/*
 * Where the text with the size of a point goes: to the right of a line that rises upright, below right of
 * one that runs to the right. Return: false if there is no room; @label is then the point itself.
 */
static bool footprint_label(
	struct footprint *fit, const struct view_summary *summary, double x, double label[2])
{
	double y = summary->median[STORE_bytes_per_second];
	bool upright = summary->median[STORE_common_buffer_peak_bytes] < 1;
	double left = axis_place(&fit->x, x) + (upright ? 0.012 : 0.008);
	double middle = axis_place(&fit->y, y) - (upright ? 0 : 0.04);
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

		if (!has_footprint(summary))
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
	int count = series_take(view, group->row, group->row_count, plot->kind, series);
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
	gp_series(gp, view, series, count);
	gp_range(gp, &fit.x, &fit.y);
	gp_reals(gp, "LABEL_X", label_x, count);
	gp_reals(gp, "LABEL_Y", label_y, count);
	gp_real(gp, "NONE_AT", fit.none_count ? sqrt(fit.none_low * fit.none_high) : 0);
	gp_real(gp, "NONE_END", fit.none_count ? fit.none_high : 0);
}
