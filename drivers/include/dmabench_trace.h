/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dmabench_trace.h: trace points of a driver under test: DMABENCH_TRACE(Phase) says that from here on the thread's
 * time goes to Phase, for the cost ledger of an operation.
 *
 * The shipped drivers have them at what only a driver knows: the copies, the descriptor, the doorbell, the
 * completion. A driver without them is measured all the same: the port knows when it locks, maps and unmaps, and
 * what lies between counts as the driver's own.
 * Compiles to nothing anywhere but in the program that carries the shipped drivers (DMABENCH_TRACE_POINTS): not
 * against the DDK, not in a module.
 */
#ifndef DMABENCH_TRACE_H
#define DMABENCH_TRACE_H

#define DMABENCH_PHASE_COPY_IN    4
#define DMABENCH_PHASE_DESCRIPTOR 7
#define DMABENCH_PHASE_DOORBELL   8
#define DMABENCH_PHASE_COMPLETION 10
#define DMABENCH_PHASE_COPY_OUT   11
#define DMABENCH_PHASE_POSTED     17 /* the doorbell is rung */

#ifdef DMABENCH_TRACE_POINTS

extern int trace_on;
void trace_mark(unsigned Phase);

#define DMABENCH_TRACE(Phase)                                                                      \
	do {                                                                                       \
		if (__builtin_expect(__atomic_load_n(&trace_on, __ATOMIC_ACQUIRE), 0))             \
			trace_mark(Phase);                                                         \
	} while (0)

#else
#define DMABENCH_TRACE(Phase) ((void)0)
#endif

#endif
