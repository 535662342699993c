// SPDX-License-Identifier: BSD-2-Clause
/*
 * framework_rule_test.c: the verifier's rules about the framework: loading, requests, the device
 * extension. Rules about ranges are in resource_test.c.
 */
#include "drivers/include/ntstatus.h"
#include "drivers/videoport/testing.h"

/* ---- loading: the port is gone when open fails, so who watches counts -------------------------- */

struct watched {
	unsigned count[1000]; /* by rule */
};

static void watch_event(void *arg, const struct videoport_event *event)
{
	struct watched *watched = arg;

	if (event->kind == VIDEOPORT_EVENT_RULE && event->rule < 1000)
		watched->count[event->rule]++;
}

/* Opens and closes a port. Return: what open said. */
static int open_watched(videoport_driver_entry entry, struct watched *watched, struct err *err)
{
	struct frames *frames = test_frames();
	struct videoport_config config = test_config(frames);
	struct videoport_watch watch = {.arg = watched, .event = watch_event};
	struct videoport *vp = NULL;

	memset(watched, 0, sizeof(*watched));
	config.driver_entry = entry;
	config.watch = &watch;

	int ret = videoport_open(&vp, &config, err);

	videoport_close(vp, NULL);
	frames_destroy(frames);
	return ret;
}

static void rule_901_broken_unknown_size(void **state)
{
	struct watched watched;
	struct err err = ERR_INIT;

	(void)state;
	test_hw.HwInitDataSize = 100;
	assert_int_equal(open_watched(test_driver_entry, &watched, &err), -EPROTO);
	assert_int_equal(watched.count[901], 1);
	assert_non_null(strstr(err.message, "901"));
}

static uint32_t entry_falls_back(void *context1, void *context2)
{
	test_hw.HwInitDataSize = 1000;
	assert_int_not_equal(VideoPortInitialize(context1, context2, &test_hw, NULL), 0);
	test_hw.HwInitDataSize = (ULONG)SIZE_OF_NT4_VIDEO_HW_INITIALIZATION_DATA;
	return VideoPortInitialize(context1, context2, &test_hw, NULL);
}

static void rule_901_kept_an_older_size_after_a_newer_one(void **state)
{
	struct watched watched;

	(void)state;
	assert_int_equal(open_watched(entry_falls_back, &watched, NULL), 0);
	assert_int_equal(watched.count[901], 0);
}

static void rule_902_broken_routine_missing(void **state)
{
	struct watched watched;
	struct err err = ERR_INIT;

	(void)state;
	test_hw.HwStartIO = NULL;
	assert_int_equal(open_watched(test_driver_entry, &watched, &err), -EPROTO);
	assert_int_equal(watched.count[902], 1);
	assert_non_null(strstr(err.message, "902"));
}

static uint32_t entry_gives_up(void *context1, void *context2)
{
	(void)context1, (void)context2;
	return (uint32_t)STATUS_NO_SUCH_DEVICE;
}

/* It breaks no rule, and the message names none. */
static void rule_902_kept_an_entry_that_gives_up(void **state)
{
	struct watched watched;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(open_watched(entry_gives_up, &watched, &err), -EPROTO);
	assert_int_equal(watched.count[902], 0);
	assert_non_null(strstr(err.message, "did not register"));
	assert_null(strstr(err.message, "rule"));
}

static void not_every_size_of_an_extension_is_had(void **state)
{
	struct watched watched;
	struct err err = ERR_INIT;

	(void)state;
	test_hw.HwDeviceExtensionSize = 0xFFFFFFFF;
	assert_int_equal(open_watched(test_driver_entry, &watched, &err), -ENOMEM);
	assert_non_null(strstr(err.message, "a device extension of 4294967295 bytes"));
}

static void rule_902_kept_optional_routines_missing(void **state)
{
	struct watched watched;

	(void)state;
	test_hw.HwInterrupt = NULL;
	test_hw.HwSetPowerState = NULL;
	assert_int_equal(open_watched(test_driver_entry, &watched, NULL), 0);
	assert_int_equal(watched.count[902], 0);
}

static VP_STATUS find_no_adapter(
	PVOID hw, PVOID context, PWSTR argument, PVIDEO_PORT_CONFIG_INFO info, PUCHAR again)
{
	(void)hw, (void)context, (void)argument, (void)info, (void)again;
	return ERROR_DEV_NOT_EXIST;
}

static uint32_t entry_twice(void *context1, void *context2)
{
	uint32_t status = VideoPortInitialize(context1, context2, &test_hw, NULL);

	assert_int_not_equal(VideoPortInitialize(context1, context2, &test_hw, NULL), 0);
	return status;
}

static void rule_920_broken_initialized_twice(void **state)
{
	struct watched watched;

	(void)state;
	assert_int_equal(open_watched(entry_twice, &watched, NULL), 0);
	assert_int_equal(watched.count[920], 1);
}

/* A driver of NT 4.0: its buses one after the other, PCI in the middle. */
static uint32_t entry_each_bus(void *context1, void *context2)
{
	static const INTERFACE_TYPE buses[] = {Isa, PCIBus, MicroChannel};
	uint32_t least = UINT32_MAX;

	for (size_t i = 0; i < sizeof(buses) / sizeof(buses[0]); i++) {
		test_hw.AdapterInterfaceType = buses[i];
		test_hw.HwFindAdapter = buses[i] == PCIBus ? test_find : find_no_adapter;

		uint32_t status = VideoPortInitialize(context1, context2, &test_hw, NULL);

		assert_true(status == 0 || (int32_t)status == STATUS_NO_SUCH_DEVICE);
		if (status < least)
			least = status;
	}
	return least;
}

static void rule_920_kept_d_24_once_for_each_bus(void **state)
{
	struct watched watched;

	(void)state;
	assert_int_equal(open_watched(entry_each_bus, &watched, NULL), 0);
	assert_int_equal(watched.count[920], 0);
}

static void rule_920_kept_once_for_each_of_two_adapters(void **state)
{
	struct watched watched;

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(open_watched(test_driver_entry, &watched, NULL), 0);
		assert_int_equal(watched.count[920], 0);
	}
}

/* ---- requests -------------------------------------------------------------------------------- */

/* What the driver's HwVidStartIO answers. */
static struct {
	BOOLEAN returned;
	VP_STATUS status;
	ULONG information;
} answer;

static BOOLEAN answering_io(PVOID hw, PVIDEO_REQUEST_PACKET packet)
{
	(void)hw;
	packet->StatusBlock->Status = answer.status;
	packet->StatusBlock->Information = answer.information;
	return answer.returned;
}

static struct test_port open_answering(BOOLEAN returned, VP_STATUS status, ULONG information)
{
	answer.returned = returned;
	answer.status = status;
	answer.information = information;
	test_hw.HwStartIO = answering_io;
	return test_port_open();
}

static int32_t ask(struct test_port *port, uint64_t *information)
{
	char buffer[16];

	return videoport_request(port->vp, 0x232400, buffer, 8, 16, information);
}

static void rule_903_broken_start_io_returns_false(void **state)
{
	struct test_port port = open_answering(FALSE, ERROR_INVALID_PARAMETER, 0);

	(void)state;
	assert_int_equal(ask(&port, NULL), ERROR_INVALID_PARAMETER);
	test_expect_number(&port, 903);
	test_port_close(&port);
}

static void rule_903_kept_an_error_in_the_status(void **state)
{
	struct test_port port = open_answering(TRUE, ERROR_INVALID_PARAMETER, 0);

	(void)state;
	assert_int_equal(ask(&port, NULL), ERROR_INVALID_PARAMETER);
	test_expect_no_events(&port);
	test_port_close(&port);
}

static void rule_904_broken_information_beyond_the_buffer(void **state)
{
	struct test_port port = open_answering(TRUE, NO_ERROR, 17);
	uint64_t information;

	(void)state;
	assert_int_equal(ask(&port, &information), NO_ERROR);
	assert_int_equal(information, 16); /* what there is */
	test_expect_number(&port, 904);
	test_port_close(&port);
}

static void rule_904_kept_information_fills_the_buffer(void **state)
{
	struct test_port port = open_answering(TRUE, NO_ERROR, 16);
	uint64_t information;

	(void)state;
	assert_int_equal(ask(&port, &information), NO_ERROR);
	assert_int_equal(information, 16);
	test_expect_no_events(&port);
	test_port_close(&port);
}

static void rule_905_broken_undocumented_status(void **state)
{
	struct test_port port = open_answering(TRUE, ERROR_GEN_FAILURE, 0);

	(void)state;
	assert_int_equal(ask(&port, NULL), ERROR_GEN_FAILURE);
	test_expect_number(&port, 905);
	test_port_close(&port);
}

static void rule_905_kept_d_21_every_documented_status(void **state)
{
	static const VP_STATUS documented[] = {NO_ERROR, ERROR_INSUFFICIENT_BUFFER,
		ERROR_INVALID_FUNCTION, ERROR_INVALID_PARAMETER, ERROR_IO_PENDING, ERROR_MORE_DATA,
		ERROR_NOT_ENOUGH_MEMORY};
	struct test_port port = open_answering(TRUE, NO_ERROR, 0);

	(void)state;
	for (size_t i = 0; i < sizeof(documented) / sizeof(documented[0]); i++) {
		answer.status = documented[i];
		assert_int_equal(ask(&port, NULL), documented[i]);
	}
	test_expect_no_events(&port);
	test_port_close(&port);
}

static void ask_again(struct test_extension *hw, void *arg)
{
	struct test_port *port = arg;

	(void)hw;
	assert_int_equal(ask(port, NULL), ERROR_INVALID_FUNCTION);
}

static void rule_906_broken_a_request_inside_a_request(void **state)
{
	struct test_port port = test_port_open();

	(void)state;
	test_call(&port, ask_again, &port);
	test_expect_number(&port, 906);
	test_port_close(&port);
}

static void rule_906_kept_a_request_after_a_request(void **state)
{
	struct test_port port = open_answering(TRUE, NO_ERROR, 0);

	(void)state;
	assert_int_equal(ask(&port, NULL), NO_ERROR);
	assert_int_equal(ask(&port, NULL), NO_ERROR);
	test_expect_no_events(&port);
	test_port_close(&port);
}

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

/* ---- the device extension ------------------------------------------------------------------------ */

static void wrong_extension(struct test_extension *hw, void *arg)
{
	ULONG value;

	assert_int_equal(VideoPortGetBusData(arg, PCIConfiguration, 0, &value, 0, 4), 0);
	(void)hw;
}

static void rule_916_broken_a_pointer_that_is_no_extension(void **state)
{
	struct test_port port = test_port_open();
	PVOID wrong[] = {
		NULL, (PVOID)(uintptr_t)1, (char *)port.ext + 8, &port, (PVOID) ~(uintptr_t)0};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		test_call(&port, wrong_extension, wrong[i]);
		test_expect_number(&port, 916);
	}
	test_port_close(&port);
}

static void own_extension(struct test_extension *hw, void *arg)
{
	ULONG value;

	(void)arg;
	assert_int_equal(VideoPortGetBusData(hw, PCIConfiguration, 0, &value, 0, 4), 4);
}

static void rule_916_kept_the_extension_of_the_port(void **state)
{
	struct test_port port = test_port_open();
	LARGE_INTEGER now;

	(void)state;
	test_call(&port, own_extension, NULL);
	/* A thread of no port, too: the address is looked up. */
	own_extension(port.ext, NULL);
	VideoPortQuerySystemTime(&now);
	test_expect_no_events(&port);
	test_port_close(&port);
}

static struct test_port open_verified(void)
{
	struct test_port port = {.frames = test_frames()};
	struct videoport_config config = test_config(port.frames);

	config.verify = true;
	assert_int_equal(videoport_open(&port.vp, &config, NULL), 0);
	port.ext = port.vp->extension;
	return port;
}

static void write_byte_at(struct test_extension *hw, void *arg)
{
	volatile unsigned char *bytes = (volatile unsigned char *)(void *)hw;

	bytes[*(ptrdiff_t *)arg] ^= 0xFF;
}

/* Changes a byte from inside the driver twice: reported once. */
static void damage(struct test_port *port, ptrdiff_t at, unsigned rule)
{
	test_call(port, write_byte_at, &at);
	test_expect_number(port, rule);
	at += at < 0 ? -1 : 1;
	test_call(port, write_byte_at, &at);
	test_expect_no_events(port);
}

static void rule_917_broken_in_front_of_the_extension(void **state)
{
	struct test_port port = open_verified();

	(void)state;
	damage(&port, -1, 917);
	test_port_close(&port);
}

static void rule_917_kept_the_first_byte(void **state)
{
	struct test_port port = open_verified();

	(void)state;
	test_call(&port, write_byte_at, &(ptrdiff_t){0});
	test_expect_no_events(&port);
	test_port_close(&port);
}

static void rule_918_broken_behind_the_extension(void **state)
{
	struct test_port port = open_verified();

	(void)state;
	damage(&port, sizeof(struct test_extension), 918);
	test_port_close(&port);
}

static void rule_918_kept_the_last_byte(void **state)
{
	struct test_port port = open_verified();

	(void)state;
	test_call(&port, write_byte_at, &(ptrdiff_t){sizeof(struct test_extension) - 1});
	test_expect_no_events(&port);
	test_port_close(&port);
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
		test_case(rule_901_broken_unknown_size),
		test_case(rule_901_kept_an_older_size_after_a_newer_one),
		test_case(rule_902_broken_routine_missing),
		test_case(rule_902_kept_an_entry_that_gives_up),
		test_case(not_every_size_of_an_extension_is_had),
		test_case(rule_902_kept_optional_routines_missing),
		test_case(rule_903_broken_start_io_returns_false),
		test_case(rule_903_kept_an_error_in_the_status),
		test_case(rule_904_broken_information_beyond_the_buffer),
		test_case(rule_904_kept_information_fills_the_buffer),
		test_case(rule_905_broken_undocumented_status),
		test_case(rule_905_kept_d_21_every_documented_status),
		test_case(rule_906_broken_a_request_inside_a_request),
		test_case(rule_906_kept_a_request_after_a_request),
		test_case(rule_915_broken_refuses_to_power_off),
		test_case(rule_915_kept_powers_off),
		test_case(a_state_is_asked_for_before_it_is_entered),
		test_case(rule_916_broken_a_pointer_that_is_no_extension),
		test_case(rule_916_kept_the_extension_of_the_port),
		test_case(rule_917_broken_in_front_of_the_extension),
		test_case(rule_917_kept_the_first_byte),
		test_case(rule_918_broken_behind_the_extension),
		test_case(rule_918_kept_the_last_byte),
		test_case(rule_920_broken_initialized_twice),
		test_case(rule_920_kept_d_24_once_for_each_bus),
		test_case(rule_920_kept_once_for_each_of_two_adapters),
		test_case(rule_921_broken_the_interrupt_cannot_be_waited_for),
		test_case(rule_921_kept_cancelled_at_close),
		test_case(r_072_no_level_and_no_vector_no_interrupt),
		test_case(d_20_d_22_find_adapter_is_called_again_while_it_asks),
	};

	return cmocka_run_group_tests_name("framework rules", tests, NULL, NULL);
}
