// SPDX-License-Identifier: BSD-2-Clause
/* import.c: see import.h. A file into memory, its JSON, its two halves; and a run into the record. */
#include "harness/import/import_priv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "drivers/support/fault.h"

#define FILE_BYTES_MAX (256u << 20)

#define EXPECTED                                                                                   \
	"expected what a benchmark writes with --benchmark_out=FILE --benchmark_out_format=json"

int import_no_memory(struct reader *reader)
{
	return err_short(reader->err, -ENOMEM, "%s: no memory for its results", reader->name);
}

static int document_take(struct reader *reader, const json_t *document)
{
	const json_t *context = json_object_get(document, "context");
	const json_t *rows = json_object_get(document, "benchmarks");
	int rc;

	if (!json_is_array(rows))
		return err_set(reader->err, ERR_USAGE, -EINVAL,
			"%s: JSON without an array \"benchmarks\" at its top; " EXPECTED,
			reader->name);
	rc = import_context(reader, context);
	rc = rc ? rc : import_rows(reader, rows);
	if (rc == 0 && reader->run->cell_count == 0)
		rc = err_set(reader->err, ERR_USAGE, -EINVAL,
			"%s: no benchmark in it; was --benchmark_filter too narrow?", reader->name);
	return rc;
}

static void title_make(struct store_run *run, const char *path)
{
	const char *name = strrchr(path, '/');

	snprintf(run->title, sizeof(run->title), "import of %.80s", name ? name + 1 : path);
	run->state = STORE_DONE;
}

int import_read_text(const char *name, char *text, size_t len_bytes, struct store_run **out,
	struct import_tally *tally, struct err *err)
{
	struct reader reader = {.name = name, .tally = tally, .err = err};
	json_error_t error;
	json_t *document;
	int rc;

	*out = NULL;
	memset(tally, 0, sizeof(*tally));
	import_bare(text, len_bytes);
	document = json_loadb(text, len_bytes, 0, &error);
	if (!document)
		return err_set(err, ERR_USAGE, -EINVAL, "%s:%d:%d: %s; " EXPECTED, name, error.line,
			error.column, error.text);
	reader.run = fault_point("import_run") ? NULL : calloc(1, sizeof(*reader.run));
	reader.cells = json_object();
	reader.counters = json_object();
	if (!reader.run || !reader.cells || !reader.counters) {
		rc = import_no_memory(&reader);
	} else {
		title_make(reader.run, name);
		rc = document_take(&reader, document);
	}
	json_decref(reader.counters);
	json_decref(reader.cells);
	json_decref(document);
	if (rc)
		store_run_free(reader.run);
	else
		*out = reader.run;
	return rc;
}

/* The whole file; free *@text. */
static int file_read(const char *path, char **text, size_t *len_bytes, struct err *err)
{
	FILE *file = fopen(path, "re");
	struct stat st;
	int rc = 0;

	*text = NULL;
	if (!file || fstat(fileno(file), &st) < 0 || S_ISDIR(st.st_mode)) {
		rc = err_set(err, ERR_USAGE, file ? -EISDIR : -errno,
			"%s: cannot be read (%s); a file of results expected", path,
			file ? "is a folder" : strerror(errno));
	} else if (st.st_size > FILE_BYTES_MAX) {
		rc = err_set(err, ERR_USAGE, -EFBIG,
			"%s: %lld bytes; expected at most %u, split it", path,
			(long long)st.st_size, FILE_BYTES_MAX);
	} else {
		*text = fault_point("import_text") ? NULL : malloc((size_t)st.st_size + 1);
		if (!*text)
			rc = err_short(err, -ENOMEM, "%s: no memory to read it", path);
		else
			*len_bytes = fread(*text, 1, (size_t)st.st_size, file);
	}
	if (file)
		fclose(file);
	return rc;
}

int import_read(
	const char *path, struct store_run **run, struct import_tally *tally, struct err *err)
{
	size_t len_bytes = 0;
	char *text;
	int rc = file_read(path, &text, &len_bytes, err);

	*run = NULL;
	if (rc == 0)
		rc = import_read_text(path, text, len_bytes, run, tally, err);
	free(text);
	return rc;
}

/* Its row and its facts are in the record together or not at all. */
static int head_store(
	struct store *store, const struct store_run *run, char id[STORE_ID_MAX], struct err *err)
{
	int rc = store_together(store, err);

	if (rc)
		return rc;
	rc = store_run_begin(store, run->title, run->simulated, id, err);
	for (uint32_t i = 0; rc == 0 && i < run->fact_count; i++)
		rc = store_fact(store, run->fact[i].key, run->fact[i].value, err);
	return store_together_end(store, rc, err);
}

int import_store(
	struct store *store, const struct store_run *run, char id[STORE_ID_MAX], struct err *err)
{
	int rc = head_store(store, run, id, err), ended;

	if (rc)
		return rc;
	rc = store_cells(store, run->cell, run->cell_count, NULL, 0, err);
	ended = store_run_end(store, rc ? STORE_FAILED : STORE_DONE, rc ? ERR_INTERNAL : ERR_NONE,
		rc ? NULL : err);
	return rc ? rc : ended;
}
