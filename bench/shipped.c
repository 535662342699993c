// SPDX-License-Identifier: BSD-2-Clause
/* shipped.c: see shipped.h. The table is generated from bench/jobs. */
#include "bench/shipped.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "harness/opt/opt.h"

#define SHIPPED_MAX 64

extern const struct embed_file bench_jobs[]; /* generated */

const struct embed_file *shipped_at(size_t index)
{
	for (size_t i = 0; bench_jobs[i].name; i++) {
		if (i == index)
			return &bench_jobs[i];
	}
	return NULL;
}

char *shipped_name(const struct embed_file *file, char out[SHIPPED_NAME_MAX])
{
	snprintf(out, SHIPPED_NAME_MAX, "%.*s", (int)strcspn(file->name, "."), file->name);
	return out;
}

const struct embed_file *shipped_find(const char *name)
{
	char own[SHIPPED_NAME_MAX];

	for (size_t i = 0; bench_jobs[i].name; i++) {
		if (strcmp(shipped_name(&bench_jobs[i], own), name) == 0)
			return &bench_jobs[i];
	}
	return NULL;
}

/* The comment begins behind the licence's line; its sentences end with a full stop and a blank. */
char *shipped_help(const struct embed_file *file, char out[SHIPPED_HELP_MAX])
{
	const char *at = strchr((const char *)file->bytes, '\n');
	size_t used = 0;
	bool ended = false;

	for (at = at ? at + 1 : ""; *at == ';' && !ended; at++) {
		at += 1 + (at[1] == ' ');
		if (used && used + 1 < SHIPPED_HELP_MAX)
			out[used++] = ' ';
		for (; *at && *at != '\n' && !ended; at++) {
			ended = *at == '.' && (at[1] == ' ' || at[1] == '\n');
			if (!ended && used + 1 < SHIPPED_HELP_MAX)
				out[used++] = *at;
		}
	}
	out[used] = '\0';
	return out;
}

const struct embed_file *shipped_nearest(const char *name)
{
	char own[SHIPPED_MAX][SHIPPED_NAME_MAX];
	const char *words[SHIPPED_MAX + 1] = {NULL};

	for (size_t i = 0; i < SHIPPED_MAX && bench_jobs[i].name; i++)
		words[i] = shipped_name(&bench_jobs[i], own[i]);
	const char *near = opt_nearest(name, words);

	return near ? shipped_find(near) : NULL;
}
