/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * compare.h: two runs, or two strategies of one run, case by case: ratio with interval, the smallest difference that
 * would have been called, verdict.
 *
 *	compare_make -> compare_table, compare_json -> compare_free
 *
 * Two strategies of one run were measured side by side, so their repetitions are taken as pairs, block by block; those
 * of two runs are two samples, unless their processes took turns (pool.h). Ratios are those of Hodges and Lehmann on logarithms; the p of a case is adjusted for
 * the number of cases by false discovery rate; verdicts are those of harness/stats/compare.h.
 *
 * A difference of time an operation smaller than what measuring it costs is unclear, whatever its interval says: the
 * observer's floor in ns becomes a share of the faster side's time, case by case.
 *
 * Repetitions that failed do not count; tainted ones do. Ownership: a comparison keeps copies, the runs may go.
 * Threads: none.
 */
#ifndef REPORT_COMPARE_H
#define REPORT_COMPARE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "drivers/support/err.h"
#include "harness/stats/compare.h"
#include "harness/store/store.h"

#define COMPARE_LEVEL  0.95
#define COMPARE_POWER  0.8
#define COMPARE_EFFECT 0.01 /* what is less does not matter, where nothing else is said */

/* What measuring costs an operation, the larger of both runs (harness/run/observer.h); 0: not known. */
struct compare_observer {
	double plain_ns;
	double ledger_ns; /* of a case with a ledger */
};

struct compare_wish {
	enum store_counter metric;
	struct stats_limits limits; /* its floor is found for each case */
	struct compare_observer observer;
	const char *strategy_a,
		*strategy_b; /* of one run; NULL, NULL: cases of the same name of two runs */
	bool paired; /* two runs: repetitions of equal block were measured in turns (pool.h) */
};

struct compare_case {
	char name[STORE_NAME_MAX];   /* of A */
	uint32_t count_a, count_b;   /* repetitions that count */
	uint32_t failed_a, failed_b; /* that went wrong: no figures of theirs are compared */
	bool paired;
	double median_a, median_b;
	struct stats_estimate ratio; /* B over A */
	double p, p_adjusted;        /* NAN: nothing to compare */
	double floor; /* relative: what measuring costs; 0: it does not touch this metric, or is not known */
	double visible; /* smallest relative difference that would have been called with COMPARE_POWER; INFINITY */
	enum stats_verdict verdict;
	bool same;   /* no difference that matters, by the limits */
	bool hidden; /* unclear only because of the floor */
};

struct compare {
	char label_a[STORE_ID_MAX + STORE_WORD_MAX + 16],
		label_b[STORE_ID_MAX + STORE_WORD_MAX + 16];
	enum store_counter metric;
	bool more_is_better;
	struct stats_limits limits;
	struct compare_observer observer;
	uint32_t only_a, only_b; /* cases without a partner */
	uint32_t case_count;
	struct compare_case *cases;
};

/*
 * compare_more_is_better - of @metric: rates, ratios to a ceiling, what is left free; times, bytes and counts are better
 * when less.
 */
bool compare_more_is_better(enum store_counter metric);

/* compare_judges - false where @metric tells what was done and not how well: more of it is neither better nor worse. */
bool compare_judges(enum store_counter metric);

/*
 * compare_make - @b may be @a where the wish names strategies. Return: 0; -ENOENT (ERR_USAGE) no case is in both;
 * -ENOMEM (ERR_MISSING). Nothing is left behind on an error.
 */
int compare_make(struct compare *out, const struct store_run *a, const struct store_run *b,
	const struct compare_wish *wish, struct err *err);
void compare_free(struct compare *compare);

/* Cases with that verdict. */
uint32_t compare_count(const struct compare *compare, enum stats_verdict verdict);

/* Repetitions of the cases compared that went wrong, in A or in B. */
uint32_t compare_failed(const struct compare *compare, bool of_b);

/* Cases that are unclear only because the difference is smaller than what measuring it costs. */
uint32_t compare_hidden(const struct compare *compare);

/* compare_table - for a terminal of 100 columns; the last lines say it in words. */
void compare_table(const struct compare *compare, bool color, FILE *out);

/* compare_json - the same as a value for the caller to release; NULL: no memory. Columns: results/README.md. */
json_t *compare_json(const struct compare *compare);

#endif
