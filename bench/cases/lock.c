// SPDX-License-Identifier: BSD-2-Clause
/* lock.c: locking and unlocking a requester's buffer. One operation is one VideoPortLockBuffer with its Unlock. */
#include "bench/cases/buffer_probe.h"
#include "bench/cases/cases.h"
#include "dmabench_ioctl.h"

static int lock_setup(struct run_cell *cell, void **state, struct err *err)
{
	return buffer_probe_open(cell, DMABENCH_PROBE_LOCK, state, err);
}

const struct bench_case case_lock = {
	.name = "lock",
	.help = "lock and unlock of requesters' buffers, by size, direction and memory",
	.exercises = "VideoPortLockBuffer VideoPortUnlockBuffer",
	.keys = RUN_KEY_DIR | RUN_KEY_SIZE | RUN_KEY_MEMORY,
	.driver = "probe",
	.counted = true,
	.setup = lock_setup,
	.trial = buffer_probe_trial,
	.teardown = buffer_probe_close,
};
