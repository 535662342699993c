// SPDX-License-Identifier: BSD-2-Clause
/*
 * kill_test.c: `dmabench run` killed with SIGKILL at every commit boundary, in writes of the database and at random moments, each
 * time followed by a check of the record and by `run --resume`; then full disks, foreign and broken files, two writers, clock
 * steps. KILL_POINTS=N chooses how many kills (`make kill-points`: 1000), KILL_LANES=N how many processes share them,
 * TEST_SEED repeats a campaign.
 */
#include "bench/tests/kill/kill.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "bench/tests/testing.h"
#include "harness/rng/rng.h"

#define CASES       6
#define REPETITIONS 1
/* A sample; sanitizers make a session five times as long. */
#if defined(__SANITIZE_ADDRESS__)
#define POINTS_QUICK 8
#define FULL_POINTS  2
#else
#define POINTS_QUICK 30
#define FULL_POINTS  4
#endif
#define RESUMES_MAX 200 /* of one run until it is over */
#define LANES_MAX   64

/* Two strategies side by side, so that one transaction holds two cells and a crossover is drawn. */
static const char job[] =
	"[global]\nduration = 100us\nrepetitions = 1\nseed = 5\ndevice.memory = 16m\n"
	"[small]\nfamily = ring\nbatch = 1,8\n"
	"[paired]\nfamily = transfer\nstrategy = packet,common\nsize = 64,4k\ndir = to_device\n"
	"source = untouched\ndepth = 1\nverify = full\n";

static const char *const first[] = {"run", "job.ini", "--db", "x.db", NULL};
static const char *const again[] = {"run", "--resume", "--db", "x.db", NULL};
static const struct kill_plan nothing;

/* What a campaign came to. */
struct tally {
	unsigned kills, boundaries, writes, torn, moments; /* by kind */
	unsigned runs, unkilled; /* sessions that were over before their point */
	unsigned cells;          /* of the runs, looked at at their end */
	unsigned early;          /* kills before the run was in the record: it begins anew */
};

static struct tally count;

/* How far a session goes that nobody kills. */
struct extent {
	unsigned boundaries, writes;
	double seconds;
};

/* Of a session that resumes a run with so many cells missing, as was last seen; zero: not seen yet. */
static struct extent extent_left[CASES + 1];

static unsigned number_wanted(const char *variable, unsigned otherwise)
{
	const char *given = getenv(variable);
	const unsigned number = given ? (unsigned)strtoul(given, NULL, 10) : 0;

	return number ? number : otherwise;
}

static char *said_in(const char *path)
{
	return access(path, F_OK) == 0 ? text_of(path) : strdup("");
}

static void fail_with(const char *what, int status)
{
	char *out = said_in("out"), *err = said_in("err");

	print_error(
		"%s: wait status 0x%x\nstdout: %s\nstderr: %s\n", what, (unsigned)status, out, err);
	free(out);
	free(err);
	fail();
}

static bool killed(int status)
{
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

static void ended(int status, int code)
{
	if (!WIFEXITED(status) || WEXITSTATUS(status) != code)
		fail_with("session", status);
}

static void fresh(void)
{
	unlink("x.db");
	unlink("x.db-wal");
	unlink("x.db-shm");
	assert_int_equal(kill_ledger_reset(), 0);
	file_write("job.ini", job);
}

/* ---- kills -------------------------------------------------------------------------------------------------------- */

/* One session, with what it went through before it ended or was killed. Return: its wait status. */
static int session_timed(
	const char *const *args, const struct kill_plan *plan, struct extent *extent)
{
	struct timespec from, to;

	clock_gettime(CLOCK_MONOTONIC, &from);
	const int status = kill_session(args, plan);

	clock_gettime(CLOCK_MONOTONIC, &to);
	*extent = (struct extent){.boundaries = kill_ledger->boundaries,
		.writes = kill_ledger->writes,
		.seconds = (double)(to.tv_sec - from.tv_sec) +
	                   (double)(to.tv_nsec - from.tv_nsec) * 1e-9};
	return status;
}

/* One session and a look at what it left. Return: whether the run is done. */
static bool session(const struct kill_plan *plan, struct kill_record *record)
{
	const bool begun = record->runs > 0;
	const unsigned missing = CASES - record->cells;
	struct extent extent;
	char id[48];

	snprintf(id, sizeof(id), "%s", record->id);
	const int status = session_timed(begun ? again : first, plan, &extent);

	if (killed(status))
		count.kills++;
	else if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		count.unkilled++;
	else
		fail_with("session", status);
	if (begun && !killed(status))
		extent_left[missing] = extent;
	kill_record_check("x.db", REPETITIONS, record);
	if (begun) {
		assert_int_equal(record->runs, 1);
		assert_string_equal(record->id, id);
	}
	/* A torn run is marked; the last kill may have come behind its last commit. */
	if (record->runs)
		assert_true(record->running != record->done);
	if (!killed(status))
		assert_true(record->done);
	count.early += killed(status) && !record->runs;
	return record->done;
}

/* Until the run is done, unkilled; everything is there once, as it was. */
static void finish(struct kill_record *record)
{
	for (unsigned i = 0; !record->done && i < 2; i++)
		session(&nothing, record);
	assert_true(record->done);
	assert_int_equal(record->runs, 1);
	assert_int_equal(record->cells, CASES);
	assert_int_equal(record->samples, CASES * REPETITIONS);
	count.runs++;
	count.cells += record->cells;
}

/* A run with one kill, at @plan's point. Return: whether it came to it. */
static bool run_with(const struct kill_plan *plan)
{
	struct kill_record record = {.runs = 0};
	const unsigned before = count.kills;

	fresh();
	session(plan, &record);
	finish(&record);
	return count.kills > before;
}

static struct extent measure_run(void)
{
	struct extent extent;

	fresh();
	ended(session_timed(first, &nothing, &extent), 0);
	return extent;
}

/* Before and after each commit, or evenly over as many as there may be; lane by lane. */
static void at_boundaries(unsigned boundaries, unsigned most, unsigned lane, unsigned lanes)
{
	const unsigned each = boundaries > most ? (boundaries + most - 1) / most : 1;

	for (unsigned at = 1 + lane * each; at <= boundaries; at += lanes * each)
		count.boundaries += run_with(&(struct kill_plan){.commit = at});
}

static struct kill_plan plan_draw(struct rng *rng, const struct extent *extent)
{
	switch (rng_below(rng, 4)) {
	case 0:
		count.boundaries++;
		return (struct kill_plan){
			.commit = 1 + (unsigned)rng_below(rng, extent->boundaries)};
	case 1:
		count.writes++;
		return (struct kill_plan){.write = 1 + (unsigned)rng_below(rng, extent->writes)};
	case 2:
		count.torn++;
		return (struct kill_plan){
			.write = 1 + (unsigned)rng_below(rng, extent->writes), .torn = true};
	default:
		count.moments++;
		return (struct kill_plan){
			.after_s = extent->seconds * (double)rng_below(rng, 1000) / 1000};
	}
}

/*
 * One run killed again and again, wherever it happens to be, until it is done or @points are used up. Mostly within what
 * is left of it: a point behind its end is a session for nothing, but for that the end is reached.
 */
static void run_hunted(struct rng *rng, const struct extent *whole, unsigned points)
{
	struct kill_record record = {.runs = 0};

	fresh();
	for (unsigned i = 0; !record.done && count.kills < points && i < RESUMES_MAX; i++) {
		const struct extent *left = &extent_left[CASES - record.cells];
		const bool within = record.runs && left->writes && rng_below(rng, 4) > 0;
		const struct kill_plan plan = plan_draw(rng, within ? left : whole);

		session(&plan, &record);
	}
	finish(&record);
}

/* ---- lanes: the kills of a campaign, shared by processes ------------------------------------------------------------- */

static void lane_run(uint64_t seed, unsigned lane, unsigned lanes, unsigned points)
{
	const struct extent whole = measure_run();
	struct rng rng;

	rng_seed(&rng, seed + lane);
	if (lane == 0)
		print_message("TEST_SEED=%" PRIu64 " repeats this; a run has %u commit boundaries, "
			      "%u writes, %.2f s\n",
			seed, whole.boundaries, whole.writes, whole.seconds);
	assert_true(whole.boundaries >= 10 && whole.writes >= 20);
	at_boundaries(whole.boundaries, 1 + points * lanes / 3, lane, lanes);
	while (count.kills < points)
		run_hunted(&rng, &whole, points);
}

/* In a process and a folder of its own. What fails there is told there, and by its exit status here. */
static pid_t lane_start(
	uint64_t seed, unsigned lane, unsigned lanes, unsigned points, struct tally *tally)
{
	fflush(NULL);
	const pid_t pid = fork();

	if (pid != 0)
		return pid;
	if (folder_enter(NULL))
		_exit(97);
	lane_run(seed, lane, lanes, points);
	*tally = count;
	fflush(NULL);
	_exit(folder_leave(NULL) ? 97 : 0);
}

static void tally_add(struct tally *to, const struct tally *from)
{
	to->kills += from->kills;
	to->boundaries += from->boundaries;
	to->writes += from->writes;
	to->torn += from->torn;
	to->moments += from->moments;
	to->runs += from->runs;
	to->unkilled += from->unkilled;
	to->cells += from->cells;
	to->early += from->early;
}

static void nothing_committed_is_lost_or_doubled(void **state)
{
	const char *given = getenv("TEST_SEED");
	uint64_t seed = given ? strtoull(given, NULL, 0) : 0;
	const unsigned points = number_wanted("KILL_POINTS", POINTS_QUICK);
	const unsigned lanes = number_wanted("KILL_LANES", 1);
	pid_t pid[LANES_MAX];

	(void)state;
	assert_true(lanes <= LANES_MAX);
	if (!given)
		assert_int_equal(getrandom(&seed, sizeof(seed), 0), sizeof(seed));
	struct tally *tally = mmap(NULL, LANES_MAX * sizeof(*tally), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_true(tally != MAP_FAILED);
	for (unsigned i = 0; i < lanes; i++) {
		pid[i] = lane_start(
			seed, i, lanes, points / lanes + (i < points % lanes), &tally[i]);
		assert_true(pid[i] > 0);
	}
	for (unsigned i = 0; i < lanes; i++) {
		const int status = kill_session_wait(pid[i]);

		if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
			fail_msg("lane %u: wait status 0x%x", i, (unsigned)status);
		tally_add(&count, &tally[i]);
	}
	munmap(tally, LANES_MAX * sizeof(*tally));
	assert_true(count.kills >= points);
	print_message(
		"%u kills (drawn or taken in turn: %u at commit boundaries, %u before and %u in "
		"the middle of a write, %u at random moments), %u sessions were over before; "
		"%u before the run was in the record\n%u runs resumed to their end; all their "
		"%u cells there, each once and as it was first seen\n",
		count.kills, count.boundaries, count.writes, count.torn, count.moments,
		count.unkilled, count.early, count.runs, count.cells);
}

/* ---- disasters ----------------------------------------------------------------------------------------------------- */

static void assert_said(const char *part)
{
	char *err = text_of("err");

	assert_says(err, part);
	free(err);
}

/* The disk is full from some write on: code 3 and a remedy; with room again the run is resumed. */
static void a_full_disk_costs_the_cell_in_flight(void **state)
{
	const unsigned writes = measure_run().writes;
	unsigned resumed = 0;

	(void)state;
	for (unsigned at = 1; at < writes; at += 1 + writes / FULL_POINTS) {
		struct kill_record record = {.runs = 0};

		fresh();
		const int status = kill_session(first, &(struct kill_plan){.full = at});

		/* What is written when the file is closed may have no room either; nothing is lost by that. */
		if (!WIFEXITED(status) || (WEXITSTATUS(status) != 3 && WEXITSTATUS(status) != 0))
			fail_with("full disk", status);
		if (WEXITSTATUS(status) == 3)
			assert_said("no space left");
		kill_record_check("x.db", REPETITIONS, &record);
		resumed += record.runs > 0 && !record.done;
		finish(&record);
	}
	assert_true(resumed > 0);
}

/* A limit of the shell (ulimit -f), which SQLite sees as a failed write. */
static void a_file_size_limit_is_told(void **state)
{
	const struct rlimit small = {.rlim_cur = 60000, .rlim_max = RLIM_INFINITY};
	struct rlimit before;
	struct kill_record record;

	(void)state;
	fresh();
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	const int status = kill_session(first, &nothing);

	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	ended(status, 3);
	assert_said("x.db");
	kill_record_check("x.db", REPETITIONS, &record);
	finish(&record);
}

static void a_folder_that_cannot_be_written_is_told(void **state)
{
	(void)state;
	fresh();
	assert_int_equal(mkdir("closed", 0555), 0);
	assert_int_equal(chmod(".", 0777), 0);
	fflush(NULL);
	const pid_t pid = fork();

	if (pid == 0) {
		static const char *const args[] = {"run", "job.ini", "--db", "closed/x.db", NULL};

		/* For root permissions do not count. */
		if (geteuid() == 0 && (setgid(65534) || setuid(65534)))
			_exit(99);
		const int status = kill_session(args, &nothing);

		_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 98);
	}
	ended(kill_session_wait(pid), 3);
	assert_said("closed");
	assert_int_equal(rmdir("closed"), 0); /* nothing was written into it */
}

static void spoil(const char *path, long from, size_t len_bytes)
{
	FILE *file = fopen(path, "r+");

	assert_non_null(file);
	assert_int_equal(fseek(file, from, SEEK_SET), 0);
	for (size_t i = 0; i < len_bytes; i++)
		fputc(0x5a, file);
	assert_int_equal(fclose(file), 0);
}

/* Neither is written, neither crashes; both are told with the file's name. */
static void files_that_are_no_record_are_left_alone(void **state)
{
	sqlite3 *db;

	(void)state;
	fresh();
	file_write("x.db",
		"this is a letter, not a database, and it is longer than a header of one, "
		"which has a hundred bytes");
	ended(kill_session(first, &nothing), 2);
	assert_said("x.db");
	char *text = text_of("x.db");

	assert_int_equal(strncmp(text, "this is a letter", 16), 0);
	free(text);
	unlink("x.db");
	assert_int_equal(sqlite3_open("x.db", &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "CREATE TABLE run (a)", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	ended(kill_session(first, &nothing), 2);
	assert_said("another program");
	/* One of ours with pages overwritten. */
	fresh();
	ended(kill_session(first, &nothing), 0);
	spoil("x.db", 4096, 8 * 4096);
	ended(kill_session(again, &nothing), 2);
	assert_said("damaged");
}

static unsigned number_in(const char *sql)
{
	sqlite3_stmt *statement;
	sqlite3 *db;

	assert_int_equal(sqlite3_open("x.db", &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	const unsigned value = (unsigned)sqlite3_column_int(statement, 0);

	sqlite3_finalize(statement);
	sqlite3_close(db);
	return value;
}

/* Two runs into one database at once are two whole runs; of two who resume one run one is refused. */
static void two_writers_do_not_mix(void **state)
{
	pid_t pid[2];
	int status[2];

	(void)state;
	fresh();
	for (unsigned i = 0; i < 2; i++)
		pid[i] = kill_session_start(first, &nothing);
	for (unsigned i = 0; i < 2; i++)
		ended(kill_session_wait(pid[i]), 0);
	assert_int_equal(number_in("SELECT count(*) FROM run WHERE state = 'done'"), 2);
	assert_int_equal(number_in("SELECT count(*) FROM cell"), 2 * CASES);
	assert_int_equal(
		number_in("SELECT count(*) FROM (SELECT 1 FROM cell GROUP BY run_id, name)"),
		2 * CASES);
	fresh();
	assert_true(killed(kill_session(first, &(struct kill_plan){.commit = 7})));
	for (unsigned i = 0; i < 2; i++)
		pid[i] = kill_session_start(again, &nothing);
	for (unsigned i = 0; i < 2; i++)
		status[i] = kill_session_wait(pid[i]);
	const bool one = WIFEXITED(status[0]) && WEXITSTATUS(status[0]) == 0;

	ended(status[0], one ? 0 : 2);
	ended(status[1], one ? 2 : 0);
	assert_int_equal(number_in("SELECT count(*) FROM run"), 1);
	assert_int_equal(number_in("SELECT count(*) FROM cell"), CASES);
}

/* An hour back or forth in the middle: the run taken up is the one begun last, and is finished under its name. */
static void clock_steps_change_nothing(void **state)
{
	static const int64_t steps_s[] = {3600, -10 * 365 * 86400};

	(void)state;
	for (size_t i = 0; i < sizeof(steps_s) / sizeof(steps_s[0]); i++) {
		struct kill_record record = {.runs = 0};

		fresh();
		session(&(struct kill_plan){.commit = 7, .clock_step_s = steps_s[i]}, &record);
		assert_true(record.runs == 1 && record.running);
		session(&(struct kill_plan){.clock_step_s = -steps_s[i]}, &record);
		finish(&record);
	}
	/* An interrupted run of yesterday's clock and one begun now, which is later whatever the clock says. */
	fresh();
	assert_true(killed(kill_session(first, &(struct kill_plan){.commit = 7})));
	assert_true(killed(kill_session(first,
		&(struct kill_plan){.commit = 7, .clock_step_s = -86400, .clock_at_once = true})));
	ended(kill_session(again, &nothing), 0);
	assert_int_equal(
		number_in("SELECT state = 'done' FROM run ORDER BY run_id DESC LIMIT 1"), 1);
	assert_int_equal(number_in("SELECT state = 'running' FROM run ORDER BY run_id LIMIT 1"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_committed_is_lost_or_doubled),
		TEST(a_full_disk_costs_the_cell_in_flight),
		TEST(a_file_size_limit_is_told),
		TEST(a_folder_that_cannot_be_written_is_told),
		TEST(files_that_are_no_record_are_left_alone),
		TEST(two_writers_do_not_mix),
		TEST(clock_steps_change_nothing),
	};

	return cmocka_run_group_tests_name("killed", tests, NULL, NULL);
}
