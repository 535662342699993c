// SPDX-License-Identifier: BSD-2-Clause
/*
 * write.c: the writing half of store.h. A value that is missing (NAN, 0 or "" of a key that does
 * not apply, an end of an interval that is open) becomes NULL.
 */
#include "harness/store/rows.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/support/fault.h"

#define WRITE_ID_TRIES 64

const char *store_counter_name(enum store_counter counter)
{
	static const char *const names[STORE_COUNTER_COUNT] = {
#define X(name) #name,
		STORE_COUNTERS(X)
#undef X
	};

	return names[counter];
}

const char *store_window_name(enum store_window_field field)
{
	static const char *const names[STORE_WINDOW_FIELDS] = {
#define X(name) #name,
		STORE_WINDOW(X)
#undef X
	};

	return names[field];
}

static int write_needs_run(struct store *store, struct err *err)
{
	if (store->run)
		return 0;
	return err_set(err, ERR_INTERNAL, -EINVAL,
		"%s: nothing can be written before store_run_begin", store->path);
}

int store_run_begin(struct store *store, const char *title, bool simulated, char id[STORE_ID_MAX],
	struct err *err)
{
	for (int try = 0; try < WRITE_ID_TRIES; try++) {
		struct binder to = {0};
		uint64_t now_ns = db_wall_ns();
		int rc = db_get(store, DB_INSERT_RUN, &to.statement, err);

		id[0] = '\0';
		if (rc)
			return rc;
		db_id(now_ns, id);
		bind_text(&to, id);
		bind_text(&to, title);
		bind_int(&to, now_ns);
		bind_int(&to, simulated);
		rc = bind_step(store, &to, "beginning a run", err);
		if (rc) {
			id[0] = '\0'; /* there is no such run */
			return rc;
		}
		if (sqlite3_changes(store->db) == 1) {
			store->run = sqlite3_last_insert_rowid(store->db);
			return 0;
		}
	}
	return err_set(err, ERR_INTERNAL, -EEXIST, "%s: no free run id in %d tries", store->path,
		WRITE_ID_TRIES);
}

int store_together(struct store *store, struct err *err)
{
	store->run_before = store->run;
	return db_do(store, DB_BEGIN_WRITE, "beginning a record", err);
}

int store_together_end(struct store *store, int rc, struct err *err)
{
	rc = rc ? rc : db_do(store, DB_COMMIT, "beginning a record", err);
	if (rc) {
		db_undo(store);
		store->run = store->run_before;
	}
	return rc;
}

/* One step of a statement about the run @row, and about @key where it is not NULL. */
static int resume_step(struct store *store, enum db_statement which, int64_t row, const char *key,
	sqlite3_stmt **statement, struct err *err)
{
	struct binder to = {0};
	int rc = db_get(store, which, &to.statement, err);

	if (rc)
		return rc;
	bind_int(&to, (uint64_t)row);
	if (key)
		bind_text(&to, key);
	if (statement)
		*statement = to.statement;
	return bind_step(store, &to, "taking up a run", err);
}

/* Row of the run @id, which must not be done, in @row. */
static int resume_find(struct store *store, const char *id, int64_t *row, struct err *err)
{
	struct binder to = {0};
	int rc = db_get(store, DB_FIND_RUN, &to.statement, err);

	if (rc)
		return rc;
	bind_text(&to, id);
	rc = bind_step(store, &to, "taking up a run", err);
	if (rc < 0)
		return rc;
	if (rc == 0)
		return err_set(err, ERR_USAGE, -ENOENT, "%s: no run %.40s", store->path, id);
	*row = sqlite3_column_int64(to.statement, 0);
	const char *state = (const char *)sqlite3_column_text(to.statement, 1);
	bool done = !state || strcmp(state, db_state_words[STORE_DONE]) == 0;

	sqlite3_reset(to.statement);
	return done ? err_set(err, ERR_USAGE, -EALREADY, "%s: run %.40s is done", store->path, id)
	            : 0;
}

/* Whether nobody has taken the run up since its process was read as @before. */
static int resume_unclaimed(
	struct store *store, const char *id, int64_t row, const char *before, struct err *err)
{
	sqlite3_stmt *statement = NULL;
	int rc = resume_step(store, DB_RESUME_PROCESS, row, STORE_PROCESS_FACT, &statement, err);

	if (rc < 0)
		return rc;
	const char *now = rc == 1 ? (const char *)sqlite3_column_text(statement, 0) : "";
	bool same = now && strcmp(now, before) == 0;

	sqlite3_reset(statement);
	return same ? 0
	            : err_set(err, ERR_USAGE, -EALREADY,
			      "%s: run %.40s has just been taken up by another process",
			      store->path, id);
}

static int resume_write(struct store *store, const char *id, const char *process_before,
	const char *process, struct err *err)
{
	int64_t row = 0;
	int rc = resume_find(store, id, &row, err);

	rc = rc ? rc : resume_unclaimed(store, id, row, process_before, err);
	rc = rc ? rc : resume_step(store, DB_RESUME_RUN, row, NULL, NULL, err);
	rc = rc ? rc : resume_step(store, DB_DROP_CROSSOVERS, row, NULL, NULL, err);
	rc = rc ? rc : resume_step(store, DB_DROP_FINDINGS, row, NULL, NULL, err);
	rc = rc ? rc : resume_step(store, DB_DROP_RATES, row, NULL, NULL, err);
	if (rc == 0) {
		store->run = row;
		rc = store_fact(store, STORE_PROCESS_FACT, process, err);
	}
	return rc;
}

int store_run_resume(struct store *store, const char *id, const char *process_before,
	const char *process, struct err *err)
{
	int rc = db_do(store, DB_BEGIN_WRITE, "taking up a run", err);

	if (rc)
		return rc;
	rc = resume_write(store, id, process_before, process, err);
	if (rc == 0)
		rc = db_do(store, DB_COMMIT, "taking up a run", err);
	if (rc) {
		db_undo(store);
		store->run = 0;
	}
	return rc;
}

int store_fact(struct store *store, const char *key, const char *value, struct err *err)
{
	struct binder to = {0};
	int rc = write_needs_run(store, err);

	if (rc == 0)
		rc = db_get(store, DB_INSERT_FACT, &to.statement, err);
	if (rc)
		return rc;
	bind_int(&to, (uint64_t)store->run);
	bind_text(&to, key);
	bind_text(&to, value);
	return bind_step(store, &to, "writing a fact", err);
}

static int write_cell_row(struct store *store, const struct store_cell *cell, struct err *err)
{
	const struct store_params *params = &cell->params;
	struct binder to = {0};
	int rc = db_get(store, DB_INSERT_CELL, &to.statement, err);

	if (rc)
		return rc;
	bind_int(&to, (uint64_t)store->run);
	bind_text(&to, cell->name);
	bind_key_text(&to, params->family);
	bind_key_text(&to, params->device);
	bind_key_text(&to, params->strategy);
	bind_key_text(&to, params->dir);
	bind_key_text(&to, params->completion);
	bind_key_text(&to, params->source);
	bind_key_text(&to, params->verify);
	bind_key_number(&to, params->size_bytes);
	bind_key_number(&to, params->depth);
	bind_key_number(&to, params->batch);
	bind_key_text(&to, params->extra);
	bind_real(&to, cell->ceiling_bytes_per_second);
	bind_key_text(&to, cell->limiter);
	bind_real(&to, cell->limit_items_per_second);
	bind_real(&to, cell->handoff_items_per_second);
	bind_real(&to, cell->wakeup_items_per_second);
	bind_real(&to, cell->pin_items_per_second);
	bind_real(&to, cell->pin_ns);
	return bind_step(store, &to, "writing a cell", err);
}

/* Binds the encoded histogram, or NULL; SQLite frees the bytes. */
static int bind_hist(struct binder *to, const struct hist *hist)
{
	to->column++;
	if (!hist) {
		bind_done(to, sqlite3_bind_null(to->statement, to->column));
		return 0;
	}
	long size = hist_encode(hist, NULL, 0);
	unsigned char *bytes = size > 0 && !fault_point("store_alloc") ? malloc((size_t)size)
	                                                               : NULL;

	if (!bytes)
		return -ENOMEM;
	if (hist_encode(hist, bytes, (size_t)size) != size) {
		free(bytes);
		return -EINVAL;
	}
	bind_done(to, sqlite3_bind_blob64(to->statement, to->column, bytes, (uint64_t)size, free));
	return 0;
}

static int write_window_row(struct store *store, int64_t sample, uint32_t position,
	const struct store_window *window, struct err *err)
{
	struct binder to = {0};
	int rc = db_get(store, DB_INSERT_WINDOW, &to.statement, err);

	if (rc)
		return rc;
	bind_int(&to, (uint64_t)sample);
	bind_int(&to, position);
	for (int i = 0; i < STORE_WINDOW_FIELDS; i++)
		bind_real(&to, window->value[i]);
	return bind_step(store, &to, "writing a window", err);
}

static int write_sample_row(
	struct store *store, int64_t cell, const struct store_sample *sample, struct err *err)
{
	struct binder to = {0};
	int rc = db_get(store, DB_INSERT_SAMPLE, &to.statement, err);

	if (rc)
		return rc;
	bind_int(&to, (uint64_t)cell);
	bind_int(&to, sample->repetition);
	bind_int(&to, sample->block);
	bind_int(&to, sample->iterations);
	bind_real(&to, sample->real_time_ns);
	bind_real(&to, sample->cpu_time_ns);
	bind_int(&to, sample->failed);
	bind_key_text(&to, sample->error);
	bind_key_text(&to, sample->tainted);
	rc = bind_hist(&to, sample->latency);
	rc = rc ? rc : bind_hist(&to, sample->response);
	if (rc)
		return err_set(err, ERR_MISSING, rc,
			"%s: histogram of repetition %u cannot be encoded (%s)", store->path,
			sample->repetition, strerror(-rc));
	for (int i = 0; i < STORE_COUNTER_COUNT; i++)
		bind_real(&to, sample->counter[i]);
	return bind_step(store, &to, "writing a sample", err);
}

static int write_sample(
	struct store *store, int64_t cell, const struct store_sample *sample, struct err *err)
{
	int rc = write_sample_row(store, cell, sample, err);
	int64_t row = sqlite3_last_insert_rowid(store->db);

	for (uint32_t i = 0; i < sample->window_count && rc == 0; i++)
		rc = write_window_row(store, row, i, &sample->window[i], err);
	return rc;
}

static int write_cell(struct store *store, const struct store_cell *cell, struct err *err)
{
	int rc = write_cell_row(store, cell, err);
	int64_t row = sqlite3_last_insert_rowid(store->db);

	for (uint32_t i = 0; i < cell->sample_count && rc == 0; i++)
		rc = write_sample(store, row, &cell->sample[i], err);
	return rc;
}

int store_cells(struct store *store, const struct store_cell *cell, uint32_t cell_count,
	const struct store_finding *finding, uint32_t finding_count, struct err *err)
{
	int rc = write_needs_run(store, err);

	if (rc)
		return rc;
	rc = db_do(store, DB_BEGIN_WRITE, "writing a cell", err);
	if (rc)
		return rc;
	for (uint32_t i = 0; i < cell_count && rc == 0; i++)
		rc = write_cell(store, &cell[i], err);
	for (uint32_t i = 0; i < finding_count && rc == 0; i++)
		rc = store_finding(store, &finding[i], err);
	if (rc == 0)
		rc = db_do(store, DB_COMMIT, "committing a cell", err);
	if (rc)
		db_undo(store);
	return rc;
}

int store_cell(struct store *store, const struct store_cell *cell, struct err *err)
{
	return store_cells(store, cell, 1, NULL, 0, err);
}

int store_crossover(struct store *store, const struct store_crossover *crossover, struct err *err)
{
	const struct stats_crossover *result = &crossover->result;
	struct binder to = {0};
	int rc = write_needs_run(store, err);

	if (rc == 0)
		rc = db_get(store, DB_INSERT_CROSSOVER, &to.statement, err);
	if (rc)
		return rc;
	bind_int(&to, (uint64_t)store->run);
	bind_text(&to, crossover->dir);
	bind_text(&to, crossover->source);
	bind_text(&to, crossover->completion);
	bind_int(&to, crossover->depth);
	bind_key_text(&to, crossover->extra);
	bind_text(&to, crossover->slow_start);
	bind_text(&to, crossover->fast_end);
	bind_text(&to, db_kind_words[result->kind]);
	bind_end(&to, result->kind == STATS_CROSSOVER_FOUND ? result->size_bytes : (double)NAN);
	bind_end(&to, result->interval.low);
	bind_end(&to, result->interval.high);
	bind_real(&to, result->interval.level);
	bind_real(&to, result->agreement);
	bind_int(&to, result->crossings);
	bind_real(&to, crossover->size_min_bytes);
	bind_real(&to, crossover->size_max_bytes);
	bind_text(&to, crossover->sentence);
	return bind_step(store, &to, "writing a crossover", err);
}

static int write_rate_row(struct store *store, const struct store_rate *rate, struct err *err)
{
	struct binder to = {0};
	int rc = db_get(store, DB_INSERT_RATE, &to.statement, err);

	if (rc)
		return rc;
	bind_int(&to, (uint64_t)store->run);
	bind_text(&to, rate->cell);
	bind_real(&to, rate->quantile);
	bind_real(&to, rate->limit_ns);
	bind_real(&to, rate->closed_per_second);
	bind_real(&to, rate->low_per_second > 0 ? rate->low_per_second : (double)NAN);
	bind_end(&to, rate->high_per_second);
	bind_text(&to, rate->sentence);
	return bind_step(store, &to, "writing a rate search", err);
}

static int write_probe_row(struct store *store, int64_t search, uint32_t position,
	const struct store_probe *probe, struct err *err)
{
	struct binder to = {0};
	int rc = db_get(store, DB_INSERT_PROBE, &to.statement, err);

	if (rc)
		return rc;
	bind_int(&to, (uint64_t)search);
	bind_int(&to, position);
	bind_real(&to, probe->offered_per_second);
	bind_real(&to, probe->achieved_per_second);
	bind_real(&to, probe->value_ns);
	bind_int(&to, probe->sustained);
	bind_int(&to, probe->met);
	return bind_step(store, &to, "writing a probe", err);
}

int store_rate(struct store *store, const struct store_rate *rate, struct err *err)
{
	int rc = write_needs_run(store, err);

	if (rc)
		return rc;
	rc = db_do(store, DB_BEGIN_WRITE, "writing a rate search", err);
	if (rc)
		return rc;
	rc = write_rate_row(store, rate, err);
	int64_t row = sqlite3_last_insert_rowid(store->db);

	for (uint32_t i = 0; i < rate->probe_count && rc == 0; i++)
		rc = write_probe_row(store, row, i, &rate->probe[i], err);
	if (rc == 0)
		rc = db_do(store, DB_COMMIT, "committing a rate search", err);
	if (rc)
		db_undo(store);
	return rc;
}

int store_finding(struct store *store, const struct store_finding *finding, struct err *err)
{
	struct binder to = {0};
	int rc = write_needs_run(store, err);

	if (rc == 0)
		rc = db_get(store, DB_INSERT_FINDING, &to.statement, err);
	if (rc)
		return rc;
	bind_int(&to, (uint64_t)store->run);
	bind_text(&to, finding->cell);
	bind_text(&to, finding->text);
	return bind_step(store, &to, "writing a finding", err);
}

int store_run_end(struct store *store, enum store_state state, int exit_code, struct err *err)
{
	struct binder to = {0};
	int rc = write_needs_run(store, err);

	if (rc == 0 && state == STORE_RUNNING)
		rc = err_set(
			err, ERR_INTERNAL, -EINVAL, "%s: a run cannot end as running", store->path);
	if (rc == 0)
		rc = db_get(store, DB_END_RUN, &to.statement, err);
	if (rc)
		return rc;
	bind_int(&to, db_wall_ns());
	bind_text(&to, db_state_words[state]);
	bind_int(&to, (uint64_t)(int64_t)exit_code);
	bind_int(&to, (uint64_t)store->run);
	rc = bind_step(store, &to, "ending a run", err);
	if (rc == 0)
		store->run = 0;
	return rc;
}
