// SPDX-License-Identifier: BSD-2-Clause
/*
 * job.c: a job file, or a key of the command line. What is accepted must be said back by every key, and read again as the same.
 */
#include "bench/tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/opt/opt.h"
#include "harness/run/run.h"

#define SECTIONS_MAX 8
#define VALUE_MAX    4096
#define FILE_ONE_IN  32
#define SET_WORD     "--set "

static struct {
	bool made;
	struct run_settings defaults; /* made once: that takes longer than most inputs */
	struct run_settings global, section[SECTIONS_MAX], again;
	unsigned sections;
} jobs;

/* More sections than there is room for are refused without a word. */
static void *section_begin(void *arg, const char *name, const char *where, struct err *err)
{
	(void)arg, (void)name, (void)where, (void)err;
	if (jobs.sections == SECTIONS_MAX)
		return NULL;
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

/* A copy for each value of each key that has several has one. */
static void sweeps_pick(const struct run_settings *settings)
{
	for (uint32_t i = 0; i < settings->sweeps.count; i++) {
		const char *name = settings->sweeps.sweep[i].row->name;

		for (uint32_t at = 0; at < opt_values(run_options, settings, name); at++) {
			jobs.again = *settings;
			opt_pick(run_options, &jobs.again, i, at);
			fuzz_expect_that(opt_values(run_options, &jobs.again, name) == 1,
				"one value of a key that was picked");
		}
	}
}

/* "--set KEY=VALUE", and the numbers that options beside it take. */
static void set_one(const char *text)
{
	const char *value = strchr(text, '=');
	char key[64];
	struct err err = {0};
	uint64_t number;

	if (!value)
		return;
	snprintf(key, sizeof(key), "%.*s", (int)(value - text), text);
	if (opt_set(run_options, &jobs.global, key, value + 1, "--set", &err) < 0)
		fuzz_expect_that(err.message[0] != '\0', "a message with the refusal");
	else
		settings_echo(&jobs.global);
	opt_parse_time(value + 1, &number);
	opt_parse_count(value + 1, &number);
}

static int read_job(const uint8_t *bytes, size_t len_bytes, struct err *err)
{
	int rc;

	/* Now and then as a file, which takes longer. */
	if (len_bytes % FILE_ONE_IN)
		return opt_ini_text("input", bytes, len_bytes, run_options, &jobs.global,
			section_begin, NULL, err);
	rc = opt_ini(
		fuzz_file(bytes, len_bytes), run_options, &jobs.global, section_begin, NULL, err);
	fuzz_file_close();
	return rc;
}

void fuzz_job(const uint8_t *bytes, size_t len_bytes)
{
	struct err err = {0};

	if (!jobs.made)
		run_settings_init(&jobs.defaults);
	jobs.made = true;
	jobs.sections = 0;
	jobs.global = jobs.defaults;
	if (len_bytes > strlen(SET_WORD) && memcmp(bytes, SET_WORD, strlen(SET_WORD)) == 0) {
		char *text = fuzz_text(bytes, len_bytes);

		set_one(text + strlen(SET_WORD));
		free(text);
		return;
	}
	if (read_job(bytes, len_bytes, &err) < 0) {
		fuzz_expect_that(err.message[0] != '\0', "a message with the refusal");
		return;
	}
	for (unsigned i = 0; i < jobs.sections; i++) {
		settings_echo(&jobs.section[i]);
		sweeps_pick(&jobs.section[i]);
	}
}
