// SPDX-License-Identifier: BSD-2-Clause
/*
 * merge.c: one record into another, table by table, those that others refer to first. For every table a temporary one says
 * which number a row of the other record has here, and whether it is new. See keep.h; it knows two tables by name, run and
 * night: their ids are drawn by each host for itself, and the time of the beginning tells two of one id apart.
 */
#include "harness/store/keep.h"
#include "harness/store/tables.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DOING "merging"

struct merge {
	struct store *store;
	const struct table *table;
	unsigned tables;
	struct store_merged *merged;
	struct err *err;
	int rc; /* first failure sticks */
};

/* Runs the text and frees it. */
static void text_run(struct merge *merge, sqlite3_str *text)
{
	char *sql = sqlite3_str_finish(text);

	if (merge->rc == 0 && !sql)
		merge->rc = err_set(merge->err, ERR_MISSING, -ENOMEM,
			"%s: out of memory while " DOING, merge->store->path);
	if (merge->rc == 0)
		merge->rc = db_exec(merge->store, sql, DOING, merge->err);
	sqlite3_free(sql);
}

static void run(struct merge *merge, const char *format, ...)
{
	sqlite3_str *text = sqlite3_str_new(merge->store->db);
	va_list args;

	va_start(args, format);
	sqlite3_str_vappendf(text, format, args);
	va_end(args);
	text_run(merge, text);
}

static int64_t number(struct merge *merge, const char *sql)
{
	int64_t value = 0;

	if (merge->rc == 0)
		merge->rc = db_number(merge->store, sql, &value, merge->err);
	return value;
}

/* Rows that are had by an id of their host's drawing. */
static bool drawn(const struct table *table)
{
	return strcmp(table->name, "run") == 0 || strcmp(table->name, "night") == 0;
}

/* What column @column of row f of the other record is here. */
static void value_append(sqlite3_str *text, const struct table_column *column)
{
	if (column->refers[0])
		sqlite3_str_appendf(text, "(SELECT new FROM temp.\"map_%w\" WHERE old = f.\"%w\")",
			column->refers, column->name);
	else
		sqlite3_str_appendf(text, "f.\"%w\"", column->name);
}

/* "m is the same as f": by the columns that are UNIQUE, or by all. */
static void same_append(sqlite3_str *text, const struct table *table)
{
	const char *join = "";

	for (unsigned i = 0; i < table->columns; i++) {
		const struct table_column *column = &table->column[i];

		if (table->unique && !column->unique &&
			!(drawn(table) && strcmp(column->name, "started_wall_ns") == 0))
			continue;
		sqlite3_str_appendf(text, "%sm.\"%w\" IS ", join, column->name);
		value_append(text, column);
		join = " AND ";
	}
}

/* Which rows are here already: their numbers. */
static void table_match(struct merge *merge, const struct table *table)
{
	sqlite3_str *text = sqlite3_str_new(merge->store->db);

	run(merge,
		"CREATE TEMP TABLE \"map_%w\" (old INTEGER PRIMARY KEY, new INTEGER NOT NULL, "
		"fresh INTEGER NOT NULL)",
		table->name);
	sqlite3_str_appendf(text,
		"INSERT OR IGNORE INTO temp.\"map_%w\" SELECT f.\"%w\", m.\"%w\", 0 FROM "
		"other.\"%w\" f "
		"JOIN main.\"%w\" m ON ",
		table->name, table->key, table->key, table->name, table->name);
	same_append(text, table);
	text_run(merge, text);
	run(merge,
		"INSERT INTO temp.\"map_%w\" SELECT \"%w\", row_number() OVER (ORDER BY \"%w\") + "
		"(SELECT coalesce(max(\"%w\"), 0) FROM main.\"%w\"), 1 FROM other.\"%w\" "
		"WHERE \"%w\" NOT IN (SELECT old FROM temp.\"map_%w\")",
		table->name, table->key, table->key, table->key, table->name, table->name,
		table->key, table->name);
}

/* An id that another run has here gets four more digits. */
static void drawn_append(
	sqlite3_str *text, const struct table *table, const struct table_column *column)
{
	if (drawn(table) && strcmp(column->name, "id") == 0)
		sqlite3_str_appendf(text,
			"CASE WHEN EXISTS (SELECT 1 FROM main.\"%w\" m WHERE m.id = f.id) "
			"THEN f.id || '-' || lower(hex(randomblob(2))) ELSE f.id END",
			table->name);
	else
		value_append(text, column);
}

static void table_insert(struct merge *merge, const struct table *table)
{
	sqlite3_str *text = sqlite3_str_new(merge->store->db);
	const char *join = "";

	sqlite3_str_appendf(text, "INSERT INTO main.\"%w\" (", table->name);
	if (table->key[0]) {
		sqlite3_str_appendf(text, "\"%w\"", table->key);
		join = ", ";
	}
	for (unsigned i = 0; i < table->columns; i++, join = ", ")
		sqlite3_str_appendf(text, "%s\"%w\"", join, table->column[i].name);
	sqlite3_str_appendall(text, table->key[0] ? ") SELECT map.new" : ") SELECT ");
	join = table->key[0] ? ", " : "";
	for (unsigned i = 0; i < table->columns; i++, join = ", ") {
		sqlite3_str_appendall(text, join);
		drawn_append(text, table, &table->column[i]);
	}
	sqlite3_str_appendf(text, " FROM other.\"%w\" f ", table->name);
	if (table->key[0])
		sqlite3_str_appendf(text,
			"JOIN temp.\"map_%w\" map ON map.old = f.\"%w\" AND map.fresh ORDER BY "
			"map.new",
			table->name, table->key);
	else {
		sqlite3_str_appendf(
			text, "WHERE NOT EXISTS (SELECT 1 FROM main.\"%w\" m WHERE ", table->name);
		same_append(text, table);
		sqlite3_str_appendall(text, ")");
	}
	text_run(merge, text);
	if (merge->rc == 0)
		merge->merged->rows += (uint64_t)sqlite3_changes64(merge->store->db);
}

static bool column_is(const struct table *table, const char *name)
{
	for (unsigned i = 0; i < table->columns; i++)
		if (strcmp(table->column[i].name, name) == 0)
			return true;
	return false;
}

/* What has not ended here, and has there: a run that was resumed on a copy. */
static void table_end(struct merge *merge, const struct table *table)
{
	if (!drawn(table) || !column_is(table, "state"))
		return;
	run(merge,
		"UPDATE main.\"%w\" SET (state, ended_wall_ns, exit_code) = (SELECT f.state, "
		"f.ended_wall_ns, f.exit_code FROM other.\"%w\" f JOIN temp.\"map_%w\" map ON "
		"map.old = "
		"f.\"%w\" WHERE map.new = main.\"%w\".\"%w\") WHERE state <> 'done' AND \"%w\" IN "
		"(SELECT map.new FROM temp.\"map_%w\" map JOIN other.\"%w\" f ON f.\"%w\" = "
		"map.old WHERE "
		"NOT map.fresh AND f.state = 'done')",
		table->name, table->name, table->name, table->key, table->name, table->key,
		table->key, table->name, table->name, table->key);
}

static void all_tables(struct merge *merge)
{
	for (unsigned i = 0; i < merge->tables; i++) {
		const struct table *table = &merge->table[i];

		if (table->key[0]) {
			table_match(merge, table);
			table_end(merge, table);
		}
		table_insert(merge, table);
	}
	merge->merged->runs = (uint64_t)number(
		merge, "SELECT count(*) FROM temp.map_run WHERE fresh");
	merge->merged->had = (uint64_t)number(
		merge, "SELECT count(*) FROM temp.map_run WHERE NOT fresh");
	merge->merged->renamed = (uint64_t)number(merge,
		"SELECT count(*) FROM temp.map_run map JOIN other.run f ON f.run_id = map.old "
		"JOIN main.run m ON m.run_id = map.new WHERE m.id <> f.id");
}

/* All or nothing: only main is written, so one transaction holds it together. */
static void merge_whole(struct merge *merge)
{
	run(merge, "PRAGMA temp_store = MEMORY");
	run(merge, "BEGIN IMMEDIATE");
	if (merge->rc == 0) {
		all_tables(merge);
		run(merge, "COMMIT");
		if (merge->rc)
			db_undo(merge->store);
	}
}

static int files_differ(const char *into, const char *from, struct err *err)
{
	struct stat a, b;

	if (stat(into, &a) == 0 && stat(from, &b) == 0 && a.st_dev == b.st_dev &&
		a.st_ino == b.st_ino)
		return err_set(err, ERR_USAGE, -EINVAL,
			"%s and %s are the same file; merge expects two", into, from);
	return 0;
}

int store_merge(const char *into, const char *from, struct store_merged *merged, struct err *err)
{
	struct merge merge = {.merged = merged, .err = err};
	struct table *table = NULL;
	struct store *other, *store;
	int rc = files_differ(into, from, err);

	*merged = (struct store_merged){0};
	/* Held open while it is read: what can be said of it in words is said by this. */
	rc = rc ? rc : store_open_readonly(&other, from, err);
	if (rc)
		return rc;
	rc = store_open(&store, into, err);
	if (rc) {
		store_close(other);
		return rc;
	}
	merge.store = store;
	run(&merge, "ATTACH %Q AS other", from);
	if (merge.rc == 0) {
		merge.rc = tables_read(store, &table, err);
		merge.table = table;
		merge.tables = merge.rc > 0 ? (unsigned)merge.rc : 0;
		merge.rc = merge.rc > 0 ? 0 : merge.rc;
	}
	if (merge.rc == 0)
		merge_whole(&merge);
	if (merge.rc)
		*merged = (struct store_merged){0};
	free(table);
	store_close(store);
	store_close(other);
	return merge.rc;
}
