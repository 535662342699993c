/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ab.h: two commits, built and measured in turns in one sitting, for `dmabench compare --ab`.
 *
 *	git worktree and build of each --> rounds of two processes, their order drawn --> a pool of each (harness/report/pool.h)
 *
 * What drifts (clock rate, neighbours on the host, memory) meets both alike: the processes of a round are a pair. Work trees and
 * records stay in results/ab/ of the repository, so that a commit is built once.
 *
 * Threads: none. It starts git, the build and both programs, and waits for each.
 */
#ifndef BENCH_AB_H
#define BENCH_AB_H

#include "drivers/support/err.h"
#include "harness/store/store.h"

#define AB_BUILD_DEFAULT "make -s -j$(nproc) build/dmabench"
#define AB_JOB_DEFAULT   "quick"
#define AB_ROUNDS        10
#define AB_ROUNDS_MAX    1000

struct ab_wish {
	const char *base, *head; /* what git takes for a commit; "." the files as they are here */
	const char
		*build; /* by sh, in the top folder of the work tree; leaves build/dmabench there */
	const char *job, *filter; /* as for `dmabench run`; @filter may be NULL */
	unsigned rounds;
	uint64_t seed; /* of the order */
};

/*
 * ab_measure - Return: 0, the pools in @a and @b for store_run_free; -EINVAL (ERR_USAGE): no repository, no such commit;
 * -ENOEXEC (ERR_MISSING): it does not build; -EIO (ERR_INTERNAL): a program could not measure; -EINTR (ERR_INTERNAL):
 * interrupted. Messages name the log where more is said.
 */
int ab_measure(
	const struct ab_wish *wish, struct store_run **a, struct store_run **b, struct err *err);

#endif
