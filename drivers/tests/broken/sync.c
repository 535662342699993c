/* SPDX-License-Identifier: BSD-2-Clause */
/* sync.c: breaks the rules of spin locks, events and timers, 701 to 714. See broken.h. */
#include "broken.h"

static VOID SpinUnknown(PDEVICE Device, PREQUEST Request)
{
	VideoPortDeleteSpinLock(Device, (PSPIN_LOCK)Request->Buffer);
}

static VOID SpinDeleted(PDEVICE Device, PREQUEST Request)
{
	PSPIN_LOCK lock;

	VideoPortCreateSpinLock(Device, &lock);
	VideoPortDeleteSpinLock(Device, lock);
	VideoPortDeleteSpinLock(Device, lock);
}

static VOID SpinRecursive(PDEVICE Device, PREQUEST Request)
{
	UCHAR irql, inner;

	VideoPortAcquireSpinLock(Device, Device->Lock, &irql);
	VideoPortAcquireSpinLock(Device, Device->Lock, &inner);
	VideoPortReleaseSpinLock(Device, Device->Lock, irql);
}

static VOID SpinNotHeld(PDEVICE Device, PREQUEST Request)
{
	UCHAR irql;

	VideoPortAcquireSpinLock(Device, Device->Lock, &irql);
	VideoPortReleaseSpinLock(Device, Device->OtherLock, irql);
	VideoPortReleaseSpinLock(Device, Device->Lock, irql);
}

static VOID SpinMixed(PDEVICE Device, PREQUEST Request)
{
	UCHAR irql;

	VideoPortAcquireSpinLock(Device, Device->Lock, &irql);
	VideoPortReleaseSpinLockFromDpcLevel(Device, Device->Lock);
}

static VOID SpinIrql(PDEVICE Device, PREQUEST Request)
{
	UCHAR irql;

	VideoPortAcquireSpinLock(Device, Device->Lock, &irql);
	VideoPortReleaseSpinLock(Device, Device->Lock, (UCHAR)(irql + 1));
}

/* What was saved is overwritten by the inner one: a classic. */
static VOID SpinOneIrql(PDEVICE Device, PREQUEST Request)
{
	UCHAR irql;

	VideoPortAcquireSpinLock(Device, Device->Lock, &irql);
	VideoPortAcquireSpinLock(Device, Device->OtherLock, &irql);
	VideoPortReleaseSpinLock(Device, Device->OtherLock, irql);
	VideoPortReleaseSpinLock(Device, Device->Lock, irql);
}

static VOID SpinNoIrql(PDEVICE Device, PREQUEST Request)
{
	VideoPortAcquireSpinLock(Device, Device->Lock, NULL);
	VideoPortReleaseSpinLock(Device, Device->Lock, 0);
}

static VOID SpinDeleteHeld(PDEVICE Device, PREQUEST Request)
{
	UCHAR irql;

	VideoPortAcquireSpinLock(Device, Device->Lock, &irql);
	VideoPortDeleteSpinLock(Device, Device->Lock);
	VideoPortReleaseSpinLock(Device, Device->Lock, irql);
}

static VOID SpinLeak(PDEVICE Device, PREQUEST Request)
{
	PSPIN_LOCK lock;

	VideoPortCreateSpinLock(Device, &lock);
}

/* HwStartIO holds it once. */
static VOID DeviceLockNotHeld(PDEVICE Device, PREQUEST Request)
{
	VideoPortReleaseDeviceLock(Device);
	VideoPortReleaseDeviceLock(Device);
	VideoPortAcquireDeviceLock(Device);
}

static VOID EventFlags(PDEVICE Device, PREQUEST Request)
{
	PEVENT event;

	VideoPortCreateEvent(Device, 0x80, NULL, &event);
}

static VOID EventUnused(PDEVICE Device, PREQUEST Request)
{
	PEVENT event;

	VideoPortCreateEvent(Device, NOTIFICATION_EVENT, Device, &event);
}

static VOID EventUnknown(PDEVICE Device, PREQUEST Request)
{
	VideoPortSetEvent(Device, (PEVENT)Request->Buffer);
}

static VOID EventDeleted(PDEVICE Device, PREQUEST Request)
{
	PEVENT event;

	VideoPortCreateEvent(Device, NOTIFICATION_EVENT, NULL, &event);
	VideoPortDeleteEvent(Device, event);
	VideoPortReadStateEvent(Device, event);
}

/* Runs on the interrupt's thread while the request waits. */
static VOID NTAPI DeleteWaited(PVOID Extension, PVOID Context)
{
	PDEVICE device = Extension;
	ULONG i;

	while (device->Flag == 0)
		VideoPortStallExecution(50);
	for (i = 0; i < 2000; i++)
		VideoPortStallExecution(50);
	VideoPortDeleteEvent(device, device->Event);
	VideoPortSetEvent(device, device->Event);
}

static BOOLEAN IsrQueues(PDEVICE Device)
{
	EngineAcknowledge(Device);
	VideoPortQueueDpc(Device, DeleteWaited, NULL);
	return TRUE;
}

static VOID EventDeleteWaited(PDEVICE Device, PREQUEST Request)
{
	if (!EngineStart(Device))
		return;
	EngineQueue(Device, ENGINE_NOP | ENGINE_INTERRUPT, 0, 0, 0);
	EngineRing(Device);
	EngineWait(Device, 1);
	Device->Flag = 1;
	VideoPortWaitForSingleObject(Device, Device->Event, NULL);
	EngineStop(Device);
}

static VOID EventLeak(PDEVICE Device, PREQUEST Request)
{
	PEVENT event;

	VideoPortCreateEvent(Device, SYNCHRONIZATION_EVENT, NULL, &event);
}

static VOID TimerStart(PDEVICE Device, PREQUEST Request)
{
	VideoPortStartTimer(Device);
}

static VOID TimerStopsItself(PDEVICE Device)
{
	VideoPortStopTimer(Device);
}

const BREAK SyncBreaks[] = {
	{701, SpinUnknown},
	{FORM(701, 2), SpinDeleted},
	{702, SpinRecursive},
	{703, SpinNotHeld},
	{704, SpinMixed},
	{705, SpinIrql},
	{FORM(705, 2), SpinOneIrql},
	{FORM(705, 3), SpinNoIrql},
	{706, SpinDeleteHeld},
	{707, SpinLeak},
	{708, DeviceLockNotHeld},
	{709, EventFlags},
	{FORM(709, 2), EventUnused},
	{710, EventUnknown},
	{FORM(710, 2), EventDeleted},
	{711, EventDeleteWaited, IsrQueues},
	{712, EventLeak},
	{713, TimerStart}, /* built with ENTRY_BREAK=713 */
	{714, TimerStart, NULL, TimerStopsItself},
	{0},
};
