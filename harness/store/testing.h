/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * testing.h: for the tests of this folder only: a folder that goes away, and cells with every
 * field set.
 */
#ifndef STORE_TESTING_H
#define STORE_TESTING_H

#include <limits.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "harness/store/store.h"

struct testing_place {
	char folder[64];
	char db[96];
};

static inline struct testing_place testing_place_make(void)
{
	struct testing_place place = {.folder = "/tmp/dmabench-store-XXXXXX"};

	assert_non_null(mkdtemp(place.folder));
	snprintf(place.db, sizeof(place.db), "%s/runs.db", place.folder);
	return place;
}

static inline void testing_place_drop(const struct testing_place *place)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", place->folder);
	assert_int_equal(system(command), 0);
}

/* An unequal value for every field; every third counter is missing. */
static inline void testing_sample_fill(
	struct store_sample *sample, uint32_t repetition, double seed, struct hist *latency)
{
	*sample = (struct store_sample){
		.repetition = repetition,
		.block = repetition + 7,
		.iterations = 1000000007u * (uint64_t)(repetition + 1),
		.real_time_ns = seed / 3.0,
		.cpu_time_ns = seed / 7.0,
		.latency = latency,
	};
	if (repetition % 2)
		snprintf(sample->tainted, sizeof(sample->tainted), "steal %u ms", repetition);
	for (int i = 0; i < STORE_COUNTER_COUNT; i++)
		sample->counter[i] = i % 3 == 2 ? (double)NAN : seed * (i + 1) / 11.0;
	if (!latency)
		return;
	hist_init(latency);
	for (uint64_t i = 1; i < 40; i++)
		hist_record(latency, (i * i * i * 977 + repetition) % 5000000);
}

/* An unequal value for every field of every window; every fourth is missing. */
static inline void testing_windows_fill(struct store_window *window, uint32_t count)
{
	for (uint32_t w = 0; w < count; w++) {
		for (int i = 0; i < STORE_WINDOW_FIELDS; i++)
			window[w].value[i] = (i + (int)w) % 4 == 3 ? (double)NAN
			                                           : i / 7.0 + 1000.0 * w;
	}
}

/* A cell over @sample (@count of them), of size @size_bytes. */
static inline void testing_cell_fill(
	struct store_cell *cell, struct store_sample *sample, uint32_t count, uint64_t size_bytes)
{
	*cell = (struct store_cell){
		.params = {.family = "transfer",
			.device = "soft",
			.strategy = "packet-cached",
			.dir = "to_device",
			.completion = "poll",
			.source = "rewritten",
			.verify = "full",
			.size_bytes = size_bytes,
			.depth = 32,
			.batch = 8,
			.extra = "fragmentation:0.25/offset:64"},
		.sample_count = count,
		.sample = sample,
		.ceiling_bytes_per_second = 9.87654321e9 + (double)size_bytes,
		.limiter = "hand-off",
		.limit_items_per_second = 5e6 + (double)size_bytes,
		.handoff_items_per_second = 6e6 + (double)size_bytes,
		.wakeup_items_per_second = (double)NAN,
		.pin_items_per_second = 7e5 + (double)size_bytes,
		.pin_ns = 1e3 + (double)size_bytes,
	};
	snprintf(cell->name, sizeof(cell->name), "transfer/strategy:packet-cached/size:%llu",
		(unsigned long long)size_bytes);
}

#endif
