/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sg.h: from page frames to the logical runs and elements a device is given. Pure: no locks, no memory.
 *
 *	frames of a buffer       5 6 7 | 9 | 40          (physical pages)
 *	logical runs             [5..7]  [9]  [40]       sg_run_next
 *	elements of a transfer   bytes of each run        sg_build
 *
 * A run is a stretch of the buffer that is adjacent in logical addresses, does not cross 4 GiB, and lies
 * wholly in the requester's frames or wholly in bounce slots.
 *
 * Logical addresses. A frame's logical address differs from its physical one (decision D-11), so that
 * a driver which takes one for the other fails. Below 4 GiB stays below 4 GiB and the first
 * 16 MiB stay the first 16 MiB, so that reach means the same in both spaces. Runs that are adjacent
 * in one space are adjacent in the other, except at multiples of SG_BLOCK_BYTES.
 */
#ifndef VIDEOPORT_SG_H
#define VIDEOPORT_SG_H

#include "drivers/include/video.h"
#include "drivers/support/types.h"
#include "drivers/videoport/frames.h"

#define SG_BLOCK_BYTES (UINT64_C(8) << 20)
#define SG_NO_SLOT     UINT32_MAX

/* Pages of one transfer. */
struct sg_pages {
	const uint64_t *pfn; /* of the page holding the first byte, and those behind it */
	uint32_t count;
	const uint32_t
		*slot;    /* bounce slot for each page or SG_NO_SLOT; NULL where nothing bounces */
	iova_t slot_base; /* logical address of slot 0 */
};

struct sg_run {
	iova_t iova;    /* of its first page */
	uint32_t first; /* index of its first page */
	uint32_t pages;
	bool bounced;
};

/*
 * sg_iova - logical address of the page frame @pfn. The mapping is its own inverse.
 * Blocks of 16 MiB at the bottom and at the places that would be carried there swap their halves;
 * everything else moves by the flip of two address bits.
 */
static inline iova_t sg_iova(uint64_t pfn)
{
	const uint64_t flip = UINT64_C(0x50000000), isa_half = UINT64_C(0x800000);
	uint64_t paddr = pfn << PAGE_SHIFT;

	return (iova_t){paddr ^ ((paddr & ~flip) >> 24 ? flip : isa_half)};
}

/* sg_contiguous - whether @pages frames from @pfn on are one run of logical addresses. */
bool sg_contiguous(uint64_t pfn, uint64_t pages);

/* Whether two pages' logical addresses belong to one run. */
static inline bool sg_adjacent(uint64_t before, uint64_t after)
{
	return after == before + PAGE_BYTES && after % FRAMES_4G != 0;
}

/* sg_run_mixed - sg_run_next where some pages bounce; *@at is a page. */
bool sg_run_mixed(const struct sg_pages *pages, uint32_t *at, struct sg_run *run);

/*
 * sg_run_next - the run that begins at page *@at. Inline: called for every run of every transfer, thrice.
 * @at: page index, moved behind the run. Return: false when no page is left.
 */
static inline bool sg_run_next(const struct sg_pages *pages, uint32_t *at, struct sg_run *run)
{
	uint32_t first = *at, i = first + 1;

	if (first >= pages->count)
		return false;
	if (pages->slot)
		return sg_run_mixed(pages, at, run);
	uint64_t iova = sg_iova(pages->pfn[first]).val, last = iova;
	while (i < pages->count && sg_adjacent(last, sg_iova(pages->pfn[i]).val)) {
		last += PAGE_BYTES;
		i++;
	}
	*run = (struct sg_run){.iova = {iova}, .first = first, .pages = i - first};
	*at = i;
	return true;
}

/*
 * sg_build - elements for @length bytes that begin @offset bytes into the first page, in ascending
 * buffer order, adjacent ones merged, none across 4 GiB; their lengths add up to @length (videoport.md 6).
 * @out: room for pages->count elements. Return: the number of elements.
 */
uint32_t sg_build(const struct sg_pages *pages, uint32_t offset, uint32_t length,
	VP_SCATTER_GATHER_ELEMENT *out);

#endif
