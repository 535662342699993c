// SPDX-License-Identifier: BSD-2-Clause
/*
 * i2c_test.c: I2C and DDC against a monitor played on two wires: an EDID of one and of several blocks, both
 * versions of the interface, and a slave that stops answering or holds the clock at any place.
 */
#include "drivers/videoport/testing.h"

/* ---- a monitor on two wires ------------------------------------------------------------------------ */

/* An EEPROM of 128 bytes at 0xA0: it follows the edges of clock and data. */
static struct {
	UCHAR clock, data; /* as the master drives them */
	UCHAR out;         /* 0 where the slave pulls the data line down */
	bool active, reading, address_given;
	bool sent; /* a byte, which the master acknowledges or not */
	unsigned bits, shift, offset;
	UCHAR memory[128];
	bool mute, stuck;

	/* E-DDC: the second half of a large EDID, behind the segment's address. */
	bool has_segment, selecting;
	unsigned segment;
	UCHAR memory_of_segment[128];

	/* Faults: after so many, the clock is held for ever, bytes are not acknowledged. Negative: never. */
	int rises_left, acks_left;
	unsigned rises, acks; /* in all */
} monitor;

static void monitor_byte(void)
{
	if (!monitor.address_given) {
		monitor.address_given = true;
		monitor.selecting = monitor.has_segment && monitor.shift == 0x60;
		monitor.active = ((monitor.shift & 0xFE) == 0xA0 || monitor.selecting) &&
		                 !monitor.mute;
		monitor.reading = monitor.shift & 1;
	} else if (monitor.selecting) {
		monitor.segment = monitor.shift;
	} else if (!monitor.reading) {
		monitor.offset = monitor.shift;
	}
	if (monitor.acks_left == 0)
		monitor.active = false;
	else if (monitor.acks_left > 0)
		monitor.acks_left--;
	monitor.acks += monitor.active;
}

/* The clock rises: 8 bits come, the ninth is the acknowledgement. */
static void monitor_rise(void)
{
	if (monitor.bits == 8 && monitor.sent && monitor.data)
		monitor.active = false; /* the master wants no more */
	if (monitor.bits < 8 && !monitor.sent)
		monitor.shift = (monitor.shift << 1 | (monitor.data & monitor.out)) & 0xFF;
}

static void monitor_fall(void)
{
	bool first = false;

	monitor.bits++;
	if (monitor.bits == 8 && !monitor.sent) {
		monitor_byte();
		first = true;
	}

	bool sending = monitor.reading && monitor.active;

	if (monitor.bits == 9) {
		monitor.bits = 0;
		monitor.sent = sending;
		if (sending)
			monitor.shift = (monitor.segment ? monitor.memory_of_segment
							 : monitor.memory)[monitor.offset++ % 128];
	}
	monitor.out = 1;
	if (monitor.bits == 8)
		monitor.out = !(first && monitor.active);
	else if (sending && monitor.sent)
		monitor.out = monitor.shift >> (7 - monitor.bits) & 1;
}

static VOID write_clock(PVOID hw, UCHAR value)
{
	(void)hw;
	if (value && !monitor.clock) {
		monitor_rise();
		monitor.rises++;
		monitor.stuck = monitor.stuck || monitor.rises_left == 0;
		if (monitor.rises_left > 0)
			monitor.rises_left--;
	}
	monitor.clock = value;
	if (!value)
		monitor_fall();
}

static VOID write_data(PVOID hw, UCHAR value)
{
	(void)hw;
	if (monitor.clock && monitor.data && !value) { /* start */
		monitor.active = monitor.reading = monitor.address_given = false;
		monitor.sent = false;
		monitor.bits = (unsigned)-1; /* the clock falls once before the first bit */
		monitor.out = 1;
	}
	monitor.data = value;
}

static BOOLEAN read_clock(PVOID hw)
{
	(void)hw;
	return monitor.stuck ? 0 : monitor.clock;
}

static BOOLEAN read_data(PVOID hw)
{
	(void)hw;
	return monitor.data & monitor.out;
}

static void monitor_reset(void)
{
	UCHAR sum = 0;

	memset(&monitor, 0, sizeof(monitor));
	monitor.clock = monitor.data = monitor.out = 1;
	monitor.rises_left = monitor.acks_left = -1;
	for (unsigned i = 0; i < 127; i++) {
		monitor.memory[i] = (UCHAR)(i * 37 + 11);
		monitor.memory_of_segment[i] = (UCHAR)~monitor.memory[i];
		sum = (UCHAR)(sum + monitor.memory[i]);
	}
	monitor.memory[127] = (UCHAR)-sum;
	monitor.memory_of_segment[127] = (UCHAR)(127 + sum); /* of ~x = -x - 1 */
}

static DDC_CONTROL ddc = {sizeof(ddc), {write_clock, write_data, read_clock, read_data}, 0};

static void read_edid(struct test_extension *hw, void *arg)
{
	I2C_FNC_TABLE table = {.Size = sizeof(table),
		.WriteClockLine = write_clock,
		.WriteDataLine = write_data,
		.ReadClockLine = read_clock,
		.ReadDataLine = read_data};
	DDC_CONTROL short_control = ddc;
	UCHAR edid[128];

	(void)arg;
	monitor_reset();
	assert_true(VideoPortDDCMonitorHelper(hw, &ddc, edid, sizeof(edid)));
	assert_memory_equal(edid, monitor.memory, sizeof(edid));
	monitor_reset();
	memset(edid, 0, sizeof(edid));
	assert_true(VideoPortDDCMonitorHelper(hw, &table, edid, sizeof(edid)));
	assert_memory_equal(edid, monitor.memory, sizeof(edid));
	monitor_reset();
	monitor.memory[5]++; /* the sum is wrong */
	assert_false(VideoPortDDCMonitorHelper(hw, &ddc, edid, sizeof(edid)));
	monitor_reset();
	monitor.mute = true;
	assert_false(VideoPortDDCMonitorHelper(hw, &ddc, edid, sizeof(edid)));
	monitor_reset();
	short_control.Size = 3;
	assert_false(VideoPortDDCMonitorHelper(hw, &short_control, edid, sizeof(edid)));
	assert_false(VideoPortDDCMonitorHelper(hw, NULL, edid, sizeof(edid)));
	short_control = ddc;
	short_control.I2CCallbacks.ReadDataLine = NULL;
	assert_false(VideoPortDDCMonitorHelper(hw, &short_control, edid, sizeof(edid)));
	short_control = ddc;
	short_control.EdidSegment = 1; /* nobody answers at the segment's address */
	assert_false(VideoPortDDCMonitorHelper(hw, &short_control, edid, sizeof(edid)));
}

static void a_monitor_is_read_over_ddc(void **state)
{
	struct test_port port = test_port_open();

	(void)state;
	test_call(&port, read_edid, NULL);
	test_expect_no_events(&port);
	test_port_close(&port);
}

static void use_i2c(struct test_extension *hw, void *arg)
{
	VIDEO_PORT_I2C_INTERFACE first = {.Size = sizeof(first), .Version = 1};
	VIDEO_PORT_I2C_INTERFACE_2 second = {.Size = sizeof(second), .Version = 2};
	VIDEO_I2C_CONTROL control = {write_clock, write_data, read_clock, read_data, 10};
	UCHAR select[] = {0xA0, 0}, read[] = {0xA1}, bytes[4];

	(void)arg;
	assert_int_equal(VideoPortQueryServices(hw, VideoPortServicesI2C, (PVOID)&first), NO_ERROR);
	first.InterfaceReference(first.Context);
	monitor_reset();
	assert_true(first.I2CStart(hw, &ddc.I2CCallbacks));
	assert_true(first.I2CWrite(hw, &ddc.I2CCallbacks, select, 2));
	assert_true(first.I2CStart(hw, &ddc.I2CCallbacks));
	assert_true(first.I2CWrite(hw, &ddc.I2CCallbacks, read, 1));
	assert_true(first.I2CRead(hw, &ddc.I2CCallbacks, bytes, 4));
	assert_true(first.I2CStop(hw, &ddc.I2CCallbacks));
	assert_memory_equal(bytes, monitor.memory, 4);
	first.InterfaceDereference(first.Context);

	assert_int_equal(
		VideoPortQueryServices(hw, VideoPortServicesI2C, (PVOID)&second), NO_ERROR);
	monitor_reset();
	assert_true(second.I2CStart(hw, &control));
	assert_true(second.I2CWrite(hw, &control, select, 2));
	assert_true(second.I2CStart(hw, &control));
	assert_true(second.I2CWrite(hw, &control, read, 1));
	assert_true(second.I2CRead(hw, &control, bytes, 2, FALSE)); /* goes on */
	assert_true(second.I2CRead(hw, &control, bytes + 2, 2, TRUE));
	assert_true(second.I2CStop(hw, &control));
	assert_memory_equal(bytes, monitor.memory, 4);
	monitor.stuck = true; /* a slave that never lets the clock go */
	assert_false(second.I2CStart(hw, &control));
	assert_false(second.I2CStop(hw, &control));
	assert_false(second.I2CRead(hw, &control, bytes, 1, TRUE));
	assert_false(second.I2CWrite(hw, &control, bytes, 1));
	second.Version = 3;
	assert_int_equal(VideoPortQueryServices(hw, VideoPortServicesI2C, (PVOID)&second),
		ERROR_INVALID_PARAMETER);
	second.Size = sizeof(INTERFACE);
	assert_int_equal(VideoPortQueryServices(hw, VideoPortServicesI2C, (PVOID)&second),
		ERROR_INVALID_PARAMETER);
}

static void i2c_is_offered_in_both_versions(void **state)
{
	struct test_port port = test_port_open();

	(void)state;
	test_call(&port, use_i2c, NULL);
	test_expect_no_events(&port);
	test_port_close(&port);
}

/* ---- faults ------------------------------------------------------------------------------------- */

static void read_segment(struct test_extension *hw, void *arg)
{
	DDC_CONTROL control = ddc;
	UCHAR edid[128];

	(void)arg;
	monitor_reset();
	monitor.has_segment = true;
	control.EdidSegment = 1;
	assert_true(VideoPortDDCMonitorHelper(hw, &control, edid, sizeof(edid)));
	assert_memory_equal(edid, monitor.memory_of_segment, sizeof(edid));
	assert_int_equal(monitor.segment, 1);
}

static void a_large_edid_is_read_by_segment(void **state)
{
	struct test_port port = test_port_open();

	(void)state;
	test_call(&port, read_segment, NULL);
	test_port_close(&port);
}

/* Five bytes are acknowledged: segment's address, segment, address, offset, address for reading. */
static void stop_acknowledging(struct test_extension *hw, void *arg)
{
	DDC_CONTROL control = ddc;
	UCHAR edid[128];

	(void)arg;
	control.EdidSegment = 1;
	for (int acks = 0; acks <= 5; acks++) {
		monitor_reset();
		monitor.has_segment = true;
		monitor.acks_left = acks < 5 ? acks : -1;
		assert_int_equal(
			VideoPortDDCMonitorHelper(hw, &control, edid, sizeof(edid)), acks == 5);
		assert_int_equal(monitor.acks, acks);
		/* The bus is let go whatever happened. */
		assert_int_equal(monitor.clock, 1);
		assert_int_equal(monitor.data, 1);
	}
}

static void a_monitor_that_stops_acknowledging_is_not_there(void **state)
{
	struct test_port port = test_port_open();

	(void)state;
	test_call(&port, stop_acknowledging, NULL);
	test_port_close(&port);
}

/* The whole of a small exchange. Return: whether every step said that it was done. */
static bool exchange(PVOID hw, const VIDEO_PORT_I2C_INTERFACE_2 *i2c, UCHAR *read_bytes)
{
	VIDEO_I2C_CONTROL control = {write_clock, write_data, read_clock, read_data, 0};
	UCHAR select[] = {0xA0, 0}, read[] = {0xA1};

	return i2c->I2CStart(hw, &control) && i2c->I2CWrite(hw, &control, select, 2) &&
	       i2c->I2CStart(hw, &control) && i2c->I2CWrite(hw, &control, read, 1) &&
	       i2c->I2CRead(hw, &control, read_bytes, 1, TRUE) && i2c->I2CStop(hw, &control);
}

/* Starts count one rise each, bytes nine, the stop one: 1 + 18 + 1 + 9 + 9 + 1. */
#define EXCHANGE_RISES 39

static void hold_the_clock(struct test_extension *hw, void *arg)
{
	VIDEO_PORT_I2C_INTERFACE_2 i2c = {.Size = sizeof(i2c), .Version = 2};
	UCHAR byte = 0;

	(void)arg;
	assert_int_equal(VideoPortQueryServices(hw, VideoPortServicesI2C, (PVOID)&i2c), NO_ERROR);
	monitor_reset();
	monitor.clock = 0;
	assert_true(exchange(hw, &i2c, &byte));
	assert_int_equal(monitor.rises, EXCHANGE_RISES);
	assert_int_equal(byte, monitor.memory[0]);
	for (int rise = 0; rise < EXCHANGE_RISES; rise++) {
		monitor_reset();
		monitor.clock = 0;
		monitor.rises_left = rise;
		assert_false(exchange(hw, &i2c, &byte));
		assert_int_equal(monitor.rises, rise + 1); /* nothing goes on after it */
	}
}

static void a_clock_held_for_ever_ends_every_step(void **state)
{
	struct test_port port = test_port_open();

	(void)state;
	test_call(&port, hold_the_clock, NULL);
	test_port_close(&port);
}

static void hold_the_clock_of_ddc(struct test_extension *hw, void *arg)
{
	DDC_CONTROL control = ddc;
	UCHAR edid[128];

	(void)arg;
	control.EdidSegment = 1;
	/* The first rise of each start, and one inside each byte. */
	for (int rise = 0; rise < 50; rise += rise % 9 ? 8 : 1) {
		monitor_reset();
		monitor.has_segment = true;
		monitor.clock = 0;
		monitor.rises_left = rise;
		assert_false(VideoPortDDCMonitorHelper(hw, &control, edid, sizeof(edid)));
	}
}

static void a_clock_held_for_ever_ends_the_reading_of_an_edid(void **state)
{
	struct test_port port = test_port_open();

	(void)state;
	test_call(&port, hold_the_clock_of_ddc, NULL);
	test_port_close(&port);
}

/* Lines of both tables, each missing in turn. */
static void leave_lines_out(struct test_extension *hw, void *arg)
{
	VIDEO_PORT_I2C_INTERFACE first = {.Size = sizeof(first), .Version = 1};
	VIDEO_PORT_I2C_INTERFACE_2 second = {.Size = sizeof(second), .Version = 2};
	UCHAR byte = 0;

	(void)arg;
	assert_int_equal(VideoPortQueryServices(hw, VideoPortServicesI2C, (PVOID)&first), NO_ERROR);
	assert_int_equal(
		VideoPortQueryServices(hw, VideoPortServicesI2C, (PVOID)&second), NO_ERROR);
	for (unsigned line = 0; line < 4; line++) {
		I2C_CALLBACKS callbacks = ddc.I2CCallbacks;
		VIDEO_I2C_CONTROL control = {write_clock, write_data, read_clock, read_data, 0};

		callbacks.WriteClockLine = line == 0 ? NULL : write_clock;
		callbacks.WriteDataLine = line == 1 ? NULL : write_data;
		callbacks.ReadClockLine = line == 2 ? NULL : read_clock;
		callbacks.ReadDataLine = line == 3 ? NULL : read_data;
		control.WriteClockLine = callbacks.WriteClockLine;
		control.WriteDataLine = callbacks.WriteDataLine;
		control.ReadClockLine = callbacks.ReadClockLine;
		control.ReadDataLine = callbacks.ReadDataLine;
		assert_false(first.I2CStart(hw, &callbacks) || first.I2CStop(hw, &callbacks) ||
			     first.I2CWrite(hw, &callbacks, &byte, 1) ||
			     first.I2CRead(hw, &callbacks, &byte, 1));
		assert_false(second.I2CStart(hw, &control) || second.I2CStop(hw, &control) ||
			     second.I2CWrite(hw, &control, &byte, 1) ||
			     second.I2CRead(hw, &control, &byte, 1, TRUE));
	}
}

static void a_missing_line_is_refused(void **state)
{
	struct test_port port = test_port_open();

	(void)state;
	test_call(&port, leave_lines_out, NULL);
	test_port_close(&port);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_case(a_monitor_is_read_over_ddc),
		test_case(i2c_is_offered_in_both_versions),
		test_case(a_large_edid_is_read_by_segment),
		test_case(a_monitor_that_stops_acknowledging_is_not_there),
		test_case(a_clock_held_for_ever_ends_every_step),
		test_case(a_clock_held_for_ever_ends_the_reading_of_an_edid),
		test_case(a_missing_line_is_refused),
	};

	return cmocka_run_group_tests_name("i2c", tests, NULL, NULL);
}
