// SPDX-License-Identifier: BSD-2-Clause
/* bounce_test.c: pages out of reach, devices without scatter/gather, and when the data becomes visible. */
#include "drivers/videoport/dma_testing.h"

static PVP_DMA_ADAPTER adapter_of(struct bench *bench, bool sg, ULONG maximum)
{
	VP_DEVICE_DESCRIPTION description = {
		.ScatterGather = sg,
		.Dma32BitAddresses = TRUE,
		.MaximumLength = maximum,
	};
	PVP_DMA_ADAPTER adapter = VideoPortGetDmaAdapter(bench->extension, &description);

	assert_non_null(adapter);
	return adapter;
}

static VP_STATUS start(struct bench *bench, PVP_DMA_ADAPTER adapter, PVOID mdl, ULONG offset,
	struct caught *caught, BOOLEAN write_to_device)
{
	return VideoPortStartDma(bench->extension, adapter, mdl, offset, caught->length, catch_list,
		caught, write_to_device);
}

static void r_057_pages_above_reach_are_bounced(void **state)
{
	(void)state;
	static unsigned char memory[65536];
	struct bench *bench = bench_open(
		(struct bench_options){.policy = {.fragmentation = 1, .high = 0.5}});
	PVP_DMA_ADAPTER adapter = adapter_of(bench, true, 65536);
	PVOID mdl = VideoPortLockBuffer(bench->extension, bench->buffer, 65536, VpReadAccess);
	ULONG length = 65536;
	struct caught caught = {.length = &length};

	fill(bench->buffer, 65536, 1);
	assert_int_equal(start(bench, adapter, mdl, 0, &caught, TRUE), NO_ERROR);
	for (ULONG i = 0; i < caught.list->NumberOfElements; i++)
		assert_true(caught.list->Elements[i].Address.QuadPart +
				    caught.list->Elements[i].Length <=
			    (LONGLONG)FRAMES_4G);
	assert_int_equal(fake_move(&bench->fake, caught.list, memory, DEVICE_READ), 65536);
	assert_memory_equal(memory, bench->buffer, 65536);
	VideoPortCompleteDma(bench->extension, adapter, caught.list, TRUE);
	uint64_t bounced = bench_usage(bench).bounce_bytes;
	assert_true(bounced > 0 && bounced < 65536 && bounced % 4096 == 0);
	VideoPortUnlockBuffer(bench->extension, mdl);
	VideoPortPutDmaAdapter(bench->extension, adapter);
	assert_int_equal(bench->fake.mappings, 0);
	bench_close(bench);
}

static void r_035_bounced_data_arrives_with_complete(void **state)
{
	(void)state;
	static unsigned char memory[20000], guard[65536];
	struct bench *bench = bench_open(
		(struct bench_options){.policy = {.fragmentation = 1, .high = 1}});
	PVP_DMA_ADAPTER adapter = adapter_of(bench, true, 65536);
	PVOID mdl = VideoPortLockBuffer(bench->extension, bench->buffer + 7, 40000, VpWriteAccess);
	ULONG length = 20000;
	struct caught caught = {.length = &length};

	fill(bench->buffer, sizeof(guard), 5);
	memcpy(guard, bench->buffer, sizeof(guard));
	fill(memory, sizeof(memory), 6);
	assert_int_equal(start(bench, adapter, mdl, 1000, &caught, FALSE), NO_ERROR);
	assert_int_equal(fake_move(&bench->fake, caught.list, memory, DEVICE_WRITE), 20000);
	assert_memory_equal(bench->buffer, guard, sizeof(guard)); /* not yet */
	assert_int_equal(
		VideoPortCompleteDma(bench->extension, adapter, caught.list, FALSE), NO_ERROR);
	memcpy(guard + 1007, memory, 20000);
	assert_memory_equal(
		bench->buffer, guard, sizeof(guard)); /* now, and not a byte beside it */
	assert_int_equal(bench_usage(bench).bounce_bytes, 20000);
	VideoPortUnlockBuffer(bench->extension, mdl);
	bench_close(bench);
}

static void bounced_source_is_taken_at_start(void **state)
{
	(void)state;
	unsigned char memory[100];
	struct bench *bench = bench_open((struct bench_options){.policy = {.high = 1}});
	PVP_DMA_ADAPTER adapter = adapter_of(bench, true, 65536);
	PVOID mdl = VideoPortLockBuffer(bench->extension, bench->buffer, 100, VpReadAccess);
	ULONG length = 100;
	struct caught caught = {.length = &length};

	memset(bench->buffer, 1, 100);
	assert_int_equal(start(bench, adapter, mdl, 0, &caught, TRUE), NO_ERROR);
	memset(bench->buffer, 2, 100);
	assert_int_equal(fake_move(&bench->fake, caught.list, memory, DEVICE_READ), 100);
	assert_int_equal(memory[99], 1);
	VideoPortCompleteDma(bench->extension, adapter, caught.list, TRUE);
	assert_int_equal(bench->buffer[99], 2);
	VideoPortUnlockBuffer(bench->extension, mdl);
	bench_close(bench);
}

static void without_scatter_gather_one_element(void **state)
{
	(void)state;
	static unsigned char memory[65536];
	const double fragmentation[] = {0, 1};

	for (unsigned i = 0; i < 2; i++) {
		struct bench *bench = bench_open((struct bench_options){
			.no_scatter_gather = true, .policy = {.fragmentation = fragmentation[i]}});
		PVP_DMA_ADAPTER adapter = adapter_of(bench, true, 65536);
		PVOID mdl = VideoPortLockBuffer(
			bench->extension, bench->buffer + 3, 30000, VpModifyAccess);
		ULONG length = 30000;
		struct caught caught = {.length = &length};
		fill(bench->buffer, 65536, i);
		assert_int_equal(start(bench, adapter, mdl, 0, &caught, TRUE), NO_ERROR);
		assert_int_equal(caught.list->NumberOfElements, 1);
		assert_int_equal(length, 30000);
		assert_int_equal(fake_move(&bench->fake, caught.list, memory, DEVICE_READ), 30000);
		assert_memory_equal(memory, bench->buffer + 3, 30000);
		VideoPortCompleteDma(bench->extension, adapter, caught.list, TRUE);
		/* Contiguous memory goes directly, scattered memory through slots. */
		assert_int_equal(bench_usage(bench).bounce_bytes, i ? 30000 : 0);
		VideoPortUnlockBuffer(bench->extension, mdl);
		VideoPortPutDmaAdapter(bench->extension, adapter);
		bench_close(bench);
	}
}

static void without_scatter_gather_the_longest_run_of_slots(void **state)
{
	(void)state;
	struct bench *bench = bench_open((struct bench_options){
		.no_scatter_gather = true, .map_registers = 8, .policy = {.fragmentation = 1}});
	PVP_DMA_ADAPTER adapter = adapter_of(bench, false, 65536);
	PVOID mdl = VideoPortLockBuffer(bench->extension, bench->buffer, 65536, VpReadAccess);
	ULONG length[5];
	struct caught caught[5] = {{0}};

	for (unsigned i = 0; i < 4; i++) { /* slots 01 23 45 67 */
		length[i] = 8192;
		caught[i].length = &length[i];
		assert_int_equal(start(bench, adapter, mdl, i * 8192, &caught[i], TRUE), NO_ERROR);
	}
	VideoPortCompleteDma(bench->extension, adapter, caught[0].list, TRUE);
	VideoPortCompleteDma(bench->extension, adapter, caught[2].list, TRUE);
	length[4] = 4 * 4096; /* four registers are free, but no four slots side by side */
	caught[4].length = &length[4];
	assert_int_equal(start(bench, adapter, mdl, 0, &caught[4], TRUE), NO_ERROR);
	assert_int_equal(length[4], 8192);
	assert_int_equal(bench_usage(bench).map_registers, 6);
	VideoPortCompleteDma(bench->extension, adapter, caught[1].list, TRUE);
	VideoPortCompleteDma(bench->extension, adapter, caught[3].list, TRUE);
	VideoPortCompleteDma(bench->extension, adapter, caught[4].list, TRUE);
	length[4] = 8 * 4096;
	assert_int_equal(start(bench, adapter, mdl, 0, &caught[4], TRUE), NO_ERROR);
	assert_int_equal(length[4], 8 * 4096);
	VideoPortCompleteDma(bench->extension, adapter, caught[4].list, TRUE);
	VideoPortUnlockBuffer(bench->extension, mdl);
	VideoPortPutDmaAdapter(bench->extension, adapter);
	assert_int_equal(bench_rules(bench), 0);
	bench_close(bench);
}

/* Any mix of reach, scatter/gather, registers, size and direction carries the right bytes. */
static void any_mix_of_bounced_and_direct_arrives(void **state)
{
	(void)state;
	uint64_t seed = property_seed("any_mix_of_bounced_and_direct_arrives");
	static unsigned char memory[65536], before[65536 + 8192];

	for (unsigned round = 0; round < 60; round++) {
		struct bench *bench = bench_open((struct bench_options){
			.address_bits = round % 3 == 0 ? 24 : 32,
			.no_scatter_gather = round % 2,
			.map_registers = (unsigned)property_next(&seed, 12),
			.policy = {.fragmentation = (double)(round % 5) / 4,
				.high = (double)(round % 4) / 3},
			.buffer_bytes = sizeof(before),
			.seed = seed,
		});
		PVP_DMA_ADAPTER adapter = adapter_of(
			bench, true, 4096 + (ULONG)property_next(&seed, 65536));
		for (unsigned k = 0; k < 20; k++) {
			ULONG offset = (ULONG)property_next(&seed, 4096);
			ULONG length = 1 + (ULONG)property_next(&seed, 65536);
			bool write = property_next(&seed, 2);
			fill(bench->buffer, sizeof(before), seed);
			memcpy(before, bench->buffer, sizeof(before));
			fill(memory, length, ~seed);
			assert_true(bench_transfer(
				bench, adapter, bench->buffer + offset, length, memory, write));
			if (!write)
				memcpy(before + offset, memory, length);
			assert_memory_equal(bench->buffer, before, sizeof(before));
			assert_memory_equal(memory, before + offset, length);
		}
		assert_int_equal(bench_usage(bench).map_registers, 0);
		VideoPortPutDmaAdapter(bench->extension, adapter);
		assert_int_equal(bench->fake.mappings, 0);
		bench_close(bench);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(r_057_pages_above_reach_are_bounced),
		cmocka_unit_test(r_035_bounced_data_arrives_with_complete),
		cmocka_unit_test(bounced_source_is_taken_at_start),
		cmocka_unit_test(without_scatter_gather_one_element),
		cmocka_unit_test(without_scatter_gather_the_longest_run_of_slots),
		cmocka_unit_test(any_mix_of_bounced_and_direct_arrives),
	};

	return cmocka_run_group_tests_name("bounced transfers", tests, NULL, NULL);
}
