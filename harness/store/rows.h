/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rows.h: private to harness/store: values bound to a statement and columns read from a row, one after the other; and what
 * all readers and writers need besides. Knows no table.
 */
#ifndef STORE_ROWS_H
#define STORE_ROWS_H

#include "harness/store/db.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Values bound one after the other; the first failure sticks. */
struct binder {
	sqlite3_stmt *statement;
	int column, rc;
};

static inline void bind_done(struct binder *to, int rc)
{
	if (to->rc == SQLITE_OK)
		to->rc = rc;
}

static inline void bind_int(struct binder *to, uint64_t value)
{
	bind_done(to, sqlite3_bind_int64(to->statement, ++to->column, (sqlite3_int64)value));
}

static inline void bind_key_number(struct binder *to, uint64_t value)
{
	if (value)
		bind_int(to, value);
	else
		bind_done(to, sqlite3_bind_null(to->statement, ++to->column));
}

static inline void bind_text(struct binder *to, const char *text)
{
	bind_done(to, sqlite3_bind_text(to->statement, ++to->column, text, -1, SQLITE_STATIC));
}

static inline void bind_key_text(struct binder *to, const char *text)
{
	bind_text(to, text[0] ? text : NULL);
}

/* SQLite turns NAN into NULL by itself. */
static inline void bind_real(struct binder *to, double value)
{
	bind_done(to, sqlite3_bind_double(to->statement, ++to->column, value));
}

static inline void bind_end(struct binder *to, double value)
{
	bind_real(to, isinf(value) ? (double)NAN : value);
}

/* Columns read one after the other. */
struct row {
	sqlite3_stmt *statement;
	int column;
};

static inline uint64_t row_int(struct row *row)
{
	return (uint64_t)sqlite3_column_int64(row->statement, row->column++);
}

/* NULL reads as @missing; so does what is infinite, as only in a damaged file (store_check tells of it). */
static inline double row_real(struct row *row, double missing)
{
	const int column = row->column++;
	const double value = sqlite3_column_double(row->statement, column);

	if (sqlite3_column_type(row->statement, column) == SQLITE_NULL || isinf(value))
		return missing;
	return value;
}

/* Copies what fits; NULL reads as "". */
static inline void row_text(struct row *row, char *out, size_t room)
{
	const unsigned char *text = sqlite3_column_text(row->statement, row->column++);

	snprintf(out, room, "%s", text ? (const char *)text : "");
}

/* Index of the column's word in @words, or -1. */
static inline int row_word(struct row *row, const char *const *words)
{
	const unsigned char *text = sqlite3_column_text(row->statement, row->column++);

	for (int i = 0; text && words[i]; i++) {
		if (strcmp(words[i], (const char *)text) == 0)
			return i;
	}
	return -1;
}

/* bind_step - steps a statement whose values are bound. Return: as db_step. */
int bind_step(struct store *store, const struct binder *to, const char *doing, struct err *err);

/* What to say of a column that is not what it can be, and where there is no memory. Return: -EBADMSG, -ENOMEM. */
int row_damaged(struct store *store, const char *what, struct err *err);
int row_no_memory(struct store *store, struct err *err);

/* row_more - room for one more element after @count; sizes double. The new element is zero. NULL: no memory. */
void *row_more(void *array, uint32_t count, size_t size);

/* The wall clock, ns since 1970, and an id made of it: sortable by time (UTC), with four random digits. */
uint64_t db_wall_ns(void);
void db_id(uint64_t wall_ns, char id[STORE_ID_MAX]);

#endif
