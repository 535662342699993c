/* SPDX-License-Identifier: BSD-2-Clause */
/* import_priv.h: what the files of harness/import share. */
#ifndef IMPORT_IMPORT_PRIV_H
#define IMPORT_IMPORT_PRIV_H

#include <jansson.h>

#include "harness/import/import.h"

#define IMPORT_FACTS_MAX 512

/* One file on its way into a run. */
struct reader {
	const char *name; /* of the file */
	struct store_run *run;
	struct import_tally *tally;
	struct err *err;
	json_t *cells;    /* run_name -> index of its cell */
	json_t *counters; /* names without a column */
};

/* bare.c: makes numbers that JSON has no word for empty arrays, in place: NaN, -inf, Infinity ... */
void import_bare(char *text, size_t len_bytes);

/*
 * name.c: the parameters that a name tells, "family/key:value/...". import_is_field - whether the schema or the record has a
 * field of that name.
 */
bool import_is_field(const char *key);
void import_params(const char *name, struct store_params *params);

/* context.c: facts. Return: 0 or -ENOMEM. */
int import_context(struct reader *reader, const json_t *context);

/* rows.c: cells and samples. Return: 0, -EINVAL (ERR_USAGE), -ENOMEM. */
int import_rows(struct reader *reader, const json_t *rows);

int import_no_memory(struct reader *reader);

#endif
