// SPDX-License-Identifier: BSD-2-Clause
/*
 * sg.c: building a scatter/gather list by pages, fragmentation and offset. One operation is one VideoPortStartDma on
 * a locked buffer, whose callback only counts elements, with its VideoPortCompleteDma; no hardware runs.
 */
#include "bench/cases/buffer_probe.h"
#include "bench/cases/cases.h"
#include "dmabench_ioctl.h"

static int sg_setup(struct run_cell *cell, void **state, struct err *err)
{
	return buffer_probe_open(cell, DMABENCH_PROBE_SG, state, err);
}

const struct bench_case case_sg = {
	.name = "sg",
	.help = "scatter/gather list building, by size, offset and fragmentation",
	.exercises = "VideoPortStartDma HwVidExecuteDma VideoPortCompleteDma",
	.keys = RUN_KEY_DIR | RUN_KEY_SIZE | RUN_KEY_FRAMES | RUN_KEY_MEMORY,
	.driver = "probe",
	.counted = true,
	.setup = sg_setup,
	.trial = buffer_probe_trial,
	.teardown = buffer_probe_close,
};
