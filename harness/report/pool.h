/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pool.h: several runs of the same cases, a process each, as one run whose repetitions are those processes.
 *
 * Repetitions of one process share its memory layout, its placement and its moment, so that they are alike beyond what the
 * program deserves: of a process only the median counts, and the processes are what an interval is made of (Kalibera and Jones,
 * "Rigorous benchmarking in reasonable time", ISMM 2013). Process i becomes block i, so that two pools whose processes were
 * measured in turns are compared pair by pair.
 *
 * Threads: none.
 */
#ifndef REPORT_POOL_H
#define REPORT_POOL_H

#include "drivers/support/err.h"
#include "harness/store/store.h"

/*
 * pool_make - @run: @count of them, at least one, in the order of measuring; they stay the caller's. @label: the id of the pool.
 * Its cases are those of the first run; a process that lacks one, or in which every repetition of it failed, is a repetition
 * that failed. Its facts are those of the first run, but that its audit trusts it where most of the runs are trusted.
 * Return: 0, the pool in @out for store_run_free; -ENOMEM (ERR_MISSING).
 */
int pool_make(struct store_run *const *run, uint32_t count, const char *label,
	struct store_run **out, struct err *err);

#endif
