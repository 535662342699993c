// SPDX-License-Identifier: BSD-2-Clause
/*
 * site_bar_test.c: how long a site takes and how large its front page is; `make site-bar` does it with 60 nights of 300 series
 * (SITE_NIGHTS, SITE_SERIES, SITE_KEEP a folder to leave it in). As an ordinary test a small one, whose time nobody judges.
 */
#include "harness/report/page_testing.h"
#include "harness/report/site.h"
#include "harness/report/site_testing.h"

#include <time.h>

#define FRONT_BYTES_MAX (300 * 1024)

static uint32_t number_of(const char *name, uint32_t fallback)
{
	const char *text = getenv(name);

	return text ? (uint32_t)strtoul(text, NULL, 10) : fallback;
}

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void a_site_is_built(void **state)
{
	struct site_shape shape = SITE_SHAPE;
	const char *keep = getenv("SITE_KEEP");
	char db[128], site[512], front[640];
	struct site_tally tally;
	struct err err = ERR_INIT;
	struct store *store;
	struct stat is;

	(void)state;
	shape.nights = number_of("SITE_NIGHTS", 12);
	shape.cases = number_of("SITE_SERIES", 4 * SITE_METRICS) / SITE_METRICS;
	shape.latency = true;
	snprintf(db, sizeof(db), "%s/a.db", folder);
	snprintf(site, sizeof(site), "%s", keep ? keep : folder);
	site_fill(db, &shape);
	assert_int_equal(store_open_readonly(&store, db, &err), 0);
	const double before_s = now_s();

	if (site_build(store, site, &tally, &err))
		fail_msg("%s", err.message);
	const double took_s = now_s() - before_s;

	store_close(store);
	snprintf(front, sizeof(front), "%s/index.html", site);
	assert_int_equal(stat(front, &is), 0);
	print_message("%u nights, %u series, %u runs: %.1f s, front page %.1f KiB\n", tally.nights,
		tally.series, tally.runs, took_s, (double)is.st_size / 1024);
	assert_int_equal(tally.series, shape.cases * SITE_METRICS);
	assert_true(is.st_size < FRONT_BYTES_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PAGE_TEST(a_site_is_built),
	};

	return cmocka_run_group_tests_name("site_bar", tests, NULL, NULL);
}
