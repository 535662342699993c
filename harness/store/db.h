/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * db.h: private to harness/store: the connection, the prepared statements, and SQLite's errors in
 * words.
 *
 * Every statement of the module is a row of db_sql[] in db.c; it is prepared on first use and kept
 * until store_close. Functions return 0 or -errno and set @err; @doing completes "while ...".
 */
#ifndef STORE_DB_H
#define STORE_DB_H

#include <sqlite3.h>

#include "drivers/support/embed.h"
#include "harness/store/store.h"

#define DB_APPLICATION_ID 0x444d4142 /* "DMAB" in the file's header */
#define DB_BUSY_MS        10000

enum db_statement {
	DB_BEGIN_WRITE,
	DB_BEGIN_READ,
	DB_COMMIT,
	DB_ROLLBACK,
	DB_INSERT_RUN,
	DB_END_RUN,
	DB_FIND_RUN,
	DB_RESUME_RUN,
	DB_RESUME_PROCESS,
	DB_DROP_CROSSOVERS,
	DB_DROP_FINDINGS,
	DB_DROP_RATES,
	DB_INSERT_FACT,
	DB_INSERT_CELL,
	DB_INSERT_SAMPLE,
	DB_INSERT_WINDOW,
	DB_INSERT_CROSSOVER,
	DB_INSERT_FINDING,
	DB_INSERT_RATE,
	DB_INSERT_PROBE,
	DB_FIND_EXACT,
	DB_FIND_PREFIX,
	DB_FIND_LATEST,
	DB_FIND_BACK,
	DB_FIND_NIGHT,
	DB_READ_RUN,
	DB_READ_FACTS,
	DB_READ_CELLS,
	DB_READ_SAMPLES,
	DB_READ_WINDOWS,
	DB_READ_CROSSOVERS,
	DB_READ_FINDINGS,
	DB_READ_RATES,
	DB_LIST,
	DB_INSERT_NIGHT,
	DB_TAKE_NIGHT,
	DB_INSERT_NIGHT_RUN,
	DB_USABLE_NIGHT,
	DB_END_NIGHT,
	DB_READ_NIGHTS,
	DB_READ_PARTS,
	DB_FIND_SERIES,
	DB_READ_SERIES,
	DB_READ_NIGHT_SERIES,
	DB_INSERT_POINT,
	DB_READ_POINTS,
	DB_INSERT_CAUSE,
	DB_UPDATE_CAUSE,
	DB_READ_CAUSES,
	DB_INSERT_CHANGE,
	DB_UPDATE_CHANGE,
	DB_READ_CHANGES,
	DB_READ_SERIES_CHANGES,
	DB_READ_CAUSE_CHANGES,
	DB_STATEMENT_COUNT,
};

struct store {
	sqlite3 *db;
	char *path;
	int64_t run;        /* run_id of the run begun here and not ended, 0: none */
	int64_t run_before; /* what it was at store_together */
	sqlite3_stmt *statement[DB_STATEMENT_COUNT];
};

extern const struct embed_file store_schema[]; /* generated from results/schema */

/* Words of enum store_state and of enum stats_crossover_kind in the database. */
extern const char *const db_state_words[];
extern const char *const db_kind_words[];

/*
 * Says in @err what SQLite's last error was, in words with a remedy. Return: the matching -errno.
 */
int db_error(struct store *store, const char *doing, struct err *err);

/* db_get - the prepared statement @which, reset and without bindings. */
int db_get(struct store *store, enum db_statement which, sqlite3_stmt **statement, struct err *err);

/* db_step - one step. Return: 1 a row is there, 0 done (the statement is reset), -errno. */
int db_step(struct store *store, sqlite3_stmt *statement, const char *doing, struct err *err);

/* db_do - runs statement @which, which needs no values and gives no rows. */
int db_do(struct store *store, enum db_statement which, const char *doing, struct err *err);

/* db_undo - rolls back what is open, if anything; keeps the error that led here. */
void db_undo(struct store *store);

/* db_exec - runs plain SQL text, for set-up. */
int db_exec(struct store *store, const char *sql, const char *doing, struct err *err);

/* db_number - reads a number from a one-value query. */
int db_number(struct store *store, const char *sql, int64_t *value, struct err *err);

#endif
