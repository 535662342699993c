// SPDX-License-Identifier: BSD-2-Clause
/*
 * history.c: the writing half of history.h. A value that is missing (NAN, 0 or "" of what is not known) becomes NULL.
 */
#include "harness/store/history.h"
#include "harness/store/rows.h"

#include <errno.h>
#include <math.h>

#include "drivers/support/fault.h"

#define NIGHT_ID_TRIES 64

const char *const store_part_words[] = {"suite", "again", "confirm", NULL};
const char *const store_series_kind_words[] = {"wall", "exact", NULL};
const char *const store_change_state_words[] = {
	"new", "confirmed", "acknowledged", "fixed", "noise", NULL};

/* A row number that may be missing. */
static void bind_row(struct binder *to, int64_t row)
{
	bind_key_number(to, (uint64_t)row);
}

/* ---- nights ------------------------------------------------------------------------------------------ */

/* Return: whether it was written; 0 where the id is taken; -errno. */
static int night_insert(struct store *store, struct store_night *night, struct err *err)
{
	struct binder to = {0};
	const uint64_t wall_ns = night->started_wall_ns ? night->started_wall_ns : db_wall_ns();
	int rc = db_get(store, DB_INSERT_NIGHT, &to.statement, err);

	if (rc)
		return rc;
	db_id(wall_ns, night->id);
	bind_text(&to, night->id);
	bind_text(&to, night->suite);
	bind_text(&to, night->commit_id);
	bind_key_number(&to, night->commit_wall_ns);
	bind_int(&to, wall_ns);
	bind_real(&to, night->budget_s);
	bind_key_text(&to, night->process);
	rc = bind_step(store, &to, "beginning a night", err);
	if (rc || sqlite3_changes(store->db) == 0)
		return rc;
	night->night_id = sqlite3_last_insert_rowid(store->db);
	night->started_wall_ns = wall_ns;
	return 1;
}

int store_night_begin(struct store *store, struct store_night *night, struct err *err)
{
	for (int try = 0; try < NIGHT_ID_TRIES; try++) {
		int rc = night_insert(store, night, err);

		if (rc < 0)
			return rc;
		if (rc) {
			night->state = STORE_RUNNING;
			night->usable = true;
			return 0;
		}
	}
	return err_set(err, ERR_INTERNAL, -EEXIST, "%s: no free id of a night in %d tries",
		store->path, NIGHT_ID_TRIES);
}

int store_night_take(
	struct store *store, struct store_night *night, const char *process, struct err *err)
{
	struct binder to = {0};
	int rc = db_get(store, DB_TAKE_NIGHT, &to.statement, err);

	if (rc)
		return rc;
	bind_int(&to, (uint64_t)night->night_id);
	bind_text(&to, night->process);
	bind_text(&to, process);
	rc = bind_step(store, &to, "taking up a night", err);
	if (rc == 0 && sqlite3_changes(store->db) == 0)
		return err_set(err, ERR_USAGE, -EALREADY,
			"%s: night %s has just been taken up by another process", store->path,
			night->id);
	if (rc == 0) {
		snprintf(night->process, sizeof(night->process), "%s", process);
		night->state = STORE_RUNNING;
	}
	return rc;
}

int store_night_run(struct store *store, int64_t night_id, const char *run_id, enum store_part part,
	struct err *err)
{
	struct binder to = {0};
	int rc = db_get(store, DB_INSERT_NIGHT_RUN, &to.statement, err);

	if (rc)
		return rc;
	bind_int(&to, (uint64_t)night_id);
	bind_text(&to, store_part_words[part]);
	bind_text(&to, run_id);
	rc = bind_step(store, &to, "noting a run of a night", err);
	if (rc == 0 && sqlite3_changes(store->db) == 0)
		return err_set(err, ERR_USAGE, -ENOENT, "%s: no run %.40s", store->path, run_id);
	return rc;
}

int store_night_usable(
	struct store *store, int64_t night_id, bool usable, const char *why, struct err *err)
{
	struct binder to = {0};
	int rc = db_get(store, DB_USABLE_NIGHT, &to.statement, err);

	if (rc)
		return rc;
	bind_int(&to, usable);
	bind_key_text(&to, why);
	bind_int(&to, (uint64_t)night_id);
	return bind_step(store, &to, "judging a night", err);
}

int store_night_end(struct store *store, int64_t night_id, enum store_state state, int exit_code,
	struct err *err)
{
	struct binder to = {0};
	int rc = db_get(store, DB_END_NIGHT, &to.statement, err);

	if (rc)
		return rc;
	bind_int(&to, db_wall_ns());
	bind_text(&to, db_state_words[state]);
	bind_int(&to, (uint64_t)exit_code);
	bind_int(&to, (uint64_t)night_id);
	return bind_step(store, &to, "ending a night", err);
}

/* ---- series and points ------------------------------------------------------------------------------- */

int store_series_find(struct store *store, struct store_series *series, struct err *err)
{
	struct binder to = {0};
	int rc = db_get(store, DB_FIND_SERIES, &to.statement, err);

	if (rc)
		return rc;
	bind_text(&to, series->name);
	bind_text(&to, series->family);
	bind_text(&to, series->metric);
	bind_text(&to, store_series_kind_words[series->kind]);
	bind_int(&to, series->more_is_better);
	bind_text(&to, series->device);
	bind_text(&to, series->settings);
	bind_text(&to, series->host);
	bind_text(&to, series->versions);
	rc = bind_step(store, &to, "looking for a series", err);
	if (rc == 1)
		series->series_id = sqlite3_column_int64(to.statement, 0);
	/* To its end, or the row would not be written. */
	return rc == 1 ? db_step(store, to.statement, "looking for a series", err) : rc;
}

int store_point(struct store *store, const struct store_point *point, struct err *err)
{
	struct binder to = {0};
	int rc = db_get(store, DB_INSERT_POINT, &to.statement, err);

	if (rc)
		return rc;
	bind_int(&to, (uint64_t)point->series_id);
	bind_int(&to, (uint64_t)point->night_id);
	bind_real(&to, point->value);
	bind_end(&to, point->low);
	bind_end(&to, point->high);
	bind_int(&to, point->repetitions);
	bind_int(&to, point->usable);
	bind_key_text(&to, point->why);
	bind_real(&to, point->noise);
	bind_end(&to, point->detectable);
	return bind_step(store, &to, "writing a point", err);
}

/* ---- changes ----------------------------------------------------------------------------------------- */

int store_cause_write(struct store *store, struct store_cause *cause, struct err *err)
{
	struct binder to = {0};
	int rc = db_get(
		store, cause->cause_id ? DB_UPDATE_CAUSE : DB_INSERT_CAUSE, &to.statement, err);

	if (rc)
		return rc;
	bind_text(&to, cause->family);
	bind_int(&to, cause->better);
	bind_int(&to, (uint64_t)cause->night_id);
	bind_key_text(&to, cause->commit_before);
	bind_text(&to, cause->commit_after);
	bind_key_text(&to, cause->note);
	if (cause->cause_id)
		bind_row(&to, cause->cause_id);
	rc = bind_step(store, &to, "writing a cause", err);
	if (rc == 0 && !cause->cause_id)
		cause->cause_id = sqlite3_last_insert_rowid(store->db);
	return rc;
}

int store_change_write(struct store *store, struct store_change *change, struct err *err)
{
	struct binder to = {0};
	int rc = db_get(
		store, change->change_id ? DB_UPDATE_CHANGE : DB_INSERT_CHANGE, &to.statement, err);

	if (rc)
		return rc;
	bind_row(&to, change->cause_id);
	bind_row(&to, change->series_id);
	bind_row(&to, change->night_id);
	bind_row(&to, change->found_night_id);
	bind_row(&to, change->fixed_night_id);
	bind_text(&to, store_change_state_words[change->state]);
	bind_text(&to, change->why);
	bind_real(&to, change->before);
	bind_real(&to, change->after);
	bind_end(&to, change->ratio);
	bind_end(&to, change->ratio_low);
	bind_end(&to, change->ratio_high);
	bind_real(&to, change->p);
	bind_real(&to, change->p_adjusted);
	if (change->change_id)
		bind_row(&to, change->change_id);
	rc = bind_step(store, &to, "writing a change", err);
	if (rc == 0 && !change->change_id)
		change->change_id = sqlite3_last_insert_rowid(store->db);
	return rc;
}
