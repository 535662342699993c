// SPDX-License-Identifier: BSD-2-Clause
/*
 * resource_test.c: access ranges, device bases and mapped memory, and the verifier's rules about claiming and mapping.
 * What is done with a claimed port is ports_test.c, configuration space pci_test.c.
 */
#include "drivers/videoport/testing.h"

/* ---- ranges ---------------------------------------------------------------------------------- */

static void ranges_are_the_bars_in_their_spaces(void **state)
{
	struct test_port port = test_port_open_with_ports();
	const VIDEO_ACCESS_RANGE *range = port.ext->range;

	(void)state;
	assert_int_equal(range[0].RangeStart.QuadPart, 0xfe000000);
	assert_int_equal(range[0].RangeInIoSpace, 0);
	assert_int_equal(range[1].RangeStart.QuadPart, TESTDEV_WINDOW);
	assert_int_equal(range[1].RangeLength, 256);
	assert_int_equal(range[1].RangeInIoSpace, 0);
	assert_int_equal(range[2].RangeStart.QuadPart, TESTDEV_PORT);
	assert_int_equal(range[2].RangeLength, TESTDEV_PORT_BYTES);
	assert_int_equal(range[2].RangeInIoSpace, 1);
	assert_int_equal(range[3].RangeLength, 0);
	test_expect_no_events(&port);
	test_port_close(&port);
}

static VP_STATUS (*find_body)(PVOID hw);

static VP_STATUS find_with(
	PVOID hw, PVOID context, PWSTR argument, PVIDEO_PORT_CONFIG_INFO info, PUCHAR again)
{
	(void)context, (void)argument, (void)info, (void)again;
	return find_body(hw);
}

/* Opens a driver whose HwVidFindAdapter is @body. */
static struct test_port open_finding(VP_STATUS (*body)(PVOID hw))
{
	find_body = body;
	test_hw.HwFindAdapter = find_with;
	return test_port_open_with_ports();
}

static VP_STATUS find_too_few(PVOID hw)
{
	VIDEO_ACCESS_RANGE range[3];

	for (ULONG room = 1; room < 3; room++)
		assert_int_equal(
			VideoPortGetAccessRanges(hw, 0, NULL, room, range, NULL, NULL, NULL),
			ERROR_MORE_DATA);
	assert_int_equal(
		VideoPortGetAccessRanges(hw, 0, NULL, 3, range, NULL, NULL, NULL), NO_ERROR);
	return NO_ERROR;
}

static void too_small_an_array_is_more_data(void **state)
{
	struct test_port port = open_finding(find_too_few);

	(void)state;
	test_expect_no_events(&port);
	test_port_close(&port);
}

static IO_RESOURCE_DESCRIPTOR request_of(UCHAR type, ULONG length, uint64_t least, uint64_t most)
{
	IO_RESOURCE_DESCRIPTOR request = {.Type = type};

	request.u.Generic.Length = length;
	request.u.Generic.MinimumAddress.QuadPart = (LONGLONG)least;
	request.u.Generic.MaximumAddress.QuadPart = (LONGLONG)most;
	return request;
}

static VP_STATUS find_requested(PVOID hw)
{
	VIDEO_ACCESS_RANGE range[3];
	IO_RESOURCE_DESCRIPTOR wanted[] = {
		request_of(CmResourceTypeInterrupt, 0, 0, 0),
		request_of(CmResourceTypePort, 12, 0x3B0, 0x3BB),
		request_of(CmResourceTypePort, 8, 0, 0xFFFF),
		request_of(CmResourceTypeMemory, 128, 0xE0000000, 0xEFFFFFFF),
	};
	IO_RESOURCE_DESCRIPTOR foreign = request_of(CmResourceTypePort, 4, 0x4AE8, 0x4AEB);

	assert_int_equal(VideoPortGetAccessRanges(hw, 1, &foreign, 3, range, NULL, NULL, NULL),
		ERROR_INVALID_PARAMETER);
	assert_int_equal(VideoPortGetAccessRanges(hw, 4, NULL, 3, range, NULL, NULL, NULL),
		ERROR_INVALID_PARAMETER);
	assert_int_equal(VideoPortGetAccessRanges(hw, 4, wanted, 2, range, NULL, NULL, NULL),
		ERROR_MORE_DATA);
	assert_int_equal(
		VideoPortGetAccessRanges(hw, 4, wanted, 3, range, NULL, NULL, NULL), NO_ERROR);
	assert_int_equal(range[0].RangeStart.QuadPart, 0x3B0);
	assert_int_equal(range[0].RangeInIoSpace, 1);
	assert_int_equal(range[1].RangeStart.QuadPart, TESTDEV_PORT);
	assert_int_equal(range[1].RangeLength, 8);
	assert_int_equal(range[2].RangeStart.QuadPart, TESTDEV_WINDOW);
	assert_int_equal(range[2].RangeInIoSpace, 0);
	return NO_ERROR;
}

static void requested_resources_are_given(void **state)
{
	struct test_port port = open_finding(find_requested);

	(void)state;
	test_expect_no_events(&port);
	test_port_close(&port);
}

static VIDEO_ACCESS_RANGE vga_ranges[] = {
	{{{0x3B0, 0}}, 0xC, 1, 1, 1, 0},
	{{{0x3C0, 0}}, 0x20, 1, 1, 1, 0},
	{{{0xA0000, 0}}, 0x20000, 0, 1, 1, 0},
};

static VP_STATUS find_vga(PVOID hw)
{
	VIDEO_ACCESS_RANGE foreign = {{{0x2E8, 0}}, 8, 1, 1, 0, 0};
	VIDEO_ACCESS_RANGE range[3];
	PHYSICAL_ADDRESS text = {{0xB8000, 0}};
	PUCHAR memory;

	assert_int_equal(
		VideoPortGetAccessRanges(hw, 0, NULL, 3, range, NULL, NULL, NULL), NO_ERROR);
	assert_int_equal(VideoPortVerifyAccessRanges(hw, 1, &foreign), ERROR_INVALID_PARAMETER);
	assert_int_equal(VideoPortVerifyAccessRanges(hw, 3, vga_ranges), NO_ERROR);
	memory = VideoPortGetDeviceBase(hw, text, 4000, VIDEO_MEMORY_SPACE_MEMORY);
	assert_non_null(memory);
	VideoPortWriteRegisterUchar(memory, 'A');
	assert_int_equal(VideoPortReadRegisterUchar(memory), 'A');
	VideoPortFreeDeviceBase(hw, memory);
	/* The claims of GetAccessRanges stay. */
	assert_int_equal(VideoPortReadPortUchar(test_port_at(TESTDEV_PORT)), 0);
	VideoPortWritePortUshort((PUSHORT)(void *)test_port_at(0x3C4), 0x0102);
	assert_int_equal(VideoPortReadPortUchar(test_port_at(0x3C5)), 1);
	return NO_ERROR;
}

static void d_19_the_vga_ranges_are_plain_storage(void **state)
{
	struct test_port port = open_finding(find_vga);

	(void)state;
	test_expect_no_events(&port);
	test_port_close(&port);
}

static VP_STATUS find_vga_as_one(PVOID hw)
{
	VIDEO_ACCESS_RANGE range[3], memory[] = {{{{0xA0000, 0}}, 0x10000, 0, 1, 1, 0},
					     {{{0xB0000, 0}}, 0x10000, 0, 1, 1, 0}};
	VIDEO_ACCESS_RANGE all[] = {vga_ranges[0], vga_ranges[1], memory[0], memory[1]};
	PUCHAR ports, pixels;

	assert_int_equal(
		VideoPortGetAccessRanges(hw, 0, NULL, 3, range, NULL, NULL, NULL), NO_ERROR);
	assert_int_equal(VideoPortVerifyAccessRanges(hw, 4, all), NO_ERROR);
	ports = VideoPortGetDeviceBase(hw, all[0].RangeStart, 0x30, VIDEO_MEMORY_SPACE_IO);
	pixels = VideoPortGetDeviceBase(hw, memory[0].RangeStart, 0x20000, 0);
	assert_non_null(ports);
	assert_non_null(pixels);
	VideoPortWritePortUchar(ports + 0x14, 0x5A); /* 0x3C4 */
	assert_int_equal(VideoPortReadPortUchar(ports + 0x14), 0x5A);
	VideoPortWriteRegisterUchar(pixels + 0x1FFFF, 'Z');
	assert_int_equal(VideoPortReadRegisterUchar(pixels + 0x1FFFF), 'Z');
	VideoPortFreeDeviceBase(hw, ports);
	VideoPortFreeDeviceBase(hw, pixels);
	return NO_ERROR;
}

/* The hole in the middle is not the driver's. */
static VP_STATUS find_vga_and_touch_the_hole(PVOID hw)
{
	assert_int_equal(VideoPortVerifyAccessRanges(hw, 3, vga_ranges), NO_ERROR);
	PUCHAR ports = VideoPortGetDeviceBase(
		hw, vga_ranges[0].RangeStart, 0x30, VIDEO_MEMORY_SPACE_IO);

	assert_int_equal(VideoPortReadPortUchar(ports + 0xD), 0xFF);
	VideoPortFreeDeviceBase(hw, ports);
	return NO_ERROR;
}

static void d_24_the_ports_of_a_vga_are_mapped_as_one(void **state)
{
	struct test_port port = open_finding(find_vga_as_one);

	(void)state;
	test_expect_no_events(&port);
	test_port_close(&port);
	port = open_finding(find_vga_and_touch_the_hole);
	test_expect_number(&port, 922);
	test_port_close(&port);
}

static VP_STATUS find_legacy(PVOID hw)
{
	(void)hw;
	VideoPortWritePortUchar(test_port_at(0x3C2), 0x5A);
	assert_int_equal(VideoPortReadPortUchar(test_port_at(0x3C2)), 0x5A);
	return NO_ERROR;
}

static VOID legacy_list(ULONG vendor, ULONG device, PVIDEO_ACCESS_RANGE *list, PULONG count)
{
	assert_int_equal(vendor, 0x1b36);
	assert_int_equal(device, 0x0042);
	*list = vga_ranges;
	*count = 2;
}

static void legacy_resources_are_claimed_first(void **state)
{
	struct test_port port;

	(void)state;
	test_hw.HwLegacyResourceList = vga_ranges;
	test_hw.HwLegacyResourceCount = 3;
	port = open_finding(find_legacy);
	test_expect_no_events(&port);
	test_port_close(&port);
	test_hw.HwLegacyResourceList = NULL; /* ignored where the routine is given */
	test_hw.HwGetLegacyResources = legacy_list;
	port = open_finding(find_legacy);
	test_expect_no_events(&port);
	test_port_close(&port);
}

/* ---- rules: ranges and bases --------------------------------------------------------------------- */

static void claim_late(struct test_extension *hw, void *arg)
{
	(void)arg;
	assert_int_equal(VideoPortGetAccessRanges(hw, 0, NULL, 4, hw->range, NULL, NULL, NULL),
		ERROR_INVALID_PARAMETER);
}

static void verify_late(struct test_extension *hw, void *arg)
{
	(void)arg;
	assert_int_equal(VideoPortVerifyAccessRanges(hw, 1, hw->range), ERROR_INVALID_PARAMETER);
}

static void rule_907_broken_ranges_claimed_late(void **state)
{
	struct test_port port = test_port_open();

	(void)state;
	test_call(&port, claim_late, NULL);
	test_expect_number(&port, 907);
	test_call(&port, verify_late, NULL);
	test_expect_number(&port, 907);
	test_port_close(&port);
}

static VP_STATUS find_twice(PVOID hw)
{
	VIDEO_ACCESS_RANGE range[3];

	for (int i = 0; i < 2; i++)
		assert_int_equal(VideoPortGetAccessRanges(hw, 0, NULL, 3, range, NULL, NULL, NULL),
			NO_ERROR);
	assert_int_equal(VideoPortVerifyAccessRanges(hw, 2, range), NO_ERROR);
	assert_int_equal(VideoPortVerifyAccessRanges(hw, 0, NULL), NO_ERROR);
	return NO_ERROR;
}

static void rule_907_kept_ranges_claimed_again_while_finding(void **state)
{
	struct test_port port = open_finding(find_twice);

	(void)state;
	test_expect_no_events(&port);
	test_port_close(&port);
}

static void base_beyond(struct test_extension *hw, void *arg)
{
	PHYSICAL_ADDRESS start = hw->range[0].RangeStart;

	(void)arg;
	assert_null(VideoPortGetDeviceBase(hw, start, hw->range[0].RangeLength + 1, 0));
}

static void base_in_the_wrong_space(struct test_extension *hw, void *arg)
{
	(void)arg;
	assert_null(VideoPortGetDeviceBase(hw, hw->range[0].RangeStart, 4, VIDEO_MEMORY_SPACE_IO));
}

static void map_unclaimed(struct test_extension *hw, void *arg)
{
	PHYSICAL_ADDRESS nowhere = {{0x12340000, 0}};
	ULONG length = 4096, space = VIDEO_MEMORY_SPACE_MEMORY;
	PVOID va = NULL;

	(void)arg;
	assert_int_equal(
		VideoPortMapMemory(hw, nowhere, &length, &space, &va), ERROR_INVALID_PARAMETER);
	assert_null(va);
}

static void rule_908_broken_unclaimed_memory_is_mapped(void **state)
{
	static const test_routine routines[] = {
		base_beyond, base_in_the_wrong_space, map_unclaimed};
	struct test_port port = test_port_open();

	(void)state;
	for (size_t i = 0; i < sizeof(routines) / sizeof(routines[0]); i++) {
		test_call(&port, routines[i], NULL);
		test_expect_number(&port, 908);
	}
	test_port_close(&port);
}

static void base_of_everything(struct test_extension *hw, void *arg)
{
	PUCHAR base;

	(void)arg;
	for (int i = 0; i < 3; i++) {
		base = VideoPortGetDeviceBase(hw, hw->range[i].RangeStart, hw->range[i].RangeLength,
			hw->range[i].RangeInIoSpace);
		assert_non_null(base);
		VideoPortFreeDeviceBase(hw, base);
	}
	assert_ptr_equal(base, test_port_at(TESTDEV_PORT));
}

static void rule_908_kept_whole_ranges_are_mapped(void **state)
{
	struct test_port port = test_port_open_with_ports();

	(void)state;
	test_call(&port, base_of_everything, NULL);
	test_expect_no_events(&port);
	test_port_close(&port);
}

static void free_twice(struct test_extension *hw, void *arg)
{
	PVOID base = VideoPortGetDeviceBase(hw, hw->range[0].RangeStart, 64, 0);

	(void)arg;
	assert_non_null(base);
	VideoPortFreeDeviceBase(hw, base);
	VideoPortFreeDeviceBase(hw, hw->registers);
	VideoPortFreeDeviceBase(hw, base);
}

static void rule_909_broken_base_freed_twice(void **state)
{
	struct test_port port = test_port_open();

	(void)state;
	test_call(&port, free_twice, NULL);
	test_expect_number(&port, 909);
	test_port_close(&port);
}

static void two_bases(struct test_extension *hw, void *arg)
{
	PVOID a = VideoPortGetDeviceBase(hw, hw->range[0].RangeStart, 64, 0);
	PVOID b = VideoPortGetDeviceBase(hw, hw->range[0].RangeStart, 64, 0);

	(void)arg;
	assert_ptr_equal(a, b);
	VideoPortFreeDeviceBase(hw, a);
	VideoPortFreeDeviceBase(hw, b);
}

static void rule_909_kept_two_mappings_of_one_base(void **state)
{
	struct test_port port = test_port_open();

	(void)state;
	test_call(&port, two_bases, NULL);
	test_expect_no_events(&port);
	test_port_close(&port);
}

static void map_without(struct test_extension *hw, void *arg)
{
	ULONG length = 0, space = 0;
	PVOID va = NULL;

	(void)arg;
	assert_int_equal(VideoPortMapMemory(hw, hw->range[0].RangeStart, &length, &space, &va),
		ERROR_INVALID_PARAMETER);
}

static void rule_911_broken_no_length_to_map(void **state)
{
	struct test_port port = test_port_open();

	(void)state;
	test_call(&port, map_without, NULL);
	test_expect_number(&port, 911);
	test_port_close(&port);
}

/* Maps the window for the system and for a process, and unmaps both by addresses inside. */
static void map_both(struct test_extension *hw, void *arg)
{
	HANDLE process = (HANDLE)(uintptr_t)0x42;
	ULONG length = 256, space = VIDEO_MEMORY_SPACE_MEMORY;
	PVOID system = NULL, user = process;

	(void)arg;
	assert_int_equal(VideoPortMapMemory(hw, hw->range[1].RangeStart, &length, &space, &system),
		NO_ERROR);
	space |= VIDEO_MEMORY_SPACE_USER_MODE | VIDEO_MEMORY_SPACE_P6CACHE;
	assert_int_equal(
		VideoPortMapMemory(hw, hw->range[1].RangeStart, &length, &space, &user), NO_ERROR);
	memcpy((char *)user + 8, "window", 6);
	assert_memory_equal((char *)system + 8, "window", 6);
	assert_int_equal(VideoPortUnmapMemory(hw, (char *)user + 100, process), NO_ERROR);
	assert_int_equal(VideoPortUnmapMemory(hw, system, NULL), NO_ERROR);
}

static void rule_911_kept_memory_is_mapped_for_both(void **state)
{
	struct test_port port = test_port_open_with_ports();
	char text[6];

	(void)state;
	test_call(&port, map_both, NULL);
	assert_int_equal(videoport_memory_read(port.vp, 8, text, 6), 0);
	assert_memory_equal(text, "window", 6);
	test_expect_no_events(&port);
	test_port_close(&port);
}

static void unmap_foreign(struct test_extension *hw, void *arg)
{
	ULONG length = 64, space = 0;
	PVOID va = NULL;

	(void)arg;
	assert_int_equal(
		VideoPortMapMemory(hw, hw->range[0].RangeStart, &length, &space, &va), NO_ERROR);
	assert_int_equal(VideoPortUnmapMemory(hw, va, NULL), NO_ERROR);
	assert_int_equal(VideoPortUnmapMemory(hw, va, NULL), ERROR_INVALID_PARAMETER);
}

static void unmap_for_another(struct test_extension *hw, void *arg)
{
	ULONG length = 64, space = 0;
	PVOID va = (HANDLE)(uintptr_t)1;

	(void)arg;
	assert_int_equal(
		VideoPortMapMemory(hw, hw->range[0].RangeStart, &length, &space, &va), NO_ERROR);
	assert_int_equal(VideoPortUnmapMemory(hw, va, NULL), ERROR_INVALID_PARAMETER);
	assert_int_equal(VideoPortUnmapMemory(hw, va, (HANDLE)(uintptr_t)1), NO_ERROR);
}

static void rule_912_broken_unmapped_twice_or_for_another(void **state)
{
	struct test_port port = test_port_open();

	(void)state;
	test_call(&port, unmap_foreign, NULL);
	test_expect_number(&port, 912);
	test_call(&port, unmap_for_another, NULL);
	test_expect_number(&port, 912);
	test_port_close(&port);
}

static void rule_912_kept_unmapped_by_an_inner_address(void **state)
{
	rule_911_kept_memory_is_mapped_for_both(state);
}

static VP_STATUS find_short_of_memory(PVOID hw)
{
	VIDEO_ACCESS_RANGE range[3];

	assert_int_equal(
		VideoPortGetAccessRanges(hw, 0, NULL, 3, range, NULL, NULL, NULL), NO_ERROR);
	fault_arm(1, false);
	assert_int_equal(VideoPortVerifyAccessRanges(hw, 3, vga_ranges), ERROR_INVALID_PARAMETER);
	assert_string_equal(fault_fired(), "vga_memory");
	fault_arm(1, false);
	assert_null(VideoPortGetDeviceBase(hw, range[0].RangeStart, 4, 0));
	assert_string_equal(fault_fired(), "mapping_alloc");
	fault_arm(0, false);
	return NO_ERROR;
}

static void memory_may_be_short(void **state)
{
	struct test_port port = open_finding(find_short_of_memory);

	(void)state;
	test_expect_no_events(&port);
	test_port_close(&port);
}

static unsigned mappings_seen;

static void count_mapping(struct videoport *vp, const struct resource_mapping *mapping)
{
	(void)vp;
	assert_true(mapping->len_bytes > 0);
	mappings_seen++;
}

static void live_mappings_are_listed(void **state)
{
	struct test_port port = test_port_open();

	(void)state;
	mappings_seen = 0;
	resource_mappings_each(port.vp, count_mapping);
	assert_int_equal(mappings_seen, 1); /* test_find's registers */
	test_port_close(&port);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_case(ranges_are_the_bars_in_their_spaces),
		test_case(too_small_an_array_is_more_data),
		test_case(requested_resources_are_given),
		test_case(d_19_the_vga_ranges_are_plain_storage),
		test_case(d_24_the_ports_of_a_vga_are_mapped_as_one),
		test_case(legacy_resources_are_claimed_first),
		test_case(rule_907_broken_ranges_claimed_late),
		test_case(rule_907_kept_ranges_claimed_again_while_finding),
		test_case(rule_908_broken_unclaimed_memory_is_mapped),
		test_case(rule_908_kept_whole_ranges_are_mapped),
		test_case(rule_909_broken_base_freed_twice),
		test_case(rule_909_kept_two_mappings_of_one_base),
		test_case(rule_911_broken_no_length_to_map),
		test_case(rule_911_kept_memory_is_mapped_for_both),
		test_case(rule_912_broken_unmapped_twice_or_for_another),
		test_case(rule_912_kept_unmapped_by_an_inner_address),
		test_case(memory_may_be_short),
		test_case(live_mappings_are_listed),
	};

	return cmocka_run_group_tests_name("resources", tests, NULL, NULL);
}
