// SPDX-License-Identifier: BSD-2-Clause
/*
 * night_measure.c: the runs of a night within its budget: the suite, then what is worth more repetitions, then the suspects
 * again; in between the figures and the judgement of the other files of night.h. Called by cmd_nightly.c.
 *
 * Of the budget the suite gets SUITE_SHARE, with fewer repetitions if need be; up to AGAIN_SHARE go to further repetitions; the
 * rest is kept for suspects.
 */
#include "bench/night.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/cases/cases.h"
#include "bench/job.h"
#include "bench/measure.h"
#include "bench/output.h"
#include "bench/progress.h"
#include "bench/resume.h"
#include "harness/opt/opt.h"
#include "harness/stats/stats.h"
#include "harness/track/track.h"
#include "version.h"

#define SUITE_DEFAULT   "nightly"
#define BUDGET_S        3600.0
#define SUITE_SHARE     0.6
#define AGAIN_SHARE     0.75
#define REPETITIONS_MIN 7 /* fewer bound no median, see stats_median_interval */
#define AGAIN_MIN       3 /* fewer are not worth setting a case up */
#define AGAIN_TIMES     4 /* the repetitions of the suite, at most */
#define SETUP_S                                                                                    \
	3.0 /* of a run, whatever it measures: the host is judged, clock and observer are calibrated */
#define NIGHT_FACT "night.id"

struct nightly {
	const struct cli_args *args; /* operand: the suite */
	struct job *job;
	struct store *store;
	struct store_night night;
	struct timespec began;
	double stretch; /* real time behind the set-up over the plan's estimate */
	struct run_summary suite;
	uint64_t findings;
	bool cancelled;
	uint32_t cases;
	struct night_points points;
	struct night_tally tally;
};

static double elapsed_s(const struct nightly *nightly)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - nightly->began.tv_sec) +
	       1e-9 * (double)(now.tv_nsec - nightly->began.tv_nsec);
}

static const char *db_path(const struct cli_args *args)
{
	return args->db ? args->db : CLI_DB_DEFAULT;
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
	if (rc)
		job_facts_close(facts);
	return rc;
}

/* Measures @plan as @part of the night. @before: the run to go on with, or NULL. */
static int part_measure(struct nightly *nightly, struct run_plan *plan, enum store_part part,
	const struct store_run *before, struct run_summary *summary, struct err *err)
{
	const struct run_hooks hooks = {.require_trust = false};
	char process[RESUME_PROCESS_MAX];
	struct job_facts facts;
	int rc = run_drivers_check(plan, cli_say, err);

	if (!rc && before)
		rc = run_plan_resume(
			plan, before, resume_process(process), nightly->args->force, err);
	rc = rc ? rc : part_facts(nightly, &facts, err);
	if (rc)
		return rc;
	const double estimate = run_plan_seconds(plan), start = elapsed_s(nightly);

	rc = measure_plan(plan, nightly->store, &hooks, facts.fact, summary, err);
	job_facts_close(&facts);
	if (!rc && estimate > 0)
		nightly->stretch = fmax(1, (elapsed_s(nightly) - start - SETUP_S) / estimate);
	if (!rc)
		rc = store_night_run(
			nightly->store, nightly->night.night_id, summary->id, part, err);
	nightly->findings += summary->findings;
	nightly->cancelled = nightly->cancelled || summary->cancelled;
	return rc;
}

/* ---- the suite ------------------------------------------------------------------------------------------- */

/* Fewer repetitions where the suite would take more than its share; an error where it cannot be done at all. */
static int suite_fit(struct nightly *nightly, struct run_plan **plan, struct err *err)
{
	const double room = SUITE_SHARE * nightly->night.budget_s;
	char need[16], given[16];

	for (int try = 0; try < 2; try++) {
		int rc = part_plan(nightly, NULL, plan, err);

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

static int suite_measure(struct nightly *nightly, struct run_plan *plan,
	const struct store_run *before, struct err *err)
{
	nightly->cases = (uint32_t)run_plan_cells(plan);
	return part_measure(nightly, plan, STORE_PART_SUITE, before, &nightly->suite, err);
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

static int again_measure(struct nightly *nightly, struct err *err)
{
	const double seconds = AGAIN_SHARE * nightly->night.budget_s - elapsed_s(nightly);
	struct run_plan *all = NULL, *plan = NULL;
	struct run_summary summary = {0};
	struct wanted wanted = {0};
	struct store_run *run;

	if (seconds <= 0 || nightly->cancelled)
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

/* ---- the suspects again ------------------------------------------------------------------------------------ */

/* A plan of the first @count suspects. */
static int suspects_plan(const struct nightly *nightly, const struct night_suspect *suspect,
	uint32_t count, struct wanted *wanted, struct run_plan **plan, struct err *err)
{
	wanted->count = 0;
	for (uint32_t i = 0; i < count; i++) {
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
		suspect[i].again[which] = night_figure(run, suspect[i].series);
	store_run_free(run);
	return 0;
}

/* As many of the suspects as there is time for. */
static int suspects_fit(const struct nightly *nightly, const struct night_suspect *suspect,
	uint32_t *count, struct wanted *wanted, struct err *err)
{
	const double left = nightly->night.budget_s - elapsed_s(nightly);
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
static int suspects_again(void *arg, struct night_suspect *suspect, uint32_t count, struct err *err)
{
	struct nightly *nightly = arg;
	const uint32_t asked = count;
	struct wanted wanted;
	int rc = wanted_open(&wanted, count, err);

	if (rc)
		return rc;
	rc = suspects_fit(nightly, suspect, &count, &wanted, err);
	if (!rc && count < asked)
		cli_say("no time is left to measure %u of %u suspects again", asked - count, asked);
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

/* ---- the end ----------------------------------------------------------------------------------------------- */

static int night_judge_now(struct nightly *nightly, struct err *err)
{
	const struct night_hooks hooks = {.arg = nightly, .again = suspects_again};
	struct store_night *night = &nightly->night;

	night->usable = nightly->suite.trusted;
	snprintf(night->why, sizeof(night->why), "%s", night->usable ? "" : nightly->suite.why);
	int rc = store_night_usable(
		nightly->store, night->night_id, night->usable, night->why, err);

	rc = rc ? rc : night_figures(nightly->store, night, &nightly->points, err);
	return rc ? rc : night_judge(nightly->store, night, &hooks, &nightly->tally, err);
}

/* What is known to be wrong is wrong, whatever tonight was. */
static int night_code(const struct nightly *nightly, struct err *err)
{
	int open = night_open_regressions(nightly->store, err);

	if (open < 0)
		return open;
	if (nightly->findings || open)
		return ERR_WRONG;
	return nightly->night.usable ? ERR_NONE : ERR_UNTRUSTED;
}

static void head_print(const struct nightly *nightly)
{
	const struct night_tally *tally = &nightly->tally;
	char took[16], budget[16];

	printf("night %s: suite %s at commit %s, %u case%s, %u series, %s of %s\n",
		nightly->night.id, nightly->night.suite, nightly->night.commit_id, nightly->cases,
		opt_plural(nightly->cases), nightly->points.points,
		progress_time(elapsed_s(nightly), took, sizeof(took)),
		progress_time(nightly->night.budget_s, budget, sizeof(budget)));
	if (!nightly->night.usable)
		printf("times and rates are not judged, they cannot be trusted: %s\n",
			nightly->night.why);
	printf("%u judged, %u not usable; %u suspect%s, %u measured again, %u of them "
	       "nothing; %u new, %u held back, %u fixed\n",
		tally->series, nightly->points.unusable, tally->suspects,
		opt_plural(tally->suspects), tally->again, tally->refuted, tally->found,
		tally->held, tally->fixed);
}

static int night_show(const struct nightly *nightly, struct err *err)
{
	int rc = 0;

	if (nightly->findings)
		cli_say("wrong: %llu finding%s; see dmabench report %s",
			(unsigned long long)nightly->findings, opt_plural(nightly->findings),
			nightly->suite.id);
	if (!cli_json_stdout(nightly->args)) {
		head_print(nightly);
		rc = night_print(nightly->store, &nightly->night, stdout, err);
	}
	if (rc || !nightly->args->json)
		return rc;
	json_t *root = night_json(nightly->store, &nightly->night, &nightly->tally, err);

	if (!root)
		return -ENOMEM;
	rc = output_json_value(root, nightly->args->json, err);
	json_decref(root);
	return rc;
}

/* From the suite on, or behind it where @suite_done. */
static int night_run(struct nightly *nightly, struct run_plan *plan, const struct store_run *before,
	struct err *err)
{
	int rc = suite_measure(nightly, plan, before, err);

	rc = rc ? rc : again_measure(nightly, err);
	if (!rc && !nightly->cancelled)
		rc = night_judge_now(nightly, err);
	if (rc || nightly->cancelled) {
		store_night_end(nightly->store, nightly->night.night_id,
			rc ? STORE_FAILED : STORE_INTERRUPTED, ERR_INTERNAL, NULL);
		if (rc)
			return rc;
		cli_say("interrupted; go on with: dmabench nightly --resume");
		return ERR_INTERNAL;
	}
	int code = night_code(nightly, err);

	rc = code < 0 ? code
	              : store_night_end(
				nightly->store, nightly->night.night_id, STORE_DONE, code, err);
	nightly->night.state = STORE_DONE;
	rc = rc ? rc : night_show(nightly, err);
	return rc ? rc : code;
}

/* ---- the beginning ----------------------------------------------------------------------------------------- */

/* "bench/jobs/nightly.ini" -> "nightly" */
static void suite_name(const char *source, char out[STORE_WORD_MAX])
{
	const char *slash = strrchr(source, '/');
	const char *name = slash ? slash + 1 : source;
	size_t len = strlen(name);

	if (len > 4 && strcmp(name + len - 4, ".ini") == 0)
		len -= 4;
	snprintf(out, STORE_WORD_MAX, "%.*s", (int)len, name);
}

/* Nights that nobody measures any more are marked; one that somebody does is in the way. @newest: the last unfinished one. */
static int nights_settle(struct nightly *nightly, struct store_night *newest, struct err *err)
{
	struct store_night *night;
	uint32_t count;
	int rc = store_nights(nightly->store, &night, &count, err);

	newest->night_id = 0;
	for (uint32_t i = 0; i < count && !rc; i++) {
		const long pid = night[i].state == STORE_RUNNING ? resume_alive(night[i].process)
		                                                 : 0;

		if (pid)
			rc = err_set(err, ERR_USAGE, -EBUSY,
				"night %s is being measured by process %ld; wait for it, or "
				"interrupt it (kill -INT %ld)",
				night[i].id, pid, pid);
		else if (night[i].state == STORE_RUNNING)
			rc = store_night_end(nightly->store, night[i].night_id, STORE_INTERRUPTED,
				ERR_INTERNAL, err);
		if (night[i].state != STORE_DONE && night[i].night_id > newest->night_id)
			*newest = night[i];
	}
	free(night);
	return rc;
}

static int night_new(struct nightly *nightly, struct run_plan *plan, struct err *err)
{
	struct store_night *night = &nightly->night;

	snprintf(night->commit_id, sizeof(night->commit_id), "%s",
		nightly->args->commit ? nightly->args->commit : DMABENCH_COMMIT);
	if (!nightly->args->commit)
		night->commit_wall_ns = (uint64_t)DMABENCH_COMMIT_WALL_S * 1000000000u;
	suite_name(nightly->job->source, night->suite);
	resume_process(night->process);
	int rc = store_night_begin(nightly->store, night, err);

	return rc ? rc : night_run(nightly, plan, NULL, err);
}

struct run_search {
	struct store *store;
	const char *night;
	char id[STORE_ID_MAX]; /* found */
	struct err *err;
	int rc;
};

/* The newest unfinished run of the night: it says so in its facts, since the night does not know of it yet. */
static bool run_is_of_night(void *arg, const struct store_run *run)
{
	struct run_search *search = arg;
	struct store_run *whole;

	if (run->state == STORE_DONE)
		return true;
	search->rc = store_read(search->store, run->id, &whole, search->err);
	if (search->rc)
		return false;
	const char *night = resume_fact(whole, NIGHT_FACT);

	if (night && strcmp(night, search->night) == 0)
		snprintf(search->id, sizeof(search->id), "%s", run->id);
	store_run_free(whole);
	return !search->id[0];
}

/* Goes on with the night's suite; one that had not begun is begun, one that is done is judged as it is. */
static int night_resume(struct nightly *nightly, struct err *err)
{
	struct run_search search = {.night = nightly->night.id, .err = err};
	struct store_run *before = NULL;
	struct run_plan *plan = NULL;
	char process[RESUME_PROCESS_MAX];
	struct store *reader;
	int rc = store_open_readonly(&reader, db_path(nightly->args), err);

	if (rc)
		return rc;
	search.store = reader;
	rc = store_list(reader, run_is_of_night, &search, err);
	store_close(reader);
	rc = rc ? rc : search.rc;
	if (!rc && !search.id[0])
		return err_set(err, ERR_USAGE, -ENOENT,
			"night %s: none of its runs is unfinished, there is nothing to resume; "
			"start a new night",
			nightly->night.id);
	rc = rc ? rc
	        : resume_find(
			  &before, db_path(nightly->args), search.id, nightly->args->force, err);
	rc = rc ? rc : job_open(&nightly->job, nightly->args, before, err);
	rc = rc ? rc : part_plan(nightly, NULL, &plan, err);
	rc = rc ? rc
	        : store_night_take(nightly->store, &nightly->night, resume_process(process), err);
	rc = rc ? rc : night_run(nightly, plan, before, err);
	run_plan_free(plan);
	store_run_free(before);
	return rc;
}

static int budget_parse(const struct cli_args *args, double *seconds, struct err *err)
{
	uint64_t ns;

	*seconds = BUDGET_S;
	if (!args->budget)
		return 0;
	if (opt_parse_time(args->budget, &ns) || ns == 0)
		return err_set(err, ERR_USAGE, -EINVAL,
			"--budget %s: expected a time such as 30m or 2h", args->budget);
	*seconds = (double)ns * 1e-9;
	return 0;
}

static int plan_print(const struct run_plan *plan)
{
	char time[16];

	for (size_t i = 0; i < run_plan_cells(plan); i++)
		puts(run_plan_cell_name(plan, i));
	printf("%zu case%s, about %s\n", run_plan_cells(plan), opt_plural(run_plan_cells(plan)),
		progress_time(run_plan_seconds(plan), time, sizeof(time)));
	return ERR_NONE;
}

/* Everything that can be refused before something is written comes first. */
static int night_start(struct nightly *nightly, struct err *err)
{
	struct store_night newest;
	struct run_plan *plan = NULL;
	int rc = job_open(&nightly->job, nightly->args, NULL, err);

	rc = rc ? rc : suite_fit(nightly, &plan, err);
	if (!rc && nightly->args->dry_run)
		rc = plan_print(plan);
	else if (!rc) {
		rc = store_open(&nightly->store, db_path(nightly->args), err);
		rc = rc ? rc : nights_settle(nightly, &newest, err);
		rc = rc ? rc : night_new(nightly, plan, err);
	}
	run_plan_free(plan);
	return rc;
}

static int night_go_on(struct nightly *nightly, struct err *err)
{
	struct store_night newest;
	int rc = store_open(&nightly->store, db_path(nightly->args), err);

	rc = rc ? rc : nights_settle(nightly, &newest, err);
	if (rc)
		return rc;
	if (!newest.night_id)
		return err_set(err, ERR_USAGE, -ENOENT,
			"%s: every night in it is done, there is nothing to resume",
			db_path(nightly->args));
	const double budget_s = nightly->night.budget_s;

	nightly->night = newest;
	if (nightly->args->budget)
		nightly->night.budget_s = budget_s;
	return night_resume(nightly, err);
}

int night_measure(const struct cli_args *args, struct err *err)
{
	struct cli_args own = *args;
	struct nightly nightly = {.args = &own, .stretch = 1};
	int rc = budget_parse(args, &nightly.night.budget_s, err);

	if (!own.operand && !own.resume)
		own.operand = SUITE_DEFAULT;
	if (!rc && args->json && !cli_json_stdout(args))
		rc = output_check_file(args->json, "--json", err);
	if (rc)
		return rc;
	clock_gettime(CLOCK_MONOTONIC, &nightly.began);
	rc = own.resume ? night_go_on(&nightly, err) : night_start(&nightly, err);
	store_close(nightly.store);
	if (nightly.job)
		job_close(nightly.job);
	return rc;
}
