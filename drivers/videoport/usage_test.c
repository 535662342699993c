// SPDX-License-Identifier: BSD-2-Clause
/*
 * usage_test.c: the account of a port as its functions change it, on a clock of the test's own: what is pinned, mapped,
 * listed and bounced, and random transfers against a count that the test keeps.
 */
#include "drivers/videoport/clock_testing.h"
#include "drivers/videoport/dma_testing.h"

#include <math.h>

static PVOID lock_at(struct bench *bench, size_t offset, ULONG length)
{
	PVOID mdl = VideoPortLockBuffer(
		bench->extension, bench->buffer + offset, length, VpModifyAccess);

	assert_non_null(mdl);
	return mdl;
}

static PVP_SCATTER_GATHER_LIST start(
	struct bench *bench, PVP_DMA_ADAPTER adapter, PVOID mdl, ULONG length)
{
	struct caught caught = {.length = &length};

	assert_int_equal(VideoPortStartDma(bench->extension, adapter, mdl, 0, &length, catch_list,
				 &caught, TRUE),
		NO_ERROR);
	return caught.list;
}

/* Time passes, and what has changed before counts from its beginning. */
static void pass(struct bench *bench, uint64_t ticks)
{
	account_date(&bench->vp.account, test_ticks);
	test_ticks += ticks;
}

/*
 * Two locks of one page and a transfer of each: pinned twice, mapped once.
 *	ticks            10      20      30      40
 *	pinned, pages  1     2       2       1
 *	mapped, pages  0     1       1       0
 */
static void a_shared_page_is_pinned_twice_and_mapped_once(void **state)
{
	struct bench *bench = bench_open((struct bench_options){0});
	PVP_DMA_ADAPTER adapter = bench_adapter(bench, 65536);

	(void)state;
	account_reset(&bench->vp.account);
	PVOID first = lock_at(bench, 0, 100), second;
	pass(bench, 10);
	second = lock_at(bench, 200, 100);
	PVP_SCATTER_GATHER_LIST one = start(bench, adapter, first, 100);
	pass(bench, 20);
	PVP_SCATTER_GATHER_LIST two = start(bench, adapter, second, 100);
	VideoPortCompleteDma(bench->extension, adapter, one, TRUE);
	pass(bench, 30);
	VideoPortCompleteDma(bench->extension, adapter, two, TRUE);
	VideoPortUnlockBuffer(bench->extension, first);
	pass(bench, 40);

	struct videoport_usage usage = bench_usage(bench);

	assert_int_equal(usage.pinned_bytes_peak, 2 * PAGE_BYTES);
	assert_true(fabs(usage.pinned_bytes_mean - 4096.0 * (10 + 40 + 60 + 40) / 100) < 1e-9);
	assert_int_equal(usage.mapped_bytes_peak, PAGE_BYTES);
	assert_true(fabs(usage.mapped_bytes_mean - 4096.0 * 50 / 100) < 1e-9);
	assert_int_equal(usage.map_registers_peak, 2);
	assert_true(fabs(usage.map_registers_mean - 50.0 / 100) < 1e-9);
	assert_int_equal(usage.sg_bytes_peak, 2 * (16 + 24));
	assert_int_equal(usage.mapped_bytes + usage.map_registers + usage.sg_bytes, 0);
	VideoPortUnlockBuffer(bench->extension, second);
	VideoPortPutDmaAdapter(bench->extension, adapter);
	bench_close(bench);
}

/* What lies out of reach is held in slots, and not mapped. */
static void what_bounces_is_held_in_slots(void **state)
{
	struct bench *bench = bench_open((struct bench_options){
		.address_bits = 32, .policy = {.high = 1, .fragmentation = 1}});
	VP_DEVICE_DESCRIPTION description = {
		.ScatterGather = TRUE, .Dma32BitAddresses = TRUE, .MaximumLength = 65536};
	PVP_DMA_ADAPTER adapter = VideoPortGetDmaAdapter(bench->extension, &description);
	struct videoport_adapter_account account;

	(void)state;
	account_reset(&bench->vp.account);
	PVOID mdl = lock_at(bench, 0, 3 * PAGE_BYTES);
	PVP_SCATTER_GATHER_LIST list = start(bench, adapter, mdl, 3 * PAGE_BYTES);
	ULONG elements = list->NumberOfElements;
	pass(bench, 100);
	list->NumberOfElements = 1; /* the driver's to spoil, and not counted by */
	VideoPortCompleteDma(bench->extension, adapter, list, TRUE);
	pass(bench, 300);

	struct videoport_usage usage = bench_usage(bench);

	assert_int_equal(usage.bounce_held_bytes_peak, 3 * PAGE_BYTES);
	assert_true(fabs(usage.bounce_held_bytes_mean - 3 * 4096.0 / 4) < 1e-9);
	assert_int_equal(usage.bounce_held_bytes, 0);
	assert_int_equal(usage.mapped_bytes_peak, 0);
	assert_int_equal(usage.sg_bytes_peak, 16 + 24 * elements);
	assert_int_equal(usage.sg_bytes, 0);
	assert_int_equal(videoport_adapters(&bench->vp, &account, 1), 1);
	assert_int_equal(account.bounce_bytes.peak, 3 * PAGE_BYTES);
	assert_true(fabs(account.bounce_bytes.mean - 3 * 4096.0 / 4) < 1e-9);
	assert_true(fabs(account.map_registers.mean - 3.0 / 4) < 1e-9);
	assert_int_equal(account.map_registers.allocated, 3);
	assert_int_equal(account.map_registers.freed, 3);
	VideoPortUnlockBuffer(bench->extension, mdl);
	VideoPortPutDmaAdapter(bench->extension, adapter);
	bench_close(bench);
}

/* Common buffers side by side, the middle one released: one hole, no fragmentation; then two. */
static void holes_between_common_buffers_are_seen(void **state)
{
	struct bench *bench = bench_open((struct bench_options){0});
	PVP_DMA_ADAPTER adapter = bench_adapter(bench, 1u << 20);
	PHYSICAL_ADDRESS logical[5];
	PVOID va[5];

	(void)state;
	account_reset(&bench->vp.account);
	for (unsigned i = 0; i < 5; i++) {
		va[i] = VideoPortAllocateCommonBuffer(
			bench->extension, adapter, 5000, &logical[i], TRUE, NULL);
		assert_non_null(va[i]);
	}
	assert_int_equal(bench_usage(bench).common_free_bytes, 0);
	assert_int_equal(bench_usage(bench).common_asked_bytes, 5 * 5000);
	VideoPortReleaseCommonBuffer(bench->extension, adapter, 5000, logical[1], va[1], TRUE);
	assert_int_equal(bench_usage(bench).common_largest_bytes, 2 * PAGE_BYTES);
	assert_true(bench_usage(bench).common_fragmentation == 0);
	VideoPortReleaseCommonBuffer(bench->extension, adapter, 5000, logical[3], va[3], TRUE);
	assert_int_equal(bench_usage(bench).common_free_bytes, 4 * PAGE_BYTES);
	assert_true(fabs(bench_usage(bench).common_fragmentation - 0.5) < 1e-12);
	VideoPortReleaseCommonBuffer(bench->extension, adapter, 5000, logical[2], va[2], TRUE);
	assert_int_equal(bench_usage(bench).common_largest_bytes, 6 * PAGE_BYTES);
	assert_true(bench_usage(bench).common_fragmentation == 0);
	VideoPortReleaseCommonBuffer(bench->extension, adapter, 5000, logical[0], va[0], TRUE);
	VideoPortReleaseCommonBuffer(bench->extension, adapter, 5000, logical[4], va[4], TRUE);
	VideoPortPutDmaAdapter(bench->extension, adapter);
	bench_close(bench);
}

/* ---- random transfers against a count of the test's own ------------------------------------------------ */

#define TRANSFERS 12
#define STEPS     400

struct count {
	uint64_t now, peak, area;
};

static void count_change(struct count *count, uint64_t by)
{
	count->now += by;
	count->peak = count->now > count->peak ? count->now : count->peak;
}

static void random_transfers(uint64_t seed)
{
	struct bench *bench = bench_open(
		(struct bench_options){.seed = seed, .policy = {.fragmentation = 0.3}});
	PVP_DMA_ADAPTER adapter = bench_adapter(bench, 4u << 20);
	struct {
		PVOID mdl;
		PVP_SCATTER_GATHER_LIST list;
		uint64_t pages, sg_bytes;
	} op[TRANSFERS] = {{.mdl = NULL}};
	struct count pinned = {0}, registers = {0}, sg = {0};
	uint64_t begin;

	account_reset(&bench->vp.account);
	begin = test_ticks;
	for (unsigned step = 0; step < STEPS; step++) {
		unsigned i = (unsigned)property_next(&seed, TRANSFERS);
		uint64_t ticks = property_next(&seed, 100);

		if (op[i].mdl) {
			VideoPortCompleteDma(bench->extension, adapter, op[i].list, TRUE);
			VideoPortUnlockBuffer(bench->extension, op[i].mdl);
			count_change(&pinned, -(op[i].pages << PAGE_SHIFT));
			count_change(&registers, -op[i].pages);
			count_change(&sg, -op[i].sg_bytes);
			op[i].mdl = NULL;
		} else {
			size_t offset = (size_t)property_next(&seed, 100000);
			ULONG length = 1 + (ULONG)property_next(&seed, 200000);

			op[i].mdl = lock_at(bench, offset, length);
			op[i].list = start(bench, adapter, op[i].mdl, length);
			op[i].pages = page_span((uintptr_t)bench->buffer + offset, length);
			op[i].sg_bytes = offsetof(VP_SCATTER_GATHER_LIST, Elements) +
			                 op[i].list->NumberOfElements *
			                         sizeof(VP_SCATTER_GATHER_ELEMENT);
			count_change(&pinned, op[i].pages << PAGE_SHIFT);
			count_change(&registers, op[i].pages);
			count_change(&sg, op[i].sg_bytes);
		}
		pass(bench, ticks);
		pinned.area += pinned.now * ticks;
		registers.area += registers.now * ticks;
		sg.area += sg.now * ticks;
	}

	struct videoport_usage usage = bench_usage(bench);
	double span = (double)(test_ticks - begin);

	assert_int_equal(usage.pinned_bytes, pinned.now);
	assert_int_equal(usage.pinned_bytes_peak, pinned.peak);
	assert_true(usage.pinned_bytes_mean == (double)pinned.area / span);
	assert_int_equal(usage.map_registers_peak, registers.peak);
	assert_true(usage.map_registers_mean == (double)registers.area / span);
	assert_int_equal(usage.sg_bytes_peak, sg.peak);
	assert_true(usage.sg_bytes_mean == (double)sg.area / span);
	for (unsigned i = 0; i < TRANSFERS; i++) {
		if (!op[i].mdl)
			continue;
		VideoPortCompleteDma(bench->extension, adapter, op[i].list, TRUE);
		VideoPortUnlockBuffer(bench->extension, op[i].mdl);
	}
	assert_int_equal(bench_usage(bench).mapped_bytes + bench_usage(bench).sg_bytes, 0);
	VideoPortPutDmaAdapter(bench->extension, adapter);
	bench_close(bench);
}

static void random_transfers_agree_with_a_count_beside(void **state)
{
	uint64_t seed = property_seed("usage");

	(void)state;
	for (unsigned i = 0; i < 20; i++)
		random_transfers(seed + i);
}

/* Records are made for the most at a time and come again; those of lists go with their adapter. */
static void records_stay_for_those_to_come(void **state)
{
	struct bench *bench = bench_open((struct bench_options){0});
	PVP_DMA_ADAPTER adapter = bench_adapter(bench, 65536);
	uint64_t locks = 0, lists = 0;

	(void)state;
	assert_int_equal(videoport_record_bytes(&bench->vp), 0);
	for (unsigned i = 0; i < 3; i++) {
		PVOID first = lock_at(bench, 0, 100), second = lock_at(bench, 200, 100);

		locks = locks ? locks : videoport_record_bytes(&bench->vp);
		PVP_SCATTER_GATHER_LIST list = start(bench, adapter, first, 100);

		lists = lists ? lists : videoport_record_bytes(&bench->vp) - locks;
		VideoPortCompleteDma(bench->extension, adapter, list, TRUE);
		VideoPortUnlockBuffer(bench->extension, first);
		VideoPortUnlockBuffer(bench->extension, second);
		assert_true(locks > 0 && lists > 0);
		assert_int_equal(videoport_record_bytes(&bench->vp), locks + lists);
	}
	VideoPortPutDmaAdapter(bench->extension, adapter);
	assert_int_equal(videoport_record_bytes(&bench->vp), locks);
	bench_close(bench);
}

#define usage_case(function) cmocka_unit_test_setup_teardown(function, clock_setup, clock_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		usage_case(a_shared_page_is_pinned_twice_and_mapped_once),
		usage_case(what_bounces_is_held_in_slots),
		usage_case(holes_between_common_buffers_are_seen),
		usage_case(records_stay_for_those_to_come),
		usage_case(random_transfers_agree_with_a_count_beside),
	};

	return cmocka_run_group_tests_name("usage", tests, NULL, NULL);
}
