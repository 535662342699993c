/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * team.h: several threads that do the same thing at the same time, again and again: the requesters of a load.
 *
 *	              team_run(fn)                                                  returns
 *	member 0   ---+- fn: prepare --team_line_up-- timed --team_line_up-- check -+--->
 *	member 1      +- fn: prepare --team_line_up-- timed --team_line_up-- check -+
 *
 * Member 0 is the caller, the others are threads of the team, which sleep between two runs. Every member of a run must
 * line up equally often. Lining up spins, so that nobody is late by a wake-up; where members share processors it yields.
 *
 * Ownership: team_open gives, team_close takes back, NULL tolerated. Threads: open, run and close from one thread.
 */
#ifndef LOAD_TEAM_H
#define LOAD_TEAM_H

#include <stdbool.h>

#include "drivers/support/err.h"
#include "harness/clock/clock.h"

#define TEAM_MEMBERS_MAX 64

struct team;

struct team_config {
	unsigned members; /* 1 .. TEAM_MEMBERS_MAX */
	bool crowded;     /* members share processors: who waits yields */
	const struct clock *clock;
	void (*begin)(void *arg,
		unsigned member); /* first thing on each thread of the team; may be NULL */
	void *arg;
};

typedef void (*team_fn)(void *arg, unsigned member);

/*
 * team_open - Return: 0; -EINVAL (ERR_USAGE) members out of range; -ENOMEM, -EAGAIN (ERR_MISSING) no memory or no thread.
 */
int team_open(struct team **team, const struct team_config *config, struct err *err);
void team_close(struct team *team);

/* team_run - @fn on every member at once; returns when all have returned. */
void team_run(struct team *team, team_fn fn, void *arg);

/*
 * team_line_up - from inside a run: returns when every member is here. Return: a reading of the clock by the last one to
 * come, the same for all: nobody was let go before it.
 */
struct tick team_line_up(struct team *team);

#endif
