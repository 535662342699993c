// SPDX-License-Identifier: BSD-2-Clause
/* cmd_count.c: `dmabench count`: instructions and virtual time of an operation, without noise, nothing stored. */
#include "bench/cli.h"

#include <errno.h>
#include <math.h>

#include "bench/callgrind.h"
#include "bench/cases/cases.h"
#include "bench/output.h"

static const struct cli_option options[] = {
	{"driver", CLI_DRIVER, 0, "OUT.so", "a miniport of your own that the job names"},
	{"filter", CLI_TEXT, offsetof(struct cli_args, filter), "REGEX",
		"only cases whose name matches"},
	{"set", CLI_SET, 0, "KEY=VALUE", "set a key of the job, see dmabench run --help"},
	{"inside", CLI_TEXT, offsetof(struct cli_args, inside), "DIR",
		"for the program itself: the part that runs under callgrind"},
	CLI_OPTION_JSON,
	CLI_OPTION_HELP,
	{NULL, CLI_FLAG, 0, NULL, NULL},
};

static void counts_print(const struct run_counts *counts)
{
	printf("%12s  %12s\n", "instructions", "virtual");
	for (size_t i = 0; i < counts->count; i++)
		printf("%12.2f  %9.1f ns  %s\n", counts->item[i].instructions_per_op,
			counts->item[i].virtual_ns_per_op, counts->item[i].name);
}

static int counts_json(const struct run_counts *counts, const char *path, struct err *err)
{
	json_t *rows = json_array();
	int rc = rows ? 0 : -ENOMEM;

	for (size_t i = 0; i < counts->count && !rc; i++)
		rc = json_array_append_new(rows,
			     json_pack("{s:s, s:f, s:f}", "name", counts->item[i].name,
				     "instructions_per_op", counts->item[i].instructions_per_op,
				     "virtual_ns_per_op", counts->item[i].virtual_ns_per_op))
		             ? -ENOMEM
		             : 0;
	rc = rc ? err_short(err, rc, "no memory for the counts")
	        : output_json_value(rows, path, err);
	json_decref(rows);
	return rc;
}

static int job_count(const struct cli_args *args, const struct job *job, struct err *err)
{
	struct run_counts counts = {0};
	struct run_plan *plan;
	int rc = run_plan(&plan, job->section, job->count, bench_cases, args->filter, err);

	if (rc)
		return rc;
	const size_t countable = run_countable(plan);

	run_plan_free(plan);
	if (!countable)
		return err_set(err, ERR_USAGE, -EINVAL,
			"no case of this job can be counted; expected one of ring, sg, lock or "
			"churn on "
			"device soft, with cache=hot, pin=none, ledger=off and no faults");
	rc = callgrind_count(job, args, &counts, err);
	if (!rc && !cli_json_stdout(args))
		counts_print(&counts);
	if (!rc && args->json)
		rc = counts_json(&counts, args->json, err);
	run_counts_free(&counts);
	return rc;
}

static int count_run(const struct cli_args *args, struct err *err)
{
	struct job *job;

	if (args->inside)
		return callgrind_inside(args, args->inside, err);
	int rc = args->json && !cli_json_stdout(args) ? output_check_file(args->json, "--json", err)
	                                              : 0;

	rc = rc ? rc : job_open(&job, args, NULL, err);
	if (rc)
		return rc;
	rc = job_count(args, job, err);
	job_close(job);
	return rc;
}

const struct cli_command cmd_count = {
	.name = "count",
	.operand = "[JOB]",
	.summary = "instructions of an operation, under callgrind: figures without noise",
	.text = "JOB is a job as for run; of its cases those of ring, sg, lock and churn are "
		"counted, on the\nreference device in virtual time and one thread. Counted is what "
		"the driver and the port do,\nnot the device: the same program gives the same "
		"figures. Virtual time is made of fixed costs\nof registers, locks and device "
		"steps. Needs valgrind; nothing is stored.\n",
	.option = options,
	.run = count_run,
};
