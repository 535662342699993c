// SPDX-License-Identifier: BSD-2-Clause
/* frames_test.c: policies of the simulated physical memory, lookup, contiguous runs, failures. */
#include "drivers/support/fault.h"
#include "drivers/support/held_testing.h"
#include "drivers/videoport/frames.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <cmocka.h>

#define PAGES       2048
#define SPACE_PAGES 65536
#define VA(page)    (space + (size_t)(page)*PAGE_BYTES)

/* Frames belong to addresses, backed by memory or not. */
static char *space;

static int space_setup(void **state)
{
	(void)state;
	space = mmap(NULL, SPACE_PAGES * PAGE_BYTES, PROT_NONE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	return space == MAP_FAILED ? -1 : 0;
}

static int space_teardown(void **state)
{
	(void)state;
	return munmap(space, SPACE_PAGES * PAGE_BYTES);
}

static struct frames *create(uint64_t seed, uint64_t low_bytes)
{
	struct frames_config config = {.seed = seed, .low_bytes = low_bytes};
	struct frames *frames;

	assert_int_equal(frames_create(&frames, &config, NULL), 0);
	return frames;
}

static int add(struct frames *frames, size_t page, size_t pages, double fragmentation, double high)
{
	struct frames_policy policy = {.fragmentation = fragmentation, .high = high};

	return frames_add(frames, VA(page), pages * PAGE_BYTES, FRAMES_READ_WRITE, &policy, NULL);
}

static size_t runs_of(const uint64_t *pfn, size_t pages)
{
	size_t runs = 1;

	for (size_t i = 1; i < pages; i++)
		runs += pfn[i] != pfn[i - 1] + 1;
	return runs;
}

static int compare_pfn(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void fragmentation_sets_the_run_length(void **state)
{
	(void)state;
	static uint64_t pfn[PAGES];
	const double fragmentation[] = {0, 0.25, 1};
	const size_t least[] = {1, PAGES / 5, PAGES}, most[] = {1, PAGES / 3, PAGES};

	for (unsigned i = 0; i < 3; i++) {
		struct frames *frames = create(i, 0);
		assert_int_equal(add(frames, 0, PAGES, fragmentation[i], 0.5), 0);
		assert_int_equal(frames_lookup(frames, VA(0), PAGES * PAGE_BYTES, true, pfn), 0);
		assert_in_range(runs_of(pfn, PAGES), least[i], most[i]);
		frames_destroy(frames);
	}
}

/* Pages of a block are neighbours however fragmented the frames are: those of a huge page. */
static void blocks_stay_together(void **state)
{
	(void)state;
	static uint64_t pfn[PAGES];
	const struct frames_policy policy = {.fragmentation = 1, .block_pages = 8};
	struct frames *frames = create(3, 0);

	assert_int_equal(
		frames_add(frames, VA(0), PAGES * PAGE_BYTES, FRAMES_READ_WRITE, &policy, NULL), 0);
	assert_int_equal(frames_lookup(frames, VA(0), PAGES * PAGE_BYTES, true, pfn), 0);
	for (size_t p = 0; p < PAGES; p++)
		if (p % 8)
			assert_int_equal(pfn[p], pfn[p - 1] + 1);
	assert_int_equal(runs_of(pfn, PAGES), PAGES / 8);
	frames_destroy(frames);
}

static void high_sets_the_share_above_4_gib(void **state)
{
	(void)state;
	static uint64_t pfn[PAGES];
	const double high[] = {0, 0.5, 1};
	const size_t least[] = {0, PAGES * 4 / 10, PAGES}, most[] = {0, PAGES * 6 / 10, PAGES};

	for (unsigned i = 0; i < 3; i++) {
		struct frames *frames = create(7, 0);
		size_t above = 0;
		assert_int_equal(add(frames, 0, PAGES, 1, high[i]), 0);
		assert_int_equal(frames_lookup(frames, VA(0), PAGES * PAGE_BYTES, false, pfn), 0);
		for (size_t p = 0; p < PAGES; p++)
			above += pfn[p] >= FRAMES_4G >> PAGE_SHIFT;
		assert_in_range(above, least[i], most[i]);
		frames_destroy(frames);
	}
}

static void node_chooses_the_range(void **state)
{
	(void)state;
	struct frames *frames = create(1, 0);
	struct frames_policy policy = {.high = 1, .node = 3};
	uint64_t pfn;

	assert_int_equal(
		frames_add(frames, VA(0), PAGE_BYTES, FRAMES_READ_WRITE, &policy, NULL), 0);
	assert_int_equal(frames_lookup(frames, VA(0), 1, true, &pfn), 0);
	assert_int_equal(((pfn << PAGE_SHIFT) - FRAMES_4G) >> 40, 3);
	frames_destroy(frames);
}

static void same_seed_same_frames(void **state)
{
	(void)state;
	uint64_t first[64], second[64];
	struct frames *a = create(5, 0), *b = create(5, 0);

	assert_int_equal(add(a, 0, 64, 0.5, 0.5), 0);
	assert_int_equal(add(b, 0, 64, 0.5, 0.5), 0);
	assert_int_equal(frames_lookup(a, VA(0), 64 * PAGE_BYTES, true, first), 0);
	assert_int_equal(frames_lookup(b, VA(0), 64 * PAGE_BYTES, true, second), 0);
	assert_memory_equal(first, second, sizeof(first));
	frames_destroy(a);
	frames_destroy(b);
}

/* Fills a small physical memory to the last frame: all distinct, then -ENOSPC, then room again. */
static void frames_are_distinct_to_the_last(void **state)
{
	(void)state;
	const size_t low_pages = (32u << 20) >> PAGE_SHIFT, pages = low_pages - 256;
	uint64_t *pfn = malloc(low_pages * sizeof(*pfn));
	struct frames *frames = create(11, 32u << 20);

	assert_non_null(pfn);
	for (size_t done = 0; done < pages; done += pages / 8)
		assert_int_equal(add(frames, done, pages / 8, (double)(done % 3) / 2, 0), 0);
	assert_int_equal(add(frames, low_pages, 1, 0, 0), -ENOSPC);
	assert_int_equal(frames_lookup(frames, VA(0), pages * PAGE_BYTES, true, pfn), 0);
	qsort(pfn, pages, sizeof(*pfn), compare_pfn);
	for (size_t i = 1; i < pages; i++)
		assert_true(pfn[i] > pfn[i - 1]);
	assert_true(pfn[pages - 1] < low_pages);
	assert_int_equal(frames_remove(frames, VA(0)), 0);
	assert_int_equal(add(frames, low_pages, pages / 8, 1, 0), 0);
	frames_destroy(frames);
	free(pfn);
}

static void lookup_refuses_what_has_no_frame(void **state)
{
	(void)state;
	struct frames *frames = create(1, 0);
	struct frames_policy policy = {.fragmentation = 1};
	uint64_t pfn[8];

	assert_int_equal(add(frames, 1, 2, 0, 0), 0);
	assert_int_equal(add(frames, 3, 2, 0, 0), 0); /* side by side: one lookup spans both */
	assert_int_equal(frames_add(frames, VA(5), PAGE_BYTES, FRAMES_READ_ONLY, &policy, NULL), 0);
	assert_int_equal(frames_lookup(frames, VA(1) + 100, 4 * PAGE_BYTES - 200, true, pfn), 0);
	assert_int_equal(frames_lookup(frames, VA(1) - 1, 2, true, pfn), -EFAULT);
	assert_int_equal(frames_lookup(frames, VA(4), 3 * PAGE_BYTES, false, pfn), -EFAULT);
	assert_int_equal(frames_lookup(frames, VA(4), 2 * PAGE_BYTES, false, pfn), 0);
	assert_int_equal(frames_lookup(frames, VA(4), 2 * PAGE_BYTES, true, pfn), -EACCES);
	assert_int_equal(frames_remove(frames, VA(3)), 0);
	assert_int_equal(frames_lookup(frames, VA(4), 1, false, pfn), -EFAULT);
	assert_int_equal(frames_remove(frames, VA(3)), -EINVAL);
	frames_destroy(frames);
}

static void add_refuses_bad_arguments(void **state)
{
	(void)state;
	struct frames *frames = create(1, 0);
	struct frames_policy policy = {.fragmentation = 1.5};
	struct frames_config config = {.low_bytes = 12345};
	struct frames *none = NULL;

	assert_int_equal(frames_create(&none, &config, NULL), -EINVAL);
	config = (struct frames_config){.high_bytes = UINT64_C(1) << 50};
	assert_int_equal(frames_create(&none, &config, NULL), -EINVAL);
	assert_int_equal(
		frames_add(frames, VA(0), PAGE_BYTES, FRAMES_READ_WRITE, &policy, NULL), -EINVAL);
	policy = (struct frames_policy){.node = FRAMES_NODES_MAX};
	assert_int_equal(
		frames_add(frames, VA(0), PAGE_BYTES, FRAMES_READ_WRITE, &policy, NULL), -EINVAL);
	policy.node = 0;
	assert_int_equal(frames_add(frames, VA(0), 100, FRAMES_READ_WRITE, &policy, NULL), -EINVAL);
	assert_int_equal(add(frames, 4, 4, 0, 0), 0);
	assert_int_equal(add(frames, 7, 2, 0, 0), -EEXIST);
	assert_int_equal(add(frames, 0, 5, 0, 0), -EEXIST);
	assert_int_equal(add(frames, 0, 4, 0, 0), 0);
	assert_int_equal(add(frames, 8, 4, 0, 0), 0);
	frames_destroy(frames);
}

/* What must be refused before anything is made: whole pages, two kinds of access, shares in [0, 1]. */
static void refusals_leave_the_space_as_it_was(void **state)
{
	static const struct frames_policy policies[] = {
		{.fragmentation = -0.1}, {.fragmentation = 1.1}, {.high = -0.1}, {.high = 1.1}};
	static const struct frames_config configs[] = {{.low_bytes = FRAMES_4G + PAGE_BYTES},
		{.low_bytes = 4 * PAGE_BYTES}, {.high_bytes = 100}, {.high_bytes = PAGE_BYTES}};
	struct frames *frames = create(1, 0), *none = NULL;
	struct frames_policy plain = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(configs) / sizeof(configs[0]); i++)
		assert_int_equal(frames_create(&none, &configs[i], NULL), -EINVAL);
	for (size_t i = 0; i < sizeof(policies) / sizeof(policies[0]); i++)
		assert_int_equal(frames_add(frames, VA(0), PAGE_BYTES, FRAMES_READ_WRITE,
					 &policies[i], NULL),
			-EINVAL);
	assert_int_equal(frames_add(frames, VA(0) + 1, PAGE_BYTES, FRAMES_READ_WRITE, &plain, NULL),
		-EINVAL);
	assert_int_equal(frames_add(frames, VA(0), 0, FRAMES_READ_WRITE, &plain, NULL), -EINVAL);
	assert_int_equal(
		frames_add(frames, VA(1), (size_t)0 - PAGE_BYTES, FRAMES_READ_WRITE, &plain, NULL),
		-EINVAL);
	assert_int_equal(frames_add(frames, VA(0), PAGE_BYTES, (enum frames_access)2, &plain, NULL),
		-EINVAL);
	assert_int_equal(frames_remove(frames, VA(0)), -EINVAL);
	assert_int_equal(add(frames, 0, 1, 0, 0), 0);
	assert_int_equal(frames_remove(frames, VA(7)), -EINVAL);
	assert_int_equal(frames_remove(frames, VA(0)), 0);
	frames_destroy(frames);
}

/* Where only single frames are left, a contiguous wish is cut down to them; none is given twice. */
static void torn_memory_halves_the_runs(void **state)
{
	enum { FRAMES = 16384, HOLES = 64 };

	static uint64_t taken[FRAMES], pfn[HOLES];
	struct frames *frames = create(5, 32u << 20);
	size_t count = 0, given = 0;

	(void)state;
	while (count < FRAMES && frames_take(frames, 1, FRAMES_4G, &taken[count]) == 0)
		count++;
	assert_true(count > 4 * HOLES && count < FRAMES);
	assert_int_equal(add(frames, 0, 1, 0, 0), -ENOSPC);
	for (size_t i = 1; given < HOLES; i += 2, given++)
		frames_give(frames, taken[i], 1);

	assert_int_equal(add(frames, 0, HOLES + 1, 0, 0), -ENOSPC);
	assert_int_equal(add(frames, 0, HOLES, 0, 0), 0);
	assert_int_equal(frames_lookup(frames, VA(0), HOLES * PAGE_BYTES, true, pfn), 0);
	assert_int_equal(runs_of(pfn, HOLES), HOLES);
	qsort(pfn, HOLES, sizeof(pfn[0]), compare_pfn);
	for (size_t i = 1; i < HOLES; i++)
		assert_true(pfn[i] > pfn[i - 1]);
	assert_int_equal(frames_remove(frames, VA(0)), 0);
	assert_int_equal(frames_take(frames, 1, FRAMES_4G, &taken[0]), 0);
	frames_destroy(frames);
}

static void take_is_contiguous_and_below_the_limit(void **state)
{
	(void)state;
	const uint64_t limits[] = {UINT64_C(1) << 24, FRAMES_4G, FRAMES_LIMIT};
	struct frames *frames = create(3, 0);
	uint64_t pfn[3], again;

	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(frames_take(frames, 300, limits[i], &pfn[i]), 0);
		assert_true((pfn[i] + 300) << PAGE_SHIFT <= limits[i]);
	}
	assert_int_equal(frames_take(frames, 4096, UINT64_C(1) << 24, &again), -ENOSPC);
	assert_int_equal(frames_take_block(frames, 2048, UINT64_C(1) << 24, 8u << 20, &again), 0);
	assert_int_equal(again, 2048);
	frames_give(frames, again, 2048);
	/* What was given back merges with its neighbours. */
	frames_give(frames, pfn[0], 300);
	assert_int_equal(frames_take(frames, 4096 - 256, UINT64_C(1) << 24, &again), 0);
	assert_int_equal(frames_take(frames, 1 << 20, FRAMES_LIMIT, &again), 0);
	assert_int_equal(again >> 20, (again + (1 << 20) - 1) >> 20); /* one 4 GiB block */
	frames_destroy(frames);
}

static void every_failure_leaves_nothing_behind(void **state)
{
	(void)state;
	struct frames_config config = {.seed = 1};
	bool done = false;

	for (unsigned n = 1; !done; n++) {
		struct frames *frames = NULL;
		uint64_t added = 0;
		bool ok;
		fault_arm(n, false);
		ok = frames_create(&frames, &config, NULL) == 0;
		/* Enough regions to make the table grow, and a node's range. */
		for (size_t i = 0; ok && i < 40; i++)
			added += ok = add(frames, 3 * i, 2, 1, 0.5) == 0;
		done = !fault_fired();
		assert_true(ok == done);
		fault_arm(0, false);
		if (frames)
			assert_int_equal(frames_used_pages(frames), 2 * added);
		if (frames && !ok)
			assert_int_equal(add(frames, 1000, 1, 0, 0), 0); /* still usable */
		frames_destroy(frames);
		assert_true(n < 200);
	}
}

/* ---- threads ---------------------------------------------------------------------------------------- */

struct reader {
	struct frames *frames;
	uint64_t expected[16];
	_Atomic bool stop;
	_Atomic unsigned wrong, lookups;
};

static void *reader_main(void *argument)
{
	struct reader *reader = argument;
	uint64_t pfn[16];

	while (!atomic_load(&reader->stop)) {
		if (frames_lookup(reader->frames, VA(50000), 16 * PAGE_BYTES, true, pfn) < 0 ||
			memcmp(pfn, reader->expected, sizeof(pfn)) != 0)
			atomic_fetch_add(&reader->wrong, 1);
		atomic_fetch_add(&reader->lookups, 1);
	}
	return NULL;
}

static void lookup_is_safe_while_others_come_and_go(void **state)
{
	(void)state;
	static struct reader reader;
	pthread_t thread[2];

	reader = (struct reader){.frames = create(1, 0)};
	assert_int_equal(add(reader.frames, 50000, 16, 1, 0.5), 0);
	assert_int_equal(
		frames_lookup(reader.frames, VA(50000), 16 * PAGE_BYTES, true, reader.expected), 0);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, reader_main, &reader), 0);
	for (unsigned round = 0; round < 200; round++) {
		for (size_t i = 0; i < 40; i++)
			assert_int_equal(add(reader.frames, (i * 37 % 40) * 200, 1, 0, 0), 0);
		for (size_t i = 0; i < 40; i++)
			assert_int_equal(frames_remove(reader.frames, VA(i * 200)), 0);
	}
	while (atomic_load(&reader.lookups) < 100)
		;
	atomic_store(&reader.stop, true);
	for (unsigned i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	assert_int_equal(reader.wrong, 0);
	frames_destroy(reader.frames);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fragmentation_sets_the_run_length),
		cmocka_unit_test(blocks_stay_together),
		cmocka_unit_test(high_sets_the_share_above_4_gib),
		cmocka_unit_test(node_chooses_the_range),
		cmocka_unit_test(same_seed_same_frames),
		cmocka_unit_test(frames_are_distinct_to_the_last),
		cmocka_unit_test(lookup_refuses_what_has_no_frame),
		cmocka_unit_test(add_refuses_bad_arguments),
		cmocka_unit_test(refusals_leave_the_space_as_it_was),
		cmocka_unit_test(torn_memory_halves_the_runs),
		cmocka_unit_test(take_is_contiguous_and_below_the_limit),
		cmocka_unit_test(every_failure_leaves_nothing_behind),
		cmocka_unit_test(lookup_is_safe_while_others_come_and_go),
	};

	return cmocka_run_group_tests_name("frames", tests, space_setup, space_teardown);
}
