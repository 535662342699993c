// SPDX-License-Identifier: BSD-2-Clause
/* common_buffer_test.c: common buffers: contiguous, shared, counted, released only as allocated. */
#include "drivers/videoport/dma_testing.h"

static void *allocate(
	struct bench *bench, PVP_DMA_ADAPTER adapter, ULONG length, PHYSICAL_ADDRESS *logical)
{
	return VideoPortAllocateCommonBuffer(
		bench->extension, adapter, length, logical, TRUE, NULL);
}

static void r_006_r_008_r_041_both_sides_see_the_same_bytes(void **state)
{
	(void)state;
	struct bench *bench = bench_open((struct bench_options){0});
	PVP_DMA_ADAPTER adapter = bench_adapter(bench, 65536);
	const ULONG length = 5 * 4096 + 1;
	PHYSICAL_ADDRESS logical;
	unsigned char *va = allocate(bench, adapter, length, &logical), byte;

	assert_non_null(va);
	for (ULONG i = 0; i < 6 * 4096; i++)
		assert_int_equal(va[i], 0);
	/* Contiguous: every byte at logical + i, in both directions, with no port call between. */
	fill(va, length, 1);
	for (ULONG i = 0; i < length; i += 997) {
		assert_true(fake_access(
			&bench->fake, (uint64_t)logical.QuadPart + i, &byte, 1, DEVICE_READ));
		assert_int_equal(byte, va[i]);
		byte = (unsigned char)~byte;
		assert_true(fake_access(
			&bench->fake, (uint64_t)logical.QuadPart + i, &byte, 1, DEVICE_WRITE));
		assert_int_equal(byte, va[i]);
	}
	VideoPortReleaseCommonBuffer(bench->extension, adapter, length, logical, va, TRUE);
	assert_false(fake_access(&bench->fake, (uint64_t)logical.QuadPart, &byte, 1, DEVICE_READ));
	assert_int_equal(bench_rules(bench), 0);
	VideoPortPutDmaAdapter(bench->extension, adapter);
	bench_close(bench);
}

static void r_009_whole_pages_are_accounted(void **state)
{
	(void)state;
	struct bench *bench = bench_open((struct bench_options){0});
	PVP_DMA_ADAPTER adapter = bench_adapter(bench, 65536);
	PHYSICAL_ADDRESS logical[2];
	void *a = allocate(bench, adapter, 1, &logical[0]),
	     *b = allocate(bench, adapter, 4097, &logical[1]);

	assert_int_equal(bench_usage(bench).common_bytes, 3 * 4096);
	VideoPortReleaseCommonBuffer(bench->extension, adapter, 1, logical[0], a, TRUE);
	assert_int_equal(bench_usage(bench).common_bytes, 2 * 4096);
	VideoPortReleaseCommonBuffer(bench->extension, adapter, 4097, logical[1], b, TRUE);
	assert_int_equal(bench_usage(bench).common_bytes, 0);
	assert_int_equal(bench_usage(bench).common_bytes_peak, 3 * 4096);
	bench_close(bench);
}

static void buffers_lie_within_reach(void **state)
{
	(void)state;
	const unsigned bits[] = {24, 32, 64};

	for (unsigned i = 0; i < 3; i++) {
		struct bench *bench = bench_open((struct bench_options){.address_bits = bits[i]});
		PVP_DMA_ADAPTER adapter = bench_adapter(bench, 4096);
		PHYSICAL_ADDRESS logical;
		const ULONG length[] = {4096, 1u << 20, 4u << 20};
		for (unsigned k = 0; k < 3; k++) {
			assert_non_null(allocate(bench, adapter, length[k], &logical));
			assert_true(bits[i] == 64 ||
				    ((uint64_t)logical.QuadPart + length[k] - 1) >> bits[i] == 0);
		}
		bench_close(bench);
	}
}

/* Long buffers where the logical address space is torn: found, or refused, never torn themselves. */
static void r_008_long_buffers_are_contiguous(void **state)
{
	(void)state;
	struct bench *bench = bench_open((struct bench_options){.address_bits = 32});
	PVP_DMA_ADAPTER adapter = bench_adapter(bench, 4096);
	PHYSICAL_ADDRESS logical;

	for (ULONG mib = 9; mib <= 129; mib += 40) {
		unsigned char *va = allocate(bench, adapter, mib << 20, &logical), byte = 0;
		assert_non_null(va);
		va[(mib << 20) - 1] = 77;
		assert_true(fake_access(&bench->fake, (uint64_t)logical.QuadPart + (mib << 20) - 1,
			&byte, 1, DEVICE_READ));
		assert_int_equal(byte, 77);
		VideoPortReleaseCommonBuffer(
			bench->extension, adapter, mib << 20, logical, va, TRUE);
	}
	assert_null(allocate(bench, adapter, 300u << 20, &logical));
	bench_close(bench);
}

static void the_platforms_limit_holds(void **state)
{
	(void)state;
	struct bench *bench = bench_open(
		(struct bench_options){.common_bytes_max = 4 * PAGE_BYTES});
	PVP_DMA_ADAPTER first = bench_adapter(bench, 4096), second = bench_adapter(bench, 4096);
	PHYSICAL_ADDRESS logical, other;
	void *va = allocate(bench, first, 3 * 4096, &logical);

	assert_non_null(va);
	assert_null(allocate(bench, second, 4097, &other)); /* both adapters count together */
	assert_non_null(allocate(bench, second, 4096, &other));
	assert_null(allocate(bench, first, 1, &other));
	VideoPortReleaseCommonBuffer(bench->extension, first, 3 * 4096, logical, va, TRUE);
	assert_non_null(allocate(bench, first, 1, &other));
	bench_close(bench);
}

static void d_08_r_042_release_matches_exactly(void **state)
{
	(void)state;
	struct bench *bench = bench_open((struct bench_options){0});
	PVP_DMA_ADAPTER adapter = bench_adapter(bench, 65536), other = bench_adapter(bench, 65536);
	PHYSICAL_ADDRESS logical, wrong;
	unsigned char *va = allocate(bench, adapter, 8192, &logical);

	wrong.QuadPart = logical.QuadPart + 4096;
	VideoPortReleaseCommonBuffer(bench->extension, adapter, 4096, logical, va, TRUE);
	VideoPortReleaseCommonBuffer(bench->extension, adapter, 8192, wrong, va, TRUE);
	VideoPortReleaseCommonBuffer(bench->extension, adapter, 8192, logical, va, FALSE);
	VideoPortReleaseCommonBuffer(bench->extension, adapter, 8192, logical, va + 4096, TRUE);
	VideoPortReleaseCommonBuffer(bench->extension, other, 8192, logical, va, TRUE);
	VideoPortReleaseCommonBuffer(bench->extension, adapter, 8192, logical, NULL, TRUE);
	assert_int_equal(bench_rules(bench), 6);
	assert_int_equal(bench_usage(bench).common_bytes, 8192);
	va[8191] = 1;
	VideoPortReleaseCommonBuffer(bench->extension, adapter, 8192, logical, va, TRUE);
	assert_int_equal(bench_rules(bench), 0);
	VideoPortReleaseCommonBuffer(
		bench->extension, adapter, 8192, logical, va, TRUE); /* twice */
	assert_int_equal(bench_rules(bench), 1);
	bench_close(bench);
}

/* D-17: the page on release names the legacy function; the order of parameters is this function's own. */
static void d_17_release_takes_logical_before_virtual(void **state)
{
	(void)state;
	VOID(*release)
	(PVOID, PVP_DMA_ADAPTER, ULONG, PHYSICAL_ADDRESS, PVOID,
		BOOLEAN) = VideoPortReleaseCommonBuffer;

	assert_true(release != NULL);
}

static void d_12_common_buffers_use_no_map_registers(void **state)
{
	(void)state;
	struct bench *bench = bench_open((struct bench_options){.map_registers = 2});
	PVP_DMA_ADAPTER adapter = bench_adapter(bench, 1u << 20);
	PHYSICAL_ADDRESS logical;

	assert_non_null(allocate(bench, adapter, 1u << 20, &logical));
	assert_int_equal(bench_usage(bench).map_registers, 0);
	assert_int_equal(dma_adapter(&bench->vp.dma, adapter)->regs.free, 2);
	bench_close(bench);
}

static void allocate_is_for_passive_level_and_sane_arguments(void **state)
{
	(void)state;
	struct bench *bench = bench_open((struct bench_options){0});
	PVP_DMA_ADAPTER adapter = bench_adapter(bench, 65536);
	PHYSICAL_ADDRESS logical;

	assert_null(allocate(bench, adapter, 0, &logical));
	assert_null(allocate(bench, adapter, 1, NULL));
	unsigned irql = irql_raise(IRQL_DISPATCH);
	assert_null(allocate(bench, adapter, 1, &logical));
	irql_lower(irql);
	assert_int_equal(bench_rules(bench), 3);
	bench_close(bench);
}

static void failures_leave_nothing_behind(void **state)
{
	(void)state;
	struct bench *bench = bench_open(
		(struct bench_options){.common_bytes_max = 2 * PAGE_BYTES});
	PVP_DMA_ADAPTER adapter = bench_adapter(bench, 65536);
	PHYSICAL_ADDRESS logical;
	void *va = NULL;

	for (unsigned n = 1; !va; n++) {
		fault_arm(n, false);
		va = allocate(bench, adapter, 8192, &logical);
		fault_arm(0, false);
		assert_true(
			va || (bench->fake.mappings == 0 && bench_usage(bench).common_bytes == 0));
		assert_true(n < 20);
	}
	VideoPortReleaseCommonBuffer(bench->extension, adapter, 8192, logical, va, TRUE);
	bench_close(bench);
}

/* Many sizes come and go; close finds frames and mappings where they were. */
static void churn_gives_everything_back(void **state)
{
	(void)state;
	uint64_t seed = property_seed("churn_gives_everything_back");
	struct bench *bench = bench_open((struct bench_options){0});
	PVP_DMA_ADAPTER adapter = bench_adapter(bench, 65536);
	struct {
		void *va;
		ULONG length;
		PHYSICAL_ADDRESS logical;
	} held[64] = {{0}};

	for (unsigned round = 0; round < 4000; round++) {
		unsigned i = (unsigned)property_next(&seed, 64);
		if (held[i].va)
			VideoPortReleaseCommonBuffer(bench->extension, adapter, held[i].length,
				held[i].logical, held[i].va, TRUE);
		held[i].length = 1 + (ULONG)property_next(&seed, 65536);
		held[i].va = allocate(bench, adapter, held[i].length, &held[i].logical);
		assert_non_null(held[i].va);
	}
	for (unsigned i = 0; i < 64; i++)
		if (held[i].va)
			VideoPortReleaseCommonBuffer(bench->extension, adapter, held[i].length,
				held[i].logical, held[i].va, TRUE);
	assert_int_equal(bench_rules(bench), 0);
	assert_int_equal(bench_usage(bench).common_bytes, 0);
	assert_int_equal(bench->fake.mappings, 0);
	bench_close(bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(r_006_r_008_r_041_both_sides_see_the_same_bytes),
		cmocka_unit_test(r_009_whole_pages_are_accounted),
		cmocka_unit_test(buffers_lie_within_reach),
		cmocka_unit_test(r_008_long_buffers_are_contiguous),
		cmocka_unit_test(the_platforms_limit_holds),
		cmocka_unit_test(d_08_r_042_release_matches_exactly),
		cmocka_unit_test(d_17_release_takes_logical_before_virtual),
		cmocka_unit_test(d_12_common_buffers_use_no_map_registers),
		cmocka_unit_test(allocate_is_for_passive_level_and_sane_arguments),
		cmocka_unit_test(failures_leave_nothing_behind),
		cmocka_unit_test(churn_gives_everything_back),
	};

	return cmocka_run_group_tests_name("common buffers", tests, NULL, NULL);
}
