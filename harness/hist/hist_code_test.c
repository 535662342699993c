// SPDX-License-Identifier: BSD-2-Clause
/* hist_code_test.c: the stored form: golden bytes, round trips, room, damaged and hostile bytes. */
#include "harness/hist/hist.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#define TOP       ((UINT64_C(1) << HIST_MAX_BITS) - 1)
#define BYTES_MAX (48 + HIST_BUCKETS * 12)

static uint64_t random_next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* DMABENCH_TEST_SEED repeats a run that failed. */
static uint64_t fuzz_seed(const char *test)
{
	const char *given = getenv("DMABENCH_TEST_SEED");
	uint64_t seed = given ? strtoull(given, NULL, 0) : (uint64_t)time(NULL) | 1;

	print_message("%s: DMABENCH_TEST_SEED=%llu\n", test, (unsigned long long)seed);
	return seed ? seed : 1;
}

static void assert_equal_hists(const struct hist *a, const struct hist *b)
{
	assert_true(a->count == b->count && a->refused == b->refused);
	assert_true(a->min == b->min && a->max == b->max && a->sum == b->sum);
	assert_memory_equal(a->bucket, b->bucket, sizeof(a->bucket));
}

static void random_hist(struct hist *hist, unsigned values, uint64_t *seed)
{
	hist_init(hist);
	for (unsigned i = 0; i < values; i++)
		hist_record(hist, random_next(seed) >> (23 + random_next(seed) % 41));
}

/* 5, 5, 300 and one refused: buckets 5 and 278 (128 + 300 / 2), sum 310 = 0x4073600000000000. */
static const unsigned char golden[] = "\x01\x08\x28\x00"
				      "\x03\0\0\0\0\0\0\0"
				      "\x01\0\0\0\0\0\0\0"
				      "\x05\0\0\0\0\0\0\0"
				      "\x2c\x01\0\0\0\0\0\0"
				      "\0\0\0\0\0\x60\x73\x40"
				      "\x02\0\0\0"
				      "\x05\x02"
				      "\x91\x02\x01";
#define GOLDEN_BYTES (sizeof(golden) - 1)

static void golden_bytes(void **state)
{
	(void)state;
	unsigned char bytes[GOLDEN_BYTES];
	struct hist hist, back;

	hist_init(&hist);
	hist_record(&hist, 5);
	hist_record(&hist, 5);
	hist_record(&hist, 300);
	hist_record(&hist, TOP + 1);
	assert_int_equal(hist_encode(&hist, NULL, 0), GOLDEN_BYTES);
	assert_int_equal(hist_encode(&hist, bytes, sizeof(bytes)), GOLDEN_BYTES);
	assert_memory_equal(bytes, golden, GOLDEN_BYTES);
	assert_int_equal(hist_decode(&back, golden, GOLDEN_BYTES), 0);
	assert_equal_hists(&back, &hist);
}

static void assert_round_trip(const struct hist *hist)
{
	struct hist back;
	long need = hist_encode(hist, NULL, 0);
	unsigned char *bytes = malloc((size_t)need);

	assert_non_null(bytes);
	assert_int_equal(hist_encode(hist, bytes, (size_t)need), need);
	assert_int_equal(hist_decode(&back, bytes, (size_t)need), 0);
	assert_equal_hists(&back, hist);
	free(bytes);
}

static void round_trips(void **state)
{
	(void)state;
	uint64_t seed = 17;
	struct hist hist, scaled;

	hist_init(&hist);
	assert_round_trip(&hist);
	hist_record(&hist, 0);
	assert_round_trip(&hist);
	hist_record(&hist, TOP);
	assert_round_trip(&hist);
	for (unsigned values = 1; values < 5000; values = values * 3 + 1) {
		random_hist(&hist, values, &seed);
		assert_round_trip(&hist);
		hist_scale(&scaled, &hist, 0.3571);
		assert_round_trip(&scaled);
		hist_scale(&scaled, &hist, 3.5);
		assert_round_trip(&scaled);
	}
}

static void full_histogram_round_trips(void **state)
{
	(void)state;
	struct hist hist;

	hist_init(&hist);
	for (uint32_t i = 0; i < HIST_BUCKETS; i++)
		hist_record(&hist, hist_lower(i));
	hist.bucket[0] += UINT64_C(1) << 62;
	hist.count += UINT64_C(1) << 62;
	assert_round_trip(&hist);
	assert_true(hist_encode(&hist, NULL, 0) <= BYTES_MAX);
}

static void too_little_room(void **state)
{
	(void)state;
	unsigned char bytes[256];
	uint64_t seed = 3;
	struct hist hist;

	random_hist(&hist, 20, &seed);
	long need = hist_encode(&hist, NULL, 0);

	assert_true(need < 256);
	for (long room = 0; room < need; room++) {
		memset(bytes, 0xa5, sizeof(bytes));
		assert_int_equal(hist_encode(&hist, bytes, (size_t)room), -ENOSPC);
		assert_int_equal(bytes[room], 0xa5);
	}
	assert_int_equal(hist_encode(&hist, bytes, (size_t)need), need);
}

static void refuse(const unsigned char *bytes, size_t len_bytes)
{
	struct hist hist;

	assert_int_equal(hist_decode(&hist, bytes, len_bytes), -EINVAL);
	assert_true(hist.count == 0 && hist.min == UINT64_MAX);
}

static void cut_and_extended_bytes_are_refused(void **state)
{
	(void)state;
	unsigned char bytes[1024] = {0};
	uint64_t seed = 9;
	struct hist hist;

	random_hist(&hist, 50, &seed);
	long need = hist_encode(&hist, bytes, sizeof(bytes));

	assert_true(need > 0 && (size_t)need < sizeof(bytes));
	for (size_t len_bytes = 0; len_bytes < (size_t)need; len_bytes++)
		refuse(bytes, len_bytes);
	refuse(bytes, (size_t)need + 1);
	refuse(NULL, 0);
}

/* One contradiction at a time, in the bytes of {5, 5, 300}. */
static void each_contradiction_is_refused(void **state)
{
	(void)state;
	static const struct {
		size_t offset;
		unsigned char value;
	} change[] = {
		{0, 2},     /* version */
		{1, 7},     /* layout */
		{2, 41},    /* layout */
		{3, 1},     /* reserved */
		{4, 4},     /* count is not the sum of the buckets */
		{20, 4},    /* min below the lowest bucket */
		{20, 6},    /* min above it */
		{21, 2},    /* min above max */
		{28, 0x2e}, /* max in the next bucket */
		{33, 1},    /* max above the top */
		{43, 0x7f}, /* sum not a number or huge */
		{43, 0xc0}, /* sum below zero */
		{42, 0x93}, /* mean above max */
		{44, 1},    /* a pair left over */
		{44, 3},    /* a pair missing */
		{47, 0x80}, /* far too many pairs */
		{48, 4},    /* first bucket another than min's */
		{49, 3},    /* count */
		{49, 0},    /* count of zero */
		{51, 0x22}, /* bucket out of range: 5 + 0x11 + 0x22 * 128 = 4374 */
		{51, 0x82}, /* LEB128 that runs into the next field */
	};
	unsigned char bytes[53];
	struct hist hist;

	for (size_t i = 0; i < sizeof(change) / sizeof(*change); i++) {
		hist_init(&hist);
		hist_record(&hist, 5);
		hist_record(&hist, 5);
		hist_record(&hist, 300);
		assert_int_equal(hist_encode(&hist, bytes, sizeof(bytes)), sizeof(bytes));
		assert_int_equal(hist_decode(&hist, bytes, sizeof(bytes)), 0);
		assert_int_not_equal(bytes[change[i].offset], change[i].value);
		bytes[change[i].offset] = change[i].value;
		refuse(bytes, sizeof(bytes));
	}
}

/* 5 + 4347 is one bucket too far. */
static void the_bucket_behind_the_last_is_refused(void **state)
{
	(void)state;
	unsigned char bytes[GOLDEN_BYTES];

	memcpy(bytes, golden, sizeof(bytes));
	bytes[50] = 0xfb;
	bytes[51] = 0x21;
	refuse(bytes, sizeof(bytes));
}

static void longer_leb128_than_needed_is_refused(void **state)
{
	(void)state;
	unsigned char bytes[64];
	struct hist hist;

	hist_init(&hist);
	hist_record(&hist, 5);
	assert_int_equal(hist_encode(&hist, bytes, sizeof(bytes)), 50);
	bytes[49] = 0x81;
	bytes[50] = 0;
	refuse(bytes, 51);
}

static void counts_that_wrap_are_refused(void **state)
{
	(void)state;
	unsigned char bytes[128];
	struct hist hist;

	/* Three buckets whose counts add up to 2^64 + 1; the header says 1. */
	hist_init(&hist);
	hist.bucket[1] = hist.bucket[2] = UINT64_C(1) << 63;
	hist.bucket[3] = 1;
	hist.count = 1;
	hist.min = 1;
	hist.max = 3;
	hist.sum = 2;
	long used = hist_encode(&hist, bytes, sizeof(bytes));

	assert_true(used > 0);
	refuse(bytes, (size_t)used);
}

/* What the decoder accepts must be something the encoder writes: byte for byte the same again. */
static void assert_refused_or_canonical(const unsigned char *bytes, size_t len_bytes)
{
	static unsigned char again[BYTES_MAX];
	struct hist hist;

	/* Exactly as long as the input, so that a sanitizer sees every read behind it. */
	unsigned char *copy = malloc(len_bytes ? len_bytes : 1);

	assert_non_null(copy);
	memcpy(copy, bytes, len_bytes);
	int rc = hist_decode(&hist, copy, len_bytes);

	free(copy);
	if (rc) {
		assert_int_equal(rc, -EINVAL);
		return;
	}
	uint64_t total = 0;

	for (uint32_t i = 0; i < HIST_BUCKETS; i++)
		total += hist.bucket[i];
	assert_true(total == hist.count);
	assert_true(!hist.count || hist.min <= hist.max);
	assert_int_equal(hist_encode(&hist, again, sizeof(again)), len_bytes);
	assert_memory_equal(again, bytes, len_bytes);
}

static void random_bytes_never_crash(void **state)
{
	(void)state;
	uint64_t seed = fuzz_seed("random_bytes_never_crash");
	unsigned char bytes[512] = {0};

	for (int round = 0; round < 20000; round++) {
		size_t len_bytes = random_next(&seed) % (sizeof(bytes) + 1);

		for (size_t i = 0; i < len_bytes; i++)
			bytes[i] = (unsigned char)(random_next(&seed) >> 24);
		/* Half of them get past the first checks. */
		if (len_bytes >= 48 && (round & 1)) {
			memcpy(bytes, (unsigned char[]){1, 8, 40, 0}, 4);
			memset(bytes + 46, 0, 2);
		}
		assert_refused_or_canonical(bytes, len_bytes);
	}
}

static void mutated_bytes_never_crash(void **state)
{
	(void)state;
	uint64_t seed = fuzz_seed("mutated_bytes_never_crash");
	static unsigned char bytes[BYTES_MAX];
	struct hist hist;

	for (int round = 0; round < 20000; round++) {
		if (round % 100 == 0)
			random_hist(&hist, 1 + (unsigned)(random_next(&seed) % 40), &seed);
		long used = hist_encode(&hist, bytes, sizeof(bytes));
		size_t len_bytes = (size_t)used;

		for (uint64_t changes = 1 + random_next(&seed) % 4; changes; changes--) {
			size_t at = random_next(&seed) % len_bytes;

			if (random_next(&seed) & 1)
				bytes[at] ^= (unsigned char)(1u << (random_next(&seed) & 7));
			else
				bytes[at] = (unsigned char)(random_next(&seed) >> 24);
		}
		if (random_next(&seed) % 8 == 0)
			len_bytes -= random_next(&seed) % len_bytes;
		assert_refused_or_canonical(bytes, len_bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(golden_bytes),
		cmocka_unit_test(round_trips),
		cmocka_unit_test(full_histogram_round_trips),
		cmocka_unit_test(too_little_room),
		cmocka_unit_test(cut_and_extended_bytes_are_refused),
		cmocka_unit_test(each_contradiction_is_refused),
		cmocka_unit_test(the_bucket_behind_the_last_is_refused),
		cmocka_unit_test(longer_leb128_than_needed_is_refused),
		cmocka_unit_test(counts_that_wrap_are_refused),
		cmocka_unit_test(random_bytes_never_crash),
		cmocka_unit_test(mutated_bytes_never_crash),
	};

	return cmocka_run_group_tests_name("stored histogram", tests, NULL, NULL);
}
