/* SPDX-License-Identifier: BSD-2-Clause */
/* transfer.c: breaks the rules of transfers, 401 to 422. See broken.h. */
#include "broken.h"

static VOID Unlocked(PDEVICE Device, PREQUEST Request)
{
	Lock(Device, Request, VpReadAccess);
	Unlock(Device);
	Start(Device, 0, 64, TRUE);
}

static VOID MdlUnknown(PDEVICE Device, PREQUEST Request)
{
	Device->Mdl = Request->Buffer;
	Start(Device, 0, 64, TRUE);
}

static VOID NoLength(PDEVICE Device, PREQUEST Request)
{
	Lock(Device, Request, VpReadAccess);
	VideoPortStartDma(Device, Device->Adapter, Device->Mdl, 0, NULL, Execute, Device, TRUE);
	Unlock(Device);
}

static VOID NoRoutine(PDEVICE Device, PREQUEST Request)
{
	ULONG length = 64;

	Lock(Device, Request, VpReadAccess);
	VideoPortStartDma(Device, Device->Adapter, Device->Mdl, 0, &length, NULL, Device, TRUE);
	Unlock(Device);
}

static VOID Zero(PDEVICE Device, PREQUEST Request)
{
	Lock(Device, Request, VpReadAccess);
	Start(Device, 0, 0, TRUE);
	Unlock(Device);
}

static VOID Offset(PDEVICE Device, PREQUEST Request)
{
	Lock(Device, Request, VpReadAccess);
	Start(Device, Request->Length + 1, 64, TRUE);
	Unlock(Device);
}

static VOID Length(PDEVICE Device, PREQUEST Request)
{
	Lock(Device, Request, VpReadAccess);
	Start(Device, 64, Request->Length, TRUE);
	Complete(Device, TRUE);
	Unlock(Device);
}

static VOID Direction(PDEVICE Device, PREQUEST Request)
{
	Lock(Device, Request, VpReadAccess);
	Start(Device, 0, 64, FALSE);
	Unlock(Device);
}

static VOID Overlap(PDEVICE Device, PREQUEST Request)
{
	PVP_SCATTER_GATHER_LIST first;

	Lock(Device, Request, VpModifyAccess);
	Start(Device, 0, 2048, FALSE);
	first = Device->List;
	Start(Device, 1024, 2048, FALSE);
	Complete(Device, FALSE);
	Device->List = first;
	Complete(Device, FALSE);
	Unlock(Device);
}

static VOID Context(PDEVICE Device, PREQUEST Request)
{
	PVOID context = VideoPortAllocatePool(Device, VpPagedPool, 64, TAG);
	ULONG length = 64;

	Lock(Device, Request, VpReadAccess);
	VideoPortStartDma(
		Device, Device->Adapter, Device->Mdl, 0, &length, Execute, context, TRUE);
	Complete(Device, TRUE);
	Unlock(Device);
	VideoPortFreePool(Device, context);
}

static VOID CompleteUnknown(PDEVICE Device, PREQUEST Request)
{
	Device->List = Request->Buffer;
	Complete(Device, TRUE);
}

/* A copy of the list is not the list. */
static VOID CompleteCopy(PDEVICE Device, PREQUEST Request)
{
	struct {
		ULONG NumberOfElements;
		ULONG_PTR Reserved;
		VP_SCATTER_GATHER_ELEMENT Elements[2];
	} copy;
	PVP_SCATTER_GATHER_LIST list;

	Lock(Device, Request, VpReadAccess);
	Start(Device, 0, 64, TRUE);
	list = Device->List;
	VideoPortMoveMemory(&copy, list, FIELD_OFFSET(VP_SCATTER_GATHER_LIST, Elements) + sizeof(copy.Elements[0]));
	Device->List = (PVP_SCATTER_GATHER_LIST)&copy;
	Complete(Device, TRUE);
	Device->List = list;
	Complete(Device, TRUE);
	Unlock(Device);
}

static VOID CompleteTwice(PDEVICE Device, PREQUEST Request)
{
	Lock(Device, Request, VpReadAccess);
	Start(Device, 0, 4096, TRUE);
	Complete(Device, TRUE);
	Complete(Device, TRUE);
	Unlock(Device);
}

static VOID CompleteDirection(PDEVICE Device, PREQUEST Request)
{
	Lock(Device, Request, VpReadAccess);
	Start(Device, 0, 4096, TRUE);
	Complete(Device, FALSE);
	Unlock(Device);
}

static VOID CompleteAdapter(PDEVICE Device, PREQUEST Request)
{
	PVP_DMA_ADAPTER other = AdapterGet(Device, 65536);

	Lock(Device, Request, VpReadAccess);
	Start(Device, 0, 4096, TRUE);
	VideoPortCompleteDma(Device, other, Device->List, TRUE);
	Unlock(Device);
	VideoPortPutDmaAdapter(Device, other);
}

/* What is done with the list between start and end. */
static VOID Change(PDEVICE Device, PREQUEST Request)
{
	Lock(Device, Request, VpReadAccess);
	Start(Device, 0, 4096, TRUE);
	Device->List->Elements[0].Length = 64;
	Complete(Device, TRUE);
	Unlock(Device);
}

static VOID AfterComplete(PDEVICE Device, PREQUEST Request)
{
	Lock(Device, Request, VpReadAccess);
	Start(Device, 0, 4096, TRUE);
	Complete(Device, TRUE);
	Device->List->Elements[0].Length = 0;
	Unlock(Device);
}

static VOID SourceChanged(PDEVICE Device, PREQUEST Request)
{
	Lock(Device, Request, VpReadAccess);
	Start(Device, 0, 4096, TRUE);
	*(PUCHAR)Request->Buffer ^= 0x55;
	Complete(Device, TRUE);
	Unlock(Device);
}

/* Its adapter is put and its memory stays locked. */
static VOID Leak(PDEVICE Device, PREQUEST Request)
{
	Lock(Device, Request, VpReadAccess);
	Start(Device, 0, 4096, TRUE);
}

/* ---- bounce buffers: one element, memory below 16 MiB ------------------------------------------------------- */

/* The device writes @Bytes at @At, counted from the transfer's first byte, in flight or when it is over. */
static VOID Bounce(PDEVICE Device, PREQUEST Request, LONGLONG At, BOOLEAN Late)
{
	VP_DEVICE_DESCRIPTION description = {FALSE, FALSE, FALSE, 65536};
	PVP_DMA_ADAPTER bouncing = VideoPortGetDmaAdapter(Device, &description);
	ULONG length = 256;
	ULONGLONG logical;

	Lock(Device, Request, VpWriteAccess);
	VideoPortStartDma(
		Device, bouncing, Device->Mdl, 1024, &length, Execute, Device, FALSE);
	logical = Device->List->Elements[0].Address.QuadPart + At;
	if (!Late)
		EngineMove(Device, ENGINE_FROM_DEVICE, logical, 8);
	VideoPortCompleteDma(Device, bouncing, Device->List, FALSE);
	if (Late)
		EngineMove(Device, ENGINE_FROM_DEVICE, logical, 8);
	Unlock(Device);
	VideoPortPutDmaAdapter(Device, bouncing);
}

static VOID BounceUnderrun(PDEVICE Device, PREQUEST Request)
{
	Bounce(Device, Request, -8, FALSE);
}

static VOID BounceOverrun(PDEVICE Device, PREQUEST Request)
{
	Bounce(Device, Request, 256, FALSE);
}

/* The start of the slot: its free part is looked at there. */
static VOID BounceFree(PDEVICE Device, PREQUEST Request)
{
	Bounce(Device, Request, -1024, TRUE);
}

/* All of it moves, in rounds. */
static VOID PastMaximum(PDEVICE Device, PREQUEST Request)
{
	PVP_DMA_ADAPTER adapter = Device->Adapter;

	Device->Adapter = AdapterGet(Device, 4096);
	Lock(Device, Request, VpReadAccess);
	Start(Device, 0, 8192, TRUE);
	Complete(Device, TRUE);
	Start(Device, 4096, 4096, TRUE);
	Complete(Device, TRUE);
	Unlock(Device);
	VideoPortPutDmaAdapter(Device, Device->Adapter);
	Device->Adapter = adapter;
}

const BREAK TransferBreaks[] = {
	{401, Unlocked},
	{402, MdlUnknown},
	{403, NoLength},
	{404, NoRoutine},
	{405, Zero},
	{406, Offset},
	{407, Length},
	{408, Direction},
	{409, Overlap},
	{410, Context},
	{411, CompleteUnknown},
	{FORM(411, 2), CompleteCopy},
	{412, CompleteTwice},
	{413, CompleteDirection},
	{414, CompleteAdapter},
	{415, Change},
	{416, AfterComplete},
	{417, SourceChanged},
	{418, Leak},
	{419, BounceUnderrun},
	{420, BounceOverrun},
	{421, BounceFree},
	{422, PastMaximum},
	{0},
};
