// SPDX-License-Identifier: BSD-2-Clause
/* guard_test.c: a guard tells every changed byte, wherever it is, and no other. */
#include "drivers/videoport/guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static void every_changed_byte_is_seen(void **state)
{
	unsigned char bytes[300];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++) {
		guard_fill(bytes, sizeof(bytes));
		assert_int_equal(guard_check(bytes, sizeof(bytes)), sizeof(bytes));
		assert_int_equal(guard_check_last(bytes, sizeof(bytes)), sizeof(bytes));
		bytes[i] ^= 0x20;
		assert_int_equal(guard_check(bytes, sizeof(bytes)), i);
		assert_int_equal(guard_check_last(bytes, sizeof(bytes)), i);
	}
}

static void the_nearest_of_several_is_told(void **state)
{
	unsigned char bytes[64];

	(void)state;
	guard_fill(bytes, sizeof(bytes));
	memset(bytes + 10, 0, 20);
	assert_int_equal(guard_check(bytes, sizeof(bytes)), 10);
	assert_int_equal(guard_check_last(bytes, sizeof(bytes)), 29);
}

/* Stray writes are mostly zeroes, ones and text. */
static void no_guard_looks_like_data(void **state)
{
	unsigned char bytes[4096];

	(void)state;
	guard_fill(bytes, sizeof(bytes));
	for (size_t i = 0; i < sizeof(bytes); i++)
		assert_in_range(bytes[i], 0x80, 0xBF);
}

static void a_copied_guard_is_no_guard(void **state)
{
	unsigned char bytes[128];

	(void)state;
	guard_fill(bytes, sizeof(bytes));
	memmove(bytes + 1, bytes, 64);
	assert_int_not_equal(guard_check(bytes, sizeof(bytes)), sizeof(bytes));
}

static void poison_is_seen_to_be_whole(void **state)
{
	unsigned char bytes[100];

	(void)state;
	memset(bytes, GUARD_POISON, sizeof(bytes));
	assert_int_equal(guard_poison_check(bytes, sizeof(bytes)), sizeof(bytes));
	bytes[99] = 0;
	assert_int_equal(guard_poison_check(bytes, sizeof(bytes)), 99);
	assert_int_equal(guard_poison_check(bytes, 0), 0);
}

/* Words and what is left of them at both ends: by every place and length, as byte by byte. */
static void it_is_one_guard_wherever_it_begins(void **state)
{
	unsigned char whole[64], part[64];

	(void)state;
	for (size_t from = 0; from < 16; from++)
		for (size_t len_bytes = 0; len_bytes < 32; len_bytes++) {
			guard_fill(whole, sizeof(whole));
			memcpy(part, whole, sizeof(whole));
			memset(whole + from, 0, len_bytes);
			guard_fill(whole + from, len_bytes);
			assert_memory_equal(whole, part, sizeof(whole));
			assert_int_equal(guard_check(whole + from, len_bytes), len_bytes);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_changed_byte_is_seen),
		cmocka_unit_test(the_nearest_of_several_is_told),
		cmocka_unit_test(no_guard_looks_like_data),
		cmocka_unit_test(a_copied_guard_is_no_guard),
		cmocka_unit_test(it_is_one_guard_wherever_it_begins),
		cmocka_unit_test(poison_is_seen_to_be_whole),
	};

	return cmocka_run_group_tests_name("guards", tests, NULL, NULL);
}
