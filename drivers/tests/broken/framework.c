/* SPDX-License-Identifier: BSD-2-Clause */
/* framework.c: breaks the rules of the framework and of resources, 903 to 923. See broken.h. */
#include "broken.h"

static VOID StartioFalse(PDEVICE Device, PREQUEST Request)
{
	Request->Answer = FALSE;
}

static VOID StartioInformation(PDEVICE Device, PREQUEST Request)
{
	Request->Status->Information = Request->OutputLength + 4;
}

static VOID StartioStatus(PDEVICE Device, PREQUEST Request)
{
	Request->Status->Status = 4711;
}

static VOID RangesOutside(PDEVICE Device, PREQUEST Request)
{
	VIDEO_ACCESS_RANGE ranges[6];

	VideoPortGetAccessRanges(Device, 0, NULL, 6, ranges, NULL, NULL, NULL);
}

static PHYSICAL_ADDRESS BusAddress(LONGLONG Address)
{
	PHYSICAL_ADDRESS address;

	address.QuadPart = Address;
	return address;
}

static VOID BaseUnclaimed(PDEVICE Device, PREQUEST Request)
{
	VideoPortGetDeviceBase(Device, BusAddress(0x1000), 4096, VIDEO_MEMORY_SPACE_MEMORY);
}

static VOID MapUnclaimed(PDEVICE Device, PREQUEST Request)
{
	ULONG length = 4096, space = VIDEO_MEMORY_SPACE_MEMORY;
	PVOID address = NULL;

	VideoPortMapMemory(Device, BusAddress(0x1000), &length, &space, &address);
}

static VOID BaseUnknown(PDEVICE Device, PREQUEST Request)
{
	VideoPortFreeDeviceBase(Device, Request->Buffer);
}

/* The registers were claimed in HwFindAdapter; where they are, configuration space says. */
static PHYSICAL_ADDRESS RegistersAt(PDEVICE Device)
{
	PCI_COMMON_CONFIG config;

	VideoPortGetBusData(Device, PCIConfiguration, 0, &config, 0, sizeof(config));
	return BusAddress(config.u.type0.BaseAddresses[0] & ~0xFu);
}

static VOID BaseLeak(PDEVICE Device, PREQUEST Request)
{
	VideoPortGetDeviceBase(Device, RegistersAt(Device), 4096, VIDEO_MEMORY_SPACE_MEMORY);
}

static VOID MapArgument(PDEVICE Device, PREQUEST Request)
{
	ULONG space = VIDEO_MEMORY_SPACE_MEMORY;
	PVOID address = NULL;

	VideoPortMapMemory(Device, RegistersAt(Device), NULL, &space, &address);
}

static VOID MapUnknown(PDEVICE Device, PREQUEST Request)
{
	VideoPortUnmapMemory(Device, Request->Buffer, NULL);
}

static VOID MapLeak(PDEVICE Device, PREQUEST Request)
{
	ULONG length = 4096, space = VIDEO_MEMORY_SPACE_MEMORY;
	PVOID address = NULL;

	VideoPortMapMemory(Device, RegistersAt(Device), &length, &space, &address);
}

static VOID RegistryNoRoutine(PDEVICE Device, PREQUEST Request)
{
	VideoPortGetRegistryParameters(Device, L"Break", FALSE, NULL, NULL);
}

static VOID RegistryNoData(PDEVICE Device, PREQUEST Request)
{
	VideoPortSetRegistryParameters(Device, L"Value", NULL, 4);
}

/* Goes to sleep when it is asked by the system, but not for ever. */
static VP_STATUS PowerRefuse(PDEVICE Device)
{
	return Device->PowerOffs > 1 ? ERROR_INVALID_PARAMETER : NO_ERROR;
}

static VOID ExtensionUnknown(PDEVICE Device, PREQUEST Request)
{
	VideoPortStartTimer(&Device->Zero);
}

static VOID ExtensionNull(PDEVICE Device, PREQUEST Request)
{
	PVOID block = VideoPortAllocatePool(NULL, VpNonPagedPool, 64, TAG);

	if (block != NULL)
		VideoPortFreePool(Device, block);
}

static VOID ExtensionUnderrun(PDEVICE Device, PREQUEST Request)
{
	((PUCHAR)Device)[-1] ^= 0x55;
}

static VOID ExtensionOverrun(PDEVICE Device, PREQUEST Request)
{
	((PUCHAR)(Device + 1))[0] ^= 0x55;
}

static VOID Obsolete(PDEVICE Device, PREQUEST Request)
{
	VideoPortEnableInterrupt(Device);
}

static VOID PortUnclaimed(PDEVICE Device, PREQUEST Request)
{
	VideoPortReadPortUchar((PUCHAR)(ULONG_PTR)0x300);
}

static VOID PortIsMemory(PDEVICE Device, PREQUEST Request)
{
	VideoPortReadPortUlong((PULONG)Device->Registers);
}

static VOID RegisterIsPort(PDEVICE Device, PREQUEST Request)
{
	VideoPortReadRegisterUchar((PUCHAR)(ULONG_PTR)0x3C0);
}

const BREAK FrameworkBreaks[] = {
	{903, StartioFalse},
	{904, StartioInformation},
	{905, StartioStatus},
	{907, RangesOutside},
	{908, BaseUnclaimed},
	{FORM(908, 2), MapUnclaimed},
	{909, BaseUnknown},
	{910, BaseLeak},
	{911, MapArgument},
	{912, MapUnknown},
	{913, MapLeak},
	{914, RegistryNoRoutine},
	{FORM(914, 2), RegistryNoData},
	{915, NULL, NULL, NULL, PowerRefuse},
	{916, ExtensionUnknown},
	{FORM(916, 2), ExtensionNull},
	{917, ExtensionUnderrun},
	{918, ExtensionOverrun},
	{919, Obsolete},
	{922, PortUnclaimed},
	{923, PortIsMemory},
	{FORM(923, 2), RegisterIsPort},
	{0},
};
