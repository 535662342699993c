/* SPDX-License-Identifier: BSD-2-Clause */
/* memory.c: breaks the rules of pool and buffers, 801 to 810. See broken.h. */
#include "broken.h"

static PUCHAR Block(PDEVICE Device)
{
	return VideoPortAllocatePool(Device, VpNonPagedPool, 100, TAG);
}

static VOID Type(PDEVICE Device, PREQUEST Request)
{
	VideoPortAllocatePool(Device, (VP_POOL_TYPE)2, 100, TAG);
}

static VOID NoBytes(PDEVICE Device, PREQUEST Request)
{
	VideoPortAllocatePool(Device, VpNonPagedPool, 0, TAG);
}

static VOID BufferNoBytes(PDEVICE Device, PREQUEST Request)
{
	PVOID buffer;

	VideoPortAllocateBuffer(Device, 0, &buffer);
}

static VOID PagedAtDispatch(PDEVICE Device, PREQUEST Request)
{
	UCHAR irql;

	VideoPortAcquireSpinLock(Device, Device->Lock, &irql);
	VideoPortAllocatePool(Device, VpPagedPool, 100, TAG);
	VideoPortReleaseSpinLock(Device, Device->Lock, irql);
}

static VOID PagedFreedAtDispatch(PDEVICE Device, PREQUEST Request)
{
	PVOID block = VideoPortAllocatePool(Device, VpPagedPool, 100, TAG);
	UCHAR irql;

	VideoPortAcquireSpinLock(Device, Device->Lock, &irql);
	VideoPortFreePool(Device, block);
	VideoPortReleaseSpinLock(Device, Device->Lock, irql);
}

static VOID FreeUnknown(PDEVICE Device, PREQUEST Request)
{
	VideoPortFreePool(Device, Request->Buffer);
}

static VOID FreeInside(PDEVICE Device, PREQUEST Request)
{
	PUCHAR block = Block(Device);

	VideoPortFreePool(Device, block + 16);
	VideoPortFreePool(Device, block);
}

static VOID BufferUnknown(PDEVICE Device, PREQUEST Request)
{
	VideoPortReleaseBuffer(Device, Request->Buffer);
}

static VOID FreeTwice(PDEVICE Device, PREQUEST Request)
{
	PUCHAR block = Block(Device);

	VideoPortFreePool(Device, block);
	VideoPortFreePool(Device, block);
}

static VOID Underrun(PDEVICE Device, PREQUEST Request)
{
	PUCHAR block = Block(Device);

	block[-1] ^= 0x55;
	VideoPortFreePool(Device, block);
}

static VOID Overrun(PDEVICE Device, PREQUEST Request)
{
	PUCHAR block = Block(Device);

	block[101] ^= 0x55;
	VideoPortFreePool(Device, block);
}

static VOID AfterFree(PDEVICE Device, PREQUEST Request)
{
	PUCHAR block = Block(Device);

	VideoPortFreePool(Device, block);
	block[17] ^= 0x55;
}

static VOID Leak(PDEVICE Device, PREQUEST Request)
{
	Block(Device);
}

static VOID BufferLeak(PDEVICE Device, PREQUEST Request)
{
	PVOID buffer;

	VideoPortAllocateBuffer(Device, 100, &buffer);
}

static VOID Tag(PDEVICE Device, PREQUEST Request)
{
	VideoPortFreePool(Device, VideoPortAllocatePool(Device, VpNonPagedPool, 100, 0));
}

const BREAK MemoryBreaks[] = {
	{801, Type},
	{FORM(801, 2), NoBytes},
	{FORM(801, 3), BufferNoBytes},
	{802, PagedAtDispatch},
	{FORM(802, 2), PagedFreedAtDispatch},
	{803, FreeUnknown},
	{FORM(803, 2), FreeInside},
	{FORM(803, 3), BufferUnknown},
	{804, FreeTwice},
	{805, Underrun},
	{806, Overrun},
	{807, AfterFree},
	{808, Leak},
	{809, BufferLeak},
	{810, Tag},
	{0},
};
