/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * gbench.h: Google Benchmark behind a C header; gbench.cc is the only C++ of the project.
 *
 * The library registers, names, loops, collects counters and reports; what is timed and how long is ours:
 * every benchmark uses manual time or real time (never the default CPU time, which turns a waiting loop into a
 * fast one) and one thread, and iterations are fixed by the caller. Percentiles come from our histograms, since the
 * library keeps no distribution. NaN never reaches JSON, because rows go to a callback as numbers.
 *
 *	gbench_open(&argc, argv)
 *	gbench_register("transfer/strategy:packet/size:4096", &spec)    any number
 *	gbench_run(&reporter)                                           body runs: while (gbench_next(state, n)) ...
 *	gbench_clear()                                                  forget the registered ones
 *	gbench_close()
 *
 * Ownership: names and specs are copied; user pointers must live until gbench_clear. Threads: one.
 * Errors: 0 or -errno. No C++ exception leaves this module: it is turned into -ENOMEM or -EIO with a message.
 */
#ifndef GBENCH_GBENCH_H
#define GBENCH_GBENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drivers/support/err.h"

#ifdef __cplusplus
extern "C" {
#endif

#define GBENCH_ARGS_MAX     8
#define GBENCH_COUNTERS_MAX 48

struct gbench_state;

enum gbench_time {
	GBENCH_MANUAL_TIME, /* the body calls gbench_set_seconds once a batch */
	GBENCH_REAL_TIME,   /* wall time of the loop */
};

enum gbench_counter_flags {
	GBENCH_COUNTER_PLAIN = 0,
	GBENCH_COUNTER_RATE = 1,           /* divided by the time measured */
	GBENCH_COUNTER_PER_ITERATION = 2,  /* divided by the iterations */
};

struct gbench_spec {
	void (*body)(struct gbench_state *state, void *user);
	void (*setup)(void *user);    /* once a trial, untimed; may be NULL */
	void (*teardown)(void *user); /* may be NULL */
	void *user;
	enum gbench_time time;
	uint64_t iterations;          /* fixed; 0: the library calibrates to min_seconds */
	double min_seconds;           /* used where iterations is 0; 0 = the library's default */
	unsigned repetitions;         /* 0 = 1 */
	unsigned arg_count;
	int64_t arg[GBENCH_ARGS_MAX];
	const char *arg_name[GBENCH_ARGS_MAX]; /* NULL: unnamed */
};

struct gbench_counter {
	const char *name;
	double value; /* as the library computed it from the flags */
};

/* One row as the library reports it. Pointers live for the call only. */
struct gbench_row {
	const char *name;
	const char *label;
	const char *aggregate;     /* NULL for a repetition, else "mean", "median", ... */
	bool error;
	const char *error_message;
	uint64_t iterations;
	uint64_t repetition;
	double real_time_ns, cpu_time_ns; /* per iteration */
	unsigned counter_count;
	struct gbench_counter counter[GBENCH_COUNTERS_MAX];
};

struct gbench_context {
	int cpus;
	double cycles_per_second;
	bool cpu_scaling; /* the library believes that frequency scaling is on */
};

struct gbench_reporter {
	void *arg;
	void (*context)(void *arg, const struct gbench_context *context); /* may be NULL */
	void (*row)(void *arg, const struct gbench_row *row);
};

/* gbench_open - takes --benchmark_* options out of argv. @argv strings must outlive gbench_close. */
int gbench_open(int *argc, char **argv, struct err *err);
void gbench_close(void);

int gbench_register(const char *name, const struct gbench_spec *spec, struct err *err);
void gbench_clear(void);

/*
 * gbench_run - runs everything registered that matches @filter (NULL: all), in order of registration.
 * Return: how many benchmarks ran, or -errno.
 */
int gbench_run(const char *filter, const struct gbench_reporter *reporter, struct err *err);

/* Version of the library as far as it tells, "1.7.1" or "unknown". */
const char *gbench_version(void);

/* ---- for a body ------------------------------------------------------------------------------------ */

/* gbench_next - true while @batch more iterations are to be run; the first call starts the clock. */
bool gbench_next(struct gbench_state *state, uint64_t batch);
uint64_t gbench_max_iterations(const struct gbench_state *state);
int64_t gbench_arg(const struct gbench_state *state, unsigned index);
/* Manual time: adds @seconds of measured time. */
void gbench_set_seconds(struct gbench_state *state, double seconds);
void gbench_set_counter(struct gbench_state *state, const char *name, double value, unsigned flags);
void gbench_set_bytes(struct gbench_state *state, uint64_t bytes);
void gbench_set_items(struct gbench_state *state, uint64_t items);
void gbench_set_label(struct gbench_state *state, const char *label);
/* gbench_fail - marks the trial as failed; the body must return, no further gbench_next. */
void gbench_fail(struct gbench_state *state, const char *message);

#ifdef __cplusplus
}
#endif

#endif
