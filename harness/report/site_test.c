// SPDX-License-Identifier: BSD-2-Clause
/*
 * site_test.c: the site as files: every link leads to something, texts of the record cannot become anything else, what is gone goes,
 * and when something fails nothing half made stays. What a reader does with it is site_browser_test.c's.
 */
#include "harness/report/page_testing.h"
#include "harness/report/site.h"
#include "harness/report/site_part.h"
#include "harness/report/site_testing.h"

#include <dirent.h>
#include <errno.h>
#include <jansson.h>

#include "drivers/support/fault.h"

/* ---- a site of a record ------------------------------------------------------------------------------ */

static struct store *open_record(void)
{
	struct err err = ERR_INIT;
	struct store *store;
	char db[128];

	snprintf(db, sizeof(db), "%s/a.db", folder);
	site_must(store_open_readonly(&store, db, &err), &err);
	return store;
}

static int build(struct site_tally *tally, struct err *err)
{
	struct store *store = open_record();
	char site[128];

	snprintf(site, sizeof(site), "%s/site", folder);
	const int rc = site_build(store, site, tally, err);

	store_close(store);
	return rc;
}

static void fill(const struct site_shape *shape)
{
	char db[128];

	snprintf(db, sizeof(db), "%s/a.db", folder);
	site_fill(db, shape);
}

static struct site_tally must_build(void)
{
	struct site_tally tally = {0};
	struct err err = ERR_INIT;

	if (build(&tally, &err))
		fail_msg("%s", err.message);
	return tally;
}

typedef void (*file_visitor)(const char *path, const char *text, void *arg);

/* Every file of the site below @below, by its path from the site's root. */
static void visit(const char *below, file_visitor visitor, void *arg)
{
	char path[256];
	const struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/site/%s", folder, below);
	dir = opendir(path);
	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		char name[400], full[512];

		if (entry->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s%s", below, entry->d_name);
		if (entry->d_type == DT_DIR) {
			strcat(name, "/");
			visit(name, visitor, arg);
			continue;
		}
		snprintf(full, sizeof(full), "site/%s", name);
		char *text = file_text(full);

		visitor(name, text, arg);
		free(text);
	}
	closedir(dir);
}

static bool ends_with(const char *text, const char *end)
{
	const size_t len = strlen(text), end_len = strlen(end);

	return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

/* ---- links ------------------------------------------------------------------------------------------- */

/* Where @link of the page @from leads, from the site's root. */
static void link_target(const char *from, const char *link, char *out, size_t room)
{
	const char *slash = strrchr(from, '/');

	if (strncmp(link, "../", 3) == 0)
		snprintf(out, room, "%s", link + 3);
	else if (*link == '\0')
		snprintf(out, room, "%s", from);
	else
		snprintf(out, room, "%.*s%s", slash ? (int)(slash - from + 1) : 0, from, link);
}

static void link_check(const char *from, const char *link, unsigned *count)
{
	char file[200], target[400], full[600], id[200];
	const char *hash = strchr(link, '#');

	if (strchr(link, ':'))
		fail_msg("%s leads out of the site: %s", from, link);
	snprintf(file, sizeof(file), "%.*s", (int)(hash ? hash - link : (long)strlen(link)), link);
	link_target(from, file, target, sizeof(target));
	snprintf(full, sizeof(full), "%s/site/%s", folder, target);
	if (access(full, R_OK))
		fail_msg("%s: %s leads nowhere", from, link);
	++*count;
	if (!hash || ends_with(target, "compare.html"))
		return;
	snprintf(full, sizeof(full), "site/%s", target);
	char *text = file_text(full);

	snprintf(id, sizeof(id), "id=\"%s\"", hash + 1);
	if (!strstr(text, id))
		fail_msg("%s: %s: no such place", from, link);
	free(text);
}

static void links_check(const char *path, const char *text, void *arg)
{
	static const char *const attributes[] = {" href=\"", " src=\""};

	if (!ends_with(path, ".html"))
		return;
	for (size_t i = 0; i < 2; i++) {
		for (const char *at = text; (at = strstr(at, attributes[i])) != NULL;) {
			char link[256];

			at += strlen(attributes[i]);
			snprintf(link, sizeof(link), "%.*s", (int)strcspn(at, "\""), at);
			link_check(path, link, arg);
		}
	}
}

static void every_link_leads_to_something(void **state)
{
	struct site_shape shape = SITE_SHAPE;
	unsigned count = 0;

	(void)state;
	fill(&shape);
	const struct site_tally tally = must_build();

	assert_int_equal(tally.nights, 24);
	assert_int_equal(tally.series, 8 * SITE_METRICS);
	assert_int_equal(tally.runs, 24);
	visit("", links_check, &count);
	assert_true(count > 500);
}

/* ---- texts ------------------------------------------------------------------------------------------- */

static void page_is_clean(const char *path, const char *text, void *arg)
{
	char name[512];

	(void)arg;
	if (strstr(text, "<img") ||
		(ends_with(path, ".js") && strncmp(path, "runs/", 5) == 0 && strpbrk(text, "<>'&")))
		fail_msg("%s: text of the record is not escaped", path);
	snprintf(name, sizeof(name), "site/%s", path);
	if (ends_with(path, ".html")) {
		assert_well_formed(name);
		assert_unique_ids(text);
	}
}

static void texts_are_escaped_everywhere(void **state)
{
	struct site_shape shape = SITE_SHAPE;

	(void)state;
	shape.evil = true;
	shape.nights = 9;
	shape.cases = 3;
	fill(&shape);
	must_build();
	visit("", page_is_clean, NULL);
	/* It is there all the same. */
	char *text = file_text("site/changes.html");

	assert_non_null(strstr(text, "&lt;img src=x"));
	free(text);
}

/* The argument of the call that a run's figures are. */
static void run_figures(const char *path, const char *text, void *arg)
{
	unsigned *count = arg;
	const char *start = strchr(text, '{'), *end = strrchr(text, ')');
	json_error_t error;

	if (!ends_with(path, ".js"))
		return;
	assert_int_equal(strncmp(text, "site_run(\"20", 12), 0);
	json_t *root = json_loadb(start, (size_t)(end - start), JSON_REJECT_DUPLICATES, &error);

	if (!root)
		fail_msg("%s: %s", path, error.text);
	json_t *metrics = json_object_get(root, "metrics"), *figures;
	const char *name;

	assert_int_equal(json_array_size(metrics), SITE_METRICS);
	json_object_foreach(json_object_get(root, "cases"), name, figures)
	{
		assert_int_equal(json_array_size(figures), SITE_METRICS);
		assert_int_equal(json_array_size(json_array_get(figures, 0)), 4);
		/* What the page shows is what the record holds, whatever stands in the way of a script. */
		assert_true(strncmp(name, "transfer/", 9) == 0);
		if (strstr(name, "/mix:"))
			assert_true(ends_with(name, SITE_EVIL));
		++*count;
	}
	json_decref(root);
}

static void figures_of_runs_are_data(void **state)
{
	struct site_shape shape = SITE_SHAPE;
	unsigned count = 0;

	(void)state;
	shape.evil = true;
	shape.nights = 2;
	shape.cases = 3;
	fill(&shape);
	must_build();
	visit("runs/", run_figures, &count);
	assert_int_equal(count, 6);
}

/* ---- what a page says -------------------------------------------------------------------------------- */

static void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("'%s' expected in\n%.4000s", part, text);
}

static void the_front_tells_the_night(void **state)
{
	struct site_shape shape = SITE_SHAPE;

	(void)state;
	fill(&shape);
	must_build();
	char *text = file_text("site/index.html");

	assert_has(text, "<h1>1 regression is open</h1>");
	assert_has(text, "Exit 1: a regression that nobody has acknowledged is open, or data was "
			 "wrong.");
	assert_has(text, "<span class=\"badge\">usable</span>");
	/* What the cases have alike is said once. */
	assert_has(text, ">transfer \xc2\xb7 packet \xc2\xb7 to device \xc2\xb7 64 B</a>");
	assert_has(text, "All of <b>transfer</b>");
	assert_has(text, "completion:poll");
	assert_has(text, "+12.0 % [+11.0, +13.0]");
	assert_has(text, "the copy loop was unrolled, wanted");
	assert_true(strstr(text, "Regression in") < strstr(text, "Improvement in"));
	free(text);
	text = file_text("site/changes.html");
	assert_has(text, ">fixed</span>");
	assert_has(text, ">noise</span>");
	free(text);
}

static void a_night_that_cannot_be_trusted_says_so(void **state)
{
	struct site_shape shape = SITE_SHAPE;

	(void)state;
	shape.nights = 8; /* the last is the one */
	shape.cases = 1;
	shape.repetitions = 0;
	fill(&shape);
	must_build();
	char *text = file_text("site/index.html");

	assert_has(text, "not usable");
	assert_has(text, "41 of 420 repetitions tainted");
	assert_has(text, "<b>1</b> of them count");
	free(text);
	/* Nights without runs have intervals for bands, and no one to choose. */
	text = file_text("site/compare.html");
	assert_null(strstr(text, "<option value=\"2026"));
	free(text);
}

static void a_night_that_is_being_measured_says_so(void **state)
{
	struct site_shape shape = SITE_SHAPE;
	struct store_night night = {.suite = "nightly", .commit_id = "abc"};
	struct err err = ERR_INIT;
	struct store *store;
	char db[128];

	(void)state;
	shape.nights = 2;
	shape.cases = 1;
	fill(&shape);
	snprintf(db, sizeof(db), "%s/a.db", folder);
	site_must(store_open(&store, db, &err), &err);
	site_must(store_night_begin(store, &night, &err), &err);
	store_close(store);
	must_build();
	char *text = file_text("site/index.html");

	assert_has(text, "<h1>Still measuring</h1>");
	/* It has no exit code yet, and no series. */
	assert_null(strstr(text, "<p>Exit "));
	assert_has(text, "<b>0</b> series measured");
	assert_has(text, ">last 2026-");
	free(text);
}

/* ---- what comes and goes ----------------------------------------------------------------------------- */

static void what_is_gone_is_taken_away_and_nothing_else(void **state)
{
	static const struct {
		const char *name;
		bool stays;
	} rows[] = {
		{"site/series/0123456789abcdef.html", false},
		{"site/runs/20200101-000000-00aa.html", false},
		{"site/runs/20200101-000000-00aa.js", false},
		{"site/series/.0123456789abcdef.html.2147483646", false},
		{"site/series/notes.html", true},
		{"site/series/0123456789ABCDEF.html", true},
		{"site/runs/20200101-000000-00aa.txt", true},
		{"site/runs/20200101-000000-00a.html", true},
		{"site/0123456789abcdef.html", true},
	};
	struct site_shape shape = SITE_SHAPE;
	char path[256];

	(void)state;
	shape.nights = 1;
	shape.cases = 1;
	fill(&shape);
	assert_int_equal(must_build().removed, 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		write_file(rows[i].name, "mine", 0644);
	assert_int_equal(must_build().removed, 4);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, rows[i].name);
		if ((access(path, F_OK) == 0) != rows[i].stays)
			fail_msg("%s %s", rows[i].name, rows[i].stays ? "is gone" : "is there");
	}
}

static void count_files(const char *path, const char *text, void *arg)
{
	(void)path;
	(void)text;
	++*(unsigned *)arg;
}

static void a_second_build_is_the_first(void **state)
{
	struct site_shape shape = SITE_SHAPE;
	unsigned first = 0, second = 0;

	(void)state;
	shape.nights = 3;
	shape.cases = 2;
	fill(&shape);
	must_build();
	char *before = file_text("site/index.html");

	visit("", count_files, &first);
	must_build();
	char *after = file_text("site/index.html");

	visit("", count_files, &second);
	assert_string_equal(before, after);
	assert_int_equal(first, second);
	assert_int_equal(first, 4 + 4 + 2 * SITE_METRICS + 2 * 3);
	free(before);
	free(after);
}

/* ---- refusals and failures --------------------------------------------------------------------------- */

static void an_empty_record_is_refused(void **state)
{
	struct err err = ERR_INIT;
	struct store *store;
	char db[128];

	(void)state;
	snprintf(db, sizeof(db), "%s/a.db", folder);
	site_must(store_open(&store, db, &err), &err);
	store_close(store);
	assert_int_equal(build(NULL, &err), -ENOENT);
	assert_int_equal(err.kind, ERR_USAGE);
	assert_has(err.message, "dmabench nightly");
}

static void without_gnuplot_nothing_is_made(void **state)
{
	struct site_shape shape = SITE_SHAPE;
	struct err err = ERR_INIT;
	char *path = strdup(getenv("PATH")), site[128];

	(void)state;
	shape.nights = shape.cases = 1;
	fill(&shape);
	setenv("PATH", "/nowhere", 1);
	const int rc = build(NULL, &err);

	setenv("PATH", path, 1);
	free(path);
	assert_int_equal(rc, -ENOENT);
	assert_int_equal(err.kind, ERR_MISSING);
	assert_has(err.message, "gnuplot-nox");
	snprintf(site, sizeof(site), "%s/site", folder);
	assert_int_not_equal(access(site, F_OK), 0);
}

static void a_folder_that_cannot_be_is_named(void **state)
{
	struct site_shape shape = SITE_SHAPE;
	struct err err = ERR_INIT;

	(void)state;
	shape.nights = shape.cases = 1;
	fill(&shape);
	write_file("site", "a file", 0644);
	assert_true(build(NULL, &err) < 0);
	assert_int_equal(err.kind, ERR_MISSING);
	assert_has(err.message, "/site");
}

/* Else a database could have files written anywhere. */
static void an_id_that_is_none_names_no_file(void **state)
{
	struct site_shape shape = SITE_SHAPE;
	struct err err = ERR_INIT;
	char command[200], evil[128];

	(void)state;
	shape.nights = shape.cases = 1;
	fill(&shape);
	snprintf(command, sizeof(command), "sqlite3 '%s/a.db' \"UPDATE run SET id = '../../evil'\"",
		folder);
	assert_int_equal(system(command), 0);
	assert_int_equal(build(NULL, &err), -EBADMSG);
	assert_int_equal(err.kind, ERR_USAGE);
	assert_has(err.message, "../../evil");
	snprintf(evil, sizeof(evil), "%s/evil.js", folder);
	assert_int_not_equal(access(evil, F_OK), 0);
}

/* Names that begin with a dot are those of files that were being written. */
static unsigned hidden_files(const char *below)
{
	char path[256];
	const struct dirent *entry;
	unsigned count = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/%s", folder, below);
	dir = opendir(path);
	while (dir && (entry = readdir(dir)) != NULL)
		count += entry->d_name[0] == '.' && strcmp(entry->d_name, ".") != 0 &&
		         strcmp(entry->d_name, "..") != 0;
	if (dir)
		closedir(dir);
	return count;
}

/* Draws nothing, and fast: what can fail on the way is ours. */
static const char fake_gnuplot[] =
	"#!/bin/sh\n"
	"for dat in *.dat; do echo '<svg></svg>' >\"${dat%.dat}.svg\"; done\n";

static void whatever_fails_the_old_site_stays_whole(void **state)
{
	struct site_shape shape = SITE_SHAPE;
	unsigned nth = 0;
	char site[128], search[4096], *path = strdup(getenv("PATH"));

	(void)state;
	snprintf(site, sizeof(site), "%s/site", folder);
	shape.nights = 1;
	shape.cases = 1;
	fill(&shape);
	write_file("gnuplot", fake_gnuplot, 0755);
	snprintf(search, sizeof(search), "%s:%s", folder, path);
	setenv("PATH", search, 1);
	must_build();
	char *before = file_text("site/index.html");

	setenv("TMPDIR", folder, 1);
	for (bool failed = true; failed;) {
		struct err err = ERR_INIT;

		struct store *store = open_record();

		fault_arm(++nth, false);
		const int rc = site_build(store, site, NULL, &err);

		const char *fired = fault_fired();

		failed = fired != NULL;
		/* A statistic without memory is a figure that is missing, not an error. */
		const bool missing = failed && strncmp(fired, "stats_", 6) == 0;

		if (failed && !missing && rc == 0)
			fail_msg("%s failed and nobody noticed", fired);
		fault_arm(0, false);
		store_close(store);
		if (rc < 0)
			assert_true(err.kind != ERR_NONE && err.message[0]);
		char *after = file_text("site/index.html");

		if (failed && !missing && strcmp(before, after) != 0)
			fail_msg("failure %u, %s: the front page is another one (%d)", nth,
				fired ? fired : "none", rc);
		free(before);
		before = after;
		assert_int_equal(hidden_files("site") + hidden_files("site/series") +
					 hidden_files("site/runs"),
			0);
		/* The database and the site; no folder to draw in. */
		char command[160];

		snprintf(command, sizeof(command), "ls -d '%s'/dmabench-site-* >/dev/null 2>&1",
			folder);
		assert_int_not_equal(system(command), 0);
	}
	unsetenv("TMPDIR");
	setenv("PATH", path, 1);
	free(path);
	free(before);
	print_message("%u places failed\n", nth - 1);
	assert_true(nth > 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PAGE_TEST(every_link_leads_to_something),
		PAGE_TEST(texts_are_escaped_everywhere),
		PAGE_TEST(figures_of_runs_are_data),
		PAGE_TEST(the_front_tells_the_night),
		PAGE_TEST(a_night_that_cannot_be_trusted_says_so),
		PAGE_TEST(a_night_that_is_being_measured_says_so),
		PAGE_TEST(what_is_gone_is_taken_away_and_nothing_else),
		PAGE_TEST(a_second_build_is_the_first),
		PAGE_TEST(an_empty_record_is_refused),
		PAGE_TEST(without_gnuplot_nothing_is_made),
		PAGE_TEST(a_folder_that_cannot_be_is_named),
		PAGE_TEST(an_id_that_is_none_names_no_file),
		PAGE_TEST(whatever_fails_the_old_site_stays_whole),
	};

	return cmocka_run_group_tests_name("site", tests, NULL, NULL);
}
