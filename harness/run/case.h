/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * case.h: what a measured case is. One file in bench/cases/ for each, ending in its `const struct bench_case`.
 *
 * A case says WHAT is measured: which driver carries it, what one operation is, how a trial of n operations is
 * done. It never reads a clock, opens a file or computes a percentile: the life-cycle around it (harness/run)
 * says HOW. The contexts below are what the life-cycle hands to a case.
 *
 *	setup (once a cell) -> trial (warm-up, calibration, then once a repetition) ... -> teardown
 *
 * Threads: all hooks run on the driver's thread, bound to its core.
 */
#ifndef RUN_CASE_H
#define RUN_CASE_H

#include <stdint.h>

#include "drivers/support/err.h"
#include "harness/run/ledger.h"
#include "harness/run/run.h"

/* Which keys of struct run_params apply to a case; the others are left out of its name and its sweep. */
enum run_key {
	RUN_KEY_STRATEGY = 1 << 0,
	RUN_KEY_DIR = 1 << 1,
	RUN_KEY_SIZE = 1 << 2,
	RUN_KEY_DEPTH = 1 << 3,
	RUN_KEY_BATCH = 1 << 4,
	RUN_KEY_COMPLETION = 1 << 5,
	RUN_KEY_SOURCE = 1 << 6,
	RUN_KEY_VERIFY = 1 << 7,
	RUN_KEY_FRAMES = 1 << 8, /* frames.fragmentation and offset ride behind the name */
	RUN_KEY_LOAD = 1 << 9,   /* arrival and rate ride behind the name */
	/*
	 * All keys of the requester's memory and its state: window, cache, pages, offset, frames.fragmentation,
	 * frames.high, pin; what is not at its default rides behind the name.
	 */
	RUN_KEY_MEMORY = 1 << 10,
	RUN_KEY_MIX = 1 << 11, /* mix, dir=mixed and dir.to_device; a mix takes the place of size */
	RUN_KEY_TRACE =
		1 << 12, /* trace, churn.*, behind the name; size is the largest of the trace's */
	RUN_KEY_THREADS = 1 << 13, /* threads and adapters */
};

/* What of a case's operations a device can do wrong on request (device.fault). */
enum run_hit {
	RUN_HIT_DESCRIPTORS = 1 << 0, /* with their doorbells and completions */
	RUN_HIT_TRANSFERS = 1 << 1,   /* descriptors that move bytes */
	RUN_HIT_INTERRUPTS = 1 << 2,  /* where its completion mode has any */
};

/* What a trial did. Filled by the case's trial hook from the services of run.h; 64-bit throughout. */
struct run_outcome {
	uint64_t operations; /* completed without error */
	uint64_t failed;     /* completed with an error, lost, or refused */
	uint64_t verified;   /* checked and found right */
	uint64_t bytes;
	uint64_t ticks;       /* measured time, clock ticks */
	uint64_t cpu_ns;      /* driver's and interrupt thread's CPU time in the measured time */
	uint64_t elements;    /* scatter/gather elements */
	uint64_t rounds;      /* StartDma rounds or common-buffer slots */
	struct hist *latency; /* ticks; the life-cycle's, emptied before the trial */
	struct hist *taking;  /* of them those that took something; NULL but for RUN_KEY_TRACE */
	/*
	 * Where operations come in rounds of equal work: ticks of each whole round, and its bytes. What is held
	 * against the memcpy ceiling is the median round, so that an interruption weighs nothing on either side.
	 */
	struct hist *round_ticks;
	uint64_t round_bytes;
	struct run_batches *batches;       /* the life-cycle's, of run_outcome_round */
	struct ledger_sums ledger;         /* of the rounds with trace points on */
	uint64_t mixed_ops, to_device_ops; /* of a mix: issued, and of these to the device */
	/* Of several requesters at once: operations each completed. 0: one alone. */
	uint32_t requesters;
	uint64_t requester_ops[RUN_THREADS_MAX];
	/*
	 * Of an open loop; see struct load_arrived. Sums over the passes of the trial, but for the peak, which is one requester's,
	 * and for the times of passes side by side, of which the longest counts.
	 */
	struct hist *response; /* ticks, as latency */
	uint64_t passes, offered, dropped, backlog_peak, span_ticks, tail_ticks;
};

/*
 * run_outcome_round - a round of equal work has ended and is in @outcome; the next may be counted in another batch.
 * Between rounds only; `latency` and `response` may change. Cases without rounds never call it, and get no intervals.
 */
void run_outcome_round(struct run_outcome *outcome);

/*
 * Where operations come in one pass instead (an open loop): run_outcome_pass before it says after how many completions
 * run_outcome_batch is to be called, with the ticks from the start of the pass; it only changes where `latency` and
 * `response` point, so that it may be called from the hot loop. 0: never.
 */
uint64_t run_outcome_pass(struct run_outcome *outcome, uint64_t operations);
void run_outcome_batch(struct run_outcome *outcome, uint64_t ticks);

struct run_cell;

struct bench_case {
	const char *name;      /* family word */
	const char *help;      /* one line for `dmabench list cases` */
	const char *exercises; /* port functions on the path, for the same list */
	unsigned keys;         /* RUN_KEY_* */
	unsigned hits;         /* RUN_HIT_*, beside what every driver unmaps */
	const char *driver;    /* miniport that carries it; NULL: the strategy's own */
	bool counted;          /* on one thread, without waiting: run_count can count it */

	/* setup - builds the cell's own state; the port is open. Return 0 or -errno with @err. */
	int (*setup)(struct run_cell *cell, void **state, struct err *err);
	/*
	 * trial - does at least one and about @operations operations, adds to @outcome.
	 * Return: 0; -EILSEQ what was measured is wrong (run_cell_finding was called); other -errno: the
	 * trial could not be done, @err says why.
	 */
	int (*trial)(struct run_cell *cell, void *state, uint64_t operations,
		struct run_outcome *outcome, struct err *err);
	void (*teardown)(struct run_cell *cell, void *state);
};

#endif
