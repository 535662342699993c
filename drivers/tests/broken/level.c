/* SPDX-License-Identifier: BSD-2-Clause */
/* level.c: breaks the rules of levels and interrupts, 601 to 610. See broken.h. */
#include "broken.h"

static VOID High(PDEVICE Device, PREQUEST Request)
{
	UCHAR irql;

	VideoPortAcquireSpinLock(Device, Device->Lock, &irql);
	VideoPortLockBuffer(Device, Request->Buffer, Request->Length, VpReadAccess);
	VideoPortReleaseSpinLock(Device, Device->Lock, irql);
}

static VOID NTAPI Dpc(PVOID Extension, PVOID Context)
{
	((PDEVICE)Extension)->Flag = 1;
}

static VOID NTAPI HighDpc(PVOID Extension, PVOID Context)
{
	AdapterGet(Extension, 4096);
}

static VOID HighInDpc(PDEVICE Device, PREQUEST Request)
{
	UCHAR irql;

	VideoPortAcquireSpinLock(Device, Device->Lock, &irql);
	VideoPortQueueDpc(Device, HighDpc, NULL);
	VideoPortReleaseSpinLock(Device, Device->Lock, irql);
}

static VOID Low(PDEVICE Device, PREQUEST Request)
{
	VideoPortQueueDpc(Device, Dpc, NULL);
}

static VOID LowAcquire(PDEVICE Device, PREQUEST Request)
{
	VideoPortAcquireSpinLockAtDpcLevel(Device, Device->Lock);
}

/* ---- interrupts --------------------------------------------------------------------------------------------- */

/* Makes the engine interrupt and waits until it was seen. */
static VOID Interrupt(PDEVICE Device)
{
	ULONG i;

	if (!EngineStart(Device))
		return;
	EngineQueue(Device, ENGINE_NOP | ENGINE_INTERRUPT, 0, 0, 0);
	EngineRing(Device);
	EngineWait(Device, 1);
	for (i = 0; i < 100000 && Device->Interrupts == 0; i++)
		VideoPortStallExecution(20);
}

static VOID InterruptOnce(PDEVICE Device, PREQUEST Request)
{
	Interrupt(Device);
	EngineStop(Device);
}

static BOOLEAN IsrSetsEvent(PDEVICE Device)
{
	EngineAcknowledge(Device);
	VideoPortSetEvent(Device, Device->Event);
	return TRUE;
}

static BOOLEAN NTAPI SynchronizedPool(PVOID Context)
{
	VideoPortFreePool(Context, VideoPortAllocatePool(Context, VpNonPagedPool, 64, TAG));
	return TRUE;
}

static VOID Synchronize(PDEVICE Device, PREQUEST Request)
{
	VideoPortSynchronizeExecution(Device, VpHighPriority, SynchronizedPool, Device);
}

static BOOLEAN Isr(PDEVICE Device)
{
	EngineAcknowledge(Device);
	return TRUE;
}

static VOID WaitAtDispatch(PDEVICE Device, PREQUEST Request)
{
	LARGE_INTEGER timeout;
	UCHAR irql;

	timeout.QuadPart = -10000;
	VideoPortAcquireSpinLock(Device, Device->Lock, &irql);
	VideoPortWaitForSingleObject(Device, Device->Event, &timeout);
	VideoPortReleaseSpinLock(Device, Device->Lock, irql);
}

/* ---- what a routine leaves behind --------------------------------------------------------------------------- */

static VOID Keep(PDEVICE Device, PREQUEST Request)
{
	UCHAR irql;

	VideoPortAcquireSpinLock(Device, Device->Lock, &irql);
}

static VOID NTAPI KeepDpc(PVOID Extension, PVOID Context)
{
	VideoPortAcquireSpinLockAtDpcLevel(Extension, ((PDEVICE)Extension)->Lock);
}

static VOID KeepInDpc(PDEVICE Device, PREQUEST Request)
{
	UCHAR irql;

	VideoPortAcquireSpinLock(Device, Device->OtherLock, &irql);
	VideoPortQueueDpc(Device, KeepDpc, NULL);
	VideoPortReleaseSpinLock(Device, Device->OtherLock, irql);
}

static VP_STATUS NTAPI KeepRegistry(PVOID Extension, PVOID Context, PWSTR Name, PVOID Data, ULONG Length)
{
	UCHAR irql;

	VideoPortAcquireSpinLock(Extension, ((PDEVICE)Extension)->Lock, &irql);
	return NO_ERROR;
}

static VOID KeepInRegistry(PDEVICE Device, PREQUEST Request)
{
	VideoPortGetRegistryParameters(Device, L"Break", FALSE, KeepRegistry, NULL);
}

static VOID KeepDeviceLock(PDEVICE Device, PREQUEST Request)
{
	VideoPortAcquireDeviceLock(Device);
}

static VOID DropDeviceLock(PDEVICE Device, PREQUEST Request)
{
	VideoPortReleaseDeviceLock(Device);
}

/* ---- interrupts and power ----------------------------------------------------------------------------------- */

#define LARGE_BYTES (32u << 20)

/* Leaves the device busy for some milliseconds when it is to be powered off. */
static VP_STATUS OffWhileBusy(PDEVICE Device)
{
	if (Device->PowerOffs == 1) {
		VideoPortPutDmaAdapter(Device, Device->Adapter);
		Device->Adapter = AdapterGet(Device, LARGE_BYTES);
		Device->Spare = VideoPortAllocateCommonBuffer(
			Device, Device->Adapter, LARGE_BYTES, &Device->Logical, TRUE, NULL);
		if (Device->Spare == NULL || !EngineStart(Device))
			return NO_ERROR;
		/* When the first is done, the second is under way. */
		EngineQueue(Device, ENGINE_NOP, 0, 0, 0);
		EngineQueue(Device, ENGINE_FROM_DEVICE | ENGINE_INTERRUPT, Device->Logical.QuadPart,
			LARGE_BYTES, 2);
		EngineRing(Device);
		EngineWait(Device, 1);
		return NO_ERROR;
	}
	EngineStop(Device);
	if (Device->Spare != NULL)
		VideoPortReleaseCommonBuffer(Device, Device->Adapter, LARGE_BYTES, Device->Logical,
			Device->Spare, TRUE);
	Device->Spare = NULL;
	return NO_ERROR;
}

static BOOLEAN IsrNever(PDEVICE Device)
{
	return FALSE;
}

/* Not acknowledged, so it comes again and again. */
static VOID InterruptMany(PDEVICE Device, PREQUEST Request)
{
	ULONG i;

	Interrupt(Device);
	for (i = 0; i < 100000 && Device->Interrupts < 64; i++)
		VideoPortStallExecution(20);
	EngineStop(Device);
}

static VOID StallLong(PDEVICE Device, PREQUEST Request)
{
	VideoPortStallExecution(100);
}

static VOID SyncPriority(PDEVICE Device, PREQUEST Request)
{
	VideoPortSynchronizeExecution(
		Device, (VIDEO_SYNCHRONIZE_PRIORITY)7, SynchronizedPool, Device);
}

static VOID SyncNoRoutine(PDEVICE Device, PREQUEST Request)
{
	VideoPortSynchronizeExecution(Device, VpHighPriority, NULL, Device);
}

static VOID DpcNoRoutine(PDEVICE Device, PREQUEST Request)
{
	UCHAR irql;

	VideoPortAcquireSpinLock(Device, Device->Lock, &irql);
	VideoPortQueueDpc(Device, NULL, NULL);
	VideoPortReleaseSpinLock(Device, Device->Lock, irql);
}

const BREAK LevelBreaks[] = {
	{601, High},
	{FORM(601, 2), HighInDpc},
	{602, Low},
	{FORM(602, 2), LowAcquire},
	{603, InterruptOnce, IsrSetsEvent},
	{FORM(603, 2), Synchronize, Isr},
	{604, WaitAtDispatch},
	{605, Keep},
	{FORM(605, 2), KeepInDpc},
	{FORM(605, 3), KeepInRegistry},
	{FORM(605, 4), KeepDeviceLock},
	{FORM(605, 5), DropDeviceLock},
	{606, NULL, Isr, NULL, OffWhileBusy},
	{607, InterruptMany, IsrNever},
	{608, StallLong},
	{609, SyncPriority},
	{FORM(609, 2), SyncNoRoutine},
	{610, DpcNoRoutine},
	{0},
};
