// SPDX-License-Identifier: BSD-2-Clause
/*
 * miniport_start_test.c: a device of which one channel does not start: the other one does not run on behind a driver that has no
 * power. By hand: the second ring's start fails once (the linker's --wrap of RingStart, see Makefile).
 */
#include "drivers/miniport/driver.h"
#include "drivers/tests/rig.h"

static struct {
	bool armed;
	PRING first, failed;
} script;

BOOLEAN __real_RingStart(PRING Ring);
BOOLEAN __wrap_RingStart(PRING Ring);

BOOLEAN __wrap_RingStart(PRING Ring)
{
	if (script.armed && script.first != NULL) {
		script.armed = false;
		script.failed = Ring;
		return FALSE;
	}
	if (script.armed)
		script.first = Ring;
	return __real_RingStart(Ring);
}

static void a_device_that_starts_by_halves_is_stopped(void **state)
{
	struct err err = ERR_INIT;
	DMABENCH_TRANSFER transfer;
	struct rig rig;

	(void)state;
	rig_open(&rig, &(struct rig_options){
			       .driver = "common", .completion = DMABENCH_COMPLETION_INTERRUPT});
	transfer = rig_transfer(
		rig_buffer(&rig, RIG_BUFFER_BYTES, FRAMES_READ_WRITE), DMABENCH_TO_DEVICE, 64);
	assert_int_equal(videoport_power(rig.vp, DEVICE_D3, &err), 0);
	script.armed = true;
	assert_true(videoport_power(rig.vp, DEVICE_D0, &err) < 0);
	assert_non_null(script.failed);
	assert_true(script.first->Stopped);
	assert_int_equal(
		VideoPortReadRegisterUlong((PULONG)(script.first->Registers + DMAB_CH_STATUS)) &
			DMAB_CH_STATUS_RUNNING,
		0);
	assert_int_equal(videoport_power(rig.vp, DEVICE_D3, NULL), 0);
	assert_int_equal(videoport_power(rig.vp, DEVICE_D0, NULL), 0);
	assert_int_equal(rig_move(&rig, &transfer).Status, NO_ERROR);
	rig_close_noisy(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_device_that_starts_by_halves_is_stopped),
	};

	return cmocka_run_group_tests_name("miniport_start", tests, NULL, NULL);
}
