// SPDX-License-Identifier: BSD-2-Clause
/*
 * site_series.c: one page a series, and what the front page needs of it. Series are done in batches, since one gnuplot draws the
 * trends of many. Called by site.c.
 */
#include "harness/report/site_part.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/support/fault.h"
#include "harness/report/files.h"
#include "harness/report/gnuplot.h"
#include "harness/report/html.h"
#include "harness/report/text.h"

#define BATCH        64   /* series a gnuplot */
#define SPARK_RANGE  0.05 /* of the level: what is less is drawn flat */
#define SPARK_HEIGHT 20

/* ---- summary and sparkline --------------------------------------------------------------------------- */

double site_median(const struct site_line *line, uint32_t first, uint32_t end)
{
	uint32_t used = 0;

	for (uint32_t i = first; i < end; i++) {
		if (line->point[i].usable && isfinite(line->point[i].value))
			line->scratch[used++] = line->point[i].value;
	}
	return used ? stats_median(line->scratch, used) : (double)NAN;
}

const struct site_spread *site_spread(
	const struct site *site, const struct site_series *series, const struct store_point *point)
{
	const uint32_t place = series->spread ? site_place(site, point->night_id)
	                                      : site->night_count;

	return place < site->night_count && isfinite(series->spread[place].p10)
	               ? &series->spread[place]
	               : NULL;
}

/* The newest point that counts; where none does, the newest. */
static uint32_t newest_of(const struct site_line *line)
{
	uint32_t i = line->count;

	while (i > 0 && !line->point[i - 1].usable)
		i--;
	return i ? i - 1 : line->count - 1;
}

bool site_change_begins(const struct site_line *line, uint32_t place)
{
	const int64_t night_id = line->point[place].night_id;

	for (uint32_t i = 0; i < line->change_count; i++) {
		const struct store_change *change = line->change[i];

		if (change->state != STORE_CHANGE_NOISE &&
			(change->night_id == night_id || change->fixed_night_id == night_id))
			return true;
	}
	return false;
}

static void summary_take(const struct site *site, const struct site_line *line)
{
	struct site_series *series = line->series;
	uint32_t before = 0, first;

	series->points = line->count;
	if (!line->count)
		return;
	const uint32_t newest = newest_of(line);

	series->newest = line->point[newest];
	for (uint32_t i = 0; i < line->count; i++) {
		const struct store_point *point = &line->point[i];

		series->usable += point->usable;
		series->tonight |= point->night_id == site->night[site->newest].night_id;
		if (point->usable && isfinite(point->noise))
			series->noise = point->noise;
		if (point->usable && isfinite(point->detectable))
			series->detectable = point->detectable;
	}
	/* A level ends where it changed; of a change of the newest night the one before counts. */
	for (first = newest; first > 0 && before < SITE_LEVEL; first--) {
		if (before && site_change_begins(line, first))
			break;
		before += line->point[first - 1].usable;
	}
	series->level = site_median(line, first, newest);
}

/* Relative steps: a place is two wide, so that a change stands between two. Nights that do not count are left out. */
static bool spark_write(const struct site_line *line, uint32_t first, FILE *out)
{
	double low = (double)INFINITY, high = -(double)INFINITY;
	int x_last = 0, y_last = 0;
	bool any = false, steps = false;

	for (uint32_t i = first; i < line->count; i++) {
		if (!line->point[i].usable || !isfinite(line->point[i].value))
			continue;
		low = fmin(low, line->point[i].value);
		high = fmax(high, line->point[i].value);
	}
	const double middle = (low + high) / 2;
	const double half = fmax((high - low) / 2, fabs(middle) * SPARK_RANGE / 2);

	for (uint32_t i = first; i < line->count; i++) {
		const double value = line->point[i].value;
		const int x = 2 * (int)(i - first);

		if (!line->point[i].usable || !isfinite(value))
			continue;
		const int y = half > 0 ? (int)lround(SPARK_HEIGHT / 2.0 - (SPARK_HEIGHT / 2.0 - 2) *
										  (value - middle) /
										  half)
		                       : SPARK_HEIGHT / 2;

		if (!any)
			fprintf(out, "M%d %dl", x, y);
		else
			fprintf(out, "%s%d%s%d", steps ? " " : "", x - x_last,
				y < y_last ? "" : " ", y - y_last);
		steps |= any;
		any = true;
		x_last = x;
		y_last = y;
	}
	if (any && !steps)
		fputs("1 0", out);
	return any;
}

static int spark_take(const struct site_line *line, struct err *err)
{
	struct site_series *series = line->series;
	const uint32_t first = line->count > SITE_SPARK_MAX ? line->count - SITE_SPARK_MAX : 0;
	size_t size;
	FILE *out = fault_point("report_alloc") ? NULL : open_memstream(&series->spark, &size);

	if (!out)
		return err_short(err, -ENOMEM, "no memory for the site");
	for (uint32_t i = first; i < line->count; i++)
		series->spark_night[i - first] = line->point[i].night_id;
	series->spark_count = line->count - first;
	const bool any = spark_write(line, first, out);

	if (fclose(out) != 0 || !any) {
		free(series->spark);
		series->spark = NULL;
	}
	return 0;
}

/* ---- parts of a page --------------------------------------------------------------------------------- */

static void tile(FILE *out, const char *title, const char *value, const char *under)
{
	html_print(
		out, "<div><dt>%s</dt><dd>%s<small>%s</small></dd></div>\n", title, value, under);
}

static void page_tiles(const struct site_line *line, FILE *out)
{
	const struct site_series *series = line->series;
	const struct store_point *newest = &series->newest;
	const char *metric = series->of->metric;
	char value[TEXT_MAX], low[TEXT_MAX], high[TEXT_MAX], under[160], title[80];

	fputs("<dl class=\"tiles\">\n", out);
	if (isfinite(newest->low) && isfinite(newest->high))
		snprintf(under, sizeof(under), "95 %% interval %s to %s",
			site_value(metric, newest->low, low, sizeof(low)),
			site_value(metric, newest->high, high, sizeof(high)));
	else
		snprintf(under, sizeof(under), "%u repetitions", newest->repetitions);
	site_date(newest, low, sizeof(low));
	snprintf(title, sizeof(title), "newest, %s%s", low,
		newest->usable ? "" : ", does not count");
	tile(out, title, site_value(metric, newest->value, value, sizeof(value)), under);
	snprintf(under, sizeof(under),
		"newest %s; median of up to %d nights before it, since it changed",
		site_percent(site_off(series), true, low, sizeof(low)), SITE_LEVEL);
	if (isfinite(series->level))
		tile(out, "level", site_value(metric, series->level, value, sizeof(value)), under);
	tile(out, "noise", site_percent(series->noise, false, value, sizeof(value)),
		"relative standard deviation from night to night");
	tile(out, "detectable", site_percent(series->detectable, false, value, sizeof(value)),
		"smallest change that the next four nights would show");
	snprintf(value, sizeof(value), "%u", series->points);
	snprintf(under, sizeof(under), "%u of them count", series->usable);
	tile(out, "nights", value, under);
	fputs("</dl>\n", out);
}

static int page_trend(
	const struct site *site, const struct site_line *line, FILE *out, struct err *err)
{
	const struct site_series *series = line->series;
	char *raw = files_read(site->drawing, series->key, ".svg", err);
	char *svg = raw ? gnuplot_clean_svg(raw, "trend") : NULL;
	const char *root = svg ? strstr(svg, "<svg") : NULL;
	int rc = 0;

	if (root)
		html_print(out,
			"<figure>\n<div class=\"scroll last\" tabindex=\"0\" role=\"region\" "
			"aria-label=\"Trend\"><svg role=\"img\" aria-label=\"%s of %s over %u "
			"nights\"%r</div>\n<figcaption>Nights in the order of their commits. Line: "
			"the night's median. Bands: p10 to p90 and p25 to p75 of its repetitions; "
			"where its runs are gone, its 95 %% interval. Grey lines: levels; dashed: "
			"where they changed. Rings do not count. The axis does not begin at 0."
			"</figcaption>\n</figure>\n",
			series->of->metric, series->of->name, line->count, root + strlen("<svg"));
	else
		rc = raw && !svg ? err_short(err, -ENOMEM, "no memory for the site")
		                 : err_set(err, ERR_INTERNAL, -EIO,
					   "%s/%s.svg: expected an <svg> element; is there room on "
					   "that disk?",
					   site->drawing, series->key);
	free(raw);
	free(svg);
	return rc;
}

static void page_change(
	const struct site *site, const struct site_line *line, uint32_t i, FILE *out)
{
	const struct store_change *change = line->change[i];
	const struct store_cause *cause = site_cause_of(site, change->cause_id);
	const uint32_t place = site_place(site, change->night_id);
	const bool better = site_change_better(change, line->series->of);
	const char *metric = line->series->of->metric;
	char size[96], before[TEXT_MAX], after[TEXT_MAX];

	if (!cause || place == site->night_count)
		return;
	html_print(out,
		"<tr><td><a href=\"../changes.html#e%u\">entry %u</a> <span class=\"state %r%r\">%r"
		"</span></td><td>%s<br/>",
		(unsigned)cause->cause_id, (unsigned)cause->cause_id,
		store_change_state_words[change->state], better ? " better" : "",
		store_change_state_words[change->state], site->night[place].id);
	site_commits(out, cause);
	html_print(out,
		"</td><td class=\"n %r\">%s</td><td class=\"n\">%s to "
		"%s</td><td>%s%r%s</td></tr>\n",
		change->state == STORE_CHANGE_NOISE ? ""
		: better                            ? "better"
						    : "worse",
		site_magnitude(change, metric, size, sizeof(size)),
		site_value(metric, change->before, before, sizeof(before)),
		site_value(metric, change->after, after, sizeof(after)), change->why,
		cause->note[0] ? "<br/>Note: " : "", cause->note);
}

static void page_changes(const struct site *site, const struct site_line *line, FILE *out)
{
	fputs("<h2 id=\"changes\">Where it changed</h2>\n", out);
	if (!line->change_count) {
		fputs("<p>Nowhere so far.</p>\n", out);
		return;
	}
	fputs("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Changes\">"
	      "<table class=\"words\">\n<thead><tr><th>entry</th><th>since night</th><th "
	      "class=\"n\">change [95 % interval]</th><th class=\"n\">level</th><th>why it is in "
	      "this state</th></tr></thead>\n<tbody>\n",
		out);
	for (uint32_t i = line->change_count; i-- > 0;)
		page_change(site, line, i, out);
	fputs("</tbody>\n</table></div>\n", out);
}

static void page_held(const struct site_line *line, FILE *out)
{
#define X(name) #name,
	static const char *const names[] = {SITE_HELD(X)};
#undef X
	const struct site_series *series = line->series;
	char text[TEXT_MAX];

	if (!series->held_any)
		return;
	fputs("<h2 id=\"footprint\">Footprint of this case</h2>\n<p class=\"faint\">What the "
	      "driver held, medians of the newest run.</p>\n"
	      "<div class=\"scroll\"><table class=\"narrow\">\n<tbody>\n",
		out);
	for (int i = 0; i < SITE_HELD_COUNT; i++) {
		if (!isfinite(series->held[i]))
			continue;
		if (strstr(names[i], "fragmentation"))
			site_percent(series->held[i], false, text, sizeof(text));
		else
			site_value(names[i], series->held[i], text, sizeof(text));
		html_print(out, "<tr><td>%r</td><td class=\"n\">%s</td></tr>\n", names[i], text);
	}
	fputs("</tbody>\n</table></div>\n", out);
}

/* Other metrics of the case, on the same host. */
static void page_siblings(const struct site *site, const struct site_line *line, FILE *out)
{
	const struct store_series *of = line->series->of;
	uint32_t count, first = site_series_named(site, of->name, &count);
	bool any = false;

	for (uint32_t i = first; i < first + count; i++) {
		const struct site_series *other = &site->series[site->by_name[i]];

		if (other == line->series)
			continue;
		const bool alike = strcmp(other->of->host, of->host) == 0 &&
		                   strcmp(other->of->versions, of->versions) == 0;

		html_print(out, "%r<li><a href=\"%r.html\">%s</a>%r</li>\n",
			any ? ""
			    : "<h2 id=\"others\">Other figures of this case</h2>\n<ul "
			      "class=\"links\">\n",
			other->key, other->of->metric,
			alike ? "" : " on another host, or with other libraries");
		any = true;
	}
	if (any)
		fputs("</ul>\n", out);
}

static void page_night(const struct site *site, const struct site_line *line,
	const struct store_point *point, FILE *out)
{
	const struct site_spread *spread = site_spread(site, line->series, point);
	const double cell[] = {point->value, point->low, point->high,
		spread ? spread->p10 : (double)NAN, spread ? spread->p90 : (double)NAN};
	char text[TEXT_MAX];

	html_print(out, "<tr%r><td><a href=\"../nights.html#n%s\">%s</a></td><td>",
		point->usable ? "" : " class=\"off\"", point->night, point->night);
	site_commit(out, point->commit_id);
	fputs("</td>", out);
	for (size_t i = 0; i < sizeof(cell) / sizeof(cell[0]); i++) {
		site_number(out, cell[i]);
		html_print(out, "%s</td>",
			site_value(line->series->of->metric, cell[i], text, sizeof(text)));
	}
	site_number(out, point->noise);
	html_print(out, "%s</td>", site_percent(point->noise, false, text, sizeof(text)));
	html_print(out, "<td class=\"n\">%u</td><td>%s</td></tr>\n", point->repetitions,
		point->usable ? "yes" : point->why);
}

static void page_nights(const struct site *site, const struct site_line *line, FILE *out)
{
	fputs("<h2 id=\"nights\">Every night</h2>\n<div class=\"scroll\" tabindex=\"0\" "
	      "role=\"region\" aria-label=\"Every night\"><table class=\"sortable\">\n"
	      "<thead><tr><th>night</th><th>commit</th><th class=\"n\">median</th><th "
	      "class=\"n\">low</th><th class=\"n\">high</th><th class=\"n\">p10</th><th "
	      "class=\"n\">p90</th><th class=\"n\">noise</th><th class=\"n\">repetitions</th>"
	      "<th>counts</th></tr></thead>\n<tbody>\n",
		out);
	for (uint32_t i = line->count; i-- > 0;)
		page_night(site, line, &line->point[i], out);
	fputs("</tbody>\n</table></div>\n", out);
}

static void page_facts(const struct store_series *of, FILE *out)
{
	const char *const fact[][2] = {{"case", of->name}, {"figure", of->metric},
		{"kind", of->kind == STORE_SERIES_EXACT ? "counted: it hardly has noise"
							: "measured against a clock"},
		{"better", of->more_is_better ? "more" : "less"}, {"device", of->device},
		{"settings", of->settings}, {"host", of->host}, {"versions", of->versions}};

	fputs("<h2 id=\"facts\">What makes this series</h2>\n<div class=\"scroll\"><table "
	      "class=\"facts\">\n<tbody>\n",
		out);
	for (size_t i = 0; i < sizeof(fact) / sizeof(fact[0]); i++) {
		if (fact[i][1][0])
			html_print(
				out, "<tr><td>%r</td><td>%s</td></tr>\n", fact[i][0], fact[i][1]);
	}
	fputs("</tbody>\n</table></div>\n", out);
}

/* ---- all of it --------------------------------------------------------------------------------------- */

static int page_print(
	const struct site *site, const struct site_line *line, FILE *out, struct err *err)
{
	const struct site_series *series = line->series;
	char title[STORE_NAME_MAX + 80];
	int rc = 0;

	snprintf(title, sizeof(title), "%s, %s", series->label, series->of->metric);
	site_head(out, "../", title, "");
	html_print(out,
		"<p class=\"crumb\"><a href=\"../index.html#series\">All series</a></p>\n"
		"<h1>%s <span class=\"metric\">%s</span></h1>\n",
		series->label, series->of->metric);
	if (line->count) {
		page_tiles(line, out);
		rc = page_trend(site, line, out, err);
	} else {
		fputs("<p>It has no night yet.</p>\n", out);
	}
	page_changes(site, line, out);
	page_held(line, out);
	page_siblings(site, line, out);
	page_nights(site, line, out);
	page_facts(series->of, out);
	site_foot(site, out, "../");
	return rc;
}

static int page_write(const struct site *site, const struct site_line *line, struct err *err)
{
	char folder[PATH_MAX + 16], name[SITE_KEY_MAX + 8];

	snprintf(folder, sizeof(folder), "%s/series", site->folder);
	snprintf(name, sizeof(name), "%s.html", line->series->key);
	FILE *out = files_replace(folder, name, err);

	if (!out)
		return -EIO;
	return files_replaced(out, folder, name, page_print(site, line, out, err), err);
}

static int line_open(
	struct site *site, struct site_series *series, struct site_line *line, struct err *err)
{
	*line = (struct site_line){.series = series};
	int rc = store_points(site->store, series->of->series_id, &line->point, &line->count, err);

	if (rc)
		return rc;
	line->change = fault_point("report_alloc")
	                       ? NULL
	                       : calloc(site->change_count + 1, sizeof(struct store_change *));
	line->scratch = fault_point("report_alloc")
	                        ? NULL
	                        : calloc(line->count + 1, sizeof(*line->scratch));
	if (!line->change || !line->scratch)
		return err_short(err, -ENOMEM, "no memory for the site");
	for (uint32_t i = 0; i < site->change_count; i++) {
		if (site->change[i].series_id == series->of->series_id)
			line->change[line->change_count++] = &site->change[i];
	}
	summary_take(site, line);
	return spark_take(line, err);
}

static int batch_do(struct site *site, uint32_t first, uint32_t count, struct err *err)
{
	struct site_line line[BATCH] = {{0}};
	int rc = 0;

	for (uint32_t i = 0; i < count && !rc; i++)
		rc = line_open(site, &site->series[first + i], &line[i], err);
	rc = rc ? rc : site_trends(site, line, count, err);
	for (uint32_t i = 0; i < count && !rc; i++)
		rc = page_write(site, &line[i], err);
	for (uint32_t i = 0; i < count; i++) {
		free(line[i].point);
		free(line[i].change);
		free(line[i].scratch);
	}
	return rc;
}

int site_series_pages(struct site *site, struct err *err)
{
	int rc = 0;

	for (uint32_t first = 0; first < site->series_count && !rc; first += BATCH) {
		const uint32_t left = site->series_count - first;

		rc = batch_do(site, first, left < BATCH ? left : BATCH, err);
	}
	site->tally.series = site->series_count;
	return rc;
}
