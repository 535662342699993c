/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * night.h: the parts of `dmabench nightly`: figures out of runs, the judgement on all series of a night, what is told of it.
 *
 *	cmd_nightly.c     the command line: what to do
 *	night_measure.c   a night from its beginning, or where it was interrupted, to its verdict
 *	night_parts.c     the runs of a night, within its budget: the suite, what is worth more repetitions, the suspects again
 *	night_count.c     what is counted of a night, without noise
 *	night_figures.c   runs -> series and points
 *	night_judge.c     points -> changes: found, believed, measured again, kept up to date
 *	night_cause.c     changes -> entries, one a commit and family
 *	night_print.c     the night and the entries, as text and as JSON
 *
 * All of them read and write the record only; measuring is a hook, so that a history can be judged without a device.
 * Threads: none.
 */
#ifndef BENCH_NIGHT_H
#define BENCH_NIGHT_H

#include <stdio.h>

#include <jansson.h>

#include "bench/callgrind.h"
#include "bench/cli.h"
#include "harness/store/history.h"

#define NIGHT_RERUNS 3 /* of suspects, each a run of its own */
#define NIGHT_COUNTED_MIN                                                                          \
	0.002 /* relative change of a counted figure that is told; what lies where in the heap moves one by 0.0001 */
#define NIGHT_FDR                                                                                  \
	0.01 /* share of false ones among the changes told in a night, at most; there are many nights */

/* ---- figures (night_figures.c) --------------------------------------------------------------------------- */

/* What is tracked of a case: a column of its samples. */
struct night_metric {
	enum store_counter counter;
	enum store_series_kind kind;
	bool more_is_better;
	bool counted; /* by run_count: neither clock nor placement has a say in it, and small changes are real */
};

extern const struct night_metric night_metrics[];
extern const size_t night_metric_count;

/*
 * night_figures - writes series and points of the night out of its runs `suite` and `again`; a night without one has none. Where
 * @night is not usable its points of kind wall are not either; counts hold whatever disturbed the clock.
 * @tally: receives how many points there are, and how many are not usable.
 */
struct night_points {
	uint32_t points, unusable;
};
int night_figures(struct store *store, const struct store_night *night, struct night_points *tally,
	struct err *err);

/* night_is_counted - whether the metric of @series is a counted one. */
bool night_is_counted(const struct store_series *series);

/* night_figure - the figure of @series in run @run, as a point of it would be; NAN: it has none, or none that is usable. */
double night_figure(const struct store_run *run, const struct store_series *series);

/* ---- judgement (night_judge.c) --------------------------------------------------------------------------- */

/* A series whose newest level or value looks like a change. */
struct night_suspect {
	const struct store_series *series;
	double again
		[NIGHT_RERUNS]; /* what measuring it again gave; NAN: it was not, or cannot be used */
};

struct night_hooks {
	void *arg;
	/* again - measures the suspects' cases NIGHT_RERUNS times more, as far as there is time. NULL: never. */
	int (*again)(void *arg, struct night_suspect *suspect, uint32_t count, struct err *err);
};

struct night_tally {
	uint32_t series;   /* judged */
	uint32_t suspects; /* worth a second look */
	uint32_t again;    /* of them, measured again */
	uint32_t refuted;  /* of those, shown to be nothing */
	uint32_t held;     /* changes that are too few to be believed among so many series */
	uint32_t found;    /* new ones that are told */
	uint32_t fixed;    /* old ones that are gone */
};

/*
 * night_judge - judges every series with a usable point in @night by all of its nights, and brings changes and entries up to date.
 * Return: 0; as the store; what the hook returned below 0.
 */
int night_judge(struct store *store, const struct store_night *night,
	const struct night_hooks *hooks, struct night_tally *tally, struct err *err);

/* ---- entries (night_cause.c) ----------------------------------------------------------------------------- */

struct night_causes {
	struct store *store;
	struct store_night *night; /* all, in order */
	uint32_t night_count;
	struct store_cause *cause; /* all */
	uint32_t count;
};

int night_causes_open(struct night_causes *causes, struct store *store, struct err *err);
void night_causes_close(struct night_causes *causes);

/* night_causes_place - where a night stands in the order of all; the count: nowhere. */
uint32_t night_causes_place(const struct night_causes *causes, int64_t night_id);

/*
 * night_causes_join - writes @change with the entry it belongs to: one of the same family and direction that is not settled and
 * began within three nights of it, else a new one. @before: the night before it.
 */
int night_causes_join(struct night_causes *causes, const struct store_series *series,
	struct store_change *change, int64_t before, struct err *err);

/*
 * night_ack - gives all changes of entry @id that are not settled the state @word (NULL: "acknowledged"; "confirmed", "fixed",
 * "noise"), and it @note (NULL: as it was). Return: 0; -ENOENT, -EINVAL (ERR_USAGE).
 */
int night_ack(
	struct store *store, const char *id, const char *word, const char *note, struct err *err);

/* night_open_regressions - entries for the worse that no person has acknowledged: new or confirmed. Return: how many, -errno. */
int night_open_regressions(struct store *store, struct err *err);

/* ---- telling (night_print.c) ----------------------------------------------------------------------------- */

/* night_print - the entries that are not settled, and those that @night (NULL: no night) settled. */
int night_print(struct store *store, const struct store_night *night, FILE *out, struct err *err);
/* night_json - night (or null) and all entries. Return: NULL with @err. */
json_t *night_json(struct store *store, const struct store_night *night,
	const struct night_tally *tally, struct err *err);

/* ---- counting (night_count.c) ----------------------------------------------------------------------------- */

struct night_counts {
	struct run_counts counts;
	char valgrind[CALLGRIND_VERSION_MAX]; /* that told instructions; "": nobody did */
};

/* night_count_check - whether what --require-counts asks for can be had of @plan. Return: 0; -EINVAL (ERR_USAGE); as callgrind_check. */
int night_count_check(const struct cli_args *args, const struct run_plan *plan, struct err *err);

/*
 * night_count - counts the cases of @plan, which is of @job and @args, as far as they can be: instructions where there is valgrind,
 * virtual time anywhere; says what is missing, which is an error only where @args asks for all of it (--require-counts).
 * night_counts_close takes @counts back; it accepts a zeroed one.
 */
int night_count(struct night_counts *counts, const struct job *job, const struct cli_args *args,
	struct run_plan *plan, struct err *err);
void night_counts_close(struct night_counts *counts);

/* night_recount - the figure of @series in @counts; NAN: it has none. */
double night_recount(const struct night_counts *counts, const struct store_series *series);

/* ---- measuring (night_measure.c) ------------------------------------------------------------------------- */

/* night_measure - `dmabench nightly [SUITE]`. Return: exit code or -errno. */
int night_measure(const struct cli_args *args, struct err *err);

#endif
