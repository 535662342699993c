// SPDX-License-Identifier: BSD-2-Clause
/* verify_lock_test.c: the verifier's rules of locked buffers, 301 to 311; each broken, and kept next to it. */
#include "drivers/videoport/dma_testing.h"

struct fixture {
	struct bench *bench;
	PVP_DMA_ADAPTER adapter;
};

static int fixture_setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->bench = bench_open((struct bench_options){.verify = true, .map_registers = 2});
	f->adapter = bench_adapter(f->bench, 65536);
	*state = f;
	return 0;
}

static int fixture_teardown(void **state)
{
	struct fixture *f = *state;

	VideoPortPutDmaAdapter(f->bench->extension, f->adapter);
	bench_expect(f->bench, 0);
	assert_int_equal(bench_usage(f->bench).locks, 0);
	bench_close(f->bench);
	free(f);
	return 0;
}

static PVOID lock(struct fixture *f, void *va, ULONG length, VP_LOCK_OPERATION operation)
{
	return VideoPortLockBuffer(f->bench->extension, va, length, operation);
}

static void unlock(struct fixture *f, PVOID mdl)
{
	VideoPortUnlockBuffer(f->bench->extension, mdl);
}

static void refused(struct fixture *f, const void *va, ULONG length, unsigned rule)
{
	assert_null(lock(f, (void *)(uintptr_t)va, length, VpReadAccess));
	bench_expect(f->bench, rule);
}

static void locked(struct fixture *f, void *va, ULONG length, VP_LOCK_OPERATION operation)
{
	PVOID mdl = lock(f, va, length, operation);

	assert_non_null(mdl);
	unlock(f, mdl);
	bench_expect(f->bench, 0);
}

/* ---- arguments ----------------------------------------------------------------------------------- */

static void rule_301_broken_no_byte(void **state)
{
	struct fixture *f = *state;

	refused(f, f->bench->buffer, 0, RULE_LOCK_LENGTH);
}

static void rule_301_kept_one_byte(void **state)
{
	struct fixture *f = *state;

	locked(f, f->bench->buffer, 1, VpReadAccess);
}

static void rule_302_broken_unknown_operation(void **state)
{
	struct fixture *f = *state;

	assert_null(lock(f, f->bench->buffer, 1, (VP_LOCK_OPERATION)3));
	bench_expect(f->bench, RULE_LOCK_OPERATION);
	assert_null(lock(f, f->bench->buffer, 1, (VP_LOCK_OPERATION)-1));
	bench_expect(f->bench, RULE_LOCK_OPERATION);
}

static void rule_302_kept_every_operation(void **state)
{
	struct fixture *f = *state;

	locked(f, f->bench->buffer, 1, VpReadAccess);
	locked(f, f->bench->buffer, 1, VpWriteAccess);
	locked(f, f->bench->buffer, 1, VpModifyAccess);
}

/* ---- what may be locked ---------------------------------------------------------------------------- */

static void rule_303_broken_no_requesters_memory(void **state)
{
	struct fixture *f = *state;
	unsigned char *heap = calloc(1, 100);

	refused(f, heap, 100, RULE_LOCK_MEMORY);
	refused(f, NULL, 100, RULE_LOCK_MEMORY);
	refused(f, f->bench->buffer + f->bench->buffer_bytes - 1, 2, RULE_LOCK_MEMORY);
	free(heap);
}

static void rule_303_broken_read_only_memory_for_writing(void **state)
{
	struct fixture *f = *state;
	struct frames_policy policy = {0};
	unsigned char *memory = aligned_alloc(PAGE_BYTES, PAGE_BYTES);

	assert_int_equal(
		frames_add(f->bench->frames, memory, PAGE_BYTES, FRAMES_READ_ONLY, &policy, NULL),
		0);
	assert_null(lock(f, memory, 1, VpWriteAccess));
	assert_non_null(strstr(bench_expect(f->bench, RULE_LOCK_MEMORY)->message, "writable"));
	locked(f, memory, 1, VpReadAccess);
	assert_int_equal(frames_remove(f->bench->frames, memory), 0);
	free(memory);
}

/* What follows the requester's memory, perhaps far behind it, is not what the lock was about. */
static void rule_303_broken_runs_from_requesters_memory_into_constants(void **state)
{
	struct fixture *f = *state;

	refused(f, f->bench->buffer + f->bench->buffer_bytes - 1, 64 << 20, RULE_LOCK_MEMORY);
}

static void rule_303_kept_the_last_byte(void **state)
{
	struct fixture *f = *state;

	locked(f, f->bench->buffer + f->bench->buffer_bytes - 1, 1, VpModifyAccess);
}

static void rule_304_broken_stack(void **state)
{
	struct fixture *f = *state;
	unsigned char bytes[64] = {0};

	refused(f, bytes, sizeof(bytes), RULE_LOCK_STACK);
	refused(f, bytes, 1, RULE_LOCK_STACK); /* the second time from what is known */
}

static void *stack_of_a_thread(void *argument)
{
	rule_304_broken_stack(&argument);
	return NULL;
}

static void rule_304_broken_stack_of_another_thread(void **state)
{
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, stack_of_a_thread, *state), 0);
	pthread_join(thread, NULL);
}

static void rule_304_kept_static_memory(void **state)
{
	static _Alignas(4096) unsigned char bytes[PAGE_BYTES];
	struct fixture *f = *state;
	struct frames_policy policy = {0};

	assert_int_equal(
		frames_add(f->bench->frames, bytes, PAGE_BYTES, FRAMES_READ_WRITE, &policy, NULL),
		0);
	locked(f, bytes, 64, VpReadAccess);
	assert_int_equal(frames_remove(f->bench->frames, bytes), 0);
}

static void rule_305_broken_constants_and_code(void **state)
{
	static const char text[] = "a constant";
	union {
		void (*function)(void **state);
		const void *address;
	} code = {rule_305_broken_constants_and_code};
	struct fixture *f = *state;

	refused(f, text, sizeof(text), RULE_LOCK_CODE);
	refused(f, code.address, 16, RULE_LOCK_CODE);
}

/* Data that may be written is not told of as constant, though nobody may lock it unregistered. */
static void rule_305_kept_a_copy_of_the_constant(void **state)
{
	static unsigned char copy[16];
	struct fixture *f = *state;

	refused(f, copy, sizeof(copy), RULE_LOCK_MEMORY);
	memcpy(f->bench->buffer, "a constant", 11);
	locked(f, f->bench->buffer, 11, VpReadAccess);
}

static void rule_306_broken_the_drivers_own(void **state)
{
	struct fixture *f = *state;
	PVOID extension = f->bench->extension;
	PHYSICAL_ADDRESS logical;
	PVOID pool = VideoPortAllocatePool(extension, VpNonPagedPool, 100, 0x74736554);
	PVOID common = VideoPortAllocateCommonBuffer(
		extension, f->adapter, 100, &logical, TRUE, NULL);

	f->bench->vp.hw.HwDeviceExtensionSize = CACHE_LINE_BYTES;
	refused(f, extension, 16, RULE_LOCK_OWN);
	refused(f, pool, 100, RULE_LOCK_OWN);
	refused(f, (char *)pool + 99, 1, RULE_LOCK_OWN);
	refused(f, common, 100, RULE_LOCK_OWN);
	VideoPortFreePool(extension, pool);
	VideoPortReleaseCommonBuffer(extension, f->adapter, 100, logical, common, TRUE);
}

static void rule_306_broken_a_bounce_buffer(void **state)
{
	struct fixture *f = *state;
	VP_DEVICE_DESCRIPTION no_list = {.Dma32BitAddresses = TRUE, .MaximumLength = 4096};
	PVP_DMA_ADAPTER adapter = VideoPortGetDmaAdapter(f->bench->extension, &no_list);
	struct vp_adapter *inside = dma_adapter(&f->bench->vp.dma, adapter);

	refused(f, inside->slot_va + 10, 16, RULE_LOCK_OWN);
	VideoPortPutDmaAdapter(f->bench->extension, adapter);
}

static void rule_306_kept_requesters_memory_while_own_exists(void **state)
{
	struct fixture *f = *state;
	PVOID pool = VideoPortAllocatePool(f->bench->extension, VpNonPagedPool, 100, 0x74736554);

	locked(f, f->bench->buffer, 100, VpReadAccess);
	VideoPortFreePool(f->bench->extension, pool);
}

static void rule_307_broken_locked_and_never_unlocked(void **state)
{
	struct fixture *f = *state;
	PVOID mdl[10];

	for (unsigned i = 0; i < 8; i++)
		mdl[i] = lock(f, f->bench->buffer + 10, 100 + i, VpReadAccess);
	bench_expect(f->bench, 0);
	for (unsigned i = 8; i < 10; i++) {
		mdl[i] = lock(f, f->bench->buffer + 10, 100, VpReadAccess);
		assert_non_null(mdl[i]);
		assert_non_null(strstr(bench_expect(f->bench, RULE_LOCK_MANY)->origin, "object"));
	}
	for (unsigned i = 0; i < 10; i++)
		unlock(f, mdl[i]);
}

static void rule_307_kept_many_locks_of_many_places(void **state)
{
	struct fixture *f = *state;
	PVOID mdl[64];

	for (unsigned i = 0; i < 64; i++) /* one page, other bytes of it */
		mdl[i] = lock(f, f->bench->buffer + i * 64, 64, VpReadAccess);
	for (unsigned i = 0; i < 64; i++)
		unlock(f, mdl[i]);
	for (unsigned i = 0; i < 64; i++) /* the same bytes, one after the other */
		locked(f, f->bench->buffer, 64, VpReadAccess);
}

/* ---- unlocking ------------------------------------------------------------------------------------- */

static void rule_308_broken_what_never_was_a_lock(void **state)
{
	struct fixture *f = *state;
	PVOID mdl = lock(f, f->bench->buffer, 1, VpReadAccess);

	unlock(f, NULL);
	bench_expect(f->bench, RULE_UNLOCK_UNKNOWN);
	unlock(f, f->bench->buffer);
	bench_expect(f->bench, RULE_UNLOCK_UNKNOWN);
	unlock(f, (PVOID)((uintptr_t)mdl + 1)); /* no such MDL was ever made */
	bench_expect(f->bench, RULE_UNLOCK_UNKNOWN);
	unlock(f, (PVOID)((uintptr_t)mdl + (1u << 24))); /* its next lock: not yet */
	bench_expect(f->bench, RULE_UNLOCK_UNKNOWN);
	unlock(f, mdl);
}

static void rule_308_kept_the_returned_pointer(void **state)
{
	struct fixture *f = *state;

	locked(f, f->bench->buffer, 10000, VpModifyAccess);
}

static void rule_309_broken_twice(void **state)
{
	struct fixture *f = *state;
	PVOID mdl = lock(f, f->bench->buffer, 1, VpReadAccess);

	unlock(f, mdl);
	unlock(f, mdl);
	bench_expect(f->bench, RULE_UNLOCK_TWICE);
	PVOID next = lock(f, f->bench->buffer, 1, VpReadAccess); /* the same MDL, most likely */
	unlock(f, mdl);
	bench_expect(f->bench, RULE_UNLOCK_TWICE);
	unlock(f, next);
}

static void rule_309_kept_each_lock_once(void **state)
{
	struct fixture *f = *state;
	PVOID first = lock(f, f->bench->buffer, 1, VpReadAccess);
	PVOID second = lock(f, f->bench->buffer, 1, VpReadAccess);

	unlock(f, first);
	unlock(f, second);
}

static VP_STATUS start(struct fixture *f, PVOID mdl, ULONG offset, struct caught *caught)
{
	return VideoPortStartDma(f->bench->extension, f->adapter, mdl, offset, caught->length,
		catch_list, caught, TRUE);
}

static void complete(struct fixture *f, const struct caught *caught)
{
	assert_int_equal(VideoPortCompleteDma(f->bench->extension, f->adapter, caught->list, TRUE),
		NO_ERROR);
}

static void rule_310_broken_in_flight(void **state)
{
	struct fixture *f = *state;
	PVOID mdl = lock(f, f->bench->buffer, 100, VpReadAccess);
	ULONG length = 100;
	struct caught caught = {.length = &length};

	assert_int_equal(start(f, mdl, 0, &caught), NO_ERROR);
	unlock(f, mdl);
	assert_non_null(strstr(bench_expect(f->bench, RULE_UNLOCK_IN_FLIGHT)->origin, "object"));
	complete(f, &caught);
	unlock(f, mdl);
}

static void rule_310_kept_after_complete(void **state)
{
	struct fixture *f = *state;
	PVOID mdl = lock(f, f->bench->buffer, 100, VpReadAccess);
	ULONG length = 100;
	struct caught caught = {.length = &length};

	assert_int_equal(start(f, mdl, 0, &caught), NO_ERROR);
	complete(f, &caught);
	unlock(f, mdl);
}

/* ---- the rest of a shortened transfer (311) ---------------------------------------------------------- */

/* Two registers: 8192 bytes a round. */
static void round_of(struct fixture *f, PVOID mdl, ULONG offset, ULONG asked, ULONG started)
{
	ULONG length = asked;
	struct caught caught = {.length = &length};

	assert_int_equal(start(f, mdl, offset, &caught), NO_ERROR);
	assert_int_equal(length, started);
	complete(f, &caught);
}

/* A round of the first 8192 bytes has both registers meanwhile. */
static void refused_of(struct fixture *f, PVOID mdl, ULONG offset, ULONG asked)
{
	ULONG all = 8192, length = asked;
	struct caught first = {.length = &all}, failed = {.length = &length};

	assert_int_equal(start(f, mdl, 0, &first), NO_ERROR);
	assert_int_equal(start(f, mdl, offset, &failed), ERROR_NOT_ENOUGH_MEMORY);
	complete(f, &first);
}

static void rule_311_broken_stops_after_the_first_round(void **state)
{
	struct fixture *f = *state;
	PVOID mdl = lock(f, f->bench->buffer, 20000, VpReadAccess);

	round_of(f, mdl, 0, 20000, 8192);
	unlock(f, mdl);
	assert_non_null(strstr(bench_expect(f->bench, RULE_UNLOCK_REST)->message, "11808 bytes"));
}

static void rule_311_broken_leaves_a_hole(void **state)
{
	struct fixture *f = *state;
	PVOID mdl = lock(f, f->bench->buffer, 20000, VpReadAccess);

	round_of(f, mdl, 0, 20000, 8192);
	round_of(f, mdl, 12288, 4096, 4096); /* from the middle of the rest */
	round_of(f, mdl, 16384, 3616, 3616);
	unlock(f, mdl);
	assert_non_null(strstr(bench_expect(f->bench, RULE_UNLOCK_REST)->message, "4096 bytes"));
}

static void rule_311_broken_is_forgotten_by_the_next_lock(void **state)
{
	struct fixture *f = *state;

	rule_311_broken_stops_after_the_first_round(state);
	locked(f, f->bench->buffer, 20000, VpReadAccess);
}

static void rule_311_kept_round_after_round(void **state)
{
	struct fixture *f = *state;
	PVOID mdl = lock(f, f->bench->buffer, 20000, VpReadAccess);

	for (unsigned again = 0; again < 2; again++) { /* one lock, used twice */
		round_of(f, mdl, 0, 20000, 8192);
		round_of(f, mdl, 8192, 11808, 8192);
		round_of(f, mdl, 16384, 3616, 3616);
	}
	unlock(f, mdl);
}

/* Nothing was left out of a transfer that was as short as it was asked to be, or failed. */
static void rule_311_kept_short_requests(void **state)
{
	struct fixture *f = *state;
	PVOID mdl = lock(f, f->bench->buffer, 20000, VpReadAccess);

	round_of(f, mdl, 5000, 100, 100);
	refused_of(f, mdl, 0, 100);
	round_of(f, mdl, 0, 8192, 8192);
	round_of(f, mdl, 8192, 8192, 8192);
	round_of(f, mdl, 16384, 3616, 3616);
	unlock(f, mdl);
}

/* The driver came back, and was told that there is nothing for it: it may give the request up. */
static void rule_311_kept_rest_that_was_refused(void **state)
{
	struct fixture *f = *state;
	PVOID mdl = lock(f, f->bench->buffer, 20000, VpReadAccess);

	round_of(f, mdl, 0, 20000, 8192);
	refused_of(f, mdl, 8192, 11808);
	unlock(f, mdl);
}

/* It came back for a part of it only. */
static void rule_311_broken_a_part_was_refused(void **state)
{
	struct fixture *f = *state;
	PVOID mdl = lock(f, f->bench->buffer, 20000, VpReadAccess);

	round_of(f, mdl, 0, 20000, 8192);
	refused_of(f, mdl, 8192, 4096);
	unlock(f, mdl);
	assert_non_null(strstr(bench_expect(f->bench, RULE_UNLOCK_REST)->message, "7712 bytes"));
}

/* Asked for again where it was refused, and shortened: what is left out now is a rest as any other. */
static void rule_311_broken_after_a_refusal(void **state)
{
	struct fixture *f = *state;
	PVOID mdl = lock(f, f->bench->buffer, 20000, VpReadAccess);

	round_of(f, mdl, 0, 20000, 8192);
	refused_of(f, mdl, 8192, 11808);
	round_of(f, mdl, 8192, 11808, 8192);
	unlock(f, mdl);
	assert_non_null(strstr(bench_expect(f->bench, RULE_UNLOCK_REST)->message, "3616 bytes"));
}

/* More holes than are remembered lose precision and nothing else. */
static void rule_311_broken_many_holes(void **state)
{
	struct fixture *f = *state;
	PVOID mdl = lock(f, f->bench->buffer, 20000, VpReadAccess);

	round_of(f, mdl, 0, 20000, 8192);
	for (ULONG i = 0; i < 20; i++)
		round_of(f, mdl, 8192 + 100 + i * 200, 100, 100);
	unlock(f, mdl);
	bench_expect(f->bench, RULE_UNLOCK_REST);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(rule_301_broken_no_byte),
		TEST(rule_301_kept_one_byte),
		TEST(rule_302_broken_unknown_operation),
		TEST(rule_302_kept_every_operation),
		TEST(rule_303_broken_no_requesters_memory),
		TEST(rule_303_broken_read_only_memory_for_writing),
		TEST(rule_303_broken_runs_from_requesters_memory_into_constants),
		TEST(rule_303_kept_the_last_byte),
		TEST(rule_304_broken_stack),
		TEST(rule_304_broken_stack_of_another_thread),
		TEST(rule_304_kept_static_memory),
		TEST(rule_305_broken_constants_and_code),
		TEST(rule_305_kept_a_copy_of_the_constant),
		TEST(rule_306_broken_the_drivers_own),
		TEST(rule_306_broken_a_bounce_buffer),
		TEST(rule_306_kept_requesters_memory_while_own_exists),
		TEST(rule_307_broken_locked_and_never_unlocked),
		TEST(rule_307_kept_many_locks_of_many_places),
		TEST(rule_308_broken_what_never_was_a_lock),
		TEST(rule_308_kept_the_returned_pointer),
		TEST(rule_309_broken_twice),
		TEST(rule_309_kept_each_lock_once),
		TEST(rule_310_broken_in_flight),
		TEST(rule_310_kept_after_complete),
		TEST(rule_311_broken_stops_after_the_first_round),
		TEST(rule_311_broken_leaves_a_hole),
		TEST(rule_311_broken_is_forgotten_by_the_next_lock),
		TEST(rule_311_broken_a_part_was_refused),
		TEST(rule_311_broken_after_a_refusal),
		TEST(rule_311_broken_many_holes),
		TEST(rule_311_kept_round_after_round),
		TEST(rule_311_kept_short_requests),
		TEST(rule_311_kept_rest_that_was_refused),
	};

	return cmocka_run_group_tests_name("rules of locked buffers", tests, NULL, NULL);
}
