// SPDX-License-Identifier: BSD-2-Clause
/* job.c: a job file. What is accepted must be said back by every key, and read again as the same. */
#include "bench/tests/fuzz/fuzz.h"

#include <string.h>

#include "harness/opt/opt.h"
#include "harness/run/run.h"

#define SECTIONS_MAX 8
#define VALUE_MAX    4096

static struct {
	bool made;
	struct run_settings defaults; /* made once: that takes longer than most inputs */
	struct run_settings global, section[SECTIONS_MAX], again;
	unsigned sections;
} jobs;

static void *section_begin(void *arg, const char *name, const char *where, struct err *err)
{
	(void)arg, (void)name, (void)where;
	if (jobs.sections == SECTIONS_MAX) {
		err_set(err, ERR_USAGE, -1, "too many sections");
		return NULL;
	}
	jobs.section[jobs.sections] = jobs.global;
	return &jobs.section[jobs.sections++];
}

static void settings_echo(const struct run_settings *settings)
{
	static char value[VALUE_MAX], again[VALUE_MAX];
	struct err err = {0};

	jobs.again = jobs.defaults;
	for (const struct opt *row = run_options; row->name; row++) {
		int len = opt_format(row, settings, value, sizeof(value));

		fuzz_expect_that(len >= 0, "a value that can be said");
		if (len == 0 || (size_t)len >= sizeof(value))
			continue;
		if (opt_set(run_options, &jobs.again, row->name, value, "input", &err) < 0) {
			fuzz_expect_that(0, err.message);
			return;
		}
		opt_format(row, &jobs.again, again, sizeof(again));
		fuzz_expect_that(strcmp(value, again) == 0, "the same value after reading it back");
	}
}

void fuzz_job(const uint8_t *bytes, size_t len_bytes)
{
	struct err err = {0};

	if (!jobs.made)
		run_settings_init(&jobs.defaults);
	jobs.made = true;
	jobs.sections = 0;
	jobs.global = jobs.defaults;
	if (opt_ini_text("input", bytes, len_bytes, run_options, &jobs.global, section_begin, NULL,
		    &err) < 0)
		fuzz_expect_that(err.message[0] != '\0', "a message with the refusal");
	else
		for (unsigned i = 0; i < jobs.sections; i++)
			settings_echo(&jobs.section[i]);
}
