// SPDX-License-Identifier: BSD-2-Clause
/* ledger.c: see ledger.h. */
#include "harness/run/ledger.h"

#include <math.h>
#include <stddef.h>

void ledger_add(struct ledger_sums *sums, const struct trace_account *own,
	const struct trace_account *others, uint64_t operations, double latency_ticks,
	uint64_t round_ticks)
{
	for (unsigned i = 0; i < TRACE_PHASES; i++) {
		sums->own.ticks[i] += own->ticks[i];
		sums->own.points[i] += own->points[i];
		sums->others.ticks[i] += others->ticks[i];
		sums->others.points[i] += others->points[i];
	}
	sums->operations += operations;
	sums->latency_ticks += latency_ticks;
	sums->round_ticks += round_ticks;
}

/* What an operation spends in @phase, points subtracted. */
static double phase_ns(const struct ledger_sums *sums, const struct ledger_scale *scale,
	const struct trace_account *account, enum trace_phase phase)
{
	double ns = (double)account->ticks[phase] * scale->ns_per_tick -
	            (double)account->points[phase] * scale->point_ns;

	return fmax(ns, 0) / (double)sums->operations;
}

/* Cost of the points an operation passes in phases @from to @to. */
static double points_ns(const struct ledger_sums *sums, const struct ledger_scale *scale,
	const struct trace_account *account, enum trace_phase from, enum trace_phase to)
{
	double points = 0;

	for (unsigned i = from; i <= to; i++)
		points += (double)account->points[i];
	return points * scale->point_ns / (double)sums->operations;
}

static const struct {
	enum ledger_part part;
	enum trace_phase phase;
} ledger_work[] = {
	{LEDGER_DRIVER, TRACE_DRIVER},
	{LEDGER_LOCK, TRACE_LOCK},
	{LEDGER_MAP, TRACE_MAP},
	{LEDGER_COPY_IN, TRACE_COPY_IN},
	{LEDGER_SYNC, TRACE_SYNC},
	{LEDGER_SG, TRACE_SG},
	{LEDGER_DESCRIPTOR, TRACE_DESCRIPTOR},
	{LEDGER_DOORBELL, TRACE_DOORBELL},
	{LEDGER_COMPLETION, TRACE_COMPLETION},
	{LEDGER_COPY_OUT, TRACE_COPY_OUT},
	{LEDGER_UNMAP, TRACE_UNMAP},
	{LEDGER_UNLOCK, TRACE_UNLOCK},
};

#define LEDGER_WORK (sizeof(ledger_work) / sizeof(ledger_work[0]))

/* The requester's wait, cut among those it waited for. */
static void wait_cut(
	struct ledger *ledger, const struct ledger_sums *sums, const struct ledger_scale *scale)
{
	const struct trace_account *others = &sums->others;
	double device_ns = ledger->fetch_ns + ledger->move_ns + ledger->post_ns;
	double wait_ns = phase_ns(sums, scale, &sums->own, TRACE_WAIT);
	double beside_ns = 0;

	wait_ns = fmax(wait_ns - points_ns(sums, scale, others, TRACE_DRIVER, TRACE_PHASES - 1), 0);
	for (size_t i = 0; i < LEDGER_WORK; i++)
		beside_ns += phase_ns(sums, scale, others, ledger_work[i].phase);

	/* Work of other threads counts as far as the requester waited for it. */
	double share = beside_ns > wait_ns ? wait_ns / beside_ns : 1;

	for (size_t i = 0; i < LEDGER_WORK; i++)
		ledger->part_ns[ledger_work[i].part] += share * phase_ns(sums, scale, others,
									ledger_work[i].phase);
	wait_ns = fmax(wait_ns - beside_ns, 0);
	ledger->part_ns[LEDGER_DEVICE] = device_ns > 0 ? fmin(device_ns, wait_ns) : wait_ns;
	ledger->part_ns[LEDGER_HANDOFF] = wait_ns - ledger->part_ns[LEDGER_DEVICE];
}

/* The load's measure: the total, and at depths above 1 what of it is spent in the queue. */
static void total_take(
	struct ledger *ledger, const struct ledger_sums *sums, const struct ledger_scale *scale)
{
	const double operations = (double)sums->operations;
	double service_ns = sums->latency_ticks * scale->ns_per_tick / operations;

	/* Of IDLE a single operation holds no time but the halves of the points at its two ends. */
	if (scale->single) {
		ledger->total_ns =
			service_ns - scale->clock_read_ns -
			points_ns(sums, scale, &sums->own, TRACE_IDLE, TRACE_PHASES - 1) -
			points_ns(sums, scale, &sums->others, TRACE_DRIVER, TRACE_PHASES - 1);
		return;
	}
	double round_ns = (double)sums->round_ticks * scale->ns_per_tick / operations;
	double points = points_ns(sums, scale, &sums->own, TRACE_IDLE, TRACE_PHASES - 1) / round_ns;

	/* Points stretch the waiting of an operation as they stretch the work of the others. */
	ledger->total_ns = service_ns * (1 - points);
	ledger->part_ns[LEDGER_QUEUE] = fmax(ledger->total_ns - round_ns * (1 - points), 0);
}

void ledger_make(
	struct ledger *ledger, const struct ledger_sums *sums, const struct ledger_scale *scale)
{
	*ledger = (struct ledger){.total_ns = (double)NAN};
	if (!sums->operations) {
		for (unsigned i = 0; i < LEDGER_PARTS; i++)
			ledger->part_ns[i] = (double)NAN;
		ledger->fetch_ns = ledger->move_ns = ledger->post_ns = (double)NAN;
		return;
	}
	ledger->fetch_ns = phase_ns(sums, scale, &sums->others, TRACE_FETCH);
	ledger->move_ns = phase_ns(sums, scale, &sums->others, TRACE_MOVE);
	ledger->post_ns = phase_ns(sums, scale, &sums->others, TRACE_POST);
	for (size_t i = 0; i < LEDGER_WORK; i++)
		ledger->part_ns[ledger_work[i].part] = phase_ns(
			sums, scale, &sums->own, ledger_work[i].phase);
	wait_cut(ledger, sums, scale);
	total_take(ledger, sums, scale);
	double sum_ns = 0;

	for (unsigned i = 0; i < LEDGER_RESIDUE; i++)
		sum_ns += ledger->part_ns[i];
	ledger->part_ns[LEDGER_RESIDUE] = ledger->total_ns - sum_ns;
}
