// SPDX-License-Identifier: BSD-2-Clause
/* site_nights.c: nights.html, every night with its runs, and compare.html, where two of these are chosen. Called by site.c. */
#include "harness/report/site_part.h"

#include <errno.h>
#include <string.h>

#include "harness/report/compare.h"
#include "harness/report/files.h"
#include "harness/report/html.h"
#include "harness/report/text.h"

/* ---- nights ------------------------------------------------------------------------------------------ */

static void night_runs(const struct site *site, uint32_t place, FILE *out)
{
	for (uint32_t i = 0; i < site->run_count; i++) {
		const struct site_run *run = &site->run[i];

		if (run->night == place)
			html_print(out,
				"<a href=\"runs/%s.html\">%r</a> <span class=\"faint\">%u "
				"cases%r</span><br/>",
				run->id, store_part_words[run->part], run->cells,
				run->state == STORE_DONE ? "" : ", half-finished");
	}
}

static void night_row(const struct site *site, uint32_t place, FILE *out)
{
	const struct store_night *night = &site->night[place];
	char wall[TEXT_MAX], code[16];

	snprintf(code, sizeof(code), "%d", night->exit_code);
	html_print(out, "<tr id=\"n%s\"><td>%s</td><td>%s</td><td>%s</td><td>", night->id,
		night->id, text_wall(night->started_wall_ns, wall, sizeof(wall)), night->suite);
	site_commit(out, night->commit_id);
	html_print(out, "</td><td class=\"n %r\">%s</td><td>%r</td><td>%s</td><td>",
		night->state != STORE_DONE          ? "off"
		: night->exit_code == ERR_NONE      ? "good"
		: night->exit_code == ERR_UNTRUSTED ? "doubt"
						    : "bad",
		night->state == STORE_DONE ? code : text_state(night->state),
		night->usable ? "yes" : "no", night->why);
	night_runs(site, place, out);
	fputs("</td></tr>\n", out);
}

int site_nights(struct site *site, struct err *err)
{
	FILE *out = files_replace(site->folder, "nights.html", err);

	if (!out)
		return -EIO;
	site_head(out, "", "Nights", "nights.html");
	fputs("<h1>Nights</h1>\n<p class=\"faint\">In the order of the commits measured, the "
	      "newest "
	      "first. Exit 0: nothing is wrong; 1: a regression that nobody had acknowledged was "
	      "open, or data was wrong; 5: the noise audit does not trust the night, and times and "
	      "rates of it do not count.</p>\n"
	      "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Nights\">"
	      "<table class=\"sortable "
	      "words\">\n<thead><tr><th>night</th><th>began</th><th>suite</th>"
	      "<th>commit</th><th class=\"n\">exit</th><th>usable</th><th>why not</th>"
	      "<th data-plain=\"\">runs</th></tr></thead>\n<tbody>\n",
		out);
	for (uint32_t i = site->night_count; i-- > 0;)
		night_row(site, i, out);
	fputs("</tbody>\n</table></div>\n", out);
	site_foot(site, out, "");
	return files_replaced(out, site->folder, "nights.html", 0, err);
}

/* ---- run against run --------------------------------------------------------------------------------- */

static void run_options(const struct site *site, FILE *out)
{
	for (uint32_t i = site->run_count; i-- > 0;) {
		const struct site_run *run = &site->run[i];
		const struct store_night *night = &site->night[run->night];
		char wall[TEXT_MAX], commit[16];

		snprintf(commit, sizeof(commit), "%.12s", night->commit_id);
		html_print(out, "<option value=\"%s\">%s, %s%r, %u cases</option>\n", run->id,
			text_wall(run->started_wall_ns, wall, sizeof(wall)), commit,
			run->part == STORE_PART_SUITE   ? ""
			: run->part == STORE_PART_AGAIN ? ", more repetitions"
							: ", suspects again",
			run->cells);
	}
}

static void metric_options(const struct site *site, FILE *out)
{
	for (uint32_t m = 0; m < site->metric_count; m++) {
		const enum store_counter counter = (enum store_counter)site->metric[m];
		const char *name = store_counter_name(counter);

		html_print(out, "<option value=\"%r\" data-better=\"%r\">%r</option>\n", name,
			!compare_judges(counter)          ? "0"
			: compare_more_is_better(counter) ? "1"
							  : "-1",
			name);
	}
}

int site_compare(struct site *site, struct err *err)
{
	FILE *out = files_replace(site->folder, "compare.html", err);

	if (!out)
		return -EIO;
	site_head(out, "", "Compare runs", "compare.html");
	fputs("<h1>Compare two runs</h1>\n"
	      "<noscript><p>Choosing takes JavaScript; without it: <code>dmabench compare A B"
	      "</code>.</p></noscript>\n<form id=\"choose\" class=\"choose\">\n"
	      "<label>A <select id=\"a\">\n",
		out);
	run_options(site, out);
	fputs("</select></label>\n<label>B <select id=\"b\">\n", out);
	run_options(site, out);
	fputs("</select></label>\n<label>Figure <select id=\"metric\">\n", out);
	metric_options(site, out);
	fputs("</select></label>\n</form>\n<p id=\"said\" role=\"status\"></p>\n"
	      "<form class=\"search\" role=\"search\" hidden=\"hidden\"><label "
	      "for=\"q\">Search</label> "
	      "<input id=\"q\" type=\"search\" data-for=\"differences\" autocomplete=\"off\"/> "
	      "<span role=\"status\" id=\"found\"></span></form>\n"
	      "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Differences\">"
	      "<table class=\"sortable cards\" id=\"differences\">\n<thead><tr><th>case</th><th "
	      "class=\"n\">A</th><th class=\"n\">B</th><th class=\"n\">B against "
	      "A</th><th>intervals"
	      "</th></tr></thead>\n<tbody></tbody>\n</table></div>\n"
	      "<p class=\"faint\">Medians; beneath them the 95 % interval, or the range of fewer "
	      "than six repetitions. Where the intervals lie apart the difference is marked; that "
	      "is a look, no test: <code id=\"line\">dmabench compare A B</code> judges all cases "
	      "with one false discovery rate.</p>\n"
	      "<script src=\"compare.js\" defer=\"defer\"></script>\n",
		out);
	site_foot(site, out, "");
	return files_replaced(out, site->folder, "compare.html", 0, err);
}
