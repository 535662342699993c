/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * child.h: a driver's life in a process of its own, watched: a driver that crashes, aborts or hangs ends that
 * process and not this one, and it is told at which step and where in the driver.
 *
 * Threads: the caller must have none besides the one that calls (fork).
 */
#ifndef DRIVER_CHILD_H
#define DRIVER_CHILD_H

#include "bench/driver/life.h"
#include "bench/driver/report.h"

enum child_end {
	CHILD_DONE,    /* the driver was unloaded; what is wrong stands in the reports */
	CHILD_ERROR,   /* it ended with REPORT_ERROR */
	CHILD_CRASHED, /* REPORT_CRASH and its frames came, or how it ended is in @signal */
	CHILD_HUNG,    /* the time was over; REPORT_CRASH tells where it was, if it could be told */
};

struct child_result {
	enum child_end end;
	int signal; /* of CHILD_CRASHED; 0: the process ended by itself with @exit_code */
	int exit_code;
};

/*
 * child_run - runs @options in a child and hands every report to @take, in order. @timeout_ms: for the
 * whole life. Return: 0, or -errno (ERR_INTERNAL, ERR_MISSING) where there is no child.
 */
int child_run(const struct life_options *options, uint64_t timeout_ms,
	void (*take)(void *arg, const struct report *report), void *arg,
	struct child_result *result, struct err *err);

#endif
