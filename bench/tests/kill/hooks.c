// SPDX-License-Identifier: BSD-2-Clause
/*
 * hooks.c: what happens inside a session: SQLite tells of its statements and commits, its write calls and the program's
 * readings of the wall clock go through here. The program under test is not changed.
 */
#include "bench/tests/kill/kill.h"

#include <errno.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define STEP_AFTER_READINGS 3

static bool committing; /* the commit hook was called, the statement is not over */

static void die(void)
{
	kill(getpid(), SIGKILL);
}

static void boundary(void)
{
	if (++kill_ledger->boundaries == kill_ledger->plan.commit)
		die();
}

/* ---- statements ----------------------------------------------------------------------------------------------------- */

/* "INSERT INTO cell (...) VALUES (1, 'name', ...": the name; no name holds a quote. */
static void cell_pending(sqlite3_stmt *statement)
{
	char *text = sqlite3_expanded_sql(statement);
	const char *name = text ? strchr(text, '\'') : NULL;
	const char *end = name ? strchr(name + 1, '\'') : NULL;
	struct kill_ledger *ledger = kill_ledger;

	if (end && ledger->pending < KILL_CELLS_MAX)
		snprintf(ledger->pending_cell[ledger->pending++], KILL_NAME_MAX, "%.*s",
			(int)(end - name - 1), name + 1);
	sqlite3_free(text);
}

static void cells_committed(void)
{
	struct kill_ledger *ledger = kill_ledger;

	for (unsigned i = 0; i < ledger->pending && ledger->committed < KILL_CELLS_MAX; i++)
		memcpy(ledger->committed_cell[ledger->committed++], ledger->pending_cell[i],
			KILL_NAME_MAX);
	ledger->pending = 0;
}

static int on_commit(void *arg)
{
	(void)arg;
	committing = true;
	boundary();
	return 0;
}

static void on_rollback(void *arg)
{
	(void)arg;
	committing = false;
	kill_ledger->pending = 0;
}

/* A statement is over. The hook of the commit was called before it was done, this is called behind. */
static int on_statement(unsigned what, void *arg, void *statement, void *time)
{
	sqlite3 *db = arg;

	(void)what, (void)time;
	const char *sql = sqlite3_sql(statement);

	if (sql && strncmp(sql, "INSERT INTO cell ", strlen("INSERT INTO cell ")) == 0)
		cell_pending(statement);
	if (!committing || !sqlite3_get_autocommit(db))
		return 0;
	committing = false;
	cells_committed();
	boundary();
	return 0;
}

static int on_connection(sqlite3 *db, const char **message, const void *api)
{
	(void)message, (void)api;
	sqlite3_commit_hook(db, on_commit, NULL);
	sqlite3_rollback_hook(db, on_rollback, NULL);
	sqlite3_trace_v2(db, SQLITE_TRACE_PROFILE, on_statement, db);
	return SQLITE_OK;
}

/* ---- writes ---------------------------------------------------------------------------------------------------------- */

typedef ssize_t (*write_at)(int fd, const void *bytes, size_t len_bytes, off_t offset);
typedef ssize_t (*write_here)(int fd, const void *bytes, size_t len_bytes);

union system_call {
	sqlite3_syscall_ptr any;
	write_at at;
	write_here here;
};

/* Return: bytes to write now, of @len_bytes; 0: the disk is full. */
static size_t write_counted(size_t len_bytes, bool *last)
{
	const struct kill_plan *plan = &kill_ledger->plan;
	const unsigned number = ++kill_ledger->writes;

	*last = number == plan->write;
	if (*last && !plan->torn)
		die();
	if (plan->full && number >= plan->full)
		return 0;
	return *last && len_bytes > 1 ? len_bytes / 2 : len_bytes;
}

static ssize_t pwrite_hooked(int fd, const void *bytes, size_t len_bytes, off_t offset)
{
	bool last;
	const size_t room = write_counted(len_bytes, &last);
	const ssize_t written = room ? pwrite(fd, bytes, room, offset) : -1;

	if (last)
		die();
	if (!room)
		errno = ENOSPC;
	return written;
}

static ssize_t write_hooked(int fd, const void *bytes, size_t len_bytes)
{
	bool last;
	const size_t room = write_counted(len_bytes, &last);
	const ssize_t written = room ? write(fd, bytes, room) : -1;

	if (last)
		die();
	if (!room)
		errno = ENOSPC;
	return written;
}

/* ---- the wall clock --------------------------------------------------------------------------------------------------- */

int __real_clock_gettime(clockid_t clock, struct timespec *now);
int __wrap_clock_gettime(clockid_t clock, struct timespec *now);

int __wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
	const int rc = __real_clock_gettime(clock, now);

	if (clock == CLOCK_REALTIME && kill_ledger &&
		(++kill_ledger->readings > STEP_AFTER_READINGS || kill_ledger->plan.clock_at_once))
		now->tv_sec += kill_ledger->plan.clock_step_s;
	return rc;
}

void kill_hooks(void)
{
	sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
	const union system_call at = {.at = pwrite_hooked}, here = {.here = write_hooked};

	/* Names as SQLite's unix layer calls them; which of them it uses is its build's choice. */
	vfs->xSetSystemCall(vfs, "write", here.any);
	if (vfs->xGetSystemCall(vfs, "pwrite"))
		vfs->xSetSystemCall(vfs, "pwrite", at.any);
	if (vfs->xGetSystemCall(vfs, "pwrite64"))
		vfs->xSetSystemCall(vfs, "pwrite64", at.any);
	sqlite3_auto_extension((void (*)(void))on_connection);
}
