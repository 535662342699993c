// SPDX-License-Identifier: BSD-2-Clause
/* verify_common_test.c: rules 201 to 214, each broken and kept, and what guards cost where memory is short. */
#include "drivers/videoport/dma_testing.h"
#include "drivers/videoport/guard.h"

/* A common buffer and what it takes to release it. */
struct held {
	unsigned char *va;
	ULONG length;
	PHYSICAL_ADDRESS logical;
};

static struct bench *open_verified(void)
{
	struct bench *bench = bench_open((struct bench_options){.verify = true});

	assert_non_null(bench);
	return bench;
}

static struct held allocate(struct bench *bench, PVP_DMA_ADAPTER adapter, ULONG length)
{
	struct held held = {.length = length};

	held.va = VideoPortAllocateCommonBuffer(
		bench->extension, adapter, length, &held.logical, TRUE, NULL);
	assert_non_null(held.va);
	return held;
}

static void release(struct bench *bench, PVP_DMA_ADAPTER adapter, const struct held *held)
{
	VideoPortReleaseCommonBuffer(
		bench->extension, adapter, held->length, held->logical, held->va, TRUE);
}

static void rule_201_broken_no_bytes(void **state)
{
	(void)state;
	struct bench *bench = open_verified();
	PHYSICAL_ADDRESS logical;

	assert_null(VideoPortAllocateCommonBuffer(
		bench->extension, bench_adapter(bench, 4096), 0, &logical, TRUE, NULL));
	bench_expect(bench, 201);
	bench_close(bench);
}

static void rule_202_broken_nowhere_for_the_logical_address(void **state)
{
	(void)state;
	struct bench *bench = open_verified();

	assert_null(VideoPortAllocateCommonBuffer(
		bench->extension, bench_adapter(bench, 4096), 100, NULL, TRUE, NULL));
	bench_expect(bench, 202);
	bench_close(bench);
}

static void rule_203_broken_reserved_is_something(void **state)
{
	(void)state;
	struct bench *bench = open_verified();
	PHYSICAL_ADDRESS logical;

	assert_non_null(VideoPortAllocateCommonBuffer(
		bench->extension, bench_adapter(bench, 4096), 100, &logical, TRUE, &logical));
	assert_int_equal(bench_expect(bench, 203)->severity, VIDEOPORT_WARNING);
	bench_close(bench);
}

/* D-12: the memory is had in any case; whether that is an error is asked of nobody but `strict`. */
static void rule_204_broken_above_the_map_registers(void **state)
{
	(void)state;
	for (unsigned strict = 0; strict < 2; strict++) {
		struct bench *bench = bench_open((struct bench_options){
			.verify = true, .strict = strict, .map_registers = 4});
		PVP_DMA_ADAPTER large = bench_adapter(bench, 65536);
		PVP_DMA_ADAPTER small = bench_adapter(bench, 5000);

		allocate(bench, large, 4 * 4096 + 1);
		const struct videoport_event *event = bench_expect(bench, 204);
		assert_int_equal(event->severity, strict ? VIDEOPORT_ERROR : VIDEOPORT_WARNING);
		assert_non_null(strstr(event->origin, "object 1, made at")); /* the adapter */
		allocate(bench, small, 5001);
		bench_expect(bench, 204);
		bench_close(bench);
	}
}

static void rule_201_202_203_204_kept_by_a_whole_maximum(void **state)
{
	(void)state;
	struct bench *bench = open_verified();
	PVP_DMA_ADAPTER adapter = bench_adapter(bench, 65536);

	allocate(bench, adapter, 65536);
	allocate(bench, adapter, 1);
	bench_expect(bench, 0);
	bench_close(bench);
}

/* ---- releasing --------------------------------------------------------------------------------------- */

static void rule_205_broken_released_twice(void **state)
{
	(void)state;
	struct bench *bench = open_verified();
	PVP_DMA_ADAPTER adapter = bench_adapter(bench, 65536);
	struct held held = allocate(bench, adapter, 5000);

	release(bench, adapter, &held);
	bench_expect(bench, 0);
	release(bench, adapter, &held);
	const struct videoport_event *event = bench_expect(bench, 205);
	assert_non_null(strstr(event->message, "released before: 5000 at"));
	assert_non_null(strstr(event->origin, "object 2, made at"));
	held.logical.QuadPart++; /* whatever the rest says */
	release(bench, adapter, &held);
	bench_expect(bench, 205);
	bench_close(bench);
}

/* The logical address of a released buffer is used again; it is still the old one that is released twice. */
static void rule_205_broken_while_another_has_the_logical_address(void **state)
{
	(void)state;
	struct bench *bench = bench_open((struct bench_options){0});
	PVP_DMA_ADAPTER adapter = bench_adapter(bench, 65536);
	struct held first = allocate(bench, adapter, 4096);
	void *filler;

	release(bench, adapter, &first);
	filler = aligned_alloc(PAGE_BYTES, PAGE_BYTES); /* takes the place of its memory */
	struct held second = allocate(bench, adapter, 4096);
	free(filler);
	assert_int_equal(first.logical.QuadPart, second.logical.QuadPart);
	if (first.va != second.va) {
		release(bench, adapter, &first);
		bench_expect(bench, 205);
	}
	release(bench, adapter, &second);
	bench_expect(bench, 0);
	bench_close(bench);
}

static void rule_206_broken_never_allocated(void **state)
{
	(void)state;
	struct bench *bench = open_verified();
	PVP_DMA_ADAPTER adapter = bench_adapter(bench, 65536);
	struct held stranger = {bench->buffer, 4096, {.QuadPart = 0x1000}};

	release(bench, adapter, &stranger);
	bench_expect(bench, 206);
	stranger.va = NULL;
	release(bench, adapter, &stranger);
	bench_expect(bench, 206);
	bench_close(bench);
}

/* More were released since than are remembered: at least the release is refused. */
static void rule_206_broken_by_what_is_forgotten(void **state)
{
	(void)state;
	struct bench *bench = open_verified();
	PVP_DMA_ADAPTER adapter = bench_adapter(bench, 4u << 20);
	struct held first = allocate(bench, adapter, 1u << 20), next;

	release(bench, adapter, &first);
	struct held keep = allocate(bench, adapter, 2u << 20); /* so that its place differs */
	for (unsigned i = 0; i < DMA_RELEASED_MAX; i++) {
		next = allocate(bench, adapter, 4096);
		release(bench, adapter, &next);
	}
	bench_expect(bench, 0);
	first.va = keep.va - (64u << 20); /* where nothing ever was */
	first.logical.QuadPart = 0x7000;
	release(bench, adapter, &first);
	bench_expect(bench, 206);
	bench_close(bench);
}

/* Each parameter wrong alone; then everything right. */
static void rule_207_208_209_210_211_broken_one_by_one(void **state)
{
	(void)state;
	struct bench *bench = open_verified();
	PVP_DMA_ADAPTER adapter = bench_adapter(bench, 65536), other = bench_adapter(bench, 65536);
	struct held held = allocate(bench, adapter, 8192), wrong = held;

	wrong.length = 4096;
	release(bench, adapter, &wrong);
	bench_expect(bench, 207);
	wrong.length = 8193;
	release(bench, adapter, &wrong);
	bench_expect(bench, 207);
	wrong = held;
	wrong.logical.QuadPart += 4096;
	release(bench, adapter, &wrong);
	bench_expect(bench, 208);
	wrong = held;
	wrong.va += 4096; /* a place inside */
	release(bench, adapter, &wrong);
	bench_expect(bench, 209);
	wrong.va = bench->buffer; /* a place elsewhere, with the right logical address */
	release(bench, adapter, &wrong);
	bench_expect(bench, 209);
	wrong.va = held.va + 1;
	wrong.logical.QuadPart = 0x3000; /* both wrong, but one is inside */
	release(bench, adapter, &wrong);
	bench_expect(bench, 209);
	VideoPortReleaseCommonBuffer(
		bench->extension, adapter, held.length, held.logical, held.va, FALSE);
	bench_expect(bench, 210);
	release(bench, other, &held);
	const struct videoport_event *event = bench_expect(bench, 211);
	assert_non_null(strstr(event->origin, "made at"));
	assert_int_equal(bench_usage(bench).common_bytes, 8192);
	release(bench, adapter, &held);
	bench_expect(bench, 0);
	bench_close(bench);
}

static void rule_207_208_broken_by_mixing_up_two_buffers(void **state)
{
	(void)state;
	struct bench *bench = open_verified();
	PVP_DMA_ADAPTER adapter = bench_adapter(bench, 65536);
	struct held first = allocate(bench, adapter, 4096), second = allocate(bench, adapter, 4096);
	struct held mixed = {first.va, 4096, second.logical};

	release(bench, adapter, &mixed);
	bench_expect(bench, 208);
	release(bench, adapter, &first);
	release(bench, adapter, &second);
	bench_expect(bench, 0);
	bench_close(bench);
}

/* Any value but 0 is TRUE (D-8). */
static void rule_205_206_207_208_209_210_211_kept_by_an_equal_release(void **state)
{
	(void)state;
	struct bench *bench = open_verified();
	PVP_DMA_ADAPTER adapter[2] = {bench_adapter(bench, 65536), bench_adapter(bench, 65536)};

	for (unsigned round = 0; round < 100; round++) {
		struct held held = allocate(bench, adapter[round % 2], 1 + round * 601);

		VideoPortReleaseCommonBuffer(bench->extension, adapter[round % 2], held.length,
			held.logical, held.va, (BOOLEAN)(1 + round));
	}
	bench_expect(bench, 0);
	assert_int_equal(bench_usage(bench).common_bytes, 0);
	bench_close(bench);
}

/* ---- guards ------------------------------------------------------------------------------------------ */

static void rule_212_broken_a_negative_index(void **state)
{
	(void)state;
	struct bench *bench = open_verified();
	PVP_DMA_ADAPTER adapter = bench_adapter(bench, 65536);

	for (size_t before = 1; before <= PAGE_BYTES; before += 63) {
		struct held held = allocate(bench, adapter, 100);

		*(held.va - before) = 0;
		release(bench, adapter, &held);
		const struct videoport_event *event = bench_expect(bench, 212);
		assert_non_null(strstr(event->message, "in front of it was written (0x00)"));
		assert_non_null(strstr(event->origin, "made at"));
	}
	bench_close(bench);
}

/* Behind the last requested byte, in its page's rest as well as behind the page. */
static void rule_213_broken_an_index_past_the_end(void **state)
{
	(void)state;
	struct bench *bench = open_verified();
	PVP_DMA_ADAPTER adapter = bench_adapter(bench, 65536);
	const ULONG length[] = {1, 4095, 4096, 4097, 10000};

	for (unsigned i = 0; i < 5; i++) {
		size_t end = (size_t)page_up(length[i]) + PAGE_BYTES;

		for (size_t at = length[i]; at < end; at += 509) {
			struct held held = allocate(bench, adapter, length[i]);

			held.va[at] = 0xFF;
			release(bench, adapter, &held);
			bench_expect(bench, 213);
		}
	}
	bench_close(bench);
}

/* The device reaches the rest of the last page, and no further. */
static void rule_213_broken_by_the_device(void **state)
{
	(void)state;
	struct bench *bench = open_verified();
	PVP_DMA_ADAPTER adapter = bench_adapter(bench, 65536);
	struct held held = allocate(bench, adapter, 4000);
	unsigned char zero[100] = {0};

	assert_true(fake_access(
		&bench->fake, (uint64_t)held.logical.QuadPart + 3990, zero, 100, DEVICE_WRITE));
	assert_false(fake_access(
		&bench->fake, (uint64_t)held.logical.QuadPart + 4090, zero, 100, DEVICE_WRITE));
	assert_false(fake_access(
		&bench->fake, (uint64_t)held.logical.QuadPart - 1, zero, 1, DEVICE_READ));
	release(bench, adapter, &held);
	assert_non_null(strstr(bench_expect(bench, 213)->message, "byte 0 behind its end"));
	bench_close(bench);
}

static void rule_212_213_broken_and_never_released(void **state)
{
	(void)state;
	struct bench *bench = open_verified();
	struct held held = allocate(bench, bench_adapter(bench, 65536), 100);

	*(held.va - 1) = 1;
	held.va[100] = 1;
	common_buffers_audit(&bench->vp.dma);
	assert_int_equal(bench_rules(bench), 3);
	assert_int_equal(videoport_rule_count(&bench->vp, 212), 1);
	assert_int_equal(videoport_rule_count(&bench->vp, 213), 1);
	assert_int_equal(videoport_rule_count(&bench->vp, 214), 1);
	bench_close(bench);
}

static void rule_212_213_kept_by_every_requested_byte(void **state)
{
	(void)state;
	struct bench *bench = open_verified();
	PVP_DMA_ADAPTER adapter = bench_adapter(bench, 1u << 20);

	for (ULONG length = 1; length <= 1u << 20; length = length * 3 + 1) {
		struct held held = allocate(bench, adapter, length);

		for (ULONG i = 0; i < length; i++)
			assert_int_equal(held.va[i], 0);
		memset(held.va, 0xA5, length);
		assert_true(fake_access(&bench->fake, (uint64_t)held.logical.QuadPart, held.va,
			length, DEVICE_WRITE));
		release(bench, adapter, &held);
	}
	bench_expect(bench, 0);
	bench_close(bench);
}

static void rule_214_broken_never_released(void **state)
{
	(void)state;
	struct bench *bench = open_verified();
	PVP_DMA_ADAPTER adapter = bench_adapter(bench, 65536);
	struct held held = allocate(bench, adapter, 5000);

	(void)held;
	common_buffers_audit(&bench->vp.dma);
	const struct videoport_event *event = bench_expect(bench, 214);
	assert_int_equal(event->severity, VIDEOPORT_ERROR);
	assert_non_null(strstr(event->message, "5000 bytes"));
	assert_non_null(strstr(event->origin, "object 2, made at"));
	VideoPortPutDmaAdapter(bench->extension, adapter); /* still left behind */
	bench_expect(bench, 105);
	common_buffers_audit(&bench->vp.dma);
	bench_expect(bench, 214);
	bench_close(bench);
}

static void rule_214_kept_by_release(void **state)
{
	(void)state;
	struct bench *bench = open_verified();
	PVP_DMA_ADAPTER adapter = bench_adapter(bench, 65536);
	struct held held = allocate(bench, adapter, 5000);

	release(bench, adapter, &held);
	common_buffers_audit(&bench->vp.dma);
	bench_expect(bench, 0);
	bench_close(bench);
}

/* Without memory for guards the driver gets its buffer, and what lies in its last page is still checked. */
static void guards_give_way_when_memory_is_short(void **state)
{
	(void)state;
	struct bench *bench = open_verified();
	PVP_DMA_ADAPTER adapter = bench_adapter(bench, 65536);
	unsigned unguarded = 0;

	for (unsigned n = 1; n < 8; n++) {
		struct held held = {.length = 100};

		fault_arm(n, false);
		held.va = VideoPortAllocateCommonBuffer(
			bench->extension, adapter, held.length, &held.logical, TRUE, NULL);
		bool failed = fault_fired() != NULL;
		bool guard_failed = failed && strcmp(fault_fired(), "common_create") != 0;
		fault_arm(0, false);
		assert_true(held.va || !guard_failed);
		if (!held.va)
			continue;
		unguarded += guard_failed;
		held.va[100] = 0;
		release(bench, adapter, &held);
		bench_expect(bench, 213);
		if (!failed)
			break;
	}
	assert_true(unguarded >= 2); /* memory, mapping */
	assert_int_equal(bench_usage(bench).common_bytes, 0);
	bench_close(bench);
}

/* 24 bits of address: a buffer as long as can be leaves no room for guard pages. */
static void guards_give_way_when_addresses_are_short(void **state)
{
	(void)state;
	struct bench *bench = bench_open(
		(struct bench_options){.verify = true, .address_bits = 24});
	PVP_DMA_ADAPTER adapter = bench_adapter(bench, 8u << 20);
	PHYSICAL_ADDRESS logical;
	unsigned char *va = NULL;
	ULONG length = 8u << 20;

	for (; !va && length; length -= 4096)
		va = VideoPortAllocateCommonBuffer(
			bench->extension, adapter, length, &logical, TRUE, NULL);
	assert_non_null(va);
	assert_true((uint64_t)logical.QuadPart + length <= 1u << 24);
	bench_rules(bench);
	bench_close(bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rule_201_broken_no_bytes),
		cmocka_unit_test(rule_202_broken_nowhere_for_the_logical_address),
		cmocka_unit_test(rule_203_broken_reserved_is_something),
		cmocka_unit_test(rule_204_broken_above_the_map_registers),
		cmocka_unit_test(rule_201_202_203_204_kept_by_a_whole_maximum),
		cmocka_unit_test(rule_205_broken_released_twice),
		cmocka_unit_test(rule_205_broken_while_another_has_the_logical_address),
		cmocka_unit_test(rule_206_broken_never_allocated),
		cmocka_unit_test(rule_206_broken_by_what_is_forgotten),
		cmocka_unit_test(rule_207_208_209_210_211_broken_one_by_one),
		cmocka_unit_test(rule_207_208_broken_by_mixing_up_two_buffers),
		cmocka_unit_test(rule_205_206_207_208_209_210_211_kept_by_an_equal_release),
		cmocka_unit_test(rule_212_broken_a_negative_index),
		cmocka_unit_test(rule_213_broken_an_index_past_the_end),
		cmocka_unit_test(rule_213_broken_by_the_device),
		cmocka_unit_test(rule_212_213_broken_and_never_released),
		cmocka_unit_test(rule_212_213_kept_by_every_requested_byte),
		cmocka_unit_test(rule_214_broken_never_released),
		cmocka_unit_test(rule_214_kept_by_release),
		cmocka_unit_test(guards_give_way_when_memory_is_short),
		cmocka_unit_test(guards_give_way_when_addresses_are_short),
	};

	return cmocka_run_group_tests_name("rules 2xx", tests, NULL, NULL);
}
