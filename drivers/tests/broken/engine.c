/* SPDX-License-Identifier: BSD-2-Clause */
/* engine.c: see broken.h. The engine's datasheet is drivers/docs/engine.md. */
#include "broken.h"

#define REG_CONTROL    0x0040
#define REG_RESET      0x0044
#define REG_IRQ_ENABLE 0x0048
#define REG_STATUS     0x0080
#define REG_RESET_DONE 0x0084
#define REG_SQ_LO      0x1000
#define REG_SQ_HI      0x1004
#define REG_CQ_LO      0x1008
#define REG_CQ_HI      0x100C
#define REG_ENTRIES    0x1010
#define REG_ENABLE     0x1014
#define REG_SQ_TAIL    0x1040
#define REG_CQ_HEAD    0x1080
#define REG_IRQ_ACKED  0x1084
#define REG_CH_STATUS  0x10C0
#define REG_IRQ_POSTED 0x10C4

#define ENTRIES      2
#define DESC_ULONGS  16
#define COMP_ULONGS  4
#define COMPS        (DESC_ULONGS * ENTRIES) /* ULONGs before the completion ring */
#define RING_BYTES   (ENTRIES * (DESC_ULONGS + COMP_ULONGS) * sizeof(ULONG))

static ULONG Read(PDEVICE Device, ULONG Register)
{
	return VideoPortReadRegisterUlong((PULONG)(Device->Registers + Register));
}

static VOID Write(PDEVICE Device, ULONG Register, ULONG Value)
{
	VideoPortWriteRegisterUlong((PULONG)(Device->Registers + Register), Value);
}

static BOOLEAN Poll(PDEVICE Device, ULONG Register, ULONG Mask, ULONG Value)
{
	ULONG i;

	for (i = 0; i < 100000; i++) {
		if ((Read(Device, Register) & Mask) == Value)
			return TRUE;
		VideoPortStallExecution(20);
	}
	return FALSE;
}

BOOLEAN EngineStart(PDEVICE Device)
{
	ULONG reset = Read(Device, REG_RESET_DONE) + 1;
	PHYSICAL_ADDRESS done;

	Device->Ring = VideoPortAllocateCommonBuffer(
		Device, Device->Adapter, RING_BYTES, &Device->RingLogical, TRUE, NULL);
	if (Device->Ring == NULL)
		return FALSE;
	VideoPortZeroMemory(Device->Ring, RING_BYTES);
	Device->Tail = Device->Head = 0;
	Write(Device, REG_RESET, reset);
	if (!Poll(Device, REG_RESET_DONE, 0xFFFFFFFF, reset))
		return FALSE;
	done.QuadPart = Device->RingLogical.QuadPart + COMPS * sizeof(ULONG);
	Write(Device, REG_SQ_LO, Device->RingLogical.LowPart);
	Write(Device, REG_SQ_HI, Device->RingLogical.HighPart);
	Write(Device, REG_CQ_LO, done.LowPart);
	Write(Device, REG_CQ_HI, done.HighPart);
	Write(Device, REG_ENTRIES, ENTRIES);
	Write(Device, REG_SQ_TAIL, 0);
	Write(Device, REG_CQ_HEAD, 0);
	Write(Device, REG_IRQ_ENABLE, 1);
	Write(Device, REG_CONTROL, 1);
	Write(Device, REG_ENABLE, 1);
	return Poll(Device, REG_STATUS, 1, 1) && Poll(Device, REG_CH_STATUS, 1, 1);
}

VOID EngineMask(PDEVICE Device)
{
	Write(Device, REG_IRQ_ENABLE, 0);
}

VOID EngineStop(PDEVICE Device)
{
	if (Device->Ring == NULL)
		return;
	EngineMask(Device);
	Write(Device, REG_ENABLE, 0);
	Poll(Device, REG_CH_STATUS, 1, 0);
	VideoPortReleaseCommonBuffer(
		Device, Device->Adapter, RING_BYTES, Device->RingLogical, Device->Ring, TRUE);
	Device->Ring = NULL;
}

VOID EngineAcknowledge(PDEVICE Device)
{
	Write(Device, REG_IRQ_ACKED, Read(Device, REG_IRQ_POSTED));
}

VOID EngineQueue(PDEVICE Device, ULONG Opcode, ULONGLONG Logical, ULONG Length, ULONG Pieces)
{
	PULONG desc = Device->Ring + DESC_ULONGS * (Device->Tail % ENTRIES);
	ULONG i;

	VideoPortZeroMemory(desc, DESC_ULONGS * sizeof(ULONG));
	desc[0] = Opcode;
	desc[1] = Length * Pieces;
	desc[4] = Pieces;
	for (i = 0; i < Pieces; i++) {
		desc[8 + 4 * i] = (ULONG)Logical;
		desc[9 + 4 * i] = (ULONG)(Logical >> 32);
		desc[10 + 4 * i] = Length;
	}
	Device->Tail++;
}

VOID EngineRing(PDEVICE Device)
{
	Write(Device, REG_SQ_TAIL, Device->Tail);
}

VOID EngineWait(PDEVICE Device, ULONG Count)
{
	ULONG until = Device->Head + Count, i;

	for (i = 0; i < 100000 && Device->Head != until; i++) {
		PULONG comp = Device->Ring + COMPS + COMP_ULONGS * (Device->Head % ENTRIES);
		ULONG phase = ((Device->Head / ENTRIES) & 1) ^ 1;

		if (VideoPortReadRegisterUlong(comp + 3) != phase) {
			VideoPortStallExecution(20);
			continue;
		}
		Device->Head++;
		Write(Device, REG_CQ_HEAD, Device->Head);
	}
}

VOID EngineMove(PDEVICE Device, ULONG Opcode, ULONGLONG Logical, ULONG Length)
{
	if (!EngineStart(Device))
		return;
	EngineQueue(Device, Opcode, Logical, Length, 1);
	EngineRing(Device);
	EngineWait(Device, 1);
	EngineStop(Device);
}
