// SPDX-License-Identifier: BSD-2-Clause
/*
 * compare_test.c: `dmabench compare` from argv to exit code, over databases written here with figures whose verdict is
 * known: verdicts, runs that must not be compared, cases without a partner, repetitions that say nothing.
 */
#include "bench/cli.h"

#include <math.h>

#include "bench/tests/testing.h"
#include "harness/store/store.h"

#define DB        "x.db"
#define SIZES_MAX 4
#define ROUNDS    9

/* A run as it shall be: rates a second around @rate for each size, of two strategies of which the second is slower. */
struct shape {
	double rate,
		second; /* second: the second strategy's share of it, 0: only one is measured */
	const char *cache, *verdict, *cpu;
	unsigned sizes, first_size, repetitions;
	bool simulated, unfinished, nothing_done, failed;
};

static const struct shape usual = {.rate = 1e5,
	.second = 0.5,
	.cache = "L2",
	.verdict = "trusted",
	.cpu = "A Processor",
	.sizes = 2,
	.repetitions = ROUNDS};

/* Repetition @i: a per mille or so around @rate, in no order; all else is missing. */
static void sample_fill(struct store_sample *sample, uint32_t i, double rate, bool nothing_done)
{
	*sample = (struct store_sample){
		.repetition = i, .block = i, .iterations = nothing_done ? 0 : 1000};
	for (unsigned c = 0; c < STORE_COUNTER_COUNT; c++)
		sample->counter[c] = (double)NAN;
	if (nothing_done)
		return;
	sample->counter[STORE_items_per_second] = rate * (1 + 1e-3 * (double)(i * 5 % ROUNDS));
	sample->real_time_ns = 1e9 / rate;
}

static void cell_write(struct store *store, const struct shape *shape, unsigned size, bool second)
{
	struct store_sample sample[ROUNDS];
	struct store_cell cell = {.sample_count = shape->repetitions,
		.sample = sample,
		.ceiling_bytes_per_second = (double)NAN,
		.limit_items_per_second = (double)NAN};
	const double rate = shape->rate * (second ? shape->second : 1) / (size + 1);

	snprintf(cell.params.family, sizeof(cell.params.family), "transfer");
	snprintf(cell.params.strategy, sizeof(cell.params.strategy), "%s",
		second ? "common" : "packet");
	cell.params.size_bytes = 64u << size;
	snprintf(cell.name, sizeof(cell.name), "transfer/strategy:%s/size:%llu",
		cell.params.strategy, (unsigned long long)cell.params.size_bytes);
	for (uint32_t i = 0; i < shape->repetitions; i++) {
		sample_fill(&sample[i], i, rate, shape->nothing_done);
		sample[i].failed = shape->failed;
	}
	assert_int_equal(store_cell(store, &cell, NULL), 0);
}

static void facts_write(struct store *store, const struct shape *shape)
{
	store_fact(store, "place.cores", "two cores", NULL);
	store_fact(store, "place.shared_cache", shape->cache, NULL);
	store_fact(store, "audit.verdict", shape->verdict, NULL);
	store_fact(store, "host.cpu_model", shape->cpu, NULL);
	/* 2 x 20 + 10 ns an operation. */
	store_fact(store, "observer.clock_read_ns", "20.00", NULL);
	store_fact(store, "observer.hist_record_ns", "10.00", NULL);
}

static void run_write(const struct shape *shape)
{
	struct store *store;
	char id[STORE_ID_MAX];

	assert_int_equal(store_open(&store, DB, NULL), 0);
	assert_int_equal(store_run_begin(store, "a run", shape->simulated, id, NULL), 0);
	facts_write(store, shape);
	for (unsigned i = 0; i < shape->sizes; i++) {
		cell_write(store, shape, shape->first_size + i, false);
		if (shape->second > 0)
			cell_write(store, shape, shape->first_size + i, true);
	}
	if (!shape->unfinished)
		assert_int_equal(store_run_end(store, STORE_DONE, 0, NULL), 0);
	store_close(store);
}

/* The newest two, the older as A. */
#define COMPARE(...) SAY("compare", "latest~1", "latest", "--db", DB, ##__VA_ARGS__)

static void ends(struct said said, int code, const char *out, const char *err)
{
	assert_code(said, code);
	assert_says(said.out, out);
	assert_says(said.err, err);
	said_free(&said);
}

/* ---- verdicts ------------------------------------------------------------------------------------------------- */

static void worse_is_exit_1_and_better_is_none(void **state)
{
	(void)state;
	struct shape slow = usual;

	slow.rate = usual.rate / 2;
	run_write(&usual);
	run_write(&slow);
	ends(COMPARE(), 1, "B is better in 0, worse in 4 (at most -50.0 %", "");
	ends(SAY("compare", "latest", "latest~1", "--db", DB), 0, "B is better in 4", "");
	ends(SAY("compare", "latest", "latest", "--db", DB), 0, "unclear in 4", "");
	/* What does not matter by one's own word. */
	ends(COMPARE("--effect", "150"), 0, "worse in 0, unclear in 4", "");
}

static void strategies_of_one_run_are_compared(void **state)
{
	(void)state;
	struct shape one = usual;

	one.second = 0;
	run_write(&one);
	run_write(&usual);
	ends(SAY("compare", "--strategies", "latest", "--db", DB), 1, ", packet   B ", "");
	ends(SAY("compare", "--strategies", "latest", "common", "packet", "--db", DB), 0,
		"B is better in 2 (at most +100.0 %", "");
	ends(SAY("compare", "--strategies", "latest", "packet", "hybrid", "--db", DB), 2, "",
		"has no strategy 'hybrid'; it has packet, common");
	ends(SAY("compare", "--strategies", "latest", "pakcet", "common", "--db", DB), 2, "",
		"did you mean 'packet'");
	ends(SAY("compare", "--strategies", "latest~1", "--db", DB), 2, "",
		"fewer than two strategies");
}

/* A rate of 20 million has 50 ns an operation, as much as measuring costs: 1.5 times that is no news. */
static void what_measuring_costs_is_no_difference(void **state)
{
	(void)state;
	struct shape fast = usual, slow = usual;

	fast.rate = 2e7;
	slow.rate = 2e7 / 1.5;
	fast.sizes = slow.sizes = 1;
	fast.second = slow.second = 0;
	run_write(&fast);
	run_write(&slow);
	ends(COMPARE(), 0, "unclear, less than measuring costs", "");
	ends(COMPARE(), 0, "measuring costs 50 ns an operation (70 ns with a ledger)", "");
	/* Twice the cost of an operation whose cost is the same. */
	slow.rate = 2e7 / 2.5;
	run_write(&fast);
	run_write(&slow);
	ends(COMPARE(), 1, "worse in 1", "");
}

/* What is wrong has no figures; a comparison with it must not pass for one in which nothing is worse. */
static void what_failed_is_not_as_good(void **state)
{
	(void)state;
	struct shape wrong = usual;

	wrong.failed = true;
	run_write(&usual);
	run_write(&wrong);
	struct said said = COMPARE();

	assert_code(said, 1);
	assert_says(said.out, "unclear in 4");
	assert_says(said.err, "36 repetitions failed");
	/* One side alone does not tell what would have been found. */
	assert_null(strstr(said.out, "would have been found"));
	said_free(&said);
	ends(SAY("compare", "latest", "latest~1", "--db", DB), 0, "unclear in 4", "A, ");
}

/* ---- runs that must not be compared --------------------------------------------------------------------------- */

static void unlike_placement_is_refused_or_forced(void **state)
{
	(void)state;
	struct shape far = usual;

	far.cache = "none";
	run_write(&usual);
	run_write(&far);
	ends(COMPARE(), 2, "", "the cache that driver and device share is");
	ends(COMPARE("--force"), 0, "unclear in 4", "because of --force");
	ends(COMPARE("--json", "x.json"), 2, "", "place.driver");
	assert_int_not_equal(access("x.json", F_OK), 0);
}

static void simulated_time_is_not_compared_with_time(void **state)
{
	(void)state;
	struct shape model = usual;

	model.simulated = true;
	run_write(&usual);
	run_write(&model);
	ends(COMPARE(), 2, "", "simulated");
	ends(COMPARE("--force"), 0, "(simulated)", "because of --force");
	run_write(&model);
	ends(COMPARE(), 0, "(simulated)", "");
}

static void what_weakens_a_comparison_is_said(void **state)
{
	(void)state;
	struct shape other = usual;

	other.cpu = "Another Processor";
	other.unfinished = true;
	run_write(&usual);
	run_write(&other);
	ends(COMPARE(), 0, "unclear in 4", "Another Processor");
	ends(COMPARE(), 0, "unclear in 4", "half-finished");
}

static void untrusted_figures_are_exit_5(void **state)
{
	(void)state;
	struct shape noisy = usual;

	noisy.rate = usual.rate / 2;
	noisy.verdict = "cannot be trusted";
	run_write(&usual);
	run_write(&noisy);
	ends(COMPARE(), 5, "worse in 4", "its figures cannot be trusted");
	ends(SAY("compare", "latest", "latest~1", "--db", DB), 5, "better in 4",
		"cannot be trusted");
	ends(SAY("compare", "--strategies", "latest", "--db", DB), 5, "worse in 2", "");
}

static void runs_and_databases_that_are_none(void **state)
{
	(void)state;
	run_write(&usual);
	file_write("notes.db", "shopping list\n");
	ends(SAY("compare", "latest", "20200101-000000-0000", "--db", DB), 2, "",
		"20200101-000000-0000");
	ends(SAY("compare", "latest", "latest~7", "--db", DB), 2, "", "latest~7");
	ends(SAY("compare", "latest", "latest", "--db", "notes.db"), 2, "", "notes.db");
	ends(SAY("compare", "latest", "latest", "--db", "absent.db"), 2, "", "absent.db");
	assert_int_not_equal(access("absent.db", F_OK), 0);
	char *notes = text_of("notes.db");

	assert_string_equal(notes, "shopping list\n");
	free(notes);
}

/* ---- cases and repetitions ------------------------------------------------------------------------------------ */

static void cases_without_a_partner_are_counted(void **state)
{
	(void)state;
	struct shape more = usual, other = usual;

	more.sizes = 3;
	more.first_size = 1;
	other.first_size = 9;
	run_write(&usual);
	run_write(&more);
	ends(COMPARE(), 0, "without a partner: 2 of A, 4 of B", "");
	ends(COMPARE(), 0, "Of 2 cases", "");
	run_write(&other);
	ends(COMPARE(), 2, "", "no case in common");
}

/* The cases of the only comparison there is, as JSON; the root is for the caller to release. */
static json_t *cases_compared(json_t **root)
{
	struct said said = COMPARE("--json", "-");

	assert_code(said, 0);
	*root = json_of(said.out);
	said_free(&said);
	return json_object_get(*root, "cases");
}

static void expect_nothing_seen(unsigned repetitions)
{
	json_t *root;
	const json_t *row, *cases = cases_compared(&root);
	size_t i;

	assert_int_equal(json_array_size(cases), 4);
	json_array_foreach(cases, i, row)
	{
		assert_string_equal(json_string_value(json_object_get(row, "verdict")), "unclear");
		assert_false(json_is_true(json_object_get(row, "same")));
		assert_null(json_object_get(row, "smallest_visible"));
		assert_null(json_object_get(row, "ratio_low"));
		assert_int_equal(
			json_integer_value(json_object_get(row, "repetitions_a")), repetitions);
	}
	json_decref(root);
}

/* Ten times as slow, and yet nothing is known of how it varies. */
static void one_repetition_says_nothing(void **state)
{
	(void)state;
	struct shape once = usual, slow = usual;

	once.repetitions = slow.repetitions = 1;
	slow.rate = usual.rate / 10;
	run_write(&once);
	run_write(&slow);
	ends(COMPARE(), 0, "too few", "");
	ends(SAY("compare", "--strategies", "latest", "--db", DB), 0, "too few", "");
	expect_nothing_seen(1);
}

static void no_operation_says_nothing(void **state)
{
	(void)state;
	struct shape nothing = usual;

	nothing.nothing_done = true;
	run_write(&nothing);
	run_write(&nothing);
	ends(COMPARE(), 0, "(0, 0)", "");
	expect_nothing_seen(0);
	run_write(&usual);
	ends(COMPARE(), 0, "(0, 9)", "");
}

/* ---- real runs ------------------------------------------------------------------------------------------------ */

/* Whatever this machine says of them: every word is a number or one of the verdicts, and the smallest difference that would
 * have been called is there for each. */
static void runs_of_this_machine_are_compared(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct said run = SAY("run", TINY, "--repetitions", "6", "--db", DB);

		assert_code(run, 0);
		said_free(&run);
	}
	struct said said = COMPARE("--json", "-"),
		    pairs = SAY("compare", "--strategies", "latest", "--db", DB);
	json_t *root = json_of(said.out);
	const json_t *row, *cases = json_object_get(root, "cases");
	size_t i;

	assert_true(said.code == 0 || said.code == 1 || said.code == 5);
	assert_true(json_real_value(json_object_get(root, "observer_ns")) > 0);
	assert_int_equal(json_array_size(cases), 4);
	json_array_foreach(cases, i, row)
	{
		assert_true(json_real_value(json_object_get(row, "smallest_visible")) > 0);
		assert_true(json_real_value(json_object_get(row, "floor")) > 0);
		assert_int_equal(json_integer_value(json_object_get(row, "repetitions_b")), 6);
	}
	assert_says(pairs.out, "detectable");
	assert_says(pairs.out, "measuring costs ");
	json_decref(root);
	said_free(&said);
	said_free(&pairs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(worse_is_exit_1_and_better_is_none),
		TEST(strategies_of_one_run_are_compared),
		TEST(what_failed_is_not_as_good),
		TEST(what_measuring_costs_is_no_difference),
		TEST(unlike_placement_is_refused_or_forced),
		TEST(simulated_time_is_not_compared_with_time),
		TEST(what_weakens_a_comparison_is_said),
		TEST(untrusted_figures_are_exit_5),
		TEST(runs_and_databases_that_are_none),
		TEST(cases_without_a_partner_are_counted),
		TEST(one_repetition_says_nothing),
		TEST(no_operation_says_nothing),
		TEST(runs_of_this_machine_are_compared),
	};

	return cmocka_run_group_tests_name("compare from argv to exit", tests, NULL, NULL);
}
