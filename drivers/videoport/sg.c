// SPDX-License-Identifier: BSD-2-Clause
/* sg.c: page frames to logical runs and elements; called by start_dma.c and common_buffer.c. */
#include "drivers/videoport/sg.h"

bool sg_contiguous(uint64_t pfn, uint64_t pages)
{
	const uint64_t block = SG_BLOCK_BYTES >> PAGE_SHIFT;
	uint64_t start = sg_iova(pfn).val, end = pfn + pages;

	for (uint64_t next = (pfn / block + 1) * block; next < end; next += block)
		if (sg_iova(next).val != start + ((next - pfn) << PAGE_SHIFT))
			return false;
	return true;
}

static inline uint64_t sg_page(const struct sg_pages *pages, uint32_t i, bool *bounced)
{
	*bounced = pages->slot[i] != SG_NO_SLOT;
	if (*bounced)
		return pages->slot_base.val + ((uint64_t)pages->slot[i] << PAGE_SHIFT);
	return sg_iova(pages->pfn[i]).val;
}

bool sg_run_mixed(const struct sg_pages *pages, uint32_t *at, struct sg_run *run)
{
	bool bounced, next_bounced;
	uint32_t first = *at, i = first + 1;
	uint64_t iova = sg_page(pages, first, &bounced);

	*run = (struct sg_run){.iova = {iova}, .first = first, .bounced = bounced};
	for (; i < pages->count; i++) {
		uint64_t next = sg_page(pages, i, &next_bounced);
		if (next_bounced != bounced || !sg_adjacent(iova, next))
			break;
		iova = next;
	}
	run->pages = i - first;
	*at = i;
	return true;
}

uint32_t sg_build(const struct sg_pages *pages, uint32_t offset, uint32_t length,
	VP_SCATTER_GATHER_ELEMENT *out)
{
	struct sg_run run;
	uint32_t at = 0, count = 0;

	while (length && sg_run_next(pages, &at, &run)) {
		uint64_t bytes = ((uint64_t)run.pages << PAGE_SHIFT) - offset;
		uint32_t here = bytes < length ? (uint32_t)bytes : length;

		out[count++] = (VP_SCATTER_GATHER_ELEMENT){
			.Address.QuadPart = (LONGLONG)(run.iova.val + offset),
			.Length = here,
		};
		length -= here;
		offset = 0;
	}
	return count;
}
