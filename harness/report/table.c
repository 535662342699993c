// SPDX-License-Identifier: BSD-2-Clause
/*
 * table.c: a run as text for a terminal of 100 columns.
 *
 * Transfers: one block a group; in it one row a size, with the strategies side by side, once for
 * each of the quantities below. Behind them one block a sweep: one row a size and value of its key.
 * Other families: one block a family, one row a cell.
 */
#include "harness/report/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/support/fault.h"
#include "harness/opt/opt.h"
#include "harness/report/ageing.h"
#include "harness/report/noise.h"
#include "harness/report/phase.h"
#include "harness/report/sweep.h"
#include "harness/report/table.h"
#include "harness/report/text.h"

#define TABLE_CELL_COLUMNS 20
#define TABLE_SIDE_BY_SIDE 4
#define TABLE_ERRORS_SHOWN 10

/* A line of a block: its label, and the strategies side by side. */
struct table_line {
	char label[64];
	const struct view_row *row;
};

struct table_block {
	char heading[64]; /* of the labels */
	bool ceiling;     /* with the column of ceilings, where a quantity has it */
	size_t count;
	struct table_line *line;
};

int table_columns(const char *text)
{
	int count = 0;

	for (; *text; text++)
		count += ((unsigned char)*text & 0xc0) != 0x80;
	return count;
}

void table_padded(const struct table *table, const char *text, int width, const char *style)
{
	int pad = width - table_columns(text);

	fprintf(table->out, "%*s%s%s%s", pad > 0 ? pad : 1, "", style, text,
		style[0] ? table->plain : "");
}

static void table_row(const struct table *table, const struct table_line *line,
	const struct table_quantity *quantity, bool ceiling, uint32_t first, uint32_t end)
{
	const struct view_row *row = line->row;
	int fastest = quantity->ceiling ? view_fastest(table->view, row) : -1;
	char text[3 * TEXT_MAX];

	fputs(line->label, table->out);
	for (uint32_t i = first; i < end; i++) {
		const struct view_summary *summary = row->by_strategy[i];

		if (summary && !summary->good)
			snprintf(text, sizeof(text), "failed");
		else if (!summary || (!quantity->has && isnan(summary->median[quantity->counter])))
			snprintf(text, sizeof(text), "-");
		else
			quantity->show(summary, text, sizeof(text) - 1);
		const char *mark = summary && summary->good && noise_marks(summary) ? NOISE_MARK
		                   : fastest == (int)i                              ? "*"
		                                                                    : " ";

		memcpy(text + strlen(text), mark, 2);
		table_padded(table, text, TABLE_CELL_COLUMNS, fastest == (int)i ? table->bold : "");
	}
	if (ceiling)
		table_padded(table, text_rate(row->ceiling_bytes_per_second, text, sizeof(text)),
			10, table->dim);
	fputc('\n', table->out);
}

static bool summary_has(const struct view_summary *summary, const struct table_quantity *quantity)
{
	if (!summary)
		return false;
	/* What failed is said once: by the block that every run has. */
	if (!summary->good)
		return quantity->ceiling;
	if (quantity->has)
		return quantity->has(summary);
	return summary->median[quantity->counter] > quantity->above;
}

static bool quantity_known(const struct table *table, const struct table_block *block,
	const struct table_quantity *quantity)
{
	for (size_t r = 0; r < block->count; r++) {
		for (uint32_t i = 0; i < table->view->strategy_count; i++) {
			if (summary_has(block->line[r].row->by_strategy[i], quantity))
				return true;
		}
	}
	return false;
}

static void table_quantity(const struct table *table, const struct table_block *block,
	const struct table_quantity *quantity)
{
	const uint32_t count = table->view->strategy_count;
	const bool ceiling = quantity->ceiling && block->ceiling;

	if (!quantity_known(table, block, quantity))
		return;
	fprintf(table->out, "\n  %s%s%s\n", table->dim, quantity->title, table->plain);
	for (uint32_t first = 0; first < count; first += TABLE_SIDE_BY_SIDE) {
		uint32_t end = first + TABLE_SIDE_BY_SIDE < count ? first + TABLE_SIDE_BY_SIDE
		                                                  : count;

		fputs(block->heading, table->out);
		for (uint32_t i = first; i < end; i++)
			fprintf(table->out, "%*s ", TABLE_CELL_COLUMNS - 1,
				table->view->strategy[i]);
		fprintf(table->out, "%s\n", ceiling ? "    memcpy" : "");
		for (size_t r = 0; r < block->count; r++)
			table_row(table, &block->line[r], quantity, ceiling, first, end);
	}
}

static void table_block(
	const struct table *table, const struct table_block *block, enum table_place place)
{
	for (size_t q = 0; q < table_quantity_count; q++)
		if (table_quantities[q].place & place)
			table_quantity(table, block, &table_quantities[q]);
}

/* free() takes it back; NULL: no memory, which the table says. */
static struct table_line *lines_make(const struct table *table, size_t count)
{
	struct table_line *line = fault_point("report_alloc") ? NULL
	                                                      : calloc(count + 1, sizeof(*line));

	if (!line)
		fprintf(table->out, "no memory for the lines of this block; end other programs\n");
	return line;
}

static void table_group(const struct table *table, const struct view_group *group)
{
	struct table_block block = {.heading = "      size", .ceiling = true};
	char size[TEXT_MAX];

	block.line = lines_make(table, group->row_count);
	for (uint32_t r = 0; block.line && r < group->row_count; r++) {
		struct table_line *line = &block.line[block.count++];

		line->row = &group->row[r];
		snprintf(line->label, sizeof(line->label), "%10s",
			text_size((double)line->row->size_bytes, size, sizeof(size)));
	}
	table_block(table, &block, TABLE_GROUPS);
	free(block.line);
}

static const struct view_row *row_of_size(const struct view_group *group, uint64_t size_bytes)
{
	for (uint32_t r = 0; r < group->row_count; r++)
		if (group->row[r].size_bytes == size_bytes)
			return &group->row[r];
	return NULL;
}

/* The lines of one size, which the first of them shows; the column of ceilings gives way to that of the values. */
static void sweep_lines(struct table_block *block, const struct sweep *sweep, uint64_t size_bytes)
{
	const size_t first = block->count;

	for (uint32_t i = 0; i < sweep->count; i++) {
		const struct view_row *row = row_of_size(sweep->point[i].group, size_bytes);
		struct table_line *line = &block->line[block->count];
		char size[TEXT_MAX];

		if (!row)
			continue;
		text_size((double)size_bytes, size, sizeof(size));
		line->row = row;
		snprintf(line->label, sizeof(line->label), "%9s%11s",
			block->count == first ? size : "", sweep->point[i].value);
		block->count++;
	}
}

static void table_sweep(const struct table *table, const struct sweep *sweep)
{
	const struct view_group *group = sweep->point[0].group;
	struct table_block block = {.heading = "     size      value"};

	block.line = lines_make(table, (size_t)group->row_count * sweep->count);
	for (uint32_t r = 0; block.line && r < group->row_count; r++)
		sweep_lines(&block, sweep, group->row[r].size_bytes);
	fprintf(table->out, "\n%s%s%s%s\n", table->bold, sweep->title,
		table->view->run->simulated ? " (simulated time)" : "", table->plain);
	table_block(table, &block, TABLE_SWEEPS);
	free(block.line);
}

static void table_sweeps(const struct table *table)
{
	struct sweep_list list;
	struct err err = ERR_INIT;

	if (sweep_make(&list, table->view, &err) < 0) {
		fprintf(table->out, "%s\n", err.message);
		return;
	}
	for (uint32_t i = 0; i < list.count; i++)
		table_sweep(table, &list.sweep[i]);
	sweep_free(&list);
}

/* What the ceilings of this placement are; their rates follow from depth. */
static void table_crossing(const struct table *table)
{
	const char *handoff = text_fact(table->view->run, "ceiling.handoff_ns", NULL);
	const char *wakeup = text_fact(table->view->run, "ceiling.wakeup_ns", NULL);
	char there[TEXT_MAX], awake[TEXT_MAX];

	if (handoff && wakeup && table->view->group_count)
		fprintf(table->out,
			"\n  hand-off: %s for a cache line from core to core and back; wake-up: "
			"%s\n",
			text_time(strtod(handoff, NULL), there, sizeof(there)),
			text_time(strtod(wakeup, NULL), awake, sizeof(awake)));
}

static void table_groups(const struct table *table)
{
	const struct view *view = table->view;

	for (uint32_t g = 0; g < view->group_count; g++) {
		fprintf(table->out, "\n%s%s%s%s\n", table->bold, view->group[g].title,
			view->run->simulated ? " (simulated time)" : "", table->plain);
		table_group(table, &view->group[g]);
		phase_table(view, &view->group[g], table->dim, table->plain, table->out);
	}
	table_sweeps(table);
	table_crossing(table);
	if (view->group_count)
		fprintf(table->out,
			"\n  * fastest of its row by intervals that do not overlap; medians over "
			"up to %u repetition%s%s\n",
			view->repetitions, opt_plural(view->repetitions),
			view->repetitions < VIEW_INTERVAL_MIN ? " (an interval takes 6)" : "");
}

/* Whether most repetitions of @cell were steady; -1: too short to tell. */
static int cell_steady(const struct store_cell *cell)
{
	uint32_t known = 0, steady = 0;

	for (uint32_t i = 0; i < cell->sample_count; i++) {
		double value = cell->sample[i].counter[STORE_steady];

		known += isnan(value) ? 0u : 1u;
		steady += value > 0 ? 1u : 0u;
	}
	return known ? 2 * steady > known : -1;
}

static void table_steady(const struct table *table)
{
	const struct store_run *run = table->view->run;
	uint32_t known = 0, steady = 0;

	for (uint32_t i = 0; i < run->cell_count; i++) {
		known += cell_steady(&run->cell[i]) >= 0 ? 1u : 0u;
		steady += cell_steady(&run->cell[i]) > 0 ? 1u : 0u;
	}
	if (!known)
		return;
	fprintf(table->out, "\nsteady state: reached in %u of %u case%s%s\n", steady, known,
		opt_plural(known), steady < known ? "; not in" : "");
	for (uint32_t i = 0; i < run->cell_count; i++)
		if (cell_steady(&run->cell[i]) == 0)
			fprintf(table->out, "  %s\n", run->cell[i].name);
}

static void table_crossovers(const struct table *table)
{
	const struct store_run *run = table->view->run;

	if (run->crossover_count)
		fprintf(table->out, "\n%scrossover%s\n", table->bold, table->plain);
	for (uint32_t i = 0; i < run->crossover_count; i++)
		text_wrap(table->out, run->crossover[i].sentence, TABLE_COLUMNS);
}

static void table_searches(const struct table *table)
{
	const struct store_run *run = table->view->run;

	if (run->rate_count)
		fprintf(table->out, "\n%shighest rate under a limit%s\n", table->bold,
			table->plain);
	for (uint32_t i = 0; i < run->rate_count; i++)
		text_wrap(table->out, run->rate[i].sentence, TABLE_COLUMNS);
}

static void table_failures(const struct table *table)
{
	const struct store_run *run = table->view->run;
	uint32_t failed = 0;

	for (uint32_t i = 0; i < run->cell_count; i++) {
		for (uint32_t s = 0; s < run->cell[i].sample_count; s++) {
			const struct store_sample *sample = &run->cell[i].sample[s];

			if (!sample->failed)
				continue;
			if (failed++ == 0)
				fprintf(table->out, "\n%sfailed repetitions%s\n", table->bold,
					table->plain);
			if (failed > TABLE_ERRORS_SHOWN)
				continue;
			fprintf(table->out, "  %s, repetition %u:\n", run->cell[i].name,
				sample->repetition);
			text_wrap(table->out, sample->error, TABLE_COLUMNS);
		}
	}
	if (failed > TABLE_ERRORS_SHOWN)
		fprintf(table->out, "  and %u more\n", failed - TABLE_ERRORS_SHOWN);
	if (run->finding_count)
		fprintf(table->out, "\n%sfindings: what was measured is wrong%s\n", table->bold,
			table->plain);
	for (uint32_t i = 0; i < run->finding_count; i++) {
		fprintf(table->out, "  %s\n", run->finding[i].cell);
		text_wrap(table->out, run->finding[i].text, TABLE_COLUMNS);
	}
}

/* What a soak says of all that is held, and of the speed. */
static void table_soak(const struct table *table)
{
	static const char prefix[] = "soak.";
	const struct store_run *run = table->view->run;
	bool any = false;

	for (uint32_t i = 0; i < run->fact_count; i++) {
		if (strncmp(run->fact[i].key, prefix, strlen(prefix)) != 0)
			continue;
		if (!any)
			fprintf(table->out,
				"\n%ssoak: held after each trial, from block to block%s\n",
				table->bold, table->plain);
		any = true;
		fprintf(table->out, "  %-12s %s\n", run->fact[i].key + strlen(prefix),
			run->fact[i].value);
	}
}

void report_table(const struct store_run *run, bool color, FILE *out)
{
	char wall[TEXT_MAX];
	struct err err = ERR_INIT;
	struct view view;
	struct table table = {.out = out,
		.bold = color ? "\033[1m" : "",
		.dim = color ? "\033[2m" : "",
		.plain = color ? "\033[0m" : "",
		.view = &view};

	if (view_make(&view, run, &err) < 0) {
		fprintf(out, "%s\n", err.message);
		return;
	}
	fprintf(out, "%srun %s%s  %s  %s%s  %s\n", table.bold, run->id, table.plain, run->title,
		text_state(run->state), run->simulated ? ", simulated" : "",
		text_wall(run->started_wall_ns, wall, sizeof(wall)));
	if (!run->cell_count)
		fprintf(out, "  nothing was measured\n");
	if (view.strategies_left_out)
		fprintf(out, "  more than %d strategies; the others are in --json\n",
			VIEW_STRATEGIES_MAX);
	table_groups(&table);
	table_crossovers(&table);
	table_searches(&table);
	table_families(&table);
	ageing_table(run, table.bold, table.dim, table.plain, out);
	table_steady(&table);
	table_soak(&table);
	table_failures(&table);
	noise_text(run, table.bold, table.plain, out);
	view_free(&view);
}
