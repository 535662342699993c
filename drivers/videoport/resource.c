// SPDX-License-Identifier: BSD-2-Clause
/*
 * resource.c: the adapter's bus resources as a driver sees them: access ranges (the BARs), their
 * virtual addresses, and PCI configuration space, all made from the device's capabilities.
 */
#include "drivers/videoport/priv.h"

#include <string.h>

/* ---- access ranges --------------------------------------------------------------------------- */

static unsigned bars_present(const struct device_caps *caps)
{
	unsigned count = 0;

	for (unsigned i = 0; i < DEVICE_BARS_MAX; i++)
		count += caps->bar[i].va != NULL;
	return count;
}

/* The BAR that holds [address, address + len_bytes), or NULL. */
static const struct device_bar *bar_of(
	const struct device_caps *caps, uint64_t address, uint64_t len_bytes)
{
	for (unsigned i = 0; i < DEVICE_BARS_MAX; i++) {
		const struct device_bar *bar = &caps->bar[i];

		if (bar->va && address >= bar->bus_address && len_bytes <= bar->len_bytes &&
			address - bar->bus_address <= bar->len_bytes - len_bytes)
			return bar;
	}
	return NULL;
}

static void ranges_fill(const struct device_caps *caps, PVIDEO_ACCESS_RANGE ranges)
{
	for (unsigned i = 0; i < DEVICE_BARS_MAX; i++) {
		if (!caps->bar[i].va)
			continue;
		*ranges++ = (VIDEO_ACCESS_RANGE){
			.RangeStart.QuadPart = (LONGLONG)caps->bar[i].bus_address,
			.RangeLength = (ULONG)caps->bar[i].len_bytes,
			.RangeVisible = TRUE,
		};
	}
}

/* Whether the driver's idea of what it drives, if it has one, is this device. */
static bool identity_matches(
	const struct device_caps *caps, const USHORT *vendor, const USHORT *device)
{
	return (!vendor || *vendor == caps->vendor_id) && (!device || *device == caps->device_id);
}

VP_STATUS NTAPI VideoPortGetAccessRanges(PVOID HwDeviceExtension, ULONG NumRequestedResources,
	PIO_RESOURCE_DESCRIPTOR RequestedResources, ULONG NumAccessRanges,
	PVIDEO_ACCESS_RANGE AccessRanges, PVOID VendorId, PVOID DeviceId, PULONG Slot)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);

	(void)NumRequestedResources;
	(void)RequestedResources;
	if (!vp || !irql_allowed(vp, IRQL_VideoPortGetAccessRanges))
		return ERROR_INVALID_PARAMETER;
	if (!vp->framework.finding || (NumAccessRanges && !AccessRanges)) {
		rule_broken(vp, RULE_RANGES_OUTSIDE, ERROR_INVALID_PARAMETER,
			"VideoPortGetAccessRanges: called outside HwVidFindAdapter or without an "
			"array; "
			"claim ranges there and keep them in the device extension");
		return ERROR_INVALID_PARAMETER;
	}
	vp->framework.claimed = false;
	if (!NumAccessRanges)
		return NO_ERROR;

	const struct device_caps *caps = &vp->device->caps;

	if (!identity_matches(caps, VendorId, DeviceId))
		return ERROR_DEV_NOT_EXIST;
	if (NumAccessRanges < bars_present(caps))
		return ERROR_MORE_DATA;
	memset(AccessRanges, 0, NumAccessRanges * sizeof(*AccessRanges));
	ranges_fill(caps, AccessRanges);
	if (Slot)
		*Slot = 0;
	vp->framework.claimed = true;
	return NO_ERROR;
}

VP_STATUS NTAPI VideoPortVerifyAccessRanges(
	PVOID HwDeviceExtension, ULONG NumAccessRanges, PVIDEO_ACCESS_RANGE AccessRanges)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);

	if (!vp || !irql_allowed(vp, IRQL_VideoPortVerifyAccessRanges) ||
		(NumAccessRanges && !AccessRanges))
		return ERROR_INVALID_PARAMETER;
	for (ULONG i = 0; i < NumAccessRanges; i++) {
		const VIDEO_ACCESS_RANGE *range = &AccessRanges[i];

		if (range->RangeInIoSpace ||
			!bar_of(&vp->device->caps, (uint64_t)range->RangeStart.QuadPart,
				range->RangeLength))
			return ERROR_INVALID_PARAMETER;
	}
	vp->framework.claimed = NumAccessRanges > 0;
	return NO_ERROR;
}

PVOID NTAPI VideoPortGetDeviceBase(
	PVOID HwDeviceExtension, PHYSICAL_ADDRESS IoAddress, ULONG NumberOfUchars, UCHAR InIoSpace)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);
	uint64_t address = (uint64_t)IoAddress.QuadPart;

	if (!vp || !irql_allowed(vp, IRQL_VideoPortGetDeviceBase))
		return NULL;

	const struct device_bar *bar = bar_of(&vp->device->caps, address, NumberOfUchars);

	if (!vp->framework.claimed || !bar || !NumberOfUchars ||
		(InIoSpace & VIDEO_MEMORY_SPACE_IO)) {
		rule_broken(vp, RULE_BASE_UNCLAIMED, 0,
			"VideoPortGetDeviceBase: %u bytes at bus address 0x%llx (InIoSpace 0x%x) "
			"are not "
			"within a claimed memory range; use what VideoPortGetAccessRanges returned",
			NumberOfUchars, (unsigned long long)address, InIoSpace);
		return NULL;
	}
	vp->framework.mapped_bases++;
	return (char *)bar->va + (address - bar->bus_address);
}

/* The BARs stay mapped as long as the device is open, so this only keeps the balance. */
VOID NTAPI VideoPortFreeDeviceBase(PVOID HwDeviceExtension, PVOID MappedAddress)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);

	if (!vp || !irql_allowed(vp, IRQL_VideoPortFreeDeviceBase))
		return;
	if (!vp->framework.mapped_bases) {
		rule_broken(vp, RULE_BASE_UNKNOWN, ERROR_INVALID_PARAMETER,
			"VideoPortFreeDeviceBase: %p was not mapped by VideoPortGetDeviceBase, or "
			"is freed "
			"already",
			MappedAddress);
		return;
	}
	vp->framework.mapped_bases--;
}

/* ---- PCI configuration space ----------------------------------------------------------------- */

static void config_space_fill(const struct device_caps *caps, PCI_COMMON_CONFIG *config)
{
	memset(config, 0, sizeof(*config));
	config->VendorID = caps->vendor_id;
	config->DeviceID = caps->device_id;
	config->Command = PCI_ENABLE_MEMORY_SPACE | PCI_ENABLE_BUS_MASTER;
	config->BaseClass = (UCHAR)(caps->class_code >> 16);
	config->SubClass = (UCHAR)(caps->class_code >> 8);
	config->ProgIf = (UCHAR)caps->class_code;
	for (unsigned i = 0; i < DEVICE_BARS_MAX; i++) {
		const struct device_bar *bar = &caps->bar[i];
		ULONG *entry = &config->u.type0.BaseAddresses[2 * (size_t)i];

		if (!bar->va)
			continue;
		entry[0] = (ULONG)bar->bus_address | PCI_ADDRESS_MEMORY_64BIT;
		entry[1] = (ULONG)(bar->bus_address >> 32);
	}
	if (caps->irq) {
		config->u.type0.InterruptLine = IRQL_DEVICE;
		config->u.type0.InterruptPin = 1;
	}
}

ULONG NTAPI VideoPortGetBusData(PVOID HwDeviceExtension, BUS_DATA_TYPE BusDataType,
	ULONG SlotNumber, PVOID Buffer, ULONG Offset, ULONG Length)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);
	PCI_COMMON_CONFIG config;

	if (!vp || !Buffer || !irql_allowed(vp, IRQL_VideoPortGetBusData) ||
		BusDataType != PCIConfiguration || Offset >= sizeof(config))
		return 0;
	if (SlotNumber != 0) {
		/* Nothing there: the documented answer is an invalid vendor and its length. */
		USHORT nobody = PCI_INVALID_VENDORID;

		memcpy(Buffer, &nobody, Length < sizeof(nobody) ? Length : sizeof(nobody));
		return sizeof(nobody);
	}
	config_space_fill(&vp->device->caps, &config);
	if (Length > sizeof(config) - Offset)
		Length = (ULONG)sizeof(config) - Offset;
	memcpy(Buffer, (const char *)&config + Offset, Length);
	return Length;
}
