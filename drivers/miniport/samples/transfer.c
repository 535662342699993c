/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * transfer.c: the smallest driver that dmabench can measure: it answers SUBMIT, REAP, WAIT and QUERY of
 * dmabench_ioctl.h by packet-based DMA, one transfer at a time, and polls. drivers/docs/own_driver.md
 * walks through it. The engine's registers and descriptors are those of drivers/docs/engine.md.
 *
 *	SUBMIT -> Queue -> TransferStart: LockBuffer, StartDma -> ExecuteDma: descriptor, doorbell
 *	REAP, WAIT -> Poll: completion -> CompleteDma -> more left: StartDma again; else UnlockBuffer
 */
#include "ntdef.h"

#include "dderror.h"
#include "devioctl.h"
#include "miniport.h"
#include "ntddvdeo.h"
#include "video.h"

#include "dmabench_ioctl.h"

/* The name videoprt.sys exports; mingw-w64's video.h spells it VideoPortUnLockBuffer. */
VPAPI VOID NTAPI VideoPortUnlockBuffer(PVOID HwDeviceExtension, PVOID Mdl);

#define DEPTH       64  /* transfers submitted and not reaped */
#define ENTRIES     16  /* of each ring */
#define TIMEOUT_US  1000000
#define ROUND_BYTES (256 * 1024) /* most bytes of one StartDma */

/* engine.md 3: registers. Channel 0 does both directions. */
#define REG_ID           0x000
#define REG_CONTROL      0x040
#define REG_RESET        0x044
#define REG_STATUS       0x080
#define REG_RESET_DONE   0x084
#define REG_MEMORY_LO    0x010
#define REG_MEMORY_HI    0x014
#define REG_CH_SQ_LO     0x1000
#define REG_CH_SQ_HI     0x1004
#define REG_CH_CQ_LO     0x1008
#define REG_CH_CQ_HI     0x100C
#define REG_CH_ENTRIES   0x1010
#define REG_CH_ENABLE    0x1014
#define REG_CH_SQ_TAIL   0x1040
#define REG_CH_CQ_HEAD   0x1080
#define REG_CH_STATUS    0x10C0
#define ENGINE_ID        0x444D4142

typedef struct _DESCRIPTOR { /* engine.md 5 */
	UCHAR Opcode; /* 1 to the device, 2 from it */
	UCHAR Flags;
	USHORT Id;
	ULONG Length;
	ULONGLONG DeviceAddress;
	UCHAR InlineCount;
	UCHAR Reserved[3];
	ULONG ChainCount;
	ULONGLONG ChainAddress;
	struct {
		ULONGLONG Address;
		ULONG Length;
		ULONG Flags;
	} Element[2];
} DESCRIPTOR, *PDESCRIPTOR;

typedef struct _COMPLETION { /* engine.md 6 */
	ULONG Length;
	USHORT Id;
	USHORT Status;
	ULONG SqHead;
	ULONG Phase;
} COMPLETION, *PCOMPLETION;

typedef struct _EXTENSION {
	PUCHAR Registers;
	PVP_DMA_ADAPTER Adapter;
	PDESCRIPTOR Descriptors; /* both rings are in one common buffer */
	PCOMPLETION Completions;
	PHYSICAL_ADDRESS Rings;
	ULONGLONG DeviceMemory;
	ULONG Tail, Head; /* of the rings, free-running */

	/* Free-running too: Done <= Active <= Submitted. The one at Active is on the engine. */
	DMABENCH_TRANSFER Transfer[DEPTH];
	DMABENCH_COMPLETION Result[DEPTH];
	ULONG Submitted, Active, Done;

	/* Of the transfer on the engine. */
	BOOLEAN Busy;
	PVOID Mdl;
	ULONG Round; /* bytes of this StartDma */
	PVP_SCATTER_GATHER_LIST List;
} EXTENSION, *PEXTENSION;

#define RINGS_BYTES (ENTRIES * (sizeof(DESCRIPTOR) + sizeof(COMPLETION)))

static ULONG Read(PEXTENSION Ext, ULONG Register)
{
	return VideoPortReadRegisterUlong((PULONG)(Ext->Registers + Register));
}

static VOID Write(PEXTENSION Ext, ULONG Register, ULONG Value)
{
	VideoPortWriteRegisterUlong((PULONG)(Ext->Registers + Register), Value);
}

/* Waits until the bits of Mask are Value. FALSE: the engine is dead. */
static BOOLEAN Await(PEXTENSION Ext, ULONG Register, ULONG Mask, ULONG Value)
{
	ULONG us;

	for (us = 0; us < TIMEOUT_US; us += 20) {
		if ((Read(Ext, Register) & Mask) == Value)
			return TRUE;
		VideoPortStallExecution(20);
	}
	return FALSE;
}

/* ---- a transfer ------------------------------------------------------------------------------ */

/* HwVidExecuteDma, at DISPATCH_LEVEL: the list has one element, as ScatterGather is FALSE. */
static VOID NTAPI ExecuteDma(PVOID HwDeviceExtension, PVP_DMA_ADAPTER Adapter,
	PVP_SCATTER_GATHER_LIST List, PVOID Context)
{
	PEXTENSION ext = HwDeviceExtension;
	PDMABENCH_TRANSFER transfer = Context;
	PDESCRIPTOR descriptor = &ext->Descriptors[ext->Tail % ENTRIES];
	ULONG moved = ext->Result[ext->Active % DEPTH].Length;

	(void)Adapter;
	ext->List = List;
	VideoPortZeroMemory(descriptor, sizeof(*descriptor));
	descriptor->Opcode = transfer->Direction == DMABENCH_TO_DEVICE ? 1 : 2;
	descriptor->Length = List->Elements[0].Length;
	descriptor->DeviceAddress = transfer->DeviceAddress + moved;
	descriptor->InlineCount = 1;
	descriptor->Element[0].Address = (ULONGLONG)List->Elements[0].Address.QuadPart;
	descriptor->Element[0].Length = List->Elements[0].Length;
	ext->Tail++;
	Write(ext, REG_CH_SQ_TAIL, ext->Tail); /* releases: the descriptor is written before */
}

static VOID TransferEnd(PEXTENSION Ext, VP_STATUS Status)
{
	if (Ext->Mdl != NULL)
		VideoPortUnlockBuffer(Ext, Ext->Mdl);
	Ext->Mdl = NULL;
	Ext->Busy = FALSE;
	Ext->Result[Ext->Active % DEPTH].Status = Status;
	Ext->Active++;
}

/* The next part of the transfer at Active; the port may grant less than is left. */
static VOID RoundStart(PEXTENSION Ext)
{
	PDMABENCH_TRANSFER transfer = &Ext->Transfer[Ext->Active % DEPTH];
	PDMABENCH_COMPLETION result = &Ext->Result[Ext->Active % DEPTH];

	Ext->Round = transfer->Length - result->Length;
	if (Ext->Round > ROUND_BYTES)
		Ext->Round = ROUND_BYTES;
	result->Rounds++;
	result->Elements++;
	if (VideoPortStartDma(Ext, Ext->Adapter, Ext->Mdl, transfer->Offset + result->Length,
		    &Ext->Round, ExecuteDma, transfer,
		    transfer->Direction == DMABENCH_TO_DEVICE) != NO_ERROR)
		TransferEnd(Ext, ERROR_NOT_ENOUGH_MEMORY);
}

static VOID TransferStart(PEXTENSION Ext)
{
	while (!Ext->Busy && Ext->Active != Ext->Submitted) {
		PDMABENCH_TRANSFER transfer = &Ext->Transfer[Ext->Active % DEPTH];

		Ext->Busy = TRUE;
		Ext->Mdl = VideoPortLockBuffer(Ext, transfer->Buffer, transfer->BufferLength,
			transfer->Direction == DMABENCH_TO_DEVICE ? VpReadAccess : VpWriteAccess);
		if (Ext->Mdl == NULL)
			TransferEnd(Ext, ERROR_INVALID_PARAMETER);
		else
			RoundStart(Ext);
	}
}

/* Takes a completion, if there is one, and keeps the engine at work. */
static VOID Poll(PEXTENSION Ext)
{
	PCOMPLETION completion = &Ext->Completions[Ext->Head % ENTRIES];
	ULONG phase = ((Ext->Head / ENTRIES) & 1) ^ 1;
	PDMABENCH_TRANSFER transfer = &Ext->Transfer[Ext->Active % DEPTH];
	PDMABENCH_COMPLETION result = &Ext->Result[Ext->Active % DEPTH];

	/* Acquires: what the engine wrote before the phase is there. */
	if (!Ext->Busy || VideoPortReadRegisterUlong(&completion->Phase) != phase)
		return;
	Ext->Head++;
	Write(Ext, REG_CH_CQ_HEAD, Ext->Head);
	VideoPortCompleteDma(
		Ext, Ext->Adapter, Ext->List, transfer->Direction == DMABENCH_TO_DEVICE);
	result->Length += completion->Length;
	if (completion->Status != 0)
		TransferEnd(Ext, ERROR_GEN_FAILURE);
	else if (result->Length == transfer->Length)
		TransferEnd(Ext, NO_ERROR);
	else
		RoundStart(Ext);
	TransferStart(Ext);
}

/* ---- requests -------------------------------------------------------------------------------- */

static VP_STATUS Submit(PEXTENSION Ext, PVIDEO_REQUEST_PACKET Packet)
{
	PDMABENCH_SUBMIT submit = Packet->InputBuffer;
	ULONG head = FIELD_OFFSET(DMABENCH_SUBMIT, Transfer), i;

	if (Packet->InputBufferLength < head || Packet->OutputBufferLength < head ||
		submit->Count > (Packet->InputBufferLength - head) / sizeof(DMABENCH_TRANSFER))
		return ERROR_INSUFFICIENT_BUFFER;
	for (i = 0; i < submit->Count; i++) {
		PDMABENCH_TRANSFER transfer = &submit->Transfer[i];

		if (transfer->Direction > DMABENCH_TO_DEVICE || transfer->Length == 0 ||
			transfer->Offset > transfer->BufferLength ||
			transfer->Length > transfer->BufferLength - transfer->Offset)
			return ERROR_INVALID_PARAMETER;
	}
	for (i = 0; i < submit->Count && Ext->Submitted - Ext->Done < DEPTH; i++) {
		PDMABENCH_COMPLETION result = &Ext->Result[Ext->Submitted % DEPTH];

		VideoPortZeroMemory(result, sizeof(*result));
		result->Cookie = submit->Transfer[i].Cookie;
		Ext->Transfer[Ext->Submitted % DEPTH] = submit->Transfer[i];
		Ext->Submitted++;
	}
	submit->Count = i; /* out: how many were accepted */
	Packet->StatusBlock->Information = head;
	TransferStart(Ext);
	return NO_ERROR;
}

static VP_STATUS Reap(PEXTENSION Ext, PVIDEO_REQUEST_PACKET Packet)
{
	PDMABENCH_REAP reap = Packet->InputBuffer;
	ULONG head = FIELD_OFFSET(DMABENCH_REAP, Completion), count;

	if (Packet->InputBufferLength < head || Packet->OutputBufferLength < head ||
		reap->Count > (Packet->OutputBufferLength - head) / sizeof(DMABENCH_COMPLETION))
		return ERROR_INSUFFICIENT_BUFFER;
	Poll(Ext);
	for (count = 0; count < reap->Count && Ext->Done != Ext->Active; count++, Ext->Done++)
		reap->Completion[count] = Ext->Result[Ext->Done % DEPTH];
	reap->Count = count;
	Packet->StatusBlock->Information = head + count * sizeof(DMABENCH_COMPLETION);
	return NO_ERROR;
}

static VP_STATUS Wait(PEXTENSION Ext, PVIDEO_REQUEST_PACKET Packet)
{
	PDMABENCH_WAIT wait = Packet->InputBuffer;
	LONGLONG frequency, until;

	if (Packet->InputBufferLength < sizeof(*wait) || Packet->OutputBufferLength < sizeof(*wait))
		return ERROR_INSUFFICIENT_BUFFER;
	until = VideoPortQueryPerformanceCounter(Ext, &frequency);
	until += (LONGLONG)wait->TimeoutUs * frequency / 1000000;
	do {
		Poll(Ext);
	} while (Ext->Done == Ext->Active &&
		 VideoPortQueryPerformanceCounter(Ext, NULL) < until);
	wait->Ready = Ext->Done != Ext->Active;
	Packet->StatusBlock->Information = sizeof(*wait);
	return NO_ERROR;
}

static VP_STATUS Query(PEXTENSION Ext, PVIDEO_REQUEST_PACKET Packet)
{
	PDMABENCH_QUERY query = Packet->OutputBuffer;

	if (Packet->OutputBufferLength < sizeof(*query))
		return ERROR_INSUFFICIENT_BUFFER;
	VideoPortZeroMemory(query, sizeof(*query));
	query->DepthMaximum = DEPTH;
	query->LengthMaximum =
		Ext->DeviceMemory < 0xFFFFF000u ? (ULONG)Ext->DeviceMemory : 0xFFFFF000u;
	query->DeviceMemory = Ext->DeviceMemory;
	query->CompletionMode = DMABENCH_COMPLETION_POLL;
	Packet->StatusBlock->Information = sizeof(*query);
	return NO_ERROR;
}

static BOOLEAN NTAPI HwStartIO(PVOID HwDeviceExtension, PVIDEO_REQUEST_PACKET Packet)
{
	PEXTENSION ext = HwDeviceExtension;
	VP_STATUS status;

	Packet->StatusBlock->Information = 0;
	switch (Packet->IoControlCode) {
	case IOCTL_DMABENCH_SUBMIT: status = Submit(ext, Packet); break;
	case IOCTL_DMABENCH_REAP: status = Reap(ext, Packet); break;
	case IOCTL_DMABENCH_WAIT: status = Wait(ext, Packet); break;
	case IOCTL_DMABENCH_QUERY: status = Query(ext, Packet); break;
	default: status = ERROR_INVALID_FUNCTION; break; /* */
	}
	Packet->StatusBlock->Status = status;
	return TRUE;
}

/* ---- the device ------------------------------------------------------------------------------ */

/* Whatever was made, in the order that undoes it; safe at any time. */
static VOID Release(PEXTENSION Ext)
{
	if (Ext->Descriptors != NULL)
		VideoPortReleaseCommonBuffer(Ext, Ext->Adapter, RINGS_BYTES, Ext->Rings,
			Ext->Descriptors, TRUE);
	if (Ext->Adapter != NULL)
		VideoPortPutDmaAdapter(Ext, Ext->Adapter);
	if (Ext->Registers != NULL)
		VideoPortFreeDeviceBase(Ext, Ext->Registers);
	Ext->Descriptors = NULL;
	Ext->Adapter = NULL;
	Ext->Registers = NULL;
}

static VP_STATUS NTAPI HwFindAdapter(PVOID HwDeviceExtension, PVOID Context, PWSTR Argument,
	PVIDEO_PORT_CONFIG_INFO Config, PUCHAR Again)
{
	PEXTENSION ext = HwDeviceExtension;
	VIDEO_ACCESS_RANGE ranges[6];
	VP_DEVICE_DESCRIPTION description;

	(void)Context;
	(void)Argument;
	*Again = 0;
	Config->BusInterruptLevel = 0; /* this driver polls */
	Config->BusInterruptVector = 0;
	if (VideoPortGetAccessRanges(ext, 0, NULL, 6, ranges, NULL, NULL, NULL) != NO_ERROR)
		return ERROR_DEV_NOT_EXIST;
	ext->Registers = VideoPortGetDeviceBase(ext, ranges[0].RangeStart, ranges[0].RangeLength,
		VIDEO_MEMORY_SPACE_MEMORY);
	if (ext->Registers == NULL || Read(ext, REG_ID) != ENGINE_ID) {
		Release(ext);
		return ERROR_DEV_NOT_EXIST;
	}
	ext->DeviceMemory =
		Read(ext, REG_MEMORY_LO) | (ULONGLONG)Read(ext, REG_MEMORY_HI) << 32;
	VideoPortZeroMemory(&description, sizeof(description));
	description.ScatterGather = FALSE; /* one element for each StartDma */
	description.Dma64BitAddresses = TRUE;
	description.MaximumLength = ROUND_BYTES;
	ext->Adapter = VideoPortGetDmaAdapter(ext, &description);
	if (ext->Adapter != NULL)
		ext->Descriptors = VideoPortAllocateCommonBuffer(
			ext, ext->Adapter, RINGS_BYTES, &ext->Rings, TRUE, NULL);
	if (ext->Descriptors == NULL) {
		Release(ext);
		return ERROR_NOT_ENOUGH_MEMORY;
	}
	ext->Completions = (PCOMPLETION)(ext->Descriptors + ENTRIES);
	return NO_ERROR;
}

/* engine.md 8.1, steps 2 to 7. */
static BOOLEAN EngineStart(PEXTENSION Ext)
{
	PHYSICAL_ADDRESS completions = Ext->Rings;
	ULONG reset = Read(Ext, REG_RESET_DONE) + 1;

	completions.QuadPart += ENTRIES * sizeof(DESCRIPTOR);
	Write(Ext, REG_RESET, reset);
	if (!Await(Ext, REG_RESET_DONE, 0xFFFFFFFF, reset))
		return FALSE;
	VideoPortZeroMemory(Ext->Descriptors, RINGS_BYTES);
	Ext->Tail = Ext->Head = 0;
	Write(Ext, REG_CH_SQ_LO, Ext->Rings.LowPart);
	Write(Ext, REG_CH_SQ_HI, (ULONG)Ext->Rings.HighPart);
	Write(Ext, REG_CH_CQ_LO, completions.LowPart);
	Write(Ext, REG_CH_CQ_HI, (ULONG)completions.HighPart);
	Write(Ext, REG_CH_ENTRIES, ENTRIES);
	Write(Ext, REG_CH_SQ_TAIL, 0);
	Write(Ext, REG_CH_CQ_HEAD, 0);
	Write(Ext, REG_CONTROL, 1);
	Write(Ext, REG_CH_ENABLE, 1);
	return Await(Ext, REG_STATUS, 1, 1) && Await(Ext, REG_CH_STATUS, 1, 1);
}

static BOOLEAN NTAPI HwInitialize(PVOID HwDeviceExtension)
{
	return EngineStart(HwDeviceExtension);
}

static VP_STATUS NTAPI HwSetPowerState(
	PVOID HwDeviceExtension, ULONG HwId, PVIDEO_POWER_MANAGEMENT Power)
{
	PEXTENSION ext = HwDeviceExtension;

	if (HwId != DISPLAY_ADAPTER_HW_ID)
		return NO_ERROR;
	switch (Power->PowerState) {
	case VideoPowerOn:
		return EngineStart(ext) ? NO_ERROR : ERROR_GEN_FAILURE;
	case VideoPowerShutdown: /* the device sleeps already; give everything back */
		Release(ext);
		return NO_ERROR;
	default:
		if (ext->Active != ext->Submitted)
			return ERROR_BUSY;
		Write(ext, REG_CH_ENABLE, 0);
		return Await(ext, REG_CH_STATUS, 1, 0) ? NO_ERROR : ERROR_GEN_FAILURE;
	}
}

static VP_STATUS NTAPI HwGetPowerState(
	PVOID HwDeviceExtension, ULONG HwId, PVIDEO_POWER_MANAGEMENT Power)
{
	(void)HwDeviceExtension;
	(void)HwId;
	return Power->PowerState == VideoPowerOn || Power->PowerState == VideoPowerOff ||
			       Power->PowerState == VideoPowerShutdown
		       ? NO_ERROR
		       : ERROR_INVALID_PARAMETER;
}

ULONG NTAPI DriverEntry(PVOID Context1, PVOID Context2)
{
	VIDEO_HW_INITIALIZATION_DATA init;

	VideoPortZeroMemory(&init, sizeof(init));
	init.HwInitDataSize = sizeof(init);
	init.HwFindAdapter = HwFindAdapter;
	init.HwInitialize = HwInitialize;
	init.HwStartIO = HwStartIO;
	init.HwSetPowerState = HwSetPowerState;
	init.HwGetPowerState = HwGetPowerState;
	init.HwDeviceExtensionSize = sizeof(EXTENSION);
	return VideoPortInitialize(Context1, Context2, &init, NULL);
}
