// SPDX-License-Identifier: BSD-2-Clause
/*
 * port_test.c: open and close, one request at a time, power, events, and every way opening can
 * fail.
 */
#include "drivers/videoport/testing.h"

/* ---- requests -------------------------------------------------------------------------------- */

#define REQUESTERS 4
#define REQUESTS   2000

struct overlap {
	_Atomic int inside;
	_Atomic int worst;
	unsigned served; /* not atomic: the lock must make it exact */
	struct test_port *port;
};

static void look_for_others(struct test_extension *hw, void *arg)
{
	struct overlap *overlap = arg;
	int inside = atomic_fetch_add(&overlap->inside, 1) + 1;

	(void)hw;
	if (inside > atomic_load(&overlap->worst))
		atomic_store(&overlap->worst, inside);
	test_add_slowly(&overlap->served);
	atomic_fetch_sub(&overlap->inside, 1);
}

static void *requester(void *arg)
{
	struct overlap *overlap = arg;

	for (int i = 0; i < REQUESTS; i++)
		test_call(overlap->port, look_for_others, overlap);
	return NULL;
}

static void r_075_one_request_at_a_time(void **state)
{
	struct test_port port = test_port_open();
	struct overlap overlap = {.port = &port};
	pthread_t threads[REQUESTERS];

	(void)state;
	for (int i = 0; i < REQUESTERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, requester, &overlap), 0);
	for (int i = 0; i < REQUESTERS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(overlap.worst, 1);
	assert_int_equal(overlap.served, REQUESTERS * REQUESTS);
	test_expect_no_events(&port);
	test_port_close(&port);
}

/* A request that sleeps, as a WAIT does, and one that comes meanwhile. */
struct sleeper {
	_Atomic bool asleep, come;
	bool met; /* the other was let in while it slept */
	struct test_port *port;
};

static void sleep_inside(struct test_extension *hw, void *arg)
{
	const struct timespec rest = {.tv_nsec = 2000000};
	struct sleeper *sleeper = arg;

	(void)hw;
	atomic_store(&sleeper->asleep, true);
	while (!atomic_load(&sleeper->come))
		sched_yield();
	nanosleep(&rest, NULL); /* time to do wrong */
	atomic_store(&sleeper->asleep, false);
}

static void look_for_the_sleeper(struct test_extension *hw, void *arg)
{
	struct sleeper *sleeper = arg;

	(void)hw;
	sleeper->met = atomic_load(&sleeper->asleep);
}

static void *latecomer(void *arg)
{
	struct sleeper *sleeper = arg;

	while (!atomic_load(&sleeper->asleep))
		sched_yield();
	atomic_store(&sleeper->come, true);
	test_call(sleeper->port, look_for_the_sleeper, sleeper);
	return NULL;
}

static void d_25_a_request_that_sleeps_keeps_the_queue(void **state)
{
	struct test_port port = test_port_open();

	(void)state;
	for (int i = 0; i < 10; i++) {
		struct sleeper sleeper = {.port = &port, .met = true};
		pthread_t thread;

		assert_int_equal(pthread_create(&thread, NULL, latecomer, &sleeper), 0);
		test_call(&port, sleep_inside, &sleeper);
		pthread_join(thread, NULL);
		assert_false(sleeper.met);
	}
	test_expect_no_events(&port);
	test_port_close(&port);
}

static void r_076_an_unknown_code_is_an_invalid_function(void **state)
{
	struct test_port port = test_port_open();
	uint64_t information = 99;
	char buffer[8] = {0};

	(void)state;
	assert_int_equal(videoport_request(port.vp, 0x123450, buffer, 8, 8, &information),
		ERROR_INVALID_FUNCTION);
	assert_int_equal(information, 0);
	test_port_close(&port);
}

static BOOLEAN echo_io(PVOID hw, PVIDEO_REQUEST_PACKET packet)
{
	(void)hw;
	assert_ptr_equal(packet->InputBuffer, packet->OutputBuffer);
	*(ULONG *)packet->OutputBuffer += packet->InputBufferLength;
	packet->StatusBlock->Status = ERROR_MORE_DATA;
	packet->StatusBlock->Information = packet->OutputBufferLength;
	return TRUE;
}

static void status_and_information_come_back(void **state)
{
	ULONG buffer[3] = {5};
	uint64_t information = 0;

	(void)state;
	test_hw.HwStartIO = echo_io;

	struct test_port port = test_port_open();

	assert_int_equal(
		videoport_request(port.vp, 1, buffer, 8, 12, &information), ERROR_MORE_DATA);
	assert_int_equal(information, 12);
	assert_int_equal(buffer[0], 13);
	assert_int_equal(videoport_request(port.vp, 1, buffer, 4, 12, NULL), ERROR_MORE_DATA);
	test_port_close(&port);
}

static void nothing(struct test_extension *hw, void *arg)
{
	(void)hw, (void)arg;
}

static void remember_true(struct test_extension *hw, void *arg)
{
	(void)hw;
	*(bool *)arg = true;
}

/* The price of a round trip is worth knowing; it is printed, not judged. */
static void r_082_a_request_is_synchronous(void **state)
{
	struct test_port port = test_port_open();
	bool done = false;
	enum { ROUNDS = 20000 };

	(void)state;
	test_call(&port, remember_true, &done);
	assert_true(done);

	uint64_t start_ns = clock_now_ns();

	for (int i = 0; i < ROUNDS; i++)
		test_call(&port, nothing, NULL);
	print_message(
		"request round trip: %.1f ns\n", (double)(clock_now_ns() - start_ns) / ROUNDS);
	test_port_close(&port);
}

static void request_again(struct test_extension *hw, void *arg)
{
	struct test_port *port = arg;
	struct test_request request = {nothing, NULL};

	(void)hw;
	assert_int_equal(videoport_request(port->vp, TEST_IOCTL_CALL, &request, sizeof(request),
				 sizeof(request), NULL),
		ERROR_INVALID_FUNCTION);
}

static void a_request_from_inside_a_request_is_refused(void **state)
{
	struct test_port port = test_port_open();

	(void)state;
	test_call(&port, request_again, &port);
	test_expect_rule(&port, "requests come from outside");
	test_port_close(&port);
}

static BOOLEAN sloppy_io(PVOID hw, PVIDEO_REQUEST_PACKET packet)
{
	(void)hw;
	packet->StatusBlock->Status = NO_ERROR;
	irql_raise(IRQL_DISPATCH);
	return FALSE;
}

static void what_start_io_leaves_behind_is_recorded(void **state)
{
	struct videoport_event event;

	(void)state;
	test_hw.HwStartIO = sloppy_io;

	struct test_port port = test_port_open();

	assert_int_equal(videoport_request(port.vp, 1, NULL, 0, 0, NULL), NO_ERROR);
	assert_int_equal(irql_current(), IRQL_PASSIVE);
	assert_int_equal(videoport_rule_count(port.vp, RULE_STARTIO_FALSE), 1);
	assert_int_equal(test_events(&port, &event), 2);
	assert_int_equal(event.rule, RULE_CALLBACK_IRQL);
	test_port_close(&port);
}

/* ---- open ------------------------------------------------------------------------------------ */

static void bad_configurations_are_named(void **state)
{
	struct frames *frames = test_frames();
	struct videoport_config good = test_config(frames), bad = good;
	struct videoport *vp = NULL;
	struct err err = ERR_INIT;

	(void)state;
	bad.driver_entry = NULL;
	assert_int_equal(videoport_open(&vp, &bad, &err), -EINVAL);
	assert_int_equal(err.kind, ERR_USAGE);
	bad = good;
	bad.parameter_count = 1;
	assert_int_equal(videoport_open(&vp, &bad, NULL), -EINVAL);
	bad = good;
	bad.frames = NULL;
	assert_int_equal(videoport_open(&vp, &bad, NULL), -EINVAL);

	err = (struct err)ERR_INIT;
	bad = good;
	bad.device_ops = NULL;
	bad.device = "sfot";
	assert_int_equal(videoport_open(&vp, &bad, &err), -EINVAL);
	assert_int_equal(err.kind, ERR_USAGE);
	assert_non_null(strstr(err.message, "sfot"));
	assert_non_null(strstr(err.message, "soft"));

	err = (struct err)ERR_INIT;
	testdev_setup.open_result = -EACCES;
	assert_int_equal(videoport_open(&vp, &good, &err), -EACCES);
	assert_string_equal(err.message, "test device: not today");
	testdev_setup.open_result = 0;

	err = (struct err)ERR_INIT;
	bad = good;
	bad.interrupt_cpu = 100000;
	assert_int_equal(videoport_open(&vp, &bad, &err), -EINVAL);
	assert_non_null(strstr(err.message, "interrupt_cpu"));
	bad.interrupt_cpu = 1000;
	assert_int_equal(videoport_open(&vp, &bad, NULL), -EINVAL);
	assert_int_equal(testdev_setup.live, 0);
	frames_destroy(frames);
}

/* A driver that creates one of each thing and gives all back when told to shut down. */
struct holder {
	PEVENT event;
	PSPIN_LOCK lock;
	PVOID pool;
	PVP_DMA_ADAPTER adapter;
};

static _Thread_local bool holder_keeps;

static void holder_release(PVOID hw)
{
	struct holder *holder = hw;

	if (holder->event)
		VideoPortDeleteEvent(hw, holder->event);
	if (holder->lock)
		VideoPortDeleteSpinLock(hw, holder->lock);
	if (holder->pool)
		VideoPortFreePool(hw, holder->pool);
	if (holder->adapter)
		VideoPortPutDmaAdapter(hw, holder->adapter);
	memset(holder, 0, sizeof(*holder));
}

static VP_STATUS holder_find(
	PVOID hw, PVOID context, PWSTR argument, PVIDEO_PORT_CONFIG_INFO info, PUCHAR again)
{
	struct holder *holder = hw;
	VP_DEVICE_DESCRIPTION description = {
		.ScatterGather = TRUE, .Dma64BitAddresses = TRUE, .MaximumLength = 65536};

	(void)context, (void)argument, (void)info, (void)again;
	if (VideoPortCreateEvent(hw, NOTIFICATION_EVENT, NULL, &holder->event) == NO_ERROR &&
		VideoPortCreateSpinLock(hw, &holder->lock) == NO_ERROR) {
		holder->pool = VideoPortAllocatePool(hw, VpNonPagedPool, 100, 0x74736574);
		holder->adapter = VideoPortGetDmaAdapter(hw, &description);
	}
	if (holder->pool && holder->adapter)
		return NO_ERROR;
	holder_release(hw);
	return ERROR_NOT_ENOUGH_MEMORY;
}

static VP_STATUS holder_power(PVOID hw, ULONG id, PVIDEO_POWER_MANAGEMENT management)
{
	(void)id;
	if (management->PowerState == VideoPowerShutdown && !holder_keeps)
		holder_release(hw);
	return NO_ERROR;
}

static void holder_setup(void)
{
	test_hw.HwFindAdapter = holder_find;
	test_hw.HwSetPowerState = holder_power;
	test_hw.HwTimer = test_timer;
	test_hw.HwDeviceExtensionSize = sizeof(struct holder) + sizeof(struct test_extension);
}

static void open_survives_every_failure(void **state)
{
	struct frames *frames = test_frames();
	struct videoport_config config = test_config(frames);
	unsigned nth = 0;
	int ret;

	(void)state;
	holder_setup();
	do {
		struct videoport *vp = NULL;
		struct videoport_usage leaks;
		struct err err = ERR_INIT;

		fault_arm(++nth, false);
		ret = videoport_open(&vp, &config, &err);

		bool fired = fault_fired() != NULL;

		fault_arm(0, false);
		assert_int_equal(ret < 0, fired);
		if (ret < 0) {
			assert_null(vp);
			assert_int_equal(err.kind, ERR_MISSING);
			assert_true(strlen(err.message) > 0);
		}
		videoport_close(vp, &leaks);
		assert_int_equal(
			leaks.events + leaks.spin_locks + leaks.pool_blocks + leaks.adapters, 0);
		assert_int_equal(testdev_setup.live, 0);
	} while (ret < 0);
	print_message("%u ways to fail\n", nth - 1);
	assert_true(nth > 10);
	frames_destroy(frames);
}

/* ---- close and power ------------------------------------------------------------------------- */

static void close_reports_what_the_driver_kept(void **state)
{
	struct test_port port;
	struct videoport_usage leaks;

	(void)state;
	holder_setup();
	holder_keeps = true;
	port = test_port_open();
	videoport_close(port.vp, &leaks);
	assert_int_equal(leaks.events, 1);
	assert_int_equal(leaks.spin_locks, 1);
	assert_int_equal(leaks.pool_blocks, 1);
	assert_int_equal(leaks.adapters, 1);
	holder_keeps = false;
	frames_destroy(port.frames);
	port = test_port_open();
	videoport_close(port.vp, &leaks);
	assert_int_equal(leaks.events + leaks.spin_locks + leaks.pool_blocks + leaks.adapters, 0);
	frames_destroy(port.frames);
	assert_int_equal(testdev_setup.live, 0);
	videoport_close(NULL, &leaks);
	videoport_close(NULL, NULL);
}

static ULONG power_seen[8];
static int power_seen_count;
static struct testdev *power_dev;

/* What the device had been told when the driver heard of it. */
static enum device_power power_device_then[8];

static VP_STATUS power_order(PVOID hw, ULONG id, PVIDEO_POWER_MANAGEMENT management)
{
	(void)hw;
	assert_int_equal(id, DISPLAY_ADAPTER_HW_ID);
	assert_int_equal(management->Length, sizeof(*management));
	power_device_then[power_seen_count] =
		power_dev->power_count ? power_dev->powers[power_dev->power_count - 1] : DEVICE_D0;
	power_seen[power_seen_count++] = management->PowerState;
	return NO_ERROR;
}

static void the_driver_is_quiet_before_the_device_sleeps(void **state)
{
	(void)state;
	test_hw.HwSetPowerState = power_order;
	power_seen_count = 0;

	struct test_port port = test_port_open();

	power_dev = testdev_of(port.vp);
	assert_int_equal(videoport_power(port.vp, DEVICE_D0, NULL), 0);
	assert_int_equal(power_seen_count, 0);
	assert_int_equal(videoport_power(port.vp, DEVICE_D3, NULL), 0);
	assert_int_equal(videoport_power(port.vp, DEVICE_D0, NULL), 0);
	test_port_close(&port);

	static const ULONG states[] = {
		VideoPowerOff, VideoPowerOn, VideoPowerOff, VideoPowerShutdown};
	static const enum device_power device[] = {DEVICE_D0, DEVICE_D0, DEVICE_D0, DEVICE_D3};

	assert_int_equal(power_seen_count, 4);
	assert_memory_equal(power_seen, states, sizeof(states));
	assert_memory_equal(power_device_then, device, sizeof(device));
}

static void a_busy_driver_stays_in_d0(void **state)
{
	struct test_port port = test_port_open();
	struct err err = ERR_INIT;

	(void)state;
	atomic_store(&port.ext->power_status, ERROR_BUSY);
	assert_int_equal(videoport_power(port.vp, DEVICE_D3, &err), -EBUSY);
	assert_int_equal(err.kind, ERR_WRONG);
	assert_int_equal(testdev_of(port.vp)->power_count, 0);
	atomic_store(&port.ext->power_status, NO_ERROR);
	test_expect_no_events(&port);
	test_port_close(&port);
}

static int resets_by_driver;

static BOOLEAN reset_hw(PVOID hw, ULONG columns, ULONG rows)
{
	(void)hw, (void)columns, (void)rows;
	resets_by_driver++;
	return TRUE;
}

static int device_resets;

static int reset_device(struct device *device)
{
	(void)device;
	device_resets++;
	return 0;
}

static void a_driver_without_power_is_reset(void **state)
{
	struct test_port port = {.frames = test_frames()};
	struct videoport_config config = test_config(port.frames);
	struct device_ops ops = testdev_ops;

	(void)state;
	ops.reset = reset_device;
	config.device_ops = &ops;
	test_hw.HwSetPowerState = NULL;
	test_hw.HwResetHw = reset_hw;
	resets_by_driver = 0;
	device_resets = 0;
	assert_int_equal(videoport_open(&port.vp, &config, NULL), 0);
	test_port_close(&port);
	assert_int_equal(resets_by_driver, 1);
	assert_int_equal(device_resets, 1);
}

/* ---- events, memory -------------------------------------------------------------------------- */

static void log_many(struct test_extension *hw, void *arg)
{
	VIDEO_REQUEST_PACKET packet = {.IoControlCode = 0x232400, .InputBufferLength = 3};

	VideoPortLogError(hw, NULL, ERROR_GEN_FAILURE, 1000);
	VideoPortLogError(hw, &packet, ERROR_INVALID_DATA, 1001);
	for (unsigned i = 0; i < *(unsigned *)arg; i++)
		VideoPortLogError(hw, NULL, ERROR_GEN_FAILURE, i);
}

static void events_keep_order_and_the_oldest(void **state)
{
	struct test_port port = test_port_open();
	struct videoport_event events[VIDEOPORT_EVENTS_MAX + 8];
	unsigned more = VIDEOPORT_EVENTS_MAX + 3;
	uint64_t lost = 0;

	(void)state;
	test_call(&port, log_many, &more);
	assert_int_equal(videoport_events(port.vp, events, 1, &lost), 1);
	assert_int_equal(lost, 5);
	assert_int_equal(events[0].kind, VIDEOPORT_EVENT_LOG);
	assert_int_equal(events[0].status, ERROR_GEN_FAILURE);
	assert_int_equal(events[0].unique_id, 1000);
	assert_non_null(strstr(events[0].message, "testdriver"));
	testdev_of(port.vp)->refusals = 2;
	testdev_of(port.vp)->refusals_lost = 7;
	assert_int_equal(videoport_events(port.vp, events, VIDEOPORT_EVENTS_MAX + 8, &lost),
		VIDEOPORT_EVENTS_MAX - 1 + 2);
	assert_int_equal(lost, 7);
	assert_non_null(strstr(events[0].message, "0x232400"));
	for (unsigned i = 1; i < VIDEOPORT_EVENTS_MAX - 1; i++)
		assert_int_equal(events[i].unique_id, i - 1);
	assert_int_equal(events[VIDEOPORT_EVENTS_MAX].kind, VIDEOPORT_EVENT_DEVICE);
	assert_non_null(strstr(events[VIDEOPORT_EVENTS_MAX].message, "0x5000"));
	test_expect_no_events(&port);
	test_port_close(&port);
}

static void device_memory_is_reached_through_the_port(void **state)
{
	struct test_port port = test_port_open();
	char text[6] = "hello", back[6] = "";

	(void)state;
	assert_int_equal(videoport_memory_write(port.vp, 250, text, 6), 0);
	assert_int_equal(videoport_memory_read(port.vp, 250, back, 6), 0);
	assert_string_equal(back, "hello");
	assert_int_equal(videoport_memory_read(port.vp, 251, back, 6), -ERANGE);
	assert_int_equal(videoport_caps(port.vp)->device_id, 0x0042);
	test_port_close(&port);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_case(r_075_one_request_at_a_time),
		test_case(d_25_a_request_that_sleeps_keeps_the_queue),
		test_case(r_076_an_unknown_code_is_an_invalid_function),
		test_case(status_and_information_come_back),
		test_case(r_082_a_request_is_synchronous),
		test_case(a_request_from_inside_a_request_is_refused),
		test_case(what_start_io_leaves_behind_is_recorded),
		test_case(bad_configurations_are_named),
		test_case(open_survives_every_failure),
		test_case(close_reports_what_the_driver_kept),
		test_case(the_driver_is_quiet_before_the_device_sleeps),
		test_case(a_busy_driver_stays_in_d0),
		test_case(a_driver_without_power_is_reset),
		test_case(events_keep_order_and_the_oldest),
		test_case(device_memory_is_reached_through_the_port),
	};

	return cmocka_run_group_tests_name("port", tests, NULL, NULL);
}
