// SPDX-License-Identifier: BSD-2-Clause
/* support_test.c: errors keep the first message, fault points fire once or for good, page arithmetic. */
#include "drivers/support/err.h"
#include "drivers/support/fault.h"
#include "drivers/support/types.h"

#include <errno.h>
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(err_keeps_the_first),
		cmocka_unit_test(fault_fires_at_the_nth_hit),
		cmocka_unit_test(page_span_counts_touched_pages),
	};

	return cmocka_run_group_tests_name("support", tests, NULL, NULL);
}
