// SPDX-License-Identifier: BSD-2-Clause
/*
 * pages_wrapped.c: drivers/support/pages.h for programs that open and close a port for every input. The linker puts these in
 * the place of pages_map and pages_unmap (--wrap): what was given back is cleared where it was touched, and given out
 * again. To map it and to fault its pages in takes longer than most inputs.
 *
 * What is given back is poisoned for ASan; of tables larger than TABLE_BYTES only the beginning, as that takes time.
 */
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

#include "bench/tests/fuzz/fuzz.h"
#include "drivers/support/types.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#endif
#endif
#ifndef ASAN_POISON_MEMORY_REGION
#define ASAN_POISON_MEMORY_REGION(at, len_bytes)   ((void)(at), (void)(len_bytes))
#define ASAN_UNPOISON_MEMORY_REGION(at, len_bytes) ((void)(at), (void)(len_bytes))
#endif

#define KEPT_MOST    32
#define LEN_MOST     ((size_t)8 << 20)
#define SMALL_BYTES  ((size_t)256 << 10)
#define TABLE_BYTES  ((size_t)512 << 10)
#define TABLE_POISON ((size_t)64 << 10)

void *__real_pages_map(size_t len_bytes);
void __real_pages_unmap(void *pages, size_t len_bytes);
void *__wrap_pages_map(size_t len_bytes);
void __wrap_pages_unmap(void *pages, size_t len_bytes);

/* The longest kept first. */
static struct {
	void *pages;
	size_t len_bytes;
} kept[KEPT_MOST];

static unsigned kept_count;

static size_t poison_bytes(size_t len_bytes)
{
	return len_bytes <= TABLE_BYTES ? len_bytes : TABLE_POISON;
}

static void *kept_take(unsigned which)
{
	void *pages = kept[which].pages;

	ASAN_UNPOISON_MEMORY_REGION(pages, poison_bytes(kept[which].len_bytes));
	kept_count--;
	memmove(&kept[which], &kept[which + 1], (kept_count - which) * sizeof(kept[0]));
	return pages;
}

void *__wrap_pages_map(size_t len_bytes)
{
	for (unsigned i = 0; i < kept_count; i++)
		if (kept[i].len_bytes == len_bytes)
			return kept_take(i);
	return __real_pages_map(len_bytes);
}

/* To ask which pages of few were touched takes longer than to clear all. */
static void touched_clear(uint8_t *pages, size_t len_bytes)
{
	static unsigned char resident[LEN_MOST >> PAGE_SHIFT];

	if (len_bytes <= SMALL_BYTES) {
		memset(pages, 0, len_bytes);
		return;
	}
	fuzz_expect_that(mincore(pages, len_bytes, resident) == 0, "to know what was touched");
	for (size_t i = 0; i << PAGE_SHIFT < len_bytes; i++)
		if (resident[i] & 1)
			memset(pages + (i << PAGE_SHIFT), 0, PAGE_BYTES);
}

void __wrap_pages_unmap(void *pages, size_t len_bytes)
{
	if (!pages || len_bytes > LEN_MOST) {
		__real_pages_unmap(pages, len_bytes);
		return;
	}
	if (kept_count == KEPT_MOST) {
		const size_t oldest_bytes = kept[0].len_bytes;

		__real_pages_unmap(kept_take(0), oldest_bytes);
	}
	touched_clear(pages, len_bytes);
	ASAN_POISON_MEMORY_REGION(pages, poison_bytes(len_bytes));
	kept[kept_count].pages = pages;
	kept[kept_count++].len_bytes = len_bytes;
}
