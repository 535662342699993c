/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cases.h: the catalogue. A case is one file here, ending in its `const struct bench_case`, and one line below, in
 * alphabetical order. Adding a case touches nothing else.
 */
#ifndef CASES_CASES_H
#define CASES_CASES_H

#include "harness/run/case.h"

#define BENCH_CASES(X)                                                                             \
	X(churn)                                                                                   \
	X(lock)                                                                                    \
	X(ring)                                                                                    \
	X(sg)                                                                                      \
	X(transfer)

#define X(name) extern const struct bench_case case_##name;
BENCH_CASES(X)
#undef X

/* All cases, NULL behind the last. */
extern const struct bench_case *const bench_cases[];

#endif
