// SPDX-License-Identifier: BSD-2-Clause
/* limit_cell.c: the limiter of a measured cell, out of the medians of its repetitions. Called by execute.c. */
#include "harness/run/run_priv.h"

#include <math.h>
#include <stdio.h>

#define REPETITIONS_MAX 1000 /* the most a job can ask for */

/* NAN where no repetition has it. */
static double cell_median(const struct run_cell *cell, enum store_counter counter)
{
	double value[REPETITIONS_MAX];
	size_t count = 0;

	for (uint32_t i = 0; i < cell->sample_count && count < REPETITIONS_MAX; i++) {
		if (!cell->sample[i].failed && isfinite(cell->sample[i].counter[counter]))
			value[count++] = cell->sample[i].counter[counter];
	}
	return count ? stats_median(value, count) : (double)NAN;
}

void limit_cell(const struct run_cell *cell, struct store_cell *record)
{
	double part_ns[LEDGER_PARTS];
	struct limit limit;
	const struct limit_case measured = {
		.items_per_second = cell_median(cell, STORE_items_per_second),
		.memcpy_bytes_per_second = record->ceiling_bytes_per_second,
		.size_bytes = cell->params.mean_bytes,
		.depth = cell->params.depth,
		.blocking = cell->params.completion == RUN_INTERRUPT,
		.part_ns = cell->params.ledger ? part_ns : NULL,
	};

	record->limit_items_per_second = (double)NAN;
	if (!(cell->bench->keys & RUN_KEY_SOURCE))
		return;
	for (unsigned i = 0; i < LEDGER_PARTS; i++)
		part_ns[i] = cell_median(cell, STORE_phase_driver_ns + i);
	limit_find(&limit, &cell->machine->ceilings, &measured);
	snprintf(record->limiter, sizeof(record->limiter), "%s", limit.word);
	record->limit_items_per_second = limit.items_per_second;
}
