// SPDX-License-Identifier: BSD-2-Clause
/* export.c: which formats there are; see export.h. Called by the command line. */
#include "harness/report/export.h"

#include "harness/report/report.h"

const struct export_format export_formats[] = {
	{"gbench", "Google Benchmark's JSON, for its compare.py and dashboards", report_json},
	{"csv", "one row a repetition with all counters, for spreadsheets, R and pandas",
		export_csv},
	{"junit", "JUnit's XML, one test case a case, for CI servers", export_junit},
	{"markdown", "a summary with tables, for a pull request", export_markdown},
	{"openmetrics", "gauges, for node_exporter's textfile collector and Prometheus",
		export_openmetrics},
	{NULL, NULL, NULL},
};
