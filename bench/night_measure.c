// SPDX-License-Identifier: BSD-2-Clause
/*
 * night_measure.c: a night from its beginning, or from where an earlier process was interrupted, to its verdict; what it measures
 * is night_parts.h's. Called by cmd_nightly.c.
 */
#include "bench/night_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/output.h"
#include "bench/progress.h"
#include "bench/resume.h"
#include "harness/opt/opt.h"
#include "version.h"

#define SUITE_DEFAULT "nightly"
#define BUDGET_S      3600.0

static const char *db_path(const struct cli_args *args)
{
	return args->db ? args->db : CLI_DB_DEFAULT;
}

/* ---- the end ----------------------------------------------------------------------------------------------- */

static int night_judge_now(struct nightly *nightly, struct err *err)
{
	const struct night_hooks hooks = {.arg = nightly, .again = night_suspects};
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
		progress_time(night_elapsed_s(nightly), took, sizeof(took)),
		progress_time(nightly->night.budget_s, budget, sizeof(budget)));
	if (!nightly->night.usable)
		printf("times and rates are not judged, they cannot be trusted: %s\n",
			nightly->night.why);
	if (nightly->counts.counts.count)
		printf("%zu case%s counted%s\n", nightly->counts.counts.count,
			opt_plural(nightly->counts.counts.count),
			nightly->counts.valgrind[0] ? "" : ", in virtual time alone");
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

/* From the suite on, @plan, or behind it where that is NULL. */
static int night_run(struct nightly *nightly, struct run_plan *plan, const struct store_run *before,
	struct err *err)
{
	int rc = plan ? night_suite(nightly, plan, before, err) : 0;

	rc = rc ? rc : night_again(nightly, err);
	if (!rc && !nightly->cancelled)
		rc = night_judge_now(nightly, err);
	if (rc || nightly->cancelled) {
		store_night_end(nightly->store, nightly->night.night_id,
			rc && rc != -ECANCELED ? STORE_FAILED : STORE_INTERRUPTED, ERR_INTERNAL,
			NULL);
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

/* ---- nights before this one --------------------------------------------------------------------------------- */

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

/* ---- a night that was interrupted --------------------------------------------------------------------------- */

struct run_search {
	struct store *store;
	const char *night;
	char id[STORE_ID_MAX]; /* found */
	struct err *err;
	int rc;
};

/* The newest unfinished run of the night: it says so in its facts, since a night learns of its runs when they have ended. */
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

/* The suite's run, if the night knows of one; whether more repetitions came behind it. */
static int parts_read(
	const struct nightly *nightly, char suite[STORE_ID_MAX], bool *again, struct err *err)
{
	struct store_night_part *part;
	uint32_t count;
	int rc = store_night_parts(nightly->store, nightly->night.night_id, &part, &count, err);

	suite[0] = '\0';
	*again = false;
	if (rc)
		return rc;
	for (uint32_t i = 0; i < count; i++) {
		if (part[i].part == STORE_PART_SUITE)
			memcpy(suite, part[i].run_id, STORE_ID_MAX);
		*again |= part[i].part == STORE_PART_AGAIN && part[i].state == STORE_DONE;
	}
	free(part);
	return 0;
}

/*
 * A night that knows of no suite was killed in it, and its unfinished run is the suite; else such a run is one that came behind
 * the suite, which is measured anew.
 */
static int suite_find(const struct nightly *nightly, char suite[STORE_ID_MAX], struct err *err)
{
	struct run_search search = {
		.store = nightly->store, .night = nightly->night.id, .err = err};
	int rc = store_list(nightly->store, run_is_of_night, &search, err);

	rc = rc ? rc : search.rc;
	if (rc)
		return rc;
	if (!search.id[0])
		return err_set(err, ERR_USAGE, -ENOENT,
			"night %s: it was interrupted before its first run began, there is nothing "
			"to resume; start a new night",
			nightly->night.id);
	memcpy(suite, search.id, STORE_ID_MAX);
	return 0;
}

/* The suite's record, and in *@done whether there is nothing left of it to measure. */
static int suite_read(const struct nightly *nightly, struct store_run **run, bool *done,
	bool *again, struct err *err)
{
	char id[STORE_ID_MAX];
	int rc = parts_read(nightly, id, again, err);

	*done = false;
	if (!rc && id[0]) {
		rc = store_read(nightly->store, id, run, err);
		if (rc)
			return rc;
		*done = (*run)->state == STORE_DONE;
		if (*done)
			return nightly->args->force ? 0 : resume_version(*run, err);
		store_run_free(*run);
		*run = NULL;
	} else if (!rc)
		rc = suite_find(nightly, id, err);
	return rc ? rc : resume_find(run, db_path(nightly->args), id, nightly->args->force, err);
}

/* Goes on with the night's suite, or behind it. */
static int night_resume(struct nightly *nightly, struct err *err)
{
	struct store_run *before = NULL;
	struct run_plan *plan = NULL;
	char process[RESUME_PROCESS_MAX];
	bool done;
	int rc = suite_read(nightly, &before, &done, &nightly->again_done, err);

	rc = rc ? rc : job_open(&nightly->job, nightly->args, before, err);
	rc = rc ? rc : night_suite_plan(nightly, &plan, err);
	rc = rc ? rc
	        : store_night_take(nightly->store, &nightly->night, resume_process(process), err);
	if (!rc && done)
		night_suite_recall(nightly, plan, before);
	rc = rc ? rc : night_run(nightly, done ? NULL : plan, done ? NULL : before, err);
	run_plan_free(plan);
	store_run_free(before);
	return rc;
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

/* Settled and begun together: of two that start at once the second finds the first. */
static int night_begin(struct nightly *nightly, struct err *err)
{
	struct store_night newest;
	int rc = store_together(nightly->store, err);

	if (rc)
		return rc;
	rc = nights_settle(nightly, &newest, err);
	rc = rc ? rc : store_night_begin(nightly->store, &nightly->night, err);
	return store_together_end(nightly->store, rc, err);
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
	int rc = night_begin(nightly, err);

	return rc ? rc : night_run(nightly, plan, NULL, err);
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
	struct run_plan *plan = NULL;
	int rc = job_open(&nightly->job, nightly->args, NULL, err);

	rc = rc ? rc : night_suite_fit(nightly, &plan, err);
	rc = rc ? rc : night_count_check(nightly->args, plan, err);
	if (!rc && nightly->args->dry_run)
		rc = plan_print(plan);
	else if (!rc) {
		rc = store_open(&nightly->store, db_path(nightly->args), err);
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
	night_counts_close(&nightly.counts);
	if (nightly.job)
		job_close(nightly.job);
	return rc;
}
