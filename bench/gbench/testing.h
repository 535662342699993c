/* SPDX-License-Identifier: BSD-2-Clause */
/* testing.h: what the tests of this folder share: rows kept for inspection, and a body that counts. */
#ifndef GBENCH_TESTING_H
#define GBENCH_TESTING_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "bench/gbench/gbench.h"

#define ROWS_MAX 16

struct kept_row {
	char name[128], label[64], aggregate[16], error_message[128];
	struct gbench_row row;
	char counter_name[GBENCH_COUNTERS_MAX][32];
};

struct kept {
	unsigned rows, contexts;
	struct gbench_context context;
	struct kept_row row[ROWS_MAX];
};

static inline void keep_context(void *arg, const struct gbench_context *context)
{
	struct kept *kept = arg;

	kept->contexts++;
	kept->context = *context;
}

static inline void keep_row(void *arg, const struct gbench_row *row)
{
	struct kept *kept = arg;

	assert_true(kept->rows < ROWS_MAX);
	struct kept_row *out = &kept->row[kept->rows++];

	out->row = *row;
	snprintf(out->name, sizeof(out->name), "%s", row->name);
	snprintf(out->label, sizeof(out->label), "%s", row->label);
	snprintf(
		out->aggregate, sizeof(out->aggregate), "%s", row->aggregate ? row->aggregate : "");
	snprintf(out->error_message, sizeof(out->error_message), "%s", row->error_message);
	for (unsigned i = 0; i < row->counter_count; i++)
		snprintf(out->counter_name[i], sizeof(out->counter_name[i]), "%s",
			row->counter[i].name);
}

static inline double kept_counter(const struct kept_row *row, const char *name)
{
	for (unsigned i = 0; i < row->row.counter_count; i++) {
		if (strcmp(row->counter_name[i], name) == 0)
			return row->row.counter[i].value;
	}
	return (double)NAN;
}

static inline int run_filtered(struct kept *kept, const char *filter)
{
	const struct gbench_reporter reporter = {
		.arg = kept, .context = keep_context, .row = keep_row};
	struct err err = ERR_INIT;
	int rc;

	memset(kept, 0, sizeof(*kept));
	rc = gbench_run(filter, &reporter, &err);
	if (rc < 0)
		fail_msg("gbench_run: %s", err.message);
	return rc;
}

static inline void add(const char *name, const struct gbench_spec *spec)
{
	struct err err = ERR_INIT;

	if (gbench_register(name, spec, &err))
		fail_msg("gbench_register: %s", err.message);
}

/* What bodies leave behind for the tests. */
struct seen {
	unsigned setups, bodies, teardowns;
	uint64_t batch, done, calls, max;
	double seconds;
	int64_t arg[GBENCH_ARGS_MAX + 1];
};

static inline void batch_body(struct gbench_state *state, void *user)
{
	struct seen *seen = user;

	seen->bodies++;
	seen->done = 0;
	seen->calls = 0;
	seen->max = gbench_max_iterations(state);
	for (unsigned i = 0; i <= GBENCH_ARGS_MAX; i++)
		seen->arg[i] = gbench_arg(state, i);
	while (gbench_next(state, seen->batch)) {
		seen->done += seen->batch;
		seen->calls++;
		gbench_set_seconds(state, seen->seconds);
	}
}

static inline int clear(void **state)
{
	(void)state;
	gbench_clear();
	return 0;
}

static inline void failing_body(struct gbench_state *state, void *user)
{
	struct seen *seen = user;

	seen->bodies++;
	while (gbench_next(state, 1)) {
		if (++seen->done == 3) {
			gbench_fail(state, "byte 7: expected 0x12, found 0x34");
			gbench_fail(state, "a later one");
			break;
		}
	}
	assert_false(gbench_next(state, 1));
}

static inline int open_library(void **state)
{
	(void)state;
	return gbench_open(NULL);
}

static inline int close_library(void **state)
{
	(void)state;
	gbench_close();
	gbench_close(); /* harmless twice */
	return 0;
}

#endif
