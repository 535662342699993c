// SPDX-License-Identifier: BSD-2-Clause
/* cases.c: the list of cases.h as a table, for the command line. */
#include "bench/cases/cases.h"

#include <stddef.h>

const struct bench_case *const bench_cases[] = {
#define X(name) &case_##name,
	BENCH_CASES(X)
#undef X
		NULL,
};
