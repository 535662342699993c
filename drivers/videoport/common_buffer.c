// SPDX-License-Identifier: BSD-2-Clause
/*
 * common_buffer.c: VideoPortAllocateCommonBuffer and VideoPortReleaseCommonBuffer: memory that driver
 * and device use at once. coherent.c makes the memory, common_find.c looks for it by address.
 *
 * Called by drivers. Common buffers use no map registers (the lenient form of D-12). With the verifier
 * on, what lies behind the requested bytes up to the page's end is a guard too (R-009, VP16).
 */
#include "drivers/videoport/priv.h"

#include "drivers/support/fault.h"
#include "drivers/support/heap.h"
#include "drivers/videoport/common_find.h"
#include "drivers/videoport/guard.h"
#include "drivers/videoport/sg.h"

#include <errno.h>
#include <string.h>

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

/* What lies between the requested bytes and the page's end. */
static size_t padding_bytes(const struct common_buffer *common)
{
	return (common->pages << PAGE_SHIFT) - common->length;
}

/*
 * Memory for a buffer whose length is set, guarded if the verifier is on and there is room for guards:
 * without them it sees less, but the driver gets what it would get without the verifier.
 */
static int common_memory(
	struct dma_state *dma, const struct vp_adapter *adapter, struct common_buffer *common)
{
	bool verify = dma->vp->verifier.on;
	int rc = 0;

	if (verify)
		common->guarded = dma_guarded_alloc(dma, common->pages, adapter->reach,
					  &common->pfn, &common->va) == 0;
	if (!common->guarded)
		rc = dma_coherent_alloc(
			dma, common->pages, adapter->reach, &common->pfn, &common->va);
	if (rc < 0)
		return rc;
	if (verify)
		guard_fill((unsigned char *)common->va + common->length, padding_bytes(common));
	common->iova = sg_iova(common->pfn);
	return 0;
}

static struct common_buffer *common_create(
	struct dma_state *dma, struct vp_adapter *adapter, ULONG length)
{
	struct common_buffer *common = NULL;
	size_t pages = page_span(0, length);

	if (!common_reserve(dma, pages << PAGE_SHIFT))
		return NULL;
	if (!fault_point("common_create"))
		common = heap_alloc(sizeof(*common));
	if (!common)
		goto unreserve;
	*common = (struct common_buffer){.pages = pages, .length = length};
	if (common_memory(dma, adapter, common) < 0)
		goto free_common;
	return common;

free_common:
	heap_free(common);
unreserve:
	atomic_fetch_sub_explicit(&dma->common_bytes, pages << PAGE_SHIFT, memory_order_relaxed);
	return NULL;
}

static void common_free(struct dma_state *dma, struct common_buffer *common)
{
	if (common->guarded)
		dma_guarded_free(dma, common->pages, common->pfn, common->va);
	else
		dma_coherent_free(dma, common->pages, common->pfn, common->va);
	atomic_fetch_sub_explicit(
		&dma->common_bytes, common->pages << PAGE_SHIFT, memory_order_relaxed);
	heap_free(common);
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

/* ---- guards ------------------------------------------------------------------------------------------ */

/* Reports what was written around the requested bytes. @when: "released", "at unload". */
static void common_check(struct videoport *vp, const struct common_buffer *common, const char *when)
{
	const unsigned char *va = common->va;
	size_t behind = padding_bytes(common) + (common->guarded ? PAGE_BYTES : 0);
	size_t at = common->guarded ? guard_check_last(va - PAGE_BYTES, PAGE_BYTES) : PAGE_BYTES;

	if (at != PAGE_BYTES)
		rule_broken_at(vp, RULE_COMMON_UNDERRUN, 0, &common->origin,
			"common buffer of %u bytes at %p, %s: byte %zu in front of it was written "
			"(0x%02x)",
			common->length, common->va, when, PAGE_BYTES - at,
			*(va - (PAGE_BYTES - at)));
	at = guard_check(va + common->length, behind);
	if (at != behind)
		rule_broken_at(vp, RULE_COMMON_OVERRUN, 0, &common->origin,
			"common buffer of %u bytes at %p, %s: byte %zu behind its end was written "
			"(0x%02x)",
			common->length, common->va, when, at, va[common->length + at]);
}

static void common_audit(struct videoport *vp, const struct common_buffer *common)
{
	if (vp->verifier.on)
		common_check(vp, common, "at unload");
	rule_broken_at(vp, RULE_COMMON_LEAK, 0, &common->origin,
		"at unload: common buffer of %u bytes at %p, logical 0x%llx, is not released",
		common->length, common->va, (unsigned long long)common->iova.val);
}

void common_buffers_audit(struct dma_state *dma)
{
	for (unsigned i = 0; i < DMA_ADAPTERS_MAX; i++) {
		struct vp_adapter *adapter = atomic_load(&dma->slot[i].adapter);

		for (unsigned k = 0; adapter && k < DMA_BUCKETS; k++)
			for (const struct common_buffer *at = adapter->common[k]; at; at = at->next)
				common_audit(dma->vp, at);
	}
}

/* ---- VideoPortAllocateCommonBuffer ---------------------------------------------------------------------- */

/* Arguments that are wrong but do not keep the port from serving the call. */
static void allocate_warn(
	struct videoport *vp, const char *function, const struct vp_adapter *adapter, ULONG length)
{
	const VP_DEVICE_DESCRIPTION *description = &adapter->description;

	if (length > description->MaximumLength || page_span(0, length) > adapter->regs.total)
		rule_broken_at(vp, RULE_COMMON_OVER_MAXIMUM, NO_ERROR, &adapter->origin,
			"%s: %u bytes from an adapter with MaximumLength %u and %u map registers",
			function, length, description->MaximumLength, adapter->regs.total);
}

static void common_record(
	struct videoport *vp, enum videoport_act_kind kind, const struct common_buffer *common)
{
	if (!recorder_on(&vp->recorder))
		return;
	recorder_take(&vp->recorder, &(struct videoport_act){.kind = kind,
					     .object = (uintptr_t)common->va,
					     .len_bytes = common->length,
					     .how = common->cache_enabled != 0});
}

/* Makes a filled-in buffer the adapter's, and counts it. */
static void common_insert(
	struct videoport *vp, struct vp_adapter *adapter, struct common_buffer *common)
{
	uint64_t guard = common->guarded;

	common->node.pfn = common->pfn - guard;
	common->node.pages = common->pages + 2 * guard;
	pthread_mutex_lock(&adapter->common_lock);
	common->next = *common_bucket(adapter, common->va);
	*common_bucket(adapter, common->va) = common;
	adapter->common_made++;
	adapter->common_bytes_made += common->pages << PAGE_SHIFT;
	account_common_begin(&vp->account, &adapter->common_meter, &common->node, common->length,
		common->pages << PAGE_SHIFT);
	pthread_mutex_unlock(&adapter->common_lock);
	common_record(vp, VIDEOPORT_ALLOCATE, common);
}

void *common_allocate(struct videoport *vp, const char *function, struct vp_adapter *adapter,
	const struct common_buffer *wanted, PPHYSICAL_ADDRESS logical)
{
	if (wanted->length == 0 || !logical) {
		rule_broken(vp, wanted->length ? RULE_COMMON_NO_ADDRESS : RULE_COMMON_LENGTH,
			ERROR_INVALID_PARAMETER, "%s: %u bytes, LogicalAddress %p", function,
			wanted->length, (void *)logical);
		return NULL;
	}
	if (vp->verifier.on)
		allocate_warn(vp, function, adapter, wanted->length);
	struct common_buffer *common = common_create(&vp->dma, adapter, wanted->length);
	if (!common)
		return NULL;
	common->cache_enabled = wanted->cache_enabled;
	common->origin = wanted->origin;
	logical->QuadPart = (LONGLONG)common->iova.val;
	void *va = common->va;
	common_insert(vp, adapter, common);
	return va;
}

PVOID NTAPI VideoPortAllocateCommonBuffer(PVOID HwDeviceExtension, PVP_DMA_ADAPTER VpDmaAdapter,
	ULONG DesiredLength, PPHYSICAL_ADDRESS LogicalAddress, BOOLEAN CacheEnabled, PVOID Reserved)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);

	if (!vp || !irql_allowed(vp, IRQL_VideoPortAllocateCommonBuffer))
		return NULL;
	struct vp_adapter *adapter = dma_adapter(&vp->dma, VpDmaAdapter);
	if (!adapter) {
		dma_adapter_refused(vp, "VideoPortAllocateCommonBuffer", VpDmaAdapter);
		return NULL;
	}
	if (vp->verifier.on && Reserved)
		rule_broken(vp, RULE_COMMON_RESERVED, NO_ERROR,
			"VideoPortAllocateCommonBuffer: Reserved is %p", Reserved);

	struct common_buffer wanted = {
		.length = DesiredLength, .cache_enabled = CacheEnabled, .origin = ORIGIN_HERE(vp)};

	return common_allocate(
		vp, "VideoPortAllocateCommonBuffer", adapter, &wanted, LogicalAddress);
}

/* ---- VideoPortReleaseCommonBuffer ----------------------------------------------------------------------- */

/* Takes the buffer at claim->va out of the adapter's records and the account if all parameters match. */
static struct common_buffer *common_remove(
	struct videoport *vp, struct vp_adapter *adapter, const struct common_buffer *claim)
{
	struct common_buffer **at = common_bucket(adapter, claim->va), *common;

	pthread_mutex_lock(&adapter->common_lock);
	while (*at && (*at)->va != claim->va)
		at = &(*at)->next;
	common = *at;
	if (common && common->length == claim->length && common->iova.val == claim->iova.val &&
		!common->cache_enabled == !claim->cache_enabled) {
		*at = common->next;
		account_common_end(&vp->account, &adapter->common_meter, &common->node,
			common->length, common->pages << PAGE_SHIFT);
	} else {
		common = NULL;
	}
	pthread_mutex_unlock(&adapter->common_lock);
	return common;
}

/* What is wrong with releasing @claim where @live is the live buffer at its address. */
static enum verifier_rule release_mismatch(
	const struct common_buffer *claim, const struct common_buffer *live)
{
	if (claim->iova.val != live->iova.val)
		return RULE_COMMON_FREE_LOGICAL;
	if (claim->length != live->length)
		return RULE_COMMON_FREE_LENGTH;
	if (!claim->cache_enabled != !live->cache_enabled)
		return RULE_COMMON_FREE_CACHE;
	return RULE_COMMON_FREE_ADAPTER;
}

/*
 * Which rule a refused release broke, and the buffer it was probably meant for in @meant (its pages are 0
 * where there is none). A pair of addresses that was released lately comes before a part of it that is
 * live: memory is used again.
 */
static enum verifier_rule release_diagnose(
	struct dma_state *dma, const struct common_buffer *claim, struct common_buffer *meant)
{
	uint64_t va = (uintptr_t)claim->va, iova = claim->iova.val;

	if (common_find(dma, COMMON_AT_VIRTUAL, va, meant) && meant->va == claim->va)
		return release_mismatch(claim, meant);
	if (common_find_released(dma, COMMON_AT_VIRTUAL, va, meant) && meant->va == claim->va &&
		meant->iova.val == iova)
		return RULE_COMMON_FREE_TWICE;
	if (common_find(dma, COMMON_AT_LOGICAL, iova, meant) && meant->iova.val == iova)
		return RULE_COMMON_FREE_VIRTUAL;
	if (common_find(dma, COMMON_AT_VIRTUAL, va, meant))
		return RULE_COMMON_FREE_VIRTUAL;
	if (common_find_released(dma, COMMON_AT_VIRTUAL, va, meant) && meant->va == claim->va)
		return RULE_COMMON_FREE_TWICE;
	*meant = (struct common_buffer){0};
	return RULE_COMMON_FREE_UNKNOWN;
}

static void release_refused(
	struct videoport *vp, const char *function, const struct common_buffer *claim)
{
	struct common_buffer meant;
	enum verifier_rule rule = release_diagnose(&vp->dma, claim, &meant);
	const char *flag = claim->cache_enabled ? "TRUE" : "FALSE";

	if (!meant.pages)
		rule_broken(vp, rule, ERROR_INVALID_PARAMETER,
			"%s: %u bytes at %p, logical 0x%llx, cache %s", function, claim->length,
			claim->va, (unsigned long long)claim->iova.val, flag);
	else
		rule_broken_at(vp, rule, ERROR_INVALID_PARAMETER, &meant.origin,
			"%s: %u bytes at %p, logical 0x%llx, cache %s; %s: %u at %p, 0x%llx, %s",
			function, claim->length, claim->va, (unsigned long long)claim->iova.val,
			flag, rule == RULE_COMMON_FREE_TWICE ? "released before" : "allocated",
			meant.length, meant.va, (unsigned long long)meant.iova.val,
			meant.cache_enabled ? "TRUE" : "FALSE");
}

bool common_release(struct videoport *vp, const char *function, struct vp_adapter *adapter,
	const struct common_buffer *claim)
{
	struct common_buffer *common = common_remove(vp, adapter, claim);

	if (!common) {
		release_refused(vp, function, claim);
		return false;
	}
	/* While its address is nobody else's. */
	common_record(vp, VIDEOPORT_RELEASE, common);
	if (vp->verifier.on)
		common_check(vp, common, "when released");
	common_remember(&vp->dma, common);
	common_free(&vp->dma, common);
	return true;
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
	common_release(vp, "VideoPortReleaseCommonBuffer", adapter, &claim);
}
