// SPDX-License-Identifier: BSD-2-Clause
/* night_parts.c: see night_parts.h. Knows nothing of changes, nor of what a night's exit code is. */
#include "bench/night_parts.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/cases/cases.h"
#include "bench/measure.h"
#include "bench/progress.h"
#include "bench/resume.h"
#include "harness/opt/opt.h"
#include "harness/stats/stats.h"
#include "harness/track/track.h"

#define SUITE_SHARE     0.6
#define AGAIN_SHARE     0.75
#define REPETITIONS_MIN 7 /* fewer bound no median, see stats_median_interval */
#define AGAIN_MIN       3 /* fewer are not worth setting a case up */
#define AGAIN_TIMES     4 /* the repetitions of the suite, at most */
#define SETUP_S                                                                                    \
	3.0 /* of a run, whatever it measures: the host is judged, clock and observer are calibrated */
#define VALGRIND_FACT "version.valgrind"

double night_elapsed_s(const struct nightly *nightly)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - nightly->began.tv_sec) +
	       1e-9 * (double)(now.tv_nsec - nightly->began.tv_nsec);
}

/* What measuring @plan will take. */
static double plan_seconds(const struct nightly *nightly, const struct run_plan *plan)
{
	return SETUP_S + nightly->stretch * run_plan_seconds(plan);
}

/* ---- one run --------------------------------------------------------------------------------------------- */

/* What a plan is cut down to: repetitions by the name of a case. */
struct wanted {
	const char **name;
	uint32_t *repetitions, count;
};

static uint32_t wanted_find(void *arg, const char *name)
{
	const struct wanted *wanted = arg;

	for (uint32_t i = 0; i < wanted->count; i++) {
		if (strcmp(wanted->name[i], name) == 0)
			return wanted->repetitions[i];
	}
	return 0;
}

/* @wanted NULL: all of the job. *@plan NULL: there is nothing in it. */
static int part_plan(const struct nightly *nightly, struct wanted *wanted, struct run_plan **plan,
	struct err *err)
{
	int rc = run_plan(plan, nightly->job->section, nightly->job->count, bench_cases,
		nightly->args->filter, err);

	if (rc)
		return rc;
	if (wanted)
		rc = run_plan_again(*plan, wanted_find, wanted, err);
	if (rc || run_plan_cells(*plan) == 0) {
		run_plan_free(*plan);
		*plan = NULL;
	}
	return rc;
}

static int part_facts(const struct nightly *nightly, struct job_facts *facts, struct err *err)
{
	int rc = job_facts_open(facts, nightly->job, nightly->args, err);

	if (rc)
		return rc;
	rc = job_facts_add(facts, NIGHT_FACT, nightly->night.id, err);
	if (!rc && nightly->counts.valgrind[0])
		rc = job_facts_add(facts, VALGRIND_FACT, nightly->counts.valgrind, err);
	if (rc)
		job_facts_close(facts);
	return rc;
}

/* Measures @plan as @part of the night. @before: the run to go on with, or NULL. */
static int part_measure(struct nightly *nightly, struct run_plan *plan, enum store_part part,
	const struct store_run *before, struct run_summary *summary, struct err *err)
{
	const struct run_hooks hooks = {.require_trust = false, .counts = &nightly->counts.counts};
	char process[RESUME_PROCESS_MAX];
	struct job_facts facts;
	int rc = run_drivers_check(plan, cli_say, err);

	if (!rc && before)
		rc = run_plan_resume(
			plan, before, resume_process(process), nightly->args->force, err);
	rc = rc ? rc : part_facts(nightly, &facts, err);
	if (rc)
		return rc;
	const double estimate = run_plan_seconds(plan), start = night_elapsed_s(nightly);

	rc = measure_plan(plan, nightly->store, &hooks, facts.fact, summary, err);
	job_facts_close(&facts);
	if (!rc && estimate > 0)
		nightly->stretch = fmax(1, (night_elapsed_s(nightly) - start - SETUP_S) / estimate);
	if (!rc)
		rc = store_night_run(
			nightly->store, nightly->night.night_id, summary->id, part, err);
	nightly->findings += summary->findings;
	nightly->cancelled = nightly->cancelled || summary->cancelled;
	return rc;
}

/* ---- the suite ------------------------------------------------------------------------------------------- */

int night_suite_plan(const struct nightly *nightly, struct run_plan **plan, struct err *err)
{
	return part_plan(nightly, NULL, plan, err);
}

/* Fewer repetitions where the suite would take more than its share; an error where it cannot be done at all. */
int night_suite_fit(struct nightly *nightly, struct run_plan **plan, struct err *err)
{
	const double room = SUITE_SHARE * nightly->night.budget_s;
	char need[16], given[16];

	for (int try = 0; try < 2; try++) {
		int rc = night_suite_plan(nightly, plan, err);

		if (rc)
			return rc;
		const double factor = room / run_plan_seconds(*plan);

		if (factor >= 1)
			return 0;
		for (unsigned i = 0; i < nightly->job->count && try == 0; i++) {
			uint64_t *repetitions = &nightly->job->section[i].repetitions;
			const uint64_t fit = (uint64_t)(factor * (double)*repetitions);

			if (*repetitions > REPETITIONS_MIN)
				*repetitions = fit > REPETITIONS_MIN ? fit : REPETITIONS_MIN;
		}
		if (try == 0)
			run_plan_free(*plan);
	}
	if (run_plan_seconds(*plan) <= nightly->night.budget_s)
		return 0;
	progress_time(run_plan_seconds(*plan), need, sizeof(need));
	progress_time(nightly->night.budget_s, given, sizeof(given));
	run_plan_free(*plan);
	*plan = NULL;
	return err_set(err, ERR_USAGE, -EINVAL,
		"--budget: the suite takes about %s with %d repetitions, %s are given; give it "
		"more, or leave out cases with --filter",
		need, REPETITIONS_MIN, given);
}

int night_suite(struct nightly *nightly, struct run_plan *plan, const struct store_run *before,
	struct err *err)
{
	int rc = night_count(&nightly->counts, nightly->job, nightly->args, plan, err);

	nightly->cases = (uint32_t)run_plan_cells(plan);
	return rc ? rc
	          : part_measure(nightly, plan, STORE_PART_SUITE, before, &nightly->suite, err);
}

void night_suite_recall(
	struct nightly *nightly, const struct run_plan *plan, const struct store_run *run)
{
	struct run_summary *suite = &nightly->suite;
	const char *verdict = resume_fact(run, "audit.verdict");
	const char *why = resume_fact(run, "audit.why");

	*suite = (struct run_summary){.findings = run->finding_count,
		.trusted = verdict && strcmp(verdict, "trusted") == 0};
	snprintf(suite->why, sizeof(suite->why), "%s", why ? why : "");
	snprintf(suite->id, sizeof(suite->id), "%s", run->id);
	nightly->findings += suite->findings;
	nightly->cases = (uint32_t)run_plan_cells(plan);
}

/* ---- what is worth more repetitions ------------------------------------------------------------------------ */

/* Relative spread of the repetitions of a case; 0: not known. */
static double cell_spread(const struct store_run *run, const char *name, uint32_t *repetitions)
{
	for (uint32_t i = 0; i < run->cell_count; i++) {
		const struct store_cell *cell = &run->cell[i];
		double sum = 0, squares = 0, n = cell->sample_count;

		if (strcmp(cell->name, name) != 0 || n < 2)
			continue;
		*repetitions = cell->sample_count;
		for (uint32_t k = 0; k < cell->sample_count; k++)
			sum += cell->sample[k].real_time_ns;
		for (uint32_t k = 0; k < cell->sample_count; k++)
			squares += pow(cell->sample[k].real_time_ns - sum / n, 2);
		return sum > 0 && isfinite(squares) ? sqrt(squares / (n - 1)) / (sum / n) : 0;
	}
	return 0;
}

static void wanted_free(struct wanted *wanted)
{
	free(wanted->name);
	free(wanted->repetitions);
	*wanted = (struct wanted){0};
}

static int wanted_open(struct wanted *wanted, size_t count, struct err *err)
{
	*wanted = (struct wanted){.name = calloc(count + 1, sizeof(char *)),
		.repetitions = calloc(count + 1, sizeof(uint32_t))};
	if (wanted->name && wanted->repetitions)
		return 0;
	wanted_free(wanted);
	err_short(err, -ENOMEM, "no memory for %zu cases", count);
	return -ENOMEM;
}

/* Shares out @seconds among the cases of @plan by what their repetitions in @run were like. */
static int again_choose(const struct nightly *nightly, const struct run_plan *plan,
	const struct store_run *run, double seconds, struct wanted *wanted, struct err *err)
{
	const size_t count = run_plan_cells(plan);
	struct track_cost *cost = calloc(count + 1, sizeof(*cost));
	int rc = wanted_open(wanted, count, err);

	if (!cost) {
		err_short(err, -ENOMEM, "no memory for %zu cases", count);
		return -ENOMEM;
	}
	for (size_t i = 0; i < count && !rc; i++) {
		const char *name = run_plan_cell_name(plan, i);

		cost[i].seconds = nightly->stretch * run_plan_cell_seconds(plan, i);
		cost[i].spread = cell_spread(run, name, &cost[i].has);
		cost[i].more_max = AGAIN_TIMES * cost[i].has;
		wanted->name[wanted->count++] = name;
	}
	if (!rc)
		track_allot(cost, count, seconds, wanted->repetitions);
	for (size_t i = 0; i < count && !rc; i++)
		if (wanted->repetitions[i] < AGAIN_MIN)
			wanted->repetitions[i] = 0;
	free(cost);
	return rc;
}

int night_again(struct nightly *nightly, struct err *err)
{
	const double seconds = AGAIN_SHARE * nightly->night.budget_s - night_elapsed_s(nightly);
	struct run_plan *all = NULL, *plan = NULL;
	struct run_summary summary = {0};
	struct wanted wanted = {0};
	struct store_run *run;

	if (seconds <= 0 || nightly->cancelled || nightly->again_done)
		return 0;
	int rc = store_read(nightly->store, nightly->suite.id, &run, err);

	if (rc)
		return rc;
	rc = part_plan(nightly, NULL, &all, err);
	/* A set-up comes on top of the repetitions: about as long as two of them. */
	rc = rc ? rc : again_choose(nightly, all, run, 0.7 * seconds, &wanted, err);
	rc = rc ? rc : part_plan(nightly, &wanted, &plan, err);
	if (!rc && plan && plan_seconds(nightly, plan) <= seconds)
		rc = part_measure(nightly, plan, STORE_PART_AGAIN, NULL, &summary, err);
	wanted_free(&wanted);
	run_plan_free(plan);
	run_plan_free(all);
	store_run_free(run);
	return rc;
}

/* ---- what is counted is counted once more -------------------------------------------------------------------- */

/* How many of the first @count are measured, not counted. */
static uint32_t suspects_measured(const struct night_suspect *suspect, uint32_t count)
{
	uint32_t measured = 0;

	for (uint32_t i = 0; i < count; i++)
		measured += !night_is_counted(suspect[i].series);
	return measured;
}

/* By another process, which is all that can be other than before. */
static int suspects_recount(const struct nightly *nightly, struct night_suspect *suspect,
	uint32_t count, struct err *err)
{
	struct night_counts counts;
	struct run_plan *plan = NULL;

	if (suspects_measured(suspect, count) == count)
		return 0;
	int rc = part_plan(nightly, NULL, &plan, err);

	if (rc)
		return rc;
	rc = night_count(&counts, nightly->job, nightly->args, plan, err);
	for (uint32_t i = 0; i < count && !rc; i++)
		if (night_is_counted(suspect[i].series))
			suspect[i].again[0] = night_recount(&counts, suspect[i].series);
	if (!rc)
		night_counts_close(&counts);
	run_plan_free(plan);
	return rc;
}

/* ---- the suspects again ------------------------------------------------------------------------------------ */

/* A plan of the first @count suspects, but for what is counted; NULL: of none. */
static int suspects_plan(const struct nightly *nightly, const struct night_suspect *suspect,
	uint32_t count, struct wanted *wanted, struct run_plan **plan, struct err *err)
{
	wanted->count = 0;
	for (uint32_t i = 0; i < count; i++) {
		if (night_is_counted(suspect[i].series))
			continue;
		wanted->name[wanted->count] = suspect[i].series->name;
		wanted->repetitions[wanted->count++] =
			(uint32_t)nightly->job->section[0].repetitions;
	}
	return part_plan(nightly, wanted, plan, err);
}

static int suspects_figures(const struct nightly *nightly, const char *run_id,
	struct night_suspect *suspect, uint32_t count, unsigned which, struct err *err)
{
	struct store_run *run;
	int rc = store_read(nightly->store, run_id, &run, err);

	if (rc)
		return rc;
	for (uint32_t i = 0; i < count; i++)
		if (!night_is_counted(suspect[i].series))
			suspect[i].again[which] = night_figure(run, suspect[i].series);
	store_run_free(run);
	return 0;
}

/* As many of the suspects as there is time for. */
static int suspects_fit(const struct nightly *nightly, const struct night_suspect *suspect,
	uint32_t *count, struct wanted *wanted, struct err *err)
{
	const double left = nightly->night.budget_s - night_elapsed_s(nightly);
	int rc = 0;

	for (; *count && !rc; *count /= 2) {
		struct run_plan *plan = NULL;

		rc = suspects_plan(nightly, suspect, *count, wanted, &plan, err);
		const double need = plan ? NIGHT_RERUNS * plan_seconds(nightly, plan) : 0;

		run_plan_free(plan);
		if (!rc && need <= left)
			return 0;
	}
	return rc;
}

/* The hook of night_judge. */
int night_suspects(void *arg, struct night_suspect *suspect, uint32_t count, struct err *err)
{
	struct nightly *nightly = arg;
	const uint32_t asked = suspects_measured(suspect, count);
	struct wanted wanted;
	int rc = suspects_recount(nightly, suspect, count, err);

	rc = rc ? rc : wanted_open(&wanted, count, err);
	if (rc)
		return rc;
	rc = suspects_fit(nightly, suspect, &count, &wanted, err);
	const uint32_t left = asked - suspects_measured(suspect, count);

	if (!rc && left)
		cli_say("no time is left to measure %u of %u suspects again", left, asked);
	for (unsigned k = 0; k < NIGHT_RERUNS && count && !rc && !nightly->cancelled; k++) {
		struct run_summary summary = {0};
		struct run_plan *plan = NULL;

		rc = suspects_plan(nightly, suspect, count, &wanted, &plan, err);
		if (rc || !plan)
			break;
		rc = part_measure(nightly, plan, STORE_PART_CONFIRM, NULL, &summary, err);
		run_plan_free(plan);
		if (!rc && !summary.cancelled)
			rc = suspects_figures(nightly, summary.id, suspect, count, k, err);
	}
	wanted_free(&wanted);
	return rc;
}
