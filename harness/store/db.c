// SPDX-License-Identifier: BSD-2-Clause
/* db.c: see db.h. Knows SQL and SQLite's errors, not what the records mean. */
#include "harness/store/db.h"

#include <errno.h>

#include "drivers/support/fault.h"

#define DB_COUNTER_NAME(name)  ", " #name
#define DB_COUNTER_VALUE(name) ", ?"
#define DB_CELL_COLUMNS                                                                            \
	"name, family, device, strategy, dir, completion, source, verify, size_bytes, depth, "     \
	"batch, extra, ceiling_bytes_per_second, limiter, limit_items_per_second, "                \
	"handoff_items_per_second, wakeup_items_per_second, pin_items_per_second, pin_ns"
#define DB_SAMPLE_COLUMNS                                                                          \
	"repetition, block, iterations, real_time_ns, cpu_time_ns, failed, error, tainted, "       \
	"latency, response" STORE_COUNTERS(DB_COUNTER_NAME)
#define DB_CROSSOVER_COLUMNS                                                                       \
	"dir, source, completion, depth, extra, slow_start, fast_end, kind, size_bytes, "          \
	"low_bytes, "                                                                              \
	"high_bytes, level, agreement, crossings, size_min_bytes, size_max_bytes, sentence"
#define DB_RATE_COLUMNS                                                                            \
	"cell, quantile, limit_ns, closed_per_second, low_per_second, high_per_second, sentence"
#define DB_RUN_COLUMNS                                                                             \
	"run_id, id, title, started_wall_ns, ended_wall_ns, state, exit_code, simulated"

#define DB_NIGHT_COLUMNS                                                                           \
	"night_id, id, suite, commit_id, commit_wall_ns, started_wall_ns, ended_wall_ns, "         \
	"budget_s, state, exit_code, usable, why, process"
/* Of the nights n. */
#define DB_NIGHT_ORDER                                                                             \
	" ORDER BY coalesce(n.commit_wall_ns, n.started_wall_ns), n.started_wall_ns, n.night_id"
#define DB_SERIES_COLUMNS                                                                          \
	"s.series_id, s.name, s.family, s.metric, s.kind, s.more_is_better, s.device, "            \
	"s.settings, s.host, s.versions, "                                                         \
	"(SELECT count(*) FROM point p WHERE p.series_id = s.series_id)"
#define DB_SERIES_ORDER " ORDER BY s.family, s.name, s.metric, s.series_id"
/* In the order of enum store_change_state, so that the least settled change is the smallest. */
#define DB_STATE_RANK                                                                              \
	"CASE h.state WHEN 'new' THEN 0 WHEN 'confirmed' THEN 1 WHEN 'acknowledged' THEN 2 "       \
	"WHEN 'fixed' THEN 3 ELSE 4 END"
#define DB_CHANGE_VALUES                                                                           \
	"cause_id, series_id, night_id, found_night_id, fixed_night_id, state, why, before, "      \
	"after, ratio, ratio_low, ratio_high, p, p_adjusted"

static const char *const db_sql[DB_STATEMENT_COUNT] = {
	[DB_BEGIN_WRITE] = "BEGIN IMMEDIATE",
	[DB_BEGIN_READ] = "BEGIN",
	[DB_COMMIT] = "COMMIT",
	[DB_ROLLBACK] = "ROLLBACK",
	[DB_INSERT_RUN] = "INSERT INTO run (id, title, started_wall_ns, state, simulated) "
			  "VALUES (?, ?, ?, 'running', ?) ON CONFLICT (id) DO NOTHING",
	[DB_END_RUN] =
		"UPDATE run SET ended_wall_ns = ?, state = ?, exit_code = ? WHERE run_id = ?",
	[DB_FIND_RUN] = "SELECT run_id, state FROM run WHERE id = ?",
	[DB_RESUME_RUN] =
		"UPDATE run SET state = 'running', ended_wall_ns = NULL, exit_code = NULL "
		"WHERE run_id = ?",
	[DB_RESUME_PROCESS] = "SELECT value FROM fact WHERE run_id = ? AND key = ?",
	[DB_DROP_CROSSOVERS] = "DELETE FROM crossover WHERE run_id = ?",
	[DB_DROP_FINDINGS] = "DELETE FROM finding WHERE run_id = ?1 AND cell NOT IN "
			     "(SELECT name FROM cell WHERE run_id = ?1)",
	[DB_DROP_RATES] = "DELETE FROM rate_search WHERE run_id = ?1 AND cell NOT IN "
			  "(SELECT name FROM cell WHERE run_id = ?1)",
	[DB_INSERT_FACT] = "INSERT INTO fact (run_id, key, value) VALUES (?, ?, ?) "
			   "ON CONFLICT (run_id, key) DO UPDATE SET value = excluded.value",
	[DB_INSERT_CELL] = "INSERT INTO cell (run_id, " DB_CELL_COLUMNS ") "
			   "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[DB_INSERT_SAMPLE] = "INSERT INTO sample (cell_id, " DB_SAMPLE_COLUMNS ") "
			     "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?" STORE_COUNTERS(
				     DB_COUNTER_VALUE) ")",
	[DB_INSERT_WINDOW] = "INSERT INTO age_window (sample_id, position" STORE_WINDOW(
		DB_COUNTER_NAME) ") VALUES (?, ?" STORE_WINDOW(DB_COUNTER_VALUE) ")",
	[DB_INSERT_CROSSOVER] = "INSERT INTO crossover (run_id, " DB_CROSSOVER_COLUMNS ") "
				"VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[DB_INSERT_FINDING] = "INSERT INTO finding (run_id, cell, text) VALUES (?, ?, ?)",
	[DB_INSERT_RATE] = "INSERT INTO rate_search (run_id, " DB_RATE_COLUMNS ") "
			   "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
	[DB_INSERT_PROBE] = "INSERT INTO rate_probe (search_id, position, offered_per_second, "
			    "achieved_per_second, value_ns, sustained, met) "
			    "VALUES (?, ?, ?, ?, ?, ?, ?)",
	[DB_FIND_EXACT] = "SELECT id FROM run WHERE id = ?",
	[DB_FIND_PREFIX] = "SELECT id FROM run WHERE substr(id, 1, length(?1)) = ?1 "
			   "ORDER BY run_id DESC LIMIT 5",
	[DB_FIND_LATEST] = "SELECT id FROM run ORDER BY run_id DESC LIMIT 5",
	[DB_FIND_BACK] = "SELECT id FROM run ORDER BY run_id DESC "
			 "LIMIT 1 OFFSET ?1",
	[DB_FIND_NIGHT] =
		"SELECT run.id FROM night JOIN night_run USING (night_id) JOIN run USING (run_id) "
		"WHERE part = 'suite' ORDER BY night_id DESC LIMIT 1",
	[DB_READ_RUN] = "SELECT " DB_RUN_COLUMNS " FROM run WHERE id = ?",
	[DB_READ_FACTS] = "SELECT key, value FROM fact WHERE run_id = ? ORDER BY fact_id",
	[DB_READ_CELLS] = "SELECT cell_id, " DB_CELL_COLUMNS
			  " FROM cell WHERE run_id = ? ORDER BY cell_id",
	[DB_READ_WINDOWS] = "SELECT position" STORE_WINDOW(
		DB_COUNTER_NAME) " FROM age_window WHERE sample_id = ? ORDER BY position",
	[DB_READ_SAMPLES] = "SELECT sample_id, " DB_SAMPLE_COLUMNS
			    " FROM sample WHERE cell_id = ? ORDER BY repetition",
	[DB_READ_CROSSOVERS] = "SELECT " DB_CROSSOVER_COLUMNS
			       " FROM crossover WHERE run_id = ? ORDER BY crossover_id",
	[DB_READ_FINDINGS] = "SELECT cell, text FROM finding WHERE run_id = ? ORDER BY finding_id",
	[DB_READ_RATES] = "SELECT " DB_RATE_COLUMNS
			  " FROM rate_search WHERE run_id = ? ORDER BY search_id",
	[DB_LIST] = "SELECT " DB_RUN_COLUMNS " FROM run ORDER BY run_id DESC",
	[DB_INSERT_NIGHT] =
		"INSERT INTO night (id, suite, commit_id, commit_wall_ns, started_wall_ns, "
		"budget_s, process, state, usable) VALUES (?, ?, ?, ?, ?, ?, ?, 'running', 1) "
		"ON CONFLICT (id) DO NOTHING",
	[DB_TAKE_NIGHT] = "UPDATE night SET process = ?3, state = 'running', ended_wall_ns = NULL, "
			  "exit_code = NULL WHERE night_id = ?1 AND coalesce(process, '') = ?2",
	[DB_INSERT_NIGHT_RUN] = "INSERT INTO night_run (night_id, run_id, part) "
				"SELECT ?, run_id, ? FROM run WHERE id = ? "
				"ON CONFLICT (night_id, run_id) DO UPDATE SET part = excluded.part",
	[DB_USABLE_NIGHT] = "UPDATE night SET usable = ?, why = ? WHERE night_id = ?",
	[DB_END_NIGHT] = "UPDATE night SET ended_wall_ns = ?, state = ?, exit_code = ? "
			 "WHERE night_id = ?",
	[DB_READ_NIGHTS] = "SELECT " DB_NIGHT_COLUMNS " FROM night n" DB_NIGHT_ORDER,
	[DB_READ_PARTS] = "SELECT r.id, r.state, m.part FROM night_run m JOIN run r "
			  "ON r.run_id = m.run_id WHERE m.night_id = ? ORDER BY r.run_id",
	[DB_FIND_SERIES] = "INSERT INTO series (name, family, metric, kind, more_is_better, "
			   "device, settings, host, versions) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) "
			   "ON CONFLICT (name, metric, device, settings, host, versions) "
			   "DO UPDATE SET kind = excluded.kind, "
			   "more_is_better = excluded.more_is_better RETURNING series_id",
	[DB_READ_SERIES] = "SELECT " DB_SERIES_COLUMNS " FROM series s" DB_SERIES_ORDER,
	[DB_READ_NIGHT_SERIES] = "SELECT " DB_SERIES_COLUMNS
				 " FROM series s JOIN point q ON q.series_id = s.series_id "
				 "WHERE q.night_id = ?" DB_SERIES_ORDER,
	[DB_INSERT_POINT] =
		"INSERT INTO point (series_id, night_id, value, low, high, repetitions, usable, "
		"why, noise, detectable) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
		"ON CONFLICT (series_id, night_id) DO UPDATE SET value = excluded.value, "
		"low = excluded.low, high = excluded.high, repetitions = excluded.repetitions, "
		"usable = excluded.usable, why = excluded.why, noise = excluded.noise, "
		"detectable = excluded.detectable",
	[DB_READ_POINTS] = "SELECT p.series_id, p.night_id, p.value, p.low, p.high, p.repetitions, "
			   "p.usable, p.why, p.noise, p.detectable, n.id, "
			   "n.commit_id, n.started_wall_ns FROM point p JOIN night n "
			   "ON n.night_id = p.night_id WHERE p.series_id = ?" DB_NIGHT_ORDER,
	[DB_INSERT_CAUSE] = "INSERT INTO cause (family, better, night_id, commit_before, "
			    "commit_after, note) VALUES (?, ?, ?, ?, ?, ?)",
	[DB_UPDATE_CAUSE] = "UPDATE cause SET family = ?, better = ?, night_id = ?, "
			    "commit_before = ?, commit_after = ?, note = ? WHERE cause_id = ?",
	[DB_READ_CAUSES] = "SELECT c.cause_id, c.family, c.better, c.night_id, c.commit_before, "
			   "c.commit_after, c.note, n.id, "
			   "coalesce(nullif(sum(h.state <> 'noise'), 0), count(h.change_id)), "
			   "min(" DB_STATE_RANK ") "
			   "FROM cause c JOIN night n ON n.night_id = c.night_id "
			   "LEFT JOIN change h ON h.cause_id = c.cause_id "
			   "GROUP BY c.cause_id ORDER BY c.cause_id DESC",
	[DB_INSERT_CHANGE] = "INSERT INTO change (" DB_CHANGE_VALUES ") "
			     "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[DB_UPDATE_CHANGE] =
		"UPDATE change SET cause_id = ?, series_id = ?, night_id = ?, "
		"found_night_id = ?, fixed_night_id = ?, state = ?, why = ?, before = ?, "
		"after = ?, ratio = ?, ratio_low = ?, ratio_high = ?, p = ?, p_adjusted = ? "
		"WHERE change_id = ?",
	[DB_READ_CHANGES] = "SELECT change_id, " DB_CHANGE_VALUES " FROM change ORDER BY change_id",
	[DB_READ_SERIES_CHANGES] = "SELECT change_id, " DB_CHANGE_VALUES
				   " FROM change WHERE series_id = ? ORDER BY change_id",
	[DB_READ_CAUSE_CHANGES] = "SELECT change_id, " DB_CHANGE_VALUES
				  " FROM change WHERE cause_id = ? ORDER BY change_id",
};

const char *const db_state_words[] = {
	[STORE_RUNNING] = "running",
	[STORE_DONE] = "done",
	[STORE_INTERRUPTED] = "interrupted",
	[STORE_FAILED] = "failed",
	NULL,
};

const char *const db_kind_words[] = {
	[STATS_CROSSOVER_FOUND] = "found",
	[STATS_CROSSOVER_A_ALWAYS] = "a_always",
	[STATS_CROSSOVER_B_ALWAYS] = "b_always",
	[STATS_CROSSOVER_UNCLEAR] = "unclear",
	NULL,
};

int db_error(struct store *store, const char *doing, struct err *err)
{
	const char *path = store->path, *text = sqlite3_errmsg(store->db);

	switch (sqlite3_errcode(store->db) & 0xff) {
	case SQLITE_FULL:
		return err_set(err, ERR_MISSING, -ENOSPC,
			"%s: no space left while %s; free some on that disk or choose another file "
			"with --db",
			path, doing);
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return err_set(err, ERR_MISSING, -EBUSY,
			"%s: locked by another process for too long while %s; wait for it to end "
			"or choose another file with --db",
			path, doing);
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_CANTOPEN:
		return err_set(err, ERR_MISSING, -EACCES,
			"%s: cannot be written while %s (%s); give write permission on the file "
			"and its folder or choose another file with --db",
			path, doing, text);
	case SQLITE_NOTADB:
		return err_set(err, ERR_USAGE, -EINVAL,
			"%s: not a database; --db expects one that dmabench wrote, or a new name",
			path);
	case SQLITE_CORRUPT:
		return err_set(err, ERR_USAGE, -EBADMSG,
			"%s: damaged (%s while %s); restore a copy or choose another file with "
			"--db",
			path, text, doing);
	case SQLITE_NOMEM:
		return err_short(err, -ENOMEM, "%s: no memory while %s", path, doing);
	case SQLITE_IOERR:
		return err_set(err, ERR_MISSING, -EIO,
			"%s: disk input or output failed while %s (%s); check that disk or choose "
			"another file with --db",
			path, doing, text);
	case SQLITE_CONSTRAINT:
		return err_set(
			err, ERR_INTERNAL, -EEXIST, "%s: %s refused while %s", path, text, doing);
	default:
		return err_set(err, ERR_INTERNAL, -EIO, "%s: %s while %s", path, text, doing);
	}
}

static int db_fault(struct store *store, const char *doing, struct err *err)
{
	if (!fault_point("store_statement"))
		return 0;
	return err_set(err, ERR_MISSING, -EIO, "%s: disk input or output failed while %s",
		store->path, doing);
}

int db_get(struct store *store, enum db_statement which, sqlite3_stmt **statement, struct err *err)
{
	sqlite3_stmt **slot = &store->statement[which];

	if (db_fault(store, "preparing a statement", err))
		return -EIO;
	if (*slot) {
		sqlite3_reset(*slot);
		sqlite3_clear_bindings(*slot);
	} else if (sqlite3_prepare_v3(store->db, db_sql[which], -1, SQLITE_PREPARE_PERSISTENT, slot,
			   NULL) != SQLITE_OK) {
		return db_error(store, "preparing a statement", err);
	}
	*statement = *slot;
	return 0;
}

int db_step(struct store *store, sqlite3_stmt *statement, const char *doing, struct err *err)
{
	int rc;

	if (db_fault(store, doing, err)) {
		sqlite3_reset(statement);
		return -EIO;
	}
	switch (sqlite3_step(statement)) {
	case SQLITE_ROW:
		return 1;
	case SQLITE_DONE:
		sqlite3_reset(statement);
		return 0;
	default:
		rc = db_error(store, doing, err);
		sqlite3_reset(statement);
		return rc;
	}
}

int db_do(struct store *store, enum db_statement which, const char *doing, struct err *err)
{
	sqlite3_stmt *statement = NULL;
	int rc = db_get(store, which, &statement, err);

	return rc ? rc : db_step(store, statement, doing, err);
}

void db_undo(struct store *store)
{
	/* SQLite may have rolled back by itself; then there is nothing to undo and no error. */
	if (!sqlite3_get_autocommit(store->db))
		sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
}

int db_exec(struct store *store, const char *sql, const char *doing, struct err *err)
{
	if (db_fault(store, doing, err))
		return -EIO;
	if (sqlite3_exec(store->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return db_error(store, doing, err);
	return 0;
}

int db_number(struct store *store, const char *sql, int64_t *value, struct err *err)
{
	sqlite3_stmt *statement;
	int rc = db_fault(store, "reading", err);

	if (rc)
		return rc;
	if (sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) != SQLITE_OK)
		return db_error(store, "reading", err);
	rc = db_step(store, statement, "reading", err);
	if (rc == 1)
		*value = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	if (rc < 0)
		return rc;
	return rc == 1 ? 0 : err_set(err, ERR_INTERNAL, -EIO, "%s: no answer", store->path);
}
