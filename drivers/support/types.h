/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * types.h: addresses that must not be mixed, page and cache-line arithmetic.
 *
 * Three address spaces meet in a DMA path, so each has a type of its own and mixing two is a compile
 * error: a requester's `void *`, the frame's simulated physical address (paddr_t) and the logical
 * address the device drives (iova_t).
 */
#ifndef SUPPORT_TYPES_H
#define SUPPORT_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
	uint64_t val;
} paddr_t; /* simulated physical address of a byte */

typedef struct {
	uint64_t val;
} iova_t; /* logical address of a byte, as the device sees it */

#define PAGE_SHIFT       12
#define PAGE_BYTES       ((size_t)1 << PAGE_SHIFT)
#define PAGE_MASK        (PAGE_BYTES - 1)
#define CACHE_LINE_BYTES 64

/* Starts a group of fields owned by another thread than the fields above it. */
#define CACHE_ALIGNED _Alignas(CACHE_LINE_BYTES)

static inline uint64_t page_down(uint64_t value)
{
	return value & ~(uint64_t)PAGE_MASK;
}

static inline uint64_t page_up(uint64_t value)
{
	return (value + PAGE_MASK) & ~(uint64_t)PAGE_MASK;
}

/* Pages touched by @len_bytes bytes that start @offset bytes into a page (videoport.md 6). */
static inline uint64_t page_span(uint64_t offset, uint64_t len_bytes)
{
	return ((offset & PAGE_MASK) + len_bytes + PAGE_MASK) >> PAGE_SHIFT;
}

#endif
