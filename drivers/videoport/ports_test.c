// SPDX-License-Identifier: BSD-2-Clause
/*
 * ports_test.c: I/O ports in every width, those that nobody claimed, and register functions that are given a port or port
 * functions that are given a register. How ports are claimed is resource_test.c.
 */
#include "drivers/videoport/testing.h"

/* A port buffer goes through one port, the last value stays. */
static void use_ports(struct test_extension *hw, void *arg)
{
	PUCHAR cell = test_port_at(TESTDEV_PORT);
	PUSHORT word = (PUSHORT)(void *)cell;
	PULONG wide = (PULONG)(void *)cell;
	UCHAR bytes[2] = {1, 2}, counted[3];
	USHORT words[2] = {0x101, 0x202}, words_back[2];
	ULONG longs[2] = {0x10001, 0x20002}, longs_back[2];

	(void)hw, (void)arg;
	VideoPortWritePortUlong(wide, 0x01020304);
	assert_int_equal(VideoPortReadPortUlong(wide), 0x01020304);
	VideoPortWritePortUshort(word, 0xaabb);
	assert_int_equal(VideoPortReadPortUshort(word), 0xaabb);
	VideoPortWritePortUchar(cell, 0xcc);
	assert_int_equal(VideoPortReadPortUlong(wide), 0x0102aacc);
	VideoPortWritePortBufferUchar(cell, bytes, 2);
	assert_int_equal(VideoPortReadPortUchar(cell), 2);
	VideoPortReadPortBufferUchar(cell + TESTDEV_PORT_BYTES - 1, counted, 3);
	assert_int_equal(counted[2], 3);
	VideoPortWritePortBufferUshort(word, words, 2);
	VideoPortReadPortBufferUshort(word, words_back, 2);
	assert_int_equal(words_back[0], 0x202);
	VideoPortWritePortBufferUlong(wide, longs, 2);
	VideoPortReadPortBufferUlong(wide, longs_back, 2);
	assert_int_equal(longs_back[1], 0x20002);
}

static void rule_922_kept_claimed_ports_of_every_width(void **state)
{
	struct test_port port = test_port_open_with_ports();

	(void)state;
	test_call(&port, use_ports, NULL);
	test_expect_no_events(&port);
	test_port_close(&port);
}

static void read_foreign(struct test_extension *hw, void *arg)
{
	(void)hw;
	assert_int_equal(VideoPortReadPortUchar(arg), 0xff);
	assert_int_equal(VideoPortReadPortUshort(arg), 0xffff);
	assert_int_equal(VideoPortReadPortUlong(arg), 0xffffffff);
	VideoPortWritePortUchar(arg, 0);
}

static void read_across_the_end(struct test_extension *hw, void *arg)
{
	(void)hw;
	assert_int_equal(VideoPortReadPortUlong(arg), 0xffffffff);
}

static void rule_922_broken_unclaimed_ports_give_all_ones(void **state)
{
	struct test_port port = test_port_open_with_ports();

	(void)state;
	test_call(&port, read_foreign, test_port_at(0x3C4));
	assert_int_equal(test_events(&port, NULL), 4);
	assert_int_equal(videoport_rule_count(port.vp, 922), 4);
	test_call(&port, read_across_the_end, test_port_at(TESTDEV_PORT + TESTDEV_PORT_BYTES - 2));
	test_expect_number(&port, 922);
	/* A thread that works for no port reaches none. */
	assert_int_equal(VideoPortReadPortUchar(test_port_at(TESTDEV_PORT)), 0xff);
	VideoPortWritePortUchar(test_port_at(TESTDEV_PORT), 1);
	test_expect_no_events(&port);
	test_port_close(&port);
}

static void register_of_a_port(struct test_extension *hw, void *arg)
{
	PUCHAR address = test_port_at(TESTDEV_PORT);

	(void)hw, (void)arg;
	assert_int_equal(VideoPortReadRegisterUchar(address), 0xff);
	assert_int_equal(VideoPortReadRegisterUshort((PUSHORT)(void *)address), 0xffff);
	assert_int_equal(VideoPortReadRegisterUlong((PULONG)(void *)address), 0xffffffff);
	VideoPortWriteRegisterUchar(address, 0);
	VideoPortWriteRegisterUshort((PUSHORT)(void *)address, 0);
	VideoPortWriteRegisterUlong((PULONG)(void *)address, 0);
	VideoPortZeroDeviceMemory(address, 4);
	VideoPortWriteRegisterUlong(NULL, 0); /* GetDeviceBase failed, and nobody looked */
}

static void port_of_a_register(struct test_extension *hw, void *arg)
{
	(void)arg;
	assert_int_equal(VideoPortReadPortUlong(hw->registers), 0xffffffff);
	VideoPortWritePortUlong(hw->registers, 1);
}

static void rule_923_broken_functions_of_the_other_space(void **state)
{
	struct test_port port = test_port_open_with_ports();

	(void)state;
	test_call(&port, register_of_a_port, NULL);
	assert_int_equal(videoport_rule_count(port.vp, 923), 8);
	test_call(&port, port_of_a_register, NULL);
	assert_int_equal(videoport_rule_count(port.vp, 923), 10);
	assert_int_equal(test_events(&port, NULL), 10);
	assert_int_equal(*testdev_of(port.vp)->registers, 0);
	test_port_close(&port);
}

static void each_in_its_space(struct test_extension *hw, void *arg)
{
	VideoPortWriteRegisterUlong(hw->registers, 5);
	assert_int_equal(VideoPortReadRegisterUlong(hw->registers), 5);
	use_ports(hw, arg);
}

static void rule_923_kept_d_18_functions_of_their_space(void **state)
{
	struct test_port port = test_port_open_with_ports();

	(void)state;
	test_call(&port, each_in_its_space, NULL);
	test_expect_no_events(&port);
	test_port_close(&port);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_case(rule_922_broken_unclaimed_ports_give_all_ones),
		test_case(rule_922_kept_claimed_ports_of_every_width),
		test_case(rule_923_broken_functions_of_the_other_space),
		test_case(rule_923_kept_d_18_functions_of_their_space),
	};

	return cmocka_run_group_tests_name("ports", tests, NULL, NULL);
}
