// SPDX-License-Identifier: BSD-2-Clause
/*
 * series_test.c: intervals within a run against simulated autocorrelated runs, percentiles of histograms against those
 * of the raw values, start-up and trends against published vectors.
 */
#include "harness/stats/series.h"

#include "harness/hist/hist.h"
#include "harness/rng/rng.h"
#include "harness/stats/dist.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define NEAR(a, b, tolerance) assert_true(fabs((a) - (b)) <= (tolerance))
#define RUNS                  2000
#define BATCHES               32
#define BATCH_VALUES          512

/* Two independent normal values by the polar method of Marsaglia: twenty million are needed. */
static double normal(struct rng *rng)
{
	static double spare;
	static bool kept;
	double u, v, square;

	if (kept) {
		kept = false;
		return spare;
	}
	do {
		u = 2 * rng_double(rng) - 1;
		v = 2 * rng_double(rng) - 1;
		square = u * u + v * v;
	} while (square >= 1 || square == 0);
	double scale = sqrt(-2 * log(square) / square);

	spare = v * scale;
	kept = true;
	return u * scale;
}

/*
 * A run: latencies 20000 exp(0.25 z) whose z is AR(1), lognormal as latencies are, with known mean and quantiles. The
 * interval of a quantile is looked up in the histogram of all, as harness/run does.
 */
struct simulated {
	double phi, z, mean[BATCHES];
	struct rng rng;
	struct hist all, batch[BATCHES];
};

static void simulate(struct simulated *run)
{
	hist_init(&run->all);
	for (size_t b = 0; b < BATCHES; b++) {
		double sum = 0;

		hist_init(&run->batch[b]);
		for (size_t i = 0; i < BATCH_VALUES; i++) {
			run->z = run->phi * run->z +
			         sqrt(1 - run->phi * run->phi) * normal(&run->rng);
			double value = 20000 * exp(0.25 * run->z);

			sum += value;
			hist_record(&run->batch[b], (uint64_t)value);
		}
		run->mean[b] = sum / BATCH_VALUES;
		hist_merge(&run->all, &run->batch[b]);
	}
}

static bool covers_quantile(const struct simulated *run, double q)
{
	double share[BATCHES], truth = 20000 * exp(0.25 * stats_normal_quantile(q));
	uint64_t at = hist_quantile(&run->all, q);

	for (size_t b = 0; b < BATCHES; b++)
		share[b] = hist_share(&run->batch[b], at);
	struct stats_interval ranks = stats_batch_share(share, BATCHES, q, 0.95);

	bool low = ranks.low < 0 || hist_quantile_between(&run->all, ranks.low) <= truth;
	bool high = ranks.high > 1 || hist_quantile_between(&run->all, ranks.high) >= truth;

	return low && high;
}

/* The last two batches as one, as where a trial ends within a batch. */
static bool covers_mean_uneven(const struct simulated *run, double truth)
{
	double mean[BATCHES - 1], size[BATCHES - 1];

	for (size_t b = 0; b < BATCHES - 1; b++) {
		mean[b] = run->mean[b];
		size[b] = BATCH_VALUES;
	}
	mean[BATCHES - 2] = (run->mean[BATCHES - 2] + run->mean[BATCHES - 1]) / 2;
	size[BATCHES - 2] = 2.0 * BATCH_VALUES;
	stats_batch_even(mean, size, BATCHES - 1);
	struct stats_interval interval = stats_batch_mean(mean, BATCHES - 1, 0.95).interval;

	return interval.low <= truth && truth <= interval.high;
}

static void coverage_with(double phi, uint64_t seed)
{
	struct simulated *run = calloc(1, sizeof(*run));
	const double truth = 20000 * exp(0.25 * 0.25 / 2);
	unsigned mean = 0, uneven = 0, median = 0, p99 = 0;

	assert_non_null(run);
	rng_seed(&run->rng, seed);
	run->phi = phi;
	for (unsigned i = 0; i < RUNS; i++) {
		run->z = normal(&run->rng);
		simulate(run);
		struct stats_interval interval =
			stats_batch_mean(run->mean, BATCHES, 0.95).interval;

		mean += interval.low <= truth && truth <= interval.high;
		uneven += covers_mean_uneven(run, truth);
		median += covers_quantile(run, 0.5);
		p99 += covers_quantile(run, 0.99);
	}
	print_message(
		"correlation %.2f: of %u runs the mean is covered in %u, of uneven batches in "
		"%u, the median in %u, p99 in %u\n",
		phi, RUNS, mean, uneven, median, p99);
	free(run);
	assert_in_range(mean, RUNS * 93 / 100, RUNS * 97 / 100);
	assert_in_range(uneven, RUNS * 93 / 100, RUNS * 97 / 100);
	assert_in_range(median, RUNS * 93 / 100, RUNS * 97 / 100);
	assert_in_range(p99, RUNS * 93 / 100, RUNS * 97 / 100);
}

static void coverage_with_correlation(void **state)
{
	(void)state;
	coverage_with(0.3, 2);
}

static void coverage_with_strong_correlation(void **state)
{
	(void)state;
	coverage_with(0.9, 4);
}

/* A histogram's percentiles lie within 1 % of those of the values recorded in it. */
static void percentiles_of_raw_values(void **state)
{
	(void)state;
	static const double quantile[] = {0.5, 0.9, 0.99, 0.999, 1};
	const size_t n = 100000;
	double *raw = calloc(n, sizeof(*raw));
	struct hist *hist = calloc(1, sizeof(*hist));
	struct rng rng;

	assert_true(raw && hist);
	for (uint64_t seed = 1; seed <= 4; seed++) {
		rng_seed(&rng, seed);
		hist_init(hist);
		for (size_t i = 0; i < n; i++) {
			/* From 50 ns to seconds, with a second mode as interruptions make. */
			double value = 500 * (double)seed * exp(0.4 * normal(&rng));

			if (rng_below(&rng, 50) == 0)
				value += 1e6 * exp(2 * normal(&rng));
			raw[i] = floor(value);
			hist_record(hist, (uint64_t)raw[i]);
		}
		for (size_t q = 0; q < sizeof(quantile) / sizeof(quantile[0]); q++) {
			double exact = stats_quantile(raw, n, quantile[q]);

			NEAR((double)hist_quantile(hist, quantile[q]) / exact, 1, 0.01);
		}
	}
	free(hist);
	free(raw);
}

/* Tables of order statistics: reference and Hahn and Meeker. */
static void ranks_of_quantiles(void **state)
{
	(void)state;
	static const struct {
		uint64_t n, low, high;
		double level;
	} table[] = {{6, 1, 6, .969}, {7, 1, 7, .984}, {8, 1, 8, .992}, {9, 2, 8, .961},
		{10, 2, 9, .979}, {12, 3, 10, .961}, {15, 4, 12, .965}, {20, 6, 15, .959},
		{30, 10, 21, .957}};
	uint64_t low, high;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		double level = stats_quantile_ranks(table[i].n, 0.5, 0.95, &low, &high);

		assert_int_equal(low, table[i].low);
		assert_int_equal(high, table[i].high);
		NEAR(level, table[i].level, 5e-4);
	}
	stats_quantile_ranks(5, 0.5, 0.95, &low, &high);
	assert_true(low == 0 && high == 6);
	/* How many values it takes until the largest bounds p90, p99, p99.9: at 95 %, one side. */
	static const uint64_t enough[] = {29, 299, 2995};
	static const double at[] = {0.9, 0.99, 0.999};

	for (size_t i = 0; i < 3; i++) {
		stats_quantile_ranks(enough[i], at[i], 0.90, &low, &high);
		assert_int_equal(high, enough[i]);
		stats_quantile_ranks(enough[i] - 1, at[i], 0.90, &low, &high);
		assert_int_equal(high, enough[i]);
	}
	/* Ten million values as fast as ten. */
	stats_quantile_ranks(10000000, 0.99, 0.95, &low, &high);
	NEAR((double)low, 9900000 - 1.96 * sqrt(1e7 * 0.0099), 3);
	NEAR((double)high, 9900000 + 1.96 * sqrt(1e7 * 0.0099), 3);
}

static void quantile_interval_of_values(void **state)
{
	(void)state;
	double x[100];

	for (size_t i = 0; i < 100; i++)
		x[i] = (double)(100 - i);
	struct stats_interval median = stats_quantile_interval(x, 100, 0.5, 0.95);

	assert_true(median.low == 40 && median.high == 61);
	struct stats_interval p99 = stats_quantile_interval(x, 100, 0.99, 0.95);

	assert_true(isinf(p99.high) && p99.low == 97);
	/* Of six values the median lies between the first and the last (1 - 2/64); of five nothing is as sure. */
	const double six[] = {6, 2, 5, 1, 4, 3};

	median = stats_quantile_interval(six, 6, 0.5, 0.95);
	assert_true(fabs(median.low - 1) < 1e-12 && fabs(median.high - 6) < 1e-12);
	median = stats_quantile_interval(six, 5, 0.5, 0.95);
	assert_true(isinf(median.low) && isinf(median.high));
	assert_true(isinf(stats_quantile_interval(NULL, 0, 0.5, 0.95).low));
}

/* Independent batches: Student's interval. NIST's SDS of 10 would do as well; here by hand. */
static void plain_batches(void **state)
{
	(void)state;
	static const double x[] = {3, 1, 4, 1, 5, 9, 2, 6, 5, 3};
	struct stats_batches b = stats_batch_mean(x, 10, 0.95);
	double alternating[16], rising[16];

	NEAR(b.mean, 3.9, 1e-12);
	assert_int_equal(b.used, 10);
	assert_true(b.interval.low < 3.9 && b.interval.high > 3.9 && b.lag1 < 0);
	for (size_t i = 0; i < 16; i++) {
		alternating[i] = i % 2 ? 1 : -1;
		rising[i] = (double)i;
	}
	/* What alternates is not merged; what rises is, until 8 are left, and then widened. */
	assert_int_equal(stats_batch_mean(alternating, 16, 0.95).used, 16);
	struct stats_batches r = stats_batch_mean(rising, 16, 0.95);

	assert_int_equal(r.used, 8);
	assert_true(r.lag1 > 0.5 && r.interval.low < 1 && r.interval.high > 14);
	assert_true(isinf(stats_batch_mean(x, 7, 0.95).interval.low));
	/* One that is no number, wherever it is: nothing is said of the mean. */
	for (size_t i = 0; i < 8; i++) {
		double bad[8] = {1, 2, 3, 4, 5, 6, 7, 8};

		bad[i] = (double)NAN;
		r = stats_batch_mean(bad, 8, 0.95);
		assert_true(isnan(r.error) && isinf(r.interval.low) && isinf(r.interval.high));
	}
	/* All the same: no width, no division by 0. */
	struct stats_batches flat = stats_batch_mean(
		(const double[8]){2, 2, 2, 2, 2, 2, 2, 2}, 8, 0.95);

	assert_true(flat.interval.low == 2 && flat.interval.high == 2);
}

/* By hand: 1 value of mean 2 and 3 of mean 4 have the mean 3.5, and weigh 1/2 and 3/2 of a batch of two. */
static void uneven_batches(void **state)
{
	(void)state;
	double two[] = {2, 4}, even[] = {3, 1, 4, 1, 5}, none[] = {1, 0};

	stats_batch_even(two, (const double[]){1, 3}, 2);
	NEAR(two[0], 2.75, 1e-12);
	NEAR(two[1], 4.25, 1e-12);
	stats_batch_even(even, (const double[]){7, 7, 7, 7, 7}, 5);
	NEAR(even[0], 3, 1e-12);
	NEAR(even[4], 5, 1e-12);
	/* Nothing in any batch says nothing. */
	stats_batch_even(none, (const double[]){0, 0}, 2);
	assert_true(isnan(none[0]) && isnan(none[1]));
}

/* Merged, a stall in the last of an odd number is not lost: the mean lies in its interval, which holds both ends of a half. */
static void an_odd_last_batch_counts(void **state)
{
	double x[31];

	(void)state;
	for (size_t i = 0; i < 31; i++)
		x[i] = 100 + (double)(i / 4 % 2);
	for (unsigned stall = 0; stall <= 100000; stall = stall ? 10 * stall : 1) {
		x[30] = 100 + stall;
		struct stats_batches b = stats_batch_mean(x, 31, 0.95);

		assert_int_equal(b.used, 15);
		assert_true(b.interval.low <= b.mean && b.mean <= b.interval.high);
		/* The error is the stall's: of 15, one has most of a fifteenth of it. */
		if (stall >= 1000)
			assert_true(b.error > 0.9 * stall / 31 && b.error < 1.1 * stall / 31);
	}
}

static void too_short_for_the_quantile(void **state)
{
	(void)state;
	const double share[8] = {1, 0.9, 1, 1, 1, 1, 1, 1};
	struct stats_interval interval = stats_batch_share(share, 8, 0.99, 0.95);

	assert_true(isinf(interval.high) && interval.low < 0.99);
	assert_true(isinf(stats_batch_share(share, 7, 0.99, 0.95).low));
}

/* Reference 4.3: MSER leaves out 9 of these 20, with 0.00247934. */
static void mser_vector(void **state)
{
	(void)state;
	static const double x[] = {50, 30, 20, 15, 12, 11, 10, 10.5, 9.5, 10, 10.2, 9.8, 10.1, 9.9,
		10, 10.3, 9.7, 10, 10.1, 9.9};
	double least;

	assert_int_equal(stats_mser(x, 20, 1, &least), 9);
	NEAR(least, 0.00247934, 5e-9);
	assert_int_equal(stats_mser(x, 20, 5, NULL), 10);
	assert_int_equal(stats_mser(x, 1, 1, &least), 0);
	assert_true(isnan(least));
	assert_int_equal(stats_mser(x, 20, 0, NULL), 0);
}

/* Gilbert (1987), Statistical Methods for Environmental Pollution Monitoring, S and its variance by hand. */
static void trend_vectors(void **state)
{
	(void)state;
	static const double rising[] = {10, 15, 14, 20},
			    ties[] = {23, 24, 29, 6, 29, 24, 24, 29, 23};
	double slope;
	int64_t s;

	NEAR(stats_trend(rising, 4, &s, &slope), 2 * stats_normal_cdf(-3 / sqrt(4.0 * 3 * 13 / 18)),
		1e-12);
	assert_int_equal(s, 4);
	NEAR(slope, (10.0 / 3 + 2.5) / 2, 1e-12);
	/* Variance [9 8 23 - 2 1 9 - 2 (3 2 11)] / 18 = 83.667. */
	stats_trend(ties, 9, &s, NULL);
	NEAR(stats_trend(ties, 9, &s, NULL),
		fmin(1, 2 * stats_normal_cdf(-fmax(0, fabs((double)s) - 1) / sqrt(1506 / 18.0))),
		1e-12);
	assert_true(stats_trend(rising, 3, &s, NULL) == 1);
	assert_true(stats_trend((const double[]){1, 1, 1, 1}, 4, &s, NULL) == 1);
}

static void steadiness(void **state)
{
	(void)state;
	double flat[32], start[32], drift[32], early[32];
	struct rng rng;

	rng_seed(&rng, 5);
	for (size_t i = 0; i < 32; i++) {
		double noise = 0.01 * normal(&rng);

		flat[i] = 100 * (1 + noise);
		start[i] = 100 * (1 + noise + (i < 14 ? 0.5 : 0));
		early[i] = 100 * (1 + noise + (i < 3 ? 0.5 : 0));
		drift[i] = 100 * (1 + noise + 0.01 * (double)i);
	}
	assert_true(stats_steady(flat, 32, 0.05).reached);
	assert_false(stats_steady(start, 32, 0.05).reached);
	assert_int_equal(stats_steady(start, 32, 0.05).skip, 14);
	assert_true(stats_steady(early, 32, 0.05).reached);
	assert_false(stats_steady(drift, 32, 0.05).reached);
	/* A drift of a third does not matter to whoever tolerates a half. */
	assert_true(stats_steady(drift, 32, 0.5).reached);
	assert_false(stats_steady(flat, 7, 0.05).reached);
	flat[3] = (double)NAN;
	assert_false(stats_steady(flat, 32, 0.05).reached);
}

/* A leak rises all the time; a step, what dies down, noise and a start do not. */
static void growth_is_what_goes_on(void **state)
{
	double leak[40], step[40], high_water[40], start[40], noise[40], few[11];
	struct rng rng;

	(void)state;
	rng_seed(&rng, 11);
	for (size_t i = 0; i < 40; i++) {
		leak[i] = 1e6 + 32 * (double)i;
		step[i] = i < 22 ? 100 : 200;
		high_water[i] = 1e6 - 4096 * exp(-(double)i / 10);
		start[i] = 1000 + 100 * fmin((double)i, 9);
		noise[i] = 1e6 + 1000 * normal(&rng);
	}
	for (size_t i = 0; i < 11; i++)
		few[i] = (double)i;
	struct stats_growth g = stats_growth(leak, 40, 32);

	assert_true(g.grows && g.skip == 10 && g.p < 1e-9);
	NEAR(g.change, 32 * 29, 1e-9);
	assert_false(stats_growth(leak, 40, 32 * 29 + 1).grows);
	assert_false(stats_growth(step, 40, 1).grows);
	assert_false(stats_growth(high_water, 40, 1).grows);
	assert_false(stats_growth(start, 40, 1).grows);
	assert_false(stats_growth(noise, 40, 1).grows);
	assert_true(isnan(stats_growth(few, 11, 1).change));
	leak[30] = (double)NAN;
	assert_true(isnan(stats_growth(leak, 40, 1).change) && !stats_growth(leak, 40, 1).grows);
	/* The least that can be told: 12 values, of which 9 rise. */
	for (size_t i = 0; i < 12; i++)
		leak[i] = (double)i;
	assert_true(stats_growth(leak, 12, 1).grows);
}

/* As many batches as there is room for, and one more. */
static void so_many_batches_and_no_more(void **state)
{
	double x[STATS_BATCHES_MAX + 1];

	(void)state;
	for (size_t i = 0; i <= STATS_BATCHES_MAX; i++)
		x[i] = (double)(i * 7 % 5);
	assert_true(isfinite(stats_batch_mean(x, STATS_BATCHES_MAX, 0.95).interval.low));
	assert_true(isinf(stats_batch_mean(x, STATS_BATCHES_MAX + 1, 0.95).interval.low));
	assert_true(isfinite(stats_batch_mean(x, STATS_BATCHES_MIN, 0.95).interval.low));
	assert_true(isinf(stats_batch_mean(x, STATS_BATCHES_MIN - 1, 0.95).interval.low));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(so_many_batches_and_no_more),
		cmocka_unit_test(coverage_with_correlation),
		cmocka_unit_test(coverage_with_strong_correlation),
		cmocka_unit_test(percentiles_of_raw_values),
		cmocka_unit_test(ranks_of_quantiles),
		cmocka_unit_test(quantile_interval_of_values),
		cmocka_unit_test(growth_is_what_goes_on),
		cmocka_unit_test(plain_batches),
		cmocka_unit_test(uneven_batches),
		cmocka_unit_test(an_odd_last_batch_counts),
		cmocka_unit_test(too_short_for_the_quantile),
		cmocka_unit_test(mser_vector),
		cmocka_unit_test(trend_vectors),
		cmocka_unit_test(steadiness),
	};

	return cmocka_run_group_tests_name("series", tests, NULL, NULL);
}
