// SPDX-License-Identifier: BSD-2-Clause
/* import_test.c: files as Google Benchmark 1.7 and 1.9, old ones and dmabench write them; what is refused and how; the record. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "drivers/support/fault.h"
#include "harness/import/import.h"

static int try_read(
	const char *text, struct store_run **run, struct import_tally *tally, struct err *err)
{
	char *copy = strdup(text);
	int rc;

	assert_non_null(copy);
	rc = import_read_text("f.json", copy, strlen(copy), run, tally, err);
	free(copy);
	return rc;
}

static struct store_run *read_run(const char *text, struct import_tally *tally)
{
	struct store_run *run;
	struct err err = ERR_INIT;

	if (try_read(text, &run, tally, &err) < 0)
		fail_msg("%s", err.message);
	return run;
}

static const char *fact_of(const struct store_run *run, const char *key)
{
	for (uint32_t i = 0; i < run->fact_count; i++)
		if (strcmp(run->fact[i].key, key) == 0)
			return run->fact[i].value;
	return NULL;
}

/* As 1.7.1 wrote it here: two repetitions, their aggregates, counters that JSON has no number for, a fit. */
static const char library_1_7[] =
	"{\"context\": {\"date\": \"2026-11-21T22:09:01+00:00\", \"host_name\": \"vm\",\n"
	" \"executable\": \"./b\", \"num_cpus\": 2, \"mhz_per_cpu\": 2596,\n"
	" \"cpu_scaling_enabled\": false, \"caches\": [\n"
	"  {\"type\": \"Data\", \"level\": 1, \"size\": 32768, \"num_sharing\": 1},\n"
	"  {\"type\": \"Unified\", \"level\": 3, \"size\": 33554432, \"num_sharing\": 2}],\n"
	" \"load_avg\": [9.77051,10.377,9.21924], \"library_build_type\": \"debug\", \"foo\": "
	"\"bar\"},\n"
	"\"benchmarks\": [\n"
	"{\"name\": \"BM_copy/size:64/real_time\", \"family_index\": 0,\n"
	" \"per_family_instance_index\": 0, \"run_name\": \"BM_copy/size:64/real_time\",\n"
	" \"run_type\": \"iteration\", \"repetitions\": 2, \"repetition_index\": 0, \"threads\": "
	"1,\n"
	" \"iterations\": 573247, \"real_time\": 2.5e+00, \"cpu_time\": 2.25e+00,\n"
	" \"time_unit\": \"us\", \"bytes_per_second\": 2.5652670644675205e+10,\n"
	" \"inf\": Infinity, \"nan\": NaN, \"odd\": 1.0, \"label\": \"a \\\"NaN, label\\\"\"},\n"
	"{\"name\": \"BM_copy/size:64/real_time\", \"run_name\": \"BM_copy/size:64/real_time\",\n"
	" \"run_type\": \"iteration\", \"repetition_index\": 1, \"iterations\": 573247,\n"
	" \"real_time\": 5, \"cpu_time\": -NaN, \"time_unit\": \"us\", \"odd\": 2, \"odder\": 3},\n"
	"{\"name\": \"BM_copy/size:64/real_time_mean\", \"run_name\": "
	"\"BM_copy/size:64/real_time\",\n"
	" \"run_type\": \"aggregate\", \"aggregate_name\": \"mean\", \"iterations\": 2,\n"
	" \"real_time\": 3.75, \"cpu_time\": 2.25, \"time_unit\": \"us\"},\n"
	"{\"name\": \"BM_copy_BigO\", \"run_name\": \"BM_copy\", \"run_type\": \"aggregate\",\n"
	" \"aggregate_name\": \"BigO\", \"cpu_coefficient\": 0.1, \"big_o\": \"N\"}\n"
	"]}\n";

static void a_file_of_the_library_is_read(void **state)
{
	struct import_tally tally;
	struct store_run *run = read_run(library_1_7, &tally);
	const struct store_cell *cell = &run->cell[0];

	(void)state;
	assert_int_equal(run->cell_count, 1);
	assert_string_equal(cell->name, "BM_copy/size:64/real_time");
	assert_string_equal(cell->params.family, "BM_copy");
	assert_int_equal(cell->params.size_bytes, 64);
	assert_string_equal(cell->params.extra, "real_time");
	assert_int_equal(cell->sample_count, 2);
	assert_true(cell->sample[0].real_time_ns == 2500 && cell->sample[0].cpu_time_ns == 2250);
	assert_int_equal(cell->sample[0].iterations, 573247);
	assert_true(cell->sample[0].counter[STORE_bytes_per_second] == 2.5652670644675205e+10);
	/* Of its own where there is none. */
	assert_true(cell->sample[0].counter[STORE_items_per_second] == 1e9 / 2500);
	assert_true(isnan(cell->sample[1].cpu_time_ns));
	assert_int_equal(cell->sample[1].repetition, 1);
	assert_string_equal(fact_of(run, "host.name"), "vm");
	assert_string_equal(fact_of(run, "host.threads"), "2");
	assert_string_equal(fact_of(run, "clock.rate_hz"), "2596000000");
	assert_string_equal(fact_of(run, "host.cpu_scaling"), "no");
	assert_string_equal(fact_of(run, "host.caches"), "L1d 2 x 32 KiB, L3 1 x 32768 KiB");
	assert_string_equal(fact_of(run, "noise.load_average"), "9.77 10.38 9.22");
	assert_string_equal(fact_of(run, "version.gbench_build"), "debug");
	assert_string_equal(fact_of(run, "import.date"), "2026-11-21T22:09:01+00:00");
	assert_string_equal(fact_of(run, "context.foo"), "bar");
	assert_int_equal(tally.rows, 4);
	assert_int_equal(tally.repetitions, 2);
	assert_int_equal(tally.aggregates, 1);
	assert_int_equal(tally.complexity, 1);
	assert_int_equal(tally.counters, 2);
	assert_string_equal(tally.counter_names, "odd, odder");
	store_run_free(run);
}

/* 1.0 and before: no run_type, no run_name, no index; and times in each unit. */
static void an_old_file_is_read(void **state)
{
	struct import_tally tally;
	struct store_run *run = read_run(
		"{\"benchmarks\": [{\"name\": \"a/8\", \"real_time\": 2},"
		"{\"name\": \"a/8\", \"real_time\": 3, \"time_unit\": \"ms\"},"
		"{\"name\": \"a/8\", \"real_time\": 4, \"time_unit\": \"s\"},"
		"{\"name\": \"a/8_mean\", \"real_time\": 3}, {\"name\": \"a/8_stddev\", "
		"\"real_time\": 1},"
		"{\"name\": \"b_median\", \"real_time\": 5}, {\"name\": \"b_mean\", \"real_time\": "
		"6},"
		"{\"name\": \"c_mean\", \"real_time\": nan}, {\"name\": \"a_RMS\", \"rms\": inf}]}",
		&tally);

	(void)state;
	assert_int_equal(run->cell_count, 3);
	assert_string_equal(run->cell[0].name, "a/8");
	assert_string_equal(run->cell[0].params.extra, "8");
	assert_int_equal(run->cell[0].sample_count, 3);
	assert_true(run->cell[0].sample[0].real_time_ns == 2);
	assert_true(run->cell[0].sample[1].real_time_ns == 3e6);
	assert_true(run->cell[0].sample[2].real_time_ns == 4e9);
	assert_string_equal(run->cell[1].name, "b");
	assert_int_equal(run->cell[1].sample_count, 1);
	assert_true(run->cell[1].sample[0].real_time_ns == 5);
	assert_string_equal(run->cell[2].name, "c");
	assert_true(isnan(run->cell[2].sample[0].real_time_ns));
	assert_int_equal(tally.medians, 2);
	assert_int_equal(tally.aggregates, 3);
	assert_int_equal(tally.complexity, 1);
	store_run_free(run);
}

/* error_occurred until 1.7, skipped since 1.8. */
static void errors_are_repetitions_that_failed(void **state)
{
	struct import_tally tally;
	struct store_run *run = read_run(
		"{\"benchmarks\": [{\"name\": \"a\", \"error_occurred\": true,"
		"\"error_message\": \"no device\", \"real_time\": 0},"
		"{\"name\": \"a\", \"skipped\": true, \"skip_message\": \"no GPU\"},"
		"{\"name\": \"a\", \"error_occurred\": false, \"real_time\": 1}]}",
		&tally);
	const struct store_sample *sample = run->cell[0].sample;

	(void)state;
	assert_int_equal(run->cell[0].sample_count, 3);
	assert_true(sample[0].failed && sample[1].failed && !sample[2].failed);
	assert_string_equal(sample[0].error, "no device");
	assert_string_equal(sample[1].error, "no GPU");
	assert_int_equal(tally.failed, 2);
	store_run_free(run);
}

static void dmabenchs_own_names_are_parameters(void **state)
{
	struct import_tally tally;
	struct store_run *run = read_run(
		"{\"context\": {\"dmabench.run\": \"r1\", \"dmabench.simulated\": \"yes\","
		"\"host_name\": \"x\", \"host.name\": \"y\", \"run.process\": \"7 8\", \"n\": "
		"null},"
		"\"benchmarks\": [{\"name\": \"transfer/device:soft/strategy:packet/dir:to_device/"
		"size:4096/depth:8/batch:2/completion:poll/source:rewritten/verify:full/threads:2/"
		"fragmentation:25\", \"run_type\": \"iteration\", \"fragmentation\": 25,"
		"\"iterations\": 10, \"real_time\": 100, \"items_per_second\": 5,"
		"\"limiter\": \"memcpy\", \"pin_ns\": 3, \"handoff_ratio\": 0.5,"
		"\"label\": \"simulated, tainted: a neighbour\"}]}",
		&tally);
	const struct store_cell *cell = &run->cell[0];

	(void)state;
	assert_true(run->simulated);
	assert_string_equal(fact_of(run, "import.run"), "r1");
	assert_string_equal(fact_of(run, "host.name"), "y");
	assert_null(fact_of(run, STORE_PROCESS_FACT));
	assert_int_equal(tally.context, 1);
	assert_int_equal(tally.counters, 0);
	assert_string_equal(cell->params.family, "transfer");
	assert_string_equal(cell->params.device, "soft");
	assert_string_equal(cell->params.strategy, "packet");
	assert_string_equal(cell->params.dir, "to_device");
	assert_string_equal(cell->params.completion, "poll");
	assert_string_equal(cell->params.source, "rewritten");
	assert_string_equal(cell->params.verify, "full");
	assert_int_equal(cell->params.size_bytes, 4096);
	assert_int_equal(cell->params.depth, 8);
	assert_int_equal(cell->params.batch, 2);
	assert_string_equal(cell->params.extra, "threads:2/fragmentation:25");
	assert_string_equal(cell->limiter, "memcpy");
	assert_true(cell->pin_ns == 3 && isnan(cell->limit_items_per_second));
	assert_string_equal(cell->sample[0].tainted, "a neighbour");
	assert_true(cell->sample[0].counter[STORE_items_per_second] == 5);
	store_run_free(run);
}

/* A value that is none of the parameter's stays a word of the name; none stands for a field of the schema. */
static void what_is_no_parameter_is_left_in_the_name(void **state)
{
	struct import_tally tally;
	struct store_run *run = read_run(
		"{\"benchmarks\": [{\"name\": \"f/size:x/depth:4294967296/strategy:/skipped:1/"
		"lat_p50_ns:7/size:3/size:4\", \"real_time\": 1}]}",
		&tally);

	(void)state;
	assert_int_equal(run->cell[0].params.size_bytes, 3);
	assert_int_equal(run->cell[0].params.depth, 0);
	assert_string_equal(run->cell[0].params.extra, "size:x/depth:4294967296/strategy:/size:4");
	store_run_free(run);
}

static void what_is_refused_says_where_and_why(void **state)
{
	static const struct {
		const char *text, *says;
	} wrong[] = {
		{"", "f.json:1:0: "},
		{"[]", "f.json: JSON without an array \"benchmarks\""},
		{"{\"benchmarks\": []}", "f.json: no benchmark in it"},
		{"{\"benchmarks\":\n [{\"real_time\": NaN,}]}", "f.json:2:"},
		{"{\"benchmarks\": [{\"real_time\": 1}]}", "benchmarks[0]: no name"},
		{"{\"benchmarks\": [{\"name\": \"a\", \"real_time\": 1}, {\"name\": \"b\"}]}",
			"benchmarks[1]: no real_time"},
		{"{\"benchmarks\": [{\"name\": \"a\", \"real_time\": \"1\"}]}",
			"benchmarks[0]: real_time is no number"},
		{"{\"benchmarks\": [{\"name\": \"a\", \"real_time\": -1}]}",
			"benchmarks[0]: real_time is -1; expected 0 or more"},
		{"{\"benchmarks\": [{\"name\": \"a\", \"real_time\": 1, \"iterations\": -2}]}",
			"benchmarks[0]: -2 iterations"},
		{"{\"benchmarks\": [{\"name\": \"a\", \"real_time\": 1, \"time_unit\": \"h\"}]}",
			"time_unit 'h'; expected ns, us, ms or s"},
		{"{\"benchmarks\": [{\"name\": \"a\", \"real_time\": 1, \"lat_p99_ns\": true}]}",
			"lat_p99_ns is no number"},
	};
	struct import_tally tally;
	struct store_run *run;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct err err = ERR_INIT;

		assert_int_equal(try_read(wrong[i].text, &run, &tally, &err), -EINVAL);
		assert_int_equal(err.kind, ERR_USAGE);
		assert_null(run);
		if (!strstr(err.message, wrong[i].says))
			fail_msg("'%s' expected in: %s", wrong[i].says, err.message);
	}
}

static void a_name_has_to_fit(void **state)
{
	char text[STORE_NAME_MAX + 64], name[STORE_NAME_MAX + 1];
	struct import_tally tally;
	struct store_run *run;
	struct err err = ERR_INIT;

	(void)state;
	memset(name, 'n', STORE_NAME_MAX);
	name[STORE_NAME_MAX] = '\0';
	snprintf(text, sizeof(text), "{\"benchmarks\":[{\"name\":\"%s\",\"real_time\":1}]}", name);
	assert_int_equal(try_read(text, &run, &tally, &err), -EINVAL);
	assert_non_null(strstr(err.message, "a name of 480 bytes; expected 1 to 479"));
	snprintf(text, sizeof(text), "{\"benchmarks\":[{\"name\":\"%s\",\"real_time\":1}]}",
		name + 1);
	run = read_run(text, &tally);
	assert_int_equal(strlen(run->cell[0].params.family), STORE_WORD_MAX - 1);
	store_run_free(run);
}

static void files_that_cannot_be_read_are_refused(void **state)
{
	struct import_tally tally;
	struct store_run *run;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(import_read("/no/such.json", &run, &tally, &err), -ENOENT);
	assert_int_equal(err.kind, ERR_USAGE);
	assert_non_null(strstr(err.message, "/no/such.json: cannot be read (No such file"));
	err = (struct err)ERR_INIT;
	assert_int_equal(import_read("/tmp", &run, &tally, &err), -EISDIR);
	assert_non_null(strstr(err.message, "is a folder"));
}

/* ---- the record ---------------------------------------------------------------------------------------- */

static void a_run_is_in_the_record_as_it_was_read(void **state)
{
	struct import_tally tally;
	struct store_run *run = read_run(library_1_7, &tally), *stored = NULL;
	char id[STORE_ID_MAX];
	struct err err = ERR_INIT;
	struct store *store;

	(void)state;
	assert_int_equal(store_open(&store, ":memory:", &err), 0);
	assert_int_equal(import_store(store, run, id, &err), 0);
	assert_int_equal(store_read(store, id, &stored, &err), 0);
	assert_int_equal(stored->state, STORE_DONE);
	assert_string_equal(stored->title, "import of f.json");
	assert_int_equal(stored->fact_count, run->fact_count);
	assert_int_equal(stored->cell_count, 1);
	assert_int_equal(stored->cell[0].sample_count, 2);
	assert_true(stored->cell[0].sample[0].real_time_ns == 2500);
	assert_int_equal(stored->cell[0].params.size_bytes, 64);
	store_run_free(stored);
	store_run_free(run);
	store_close(store);
}

/* The Nth set-up step fails: an error of memory, and nothing is left behind. */
static void every_step_of_reading_may_fail(void **state)
{
	unsigned failed = 0;

	(void)state;
	for (unsigned nth = 1;; nth++) {
		char path[] = "/tmp/import_test.XXXXXX";
		const int fd = mkstemp(path);
		struct import_tally tally;
		struct store_run *run;
		struct err err = ERR_INIT;
		int rc;

		assert_true(fd >= 0 && write(fd, library_1_7, sizeof(library_1_7) - 1) ==
					       (ssize_t)sizeof(library_1_7) - 1);
		close(fd);
		fault_arm(nth, false);
		rc = import_read(path, &run, &tally, &err);
		unlink(path);
		if (!fault_fired()) {
			assert_int_equal(rc, 0);
			store_run_free(run);
			break;
		}
		fault_arm(0, false);
		assert_int_equal(rc, -ENOMEM);
		assert_int_equal(err.kind, ERR_MISSING);
		assert_null(run);
		failed++;
	}
	fault_arm(0, false);
	assert_true(failed >= 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_of_the_library_is_read),
		cmocka_unit_test(an_old_file_is_read),
		cmocka_unit_test(errors_are_repetitions_that_failed),
		cmocka_unit_test(dmabenchs_own_names_are_parameters),
		cmocka_unit_test(what_is_no_parameter_is_left_in_the_name),
		cmocka_unit_test(what_is_refused_says_where_and_why),
		cmocka_unit_test(a_name_has_to_fit),
		cmocka_unit_test(files_that_cannot_be_read_are_refused),
		cmocka_unit_test(a_run_is_in_the_record_as_it_was_read),
		cmocka_unit_test(every_step_of_reading_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
