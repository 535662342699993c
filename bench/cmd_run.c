// SPDX-License-Identifier: BSD-2-Clause
/*
 * cmd_run.c: `dmabench run`: reads the job, plans it, measures and stores it, and shows what was stored.
 *
 * Everything that can be checked before measuring is checked first; until then nothing is written. What is shown is
 * read back from the store, so that `report` later gives the same.
 */
#include "bench/cli.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "bench/cases/cases.h"
#include "bench/job.h"
#include "bench/measure.h"
#include "bench/output.h"
#include "bench/progress.h"
#include "bench/resume.h"
#include "harness/report/report.h"
#include "harness/run/run.h"

#define FINDINGS_SHOWN 20
#define DB_IN_MEMORY                                                                               \
	":memory:" /* SQLite's word; measuring and showing take one path with and without a file */

static const struct cli_option options[] = {
	{"device", CLI_SETTING, 0, "NAME[:ARGS]", "what to measure, see dmabench list devices"},
	{"strategy", CLI_SETTING, 0, "LIST", "packet, packet-cached, common, hybrid"},
	{"driver", CLI_DRIVER, 0, "OUT.so",
		"measure a miniport of your own beside them, see drivers/docs/own_driver.md; may "
		"be "
		"repeated"},
	{"verify-driver", CLI_FLAG, offsetof(struct cli_args, verify_driver), NULL,
		"check the drivers while they are measured: verifier=on"},
	{"filter", CLI_TEXT, offsetof(struct cli_args, filter), "REGEX",
		"only cases whose name matches"},
	{"set", CLI_SET, 0, "KEY=VALUE", "set one of the keys below; may be repeated"},
	{"seed", CLI_SETTING, 0, "N", "seed of every random choice"},
	{"duration", CLI_SETTING, 0, "TIME", "measured time of one trial"},
	{"repetitions", CLI_SETTING, 0, "N", "trials of each case"},
	{"find-rate", CLI_FIND, 0, "pN<=TIME",
		"find the highest rate of arrivals that meets it, for example p99<=50us; takes "
		"--set arrival=poisson or fixed"},
	{"verify", CLI_SETTING, 0, "off|sample|full", "which transfers are checked"},
	{"quick", CLI_FLAG, offsetof(struct cli_args, quick), NULL,
		"the shipped job quick, over every family"},
	{"require-trust", CLI_FLAG, offsetof(struct cli_args, require_trust), NULL,
		"exit 5 where the noise audit says that the figures cannot be trusted"},
	{"record", CLI_TEXT, offsetof(struct cli_args, record), "FILE",
		"write a trace of what the driver takes and gives back in one more trial; a run of "
		"one case, to be gone through with --set family=churn --set trace=FILE"},
	{"dry-run", CLI_FLAG, offsetof(struct cli_args, dry_run), NULL,
		"print the cases and the time they take on a host without other work, measure and "
		"write nothing"},
	{"resume", CLI_FLAG, offsetof(struct cli_args, resume), NULL,
		"go on with a run that did not end: RUN, or without it the newest such run"},
	{"force", CLI_FLAG, offsetof(struct cli_args, force), NULL,
		"resume also where job, program version or host differ"},
	CLI_OPTION_DB,
	{"no-store", CLI_FLAG, offsetof(struct cli_args, no_store), NULL,
		"keep nothing in the database"},
	CLI_OPTION_JSON,
	{"report", CLI_FLAG, offsetof(struct cli_args, report), NULL,
		"write the page with its plots and print its path last"},
	{"out", CLI_TEXT, offsetof(struct cli_args, out), "DIR",
		"folder of the page (default results/RUN); implies --report"},
	{"no-color", CLI_FLAG, offsetof(struct cli_args, no_color), NULL,
		"no colours in the table"},
	CLI_OPTION_HELP,
	{NULL, CLI_FLAG, 0, NULL, NULL},
};

/* ---- before measuring ------------------------------------------------------------------------------------- */

static const char *db_path(const struct cli_args *args)
{
	if (args->no_store)
		return DB_IN_MEMORY;
	return args->db ? args->db : CLI_DB_DEFAULT;
}

/* True where the database outlives the program. */
static bool keeps(const struct cli_args *args)
{
	return strcmp(db_path(args), DB_IN_MEMORY) != 0;
}

static bool wants_page(const struct cli_args *args)
{
	return args->report || args->out;
}

static int outputs_check(const struct cli_args *args, struct err *err)
{
	int rc = 0;

	if (args->no_store && args->db)
		return err_set(err, ERR_USAGE, -EINVAL, "--no-store and --db exclude each other");
	if (args->json && !cli_json_stdout(args))
		rc = output_check_file(args->json, "--json", err);
	if (!rc && args->record)
		rc = output_check_file(args->record, "--record", err);
	if (!rc && wants_page(args))
		rc = output_check_folder(args->out ? args->out : "results", "--out", err);
	if (!rc && wants_page(args))
		rc = report_check(err);
	return rc;
}

static int plan_show(const struct run_plan *plan)
{
	const size_t cells = run_plan_cells(plan), pending = run_plan_pending(plan);
	char time[16];

	for (size_t i = 0; i < cells; i++) {
		if (run_plan_cell_pending(plan, i))
			puts(run_plan_cell_name(plan, i));
	}
	printf("%zu case%s, about %s\n", pending, opt_plural(pending),
		progress_time(run_plan_seconds(plan), time, sizeof(time)));
	return ERR_NONE;
}

/* ---- after measuring -------------------------------------------------------------------------------------- */

static void findings_say(const struct store_run *run, uint64_t findings)
{
	for (uint32_t i = 0; i < run->finding_count && i < FINDINGS_SHOWN; i++)
		cli_say("wrong: %s: %s", run->finding[i].cell, run->finding[i].text);
	if (findings > FINDINGS_SHOWN)
		cli_say("wrong: %llu findings in all, %d shown", (unsigned long long)findings,
			FINDINGS_SHOWN);
}

/* What @feature costs, where the run measured it. */
static void cost_print(const struct store_run *run, const char *feature)
{
	char prefix[32];
	int length = snprintf(prefix, sizeof(prefix), "%s.cost.", feature);
	bool any = false;

	for (uint32_t i = 0; i < run->fact_count; i++) {
		if (strncmp(run->fact[i].key, prefix, (size_t)length) != 0)
			continue;
		if (!any)
			printf("\n  cost of the %s\n", feature);
		printf("    %s\n", run->fact[i].value);
		any = true;
	}
}

/* Shows the run in every form asked for. The page's path is the last line. */
static int run_show(const struct cli_args *args, const struct store_run *run, struct err *err)
{
	char page[PATH_MAX];
	int rc = 0;

	if (!cli_json_stdout(args)) {
		report_table(run, cli_color(args), stdout);
		cost_print(run, "verifier");
		cost_print(run, "ledger");
	}
	if (args->json)
		rc = output_json(run, args->json, err);
	if (rc || !wants_page(args))
		return rc;
	rc = output_page(run, args->out, page, sizeof(page), err);
	if (rc)
		return rc;
	fflush(stdout);
	if (cli_json_stdout(args))
		cli_say("page: %s", page);
	else
		puts(page);
	return 0;
}

static int run_verdict(const struct cli_args *args, const struct run_summary *summary)
{
	if (summary->cancelled && keeps(args))
		cli_say("interrupted; finished cases are stored; go on with: dmabench run --resume "
			"%s",
			summary->id);
	else if (summary->cancelled)
		cli_say("interrupted; nothing is stored");
	if (!summary->trusted)
		cli_say("these figures cannot be trusted: %s; dmabench doctor says what to do",
			summary->why);
	if (summary->findings)
		return ERR_WRONG;
	if (summary->cancelled)
		return ERR_INTERNAL;
	return args->require_trust && !summary->trusted ? ERR_UNTRUSTED : ERR_NONE;
}

static int run_finish(const struct cli_args *args, struct store *store,
	const struct run_summary *summary, struct err *err)
{
	struct store_run *run;
	int rc = store_read(store, summary->id, &run, err);

	if (rc)
		return rc;
	if (keeps(args))
		cli_say("stored as run %s in %s", summary->id, db_path(args));
	if (summary->recorded)
		cli_say("recorded %u events in %s%s", summary->recorded, args->record,
			summary->recorded_lost ? ", until there was no more room" : "");
	findings_say(run, summary->findings);
	rc = run_show(args, run, err);
	store_run_free(run);
	return rc ? rc : run_verdict(args, summary);
}

/* ---- measuring -------------------------------------------------------------------------------------------- */

static int plan_measure(
	const struct cli_args *args, const struct job *job, struct run_plan *plan, struct err *err)
{
	const struct run_hooks hooks = {
		.require_trust = args->require_trust, .record = args->record};
	struct run_summary summary = {0};
	struct job_facts facts;
	struct store *store;
	int rc = job_facts_open(&facts, job, args, err);

	if (rc)
		return rc;
	rc = store_open(&store, db_path(args), err);
	if (rc)
		goto close_facts;
	rc = measure_plan(plan, store, &hooks, facts.fact, &summary, err);
	if (rc == 0)
		rc = run_finish(args, store, &summary, err);
	else if (summary.id[0] && keeps(args))
		cli_say("run %s did not end; what was finished is in %s", summary.id,
			db_path(args));
	store_close(store);
close_facts:
	job_facts_close(&facts);
	return rc;
}

static int resume_args_check(const struct cli_args *args, struct err *err)
{
	const char *other = args->quick          ? "--quick"
	                    : args->no_store     ? "--no-store"
	                    : args->driver_count ? "--driver"
	                    : args->filter       ? "--filter"
	                    : args->record       ? "--record"
	                                         : NULL;

	if (args->force && !args->resume)
		return err_set(err, ERR_USAGE, -EINVAL, "--force goes with --resume only");
	if (args->resume && other)
		return err_set(err, ERR_USAGE, -EINVAL,
			"--resume takes job, filter and drivers from the run; leave %s out", other);
	return 0;
}

static const char *filter_of(const struct cli_args *args, const struct store_run *before)
{
	const char *filter = before ? resume_fact(before, RESUME_FILTER_FACT) : args->filter;

	return filter && filter[0] ? filter : NULL;
}

/* Plans the job, finds what cannot be, measures. @before: the run to be resumed, or NULL. */
static int job_run(const struct cli_args *args, const struct job *job,
	const struct store_run *before, struct err *err)
{
	char process[RESUME_PROCESS_MAX];
	struct run_plan *plan = NULL;
	int rc = run_plan(
		&plan, job->section, job->count, bench_cases, filter_of(args, before), err);

	if (rc)
		return rc;
	if (args->record)
		rc = run_record_check(plan, err);
	if (rc == 0 && !args->dry_run)
		rc = outputs_check(args, err);
	if (rc == 0 && (before || !args->dry_run))
		rc = run_drivers_check(plan, cli_say, err);
	if (rc == 0 && before)
		rc = run_plan_resume(plan, before, resume_process(process), args->force, err);
	if (rc == 0)
		rc = args->dry_run ? plan_show(plan) : plan_measure(args, job, plan, err);
	run_plan_free(plan);
	return rc;
}

static int run_run(const struct cli_args *args, struct err *err)
{
	struct store_run *before = NULL;
	struct job *job;
	int rc = resume_args_check(args, err);

	if (rc == 0 && args->resume)
		rc = resume_find(&before, db_path(args), args->operand, args->force, err);
	if (rc)
		return rc;
	rc = job_open(&job, args, before, err);
	if (rc == 0) {
		rc = job_run(args, job, before, err);
		job_close(job);
	}
	store_run_free(before);
	return rc;
}

static void run_help(FILE *out)
{
	fputs("\nkeys of job files and of --set:\n", out);
	opt_help(run_options, out);
}

const struct cli_command cmd_run = {
	.name = "run",
	.operand = "[JOB|RUN]",
	.summary = "measure a job, store it, print a table",
	.text = "JOB is a job file (JOB.ini) or the name of a shipped job, see dmabench list jobs; "
		"without\nit: the comparison of all strategies on the soft device.\n"
		"Any key marked as a list takes lists (1,8,32) and ranges (64..1m*4); a run is the "
		"cross product.\n",
	.option = options,
	.help_more = run_help,
	.run = run_run,
};
