// SPDX-License-Identifier: BSD-2-Clause
/* plot_ageing.c: data and variables of the plot of one cell's windows over its operations. Called by plot.c. */
#include "harness/report/ageing.h"

#include <math.h>

#include "harness/report/plot.h"

static const enum store_window_field plotted[] = {
	STORE_WINDOW_operations,
	STORE_WINDOW_extent_bytes,
	STORE_WINDOW_held_bytes,
	STORE_WINDOW_live_bytes,
	STORE_WINDOW_largest_free_bytes,
	STORE_WINDOW_external_fragmentation,
	STORE_WINDOW_internal_fragmentation,
	STORE_WINDOW_alloc_p50_ns,
	STORE_WINDOW_alloc_p99_ns,
	STORE_WINDOW_alloc_p999_ns,
	STORE_WINDOW_alloc_max_ns,
};

#define PLOTTED (sizeof(plotted) / sizeof(plotted[0]))

/* The share of the window's takings that was refused. */
static double refused_share(const struct store_window *window)
{
	const double failed = window->value[STORE_WINDOW_failed];
	const double all = failed + window->value[STORE_WINDOW_takes];

	return all > 0 ? failed / all : 0;
}

static void window_write(const struct store_window *window, FILE *dat)
{
	for (size_t i = 0; i < PLOTTED; i++) {
		double value = window->value[plotted[i]];

		fprintf(dat, isfinite(value) ? "%.9g " : "NaN ", value);
	}
	fprintf(dat, "%.9g\n", refused_share(window));
}

void plot_write_ageing(const struct view *view, const struct plot *plot, FILE *dat, FILE *gp)
{
	const struct ageing *ageing = &plot->ageing;
	bool refused = false;

	(void)view;
	fputc('#', dat);
	for (size_t i = 0; i < PLOTTED; i++)
		fprintf(dat, " %s", store_window_name(plotted[i]));
	fprintf(dat, " refused_share\n");
	for (uint32_t w = 0; w < ageing->count; w++) {
		window_write(&ageing->window[w], dat);
		refused = refused || refused_share(&ageing->window[w]) > 0;
	}
	fprintf(gp, "REFUSED = %d\n", refused);
}
