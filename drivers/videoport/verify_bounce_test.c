// SPDX-License-Identifier: BSD-2-Clause
/*
 * verify_bounce_test.c: the verifier's rules of bounce buffers, 419 to 421; each broken by a device that
 * writes where it should not, and kept next to it.
 */
#include "drivers/videoport/dma_testing.h"

struct fixture {
	struct bench *bench;
	PVP_DMA_ADAPTER adapter; /* 16 slots; everything bounces */
	PVOID mdl;
	struct caught caught;
};

static int fixture_setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->bench = bench_open((struct bench_options){.verify = true,
		.address_bits = 32,
		.map_registers = 16,
		.policy = {.fragmentation = 1, .high = 1}});
	f->adapter = bench_adapter(f->bench, 65536);
	f->mdl = VideoPortLockBuffer(f->bench->extension, f->bench->buffer, 65536, VpModifyAccess);
	*state = f;
	return 0;
}

static int fixture_teardown(void **state)
{
	struct fixture *f = *state;

	VideoPortUnlockBuffer(f->bench->extension, f->mdl);
	VideoPortPutDmaAdapter(f->bench->extension, f->adapter);
	bench_expect(f->bench, 0);
	bench_close(f->bench);
	free(f);
	return 0;
}

static void start(struct fixture *f, ULONG offset, ULONG length, BOOLEAN write_to_device)
{
	ULONG asked = length;

	assert_int_equal(VideoPortStartDma(f->bench->extension, f->adapter, f->mdl, offset, &asked,
				 catch_list, &f->caught, write_to_device),
		NO_ERROR);
	assert_int_equal(asked, length);
	bench_expect(f->bench, 0);
}

static void complete(struct fixture *f, BOOLEAN write_to_device)
{
	assert_int_equal(VideoPortCompleteDma(
				 f->bench->extension, f->adapter, f->caught.list, write_to_device),
		NO_ERROR);
}

/* The device writes one byte, counted from an element's first. */
static void device_writes(struct fixture *f, ULONG element, int64_t at)
{
	unsigned char byte = 0xEE;
	uint64_t iova = (uint64_t)(f->caught.list->Elements[element].Address.QuadPart + at);

	assert_true(fake_access(&f->bench->fake, iova, &byte, 1, DEVICE_WRITE));
}

static void whole_transfer(struct fixture *f, ULONG offset, ULONG length, BOOLEAN write_to_device)
{
	static unsigned char memory[65536];

	start(f, offset, length, write_to_device);
	assert_int_equal(fake_move(&f->bench->fake, f->caught.list, memory,
				 write_to_device ? DEVICE_READ : DEVICE_WRITE),
		length);
	complete(f, write_to_device);
}

static void rule_419_broken_in_front(void **state)
{
	struct fixture *f = *state;

	for (unsigned i = 0; i < 2; i++) {
		start(f, 100, 200, i != 0);
		device_writes(f, 0, -7);
		complete(f, i != 0);
		const struct videoport_event *event = bench_expect(f->bench, RULE_BOUNCE_UNDERRUN);
		assert_non_null(strstr(event->message, "written 7 bytes in front"));
		assert_non_null(strstr(event->origin, "object"));
	}
}

static void rule_419_kept_the_first_byte(void **state)
{
	struct fixture *f = *state;

	start(f, 100, 200, FALSE);
	device_writes(f, 0, 0);
	complete(f, FALSE);
	whole_transfer(f, 1, 20000, FALSE);
	whole_transfer(f, 4096, 100, TRUE); /* a slot that began with other bytes before */
}

static void rule_420_broken_behind(void **state)
{
	struct fixture *f = *state;

	for (unsigned i = 0; i < 2; i++) {
		start(f, 100, 200, i != 0);
		device_writes(f, 0, 200);
		complete(f, i != 0);
		assert_non_null(strstr(bench_expect(f->bench, RULE_BOUNCE_OVERRUN)->message,
			"written 1 bytes behind"));
	}
	start(f, 100, 20000, FALSE); /* of several slots, the last */
	device_writes(f, f->caught.list->NumberOfElements - 1,
		f->caught.list->Elements[f->caught.list->NumberOfElements - 1].Length + 100);
	complete(f, FALSE);
	bench_expect(f->bench, RULE_BOUNCE_OVERRUN);
}

static void rule_420_kept_the_last_byte(void **state)
{
	struct fixture *f = *state;

	start(f, 100, 200, FALSE);
	device_writes(f, 0, 199);
	complete(f, FALSE);
	whole_transfer(f, 4000, 20000, TRUE);
	whole_transfer(f, 0, 65536, FALSE);
}

static void rule_421_broken_after_complete(void **state)
{
	struct fixture *f = *state;
	uint64_t iova;
	unsigned char byte = 0xEE;

	start(f, 0, 200, FALSE);
	iova = (uint64_t)f->caught.list->Elements[0].Address.QuadPart;
	complete(f, FALSE);
	assert_true(fake_access(&f->bench->fake, iova + 5, &byte, 1, DEVICE_WRITE));
	ULONG asked = 200;
	assert_int_equal(VideoPortStartDma(f->bench->extension, f->adapter, f->mdl, 0, &asked,
				 catch_list, &f->caught, FALSE),
		NO_ERROR);
	assert_non_null(strstr(bench_expect(f->bench, RULE_BOUNCE_FREE)->message, "(0xee)"));
	complete(f, FALSE);
	whole_transfer(f, 0, 200, FALSE); /* told of once */
}

static void rule_421_broken_seen_when_the_adapter_is_put(void **state)
{
	struct fixture *f = *state;
	PVP_DMA_ADAPTER adapter = bench_adapter(f->bench, 65536);
	uint64_t iova = dma_adapter(&f->bench->vp.dma, adapter)->slot_iova.val;
	unsigned char byte = 0xEE;

	/* Slot 3, which no transfer ever had; its last byte. */
	assert_true(
		fake_access(&f->bench->fake, iova + 4 * PAGE_BYTES - 1, &byte, 1, DEVICE_WRITE));
	VideoPortPutDmaAdapter(f->bench->extension, adapter);
	bench_expect(f->bench, RULE_BOUNCE_FREE);
}

static void rule_421_kept_before_complete(void **state)
{
	struct fixture *f = *state;

	for (unsigned i = 0; i < 40; i++) /* every slot, several times */
		whole_transfer(f, i * 100, 1 + i * 1500, i % 2 == 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(rule_419_broken_in_front),
		TEST(rule_419_kept_the_first_byte),
		TEST(rule_420_broken_behind),
		TEST(rule_420_kept_the_last_byte),
		TEST(rule_421_broken_after_complete),
		TEST(rule_421_broken_seen_when_the_adapter_is_put),
		TEST(rule_421_kept_before_complete),
	};

	return cmocka_run_group_tests_name("rules of bounce buffers", tests, NULL, NULL);
}
