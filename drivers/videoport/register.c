// SPDX-License-Identifier: BSD-2-Clause
/*
 * register.c: the driver's access to registers and ports, at any level. The device's registers are
 * memory both sides see, so a port is read like a register. Order: drivers/support/mmio.h.
 */
#include "drivers/support/mmio.h"
#include "drivers/videoport/priv.h"

/*
 * One set for a width: single and buffer access to registers (consecutive cells) and to ports (the
 * same cell each time).
 */
#define ACCESSORS(suffix, type, bits)                                                              \
	type NTAPI VideoPortReadRegister##suffix(type *Register)                                   \
	{                                                                                          \
		return mmio_read##bits(Register);                                                  \
	}                                                                                          \
	VOID NTAPI VideoPortWriteRegister##suffix(type *Register, type Value)                      \
	{                                                                                          \
		mmio_write##bits(Register, Value);                                                 \
	}                                                                                          \
	VOID NTAPI VideoPortReadRegisterBuffer##suffix(type *Register, type *Buffer, ULONG Count)  \
	{                                                                                          \
		for (ULONG i = 0; i < Count; i++)                                                  \
			Buffer[i] = mmio_read##bits(&Register[i]);                                 \
	}                                                                                          \
	VOID NTAPI VideoPortWriteRegisterBuffer##suffix(type *Register, type *Buffer, ULONG Count) \
	{                                                                                          \
		for (ULONG i = 0; i < Count; i++)                                                  \
			mmio_write##bits(&Register[i], Buffer[i]);                                 \
	}                                                                                          \
	type NTAPI VideoPortReadPort##suffix(type *Port)                                           \
	{                                                                                          \
		return mmio_read##bits(Port);                                                      \
	}                                                                                          \
	VOID NTAPI VideoPortWritePort##suffix(type *Port, type Value)                              \
	{                                                                                          \
		mmio_write##bits(Port, Value);                                                     \
	}                                                                                          \
	VOID NTAPI VideoPortReadPortBuffer##suffix(type *Port, type *Buffer, ULONG Count)          \
	{                                                                                          \
		for (ULONG i = 0; i < Count; i++)                                                  \
			Buffer[i] = mmio_read##bits(Port);                                         \
	}                                                                                          \
	VOID NTAPI VideoPortWritePortBuffer##suffix(type *Port, type *Buffer, ULONG Count)         \
	{                                                                                          \
		for (ULONG i = 0; i < Count; i++)                                                  \
			mmio_write##bits(Port, Buffer[i]);                                         \
	}

ACCESSORS(Uchar, UCHAR, 8)
ACCESSORS(Ushort, USHORT, 16)
ACCESSORS(Ulong, ULONG, 32)

/*
 * Byte by byte, each store a register write, so that no wide or reordered store reaches the device.
 */
VOID NTAPI VideoPortZeroDeviceMemory(PVOID Destination, ULONG Length)
{
	PUCHAR at = Destination;

	for (ULONG i = 0; i < Length; i++)
		mmio_write8(&at[i], 0);
}

/* Sequentially consistent, as documented for these. */
LONG FASTCALL VideoPortInterlockedIncrement(PLONG Addend)
{
	return __atomic_add_fetch(Addend, 1, __ATOMIC_SEQ_CST);
}

LONG FASTCALL VideoPortInterlockedDecrement(PLONG Addend)
{
	return __atomic_sub_fetch(Addend, 1, __ATOMIC_SEQ_CST);
}

LONG FASTCALL VideoPortInterlockedExchange(PLONG Target, LONG Value)
{
	return __atomic_exchange_n(Target, Value, __ATOMIC_SEQ_CST);
}
