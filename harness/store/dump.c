// SPDX-License-Identifier: BSD-2-Clause
/* dump.c: the whole record as text, a file a table; see keep.h. */
#include "harness/store/keep.h"
#include "harness/store/tables.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int folder_make(const char *folder, struct err *err)
{
	DIR *dir;
	unsigned entries = 0;

	if (mkdir(folder, 0777) == 0)
		return 0;
	if (errno != EEXIST) {
		int code = errno;

		return err_set(err, code == ENOENT || code == ENOTDIR ? ERR_USAGE : ERR_MISSING,
			-code,
			"%s: folder cannot be made (%s); its parent has to be there and writable",
			folder, strerror(code));
	}
	dir = opendir(folder);
	if (!dir)
		return err_set(err, ERR_USAGE, -ENOTDIR,
			"%s: not a folder that can be read; name one that is empty or new", folder);
	for (const struct dirent *entry; (entry = readdir(dir));)
		entries += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
	closedir(dir);
	if (entries)
		return err_set(err, ERR_USAGE, -ENOTEMPTY,
			"%s: holds other files; name a folder that is empty or new", folder);
	return 0;
}

/* One value as a field. */
static void field_write(sqlite3_stmt *row, int column, FILE *out)
{
	const unsigned char *bytes;
	int len;

	switch (sqlite3_column_type(row, column)) {
	case SQLITE_NULL:
		break;
	case SQLITE_FLOAT:
		/* As many digits as give the number back. */
		fprintf(out, "%.17g", sqlite3_column_double(row, column));
		break;
	case SQLITE_BLOB:
		bytes = sqlite3_column_blob(row, column);
		len = sqlite3_column_bytes(row, column);
		fputs("X'", out);
		for (int i = 0; i < len; i++)
			fprintf(out, "%02X", bytes[i]);
		putc('\'', out);
		break;
	case SQLITE_TEXT:
		putc('"', out);
		for (bytes = sqlite3_column_text(row, column); bytes && *bytes; bytes++) {
			if (*bytes == '"')
				putc('"', out);
			putc(*bytes, out);
		}
		putc('"', out);
		break;
	default:
		fprintf(out, "%lld", (long long)sqlite3_column_int64(row, column));
	}
}

/* The names, then every row in the order of the key. */
static int rows_write(struct store *store, const char *sql, FILE *out, bool names, struct err *err)
{
	sqlite3_stmt *row;
	int rc;

	if (sqlite3_prepare_v2(store->db, sql, -1, &row, NULL) != SQLITE_OK)
		return db_error(store, "writing it out", err);
	for (int i = 0; names && i < sqlite3_column_count(row); i++)
		fprintf(out, "%s%s", i ? "," : "", sqlite3_column_name(row, i));
	if (names)
		fputs("\r\n", out);
	while ((rc = db_step(store, row, "writing it out", err)) == 1) {
		if (!names) {
			fprintf(out, "%s;\n\n", (const char *)sqlite3_column_text(row, 0));
			continue;
		}
		for (int i = 0; i < sqlite3_column_count(row); i++) {
			if (i)
				putc(',', out);
			field_write(row, i, out);
		}
		fputs("\r\n", out);
	}
	sqlite3_finalize(row);
	return rc;
}

/* @name: of the file. @names: a table of values, else plain text. */
static int file_write(struct store *store, const char *folder, const char *name, const char *sql,
	bool names, struct err *err)
{
	char path[PATH_MAX];
	FILE *out;
	int rc;

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", folder, name) >= sizeof(path))
		return err_set(err, ERR_USAGE, -ENAMETOOLONG, "%s: the path is too long", folder);
	out = fopen(path, "w");
	if (!out) {
		rc = -errno;
		return err_set(err, ERR_MISSING, rc,
			"%s: cannot be written (%s); choose another folder", path, strerror(-rc));
	}
	rc = rows_write(store, sql, out, names, err);
	if (ferror(out) && rc == 0)
		rc = -EIO;
	if (fclose(out) != 0 && rc == 0)
		rc = -errno;
	if (rc && !err->kind)
		err_set(err, ERR_MISSING, rc,
			"%s: cannot be written (%s); free some space or choose another folder",
			path, strerror(-rc));
	return rc;
}

static int table_write(
	struct store *store, const char *folder, const struct table *table, struct err *err)
{
	char name[TABLE_WORD_MAX + 8];
	char *sql = sqlite3_mprintf("SELECT * FROM main.\"%w\" ORDER BY rowid", table->name);
	int rc;

	if (!sql)
		return err_set(err, ERR_MISSING, -ENOMEM, "%s: out of memory while writing it out",
			store->path);
	snprintf(name, sizeof(name), "%s.csv", table->name);
	rc = file_write(store, folder, name, sql, true, err);
	sqlite3_free(sql);
	return rc;
}

int store_export(const char *path, const char *folder, struct err *err)
{
	struct table *table = NULL;
	struct store *store;
	int count, rc = store_open_readonly(&store, path, err);

	if (rc)
		return rc;
	rc = folder_make(folder, err);
	rc = rc ? rc : db_do(store, DB_BEGIN_READ, "writing it out", err);
	count = rc ? rc : tables_read(store, &table, err);
	rc = count < 0 ? count : 0;
	if (rc == 0)
		rc = file_write(store, folder, "schema.sql",
			"SELECT sql FROM main.sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid",
			false, err);
	for (int i = 0; rc == 0 && i < count; i++)
		rc = table_write(store, folder, &table[i], err);
	db_undo(store);
	free(table);
	store_close(store);
	return rc ? rc : count;
}
