// SPDX-License-Identifier: BSD-2-Clause
/*
 * transfer.c: the whole path of a transfer, by strategy, direction, size or a mix of them, depth, completion mode and
 * source temperature. One operation is one transfer, from the submit request to its reaping.
 */
#include "bench/cases/cases.h"

#include <errno.h>

#include "harness/run/crew.h"

#define SETTLE_US 500 /* after a fully verified trial: time for completions that must not come */

static int transfer_setup(struct run_cell *cell, void **state, struct err *err)
{
	struct run_crew *crew;
	int rc = run_crew_open(&crew, cell, err);

	if (!rc)
		*state = crew;
	return rc;
}

/* `sample` checks the last round of a trial, `full` every round. */
static bool round_checked(enum run_verify verify, uint64_t left, uint64_t count)
{
	return verify == RUN_VERIFY_FULL || (verify == RUN_VERIFY_SAMPLE && left <= count);
}

static int transfer_trial(struct run_cell *cell, void *state, uint64_t operations,
	struct run_outcome *outcome, struct err *err)
{
	const enum run_verify verify = run_cell_params(cell)->verify;
	struct run_crew *crew = state;
	int wrong = 0;

	run_crew_begin(crew);
	if (run_cell_offered(cell) > 0 && run_crew_continuous(crew))
		return run_crew_pass(crew, operations, verify == RUN_VERIFY_SAMPLE, outcome, err);

	for (uint64_t left = run_cell_rounds(cell, operations, run_crew_ops(crew)); left > 0;) {
		uint64_t count = run_crew_ops(crew);

		if (left < count)
			count = left;
		int rc = run_crew_round(
			crew, count, round_checked(verify, left, count), outcome, err);

		if (rc && (rc != -EILSEQ || run_crew_over(crew)))
			return rc;
		wrong = wrong ? wrong : rc;
		left -= count;
	}
	if (verify == RUN_VERIFY_FULL && run_crew_settle(crew, SETTLE_US))
		wrong = -EILSEQ;
	return wrong;
}

static void transfer_teardown(struct run_cell *cell, void *state)
{
	(void)cell;
	run_crew_close(state);
}

const struct bench_case case_transfer = {
	.name = "transfer",
	.help = "the whole path of a transfer, by strategy",
	.exercises = "LockBuffer StartDma ExecuteDma CompleteDma UnlockBuffer, or copies through a "
		     "common buffer",
	.keys = RUN_KEY_STRATEGY | RUN_KEY_DIR | RUN_KEY_SIZE | RUN_KEY_DEPTH | RUN_KEY_BATCH |
                RUN_KEY_COMPLETION | RUN_KEY_SOURCE | RUN_KEY_VERIFY | RUN_KEY_LOAD |
                RUN_KEY_MEMORY | RUN_KEY_MIX | RUN_KEY_THREADS,
	.hits = RUN_HIT_DESCRIPTORS | RUN_HIT_TRANSFERS | RUN_HIT_INTERRUPTS,
	.setup = transfer_setup,
	.trial = transfer_trial,
	.teardown = transfer_teardown,
};
