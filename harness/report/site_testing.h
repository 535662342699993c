/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * site_testing.h: a nightly record made up, as a year of `dmabench nightly` would leave it: nights with their runs, series with
 * noise, changes that hold, are known, are gone, were nothing. No clock, no device; the same seed gives the same figures.
 *
 *	struct site_shape shape = SITE_SHAPE;
 *	site_fill("a.db", &shape);
 */
#ifndef REPORT_SITE_TESTING_H
#define REPORT_SITE_TESTING_H

#include "harness/report/testing.h"
#include "harness/store/history.h"

struct site_shape {
	uint64_t seed;
	uint32_t nights, cases; /* a case has SITE_METRICS series */
	uint32_t repetitions;   /* of a case in a night's run; 0: nights have no runs */
	bool latency;           /* runs with histograms */
	bool evil;              /* texts that would break pages */
};

#define SITE_SHAPE                                                                                 \
	{                                                                                          \
		.seed = 1, .nights = 24, .cases = 8, .repetitions = 7                              \
	}

#define SITE_METRICS 5
#define SITE_EVIL    "</script><img src=x onerror=\"document.title='broken'\">&amp;'`\\u0022"
#define SITE_DAY_NS  86400000000000u
#define SITE_FIRST   1790000000000000000u /* 2026-09-21 */

static const struct site_metric {
	enum store_counter counter;
	enum store_series_kind kind;
	bool more_is_better;
} site_metrics[SITE_METRICS] = {
	{STORE_items_per_second, STORE_SERIES_WALL, true},
	{STORE_lat_p50_ns, STORE_SERIES_WALL, false},
	{STORE_lat_p99_ns, STORE_SERIES_WALL, false},
	{STORE_cpu_ns_per_op, STORE_SERIES_WALL, false},
	{STORE_common_buffer_peak_bytes, STORE_SERIES_EXACT, false},
};

/* Fails the program, and says why: a record that is half made proves nothing. */
static inline void site_must(int rc, const struct err *err)
{
	if (rc >= 0)
		return;
	fprintf(stderr, "site_testing.h: %s\n", err->message);
	abort();
}

/* Every third case is 12 % slower from two thirds of the nights on, every seventh a tenth faster. */
static inline double site_slow(const struct site_shape *shape, uint32_t c, uint32_t night)
{
	return night < 2 * shape->nights / 3 ? 1 : c % 3 == 1 ? 1.12 : c % 7 == 2 ? 0.9 : 1;
}

static inline double site_time(uint32_t c)
{
	return testing_models[c % 4].fixed_ns + 200.0 * (c / 16);
}

static inline void site_case_params(
	const struct site_shape *shape, uint32_t c, struct store_params *params, char *name)
{
	static const char *const dirs[] = {"to_device", "from_device"};

	*params = (struct store_params){.family = "transfer",
		.device = "soft",
		.completion = "poll",
		.source = "rewritten",
		.verify = "sample",
		.depth = c / 8 % 2 ? 1 : 32,
		.batch = 1};
	snprintf(params->strategy, STORE_WORD_MAX, "%s", testing_models[c % 4].strategy);
	snprintf(params->dir, STORE_WORD_MAX, "%s", dirs[c / 4 % 2]);
	params->size_bytes = (uint64_t)64 << (2 * (c / 16));
	snprintf(name, STORE_NAME_MAX,
		"transfer/strategy:%s/dir:%s/size:%llu/depth:%u/completion:%s/source:%s/batch:%u%s",
		params->strategy, params->dir, (unsigned long long)params->size_bytes,
		params->depth, params->completion, params->source, params->batch,
		shape->evil && c == 0 ? "/mix:" SITE_EVIL : "");
}

/* The operation's time, and what follows from it. */
static inline void site_sample(const struct site_shape *shape, struct store_sample *sample,
	uint32_t c, double ns, struct rng *rng)
{
	const struct testing_model *model = &testing_models[c % 4];

	for (int i = 0; i < STORE_COUNTER_COUNT; i++)
		sample->counter[i] = (double)NAN;
	ns *= testing_noise(rng, 0.01);
	sample->iterations = 1000;
	sample->real_time_ns = ns;
	sample->cpu_time_ns = ns;
	sample->counter[STORE_items_per_second] = 1e9 / ns;
	sample->counter[STORE_bytes_per_second] = 4096e9 / ns;
	sample->counter[STORE_lat_p50_ns] = ns * 1.1;
	sample->counter[STORE_lat_p99_ns] = ns * 2.2 * testing_noise(rng, 0.03);
	sample->counter[STORE_cpu_ns_per_op] = ns * 0.8;
	sample->counter[STORE_common_buffer_peak_bytes] = (double)(model->slots * 4096);
	sample->counter[STORE_pinned_peak_bytes] = model->slots ? 0 : 131072;
	sample->counter[STORE_ceiling_ratio] = 0.4;
	if (shape->latency)
		sample->latency = testing_latency(rng, ns, 1);
}

static inline void site_cell(const struct site_shape *shape, struct store_cell *cell, uint32_t c,
	double ns, struct rng *rng)
{
	*cell = (struct store_cell){.ceiling_bytes_per_second = 9e9,
		.limit_items_per_second = (double)NAN,
		.sample_count = shape->repetitions};
	testing_no_ceilings(cell);
	site_case_params(shape, c, &cell->params, cell->name);
	cell->sample = calloc(shape->repetitions + 1u, sizeof(*cell->sample));
	if (!cell->sample)
		abort();
	for (uint32_t i = 0; i < shape->repetitions; i++) {
		cell->sample[i].repetition = cell->sample[i].block = i;
		site_sample(shape, &cell->sample[i], c, ns, rng);
	}
}

static inline void site_cell_free(struct store_cell *cell)
{
	for (uint32_t i = 0; i < cell->sample_count; i++)
		free(cell->sample[i].latency);
	free(cell->sample);
}

static inline void site_series(
	const struct site_shape *shape, uint32_t c, uint32_t m, struct store_series *series)
{
	struct store_params params;

	*series = (struct store_series){.kind = site_metrics[m].kind,
		.more_is_better = site_metrics[m].more_is_better,
		.family = "transfer",
		.device = "soft",
		.settings = "verify:sample",
		.host = "name:bench-7/cpu_model:Xeon at 2.30GHz/threads:2/kernel:6.1/iommu:none",
		.versions = "gbench:1.7.1/hwloc:2.9.0"};
	site_case_params(shape, c, &params, series->name);
	snprintf(series->metric, sizeof(series->metric), "%s",
		store_counter_name(site_metrics[m].counter));
	if (shape->evil && c == 1)
		snprintf(series->host, sizeof(series->host), "name:%s", SITE_EVIL);
}

/* Of @cell, as `dmabench nightly` would write it. */
static inline void site_point(struct store *store, const struct site_shape *shape,
	const struct store_night *night, const struct store_cell *cell, uint32_t c)
{
	struct err err = ERR_INIT;

	for (uint32_t m = 0; m < SITE_METRICS; m++) {
		const bool exact = site_metrics[m].kind == STORE_SERIES_EXACT;
		struct store_series series;
		struct store_point point = {.night_id = night->night_id,
			.repetitions = cell->sample_count,
			.usable = night->usable || exact,
			.noise = exact ? 0 : 0.01,
			.detectable = exact ? 0.005 : 0.035};
		double value[32];

		for (uint32_t i = 0; i < cell->sample_count; i++)
			value[i] = cell->sample[i].counter[site_metrics[m].counter];
		site_series(shape, c, m, &series);
		site_must(store_series_find(store, &series, &err), &err);
		point.series_id = series.series_id;
		point.value = stats_median(value, cell->sample_count);
		point.low = stats_quantile(value, cell->sample_count, 0);
		point.high = stats_quantile(value, cell->sample_count, 1);
		if (!point.usable)
			snprintf(point.why, sizeof(point.why), "the night cannot be trusted");
		site_must(store_point(store, &point, &err), &err);
	}
}

static inline void site_facts(struct store *store)
{
	static const char *const fact[][2] = {{"host.name", "bench-7"},
		{"host.cpu_model", "Xeon at 2.30GHz"}, {"host.threads", "2"},
		{"place.text", "driver cpu 0, device cpu 1 (share L3), memory node 0"},
		{"audit.verdict", "trusted"}, {"version.gbench", "1.7.1"}};
	struct err err = ERR_INIT;

	for (size_t i = 0; i < sizeof(fact) / sizeof(fact[0]); i++)
		site_must(store_fact(store, fact[i][0], fact[i][1], &err), &err);
}

/* One night: its run, its points. Every eleventh cannot be trusted. */
static inline void site_night(struct store *store, const struct site_shape *shape, uint32_t n,
	struct store_night *night, struct rng *rng)
{
	const uint32_t repetitions = shape->repetitions ? shape->repetitions : 7;
	struct site_shape own = *shape;
	struct err err = ERR_INIT;
	char run[STORE_ID_MAX];

	own.repetitions = repetitions;
	own.latency &= shape->repetitions > 0;
	*night = (struct store_night){.budget_s = 3600,
		.started_wall_ns = SITE_FIRST + n * SITE_DAY_NS,
		.commit_wall_ns = SITE_FIRST + n * SITE_DAY_NS - 3600000000000u};
	snprintf(night->suite, sizeof(night->suite), "nightly");
	snprintf(night->commit_id, sizeof(night->commit_id), "%08x%08x%08x%08x%08x",
		n * 2654435761u, n * 40503u + 77, n * 69069u + 1, n + 13, n * 7919u);
	site_must(store_night_begin(store, night, &err), &err);
	night->usable = n % 11 != 7;
	if (!night->usable)
		site_must(
			store_night_usable(store, night->night_id, false,
				shape->evil ? SITE_EVIL : "41 of 420 repetitions tainted; steal 41",
				&err),
			&err);
	if (shape->repetitions) {
		site_must(store_run_begin(
				  store, shape->evil ? SITE_EVIL : "nightly", false, run, &err),
			&err);
		site_facts(store);
	}
	struct store_cell *cell = calloc(shape->cases + 1u, sizeof(*cell));

	if (!cell)
		abort();
	site_must(store_together(store, &err), &err);
	for (uint32_t c = 0; c < shape->cases; c++) {
		site_cell(&own, &cell[c], c,
			site_time(c) * site_slow(shape, c, n) * testing_noise(rng, 0.008), rng);
		site_point(store, shape, night, &cell[c], c);
	}
	site_must(store_together_end(store, 0, &err), &err);
	for (uint32_t c = 0; c < shape->cases; c++) {
		if (shape->repetitions)
			site_must(store_cell(store, &cell[c], &err), &err);
		site_cell_free(&cell[c]);
	}
	free(cell);
	if (shape->repetitions) {
		site_must(store_run_end(store, STORE_DONE, 0, &err), &err);
		site_must(
			store_night_run(store, night->night_id, run, STORE_PART_SUITE, &err), &err);
	}
	site_must(store_night_end(store, night->night_id, STORE_DONE,
			  n >= 2 * shape->nights / 3 ? 1
			  : night->usable            ? 0
						     : 5,
			  &err),
		&err);
}

/* Changes of the time of the cases that @pick says, in one entry. */
static inline void site_cause(struct store *store, const struct site_shape *shape,
	const struct store_night *night, uint32_t modulus, uint32_t rest, double ratio,
	enum store_change_state state)
{
	struct store_cause cause = {
		.family = "transfer", .better = ratio < 1, .night_id = night[1].night_id};
	struct err err = ERR_INIT;

	memcpy(cause.commit_before, night[0].commit_id, sizeof(cause.commit_before));
	memcpy(cause.commit_after, night[1].commit_id, sizeof(cause.commit_after));
	if (shape->evil)
		snprintf(cause.note, sizeof(cause.note), "%s", SITE_EVIL);
	else if (state == STORE_CHANGE_ACKNOWLEDGED)
		snprintf(cause.note, sizeof(cause.note), "the copy loop was unrolled, wanted");
	site_must(store_cause_write(store, &cause, &err), &err);
	for (uint32_t c = 0; c < shape->cases; c++) {
		for (uint32_t m = 1; m < 3 && c % modulus == rest; m++) {
			struct store_series series;
			struct store_change change = {.cause_id = cause.cause_id,
				.night_id = night[1].night_id,
				.found_night_id = night[1].night_id,
				.state = state,
				.before = site_time(c) * (m == 1 ? 1.1 : 2.2),
				.after = site_time(c) * (m == 1 ? 1.1 : 2.2) * ratio,
				.ratio = ratio,
				.ratio_low = ratio - 0.01,
				.ratio_high = ratio + 0.01,
				.p = 1e-5,
				.p_adjusted = 1e-3};

			site_series(shape, c, m, &series);
			site_must(store_series_find(store, &series, &err), &err);
			change.series_id = series.series_id;
			snprintf(change.why, sizeof(change.why), "%s",
				shape->evil ? SITE_EVIL
					    : "3 re-runs of the same night show it too");
			site_must(store_change_write(store, &change, &err), &err);
		}
	}
}

static inline void site_fill(const char *path, const struct site_shape *shape)
{
	struct store_night *night = calloc(shape->nights, sizeof(*night));
	struct err err = ERR_INIT;
	struct store *store;
	struct rng rng;

	if (!night)
		abort();
	rng_seed(&rng, shape->seed);
	site_must(store_open(&store, path, &err), &err);
	for (uint32_t n = 0; n < shape->nights; n++)
		site_night(store, shape, n, &night[n], &rng);
	if (shape->nights > 2) {
		const struct store_night *step = &night[2 * shape->nights / 3 - 1];

		site_cause(store, shape, step, 3, 1, 1.12, STORE_CHANGE_CONFIRMED);
		site_cause(store, shape, step, 7, 2, 0.9, STORE_CHANGE_ACKNOWLEDGED);
		site_cause(store, shape, &night[0], 5, 3, 1.04, STORE_CHANGE_FIXED);
		site_cause(store, shape, &night[1], 6, 5, 1.03, STORE_CHANGE_NOISE);
	}
	store_close(store);
	free(night);
}

#endif
