// SPDX-License-Identifier: BSD-2-Clause
/*
 * store_test.c: what is written comes back exactly; states, ids, prefixes, order; several writers.
 */
#include "harness/store/store.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/wait.h>
#include <cmocka.h>

#include "harness/store/db.h"
#include "harness/store/testing.h"

#define WRITERS      4
#define WRITER_CELLS 12

static struct store *store_at(const struct testing_place *place)
{
	struct err err = ERR_INIT;
	struct store *store;

	if (store_open(&store, place->db, &err) < 0)
		fail_msg("%s", err.message);
	return store;
}

static struct store_run *run_of(struct store *store, const char *id)
{
	struct err err = ERR_INIT;
	struct store_run *run;

	if (store_read(store, id, &run, &err) < 0)
		fail_msg("%s", err.message);
	return run;
}

/* Bit for bit, NAN equal to NAN. */
static void assert_same(double a, double b)
{
	if (isnan(a) || isnan(b))
		assert_true(isnan(a) && isnan(b));
	else
		assert_memory_equal(&a, &b, sizeof(a));
}

static void assert_same_sample(const struct store_sample *a, const struct store_sample *b)
{
	assert_int_equal(a->repetition, b->repetition);
	assert_int_equal(a->block, b->block);
	assert_int_equal(a->iterations, b->iterations);
	assert_same(a->real_time_ns, b->real_time_ns);
	assert_same(a->cpu_time_ns, b->cpu_time_ns);
	assert_int_equal(a->failed, b->failed);
	assert_string_equal(a->error, b->error);
	assert_string_equal(a->tainted, b->tainted);
	for (int i = 0; i < STORE_COUNTER_COUNT; i++)
		assert_same(a->counter[i], b->counter[i]);
	assert_true(!a->latency == !b->latency);
	if (a->latency)
		assert_memory_equal(a->latency, b->latency, sizeof(*a->latency));
	assert_true(!a->response == !b->response);
	if (a->response)
		assert_memory_equal(a->response, b->response, sizeof(*a->response));
	assert_int_equal(a->window_count, b->window_count);
	for (uint32_t w = 0; w < a->window_count; w++) {
		for (int i = 0; i < STORE_WINDOW_FIELDS; i++)
			assert_same(a->window[w].value[i], b->window[w].value[i]);
	}
}

static void assert_same_cell(const struct store_cell *a, const struct store_cell *b)
{
	assert_string_equal(a->name, b->name);
	assert_memory_equal(&a->params.size_bytes, &b->params.size_bytes, sizeof(uint64_t));
	assert_string_equal(a->params.family, b->params.family);
	assert_string_equal(a->params.device, b->params.device);
	assert_string_equal(a->params.strategy, b->params.strategy);
	assert_string_equal(a->params.dir, b->params.dir);
	assert_string_equal(a->params.completion, b->params.completion);
	assert_string_equal(a->params.source, b->params.source);
	assert_string_equal(a->params.verify, b->params.verify);
	assert_string_equal(a->params.extra, b->params.extra);
	assert_int_equal(a->params.depth, b->params.depth);
	assert_int_equal(a->params.batch, b->params.batch);
	assert_same(a->ceiling_bytes_per_second, b->ceiling_bytes_per_second);
	assert_string_equal(a->limiter, b->limiter);
	assert_same(a->limit_items_per_second, b->limit_items_per_second);
	assert_same(a->handoff_items_per_second, b->handoff_items_per_second);
	assert_same(a->wakeup_items_per_second, b->wakeup_items_per_second);
	assert_same(a->pin_items_per_second, b->pin_items_per_second);
	assert_same(a->pin_ns, b->pin_ns);
	assert_int_equal(a->sample_count, b->sample_count);
	for (uint32_t i = 0; b->sample && i < a->sample_count; i++)
		assert_same_sample(&a->sample[i], &b->sample[i]);
}

static void a_whole_run_comes_back_exactly(void **state)
{
	(void)state;
	static struct hist latency[2];
	struct store_window window[5];
	struct store_sample sample[3];
	struct store_cell cell[3];
	struct testing_place place = testing_place_make();
	struct err err = ERR_INIT;
	char id[STORE_ID_MAX];

	testing_sample_fill(&sample[0], 0, 3.14159265358979, &latency[0]);
	testing_sample_fill(&sample[1], 1, 1e300, &latency[1]);
	sample[1].response = &latency[0];
	testing_windows_fill(window, sizeof(window) / sizeof(window[0]));
	sample[1].window = window;
	sample[1].window_count = sizeof(window) / sizeof(window[0]);
	testing_sample_fill(&sample[2], 2, 5e-324, NULL);
	sample[2].failed = true;
	snprintf(sample[2].error, sizeof(sample[2].error), "op 17: byte 3 is 0x00, not 'x'; --");
	testing_cell_fill(&cell[0], sample, 3, 4096);
	testing_cell_fill(&cell[1], NULL, 0, UINT64_MAX);
	cell[2] = (struct store_cell){
		.name = "lock",
		.ceiling_bytes_per_second = (double)NAN,
		.limit_items_per_second = (double)NAN,
		.handoff_items_per_second = (double)NAN,
		.wakeup_items_per_second = (double)NAN,
		.pin_items_per_second = (double)NAN,
		.pin_ns = (double)NAN,
	};

	struct store *store = store_at(&place);

	assert_int_equal(store_run_begin(store, "pair's \"run\"", true, id, &err), 0);
	assert_int_equal(store_fact(store, "host.cpu", "a", &err), 0);
	assert_int_equal(store_fact(store, "job.size", "64..16m*4", &err), 0);
	assert_int_equal(store_fact(store, "host.cpu", "Some CPU \xc2\xb5", &err), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(store_cell(store, &cell[i], &err), 0);
	assert_int_equal(store_run_end(store, STORE_DONE, 5, &err), 0);
	store_close(store);

	store = store_at(&place);
	struct store_run *run = run_of(store, id);

	assert_string_equal(run->id, id);
	assert_string_equal(run->title, "pair's \"run\"");
	assert_int_equal(run->state, STORE_DONE);
	assert_int_equal(run->exit_code, 5);
	assert_true(run->simulated);
	assert_true(run->started_wall_ns > 1600000000ull * 1000000000ull);
	assert_true(run->ended_wall_ns >= run->started_wall_ns);
	assert_int_equal(run->fact_count, 2);
	assert_string_equal(run->fact[0].key, "host.cpu");
	assert_string_equal(run->fact[0].value, "Some CPU \xc2\xb5");
	assert_string_equal(run->fact[1].value, "64..16m*4");
	assert_int_equal(run->cell_count, 3);
	for (int i = 0; i < 3; i++)
		assert_same_cell(&run->cell[i], &cell[i]);
	store_run_free(run);
	store_close(store);
	testing_place_drop(&place);
}

static void crossovers_and_findings_come_back(void **state)
{
	(void)state;
	struct store_crossover crossover = {.dir = "to_device",
		.source = "untouched",
		.completion = "poll",
		.depth = 32,
		.slow_start = "common",
		.fast_end = "packet",
		.result = {.kind = STATS_CROSSOVER_FOUND,
			.size_bytes = 65536.5,
			.interval = {.low = 40000.25, .high = 90000, .level = 0.95},
			.agreement = 0.993,
			.crossings = 1},
		.size_min_bytes = 64,
		.size_max_bytes = 16777216,
		.sentence = "Above 64 KiB, take packets."};
	struct store_crossover open_ended = crossover;
	struct store_finding finding = {.cell = "transfer/x", .text = "expected 1, found 2"};
	const struct store_probe probe[2] = {
		{500, 499, 2e4, true, true}, {1000, (double)NAN, (double)NAN, false, false}};
	struct store_rate rate = {.cell = "transfer/x",
		.quantile = 0.99,
		.limit_ns = 5e4,
		.closed_per_second = 900,
		.low_per_second = 500,
		.high_per_second = (double)INFINITY,
		.sentence = "up to 500 operations/s",
		.probe_count = 2,
		.probe = probe};
	int64_t open_ends = 0;
	struct testing_place place = testing_place_make();
	struct err err = ERR_INIT;
	char id[STORE_ID_MAX];

	open_ended.result = (struct stats_crossover){.kind = STATS_CROSSOVER_A_ALWAYS,
		.interval = {.low = -(double)INFINITY,
			.high = (double)INFINITY,
			.level = (double)NAN},
		.agreement = 1};
	struct store *store = store_at(&place);

	assert_int_equal(store_run_begin(store, "t", false, id, &err), 0);
	assert_int_equal(store_crossover(store, &crossover, &err), 0);
	assert_int_equal(store_crossover(store, &open_ended, &err), 0);
	assert_int_equal(store_finding(store, &finding, &err), 0);
	assert_int_equal(store_rate(store, &rate, &err), 0);
	rate.low_per_second = 0;
	rate.high_per_second = 10;
	assert_int_equal(store_rate(store, &rate, &err), 0);
	assert_int_equal(store_run_end(store, STORE_INTERRUPTED, 1, &err), 0);
	struct store_run *run = run_of(store, id);

	assert_false(run->simulated);
	assert_int_equal(run->crossover_count, 2);
	const struct store_crossover *back = &run->crossover[0];

	assert_string_equal(back->sentence, crossover.sentence);
	assert_string_equal(back->slow_start, "common");
	assert_string_equal(back->fast_end, "packet");
	assert_int_equal(back->depth, 32);
	assert_int_equal(back->result.kind, STATS_CROSSOVER_FOUND);
	assert_same(back->result.size_bytes, 65536.5);
	assert_same(back->result.interval.low, 40000.25);
	assert_same(back->result.interval.high, 90000);
	assert_same(back->result.interval.level, 0.95);
	assert_same(back->result.agreement, 0.993);
	assert_int_equal(back->result.crossings, 1);
	assert_same(back->size_max_bytes, 16777216);
	back = &run->crossover[1];
	assert_int_equal(back->result.kind, STATS_CROSSOVER_A_ALWAYS);
	assert_same(back->result.interval.low, -(double)INFINITY);
	assert_same(back->result.interval.high, (double)INFINITY);
	/* In the file an open end is NULL, for those who read it with SQL. */
	assert_int_equal(db_number(store,
				 "SELECT count(*) FROM crossover WHERE low_bytes IS NULL AND "
				 "high_bytes IS NULL AND size_bytes IS NULL",
				 &open_ends, NULL),
		0);
	assert_int_equal(open_ends, 1);
	assert_int_equal(run->rate_count, 2);
	assert_string_equal(run->rate[0].sentence, "up to 500 operations/s");
	assert_true(run->rate[0].low_per_second == 500 && isinf(run->rate[0].high_per_second));
	assert_true(run->rate[0].quantile == 0.99 && run->rate[0].limit_ns == 5e4);
	assert_true(run->rate[1].low_per_second == 0 && run->rate[1].high_per_second == 10);
	assert_int_equal(run->finding_count, 1);
	assert_string_equal(run->finding[0].cell, "transfer/x");
	assert_string_equal(run->finding[0].text, "expected 1, found 2");
	store_run_free(run);
	store_close(store);
	testing_place_drop(&place);
}

static void a_half_finished_run_is_marked(void **state)
{
	(void)state;
	struct store_sample sample;
	struct store_cell cell;
	struct testing_place place = testing_place_make();
	struct err err = ERR_INIT;
	char id[STORE_ID_MAX];

	testing_sample_fill(&sample, 0, 1, NULL);
	testing_cell_fill(&cell, &sample, 1, 64);
	struct store *store = store_at(&place);

	assert_int_equal(store_run_begin(store, "t", false, id, &err), 0);
	assert_int_equal(store_cell(store, &cell, &err), 0);
	store_close(store);
	assert_int_equal(store_open_readonly(&store, place.db, &err), 0);
	struct store_run *run = run_of(store, "latest");

	assert_int_equal(run->state, STORE_RUNNING);
	assert_int_equal(run->ended_wall_ns, 0);
	assert_int_equal(run->cell_count, 1);
	store_run_free(run);
	store_close(store);
	testing_place_drop(&place);
}

/* What stays, what goes, and that only one of two takes it up. */
static void a_run_is_taken_up_again(void **state)
{
	(void)state;
	struct store_finding finding = {.cell = "kept", .text = "x"},
			     lost = {.cell = "gone", .text = "x"};
	struct store_crossover crossover = {.sentence = "x"};
	const struct store_rate searched = {.cell = "kept", .quantile = 0.99},
				searched_lost = {.cell = "gone", .quantile = 0.99};
	struct store_cell cell[2] = {{.name = "kept"}, {.name = "kept"}};
	struct testing_place place = testing_place_make();
	struct err err = ERR_INIT;
	char id[STORE_ID_MAX];

	struct store *store = store_at(&place);

	assert_int_equal(store_run_begin(store, "t", false, id, &err), 0);
	assert_int_equal(
		store_cells(store, cell, 2, NULL, 0, NULL), -EEXIST); /* neither is there */
	assert_int_equal(store_cells(store, cell, 1, &finding, 1, &err), 0);
	assert_int_equal(store_finding(store, &lost, &err), 0);
	assert_int_equal(store_crossover(store, &crossover, &err), 0);
	assert_int_equal(store_rate(store, &searched, &err), 0);
	assert_int_equal(store_rate(store, &searched_lost, &err), 0);
	store_close(store);

	store = store_at(&place);
	assert_int_equal(store_run_resume(store, "none", "", "one", NULL), -ENOENT);
	assert_int_equal(store_run_resume(store, id, "zero", "one", NULL), -EALREADY);
	assert_int_equal(store_fact(store, "a", "b", NULL), -EINVAL); /* not taken up */
	assert_int_equal(store_run_resume(store, id, "", "one", &err), 0);
	cell[0] = (struct store_cell){.name = "gone"};
	assert_int_equal(store_cell(store, &cell[0], &err), 0);
	assert_int_equal(store_run_end(store, STORE_INTERRUPTED, 4, &err), 0);
	assert_int_equal(
		store_run_resume(store, id, "", "two", NULL), -EALREADY); /* it was "one" */
	assert_int_equal(store_run_resume(store, id, "one", "two", &err), 0);
	assert_int_equal(store_run_end(store, STORE_DONE, 0, &err), 0);
	assert_int_equal(store_run_resume(store, id, "two", "three", &err), -EALREADY);
	assert_int_equal(err.kind, ERR_USAGE);

	struct store_run *run = run_of(store, id);

	assert_int_equal(run->state, STORE_DONE);
	assert_int_equal(run->cell_count, 2);
	assert_int_equal(run->finding_count, 1);
	assert_string_equal(run->finding[0].cell, "kept");
	assert_int_equal(run->rate_count, 1);
	assert_string_equal(run->rate[0].cell, "kept");
	assert_int_equal(run->crossover_count, 0);
	store_run_free(run);
	store_close(store);
	testing_place_drop(&place);
}

static void writing_outside_a_run_is_refused(void **state)
{
	(void)state;
	struct store_finding finding = {.text = "x"};
	struct store_cell cell = {.name = "x"};
	struct testing_place place = testing_place_make();
	struct err err = ERR_INIT;
	char id[STORE_ID_MAX];

	struct store *store = store_at(&place);

	assert_int_equal(store_fact(store, "a", "b", NULL), -EINVAL);
	assert_int_equal(store_cell(store, &cell, NULL), -EINVAL);
	assert_int_equal(store_finding(store, &finding, NULL), -EINVAL);
	assert_int_equal(store_run_end(store, STORE_DONE, 0, NULL), -EINVAL);
	assert_int_equal(store_run_begin(store, "t", false, id, &err), 0);
	assert_int_equal(store_run_end(store, STORE_RUNNING, 0, NULL), -EINVAL);
	assert_int_equal(store_cell(store, &cell, &err), 0);
	assert_int_equal(store_cell(store, &cell, &err), -EEXIST);
	assert_int_equal(err.kind, ERR_INTERNAL);
	assert_int_equal(store_run_end(store, STORE_DONE, 0, NULL), 0);
	assert_int_equal(store_fact(store, "a", "b", NULL), -EINVAL);
	store_close(store);
	store_close(NULL);
	testing_place_drop(&place);
}

static void runs_are_found_by_prefix_and_latest(void **state)
{
	(void)state;
	struct testing_place place = testing_place_make();
	struct err err = ERR_INIT;
	char id[3][STORE_ID_MAX];
	struct store_run *run;

	struct store *store = store_at(&place);

	assert_int_equal(store_read(store, "latest", &run, &err), -ENOENT);
	assert_non_null(strstr(err.message, "no run yet"));
	for (int i = 0; i < 3; i++) {
		assert_int_equal(store_run_begin(store, "t", false, id[i], NULL), 0);
		assert_int_equal(store_run_end(store, STORE_DONE, 0, NULL), 0);
	}
	run = run_of(store, "latest");
	assert_string_equal(run->id, id[2]);
	store_run_free(run);
	run = run_of(store, "latest~2");
	assert_string_equal(run->id, id[0]);
	store_run_free(run);
	assert_int_equal(store_read(store, "latest~3", &run, NULL), -ENOENT);
	assert_int_equal(store_read(store, "latest~", &run, NULL), -ENOENT);
	assert_int_equal(store_read(store, "latest~1x", &run, NULL), -ENOENT);
	run = run_of(store, id[0]);
	assert_string_equal(run->id, id[0]);
	store_run_free(run);

	assert_int_equal(db_exec(store, "UPDATE run SET id = 'abc-' || run_id", "test", NULL), 0);
	run = run_of(store, "abc-2");
	assert_string_equal(run->id, "abc-2");
	store_run_free(run);
	err = (struct err)ERR_INIT;
	assert_int_equal(store_read(store, "abc", &run, &err), -ENOTUNIQ);
	assert_int_equal(err.kind, ERR_USAGE);
	assert_non_null(strstr(err.message, "abc-3, abc-2, abc-1"));
	err = (struct err)ERR_INIT;
	assert_int_equal(store_read(store, "%", &run, &err), -ENOENT);
	assert_int_equal(err.kind, ERR_USAGE);
	assert_non_null(strstr(err.message, "abc-3, abc-2, abc-1"));
	assert_int_equal(store_read(store, "", &run, NULL), -ENOENT);
	assert_null(run);
	store_close(store);
	testing_place_drop(&place);
}

struct seen {
	char id[8][STORE_ID_MAX];
	int count, stop_at;
};

static bool see(void *arg, const struct store_run *run)
{
	struct seen *seen = arg;

	assert_int_equal(run->cell_count, 0);
	snprintf(seen->id[seen->count++], STORE_ID_MAX, "%s", run->id);
	return seen->count != seen->stop_at;
}

static void the_list_is_newest_first(void **state)
{
	(void)state;
	struct seen seen = {0}, two = {.stop_at = 2};
	struct testing_place place = testing_place_make();
	char id[5][STORE_ID_MAX];

	struct store *store = store_at(&place);

	for (int i = 0; i < 5; i++) {
		assert_int_equal(store_run_begin(store, "t", false, id[i], NULL), 0);
		assert_int_equal(store_run_end(store, STORE_DONE, 0, NULL), 0);
	}
	assert_int_equal(store_list(store, see, &seen, NULL), 0);
	assert_int_equal(seen.count, 5);
	for (int i = 0; i < 5; i++)
		assert_string_equal(seen.id[i], id[4 - i]);
	assert_int_equal(store_list(store, see, &two, NULL), 0);
	assert_int_equal(two.count, 2);
	store_close(store);
	testing_place_drop(&place);
}

/* One of several processes: opens the same new file and writes a run of its own. */
static int write_a_run(const struct testing_place *place)
{
	static struct hist latency;
	struct store_sample sample;
	struct store_cell cell;
	struct err err = ERR_INIT;
	struct store *store;
	char id[STORE_ID_MAX];
	int rc = store_open(&store, place->db, &err);

	if (rc == 0)
		rc = store_run_begin(store, "beside others", false, id, &err);
	for (uint64_t i = 1; i <= WRITER_CELLS && rc == 0; i++) {
		testing_sample_fill(&sample, 0, (double)i, &latency);
		testing_cell_fill(&cell, &sample, 1, i);
		rc = store_cell(store, &cell, &err);
	}
	if (rc == 0)
		rc = store_run_end(store, STORE_DONE, 0, &err);
	if (rc)
		fprintf(stderr, "writer: %s\n", err.message);
	else
		store_close(store);
	return rc ? 1 : 0;
}

static void several_processes_write_at_once(void **state)
{
	(void)state;
	struct seen seen = {0};
	struct testing_place place = testing_place_make();
	pid_t child[WRITERS];
	int status;

	for (int i = 0; i < WRITERS; i++) {
		child[i] = fork();
		assert_true(child[i] >= 0);
		if (child[i] == 0)
			_exit(write_a_run(&place));
	}
	for (int i = 0; i < WRITERS; i++) {
		assert_int_equal(waitpid(child[i], &status, 0), child[i]);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
	struct store *store = store_at(&place);

	assert_int_equal(store_list(store, see, &seen, NULL), 0);
	assert_int_equal(seen.count, WRITERS);
	for (int i = 0; i < WRITERS; i++) {
		struct store_run *run = run_of(store, seen.id[i]);

		assert_int_equal(run->cell_count, WRITER_CELLS);
		assert_int_equal(run->state, STORE_DONE);
		for (int k = 0; k < i; k++)
			assert_string_not_equal(seen.id[i], seen.id[k]);
		store_run_free(run);
	}
	store_close(store);
	testing_place_drop(&place);
}

static void ids_stay_unique_within_one_second(void **state)
{
	(void)state;
	struct testing_place place = testing_place_make();
	struct err err = ERR_INIT;
	char id[STORE_ID_MAX];
	int64_t distinct;

	struct store *store = store_at(&place);

	assert_int_equal(db_exec(store, "PRAGMA synchronous = OFF; BEGIN", "test", &err), 0);
	for (int i = 0; i < 600; i++) {
		assert_int_equal(store_run_begin(store, "t", false, id, &err), 0);
		assert_int_equal(strlen(id), strlen("20261121-031502-4f2a"));
	}
	assert_int_equal(
		db_number(store, "SELECT count(DISTINCT id) FROM run", &distinct, &err), 0);
	assert_int_equal(distinct, 600);
	assert_int_equal(db_exec(store, "COMMIT", "test", &err), 0);
	store_close(store);
	testing_place_drop(&place);
}

static void counters_have_their_names(void **state)
{
	(void)state;
	assert_string_equal(store_counter_name(STORE_bytes_per_second), "bytes_per_second");
	assert_string_equal(store_counter_name(STORE_failed_ops), "failed_ops");
	for (unsigned i = 0; i < STORE_COUNTER_COUNT; i++)
		for (unsigned k = 0; k < i; k++)
			assert_string_not_equal(store_counter_name(i), store_counter_name(k));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_run_comes_back_exactly),
		cmocka_unit_test(crossovers_and_findings_come_back),
		cmocka_unit_test(a_half_finished_run_is_marked),
		cmocka_unit_test(a_run_is_taken_up_again),
		cmocka_unit_test(writing_outside_a_run_is_refused),
		cmocka_unit_test(runs_are_found_by_prefix_and_latest),
		cmocka_unit_test(the_list_is_newest_first),
		cmocka_unit_test(several_processes_write_at_once),
		cmocka_unit_test(ids_stay_unique_within_one_second),
		cmocka_unit_test(counters_have_their_names),
	};

	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
