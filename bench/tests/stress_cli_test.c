// SPDX-License-Identifier: BSD-2-Clause
/* stress_cli_test.c: `dmabench stress` as its user meets it: table, JSON, replay, what it refuses. */
#include "bench/tests/testing.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

static void seeds_end_in_a_table(void **state)
{
	struct said said = SAY("stress", "--seeds", "1..4", "--operations", "20");

	(void)state;
	assert_code(said, 0);
	assert_says(said.out, "seeds                 4");
	assert_says(said.out, "1 run twice");
	assert_says(said.out, "no finding");
	said_free(&said);
	said = SAY("stress", "--seeds", "7", "--operations", "20", "--faults", "flip,late",
		"--strategy", "packet,common", "--jobs", "2");
	assert_code(said, 0);
	assert_says(said.out, "flip");
	assert_says(said.out, "survived");
	said_free(&said);
	said = SAY("stress", "--mode", "live", "--seeds", "1..2", "--operations", "20", "--faults",
		"all");
	assert_code(said, 0);
	assert_says(said.out, "seeds                 2");
	said_free(&said);
	said = SAY("stress", "--duration", "100ms", "--operations", "5");
	assert_code(said, 0);
	said_free(&said);
}

static void what_is_left_out_never_happens(void **state)
{
	static const char *const without[] = {"none", "all,-power,-reload"};
	struct said said = SAY("stress", "--seeds", "1..4");

	(void)state;
	assert_null(strstr(said.out, "\npower                 0   times"));
	assert_null(strstr(said.out, " 0 reloads"));
	said_free(&said);
	for (size_t i = 0; i < sizeof(without) / sizeof(without[0]); i++) {
		said = SAY("stress", "--seeds", "1..4", "--features", without[i]);
		assert_code(said, 0);
		assert_says(said.out, "\npower                 0   times down and up; 0 reloads");
		said_free(&said);
	}
}

/* The same seeds, whatever the number of processes, in the order of their numbers. */
static void json_holds_every_seed(void **state)
{
	struct said one = SAY("stress", "--seeds", "3..9", "--operations", "20", "--json", "-");
	struct said two = SAY(
		"stress", "--seeds", "3..9", "--operations", "20", "--jobs", "3", "--json", "-");
	json_t *a = json_loads(one.out, 0, NULL), *b = json_loads(two.out, 0, NULL), *seed;
	size_t i;

	(void)state;
	assert_code(one, 0);
	assert_non_null(a);
	assert_non_null(b);
	assert_int_equal(json_array_size(json_object_get(a, "seeds")), 7);
	json_array_foreach(json_object_get(a, "seeds"), i, seed)
	{
		assert_int_equal(json_integer_value(json_object_get(seed, "seed")), 3 + i);
		assert_int_equal(strlen(json_string_value(json_object_get(seed, "hash"))), 16);
		assert_true(json_integer_value(json_object_get(seed, "operations")) > 0);
		assert_int_equal(json_array_size(json_object_get(seed, "findings")), 0);
	}
	assert_true(json_equal(json_object_get(a, "seeds"), json_object_get(b, "seeds")));
	assert_true(json_is_true(json_object_get(json_object_get(a, "context"), "simulated_time")));
	json_decref(a);
	json_decref(b);
	said_free(&one);
	said_free(&two);
}

static void a_line_is_replayed_to_its_event(void **state)
{
	struct said said = SAY("stress", "--replay",
		"seed=5 commit=none config=deterministic,20,3fffff,f,none event=500", "--trace");

	(void)state;
	assert_code(said, 0);
	assert_says(said.err, "the line is of commit none");
	assert_says(said.err, "     500 ");
	assert_null(strstr(said.err, "     510 "));
	said_free(&said);
	said = SAY(
		"stress", "--replay", "seed=5 config=deterministic,20,3fffff,f,none", "--shrink");
	assert_code(said, 2);
	assert_says(said.err, "seed 5 does not fail");
	said_free(&said);
}

struct refusal {
	const char *option, *value, *says;
};

static void what_it_cannot_do_is_refused_with_the_reason(void **state)
{
	static const struct refusal refusals[] = {
		{"--seeds", "9..3", "--seeds 9..3"},
		{"--seeds", "x", "--seeds x"},
		{"--seeds", "1..", "--seeds 1.."},
		{"--operations", "0", "--operations 0"},
		{"--episodes", "0", "--episodes 0"},
		{"--jobs", "65", "--jobs 65"},
		{"--duration", "0s", "--duration 0s"},
		{"--mode", "dead", "expected deterministic or live"},
		{"--faults", "flop", "did you mean"},
		{"--faults", "flip,all", "unknown word 'all'"},
		{"--faults", "", "--faults: empty"},
		{"--faults", ",,", "a word is missing"},
		{"--faults", "flip,", "a word is missing"},
		{"--faults", "-drop", "leaves out what is not there"},
		{"--faults", "none,-drop", "leaves out what is not there"},
		{"--seeds", "1..9223372036854775808", "up to 9223372036854775807"},
		{"--seeds", "00000000000000000000000000000000017", "--seeds 0000"},
		{"--features", "all,-lung", "did you mean long"},
		{"--strategy", "none", "at least one"},
		{"--strategy", "pocket", "did you mean packet"},
		{"--replay", "seed", "not part of a line"},
		{"--replay", "seed=1 seed=2", "'seed=2' is not part of a line"},
		{"--replay", "seed=1 config=deterministic,100000001,1,1,none",
			"not part of a line"},
		{"--replay", "seed=1 config=live,9,1,1,none event=5", "leave event=5 out"},
		{"--json", "/nowhere/at/all", "--json"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		struct said said = SAY("stress", refusals[i].option, refusals[i].value);

		assert_code(said, 2);
		assert_says(said.err, refusals[i].says);
		said_free(&said);
	}
	struct said said = SAY("stress", "--shrink");

	assert_code(said, 2);
	assert_says(said.err, "needs --replay");
	said_free(&said);
	said = SAY("stress", "--trace", "--replay", "seed=1 config=live,9,1,1,none");
	assert_code(said, 2);
	assert_says(said.err, "trace a deterministic line");
	said_free(&said);
}

/* Nothing beside a line says what is played, or it would be ignored. */
static void a_line_is_all_there_is(void **state)
{
	static const char *const beside[][2] = {{"--seeds", "7..9"}, {"--mode", "live"},
		{"--operations", "3"}, {"--episodes", "3"}, {"--duration", "1s"}, {"--jobs", "2"},
		{"--strategy", "common"}, {"--features", "all"}, {"--faults", "drop"}};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(beside); i++) {
		struct said said = SAY("stress", "--replay", "seed=1", beside[i][0], beside[i][1]);

		assert_code(said, 2);
		assert_says(said.err, beside[i][0]);
		assert_says(said.err, "leave the option out");
		said_free(&said);
	}
}

/* Of threads nobody lists what hit a transfer, nor says that two seeds were the same; what the device does to messages it counts. */
static void what_is_not_known_of_threads_is_null(void **state)
{
	struct said said = SAY("stress", "--mode", "live", "--seeds", "1..2", "--operations", "240",
		"--faults", "flip,lost", "--json", "-");
	json_t *root = json_of(said.out), *total = json_object_get(root, "total"), *seed;
	const json_t *injected = json_object_get(total, "injected");
	size_t i;

	(void)state;
	assert_code(said, 0);
	assert_true(json_is_null(json_object_get(injected, "flip")));
	assert_true(json_integer_value(json_object_get(injected, "lost")) > 0);
	assert_true(json_is_integer(json_object_get(json_object_get(total, "detected"), "flip")));
	json_array_foreach(json_object_get(root, "seeds"), i, seed)
	{
		assert_true(json_is_null(json_object_get(seed, "hash")));
	}
	json_decref(root);
	said_free(&said);
}

/* A disk that gets full in the middle leaves what was there. */
static void a_file_that_cannot_be_written_stays_as_it_was(void **state)
{
	static const char *const args[] = {
		"stress", "--seeds", "1..3", "--operations", "20", "--json", "kept.json", NULL};
	const struct rlimit little = {.rlim_cur = 1024, .rlim_max = RLIM_INFINITY};
	struct rlimit before;
	FILE *file = fopen("kept.json", "w");

	(void)state;
	assert_non_null(file);
	fputs("{}", file);
	fclose(file);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
	const pid_t pid = program_start(args, "output", "errors", NULL);

	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(program_end(pid), 3);

	char *text = text_of("kept.json");

	assert_string_equal(text, "{}");
	free(text);
	assert_int_equal(entries_here(), 3);
}

static void what_was_lost_and_found_is_counted(void **state)
{
	struct said said = SAY("stress", "--seeds", "1..4", "--faults", "lost,twice");

	(void)state;
	assert_code(said, 0);
	assert_says(said.out, "recoveries");
	assert_says(said.out, "no finding");
	said_free(&said);
	said = SAY("stress", "--seeds", "1..4", "--faults", "lost", "--json", "-");
	assert_code(said, 0);
	assert_says(said.out, "\"recoveries\"");
	said_free(&said);
}

/* ---- interruption ------------------------------------------------------------------------------- */

/* Whether @pid would note an interrupt. */
static bool handler_stands(pid_t pid)
{
	unsigned long long caught = 0;
	char path[64], line[128];

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	while (fgets(line, sizeof(line), file) && sscanf(line, "SigCgt: %llx", &caught) != 1)
		;
	fclose(file);
	return caught >> (SIGINT - 1) & 1;
}

static void handler_await(pid_t pid)
{
	for (unsigned i = 0; i < 4000 && !handler_stands(pid); i++)
		nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
	assert_true(handler_stands(pid));
}

/* Who ends without having ended its workers leaves them to this process. Return: how many there were. */
static unsigned orphans_reap(void)
{
	unsigned count = 0;

	while (waitpid(-1, NULL, 0) > 0)
		count++;
	return count;
}

static int orphans_inherit(void **state)
{
	return folder_enter(state) || prctl(PR_SET_CHILD_SUBREAPER, 1);
}

static int orphans_leave(void **state)
{
	return prctl(PR_SET_CHILD_SUBREAPER, 0) || folder_leave(state);
}

/* What the file of an interrupted campaign says. */
static void interrupted_judge(json_int_t jobs)
{
	char *text = text_of("seeds.json");
	json_t *root = json_of(text), *total = json_object_get(root, "total"), *seed;
	json_int_t whole = 0, cut = 0;
	size_t i;

	assert_true(json_is_true(json_object_get(total, "interrupted")));
	json_array_foreach(json_object_get(root, "seeds"), i, seed)
	{
		if (json_is_true(json_object_get(seed, "cut")))
			cut++;
		else
			whole++;
		assert_int_equal(json_array_size(json_object_get(seed, "findings")), 0);
	}
	assert_int_equal(json_integer_value(json_object_get(total, "seeds")), whole);
	assert_int_equal(json_integer_value(json_object_get(total, "cut")), cut);
	assert_true(cut <= jobs);
	json_decref(root);
	free(text);
}

static void an_interrupted_campaign_tells_what_it_did(void **state)
{
	static const char *const many[] = {"stress", "--seeds", "1..100000000", "--jobs", "2",
		"--operations", "20", "--json", "seeds.json", NULL};
	static const char *const live[] = {"stress", "--seeds", "1..100000000", "--mode", "live",
		"--operations", "20", "--json", "seeds.json", NULL};
	static const char *const one_long[] = {"stress", "--seeds", "1..2", "--jobs", "2",
		"--operations", "100000000", "--json", "seeds.json", NULL};
	static const struct {
		const char *const *args;
		int number;
	} wish[] = {{many, SIGINT}, {many, SIGTERM}, {live, SIGINT}, {one_long, SIGINT}};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(wish); i++) {
		const pid_t pid = program_start(wish[i].args, "output", "errors", NULL);

		handler_await(pid);
		nanosleep(&(struct timespec){.tv_nsec = 300000000}, NULL);
		assert_int_equal(kill(pid, wish[i].number), 0);
		char *errors = program_ends_with(pid, 4, "errors"), *output = text_of("output");

		assert_int_equal(orphans_reap(), 0);
		assert_says(errors, "ends with the seeds in hand");
		assert_says(errors, "stress: interrupted");
		assert_says(output, "\ninterrupted ");
		assert_says(output, "no finding");
		interrupted_judge(2);
		free(errors);
		free(output);
		unlink("errors");
		unlink("output");
		unlink("seeds.json");
	}
}

static void the_second_signal_ends_it_at_once(void **state)
{
	static const char *const args[] = {
		"stress", "--seeds", "1..2", "--jobs", "2", "--operations", "100000000", NULL};
	const pid_t pid = program_start(args, "output", "errors", NULL);
	int status = 0;

	(void)state;
	handler_await(pid);
	assert_int_equal(kill(pid, SIGINT), 0);
	assert_true(soon_says("errors", "once more ends it at once"));
	assert_int_equal(kill(pid, SIGTERM), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	orphans_reap(); /* which returns, as they end with their parent */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(seeds_end_in_a_table),
		cmocka_unit_test(what_is_left_out_never_happens),
		cmocka_unit_test(json_holds_every_seed),
		cmocka_unit_test(a_line_is_replayed_to_its_event),
		cmocka_unit_test(what_was_lost_and_found_is_counted),
		cmocka_unit_test(what_it_cannot_do_is_refused_with_the_reason),
		cmocka_unit_test(a_line_is_all_there_is),
		cmocka_unit_test(what_is_not_known_of_threads_is_null),
		cmocka_unit_test_setup_teardown(
			a_file_that_cannot_be_written_stays_as_it_was, folder_enter, folder_leave),
		cmocka_unit_test_setup_teardown(
			an_interrupted_campaign_tells_what_it_did, orphans_inherit, orphans_leave),
		cmocka_unit_test_setup_teardown(
			the_second_signal_ends_it_at_once, orphans_inherit, orphans_leave),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
