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
#include "harness/report/ageing.h"
#include "harness/report/noise.h"
#include "harness/report/phase.h"
#include "harness/report/sweep.h"
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

/* " ±3%", or nothing where there is no interval. */
static const char *spread_text(
	const struct view_summary *summary, enum store_counter counter, char out[TEXT_MAX])
{
	const double half = view_half_width(summary, counter);

	out[0] = '\0';
	if (half > 1)
		snprintf(out, TEXT_MAX, " \xc2\xb1>100%%");
	else if (isfinite(half))
		snprintf(out, TEXT_MAX, " \xc2\xb1%.0f%%", 100 * half);
	return out;
}

static void time_cell(
	const struct view_summary *summary, enum store_counter counter, char *out, size_t room)
{
	char time[TEXT_MAX], spread[TEXT_MAX];

	snprintf(out, room, "%s%s", text_time(summary->median[counter], time, sizeof(time)),
		spread_text(summary, counter, spread));
}

static void rate_cell(const struct view_summary *summary, char *out, size_t room)
{
	char rate[TEXT_MAX], spread[TEXT_MAX], ratio[TEXT_MAX] = "";
	double median = summary->median[STORE_bytes_per_second];

	if (isfinite(summary->median[STORE_ceiling_ratio]))
		snprintf(ratio, sizeof(ratio), " %.2f", summary->median[STORE_ceiling_ratio]);
	snprintf(out, room, "%s%s%s", text_rate(median, rate, sizeof(rate)),
		spread_text(summary, STORE_bytes_per_second, spread), ratio);
}

static void p50_cell(const struct view_summary *summary, char *out, size_t room)
{
	time_cell(summary, STORE_lat_p50_ns, out, room);
}

static void p99_cell(const struct view_summary *summary, char *out, size_t room)
{
	time_cell(summary, STORE_lat_p99_ns, out, room);
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

static double share_of(const struct view_summary *summary, double items_per_second)
{
	return summary->median[STORE_items_per_second] / items_per_second;
}

static const char *share_text(double share, char out[TEXT_MAX])
{
	snprintf(out, TEXT_MAX, !isfinite(share) ? "-" : share < 0.005 ? "<0.01" : "%.2f", share);
	return out;
}

static bool crossed(const struct view_summary *summary)
{
	return isfinite(summary->cell->handoff_items_per_second);
}

static void crossing_cell(const struct view_summary *summary, char *out, size_t room)
{
	char handoff[TEXT_MAX], wakeup[TEXT_MAX];

	snprintf(out, room, "%s / %s",
		share_text(share_of(summary, summary->cell->handoff_items_per_second), handoff),
		share_text(share_of(summary, summary->cell->wakeup_items_per_second), wakeup));
}

static bool pinned(const struct view_summary *summary)
{
	return isfinite(summary->cell->pin_ns);
}

static void pin_cell(const struct view_summary *summary, char *out, size_t room)
{
	char share[TEXT_MAX], time[TEXT_MAX];

	snprintf(out, room, "%s / %s",
		share_text(share_of(summary, summary->cell->pin_items_per_second), share),
		text_time(summary->cell->pin_ns, time, sizeof(time)));
}

static void response_p50_cell(const struct view_summary *summary, char *out, size_t room)
{
	time_cell(summary, STORE_resp_p50_ns, out, room);
}

static void response_p999_cell(const struct view_summary *summary, char *out, size_t room)
{
	time_cell(summary, STORE_resp_p999_ns, out, room);
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

/* A count without digits behind the point where it has none. */
static char *count_short(double value, char *out, size_t room)
{
	if (!(value < 999.5))
		return text_count(value, out, room);
	snprintf(out, room, "%.3g", value);
	return out;
}

/* Of several requesters: the slowest over the fastest. */
static void fairness_cell(const struct view_summary *summary, char *out, size_t room)
{
	const double least = summary->median[STORE_requester_share_min];
	const double most = summary->median[STORE_requester_share_max];

	snprintf(out, room, "%.2f (%.3f to %.3f)", least / most, least, most);
}

static void rounds_cell(const struct view_summary *summary, char *out, size_t room)
{
	char rounds[TEXT_MAX], elements[TEXT_MAX];

	snprintf(out, room, "%s / %s",
		count_short(summary->median[STORE_rounds_per_op], rounds, sizeof(rounds)),
		count_short(summary->median[STORE_sg_elements_per_op], elements, sizeof(elements)));
}

static void bounced_cell(const struct view_summary *summary, char *out, size_t room)
{
	const struct store_cell *cell = summary->cell;
	double bounced = 0, payload = 0;

	for (uint32_t i = 0; i < cell->sample_count; i++) {
		if (cell->sample[i].failed)
			continue;
		bounced += cell->sample[i].counter[STORE_bounce_bytes];
		payload += (double)cell->sample[i].iterations * (double)cell->params.size_bytes;
	}
	snprintf(out, room, "%.0f %%", payload > 0 ? 100 * bounced / payload : 0);
}

enum table_place { TABLE_GROUPS = 1, TABLE_SWEEPS = 2, TABLE_BOTH = 3 };

static const struct table_quantity {
	const char *title;
	void (*show)(const struct view_summary *summary, char *out, size_t room);
	bool ceiling; /* decides which is the fastest; a last column with the memcpy ceiling */
	enum store_counter counter; /* left out where no case has it ... */
	double above;               /* ... above this */
	enum table_place place;
	bool (*has)(const struct view_summary
			*summary); /* in place of counter and above, NULL: those */
} table_quantities[] = {
	{"throughput, half width of its 95 % interval, share of memcpy", rate_cell, true,
		STORE_bytes_per_second, -1, TABLE_BOTH, NULL},
	{"bytes an operation / share of operations to the device", mix_cell, false,
		STORE_op_mean_bytes, -1, TABLE_BOTH, NULL},
	{"fairness: operations of the slowest requester over the fastest (shares of all)",
		fairness_cell, false, STORE_requester_share_min, -1, TABLE_BOTH, NULL},
	{"arrivals offered, share of them achieved", offered_cell, false, STORE_offered_per_second,
		-1, TABLE_BOTH, NULL},
	{"response time p50, from the intended start, half width of its 95 % interval",
		response_p50_cell, false, STORE_resp_p50_ns, -1, TABLE_BOTH, NULL},
	{"response time p99.9", response_p999_cell, false, STORE_resp_p999_ns, -1, TABLE_BOTH,
		NULL},
	{"latency p50, half width of its 95 % interval", p50_cell, false, STORE_lat_p50_ns, -1,
		TABLE_BOTH, NULL},
	{"latency p99, half width of its 95 % interval", p99_cell, false, STORE_lat_p99_ns, -1,
		TABLE_BOTH, NULL},
	{"CPU time an operation / common buffer peak", cost_cell, false, STORE_cpu_ns_per_op, -1,
		TABLE_BOTH, NULL},
	{"rounds / list elements an operation", rounds_cell, false, STORE_rounds_per_op, 1,
		TABLE_SWEEPS, NULL},
	{"bounced, share of the payload", bounced_cell, false, STORE_bounce_bytes, 0, TABLE_BOTH,
		NULL},
	{"throughput a MiB of common buffer / pinned memory, mean", footprint_cell, false,
		STORE_common_buffer_turns_per_second, -1, TABLE_GROUPS, NULL},
	{"limiter, share reached of what it allows", limiter_cell, false, STORE_bytes_per_second,
		-1, TABLE_GROUPS, NULL},
	{"share reached of what the hand-off / two wake-ups allow", crossing_cell, false,
		STORE_items_per_second, -1, TABLE_GROUPS, crossed},
	{"share reached of what pinning allows / time to pin and let go", pin_cell, false,
		STORE_items_per_second, -1, TABLE_BOTH, pinned},
};

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

static void table_row(const struct table *table, const struct table_line *line,
	const struct table_quantity *quantity, bool ceiling, uint32_t first, uint32_t end)
{
	const struct view_row *row = line->row;
	int fastest = quantity->ceiling ? view_fastest(table->view, row) : -1;
	char text[3 * TEXT_MAX];

	fputs(line->label, table->out);
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
	if (ceiling)
		padded(table, text_rate(row->ceiling_bytes_per_second, text, sizeof(text)), 10,
			table->dim);
	fputc('\n', table->out);
}

static bool summary_has(const struct view_summary *summary, const struct table_quantity *quantity)
{
	if (!summary)
		return false;
	if (quantity->has)
		return quantity->has(summary);
	return !summary->good || summary->median[quantity->counter] > quantity->above;
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
	for (size_t q = 0; q < sizeof(table_quantities) / sizeof(table_quantities[0]); q++)
		if (table_quantities[q].place & place)
			table_quantity(table, block, &table_quantities[q]);
}

/* free() takes it back; NULL: no memory, which the table says. */
static struct table_line *lines_make(const struct table *table, size_t count)
{
	struct table_line *line = fault_point("report_alloc") ? NULL
	                                                      : calloc(count + 1, sizeof(*line));

	if (!line)
		fprintf(table->out, "out of memory for the lines of this block\n");
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
			"up to "
			"%u repetitions%s\n",
			view->repetitions,
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

/* What a family may have besides rate and time; a column where some case of it has it. */
static void elements_cell(const struct view_summary *summary, char *out, size_t room)
{
	count_short(summary->median[STORE_sg_elements_per_op], out, room);
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

	time_cell(summary, STORE_lat_p50_ns, p50, sizeof(p50));
	time_cell(summary, STORE_lat_p99_ns, p99, sizeof(p99));
	fprintf(table->out, "%9s/s%10s",
		text_count(summary->median[STORE_items_per_second], rate, sizeof(rate)),
		text_time(summary->real_time_ns, time, sizeof(time)));
	padded(table, p50, TABLE_TIME_COLUMNS, "");
	padded(table, p99, TABLE_TIME_COLUMNS, "");
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
		if (columns(name) > width)
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
		const unsigned extras = family_extras(run, family);

		table_family_heading(table, extras);
		for (uint32_t k = i; k < run->cell_count; k++) {
			if (strcmp(run->cell[k].params.family, family) == 0)
				table_family_row(table, &run->cell[k], extras);
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
	ageing_table(run, table.bold, table.dim, table.plain, out);
	table_steady(&table);
	table_failures(&table);
	noise_text(run, table.bold, table.plain, out);
	view_free(&view);
}
