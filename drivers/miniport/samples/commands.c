/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * commands.c: uploads through a command queue in one common buffer, as accelerators with a 32-bit bus master
 * did: the display driver hands over bytes, the miniport copies them into the next slot of the buffer and
 * queues a command that carries the slot's logical address. An old driver by its looks: a
 * table of registers, goto, a HwVidResetHw that only silences the engine.
 *
 *	IOCTL_CMD_WRITE  in: CMD_WRITE and bytes   out: nothing       host to device memory
 *	IOCTL_CMD_READ   in: CMD_READ              out: the bytes     device memory to host
 *
 * The registers are reached through I/O ports where the device has them (index and data), else in memory.
 */
#include "ntdef.h"

#include "dderror.h"
#include "devioctl.h"
#include "miniport.h"
#include "ntddvdeo.h"
#include "video.h"

/* Not in every DDK's dderror.h. */
#ifndef ERROR_GEN_FAILURE
#define ERROR_GEN_FAILURE 31L
#endif

#define CMD_SLOTS      8
#define CMD_SLOT_BYTES 4096

#define IOCTL_CMD_WRITE CTL_CODE(FILE_DEVICE_VIDEO, 0x810, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define IOCTL_CMD_READ  CTL_CODE(FILE_DEVICE_VIDEO, 0x811, METHOD_BUFFERED, FILE_ANY_ACCESS)

typedef struct _CMD_WRITE {
	ULONG Address; /* in device memory; the bytes follow */
} CMD_WRITE, *PCMD_WRITE;

typedef struct _CMD_READ {
	ULONG Address;
	ULONG Length; /* 1 .. CMD_SLOTS * CMD_SLOT_BYTES */
} CMD_READ, *PCMD_READ;

/* What lies where in the common buffer; the engine wants rings on 64 bytes. */
typedef struct _QUEUE {
	ULONG Command[CMD_SLOTS][16];
	ULONG Done[CMD_SLOTS][4];
	UCHAR Slot[CMD_SLOTS][CMD_SLOT_BYTES];
} QUEUE, *PQUEUE;

typedef struct _HARDWARE {
	PULONG Memory;   /* registers in memory space, or ... */
	PULONG Port;     /* ... index port, data port behind it */
	PVP_DMA_ADAPTER Adapter;
	PQUEUE Queue;
	PHYSICAL_ADDRESS Bus; /* where the device sees the queue */
	ULONG Tail, Head;
} HARDWARE, *PHARDWARE;

static PHYSICAL_ADDRESS Nowhere = {0, 0};

static ULONG RegRead(PHARDWARE Hw, ULONG Register)
{
	if (Hw->Port == NULL)
		return VideoPortReadRegisterUlong(Hw->Memory + Register / 4);
	VideoPortWritePortUlong(Hw->Port, Register);
	return VideoPortReadPortUlong(Hw->Port + 1);
}

static void RegWrite(PHARDWARE Hw, ULONG Register, ULONG Value)
{
	if (Hw->Port == NULL) {
		VideoPortWriteRegisterUlong(Hw->Memory + Register / 4, Value);
		return;
	}
	VideoPortWritePortUlong(Hw->Port, Register);
	VideoPortWritePortUlong(Hw->Port + 1, Value);
}

static BOOLEAN RegWait(PHARDWARE Hw, ULONG Register, ULONG Mask, ULONG Value)
{
	ULONG i;

	for (i = 0; i < 100000; i++) {
		if ((RegRead(Hw, Register) & Mask) == Value)
			return TRUE;
		VideoPortStallExecution(10);
	}
	return FALSE;
}

/* One command that moves bytes of a slot; Direction 1 to the device, 2 from it. */
static void CommandQueue(
	PHARDWARE Hw, ULONG Direction, ULONG Slot, ULONG Bytes, ULONG DeviceAddress)
{
	PULONG command = Hw->Queue->Command[Hw->Tail % CMD_SLOTS];

	VideoPortZeroMemory(command, sizeof(Hw->Queue->Command[0]));
	command[0] = Direction | Slot << 16;
	command[1] = Bytes;
	command[2] = DeviceAddress;
	command[4] = 1; /* one element: the slot, below 4 GiB */
	command[8] = Hw->Bus.LowPart + FIELD_OFFSET(QUEUE, Slot) + Slot * CMD_SLOT_BYTES;
	command[10] = Bytes;
	Hw->Tail++;
	RegWrite(Hw, 0x1040, Hw->Tail);
}

/* Waits for every command queued. FALSE: one failed, or the engine is dead. */
static BOOLEAN CommandsFinish(PHARDWARE Hw)
{
	BOOLEAN good = TRUE;
	ULONG i = 0;

	while (Hw->Head != Hw->Tail) {
		PULONG done = Hw->Queue->Done[Hw->Head % CMD_SLOTS];
		ULONG phase = ((Hw->Head / CMD_SLOTS) & 1) ^ 1;

		if (VideoPortReadRegisterUlong(&done[3]) != phase) {
			if (++i == 100000)
				return FALSE;
			VideoPortStallExecution(10);
			continue;
		}
		if (done[1] >> 16)
			good = FALSE;
		Hw->Head++;
		RegWrite(Hw, 0x1080, Hw->Head);
	}
	return good;
}

static BOOLEAN NTAPI CmdInitialize(PVOID Extension)
{
	PHARDWARE hw = Extension;
	ULONG reset = RegRead(hw, 0x0084) + 1;
	ULONG base = hw->Bus.LowPart;
	struct {
		ULONG Register, Value;
	} table[] = {
		{0x1000, base + FIELD_OFFSET(QUEUE, Command)}, {0x1004, 0},
		{0x1008, base + FIELD_OFFSET(QUEUE, Done)}, {0x100C, 0},
		{0x1010, CMD_SLOTS},
		{0x1040, 0}, {0x1080, 0}, /* doorbells */
		{0x0040, 1}, {0x1014, 1}, /* engine and channel on */
	};
	ULONG i;

	RegWrite(hw, 0x0044, reset);
	if (!RegWait(hw, 0x0084, 0xFFFFFFFF, reset))
		return FALSE;
	VideoPortZeroMemory(hw->Queue, sizeof(QUEUE));
	hw->Head = hw->Tail = 0;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		RegWrite(hw, table[i].Register, table[i].Value);
	return RegWait(hw, 0x10C0, 1, 1);
}

static VOID CmdCleanup(PHARDWARE Hw)
{
	if (Hw->Queue != NULL)
		VideoPortReleaseCommonBuffer(
			Hw, Hw->Adapter, sizeof(QUEUE), Hw->Bus, Hw->Queue, FALSE);
	if (Hw->Adapter != NULL)
		VideoPortPutDmaAdapter(Hw, Hw->Adapter);
	if (Hw->Memory != NULL)
		VideoPortFreeDeviceBase(Hw, Hw->Memory);
	if (Hw->Port != NULL)
		VideoPortFreeDeviceBase(Hw, Hw->Port);
	Hw->Queue = NULL;
	Hw->Adapter = NULL;
	Hw->Memory = NULL;
	Hw->Port = NULL;
	Hw->Bus = Nowhere;
}

static VP_STATUS NTAPI CmdFindAdapter(PVOID Extension, PVOID Context, PWSTR Argument,
	PVIDEO_PORT_CONFIG_INFO Config, PUCHAR Again)
{
	PHARDWARE hw = Extension;
	VIDEO_ACCESS_RANGE range[6];
	VP_DEVICE_DESCRIPTION description = {0};
	VP_STATUS status = ERROR_DEV_NOT_EXIST;
	int i;

	Config->BusInterruptLevel = Config->BusInterruptVector = 0;
	*Again = FALSE;
	if (VideoPortGetAccessRanges(hw, 0, NULL, 6, range, NULL, NULL, NULL) != NO_ERROR)
		goto failed;
	for (i = 0; i < 6; i++) {
		PULONG base;

		if (range[i].RangeLength == 0)
			continue;
		if (range[i].RangeInIoSpace ? hw->Port != NULL : hw->Memory != NULL)
			continue;
		base = VideoPortGetDeviceBase(
			hw, range[i].RangeStart, range[i].RangeLength, range[i].RangeInIoSpace);
		if (base == NULL)
			goto failed;
		if (range[i].RangeInIoSpace)
			hw->Port = base;
		else
			hw->Memory = base;
	}
	if ((hw->Memory == NULL && hw->Port == NULL) || RegRead(hw, 0) != 0x444D4142)
		goto failed;
	description.Dma32BitAddresses = TRUE;
	description.ScatterGather = TRUE;
	description.MaximumLength = sizeof(QUEUE);
	status = ERROR_NOT_ENOUGH_MEMORY;
	hw->Adapter = VideoPortGetDmaAdapter(hw, &description);
	if (hw->Adapter == NULL)
		goto failed;
	hw->Queue = VideoPortAllocateCommonBuffer(
		hw, hw->Adapter, sizeof(QUEUE), &hw->Bus, FALSE, NULL);
	if (hw->Queue == NULL)
		goto failed;
	return NO_ERROR;
failed:
	CmdCleanup(hw);
	return status;
}

static VP_STATUS CmdWrite(PHARDWARE Hw, PVIDEO_REQUEST_PACKET Packet)
{
	PCMD_WRITE write = Packet->InputBuffer;
	PUCHAR bytes = (PUCHAR)(write + 1);
	ULONG left, slot = 0, part;

	if (Packet->InputBufferLength <= sizeof(*write))
		return ERROR_INSUFFICIENT_BUFFER;
	left = Packet->InputBufferLength - sizeof(*write);
	if (left > CMD_SLOTS * CMD_SLOT_BYTES)
		return ERROR_INVALID_PARAMETER;
	for (; left > 0; left -= part, bytes += part, slot++) {
		part = left < CMD_SLOT_BYTES ? left : CMD_SLOT_BYTES;
		VideoPortMoveMemory(Hw->Queue->Slot[slot], bytes, part);
		CommandQueue(Hw, 1, slot, part, write->Address + slot * CMD_SLOT_BYTES);
	}
	return CommandsFinish(Hw) ? NO_ERROR : ERROR_INVALID_PARAMETER;
}

static VP_STATUS CmdRead(PHARDWARE Hw, PVIDEO_REQUEST_PACKET Packet)
{
	CMD_READ read; /* a copy: output overwrites input */
	PUCHAR to = Packet->OutputBuffer;
	ULONG slot, part, left;

	if (Packet->InputBufferLength < sizeof(read))
		return ERROR_INSUFFICIENT_BUFFER;
	read = *(PCMD_READ)Packet->InputBuffer;
	if (read.Length == 0 || read.Length > CMD_SLOTS * CMD_SLOT_BYTES)
		return ERROR_INVALID_PARAMETER;
	if (Packet->OutputBufferLength < read.Length)
		return ERROR_INSUFFICIENT_BUFFER;
	for (slot = 0, left = read.Length; left > 0; left -= part, slot++) {
		part = left < CMD_SLOT_BYTES ? left : CMD_SLOT_BYTES;
		CommandQueue(Hw, 2, slot, part, read.Address + slot * CMD_SLOT_BYTES);
	}
	if (!CommandsFinish(Hw))
		return ERROR_INVALID_PARAMETER;
	VideoPortMoveMemory(to, Hw->Queue->Slot, read.Length);
	Packet->StatusBlock->Information = read.Length;
	return NO_ERROR;
}

static BOOLEAN NTAPI CmdStartIO(PVOID Extension, PVIDEO_REQUEST_PACKET Packet)
{
	Packet->StatusBlock->Information = 0;
	switch (Packet->IoControlCode) {
	case IOCTL_CMD_WRITE:
		Packet->StatusBlock->Status = CmdWrite(Extension, Packet);
		break;
	case IOCTL_CMD_READ:
		Packet->StatusBlock->Status = CmdRead(Extension, Packet);
		break;
	default:
		Packet->StatusBlock->Status = ERROR_INVALID_FUNCTION;
	}
	return TRUE;
}

/* The system goes down or the driver is unloaded: the engine must fall silent. */
static BOOLEAN NTAPI CmdResetHw(PVOID Extension, ULONG Columns, ULONG Rows)
{
	RegWrite(Extension, 0x0040, 0);
	return FALSE; /* the text mode is somebody else's */
}

static VP_STATUS NTAPI CmdSetPower(PVOID Extension, ULONG Id, PVIDEO_POWER_MANAGEMENT Power)
{
	PHARDWARE hw = Extension;

	if (Id != DISPLAY_ADAPTER_HW_ID)
		return NO_ERROR;
	if (Power->PowerState == VideoPowerOn)
		return CmdInitialize(hw) ? NO_ERROR : ERROR_GEN_FAILURE;
	if (Power->PowerState == VideoPowerShutdown) {
		CmdCleanup(hw);
		return NO_ERROR;
	}
	RegWrite(hw, 0x1014, 0);
	return RegWait(hw, 0x10C0, 1, 0) ? NO_ERROR : ERROR_GEN_FAILURE;
}

static VP_STATUS NTAPI CmdGetPower(PVOID Extension, ULONG Id, PVIDEO_POWER_MANAGEMENT Power)
{
	return NO_ERROR;
}

ULONG NTAPI DriverEntry(PVOID Context1, PVOID Context2)
{
	VIDEO_HW_INITIALIZATION_DATA data;
	PUCHAR at = (PUCHAR)&data;
	ULONG i;

	for (i = 0; i < sizeof(data); i++)
		*at++ = 0;
	data.HwInitDataSize = sizeof(data);
	data.AdapterInterfaceType = PCIBus;
	data.HwFindAdapter = CmdFindAdapter;
	data.HwInitialize = CmdInitialize;
	data.HwStartIO = CmdStartIO;
	data.HwResetHw = CmdResetHw;
	data.HwSetPowerState = CmdSetPower;
	data.HwGetPowerState = CmdGetPower;
	data.HwDeviceExtensionSize = sizeof(HARDWARE);
	return VideoPortInitialize(Context1, Context2, &data, NULL);
}
