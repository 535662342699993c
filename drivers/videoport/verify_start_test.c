// SPDX-License-Identifier: BSD-2-Clause
/* verify_start_test.c: the verifier's rules of starting a transfer, 401 to 410 and 422; broken, kept. */
#include "drivers/videoport/verify_testing.h"

/* ---- what is passed to VideoPortStartDma --------------------------------------------------------- */

static void rule_401_broken_unlocked_before(void **state)
{
	struct fixture *f = *state;
	PVOID mdl = VideoPortLockBuffer(f->bench->extension, f->bench->buffer, 100, VpReadAccess);

	VideoPortUnlockBuffer(f->bench->extension, mdl);
	assert_int_equal(start_as(f, &f->caught, mdl, 0, 100, TRUE), ERROR_INVALID_PARAMETER);
	bench_expect(f->bench, RULE_START_UNLOCKED);
	assert_int_equal(f->caught.calls, 0);
}

static void rule_401_kept_locked_now(void **state)
{
	whole_transfer(*state, 0, 100, TRUE);
}

static void rule_402_broken_an_address(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(
		start_as(f, &f->caught, f->bench->buffer, 0, 100, TRUE), ERROR_INVALID_PARAMETER);
	bench_expect(f->bench, RULE_START_MDL_UNKNOWN);
	assert_int_equal(start_as(f, &f->caught, NULL, 0, 100, TRUE), ERROR_INVALID_PARAMETER);
	bench_expect(f->bench, RULE_START_MDL_UNKNOWN);
}

static void rule_402_kept_the_returned_pointer(void **state)
{
	whole_transfer(*state, 4096, 4096, FALSE);
}

static void rule_403_broken_no_length(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(VideoPortStartDma(f->bench->extension, f->adapter, f->mdl, 0, NULL,
				 catch_list, &f->caught, TRUE),
		ERROR_INVALID_PARAMETER);
	bench_expect(f->bench, RULE_START_NO_LENGTH);
}

static void rule_403_kept_a_length(void **state)
{
	whole_transfer(*state, 0, 1, TRUE);
}

static void rule_404_broken_no_routine(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(VideoPortStartDma(f->bench->extension, f->adapter, f->mdl, 0, &f->length,
				 NULL, &f->caught, TRUE),
		ERROR_INVALID_PARAMETER);
	bench_expect(f->bench, RULE_START_NO_ROUTINE);
}

static void rule_404_kept_a_routine_without_context(void **state)
{
	struct fixture *f = *state;

	whole_transfer(f, 0, 1, TRUE);
	assert_int_equal(f->caught.calls, 1);
}

static void rule_405_broken_nothing_to_move(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(start(f, 0, 0, TRUE), ERROR_INVALID_PARAMETER);
	assert_non_null(strstr(bench_expect(f->bench, RULE_START_ZERO)->origin, "object"));
}

static void rule_405_kept_one_byte(void **state)
{
	whole_transfer(*state, 65535, 1, TRUE);
}

static void rule_406_broken_behind_the_buffer(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(start(f, 65536, 1, TRUE), ERROR_INVALID_PARAMETER);
	bench_expect(f->bench, RULE_START_OFFSET);
	assert_int_equal(start(f, UINT32_MAX, 1, TRUE), ERROR_INVALID_PARAMETER);
	bench_expect(f->bench, RULE_START_OFFSET);
}

static void rule_406_kept_the_last_byte(void **state)
{
	whole_transfer(*state, 65535, 1, FALSE);
}

static void rule_407_broken_ends_behind_the_buffer(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(start(f, 65000, 537, TRUE), NO_ERROR);
	assert_int_equal(bench_expect(f->bench, RULE_START_LENGTH)->severity, VIDEOPORT_WARNING);
	assert_int_equal(f->length, 536);
	assert_int_equal(complete(f, f->caught.list, TRUE), NO_ERROR);
	assert_int_equal(start(f, 1, UINT32_MAX, TRUE), NO_ERROR);
	bench_expect(f->bench, RULE_START_LENGTH);
	assert_int_equal(complete(f, f->caught.list, TRUE), NO_ERROR);
}

static void rule_407_kept_ends_with_the_buffer(void **state)
{
	whole_transfer(*state, 65000, 536, TRUE);
}

static void rule_408_broken_into_memory_locked_for_reading(void **state)
{
	struct fixture *f = *state;
	PVOID mdl = VideoPortLockBuffer(f->bench->extension, f->bench->buffer, 100, VpReadAccess);

	assert_int_equal(start_as(f, &f->caught, mdl, 0, 100, FALSE), ERROR_INVALID_PARAMETER);
	bench_expect(f->bench, RULE_START_DIRECTION);
	VideoPortUnlockBuffer(f->bench->extension, mdl);
}

static void rule_408_kept_from_memory_locked_for_writing(void **state)
{
	struct fixture *f = *state;
	PVOID mdl = VideoPortLockBuffer(f->bench->extension, f->bench->buffer, 100, VpWriteAccess);

	assert_int_equal(start_as(f, &f->caught, mdl, 0, 100, FALSE), NO_ERROR);
	assert_int_equal(complete(f, f->caught.list, FALSE), NO_ERROR);
	assert_int_equal(start_as(f, &f->caught, mdl, 0, 100, TRUE), NO_ERROR);
	assert_int_equal(complete(f, f->caught.list, TRUE), NO_ERROR);
	VideoPortUnlockBuffer(f->bench->extension, mdl);
}

/* ---- overlap (409) -------------------------------------------------------------------------------- */

static void rule_409_broken_two_writers(void **state)
{
	struct fixture *f = *state;
	struct caught other = {0};

	assert_int_equal(start(f, 1000, 20000, FALSE), NO_ERROR);
	assert_int_equal(start_as(f, &other, f->mdl, 20999, 100, FALSE), NO_ERROR);
	assert_non_null(strstr(bench_expect(f->bench, RULE_START_OVERLAP)->origin, "object"));
	assert_int_equal(complete(f, f->caught.list, FALSE), NO_ERROR);
	assert_int_equal(complete(f, other.list, FALSE), NO_ERROR);
}

/* Through another lock of the same memory, and on another adapter. */
static void rule_409_broken_through_another_lock(void **state)
{
	struct fixture *f = *state;
	PVP_DMA_ADAPTER adapter = bench_adapter(f->bench, 65536);
	PVOID mdl = VideoPortLockBuffer(
		f->bench->extension, f->bench->buffer + 4096, 4096, VpWriteAccess);
	struct caught other = {0};
	ULONG length = 1;

	assert_int_equal(start(f, 0, 65536, FALSE), NO_ERROR);
	assert_int_equal(VideoPortStartDma(f->bench->extension, adapter, mdl, 77, &length,
				 catch_list, &other, FALSE),
		NO_ERROR);
	bench_expect(f->bench, RULE_START_OVERLAP);
	assert_int_equal(
		VideoPortCompleteDma(f->bench->extension, adapter, other.list, FALSE), NO_ERROR);
	assert_int_equal(complete(f, f->caught.list, FALSE), NO_ERROR);
	VideoPortUnlockBuffer(f->bench->extension, mdl);
	VideoPortPutDmaAdapter(f->bench->extension, adapter);
}

/* The mapping refuses a page in use the other way (D-4); the overlap is told of all the same. */
static void rule_409_broken_reader_and_writer(void **state)
{
	struct fixture *f = *state;
	struct caught other = {0};

	assert_int_equal(start(f, 0, 4096, TRUE), NO_ERROR);
	assert_int_equal(start_as(f, &other, f->mdl, 4095, 1, FALSE), ERROR_NOT_ENOUGH_MEMORY);
	bench_expect(f->bench, RULE_START_OVERLAP);
	assert_int_equal(complete(f, f->caught.list, TRUE), NO_ERROR);
	whole_transfer(f, 4095, 1, FALSE);
}

static void rule_409_kept_readers_share(void **state)
{
	struct fixture *f = *state;
	struct caught other = {0};

	assert_int_equal(start(f, 0, 40000, TRUE), NO_ERROR);
	assert_int_equal(start_as(f, &other, f->mdl, 100, 9000, TRUE), NO_ERROR);
	assert_int_equal(complete(f, other.list, TRUE), NO_ERROR);
	assert_int_equal(complete(f, f->caught.list, TRUE), NO_ERROR);
}

static void rule_409_kept_writers_of_neighbouring_bytes(void **state)
{
	struct fixture *f = *state;
	struct caught other[3] = {{0}};

	assert_int_equal(start(f, 5000, 100, FALSE), NO_ERROR);
	assert_int_equal(start_as(f, &other[0], f->mdl, 5100, 10000, FALSE), NO_ERROR);
	assert_int_equal(start_as(f, &other[1], f->mdl, 1000, 4000, FALSE), NO_ERROR);
	assert_int_equal(start_as(f, &other[2], f->mdl, 15100, 1, FALSE), NO_ERROR);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(complete(f, other[i].list, FALSE), NO_ERROR);
	assert_int_equal(complete(f, f->caught.list, FALSE), NO_ERROR);
	whole_transfer(f, 0, 65536, FALSE); /* nothing is left behind */
}

/* ---- Context (410) --------------------------------------------------------------------------------- */

static void context_in(struct fixture *f, VP_POOL_TYPE type)
{
	PVOID extension = f->bench->extension;
	struct caught *caught = VideoPortAllocatePool(
		extension, type, 2 * sizeof(*caught), 0x74736554);

	memset(caught, 0, 2 * sizeof(*caught));
	assert_int_equal(start_as(f, &caught[1], f->mdl, 0, 100, TRUE), NO_ERROR);
	assert_int_equal(complete(f, caught[1].list, TRUE), NO_ERROR);
	VideoPortFreePool(extension, caught);
}

static void rule_410_broken_in_paged_pool(void **state)
{
	struct fixture *f = *state;

	context_in(f, VpPagedPool);
	assert_non_null(strstr(bench_expect(f->bench, RULE_START_CONTEXT)->origin, "object"));
	context_in(f, VpPagedPoolCacheAligned);
	bench_expect(f->bench, RULE_START_CONTEXT);
}

static void rule_410_kept_in_non_paged_pool_and_elsewhere(void **state)
{
	struct fixture *f = *state;
	PVOID paged = VideoPortAllocatePool(f->bench->extension, VpPagedPool, 100, 0x74736554);
	struct caught on_stack = {0};

	context_in(f, VpNonPagedPool);
	context_in(f, VpNonPagedPoolCacheAligned);
	whole_transfer(f, 0, 100, TRUE); /* memory the port knows nothing of */
	assert_int_equal(start_as(f, &on_stack, f->mdl, 0, 100, TRUE), NO_ERROR);
	assert_int_equal(complete(f, on_stack.list, TRUE), NO_ERROR);
	VideoPortFreePool(f->bench->extension, paged);
	context_in(f, VpNonPagedPool);
}

/* ---- MaximumLength ----------------------------------------------------------------------------------- */

static void rule_422_broken_more_than_described(void **state)
{
	struct fixture *f = *state;
	PVP_DMA_ADAPTER adapter = bench_adapter(f->bench, 4096);

	for (unsigned i = 0; i < 2; i++) { /* told of once */
		f->length = 4097;
		assert_int_equal(VideoPortStartDma(f->bench->extension, adapter, f->mdl, i * 4096,
					 &f->length, catch_list, &f->caught, TRUE),
			NO_ERROR);
		assert_int_equal(f->length, 4096);
		VideoPortCompleteDma(f->bench->extension, adapter, f->caught.list, TRUE);
	}
	assert_int_equal(bench_expect(f->bench, RULE_PAST_MAXIMUM)->severity, VIDEOPORT_NOTE);
	f->length = 1;
	assert_int_equal(VideoPortStartDma(f->bench->extension, adapter, f->mdl, 8192, &f->length,
				 catch_list, &f->caught, TRUE),
		NO_ERROR);
	VideoPortCompleteDma(f->bench->extension, adapter, f->caught.list, TRUE);
	VideoPortPutDmaAdapter(f->bench->extension, adapter);
}

static void rule_422_kept_as_much_as_described(void **state)
{
	whole_transfer(*state, 0, 65536, TRUE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		VERIFY_TEST(rule_401_broken_unlocked_before),
		VERIFY_TEST(rule_401_kept_locked_now),
		VERIFY_TEST(rule_402_broken_an_address),
		VERIFY_TEST(rule_402_kept_the_returned_pointer),
		VERIFY_TEST(rule_403_broken_no_length),
		VERIFY_TEST(rule_403_kept_a_length),
		VERIFY_TEST(rule_404_broken_no_routine),
		VERIFY_TEST(rule_404_kept_a_routine_without_context),
		VERIFY_TEST(rule_405_broken_nothing_to_move),
		VERIFY_TEST(rule_405_kept_one_byte),
		VERIFY_TEST(rule_406_broken_behind_the_buffer),
		VERIFY_TEST(rule_406_kept_the_last_byte),
		VERIFY_TEST(rule_407_broken_ends_behind_the_buffer),
		VERIFY_TEST(rule_407_kept_ends_with_the_buffer),
		VERIFY_TEST(rule_408_broken_into_memory_locked_for_reading),
		VERIFY_TEST(rule_408_kept_from_memory_locked_for_writing),
		VERIFY_TEST(rule_409_broken_two_writers),
		VERIFY_TEST(rule_409_broken_through_another_lock),
		VERIFY_TEST(rule_409_broken_reader_and_writer),
		VERIFY_TEST(rule_409_kept_readers_share),
		VERIFY_TEST(rule_409_kept_writers_of_neighbouring_bytes),
		VERIFY_TEST(rule_410_broken_in_paged_pool),
		VERIFY_TEST(rule_410_kept_in_non_paged_pool_and_elsewhere),
		VERIFY_TEST(rule_422_broken_more_than_described),
		VERIFY_TEST(rule_422_kept_as_much_as_described),
	};

	return cmocka_run_group_tests_name("rules of starting transfers", tests, NULL, NULL);
}
