// SPDX-License-Identifier: BSD-2-Clause
/*
 * record_testing.c: is the database sound, and is in it what was committed? With SQLite alone: what the store makes of it is looked at
 * by the program's own sessions. See kill.h.
 */
#include "bench/tests/kill/kill.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static sqlite3_stmt *prepared(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *statement = NULL;

	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	return statement;
}

static void text_get(sqlite3 *db, const char *sql, char *out, size_t room)
{
	sqlite3_stmt *statement = prepared(db, sql);

	out[0] = '\0';
	if (sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_text(statement, 0))
		snprintf(out, room, "%s", (const char *)sqlite3_column_text(statement, 0));
	sqlite3_finalize(statement);
}

static unsigned number_get(sqlite3 *db, const char *sql)
{
	char text[32];

	text_get(db, sql, text, sizeof(text));
	return (unsigned)strtoul(text, NULL, 10);
}

/* As it was when it was first seen, or now first seen. */
static void figures_check(const char *name, const char *figures)
{
	struct kill_ledger *ledger = kill_ledger;

	for (unsigned i = 0; i < ledger->seen; i++) {
		if (strcmp(ledger->seen_cell[i].name, name) != 0)
			continue;
		if (strcmp(ledger->seen_cell[i].figures, figures) != 0)
			fail_msg("%s: was %s, is %s now", name, ledger->seen_cell[i].figures,
				figures);
		return;
	}
	assert_true(ledger->seen < KILL_CELLS_MAX);
	snprintf(ledger->seen_cell[ledger->seen].name, KILL_NAME_MAX, "%s", name);
	snprintf(ledger->seen_cell[ledger->seen].figures, sizeof(ledger->seen_cell[0].figures),
		"%s", figures);
	ledger->seen++;
}

static bool named(const char (*cells)[KILL_NAME_MAX], unsigned count, const char *name)
{
	for (unsigned i = 0; i < count; i++)
		if (strcmp(cells[i], name) == 0)
			return true;
	return false;
}

/* Every cell of the record was committed, or was on its way when the process died; of one group all or none are there. */
static unsigned cells_check(sqlite3 *db, unsigned repetitions)
{
	const struct kill_ledger *ledger = kill_ledger;
	sqlite3_stmt *statement = prepared(db,
		"SELECT c.name, count(s.sample_id), sum(s.iterations) || ' operations, ' || "
		"printf('%.17g', sum(s.real_time_ns)) || ' ns, ' || sum(length(s.latency)) "
		"FROM cell c LEFT JOIN sample s USING (cell_id) GROUP BY c.cell_id");
	unsigned cells = 0;

	for (; sqlite3_step(statement) == SQLITE_ROW; cells++) {
		const char *name = (const char *)sqlite3_column_text(statement, 0);

		if (!named(ledger->committed_cell, ledger->committed, name) &&
			!named(ledger->pending_cell, ledger->pending, name))
			fail_msg("%s: in the record, and nobody wrote it", name);
		assert_int_equal(sqlite3_column_int(statement, 1), repetitions);
		figures_check(name, (const char *)sqlite3_column_text(statement, 2));
	}
	sqlite3_finalize(statement);
	return cells;
}

static void committed_check(sqlite3 *db)
{
	sqlite3_stmt *statement = prepared(db, "SELECT count(*) FROM cell WHERE name = ?");

	for (unsigned i = 0; i < kill_ledger->committed; i++) {
		const char *name = kill_ledger->committed_cell[i];

		sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
		assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
		if (sqlite3_column_int(statement, 0) != 1)
			fail_msg("%s: committed, and %d times in the record", name,
				sqlite3_column_int(statement, 0));
		sqlite3_reset(statement);
	}
	sqlite3_finalize(statement);
}

/* What died with a commit under way and is there after all is committed from now on. */
static void pending_settle(sqlite3 *db)
{
	struct kill_ledger *ledger = kill_ledger;
	sqlite3_stmt *statement = prepared(db, "SELECT count(*) FROM cell WHERE name = ?");

	for (unsigned i = 0; i < ledger->pending; i++) {
		sqlite3_bind_text(statement, 1, ledger->pending_cell[i], -1, SQLITE_STATIC);
		if (sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_int(statement, 0) == 1)
			memcpy(ledger->committed_cell[ledger->committed++], ledger->pending_cell[i],
				KILL_NAME_MAX);
		sqlite3_reset(statement);
	}
	ledger->pending = 0;
	sqlite3_finalize(statement);
}

static void run_read(sqlite3 *db, struct kill_record *record)
{
	char state[32];

	record->runs = number_get(db, "SELECT count(*) FROM run");
	record->samples = number_get(db, "SELECT count(*) FROM sample");
	text_get(db, "SELECT id FROM run ORDER BY run_id DESC LIMIT 1", record->id,
		sizeof(record->id));
	text_get(db, "SELECT state FROM run ORDER BY run_id DESC LIMIT 1", state, sizeof(state));
	record->running = strcmp(state, "running") == 0;
	record->done = strcmp(state, "done") == 0;
}

void kill_record_check(const char *path, unsigned repetitions, struct kill_record *record)
{
	char answer[256];
	sqlite3 *db;

	*record = (struct kill_record){.runs = 0};
	if (access(path, F_OK) != 0) {
		assert_int_equal(kill_ledger->committed, 0);
		return;
	}
	assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	text_get(db, "PRAGMA integrity_check", answer, sizeof(answer));
	assert_string_equal(answer, "ok");
	text_get(db, "PRAGMA foreign_key_check", answer, sizeof(answer));
	assert_string_equal(answer, "");
	if (number_get(db, "SELECT count(*) FROM sqlite_schema WHERE name = 'cell'") == 0) {
		assert_int_equal(kill_ledger->committed, 0);
	} else {
		record->cells = cells_check(db, repetitions);
		committed_check(db);
		pending_settle(db);
		run_read(db, record);
	}
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}
