// SPDX-License-Identifier: BSD-2-Clause
/*
 * start_dma.c: VideoPortStartDma and VideoPortCompleteDma, the hot path of packet-based DMA.
 *
 *	StartDma     length that can move now: request, MDL, MaximumLength, map registers   (D-1, D-5)
 *	             map pages, choose slots for pages out of reach, copy in
 *	             flush, build the list, write *pLength, call HwVidExecuteDma at DISPATCH
 *	CompleteDma  unmap, copy out, give registers, slots and list back                   
 *
 * Once HwVidExecuteDma has been called the transfer may be completed by any thread at any moment, so
 * nothing of it is touched afterwards.
 */
#include "drivers/videoport/priv.h"

#include "drivers/videoport/list.h"
#include "drivers/videoport/sg.h"
#include "drivers/videoport/verify_dma.h"

#include "drivers/include/dmabench_trace.h"
#include "drivers/support/trace.h"

#include <assert.h>
#include <string.h>

/* A driver names phases by these numbers. */
_Static_assert((int)TRACE_COPY_IN == DMABENCH_PHASE_COPY_IN &&
		       (int)TRACE_DESCRIPTOR == DMABENCH_PHASE_DESCRIPTOR &&
		       (int)TRACE_DOORBELL == DMABENCH_PHASE_DOORBELL &&
		       (int)TRACE_COMPLETION == DMABENCH_PHASE_COMPLETION &&
		       (int)TRACE_COPY_OUT == DMABENCH_PHASE_COPY_OUT &&
		       (int)TRACE_POSTED == DMABENCH_PHASE_POSTED,
	"dmabench_trace.h and trace.h");

/* What a caller asked for, checked. */
struct start {
	struct dma_state *dma;
	struct vp_adapter *adapter;
	struct mdl *mdl;
	uint32_t offset; /* of the first byte in the MDL */
	uint32_t len_bytes;
	bool write_to_device;
};

static enum device_access list_access(const struct dma_list *list)
{
	return list->write_to_device ? DEVICE_READ : DEVICE_WRITE;
}

static struct sg_pages list_pages(const struct dma_list *list)
{
	return (struct sg_pages){
		.pfn = &list->mdl->pfn[list->first_page],
		.count = list->pages,
		.slot = list->bounced ? list->slot : NULL,
		.slot_base = list->adapter->slot_iova,
	};
}

static unsigned char *list_page_va(const struct dma_list *list, uint32_t page)
{
	unsigned char *first = list->mdl->va - ((uintptr_t)list->mdl->va & PAGE_MASK);

	return first + ((size_t)(list->first_page + page) << PAGE_SHIFT);
}

static inline uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* ---- bounce slots ------------------------------------------------------------------------------------ */

static bool page_reachable(const struct vp_adapter *adapter, uint64_t pfn)
{
	return (sg_iova(pfn).val | PAGE_MASK) <= adapter->reach;
}

/* One element: the pages as they are, if they are one reachable run, else a run of slots. */
static uint32_t slots_single(struct dma_list *list)
{
	struct vp_adapter *adapter = list->adapter;
	struct sg_pages pages = list_pages(list);
	struct sg_run run;
	uint32_t at = 0, first = 0;

	if (sg_run_next(&pages, &at, &run) && run.pages == list->pages &&
		page_reachable(adapter, pages.pfn[0]) &&
		page_reachable(adapter, pages.pfn[run.pages - 1]))
		return list->pages;
	spin_acquire(&adapter->lock);
	list->bounced = mapregs_slots_take(&adapter->regs, list->pages, &first);
	spin_release(&adapter->lock);
	for (uint32_t i = 0; i < list->pages; i++)
		list->slot[i] = i < list->bounced ? first + i : SG_NO_SLOT;
	return list->bounced;
}

/* Scatter/gather: a slot for each page out of reach. There are as many slots as registers. */
static uint32_t slots_scattered(struct dma_list *list)
{
	struct vp_adapter *adapter = list->adapter;
	const uint64_t *pfn = &list->mdl->pfn[list->first_page];
	uint32_t left = 0, run = 0, first = 0;

	for (uint32_t i = 0; i < list->pages; i++) {
		list->slot[i] = SG_NO_SLOT;
		left += !page_reachable(adapter, pfn[i]);
	}
	list->bounced = left;
	if (left == 0)
		return list->pages;
	spin_acquire(&adapter->lock);
	for (uint32_t i = 0; i < list->pages; i++) {
		if (page_reachable(adapter, pfn[i]))
			continue;
		if (run == 0)
			run = mapregs_slots_take(&adapter->regs, left, &first);
		assert(run);
		list->slot[i] = first++;
		run--;
		left--;
	}
	spin_release(&adapter->lock);
	return list->pages;
}

/* Gives back the slots of pages @from on; the adapter's lock is held. */
static void slots_give_locked(struct dma_list *list, uint32_t from)
{
	for (uint32_t i = from; list->bounced && i < list->pages; i++) {
		if (list->slot[i] == SG_NO_SLOT)
			continue;
		mapregs_slots_give(&list->adapter->regs, list->slot[i], 1);
		list->bounced--;
	}
}

/* Copies the bounced pages' share of the transfer, into the slots or out of them. */
static void list_bounce(struct videoport *vp, struct dma_list *list, bool in)
{
	uint64_t bytes = 0;
	uint32_t begin = list->offset, end = list->offset + list->len_bytes;

	for (uint32_t i = 0; i < list->pages; i++) {
		uint32_t from = i == 0 ? begin : 0;
		uint32_t to = (uint32_t)min_u64(PAGE_BYTES, end - ((uint64_t)i << PAGE_SHIFT));
		if (list->slot[i] == SG_NO_SLOT)
			continue;
		unsigned char *page = list_page_va(list, i);
		unsigned char *slot = list->adapter->slot_va +
		                      ((size_t)list->slot[i] << PAGE_SHIFT);
		if (in)
			memcpy(slot + from, page + from, to - from);
		else
			memcpy(page + from, slot + from, to - from);
		bytes += to - from;
	}
	account_bounce(&vp->account, bytes);
}

/* ---- preparing a transfer ----------------------------------------------------------------------------- */

/* Keeps the first @pages pages of a transfer that is not started yet. */
static void list_shorten(struct dma_list *list, uint32_t pages)
{
	struct vp_adapter *adapter = list->adapter;

	spin_acquire(&adapter->lock);
	slots_give_locked(list, pages);
	mapregs_give(&adapter->regs, list->pages - pages);
	spin_release(&adapter->lock);
	list->pages = pages;
	list->len_bytes = (uint32_t)min_u64(
		list->len_bytes, ((uint64_t)pages << PAGE_SHIFT) - list->offset);
}

/* How the account counts it now. */
static inline struct account_transfer list_counts(
	const struct dma_state *dma, const struct dma_list *list)
{
	return (struct account_transfer){
		.pages = list->pages,
		.bounced = list->bounced,
		.elements = list->elements,
		.mapped_pages = dma->mapping.mapped_pages,
	};
}

static inline void list_begin_locked(struct dma_state *dma, const struct dma_list *list)
{
	struct account_transfer counts = list_counts(dma, list);

	account_transfer_begin_locked(&dma->vp->account, &list->adapter->meter, &counts);
}

static inline void list_end_locked(struct dma_state *dma, const struct dma_list *list)
{
	struct account_transfer counts = list_counts(dma, list);

	account_transfer_end_locked(&dma->vp->account, &list->adapter->meter, &counts);
}

/* Maps every page that does not bounce. Return: how many pages from the front the device reaches now. */
static uint32_t list_map_locked(struct dma_state *dma, struct dma_list *list)
{
	struct sg_pages pages = list_pages(list);
	struct sg_run run;
	uint32_t at = 0, mapped = 0;

	list->elements = 0;
	while (mapped == at && sg_run_next(&pages, &at, &run)) {
		uint32_t got = run.pages;
		if (!run.bounced)
			got = mapping_acquire_locked(&dma->mapping, run.iova,
				list_page_va(list, run.first), run.pages, list_access(list));
		mapped += got;
		list->elements++; /* one for each run */
	}
	return mapped;
}

/* The device's tables, or other transfers, let it have only @mapped pages. */
static __attribute__((cold, noinline)) void list_map_short(
	struct dma_state *dma, struct dma_list *list, uint32_t mapped)
{
	struct sg_pages pages;
	struct sg_run run;
	uint32_t at = 0;

	list_shorten(list, mapped);
	pages = list_pages(list);
	list->elements = 0;
	while (sg_run_next(&pages, &at, &run))
		list->elements++;
	mapping_lock(&dma->mapping);
	if (list->check)
		list_check_shape_locked(dma, list);
	if (mapped)
		list_begin_locked(dma, list);
	mapping_unlock(&dma->mapping);
}

/*
 * From here on the transfer counts: the verifier knows its bytes, the device reaches its pages, the account has it. All
 * under one lock. What is left of it may be shorter, or nothing.
 */
static void list_map(struct dma_state *dma, struct dma_list *list)
{
	struct inflight_clash clash;
	bool shared = false;

	mapping_lock(&dma->mapping);
	if (list->check)
		shared = list_check_reserve_locked(dma, list, &clash);
	uint32_t mapped = list_map_locked(dma, list);
	if (__builtin_expect(mapped == list->pages, 1))
		list_begin_locked(dma, list);
	mapping_unlock(&dma->mapping);
	if (__builtin_expect(shared, 0))
		list_check_clash(dma, list, &clash);
	if (__builtin_expect(mapped < list->pages, 0))
		list_map_short(dma, list, mapped);
}

/* The end of that, but that slots still hold what has moved: they count until they are given back. */
static void list_unmap(struct dma_state *dma, struct dma_list *list)
{
	struct sg_pages pages = list_pages(list);
	struct sg_run run;
	uint32_t at = 0;

	mapping_lock(&dma->mapping);
	if (list->check)
		list_check_forget_locked(dma, list);
	while (sg_run_next(&pages, &at, &run))
		if (!run.bounced)
			mapping_release_locked(
				&dma->mapping, run.iova, run.pages, list_access(list));
	if (__builtin_expect(list->bounced != 0, 0))
		account_reach_locked(&dma->vp->account, dma->mapping.mapped_pages);
	else
		list_end_locked(dma, list);
	mapping_unlock(&dma->mapping);
}

/*
 * Registers and a list for as much of the transfer as can move now (D-1, D-5), without slots or mapping.
 */
static struct dma_list *list_reserve(const struct start *start)
{
	struct vp_adapter *adapter = start->adapter;
	uintptr_t va = (uintptr_t)start->mdl->va;
	uint32_t offset = (uint32_t)((va + start->offset) & PAGE_MASK);
	uint64_t bytes = min_u64(start->len_bytes, start->mdl->len_bytes - start->offset);

	bytes = min_u64(bytes, adapter->description.MaximumLength);
	struct dma_list *list = list_take(start->dma, adapter, (uint32_t)page_span(offset, bytes));
	if (!list)
		return NULL;
	list->mdl = start->mdl;
	list->first_page = (uint32_t)(((va & PAGE_MASK) + start->offset) >> PAGE_SHIFT);
	list->offset = offset;
	list->len_bytes = (uint32_t)min_u64(bytes, ((uint64_t)list->pages << PAGE_SHIFT) - offset);
	list->write_to_device = start->write_to_device;
	list->bounced = 0;
	if (list->check)
		list_check_idle(start->dma, list);
	return list;
}

/*
 * KeFlushIoBuffers of the documentation: what the CPU wrote must be visible to the device. x86 caches
 * are coherent with DMA, and the doorbell's release orders the writes before it.
 */
static inline void flush_io_buffers(const struct dma_list *list)
{
	(void)list;
}

/* Everything before the callback. Return: a list that is complete but not live, or NULL for lack. */
static struct dma_list *list_prepare(const struct start *start)
{
	struct dma_list *list = list_reserve(start);

	if (!list)
		return NULL;
	if (start->adapter->regs.slots) {
		uint32_t pages = start->adapter->scatter_gather ? slots_scattered(list)
		                                                : slots_single(list);
		if (pages < list->pages)
			list_shorten(list, pages);
		if (list->check && list->bounced)
			bounce_taken(start->dma->vp, list);
	}
	if (list->pages)
		list_map(start->dma, list);
	if (list->pages == 0) {
		list_give(list);
		return NULL;
	}
	if (list->bounced && list->write_to_device) {
		trace_to(TRACE_COPY_IN);
		list_bounce(start->dma->vp, list, true);
	}
	trace_to(TRACE_SYNC);
	flush_io_buffers(list);
	trace_to(TRACE_SG);
	struct sg_pages pages = list_pages(list);
	list->sg.NumberOfElements = sg_build(
		&pages, list->offset, list->len_bytes, list->sg.Elements);
	assert(list->sg.NumberOfElements == list->elements);
	if (list->check)
		list_check_start(list);
	return list;
}

/* ---- VideoPortStartDma -------------------------------------------------------------------------------- */

/* Whether the transfer lies in its MDL, in a direction that it was locked for. */
static bool start_check_span(struct videoport *vp, struct start *start)
{
	const struct mdl *mdl = start->mdl;

	if (start->len_bytes == 0 || start->offset >= mdl->len_bytes) {
		rule_broken_at(vp, start->len_bytes ? RULE_START_OFFSET : RULE_START_ZERO,
			ERROR_INVALID_PARAMETER, mdl_origin(mdl),
			"VideoPortStartDma: %u bytes at offset %u of a %u-byte MDL",
			start->len_bytes, start->offset, mdl->len_bytes);
		return false;
	}
	if (!start->write_to_device && mdl->operation == VpReadAccess) {
		rule_broken_at(vp, RULE_START_DIRECTION, ERROR_INVALID_PARAMETER, mdl_origin(mdl),
			"VideoPortStartDma: transfer from the device into an MDL locked with "
			"VpReadAccess");
		return false;
	}
	if (__builtin_expect(start->len_bytes > mdl->len_bytes - start->offset, 0)) {
		rule_broken_at(vp, RULE_START_LENGTH, NO_ERROR, mdl_origin(mdl),
			"VideoPortStartDma: %u bytes at offset %u of a %u-byte MDL; %u are left",
			start->len_bytes, start->offset, mdl->len_bytes,
			mdl->len_bytes - start->offset);
		start->len_bytes = mdl->len_bytes - start->offset;
	}
	if (mdl->check &&
		__builtin_expect(start->len_bytes > start->adapter->description.MaximumLength, 0) &&
		!atomic_exchange(&start->adapter->past_maximum_told, true))
		rule_broken_at(vp, RULE_PAST_MAXIMUM, NO_ERROR, mdl_origin(mdl),
			"VideoPortStartDma: %u bytes asked for, MaximumLength is %u",
			start->len_bytes, start->adapter->description.MaximumLength);
	return true;
}

/* Checks what can be checked before anything is taken (D-6). Holds the MDL on success. */
static bool start_check(struct videoport *vp, struct start *start, PVP_DMA_ADAPTER handle,
	PVOID mdl_name, BOOLEAN write_to_device)
{
	start->dma = &vp->dma;
	start->write_to_device = write_to_device != 0;
	start->adapter = dma_adapter(&vp->dma, handle);
	if (!start->adapter) {
		dma_adapter_refused(vp, "VideoPortStartDma", handle);
		return false;
	}
	start->mdl = mdl_hold(&vp->dma, mdl_name);
	if (!start->mdl) {
		bool released = mdl_was_locked(&vp->dma, mdl_name);

		rule_broken(vp, released ? RULE_START_UNLOCKED : RULE_START_MDL_UNKNOWN,
			ERROR_INVALID_PARAMETER, "VideoPortStartDma: %p is %s", mdl_name,
			released ? "unlocked already" : "no MDL of this device");
		return false;
	}
	if (start_check_span(vp, start))
		return true;
	mdl_drop(start->mdl);
	return false;
}

/* HwVidExecuteDma gets it at DISPATCH_LEVEL. */
static void start_check_context(struct videoport *vp, const void *context)
{
	struct origin origin;

	if (object_paged_holds(&vp->objects, context, &origin))
		rule_broken_at(vp, RULE_START_CONTEXT, NO_ERROR, &origin,
			"VideoPortStartDma: Context %p lies in paged pool", context);
}

void list_execute(struct dma_list *list)
{
	struct videoport *vp = videoport_from_extension(list->extension);
	unsigned irql = irql_raise(IRQL_DISPATCH);
	struct callback before = callback_enter(vp);

	list->execute(list->extension, list->handle, &list->sg, list->context);
	callback_leave(&before, "HwVidExecuteDma");
	irql_lower(irql);
}

VP_STATUS NTAPI VideoPortStartDma(PVOID HwDeviceExtension, PVP_DMA_ADAPTER VpDmaAdapter, PVOID Mdl,
	ULONG Offset, PULONG pLength, PEXECUTE_DMA ExecuteDmaRoutine, PVOID Context,
	BOOLEAN WriteToDevice)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);
	ULONG wanted = pLength ? *pLength : 0;

	if (pLength)
		*pLength = 0;
	if (!vp || !irql_allowed(vp, IRQL_VideoPortStartDma))
		return ERROR_INVALID_PARAMETER;
	if (!pLength || !ExecuteDmaRoutine) {
		rule_broken(vp, pLength ? RULE_START_NO_ROUTINE : RULE_START_NO_LENGTH,
			ERROR_INVALID_PARAMETER,
			"VideoPortStartDma: pLength %p, HwVidExecuteDma %s", (void *)pLength,
			ExecuteDmaRoutine ? "given" : "missing");
		return ERROR_INVALID_PARAMETER;
	}
	enum trace_phase before = trace_enter(TRACE_MAP);
	if (vp->verifier.on && object_any_paged(&vp->objects))
		start_check_context(vp, Context);
	struct start start = {.offset = Offset, .len_bytes = wanted};
	if (!start_check(vp, &start, VpDmaAdapter, Mdl, WriteToDevice)) {
		trace_to(before);
		return ERROR_INVALID_PARAMETER;
	}
	struct dma_list *list = list_prepare(&start);
	if (!list) {
		if (start.mdl->check)
			lock_refused_rest(start.mdl->check, Offset, start.len_bytes);
		mdl_drop(start.mdl);
		trace_to(before);
		return ERROR_NOT_ENOUGH_MEMORY;
	}
	if (list->check) {
		list->check->origin = ORIGIN_HERE(vp);
		lock_asked(list->mdl->check, Offset, start.len_bytes, list->len_bytes);
	}
	list->execute = ExecuteDmaRoutine;
	list->extension = HwDeviceExtension;
	list->context = Context;
	list->handle = VpDmaAdapter;
	*pLength = list->len_bytes; /* before the callback */
	/* Release: whoever completes the list sees all of the above. */
	atomic_store_explicit(&list->live, 1, memory_order_release);
	trace_to(TRACE_DESCRIPTOR);
	if (vp->dma.deferral.running)
		deferral_push(&vp->dma.deferral, list);
	else
		list_execute(list);
	/* A driver that has not said when it rang the doorbell. */
	trace_from(TRACE_DESCRIPTOR, TRACE_POSTED);
	return NO_ERROR;
}

/* ---- VideoPortCompleteDma ----------------------------------------------------------------------------- */

/* Copies out and gives the slots back. */
static void list_finish_bounced(struct dma_state *dma, struct dma_list *list)
{
	if (!list->write_to_device) {
		trace_to(TRACE_COPY_OUT);
		list_bounce(dma->vp, list, false);
		trace_to(TRACE_UNMAP);
	}
	if (list->check)
		bounce_given(list);
	mapping_lock(&dma->mapping);
	list_end_locked(dma, list);
	mapping_unlock(&dma->mapping);
	spin_acquire(&list->adapter->lock);
	slots_give_locked(list, 0);
	spin_release(&list->adapter->lock);
}

/* Ends a transfer that has just ceased to be live. */
static void list_finish(struct dma_state *dma, struct dma_list *list)
{
	struct mdl *mdl = list->mdl;

	list_unmap(dma, list);
	if (__builtin_expect(list->bounced != 0, 0))
		list_finish_bounced(dma, list);
	mdl_drop(mdl);
	list_give(list);
}

/* The list behind what the driver passed, no longer live; NULL, and an event, for anything else. */
static struct dma_list *list_claim(struct videoport *vp, PVP_SCATTER_GATHER_LIST sg)
{
	struct dma_list *list = list_from_sg(&vp->dma, sg);
	uint32_t live = 1;

	if (!list) {
		rule_broken(vp, RULE_COMPLETE_UNKNOWN, ERROR_INVALID_PARAMETER,
			"VideoPortCompleteDma: %p is no list of this device", (void *)sg);
		return NULL;
	}
	/* Acquire: pairs with StartDma on another thread; one of two completers wins. */
	if (!atomic_compare_exchange_strong_explicit(
		    &list->live, &live, 0, memory_order_acquire, memory_order_relaxed)) {
		rule_broken_at(vp, RULE_COMPLETE_TWICE, ERROR_INVALID_PARAMETER, list_origin(list),
			"VideoPortCompleteDma: the transfer of list %p is completed already",
			(void *)sg);
		return NULL;
	}
	return list;
}

VP_STATUS NTAPI VideoPortCompleteDma(PVOID HwDeviceExtension, PVP_DMA_ADAPTER VpDmaAdapter,
	PVP_SCATTER_GATHER_LIST VpScatterGather, BOOLEAN WriteToDevice)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);

	if (!vp || !irql_allowed(vp, IRQL_VideoPortCompleteDma))
		return ERROR_INVALID_PARAMETER;
	const struct vp_adapter *adapter = dma_adapter(&vp->dma, VpDmaAdapter);
	if (!adapter) {
		dma_adapter_refused(vp, "VideoPortCompleteDma", VpDmaAdapter);
		return ERROR_INVALID_PARAMETER;
	}
	struct dma_list *list = list_claim(vp, VpScatterGather);
	if (!list)
		return ERROR_INVALID_PARAMETER;
	trace_to(TRACE_UNMAP);
	/* What was recorded at the start counts (D-16). */
	if (list->adapter != adapter)
		rule_broken_at(vp, RULE_COMPLETE_ADAPTER, NO_ERROR, list_origin(list),
			"VideoPortCompleteDma: adapter %p, but the transfer was started on %p",
			(void *)VpDmaAdapter, (void *)list->handle);
	if (list->write_to_device != (WriteToDevice != 0))
		rule_broken_at(vp, RULE_COMPLETE_DIRECTION, NO_ERROR, list_origin(list),
			"VideoPortCompleteDma: WriteToDevice %d, but the transfer was started with "
			"%d",
			WriteToDevice != 0, list->write_to_device);
	if (list->check)
		list_check_end(vp, list);
	list_finish(&vp->dma, list);
	trace_to(TRACE_COMPLETION);
	return NO_ERROR;
}

/* ---- for list.c ------------------------------------------------------------------------------------------ */

void list_abandon(struct dma_state *dma, struct dma_list *list)
{
	list_unmap(dma, list);
	mdl_drop(list->mdl);
}
