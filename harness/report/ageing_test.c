// SPDX-License-Identifier: BSD-2-Clause
/*
 * ageing_test.c: cells that age: medians window by window, the table's rows, CSV and JSON with the figures of the
 * record, the plot, and no trace of any of it where nothing ages.
 */
#include "harness/report/ageing.h"

#include <errno.h>
#include <jansson.h>

#include "drivers/support/fault.h"
#include "harness/report/page_testing.h"

#define WINDOWS 30u

static struct store_params churn_params(void)
{
	return (struct store_params){.family = "churn", .device = "soft", .size_bytes = 65536};
}

/* Memory alike in all repetitions, costs not; window 3 of the last one has no p99.9. */
static void windows_fill(struct store_sample *sample, uint32_t repetition)
{
	sample->window_count = WINDOWS;
	sample->window = calloc(WINDOWS, sizeof(*sample->window));
	assert_non_null(sample->window);
	for (uint32_t w = 0; w < WINDOWS; w++) {
		double *v = sample->window[w].value;

		for (int i = 0; i < STORE_WINDOW_FIELDS; i++)
			v[i] = 1000.0 * i + w;
		v[STORE_WINDOW_operations] = 2000.0 * (w + 1);
		v[STORE_WINDOW_takes] = 1000;
		v[STORE_WINDOW_failed] = w == 7 ? 250 : 0;
		v[STORE_WINDOW_extent_bytes] = (40 << 20) + 4096.0 * w;
		v[STORE_WINDOW_external_fragmentation] = 0.5 + 0.01 * w;
		v[STORE_WINDOW_internal_fragmentation] = 0.03;
		v[STORE_WINDOW_alloc_p50_ns] = 100.0 * (repetition + 1) + w;
		v[STORE_WINDOW_alloc_max_ns] = 1e6 / (repetition + 1);
		if (w == 3 && repetition == 2)
			v[STORE_WINDOW_alloc_p999_ns] = (double)NAN;
	}
}

static struct store_run *ageing_run(void)
{
	struct testing_shape shape = TESTING_SHAPE;
	const struct testing_model model = {"", 180, 1e9, 150, 1e9, 0};
	const struct store_params params = churn_params();
	struct rng rng;

	shape.sizes = 0;
	shape.other_cells = 1;
	shape.repetitions = 3;
	struct store_run *run = testing_run(&shape);

	rng_seed(&rng, 1);
	testing_cell(run, &shape, &model, &params, &rng);
	struct store_cell *cell = &run->cell[run->cell_count - 1];

	snprintf(cell->name, sizeof(cell->name), "churn/size:65536/sizes:\"odd\",4k:1/windows:30");
	for (uint32_t i = 0; i < cell->sample_count; i++) {
		windows_fill(&cell->sample[i], i);
		cell->sample[i].counter[STORE_common_buffer_extent_bytes] = 41 << 20;
		cell->sample[i].counter[STORE_common_buffer_asked_peak_bytes] = 20 << 20;
		cell->sample[i].counter[STORE_common_buffer_extent_ratio] = 2.05;
	}
	return run;
}

static const struct store_cell *ageing_cell(const struct store_run *run)
{
	return &run->cell[run->cell_count - 1];
}

static void medians_are_taken_window_by_window(void **state)
{
	struct store_run *run = ageing_run();
	struct ageing ageing;

	(void)state;
	assert_true(ageing_kept(ageing_cell(run)));
	assert_false(ageing_kept(&run->cell[0]));
	assert_true(ageing_kept_any(run));
	assert_int_equal(ageing_make(&ageing, ageing_cell(run)), 0);
	assert_int_equal(ageing.count, WINDOWS);
	for (uint32_t w = 0; w < WINDOWS; w++) {
		const double *v = ageing.window[w].value;

		assert_true(v[STORE_WINDOW_operations] == 2000.0 * (w + 1));
		assert_true(v[STORE_WINDOW_alloc_p50_ns] == 200.0 + w);
		assert_true(v[STORE_WINDOW_alloc_max_ns] == 5e5);
		assert_true(
			v[STORE_WINDOW_alloc_p999_ns] == 1000.0 * STORE_WINDOW_alloc_p999_ns + w);
	}
	ageing_free(&ageing);
	ageing_free(&ageing);

	/* A failed repetition does not count. */
	run->cell[run->cell_count - 1].sample[0].failed = true;
	assert_int_equal(ageing_make(&ageing, ageing_cell(run)), 0);
	assert_true(ageing.window[0].value[STORE_WINDOW_alloc_p50_ns] == 250);
	ageing_free(&ageing);
	store_run_free(run);
}

static char *table_of(const struct store_run *run)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	report_table(run, false, out);
	fclose(out);
	return text;
}

static void the_table_shows_windows_from_first_to_last(void **state)
{
	static const char *const parts[] = {"ageing: memory at the end of windows",
		"churn/size:65536", "operations      live    extent  largest hole  external",
		"      2.00 k", "40 MiB", "      60.0 k",
		"extent at its end 41 MiB, 2.05 times the most asked for at once (20 MiB)",
		"refused: 250 of 30250"};
	struct store_run *run = ageing_run();
	char *text = table_of(run);
	const char *at = text;

	(void)state;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		at = strstr(at, parts[i]);
		if (!at)
			fail_msg("%s is missing in\n%s", parts[i], text);
	}
	for (char *save, *line = strtok_r(strstr(text, "ageing: "), "\n", &save); line;
		line = strtok_r(NULL, "\n", &save))
		if (strlen(line) > 100)
			fail_msg("%zu columns: %s", strlen(line), line);
	free(text);
	store_run_free(run);
}

static void what_does_not_age_has_none_of_it(void **state)
{
	struct testing_shape shape = TESTING_SHAPE;

	(void)state;
	shape.sizes = 1;
	struct store_run *run = testing_run(&shape);
	char *text = table_of(run);

	assert_null(strstr(text, "ageing"));
	assert_false(ageing_kept_any(run));
	free(text);
	store_run_free(run);
}

static void csv_has_every_window_of_every_repetition(void **state)
{
	struct store_run *run = ageing_run();
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	unsigned lines = 0;

	(void)state;
	assert_non_null(out);
	ageing_csv(run, out);
	fclose(out);
	assert_true(strncmp(text, "cell,repetition,position,operations,time_ns,takes,failed,",
			    57) == 0);
	for (const char *c = text; *c; c++)
		lines += *c == '\n';
	assert_int_equal(lines, 1 + 3 * WINDOWS);
	/* A quote is doubled; a missing value is empty. */
	assert_non_null(strstr(text,
		"\n\"churn/size:65536/sizes:\"\"odd\"\",4k:1/windows:30\",2,3,8000,1003,1000,0,"
		"303,5003,,"));
	free(text);
	store_run_free(run);
}

static void json_has_them_beside_the_schema(void **state)
{
	struct store_run *run = ageing_run();
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	assert_non_null(out);
	assert_int_equal(report_json(run, out, NULL), 0);
	fclose(out);

	json_t *document = json_loads(text, 0, NULL);
	json_t *windows = json_object_get(document, "dmabench_windows");
	json_t *one = json_array_get(windows, 2 * WINDOWS + 3);

	assert_int_equal(json_array_size(windows), 3 * WINDOWS);
	assert_string_equal(
		json_string_value(json_object_get(one, "run_name")), ageing_cell(run)->name);
	assert_int_equal(json_integer_value(json_object_get(one, "repetition_index")), 2);
	assert_int_equal(json_integer_value(json_object_get(one, "position")), 3);
	assert_true(
		json_real_value(json_object_get(one, "extent_bytes")) == (40 << 20) + 4096.0 * 3);
	assert_null(json_object_get(one, "alloc_p999_ns"));
	json_decref(document);
	free(text);
	store_run_free(run);
}

static void the_page_has_plot_and_csv(void **state)
{
	struct store_run *run = ageing_run();

	(void)state;
	draw(run);
	char *page = file_text("report.html");
	char *dat = file_text("plots/ageing_2.dat");
	char *svg = file_text("plots/ageing_2.svg");
	char *csv = file_text("windows.csv");

	assert_non_null(strstr(page, "windows.csv"));
	assert_non_null(strstr(page, "plots/ageing_2.png"));
	assert_non_null(strstr(page, "Ageing: churn/size:65536"));
	assert_non_null(strstr(dat, "\n16000 41971712 "));
	assert_non_null(strstr(dat, " 0.2\n")); /* refused in the eighth window: 250 of 1250 */
	assert_non_null(strstr(svg, "refused"));
	assert_non_null(strstr(svg, "largest hole"));
	assert_true(strlen(csv) > 0);
	free(page);
	free(dat);
	free(svg);
	free(csv);
	store_run_free(run);
}

static void memory_may_be_short(void **state)
{
	struct store_run *run = ageing_run();
	struct ageing ageing;

	(void)state;
	fault_arm(1, false);
	assert_int_equal(ageing_make(&ageing, ageing_cell(run)), -ENOMEM);
	assert_non_null(fault_fired());
	fault_arm(0, false);
	assert_null(ageing.window);
	store_run_free(run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(medians_are_taken_window_by_window),
		cmocka_unit_test(the_table_shows_windows_from_first_to_last),
		cmocka_unit_test(what_does_not_age_has_none_of_it),
		cmocka_unit_test(csv_has_every_window_of_every_repetition),
		cmocka_unit_test(json_has_them_beside_the_schema),
		PAGE_TEST(the_page_has_plot_and_csv),
		cmocka_unit_test(memory_may_be_short),
	};

	return cmocka_run_group_tests_name("ageing", tests, NULL, NULL);
}
