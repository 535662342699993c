// SPDX-License-Identifier: BSD-2-Clause
/*
 * resource.c: what a driver claims and maps of its adapter: access ranges, device bases and
 * VideoPortMapMemory. See resource.h. Device memory stays mapped as long as the device is open, so a
 * mapping is an entry in a list; but an address is mapped once for each call, and freed once.
 */
#include "drivers/videoport/priv.h"

#include "drivers/support/fault.h"
#include "drivers/support/heap.h"

#include <string.h>

int resource_init(struct videoport *vp)
{
	int ret = -pthread_mutex_init(&vp->resource.lock, NULL);

	if (ret == 0)
		pci_init(vp);
	return ret;
}

void resource_fini(struct videoport *vp)
{
	struct resource_state *resource = &vp->resource;

	while (resource->mappings) {
		struct resource_mapping *mapping = resource->mappings;

		resource->mappings = mapping->next;
		heap_free(mapping);
	}
	heap_free(resource->vga_memory);
	pthread_mutex_destroy(&resource->lock);
}

/* ---- claims ---------------------------------------------------------------------------------- */

static bool range_holds(uint64_t outer, uint64_t outer_bytes, uint64_t start, uint64_t len_bytes)
{
	return start >= outer && len_bytes <= outer_bytes &&
	       start - outer <= outer_bytes - len_bytes;
}

bool resource_claimed(const struct videoport *vp, bool io, uint64_t start, uint64_t len_bytes)
{
	for (unsigned i = 0; i < vp->resource.claims; i++) {
		const struct claim *claim = &vp->resource.claim[i];

		if (claim->io == io &&
			range_holds(claim->start, claim->len_bytes, start, len_bytes))
			return true;
	}
	return false;
}

/* The BAR that holds the range, or NULL. */
static const struct device_bar *bar_of(
	const struct videoport *vp, bool io, uint64_t start, uint64_t len_bytes)
{
	for (unsigned i = 0; i < DEVICE_BARS_MAX; i++) {
		const struct device_bar *bar = &vp->device->caps.bar[i];

		if (bar->len_bytes && (bar->kind == DEVICE_BAR_IO) == io &&
			range_holds(bar->bus_address, bar->len_bytes, start, len_bytes))
			return bar;
	}
	return NULL;
}

static bool is_vga(bool io, uint64_t start, uint64_t len_bytes)
{
	return io ? range_holds(VGA_PORT_START, VGA_PORT_BYTES, start, len_bytes)
	          : range_holds(VGA_MEMORY_START, VGA_MEMORY_BYTES, start, len_bytes);
}

/* The claims of one function, or of the other, are forgotten. */
static void claims_drop(struct resource_state *resource, bool by_verify)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < resource->claims; i++)
		if (resource->claim[i].by_verify != by_verify)
			resource->claim[kept++] = resource->claim[i];
	resource->claims = kept;
}

/* Return: false where the range is not the adapter's, or memory or room is short. */
static bool claim_add(
	struct videoport *vp, bool io, uint64_t start, uint64_t len_bytes, bool by_verify)
{
	struct resource_state *resource = &vp->resource;
	bool vga = is_vga(io, start, len_bytes);

	if (!len_bytes || resource->claims == RESOURCE_CLAIMS ||
		(!vga && !bar_of(vp, io, start, len_bytes)))
		return false;
	if (vga && !io && !resource->vga_memory) {
		resource->vga_memory = fault_point("vga_memory") ? NULL
		                                                 : heap_zeroed(1, VGA_MEMORY_BYTES);
		if (!resource->vga_memory)
			return false;
	}
	resource->claim[resource->claims++] = (struct claim){
		.start = start, .len_bytes = len_bytes, .io = io, .by_verify = by_verify};
	return true;
}

void resource_claim_legacy(struct videoport *vp, const VIDEO_ACCESS_RANGE *range, ULONG count)
{
	for (ULONG i = 0; i < count; i++) {
		uint64_t start = (uint64_t)range[i].RangeStart.QuadPart;

		if (is_vga(range[i].RangeInIoSpace, start, range[i].RangeLength))
			claim_add(vp, range[i].RangeInIoSpace, start, range[i].RangeLength, true);
	}
}

/* ---- VideoPortGetAccessRanges ------------------------------------------------------------------ */

/* Whether the driver's idea of what it drives, if it has one, is this device. */
static bool identity_matches(struct videoport *vp, const USHORT *vendor, const USHORT *device)
{
	PCI_COMMON_CONFIG config;

	memcpy(&config, vp->resource.pci, sizeof(config));
	return (!vendor || *vendor == config.VendorID) && (!device || *device == config.DeviceID);
}

static VIDEO_ACCESS_RANGE range_of(uint64_t start, uint64_t len_bytes, bool io)
{
	return (VIDEO_ACCESS_RANGE){
		.RangeStart.QuadPart = (LONGLONG)start,
		.RangeLength = (ULONG)len_bytes,
		.RangeInIoSpace = io,
		.RangeVisible = TRUE,
	};
}

/* Every BAR. Return: how many there are; those that fit were written. */
static ULONG ranges_of_bars(struct videoport *vp, PVIDEO_ACCESS_RANGE ranges, ULONG room)
{
	ULONG count = 0;

	for (unsigned i = 0; i < DEVICE_BARS_MAX; i++) {
		const struct device_bar *bar = &vp->device->caps.bar[i];

		if (!bar->len_bytes)
			continue;
		if (count < room)
			ranges[count] = range_of(
				bar->bus_address, bar->len_bytes, bar->kind == DEVICE_BAR_IO);
		count++;
	}
	return count;
}

static bool window_holds(const struct _IO_RESOURCE_WINDOW *window, uint64_t start)
{
	uint64_t last = start + (window->Length ? window->Length - 1 : 0);

	return start >= (uint64_t)window->MinimumAddress.QuadPart &&
	       last <= (uint64_t)window->MaximumAddress.QuadPart;
}

/* What serves a request: a BAR that is long enough and lies right, else a place of the VGA. */
static bool range_for(
	struct videoport *vp, const IO_RESOURCE_DESCRIPTOR *wanted, PVIDEO_ACCESS_RANGE range)
{
	const struct _IO_RESOURCE_WINDOW *window = &wanted->u.Generic;
	bool io = wanted->Type == CmResourceTypePort;
	uint64_t least = (uint64_t)window->MinimumAddress.QuadPart;

	for (unsigned i = 0; i < DEVICE_BARS_MAX; i++) {
		const struct device_bar *bar = &vp->device->caps.bar[i];

		if (!bar->len_bytes || (bar->kind == DEVICE_BAR_IO) != io ||
			bar->len_bytes < window->Length || !window_holds(window, bar->bus_address))
			continue;
		*range = range_of(bar->bus_address, window->Length, io);
		return true;
	}
	if (!is_vga(io, least, window->Length) || !window_holds(window, least))
		return false;
	*range = range_of(least, window->Length, io);
	return true;
}

/* Return: the ranges requested, or -1 where one cannot be given. Interrupts and DMA need no range. */
static int64_t ranges_of_requests(struct videoport *vp, ULONG requests,
	PIO_RESOURCE_DESCRIPTOR request, PVIDEO_ACCESS_RANGE ranges, ULONG room)
{
	ULONG count = 0;

	for (ULONG i = 0; i < requests; i++) {
		VIDEO_ACCESS_RANGE range;

		if (request[i].Type != CmResourceTypePort &&
			request[i].Type != CmResourceTypeMemory)
			continue;
		if (!range_for(vp, &request[i], &range))
			return -1;
		if (count < room)
			ranges[count] = range;
		count++;
	}
	return count;
}

static VP_STATUS ranges_claim(struct videoport *vp, PVIDEO_ACCESS_RANGE ranges, ULONG count)
{
	for (ULONG i = 0; i < count; i++)
		if (!claim_add(vp, ranges[i].RangeInIoSpace,
			    (uint64_t)ranges[i].RangeStart.QuadPart, ranges[i].RangeLength,
			    false)) {
			claims_drop(&vp->resource, false);
			return ERROR_NOT_ENOUGH_MEMORY;
		}
	return NO_ERROR;
}

/* Whether ranges may be claimed now; if not, the finding is recorded. */
static bool claiming_allowed(
	struct videoport *vp, const char *function, ULONG count, const void *ranges)
{
	if (vp->framework.finding && (!count || ranges))
		return true;
	rule_broken(vp, RULE_RANGES_OUTSIDE, ERROR_INVALID_PARAMETER,
		"%s: called %s HwVidFindAdapter with %u ranges at %p", function,
		vp->framework.finding ? "in" : "outside", count, ranges);
	return false;
}

VP_STATUS NTAPI VideoPortGetAccessRanges(PVOID HwDeviceExtension, ULONG NumRequestedResources,
	PIO_RESOURCE_DESCRIPTOR RequestedResources, ULONG NumAccessRanges,
	PVIDEO_ACCESS_RANGE AccessRanges, PVOID VendorId, PVOID DeviceId, PULONG Slot)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);

	if (!vp || !irql_allowed(vp, IRQL_VideoPortGetAccessRanges) ||
		!claiming_allowed(vp, "VideoPortGetAccessRanges", NumAccessRanges, AccessRanges) ||
		(NumRequestedResources && !RequestedResources))
		return ERROR_INVALID_PARAMETER;
	/* A further adapter of a driver that asked to be called again: there is but one device. */
	if (HwDeviceExtension != vp->extension || !identity_matches(vp, VendorId, DeviceId))
		return ERROR_DEV_NOT_EXIST;
	claims_drop(&vp->resource, false);
	if (!NumAccessRanges)
		return NO_ERROR;

	memset(AccessRanges, 0, NumAccessRanges * sizeof(*AccessRanges));

	int64_t count = NumRequestedResources
	                        ? ranges_of_requests(vp, NumRequestedResources, RequestedResources,
					  AccessRanges, NumAccessRanges)
	                        : ranges_of_bars(vp, AccessRanges, NumAccessRanges);

	if (count < 0)
		return ERROR_INVALID_PARAMETER;
	if (count > NumAccessRanges)
		return ERROR_MORE_DATA;
	if (Slot)
		*Slot = 0;
	return ranges_claim(vp, AccessRanges, (ULONG)count);
}

VP_STATUS NTAPI VideoPortVerifyAccessRanges(
	PVOID HwDeviceExtension, ULONG NumAccessRanges, PVIDEO_ACCESS_RANGE AccessRanges)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);

	if (!vp || !irql_allowed(vp, IRQL_VideoPortVerifyAccessRanges) ||
		!claiming_allowed(vp, "VideoPortVerifyAccessRanges", NumAccessRanges, AccessRanges))
		return ERROR_INVALID_PARAMETER;
	claims_drop(&vp->resource, true);
	for (ULONG i = 0; i < NumAccessRanges; i++) {
		const VIDEO_ACCESS_RANGE *range = &AccessRanges[i];

		if (!claim_add(vp, range->RangeInIoSpace, (uint64_t)range->RangeStart.QuadPart,
			    range->RangeLength, true)) {
			claims_drop(&vp->resource, true);
			return ERROR_INVALID_PARAMETER;
		}
	}
	return NO_ERROR;
}

/* ---- mappings ---------------------------------------------------------------------------------- */

/* Where the processor finds a claimed range; a port is its number. */
static char *address_of(const struct videoport *vp, bool io, uint64_t start, uint64_t len_bytes)
{
	const struct device_bar *bar = bar_of(vp, io, start, len_bytes);

	if (io)
		return (char *)(uintptr_t)start;
	if (bar)
		return (char *)bar->va + (start - bar->bus_address);
	return (char *)vp->resource.vga_memory + (start - VGA_MEMORY_START);
}

/*
 * Whether a range may be mapped. Ports are mapped by their first number, and accesses are checked one by one: drivers
 * of a VGA map 0x3B0 to 0x3DF as one, though the printer's ports in its middle are not theirs (D-24). The VGA's memory is
 * one piece however it was claimed.
 */
static bool mappable(struct videoport *vp, bool io, uint64_t start, uint64_t len_bytes)
{
	uint64_t last = start + len_bytes - 1;

	if (resource_claimed(vp, io, start, len_bytes))
		return true;
	if (last < start ||
		!(io || range_holds(VGA_MEMORY_START, VGA_MEMORY_BYTES, start, len_bytes)))
		return false;
	return resource_claimed(vp, io, start, 1) && resource_claimed(vp, io, last, 1);
}

/* Records a mapping of a range. Return: its address, NULL where it is not claimed or memory is short. */
static char *mapping_add(struct videoport *vp, const char *function, struct resource_mapping wanted)
{
	struct resource_state *resource = &vp->resource;

	if (!wanted.len_bytes || !mappable(vp, wanted.io, wanted.bus_address, wanted.len_bytes)) {
		rule_broken(vp, RULE_BASE_UNCLAIMED, 0,
			"%s: %zu bytes of %s at bus address 0x%llx are not within a claimed range",
			function, wanted.len_bytes, wanted.io ? "ports" : "memory",
			(unsigned long long)wanted.bus_address);
		return NULL;
	}

	struct resource_mapping *mapping = fault_point("mapping_alloc")
	                                           ? NULL
	                                           : heap_alloc(sizeof(*mapping));

	if (!mapping)
		return NULL;
	*mapping = wanted;
	mapping->va = address_of(vp, wanted.io, wanted.bus_address, wanted.len_bytes);
	pthread_mutex_lock(&resource->lock);
	mapping->next = resource->mappings;
	resource->mappings = mapping;
	pthread_mutex_unlock(&resource->lock);
	return mapping->va;
}

/* Whether @mapping is what @va names: its start, or for mapped memory any byte of it. */
static bool mapping_is(const struct resource_mapping *mapping, enum mapping_kind kind,
	const char *va, HANDLE process)
{
	if (mapping->kind != kind || mapping->process != process)
		return false;
	if (kind == MAPPING_BASE)
		return mapping->va == va;
	return (uintptr_t)va - (uintptr_t)mapping->va < mapping->len_bytes;
}

/* Return: whether there was such a mapping. */
static bool mapping_remove(
	struct videoport *vp, enum mapping_kind kind, const char *va, HANDLE process)
{
	struct resource_state *resource = &vp->resource;
	struct resource_mapping **at, *found;

	pthread_mutex_lock(&resource->lock);
	for (at = &resource->mappings; *at && !mapping_is(*at, kind, va, process);)
		at = &(*at)->next;
	found = *at;
	if (found)
		*at = found->next;
	pthread_mutex_unlock(&resource->lock);
	heap_free(found);
	return found != NULL;
}

void resource_mappings_each(struct videoport *vp,
	void (*visit)(struct videoport *vp, const struct resource_mapping *mapping))
{
	pthread_mutex_lock(&vp->resource.lock);
	for (const struct resource_mapping *at = vp->resource.mappings; at; at = at->next)
		visit(vp, at);
	pthread_mutex_unlock(&vp->resource.lock);
}

PVOID NTAPI VideoPortGetDeviceBase(
	PVOID HwDeviceExtension, PHYSICAL_ADDRESS IoAddress, ULONG NumberOfUchars, UCHAR InIoSpace)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);

	if (!vp || !irql_allowed(vp, IRQL_VideoPortGetDeviceBase))
		return NULL;
	return mapping_add(vp, "VideoPortGetDeviceBase",
		(struct resource_mapping){
			.kind = MAPPING_BASE,
			.io = InIoSpace & VIDEO_MEMORY_SPACE_IO,
			.bus_address = (uint64_t)IoAddress.QuadPart,
			.len_bytes = NumberOfUchars,
			.origin = ORIGIN_HERE(vp),
		});
}

VOID NTAPI VideoPortFreeDeviceBase(PVOID HwDeviceExtension, PVOID MappedAddress)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);

	if (!vp || !irql_allowed(vp, IRQL_VideoPortFreeDeviceBase))
		return;
	if (!mapping_remove(vp, MAPPING_BASE, MappedAddress, NULL))
		rule_broken(vp, RULE_BASE_UNKNOWN, ERROR_INVALID_PARAMETER,
			"VideoPortFreeDeviceBase: %p is no live result of VideoPortGetDeviceBase",
			MappedAddress);
}

VP_STATUS NTAPI VideoPortMapMemory(PVOID HwDeviceExtension, PHYSICAL_ADDRESS PhysicalAddress,
	PULONG Length, PULONG InIoSpace, PVOID *VirtualAddress)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);

	if (!vp || !irql_allowed(vp, IRQL_VideoPortMapMemory))
		return ERROR_INVALID_PARAMETER;
	if (!Length || !*Length || !InIoSpace || !VirtualAddress) {
		rule_broken(vp, RULE_MAP_ARGUMENT, ERROR_INVALID_PARAMETER,
			"VideoPortMapMemory: Length at %p (%u), InIoSpace at %p, VirtualAddress at "
			"%p",
			(void *)Length, Length ? *Length : 0, (void *)InIoSpace,
			(void *)VirtualAddress);
		return ERROR_INVALID_PARAMETER;
	}

	/* There is one address space: a process sees device memory where the port does. */
	char *va = mapping_add(vp, "VideoPortMapMemory",
		(struct resource_mapping){
			.kind = MAPPING_MEMORY,
			.io = *InIoSpace & VIDEO_MEMORY_SPACE_IO,
			.bus_address = (uint64_t)PhysicalAddress.QuadPart,
			.len_bytes = *Length,
			.process = *VirtualAddress,
			.origin = ORIGIN_HERE(vp),
		});

	if (!va)
		return ERROR_INVALID_PARAMETER;
	*VirtualAddress = va;
	return NO_ERROR;
}

VP_STATUS NTAPI VideoPortUnmapMemory(
	PVOID HwDeviceExtension, PVOID VirtualAddress, HANDLE ProcessHandle)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);

	if (!vp || !irql_allowed(vp, IRQL_VideoPortUnmapMemory))
		return ERROR_INVALID_PARAMETER;
	if (mapping_remove(vp, MAPPING_MEMORY, VirtualAddress, ProcessHandle))
		return NO_ERROR;
	rule_broken(vp, RULE_MAP_UNKNOWN, ERROR_INVALID_PARAMETER,
		"VideoPortUnmapMemory: %p for process %p lies in no live mapping", VirtualAddress,
		ProcessHandle);
	return ERROR_INVALID_PARAMETER;
}
