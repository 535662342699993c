// SPDX-License-Identifier: BSD-2-Clause
/*
 * legacy.c: obsolete memory functions (videoport.md 2.4) and the notes about the use of any obsolete
 * one. Called by drivers. The DMA functions of before are in legacy_dma.c.
 */
#include "drivers/videoport/priv.h"

#include "drivers/support/fault.h"
#include "drivers/support/heap.h"

#include <string.h>

#define COMMON_BYTES_MAX 262144u /* as the port of before */

struct legacy_memory {
	CACHE_ALIGNED struct legacy_memory *next; /* the memory behind it starts a cache line */
};

int legacy_init(struct legacy_state *legacy)
{
	return -pthread_mutex_init(&legacy->lock, NULL);
}

void legacy_fini(struct legacy_state *legacy)
{
	while (legacy->memory) {
		struct legacy_memory *memory = legacy->memory;

		legacy->memory = memory->next;
		heap_free(memory);
	}
	legacy_locks_free(legacy);
	pthread_mutex_destroy(&legacy->lock);
}

void legacy_note(struct videoport *vp, enum legacy_function function, const char *name)
{
	uint32_t bit = UINT32_C(1) << function;

	isr_list_check(name);
	/* Relaxed: a mark, nothing hangs on it. */
	if (vp && !(atomic_fetch_or_explicit(&vp->legacy.noted, bit, memory_order_relaxed) & bit))
		rule_broken(vp, RULE_OBSOLETE, 0, "%s was called (noted once)", name);
}

/* ---- common buffers of the implicit adapter (D-13) ---------------------------------------------- */

static struct vp_adapter *implicit_adapter(struct videoport *vp)
{
	struct legacy_state *legacy = &vp->legacy;
	VP_DEVICE_DESCRIPTION description = {
		.ScatterGather = TRUE,
		.Dma32BitAddresses = TRUE,
		.MaximumLength = COMMON_BYTES_MAX,
	};

	pthread_mutex_lock(&legacy->lock);
	if (!legacy->adapter)
		legacy->adapter = VideoPortGetDmaAdapter(vp->extension, &description);

	struct vp_adapter *adapter = dma_adapter(&vp->dma, legacy->adapter);

	pthread_mutex_unlock(&legacy->lock);
	return adapter;
}

void legacy_release(struct videoport *vp)
{
	struct legacy_state *legacy = &vp->legacy;

	if (!legacy->adapter || legacy->common_live)
		return;
	VideoPortPutDmaAdapter(vp->extension, legacy->adapter);
	legacy->adapter = NULL;
}

PVOID NTAPI VideoPortGetCommonBuffer(PVOID HwDeviceExtension, ULONG DesiredLength, ULONG Alignment,
	PPHYSICAL_ADDRESS LogicalAddress, PULONG pActualLength, BOOLEAN CacheEnabled)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);

	(void)Alignment; /* documented as ignored; buffers start pages */
	if (!vp || !irql_allowed(vp, IRQL_VideoPortGetCommonBuffer))
		return NULL;
	LEGACY_NOTE(vp, GetCommonBuffer);
	if (pActualLength)
		*pActualLength = 0;
	if (DesiredLength > COMMON_BYTES_MAX)
		return NULL;

	struct common_buffer wanted = {
		.length = DesiredLength, .cache_enabled = CacheEnabled, .origin = ORIGIN_HERE(vp)};
	struct vp_adapter *adapter = implicit_adapter(vp);
	PVOID va = adapter ? common_allocate(vp, "VideoPortGetCommonBuffer", adapter, &wanted,
				     LogicalAddress)
	                   : NULL;

	if (!va)
		return NULL;
	pthread_mutex_lock(&vp->legacy.lock);
	vp->legacy.common_live++;
	pthread_mutex_unlock(&vp->legacy.lock);
	if (pActualLength)
		*pActualLength = DesiredLength;
	return va;
}

VOID NTAPI VideoPortFreeCommonBuffer(PVOID HwDeviceExtension, ULONG Length, PVOID VirtualAddress,
	PHYSICAL_ADDRESS LogicalAddress, BOOLEAN CacheEnabled)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);
	struct common_buffer claim = {
		.length = Length,
		.iova = {(uint64_t)LogicalAddress.QuadPart},
		.va = VirtualAddress,
		.cache_enabled = CacheEnabled,
	};

	if (!vp || !irql_allowed(vp, IRQL_VideoPortFreeCommonBuffer))
		return;
	LEGACY_NOTE(vp, FreeCommonBuffer);
	pthread_mutex_lock(&vp->legacy.lock);
	if (!vp->legacy.adapter) {
		pthread_mutex_unlock(&vp->legacy.lock);
		rule_broken(vp, RULE_COMMON_FREE_UNKNOWN, ERROR_INVALID_PARAMETER,
			"VideoPortFreeCommonBuffer: %p, and VideoPortGetCommonBuffer was never "
			"called",
			VirtualAddress);
		return;
	}
	if (common_release(vp, "VideoPortFreeCommonBuffer",
		    dma_adapter(&vp->dma, vp->legacy.adapter), &claim))
		vp->legacy.common_live--;
	pthread_mutex_unlock(&vp->legacy.lock);
}

/* ---- memory without a function to free it, and the paged pair ------------------------------------ */

PVOID NTAPI VideoPortAllocateContiguousMemory(
	PVOID HwDeviceExtension, ULONG NumberOfBytes, PHYSICAL_ADDRESS HighestAcceptableAddress)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);

	if (!vp || !irql_allowed(vp, IRQL_VideoPortAllocateContiguousMemory))
		return NULL;
	LEGACY_NOTE(vp, AllocateContiguousMemory);
	if (!NumberOfBytes || (uint64_t)HighestAcceptableAddress.QuadPart < NumberOfBytes - 1)
		return NULL;

	size_t total = (sizeof(struct legacy_memory) + NumberOfBytes + CACHE_LINE_BYTES - 1) &
	               ~(size_t)(CACHE_LINE_BYTES - 1);
	struct legacy_memory *memory = fault_point("contiguous_alloc") ? NULL : heap_lines(total);

	if (!memory)
		return NULL;
	memset(memory, 0, total);
	pthread_mutex_lock(&vp->legacy.lock);
	memory->next = vp->legacy.memory;
	vp->legacy.memory = memory;
	pthread_mutex_unlock(&vp->legacy.lock);
	return memory + 1;
}

VP_STATUS NTAPI VideoPortAllocateBuffer(PVOID HwDeviceExtension, ULONG Size, PVOID *Buffer)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);

	if (!vp || !irql_allowed(vp, IRQL_VideoPortAllocateBuffer))
		return ERROR_INVALID_PARAMETER;
	LEGACY_NOTE(vp, AllocateBuffer);
	if (!Buffer || !Size) {
		rule_broken(vp, RULE_POOL_ARGUMENT, ERROR_INVALID_PARAMETER,
			"VideoPortAllocateBuffer: %u bytes, Buffer at %p", Size, (void *)Buffer);
		return ERROR_INVALID_PARAMETER;
	}
	*Buffer = object_create(&vp->objects, &vp->account, ACCOUNT_BUFFER, Size, ORIGIN_HERE(vp));
	return *Buffer ? NO_ERROR : ERROR_NOT_ENOUGH_MEMORY;
}

VOID NTAPI VideoPortReleaseBuffer(PVOID HwDeviceExtension, PVOID Buffer)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);

	if (!vp || !irql_allowed(vp, IRQL_VideoPortReleaseBuffer))
		return;
	LEGACY_NOTE(vp, ReleaseBuffer);
	if (object_destroy(&vp->objects, &vp->account, ACCOUNT_BUFFER, Buffer, NULL) < 0)
		rule_broken(vp, RULE_POOL_FREE_UNKNOWN, ERROR_INVALID_PARAMETER,
			"VideoPortReleaseBuffer: %p is no live result of VideoPortAllocateBuffer",
			Buffer);
}
