/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * clock_priv.h: the choice of the clock as a function of facts, apart from where the facts come
 * from.
 */
#ifndef CLOCK_CLOCK_PRIV_H
#define CLOCK_CLOCK_PRIV_H

#include <stdbool.h>

/*
 * clock_trusts_tsc - whether the TSC may be the clock. @invariant, @rdtscp: as CPUID says. @source:
 * the kernel's current clock source, "" if unknown.
 */
bool clock_trusts_tsc(bool invariant, bool rdtscp, const char *source);

#endif
