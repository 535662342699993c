// SPDX-License-Identifier: BSD-2-Clause
/* check.c: is a record sound, and the removal of old runs and of holes; see keep.h. */
#include "harness/store/keep.h"

#include "harness/store/db.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>

#define SAID_MAX 512

/* ---- check --------------------------------------------------------------------------------------------- */

struct check {
	struct store *store;
	store_check_emit emit;
	void *arg;
	struct store_checked *checked;
	struct err *err;
};

__attribute__((format(printf, 2, 3))) static void say(struct check *check, const char *format, ...)
{
	char text[SAID_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	check->checked->faults++;
	check->emit(check->arg, text);
}

/* Says every row of a question whose rows are what is wrong, put together by @format with up to three texts. */
static int each_row(struct check *check, const char *sql, const char *none, const char *format)
{
	struct store *store = check->store;
	sqlite3_stmt *statement;
	int rc;

	if (sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) != SQLITE_OK)
		return db_error(store, "checking", check->err);
	while ((rc = db_step(store, statement, "checking", check->err)) == 1) {
		const char *word[3] = {"", "", ""};

		for (int i = 0; i < 3 && i < sqlite3_column_count(statement); i++) {
			const unsigned char *text = sqlite3_column_text(statement, i);

			word[i] = text ? (const char *)text : "";
		}
		if (none && sqlite3_stricmp(word[0], none) == 0)
			continue;
		check->checked->faults++;

		char *text = sqlite3_mprintf(format, word[0], word[1], word[2]);

		check->emit(check->arg, text ? text : "out of memory");
		sqlite3_free(text);
	}
	sqlite3_finalize(statement);
	return rc;
}

/* No number of ours is infinite. */
static int infinite_rows(struct check *check)
{
	sqlite3_stmt *columns;
	int rc;

	if (sqlite3_prepare_v2(check->store->db,
		    "SELECT m.name, c.name FROM sqlite_schema m, pragma_table_info(m.name) c "
		    "WHERE m.type = 'table' AND c.type = 'REAL'",
		    -1, &columns, NULL) != SQLITE_OK)
		return db_error(check->store, "checking", check->err);
	while ((rc = db_step(check->store, columns, "checking", check->err)) == 1) {
		char *sql = sqlite3_mprintf("SELECT '%w', rowid, '%w' FROM \"%w\" "
					    "WHERE abs(\"%w\") = 9e999",
			sqlite3_column_text(columns, 0), sqlite3_column_text(columns, 1),
			sqlite3_column_text(columns, 0), sqlite3_column_text(columns, 1));

		rc = sql ? each_row(check, sql, NULL, "table %s: row %s: %s is infinite")
		         : err_short(check->err, -ENOMEM, "no memory while checking");
		sqlite3_free(sql);
		if (rc)
			break;
	}
	sqlite3_finalize(columns);
	return rc;
}

static bool run_note(void *arg, const struct store_run *run)
{
	struct check *check = arg;
	struct err err = ERR_INIT;
	struct store_run *whole;
	struct store_checked *checked = check->checked;

	checked->runs++;
	checked->unfinished += run->state == STORE_RUNNING;
	if (store_read(check->store, run->id, &whole, &err) != 0) {
		say(check, "%s", err.message);
		return true;
	}
	checked->cells += whole->cell_count;
	for (uint32_t i = 0; i < whole->cell_count; i++) {
		checked->samples += whole->cell[i].sample_count;
		if (whole->cell[i].sample_count == 0)
			say(check, "run %s: case %s has no repetition", run->id,
				whole->cell[i].name);
	}
	if (whole->state == STORE_DONE && whole->cell_count == 0)
		say(check, "run %s: it is done, and has no case", run->id);
	store_run_free(whole);
	return true;
}

int store_check(const char *path, store_check_emit emit, void *arg, struct store_checked *checked,
	struct err *err)
{
	struct check check = {.emit = emit, .arg = arg, .checked = checked, .err = err};
	int rc;

	*checked = (struct store_checked){0};
	rc = store_open_readonly(&check.store, path, err);
	if (rc)
		return rc;
	rc = each_row(&check, "PRAGMA integrity_check(20)", "ok", "%s");
	if (rc == 0)
		rc = each_row(&check, "PRAGMA foreign_key_check", NULL,
			"table %s: row %s belongs to a row of %s that is not there");
	if (rc == 0)
		rc = infinite_rows(&check);
	if (rc == 0)
		rc = store_list(check.store, run_note, &check, err);
	store_close(check.store);
	return rc;
}

/* ---- vacuum -------------------------------------------------------------------------------------------- */

static uint64_t file_bytes(const char *path)
{
	char log[4096 + 8];
	struct stat st;
	uint64_t bytes = stat(path, &st) == 0 ? (uint64_t)st.st_size : 0;

	snprintf(log, sizeof(log), "%s-wal", path);
	return bytes + (stat(log, &st) == 0 ? (uint64_t)st.st_size : 0);
}

static int old_runs_go(
	struct store *store, uint64_t before_wall_ns, bool dry, uint64_t *runs, struct err *err)
{
	char sql[128];
	int64_t count;
	int rc;

	snprintf(sql, sizeof(sql), "SELECT count(*) FROM run WHERE started_wall_ns < %" PRIu64,
		before_wall_ns);
	rc = db_number(store, sql, &count, err);
	if (rc)
		return rc;
	*runs = (uint64_t)count;
	if (dry || count == 0)
		return 0;
	snprintf(sql, sizeof(sql), "DELETE FROM run WHERE started_wall_ns < %" PRIu64,
		before_wall_ns);
	return db_exec(store, sql, "removing old runs", err);
}

int store_vacuum(const char *path, uint64_t before_wall_ns, bool dry,
	struct store_vacuumed *vacuumed, struct err *err)
{
	struct store *store;
	int rc;

	*vacuumed = (struct store_vacuumed){.before_bytes = file_bytes(path)};
	if (vacuumed->before_bytes == 0)
		return err_set(err, ERR_USAGE, -ENOENT,
			"%s: no such database; name another with --db", path);
	rc = dry ? store_open_readonly(&store, path, err) : store_open(&store, path, err);
	if (rc)
		return rc;
	rc = old_runs_go(store, before_wall_ns, dry, &vacuumed->runs, err);
	if (rc == 0 && !dry)
		rc = db_exec(store, "VACUUM", "writing it anew", err);
	if (rc == 0 && !dry)
		rc = db_exec(store, "PRAGMA wal_checkpoint(TRUNCATE)", "emptying its log", err);
	store_close(store);
	vacuumed->after_bytes = file_bytes(path);
	return rc;
}
