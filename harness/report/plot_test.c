// SPDX-License-Identifier: BSD-2-Clause
/*
 * plot_test.c: plots as they stand in a page: the bars of a ledger, response by load, groups with gaps. Plots of ageing
 * are ageing_test.c.
 */
#include "harness/report/page_testing.h"

static void a_ledger_becomes_bars(void **state)
{
	(void)state;
	static const char name[] = "plots/ledger_to_device_rewritten_poll_d32.svg";
	struct testing_shape shape = TESTING_SHAPE;

	shape.dirs = 1;
	shape.ledger = true;
	struct store_run *run = testing_run(&shape);

	/* One case without a ledger: no bar, and nothing shifts. */
	for (uint32_t i = 0; i < shape.repetitions; i++)
		run->cell[0].sample[i].counter[STORE_phase_total_ns] = (double)NAN;
	draw(run);
	assert_well_formed(name);
	char *svg = file_text(name);

	assert_non_null(strstr(svg, "copy in"));
	assert_non_null(strstr(svg, "<title>packet-cached, 64 B: device "));
	assert_null(strstr(svg, "<title>packet, 64 B: "));
	assert_null(strstr(svg, "unmap")); /* 0 everywhere: not in the key */
	free(svg);
	assert_png("plots/ledger_to_device_rewritten_poll_d32.png");
	testing_run_free(run);
}

/* Cells of an open loop at several rates, as a queue with one server (M/M/1) has them: exponential, mean service / (1 - load). */
static struct store_run *loaded_run(const double *load, uint32_t rates)
{
	struct testing_shape shape = TESTING_SHAPE;
	struct store_run *run;

	shape.dirs = 1;
	shape.sizes = 2;
	shape.strategies = 2;
	shape.other_cells = 0;
	shape.depths = 1;
	run = testing_run(&shape);
	const uint32_t cells = run->cell_count;

	for (uint32_t r = 1; r < rates; r++) {
		struct store_run *more = testing_run(&shape);

		for (uint32_t i = 0; i < cells; i++) {
			*testing_cell_add(run) = more->cell[i];
			more->cell[i] = (struct store_cell){0};
		}
		testing_run_free(more);
	}
	for (uint32_t i = 0; i < run->cell_count; i++) {
		const double rho = load[i / cells];
		struct store_cell *cell = &run->cell[i];
		const double service_ns = 1000.0 * (1 + i % cells),
			     mean_ns = service_ns / (1 - rho);

		snprintf(cell->params.extra, sizeof(cell->params.extra),
			"arrival:poisson/rate:%.0f%%", 100 * rho);
		for (uint32_t s = 0; s < cell->sample_count; s++) {
			double *c = cell->sample[s].counter;

			c[STORE_offered_per_second] = rho * 1e9 / service_ns;
			c[STORE_items_per_second] = rho * 1e9 / service_ns;
			c[STORE_sustained] = rho < 0.95;
			c[STORE_resp_p50_ns] = mean_ns * log(2);
			c[STORE_resp_p99_ns] = mean_ns * log(100);
			c[STORE_resp_p999_ns] = mean_ns * log(1000);
			c[STORE_lat_p50_ns] = service_ns * log(2);
			c[STORE_lat_p99_ns] = service_ns * log(100);
			c[STORE_lat_p999_ns] = service_ns * log(1000);
		}
	}
	return run;
}

/* One plot for each size, with every rate of both strategies in the order of the load, shown once. */
static void rates_become_a_plot_of_load(void **state)
{
	/* Not in order: the plot sorts. */
	static const double load[] = {0.5, 0.1, 0.8, 0.95, 0.3, 0.9};
	static const char *const name[] = {"plots/load_to_device_rewritten_poll_d32_64",
		"plots/load_to_device_rewritten_poll_d32_256"};

	(void)state;
	struct store_run *run = loaded_run(load, 6);

	draw(run);
	for (unsigned i = 0; i < 2; i++) {
		char path[128];
		double last = 0, offered, achieved;
		unsigned points = 0;
		int sustained;

		snprintf(path, sizeof(path), "%s.svg", name[i]);
		assert_well_formed(path);
		snprintf(path, sizeof(path), "%s.png", name[i]);
		assert_png(path);
		snprintf(path, sizeof(path), "%s.dat", name[i]);
		char *dat = file_text(path);

		for (char *save = NULL, *line = strtok_r(dat, "\n", &save); line;
			line = strtok_r(NULL, "\n", &save)) {
			if (line[0] == '#')
				last = 0;
			else if (sscanf(line, "%lf %lf %d", &offered, &achieved, &sustained) == 3) {
				assert_true(offered > last);
				last = offered;
				points++;
			}
		}
		assert_int_equal(points, 2 * 6);
		free(dat);
	}
	char *html = file_text("report.html");
	const char *link = strstr(html, "plots/load_to_device_rewritten_poll_d32_64.png");

	assert_non_null(strstr(html, "Response by load: host to device, source rewritten, poll, "
				     "depth 32, arrival:poisson, 64 B"));
	assert_non_null(link);
	assert_null(strstr(link + 1, "plots/load_to_device_rewritten_poll_d32_64.png"));
	assert_unique_ids(html);
	free(html);
	testing_run_free(run);
}

/* Strategies measured at different sizes, and two groups that differ in their further keys only. */
static void gaps_and_further_keys(void **state)
{
	(void)state;
	struct testing_shape shape = TESTING_SHAPE;
	struct stat st;
	char path[160];

	shape.dirs = 1;
	shape.sizes = 4;
	shape.repetitions = 2;
	struct store_run *run = testing_run(&shape);

	for (uint32_t i = 8; i < 16; i++)
		snprintf(run->cell[i].params.extra, sizeof(run->cell[i].params.extra), "offset:64");
	run->cell[0].params.size_bytes = 1 << 30;
	draw(run);
	snprintf(path, sizeof(path), "%s/plots/latency_to_device_rewritten_poll_d32_2.svg", folder);
	assert_int_equal(stat(path, &st), 0);
	testing_run_free(run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PAGE_TEST(a_ledger_becomes_bars),
		PAGE_TEST(rates_become_a_plot_of_load),
		PAGE_TEST(gaps_and_further_keys),
	};

	return cmocka_run_group_tests_name("plots", tests, NULL, NULL);
}
