/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * view.h: private to harness/report: a run sorted for readers.
 *
 *	view -> group (all keys but strategy and size equal) -> row (a size) -> summary (a strategy)
 *
 * Only cells of family `transfer` that have a strategy and a size are in groups; the other
 * families are read from the run directly. Cells are pointed to, so the run must outlive the view.
 */
#ifndef REPORT_VIEW_H
#define REPORT_VIEW_H

#include "drivers/support/err.h"
#include "harness/stats/series.h"
#include "harness/store/store.h"

#define VIEW_STRATEGIES_MAX                                                                        \
	64              /* as many as are measured side by side, twins and planted ones with them */
#define VIEW_LEVEL 0.95 /* of every interval */

#define VIEW_INTERVAL_MIN     6    /* repetitions that an interval takes */
#define VIEW_STEADY_TOLERANCE 0.05 /* as within a repetition */

/* Over repetitions; NAN below two. */
struct view_spread {
	double low, high;
	bool interval; /* of the median, by order statistics with VIEW_LEVEL; else the range */
};

/* One cell over its good repetitions. */
struct view_summary {
	const struct store_cell *cell;
	uint32_t good, bad;                 /* repetitions that may be used, and not */
	uint32_t tainted;                   /* of the good ones: by the noise audit */
	double median[STORE_COUNTER_COUNT]; /* NAN: missing */
	double real_time_ns, cpu_time_ns;   /* median an operation, NAN */
	struct view_spread spread[STORE_COUNTER_COUNT];
	uint32_t steady_known,
		steady; /* repetitions long enough to tell, and steady ones of them */
	struct stats_steadiness drift; /* of the rate, from repetition to repetition */
	struct hist *latency;          /* all repetitions merged, NULL: none */
};

struct view_row {
	uint64_t size_bytes;
	struct view_summary *by_strategy
		[VIEW_STRATEGIES_MAX];   /* by index of view.strategy; NULL: not measured */
	double ceiling_bytes_per_second; /* median over the strategies, NAN */
};

struct view_group {
	struct store_params key; /* strategy "" and size 0 */
	char title[320];         /* "host to device, source rewritten, poll, depth 32" */
	char slug[64];           /* unique in the view, letters, digits, '_' */
	uint32_t row_count;
	struct view_row *row; /* by size, ascending */
};

struct view {
	const struct store_run *run;
	uint32_t strategy_count;
	const char *strategy[VIEW_STRATEGIES_MAX]; /* in their usual order */
	bool strategies_left_out;                  /* there are more */
	uint32_t group_count;
	struct view_group *group;
	uint32_t repetitions; /* the largest number in one cell */
};

/* view_make - Return: 0, or -ENOMEM (ERR_MISSING) with nothing left behind. */
int view_make(struct view *view, const struct store_run *run, struct err *err);
void view_free(struct view *view);

/* Fills @summary from @cell; the caller frees summary->latency. Return: 0 or -ENOMEM. */
int view_summarise(struct view_summary *summary, const struct store_cell *cell);

/* view_half_width - of the interval of a median, as a share of it. NAN: too few repetitions for one, or a median of 0. */
double view_half_width(const struct view_summary *summary, enum store_counter counter);

/* Index of the fastest strategy of @row whose interval lies above every other's, or -1. */
int view_fastest(const struct view *view, const struct view_row *row);

/* True if @crossover belongs to @group. */
bool view_crossover_of(const struct view_group *group, const struct store_crossover *crossover);

#endif
