/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * resume.h: which run `run --resume` goes on with, and whether it may: its record is read, its process must be gone, its
 * program must be this one. Used by cmd_run.c, job.c. Writes nothing.
 *
 *	resume_find -> job_open (settings of the record) -> run_plan -> run_plan_resume -> run_execute
 */
#ifndef BENCH_RESUME_H
#define BENCH_RESUME_H

#include <stdbool.h>

#include "drivers/support/err.h"
#include "harness/store/store.h"

/* Facts that job.c writes for it. */
#define RESUME_JOB_FACT    "job.text"
#define RESUME_FILTER_FACT "job.filter"
#define RESUME_DRIVER_FACT "driver." /* and the word of the module: its path */

#define RESUME_PROCESS_MAX 96

/* resume_process - this process: id, start time, boot; what another one can check after a crash. Return: @out. */
char *resume_process(char out[RESUME_PROCESS_MAX]);

/* resume_alive - the id of the process that @process names, if it runs on this host, else 0. NULL: 0. */
long resume_alive(const char *process);

/*
 * resume_find - reads the run @id, or with NULL the newest that did not end, from the database @path. @force: also one
 * of another program version. Return: 0, *@run for store_run_free; (ERR_USAGE) -ENOENT there is none, -EALREADY it is
 * done, -EBUSY its process runs, -EPROTO another version, -EBADMSG it holds no job; as store_open_readonly.
 */
int resume_find(
	struct store_run **run, const char *path, const char *id, bool force, struct err *err);

/*
 * resume_version - whether this program, of this commit and by this compiler, measured @run: figures of two do not belong into one.
 * Return: 0; -EPROTO (ERR_USAGE).
 */
int resume_version(const struct store_run *run, struct err *err);

/* resume_fact - value of a fact of @run, NULL if it has none. */
const char *resume_fact(const struct store_run *run, const char *key);

#endif
