// SPDX-License-Identifier: BSD-2-Clause
/*
 * adapter.c: VideoPortGetDmaAdapter and VideoPortPutDmaAdapter, and the life of the DMA core.
 *
 * Called by drivers, and by open and close of the port. An adapter is one path of a device to memory: its
 * reach, its map registers, its bounce slots. A driver with several paths gets several.
 */
#include "drivers/videoport/priv.h"

#include "drivers/support/fault.h"
#include "drivers/support/heap.h"
#include "drivers/videoport/sg.h"
#include "drivers/videoport/verify_dma.h"

#include <errno.h>
#include <string.h>

/*
 * A handle: tag (4 bits), 4 zeroes, generation (32), number of the port (16), index (8). The tag makes it
 * no address a processor accepts, the port's number tells the adapters of two devices apart.
 */
#define ADAPTER_TAG              UINT64_C(0xB)
#define ADAPTER_GENERATION_SHIFT 24
#define ADAPTER_PORT_SHIFT       8
#define ADAPTER_INDEX_MASK       UINT64_C(0xFF)
#define ADAPTER_GENERATION_MASK  ((uint64_t)UINT32_MAX << ADAPTER_GENERATION_SHIFT)

_Static_assert(DMA_ADAPTERS_MAX <= ADAPTER_INDEX_MASK + 1, "every slot has a handle");

/* Most slots made unasked: 16 MiB and the page for an unaligned start. */
#define SLOTS_MAX 4097

static uint64_t handle_base_make(void)
{
	static _Atomic uint16_t ports;
	uint64_t number = atomic_fetch_add_explicit(&ports, 1, memory_order_relaxed);

	return ADAPTER_TAG << 60 | number << ADAPTER_PORT_SHIFT;
}

static PVP_DMA_ADAPTER adapter_handle(
	const struct dma_state *dma, unsigned index, uint32_t generation)
{
	union dma_handle handle = {
		dma->handle_base | (uint64_t)generation << ADAPTER_GENERATION_SHIFT | index};

	return handle.pointer;
}

static unsigned handle_index(PVP_DMA_ADAPTER handle)
{
	return (uintptr_t)handle & ADAPTER_INDEX_MASK;
}

static uint32_t handle_generation(PVP_DMA_ADAPTER handle)
{
	return (uint32_t)((uintptr_t)handle >> ADAPTER_GENERATION_SHIFT);
}

/* Whether the handle has the shape of this port's; nothing is said of its generation. */
static bool handle_ours(const struct dma_state *dma, PVP_DMA_ADAPTER handle)
{
	uint64_t fixed = (uintptr_t)handle & ~(ADAPTER_GENERATION_MASK | ADAPTER_INDEX_MASK);

	return fixed == dma->handle_base && handle_index(handle) < DMA_ADAPTERS_MAX;
}

struct vp_adapter *dma_adapter(struct dma_state *dma, PVP_DMA_ADAPTER handle)
{
	unsigned index = handle_index(handle);

	if (!handle_ours(dma, handle))
		return NULL;
	/* Acquire: pairs with VideoPortGetDmaAdapter; the adapter behind the generation is filled. */
	if (atomic_load_explicit(&dma->slot[index].generation, memory_order_acquire) !=
		handle_generation(handle))
		return NULL;
	return atomic_load_explicit(&dma->slot[index].adapter, memory_order_relaxed);
}

/* The handle was an adapter's once. @origin: where that was got, where it is still known. */
static bool adapter_was(struct dma_state *dma, PVP_DMA_ADAPTER handle, struct origin *origin)
{
	uint32_t then = handle_generation(handle), now;

	if (!handle_ours(dma, handle))
		return false;
	pthread_mutex_lock(&dma->adapter_lock);
	now = atomic_load(&dma->slot[handle_index(handle)].generation);
	if (then + 1 == now)
		*origin = dma->slot[handle_index(handle)].origin;
	pthread_mutex_unlock(&dma->adapter_lock);
	return then % 2 == 1 && then < now;
}

void dma_adapter_refused(struct videoport *vp, const char *function, PVP_DMA_ADAPTER handle)
{
	struct origin origin = {0};

	if (!handle)
		rule_broken(vp, RULE_ADAPTER_NULL, ERROR_INVALID_PARAMETER,
			"%s: the adapter is NULL", function);
	else if (adapter_was(&vp->dma, handle, &origin))
		rule_broken_at(vp, RULE_ADAPTER_RELEASED, ERROR_INVALID_PARAMETER, &origin,
			"%s: adapter %p was put before", function, (void *)handle);
	else
		rule_broken(vp, RULE_ADAPTER_UNKNOWN, ERROR_INVALID_PARAMETER,
			"%s: %p is no adapter of this device", function, (void *)handle);
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
	account_meter_close(&dma->vp->account, &adapter->meter);
	account_meter_close(&dma->vp->account, &adapter->common_meter);
	mapregs_fini(&adapter->regs);
	pthread_mutex_destroy(&adapter->common_lock);
	heap_free(adapter);
}

static struct vp_adapter *adapter_create(
	struct dma_state *dma, const VP_DEVICE_DESCRIPTION *description)
{
	const struct device_caps *caps = &dma->device->caps;
	struct vp_adapter *adapter = NULL;

	if (!fault_point("adapter_create"))
		adapter = heap_lines(sizeof(*adapter));
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
	account_meter_open(&dma->vp->account, &adapter->meter, ACCOUNT_TRANSFERS);
	account_meter_open(&dma->vp->account, &adapter->common_meter, ACCOUNT_COMMON);
	return adapter;

free_adapter:
	adapter->regs.slots = adapter->slot_va ? registers : 0;
	adapter_free(dma, adapter);
	return NULL;
}

/* @live: receives how many adapters there are then, put ones with something outstanding included. */
static PVP_DMA_ADAPTER adapter_publish(
	struct dma_state *dma, struct vp_adapter *adapter, unsigned *live)
{
	PVP_DMA_ADAPTER handle = NULL;

	*live = 0;
	pthread_mutex_lock(&dma->adapter_lock);
	for (unsigned i = 0; i < DMA_ADAPTERS_MAX; i++) {
		bool used = atomic_load(&dma->slot[i].adapter) != NULL;

		*live += used;
		if (used || handle)
			continue;
		uint32_t generation = atomic_load(&dma->slot[i].generation) + 1;
		dma->slot[i].origin = adapter->origin;
		atomic_store_explicit(&dma->slot[i].adapter, adapter, memory_order_relaxed);
		atomic_store_explicit(&dma->slot[i].generation, generation, memory_order_release);
		handle = adapter_handle(dma, i, generation);
		(*live)++;
	}
	pthread_mutex_unlock(&dma->adapter_lock);
	return handle;
}

/* One event for each adapter beyond what a driver can need, and for each that could not be had. */
static void get_check(
	struct videoport *vp, const struct vp_adapter *adapter, bool published, unsigned live)
{
	if (!published)
		rule_broken_at(vp, RULE_ADAPTER_MANY, ERROR_NOT_ENOUGH_MEMORY, &adapter->origin,
			"VideoPortGetDmaAdapter: all %u places are taken", DMA_ADAPTERS_MAX);
	else if (vp->verifier.on && live > DMA_ADAPTERS_SANE)
		rule_broken_at(vp, RULE_ADAPTER_MANY, NO_ERROR, &adapter->origin,
			"VideoPortGetDmaAdapter: this is the %uth adapter at the same time", live);
}

PVP_DMA_ADAPTER NTAPI VideoPortGetDmaAdapter(
	PVOID HwDeviceExtension, PVP_DEVICE_DESCRIPTION VpDeviceDescription)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);
	unsigned live;

	if (!vp || !irql_allowed(vp, IRQL_VideoPortGetDmaAdapter))
		return NULL;
	if (!VpDeviceDescription || VpDeviceDescription->MaximumLength == 0) {
		rule_broken(vp, RULE_ADAPTER_DESCRIPTION, ERROR_INVALID_PARAMETER,
			"VideoPortGetDmaAdapter: %s",
			VpDeviceDescription ? "MaximumLength is 0" : "no description");
		return NULL;
	}
	struct vp_adapter *adapter = adapter_create(&vp->dma, VpDeviceDescription);
	if (!adapter)
		return NULL;
	adapter->origin = ORIGIN_HERE(vp);
	PVP_DMA_ADAPTER handle = adapter_publish(&vp->dma, adapter, &live);
	get_check(vp, adapter, handle != NULL, live);
	if (handle)
		account_object_add(&vp->account, ACCOUNT_ADAPTER);
	else
		adapter_free(&vp->dma, adapter);
	return handle;
}

/* ---- put -------------------------------------------------------------------------------------------- */

/* What a driver did not give back before its adapter. */
struct outstanding {
	uint32_t lists, common;
};

/*
 * Ends a handle. With something outstanding the adapter keeps its place in the table, which is therefore
 * never used again, for close to free (D-14).
 */
static bool adapter_retire(struct dma_state *dma, PVP_DMA_ADAPTER handle,
	struct vp_adapter *adapter, struct outstanding *outstanding)
{
	unsigned index = handle_index(handle);

	spin_acquire(&adapter->lock);
	outstanding->lists = adapter->lists_live;
	spin_release(&adapter->lock);
	pthread_mutex_lock(&adapter->common_lock);
	outstanding->common = (uint32_t)adapter->common_meter.gauge[ACCOUNT_COMMON_COUNT].now;
	pthread_mutex_unlock(&adapter->common_lock);

	bool idle = outstanding->lists == 0 && outstanding->common == 0;

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
	struct outstanding outstanding;

	if (!vp || !irql_allowed(vp, IRQL_VideoPortPutDmaAdapter))
		return;
	struct vp_adapter *adapter = dma_adapter(&vp->dma, VpDmaAdapter);
	if (!adapter) {
		dma_adapter_refused(vp, "VideoPortPutDmaAdapter", VpDmaAdapter);
		return;
	}
	if (adapter_retire(&vp->dma, VpDmaAdapter, adapter, &outstanding)) {
		account_object_sub(&vp->account, ACCOUNT_ADAPTER);
		adapter_free(&vp->dma, adapter);
		return;
	}
	if (outstanding.lists)
		rule_broken_at(vp, RULE_ADAPTER_PUT_LISTS, ERROR_BUSY, &adapter->origin,
			"VideoPortPutDmaAdapter: %u transfers are in flight", outstanding.lists);
	if (outstanding.common)
		rule_broken_at(vp, RULE_ADAPTER_PUT_COMMON, ERROR_BUSY, &adapter->origin,
			"VideoPortPutDmaAdapter: %u common buffers are not released",
			outstanding.common);
}

/* ---- what drivers hold ------------------------------------------------------------------------------- */

/* The handle of the adapter in slot @index, NULL where the driver holds none; dma->adapter_lock is held. */
static PVP_DMA_ADAPTER slot_handle_locked(struct dma_state *dma, unsigned index)
{
	uint32_t generation = atomic_load(&dma->slot[index].generation);

	return generation % 2 ? adapter_handle(dma, index, generation) : NULL;
}

/* Adapters put with something outstanding were reported then (rules 105 and 106). */
void adapters_audit(struct dma_state *dma)
{
	pthread_mutex_lock(&dma->adapter_lock);
	for (unsigned i = 0; i < DMA_ADAPTERS_MAX; i++) {
		PVP_DMA_ADAPTER handle = slot_handle_locked(dma, i);

		if (handle && handle != dma->vp->legacy.adapter)
			rule_broken_at(dma->vp, RULE_ADAPTER_LEAK, 0, &dma->slot[i].origin,
				"at unload: adapter %p is not put", (void *)handle);
	}
	pthread_mutex_unlock(&dma->adapter_lock);
}

static void adapter_account(
	struct account *account, struct vp_adapter *adapter, struct videoport_adapter_account *out)
{
	account_meter_read(account, &adapter->meter, ACCOUNT_MAP_REGISTERS, &out->map_registers);
	account_meter_read(account, &adapter->meter, ACCOUNT_SG_BYTES, &out->sg_bytes);
	account_meter_read(account, &adapter->meter, ACCOUNT_BOUNCE_BYTES, &out->bounce_bytes);
	out->maximum_length = adapter->description.MaximumLength;
	out->scatter_gather = adapter->scatter_gather;
	out->reach = adapter->reach;

	spin_acquire(&adapter->lock);
	const struct mapregs *regs = &adapter->regs;
	out->map_registers_granted = regs->total;
	out->map_registers.allocated = regs->taken;
	out->bounce_slots = mapregs_slots_used(regs);
	out->lists = (struct videoport_gauge){
		.now = adapter->lists_live,
		.peak = adapter->lists_peak,
		.allocated = adapter->lists_started,
	};
	spin_release(&adapter->lock);

	pthread_mutex_lock(&adapter->common_lock);
	account_meter_read(
		account, &adapter->common_meter, ACCOUNT_COMMON_COUNT, &out->common_buffers);
	account_meter_read(
		account, &adapter->common_meter, ACCOUNT_COMMON_BYTES, &out->common_bytes);
	out->common_buffers.allocated = adapter->common_made;
	out->common_bytes.allocated = adapter->common_bytes_made;
	pthread_mutex_unlock(&adapter->common_lock);

	struct videoport_gauge *gauge[] = {
		&out->map_registers, &out->lists, &out->common_buffers, &out->common_bytes};
	for (unsigned i = 0; i < sizeof(gauge) / sizeof(gauge[0]); i++)
		gauge[i]->freed = gauge[i]->allocated - gauge[i]->now;
}

unsigned videoport_adapters(
	struct videoport *vp, struct videoport_adapter_account *out, unsigned max)
{
	struct dma_state *dma = &vp->dma;
	unsigned count = 0;

	pthread_mutex_lock(&dma->adapter_lock);
	for (unsigned i = 0; i < DMA_ADAPTERS_MAX && count < max; i++) {
		struct vp_adapter *adapter = atomic_load(&dma->slot[i].adapter);

		if (!adapter)
			continue;
		out[count] = (struct videoport_adapter_account){
			.index = i, .put = !slot_handle_locked(dma, i)};
		origin_print(vp, &adapter->origin, out[count].origin, sizeof(out[count].origin));
		adapter_account(&vp->account, adapter, &out[count++]);
	}
	pthread_mutex_unlock(&dma->adapter_lock);
	return count;
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
	dma->handle_base = handle_base_make();
	pthread_mutex_init(&dma->adapter_lock, NULL);
	pthread_mutex_init(&dma->released.lock, NULL);
	int rc = mapping_init(&dma->mapping, device);
	dma->mapping.remember = vp->verifier.on;
	if (rc == 0)
		rc = mdl_table_init(dma);
	if (rc == 0 && vp->verifier.on)
		dma->checks = dma_checks_create();
	if (rc == 0 && config->defer_execute)
		rc = deferral_start(&dma->deferral);
	if (rc < 0) {
		dma_state_fini(dma);
		return err_short(err, rc, "videoport: no %s for the DMA core",
			rc == -EAGAIN ? "thread" : "memory");
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
	pthread_mutex_destroy(&dma->released.lock);
	pthread_mutex_destroy(&dma->adapter_lock);
	memset(dma, 0, sizeof(*dma));
}
