// SPDX-License-Identifier: BSD-2-Clause
/* audit_test.c: what a driver leaves behind is found at unload, thing by thing, and can still be read. */
#include "drivers/videoport/testing.h"

#define TAG 0x74736574u /* 'test' */

/* The test driver keeps its registers mapped; most tests here would rather it did not. */
static struct test_port open_tidy(bool verify)
{
	struct test_port port = test_port_open_as(verify);

	VideoPortFreeDeviceBase(port.ext, port.ext->registers);
	test_expect_no_events(&port);
	return port;
}

static PVP_DMA_ADAPTER adapter_get(struct test_port *port)
{
	VP_DEVICE_DESCRIPTION description = {
		.ScatterGather = TRUE, .Dma64BitAddresses = TRUE, .MaximumLength = 65536};
	PVP_DMA_ADAPTER adapter = VideoPortGetDmaAdapter(port->ext, &description);

	assert_non_null(adapter);
	return adapter;
}

static VOID NTAPI keep_list(
	PVOID hw, PVP_DMA_ADAPTER adapter, PVP_SCATTER_GATHER_LIST list, PVOID context)
{
	(void)hw, (void)adapter;
	*(PVP_SCATTER_GATHER_LIST *)context = list;
}

/* A page of the requester's, with a frame. */
static unsigned char *requester_page(struct test_port *port)
{
	struct frames_policy policy = {.fragmentation = 0};
	unsigned char *page = aligned_alloc(PAGE_BYTES, PAGE_BYTES);

	assert_non_null(page);
	assert_int_equal(
		frames_add(port->frames, page, PAGE_BYTES, FRAMES_READ_WRITE, &policy, NULL), 0);
	return page;
}

/* Makes one of everything and, if @give_back, gives it back. */
static void one_of_everything(struct test_port *port, unsigned char *page, bool give_back)
{
	PVP_DMA_ADAPTER adapter = adapter_get(port);
	PVP_SCATTER_GATHER_LIST list = NULL;
	PHYSICAL_ADDRESS logical, bus = port->ext->range[0].RangeStart;
	ULONG length = 100, io = VIDEO_MEMORY_SPACE_MEMORY, window = 4096;
	PVOID common = VideoPortAllocateCommonBuffer(port->ext, adapter, 100, &logical, TRUE, NULL);
	PVOID mdl = VideoPortLockBuffer(port->ext, page, 100, VpReadAccess);
	PVOID block = VideoPortAllocatePool(port->ext, VpNonPagedPool, 100, TAG);
	PVOID base = VideoPortGetDeviceBase(port->ext, bus, 4, VIDEO_MEMORY_SPACE_MEMORY);
	PVOID mapped = NULL;
	PSPIN_LOCK lock = test_lock(port);
	PEVENT event = test_event(port);

	assert_non_null(common);
	assert_non_null(mdl);
	assert_non_null(block);
	assert_non_null(base);
	assert_int_equal(VideoPortMapMemory(port->ext, bus, &window, &io, &mapped), NO_ERROR);
	assert_int_equal(
		VideoPortStartDma(port->ext, adapter, mdl, 0, &length, keep_list, &list, TRUE),
		NO_ERROR);
	if (!give_back)
		return;
	VideoPortCompleteDma(port->ext, adapter, list, TRUE);
	VideoPortUnlockBuffer(port->ext, mdl);
	VideoPortReleaseCommonBuffer(port->ext, adapter, 100, logical, common, TRUE);
	VideoPortPutDmaAdapter(port->ext, adapter);
	VideoPortFreePool(port->ext, block);
	VideoPortFreeDeviceBase(port->ext, base);
	VideoPortUnmapMemory(port->ext, mapped, NULL);
	VideoPortDeleteSpinLock(port->ext, lock);
	VideoPortDeleteEvent(port->ext, event);
}

static const unsigned leak_rules[] = {108, 214, 312, 418, 707, 712, 808, 910, 913};
#define LEAK_RULES (sizeof(leak_rules) / sizeof(leak_rules[0]))

static void rule_108_214_312_418_707_712_808_910_913_broken_by_leaving_everything(void **state)
{
	struct test_port port = open_tidy(true);
	unsigned char *page = requester_page(&port);
	struct videoport_event event;
	unsigned count = 0;

	(void)state;
	one_of_everything(&port, page, false);
	test_expect_no_events(&port);
	videoport_stop(port.vp);
	for (size_t i = 0; i < LEAK_RULES; i++)
		assert_int_equal(videoport_rule_count(port.vp, leak_rules[i]), 1);
	for (; videoport_events(port.vp, &event, 1, NULL); count++) {
		assert_int_equal(event.kind, VIDEOPORT_EVENT_RULE);
		assert_non_null(strstr(event.message, "at unload: "));
		assert_non_null(strstr(event.origin, "made at"));
	}
	assert_int_equal(count, LEAK_RULES);
	test_port_close(&port);
	free(page);
}

static void rule_108_214_312_418_707_712_808_910_913_kept_by_giving_everything_back(void **state)
{
	struct test_port port = open_tidy(true);
	unsigned char *page = requester_page(&port);

	(void)state;
	one_of_everything(&port, page, true);
	videoport_stop(port.vp);
	test_expect_no_events(&port);
	test_port_close(&port);
	free(page);
}

static uint64_t buffer_leaks(bool give_back)
{
	struct test_port port = open_tidy(true);
	PVOID buffer = NULL;
	uint64_t count;

	assert_int_equal(VideoPortAllocateBuffer(port.ext, 100, &buffer), NO_ERROR);
	if (give_back)
		VideoPortReleaseBuffer(port.ext, buffer);
	videoport_stop(port.vp);
	count = videoport_rule_count(port.vp, RULE_BUFFER_LEAK);
	test_port_close(&port);
	return count;
}

static void rule_809_broken_a_buffer_is_left(void **state)
{
	(void)state;
	assert_int_equal(buffer_leaks(false), 1);
}

static void rule_809_kept_the_buffer_is_released(void **state)
{
	(void)state;
	assert_int_equal(buffer_leaks(true), 0);
}

/* Only where things were made is not known then. */
static void the_audit_needs_no_verifier(void **state)
{
	struct test_port port = open_tidy(false);
	unsigned char *page = requester_page(&port);

	(void)state;
	one_of_everything(&port, page, false);
	videoport_stop(port.vp);
	for (size_t i = 0; i < LEAK_RULES; i++)
		assert_int_equal(videoport_rule_count(port.vp, leak_rules[i]), 1);
	assert_int_equal(test_events(&port, NULL), LEAK_RULES);
	test_port_close(&port);
	free(page);
}

/* The log has an end, counting has none. */
static void more_is_counted_than_the_log_keeps(void **state)
{
	struct test_port port = open_tidy(true);
	struct videoport_event events[VIDEOPORT_EVENTS_MAX];
	const unsigned blocks = VIDEOPORT_EVENTS_MAX + 100;
	uint64_t lost;

	(void)state;
	for (unsigned i = 0; i < blocks; i++)
		assert_non_null(VideoPortAllocatePool(port.ext, VpNonPagedPool, 8, TAG));
	videoport_stop(port.vp);
	assert_int_equal(videoport_rule_count(port.vp, 808), blocks);
	assert_int_equal(videoport_events(port.vp, events, VIDEOPORT_EVENTS_MAX, &lost),
		VIDEOPORT_EVENTS_MAX);
	assert_int_equal(lost, 100);
	test_port_close(&port);
}

static void stop_happens_once_and_close_does_the_rest(void **state)
{
	struct test_port port = open_tidy(true);
	struct videoport_adapter_account account;
	struct videoport_usage usage, leaks;

	(void)state;
	adapter_get(&port);
	videoport_stop(port.vp);
	videoport_stop(port.vp);
	assert_int_equal(port.ext->power_count, 2); /* off, shutdown */
	test_expect_broken(&port, 108);
	/* What there was can still be looked at. */
	videoport_usage(port.vp, &usage);
	assert_int_equal(usage.adapters, 1);
	assert_int_equal(videoport_adapters(port.vp, &account, 1), 1);
	assert_int_equal(videoport_caps(port.vp)->device_id, 0x0042);
	videoport_close(port.vp, &leaks);
	assert_int_equal(leaks.adapters, 1);
	frames_destroy(port.frames);
	assert_int_equal(testdev_setup.live, 0);
}

/* What the device was refused is told before what is left, and is not forgotten by the unload. */
static void refusals_are_collected_at_unload(void **state)
{
	struct test_port port = open_tidy(true);

	(void)state;
	testdev_of(port.vp)->refusals = 3;
	videoport_stop(port.vp);
	assert_int_equal(videoport_rule_count(port.vp, 501), 3);
	assert_int_equal(test_events(&port, NULL), 3);
	test_port_close(&port);
}

/* A request is followed by a look at the device's refusals, while the verifier is on. */
static void nothing(struct test_extension *hw, void *arg)
{
	(void)hw, (void)arg;
}

static void refusals_are_collected_after_requests(void **state)
{
	(void)state;
	for (unsigned verify = 0; verify < 2; verify++) {
		struct test_port port = open_tidy(verify);

		testdev_of(port.vp)->refusals = 1;
		test_call(&port, nothing, NULL);
		assert_int_equal(videoport_rule_count(port.vp, 501), verify);
		test_expect_broken(&port, 501);
		test_port_close(&port);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_case(rule_108_214_312_418_707_712_808_910_913_broken_by_leaving_everything),
		test_case(rule_108_214_312_418_707_712_808_910_913_kept_by_giving_everything_back),
		test_case(rule_809_broken_a_buffer_is_left),
		test_case(rule_809_kept_the_buffer_is_released),
		test_case(the_audit_needs_no_verifier),
		test_case(more_is_counted_than_the_log_keeps),
		test_case(stop_happens_once_and_close_does_the_rest),
		test_case(refusals_are_collected_at_unload),
		test_case(refusals_are_collected_after_requests),
	};

	return cmocka_run_group_tests_name("audit at unload", tests, NULL, NULL);
}
