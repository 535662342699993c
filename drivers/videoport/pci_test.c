// SPDX-License-Identifier: BSD-2-Clause
/*
 * pci_test.c: configuration space as a driver reads and writes it: BARs that are sized, fields that stay, and a device that
 * presents itself as another card.
 */
#include "drivers/videoport/testing.h"

static ULONG config_read(PVOID hw, ULONG offset, ULONG bytes)
{
	ULONG value = 0;

	assert_int_equal(
		VideoPortGetBusData(hw, PCIConfiguration, 0, &value, offset, bytes), bytes);
	return value;
}

static void config_write(PVOID hw, ULONG offset, ULONG value, ULONG bytes)
{
	assert_int_equal(
		VideoPortSetBusData(hw, PCIConfiguration, 0, &value, offset, bytes), bytes);
}

#define BAR_AT(slot) (ULONG)(0x10 + 4 * (slot))

/* What a driver reads after it wrote all ones: the size; then what was there is put back. */
static ULONG bar_size_bits(PVOID hw, ULONG slot)
{
	ULONG before = config_read(hw, BAR_AT(slot), 4), bits;

	config_write(hw, BAR_AT(slot), 0xffffffff, 4);
	bits = config_read(hw, BAR_AT(slot), 4);
	config_write(hw, BAR_AT(slot), before, 4);
	assert_int_equal(config_read(hw, BAR_AT(slot), 4), before);
	return bits;
}

static void size_bars(struct test_extension *hw, void *arg)
{
	(void)arg;
	assert_int_equal(bar_size_bits(hw, 0), 0xfffff000);
	assert_int_equal(bar_size_bits(hw, 1), 0xffffff0c);
	assert_int_equal(bar_size_bits(hw, 2), 0xffffffff);
	assert_int_equal(bar_size_bits(hw, 3), 0xfffffff1);
	assert_int_equal(bar_size_bits(hw, 4), 0);
	assert_int_equal(config_read(hw, BAR_AT(3), 4), TESTDEV_PORT | PCI_ADDRESS_IO_SPACE);
	assert_int_equal(config_read(hw, BAR_AT(1), 4),
		TESTDEV_WINDOW | PCI_ADDRESS_MEMORY_64BIT | PCI_ADDRESS_MEMORY_PREFETCHABLE);
}

static void d_23_bars_are_sized_by_all_ones(void **state)
{
	struct test_port port = test_port_open_with_ports();

	(void)state;
	test_call(&port, size_bars, NULL);
	test_expect_no_events(&port);
	test_port_close(&port);
}

static void write_config(struct test_extension *hw, void *arg)
{
	ULONG command = config_read(hw, 4, 2);

	(void)arg;
	config_write(hw, 0, 0x12345678, 4); /* identity stays */
	assert_int_equal(config_read(hw, 0, 4), 0x00421b36);
	config_write(hw, 4, command & ~(ULONG)PCI_ENABLE_BUS_MASTER, 2);
	assert_int_equal(config_read(hw, 4, 2), command & ~(ULONG)PCI_ENABLE_BUS_MASTER);
	config_write(hw, 4, command, 2);
	config_write(hw, 0x0c, 0x2010, 2); /* cache line, latency */
	assert_int_equal(config_read(hw, 0x0c, 2), 0x2010);
	assert_int_equal(
		config_read(hw, 6, 2) & PCI_STATUS_CAPABILITIES_LIST, PCI_STATUS_CAPABILITIES_LIST);
	assert_int_equal(config_read(hw, config_read(hw, 0x34, 1), 2), 0x0001);
	assert_int_equal(config_read(hw, config_read(hw, 0x34, 1) + 4, 2) & 3, 0);
	assert_int_equal(VideoPortSetBusData(hw, PCIConfiguration, 1, &command, 4, 2), 0);
	assert_int_equal(VideoPortSetBusData(hw, Cmos, 0, &command, 4, 2), 0);
	assert_int_equal(VideoPortSetBusData(hw, PCIConfiguration, 0, &command, 254, 4), 2);
}

static void read_only_fields_stay(void **state)
{
	struct test_port port = test_port_open_with_ports();

	(void)state;
	test_call(&port, write_config, NULL);
	test_expect_no_events(&port);
	test_port_close(&port);
}

static void look_like_another(struct test_extension *hw, void *arg)
{
	PCI_COMMON_CONFIG config;
	ULONG vga = 0;

	(void)arg;
	VideoPortGetBusData(hw, PCIConfiguration, 0, &config, 0, sizeof(config));
	assert_int_equal(config.VendorID, 0x5333);
	assert_int_equal(config.DeviceID, 0x8811);
	assert_int_equal(config.RevisionID, 3);
	assert_int_equal(config.u.type0.SubVendorID, 0x5333);
	assert_int_equal(config.u.type0.SubSystemID, 0x1234);
	assert_int_equal(config.BaseClass, 3);
	assert_int_equal(config.SubClass, 0);
	assert_int_equal(VideoPortGetVgaStatus(hw, &vga), NO_ERROR);
	assert_int_equal(vga, DEVICE_VGA_ENABLED);
	assert_true(VideoPortCheckForDeviceExistence(
		hw, 0x5333, 0x8811, 3, 0x5333, 0x1234, CDE_USE_REVISION | CDE_USE_SUBSYSTEM_IDS));
	assert_true(VideoPortCheckForDeviceExistence(hw, 0x5333, 0x8811, 9, 0, 0, 0));
	assert_false(
		VideoPortCheckForDeviceExistence(hw, 0x5333, 0x8811, 9, 0, 0, CDE_USE_REVISION));
	assert_false(VideoPortCheckForDeviceExistence(
		hw, 0x5333, 0x8811, 3, 1, 0x1234, CDE_USE_SUBSYSTEM_IDS));
	assert_false(VideoPortCheckForDeviceExistence(hw, 0x1b36, 0x0042, 0, 0, 0, 0));
}

static void the_device_presents_itself_as_another_card(void **state)
{
	struct test_port port = {.frames = test_frames()};
	struct videoport_config config = test_config(port.frames);

	(void)state;
	config.pci = (struct videoport_pci){.vendor_id = 0x5333,
		.device_id = 0x8811,
		.subsystem_id = 0x1234,
		.revision = 3,
		.class_code = 0x030000};
	assert_int_equal(videoport_open(&port.vp, &config, NULL), 0);
	port.ext = port.vp->extension;
	test_call(&port, look_like_another, NULL);
	test_expect_no_events(&port);
	test_port_close(&port);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_case(d_23_bars_are_sized_by_all_ones),
		test_case(read_only_fields_stay),
		test_case(the_device_presents_itself_as_another_card),
	};

	return cmocka_run_group_tests_name("configuration space", tests, NULL, NULL);
}
