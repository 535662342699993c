// SPDX-License-Identifier: BSD-2-Clause
/* recorder_test.c: who listens is told of every act that succeeded, once, in order, and of no other. */
#include "drivers/videoport/dma_testing.h"

#define ACTS_MAX 16

struct acts {
	unsigned count;
	struct videoport_act act[ACTS_MAX];
};

static void acts_take(void *arg, const struct videoport_act *act)
{
	struct acts *acts = arg;

	assert_true(acts->count < ACTS_MAX);
	acts->act[acts->count++] = *act;
}

static void expect_act(const struct acts *acts, unsigned at, int kind, uint32_t len_bytes,
	uint16_t offset_bytes, uint8_t how)
{
	const struct videoport_act *act = &acts->act[at];

	assert_true(at < acts->count);
	assert_int_equal(act->kind, kind);
	assert_int_equal(act->len_bytes, len_bytes);
	assert_int_equal(act->offset_bytes, offset_bytes);
	assert_int_equal(act->how, how);
}

static void every_act_is_told_once(void **state)
{
	(void)state;
	struct bench *bench = bench_open((struct bench_options){0});
	PVP_DMA_ADAPTER adapter = bench_adapter(bench, 65536);
	struct acts acts = {0};
	PHYSICAL_ADDRESS logical;

	videoport_record(&bench->vp, acts_take, &acts);
	void *va = VideoPortAllocateCommonBuffer(
		bench->extension, adapter, 5000, &logical, TRUE, NULL);
	PVOID one = VideoPortLockBuffer(
		bench->extension, bench->buffer + 4096 + 100, 4100, VpModifyAccess);
	PVOID two = VideoPortLockBuffer(bench->extension, bench->buffer, 1, VpReadAccess);

	VideoPortUnlockBuffer(bench->extension, one);
	VideoPortReleaseCommonBuffer(bench->extension, adapter, 5000, logical, va, TRUE);
	VideoPortUnlockBuffer(bench->extension, two);
	assert_int_equal(acts.count, 6);
	expect_act(&acts, 0, VIDEOPORT_ALLOCATE, 5000, 0, 1);
	expect_act(&acts, 1, VIDEOPORT_LOCK, 4100, 100, VpModifyAccess);
	expect_act(&acts, 2, VIDEOPORT_LOCK, 1, 0, VpReadAccess);
	expect_act(&acts, 3, VIDEOPORT_UNLOCK, 4100, 100, VpModifyAccess);
	expect_act(&acts, 4, VIDEOPORT_RELEASE, 5000, 0, 1);
	expect_act(&acts, 5, VIDEOPORT_UNLOCK, 1, 0, VpReadAccess);
	assert_true(acts.act[0].object == acts.act[4].object);
	assert_true(acts.act[1].object == acts.act[3].object);
	assert_true(acts.act[2].object == acts.act[5].object);
	assert_true(acts.act[1].object != acts.act[2].object);
	assert_int_equal(bench_rules(bench), 0);
	VideoPortPutDmaAdapter(bench->extension, adapter);
	bench_close(bench);
}

static void what_fails_is_not_told_nor_who_does_not_listen(void **state)
{
	(void)state;
	struct bench *bench = bench_open((struct bench_options){0});
	PVP_DMA_ADAPTER adapter = bench_adapter(bench, 65536);
	struct acts acts = {0};
	PHYSICAL_ADDRESS logical;
	unsigned char stack[16];

	videoport_record(&bench->vp, acts_take, &acts);
	assert_null(VideoPortLockBuffer(bench->extension, stack, 16, VpReadAccess));
	assert_null(
		VideoPortAllocateCommonBuffer(bench->extension, adapter, 0, &logical, TRUE, NULL));
	VideoPortUnlockBuffer(bench->extension, stack);
	assert_int_equal(acts.count, 0);
	bench_rules(bench);

	videoport_record(&bench->vp, NULL, NULL);
	VideoPortUnlockBuffer(bench->extension,
		VideoPortLockBuffer(bench->extension, bench->buffer, 16, VpReadAccess));
	assert_int_equal(acts.count, 0);
	VideoPortPutDmaAdapter(bench->extension, adapter);
	bench_close(bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_act_is_told_once),
		cmocka_unit_test(what_fails_is_not_told_nor_who_does_not_listen),
	};

	return cmocka_run_group_tests_name("recorder", tests, NULL, NULL);
}
