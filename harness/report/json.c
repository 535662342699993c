// SPDX-License-Identifier: BSD-2-Clause
/*
 * json.c: a run in Google Benchmark's JSON schema (version 1), so that its compare.py and
 * dashboards read it.
 *
 * One row of run_type "iteration" a sample, then the aggregates mean, median, stddev, cv and the interval of the median over
 * the good samples where there are two or more. Counters that are missing or not finite are left
 * out; the times that the schema demands are 0 where they are missing. Facts, crossovers and
 * findings ride in the context as strings under names with a dot, which the library never uses. Windows of cells that age
 * stand in an array of their own, dmabench_windows, beside context and benchmarks.
 */
#include "harness/report/report.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "drivers/support/fault.h"
#include "harness/report/ageing.h"
#include "harness/report/text.h"
#include "harness/report/view.h"

#define JSON_QUANTITIES (STORE_COUNTER_COUNT + 2) /* the counters, then real_time and cpu_time */
#define JSON_REAL_TIME  STORE_COUNTER_COUNT
#define JSON_CPU_TIME   (STORE_COUNTER_COUNT + 1)

/* What is being built; the first failure sticks and is found once at the end. */
struct builder {
	const struct store_run *run;
	json_t *rows;
	bool failed;
};

/* Takes @value, also where it cannot be used. */
static void put(struct builder *to, json_t *object, const char *key, json_t *value)
{
	if (fault_point("report_alloc")) {
		json_decref(value);
		value = NULL;
	}
	if (json_object_set_new(object, key, value) < 0)
		to->failed = true;
}

/* Bytes that are not UTF-8 become '?', so that no text of a record can spoil the document. */
static json_t *text_json(const char *text)
{
	json_t *value = json_string(text);

	if (value)
		return value;
	char *clean = strdup(text);

	for (char *c = clean; c && *c; c++) {
		if ((unsigned char)*c >= 0x80)
			*c = '?';
	}
	value = clean ? json_string(clean) : NULL;
	free(clean);
	return value;
}

static void put_text(struct builder *to, json_t *object, const char *key, const char *text)
{
	put(to, object, key, text_json(text));
}

static void put_int(struct builder *to, json_t *object, const char *key, uint64_t value)
{
	put(to, object, key, json_integer((json_int_t)value));
}

/* A counter; left out if it is not a number that JSON can hold. */
static void put_real(struct builder *to, json_t *object, const char *key, double value)
{
	if (isfinite(value))
		put(to, object, key, json_real(value));
}

static double or_zero(double value)
{
	return isfinite(value) ? value : 0;
}

/*
 * ---- context
 * --------------------------------------------------------------------------------------
 */

/* "2026-11-21T03:15:02+00:00", local as the library writes it. */
static void put_date(struct builder *to, json_t *context)
{
	time_t seconds = (time_t)(to->run->started_wall_ns / 1000000000u);
	char date[48] = "", zone[8] = "";
	struct tm local;

	if (localtime_r(&seconds, &local)) {
		strftime(zone, sizeof(zone), "%z", &local);
		size_t length = strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &local);

		if (strlen(zone) == 5)
			snprintf(date + length, sizeof(date) - length, "%.3s:%s", zone, zone + 3);
	}
	put_text(to, context, "date", date);
}

/* One cache of fact "caches", "L1d 2 x 32 KiB": its kind, how many there are, how large each. */
static json_t *cache_json(struct builder *to, const char *text, uint64_t threads)
{
	unsigned long long level, count, kib;
	char kind[4] = "";

	if (sscanf(text, " L%llu%3[a-z] %llu x %llu KiB", &level, kind, &count, &kib) != 4 &&
		sscanf(text, " L%llu %llu x %llu KiB", &level, &count, &kib) != 3)
		return NULL;
	json_t *cache = json_object();

	put_text(to, cache, "type",
		kind[0] == 'd'   ? "Data"
		: kind[0] == 'i' ? "Instruction"
				 : "Unified");
	put_int(to, cache, "level", level);
	put_int(to, cache, "size", kib * 1024);
	put_int(to, cache, "num_sharing", count && threads > count ? threads / count : 1);
	return cache;
}

static void put_caches(struct builder *to, json_t *context)
{
	const char *text = text_fact(to->run, "host.caches", "");
	uint64_t threads = strtoull(text_fact(to->run, "host.threads", "1"), NULL, 10);
	json_t *caches = json_array();

	while (*text) {
		json_t *cache = cache_json(to, text, threads);

		if (cache && json_array_append_new(caches, cache) < 0)
			to->failed = true;
		text += strcspn(text, ",");
		text += strspn(text, ",");
	}
	put(to, context, "caches", caches);
}

/* From fact "noise.load_average": "0.12 0.30 0.28". */
static void put_load(struct builder *to, json_t *context)
{
	const char *text = text_fact(to->run, "noise.load_average", "");
	json_t *load = json_array();
	char *end;

	for (double value = strtod(text, &end); end != text; value = strtod(text, &end)) {
		if (isfinite(value) && json_array_append_new(load, json_real(value)) < 0)
			to->failed = true;
		text = end;
	}
	put(to, context, "load_avg", load);
}

/* Fact @fact divided by @unit, rounded; 0 where it is not known. */
static void put_fact_int(
	struct builder *to, json_t *context, const char *key, const char *fact, double unit)
{
	double value = strtod(text_fact(to->run, fact, "0"), NULL) / unit;

	put_int(to, context, key, value >= 0 && value < 1e15 ? (uint64_t)(value + 0.5) : 0);
}

/* Ours: strings under names with a dot. */
static void put_record(struct builder *to, json_t *context)
{
	const struct store_run *run = to->run;
	char key[96], wall[TEXT_MAX];

	put_text(to, context, "dmabench.run", run->id);
	put_text(to, context, "dmabench.title", run->title);
	put_text(to, context, "dmabench.state", text_state(run->state));
	put_text(to, context, "dmabench.simulated", run->simulated ? "yes" : "no");
	put_text(to, context, "dmabench.started",
		text_wall(run->started_wall_ns, wall, sizeof(wall)));
	for (uint32_t i = 0; i < run->fact_count; i++) {
		snprintf(key, sizeof(key), strchr(run->fact[i].key, '.') ? "%s" : "host.%s",
			run->fact[i].key);
		put_text(to, context, key, run->fact[i].value);
	}
	for (uint32_t i = 0; i < run->crossover_count; i++) {
		snprintf(key, sizeof(key), "dmabench.crossover.%u", i);
		put_text(to, context, key, run->crossover[i].sentence);
	}
	for (uint32_t i = 0; i < run->rate_count; i++) {
		snprintf(key, sizeof(key), "dmabench.rate.%u", i);
		put_text(to, context, key, run->rate[i].sentence);
	}
	for (uint32_t i = 0; i < run->finding_count; i++) {
		char text[STORE_NAME_MAX + 400];

		snprintf(key, sizeof(key), "dmabench.finding.%u", i);
		snprintf(text, sizeof(text), "%s: %s", run->finding[i].cell, run->finding[i].text);
		put_text(to, context, key, text);
	}
}

static json_t *context_json(struct builder *to)
{
	const struct store_run *run = to->run;
	json_t *context = json_object();
	const char *scaling = text_fact(run, "host.cpu_scaling", NULL);

	put_date(to, context);
	put_text(to, context, "host_name", text_fact(run, "host.name", "unknown"));
	put_text(to, context, "executable", "dmabench");
	put_fact_int(to, context, "num_cpus", "host.threads", 1);
	put_fact_int(to, context, "mhz_per_cpu", "clock.rate_hz", 1e6);
	if (scaling)
		put(to, context, "cpu_scaling_enabled",
			json_boolean(strcmp(scaling, "yes") == 0 || strcmp(scaling, "1") == 0));
	put_caches(to, context);
	put_load(to, context);
	put_text(to, context, "library_version", text_fact(run, "version.gbench", "unknown"));
	put_text(to, context, "library_build_type",
		text_fact(run, "version.gbench_build", "unknown"));
	put_int(to, context, "json_schema_version", 1);
	put_record(to, context);
	return context;
}

/*
 * ---- rows
 * -----------------------------------------------------------------------------------------
 */

/* Where a cell stands: the families in order of appearance, and its place in its own. */
struct row_place {
	uint32_t family, instance;
};

static struct row_place place_of(const struct store_run *run, uint32_t index)
{
	const char *family = run->cell[index].params.family;
	struct row_place place = {0};
	bool own = false;

	for (uint32_t i = 0; i < index; i++) {
		const char *other = run->cell[i].params.family;
		bool first = true;

		place.instance += strcmp(other, family) == 0;
		own = own || strcmp(other, family) == 0;
		for (uint32_t k = 0; k < i && first; k++)
			first = strcmp(run->cell[k].params.family, other) != 0;
		place.family += first && !own;
	}
	return place;
}

/* Further keys of a cell as fields of their own: numbers, which are counters to who reads the schema, and words. */
static void put_keys(struct builder *to, json_t *row, const char *extra)
{
	char text[STORE_EXTRA_MAX];

	snprintf(text, sizeof(text), "%s", extra);
	for (char *save = NULL, *word = strtok_r(text, "/", &save); word;
		word = strtok_r(NULL, "/", &save)) {
		char *value = strchr(word, ':'), *end;

		if (!value)
			continue;
		*value++ = '\0';
		const double number = strtod(value, &end);

		if (end > value && !*end)
			put_real(to, row, word, number);
		else
			put_text(to, row, word, value);
	}
}

/* Requesters at once: a field of the schema, and one of the further keys where there are several. */
static uint64_t threads_of(const char *extra)
{
	static const char key[] = "threads:";

	for (const char *word = extra; word; word = strchr(word, '/')) {
		word += *word == '/';
		if (strncmp(word, key, sizeof(key) - 1) == 0)
			return strtoull(word + sizeof(key) - 1, NULL, 10);
	}
	return 1;
}

/* The fields that every row has. @suffix: of the name, "" or "_mean". */
static json_t *row_json(struct builder *to, uint32_t index, const char *suffix, const char *type)
{
	const struct store_cell *cell = &to->run->cell[index];
	const struct row_place place = place_of(to->run, index);
	char name[STORE_NAME_MAX + 16];
	json_t *row = json_object();

	snprintf(name, sizeof(name), "%s%s", cell->name, suffix);
	put_text(to, row, "name", name);
	put_int(to, row, "family_index", place.family);
	put_int(to, row, "per_family_instance_index", place.instance);
	put_text(to, row, "run_name", cell->name);
	put_text(to, row, "run_type", type);
	put_keys(to, row, cell->params.extra);
	put_int(to, row, "repetitions", cell->sample_count);
	put_int(to, row, "threads", threads_of(cell->params.extra));
	if (cell->limiter[0])
		put_text(to, row, "limiter", cell->limiter);
	put_real(to, row, "limit_items_per_second", cell->limit_items_per_second);
	put_real(to, row, "handoff_items_per_second", cell->handoff_items_per_second);
	put_real(to, row, "wakeup_items_per_second", cell->wakeup_items_per_second);
	put_real(to, row, "pin_items_per_second", cell->pin_items_per_second);
	put_real(to, row, "pin_ns", cell->pin_ns);
	return row;
}

/* What @items_per_second reaches of the ceilings beside memcpy, whose ratio is a counter. */
static void put_shares(
	struct builder *to, json_t *row, const struct store_cell *cell, double items_per_second)
{
	put_real(to, row, "handoff_ratio", items_per_second / cell->handoff_items_per_second);
	put_real(to, row, "wakeup_ratio", items_per_second / cell->wakeup_items_per_second);
	put_real(to, row, "pin_ratio", items_per_second / cell->pin_items_per_second);
}

static void row_done(struct builder *to, json_t *row)
{
	if (to->run->simulated)
		put_text(to, row, "label", "simulated");
	if (json_array_append_new(to->rows, row) < 0)
		to->failed = true;
}

static void sample_row(struct builder *to, uint32_t index, const struct store_sample *sample)
{
	json_t *row = row_json(to, index, "", "iteration");
	char label[sizeof(sample->tainted) + 32];

	put_int(to, row, "repetition_index", sample->repetition);
	if (sample->failed) {
		put(to, row, "error_occurred", json_true());
		put_text(to, row, "error_message", sample->error);
	}
	if (sample->tainted[0]) {
		/* The schema's one field for words. */
		snprintf(label, sizeof(label), "%stainted: %s",
			to->run->simulated ? "simulated, " : "", sample->tainted);
		put_text(to, row, "label", label);
	}
	put_int(to, row, "iterations", sample->iterations);
	put_real(to, row, "real_time", or_zero(sample->real_time_ns));
	put_real(to, row, "cpu_time", or_zero(sample->cpu_time_ns));
	put_text(to, row, "time_unit", "ns");
	for (int i = 0; !sample->failed && i < STORE_COUNTER_COUNT; i++)
		put_real(to, row, store_counter_name((enum store_counter)i), sample->counter[i]);
	if (!sample->failed)
		put_shares(to, row, &to->run->cell[index], sample->counter[STORE_items_per_second]);
	row_done(to, row);
}

static double quantity_cv(const double *value, size_t count)
{
	double mean = stats_mean(value, count);

	return mean != 0 ? stats_stddev(value, count) / mean : (double)NAN;
}

static double median_low(const double *value, size_t count)
{
	return stats_median_interval(value, count, VIEW_LEVEL).low;
}

static double median_high(const double *value, size_t count)
{
	return stats_median_interval(value, count, VIEW_LEVEL).high;
}

static const struct aggregate {
	const char *name, *suffix, *unit;
	double (*of)(const double *value, size_t count);
	uint32_t least; /* good samples that it takes */
} aggregates[] = {
	{"mean", "_mean", "time", stats_mean, 2},
	{"median", "_median", "time", stats_median, 2},
	{"stddev", "_stddev", "time", stats_stddev, 2},
	{"cv", "_cv", "percentage", quantity_cv, 2},
	/* The ends of the median's 95 % interval by order statistics, of every quantity. */
	{"median_low", "_median_low", "time", median_low, VIEW_INTERVAL_MIN},
	{"median_high", "_median_high", "time", median_high, VIEW_INTERVAL_MIN},
};

/* The aggregate of quantity @which over the good samples, NAN where fewer than two have it. */
static double aggregate_value(const struct aggregate *aggregate, const struct store_cell *cell,
	int which, double *scratch)
{
	size_t count = 0;

	for (uint32_t i = 0; i < cell->sample_count; i++) {
		const struct store_sample *sample = &cell->sample[i];
		double value = which == JSON_REAL_TIME  ? sample->real_time_ns
		               : which == JSON_CPU_TIME ? sample->cpu_time_ns
		                                        : sample->counter[which];

		if (!sample->failed && isfinite(value))
			scratch[count++] = value;
	}
	return count >= 2 ? aggregate->of(scratch, count) : (double)NAN;
}

static void aggregate_row(struct builder *to, uint32_t index, const struct aggregate *aggregate,
	uint32_t good, double *scratch)
{
	const struct store_cell *cell = &to->run->cell[index];
	json_t *row = row_json(to, index, aggregate->suffix, "aggregate");

	put_text(to, row, "aggregate_name", aggregate->name);
	put_text(to, row, "aggregate_unit", aggregate->unit);
	put_int(to, row, "iterations", good);
	put_real(to, row, "real_time",
		or_zero(aggregate_value(aggregate, cell, JSON_REAL_TIME, scratch)));
	put_real(to, row, "cpu_time",
		or_zero(aggregate_value(aggregate, cell, JSON_CPU_TIME, scratch)));
	put_text(to, row, "time_unit", "ns");
	for (int i = 0; i < STORE_COUNTER_COUNT; i++)
		put_real(to, row, store_counter_name((enum store_counter)i),
			aggregate_value(aggregate, cell, i, scratch));
	if (aggregate->of == stats_median)
		put_shares(to, row, cell,
			aggregate_value(aggregate, cell, STORE_items_per_second, scratch));
	row_done(to, row);
}

static void cell_rows(struct builder *to, uint32_t index)
{
	const struct store_cell *cell = &to->run->cell[index];
	double *scratch = calloc(cell->sample_count + 1u, sizeof(*scratch));
	uint32_t good = 0;

	if (!scratch)
		to->failed = true;
	for (uint32_t i = 0; scratch && i < cell->sample_count; i++) {
		sample_row(to, index, &cell->sample[i]);
		good += !cell->sample[i].failed;
	}
	for (size_t i = 0; i < sizeof(aggregates) / sizeof(aggregates[0]); i++)
		if (good >= aggregates[i].least)
			aggregate_row(to, index, &aggregates[i], good, scratch);
	free(scratch);
}

/* ---- windows of cells that age, beside what the schema knows -------------------------------------------- */

static json_t *window_json(struct builder *to, const struct store_cell *cell,
	const struct store_sample *sample, uint32_t position)
{
	json_t *window = json_object();

	put_text(to, window, "run_name", cell->name);
	put_int(to, window, "repetition_index", sample->repetition);
	put_int(to, window, "position", position);
	for (int i = 0; i < STORE_WINDOW_FIELDS; i++)
		put_real(to, window, store_window_name((enum store_window_field)i),
			sample->window[position].value[i]);
	return window;
}

static json_t *windows_json(struct builder *to, const struct store_run *run)
{
	json_t *windows = json_array();

	for (uint32_t c = 0; c < run->cell_count; c++) {
		for (uint32_t s = 0; s < run->cell[c].sample_count; s++) {
			const struct store_sample *sample = &run->cell[c].sample[s];

			for (uint32_t w = 0; w < sample->window_count; w++) {
				if (json_array_append_new(
					    windows, window_json(to, &run->cell[c], sample, w)) < 0)
					to->failed = true;
			}
		}
	}
	return windows;
}

int report_json(const struct store_run *run, FILE *out, struct err *err)
{
	struct builder to = {.run = run, .rows = json_array()};
	json_t *document = json_object();
	int rc = 0;

	put(&to, document, "context", context_json(&to));
	for (uint32_t i = 0; i < run->cell_count; i++)
		cell_rows(&to, i);
	put(&to, document, "benchmarks", to.rows);
	if (ageing_kept_any(run))
		put(&to, document, "dmabench_windows", windows_json(&to, run));
	if (to.failed)
		rc = err_short(err, -ENOMEM, "no memory while writing JSON of run %s", run->id);
	else if (json_dumpf(document, out, JSON_INDENT(2)) < 0 || fputc('\n', out) == EOF ||
		 fflush(out) == EOF)
		rc = err_set(err, ERR_MISSING, -EIO,
			"JSON of run %s cannot be written (%s); check the disk or name another "
			"file",
			run->id, strerror(errno));
	json_decref(document);
	return rc;
}
