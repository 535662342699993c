// SPDX-License-Identifier: BSD-2-Clause
/*
 * adapter.c: VideoPortGetDmaAdapter and VideoPortPutDmaAdapter, and the life of the DMA core.
 *
 * Called by drivers, and by open and close of the port. An adapter is one path of a device to memory: its
 * reach, its map registers, its bounce slots. A driver with several paths gets several.
 */
#include "drivers/videoport/priv.h"

#include "drivers/support/fault.h"
#include "drivers/videoport/sg.h"
#include "drivers/videoport/verify_dma.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ADAPTER_TAG        UINT64_C(0xB)
#define ADAPTER_INDEX_BITS 24

/* Most slots made unasked: 16 MiB and the page for an unaligned start. */
#define SLOTS_MAX 4097

static PVP_DMA_ADAPTER adapter_handle(unsigned index, uint32_t generation)
{
	union dma_handle handle = {
		ADAPTER_TAG << 60 | (uint64_t)generation << ADAPTER_INDEX_BITS | index};

	return handle.pointer;
}

struct vp_adapter *dma_adapter(struct dma_state *dma, PVP_DMA_ADAPTER handle)
{
	uint64_t value = (uintptr_t)handle;
	uint32_t index = value & ((1u << ADAPTER_INDEX_BITS) - 1);
	uint32_t generation = (uint32_t)(value >> ADAPTER_INDEX_BITS);

	if (value >> 60 != ADAPTER_TAG || index >= DMA_ADAPTERS_MAX)
		return NULL;
	/* Acquire: pairs with VideoPortGetDmaAdapter; the adapter behind the generation is filled. */
	if (atomic_load_explicit(&dma->slot[index].generation, memory_order_acquire) != generation)
		return NULL;
	return atomic_load_explicit(&dma->slot[index].adapter, memory_order_relaxed);
}

void dma_adapter_refused(struct videoport *vp, const char *function, PVP_DMA_ADAPTER handle)
{
	rule_broken(vp, handle ? RULE_ADAPTER_UNKNOWN : RULE_ADAPTER_NULL, ERROR_INVALID_PARAMETER,
		"%s: %p is no adapter; pass what VideoPortGetDmaAdapter returned, before "
		"VideoPortPutDmaAdapter",
		function, (void *)handle);
}

/* ---- get -------------------------------------------------------------------------------------------- */

/* D-15: 64-bit flag, else 32-bit flag or scatter/gather on PCI, else 24 bits; never beyond the device. */
static uint64_t adapter_reach(const VP_DEVICE_DESCRIPTION *description, unsigned device_bits)
{
	unsigned bits = 24;

	if (description->Dma64BitAddresses)
		bits = 64;
	else if (description->Dma32BitAddresses || description->ScatterGather)
		bits = 32;
	if (bits > device_bits)
		bits = device_bits;
	return bits >= 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
}

/*
 * The registers MaximumLength asks for: its pages and one for an unaligned start, as the platform allows.
 */
static uint32_t adapter_registers(
	const struct dma_state *dma, const struct vp_adapter *adapter, bool slots)
{
	uint32_t registers = (uint32_t)page_span(0, adapter->description.MaximumLength) + 1;
	uint32_t most = dma->map_registers;

	if (most == 0 && slots)
		most = SLOTS_MAX;
	return most && registers > most ? most : registers;
}

/* Bounce memory for *@registers slots, or for as many as can be had. */
static int adapter_slots(struct dma_state *dma, struct vp_adapter *adapter, uint32_t *registers)
{
	for (; *registers; *registers /= 2) {
		void *va;
		if (dma_coherent_alloc(dma, *registers, adapter->reach, &adapter->slot_pfn, &va) <
			0)
			continue;
		adapter->slot_va = va;
		adapter->slot_iova = sg_iova(adapter->slot_pfn);
		return 0;
	}
	return -ENOMEM;
}

static void adapter_free(struct dma_state *dma, struct vp_adapter *adapter)
{
	lists_free(dma, adapter);
	if (dma->vp->verifier.on && adapter->regs.used)
		bounce_audit(dma->vp, adapter);
	common_buffers_free(dma, adapter);
	if (adapter->slot_va)
		dma_coherent_free(dma, adapter->regs.slots, adapter->slot_pfn, adapter->slot_va);
	mapregs_fini(&adapter->regs);
	pthread_mutex_destroy(&adapter->common_lock);
	free(adapter);
}

static struct vp_adapter *adapter_create(
	struct dma_state *dma, const VP_DEVICE_DESCRIPTION *description)
{
	const struct device_caps *caps = &dma->device->caps;
	struct vp_adapter *adapter = NULL;

	if (!fault_point("adapter_create"))
		adapter = aligned_alloc(CACHE_LINE_BYTES, sizeof(*adapter));
	if (!adapter)
		return NULL;
	memset(adapter, 0, sizeof(*adapter));
	pthread_mutex_init(&adapter->common_lock, NULL);
	adapter->description = *description;
	adapter->scatter_gather = description->ScatterGather && caps->scatter_gather;
	adapter->reach = adapter_reach(description, caps->address_bits);

	bool slots = !adapter->scatter_gather || adapter->reach < FRAMES_LIMIT - 1;
	uint32_t registers = adapter_registers(dma, adapter, slots);
	if (slots && adapter_slots(dma, adapter, &registers) < 0)
		goto free_adapter;
	if (mapregs_init(&adapter->regs, registers, slots) < 0)
		goto free_adapter;
	if (dma->vp->verifier.on)
		bounce_fill_free(adapter, 0, adapter->regs.slots);
	return adapter;

free_adapter:
	adapter->regs.slots = adapter->slot_va ? registers : 0;
	adapter_free(dma, adapter);
	return NULL;
}

static PVP_DMA_ADAPTER adapter_publish(struct dma_state *dma, struct vp_adapter *adapter)
{
	PVP_DMA_ADAPTER handle = NULL;

	pthread_mutex_lock(&dma->adapter_lock);
	for (unsigned i = 0; i < DMA_ADAPTERS_MAX && !handle; i++) {
		if (atomic_load(&dma->slot[i].adapter))
			continue;
		uint32_t generation = atomic_load(&dma->slot[i].generation) + 1;
		atomic_store_explicit(&dma->slot[i].adapter, adapter, memory_order_relaxed);
		atomic_store_explicit(&dma->slot[i].generation, generation, memory_order_release);
		handle = adapter_handle(i, generation);
	}
	pthread_mutex_unlock(&dma->adapter_lock);
	return handle;
}

PVP_DMA_ADAPTER NTAPI VideoPortGetDmaAdapter(
	PVOID HwDeviceExtension, PVP_DEVICE_DESCRIPTION VpDeviceDescription)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);

	if (!vp || !irql_allowed(vp, IRQL_VideoPortGetDmaAdapter))
		return NULL;
	if (!VpDeviceDescription || VpDeviceDescription->MaximumLength == 0) {
		rule_broken(vp, RULE_ADAPTER_DESCRIPTION, ERROR_INVALID_PARAMETER,
			"VideoPortGetDmaAdapter: %s; describe a device that moves at least one "
			"byte",
			VpDeviceDescription ? "MaximumLength is 0" : "no description");
		return NULL;
	}
	struct vp_adapter *adapter = adapter_create(&vp->dma, VpDeviceDescription);
	if (!adapter)
		return NULL;
	PVP_DMA_ADAPTER handle = adapter_publish(&vp->dma, adapter);
	if (handle)
		account_object_add(&vp->account, ACCOUNT_ADAPTER);
	else
		adapter_free(&vp->dma, adapter);
	return handle;
}

/* ---- put -------------------------------------------------------------------------------------------- */

/*
 * Ends a handle. With something outstanding the adapter keeps its place in the table, which is therefore
 * never used again, for close to free (D-14).
 */
static bool adapter_retire(
	struct dma_state *dma, PVP_DMA_ADAPTER handle, struct vp_adapter *adapter)
{
	unsigned index = (uintptr_t)handle & ((1u << ADAPTER_INDEX_BITS) - 1);

	spin_acquire(&adapter->lock);
	bool idle = adapter->lists_live == 0;
	spin_release(&adapter->lock);
	pthread_mutex_lock(&adapter->common_lock);
	idle = idle && adapter->common_count == 0;
	pthread_mutex_unlock(&adapter->common_lock);
	pthread_mutex_lock(&dma->adapter_lock);
	atomic_fetch_add(&dma->slot[index].generation, 1);
	if (idle)
		atomic_store(&dma->slot[index].adapter, NULL);
	pthread_mutex_unlock(&dma->adapter_lock);
	return idle;
}

VOID NTAPI VideoPortPutDmaAdapter(PVOID HwDeviceExtension, PVP_DMA_ADAPTER VpDmaAdapter)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);

	if (!vp || !irql_allowed(vp, IRQL_VideoPortPutDmaAdapter))
		return;
	struct vp_adapter *adapter = dma_adapter(&vp->dma, VpDmaAdapter);
	if (!adapter) {
		dma_adapter_refused(vp, "VideoPortPutDmaAdapter", VpDmaAdapter);
		return;
	}
	if (adapter_retire(&vp->dma, VpDmaAdapter, adapter)) {
		account_object_sub(&vp->account, ACCOUNT_ADAPTER);
		adapter_free(&vp->dma, adapter);
		return;
	}
	rule_broken(vp, adapter->lists_live ? RULE_ADAPTER_PUT_LISTS : RULE_ADAPTER_PUT_COMMON,
		ERROR_BUSY,
		"VideoPortPutDmaAdapter: %u transfers and %u common buffers are outstanding; "
		"complete and "
		"release them first",
		adapter->lists_live, adapter->common_count);
}

/* ---- the whole core --------------------------------------------------------------------------------- */

int dma_state_init(struct dma_state *dma, struct videoport *vp, struct device *device,
	const struct videoport_config *config, struct err *err)
{
	memset(dma, 0, sizeof(*dma));
	dma->vp = vp;
	dma->device = device;
	dma->frames = config->frames;
	dma->map_registers = config->map_registers;
	dma->common_bytes_max = config->common_bytes_max;
	pthread_mutex_init(&dma->adapter_lock, NULL);
	int rc = mapping_init(&dma->mapping, device);
	if (rc == 0)
		rc = mdl_table_init(dma);
	if (rc == 0 && vp->verifier.on)
		dma->checks = dma_checks_create();
	if (rc == 0 && config->defer_execute)
		rc = deferral_start(&dma->deferral);
	if (rc < 0) {
		dma_state_fini(dma);
		return err_set(
			err, ERR_MISSING, rc, "videoport: no memory or thread for the DMA core");
	}
	return 0;
}

void dma_state_fini(struct dma_state *dma)
{
	if (!dma->vp)
		return;
	deferral_stop(&dma->deferral);
	for (unsigned i = 0; i < DMA_ADAPTERS_MAX; i++) {
		struct vp_adapter *adapter = atomic_load(&dma->slot[i].adapter);
		if (adapter)
			adapter_free(dma, adapter);
	}
	mdl_table_fini(dma);
	dma_checks_destroy(dma->checks);
	mapping_fini(&dma->mapping);
	pthread_mutex_destroy(&dma->adapter_lock);
	memset(dma, 0, sizeof(*dma));
}
