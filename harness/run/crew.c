// SPDX-License-Identifier: BSD-2-Clause
/*
 * crew.c: see crew.h. Called by bench/cases/transfer.c; the windows do the work, harness/load holds threads and targets
 * together. A crew of one has no threads and costs nothing.
 */
#include "harness/run/crew.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/support/fault.h"
#include "harness/load/share.h"
#include "harness/load/team.h"
#include "harness/run/run_priv.h"
#include "harness/run/target.h"
#include "harness/run/window.h"

/* What one requester does and did. */
struct requester {
	struct run_window *window;
	struct run_outcome outcome;
	struct hist latency, response; /* of the outcome */
	struct err err;
	int rc;
};

/* NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): what several threads write has lines of its own */
struct run_crew {
	struct run_cell *cell;
	uint32_t count;
	struct requester *requester;
	struct team *team; /* NULL: alone */
	struct share *share;
	CACHE_ALIGNED atomic_bool stop; /* of rounds side by side: harness/load */
	/* What all are doing. */
	CACHE_ALIGNED bool pass;
	bool check;
	uint64_t operations; /* of each */
};

/* ---- opening and closing ----------------------------------------------------------------------------- */

static void member_begin(void *arg, unsigned member)
{
	struct run_crew *crew = arg;
	struct run_machine *machine = crew->cell->machine;

	/* Where that fails the thread stays where it began, with the driver's. */
	const struct run_seat seat = machine_seat(machine, member, cell_adapters(crew->cell) > 1);

	topo_bind_thread(machine->topo, seat.driver_cpu, NULL);
}

static bool crew_shares(const struct run_crew *crew)
{
	return crew->count > 1 && crew->cell->params.adapters == RUN_SHARED;
}

static bool crew_crowded(const struct run_crew *crew)
{
	return machine_crowded(crew->cell->machine, crew->count, cell_adapters(crew->cell) > 1);
}

static int crew_share(struct run_crew *crew, struct err *err)
{
	const struct run_params *p = &crew->cell->params;
	void *target[SHARE_SEATS_MAX];
	const struct share_config config = {.ops = &run_target_ops,
		.target = target,
		.seats = crew->count,
		.depth = p->depth,
		.blocking = p->completion != RUN_POLL};

	for (uint32_t i = 0; i < crew->count; i++)
		target[i] = run_window_target(crew->requester[i].window);
	return share_open(&crew->share, &config, err);
}

static int crew_team(struct run_crew *crew, struct err *err)
{
	struct run_machine *machine = crew->cell->machine;
	const struct team_config config = {.members = crew->count,
		.crowded = crew_crowded(crew),
		.clock = &machine->clock,
		.begin = member_begin,
		.arg = crew};

	return team_open(&crew->team, &config, err);
}

static int windows_open(struct run_crew *crew, struct err *err)
{
	int rc = 0;

	for (uint32_t i = 0; i < crew->count && !rc; i++)
		rc = run_window_open(&crew->requester[i].window, crew->cell, i, err);
	if (!rc && crew_shares(crew))
		rc = crew_share(crew, err);
	if (!rc && crew->count > 1)
		rc = crew_team(crew, err);
	for (uint32_t i = 0; i < crew->count && !rc; i++) {
		const struct run_window_crew of = {.team = crew->team,
			.stop = crew->team ? &crew->stop : NULL,
			.crowded = crew->team && crew_crowded(crew),
			.seat = crew->share ? share_seat(crew->share, i) : NULL};

		rc = run_window_join(crew->requester[i].window, &of, err);
	}
	return rc;
}

int run_crew_open(struct run_crew **out, struct run_cell *cell, struct err *err)
{
	struct run_crew *crew = fault_point("crew")
	                                ? NULL
	                                : aligned_alloc(CACHE_LINE_BYTES, sizeof(*crew));
	int rc = -ENOMEM;

	if (crew) {
		memset(crew, 0, sizeof(*crew));
		crew->cell = cell;
		crew->count = cell->params.threads;
		crew->requester = calloc(crew->count, sizeof(*crew->requester));
	}
	if (!crew || !crew->requester)
		err_short(err, rc, "%s: no memory for %u requesters", cell->name,
			cell->params.threads);
	else
		rc = windows_open(crew, err);
	if (rc) {
		run_crew_close(crew);
		return rc;
	}
	*out = crew;
	return 0;
}

void run_crew_close(struct run_crew *crew)
{
	if (!crew)
		return;
	team_close(crew->team);
	for (uint32_t i = 0; crew->requester && i < crew->count; i++)
		run_window_close(crew->requester[i].window);
	share_close(crew->share);
	free(crew->requester);
	free(crew);
}

/* ---- rounds and passes ------------------------------------------------------------------------------- */

static void member_do(void *arg, unsigned member)
{
	struct run_crew *crew = arg;
	struct requester *r = &crew->requester[member];

	if (crew->pass)
		r->rc = run_window_pass(
			r->window, crew->operations, crew->check, &r->outcome, &r->err);
	else
		r->rc = run_window_round(
			r->window, (uint32_t)crew->operations, crew->check, &r->outcome, &r->err);
}

static void requester_reset(struct requester *r)
{
	hist_init(&r->latency);
	hist_init(&r->response);
	r->outcome = (struct run_outcome){.latency = &r->latency, .response = &r->response};
	r->err = (struct err)ERR_INIT;
	r->rc = 0;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* What adds up; time does not, since all worked at once. */
static void outcome_add(struct run_outcome *into, const struct run_outcome *from)
{
	into->operations += from->operations;
	into->failed += from->failed;
	into->verified += from->verified;
	into->bytes += from->bytes;
	into->cpu_ns += from->cpu_ns;
	into->elements += from->elements;
	into->rounds += from->rounds;
	into->mixed_ops += from->mixed_ops;
	into->to_device_ops += from->to_device_ops;
	into->offered += from->offered;
	into->dropped += from->dropped;
	into->backlog_peak = larger(into->backlog_peak, from->backlog_peak);
	hist_merge(into->latency, from->latency);
	hist_merge(into->response, from->response);
}

/* From the common start to the last completion. */
static uint64_t crew_ticks(const struct run_crew *crew)
{
	uint64_t ticks = 0;

	for (uint32_t i = 0; i < crew->count; i++)
		ticks = larger(ticks, run_window_ticks(crew->requester[i].window));
	return ticks;
}

/* Return: the worst of all: what could not be done before what was wrong. */
static int crew_merge(struct run_crew *crew, struct run_outcome *outcome, struct err *err)
{
	uint64_t passes = 0, span_ticks = 0, tail_ticks = 0;
	int rc = 0;

	outcome->requesters = crew->count;
	for (uint32_t i = 0; i < crew->count; i++) {
		const struct requester *r = &crew->requester[i];

		outcome_add(outcome, &r->outcome);
		outcome->requester_ops[i] += r->outcome.operations;
		passes = larger(passes, r->outcome.passes);
		span_ticks = larger(span_ticks, r->outcome.span_ticks);
		tail_ticks = larger(tail_ticks, r->outcome.tail_ticks);
		if (r->err.kind != ERR_NONE)
			err_set(err, r->err.kind, r->err.code, "%s", r->err.message);
		if (r->rc && (!rc || rc == -EILSEQ))
			rc = r->rc;
	}
	outcome->ticks += crew_ticks(crew);
	outcome->passes += passes;
	outcome->span_ticks += span_ticks;
	outcome->tail_ticks += tail_ticks;
	run_outcome_round(outcome);
	return rc;
}

static int crew_do(struct run_crew *crew, bool pass, uint64_t operations, bool check,
	struct run_outcome *outcome, struct err *err)
{
	crew->pass = pass;
	crew->check = check;
	crew->operations = operations;
	for (uint32_t i = 0; i < crew->count; i++)
		requester_reset(&crew->requester[i]);
	/* Relaxed, as all of it: team_run hands everything over. */
	atomic_store_explicit(&crew->stop, false, memory_order_relaxed);
	team_run(crew->team, member_do, crew);
	return crew_merge(crew, outcome, err);
}

/* Of @count operations each requester's, rounded up. */
static uint64_t share_of(const struct run_crew *crew, uint64_t count)
{
	return (count + crew->count - 1) / crew->count;
}

void run_crew_begin(struct run_crew *crew)
{
	for (uint32_t i = 0; i < crew->count; i++)
		run_window_begin(crew->requester[i].window);
}

bool run_crew_over(const struct run_crew *crew)
{
	return cell_over(crew->cell);
}

uint64_t run_crew_ops(const struct run_crew *crew)
{
	return (uint64_t)crew->count * run_window_ops(crew->requester[0].window);
}

int run_crew_round(struct run_crew *crew, uint64_t count, bool check, struct run_outcome *outcome,
	struct err *err)
{
	if (!crew->team)
		return run_window_round(
			crew->requester[0].window, (uint32_t)count, check, outcome, err);
	return crew_do(crew, false, share_of(crew, count), check, outcome, err);
}

bool run_crew_continuous(const struct run_crew *crew)
{
	return run_window_continuous(crew->requester[0].window);
}

int run_crew_pass(struct run_crew *crew, uint64_t count, bool check, struct run_outcome *outcome,
	struct err *err)
{
	if (!crew->team)
		return run_window_pass(crew->requester[0].window, count, check, outcome, err);
	return crew_do(crew, true, share_of(crew, count), check, outcome, err);
}

int run_crew_settle(struct run_crew *crew, uint32_t us)
{
	int rc = 0;

	/* Twice: what one requester reaps may be another's, who was asked before. */
	for (unsigned again = 0; again < (crew->share ? 2 : 1); again++)
		for (uint32_t i = 0; i < crew->count; i++) {
			int one = run_window_settle(crew->requester[i].window, again || i ? 0 : us);

			rc = rc ? rc : one;
		}
	return rc;
}
