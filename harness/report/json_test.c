// SPDX-License-Identifier: BSD-2-Clause
/*
 * json_test.c: every field of the document against Google Benchmark's schema, version 1;
 * strictness; the figures against a recount.
 */
#include "harness/report/report.h"

#include <errno.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "drivers/support/fault.h"
#include "harness/report/testing.h"
#include "harness/stats/stats.h"

static json_t *parse(const struct store_run *run)
{
	struct err err = ERR_INIT;
	json_error_t where;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	if (report_json(run, out, &err) < 0)
		fail_msg("%s", err.message);
	assert_int_equal(fclose(out), 0);
	/* Jansson is strict: no NaN, no trailing comma, no text behind the document. */
	json_t *document = json_loads(text, JSON_REJECT_DUPLICATES, &where);

	if (!document)
		fail_msg("line %d: %s", where.line, where.text);
	free(text);
	return document;
}

enum kind { TEXT, INTEGER, NUMBER, BOOLEAN, LIST };

struct rule {
	const char *key;
	enum kind kind;
	bool must;
};

static const struct rule context_rules[] = {
	{"date", TEXT, true},
	{"host_name", TEXT, true},
	{"executable", TEXT, true},
	{"num_cpus", INTEGER, true},
	{"mhz_per_cpu", INTEGER, true},
	{"cpu_scaling_enabled", BOOLEAN, false},
	{"caches", LIST, true},
	{"load_avg", LIST, true},
	{"library_version", TEXT, true},
	{"library_build_type", TEXT, true},
	{"json_schema_version", INTEGER, true},
	{NULL, TEXT, false},
};

static const struct rule row_rules[] = {
	{"name", TEXT, true},
	{"family_index", INTEGER, true},
	{"per_family_instance_index", INTEGER, true},
	{"run_name", TEXT, true},
	{"run_type", TEXT, true},
	{"repetitions", INTEGER, true},
	{"repetition_index", INTEGER, false},
	{"threads", INTEGER, true},
	{"aggregate_name", TEXT, false},
	{"aggregate_unit", TEXT, false},
	{"error_occurred", BOOLEAN, false},
	{"error_message", TEXT, false},
	{"iterations", INTEGER, true},
	{"real_time", NUMBER, true},
	{"cpu_time", NUMBER, true},
	{"time_unit", TEXT, true},
	{"label", TEXT, false},
	{"limiter", TEXT, false},
	{"limit_items_per_second", NUMBER, false},
	{"handoff_items_per_second", NUMBER, false},
	{"wakeup_items_per_second", NUMBER, false},
	{"pin_items_per_second", NUMBER, false},
	{"pin_ns", NUMBER, false},
	{"handoff_ratio", NUMBER, false},
	{"wakeup_ratio", NUMBER, false},
	{"pin_ratio", NUMBER, false},
	{NULL, TEXT, false},
};

static const struct rule cache_rules[] = {
	{"type", TEXT, true},
	{"level", INTEGER, true},
	{"size", INTEGER, true},
	{"num_sharing", INTEGER, true},
	{NULL, TEXT, false},
};

static bool is_kind(const json_t *value, enum kind kind)
{
	switch (kind) {
	case TEXT:
		return json_is_string(value);
	case INTEGER:
		return json_is_integer(value);
	case NUMBER:
		return json_is_number(value);
	case BOOLEAN:
		return json_is_boolean(value);
	default:
		return json_is_array(value);
	}
}

static const struct rule *rule_of(const struct rule *rules, const char *key)
{
	for (; rules->key; rules++) {
		if (strcmp(rules->key, key) == 0)
			return rules;
	}
	return NULL;
}

/* Every field has a rule, or is of kind @other; nothing that must be there is missing. */
static void assert_fields(json_t *object, const struct rule *rules, enum kind other)
{
	assert_true(json_is_object(object));
	for (void *at = json_object_iter(object); at; at = json_object_iter_next(object, at)) {
		const char *key = json_object_iter_key(at);
		json_t *value = json_object_iter_value(at);
		const struct rule *rule = rule_of(rules, key);

		if (!is_kind(value, rule ? rule->kind : other))
			fail_msg("%s has the wrong type", key);
	}
	for (; rules->key; rules++) {
		if (rules->must && !json_object_get(object, rules->key))
			fail_msg("%s is missing", rules->key);
	}
}

static const char *text_at(json_t *row, const char *key)
{
	const char *text = json_string_value(json_object_get(row, key));

	return text ? text : "";
}

static double number_at(json_t *row, const char *key)
{
	json_t *value = json_object_get(row, key);

	return value ? json_number_value(value) : (double)NAN;
}

static void assert_row(json_t *row)
{
	bool aggregate = strcmp(text_at(row, "run_type"), "aggregate") == 0;

	assert_fields(row, row_rules, NUMBER);
	assert_string_equal(text_at(row, "time_unit"), "ns");
	assert_true(aggregate || strcmp(text_at(row, "run_type"), "iteration") == 0);
	assert_true(aggregate == !json_object_get(row, "repetition_index"));
	assert_true(aggregate == !!json_object_get(row, "aggregate_name"));
	assert_true(aggregate == !!json_object_get(row, "aggregate_unit"));
	assert_true(
		!json_object_get(row, "error_occurred") == !json_object_get(row, "error_message"));
	if (aggregate)
		assert_int_equal(strncmp(text_at(row, "name"), text_at(row, "run_name"),
					 strlen(text_at(row, "run_name"))),
			0);
	else
		assert_string_equal(text_at(row, "name"), text_at(row, "run_name"));
	/* What is no field of the schema is one of our counters. */
	for (void *at = json_object_iter(row); at; at = json_object_iter_next(row, at)) {
		const char *key = json_object_iter_key(at);
		json_t *value = json_object_iter_value(at);
		bool known = rule_of(row_rules, key) != NULL;

		for (int i = 0; i < STORE_COUNTER_COUNT && !known; i++)
			known = strcmp(key, store_counter_name((enum store_counter)i)) == 0;
		if (!known)
			fail_msg("%s is no field and no counter", key);
		if (json_is_real(value))
			assert_true(isfinite(json_real_value(value)));
	}
}

static void assert_document(json_t *document)
{
	json_t *context = json_object_get(document, "context");
	json_t *caches = json_object_get(context, "caches");
	json_t *load = json_object_get(context, "load_avg");
	json_t *rows = json_object_get(document, "benchmarks");

	assert_int_equal(json_object_size(document), 2);
	assert_fields(context, context_rules, TEXT);
	assert_int_equal(json_integer_value(json_object_get(context, "json_schema_version")), 1);
	for (size_t i = 0; i < json_array_size(caches); i++)
		assert_fields(json_array_get(caches, i), cache_rules, TEXT);
	for (size_t i = 0; i < json_array_size(load); i++)
		assert_true(json_is_number(json_array_get(load, i)));
	assert_true(json_is_array(rows));
	for (size_t i = 0; i < json_array_size(rows); i++)
		assert_row(json_array_get(rows, i));
}

static size_t rows_of_type(json_t *document, const char *type)
{
	json_t *rows = json_object_get(document, "benchmarks");
	size_t count = 0;

	for (size_t i = 0; i < json_array_size(rows); i++)
		count += strcmp(text_at(json_array_get(rows, i), "run_type"), type) == 0;
	return count;
}

static void a_full_run_follows_the_schema(void **state)
{
	(void)state;
	const struct testing_shape shape = TESTING_SHAPE;
	struct store_run *run = testing_run(&shape);
	json_t *document = parse(run);

	assert_document(document);
	assert_int_equal(rows_of_type(document, "iteration"), (4 * 10 * 2 + 5) * 9);
	assert_int_equal(rows_of_type(document, "aggregate"), (4 * 10 * 2 + 5) * 6);
	json_t *context = json_object_get(document, "context");

	assert_string_equal(text_at(context, "host_name"), "bench-7");
	assert_int_equal(json_integer_value(json_object_get(context, "num_cpus")), 2);
	assert_int_equal(json_integer_value(json_object_get(context, "mhz_per_cpu")), 2300);
	assert_true(json_is_false(json_object_get(context, "cpu_scaling_enabled")));
	json_t *caches = json_object_get(context, "caches");

	assert_int_equal(json_array_size(caches), 3);
	assert_string_equal(text_at(json_array_get(caches, 0), "type"), "Data");
	assert_string_equal(text_at(json_array_get(caches, 2), "type"), "Unified");
	assert_true(number_at(json_array_get(caches, 2), "level") == 3);
	assert_true(number_at(json_array_get(caches, 2), "size") == 36864 * 1024);
	assert_true(number_at(json_array_get(caches, 2), "num_sharing") == 2);
	assert_int_equal(json_array_size(json_object_get(context, "load_avg")), 3);
	assert_string_equal(text_at(context, "dmabench.run"), run->id);
	assert_string_equal(text_at(context, "noise.steal_ms"), "0");
	assert_string_equal(text_at(context, "dmabench.crossover.0"), run->crossover[0].sentence);
	assert_int_equal(strlen(text_at(context, "date")), strlen("2026-11-21T03:15:02+00:00"));
	json_decref(document);
	testing_run_free(run);
}

static void figures_are_those_of_the_record(void **state)
{
	(void)state;
	struct testing_shape shape = TESTING_SHAPE;
	double rate[9];

	shape.sizes = 1;
	struct store_run *run = testing_run(&shape);

	run->cell[0].handoff_items_per_second = 1e7;
	snprintf(run->cell[1].params.extra, STORE_EXTRA_MAX, "mix:4k:1/threads:3/adapters:shared");
	json_t *document = parse(run);
	json_t *rows = json_object_get(document, "benchmarks");

	for (size_t i = 0; i < 9; i++) {
		json_t *row = json_array_get(rows, i);

		rate[i] = run->cell[0].sample[i].counter[STORE_bytes_per_second];
		assert_true(number_at(row, "bytes_per_second") == rate[i]);
		assert_true(number_at(row, "real_time") == run->cell[0].sample[i].real_time_ns);
		assert_int_equal(json_integer_value(json_object_get(row, "repetition_index")), i);
	}
	json_t *mean = json_array_get(rows, 9), *median = json_array_get(rows, 10);
	json_t *stddev = json_array_get(rows, 11), *cv = json_array_get(rows, 12);
	json_t *low = json_array_get(rows, 13), *high = json_array_get(rows, 14);
	const struct stats_interval interval = stats_median_interval(rate, 9, 0.95);

	assert_string_equal(text_at(mean, "aggregate_name"), "mean");
	assert_true(number_at(mean, "bytes_per_second") == stats_mean(rate, 9));
	assert_string_equal(text_at(median, "name"),
		"transfer/strategy:packet/dir:to_device/size:64/"
		"depth:32/completion:poll/source:rewritten_median");
	assert_true(number_at(median, "bytes_per_second") == stats_median(rate, 9));
	assert_true(number_at(stddev, "bytes_per_second") == stats_stddev(rate, 9));
	assert_string_equal(text_at(low, "aggregate_name"), "median_low");
	assert_true(number_at(low, "bytes_per_second") == interval.low);
	assert_true(number_at(high, "bytes_per_second") == interval.high);
	assert_true(
		number_at(median, "handoff_ratio") == number_at(median, "items_per_second") / 1e7);
	assert_null(json_object_get(median, "pin_ratio"));
	/* Requesters are the schema's threads; the second case's rows come behind nine and six aggregates. */
	assert_int_equal(json_integer_value(json_object_get(low, "threads")), 1);
	assert_int_equal(
		json_integer_value(json_object_get(json_array_get(rows, 15), "threads")), 3);
	assert_int_equal(
		json_integer_value(json_object_get(json_array_get(rows, 15 + 9), "threads")), 3);
	assert_string_equal(text_at(cv, "aggregate_unit"), "percentage");
	assert_true(fabs(number_at(cv, "bytes_per_second") -
			    stats_stddev(rate, 9) / stats_mean(rate, 9)) < 1e-12);
	json_decref(document);
	testing_run_free(run);
}

static void families_are_numbered(void **state)
{
	(void)state;
	struct testing_shape shape = TESTING_SHAPE;

	shape.sizes = 1;
	shape.dirs = 1;
	shape.repetitions = 1;
	shape.other_cells = 2;
	struct store_run *run = testing_run(&shape);
	json_t *document = parse(run);
	json_t *rows = json_object_get(document, "benchmarks");

	assert_int_equal(json_array_size(rows), 6);
	for (size_t i = 0; i < 6; i++) {
		json_t *row = json_array_get(rows, i);

		assert_int_equal(json_integer_value(json_object_get(row, "family_index")), i >= 4);
		assert_int_equal(
			json_integer_value(json_object_get(row, "per_family_instance_index")),
			i >= 4 ? i - 4 : i);
	}
	json_decref(document);
	testing_run_free(run);
}

static void failed_samples_are_errors_and_not_figures(void **state)
{
	(void)state;
	struct testing_shape shape = TESTING_SHAPE;

	shape.failed_every = 2;
	shape.repetitions = 4;
	shape.sizes = 2;
	struct store_run *run = testing_run(&shape);

	run->cell[0].sample[0].real_time_ns = (double)NAN;
	run->cell[0].sample[0].cpu_time_ns = (double)INFINITY;
	run->cell[0].sample[1].counter[STORE_bytes_per_second] = (double)INFINITY;
	json_t *document = parse(run), *rows = json_object_get(document, "benchmarks");
	size_t errors = 0;

	assert_document(document);
	for (size_t i = 0; i < json_array_size(rows); i++) {
		json_t *row = json_array_get(rows, i);

		if (!json_object_get(row, "error_occurred"))
			continue;
		errors++;
		assert_true(json_is_true(json_object_get(row, "error_occurred")));
		assert_non_null(strstr(text_at(row, "error_message"), "expected 0x5a"));
		assert_null(json_object_get(row, "bytes_per_second"));
	}
	assert_true(errors > 10);
	json_decref(document);
	testing_run_free(run);
}

static void tainted_samples_keep_their_figures(void **state)
{
	(void)state;
	struct testing_shape shape = TESTING_SHAPE;

	shape.tainted_every = 3;
	shape.sizes = 2;
	struct store_run *run = testing_run(&shape);
	json_t *document = parse(run), *rows = json_object_get(document, "benchmarks");
	size_t tainted = 0, clean = 0;

	assert_document(document);
	for (size_t i = 0; i < json_array_size(rows); i++) {
		json_t *row = json_array_get(rows, i);

		if (strcmp(text_at(row, "run_type"), "iteration") != 0)
			continue;
		assert_non_null(json_object_get(row, "bytes_per_second"));
		if (!json_object_get(row, "label")) {
			clean++;
			continue;
		}
		tainted++;
		assert_string_equal(
			text_at(row, "label"), "tainted: steal 10 ms, preempted <2.10 ms>");
	}
	assert_true(tainted > 10 && clean >= 2 * tainted - 2);
	json_decref(document);
	testing_run_free(run);
}

static void odd_text_cannot_spoil_the_document(void **state)
{
	(void)state;
	struct testing_shape shape = TESTING_SHAPE;

	shape.sizes = 1;
	shape.title = "\"quotes\" \\ </script> \x01\n \xff\xfe";
	struct store_run *run = testing_run(&shape);

	testing_fact(run, "num_cpus", "not a number");
	testing_fact(run, "odd", "a\tb\x7f \xc3");
	json_t *document = parse(run), *context = json_object_get(document, "context");

	assert_document(document);
	assert_string_equal(
		text_at(context, "dmabench.title"), "\"quotes\" \\ </script> \x01\n ??");
	assert_string_equal(text_at(context, "host.num_cpus"), "not a number");
	json_decref(document);
	testing_run_free(run);
}

static void an_empty_run_and_simulated_time(void **state)
{
	(void)state;
	struct testing_shape shape = TESTING_SHAPE;
	struct store_run empty = {.id = "x"};
	json_t *document = parse(&empty);

	assert_document(document);
	assert_int_equal(json_array_size(json_object_get(document, "benchmarks")), 0);
	json_decref(document);
	shape.simulated = true;
	shape.sizes = 1;
	struct store_run *run = testing_run(&shape);

	document = parse(run);
	assert_document(document);
	assert_string_equal(
		text_at(json_array_get(json_object_get(document, "benchmarks"), 0), "label"),
		"simulated");
	json_decref(document);
	testing_run_free(run);
}

static void writing_may_fail(void **state)
{
	(void)state;
	struct testing_shape shape = TESTING_SHAPE;
	struct err err = ERR_INIT;

	shape.sizes = 1;
	shape.dirs = 1;
	shape.repetitions = 2;
	shape.other_cells = 0;
	struct store_run *run = testing_run(&shape);
	FILE *full = fopen("/dev/full", "w");

	assert_non_null(full);
	assert_int_equal(report_json(run, full, &err), -EIO);
	assert_int_equal(err.kind, ERR_MISSING);
	fclose(full);
	for (unsigned nth = 1;; nth++) {
		FILE *out = fopen("/dev/null", "w");

		assert_non_null(out);
		err = (struct err)ERR_INIT;
		fault_arm(nth, false);
		int rc = report_json(run, out, &err);
		const char *fired = fault_fired();

		fault_arm(0, false);
		fclose(out);
		/* A statistic without memory is a figure that is missing, not an error. */
		if (fired && strncmp(fired, "stats_", 6) == 0)
			continue;
		if (rc != (fired ? -ENOMEM : 0))
			fail_msg("step %u: %d", nth, rc);
		if (!fired)
			break;
	}
	testing_run_free(run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_full_run_follows_the_schema),
		cmocka_unit_test(figures_are_those_of_the_record),
		cmocka_unit_test(families_are_numbered),
		cmocka_unit_test(failed_samples_are_errors_and_not_figures),
		cmocka_unit_test(tainted_samples_keep_their_figures),
		cmocka_unit_test(odd_text_cannot_spoil_the_document),
		cmocka_unit_test(an_empty_run_and_simulated_time),
		cmocka_unit_test(writing_may_fail),
	};

	return cmocka_run_group_tests_name("report JSON", tests, NULL, NULL);
}
