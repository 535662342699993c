/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * window.h: rounds of transfers over a window of stamped, guarded buffers: prepare, load, drain, check.
 *
 *	requester's memory   |guard|payload 0|guard| |guard|payload 1|guard| ...   W buffers, one stride apart
 *	device memory        |guard|payload 0|guard| |guard|payload 1|guard| ...
 *
 * A round moves up to W payloads, each once. Between rounds, untimed: sources are stamped anew with the round's
 * generation (source `rewritten` and `read-back`), or, where the CPU must not touch them (`untouched`), keep
 * their stamp for ever while the pairing of source and destination rotates by one a round; either way every
 * destination must hold a stamp it did not hold before. `read-back` has the CPU read every result.
 *
 * A mix of sizes and directions (harness/load/mix.h) is drawn when the window is opened, by the job's seed alone, so that every
 * strategy gets the same operations in the same order; each trial begins at the first. A round that is checked then has its
 * destinations spoilt first and a guard right behind each payload; what a pass leaves behind is checked by its stamps.
 *
 * Used by crew.c. Threads: opened and closed on the driver's thread; rounds and passes on its requester's. Ownership: open gives, close takes, NULL tolerated.
 */
#ifndef RUN_WINDOW_H
#define RUN_WINDOW_H

#include <stdatomic.h>
#include <stdbool.h>

#include "harness/run/case.h"

struct run_window;

/*
 * run_window_open - the window of requester @requester, 0 .. threads - 1 of the cell.
 * Return: 0; -EINVAL (ERR_USAGE) the window does not fit device memory; -ENOMEM; -errno of the driver.
 */
int run_window_open(
	struct run_window **window, struct run_cell *cell, uint32_t requester, struct err *err);
void run_window_close(struct run_window *window);

/*
 * run_window_join - before anything else, how its rounds go side by side with others' (crew.h): lined up with @team before
 * and after each, stopped by @stop (load.h); its load's target is @seat, of what all share, instead of run_window_target.
 * All NULL: alone. Return: 0; -ENOMEM.
 */
struct team;
struct run_window_crew {
	struct team *team;
	atomic_bool *stop;
	void *seat;
	bool crowded; /* requesters share processors */
};
int run_window_join(struct run_window *window, const struct run_window_crew *crew, struct err *err);
/* The driver as a target of its own requests, for a seat; the window's. */
void *run_window_target(struct run_window *window);
/* From the start that all lined up for to the last completion, of the last round or pass. */
uint64_t run_window_ticks(const struct run_window *window);

/* run_window_begin - a trial begins: at the first operation of a mix. */
void run_window_begin(struct run_window *window);

/* Most operations of one round. */
uint32_t run_window_ops(const struct run_window *window);

/*
 * run_window_round - prepares, moves and (if @check) checks @count payloads; adds to @outcome.
 * Return: 0; -EILSEQ something was wrong (recorded by run_cell_finding); other -errno with @err. A round ends at
 * an operation that failed. Once operations did not come back in time, or the driver reset the device over them, nothing more
 * is asked of it: the cell is over, and every further call for any of its windows is -EILSEQ at once.
 */
int run_window_round(struct run_window *window, uint32_t count, bool check,
	struct run_outcome *outcome, struct err *err);

/*
 * Where the cell is offered a rate (run_cell_offered), a round is an open loop of its own: arrivals stop between rounds,
 * while the CPU works on the buffers. Where it has nothing to do there (source `untouched`, not every transfer
 * checked: run_window_continuous), run_window_pass goes round the window without a pause for @count operations, each lap
 * a generation; @check looks at what every destination holds at the end. Returns as run_window_round.
 */
bool run_window_continuous(const struct run_window *window);
int run_window_pass(struct run_window *window, uint64_t count, bool check,
	struct run_outcome *outcome, struct err *err);

/* run_window_settle - waits @us for completions nobody asked for. Return: 0 or -EILSEQ. */
int run_window_settle(struct run_window *window, uint32_t us);

/* How the buffers of a window lie; also what the ceiling copies. */
struct run_layout {
	uint32_t count;       /* slots of a direction: operations of a round */
	uint32_t halves;      /* 2 where directions are mixed, to the device first; else 1 */
	size_t payload_bytes; /* the largest */
	size_t room_bytes;    /* for it and, of a mix, a guard behind */
	size_t first_bytes;   /* of payload 0 in the memory */
	size_t stride_bytes;
	size_t total_bytes; /* whole pages */
};

/* @device: the layout in device memory instead of the requester's. */
struct run_layout run_window_layout(const struct run_cell *cell, bool device);

/* run_window_fits - whether @memory_bytes of device memory hold it. Return: 0; -EINVAL (ERR_USAGE). */
int run_window_fits(const struct run_cell *cell, uint64_t memory_bytes, struct err *err);

#endif
