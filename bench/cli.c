// SPDX-License-Identifier: BSD-2-Clause
/* cli.c: see cli.h. Knows the commands by their tables only, and nothing of what they do. */
#include "bench/cli.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/gbench/gbench.h"
#include "harness/opt/opt.h"
#include "bench/completion.h"
#include "bench/man.h"
#include "version.h"

#define CLI_OPTIONS_MAX 32
#define HELP_LEFT_MAX   48
#define OPTION_VAL      1 /* what getopt_long returns for every long option; the index tells which */

static const struct cli_command *const commands[] = {&cmd_run, &cmd_driver, &cmd_rules, &cmd_list,
	&cmd_report, &cmd_export, &cmd_import, &cmd_store, &cmd_compare, &cmd_nightly, &cmd_count,
	&cmd_doctor, &cmd_stress, NULL};

void cli_say(const char *format, ...)
{
	va_list args;

	fputs("dmabench: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

bool cli_json_stdout(const struct cli_args *args)
{
	return args->json && strcmp(args->json, "-") == 0;
}

bool cli_color(const struct cli_args *args)
{
	const char *term = getenv("TERM"), *no_color = getenv("NO_COLOR");

	return !args->no_color && !(no_color && *no_color) &&
	       !(term && strcmp(term, "dumb") == 0) && isatty(STDOUT_FILENO);
}

/* ---- help -------------------------------------------------------------------------------------------- */

static void help_overall(FILE *out)
{
	fputs("dmabench: packet-based against common-buffer DMA, measured\n"
	      "\n"
	      "usage: dmabench COMMAND [OPTION]...\n"
	      "\n"
	      "commands:\n",
		out);
	for (size_t i = 0; commands[i]; i++)
		fprintf(out, "  %-9s  %s\n", commands[i]->name, commands[i]->summary);
	fputs("\n"
	      "  --version  version, commit and libraries\n"
	      "  --help     this text; dmabench COMMAND --help for a command\n"
	      "\n"
	      "exit codes:\n"
	      "  0  done, and nothing is wrong\n"
	      "  1  what was measured is wrong: data mismatch, rule broken, lost completion, "
	      "regression\n"
	      "  2  the caller is wrong: usage, unreadable or invalid input; nothing was written\n"
	      "  3  something needed is missing: device, permission, memory, package, room for the "
	      "output\n"
	      "  4  dmabench itself failed or was interrupted\n"
	      "  5  figures were taken but cannot be trusted; the noise audit says why\n",
		out);
}

static int option_print(const struct cli_option *option, char out[HELP_LEFT_MAX])
{
	return snprintf(out, HELP_LEFT_MAX, "--%s%s%s", option->name, option->value ? " " : "",
		option->value ? option->value : "");
}

static void help_command(const struct cli_command *command, FILE *out)
{
	char left[HELP_LEFT_MAX];
	int width = 0;

	fprintf(out, "usage: dmabench %s [OPTION]...%s%s\n\n%s\n%s\noptions:\n", command->name,
		command->operand ? " " : "", command->operand ? command->operand : "",
		command->summary, command->text ? command->text : "");
	for (const struct cli_option *option = command->option; option->name; option++) {
		const int len = option_print(option, left);

		width = len > width ? len : width;
	}
	for (const struct cli_option *option = command->option; option->name; option++) {
		option_print(option, left);
		fprintf(out, "  %-*s  %s\n", width, left, option->help);
	}
	if (command->help_more)
		command->help_more(out);
}

static void version_print(FILE *out)
{
	fprintf(out, "dmabench %s (%s), Google Benchmark %s\n", DMABENCH_VERSION, DMABENCH_COMMIT,
		gbench_version());
}

/* ---- parsing ------------------------------------------------------------------------------------------- */

static int option_unknown(const struct cli_command *command, const char *word, struct err *err)
{
	const char *words[CLI_OPTIONS_MAX + 1];
	char name[64];
	size_t count = 0;

	while (count < CLI_OPTIONS_MAX && command->option[count].name) {
		words[count] = command->option[count].name;
		count++;
	}
	words[count] = NULL;
	snprintf(name, sizeof(name), "%s", word + strspn(word, "-"));
	name[strcspn(name, "=")] = '\0';
	const char *near = opt_nearest(name, words);

	if (near)
		return err_set(err, ERR_USAGE, -EINVAL, "unknown option %s; did you mean --%s?",
			word, near);
	return err_set(err, ERR_USAGE, -EINVAL, "unknown option %s; see dmabench %s --help", word,
		command->name);
}

/* What getopt did not like; optopt tells which of three things it was. */
static int option_refused(const struct cli_command *command, const char *word, struct err *err)
{
	if (optopt == OPTION_VAL)
		return err_set(err, ERR_USAGE, -EINVAL, "%s: takes no value", word);
	if (optopt)
		return err_set(err, ERR_USAGE, -EINVAL,
			"unknown option -%c; see dmabench %s --help", optopt, command->name);
	return option_unknown(command, word, err);
}

static int option_take(
	const struct cli_option *option, const char *value, struct cli_args *args, struct err *err)
{
	char *field = (char *)args + option->offset;
	struct cli_setting *setting = &args->setting[args->setting_count];
	const char *equals;

	switch (option->kind) {
	case CLI_FLAG:
		*(bool *)field = true;
		return 0;
	case CLI_TEXT:
		if (!*value)
			return err_set(err, ERR_USAGE, -EINVAL, "--%s: empty; %s expected",
				option->name, option->value);
		*(const char **)field = value;
		return 0;
	case CLI_DRIVER:
		args->driver[args->driver_count++] = value;
		return 0;
	case CLI_SETTING:
		*setting = (struct cli_setting){
			.key = option->name, .key_len = strlen(option->name), .value = value};
		break;
	case CLI_FIND:
		*setting = (struct cli_setting){
			.key = "rate.find", .key_len = strlen("rate.find"), .value = value};
		break;
	case CLI_SET:
		equals = strchr(value, '=');
		if (!equals || equals == value)
			return err_set(err, ERR_USAGE, -EINVAL,
				"--%s %s: KEY=VALUE expected, for example size=4k", option->name,
				value);
		*setting = (struct cli_setting){
			.key = value, .key_len = (size_t)(equals - value), .value = equals + 1};
		break;
	}
	setting->option = option->name;
	args->setting_count++;
	return 0;
}

/* Builds getopt's table out of ours. */
static void options_build(
	const struct cli_command *command, struct option table[CLI_OPTIONS_MAX + 1])
{
	size_t i;

	for (i = 0; i < CLI_OPTIONS_MAX && command->option[i].name; i++)
		table[i] = (struct option){.name = command->option[i].name,
			.has_arg = command->option[i].value ? required_argument : no_argument,
			.val = OPTION_VAL};
	table[i] = (struct option){0};
}

static int operand_take(const struct cli_command *command, int argc, char **argv,
	struct cli_args *args, struct err *err)
{
	if (optind == argc)
		return 0;
	if (!command->operand)
		return err_set(err, ERR_USAGE, -EINVAL,
			"unexpected '%s'; dmabench %s takes options only", argv[optind],
			command->name);
	args->operand = argv[optind++];
	if (command->operands >= 1 && optind < argc)
		args->operand2 = argv[optind++];
	if (command->operands >= 2 && optind < argc)
		args->operand3 = argv[optind++];
	if (optind < argc)
		return err_set(err, ERR_USAGE, -EINVAL, "unexpected '%s' behind '%s'; %s is taken",
			argv[optind], argv[optind - 1], command->operand);
	return 0;
}

int cli_parse(const struct cli_command *command, int argc, char **argv, struct cli_args *args,
	struct err *err)
{
	struct option table[CLI_OPTIONS_MAX + 1];
	int rc = 0, which = 0, found;

	memset(args, 0, sizeof(*args));
	args->setting = calloc((size_t)argc + 1, sizeof(*args->setting));
	args->driver = calloc((size_t)argc + 1, sizeof(*args->driver));
	if (!args->setting || !args->driver)
		return err_short(err, -ENOMEM, "no memory for %d arguments", argc);
	options_build(command, table);
	optind = 0; /* 0 and not 1: glibc forgets an earlier parse in this process */
	opterr = 0;
	while (!rc && (found = getopt_long(argc, argv, ":h", table, &which)) != -1) {
		const char *word = argv[optind > 0 ? optind - 1 : 0];

		if (found == 'h')
			args->help = true;
		else if (found == ':')
			rc = err_set(err, ERR_USAGE, -EINVAL,
				"%s: a value is missing; see dmabench %s --help", word,
				command->name);
		else if (found == '?')
			rc = option_refused(command, word, err);
		else
			rc = option_take(&command->option[which], optarg, args, err);
	}
	return rc ? rc : operand_take(command, argc, argv, args, err);
}

void cli_args_free(struct cli_args *args)
{
	free(args->setting);
	free(args->driver);
	memset(args, 0, sizeof(*args));
}

/* ---- the program ----------------------------------------------------------------------------------------- */

static int fail(const char *place, const struct err *err)
{
	const bool known = err->kind != ERR_NONE;

	cli_say("%s%s%s", place, *place ? ": " : "",
		known ? err->message : "failed without saying why");
	return known ? (int)err->kind : ERR_INTERNAL;
}

/* Output that did not reach its reader is a failure, not a success. */
static int stdout_check(int code)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	cli_say("stdout: cannot be written (%s); free some space, or read it to its end",
		strerror(errno));
	return code ? code : ERR_MISSING;
}

static const struct cli_command *command_find(const char *name, struct err *err)
{
	const char *words[sizeof(commands) / sizeof(commands[0])] = {NULL};
	const char *near;

	for (size_t i = 0; commands[i]; i++) {
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
		words[i] = commands[i]->name;
	}
	near = opt_nearest(name, words);
	if (near)
		err_set(err, ERR_USAGE, -EINVAL, "unknown command '%s'; did you mean %s?", name,
			near);
	else
		err_set(err, ERR_USAGE, -EINVAL, "unknown command '%s'; see dmabench --help", name);
	return NULL;
}

static int command_run(const struct cli_command *command, int argc, char **argv)
{
	struct err err = ERR_INIT;
	struct cli_args args;
	int code;

	code = cli_parse(command, argc, argv, &args, &err);
	if (code == 0 && args.help)
		help_command(command, stdout);
	else if (code == 0)
		code = command->run(&args, &err);
	cli_args_free(&args);
	return code < 0 ? fail(command->name, &err) : code;
}

static void write_failed(int number)
{
	(void)number;
}

/*
 * A limit of file sizes and a reader who has gone are failed writes, told as such, and not the end: what else was to be
 * written is written. A handler and not SIG_IGN for the pipe, so that programs started from here meet it as usual.
 */
static void write_signals(void)
{
	struct sigaction action = {.sa_handler = write_failed, .sa_flags = SA_RESTART};

	sigemptyset(&action.sa_mask);
	sigaction(SIGPIPE, &action, NULL);
	signal(SIGXFSZ, SIG_IGN);
}

int cli_main(int argc, char **argv)
{
	struct err err = ERR_INIT;
	const struct cli_command *command;

	write_signals();
	if (argc < 2) {
		help_overall(stderr);
		return ERR_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		help_overall(stdout);
		return stdout_check(ERR_NONE);
	}
	if (strcmp(argv[1], "--man") == 0) {
		man_print(commands, stdout);
		return stdout_check(ERR_NONE);
	}
	if (strcmp(argv[1], "--completion") == 0) {
		completion_print(commands, stdout);
		return stdout_check(ERR_NONE);
	}
	if (strcmp(argv[1], "--version") == 0) {
		version_print(stdout);
		return stdout_check(ERR_NONE);
	}
	command = command_find(argv[1], &err);
	if (!command)
		return fail("", &err);
	return stdout_check(command_run(command, argc - 1, argv + 1));
}
