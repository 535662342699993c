// SPDX-License-Identifier: BSD-2-Clause
/*
 * churn.c: allocation and release of common buffers by a seeded trace. One operation is one step: every step takes a
 * random one of CHURN_LIVE slots and releases it if it is taken, else allocates a size drawn log-uniformly between one
 * page and `size`. The trace has an even length and ends empty, so it can be gone through again and again.
 */
#include "bench/cases/cases.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "dmabench_ioctl.h"
#include "drivers/support/types.h"
#include "harness/rng/rng.h"
#include "harness/run/probe.h"

#define CHURN_LIVE 64u
#define CHURN_STEPS                                                                                \
	RUN_PROBE_OPS_MAX /* a trace is one request: the driver keeps nothing between two */

struct churn {
	struct run_probe *probe;
	DMABENCH_CHURN_STEP step[CHURN_STEPS];
};

static uint32_t churn_bytes(struct rng *rng, uint64_t largest)
{
	double low = log2((double)PAGE_BYTES);
	double high = fmax(log2((double)largest), low);

	return (uint32_t)exp2(low + (high - low) * rng_double(rng));
}

static void churn_trace(struct churn *churn, uint64_t seed, uint64_t largest)
{
	bool taken[CHURN_LIVE] = {false};
	uint32_t live = 0;
	struct rng rng;

	rng_seed(&rng, seed);
	for (uint32_t i = 0; i < CHURN_STEPS; i++) {
		uint32_t slot = (uint32_t)rng_below(&rng, CHURN_LIVE);

		/* An allocation must leave enough steps to release everything; else release a taken slot. */
		if (!taken[slot] && live + 1 > CHURN_STEPS - i - 1) {
			while (!taken[slot])
				slot = (slot + 1) % CHURN_LIVE;
		}
		churn->step[i].Slot = slot;
		churn->step[i].Bytes = taken[slot] ? 0 : churn_bytes(&rng, largest);
		live += taken[slot] ? -1u : 1u;
		taken[slot] = !taken[slot];
	}
}

static void churn_teardown(struct run_cell *cell, void *state)
{
	struct churn *churn = state;

	(void)cell;
	run_probe_close(churn->probe);
	free(churn);
}

static int churn_setup(struct run_cell *cell, void **state, struct err *err)
{
	struct churn *churn = calloc(1, sizeof(*churn));

	if (!churn)
		return err_set(err, ERR_MISSING, -ENOMEM, "no memory for a churn trace");
	int rc = run_probe_open(&churn->probe, cell, err);

	if (rc) {
		churn_teardown(cell, churn);
		return rc;
	}
	churn_trace(churn, run_cell_settings(cell)->seed, run_cell_params(cell)->size_bytes);
	*state = churn;
	return 0;
}

static int churn_trial(struct run_cell *cell, void *state, uint64_t operations,
	struct run_outcome *outcome, struct err *err)
{
	struct churn *churn = state;

	(void)cell;
	for (uint64_t left = operations; left > 0;) {
		uint32_t count = left < CHURN_STEPS ? (uint32_t)left : CHURN_STEPS;

		/* A request cut short leaves slots taken; the driver releases them at its end. */
		const struct run_probe_request request = {
			.part = DMABENCH_PROBE_CHURN,
			.buffer = churn->step,
			.buffer_bytes = count * (uint32_t)sizeof(churn->step[0]),
		};
		int rc = run_probe_once(churn->probe, &request, count, outcome, err);

		if (rc)
			return rc;
		left -= count;
	}
	return 0;
}

const struct bench_case case_churn = {
	.name = "churn",
	.help = "allocation and release of common buffers by a seeded trace, by largest size",
	.exercises = "VideoPortAllocateCommonBuffer VideoPortReleaseCommonBuffer",
	.keys = RUN_KEY_SIZE,
	.driver = "probe",
	.setup = churn_setup,
	.trial = churn_trial,
	.teardown = churn_teardown,
};
