// SPDX-License-Identifier: BSD-2-Clause
/*
 * ring.c: submission and completion alone. One operation is one descriptor that moves nothing; `batch` descriptors
 * share a doorbell, and one latency is the time of one batch.
 */
#include "bench/cases/cases.h"
#include "dmabench_ioctl.h"
#include "harness/run/probe.h"

static int ring_setup(struct run_cell *cell, void **state, struct err *err)
{
	struct run_probe *probe;
	int rc = run_probe_open(&probe, cell, err);

	if (!rc)
		*state = probe;
	return rc;
}

static int ring_trial(struct run_cell *cell, void *state, uint64_t operations,
	struct run_outcome *outcome, struct err *err)
{
	const struct run_probe_request request = {
		.part = DMABENCH_PROBE_RING,
		.batch = run_cell_params(cell)->batch,
	};

	return run_probe_loop(state, &request, operations, outcome, err);
}

static void ring_teardown(struct run_cell *cell, void *state)
{
	(void)cell;
	run_probe_close(state);
}

const struct bench_case case_ring = {
	.name = "ring",
	.help = "descriptor submission and completion, by batch",
	.exercises = "descriptor write, doorbell, completion poll",
	.keys = RUN_KEY_BATCH,
	.driver = "probe",
	.counted = true,
	.hits = RUN_HIT_DESCRIPTORS,
	.setup = ring_setup,
	.trial = ring_trial,
	.teardown = ring_teardown,
};
