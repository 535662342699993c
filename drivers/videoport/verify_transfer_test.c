// SPDX-License-Identifier: BSD-2-Clause
/*
 * verify_transfer_test.c: the verifier's rules of transfers, 401 to 417 and 422; each broken, and kept
 * next to it. Those of bounce buffers stand in verify_bounce_test.c.
 */
#include "drivers/videoport/dma_testing.h"

struct fixture {
	struct bench *bench;
	PVP_DMA_ADAPTER adapter;
	PVOID mdl; /* 65536 bytes, VpModifyAccess */
	ULONG length;
	struct caught caught;
};

static int fixture_setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->bench = bench_open(
		(struct bench_options){.verify = true, .policy = {.fragmentation = 1}});
	f->adapter = bench_adapter(f->bench, 65536);
	f->mdl = VideoPortLockBuffer(f->bench->extension, f->bench->buffer, 65536, VpModifyAccess);
	f->length = 5000;
	f->caught.length = &f->length;
	*state = f;
	return 0;
}

static int fixture_teardown(void **state)
{
	struct fixture *f = *state;

	VideoPortUnlockBuffer(f->bench->extension, f->mdl);
	VideoPortPutDmaAdapter(f->bench->extension, f->adapter);
	bench_expect(f->bench, 0);
	assert_int_equal(bench_usage(f->bench).locks, 0);
	assert_int_equal(bench_usage(f->bench).adapters, 0);
	bench_close(f->bench);
	free(f);
	return 0;
}

static VP_STATUS start_as(struct fixture *f, struct caught *caught, PVOID mdl, ULONG offset,
	ULONG length, BOOLEAN write_to_device)
{
	f->length = length;
	return VideoPortStartDma(f->bench->extension, f->adapter, mdl, offset, &f->length,
		catch_list, caught, write_to_device);
}

static VP_STATUS start(struct fixture *f, ULONG offset, ULONG length, BOOLEAN write_to_device)
{
	return start_as(f, &f->caught, f->mdl, offset, length, write_to_device);
}

static VP_STATUS complete(struct fixture *f, PVP_SCATTER_GATHER_LIST list, BOOLEAN write_to_device)
{
	return VideoPortCompleteDma(f->bench->extension, f->adapter, list, write_to_device);
}

static void whole_transfer(struct fixture *f, ULONG offset, ULONG length, BOOLEAN write_to_device)
{
	assert_int_equal(start(f, offset, length, write_to_device), NO_ERROR);
	assert_int_equal(complete(f, f->caught.list, write_to_device), NO_ERROR);
	bench_expect(f->bench, 0);
}

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

/* ---- completing ------------------------------------------------------------------------------------- */

static void rule_411_broken_a_copy_of_the_list(void **state)
{
	struct fixture *f = *state;
	static VP_SCATTER_GATHER_LIST copy;

	assert_int_equal(start(f, 0, 100, TRUE), NO_ERROR);
	copy = *f->caught.list;
	assert_int_equal(complete(f, &copy, TRUE), ERROR_INVALID_PARAMETER);
	bench_expect(f->bench, RULE_COMPLETE_UNKNOWN);
	assert_int_equal(complete(f, NULL, TRUE), ERROR_INVALID_PARAMETER);
	bench_expect(f->bench, RULE_COMPLETE_UNKNOWN);
	/* An address that nobody may read is not read. */
	assert_int_equal(complete(f, (void *)(uintptr_t)0x1000, TRUE), ERROR_INVALID_PARAMETER);
	bench_expect(f->bench, RULE_COMPLETE_UNKNOWN);
	assert_int_equal(complete(f, f->caught.list, TRUE), NO_ERROR);
}

static void rule_411_kept_the_received_pointer(void **state)
{
	whole_transfer(*state, 0, 20000, TRUE);
}

static void rule_412_broken_twice(void **state)
{
	struct fixture *f = *state;

	whole_transfer(f, 0, 100, TRUE);
	assert_int_equal(complete(f, f->caught.list, TRUE), ERROR_INVALID_PARAMETER);
	assert_non_null(strstr(bench_expect(f->bench, RULE_COMPLETE_TWICE)->origin, "object"));
}

static void rule_412_kept_the_list_is_used_again(void **state)
{
	struct fixture *f = *state;
	PVP_SCATTER_GATHER_LIST list;

	whole_transfer(f, 0, 100, TRUE);
	list = f->caught.list;
	whole_transfer(f, 0, 100, TRUE);
	assert_ptr_equal(f->caught.list, list);
}

static void rule_413_broken_other_direction(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(start(f, 0, 100, FALSE), NO_ERROR);
	assert_int_equal(complete(f, f->caught.list, TRUE), NO_ERROR);
	bench_expect(f->bench, RULE_COMPLETE_DIRECTION);
}

static void rule_413_kept_any_true_is_true(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(start(f, 0, 100, TRUE), NO_ERROR);
	assert_int_equal(complete(f, f->caught.list, 2), NO_ERROR);
}

static void rule_414_broken_other_adapter(void **state)
{
	struct fixture *f = *state;
	PVP_DMA_ADAPTER other = bench_adapter(f->bench, 65536);

	assert_int_equal(start(f, 0, 100, TRUE), NO_ERROR);
	assert_int_equal(
		VideoPortCompleteDma(f->bench->extension, other, f->caught.list, TRUE), NO_ERROR);
	bench_expect(f->bench, RULE_COMPLETE_ADAPTER);
	assert_int_equal(f->bench->fake.mappings, 0);
	/* The transfer ended on its own adapter: nothing is outstanding on either. */
	VideoPortPutDmaAdapter(f->bench->extension, other);
}

static void rule_414_kept_each_on_its_own(void **state)
{
	struct fixture *f = *state;
	PVP_DMA_ADAPTER other = bench_adapter(f->bench, 65536);
	struct caught caught = {.length = &f->length};

	assert_int_equal(start(f, 0, 100, TRUE), NO_ERROR);
	assert_int_equal(VideoPortStartDma(f->bench->extension, other, f->mdl, 0, &f->length,
				 catch_list, &caught, TRUE),
		NO_ERROR);
	assert_int_equal(
		VideoPortCompleteDma(f->bench->extension, other, caught.list, TRUE), NO_ERROR);
	assert_int_equal(complete(f, f->caught.list, TRUE), NO_ERROR);
	VideoPortPutDmaAdapter(f->bench->extension, other);
}

/* ---- the list's memory ------------------------------------------------------------------------------ */

/* Starts, has @change spoil the list, completes: rule 415 once, and the transfer ends. */
static void list_changed(struct fixture *f, void (*change)(PVP_SCATTER_GATHER_LIST list))
{
	assert_int_equal(start(f, 10, 65000, TRUE), NO_ERROR);
	change(f->caught.list);
	assert_int_equal(complete(f, f->caught.list, TRUE), NO_ERROR);
	assert_non_null(strstr(bench_expect(f->bench, RULE_LIST_CHANGED)->origin, "object"));
	assert_int_equal(f->bench->fake.mappings, 0);
}

static void change_count(PVP_SCATTER_GATHER_LIST list)
{
	list->NumberOfElements--;
}

static void change_reserved(PVP_SCATTER_GATHER_LIST list)
{
	list->Reserved = 0;
}

static void change_address(PVP_SCATTER_GATHER_LIST list)
{
	list->Elements[1].Address.QuadPart++;
}

static void change_length(PVP_SCATTER_GATHER_LIST list)
{
	list->Elements[list->NumberOfElements - 1].Length--;
}

static void change_order(PVP_SCATTER_GATHER_LIST list)
{
	VP_SCATTER_GATHER_ELEMENT first = list->Elements[0];

	list->Elements[0] = list->Elements[1];
	list->Elements[1] = first;
}

static void rule_415_broken_any_part_of_the_list(void **state)
{
	struct fixture *f = *state;

	list_changed(f, change_count);
	list_changed(f, change_reserved);
	list_changed(f, change_address);
	list_changed(f, change_length);
	list_changed(f, change_order);
}

/* Of long lists both ends are looked at. */
static void rule_415_broken_the_end_of_a_long_list(void **state)
{
	struct fixture *f = *state;
	PVP_DMA_ADAPTER adapter = bench_adapter(f->bench, 1u << 20);
	PVOID mdl = VideoPortLockBuffer(
		f->bench->extension, f->bench->buffer, 1u << 20, VpReadAccess);

	f->length = 1u << 20;
	assert_int_equal(VideoPortStartDma(f->bench->extension, adapter, mdl, 0, &f->length,
				 catch_list, &f->caught, TRUE),
		NO_ERROR);
	assert_int_equal(f->caught.list->NumberOfElements, 256);
	change_length(f->caught.list);
	assert_int_equal(
		VideoPortCompleteDma(f->bench->extension, adapter, f->caught.list, TRUE), NO_ERROR);
	bench_expect(f->bench, RULE_LIST_CHANGED);
	VideoPortUnlockBuffer(f->bench->extension, mdl);
	VideoPortPutDmaAdapter(f->bench->extension, adapter);
}

static void rule_415_kept_the_list_is_read(void **state)
{
	struct fixture *f = *state;
	unsigned char memory[65000];

	assert_int_equal(start(f, 10, 65000, TRUE), NO_ERROR);
	assert_int_equal(fake_move(&f->bench->fake, f->caught.list, memory, DEVICE_READ), 65000);
	assert_int_equal(complete(f, f->caught.list, TRUE), NO_ERROR);
}

static void rule_416_broken_written_after_complete(void **state)
{
	struct fixture *f = *state;

	whole_transfer(f, 10, 65000, TRUE);
	f->caught.list->Elements[3].Length = 1;
	assert_int_equal(start(f, 10, 65000, TRUE), NO_ERROR); /* the list is used again */
	assert_non_null(strstr(bench_expect(f->bench, RULE_LIST_AFTER_COMPLETE)->origin, "object"));
	assert_int_equal(complete(f, f->caught.list, TRUE), NO_ERROR);
	f->caught.list->NumberOfElements = 1;
	whole_transfer(f, 0, 100, TRUE); /* another list: it has one page */
	assert_int_equal(start(f, 10, 65000, TRUE), NO_ERROR);
	bench_expect(f->bench, RULE_LIST_AFTER_COMPLETE);
	assert_int_equal(complete(f, f->caught.list, TRUE), NO_ERROR);
}

static void rule_416_broken_seen_when_the_adapter_is_put(void **state)
{
	struct fixture *f = *state;
	PVP_DMA_ADAPTER adapter = bench_adapter(f->bench, 65536);

	assert_int_equal(VideoPortStartDma(f->bench->extension, adapter, f->mdl, 0, &f->length,
				 catch_list, &f->caught, TRUE),
		NO_ERROR);
	assert_int_equal(
		VideoPortCompleteDma(f->bench->extension, adapter, f->caught.list, TRUE), NO_ERROR);
	f->caught.list->Elements[0].Reserved = 0;
	VideoPortPutDmaAdapter(f->bench->extension, adapter);
	bench_expect(f->bench, RULE_LIST_AFTER_COMPLETE);
}

/* What is left in a list that is over is no address any more. */
static void rule_416_kept_reading_finds_nothing_of_use(void **state)
{
	struct fixture *f = *state;

	whole_transfer(f, 10, 65000, TRUE);
	assert_int_equal(f->caught.list->NumberOfElements, 0);
	assert_int_equal(f->caught.list->Elements[0].Address.QuadPart, 0x0f0f0f0f0f0f0f0f);
	whole_transfer(f, 10, 65000, TRUE);
}

/* ---- the source's memory ----------------------------------------------------------------------------- */

static void rule_417_broken_written_in_flight(void **state)
{
	struct fixture *f = *state;
	const ULONG length[] = {1, 7, 64, 100, 20000};

	for (unsigned i = 0; i < 5; i++) {
		assert_int_equal(start(f, 4090, length[i], TRUE), NO_ERROR);
		f->bench->buffer[4090]++;
		assert_int_equal(complete(f, f->caught.list, TRUE), NO_ERROR);
		assert_int_equal(
			bench_expect(f->bench, RULE_SOURCE_CHANGED)->severity, VIDEOPORT_WARNING);
		assert_int_equal(start(f, 4090, length[i], TRUE), NO_ERROR);
		f->bench->buffer[4090 + length[i] - 1]++;
		assert_int_equal(complete(f, f->caught.list, TRUE), NO_ERROR);
		bench_expect(f->bench, RULE_SOURCE_CHANGED);
	}
}

static void rule_417_kept_written_around_and_after(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(start(f, 4090, 100, TRUE), NO_ERROR);
	f->bench->buffer[4089]++;
	f->bench->buffer[4190]++;
	assert_int_equal(complete(f, f->caught.list, TRUE), NO_ERROR);
	f->bench->buffer[4090]++;
	assert_int_equal(start(f, 4090, 100, FALSE), NO_ERROR);
	f->bench->buffer[4090]++; /* the device's own writing looks like this */
	assert_int_equal(complete(f, f->caught.list, FALSE), NO_ERROR);
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

/* ---- nothing but the truth ---------------------------------------------------------------------------- */

struct mover {
	struct fixture *f;
	unsigned id;
	unsigned done;
	pthread_t thread;
};

/* Neighbours share the pages at their borders; each moves its own bytes, both ways. */
static void *mover_main(void *argument)
{
	struct mover *mover = argument;
	struct bench *bench = mover->f->bench;
	unsigned char *va = bench->buffer + 100000 + mover->id * 9000;
	unsigned char memory[9000];

	for (unsigned i = 0; i < 300; i++) {
		/* What another thread's mapping keeps from being widened is tried again (D-4). */
		while (!bench_transfer(
			bench, mover->f->adapter, va, 1 + i * 29 % 9000, memory, i % 2 == 0))
			sched_yield();
		mover->done++;
	}
	return NULL;
}

static void correct_threads_break_no_rule_but_that_of_the_rest(void **state)
{
	struct fixture *f = *state;
	struct mover mover[4];
	uint64_t rests;

	for (unsigned i = 0; i < 4; i++) {
		mover[i] = (struct mover){.f = f, .id = i};
		assert_int_equal(pthread_create(&mover[i].thread, NULL, mover_main, &mover[i]), 0);
	}
	for (unsigned i = 0; i < 4; i++) {
		pthread_join(mover[i].thread, NULL);
		assert_int_equal(mover[i].done, 300);
	}
	/* bench_transfer gives up a transfer whose next round fails: its rest is told of. */
	rests = videoport_rule_count(&f->bench->vp, RULE_UNLOCK_REST);
	assert_int_equal(bench_rules(f->bench), rests);
}

/* Without memory for what spans several transfers the rules see less; transfers go on. */
static void without_memory_for_the_checks_transfers_go_on(void **state)
{
	struct fixture *f = *state;
	static unsigned char memory[20000];
	bool fired = true;

	for (unsigned nth = 1; fired; nth++) {
		fault_arm(nth, false);
		struct bench *bench = bench_open((struct bench_options){.verify = true});
		fired = fault_fired() != NULL;
		fault_arm(0, false);
		if (!bench)
			continue;
		PVP_DMA_ADAPTER adapter = bench_adapter(bench, 65536);
		assert_int_equal(
			bench_transfer(bench, adapter, bench->buffer, 20000, memory, true), 1);
		bench_expect(bench, 0);
		assert_int_equal(VideoPortCompleteDma(bench->extension, adapter,
					 (PVP_SCATTER_GATHER_LIST)(void *)memory, TRUE),
			ERROR_INVALID_PARAMETER);
		bench_expect(bench, RULE_COMPLETE_UNKNOWN);
		bench_close(bench);
	}
	whole_transfer(f, 0, 100, TRUE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(rule_401_broken_unlocked_before),
		TEST(rule_401_kept_locked_now),
		TEST(rule_402_broken_an_address),
		TEST(rule_402_kept_the_returned_pointer),
		TEST(rule_403_broken_no_length),
		TEST(rule_403_kept_a_length),
		TEST(rule_404_broken_no_routine),
		TEST(rule_404_kept_a_routine_without_context),
		TEST(rule_405_broken_nothing_to_move),
		TEST(rule_405_kept_one_byte),
		TEST(rule_406_broken_behind_the_buffer),
		TEST(rule_406_kept_the_last_byte),
		TEST(rule_407_broken_ends_behind_the_buffer),
		TEST(rule_407_kept_ends_with_the_buffer),
		TEST(rule_408_broken_into_memory_locked_for_reading),
		TEST(rule_408_kept_from_memory_locked_for_writing),
		TEST(rule_409_broken_two_writers),
		TEST(rule_409_broken_through_another_lock),
		TEST(rule_409_broken_reader_and_writer),
		TEST(rule_409_kept_readers_share),
		TEST(rule_409_kept_writers_of_neighbouring_bytes),
		TEST(rule_410_broken_in_paged_pool),
		TEST(rule_410_kept_in_non_paged_pool_and_elsewhere),
		TEST(rule_411_broken_a_copy_of_the_list),
		TEST(rule_411_kept_the_received_pointer),
		TEST(rule_412_broken_twice),
		TEST(rule_412_kept_the_list_is_used_again),
		TEST(rule_413_broken_other_direction),
		TEST(rule_413_kept_any_true_is_true),
		TEST(rule_414_broken_other_adapter),
		TEST(rule_414_kept_each_on_its_own),
		TEST(rule_415_broken_any_part_of_the_list),
		TEST(rule_415_broken_the_end_of_a_long_list),
		TEST(rule_415_kept_the_list_is_read),
		TEST(rule_416_broken_written_after_complete),
		TEST(rule_416_broken_seen_when_the_adapter_is_put),
		TEST(rule_416_kept_reading_finds_nothing_of_use),
		TEST(rule_417_broken_written_in_flight),
		TEST(rule_417_kept_written_around_and_after),
		TEST(rule_422_broken_more_than_described),
		TEST(rule_422_kept_as_much_as_described),
		TEST(correct_threads_break_no_rule_but_that_of_the_rest),
		TEST(without_memory_for_the_checks_transfers_go_on),
	};

	return cmocka_run_group_tests_name("rules of transfers", tests, NULL, NULL);
}
