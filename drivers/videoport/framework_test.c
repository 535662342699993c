// SPDX-License-Identifier: BSD-2-Clause
/*
 * framework_test.c: loading a driver: VideoPortInitialize, HwVidFindAdapter, resources, registry,
 * exports.
 */
#include "drivers/videoport/testing.h"

/* ---- VideoPortInitialize --------------------------------------------------------------------- */

static int open_status(struct err *err)
{
	struct frames *frames = test_frames();
	struct videoport_config config = test_config(frames);
	struct videoport *vp = NULL;

	*err = (struct err)ERR_INIT;

	int ret = videoport_open(&vp, &config, err);

	videoport_close(vp, NULL);
	frames_destroy(frames);
	assert_int_equal(testdev_setup.live, 0);
	return ret;
}

static void three_generations_of_the_structure_load(void **state)
{
	const LONG sizes[] = {SIZE_OF_NT4_VIDEO_HW_INITIALIZATION_DATA,
		SIZE_OF_W2K_VIDEO_HW_INITIALIZATION_DATA, SIZE_OF_WXP_VIDEO_HW_INITIALIZATION_DATA};
	struct err err;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		test_hw.HwInitDataSize = (ULONG)sizes[i];
		assert_int_equal(open_status(&err), 0);
	}
}

static void any_other_size_is_refused(void **state)
{
	const ULONG sizes[] = {0, 63, 65, 139, 141, 143, 145, 1000};
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		test_hw.HwInitDataSize = sizes[i];
		assert_int_equal(open_status(&err), -EPROTO);
		assert_int_equal(err.kind, ERR_WRONG);
		assert_non_null(strstr(err.message, "HwInitDataSize"));
	}
}

static void the_three_callbacks_are_required(void **state)
{
	struct err err;

	(void)state;
	test_hw.HwFindAdapter = NULL;
	assert_int_equal(open_status(&err), -EPROTO);
	test_reset(NULL);
	test_hw.HwInitialize = NULL;
	assert_int_equal(open_status(&err), -EPROTO);
	test_reset(NULL);
	test_hw.HwStartIO = NULL;
	assert_int_equal(open_status(&err), -EPROTO);
}

static void fields_behind_the_given_size_are_not_read(void **state)
{
	struct err err;

	(void)state;
	/* HwStartDma and what follows lie behind the NT4 size. */
	test_hw.HwInitDataSize = (ULONG)SIZE_OF_NT4_VIDEO_HW_INITIALIZATION_DATA;
	test_hw.HwSetPowerState = (PVIDEO_HW_POWER_SET)(uintptr_t)0xdead;
	assert_int_equal(open_status(&err), 0);
}

static uint32_t retrying_entry(void *context1, void *context2)
{
	test_hw.HwInitDataSize = 1000;
	assert_int_not_equal(VideoPortInitialize(context1, context2, &test_hw, NULL), 0);
	assert_int_not_equal(VideoPortInitialize(context1, context1, &test_hw, NULL), 0);
	assert_int_not_equal(VideoPortInitialize(NULL, NULL, &test_hw, NULL), 0);
	test_hw.HwInitDataSize = (ULONG)SIZE_OF_W2K_VIDEO_HW_INITIALIZATION_DATA;

	uint32_t status = VideoPortInitialize(context1, context2, &test_hw, NULL);

	assert_int_equal(status, 0);
	assert_int_not_equal(VideoPortInitialize(context1, context2, &test_hw, NULL), 0);
	return status;
}

static uint32_t silent_entry(void *context1, void *context2)
{
	(void)context1, (void)context2;
	return 0;
}

static void a_driver_may_retry_with_an_older_size(void **state)
{
	struct frames *frames = test_frames();
	struct videoport_config config = test_config(frames);
	struct videoport *vp = NULL;
	struct err err = ERR_INIT;

	(void)state;
	config.driver_entry = retrying_entry;
	assert_int_equal(videoport_open(&vp, &config, &err), 0);
	videoport_close(vp, NULL);
	config.driver_entry = silent_entry;
	assert_int_equal(videoport_open(&vp, &config, &err), -EPROTO);
	assert_null(vp);
	frames_destroy(frames);
}

/* ---- HwVidFindAdapter ------------------------------------------------------------------------ */

static VIDEO_PORT_CONFIG_INFO seen_info;
static bool initialized;

static VP_STATUS find_looks(
	PVOID hw, PVOID context, PWSTR argument, PVIDEO_PORT_CONFIG_INFO info, PUCHAR again)
{
	static const struct test_extension zero;

	seen_info = *info;
	assert_memory_equal(hw, &zero, sizeof(zero));
	assert_int_equal((uintptr_t)hw % CACHE_LINE_BYTES, 0);
	assert_int_equal(VideoPortGetCurrentIrql(), 0);
	return test_find(hw, context, argument, info, again);
}

static void find_adapter_gets_a_filled_configuration(void **state)
{
	static const WCHAR tail[] = L"\\testdriver";

	(void)state;
	test_hw.HwFindAdapter = find_looks;

	struct test_port port = test_port_open();

	assert_int_equal(seen_info.Length, sizeof(seen_info));
	assert_int_equal(seen_info.AdapterInterfaceType, PCIBus);
	assert_int_not_equal(seen_info.BusInterruptLevel, 0);
	assert_int_not_equal(seen_info.BusInterruptVector, 0);
	assert_true(seen_info.SystemMemorySize >= 64u << 20);
	assert_true(seen_info.Master);

	size_t len = 0;

	while (seen_info.DriverRegistryPath[len])
		len++;
	assert_memory_equal(&seen_info.DriverRegistryPath[len - 11], tail, sizeof(tail));
	test_port_close(&port);

	testdev_setup.no_irq = true;
	port = test_port_open();
	assert_int_equal(seen_info.BusInterruptLevel, 0);
	assert_int_equal(seen_info.BusInterruptVector, 0);
	test_port_close(&port);
}

static BOOLEAN initialize_marks(PVOID hw)
{
	(void)hw;
	initialized = true;
	return TRUE;
}

static VP_STATUS find_result;

static VP_STATUS find_fails(
	PVOID hw, PVOID context, PWSTR argument, PVIDEO_PORT_CONFIG_INFO info, PUCHAR again)
{
	test_find(hw, context, argument, info, again);
	((struct test_extension *)hw)->registers[0] = 0xffffffff;
	VideoPortLogError(hw, NULL, find_result, 0x77);
	return find_result;
}

static int resets_seen;

static int reset_counts(struct device *device)
{
	(void)device;
	resets_seen++;
	return 0;
}

static void r_081_nothing_is_initialized_before_hw_initialize(void **state)
{
	struct frames *frames = test_frames();
	struct videoport_config config = test_config(frames);
	struct device_ops ops = testdev_ops;
	struct videoport *vp = NULL;

	(void)state;
	ops.reset = reset_counts;
	config.device_ops = &ops;
	test_hw.HwFindAdapter = find_fails;
	test_hw.HwInitialize = initialize_marks;

	static const struct {
		VP_STATUS status;
		int ret;
		enum err_kind kind;
	} cases[] = {
		{ERROR_DEV_NOT_EXIST, -ENODEV, ERR_MISSING},
		{ERROR_INVALID_PARAMETER, -EINVAL, ERR_USAGE},
		{ERROR_NOT_ENOUGH_MEMORY, -ENOMEM, ERR_MISSING},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct err err = ERR_INIT;

		initialized = false;
		resets_seen = 0;
		find_result = cases[i].status;
		assert_int_equal(videoport_open(&vp, &config, &err), cases[i].ret);
		assert_null(vp);
		assert_int_equal(err.kind, cases[i].kind);
		assert_non_null(strstr(err.message, "id 0x77"));
		/* A failed search may have probed: the device is as after power-on again. */
		assert_false(initialized);
		assert_int_equal(resets_seen, 1);
	}
	frames_destroy(frames);
}

static BOOLEAN initialize_fails(PVOID hw)
{
	(void)hw;
	return FALSE;
}

static void a_failed_initialize_is_reported(void **state)
{
	struct err err;

	(void)state;
	test_hw.HwInitialize = initialize_fails;
	assert_int_equal(open_status(&err), -ENODEV);
	assert_non_null(strstr(err.message, "HwVidInitialize"));
}

static void remember(struct test_extension *hw, void *arg)
{
	hw->user = arg;
}

static void r_080_each_adapter_has_an_extension_of_its_own(void **state)
{
	(void)state;
	struct test_port first = test_port_open();
	struct test_port second = {.frames = test_frames()};
	struct videoport_config config = test_config(second.frames);

	assert_int_equal(videoport_open(&second.vp, &config, NULL), 0);
	second.ext = second.vp->extension;
	assert_ptr_not_equal(first.ext, second.ext);
	test_call(&first, remember, &first);
	assert_null(second.ext->user);
	test_call(&second, remember, &second);
	assert_ptr_equal(first.ext->user, &first);
	assert_ptr_equal(second.ext->user, &second);
	assert_ptr_equal(videoport_from_extension(first.ext), first.vp);
	assert_null(videoport_from_extension(NULL));
	videoport_close(second.vp, NULL);
	frames_destroy(second.frames);
	test_port_close(&first);
}

static void r_080_exports_are_found_by_exact_name(void **state)
{
	(void)state;
	test_hw.HwFindAdapter = find_looks;

	struct test_port port = test_port_open();
	PVIDEO_PORT_GET_PROC_ADDRESS find = seen_info.VideoPortGetProcAddress;
	char name[] = "VideoPortStartDma", wrong[] = "VideoPortstartDma";

	assert_ptr_equal(find(port.ext, (PUCHAR)name), (PVOID)(uintptr_t)VideoPortStartDma);
	assert_null(find(port.ext, (PUCHAR)wrong));
	assert_null(find(NULL, (PUCHAR)name));
	assert_null(find(port.ext, NULL));
	test_port_close(&port);
}

/* ---- resources ------------------------------------------------------------------------------- */

static VP_STATUS find_ranges(
	PVOID hw, PVOID context, PWSTR argument, PVIDEO_PORT_CONFIG_INFO info, PUCHAR again)
{
	VIDEO_ACCESS_RANGE range[2];
	USHORT vendor = 0x1b36, other = 0x10de, device = 0x0042;
	ULONG slot = 99;
	PHYSICAL_ADDRESS address = {.QuadPart = 0xfe000000};

	(void)context, (void)argument, (void)info, (void)again;
	assert_null(VideoPortGetDeviceBase(hw, address, 4, 0)); /* nothing claimed yet: recorded */
	assert_int_equal(VideoPortGetAccessRanges(hw, 0, NULL, 2, range, &other, NULL, NULL),
		ERROR_DEV_NOT_EXIST);
	assert_int_equal(
		VideoPortGetAccessRanges(hw, 0, NULL, 2, range, &vendor, &device, &slot), NO_ERROR);
	assert_int_equal(slot, 0);
	assert_int_equal(range[0].RangeStart.QuadPart, 0xfe000000);
	assert_int_equal(range[0].RangeLength, PAGE_BYTES);
	assert_int_equal(range[0].RangeInIoSpace, 0);
	assert_int_equal(range[1].RangeLength, 0);
	assert_int_equal(VideoPortVerifyAccessRanges(hw, 1, range), NO_ERROR);
	range[0].RangeLength++;
	assert_int_equal(VideoPortVerifyAccessRanges(hw, 1, range), ERROR_INVALID_PARAMETER);
	assert_non_null(VideoPortGetDeviceBase(hw, address, PAGE_BYTES, 0));
	assert_null(VideoPortGetDeviceBase(hw, address, PAGE_BYTES + 1, 0));
	assert_null(VideoPortGetDeviceBase(hw, address, 4, VIDEO_MEMORY_SPACE_IO));

	PHYSICAL_ADDRESS inside = {.QuadPart = 0xfe000010}, below = {.QuadPart = 0xfdffffff};
	PUCHAR base = VideoPortGetDeviceBase(hw, address, 4, 0);

	assert_ptr_equal(VideoPortGetDeviceBase(hw, inside, 4, 0), base + 0x10);
	assert_null(VideoPortGetDeviceBase(hw, below, 4, 0));
	assert_null(VideoPortGetDeviceBase(hw, inside, PAGE_BYTES - 0xf, 0)); /* a byte too far */
	VideoPortFreeDeviceBase(hw, base + 0x10);
	VideoPortFreeDeviceBase(hw, base);
	VideoPortFreeDeviceBase(hw, base);
	VideoPortFreeDeviceBase(hw, base); /* once too often: recorded */
	assert_int_equal(
		VideoPortGetAccessRanges(hw, 0, NULL, 0, NULL, NULL, NULL, NULL), NO_ERROR);
	assert_null(VideoPortGetDeviceBase(hw, address, 4, 0)); /* released: recorded */
	return NO_ERROR;
}

static void claim_late(struct test_extension *hw, void *arg)
{
	VIDEO_ACCESS_RANGE range[2];

	(void)arg;
	assert_int_equal(VideoPortGetAccessRanges(hw, 0, NULL, 2, range, NULL, NULL, NULL),
		ERROR_INVALID_PARAMETER);
}

static void access_ranges_are_the_bars(void **state)
{
	(void)state;
	test_hw.HwFindAdapter = find_ranges;

	struct test_port port = test_port_open();

	assert_int_equal(test_events(&port, NULL), 7);
	test_call(&port, claim_late, NULL);
	test_expect_rule(&port, "outside HwVidFindAdapter");
	test_port_close(&port);
}

static void read_config_space(struct test_extension *hw, void *arg)
{
	PCI_COMMON_CONFIG config;
	USHORT device = 0, vendor = 0;

	(void)arg;
	assert_int_equal(VideoPortGetBusData(hw, PCIConfiguration, 0, &config, 0, sizeof(config)),
		sizeof(config));
	assert_int_equal(config.VendorID, 0x1b36);
	assert_int_equal(config.BaseClass, 3);
	assert_int_equal(config.SubClass, 0x80);
	assert_int_equal(config.u.type0.BaseAddresses[0], 0xfe000000);
	assert_true(config.Command & PCI_ENABLE_BUS_MASTER);
	assert_int_equal(VideoPortGetBusData(hw, PCIConfiguration, 0, &device, 2, 2), 2);
	assert_int_equal(device, 0x0042);
	assert_int_equal(VideoPortGetBusData(hw, PCIConfiguration, 0, &config, 250, 100), 6);
	assert_int_equal(VideoPortGetBusData(hw, PCIConfiguration, 0, &config, 256, 1), 0);
	assert_int_equal(VideoPortGetBusData(hw, PCIConfiguration, 3, &vendor, 0, 2), 2);
	assert_int_equal(vendor, PCI_INVALID_VENDORID);
	assert_int_equal(VideoPortGetBusData(hw, Cmos, 0, &config, 0, 1), 0);
}

static void bus_data_shows_the_device(void **state)
{
	(void)state;
	struct test_port port = test_port_open();

	test_call(&port, read_config_space, NULL);
	test_expect_no_events(&port);
	test_port_close(&port);
}

/* ---- registry -------------------------------------------------------------------------------- */

static VP_STATUS take_value(PVOID hw, PVOID context, PWSTR name, PVOID data, ULONG len)
{
	(void)hw;
	assert_int_equal(name[0], 'R');
	assert_int_equal(len, sizeof(ULONG));
	memcpy(context, data, sizeof(ULONG));
	return NO_ERROR;
}

static void read_registry(struct test_extension *hw, void *arg)
{
	ULONG value = 0;

	(void)arg;
	assert_int_equal(
		VideoPortGetRegistryParameters(hw, L"RingEntries", FALSE, take_value, &value),
		NO_ERROR);
	assert_int_equal(value, 512);
	value = 0;
	assert_int_equal(
		VideoPortGetRegistryParameters(hw, L"ringentries", FALSE, take_value, &value),
		NO_ERROR);
	assert_int_equal(value, 512);
	assert_int_equal(
		VideoPortGetRegistryParameters(hw, L"RingEntrie", FALSE, take_value, &value),
		ERROR_INVALID_PARAMETER);
	assert_int_equal(
		VideoPortGetRegistryParameters(hw, L"RingEntriesX", FALSE, take_value, &value),
		ERROR_INVALID_PARAMETER);
	assert_int_equal(VideoPortGetRegistryParameters(hw, L"", FALSE, take_value, &value),
		ERROR_INVALID_PARAMETER);
}

static void registry_values_are_found_by_name(void **state)
{
	struct test_port port = {.frames = test_frames()};
	struct videoport_config config = test_config(port.frames);
	char name[] = "RingEntries";
	struct videoport_parameter parameters[] = {{"Other", 1}, {name, 512}};

	(void)state;
	config.parameters = parameters;
	config.parameter_count = 2;
	assert_int_equal(videoport_open(&port.vp, &config, NULL), 0);
	/* The port has copies. */
	memset(name, 'x', sizeof(name) - 1);
	memset(parameters, 0, sizeof(parameters));
	test_call(&port, read_registry, NULL);
	test_expect_no_events(&port);
	test_port_close(&port);
}

/* ---- messages -------------------------------------------------------------------------------- */

static char printed[64];

static void print_sink(void *user, unsigned level, const char *message)
{
	*(unsigned *)user = level;
	strncpy(printed, message, sizeof(printed) - 1);
}

static void debug_print_goes_to_the_sink(void **state)
{
	unsigned level = 99;

	(void)state;
	VideoPortDebugPrint(Error, "nobody listens %d\n", 1);
	videoport_debug_sink(print_sink, &level, Warn);
	VideoPortDebugPrint(Warn, "ring %d\n", 5);
	assert_string_equal(printed, "ring 5\n");
	assert_int_equal(level, Warn);
	/* The dialect's widths; the host's compiler would take them for its own. */
	void (*print)(VIDEO_DEBUG_LEVEL, PCSTR, ...) = VideoPortDebugPrint;

	print(Warn, "%lx|%08lX|%I64x|%-4d|%c|%hd|%Iu", 0xFFFFFFFFu, 0x12, 0x123456789AULL, 7, 'c',
		-3, (SIZE_T)1 << 40);
	assert_string_equal(printed, "ffffffff|00000012|123456789a|7   |c|-3|1099511627776");
	print(Warn, "%S %ws %ls %s %*d %% %y", L"wide", L"w\x00e9", L"l", (char *)NULL, 3, 5);
	assert_string_equal(printed, "wide w? l (null)   5 % y");
	print(Warn, "%p", (void *)0);
	assert_string_equal(printed, "(nil)");
	VideoPortDebugPrint(Warn, "ring %d\n", 5);
	VideoPortDebugPrint(Trace, "too fine\n");
	assert_string_equal(printed, "ring 5\n");
	videoport_debug_sink(NULL, NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_case(three_generations_of_the_structure_load),
		test_case(any_other_size_is_refused),
		test_case(the_three_callbacks_are_required),
		test_case(fields_behind_the_given_size_are_not_read),
		test_case(a_driver_may_retry_with_an_older_size),
		test_case(find_adapter_gets_a_filled_configuration),
		test_case(r_081_nothing_is_initialized_before_hw_initialize),
		test_case(a_failed_initialize_is_reported),
		test_case(r_080_each_adapter_has_an_extension_of_its_own),
		test_case(r_080_exports_are_found_by_exact_name),
		test_case(access_ranges_are_the_bars),
		test_case(bus_data_shows_the_device),
		test_case(registry_values_are_found_by_name),
		test_case(debug_print_goes_to_the_sink),
	};

	return cmocka_run_group_tests_name("framework", tests, NULL, NULL);
}
