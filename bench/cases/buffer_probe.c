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
		return err_set(err, ERR_MISSING, -ENOMEM, "no memory for a probed buffer");
	bp->request = (struct run_probe_request){
		.part = part,
		.offset_bytes = (uint32_t)p->offset_bytes,
		.len_bytes = (uint32_t)p->size_bytes,
		.to_device = p->dir == RUN_TO_DEVICE,
		.buffer_bytes = (uint32_t)(p->offset_bytes + p->size_bytes),
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

	(void)cell;
	return run_probe_loop(bp->probe, &bp->request, operations, outcome, err);
}

void buffer_probe_close(struct run_cell *cell, void *state)
{
	struct buffer_probe *bp = state;

	(void)cell;
	run_probe_close(bp->probe);
	free(bp);
}
