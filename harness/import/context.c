// SPDX-License-Identifier: BSD-2-Clause
/* context.c: the file's context as facts of the run: host, library, what the caller added. */
#include "harness/import/import_priv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY_MAX  (sizeof(((struct store_fact *)0)->key) - 1)
#define TEXT_MAX 512

#define OWN_PREFIX "dmabench."

/* The library's words for what dmabench has facts of. */
static const struct {
	const char *key, *fact;
} renamed[] = {
	{"date", "import.date"},
	{"executable", "import.executable"},
	{"host_name", "host.name"},
	{"num_cpus", "host.threads"},
	{"library_version", "version.gbench"},
	{"library_build_type", "version.gbench_build"},
};

static struct store_fact *fact_find(const struct store_run *run, const char *key)
{
	for (uint32_t i = 0; i < run->fact_count; i++)
		if (strcmp(run->fact[i].key, key) == 0)
			return &run->fact[i];
	return NULL;
}

/* A key that comes again has its last value, as in the record. */
static int fact_put(struct reader *reader, const char *key, const char *value)
{
	struct store_run *run = reader->run;
	struct store_fact *fact;
	char *copy;

	/* Whose an unfinished run is: nobody's any more. */
	if (strcmp(key, STORE_PROCESS_FACT) == 0)
		return 0;
	fact = fact_find(run, key);
	if (strlen(key) > KEY_MAX || (!fact && run->fact_count == IMPORT_FACTS_MAX)) {
		reader->tally->context++;
		return 0;
	}
	copy = strdup(value);
	if (!copy)
		return import_no_memory(reader);
	if (!fact) {
		fact = &run->fact[run->fact_count++];
		snprintf(fact->key, sizeof(fact->key), "%s", key);
	}
	free(fact->value);
	fact->value = copy;
	return 0;
}

/* "0.12 0.30 0.28" */
static void load_text(const json_t *loads, char text[TEXT_MAX])
{
	size_t index, used = 0;
	json_t *load;

	json_array_foreach(loads, index, load)
	{
		if (used < TEXT_MAX / 2 && json_is_number(load))
			used += (size_t)snprintf(text + used, TEXT_MAX - used, "%s%.2f",
				used ? " " : "", json_number_value(load));
	}
}

/* "L1d 2 x 32 KiB, L2 1 x 1024 KiB" */
static void caches_text(const json_t *caches, json_int_t threads, char text[TEXT_MAX])
{
	size_t index, used = 0;
	json_t *cache;

	json_array_foreach(caches, index, cache)
	{
		const char *type = json_string_value(json_object_get(cache, "type"));
		const json_int_t sharing = json_integer_value(
			json_object_get(cache, "num_sharing"));

		if (used > TEXT_MAX / 2 || !type)
			continue;
		used += (size_t)snprintf(text + used, TEXT_MAX - used, "%sL%lld%s %lld x %lld KiB",
			used ? ", " : "",
			(long long)json_integer_value(json_object_get(cache, "level")),
			*type == 'D'   ? "d"
			: *type == 'I' ? "i"
				       : "",
			(long long)(sharing > 0 && threads > sharing ? threads / sharing : 1),
			(long long)json_integer_value(json_object_get(cache, "size")) / 1024);
	}
}

/* Numbers and words as text. Return: false for anything else. */
static bool value_text(const json_t *value, char text[TEXT_MAX])
{
	if (json_is_boolean(value))
		snprintf(text, TEXT_MAX, "%s", json_is_true(value) ? "yes" : "no");
	else if (json_is_integer(value))
		snprintf(text, TEXT_MAX, "%lld", (long long)json_integer_value(value));
	else if (json_is_real(value))
		snprintf(text, TEXT_MAX, "%.17g", json_real_value(value));
	else
		return false;
	return true;
}

static const char *key_of(const char *key, char text[TEXT_MAX])
{
	for (size_t i = 0; i < sizeof(renamed) / sizeof(renamed[0]); i++)
		if (strcmp(renamed[i].key, key) == 0)
			return renamed[i].fact;
	if (strncmp(key, OWN_PREFIX, strlen(OWN_PREFIX)) == 0)
		snprintf(text, TEXT_MAX, "import.%s", key + strlen(OWN_PREFIX));
	else if (strchr(key, '.'))
		return key;
	else
		snprintf(text, TEXT_MAX, "context.%s", key);
	return text;
}

static int entry_take(
	struct reader *reader, const json_t *context, const char *key, const json_t *value)
{
	char fact[TEXT_MAX], text[TEXT_MAX] = "";

	if (strcmp(key, "json_schema_version") == 0)
		return 0;
	if (strcmp(key, "mhz_per_cpu") == 0 && json_is_number(value)) {
		snprintf(text, sizeof(text), "%.0f", json_number_value(value) * 1e6);
		return fact_put(reader, "clock.rate_hz", text);
	}
	if (strcmp(key, "cpu_scaling_enabled") == 0 && value_text(value, text))
		return fact_put(reader, "host.cpu_scaling", text);
	if (strcmp(key, "load_avg") == 0 && json_is_array(value)) {
		load_text(value, text);
		return *text ? fact_put(reader, "noise.load_average", text) : 0;
	}
	if (strcmp(key, "caches") == 0 && json_is_array(value)) {
		caches_text(value, json_integer_value(json_object_get(context, "num_cpus")), text);
		return *text ? fact_put(reader, "host.caches", text) : 0;
	}
	if (json_is_string(value))
		return fact_put(reader, key_of(key, fact), json_string_value(value));
	if (value_text(value, text))
		return fact_put(reader, key_of(key, fact), text);
	reader->tally->context++;
	return 0;
}

/* The library's keys first, so that what dmabench wrote itself under names with a dot goes before them. */
int import_context(struct reader *reader, const json_t *context)
{
	const char *key, *simulated;
	json_t *value;
	int rc = 0;

	reader->run->fact = calloc(IMPORT_FACTS_MAX, sizeof(*reader->run->fact));
	if (!reader->run->fact)
		return import_no_memory(reader);
	for (int dotted = 0; dotted < 2; dotted++) {
		json_object_foreach((json_t *)context, key, value)
		{
			if (rc == 0 && (strchr(key, '.') != NULL) == dotted)
				rc = entry_take(reader, context, key, value);
		}
	}
	simulated = json_string_value(json_object_get(context, OWN_PREFIX "simulated"));
	reader->run->simulated = simulated && strcmp(simulated, "yes") == 0;
	return rc;
}
