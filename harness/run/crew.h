/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * crew.h: the requesters of a transfer cell (keys threads and adapters): a window each, one or several at once.
 *
 *	adapters=own     requester 0 -> port 0        adapters=shared   requester 0 --+
 *	                 requester 1 -> port 1                          requester 1 --+-> port 0
 *
 * Requester 0 is the driver's thread; the others are threads of their own, on processors of their own while there are any.
 * A round of the crew is a round of every window at once: all prepare, start together, and stop when the first of them has
 * submitted everything; then all check. Its time is from the common start to the last completion of anybody. A pass of an
 * open loop gives every requester an equal share of the arrivals.
 *
 * Used by bench/cases. Threads: the driver's thread calls. Ownership: open gives, close takes, NULL tolerated.
 */
#ifndef RUN_CREW_H
#define RUN_CREW_H

#include <stdbool.h>

#include "harness/run/case.h"

struct run_crew;

/* Return: 0; as run_window_open, share_open, team_open. */
int run_crew_open(struct run_crew **crew, struct run_cell *cell, struct err *err);
void run_crew_close(struct run_crew *crew);

/* run_crew_begin - a trial begins. */
void run_crew_begin(struct run_crew *crew);

/* Most operations of one round of all. */
uint64_t run_crew_ops(const struct run_crew *crew);

/* As the functions of window.h; @count: operations of all together, about. */
int run_crew_round(struct run_crew *crew, uint64_t count, bool check, struct run_outcome *outcome,
	struct err *err);
/* Whether the cell is over (window.h); no further round is worth its while. */
bool run_crew_over(const struct run_crew *crew);
bool run_crew_continuous(const struct run_crew *crew);
int run_crew_pass(struct run_crew *crew, uint64_t count, bool check, struct run_outcome *outcome,
	struct err *err);
int run_crew_settle(struct run_crew *crew, uint32_t us);

#endif
