/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * execute.h: runs one trial of the life-cycle (harness/run) through Google Benchmark (bench/gbench).
 *
 * One trial is one benchmark with manual time and the fixed number of iterations that the life-cycle asks for; its
 * loop has one round, which does the whole trial. The library gets totals (bytes, operations, seconds) and
 * divides them itself, so that throughput is computed twice, on two ways: execute_trial compares both and refuses a
 * trial where they differ by more than 0.1 %.
 *
 * A case may do some operations more or fewer than asked. The library's loop count then is not the number of
 * operations: what goes into the record is operations completed and the library's total time divided by them.
 *
 * Call order: gbench_open -> execute_trial ... -> gbench_close. Threads: one.
 */
#ifndef BENCH_EXECUTE_H
#define BENCH_EXECUTE_H

#include "drivers/support/err.h"

struct run_trial;

/*
 * execute_trial - the `execute` hook of struct run_hooks; @arg is not used.
 * Return: what run_trial_body returned; -EIO (ERR_INTERNAL) the library ran something else than the trial or
 * counts differently.
 */
int execute_trial(void *arg, struct run_trial *trial, struct err *err);

#endif
