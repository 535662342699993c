/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * buffer_probe.h: what lock.c and sg.c share: a requester's buffer probed again and again. Not a case.
 */
#ifndef CASES_BUFFER_PROBE_H
#define CASES_BUFFER_PROBE_H

#include "harness/run/buffers.h"
#include "harness/run/probe.h"

struct buffer_probe {
	struct run_probe *probe;
	struct run_probe_request request;
	struct run_buffers buffers;
};

/* @part: DMABENCH_PROBE_LOCK or _SG over buffers of `size` bytes in fresh memory (buffers.h). */
int buffer_probe_open(struct run_cell *cell, uint32_t part, void **state, struct err *err);
int buffer_probe_trial(struct run_cell *cell, void *state, uint64_t operations,
	struct run_outcome *outcome, struct err *err);
void buffer_probe_close(struct run_cell *cell, void *state);

#endif
