/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * measure.h: measures a plan in this process: every trial through Google Benchmark, a progress bar on stderr, and an end in order
 * at SIGINT or SIGTERM, where the second signal ends the program at once. Used by `run` and `nightly`. Threads: one.
 */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include "harness/run/run.h"

/*
 * measure_plan - run_execute of @plan into @store. Of @wishes require_trust and record count. Return: as run_execute;
 * @summary->cancelled where it was interrupted.
 */
int measure_plan(struct run_plan *plan, struct store *store, const struct run_hooks *wishes,
	const struct run_fact *facts, struct run_summary *summary, struct err *err);

#endif
