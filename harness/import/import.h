/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * import.h: results in Google Benchmark's JSON, dmabench's own or other people's, as a run of the record.
 *
 *	FILE.json --import_read--> struct store_run --import_store--> database
 *
 * The model. Each run_name of benchmarks[] is a cell, each row of run_type "iteration" one repetition of it, in the order of
 * the file. Times become nanoseconds. Counters that the record has a column for (STORE_COUNTERS) are kept, others are
 * named in the tally. A row without items_per_second gets that of its iterations, so that `dmabench compare`
 * works with files that hold nothing but times. Aggregates are left out, as they come of repetitions that are there; where
 * only they are there, the median (else the mean) is the one repetition. A row with an error, or skipped, is a repetition
 * that failed. The context becomes facts: the library's own keys under dmabench's names, keys with a dot as they are,
 * what is left as context.KEY; what dmabench wrote of the run itself as import.KEY.
 *
 * What others do is taken as they do it: NaN and Infinity stand bare, which JSON forbids; run_type, repetition_index and
 * time_unit may be missing; fields may be unknown.
 *
 * Call order: import_read -> import_store, store_run_free. Ownership: a run that was read is the caller's.
 * Threads: none. Errors: -errno with a struct err that names file, place, what was found and what was expected: ERR_USAGE
 * where the file cannot be read or is something else; nothing is written then.
 */
#ifndef IMPORT_IMPORT_H
#define IMPORT_IMPORT_H

#include <stddef.h>
#include <stdint.h>

#include "drivers/support/err.h"
#include "harness/store/store.h"

#define IMPORT_NAMES_MAX 240

/* What became of the rows, and what has no place in the record. */
struct import_tally {
	uint32_t rows;
	uint32_t repetitions; /* kept */
	uint32_t failed;      /* of these */
	uint32_t medians;     /* of these: aggregates of which the repetitions are not there */
	uint32_t aggregates;  /* left out, as are: */
	uint32_t complexity;  /* rows of BigO and RMS */
	uint32_t context;     /* entries of the context: no text, too long a name, or too many */
	uint32_t counters;    /* names of counters without a column */
	char counter_names[IMPORT_NAMES_MAX]; /* the first of them, "a, b" */
};

/*
 * import_read - reads @path. @run: store_run_free it; its id is empty.
 * import_read_text - the same from memory, which it writes to. @name: for messages and the title.
 * Return: 0; -EINVAL, -ENOENT ... (ERR_USAGE); -ENOMEM (ERR_MISSING).
 */
int import_read(
	const char *path, struct store_run **run, struct import_tally *tally, struct err *err);
int import_read_text(const char *name, char *text, size_t len_bytes, struct store_run **run,
	struct import_tally *tally, struct err *err);

/*
 * import_store - writes @run with its facts and cells, as done; @id: receives its id. What was written before an error
 * is marked failed. Return: 0 or as store_run_begin, store_cells.
 */
int import_store(
	struct store *store, const struct store_run *run, char id[STORE_ID_MAX], struct err *err);

#endif
