// SPDX-License-Identifier: BSD-2-Clause
/*
 * export_test.c: runs in the formats of other tools, read back by the rules of each format: RFC 4180, XML (xmllint), the
 * grammar of OpenMetrics 1.0, GitHub's tables. Texts of a record that mean something in a format come out as text.
 */
#include "harness/report/export.h"

#include <ctype.h>
#include <errno.h>

#include "drivers/support/fault.h"
#include "harness/report/page_testing.h"
#include "harness/report/text.h"
#include "harness/stats/stats.h"

#define HOSTILE "=1+2|`<b a='\"&>,\n\\x\x1b[2J\xff@all"
#define FIELDS  256

static struct store_run *spoilt_run(void)
{
	const struct testing_shape shape = {.seed = 7,
		.sizes = 3,
		.repetitions = 7,
		.strategies = 3,
		.sources = 1,
		.dirs = 2,
		.completions = 1,
		.depths = 1,
		.other_cells = 2,
		.failed_every = 11,
		.tainted_every = 5,
		.title = HOSTILE};
	struct store_run *run = testing_run(&shape);

	snprintf(run->cell[1].name, sizeof(run->cell[1].name), "transfer/%s", HOSTILE);
	snprintf(run->cell[2].params.extra, STORE_EXTRA_MAX, "%s", HOSTILE);
	snprintf(run->cell[0].sample[0].tainted, 160, "%s", HOSTILE);
	testing_fact(run, "audit.verdict", "cannot be trusted");
	testing_fact(run, "audit.why", HOSTILE);
	run->finding = calloc(2, sizeof(*run->finding));
	assert_non_null(run->finding);
	run->finding_count = 2;
	snprintf(run->finding[0].cell, STORE_NAME_MAX, "%s", run->cell[1].name);
	snprintf(run->finding[0].text, sizeof(run->finding[0].text), "%s", HOSTILE);
	snprintf(run->finding[1].cell, STORE_NAME_MAX, "no case of it");
	snprintf(run->finding[1].text, sizeof(run->finding[1].text), "leaked");
	return run;
}

static char *exported(const struct store_run *run, const char *format)
{
	struct err err = ERR_INIT;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	for (unsigned i = 0; export_formats[i].name; i++)
		if (strcmp(export_formats[i].name, format) == 0 &&
			export_formats[i].write(run, out, &err))
			fail_msg("%s", err.message);
	assert_int_equal(fclose(out), 0);
	assert_true(size > 0);
	return text;
}

static unsigned times(const char *text, const char *part)
{
	unsigned count = 0;

	for (; (text = strstr(text, part)) != NULL; text += strlen(part))
		count++;
	return count;
}

/* Nothing that moves a cursor, and nothing that is no UTF-8. */
static void expect_clean(const char *text)
{
	while (*text) {
		const size_t length = *text == '\r' ? 1 : text_utf8(text);

		assert_true(length > 0);
		text += length;
	}
}

/* ---- csv -------------------------------------------------------------------------------------------- */

/* One record of RFC 4180 out of *@at, in place. Return: its fields; 0 at the end. */
static unsigned record_read(char **at, char *field[FIELDS])
{
	char *in = *at, *out = in;
	unsigned count = 0;
	bool quoted;

	if (!*in)
		return 0;
	for (;;) {
		assert_true(count < FIELDS);
		field[count++] = out;
		quoted = *in == '"';
		in += quoted;
		while (quoted ? *in != '"' || in[1] == '"' : !strchr(",\r", *in)) {
			assert_true(*in && (quoted || *in != '"'));
			in += quoted && *in == '"';
			*out++ = *in++;
		}
		in += quoted;
		const char end = *in++;

		*out++ = '\0';
		if (end == ',')
			continue;
		assert_true(end == '\r' && *in == '\n');
		*at = in + 1;
		return count;
	}
}

static void csv_has_a_row_a_repetition(void **state)
{
	struct store_run *run = spoilt_run();
	char *text = exported(run, "csv"), *at = text, *header[FIELDS], *row[FIELDS];
	unsigned columns, rows = 0, rate = 0;

	(void)state;
	columns = record_read(&at, header);
	while (rate < columns && strcmp(header[rate], "bytes_per_second") != 0)
		rate++;
	assert_true(rate < columns);
	assert_string_equal(header[3], "name");
	for (uint32_t c = 0; c < run->cell_count; c++)
		for (uint32_t s = 0; s < run->cell[c].sample_count; s++, rows++) {
			const struct store_sample *sample = &run->cell[c].sample[s];

			assert_int_equal(record_read(&at, row), columns);
			assert_string_equal(row[19], sample->failed ? "1" : "0");
			if (sample->failed)
				assert_string_equal(row[rate], "");
			else
				assert_true(strtod(row[rate], NULL) ==
					    sample->counter[STORE_bytes_per_second]);
			/* What a spreadsheet would run. */
			for (unsigned i = 0; i < columns; i++)
				assert_true(!strchr("=@\t", row[i][0]) || !row[i][0]);
		}
	assert_int_equal(rows, run->cell_count * 7);
	assert_int_equal(record_read(&at, row), 0);
	free(text);
	text = exported(run, "csv");
	expect_clean(text);
	assert_non_null(strstr(text, "\"'=1+2|`<b a='\"\"&>,\n\\x?[2J?@all\""));
	free(text);
	testing_run_free(run);
}

/* ---- junit ------------------------------------------------------------------------------------------- */

static void junit_is_well_formed_and_fails_what_failed(void **state)
{
	struct store_run *run = spoilt_run();
	char *text = exported(run, "junit"), totals[64];
	unsigned failing = 1; /* the run, with the finding of no case */

	(void)state;
	write_file("junit.xml", text, 0644);
	assert_well_formed("junit.xml");
	for (uint32_t c = 0; c < run->cell_count; c++) {
		bool failed = c == 1;

		for (uint32_t s = 0; s < run->cell[c].sample_count; s++)
			failed = failed || run->cell[c].sample[s].failed;
		failing += failed;
	}
	assert_true(failing > 2 && failing < run->cell_count);
	assert_int_equal(times(text, "<testcase "), run->cell_count + 1);
	assert_int_equal(times(text, "<failure "), failing);
	snprintf(totals, sizeof(totals), " tests=\"%u\" failures=\"%u\" errors=\"0\" skipped=\"0\"",
		run->cell_count + 1, failing);
	assert_int_equal(times(text, totals), 1);
	assert_non_null(strstr(text, "no case of it: leaked"));
	assert_null(strstr(text, "<b a="));
	/* Sums of the suites are those of all. */
	assert_int_equal(times(text, "<testsuite "), 3);
	free(text);
	testing_run_free(run);
}

static void a_run_that_cannot_be_trusted_is_skipped(void **state)
{
	const struct testing_shape shape = TESTING_SHAPE;
	struct store_run *run = testing_run(&shape);
	char *text;

	(void)state;
	text = exported(run, "junit");
	assert_int_equal(times(text, "<skipped") + times(text, "<failure"), 0);
	free(text);
	testing_fact(run, "audit.verdict", "cannot be trusted");
	text = exported(run, "junit");
	assert_int_equal(times(text, "<skipped"), 1);
	free(text);
	run->state = STORE_INTERRUPTED;
	text = exported(run, "junit");
	assert_int_equal(times(text, "<skipped"), 0);
	assert_non_null(strstr(text, "the run did not end: interrupted"));
	free(text);
	testing_run_free(run);
}

/* ---- openmetrics ------------------------------------------------------------------------------------- */

/* "name{label="value",...}": checked against the grammar. Return: behind it. */
static const char *series_read(const char *at)
{
	assert_true(isalpha((unsigned char)*at));
	at += strspn(at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
	if (*at != '{')
		return at;
	do {
		const size_t label = strspn(++at, "abcdefghijklmnopqrstuvwxyz_");

		assert_true(label > 0);
		at += label;
		assert_int_equal(strncmp(at, "=\"", 2), 0);
		for (at += 2; *at != '"'; at++) {
			assert_true(*at && *at != '\n');
			if (*at == '\\')
				assert_non_null(strchr("\\\"n", *++at));
		}
		at++;
	} while (*at == ',');
	assert_int_equal(*at, '}');
	return at + 1;
}

static bool is_of_family(const char *line, const char *family)
{
	const size_t length = strlen(family);

	return strncmp(line, family, length) == 0 && strchr("{ ", line[length]);
}

static void openmetrics_keeps_its_grammar(void **state)
{
	struct store_run *run = spoilt_run();
	char *text = exported(run, "openmetrics"), *save = NULL, family[128] = "",
	     seen[20000] = " ";
	char *line = strtok_r(text, "\n", &save), *last = line;
	unsigned samples = 0;

	(void)state;
	for (; line; last = line, line = strtok_r(NULL, "\n", &save)) {
		char *end;

		expect_clean(line);
		if (sscanf(line, "# TYPE %127s gauge", family) == 1) {
			char word[132];

			/* A family comes once, in one piece. */
			snprintf(word, sizeof(word), " %s ", family);
			assert_null(strstr(seen, word));
			strncat(seen, word + 1, sizeof(seen) - strlen(seen) - 1);
		} else if (*line == '#') {
			assert_true(strcmp(line, "# EOF") == 0 || strstr(line, family));
		} else {
			assert_true(is_of_family(line, family));
			const char *value = series_read(line);

			assert_int_equal(*value, ' ');
			strtod(value + 1, &end);
			assert_true(end > value + 1 && !*end); /* no time stamp */
			samples++;
		}
	}
	assert_string_equal(last, "# EOF");
	assert_true(samples > 10 * run->cell_count);
	free(text);
	testing_run_free(run);
}

static void openmetrics_holds_medians_in_base_units(void **state)
{
	const struct testing_shape shape = TESTING_SHAPE;
	struct store_run *run = testing_run(&shape);
	const struct store_cell *cell = &run->cell[3];
	char *text = exported(run, "openmetrics"), series[STORE_NAME_MAX + 64];
	double p99[16];

	(void)state;
	for (uint32_t i = 0; i < cell->sample_count; i++)
		p99[i] = cell->sample[i].counter[STORE_lat_p99_ns];
	snprintf(series, sizeof(series), "\ndmabench_lat_p99_seconds{case=\"%s\"", cell->name);
	const char *at = strstr(text, series);

	assert_non_null(at);
	at = series_read(at + 1);
	assert_true(fabs(strtod(at, NULL) / (1e-9 * stats_median(p99, cell->sample_count)) - 1) <
		    1e-12);
	assert_int_equal(times(text, "\n# UNIT dmabench_lat_p99_seconds seconds\n"), 1);
	assert_int_equal(times(text, "# TYPE dmabench_cpu_seconds_per_op gauge\n"), 1);
	assert_int_equal(times(text, "# UNIT dmabench_pinned_peak_bytes bytes\n"), 1);
	/* No case has been offered a rate: no family. */
	assert_null(strstr(text, "dmabench_offered_per_second"));
	assert_null(strstr(text, "_ns"));
	free(text);
	testing_run_free(run);
}

/* ---- markdown ---------------------------------------------------------------------------------------- */

/* Takes out of @line what means nothing: code spans, and characters behind a backslash. */
static void without_code(char *line)
{
	char *out = line;

	for (const char *in = line; *in; in++) {
		if (*in == '`')
			in = strchr(in + 1, '`');
		else if (*in == '\\' && in[1])
			in++;
		else
			*out++ = *in;
		assert_non_null(in);
	}
	*out = '\0';
}

static void markdown_is_tables_and_a_verdict(void **state)
{
	struct store_run *run = spoilt_run();
	char *text = exported(run, "markdown"), *save = NULL;
	unsigned rows = 0, bars = 0;

	(void)state;
	expect_clean(text);
	assert_non_null(strstr(text, "**2 findings.** **These figures cannot be trusted:**"));
	assert_non_null(strstr(text, "### Findings"));
	assert_int_equal(times(text, "<details>"), times(text, "</details>"));
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		const unsigned own = times(line, "|") - times(line, "\\|");

		if (strncmp(line, "<details>", 9) != 0) /* which is HTML */
			without_code(line);
		assert_null(strstr(line, "<b"));
		if (*line != '|') {
			bars = 0;
			continue;
		}
		assert_true(bars == 0 || own == bars); /* as many columns as the row above */
		bars = own;
		rows++;
	}
	/* Two groups of three sizes, two other cases; two more rows a table. */
	assert_true(rows >= 3 * 2 + 2 + 3 * 2);
	free(text);
	testing_run_free(run);
}

static void a_good_run_says_so(void **state)
{
	const struct testing_shape shape = TESTING_SHAPE;
	struct store_run *run = testing_run(&shape);
	char *text = exported(run, "markdown");

	(void)state;
	assert_non_null(strstr(text, "Nothing wrong was found."));
	assert_null(strstr(text, "cannot be trusted"));
	assert_non_null(strstr(text, "### Crossovers"));
	assert_true(times(text, "**") % 2 == 0 &&
		    times(text, "**") > 2); /* pairs, and some rows have a fastest */
	free(text);
	testing_run_free(run);
}

/* ---- all --------------------------------------------------------------------------------------------- */

static void without_memory_it_says_so(void **state)
{
	const struct testing_shape shape = TESTING_SHAPE;
	struct store_run *run = testing_run(&shape);
	unsigned refused = 0;

	(void)state;
	for (unsigned i = 0; export_formats[i].name; i++)
		for (unsigned nth = 1; nth<100000; nth += nth> 20 ? 997 : 1) {
			FILE *out = fopen("/dev/null", "w");
			struct err err = ERR_INIT;

			assert_non_null(out);
			fault_arm(nth, false);
			const int rc = export_formats[i].write(run, out, &err);
			const char *fired = fault_fired();

			fault_arm(0, false);
			fclose(out);
			if (!fired)
				break;
			/* Statistics without memory say NAN, and what is NAN is left out. */
			if (rc == 0 && strcmp(fired, "stats_sorted_copy") == 0)
				continue;
			if (rc == 0)
				fail_msg("%s: %s failed at hit %u", export_formats[i].name, fired,
					nth);
			assert_int_equal(rc, -ENOMEM);
			assert_int_equal(err.kind, ERR_MISSING);
			refused++;
		}
	assert_true(refused > 3);
	testing_run_free(run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(csv_has_a_row_a_repetition),
		PAGE_TEST(junit_is_well_formed_and_fails_what_failed),
		cmocka_unit_test(a_run_that_cannot_be_trusted_is_skipped),
		cmocka_unit_test(openmetrics_keeps_its_grammar),
		cmocka_unit_test(openmetrics_holds_medians_in_base_units),
		cmocka_unit_test(markdown_is_tables_and_a_verdict),
		cmocka_unit_test(a_good_run_says_so),
		cmocka_unit_test(without_memory_it_says_so),
	};

	return cmocka_run_group_tests_name("export", tests, NULL, NULL);
}
