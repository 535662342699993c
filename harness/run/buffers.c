// SPDX-License-Identifier: BSD-2-Clause
/* buffers.c: see buffers.h. Called by bench/cases/buffer_probe.c and host.c. */
#include "harness/run/buffers.h"

#include "drivers/support/types.h"
#include "harness/run/run_priv.h"

#define COLD_COUNT 64u

struct run_buffers run_buffers_layout(const struct run_cell *cell)
{
	const struct run_params *p = &cell->params;
	const uint64_t stride = page_span(p->offset_bytes, p->size_bytes) << PAGE_SHIFT;
	uint64_t count = p->cache == RUN_HOT ? 1 : COLD_COUNT;

	if (p->window_bytes)
		count = p->window_bytes > p->size_bytes ? p->window_bytes / p->size_bytes : 1;
	if (count * stride > UINT32_MAX) /* the range of a lock is 32 bits */
		count = UINT32_MAX / stride;
	return (struct run_buffers){
		.count = (uint32_t)count,
		.first_bytes = (uint32_t)p->offset_bytes,
		.stride_bytes = (uint32_t)stride,
		.total_bytes = count * stride,
	};
}

void run_buffers_cache(struct run_cell *cell, const struct run_buffers *buffers, void *memory)
{
	const struct run_params *p = &cell->params;

	if (p->cache == RUN_THRASHED)
		cache_thrash(&cell->machine->thrash);
	if (p->cache != RUN_COLD)
		return;
	for (uint32_t i = 0; i < buffers->count; i++)
		cache_flush((unsigned char *)memory + buffers->first_bytes +
				    (size_t)i * buffers->stride_bytes,
			p->size_bytes);
	cache_flush_end();
}
