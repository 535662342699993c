// SPDX-License-Identifier: BSD-2-Clause
/* start_dma_refusal_test.c: what StartDma, CompleteDma and UnlockBuffer refuse, and that they record it. */
#include "drivers/videoport/dma_testing.h"

struct fixture {
	struct bench *bench;
	PVP_DMA_ADAPTER adapter;
	PVOID mdl; /* 10000 bytes, VpModifyAccess */
	ULONG length;
	struct caught caught;
};

static int fixture_setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->bench = bench_open((struct bench_options){0});
	f->adapter = bench_adapter(f->bench, 65536);
	f->mdl = VideoPortLockBuffer(f->bench->extension, f->bench->buffer, 10000, VpModifyAccess);
	f->length = 5000;
	f->caught.length = &f->length;
	*state = f;
	return 0;
}

/* Whatever was refused, the driver can still give everything back. */
static int fixture_teardown(void **state)
{
	struct fixture *f = *state;

	VideoPortUnlockBuffer(f->bench->extension, f->mdl);
	VideoPortPutDmaAdapter(f->bench->extension, f->adapter);
	assert_int_equal(bench_rules(f->bench), 0);
	assert_int_equal(bench_usage(f->bench).locks, 0);
	assert_int_equal(bench_usage(f->bench).adapters, 0);
	bench_close(f->bench);
	free(f);
	return 0;
}

static VP_STATUS start(struct fixture *f, PVOID mdl, ULONG offset, BOOLEAN write_to_device)
{
	return VideoPortStartDma(f->bench->extension, f->adapter, mdl, offset, f->caught.length,
		catch_list, &f->caught, write_to_device);
}

static VP_STATUS complete(struct fixture *f, PVP_SCATTER_GATHER_LIST list, BOOLEAN write_to_device)
{
	return VideoPortCompleteDma(f->bench->extension, f->adapter, list, write_to_device);
}

static void d_06_bad_arguments_are_refused_with_length_zero(void **state)
{
	struct fixture *f = *state;
	PVOID extension = f->bench->extension;

	f->length = 0;
	assert_int_equal(start(f, f->mdl, 0, TRUE), ERROR_INVALID_PARAMETER);
	const ULONG offset[] = {10000, 10001, UINT32_MAX};
	for (unsigned i = 0; i < 3; i++) {
		f->length = 1;
		assert_int_equal(start(f, f->mdl, offset[i], TRUE), ERROR_INVALID_PARAMETER);
		assert_int_equal(f->length, 0);
	}
	f->length = 1;
	assert_int_equal(start(f, NULL, 0, TRUE), ERROR_INVALID_PARAMETER);
	f->length = 1;
	assert_int_equal(
		VideoPortStartDma(extension, f->adapter, f->mdl, 0, &f->length, NULL, NULL, TRUE),
		ERROR_INVALID_PARAMETER);
	assert_int_equal(f->length, 0);
	assert_int_equal(VideoPortStartDma(extension, f->adapter, f->mdl, 0, NULL, catch_list,
				 &f->caught, TRUE),
		ERROR_INVALID_PARAMETER);
	assert_int_equal(bench_rules(f->bench), 7);
	f->length = 1;
	assert_int_equal(VideoPortStartDma(NULL, f->adapter, f->mdl, 0, &f->length, catch_list,
				 &f->caught, TRUE),
		ERROR_INVALID_PARAMETER);
	assert_int_equal(f->length, 0);
	assert_int_equal(f->caught.calls, 0);
	assert_int_equal(bench_usage(f->bench).map_registers, 0);
}

static void start_wants_a_live_lock(void **state)
{
	struct fixture *f = *state;
	PVOID mdl = VideoPortLockBuffer(f->bench->extension, f->bench->buffer, 100, VpReadAccess);

	VideoPortUnlockBuffer(f->bench->extension, mdl);
	assert_int_equal(start(f, mdl, 0, TRUE), ERROR_INVALID_PARAMETER);
	f->length = 1;
	assert_int_equal(start(f, f->bench->buffer, 0, TRUE), ERROR_INVALID_PARAMETER);
	assert_int_equal(bench_rules(f->bench), 2);
}

static void a_buffer_locked_for_reading_is_not_written(void **state)
{
	struct fixture *f = *state;
	PVOID mdl = VideoPortLockBuffer(f->bench->extension, f->bench->buffer, 100, VpReadAccess);

	assert_int_equal(start(f, mdl, 0, FALSE), ERROR_INVALID_PARAMETER);
	assert_int_equal(bench_rules(f->bench), 1);
	VideoPortUnlockBuffer(f->bench->extension, mdl); /* nothing is in flight */
	assert_int_equal(bench_rules(f->bench), 0);
}

static void r_034_r_054_no_dma_call_from_the_isr(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(start(f, f->mdl, 0, TRUE), NO_ERROR);
	unsigned irql = irql_raise(IRQL_DEVICE);
	assert_int_equal(complete(f, f->caught.list, TRUE), ERROR_INVALID_PARAMETER);
	assert_int_equal(start(f, f->mdl, 0, TRUE), ERROR_INVALID_PARAMETER);
	VideoPortUnlockBuffer(f->bench->extension, f->mdl);
	irql_lower(irql);
	assert_int_equal(bench_rules(f->bench), 3);
	assert_int_equal(complete(f, f->caught.list, TRUE), NO_ERROR);
}

static void complete_knows_its_lists(void **state)
{
	struct fixture *f = *state;
	PVP_SCATTER_GATHER_LIST copy = calloc(1, sizeof(*copy) + sizeof(copy->Elements[0]));

	assert_non_null(copy);
	copy->NumberOfElements = 1;
	assert_int_equal(complete(f, NULL, TRUE), ERROR_INVALID_PARAMETER);
	assert_int_equal(complete(f, copy, TRUE), ERROR_INVALID_PARAMETER);
	assert_int_equal(start(f, f->mdl, 0, TRUE), NO_ERROR);
	copy->Reserved = f->caught.list->Reserved;
	assert_int_equal(complete(f, copy, TRUE), ERROR_INVALID_PARAMETER);
	assert_int_equal(bench_rules(f->bench), 3);
	assert_int_equal(complete(f, f->caught.list, TRUE), NO_ERROR);
	assert_int_equal(complete(f, f->caught.list, TRUE), ERROR_INVALID_PARAMETER); /* twice */
	assert_int_equal(bench_rules(f->bench), 1);
	assert_int_equal(bench_usage(f->bench).map_registers, 0);
	free(copy);
}

/* The list stays as it was built, whatever else starts and ends, until its own Complete. */
static void the_list_is_valid_until_complete(void **state)
{
	struct fixture *f = *state;
	struct caught other = {.length = &f->length};

	assert_int_equal(start(f, f->mdl, 100, TRUE), NO_ERROR);
	PVP_SCATTER_GATHER_LIST list = f->caught.list;
	VP_SCATTER_GATHER_ELEMENT first = list->Elements[0];
	ULONG count = list->NumberOfElements;
	for (unsigned i = 0; i < 20; i++) {
		f->length = 9000;
		assert_int_equal(VideoPortStartDma(f->bench->extension, f->adapter, f->mdl, i,
					 &f->length, catch_list, &other, TRUE),
			NO_ERROR);
		assert_ptr_not_equal(other.list, list);
		assert_int_equal(complete(f, other.list, TRUE), NO_ERROR);
	}
	assert_memory_equal(&list->Elements[0], &first, sizeof(first));
	assert_int_equal(list->NumberOfElements, count);
	assert_int_equal(complete(f, list, TRUE), NO_ERROR);
}

static void d_16_complete_uses_the_recorded_direction(void **state)
{
	struct fixture *f = *state;
	unsigned char byte = 0;

	assert_int_equal(start(f, f->mdl, 0, FALSE), NO_ERROR);
	uint64_t iova = (uint64_t)f->caught.list->Elements[0].Address.QuadPart;
	assert_int_equal(complete(f, f->caught.list, TRUE), NO_ERROR);
	assert_int_equal(bench_rules(f->bench), 1);
	assert_false(fake_access(&f->bench->fake, iova, &byte, 1, DEVICE_WRITE));
	assert_int_equal(f->bench->fake.mappings, 0);
}

static void r_026_r_037_unlock_waits_for_all_transfers(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(start(f, f->mdl, 0, TRUE), NO_ERROR);
	VideoPortUnlockBuffer(f->bench->extension, f->mdl);
	assert_int_equal(bench_rules(f->bench), 1);
	assert_int_equal(bench_usage(f->bench).locks, 1);
	assert_int_equal(complete(f, f->caught.list, TRUE), NO_ERROR);
	/* The teardown's unlock succeeds. */
}

static void d_14_put_with_a_transfer_in_flight_is_reported(void **state)
{
	struct fixture *f = *state;
	PVP_DMA_ADAPTER adapter = bench_adapter(f->bench, 65536);

	assert_int_equal(VideoPortStartDma(f->bench->extension, adapter, f->mdl, 0, &f->length,
				 catch_list, &f->caught, TRUE),
		NO_ERROR);
	VideoPortPutDmaAdapter(f->bench->extension, adapter);
	assert_int_equal(bench_rules(f->bench), 1);
	assert_int_equal(VideoPortCompleteDma(f->bench->extension, adapter, f->caught.list, TRUE),
		ERROR_INVALID_PARAMETER);
	assert_int_equal(bench_rules(f->bench), 1);
	/* The lock cannot be had back either: both leaks show at close, which frees them. */
	assert_int_equal(bench_usage(f->bench).adapters, 2);
	f->bench->fake.refused = 0;
	bench_close(f->bench);
	f->bench = bench_open((struct bench_options){0});
	f->adapter = bench_adapter(f->bench, 65536);
	f->mdl = VideoPortLockBuffer(f->bench->extension, f->bench->buffer, 10000, VpModifyAccess);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(d_06_bad_arguments_are_refused_with_length_zero),
		TEST(start_wants_a_live_lock),
		TEST(a_buffer_locked_for_reading_is_not_written),
		TEST(r_034_r_054_no_dma_call_from_the_isr),
		TEST(complete_knows_its_lists),
		TEST(the_list_is_valid_until_complete),
		TEST(d_16_complete_uses_the_recorded_direction),
		TEST(r_026_r_037_unlock_waits_for_all_transfers),
		TEST(d_14_put_with_a_transfer_in_flight_is_reported),
	};

	return cmocka_run_group_tests_name("refused DMA calls", tests, NULL, NULL);
}
