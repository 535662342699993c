// SPDX-License-Identifier: BSD-2-Clause
/*
 * table_cells.c: what the text table shows of a case: one function a quantity, and the list of them in the
 * order of the blocks. Called by table.c and table_families.c; knows no run and no layout.
 */
#include "harness/report/table.h"

#include <math.h>
#include <string.h>

#include "harness/report/text.h"

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

void table_time(
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
	table_time(summary, STORE_lat_p50_ns, out, room);
}

static void p99_cell(const struct view_summary *summary, char *out, size_t room)
{
	table_time(summary, STORE_lat_p99_ns, out, room);
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

/* What is reached of what something allows, and something else about it: "0.71 / ...". */
static void share_cell(const struct view_summary *summary, double items_per_second,
	const char *other, char *out, size_t room)
{
	char share[TEXT_MAX];

	snprintf(out, room, "%s / %s", share_text(share_of(summary, items_per_second), share),
		other);
}

static bool crossed(const struct view_summary *summary)
{
	return isfinite(summary->cell->handoff_items_per_second);
}

static void crossing_cell(const struct view_summary *summary, char *out, size_t room)
{
	const double wakeup = share_of(summary, summary->cell->wakeup_items_per_second);
	char text[TEXT_MAX];

	share_cell(summary, summary->cell->handoff_items_per_second, share_text(wakeup, text), out,
		room);
}

static bool pinned(const struct view_summary *summary)
{
	return isfinite(summary->cell->pin_ns);
}

static void pin_cell(const struct view_summary *summary, char *out, size_t room)
{
	char time[TEXT_MAX];

	share_cell(summary, summary->cell->pin_items_per_second,
		text_time(summary->cell->pin_ns, time, sizeof(time)), out, room);
}

static void response_p50_cell(const struct view_summary *summary, char *out, size_t room)
{
	table_time(summary, STORE_resp_p50_ns, out, room);
}

static void response_p999_cell(const struct view_summary *summary, char *out, size_t room)
{
	table_time(summary, STORE_resp_p999_ns, out, room);
}

static void offered_cell(const struct view_summary *summary, char *out, size_t room)
{
	char rate[TEXT_MAX];
	bool sustained = summary->median[STORE_sustained] >= 1;
	double offered = summary->median[STORE_offered_per_second];
	double share = summary->median[STORE_items_per_second] / offered;

	/* Where nothing was done in time there is no rate of what was. */
	snprintf(out, room, "%s/s %s%.0f%%", text_count(offered, rate, sizeof(rate)),
		sustained ? "" : "overload ", isfinite(share) ? 100 * share : 0);
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
char *table_count(double value, char *out, size_t room)
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

/* What the driver had to mend in a repetition. */
static void mended_cell(const struct view_summary *summary, char *out, size_t room)
{
	char recoveries[TEXT_MAX], resets[TEXT_MAX];

	snprintf(out, room, "%s / %s",
		table_count(summary->median[STORE_recoveries], recoveries, sizeof(recoveries)),
		table_count(summary->median[STORE_resets], resets, sizeof(resets)));
}

static void rounds_cell(const struct view_summary *summary, char *out, size_t room)
{
	char rounds[TEXT_MAX], elements[TEXT_MAX];

	snprintf(out, room, "%s / %s",
		table_count(summary->median[STORE_rounds_per_op], rounds, sizeof(rounds)),
		table_count(summary->median[STORE_sg_elements_per_op], elements, sizeof(elements)));
}

static void bounced_cell(const struct view_summary *summary, char *out, size_t room)
{
	const struct store_cell *cell = summary->cell;
	double bounced = 0, payload = 0;

	for (uint32_t i = 0; i < cell->sample_count; i++) {
		if (cell->sample[i].failed)
			continue;
		const double *counter = cell->sample[i].counter;
		/* Of a mix the payload is what was drawn, not the mean of all that could be. */
		const double each = isfinite(counter[STORE_op_mean_bytes])
		                            ? counter[STORE_op_mean_bytes]
		                            : (double)cell->params.size_bytes;

		bounced += counter[STORE_bounce_bytes];
		payload += (double)cell->sample[i].iterations * each;
	}
	snprintf(out, room, "%.0f %%", payload > 0 ? 100 * bounced / payload : 0);
}

const struct table_quantity table_quantities[] = {
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
	{"lost interrupts and doorbells found by looking / resets of the device, a repetition",
		mended_cell, false, STORE_recoveries, -1, TABLE_BOTH, NULL},
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

const size_t table_quantity_count = sizeof(table_quantities) / sizeof(table_quantities[0]);
