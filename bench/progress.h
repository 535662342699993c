/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * progress.h: how far a run is, on stderr: a bar where it is a terminal, else one plain line at start and end.
 *
 *	transfer/strategy:packet/dir:to_device/si...  [#########-----------]  45 %  1m05s left
 *
 * The bar is redrawn at most five times a second by one write each, so that it neither flickers nor costs time a
 * measurement would notice, and it is gone at the end.
 *
 * Call order: progress_open -> progress_update ... -> progress_close. Threads: one.
 */
#ifndef BENCH_PROGRESS_H
#define BENCH_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/run/run.h"

struct progress {
	int fd;
	bool terminal, drawn;
	uint64_t drawn_ns; /* CLOCK_MONOTONIC of the last redraw */
	size_t trials_done;
	double elapsed_s;
};

/* progress_open - @fd: where to draw, STDERR_FILENO. The plain line tells @cells and @seconds, the estimate. */
void progress_open(struct progress *progress, int fd, size_t cells, double seconds);
/* progress_update - @arg is the struct progress: the `progress` hook of struct run_hooks. */
void progress_update(void *arg, const struct run_progress *now);
/* progress_close - clears the bar, or prints the plain line of the end. */
void progress_close(struct progress *progress);

/*
 * progress_line - the bar as text for a terminal of @width columns, at most @width - 1 long, never with a newline.
 * Return: @out.
 */
char *progress_line(const struct run_progress *now, unsigned width, char *out, size_t room);

/* progress_time - "42s", "3m05s", "2h10m", or "?" for what is not a time. Return: @out. */
char *progress_time(double seconds, char *out, size_t room);

#endif
