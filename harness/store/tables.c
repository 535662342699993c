// SPDX-License-Identifier: BSD-2-Clause
/* tables.c: see tables.h. */
#include "harness/store/tables.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Takes one row of a question about @table. Return: 0 or -errno. */
typedef int (*row_take)(
	struct store *store, struct table *table, sqlite3_stmt *row, struct err *err);

/* Asks @sql, whose one parameter is the name of @table, and takes every row. */
static int ask(
	struct store *store, struct table *table, const char *sql, row_take take, struct err *err)
{
	sqlite3_stmt *statement;
	int rc;

	if (sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) != SQLITE_OK ||
		sqlite3_bind_text(statement, 1, table->name, -1, SQLITE_STATIC) != SQLITE_OK) {
		rc = db_error(store, "reading the schema", err);
		sqlite3_finalize(statement);
		return rc;
	}
	while ((rc = db_step(store, statement, "reading the schema", err)) == 1) {
		rc = take(store, table, statement, err);
		if (rc)
			break;
	}
	sqlite3_finalize(statement);
	return rc;
}

static void word_copy(char out[TABLE_WORD_MAX], sqlite3_stmt *row, int column)
{
	snprintf(out, TABLE_WORD_MAX, "%s", (const char *)sqlite3_column_text(row, column));
}

static struct table_column *column_find(struct table *table, const char *name)
{
	for (unsigned i = 0; i < table->columns; i++)
		if (strcmp(table->column[i].name, name) == 0)
			return &table->column[i];
	return NULL;
}

static int column_take(struct store *store, struct table *table, sqlite3_stmt *row, struct err *err)
{
	if (table->columns == COLUMNS_MAX)
		return err_set(err, ERR_INTERNAL, -E2BIG, "%s: table %s has more than %d columns",
			store->path, table->name, COLUMNS_MAX);
	word_copy(table->column[table->columns++].name, row, 0);
	return 0;
}

static int key_take(struct store *store, struct table *table, sqlite3_stmt *row, struct err *err)
{
	(void)store, (void)err;
	word_copy(table->key, row, 0);
	return 0;
}

static int reference_take(
	struct store *store, struct table *table, sqlite3_stmt *row, struct err *err)
{
	struct table_column *column = column_find(table, (const char *)sqlite3_column_text(row, 0));

	(void)store, (void)err;
	if (column)
		word_copy(column->refers, row, 1);
	return 0;
}

static int unique_take(struct store *store, struct table *table, sqlite3_stmt *row, struct err *err)
{
	struct table_column *column = column_find(table, (const char *)sqlite3_column_text(row, 0));

	(void)store, (void)err;
	if (column)
		table->unique = column->unique = true;
	return 0;
}

/* An INTEGER PRIMARY KEY is one column of the key that no index is needed for; a composite one counts as UNIQUE. */
#define ALONE "(SELECT count(*) FROM pragma_table_info(?1) WHERE pk) = 1"

static int table_fill(struct store *store, struct table *table, struct err *err)
{
	int rc = ask(store, table, "SELECT name FROM pragma_table_info(?1) WHERE pk AND " ALONE,
		key_take, err);

	if (rc == 0)
		rc = ask(store, table,
			"SELECT name FROM pragma_table_info(?1) WHERE NOT (pk AND " ALONE
			") ORDER BY cid",
			column_take, err);
	if (rc == 0)
		rc = ask(store, table,
			"SELECT \"from\", \"table\" FROM pragma_foreign_key_list(?1)",
			reference_take, err);
	if (rc == 0)
		rc = ask(store, table,
			"SELECT i.name FROM pragma_index_list(?1) l, pragma_index_info(l.name) i "
			"WHERE l.\"unique\" AND NOT l.partial AND l.seq = (SELECT max(seq) FROM "
			"pragma_index_list(?1) WHERE \"unique\" AND NOT partial)",
			unique_take, err);
	return rc;
}

static bool placed(const struct table *tables, unsigned count, const char *name)
{
	for (unsigned i = 0; i < count; i++)
		if (strcmp(tables[i].name, name) == 0)
			return true;
	return false;
}

/* All that @table refers to, but itself, stands among the first @count. */
static bool may_follow(const struct table *tables, unsigned count, const struct table *table)
{
	for (unsigned i = 0; i < table->columns; i++) {
		const char *refers = table->column[i].refers;

		if (refers[0] && strcmp(refers, table->name) != 0 && !placed(tables, count, refers))
			return false;
	}
	return true;
}

static int tables_order(struct store *store, struct table *tables, unsigned count, struct err *err)
{
	for (unsigned done = 0; done < count; done++) {
		unsigned next = done;

		while (next < count && !may_follow(tables, done, &tables[next]))
			next++;
		if (next == count)
			return err_set(err, ERR_INTERNAL, -ELOOP,
				"%s: table %s and others refer to each other in a circle",
				store->path, tables[done].name);

		struct table first = tables[next];

		memmove(&tables[done + 1], &tables[done], (next - done) * sizeof(*tables));
		tables[done] = first;
	}
	return 0;
}

static int names_read(struct store *store, struct table *tables, unsigned *count, struct err *err)
{
	sqlite3_stmt *statement;
	int rc;

	*count = 0;
	if (sqlite3_prepare_v2(store->db,
		    "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE "
		    "'sqlite\\_%' ESCAPE '\\' ORDER BY rowid",
		    -1, &statement, NULL) != SQLITE_OK)
		return db_error(store, "reading the schema", err);
	while ((rc = db_step(store, statement, "reading the schema", err)) == 1) {
		if (*count == TABLES_MAX) {
			rc = err_set(err, ERR_INTERNAL, -E2BIG, "%s: more than %d tables",
				store->path, TABLES_MAX);
			break;
		}
		word_copy(tables[(*count)++].name, statement, 0);
	}
	sqlite3_finalize(statement);
	return rc;
}

int tables_read(struct store *store, struct table **out, struct err *err)
{
	struct table *tables = calloc(TABLES_MAX, sizeof(*tables));
	unsigned count = 0;
	int rc = tables ? names_read(store, tables, &count, err)
	                : err_set(err, ERR_MISSING, -ENOMEM,
				  "%s: out of memory while reading the schema", store->path);

	for (unsigned i = 0; rc == 0 && i < count; i++)
		rc = table_fill(store, &tables[i], err);
	if (rc == 0)
		rc = tables_order(store, tables, count, err);
	if (rc) {
		free(tables);
		tables = NULL;
	}
	*out = tables;
	return rc ? rc : (int)count;
}
