// SPDX-License-Identifier: BSD-2-Clause
/*
 * verify_device_test.c: rules 501 to 507: what the device was refused is told by what the port knows.
 * The device of dma_testing.h plays an engine that was programmed wrongly.
 */
#include "drivers/videoport/dma_testing.h"
#include "drivers/videoport/refusal.h"

struct moving {
	struct bench *bench;
	PVP_DMA_ADAPTER adapter;
	PVOID mdl;
	struct caught caught;
	uint64_t iova; /* of the first element */
};

static struct bench *open_verified(void)
{
	struct bench *bench = bench_open((struct bench_options){.verify = true});

	assert_non_null(bench);
	return bench;
}

/* A transfer of @length bytes from the start of the buffer, in flight. */
static struct moving start(struct bench *bench, ULONG length, bool write_to_device)
{
	struct moving moving = {.bench = bench, .adapter = bench_adapter(bench, 1u << 20)};

	moving.mdl = VideoPortLockBuffer(bench->extension, bench->buffer, length,
		write_to_device ? VpReadAccess : VpWriteAccess);
	assert_int_equal(VideoPortStartDma(bench->extension, moving.adapter, moving.mdl, 0, &length,
				 catch_list, &moving.caught, (BOOLEAN)write_to_device),
		NO_ERROR);
	moving.iova = (uint64_t)moving.caught.list->Elements[0].Address.QuadPart;
	return moving;
}

static void complete(struct moving *moving, bool write_to_device)
{
	VideoPortCompleteDma(moving->bench->extension, moving->adapter, moving->caught.list,
		(BOOLEAN)write_to_device);
	VideoPortUnlockBuffer(moving->bench->extension, moving->mdl);
}

static uint64_t common(struct bench *bench, PVP_DMA_ADAPTER adapter, ULONG length, void **va)
{
	PHYSICAL_ADDRESS logical;

	*va = VideoPortAllocateCommonBuffer(
		bench->extension, adapter, length, &logical, TRUE, NULL);
	assert_non_null(*va);
	return (uint64_t)logical.QuadPart;
}

static void common_give_back(
	struct bench *bench, PVP_DMA_ADAPTER adapter, ULONG length, uint64_t logical, void *va)
{
	VideoPortReleaseCommonBuffer(bench->extension, adapter, length,
		(PHYSICAL_ADDRESS){.QuadPart = (LONGLONG)logical}, va, TRUE);
}

/* The device tries, and is refused for breaking @rule. */
static const struct videoport_event *refused(struct bench *bench, uint64_t iova, size_t len_bytes,
	enum device_access access, unsigned rule)
{
	unsigned char bytes[64] = {0};

	assert_true(len_bytes <= sizeof(bytes));
	assert_false(fake_access(&bench->fake, iova, bytes, len_bytes, access));
	refusals_collect(&bench->vp);
	const struct videoport_event *event = bench_expect(bench, rule);
	assert_int_equal(event->kind, VIDEOPORT_EVENT_DEVICE);
	assert_int_equal(event->severity, VIDEOPORT_ERROR);
	assert_non_null(strstr(event->message, access == DEVICE_READ ? "read" : "write"));
	assert_non_null(strstr(event->message, "descriptor 7"));
	return event;
}

static void rule_501_broken_an_address_of_nothing(void **state)
{
	(void)state;
	struct bench *bench = open_verified();

	refused(bench, 0x123456000, 64, DEVICE_READ, 501);
	refused(bench, 0, 1, DEVICE_WRITE, 501);
	refused(bench, UINT64_MAX - 63, 63, DEVICE_WRITE, 501);
	assert_non_null(strstr(refused(bench, 0x2A0004, 4, DEVICE_READ, 501)->message,
		"4 bytes at logical 0x2a0004"));
	bench_close(bench);
}

static void rule_502_broken_access_after_complete(void **state)
{
	(void)state;
	struct bench *bench = open_verified();

	for (unsigned to_device = 0; to_device < 2; to_device++) {
		enum device_access access = to_device ? DEVICE_READ : DEVICE_WRITE;
		struct moving moving = start(bench, 8192, to_device);

		complete(&moving, to_device);
		refused(bench, moving.iova, 64, access, 502);
		refused(bench, moving.iova + 100, 1, access, 502);
		VideoPortPutDmaAdapter(bench->extension, moving.adapter);
	}
	bench_close(bench);
}

/* Mapped again since: the refusal was of the time between. */
static void rule_502_broken_and_the_memory_is_in_use_again(void **state)
{
	(void)state;
	struct bench *bench = open_verified();
	struct moving first = start(bench, 4096, true), second;
	unsigned char byte;

	complete(&first, true);
	assert_false(fake_access(&bench->fake, first.iova, &byte, 1, DEVICE_READ));
	second = start(bench, 4096, true);
	refusals_collect(&bench->vp);
	bench_expect(bench, 502);
	complete(&second, true);
	bench_close(bench);
}

/* An access through a mapping since whose end @later more have ended breaks @rule. */
static void refused_after(unsigned later, unsigned rule)
{
	struct bench *bench = open_verified();
	struct moving moving = start(bench, 4096, true);

	complete(&moving, true);
	for (unsigned i = 0; i < later; i++) {
		ULONG length = 4096;
		struct caught caught = {0};
		PVOID mdl = VideoPortLockBuffer(
			bench->extension, bench->buffer + 65536, 4096, VpReadAccess);

		VideoPortStartDma(bench->extension, moving.adapter, mdl, 0, &length, catch_list,
			&caught, TRUE);
		VideoPortCompleteDma(bench->extension, moving.adapter, caught.list, TRUE);
		VideoPortUnlockBuffer(bench->extension, mdl);
	}
	refused(bench, moving.iova, 64, DEVICE_READ, rule);
	bench_close(bench);
}

/* What is older than the port remembers is only known to be wrong. */
static void rule_502_is_501_when_it_is_long_ago(void **state)
{
	(void)state;
	refused_after(MAPPING_ENDED_MAX - 1, 502);
	refused_after(MAPPING_ENDED_MAX, 501);
}

static void rule_503_broken_access_after_release(void **state)
{
	(void)state;
	struct bench *bench = open_verified();
	PVP_DMA_ADAPTER adapter = bench_adapter(bench, 65536);
	void *va;
	uint64_t logical = common(bench, adapter, 5000, &va);

	common_give_back(bench, adapter, 5000, logical, va);
	const struct videoport_event *event = refused(bench, logical + 4999, 1, DEVICE_READ, 503);
	assert_non_null(strstr(event->origin, "object 2, made at"));
	bench_close(bench);
}

static void rule_504_broken_in_the_other_direction(void **state)
{
	(void)state;
	struct bench *bench = open_verified();
	struct moving moving = start(bench, 4096, true);

	refused(bench, moving.iova, 64, DEVICE_WRITE, 504);
	complete(&moving, true);
	refused(bench, moving.iova, 64, DEVICE_WRITE, 504); /* told late */
	moving = start(bench, 4096, false);
	refused(bench, moving.iova + 10, 64, DEVICE_READ, 504);
	complete(&moving, false);
	bench_close(bench);
}

static void rule_505_broken_past_the_end_of_a_transfer(void **state)
{
	(void)state;
	struct bench *bench = open_verified();
	struct moving moving = start(bench, 8192, true);

	const struct videoport_event *event = refused(
		bench, moving.iova + 8192 - 10, 64, DEVICE_READ, 505);
	assert_non_null(strstr(event->message, "54 bytes"));
	complete(&moving, true);
	bench_close(bench);
}

static void rule_505_broken_past_the_end_of_a_common_buffer(void **state)
{
	(void)state;
	struct bench *bench = open_verified();
	PVP_DMA_ADAPTER adapter = bench_adapter(bench, 65536);
	void *va;
	uint64_t logical = common(bench, adapter, 4096, &va);

	const struct videoport_event *event = refused(
		bench, logical + 4096 - 10, 64, DEVICE_WRITE, 505);
	assert_non_null(strstr(event->origin, "object 2, made at"));
	common_give_back(bench, adapter, 4096, logical, va);
	bench_expect(bench, 0);
	bench_close(bench);
}

/* A device may report the access as it was programmed, not where it went wrong. */
static void rule_505_broken_and_reported_from_its_start(void **state)
{
	(void)state;
	struct bench *bench = open_verified();
	struct moving moving = start(bench, 4096, false);

	bench->fake.refusal[0] = (struct device_refusal){
		.iova = {moving.iova + 4000}, .len_bytes = 97, .access = DEVICE_WRITE};
	bench->fake.refusals = 1;
	refusals_collect(&bench->vp);
	bench_expect(bench, 505);
	complete(&moving, false);
	bench_close(bench);
}

/* Bounce slots: mapped as long as their adapter lives. */
static void rule_505_broken_past_the_last_bounce_slot(void **state)
{
	(void)state;
	struct bench *bench = bench_open(
		(struct bench_options){.verify = true, .no_scatter_gather = true});
	PVP_DMA_ADAPTER handle = bench_adapter(bench, 4096);
	const struct vp_adapter *adapter = dma_adapter(&bench->vp.dma, handle);
	uint64_t end = adapter->slot_iova.val + ((uint64_t)adapter->regs.slots << PAGE_SHIFT);

	refused(bench, end - 1, 2, DEVICE_WRITE, 505);
	bench_rules(bench);
	bench_close(bench);
}

static void rule_506_broken_the_physical_address_of_a_transfer(void **state)
{
	(void)state;
	struct bench *bench = open_verified();
	struct moving moving = start(bench, 4096, true);
	uint64_t pfn;

	assert_int_equal(frames_lookup(bench->frames, bench->buffer, 1, false, &pfn), 0);
	refused(bench, pfn << PAGE_SHIFT, 64, DEVICE_READ, 506);
	complete(&moving, true);
	refused(bench, pfn << PAGE_SHIFT, 64, DEVICE_READ, 506); /* told late */
	bench_close(bench);
}

/* Locked, but no transfer was ever started: known to who holds the device lock. */
static void rule_506_broken_the_physical_address_of_a_locked_buffer(void **state)
{
	(void)state;
	struct bench *bench = open_verified();
	PVOID mdl = VideoPortLockBuffer(
		bench->extension, bench->buffer + 40960, 4096, VpReadAccess);
	uint64_t pfn;

	assert_int_equal(frames_lookup(bench->frames, bench->buffer + 40960, 1, false, &pfn), 0);
	fairlock_acquire(&bench->vp.device_lock);
	refused(bench, pfn << PAGE_SHIFT, 64, DEVICE_READ, 506);
	VideoPortUnlockBuffer(bench->extension, mdl);
	refused(bench, pfn << PAGE_SHIFT, 64, DEVICE_READ, 501);
	fairlock_release(&bench->vp.device_lock);
	bench_close(bench);
}

static void rule_506_broken_the_physical_address_of_a_common_buffer(void **state)
{
	(void)state;
	struct bench *bench = open_verified();
	PVP_DMA_ADAPTER adapter = bench_adapter(bench, 65536);
	void *va;
	uint64_t logical = common(bench, adapter, 4096, &va);
	uint64_t physical = sg_iova(logical >> PAGE_SHIFT).val; /* its own inverse */

	const struct videoport_event *event = refused(bench, physical + 8, 64, DEVICE_READ, 506);
	assert_non_null(strstr(event->message, "common buffer"));
	assert_non_null(strstr(event->origin, "object 2, made at"));
	common_give_back(bench, adapter, 4096, logical, va);
	refused(bench, physical, 64, DEVICE_READ, 506);
	bench_close(bench);
}

static void rule_507_broken_a_virtual_address(void **state)
{
	(void)state;
	struct bench *bench = open_verified();
	PVP_DMA_ADAPTER adapter = bench_adapter(bench, 65536);
	void *va;
	uint64_t logical = common(bench, adapter, 4096, &va);

	const struct videoport_event *event = refused(
		bench, (uintptr_t)va + 8, 64, DEVICE_READ, 507);
	assert_non_null(strstr(event->message, "common buffer"));
	assert_non_null(strstr(event->origin, "object 2, made at"));
	event = refused(bench, (uintptr_t)bench->buffer + 5, 64, DEVICE_WRITE, 507);
	assert_non_null(strstr(event->message, "requester's memory"));
	event = refused(bench, (uintptr_t)&logical, 8, DEVICE_READ, 507); /* the stack */
	assert_non_null(strstr(event->message, "of this process"));
	VideoPortReleaseCommonBuffer(bench->extension, adapter, 4096,
		(PHYSICAL_ADDRESS){.QuadPart = (LONGLONG)logical}, va, TRUE);
	event = refused(bench, (uintptr_t)va, 64, DEVICE_READ, 507); /* told of when it is gone */
	assert_non_null(strstr(event->message, "common buffer"));
	bench_close(bench);
}

/* Everything a device may do: whole transfers both ways, common buffers to their last byte. */
static void rule_501_502_503_504_505_506_507_kept_by_the_addresses_given(void **state)
{
	(void)state;
	struct bench *bench = open_verified();
	PVP_DMA_ADAPTER adapter = bench_adapter(bench, 65536);
	unsigned char *memory = calloc(1, 1u << 18);
	void *va;
	uint64_t logical = common(bench, adapter, 65536, &va);

	assert_non_null(memory);
	for (unsigned to_device = 0; to_device < 2; to_device++)
		assert_int_equal(bench_transfer(bench, adapter, bench->buffer + 123, 200000, memory,
					 to_device),
			4);
	assert_true(fake_access(&bench->fake, logical, memory, 65536, DEVICE_READ));
	assert_true(fake_access(&bench->fake, logical, memory, 65536, DEVICE_WRITE));
	common_give_back(bench, adapter, 65536, logical, va);
	refusals_collect(&bench->vp);
	assert_int_equal(bench->fake.refused, 0);
	for (unsigned rule = 501; rule <= 507; rule++)
		assert_int_equal(videoport_rule_count(&bench->vp, rule), 0);
	free(memory);
	bench_close(bench);
}

/* With the verifier off nothing is remembered of transfers; what is there now is still told apart. */
static void without_the_verifier_the_present_is_known(void **state)
{
	(void)state;
	struct bench *bench = bench_open((struct bench_options){0});
	struct moving moving = start(bench, 4096, true);

	refused(bench, moving.iova, 64, DEVICE_WRITE, 504);
	complete(&moving, true);
	refused(bench, moving.iova, 64, DEVICE_READ, 501);
	bench_close(bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rule_501_broken_an_address_of_nothing),
		cmocka_unit_test(rule_502_broken_access_after_complete),
		cmocka_unit_test(rule_502_broken_and_the_memory_is_in_use_again),
		cmocka_unit_test(rule_502_is_501_when_it_is_long_ago),
		cmocka_unit_test(rule_503_broken_access_after_release),
		cmocka_unit_test(rule_504_broken_in_the_other_direction),
		cmocka_unit_test(rule_505_broken_past_the_end_of_a_transfer),
		cmocka_unit_test(rule_505_broken_past_the_end_of_a_common_buffer),
		cmocka_unit_test(rule_505_broken_and_reported_from_its_start),
		cmocka_unit_test(rule_505_broken_past_the_last_bounce_slot),
		cmocka_unit_test(rule_506_broken_the_physical_address_of_a_transfer),
		cmocka_unit_test(rule_506_broken_the_physical_address_of_a_locked_buffer),
		cmocka_unit_test(rule_506_broken_the_physical_address_of_a_common_buffer),
		cmocka_unit_test(rule_507_broken_a_virtual_address),
		cmocka_unit_test(rule_501_502_503_504_505_506_507_kept_by_the_addresses_given),
		cmocka_unit_test(without_the_verifier_the_present_is_known),
	};

	return cmocka_run_group_tests_name("rules 5xx", tests, NULL, NULL);
}
