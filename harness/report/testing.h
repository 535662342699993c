/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * testing.h: synthetic runs for tests of the report, with the shapes of real ones: a fixed cost
 * and a bandwidth for each strategy, a tail on the latencies, a little noise. No clock, no device;
 * the same seed gives the same run. testing_run_free takes everything back.
 *
 *	struct testing_shape shape = TESTING_SHAPE;
 *	struct store_run *run = testing_run(&shape);
 */
#ifndef REPORT_TESTING_H
#define REPORT_TESTING_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/rng/rng.h"
#include "harness/store/store.h"

struct testing_shape {
	uint64_t seed;
	uint32_t sizes; /* 64 B, then times four */
	uint32_t repetitions;
	uint32_t strategies; /* the first so many of the four */
	uint32_t sources, dirs, completions, depths;
	uint32_t other_cells;   /* of family ring */
	uint32_t failed_every;  /* every so many-th sample failed, 0: none */
	uint32_t tainted_every; /* every so many-th sample tainted, 0: none */
	bool no_latency, simulated, ledger;
	const char *title;
};

#define TESTING_SHAPE                                                                              \
	{                                                                                          \
		.seed = 1, .sizes = 10, .repetitions = 9, .strategies = 4, .sources = 1,           \
		.dirs = 2, .completions = 1, .depths = 1, .other_cells = 5,                        \
		.title = "paired comparison"                                                       \
	}

/* Fixed cost and bandwidth of a strategy; `slots`: common buffer bytes are slots times the size. */
struct testing_model {
	const char *strategy;
	double fixed_ns, bytes_per_ns, cpu_ns, cpu_bytes_per_ns;
	uint64_t slots;
};

static const struct testing_model testing_models[] = {
	{"packet", 2900, 9.9, 2300, 1e9, 0},
	{"packet-cached", 1150, 10.0, 700, 1e9, 0},
	{"common", 420, 5.1, 260, 9.5, 32},
	{"hybrid", 460, 9.4, 300, 40, 32},
};

/* None beside memcpy is known. */
static inline void testing_no_ceilings(struct store_cell *cell)
{
	cell->handoff_items_per_second = cell->wakeup_items_per_second = (double)NAN;
	cell->pin_items_per_second = cell->pin_ns = (double)NAN;
}

static inline double testing_noise(struct rng *rng, double share)
{
	double sum = 0;

	for (int i = 0; i < 6; i++)
		sum += rng_double(rng) - 0.5;
	return exp(share * sum * 1.4);
}

static inline struct hist *testing_latency(struct rng *rng, double service_ns, uint32_t depth)
{
	struct hist *hist = malloc(sizeof(*hist));

	if (!hist)
		abort();
	hist_init(hist);
	for (int i = 0; i < 3000; i++) {
		double ns = service_ns * (depth ? depth : 1) * testing_noise(rng, 0.12);

		if (rng_below(rng, 40) == 0)
			ns += 900 + 2200 * rng_double(rng);
		if (rng_below(rng, 1200) == 0)
			ns += 30000 + 90000 * rng_double(rng);
		hist_record(hist, (uint64_t)ns);
	}
	return hist;
}

/* Half of the time the device's, a tenth the copying of who copies, the rest the driver's. */
static inline void testing_ledger(
	struct store_sample *sample, const struct testing_model *model, double ns)
{
	for (int i = STORE_phase_driver_ns; i <= STORE_phase_residue_ns; i++)
		sample->counter[i] = 0;
	sample->counter[STORE_phase_total_ns] = ns;
	sample->counter[STORE_phase_device_ns] = ns / 2;
	sample->counter[STORE_phase_copy_in_ns] = model->slots ? ns / 10 : 0;
	sample->counter[STORE_phase_residue_ns] = -ns / 100;
	sample->counter[STORE_phase_driver_ns] = ns * 0.51 -
	                                         sample->counter[STORE_phase_copy_in_ns];
}

static inline void testing_sample(struct store_sample *sample, const struct testing_shape *shape,
	const struct testing_model *model, const struct store_params *params, double ceiling,
	struct rng *rng)
{
	double size = (double)params->size_bytes, noise = testing_noise(rng, 0.03);
	double copy = model->bytes_per_ns * (size > 262144 ? 0.78 : 1);
	double ns = (model->fixed_ns + size / copy) * noise;
	double buffer = model->slots ? (double)model->slots * fmin(size, 1 << 20) : 0;

	if (params->depth > 1)
		ns *= 0.95;
	if (strcmp(model->strategy, "hybrid") == 0)
		buffer = fmin(buffer, 32.0 * 16384);
	for (int i = 0; i < STORE_COUNTER_COUNT; i++)
		sample->counter[i] = (double)NAN;
	sample->iterations = 1000 + rng_below(rng, 100);
	sample->real_time_ns = ns;
	sample->cpu_time_ns = ns * 1.02;
	sample->counter[STORE_bytes_per_second] = size / ns * 1e9;
	sample->counter[STORE_items_per_second] = 1e9 / ns;
	sample->counter[STORE_cpu_ns_per_op] = (model->cpu_ns + size / model->cpu_bytes_per_ns) *
	                                       noise;
	sample->counter[STORE_common_buffer_peak_bytes] = buffer;
	sample->counter[STORE_common_buffer_mean_bytes] = buffer * 0.8;
	sample->counter[STORE_pinned_peak_bytes] = model->slots ? 0 : 32 * fmax(size, 4096);
	sample->counter[STORE_pinned_mean_bytes] = sample->counter[STORE_pinned_peak_bytes] * 0.9;
	if (buffer > 0)
		sample->counter[STORE_common_buffer_turns_per_second] = size / ns * 1e9 / buffer;
	sample->counter[STORE_ceiling_ratio] = size / ns * 1e9 / ceiling;
	sample->counter[STORE_verified_ops] = (double)sample->iterations;
	sample->counter[STORE_failed_ops] = 0;
	if (shape->ledger)
		testing_ledger(sample, model, ns * (params->depth ? params->depth : 1));
	if (shape->no_latency)
		return;
	sample->latency = testing_latency(rng, ns, params->depth);
	sample->counter[STORE_lat_mean_ns] = hist_mean(sample->latency);
	sample->counter[STORE_lat_p50_ns] = (double)hist_quantile(sample->latency, 0.5);
	sample->counter[STORE_lat_p90_ns] = (double)hist_quantile(sample->latency, 0.9);
	sample->counter[STORE_lat_p99_ns] = (double)hist_quantile(sample->latency, 0.99);
	sample->counter[STORE_lat_p999_ns] = (double)hist_quantile(sample->latency, 0.999);
	sample->counter[STORE_lat_max_ns] = (double)sample->latency->max;
}

static inline struct store_cell *testing_cell_add(struct store_run *run)
{
	run->cell = reallocarray(run->cell, run->cell_count + 1u, sizeof(*run->cell));
	if (!run->cell)
		abort();
	struct store_cell *cell = &run->cell[run->cell_count++];

	memset(cell, 0, sizeof(*cell));
	return cell;
}

static inline void testing_cell(struct store_run *run, const struct testing_shape *shape,
	const struct testing_model *model, const struct store_params *params, struct rng *rng)
{
	struct store_cell *cell = testing_cell_add(run);
	double size = (double)params->size_bytes;
	double ceiling = size / (12 + size / (size > 262144 ? 8.4 : 11.2)) * 1e9;

	cell->params = *params;
	snprintf(cell->params.strategy, STORE_WORD_MAX, "%s", model->strategy);
	cell->ceiling_bytes_per_second = ceiling;
	testing_no_ceilings(cell);
	snprintf(cell->limiter, sizeof(cell->limiter), "memcpy");
	cell->limit_items_per_second = ceiling / size;
	snprintf(cell->name, sizeof(cell->name),
		"transfer/strategy:%s/dir:%s/size:%llu/depth:%u/completion:%s/source:%s",
		model->strategy, params->dir, (unsigned long long)params->size_bytes, params->depth,
		params->completion, params->source);
	cell->sample_count = shape->repetitions;
	cell->sample = calloc(shape->repetitions + 1u, sizeof(*cell->sample));
	if (!cell->sample)
		abort();
	for (uint32_t i = 0; i < shape->repetitions; i++) {
		struct store_sample *sample = &cell->sample[i];

		sample->repetition = sample->block = i;
		testing_sample(sample, shape, model, &cell->params, ceiling, rng);
		if (shape->tainted_every &&
			(run->cell_count * shape->repetitions + i) % shape->tainted_every == 0)
			snprintf(sample->tainted, sizeof(sample->tainted),
				"steal 10 ms, preempted <2.10 ms>");
		if (shape->failed_every &&
			(run->cell_count * shape->repetitions + i) % shape->failed_every == 0) {
			sample->failed = true;
			snprintf(sample->error, sizeof(sample->error),
				"operation 17, offset 0x40: expected 0x5a, found 0x00");
		}
	}
}

static inline void testing_crossover(struct store_run *run, const struct store_params *params)
{
	run->crossover = reallocarray(
		run->crossover, run->crossover_count + 1u, sizeof(*run->crossover));
	if (!run->crossover)
		abort();
	struct store_crossover *crossover = &run->crossover[run->crossover_count++];

	*crossover = (struct store_crossover){.depth = params->depth,
		.slow_start = "common",
		.fast_end = "packet",
		.result = {.kind = STATS_CROSSOVER_FOUND,
			.size_bytes = 24800,
			.interval = {21400, 29100, 0.95},
			.agreement = 1,
			.crossings = 1},
		.size_min_bytes = 64,
		.size_max_bytes = 16777216};
	snprintf(crossover->dir, STORE_WORD_MAX, "%s", params->dir);
	snprintf(crossover->source, STORE_WORD_MAX, "%s", params->source);
	snprintf(crossover->completion, STORE_WORD_MAX, "%s", params->completion);
	snprintf(crossover->extra, STORE_EXTRA_MAX, "%s", params->extra);
	snprintf(crossover->sentence, sizeof(crossover->sentence),
		"%s, source %s, %s, depth %u: below 24 KiB the common buffer is faster, from there "
		"on "
		"packet-based DMA is (95 %% interval 21 to 28 KiB).",
		params->dir, params->source, params->completion, params->depth);
}

static inline void testing_fact(struct store_run *run, const char *key, const char *value)
{
	run->fact = reallocarray(run->fact, run->fact_count + 1u, sizeof(*run->fact));
	if (!run->fact)
		abort();
	struct store_fact *fact = &run->fact[run->fact_count++];

	memset(fact, 0, sizeof(*fact));
	snprintf(fact->key, sizeof(fact->key), "%s", key);
	fact->value = strdup(value);
}

static inline void testing_others(
	struct store_run *run, const struct testing_shape *shape, struct rng *rng)
{
	const struct testing_model model = {"", 180, 1e9, 150, 1e9, 0};

	for (uint32_t i = 0; i < shape->other_cells; i++) {
		struct store_params params = {.family = "ring",
			.device = "soft",
			.verify = "full",
			.size_bytes = 64,
			.batch = 1u << i};

		testing_cell(run, shape, &model, &params, rng);
		struct store_cell *cell = &run->cell[run->cell_count - 1];

		cell->ceiling_bytes_per_second = (double)NAN;
		testing_no_ceilings(cell);
		snprintf(cell->name, sizeof(cell->name), "ring/size:64/batch:%u", 1u << i);
	}
}

static inline void testing_facts(struct store_run *run)
{
	testing_fact(run, "host.name", "bench-7");
	testing_fact(run, "host.cpu_scaling", "no");
	testing_fact(run, "host.cpu_model", "Xeon at 2.30GHz");
	testing_fact(run, "host.threads", "2");
	testing_fact(run, "host.caches", "L1d 1 x 32 KiB, L2 1 x 1024 KiB, L3 1 x 36864 KiB");
	testing_fact(run, "noise.load_average", "0.12 0.30 0.28");
	testing_fact(run, "clock.rate_hz", "2300000000");
	testing_fact(run, "place.text", "driver cpu 0, device cpu 1 (share L3), memory node 0");
	testing_fact(run, "clock.name", "tsc");
	testing_fact(run, "observer.clock_read_ns", "21.5");
	testing_fact(run, "noise.steal_ms", "0");
	testing_fact(run, "version.dmabench", "0.1.0");
	testing_fact(run, "version.gbench", "1.7.1");
}

static inline struct store_run *testing_run(const struct testing_shape *shape)
{
	static const char *const dirs[] = {"to_device", "from_device"};
	static const char *const sources[] = {"rewritten", "untouched", "read-back"};
	static const char *const completions[] = {"poll", "interrupt", "adaptive"};
	static const uint32_t depths[] = {32, 1};
	struct store_run *run = calloc(1, sizeof(*run));
	struct rng rng;

	if (!run)
		abort();
	rng_seed(&rng, shape->seed);
	snprintf(run->id, sizeof(run->id), "20261121-031502-4f2a");
	snprintf(run->title, sizeof(run->title), "%s", shape->title);
	run->started_wall_ns = 1795230902u * (uint64_t)1000000000;
	run->ended_wall_ns = run->started_wall_ns + 140u * (uint64_t)1000000000;
	run->state = STORE_DONE;
	run->simulated = shape->simulated;
	testing_facts(run);
	/* One group for every combination of direction, source, completion and depth. */
	uint32_t groups = shape->dirs * shape->sources * shape->completions * shape->depths;

	for (uint32_t g = 0; g < groups; g++) {
		uint32_t left = g;
		struct store_params params = {
			.family = "transfer", .device = "soft", .verify = "full"};

		snprintf(params.dir, STORE_WORD_MAX, "%s", dirs[left % shape->dirs]);
		left /= shape->dirs;
		snprintf(params.source, STORE_WORD_MAX, "%s", sources[left % shape->sources]);
		left /= shape->sources;
		snprintf(params.completion, STORE_WORD_MAX, "%s",
			completions[left % shape->completions]);
		params.depth = depths[left / shape->completions];
		for (uint32_t s = 0; s < shape->sizes; s++) {
			params.size_bytes = (uint64_t)64 << (2 * s);
			for (uint32_t k = 0; k < shape->strategies; k++)
				testing_cell(run, shape, &testing_models[k], &params, &rng);
		}
		if (shape->sizes > 5 && shape->strategies > 2)
			testing_crossover(run, &params);
	}
	testing_others(run, shape, &rng);
	return run;
}

static inline void testing_run_free(struct store_run *run)
{
	store_run_free(run);
}

#endif
