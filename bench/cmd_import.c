// SPDX-License-Identifier: BSD-2-Clause
/* cmd_import.c: `dmabench import`: Google Benchmark's JSON into the record, for compare and report. */
#include "bench/cli.h"

#include <errno.h>

#include "harness/import/import.h"
#include "harness/opt/opt.h"
#include "harness/store/store.h"

static const struct cli_option options[] = {
	CLI_OPTION_DB,
	{"dry-run", CLI_FLAG, offsetof(struct cli_args, dry_run), NULL,
		"read the file, say what is in it, write nothing"},
	CLI_OPTION_HELP,
	{NULL, CLI_FLAG, 0, NULL, NULL},
};

/* What is in the record, and what has no place there. */
static void tally_say(const struct store_run *run, const struct import_tally *tally)
{
	cli_say("%u case%s, %u repetition%s, %u failed", run->cell_count,
		opt_plural(run->cell_count), tally->repetitions, opt_plural(tally->repetitions),
		tally->failed);
	if (tally->medians)
		cli_say("%u case%s came as aggregates only: the median (else the mean) is the one "
			"repetition, so there are no intervals; write files without "
			"--benchmark_report_aggregates_only",
			tally->medians, opt_plural(tally->medians));
	if (tally->counters)
		cli_say("left out: %u counter%s that the record has no column for (%s)",
			tally->counters, opt_plural(tally->counters), tally->counter_names);
	if (tally->context)
		cli_say("left out: %u entr%s of the context", tally->context,
			tally->context == 1 ? "y" : "ies");
	if (tally->complexity)
		cli_say("left out: %u row%s of a complexity fit", tally->complexity,
			opt_plural(tally->complexity));
}

static int run_store(const struct cli_args *args, const struct store_run *run, struct err *err)
{
	char id[STORE_ID_MAX];
	struct store *store;
	int rc = store_open(&store, args->db ? args->db : CLI_DB_DEFAULT, err);

	if (rc)
		return rc;
	rc = import_store(store, run, id, err);
	store_close(store);
	if (rc == 0)
		puts(id);
	return rc;
}

static int import_run(const struct cli_args *args, struct err *err)
{
	struct import_tally tally;
	struct store_run *run;
	int rc;

	if (!args->operand)
		return err_set(err, ERR_USAGE, -EINVAL,
			"import: a file of Google Benchmark's JSON is missing");
	rc = import_read(args->operand, &run, &tally, err);
	if (rc)
		return rc;
	if (!args->dry_run)
		rc = run_store(args, run, err);
	if (rc == 0)
		tally_say(run, &tally);
	store_run_free(run);
	return rc;
}

const struct cli_command cmd_import = {
	.name = "import",
	.operand = "FILE",
	.summary = "take Google Benchmark's JSON into the record, and print the run's id",
	.text = "FILE is what `dmabench run --json`, or any program with Google Benchmark, has "
		"written:\n"
		"  PROGRAM --benchmark_out=FILE --benchmark_out_format=json "
		"--benchmark_repetitions=10\n"
		"Each benchmark is a case, each repetition one of it. items_per_second is that of "
		"the\n"
		"iterations where the file has none, so that two imported runs can be compared.\n",
	.option = options,
	.run = import_run,
};
