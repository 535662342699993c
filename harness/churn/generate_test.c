// SPDX-License-Identifier: BSD-2-Clause
/*
 * generate_test.c: generated traces: known ones, Little's law for what is held, lifetimes against their distributions'
 * known moments and quantiles, and what cannot be. Seeds are printed.
 */
#include "harness/churn/testing.h"

#include <errno.h>
#include <math.h>

#include "drivers/support/fault.h"

#define DRAWS 200000u

static void fixed_lifetimes_give_a_known_trace(void **state)
{
	/* Each lives three allocations: before number 3 the first goes, and so on; the rest goes at the end. */
	static const uint8_t expected[] = {
		0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 1, 1};
	struct churn_mix mix = {
		.life = {.kind = LIFE_FIXED}, .live_bytes = 3 * 4096, .allocations = 13, .seed = 1};
	struct churn_trace trace;

	(void)state;
	draw_fixed(&mix.size, 4096);
	assert_int_equal(churn_generate(&trace, &mix, NULL), 0);
	assert_int_equal(trace.count, sizeof(expected));
	for (uint32_t i = 0; i < trace.count; i++)
		assert_int_equal(trace.event[i].op, expected[i]);
	assert_int_equal(trace.slots, 3);
	assert_int_equal(trace.takes, 13);
	assert_true(trace.live_peak_bytes == 3 * 4096);
	churn_free(&trace);
}

/* The mean of what is held over the second half of the allocations. */
static double held_on_average(const struct churn_trace *trace)
{
	uint32_t *bytes = calloc(trace->slots, sizeof(*bytes)), takes = 0;
	uint64_t live = 0, peak = 0;
	double sum = 0;

	for (uint32_t i = 0; i < trace->count; i++) {
		const struct churn_event *e = &trace->event[i];

		if (churn_takes(e)) {
			assert_int_equal(bytes[e->slot], 0);
			bytes[e->slot] = e->bytes;
			live += e->bytes;
			takes++;
			sum += takes > trace->takes / 2 ? (double)live : 0;
		} else {
			assert_int_not_equal(bytes[e->slot], 0);
			live -= bytes[e->slot];
			bytes[e->slot] = 0;
		}
		peak = live > peak ? live : peak;
	}
	assert_int_equal(live, 0);
	assert_true(peak == trace->live_peak_bytes);
	free(bytes);
	return sum / (takes - takes / 2);
}

static void what_is_held_obeys_littles_law(void **state)
{
	static const struct life lives[] = {{.kind = LIFE_FIXED}, {.kind = LIFE_EXPONENTIAL},
		{.kind = LIFE_LOGNORMAL, .sigma = 1},
		{.kind = LIFE_GENERATIONAL, .share = 0.9, .factor = 20}};
	const uint64_t seed = 4711;

	(void)state;
	print_message("seed %llu\n", (unsigned long long)seed);
	for (size_t i = 0; i < sizeof(lives) / sizeof(lives[0]); i++) {
		struct churn_mix mix = {.life = lives[i],
			.live_bytes = 16 << 20,
			.allocations = 100000,
			.seed = seed + i};
		struct churn_trace trace;

		assert_int_equal(draw_loguniform(&mix.size, 4096, 65536), 0);
		assert_int_equal(churn_generate(&trace, &mix, NULL), 0);
		assert_int_equal(trace.takes, mix.allocations);
		assert_int_equal(trace.count, 2 * mix.allocations);

		double held = held_on_average(&trace);

		if (fabs(held / (double)mix.live_bytes - 1) > 0.05)
			fail_msg("life %zu: %.0f bytes held, expected %llu", i, held,
				(unsigned long long)mix.live_bytes);
		churn_free(&trace);
	}
}

static void the_seed_alone_decides(void **state)
{
	struct churn_mix mix = {
		.life = {.kind = LIFE_EXPONENTIAL}, .live_bytes = 1 << 18, .allocations = 2000};
	struct churn_trace a, b, other;

	(void)state;
	assert_int_equal(draw_uniform(&mix.size, 1, 8192), 0);
	mix.seed = 5;
	assert_int_equal(churn_generate(&a, &mix, NULL), 0);
	assert_int_equal(churn_generate(&b, &mix, NULL), 0);
	mix.seed = 6;
	assert_int_equal(churn_generate(&other, &mix, NULL), 0);
	testing_same(&a, &b);
	assert_true(a.checksum != other.checksum);
	churn_free(&a);
	churn_free(&b);
	churn_free(&other);
}

struct moments {
	double mean, below_mean, median_share;
};

/* Means, and the shares of draws below the mean and below @median. */
static struct moments life_moments(const struct life *life, double mean, double median)
{
	struct moments m = {0, 0, 0};
	struct rng rng;

	rng_seed(&rng, 99);
	for (unsigned i = 0; i < DRAWS; i++) {
		double x = life_next(life, mean, &rng);

		assert_true(x > 0 || (life->kind != LIFE_FIXED && x >= 0));
		m.mean += x / DRAWS;
		m.below_mean += (x < mean) / (double)DRAWS;
		m.median_share += (x < median) / (double)DRAWS;
	}
	return m;
}

static void lifetimes_follow_their_distributions(void **state)
{
	const struct life exponential = {.kind = LIFE_EXPONENTIAL};
	const struct life lognormal = {.kind = LIFE_LOGNORMAL, .sigma = 1};
	const struct life generational = {.kind = LIFE_GENERATIONAL, .share = 0.9, .factor = 100};
	const double young = 100 / (0.9 + 0.1 * 100);

	(void)state;
	print_message("seed 99\n");
	/* P(X < mean) = 1 - 1/e; the median is mean ln 2. Four standard errors of a share are 0.0045. */
	struct moments m = life_moments(&exponential, 100, 100 * M_LN2);

	assert_true(fabs(m.mean - 100) < 1);
	assert_true(fabs(m.below_mean - (1 - exp(-1))) < 0.0045);
	assert_true(fabs(m.median_share - 0.5) < 0.0045);
	/* P(X < mean) = Phi(sigma / 2) = Phi(0.5) = 0.691462; the median is mean exp(-sigma^2 / 2). */
	m = life_moments(&lognormal, 100, 100 * exp(-0.5));
	assert_true(fabs(m.mean - 100) < 2);
	assert_true(fabs(m.below_mean - 0.691462) < 0.0045);
	assert_true(fabs(m.median_share - 0.5) < 0.0045);
	/* The young ones' median: half of them, and the few of the old that die so early. */
	m = life_moments(&generational, 100, young * M_LN2);
	assert_true(fabs(m.mean - 100) < 3.5);
	assert_true(fabs(m.median_share - (0.9 * 0.5 + 0.1 * (1 - exp(-M_LN2 / 100)))) < 0.0045);
}

static void lifetimes_are_read_strictly(void **state)
{
	static const char *const wrong[] = {"", "exponentia", "exponential:1",
		"fixed:", "lognormal", "lognormal:", "lognormal:0", "lognormal:5", "lognormal:-1",
		"lognormal:nan", "lognormal:1x", "generational:0.9", "generational:0:5",
		"generational:1:5", "generational:0.5:1", "generational:0.5:1e7",
		"generational:0.5:5:5", "LOGNORMAL:1"};
	struct life life = {.kind = LIFE_FIXED};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct err err = ERR_INIT;

		assert_int_equal(life_parse(&life, "churn.lifetime", wrong[i], &err), -EINVAL);
		assert_int_equal(life.kind, LIFE_FIXED);
		assert_non_null(strstr(err.message, "churn.lifetime '"));
		assert_non_null(strstr(err.message, "generational:SHARE:FACTOR"));
	}
	assert_int_equal(life_parse(&life, "k", "exponential", NULL), 0);
	assert_int_equal(life.kind, LIFE_EXPONENTIAL);
	assert_int_equal(life_parse(&life, "k", "lognormal:1.5", NULL), 0);
	assert_int_equal(life.kind, LIFE_LOGNORMAL);
	assert_true(life.sigma == 1.5);
	assert_int_equal(life_parse(&life, "k", "generational:.95:200", NULL), 0);
	assert_int_equal(life.kind, LIFE_GENERATIONAL);
	assert_true(life.share == 0.95 && life.factor == 200);
}

static void what_cannot_be_is_refused(void **state)
{
	static const struct {
		uint64_t size, live_bytes;
		uint32_t allocations;
		const char *message;
	} wrong[] = {
		{4096, 1 << 20, 1023, "raise them to 1024 or more"},
		{4096, 1 << 20, 0, "churn.allocations 0; expected 1 to"},
		{4096, 1 << 20, CHURN_EVENTS_MAX, "expected 1 to"},
		{4096, 4095, 100, "less than one buffer of the mean size of 4096 bytes"},
		{1, 1 << 20, 4 << 20, "at most 65536 can be held at once"},
		{0, 1 << 20, 1000, "sizes from 0 to 0 bytes"},
		{CHURN_BYTES_MAX + UINT64_C(1), 1 << 30, 1000, "expected 1 to 67108864"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct churn_mix mix = {.life = {.kind = LIFE_FIXED},
			.live_bytes = wrong[i].live_bytes,
			.allocations = wrong[i].allocations};
		struct err err = ERR_INIT;
		struct churn_trace trace;

		draw_fixed(&mix.size, wrong[i].size);
		assert_int_equal(churn_generate(&trace, &mix, &err), -EINVAL);
		assert_int_equal(err.kind, ERR_USAGE);
		if (!strstr(err.message, wrong[i].message))
			fail_msg("%s\n%s", err.message, wrong[i].message);
	}
}

static void every_failing_step_leaves_nothing(void **state)
{
	struct churn_mix mix = {
		.life = {.kind = LIFE_FIXED}, .live_bytes = 8192, .allocations = 5000};
	int rc = -1;

	(void)state;
	draw_fixed(&mix.size, 4096);
	for (unsigned nth = 1; rc != 0; nth++) {
		struct err err = ERR_INIT;
		struct churn_trace trace;

		assert_true(nth < 32);
		fault_arm(nth, false);
		rc = churn_generate(&trace, &mix, &err);
		assert_int_equal(rc != 0, fault_fired() != NULL);
		assert_int_equal(rc != 0, err.kind == ERR_MISSING);
		fault_arm(0, false);
		churn_free(&trace);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fixed_lifetimes_give_a_known_trace),
		cmocka_unit_test(what_is_held_obeys_littles_law),
		cmocka_unit_test(the_seed_alone_decides),
		cmocka_unit_test(lifetimes_follow_their_distributions),
		cmocka_unit_test(lifetimes_are_read_strictly),
		cmocka_unit_test(what_cannot_be_is_refused),
		cmocka_unit_test(every_failing_step_leaves_nothing),
	};

	return cmocka_run_group_tests_name("churn generate", tests, NULL, NULL);
}
