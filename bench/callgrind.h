/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * callgrind.h: instructions of an operation, told by valgrind's callgrind: the program starts itself under it, hands its job over
 * in a folder, and reads the figures back.
 *
 *	callgrind_count   valgrind --tool=callgrind dmabench count --inside FOLDER   -> FOLDER/counts
 *	callgrind_inside  what runs there: run_count, whose hook dumps and reads what was collected
 *
 * Used by cmd_count.c and night_measure.c. Knows no cases and no nights. Threads: one.
 */
#ifndef BENCH_CALLGRIND_H
#define BENCH_CALLGRIND_H

#include "bench/job.h"
#include "harness/run/run.h"

#define CALLGRIND_VERSION_MAX 64

/*
 * callgrind_check - whether this program can be counted here; @version: receives valgrind's, such as "3.19.0". Return: 0;
 * -ENOENT, -ENOTSUP (ERR_MISSING): no valgrind, or a program that was built without its header or with a sanitizer; -ECANCELED
 * (ERR_INTERNAL): SIGINT or SIGTERM came, and nothing is left behind.
 */
int callgrind_check(char version[CALLGRIND_VERSION_MAX], struct err *err);

/*
 * callgrind_count - counts what can be counted of @job (run_count), as far as --filter and --driver of @args take it in; some
 * seconds. Return: 0, then run_counts_free; as callgrind_check; -EIO (ERR_INTERNAL) it did not end well, with what was said last.
 */
int callgrind_count(const struct job *job, const struct cli_args *args, struct run_counts *counts,
	struct err *err);

/* callgrind_inside - counts the job of @folder there, under callgrind. Return: 0 or -errno. */
int callgrind_inside(const struct cli_args *args, const char *folder, struct err *err);

#endif
