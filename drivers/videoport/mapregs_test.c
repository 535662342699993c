// SPDX-License-Identifier: BSD-2-Clause
/* mapregs_test.c: the register budget, and runs of bounce slots under fragmentation. */
#include "drivers/videoport/dma_testing.h"

static void d_05_takes_what_is_left(void **state)
{
	(void)state;
	struct mapregs regs;

	assert_int_equal(mapregs_init(&regs, 5, false), 0);
	assert_int_equal(mapregs_take(&regs, 3), 3);
	assert_int_equal(mapregs_take(&regs, 3), 2);
	assert_int_equal(mapregs_take(&regs, 1), 0);
	mapregs_give(&regs, 4);
	assert_int_equal(mapregs_take(&regs, 9), 4);
	mapregs_fini(&regs);
}

static void slots_come_as_the_longest_run(void **state)
{
	(void)state;
	struct mapregs regs;
	uint32_t first = 99;

	assert_int_equal(mapregs_init(&regs, 130, true), 0);
	assert_int_equal(mapregs_slots_take(&regs, 130, &first), 130);
	assert_int_equal(first, 0);
	assert_int_equal(mapregs_slots_take(&regs, 1, &first), 0);
	mapregs_slots_give(&regs, 3, 2);
	mapregs_slots_give(&regs, 60, 8); /* across a word of the bit map */
	mapregs_slots_give(&regs, 129, 1);
	assert_int_equal(mapregs_slots_take(&regs, 2, &first), 2);
	assert_int_equal(first, 3);
	assert_int_equal(mapregs_slots_take(&regs, 20, &first), 8);
	assert_int_equal(first, 60);
	assert_int_equal(mapregs_slots_take(&regs, 20, &first), 1);
	assert_int_equal(first, 129);
	mapregs_fini(&regs);
}

static void slots_are_never_given_twice(void **state)
{
	(void)state;
	uint64_t seed = property_seed("slots_are_never_given_twice");
	struct {
		uint32_t first, count;
	} held[64] = {{0}};
	bool used[200] = {false};
	uint32_t used_count = 0;
	struct mapregs regs;

	assert_int_equal(mapregs_init(&regs, 200, true), 0);
	for (unsigned round = 0; round < 5000; round++) {
		unsigned i = (unsigned)property_next(&seed, 64);
		if (held[i].count) {
			mapregs_slots_give(&regs, held[i].first, held[i].count);
			memset(&used[held[i].first], 0, held[i].count);
			used_count -= held[i].count;
			assert_int_equal(mapregs_slots_used(&regs), used_count);
			held[i].count = 0;
			continue;
		}
		held[i].count = mapregs_slots_take(
			&regs, 1 + (uint32_t)property_next(&seed, 12), &held[i].first);
		for (uint32_t s = 0; s < held[i].count; s++) {
			assert_false(used[held[i].first + s]);
			used[held[i].first + s] = true;
		}
		used_count += held[i].count;
		assert_int_equal(mapregs_slots_used(&regs), used_count);
	}
	mapregs_fini(&regs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(d_05_takes_what_is_left),
		cmocka_unit_test(slots_come_as_the_longest_run),
		cmocka_unit_test(slots_are_never_given_twice),
	};

	return cmocka_run_group_tests_name("map registers", tests, NULL, NULL);
}
