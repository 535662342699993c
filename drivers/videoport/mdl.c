// SPDX-License-Identifier: BSD-2-Clause
/*
 * mdl.c: VideoPortLockBuffer and VideoPortUnlockBuffer: buffers of requesters, locked for transfers.
 *
 * A lock is two steps: a free MDL of the right size, and the frames of the pages copied into it. Where the device has
 * real pins (device_pin_ops), a third: the host holds the pages.
 * Called by drivers; start_dma.c holds an MDL for each transfer in flight.
 */
#include "drivers/videoport/priv.h"

#include "drivers/support/fault.h"
#include "drivers/support/heap.h"
#include "drivers/support/pages.h"
#include "drivers/support/trace.h"
#include "drivers/videoport/verify_dma.h"

#include <errno.h>

/* A handle is no address a processor accepts: a driver that looks inside stops at once. */
#define MDL_TAG        UINT64_C(0xD)
#define MDL_INDEX_BITS 24

#define MDL_TABLE_BYTES (DMA_MDLS_MAX * sizeof(struct mdl *))

int mdl_table_init(struct dma_state *dma)
{
	dma->mdl = fault_point("mdl_table") ? NULL : pages_map(MDL_TABLE_BYTES);
	return dma->mdl ? 0 : -ENOMEM;
}

static void *first_page(const struct mdl *mdl)
{
	return mdl->va - ((uintptr_t)mdl->va & PAGE_MASK);
}

/* Return: 0, or -errno where the host refuses, which the account keeps for who runs the port. */
static int mdl_pin(struct dma_state *dma, struct mdl *mdl)
{
	const struct device_pin_ops *pin = dma->device->pin;
	int rc = 0;

	if (pin)
		rc = pin->take(
			dma->device, first_page(mdl), (size_t)mdl->pages << PAGE_SHIFT, &mdl->pin);
	if (rc < 0)
		account_pin_refused(&dma->vp->account, rc);
	return rc;
}

static void mdl_unpin(struct dma_state *dma, const struct mdl *mdl)
{
	const struct device_pin_ops *pin = dma->device->pin;

	if (pin)
		pin->release(
			dma->device, first_page(mdl), (size_t)mdl->pages << PAGE_SHIFT, mdl->pin);
}

void mdl_table_fini(struct dma_state *dma)
{
	if (!dma->mdl)
		return;
	for (uint32_t i = 0; i < atomic_load(&dma->mdl_count); i++) {
		if (atomic_load(&dma->mdl[i]->state) & MDL_LIVE)
			mdl_unpin(dma, dma->mdl[i]);
		heap_free(dma->mdl[i]);
	}
	pages_unmap(dma->mdl, MDL_TABLE_BYTES);
	dma->mdl = NULL;
}

static PVOID mdl_handle(const struct mdl *mdl, uint64_t state)
{
	union dma_handle handle = {MDL_TAG << 60 | (state >> 32) << MDL_INDEX_BITS | mdl->index};

	return handle.pointer;
}

/*
 * The MDL a handle names and, in @state, what its state word is while that lock is live and idle. NULL where
 * no such MDL was ever made.
 */
static struct mdl *mdl_find(struct dma_state *dma, PVOID handle, uint64_t *state)
{
	uint64_t value = (uintptr_t)handle;
	uint32_t index = value & ((1u << MDL_INDEX_BITS) - 1);

	/* Acquire: pairs with the release in mdl_create, the entry below it is filled. */
	if (value >> 60 != MDL_TAG ||
		index >= atomic_load_explicit(&dma->mdl_count, memory_order_acquire))
		return NULL;
	*state = (value >> MDL_INDEX_BITS & UINT32_MAX) << 32 | MDL_LIVE;
	return dma->mdl[index];
}

bool mdl_was_locked(struct dma_state *dma, PVOID handle)
{
	uint64_t idle = 0;
	const struct mdl *mdl = mdl_find(dma, handle, &idle);

	/* Generations only grow, so a difference that is negative or zero has been. */
	return mdl && (int32_t)((idle >> 32) - (atomic_load(&mdl->state) >> 32)) < 0;
}

static struct mdl *mdl_create(struct dma_state *dma, uint32_t size_class)
{
	size_t frames = sizeof(uint64_t) << size_class;
	size_t check = dma->vp->verifier.on ? sizeof(struct mdl_check) : 0;
	struct mdl *mdl = NULL;

	if (!fault_point("mdl_create"))
		mdl = heap_alloc(sizeof(*mdl) + frames + check);
	if (!mdl)
		return NULL;
	*mdl = (struct mdl){.size_class = size_class};
	if (check) {
		mdl->check = (void *)((unsigned char *)mdl->pfn + frames);
		*mdl->check = (struct mdl_check){.rests = 0};
	}
	spin_acquire(&dma->mdl_lock);
	uint32_t index = atomic_load_explicit(&dma->mdl_count, memory_order_relaxed);
	if (index < DMA_MDLS_MAX) {
		mdl->index = index;
		dma->mdl[index] = mdl;
		atomic_store_explicit(&dma->mdl_count, index + 1, memory_order_release);
	}
	spin_release(&dma->mdl_lock);
	if (index < DMA_MDLS_MAX) {
		dma_record_made(dma, mdl);
		return mdl;
	}
	heap_free(mdl);
	return NULL;
}

static struct mdl *mdl_take(struct dma_state *dma, uint32_t size_class)
{
	spin_acquire(&dma->mdl_lock);
	struct mdl *mdl = dma->mdl_free[size_class];
	if (mdl)
		dma->mdl_free[size_class] = mdl->next;
	spin_release(&dma->mdl_lock);
	return mdl ? mdl : mdl_create(dma, size_class);
}

static void mdl_give_locked(struct dma_state *dma, struct mdl *mdl)
{
	mdl->next = dma->mdl_free[mdl->size_class];
	dma->mdl_free[mdl->size_class] = mdl;
}

/* Back to the free ones: its lock was never live. */
static void mdl_give(struct dma_state *dma, struct mdl *mdl)
{
	spin_acquire(&dma->mdl_lock);
	mdl_give_locked(dma, mdl);
	spin_release(&dma->mdl_lock);
}

uint64_t videoport_mdls(struct videoport *vp)
{
	struct dma_state *dma = &vp->dma;

	spin_acquire(&dma->mdl_lock);
	uint64_t out = atomic_load_explicit(&dma->mdl_count, memory_order_relaxed);

	for (unsigned i = 0; i < DMA_CLASSES; i++)
		for (const struct mdl *mdl = dma->mdl_free[i]; mdl; mdl = mdl->next)
			out--;
	spin_release(&dma->mdl_lock);
	return out;
}

/* A filled-in MDL counts from here on. */
static void mdl_begin(struct videoport *vp, struct mdl *mdl, struct origin origin)
{
	struct dma_state *dma = &vp->dma;
	unsigned same = 0;

	spin_acquire(&dma->mdl_lock);
	account_pin_locked(&vp->account, (uint64_t)mdl->pages << PAGE_SHIFT);
	if (mdl->check)
		same = lock_begin_locked(dma, mdl, origin);
	spin_release(&dma->mdl_lock);
	if (__builtin_expect(same > LOCK_SAME_MAX, 0))
		lock_many(vp, mdl, same);
}

/* It no longer does; its lock is not live any more. */
static void mdl_end(struct videoport *vp, struct mdl *mdl)
{
	struct dma_state *dma = &vp->dma;

	if (mdl->check && __builtin_expect(lock_rests(mdl->check) != 0, 0))
		lock_rest_left(vp, mdl);
	mdl_unpin(dma, mdl);
	spin_acquire(&dma->mdl_lock);
	if (mdl->check)
		lock_end_locked(dma, mdl);
	account_unpin_locked(&vp->account, (uint64_t)mdl->pages << PAGE_SHIFT);
	mdl_give_locked(dma, mdl);
	spin_release(&dma->mdl_lock);
}

struct mdl *mdl_hold(struct dma_state *dma, PVOID handle)
{
	uint64_t idle = 0;
	struct mdl *mdl = mdl_find(dma, handle, &idle);

	if (!mdl)
		return NULL;
	uint64_t state = atomic_load_explicit(&mdl->state, memory_order_relaxed);
	do {
		if ((state & ~MDL_IN_FLIGHT) != idle)
			return NULL;
		/* Acquire: what LockBuffer wrote, perhaps on another thread, is visible. */
	} while (!atomic_compare_exchange_weak_explicit(
		&mdl->state, &state, state + 1, memory_order_acquire, memory_order_relaxed));
	return mdl;
}

void mdl_drop(struct mdl *mdl)
{
	/* Release: the transfer's last reads of the MDL happen before an unlock recycles it. */
	atomic_fetch_sub_explicit(&mdl->state, 1, memory_order_release);
}

static void mdl_record(
	struct videoport *vp, enum videoport_act_kind kind, const struct mdl *mdl, PVOID handle)
{
	if (!recorder_on(&vp->recorder))
		return;
	recorder_take(&vp->recorder, &(struct videoport_act){.kind = kind,
					     .object = (uintptr_t)handle,
					     .len_bytes = (uint32_t)mdl->len_bytes,
					     .offset_bytes = (uintptr_t)mdl->va & PAGE_MASK,
					     .how = (uint8_t)mdl->operation});
}

PVOID mdl_lock(struct videoport *vp, const struct lock_request *request)
{
	ULONG length = request->length;
	VP_LOCK_OPERATION operation = request->operation;

	if (length == 0 || (unsigned)operation > VpModifyAccess) {
		rule_broken(vp, length ? RULE_LOCK_OPERATION : RULE_LOCK_LENGTH,
			ERROR_INVALID_PARAMETER, "%s: %u bytes at %p for operation %d",
			request->function, length, request->va, (int)operation);
		return NULL;
	}
	struct dma_state *dma = &vp->dma;
	uint32_t pages = (uint32_t)page_span((uintptr_t)request->va, length);
	struct mdl *mdl = mdl_take(dma, dma_class(pages));
	if (!mdl)
		return NULL;
	int rc = frames_lookup(
		dma->frames, request->va, length, operation != VpReadAccess, mdl->pfn);
	if (rc < 0) {
		mdl_give(dma, mdl);
		lock_refused(vp, request, rc);
		return NULL;
	}
	mdl->va = request->va;
	mdl->len_bytes = length;
	mdl->pages = pages;
	mdl->operation = operation;
	if (mdl_pin(dma, mdl) < 0) {
		mdl_give(dma, mdl);
		return NULL;
	}
	mdl_begin(vp, mdl, request->origin);
	/* Release: pairs with mdl_hold on whichever thread starts the transfer. */
	uint64_t state = atomic_load_explicit(&mdl->state, memory_order_relaxed) | MDL_LIVE;
	atomic_store_explicit(&mdl->state, state, memory_order_release);

	PVOID handle = mdl_handle(mdl, state);

	mdl_record(vp, VIDEOPORT_LOCK, mdl, handle);
	return handle;
}

PVOID NTAPI VideoPortLockBuffer(
	PVOID HwDeviceExtension, PVOID BaseAddress, ULONG Length, VP_LOCK_OPERATION Operation)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);

	if (!vp || !irql_allowed(vp, IRQL_VideoPortLockBuffer))
		return NULL;

	struct lock_request request = {
		"VideoPortLockBuffer", BaseAddress, Length, Operation, ORIGIN_HERE(vp)};

	enum trace_phase before = trace_enter(TRACE_LOCK);
	PVOID mdl = mdl_lock(vp, &request);

	trace_to(before);
	return mdl;
}

void mdl_unlock(struct videoport *vp, const char *function, PVOID handle)
{
	uint64_t idle = 0;
	struct mdl *mdl = mdl_find(&vp->dma, handle, &idle);
	uint64_t state = idle, next = (idle & ~MDL_LIVE) + (UINT64_C(1) << 32);
	/* Acquire: pairs with mdl_drop, the transfers of this lock are over. */
	if (mdl && atomic_compare_exchange_strong_explicit(
			   &mdl->state, &state, next, memory_order_acquire, memory_order_relaxed)) {
		mdl_record(vp, VIDEOPORT_UNLOCK, mdl, handle);
		mdl_end(vp, mdl);
	} else if (mdl && (state & ~MDL_IN_FLIGHT) == idle) {
		rule_broken_at(vp, RULE_UNLOCK_IN_FLIGHT, ERROR_BUSY, mdl_origin(mdl),
			"%s: %u transfers of MDL %p are in flight", function,
			(unsigned)(state & MDL_IN_FLIGHT), handle);
	} else if (mdl_was_locked(&vp->dma, handle)) {
		rule_broken(vp, RULE_UNLOCK_TWICE, ERROR_INVALID_PARAMETER,
			"%s: MDL %p was unlocked before", function, handle);
	} else {
		rule_broken(vp, RULE_UNLOCK_UNKNOWN, ERROR_INVALID_PARAMETER,
			"%s: %p is no MDL of this device", function, handle);
	}
}

VOID NTAPI VideoPortUnlockBuffer(PVOID HwDeviceExtension, PVOID Mdl)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);

	if (!vp || !irql_allowed(vp, IRQL_VideoPortUnlockBuffer))
		return;

	enum trace_phase before = trace_enter(TRACE_UNLOCK);

	mdl_unlock(vp, "VideoPortUnlockBuffer", Mdl);
	trace_to(before);
}
