// SPDX-License-Identifier: BSD-2-Clause
/*
 * refusal_test.c: what the port does not do: calls with something that is no device extension,
 * calls from the ISR that only other levels may make, and power states that the device or the
 * driver does not reach.
 */
#include "drivers/videoport/testing.h"

/* Real objects, so that only the level or the extension can be the reason of a refusal. */
struct objects {
	PSPIN_LOCK lock;
	PEVENT event;
	PVP_DMA_ADAPTER adapter;
	PHYSICAL_ADDRESS logical;
	PVOID common, pool;
	unsigned calls;
};

#define COMMON_BYTES 100

static void objects_make(struct test_extension *hw, void *arg)
{
	struct objects *objects = arg;
	VP_DEVICE_DESCRIPTION description = {
		.ScatterGather = TRUE, .Dma64BitAddresses = TRUE, .MaximumLength = 65536};

	assert_int_equal(VideoPortCreateSpinLock(hw, &objects->lock), NO_ERROR);
	assert_int_equal(
		VideoPortCreateEvent(hw, NOTIFICATION_EVENT, NULL, &objects->event), NO_ERROR);
	objects->adapter = VideoPortGetDmaAdapter(hw, &description);
	assert_non_null(objects->adapter);
	objects->common = VideoPortAllocateCommonBuffer(
		hw, objects->adapter, COMMON_BYTES, &objects->logical, TRUE, NULL);
	assert_non_null(objects->common);
	objects->pool = VideoPortAllocatePool(hw, VpNonPagedPool, 64, 0x74736554);
	assert_non_null(objects->pool);
	hw->user = objects;
}

/* Works only if none of the refused calls had an effect. */
static void objects_give_back(struct test_extension *hw, void *arg)
{
	struct objects *objects = arg;

	assert_int_equal(VideoPortReadStateEvent(hw, objects->event), 0);
	assert_int_equal(VideoPortDeleteSpinLock(hw, objects->lock), NO_ERROR);
	assert_int_equal(VideoPortDeleteEvent(hw, objects->event), NO_ERROR);
	VideoPortReleaseCommonBuffer(
		hw, objects->adapter, COMMON_BYTES, objects->logical, objects->common, TRUE);
	VideoPortPutDmaAdapter(hw, objects->adapter);
	VideoPortFreePool(hw, objects->pool);
}

static VP_STATUS registry_never(PVOID hw, PVOID context, PWSTR name, PVOID data, ULONG len_bytes)
{
	(void)hw, (void)context, (void)name, (void)data, (void)len_bytes;
	fail_msg("called by a function that was refused");
	return NO_ERROR;
}

/* Every function that has a highest level, with @hw; each must refuse. */
static void call_what_is_refused(PVOID hw, struct objects *objects)
{
	static unsigned char data[64];
	static WCHAR name[] = {'D', 'e', 'p', 't', 'h', 0};
	VP_DEVICE_DESCRIPTION description = {.ScatterGather = TRUE, .MaximumLength = 4096};
	PHYSICAL_ADDRESS address = {{0}};
	LARGE_INTEGER none = {.QuadPart = 0};
	VIDEO_ACCESS_RANGE range;
	PSPIN_LOCK lock = NULL;
	PEVENT event = NULL;

	assert_null(VideoPortGetDmaAdapter(hw, &description));
	VideoPortPutDmaAdapter(hw, objects->adapter);
	assert_null(VideoPortAllocateCommonBuffer(hw, objects->adapter, 64, &address, TRUE, NULL));
	VideoPortReleaseCommonBuffer(
		hw, objects->adapter, COMMON_BYTES, objects->logical, objects->common, TRUE);
	assert_null(VideoPortLockBuffer(hw, data, sizeof(data), VpReadAccess));
	assert_int_not_equal(VideoPortCreateSpinLock(hw, &lock), NO_ERROR);
	assert_int_not_equal(VideoPortDeleteSpinLock(hw, objects->lock), NO_ERROR);
	assert_int_not_equal(VideoPortCreateEvent(hw, 0, NULL, &event), NO_ERROR);
	assert_int_not_equal(VideoPortDeleteEvent(hw, objects->event), NO_ERROR);
	assert_int_not_equal(VideoPortWaitForSingleObject(hw, objects->event, &none), NO_ERROR);
	assert_null(VideoPortAllocatePool(hw, VpNonPagedPool, 64, 0x74736554));
	VideoPortFreePool(hw, objects->pool);
	assert_int_not_equal(
		VideoPortGetRegistryParameters(hw, name, FALSE, registry_never, NULL), NO_ERROR);
	assert_int_not_equal(
		VideoPortGetAccessRanges(hw, 0, NULL, 1, &range, NULL, NULL, NULL), NO_ERROR);
	assert_int_not_equal(VideoPortVerifyAccessRanges(hw, 1, &range), NO_ERROR);
	assert_null(VideoPortGetDeviceBase(hw, address, 4, VIDEO_MEMORY_SPACE_MEMORY));
	assert_int_equal(VideoPortGetBusData(hw, PCIConfiguration, 0, data, 0, 4), 0);
	VideoPortStartTimer(hw);
	VideoPortStopTimer(hw);
	objects->calls = 19;
	assert_null(lock);
	assert_null(event);
}

static void call_without_extension(struct test_extension *hw, void *arg)
{
	(void)hw;
	call_what_is_refused(NULL, arg);
}

static void call_with_a_copy(struct test_extension *hw, void *arg)
{
	_Alignas(64) unsigned char copy[64 + sizeof(*hw)] = {0};

	memcpy(copy + 64, hw, sizeof(*hw));
	call_what_is_refused(copy + 64, arg);
}

static void what_is_no_extension_is_refused_everywhere(void **state)
{
	struct test_port port = test_port_open();
	struct objects objects = {0};

	(void)state;
	test_call(&port, objects_make, &objects);
	test_call(&port, call_without_extension, &objects);
	test_call(&port, call_with_a_copy, &objects);
	test_call(&port, objects_give_back, &objects);
	test_port_close(&port);
}

static BOOLEAN isr_calls_everything(PVOID hw)
{
	call_what_is_refused(hw, ((struct test_extension *)hw)->user);
	return TRUE;
}

static uint64_t level_rules(struct test_port *port)
{
	return videoport_rule_count(port->vp, RULE_ISR_LIST) +
	       videoport_rule_count(port->vp, RULE_IRQL_HIGH);
}

static void r_054_what_needs_a_lower_level_is_refused_in_the_isr(void **state)
{
	struct test_port port = test_port_open();
	struct objects objects = {0};

	(void)state;
	test_call(&port, objects_make, &objects);
	atomic_store(&port.ext->isr, isr_calls_everything);
	test_interrupt_once(&port);
	atomic_store(&port.ext->isr, NULL);
	assert_int_equal(level_rules(&port), objects.calls);
	test_call(&port, objects_give_back, &objects);
	assert_int_equal(level_rules(&port), objects.calls);
	test_port_close(&port);
}

/* ---- power ------------------------------------------------------------------------------------- */

static enum device_power power_fails_at;
static bool power_fails;

static int power_of_a_broken_device(struct device *device, enum device_power state)
{
	return power_fails && state == power_fails_at ? -EIO : testdev_power(device, state);
}

static void a_device_that_changes_no_power_state_is_an_error(void **state)
{
	struct test_port port = {.frames = test_frames()};
	struct videoport_config config = test_config(port.frames);
	struct device_ops ops = testdev_ops;
	struct err err = ERR_INIT;

	(void)state;
	ops.power = power_of_a_broken_device;
	config.device_ops = &ops;
	power_fails = false;
	assert_int_equal(videoport_open(&port.vp, &config, &err), 0);
	port.ext = port.vp->extension;

	power_fails = true;
	power_fails_at = DEVICE_D3;
	assert_int_equal(videoport_power(port.vp, DEVICE_D3, &err), -EIO);
	assert_non_null(strstr(err.message, "D3"));

	power_fails = false;
	err = (struct err)ERR_INIT;
	assert_int_equal(videoport_power(port.vp, DEVICE_D3, &err), 0);
	power_fails = true;
	power_fails_at = DEVICE_D0;
	assert_int_equal(videoport_power(port.vp, DEVICE_D0, &err), -EIO);
	assert_non_null(strstr(err.message, "D0"));

	power_fails = false;
	err = (struct err)ERR_INIT;
	assert_int_equal(videoport_power(port.vp, DEVICE_D0, &err), 0);
	test_port_close(&port);
}

static void a_driver_may_refuse_to_power_on(void **state)
{
	struct test_port port = test_port_open();
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(videoport_power(port.vp, DEVICE_D3, &err), 0);
	atomic_store(&port.ext->power_status, ERROR_GEN_FAILURE);
	assert_int_equal(videoport_power(port.vp, DEVICE_D0, &err), -EBUSY);
	assert_non_null(strstr(err.message, "power on"));
	atomic_store(&port.ext->power_status, NO_ERROR);
	assert_int_equal(videoport_power(port.vp, DEVICE_D0, NULL), 0);
	test_expect_no_events(&port);
	test_port_close(&port);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_case(what_is_no_extension_is_refused_everywhere),
		test_case(r_054_what_needs_a_lower_level_is_refused_in_the_isr),
		test_case(a_device_that_changes_no_power_state_is_an_error),
		test_case(a_driver_may_refuse_to_power_on),
	};

	return cmocka_run_group_tests_name("refusal", tests, NULL, NULL);
}
