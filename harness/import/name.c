// SPDX-License-Identifier: BSD-2-Clause
/*
 * name.c: what the name of a case tells: dmabench's own names are parameters ("transfer/strategy:packet/size:4096/..."), and
 * Google Benchmark gives named arguments in the same way. The whole name stays the cell's.
 */
#include "harness/import/import_priv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The schema's fields that are no counters, and what dmabench works out of others. */
static const char *const fields[] = {"name", "family_index", "per_family_instance_index",
	"run_name", "run_type", "repetitions", "repetition_index", "threads", "aggregate_name",
	"aggregate_unit", "error_occurred", "error_message", "skipped", "skip_message",
	"iterations", "real_time", "cpu_time", "time_unit", "label", "limiter",
	"limit_items_per_second", "handoff_items_per_second", "wakeup_items_per_second",
	"pin_items_per_second", "pin_ns", "handoff_ratio", "wakeup_ratio", "pin_ratio"};

bool import_is_field(const char *key)
{
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (strcmp(fields[i], key) == 0)
			return true;
	for (int c = 0; c < STORE_COUNTER_COUNT; c++)
		if (strcmp(store_counter_name((enum store_counter)c), key) == 0)
			return true;
	return false;
}

/* A number that is all of @text. */
static bool number_take(const char *text, uint64_t most, uint64_t *number)
{
	char *end;

	errno = 0;
	*number = strtoull(text, &end, 10);
	return *text >= '0' && *text <= '9' && !*end && errno == 0 && *number <= most;
}

static bool word_take(const char *text, char word[STORE_WORD_MAX])
{
	const size_t len = strlen(text);

	if (len == 0 || len >= STORE_WORD_MAX)
		return false;
	memcpy(word, text, len + 1);
	return true;
}

/* Return: false where it is no parameter of the record's, or no value of one. */
static bool key_take(struct store_params *params, const char *key, const char *value)
{
	const struct {
		const char *key;
		char *word;
	} words[] = {
		{"device", params->device},
		{"strategy", params->strategy},
		{"dir", params->dir},
		{"completion", params->completion},
		{"source", params->source},
		{"verify", params->verify},
	};
	const struct {
		const char *key;
		uint32_t *number;
	} counts[] = {{"depth", &params->depth}, {"batch", &params->batch}};
	uint64_t number;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i].key, key) == 0)
			return !words[i].word[0] && word_take(value, words[i].word);
	if (strcmp(key, "size") == 0)
		return params->size_bytes == 0 &&
		       number_take(value, INT64_MAX, &params->size_bytes);
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		if (strcmp(counts[i].key, key) != 0)
			continue;
		if (*counts[i].number != 0 || !number_take(value, UINT32_MAX, &number))
			return false;
		*counts[i].number = (uint32_t)number;
		return true;
	}
	return false;
}

/* As many further keys as there is room for: the name has them all. */
static void extra_add(struct store_params *params, const char *word)
{
	const size_t used = strlen(params->extra), len = strlen(word);
	char *to = params->extra + used;

	if (used + len + 2 > sizeof(params->extra))
		return;
	if (used)
		*to++ = '/';
	memcpy(to, word, len + 1);
}

void import_params(const char *name, struct store_params *params)
{
	char copy[STORE_NAME_MAX], word[STORE_NAME_MAX], *save = NULL, *part, *value;

	memset(params, 0, sizeof(*params));
	snprintf(copy, sizeof(copy), "%s", name);
	part = strtok_r(copy, "/", &save);
	snprintf(params->family, sizeof(params->family), "%s", part ? part : "");
	while (part && (part = strtok_r(NULL, "/", &save))) {
		snprintf(word, sizeof(word), "%s", part);
		value = strchr(part, ':');
		if (value)
			*value++ = '\0';
		if (value && key_take(params, part, value))
			continue;
		/* Further keys are shown as fields of their own: none may stand for another's. */
		if (!value || !import_is_field(part) || strcmp(part, "threads") == 0)
			extra_add(params, word);
	}
}
