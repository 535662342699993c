// SPDX-License-Identifier: BSD-2-Clause
/* completion.c: see completion.h. Words of the tables hold letters, digits, '-', '_' and '.' only, so none needs quotes. */
#include "bench/completion.h"

#include <string.h>

#include "bench/cli.h"
#include "bench/shipped.h"
#include "harness/report/export.h"
#include "harness/run/run.h"
#include "harness/stress/stress.h"

/* Everything but the words: "$words" is chosen by the two functions above it, from the command and what stands before. */
static const char script[] =
	"_dmabench() {\n"
	"\tlocal word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} "
	"command=${COMP_WORDS[1]} words='' list=''\n"
	"\tCOMPREPLY=()\n"
	"\tif [ \"$COMP_CWORD\" -eq 1 ]; then\n"
	"\t\twords=$_dmabench_commands\n"
	"\telif _dmabench_value \"$command\" \"$before\"; then\n"
	"\t\t:\n"
	"\telif [[ $word == -* ]]; then\n"
	"\t\t_dmabench_options \"$command\"\n"
	"\telse\n"
	"\t\t_dmabench_operand \"$command\"\n"
	"\tfi\n"
	"\tcase $words in\n"
	"\tFILE) mapfile -t COMPREPLY < <(compgen -f -- \"$word\"); compopt -o filenames "
	"2>/dev/null ;;\n"
	"\tDIR) mapfile -t COMPREPLY < <(compgen -d -- \"$word\"); compopt -o filenames "
	"2>/dev/null ;;\n"
	"\tLIST) mapfile -t COMPREPLY < <(compgen -P \"${word%\"${word##*,}\"}\" -W \"$list\" -- "
	"\"${word##*,}\"); compopt -o nospace 2>/dev/null ;;\n"
	"\tKEY) mapfile -t COMPREPLY < <(compgen -S = -W \"$list\" -- \"$word\"); compopt -o "
	"nospace "
	"2>/dev/null ;;\n"
	"\tJOB) mapfile -t COMPREPLY < <(compgen -W \"$list\" -- \"$word\"; compgen -f -- "
	"\"$word\") ;;\n"
	"\t*) mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\") ;;\n"
	"\tesac\n"
	"}\n"
	"complete -F _dmabench dmabench\n";

/* Options whose value is one of a list of words, or several of them. */
static const struct word_option {
	const char *name;
	const char *const *words;
	const char *first; /* that may stand for all or for none */
	bool several;
} word_options[] = {
	{"faults", stress_fault_words, "all none", true},
	{"features", stress_feature_words, "all none", true},
	{"strategy", stress_strategy_words, "", true},
	{"mode", (const char *const[]){"deterministic", "live", NULL}, "", false},
};

static const struct word_option *word_option_find(const char *name)
{
	for (size_t i = 0; i < sizeof(word_options) / sizeof(word_options[0]); i++)
		if (strcmp(word_options[i].name, name) == 0)
			return &word_options[i];
	return NULL;
}

static void words_print(const struct word_option *option, FILE *out)
{
	fprintf(out, "%s='%s", option->several ? "words=LIST list" : "words", option->first);
	for (const char *const *word = option->words; *word; word++)
		fprintf(out, " %s", *word);
	fputc('\'', out);
}

static void keys_print(FILE *out)
{
	fputs("words=KEY list='", out);
	for (const struct opt *row = run_options; row->name; row++)
		fprintf(out, "%s%s", row == run_options ? "" : " ", row->name);
	fputc('\'', out);
}

/* What may follow @option; a value that cannot be told stays empty, and nothing is offered. */
static void value_print(
	const struct cli_command *command, const struct cli_option *option, FILE *out)
{
	const struct word_option *words = word_option_find(option->name);

	fprintf(out, "\t%s/--%s) ", command->name, option->name);
	if (option->kind == CLI_SET)
		keys_print(out);
	else if (words)
		words_print(words, out);
	else if (option->kind == CLI_DRIVER || strcmp(option->value, "FILE") == 0)
		fputs("words=FILE", out);
	else if (strcmp(option->value, "DIR") == 0)
		fputs("words=DIR", out);
	else
		fputs("words=''", out);
	fputs(" ;;\n", out);
}

static void values_print(const struct cli_command *const *commands, FILE *out)
{
	fputs("_dmabench_value() {\n\tcase $1/$2 in\n", out);
	for (; *commands; commands++)
		for (const struct cli_option *o = (*commands)->option; o->name; o++)
			if (o->value)
				value_print(*commands, o, out);
	fputs("\t*) return 1 ;;\n\tesac\n}\n", out);
}

static void options_print(const struct cli_command *const *commands, FILE *out)
{
	fputs("_dmabench_options() {\n\tcase $1 in\n", out);
	for (; *commands; commands++) {
		fprintf(out, "\t%s) words='", (*commands)->name);
		for (const struct cli_option *o = (*commands)->option; o->name; o++)
			fprintf(out, "%s--%s", o == (*commands)->option ? "" : " ", o->name);
		fputs("' ;;\n", out);
	}
	fputs("\tesac\n}\n", out);
}

static void jobs_print(FILE *out)
{
	char name[SHIPPED_NAME_MAX];
	const struct embed_file *file;

	fputs("words=JOB list='", out);
	for (size_t i = 0; (file = shipped_at(i)) != NULL; i++)
		fprintf(out, "%s%s", i ? " " : "", shipped_name(file, name));
	fputc('\'', out);
}

static void formats_print(FILE *out)
{
	fputs("words='", out);
	for (unsigned i = 0; export_formats[i].name; i++)
		fprintf(out, "%s%s", i ? " " : "", export_formats[i].name);
	fputc('\'', out);
}

/* A command's own: what an operand of it can be. */
static void operands_print(FILE *out)
{
	fputs("_dmabench_operand() {\n\tcase $1 in\n\trun | count) ", out);
	jobs_print(out);
	fputs(" ;;\n\texport) [ \"$COMP_CWORD\" -eq 2 ] && ", out);
	formats_print(out);
	fputs(" ;;\n\tstore) [ \"$COMP_CWORD\" -eq 2 ] && words='check vacuum merge export' || "
	      "words=FILE ;;\n"
	      "\tlist) words='cases devices strategies jobs runs' ;;\n"
	      "\tdriver | import) words=FILE ;;\n"
	      "\tcompare | report) words='latest latest~1 night' ;;\n\tesac\n}\n",
		out);
}

void completion_print(const struct cli_command *const *commands, FILE *out)
{
	fputs("# generated: dmabench --completion\n_dmabench_commands='", out);
	for (const struct cli_command *const *command = commands; *command; command++)
		fprintf(out, "%s ", (*command)->name);
	fputs("--help --version'\n", out);
	values_print(commands, out);
	options_print(commands, out);
	operands_print(out);
	fputs(script, out);
}
