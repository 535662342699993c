// SPDX-License-Identifier: BSD-2-Clause
/*
 * store_fault_test.c: files and folders that are not as hoped, crashes, damage, and every step
 * failing once. A message must name the file and a remedy.
 */
#include "harness/store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <cmocka.h>

#include "drivers/support/fault.h"
#include "harness/store/db.h"
#include "harness/store/testing.h"

static void write_bytes(const char *path, const char *text, size_t size)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

static void assert_message(
	const struct err *err, enum err_kind kind, const char *part, const char *path)
{
	assert_int_equal(err->kind, kind);
	if (!strstr(err->message, part) || !strstr(err->message, path))
		fail_msg("message lacks \"%s\" or \"%s\": %s", part, path, err->message);
}

static void make_one_run(const struct testing_place *place)
{
	static struct hist latency;
	struct store_sample sample;
	struct store_cell cell;
	struct store *store;
	char id[STORE_ID_MAX];

	testing_sample_fill(&sample, 0, 1, &latency);
	testing_cell_fill(&cell, &sample, 1, 64);
	assert_int_equal(store_open(&store, place->db, NULL), 0);
	assert_int_equal(store_run_begin(store, "t", false, id, NULL), 0);
	assert_int_equal(store_cell(store, &cell, NULL), 0);
	assert_int_equal(store_run_end(store, STORE_DONE, 0, NULL), 0);
	store_close(store);
}

static void folders_are_made_one_deep(void **state)
{
	(void)state;
	struct testing_place place = testing_place_make();
	struct err err = ERR_INIT;
	struct store *store;
	char path[128];

	snprintf(path, sizeof(path), "%s/results/x.db", place.folder);
	assert_int_equal(store_open(&store, path, &err), 0);
	store_close(store);
	snprintf(path, sizeof(path), "%s/no/such/x.db", place.folder);
	assert_int_equal(store_open(&store, path, &err), -ENOENT);
	assert_null(store);
	assert_message(&err, ERR_MISSING, "folder cannot be made", "/no/such");
	testing_place_drop(&place);
}

/* Words of SQLite's URIs. */
static void a_file_may_be_called_as_you_like(void **state)
{
	static const char *const names[] = {"file:x.db", "file:x.db?mode=memory", "file:%41.db"};
	char cwd[PATH_MAX];
	struct err err = ERR_INIT;
	struct store *store;
	struct stat is;

	struct testing_place place = testing_place_make();

	(void)state;
	assert_non_null(getcwd(cwd, sizeof(cwd)));
	assert_int_equal(chdir(place.folder), 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_int_equal(store_open(&store, names[i], &err), 0);
		store_close(store);
		assert_int_equal(stat(names[i], &is), 0);
		assert_int_equal(store_open_readonly(&store, names[i], &err), 0);
		store_close(store);
		assert_int_equal(unlink(names[i]), 0);
	}
	assert_int_equal(chdir(cwd), 0);
	testing_place_drop(&place);
}

static void a_folder_or_a_file_in_the_way(void **state)
{
	(void)state;
	struct testing_place place = testing_place_make();
	struct err err = ERR_INIT;
	struct store *store;
	char path[128];

	assert_int_equal(store_open(&store, place.folder, &err), -EISDIR);
	assert_message(&err, ERR_USAGE, "is a folder", place.folder);
	write_bytes(place.db, "x", 1);
	snprintf(path, sizeof(path), "%s/x.db", place.db);
	err = (struct err)ERR_INIT;
	assert_int_equal(store_open(&store, path, &err), -ENOTDIR);
	assert_message(&err, ERR_USAGE, "not a folder", place.db);
	testing_place_drop(&place);
}

/* Child of a test that needs a user for whom permissions count. */
static int open_as_nobody(const struct testing_place *place, bool readonly)
{
	struct err err = ERR_INIT;
	struct store *store;

	if (geteuid() == 0 && (setgid(65534) || setuid(65534)))
		return 100;
	int rc = readonly ? store_open_readonly(&store, place->db, &err)
	                  : store_open(&store, place->db, &err);

	if (rc == 0) {
		struct store_run *run;

		rc = store_read(store, "latest", &run, &err);
		if (rc == 0 && run->cell_count == 1 && run->cell[0].sample[0].latency)
			rc = 42;
		store_run_free(run);
		store_close(store);
		return rc;
	}
	if (err.kind != ERR_MISSING || !strstr(err.message, place->folder) ||
		!strstr(err.message, "permission"))
		return 101;
	return rc == -EACCES ? 43 : 102;
}

static int in_child(const struct testing_place *place, bool readonly)
{
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0)
		_exit(open_as_nobody(place, readonly));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void a_folder_that_cannot_be_written(void **state)
{
	(void)state;
	struct testing_place place = testing_place_make();

	assert_int_equal(chmod(place.folder, 0555), 0);
	assert_int_equal(in_child(&place, false), 43);
	assert_int_equal(chmod(place.folder, 0755), 0);
	make_one_run(&place);
	assert_int_equal(chmod(place.db, 0444), 0);
	assert_int_equal(chmod(place.folder, 0555), 0);
	assert_int_equal(in_child(&place, false), 43);
	/* Reading works, though WAL would like to put files beside it. */
	assert_int_equal(in_child(&place, true), 42);
	assert_int_equal(chmod(place.folder, 0755), 0);
	testing_place_drop(&place);
}

static void files_of_others_are_left_alone(void **state)
{
	(void)state;
	char text[4096];
	struct testing_place place = testing_place_make();
	struct err err = ERR_INIT;
	struct store *store;
	struct stat before, after;
	sqlite3 *db;

	memset(text, 'a', sizeof(text));
	write_bytes(place.db, text, sizeof(text));
	assert_int_equal(store_open(&store, place.db, &err), -EINVAL);
	assert_message(&err, ERR_USAGE, "not a database", place.db);
	assert_int_equal(unlink(place.db), 0);

	assert_int_equal(sqlite3_open(place.db, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "CREATE TABLE t (a)", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	assert_int_equal(stat(place.db, &before), 0);
	err = (struct err)ERR_INIT;
	assert_int_equal(store_open(&store, place.db, &err), -EINVAL);
	assert_message(&err, ERR_USAGE, "another program", place.db);
	err = (struct err)ERR_INIT;
	assert_int_equal(store_open_readonly(&store, place.db, &err), -EINVAL);
	assert_int_equal(stat(place.db, &after), 0);
	assert_memory_equal(&before.st_mtim, &after.st_mtim, sizeof(before.st_mtim));
	assert_int_equal(before.st_size, after.st_size);
	testing_place_drop(&place);
}

static void newer_and_empty_files(void **state)
{
	(void)state;
	struct testing_place place = testing_place_make();
	struct err err = ERR_INIT;
	struct store *store;

	assert_int_equal(store_open_readonly(&store, place.db, &err), -ENOENT);
	assert_message(&err, ERR_USAGE, "no such database", place.db);
	write_bytes(place.db, "", 0);
	err = (struct err)ERR_INIT;
	assert_int_equal(store_open_readonly(&store, place.db, &err), -EPROTO);
	assert_message(&err, ERR_USAGE, "empty", place.db);
	assert_int_equal(store_open(&store, place.db, NULL), 0);
	assert_int_equal(db_exec(store, "PRAGMA user_version = 99", "test", NULL), 0);
	store_close(store);
	err = (struct err)ERR_INIT;
	assert_int_equal(store_open(&store, place.db, &err), -EPROTO);
	assert_message(&err, ERR_USAGE, "schema 99", place.db);
	testing_place_drop(&place);
}

static void a_locked_file_is_named(void **state)
{
	(void)state;
	struct testing_place place = testing_place_make();
	struct err err = ERR_INIT;
	struct store *store, *other;
	char id[STORE_ID_MAX];

	assert_int_equal(store_open(&store, place.db, NULL), 0);
	assert_int_equal(store_open(&other, place.db, NULL), 0);
	assert_int_equal(db_exec(other, "BEGIN IMMEDIATE", "test", NULL), 0);
	sqlite3_busy_timeout(store->db, 20);
	assert_int_equal(store_run_begin(store, "t", false, id, &err), -EBUSY);
	assert_message(&err, ERR_MISSING, "locked by another process", place.db);
	assert_string_equal(id, ""); /* there is no such run */
	assert_int_equal(db_exec(other, "COMMIT", "test", NULL), 0);
	assert_int_equal(store_run_begin(store, "t", false, id, NULL), 0);
	store_close(other);
	store_close(store);
	testing_place_drop(&place);
}

static void a_full_disk_is_named_and_loses_one_cell(void **state)
{
	(void)state;
	static struct hist latency;
	struct store_sample sample;
	struct store_cell cell;
	struct testing_place place = testing_place_make();
	struct err err = ERR_INIT;
	struct store_run *run;
	struct store *store;
	char id[STORE_ID_MAX];
	uint64_t written = 0;
	int rc = 0;

	assert_int_equal(store_open(&store, place.db, NULL), 0);
	assert_int_equal(db_exec(store, "PRAGMA max_page_count = 40", "test", NULL), 0);
	assert_int_equal(store_run_begin(store, "t", false, id, NULL), 0);
	testing_sample_fill(&sample, 0, 1, &latency);
	while (rc == 0 && written < 1000) {
		testing_cell_fill(&cell, &sample, 1, written + 1);
		rc = store_cell(store, &cell, &err);
		if (rc == 0)
			written++;
	}
	assert_int_equal(rc, -ENOSPC);
	assert_message(&err, ERR_MISSING, "no space left", place.db);
	assert_true(written > 0);
	assert_int_equal(store_read(store, id, &run, NULL), 0);
	assert_int_equal(run->cell_count, written);
	assert_int_equal(run->cell[written - 1].sample_count, 1);
	store_run_free(run);
	store_close(store);
	testing_place_drop(&place);
}

static void kill_9_loses_the_cell_in_flight_only(void **state)
{
	(void)state;
	static struct hist latency;
	struct store_sample sample;
	struct store_cell cell;
	struct testing_place place = testing_place_make();
	struct store_run *run;
	struct store *store;
	char id[STORE_ID_MAX], ready;
	int to_parent[2], status;
	int64_t good;

	assert_int_equal(pipe(to_parent), 0);
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		testing_sample_fill(&sample, 0, 1, &latency);
		if (store_open(&store, place.db, NULL) ||
			store_run_begin(store, "t", false, id, NULL))
			_exit(1);
		for (uint64_t i = 1;; i++) {
			testing_cell_fill(&cell, &sample, 1, i);
			if (store_cell(store, &cell, NULL) || write(to_parent[1], "c", 1) != 1)
				_exit(1);
		}
	}
	for (int i = 0; i < 10; i++)
		assert_int_equal(read(to_parent[0], &ready, 1), 1);
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));

	assert_int_equal(store_open(&store, place.db, NULL), 0);
	assert_int_equal(db_number(store,
				 "SELECT count(*) FROM pragma_integrity_check "
				 "WHERE integrity_check = 'ok'",
				 &good, NULL),
		0);
	assert_int_equal(good, 1);
	assert_int_equal(store_read(store, "latest", &run, NULL), 0);
	assert_int_equal(run->state, STORE_RUNNING);
	assert_true(run->cell_count >= 10);
	for (uint32_t i = 0; i < run->cell_count; i++)
		assert_int_equal(run->cell[i].sample_count, 1);
	store_run_free(run);
	store_close(store);
	close(to_parent[0]);
	close(to_parent[1]);
	testing_place_drop(&place);
}

static void check_no_run(const char *path)
{
	struct err err = ERR_INIT;
	struct store_run *run;
	struct store *store;

	assert_int_equal(store_open(&store, path, NULL), 0);
	assert_int_equal(store_read(store, "latest", &run, &err), -ENOENT);
	store_close(store);
}

/* A run whose facts are not all there could be neither resumed nor compared. */
static void a_run_begins_with_its_facts_or_not_at_all(void **state)
{
	(void)state;
	struct testing_place place = testing_place_make();
	struct err err = ERR_INIT;
	struct store *store;
	char id[STORE_ID_MAX];
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		if (store_open(&store, place.db, NULL) || store_together(store, NULL) ||
			store_run_begin(store, "t", false, id, NULL) ||
			store_fact(store, "a", "b", NULL))
			_exit(1);
		kill(getpid(), SIGKILL);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	check_no_run(place.db);

	assert_int_equal(store_open(&store, place.db, NULL), 0);
	assert_int_equal(store_together(store, NULL), 0);
	assert_int_equal(store_run_begin(store, "t", false, id, NULL), 0);
	assert_int_equal(store_together_end(store, -EIO, &err), -EIO);
	assert_int_equal(store_fact(store, "a", "b", NULL), -EINVAL);
	check_no_run(place.db);
	assert_int_equal(store_together(store, NULL), 0);
	assert_int_equal(store_run_begin(store, "t", false, id, NULL), 0);
	assert_int_equal(store_together_end(store, 0, NULL), 0);
	assert_int_equal(store_fact(store, "a", "b", NULL), 0);
	store_close(store);
	testing_place_drop(&place);
}

static void damage_is_an_error(void **state)
{
	(void)state;
	static const char *const damages[] = {
		"UPDATE sample SET latency = x'00'",
		"UPDATE sample SET latency = x''",
		"UPDATE sample SET latency = substr(latency, 1, length(latency) - 1)",
		"UPDATE sample SET latency = CAST(latency || x'01' AS BLOB)",
		"UPDATE sample SET latency = zeroblob(length(latency))",
		"PRAGMA ignore_check_constraints = ON; UPDATE run SET state = 'odd'",
		"INSERT INTO age_window (sample_id, position) SELECT sample_id, 1 FROM sample",
	};

	for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
		struct testing_place place = testing_place_make();
		struct err err = ERR_INIT;
		struct store_run *run;
		struct store *store;

		make_one_run(&place);
		assert_int_equal(store_open(&store, place.db, NULL), 0);
		assert_int_equal(db_exec(store, damages[i], "test", NULL), 0);
		assert_int_equal(store_read(store, "latest", &run, &err), -EBADMSG);
		assert_null(run);
		assert_message(&err, ERR_USAGE, "does not decode", place.db);
		store_close(store);
		testing_place_drop(&place);
	}
}

/* Overwrites pages at the end of the file; SQLite must tell, not crash. */
static void a_torn_file_is_an_error(void **state)
{
	(void)state;
	struct testing_place place = testing_place_make();
	struct err err = ERR_INIT;
	struct store_run *run = NULL;
	struct store *store = NULL;
	char junk[4096];

	memset(junk, 0x5a, sizeof(junk));
	make_one_run(&place);
	FILE *file = fopen(place.db, "r+");

	assert_non_null(file);
	assert_int_equal(fseek(file, 4096, SEEK_SET), 0);
	for (int i = 0; i < 12; i++)
		assert_int_equal(fwrite(junk, 1, sizeof(junk), file), sizeof(junk));
	assert_int_equal(fclose(file), 0);
	int rc = store_open(&store, place.db, &err);

	if (rc == 0)
		rc = store_read(store, "latest", &run, &err);
	assert_int_equal(rc, -EBADMSG);
	assert_message(&err, ERR_USAGE, "damaged", place.db);
	store_close(store);
	testing_place_drop(&place);
}

/* The whole way of a run. */
static int scenario(const char *path)
{
	static struct hist latency[2];
	const struct store_crossover crossover = {.dir = "to_device", .sentence = "x"};
	const struct store_finding finding = {.text = "x"};
	struct store_run *run = NULL;
	struct store_window window[2];
	struct store_sample sample[2];
	struct store_cell cell;
	struct store *store;
	char id[STORE_ID_MAX];
	struct err err = ERR_INIT;
	int rc = store_open(&store, path, &err);

	if (rc)
		return err.message[0] ? rc : 1;
	testing_sample_fill(&sample[0], 0, 1, &latency[0]);
	testing_sample_fill(&sample[1], 1, 2, &latency[1]);
	testing_windows_fill(window, 2);
	sample[1].window = window;
	sample[1].window_count = 2;
	testing_cell_fill(&cell, sample, 2, 64);
	rc = store_run_begin(store, "t", false, id, &err);
	if (rc == 0)
		rc = store_fact(store, "a", "b", &err);
	if (rc == 0)
		rc = store_cell(store, &cell, &err);
	if (rc == 0)
		rc = store_crossover(store, &crossover, &err);
	if (rc == 0)
		rc = store_finding(store, &finding, &err);
	if (rc == 0)
		rc = store_run_end(store, STORE_DONE, 0, &err);
	if (rc == 0)
		rc = store_read(store, id, &run, &err);
	assert_true(rc == 0 || err.kind != ERR_NONE);
	assert_true(sqlite3_get_autocommit(store->db));
	store_run_free(run);
	store_close(store);
	return rc;
}

static void every_step_may_fail(void **state)
{
	(void)state;
	struct testing_place place = testing_place_make();
	unsigned nth = 1;

	for (;; nth++) {
		char path[128];

		snprintf(path, sizeof(path), "%s/%u.db", place.folder, nth);
		fault_arm(nth, false);
		int rc = scenario(path);
		const char *fired = fault_fired();

		fault_arm(0, false);
		if (!fired) {
			assert_int_equal(rc, 0);
			break;
		}
		assert_true(rc < 0);
		/* What is left must be good enough for the next one. */
		if (nth % 5 == 0)
			assert_int_equal(scenario(path), 0);
		unlink(path);
	}
	assert_true(nth > 30);
	testing_place_drop(&place);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(folders_are_made_one_deep),
		cmocka_unit_test(a_file_may_be_called_as_you_like),
		cmocka_unit_test(a_folder_or_a_file_in_the_way),
		cmocka_unit_test(a_folder_that_cannot_be_written),
		cmocka_unit_test(files_of_others_are_left_alone),
		cmocka_unit_test(newer_and_empty_files),
		cmocka_unit_test(a_locked_file_is_named),
		cmocka_unit_test(a_full_disk_is_named_and_loses_one_cell),
		cmocka_unit_test(kill_9_loses_the_cell_in_flight_only),
		cmocka_unit_test(a_run_begins_with_its_facts_or_not_at_all),
		cmocka_unit_test(damage_is_an_error),
		cmocka_unit_test(a_torn_file_is_an_error),
		cmocka_unit_test(every_step_may_fail),
	};

	return cmocka_run_group_tests_name("store faults", tests, NULL, NULL);
}
