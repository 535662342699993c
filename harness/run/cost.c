// SPDX-License-Identifier: BSD-2-Clause
/*
 * cost.c: what the port's verifier costs: every case measured with and without it in the same blocks, by the ratio of
 * both, block by block. Called by execute.c when all groups are measured.
 */
#include "harness/run/run_priv.h"

#include <math.h>
#include <stdio.h>

#define COST_LEVEL      0.95
#define COST_BLOCKS_MAX 1024

static const struct run_cell *with_verifier(
	const struct run_group *group, const struct run_cell *cell)
{
	for (uint32_t i = 0; i < group->cell_count; i++) {
		const struct run_cell *other = &group->cell[i];

		if (other->params.verifier && other->params.strategy == cell->params.strategy)
			return other;
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

static int pair_store(const struct run_cell *off, const struct run_cell *on, unsigned number,
	struct store *store, struct err *err)
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
	snprintf(key, sizeof(key), "verifier.cost.%u", number);
	snprintf(text, sizeof(text), "%s: %.1f %% of throughput (%s)", off->name, 100 * (1 - ratio),
		range);
	return store_fact(store, key, text, err);
}

int cost_store(const struct run_plan *plan, struct store *store, struct err *err)
{
	unsigned number = 0;
	int rc = 0;

	for (size_t g = 0; g < plan->group_count; g++) {
		const struct run_group *group = &plan->group[g];

		for (uint32_t i = 0; i < group->cell_count && !rc; i++) {
			const struct run_cell *off = &group->cell[i];
			const struct run_cell *on = off->params.verifier
			                                    ? NULL
			                                    : with_verifier(group, off);

			if (on)
				rc = pair_store(off, on, ++number, store, err);
		}
	}
	return rc;
}
