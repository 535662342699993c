// SPDX-License-Identifier: BSD-2-Clause
/* adapter_test.c: getting and putting adapters: grant, reach, several at once, use after put. */
#include "drivers/videoport/dma_testing.h"

static PVP_DMA_ADAPTER get(struct bench *bench, bool sg, bool bits32, bool bits64, ULONG maximum)
{
	VP_DEVICE_DESCRIPTION description = {
		.ScatterGather = sg,
		.Dma32BitAddresses = bits32,
		.Dma64BitAddresses = bits64,
		.MaximumLength = maximum,
	};

	return VideoPortGetDmaAdapter(bench->extension, &description);
}

static const struct vp_adapter *inside(struct bench *bench, PVP_DMA_ADAPTER handle)
{
	const struct vp_adapter *adapter = dma_adapter(&bench->vp.dma, handle);

	assert_non_null(adapter);
	return adapter;
}

static void r_011_r_030_get_gives_an_adapter(void **state)
{
	(void)state;
	struct bench *bench = bench_open((struct bench_options){0});
	VP_DEVICE_DESCRIPTION description = {.ScatterGather = TRUE, .MaximumLength = 65536};
	PVP_DMA_ADAPTER adapter = VideoPortGetDmaAdapter(bench->extension, &description);

	assert_non_null(adapter);
	description.MaximumLength = 1; /* the description was copied */
	assert_int_equal(inside(bench, adapter)->description.MaximumLength, 65536);
	assert_int_equal(bench_usage(bench).adapters, 1);
	VideoPortPutDmaAdapter(bench->extension, adapter);
	assert_int_equal(bench_usage(bench).adapters, 0);
	assert_int_equal(bench_rules(bench), 0);
	bench_close(bench);
}

/* WDM: one register more than MaximumLength needs, or as many as the platform allows. */
static void d_01_grant_is_pages_of_maximum_length_and_one(void **state)
{
	(void)state;
	struct bench *bench = bench_open((struct bench_options){0});

	assert_int_equal(inside(bench, get(bench, true, false, true, 4 * 4096))->regs.total, 5);
	assert_int_equal(inside(bench, get(bench, true, false, true, 4 * 4096 + 1))->regs.total, 6);
	bench_close(bench);
	bench = bench_open((struct bench_options){.map_registers = 5});
	assert_int_equal(inside(bench, get(bench, true, false, true, 1u << 20))->regs.total, 5);
	assert_int_equal(inside(bench, get(bench, true, false, true, 4096))->regs.total, 2);
	bench_close(bench);
}

static void d_15_reach_follows_the_flags_and_the_device(void **state)
{
	(void)state;
	const struct {
		bool sg, bits32, bits64;
		unsigned device_bits;
		uint64_t reach;
	} row[] = {
		{true, false, true, 64, UINT64_MAX},
		{true, true, true, 64, UINT64_MAX}, /* 64 makes 32 irrelevant */
		{false, true, false, 64, UINT32_MAX},
		{true, false, false, 64, UINT32_MAX}, /* scatter/gather on PCI implies 32 */
		{false, false, false, 64, 0xFFFFFF},
		{true, false, true, 32, UINT32_MAX}, /* never beyond the device */
		{true, true, false, 24, 0xFFFFFF},
	};

	for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct bench *bench = bench_open(
			(struct bench_options){.address_bits = row[i].device_bits});
		PVP_DMA_ADAPTER handle = get(bench, row[i].sg, row[i].bits32, row[i].bits64, 65536);
		const struct vp_adapter *adapter = inside(bench, handle);
		assert_int_equal(adapter->reach, row[i].reach);
		if (adapter->regs.slots)
			assert_true(
				adapter->slot_iova.val + (uint64_t)adapter->regs.slots * 4096 - 1 <=
				adapter->reach);
		VideoPortPutDmaAdapter(bench->extension, handle);
		bench_close(bench);
	}
}

static void scatter_gather_needs_description_and_device(void **state)
{
	(void)state;
	struct bench *bench = bench_open((struct bench_options){.no_scatter_gather = true});

	assert_false(inside(bench, get(bench, true, false, true, 65536))->scatter_gather);
	bench_close(bench);
	bench = bench_open((struct bench_options){0});
	assert_false(inside(bench, get(bench, false, false, true, 65536))->scatter_gather);
	assert_true(inside(bench, get(bench, true, false, true, 65536))->scatter_gather);
	bench_close(bench);
}

/* 24 bits: 16 MiB of addresses, of which 8 MiB are one piece; the grant shrinks to what there is. */
static void bounce_memory_limits_the_grant(void **state)
{
	(void)state;
	struct bench *bench = bench_open((struct bench_options){.address_bits = 24});
	const struct vp_adapter *adapter = inside(
		bench, get(bench, false, false, false, 16u << 20));

	assert_in_range(adapter->regs.total, 1024, 2048);
	bench_close(bench);
}

static void get_fails_with_null(void **state)
{
	(void)state;
	struct bench *bench = bench_open((struct bench_options){0});
	VP_DEVICE_DESCRIPTION description = {.ScatterGather = TRUE};

	assert_null(VideoPortGetDmaAdapter(NULL, &description));
	assert_null(VideoPortGetDmaAdapter(bench->extension, NULL));
	assert_null(VideoPortGetDmaAdapter(bench->extension, &description)); /* MaximumLength 0 */
	assert_int_equal(bench_rules(bench), 2);
	unsigned irql = irql_raise(IRQL_DISPATCH);
	assert_null(bench_adapter(bench, 4096));
	irql_lower(irql);
	assert_int_equal(bench_rules(bench), 1);
	for (unsigned i = 0; i < DMA_ADAPTERS_MAX; i++)
		assert_non_null(bench_adapter(bench, 4096));
	assert_null(bench_adapter(bench, 4096));
	bench_close(bench);
}

static void r_058_several_adapters_have_their_own_registers(void **state)
{
	(void)state;
	struct bench *bench = bench_open((struct bench_options){.no_scatter_gather = true});
	PVP_DMA_ADAPTER first = bench_adapter(bench, 65536), second = bench_adapter(bench, 65536);

	assert_ptr_not_equal(first, second);
	assert_true(inside(bench, first)->slot_iova.val != inside(bench, second)->slot_iova.val);
	VideoPortPutDmaAdapter(bench->extension, first);
	assert_non_null(dma_adapter(&bench->vp.dma, second));
	VideoPortPutDmaAdapter(bench->extension, second);
	assert_int_equal(bench_rules(bench), 0);
	bench_close(bench);
}

static void r_012_r_038_use_after_put_is_refused(void **state)
{
	(void)state;
	struct bench *bench = bench_open((struct bench_options){0});
	PVP_DMA_ADAPTER adapter = bench_adapter(bench, 65536);
	PHYSICAL_ADDRESS logical;
	struct caught caught = {0};
	ULONG length = 100;
	PVOID mdl = VideoPortLockBuffer(bench->extension, bench->buffer, 4096, VpReadAccess);

	VideoPortPutDmaAdapter(bench->extension, adapter);
	PVP_DMA_ADAPTER next = bench_adapter(bench, 65536); /* the same place, another generation */
	assert_ptr_not_equal(next, adapter);
	assert_int_equal(bench_rules(bench), 0);
	PVP_DMA_ADAPTER wrong[] = {adapter, NULL, (PVP_DMA_ADAPTER)&caught};
	for (unsigned i = 0; i < 3; i++) {
		VideoPortPutDmaAdapter(bench->extension, wrong[i]);
		assert_null(VideoPortAllocateCommonBuffer(
			bench->extension, wrong[i], 4096, &logical, TRUE, NULL));
		length = 100;
		assert_int_equal(VideoPortStartDma(bench->extension, wrong[i], mdl, 0, &length,
					 catch_list, &caught, TRUE),
			ERROR_INVALID_PARAMETER);
		assert_int_equal(length, 0);
		assert_int_equal(VideoPortCompleteDma(bench->extension, wrong[i], NULL, TRUE),
			ERROR_INVALID_PARAMETER);
		assert_int_equal(bench_rules(bench), 4);
	}
	assert_int_equal(caught.calls, 0);
	VideoPortUnlockBuffer(bench->extension, mdl);
	bench_close(bench);
}

/* Without the verifier as well: lists a driver keeps too long are looked up, not followed (built for ASan). */
static void d_14_lists_of_an_adapter_that_was_put_are_refused(void **state)
{
	(void)state;
	struct bench *bench = bench_open((struct bench_options){0});
	PVP_DMA_ADAPTER adapter = bench_adapter(bench, 65536);
	PVOID mdl = VideoPortLockBuffer(bench->extension, bench->buffer, 65536, VpReadAccess);
	struct caught caught[2] = {{0}};

	for (unsigned i = 0; i < 2; i++) {
		ULONG length = 4096;

		assert_int_equal(VideoPortStartDma(bench->extension, adapter, mdl, 8192 * i,
					 &length, catch_list, &caught[i], TRUE),
			NO_ERROR);
	}
	/* One is completed in time, the other is out while its adapter goes. */
	assert_int_equal(
		VideoPortCompleteDma(bench->extension, adapter, caught[0].list, TRUE), NO_ERROR);
	VideoPortPutDmaAdapter(bench->extension, adapter);
	assert_true(bench_rules(bench) > 0);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(
			VideoPortCompleteDma(bench->extension, adapter, caught[i].list, TRUE),
			ERROR_INVALID_PARAMETER);
	PVP_DMA_ADAPTER next = bench_adapter(bench, 65536);

	assert_int_equal(VideoPortCompleteDma(bench->extension, next, caught[0].list, TRUE),
		ERROR_INVALID_PARAMETER);
	VideoPortPutDmaAdapter(bench->extension, next);
	VideoPortUnlockBuffer(bench->extension, mdl);
	bench_rules(bench);
	bench_close(bench);
}

static void d_14_put_with_resources_outstanding_is_reported(void **state)
{
	(void)state;
	struct bench *bench = bench_open((struct bench_options){0});
	PVP_DMA_ADAPTER adapter = bench_adapter(bench, 65536), next;
	PHYSICAL_ADDRESS logical;
	void *common = VideoPortAllocateCommonBuffer(
		bench->extension, adapter, 100, &logical, TRUE, NULL);

	assert_non_null(common);
	VideoPortPutDmaAdapter(bench->extension, adapter);
	assert_int_equal(bench_rules(bench), 1);
	/* Gone for the driver, its memory still there, its place never used again. */
	VideoPortReleaseCommonBuffer(bench->extension, adapter, 100, logical, common, TRUE);
	assert_int_equal(bench_rules(bench), 1);
	memset(common, 1, 100);
	for (unsigned i = 0; i < 3; i++) {
		next = bench_adapter(bench, 65536);
		assert_true(((uintptr_t)next & 0xFFFFFF) != ((uintptr_t)adapter & 0xFFFFFF));
		VideoPortPutDmaAdapter(bench->extension, next);
	}
	assert_int_equal(bench_usage(bench).adapters, 1); /* the leak shows at close */
	assert_int_equal(bench_usage(bench).common_bytes, 4096);
	bench_close(bench);
}

static void get_fails_cleanly_at_every_step(void **state)
{
	(void)state;
	bool done = false;

	for (unsigned n = 1; !done; n++) {
		PVP_DMA_ADAPTER adapter = NULL;
		fault_arm(n, false);
		struct bench *bench = bench_open((struct bench_options){
			.address_bits = 32, .defer_execute = true, .buffer_bytes = 65536});
		if (bench)
			adapter = bench_adapter(bench, 65536);
		done = !fault_fired();
		/* Bounce memory that fails once is had at half the size. */
		assert_true(!done || adapter);
		fault_arm(0, false);
		if (adapter)
			VideoPortPutDmaAdapter(bench->extension, adapter);
		if (bench) {
			assert_int_equal(bench_rules(bench), 0);
			assert_int_equal(bench->fake.mappings, 0);
			bench_close(bench);
		}
		assert_true(n < 100);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(r_011_r_030_get_gives_an_adapter),
		cmocka_unit_test(d_01_grant_is_pages_of_maximum_length_and_one),
		cmocka_unit_test(d_15_reach_follows_the_flags_and_the_device),
		cmocka_unit_test(scatter_gather_needs_description_and_device),
		cmocka_unit_test(bounce_memory_limits_the_grant),
		cmocka_unit_test(get_fails_with_null),
		cmocka_unit_test(r_058_several_adapters_have_their_own_registers),
		cmocka_unit_test(r_012_r_038_use_after_put_is_refused),
		cmocka_unit_test(d_14_lists_of_an_adapter_that_was_put_are_refused),
		cmocka_unit_test(d_14_put_with_resources_outstanding_is_reported),
		cmocka_unit_test(get_fails_cleanly_at_every_step),
	};

	return cmocka_run_group_tests_name("DMA adapters", tests, NULL, NULL);
}
