// SPDX-License-Identifier: BSD-2-Clause
/*
 * cache_test.c: that a flushed or thrashed block is not in the cache any more: reading it takes a multiple of reading it
 * again. Only that ratio is asserted, of the best of several tries on each side.
 */
#include "harness/run/cache.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <cmocka.h>

#include "drivers/support/fault.h"
#include "drivers/support/types.h"
#include "harness/clock/clock.h"

#define BYTES (16u << 10)
#define LINES (BYTES / CACHE_LINE_BYTES)
#define TRIES 40

static struct clock clock_;
static unsigned char *block;

/* Each line names the next, far enough away that no prefetcher follows. */
static void chain_make(void)
{
	for (uint32_t i = 0; i < LINES; i++) {
		uint32_t next = (i + 97) % LINES;

		memcpy(block + i * CACHE_LINE_BYTES, &next, sizeof(next));
	}
}

static uint64_t chain_ticks(void)
{
	struct tick start = clock_now(&clock_);
	uint32_t at = 0;

	for (uint32_t i = 0; i < LINES; i++)
		memcpy(&at, block + (size_t)at * CACHE_LINE_BYTES, sizeof(at));
	uint64_t ticks = clock_span(start, clock_now(&clock_));

	assert_int_equal(at, 0);
	return ticks;
}

/* Best of TRIES after @clear (NULL: after a reading). */
static uint64_t best_ticks(void (*clear)(void *), void *arg)
{
	uint64_t best = UINT64_MAX;

	for (unsigned i = 0; i < TRIES; i++) {
		if (clear)
			clear(arg);
		else
			chain_ticks();
		uint64_t ticks = chain_ticks();

		best = ticks < best ? ticks : best;
	}
	return best;
}

static void clear_flush(void *arg)
{
	(void)arg;
	cache_flush(block + 1, BYTES - 1); /* a line counts from any of its bytes on */
	cache_flush_end();
}

static void clear_thrash(void *arg)
{
	cache_thrash(arg);
}

static void flushed_lines_are_gone(void **state)
{
	(void)state;
	uint64_t hot = best_ticks(NULL, NULL), cold = best_ticks(clear_flush, NULL);

	print_message("hot %llu, flushed %llu ticks\n", (unsigned long long)hot,
		(unsigned long long)cold);
	assert_true(cold > 2 * hot);
}

static void thrashed_lines_are_gone(void **state)
{
	(void)state;
	struct cache_thrash thrash = {0};

	assert_int_equal(cache_thrash_open(&thrash, NULL), 0);
	uint64_t hot = best_ticks(NULL, NULL), cold = best_ticks(clear_thrash, &thrash);

	print_message("hot %llu, thrashed %llu ticks\n", (unsigned long long)hot,
		(unsigned long long)cold);
	assert_true(cold > 2 * hot);
	unsigned char *same = thrash.block;

	assert_int_equal(cache_thrash_open(&thrash, NULL), 0);
	assert_ptr_equal(thrash.block, same);
	cache_thrash_close(&thrash);
	cache_thrash_close(&thrash);
}

static void no_memory_is_told(void **state)
{
	(void)state;
	struct cache_thrash thrash = {0};
	struct err err = ERR_INIT;

	fault_arm(1, false);
	assert_true(cache_thrash_open(&thrash, &err) < 0);
	fault_arm(0, false);
	assert_int_equal(err.kind, ERR_MISSING);
	assert_non_null(strstr(err.message, "cache=thrashed"));
	cache_thrash_close(&thrash);
}

static int setup(void **state)
{
	(void)state;
	block = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (block == MAP_FAILED || clock_open(&clock_, NULL))
		return -1;
	chain_make();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	return munmap(block, BYTES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flushed_lines_are_gone),
		cmocka_unit_test(thrashed_lines_are_gone),
		cmocka_unit_test(no_memory_is_told),
	};

	return cmocka_run_group_tests_name("cache", tests, setup, teardown);
}
