// SPDX-License-Identifier: BSD-2-Clause
/*
 * page_test.c: the page: there, well-formed, safe from hostile text, and honest errors. Its plots are plot_test.c, gnuplot
 * by itself gnuplot_test.c.
 */
#include "harness/report/page_testing.h"

#include <errno.h>

#include "drivers/support/fault.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		PAGE_TEST(a_run_becomes_a_page_with_plots),
		PAGE_TEST(figures_stand_with_what_bounds_them),
		PAGE_TEST(noise_has_its_section),
		PAGE_TEST(hostile_text_stays_text),
		PAGE_TEST(odd_runs_are_drawn_too),
		PAGE_TEST(a_missing_gnuplot_is_named),
		PAGE_TEST(a_folder_that_cannot_be_made),
		PAGE_TEST(every_step_may_fail),
	};

	return cmocka_run_group_tests_name("report page", tests, NULL, NULL);
}
