// SPDX-License-Identifier: BSD-2-Clause
/* verify_adapter_test.c: rules 101 to 108, each broken and kept, and the account of every adapter. */
#include "drivers/videoport/dma_testing.h"
#include "drivers/videoport/verify_dma.h"

static struct bench *open_verified(void)
{
	struct bench *bench = bench_open((struct bench_options){.verify = true});

	assert_non_null(bench);
	return bench;
}

/* Every function that takes an adapter, with this one. Each time one event of @rule, 0: none. */
static void use_everywhere(struct bench *bench, PVP_DMA_ADAPTER adapter, unsigned rule)
{
	PVOID mdl = VideoPortLockBuffer(bench->extension, bench->buffer, 4096, VpReadAccess);
	PHYSICAL_ADDRESS logical = {.QuadPart = 0};
	struct caught caught = {0};
	ULONG length = 100;

	void *va = VideoPortAllocateCommonBuffer(
		bench->extension, adapter, 100, &logical, TRUE, NULL);
	assert_true((va == NULL) == (rule != 0));
	bench_expect(bench, rule);
	VideoPortReleaseCommonBuffer(bench->extension, adapter, 100, logical, va, TRUE);
	bench_expect(bench, rule);
	VideoPortStartDma(bench->extension, adapter, mdl, 0, &length, catch_list, &caught, TRUE);
	assert_int_equal(caught.calls, rule ? 0 : 1);
	bench_expect(bench, rule);
	VideoPortCompleteDma(bench->extension, adapter, caught.list, TRUE);
	bench_expect(bench, rule);
	VideoPortUnlockBuffer(bench->extension, mdl);
	VideoPortPutDmaAdapter(bench->extension, adapter);
	bench_expect(bench, rule);
}

static void rule_101_broken_null_adapter(void **state)
{
	(void)state;
	struct bench *bench = open_verified();

	use_everywhere(bench, NULL, RULE_ADAPTER_NULL);
	bench_close(bench);
}

static void rule_101_102_103_kept_by_the_adapter_that_was_got(void **state)
{
	(void)state;
	struct bench *bench = open_verified();

	use_everywhere(bench, bench_adapter(bench, 65536), 0);
	use_everywhere(bench, bench_adapter(bench, 65536), 0); /* in the same place */
	bench_close(bench);
}

static void rule_102_broken_use_after_put(void **state)
{
	(void)state;
	struct bench *bench = open_verified();
	PVP_DMA_ADAPTER adapter = bench_adapter(bench, 65536);

	VideoPortPutDmaAdapter(bench->extension, adapter);
	use_everywhere(bench, adapter, RULE_ADAPTER_RELEASED);
	/* Still so when others have had the place; only where it was got is forgotten then. */
	VideoPortPutDmaAdapter(bench->extension, adapter);
	assert_non_null(strstr(bench_expect(bench, 102)->origin, "made at"));
	PVP_DMA_ADAPTER next = bench_adapter(bench, 65536);
	use_everywhere(bench, adapter, RULE_ADAPTER_RELEASED);
	VideoPortPutDmaAdapter(bench->extension, adapter);
	assert_string_equal(bench_expect(bench, 102)->origin, "");
	use_everywhere(bench, next, 0);
	bench_close(bench);
}

static void rule_103_broken_what_never_was_an_adapter(void **state)
{
	(void)state;
	struct bench *bench = open_verified(), *other = open_verified();
	PVP_DMA_ADAPTER adapter = bench_adapter(bench, 65536),
			foreign = bench_adapter(other, 65536);
	union dma_handle handle = {.pointer = adapter};

	use_everywhere(bench, (PVP_DMA_ADAPTER)&handle, RULE_ADAPTER_UNKNOWN);
	use_everywhere(bench, foreign, RULE_ADAPTER_UNKNOWN); /* another device's */
	handle.value += UINT64_C(2) << 24;                    /* a generation to come */
	use_everywhere(bench, handle.pointer, RULE_ADAPTER_UNKNOWN);
	handle.pointer = adapter;
	handle.value += DMA_ADAPTERS_MAX; /* no such place */
	use_everywhere(bench, handle.pointer, RULE_ADAPTER_UNKNOWN);
	use_everywhere(bench, adapter, 0);
	bench_close(bench);
	bench_close(other);
}

static void rule_104_broken_description_of_nothing(void **state)
{
	(void)state;
	struct bench *bench = open_verified();

	assert_null(VideoPortGetDmaAdapter(bench->extension, NULL));
	assert_non_null(strstr(bench_expect(bench, 104)->message, "no description"));
	assert_null(bench_adapter(bench, 0));
	assert_non_null(strstr(bench_expect(bench, 104)->message, "MaximumLength is 0"));
	bench_close(bench);
}

static void rule_104_kept_by_a_maximum_of_one_byte(void **state)
{
	(void)state;
	struct bench *bench = open_verified();

	assert_non_null(bench_adapter(bench, 1));
	bench_expect(bench, 0);
	bench_close(bench);
}

/* A common buffer, or a transfer, or both are outstanding when the adapter is put. */
static void put_with(struct bench *bench, bool common, bool list)
{
	PVP_DMA_ADAPTER adapter = bench_adapter(bench, 65536);
	PHYSICAL_ADDRESS logical;
	struct caught caught = {0};
	ULONG length = 100;

	if (common)
		assert_non_null(VideoPortAllocateCommonBuffer(
			bench->extension, adapter, 100, &logical, TRUE, NULL));
	if (list) {
		PVOID mdl = VideoPortLockBuffer(
			bench->extension, bench->buffer, 4096, VpReadAccess);

		assert_int_equal(VideoPortStartDma(bench->extension, adapter, mdl, 0, &length,
					 catch_list, &caught, TRUE),
			NO_ERROR);
	}
	VideoPortPutDmaAdapter(bench->extension, adapter);
}

static void rule_105_broken_put_before_release(void **state)
{
	(void)state;
	struct bench *bench = open_verified();

	put_with(bench, true, false);
	assert_non_null(strstr(bench_expect(bench, 105)->origin, "made at"));
	bench_close(bench);
}

static void rule_106_broken_put_before_complete(void **state)
{
	(void)state;
	struct bench *bench = open_verified();

	put_with(bench, false, true);
	assert_non_null(strstr(bench_expect(bench, 106)->message, "1 transfers"));
	bench_close(bench);
}

static void rule_105_106_broken_together_are_two_findings(void **state)
{
	(void)state;
	struct bench *bench = open_verified();

	put_with(bench, true, true);
	assert_int_equal(bench_rules(bench), 2);
	assert_int_equal(videoport_rule_count(&bench->vp, 105), 1);
	assert_int_equal(videoport_rule_count(&bench->vp, 106), 1);
	bench_close(bench);
}

static void rule_105_106_kept_by_release_and_complete_before_put(void **state)
{
	(void)state;
	struct bench *bench = open_verified();

	use_everywhere(bench, bench_adapter(bench, 65536), 0);
	adapters_audit(&bench->vp.dma);
	bench_expect(bench, 0);
	bench_close(bench);
}

static void rule_107_broken_an_adapter_for_each_transfer(void **state)
{
	(void)state;
	struct bench *bench = open_verified();

	for (unsigned i = 0; i < DMA_ADAPTERS_SANE; i++)
		assert_non_null(bench_adapter(bench, 4096));
	bench_expect(bench, 0);
	assert_non_null(bench_adapter(bench, 4096));
	assert_int_equal(bench_expect(bench, 107)->severity, VIDEOPORT_WARNING);
	for (unsigned i = DMA_ADAPTERS_SANE + 1; i < DMA_ADAPTERS_MAX; i++)
		assert_non_null(bench_adapter(bench, 4096));
	bench_rules(bench);
	assert_null(bench_adapter(bench, 4096));
	assert_int_equal(bench_expect(bench, 107)->status, ERROR_NOT_ENOUGH_MEMORY);
	bench_close(bench);
}

static void rule_107_broken_with_the_verifier_off_when_no_place_is_left(void **state)
{
	(void)state;
	struct bench *bench = bench_open((struct bench_options){0});

	for (unsigned i = 0; i < DMA_ADAPTERS_MAX; i++)
		assert_non_null(bench_adapter(bench, 4096));
	bench_expect(bench, 0);
	assert_null(bench_adapter(bench, 4096));
	bench_expect(bench, 107);
	bench_close(bench);
}

static void rule_107_kept_by_one_adapter_after_the_other(void **state)
{
	(void)state;
	struct bench *bench = open_verified();

	for (unsigned i = 0; i < 4 * DMA_ADAPTERS_MAX; i++)
		VideoPortPutDmaAdapter(bench->extension, bench_adapter(bench, 4096));
	bench_expect(bench, 0);
	bench_close(bench);
}

static void rule_108_broken_adapter_never_put(void **state)
{
	(void)state;
	struct bench *bench = open_verified();

	bench_adapter(bench, 4096);
	VideoPortPutDmaAdapter(bench->extension, bench_adapter(bench, 4096));
	adapters_audit(&bench->vp.dma);
	const struct videoport_event *event = bench_expect(bench, 108);
	assert_int_equal(event->severity, VIDEOPORT_WARNING);
	assert_non_null(strstr(event->origin, "object 1, made at"));
	bench_close(bench);
}

/* Strict: what real drivers get away with is an error. */
static void rule_108_broken_strictly_is_an_error(void **state)
{
	(void)state;
	struct bench *bench = bench_open((struct bench_options){.verify = true, .strict = true});

	bench_adapter(bench, 4096);
	adapters_audit(&bench->vp.dma);
	assert_int_equal(bench_expect(bench, 108)->severity, VIDEOPORT_ERROR);
	bench_close(bench);
}

static void rule_108_kept_by_put(void **state)
{
	(void)state;
	struct bench *bench = open_verified();

	VideoPortPutDmaAdapter(bench->extension, bench_adapter(bench, 4096));
	adapters_audit(&bench->vp.dma);
	bench_expect(bench, 0);
	bench_close(bench);
}

/* ---- accounts ---------------------------------------------------------------------------------------- */

static void assert_gauge(
	struct videoport_gauge gauge, uint64_t now, uint64_t peak, uint64_t allocated)
{
	assert_int_equal(gauge.now, now);
	assert_int_equal(gauge.peak, peak);
	assert_int_equal(gauge.allocated, allocated);
	assert_int_equal(gauge.freed, allocated - now);
}

static void every_adapter_has_an_account(void **state)
{
	(void)state;
	struct bench *bench = open_verified();
	PVP_DMA_ADAPTER first = bench_adapter(bench, 65536), second = bench_adapter(bench, 4096);
	PVOID mdl = VideoPortLockBuffer(bench->extension, bench->buffer, 65536, VpReadAccess);
	struct videoport_adapter_account account[3];
	PHYSICAL_ADDRESS logical;
	struct caught caught[2] = {{0}};

	for (unsigned i = 0; i < 2; i++) {
		ULONG length = 8192;

		assert_int_equal(VideoPortStartDma(bench->extension, first, mdl, i * 8192, &length,
					 catch_list, &caught[i], TRUE),
			NO_ERROR);
	}
	VideoPortCompleteDma(bench->extension, first, caught[0].list, TRUE);
	VideoPortAllocateCommonBuffer(bench->extension, first, 5000, &logical, TRUE, NULL);
	VideoPortAllocateCommonBuffer(bench->extension, second, 100, &logical, TRUE, NULL);
	bench_expect(bench, 0);

	assert_int_equal(videoport_adapters(&bench->vp, account, 3), 2);
	assert_int_equal(account[0].maximum_length, 65536);
	assert_int_equal(account[0].map_registers_granted, 17);
	assert_true(account[0].scatter_gather);
	assert_int_equal(account[0].reach, UINT64_MAX);
	assert_non_null(strstr(account[0].origin, "object 1, made at"));
	assert_false(account[0].put);
	assert_gauge(account[0].map_registers, 2, 4, 4);
	assert_gauge(account[0].lists, 1, 2, 2);
	assert_gauge(account[0].common_buffers, 1, 1, 1);
	assert_gauge(account[0].common_bytes, 8192, 8192, 8192);
	assert_gauge(account[1].map_registers, 0, 0, 0);
	assert_gauge(account[1].lists, 0, 0, 0);
	assert_gauge(account[1].common_bytes, 4096, 4096, 4096);

	VideoPortCompleteDma(bench->extension, first, caught[1].list, TRUE);
	VideoPortPutDmaAdapter(bench->extension, first); /* with a common buffer */
	bench_expect(bench, 105);
	assert_int_equal(videoport_adapters(&bench->vp, account, 1), 1);
	assert_true(account[0].put);
	assert_gauge(account[0].map_registers, 0, 4, 4);
	assert_gauge(account[0].lists, 0, 2, 2);
	VideoPortUnlockBuffer(bench->extension, mdl);
	bench_close(bench);
}

/* What is gone is not live: neither its list nor any other is found where memory may be another's by now. */
static void lists_of_a_put_adapter_are_unknown(void **state)
{
	(void)state;
	struct bench *bench = bench_open((struct bench_options){.verify = true});
	PVP_DMA_ADAPTER adapter = bench_adapter(bench, 65536);
	PVOID mdl = VideoPortLockBuffer(bench->extension, bench->buffer, 100, VpReadAccess);
	const struct address_set *lists = &bench->vp.dma.checks->lists;
	ULONG length = 100;
	struct caught caught = {.length = &length};

	assert_int_equal(VideoPortStartDma(bench->extension, adapter, mdl, 0, &length, catch_list,
				 &caught, TRUE),
		NO_ERROR);
	assert_int_equal(
		VideoPortCompleteDma(bench->extension, adapter, caught.list, TRUE), NO_ERROR);
	assert_int_equal(address_set_has(lists, caught.list), ADDRESS_LIVE);
	VideoPortUnlockBuffer(bench->extension, mdl);
	VideoPortPutDmaAdapter(bench->extension, adapter);
	assert_int_equal(address_set_has(lists, caught.list), ADDRESS_UNKNOWN);
	for (size_t place = 0; place < ADDRESS_SET_ROOM; place++)
		assert_true(atomic_load(&lists->place[place]) <= 1);
	bench_close(bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_of_a_put_adapter_are_unknown),
		cmocka_unit_test(rule_101_broken_null_adapter),
		cmocka_unit_test(rule_101_102_103_kept_by_the_adapter_that_was_got),
		cmocka_unit_test(rule_102_broken_use_after_put),
		cmocka_unit_test(rule_103_broken_what_never_was_an_adapter),
		cmocka_unit_test(rule_104_broken_description_of_nothing),
		cmocka_unit_test(rule_104_kept_by_a_maximum_of_one_byte),
		cmocka_unit_test(rule_105_broken_put_before_release),
		cmocka_unit_test(rule_106_broken_put_before_complete),
		cmocka_unit_test(rule_105_106_broken_together_are_two_findings),
		cmocka_unit_test(rule_105_106_kept_by_release_and_complete_before_put),
		cmocka_unit_test(rule_107_broken_an_adapter_for_each_transfer),
		cmocka_unit_test(rule_107_broken_with_the_verifier_off_when_no_place_is_left),
		cmocka_unit_test(rule_107_kept_by_one_adapter_after_the_other),
		cmocka_unit_test(rule_108_broken_adapter_never_put),
		cmocka_unit_test(rule_108_broken_strictly_is_an_error),
		cmocka_unit_test(rule_108_kept_by_put),
		cmocka_unit_test(every_adapter_has_an_account),
	};

	return cmocka_run_group_tests_name("rules 1xx", tests, NULL, NULL);
}
