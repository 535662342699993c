/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stop.h: an end in order at SIGINT or SIGTERM for commands that take long; the second signal ends the program at once.
 * Used by measure.c, callgrind.c and cmd_stress.c. Threads: one.
 */
#ifndef BENCH_STOP_H
#define BENCH_STOP_H

#include <signal.h>
#include <stdbool.h>

/* What the signals did before. */
struct stop {
	struct sigaction old[2];
};

/*
 * stop_begin - from now on the first signal is noted, and says on stderr that the program ends with @what ("the trial in
 * hand"), which has to stay until stop_end. stop_end - the signals do what they did before.
 */
void stop_begin(struct stop *stop, const char *what);
void stop_end(const struct stop *stop);

/* stop_asked - whether there was a signal since stop_begin. @arg: not looked at. */
bool stop_asked(void *arg);

#endif
