// SPDX-License-Identifier: BSD-2-Clause
/*
 * resume_test.c: a job of 200 cases, interrupted and killed at random moments and resumed until it is done; and every
 * run that must not be resumed.
 */
#include "bench/cli.h"

#include <errno.h>
#include <signal.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <time.h>

#include "bench/resume.h"
#include "bench/tests/testing.h"
#include "harness/rng/rng.h"
#include "harness/store/store.h"
#include "version.h"

#define CASES         200
#define INTERRUPTIONS 5

static const char job[] =
	"[global]\nfamily = transfer\nduration = 100us\nrepetitions = 1\nsource = untouched\n"
	"dir = to_device\nsize = 64..1280+64\nseed = 5\n"
	"[single]\ndepth = 1\nsize = 64..1920+64\n"
	"[swept]\ndepth = 2\nsize = 64..320+64\ndevice.map_registers = 0,64\npool.slots = 4,8\n";

/* The only run in x.db; NULL: there is none yet. */
static struct store_run *record(void)
{
	struct store *store;
	struct store_run *run;

	if (store_open_readonly(&store, "x.db", NULL))
		return NULL;
	int rc = store_read(store, "latest", &run, NULL);

	store_close(store);
	return rc ? NULL : run;
}

static const struct store_cell *cell_of(const struct store_run *run, const char *name)
{
	for (uint32_t i = 0; i < run->cell_count; i++) {
		if (strcmp(run->cell[i].name, name) == 0)
			return &run->cell[i];
	}
	return NULL;
}

/* What was finished before is there still, as it was, and is in the same run. */
static void nothing_was_lost(const struct store_run *before, const struct store_run *now)
{
	if (!before)
		return;
	assert_string_equal(now->id, before->id);
	assert_true(now->started_wall_ns == before->started_wall_ns);
	assert_true(now->cell_count >= before->cell_count);
	assert_string_equal(
		resume_fact(now, RESUME_JOB_FACT), resume_fact(before, RESUME_JOB_FACT));
	for (uint32_t i = 0; i < before->cell_count; i++) {
		const struct store_cell *was = &before->cell[i], *is = cell_of(now, was->name);

		assert_non_null(is);
		assert_int_equal(is->sample_count, 1);
		assert_true(is->sample[0].real_time_ns == was->sample[0].real_time_ns);
		assert_true(is->sample[0].iterations == was->sample[0].iterations);
	}
}

/* Starts or resumes, waits @ms, sends @number. Return: wait status. */
static int interrupted(bool resume, unsigned ms, int number)
{
	static const char *const first[] = {"run", "job.ini", "--db", "x.db", NULL};
	static const char *const again[] = {"run", "--resume", "--db", "x.db", NULL};
	const struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
	const pid_t pid = program_start(resume ? again : first, "/dev/null", "errors", NULL);
	int status = 0;

	nanosleep(&pause, NULL);
	kill(pid, number);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

/* What disturbed the first part counts as much as what disturbed the last. */
static void noise_is_of_the_whole_run(const struct store_run *run)
{
	uint32_t tainted = 0;
	char counted[40];

	for (uint32_t i = 0; i < run->cell_count; i++)
		tainted += run->cell[i].sample[0].tainted[0] != '\0';
	snprintf(counted, sizeof(counted), "%u of %u", tainted, run->cell_count);
	assert_string_equal(resume_fact(run, "noise.tainted_repetitions"), counted);
}

static void the_record_is_whole(const struct store_run *run)
{
	struct said planned = SAY("run", "job.ini", "--dry-run");
	char *save = NULL, *line = strtok_r(planned.out, "\n", &save);

	assert_int_equal(run->state, STORE_DONE);
	assert_int_equal(run->exit_code, 0);
	assert_int_equal(run->cell_count, CASES);
	noise_is_of_the_whole_run(run);
	/* In the job's order: the names are unique, so each is there once. */
	uint32_t swept = 0;

	for (uint32_t i = 0; i < run->cell_count; i++, line = strtok_r(NULL, "\n", &save)) {
		swept += strcmp(run->cell[i].params.extra,
				 "device.map_registers:64/pool.slots:8") == 0;
		assert_string_equal(run->cell[i].name, line);
		assert_int_equal(run->cell[i].sample_count, 1);
		assert_non_null(run->cell[i].sample[0].latency);
	}
	assert_int_equal(swept, 5 * 4);
	assert_int_equal(strncmp(line, "200 cases", 9), 0);
	assert_true(run->crossover_count > 0); /* made of cells of all sessions */
	said_free(&planned);
}

static void a_job_of_200_cases_survives_every_interruption(void **state)
{
	(void)state;
	static const int signals[] = {SIGINT, SIGTERM, SIGKILL};
	const char *given = getenv("TEST_SEED");
	uint64_t seed = given ? strtoull(given, NULL, 0) : 0;
	struct store_run *before = NULL;
	struct rng rng;

	if (!given)
		assert_int_equal(getrandom(&seed, sizeof(seed), 0), sizeof(seed));
	print_message("TEST_SEED=%llu repeats this\n", (unsigned long long)seed);
	rng_seed(&rng, seed);
	file_write("job.ini", job);
	for (unsigned i = 0; i < INTERRUPTIONS; i++) {
		const int number = signals[rng_below(&rng, COUNT_OF(signals))];
		const unsigned ms = 100 + (unsigned)rng_below(&rng, 900);
		const int status = interrupted(before != NULL, ms, number);
		struct store_run *now = record();

		print_message("%u ms, signal %d, status %x: %u cases finished\n", ms, number,
			(unsigned)status, now ? now->cell_count : 0);
		assert_true(now || !before);
		if (now)
			nothing_was_lost(before, now);
		/* A fast machine may be done already; then it must have ended well. */
		if (now && now->state == STORE_DONE) {
			store_run_free(before);
			before = now;
			break;
		}
		store_run_free(before);
		before = now;
	}
	if (!before || before->state != STORE_DONE) {
		struct said last = before ? SAY("run", "--resume", "--db", "x.db")
		                          : SAY("run", "job.ini", "--db", "x.db");

		assert_code(last, 0);
		said_free(&last);
	}
	struct store_run *done = record();

	nothing_was_lost(before, done);
	the_record_is_whole(done);
	store_run_free(before);
	store_run_free(done);
}

/* ---- what must not be resumed ---------------------------------------------------------------------------------- */

/* A run made by hand in x.db, left in state running. @commit, @process: its facts; @text: its job or NULL. */
static void run_leave(const char *commit, const char *process, const char *text)
{
	struct store *store;
	char id[STORE_ID_MAX];

	unlink("x.db");
	assert_int_equal(store_open(&store, "x.db", NULL), 0);
	assert_int_equal(store_run_begin(store, "t", false, id, NULL), 0);
	assert_int_equal(store_fact(store, "version.dmabench", DMABENCH_VERSION, NULL), 0);
	assert_int_equal(store_fact(store, "version.compiler", __VERSION__, NULL), 0);
	assert_int_equal(store_fact(store, "version.commit", commit, NULL), 0);
	assert_int_equal(store_fact(store, STORE_PROCESS_FACT, process, NULL), 0);
	if (text)
		assert_int_equal(store_fact(store, RESUME_JOB_FACT, text, NULL), 0);
	store_close(store);
}

static void refused(const char *option, const char *value, const char *says)
{
	struct said said = SAY("run", "--db", "x.db", "--resume", option, value);

	assert_code(said, 2);
	assert_string_equal(said.out, "");
	assert_says(said.err, says);
	said_free(&said);
}

#define PLAIN "--seed", "1" /* the seed it has: changes nothing */

static void runs_that_cannot_be_resumed_are_refused(void **state)
{
	(void)state;
	static const char small[] = "[a]\nfamily=ring\nbatch=1\nduration=100us\nrepetitions=1\n";
	char own[RESUME_PROCESS_MAX];

	refused(PLAIN, "no such database");
	run_leave(DMABENCH_COMMIT, "1 1 another-boot", NULL);
	refused(PLAIN, "does not hold its job");
	run_leave(DMABENCH_COMMIT, resume_process(own), small);
	refused(PLAIN, "is being measured by process");
	run_leave("0000000", "1 1 another-boot", small);
	refused(PLAIN, "version.commit 0000000");
	run_leave(DMABENCH_COMMIT, "1 1 another-boot", "[a]\nno such line\n");
	refused(PLAIN, "is no key of a job");
	run_leave(DMABENCH_COMMIT, "1 1 another-boot", small);
	refused("--repetitions", "2", "makes another job");
	refused("--filter", "x", "leave --filter out");
}

/* The text of the record holds fewer keys than this program writes, so going on with it needs --force. */
static void force_goes_on_all_the_same_and_says_so(void **state)
{
	(void)state;
	run_leave("0000000", "1 1 another-boot",
		"[a]\nfamily=ring\nbatch=1,2\nduration=100us\nrepetitions=1\n");
	struct said said = SAY("run", "--db", "x.db", "--resume", "--force");
	struct store_run *run = record();

	assert_code(said, 0);
	assert_int_equal(run->state, STORE_DONE);
	assert_int_equal(run->cell_count, 2);
	assert_string_equal(resume_fact(run, "run.forced"), "yes");
	refused(PLAIN, "nothing to resume"); /* it is done now */
	refused("--json", "-", "nothing to resume");
	store_run_free(run);
	said_free(&said);
}

static void findings_of_finished_cases_count_to_the_end(void **state)
{
	(void)state;
	struct store_finding finding = {.cell = "ring/batch:1", .text = "found before"};
	struct store_finding lost = {.cell = "ring/batch:2", .text = "of a case given up"};
	struct store_sample sample = {.iterations = 1};
	struct store_cell cell = {.name = "ring/batch:1", .sample_count = 1, .sample = &sample};
	struct store *store;

	/* Made from a real one, so that the job's text and the host are those of this program. */
	struct said first = SAY("run", "--db", "y.db", "--set", "family=ring", "--set", "batch=1,2",
		"--duration", "100us", "--repetitions", "1");

	assert_code(first, 0);
	assert_int_equal(store_open_readonly(&store, "y.db", NULL), 0);
	struct store_run *model;

	assert_int_equal(store_read(store, "latest", &model, NULL), 0);
	store_close(store);

	char id[STORE_ID_MAX];

	assert_int_equal(store_open(&store, "x.db", NULL), 0);
	assert_int_equal(store_run_begin(store, "t", false, id, NULL), 0);
	for (uint32_t i = 0; i < model->fact_count; i++)
		assert_int_equal(
			store_fact(store, model->fact[i].key, model->fact[i].value, NULL), 0);
	assert_int_equal(store_cells(store, &cell, 1, &finding, 1, NULL), 0);
	assert_int_equal(store_finding(store, &lost, NULL), 0);
	assert_int_equal(store_run_end(store, STORE_INTERRUPTED, 4, NULL), 0);
	store_close(store);

	struct said said = SAY("run", "--db", "x.db", "--resume");
	struct store_run *run = record();

	assert_code(said, 1);
	assert_string_equal(run->id, id);
	assert_int_equal(run->exit_code, 1);
	assert_int_equal(run->cell_count, 2);
	assert_int_equal(run->finding_count, 1);
	assert_string_equal(run->finding[0].text, "found before");
	store_run_free(run);
	store_run_free(model);
	said_free(&said);
	said_free(&first);
}

/* The text of the job is the same, its cases are others. */
static void a_file_of_the_job_that_changed_is_another_job(void **state)
{
	(void)state;
	struct store_sample sample = {.iterations = 1};
	struct store_cell cell = {.name = "gone", .sample_count = 1, .sample = &sample};
	struct store *store;

	file_write("sizes", "4k to_device\n");
	struct said first = SAY("run", "--db", "x.db", "--set", "family=transfer", "--set",
		"mix=file:sizes", "--set", "source=untouched", "--set", "strategy=packet",
		"--duration", "100us", "--repetitions", "1");
	struct store_run *run = record();

	assert_code(first, 0);
	assert_int_equal(run->cell_count, 1);
	memcpy(cell.name, run->cell[0].name, sizeof(cell.name));
	/* As it was before its end. */
	char id[STORE_ID_MAX];

	unlink("x.db");
	assert_int_equal(store_open(&store, "x.db", NULL), 0);
	assert_int_equal(store_run_begin(store, "t", false, id, NULL), 0);
	for (uint32_t i = 0; i < run->fact_count; i++)
		assert_int_equal(store_fact(store, run->fact[i].key, run->fact[i].value, NULL), 0);
	assert_int_equal(store_cell(store, &cell, NULL), 0);
	assert_int_equal(store_run_end(store, STORE_INTERRUPTED, 4, NULL), 0);
	store_close(store);

	file_write("sizes", "64 to_device\n");
	refused(PLAIN, "a file that the job names");
	file_write("sizes", "4k to_device\n");
	struct said again = SAY("run", "--db", "x.db", "--resume");

	assert_code(again, 0);
	store_run_free(run);
	said_free(&again);
	said_free(&first);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_job_of_200_cases_survives_every_interruption),
		TEST(runs_that_cannot_be_resumed_are_refused),
		TEST(force_goes_on_all_the_same_and_says_so),
		TEST(findings_of_finished_cases_count_to_the_end),
		TEST(a_file_of_the_job_that_changed_is_another_job),
	};

	return cmocka_run_group_tests_name("resume", tests, NULL, NULL);
}
