/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * gbench.h: Google Benchmark behind a C header; gbench.cc is the only C++ of the project.
 *
 * The library registers, names, loops, collects counters and reports; what is timed and how long is ours:
 * every benchmark uses manual time or real time (never the default CPU time, which turns a waiting loop into a
 * fast one) and one thread, and iterations are fixed by the caller. Percentiles come from our histograms, since the
 * library keeps no distribution. NaN never reaches JSON, because rows go to a callback as numbers. The library
 * prints nothing and takes no flags, neither from a command line nor from BENCHMARK_* of the environment.
 *
 *	gbench_open()
 *	gbench_register("transfer/strategy:packet/size:4096", &spec)    any number
 *	gbench_run(&reporter)                                           body runs: while (gbench_next(state, n)) ...
 *	gbench_clear()                                                  forget the registered ones
 *	gbench_close()
 *
 * Ownership: names and specs are copied; user pointers must live until gbench_clear. Threads: one.
 * Errors: 0 or -errno. No C++ exception leaves this module: it is turned into -ENOMEM or -EIO with a message; inside
 * a body it fails the trial.
 */
#ifndef GBENCH_GBENCH_H
#define GBENCH_GBENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#include "drivers/support/err.h"

#define GBENCH_ARGS_MAX     8
#define GBENCH_COUNTERS_MAX 48

struct gbench_state;

enum gbench_time {
	GBENCH_MANUAL_TIME, /* the body calls gbench_set_seconds once a batch */
	GBENCH_REAL_TIME,   /* wall time of the loop */
};

enum gbench_counter_flags {
	GBENCH_COUNTER_PLAIN = 0,
	GBENCH_COUNTER_RATE = 1,          /* divided by the time measured */
	GBENCH_COUNTER_PER_ITERATION = 2, /* divided by the iterations */
};

struct gbench_spec {
	/* Runs the loop to its end or calls gbench_fail; returning earlier fails the trial. */
	void (*body)(struct gbench_state *state, void *user);
	void (*setup)(void *user);    /* once a trial, untimed; may be NULL */
	void (*teardown)(void *user); /* may be NULL */
	void *user;
	enum gbench_time time;
	uint64_t iterations;  /* fixed; 0: the library calibrates to min_seconds */
	double min_seconds;   /* used where iterations is 0; 0 = 0.5, the library's default */
	unsigned repetitions; /* 0 = 1 */
	unsigned arg_count;
	int64_t arg[GBENCH_ARGS_MAX];
	const char *arg_name[GBENCH_ARGS_MAX]; /* NULL: unnamed */
};

struct gbench_counter {
	const char *name;
	double value; /* finite, as the library computed it from the flags */
};

#define GBENCH_NO_MEMORY "no memory" /* so begins the message of a row that failed for want of it */

/* One row as the library reports it. Pointers live for the call only. */
struct gbench_row {
	const char *name;      /* as registered, with the arguments behind: "copy/size:4096" */
	const char *label;     /* "" without one */
	const char *aggregate; /* NULL for a repetition, else "mean", "median", "stddev", "cv" */
	bool error;
	const char *error_message; /* "" without one */
	uint64_t iterations;       /* done; more than asked by at most the last batch's excess */
	uint64_t repetition;       /* 0.. */
	double real_time_ns, cpu_time_ns; /* per iteration; of "cv" the plain ratio */
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

/* gbench_open - readies the library, overriding whatever BENCHMARK_* variables ask for. */
int gbench_open(struct err *err);
/* gbench_close - forgets all benchmarks; harmless when not open. */
void gbench_close(void);

/*
 * gbench_register - adds a benchmark; @spec is copied, its user pointer is not.
 * Return: 0; -EINVAL (ERR_INTERNAL) no name, no body, too many arguments or a value out of range; -ENOMEM.
 */
int gbench_register(const char *name, const struct gbench_spec *spec, struct err *err);
void gbench_clear(void);

/*
 * gbench_run - runs everything registered whose name contains a match of @filter, an extended regular expression
 * (NULL: all), in order of registration. A failed trial is a row with an error, not a failure of this function.
 * Return: how many benchmarks ran; -EINVAL (ERR_USAGE) not a regular expression; -ENOMEM, -EIO the library threw.
 */
int gbench_run(const char *filter, const struct gbench_reporter *reporter, struct err *err);

/* Version of the library as far as it tells, "1.7.1" or "unknown". */
const char *gbench_version(void);

/* ---- for a body ------------------------------------------------------------------------------------ */

/*
 * gbench_next - true while @batch (at least 1) more iterations are to be run; the first call starts the clock,
 * the one that returns false stops it. After gbench_fail, and after the end, it stays false.
 */
bool gbench_next(struct gbench_state *state, uint64_t batch);
uint64_t gbench_max_iterations(const struct gbench_state *state);
/* gbench_arg - the argument at @index, 0 if there is none. */
int64_t gbench_arg(const struct gbench_state *state, unsigned index);
/* Manual time: adds @seconds of measured time. */
void gbench_set_seconds(struct gbench_state *state, double seconds);
/* gbench_set_counter - @flags: GBENCH_COUNTER_*. A value that is not finite is not a value: it is left out. */
void gbench_set_counter(struct gbench_state *state, const char *name, double value, unsigned flags);
/* Rates bytes_per_second and items_per_second from totals, divided by the time measured. */
void gbench_set_bytes(struct gbench_state *state, uint64_t bytes);
void gbench_set_items(struct gbench_state *state, uint64_t items);
void gbench_set_label(struct gbench_state *state, const char *label);
/* gbench_fail - marks the trial as failed; the body must return, no further gbench_next. */
void gbench_fail(struct gbench_state *state, const char *message);

#ifdef __cplusplus
}
#endif

#endif
