// SPDX-License-Identifier: BSD-2-Clause
/*
 * services_testing.c: between miniport and port: each call of a service that may fail is a fault point of its own, told apart by
 * where it returns to. And a driver that uses the services which the shipped ones leave alone.
 */
#include "bench/tests/failnth/services.h"

#include "bench/tests/failnth/failnth.h"
#include "drivers/videoport/testing.h"

/* ---- refusals ----------------------------------------------------------------------------------------------------- */

_Thread_local const void *failnth_caller;

static bool refused(const char *service, const void *caller)
{
	failnth_caller = caller;
	const bool refused = fault_point(service);

	failnth_caller = NULL;
	if (refused)
		failnth_sites_refused(caller);
	return refused;
}

/* The real service behind its refusal. @refusal: what it returns then. */
#define SERVICE(type, name, refusal, parameters, arguments)                                        \
	type NTAPI __real_##name parameters;                                                       \
	type NTAPI __wrap_##name parameters;                                                       \
	type NTAPI __wrap_##name parameters                                                        \
	{                                                                                          \
		if (refused(#name, __builtin_return_address(0)))                                   \
			return refusal;                                                            \
		return __real_##name arguments;                                                    \
	}

SERVICE(VP_STATUS, VideoPortGetAccessRanges, ERROR_NOT_ENOUGH_MEMORY,
	(PVOID a, ULONG b, PIO_RESOURCE_DESCRIPTOR c, ULONG d, PVIDEO_ACCESS_RANGE e, PVOID f,
		PVOID g, PULONG h),
	(a, b, c, d, e, f, g, h))
SERVICE(PVOID, VideoPortGetDeviceBase, NULL, (PVOID a, PHYSICAL_ADDRESS b, ULONG c, UCHAR d),
	(a, b, c, d))
SERVICE(VP_STATUS, VideoPortGetRegistryParameters, ERROR_NOT_ENOUGH_MEMORY,
	(PVOID a, PCWSTR b, UCHAR c, PMINIPORT_GET_REGISTRY_ROUTINE d, PVOID e), (a, b, c, d, e))
SERVICE(PVOID, VideoPortAllocatePool, NULL, (PVOID a, VP_POOL_TYPE b, SIZE_T c, ULONG d),
	(a, b, c, d))
SERVICE(VP_STATUS, VideoPortCreateSpinLock, ERROR_NOT_ENOUGH_MEMORY, (PVOID a, PSPIN_LOCK *b),
	(a, b))
SERVICE(VP_STATUS, VideoPortCreateEvent, ERROR_NOT_ENOUGH_MEMORY,
	(PVOID a, ULONG b, PVOID c, PEVENT *d), (a, b, c, d))
SERVICE(PVP_DMA_ADAPTER, VideoPortGetDmaAdapter, NULL, (PVOID a, PVP_DEVICE_DESCRIPTION b), (a, b))
SERVICE(PVOID, VideoPortAllocateCommonBuffer, NULL,
	(PVOID a, PVP_DMA_ADAPTER b, ULONG c, PPHYSICAL_ADDRESS d, BOOLEAN e, PVOID f),
	(a, b, c, d, e, f))
SERVICE(PVOID, VideoPortLockBuffer, NULL, (PVOID a, PVOID b, ULONG c, VP_LOCK_OPERATION d),
	(a, b, c, d))
SERVICE(VP_STATUS, VideoPortStartDma, ERROR_NOT_ENOUGH_MEMORY,
	(PVOID a, PVP_DMA_ADAPTER b, PVOID c, ULONG d, PULONG e, PEXECUTE_DMA f, PVOID g,
		BOOLEAN h),
	(a, b, c, d, e, f, g, h))

/* ---- a driver of everything else ------------------------------------------------------------------------------------- */

static VIDEO_ACCESS_RANGE vga_ranges[] = {
	{{{0x3B0, 0}}, 0xC, 1, 1, 1, 0},
	{{{0x3C0, 0}}, 0x20, 1, 1, 1, 0},
	{{{0xA0000, 0}}, 0x20000, 0, 1, 1, 0},
};

/* A status that a service refuses with, or none. */
static bool taken(VP_STATUS status)
{
	assert_true(status == NO_ERROR || status == ERROR_NOT_ENOUGH_MEMORY ||
		    status == ERROR_INVALID_PARAMETER);
	assert_true(status == NO_ERROR || fault_fired());
	return status == NO_ERROR;
}

static bool had(const void *object)
{
	assert_true(object || fault_fired());
	return object != NULL;
}

static VP_STATUS everything_find(
	PVOID hw, PVOID context, PWSTR argument, PVIDEO_PORT_CONFIG_INFO info, PUCHAR again)
{
	PHYSICAL_ADDRESS text = {{0xB8000, 0}}, highest = {.QuadPart = 0xFFFFFFFF};
	const VP_STATUS status = test_find(hw, context, argument, info, again);
	PVOID memory;

	if (status != NO_ERROR) {
		assert_non_null(fault_fired());
		return status;
	}
	/* A card goes on without its text mode; it does not without what it needs for good. */
	if (taken(VideoPortVerifyAccessRanges(hw, 3, vga_ranges))) {
		memory = VideoPortGetDeviceBase(hw, text, 4000, VIDEO_MEMORY_SPACE_MEMORY);
		if (had(memory))
			VideoPortFreeDeviceBase(hw, memory);
	}
	return had(VideoPortAllocateContiguousMemory(hw, 10000, highest)) ? NO_ERROR
	                                                                  : ERROR_NOT_ENOUGH_MEMORY;
}

static void use_objects(struct test_extension *hw)
{
	PSPIN_LOCK lock = NULL;
	PEVENT event = NULL;
	PVOID pool = VideoPortAllocatePool(hw, VpNonPagedPool, 100, 0), buffer = NULL;

	if (had(pool))
		VideoPortFreePool(hw, pool);
	if (taken(VideoPortCreateSpinLock(hw, &lock)))
		VideoPortDeleteSpinLock(hw, lock);
	if (taken(VideoPortCreateEvent(hw, 0, NULL, &event)))
		VideoPortDeleteEvent(hw, event);
	if (taken(VideoPortAllocateBuffer(hw, 1000, &buffer)))
		VideoPortReleaseBuffer(hw, buffer);
}

static VP_STATUS value_take(PVOID hw, PVOID context, PWSTR name, PVOID data, ULONG len_bytes)
{
	(void)hw, (void)name;
	assert_int_equal(len_bytes, sizeof(ULONG));
	memcpy(context, data, sizeof(ULONG));
	return NO_ERROR;
}

static void use_registry(struct test_extension *hw)
{
	static WCHAR name[] = {'D', 'e', 'p', 't', 'h', 0};
	ULONG value = 17, found = 0;

	if (!taken(VideoPortSetRegistryParameters(hw, name, &value, sizeof(value))))
		return;
	if (taken(VideoPortGetRegistryParameters(hw, name, FALSE, value_take, &found)))
		assert_int_equal(found, 17);
}

static void use_old_dma(struct test_extension *hw, void *memory)
{
	VIDEO_REQUEST_PACKET packet = {
		.InputBuffer = (char *)memory + 100, .InputBufferLength = 9000};
	PHYSICAL_ADDRESS logical;
	PVOID va = VideoPortGetCommonBuffer(hw, 5000, 0, &logical, NULL, FALSE);

	if (had(va))
		VideoPortFreeCommonBuffer(hw, 5000, va, logical, FALSE);
	const bool locked = VideoPortLockPages(hw, &packet, NULL, NULL, VideoPortDmaInitOnly);

	assert_true(locked || fault_fired());
	if (locked)
		assert_true(VideoPortUnlockPages(hw, (PDMA)packet.OutputBuffer));
}

static void use_all(struct test_extension *hw, void *memory)
{
	use_objects(hw);
	use_registry(hw);
	use_old_dma(hw, memory);
}

static VP_STATUS monitor_child(PVOID hw, PVIDEO_CHILD_ENUM_INFO info, PVIDEO_CHILD_TYPE type,
	PUCHAR descriptor, PULONG id, PULONG unused)
{
	(void)hw, (void)descriptor, (void)unused;
	if (info->ChildIndex != 1)
		return VIDEO_ENUM_NO_MORE_DEVICES;
	*type = Monitor;
	*id = 0x101;
	return VIDEO_ENUM_MORE_DEVICES;
}

static void everything_setup(void)
{
	test_reset(NULL);
	testdev_setup.ports = true;
	test_hw.HwFindAdapter = everything_find;
	test_hw.HwTimer = test_timer;
	test_hw.HwGetVideoChildDescriptor = monitor_child;
	test_hw.HwChildDeviceExtensionSize = 64;
}

/* With what the port needs to check it by, so that the checks' memory fails too. */
static int everything_open(struct test_port *port, struct err *err)
{
	struct videoport_config config;
	int rc = frames_create(&port->frames, &(struct frames_config){.seed = 1}, err);

	if (rc)
		return rc;
	config = test_config(port->frames);
	config.verify = true;
	rc = videoport_open(&port->vp, &config, err);
	if (rc == 0)
		port->ext = port->vp->extension;
	return rc;
}

static void children_count(struct test_port *port)
{
	struct videoport_child child[4];
	const int count = videoport_children(port->vp, child, 4);

	assert_true(count == 1 || (count == -ENOMEM && fault_fired()));
}

static void *requester_memory(struct test_port *port)
{
	const struct frames_policy policy = {.fragmentation = 1.0, .high = 0.5};
	void *memory = aligned_alloc(PAGE_BYTES, 4 * PAGE_BYTES);
	struct err err = ERR_INIT;

	assert_non_null(memory);
	memset(memory, 0, 4 * PAGE_BYTES);
	const int rc = frames_add(
		port->frames, memory, 4 * PAGE_BYTES, FRAMES_READ_WRITE, &policy, &err);

	if (rc == 0)
		return memory;
	failnth_refused(rc, &err);
	assert_int_equal(
		frames_add(port->frames, memory, 4 * PAGE_BYTES, FRAMES_READ_WRITE, &policy, NULL),
		0);
	return memory;
}

static void port_use(struct test_port *port)
{
	void *memory = requester_memory(port);

	for (unsigned round = 0; round < 2; round++) {
		test_call(port, use_all, memory);
		children_count(port);
		/* All of it once more, and now it must work. */
		failnth_rest();
	}
	frames_remove(port->frames, memory);
	free(memory);
}

static void port_end(struct test_port *port)
{
	struct videoport_usage leaks;

	videoport_close(port->vp, &leaks);
	frames_destroy(port->frames);
	assert_int_equal(leaks.events + leaks.spin_locks + leaks.pool_blocks + leaks.adapters +
				 leaks.buffers + leaks.locks + leaks.common_bytes,
		0);
	assert_int_equal(testdev_setup.live, 0);
}

void services_run(const void *arg)
{
	struct test_port port = {.vp = NULL};
	struct err err = ERR_INIT;

	(void)arg;
	everything_setup();
	int rc = everything_open(&port, &err);

	if (rc) {
		failnth_refused(rc, &err);
		frames_destroy(port.frames);
		port = (struct test_port){.vp = NULL};
		assert_int_equal(everything_open(&port, &err), 0);
	}
	port_use(&port);
	port_end(&port);
}
