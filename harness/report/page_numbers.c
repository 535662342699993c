// SPDX-License-Identifier: BSD-2-Clause
/*
 * page_numbers.c: the tables of report.html: one a group of transfers, one for all other cases, and the repetitions
 * that failed. A column is there where some case of its table has it. Called by page.c.
 */
#include "harness/report/page.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report/html.h"
#include "harness/report/noise.h"
#include "harness/report/text.h"

#define PAGE_CEILINGS_BEHIND STORE_items_per_second /* the column that every family has */
#define PAGE_SPREAD_MIN      0.0005                 /* half widths below that show as 0.0 % */

static char *plain(double value, char *out, size_t room)
{
	snprintf(out, room, isfinite(value) ? "%.3g" : "-", value);
	return out;
}

/* The columns that a table may have; one is left out where no cell of the table has it. */
static const struct page_column {
	const char *title;
	enum store_counter counter;
	char *(*text)(double value, char *out, size_t room);
} page_columns[] = {
	{"throughput", STORE_bytes_per_second, text_rate},
	{"of memcpy", STORE_ceiling_ratio, plain},
	{"operations/s", STORE_items_per_second, text_count},
	{"bytes an operation", STORE_op_mean_bytes, text_size},
	{"to the device", STORE_to_device_share, plain},
	{"slowest requester's share", STORE_requester_share_min, plain},
	{"fastest's", STORE_requester_share_max, plain},
	{"mean", STORE_lat_mean_ns, text_time},
	{"p50", STORE_lat_p50_ns, text_time},
	{"p90", STORE_lat_p90_ns, text_time},
	{"p99", STORE_lat_p99_ns, text_time},
	{"p99.9", STORE_lat_p999_ns, text_time},
	{"max", STORE_lat_max_ns, text_time},
	{"offered/s", STORE_offered_per_second, text_count},
	{"response p50", STORE_resp_p50_ns, text_time},
	{"response p99", STORE_resp_p99_ns, text_time},
	{"response p99.9", STORE_resp_p999_ns, text_time},
	{"response max", STORE_resp_max_ns, text_time},
	{"backlog peak", STORE_backlog_peak_ops, text_count},
	{"dropped", STORE_dropped_ops, text_count},
	{"sustained", STORE_sustained, plain},
	{"CPU/op", STORE_cpu_ns_per_op, text_time},
	{"common buffer peak", STORE_common_buffer_peak_bytes, text_size},
	{"common buffer mean", STORE_common_buffer_mean_bytes, text_size},
	{"throughput a MiB of it", STORE_common_buffer_turns_per_second, text_density},
	{"slots in use, peak", STORE_common_buffer_used_peak_bytes, text_size},
	{"slots in use, mean", STORE_common_buffer_used_mean_bytes, text_size},
	{"empty share of them", STORE_pool_internal_fragmentation, plain},
	{"rounding to pages", STORE_common_buffer_internal_fragmentation, plain},
	{"external fragmentation, mean", STORE_common_buffer_external_fragmentation, plain},
	{"most", STORE_common_buffer_external_fragmentation_peak, plain},
	{"largest hole", STORE_common_buffer_largest_free_bytes, text_size},
	{"extent", STORE_common_buffer_extent_bytes, text_size},
	{"of the most asked for", STORE_common_buffer_extent_ratio, plain},
	{"allocation p50", STORE_alloc_p50_ns, text_time},
	{"allocation p99", STORE_alloc_p99_ns, text_time},
	{"allocation p99.9", STORE_alloc_p999_ns, text_time},
	{"allocation max", STORE_alloc_max_ns, text_time},
	{"pinned peak", STORE_pinned_peak_bytes, text_size},
	{"pinned mean", STORE_pinned_mean_bytes, text_size},
	{"pinned at the end", STORE_pinned_end_bytes, text_size},
	{"mapped peak", STORE_mapped_peak_bytes, text_size},
	{"mapped mean", STORE_mapped_mean_bytes, text_size},
	{"map registers peak", STORE_map_registers_peak, plain},
	{"map registers mean", STORE_map_registers_mean, plain},
	{"lists peak", STORE_sg_list_peak_bytes, text_size},
	{"lists mean", STORE_sg_list_mean_bytes, text_size},
	{"bounced", STORE_bounce_bytes, text_size},
	{"bounce slots peak", STORE_bounce_held_peak_bytes, text_size},
	{"bounce slots mean", STORE_bounce_held_mean_bytes, text_size},
	{"elements/op", STORE_sg_elements_per_op, plain},
	{"rounds/op", STORE_rounds_per_op, plain},
	{"verified", STORE_verified_ops, text_count},
	{"failed", STORE_failed_ops, text_count},
	{"recoveries", STORE_recoveries, text_count},
	{"resets", STORE_resets, text_count},
	{"instructions/op", STORE_instructions_per_op, plain},
	{"virtual time/op", STORE_virtual_ns_per_op, text_time},
};

#define PAGE_COLUMNS (sizeof(page_columns) / sizeof(page_columns[0]))

/* Ceilings beside memcpy: the rates that they allow, of which a share is reached. */
static const struct page_ceiling {
	const char *title;
	size_t offset; /* of the rate in struct store_cell */
} page_ceilings[] = {
	{"of hand-off", offsetof(struct store_cell, handoff_items_per_second)},
	{"of two wake-ups", offsetof(struct store_cell, wakeup_items_per_second)},
	{"of pinning", offsetof(struct store_cell, pin_items_per_second)},
};

#define PAGE_CEILINGS (sizeof(page_ceilings) / sizeof(page_ceilings[0]))

/* Which columns some row of a table has. */
struct page_shown {
	bool column[PAGE_COLUMNS], ceiling[PAGE_CEILINGS], pin, steady;
};

static double ceiling_share(const struct view_summary *summary, const struct page_ceiling *ceiling)
{
	double allowed;

	memcpy(&allowed, (const char *)summary->cell + ceiling->offset, sizeof(allowed));
	return summary->median[STORE_items_per_second] / allowed;
}

static void page_value(
	const struct page *page, double value, char *(*text)(double value, char *out, size_t room))
{
	char shown[TEXT_MAX];

	html_print(page->out, "<td>%s</td>", text(value, shown, sizeof(shown)));
}

/* A median with the half width of its interval, where it has one that is not nothing. */
static void page_median(const struct page *page, const struct view_summary *summary,
	const struct page_column *column)
{
	const double half = view_half_width(summary, column->counter);
	char text[TEXT_MAX], spread[TEXT_MAX];

	html_print(page->out, "<td>%s",
		column->text(summary->median[column->counter], text, sizeof(text)));
	snprintf(spread, sizeof(spread),
		half > 1     ? ">100"
		: half > 0.1 ? "%.0f"
			     : "%.1f",
		100 * half);
	if (half >= PAGE_SPREAD_MIN)
		html_print(page->out, " <span class=\"faint\">\xc2\xb1%s %%</span>", spread);
	html_print(page->out, "</td>");
}

static void page_range(const struct page *page, const struct view_spread *spread)
{
	char low[TEXT_MAX], high[TEXT_MAX];

	html_print(page->out, "<td class=\"faint\">%s to %s</td>",
		text_rate(spread->low, low, sizeof(low)),
		text_rate(spread->high, high, sizeof(high)));
}

/* Within the repetitions: how many were steady, from which batch on; then from repetition to repetition. */
static void page_steady(const struct page *page, const struct view_summary *summary)
{
	const struct stats_steadiness *drift = &summary->drift;
	char text[TEXT_MAX];

	html_print(page->out, "<td class=\"text%r\">",
		summary->steady_known && 2 * summary->steady <= summary->steady_known ? " bad"
										      : "");
	if (summary->steady_known)
		html_print(page->out, "%u of %u", summary->steady, summary->steady_known);
	else
		html_print(page->out, "too short to tell");
	snprintf(text, sizeof(text), ", from batch %.0f of %.0f",
		summary->median[STORE_steady_from] + 1, summary->median[STORE_batches]);
	if (isfinite(summary->median[STORE_steady_from]))
		html_print(page->out, "%s", text);
	snprintf(text, sizeof(text), "; repetitions drift %+.0f %%", 100 * drift->change);
	if (drift->reached)
		html_print(page->out, "; repetitions from %u", (unsigned)drift->skip + 1);
	else if (isfinite(drift->change))
		html_print(page->out, "%s", text);
	html_print(page->out, "</td>");
}

static void page_ceiling_values(
	const struct page *page, const struct view_summary *summary, const struct page_shown *shown)
{
	const double share = summary->median[STORE_items_per_second] /
	                     summary->cell->limit_items_per_second;
	char text[TEXT_MAX] = "";

	if (isfinite(share))
		snprintf(text, sizeof(text), " %.2f", share);
	html_print(page->out, "<td class=\"text\">%s%s</td>", summary->cell->limiter, text);
	for (size_t i = 0; i < PAGE_CEILINGS; i++)
		if (shown->ceiling[i])
			page_value(page, ceiling_share(summary, &page_ceilings[i]), plain);
	if (shown->pin)
		page_value(page, summary->cell->pin_ns, text_time);
}

/* One line of a table: the cells before the numbers, then the numbers. */
static void page_row(const struct page *page, const char *first, const char *second,
	const struct view_summary *summary, const struct page_shown *shown, bool divider)
{
	html_print(page->out, "<tr%r><td>%s</td>", divider ? " class=\"first\"" : "", first);
	if (second)
		html_print(page->out, "<td class=\"text\">%s</td>", second);
	html_print(page->out, "<td>%u", summary->good);
	if (summary->bad)
		html_print(page->out, " <span class=\"bad\">+ %u failed</span>", summary->bad);
	if (summary->tainted)
		html_print(page->out, " <span class=\"faint\">(%u tainted%r)</span>",
			summary->tainted, noise_marks(summary) ? " " NOISE_MARK : "");
	html_print(page->out, "</td>");
	for (size_t i = 0; i < PAGE_COLUMNS; i++) {
		if (!shown->column[i])
			continue;
		if (page_columns[i].counter == STORE_bytes_per_second) {
			page_value(page, summary->median[STORE_bytes_per_second], text_rate);
			page_range(page, &summary->spread[STORE_bytes_per_second]);
		} else
			page_median(page, summary, &page_columns[i]);
		if (page_columns[i].counter == PAGE_CEILINGS_BEHIND)
			page_ceiling_values(page, summary, shown);
	}
	if (shown->steady)
		page_steady(page, summary);
	html_print(page->out, "</tr>\n");
}

static void page_ceiling_heads(const struct page *page, const struct page_shown *shown)
{
	html_print(page->out, "<th class=\"text\">limiter, share reached</th>");
	for (size_t i = 0; i < PAGE_CEILINGS; i++)
		if (shown->ceiling[i])
			html_print(page->out, "<th>%s</th>", page_ceilings[i].title);
	if (shown->pin)
		html_print(page->out, "<th>to pin and let go</th>");
}

static void page_table_head(const struct page *page, const char *first, const char *second,
	const struct page_shown *shown)
{
	html_print(page->out, "<div class=\"scroll\"><table%r>\n<thead><tr><th>%s</th>",
		second ? " class=\"pairs\"" : "", first);
	if (second)
		html_print(page->out, "<th class=\"text\">%s</th>", second);
	html_print(page->out, "<th>n</th>");
	for (size_t i = 0; i < PAGE_COLUMNS; i++) {
		if (!shown->column[i])
			continue;
		html_print(page->out, "<th>%s</th>", page_columns[i].title);
		if (page_columns[i].counter == STORE_bytes_per_second)
			html_print(page->out, "<th>%s</th>",
				page->view->repetitions >= VIEW_INTERVAL_MIN ? "95 % interval"
									     : "range");
		if (page_columns[i].counter == PAGE_CEILINGS_BEHIND)
			page_ceiling_heads(page, shown);
	}
	if (shown->steady)
		html_print(page->out, "<th class=\"text\">steady repetitions</th>");
	html_print(page->out, "</tr></thead>\n<tbody>\n");
}

static void shown_take(struct page_shown *shown, const struct view_summary *summary)
{
	if (!summary)
		return;
	for (size_t i = 0; i < PAGE_COLUMNS; i++)
		shown->column[i] = shown->column[i] ||
		                   isfinite(summary->median[page_columns[i].counter]);
	for (size_t i = 0; i < PAGE_CEILINGS; i++)
		shown->ceiling[i] = shown->ceiling[i] ||
		                    isfinite(ceiling_share(summary, &page_ceilings[i]));
	shown->pin = shown->pin || isfinite(summary->cell->pin_ns);
	shown->steady = shown->steady || summary->steady_known || isfinite(summary->drift.change);
}

static void page_group(const struct page *page, const struct view_group *group)
{
	struct page_shown shown = {0};
	char size[TEXT_MAX];

	for (uint32_t r = 0; r < group->row_count; r++) {
		for (uint32_t i = 0; i < page->view->strategy_count; i++)
			shown_take(&shown, group->row[r].by_strategy[i]);
	}
	html_print(page->out, "<h3>%s</h3>\n", group->title);
	page_table_head(page, "size", "strategy", &shown);
	for (uint32_t r = 0; r < group->row_count; r++) {
		bool divider = true;

		text_size((double)group->row[r].size_bytes, size, sizeof(size));
		for (uint32_t i = 0; i < page->view->strategy_count; i++) {
			if (!group->row[r].by_strategy[i])
				continue;
			page_row(page, size, page->view->strategy[i], group->row[r].by_strategy[i],
				&shown, divider);
			divider = false;
		}
	}
	html_print(page->out, "</tbody>\n</table></div>\n");
}

/* All cells that are in no group, in one table. Return: 0 or -ENOMEM. */
static int page_others(const struct page *page)
{
	const struct store_run *run = page->view->run;
	struct view_summary summary;
	struct page_shown shown = {0};
	bool any = false;
	int rc = 0;

	for (int pass = 0; pass < 2; pass++) {
		if (pass && any) {
			html_print(page->out, "<h3>Other cases</h3>\n");
			page_table_head(page, "case", NULL, &shown);
		}
		for (uint32_t i = 0; i < run->cell_count && rc == 0; i++) {
			const struct store_cell *cell = &run->cell[i];

			if (strcmp(cell->params.family, "transfer") == 0)
				continue;
			rc = view_summarise(&summary, cell);
			if (pass)
				page_row(page, cell->name, NULL, &summary, &shown, false);
			else
				shown_take(&shown, &summary);
			free(summary.latency);
			any = true;
		}
	}
	if (any)
		html_print(page->out, "</tbody>\n</table></div>\n");
	return rc;
}

static void page_failures(const struct page *page)
{
	const struct store_run *run = page->view->run;
	bool any = false;

	for (uint32_t i = 0; i < run->cell_count; i++) {
		for (uint32_t s = 0; s < run->cell[i].sample_count; s++) {
			const struct store_sample *sample = &run->cell[i].sample[s];

			if (!sample->failed)
				continue;
			if (!any)
				html_print(page->out, "<h3>Failed repetitions</h3>\n<ul>\n");
			any = true;
			html_print(page->out, "<li><code>%s</code>, repetition %u: %s</li>\n",
				run->cell[i].name, sample->repetition, sample->error);
		}
	}
	if (any)
		html_print(page->out, "</ul>\n");
}

int page_numbers(const struct page *page, struct err *err)
{
	if (!page->view->run->cell_count)
		return 0;
	html_print(page->out, "<h2 id=\"numbers\">All numbers</h2>\n"
			      "<p class=\"faint\">Medians over the repetitions (n); "
			      "\xc2\xb1 is half the width of their 95 %% interval, which takes six "
			      "of them. Times are those of one operation.</p>\n");
	for (uint32_t g = 0; g < page->view->group_count; g++)
		page_group(page, &page->view->group[g]);
	if (page_others(page) < 0)
		return err_short(err, -ENOMEM, "no memory while writing the page");
	page_failures(page);
	return 0;
}
