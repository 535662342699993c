// SPDX-License-Identifier: BSD-2-Clause
/* phase.c: see phase.h. Called by table.c and plot_ledger.c. */
#include "harness/report/phase.h"

#include <math.h>
#include <string.h>

#include "harness/report/text.h"

#define PHASE_COLUMN       20
#define PHASE_SIDE_BY_SIDE 4
#define PHASE_SHARE        0.0005 /* a part smaller in every column is left out */

/* One hue a kind of work: pinning violet, mapping blue, copying red, rings green, waiting grey. */
const struct phase phases[PHASE_COUNT] = {
	{"driver", STORE_phase_driver_ns, 0xE6C229},
	{"lock", STORE_phase_lock_ns, 0x7B5EA7},
	{"map", STORE_phase_map_ns, 0x1F5A96},
	{"copy in", STORE_phase_copy_in_ns, 0xD55E00},
	{"sync", STORE_phase_sync_ns, 0x5C4033},
	{"S/G list", STORE_phase_sg_ns, 0x56B4E9},
	{"descriptor", STORE_phase_descriptor_ns, 0x00694E},
	{"doorbell", STORE_phase_doorbell_ns, 0x7FD1B9},
	{"device", STORE_phase_device_ns, 0x9A9A9A},
	{"hand-off", STORE_phase_handoff_ns, 0xC9C9C9},
	{"completion", STORE_phase_completion_ns, 0x009E73},
	{"copy out", STORE_phase_copy_out_ns, 0xF2A36B},
	{"unmap", STORE_phase_unmap_ns, 0x3D85C6},
	{"unlock", STORE_phase_unlock_ns, 0xB79FD6},
	{"queue", STORE_phase_queue_ns, 0xEAEAEA},
	{"residue", STORE_phase_residue_ns, 0x333333},
};

bool phase_kept(const struct view_summary *summary)
{
	return summary && summary->good && isfinite(summary->median[STORE_phase_total_ns]) &&
	       summary->median[STORE_phase_total_ns] > 0;
}

static bool row_kept(const struct view *view, const struct view_row *row)
{
	for (uint32_t i = 0; i < view->strategy_count; i++) {
		if (phase_kept(row->by_strategy[i]))
			return true;
	}
	return false;
}

bool phase_kept_any(const struct view *view, const struct view_group *group)
{
	for (uint32_t r = 0; r < group->row_count; r++) {
		if (row_kept(view, &group->row[r]))
			return true;
	}
	return false;
}

static double share(const struct view_summary *summary, const struct phase *phase)
{
	return summary->median[phase->counter] / summary->median[STORE_phase_total_ns];
}

static bool part_shown(
	const struct view *view, const struct view_row *row, const struct phase *phase)
{
	for (uint32_t i = 0; i < view->strategy_count; i++) {
		if (phase_kept(row->by_strategy[i]) &&
			fabs(share(row->by_strategy[i], phase)) >= PHASE_SHARE)
			return true;
	}
	return phase->counter == STORE_phase_residue_ns;
}

/* Strategies @first up to @end of a row, side by side. */
struct phase_columns {
	const struct view *view;
	const struct view_row *row;
	uint32_t first, end;
	FILE *out;
};

static void part_row(const struct phase_columns *at, const struct phase *phase)
{
	char time[TEXT_MAX], text[2 * TEXT_MAX];

	fprintf(at->out, "%14s", phase->name);
	for (uint32_t i = at->first; i < at->end; i++) {
		const struct view_summary *summary = at->row->by_strategy[i];

		snprintf(text, sizeof(text), "-");
		if (phase_kept(summary))
			snprintf(text, sizeof(text), "%s %5.1f %%",
				text_time(summary->median[phase->counter], time, sizeof(time)),
				100 * share(summary, phase));
		fprintf(at->out, "%*s", PHASE_COLUMN, text);
	}
	fputc('\n', at->out);
}

static void total_row(const struct phase_columns *at)
{
	char time[TEXT_MAX];

	fprintf(at->out, "%14s", "total");
	for (uint32_t i = at->first; i < at->end; i++) {
		const struct view_summary *summary = at->row->by_strategy[i];
		double ns = phase_kept(summary) ? summary->median[STORE_phase_total_ns]
		                                : (double)NAN;

		fprintf(at->out, "%*s", PHASE_COLUMN, text_time(ns, time, sizeof(time)));
	}
	fputc('\n', at->out);
}

static void size_block(const struct phase_columns *at)
{
	char size[TEXT_MAX];

	fprintf(at->out, "%14s", text_size((double)at->row->size_bytes, size, sizeof(size)));
	for (uint32_t i = at->first; i < at->end; i++)
		fprintf(at->out, "%*s", PHASE_COLUMN, at->view->strategy[i]);
	fputc('\n', at->out);
	for (size_t p = 0; p < PHASE_COUNT; p++) {
		if (part_shown(at->view, at->row, &phases[p]))
			part_row(at, &phases[p]);
	}
	total_row(at);
}

static void row_blocks(const struct view *view, const struct view_row *row, FILE *out)
{
	for (uint32_t first = 0; first < view->strategy_count; first += PHASE_SIDE_BY_SIDE) {
		uint32_t left = view->strategy_count - first;
		struct phase_columns at = {.view = view,
			.row = row,
			.first = first,
			.end = first + (left < PHASE_SIDE_BY_SIDE ? left : PHASE_SIDE_BY_SIDE),
			.out = out};

		size_block(&at);
	}
}

void phase_table(const struct view *view, const struct view_group *group, const char *dim,
	const char *plain, FILE *out)
{
	if (!phase_kept_any(view, group))
		return;
	fprintf(out, "\n  %swhere the time of one operation goes%s\n", dim, plain);
	for (uint32_t r = 0; r < group->row_count; r++) {
		if (row_kept(view, &group->row[r]))
			row_blocks(view, &group->row[r], out);
	}
}
