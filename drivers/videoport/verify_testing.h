/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * verify_testing.h: one lock and one adapter under the verifier, for verify_start_test.c and
 * verify_list_test.c. Between fixture_setup and fixture_teardown a test breaks rules, takes their events,
 * and leaves nothing behind.
 */
#ifndef VIDEOPORT_VERIFY_TESTING_H
#define VIDEOPORT_VERIFY_TESTING_H

#include "drivers/videoport/dma_testing.h"

struct fixture {
	struct bench *bench;
	PVP_DMA_ADAPTER adapter;
	PVOID mdl; /* 65536 bytes, VpModifyAccess */
	ULONG length;
	struct caught caught;
};

static inline int fixture_setup(void **state)
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

static inline int fixture_teardown(void **state)
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

static inline VP_STATUS start_as(struct fixture *f, struct caught *caught, PVOID mdl, ULONG offset,
	ULONG length, BOOLEAN write_to_device)
{
	f->length = length;
	return VideoPortStartDma(f->bench->extension, f->adapter, mdl, offset, &f->length,
		catch_list, caught, write_to_device);
}

static inline VP_STATUS start(
	struct fixture *f, ULONG offset, ULONG length, BOOLEAN write_to_device)
{
	return start_as(f, &f->caught, f->mdl, offset, length, write_to_device);
}

static inline VP_STATUS complete(
	struct fixture *f, PVP_SCATTER_GATHER_LIST list, BOOLEAN write_to_device)
{
	return VideoPortCompleteDma(f->bench->extension, f->adapter, list, write_to_device);
}

static inline void whole_transfer(
	struct fixture *f, ULONG offset, ULONG length, BOOLEAN write_to_device)
{
	assert_int_equal(start(f, offset, length, write_to_device), NO_ERROR);
	assert_int_equal(complete(f, f->caught.list, write_to_device), NO_ERROR);
	bench_expect(f->bench, 0);
}

#define VERIFY_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

#endif
