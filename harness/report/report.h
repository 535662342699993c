/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * report.h: a stored run for people (table, HTML page, plots) and for programs (JSON).
 *
 * Everything is made from a struct store_run alone, so that `dmabench report RUN` gives what
 * `dmabench run` gave. Plots are drawn by gnuplot from scripts/plot/<name>.gp (embedded in the
 * program), each with its data file beside it in <folder>/plots/: <name>.dat, <name>.gp,
 * <name>.svg, <name>.png. The page needs no network: SVGs are inlined, their tool tips are SVG
 * titles or gnuplot hypertext.
 *
 * Facts of the run that are read by name (all others are only listed): host.name, host.cpu_scaling
 * (yes, no), host.cpu_model, host.threads, host.caches ("L1d 2 x 32 KiB, ..."), clock.rate_hz, noise.load_average
 * ("0.1 0.2 0.3"), audit.verdict ("trusted" or "cannot be trusted"), audit.why, audit.CHECK ("taints: ..."), place.text, version.gbench, version.gbench_build.
 *
 * Threads: none. Errors: -errno with struct err; a missing gnuplot is ERR_MISSING with the
 * package's name, an unwritable folder ERR_MISSING with the path.
 */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include <stdio.h>

#include "drivers/support/err.h"
#include "harness/store/store.h"

/*
 * report_table - the result as text, 100 columns: for each direction x source x completion x depth
 * a block with one row per size and the strategies side by side (throughput, p50, p99, CPU ns per
 * op, common-buffer peak), then the crossover sentences, then one block for every other family,
 * then findings, then what the noise audit found.
 * @color: 1 uses ANSI bold/dim.
 */
void report_table(const struct store_run *run, bool color, FILE *out);

/*
 * report_json - Google Benchmark's schema (context, benchmarks[]; iteration rows and mean, median,
 * stddev, cv aggregates where there are two repetitions or more), strictly legal JSON: NAN and
 * infinities are left out. Names and units: results/README.md.
 */
int report_json(const struct store_run *run, FILE *out, struct err *err);

/*
 * report_page - writes <folder>/report.html, <folder>/plots/ and <folder>/results.json; creates
 * <folder>.
 * @path: receives the page's path, may be NULL.
 */
int report_page(
	const struct store_run *run, const char *folder, char *path, size_t room, struct err *err);

/* report_check - whether gnuplot is there, before time is spent. Return: 0; -ENOENT (ERR_MISSING). */
int report_check(struct err *err);

#endif
