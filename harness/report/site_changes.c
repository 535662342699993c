// SPDX-License-Identifier: BSD-2-Clause
/*
 * site_changes.c: entries: what came with one commit in one family, with its changes; changes.html has all of them. Called by
 * site.c, and by site_front.c for those that are open.
 */
#include "harness/report/site_part.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "harness/report/files.h"
#include "harness/report/html.h"
#include "harness/report/text.h"

static bool change_shown(const struct store_change *change, const struct store_cause *cause)
{
	return change->cause_id == cause->cause_id &&
	       (change->state != STORE_CHANGE_NOISE || cause->state == STORE_CHANGE_NOISE);
}

static void change_row(
	const struct store_change *change, const struct site_series *series, FILE *out)
{
	const char *metric = series->of->metric;
	char size[96], before[TEXT_MAX], after[TEXT_MAX], p[48] = "";

	/* What is counted has no p. */
	if (change->p > 0)
		snprintf(p, sizeof(p), "p %.2g, among all series %.2g", change->p,
			change->p_adjusted);
	html_print(out,
		"<tr><td><a href=\"series/%r.html\">%s</a><span "
		"class=\"metric\">%s</span></td><td>",
		series->key, series->label, metric);
	site_spark(series, change->night_id, out);
	fputs("</td>", out);
	fprintf(out, "<td class=\"n %s\" data-v=\"%.5g\">",
		site_change_better(change, series->of) ? "better" : "worse",
		isfinite(change->ratio) ? fabs(change->ratio - 1) : 1e9);
	html_print(out, "%s</td><td class=\"n\">%s to %s</td>",
		site_magnitude(change, metric, size, sizeof(size)),
		site_value(metric, change->before, before, sizeof(before)),
		site_value(metric, change->after, after, sizeof(after)));
	html_print(out, "<td class=\"why\">%s: %s%r%s</td></tr>\n",
		store_change_state_words[change->state], change->why, p[0] ? "; " : "", p);
}

static void entry_changes(
	const struct site *site, const struct store_cause *cause, uint32_t most, FILE *out)
{
	uint32_t shown = 0, left = 0;

	html_print(out,
		"<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Changes of "
		"entry "
		"%u\"><table class=\"sortable cards words\">\n<thead><tr><th>series</th><th "
		"data-plain=\"\">"
		"trend</th><th class=\"n\">change [95 %% interval]</th><th class=\"n\" "
		"data-plain=\"\">level</th><th>state</th></tr></thead>\n<tbody>\n",
		(unsigned)cause->cause_id);
	for (uint32_t i = 0; i < site->change_count; i++) {
		const struct store_change *change = &site->change[i];
		const struct site_series *series = site_series_of(site, change->series_id);

		if (!series || !change_shown(change, cause))
			continue;
		if (shown < most) {
			change_row(change, series, out);
			shown++;
		} else {
			left++;
		}
	}
	fputs("</tbody>\n</table></div>\n", out);
	if (left)
		html_print(out, "<p><a href=\"changes.html#e%u\">and %u more series</a></p>\n",
			(unsigned)cause->cause_id, left);
}

void site_entry(const struct site *site, const struct store_cause *cause, uint32_t most, FILE *out)
{
	const char *state = store_change_state_words[cause->state];

	html_print(out,
		"<article class=\"entry %r %r\" id=\"e%u\">\n<h3>%r in %s <span class=\"state "
		"%r\">%r"
		"</span></h3>\n<p>Entry %u: %u series since night <a "
		"href=\"nights.html#n%s\">%s</a>, "
		"suspected commit ",
		cause->better ? "better" : "worse", site_cause_open(cause) ? "open" : "settled",
		(unsigned)cause->cause_id, cause->better ? "Improvement" : "Regression",
		cause->family[0] ? cause->family : "other cases", state, state,
		(unsigned)cause->cause_id, cause->changes, cause->night, cause->night);
	site_commits(out, cause);
	fputs("</p>\n", out);
	if (cause->note[0])
		html_print(out, "<p class=\"note\">%s</p>\n", cause->note);
	entry_changes(site, cause, most, out);
	fputs("</article>\n", out);
}

static void entries(const struct site *site, bool open, const char *title, FILE *out)
{
	uint32_t count = 0;

	html_print(out, "<h2>%r</h2>\n", title);
	for (uint32_t i = 0; i < site->cause_count; i++) {
		if (site_cause_open(&site->cause[i]) != open)
			continue;
		site_entry(site, &site->cause[i], UINT32_MAX, out);
		count++;
	}
	if (!count)
		fputs("<p>None.</p>\n", out);
}

int site_changes(struct site *site, struct err *err)
{
	FILE *out = files_replace(site->folder, "changes.html", err);

	if (!out)
		return -EIO;
	site_head(out, "", "Changes", "changes.html");
	fputs("<h1>Changes</h1>\n<p class=\"faint\">An entry is what came with one commit in one "
	      "family of cases. It is new, confirmed (re-runs or five nights show it), "
	      "acknowledged (somebody knows: <code>dmabench nightly ack N</code>), fixed (the "
	      "level from before is back) or noise.</p>\n",
		out);
	entries(site, true, "Open", out);
	entries(site, false, "Settled", out);
	site_foot(site, out, "");
	return files_replaced(out, site->folder, "changes.html", 0, err);
}
