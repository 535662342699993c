/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * table.h: what the files of the text table share: where it goes, and what its blocks show of a case.
 * Between table.c (blocks of transfers, the whole), table_cells.c (the quantities) and table_families.c
 * (the other families) only.
 */
#ifndef REPORT_TABLE_H
#define REPORT_TABLE_H

#include <stdio.h>

#include "harness/report/view.h"

#define TABLE_COLUMNS 100

struct table {
	FILE *out;
	const char *bold, *dim, *plain;
	const struct view *view;
};

enum table_place { TABLE_GROUPS = 1, TABLE_SWEEPS = 2, TABLE_BOTH = 3 };

/* One block's figure of a case, as text of one cell. */
struct table_quantity {
	const char *title;
	void (*show)(const struct view_summary *summary, char *out, size_t room);
	bool ceiling; /* decides which is the fastest; a last column with the memcpy ceiling */
	enum store_counter counter; /* left out where no case has it ... */
	double above;               /* ... above this */
	enum table_place place;
	/* In place of counter and above, NULL: those. */
	bool (*has)(const struct view_summary *summary);
};

extern const struct table_quantity table_quantities[];
extern const size_t table_quantity_count;

/* table_time - a time of @counter with its spread, as "1.5 us ±3%". */
void table_time(
	const struct view_summary *summary, enum store_counter counter, char *out, size_t room);
/* table_count - "1.22", "12.2", "122". */
char *table_count(double value, char *out, size_t room);

/* table_columns - columns that @text takes: bytes that do not continue a UTF-8 character. */
int table_columns(const char *text);
/* table_padded - @text to the right of @width columns, in @style ("" or one of the table's). */
void table_padded(const struct table *table, const char *text, int width, const char *style);

/* table_families - one block for each family that is not in groups. */
void table_families(const struct table *table);

#endif
