// SPDX-License-Identifier: BSD-2-Clause
/*
 * plot_ledger.c: data and variables of the cost ledger's plot: a bar a strategy in a cluster a size, cut into the parts
 * of one operation. Bars are shares, so that small and large transfers stand side by side; the time is written on top.
 */
#include "harness/report/phase.h"
#include "harness/report/plot_fit.h"

#include <math.h>

#include "harness/report/gnuplot.h"
#include "harness/report/text.h"

/* One bar after the other with a gap behind each size. Return: its place, counted from 0. */
typedef void (*bar_emit)(void *arg, const struct view *view, const struct view_row *row,
	uint32_t strategy, double at);

static double bars_walk(
	const struct view *view, const struct view_group *group, bar_emit emit, void *arg)
{
	double at = 0;

	for (uint32_t r = 0; r < group->row_count; r++) {
		double first = at;

		for (uint32_t i = 0; i < view->strategy_count; i++) {
			if (phase_kept(group->row[r].by_strategy[i]))
				emit(arg, view, &group->row[r], i, at++);
		}
		at += at > first ? 0.8 : 0;
	}
	return at;
}

/* A residue may be negative: what is drawn is what is positive. */
static double part_drawn(const struct view_summary *summary, const struct phase *phase)
{
	double ns = summary->median[phase->counter];

	return isfinite(ns) ? fmax(ns, 0) : 0;
}

static double parts_drawn(const struct view_summary *summary, size_t count)
{
	double sum_ns = 0;

	for (size_t i = 0; i < count; i++)
		sum_ns += part_drawn(summary, &phases[i]);
	return sum_ns;
}

struct part {
	FILE *dat;
	size_t phase;
	bool any;
};

static void part_emit(void *arg, const struct view *view, const struct view_row *row,
	uint32_t strategy, double at)
{
	struct part *part = arg;
	const struct view_summary *summary = row->by_strategy[strategy];
	const struct phase *phase = &phases[part->phase];
	double sum_ns = parts_drawn(summary, PHASE_COUNT);
	double low = 100 * parts_drawn(summary, part->phase) / sum_ns;
	double high = 100 * parts_drawn(summary, part->phase + 1) / sum_ns;
	char size[TEXT_MAX], time[TEXT_MAX], tip[160];

	snprintf(tip, sizeof(tip), "%s, %s: %s %s, %.1f %%", view->strategy[strategy],
		text_size((double)row->size_bytes, size, sizeof(size)), phase->name,
		text_time(summary->median[phase->counter], time, sizeof(time)), high - low);
	fprintf(part->dat, "%.10g %.10g %.10g %.10g ", at, low, high,
		summary->median[phase->counter]);
	plot_dat_text(part->dat, tip);
	fputc('\n', part->dat);
	part->any = part->any || high - low >= 0.05;
}

static void bar_emit_label(void *arg, const struct view *view, const struct view_row *row,
	uint32_t strategy, double at)
{
	const struct view_summary *summary = row->by_strategy[strategy];
	char time[TEXT_MAX], size[TEXT_MAX];
	FILE *dat = arg;

	fprintf(dat, "%.10g ", at);
	plot_dat_text(dat, view->strategy[strategy]);
	fputc(' ', dat);
	plot_dat_text(dat, text_time(summary->median[STORE_phase_total_ns], time, sizeof(time)));
	fputc(' ', dat);
	plot_dat_text(dat, text_size((double)row->size_bytes, size, sizeof(size)));
	fputc('\n', dat);
}

/* The middle of each size's bars. */
static void sizes_write(const struct view *view, const struct view_group *group, FILE *dat)
{
	double at = 0;
	char size[TEXT_MAX];

	for (uint32_t r = 0; r < group->row_count; r++) {
		uint32_t bars = 0;

		for (uint32_t i = 0; i < view->strategy_count; i++)
			bars += phase_kept(group->row[r].by_strategy[i]);
		if (!bars)
			continue;
		fprintf(dat, "%.10g ", at + (bars - 1) / 2.0);
		plot_dat_text(dat, text_size((double)group->row[r].size_bytes, size, sizeof(size)));
		fputc('\n', dat);
		at += bars + 0.8;
	}
}

void plot_write_ledger(const struct view *view, const struct plot *plot, FILE *dat, FILE *gp)
{
	unsigned shown[PHASE_COUNT];
	int count = 0;

	fprintf(dat, "# bars: place strategy total size\n");
	double end = bars_walk(view, plot->group, bar_emit_label, dat);

	fprintf(dat, "\n\n# sizes: place size\n");
	sizes_write(view, plot->group, dat);
	for (size_t i = 0; i < PHASE_COUNT; i++) {
		struct part part = {.dat = dat, .phase = i};

		fprintf(dat, "\n\n# %s: place low_percent high_percent ns text\n", phases[i].name);
		bars_walk(view, plot->group, part_emit, &part);
		if (part.any)
			shown[count++] = (unsigned)i;
	}
	fprintf(gp, "N = %d\narray PART[%d]\narray COLOR[%d]\narray BLOCK[%d]\n", count,
		count ? count : 1, count ? count : 1, count ? count : 1);
	for (int i = 0; i < count; i++) {
		fprintf(gp, "PART[%d] = ", i + 1);
		gnuplot_quote(gp, phases[shown[i]].name);
		fprintf(gp, "\nCOLOR[%d] = %u\nBLOCK[%d] = %u\n", i + 1, phases[shown[i]].color,
			i + 1, shown[i] + 2);
	}
	fprintf(gp, "END = %.10g\n", end - 0.8);
}
