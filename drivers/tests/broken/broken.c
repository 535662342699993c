/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * broken.c: a miniport that breaks one rule, chosen by -D BREAK_NAME, when it is sent request 0x232080 (in:
 * address and length of a requester's buffer) or while it is loaded or unloaded. Everything around the break
 * is right, so that nothing else is reported. bench/tests/broken_test.c holds the rule each must be found by.
 */
#include "video.h"

#include "devioctl.h"

#define TAG           'korB'
#define IOCTL_BREAK   CTL_CODE(FILE_DEVICE_VIDEO, 0x820, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define COMMON_BYTES  1000 /* not a whole page */

typedef struct _REQUEST {
	PVOID Buffer;
	ULONG Length;
} REQUEST, *PREQUEST;

typedef struct _DEVICE {
	PUCHAR Registers;
	PVP_DMA_ADAPTER Adapter;
	PUCHAR Common;
	PHYSICAL_ADDRESS Logical;
	PVP_SCATTER_GATHER_LIST List;
	PVOID Mdl;
	PSPIN_LOCK Lock;
	PEVENT Event;
	ULONG Zero;
} DEVICE, *PDEVICE;

static VOID Common(PDEVICE Device)
{
	Device->Common = VideoPortAllocateCommonBuffer(
		Device, Device->Adapter, COMMON_BYTES, &Device->Logical, TRUE, NULL);
}

static VOID CommonRelease(PDEVICE Device)
{
	if (Device->Common != NULL)
		VideoPortReleaseCommonBuffer(Device, Device->Adapter, COMMON_BYTES, Device->Logical,
			Device->Common, TRUE);
	Device->Common = NULL;
}

static VOID NTAPI Execute(
	PVOID Extension, PVP_DMA_ADAPTER Adapter, PVP_SCATTER_GATHER_LIST List, PVOID Context)
{
	((PDEVICE)Extension)->List = List;
}

static VP_STATUS Start(PDEVICE Device, PREQUEST Request, ULONG Offset, ULONG Length)
{
	return VideoPortStartDma(
		Device, Device->Adapter, Device->Mdl, Offset, &Length, Execute, Device, TRUE);
}

static VOID Lock(PDEVICE Device, PREQUEST Request)
{
	Device->Mdl =
		VideoPortLockBuffer(Device, Request->Buffer, Request->Length, VpReadAccess);
}

static VOID Complete(PDEVICE Device)
{
	VideoPortCompleteDma(Device, Device->Adapter, Device->List, TRUE);
}

static VOID Unlock(PDEVICE Device)
{
	VideoPortUnlockBuffer(Device, Device->Mdl);
}

#if defined(BREAK_adapter_null)
static VOID Break(PDEVICE Device, PREQUEST Request)
{
	VideoPortAllocateCommonBuffer(Device, NULL, 4096, &Device->Logical, TRUE, NULL);
}
#elif defined(BREAK_adapter_unknown)
static VOID Break(PDEVICE Device, PREQUEST Request)
{
	VideoPortPutDmaAdapter(Device, (PVP_DMA_ADAPTER)&Device->Zero);
}
#elif defined(BREAK_adapter_description)
static VOID Break(PDEVICE Device, PREQUEST Request)
{
	VP_DEVICE_DESCRIPTION description = {TRUE, TRUE, TRUE, 0};

	VideoPortGetDmaAdapter(Device, &description);
}
#elif defined(BREAK_adapter_put_common)
static VOID Break(PDEVICE Device, PREQUEST Request)
{
	VP_DEVICE_DESCRIPTION description = {TRUE, FALSE, TRUE, 65536};
	PVP_DMA_ADAPTER adapter = Device->Adapter;

	Device->Adapter = VideoPortGetDmaAdapter(Device, &description);
	Common(Device);
	VideoPortPutDmaAdapter(Device, Device->Adapter);
	Device->Common = NULL;
	Device->Adapter = adapter;
}
#elif defined(BREAK_common_length)
static VOID Break(PDEVICE Device, PREQUEST Request)
{
	VideoPortAllocateCommonBuffer(
		Device, Device->Adapter, 0, &Device->Logical, TRUE, NULL);
}
#elif defined(BREAK_common_no_address)
static VOID Break(PDEVICE Device, PREQUEST Request)
{
	VideoPortAllocateCommonBuffer(Device, Device->Adapter, 4096, NULL, TRUE, NULL);
}
#elif defined(BREAK_common_free_length)
static VOID Break(PDEVICE Device, PREQUEST Request)
{
	Common(Device);
	VideoPortReleaseCommonBuffer(Device, Device->Adapter, COMMON_BYTES / 2, Device->Logical,
		Device->Common, TRUE);
	CommonRelease(Device);
}
#elif defined(BREAK_common_free_unknown)
static VOID Break(PDEVICE Device, PREQUEST Request)
{
	VideoPortReleaseCommonBuffer(
		Device, Device->Adapter, COMMON_BYTES, Device->Logical, Request->Buffer, TRUE);
}
#elif defined(BREAK_common_overrun)
static VOID Break(PDEVICE Device, PREQUEST Request)
{
	Common(Device);
	Device->Common[COMMON_BYTES + 3] ^= 0x55;
	CommonRelease(Device);
}
#elif defined(BREAK_common_free_twice)
static VOID Break(PDEVICE Device, PREQUEST Request)
{
	PUCHAR address;

	Common(Device);
	address = Device->Common;
	CommonRelease(Device);
	Device->Common = address;
	CommonRelease(Device);
}
#elif defined(BREAK_common_underrun)
static VOID Break(PDEVICE Device, PREQUEST Request)
{
	Common(Device);
	Device->Common[-1] ^= 0x55;
	CommonRelease(Device);
}
#elif defined(BREAK_common_leak)
static VOID Break(PDEVICE Device, PREQUEST Request)
{
	Common(Device);
	Device->Common = NULL;
}
#elif defined(BREAK_pool_free_twice)
static VOID Break(PDEVICE Device, PREQUEST Request)
{
	PUCHAR block = VideoPortAllocatePool(Device, VpNonPagedPool, 100, TAG);

	VideoPortFreePool(Device, block);
	VideoPortFreePool(Device, block);
}
#elif defined(BREAK_pool_leak)
static VOID Break(PDEVICE Device, PREQUEST Request)
{
	VideoPortAllocatePool(Device, VpNonPagedPool, 100, TAG);
}
#elif defined(BREAK_lock_length)
static VOID Break(PDEVICE Device, PREQUEST Request)
{
	VideoPortLockBuffer(Device, Request->Buffer, 0, VpReadAccess);
}
#elif defined(BREAK_lock_operation)
static VOID Break(PDEVICE Device, PREQUEST Request)
{
	VideoPortLockBuffer(Device, Request->Buffer, Request->Length, (VP_LOCK_OPERATION)7);
}
#elif defined(BREAK_unlock_unknown)
static VOID Break(PDEVICE Device, PREQUEST Request)
{
	VideoPortUnlockBuffer(Device, Request->Buffer);
}
#elif defined(BREAK_unlock_in_flight)
static VOID Break(PDEVICE Device, PREQUEST Request)
{
	Lock(Device, Request);
	Start(Device, Request, 0, 4096);
	Unlock(Device);
	Complete(Device);
	Unlock(Device);
}
#elif defined(BREAK_start_zero)
static VOID Break(PDEVICE Device, PREQUEST Request)
{
	Lock(Device, Request);
	Start(Device, Request, 0, 0);
	Unlock(Device);
}
#elif defined(BREAK_start_offset)
static VOID Break(PDEVICE Device, PREQUEST Request)
{
	Lock(Device, Request);
	Start(Device, Request, Request->Length + 1, 64);
	Unlock(Device);
}
#elif defined(BREAK_start_direction)
static VOID Break(PDEVICE Device, PREQUEST Request)
{
	ULONG length = 64;

	Lock(Device, Request); /* for reading by the device, and written to below */
	VideoPortStartDma(
		Device, Device->Adapter, Device->Mdl, 0, &length, Execute, Device, FALSE);
	Unlock(Device);
}
#elif defined(BREAK_start_no_routine)
static VOID Break(PDEVICE Device, PREQUEST Request)
{
	ULONG length = 64;

	Lock(Device, Request);
	VideoPortStartDma(Device, Device->Adapter, Device->Mdl, 0, &length, NULL, Device, TRUE);
	Unlock(Device);
}
#elif defined(BREAK_complete_unknown)
static VOID Break(PDEVICE Device, PREQUEST Request)
{
	VideoPortCompleteDma(
		Device, Device->Adapter, (PVP_SCATTER_GATHER_LIST)Request->Buffer, TRUE);
}
#elif defined(BREAK_complete_direction)
static VOID Break(PDEVICE Device, PREQUEST Request)
{
	Lock(Device, Request);
	Start(Device, Request, 0, 4096);
	VideoPortCompleteDma(Device, Device->Adapter, Device->List, FALSE);
	Unlock(Device);
}
#elif defined(BREAK_irql_high)
static VOID Break(PDEVICE Device, PREQUEST Request)
{
	UCHAR irql;

	VideoPortAcquireSpinLock(Device, Device->Lock, &irql);
	VideoPortLockBuffer(Device, Request->Buffer, Request->Length, VpReadAccess);
	VideoPortReleaseSpinLock(Device, Device->Lock, irql);
}
#elif defined(BREAK_wait_dispatch)
static VOID Break(PDEVICE Device, PREQUEST Request)
{
	LARGE_INTEGER timeout;
	UCHAR irql;

	timeout.QuadPart = -10000;
	VideoPortAcquireSpinLock(Device, Device->Lock, &irql);
	VideoPortWaitForSingleObject(Device, Device->Event, &timeout);
	VideoPortReleaseSpinLock(Device, Device->Lock, irql);
}
#elif defined(BREAK_spin_recursive)
static VOID Break(PDEVICE Device, PREQUEST Request)
{
	UCHAR irql, inner;

	VideoPortAcquireSpinLock(Device, Device->Lock, &irql);
	VideoPortAcquireSpinLock(Device, Device->Lock, &inner);
	VideoPortReleaseSpinLock(Device, Device->Lock, irql);
}
#elif defined(BREAK_spin_not_held)
static VOID Break(PDEVICE Device, PREQUEST Request)
{
	VideoPortReleaseSpinLock(Device, Device->Lock, 0);
}
#elif defined(BREAK_callback_irql)
static VOID Break(PDEVICE Device, PREQUEST Request)
{
	UCHAR irql;

	VideoPortAcquireSpinLock(Device, Device->Lock, &irql);
}
#elif defined(BREAK_event_unknown)
static VOID Break(PDEVICE Device, PREQUEST Request)
{
	VideoPortSetEvent(Device, (PEVENT)Request->Buffer);
}
#elif defined(BREAK_timer_none)
static VOID Break(PDEVICE Device, PREQUEST Request)
{
	VideoPortStartTimer(Device);
}
#elif defined(BREAK_pool_free_unknown)
static VOID Break(PDEVICE Device, PREQUEST Request)
{
	VideoPortFreePool(Device, Request->Buffer);
}
#elif defined(BREAK_pool_overrun)
static VOID Break(PDEVICE Device, PREQUEST Request)
{
	PUCHAR block = VideoPortAllocatePool(Device, VpNonPagedPool, 100, TAG);

	block[101] ^= 0x55;
	VideoPortFreePool(Device, block);
}
#elif defined(BREAK_startio_false)
#define STARTIO_ANSWER FALSE
#elif defined(BREAK_ranges_outside)
static VOID Break(PDEVICE Device, PREQUEST Request)
{
	VIDEO_ACCESS_RANGE ranges[6];

	VideoPortGetAccessRanges(Device, 0, NULL, 6, ranges, NULL, NULL, NULL);
}
#elif defined(BREAK_base_unclaimed)
static VOID Break(PDEVICE Device, PREQUEST Request)
{
	PHYSICAL_ADDRESS nowhere;

	nowhere.QuadPart = 0x1000;
	VideoPortGetDeviceBase(Device, nowhere, 4096, VIDEO_MEMORY_SPACE_MEMORY);
}
#elif defined(BREAK_crash_null)
static __attribute__((noinline)) VOID ReadNull(PDEVICE Device)
{
	volatile ULONG *nowhere = (volatile ULONG *)(ULONG_PTR)(Device->Zero + 16);

	Device->Zero = *nowhere;
}

static VOID Break(PDEVICE Device, PREQUEST Request)
{
	ReadNull(Device);
	Device->Zero = 0;
}
#elif defined(BREAK_crash_trap)
static VOID Break(PDEVICE Device, PREQUEST Request)
{
	__builtin_trap();
}
#elif defined(BREAK_hang)
static __attribute__((noinline)) VOID Spin(volatile ULONG *Until)
{
	while (*Until == 0)
		VideoPortStallExecution(10);
}

static VOID Break(PDEVICE Device, PREQUEST Request)
{
	Spin(&Device->Zero);
}
#endif

#ifndef STARTIO_ANSWER
#define STARTIO_ANSWER TRUE
#endif

#if defined(BREAK_startio_false) || defined(BREAK_find_crash) || defined(BREAK_leak) ||           \
	defined(BREAK_nothing)
static VOID Break(PDEVICE Device, PREQUEST Request)
{
}
#endif

static BOOLEAN NTAPI HwStartIO(PVOID Extension, PVIDEO_REQUEST_PACKET Packet)
{
	REQUEST request;

	Packet->StatusBlock->Information = 0;
	if (Packet->IoControlCode != IOCTL_BREAK) {
		Packet->StatusBlock->Status = ERROR_INVALID_FUNCTION;
		return TRUE;
	}
	if (Packet->InputBufferLength < FIELD_OFFSET(REQUEST, Length) + sizeof(ULONG)) {
		Packet->StatusBlock->Status = ERROR_INSUFFICIENT_BUFFER;
		return TRUE;
	}
	request.Buffer = ((PREQUEST)Packet->InputBuffer)->Buffer;
	request.Length = ((PREQUEST)Packet->InputBuffer)->Length;
	Break(Extension, &request);
	Packet->StatusBlock->Status = NO_ERROR;
	return STARTIO_ANSWER;
}

static VOID Release(PDEVICE Device)
{
	CommonRelease(Device);
#ifndef BREAK_leak
	if (Device->Event != NULL)
		VideoPortDeleteEvent(Device, Device->Event);
#endif
	if (Device->Lock != NULL)
		VideoPortDeleteSpinLock(Device, Device->Lock);
	if (Device->Adapter != NULL)
		VideoPortPutDmaAdapter(Device, Device->Adapter);
	if (Device->Registers != NULL)
		VideoPortFreeDeviceBase(Device, Device->Registers);
	VideoPortZeroMemory(Device, sizeof(*Device));
}

static VP_STATUS NTAPI HwFindAdapter(PVOID Extension, PVOID Context, PWSTR Argument,
	PVIDEO_PORT_CONFIG_INFO Config, PUCHAR Again)
{
	PDEVICE device = Extension;
	VIDEO_ACCESS_RANGE ranges[6];
	VP_DEVICE_DESCRIPTION description = {TRUE, FALSE, TRUE, 65536};

	*Again = 0;
	Config->BusInterruptLevel = 0;
	Config->BusInterruptVector = 0;
#ifdef BREAK_find_crash
	device->Zero = *(volatile ULONG *)(ULONG_PTR)(device->Zero + 16);
#endif
	if (VideoPortGetAccessRanges(device, 0, NULL, 6, ranges, NULL, NULL, NULL) != NO_ERROR)
		return ERROR_DEV_NOT_EXIST;
	device->Registers = VideoPortGetDeviceBase(
		device, ranges[0].RangeStart, ranges[0].RangeLength, VIDEO_MEMORY_SPACE_MEMORY);
	device->Adapter = VideoPortGetDmaAdapter(device, &description);
	if (device->Registers == NULL || device->Adapter == NULL ||
		VideoPortCreateSpinLock(device, &device->Lock) != NO_ERROR ||
		VideoPortCreateEvent(device, 0, NULL, &device->Event) != NO_ERROR) {
		Release(device);
		return ERROR_NOT_ENOUGH_MEMORY;
	}
	return NO_ERROR;
}

static BOOLEAN NTAPI HwInitialize(PVOID Extension)
{
	return TRUE;
}

static VP_STATUS NTAPI HwSetPowerState(PVOID Extension, ULONG Id, PVIDEO_POWER_MANAGEMENT Power)
{
	if (Id == DISPLAY_ADAPTER_HW_ID && Power->PowerState == VideoPowerShutdown)
		Release(Extension);
	return NO_ERROR;
}

static VP_STATUS NTAPI HwGetPowerState(PVOID Extension, ULONG Id, PVIDEO_POWER_MANAGEMENT Power)
{
	return NO_ERROR;
}

ULONG NTAPI DriverEntry(PVOID Context1, PVOID Context2)
{
	VIDEO_HW_INITIALIZATION_DATA data;

	VideoPortZeroMemory(&data, sizeof(data));
	data.HwInitDataSize = sizeof(data);
	data.HwFindAdapter = HwFindAdapter;
	data.HwInitialize = HwInitialize;
	data.HwStartIO = HwStartIO;
	data.HwSetPowerState = HwSetPowerState;
	data.HwGetPowerState = HwGetPowerState;
	data.HwDeviceExtensionSize = sizeof(DEVICE);
	return VideoPortInitialize(Context1, Context2, &data, NULL);
}
