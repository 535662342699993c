/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ageing.h: private to harness/report: cells whose trials went through a trace in windows, for table, JSON, CSV and plot.
 *
 * How memory lies at the end of a window is the same in every repetition, which goes through the same trace; what taking
 * cost is not. So a cell is shown by its medians over the repetitions, window by window.
 */
#ifndef REPORT_AGEING_H
#define REPORT_AGEING_H

#include <stdio.h>

#include "drivers/support/err.h"
#include "harness/store/store.h"

struct ageing {
	uint32_t count;
	struct store_window *window; /* medians over the good repetitions; NAN: none had it */
};

/* True where a good repetition of @cell has windows. */
bool ageing_kept(const struct store_cell *cell);

/* ageing_make - Return: 0 or -ENOMEM. ageing_free takes back what a zeroed or made one holds. */
int ageing_make(struct ageing *ageing, const struct store_cell *cell);
void ageing_free(struct ageing *ageing);

/* ageing_table - a block for every such cell of @run: up to twelve windows, and what became of it in words. */
void ageing_table(const struct store_run *run, const char *bold, const char *dim, const char *plain,
	FILE *out);

/* ageing_csv - all windows of all repetitions, one a line, below a line of names. */
void ageing_csv(const struct store_run *run, FILE *out);

/* True where any cell of @run has windows. */
bool ageing_kept_any(const struct store_run *run);

#endif
