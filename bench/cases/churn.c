// SPDX-License-Identifier: BSD-2-Clause
/*
 * churn.c: common buffers and locks, taken and given back by a trace (harness/churn). One operation is one event. A
 * trial goes over the trace from its start, again and again if there is time; one that ages goes over all of it once,
 * in windows of equal numbers of takings. What a trial has not given back is given back behind it.
 */
#include "bench/cases/cases.h"

#include <errno.h>
#include <stdlib.h>

#include "dmabench_ioctl.h"
#include "drivers/support/fault.h"
#include "harness/churn/churn.h"
#include "harness/run/probe.h"

_Static_assert(DMABENCH_CHURN_ALLOCATE == CHURN_ALLOCATE &&
		       DMABENCH_CHURN_RELEASE == CHURN_RELEASE &&
		       DMABENCH_CHURN_LOCK == CHURN_LOCK && DMABENCH_CHURN_UNLOCK == CHURN_UNLOCK,
	"steps are events, one for one");
_Static_assert(
	DMABENCH_CHURN_SLOTS >= CHURN_SLOTS_MAX, "the driver has a slot for whatever is held");

struct replay {
	struct run_probe *probe;
	struct churn_trace trace;
	unsigned char *memory; /* that locks are made of; NULL: the trace has none */
	uint32_t at;           /* next event */
	DMABENCH_CHURN_STEP step[RUN_PROBE_OPS_MAX];
};

static void replay_teardown(struct run_cell *cell, void *state)
{
	struct replay *replay = state;

	(void)cell;
	run_probe_close(replay->probe);
	churn_free(&replay->trace);
	free(replay);
}

static int replay_setup(struct run_cell *cell, void **state, struct err *err)
{
	struct replay *replay = fault_point("replay") ? NULL : calloc(1, sizeof(*replay));

	if (!replay)
		return err_short(err, -ENOMEM, "no memory to go through a trace");
	int rc = run_cell_trace(cell, &replay->trace, err);

	rc = rc ? rc : run_probe_open(&replay->probe, cell, err);
	if (rc == 0 && replay->trace.lock_span_bytes) {
		replay->memory = run_cell_memory(cell, replay->trace.lock_span_bytes, err);
		rc = replay->memory ? 0 : -ENOMEM;
	}
	if (rc) {
		replay_teardown(cell, replay);
		return rc;
	}
	*state = replay;
	return 0;
}

/* The next @count events as the driver's steps. */
static void replay_fill(struct replay *replay, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		const struct churn_event *event = &replay->trace.event[replay->at + i];

		replay->step[i] = (DMABENCH_CHURN_STEP){.Slot = event->slot,
			.Bytes = event->bytes,
			.What = event->op,
			.How = event->how,
			.Address = event->op == CHURN_LOCK ? replay->memory + event->offset : NULL};
	}
}

static uint32_t min_u32(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* Goes on for at most @most events, within one request and up to the trace's end. Return: events done, or -errno. */
static int64_t replay_some(
	struct replay *replay, uint64_t most, struct run_outcome *outcome, struct err *err)
{
	const struct run_probe_request request = {
		.part = DMABENCH_PROBE_CHURN,
		.buffer = replay->step,
		.buffer_bytes = sizeof(replay->step),
		.slots = replay->trace.slots,
	};
	uint32_t count = min_u32(RUN_PROBE_OPS_MAX, replay->trace.count - replay->at);

	if (most < count)
		count = (uint32_t)most;
	replay_fill(replay, count);
	int rc = run_probe_once(replay->probe, &request, count, outcome, err);

	replay->at = (replay->at + count) % replay->trace.count;
	return rc ? rc : (int64_t)count;
}

static int replay_events(
	struct replay *replay, uint64_t events, struct run_outcome *outcome, struct err *err)
{
	while (events > 0) {
		int64_t done = replay_some(replay, events, outcome, err);

		if (done < 0)
			return (int)done;
		events -= (uint64_t)done;
	}
	return 0;
}

/* The event behind the taking number @take. @from: an event before it, and how many takings are before that. */
static uint32_t replay_take(
	const struct churn_trace *trace, uint64_t take, uint32_t *from, uint64_t *before)
{
	while (*before < take)
		*before += churn_takes(&trace->event[(*from)++]);
	return *from;
}

/* All of the trace; behind the last window there is nothing but giving back. */
static int replay_ageing(struct run_cell *cell, struct replay *replay, uint32_t windows,
	struct run_outcome *outcome, struct err *err)
{
	const struct churn_trace *trace = &replay->trace;
	uint32_t from = 0, begin = 0;
	uint64_t before = 0;

	for (uint32_t w = 1; w <= windows; w++) {
		uint32_t end = replay_take(
			trace, (uint64_t)trace->takes * w / windows, &from, &before);
		int rc = replay_events(replay, end - begin, outcome, err);

		if (rc)
			return rc;
		run_cell_window_end(cell, outcome);
		begin = end;
	}
	return replay_events(replay, trace->count - begin, outcome, err);
}

static int replay_trial(struct run_cell *cell, void *state, uint64_t operations,
	struct run_outcome *outcome, struct err *err)
{
	struct replay *replay = state;
	const uint32_t windows = run_cell_windows(cell);

	replay->at = 0;

	int rc = windows ? replay_ageing(cell, replay, windows, outcome, err)
	                 : replay_events(replay, operations, outcome, err);
	int end = run_probe_release(replay->probe, replay->trace.slots, rc ? NULL : err);

	return rc ? rc : end;
}

const struct bench_case case_churn = {
	.name = "churn",
	.help = "taking and giving back common buffers and locks by a trace, read or made",
	.exercises = "VideoPortAllocateCommonBuffer VideoPortReleaseCommonBuffer "
		     "VideoPortLockBuffer VideoPortUnlockBuffer",
	.keys = RUN_KEY_SIZE | RUN_KEY_TRACE,
	.driver = "probe",
	.counted = true,
	.setup = replay_setup,
	.trial = replay_trial,
	.teardown = replay_teardown,
};
