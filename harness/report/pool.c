// SPDX-License-Identifier: BSD-2-Clause
/* pool.c: see pool.h. */
#include "harness/report/pool.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/support/fault.h"
#include "harness/stats/stats.h"

#define AUDIT_FACT "audit.verdict"
#define TRUSTED    "trusted"

static const struct store_cell *cell_named(const struct store_run *run, const char *name)
{
	for (uint32_t i = 0; i < run->cell_count; i++)
		if (strcmp(run->cell[i].name, name) == 0)
			return &run->cell[i];
	return NULL;
}

/* The median of a counter (negative: of the time) over the repetitions that count; NAN: none does. @lost: no memory for it. */
static double median_of(const struct store_cell *cell, int counter, double *room, bool *lost)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < cell->sample_count; i++) {
		const struct store_sample *sample = &cell->sample[i];
		double value = counter >= 0 ? sample->counter[counter] : sample->real_time_ns;

		if (!sample->failed && isfinite(value))
			room[count++] = value;
	}
	double median = count ? stats_median(room, count) : (double)NAN;

	*lost |= count && isnan(median);
	return median;
}

/* One process as one repetition. Return: false, no memory. */
static bool sample_pool(
	struct store_sample *out, const struct store_cell *cell, uint32_t process, double *room)
{
	bool lost = false;

	*out = (struct store_sample){.repetition = process, .block = process, .failed = true};
	for (int i = 0; i < STORE_COUNTER_COUNT; i++)
		out->counter[i] = cell ? median_of(cell, i, room, &lost) : (double)NAN;
	out->real_time_ns = cell ? median_of(cell, -1, room, &lost) : (double)NAN;
	for (uint32_t i = 0; cell && i < cell->sample_count; i++) {
		const struct store_sample *sample = &cell->sample[i];

		out->failed = out->failed && sample->failed;
		out->iterations += sample->iterations;
		if (sample->tainted[0])
			memcpy(out->tainted, sample->tainted, sizeof(out->tainted));
		if (sample->failed)
			memcpy(out->error, sample->error, sizeof(out->error));
	}
	if (!cell)
		snprintf(out->error, sizeof(out->error), "this process has no such case");
	return !lost;
}

static uint32_t samples_max(struct store_run *const *run, uint32_t count)
{
	uint32_t max = 1;

	for (uint32_t r = 0; r < count; r++)
		for (uint32_t i = 0; i < run[r]->cell_count; i++)
			if (run[r]->cell[i].sample_count > max)
				max = run[r]->cell[i].sample_count;
	return max;
}

static int cells_pool(struct store_run *out, struct store_run *const *run, uint32_t count)
{
	double *room = fault_point("pool_alloc") ? NULL
	                                         : calloc(samples_max(run, count), sizeof(*room));

	out->cell = calloc(run[0]->cell_count + 1, sizeof(*out->cell));
	if (!room || !out->cell) {
		free(room);
		return -ENOMEM;
	}
	bool all = true;

	for (uint32_t i = 0; i < run[0]->cell_count && all; i++) {
		struct store_cell *cell = &out->cell[out->cell_count];

		*cell = run[0]->cell[i];
		cell->sample = fault_point("pool_alloc") ? NULL
		                                         : calloc(count, sizeof(*cell->sample));
		if (!cell->sample)
			break;
		cell->sample_count = count;
		for (uint32_t r = 0; r < count; r++)
			all &= sample_pool(
				&cell->sample[r], cell_named(run[r], cell->name), r, room);
		out->cell_count++;
	}
	free(room);
	return all && out->cell_count == run[0]->cell_count ? 0 : -ENOMEM;
}

static const char *verdict_of(const struct store_run *run)
{
	for (uint32_t i = 0; i < run->fact_count; i++)
		if (strcmp(run->fact[i].key, AUDIT_FACT) == 0)
			return run->fact[i].value;
	return TRUSTED;
}

static int facts_pool(struct store_run *out, struct store_run *const *run, uint32_t count)
{
	const char *doubt = NULL;
	uint32_t doubted = 0;

	for (uint32_t r = 0; r < count; r++) {
		const char *verdict = verdict_of(run[r]);

		if (strcmp(verdict, TRUSTED) != 0) {
			doubt = verdict;
			doubted++;
		}
	}
	out->fact = calloc(run[0]->fact_count + 1, sizeof(*out->fact));
	if (!out->fact)
		return -ENOMEM;
	for (uint32_t i = 0; i < run[0]->fact_count; i++) {
		struct store_fact *fact = &out->fact[i];
		const char *value = run[0]->fact[i].value;

		memcpy(fact->key, run[0]->fact[i].key, sizeof(fact->key));
		if (strcmp(fact->key, AUDIT_FACT) == 0)
			value = doubted * 2 > count ? doubt : TRUSTED;
		fact->value = fault_point("pool_alloc") ? NULL : strdup(value);
		if (!fact->value)
			return -ENOMEM;
		out->fact_count++;
	}
	return 0;
}

int pool_make(struct store_run *const *run, uint32_t count, const char *label,
	struct store_run **pool, struct err *err)
{
	struct store_run *out = fault_point("pool_alloc") ? NULL : calloc(1, sizeof(*out));
	int rc = out ? 0 : -ENOMEM;

	*pool = NULL;
	if (rc == 0) {
		snprintf(out->id, sizeof(out->id), "%s", label);
		snprintf(out->title, sizeof(out->title), "%s", run[0]->title);
		out->started_wall_ns = run[0]->started_wall_ns;
		out->ended_wall_ns = run[count - 1]->ended_wall_ns;
		out->state = STORE_DONE;
		out->simulated = run[0]->simulated;
		rc = facts_pool(out, run, count);
	}
	for (uint32_t r = 0; rc == 0 && r < count; r++)
		if (run[r]->state != STORE_DONE)
			out->state = run[r]->state;
	if (rc == 0)
		rc = cells_pool(out, run, count);
	if (rc) {
		store_run_free(out);
		return err_set(err, ERR_MISSING, rc,
			"no memory for the figures of %u processes; end other programs", count);
	}
	*pool = out;
	return 0;
}
