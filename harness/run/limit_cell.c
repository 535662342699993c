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

/* Operations that are under way between driver and device at a time; 0: they hand nothing over. */
static uint32_t depth_of(const struct run_cell *cell)
{
	const unsigned keys = cell->bench->keys;

	return keys & RUN_KEY_DEPTH   ? cell->params.depth * cell->params.threads
	       : keys & RUN_KEY_BATCH ? cell->params.batch
	                              : 0;
}

/* The ceiling is one core's; adapters of their own have as many, unless they share them. */
static uint32_t device_cores(const struct run_cell *cell)
{
	const uint32_t adapters = cell_adapters(cell);
	const bool crowded = machine_crowded(cell->machine, cell->params.threads, adapters > 1);

	return crowded ? 1 : adapters;
}

void limit_cell(const struct run_cell *cell, struct store_cell *record)
{
	const bool moves = cell->bench->keys & RUN_KEY_SOURCE;
	double part_ns[LEDGER_PARTS];
	struct limit limit;
	const struct limit_case measured = {
		.items_per_second = cell_median(cell, STORE_items_per_second),
		.memcpy_bytes_per_second =
			moves ? record->ceiling_bytes_per_second * device_cores(cell) : (double)NAN,
		.size_bytes = cell->params.mean_bytes,
		.depth = depth_of(cell),
		.blocking = moves && cell->params.completion == RUN_INTERRUPT,
		.offered_per_second = cell_median(cell, STORE_offered_per_second),
		.pin_ns = record->pin_ns,
		.pins_per_op = cell_median(cell, STORE_pins_per_op),
		.part_ns = cell->params.ledger ? part_ns : NULL,
	};

	for (unsigned i = 0; i < LEDGER_PARTS; i++)
		part_ns[i] = cell_median(cell, STORE_phase_driver_ns + i);
	limit_find(&limit, &cell->machine->ceilings, &measured);
	snprintf(record->limiter, sizeof(record->limiter), "%s", limit.word);
	record->limit_items_per_second = limit.items_per_second;
	record->handoff_items_per_second = limit.allows[LIMIT_HANDOFF];
	record->wakeup_items_per_second = limit.allows[LIMIT_WAKEUP];
	record->pin_items_per_second = limit.allows[LIMIT_PIN];
}
