/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * keep.h: looking after the record as a whole: is it sound, what may go, two of them into one, all of it as text.
 *
 * Nothing here knows what a table means. Which tables there are, what their rows belong to and what makes a row the same as
 * another is read from the schema (PRAGMA table_info, foreign_key_list, index_list), so that a table added by a migration is
 * checked, merged and written out without a line here.
 *
 * Call order: each function opens the files it names, works and closes them.
 * Threads and errors: as store.h.
 */
#ifndef STORE_KEEP_H
#define STORE_KEEP_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/support/err.h"

/* What store_check saw. Text belongs to the call. */
typedef void (*store_check_emit)(void *arg, const char *text);

struct store_checked {
	uint64_t runs, cells, samples;
	uint64_t unfinished; /* runs in state running: killed, or going on */
	uint64_t faults;     /* what was said to @emit: 0 is a sound record */
};

/*
 * store_check - reads all of it: pages and indices (integrity_check), references (foreign_key_check), every run with every
 * histogram in it, and states that contradict what is there (a run that is done, without a cell).
 * Return: 0, whatever was found; -EBADMSG (ERR_USAGE) the file is too damaged to go on; else as store_open_readonly.
 */
int store_check(const char *path, store_check_emit emit, void *arg, struct store_checked *checked,
	struct err *err);

struct store_vacuumed {
	uint64_t runs;                      /* that went */
	uint64_t before_bytes, after_bytes; /* of the file with its log */
};

/*
 * store_vacuum - brings the file to this program's schema, removes the runs begun before @before_wall_ns (0: none) with all
 * that belongs to them, writes the file anew without holes and empties its log. Nights and the points of series stay.
 * @dry: only counts runs. Return: 0; -EBUSY (ERR_MISSING) somebody writes; -ENOSPC (ERR_MISSING): it needs its own size of
 * free space; then the runs may be gone, and the file is sound.
 */
int store_vacuum(const char *path, uint64_t before_wall_ns, bool dry,
	struct store_vacuumed *vacuumed, struct err *err);

struct store_merged {
	uint64_t runs, rows; /* added, rows of all tables */
	uint64_t had;        /* runs of @from that @into had already */
	uint64_t renamed;    /* other runs under the same id, which got another */
};

/*
 * store_merge - adds to @into (made if missing) what it lacks of @from, all of it or nothing. A row is the same where its
 * UNIQUE columns are (all columns, where there are none), and those it refers to; rows of both stay apart otherwise. What
 * @into has is not changed, but that a run which has not ended there has ended in @from. Merging again adds nothing.
 * Return: 0; -EINVAL (ERR_USAGE) both are the same file; else as store_open, store_open_readonly.
 */
int store_merge(const char *into, const char *from, struct store_merged *merged, struct err *err);

/*
 * store_export - every table as FOLDER/TABLE.csv (RFC 4180; NULL is empty and an empty text ""; bytes in hexadecimal, as X'..'),
 * and FOLDER/schema.sql. The folder is made; it must not hold anything. All from one moment.
 * Return: number of tables; -ENOTEMPTY, -ENOTDIR (ERR_USAGE); -ENOSPC, -EACCES ... (ERR_MISSING).
 */
int store_export(const char *path, const char *folder, struct err *err);

#endif
