/* SPDX-License-Identifier: BSD-2-Clause */
/* adapter.c: breaks the rules of adapters, 101 to 108. See broken.h. */
#include "broken.h"

static VOID Null(PDEVICE Device, PREQUEST Request)
{
	VideoPortAllocateCommonBuffer(Device, NULL, 4096, &Device->Logical, TRUE, NULL);
}

static VOID Released(PDEVICE Device, PREQUEST Request)
{
	PVP_DMA_ADAPTER adapter = AdapterGet(Device, 4096);

	VideoPortPutDmaAdapter(Device, adapter);
	VideoPortAllocateCommonBuffer(Device, adapter, 4096, &Device->Logical, TRUE, NULL);
}

static VOID PutTwice(PDEVICE Device, PREQUEST Request)
{
	PVP_DMA_ADAPTER adapter = AdapterGet(Device, 4096);

	VideoPortPutDmaAdapter(Device, adapter);
	VideoPortPutDmaAdapter(Device, adapter);
}

static VOID Unknown(PDEVICE Device, PREQUEST Request)
{
	VideoPortPutDmaAdapter(Device, (PVP_DMA_ADAPTER)&Device->Zero);
}

static VOID DescriptionLength(PDEVICE Device, PREQUEST Request)
{
	VP_DEVICE_DESCRIPTION description = {TRUE, TRUE, TRUE, 0};

	VideoPortGetDmaAdapter(Device, &description);
}

static VOID DescriptionNull(PDEVICE Device, PREQUEST Request)
{
	VideoPortGetDmaAdapter(Device, NULL);
}

/* The buffer can never be released then. */
static VOID PutCommon(PDEVICE Device, PREQUEST Request)
{
	PVP_DMA_ADAPTER adapter = Device->Adapter;

	Device->Adapter = AdapterGet(Device, 65536);
	CommonGet(Device);
	VideoPortPutDmaAdapter(Device, Device->Adapter);
	Device->Common = NULL;
	Device->Adapter = adapter;
}

/* Nor can the transfer be completed, nor its memory unlocked. */
static VOID PutLists(PDEVICE Device, PREQUEST Request)
{
	PVP_DMA_ADAPTER adapter = Device->Adapter;

	Device->Adapter = AdapterGet(Device, 65536);
	Lock(Device, Request, VpReadAccess);
	Start(Device, 0, 4096, TRUE);
	VideoPortPutDmaAdapter(Device, Device->Adapter);
	Device->Adapter = adapter;
}

/* An adapter for each transfer, none put until the end. */
static VOID Many(PDEVICE Device, PREQUEST Request)
{
	PVP_DMA_ADAPTER adapter[40];
	ULONG i;

	for (i = 0; i < 40; i++)
		adapter[i] = AdapterGet(Device, 4096);
	for (i = 0; i < 40; i++)
		VideoPortPutDmaAdapter(Device, adapter[i]);
}

static VOID Leak(PDEVICE Device, PREQUEST Request)
{
	AdapterGet(Device, 4096);
}

const BREAK AdapterBreaks[] = {
	{101, Null},
	{102, Released},
	{FORM(102, 2), PutTwice},
	{103, Unknown},
	{104, DescriptionLength},
	{FORM(104, 2), DescriptionNull},
	{105, PutCommon},
	{106, PutLists},
	{107, Many},
	{108, Leak},
	{0},
};
