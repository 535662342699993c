// SPDX-License-Identifier: BSD-2-Clause
/* cmd_nightly.c: `dmabench nightly`: a night, the entries that are open, and what a person says to one. */
#include "bench/cli.h"

#include <errno.h>
#include <string.h>

#include "bench/night.h"
#include "bench/output.h"

static const struct cli_option options[] = {
	{"budget", CLI_TEXT, offsetof(struct cli_args, budget), "TIME",
		"time for the night (default 1h)"},
	{"commit", CLI_TEXT, offsetof(struct cli_args, commit), "ID",
		"what is measured, where it is not the program: on every night or on none, since "
		"only "
		"the time of the program's commit is known (default: that)"},
	{"device", CLI_SETTING, 0, "NAME[:ARGS]", "what to measure, see dmabench list devices"},
	{"driver", CLI_DRIVER, 0, "OUT.so", "measure a miniport of your own too"},
	{"filter", CLI_TEXT, offsetof(struct cli_args, filter), "REGEX",
		"only cases whose name matches"},
	{"set", CLI_SET, 0, "KEY=VALUE", "set a key of the suite, see dmabench run --help"},
	{"require-counts", CLI_FLAG, offsetof(struct cli_args, require_counts), NULL,
		"fail where instructions cannot be counted, instead of leaving them out"},
	{"dry-run", CLI_FLAG, offsetof(struct cli_args, dry_run), NULL,
		"print the cases and the time they take, measure and write nothing"},
	{"resume", CLI_FLAG, offsetof(struct cli_args, resume), NULL,
		"go on with the newest night that was interrupted"},
	{"force", CLI_FLAG, offsetof(struct cli_args, force), NULL,
		"resume also where program version or host differ"},
	{"site", CLI_FLAG, offsetof(struct cli_args, site), NULL,
		"build the site of all nights behind it, in " CLI_SITE_DEFAULT},
	{"as", CLI_TEXT, offsetof(struct cli_args, as), "STATE",
		"ack: acknowledged (default), confirmed, fixed or noise"},
	{"note", CLI_TEXT, offsetof(struct cli_args, note), "TEXT", "ack: kept with the entry"},
	CLI_OPTION_DB,
	CLI_OPTION_JSON,
	CLI_OPTION_HELP,
	{NULL, CLI_FLAG, 0, NULL, NULL},
};

static const char *db_path(const struct cli_args *args)
{
	return args->db ? args->db : CLI_DB_DEFAULT;
}

static int list_run(const struct cli_args *args, struct err *err)
{
	struct store *store;
	int rc = store_open_readonly(&store, db_path(args), err);

	if (rc)
		return rc;
	if (!cli_json_stdout(args))
		rc = night_print(store, NULL, stdout, err);
	if (!rc && args->json) {
		json_t *root = night_json(store, NULL, NULL, err);

		rc = root ? output_json_value(root, args->json, err) : -ENOMEM;
		json_decref(root);
	}
	store_close(store);
	return rc;
}

static int ack_run(const struct cli_args *args, struct err *err)
{
	struct store *store;

	if (!args->operand2)
		return err_set(err, ERR_USAGE, -EINVAL,
			"ack: the number of an entry is missing; dmabench nightly list shows them");
	int rc = store_open(&store, db_path(args), err);

	if (rc)
		return rc;
	rc = night_ack(store, args->operand2, args->as, args->note, err);
	rc = rc ? rc : night_print(store, NULL, stdout, err);
	store_close(store);
	return rc;
}

static int nightly_run(const struct cli_args *args, struct err *err)
{
	const bool ack = args->operand && strcmp(args->operand, "ack") == 0;
	const bool list = args->operand && strcmp(args->operand, "list") == 0;

	if ((args->as || args->note) && !ack)
		return err_set(err, ERR_USAGE, -EINVAL, "--as and --note go with ack only");
	if (args->operand2 && !ack)
		return err_set(err, ERR_USAGE, -EINVAL, "unexpected '%s' behind '%s'",
			args->operand2, args->operand);
	if (args->resume && args->operand)
		return err_set(err, ERR_USAGE, -EINVAL,
			"--resume takes the suite from the night; leave %s out", args->operand);
	if (args->site && args->dry_run)
		return err_set(err, ERR_USAGE, -EINVAL,
			"--site: a dry run has no night to show; leave one of them out");
	if (args->site && cli_json_stdout(args))
		return err_set(err, ERR_USAGE, -EINVAL,
			"--site prints a path where --json - prints; give --json a file");
	int rc = ack ? ack_run(args, err) : list ? list_run(args, err) : night_measure(args, err);

	/* What the night found decides the exit code, unless the site cannot be built. */
	const int rc_site = rc >= 0 && args->site
	                            ? output_site(db_path(args), CLI_SITE_DEFAULT, err)
	                            : 0;

	return rc_site ? rc_site : rc;
}

const struct cli_command cmd_nightly = {
	.name = "nightly",
	.operand = "[SUITE|list|ack ENTRY]",
	.operands = 1,
	.summary = "a suite, stored, judged against all nights before, reported",
	.text = "SUITE is a job as for run; without it: the shipped job nightly. What looks "
		"changed "
		"is\nmeasured again the same night. list shows the entries that are open, ack says "
		"that a\nperson knows of one. Where valgrind is installed instructions are "
		"counted, "
		"too: see dmabench count.\n"
		"Exit code 1: a regression that nobody has acknowledged is open, or data was "
		"wrong; else 5:\nthe noise audit does not trust this night. dmabench report "
		"--site\nshows all nights.\n",
	.option = options,
	.run = nightly_run,
};
