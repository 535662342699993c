// SPDX-License-Identifier: BSD-2-Clause
/*
 * keep_test.c: two records into one keep every row of both apart and lose none, in either order, again, and when a step
 * fails; what is not sound is found; old runs go with all that is theirs; what is written out is what is in the record.
 */
#include "harness/store/keep.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "drivers/support/fault.h"
#include "harness/store/history.h"
#include "harness/store/tables.h"
#include "harness/store/testing.h"

#define DAY_NS UINT64_C(86400000000000)

struct two {
	struct testing_place place;
	char a[128], b[128];
};

static struct two two_make(void)
{
	struct two two = {.place = testing_place_make()};

	snprintf(two.a, sizeof(two.a), "%s/a.db", two.place.folder);
	snprintf(two.b, sizeof(two.b), "%s/b.db", two.place.folder);
	return two;
}

static struct store *opened(const char *path)
{
	struct err err = ERR_INIT;
	struct store *store;

	if (store_open(&store, path, &err) < 0)
		fail_msg("%s", err.message);
	return store;
}

/* A night of that run, a point of @host's series in it, and a change there. */
static void night_add(struct store *store, const char *run_id, const char *host)
{
	struct store_night night = {.suite = "nightly", .commit_id = "c0ffee", .budget_s = 60};
	struct store_series series = {
		.name = "a case", .family = "ring", .metric = "real_time_ns", .device = "soft"};
	struct store_point point = {
		.value = 7, .low = 6, .high = 8, .repetitions = 9, .usable = true};
	struct store_cause cause = {.family = "ring", .commit_after = "c0ffee", .note = "why"};
	struct store_change change = {.why = "found", .before = 1, .after = 2, .p = 0.001};

	snprintf(series.host, sizeof(series.host), "%s", host);
	assert_int_equal(store_night_begin(store, &night, NULL), 0);
	assert_int_equal(store_night_run(store, night.night_id, run_id, STORE_PART_SUITE, NULL), 0);
	assert_int_equal(store_series_find(store, &series, NULL), 0);
	point.series_id = change.series_id = series.series_id;
	point.night_id = cause.night_id = change.night_id = change.found_night_id = night.night_id;
	assert_int_equal(store_point(store, &point, NULL), 0);
	assert_int_equal(store_cause_write(store, &cause, NULL), 0);
	change.cause_id = cause.cause_id;
	assert_int_equal(store_change_write(store, &change, NULL), 0);
	assert_int_equal(store_night_end(store, night.night_id, STORE_DONE, 0, NULL), 0);
}

/* A run of host @host with @cells cases, one of everything that belongs to a run. Not ended: @ended false. */
static void run_add(const char *path, const char *host, uint32_t cells, bool ended)
{
	static struct hist latency;
	struct store_window window[3];
	struct store_sample sample[2];
	struct store_finding finding = {.cell = "a case", .text = "one bit"};
	struct store_probe probe = {.offered_per_second = 5, .achieved_per_second = 5};
	struct store_rate rate = {
		.cell = "a case", .sentence = "met", .probe = &probe, .probe_count = 1};
	struct store *store = opened(path);
	struct store_cell cell;
	char id[STORE_ID_MAX];

	assert_int_equal(store_run_begin(store, host, true, id, NULL), 0);
	assert_int_equal(store_fact(store, "host.name", host, NULL), 0);
	testing_windows_fill(window, 3);
	for (uint32_t i = 0; i < cells; i++) {
		testing_sample_fill(&sample[0], 0, i + 1.0, &latency);
		testing_sample_fill(&sample[1], 1, i + 2.0, &latency);
		sample[1].window = window;
		sample[1].window_count = 3;
		testing_cell_fill(&cell, sample, 2, UINT64_C(64) << i);
		assert_int_equal(store_cell(store, &cell, NULL), 0);
	}
	assert_int_equal(store_finding(store, &finding, NULL), 0);
	assert_int_equal(store_rate(store, &rate, NULL), 0);
	if (ended)
		assert_int_equal(store_run_end(store, STORE_DONE, 0, NULL), 0);
	night_add(store, id, host);
	store_close(store);
}

static int64_t counted(const char *path, const char *sql)
{
	struct store *store = opened(path);
	int64_t value;

	assert_int_equal(db_number(store, sql, &value, NULL), 0);
	store_close(store);
	return value;
}

/* All that belongs to the runs of @host, without numbers: the same text wherever it lies. Freed by the caller. */
static char *told(const char *path, const char *host)
{
	static const char *const questions[] = {
		"SELECT r.id || quote(r.title) || r.started_wall_ns || r.state || f.key || "
		"quote(f.value) "
		"FROM run r LEFT JOIN fact f USING (run_id) WHERE r.title = ?1 ORDER BY 1",
		"SELECT r.id || c.name || s.repetition || s.iterations || quote(s.latency) || "
		"quote(s.real_time_ns) || quote(w.position) || quote(w.live_bytes) FROM run r JOIN "
		"cell c "
		"USING (run_id) JOIN sample s USING (cell_id) LEFT JOIN age_window w USING "
		"(sample_id) "
		"WHERE r.title = ?1 ORDER BY 1",
		"SELECT r.id || f.cell || f.text || x.sentence || p.position || "
		"p.offered_per_second FROM "
		"run r JOIN finding f USING (run_id) JOIN rate_search x USING (run_id) JOIN "
		"rate_probe p "
		"USING (search_id) WHERE r.title = ?1 ORDER BY 1",
		"SELECT n.id || r.id || s.name || s.host || p.value || c.note || x.why || x.after "
		"FROM series s "
		"JOIN point p USING (series_id) JOIN night n USING (night_id) JOIN night_run USING "
		"(night_id) "
		"JOIN run r USING (run_id) JOIN change x ON x.series_id = s.series_id AND "
		"x.night_id = "
		"n.night_id JOIN cause c USING (cause_id) WHERE s.host = ?1 ORDER BY 1",
	};
	struct store *store = opened(path);
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++) {
		sqlite3_stmt *row;

		assert_int_equal(
			sqlite3_prepare_v2(store->db, questions[i], -1, &row, NULL), SQLITE_OK);
		sqlite3_bind_text(row, 1, host, -1, SQLITE_STATIC);
		while (sqlite3_step(row) == SQLITE_ROW)
			fprintf(out, "%s\n", (const char *)sqlite3_column_text(row, 0));
		sqlite3_finalize(row);
	}
	fclose(out);
	store_close(store);
	return text;
}

static void assert_told(const char *path, const char *host, const char *text)
{
	char *found = told(path, host);

	assert_string_equal(found, text);
	free(found);
}

static void nothing_said(void *arg, const char *text)
{
	(void)arg;
	fail_msg("%s", text);
}

static void assert_sound(const char *path, uint64_t runs)
{
	struct store_checked checked;
	struct err err = ERR_INIT;

	if (store_check(path, nothing_said, NULL, &checked, &err) < 0)
		fail_msg("%s", err.message);
	assert_int_equal(checked.runs, runs);
	assert_int_equal(checked.faults, 0);
}

/* ---- merge --------------------------------------------------------------------------------------------- */

/* Every table of a schema holds rows in what these tests merge, so that none is left out unseen. */
static void every_table_is_known(void **state)
{
	static const char *const filled[] = {"run", "fact", "cell", "sample", "age_window",
		"finding", "rate_search", "rate_probe", "night", "night_run", "series", "point",
		"cause", "change"};
	struct two two = two_make();
	struct table *table;
	struct store *store;
	int count;

	(void)state;
	run_add(two.a, "one", 1, true);
	store = opened(two.a);
	count = tables_read(store, &table, NULL);
	assert_int_equal(count, sizeof(filled) / sizeof(filled[0]) + 1); /* and crossover */
	for (int i = 0; i < count; i++) {
		assert_true(table[i].columns > 0);
		assert_true(table[i].key[0] || table[i].unique);
		for (unsigned c = 0; c < table[i].columns; c++)
			for (int other = i + 1; other < count; other++)
				assert_string_not_equal(
					table[i].column[c].refers, table[other].name);
	}
	free(table);
	store_close(store);
	testing_place_drop(&two.place);
}

static void both_are_there_whole_and_apart(void **state)
{
	struct two two = two_make();
	struct store_merged merged;
	char *one, *other;

	(void)state;
	run_add(two.a, "one", 3, true);
	run_add(two.a, "one", 1, true);
	run_add(two.b, "other", 2, true);
	run_add(two.b, "other", 2, false);
	one = told(two.a, "one");
	other = told(two.b, "other");
	assert_true(strlen(one) > 1000 && strlen(other) > 1000);

	assert_int_equal(store_merge(two.a, two.b, &merged, NULL), 0);
	assert_int_equal(merged.runs, 2);
	assert_int_equal(merged.had, 0);
	assert_told(two.a, "one", one);
	assert_told(two.a, "other", other);
	assert_sound(two.a, 4);
	/* The other one is as it was; back again it gets what it lacks, once. */
	assert_sound(two.b, 2);
	assert_int_equal(store_merge(two.b, two.a, &merged, NULL), 0);
	assert_int_equal(merged.runs, 2);
	assert_int_equal(merged.had, 2);
	assert_told(two.b, "one", one);
	assert_told(two.b, "other", other);
	assert_int_equal(store_merge(two.b, two.a, &merged, NULL), 0);
	assert_int_equal(merged.runs, 0);
	assert_int_equal(merged.rows, 0);
	assert_int_equal(merged.had, 4);
	assert_sound(two.b, 4);
	free(one);
	free(other);
	testing_place_drop(&two.place);
}

static void into_a_new_file(void **state)
{
	struct two two = two_make();
	struct store_merged merged;
	char *one;

	(void)state;
	run_add(two.a, "one", 2, true);
	one = told(two.a, "one");
	assert_int_equal(store_merge(two.b, two.a, &merged, NULL), 0);
	assert_told(two.b, "one", one);
	free(one);
	testing_place_drop(&two.place);
}

static void sql(const char *path, const char *text)
{
	struct store *store = opened(path);
	struct err err = ERR_INIT;

	if (db_exec(store, text, "setting up", &err))
		fail_msg("%s", err.message);
	store_close(store);
}

/* Two hosts drew the same id. */
static void another_run_of_the_same_id_gets_another(void **state)
{
	struct two two = two_make();
	struct store_merged merged;

	(void)state;
	run_add(two.a, "one", 1, true);
	run_add(two.b, "other", 2, true);
	sql(two.a, "UPDATE run SET id = 'same', started_wall_ns = 1");
	sql(two.b, "UPDATE run SET id = 'same', started_wall_ns = 2");
	assert_int_equal(store_merge(two.a, two.b, &merged, NULL), 0);
	assert_int_equal(merged.runs, 1);
	assert_int_equal(merged.renamed, 1);
	assert_int_equal(counted(two.a, "SELECT count(*) FROM run WHERE id LIKE 'same-____' AND "
					"title = 'other'"),
		1);
	assert_int_equal(counted(two.a, "SELECT count(*) FROM cell"), 3);
	assert_sound(two.a, 2);
	testing_place_drop(&two.place);
}

/* A copy was taken while it ran; it ended on the original, with a case more. */
static void a_run_that_ended_there_ends_here(void **state)
{
	struct two two = two_make();
	struct store_merged merged;
	char command[320], *whole;

	(void)state;
	run_add(two.a, "one", 2, true);
	whole = told(two.a, "one");
	snprintf(command, sizeof(command), "cp '%s' '%s'", two.a, two.b);
	assert_int_equal(system(command), 0);
	sql(two.b, "UPDATE run SET state = 'running', ended_wall_ns = NULL, exit_code = NULL; "
		   "DELETE FROM cell WHERE cell_id = 2");
	assert_int_equal(store_merge(two.b, two.a, &merged, NULL), 0);
	assert_int_equal(merged.runs, 0);
	assert_told(two.b, "one", whole);
	/* The other way nothing is lost. */
	sql(two.b, "UPDATE run SET state = 'running', ended_wall_ns = NULL, exit_code = NULL");
	assert_int_equal(store_merge(two.a, two.b, &merged, NULL), 0);
	assert_told(two.a, "one", whole);
	free(whole);
	testing_place_drop(&two.place);
}

static void all_of_it_or_nothing(void **state)
{
	struct two two = two_make();
	struct store_merged merged;
	unsigned fired = 0;
	char *one;

	(void)state;
	run_add(two.a, "one", 1, true);
	run_add(two.b, "other", 1, true);
	one = told(two.a, "one");
	for (unsigned nth = 1;; nth++, fired++) {
		struct err err = ERR_INIT;
		int rc;

		fault_arm(nth, false);
		rc = store_merge(two.a, two.b, &merged, &err);
		if (!fault_fired()) {
			fault_arm(0, false);
			assert_int_equal(rc, 0);
			break;
		}
		fault_arm(0, false);
		assert_true(rc < 0 && err.kind != ERR_NONE);
		assert_int_equal(counted(two.a, "SELECT count(*) FROM run"), 1);
		assert_told(two.a, "one", one);
	}
	assert_true(fired > 30);
	assert_sound(two.a, 2);
	free(one);
	testing_place_drop(&two.place);
}

static void what_cannot_be_merged_is_refused(void **state)
{
	struct two two = two_make();
	struct store_merged merged;
	struct err err = ERR_INIT;
	char dotted[160];

	(void)state;
	run_add(two.a, "one", 1, true);
	snprintf(dotted, sizeof(dotted), "%s/./a.db", two.place.folder);
	assert_int_equal(store_merge(two.a, dotted, &merged, &err), -EINVAL);
	assert_non_null(strstr(err.message, "the same file"));
	err = (struct err)ERR_INIT;
	assert_int_equal(store_merge(two.a, two.b, &merged, &err), -ENOENT);
	assert_non_null(strstr(err.message, "no such database"));
	testing_place_drop(&two.place);
}

/* ---- check --------------------------------------------------------------------------------------------- */

static void said_keep(void *arg, const char *text)
{
	char *said = arg;

	snprintf(said, 512, "%s", text);
}

static void assert_found(const char *path, const char *part)
{
	struct store_checked checked;
	struct err err = ERR_INIT;
	char said[512] = "";

	assert_int_equal(store_check(path, said_keep, said, &checked, &err), 0);
	assert_int_equal(checked.faults, 1);
	if (!strstr(said, part))
		fail_msg("'%s' expected in: %s", part, said);
}

static void what_is_not_sound_is_found(void **state)
{
	static const struct {
		const char *harm, *says;
	} cases[] = {
		{"UPDATE sample SET latency = x'00FF' WHERE repetition = 1", "histogram"},
		{"PRAGMA foreign_keys = OFF; DELETE FROM cell WHERE cell_id = 1; INSERT INTO cell "
		 "(run_id, name) VALUES (99, 'nobody''s')",
			"belongs to a row of run"},
		{"DELETE FROM sample WHERE cell_id = 1", "has no repetition"},
		{"DELETE FROM cell", "it is done, and has no case"},
		{"UPDATE sample SET cpu_time_ns = -9e999 WHERE sample_id = 1",
			"table sample: row 1: cpu_time_ns is infinite"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct two two = two_make();

		run_add(two.a, "one", 1, true);
		assert_sound(two.a, 1);
		sql(two.a, cases[i].harm);
		if (i == 1)
			sql(two.a, "PRAGMA foreign_keys = OFF; DELETE FROM sample; DELETE FROM "
				   "age_window; "
				   "INSERT INTO sample (cell_id, repetition, block, iterations, "
				   "failed) "
				   "SELECT cell_id, 0, 0, 1, 0 FROM cell; UPDATE run SET state = "
				   "'failed'");
		assert_found(two.a, cases[i].says);
		testing_place_drop(&two.place);
	}
}

/* It would end in a plot as "inf". */
static void what_is_infinite_reads_as_missing(void **state)
{
	struct two two = two_make();
	struct store_run *run;
	struct store *store;

	(void)state;
	run_add(two.a, "one", 1, true);
	sql(two.a, "UPDATE sample SET cpu_time_ns = 9e999, real_time_ns = 7");
	store = opened(two.a);
	assert_int_equal(store_read(store, "latest", &run, NULL), 0);
	assert_true(isnan(run->cell[0].sample[0].cpu_time_ns));
	assert_true(run->cell[0].sample[0].real_time_ns == 7);
	store_run_free(run);
	store_close(store);
	testing_place_drop(&two.place);
}

static void a_run_that_has_not_ended_is_counted(void **state)
{
	struct two two = two_make();
	struct store_checked checked;

	(void)state;
	run_add(two.a, "one", 2, true);
	run_add(two.a, "two", 1, false);
	assert_int_equal(store_check(two.a, nothing_said, NULL, &checked, NULL), 0);
	assert_int_equal(checked.runs, 2);
	assert_int_equal(checked.unfinished, 1);
	assert_int_equal(checked.cells, 3);
	assert_int_equal(checked.samples, 6);
	testing_place_drop(&two.place);
}

/* ---- vacuum -------------------------------------------------------------------------------------------- */

static void old_runs_go_with_all_that_is_theirs(void **state)
{
	struct two two = two_make();
	struct store_vacuumed vacuumed;
	char *young;

	(void)state;
	for (int i = 0; i < 6; i++)
		run_add(two.a, "old", 4, true);
	sql(two.a, "UPDATE run SET started_wall_ns = run_id");
	run_add(two.a, "young", 1, true);
	young = told(two.a, "young");
	assert_int_equal(store_vacuum(two.a, DAY_NS, true, &vacuumed, NULL), 0);
	assert_int_equal(vacuumed.runs, 6);
	assert_int_equal(counted(two.a, "SELECT count(*) FROM run"), 7);
	assert_int_equal(store_vacuum(two.a, DAY_NS, false, &vacuumed, NULL), 0);
	assert_int_equal(vacuumed.runs, 6);
	assert_true(vacuumed.after_bytes < vacuumed.before_bytes);
	assert_told(two.a, "young", young);
	assert_sound(two.a, 1);
	assert_int_equal(counted(two.a, "SELECT count(*) FROM sample"), 2);
	assert_int_equal(counted(two.a, "SELECT count(*) FROM rate_probe"), 1);
	/* Without a limit nothing goes. */
	assert_int_equal(store_vacuum(two.a, 0, false, &vacuumed, NULL), 0);
	assert_int_equal(vacuumed.runs, 0);
	assert_told(two.a, "young", young);
	free(young);
	testing_place_drop(&two.place);
}

/* ---- export -------------------------------------------------------------------------------------------- */

/* The sqlite3 program reads the schema and the files back; then every value but bytes is the same. */
static void what_is_written_out_can_be_read_back(void **state)
{
	struct two two = two_make();
	struct err err = ERR_INIT;
	char folder[160], command[1200];

	(void)state;
	run_add(two.a, "a \"host\", with\nlines", 3, true);
	snprintf(folder, sizeof(folder), "%s/out", two.place.folder);
	assert_int_equal(store_export(two.a, folder, &err), 15);
	snprintf(command, sizeof(command),
		"cd '%s' && sqlite3 new.db <out/schema.sql && for t in run fact cell sample; do "
		"sqlite3 back.db "
		"\".import --csv out/$t.csv $t\"; done; sqlite3 a.db \"ATTACH 'back.db' AS b; "
		"SELECT count(*) FROM run a JOIN b.run c ON c.id = a.id AND c.title = a.title AND "
		"c.started_wall_ns = cast(a.started_wall_ns AS TEXT); "
		"SELECT count(*) FROM fact a JOIN b.fact USING (key, value); "
		"SELECT count(*) FROM cell a JOIN b.cell c ON c.name = a.name AND "
		"cast(c.ceiling_bytes_per_second AS REAL) = a.ceiling_bytes_per_second; "
		"SELECT count(*) FROM sample a JOIN b.sample c ON cast(c.sample_id AS INTEGER) = "
		"a.sample_id "
		"AND cast(c.real_time_ns AS REAL) = a.real_time_ns AND c.error = '' AND "
		"c.latency = quote(a.latency) \" >said",
		two.place.folder);
	assert_int_equal(system(command), 0);
	snprintf(command, sizeof(command), "test \"$(tr '\\n' ' ' <%s/said)\" = '1 1 3 6 '",
		two.place.folder);
	assert_int_equal(system(command), 0);
	/* Into a folder that holds something: not. */
	assert_int_equal(store_export(two.a, folder, &err), -ENOTEMPTY);
	assert_non_null(strstr(err.message, "holds other files"));
	testing_place_drop(&two.place);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_table_is_known),
		cmocka_unit_test(both_are_there_whole_and_apart),
		cmocka_unit_test(into_a_new_file),
		cmocka_unit_test(another_run_of_the_same_id_gets_another),
		cmocka_unit_test(a_run_that_ended_there_ends_here),
		cmocka_unit_test(all_of_it_or_nothing),
		cmocka_unit_test(what_cannot_be_merged_is_refused),
		cmocka_unit_test(what_is_not_sound_is_found),
		cmocka_unit_test(what_is_infinite_reads_as_missing),
		cmocka_unit_test(a_run_that_has_not_ended_is_counted),
		cmocka_unit_test(old_runs_go_with_all_that_is_theirs),
		cmocka_unit_test(what_is_written_out_can_be_read_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
