// SPDX-License-Identifier: BSD-2-Clause
/*
 * verify_lock.c: what the verifier knows of locked buffers: why memory cannot be locked, how often the
 * same memory is, and what of a shortened transfer was never asked for again. Called by mdl.c and start_dma.c.
 */
#include "drivers/videoport/verify_dma.h"

#include "drivers/support/fault.h"
#include "drivers/support/pages.h"
#include "drivers/videoport/priv.h"

#include <errno.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>

/* ---- the checks' memory ------------------------------------------------------------------------- */

struct dma_checks *dma_checks_create(void)
{
	struct dma_checks *checks = NULL;

	if (!fault_point("dma_checks"))
		checks = pages_map(sizeof(*checks));
	if (!checks)
		return NULL;
	if (inflight_init(&checks->inflight) == 0)
		return checks;
	pages_unmap(checks, sizeof(*checks));
	return NULL;
}

void dma_checks_destroy(struct dma_checks *checks)
{
	if (!checks)
		return;
	inflight_fini(&checks->inflight);
	pages_unmap(checks, sizeof(*checks));
}

/* ---- why memory cannot be locked (303 to 306) --------------------------------------------------- */

struct span {
	uintptr_t start, end;
};

static bool spans_meet(struct span a, struct span b)
{
	return a.start < b.end && b.start < a.end;
}

static struct span span_of(const void *start, size_t bytes)
{
	return (struct span){(uintptr_t)start, (uintptr_t)start + bytes};
}

/* The calling thread's stack. The C library asks the kernel for it, so the answer is kept. */
static struct span stack_span(void)
{
	static _Thread_local struct span known;
	pthread_attr_t attr;
	void *start = NULL;
	size_t bytes = 0;

	if (known.end || pthread_getattr_np(pthread_self(), &attr))
		return known;
	if (pthread_attr_getstack(&attr, &start, &bytes) == 0)
		known = span_of(start, bytes);
	pthread_attr_destroy(&attr);
	return known;
}

/* dl_iterate_phdr's: ends the search, with 1, at a module in which @data lies in constant memory. */
static int module_constant(struct dl_phdr_info *info, size_t size, void *data)
{
	const struct span *span = data;

	(void)size;
	for (unsigned i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
		uintptr_t start = (uintptr_t)(info->dlpi_addr + segment->p_vaddr);
		bool constant = (segment->p_type == PT_LOAD && !(segment->p_flags & PF_W)) ||
		                segment->p_type == PT_GNU_RELRO;

		if (constant && spans_meet(*span, (struct span){start, start + segment->p_memsz}))
			return 1;
	}
	return 0;
}

/* The adapter's own memory that @span touches, NULL if none. */
static const char *adapter_memory(struct vp_adapter *adapter, struct span span)
{
	const char *found = NULL;
	size_t slot_bytes = (size_t)adapter->regs.slots << PAGE_SHIFT;

	if (adapter->slot_va && spans_meet(span, span_of(adapter->slot_va, slot_bytes)))
		return "a bounce buffer";
	pthread_mutex_lock(&adapter->common_lock);
	for (unsigned i = 0; i < DMA_BUCKETS && !found; i++) {
		for (const struct common_buffer *at = adapter->common[i]; at; at = at->next)
			if (spans_meet(span, span_of(at->va, at->pages << PAGE_SHIFT)))
				found = "a common buffer";
	}
	pthread_mutex_unlock(&adapter->common_lock);
	return found;
}

static const char *own_memory(struct videoport *vp, struct span span)
{
	struct dma_state *dma = &vp->dma;
	const char *found = NULL;

	if (spans_meet(span, span_of(vp->extension, vp->hw.HwDeviceExtensionSize)))
		return "the device extension";
	if (object_meets(&vp->objects, ACCOUNT_POOL_BLOCK, (const void *)span.start,
		    span.end - span.start))
		return "a pool block";
	pthread_mutex_lock(&dma->adapter_lock);
	for (unsigned i = 0; i < DMA_ADAPTERS_MAX && !found; i++) {
		struct vp_adapter *adapter = atomic_load(&dma->slot[i].adapter);

		if (adapter)
			found = adapter_memory(adapter, span);
	}
	pthread_mutex_unlock(&dma->adapter_lock);
	return found;
}

/*
 * The part of the first page of @request that has no frame, or may not be written: it is what the lock failed for, and
 * what lies behind it in the address space is somebody else's.
 */
static struct span refused_part(struct videoport *vp, const struct lock_request *request)
{
	struct span span = span_of(request->va, request->length);
	bool write = request->operation != VpReadAccess;
	uint64_t pfn;

	for (uintptr_t at = span.start; at < span.end; at = page_down(at) + PAGE_BYTES) {
		uintptr_t end = page_down(at) + PAGE_BYTES;

		span.start = at;
		if (frames_lookup(vp->frames, (const void *)at, 1, write, &pfn) < 0) {
			span.end = end < span.end ? end : span.end;
			break;
		}
	}
	return span;
}

void lock_refused(struct videoport *vp, const struct lock_request *request, int error)
{
	struct span span = refused_part(vp, request);
	const char *own;

	if (spans_meet(span, stack_span()))
		rule_broken(vp, RULE_LOCK_STACK, ERROR_INVALID_ACCESS,
			"%s: %u bytes at %p lie on this thread's stack", request->function,
			request->length, request->va);
	else if ((own = own_memory(vp, span)))
		rule_broken(vp, RULE_LOCK_OWN, ERROR_INVALID_ACCESS, "%s: %u bytes at %p lie in %s",
			request->function, request->length, request->va, own);
	else if (dl_iterate_phdr(module_constant, &span))
		rule_broken(vp, RULE_LOCK_CODE, ERROR_INVALID_ACCESS,
			"%s: %u bytes at %p lie in code or constant data", request->function,
			request->length, request->va);
	else
		rule_broken(vp, RULE_LOCK_MEMORY, ERROR_INVALID_ACCESS,
			"%s: %u bytes at %p are not all %s", request->function, request->length,
			request->va,
			error == -EACCES ? "writable for the requester"
					 : "present memory of a requester");
}

/* ---- locks that begin at the same byte (307) ------------------------------------------------------ */

static inline struct mdl **same_bucket(struct dma_checks *checks, const struct mdl *mdl)
{
	uint64_t byte = mdl->pfn[0] << PAGE_SHIFT | ((uintptr_t)mdl->va & PAGE_MASK);

	return &checks->same[(byte * UINT64_C(0x9E3779B97F4A7C15)) >> 52];
}

/* Return: how many locks, @mdl among them, begin where it does. */
static unsigned same_add_locked(struct dma_checks *checks, struct mdl *mdl)
{
	struct mdl **bucket = same_bucket(checks, mdl);
	unsigned count = 1;

	for (const struct mdl *at = *bucket; at; at = at->check->same_next)
		count += at->pfn[0] == mdl->pfn[0] && at->va == mdl->va;
	mdl->check->same_next = *bucket;
	mdl->check->same_link = bucket;
	if (*bucket)
		(*bucket)->check->same_link = &mdl->check->same_next;
	*bucket = mdl;
	return count;
}

static void same_remove_locked(struct mdl_check *check)
{
	if (!check->same_link)
		return;
	*check->same_link = check->same_next;
	if (check->same_next)
		check->same_next->check->same_link = check->same_link;
	check->same_link = NULL;
}

/* ---- what a shortened transfer left (311) ----------------------------------------------------------- */

static inline void rest_count_set(struct mdl_check *check, uint32_t count)
{
	atomic_store_explicit(&check->rests, count, memory_order_relaxed);
}

/* Forgotten when there is no room: that many unfinished requests of one lock are told of anyway. */
static void rest_add(struct mdl_check *check, uint32_t from, uint32_t to)
{
	uint32_t at = lock_rests(check);

	if (from >= to || at == MDL_RESTS_MAX)
		return;
	check->rest[at].from = from;
	check->rest[at].to = to;
	rest_count_set(check, at + 1);
}

/* What the driver came back for is no rest any more. */
static void rest_sub(struct mdl_check *check, uint32_t from, uint32_t to)
{
	for (uint32_t i = lock_rests(check); i-- > 0;) {
		uint32_t rest_from = check->rest[i].from, rest_to = check->rest[i].to;
		uint32_t last = lock_rests(check) - 1;

		if (rest_from >= to || from >= rest_to)
			continue;
		check->rest[i] = check->rest[last];
		rest_count_set(check, last);
		rest_add(check, rest_from, from);
		rest_add(check, to, rest_to);
	}
}

void lock_asked_rest(struct mdl_check *check, uint32_t offset, uint32_t asked, uint32_t started)
{
	spin_acquire(&check->lock);
	rest_sub(check, offset, offset + asked);
	rest_add(check, offset + started, offset + asked);
	spin_release(&check->lock);
}

void lock_refused_rest(struct mdl_check *check, uint32_t offset, uint32_t asked)
{
	spin_acquire(&check->lock);
	rest_sub(check, offset, offset + asked);
	spin_release(&check->lock);
}

/* ---- a lock's life ---------------------------------------------------------------------------------- */

unsigned lock_begin_locked(struct dma_state *dma, struct mdl *mdl, struct origin origin)
{
	mdl->check->origin = origin;
	rest_count_set(mdl->check, 0);
	return dma->checks ? same_add_locked(dma->checks, mdl) : 0;
}

void lock_many(struct videoport *vp, const struct mdl *mdl, unsigned count)
{
	rule_broken_at(vp, RULE_LOCK_MANY, NO_ERROR, &mdl->check->origin,
		"VideoPortLockBuffer: %u bytes at %p: %u locks that are live begin there",
		mdl->len_bytes, (void *)mdl->va, count);
}

void lock_rest_left(struct videoport *vp, struct mdl *mdl)
{
	struct mdl_check *check = mdl->check;
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < lock_rests(check); i++)
		bytes += check->rest[i].to - check->rest[i].from;
	rule_broken_at(vp, RULE_UNLOCK_REST, NO_ERROR, &check->origin,
		"VideoPortUnlockBuffer: %llu bytes of the %u locked, from offset %u on, "
		"were asked for, left out of a shortened transfer and never asked for again",
		(unsigned long long)bytes, mdl->len_bytes, check->rest[0].from);
}

void lock_end_locked(struct dma_state *dma, struct mdl *mdl)
{
	if (dma->checks)
		same_remove_locked(mdl->check);
}
