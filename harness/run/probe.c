// SPDX-License-Identifier: BSD-2-Clause
/* probe.c: see probe.h. Called by bench/cases; leaves the looping to the driver. */
#include "harness/run/probe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dderror.h"
#include "dmabench_ioctl.h"
#include "drivers/support/fault.h"
#include "harness/run/run_priv.h"

#define PROBE_BYTES (offsetof(DMABENCH_PROBE, Ticks) + RUN_PROBE_OPS_MAX * sizeof(ULONG))

struct run_probe {
	struct run_cell *cell;
	DMABENCH_PROBE *request; /* METHOD_BUFFERED: in and out */
};

int run_probe_open(struct run_probe **out, struct run_cell *cell, struct err *err)
{
	struct run_probe *probe = fault_point("probe") ? NULL : calloc(1, sizeof(*probe));

	if (probe)
		probe->request = calloc(1, PROBE_BYTES);
	if (!probe || !probe->request) {
		run_probe_close(probe);
		return err_short(err, -ENOMEM, "%s: no memory for a probe", cell->name);
	}
	probe->cell = cell;
	*out = probe;
	return 0;
}

void run_probe_close(struct run_probe *probe)
{
	if (!probe)
		return;
	free(probe->request);
	free(probe);
}

static void probe_fill(DMABENCH_PROBE *p, const struct run_probe_request *request, uint32_t count)
{
	memset(p, 0, offsetof(DMABENCH_PROBE, Ticks));
	p->Part = request->part;
	p->Count = count;
	p->Batch = request->batch;
	p->Offset = request->offset_bytes;
	p->Length = request->len_bytes;
	p->Direction = request->to_device ? DMABENCH_TO_DEVICE : DMABENCH_FROM_DEVICE;
	p->Buffer = request->buffer;
	p->BufferLength = request->buffer_bytes;
	p->Buffers = request->buffers;
	p->Stride = request->stride_bytes;
	p->First = request->first;
	if (request->part == DMABENCH_PROBE_CHURN) {
		p->Buffers = request->slots;
		p->Batch = 1;
	}
}

/* Whether operation @index took something. */
static bool probe_took(const struct run_probe_request *request, uint32_t index)
{
	const DMABENCH_CHURN_STEP *step = request->buffer;

	return step[index].What == DMABENCH_CHURN_ALLOCATE ||
	       step[index].What == DMABENCH_CHURN_LOCK;
}

/* The driver's ticks become the harness' ticks. What a trace's step was refused took no time of its kind. */
static void probe_latencies(struct run_probe *probe, const struct run_probe_request *request,
	uint32_t count, struct run_outcome *outcome)
{
	const DMABENCH_PROBE *p = probe->request;
	const bool churn = request->part == DMABENCH_PROBE_CHURN;
	double ns_per_driver_tick = 1e9 / (double)p->TicksPerSecond;
	double scale = ns_per_driver_tick / probe->cell->machine->clock.ns_per_tick;

	for (uint32_t i = 0; i < count; i++) {
		const uint64_t ticks = (uint64_t)(p->Ticks[i] * scale + 0.5);

		if (churn && p->Ticks[i] >= DMABENCH_TICKS_SKIPPED)
			continue;
		hist_record(outcome->latency, ticks);
		if (churn && probe_took(request, i))
			hist_record(outcome->taking, ticks);
	}
}

int run_probe_once(struct run_probe *probe, const struct run_probe_request *request, uint32_t count,
	struct run_outcome *outcome, struct err *err)
{
	const struct clock *clock = &probe->cell->machine->clock;
	DMABENCH_PROBE *p = probe->request;
	const uint32_t per_count = request->batch ? request->batch : 1;

	probe_fill(p, request, count);
	uint64_t cpu_ns = clock_thread_cpu_ns();
	struct tick start = clock_now(clock);
	int32_t status = videoport_request(probe->cell->port, IOCTL_DMABENCH_PROBE, p,
		(uint32_t)sizeof(DMABENCH_PROBE), (uint32_t)PROBE_BYTES, NULL);

	outcome->ticks += clock_span(start, clock_now(clock));
	outcome->cpu_ns += clock_thread_cpu_ns() - cpu_ns;
	if (status == ERROR_NOT_ENOUGH_MEMORY)
		return err_set(err, ERR_MISSING, -ENOMEM,
			"%s: the probe driver has no memory left; free some, or lower the key size",
			probe->cell->name);
	if (status != NO_ERROR || p->Done + p->Failed + p->Skipped != count ||
		p->TicksPerSecond == 0)
		return err_set(err, ERR_INTERNAL, -EIO,
			"%s: the probe driver did %u of %u operations, status %d; expected all, "
			"status 0",
			probe->cell->name, p->Done, count, status);
	probe_latencies(probe, request, count, outcome);
	outcome->operations += (uint64_t)p->Done * per_count;
	outcome->failed += (uint64_t)p->Failed * per_count;
	outcome->elements += p->Elements;
	return 0;
}

int run_probe_release(struct run_probe *probe, uint32_t slots, struct err *err)
{
	DMABENCH_PROBE *p = probe->request;

	memset(p, 0, offsetof(DMABENCH_PROBE, Ticks));
	p->Part = DMABENCH_PROBE_CHURN;
	p->Buffers = slots;

	int32_t status = videoport_request(probe->cell->port, IOCTL_DMABENCH_PROBE, p,
		(uint32_t)sizeof(DMABENCH_PROBE), (uint32_t)PROBE_BYTES, NULL);

	return status == NO_ERROR
	               ? 0
	               : err_set(err, ERR_INTERNAL, -EIO,
				 "%s: the probe driver ended a trace with status %d; expected 0",
				 probe->cell->name, status);
}

int run_probe_loop(struct run_probe *probe, const struct run_probe_request *request,
	uint64_t operations, struct run_outcome *outcome, struct err *err)
{
	const uint64_t per_count = request->batch ? request->batch : 1;

	for (uint64_t left = (operations + per_count - 1) / per_count; left > 0;) {
		uint32_t count = left < RUN_PROBE_OPS_MAX ? (uint32_t)left : RUN_PROBE_OPS_MAX;
		int rc = run_probe_once(probe, request, count, outcome, err);

		if (rc)
			return rc;
		left -= count;
	}
	return 0;
}
