// SPDX-License-Identifier: BSD-2-Clause
/*
 * table.c: a run as text for a terminal of 100 columns.
 *
 * Transfers: one block a group; in it one row a size, with the strategies side by side, once for
 * each of the quantities below. Other families: one block a family, one row a cell.
 */
#include "harness/report/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report/noise.h"
#include "harness/report/phase.h"
#include "harness/report/text.h"
#include "harness/report/view.h"

#define TABLE_COLUMNS      100
#define TABLE_CELL_COLUMNS 20
#define TABLE_SIDE_BY_SIDE 4
#define TABLE_ERRORS_SHOWN 10

struct table {
	FILE *out;
	const char *bold, *dim, *plain;
	const struct view *view;
};

static void rate_cell(const struct view_summary *summary, char *out, size_t room)
{
	char rate[TEXT_MAX], spread[TEXT_MAX] = "", ratio[TEXT_MAX] = "";
	double median = summary->median[STORE_bytes_per_second];

	if (summary->interval && median > 0) {
		double half = 50 * (summary->high - summary->low) / median;

		snprintf(spread, sizeof(spread), " \xc2\xb1%.0f%%", half);
	}
	if (isfinite(summary->median[STORE_ceiling_ratio]))
		snprintf(ratio, sizeof(ratio), " %.2f", summary->median[STORE_ceiling_ratio]);
	snprintf(out, room, "%s%s%s", text_rate(median, rate, sizeof(rate)), spread, ratio);
}

static void latency_cell(const struct view_summary *summary, char *out, size_t room)
{
	char p50[TEXT_MAX], p99[TEXT_MAX];

	snprintf(out, room, "%s / %s",
		text_time(summary->median[STORE_lat_p50_ns], p50, sizeof(p50)),
		text_time(summary->median[STORE_lat_p99_ns], p99, sizeof(p99)));
}

static void cost_cell(const struct view_summary *summary, char *out, size_t room)
{
	char cpu[TEXT_MAX], size[TEXT_MAX];

	snprintf(out, room, "%s / %s",
		text_time(summary->median[STORE_cpu_ns_per_op], cpu, sizeof(cpu)),
		text_size(summary->median[STORE_common_buffer_peak_bytes], size, sizeof(size)));
}

static void footprint_cell(const struct view_summary *summary, char *out, size_t room)
{
	char density[TEXT_MAX], pinned[TEXT_MAX];

	snprintf(out, room, "%s / %s",
		text_density(summary->median[STORE_common_buffer_turns_per_second], density,
			sizeof(density)),
		text_size(summary->median[STORE_pinned_mean_bytes], pinned, sizeof(pinned)));
}

/* What holds the case down, and the share it reaches of what that allows. */
static void limiter_cell(const struct view_summary *summary, char *out, size_t room)
{
	double share = summary->median[STORE_items_per_second] /
	               summary->cell->limit_items_per_second;

	if (isfinite(share))
		snprintf(out, room, "%s %.2f", summary->cell->limiter, share);
	else
		snprintf(out, room, "%s", summary->cell->limiter[0] ? summary->cell->limiter : "-");
}

static void response_cell(const struct view_summary *summary, char *out, size_t room)
{
	char p50[TEXT_MAX], p999[TEXT_MAX];

	snprintf(out, room, "%s / %s",
		text_time(summary->median[STORE_resp_p50_ns], p50, sizeof(p50)),
		text_time(summary->median[STORE_resp_p999_ns], p999, sizeof(p999)));
}

static void offered_cell(const struct view_summary *summary, char *out, size_t room)
{
	char rate[TEXT_MAX];
	bool sustained = summary->median[STORE_sustained] >= 1;
	double offered = summary->median[STORE_offered_per_second];

	snprintf(out, room, "%s/s %s%.0f%%", text_count(offered, rate, sizeof(rate)),
		sustained ? "" : "overload ",
		100 * summary->median[STORE_items_per_second] / offered);
}

/* Of operations that differ. */
static void mix_cell(const struct view_summary *summary, char *out, size_t room)
{
	char size[TEXT_MAX];

	snprintf(out, room, "%s / %.2f",
		text_size(summary->median[STORE_op_mean_bytes], size, sizeof(size)),
		summary->median[STORE_to_device_share]);
}

static const struct table_quantity {
	const char *title;
	void (*show)(const struct view_summary *summary, char *out, size_t room);
	bool ceiling;               /* a last column with the memcpy ceiling */
	enum store_counter counter; /* left out where no case has it */
} table_quantities[] = {
	{"throughput, half width of its 95 % interval, share of memcpy", rate_cell, true,
		STORE_bytes_per_second},
	{"bytes an operation / share of operations to the device", mix_cell, false,
		STORE_op_mean_bytes},
	{"arrivals offered, share of them achieved", offered_cell, false, STORE_offered_per_second},
	{"response time p50 / p99.9, from the intended start", response_cell, false,
		STORE_resp_p50_ns},
	{"latency p50 / p99", latency_cell, false, STORE_lat_p50_ns},
	{"CPU time an operation / common buffer peak", cost_cell, false, STORE_cpu_ns_per_op},
	{"throughput a MiB of common buffer / pinned memory, mean", footprint_cell, false,
		STORE_common_buffer_turns_per_second},
	{"limiter, share reached of what it allows", limiter_cell, false, STORE_bytes_per_second},
};

/* Columns that @text takes: bytes that do not continue a UTF-8 character. */
static int columns(const char *text)
{
	int count = 0;

	for (; *text; text++)
		count += ((unsigned char)*text & 0xc0) != 0x80;
	return count;
}

static void padded(const struct table *table, const char *text, int width, const char *style)
{
	int pad = width - columns(text);

	fprintf(table->out, "%*s%s%s%s", pad > 0 ? pad : 1, "", style, text,
		style[0] ? table->plain : "");
}

static void table_row(const struct table *table, const struct view_row *row,
	const struct table_quantity *quantity, uint32_t first, uint32_t end)
{
	int fastest = quantity->ceiling ? view_fastest(table->view, row) : -1;
	char text[3 * TEXT_MAX];

	fprintf(table->out, "%10s", text_size((double)row->size_bytes, text, sizeof(text)));
	for (uint32_t i = first; i < end; i++) {
		const struct view_summary *summary = row->by_strategy[i];

		if (!summary)
			snprintf(text, sizeof(text), "-");
		else if (!summary->good)
			snprintf(text, sizeof(text), "failed");
		else
			quantity->show(summary, text, sizeof(text) - 1);
		const char *mark = summary && summary->good && noise_marks(summary) ? NOISE_MARK
		                   : fastest == (int)i                              ? "*"
		                                                                    : " ";

		memcpy(text + strlen(text), mark, 2);
		padded(table, text, TABLE_CELL_COLUMNS, fastest == (int)i ? table->bold : "");
	}
	if (quantity->ceiling)
		padded(table, text_rate(row->ceiling_bytes_per_second, text, sizeof(text)), 10,
			table->dim);
	fputc('\n', table->out);
}

static bool quantity_known(const struct table *table, const struct view_group *group,
	const struct table_quantity *quantity)
{
	for (uint32_t r = 0; r < group->row_count; r++) {
		for (uint32_t i = 0; i < table->view->strategy_count; i++) {
			const struct view_summary *summary = group->row[r].by_strategy[i];

			if (summary &&
				(!summary->good || isfinite(summary->median[quantity->counter])))
				return true;
		}
	}
	return false;
}

static void table_quantity(const struct table *table, const struct view_group *group,
	const struct table_quantity *quantity)
{
	uint32_t count = table->view->strategy_count;

	if (!quantity_known(table, group, quantity))
		return;
	fprintf(table->out, "\n  %s%s%s\n", table->dim, quantity->title, table->plain);
	for (uint32_t first = 0; first < count; first += TABLE_SIDE_BY_SIDE) {
		uint32_t end = first + TABLE_SIDE_BY_SIDE < count ? first + TABLE_SIDE_BY_SIDE
		                                                  : count;

		fprintf(table->out, "%10s", "size");
		for (uint32_t i = first; i < end; i++)
			fprintf(table->out, "%*s ", TABLE_CELL_COLUMNS - 1,
				table->view->strategy[i]);
		fprintf(table->out, "%s\n", quantity->ceiling ? "    memcpy" : "");
		for (uint32_t r = 0; r < group->row_count; r++)
			table_row(table, &group->row[r], quantity, first, end);
	}
}

static void table_groups(const struct table *table)
{
	const struct view *view = table->view;

	for (uint32_t g = 0; g < view->group_count; g++) {
		fprintf(table->out, "\n%s%s%s%s\n", table->bold, view->group[g].title,
			view->run->simulated ? " (simulated time)" : "", table->plain);
		for (size_t q = 0; q < sizeof(table_quantities) / sizeof(table_quantities[0]); q++)
			table_quantity(table, &view->group[g], &table_quantities[q]);
		phase_table(view, &view->group[g], table->dim, table->plain, table->out);
	}
	if (view->group_count)
		fprintf(table->out,
			"\n  * fastest of its row by intervals that do not overlap; medians over "
			"up to "
			"%u repetitions\n",
			view->repetitions);
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
	fprintf(table->out, "\nsteady state: reached in %u of %u cases%s\n", steady, known,
		steady < known ? "; not in" : "");
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

/* What tells the cells of one family apart: the name behind the family. */
static const char *cell_short_name(const struct store_cell *cell)
{
	const char *slash = strchr(cell->name, '/');

	return slash ? slash + 1 : cell->name;
}

static void table_family_row(const struct table *table, const struct store_cell *cell)
{
	char rate[TEXT_MAX], time[TEXT_MAX], p50[TEXT_MAX], p99[TEXT_MAX], cpu[TEXT_MAX];
	struct view_summary summary;

	if (view_summarise(&summary, cell) == 0) {
		const char *name = cell_short_name(cell);

		/* A long name gets a line of its own. */
		fprintf(table->out, columns(name) > 48 ? "  %s\n%50s" : "  %-48s%s", name, "");
		if (summary.good)
			fprintf(table->out, "%9s/s%10s%10s%10s%10s%s\n",
				text_count(
					summary.median[STORE_items_per_second], rate, sizeof(rate)),
				text_time(summary.real_time_ns, time, sizeof(time)),
				text_time(summary.median[STORE_lat_p50_ns], p50, sizeof(p50)),
				text_time(summary.median[STORE_lat_p99_ns], p99, sizeof(p99)),
				text_time(summary.median[STORE_cpu_ns_per_op], cpu, sizeof(cpu)),
				noise_marks(&summary) ? NOISE_MARK : "");
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

/* One block for each family that is not in groups. */
static void table_families(const struct table *table)
{
	const struct store_run *run = table->view->run;

	for (uint32_t i = 0; i < run->cell_count; i++) {
		const char *family = run->cell[i].params.family;

		if (strcmp(family, "transfer") == 0 || family_seen_before(run, i))
			continue;
		fprintf(table->out, "\n%s%s%s%s\n", table->bold, family[0] ? family : "other",
			run->simulated ? " (simulated time)" : "", table->plain);
		fprintf(table->out, "  %-48s%11s%10s%10s%10s%10s\n", "case", "operations", "time",
			"p50", "p99", "CPU/op");
		for (uint32_t k = i; k < run->cell_count; k++) {
			if (strcmp(run->cell[k].params.family, family) == 0)
				table_family_row(table, &run->cell[k]);
		}
	}
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
	table_groups(&table);
	table_crossovers(&table);
	table_searches(&table);
	table_families(&table);
	table_steady(&table);
	table_failures(&table);
	noise_text(run, table.bold, table.plain, out);
	view_free(&view);
}
