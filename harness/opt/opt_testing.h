/* SPDX-License-Identifier: BSD-2-Clause */
/* opt_testing.h: for the tests of this folder: the rows of a test's own table. */
#ifndef OPT_TESTING_H
#define OPT_TESTING_H

#include "harness/opt/opt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#define COUNT_OF(array) (sizeof(array) / sizeof(*(array)))

/* The row of @table called @name, which must be there. */
static inline const struct opt *row_in(const struct opt *table, const char *name)
{
	while (table->name && strcmp(table->name, name) != 0)
		table++;
	assert_non_null(table->name);
	return table;
}

#endif
