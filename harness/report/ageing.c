// SPDX-License-Identifier: BSD-2-Clause
/* ageing.c: see ageing.h. Called by table.c, json.c, page.c and plot_ageing.c. */
#include "harness/report/ageing.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/support/fault.h"
#include "harness/report/text.h"

#define AGEING_ROWS_MAX 12

bool ageing_kept(const struct store_cell *cell)
{
	for (uint32_t i = 0; i < cell->sample_count; i++) {
		if (!cell->sample[i].failed && cell->sample[i].window_count)
			return true;
	}
	return false;
}

bool ageing_kept_any(const struct store_run *run)
{
	for (uint32_t i = 0; i < run->cell_count; i++) {
		if (ageing_kept(&run->cell[i]))
			return true;
	}
	return false;
}

/* Median of @field in window @index over the repetitions that have it. @scratch: room for one a repetition. */
static double window_median(
	const struct store_cell *cell, uint32_t index, int field, double *scratch)
{
	size_t count = 0;

	for (uint32_t i = 0; i < cell->sample_count; i++) {
		const struct store_sample *sample = &cell->sample[i];

		if (sample->failed || index >= sample->window_count)
			continue;
		if (isfinite(sample->window[index].value[field]))
			scratch[count++] = sample->window[index].value[field];
	}
	return count ? stats_median(scratch, count) : (double)NAN;
}

int ageing_make(struct ageing *ageing, const struct store_cell *cell)
{
	uint32_t count = 0;

	*ageing = (struct ageing){0};
	for (uint32_t i = 0; i < cell->sample_count; i++) {
		if (!cell->sample[i].failed && cell->sample[i].window_count > count)
			count = cell->sample[i].window_count;
	}
	double *scratch = fault_point("report_alloc")
	                          ? NULL
	                          : calloc(cell->sample_count + 1u, sizeof(*scratch));

	ageing->window = calloc(count + 1u, sizeof(*ageing->window));
	if (!scratch || !ageing->window) {
		free(scratch);
		ageing_free(ageing);
		return -ENOMEM;
	}
	ageing->count = count;
	for (uint32_t w = 0; w < count; w++) {
		for (int field = 0; field < STORE_WINDOW_FIELDS; field++)
			ageing->window[w].value[field] = window_median(cell, w, field, scratch);
	}
	free(scratch);
	return 0;
}

void ageing_free(struct ageing *ageing)
{
	free(ageing->window);
	*ageing = (struct ageing){0};
}

/* ---- table ------------------------------------------------------------------------------------------------ */

static void share_text(double share, char *out, size_t room)
{
	if (isfinite(share))
		snprintf(out, room, "%.1f %%", 100 * share);
	else
		snprintf(out, room, "-");
}

enum column_unit { COLUMN_COUNT, COLUMN_SIZE, COLUMN_SHARE, COLUMN_TIME };

static const struct {
	const char *title;
	enum store_window_field field;
	enum column_unit unit;
	int width;
} columns[] = {
	{"operations", STORE_WINDOW_operations, COLUMN_COUNT, 12},
	{"live", STORE_WINDOW_live_bytes, COLUMN_SIZE, 10},
	{"extent", STORE_WINDOW_extent_bytes, COLUMN_SIZE, 10},
	{"largest hole", STORE_WINDOW_largest_free_bytes, COLUMN_SIZE, 14},
	{"external", STORE_WINDOW_external_fragmentation, COLUMN_SHARE, 10},
	{"internal", STORE_WINDOW_internal_fragmentation, COLUMN_SHARE, 10},
	{"p50", STORE_WINDOW_alloc_p50_ns, COLUMN_TIME, 10},
	{"p99", STORE_WINDOW_alloc_p99_ns, COLUMN_TIME, 10},
	{"p99.9", STORE_WINDOW_alloc_p999_ns, COLUMN_TIME, 10},
};

#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

static void window_row(const struct store_window *window, FILE *out)
{
	char text[TEXT_MAX];

	for (size_t i = 0; i < COLUMNS; i++) {
		const double value = window->value[columns[i].field];

		if (columns[i].unit == COLUMN_COUNT)
			text_count(value, text, sizeof(text));
		else if (columns[i].unit == COLUMN_SIZE)
			text_size(value, text, sizeof(text));
		else if (columns[i].unit == COLUMN_SHARE)
			share_text(value, text, sizeof(text));
		else
			text_time(value, text, sizeof(text));
		fprintf(out, "%*s", columns[i].width, text);
	}
	fputc('\n', out);
}

/* Of how memory lies: alike in all repetitions. */
static double counter_first(const struct store_cell *cell, enum store_counter counter)
{
	for (uint32_t i = 0; i < cell->sample_count; i++) {
		if (!cell->sample[i].failed && isfinite(cell->sample[i].counter[counter]))
			return cell->sample[i].counter[counter];
	}
	return (double)NAN;
}

/* Refused over all windows, and the measure of Johnstone and Wilson that needs no window. */
static void ageing_words(const struct store_cell *cell, const struct ageing *ageing, FILE *out)
{
	char extent[TEXT_MAX], asked[TEXT_MAX];
	double refused = 0, takes = 0;
	double ratio = counter_first(cell, STORE_common_buffer_extent_ratio);

	for (uint32_t w = 0; w < ageing->count; w++) {
		refused += ageing->window[w].value[STORE_WINDOW_failed];
		takes += ageing->window[w].value[STORE_WINDOW_takes];
	}
	if (isfinite(ratio))
		fprintf(out,
			"    extent at its end %s, %.2f times the most asked for at once (%s)\n",
			text_size(counter_first(cell, STORE_common_buffer_extent_bytes), extent,
				sizeof(extent)),
			ratio,
			text_size(counter_first(cell, STORE_common_buffer_asked_peak_bytes), asked,
				sizeof(asked)));
	if (refused > 0)
		fprintf(out, "    refused: %.0f of %.0f\n", refused, takes + refused);
}

static void ageing_block(const struct store_cell *cell, const struct ageing *ageing,
	const char *dim, const char *plain, FILE *out)
{
	const uint32_t rows = ageing->count < AGEING_ROWS_MAX ? ageing->count : AGEING_ROWS_MAX;

	fprintf(out, "\n  %s%s%s\n", dim, cell->name, plain);
	for (size_t i = 0; i < COLUMNS; i++)
		fprintf(out, "%*s", columns[i].width, columns[i].title);
	fputc('\n', out);
	for (uint32_t i = 0; i < rows; i++) {
		uint64_t w = rows > 1 ? (uint64_t)(ageing->count - 1) * i / (rows - 1) : 0;

		window_row(&ageing->window[w], out);
	}
	ageing_words(cell, ageing, out);
}

void ageing_table(const struct store_run *run, const char *bold, const char *dim, const char *plain,
	FILE *out)
{
	if (!ageing_kept_any(run))
		return;
	fprintf(out,
		"\n%sageing%s: memory at the end of windows of equal allocations, what one cost in "
		"them\n",
		bold, plain);
	for (uint32_t i = 0; i < run->cell_count; i++) {
		struct ageing ageing;

		if (!ageing_kept(&run->cell[i]) || ageing_make(&ageing, &run->cell[i]) < 0)
			continue;
		ageing_block(&run->cell[i], &ageing, dim, plain, out);
		ageing_free(&ageing);
	}
}

/* ---- CSV -------------------------------------------------------------------------------------------------- */

/* RFC 4180: a quote within quotes is written twice. */
static void csv_text(const char *text, FILE *out)
{
	fputc('"', out);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', out);
		fputc(*text, out);
	}
	fputc('"', out);
}

static void csv_window(
	const struct store_cell *cell, const struct store_sample *sample, uint32_t index, FILE *out)
{
	csv_text(cell->name, out);
	fprintf(out, ",%u,%u", sample->repetition, index);
	for (int field = 0; field < STORE_WINDOW_FIELDS; field++) {
		double value = sample->window[index].value[field];

		if (isfinite(value))
			fprintf(out, ",%.17g", value);
		else
			fputc(',', out);
	}
	fputc('\n', out);
}

void ageing_csv(const struct store_run *run, FILE *out)
{
	fputs("cell,repetition,position", out);
	for (int field = 0; field < STORE_WINDOW_FIELDS; field++)
		fprintf(out, ",%s", store_window_name((enum store_window_field)field));
	fputc('\n', out);
	for (uint32_t c = 0; c < run->cell_count; c++) {
		for (uint32_t i = 0; i < run->cell[c].sample_count; i++) {
			const struct store_sample *sample = &run->cell[c].sample[i];

			for (uint32_t w = 0; w < sample->window_count; w++)
				csv_window(&run->cell[c], sample, w, out);
		}
	}
}
