// SPDX-License-Identifier: BSD-2-Clause
/* verify_test.c: every wrong byte is seen and placed, its origin is named, right bytes never alarm. */
#include "harness/verify/verify.h"

#include "harness/clock/clock.h"
#include "harness/rng/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define ROOM_BYTES 512

/* The definition, word by word and byte by byte, slow and plain. */
static unsigned char pattern_byte(uint64_t stamp, size_t at)
{
	uint64_t word = rng_mix(stamp) + at / 8 * UINT64_C(0x9e3779b97f4a7c15);

	return (unsigned char)(word >> (8 * (at % 8)));
}

static uint64_t test_seed(void)
{
	const char *text = getenv("TEST_SEED");
	uint64_t seed = text ? strtoull(text, NULL, 0) : clock_wall_ns();

	print_message("TEST_SEED=%llu\n", (unsigned long long)seed);
	return seed;
}

static void fill_follows_the_definition_at_every_length_and_alignment(void **state)
{
	(void)state;
	unsigned char room[ROOM_BYTES];

	for (size_t align = 0; align < 16; align++)
		for (size_t len = 0; len <= 300; len++) {
			memset(room, 0xa5, sizeof(room));
			verify_fill(room + 32 + align, len, 77 + len);
			for (size_t i = 0; i < sizeof(room); i++) {
				size_t at = i - 32 - align;

				assert_int_equal(
					room[i], at < len ? pattern_byte(77 + len, at) : 0xa5);
			}
		}
}

static void fill_and_check_agree_at_every_length_and_alignment(void **state)
{
	(void)state;
	unsigned char room[ROOM_BYTES];
	struct verify_finding finding;

	for (size_t align = 0; align < 16; align++)
		for (size_t len = 1; len <= 300; len++) {
			unsigned char *p = room + align;

			verify_fill(p, len, len);
			assert_true(verify_check(p, len, len, &finding));
			assert_int_equal(finding.kind, VERIFY_OK);
			assert_false(verify_check(p, len, len + 1, &finding));
			p[len - 1] ^= 0x80;
			assert_false(verify_check(p, len, len, &finding));
			assert_int_equal(finding.offset_bytes, len - 1);
			assert_int_equal(finding.wrong_bytes, 1);
		}
}

static void flip_and_expect(unsigned char *p, size_t len, size_t bit, uint64_t stamp)
{
	struct verify_finding finding;
	size_t at = bit / 8;
	uint64_t expected = 0, found = 0;

	p[at] = (unsigned char)(p[at] ^ 1u << bit % 8);
	assert_false(verify_check(p, len, stamp, &finding));
	for (size_t i = 0; i < 8 && at + i < len; i++) {
		expected |= (uint64_t)pattern_byte(stamp, at + i) << (8 * i);
		found |= (uint64_t)p[at + i] << (8 * i);
	}
	assert_int_equal(finding.kind, VERIFY_PAYLOAD);
	assert_int_equal(finding.offset_bytes, at);
	assert_int_equal(finding.wrong_bytes, 1);
	assert_int_equal(finding.expected, expected);
	assert_int_equal(finding.found, found);
	verify_explain(&finding, 1, 2, 3, 100);
	assert_false(finding.found_stale);
	assert_int_equal(finding.found_index, UINT64_MAX);
	p[at] = (unsigned char)(p[at] ^ 1u << bit % 8);
}

static void every_single_bit_flip_is_seen_and_placed(void **state)
{
	(void)state;
	static const size_t sizes[] = {1, 7, 8, 9, 63, 64, 65, 130, 200};
	unsigned char room[ROOM_BYTES];

	for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
		uint64_t stamp = verify_stamp(5, 6, s);

		verify_fill(room + s, sizes[s], stamp);
		for (size_t bit = 0; bit < 8 * sizes[s]; bit++)
			flip_and_expect(room + s, sizes[s], bit, stamp);
	}
}

static void wrong_bytes_are_counted(void **state)
{
	(void)state;
	unsigned char room[ROOM_BYTES];
	struct verify_finding finding;

	verify_fill(room, sizeof(room), 9);
	for (size_t at = 3; at < sizeof(room); at += 5)
		room[at] ^= 0xff;
	assert_false(verify_check(room, sizeof(room), 9, &finding));
	assert_int_equal(finding.offset_bytes, 3);
	assert_int_equal(finding.wrong_bytes, (ROOM_BYTES - 3 + 4) / 5);
}

static void guards_are_checked_with_their_side(void **state)
{
	(void)state;
	unsigned char guard[VERIFY_GUARD_BYTES];
	struct verify_finding finding;

	verify_guard_fill(guard, 11);
	assert_true(verify_guard_check(guard, 11, VERIFY_BEFORE, &finding));
	assert_false(verify_guard_check(guard, 12, VERIFY_BEFORE, &finding));
	for (size_t at = 0; at < sizeof(guard); at++) {
		guard[at] ^= 1;
		assert_false(verify_guard_check(guard, 11, VERIFY_AFTER, &finding));
		assert_int_equal(finding.kind, VERIFY_AFTER);
		assert_int_equal(finding.offset_bytes, at);
		guard[at] ^= 1;
	}
	/* a payload with the same number is no guard */
	verify_fill(guard, sizeof(guard), 11);
	assert_false(verify_guard_check(guard, 11, VERIFY_BEFORE, &finding));
	verify_fill(guard, sizeof(guard), rng_mix(11));
	assert_false(verify_guard_check(guard, 11, VERIFY_BEFORE, &finding));
}

static void assert_described(
	const struct verify_finding *finding, uint64_t op, size_t len, const char *text)
{
	char line[200];
	int n = verify_describe(finding, op, len, line, sizeof(line));

	assert_int_equal(n, strlen(line));
	if (!strstr(line, text))
		fail_msg("\"%s\" does not say \"%s\"", line, text);
}

static void stale_bytes_are_named(void **state)
{
	(void)state;
	unsigned char p[300];
	struct verify_finding finding;

	/* Stopped early at any byte: the rest is from the generation before. */
	for (size_t stop = 0; stop <= sizeof(p) - 4; stop++) {
		verify_fill(p, sizeof(p), verify_stamp(1, 8, 17));
		verify_fill(p, stop, verify_stamp(1, 9, 17));
		assert_false(verify_check(p, sizeof(p), verify_stamp(1, 9, 17), &finding));
		assert_in_range(finding.offset_bytes, stop, stop + 2);
		verify_explain(&finding, 1, 9, 17, 32);
		if (stop % 8 && stop > sizeof(p) - 8)
			continue; /* a word that is partly right, and none behind it */
		assert_true(finding.found_stale);
		assert_int_equal(finding.found_index, UINT64_MAX);
		assert_described(&finding, 17, sizeof(p), "(stale: previous generation)");
	}
}

static void swapped_ops_are_named(void **state)
{
	(void)state;
	unsigned char p[64];
	struct verify_finding finding;

	verify_fill(p, sizeof(p), verify_stamp(1, 9, 30));
	assert_false(verify_check(p, sizeof(p), verify_stamp(1, 9, 17), &finding));
	verify_explain(&finding, 1, 9, 17, 32);
	assert_false(finding.found_stale);
	assert_int_equal(finding.found_index, 30);
	assert_int_equal(finding.found_offset_bytes, 0);
	assert_described(&finding, 17, sizeof(p), "op 17: byte 0 of 64: expected 0x");
	assert_described(&finding, 17, sizeof(p), "bytes differ (belongs to byte 0 of op 30)");
}

static void misplaced_bytes_are_named(void **state)
{
	(void)state;
	unsigned char source[8192], p[4096];
	struct verify_finding finding;
	uint64_t own = verify_stamp(3, 1, 2), other = verify_stamp(3, 1, 5);

	verify_fill(source, sizeof(source), own);
	memcpy(p, source, sizeof(p));
	memcpy(p + 1024, source + 4096, 512);
	assert_false(verify_check(p, sizeof(p), own, &finding));
	verify_explain(&finding, 3, 1, 2, 8);
	assert_int_equal(finding.found_index, 2);
	assert_int_equal(finding.found_offset_bytes, 4096);
	assert_described(&finding, 2, sizeof(p), "(misplaced: belongs to byte 4096 of this op)");

	/* from inside a word on, the word behind tells */
	memcpy(p, source, sizeof(p));
	memcpy(p + 1027, source + 4096 + 3, 512);
	assert_false(verify_check(p, sizeof(p), own, &finding));
	assert_int_equal(finding.offset_bytes, 1027);
	verify_explain(&finding, 3, 1, 2, 8);
	assert_int_equal(finding.found_index, 2);
	assert_int_equal(finding.found_offset_bytes, 4096);

	memcpy(p, source, sizeof(p));
	verify_fill(source, sizeof(source), other);
	memcpy(p + 1024, source + 2048, 512);
	assert_false(verify_check(p, sizeof(p), own, &finding));
	verify_explain(&finding, 3, 1, 2, 8);
	assert_int_equal(finding.found_index, 5);
	assert_int_equal(finding.found_offset_bytes, 2048);
}

static void an_op_that_ran_into_a_guard_is_named(void **state)
{
	(void)state;
	unsigned char source[128], guard[VERIFY_GUARD_BYTES];
	struct verify_finding finding;

	verify_fill(source, sizeof(source), verify_stamp(3, 1, 5));
	verify_guard_fill(guard, 40);
	memcpy(guard, source + 64, 16);
	assert_false(verify_guard_check(guard, 40, VERIFY_AFTER, &finding));
	verify_explain(&finding, 3, 1, 5, 8);
	assert_int_equal(finding.found_index, 5);
	assert_int_equal(finding.found_offset_bytes, 64);
	assert_described(&finding, 5, 64, "op 5: guard behind the payload, byte 0 of 64");
	finding.kind = VERIFY_BEFORE;
	assert_described(&finding, 5, 64, "guard before the payload");
}

static void strange_bytes_are_not_explained(void **state)
{
	(void)state;
	unsigned char p[64] = {0};
	struct verify_finding finding;

	assert_false(verify_check(p, sizeof(p), verify_stamp(1, 9, 17), &finding));
	verify_explain(&finding, 1, 9, 17, 1000);
	assert_false(finding.found_stale);
	assert_int_equal(finding.found_index, UINT64_MAX);
	assert_int_equal(finding.found, 0);
	verify_fill(p, sizeof(p), verify_stamp(1, 9, 17));
	p[60] ^= 4;
	assert_false(verify_check(p, sizeof(p), verify_stamp(1, 9, 17), &finding));
	assert_described(&finding, 17, sizeof(p), "1 byte differs (one bit flipped)");
	p[60] ^= 4;
	/* one strange word, and right ones of this very op behind it */
	memset(p + 16, 0x55, 8);
	assert_false(verify_check(p, sizeof(p), verify_stamp(1, 9, 17), &finding));
	verify_explain(&finding, 1, 9, 17, 1000);
	assert_int_equal(finding.found_index, UINT64_MAX);
	verify_fill(p, sizeof(p), verify_stamp(1, 9, 17));
	assert_true(verify_check(p, sizeof(p), verify_stamp(1, 9, 17), &finding));
	assert_described(&finding, 17, sizeof(p), "op 17: 64 bytes as expected");
}

static void a_short_line_is_cut_and_terminated(void **state)
{
	(void)state;
	unsigned char p[64] = {0};
	struct verify_finding finding;
	char line[12];

	assert_false(verify_check(p, sizeof(p), 1, &finding));
	assert_true(verify_describe(&finding, 17, sizeof(p), line, sizeof(line)) > 11);
	assert_int_equal(strlen(line), 11);
}

static void stamps_differ_and_are_never_zero(void **state)
{
	(void)state;
	for (uint64_t generation = 0; generation < 50; generation++)
		for (uint64_t index = 0; index < 50; index++) {
			uint64_t stamp = verify_stamp(0, generation, index);

			assert_int_not_equal(stamp, 0);
			assert_int_not_equal(stamp, verify_stamp(1, generation, index));
			assert_int_not_equal(stamp, verify_stamp(0, generation + 1, index));
			assert_int_not_equal(stamp, verify_stamp(0, generation, index + 1));
			assert_true(
				generation == index || stamp != verify_stamp(0, index, generation));
		}
}

/* No false alarm on right bytes; no miss and no wrong count on random damage, against a plain recount. */
static void random_payloads_and_damage_agree_with_a_recount(void **state)
{
	(void)state;
	struct rng rng;
	unsigned char room[4200];
	struct verify_finding finding;

	rng_seed(&rng, test_seed());
	for (unsigned round = 0; round < 2000; round++) {
		size_t align = rng_below(&rng, 64), len = 1 + rng_below(&rng, 4096);
		uint64_t stamp = rng_next(&rng), wrong = 0, first = 0;
		unsigned char *p = room + align;

		verify_fill(p, len, stamp);
		assert_true(verify_check(p, len, stamp, &finding));
		for (uint64_t n = 1 + rng_below(&rng, 20); n; n--)
			p[rng_below(&rng, len)] = (unsigned char)rng_next(&rng);
		for (size_t at = len; at--;)
			if (p[at] != pattern_byte(stamp, at)) {
				wrong++;
				first = at;
			}
		assert_int_equal(verify_check(p, len, stamp, &finding), wrong == 0);
		assert_int_equal(finding.wrong_bytes, wrong);
		assert_int_equal(finding.offset_bytes, first);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fill_follows_the_definition_at_every_length_and_alignment),
		cmocka_unit_test(fill_and_check_agree_at_every_length_and_alignment),
		cmocka_unit_test(every_single_bit_flip_is_seen_and_placed),
		cmocka_unit_test(wrong_bytes_are_counted),
		cmocka_unit_test(guards_are_checked_with_their_side),
		cmocka_unit_test(stale_bytes_are_named),
		cmocka_unit_test(swapped_ops_are_named),
		cmocka_unit_test(misplaced_bytes_are_named),
		cmocka_unit_test(an_op_that_ran_into_a_guard_is_named),
		cmocka_unit_test(strange_bytes_are_not_explained),
		cmocka_unit_test(a_short_line_is_cut_and_terminated),
		cmocka_unit_test(stamps_differ_and_are_never_zero),
		cmocka_unit_test(random_payloads_and_damage_agree_with_a_recount),
	};

	return cmocka_run_group_tests_name("verify", tests, NULL, NULL);
}
