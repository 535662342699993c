// SPDX-License-Identifier: BSD-2-Clause
/*
 * page.c: report.html, one file that opens from disk without a network: verdict, plots, all
 * numbers, the facts behind them, how to read it. Well-formed XML, so that it can be checked by
 * any parser.
 */
#include "harness/report/report.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report/ageing.h"
#include "harness/report/files.h"
#include "harness/report/html.h"
#include "harness/report/noise.h"
#include "harness/report/page.h"
#include "harness/report/text.h"

#define PAGE_GROUPS_OPEN 2 /* groups whose plots are unfolded at first */

/*
 * ---- head and verdict
 * -------------------------------------------------------------------------------
 */

static const char *page_style(void)
{
	return (const char *)plot_script("page.css")->bytes;
}

/* What the noise audit says of the run, where it is seen first. */
static void page_trust(const struct page *page)
{
	const struct store_run *run = page->view->run;
	const char *verdict = text_fact(run, "audit.verdict", NULL);
	const char *tainted = text_fact(run, "noise.tainted_repetitions", "");

	if (!verdict)
		return;
	if (strcmp(verdict, "trusted") != 0)
		html_print(page->out,
			" <a class=\"badge bad\" href=\"#noise\">these figures %s</a>", verdict);
	else if (strtoul(tainted, NULL, 10))
		html_print(page->out,
			" <a class=\"badge\" href=\"#noise\">tainted repetitions: %s</a>", tainted);
}

static void page_contents(const struct page *page)
{
	html_print(page->out, "<nav><a href=\"#verdict\">verdict</a>");
	if (page->plots->count)
		html_print(page->out, " <a href=\"#plots\">plots</a>");
	if (page->view->run->cell_count)
		html_print(page->out, " <a href=\"#numbers\">numbers</a>");
	if (text_fact(page->view->run, "audit.verdict", NULL))
		html_print(page->out, " <a href=\"#noise\">noise</a>");
	html_print(page->out,
		" <a href=\"#facts\">facts</a> <a href=\"#help\">how to read this</a>%r</nav>\n",
		page->home ? "" : " <a href=\"#files\">files</a>");
}

static void page_head(const struct page *page)
{
	const struct store_run *run = page->view->run;
	char wall[TEXT_MAX];

	html_print(page->out,
		"<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" "
		"lang=\"en\">\n<head>\n"
		"<meta charset=\"utf-8\"/>\n"
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
		"<title>dmabench: %s, %s</title>\n<style>\n%r</style>\n</head>\n<body>\n<header>\n",
		run->title, run->id, page_style());
	if (page->home)
		html_print(page->out,
			"<p><a href=\"%sindex.html\">Tonight</a> \xc2\xb7 "
			"<a href=\"%snights.html\">Nights</a> \xc2\xb7 "
			"<a href=\"%scompare.html#a=%s\">Compare with another run</a></p>\n",
			page->home, page->home, page->home, run->id);
	else
		html_print(page->out, "<p class=\"faint\">dmabench: packet-based DMA against "
				      "common buffers</p>\n");
	html_print(page->out,
		"<h1>%s</h1>\n"
		"<p>run <code>%s</code>, %s <span class=\"badge%r\">%s</span>",
		run->title[0] ? run->title : run->id, run->id,
		text_wall(run->started_wall_ns, wall, sizeof(wall)),
		run->state == STORE_DONE ? "" : " bad", text_state(run->state));
	if (run->simulated)
		html_print(page->out, " <span class=\"badge\">simulated time</span>");
	if (run->finding_count)
		html_print(page->out, " <span class=\"badge bad\">%u findings</span>",
			run->finding_count);
	page_trust(page);
	html_print(page->out, "</p>\n</header>\n");
	page_contents(page);
	html_print(page->out, "<main>\n");
}

static void page_verdict(const struct page *page)
{
	const struct store_run *run = page->view->run;

	html_print(page->out, "<h2 id=\"verdict\">Verdict</h2>\n<div class=\"verdict\">\n");
	for (uint32_t i = 0; i < run->crossover_count; i++)
		html_print(page->out, "<p>%s</p>\n", run->crossover[i].sentence);
	for (uint32_t i = 0; i < run->rate_count; i++)
		html_print(page->out, "<p>%s</p>\n", run->rate[i].sentence);
	if (!run->cell_count)
		html_print(page->out, "<p>Nothing was measured.</p>\n");
	else if (!run->crossover_count && !run->rate_count)
		html_print(page->out, "<p>No crossover was looked for: that takes transfers of "
				      "several sizes by at "
				      "least two strategies.</p>\n");
	html_print(page->out, "</div>\n");
	if (!run->finding_count)
		return;
	html_print(page->out,
		"<div class=\"wrong\">\n<p>What was measured is wrong in places; do not "
		"use these figures before the cause is known:</p>\n<ul>\n");
	for (uint32_t i = 0; i < run->finding_count; i++)
		html_print(page->out, "<li><code>%s</code>: %s</li>\n", run->finding[i].cell,
			run->finding[i].text);
	html_print(page->out, "</ul>\n</div>\n");
}

/*
 * ---- plots
 * ------------------------------------------------------------------------------------------
 */

static int page_figure(const struct page *page, const struct plot *plot, struct err *err)
{
	char *svg = files_read(page->plot_folder, plot->name, ".svg", err);
	const char *root = svg ? strstr(svg, "<svg") : NULL;

	if (!root) {
		free(svg);
		return err_set(err, ERR_INTERNAL, -EIO, "plots/%s.svg: expected an <svg> element",
			plot->name);
	}
	html_print(page->out,
		"<figure>\n<div class=\"scroll\" tabindex=\"0\"><svg role=\"img\" "
		"aria-label=\"%s\"%r</div>\n",
		plot->title, root + strlen("<svg"));
	if (!page->home)
		html_print(page->out,
			"<figcaption><a href=\"plots/%s.png\">PNG</a>, "
			"<a href=\"plots/%s.svg\">SVG</a>, "
			"<a href=\"plots/%s.dat\">data</a>, "
			"<a href=\"plots/%s.gp\">gnuplot script</a></figcaption>\n",
			plot->name, plot->name, plot->name, plot->name);
	html_print(page->out, "</figure>\n");
	free(svg);
	return 0;
}

/* The plots of cells that are in no group. */
static int page_ageing(const struct page *page, struct err *err)
{
	int rc = 0;

	if (!ageing_kept_any(page->view->run))
		return 0;
	html_print(page->out, "<details open=\"open\">\n<summary>Ageing: memory and allocation "
			      "over a trace</summary>\n");
	for (uint32_t i = 0; i < page->plots->count && rc == 0; i++) {
		if (page->plots->plot[i].cell)
			rc = page_figure(page, &page->plots->plot[i], err);
	}
	html_print(page->out, "</details>\n");
	return rc;
}

static int page_plots(const struct page *page, struct err *err)
{
	int rc = 0;

	if (page->plots->count)
		html_print(page->out, "<h2 id=\"plots\">Plots</h2>\n");
	for (uint32_t g = 0; g < page->view->group_count && rc == 0; g++) {
		const struct view_group *group = &page->view->group[g];

		html_print(page->out, "<details%r>\n<summary>%s</summary>\n",
			g < PAGE_GROUPS_OPEN ? " open=\"open\"" : "", group->title);
		for (uint32_t i = 0; i < page->plots->count && rc == 0; i++) {
			if (page->plots->plot[i].group == group)
				rc = page_figure(page, &page->plots->plot[i], err);
		}
		html_print(page->out, "</details>\n");
	}
	return rc ? rc : page_ageing(page, err);
}

/*
 * ---- facts and help
 * ---------------------------------------------------------------------------------
 */

static void page_facts(const struct page *page)
{
	const struct store_run *run = page->view->run;

	html_print(page->out, "<h2 id=\"facts\">What stands behind the numbers</h2>\n"
			      "<div class=\"scroll\"><table class=\"facts\">\n<tbody>\n");
	html_print(page->out, "<tr><td>run.id</td><td>%s</td></tr>\n", run->id);
	for (uint32_t i = 0; i < run->fact_count; i++)
		html_print(page->out, "<tr><td>%s</td><td>%s</td></tr>\n", run->fact[i].key,
			run->fact[i].value);
	html_print(page->out, "</tbody>\n</table></div>\n");
}

static const char page_help[] =
	"<h2 id=\"help\">How to read this</h2>\n"
	"<ul>\n"
	"<li><b>Strategies.</b> <i>packet</i> locks, maps and unlocks the requester's memory for "
	"each "
	"operation. <i>packet-cached</i> keeps memory locked and maps it each time. <i>common</i> "
	"copies "
	"through a buffer that driver and device share. <i>hybrid</i> copies small transfers and "
	"maps "
	"large ones.</li>\n"
	"<li><b>Crossover.</b> The transfer size from which the one strategy is faster than the "
	"other to the "
	"end of the measured range. The interval is where it lies with 95 % confidence; where "
	"strategies "
	"cannot be told apart, the verdict says so.</li>\n"
	"<li><b>memcpy.</b> What one processor core copies with the same source and the same "
	"window, measured "
	"in the same run: a ceiling for a device that is played by a processor.</li>\n"
	"<li><b>Ceilings and limiter.</b> What else allows only so many operations a second: the "
	"hand-off of a cache line from driver's to device's core and back, two wake-ups where "
	"completion blocks, pinning where locks pin. The number is the share that was reached. The "
	"limiter is the lowest ceiling, if at least half of it was reached; else the driver's own "
	"work, by its largest part where a ledger was kept.</li>\n"
	"<li><b>Steady.</b> Of the repetitions long enough to tell, those that ran at one pace "
	"after the warm-up, and the batch (of a repetition's up to 32) from which on they did; "
	"then "
	"whether the repetitions themselves drifted, or from which on they did not.</li>\n"
	"<li><b>Latency.</b> Service time: from the start of an operation to its completion. p99 "
	"is the time "
	"that 99 of 100 operations do not exceed. Completion modes are reported apart, since a "
	"blocking "
	"wake-up says little about the driver's design.</li>\n"
	"<li><b>Common buffer.</b> Memory that the driver must hold, contiguous and for good; its "
	"peak is what a "
	"host has to set aside.</li>\n"
	"<li><b>Not shown here.</b> Figures of a device played by software rank driver designs; "
	"they do not "
	"foretell the speed of a particular card.</li>\n"
	"</ul>\n";

static void page_foot(const struct page *page)
{
	html_print(page->out, "%r", page_help);
	if (page->home) {
		html_print(page->out, "</main>\n</body>\n</html>\n");
		return;
	}
	html_print(page->out,
		"<h2 id=\"files\">Files</h2>\n<p><a href=\"results.json\">results.json</a> "
		"(Google Benchmark's schema)");
	if (ageing_kept_any(page->view->run))
		html_print(page->out, ", <a href=\"windows.csv\">windows.csv</a>");
	for (uint32_t i = 0; i < page->plots->count; i++)
		html_print(page->out, ", <a href=\"plots/%s.dat\">%s.dat</a>",
			page->plots->plot[i].name, page->plots->plot[i].name);
	html_print(page->out, "</p>\n</main>\n</body>\n</html>\n");
}

/*
 * ---- all of it
 * --------------------------------------------------------------------------------------
 */

static int page_print(const struct page *page, struct err *err)
{
	page_head(page);
	page_verdict(page);
	int rc = page_plots(page, err);

	if (rc == 0)
		rc = page_numbers(page, err);
	noise_html(page->view->run, page->out);
	page_facts(page);
	page_foot(page);
	return rc;
}

static int page_write(const struct view *view, const struct plot_list *plots, const char *folder,
	const char *plot_folder, struct err *err)
{
	FILE *out = files_create(folder, "report", ".html", err);
	const struct page page = {
		.out = out, .view = view, .plots = plots, .plot_folder = plot_folder};

	if (!out)
		return -EIO;
	int rc = page_print(&page, err);
	int rc_close = files_close(out, folder, "report.html", err);

	return rc ? rc : rc_close;
}

int page_site(const struct store_run *run, const char *home, const char *drawing, FILE *out,
	struct err *err)
{
	struct plot_list plots = {0};
	struct view view;
	const struct page page = {
		.out = out, .home = home, .view = &view, .plots = &plots, .plot_folder = drawing};
	int rc = view_make(&view, run, err);

	if (rc)
		return rc;
	rc = plot_list_make(&plots, &view, err);
	rc = rc ? rc : plot_draw_svgs(&view, &plots, drawing, err);
	rc = rc ? rc : page_print(&page, err);
	plot_list_free(&plots);
	view_free(&view);
	return rc;
}

static int page_json(const struct store_run *run, const char *folder, struct err *err)
{
	FILE *out = files_create(folder, "results", ".json", err);

	if (!out)
		return -EIO;
	int rc = report_json(run, out, err);
	int rc_close = files_close(out, folder, "results.json", err);

	return rc ? rc : rc_close;
}

/* The windows of all repetitions, where there are any. */
static int page_csv(const struct store_run *run, const char *folder, struct err *err)
{
	if (!ageing_kept_any(run))
		return 0;
	FILE *out = files_create(folder, "windows", ".csv", err);

	if (!out)
		return -EIO;
	ageing_csv(run, out);
	return files_close(out, folder, "windows.csv", err);
}

int report_page(
	const struct store_run *run, const char *folder, char *path, size_t room, struct err *err)
{
	char plot_folder[PATH_MAX];
	struct plot_list plots = {0};
	struct view view;
	int rc = view_make(&view, run, err);

	if (rc)
		return rc;
	if ((size_t)snprintf(plot_folder, sizeof(plot_folder), "%s/plots", folder) >=
		sizeof(plot_folder))
		rc = err_set(err, ERR_USAGE, -ENAMETOOLONG, "--out: path is longer than %d bytes",
			PATH_MAX - 1);
	if (rc == 0)
		rc = plot_list_make(&plots, &view, err);
	if (rc == 0)
		rc = files_folder(plot_folder, err);
	if (rc == 0)
		rc = page_json(run, folder, err);
	if (rc == 0)
		rc = page_csv(run, folder, err);
	for (uint32_t i = 0; i < plots.count && rc == 0; i++)
		rc = plot_draw(&view, &plots.plot[i], plot_folder, err);
	if (rc == 0)
		rc = page_write(&view, &plots, folder, plot_folder, err);
	if (rc == 0 && path)
		snprintf(path, room, "%s/report.html", folder);
	plot_list_free(&plots);
	view_free(&view);
	return rc;
}
