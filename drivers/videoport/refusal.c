// SPDX-License-Identifier: BSD-2-Clause
/*
 * refusal.c: which rule an access breaks that the device was refused. See refusal.h.
 *
 *	the address lies in ...                                       rule
 *	memory mapped now, but for the other direction                504
 *	memory mapped now, and the access runs past its end           505
 *	memory of a transfer that is over                             502, or 504 as above
 *	a common buffer that is released                              503
 *	nothing, but right behind memory that is or was mapped        505
 *	a frame whose logical address the device has, or had          506
 *	a frame of a locked buffer                                    506
 *	memory of this process                                        507
 *	nothing known                                                 501
 *
 * Devices report the first byte they were refused, so an access that runs past the end of a mapping
 * begins, as far as can be seen, right behind it.
 */
#include "drivers/videoport/refusal.h"

#include "drivers/videoport/common_find.h"
#include "drivers/videoport/priv.h"
#include "drivers/videoport/sg.h"

#include <inttypes.h>
#include <sys/mman.h>

/* Below this the kernel places neither programs nor libraries, heaps or stacks; frames may lie there. */
#define PROCESS_BYTES_MIN (UINT64_C(1) << 46)

/* What the port found out about one refused access. */
struct verdict {
	enum verifier_rule rule;
	const char *what;
	struct origin origin; /* of the common buffer or adapter in question */
};

/* A place in logical addresses: what is there, or was. */
enum place_kind { PLACE_NONE, PLACE_COMMON, PLACE_MAPPED, PLACE_RELEASED, PLACE_ENDED };

struct place {
	enum place_kind kind;
	struct mapping_span span;
	struct origin origin;
};

static void place_common(
	struct place *place, enum place_kind kind, const struct common_buffer *common)
{
	*place = (struct place){
		.kind = kind,
		.span = {common->iova.val, common->iova.val + (common->pages << PAGE_SHIFT),
			DEVICE_READ | DEVICE_WRITE},
		.origin = common->origin,
	};
}

/* What the device reaches at @iova now. */
static bool place_live(struct dma_state *dma, uint64_t iova, struct place *place)
{
	struct common_buffer common;

	if (common_find(dma, COMMON_AT_LOGICAL, iova, &common) ||
		common_find_slots(dma, iova, &common)) {
		place_common(place, PLACE_COMMON, &common);
		return true;
	}
	*place = (struct place){.kind = PLACE_MAPPED};
	if (mapping_find(&dma->mapping, iova, &place->span))
		return true;
	place->kind = PLACE_NONE;
	return false;
}

/* What it reached there before, as far as is remembered. */
static bool place_gone(struct dma_state *dma, uint64_t iova, struct place *place)
{
	struct common_buffer common;

	*place = (struct place){.kind = PLACE_ENDED};
	if (mapping_find_ended(&dma->mapping, iova, &place->span))
		return true;
	if (common_find_released(dma, COMMON_AT_LOGICAL, iova, &common)) {
		place_common(place, PLACE_RELEASED, &common);
		return true;
	}
	place->kind = PLACE_NONE;
	return false;
}

static bool place_any(struct dma_state *dma, uint64_t iova, struct place *place)
{
	return place_live(dma, iova, place) || place_gone(dma, iova, place);
}

/* ---- the verdicts ---------------------------------------------------------------------------------------- */

/* The address is one the device has or had. */
static bool judge_place(
	struct dma_state *dma, const struct device_refusal *refusal, struct verdict *verdict)
{
	uint64_t iova = refusal->iova.val;
	struct place place;

	if (place_live(dma, iova, &place)) {
		verdict->origin = place.origin;
		verdict->what = "memory mapped for the other direction";
		verdict->rule = RULE_DEVICE_DIRECTION;
		if (!(place.span.access & refusal->access))
			return true;
		verdict->what = "runs past the end of its mapping";
		verdict->rule = RULE_DEVICE_BEYOND;
		if (refusal->len_bytes > place.span.to - iova)
			return true;
		/* It reaches all of it now; so it was refused before or after another mapping. */
	}
	if (!place_gone(dma, iova, &place))
		return false;
	verdict->origin = place.origin;
	verdict->what = "memory of a released common buffer";
	verdict->rule = RULE_DEVICE_AFTER_RELEASE;
	if (place.kind == PLACE_RELEASED)
		return true;
	verdict->what = "memory of a completed transfer";
	verdict->rule = RULE_DEVICE_AFTER_COMPLETE;
	if (place.span.access & refusal->access)
		return true;
	verdict->what = "memory that was mapped for the other direction";
	verdict->rule = RULE_DEVICE_DIRECTION;
	return true;
}

/* The address is the first behind memory the device has or had. */
static bool judge_beyond(
	struct dma_state *dma, const struct device_refusal *refusal, struct verdict *verdict)
{
	uint64_t iova = refusal->iova.val;
	struct place place;

	if (iova == 0 || !place_any(dma, iova - 1, &place) || place.span.to != iova ||
		!(place.span.access & refusal->access))
		return false;
	*verdict = (struct verdict){
		RULE_DEVICE_BEYOND, "runs past the end of a mapping", place.origin};
	return true;
}

/*
 * Whether a locked buffer has a page in frame @pfn. Locks are made under the device lock alone, so that
 * who holds it may read them.
 */
static bool frame_locked(struct videoport *vp, uint64_t pfn)
{
	struct dma_state *dma = &vp->dma;
	uint32_t count = atomic_load_explicit(&dma->mdl_count, memory_order_acquire);

	for (uint32_t i = 0; fairlock_held(&vp->device_lock) && i < count; i++) {
		const struct mdl *mdl = dma->mdl[i];

		if (!(atomic_load_explicit(&mdl->state, memory_order_acquire) & MDL_LIVE))
			continue;
		for (uint32_t page = 0; page < mdl->pages; page++)
			if (mdl->pfn[page] == pfn)
				return true;
	}
	return false;
}

/* The address is the physical one of memory whose logical one the device has or had. */
static bool judge_physical(
	struct videoport *vp, const struct device_refusal *refusal, struct verdict *verdict)
{
	uint64_t paddr = refusal->iova.val, pfn = paddr >> PAGE_SHIFT;
	struct place place = {0};

	if (paddr >= FRAMES_LIMIT ||
		(!place_any(&vp->dma, sg_iova(pfn).val, &place) && !frame_locked(vp, pfn)))
		return false;
	*verdict = (struct verdict){RULE_DEVICE_PHYSICAL,
		place.kind == PLACE_COMMON || place.kind == PLACE_RELEASED
			? "the physical address of a common buffer"
			: "the physical address of a locked buffer",
		place.origin};
	return true;
}

/* The address is one of a CPU's: a common buffer's, a requester's, or of whatever the process has there. */
static bool judge_virtual(
	struct dma_state *dma, const struct device_refusal *refusal, struct verdict *verdict)
{
	uint64_t address = refusal->iova.val, pfn;
	union {
		uint64_t value;
		void *pointer;
	} page = {page_down(address)};
	struct common_buffer common;
	unsigned char present;

	*verdict = (struct verdict){.rule = RULE_DEVICE_VIRTUAL};
	if (common_find(dma, COMMON_AT_VIRTUAL, address, &common) ||
		common_find_released(dma, COMMON_AT_VIRTUAL, address, &common)) {
		verdict->what = "the virtual address of a common buffer";
		verdict->origin = common.origin;
		return true;
	}
	verdict->what = "the virtual address of a requester's memory";
	if (frames_lookup(dma->frames, page.pointer, 1, false, &pfn) == 0)
		return true;
	verdict->what = "a virtual address of this process";
	return address >= PROCESS_BYTES_MIN && mincore(page.pointer, 1, &present) == 0;
}

static __attribute__((cold, noinline)) void refusal_report(
	struct videoport *vp, const struct device_refusal *refusal)
{
	struct dma_state *dma = &vp->dma;
	struct verdict verdict = {0};

	if (!judge_place(dma, refusal, &verdict) && !judge_beyond(dma, refusal, &verdict) &&
		!judge_physical(vp, refusal, &verdict) && !judge_virtual(dma, refusal, &verdict))
		verdict = (struct verdict){.rule = RULE_DEVICE_UNMAPPED, .what = "not mapped"};
	rule_broken_device(vp, verdict.rule, &verdict.origin,
		"device: %s of %" PRIu64 " bytes at logical 0x%" PRIx64
		" by descriptor %u refused: %s",
		refusal->access == DEVICE_READ ? "read" : "write", refusal->len_bytes,
		refusal->iova.val, refusal->descriptor_id, verdict.what);
}

/* Behind every request while the verifier is on: what finds nothing needs no room and no call but the device's. */
void refusals_collect(struct videoport *vp)
{
	struct device_refusal refusal;
	unsigned count;
	uint64_t lost;

	do {
		lost = 0;
		count = vp->device_ops->refusals(vp->device, &refusal, 1, &lost);
		if (__builtin_expect(count != 0, 0))
			refusal_report(vp, &refusal);
		/* Of each call: the device counts what it had no room for once, whatever it hands out with it. */
		if (__builtin_expect(lost != 0, 0))
			event_lose(&vp->log, lost);
	} while (count != 0);
}
