// SPDX-License-Identifier: BSD-2-Clause
/* crossover_test.c: known crossovers recovered from noise, every kind, degenerate input. */
#include "harness/stats/stats.h"

#include "drivers/support/fault.h"
#include "harness/rng/rng.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#define SIZES      19 /* 64 B to 16 MiB, each twice the one before */
#define BLOCKS_MAX 30
#define LEVEL      0.95

/*
 * The cost model of the two paths: A copies through a common buffer, B maps each packet.
 *	 time of A = copy_start_ns + size / copy_rate + size / dma_rate
 *	 time of B = map_ns + size / dma_rate
 * They are equal at (map_ns - copy_start_ns) * copy_rate.
 */
struct model {
	double copy_start_ns, map_ns;
	double copy_rate, dma_rate; /* bytes per ns */
};

static const struct model crossing = {200, 5000, 10, 12};
static const double crossing_at = (5000 - 200) * 10.0;

static double noise(struct rng *rng, double deviation)
{
	double u = 1 - rng_double(rng), v = rng_double(rng);

	return exp(deviation * sqrt(-2 * log(u)) * cos(6.283185307179586 * v));
}

static void fill_sizes(double *size_bytes)
{
	for (int s = 0; s < SIZES; s++)
		size_bytes[s] = 64.0 * (double)(UINT64_C(1) << s);
}

static void fill_ratios(
	double *ratio, size_t blocks, const struct model *model, double deviation, uint64_t seed)
{
	struct rng rng;

	rng_seed(&rng, seed);
	for (size_t i = 0; i < blocks * SIZES; i++) {
		double size_bytes = 64.0 * (double)(UINT64_C(1) << i % SIZES);
		double a = model->copy_start_ns + size_bytes / model->copy_rate +
		           size_bytes / model->dma_rate;
		double b = model->map_ns + size_bytes / model->dma_rate;

		ratio[i] = a * noise(&rng, deviation) / (b * noise(&rng, deviation));
	}
}

static struct stats_crossover find(
	const struct model *model, size_t blocks, double deviation, uint64_t seed)
{
	double size_bytes[SIZES], ratio[BLOCKS_MAX * SIZES];
	struct stats_crossover out;

	fill_sizes(size_bytes);
	fill_ratios(ratio, blocks, model, deviation, seed);
	assert_int_equal(stats_crossover(&out, size_bytes, SIZES, ratio, blocks, LEVEL, seed), 0);
	return out;
}

static void without_noise_the_model_is_recovered(void **state)
{
	(void)state;
	struct stats_crossover out = find(&crossing, 5, 0, 1);

	assert_int_equal(out.kind, STATS_CROSSOVER_FOUND);
	assert_int_equal(out.crossings, 1);
	assert_true(out.agreement == 1);
	/* A straight line between two sizes would be 2.5 % off. */
	assert_true(fabs(out.size_bytes / crossing_at - 1) < 0.002);
	assert_true(out.interval.low == out.size_bytes && out.interval.high == out.size_bytes);
	assert_true(out.interval.level == LEVEL);
}

static void interval_covers_the_truth(void **state)
{
	(void)state;
	enum { TRIALS = 200 };
	unsigned covered = 0, found = 0;
	double widest = 0;

	for (uint64_t seed = 1; seed <= TRIALS; seed++) {
		struct stats_crossover out = find(&crossing, 12, 0.05, seed);

		found += out.kind == STATS_CROSSOVER_FOUND;
		covered += out.interval.low <= crossing_at && crossing_at <= out.interval.high;
		widest = fmax(widest, out.interval.high / out.interval.low);
		assert_true(
			out.interval.low <= out.size_bytes && out.size_bytes <= out.interval.high);
	}
	print_message("crossover: %u of %d found, %u intervals cover, widest 1:%.2f\n", found,
		TRIALS, covered, widest);
	assert_int_equal(found, TRIALS);
	assert_true(covered >= 0.93 * TRIALS);
	assert_true(widest < 1.5);
}

static void more_blocks_narrow_the_interval(void **state)
{
	(void)state;
	double few = 0, many = 0;

	for (uint64_t seed = 1; seed <= 20; seed++) {
		struct stats_crossover a = find(&crossing, 6, 0.05, seed);
		struct stats_crossover b = find(&crossing, 30, 0.05, seed);

		few += log(a.interval.high / a.interval.low);
		many += log(b.interval.high / b.interval.low);
	}
	assert_true(many < 0.7 * few);
}

/*
 * Drift common to both strategies of a block cancels in the ratio; one slow block does not move a
 * median.
 */
static void one_disturbed_block_does_no_harm(void **state)
{
	(void)state;
	double size_bytes[SIZES], ratio[9 * SIZES];
	struct stats_crossover out;

	fill_sizes(size_bytes);
	fill_ratios(ratio, 9, &crossing, 0.01, 3);
	for (int s = 0; s < SIZES; s++)
		ratio[4 * SIZES + s] = 0.01;
	assert_int_equal(stats_crossover(&out, size_bytes, SIZES, ratio, 9, LEVEL, 1), 0);
	assert_int_equal(out.kind, STATS_CROSSOVER_FOUND);
	assert_true(fabs(out.size_bytes / crossing_at - 1) < 0.05);
}

static void same_seed_same_result(void **state)
{
	(void)state;
	struct stats_crossover a = find(&crossing, 10, 0.1, 5), b = find(&crossing, 10, 0.1, 5);

	assert_true(a.size_bytes == b.size_bytes && a.agreement == b.agreement);
	assert_true(a.interval.low == b.interval.low && a.interval.high == b.interval.high);
}

static void none_in_range(void **state)
{
	(void)state;
	const struct model a_always = {200, 200e6, 10, 12}, b_always = {5000, 200, 10, 12};
	struct stats_crossover out = find(&a_always, 8, 0.05, 1);

	assert_int_equal(out.kind, STATS_CROSSOVER_A_ALWAYS);
	assert_true(out.size_bytes == 0 && out.crossings == 0 && out.agreement == 1);
	assert_true(isinf(out.interval.low) && isinf(out.interval.high));
	out = find(&b_always, 8, 0.05, 1);
	assert_int_equal(out.kind, STATS_CROSSOVER_B_ALWAYS);
	assert_true(out.size_bytes == 0 && out.crossings == 0 && out.agreement == 1);
}

/* Fills every block with the same ratios. */
static struct stats_crossover judge_curve(
	const double *size_bytes, const double *curve, size_t sizes)
{
	double ratio[5 * SIZES];
	struct stats_crossover out;

	for (size_t i = 0; i < 5 * sizes; i++)
		ratio[i] = curve[i % sizes];
	assert_int_equal(stats_crossover(&out, size_bytes, sizes, ratio, 5, LEVEL, 1), 0);
	return out;
}

static void the_last_upward_crossing_counts(void **state)
{
	(void)state;
	static const double sizes[] = {1, 4, 16, 64, 256};
	static const double twice[] = {0.5, 2, 0.5, 2, 3};
	struct stats_crossover out = judge_curve(sizes, twice, 5);

	assert_int_equal(out.kind, STATS_CROSSOVER_FOUND);
	/* Flat at the turn, so behind the middle of the stretch. */
	assert_true(out.size_bytes > 32 && out.size_bytes < 45);
	assert_int_equal(out.crossings, 3);

	static const double falls_back[] = {0.5, 2, 2, 2, 0.9};

	out = judge_curve(sizes, falls_back, 5);
	assert_int_equal(out.kind, STATS_CROSSOVER_A_ALWAYS);
	assert_int_equal(out.crossings, 2);
}

/* A few per cent either way, where memory holds both back, neither make a crossover nor hide one. */
static void ties_do_not_decide(void **state)
{
	(void)state;
	static const double sizes[] = {1, 4, 16, 64, 256};
	static const double tie_at_the_end[] = {0.5, 2, 3, 2, 0.97},
			    tie_between[] = {0.5, 2, 0.98, 3, 1.02},
			    caught_up[] = {0.5, 0.5, 0.5, 0.6, 1.05},
			    behind_a_tie[] = {0.98, 1.5, 2, 2, 0.95};
	struct stats_crossover out = judge_curve(sizes, tie_at_the_end, 5);

	assert_int_equal(out.kind, STATS_CROSSOVER_FOUND);
	assert_true(out.size_bytes > 1 && out.size_bytes < 4);
	out = judge_curve(sizes, tie_between, 5);
	assert_int_equal(out.kind, STATS_CROSSOVER_FOUND);
	assert_true(out.size_bytes > 1 && out.size_bytes < 4);
	assert_int_equal(judge_curve(sizes, caught_up, 5).kind, STATS_CROSSOVER_A_ALWAYS);
	out = judge_curve(sizes, behind_a_tie, 5);
	assert_int_equal(out.kind, STATS_CROSSOVER_FOUND);
	assert_true(out.size_bytes > 1 && out.size_bytes < 4);
}

/*
 * Straight in log(ratio) over log(size): no interpolation may be off, whatever the sizes'
 * distances.
 */
static void a_power_law_is_recovered_exactly(void **state)
{
	(void)state;
	static const double sizes[] = {1, 3, 16, 40, 256};
	double curve[5];

	for (int s = 0; s < 5; s++)
		curve[s] = sqrt(sizes[s] / 32);
	struct stats_crossover out = judge_curve(sizes, curve, 5);

	assert_int_equal(out.kind, STATS_CROSSOVER_FOUND);
	assert_true(fabs(out.size_bytes - 32) < 1e-6);
	/* Two sizes are enough. */
	out = judge_curve(sizes + 2, curve + 2, 2);
	assert_int_equal(out.kind, STATS_CROSSOVER_FOUND);
	assert_true(fabs(out.size_bytes - 32) < 1e-6);
}

static void ratio_one_is_not_slower(void **state)
{
	(void)state;
	static const double sizes[] = {1, 4, 16, 64};
	static const double touches[] = {0.5, 1, 1, 2}, starts_equal[] = {1, 1, 1, 2},
			    equal[] = {1, 1, 1, 1};
	struct stats_crossover out = judge_curve(sizes, touches, 4);

	assert_int_equal(out.kind, STATS_CROSSOVER_FOUND);
	assert_true(fabs(out.size_bytes - 4) < 1e-9);
	assert_int_equal(out.crossings, 1);
	assert_int_equal(judge_curve(sizes, starts_equal, 4).kind, STATS_CROSSOVER_B_ALWAYS);
	assert_int_equal(judge_curve(sizes, equal, 4).kind, STATS_CROSSOVER_A_ALWAYS);
}

/* Just below the largest size: many resamples see no crossing at all, so the upper end is open. */
static void crossing_near_the_edge_is_open_on_one_side(void **state)
{
	(void)state;
	static const double sizes[] = {1, 2, 4, 8, 16};
	static const double last[] = {1.6, 1.5, 1.4, 1.35, 1.3, 1.25, 1.2, 0.9, 0.8};
	double ratio[9 * 5];
	struct stats_crossover out;

	for (int i = 0; i < 9 * 5; i++)
		ratio[i] = i % 5 == 4 ? last[i / 5] : 0.5;
	assert_int_equal(stats_crossover(&out, sizes, 5, ratio, 9, LEVEL, 1), 0);
	assert_int_equal(out.kind, STATS_CROSSOVER_FOUND);
	assert_true(out.agreement > 0.75 && out.agreement < 1);
	assert_true(isfinite(out.interval.low));
	assert_true(isinf(out.interval.high) && out.interval.high > 0);
}

/* Medians of 4 blocks are the means of the middle two: 0.5 and 2 here. */
static void an_even_number_of_blocks(void **state)
{
	(void)state;
	static const double sizes[] = {1, 4};
	static const double ratio[] = {0.4, 1.5, 0.45, 1.7, 0.55, 2.3, 0.9, 9};
	struct stats_crossover out;

	assert_int_equal(stats_crossover(&out, sizes, 2, ratio, 4, LEVEL, 1), 0);
	assert_int_equal(out.kind, STATS_CROSSOVER_FOUND);
	assert_true(fabs(out.size_bytes - 2) < 1e-6);
}

static void found_by_few_resamples_is_unclear(void **state)
{
	(void)state;
	static const double sizes[] = {1, 2};
	/* The largest size: 4 of 7 blocks above 1, which 2 of 3 resamples repeat. */
	static const double ratio[] = {
		0.5, 1.5, 0.5, 1.4, 0.5, 1.3, 0.5, 1.2, 0.5, 0.8, 0.5, 0.8, 0.5, 0.8};
	struct stats_crossover out;

	assert_int_equal(stats_crossover(&out, sizes, 2, ratio, 7, LEVEL, 1), 0);
	assert_int_equal(out.kind, STATS_CROSSOVER_UNCLEAR);
	assert_true(out.agreement > 0.5 && out.agreement < 0.75);
}

static void open_on_both_sides_is_unclear(void **state)
{
	(void)state;
	static const double sizes[] = {1, 2};
	/* At either size 7 of 9 blocks agree, so 1 resample in 25 turns it round. */
	static const double ratio[] = {
		0.5, 0.9, 0.5, 0.9, 1.1, 2, 1.1, 2, 0.5, 2, 0.5, 2, 0.5, 2, 0.5, 2, 0.5, 2};
	struct stats_crossover out;

	assert_int_equal(stats_crossover(&out, sizes, 2, ratio, 9, LEVEL, 1), 0);
	assert_int_equal(out.kind, STATS_CROSSOVER_UNCLEAR);
	assert_true(out.agreement > 0.75);
	assert_true(out.size_bytes == 0);
}

static void disagreement_is_unclear(void **state)
{
	(void)state;
	static const double sizes[] = {1, 2, 4};
	static const double coin[] = {1.3, 0.7, 1.2, 0.8, 1.1, 0.9, 1.01};
	double ratio[7 * 3];
	struct stats_crossover out;

	for (int i = 0; i < 7 * 3; i++)
		ratio[i] = coin[(i / 3 + i % 3) % 7];
	assert_int_equal(stats_crossover(&out, sizes, 3, ratio, 7, LEVEL, 1), 0);
	assert_int_equal(out.kind, STATS_CROSSOVER_UNCLEAR);
	assert_true(out.size_bytes == 0 && out.agreement < 0.75);
	assert_true(isinf(out.interval.low) && isinf(out.interval.high));
}

static void too_little_is_unclear(void **state)
{
	(void)state;
	static const double sizes[] = {64, 128, 256};
	static const double ratio[] = {0.5, 1, 2, 0.5, 1, 2, 0.5, 1, 2};
	struct stats_crossover out;

	assert_int_equal(stats_crossover(&out, sizes, 3, ratio, 3, LEVEL, 1), 0);
	assert_int_equal(out.kind, STATS_CROSSOVER_FOUND);
	assert_int_equal(stats_crossover(&out, sizes, 3, ratio, 2, LEVEL, 1), 0);
	assert_int_equal(out.kind, STATS_CROSSOVER_UNCLEAR);
	assert_int_equal(stats_crossover(&out, sizes, 1, ratio, 9, LEVEL, 1), 0);
	assert_int_equal(out.kind, STATS_CROSSOVER_UNCLEAR);
	assert_int_equal(stats_crossover(&out, sizes, 0, ratio, 0, LEVEL, 1), 0);
	assert_int_equal(out.kind, STATS_CROSSOVER_UNCLEAR);
}

static void what_is_no_ratio_is_left_out(void **state)
{
	(void)state;
	double size_bytes[SIZES], ratio[9 * SIZES];
	struct stats_crossover out;

	fill_sizes(size_bytes);
	fill_ratios(ratio, 9, &crossing, 0.01, 3);
	/* A whole size gone, and one bad block a kind. */
	for (int block = 0; block < 9; block++)
		ratio[block * SIZES + 5] = (double)NAN;
	ratio[1 * SIZES + 9] = 0;
	ratio[2 * SIZES + 9] = -1;
	ratio[3 * SIZES + 10] = (double)INFINITY;
	assert_int_equal(stats_crossover(&out, size_bytes, SIZES, ratio, 9, LEVEL, 1), 0);
	assert_int_equal(out.kind, STATS_CROSSOVER_FOUND);
	assert_true(fabs(out.size_bytes / crossing_at - 1) < 0.05);
	assert_int_equal(out.crossings, 1);

	for (int i = 0; i < 9 * SIZES; i++)
		ratio[i] = i % 2 ? (double)NAN : 0;
	assert_int_equal(stats_crossover(&out, size_bytes, SIZES, ratio, 9, LEVEL, 1), 0);
	assert_int_equal(out.kind, STATS_CROSSOVER_UNCLEAR);
}

static void invalid_arguments(void **state)
{
	(void)state;
	static const double falling[] = {128, 64}, equal[] = {64, 64}, zero[] = {0, 64},
			    good[] = {64, 128};
	static const double nan_size[] = {64, (double)NAN};
	static const double ratio[] = {0.5, 2, 0.5, 2, 0.5, 2};
	struct stats_crossover out;

	assert_int_equal(stats_crossover(&out, good, 2, ratio, 3, LEVEL, 1), 0);
	assert_int_equal(stats_crossover(&out, falling, 2, ratio, 3, LEVEL, 1), -EINVAL);
	assert_int_equal(stats_crossover(&out, equal, 2, ratio, 3, LEVEL, 1), -EINVAL);
	assert_int_equal(stats_crossover(&out, zero, 2, ratio, 3, LEVEL, 1), -EINVAL);
	assert_int_equal(stats_crossover(&out, nan_size, 2, ratio, 3, LEVEL, 1), -EINVAL);
	assert_int_equal(stats_crossover(&out, good, 2, ratio, 3, 1, 1), -EINVAL);
	assert_int_equal(stats_crossover(&out, good, 2, ratio, 3, (double)NAN, 1), -EINVAL);
	assert_int_equal(out.kind, STATS_CROSSOVER_UNCLEAR);
}

static void every_failed_allocation_is_reported(void **state)
{
	(void)state;
	static const double sizes[] = {64, 128};
	static const double ratio[] = {0.5, 2, 0.5, 2, 0.5, 2};
	struct stats_crossover out;

	for (unsigned nth = 1;; nth++) {
		fault_arm(nth, false);
		int rc = stats_crossover(&out, sizes, 2, ratio, 3, LEVEL, 1);

		if (!fault_fired()) {
			assert_int_equal(rc, 0);
			assert_int_equal(out.kind, STATS_CROSSOVER_FOUND);
			assert_int_equal(nth, 8);
			break;
		}
		assert_int_equal(rc, -ENOMEM);
		assert_int_equal(out.kind, STATS_CROSSOVER_UNCLEAR);
	}
	fault_arm(0, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_noise_the_model_is_recovered),
		cmocka_unit_test(interval_covers_the_truth),
		cmocka_unit_test(more_blocks_narrow_the_interval),
		cmocka_unit_test(one_disturbed_block_does_no_harm),
		cmocka_unit_test(same_seed_same_result),
		cmocka_unit_test(none_in_range),
		cmocka_unit_test(the_last_upward_crossing_counts),
		cmocka_unit_test(ties_do_not_decide),
		cmocka_unit_test(a_power_law_is_recovered_exactly),
		cmocka_unit_test(ratio_one_is_not_slower),
		cmocka_unit_test(crossing_near_the_edge_is_open_on_one_side),
		cmocka_unit_test(an_even_number_of_blocks),
		cmocka_unit_test(found_by_few_resamples_is_unclear),
		cmocka_unit_test(open_on_both_sides_is_unclear),
		cmocka_unit_test(disagreement_is_unclear),
		cmocka_unit_test(too_little_is_unclear),
		cmocka_unit_test(what_is_no_ratio_is_left_out),
		cmocka_unit_test(invalid_arguments),
		cmocka_unit_test(every_failed_allocation_is_reported),
	};

	return cmocka_run_group_tests_name("crossover", tests, NULL, NULL);
}
