// SPDX-License-Identifier: BSD-2-Clause
/* callgrind.c: see callgrind.h. What is asked of callgrind from inside is in its header, which need not be there. */
#include "bench/callgrind.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench/cases/cases.h"
#include "bench/resume.h"
#include "bench/stop.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define BUILT_FOR_IT "this program was built with a sanitizer, which valgrind cannot run"
#elif !__has_include(<valgrind/callgrind.h>)
#define BUILT_FOR_IT                                                                               \
	"this program was built without valgrind/callgrind.h; install valgrind (make setup) and "  \
	"build it again"
#else
#include <valgrind/callgrind.h>
#define BUILT_FOR_IT ""
#endif

#ifndef CALLGRIND_TOGGLE_COLLECT
#define RUNNING_ON_VALGRIND               0
#define CALLGRIND_START_INSTRUMENTATION   (void)0
#define CALLGRIND_TOGGLE_COLLECT          (void)0
#define CALLGRIND_DUMP_STATS_AT(position) (void)(position)
#endif

#define FOLDER_TEMPLATE "dmabench-count-XXXXXX"
#define FOLDER_MAX      256
#define STOP_WHAT       "nothing counted" /* "ends with ..." */
#define FILE_MAX        (FOLDER_MAX + 32) /* a file in it */
#define SAID_MAX        256
#define NOT_STARTED     127 /* as a shell says it */
#define DRIVERS_MAX     RUN_MODULES_MAX

/* ---- inside ---------------------------------------------------------------------------------------------- */

struct inside {
	const char *folder;
	bool instrumented;
	unsigned dumps;
};

/* Its own cost: instrumenting begins with the first case, and what was translated before is thrown away then. */
static void inside_collect(void *arg, bool on)
{
	struct inside *inside = arg;

	if (on && !inside->instrumented) {
		inside->instrumented = true;
		CALLGRIND_START_INSTRUMENTATION;
	}
	CALLGRIND_TOGGLE_COLLECT;
}

/* The line "totals: N" of a dump. Return: whether there is one. */
static bool totals_read(FILE *file, uint64_t *totals)
{
	char line[512];

	while (fgets(line, sizeof(line), file))
		if (strncmp(line, "totals: ", 8) == 0) {
			*totals = strtoull(line + 8, NULL, 10);
			return true;
		}
	return false;
}

/* A dump sets the counters to 0. */
static int inside_take(void *arg, uint64_t *instructions, struct err *err)
{
	struct inside *inside = arg;
	char path[FILE_MAX];

	CALLGRIND_DUMP_STATS_AT("dmabench");
	snprintf(path, sizeof(path), "%s/dump.%u", inside->folder, ++inside->dumps);
	FILE *file = fopen(path, "re");
	const bool found = file && totals_read(file, instructions);

	if (file)
		fclose(file);
	unlink(path);
	return found ? 0
	             : err_set(err, ERR_INTERNAL, -EIO,
			       "%s: callgrind has left no totals there; expected a dump of its own "
			       "format, "
			       "version 1",
			       path);
}

/* Return: NULL with @err; to be freed. */
static char *file_text(const char *folder, const char *name, struct err *err)
{
	char path[FILE_MAX], *text = NULL;
	size_t room = 0;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *file = fopen(path, "re");
	const ssize_t read = file ? getdelim(&text, &room, '\0', file) : -1;

	if (file)
		fclose(file);
	if (read > 0)
		return text;
	err_set(err, ERR_USAGE, -ENOENT,
		"%s: cannot be read; --inside is for the program itself, use dmabench count", path);
	free(text);
	return NULL;
}

static int counts_write(const struct run_counts *counts, const char *folder, struct err *err)
{
	char path[FILE_MAX];

	snprintf(path, sizeof(path), "%s/counts", folder);
	FILE *file = fopen(path, "we");

	for (size_t i = 0; file && i < counts->count; i++)
		fprintf(file, "%.17g %.17g %s\n", counts->item[i].instructions_per_op,
			counts->item[i].virtual_ns_per_op, counts->item[i].name);
	if (file && fclose(file) == 0)
		return 0;
	return err_set(err, ERR_MISSING, -EIO, "%s: cannot be written; free some space", path);
}

/* The job of the folder is that of a record, for job.c. */
static int inside_plan(const struct cli_args *args, const char *folder, struct job **job,
	struct run_plan **plan, struct err *err)
{
	struct store_fact fact = {.key = RESUME_JOB_FACT};
	const struct store_run record = {.id = "to be counted", .fact_count = 1, .fact = &fact};

	fact.value = file_text(folder, "job", err);
	if (!fact.value)
		return -ENOENT;
	int rc = job_open(job, args, &record, err);
	free(fact.value);
	if (rc)
		return rc;
	rc = run_plan(plan, (*job)->section, (*job)->count, bench_cases, args->filter, err);
	if (rc)
		job_close(*job);
	return rc;
}

int callgrind_inside(const struct cli_args *args, const char *folder, struct err *err)
{
	struct inside inside = {.folder = folder};
	const struct run_count_hooks hooks = {
		.arg = &inside, .collect = inside_collect, .take = inside_take};
	struct run_counts counts = {0};
	struct run_plan *plan;
	struct job *job;

	if (!RUNNING_ON_VALGRIND)
		return err_set(err, ERR_USAGE, -EINVAL,
			"--inside is for the program itself, under callgrind; use dmabench count");
	int rc = inside_plan(args, folder, &job, &plan, err);

	if (rc)
		return rc;
	rc = run_count(plan, &hooks, &counts, err);
	rc = rc ? rc : counts_write(&counts, folder, err);
	run_counts_free(&counts);
	run_plan_free(plan);
	job_close(job);
	return rc;
}

/* ---- outside --------------------------------------------------------------------------------------------- */

/* Becomes @argv, what it says in the file @said. It ends with @parent, however that ends. */
static _Noreturn void program_become(
	char *const *argv, char *const *environment, const char *said, pid_t parent)
{
	const int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
	const int out = open(said, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() == parent && dup2(in, 0) == 0 && dup2(out, 1) == 1 && dup2(1, 2) == 2)
		execvpe(argv[0], argv, environment);
	_exit(NOT_STARTED);
}

/* Return: exit code of @pid; -EINTR it ended by a signal; -ECANCELED this program was asked to end, and so it was ended. */
static int program_wait(pid_t pid)
{
	const struct timespec pause = {.tv_nsec = 10000000};
	int status = 0;
	pid_t ended;

	while ((ended = waitpid(pid, &status, WNOHANG)) == 0) {
		if (stop_asked(NULL))
			kill(pid, SIGKILL);
		nanosleep(&pause, NULL);
	}
	if (ended < 0)
		return -errno;
	if (stop_asked(NULL))
		return -ECANCELED;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -EINTR;
}

/*
 * Runs @argv, what it says in @folder/said. Its environment is the same on all days: it lies on the stack, and may decide how
 * what follows is aligned. Return: as program_wait, NOT_STARTED, -errno.
 */
static int program_run(char *const *argv, const char *folder)
{
	char path[PATH_MAX], said[FILE_MAX];
	const char *search = getenv("PATH");
	char *const environment[] = {path, (char *)"LC_ALL=C", NULL};
	const pid_t parent = getpid();

	snprintf(path, sizeof(path), "PATH=%s", search ? search : "/usr/bin:/bin");
	snprintf(said, sizeof(said), "%s/said", folder);
	const pid_t pid = fork();

	if (pid == 0)
		program_become(argv, environment, said, parent);
	return pid < 0 ? -errno : program_wait(pid);
}

/* The last line of @folder/said. */
static void said_last(const char *folder, char line[SAID_MAX])
{
	char path[FILE_MAX], next[SAID_MAX];

	snprintf(path, sizeof(path), "%s/said", folder);
	FILE *file = fopen(path, "re");

	snprintf(line, SAID_MAX, "nothing was said");
	while (file && fgets(next, sizeof(next), file)) {
		next[strcspn(next, "\n")] = '\0';
		if (next[0])
			memcpy(line, next, sizeof(next));
	}
	if (file)
		fclose(file);
}

static int folder_make(char folder[FOLDER_MAX], struct err *err)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(folder, FOLDER_MAX, "%s/" FOLDER_TEMPLATE, tmp && *tmp ? tmp : "/tmp");
	if (mkdtemp(folder))
		return 0;
	const int code = errno;

	return err_set(err, ERR_MISSING, -code,
		"%s: folder cannot be made (%s); free some space, or set TMPDIR", folder,
		strerror(code));
}

static void folder_remove(const char *folder)
{
	static const char *const names[] = {"job", "program", "counts", "said", "valgrind", "dump"};
	char path[FILE_MAX];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		unlink(path);
	}
	rmdir(folder);
}

static int interrupted(struct err *err)
{
	return err_set(err, ERR_INTERNAL, -ECANCELED,
		"interrupted while instructions were counted; start it again");
}

static int version_ask(const char *folder, char version[CALLGRIND_VERSION_MAX], struct err *err)
{
	char *const argv[] = {(char *)"valgrind", (char *)"--version", NULL};
	char line[SAID_MAX];
	int rc = program_run(argv, folder);

	if (rc == -ECANCELED)
		return interrupted(err);
	if (rc)
		return err_set(err, ERR_MISSING, -ENOENT,
			"instructions cannot be counted: there is no valgrind here; install it "
			"(apt-get install valgrind)");
	said_last(folder, line);
	snprintf(version, CALLGRIND_VERSION_MAX, "%.*s", CALLGRIND_VERSION_MAX - 1,
		strncmp(line, "valgrind-", 9) == 0 ? line + 9 : line);
	return 0;
}

int callgrind_check(char version[CALLGRIND_VERSION_MAX], struct err *err)
{
	char folder[FOLDER_MAX];
	struct stop stop;

	if (BUILT_FOR_IT[0])
		return err_set(err, ERR_MISSING, -ENOTSUP, "instructions cannot be counted: %s",
			BUILT_FOR_IT);
	stop_begin(&stop, STOP_WHAT);
	int rc = folder_make(folder, err);

	if (rc == 0) {
		rc = version_ask(folder, version, err);
		folder_remove(folder);
	}
	stop_end(&stop);
	return rc;
}

static int job_write(
	const struct job *job, const struct cli_args *args, const char *folder, struct err *err)
{
	struct job_facts facts;
	char path[FILE_MAX];
	int rc = job_facts_open(&facts, job, args, err);

	if (rc)
		return rc;
	snprintf(path, sizeof(path), "%s/job", folder);
	FILE *file = fopen(path, "we");

	for (size_t i = 0; file && i < facts.count; i++)
		if (strcmp(facts.fact[i].key, RESUME_JOB_FACT) == 0)
			fputs(facts.fact[i].value, file);
	if (!file || fclose(file))
		rc = err_set(
			err, ERR_MISSING, -EIO, "%s: cannot be written; free some space", path);
	job_facts_close(&facts);
	return rc;
}

/* A name for this program in @folder, equally long wherever it lies: names lie on the stack and in the heap, too. */
static int program_link(const char *folder, char link[FILE_MAX], struct err *err)
{
	char program[PATH_MAX] = "";

	snprintf(link, FILE_MAX, "%s/program", folder);
	if (readlink("/proc/self/exe", program, sizeof(program) - 1) > 0 &&
		symlink(program, link) == 0)
		return 0;
	const int code = errno;

	return err_set(err, ERR_MISSING, -code, "%s: link cannot be made (%s); free some space",
		link, strerror(code));
}

static int self_run(const struct cli_args *args, const char *folder, struct err *err)
{
	char program[FILE_MAX], log[FILE_MAX], dump[FILE_MAX], line[SAID_MAX];
	char *argv[16 + 2 * DRIVERS_MAX] = {(char *)"valgrind", (char *)"--tool=callgrind",
		(char *)"-q", log, dump, (char *)"--instr-atstart=no",
		(char *)"--collect-atstart=no", program, (char *)"count", (char *)"--inside",
		(char *)folder};
	int argc = 11;

	int rc = program_link(folder, program, err);

	if (rc)
		return rc;
	snprintf(log, sizeof(log), "--log-file=%s/valgrind", folder);
	snprintf(dump, sizeof(dump), "--callgrind-out-file=%s/dump", folder);
	if (args->filter) {
		argv[argc++] = (char *)"--filter";
		argv[argc++] = (char *)args->filter;
	}
	for (unsigned i = 0; i < args->driver_count && i < DRIVERS_MAX; i++) {
		argv[argc++] = (char *)"--driver";
		argv[argc++] = (char *)args->driver[i];
	}
	rc = program_run(argv, folder);
	if (rc == 0)
		return 0;
	if (rc == -ECANCELED)
		return interrupted(err);
	said_last(folder, line);
	return err_set(err, ERR_INTERNAL, -EIO,
		"instructions cannot be counted: under callgrind the program ended with %d (%s)",
		rc, line);
}

/* "INSTRUCTIONS VIRTUAL-NS NAME" */
static bool count_parse(const char *line, struct run_counted *counted)
{
	char *end;

	counted->instructions_per_op = strtod(line, &end);
	counted->virtual_ns_per_op = strtod(end, &end);
	if (*end != ' ' || !end[1])
		return false;
	snprintf(counted->name, sizeof(counted->name), "%s", end + 1);
	return true;
}

static int counts_read(const char *folder, struct run_counts *counts, struct err *err)
{
	char *text = file_text(folder, "counts", err), *save = NULL;
	size_t lines = 0;

	*counts = (struct run_counts){0};
	if (!text)
		return -ENOENT;
	for (const char *c = text; *c; c++)
		lines += *c == '\n';
	counts->item = calloc(lines + 1, sizeof(*counts->item));
	for (char *line = strtok_r(text, "\n", &save); line && counts->item;
		line = strtok_r(NULL, "\n", &save))
		counts->count += count_parse(line, &counts->item[counts->count]);
	free(text);
	return counts->item ? 0 : err_short(err, -ENOMEM, "no memory for %zu counts", lines);
}

int callgrind_count(const struct job *job, const struct cli_args *args, struct run_counts *counts,
	struct err *err)
{
	char version[CALLGRIND_VERSION_MAX], folder[FOLDER_MAX];
	struct stop stop;
	int rc = callgrind_check(version, err);

	if (rc)
		return rc;
	stop_begin(&stop, STOP_WHAT);
	rc = folder_make(folder, err);
	if (rc == 0) {
		rc = job_write(job, args, folder, err);
		rc = rc ? rc : self_run(args, folder, err);
		rc = rc ? rc : counts_read(folder, counts, err);
		folder_remove(folder);
	}
	stop_end(&stop);
	return rc;
}
