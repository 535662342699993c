/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cli.h: the command line: which commands there are, how their options are read, what the exit codes are.
 *
 * Every command is one `const struct cli_command` in its own file (cmd_NAME.c); its option table drives parsing,
 * --help and the suggestion for a misspelt option. Options that are settings of a run only name the key of
 * run_options (harness/run); they are collected in the order given and parsed there.
 *
 *	main -> cli_main -> cli_parse -> command->run -> exit code
 *
 * Results go to stdout, everything else to stderr. Only this folder prints. Threads: none.
 *
 * Exit codes are those of enum err_kind: 0 done and nothing is wrong, 1 what was measured is wrong, 2 usage,
 * 3 something needed is missing, 4 dmabench failed or was interrupted, 5 figures cannot be trusted.
 */
#ifndef BENCH_CLI_H
#define BENCH_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "drivers/support/err.h"

#define CLI_DB_DEFAULT   "results/dmabench.db"
#define CLI_SITE_DEFAULT "results/site"

/* A value for a key of run_options: --size 4k or --set size=4k. Pointers go into argv. */
struct cli_setting {
	const char *option; /* "--size", "--set": the place for messages */
	const char *key;
	size_t key_len;
	const char *value;
};

/* What a command line said. Zeroed before parsing, so an option that a command lacks reads as not given. */
struct cli_args {
	bool help, quick, dry_run, report, table, no_color, no_store, strict, verify_driver,
		require_trust, topology;
	bool resume, force, shrink, trace, ab, require_counts, site;
	const char *db, *out, *file, *json, *filter, *strategies, *metric, *effect, *older_than,
		*build, *job, *rounds, *seed; /* NULL: not given */
	const char *mode, *seeds, *operations, *episodes, *duration, *jobs, *features, *faults,
		*replay;
	const char *record, *inside;
	const char *budget, *commit, *as, *note; /* nightly */
	const char *root, *device, *pci, *script, *expect, *timeout, *debug;
	struct cli_setting *setting;
	unsigned setting_count;
	const char **driver; /* modules, in the order given */
	unsigned driver_count;
	const char *operand, *operand2, *operand3; /* NULL: not given */
};

enum cli_kind {
	CLI_FLAG,    /* sets the bool at offset */
	CLI_TEXT,    /* sets the const char * at offset */
	CLI_SETTING, /* value for the key of the option's own name */
	CLI_SET,     /* key=value */
	CLI_FIND,    /* value for the key rate.find */
	CLI_DRIVER,  /* one more module */
};

struct cli_option {
	const char *name; /* without dashes */
	enum cli_kind kind;
	size_t offset;     /* in struct cli_args, for CLI_FLAG and CLI_TEXT */
	const char *value; /* name of the value in help; NULL for a flag */
	const char *help;  /* one line, lower case, no full stop */
};

/* Rows that several commands share; a table ends with a row whose name is NULL. */
#define CLI_OPTION_HELP                                                                            \
	{                                                                                          \
		"help", CLI_FLAG, offsetof(struct cli_args, help), NULL, "this text"               \
	}
#define CLI_OPTION_DB                                                                              \
	{                                                                                          \
		"db", CLI_TEXT, offsetof(struct cli_args, db), "FILE",                             \
			"database of runs (default " CLI_DB_DEFAULT ")"                            \
	}
#define CLI_OPTION_JSON                                                                            \
	{                                                                                          \
		"json", CLI_TEXT, offsetof(struct cli_args, json), "FILE",                         \
			"write the figures as JSON; - for stdout, which then carries nothing else" \
	}

struct cli_command {
	const char *name;
	const char *operand; /* "[JOB]" as help shows it, NULL: takes none */
	unsigned operands;   /* how many it takes beyond the first, at most 2 */
	const char *summary; /* one line, lower case, no full stop */
	const char *text;    /* further lines for --help; may be NULL */
	const struct cli_option *option;
	void (*help_more)(FILE *out); /* prints behind the options; may be NULL */
	/* run - does it. Return: exit code, or -errno with @err, whose kind becomes the exit code. */
	int (*run)(const struct cli_args *args, struct err *err);
};

extern const struct cli_command cmd_compare, cmd_count, cmd_doctor, cmd_driver, cmd_export,
	cmd_import, cmd_list, cmd_nightly, cmd_report, cmd_rules, cmd_run, cmd_store, cmd_stress;

/* cli_main - the whole program. Return: exit code. */
int cli_main(int argc, char **argv);

/*
 * cli_parse - reads argv[1..] by @command's table into @args; a word that is no option is the operand.
 * Return: 0, -EINVAL (ERR_USAGE), -ENOMEM; cli_args_free in every case.
 */
int cli_parse(const struct cli_command *command, int argc, char **argv, struct cli_args *args,
	struct err *err);
void cli_args_free(struct cli_args *args);

/* cli_say - a note or an error to stderr, with "dmabench: " in front and a newline behind. */
void cli_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* True where stdout may carry colours: a terminal, not forbidden by --no-color, NO_COLOR or TERM=dumb. */
bool cli_color(const struct cli_args *args);

/* True where the figures go to stdout as JSON. */
bool cli_json_stdout(const struct cli_args *args);

#endif
