// SPDX-License-Identifier: BSD-2-Clause
/* inflight_test.c: which transfers share bytes, against a comparison of all with all. */
#include "drivers/videoport/dma_testing.h"

#define USES  48
#define PAGES 24

static struct inflight_use use_of(
	const uint64_t *pfn, uint32_t offset, uint32_t len_bytes, bool write)
{
	return (struct inflight_use){
		.pfn = pfn + offset / PAGE_BYTES,
		.pages = (uint32_t)page_span(offset, len_bytes),
		.offset = offset % PAGE_BYTES,
		.len_bytes = len_bytes,
		.write = write,
	};
}

static void check_empty(const struct inflight *inflight)
{
	for (unsigned i = 0; i < INFLIGHT_BUCKETS; i++)
		assert_null(inflight->bucket[i]);
}

/* Frames 100 .. 123, in no order. */
static void frames_shuffle(uint64_t *pfn)
{
	for (unsigned i = 0; i < PAGES; i++)
		pfn[i] = 100 + i * 7 % PAGES;
}

static void bytes_of_the_same_page_may_be_different_ones(void **state)
{
	static struct inflight inflight;
	uint64_t pfn[PAGES];
	struct inflight_use first, second, third;
	struct inflight_clash clash;

	(void)state;
	frames_shuffle(pfn);
	assert_int_equal(inflight_init(&inflight), 0);
	first = use_of(pfn, 0, 100, true);
	second = use_of(pfn, 100, 3996, true); /* to the end of the page */
	third = use_of(pfn, 99, 2, false);
	first.origin.serial = 7;
	assert_false(inflight_add(&inflight, &first, &clash));
	assert_false(inflight_add(&inflight, &second, &clash));
	assert_true(inflight_add(&inflight, &third, &clash));
	assert_int_equal(clash.pfn, pfn[0]);
	assert_true(clash.write);
	inflight_remove(&inflight, &second);
	inflight_remove(&inflight, &third);
	assert_true(inflight_add(&inflight, &third, &clash));
	assert_int_equal(clash.origin.serial, 7);
	inflight_remove(&inflight, &first);
	inflight_remove(&inflight, &third);
	inflight_remove(&inflight, &third); /* removed already */
	check_empty(&inflight);
	inflight_fini(&inflight);
	inflight_fini(&inflight);
}

/* A page in the middle of a transfer is its own whole. */
static void the_middle_of_a_transfer_has_no_gaps(void **state)
{
	static struct inflight inflight;
	uint64_t pfn[PAGES];
	struct inflight_use large, small;
	struct inflight_clash clash;

	(void)state;
	frames_shuffle(pfn);
	assert_int_equal(inflight_init(&inflight), 0);
	large = use_of(pfn, 4000, 3 * PAGE_BYTES, false);
	small = use_of(pfn, 2 * PAGE_BYTES + 5, 1, true);
	assert_false(inflight_add(&inflight, &large, &clash));
	assert_true(inflight_add(&inflight, &small, &clash));
	assert_int_equal(clash.pfn, pfn[2]);
	assert_false(clash.write);
	inflight_remove(&inflight, &large);
	assert_true(inflight_add(&inflight, &large, &clash)); /* the other way round */
	inflight_remove(&inflight, &small);
	inflight_remove(&inflight, &large);
	inflight_fini(&inflight);
}

static bool uses_clash(
	const struct inflight_use *a, uint32_t a_at, const struct inflight_use *b, uint32_t b_at)
{
	return (a->write || b->write) && a_at < b_at + b->len_bytes && b_at < a_at + a->len_bytes;
}

static void property_as_comparing_all_with_all(void **state)
{
	static struct inflight inflight;
	static struct inflight_use use[USES];
	uint32_t at[USES];
	bool live[USES] = {false};
	uint64_t pfn[PAGES];
	uint64_t seed = property_seed("property_as_comparing_all_with_all");

	(void)state;
	frames_shuffle(pfn);
	assert_int_equal(inflight_init(&inflight), 0);
	for (unsigned step = 0; step < 20000; step++) {
		unsigned i = (unsigned)property_next(&seed, USES);
		struct inflight_clash clash;
		bool expected = false;

		if (live[i]) {
			inflight_remove(&inflight, &use[i]);
			live[i] = false;
			continue;
		}
		at[i] = (uint32_t)property_next(&seed, (PAGES - 4) * PAGE_BYTES);
		use[i] = use_of(pfn, at[i],
			1 + (uint32_t)property_next(&seed, step % 2 ? 100 : 3 * PAGE_BYTES),
			property_next(&seed, 3) == 0);
		for (unsigned j = 0; j < USES; j++)
			expected = expected ||
			           (live[j] && uses_clash(&use[i], at[i], &use[j], at[j]));
		assert_int_equal(inflight_add(&inflight, &use[i], &clash), expected);
		live[i] = true;
	}
	for (unsigned i = 0; i < USES; i++)
		inflight_remove(&inflight, &use[i]);
	check_empty(&inflight);
	inflight_fini(&inflight);
}

/* Pages that cannot be counted are not compared; nothing is counted twice or taken back twice. */
static void without_memory_pages_are_lost_from_sight(void **state)
{
	static struct inflight inflight;
	uint64_t pfn[PAGES];
	struct inflight_use unseen, seen, third;
	struct inflight_clash clash;

	(void)state;
	frames_shuffle(pfn);
	fault_arm(1, false);
	assert_int_equal(inflight_init(&inflight), -ENOMEM);
	fault_arm(0, false);
	assert_int_equal(inflight_init(&inflight), 0);
	unseen = use_of(pfn, 0, 100, true);
	seen = third = unseen;
	fault_arm(1, false);
	assert_false(inflight_add(&inflight, &unseen, &clash));
	fault_arm(0, false);
	assert_int_equal(unseen.counted, 0);
	assert_false(inflight_add(&inflight, &seen, &clash));
	inflight_remove(&inflight, &unseen);
	assert_true(inflight_add(&inflight, &third, &clash));
	inflight_remove(&inflight, &seen);
	inflight_remove(&inflight, &third);
	inflight_fini(&inflight);
}

/* Behind the most users that a page can be counted for it is lost from sight, for the one too many alone. */
static void more_users_than_can_be_counted_are_lost_from_sight(void **state)
{
	enum { MOST = 0xFFFF };
	static struct inflight inflight;
	static struct inflight_use use[MOST];
	uint64_t pfn[PAGES];
	struct inflight_use late, writer;
	struct inflight_clash clash;

	(void)state;
	frames_shuffle(pfn);
	assert_int_equal(inflight_init(&inflight), 0);
	for (unsigned i = 0; i < MOST; i++) {
		use[i] = use_of(pfn, 0, 100, false);
		assert_false(inflight_add(&inflight, &use[i], &clash));
		assert_int_equal(use[i].counted, 1);
	}
	late = use_of(pfn, 0, 100, false);
	writer = use_of(pfn, 200, 100, true);
	assert_false(inflight_add(&inflight, &late, &clash));
	assert_int_equal(late.counted, 0);
	inflight_remove(&inflight, &late);
	inflight_remove(&inflight, &use[0]);
	assert_false(inflight_add(&inflight, &writer, &clash));
	assert_int_equal(writer.counted, 1);
	inflight_remove(&inflight, &writer);
	for (unsigned i = 1; i < MOST; i++)
		inflight_remove(&inflight, &use[i]);
	/* Nobody is left: not even a writer of the whole page meets one. */
	writer = use_of(pfn, 0, PAGE_BYTES, true);
	assert_false(inflight_add(&inflight, &writer, &clash));
	inflight_remove(&inflight, &writer);
	check_empty(&inflight);
	inflight_fini(&inflight);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_of_the_same_page_may_be_different_ones),
		cmocka_unit_test(the_middle_of_a_transfer_has_no_gaps),
		cmocka_unit_test(property_as_comparing_all_with_all),
		cmocka_unit_test(more_users_than_can_be_counted_are_lost_from_sight),
		cmocka_unit_test(without_memory_pages_are_lost_from_sight),
	};

	return cmocka_run_group_tests_name("bytes in flight", tests, NULL, NULL);
}
