/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * job.h: what a run is asked to do: the sections of a job file or of a shipped job, with the command line on top;
 * and the facts about it that go into the record.
 *
 *	[global] -> section -> --set and its short forms, in the order given
 *
 * Nothing here touches a device, the database or a folder.
 */
#ifndef BENCH_JOB_H
#define BENCH_JOB_H

#include <limits.h>

#include "bench/cli.h"
#include "harness/run/run.h"

#define JOB_NAME_MAX  32
#define JOB_WHERE_MAX 192

struct job {
	char source[PATH_MAX]; /* path of the job file; bench/jobs/NAME.ini for a shipped one */
	unsigned count;
	struct run_settings global;
	struct run_settings section[RUN_SECTIONS_MAX];
	char name[RUN_SECTIONS_MAX][JOB_NAME_MAX];
	char where[RUN_SECTIONS_MAX]
		  [JOB_WHERE_MAX]; /* of a file that was named: where the section begins */
};

/*
 * job_open - reads the job that @args asks for, or that of the run @before, which is to be resumed (NULL: none); then
 * @args may not change it, but with --force. Return: 0; -EINVAL, -ENOENT, -EACCES (ERR_USAGE) with file and line or
 * option; -ENOMEM. job_close takes it back, also NULL.
 */
int job_open(struct job **job, const struct cli_args *args, const struct store_run *before,
	struct err *err);
void job_close(struct job *job);

struct job_facts {
	struct run_fact *fact; /* ends with a NULL key, as run_execute wants it */
	size_t count, room;
};

/*
 * job_facts_open - versions, and the effective settings as job.KEY, or job.SECTION.KEY where the sections differ.
 * Return: 0 or -ENOMEM. job_facts_close accepts a zeroed struct.
 */
int job_facts_open(struct job_facts *facts, const struct job *job, const struct cli_args *args,
	struct err *err);
/* job_facts_add - one more. Return: 0 or -ENOMEM. */
int job_facts_add(struct job_facts *facts, const char *key, const char *value, struct err *err);
void job_facts_close(struct job_facts *facts);

#endif
