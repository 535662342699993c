// SPDX-License-Identifier: BSD-2-Clause
/*
 * start_dma_test.c: transfers that go right: the callback, partial transfers, the split arithmetic,
 * several at once. What is refused stands in start_dma_refusal_test.c, bouncing in bounce_test.c.
 */
#include "drivers/videoport/dma_testing.h"

static VP_STATUS start(struct bench *bench, PVP_DMA_ADAPTER adapter, PVOID mdl, ULONG offset,
	struct caught *caught, BOOLEAN write_to_device)
{
	return VideoPortStartDma(bench->extension, adapter, mdl, offset, caught->length, catch_list,
		caught, write_to_device);
}

static void r_032_r_055_d_02_d_03_the_callback_runs_inside_at_dispatch(void **state)
{
	(void)state;
	struct bench *bench = bench_open((struct bench_options){0});
	PVP_DMA_ADAPTER adapter = bench_adapter(bench, 65536);
	PVOID mdl = VideoPortLockBuffer(bench->extension, bench->buffer, 10000, VpReadAccess);
	ULONG length = 20000;
	struct caught caught = {.length = &length};

	assert_int_equal(start(bench, adapter, mdl, 0, &caught, TRUE), NO_ERROR);
	assert_int_equal(caught.calls, 1);
	assert_true(pthread_equal(caught.thread, pthread_self()));
	assert_int_equal(caught.irql, IRQL_DISPATCH);
	assert_int_equal(irql_current(), IRQL_PASSIVE);
	assert_ptr_equal(caught.adapter, adapter);
	assert_int_equal(caught.length_inside, 10000); /* written before the call */
	assert_int_equal(length, 10000);
	assert_int_equal(
		VideoPortCompleteDma(bench->extension, adapter, caught.list, TRUE), NO_ERROR);
	VideoPortUnlockBuffer(bench->extension, mdl);
	assert_int_equal(bench_rules(bench), 1); /* asked for more than was locked */
	bench_close(bench);
}

/* A device extension, as R-052 wants it: the very pointer arrives, at DISPATCH_LEVEL, untouched. */
static void r_052_the_context_arrives_at_dispatch_as_it_was_given(void **state)
{
	(void)state;
	struct bench *bench = bench_open((struct bench_options){0});
	PVP_DMA_ADAPTER adapter = bench_adapter(bench, 65536);
	PVOID mdl = VideoPortLockBuffer(bench->extension, bench->buffer, 4096, VpReadAccess);
	ULONG length = 4096;
	struct caught *context = calloc(1, sizeof(*context));

	assert_int_equal(VideoPortStartDma(bench->extension, adapter, mdl, 0, &length, catch_list,
				 context, TRUE),
		NO_ERROR);
	assert_int_equal(context->calls, 1);
	assert_int_equal(context->irql, IRQL_DISPATCH);
	assert_int_equal(
		VideoPortCompleteDma(bench->extension, adapter, context->list, TRUE), NO_ERROR);
	VideoPortUnlockBuffer(bench->extension, mdl);
	free(context);
	bench_close(bench);
}

/* StartDma returns while nothing has moved; the data follows when the device gets to it. */
static void r_021_r_003_the_device_moves_later_and_without_a_copy(void **state)
{
	(void)state;
	struct bench *bench = bench_open(
		(struct bench_options){.policy = {.fragmentation = 1, .high = 0.5}});
	PVP_DMA_ADAPTER adapter = bench_adapter(bench, 65536);
	PVOID mdl = VideoPortLockBuffer(bench->extension, bench->buffer + 5, 9000, VpWriteAccess);
	unsigned char memory[9000];
	ULONG length = 9000;
	struct caught caught = {.length = &length};

	fill(memory, sizeof(memory), 3);
	assert_int_equal(start(bench, adapter, mdl, 0, &caught, FALSE), NO_ERROR);
	assert_int_equal(bench->buffer[5], 0);
	assert_int_equal(fake_move(&bench->fake, caught.list, memory, DEVICE_WRITE), 9000);
	assert_memory_equal(
		bench->buffer + 5, memory, 9000); /* there before Complete: no staging */
	assert_int_equal(bench_usage(bench).bounce_bytes, 0);
	assert_int_equal(
		VideoPortCompleteDma(bench->extension, adapter, caught.list, FALSE), NO_ERROR);
	VideoPortUnlockBuffer(bench->extension, mdl);
	bench_close(bench);
}

/* The device reaches the buffer between Start and Complete, in one direction, and at no other time. */
static void r_035_complete_takes_the_mapping_back(void **state)
{
	(void)state;
	struct bench *bench = bench_open((struct bench_options){0});
	PVP_DMA_ADAPTER adapter = bench_adapter(bench, 65536);
	PVOID mdl = VideoPortLockBuffer(bench->extension, bench->buffer, 4096, VpModifyAccess);
	ULONG length = 4096;
	struct caught caught = {.length = &length};
	unsigned char byte = 1;

	assert_int_equal(start(bench, adapter, mdl, 0, &caught, TRUE), NO_ERROR);
	uint64_t iova = (uint64_t)caught.list->Elements[0].Address.QuadPart;
	assert_true(fake_access(&bench->fake, iova, &byte, 1, DEVICE_READ));
	assert_false(fake_access(&bench->fake, iova, &byte, 1, DEVICE_WRITE));
	assert_int_equal(bench_usage(bench).map_registers, 1);
	VideoPortCompleteDma(bench->extension, adapter, caught.list, TRUE);
	assert_false(fake_access(&bench->fake, iova, &byte, 1, DEVICE_READ));
	assert_int_equal(bench->fake.mappings, 0);
	assert_int_equal(bench_usage(bench).map_registers, 0);
	assert_int_equal(bench_usage(bench).sg_lists, 1);
	VideoPortUnlockBuffer(bench->extension, mdl);
	bench_close(bench);
}

/* videoport.md 6: rounds for M registers, S bytes from offset o of a page. */
static unsigned rounds_expected(unsigned registers, uint64_t offset, uint64_t bytes)
{
	uint64_t first = registers * UINT64_C(4096) - offset, each = registers * UINT64_C(4096);

	return bytes <= first ? 1 : 1 + (unsigned)((bytes - first + each - 1) / each);
}

static void r_022_r_023_r_025_r_036_rounds_until_nothing_remains(void **state)
{
	(void)state;
	const unsigned registers[] = {1, 2, 5};
	static unsigned char memory[12 * 4096];

	for (unsigned i = 0; i < 3; i++) {
		struct bench *bench = bench_open(
			(struct bench_options){.map_registers = registers[i],
				.policy = {.fragmentation = 0.5, .high = 0.5}});
		PVP_DMA_ADAPTER adapter = bench_adapter(bench, 1u << 20);
		fill(bench->buffer, sizeof(memory) + 4096, i);
		for (unsigned offset = 0; offset < 4096; offset += 819) {
			ULONG length = 12 * 4096 - offset;
			assert_int_equal(bench_transfer(bench, adapter, bench->buffer + offset,
						 length, memory, true),
				rounds_expected(registers[i], offset, length));
			assert_memory_equal(memory, bench->buffer + offset, length);
		}
		assert_int_equal(bench_usage(bench).map_registers_peak, registers[i]);
		bench_close(bench);
	}
}

/* The documentation's example: 12 registers needed, 5 granted, 3 operations. */
static void r_022_twelve_needed_five_granted_three_rounds(void **state)
{
	(void)state;
	static unsigned char memory[12 * 4096];
	struct bench *bench = bench_open((struct bench_options){.map_registers = 5});
	PVP_DMA_ADAPTER adapter = bench_adapter(bench, 1u << 20);

	assert_int_equal(bench_transfer(bench, adapter, bench->buffer, 12 * 4096, memory, true), 3);
	bench_close(bench);
}

static void d_01_the_length_is_the_least_of_four(void **state)
{
	(void)state;
	const struct {
		unsigned registers;
		ULONG maximum, mdl, offset, wanted, actual;
	} row[] = {
		{0, 65536, 65536, 0, 1000, 1000},      /* what was asked for */
		{0, 65536, 5000, 1000, 8000, 4000},    /* what the MDL holds */
		{0, 65536, 5000, 4999, 8000, 1},       /* its last byte */
		{0, 8192, 65536, 0, 65536, 8192},      /* MaximumLength */
		{0, 8192, 65536, 100, 65536, 8192},    /* and its extra register */
		{3, 65536, 65536, 0, 65536, 3 * 4096}, /* map registers */
		{3, 65536, 65536, 100, 65536, 3 * 4096 - 100},
		{1, 65536, 65536, 4095, 65536, 1},
	};

	for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct bench *bench = bench_open(
			(struct bench_options){.map_registers = row[i].registers});
		PVP_DMA_ADAPTER adapter = bench_adapter(bench, row[i].maximum);
		PVOID mdl = VideoPortLockBuffer(
			bench->extension, bench->buffer, row[i].mdl, VpReadAccess);
		ULONG length = row[i].wanted;
		struct caught caught = {.length = &length};
		assert_int_equal(
			start(bench, adapter, mdl, row[i].offset, &caught, TRUE), NO_ERROR);
		assert_int_equal(length, row[i].actual);
		VideoPortCompleteDma(bench->extension, adapter, caught.list, TRUE);
		VideoPortUnlockBuffer(bench->extension, mdl);
		bench_close(bench);
	}
}

static void d_05_short_of_registers_shortens_then_fails(void **state)
{
	(void)state;
	struct bench *bench = bench_open((struct bench_options){.map_registers = 4});
	PVP_DMA_ADAPTER adapter = bench_adapter(bench, 1u << 20);
	PVOID mdl = VideoPortLockBuffer(bench->extension, bench->buffer, 65536, VpReadAccess);
	ULONG length[3] = {3 * 4096, 3 * 4096, 4096};
	struct caught caught[3] = {
		{.length = &length[0]}, {.length = &length[1]}, {.length = &length[2]}};

	assert_int_equal(start(bench, adapter, mdl, 0, &caught[0], TRUE), NO_ERROR);
	assert_int_equal(start(bench, adapter, mdl, 3 * 4096, &caught[1], TRUE), NO_ERROR);
	assert_int_equal(length[1], 4096);
	assert_int_equal(
		start(bench, adapter, mdl, 4 * 4096, &caught[2], TRUE), ERROR_NOT_ENOUGH_MEMORY);
	assert_int_equal(length[2], 0);
	assert_int_equal(caught[2].calls, 0);
	VideoPortCompleteDma(bench->extension, adapter, caught[1].list, TRUE);
	length[2] = 4096;
	assert_int_equal(start(bench, adapter, mdl, 4 * 4096, &caught[2], TRUE), NO_ERROR);
	VideoPortCompleteDma(bench->extension, adapter, caught[0].list, TRUE);
	VideoPortCompleteDma(bench->extension, adapter, caught[2].list, TRUE);
	VideoPortUnlockBuffer(bench->extension, mdl);
	assert_int_equal(bench_rules(bench), 0); /* lack is no misuse */
	bench_close(bench);
}

/* Every offset, sizes around page multiples, any fragmentation, both directions, guards untouched. */
static void r_056_any_offset_and_size_arrives(void **state)
{
	(void)state;
	uint64_t seed = property_seed("r_056_any_offset_and_size_arrives");
	static unsigned char memory[40 * 4096], before[40 * 4096];
	struct bench *bench = bench_open((struct bench_options){.verify = true,
		.map_registers = 7,
		.policy = {.fragmentation = 0.4, .high = 0.3},
		.seed = seed});
	PVP_DMA_ADAPTER adapter = bench_adapter(bench, 1u << 20);

	for (unsigned offset = 1; offset < 4096; offset += 3) {
		ULONG pages = 1 + (ULONG)property_next(&seed, 20);
		ULONG length = pages * 4096 - 1 + (ULONG)property_next(&seed, 3);
		bool write = property_next(&seed, 2);
		fill(bench->buffer, sizeof(memory), seed);
		memcpy(before, bench->buffer, sizeof(before));
		fill(memory, length, ~seed);
		assert_int_equal(bench_transfer(bench, adapter, bench->buffer + offset, length,
					 memory, write),
			rounds_expected(7, offset, length));
		if (!write)
			memcpy(before + offset, memory, length);
		assert_memory_equal(bench->buffer, before, sizeof(before));
		assert_memory_equal(memory, before + offset, length);
	}
	assert_int_equal(bench->fake.refused, 0);
	assert_int_equal(bench->fake.mappings, 0);
	assert_int_equal(bench_rules(bench), 0);
	bench_close(bench);
}

static void d_04_several_transfers_share_an_adapter(void **state)
{
	(void)state;
	struct bench *bench = bench_open((struct bench_options){0});
	PVP_DMA_ADAPTER adapter = bench_adapter(bench, 65536);
	PVOID mdl = VideoPortLockBuffer(bench->extension, bench->buffer, 65536, VpReadAccess);
	ULONG length[8];
	struct caught caught[8] = {{0}};
	unsigned char memory[3000];

	fill(bench->buffer, 65536, 9);
	for (unsigned i = 0; i < 8;
		i++) { /* 3000 bytes each, side by side: neighbours share pages */
		length[i] = 3000;
		caught[i].length = &length[i];
		assert_int_equal(start(bench, adapter, mdl, i * 3000, &caught[i], TRUE), NO_ERROR);
	}
	for (unsigned k = 0; k < 8; k++) { /* completed in another order */
		size_t i = k * 3 % 8;
		assert_int_equal(
			fake_move(&bench->fake, caught[i].list, memory, DEVICE_READ), 3000);
		assert_memory_equal(memory, bench->buffer + i * 3000, 3000);
		assert_int_equal(
			VideoPortCompleteDma(bench->extension, adapter, caught[i].list, TRUE),
			NO_ERROR);
	}
	VideoPortUnlockBuffer(bench->extension, mdl);
	assert_int_equal(bench->fake.mappings, 0);
	bench_close(bench);
}

/* A page another transfer drives the other way cannot be shared: shortened, or refused for lack. */
static void d_04_a_page_in_use_the_other_way_shortens(void **state)
{
	(void)state;
	struct bench *bench = bench_open((struct bench_options){0});
	PVP_DMA_ADAPTER adapter = bench_adapter(bench, 65536);
	PVOID mdl = VideoPortLockBuffer(bench->extension, bench->buffer, 65536, VpModifyAccess);
	ULONG length[2] = {100, 65536};
	struct caught caught[2] = {{.length = &length[0]}, {.length = &length[1]}};

	assert_int_equal(start(bench, adapter, mdl, 8192 + 50, &caught[0], TRUE), NO_ERROR);
	assert_int_equal(start(bench, adapter, mdl, 8192 + 2000, &caught[1], FALSE),
		ERROR_NOT_ENOUGH_MEMORY);
	length[1] = 65536;
	assert_int_equal(start(bench, adapter, mdl, 10, &caught[1], FALSE), NO_ERROR);
	assert_int_equal(length[1], 8192 - 10);
	VideoPortCompleteDma(bench->extension, adapter, caught[0].list, TRUE);
	VideoPortCompleteDma(bench->extension, adapter, caught[1].list, FALSE);
	length[1] = 65536;
	assert_int_equal(start(bench, adapter, mdl, 10, &caught[1], FALSE), NO_ERROR);
	assert_int_equal(length[1], 65536 - 10);
	VideoPortCompleteDma(bench->extension, adapter, caught[1].list, FALSE);
	VideoPortUnlockBuffer(bench->extension, mdl);
	assert_int_equal(bench_usage(bench).map_registers, 0);
	bench_close(bench);
}

static void r_058_r_059_two_adapters_at_once(void **state)
{
	(void)state;
	struct bench *bench = bench_open((struct bench_options){.map_registers = 2});
	PVP_DMA_ADAPTER adapter[2] = {bench_adapter(bench, 65536), bench_adapter(bench, 65536)};
	PVOID mdl = VideoPortLockBuffer(bench->extension, bench->buffer, 65536, VpReadAccess);
	ULONG length[2] = {65536, 65536};
	struct caught caught[2] = {{.length = &length[0]}, {.length = &length[1]}};

	for (unsigned i = 0; i < 2; i++) { /* neither takes the other's registers */
		assert_int_equal(
			start(bench, adapter[i], mdl, i * 8192, &caught[i], TRUE), NO_ERROR);
		assert_int_equal(length[i], 8192);
	}
	for (unsigned i = 0; i < 2; i++)
		VideoPortCompleteDma(bench->extension, adapter[i], caught[i].list, TRUE);
	assert_int_equal(bench_usage(bench).map_registers, 0);
	VideoPortUnlockBuffer(bench->extension, mdl);
	bench_close(bench);
}

/* Completes and unlocks from inside the callback: the earliest a device can be. */
struct eager {
	PVOID mdl;
	VP_STATUS status;
};

static VOID complete_at_once(
	PVOID extension, PVP_DMA_ADAPTER adapter, PVP_SCATTER_GATHER_LIST list, PVOID context)
{
	struct eager *eager = context;

	eager->status = VideoPortCompleteDma(extension, adapter, list, TRUE);
	VideoPortUnlockBuffer(extension, eager->mdl);
}

static void r_055_completion_before_start_returns(void **state)
{
	(void)state;
	struct bench *bench = bench_open((struct bench_options){0});
	PVP_DMA_ADAPTER adapter = bench_adapter(bench, 65536);

	for (unsigned i = 0; i < 100; i++) {
		struct eager eager = {.status = -1};
		ULONG length = 5000;
		eager.mdl = VideoPortLockBuffer(
			bench->extension, bench->buffer, 5000, VpReadAccess);
		assert_int_equal(VideoPortStartDma(bench->extension, adapter, eager.mdl, 0, &length,
					 complete_at_once, &eager, TRUE),
			NO_ERROR);
		assert_int_equal(eager.status, NO_ERROR);
		assert_int_equal(length, 5000);
	}
	assert_int_equal(bench_usage(bench).locks, 0);
	assert_int_equal(bench->fake.mappings, 0);
	assert_int_equal(bench_rules(bench), 0);
	bench_close(bench);
}

/* A DPC may start, complete and unlock: all at DISPATCH. */
static void r_033_r_034_start_and_complete_at_dispatch(void **state)
{
	(void)state;
	struct bench *bench = bench_open((struct bench_options){.map_registers = 1});
	PVP_DMA_ADAPTER adapter = bench_adapter(bench, 65536);
	PVOID mdl = VideoPortLockBuffer(bench->extension, bench->buffer, 8192, VpReadAccess);
	unsigned irql = irql_raise(IRQL_DISPATCH);

	for (ULONG done = 0; done < 8192;) {
		ULONG length = 8192 - done;
		struct caught caught = {.length = &length};
		assert_int_equal(start(bench, adapter, mdl, done, &caught, TRUE), NO_ERROR);
		assert_int_equal(irql_current(), IRQL_DISPATCH);
		assert_int_equal(VideoPortCompleteDma(bench->extension, adapter, caught.list, TRUE),
			NO_ERROR);
		done += length;
	}
	VideoPortUnlockBuffer(bench->extension, mdl);
	irql_lower(irql);
	assert_int_equal(bench_rules(bench), 0);
	bench_close(bench);
}

/* ---- failures --------------------------------------------------------------------------------------- */

static void start_fails_cleanly_at_every_step(void **state)
{
	(void)state;
	bool done = false;

	for (unsigned n = 1; !done; n++) {
		struct bench *bench = bench_open((struct bench_options){.address_bits = 32,
			.policy = {.fragmentation = 1, .high = 0.5},
			.verify = true,
			.buffer_bytes = 65536});
		PVP_DMA_ADAPTER adapter = bench_adapter(bench, 65536);
		ULONG length = 65536;
		struct caught caught = {.length = &length};
		assert_non_null(adapter);
		fault_arm(n, false);
		PVOID mdl = VideoPortLockBuffer(
			bench->extension, bench->buffer, 65536, VpReadAccess);
		VP_STATUS status = mdl ? start(bench, adapter, mdl, 0, &caught, TRUE) : NO_ERROR;
		done = !fault_fired();
		fault_arm(0, false);
		assert_true(!done || (status == NO_ERROR && length == 65536));
		assert_int_equal(caught.calls, mdl && status == NO_ERROR);
		if (caught.list)
			VideoPortCompleteDma(bench->extension, adapter, caught.list, TRUE);
		if (mdl)
			VideoPortUnlockBuffer(bench->extension, mdl);
		assert_int_equal(bench_usage(bench).map_registers, 0);
		assert_int_equal(bench->fake.mappings, 1); /* the bounce slots */
		VideoPortPutDmaAdapter(bench->extension, adapter);
		/* A transfer that was shortened for lack is not continued here (rule 311). */
		assert_int_equal(bench_rules(bench), length > 0 && length < 65536);
		bench_close(bench);
		assert_true(n < 100);
	}
}

/* All of the buffer in one transfer, at most @nth - 1 things that can fail. Return: how much of it was started. */
static ULONG start_whole(
	struct bench *bench, PVP_DMA_ADAPTER adapter, PVOID mdl, unsigned nth, bool *failed)
{
	ULONG length = 65536;
	struct caught caught = {.length = &length};

	fault_arm(nth, false);
	start(bench, adapter, mdl, 0, &caught, TRUE);
	*failed = fault_fired() != NULL;
	fault_arm(0, false);
	if (caught.list)
		VideoPortCompleteDma(bench->extension, adapter, caught.list, TRUE);
	return length;
}

/* Whatever a start took before it failed is there for the next one: every map register, and the list. */
static void a_failed_start_costs_the_next_nothing(void **state)
{
	(void)state;
	bool failed = true;

	for (unsigned n = 1; failed; n++) {
		struct bench *bench = bench_open((struct bench_options){.address_bits = 32,
			.map_registers = 16,
			.policy = {.fragmentation = 1, .high = 0.5},
			.buffer_bytes = 65536});
		PVP_DMA_ADAPTER adapter = bench_adapter(bench, 65536);
		PVOID mdl = VideoPortLockBuffer(
			bench->extension, bench->buffer, 65536, VpReadAccess);
		bool again;

		start_whole(bench, adapter, mdl, n, &failed);
		assert_int_equal(start_whole(bench, adapter, mdl, 0, &again), 65536);
		VideoPortUnlockBuffer(bench->extension, mdl);
		VideoPortPutDmaAdapter(bench->extension, adapter);
		bench_close(bench);
		assert_true(n < 100);
	}
}

static void steady_state_needs_no_memory(void **state)
{
	(void)state;
	static unsigned char memory[65536];
	struct bench *bench = bench_open((struct bench_options){.verify = true});
	PVP_DMA_ADAPTER adapter = bench_adapter(bench, 65536);

	for (ULONG length = 1; length <= 65536; length *= 2)
		assert_int_equal(
			bench_transfer(bench, adapter, bench->buffer, length, memory, true), 1);
	fault_arm(17 + 1,
		true); /* 17 sizes, each one call of map; nothing else may hit a fault point */
	for (ULONG length = 1; length <= 65536; length *= 2)
		assert_int_equal(
			bench_transfer(bench, adapter, bench->buffer, length, memory, true), 1);
	assert_null(fault_fired());
	fault_arm(0, false);
	bench_close(bench);
}

static void transfers_left_behind_are_unmapped_at_close(void **state)
{
	(void)state;
	struct bench *bench = bench_open((struct bench_options){0});
	PVP_DMA_ADAPTER adapter = bench_adapter(bench, 65536);
	PVOID mdl = VideoPortLockBuffer(bench->extension, bench->buffer, 65536, VpReadAccess);
	ULONG length = 65536;
	struct caught caught = {.length = &length};

	assert_int_equal(start(bench, adapter, mdl, 0, &caught, TRUE), NO_ERROR);
	assert_int_equal(bench_usage(bench).map_registers, 16);
	bench_close(bench); /* finds no mapping */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(r_032_r_055_d_02_d_03_the_callback_runs_inside_at_dispatch),
		cmocka_unit_test(r_052_the_context_arrives_at_dispatch_as_it_was_given),
		cmocka_unit_test(r_021_r_003_the_device_moves_later_and_without_a_copy),
		cmocka_unit_test(r_035_complete_takes_the_mapping_back),
		cmocka_unit_test(r_022_r_023_r_025_r_036_rounds_until_nothing_remains),
		cmocka_unit_test(r_022_twelve_needed_five_granted_three_rounds),
		cmocka_unit_test(d_01_the_length_is_the_least_of_four),
		cmocka_unit_test(d_05_short_of_registers_shortens_then_fails),
		cmocka_unit_test(r_056_any_offset_and_size_arrives),
		cmocka_unit_test(d_04_several_transfers_share_an_adapter),
		cmocka_unit_test(d_04_a_page_in_use_the_other_way_shortens),
		cmocka_unit_test(r_058_r_059_two_adapters_at_once),
		cmocka_unit_test(r_055_completion_before_start_returns),
		cmocka_unit_test(r_033_r_034_start_and_complete_at_dispatch),
		cmocka_unit_test(start_fails_cleanly_at_every_step),
		cmocka_unit_test(a_failed_start_costs_the_next_nothing),
		cmocka_unit_test(steady_state_needs_no_memory),
		cmocka_unit_test(transfers_left_behind_are_unmapped_at_close),
	};

	return cmocka_run_group_tests_name("packet transfers", tests, NULL, NULL);
}
