/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * heap.h: the C library's heap as the port and its devices use it: every block is counted, so that who unloads them can tell
 * whether they gave all back. The count is exact, and of this process: nothing else's blocks are in it.
 *
 * Cost: one atomic addition a call. Blocks are taken on set-up paths only, and kept for the next who needs one.
 * Ownership: the caller's, until heap_free; no other function takes such a block back, and heap_free no other block.
 * Threads: any.
 */
#ifndef SUPPORT_HEAP_H
#define SUPPORT_HEAP_H

#include <stddef.h>
#include <stdint.h>

/*
 * heap_alloc - @len_bytes, undefined. heap_zeroed - @count times @each_bytes, zeroed. heap_lines - @len_bytes, undefined, from the
 * start of a cache line. heap_resize - as realloc; @block may be NULL, @len_bytes may not be 0.
 * Return: NULL where there is no memory; heap_resize then leaves @block as it is.
 */
void *heap_alloc(size_t len_bytes);
void *heap_zeroed(size_t count, size_t each_bytes);
void *heap_lines(size_t len_bytes);
void *heap_resize(void *block, size_t len_bytes);

/* heap_free - gives @block back. NULL is allowed. */
void heap_free(void *block);

/* heap_blocks - how many blocks nobody has given back. */
uint64_t heap_blocks(void);

#endif
