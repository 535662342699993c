/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * night_parts.h: what a night measures: its suite, what is worth more repetitions, the suspects again, each a run of its own with
 * the night's id among its facts. Between night_measure.c, which knows beginning, end and verdict, and night_parts.c, which
 * knows plans.
 *
 *	night_suite_plan | night_suite_fit -> night_suite | night_suite_recall -> night_again -> night_suspects (hook of night_judge)
 *
 * Of the budget the suite gets a share, with fewer repetitions if need be; up to a larger one goes to further repetitions; the
 * rest is kept for suspects. Errors: as run_plan, measure_plan and the store. Threads: none.
 */
#ifndef BENCH_NIGHT_PARTS_H
#define BENCH_NIGHT_PARTS_H

#include <time.h>

#include "bench/job.h"
#include "bench/night.h"
#include "harness/run/run.h"

#define NIGHT_FACT "night.id" /* of every run of a night */

struct nightly {
	const struct cli_args *args; /* operand: the suite */
	struct job *job;
	struct store *store;
	struct store_night night;
	struct timespec began;
	double stretch; /* real time behind the set-up over the plan's estimate */
	struct run_summary suite;
	bool again_done; /* more repetitions are in the record */
	uint64_t findings;
	bool cancelled;
	uint32_t cases;
	struct night_counts counts; /* of the suite */
	struct night_points points;
	struct night_tally tally;
};

/* night_elapsed_s - since @nightly->began. */
double night_elapsed_s(const struct nightly *nightly);

/* night_suite_plan - the whole job, for run_plan_free. *@plan NULL: there is nothing in it. */
int night_suite_plan(const struct nightly *nightly, struct run_plan **plan, struct err *err);

/*
 * night_suite_fit - the same with as many repetitions as the suite's share of the budget allows. -EINVAL (ERR_USAGE): it cannot be
 * done within the budget at all.
 */
int night_suite_fit(struct nightly *nightly, struct run_plan **plan, struct err *err);

/* night_suite - measures @plan as the night's suite. @before: the run to go on with, or NULL. Fills @nightly->suite and counts. */
int night_suite(struct nightly *nightly, struct run_plan *plan, const struct store_run *before,
	struct err *err);

/* night_suite_recall - takes @nightly->suite from @run of @plan, which an earlier process finished. */
void night_suite_recall(
	struct nightly *nightly, const struct run_plan *plan, const struct store_run *run);

/* night_again - measures again what is worth more repetitions, within the budget; once a night. An interrupted night: nothing. */
int night_again(struct nightly *nightly, struct err *err);

/* night_suspects - the hook of night_judge; @arg: the struct nightly. */
int night_suspects(void *arg, struct night_suspect *suspect, uint32_t count, struct err *err);

#endif
