/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kill.h: `dmabench run` killed at chosen points, and what must be left of it.
 *
 *	session: a process of the program with hooks on SQLite: kill_session
 *	    before and after the Nth commit, in the Nth write (before it, or with half of it done), at a moment
 *	    from then on the disk is full; the wall clock steps
 *	record:  the database is sound; what SQLite said was committed is there once, as it was first seen: kill_record_check
 *
 * The account of what was committed is kept by the hooks in memory that outlives the process, so that it owes nothing to the
 * code under test. A kill leaves the page cache as it is: power cuts are not covered.
 *
 *	hooks.c           in the session: counts commits and writes, and dies    session_testing.c  starts and ends sessions
 *	record_testing.c  reads the database with SQLite alone                   kill_test.c  the campaign, and disasters
 */
#ifndef TESTS_KILL_H
#define TESTS_KILL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define KILL_CELLS_MAX 64
#define KILL_NAME_MAX  256

/* What is to happen to a session; zero: nothing. */
struct kill_plan {
	unsigned commit;      /* die at the Nth boundary: odd before, even after a commit */
	unsigned write;       /* die at the Nth write of SQLite */
	bool torn;            /* with half of that write done */
	unsigned full;        /* from the Nth write on the disk is full */
	double after_s;       /* die after that time */
	int64_t clock_step_s; /* the wall clock is that far off after its third reading */
	bool clock_at_once;   /* from the first on */
};

/* What the hooks saw; of the last session, but for the committed cells, which are of all since kill_ledger_reset. */
struct kill_ledger {
	struct kill_plan plan;
	unsigned boundaries, writes, readings;
	unsigned committed, pending;
	char committed_cell[KILL_CELLS_MAX][KILL_NAME_MAX];
	char pending_cell[KILL_CELLS_MAX][KILL_NAME_MAX];
	/* What record_testing.c saw of each cell when it saw it first. */
	unsigned seen;
	struct {
		char name[KILL_NAME_MAX], figures[128];
	} seen_cell[KILL_CELLS_MAX];
};

extern struct kill_ledger *kill_ledger;

/* kill_ledger_reset - a new database: nothing is committed. Makes the ledger at first. Return: 0 or -ENOMEM. */
int kill_ledger_reset(void);

/* hooks.c: in the session, before the program: what @kill_ledger->plan says happens from here on. */
void kill_hooks(void);

/*
 * kill_session - runs the program with @args in a process of its own; what it says is in the files "out" and "err".
 * Return: its wait status.
 */
int kill_session(const char *const *args, const struct kill_plan *plan);
/* The same in two halves, for sessions side by side. */
pid_t kill_session_start(const char *const *args, const struct kill_plan *plan);
int kill_session_wait(pid_t pid);

/* What a database holds. */
struct kill_record {
	unsigned runs, cells, samples; /* cells and samples of all runs */
	bool running;                  /* the newest run is marked so */
	bool done;
	char id[48]; /* of the newest run */
};

/*
 * kill_record_check - fails the test unless the database at @path is sound (integrity, foreign keys, no cell without
 * its @repetitions samples), holds every committed cell once and nothing that was not at least on its way, and every
 * cell is as it was when it was first seen. A database that is not there, or empty, is sound while nothing was
 * committed.
 */
void kill_record_check(const char *path, unsigned repetitions, struct kill_record *record);

#endif
