// SPDX-License-Identifier: BSD-2-Clause
/* seek_test.c: the search against systems whose answer is known: sharp, noisy, without an answer, failing. */
#include "harness/load/seek.h"

#include "harness/rng/rng.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

struct played {
	double knee;  /* rates up to here meet the limit ... */
	double noise; /* ... but for this share of the probes, which tell the opposite */
	unsigned fail_at;
	unsigned probes;
	struct rng rng;
};

static int played_probe(void *arg, double per_second, struct seek_probe *probe)
{
	struct played *played = arg;
	bool lie = rng_double(&played->rng) < played->noise;

	if (++played->probes == played->fail_at)
		return -EIO;
	probe->met = (per_second <= played->knee) != lie;
	return 0;
}

static struct seek seek;

static struct played sought(double knee, double noise, uint64_t seed)
{
	struct played played = {.knee = knee, .noise = noise};

	rng_seed(&played.rng, seed);
	assert_int_equal(seek_rate(&seek, 1000, played_probe, &played), 0);
	assert_int_equal(seek.count, played.probes);
	return played;
}

static void a_sharp_knee_is_found_within_five_per_cent(void **state)
{
	(void)state;
	for (int step = 0; step < 47; step++) {
		double knee = 10 * pow(1.13, step); /* to 2800 */

		sought(knee, 0, 1);
		assert_true(seek.low <= knee && knee < seek.high);
		assert_true(seek.high <= 1.05 * seek.low * (1 + 1e-12));
		assert_int_equal(seek.confirmed, SEEK_CONFIRMATIONS);
		assert_true(seek.count <= 50);
	}
}

static void liars_are_outvoted(void **state)
{
	unsigned right = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= 400; seed++) {
		sought(730, 0.05, seed);
		right += seek.low > 730 / 1.12 && seek.low < 730 * 1.12;
	}
	/* A rate is misjudged with 3 * 0.05^2 = 0.7 %; some ten are judged. */
	assert_in_range(right, 340, 400);
}

static void no_rate_at_all(void **state)
{
	(void)state;
	sought(0, 0, 1);
	assert_true(seek.low == 0);
	assert_true(isfinite(seek.high));
	assert_true(seek.high < 20);
}

static void every_rate(void **state)
{
	(void)state;
	sought(1e9, 0, 1);
	assert_true(isinf(seek.high));
	assert_true(seek.low > 2000);
	assert_int_equal(seek.confirmed, SEEK_CONFIRMATIONS);
}

static void a_probe_that_cannot_be_made_ends_the_search(void **state)
{
	(void)state;
	for (unsigned at = 1; at < 30; at++) {
		struct played played = {.knee = 300, .fail_at = at};

		rng_seed(&played.rng, 1);
		int rc = seek_rate(&seek, 1000, played_probe, &played);

		if (played.probes < at) {
			assert_int_equal(rc, 0);
			break;
		}
		assert_int_equal(rc, -EIO);
		assert_int_equal(played.probes, at);
		assert_int_equal(seek.count, at - 1);
	}
}

/* A system that changes its mind at every probe ends too. */
static void the_probes_are_bounded(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 200; seed++) {
		sought(500, 0.5, seed);
		assert_true(seek.count <= SEEK_PROBES_MAX);
		/* With probes left, what it says held for more than half of the last. */
		if (seek.count < SEEK_PROBES_MAX && seek.low > 0)
			assert_true(2 * seek.confirmed > SEEK_CONFIRMATIONS);
	}
}

/* Each rate meets twice, which is enough to be taken for the answer, and then no more. */
struct fickle {
	double rate;
	unsigned asked, probes;
};

static int fickle_probe(void *arg, double per_second, struct seek_probe *probe)
{
	struct fickle *fickle = arg;

	if (per_second < fickle->rate || per_second > fickle->rate)
		*fickle = (struct fickle){.rate = per_second, .probes = fickle->probes};
	fickle->probes++;
	probe->met = ++fickle->asked <= 2;
	return 0;
}

/* Nothing is confirmed, so it goes on until the very last probe. */
static void every_probe_there_is_may_be_used(void **state)
{
	struct fickle fickle = {0};

	(void)state;
	assert_int_equal(seek_rate(&seek, 1000, fickle_probe, &fickle), 0);
	assert_int_equal(fickle.probes, SEEK_PROBES_MAX);
	assert_int_equal(seek.count, SEEK_PROBES_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sharp_knee_is_found_within_five_per_cent),
		cmocka_unit_test(liars_are_outvoted),
		cmocka_unit_test(no_rate_at_all),
		cmocka_unit_test(every_rate),
		cmocka_unit_test(a_probe_that_cannot_be_made_ends_the_search),
		cmocka_unit_test(the_probes_are_bounded),
		cmocka_unit_test(every_probe_there_is_may_be_used),
	};

	return cmocka_run_group_tests_name("rate search", tests, NULL, NULL);
}
