/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * probe.h: one part of the path, looped over inside the probe driver (IOCTL_DMABENCH_PROBE), timed there operation by
 * operation with VideoPortQueryPerformanceCounter and here as a whole.
 *
 * Used by bench/cases (lock, sg, ring, churn). Threads: the driver's thread.
 */
#ifndef RUN_PROBE_H
#define RUN_PROBE_H

#include "harness/run/case.h"

struct run_probe;

struct run_probe_request {
	uint32_t part;         /* DMABENCH_PROBE_* */
	uint32_t batch;        /* RING: descriptors of one batch; one latency is one batch */
	uint32_t offset_bytes; /* LOCK, SG */
	uint32_t len_bytes;    /* LOCK, SG */
	bool to_device;        /* LOCK, SG */
	uint32_t buffers;      /* LOCK, SG: taken in turn, stride_bytes apart; 0 is one */
	uint32_t stride_bytes; /* LOCK, SG */
	uint32_t first;        /* LOCK, SG: buffer of the first operation */
	void *buffer;          /* LOCK, SG: requester's memory; CHURN: DMABENCH_CHURN_STEP[] */
	uint32_t buffer_bytes;
	uint32_t slots; /* CHURN: of the steps; what is held stays for the next request */
};

int run_probe_open(struct run_probe **probe, struct run_cell *cell, struct err *err);
void run_probe_close(struct run_probe *probe);

/* Most operations (RING: batches) of one run_probe_once. */
#define RUN_PROBE_OPS_MAX 1024

/*
 * run_probe_once - @count operations in one request; adds to @outcome (RING: count x batch operations).
 * Return: 0, or -errno with @err.
 */
int run_probe_once(struct run_probe *probe, const struct run_probe_request *request, uint32_t count,
	struct run_outcome *outcome, struct err *err);

/* run_probe_release - gives back what CHURN requests of so many @slots have left, untimed. Return: as once. */
int run_probe_release(struct run_probe *probe, uint32_t slots, struct err *err);

/* run_probe_loop - @operations of the same request, in as many requests as it takes. */
int run_probe_loop(struct run_probe *probe, const struct run_probe_request *request,
	uint64_t operations, struct run_outcome *outcome, struct err *err);

#endif
