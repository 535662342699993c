/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tables.h: private to harness/store: the tables as the schema declares them, those that others refer to first. Read by
 * merge.c and dump.c.
 */
#ifndef STORE_TABLES_H
#define STORE_TABLES_H

#include "harness/store/db.h"

#define TABLES_MAX     32
#define COLUMNS_MAX    160
#define TABLE_WORD_MAX 64

struct table_column {
	char name[TABLE_WORD_MAX];
	char refers[TABLE_WORD_MAX]; /* table whose key this is; "" none */
	bool unique;                 /* one of those that tell rows apart */
};

struct table {
	char name[TABLE_WORD_MAX];
	char key[TABLE_WORD_MAX]; /* INTEGER PRIMARY KEY; "" where there is none */
	bool unique;              /* some columns are */
	unsigned columns;
	struct table_column column[COLUMNS_MAX]; /* without key */
};

/*
 * tables_read - all of them. Return: how many, their array in @tables (free() takes it back); -E2BIG (ERR_INTERNAL) more, or
 * more columns, than there is room for; -ELOOP (ERR_INTERNAL) tables that refer to each other.
 */
int tables_read(struct store *store, struct table **tables, struct err *err);

#endif
