// SPDX-License-Identifier: BSD-2-Clause
/*
 * site_trend.c: the trends of many series, drawn by one gnuplot: starting it costs more than a plot does. Writes a data file a series
 * and one script for all of them into the drawing folder; see scripts/plot/trend.gp. Called by site_series.c.
 */
#include "harness/report/site_part.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "harness/report/files.h"
#include "harness/report/gnuplot.h"
#include "harness/report/plot_fit.h"
#include "harness/report/text.h"

#define TICKS_MAX      12
#define TICKS_WANTED   5
#define DATES_WANTED   7
#define CHANGES_DRAWN  12
#define TREND_ROOM     0.08      /* of the range, above and below */
#define TREND_LEAST    0.02      /* of the value: what is less is no trend to look at */
#define TREND_COLOR_UP "#00794f" /* better */
#define TREND_COLOR_DN "#b3261e"

/* ---- the value axis ---------------------------------------------------------------------------------- */

/* What one step of the axis is counted in, so that its labels are short and differ. */
struct scale {
	double factor;
	char unit[16];
};

static bool metric_is(const char *metric, const char *end)
{
	const size_t len = strlen(metric), end_len = strlen(end);

	return len >= end_len && strcmp(metric + len - end_len, end) == 0;
}

static struct scale scale_of(const char *metric, double most)
{
	static const char *const times[] = {" ns", " \xc2\xb5s", " ms", " s"};
	static const char *const sizes[] = {" B", " KiB", " MiB", " GiB", " TiB"};
	static const char *const counts[] = {"", " k", " M", " G", " T"};
	const bool time = metric_is(metric, "_ns") || metric_is(metric, "ns_per_op");
	const bool size = metric_is(metric, "_bytes"), rate = metric_is(metric, "_per_second");
	const double step = size ? 1024 : 1000;
	const size_t last = time ? 3 : 4;
	struct scale scale = {.factor = 1};
	size_t i = 0;

	for (; most >= step && i < last; i++) {
		most /= step;
		scale.factor *= step;
	}
	snprintf(scale.unit, sizeof(scale.unit), "%s%s",
		time   ? times[i]
		: size ? sizes[i]
		       : counts[i],
		strcmp(metric, "bytes_per_second") == 0 ? (i ? "B/s" : " B/s")
		: rate                                  ? "/s"
							: "");
	return scale;
}

static double nice_step(double range)
{
	const double raw = range / TICKS_WANTED, power = pow(10, floor(log10(raw)));
	const double share = raw / power;

	return power * (share < 1.5 ? 1 : share < 3.5 ? 2 : share < 7.5 ? 5 : 10);
}

static void gp_value_ticks(FILE *gp, const char *metric, double low, double high)
{
	const struct scale scale = scale_of(metric, fmax(fabs(low), fabs(high)));
	const double step = nice_step((high - low) / scale.factor);
	const int decimals = step < 1 ? (int)ceil(-log10(step) - 1e-9) : 0;
	double at[TICKS_MAX] = {0};
	int count = 0;

	for (double tick = ceil(low / scale.factor / step) * step;
		tick * scale.factor <= high && count < TICKS_MAX; tick += step)
		at[count++] = tick * scale.factor;
	fprintf(gp, "YTICS = %d\n", count);
	plot_gp_reals(gp, "YTIC_AT", at, count);
	fprintf(gp, "array YTIC_TEXT[%d]\n", TICKS_MAX);
	for (int i = 0; i < count; i++)
		fprintf(gp, "YTIC_TEXT[%d] = '%.*f%s'\n", i + 1, decimals,
			fabs(at[i]) < step * scale.factor / 1000 ? 0 : at[i] / scale.factor,
			scale.unit);
}

/* ---- the nights -------------------------------------------------------------------------------------- */

static void gp_night_ticks(FILE *gp, const struct site_line *line)
{
	const uint32_t every = (line->count + DATES_WANTED - 1) / DATES_WANTED;
	double at[DATES_WANTED + 1] = {0};
	int count = 0;

	for (uint32_t i = every / 2; i < line->count && count <= DATES_WANTED; i += every)
		at[count++] = i;
	fprintf(gp, "XTICS = %d\n", count);
	plot_gp_reals(gp, "XTIC_AT", at, count);
	fprintf(gp, "array XTIC_DATE[%d]\narray XTIC_COMMIT[%d]\n", DATES_WANTED + 1,
		DATES_WANTED + 1);
	for (int i = 0; i < count; i++) {
		const struct store_point *point = &line->point[(uint32_t)at[i]];
		char name[32], text[TEXT_MAX];

		snprintf(name, sizeof(name), "XTIC_DATE[%d]", i + 1);
		site_date(point, text, sizeof(text));
		plot_gp_text(gp, name, text);
		snprintf(name, sizeof(name), "XTIC_COMMIT[%d]", i + 1);
		snprintf(text, sizeof(text), "%.10s", point->commit_id);
		plot_gp_text(gp, name, text);
	}
}

/* ---- changes ----------------------------------------------------------------------------------------- */

static uint32_t point_place(const struct site_line *line, int64_t night_id)
{
	uint32_t i = 0;

	while (i < line->count && line->point[i].night_id != night_id)
		i++;
	return i;
}

/* The newest ones, where there are too many for the room. */
static void gp_changes(FILE *gp, const struct site *site, const struct site_line *line)
{
	int count = 0;

	fprintf(gp, "array CHANGE_AT[%d]\narray CHANGE_TEXT[%d]\narray CHANGE_COLOR[%d]\n",
		CHANGES_DRAWN, CHANGES_DRAWN, CHANGES_DRAWN);
	for (uint32_t i = line->change_count; i-- > 0 && count < CHANGES_DRAWN;) {
		const struct store_change *change = line->change[i];
		const uint32_t at = point_place(line, change->night_id);
		char text[160], name[32];

		if (change->state == STORE_CHANGE_NOISE || at == line->count ||
			!site_cause_of(site, change->cause_id))
			continue;
		count++;
		if (isfinite(change->ratio))
			snprintf(text, sizeof(text), "%+.1f %%, entry %lld, %s",
				100 * (change->ratio - 1), (long long)change->cause_id,
				store_change_state_words[change->state]);
		else
			snprintf(text, sizeof(text), "entry %lld, %s", (long long)change->cause_id,
				store_change_state_words[change->state]);
		fprintf(gp, "CHANGE_AT[%d] = %g\nCHANGE_COLOR[%d] = '%s'\n", count, at - 0.5, count,
			site_change_better(change, line->series->of) ? TREND_COLOR_UP
								     : TREND_COLOR_DN);
		snprintf(name, sizeof(name), "CHANGE_TEXT[%d]", count);
		plot_gp_text(gp, name, text);
	}
	fprintf(gp, "CHANGES = %d\n", count);
}

/* ---- data -------------------------------------------------------------------------------------------- */

/* What a band shows of a point: its repetitions; where they are gone, the interval. */
static bool band_of(const struct site *site, const struct site_line *line, uint32_t i, bool inner,
	double *low, double *high)
{
	const struct store_point *point = &line->point[i];
	const struct site_spread *spread = site_spread(site, line->series, point);

	*low = spread ? (inner ? spread->p25 : spread->p10) : inner ? (double)NAN : point->low;
	*high = spread ? (inner ? spread->p75 : spread->p90) : inner ? (double)NAN : point->high;
	return point->usable && isfinite(*low) && isfinite(*high);
}

static void dat_tip(FILE *dat, const struct site *site, const struct site_line *line, uint32_t i)
{
	const struct store_point *point = &line->point[i];
	const struct site_spread *spread = site_spread(site, line->series, point);
	const char *metric = line->series->of->metric;
	char date[TEXT_MAX], value[TEXT_MAX], low[TEXT_MAX], high[TEXT_MAX], tip[640];

	site_date(point, date, sizeof(date));
	int used = snprintf(tip, sizeof(tip), "%s, %.40s: %s", date, point->commit_id,
		site_value(metric, point->value, value, sizeof(value)));

	if (isfinite(point->low) && isfinite(point->high))
		used += snprintf(tip + used, sizeof(tip) - (size_t)used,
			", 95 %% interval %s to %s",
			site_value(metric, point->low, low, sizeof(low)),
			site_value(metric, point->high, high, sizeof(high)));
	if (spread)
		used += snprintf(tip + used, sizeof(tip) - (size_t)used, ", p10 %s, p90 %s",
			site_value(metric, spread->p10, low, sizeof(low)),
			site_value(metric, spread->p90, high, sizeof(high)));
	used += snprintf(tip + used, sizeof(tip) - (size_t)used, ", n = %u", point->repetitions);
	if (!point->usable)
		snprintf(
			tip + used, sizeof(tip) - (size_t)used, "; does not count: %s", point->why);
	plot_dat_text(dat, tip);
}

static void dat_points(
	FILE *dat, const struct site *site, const struct site_line *line, bool usable)
{
	fputs("NaN NaN \"\"\n", dat); /* or an empty block would not be counted */
	for (uint32_t i = 0; i < line->count; i++) {
		if (line->point[i].usable != usable || !isfinite(line->point[i].value))
			continue;
		fprintf(dat, "%u %.10g ", i, line->point[i].value);
		dat_tip(dat, site, line, i);
		fputc('\n', dat);
	}
	fputs("\n\n", dat);
}

static void dat_levels(FILE *dat, const struct site_line *line)
{
	uint32_t first = 0;

	fputs("NaN NaN\n", dat);
	for (uint32_t i = 1; i <= line->count; i++) {
		double level;

		if (i < line->count && !site_change_begins(line, i))
			continue;
		level = site_median(line, first, i);
		if (isfinite(level))
			fprintf(dat, "\n%g %.10g\n%g %.10g\n", first - 0.5, level, i - 0.5, level);
		first = i;
	}
	fputs("\n\n", dat);
}

/* Where something is missing between two nights the band ends; alone, a night's is a short bar. */
static void dat_band(FILE *dat, const struct site *site, const struct site_line *line, bool inner)
{
	bool open = false;

	fputs("NaN NaN NaN\n", dat);
	for (uint32_t i = 0; i < line->count; i++) {
		double low, high, next_low, next_high;

		if (!band_of(site, line, i, inner, &low, &high)) {
			open = false;
			continue;
		}
		if (!open)
			fputc('\n', dat);
		fprintf(dat, "%u %.10g %.10g\n", i, low, high);
		if (!open && (i + 1 == line->count ||
				     !band_of(site, line, i + 1, inner, &next_low, &next_high)))
			fprintf(dat, "%g %.10g %.10g\n", i + 0.2, low, high);
		open = true;
	}
	fputs("\n\n", dat);
}

/* ---- all of it --------------------------------------------------------------------------------------- */

static void range_take(double *low, double *high, double value)
{
	if (!isfinite(value))
		return;
	*low = fmin(*low, value);
	*high = fmax(*high, value);
}

static void gp_range(FILE *gp, const struct site *site, const struct site_line *line)
{
	double low = (double)INFINITY, high = -(double)INFINITY, band_low, band_high;

	for (uint32_t i = 0; i < line->count; i++) {
		range_take(&low, &high, line->point[i].value);
		if (!band_of(site, line, i, false, &band_low, &band_high))
			continue;
		range_take(&low, &high, band_low);
		range_take(&low, &high, band_high);
	}
	if (!(low <= high))
		low = high = 0;
	const double middle = (low + high) / 2, least = fabs(middle) * TREND_LEAST;
	const double half = fmax((high - low) / 2 * (1 + 2 * TREND_ROOM), least > 0 ? least : 1);

	plot_gp_real(gp, "YMIN", middle - half);
	plot_gp_real(gp, "YMAX", middle + half);
	gp_value_ticks(gp, line->series->of->metric, middle - half, middle + half);
}

static int trend_write(
	const struct site *site, const struct site_line *line, FILE *gp, struct err *err)
{
	const char *key = line->series->key;
	FILE *dat = files_create(site->drawing, key, ".dat", err);

	if (!dat)
		return -EIO;
	dat_points(dat, site, line, true);
	dat_points(dat, site, line, false);
	dat_levels(dat, line);
	dat_band(dat, site, line, false);
	dat_band(dat, site, line, true);
	fprintf(gp, "NAME = '%s'\nLAST = %u\n", key, line->count - 1);
	gp_range(gp, site, line);
	gp_night_ticks(gp, line);
	gp_changes(gp, site, line);
	fputs("load 'trend.gp'\n", gp);
	return files_close(dat, site->drawing, key, err);
}

static int script_write(const struct site *site, struct err *err)
{
	const struct embed_file *file = plot_script("trend.gp");
	FILE *out = files_create(site->drawing, "trend", ".gp", err);

	if (!out)
		return -EIO;
	fputs((const char *)file->bytes, out);
	return files_close(out, site->drawing, "trend.gp", err);
}

int site_trends(struct site *site, const struct site_line *line, uint32_t count, struct err *err)
{
	int rc = script_write(site, err);
	FILE *gp = rc ? NULL : files_create(site->drawing, "trends", ".gp", err);

	if (!gp)
		return -EIO;
	for (uint32_t i = 0; i < count && !rc; i++)
		rc = line[i].count ? trend_write(site, &line[i], gp, err) : 0;
	const int rc_close = files_close(gp, site->drawing, "trends.gp", err);

	rc = rc ? rc : rc_close;
	return rc ? rc : gnuplot_run(site->drawing, "trends.gp", GNUPLOT_LIMIT_MS, err);
}
