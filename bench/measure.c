// SPDX-License-Identifier: BSD-2-Clause
/* measure.c: see measure.h. Knows neither jobs nor what is done with the results. */
#include "bench/measure.h"

#include <unistd.h>

#include "bench/execute.h"
#include "bench/gbench/gbench.h"
#include "bench/progress.h"
#include "bench/stop.h"

int measure_plan(struct run_plan *plan, struct store *store, const struct run_hooks *wishes,
	const struct run_fact *facts, struct run_summary *summary, struct err *err)
{
	struct progress progress;
	struct stop stop;
	struct run_hooks hooks = *wishes;
	int rc = gbench_open(err);

	if (rc)
		return rc;
	hooks.arg = &progress;
	hooks.execute = execute_trial;
	hooks.progress = progress_update;
	hooks.cancelled = stop_asked;
	stop_begin(&stop, "the trial in hand");
	progress_open(&progress, STDERR_FILENO, run_plan_pending(plan), run_plan_seconds(plan));
	rc = run_execute(plan, store, &hooks, facts, summary, err);
	progress_close(&progress);
	stop_end(&stop);
	gbench_close();
	return rc;
}
