/* SPDX-License-Identifier: BSD-2-Clause */
/* common.c: breaks the rules of common buffers, 201 to 214, by the functions of today and of before. See broken.h. */
#include "broken.h"

static VOID ReleaseAs(PDEVICE Device, PVP_DMA_ADAPTER Adapter, ULONG Length, LONGLONG LogicalOffset,
	LONG VirtualOffset, BOOLEAN CacheEnabled)
{
	PHYSICAL_ADDRESS logical;

	logical.QuadPart = Device->Logical.QuadPart + LogicalOffset;
	VideoPortReleaseCommonBuffer(
		Device, Adapter, Length, logical, Device->Common + VirtualOffset, CacheEnabled);
}

static VOID NoLength(PDEVICE Device, PREQUEST Request)
{
	VideoPortAllocateCommonBuffer(Device, Device->Adapter, 0, &Device->Logical, TRUE, NULL);
}

static VOID NoAddress(PDEVICE Device, PREQUEST Request)
{
	VideoPortAllocateCommonBuffer(Device, Device->Adapter, 4096, NULL, TRUE, NULL);
}

static VOID Reserved(PDEVICE Device, PREQUEST Request)
{
	Device->Common = VideoPortAllocateCommonBuffer(Device, Device->Adapter, COMMON_BYTES,
		&Device->Logical, TRUE, Request->Buffer);
	CommonRelease(Device);
}

static VOID OverMaximum(PDEVICE Device, PREQUEST Request)
{
	PHYSICAL_ADDRESS logical;
	PVOID memory = VideoPortAllocateCommonBuffer(
		Device, Device->Adapter, 4 * 65536, &logical, TRUE, NULL);

	VideoPortReleaseCommonBuffer(Device, Device->Adapter, 4 * 65536, logical, memory, TRUE);
}

static VOID FreeTwice(PDEVICE Device, PREQUEST Request)
{
	PUCHAR address;

	CommonGet(Device);
	address = Device->Common;
	CommonRelease(Device);
	Device->Common = address;
	CommonRelease(Device);
}

static VOID FreeUnknown(PDEVICE Device, PREQUEST Request)
{
	VideoPortReleaseCommonBuffer(
		Device, Device->Adapter, COMMON_BYTES, Device->Logical, Request->Buffer, TRUE);
}

static VOID FreeLength(PDEVICE Device, PREQUEST Request)
{
	CommonGet(Device);
	ReleaseAs(Device, Device->Adapter, COMMON_BYTES / 2, 0, 0, TRUE);
	CommonRelease(Device);
}

static VOID FreeLogical(PDEVICE Device, PREQUEST Request)
{
	CommonGet(Device);
	ReleaseAs(Device, Device->Adapter, COMMON_BYTES, 4096, 0, TRUE);
	CommonRelease(Device);
}

static VOID FreeVirtual(PDEVICE Device, PREQUEST Request)
{
	CommonGet(Device);
	ReleaseAs(Device, Device->Adapter, COMMON_BYTES, 0, 16, TRUE);
	CommonRelease(Device);
}

static VOID FreeCache(PDEVICE Device, PREQUEST Request)
{
	CommonGet(Device);
	ReleaseAs(Device, Device->Adapter, COMMON_BYTES, 0, 0, FALSE);
	CommonRelease(Device);
}

static VOID FreeAdapter(PDEVICE Device, PREQUEST Request)
{
	PVP_DMA_ADAPTER other = AdapterGet(Device, 65536);

	CommonGet(Device);
	ReleaseAs(Device, other, COMMON_BYTES, 0, 0, TRUE);
	CommonRelease(Device);
	VideoPortPutDmaAdapter(Device, other);
}

static VOID Underrun(PDEVICE Device, PREQUEST Request)
{
	CommonGet(Device);
	Device->Common[-1] ^= 0x55;
	CommonRelease(Device);
}

static VOID Overrun(PDEVICE Device, PREQUEST Request)
{
	CommonGet(Device);
	Device->Common[COMMON_BYTES + 3] ^= 0x55;
	CommonRelease(Device);
}

/* Its adapter cannot be put either. */
static VOID Leak(PDEVICE Device, PREQUEST Request)
{
	CommonGet(Device);
	Device->Common = NULL;
}

/* ---- the functions of before ------------------------------------------------------------------------------- */

static PVOID LegacyGet(PDEVICE Device, PPHYSICAL_ADDRESS Logical)
{
	ULONG actual;

	return VideoPortGetCommonBuffer(Device, COMMON_BYTES, 0, Logical, &actual, TRUE);
}

static VOID LegacyNoLength(PDEVICE Device, PREQUEST Request)
{
	ULONG actual;

	VideoPortGetCommonBuffer(Device, 0, 0, &Device->Logical, &actual, TRUE);
}

static VOID LegacyNoAddress(PDEVICE Device, PREQUEST Request)
{
	ULONG actual;

	VideoPortGetCommonBuffer(Device, COMMON_BYTES, 0, NULL, &actual, TRUE);
}

static VOID LegacyFreeTwice(PDEVICE Device, PREQUEST Request)
{
	PHYSICAL_ADDRESS logical;
	PVOID memory = LegacyGet(Device, &logical);

	VideoPortFreeCommonBuffer(Device, COMMON_BYTES, memory, logical, TRUE);
	VideoPortFreeCommonBuffer(Device, COMMON_BYTES, memory, logical, TRUE);
}

static VOID LegacyFreeUnknown(PDEVICE Device, PREQUEST Request)
{
	PHYSICAL_ADDRESS logical;

	logical.QuadPart = 0;
	VideoPortFreeCommonBuffer(Device, COMMON_BYTES, Request->Buffer, logical, TRUE);
}

static VOID LegacyFreeLength(PDEVICE Device, PREQUEST Request)
{
	PHYSICAL_ADDRESS logical;
	PVOID memory = LegacyGet(Device, &logical);

	VideoPortFreeCommonBuffer(Device, COMMON_BYTES * 2, memory, logical, TRUE);
	VideoPortFreeCommonBuffer(Device, COMMON_BYTES, memory, logical, TRUE);
}

static VOID LegacyLeak(PDEVICE Device, PREQUEST Request)
{
	PHYSICAL_ADDRESS logical;

	LegacyGet(Device, &logical);
}

const BREAK CommonBreaks[] = {
	{201, NoLength},
	{FORM(201, 2), LegacyNoLength},
	{202, NoAddress},
	{FORM(202, 2), LegacyNoAddress},
	{203, Reserved},
	{204, OverMaximum},
	{205, FreeTwice},
	{FORM(205, 2), LegacyFreeTwice},
	{206, FreeUnknown},
	{FORM(206, 2), LegacyFreeUnknown},
	{207, FreeLength},
	{FORM(207, 2), LegacyFreeLength},
	{208, FreeLogical},
	{209, FreeVirtual},
	{210, FreeCache},
	{211, FreeAdapter},
	{212, Underrun},
	{213, Overrun},
	{214, Leak},
	{FORM(214, 2), LegacyLeak},
	{0},
};
