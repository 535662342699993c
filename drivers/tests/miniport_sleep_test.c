// SPDX-License-Identifier: BSD-2-Clause
/*
 * miniport_sleep_test.c: WAIT does not sleep on what is finished already. By hand: its look for what got lost (the linker's --wrap of
 * StallLook, see Makefile) finds that a deferred call was there before it, and has nothing to tell but what that one left.
 */
#include "drivers/miniport/driver.h"
#include "drivers/tests/rig_sched.h"

#include "drivers/device/model/model.h"

#define TIMEOUT_US 1000u

static struct {
	bool armed;
	unsigned looks, sleeps;
} script;

BOOLEAN __real_StallLook(PDRIVER Driver, LONGLONG Now, BOOLEAN Blind);
BOOLEAN __wrap_StallLook(PDRIVER Driver, LONGLONG Now, BOOLEAN Blind);
VP_STATUS NTAPI __real_VideoPortWaitForSingleObject(
	PVOID HwDeviceExtension, PVOID Object, PLARGE_INTEGER Timeout);
VP_STATUS NTAPI __wrap_VideoPortWaitForSingleObject(
	PVOID HwDeviceExtension, PVOID Object, PLARGE_INTEGER Timeout);

BOOLEAN __wrap_StallLook(PDRIVER Driver, LONGLONG Now, BOOLEAN Blind)
{
	if (!script.armed)
		return __real_StallLook(Driver, Now, Blind);
	script.armed = false;
	script.looks++;
	while (Driver->CollectedFirst == NULL && Driver->Finished.First == NULL)
		rig_nap(1000);
	CompletionsPoll(Driver, FALSE);
	return FALSE;
}

VP_STATUS NTAPI __wrap_VideoPortWaitForSingleObject(
	PVOID HwDeviceExtension, PVOID Object, PLARGE_INTEGER Timeout)
{
	script.sleeps++;
	return __real_VideoPortWaitForSingleObject(HwDeviceExtension, Object, Timeout);
}

static void *requester(void *arg)
{
	DMABENCH_COMPLETION done;
	DMABENCH_TRANSFER transfer;
	struct rig rig;

	rig_open(&rig, &(struct rig_options){.driver = arg,
			       .device_ops = &model_ops,
			       .completion = DMABENCH_COMPLETION_INTERRUPT});
	transfer = rig_transfer(rig_buffer(&rig, RIG_BUFFER_BYTES, FRAMES_READ_WRITE),
		DMABENCH_TO_DEVICE, RIG_BUFFER_BYTES / 2);
	memset(&script, 0, sizeof(script));
	script.armed = true;
	rig_submit(&rig, &transfer, 1);
	assert_true(rig_wait(&rig, TIMEOUT_US));
	assert_int_equal(script.looks, 1);
	assert_int_equal(script.sleeps, 0);
	assert_int_equal(rig_reap(&rig, &done, 1), 1);
	assert_int_equal(done.Status, NO_ERROR);
	rig_close(&rig);
	return NULL;
}

static void wait_hands_out_what_its_look_brought(void **state)
{
	(void)state;
	for (size_t i = 0; i < RIG_STRATEGIES; i++)
		rig_play(requester, (void *)rig_drivers[i].name, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wait_hands_out_what_its_look_brought),
	};

	return cmocka_run_group_tests_name("miniport_sleep", tests, NULL, NULL);
}
