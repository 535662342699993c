/* SPDX-License-Identifier: BSD-2-Clause */
/* lock.c: breaks the rules of locked buffers, 301 to 312. See broken.h. */
#include "broken.h"

static VOID NoLength(PDEVICE Device, PREQUEST Request)
{
	VideoPortLockBuffer(Device, Request->Buffer, 0, VpReadAccess);
}

static VOID Operation(PDEVICE Device, PREQUEST Request)
{
	VideoPortLockBuffer(Device, Request->Buffer, Request->Length, (VP_LOCK_OPERATION)7);
}

/* Longer than what the requester has. */
static VOID Memory(PDEVICE Device, PREQUEST Request)
{
	VideoPortLockBuffer(Device, Request->Buffer, 1 << 20, VpReadAccess);
}

static VOID MemoryNull(PDEVICE Device, PREQUEST Request)
{
	VideoPortLockBuffer(Device, NULL, 4096, VpReadAccess);
}

static VOID Stack(PDEVICE Device, PREQUEST Request)
{
	UCHAR local[256];

	VideoPortZeroMemory(local, sizeof(local));
	VideoPortLockBuffer(Device, local, sizeof(local), VpReadAccess);
}

static VOID Code(PDEVICE Device, PREQUEST Request)
{
	VideoPortLockBuffer(Device, (PVOID)Code, 16, VpReadAccess);
}

static VOID ConstantData(PDEVICE Device, PREQUEST Request)
{
	static const UCHAR table[64] = {1, 2, 3};

	VideoPortLockBuffer(Device, (PVOID)table, sizeof(table), VpReadAccess);
}

static VOID OwnExtension(PDEVICE Device, PREQUEST Request)
{
	VideoPortLockBuffer(Device, &Device->Zero, sizeof(ULONG), VpReadAccess);
}

static VOID OwnCommon(PDEVICE Device, PREQUEST Request)
{
	CommonGet(Device);
	VideoPortLockBuffer(Device, Device->Common, COMMON_BYTES, VpReadAccess);
	CommonRelease(Device);
}

static VOID OwnPool(PDEVICE Device, PREQUEST Request)
{
	PVOID block = VideoPortAllocatePool(Device, VpNonPagedPool, 100, TAG);

	VideoPortLockBuffer(Device, block, 100, VpReadAccess);
	VideoPortFreePool(Device, block);
}

static VOID Many(PDEVICE Device, PREQUEST Request)
{
	PVOID mdl[10];
	ULONG i;

	for (i = 0; i < 10; i++)
		mdl[i] = VideoPortLockBuffer(
			Device, Request->Buffer, Request->Length, VpReadAccess);
	for (i = 0; i < 10; i++)
		VideoPortUnlockBuffer(Device, mdl[i]);
}

static VOID UnlockUnknown(PDEVICE Device, PREQUEST Request)
{
	VideoPortUnlockBuffer(Device, Request->Buffer);
}

static VOID UnlockTwice(PDEVICE Device, PREQUEST Request)
{
	Lock(Device, Request, VpReadAccess);
	Unlock(Device);
	Unlock(Device);
}

static VOID UnlockInFlight(PDEVICE Device, PREQUEST Request)
{
	Lock(Device, Request, VpReadAccess);
	Start(Device, 0, 4096, TRUE);
	Unlock(Device);
	Complete(Device, TRUE);
	Unlock(Device);
}

/* Two pages are asked for, the adapter moves one, and nobody asks for the other: also 422. */
static VOID UnlockRest(PDEVICE Device, PREQUEST Request)
{
	PVP_DMA_ADAPTER adapter = Device->Adapter;

	Device->Adapter = AdapterGet(Device, 4096);
	Lock(Device, Request, VpReadAccess);
	Start(Device, 0, 8192, TRUE);
	Complete(Device, TRUE);
	Unlock(Device);
	VideoPortPutDmaAdapter(Device, Device->Adapter);
	Device->Adapter = adapter;
}

static VOID Leak(PDEVICE Device, PREQUEST Request)
{
	Lock(Device, Request, VpReadAccess);
}

const BREAK LockBreaks[] = {
	{301, NoLength},
	{302, Operation},
	{303, Memory},
	{FORM(303, 2), MemoryNull},
	{304, Stack},
	{305, Code},
	{FORM(305, 2), ConstantData},
	{306, OwnExtension},
	{FORM(306, 2), OwnCommon},
	{FORM(306, 3), OwnPool},
	{307, Many},
	{308, UnlockUnknown},
	{309, UnlockTwice},
	{310, UnlockInFlight},
	{311, UnlockRest},
	{312, Leak},
	{0},
};
