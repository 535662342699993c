// SPDX-License-Identifier: BSD-2-Clause
/* mdl_test.c: locking and unlocking buffers of requesters. */
#include "drivers/videoport/dma_testing.h"

static PVOID lock(struct bench *bench, size_t at, ULONG length, VP_LOCK_OPERATION operation)
{
	return VideoPortLockBuffer(bench->extension, bench->buffer + at, length, operation);
}

static void r_031_lock_pins_whole_pages(void **state)
{
	(void)state;
	struct bench *bench = bench_open((struct bench_options){0});
	PVOID one = lock(bench, 100, 1, VpReadAccess), two = lock(bench, 4095, 2, VpModifyAccess);

	assert_non_null(one);
	assert_non_null(two);
	assert_int_equal(bench_usage(bench).locks, 2);
	assert_int_equal(bench_usage(bench).pinned_bytes, 3 * 4096);
	VideoPortUnlockBuffer(bench->extension, one);
	VideoPortUnlockBuffer(bench->extension, two);
	assert_int_equal(bench_usage(bench).locks, 0);
	assert_int_equal(bench_usage(bench).pinned_bytes, 0);
	assert_int_equal(bench_usage(bench).pinned_bytes_peak, 3 * 4096);
	assert_int_equal(bench_rules(bench), 0);
	bench_close(bench);
}

/* Older headers spell it so. */
static void the_old_spelling_unlocks_too(void **state)
{
	(void)state;
	struct bench *bench = bench_open((struct bench_options){0});
	PVOID mdl = lock(bench, 0, 1, VpReadAccess);

	VideoPortUnLockBuffer(bench->extension, mdl);
	assert_int_equal(bench_usage(bench).locks, 0);
	assert_int_equal(bench_rules(bench), 0);
	bench_close(bench);
}

static void d_07_lock_of_foreign_memory_gives_null(void **state)
{
	(void)state;
	struct bench *bench = bench_open((struct bench_options){0});
	unsigned char stack[16];

	assert_null(VideoPortLockBuffer(bench->extension, stack, 16, VpReadAccess));
	assert_null(VideoPortLockBuffer(bench->extension, NULL, 16, VpReadAccess));
	assert_null(
		lock(bench, bench->buffer_bytes - 1, 2, VpReadAccess)); /* ends behind the region */
	assert_int_equal(bench_rules(bench), 3); /* each time an event says why */
	assert_null(lock(bench, 0, 0, VpReadAccess));
	assert_null(lock(bench, 0, 1, (VP_LOCK_OPERATION)3));
	assert_int_equal(bench_rules(bench), 2);
	assert_int_equal(bench_usage(bench).locks, 0);
	bench_close(bench);
}

static void read_only_memory_locks_for_reading_only(void **state)
{
	(void)state;
	struct bench *bench = bench_open((struct bench_options){0});
	unsigned char *memory = aligned_alloc(PAGE_BYTES, 2 * PAGE_BYTES);
	struct frames_policy policy = {.fragmentation = 1};

	assert_int_equal(
		frames_add(bench->frames, memory, 2 * PAGE_BYTES, FRAMES_READ_ONLY, &policy, NULL),
		0);
	assert_null(VideoPortLockBuffer(bench->extension, memory, 8192, VpWriteAccess));
	assert_null(VideoPortLockBuffer(bench->extension, memory, 8192, VpModifyAccess));
	PVOID mdl = VideoPortLockBuffer(bench->extension, memory, 8192, VpReadAccess);
	assert_non_null(mdl);
	VideoPortUnlockBuffer(bench->extension, mdl);
	bench_close(bench);
	free(memory);
}

static void unlock_knows_its_own(void **state)
{
	(void)state;
	struct bench *bench = bench_open((struct bench_options){0});
	PVOID mdl = lock(bench, 0, 100, VpReadAccess);

	VideoPortUnlockBuffer(bench->extension, NULL);
	VideoPortUnlockBuffer(bench->extension, bench->buffer);
	assert_int_equal(bench_rules(bench), 2);
	VideoPortUnlockBuffer(bench->extension, mdl);
	VideoPortUnlockBuffer(bench->extension, mdl);
	assert_int_equal(bench_rules(bench), 1);
	PVOID again = lock(bench, 0, 100, VpReadAccess); /* the same memory, another handle */
	VideoPortUnlockBuffer(bench->extension, mdl);
	assert_int_equal(bench_rules(bench), 1);
	assert_int_equal(bench_usage(bench).locks, 1);
	VideoPortUnlockBuffer(bench->extension, again);
	assert_int_equal(bench_rules(bench), 0);
	bench_close(bench);
}

static void lock_is_for_passive_unlock_up_to_dispatch(void **state)
{
	(void)state;
	struct bench *bench = bench_open((struct bench_options){0});
	PVOID mdl = lock(bench, 0, 100, VpReadAccess);
	unsigned irql = irql_raise(IRQL_DISPATCH);

	assert_null(lock(bench, 0, 100, VpReadAccess));
	assert_int_equal(bench_rules(bench), 1);
	VideoPortUnlockBuffer(bench->extension, mdl);
	assert_int_equal(bench_rules(bench), 0);
	irql_lower(irql);
	bench_close(bench);
}

/* Steady state takes no memory: with every allocation failing, freed MDLs serve their size class. */
static void steady_state_needs_no_memory(void **state)
{
	(void)state;
	struct bench *bench = bench_open((struct bench_options){0});
	PVOID mdl;

	for (ULONG pages = 1; pages <= 1024; pages *= 2)
		VideoPortUnlockBuffer(bench->extension, lock(bench, 0, pages * 4096, VpReadAccess));
	fault_arm(1, true);
	for (ULONG pages = 1; pages <= 1024; pages++) {
		mdl = lock(bench, 0, pages * 4096, VpReadAccess);
		assert_non_null(mdl);
		VideoPortUnlockBuffer(bench->extension, mdl);
	}
	mdl = lock(bench, 0, 4096, VpReadAccess);
	assert_null(lock(bench, 0, 4096, VpReadAccess)); /* the class is empty now */
	fault_arm(0, false);
	VideoPortUnlockBuffer(bench->extension, mdl);
	assert_int_equal(bench_rules(bench), 0);
	bench_close(bench);
}

/* The table of locks is full: no lock more, and nothing is kept of the one refused. */
static void so_many_locks_at_a_time_and_no_more(void **state)
{
	(void)state;
	struct bench *bench = bench_open((struct bench_options){0});
	PVOID *locks = calloc(DMA_MDLS_MAX, sizeof(*locks));
	uint64_t blocks;

	assert_non_null(locks);
	for (uint32_t i = 0; i < DMA_MDLS_MAX; i++)
		if (!(locks[i] = lock(bench, 0, 1, VpReadAccess)))
			fail_msg("lock %u of %u is refused", i, DMA_MDLS_MAX);
	blocks = heap_blocks();
	assert_null(lock(bench, 0, 1, VpReadAccess));
	assert_int_equal(heap_blocks(), blocks);
	assert_int_equal(bench_usage(bench).locks, DMA_MDLS_MAX);
	VideoPortUnlockBuffer(bench->extension, locks[7]);
	locks[7] = lock(bench, 0, 1, VpReadAccess);
	assert_non_null(locks[7]);
	assert_null(lock(bench, 0, 1, VpReadAccess));
	for (uint32_t i = 0; i < DMA_MDLS_MAX; i++)
		VideoPortUnlockBuffer(bench->extension, locks[i]);
	assert_int_equal(bench_usage(bench).locks, 0);
	assert_int_equal(bench_rules(bench), 0);
	free(locks);
	bench_close(bench);
}

static void locks_left_behind_are_freed_at_close(void **state)
{
	(void)state;
	struct bench *bench = bench_open((struct bench_options){0});

	for (size_t i = 0; i < 100; i++)
		assert_non_null(lock(bench, i * 100, (ULONG)(1 + i * 1000), VpWriteAccess));
	assert_int_equal(bench_usage(bench).locks, 100);
	bench_close(bench);
}

static void *lock_storm(void *argument)
{
	struct bench *bench = argument;

	for (unsigned i = 0; i < 5000; i++) {
		PVOID mdl = lock(bench, i % 4096, 1 + i % 9000, VpReadAccess);
		if (mdl)
			VideoPortUnlockBuffer(bench->extension, mdl);
	}
	return NULL;
}

static void threads_lock_at_once(void **state)
{
	(void)state;
	struct bench *bench = bench_open((struct bench_options){0});
	pthread_t thread[3];

	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, lock_storm, bench), 0);
	for (unsigned i = 0; i < 3; i++)
		pthread_join(thread[i], NULL);
	assert_int_equal(bench_usage(bench).locks, 0);
	assert_int_equal(bench_usage(bench).pinned_bytes, 0);
	assert_int_equal(bench_rules(bench), 0);
	bench_close(bench);
}

/* Pins that only count; the fail_at-th is refused. */
static struct {
	unsigned takes, releases, fail_at;
	size_t bytes_held;
	unsigned char *last_va;
} pins;

static int counted_take(struct device *dev, void *va, size_t len_bytes, uint32_t *handle)
{
	(void)dev;
	if (++pins.takes == pins.fail_at)
		return -ENOMEM;
	pins.bytes_held += len_bytes;
	pins.last_va = va;
	*handle = (uint32_t)len_bytes ^ 0x5A5A5A5Au;
	return 0;
}

static void counted_release(struct device *dev, void *va, size_t len_bytes, uint32_t handle)
{
	(void)dev;
	(void)va;
	assert_int_equal(handle, (uint32_t)len_bytes ^ 0x5A5A5A5Au);
	pins.releases++;
	pins.bytes_held -= len_bytes;
}

static struct bench *pinning_bench(unsigned fail_at)
{
	static const struct device_pin_ops ops = {counted_take, counted_release};
	struct bench *bench = bench_open((struct bench_options){0});

	memset(&pins, 0, sizeof(pins));
	pins.fail_at = fail_at;
	bench->fake.device.pin = &ops;
	return bench;
}

static void locks_hold_the_pages_they_touch(void **state)
{
	(void)state;
	struct bench *bench = pinning_bench(0);
	PVOID one = lock(bench, 100, 1, VpReadAccess);

	assert_ptr_equal(pins.last_va, bench->buffer);
	PVOID two = lock(bench, 4095, 4098, VpModifyAccess);

	assert_int_equal(pins.bytes_held, 4 * 4096);
	VideoPortUnlockBuffer(bench->extension, one);
	assert_int_equal(pins.bytes_held, 3 * 4096);
	VideoPortUnlockBuffer(bench->extension, one); /* refused: nothing is let go twice */
	assert_int_equal(pins.releases, 1);
	assert_int_equal(bench_rules(bench), 1);
	VideoPortUnlockBuffer(bench->extension, two);
	assert_int_equal(pins.bytes_held, 0);
	bench_close(bench);
}

static void a_refused_pin_is_no_lock(void **state)
{
	(void)state;
	struct bench *bench = pinning_bench(2);
	PVOID one = lock(bench, 0, 4096, VpReadAccess);

	assert_non_null(one);
	assert_null(lock(bench, 8192, 4096, VpReadAccess));
	assert_int_equal(bench_usage(bench).locks, 1);
	assert_int_equal(videoport_mdls(&bench->vp), 1);
	assert_int_equal(bench_usage(bench).pinned_bytes, 4096);
	assert_int_equal(bench_usage(bench).pins_refused, 1);
	assert_int_equal(bench_usage(bench).pin_error, -ENOMEM);
	assert_int_equal(bench_rules(bench), 0); /* the host's doing, not the driver's */
	PVOID again = lock(bench, 8192, 4096, VpReadAccess);

	assert_non_null(again);
	VideoPortUnlockBuffer(bench->extension, one);
	VideoPortUnlockBuffer(bench->extension, again);
	assert_int_equal(pins.bytes_held, 0);
	bench_close(bench);
}

/* What a lock takes before it is refused goes back: the next one has it. */
static void refused_locks_take_nothing(void **state)
{
	(void)state;
	struct bench *bench = pinning_bench(0);
	unsigned char stack[16];
	uint64_t blocks = 0;

	for (unsigned round = 0; round < 10; round++) {
		assert_null(VideoPortLockBuffer(bench->extension, stack, 16, VpReadAccess));
		pins.fail_at = pins.takes + 1;
		assert_null(lock(bench, 0, 3 * PAGE_BYTES, VpReadAccess));
		blocks = round ? blocks : heap_blocks();
	}
	assert_int_equal(heap_blocks(), blocks);
	assert_int_equal(bench_usage(bench).locks, 0);
	bench_close(bench);
}

static void pins_left_behind_are_released_at_close(void **state)
{
	(void)state;
	struct bench *bench = pinning_bench(0);

	assert_non_null(lock(bench, 0, 4096, VpReadAccess));
	assert_non_null(lock(bench, 0, 8192, VpReadAccess));
	bench_close(bench);
	assert_int_equal(pins.bytes_held, 0);
	assert_int_equal(pins.releases, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(r_031_lock_pins_whole_pages),
		cmocka_unit_test(the_old_spelling_unlocks_too),
		cmocka_unit_test(d_07_lock_of_foreign_memory_gives_null),
		cmocka_unit_test(read_only_memory_locks_for_reading_only),
		cmocka_unit_test(unlock_knows_its_own),
		cmocka_unit_test(lock_is_for_passive_unlock_up_to_dispatch),
		cmocka_unit_test(steady_state_needs_no_memory),
		cmocka_unit_test(so_many_locks_at_a_time_and_no_more),
		cmocka_unit_test(locks_left_behind_are_freed_at_close),
		cmocka_unit_test(threads_lock_at_once),
		cmocka_unit_test(locks_hold_the_pages_they_touch),
		cmocka_unit_test(a_refused_pin_is_no_lock),
		cmocka_unit_test(refused_locks_take_nothing),
		cmocka_unit_test(pins_left_behind_are_released_at_close),
	};

	return cmocka_run_group_tests_name("buffer locks", tests, NULL, NULL);
}
