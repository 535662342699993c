// SPDX-License-Identifier: BSD-2-Clause
/* site_html.c: head and foot of the site's pages, and the small things that stand in several of them; see site_part.h. */
#include "harness/report/site_part.h"

#include <math.h>
#include <string.h>

#include "version.h"
#include "harness/report/html.h"
#include "harness/report/text.h"

#define COMMIT_SHOWN 12

/* ---- head and foot ----------------------------------------------------------------------------------- */

void site_head(FILE *out, const char *root, const char *title, const char *here)
{
	static const char *const pages[][2] = {{"index.html", "Tonight"},
		{"changes.html", "Changes"}, {"nights.html", "Nights"},
		{"compare.html", "Compare runs"}};

	html_print(out,
		"<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n"
		"<head>\n<meta charset=\"utf-8\"/>\n"
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
		"<title>%s" SITE_TITLE_END "\n"
		"<link rel=\"stylesheet\" href=\"%rpage.css\"/>\n"
		"<link rel=\"stylesheet\" href=\"%rsite.css\"/>\n"
		"<script src=\"%rsite.js\" defer=\"defer\"></script>\n</head>\n<body>\n"
		"<a class=\"skip\" href=\"#main\">Skip to the content</a>\n"
		"<header class=\"bar\"><a class=\"home\" href=\"%rindex.html\">dmabench</a>\n"
		"<nav aria-label=\"Pages\">",
		title, root, root, root, root);
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
		html_print(out, "%r<a href=\"%r%r\"%r>%r</a>", i ? " " : "", root, pages[i][0],
			strcmp(pages[i][0], here) == 0 ? " aria-current=\"page\"" : "",
			pages[i][1]);
	fputs("</nav></header>\n<main id=\"main\">\n", out);
}

void site_foot(const struct site *site, FILE *out, const char *root)
{
	const struct store_night *night = &site->night[site->newest];
	char wall[TEXT_MAX];

	html_print(out,
		"</main>\n<footer>Built by dmabench %s from %u nights, the newest of "
		"<a href=\"%rnights.html#n%s\">%s</a>.</footer>\n</body>\n</html>\n",
		DMABENCH_VERSION, site->night_count, root, night->id,
		text_wall(night->started_wall_ns, wall, sizeof(wall)));
}

/* ---- numbers ----------------------------------------------------------------------------------------- */

static bool ends(const char *text, const char *end)
{
	const size_t text_len = strlen(text), end_len = strlen(end);

	return text_len >= end_len && strcmp(text + text_len - end_len, end) == 0;
}

char *site_value(const char *metric, double value, char *out, size_t room)
{
	if (strcmp(metric, "bytes_per_second") == 0)
		return text_rate(value, out, room);
	if (ends(metric, "_per_second") && isfinite(value)) {
		char count[TEXT_MAX];

		snprintf(out, room, "%s/s", text_count(value, count, sizeof(count)));
		return out;
	}
	if (ends(metric, "_ns") || ends(metric, "_ns_per_op"))
		return text_time(value, out, room);
	if (ends(metric, "_bytes"))
		return text_size(value, out, room);
	/* Of what is counted a change of half a per cent is one. */
	if (fabs(value) < 10000) {
		snprintf(out, room, "%.4g", value);
		return out;
	}
	return text_count(value, out, room);
}

double site_off(const struct site_series *series)
{
	return series->newest.value == series->level ? 0 : series->newest.value / series->level - 1;
}

char *site_date(const struct store_point *point, char *out, size_t room)
{
	char wall[TEXT_MAX];

	snprintf(out, room, "%.10s", text_wall(point->started_wall_ns, wall, sizeof(wall)));
	return out;
}

char *site_percent(double share, bool sign, char *out, size_t room)
{
	const double percent = 100 * share;
	/* What a change is made of may be 0.3 %; no noise is told closer than that. */
	const int decimals = fabs(percent) >= 99.95 ? 0 : fabs(percent) >= 0.0995 ? 1 : 2;

	if (!isfinite(share))
		snprintf(out, room, "-");
	else if (fabs(percent) < 0.005)
		snprintf(out, room, "0 %%");
	else
		snprintf(out, room, sign ? "%+.*f %%" : "%.*f %%", decimals, percent);
	return out;
}

char *site_magnitude(const struct store_change *change, const char *metric, char *out, size_t room)
{
	char before[TEXT_MAX], after[TEXT_MAX];

	if (!isfinite(change->ratio))
		snprintf(out, room, "%s to %s",
			site_value(metric, change->before, before, sizeof(before)),
			site_value(metric, change->after, after, sizeof(after)));
	else if (!isfinite(change->ratio_low) || !isfinite(change->ratio_high) ||
		 change->ratio_low == change->ratio_high)
		snprintf(out, room, "%+.1f %%", 100 * (change->ratio - 1));
	else
		snprintf(out, room, "%+.1f %% [%+.1f, %+.1f]", 100 * (change->ratio - 1),
			100 * (change->ratio_low - 1), 100 * (change->ratio_high - 1));
	return out;
}

bool site_change_better(const struct store_change *change, const struct store_series *series)
{
	return (change->after > change->before) == series->more_is_better;
}

void site_number(FILE *out, double value)
{
	if (isfinite(value))
		fprintf(out, "<td class=\"n\" data-v=\"%.5g\">", value);
	else
		fputs("<td class=\"n\" data-v=\"\">", out);
}

/* ---- commits ----------------------------------------------------------------------------------------- */

void site_commit(FILE *out, const char *commit)
{
	char cut[STORE_COMMIT_MAX];
	const char *dirty = strchr(commit, '-');
	const bool hex = strspn(commit, "0123456789abcdef") >= COMMIT_SHOWN;

	/* What follows a hash ("-dirty") says more than its tail. */
	snprintf(cut, sizeof(cut), "%.*s%s", hex ? COMMIT_SHOWN : COMMIT_SHOWN * 2, commit,
		hex && dirty ? dirty : "");
	if (strcmp(cut, commit) == 0)
		html_print(out, "<code>%s</code>", commit[0] ? commit : "?");
	else
		html_print(out, "<code title=\"%s\">%s</code>", commit, cut);
}

void site_commits(FILE *out, const struct store_cause *cause)
{
	if (!cause->commit_before[0] || strcmp(cause->commit_before, cause->commit_after) == 0) {
		fputs("at ", out);
	} else {
		fputs("behind ", out);
		site_commit(out, cause->commit_before);
		fputs(" up to ", out);
	}
	site_commit(out, cause->commit_after);
}

/* ---- sparklines -------------------------------------------------------------------------------------- */

void site_spark(const struct site_series *series, int64_t night_id, FILE *out)
{
	if (!series->spark)
		return;
	fprintf(out,
		"<svg class=\"k\" viewBox=\"0 0 %u 20\" preserveAspectRatio=\"none\" "
		"aria-hidden=\"true\">",
		series->spark_count > 1 ? 2 * (series->spark_count - 1) : 2);
	for (uint32_t i = 1; night_id && i < series->spark_count; i++) {
		if (series->spark_night[i] == night_id)
			fprintf(out, "<path class=\"c\" d=\"M%u 0V20\"/>", 2 * i - 1);
	}
	fprintf(out, "<path d=\"%s\"/></svg>", series->spark);
}

/* ---- data of scripts --------------------------------------------------------------------------------- */

static void script_escape(FILE *out, char special)
{
	fprintf(out, "\\u%04x", (unsigned char)special);
}

void site_script_text(FILE *out, const char *text)
{
	fputc('"', out);
	text_escape(out, text, "<>&'\"\\\t\n\r", script_escape);
	fputc('"', out);
}

void site_script_real(FILE *out, double value)
{
	if (isfinite(value))
		fprintf(out, "%.6g", value);
	else
		fputs("null", out);
}
