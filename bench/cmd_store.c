// SPDX-License-Identifier: BSD-2-Clause
/* cmd_store.c: `dmabench store`: looks after the database: is it sound, old runs, two into one, all of it as text. */
#include "bench/cli.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "harness/opt/opt.h"
#include "harness/store/keep.h"

#define DAY_NS   UINT64_C(86400000000000)
#define DAYS_MAX 100000

static const struct cli_option options[] = {
	CLI_OPTION_DB,
	{"older-than", CLI_TEXT, offsetof(struct cli_args, older_than), "DAYS",
		"with vacuum: runs begun more than DAYS days ago go; points of series stay"},
	{"dry-run", CLI_FLAG, offsetof(struct cli_args, dry_run), NULL,
		"with vacuum: say what would go, change nothing"},
	CLI_OPTION_HELP,
	{NULL, CLI_FLAG, 0, NULL, NULL},
};

static const char *database(const struct cli_args *args)
{
	return args->db ? args->db : CLI_DB_DEFAULT;
}

/* ---- check --------------------------------------------------------------------------------------------- */

static void fault_print(void *arg, const char *text)
{
	(void)arg;
	puts(text);
}

static int check(const struct cli_args *args, struct err *err)
{
	struct store_checked checked;
	int rc = store_check(database(args), fault_print, NULL, &checked, err);

	if (rc == -EBADMSG) {
		/* That it is damaged is what was asked for. */
		printf("%s\n", err->message);
		return ERR_WRONG;
	}
	if (rc)
		return rc;
	printf("%s: %" PRIu64 " run%s, %" PRIu64 " case%s, %" PRIu64 " repetition%s, ",
		database(args), checked.runs, opt_plural(checked.runs), checked.cells,
		opt_plural(checked.cells), checked.samples, opt_plural(checked.samples));
	if (checked.faults)
		printf("%" PRIu64 " fault%s\n", checked.faults, opt_plural(checked.faults));
	else
		puts("sound");
	if (checked.unfinished)
		cli_say("%" PRIu64
			" run%s not ended; `dmabench list runs` shows them, `dmabench run "
			"--resume` goes on with one",
			checked.unfinished, checked.unfinished == 1 ? " has" : "s have");
	return checked.faults ? ERR_WRONG : 0;
}

/* ---- vacuum -------------------------------------------------------------------------------------------- */

static int days_read(const char *text, uint64_t *before_wall_ns, struct err *err)
{
	struct timespec now;
	char *end;
	unsigned long days;

	*before_wall_ns = 0;
	if (!text)
		return 0;
	errno = 0;
	days = strtoul(text, &end, 10);
	if (errno || end == text || *end || text[0] == '-' || days < 1 || days > DAYS_MAX)
		return err_set(err, ERR_USAGE, -EINVAL,
			"--older-than: found '%s', expected days from 1 to %d", text, DAYS_MAX);
	clock_gettime(CLOCK_REALTIME, &now);

	uint64_t now_ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;

	*before_wall_ns = now_ns > days * DAY_NS ? now_ns - days * DAY_NS : 0;
	return 0;
}

static int vacuum(const struct cli_args *args, struct err *err)
{
	struct store_vacuumed vacuumed;
	uint64_t before_wall_ns;
	int rc = days_read(args->older_than, &before_wall_ns, err);

	rc = rc ? rc : store_vacuum(database(args), before_wall_ns, args->dry_run, &vacuumed, err);
	if (rc)
		return rc;
	if (args->dry_run)
		printf("%s: %" PRIu64 " run%s would go\n", database(args), vacuumed.runs,
			opt_plural(vacuumed.runs));
	else
		printf("%s: %" PRIu64 " run%s removed; %" PRIu64 " bytes, %" PRIu64 " before\n",
			database(args), vacuumed.runs, opt_plural(vacuumed.runs),
			vacuumed.after_bytes, vacuumed.before_bytes);
	return 0;
}

/* ---- merge, export --------------------------------------------------------------------------------------- */

static int merge(const struct cli_args *args, struct err *err)
{
	struct store_merged merged;
	int rc;

	if (!args->operand3)
		return err_set(err, ERR_USAGE, -EINVAL,
			"merge: expected two databases: the one that gets the runs, then the "
			"one "
			"they come from");
	rc = store_merge(args->operand2, args->operand3, &merged, err);
	if (rc)
		return rc;
	printf("%s: %" PRIu64 " run%s added, %" PRIu64 " of %s were there\n", args->operand2,
		merged.runs, opt_plural(merged.runs), merged.had, args->operand3);
	if (merged.renamed)
		cli_say("%" PRIu64 " of them under another id: theirs is that of another run here",
			merged.renamed);
	return 0;
}

static int export(const struct cli_args *args, struct err *err)
{
	int count;

	if (!args->operand2)
		return err_set(err, ERR_USAGE, -EINVAL,
			"export: a folder is missing; it has to be empty or new");
	count = store_export(database(args), args->operand2, err);
	if (count < 0)
		return count;
	printf("%s: schema.sql and %d tables\n", args->operand2, count);
	return 0;
}

/* ---- the command --------------------------------------------------------------------------------------- */

static const struct action {
	const char *name;
	unsigned operands; /* behind it, at most */
	int (*run)(const struct cli_args *args, struct err *err);
	const char *help;
} actions[] = {
	{"check", 0, check, "is it sound? every page, reference and histogram; exit 1 if not"},
	{"vacuum", 0, vacuum, "no holes and the newest schema; with --older-than without old runs"},
	{"merge", 2, merge, "INTO.db FROM.db: what INTO lacks of FROM; all of it or nothing"},
	{"export", 1, export, "DIR: every table as CSV, and schema.sql"},
};

#define ACTIONS (sizeof(actions) / sizeof(actions[0]))

static int action_find(const char *name, const struct action **action, struct err *err)
{
	const char *names[ACTIONS + 1] = {0}, *near;

	for (size_t i = 0; i < ACTIONS; i++) {
		names[i] = actions[i].name;
		*action = &actions[i];
		if (name && strcmp(name, names[i]) == 0)
			return 0;
	}
	near = name ? opt_nearest(name, names) : NULL;
	if (!name)
		return err_set(err, ERR_USAGE, -EINVAL,
			"expected check, vacuum, merge or export; see --help");
	return err_set(err, ERR_USAGE, -EINVAL,
		"unknown action '%s'%s%s%s; expected check, vacuum, merge or export", name,
		near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
}

static int store_run(const struct cli_args *args, struct err *err)
{
	const struct action *action = NULL;
	int rc = action_find(args->operand, &action, err);

	if (rc)
		return rc;
	if ((args->operand3 && action->operands < 2) || (args->operand2 && action->operands < 1))
		return err_set(err, ERR_USAGE, -EINVAL, "%s: unexpected '%s'; see --help",
			action->name, action->operands ? args->operand3 : args->operand2);
	if ((args->older_than || args->dry_run) && action->run != vacuum)
		return err_set(err, ERR_USAGE, -EINVAL,
			"%s: --older-than and --dry-run are for vacuum", action->name);
	if (args->db && action->run == merge)
		return err_set(err, ERR_USAGE, -EINVAL,
			"merge: names both databases itself; leave --db out");
	return action->run(args, err);
}

static void actions_print(FILE *out)
{
	fputs("\nactions:\n", out);
	for (size_t i = 0; i < ACTIONS; i++)
		fprintf(out, "  %-8s  %s\n", actions[i].name, actions[i].help);
}

const struct cli_command cmd_store = {
	.name = "store",
	.operand = "ACTION [FILE...]",
	.operands = 2,
	.summary = "look after the database: check, vacuum, merge, export",
	.text = "Runs of other hosts stay apart when they are merged: a series is known by its "
		"host.\n",
	.option = options,
	.help_more = actions_print,
	.run = store_run,
};
