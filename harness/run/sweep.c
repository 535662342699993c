// SPDX-License-Identifier: BSD-2-Clause
/*
 * sweep.c: keys of which a cell's settings hold one value and the job gave several: the points of their cross product,
 * which of them a case can tell apart, and what they add to its name. Called by plan.c; knows keys by their place in the
 * settings and no case.
 */
#include "harness/run/run_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/support/fault.h"

static bool has_value(const struct opt_list *list, uint64_t value)
{
	for (uint32_t i = 0; i < list->count; i++)
		if (list->value[i] == value)
			return true;
	return false;
}

/* Miniports of one's own may read any value of the registry. */
static bool has_strategy(const struct run_cell *cell, enum run_strategy strategy)
{
	const struct opt_list *list = &cell->settings->strategy;

	if (!(cell->bench->keys & RUN_KEY_STRATEGY))
		return false;
	for (uint32_t i = 0; i < list->count; i++)
		if (list->value[i] == strategy || list->value[i] >= RUN_MODULE)
			return true;
	return false;
}

static bool has_pool(const struct run_cell *cell)
{
	return has_strategy(cell, RUN_COMMON) || has_strategy(cell, RUN_HYBRID);
}

static bool has_threshold(const struct run_cell *cell)
{
	return has_strategy(cell, RUN_HYBRID);
}

static bool has_lock_cache(const struct run_cell *cell)
{
	return has_strategy(cell, RUN_PACKET_CACHED);
}

static bool is_adaptive(const struct run_cell *cell)
{
	return cell->params.completion == RUN_ADAPTIVE;
}

static bool is_open_loop(const struct run_cell *cell)
{
	return cell->params.arrival != LOAD_CLOSED;
}

static bool has_ledger(const struct run_cell *cell)
{
	return (cell->bench->keys & RUN_KEY_SOURCE) && !is_open_loop(cell) &&
	       has_value(&cell->settings->ledger, 1);
}

static bool is_verified(const struct run_cell *cell)
{
	return cell->bench->keys & RUN_KEY_VERIFY;
}

static bool is_faulty(const struct run_cell *cell)
{
	return cell->settings->dev.fault != DEVICE_FAULT_NONE;
}

static bool hits_transfers(const struct run_cell *cell)
{
	return is_faulty(cell) && cell->settings->dev.fault < DEVICE_FAULT_COUNT;
}

static bool freezes(const struct run_cell *cell)
{
	return cell->settings->dev.freeze_ns != 0;
}

static bool has_high_frames(const struct run_cell *cell)
{
	return cell->params.high_percent != 0;
}

static bool draws_directions(const struct run_cell *cell)
{
	return cell->params.dir == RUN_MIXED && !(cell->mix && cell->mix->lines);
}

static bool goes_over_trace(const struct run_cell *cell)
{
	return cell->bench->keys & RUN_KEY_TRACE;
}

static bool makes_trace(const struct run_cell *cell)
{
	return goes_over_trace(cell) && !cell->settings->trace[0];
}

/* What a case must be like for a key to make a difference in it; a key that is not here makes one in every case. */
static const struct need {
	size_t offset; /* of the key in struct run_settings */
	bool (*met)(const struct run_cell *cell);
	bool named; /* the key rides behind the name already */
} needs[] = {
	{offsetof(struct run_settings, verify), is_verified, false},
	{offsetof(struct run_settings, ledger_every), has_ledger, false},
	{offsetof(struct run_settings, burst), is_open_loop, true},
	{offsetof(struct run_settings, to_device_percent), draws_directions, true},
	{offsetof(struct run_settings, dev.fault_rate), is_faulty, false},
	{offsetof(struct run_settings, dev.fault_limit), hits_transfers, false},
	{offsetof(struct run_settings, dev.freeze_at_ns), freezes, false},
	{offsetof(struct run_settings, frames.node), has_high_frames, false},
	{offsetof(struct run_settings, pool.slot_bytes), has_pool, false},
	{offsetof(struct run_settings, pool.slots), has_pool, false},
	{offsetof(struct run_settings, hybrid_threshold_bytes), has_threshold, false},
	{offsetof(struct run_settings, cache_entries), has_lock_cache, false},
	{offsetof(struct run_settings, poll_budget_us), is_adaptive, false},
	{offsetof(struct run_settings, churn.live_bytes), makes_trace, true},
	{offsetof(struct run_settings, churn.allocations), makes_trace, true},
	{offsetof(struct run_settings, churn.windows), goes_over_trace, true},
};

static const struct need *need_of(const struct opt *row)
{
	for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++)
		if (needs[i].offset == row->offset)
			return &needs[i];
	return NULL;
}

/* Whether @cell is another case with another value of @row. */
static bool row_tells(const struct opt *row, const struct run_cell *cell)
{
	const struct need *need = need_of(row);

	return !need || need->met(cell);
}

double sweep_points(const struct run_settings *settings)
{
	double points = 1;

	for (uint32_t i = 0; i < settings->sweeps.count; i++)
		points *= settings->sweeps.sweep[i].list.count;
	return points;
}

bool sweep_next(const struct run_settings *settings, uint32_t at[OPT_SWEEPS_MAX])
{
	for (uint32_t i = settings->sweeps.count; i > 0; i--) {
		if (++at[i - 1] < settings->sweeps.sweep[i - 1].list.count)
			return true;
		at[i - 1] = 0;
	}
	return false;
}

struct run_point *sweep_point(
	const struct run_settings *settings, const uint32_t at[OPT_SWEEPS_MAX])
{
	struct run_point *point = fault_point("plan_point") ? NULL : malloc(sizeof(*point));

	if (!point)
		return NULL;
	point->next = NULL;
	point->settings = *settings;
	point->mix = (struct mix){0};
	memcpy(point->at, at, sizeof(point->at));
	for (uint32_t i = 0; i < settings->sweeps.count; i++)
		opt_pick(run_options, &point->settings, i, at[i]);
	return point;
}

bool sweep_is_new(const struct run_point *point, const struct run_cell *cell)
{
	const struct opt_sweeps *sweeps = &point->settings.sweeps;

	for (uint32_t i = 0; i < sweeps->count; i++)
		if (point->at[i] && !row_tells(sweeps->sweep[i].row, cell))
			return false;
	return true;
}

bool sweep_word(const struct run_cell *cell, uint32_t index, char *out, size_t room)
{
	const struct opt_sweep *sweep = &cell->settings->sweeps.sweep[index];
	const struct need *need = need_of(sweep->row);
	char value[64];

	if ((need && need->named) || !row_tells(sweep->row, cell))
		return false;
	opt_format(sweep->row, cell->settings, value, sizeof(value));
	/* Bytes as in size:65536. */
	if (sweep->row->type == OPT_SIZE)
		snprintf(value, sizeof(value), "%llu", (unsigned long long)sweep->list.value[0]);
	snprintf(out, room, "%s:%s", sweep->row->name, value);
	return true;
}
