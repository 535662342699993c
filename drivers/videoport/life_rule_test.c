// SPDX-License-Identifier: BSD-2-Clause
/*
 * life_rule_test.c: the verifier's rules about what the port calls by itself: power, the interrupt, HwFindAdapter for
 * further adapters.
 */
#include "drivers/videoport/watch_testing.h"

/* ---- power ------------------------------------------------------------------------------------- */

static void rule_915_broken_refuses_to_power_off(void **state)
{
	struct watched watched = {{0}};
	struct videoport_watch watch = {.arg = &watched, .event = watch_event};
	struct test_port port = {.frames = test_frames()};
	struct videoport_config config = test_config(port.frames);

	(void)state;
	config.watch = &watch;
	assert_int_equal(videoport_open(&port.vp, &config, NULL), 0);
	port.ext = port.vp->extension;
	atomic_store(&port.ext->power_status, ERROR_BUSY);
	test_port_close(&port);
	assert_int_equal(watched.count[915], 1);
}

static void rule_915_kept_powers_off(void **state)
{
	struct watched watched;

	(void)state;
	assert_int_equal(open_watched(test_driver_entry, &watched, NULL), 0);
	assert_int_equal(watched.count[915], 0);
}

static ULONG asked[4];
static unsigned asks;
static VP_STATUS ask_result;

static VP_STATUS get_power(PVOID hw, ULONG id, PVIDEO_POWER_MANAGEMENT management)
{
	(void)hw;
	assert_int_equal(id, DISPLAY_ADAPTER_HW_ID);
	asked[asks++] = management->PowerState;
	return ask_result;
}

static void a_state_is_asked_for_before_it_is_entered(void **state)
{
	struct test_port port;

	(void)state;
	asks = 0;
	ask_result = NO_ERROR;
	test_hw.HwGetPowerState = get_power;
	port = test_port_open();
	assert_int_equal(videoport_power(port.vp, DEVICE_D3, NULL), 0);
	assert_int_equal(videoport_power(port.vp, DEVICE_D0, NULL), 0);
	assert_int_equal(asks, 2);
	assert_int_equal(asked[0], VideoPowerOff);
	assert_int_equal(asked[1], VideoPowerOn);
	ask_result = ERROR_INVALID_FUNCTION; /* the device cannot: nothing is set */
	assert_int_equal(videoport_power(port.vp, DEVICE_D3, NULL), -EBUSY);
	assert_int_equal(port.ext->power_count, 2);
	ask_result = NO_ERROR;
	test_port_close(&port);
	assert_int_equal(asks, 4); /* off at close; shutdown is not asked */
}

/* ---- the interrupt --------------------------------------------------------------------------------- */

static int wait_breaks(struct device *device, uint64_t timeout_ns)
{
	(void)device, (void)timeout_ns;
	return -EIO;
}

static const struct device_irq_ops broken_irq = {.wait = wait_breaks, .cancel = testdev_cancel};

static int open_with_broken_irq(
	struct device **device, const struct device_config *config, struct err *err)
{
	int ret = testdev_open(device, config, err);

	if (ret == 0)
		(*device)->irq = &broken_irq;
	return ret;
}

static void rule_921_broken_the_interrupt_cannot_be_waited_for(void **state)
{
	struct test_port port = {.frames = test_frames()};
	struct videoport_config config = test_config(port.frames);
	struct device_ops ops = testdev_ops;

	(void)state;
	ops.open = open_with_broken_irq;
	config.device_ops = &ops;
	assert_int_equal(videoport_open(&port.vp, &config, NULL), 0);
	while (!videoport_rule_count(port.vp, 921))
		sched_yield();
	test_port_close(&port);
}

static void rule_921_kept_cancelled_at_close(void **state)
{
	struct watched watched;

	(void)state;
	assert_int_equal(open_watched(test_driver_entry, &watched, NULL), 0);
	assert_int_equal(watched.count[921], 0);
}

/* with level and vector both 0 no ISR is called, registered or not. */
static void r_072_no_level_and_no_vector_no_interrupt(void **state)
{
	struct test_port port;

	(void)state;
	test_hw.HwFindAdapter = test_find_without_interrupt;
	port = test_port_open();
	assert_false(port.vp->interrupt.connected);
	test_port_close(&port);
}

/* ---- further adapters ------------------------------------------------------------------------------ */

static unsigned finds, finds_wanted;

static VP_STATUS find_again(
	PVOID hw, PVOID context, PWSTR argument, PVIDEO_PORT_CONFIG_INFO info, PUCHAR again)
{
	assert_int_equal(info->Length, sizeof(*info));
	*again = ++finds < finds_wanted;
	if (finds == 1) {
		VP_STATUS status = test_find(hw, context, argument, info, again);

		*again = finds < finds_wanted;
		return status;
	}
	/* The one device is taken; the extension is another, and zeroed. */
	assert_int_equal(((struct test_extension *)hw)->power_count, 0);
	return VideoPortGetAccessRanges(hw, 0, NULL, 4, ((struct test_extension *)hw)->range, NULL,
		       NULL, NULL) == NO_ERROR
	               ? ERROR_INVALID_PARAMETER
	               : NO_ERROR;
}

static void d_20_d_22_find_adapter_is_called_again_while_it_asks(void **state)
{
	struct test_port port;

	(void)state;
	test_hw.HwFindAdapter = find_again;
	for (finds_wanted = 1; finds_wanted < 4; finds_wanted++) {
		finds = 0;
		port = test_port_open();
		assert_int_equal(finds, finds_wanted);
		test_expect_no_events(&port);
		test_port_close(&port);
	}
	finds = 0;
	finds_wanted = 1000;
	port = test_port_open();
	assert_int_equal(finds, 8); /* bounded */
	test_port_close(&port);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_case(rule_915_broken_refuses_to_power_off),
		test_case(rule_915_kept_powers_off),
		test_case(a_state_is_asked_for_before_it_is_entered),
		test_case(rule_921_broken_the_interrupt_cannot_be_waited_for),
		test_case(rule_921_kept_cancelled_at_close),
		test_case(r_072_no_level_and_no_vector_no_interrupt),
		test_case(d_20_d_22_find_adapter_is_called_again_while_it_asks),
	};

	return cmocka_run_group_tests_name("life rules", tests, NULL, NULL);
}
