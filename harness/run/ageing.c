// SPDX-License-Identifier: BSD-2-Clause
/*
 * ageing.c: windows of a trial that goes through a whole trace: what taking cost in each, and how memory lies at its end.
 * Called by cell.c around trials, by execute.c behind them, and by the case where a window ends, between two requests:
 * none of it is timed, and the port's means stand still meanwhile.
 */
#include "harness/run/run_priv.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/support/fault.h"

int ageing_open(struct run_cell *cell, struct err *err)
{
	const uint64_t windows = cell->settings->churn.windows;
	struct run_windows *w = &cell->windows;

	*w = (struct run_windows){0};
	if (!(cell->bench->keys & RUN_KEY_TRACE))
		return 0;
	cell->taking = fault_point("ageing") ? NULL : malloc(sizeof(*cell->taking));
	w->all = malloc(sizeof(*w->all));
	w->window = calloc(windows + 1, sizeof(*w->window));
	w->wanted = (uint32_t)windows;
	if (cell->taking && w->all && w->window)
		return 0;
	return err_short(err, -ENOMEM, "%s: no memory for %llu windows", cell->name,
		(unsigned long long)windows);
}

void ageing_close(struct run_cell *cell)
{
	free(cell->taking);
	free(cell->windows.all);
	free(cell->windows.window);
	cell->taking = NULL;
	cell->windows = (struct run_windows){0};
}

void ageing_begin(struct run_cell *cell, const struct run_trial *trial)
{
	struct run_windows *w = &cell->windows;

	if (!cell->taking)
		return;
	hist_init(cell->taking);
	hist_init(w->all);
	w->count = 0;
	w->room = trial->measured ? w->wanted : 0;
	w->failed = 0;
}

uint32_t run_cell_windows(const struct run_cell *cell)
{
	return cell->windows.room;
}

static double window_ns(const struct run_cell *cell, const struct hist *taking, double q)
{
	return taking->count ? (double)hist_quantile(taking, q) * cell->machine->clock.ns_per_tick
	                     : (double)NAN;
}

static void window_costs(
	const struct run_cell *cell, const struct run_outcome *o, struct store_window *window)
{
	const struct run_windows *w = &cell->windows;
	double *value = window->value;

	value[STORE_WINDOW_operations] = (double)o->operations;
	value[STORE_WINDOW_time_ns] = (double)o->ticks * cell->machine->clock.ns_per_tick;
	value[STORE_WINDOW_takes] = (double)o->taking->count;
	value[STORE_WINDOW_failed] = (double)(o->failed - w->failed);
	value[STORE_WINDOW_alloc_p50_ns] = window_ns(cell, o->taking, 0.5);
	value[STORE_WINDOW_alloc_p99_ns] = window_ns(cell, o->taking, 0.99);
	value[STORE_WINDOW_alloc_p999_ns] = window_ns(cell, o->taking, 0.999);
	value[STORE_WINDOW_alloc_max_ns] = window_ns(cell, o->taking, 1);
}

static void window_memory(const struct videoport_usage *u, struct store_window *window)
{
	double *value = window->value;
	const double asked = (double)u->common_asked_bytes, held = (double)u->common_bytes;

	value[STORE_WINDOW_live_bytes] = asked;
	value[STORE_WINDOW_held_bytes] = held;
	value[STORE_WINDOW_free_bytes] = (double)u->common_free_bytes;
	value[STORE_WINDOW_extent_bytes] = held + (double)u->common_free_bytes;
	value[STORE_WINDOW_largest_free_bytes] = (double)u->common_largest_bytes;
	value[STORE_WINDOW_external_fragmentation] = u->common_fragmentation;
	value[STORE_WINDOW_internal_fragmentation] = held > 0 ? 1 - asked / held : 0;
	value[STORE_WINDOW_pinned_bytes] = (double)u->pinned_bytes;
}

void run_cell_window_end(struct run_cell *cell, struct run_outcome *outcome)
{
	struct run_windows *w = &cell->windows;
	struct videoport_usage usage;

	if (w->count == w->room)
		return;
	videoport_usage_run(cell->port, false, 0);
	videoport_usage(cell->port, &usage);
	window_costs(cell, outcome, &w->window[w->count]);
	window_memory(&usage, &w->window[w->count]);
	w->count++;
	w->failed = outcome->failed;
	hist_merge(w->all, outcome->taking);
	hist_init(outcome->taking);
	videoport_usage_run(cell->port, true, 0);
}

void ageing_end(struct run_cell *cell, struct run_outcome *outcome)
{
	if (cell->taking)
		hist_merge(outcome->taking, cell->windows.all);
}

int ageing_sample(const struct run_cell *cell, struct store_sample *sample)
{
	const struct run_windows *w = &cell->windows;

	if (!w->count)
		return 0;
	sample->window = fault_point("ageing_sample") ? NULL : calloc(w->count, sizeof(*w->window));
	if (!sample->window)
		return -ENOMEM;
	memcpy(sample->window, w->window, w->count * sizeof(*w->window));
	sample->window_count = w->count;
	return 0;
}
