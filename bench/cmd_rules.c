// SPDX-License-Identifier: BSD-2-Clause
/* cmd_rules.c: `dmabench rules`: every rule the verifier knows, or those asked for. */
#include "bench/cli.h"

#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "bench/output.h"
#include "drivers/videoport/videoport.h"

static const struct cli_option options[] = {
	CLI_OPTION_JSON,
	CLI_OPTION_HELP,
	{NULL, CLI_FLAG, 0, NULL, NULL},
};

static const char *severity_word(const struct videoport_rule *rule)
{
	static const char *const words[] = {[VIDEOPORT_NOTE] = "note",
		[VIDEOPORT_WARNING] = "warning",
		[VIDEOPORT_ERROR] = "error"};

	return words[rule->severity];
}

/* "213", "V-213", or NULL where @word is no number. */
static bool number_of(const char *word, unsigned *number)
{
	int used = 0;

	if (strncasecmp(word, "V-", 2) == 0)
		word += 2;
	return sscanf(word, "%u%n", number, &used) == 1 && !word[used] &&
	       isdigit((unsigned char)*word);
}

static bool wanted(const struct videoport_rule *rule, const char *word)
{
	unsigned number;

	if (!word)
		return true;
	if (number_of(word, &number))
		return rule->number == number;
	return strcasestr(rule->name, word) || strcasestr(rule->sentence, word) ||
	       strcasestr(rule->analogue, word) || strcasestr(rule->remedy, word) ||
	       strcasecmp(severity_word(rule), word) == 0;
}

static void rule_print(const struct videoport_rule *rule)
{
	printf("V-%u  %-7s  %s\n    %s\n    do:   %s\n    like: %s\n", rule->number,
		severity_word(rule), rule->name, rule->sentence, rule->remedy, rule->analogue);
}

static json_t *rule_json(const struct videoport_rule *rule)
{
	return json_pack("{s:I, s:s, s:s, s:s, s:s, s:s}", "number", (json_int_t)rule->number,
		"name", rule->name, "severity", severity_word(rule), "sentence", rule->sentence,
		"remedy", rule->remedy, "analogue", rule->analogue);
}

static int rules_run(const struct cli_args *args, struct err *err)
{
	const struct videoport_rule *rule;
	json_t *list = json_array();
	unsigned count = 0;
	int rc = 0;

	if (args->json && !cli_json_stdout(args))
		rc = output_check_file(args->json, "--json", err);
	for (unsigned i = 0; rc == 0 && (rule = videoport_rule_at(i)); i++) {
		if (!wanted(rule, args->operand))
			continue;
		count++;
		json_array_append_new(list, rule_json(rule));
		if (!cli_json_stdout(args))
			rule_print(rule);
	}
	if (rc == 0 && count == 0)
		rc = err_set(err, ERR_USAGE, -ENOENT, "no rule matches '%s'; see dmabench rules",
			args->operand);
	if (rc == 0 && args->json)
		rc = output_json_value(list, args->json, err);
	json_decref(list);
	return rc;
}

const struct cli_command cmd_rules = {
	.name = "rules",
	.operand = "[NUMBER|WORD]",
	.summary = "the rules the verifier knows, each with what to do",
	.text = "NUMBER: 213 or V-213. WORD: whatever a rule's name or text contains.\n",
	.option = options,
	.run = rules_run,
};
