// SPDX-License-Identifier: BSD-2-Clause
/* pages.c: see pages.h. */
#include "drivers/support/pages.h"

#include "drivers/support/shortage.h"

#include <stdatomic.h>
#include <sys/mman.h>

/* Relaxed throughout: a count, it publishes nothing. Who reads it has waited for everybody who maps and unmaps. */
static atomic_ullong mapped_bytes;

void *pages_map(size_t len_bytes)
{
	void *pages = mmap(NULL, len_bytes, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (pages == MAP_FAILED) {
		shortage_note();
		return NULL;
	}
	atomic_fetch_add_explicit(&mapped_bytes, len_bytes, memory_order_relaxed);
	return pages;
}

void pages_unmap(void *pages, size_t len_bytes)
{
	if (!pages)
		return;
	munmap(pages, len_bytes);
	atomic_fetch_sub_explicit(&mapped_bytes, len_bytes, memory_order_relaxed);
}

uint64_t pages_bytes(void)
{
	return atomic_load_explicit(&mapped_bytes, memory_order_relaxed);
}
