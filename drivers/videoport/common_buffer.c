// SPDX-License-Identifier: BSD-2-Clause
/*
 * common_buffer.c: VideoPortAllocateCommonBuffer and VideoPortReleaseCommonBuffer: memory that driver
 * and device use at once, contiguous in logical addresses.
 *
 * Called by drivers; adapter.c takes its bounce slots from the same place. Common buffers use no map
 * registers (the lenient form of D-12).
 */
#include "drivers/videoport/priv.h"

#include "drivers/support/fault.h"
#include "drivers/videoport/sg.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CONTIGUOUS_BYTES (UINT64_C(256) << 20) /* longest stretch sg_iova leaves in one piece */
#define TAKES_MAX        8

/*
 * Frames whose logical addresses are contiguous. Up to SG_BLOCK_BYTES a block boundary does it; longer
 * runs that sg_iova would tear are kept aside while the search goes on.
 */
static int contiguous_take(struct dma_state *dma, size_t pages, uint64_t limit, uint64_t *pfn)
{
	uint64_t block = pages << PAGE_SHIFT <= SG_BLOCK_BYTES ? SG_BLOCK_BYTES : CONTIGUOUS_BYTES;
	uint64_t torn[TAKES_MAX];
	unsigned takes = 0;
	int rc;

	for (;;) {
		rc = frames_take_block(dma->frames, pages, limit, block, pfn);
		if (rc < 0 || sg_contiguous(*pfn, pages))
			break;
		torn[takes++] = *pfn;
		rc = -ENOSPC;
		if (takes == TAKES_MAX)
			break;
	}
	while (takes)
		frames_give(dma->frames, torn[--takes], pages);
	return rc;
}

int dma_coherent_alloc(
	struct dma_state *dma, size_t pages, uint64_t reach, uint64_t *pfn, void **va)
{
	struct device *device = dma->device;
	int rc = contiguous_take(dma, pages, reach < FRAMES_LIMIT ? reach + 1 : FRAMES_LIMIT, pfn);

	if (rc < 0)
		return rc;
	rc = device->dma->coherent_alloc(device, sg_iova(*pfn), pages << PAGE_SHIFT, va);
	if (rc < 0)
		frames_give(dma->frames, *pfn, pages);
	return rc;
}

void dma_coherent_free(struct dma_state *dma, size_t pages, uint64_t pfn, void *va)
{
	struct device *device = dma->device;

	device->dma->coherent_free(device, sg_iova(pfn), pages << PAGE_SHIFT, va);
	frames_give(dma->frames, pfn, pages);
}

static struct common_buffer **common_bucket(struct vp_adapter *adapter, const void *va)
{
	return &adapter->common[(uintptr_t)va >> PAGE_SHIFT & (DMA_BUCKETS - 1)];
}

/* Takes @bytes of the platform's limit. Common buffers of all adapters of the device count together. */
static bool common_reserve(struct dma_state *dma, uint64_t bytes)
{
	uint64_t before = atomic_fetch_add_explicit(
		&dma->common_bytes, bytes, memory_order_relaxed);

	if (dma->common_bytes_max == 0 || before + bytes <= dma->common_bytes_max)
		return true;
	atomic_fetch_sub_explicit(&dma->common_bytes, bytes, memory_order_relaxed);
	return false;
}

static struct common_buffer *common_create(
	struct dma_state *dma, struct vp_adapter *adapter, ULONG length)
{
	struct common_buffer *common = NULL;
	size_t pages = page_span(0, length);

	if (!common_reserve(dma, pages << PAGE_SHIFT))
		return NULL;
	if (!fault_point("common_create"))
		common = malloc(sizeof(*common));
	if (!common)
		goto unreserve;
	*common = (struct common_buffer){.pages = pages, .length = length};
	if (dma_coherent_alloc(dma, pages, adapter->reach, &common->pfn, &common->va) < 0)
		goto free_common;
	common->iova = sg_iova(common->pfn);
	return common;

free_common:
	free(common);
unreserve:
	atomic_fetch_sub_explicit(&dma->common_bytes, pages << PAGE_SHIFT, memory_order_relaxed);
	return NULL;
}

static void common_free(struct dma_state *dma, struct common_buffer *common)
{
	dma_coherent_free(dma, common->pages, common->pfn, common->va);
	atomic_fetch_sub_explicit(
		&dma->common_bytes, common->pages << PAGE_SHIFT, memory_order_relaxed);
	free(common);
}

void common_buffers_free(struct dma_state *dma, struct vp_adapter *adapter)
{
	for (unsigned i = 0; i < DMA_BUCKETS; i++) {
		while (adapter->common[i]) {
			struct common_buffer *common = adapter->common[i];
			adapter->common[i] = common->next;
			common_free(dma, common);
		}
	}
}

PVOID NTAPI VideoPortAllocateCommonBuffer(PVOID HwDeviceExtension, PVP_DMA_ADAPTER VpDmaAdapter,
	ULONG DesiredLength, PPHYSICAL_ADDRESS LogicalAddress, BOOLEAN CacheEnabled, PVOID Reserved)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);

	(void)Reserved;
	if (!vp || !irql_allowed(vp, IRQL_VideoPortAllocateCommonBuffer))
		return NULL;
	struct vp_adapter *adapter = dma_adapter(&vp->dma, VpDmaAdapter);
	if (!adapter) {
		dma_adapter_refused(vp, "VideoPortAllocateCommonBuffer", VpDmaAdapter);
		return NULL;
	}
	if (DesiredLength == 0 || !LogicalAddress) {
		rule_broken(vp, DesiredLength ? RULE_COMMON_NO_ADDRESS : RULE_COMMON_LENGTH,
			ERROR_INVALID_PARAMETER,
			"VideoPortAllocateCommonBuffer: %u bytes, address to %p; ask for at least "
			"one byte and "
			"say where the logical address goes",
			DesiredLength, (void *)LogicalAddress);
		return NULL;
	}
	struct common_buffer *common = common_create(&vp->dma, adapter, DesiredLength);
	if (!common)
		return NULL;
	common->cache_enabled = CacheEnabled;
	LogicalAddress->QuadPart = (LONGLONG)common->iova.val;
	void *va = common->va;
	pthread_mutex_lock(&adapter->common_lock);
	common->next = *common_bucket(adapter, va);
	*common_bucket(adapter, va) = common;
	adapter->common_count++;
	pthread_mutex_unlock(&adapter->common_lock);
	account_common(&vp->account, (int64_t)page_up(DesiredLength));
	return va;
}

/* Takes the buffer at @va out of the adapter's records if all parameters match; @found tells of the VA. */
static struct common_buffer *common_remove(
	struct vp_adapter *adapter, const struct common_buffer *claim, bool *found)
{
	struct common_buffer **at = common_bucket(adapter, claim->va), *common;

	pthread_mutex_lock(&adapter->common_lock);
	while (*at && (*at)->va != claim->va)
		at = &(*at)->next;
	common = *at;
	*found = common != NULL;
	if (common && common->length == claim->length && common->iova.val == claim->iova.val &&
		!common->cache_enabled == !claim->cache_enabled) {
		*at = common->next;
		adapter->common_count--;
	} else {
		common = NULL;
	}
	pthread_mutex_unlock(&adapter->common_lock);
	return common;
}

VOID NTAPI VideoPortReleaseCommonBuffer(PVOID HwDeviceExtension, PVP_DMA_ADAPTER VpDmaAdapter,
	ULONG Length, PHYSICAL_ADDRESS LogicalAddress, PVOID VirtualAddress, BOOLEAN CacheEnabled)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);

	if (!vp || !irql_allowed(vp, IRQL_VideoPortReleaseCommonBuffer))
		return;
	struct vp_adapter *adapter = dma_adapter(&vp->dma, VpDmaAdapter);
	if (!adapter) {
		dma_adapter_refused(vp, "VideoPortReleaseCommonBuffer", VpDmaAdapter);
		return;
	}
	struct common_buffer claim = {
		.length = Length,
		.iova = {(uint64_t)LogicalAddress.QuadPart},
		.va = VirtualAddress,
		.cache_enabled = CacheEnabled,
	};
	bool found;
	struct common_buffer *common = common_remove(adapter, &claim, &found);
	if (common) {
		account_common(&vp->account, -(int64_t)(common->pages << PAGE_SHIFT));
		common_free(&vp->dma, common);
		return;
	}
	rule_broken(vp, found ? RULE_COMMON_FREE_LENGTH : RULE_COMMON_FREE_UNKNOWN,
		ERROR_INVALID_PARAMETER, "VideoPortReleaseCommonBuffer: %u bytes at %p: %s", Length,
		VirtualAddress,
		found ? "length, logical address and cache flag must be those of the allocation"
		      : "no such common buffer of this adapter; released twice?");
}
