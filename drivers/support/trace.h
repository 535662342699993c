/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * trace.h: trace points: where the time of a transfer goes.
 *
 * A trace point says "from here on this thread's time is PHASE's". It reads the clock once, adds the time since the
 * thread's point before to the phase that ends, and remembers the new one. So the phases of a thread never overlap,
 * leave no gap, and add up to the time between trace_start and trace_stop: what they do not add up to somebody
 * else's measure of the same time is the residue. What the figures mean is harness/run/ledger.h.
 *
 *	requester  trace_start  driver lock map sync sg descriptor doorbell WAIT completion unmap unlock IDLE  trace_stop
 *	device                                                            fetch move post
 *
 * While it is off a point is one load of a word that nobody writes and one branch never taken; on, it is a call,
 * a clock reading and two additions into memory that no other thread touches. Nothing is allocated, locked or
 * written to a file.
 *
 * Call order: trace_start, points from any thread, trace_stop; both on the requester's thread and between rounds,
 * when nothing is in flight. A session at a time. A point that another thread is passing at that very moment may
 * be lost or counted in the next session: a few nanoseconds.
 * Miniports see drivers/include/dmabench_trace.h in this header's place.
 */
#ifndef SUPPORT_TRACE_H
#define SUPPORT_TRACE_H

#include <stdbool.h>
#include <stdint.h>

enum trace_phase {
	TRACE_IDLE,   /* outside any transfer: the load's own loop, a thread that sleeps */
	TRACE_DRIVER, /* the request's way to the driver and the driver's own bookkeeping */
	TRACE_LOCK,   /* VideoPortLockBuffer: pin, MDL */
	TRACE_MAP, /* VideoPortStartDma up to the mapping: checks, map registers, slots, mapping */
	TRACE_COPY_IN,    /* into bounce slots or the common buffer */
	TRACE_SYNC,       /* flush of what the CPU wrote; nothing on a coherent host */
	TRACE_SG,         /* scatter/gather list: building and publishing it */
	TRACE_DESCRIPTOR, /* HwVidExecuteDma: writing the descriptor */
	TRACE_DOORBELL,   /* the register write */
	TRACE_WAIT,       /* nothing to do but to wait for the device */
	TRACE_COMPLETION, /* from seeing the completion to handing it up */
	TRACE_COPY_OUT,
	TRACE_UNMAP, /* VideoPortCompleteDma */
	TRACE_UNLOCK,

	/* The device's own thread, where it is one that can tell. */
	TRACE_FETCH, /* descriptor and chain: taking and checking them */
	TRACE_MOVE,  /* translating and copying */
	TRACE_POST,  /* completion record, interrupt */

	TRACE_PHASES,

	/* After the doorbell: WAIT where only one transfer is in flight, else DRIVER. */
	TRACE_POSTED = TRACE_PHASES,
};

/* Ticks of each phase and how many points ended it; each of these intervals holds one point's own cost. */
struct trace_account {
	uint64_t ticks[TRACE_PHASES], points[TRACE_PHASES];
};

/* Non-zero while a session is on. Read by the points, written by trace_start and trace_stop. */
extern int trace_on;

/*
 * trace_start - begins a session in phase IDLE. @single: at most one transfer is in flight at a time. @tsc: ticks
 * are the time-stamp counter's, else nanoseconds of CLOCK_MONOTONIC_RAW.
 * trace_stop - ends it. @own: the caller's thread; @others: all other threads together.
 */
void trace_start(bool single, bool tsc);
void trace_stop(struct trace_account *own, struct trace_account *others);

/* What a point does while a session is on; use the functions below. */
void trace_mark(unsigned phase);
/* The phase of the calling thread; IDLE outside a session. */
enum trace_phase trace_phase(void);

static inline bool trace_is_on(void)
{
	/* Acquire, which costs nothing here: who sees it on sees the session's settings. */
	return __builtin_expect(__atomic_load_n(&trace_on, __ATOMIC_ACQUIRE), 0);
}

/* trace_to - the point. */
static inline void trace_to(enum trace_phase phase)
{
	if (trace_is_on())
		trace_mark(phase);
}

/* trace_from - the point, unless the thread is in another phase than @from. */
static inline void trace_from(enum trace_phase from, enum trace_phase to)
{
	if (trace_is_on() && trace_phase() == from)
		trace_mark(to);
}

/* trace_enter - the point. Return: the phase that ends, for trace_to at the end of what was entered. */
static inline enum trace_phase trace_enter(enum trace_phase phase)
{
	enum trace_phase before = TRACE_IDLE;

	if (trace_is_on()) {
		before = trace_phase();
		trace_mark(phase);
	}
	return before;
}

#endif
