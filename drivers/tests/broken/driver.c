/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * driver.c: see broken.h. Request 0x232080 (in: address and length of a requester's buffer) makes the driver break its rule.
 * -D ENTRY_BREAK=RULE breaks a rule in DriverEntry, where no registry can be read yet.
 */
#include "broken.h"

#define IOCTL_BREAK CTL_CODE(FILE_DEVICE_VIDEO, 0x820, METHOD_BUFFERED, FILE_ANY_ACCESS)

#ifndef ENTRY_BREAK
#define ENTRY_BREAK 0
#endif

typedef struct _INPUT {
	PVOID Buffer;
	ULONG Length;
} INPUT, *PINPUT;

static const BREAK *const Tables[] = {AdapterBreaks, CommonBreaks, LockBreaks, TransferBreaks,
	DeviceBreaks, LevelBreaks, SyncBreaks, MemoryBreaks, FrameworkBreaks, CrashBreaks};

static const BREAK Nothing = {0};

/* ---- the right way to do it -------------------------------------------------------------------------------- */

PVP_DMA_ADAPTER AdapterGet(PDEVICE Device, ULONG MaximumLength)
{
	VP_DEVICE_DESCRIPTION description = {TRUE, FALSE, TRUE, 0};

	description.MaximumLength = MaximumLength;
	return VideoPortGetDmaAdapter(Device, &description);
}

VOID CommonGet(PDEVICE Device)
{
	Device->Common = VideoPortAllocateCommonBuffer(
		Device, Device->Adapter, COMMON_BYTES, &Device->Logical, TRUE, NULL);
}

VOID CommonRelease(PDEVICE Device)
{
	if (Device->Common != NULL)
		VideoPortReleaseCommonBuffer(Device, Device->Adapter, COMMON_BYTES, Device->Logical,
			Device->Common, TRUE);
	Device->Common = NULL;
}

VOID NTAPI Execute(
	PVOID Extension, PVP_DMA_ADAPTER Adapter, PVP_SCATTER_GATHER_LIST List, PVOID Context)
{
	((PDEVICE)Extension)->List = List;
}

VP_STATUS Start(PDEVICE Device, ULONG Offset, ULONG Length, BOOLEAN WriteToDevice)
{
	return VideoPortStartDma(Device, Device->Adapter, Device->Mdl, Offset, &Length, Execute,
		Device, WriteToDevice);
}

VOID Complete(PDEVICE Device, BOOLEAN WriteToDevice)
{
	VideoPortCompleteDma(Device, Device->Adapter, Device->List, WriteToDevice);
}

VOID Lock(PDEVICE Device, PREQUEST Request, VP_LOCK_OPERATION Operation)
{
	Device->Mdl = VideoPortLockBuffer(Device, Request->Buffer, Request->Length, Operation);
}

VOID Unlock(PDEVICE Device)
{
	VideoPortUnlockBuffer(Device, Device->Mdl);
}

/* ---- requests, interrupts, timer ---------------------------------------------------------------------------- */

static BOOLEAN NTAPI HwStartIO(PVOID Extension, PVIDEO_REQUEST_PACKET Packet)
{
	PDEVICE device = Extension;
	PINPUT input = Packet->InputBuffer;
	REQUEST request;

	Packet->StatusBlock->Information = 0;
	if (Packet->IoControlCode != IOCTL_BREAK) {
		Packet->StatusBlock->Status = ERROR_INVALID_FUNCTION;
		return TRUE;
	}
	if (Packet->InputBufferLength < FIELD_OFFSET(INPUT, Length) + sizeof(ULONG)) {
		Packet->StatusBlock->Status = ERROR_INSUFFICIENT_BUFFER;
		return TRUE;
	}
	request.Buffer = input->Buffer;
	request.Length = input->Length;
	request.Input = input;
	request.Status = Packet->StatusBlock;
	request.OutputLength = Packet->OutputBufferLength;
	request.Answer = TRUE;
	Packet->StatusBlock->Status = NO_ERROR;
	if (device->Break->Request != NULL)
		device->Break->Request(device, &request);
	return request.Answer;
}

static BOOLEAN NTAPI HwInterrupt(PVOID Extension)
{
	PDEVICE device = Extension;

	device->Interrupts++;
	return device->Break->Interrupt(device);
}

static VOID NTAPI HwTimer(PVOID Extension)
{
	PDEVICE device = Extension;

	if (device->Break->Timer != NULL)
		device->Break->Timer(device);
}

/* ---- life --------------------------------------------------------------------------------------------------- */

static VOID Release(PDEVICE Device)
{
	EngineStop(Device);
	CommonRelease(Device);
	if (Device->Event != NULL)
		VideoPortDeleteEvent(Device, Device->Event);
	if (Device->OtherLock != NULL)
		VideoPortDeleteSpinLock(Device, Device->OtherLock);
	if (Device->Lock != NULL)
		VideoPortDeleteSpinLock(Device, Device->Lock);
	if (Device->Adapter != NULL)
		VideoPortPutDmaAdapter(Device, Device->Adapter);
	if (Device->Registers != NULL)
		VideoPortFreeDeviceBase(Device, Device->Registers);
	VideoPortZeroMemory(Device, sizeof(*Device));
}

/* HwVidGetRegistry: finds the break with the value's number. */
static VP_STATUS NTAPI BreakChoose(
	PVOID Extension, PVOID Context, PWSTR Name, PVOID Data, ULONG Length)
{
	ULONG i;

	for (i = 0; i < sizeof(Tables) / sizeof(Tables[0]); i++) {
		const BREAK *at;

		for (at = Tables[i]; at->Number != 0; at++)
			if (at->Number == *(PULONG)Data) {
				((PDEVICE)Extension)->Break = at;
				return NO_ERROR;
			}
	}
	return ERROR_INVALID_PARAMETER;
}

/* A Break that is not in the tables is refused, so that a test of it cannot pass. */
static VP_STATUS BreakFind(PDEVICE Device)
{
	ULONG absent = 1;

	Device->Break = &Nothing;
	return VideoPortGetRegistryParameters(Device, L"Break", FALSE, BreakChoose, &absent);
}

static VP_STATUS NTAPI HwFindAdapter(PVOID Extension, PVOID Context, PWSTR Argument,
	PVIDEO_PORT_CONFIG_INFO Config, PUCHAR Again)
{
	PDEVICE device = Extension;
	VIDEO_ACCESS_RANGE ranges[6];

	*Again = 0;
	BreakFind(device);
	if (device->Break->Interrupt == NULL)
		Config->BusInterruptLevel = Config->BusInterruptVector = 0;
	if (VideoPortGetAccessRanges(device, 0, NULL, 6, ranges, NULL, NULL, NULL) != NO_ERROR)
		return ERROR_DEV_NOT_EXIST;
	device->Registers = VideoPortGetDeviceBase(
		device, ranges[0].RangeStart, ranges[0].RangeLength, VIDEO_MEMORY_SPACE_MEMORY);
	device->Adapter = AdapterGet(device, 65536);
	if (device->Registers == NULL || device->Adapter == NULL ||
		VideoPortCreateSpinLock(device, &device->Lock) != NO_ERROR ||
		VideoPortCreateSpinLock(device, &device->OtherLock) != NO_ERROR ||
		VideoPortCreateEvent(device, 0, NULL, &device->Event) != NO_ERROR) {
		Release(device);
		return ERROR_NOT_ENOUGH_MEMORY;
	}
	if (device->Break->Find != NULL)
		device->Break->Find(device);
	return NO_ERROR;
}

static BOOLEAN NTAPI HwInitialize(PVOID Extension)
{
	return TRUE;
}

static VP_STATUS NTAPI HwSetPowerState(PVOID Extension, ULONG Id, PVIDEO_POWER_MANAGEMENT Power)
{
	PDEVICE device = Extension;

	if (Id != DISPLAY_ADAPTER_HW_ID)
		return NO_ERROR;
	if (Power->PowerState == VideoPowerShutdown) {
		Release(device);
		return NO_ERROR;
	}
	if (Power->PowerState == VideoPowerOn)
		return NO_ERROR;
	device->PowerOffs++;
	if (device->Break->PowerOff != NULL)
		return device->Break->PowerOff(device);
	EngineStop(device);
	return NO_ERROR;
}

static VP_STATUS NTAPI HwGetPowerState(PVOID Extension, ULONG Id, PVIDEO_POWER_MANAGEMENT Power)
{
	return NO_ERROR;
}

ULONG NTAPI DriverEntry(PVOID Context1, PVOID Context2)
{
	VIDEO_HW_INITIALIZATION_DATA data;
	ULONG status;

	VideoPortZeroMemory(&data, sizeof(data));
	data.HwInitDataSize = ENTRY_BREAK == 901 ? sizeof(data) - 2 : sizeof(data);
	data.HwFindAdapter = HwFindAdapter;
	data.HwInitialize = HwInitialize;
	data.HwInterrupt = HwInterrupt;
	data.HwStartIO = ENTRY_BREAK == 902 ? NULL : HwStartIO;
	data.HwTimer = ENTRY_BREAK == 713 ? NULL : HwTimer;
	data.HwSetPowerState = HwSetPowerState;
	data.HwGetPowerState = HwGetPowerState;
	data.HwDeviceExtensionSize = sizeof(DEVICE);
	status = VideoPortInitialize(Context1, Context2, &data, NULL);
	if (ENTRY_BREAK == 920)
		VideoPortInitialize(Context1, Context2, &data, NULL);
	return status;
}
