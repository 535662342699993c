// SPDX-License-Identifier: BSD-2-Clause
/*
 * pci.c: the adapter's PCI configuration space, 256 bytes: identity, BARs that can be sized, a power
 * management capability. Made from the device's capabilities and videoport_config.pci at open; called
 * by drivers.
 *
 * A BAR written with all ones reads back its size; one moved elsewhere reads back so, but the device
 * goes on decoding where it was: drivers put back what they found.
 */
#include "drivers/videoport/priv.h"

#include <string.h>

#define PCI_CAPABILITY_PM 0x40 /* where the one capability stands */
#define PCI_PM_VERSION    0x0003
#define PCI_PM_CONTROL    (PCI_CAPABILITY_PM + 4)
#define PCI_PM_STATE_D3   3
#define PCI_COMMAND_BITS  0x0547 /* I/O, memory, master, parity, SERR, interrupt disable */

static void put16(unsigned char *at, uint32_t value)
{
	at[0] = (unsigned char)value;
	at[1] = (unsigned char)(value >> 8);
}

static void put32(unsigned char *at, uint32_t value)
{
	put16(at, value);
	put16(at + 2, value >> 16);
}

/* One BAR from @slot on. Return: the slots it takes. */
static unsigned bar_fill(
	struct resource_state *resource, const struct device_bar *bar, unsigned slot)
{
	size_t at = offsetof(PCI_COMMON_CONFIG, u.type0.BaseAddresses) + 4 * (size_t)slot;
	uint64_t mask = ~(uint64_t)(bar->len_bytes - 1);
	uint32_t flags = 0;

	if (bar->kind == DEVICE_BAR_IO) {
		put32(&resource->pci[at], (uint32_t)bar->bus_address | PCI_ADDRESS_IO_SPACE);
		put32(&resource->pci_writable[at], (uint32_t)mask & PCI_ADDRESS_IO_ADDRESS_MASK);
		return 1;
	}
	if (bar->kind == DEVICE_BAR_PREFETCH)
		flags = PCI_ADDRESS_MEMORY_PREFETCHABLE | PCI_ADDRESS_MEMORY_64BIT;
	put32(&resource->pci[at], (uint32_t)bar->bus_address | flags);
	put32(&resource->pci_writable[at], (uint32_t)mask & PCI_ADDRESS_MEMORY_ADDRESS_MASK);
	if (!(flags & PCI_ADDRESS_MEMORY_64BIT))
		return 1;
	put32(&resource->pci[at + 4], (uint32_t)(bar->bus_address >> 32));
	put32(&resource->pci_writable[at + 4], (uint32_t)(mask >> 32));
	return 2;
}

static void identity_fill(const struct videoport *vp, PCI_COMMON_CONFIG *config)
{
	const struct device_caps *caps = &vp->device->caps;
	const struct videoport_pci *pci = &vp->config.pci;
	uint32_t class_code = pci->class_code ? pci->class_code : caps->class_code;

	config->VendorID = pci->vendor_id ? pci->vendor_id : caps->vendor_id;
	config->DeviceID = pci->device_id ? pci->device_id : caps->device_id;
	config->u.type0.SubVendorID = pci->subvendor_id ? pci->subvendor_id : config->VendorID;
	config->u.type0.SubSystemID = pci->subsystem_id ? pci->subsystem_id : config->DeviceID;
	config->RevisionID = pci->revision;
	config->BaseClass = (UCHAR)(class_code >> 16);
	config->SubClass = (UCHAR)(class_code >> 8);
	config->ProgIf = (UCHAR)class_code;
}

void pci_init(struct videoport *vp)
{
	struct resource_state *resource = &vp->resource;
	PCI_COMMON_CONFIG config;
	unsigned slot = 0;

	memset(&config, 0, sizeof(config));
	identity_fill(vp, &config);
	config.Command = PCI_ENABLE_IO_SPACE | PCI_ENABLE_MEMORY_SPACE | PCI_ENABLE_BUS_MASTER;
	config.Status = PCI_STATUS_CAPABILITIES_LIST;
	config.u.type0.CapabilitiesPtr = PCI_CAPABILITY_PM;
	if (vp->device->caps.irq) {
		config.u.type0.InterruptLine = IRQL_DEVICE;
		config.u.type0.InterruptPin = 1;
	}
	memcpy(resource->pci, &config, sizeof(config));
	for (unsigned i = 0; i < DEVICE_BARS_MAX; i++)
		if (vp->device->caps.bar[i].len_bytes)
			slot += bar_fill(resource, &vp->device->caps.bar[i], slot);
	resource->pci[PCI_CAPABILITY_PM] = PCI_CAPABILITY_ID_POWER_MANAGEMENT;
	put16(&resource->pci[PCI_CAPABILITY_PM + 2], PCI_PM_VERSION);

	put16(&resource->pci_writable[offsetof(PCI_COMMON_CONFIG, Command)], PCI_COMMAND_BITS);
	resource->pci_writable[offsetof(PCI_COMMON_CONFIG, CacheLineSize)] = 0xFF;
	resource->pci_writable[offsetof(PCI_COMMON_CONFIG, LatencyTimer)] = 0xFF;
	resource->pci_writable[offsetof(PCI_COMMON_CONFIG, u.type0.InterruptLine)] = 0xFF;
}

/* Bytes of an access within configuration space; 0 where there is none. */
static ULONG access_bytes(BUS_DATA_TYPE type, const void *buffer, ULONG offset, ULONG length)
{
	if (type != PCIConfiguration || !buffer || offset >= RESOURCE_PCI_BYTES)
		return 0;
	return length > RESOURCE_PCI_BYTES - offset ? RESOURCE_PCI_BYTES - offset : length;
}

ULONG NTAPI VideoPortGetBusData(PVOID HwDeviceExtension, BUS_DATA_TYPE BusDataType,
	ULONG SlotNumber, PVOID Buffer, ULONG Offset, ULONG Length)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);
	ULONG bytes = access_bytes(BusDataType, Buffer, Offset, Length);

	if (!vp || !irql_allowed(vp, IRQL_VideoPortGetBusData) || !bytes)
		return 0;
	if (SlotNumber != 0) {
		/* Nothing there: the documented answer is an invalid vendor and its length. */
		USHORT nobody = PCI_INVALID_VENDORID;

		memcpy(Buffer, &nobody, Length < sizeof(nobody) ? Length : sizeof(nobody));
		return sizeof(nobody);
	}

	struct resource_state *resource = &vp->resource;
	bool d3 = atomic_load_explicit(&vp->power, memory_order_acquire) != DEVICE_D0;

	pthread_mutex_lock(&resource->lock);
	resource->pci[PCI_PM_CONTROL] = d3 ? PCI_PM_STATE_D3 : 0;
	memcpy(Buffer, &resource->pci[Offset], bytes);
	pthread_mutex_unlock(&resource->lock);
	return bytes;
}

/* Bits nobody can change stay as they are, as in hardware. */
ULONG NTAPI VideoPortSetBusData(PVOID HwDeviceExtension, BUS_DATA_TYPE BusDataType,
	ULONG SlotNumber, PVOID Buffer, ULONG Offset, ULONG Length)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);
	ULONG bytes = access_bytes(BusDataType, Buffer, Offset, Length);

	if (!vp || !irql_allowed(vp, IRQL_VideoPortSetBusData) || SlotNumber != 0)
		return 0;

	struct resource_state *resource = &vp->resource;

	pthread_mutex_lock(&resource->lock);
	for (ULONG i = 0; i < bytes; i++) {
		unsigned char writable = resource->pci_writable[Offset + i];
		unsigned char *at = &resource->pci[Offset + i];

		*at = (unsigned char)((*at & ~writable) |
				      (((const unsigned char *)Buffer)[i] & writable));
	}
	pthread_mutex_unlock(&resource->lock);
	return bytes;
}
