// SPDX-License-Identifier: BSD-2-Clause
/*
 * page_test.c: the page and its plots: there, well-formed, safe from hostile text, and honest
 * errors. Needs gnuplot, as the program itself does, and xmllint: scripts/setup installs both.
 */
#include "harness/report/report.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "drivers/support/fault.h"
#include "harness/report/files.h"
#include "harness/report/gnuplot.h"
#include "harness/report/testing.h"

static char folder[64];

static int folder_make(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/dmabench-report-XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int folder_drop(void **state)
{
	char command[96];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	return system(command);
}

static char *file_text(const char *name)
{
	struct err err = ERR_INIT;
	char *text = files_read(folder, name, "", &err);

	if (!text)
		fail_msg("%s", err.message);
	return text;
}

static void assert_well_formed(const char *name)
{
	char command[256];

	snprintf(command, sizeof(command), "xmllint --noout '%s/%s' 2>&1", folder, name);
	if (system(command) != 0)
		fail_msg("%s is not well-formed, or xmllint is missing", name);
}

static void assert_png(const char *name)
{
	static const unsigned char signature[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
	unsigned char start[24];
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	assert_int_equal(fread(start, 1, sizeof(start), file), sizeof(start));
	fclose(file);
	assert_memory_equal(start, signature, sizeof(signature));
	assert_int_equal(start[18] << 8 | start[19], 1920);
	assert_int_equal(start[22] << 8 | start[23], 1120);
}

static void draw(const struct store_run *run)
{
	struct err err = ERR_INIT;
	char path[128];

	if (report_page(run, folder, path, sizeof(path), &err) < 0)
		fail_msg("%s", err.message);
	assert_int_equal(access(path, R_OK), 0);
	assert_non_null(strstr(path, "/report.html"));
	assert_well_formed("report.html");
}

/* Ids must be unique in a page; duplicates are found by looking each up again behind itself. */
static void assert_unique_ids(const char *html)
{
	for (const char *at = html; (at = strpbrk(at, "i")) != NULL; at++) {
		char id[160], quote;

		if (strncmp(at, "id=", 3) != 0 || at[-1] != ' ')
			continue;
		quote = at[3];
		size_t length = strcspn(at + 4, "'\"");

		assert_true(length < sizeof(id) - 8);
		snprintf(id, sizeof(id), " id=%c%.*s%c", quote, (int)length, at + 4, quote);
		if (strstr(at + 4, id))
			fail_msg("twice:%s", id);
	}
}

/* Every link within the page leads somewhere. */
static void assert_links_lead(const char *html)
{
	unsigned count = 0;

	for (const char *at = html; (at = strstr(at, "href=\"#")) != NULL; count++) {
		char id[80];

		at += strlen("href=\"#");
		snprintf(id, sizeof(id), " id=\"%.*s\"", (int)strcspn(at, "\""), at);
		if (!strstr(html, id))
			fail_msg("a link leads nowhere: %s", id);
	}
	assert_true(count >= 6);
}

static void a_run_becomes_a_page_with_plots(void **state)
{
	(void)state;
	static const char *const plots[] = {"throughput", "latency", "footprint", "density"};
	struct testing_shape shape = TESTING_SHAPE;

	shape.dirs = 1;
	struct store_run *run = testing_run(&shape);

	draw(run);
	for (int i = 0; i < 4; i++) {
		static const char *const ends[] = {"svg", "png", "dat", "gp"};
		char name[128];

		for (int k = 0; k < 4; k++) {
			snprintf(name, sizeof(name), "plots/%s_to_device_rewritten_poll_d32.%s",
				plots[i], ends[k]);
			char *text = file_text(name);

			if (k == 0) {
				assert_well_formed(name);
				assert_null(strstr(text, "onmousemove"));
				assert_non_null(strstr(text, "<title>"));
				assert_true(strlen(text) < 200000);
			}
			if (k == 1)
				assert_png(name);
			free(text);
		}
	}
	char *html = file_text("report.html");

	assert_null(strstr(html, "<script"));
	assert_null(strstr(html, "href=\"http"));
	assert_null(strstr(html, "src="));
	assert_null(strstr(html, "@import"));
	assert_null(strstr(html, ">nan<"));
	assert_unique_ids(html);
	assert_links_lead(html);
	assert_non_null(strstr(html, "<title>packet, 64 KiB: "));
	assert_non_null(strstr(html, "prefers-color-scheme: dark"));
	assert_non_null(strstr(html, "href=\"results.json\""));
	assert_non_null(strstr(html, "driver cpu 0, device cpu 1"));
	/* The verdict comes before plots, numbers and facts. */
	const char *verdict = strstr(html, "below 24 KiB the common buffer is faster");

	assert_non_null(verdict);
	assert_non_null(strstr(verdict, "id=\"plots\""));
	assert_non_null(strstr(strstr(verdict, "id=\"numbers\""), "id=\"facts\""));
	free(html);
	char *json = file_text("results.json");

	assert_non_null(strstr(json, "\"benchmarks\""));
	free(json);
	testing_run_free(run);
}

/* A figure stands with its spread, its ceilings and whether it was steady; what is not known has no column. */
static void figures_stand_with_what_bounds_them(void **state)
{
	(void)state;
	struct testing_shape shape = TESTING_SHAPE;

	shape.dirs = 1;
	shape.sizes = 2;
	struct store_run *run = testing_run(&shape);

	draw(run);
	char *html = file_text("report.html");

	assert_null(strstr(html, "<th>of pinning</th>"));
	assert_non_null(strstr(html, " <span class=\"faint\">\xc2\xb1"));
	assert_non_null(strstr(html, "their 95 % interval"));
	free(html);

	struct store_cell *cell = &run->cell[0];

	cell->pin_items_per_second = cell->sample[0].counter[STORE_items_per_second] * 4;
	cell->pin_ns = 2500;
	for (uint32_t i = 0; i < cell->sample_count; i++) {
		cell->sample[i].counter[STORE_items_per_second] = cell->pin_items_per_second / 4;
		cell->sample[i].counter[STORE_steady] = i != 3;
		cell->sample[i].counter[STORE_steady_from] = 2;
		cell->sample[i].counter[STORE_batches] = 31;
	}
	draw(run);
	html = file_text("report.html");
	assert_non_null(strstr(html, "<th>of pinning</th>"));
	assert_non_null(strstr(html, "<td>0.25</td>"));
	assert_non_null(strstr(html, "<td>2.5 us</td>"));
	assert_non_null(strstr(html, "8 of 9, from batch 3 of 31; repetitions from 1<"));
	free(html);
	testing_run_free(run);
}

static void noise_has_its_section(void **state)
{
	(void)state;
	struct testing_shape shape = TESTING_SHAPE;

	shape.dirs = 1;
	shape.sizes = 2;
	shape.tainted_every = 1;
	struct store_run *run = testing_run(&shape);

	testing_fact(run, "audit.verdict", "cannot be trusted");
	testing_fact(run, "audit.why", "117 of 117 repetitions tainted; steal 117");
	testing_fact(run, "audit.turbo", "note: turbo is <on>; expected: off; do: echo 1");
	draw(run);
	char *html = file_text("report.html");
	const char *noise = strstr(html, "id=\"noise\"");

	assert_well_formed("report.html");
	assert_non_null(noise);
	assert_non_null(strstr(noise, "these figures cannot be trusted: 117 of 117"));
	assert_non_null(strstr(noise, "<b>turbo</b>, note: turbo is &lt;on&gt;; expected: off"));
	assert_non_null(strstr(noise, "repetition 0: steal 10 ms, preempted &lt;2.10 ms&gt;"));
	assert_non_null(strstr(noise, " more; all are in results.json"));
	assert_non_null(strstr(html, "(9 tainted ~)"));
	free(html);
	testing_run_free(run);
}

static void a_ledger_becomes_bars(void **state)
{
	(void)state;
	static const char name[] = "plots/ledger_to_device_rewritten_poll_d32.svg";
	struct testing_shape shape = TESTING_SHAPE;

	shape.dirs = 1;
	shape.ledger = true;
	struct store_run *run = testing_run(&shape);

	/* One case without a ledger: no bar, and nothing shifts. */
	for (uint32_t i = 0; i < shape.repetitions; i++)
		run->cell[0].sample[i].counter[STORE_phase_total_ns] = (double)NAN;
	draw(run);
	assert_well_formed(name);
	char *svg = file_text(name);

	assert_non_null(strstr(svg, "copy in"));
	assert_non_null(strstr(svg, "<title>packet-cached, 64 B: device "));
	assert_null(strstr(svg, "<title>packet, 64 B: "));
	assert_null(strstr(svg, "unmap")); /* 0 everywhere: not in the key */
	free(svg);
	assert_png("plots/ledger_to_device_rewritten_poll_d32.png");
	testing_run_free(run);
}

/* Cells of an open loop at several rates, as a queue with one server (M/M/1) has them: exponential, mean service / (1 - load). */
static struct store_run *loaded_run(const double *load, uint32_t rates)
{
	struct testing_shape shape = TESTING_SHAPE;
	struct store_run *run;

	shape.dirs = 1;
	shape.sizes = 2;
	shape.strategies = 2;
	shape.other_cells = 0;
	shape.depths = 1;
	run = testing_run(&shape);
	const uint32_t cells = run->cell_count;

	for (uint32_t r = 1; r < rates; r++) {
		struct store_run *more = testing_run(&shape);

		for (uint32_t i = 0; i < cells; i++) {
			*testing_cell_add(run) = more->cell[i];
			more->cell[i] = (struct store_cell){0};
		}
		testing_run_free(more);
	}
	for (uint32_t i = 0; i < run->cell_count; i++) {
		const double rho = load[i / cells];
		struct store_cell *cell = &run->cell[i];
		const double service_ns = 1000.0 * (1 + i % cells),
			     mean_ns = service_ns / (1 - rho);

		snprintf(cell->params.extra, sizeof(cell->params.extra),
			"arrival:poisson/rate:%.0f%%", 100 * rho);
		for (uint32_t s = 0; s < cell->sample_count; s++) {
			double *c = cell->sample[s].counter;

			c[STORE_offered_per_second] = rho * 1e9 / service_ns;
			c[STORE_items_per_second] = rho * 1e9 / service_ns;
			c[STORE_sustained] = rho < 0.95;
			c[STORE_resp_p50_ns] = mean_ns * log(2);
			c[STORE_resp_p99_ns] = mean_ns * log(100);
			c[STORE_resp_p999_ns] = mean_ns * log(1000);
			c[STORE_lat_p50_ns] = service_ns * log(2);
			c[STORE_lat_p99_ns] = service_ns * log(100);
			c[STORE_lat_p999_ns] = service_ns * log(1000);
		}
	}
	return run;
}

/* One plot for each size, with every rate of both strategies in the order of the load, shown once. */
static void rates_become_a_plot_of_load(void **state)
{
	/* Not in order: the plot sorts. */
	static const double load[] = {0.5, 0.1, 0.8, 0.95, 0.3, 0.9};
	static const char *const name[] = {"plots/load_to_device_rewritten_poll_d32_64",
		"plots/load_to_device_rewritten_poll_d32_256"};

	(void)state;
	struct store_run *run = loaded_run(load, 6);

	draw(run);
	for (unsigned i = 0; i < 2; i++) {
		char path[128];
		double last = 0, offered, achieved;
		unsigned points = 0;
		int sustained;

		snprintf(path, sizeof(path), "%s.svg", name[i]);
		assert_well_formed(path);
		snprintf(path, sizeof(path), "%s.png", name[i]);
		assert_png(path);
		snprintf(path, sizeof(path), "%s.dat", name[i]);
		char *dat = file_text(path);

		for (char *save = NULL, *line = strtok_r(dat, "\n", &save); line;
			line = strtok_r(NULL, "\n", &save)) {
			if (line[0] == '#')
				last = 0;
			else if (sscanf(line, "%lf %lf %d", &offered, &achieved, &sustained) == 3) {
				assert_true(offered > last);
				last = offered;
				points++;
			}
		}
		assert_int_equal(points, 2 * 6);
		free(dat);
	}
	char *html = file_text("report.html");
	const char *link = strstr(html, "plots/load_to_device_rewritten_poll_d32_64.png");

	assert_non_null(strstr(html, "Response by load: host to device, source rewritten, poll, "
				     "depth 32, arrival:poisson, 64 B"));
	assert_non_null(link);
	assert_null(strstr(link + 1, "plots/load_to_device_rewritten_poll_d32_64.png"));
	assert_unique_ids(html);
	free(html);
	testing_run_free(run);
}

static void hostile_text_stays_text(void **state)
{
	(void)state;
	static const char evil[] = "<script>alert('x')</script> & \"q\" `touch pwned` $(touch "
				   "pwned) \\n 'a''b \x02 \xff";
	struct testing_shape shape = TESTING_SHAPE;

	shape.dirs = 1;
	shape.sizes = 2;
	shape.repetitions = 2;
	shape.title = evil;
	struct store_run *run = testing_run(&shape);

	testing_fact(run, "<b>key", evil);
	free(run->fact[1].value);
	run->fact[1].value = strdup(evil);
	run->finding = calloc(1, sizeof(*run->finding));
	assert_non_null(run->finding);
	run->finding_count = 1;
	snprintf(run->finding[0].text, sizeof(run->finding[0].text), "%s", evil);
	for (uint32_t i = 0; i < run->cell_count; i++)
		snprintf(run->cell[i].params.extra, sizeof(run->cell[i].params.extra), "%s", evil);
	for (uint32_t i = 0; i < run->cell_count; i += 4)
		snprintf(run->cell[i].params.strategy, STORE_WORD_MAX, "a'\"b<c>\\n`d`");
	draw(run);
	char *html = file_text("report.html"), pwned[96];

	snprintf(pwned, sizeof(pwned), "%s/plots/pwned", folder);
	assert_int_not_equal(access(pwned, F_OK), 0);
	assert_null(strstr(html, "<script"));
	assert_null(strstr(html, "<b>key"));
	assert_non_null(strstr(html, "&lt;script&gt;alert(&#39;x&#39;)"));
	free(html);
	testing_run_free(run);
}

static void odd_runs_are_drawn_too(void **state)
{
	(void)state;
	struct testing_shape shapes[] = {
		TESTING_SHAPE, TESTING_SHAPE, TESTING_SHAPE, TESTING_SHAPE, TESTING_SHAPE};

	shapes[0].sizes = 1;         /* one size */
	shapes[1].no_latency = true; /* no histograms, one strategy */
	shapes[1].strategies = 1;
	shapes[2].failed_every = 1; /* nothing is good */
	shapes[3].dirs = 0;         /* nothing was measured */
	shapes[3].other_cells = 0;
	shapes[4].repetitions = 1; /* no spread */
	shapes[4].simulated = true;
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		if (shapes[i].dirs)
			shapes[i].dirs = 1;
		if (shapes[i].sizes > 3)
			shapes[i].sizes = 3;
		struct store_run *run = testing_run(&shapes[i]);

		draw(run);
		char *html = file_text("report.html");

		assert_null(strstr(html, "nan"));
		if (i == 3)
			assert_non_null(strstr(html, "Nothing was measured"));
		if (i == 4)
			assert_non_null(strstr(html, "simulated time"));
		free(html);
		testing_run_free(run);
	}
}

/* Strategies measured at different sizes, and two groups that differ in their further keys only. */
static void gaps_and_further_keys(void **state)
{
	(void)state;
	struct testing_shape shape = TESTING_SHAPE;
	struct stat st;
	char path[160];

	shape.dirs = 1;
	shape.sizes = 4;
	shape.repetitions = 2;
	struct store_run *run = testing_run(&shape);

	for (uint32_t i = 8; i < 16; i++)
		snprintf(run->cell[i].params.extra, sizeof(run->cell[i].params.extra), "offset:64");
	run->cell[0].params.size_bytes = 1 << 30;
	draw(run);
	snprintf(path, sizeof(path), "%s/plots/latency_to_device_rewritten_poll_d32_2.svg", folder);
	assert_int_equal(stat(path, &st), 0);
	testing_run_free(run);
}

/* Sets PATH. Return: what it was, to be freed. */
static char *path_swap(const char *path)
{
	const char *now = getenv("PATH");
	char *before = strdup(now ? now : "");

	if (!before)
		abort();
	setenv("PATH", path, 1);
	return before;
}

static void a_missing_gnuplot_is_named(void **state)
{
	(void)state;
	struct testing_shape shape = TESTING_SHAPE;
	struct err err = ERR_INIT;
	char *path = path_swap("/nonexistent");

	shape.sizes = 1;
	struct store_run *run = testing_run(&shape);

	assert_int_equal(report_page(run, folder, NULL, 0, &err), -ENOENT);
	free(path_swap(path));
	assert_int_equal(err.kind, ERR_MISSING);
	assert_string_equal(err.message, "gnuplot not found; install gnuplot-nox (scripts/setup)");
	free(path);
	testing_run_free(run);
}

static void write_file(const char *name, const char *text, unsigned mode)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	assert_int_equal(chmod(path, mode), 0);
}

static void what_gnuplot_says_is_passed_on(void **state)
{
	(void)state;
	struct err err = ERR_INIT;

	write_file("bad.gp", "plot 'no-such-file.dat\n", 0644);
	assert_int_equal(gnuplot_run(folder, "bad.gp", GNUPLOT_LIMIT_MS, &err), -EIO);
	assert_int_equal(err.kind, ERR_INTERNAL);
	assert_non_null(strstr(err.message, "bad.gp"));
	assert_non_null(strstr(err.message, "line 1"));
}

static void an_endless_gnuplot_is_ended(void **state)
{
	(void)state;
	struct err err = ERR_INIT;

	write_file("slow.gp", "while (1) { pause 0.01 }\n", 0644);
	assert_int_equal(gnuplot_run(folder, "slow.gp", 300, &err), -ETIME);
	assert_non_null(strstr(err.message, "slow.gp"));
}

static void a_folder_that_cannot_be_made(void **state)
{
	(void)state;
	struct testing_shape shape = TESTING_SHAPE;
	struct err err = ERR_INIT;
	char path[96];

	shape.sizes = 1;
	struct store_run *run = testing_run(&shape);

	write_file("file", "", 0644);
	snprintf(path, sizeof(path), "%s/file/x", folder);
	assert_int_equal(report_page(run, path, NULL, 0, &err), -ENOTDIR);
	assert_int_equal(err.kind, ERR_MISSING);
	assert_non_null(strstr(err.message, path));
	testing_run_free(run);
}

static void quoting_and_cleaning(void **state)
{
	(void)state;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	gnuplot_quote(out, "it's \"a\"\n \\n `b`");
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text, "'it\xe2\x80\x99s \"a\"  \\n \xe2\x80\x98"
				  "b\xe2\x80\x98'");
	free(text);

	char *clean = gnuplot_clean_svg(
		"<svg><title>n</title><use xlink:href='#gpPt3' id='gpPt4'/>"
		"<g onmousemove=\"gnuplot_svg.showHypertext(evt,'tip &lt;')\" "
		"onmouseout=\"gnuplot_svg.hideHypertext()\"><title> </title><x "
		"font-family=\"a:Bold\"/></g>"
		"<g fill=\"none\" color=\"black\" stroke-linejoin=\"miter\">\n</g>\n</svg>",
		"n");

	assert_string_equal(clean,
		"<svg><use xlink:href='#n-gpPt3' id='n-gpPt4'/><g><title>tip &lt;</title>"
		"<x font-family=\"a\" font-weight=\"bold\"/></g></svg>");
	free(clean);
}

/*
 * In place of gnuplot, which would take half a minute for all the steps below: writes the least
 * that is read.
 */
static const char fake_gnuplot[] = "#!/bin/sh\necho '<svg></svg>' >\"${2%.gp}.svg\"\n";

static void every_step_may_fail(void **state)
{
	(void)state;
	struct testing_shape shape = TESTING_SHAPE;
	char search[128];

	write_file("gnuplot", fake_gnuplot, 0755);
	snprintf(search, sizeof(search), "%s:/usr/bin:/bin", folder);
	char *path = path_swap(search);

	shape.sizes = 1;
	shape.dirs = 1;
	shape.strategies = 1;
	shape.repetitions = 1;
	shape.other_cells = 1;
	struct store_run *run = testing_run(&shape);

	uint32_t facts = run->fact_count;

	run->fact_count = 0;
	for (unsigned nth = 1;; nth++) {
		struct err err = ERR_INIT;

		fault_arm(nth, false);
		int rc = report_page(run, folder, NULL, 0, &err);
		const char *fired = fault_fired();

		fault_arm(0, false);
		if (!fired) {
			assert_int_equal(rc, 0);
			assert_true(nth > 40);
			break;
		}
		/* A statistic without memory is a figure that is missing, not an error. */
		if (strncmp(fired, "stats_", 6) == 0)
			continue;
		if (rc >= 0 || err.kind == ERR_NONE)
			fail_msg("step %u: %d, \"%s\"", nth, rc, err.message);
	}
	run->fact_count = facts;
	testing_run_free(run);
	free(path_swap(path));
	free(path);
}

#define PAGE_TEST(name) cmocka_unit_test_setup_teardown(name, folder_make, folder_drop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PAGE_TEST(a_run_becomes_a_page_with_plots),
		PAGE_TEST(figures_stand_with_what_bounds_them),
		PAGE_TEST(noise_has_its_section),
		PAGE_TEST(a_ledger_becomes_bars),
		PAGE_TEST(rates_become_a_plot_of_load),
		PAGE_TEST(hostile_text_stays_text),
		PAGE_TEST(odd_runs_are_drawn_too),
		PAGE_TEST(gaps_and_further_keys),
		PAGE_TEST(a_missing_gnuplot_is_named),
		PAGE_TEST(what_gnuplot_says_is_passed_on),
		PAGE_TEST(an_endless_gnuplot_is_ended),
		PAGE_TEST(a_folder_that_cannot_be_made),
		PAGE_TEST(quoting_and_cleaning),
		PAGE_TEST(every_step_may_fail),
	};

	return cmocka_run_group_tests_name("report page", tests, NULL, NULL);
}
