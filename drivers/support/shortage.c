// SPDX-License-Identifier: BSD-2-Clause
/* shortage.c: see shortage.h. */
#include "drivers/support/shortage.h"

#include <stdatomic.h>

/* Relaxed: a count, it publishes nothing. */
static atomic_ullong count;

void shortage_note(void)
{
	atomic_fetch_add_explicit(&count, 1, memory_order_relaxed);
}

uint64_t shortage_count(void)
{
	return atomic_load_explicit(&count, memory_order_relaxed);
}
