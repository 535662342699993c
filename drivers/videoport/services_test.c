// SPDX-License-Identifier: BSD-2-Clause
/*
 * services_test.c: version, services, and what the host asks of a driver: children, reset, interfaces. I2C
 * is in i2c_test.c.
 */
#include "drivers/videoport/testing.h"

/* ---- other services -------------------------------------------------------------------------------- */

static void ask_services(struct test_extension *hw, void *arg)
{
	VIDEO_PORT_INT10_INTERFACE interface = {.Size = sizeof(interface), .Version = 1};
	static const VIDEO_PORT_SERVICES refused[] = {VideoPortServicesHeadless,
		VideoPortServicesInt10, VideoPortServicesWCMemoryProtection};

	(void)arg;
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(VideoPortQueryServices(hw, refused[i], (PVOID)&interface),
			ERROR_NOT_SUPPORTED);
	assert_int_equal(VideoPortQueryServices(hw, VideoPortServicesAGP, (PVOID)&interface),
		ERROR_DEV_NOT_EXIST);
	assert_int_equal(VideoPortQueryServices(hw, (VIDEO_PORT_SERVICES)77, (PVOID)&interface),
		ERROR_INVALID_PARAMETER);
	assert_int_equal(
		VideoPortQueryServices(hw, VideoPortServicesI2C, NULL), ERROR_INVALID_PARAMETER);
}

static void what_a_process_cannot_offer_is_refused(void **state)
{
	struct test_port port = test_port_open();

	(void)state;
	test_call(&port, ask_services, NULL);
	test_expect_no_events(&port);
	test_port_close(&port);
}

static void report(struct test_extension *hw, void *arg)
{
	VIDEO_PORT_DEBUG_REPORT_INTERFACE interface = {.Size = sizeof(interface), .Version = 1};
	PVIDEO_DEBUG_REPORT made;

	(void)arg;
	assert_int_equal(
		VideoPortQueryServices(hw, VideoPortServicesDebugReport, (PVOID)&interface),
		NO_ERROR);
	made = interface.DbgReportCreate(hw, 0xEA, 1, 2, 3, 4);
	assert_non_null(made);
	assert_null(interface.DbgReportCreate(hw, 0xEB, 0, 0, 0, 0)); /* one at a time */
	assert_true(interface.DbgReportSecondaryData(made, &interface, 100));
	assert_false(interface.DbgReportSecondaryData(
		made, &interface, VIDEO_DEBUG_REPORT_MAX_SIZE - 99));
	interface.DbgReportComplete(made);
	interface.DbgReportComplete(made);

	/* The interface is made of the functions of the same names. */
	made = VideoPortDbgReportCreate(hw, 0xEC, 1, 2, 3, 4);
	assert_non_null(made);
	assert_true(VideoPortDbgReportSecondaryData(made, &interface, 8));
	VideoPortDbgReportComplete(made);
	interface.Version = 9;
	assert_int_equal(
		VideoPortQueryServices(hw, VideoPortServicesDebugReport, (PVOID)&interface),
		ERROR_INVALID_PARAMETER);
}

static void a_debug_report_is_a_message_of_the_driver(void **state)
{
	struct test_port port = test_port_open();
	struct videoport_event event = {.message = ""};

	(void)state;
	test_call(&port, report, NULL);
	assert_int_equal(test_events(&port, &event), 2);
	assert_int_equal(event.kind, VIDEOPORT_EVENT_LOG);
	assert_int_equal(event.unique_id, 0xEA);
	assert_non_null(strstr(event.message, "100 bytes"));
	test_port_close(&port);
}

static void ask_small_things(struct test_extension *hw, void *arg)
{
	VPOSVERSIONINFO version = {.Size = sizeof(version)};
	VIDEO_X86_BIOS_ARGUMENTS bios = {.Eax = 0x4F02};
	VIDEO_PORT_AGP_SERVICES agp;
	VIDEO_ACCESS_RANGE range = {{{0x3C0, 0}}, 32, 1, 1, 1, 0};
	PHYSICAL_ADDRESS address = {{0xA0000, 0}};
	ULONG vga = 9, length = 65536, space = 0;
	char rom[] = "....IBM VGA....", name[] = "VGA", other[] = "EGA";
	PVOID secondary = hw;

	(void)arg;
	assert_int_equal(VideoPortGetVersion(hw, &version), NO_ERROR);
	assert_int_equal(version.MajorVersion * 10 + version.MinorVersion, 51);
	assert_int_equal(version.BuildNumber, 2600);
	version.Size = 4;
	assert_int_equal(VideoPortGetVersion(hw, &version), ERROR_INVALID_PARAMETER);
	assert_int_equal(VideoPortInt10(hw, &bios), ERROR_NOT_SUPPORTED);
	assert_int_equal(bios.Eax, 0x4F02);
	assert_null(VideoPortGetRomImage(hw, NULL, 0, 65536));
	assert_true(VideoPortScanRom(hw, (PUCHAR)rom, sizeof(rom), (PUCHAR)name));
	assert_false(VideoPortScanRom(hw, (PUCHAR)rom, sizeof(rom), (PUCHAR)other));
	assert_false(VideoPortScanRom(hw, (PUCHAR)rom, 9, (PUCHAR)name));
	assert_int_equal(VideoPortGetVgaStatus(hw, &vga), NO_ERROR);
	assert_int_equal(vga, 0);
	assert_int_equal(VideoPortSetTrappedEmulatorPorts(hw, 1, &range), NO_ERROR);
	range.RangeInIoSpace = 0;
	assert_int_equal(VideoPortSetTrappedEmulatorPorts(hw, 1, &range), ERROR_INVALID_PARAMETER);
	assert_true(VideoPortIsNoVesa());
	assert_false(VideoPortGetAgpServices(hw, &agp));
	assert_int_equal(VideoPortMapBankedMemory(hw, address, &length, &space, &secondary, 65536,
				 FALSE, NULL, NULL),
		ERROR_INVALID_PARAMETER);
	assert_int_equal(VideoPortCreateSecondaryDisplay(hw, &secondary, 0), ERROR_NOT_SUPPORTED);
	assert_null(secondary);
	assert_null(VideoPortGetAssociatedDeviceExtension(hw));
	assert_int_equal(VideoPortGetAssociatedDeviceID(hw), 0);
	assert_int_equal(VideoPortRegisterBugcheckCallback(hw, 0xEA, NULL, 4096), NO_ERROR);
	assert_int_equal(
		VideoPortRegisterBugcheckCallback(hw, 0xEA, NULL, 0x8000), ERROR_INVALID_PARAMETER);
	assert_int_equal(VideoPortEnumerateChildren(hw, NULL), ERROR_INVALID_PARAMETER);
}

static void small_services_answer_as_documented(void **state)
{
	struct test_port port = test_port_open();

	(void)state;
	test_call(&port, ask_small_things, NULL);
	test_expect_no_events(&port);
	test_port_close(&port);
}

/* ---- what the host asks ------------------------------------------------------------------------------ */

static VP_STATUS child_descriptor(PVOID hw, PVIDEO_CHILD_ENUM_INFO info, PVIDEO_CHILD_TYPE type,
	PUCHAR descriptor, PULONG id, PULONG unused)
{
	ULONG *visits = info->ChildHwDeviceExtension;

	(void)hw, (void)unused;
	assert_int_equal(info->Size, sizeof(*info));
	assert_int_equal(VideoPortGetCurrentIrql(), 0);
	if (info->ChildIndex == 2)
		return VIDEO_ENUM_INVALID_DEVICE;
	if (info->ChildIndex > 3)
		return VIDEO_ENUM_NO_MORE_DEVICES;
	assert_true(info->ChildDescriptorSize >= 128);
	++*visits;
	*type = info->ChildIndex == 1 ? Monitor : Other;
	descriptor[0] = (UCHAR)*visits;
	*id = 0x100 + info->ChildIndex;
	return VIDEO_ENUM_MORE_DEVICES;
}

static void enumerate_inside(struct test_extension *hw, void *arg)
{
	(void)arg;
	assert_int_equal(VideoPortEnumerateChildren(hw, NULL), NO_ERROR);
}

static void children_are_enumerated(void **state)
{
	struct videoport_child child[4];
	struct test_port port = test_port_open();

	(void)state;
	assert_int_equal(videoport_children(port.vp, child, 4), -ENOTSUP);
	test_port_close(&port);
	test_hw.HwGetVideoChildDescriptor = child_descriptor;
	test_hw.HwChildDeviceExtensionSize = sizeof(ULONG);
	port = test_port_open();
	assert_int_equal(videoport_children(port.vp, child, 4), 2);
	assert_int_equal(child[0].type, Monitor);
	assert_int_equal(child[0].id, 0x101);
	assert_int_equal(child[1].type, Other);
	assert_int_equal(child[1].id, 0x103);
	test_call(&port, enumerate_inside, NULL);
	/* The child's extension lives on: this is the third visit. */
	assert_int_equal(videoport_children(port.vp, child, 1), 2);
	assert_int_equal(child[0].descriptor[0], 3);
	test_expect_no_events(&port);
	test_port_close(&port);
	port = test_port_open();
	fault_arm(1, false);
	assert_int_equal(videoport_children(port.vp, child, 4), -ENOMEM);
	fault_arm(0, false);
	test_port_close(&port);
	test_hw.HwChildDeviceExtensionSize = 0xFFFFFFF0;
	port = test_port_open();
	assert_int_equal(videoport_children(port.vp, child, 4), -ENOMEM);
	test_port_close(&port);
}

static BOOLEAN reset_hw(PVOID hw, ULONG columns, ULONG rows)
{
	(void)hw;
	return columns == 80 && rows == 25;
}

static void a_reset_says_whether_it_was_done(void **state)
{
	struct test_port port = test_port_open();

	(void)state;
	assert_int_equal(videoport_reset_hw(port.vp, 80, 25), -ENOTSUP);
	test_port_close(&port);
	test_hw.HwResetHw = reset_hw;
	port = test_port_open();
	assert_int_equal(videoport_reset_hw(port.vp, 80, 25), 1);
	assert_int_equal(videoport_reset_hw(port.vp, 40, 25), 0);
	test_port_close(&port);
}

static const GUID known = {1, 2, 3, {4}}, unknown = {5, 6, 7, {8}};

static VP_STATUS query_interface(PVOID hw, PQUERY_INTERFACE query)
{
	if (memcmp(query->InterfaceType, &known, sizeof(known)) != 0)
		return ERROR_INVALID_FUNCTION;
	assert_int_equal(query->Version, 3);
	query->Interface->Context = hw;
	return NO_ERROR;
}

static void an_interface_is_asked_for_by_its_guid(void **state)
{
	INTERFACE interface = {.Size = sizeof(interface)};
	struct test_port port = test_port_open();
	int32_t status;

	(void)state;
	assert_int_equal(videoport_query_interface(
				 port.vp, &known, 3, &interface, sizeof(interface), &status),
		-ENOTSUP);
	test_port_close(&port);
	test_hw.HwQueryInterface = query_interface;
	port = test_port_open();
	assert_int_equal(videoport_query_interface(
				 port.vp, &known, 3, &interface, sizeof(interface), &status),
		0);
	assert_ptr_equal(interface.Context, port.ext);
	assert_int_equal(videoport_query_interface(
				 port.vp, &unknown, 3, &interface, sizeof(interface), &status),
		-ENOENT);
	assert_int_equal(status, ERROR_INVALID_FUNCTION);
	test_port_close(&port);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_case(what_a_process_cannot_offer_is_refused),
		test_case(a_debug_report_is_a_message_of_the_driver),
		test_case(small_services_answer_as_documented),
		test_case(children_are_enumerated),
		test_case(a_reset_says_whether_it_was_done),
		test_case(an_interface_is_asked_for_by_its_guid),
	};

	return cmocka_run_group_tests_name("services", tests, NULL, NULL);
}
