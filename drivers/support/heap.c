// SPDX-License-Identifier: BSD-2-Clause
/* heap.c: see heap.h. */
#include "drivers/support/heap.h"

#include "drivers/support/shortage.h"
#include "drivers/support/types.h"

#include <stdatomic.h>
#include <stdlib.h>

/* Relaxed throughout: a count, it publishes nothing. Who reads it has waited for everybody who takes and gives. */
static atomic_ullong blocks;

static void *counted(void *block)
{
	if (block)
		atomic_fetch_add_explicit(&blocks, 1, memory_order_relaxed);
	else
		shortage_note();
	return block;
}

void *heap_alloc(size_t len_bytes)
{
	return counted(malloc(len_bytes));
}

void *heap_zeroed(size_t count, size_t each_bytes)
{
	return counted(calloc(count, each_bytes));
}

void *heap_lines(size_t len_bytes)
{
	return counted(aligned_alloc(CACHE_LINE_BYTES, len_bytes));
}

void *heap_resize(void *block, size_t len_bytes)
{
	void *resized = realloc(block, len_bytes);

	if (block && !resized)
		shortage_note();
	return block ? resized : counted(resized);
}

void heap_free(void *block)
{
	if (block)
		atomic_fetch_sub_explicit(&blocks, 1, memory_order_relaxed);
	free(block);
}

uint64_t heap_blocks(void)
{
	return atomic_load_explicit(&blocks, memory_order_relaxed);
}
