// SPDX-License-Identifier: BSD-2-Clause
/*
 * register.c: the driver's access to registers and ports, at any level. The device's registers are
 * memory both sides see, read and written directly (order: drivers/support/mmio.h); ports are ports.c.
 */
#include "drivers/support/mmio.h"
#include "drivers/videoport/priv.h"

/* Ports have low numbers (resource.h): one comparison tells them from memory. */
static inline bool is_port(const volatile void *address)
{
	return __builtin_expect((uintptr_t)address < PORT_SPACE_BYTES, 0);
}

/*
 * One set for a width: single and buffer access to registers (consecutive cells) and to ports (the
 * same cell each time).
 */
#define ACCESSORS(suffix, type, bits)                                                              \
	type NTAPI VideoPortReadRegister##suffix(type *Register)                                   \
	{                                                                                          \
		if (is_port(Register))                                                             \
			return (type)register_refused(                                             \
				"VideoPortReadRegister" #suffix, (uintptr_t)Register);             \
		host_point(HOST_POINT_REGISTER);                                                   \
		return mmio_read##bits(Register);                                                  \
	}                                                                                          \
	VOID NTAPI VideoPortWriteRegister##suffix(type *Register, type Value)                      \
	{                                                                                          \
		if (is_port(Register)) {                                                           \
			register_refused("VideoPortWriteRegister" #suffix, (uintptr_t)Register);   \
			return;                                                                    \
		}                                                                                  \
		host_point(HOST_POINT_REGISTER);                                                   \
		mmio_write##bits(Register, Value);                                                 \
	}                                                                                          \
	VOID NTAPI VideoPortReadRegisterBuffer##suffix(type *Register, type *Buffer, ULONG Count)  \
	{                                                                                          \
		for (ULONG i = 0; i < Count; i++)                                                  \
			Buffer[i] = VideoPortReadRegister##suffix(&Register[i]);                   \
	}                                                                                          \
	VOID NTAPI VideoPortWriteRegisterBuffer##suffix(type *Register, type *Buffer, ULONG Count) \
	{                                                                                          \
		for (ULONG i = 0; i < Count; i++)                                                  \
			VideoPortWriteRegister##suffix(&Register[i], Buffer[i]);                   \
	}                                                                                          \
	type NTAPI VideoPortReadPort##suffix(type *Port)                                           \
	{                                                                                          \
		return (type)port_read("VideoPortReadPort" #suffix, (uintptr_t)Port, (bits) / 8);  \
	}                                                                                          \
	VOID NTAPI VideoPortWritePort##suffix(type *Port, type Value)                              \
	{                                                                                          \
		port_write("VideoPortWritePort" #suffix, (uintptr_t)Port, (bits) / 8, Value);      \
	}                                                                                          \
	VOID NTAPI VideoPortReadPortBuffer##suffix(type *Port, type *Buffer, ULONG Count)          \
	{                                                                                          \
		for (ULONG i = 0; i < Count; i++)                                                  \
			Buffer[i] = VideoPortReadPort##suffix(Port);                               \
	}                                                                                          \
	VOID NTAPI VideoPortWritePortBuffer##suffix(type *Port, type *Buffer, ULONG Count)         \
	{                                                                                          \
		for (ULONG i = 0; i < Count; i++)                                                  \
			VideoPortWritePort##suffix(Port, Buffer[i]);                               \
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

	if (is_port(Destination)) {
		register_refused("VideoPortZeroDeviceMemory", (uintptr_t)Destination);
		return;
	}
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
