// SPDX-License-Identifier: BSD-2-Clause
/*
 * rows.c: the file's benchmarks as cells and samples. Repetitions first, then the aggregates of what has none: the median
 * before the mean.
 */
#include "harness/import/import_priv.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/support/fault.h"

enum row_kind { ROW_REPETITION, ROW_MEDIAN, ROW_MEAN, ROW_OTHER, ROW_COMPLEXITY };

struct row {
	const json_t *json;
	size_t index;
	const char *name; /* of the benchmark, without the aggregate's */
	enum row_kind kind;
};

static const struct {
	const char *suffix;
	enum row_kind kind;
} aggregates[] = {{"_median", ROW_MEDIAN}, {"_mean", ROW_MEAN}, {"_stddev", ROW_OTHER},
	{"_cv", ROW_OTHER}, {"_BigO", ROW_COMPLEXITY}, {"_RMS", ROW_COMPLEXITY}};

#define AGGREGATES (sizeof(aggregates) / sizeof(aggregates[0]))

#define refuse(reader, row, ...) refuse_at(reader, (row)->index, __VA_ARGS__)

static __attribute__((format(printf, 3, 4))) int refuse_at(
	struct reader *reader, size_t index, const char *format, ...)
{
	char text[200];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return err_set(reader->err, ERR_USAGE, -EINVAL, "%s: benchmarks[%zu]: %s", reader->name,
		index, text);
}

/* ---- one row ---------------------------------------------------------------------------------------- */

/* What the name's end says, for the libraries that write no run_type. @len: of the name before it. */
static enum row_kind kind_by_name(const char *name, size_t *len)
{
	*len = strlen(name);
	for (size_t i = 0; i < AGGREGATES; i++) {
		const size_t suffix = strlen(aggregates[i].suffix);

		if (*len > suffix && strcmp(name + *len - suffix, aggregates[i].suffix) == 0) {
			*len -= suffix;
			return aggregates[i].kind;
		}
	}
	return ROW_REPETITION;
}

static enum row_kind kind_by_aggregate(const char *aggregate)
{
	for (size_t i = 0; aggregate && i < AGGREGATES; i++)
		if (strcmp(aggregates[i].suffix + 1, aggregate) == 0)
			return aggregates[i].kind;
	return ROW_OTHER;
}

static const char *text_of(const json_t *row, const char *key)
{
	return json_string_value(json_object_get(row, key));
}

/* Finds out what a row is. @room: for a name that has to be cut out. */
static int row_look(
	struct reader *reader, const json_t *json, size_t index, struct row *row, char room[])
{
	const char *name = text_of(json, "name"), *type = text_of(json, "run_type");
	size_t len;

	*row = (struct row){.json = json, .index = index, .name = text_of(json, "run_name")};
	if (!name || !*name)
		return refuse(reader, row, "no name; expected an object with a name and times");
	if (type && strcmp(type, "iteration") != 0) {
		row->kind = kind_by_aggregate(text_of(json, "aggregate_name"));
		kind_by_name(name, &len);
	} else {
		row->kind = kind_by_name(name, &len);
		if (type) {
			row->kind = ROW_REPETITION;
			len = strlen(name);
		}
	}
	if (!row->name && len < STORE_NAME_MAX) {
		snprintf(room, STORE_NAME_MAX, "%.*s", (int)len, name);
		row->name = room;
	}
	if (!row->name || !*row->name || strlen(row->name) >= STORE_NAME_MAX)
		return refuse(reader, row, "a name of %zu bytes; expected 1 to %d",
			row->name ? strlen(row->name) : len, STORE_NAME_MAX - 1);
	return 0;
}

/* A number, or none: missing, null, or not finite. */
static int number_of(struct reader *reader, const struct row *row, const char *key, double *number)
{
	const json_t *value = json_object_get(row->json, key);

	*number = (double)NAN;
	if (!value || json_is_null(value) || (json_is_array(value) && json_array_size(value) == 0))
		return 0;
	if (!json_is_number(value))
		return refuse(reader, row, "%s is no number; expected one", key);
	*number = json_number_value(value);
	return 0;
}

static int unit_of(struct reader *reader, const struct row *row, double *unit_ns)
{
	static const struct {
		const char *word;
		double ns;
	} units[] = {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}};
	const char *word = text_of(row->json, "time_unit");

	*unit_ns = 1;
	for (size_t i = 0; word && i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(units[i].word, word) != 0)
			continue;
		*unit_ns = units[i].ns;
		return 0;
	}
	return word ? refuse(reader, row, "time_unit '%.40s'; expected ns, us, ms or s", word) : 0;
}

static int time_of(struct reader *reader, const struct row *row, const char *key, double unit_ns,
	double *time_ns)
{
	double number;
	int rc = number_of(reader, row, key, &number);

	*time_ns = number * unit_ns;
	if (rc == 0 && (number < 0 || isinf(*time_ns)))
		return refuse(reader, row, "%s is %g; expected 0 or more", key, number);
	return rc;
}

/* ---- counters ---------------------------------------------------------------------------------------- */

/* dmabench shows the further keys of a name as fields, too. */
static bool is_key(const char *key, const char *extra)
{
	const size_t len = strlen(key);

	for (const char *word = extra; word && *word; word = strchr(word, '/')) {
		word += *word == '/';
		if (strncmp(word, key, len) == 0 && word[len] == ':')
			return true;
	}
	return false;
}

static int counter_lost(struct reader *reader, const char *key)
{
	struct import_tally *tally = reader->tally;
	const size_t used = strlen(tally->counter_names);

	if (json_object_get(reader->counters, key))
		return 0;
	if (json_object_set_new(reader->counters, key, json_true()) < 0)
		return import_no_memory(reader);
	tally->counters++;
	if (used + strlen(key) + 3 < sizeof(tally->counter_names))
		snprintf(tally->counter_names + used, sizeof(tally->counter_names) - used, "%s%s",
			used ? ", " : "", key);
	return 0;
}

static int counters_take(struct reader *reader, const struct row *row,
	const struct store_cell *cell, struct store_sample *sample)
{
	const char *key;
	json_t *value;
	int rc = 0;

	for (int c = 0; c < STORE_COUNTER_COUNT && rc == 0; c++) {
		double number;

		rc = number_of(reader, row, store_counter_name((enum store_counter)c), &number);
		sample->counter[c] = isfinite(number) ? number : (double)NAN;
	}
	json_object_foreach((json_t *)row->json, key, value)
	{
		if (rc == 0 && json_is_number(value) && !import_is_field(key) &&
			!is_key(key, cell->params.extra))
			rc = counter_lost(reader, key);
	}
	if (isnan(sample->counter[STORE_items_per_second]) && sample->real_time_ns > 0)
		sample->counter[STORE_items_per_second] = 1e9 / sample->real_time_ns;
	return rc;
}

/* ---- samples and cells ---------------------------------------------------------------------------------- */

static void failure_take(const struct row *row, struct store_sample *sample)
{
	const json_t *skipped = json_object_get(row->json, "skipped");
	const char *message = text_of(row->json, "error_message");

	sample->failed = json_is_true(json_object_get(row->json, "error_occurred")) ||
	                 json_is_true(skipped) || json_is_string(skipped);
	if (!message)
		message = text_of(row->json, "skip_message");
	if (sample->failed)
		snprintf(sample->error, sizeof(sample->error), "%s",
			message ? message : "no reason given");
}

/* "simulated, tainted: WHY", as dmabench writes it. */
static void taint_take(const struct row *row, struct store_sample *sample)
{
	static const char mark[] = "tainted: ";
	const char *label = text_of(row->json, "label"), *why = label ? strstr(label, mark) : NULL;

	if (why)
		snprintf(sample->tainted, sizeof(sample->tainted), "%s", why + strlen(mark));
}

static int sample_take(struct reader *reader, const struct row *row, const struct store_cell *cell,
	struct store_sample *sample)
{
	double iterations, unit_ns;
	int rc = unit_of(reader, row, &unit_ns);

	*sample = (struct store_sample){
		.repetition = cell->sample_count, .block = cell->sample_count};
	failure_take(row, sample);
	taint_take(row, sample);
	rc = rc ? rc : number_of(reader, row, "iterations", &iterations);
	rc = rc ? rc : time_of(reader, row, "real_time", unit_ns, &sample->real_time_ns);
	rc = rc ? rc : time_of(reader, row, "cpu_time", unit_ns, &sample->cpu_time_ns);
	if (rc)
		return rc;
	if (!json_object_get(row->json, "real_time") && !sample->failed)
		return refuse(reader, row, "no real_time; expected one, or error_occurred");
	if (iterations < 0 || iterations > 9e15)
		return refuse(reader, row, "%g iterations; expected 0 to 9e15", iterations);
	sample->iterations = iterations > 0 ? (uint64_t)iterations : 0;
	return counters_take(reader, row, cell, sample);
}

/* Room for one more behind @count of @bytes each: their number doubles, so whoever grows it seldom moves it. */
static bool grow(void **array, uint32_t count, size_t bytes)
{
	void *grown;

	if (count & (count - 1))
		return true;
	grown = fault_point("import_grow")
	                ? NULL
	                : realloc(*array, (count ? 2 * (size_t)count : 1) * bytes);
	if (grown)
		*array = grown;
	return grown != NULL;
}

static void cell_limits(struct reader *reader, const struct row *row, struct store_cell *cell)
{
	const struct {
		const char *key;
		double *to;
	} limits[] = {
		{"limit_items_per_second", &cell->limit_items_per_second},
		{"handoff_items_per_second", &cell->handoff_items_per_second},
		{"wakeup_items_per_second", &cell->wakeup_items_per_second},
		{"pin_items_per_second", &cell->pin_items_per_second},
		{"pin_ns", &cell->pin_ns},
		{NULL, &cell->ceiling_bytes_per_second},
	};
	const char *limiter = text_of(row->json, "limiter");

	(void)reader;
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		const json_t *value = limits[i].key ? json_object_get(row->json, limits[i].key)
		                                    : NULL;

		*limits[i].to = json_is_number(value) ? json_number_value(value) : (double)NAN;
	}
	snprintf(cell->limiter, sizeof(cell->limiter), "%s", limiter ? limiter : "");
}

/* The cell of that name; a new one where there is none. NULL: no memory. */
static struct store_cell *cell_of(struct reader *reader, const struct row *row)
{
	const json_t *known = json_object_get(reader->cells, row->name);
	struct store_run *run = reader->run;
	struct store_cell *cell;
	void *cells = run->cell;

	if (known)
		return &run->cell[json_integer_value(known)];
	if (!grow(&cells, run->cell_count, sizeof(*cell)))
		return NULL;
	run->cell = cells;
	if (json_object_set_new(reader->cells, row->name, json_integer(run->cell_count)) < 0)
		return NULL;
	cell = &run->cell[run->cell_count++];
	*cell = (struct store_cell){.sample_count = 0};
	snprintf(cell->name, sizeof(cell->name), "%s", row->name);
	import_params(row->name, &cell->params);
	cell_limits(reader, row, cell);
	return cell;
}

static int row_keep(struct reader *reader, const struct row *row)
{
	struct store_cell *cell = cell_of(reader, row);
	void *samples = cell ? cell->sample : NULL;
	int rc;

	if (!cell || !grow(&samples, cell->sample_count, sizeof(*cell->sample)))
		return import_no_memory(reader);
	cell->sample = samples;
	rc = sample_take(reader, row, cell, &cell->sample[cell->sample_count]);
	if (rc)
		return rc;
	reader->tally->failed += cell->sample[cell->sample_count++].failed;
	reader->tally->repetitions++;
	return 0;
}

/* ---- all of them ------------------------------------------------------------------------------------------- */

static int repetition_take(struct reader *reader, const struct row *row)
{
	struct import_tally *tally = reader->tally;

	tally->rows++;
	switch (row->kind) {
	case ROW_REPETITION:
		return row_keep(reader, row);
	case ROW_COMPLEXITY:
		tally->complexity++;
		return 0;
	default:
		tally->aggregates++;
		return 0;
	}
}

static int median_take(struct reader *reader, const struct row *row)
{
	if (row->kind != ROW_MEDIAN || json_object_get(reader->cells, row->name))
		return 0;
	reader->tally->medians++;
	reader->tally->aggregates--;
	return row_keep(reader, row);
}

static int mean_take(struct reader *reader, const struct row *row)
{
	struct row mean = *row;

	/* What there is no median of. */
	if (row->kind != ROW_MEAN)
		return 0;
	mean.kind = ROW_MEDIAN;
	return median_take(reader, &mean);
}

int import_rows(struct reader *reader, const json_t *rows)
{
	int (*const take[])(struct reader *, const struct row *) = {
		repetition_take, median_take, mean_take};
	char room[STORE_NAME_MAX];
	const json_t *json;
	struct row row;
	size_t index;
	int rc = 0;

	for (size_t pass = 0; pass < sizeof(take) / sizeof(take[0]); pass++)
		json_array_foreach(rows, index, json)
		{
			rc = rc ? rc : row_look(reader, json, index, &row, room);
			rc = rc ? rc : take[pass](reader, &row);
		}
	return rc;
}
