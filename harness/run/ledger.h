/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ledger.h: the cost ledger of one operation, out of the trace points (drivers/support/trace.h) of the rounds that
 * were stamped. Pure: no clock, no cell. Called by trial.c; filled by window.c.
 *
 * What it is at depth 1. An operation's service time, from just before its submit call to the return of the reap
 * call that delivers it, is one line of time on the requester's thread. The points cut it into parts that neither
 * overlap nor leave a gap. The stretch in which the requester only waits is cut by what other threads did meanwhile:
 *
 *	wait = others' work (the interrupt thread's completion, unmap, unlock: added to those parts)
 *	     + device (its own thread at work: fetching, moving, posting)
 *	     + hand-off (the rest: the doorbell's way there, the completion's way back, wake-ups where they block)
 *
 * At a greater depth operations overlap, and a line of one operation holds the others' parts. There a part is what
 * the requester spends on it for each operation: its time in all stamped rounds over the operations they completed;
 * device and hand-off are only what the requester waits for, since what is hidden behind its own work costs nothing.
 * `queue` is the rest of the mean service time: an operation waiting while others are served.
 *
 *	total = driver + lock + map + copy in + sync + S/G + descriptor + doorbell + device + hand-off + completion
 *	      + copy out + unmap + unlock + queue + residue
 *
 * The total is not the sum of the parts but the load's own measure of the same operations; the residue is what the
 * two differ by. In it are the load's loop between two calls (at depths above 1) and the error of what is subtracted.
 *
 * Subtracted: the calibrated cost of a point from every interval (each holds exactly one, and the two ends of an operation share one), on all threads whose
 * work the requester waits for; one clock reading from the total. A part never becomes negative by it.
 *
 * A device that cannot tell what it does (no points) has all of the wait. A driver without points (a module) has its
 * own work in `driver`, or in what the port times around it.
 */
#ifndef RUN_LEDGER_H
#define RUN_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/support/trace.h"

/* In the order of the way of an operation, and of the counters phase_*_ns of harness/store. */
enum ledger_part {
	LEDGER_DRIVER,
	LEDGER_LOCK,
	LEDGER_MAP,
	LEDGER_COPY_IN,
	LEDGER_SYNC,
	LEDGER_SG,
	LEDGER_DESCRIPTOR,
	LEDGER_DOORBELL,
	LEDGER_DEVICE,
	LEDGER_HANDOFF,
	LEDGER_COMPLETION,
	LEDGER_COPY_OUT,
	LEDGER_UNMAP,
	LEDGER_UNLOCK,
	LEDGER_QUEUE,
	LEDGER_RESIDUE,
	LEDGER_PARTS,
};

/* What the stamped rounds of a trial gave, added up. Zeroed: none. */
struct ledger_sums {
	uint64_t operations;  /* completed in stamped rounds */
	double latency_ticks; /* their service times */
	uint64_t round_ticks; /* first submit to last reap */
	struct trace_account own, others;
};

/* How the sums become nanoseconds. */
struct ledger_scale {
	double ns_per_tick;
	double point_ns, clock_read_ns; /* subtracted */
	bool single;                    /* depth 1 */
};

/* One operation, ns. All NAN where no round was stamped. */
struct ledger {
	double total_ns;
	double part_ns[LEDGER_PARTS]; /* adds up to total_ns */
	/* The device's own time of an operation, also where nobody waited for it. */
	double fetch_ns, move_ns, post_ns;
};

/* ledger_add - one more stamped round. */
void ledger_add(struct ledger_sums *sums, const struct trace_account *own,
	const struct trace_account *others, uint64_t operations, double latency_ticks,
	uint64_t round_ticks);

void ledger_make(
	struct ledger *ledger, const struct ledger_sums *sums, const struct ledger_scale *scale);

#endif
