// SPDX-License-Identifier: BSD-2-Clause
/* cmd_report.c: `dmabench report`: a stored run as page, JSON or table, or all nights as a site. Reads the database only. */
#include "bench/cli.h"

#include <errno.h>
#include <limits.h>

#include "bench/output.h"
#include "harness/report/report.h"
#include "harness/store/store.h"

static const struct cli_option options[] = {
	CLI_OPTION_DB,
	{"out", CLI_TEXT, offsetof(struct cli_args, out), "DIR",
		"folder of the page (default results/RUN, with --site " CLI_SITE_DEFAULT ")"},
	{"site", CLI_FLAG, offsetof(struct cli_args, site), NULL,
		"all nights instead of a run: a page for each series and run, a front page"},
	CLI_OPTION_JSON,
	{"table", CLI_FLAG, offsetof(struct cli_args, table), NULL, "print the table as well"},
	{"no-color", CLI_FLAG, offsetof(struct cli_args, no_color), NULL,
		"no colours in the table"},
	CLI_OPTION_HELP,
	{NULL, CLI_FLAG, 0, NULL, NULL},
};

static int outputs_check(const struct cli_args *args, struct err *err)
{
	int rc = output_check_folder(args->out ? args->out : "results", "--out", err);

	if (!rc && args->json && !cli_json_stdout(args))
		rc = output_check_file(args->json, "--json", err);
	return rc;
}

static int run_write(const struct cli_args *args, const struct store_run *run, struct err *err)
{
	char page[PATH_MAX];
	int rc = 0;

	if (run->state != STORE_DONE)
		cli_say("run %s did not end; what is shown is what was finished", run->id);
	if (args->table && !cli_json_stdout(args))
		report_table(run, cli_color(args), stdout);
	if (args->json)
		rc = output_json(run, args->json, err);
	if (!rc)
		rc = output_page(run, args->out, page, sizeof(page), err);
	if (rc)
		return rc;
	if (cli_json_stdout(args))
		cli_say("page: %s", page);
	else
		puts(page);
	return ERR_NONE;
}

static int site_run(const struct cli_args *args, struct err *err)
{
	if (args->operand || args->json || args->table)
		return err_set(err, ERR_USAGE, -EINVAL, "--site is of all nights; leave %s out",
			args->operand ? args->operand
			: args->json  ? "--json"
				      : "--table");
	return output_site(args->db ? args->db : CLI_DB_DEFAULT,
		args->out ? args->out : CLI_SITE_DEFAULT, err);
}

static int report_run(const struct cli_args *args, struct err *err)
{
	struct store_run *run;
	struct store *store;

	if (args->site)
		return site_run(args, err);
	int rc = store_open_readonly(&store, args->db ? args->db : CLI_DB_DEFAULT, err);

	if (rc)
		return rc;
	rc = store_read(store, args->operand ? args->operand : "latest", &run, err);
	store_close(store);
	if (rc)
		return rc;
	rc = outputs_check(args, err);
	if (!rc)
		rc = run_write(args, run, err);
	store_run_free(run);
	return rc;
}

const struct cli_command cmd_report = {
	.name = "report",
	.operand = "[RUN]",
	.summary = "write the page of a stored run, with its plots, and print its path",
	.text = "RUN is an id, the beginning of one, latest (default), or night: the suite of the "
		"newest "
		"night;\ndmabench list runs shows them.\n"
		"--site writes what `dmabench nightly` found as pages that open from disk and from "
		"any static\nhost; pages of series and runs that are gone are taken away.\n",
	.option = options,
	.run = report_run,
};
