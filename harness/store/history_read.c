// SPDX-License-Identifier: BSD-2-Clause
/*
 * history_read.c: the reading half of history.h. The file may have been written by anybody: words are checked, texts are cut to
 * the room there is.
 */
#include "harness/store/history.h"
#include "harness/store/rows.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* What is read: elements of one size, one a row. */
struct reading {
	void *array;
	uint32_t count;
	size_t size;
	int (*take)(struct store *store, struct row *row, void *element, struct err *err);
};

/* @parent: bound to the statement unless it is 0. On an error nothing is left. */
static int reading_do(struct store *store, enum db_statement which, int64_t parent,
	struct reading *reading, struct err *err)
{
	struct binder to = {0};
	int rc = db_get(store, which, &to.statement, err);

	if (rc)
		return rc;
	if (parent)
		bind_int(&to, (uint64_t)parent);
	while ((rc = bind_step(store, &to, "reading the history", err)) == 1) {
		struct row row = {.statement = to.statement};
		void *more = row_more(reading->array, reading->count, reading->size);

		if (more)
			reading->array = more;
		rc = more ? reading->take(store, &row,
				    (char *)more + reading->count++ * reading->size, err)
		          : row_no_memory(store, err);
		if (rc)
			break;
	}
	sqlite3_reset(to.statement);
	if (rc) {
		free(reading->array);
		*reading = (struct reading){0};
	}
	return rc;
}

static int row_state(struct store *store, struct row *row, const char *const *words,
	const char *what, unsigned *state, struct err *err)
{
	const int word = row_word(row, words);

	*state = word < 0 ? 0 : (unsigned)word;
	return word < 0 ? row_damaged(store, what, err) : 0;
}

static int take_night(struct store *store, struct row *row, void *element, struct err *err)
{
	struct store_night *night = element;
	unsigned state;

	night->night_id = (int64_t)row_int(row);
	row_text(row, night->id, sizeof(night->id));
	row_text(row, night->suite, sizeof(night->suite));
	row_text(row, night->commit_id, sizeof(night->commit_id));
	night->commit_wall_ns = row_int(row);
	night->started_wall_ns = row_int(row);
	night->ended_wall_ns = row_int(row);
	night->budget_s = row_real(row, 0);
	int rc = row_state(store, row, db_state_words, "the state of a night", &state, err);

	night->state = (enum store_state)state;
	night->exit_code = (int)row_int(row);
	night->usable = row_int(row) != 0;
	row_text(row, night->why, sizeof(night->why));
	row_text(row, night->process, sizeof(night->process));
	return rc;
}

int store_nights(struct store *store, struct store_night **night, uint32_t *count, struct err *err)
{
	struct reading reading = {.size = sizeof(**night), .take = take_night};
	int rc = reading_do(store, DB_READ_NIGHTS, 0, &reading, err);

	*night = reading.array;
	*count = reading.count;
	return rc;
}

static int take_part(struct store *store, struct row *row, void *element, struct err *err)
{
	struct store_night_part *part = element;
	unsigned word;

	row_text(row, part->run_id, sizeof(part->run_id));
	int rc = row_state(store, row, db_state_words, "the state of a run", &word, err);

	part->state = (enum store_state)word;
	rc = rc ? rc : row_state(store, row, store_part_words, "the part of a run", &word, err);
	part->part = (enum store_part)word;
	return rc;
}

int store_night_parts(struct store *store, int64_t night_id, struct store_night_part **part,
	uint32_t *count, struct err *err)
{
	struct reading reading = {.size = sizeof(**part), .take = take_part};
	int rc = reading_do(store, DB_READ_PARTS, night_id, &reading, err);

	*part = reading.array;
	*count = reading.count;
	return rc;
}

static int take_series(struct store *store, struct row *row, void *element, struct err *err)
{
	struct store_series *series = element;
	unsigned kind;

	series->series_id = (int64_t)row_int(row);
	row_text(row, series->name, sizeof(series->name));
	row_text(row, series->family, sizeof(series->family));
	row_text(row, series->metric, sizeof(series->metric));
	int rc = row_state(store, row, store_series_kind_words, "the kind of a series", &kind, err);

	series->kind = (enum store_series_kind)kind;
	series->more_is_better = row_int(row) != 0;
	row_text(row, series->device, sizeof(series->device));
	row_text(row, series->settings, sizeof(series->settings));
	row_text(row, series->host, sizeof(series->host));
	row_text(row, series->versions, sizeof(series->versions));
	series->points = (uint32_t)row_int(row);
	return rc;
}

int store_series_list(struct store *store, int64_t night_id, struct store_series **series,
	uint32_t *count, struct err *err)
{
	struct reading reading = {.size = sizeof(**series), .take = take_series};
	int rc = reading_do(
		store, night_id ? DB_READ_NIGHT_SERIES : DB_READ_SERIES, night_id, &reading, err);

	*series = reading.array;
	*count = reading.count;
	return rc;
}

static int take_point(struct store *store, struct row *row, void *element, struct err *err)
{
	struct store_point *point = element;

	(void)store;
	(void)err;
	point->series_id = (int64_t)row_int(row);
	point->night_id = (int64_t)row_int(row);
	point->value = row_real(row, (double)NAN);
	point->low = row_real(row, (double)NAN);
	point->high = row_real(row, (double)NAN);
	point->repetitions = (uint32_t)row_int(row);
	point->usable = row_int(row) != 0;
	row_text(row, point->why, sizeof(point->why));
	point->noise = row_real(row, (double)NAN);
	point->detectable = row_real(row, (double)NAN);
	row_text(row, point->night, sizeof(point->night));
	row_text(row, point->commit_id, sizeof(point->commit_id));
	point->started_wall_ns = row_int(row);
	return 0;
}

int store_points(struct store *store, int64_t series_id, struct store_point **point,
	uint32_t *count, struct err *err)
{
	struct reading reading = {.size = sizeof(**point), .take = take_point};
	int rc = reading_do(store, DB_READ_POINTS, series_id, &reading, err);

	*point = reading.array;
	*count = reading.count;
	return rc;
}

static int take_cause(struct store *store, struct row *row, void *element, struct err *err)
{
	struct store_cause *cause = element;

	(void)store;
	(void)err;
	cause->cause_id = (int64_t)row_int(row);
	row_text(row, cause->family, sizeof(cause->family));
	cause->better = row_int(row) != 0;
	cause->night_id = (int64_t)row_int(row);
	row_text(row, cause->commit_before, sizeof(cause->commit_before));
	row_text(row, cause->commit_after, sizeof(cause->commit_after));
	row_text(row, cause->note, sizeof(cause->note));
	row_text(row, cause->night, sizeof(cause->night));
	cause->changes = (uint32_t)row_int(row);
	cause->state = (enum store_change_state)row_int(row);
	return 0;
}

int store_causes(struct store *store, struct store_cause **cause, uint32_t *count, struct err *err)
{
	struct reading reading = {.size = sizeof(**cause), .take = take_cause};
	int rc = reading_do(store, DB_READ_CAUSES, 0, &reading, err);

	*cause = reading.array;
	*count = reading.count;
	return rc;
}

static int take_change(struct store *store, struct row *row, void *element, struct err *err)
{
	struct store_change *change = element;
	unsigned state;

	change->change_id = (int64_t)row_int(row);
	change->cause_id = (int64_t)row_int(row);
	change->series_id = (int64_t)row_int(row);
	change->night_id = (int64_t)row_int(row);
	change->found_night_id = (int64_t)row_int(row);
	change->fixed_night_id = (int64_t)row_int(row);
	int rc = row_state(
		store, row, store_change_state_words, "the state of a change", &state, err);

	change->state = (enum store_change_state)state;
	row_text(row, change->why, sizeof(change->why));
	change->before = row_real(row, (double)NAN);
	change->after = row_real(row, (double)NAN);
	change->ratio = row_real(row, (double)NAN);
	change->ratio_low = row_real(row, (double)NAN);
	change->ratio_high = row_real(row, (double)NAN);
	change->p = row_real(row, (double)NAN);
	change->p_adjusted = row_real(row, (double)NAN);
	return rc;
}

int store_changes(struct store *store, int64_t series_id, int64_t cause_id,
	struct store_change **change, uint32_t *count, struct err *err)
{
	struct reading reading = {.size = sizeof(**change), .take = take_change};
	const enum db_statement which = series_id  ? DB_READ_SERIES_CHANGES
	                                : cause_id ? DB_READ_CAUSE_CHANGES
	                                           : DB_READ_CHANGES;
	int rc = reading_do(store, which, series_id ? series_id : cause_id, &reading, err);

	*change = reading.array;
	*count = reading.count;
	return rc;
}
