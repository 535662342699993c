/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * testing.h: a driver made of hooks on a played device (device_testing.h), for the tests of this folder.
 *
 * The driver's HwVidStartIO runs a routine the test passes in the request, so that a test can be at
 * PASSIVE_LEVEL inside the driver (test_call).
 */
#ifndef VIDEOPORT_TESTING_H
#define VIDEOPORT_TESTING_H

#include "drivers/support/fault.h"
#include "drivers/videoport/device_testing.h"

#include <sched.h>

/* ---- the driver ------------------------------------------------------------------------------ */

/* The device extension of the test driver. */
struct test_extension {
	VIDEO_ACCESS_RANGE range[4];
	PULONG registers;
	_Atomic(PVIDEO_HW_INTERRUPT) isr; /* NULL: claims the interrupt and does nothing more */
	_Atomic unsigned interrupts;      /* ISR calls that have returned */
	_Atomic(PVIDEO_HW_TIMER) timer;
	_Atomic VP_STATUS power_status; /* what HwSetPowerState returns */
	ULONG powers[8];
	int power_count;
	void *user;
};

typedef void (*test_routine)(struct test_extension *hw, void *arg);

struct test_request {
	test_routine routine;
	void *arg;
};

#define TEST_IOCTL_CALL CTL_CODE(FILE_DEVICE_VIDEO, 0xf00, METHOD_BUFFERED, FILE_ANY_ACCESS)

static inline VP_STATUS test_find(
	PVOID hw, PVOID context, PWSTR argument, PVIDEO_PORT_CONFIG_INFO info, PUCHAR again)
{
	struct test_extension *ext = hw;

	(void)context, (void)argument, (void)info;
	*again = 0;
	if (VideoPortGetAccessRanges(hw, 0, NULL, 4, ext->range, NULL, NULL, NULL) != NO_ERROR)
		return ERROR_DEV_NOT_EXIST;
	ext->registers = VideoPortGetDeviceBase(
		hw, ext->range[0].RangeStart, ext->range[0].RangeLength, VIDEO_MEMORY_SPACE_MEMORY);
	return ext->registers ? NO_ERROR : ERROR_DEV_NOT_EXIST;
}

/* With level and vector 0: no interrupt is connected. */
static inline VP_STATUS test_find_without_interrupt(
	PVOID hw, PVOID context, PWSTR argument, PVIDEO_PORT_CONFIG_INFO info, PUCHAR again)
{
	info->BusInterruptLevel = 0;
	info->BusInterruptVector = 0;
	return test_find(hw, context, argument, info, again);
}

static inline BOOLEAN test_initialize(PVOID hw)
{
	(void)hw;
	return TRUE;
}

static inline BOOLEAN test_interrupt(PVOID hw)
{
	struct test_extension *ext = hw;
	PVIDEO_HW_INTERRUPT isr = atomic_load(&ext->isr);
	BOOLEAN ours = isr ? isr(hw) : TRUE;

	atomic_fetch_add(&ext->interrupts, 1);
	return ours;
}

static inline BOOLEAN test_start_io(PVOID hw, PVIDEO_REQUEST_PACKET packet)
{
	packet->StatusBlock->Information = 0;
	if (packet->IoControlCode != TEST_IOCTL_CALL) {
		packet->StatusBlock->Status = ERROR_INVALID_FUNCTION;
		return TRUE;
	}

	const struct test_request *request = packet->InputBuffer;

	if (packet->InputBufferLength < sizeof(*request)) {
		packet->StatusBlock->Status = ERROR_INSUFFICIENT_BUFFER;
		return TRUE;
	}
	request->routine(hw, request->arg);
	packet->StatusBlock->Status = NO_ERROR;
	packet->StatusBlock->Information = sizeof(*request);
	return TRUE;
}

static inline VP_STATUS test_set_power(PVOID hw, ULONG id, PVIDEO_POWER_MANAGEMENT management)
{
	struct test_extension *ext = hw;

	assert_int_equal(id, DISPLAY_ADAPTER_HW_ID);
	if (ext->power_count < 8)
		ext->powers[ext->power_count++] = management->PowerState;
	return atomic_load(&ext->power_status);
}

static inline VOID test_timer(PVOID hw)
{
	PVIDEO_HW_TIMER timer = atomic_load(&((struct test_extension *)hw)->timer);

	if (timer)
		timer(hw);
}

/* What the next loaded driver registers; test_reset makes it whole. */
static VIDEO_HW_INITIALIZATION_DATA test_hw;

static inline uint32_t test_driver_entry(void *context1, void *context2)
{
	return VideoPortInitialize(context1, context2, &test_hw, NULL);
}

static inline int test_reset(void **state)
{
	(void)state;
	irql_thread.port = NULL; /* a test that failed inside a driver left it */
	memset(&testdev_setup, 0, sizeof(testdev_setup));
	test_hw = (VIDEO_HW_INITIALIZATION_DATA){
		.HwInitDataSize = sizeof(test_hw),
		.HwFindAdapter = test_find,
		.HwInitialize = test_initialize,
		.HwInterrupt = test_interrupt,
		.HwStartIO = test_start_io,
		.HwSetPowerState = test_set_power,
		.HwDeviceExtensionSize = sizeof(struct test_extension),
	};
	return 0;
}

/* ---- a port under test ----------------------------------------------------------------------- */

struct test_port {
	struct videoport *vp;
	struct frames *frames;
	struct test_extension *ext;
};

static inline struct videoport_config test_config(struct frames *frames)
{
	return (struct videoport_config){
		.driver_entry = test_driver_entry,
		.driver_name = "testdriver",
		.device = "test",
		.device_ops = &testdev_ops,
		.frames = frames,
		.interrupt_cpu = -1,
	};
}

static inline struct frames *test_frames(void)
{
	struct frames *frames = NULL;
	struct frames_config config = {.seed = 1};

	assert_int_equal(frames_create(&frames, &config, NULL), 0);
	return frames;
}

static inline struct test_port test_port_open_as(bool verify)
{
	struct test_port port = {.frames = test_frames()};
	struct videoport_config config = test_config(port.frames);
	struct err err = ERR_INIT;

	config.verify = verify;

	if (videoport_open(&port.vp, &config, &err) < 0)
		fail_msg("videoport_open: %s", err.message);
	port.ext = port.vp->extension;
	return port;
}

static inline struct test_port test_port_open(void)
{
	return test_port_open_as(false);
}

/* With the verifier on. */
static inline struct test_port test_port_open_verified(void)
{
	return test_port_open_as(true);
}

/* Of a device that has I/O ports beside its registers and its window. */
static inline struct test_port test_port_open_with_ports(void)
{
	testdev_setup.ports = true;
	return test_port_open();
}

/* Port @number, as drivers have it. */
static inline PUCHAR test_port_at(unsigned number)
{
	return (PUCHAR)(uintptr_t)number;
}

/* A verified port in a test that has no other use of its state. */
#define TEST_VERIFIED_PORT(port) struct test_port port = ((void)state, test_port_open_verified())

static inline void test_port_close(struct test_port *port)
{
	videoport_close(port->vp, NULL);
	frames_destroy(port->frames);
	assert_int_equal(testdev_setup.live, 0);
}

/* Runs @routine inside HwVidStartIO. */
static inline void test_call(struct test_port *port, test_routine routine, void *arg)
{
	struct test_request request = {routine, arg};

	assert_int_equal(videoport_request(port->vp, TEST_IOCTL_CALL, &request, sizeof(request),
				 sizeof(request), NULL),
		NO_ERROR);
}

/* Raises an interrupt and waits until the ISR has returned. */
static inline void test_interrupt_once(struct test_port *port)
{
	unsigned before = atomic_load(&port->ext->interrupts);

	testdev_interrupt(testdev_of(port->vp));
	while (atomic_load(&port->ext->interrupts) == before)
		sched_yield();
}

/* Takes the recorded events; returns how many there were and, in @first, the first message. */
static inline unsigned test_events(struct test_port *port, struct videoport_event *first)
{
	struct videoport_event events[VIDEOPORT_EVENTS_MAX];
	unsigned count = videoport_events(port->vp, events, VIDEOPORT_EVENTS_MAX, NULL);

	if (count && first)
		*first = events[0];
	return count;
}

/* Exactly one event, of rule @number. */
static inline void test_expect_number(struct test_port *port, unsigned number)
{
	struct videoport_event event = {.message = ""};
	unsigned count = test_events(port, &event);

	if (count != 1 || event.kind != VIDEOPORT_EVENT_RULE || event.rule != number)
		fail_msg("expected rule %u once, found %u events, the first of rule %u: %s", number,
			count, event.rule, event.message);
}

/* Exactly one rule event, and its message contains @text. */
static inline void test_expect_rule(struct test_port *port, const char *text)
{
	struct videoport_event event = {.message = ""};

	assert_int_equal(test_events(port, &event), 1);
	assert_int_equal(event.kind, VIDEOPORT_EVENT_RULE);
	if (!strstr(event.message, text))
		fail_msg("expected '%s' in '%s'", text, event.message);
}

/* Exactly one event, of @rule. Return: it. */
static inline struct videoport_event test_expect_broken(struct test_port *port, unsigned rule)
{
	struct videoport_event event = {.message = ""};
	unsigned count = test_events(port, &event);

	if (count != 1 || event.rule != rule)
		fail_msg("expected rule %u, found %u events, the first of rule %u: %s", rule, count,
			event.rule, event.message);
	return event;
}

/* The same, and it tells where the object was made. */
static inline void test_expect_origin(struct test_port *port, unsigned rule)
{
	assert_non_null(strstr(test_expect_broken(port, rule).origin, "object"));
}

static inline PSPIN_LOCK test_lock(struct test_port *port)
{
	PSPIN_LOCK lock = NULL;

	assert_int_equal(VideoPortCreateSpinLock(port->ext, &lock), NO_ERROR);
	return lock;
}

static inline PEVENT test_event(struct test_port *port)
{
	PEVENT event = NULL;

	assert_int_equal(
		VideoPortCreateEvent(port->ext, NOTIFICATION_EVENT, NULL, &event), NO_ERROR);
	return event;
}

/* What is no object of the port: nothing of it may be read, some of it cannot be. */
#define TEST_STRANGERS 3
static inline void *test_stranger(unsigned which)
{
	const uintptr_t strangers[TEST_STRANGERS] = {0, 0x1000, (uintptr_t)-64};

	return (void *)strangers[which];
}

static inline void test_expect_no_events(struct test_port *port)
{
	struct videoport_event event = {.message = ""};

	if (test_events(port, &event))
		fail_msg("unexpected event: %s", event.message);
}

/*
 * Adds one in two steps and now and then gives the processor away between them, so that a missing
 * exclusion shows even where threads seldom meet.
 */
static inline void test_add_slowly(unsigned *shared)
{
	unsigned value = *shared;

	if (value % 16 == 0)
		sched_yield();
	*shared = value + 1;
}

#define test_case(function) cmocka_unit_test_setup(function, test_reset)

#endif
