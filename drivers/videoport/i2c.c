// SPDX-License-Identifier: BSD-2-Clause
/*
 * i2c.c: an I2C master over the lines the driver's callbacks move, and the reading of a monitor's EDID
 * with it. Offered by VideoPortQueryServices and VideoPortDDCMonitorHelper.
 *
 *	start  data falls while the clock is high        write 8 bits, high first, then read the ack
 *	stop   data rises while the clock is high        read 8 bits, then write the ack (0) or not (1)
 */
#include "drivers/videoport/priv.h"

#include <string.h>

#define DELAY_100NS   50 /* half a bit: 100 kHz, as the standard asks */
#define STRETCH_TURNS 1000
#define DDC_WRITE     0xA0
#define DDC_READ      0xA1
#define DDC_SEGMENT   0x60
#define EDID_BYTES    128u

/* Both versions of the interface and both tables of DDC come down to this. */
struct i2c {
	PVOID extension;
	VIDEO_I2C_CONTROL line;
};

/* ---- lines ----------------------------------------------------------------------------------- */

static void half_bit(const struct i2c *i2c)
{
	ULONG delay_us = (i2c->line.I2CDelay + 9) / 10;

	VideoPortStallExecution(delay_us ? delay_us : 1);
}

static void data_set(const struct i2c *i2c, UCHAR value)
{
	i2c->line.WriteDataLine(i2c->extension, value);
	half_bit(i2c);
}

static void clock_fall(const struct i2c *i2c)
{
	i2c->line.WriteClockLine(i2c->extension, 0);
	half_bit(i2c);
}

/* A slave may hold the clock down. Return: false where it never lets go. */
static bool clock_rise(const struct i2c *i2c)
{
	i2c->line.WriteClockLine(i2c->extension, 1);
	half_bit(i2c);
	for (unsigned turn = 0; turn < STRETCH_TURNS; turn++) {
		if (i2c->line.ReadClockLine(i2c->extension))
			return true;
		half_bit(i2c);
	}
	return false;
}

/* ---- bus ------------------------------------------------------------------------------------- */

static bool bus_start(const struct i2c *i2c)
{
	data_set(i2c, 1);
	if (!clock_rise(i2c))
		return false;
	data_set(i2c, 0);
	clock_fall(i2c);
	return true;
}

static bool bus_stop(const struct i2c *i2c)
{
	data_set(i2c, 0);
	if (!clock_rise(i2c))
		return false;
	data_set(i2c, 1);
	return i2c->line.ReadDataLine(i2c->extension) != 0;
}

static bool bit_write(const struct i2c *i2c, bool bit)
{
	data_set(i2c, bit);
	if (!clock_rise(i2c))
		return false;
	clock_fall(i2c);
	return true;
}

static bool bit_read(const struct i2c *i2c, bool *bit)
{
	data_set(i2c, 1); /* let go: the slave drives it */
	if (!clock_rise(i2c))
		return false;
	*bit = i2c->line.ReadDataLine(i2c->extension) != 0;
	clock_fall(i2c);
	return true;
}

/* Return: whether the slave acknowledged. */
static bool byte_write(const struct i2c *i2c, UCHAR byte)
{
	bool refused = true;

	for (unsigned i = 8; i-- > 0;)
		if (!bit_write(i2c, byte >> i & 1))
			return false;
	return bit_read(i2c, &refused) && !refused;
}

static bool byte_read(const struct i2c *i2c, UCHAR *byte, bool last)
{
	*byte = 0;
	for (unsigned i = 0; i < 8; i++) {
		bool bit;

		if (!bit_read(i2c, &bit))
			return false;
		*byte = (UCHAR)(*byte << 1 | bit);
	}
	return bit_write(i2c, last);
}

static bool bytes_write(const struct i2c *i2c, const UCHAR *buffer, ULONG length)
{
	for (ULONG i = 0; i < length; i++)
		if (!byte_write(i2c, buffer[i]))
			return false;
	return true;
}

static bool bytes_read(const struct i2c *i2c, UCHAR *buffer, ULONG length, bool end)
{
	for (ULONG i = 0; i < length; i++)
		if (!byte_read(i2c, &buffer[i], end && i + 1 == length))
			return false;
	return true;
}

/* ---- interfaces ------------------------------------------------------------------------------ */

static struct i2c i2c_of_callbacks(PVOID extension, const I2C_CALLBACKS *callbacks)
{
	return (struct i2c){
		.extension = extension,
		.line = {callbacks->WriteClockLine, callbacks->WriteDataLine,
			callbacks->ReadClockLine, callbacks->ReadDataLine, DELAY_100NS},
	};
}

static bool lines_given(const struct i2c *i2c)
{
	return i2c->line.WriteClockLine && i2c->line.WriteDataLine && i2c->line.ReadClockLine &&
	       i2c->line.ReadDataLine;
}

static BOOLEAN NTAPI start_1(PVOID HwDeviceExtension, PI2C_CALLBACKS I2CCallbacks)
{
	struct i2c i2c = i2c_of_callbacks(HwDeviceExtension, I2CCallbacks);

	return lines_given(&i2c) && bus_start(&i2c);
}

static BOOLEAN NTAPI stop_1(PVOID HwDeviceExtension, PI2C_CALLBACKS I2CCallbacks)
{
	struct i2c i2c = i2c_of_callbacks(HwDeviceExtension, I2CCallbacks);

	return lines_given(&i2c) && bus_stop(&i2c);
}

static BOOLEAN NTAPI write_1(
	PVOID HwDeviceExtension, PI2C_CALLBACKS I2CCallbacks, PUCHAR Buffer, ULONG Length)
{
	struct i2c i2c = i2c_of_callbacks(HwDeviceExtension, I2CCallbacks);

	return lines_given(&i2c) && bytes_write(&i2c, Buffer, Length);
}

static BOOLEAN NTAPI read_1(
	PVOID HwDeviceExtension, PI2C_CALLBACKS I2CCallbacks, PUCHAR Buffer, ULONG Length)
{
	struct i2c i2c = i2c_of_callbacks(HwDeviceExtension, I2CCallbacks);

	return lines_given(&i2c) && bytes_read(&i2c, Buffer, Length, true);
}

static BOOLEAN NTAPI start_2(PVOID HwDeviceExtension, PVIDEO_I2C_CONTROL I2CControl)
{
	struct i2c i2c = {HwDeviceExtension, *I2CControl};

	return lines_given(&i2c) && bus_start(&i2c);
}

static BOOLEAN NTAPI stop_2(PVOID HwDeviceExtension, PVIDEO_I2C_CONTROL I2CControl)
{
	struct i2c i2c = {HwDeviceExtension, *I2CControl};

	return lines_given(&i2c) && bus_stop(&i2c);
}

static BOOLEAN NTAPI write_2(
	PVOID HwDeviceExtension, PVIDEO_I2C_CONTROL I2CControl, PUCHAR Buffer, ULONG Length)
{
	struct i2c i2c = {HwDeviceExtension, *I2CControl};

	return lines_given(&i2c) && bytes_write(&i2c, Buffer, Length);
}

static BOOLEAN NTAPI read_2(PVOID HwDeviceExtension, PVIDEO_I2C_CONTROL I2CControl, PUCHAR Buffer,
	ULONG Length, BOOLEAN EndOfRead)
{
	struct i2c i2c = {HwDeviceExtension, *I2CControl};

	return lines_given(&i2c) && bytes_read(&i2c, Buffer, Length, EndOfRead);
}

VP_STATUS i2c_offer(PVOID extension, PINTERFACE interface)
{
	PVIDEO_PORT_I2C_INTERFACE first = (PVOID)interface;
	PVIDEO_PORT_I2C_INTERFACE_2 second = (PVOID)interface;

	/* Both versions have the same size. */
	if (interface->Size < sizeof(*first))
		return ERROR_INVALID_PARAMETER;
	interface->Context = extension;
	switch (interface->Version) {
	case VIDEO_PORT_I2C_INTERFACE_VERSION_1:
		first->I2CStart = start_1;
		first->I2CStop = stop_1;
		first->I2CWrite = write_1;
		first->I2CRead = read_1;
		return NO_ERROR;
	case VIDEO_PORT_I2C_INTERFACE_VERSION_2:
		second->I2CStart = start_2;
		second->I2CStop = stop_2;
		second->I2CWrite = write_2;
		second->I2CRead = read_2;
		return NO_ERROR;
	default:
		return ERROR_INVALID_PARAMETER;
	}
}

/* ---- EDID ------------------------------------------------------------------------------------ */

/* Return: false where a monitor answers no byte, or its 128-byte blocks do not add up to 0. */
static bool edid_read(const struct i2c *i2c, UCHAR segment, PUCHAR buffer, ULONG length)
{
	const UCHAR select[] = {DDC_SEGMENT, segment}, offset[] = {DDC_WRITE, 0};
	const UCHAR read[] = {DDC_READ};
	bool good = true;

	if (segment)
		good = bus_start(i2c) && bytes_write(i2c, select, sizeof(select));
	good = good && bus_start(i2c) && bytes_write(i2c, offset, sizeof(offset)) &&
	       bus_start(i2c) && bytes_write(i2c, read, sizeof(read)) &&
	       bytes_read(i2c, buffer, length, true);
	/* The bus is let go whatever happened. */
	good = bus_stop(i2c) && good;
	for (ULONG block = 0; good && block + EDID_BYTES <= length; block += EDID_BYTES) {
		UCHAR sum = 0;

		for (ULONG i = 0; i < EDID_BYTES; i++)
			sum = (UCHAR)(sum + buffer[block + i]);
		good = sum == 0;
	}
	return good;
}

BOOLEAN NTAPI VideoPortDDCMonitorHelper(
	PVOID HwDeviceExtension, PVOID DDCControl, PUCHAR EdidBuffer, ULONG EdidBufferSize)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);
	UCHAR segment = 0;
	struct i2c i2c;

	if (!vp || !irql_allowed(vp, IRQL_VideoPortDDCMonitorHelper) || !DDCControl ||
		!EdidBuffer || !EdidBufferSize)
		return FALSE;

	const DDC_CONTROL *control = DDCControl;
	const I2C_FNC_TABLE *table = DDCControl;

	if (control->Size == sizeof(*control)) {
		i2c = i2c_of_callbacks(HwDeviceExtension, &control->I2CCallbacks);
		segment = control->EdidSegment;
	} else if (table->Size == sizeof(*table)) {
		I2C_CALLBACKS callbacks = {table->WriteClockLine, table->WriteDataLine,
			table->ReadClockLine, table->ReadDataLine};

		i2c = i2c_of_callbacks(HwDeviceExtension, &callbacks);
	} else {
		return FALSE;
	}
	return lines_given(&i2c) && edid_read(&i2c, segment, EdidBuffer, EdidBufferSize);
}
