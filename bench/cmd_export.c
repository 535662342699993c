// SPDX-License-Identifier: BSD-2-Clause
/* cmd_export.c: `dmabench export`: a stored run in the format of another tool. Reads the database only. */
#include "bench/cli.h"

#include <errno.h>
#include <string.h>

#include "bench/output.h"
#include "harness/opt/opt.h"
#include "harness/report/export.h"
#include "harness/store/store.h"

static const struct cli_option options[] = {
	{"file", CLI_TEXT, offsetof(struct cli_args, file), "FILE",
		"write FILE instead of stdout: the whole of it at once, by a rename"},
	CLI_OPTION_DB,
	CLI_OPTION_HELP,
	{NULL, CLI_FLAG, 0, NULL, NULL},
};

#define FORMATS_MAX 16

static const struct export_format *format_find(const char *name, struct err *err)
{
	const char *names[FORMATS_MAX] = {0}, *near;

	for (unsigned i = 0; export_formats[i].name; i++) {
		names[i] = export_formats[i].name;
		if (name && strcmp(names[i], name) == 0)
			return &export_formats[i];
	}
	near = name ? opt_nearest(name, names) : NULL;
	if (name)
		err_set(err, ERR_USAGE, -EINVAL, "export: unknown format '%s'%s%s%s; see --help",
			name, near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
	else
		err_set(err, ERR_USAGE, -EINVAL,
			"export: a format is missing, for example csv; see --help");
	return NULL;
}

struct job {
	const struct export_format *format;
	const struct store_run *run;
};

static int job_write(const void *what, FILE *out, struct err *err)
{
	const struct job *job = what;

	return job->format->write(job->run, out, err);
}

static int export_run(const struct cli_args *args, struct err *err)
{
	struct job job = {.format = format_find(args->operand, err)};
	struct store_run *run;
	struct store *store;
	int rc = job.format ? 0 : -EINVAL;

	if (rc == 0 && args->file)
		rc = output_check_file(args->file, "--file", err);
	rc = rc ? rc : store_open_readonly(&store, args->db ? args->db : CLI_DB_DEFAULT, err);
	if (rc)
		return rc;
	rc = store_read(store, args->operand2 ? args->operand2 : "latest", &run, err);
	store_close(store);
	if (rc)
		return rc;
	if (run->state != STORE_DONE)
		cli_say("run %s did not end; what is exported is what was finished", run->id);
	job.run = run;
	rc = output_whole(args->file, "--file", job_write, &job, err);
	store_run_free(run);
	return rc;
}

static void formats_print(FILE *out)
{
	fputs("\nformats:\n", out);
	for (unsigned i = 0; export_formats[i].name; i++)
		fprintf(out, "  %-12s  %s\n", export_formats[i].name, export_formats[i].help);
}

const struct cli_command cmd_export = {
	.name = "export",
	.operand = "FORMAT [RUN]",
	.operands = 1,
	.summary = "a stored run in the format of another tool",
	.text = "RUN is an id, the beginning of one, latest (default), or night: the suite of the "
		"newest "
		"night;\ndmabench list runs shows them.\n",
	.option = options,
	.help_more = formats_print,
	.run = export_run,
};
