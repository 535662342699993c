/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * buffers.h: the buffers of a probe of one part of the path (bench/cases lock, sg): how many, where, and their caches
 * before a round.
 */
#ifndef RUN_BUFFERS_H
#define RUN_BUFFERS_H

#include "harness/run/case.h"

/*
 * Buffers of `size` bytes, each `offset` into its page, a whole number of pages apart. One; or as many as `window` has
 * room for; or 64 where the cache key asks for rounds, since a round goes over each buffer once.
 */
struct run_buffers {
	uint32_t count;
	uint32_t first_bytes;  /* of buffer 0 in the memory */
	uint32_t stride_bytes; /* from buffer to buffer */
	size_t total_bytes;
};
struct run_buffers run_buffers_layout(const struct run_cell *cell);

/* run_buffers_cache - between rounds: the caches as the cell's key says, for the buffers at @memory. */
void run_buffers_cache(struct run_cell *cell, const struct run_buffers *buffers, void *memory);

#endif
