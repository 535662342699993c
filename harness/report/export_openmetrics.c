// SPDX-License-Identifier: BSD-2-Clause
/*
 * export_openmetrics.c: a run as OpenMetrics 1.0 text. Called through export_formats. Every family is a gauge, so that Prometheus'
 * own text format, which node_exporter's textfile collector reads, means the same; there are no time stamps, which that
 * collector refuses. Times are in seconds, as the format wants its base units.
 */
#include "harness/report/export.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/support/fault.h"
#include "harness/report/text.h"
#include "harness/stats/stats.h"

#define NAME_MAX_ 96

static void label_escape(FILE *out, char special)
{
	fprintf(out, "\\%c", special == '\n' ? 'n' : special);
}

/* A label value, in quotes. */
static void put_value(FILE *out, const char *text)
{
	fputc('"', out);
	text_escape(out, text, "\\\"\n", label_escape);
	fputc('"', out);
}

/* @first: no comma in front. An empty value is the same as no label. Return: whether the next is the first still. */
static bool put_label(FILE *out, bool first, const char *name, const char *value)
{
	if (!*value)
		return first;
	fprintf(out, "%s%s=", first ? "" : ",", name);
	put_value(out, value);
	return false;
}

static bool put_number_label(FILE *out, bool first, const char *name, uint64_t value)
{
	char text[24] = "";

	if (value)
		snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	return put_label(out, first, name, text);
}

static void put_case(FILE *out, const struct store_cell *cell)
{
	const struct store_params *p = &cell->params;

	fputc('{', out);
	bool first = put_label(out, true, "case", cell->name);

	first = put_label(out, first, "family", p->family);
	first = put_label(out, first, "device", p->device);
	first = put_label(out, first, "strategy", p->strategy);
	first = put_label(out, first, "dir", p->dir);
	first = put_label(out, first, "completion", p->completion);
	first = put_label(out, first, "source", p->source);
	first = put_number_label(out, first, "size_bytes", p->size_bytes);
	first = put_number_label(out, first, "depth", p->depth);
	put_number_label(out, first, "batch", p->batch);
	fputc('}', out);
}

static void put_family(FILE *out, const char *name, const char *unit, const char *help)
{
	fprintf(out, "# TYPE dmabench_%s gauge\n", name);
	if (*unit)
		fprintf(out, "# UNIT dmabench_%s %s\n", name, unit);
	fprintf(out, "# HELP dmabench_%s %s\n", name, help);
}

/* ---- the run -------------------------------------------------------------------------------------- */

static void put_run(const struct store_run *run, FILE *out)
{
	put_family(out, "run_info", "", "The run that these figures are of.");
	fputs("dmabench_run_info{", out);
	bool first = put_label(out, true, "run", run->id);

	first = put_label(out, first, "title", run->title);
	first = put_label(out, first, "state", text_state(run->state));
	first = put_label(out, first, "commit", text_fact(run, "version.commit", ""));
	first = put_label(out, first, "host", text_fact(run, "host.name", ""));
	first = put_label(out, first, "audit", text_fact(run, "audit.verdict", ""));
	put_label(out, first, "simulated", run->simulated ? "yes" : "no");
	fputs("} 1\n", out);
	put_family(out, "run_start_timestamp_seconds", "seconds", "When it began.");
	fprintf(out, "dmabench_run_start_timestamp_seconds %.3f\n",
		(double)run->started_wall_ns * 1e-9);
	put_family(out, "run_end_timestamp_seconds", "seconds", "When it ended.");
	if (run->ended_wall_ns)
		fprintf(out, "dmabench_run_end_timestamp_seconds %.3f\n",
			(double)run->ended_wall_ns * 1e-9);
	put_family(out, "run_exit_code", "", "Exit code of the run, 0 for one that was all right.");
	if (run->state == STORE_DONE)
		fprintf(out, "dmabench_run_exit_code %d\n", run->exit_code);
	put_family(out, "run_findings", "", "What was wrong.");
	fprintf(out, "dmabench_run_findings %u\n", run->finding_count);
}

static void put_repetition(const char *name, const char *state, unsigned count, FILE *out)
{
	fputs("dmabench_repetitions{case=", out);
	put_value(out, name);
	fprintf(out, ",state=\"%s\"} %u\n", state, count);
}

static void put_repetitions(const struct store_run *run, FILE *out)
{
	static const char *const states[] = {"good", "tainted", "failed"};

	put_family(out, "repetitions", "",
		"Repetitions of a case: good, tainted ones, which count, and failed ones, which do "
		"not.");
	for (uint32_t c = 0; c < run->cell_count; c++) {
		const struct store_cell *cell = &run->cell[c];
		unsigned count[3] = {0};

		for (uint32_t i = 0; i < cell->sample_count; i++)
			count[cell->sample[i].failed ? 2 : cell->sample[i].tainted[0] ? 1 : 0]++;
		for (unsigned i = 0; i < 3; i++)
			put_repetition(cell->name, states[i], count[i], out);
	}
}

/* ---- its counters --------------------------------------------------------------------------------- */

/* "lat_p99_ns" -> "lat_p99_seconds", "cpu_ns_per_op" -> "cpu_seconds_per_op". Return: what a value is to be multiplied by. */
static double family_name(enum store_counter counter, char name[NAME_MAX_], const char **unit)
{
	const char *own = store_counter_name(counter), *ns = strstr(own, "_ns");
	const bool time = ns && (ns[3] == '\0' || ns[3] == '_');
	const size_t length = strlen(own);

	if (time)
		snprintf(name, NAME_MAX_, "%.*s_seconds%s", (int)(ns - own), own, ns + 3);
	else
		snprintf(name, NAME_MAX_, "%s", own);
	*unit = time && !ns[3]                                          ? "seconds"
	        : length > 6 && strcmp(own + length - 6, "_bytes") == 0 ? "bytes"
	                                                                : "";
	return time ? 1e-9 : 1;
}

/* Over the good repetitions; NAN: no such has it. Return: 0; -ENOMEM, for which stats_median has no other word than NAN. */
static int cell_median(
	const struct store_cell *cell, enum store_counter counter, double *scratch, double *median)
{
	size_t count = 0;

	*median = (double)NAN;

	for (uint32_t i = 0; i < cell->sample_count; i++)
		if (!cell->sample[i].failed && isfinite(cell->sample[i].counter[counter]))
			scratch[count++] = cell->sample[i].counter[counter];
	if (!count)
		return 0;
	*median = stats_median(scratch, count);
	return isfinite(*median) ? 0 : -ENOMEM;
}

static int put_counter(
	const struct store_run *run, enum store_counter counter, double *scratch, FILE *out)
{
	char name[NAME_MAX_];
	const char *unit;
	const double factor = family_name(counter, name, &unit);
	bool begun = false;

	for (uint32_t c = 0; c < run->cell_count; c++) {
		double median;

		if (cell_median(&run->cell[c], counter, scratch, &median))
			return -ENOMEM;
		if (!isfinite(median))
			continue;
		if (!begun)
			put_family(out, name, unit,
				"Median over the good repetitions of a case; results/README.md "
				"says of what.");
		begun = true;
		fprintf(out, "dmabench_%s", name);
		put_case(out, &run->cell[c]);
		fprintf(out, " %.17g\n", median * factor);
	}
	return 0;
}

int export_openmetrics(const struct store_run *run, FILE *out, struct err *err)
{
	uint32_t most = 1;
	int rc;

	for (uint32_t c = 0; c < run->cell_count; c++)
		most = run->cell[c].sample_count > most ? run->cell[c].sample_count : most;
	double *scratch = fault_point("export_scratch") ? NULL : calloc(most, sizeof(*scratch));

	rc = scratch ? 0 : -ENOMEM;
	if (!rc) {
		put_run(run, out);
		put_repetitions(run, out);
	}
	for (unsigned i = 0; i < STORE_COUNTER_COUNT && !rc; i++)
		rc = put_counter(run, (enum store_counter)i, scratch, out);
	free(scratch);
	if (rc)
		return err_short(err, rc, "no memory to export run %s", run->id);
	fputs("# EOF\n", out);
	return 0;
}
