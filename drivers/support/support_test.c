// SPDX-License-Identifier: BSD-2-Clause
/*
 * support_test.c: errors keep the first message, fault points fire once or for good, page arithmetic, pages,
 * blocks of the heap; what is held is counted.
 */
#include "drivers/support/err.h"
#include "drivers/support/fault.h"
#include "drivers/support/heap.h"
#include "drivers/support/pages.h"
#include "drivers/support/shortage.h"
#include "drivers/support/types.h"

#include <errno.h>
#include <string.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void err_keeps_the_first(void **state)
{
	(void)state;
	struct err err = ERR_INIT;

	assert_int_equal(err_set(&err, ERR_USAGE, -EINVAL, "size %d", 0), -EINVAL);
	assert_int_equal(err_set(&err, ERR_MISSING, -ENODEV, "later"), -ENODEV);
	assert_int_equal(err.kind, ERR_USAGE);
	assert_int_equal(err.code, -EINVAL);
	assert_string_equal(err.message, "size 0");
	assert_int_equal(err_set(NULL, ERR_USAGE, -EINVAL, "nobody listens"), -EINVAL);
}

/* Whatever the host is short of: finding and remedy, each its own; the place is the caller's. */
static void what_is_short_is_told_with_its_remedy(void **state)
{
	static const struct {
		int code;
		const char *remedy;
	} cases[] = {{-ENOMEM, "limit of memory"}, {-EAGAIN, "limit of threads"},
		{-EMFILE, "ulimit -n"}, {-ENFILE, "fs.file-max"}, {-EIO, "Input/output error"}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct err err = ERR_INIT;

		assert_int_equal(err_short(&err, cases[i].code, "part: %s", "none"), cases[i].code);
		assert_int_equal(err.kind, ERR_MISSING);
		assert_int_equal(err.code, cases[i].code);
		assert_non_null(strstr(err.file, "support_test.c"));
		assert_int_equal(strncmp(err.message, "part: none; ", 12), 0);
		assert_non_null(strstr(err.message, cases[i].remedy));
	}
}

static void fault_fires_at_the_nth_hit(void **state)
{
	(void)state;
	fault_arm(3, false);
	assert_false(fault_point("a"));
	assert_false(fault_point("b"));
	assert_null(fault_fired());
	assert_true(fault_point("c"));
	assert_string_equal(fault_fired(), "c");
	assert_false(fault_point("d"));
	fault_arm(2, true);
	assert_false(fault_point("a"));
	assert_true(fault_point("b"));
	assert_true(fault_point("c"));
	fault_arm(0, false);
	assert_false(fault_point("a"));
}

static void page_span_counts_touched_pages(void **state)
{
	(void)state;
	assert_int_equal(page_span(0, 1), 1);
	assert_int_equal(page_span(0, 4096), 1);
	assert_int_equal(page_span(1, 4096), 2);
	assert_int_equal(page_span(4095, 1), 1);
	assert_int_equal(page_span(4095, 2), 2);
	assert_int_equal(page_span(100, 3 * 4096), 4);
}

static void pages_are_clear_and_untouched_ones_cost_nothing(void **state)
{
	const size_t len_bytes = (size_t)1 << 36; /* as few machines have */
	unsigned char *pages = pages_map(len_bytes);

	(void)state;
	assert_non_null(pages);
	assert_int_equal((uintptr_t)pages % PAGE_BYTES, 0);
	assert_int_equal(pages[0], 0);
	assert_int_equal(pages[len_bytes - 1], 0);
	pages[len_bytes - 1] = 1;
	pages_unmap(pages, len_bytes);
	pages_unmap(NULL, len_bytes);
	assert_null(pages_map(SIZE_MAX / 2));
}

static void pages_that_are_mapped_are_counted(void **state)
{
	const uint64_t before = pages_bytes();
	void *few = pages_map(PAGE_BYTES), *more = pages_map(3 * PAGE_BYTES);

	(void)state;
	assert_int_equal(pages_bytes(), before + 4 * PAGE_BYTES);
	const uint64_t refused = shortage_count();

	assert_null(pages_map(SIZE_MAX / 2));
	assert_int_equal(shortage_count(), refused + 1);
	pages_unmap(NULL, PAGE_BYTES);
	assert_int_equal(pages_bytes(), before + 4 * PAGE_BYTES);
	pages_unmap(more, 3 * PAGE_BYTES);
	assert_int_equal(pages_bytes(), before + PAGE_BYTES);
	pages_unmap(few, PAGE_BYTES);
	assert_int_equal(pages_bytes(), before);
}

static void blocks_that_are_taken_are_counted(void **state)
{
	const uint64_t before = heap_blocks();
	unsigned char *plain = heap_alloc(100), *zeroed = heap_zeroed(10, 10);
	unsigned char *line = heap_lines(CACHE_LINE_BYTES), *grown = heap_resize(NULL, 10);

	(void)state;
	assert_true(plain && zeroed && line && grown);
	assert_int_equal(zeroed[0] | zeroed[99], 0);
	assert_int_equal((uintptr_t)line % CACHE_LINE_BYTES, 0);
	assert_int_equal(heap_blocks(), before + 4);
	grown[9] = 7;
	grown = heap_resize(grown, 10000);
	assert_int_equal(grown[9], 7);
	heap_free(NULL);
#ifndef __SANITIZE_ADDRESS__ /* which ends the program there */
	assert_null(heap_zeroed(SIZE_MAX, 2));
#endif
	assert_int_equal(heap_blocks(), before + 4);
	heap_free(plain);
	heap_free(zeroed);
	heap_free(line);
	heap_free(grown);
	assert_int_equal(heap_blocks(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(err_keeps_the_first),
		cmocka_unit_test(what_is_short_is_told_with_its_remedy),
		cmocka_unit_test(fault_fires_at_the_nth_hit),
		cmocka_unit_test(page_span_counts_touched_pages),
		cmocka_unit_test(pages_are_clear_and_untouched_ones_cost_nothing),
		cmocka_unit_test(pages_that_are_mapped_are_counted),
		cmocka_unit_test(blocks_that_are_taken_are_counted),
	};

	return cmocka_run_group_tests_name("support", tests, NULL, NULL);
}
