// SPDX-License-Identifier: BSD-2-Clause
/*
 * table_families.c: the families that do not move bytes, as text: one block a family, one row a case. Called by
 * table.c.
 */
#include "harness/report/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report/noise.h"
#include "harness/report/text.h"

/* What tells the cells of one family apart: the name behind the family. */
static const char *cell_short_name(const struct store_cell *cell)
{
	const char *slash = strchr(cell->name, '/');

	return slash ? slash + 1 : cell->name;
}

/* What a family may have besides rate and time; a column where some case of it has it. */
static void elements_cell(const struct view_summary *summary, char *out, size_t room)
{
	table_count(summary->median[STORE_sg_elements_per_op], out, room);
}

static void held_cell(const struct view_summary *summary, char *out, size_t room)
{
	text_size(summary->median[STORE_common_buffer_peak_bytes], out, room);
}

static void holes_cell(const struct view_summary *summary, char *out, size_t room)
{
	snprintf(out, room, "%.1f %%",
		100 * summary->median[STORE_common_buffer_external_fragmentation]);
}

static const struct table_extra {
	const char *title;
	void (*show)(const struct view_summary *summary, char *out, size_t room);
	enum store_counter counter;
} table_extras[] = {
	{"elements", elements_cell, STORE_sg_elements_per_op},
	{"held", held_cell, STORE_common_buffer_external_fragmentation},
	{"in holes", holes_cell, STORE_common_buffer_external_fragmentation},
};

#define TABLE_EXTRAS       (sizeof(table_extras) / sizeof(table_extras[0]))
#define TABLE_NAME_COLUMNS 38
#define TABLE_TIME_COLUMNS 14 /* with a spread */

/* Which of them, as bits, the cells of @family have. */
static unsigned family_extras(const struct store_run *run, const char *family)
{
	unsigned extras = 0;

	for (uint32_t i = 0; i < run->cell_count; i++) {
		const struct store_cell *cell = &run->cell[i];

		for (size_t e = 0; e < TABLE_EXTRAS; e++)
			if (strcmp(cell->params.family, family) == 0 && cell->sample_count &&
				cell->sample[0].counter[table_extras[e].counter] > 0)
				extras |= 1u << e;
	}
	return extras;
}

static int name_columns(unsigned extras)
{
	return TABLE_NAME_COLUMNS - 10 * __builtin_popcount(extras);
}

static void table_family_heading(const struct table *table, unsigned extras)
{
	fprintf(table->out, "  %-*s%11s%10s%*s%*s%10s", name_columns(extras), "case", "operations",
		"time", TABLE_TIME_COLUMNS, "p50", TABLE_TIME_COLUMNS, "p99", "CPU/op");
	for (size_t e = 0; e < TABLE_EXTRAS; e++)
		if (extras & 1u << e)
			fprintf(table->out, "%10s", table_extras[e].title);
	fputc('\n', table->out);
}

static void table_family_figures(
	const struct table *table, const struct view_summary *summary, unsigned extras)
{
	char rate[TEXT_MAX], time[TEXT_MAX], p50[2 * TEXT_MAX], p99[2 * TEXT_MAX], cpu[TEXT_MAX];

	table_time(summary, STORE_lat_p50_ns, p50, sizeof(p50));
	table_time(summary, STORE_lat_p99_ns, p99, sizeof(p99));
	fprintf(table->out, "%9s/s%10s",
		text_count(summary->median[STORE_items_per_second], rate, sizeof(rate)),
		text_time(summary->real_time_ns, time, sizeof(time)));
	table_padded(table, p50, TABLE_TIME_COLUMNS, "");
	table_padded(table, p99, TABLE_TIME_COLUMNS, "");
	fprintf(table->out, "%10s",
		text_time(summary->median[STORE_cpu_ns_per_op], cpu, sizeof(cpu)));
	for (size_t e = 0; e < TABLE_EXTRAS; e++) {
		char text[TEXT_MAX] = "-";

		if (!(extras & 1u << e))
			continue;
		if (isfinite(summary->median[table_extras[e].counter]))
			table_extras[e].show(summary, text, sizeof(text));
		fprintf(table->out, "%10s", text);
	}
	fprintf(table->out, "%s\n", noise_marks(summary) ? NOISE_MARK : "");
}

static void table_family_row(
	const struct table *table, const struct store_cell *cell, unsigned extras)
{
	const int width = name_columns(extras);
	struct view_summary summary;

	if (view_summarise(&summary, cell) == 0) {
		const char *name = cell_short_name(cell);

		/* A long name gets a line of its own. */
		fprintf(table->out, "  %-*s", width, name);
		if (table_columns(name) > width)
			fprintf(table->out, "\n%*s", width + 2, "");
		if (summary.good)
			table_family_figures(table, &summary, extras);
		else
			fprintf(table->out, "%11s\n", summary.bad ? "failed" : "-");
	}
	free(summary.latency);
}

static bool family_seen_before(const struct store_run *run, uint32_t index)
{
	for (uint32_t i = 0; i < index; i++) {
		if (strcmp(run->cell[i].params.family, run->cell[index].params.family) == 0)
			return true;
	}
	return false;
}

void table_families(const struct table *table)
{
	const struct store_run *run = table->view->run;

	for (uint32_t i = 0; i < run->cell_count; i++) {
		const char *family = run->cell[i].params.family;

		if (strcmp(family, "transfer") == 0 || family_seen_before(run, i))
			continue;
		fprintf(table->out, "\n%s%s%s%s\n", table->bold, family[0] ? family : "other",
			run->simulated ? " (simulated time)" : "", table->plain);
		const unsigned extras = family_extras(run, family);

		table_family_heading(table, extras);
		for (uint32_t k = i; k < run->cell_count; k++) {
			if (strcmp(run->cell[k].params.family, family) == 0)
				table_family_row(table, &run->cell[k], extras);
		}
	}
}
