// SPDX-License-Identifier: BSD-2-Clause
/*
 * read.c: the reading half of store.h. The file may have been written by anybody: lengths, words
 * and histograms are checked, and a run is read in one transaction, so that a writer beside us
 * changes nothing.
 */
#include "harness/store/rows.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/support/fault.h"

#define READ_IDS_SHOWN 5

static int read_hist(struct store *store, struct row *row, struct hist **hist, struct err *err)
{
	int column = row->column++;

	if (sqlite3_column_type(row->statement, column) == SQLITE_NULL)
		return 0;
	const void *bytes = sqlite3_column_blob(row->statement, column);
	int size = sqlite3_column_bytes(row->statement, column);

	*hist = fault_point("store_alloc") ? NULL : calloc(1, sizeof(**hist));
	if (!*hist)
		return row_no_memory(store, err);
	if (!bytes || hist_decode(*hist, bytes, (size_t)size) < 0)
		return row_damaged(store, "a latency histogram", err);
	return 0;
}

/* Runs @which for parent row @parent and hands every row to @take until it fails. */
typedef int (*read_take)(struct store *store, struct row *row, void *into, struct err *err);

static int read_each(struct store *store, enum db_statement which, int64_t parent, read_take take,
	void *into, struct err *err)
{
	sqlite3_stmt *statement;
	int rc = db_get(store, which, &statement, err);

	if (rc)
		return rc;
	sqlite3_bind_int64(statement, 1, parent);
	while ((rc = db_step(store, statement, "reading a run", err)) == 1) {
		struct row row = {.statement = statement};

		rc = take(store, &row, into, err);
		if (rc)
			break;
	}
	sqlite3_reset(statement);
	return rc;
}

static int take_window(struct store *store, struct row *row, void *into, struct err *err)
{
	struct store_sample *sample = into;
	void *more = row_more(sample->window, sample->window_count, sizeof(*sample->window));

	if (!more)
		return row_no_memory(store, err);
	sample->window = more;
	if (row_int(row) != sample->window_count)
		return row_damaged(store, "the order of windows", err);
	struct store_window *window = &sample->window[sample->window_count++];

	for (int i = 0; i < STORE_WINDOW_FIELDS; i++)
		window->value[i] = row_real(row, (double)NAN);
	return 0;
}

static int read_sample(
	struct store *store, struct row *row, struct store_sample *sample, struct err *err)
{
	int64_t id = (int64_t)row_int(row);

	sample->repetition = (uint32_t)row_int(row);
	sample->block = (uint32_t)row_int(row);
	sample->iterations = row_int(row);
	sample->real_time_ns = row_real(row, (double)NAN);
	sample->cpu_time_ns = row_real(row, (double)NAN);
	sample->failed = row_int(row) != 0;
	row_text(row, sample->error, sizeof(sample->error));
	row_text(row, sample->tainted, sizeof(sample->tainted));
	int rc = read_hist(store, row, &sample->latency, err);

	if (rc == 0)
		rc = read_hist(store, row, &sample->response, err);
	else
		row->column++;

	for (int i = 0; i < STORE_COUNTER_COUNT; i++)
		sample->counter[i] = row_real(row, (double)NAN);
	return rc ? rc : read_each(store, DB_READ_WINDOWS, id, take_window, sample, err);
}

static int take_sample(struct store *store, struct row *row, void *into, struct err *err)
{
	struct store_cell *cell = into;
	void *more = row_more(cell->sample, cell->sample_count, sizeof(*cell->sample));

	if (!more)
		return row_no_memory(store, err);
	cell->sample = more;
	return read_sample(store, row, &cell->sample[cell->sample_count++], err);
}

static int take_cell(struct store *store, struct row *row, void *into, struct err *err)
{
	struct store_run *run = into;
	void *more = row_more(run->cell, run->cell_count, sizeof(*run->cell));

	if (!more)
		return row_no_memory(store, err);
	run->cell = more;
	struct store_cell *cell = &run->cell[run->cell_count++];
	struct store_params *params = &cell->params;
	int64_t id = (int64_t)row_int(row);

	row_text(row, cell->name, sizeof(cell->name));
	row_text(row, params->family, sizeof(params->family));
	row_text(row, params->device, sizeof(params->device));
	row_text(row, params->strategy, sizeof(params->strategy));
	row_text(row, params->dir, sizeof(params->dir));
	row_text(row, params->completion, sizeof(params->completion));
	row_text(row, params->source, sizeof(params->source));
	row_text(row, params->verify, sizeof(params->verify));
	params->size_bytes = row_int(row);
	params->depth = (uint32_t)row_int(row);
	params->batch = (uint32_t)row_int(row);
	row_text(row, params->extra, sizeof(params->extra));
	cell->ceiling_bytes_per_second = row_real(row, (double)NAN);
	row_text(row, cell->limiter, sizeof(cell->limiter));
	cell->limit_items_per_second = row_real(row, (double)NAN);
	cell->handoff_items_per_second = row_real(row, (double)NAN);
	cell->wakeup_items_per_second = row_real(row, (double)NAN);
	cell->pin_items_per_second = row_real(row, (double)NAN);
	cell->pin_ns = row_real(row, (double)NAN);
	return read_each(store, DB_READ_SAMPLES, id, take_sample, cell, err);
}

static int take_fact(struct store *store, struct row *row, void *into, struct err *err)
{
	struct store_run *run = into;
	void *more = row_more(run->fact, run->fact_count, sizeof(*run->fact));

	if (!more)
		return row_no_memory(store, err);
	run->fact = more;
	struct store_fact *fact = &run->fact[run->fact_count++];

	row_text(row, fact->key, sizeof(fact->key));
	const unsigned char *value = sqlite3_column_text(row->statement, row->column++);

	fact->value = fault_point("store_alloc") ? NULL : strdup(value ? (const char *)value : "");
	return fact->value ? 0 : row_no_memory(store, err);
}

static int take_crossover(struct store *store, struct row *row, void *into, struct err *err)
{
	struct store_run *run = into;
	void *more = row_more(run->crossover, run->crossover_count, sizeof(*run->crossover));

	if (!more)
		return row_no_memory(store, err);
	run->crossover = more;
	struct store_crossover *crossover = &run->crossover[run->crossover_count++];
	struct stats_crossover *result = &crossover->result;

	row_text(row, crossover->dir, sizeof(crossover->dir));
	row_text(row, crossover->source, sizeof(crossover->source));
	row_text(row, crossover->completion, sizeof(crossover->completion));
	crossover->depth = (uint32_t)row_int(row);
	row_text(row, crossover->extra, sizeof(crossover->extra));
	row_text(row, crossover->slow_start, sizeof(crossover->slow_start));
	row_text(row, crossover->fast_end, sizeof(crossover->fast_end));
	int kind = row_word(row, db_kind_words);

	if (kind < 0)
		return row_damaged(store, "the kind of a crossover", err);
	result->kind = (enum stats_crossover_kind)kind;
	result->size_bytes = row_real(row, 0);
	result->interval.low = row_real(row, -(double)INFINITY);
	result->interval.high = row_real(row, (double)INFINITY);
	result->interval.level = row_real(row, (double)NAN);
	result->agreement = row_real(row, (double)NAN);
	result->crossings = (unsigned)row_int(row);
	crossover->size_min_bytes = row_real(row, (double)NAN);
	crossover->size_max_bytes = row_real(row, (double)NAN);
	row_text(row, crossover->sentence, sizeof(crossover->sentence));
	return 0;
}

static int take_finding(struct store *store, struct row *row, void *into, struct err *err)
{
	struct store_run *run = into;
	void *more = row_more(run->finding, run->finding_count, sizeof(*run->finding));

	if (!more)
		return row_no_memory(store, err);
	run->finding = more;
	struct store_finding *finding = &run->finding[run->finding_count++];

	row_text(row, finding->cell, sizeof(finding->cell));
	row_text(row, finding->text, sizeof(finding->text));
	return 0;
}

static int take_rate(struct store *store, struct row *row, void *into, struct err *err)
{
	struct store_run *run = into;
	void *more = row_more(run->rate, run->rate_count, sizeof(*run->rate));

	if (!more)
		return row_no_memory(store, err);
	run->rate = more;
	struct store_rate *rate = &run->rate[run->rate_count++];

	row_text(row, rate->cell, sizeof(rate->cell));
	rate->quantile = row_real(row, (double)NAN);
	rate->limit_ns = row_real(row, (double)NAN);
	rate->closed_per_second = row_real(row, (double)NAN);
	rate->low_per_second = row_real(row, 0);
	rate->high_per_second = row_real(row, (double)INFINITY);
	row_text(row, rate->sentence, sizeof(rate->sentence));
	return 0;
}

/* The columns of table run. @row_id: may be NULL. */
static int read_head(struct store *store, struct row *row, struct store_run *run, int64_t *row_id,
	struct err *err)
{
	int64_t id = (int64_t)row_int(row);

	if (row_id)
		*row_id = id;
	row_text(row, run->id, sizeof(run->id));
	row_text(row, run->title, sizeof(run->title));
	run->started_wall_ns = row_int(row);
	run->ended_wall_ns = row_int(row);
	int state = row_word(row, db_state_words);

	if (state < 0)
		return row_damaged(store, "the state of a run", err);
	run->state = (enum store_state)state;
	run->exit_code = (int)(int64_t)row_int(row);
	run->simulated = row_int(row) != 0;
	return 0;
}

/* Appends the ids that @statement gives to @text, "a, b, c". Return: how many, or -errno. */
static int read_ids(struct store *store, sqlite3_stmt *statement, char first[STORE_ID_MAX],
	char *text, size_t room, struct err *err)
{
	size_t used = 0;
	int count = 0, rc;

	text[0] = '\0';
	while ((rc = db_step(store, statement, "finding a run", err)) == 1) {
		const char *id = (const char *)sqlite3_column_text(statement, 0);

		if (count == 0)
			snprintf(first, STORE_ID_MAX, "%s", id);
		int length = snprintf(text + used, room - used, "%s%s", count ? ", " : "", id);

		if (length > 0 && (size_t)length < room - used)
			used += (size_t)length;
		count++;
	}
	return rc < 0 ? rc : count;
}

/* Runs before the latest that "latest~N" names; -1: @name is no such word. */
static int64_t runs_back(const char *name)
{
	static const char word[] = "latest~";
	char *end;

	if (strncmp(name, word, sizeof(word) - 1) != 0 || name[sizeof(word) - 1] < '0' ||
		name[sizeof(word) - 1] > '9')
		return -1;
	unsigned long back = strtoul(name + sizeof(word) - 1, &end, 10);

	return *end || back > INT32_MAX ? -1 : (int64_t)back;
}

/* Return: 1 found, 0 there are not so many, or -errno. */
static int read_back(struct store *store, int64_t back, char id[STORE_ID_MAX], struct err *err)
{
	char ids[STORE_ID_MAX + 2];
	sqlite3_stmt *statement;
	int rc = db_get(store, DB_FIND_BACK, &statement, err);

	if (rc)
		return rc;
	sqlite3_bind_int64(statement, 1, back);
	return read_ids(store, statement, id, ids, sizeof(ids), err);
}

/* The suite of the newest night. */
static int read_night(struct store *store, char id[STORE_ID_MAX], struct err *err)
{
	char ids[STORE_ID_MAX + 2];
	sqlite3_stmt *statement;
	int rc = db_get(store, DB_FIND_NIGHT, &statement, err);

	rc = rc ? rc : read_ids(store, statement, id, ids, sizeof(ids), err);
	if (rc)
		return rc < 0 ? rc : 0;
	return err_set(err, ERR_USAGE, -ENOENT,
		"%s: holds no night yet; `dmabench nightly` measures one", store->path);
}

/* Turns what the user named into a full id. */
static int read_find(struct store *store, const char *name, char id[STORE_ID_MAX], struct err *err)
{
	const enum db_statement tries[] = {DB_FIND_EXACT, DB_FIND_PREFIX};
	char ids[READ_IDS_SHOWN * (STORE_ID_MAX + 2)];
	bool latest = strcmp(name, "latest") == 0;
	const int64_t back = runs_back(name);
	sqlite3_stmt *statement;
	int rc = back < 0 ? 0 : read_back(store, back, id, err);

	if (rc)
		return rc < 0 ? rc : 0;
	if (strcmp(name, "night") == 0)
		return read_night(store, id, err);
	for (int i = 0; !latest && name[0] && i < 2; i++) {
		rc = db_get(store, tries[i], &statement, err);
		if (rc)
			return rc;
		sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
		rc = read_ids(store, statement, id, ids, sizeof(ids), err);
		if (rc < 0 || rc == 1)
			return rc < 0 ? rc : 0;
		if (rc > 1)
			return err_set(err, ERR_USAGE, -ENOTUNIQ,
				"%s: \"%.40s\" is the beginning of several runs: %s", store->path,
				name, ids);
	}
	rc = db_get(store, DB_FIND_LATEST, &statement, err);
	if (rc)
		return rc;
	rc = read_ids(store, statement, id, ids, sizeof(ids), err);
	if (rc < 0 || (latest && rc > 0))
		return rc < 0 ? rc : 0;
	if (rc == 0)
		return err_set(err, ERR_USAGE, -ENOENT,
			"%s: holds no run yet; `dmabench run` makes one", store->path);
	return err_set(err, ERR_USAGE, -ENOENT,
		"%s: no run \"%.40s\"; expected latest, latest~1 (the one before), night (suite of "
		"the "
		"newest night) or the beginning of an id, the newest are %s",
		store->path, name, ids);
}

static int read_whole(struct store *store, const char *name, struct store_run *run, struct err *err)
{
	char id[STORE_ID_MAX];
	sqlite3_stmt *statement;
	int64_t row_id = 0;
	int rc = read_find(store, name, id, err);

	if (rc == 0)
		rc = db_get(store, DB_READ_RUN, &statement, err);
	if (rc)
		return rc;
	sqlite3_bind_text(statement, 1, id, -1, SQLITE_STATIC);
	rc = db_step(store, statement, "reading a run", err);
	if (rc < 0)
		return rc;
	struct row row = {.statement = statement};

	rc = rc == 1 ? read_head(store, &row, run, &row_id, err) : row_damaged(store, id, err);
	sqlite3_reset(statement);
	if (rc == 0)
		rc = read_each(store, DB_READ_FACTS, row_id, take_fact, run, err);
	if (rc == 0)
		rc = read_each(store, DB_READ_CELLS, row_id, take_cell, run, err);
	if (rc == 0)
		rc = read_each(store, DB_READ_CROSSOVERS, row_id, take_crossover, run, err);
	if (rc == 0)
		rc = read_each(store, DB_READ_FINDINGS, row_id, take_finding, run, err);
	if (rc == 0)
		rc = read_each(store, DB_READ_RATES, row_id, take_rate, run, err);
	return rc;
}

int store_read(struct store *store, const char *id, struct store_run **out, struct err *err)
{
	struct store_run *run = fault_point("store_alloc") ? NULL : calloc(1, sizeof(*run));

	*out = NULL;
	if (!run)
		return row_no_memory(store, err);
	int rc = db_do(store, DB_BEGIN_READ, "reading a run", err);

	if (rc == 0)
		rc = read_whole(store, id, run, err);
	if (rc == 0)
		rc = db_do(store, DB_COMMIT, "reading a run", err);
	if (rc) {
		db_undo(store);
		store_run_free(run);
		return rc;
	}
	*out = run;
	return 0;
}

static void sample_free(struct store_sample *sample)
{
	free(sample->latency);
	free(sample->response);
	free(sample->window);
}

void store_run_free(struct store_run *run)
{
	if (!run)
		return;
	for (uint32_t i = 0; i < run->fact_count; i++)
		free(run->fact[i].value);
	for (uint32_t i = 0; i < run->cell_count; i++) {
		for (uint32_t s = 0; s < run->cell[i].sample_count; s++)
			sample_free(&run->cell[i].sample[s]);
		free(run->cell[i].sample);
	}
	free(run->fact);
	free(run->cell);
	free(run->crossover);
	free(run->rate);
	free(run->finding);
	free(run);
}

int store_list(struct store *store, store_emit emit, void *arg, struct err *err)
{
	sqlite3_stmt *statement;
	int rc = db_get(store, DB_LIST, &statement, err);

	if (rc)
		return rc;
	while ((rc = db_step(store, statement, "listing runs", err)) == 1) {
		struct row row = {.statement = statement};
		struct store_run run = {0};

		rc = read_head(store, &row, &run, NULL, err);
		if (rc || !emit(arg, &run))
			break;
	}
	sqlite3_reset(statement);
	return rc;
}
