// SPDX-License-Identifier: BSD-2-Clause
/*
 * cost.c: what the port's verifier and the ledger's trace points cost: every case measured with and without one of them
 * in the same blocks, by the ratio of both, block by block. Called by execute.c when all groups are measured.
 */
#include "harness/run/run_priv.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>

#define COST_LEVEL      0.95
#define COST_BLOCKS_MAX 1024

/* What can be on or off in a cell, and the name under which its cost is stored. */
static const struct feature {
	const char *name;
	size_t offset; /* of its switch in struct run_params */
} features[] = {
	{"verifier", offsetof(struct run_params, verifier)},
	{"ledger", offsetof(struct run_params, ledger)},
};

static bool *feature_switch(const struct feature *feature, struct run_params *params)
{
	return (bool *)((char *)params + feature->offset);
}

static bool params_equal(const struct run_params *a, const struct run_params *b)
{
	return a->strategy == b->strategy && a->twin == b->twin &&
	       a->slow_percent == b->slow_percent && a->verifier == b->verifier &&
	       a->ledger == b->ledger;
}

/* The cell of the group that differs from @cell in having the feature; NULL: none, or @cell has it itself. */
static const struct run_cell *cell_with(
	const struct feature *feature, const struct run_group *group, const struct run_cell *cell)
{
	struct run_params wanted = cell->params;

	if (*feature_switch(feature, &wanted))
		return NULL;
	*feature_switch(feature, &wanted) = true;
	for (uint32_t i = 0; i < group->cell_count; i++) {
		if (params_equal(&group->cell[i].params, &wanted))
			return &group->cell[i];
	}
	return NULL;
}

/* Operations a second of each block both have; NAN where one failed. Return: how many. */
static size_t blocks_take(const struct run_cell *off, const struct run_cell *on,
	double a[COST_BLOCKS_MAX], double b[COST_BLOCKS_MAX])
{
	size_t count = 0;

	for (uint32_t i = 0; i < off->sample_count && count < COST_BLOCKS_MAX; i++) {
		for (uint32_t k = 0; k < on->sample_count; k++) {
			if (on->sample[k].block != off->sample[i].block || on->sample[k].failed ||
				off->sample[i].failed)
				continue;
			a[count] = off->sample[i].counter[STORE_items_per_second];
			b[count++] = on->sample[k].counter[STORE_items_per_second];
			break;
		}
	}
	return count;
}

static int pair_store(const struct feature *feature, const struct run_cell *off,
	const struct run_cell *on, unsigned number, struct store *store, struct err *err)
{
	double a[COST_BLOCKS_MAX], b[COST_BLOCKS_MAX];
	struct stats_interval interval;
	const size_t count = blocks_take(off, on, a, b);
	const double ratio = stats_ratio(a, b, count, COST_LEVEL, &interval);
	char key[64], text[STORE_NAME_MAX + 128], range[80] = "too few repetitions for an interval";

	if (!isfinite(ratio))
		return 0;
	if (isfinite(interval.low) && isfinite(interval.high))
		snprintf(range, sizeof(range), "95 %% interval %.1f %% to %.1f %%",
			100 * (1 - interval.high), 100 * (1 - interval.low));
	snprintf(key, sizeof(key), "%s.cost.%u", feature->name, number);
	snprintf(text, sizeof(text), "%s: %.1f %% of throughput (%s)", off->name, 100 * (1 - ratio),
		range);
	return store_fact(store, key, text, err);
}

static int feature_store(const struct feature *feature, const struct run_plan *plan,
	struct store *store, struct err *err)
{
	unsigned number = 0;
	int rc = 0;

	for (size_t g = 0; g < plan->group_count; g++) {
		const struct run_group *group = &plan->group[g];

		for (uint32_t i = 0; i < group->cell_count && !rc; i++) {
			const struct run_cell *off = &group->cell[i];
			const struct run_cell *on = cell_with(feature, group, off);

			if (on)
				rc = pair_store(feature, off, on, ++number, store, err);
		}
	}
	return rc;
}

int cost_store(const struct run_plan *plan, struct store *store, struct err *err)
{
	int rc = 0;

	for (size_t i = 0; i < sizeof(features) / sizeof(features[0]) && !rc; i++)
		rc = feature_store(&features[i], plan, store, err);
	return rc;
}
