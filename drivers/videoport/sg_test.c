// SPDX-License-Identifier: BSD-2-Clause
/* sg_test.c: logical addresses, runs, elements, and the split arithmetic of videoport.md 6. */
#include "drivers/videoport/dma_testing.h"

static struct sg_pages direct(const uint64_t *pfn, uint32_t count)
{
	return (struct sg_pages){.pfn = pfn, .count = count};
}

static void r_056_logical_differs_from_physical(void **state)
{
	(void)state;
	for (uint64_t pfn = 1; pfn < 1 << 21; pfn += 509) {
		uint64_t iova = sg_iova(pfn).val;
		assert_true(iova != pfn << PAGE_SHIFT);
		assert_int_equal(
			sg_iova(iova >> PAGE_SHIFT).val, pfn << PAGE_SHIFT); /* its own inverse */
		assert_int_equal(iova / FRAMES_4G, (pfn << PAGE_SHIFT) / FRAMES_4G);
		assert_int_equal(
			iova < 1 << 24, pfn << PAGE_SHIFT < 1 << 24); /* 24-bit reach is kept */
	}
}

static void contiguous_tells_torn_runs(void **state)
{
	(void)state;
	const uint64_t block = SG_BLOCK_BYTES >> PAGE_SHIFT;
	uint64_t seed = property_seed("contiguous_tells_torn_runs");

	for (unsigned round = 0; round < 2000; round++) {
		uint64_t pfn = property_next(&seed, 1 << 20),
			 pages = 1 + property_next(&seed, 3 * block);
		bool torn = false;
		for (uint64_t i = 1; i < pages && !torn; i++)
			torn = sg_iova(pfn + i).val != sg_iova(pfn).val + (i << PAGE_SHIFT);
		assert_int_equal(sg_contiguous(pfn, pages), !torn);
	}
}

static void d_11_elements_hold_logical_addresses(void **state)
{
	(void)state;
	const uint64_t pfn[] = {0x12345, 0x12346, 0x30000};
	struct sg_pages pages = direct(pfn, 3);
	VP_SCATTER_GATHER_ELEMENT out[3];

	assert_int_equal(sg_build(&pages, 0x10, 3 * 4096 - 0x20, out), 2);
	assert_int_equal(out[0].Address.QuadPart, (LONGLONG)(sg_iova(0x12345).val + 0x10));
	assert_int_equal(out[0].Length, 2 * 4096 - 0x10);
	assert_int_equal(out[1].Address.QuadPart, (LONGLONG)sg_iova(0x30000).val);
	assert_int_equal(out[1].Length, 4096 - 0x10);
}

/* A frame whose logical address happens to follow a slot's: the two are still mapped in two ways. */
static void a_slot_and_the_frame_behind_it_are_two_runs(void **state)
{
	(void)state;
	const uint64_t pfn[] = {0x40000, 0x12346};
	const uint32_t slot[] = {0, SG_NO_SLOT};
	struct sg_pages pages = {
		.pfn = pfn, .count = 2, .slot = slot, .slot_base = sg_iova(0x12345)};
	struct sg_run run;
	uint32_t at = 0;

	assert_true(sg_adjacent(pages.slot_base.val, sg_iova(pfn[1]).val));
	assert_true(sg_run_next(&pages, &at, &run));
	assert_int_equal(run.pages, 1);
	assert_true(run.bounced);
	assert_true(sg_run_next(&pages, &at, &run));
	assert_int_equal(run.pages, 1);
	assert_false(run.bounced);
}

static void elements_stop_at_4_gib(void **state)
{
	(void)state;
	const uint64_t boundary = FRAMES_4G >> PAGE_SHIFT;
	uint64_t pfn[4];
	VP_SCATTER_GATHER_ELEMENT out[4];

	/* Two logical pages below the boundary and two above: adjacent, yet two elements. */
	for (uint64_t i = 0; i < 4; i++)
		pfn[i] = sg_iova(2 * boundary - 2 + i).val >> PAGE_SHIFT;
	struct sg_pages pages = direct(pfn, 4);
	assert_int_equal(sg_build(&pages, 0, 4 * 4096, out), 2);
	assert_int_equal(out[0].Length, 2 * 4096);
	assert_int_equal(out[1].Address.QuadPart, (LONGLONG)(2 * FRAMES_4G));
}

static void bounced_pages_are_runs_of_their_own(void **state)
{
	(void)state;
	const uint64_t pfn[] = {100, 101, 102, 103};
	const uint32_t slot[] = {SG_NO_SLOT, 4, 5, SG_NO_SLOT};
	struct sg_pages pages = {.pfn = pfn, .count = 4, .slot = slot, .slot_base = {0x700000}};
	VP_SCATTER_GATHER_ELEMENT out[4];

	assert_int_equal(sg_build(&pages, 1, 4 * 4096 - 2, out), 3);
	assert_int_equal(out[1].Address.QuadPart, 0x704000);
	assert_int_equal(out[1].Length, 2 * 4096);
	assert_int_equal(out[0].Length + out[1].Length + out[2].Length, 4 * 4096 - 2);
}

/* Ascending order, full cover, no 4 GiB crossing, no two elements that could be one. */
static void check_elements(const struct sg_pages *pages, uint32_t offset, uint32_t length,
	const VP_SCATTER_GATHER_ELEMENT *out, uint32_t count)
{
	uint64_t byte = offset, end = 0;

	assert_true(count <= page_span(offset, length));
	for (uint32_t i = 0; i < count; i++) {
		uint64_t address = (uint64_t)out[i].Address.QuadPart;
		assert_true(out[i].Length > 0);
		assert_int_equal(address / FRAMES_4G, (address + out[i].Length - 1) / FRAMES_4G);
		assert_true(i == 0 || address != end || address % FRAMES_4G == 0);
		for (uint32_t done = 0; done < out[i].Length;) {
			uint32_t in_page = (uint32_t)(byte & PAGE_MASK);
			uint32_t here = 4096 - in_page < out[i].Length - done
			                        ? 4096 - in_page
			                        : out[i].Length - done;
			assert_int_equal(address + done,
				sg_iova(pages->pfn[byte >> PAGE_SHIFT]).val + in_page);
			done += here;
			byte += here;
		}
		end = address + out[i].Length;
	}
	assert_int_equal(byte, offset + length);
}

static void r_004_elements_cover_any_buffer(void **state)
{
	(void)state;
	uint64_t seed = property_seed("r_004_elements_cover_any_buffer");
	uint64_t pfn[64] = {0};
	VP_SCATTER_GATHER_ELEMENT out[64];

	for (unsigned round = 0; round < 4096; round++) {
		uint32_t offset = round % 4096; /* every offset 0..4095 */
		uint32_t count = 1 + (uint32_t)property_next(&seed, 64);
		for (uint32_t i = 0; i < count; i++)
			pfn[i] = i && property_next(&seed, 3) ? pfn[i - 1] + 1
			                                      : 1 + property_next(&seed, 1 << 22);
		uint32_t most = count * 4096 - offset, length = most;
		if (round % 3)
			length = most - (uint32_t)property_next(&seed, most < 4096 ? most : 4096);
		struct sg_pages pages = direct(pfn, (uint32_t)page_span(offset, length));
		check_elements(&pages, offset, length, out, sg_build(&pages, offset, length, out));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(r_056_logical_differs_from_physical),
		cmocka_unit_test(contiguous_tells_torn_runs),
		cmocka_unit_test(d_11_elements_hold_logical_addresses),
		cmocka_unit_test(a_slot_and_the_frame_behind_it_are_two_runs),
		cmocka_unit_test(elements_stop_at_4_gib),
		cmocka_unit_test(bounced_pages_are_runs_of_their_own),
		cmocka_unit_test(r_004_elements_cover_any_buffer),
	};

	return cmocka_run_group_tests_name("scatter/gather lists", tests, NULL, NULL);
}
