// SPDX-License-Identifier: BSD-2-Clause
/* buffer_probe.c: see buffer_probe.h. */
#include "bench/cases/buffer_probe.h"

#include <errno.h>
#include <stdlib.h>

int buffer_probe_open(struct run_cell *cell, uint32_t part, void **state, struct err *err)
{
	const struct run_params *p = run_cell_params(cell);
	struct buffer_probe *bp = calloc(1, sizeof(*bp));
	int rc;

	if (!bp)
		return err_short(err, -ENOMEM, "no memory for a probed buffer");
	bp->buffers = run_buffers_layout(cell);
	bp->request = (struct run_probe_request){
		.part = part,
		.offset_bytes = bp->buffers.first_bytes,
		.len_bytes = (uint32_t)p->size_bytes,
		.to_device = p->dir == RUN_TO_DEVICE,
		.buffers = bp->buffers.count,
		.stride_bytes = bp->buffers.stride_bytes,
		.buffer_bytes = (uint32_t)bp->buffers.total_bytes,
	};
	bp->request.buffer = run_cell_memory(cell, bp->request.buffer_bytes, err);
	rc = bp->request.buffer ? run_probe_open(&bp->probe, cell, err) : -ENOMEM;
	if (rc) {
		buffer_probe_close(cell, bp);
		return rc;
	}
	*state = bp;
	return 0;
}

int buffer_probe_trial(struct run_cell *cell, void *state, uint64_t operations,
	struct run_outcome *outcome, struct err *err)
{
	struct buffer_probe *bp = state;

	/* A round goes over each buffer once, in requests of what the driver does at once. */
	for (uint64_t left = run_cell_rounds(cell, operations, bp->buffers.count); left > 0;) {
		uint32_t count = bp->buffers.count - bp->request.first;

		if (bp->request.first == 0)
			run_buffers_cache(cell, &bp->buffers, bp->request.buffer);
		if (run_cell_params(cell)->cache == RUN_HOT || count > RUN_PROBE_OPS_MAX)
			count = RUN_PROBE_OPS_MAX;
		if (count > left)
			count = (uint32_t)left;
		int rc = run_probe_once(bp->probe, &bp->request, count, outcome, err);

		if (rc)
			return rc;
		bp->request.first = (bp->request.first + count) % bp->buffers.count;
		left -= count;
	}
	bp->request.first = 0;
	return 0;
}

void buffer_probe_close(struct run_cell *cell, void *state)
{
	struct buffer_probe *bp = state;

	(void)cell;
	run_probe_close(bp->probe);
	free(bp);
}
