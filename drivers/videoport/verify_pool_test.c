// SPDX-License-Identifier: BSD-2-Clause
/* verify_pool_test.c: rules 801 to 808 and 810, each broken and kept, and the quarantine's bounds. */
#include "drivers/videoport/guard.h"
#include "drivers/videoport/testing.h"

#define TAG 0x74736574u /* 'test' */

static unsigned char *allocate(struct test_port *port, size_t bytes)
{
	unsigned char *block = VideoPortAllocatePool(port->ext, VpNonPagedPool, bytes, TAG);

	assert_non_null(block);
	return block;
}

static void rule_801_broken_no_bytes_or_no_type(void **state)
{
	TEST_VERIFIED_PORT(port);

	assert_null(VideoPortAllocatePool(port.ext, VpNonPagedPool, 0, TAG));
	test_expect_broken(&port, 801);
	assert_null(VideoPortAllocatePool(port.ext, (VP_POOL_TYPE)2, 10, TAG));
	test_expect_broken(&port, 801);
	test_port_close(&port);
}

static void rule_802_broken_paged_pool_at_dispatch(void **state)
{
	TEST_VERIFIED_PORT(port);
	PVOID block = VideoPortAllocatePool(port.ext, VpPagedPool, 10, TAG);
	struct videoport_usage usage;
	unsigned old = irql_raise(IRQL_DISPATCH);

	assert_null(VideoPortAllocatePool(port.ext, VpPagedPoolCacheAligned, 10, TAG));
	test_expect_broken(&port, 802);
	VideoPortFreePool(port.ext, block);
	irql_lower(old);
	test_expect_origin(&port, 802);
	videoport_usage(port.vp, &usage);
	assert_int_equal(usage.pool_blocks, 0); /* it was freed even so */
	test_port_close(&port);
}

static void rule_801_802_kept_by_non_paged_pool_at_dispatch(void **state)
{
	TEST_VERIFIED_PORT(port);
	unsigned old = irql_raise(IRQL_DISPATCH);

	VideoPortFreePool(port.ext, allocate(&port, 1));
	irql_lower(old);
	VideoPortFreePool(port.ext, VideoPortAllocatePool(port.ext, VpPagedPool, 10, TAG));
	test_expect_no_events(&port);
	test_port_close(&port);
}

static void rule_803_broken_never_allocated(void **state)
{
	TEST_VERIFIED_PORT(port);
	unsigned char *block = allocate(&port, 100);

	for (unsigned i = 0; i < TEST_STRANGERS; i++) {
		VideoPortFreePool(port.ext, test_stranger(i));
		test_expect_broken(&port, 803);
	}
	VideoPortFreePool(port.ext, block + 1);
	test_expect_broken(&port, 803);
	VideoPortFreePool(port.ext, block);
	test_expect_no_events(&port);
	test_port_close(&port);
}

static void rule_804_broken_freed_twice(void **state)
{
	TEST_VERIFIED_PORT(port);
	unsigned char *block = allocate(&port, 100), *other = allocate(&port, 100);

	VideoPortFreePool(port.ext, block);
	VideoPortFreePool(port.ext, block);
	test_expect_origin(&port, 804);
	VideoPortFreePool(port.ext, other);
	VideoPortFreePool(port.ext, block);
	test_expect_origin(&port, 804);
	test_port_close(&port);
}

static void rule_803_804_kept_by_one_free_for_each(void **state)
{
	TEST_VERIFIED_PORT(port);

	for (size_t bytes = 1; bytes < 100000; bytes = bytes * 2 + 1) {
		unsigned char *block = allocate(&port, bytes);

		memset(block, 0xFF, bytes);
		VideoPortFreePool(port.ext, block);
	}
	test_expect_no_events(&port);
	test_port_close(&port);
}

static void rule_805_broken_a_negative_index(void **state)
{
	TEST_VERIFIED_PORT(port);

	for (size_t before = 1; before <= 256; before += 15) {
		unsigned char *block = allocate(&port, 64);

		*(block - before) = 0;
		VideoPortFreePool(port.ext, block);
		test_expect_origin(&port, 805);
	}
	test_port_close(&port);
}

static void rule_806_broken_an_index_past_the_end(void **state)
{
	TEST_VERIFIED_PORT(port);

	for (size_t bytes = 1; bytes < 200; bytes += 9) {
		unsigned char *block = allocate(&port, bytes);

		block[bytes] = '\n'; /* off by one, as they are */
		VideoPortFreePool(port.ext, block);
		test_expect_origin(&port, 806);
		block = allocate(&port, bytes);
		memset(block, 0, bytes + 256);
		VideoPortFreePool(port.ext, block);
		test_expect_origin(&port, 806);
	}
	/* Damage done while they lived is no write after they were freed. */
	videoport_stop(port.vp);
	assert_int_equal(videoport_rule_count(port.vp, 807), 0);
	test_port_close(&port);
}

static void rule_805_806_kept_by_the_bytes_asked_for(void **state)
{
	TEST_VERIFIED_PORT(port);

	for (size_t bytes = 1; bytes < 300; bytes++) {
		unsigned char *block = allocate(&port, bytes);

		assert_int_equal((uintptr_t)block % CACHE_LINE_BYTES, 0);
		for (size_t i = 0; i < bytes; i++)
			assert_int_equal(block[i], 0);
		memset(block, 0, bytes);
		VideoPortFreePool(port.ext, block);
	}
	test_expect_no_events(&port);
	test_port_close(&port);
}

/* Found when other blocks push it out. */
static void rule_807_broken_written_after_free(void **state)
{
	TEST_VERIFIED_PORT(port);
	unsigned char *block = allocate(&port, 100);

	VideoPortFreePool(port.ext, block);
	block[99] = 1;
	for (unsigned i = 0; i < POOL_QUARANTINE_BLOCKS - 1; i++)
		VideoPortFreePool(port.ext, allocate(&port, 100));
	test_expect_no_events(&port);
	VideoPortFreePool(port.ext, allocate(&port, 100));
	assert_non_null(strstr(test_expect_broken(&port, 807).message, "byte 99"));
	test_port_close(&port);
}

/* Or when nothing comes after it any more; behind its end counts too. */
static void rule_807_broken_and_found_at_unload(void **state)
{
	TEST_VERIFIED_PORT(port);
	unsigned char *block = allocate(&port, 100);

	VideoPortFreePool(port.ext, block);
	block[110] = 1;
	videoport_stop(port.vp);
	assert_int_equal(videoport_rule_count(port.vp, 807), 1);
	test_port_close(&port);
}

static void rule_807_kept_by_leaving_freed_blocks_alone(void **state)
{
	TEST_VERIFIED_PORT(port);
	unsigned char *live = allocate(&port, 100);

	for (unsigned i = 0; i < 3 * POOL_QUARANTINE_BLOCKS; i++) {
		VideoPortFreePool(port.ext, allocate(&port, 100 + i));
		memset(live, (int)i, 100);
	}
	VideoPortFreePool(port.ext, live);
	test_expect_no_events(&port);
	videoport_stop(port.vp);
	assert_int_equal(videoport_rule_count(port.vp, 807), 0);
	test_port_close(&port);
}

static void the_quarantine_is_bounded(void **state)
{
	TEST_VERIFIED_PORT(port);
	const struct pool_quarantine *quarantine = &port.vp->quarantine;

	for (unsigned i = 0; i < 500; i++) {
		VideoPortFreePool(port.ext, allocate(&port, 1 + i * 37 % 20000));
		assert_true(quarantine->count <= POOL_QUARANTINE_BLOCKS);
		assert_true(quarantine->bytes <= POOL_QUARANTINE_BYTES);
	}
	/* Larger than the whole of it: alone, until the next one comes. */
	unsigned char *large = allocate(&port, POOL_QUARANTINE_BYTES + 1);
	VideoPortFreePool(port.ext, large);
	assert_int_equal(quarantine->count, 1);
	VideoPortFreePool(port.ext, large);
	test_expect_broken(&port, 804);
	VideoPortFreePool(port.ext, allocate(&port, 1));
	assert_int_equal(quarantine->count, 1);
	assert_int_equal(quarantine->bytes, 1);
	test_port_close(&port);
}

static void rule_808_broken_never_freed(void **state)
{
	TEST_VERIFIED_PORT(port);
	unsigned char *block = allocate(&port, 100);

	allocate(&port, 50);
	block[-1] = 0;
	block[100] = 0;
	videoport_stop(port.vp);
	assert_int_equal(videoport_rule_count(port.vp, 808), 2);
	assert_int_equal(videoport_rule_count(port.vp, 805), 1);
	assert_int_equal(videoport_rule_count(port.vp, 806), 1);
	test_port_close(&port);
}

static void rule_808_kept_by_free(void **state)
{
	TEST_VERIFIED_PORT(port);

	VideoPortFreePool(port.ext, allocate(&port, 100));
	videoport_stop(port.vp);
	assert_int_equal(videoport_rule_count(port.vp, 808), 0);
	test_port_close(&port);
}

static void rule_810_broken_no_readable_tag(void **state)
{
	TEST_VERIFIED_PORT(port);
	const ULONG tags[] = {0, 0x00736574, 0x74736500, 0x7F736574, 0x74731F74, 0x80736574};

	for (unsigned i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
		assert_non_null(VideoPortAllocatePool(port.ext, VpNonPagedPool, 10, tags[i]));
		assert_int_equal(test_expect_broken(&port, 810).severity, VIDEOPORT_WARNING);
	}
	test_port_close(&port);
}

static void rule_810_kept_by_four_characters(void **state)
{
	TEST_VERIFIED_PORT(port);

	assert_non_null(VideoPortAllocatePool(port.ext, VpNonPagedPool, 10, TAG));
	assert_non_null(VideoPortAllocatePool(port.ext, VpNonPagedPool, 10, 0x207E2121));
	test_expect_no_events(&port);
	test_port_close(&port);
}

/* With the verifier off a block is what was asked for, and what a free shows by itself is still told. */
static void without_the_verifier_blocks_are_plain(void **state)
{
	struct test_port port = test_port_open();
	unsigned char *block = VideoPortAllocatePool(port.ext, VpNonPagedPool, 100, 0);

	(void)state;
	test_expect_no_events(&port);
	VideoPortFreePool(port.ext, block);
	assert_int_equal(port.vp->quarantine.count, 0);
	VideoPortFreePool(port.ext, block);
	test_expect_broken(&port, 803);
	VideoPortAllocatePool(port.ext, VpPagedPool, 100, 0);
	videoport_stop(port.vp);
	assert_int_equal(videoport_rule_count(port.vp, 808), 1);
	test_port_close(&port);
}

static void pool_that_cannot_be_had_leaves_nothing(void **state)
{
	TEST_VERIFIED_PORT(port);
	struct videoport_usage usage;

	assert_null(VideoPortAllocatePool(port.ext, VpNonPagedPool, SIZE_MAX, TAG));
	assert_null(VideoPortAllocatePool(port.ext, VpNonPagedPool, PTRDIFF_MAX, TAG));
	fault_arm(1, false);
	assert_null(VideoPortAllocatePool(port.ext, VpPagedPool, 10, TAG));
	fault_arm(0, false);
	videoport_usage(port.vp, &usage);
	assert_int_equal(usage.pool_blocks, 0);
	test_expect_no_events(&port);
	test_port_close(&port);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_case(rule_801_broken_no_bytes_or_no_type),
		test_case(rule_802_broken_paged_pool_at_dispatch),
		test_case(rule_801_802_kept_by_non_paged_pool_at_dispatch),
		test_case(rule_803_broken_never_allocated),
		test_case(rule_804_broken_freed_twice),
		test_case(rule_803_804_kept_by_one_free_for_each),
		test_case(rule_805_broken_a_negative_index),
		test_case(rule_806_broken_an_index_past_the_end),
		test_case(rule_805_806_kept_by_the_bytes_asked_for),
		test_case(rule_807_broken_written_after_free),
		test_case(rule_807_broken_and_found_at_unload),
		test_case(rule_807_kept_by_leaving_freed_blocks_alone),
		test_case(the_quarantine_is_bounded),
		test_case(rule_808_broken_never_freed),
		test_case(rule_808_kept_by_free),
		test_case(rule_810_broken_no_readable_tag),
		test_case(rule_810_kept_by_four_characters),
		test_case(without_the_verifier_blocks_are_plain),
		test_case(pool_that_cannot_be_had_leaves_nothing),
	};

	return cmocka_run_group_tests_name("rules 8xx", tests, NULL, NULL);
}
