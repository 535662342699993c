// SPDX-License-Identifier: BSD-2-Clause
/* pages.c: see pages.h. */
#include "drivers/support/pages.h"

#include <sys/mman.h>

void *pages_map(size_t len_bytes)
{
	void *pages = mmap(NULL, len_bytes, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return pages == MAP_FAILED ? NULL : pages;
}

void pages_unmap(void *pages, size_t len_bytes)
{
	if (pages)
		munmap(pages, len_bytes);
}
