/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * order.h: runs a small concurrent program in every way that C11's memory model allows, and tells whether one of
 * them is wrong. For the shared rings of driver and device; included by the tests of this folder only.
 *
 * The model. The code under test is the shipped code, compiled by gcc with -fsanitize=thread but linked to
 * runtime.c in place of ThreadSanitizer's library: each access to memory calls us. Threads are coroutines. Every
 * atomic location keeps all values ever written to it; a load may return any of them that coherence and what its
 * thread already knows (its view) leave open, so it is as weak as C11, not as the processor that runs the test.
 * Release and acquire, release sequences through read-modify-writes, and fences hand views and vector clocks on.
 * Plain accesses to the memory a test shares are checked by vector clocks: two that nothing orders, one of them a
 * write, are a data race and an error. So a missing or weakened barrier shows as a race, or as a wrong result.
 *
 * What is covered: all executions of RC11 (Lahav et al., PLDI 2017; no value out of thin air, so no load sees a
 * later store of its own cause) in which each location's modification order agrees with an order of execution. For
 * a location of one writer, and for read-modify-writes, that is every execution; only two threads that *store* to
 * one location could do more. Not modelled: seq_cst loads and stores (an error; fences of seq_cst are), accesses of
 * different width to one atomic location (an error). A plain access counts for cells of four bytes.
 *
 * How: stateless depth-first search. A load that reads message m commutes with everything other threads do, so one
 * order of execution stands for all that yield the same reads-from graph: in the branch where another thread goes
 * first, a pending load sleeps until there is a message it could not have read before. An access to a location that
 * no other running thread ever writes needs no branch; when a writer turns up that was not known of, the search
 * starts again.
 *
 * Call order: order_explore; inside, from setup: order_share, order_label; from threads: order_poll, order_wait,
 * order_fail.
 * Not reentrant, one exploration at a time. setup and check run alone and must leave no state from one execution to
 * the next. A program must be deterministic but for what it reads.
 */
#ifndef ORDER_ORDER_H
#define ORDER_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ORDER_THREADS_MAX 4

struct order_program {
	void (*setup)(void *arg); /* before the threads; all it writes is known to them */
	void (*thread[ORDER_THREADS_MAX])(void *arg); /* up to the first NULL */
	void (*check)(void *arg);                     /* after the threads; knows all they wrote */
	void *arg;
};

enum order_kind { ORDER_LOAD, ORDER_STORE, ORDER_RMW };

/* An ordering to take away: accesses of this kind to locations of this label are relaxed. */
struct order_weakening {
	const char *label;
	enum order_kind kind;
};

struct order_result {
	bool failed;
	char why[256]; /* of the first execution that failed */
	uint64_t
		executions; /* complete ones, of different reads-from graphs where no two threads store to one place */
	uint64_t blocked; /* given up, since they would have repeated another */
	bool exhausted;   /* all were seen; false where @limit ended the search, or a failure */
};

/*
 * order_explore - runs @program until it fails, is exhausted, or @limit executions were looked at. @weakening: NULL
 * for the program as it is.
 */
struct order_result order_explore(const struct order_program *program,
	const struct order_weakening *weakening, uint64_t limit);

/* order_share - plain accesses to [memory, memory + bytes) are checked for races. From setup; four-byte aligned. */
void order_share(const void *memory, size_t bytes);

/* order_label - names the atomic location at @address for messages and weakenings. From setup. */
void order_label(const void *address, const char *label);

/* order_fail - the program has gone wrong: ends this execution and the search. Does not return in a thread. */
void order_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * A loop that polls:
 *
 *	order_poll();
 *	while (there is nothing to do) {
 *		order_wait();
 *		order_poll();
 *	}
 *
 * order_poll - what is read from here on belongs to one poll.
 * order_wait - the poll has found nothing to do and has changed nothing (a lock taken and released apart). As it might
 * as well have been made later, executions in which something it read is written afterwards are given up, for those
 * in which it reads that. So order_wait returns only when nothing of what the poll has read will ever be written:
 * all other threads have ended, or wait likewise. The caller fails there, or ends.
 */
void order_poll(void);
void order_wait(void);

#endif
