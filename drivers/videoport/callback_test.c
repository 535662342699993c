// SPDX-License-Identifier: BSD-2-Clause
/*
 * callback_test.c: routines that a driver passes to a function of the port: called before that
 * function returns, with what was passed, and forgotten then.
 */
#include "drivers/videoport/testing.h"

struct seen {
	unsigned calls;
	bool inside; /* the function of the port has not returned */
	pthread_t thread;
	PVOID hw;
	PVP_DMA_ADAPTER adapter;
	PVP_SCATTER_GATHER_LIST list;
	unsigned char *buffer;
};

static void look(struct seen *seen)
{
	assert_true(seen->inside);
	assert_true(pthread_equal(pthread_self(), seen->thread));
	seen->calls++;
}

static BOOLEAN synchronized(PVOID context)
{
	look(context);
	return TRUE;
}

static VP_STATUS registry(PVOID hw, PVOID context, PWSTR name, PVOID data, ULONG len_bytes)
{
	struct seen *seen = context;

	look(seen);
	assert_ptr_equal(hw, seen->hw);
	assert_int_equal(name[0], 'D');
	assert_int_equal(len_bytes, sizeof(ULONG));
	assert_int_equal(*(PULONG)data, 17);
	return NO_ERROR;
}

static VOID execute(PVOID hw, PVP_DMA_ADAPTER adapter, PVP_SCATTER_GATHER_LIST list, PVOID context)
{
	struct seen *seen = context;

	look(seen);
	assert_ptr_equal(hw, seen->hw);
	assert_ptr_equal(adapter, seen->adapter);
	seen->list = list;
}

static void call_back(struct test_extension *hw, void *arg)
{
	static WCHAR name[] = {'D', 'e', 'p', 't', 'h', 0};
	VP_DEVICE_DESCRIPTION description = {
		.ScatterGather = TRUE, .Dma64BitAddresses = TRUE, .MaximumLength = 65536};
	struct seen *seen = arg;
	ULONG len_bytes = 3000;

	seen->hw = hw;
	seen->thread = pthread_self();
	seen->inside = true;
	assert_true(VideoPortSynchronizeExecution(hw, VpHighPriority, synchronized, seen));
	seen->inside = false;
	assert_int_equal(seen->calls, 1);

	seen->inside = true;
	assert_int_equal(VideoPortGetRegistryParameters(hw, name, FALSE, registry, seen), NO_ERROR);
	seen->inside = false;
	assert_int_equal(seen->calls, 2);

	seen->adapter = VideoPortGetDmaAdapter(hw, &description);
	assert_non_null(seen->adapter);

	PVOID mdl = VideoPortLockBuffer(hw, seen->buffer, 4096, VpReadAccess);

	assert_non_null(mdl);
	seen->inside = true;
	assert_int_equal(
		VideoPortStartDma(hw, seen->adapter, mdl, 0, &len_bytes, execute, seen, TRUE),
		NO_ERROR);
	seen->inside = false;
	assert_int_equal(seen->calls, 3);
	assert_int_equal(VideoPortCompleteDma(hw, seen->adapter, seen->list, TRUE), NO_ERROR);
	VideoPortUnlockBuffer(hw, mdl);
	VideoPortPutDmaAdapter(hw, seen->adapter);
}

static void r_070_routines_are_called_inside_the_call_and_then_forgotten(void **state)
{
	static const struct videoport_parameter parameters[] = {{"Depth", 17}};
	struct test_port port = {.frames = test_frames()};
	struct videoport_config config = test_config(port.frames);
	struct seen seen = {0};

	(void)state;
	config.parameters = parameters;
	config.parameter_count = 1;
	assert_int_equal(videoport_open(&port.vp, &config, NULL), 0);
	port.ext = port.vp->extension;
	seen.buffer = aligned_alloc(PAGE_BYTES, PAGE_BYTES);
	assert_non_null(seen.buffer);
	memset(seen.buffer, 0x5a, PAGE_BYTES);
	assert_int_equal(frames_add(port.frames, seen.buffer, PAGE_BYTES, FRAMES_READ_WRITE,
				 &(struct frames_policy){0}, NULL),
		0);
	test_call(&port, call_back, &seen);

	/* What comes later finds no routine to call: look would fail. */
	test_interrupt_once(&port);
	test_expect_no_events(&port);
	assert_int_equal(frames_remove(port.frames, seen.buffer), 0);
	test_port_close(&port);
	free(seen.buffer);
	assert_int_equal(seen.calls, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_case(r_070_routines_are_called_inside_the_call_and_then_forgotten),
	};

	return cmocka_run_group_tests_name("callback", tests, NULL, NULL);
}
