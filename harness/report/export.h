/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * export.h: a stored run in the formats of other tools.
 *
 *	gbench       Google Benchmark's JSON (report_json)           its compare.py, dashboards
 *	csv          one row a repetition, all counters              spreadsheets, R, pandas
 *	junit        one test case a case of the run                 CI servers
 *	markdown     what changed hands and how fast, in short       pull requests
 *	openmetrics  gauges, one sample a case                       node_exporter's textfile collector, Prometheus
 *
 * Everything is made from a struct store_run alone. Names of cases, facts and findings may hold any bytes: each format
 * escapes them, so that no text of a record can spoil a document, run as a formula or move a terminal's cursor. A figure
 * that is missing is left out or left empty, never 0; a repetition that failed has no figures, one that is tainted counts
 * and says so, as in the table. Units: as results/README.md says, but for openmetrics, whose base unit of time is the second.
 *
 * Threads: none. Errors: what cannot be written is found by the owner of the stream (ferror); the writers report nothing but
 * missing memory.
 */
#ifndef REPORT_EXPORT_H
#define REPORT_EXPORT_H

#include <stdio.h>

#include "drivers/support/err.h"
#include "harness/store/store.h"

struct export_format {
	const char *name; /* as the command line says it */
	const char *help;
	/* write - the whole of @run to @out. Return: 0; -ENOMEM (ERR_MISSING). */
	int (*write)(const struct store_run *run, FILE *out, struct err *err);
};

/* Ends with a row whose name is NULL. */
extern const struct export_format export_formats[];

/* RFC 4180: header, then a row a repetition; text that a spreadsheet would take for a formula gets a quote in front. */
int export_csv(const struct store_run *run, FILE *out, struct err *err);
/* <testsuites> as Jenkins and GitLab read it; a case fails with its findings and its failed repetitions. */
int export_junit(const struct store_run *run, FILE *out, struct err *err);
/* GitHub's tables: verdict, findings, transfers side by side by strategy, other families, crossovers. */
int export_markdown(const struct store_run *run, FILE *out, struct err *err);
/* OpenMetrics 1.0 text, which Prometheus' own text format reads too: gauges over the good repetitions, medians; no time stamps. */
int export_openmetrics(const struct store_run *run, FILE *out, struct err *err);

#endif
