// SPDX-License-Identifier: BSD-2-Clause
/* memory_test.c: that memory comes in the pages asked for, as the kernel tells it, or not at all. */
#include "harness/topo/topo.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "drivers/support/fault.h"
#include "drivers/support/testing.h"

#define MIB ((size_t)1 << 20)

static struct topo *topo;
static struct topo_place place;

static int open_topo(void **state)
{
	(void)state;
	return topo_open(&topo, NULL, NULL) || topo_place(topo, NULL, &place, NULL);
}

static int close_topo(void **state)
{
	(void)state;
	topo_close(topo);
	return 0;
}

static void small_pages_are_small(void **state)
{
	(void)state;
	/* Long enough, and aligned enough, for large ones where the host prefers them. */
	unsigned char *memory = topo_alloc(topo, 8 * MIB, place.node, TOPO_PAGES_4K, NULL);

	assert_non_null(memory);
	int64_t huge = topo_memory_huge(memory);

	assert_int_equal(huge, 0);
	topo_free(topo, memory, 8 * MIB, TOPO_PAGES_4K);
}

/* Whether the kernel can read a byte there. */
static bool readable(const unsigned char *at)
{
	int fd[2];
	bool can;

	assert_int_equal(pipe(fd), 0);
	can = write(fd[1], at, 1) == 1;
	close(fd[0]);
	close(fd[1]);
	return can;
}

static void nothing_lies_beside_it(void **state)
{
	(void)state;
	unsigned char *first = topo_alloc(topo, 4096, place.node, TOPO_PAGES_4K, NULL);
	unsigned char *second = topo_alloc(topo, 4096, place.node, TOPO_PAGES_4K, NULL);

	assert_true(readable(first) && readable(first + 4095));
	assert_false(readable(first - 1) || readable(first + 4096));
	assert_false(readable(second - 1) || readable(second + 4096));
	topo_free(topo, first, 4096, TOPO_PAGES_4K);
	topo_free(topo, second, 4096, TOPO_PAGES_4K);
}

/* Every byte lies in a 2 MiB page; or there is no memory, the message says how to get it, and the test is skipped. */
static void large_pages_are_large(enum topo_pages pages)
{
	static const size_t lens[] = {1, 2 * MIB, 5 * MIB + 1};
	struct err missing = ERR_INIT;

	for (unsigned i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		struct err err = ERR_INIT;
		unsigned char *memory = topo_alloc(topo, lens[i], place.node, pages, &err);

		if (!memory) {
			assert_int_equal(err.kind, ERR_MISSING);
			assert_int_equal(err.code, -ENOMEM);
			assert_non_null(strstr(err.message, "/proc/sys/vm/"));
			missing = err;
			continue;
		}
		size_t span = (lens[i] + 2 * MIB - 1) / (2 * MIB) * (2 * MIB);

		assert_int_equal((uintptr_t)memory % (2 * MIB), 0);
		assert_int_equal(topo_memory_huge(memory), span);
		for (size_t at = 0; at < span; at += 511)
			assert_int_equal(memory[at], 0);
		topo_free(topo, memory, lens[i], pages);
		assert_int_equal(topo_memory_huge(memory), -1);
	}
	if (missing.kind != ERR_NONE)
		skip_for("%s", missing.message);
}

static void transparent_huge_pages_are_checked(void **state)
{
	(void)state;
	large_pages_are_large(TOPO_PAGES_THP);
}

static void huge_pages_are_checked(void **state)
{
	(void)state;
	large_pages_are_large(TOPO_PAGES_2M);
}

static void what_the_host_has_not_is_refused_beforehand(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(topo_pages_offered(64 * MIB, TOPO_PAGES_4K, &err), 0);
	/* No host has a PiB of them. */
	assert_int_equal(topo_pages_offered((size_t)1 << 50, TOPO_PAGES_2M, &err), -ENOMEM);
	assert_int_equal(err.kind, ERR_MISSING);
	assert_non_null(strstr(err.message, "nr_hugepages"));
}

static void every_failure_leaves_nothing_behind(void **state)
{
	(void)state;
	for (enum topo_pages pages = TOPO_PAGES_4K; pages <= TOPO_PAGES_2M; pages++) {
		unsigned nth = 0;

		for (bool fired = true; fired; nth++) {
			struct err err = ERR_INIT;

			fault_arm(nth + 1, false);
			void *memory = topo_alloc(topo, 4 * MIB, place.node, pages, &err);

			fired = fault_fired() != NULL;
			fault_arm(0, false);
			assert_true(memory || err.kind == ERR_MISSING);
			topo_free(topo, memory, 4 * MIB, pages);
		}
		assert_true(nth >= 2);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(small_pages_are_small),
		cmocka_unit_test(nothing_lies_beside_it),
		cmocka_unit_test(transparent_huge_pages_are_checked),
		cmocka_unit_test(huge_pages_are_checked),
		cmocka_unit_test(what_the_host_has_not_is_refused_beforehand),
		cmocka_unit_test(every_failure_leaves_nothing_behind),
	};

	return cmocka_run_group_tests_name("memory", tests, open_topo, close_topo);
}
