// SPDX-License-Identifier: BSD-2-Clause
/*
 * site_front.c: index.html: whether tonight can be used and what it found, the entries that are open, the list of all series. Called by
 * site.c, last, when everything it leads to is there.
 */
#include "harness/report/site_part.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "harness/opt/opt.h"
#include "harness/report/files.h"
#include "harness/report/html.h"
#include "harness/report/text.h"

#define ENTRIES_SHOWN 12
#define CHANGES_SHOWN 4 /* of an entry */

/* ---- tonight ----------------------------------------------------------------------------------------- */

struct tonight {
	const struct store_night *night;
	uint32_t series, usable;            /* with a point of it, that counts */
	uint32_t regressions, improvements; /* open entries */
	uint32_t unacknowledged;            /* of the regressions */
};

static void tonight_take(const struct site *site, struct tonight *tonight)
{
	*tonight = (struct tonight){.night = &site->night[site->newest]};
	for (uint32_t i = 0; i < site->series_count; i++) {
		const struct site_series *series = &site->series[i];

		tonight->series += series->tonight;
		tonight->usable += series->tonight && series->newest.usable &&
		                   series->newest.night_id == tonight->night->night_id;
	}
	for (uint32_t i = 0; i < site->cause_count; i++) {
		const struct store_cause *cause = &site->cause[i];

		if (!site_cause_open(cause))
			continue;
		tonight->improvements += cause->better;
		tonight->regressions += !cause->better;
		tonight->unacknowledged += !cause->better &&
		                           cause->state != STORE_CHANGE_ACKNOWLEDGED;
	}
}

/* The exit code in words, as `dmabench nightly --help` has them. */
static const char *exit_words(const struct store_night *night)
{
	switch (night->exit_code) {
	case ERR_NONE:
		return "nothing is wrong, and no regression is open that nobody has acknowledged";
	case ERR_WRONG:
		return "a regression that nobody has acknowledged is open, or data was wrong";
	case ERR_UNTRUSTED:
		return "the noise audit does not trust this night";
	default:
		return "dmabench could not do it";
	}
}

static void verdict_words(
	const struct tonight *tonight, const char **class, char *words, size_t room)
{
	const struct store_night *night = tonight->night;

	*class = "bad";
	if (night->state == STORE_RUNNING) {
		*class = "off";
		snprintf(words, room, "Still measuring");
	} else if (night->state != STORE_DONE) {
		snprintf(words, room, "The night was %s", text_state(night->state));
	} else if (night->exit_code == ERR_NONE) {
		*class = "good";
		snprintf(words, room, "Nothing got worse");
	} else if (night->exit_code == ERR_UNTRUSTED) {
		*class = "doubt";
		snprintf(words, room, "This night cannot be trusted");
	} else if (night->exit_code == ERR_WRONG && tonight->unacknowledged) {
		snprintf(words, room, "%u regression%s open", tonight->unacknowledged,
			tonight->unacknowledged == 1 ? " is" : "s are");
	} else if (night->exit_code == ERR_WRONG) {
		snprintf(words, room, "Something was wrong");
	} else {
		snprintf(words, room, "The night failed");
	}
}

/* The nights behind it, a square each; what they say in words is one link away. */
static void strip(const struct site *site, FILE *out)
{
	const uint32_t first = site->night_count > SITE_SPARK_MAX
	                               ? site->night_count - SITE_SPARK_MAX
	                               : 0;

	html_print(out, "<a class=\"strip\" href=\"nights.html\"><span>The last %u nights</span> ",
		site->night_count - first);
	for (uint32_t i = first; i < site->night_count; i++) {
		const struct store_night *night = &site->night[i];

		html_print(out, "<i class=\"%r\"></i>",
			night->state != STORE_DONE          ? "off"
			: night->exit_code == ERR_NONE      ? "good"
			: night->exit_code == ERR_UNTRUSTED ? "doubt"
							    : "bad");
	}
	fputs("</a>\n", out);
}

static void front_tonight(const struct site *site, FILE *out)
{
	struct tonight tonight;
	char words[80], wall[TEXT_MAX];
	const char *class;

	tonight_take(site, &tonight);
	verdict_words(&tonight, &class, words, sizeof(words));
	const struct store_night *night = tonight.night;

	html_print(out,
		"<section class=\"tonight %r\">\n<p class=\"faint\">Night <a "
		"href=\"nights.html#n%s\">%s</a>, "
		"%s, suite %s at commit ",
		class, night->id, night->id, text_wall(night->started_wall_ns, wall, sizeof(wall)),
		night->suite);
	site_commit(out, night->commit_id);
	html_print(out, "</p>\n<h1>%s</h1>\n", words);
	if (night->state == STORE_DONE) {
		char code[16];

		snprintf(code, sizeof(code), "%d", night->exit_code);
		html_print(out, "<p>Exit %r: %r.</p>\n", code, exit_words(night));
	}
	if (night->usable)
		fputs("<p><span class=\"badge\">usable</span> The noise audit trusts it.</p>\n",
			out);
	else
		html_print(out,
			"<p><span class=\"badge doubt\">not usable</span> Times and rates do not "
			"count: "
			"%s. What is counted (bytes, registers, instructions) does.</p>\n",
			night->why[0] ? night->why : "the noise audit does not trust it");
	html_print(out,
		"<p class=\"tally\"><b>%u</b> series measured, <b>%u</b> of them count. Open: "
		"<b>%u</b> regression%r, <b>%u</b> of them acknowledged; <b>%u</b> "
		"improvement%r.</p>\n",
		tonight.series, tonight.usable, tonight.regressions,
		opt_plural(tonight.regressions), tonight.regressions - tonight.unacknowledged,
		tonight.improvements, opt_plural(tonight.improvements));
	strip(site, out);
	fputs("</section>\n", out);
}

/* ---- entries ----------------------------------------------------------------------------------------- */

/* Worse before better, each the newest first. */
static void front_entries(const struct site *site, FILE *out)
{
	uint32_t shown = 0, left = 0;

	fputs("<h2 id=\"open\">What changed</h2>\n", out);
	for (int better = 0; better < 2; better++) {
		for (uint32_t i = 0; i < site->cause_count; i++) {
			const struct store_cause *cause = &site->cause[i];

			if (cause->better != (better == 1) || !site_cause_open(cause))
				continue;
			if (shown < ENTRIES_SHOWN) {
				site_entry(site, cause, CHANGES_SHOWN, out);
				shown++;
			} else {
				left++;
			}
		}
	}
	if (!shown)
		fputs("<p>No change is open.</p>\n", out);
	html_print(out, "<p><a href=\"changes.html\">All entries, %u of them settled</a>",
		site->cause_count - shown - left);
	if (left)
		html_print(out, "; %u more are open", left);
	fputs("</p>\n", out);
}

/* ---- series ------------------------------------------------------------------------------------------ */

/* An entry of it that is open, or NULL. */
static const struct store_change *change_open(
	const struct site *site, const struct site_series *series)
{
	for (uint32_t i = site->change_count; i-- > 0;) {
		if (site->change[i].series_id == series->of->series_id &&
			site->change[i].state <= STORE_CHANGE_ACKNOWLEDGED)
			return &site->change[i];
	}
	return NULL;
}

static void series_state(const struct site *site, const struct site_series *series, FILE *out)
{
	const struct store_change *change = change_open(site, series);
	char date[TEXT_MAX];

	if (change)
		html_print(out, "<a href=\"changes.html#e%u\" class=\"%r\">%s</a>",
			(unsigned)change->cause_id,
			site_change_better(change, series->of) ? "better" : "worse",
			store_change_state_words[change->state]);
	else if (!series->tonight && series->points)
		html_print(out, "<span class=\"faint\">last %s</span>",
			site_date(&series->newest, date, sizeof(date)));
	else if (series->points && series->newest.usable &&
		 series->newest.night_id != site->night[site->newest].night_id)
		fputs("<span class=\"faint\">not tonight</span>", out);
	else if (series->points && !series->newest.usable)
		fputs("<span class=\"faint\">never counted</span>", out);
}

static void series_row(const struct site *site, const struct site_series *series, FILE *out)
{
	const char *metric = series->of->metric;
	const double off = site_off(series);
	const bool far = isfinite(off) && fabs(off) > series->detectable;
	char text[TEXT_MAX];

	html_print(out, "<tr><td><a href=\"series/%r.html\" title=\"%s\">%s</a></td><td>%s</td>",
		series->key, series->of->name, series->label, metric);
	if (!series->points) {
		fputs("<td/><td/><td/><td/><td/><td>no night</td></tr>\n", out);
		return;
	}
	site_number(out, series->newest.value);
	html_print(out, "%s</td>", site_value(metric, series->newest.value, text, sizeof(text)));
	fprintf(out, "<td class=\"n%s\">%s</td>",
		!far                                      ? ""
		: (off > 0) == series->of->more_is_better ? " better"
							  : " worse",
		site_percent(off, true, text, sizeof(text)));
	fprintf(out, "<td class=\"n\">%s</td>",
		site_percent(series->noise, false, text, sizeof(text)));
	fprintf(out, "<td class=\"n\">%s</td><td>",
		site_percent(series->detectable, false, text, sizeof(text)));
	site_spark(series, 0, out);
	fputs("</td><td>", out);
	series_state(site, series, out);
	fputs("</td></tr>\n", out);
}

static void front_series(const struct site *site, FILE *out)
{
	html_print(out,
		"<h2 id=\"series\">All series</h2>\n"
		"<form class=\"search\" role=\"search\" hidden=\"hidden\"><label "
		"for=\"q\">Search</label> "
		"<input id=\"q\" type=\"search\" data-for=\"list\" autocomplete=\"off\" "
		"placeholder=\"packet p99 65536\"/> <span role=\"status\" "
		"id=\"found\"></span></form>\n"
		"<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"All series\">"
		"<table class=\"sortable cards list\" "
		"id=\"list\">\n<thead><tr><th>case</th><th>figure</th>"
		"<th class=\"n\">newest</th><th class=\"n\">off level</th><th "
		"class=\"n\">noise</th>"
		"<th class=\"n\">detectable</th><th data-plain=\"\">last %u "
		"nights</th><th>state</th>"
		"</tr></thead>\n<tbody>\n",
		site->night_count < SITE_SPARK_MAX ? site->night_count : SITE_SPARK_MAX);
	for (uint32_t i = 0; i < site->series_count; i++)
		series_row(site, &site->series[i], out);
	fputs("</tbody>\n</table></div>\n<div class=\"faint legend\">\n<p><b>off level</b>: newest "
	      "night against the median of up to 20 nights before it, since the series changed; "
	      "coloured where it is more than "
	      "is detectable. <b>noise</b>: relative standard deviation from night to night. "
	      "<b>detectable</b>: the smallest change that four nights would show. <b>not "
	      "tonight</b>: tonight does not count, newest is the last night that does.</p>\n",
		out);
	site_shared(site, out);
	fputs("</div>\n", out);
}

int site_front(struct site *site, struct err *err)
{
	FILE *out = files_replace(site->folder, "index.html", err);

	if (!out)
		return -EIO;
	site_head(out, "", "Tonight", "index.html");
	front_tonight(site, out);
	front_entries(site, out);
	front_series(site, out);
	site_foot(site, out, "");
	return files_replaced(out, site->folder, "index.html", 0, err);
}
