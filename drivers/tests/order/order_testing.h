/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * order_testing.h: what is asked of all the programs of one test: that every execution of each is right, and that every
 * ordering of the code under test is needed by one of them. For the tests of this folder.
 */
#ifndef ORDER_ORDER_TESTING_H
#define ORDER_ORDER_TESTING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "drivers/tests/order/order.h"

#define ORDER_LIMIT 3000000

/* Programs, numbered from 0: @run explores one, as order_explore does. */
struct order_suite {
	unsigned count;
	const char *(*name)(unsigned program);
	struct order_result (*run)(unsigned program, const struct order_weakening *weakening);
};

struct order_needed {
	struct order_weakening weakening;
	const char *why_not; /* NULL: without it some execution fails */
};

static inline void order_expect_right(const struct order_suite *suite)
{
	for (unsigned i = 0; i < suite->count; i++) {
		struct order_result result = suite->run(i, NULL);

		print_message("%-42s %8llu executions, %llu repeated\n", suite->name(i),
			(unsigned long long)result.executions, (unsigned long long)result.blocked);
		if (result.failed)
			print_message("  %s\n", result.why);
		assert_false(result.failed);
		assert_true(result.exhausted);
		assert_true(result.executions > 1);
	}
}

static inline void order_expect_needed(
	const struct order_suite *suite, const struct order_needed *needed, size_t count)
{
	static const char *const kinds[] = {"load", "store", "read-modify-write"};

	for (size_t i = 0; i < count; i++) {
		const struct order_weakening *weak = &needed[i].weakening;
		const char *kind = kinds[weak->kind];
		bool failed = false;

		for (unsigned program = 0; program < suite->count && !failed; program++) {
			struct order_result result = suite->run(program, weak);

			assert_true(result.failed || result.exhausted);
			failed = result.failed;
			if (failed)
				print_message("%s %s relaxed: %s: %s\n", weak->label, kind,
					suite->name(program), result.why);
		}
		if (!failed)
			print_message("%s %s relaxed: nothing fails: %s\n", weak->label, kind,
				needed[i].why_not ? needed[i].why_not : "why?");
		assert_int_equal(failed, needed[i].why_not == NULL);
	}
}

#endif
