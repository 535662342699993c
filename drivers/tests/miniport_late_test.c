// SPDX-License-Identifier: BSD-2-Clause
/*
 * miniport_late_test.c: a deferred call that found a ring broken and comes to tell when the requester has reset the device for it,
 * or for what it found itself: its word is of the ring that was. By hand: it is told as soon as the device runs again (the linker's
 * --wrap of DeviceRun, see Makefile).
 */
#include "drivers/miniport/driver.h"
#include "drivers/tests/rig.h"

#define MOVES 16u

static unsigned told;
static bool telling;

BOOLEAN __real_DeviceRun(PDRIVER Driver);
BOOLEAN __wrap_DeviceRun(PDRIVER Driver);

BOOLEAN __wrap_DeviceRun(PDRIVER Driver)
{
	const BOOLEAN runs = __real_DeviceRun(Driver);
	BATCH batch;

	if (!runs || !telling)
		return runs;
	BatchBegin(&batch, FALSE);
	batch.Broken = TRUE;
	BatchEnd(Driver, &batch);
	told++;
	return runs;
}

/* The first transfer hangs the device. */
static void hang_once(struct rig *rig)
{
	DMABENCH_TRANSFER transfer = rig_transfer(
		rig_buffer(rig, RIG_BUFFER_BYTES, FRAMES_READ_WRITE), DMABENCH_TO_DEVICE, 64);
	DMABENCH_COMPLETION done;

	told = 0;
	telling = true;
	rig_submit(rig, &transfer, 1);
	rig_collect(rig, &done, 1);
	telling = false;
	assert_int_equal(done.Status, ERROR_GEN_FAILURE);
	assert_int_equal(told, 1);
	for (unsigned i = 0; i < MOVES; i++)
		assert_int_equal(rig_move(rig, &transfer).Status, NO_ERROR);
	assert_int_equal(rig_query(rig).Resets, 1);
	assert_int_equal(rig_query(rig).LastReset, DMABENCH_RESET_STALLED);
	rig_close_noisy(rig);
}

static void a_late_word_of_a_broken_ring_resets_nothing(void **state)
{
	(void)state;
	rig_everywhere(&(struct rig_options){.unverified = true,
			       .fault = DEVICE_FAULT_HANG,
			       .fault_rate = 1.0,
			       .fault_limit = 1,
			       /* Longer than a busy host lets the device wait for a processor. */
			       .parameters = {{"TimeoutUs", 100000}}},
		hang_once);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_late_word_of_a_broken_ring_resets_nothing),
	};

	return cmocka_run_group_tests_name("late words", tests, NULL, NULL);
}
