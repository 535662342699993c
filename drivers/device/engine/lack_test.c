// SPDX-License-Identifier: BSD-2-Clause
/* lack_test.c: which of many calls are refused: by chance, in stretches, the same for the same seed. */
#include "drivers/device/engine/lack.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define CALLS 100000

struct tally {
	unsigned refused, longest; /* the longest run of refusals */
	uint64_t hash;
};

static struct tally asked(double chance, uint64_t seed, bool (*ask)(struct lack *))
{
	const struct device_lack chances = {.map = chance, .lock = chance};
	struct mishaps mishaps = {0};
	struct tally tally = {0};
	struct lack lack;
	unsigned run = 0;

	lack_init(&lack, &chances, seed, &mishaps);
	for (unsigned i = 0; i < CALLS; i++) {
		const bool refused = ask(&lack);

		run = refused ? run + 1 : 0;
		tally.refused += refused;
		tally.longest = run > tally.longest ? run : tally.longest;
		tally.hash = tally.hash * 31 + refused;
	}
	assert_int_equal(mishaps.map_refused + mishaps.lock_refused, tally.refused);
	return tally;
}

static void chances_are_kept(void **state)
{
	bool (*const ask[])(struct lack *) = {lack_of_maps, lack_of_locks};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(asked(0, 1, ask[i]).refused, 0);
		assert_int_equal(asked(1, 1, ask[i]).refused, CALLS);
		/* One in 64 alone, and an eighth of that each of 16 behind one another: 1 - (1 - 1/64) (1 - 1/512). */
		for (uint64_t seed = 1; seed <= 8; seed++)
			assert_in_range(asked(1.0 / 64, seed, ask[i]).refused, 1400, 2100);
	}
}

static void some_come_in_a_row(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 8; seed++)
		assert_in_range(asked(1.0 / 64, seed, lack_of_maps).longest, 16, 64);
}

static void a_seed_decides(void **state)
{
	(void)state;
	assert_true(asked(0.1, 7, lack_of_maps).hash == asked(0.1, 7, lack_of_maps).hash);
	assert_true(asked(0.1, 7, lack_of_maps).hash != asked(0.1, 8, lack_of_maps).hash);
	assert_true(asked(0.1, 7, lack_of_maps).hash != asked(0.1, 7, lack_of_locks).hash);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chances_are_kept),
		cmocka_unit_test(some_come_in_a_row),
		cmocka_unit_test(a_seed_decides),
	};

	return cmocka_run_group_tests_name("lack", tests, NULL, NULL);
}
