// SPDX-License-Identifier: BSD-2-Clause
/*
 * plot_lines.c: data and variables of the plots with one line a strategy: throughput by size, that a MiB of
 * common buffer by size, latency by percentile.
 */
#include "harness/report/plot_fit.h"

#include <math.h>
#include <string.h>

#include "harness/report/gnuplot.h"
#include "harness/report/text.h"

#define PLOT_LATENCY_SIZE 65536
#define PLOT_STEPS        40 /* points a nine of the latency plot */
#define PLOT_NINES_MAX    5
#define PLOT_CROSSINGS    2 /* drawn at most, so that the plot stays readable */

/* What stands against the size: throughput, or a figure that is a share of it. */
struct figure {
	enum store_counter counter;
	double scale; /* from the counter to what is drawn */
	const char *column, *unit, *subtitle;
	bool memcpy; /* with the ceiling, and the crossovers, which are of throughput */
};

static double figure_value(const struct figure *figure, const struct view_summary *summary)
{
	return summary->median[figure->counter] * figure->scale;
}

static void figure_point(FILE *dat, const struct figure *figure, const char *strategy,
	const struct view_row *row, const struct view_summary *summary, struct plot_axis *y)
{
	char size[TEXT_MAX], rate[TEXT_MAX], low_text[TEXT_MAX], high_text[TEXT_MAX], tip[240];
	double value = figure_value(figure, summary);
	double share = value / summary->median[STORE_bytes_per_second];
	double ratio = summary->median[STORE_ceiling_ratio];
	const struct view_spread *of = &summary->spread[STORE_bytes_per_second];
	bool spread = isfinite(of->low) && of->low > 0;
	double low = spread ? of->low * share : value;
	double high = spread ? of->high * share : value;
	int length = snprintf(tip, sizeof(tip), "%s, %s: %s%s", strategy,
		text_size((double)row->size_bytes, size, sizeof(size)),
		text_rate(value, rate, sizeof(rate)), figure->unit);

	if (spread)
		length += snprintf(tip + length, sizeof(tip) - (size_t)length, " (%s %s to %s)",
			of->interval ? "95 % interval" : "range",
			text_rate(low, low_text, sizeof(low_text)),
			text_rate(high, high_text, sizeof(high_text)));
	if (figure->memcpy && isfinite(ratio))
		length += snprintf(
			tip + length, sizeof(tip) - (size_t)length, ", %.2f of memcpy", ratio);
	snprintf(tip + length, sizeof(tip) - (size_t)length, ", n = %u", summary->good);
	fprintf(dat, "%llu %.10g %.10g %.10g %.6g %u ", (unsigned long long)row->size_bytes, value,
		low, high, ratio, summary->good);
	plot_dat_text(dat, tip);
	fputc('\n', dat);
	plot_axis_take(y, value);
	plot_axis_take(y, low);
	plot_axis_take(y, high);
}

static bool throughput_ceiling(
	const struct view_group *group, FILE *dat, struct plot_axis *y, double *end)
{
	bool any = false;

	fprintf(dat, "\n\n# memcpy ceiling: size_bytes bytes_per_second\n");
	for (uint32_t r = 0; r < group->row_count; r++) {
		const struct view_row *row = &group->row[r];

		if (!(row->ceiling_bytes_per_second > 0))
			continue;
		fprintf(dat, "%llu %.10g\n", (unsigned long long)row->size_bytes,
			row->ceiling_bytes_per_second);
		plot_axis_take(y, row->ceiling_bytes_per_second);
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

static void gp_crossings(FILE *gp, const struct view *view, const struct view_group *group,
	const struct plot_axis *x)
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
	plot_gp_reals(gp, "CROSS_AT", at, count);
	plot_gp_reals(gp, "CROSS_LOW", low, count);
	plot_gp_reals(gp, "CROSS_HIGH", high, count);
}

/* The lines of all strategies. @end: receives the last value of each, where its label goes. */
static void figure_lines(FILE *dat, const struct figure *figure, const struct view *view,
	const struct plot *plot, const int *series, int count, struct plot_axis axis[2],
	double *end)
{
	for (int s = 0; s < count; s++) {
		const char *strategy = view->strategy[series[s]];

		fprintf(dat,
			"%s# %s: size_bytes %s(median) low high share_of_memcpy repetitions text\n",
			s ? "\n\n" : "", strategy, figure->column);
		for (uint32_t r = 0; r < plot->group->row_count; r++) {
			const struct view_row *row = &plot->group->row[r];
			const struct view_summary *summary = row->by_strategy[series[s]];

			if (!plot_has_figures(plot->kind, summary))
				continue;
			figure_point(dat, figure, strategy, row, summary, &axis[1]);
			plot_axis_take(&axis[0], (double)row->size_bytes);
			end[s] = figure_value(figure, summary);
		}
	}
}

static void figure_write(const struct figure *figure, const struct view *view,
	const struct plot *plot, FILE *dat, FILE *gp)
{
	const struct view_group *group = plot->group;
	struct plot_axis axis[2] = {{0}}, *x = &axis[0], *y = &axis[1];
	struct plot_labels labels = {0};
	double end[PLOT_SERIES_MAX + 1] = {0};
	int series[PLOT_SERIES_MAX];
	int count = plot_series_take(view, group->row, group->row_count, plot->kind, series);

	figure_lines(dat, figure, view, plot, series, count, axis, end);
	bool ceiling = figure->memcpy && throughput_ceiling(group, dat, y, &end[count]);

	plot_axis_widen(x, 0.02, 16);
	plot_axis_widen(y, 0.04, 10);
	for (; labels.count < count + ceiling; labels.count++)
		labels.at[labels.count] = plot_axis_place(y, end[labels.count]);
	plot_labels_spread(&labels);
	plot_gp_series(gp, view, series, count);
	plot_gp_text(gp, "SUBTITLE", figure->subtitle);
	plot_gp_range(gp, x, y);
	plot_gp_reals(gp, "LABEL_AT", labels.at, labels.count);
	fprintf(gp, "CEILING = %d\n", ceiling);
	if (figure->memcpy)
		gp_crossings(gp, view, group, x);
	else
		fprintf(gp, "CROSSINGS = 0\n");
}

void plot_write_throughput(const struct view *view, const struct plot *plot, FILE *dat, FILE *gp)
{
	static const struct figure figure = {
		.counter = STORE_bytes_per_second,
		.scale = 1,
		.column = "bytes_per_second",
		.unit = "",
		.subtitle = "throughput of completed operations, median over the repetitions",
		.memcpy = true,
	};

	figure_write(&figure, view, plot, dat, gp);
}

void plot_write_density(const struct view *view, const struct plot *plot, FILE *dat, FILE *gp)
{
	static const struct figure figure = {
		.counter = STORE_common_buffer_turns_per_second,
		.scale = 1 << 20,
		.column = "bytes_per_second_per_mib",
		.unit = " a MiB of common buffer",
		.subtitle = "throughput divided by the peak of the common buffer it takes (rings "
			    "included), "
			    "median over the repetitions",
	};

	figure_write(&figure, view, plot, dat, gp);
}

/*
 * ---- latency
 * ----------------------------------------------------------------------------------------
 */

const struct view_row *plot_latency_row(const struct view *view, const struct view_group *group)
{
	const struct view_row *best = NULL;
	double nearest = (double)INFINITY;

	for (uint32_t r = 0; r < group->row_count; r++) {
		int series[PLOT_SERIES_MAX];
		double distance = fabs(log2((double)group->row[r].size_bytes / PLOT_LATENCY_SIZE));

		if (distance < nearest &&
			plot_series_take(view, &group->row[r], 1, PLOT_LATENCY, series) > 0) {
			best = &group->row[r];
			nearest = distance;
		}
	}
	return best;
}

/* Hover points stand at the percentiles that people quote. */
static void latency_point(FILE *dat, const char *strategy, const struct hist *hist, double share,
	bool quoted, struct plot_axis *y)
{
	double ns = fmax((double)hist_quantile(hist, share), 1);
	char tip[120] = "", time[TEXT_MAX];

	if (quoted)
		snprintf(tip, sizeof(tip), "%s, p%.6g: %s", strategy, 100 * share,
			text_time(ns, time, sizeof(time)));
	fprintf(dat, "%.8g %.8g %.10g ", 1 / (1 - share), 100 * share, ns);
	plot_dat_text(dat, quoted ? tip : "-");
	fputc('\n', dat);
	plot_axis_take(y, ns);
}

/* Steps of the axis that @hist supports: up to the share of its slowest value. */
static int latency_steps(const struct hist *hist)
{
	return (int)(fmin(log10((double)hist->count), PLOT_NINES_MAX) * PLOT_STEPS);
}

/* Every step of the axis. Return: value at the end. */
static double latency_series(
	FILE *dat, const char *strategy, const struct hist *hist, struct plot_axis *y)
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
	struct plot_labels labels = {0};
	struct plot_axis y = {0};
	double end[PLOT_SERIES_MAX] = {0};
	int series[PLOT_SERIES_MAX];
	int count = plot_series_take(view, row, 1, plot->kind, series), most = PLOT_STEPS;
	char size[TEXT_MAX], subtitle[120];

	for (int s = 0; s < count; s++) {
		const struct hist *hist = row->by_strategy[series[s]]->latency;
		const char *strategy = view->strategy[series[s]];

		fprintf(dat, "%s# %s: one_over_one_minus_share percentile latency_ns text\n",
			s ? "\n\n" : "", strategy);
		end[s] = latency_series(dat, strategy, hist, &y);
		most = latency_steps(hist) > most ? latency_steps(hist) : most;
	}
	plot_axis_widen(&y, 0.06, 10);
	for (; labels.count < count; labels.count++)
		labels.at[labels.count] = plot_axis_place(&y, fmax(end[labels.count], 1));
	plot_labels_spread(&labels);
	snprintf(subtitle, sizeof(subtitle), "service time of one operation of %s, all repetitions",
		text_size((double)row->size_bytes, size, sizeof(size)));
	plot_gp_series(gp, view, series, count);
	plot_gp_real(gp, "XMAX", pow(10, (double)most / PLOT_STEPS));
	plot_gp_real(gp, "YMIN", y.low);
	plot_gp_real(gp, "YMAX", y.high);
	plot_gp_reals(gp, "LABEL_AT", labels.at, labels.count);
	plot_gp_text(gp, "SUBTITLE", subtitle);
}
