// SPDX-License-Identifier: BSD-2-Clause
/* cache.c: see cache.h. */
#include "harness/run/cache.h"

#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "drivers/support/fault.h"
#include "drivers/support/types.h"

#define LAST_CACHE_UNKNOWN ((size_t)64 << 20)

/* The C library asks the processor; some virtual machines do not say. */
static size_t last_cache_bytes(void)
{
	long bytes = sysconf(_SC_LEVEL4_CACHE_SIZE);

	if (bytes <= 0)
		bytes = sysconf(_SC_LEVEL3_CACHE_SIZE);
	return bytes > 0 ? (size_t)bytes : LAST_CACHE_UNKNOWN;
}

int cache_thrash_open(struct cache_thrash *thrash, struct err *err)
{
	if (thrash->block)
		return 0;

	const size_t bytes = 2 * last_cache_bytes();
	void *block = fault_point("cache_thrash") ? MAP_FAILED
	                                          : mmap(NULL, bytes, PROT_READ | PROT_WRITE,
							    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (block == MAP_FAILED)
		return err_set(err, ERR_MISSING, -ENOMEM,
			"cache=thrashed: no memory for %zu KiB, twice the last cache; free some",
			bytes >> 10);
	thrash->block = block;
	thrash->len_bytes = bytes;
	cache_thrash(thrash);
	return 0;
}

void cache_thrash_close(struct cache_thrash *thrash)
{
	if (thrash->block)
		munmap(thrash->block, thrash->len_bytes);
	thrash->block = NULL;
}

void cache_thrash(struct cache_thrash *thrash)
{
	volatile unsigned char *block = thrash->block;

	for (size_t at = 0; at < thrash->len_bytes; at += CACHE_LINE_BYTES)
		block[at]++;
}

void cache_flush(const void *at, size_t len_bytes)
{
	const uintptr_t first = (uintptr_t)at / CACHE_LINE_BYTES * CACHE_LINE_BYTES;
	const char *line = (const char *)at - ((uintptr_t)at - first);

	for (; line < (const char *)at + len_bytes; line += CACHE_LINE_BYTES)
		__builtin_ia32_clflush(line);
}

/* CLFLUSH is ordered by MFENCE alone against loads that come later. */
void cache_flush_end(void)
{
	__builtin_ia32_mfence();
}
