// SPDX-License-Identifier: BSD-2-Clause
/* ab.c: see ab.h. Called by cmd_compare.c; it knows programs and files, the statistics are harness/report's. */
#include "bench/ab.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench/cli.h"
#include "harness/report/pool.h"
#include "harness/rng/rng.h"

#define COMMIT_LEN  40
#define SHORT_LEN   12
#define REPETITIONS "3" /* of a process: its median counts */
#define ARGS_MAX    16

extern char **environ;

struct side {
	const char *word; /* as asked for */
	char commit[COMMIT_LEN + 1];
	char label[STORE_ID_MAX];
	char folder[PATH_MAX]; /* work tree */
	char program[PATH_MAX], db[PATH_MAX], log[PATH_MAX];
};

struct ab {
	const struct ab_wish *wish;
	char top[PATH_MAX]; /* of the repository */
	struct side side[2];
	int lock; /* results/ab, held while this sitting lasts; -1 */
	struct err *err;
};

/* ---- programs ------------------------------------------------------------------------------------------ */

/* Runs @argv in @folder, all it says at the end of @log. Return: its exit code, -EINTR it ended by a signal, -errno. */
static int program_run(char *const *argv, const char *folder, const char *log)
{
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int status = 0, rc = posix_spawn_file_actions_init(&actions);

	if (rc)
		return -rc;
	rc = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	if (!rc)
		rc = posix_spawn_file_actions_addopen(
			&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0666);
	if (!rc)
		rc = posix_spawn_file_actions_adddup2(&actions, 1, 2);
	if (!rc)
		rc = posix_spawn_file_actions_addchdir_np(&actions, folder);
	if (!rc)
		rc = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (rc)
		return -rc;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -EINTR;
}

/* The last line of @log that says something, for a message. */
static void log_end(const char *log, char *line, size_t room)
{
	char next[512];
	FILE *file = fopen(log, "r");

	line[0] = '\0';
	while (file && fgets(next, sizeof(next), file)) {
		next[strcspn(next, "\n")] = '\0';
		if (next[strspn(next, " \t")])
			snprintf(line, room, "%s", next);
	}
	if (file)
		fclose(file);
}

/* First line of what git says to @args in @folder. Return: 0, or -EINVAL it did not end well. */
static int git_ask(char *out, size_t room, const char *folder, const char *what, const char *word)
{
	char log[] = "/tmp/dmabench-ab-XXXXXX";
	int fd = mkstemp(log), rc = fd < 0 ? -errno : 0;
	char *argv[] = {(char *)"git", (char *)"rev-parse", (char *)what, (char *)word, NULL};

	if (rc)
		return rc;
	close(fd);
	rc = program_run(argv, folder, log);
	log_end(log, out, room);
	unlink(log);
	return rc == 0 ? 0 : -EINVAL;
}

/* ---- commits and their builds -------------------------------------------------------------------------- */

static int side_find(struct ab *ab, struct side *side, const char *word)
{
	char wanted[256];

	side->word = word;
	if (strcmp(word, ".") == 0) {
		snprintf(side->label, sizeof(side->label), "files here");
		snprintf(side->folder, sizeof(side->folder), "%s", ab->top);
		return 0;
	}
	snprintf(wanted, sizeof(wanted), "%s^{commit}", word);
	if (git_ask(side->commit, sizeof(side->commit), ab->top, "--verify", wanted) ||
		strlen(side->commit) != COMMIT_LEN)
		return err_set(ab->err, ERR_USAGE, -EINVAL,
			"--ab: '%s' is no commit of %s; expected a branch, a tag, an id, or . for "
			"the "
			"files as they are",
			word, ab->top);
	snprintf(side->label, sizeof(side->label), "%.*s", SHORT_LEN, side->commit);
	if ((size_t)snprintf(side->folder, sizeof(side->folder), "%s/results/ab/%s", ab->top,
		    side->label) >= sizeof(side->folder))
		return err_set(
			ab->err, ERR_USAGE, -ENAMETOOLONG, "%s: the path is too long", ab->top);
	return 0;
}

static int path_too_long(struct ab *ab)
{
	return err_set(ab->err, ERR_USAGE, -ENAMETOOLONG, "%s: the path is too long", ab->top);
}

/* @path becomes @front and @back. Return: whether that is too long. */
static bool path_take(char path[PATH_MAX], const char *front, const char *back)
{
	return snprintf(path, PATH_MAX, "%s%s", front, back) >= PATH_MAX;
}

/* Two sittings would build in the same folders, and measure each other. */
static int sitting_lock(struct ab *ab, const char *folder)
{
	ab->lock = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (ab->lock >= 0 && flock(ab->lock, LOCK_EX | LOCK_NB) == 0)
		return 0;
	return err_set(ab->err, ERR_USAGE, -EBUSY,
		"%s: another compare --ab builds or measures there (%s); wait for it", folder,
		strerror(errno));
}

/* Makes results/ab and names the files of this sitting there. */
static int sitting_make(struct ab *ab)
{
	char folder[PATH_MAX];
	struct timespec now;

	if ((size_t)snprintf(folder, sizeof(folder), "%s/results/ab", ab->top) >=
		sizeof(folder) - 64)
		return err_set(
			ab->err, ERR_USAGE, -ENAMETOOLONG, "%s: the path is too long", ab->top);
	folder[strlen(folder) - 3] = '\0'; /* its parent first */
	mkdir(folder, 0777);
	folder[strlen(folder)] = '/';
	if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
		int code = errno;

		return err_set(ab->err, ERR_MISSING, -code,
			"%s: folder cannot be made (%s); give write permission", folder,
			strerror(code));
	}
	int rc = sitting_lock(ab, folder);

	if (rc)
		return rc;
	clock_gettime(CLOCK_REALTIME, &now);
	for (int s = 0; s < 2; s++) {
		struct side *side = &ab->side[s];
		char name[PATH_MAX + 64];

		snprintf(name, sizeof(name), "%s/sitting-%lld%09ld-%ld-%c.db", folder,
			(long long)now.tv_sec, now.tv_nsec, (long)getpid(), 'a' + s);
		if (path_take(side->db, name, "") || path_take(side->log, name, ".log"))
			return path_too_long(ab);
		snprintf(name, sizeof(name), "%s", side->folder);
		if (path_take(side->program, name, "/build/dmabench"))
			return path_too_long(ab);
	}
	return 0;
}

static int side_check_out(struct ab *ab, struct side *side)
{
	char *argv[] = {(char *)"git", (char *)"worktree", (char *)"add", (char *)"--force",
		(char *)"--detach", side->folder, side->commit, NULL};
	char said[256], there[COMMIT_LEN + 8] = "";

	if (!side->commit[0])
		return 0;
	if (access(side->folder, F_OK) == 0 &&
		git_ask(there, sizeof(there), side->folder, "--verify", "HEAD") == 0 &&
		strcmp(there, side->commit) == 0)
		return 0;
	if (program_run(argv, ab->top, side->log) == 0)
		return 0;
	log_end(side->log, said, sizeof(said));
	return err_set(ab->err, ERR_MISSING, -EIO,
		"%s: git cannot check %s out (%s); remove that folder, say git worktree prune, and "
		"try "
		"again",
		side->folder, side->label, said);
}

static int side_build(struct ab *ab, struct side *side)
{
	char *argv[] = {(char *)"sh", (char *)"-c", (char *)ab->wish->build, NULL};
	char said[256];
	int rc = side_check_out(ab, side);

	if (rc)
		return rc;
	cli_say("building %s", side->label);
	rc = program_run(argv, side->folder, side->log);
	if (rc == 0 && access(side->program, X_OK) == 0)
		return 0;
	if (rc == -EINTR)
		return err_set(ab->err, ERR_INTERNAL, -EINTR, "interrupted");
	log_end(side->log, said, sizeof(said));
	return err_set(ab->err, ERR_MISSING, -ENOEXEC,
		"%s: '%s' left no build/dmabench (%s); %s has all it said, --build takes another "
		"command",
		side->label, ab->wish->build, rc ? said : "it ended with 0", side->log);
}

/* ---- rounds -------------------------------------------------------------------------------------------- */

static int side_measure(struct ab *ab, struct side *side)
{
	const struct ab_wish *wish = ab->wish;
	char *argv[ARGS_MAX] = {side->program, (char *)"run", (char *)wish->job,
		(char *)"--repetitions", (char *)REPETITIONS, (char *)"--db", side->db};
	char said[256];
	int argc = 7, rc;

	if (wish->filter) {
		argv[argc++] = (char *)"--filter";
		argv[argc++] = (char *)wish->filter;
	}
	rc = program_run(argv, ab->top, side->log);
	/* 1 and 5 are verdicts on what was measured: it is in the record. */
	if (rc == ERR_NONE || rc == ERR_WRONG || rc == ERR_UNTRUSTED)
		return 0;
	if (rc == -EINTR)
		return err_set(ab->err, ERR_INTERNAL, -EINTR, "interrupted");
	log_end(side->log, said, sizeof(said));
	return err_set(ab->err, ERR_INTERNAL, -EIO,
		"%s: run %s ended with %d (%s); %s has all it said", side->label, wish->job, rc,
		said, side->log);
}

static int rounds_measure(struct ab *ab)
{
	struct rng rng;
	int rc = 0;

	rng_seed(&rng, ab->wish->seed);
	for (unsigned round = 0; rc == 0 && round < ab->wish->rounds; round++) {
		unsigned first = (unsigned)rng_below(&rng, 2);

		rc = side_measure(ab, &ab->side[first]);
		rc = rc ? rc : side_measure(ab, &ab->side[!first]);
		if (rc == 0)
			cli_say("round %u of %u", round + 1, ab->wish->rounds);
	}
	return rc;
}

/* ---- what was measured ----------------------------------------------------------------------------------- */

/* The runs of a side's record, oldest first. */
struct ids {
	unsigned count;
	char id[AB_ROUNDS_MAX][STORE_ID_MAX];
};

static bool id_note(void *arg, const struct store_run *run)
{
	struct ids *ids = arg;

	if (ids->count < AB_ROUNDS_MAX)
		memcpy(ids->id[ids->count++], run->id, STORE_ID_MAX);
	return true;
}

/* Reads the runs named in @ids; those read are in @run, @count of them, whatever comes back. */
static int runs_read(struct store *store, const struct ids *ids, struct store_run **run,
	unsigned *count, struct err *err)
{
	int rc = 0;

	for (*count = 0; rc == 0 && *count < ids->count;) { /* the list is newest first */
		rc = store_read(store, ids->id[ids->count - 1 - *count], &run[*count], err);
		*count += rc == 0;
	}
	return rc;
}

static int record_pool(struct ab *ab, struct side *side, struct ids *ids, struct store_run **run,
	struct store_run **pool)
{
	struct store *store;
	unsigned count = 0;
	int rc = store_open(&store, side->db, ab->err);

	if (rc)
		return rc;
	rc = store_list(store, id_note, ids, ab->err);
	rc = rc ? rc : runs_read(store, ids, run, &count, ab->err);
	store_close(store);
	if (rc == 0 && count != ab->wish->rounds)
		rc = err_set(ab->err, ERR_INTERNAL, -EIO,
			"%s: found %u runs, expected %u; %s has what was said", side->db, count,
			ab->wish->rounds, side->log);
	rc = rc ? rc : pool_make(run, count, side->label, pool, ab->err);
	while (count)
		store_run_free(run[--count]);
	return rc;
}

static int side_pool(struct ab *ab, struct side *side, struct store_run **pool)
{
	struct ids *ids = calloc(1, sizeof(*ids));
	struct store_run **run = calloc(AB_ROUNDS_MAX, sizeof(struct store_run *));
	int rc;

	if (ids && run)
		rc = record_pool(ab, side, ids, run, pool);
	else
		rc = err_set(ab->err, ERR_MISSING, -ENOMEM,
			"no memory for %u rounds; end other programs", ab->wish->rounds);
	free(run);
	free(ids);
	return rc;
}

int ab_measure(
	const struct ab_wish *wish, struct store_run **a, struct store_run **b, struct err *err)
{
	struct ab ab = {.wish = wish, .lock = -1, .err = err};
	int rc = 0;

	*a = *b = NULL;
	if (git_ask(ab.top, sizeof(ab.top), ".", "--show-toplevel", NULL))
		return err_set(err, ERR_USAGE, -EINVAL,
			"--ab: no git repository here; go into the one whose commits are meant");
	rc = side_find(&ab, &ab.side[0], wish->base);
	rc = rc ? rc : side_find(&ab, &ab.side[1], wish->head);
	rc = rc ? rc : sitting_make(&ab);
	rc = rc ? rc : side_build(&ab, &ab.side[0]);
	rc = rc ? rc : side_build(&ab, &ab.side[1]);
	rc = rc ? rc : rounds_measure(&ab);
	rc = rc ? rc : side_pool(&ab, &ab.side[0], a);
	rc = rc ? rc : side_pool(&ab, &ab.side[1], b);
	if (ab.lock >= 0)
		close(ab.lock);
	if (rc) {
		store_run_free(*a);
		*a = NULL;
	}
	return rc;
}
