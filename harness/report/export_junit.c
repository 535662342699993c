// SPDX-License-Identifier: BSD-2-Clause
/*
 * export_junit.c: a run as JUnit's XML, in the form that Jenkins, GitLab and GitHub actions read: a suite a family, a test case
 * a case, its findings and failed repetitions as its failure. Called through export_formats.
 *
 * The first test case of all is the run itself: it fails with findings that belong to no case and where the run did not
 * end, and is skipped where the noise audit says that the figures cannot be trusted.
 */
#include "harness/report/export.h"

#include <math.h>
#include <string.h>
#include <time.h>

#include "harness/report/html.h"
#include "harness/report/text.h"

#define RUN_SUITE "run"

struct totals {
	unsigned tests, failures, skipped;
	double seconds;
};

/* Of all its repetitions. */
static double cell_seconds(const struct store_cell *cell)
{
	double seconds = 0;

	for (uint32_t i = 0; i < cell->sample_count; i++) {
		const struct store_sample *sample = &cell->sample[i];

		if (isfinite(sample->real_time_ns))
			seconds += sample->real_time_ns * (double)sample->iterations * 1e-9;
	}
	return seconds;
}

static const struct store_cell *cell_named(const struct store_run *run, const char *name)
{
	for (uint32_t i = 0; i < run->cell_count; i++)
		if (strcmp(run->cell[i].name, name) == 0)
			return &run->cell[i];
	return NULL;
}

/* A finding of @cell, NULL: of no cell of the run. */
static bool finding_of(const struct store_run *run, const struct store_finding *finding,
	const struct store_cell *cell)
{
	return cell ? strcmp(finding->cell, cell->name) == 0 : !cell_named(run, finding->cell);
}

/* What is wrong with @cell (NULL: the run), line by line into @out (NULL: only counted). Return: how many lines. */
static unsigned wrongs(const struct store_run *run, const struct store_cell *cell, FILE *out)
{
	unsigned count = 0;

	for (uint32_t i = 0; i < run->finding_count; i++) {
		if (!finding_of(run, &run->finding[i], cell))
			continue;
		count++;
		if (out)
			html_print(out, cell ? "%s\n" : "%s: %s\n",
				cell ? run->finding[i].text : run->finding[i].cell,
				run->finding[i].text);
	}
	for (uint32_t i = 0; cell && i < cell->sample_count; i++) {
		if (!cell->sample[i].failed)
			continue;
		count++;
		if (out)
			html_print(out, "repetition %u: %s\n", cell->sample[i].repetition,
				cell->sample[i].error);
	}
	if (!cell && run->state != STORE_DONE) {
		count++;
		if (out)
			html_print(out, "the run did not end: %s\n", text_state(run->state));
	}
	return count;
}

static bool trusted(const struct store_run *run)
{
	return strcmp(text_fact(run, "audit.verdict", ""), "cannot be trusted") != 0;
}

static struct totals suite_totals(const struct store_run *run, const char *family)
{
	struct totals totals = {0};

	for (uint32_t i = 0; i < run->cell_count; i++) {
		const struct store_cell *cell = &run->cell[i];

		if (strcmp(cell->params.family, family) != 0)
			continue;
		totals.tests++;
		totals.failures += wrongs(run, cell, NULL) > 0;
		totals.seconds += cell_seconds(cell);
	}
	return totals;
}

static struct totals run_totals(const struct store_run *run)
{
	const bool wrong = wrongs(run, NULL, NULL) > 0;

	return (struct totals){.tests = 1, .failures = wrong, .skipped = !wrong && !trusted(run)};
}

static void totals_print(FILE *out, const struct totals *totals)
{
	fprintf(out, " tests=\"%u\" failures=\"%u\" errors=\"0\" skipped=\"%u\" time=\"%.3f\"",
		totals->tests, totals->failures, totals->skipped, totals->seconds);
}

static void failure_print(const struct store_run *run, const struct store_cell *cell, FILE *out)
{
	const unsigned count = wrongs(run, cell, NULL);

	if (!count)
		return;
	html_print(out, "      <failure type=\"dmabench\" message=\"%u wrong\">", count);
	wrongs(run, cell, out);
	fputs("</failure>\n", out);
}

static void case_print(const struct store_run *run, const struct store_cell *cell, FILE *out)
{
	unsigned tainted = 0;

	for (uint32_t i = 0; i < cell->sample_count; i++)
		tainted += cell->sample[i].tainted[0] != '\0';
	html_print(out, "    <testcase classname=\"dmabench.%s\" name=\"%s\"", cell->params.family,
		cell->name);
	fprintf(out, " time=\"%.3f\">\n", cell_seconds(cell));
	failure_print(run, cell, out);
	if (tainted)
		fprintf(out, "      <system-out>%u of %u repetitions are tainted</system-out>\n",
			tainted, cell->sample_count);
	fputs("    </testcase>\n", out);
}

/* ISO 8601 without a zone, in UTC. */
static void suite_open(const struct store_run *run, const char *name, const struct totals *totals,
	unsigned number, FILE *out)
{
	const time_t seconds = (time_t)(run->started_wall_ns / 1000000000u);
	char when[32] = "";
	struct tm utc;

	if (gmtime_r(&seconds, &utc))
		strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S", &utc);
	html_print(out,
		"  <testsuite id=\"%u\" name=\"dmabench.%s\" hostname=\"%s\" timestamp=\"%s\"",
		number, name, text_fact(run, "host.name", "unknown"), when);
	totals_print(out, totals);
	fputs(">\n", out);
}

static void run_suite(const struct store_run *run, FILE *out)
{
	const struct totals totals = run_totals(run);

	suite_open(run, RUN_SUITE, &totals, 0, out);
	fputs("    <properties>\n", out);
	html_print(out, "      <property name=\"dmabench.run\" value=\"%s\"/>\n", run->id);
	for (uint32_t i = 0; i < run->fact_count; i++)
		html_print(out, "      <property name=\"%s\" value=\"%s\"/>\n", run->fact[i].key,
			run->fact[i].value);
	fputs("    </properties>\n", out);
	html_print(out, "    <testcase classname=\"dmabench.%s\" name=\"%s\" time=\"0.000\">\n",
		RUN_SUITE, run->title);
	failure_print(run, NULL, out);
	if (totals.skipped)
		html_print(out,
			"      <skipped message=\"these figures cannot be trusted: %s\"/>\n",
			text_fact(run, "audit.why", ""));
	fputs("    </testcase>\n  </testsuite>\n", out);
}

/* Whether no cell before @index is of its family. */
static bool family_first(const struct store_run *run, uint32_t index)
{
	for (uint32_t i = 0; i < index; i++)
		if (strcmp(run->cell[i].params.family, run->cell[index].params.family) == 0)
			return false;
	return true;
}

static void family_suite(
	const struct store_run *run, const char *family, unsigned number, FILE *out)
{
	const struct totals totals = suite_totals(run, family);

	suite_open(run, family, &totals, number, out);
	for (uint32_t i = 0; i < run->cell_count; i++)
		if (strcmp(run->cell[i].params.family, family) == 0)
			case_print(run, &run->cell[i], out);
	fputs("  </testsuite>\n", out);
}

int export_junit(const struct store_run *run, FILE *out, struct err *err)
{
	struct totals all = run_totals(run);
	unsigned number = 1;

	(void)err;
	for (uint32_t i = 0; i < run->cell_count; i++) {
		all.tests++;
		all.failures += wrongs(run, &run->cell[i], NULL) > 0;
		all.seconds += cell_seconds(&run->cell[i]);
	}
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", out);
	html_print(out, "<testsuites name=\"dmabench: %s\"", run->title);
	totals_print(out, &all);
	fputs(">\n", out);
	run_suite(run, out);
	for (uint32_t i = 0; i < run->cell_count; i++)
		if (family_first(run, i))
			family_suite(run, run->cell[i].params.family, number++, out);
	fputs("</testsuites>\n", out);
	return 0;
}
