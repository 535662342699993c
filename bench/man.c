// SPDX-License-Identifier: BSD-2-Clause
/* man.c: see man.h. Roff's man macros only, so that man and mandoc both take it. */
#include "bench/man.h"

#include <ctype.h>

#include "bench/cli.h"
#include "bench/shipped.h"
#include "harness/run/run.h"
#include "version.h"

/* Text as roff prints it unchanged: no command at a line's start, hyphens that can be copied. */
static void text_print(const char *text, FILE *out)
{
	bool start = true;

	for (; *text; text++) {
		if (start && (*text == '.' || *text == '\''))
			fputs("\\&", out);
		if (*text == '-')
			fputs("\\-", out);
		else if (*text == '\\')
			fputs("\\e", out);
		else if (*text != '\n' || !start) /* an empty line is none of man's macros */
			fputc(*text, out);
		start = *text == '\n';
	}
}

static void heading_print(const char *text, FILE *out)
{
	fputs(".SH ", out);
	for (; *text; text++)
		fputc(toupper((unsigned char)*text), out);
	fputc('\n', out);
}

static void command_print(const struct cli_command *command, FILE *out)
{
	fprintf(out, ".SS %s\n", command->name);
	text_print(command->summary, out);
	fputs(".\n", out);
	if (command->text) {
		fputs(".br\n", out);
		text_print(command->text, out);
	}
	for (const struct cli_option *option = command->option; option->name; option++) {
		fputs(".TP\n.B ", out);
		fputs("\\-\\-", out);
		text_print(option->name, out);
		fputc(' ', out);
		text_print(option->value ? option->value : "", out);
		fputc('\n', out);
		text_print(option->help, out);
		fputc('\n', out);
	}
}

static void synopsis_print(const struct cli_command *const *commands, FILE *out)
{
	heading_print("synopsis", out);
	for (; *commands; commands++) {
		fprintf(out, ".B dmabench %s\n[OPTION]...\n", (*commands)->name);
		text_print((*commands)->operand ? (*commands)->operand : "", out);
		fprintf(out, "%s%s", (*commands)->operand ? "\n" : "", commands[1] ? ".br\n" : "");
	}
}

static void jobs_print(FILE *out)
{
	char name[SHIPPED_NAME_MAX], help[SHIPPED_HELP_MAX];
	const struct embed_file *file;

	heading_print("shipped jobs", out);
	for (size_t i = 0; (file = shipped_at(i)) != NULL; i++) {
		fputs(".TP\n.B ", out);
		text_print(shipped_name(file, name), out);
		fputc('\n', out);
		text_print(shipped_help(file, help), out);
		fputc('\n', out);
	}
}

void man_print(const struct cli_command *const *commands, FILE *out)
{
	fprintf(out, ".\\\" generated: make man\n.TH DMABENCH 1 \"\" \"dmabench %s\"\n",
		DMABENCH_VERSION);
	heading_print("name", out);
	fputs("dmabench \\- packet\\-based against common\\-buffer DMA, measured\n", out);
	synopsis_print(commands, out);
	heading_print("commands", out);
	for (; *commands; commands++)
		command_print(*commands, out);
	heading_print("job files", out);
	fputs("INI: [global] gives defaults, every other section is a workload that inherits them. "
	      "A key with a list or a range is swept: the run is the cross product.\n",
		out);
	for (const struct opt *row = run_options; row->name; row++) {
		char line[1536];

		fputs(".TP\n.B ", out);
		opt_form(row, line, sizeof(line));
		text_print(line, out);
		fputc('\n', out);
		opt_detail(row, line, sizeof(line));
		text_print(line, out);
		fputc('\n', out);
	}
	jobs_print(out);
	heading_print("exit status", out);
	fputs("0 done, nothing is wrong; 1 what was measured is wrong; 2 the caller is wrong, "
	      "nothing "
	      "was written; 3 something needed is missing; 4 dmabench failed or was interrupted; 5 "
	      "figures that cannot be trusted.\n",
		out);
}
