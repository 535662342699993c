/* SPDX-License-Identifier: BSD-2-Clause */
/* device.c: breaks the rules of the device's own accesses, 501 to 507: the engine is given a wrong address. See broken.h. */
#include "broken.h"

static ULONGLONG Element(PDEVICE Device)
{
	return Device->List->Elements[0].Address.QuadPart;
}

static VOID Unmapped(PDEVICE Device, PREQUEST Request)
{
	EngineMove(Device, ENGINE_TO_DEVICE, 0x123456789000ull, 64);
}

static VOID AfterComplete(PDEVICE Device, PREQUEST Request)
{
	ULONGLONG logical;

	Lock(Device, Request, VpReadAccess);
	Start(Device, 0, 4096, TRUE);
	logical = Element(Device);
	Complete(Device, TRUE);
	EngineMove(Device, ENGINE_TO_DEVICE, logical, 64);
	Unlock(Device);
}

static VOID AfterRelease(PDEVICE Device, PREQUEST Request)
{
	ULONGLONG logical;

	/* The ring first, so that it does not get the same address. */
	if (!EngineStart(Device))
		return;
	CommonGet(Device);
	logical = Device->Logical.QuadPart;
	CommonRelease(Device);
	EngineQueue(Device, ENGINE_TO_DEVICE, logical, 64, 1);
	EngineRing(Device);
	EngineWait(Device, 1);
	EngineStop(Device);
}

/* A transfer to the device, which writes into it. */
static VOID Direction(PDEVICE Device, PREQUEST Request)
{
	Lock(Device, Request, VpReadAccess);
	Start(Device, 0, 4096, TRUE);
	EngineMove(Device, ENGINE_FROM_DEVICE, Element(Device), 64);
	Complete(Device, TRUE);
	Unlock(Device);
}

static VOID Beyond(PDEVICE Device, PREQUEST Request)
{
	CommonGet(Device);
	EngineMove(Device, ENGINE_FROM_DEVICE, Device->Logical.QuadPart, 2 * 4096);
	CommonRelease(Device);
}

/* What a driver computes that thinks the physical address is what the device needs. */
static VOID Physical(PDEVICE Device, PREQUEST Request)
{
	Lock(Device, Request, VpReadAccess);
	Start(Device, 0, 4096, TRUE);
	EngineMove(Device, ENGINE_TO_DEVICE, Element(Device) ^ 0x50000000, 64);
	Complete(Device, TRUE);
	Unlock(Device);
}

static VOID Virtual(PDEVICE Device, PREQUEST Request)
{
	EngineMove(Device, ENGINE_TO_DEVICE, (ULONG_PTR)Request->Buffer, 64);
}

static VOID VirtualCommon(PDEVICE Device, PREQUEST Request)
{
	CommonGet(Device);
	EngineMove(Device, ENGINE_TO_DEVICE, (ULONG_PTR)Device->Common, 64);
	CommonRelease(Device);
}

const BREAK DeviceBreaks[] = {
	{501, Unmapped},
	{502, AfterComplete},
	{503, AfterRelease},
	{504, Direction},
	{505, Beyond},
	{506, Physical},
	{507, Virtual},
	{FORM(507, 2), VirtualCommon},
	{0},
};
