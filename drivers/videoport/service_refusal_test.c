// SPDX-License-Identifier: BSD-2-Clause
/*
 * service_refusal_test.c: services and obsolete functions called with what is no device extension, at a
 * level that is too high, and with arguments that are wrong: each answers with its documented failure.
 */
#include "drivers/videoport/testing.h"

/* Arguments that are right, so that only the extension or the level can be the reason of a refusal. */
static VPOSVERSIONINFO version = {.Size = sizeof(version)};
static VIDEO_X86_BIOS_ARGUMENTS bios;
static VIDEO_ACCESS_RANGE vga_ports = {{{0x3C0, 0}}, 32, 1, 1, 1, 0};
static INTERFACE interface = {.Size = sizeof(interface), .Version = 1};
static VIDEO_REQUEST_PACKET packet;
static PHYSICAL_ADDRESS anywhere = {.QuadPart = UINT32_MAX}, logical;
static PVOID out;
static WCHAR name[] = {'V', 'a', 'l', 'u', 'e', 0};
static UCHAR bytes[128], vga_word[] = "VGA";
static ULONG word, length, space;

static VP_STATUS never_called(PVOID hw, PVOID context, VIDEO_DEVICE_DATA_TYPE type, PVOID id,
	ULONG id_bytes, PVOID data, ULONG data_bytes, PVOID component, ULONG component_bytes)
{
	(void)hw, (void)context, (void)type, (void)id, (void)id_bytes, (void)data, (void)data_bytes;
	(void)component, (void)component_bytes;
	fail_msg("called by a function that was refused");
	return NO_ERROR;
}

/* ---- extension and level ------------------------------------------------------------------------- */

/* Functions for PASSIVE_LEVEL, and whether a call that must be refused was. */
#define CALLS(X)                                                                                   \
	X(GetVersion, VideoPortGetVersion(hw, &version) == ERROR_INVALID_PARAMETER)                \
	X(GetVgaStatus, VideoPortGetVgaStatus(hw, &word) == ERROR_INVALID_PARAMETER)               \
	X(CheckForDeviceExistence,                                                                 \
		!VideoPortCheckForDeviceExistence(hw, 0x1b36, 0x0042, 0, 0, 0, 0))                 \
	X(Int10, VideoPortInt10(hw, &bios) == ERROR_INVALID_PARAMETER)                             \
	X(GetRomImage, !VideoPortGetRomImage(hw, NULL, 0, 65536))                                  \
	X(ScanRom, !VideoPortScanRom(hw, vga_word, sizeof(vga_word), vga_word))                    \
	X(SetTrappedEmulatorPorts,                                                                 \
		VideoPortSetTrappedEmulatorPorts(hw, 1, &vga_ports) == ERROR_INVALID_PARAMETER)    \
	X(GetAgpServices, !VideoPortGetAgpServices(hw, NULL))                                      \
	X(GetDeviceData, VideoPortGetDeviceData(hw, VpMonitorData, never_called, NULL) ==          \
				 ERROR_INVALID_PARAMETER)                                          \
	X(MapBankedMemory, VideoPortMapBankedMemory(hw, anywhere, &length, &space, &out, 65536,    \
				   FALSE, NULL, NULL) == ERROR_INVALID_PARAMETER)                  \
	X(CreateSecondaryDisplay,                                                                  \
		VideoPortCreateSecondaryDisplay(hw, &out, 0) == ERROR_INVALID_PARAMETER)           \
	X(RegisterBugcheckCallback,                                                                \
		VideoPortRegisterBugcheckCallback(hw, 0xEA, NULL, 64) == ERROR_INVALID_PARAMETER)  \
	X(QueryServices, VideoPortQueryServices(hw, VideoPortServicesI2C, &interface) ==           \
				 ERROR_INVALID_PARAMETER)                                          \
	X(EnumerateChildren, VideoPortEnumerateChildren(hw, NULL) == ERROR_INVALID_PARAMETER)      \
	X(DDCMonitorHelper, !VideoPortDDCMonitorHelper(hw, bytes, bytes, sizeof(bytes)))           \
	X(GetCommonBuffer, !VideoPortGetCommonBuffer(hw, 4096, 0, &logical, &word, TRUE))          \
	X(FreeCommonBuffer, (VideoPortFreeCommonBuffer(hw, 4096, bytes, logical, TRUE), true))     \
	X(AllocateContiguousMemory, !VideoPortAllocateContiguousMemory(hw, 64, anywhere))          \
	X(AllocateBuffer, VideoPortAllocateBuffer(hw, 64, &out) == ERROR_INVALID_PARAMETER)        \
	X(ReleaseBuffer, (VideoPortReleaseBuffer(hw, bytes), true))                                \
	X(LockPages, !VideoPortLockPages(hw, &packet, NULL, NULL, VideoPortDmaInitOnly))           \
	X(UnlockPages, VideoPortUnlockPages(hw, NULL)) /* documented to return TRUE */             \
	X(SetRegistryParameters,                                                                   \
		VideoPortSetRegistryParameters(hw, name, bytes, 4) == ERROR_INVALID_PARAMETER)     \
	X(FlushRegistry, VideoPortFlushRegistry(hw) == ERROR_INVALID_PARAMETER)                    \
	X(MapMemory, VideoPortMapMemory(hw, anywhere, &length, &space, &out) ==                    \
			     ERROR_INVALID_PARAMETER)                                              \
	X(UnmapMemory, VideoPortUnmapMemory(hw, bytes, NULL) == ERROR_INVALID_PARAMETER)           \
	X(FreeDeviceBase, (VideoPortFreeDeviceBase(hw, bytes), true))                              \
	X(SetBusData, VideoPortSetBusData(hw, PCIConfiguration, 0, bytes, 0, 4) == 0)

#define CALL(function, was_refused)                                                                \
	static bool call_##function(PVOID hw)                                                      \
	{                                                                                          \
		return was_refused;                                                                \
	}
CALLS(CALL)

#define ROW(function, was_refused) {#function, call_##function},
static const struct {
	const char *name;
	bool (*refused)(PVOID hw);
} calls[] = {CALLS(ROW)};

#define CALL_COUNT (sizeof(calls) / sizeof(calls[0]))

/* Each call is refused and breaks @rule once. */
static void expect_refusals(struct test_extension *hw, PVOID extension, unsigned rule)
{
	struct videoport *vp = videoport_from_extension(hw);

	for (size_t i = 0; i < CALL_COUNT; i++) {
		uint64_t before = videoport_rule_count(vp, rule);

		if (!calls[i].refused(extension))
			fail_msg("VideoPort%s did not refuse", calls[i].name);
		if (videoport_rule_count(vp, rule) != before + 1)
			fail_msg("VideoPort%s: rule %u was not broken once", calls[i].name, rule);
	}
}

static void call_with_strangers(struct test_extension *hw, void *arg)
{
	(void)arg;
	for (unsigned i = 0; i < TEST_STRANGERS; i++)
		expect_refusals(hw, test_stranger(i), RULE_EXTENSION_UNKNOWN);
}

static void call_at_dispatch(struct test_extension *hw, void *arg)
{
	unsigned level = irql_raise(IRQL_DISPATCH);

	(void)arg;
	expect_refusals(hw, hw, RULE_IRQL_HIGH);
	irql_lower(level);
}

/* Nothing was done: what the calls could have made or taken back is as before. */
static void expect_nothing_held(struct test_port *port)
{
	struct videoport_usage usage;

	videoport_usage(port->vp, &usage);
	assert_int_equal(usage.adapters + usage.buffers + usage.locks + usage.common_bytes, 0);
	assert_int_equal(usage.common_bytes_peak, 0);
}

static void services_refuse_what_is_no_extension(void **state)
{
	struct test_port port = test_port_open();

	(void)state;
	test_call(&port, call_with_strangers, NULL);
	expect_nothing_held(&port);
	test_port_close(&port);
}

static void rule_601_broken_services_at_dispatch(void **state)
{
	struct test_port port = test_port_open();

	(void)state;
	test_call(&port, call_at_dispatch, NULL);
	assert_int_equal(videoport_rule_count(port.vp, RULE_IRQL_HIGH), CALL_COUNT);
	expect_nothing_held(&port);
	test_port_close(&port);
}

/* Outside every driver there is no port to tell. */
static void a_thread_of_no_port_is_refused_too(void **state)
{
	(void)state;
	for (size_t i = 0; i < CALL_COUNT; i++)
		if (!calls[i].refused(NULL))
			fail_msg("VideoPort%s did not refuse", calls[i].name);
	VideoPortLogError(NULL, NULL, ERROR_GEN_FAILURE, 1);
	assert_null(VideoPortDbgReportCreate(NULL, 0xEA, 0, 0, 0, 0));
	assert_int_equal(VideoPortEnableInterrupt(NULL), ERROR_INVALID_FUNCTION);
	assert_int_equal(VideoPortDisableInterrupt(NULL), ERROR_INVALID_FUNCTION);
	assert_null(VideoPortDoDma(NULL, NULL, VideoPortUnlockAfterDma));
}

/* ---- arguments ------------------------------------------------------------------------------------ */

static void give_wrong_arguments(struct test_extension *hw, void *arg)
{
	INTERFACE small = {.Size = sizeof(small) - 1};
	VIDEO_PORT_DEBUG_REPORT_INTERFACE report = {.Size = sizeof(report) - 1, .Version = 1};
	VIDEO_REQUEST_PACKET empty = {.InputBuffer = bytes};

	(void)arg;
	assert_int_equal(VideoPortGetVersion(hw, NULL), ERROR_INVALID_PARAMETER);
	assert_int_equal(VideoPortGetVgaStatus(hw, NULL), ERROR_INVALID_PARAMETER);
	assert_int_equal(VideoPortInt10(hw, NULL), ERROR_INVALID_PARAMETER);
	assert_false(VideoPortScanRom(hw, NULL, 4, vga_word));
	assert_false(VideoPortScanRom(hw, vga_word, 4, NULL));
	assert_int_equal(VideoPortSetTrappedEmulatorPorts(hw, 1, NULL), ERROR_INVALID_PARAMETER);
	assert_int_equal(VideoPortSetTrappedEmulatorPorts(hw, 0, NULL), NO_ERROR);
	assert_int_equal(VideoPortCreateSecondaryDisplay(hw, NULL, 0), ERROR_INVALID_PARAMETER);
	assert_int_equal(VideoPortEnumerateChildren(hw, bytes), ERROR_INVALID_PARAMETER);
	assert_int_equal(
		VideoPortQueryServices(hw, VideoPortServicesI2C, &small), ERROR_INVALID_PARAMETER);
	assert_int_equal(VideoPortQueryServices(hw, VideoPortServicesDebugReport, (PVOID)&report),
		ERROR_INVALID_PARAMETER);
	assert_false(VideoPortDbgReportSecondaryData(NULL, bytes, 4));
	VideoPortDbgReportComplete(NULL);
	assert_false(VideoPortLockPages(hw, NULL, NULL, NULL, VideoPortDmaInitOnly));
	assert_false(VideoPortLockPages(hw, &empty, NULL, NULL, VideoPortDmaInitOnly));
	assert_false(VideoPortDDCMonitorHelper(hw, bytes, NULL, sizeof(bytes)));
	assert_false(VideoPortDDCMonitorHelper(hw, bytes, bytes, 0));
	VideoPortDebugPrint(Error, NULL);
}

static void wrong_arguments_are_refused(void **state)
{
	struct test_port port = test_port_open();

	(void)state;
	test_call(&port, give_wrong_arguments, NULL);
	expect_nothing_held(&port);
	test_port_close(&port);
}

static void give_no_buffer(struct test_extension *hw, void *arg)
{
	(void)arg;
	assert_int_equal(VideoPortAllocateBuffer(hw, 64, NULL), ERROR_INVALID_PARAMETER);
}

static void rule_801_broken_no_place_for_the_buffer(void **state)
{
	struct test_port port = test_port_open();

	(void)state;
	test_call(&port, give_no_buffer, NULL);
	assert_int_equal(videoport_rule_count(port.vp, RULE_POOL_ARGUMENT), 1);
	test_port_close(&port);
}

/* ---- which device is there ---------------------------------------------------------------------- */

static void look_for_devices(struct test_extension *hw, void *arg)
{
	PCI_COMMON_CONFIG config;

	(void)arg;
	assert_int_equal(VideoPortGetBusData(hw, PCIConfiguration, 0, &config, 0, sizeof(config)),
		sizeof(config));

	USHORT vendor = config.VendorID, device = config.DeviceID;
	USHORT subvendor = config.u.type0.SubVendorID, subsystem = config.u.type0.SubSystemID;
	UCHAR revision = config.RevisionID, other = (UCHAR)(revision + 1);
	const ULONG ids = CDE_USE_SUBSYSTEM_IDS, rev = CDE_USE_REVISION;

#define THERE(v, d, r, sv, ss, flags)                                                              \
	VideoPortCheckForDeviceExistence(                                                          \
		hw, (USHORT)(v), (USHORT)(d), r, (USHORT)(sv), (USHORT)(ss), flags)
	assert_true(THERE(vendor, device, other, 0, 0, 0));
	assert_false(THERE(vendor + 1, device, revision, subvendor, subsystem, 0));
	assert_false(THERE(vendor, device + 1, revision, subvendor, subsystem, 0));
	assert_true(THERE(vendor, device, revision, 0, 0, rev));
	assert_false(THERE(vendor, device, other, 0, 0, rev));
	assert_true(THERE(vendor, device, other, subvendor, subsystem, ids));
	assert_false(THERE(vendor, device, other, subvendor + 1, subsystem, ids));
	assert_false(THERE(vendor, device, other, subvendor, subsystem + 1, ids));
	assert_true(THERE(vendor, device, revision, subvendor, subsystem, ids | rev));
#undef THERE
}

static void a_device_is_found_by_what_the_flags_ask_for(void **state)
{
	struct test_port port = test_port_open();

	(void)state;
	test_call(&port, look_for_devices, NULL);
	test_expect_no_events(&port);
	test_port_close(&port);
}

static void ask_vga(struct test_extension *hw, void *arg)
{
	assert_int_equal(VideoPortGetVgaStatus(hw, arg), NO_ERROR);
}

static ULONG vga_status_of(uint32_t class_code)
{
	struct test_port port = {.frames = test_frames()};
	struct videoport_config config = test_config(port.frames);
	ULONG status = 9;

	config.pci.class_code = class_code;
	assert_int_equal(videoport_open(&port.vp, &config, NULL), 0);
	port.ext = port.vp->extension;
	test_call(&port, ask_vga, &status);
	test_port_close(&port);
	return status;
}

static void vga_is_what_the_class_says(void **state)
{
	(void)state;
	assert_int_equal(vga_status_of(0x030000), DEVICE_VGA_ENABLED);
	assert_int_equal(vga_status_of(0x030100), 0); /* XGA */
	assert_int_equal(vga_status_of(0x038000), 0);
}

static VOID bugcheck(PVOID hw, ULONG code, PUCHAR buffer, ULONG buffer_bytes)
{
	(void)hw, (void)code, (void)buffer, (void)buffer_bytes;
}

static void register_bugcheck(struct test_extension *hw, void *arg)
{
	struct videoport *vp = arg;

	assert_int_equal(VideoPortRegisterBugcheckCallback(hw, 0xEA, bugcheck, 512), NO_ERROR);
	assert_int_equal(vp->services.bugcheck_bytes, 512);
	assert_int_equal(VideoPortRegisterBugcheckCallback(hw, 0xEA, NULL, 512), NO_ERROR);
	assert_int_equal(vp->services.bugcheck_bytes, 0);
}

static void a_bugcheck_callback_is_kept_until_it_is_taken_back(void **state)
{
	struct test_port port = test_port_open();

	(void)state;
	test_call(&port, register_bugcheck, port.vp);
	test_expect_no_events(&port);
	test_port_close(&port);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_case(services_refuse_what_is_no_extension),
		test_case(rule_601_broken_services_at_dispatch),
		test_case(a_thread_of_no_port_is_refused_too),
		test_case(wrong_arguments_are_refused),
		test_case(rule_801_broken_no_place_for_the_buffer),
		test_case(a_device_is_found_by_what_the_flags_ask_for),
		test_case(vga_is_what_the_class_says),
		test_case(a_bugcheck_callback_is_kept_until_it_is_taken_back),
	};

	return cmocka_run_group_tests_name("refusal of services", tests, NULL, NULL);
}
