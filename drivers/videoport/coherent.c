// SPDX-License-Identifier: BSD-2-Clause
/*
 * coherent.c: memory that CPU and device use at once, contiguous in logical addresses: for common
 * buffers (common_buffer.c) and bounce slots (adapter.c), with or without guards. See dma.h.
 *
 *	plain     the device's coherent memory
 *	guarded   | guard page | pages of the buffer | guard page |     the port's own memory
 *	          | unmapped   | mapped read-write   | unmapped   |     as the device sees it
 *
 * Guarded memory is mapped by the device's map, because coherent_alloc has no room for pages that the
 * device must not reach. Every device the port stands on lets CPU and device share such a mapping.
 */
#include "drivers/videoport/priv.h"

#include "drivers/support/fault.h"
#include "drivers/support/pages.h"
#include "drivers/videoport/guard.h"
#include "drivers/videoport/sg.h"

#include <errno.h>

#define CONTIGUOUS_BYTES (UINT64_C(256) << 20) /* longest stretch sg_iova leaves in one piece */
#define TAKES_MAX        8

/*
 * Frames whose logical addresses are contiguous. Up to SG_BLOCK_BYTES a block boundary does it; longer
 * runs that sg_iova would tear are kept aside while the search goes on.
 */
static int contiguous_take(struct dma_state *dma, size_t pages, uint64_t reach, uint64_t *pfn)
{
	uint64_t block = pages << PAGE_SHIFT <= SG_BLOCK_BYTES ? SG_BLOCK_BYTES : CONTIGUOUS_BYTES;
	uint64_t limit = reach < FRAMES_LIMIT ? reach + 1 : FRAMES_LIMIT;
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
	int rc = contiguous_take(dma, pages, reach, pfn);

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

/* ---- with guards ------------------------------------------------------------------------------------- */

/* The whole of it, guards included. */
static size_t guarded_bytes(size_t pages)
{
	return (pages + 2) << PAGE_SHIFT;
}

/* Memory for @pages and both guards, the pages mapped at @iova. */
static int guarded_map(struct dma_state *dma, iova_t iova, size_t pages, unsigned char **memory)
{
	struct device *device = dma->device;
	void *map = fault_point("guarded_map") ? NULL : pages_map(guarded_bytes(pages));

	if (!map)
		return -ENOMEM;
	*memory = map;
	int rc = device->dma->map(device, iova, *memory + PAGE_BYTES, pages << PAGE_SHIFT,
		DEVICE_READ | DEVICE_WRITE);
	if (rc < 0)
		pages_unmap(map, guarded_bytes(pages));
	return rc;
}

int dma_guarded_alloc(struct dma_state *dma, size_t pages, uint64_t reach, uint64_t *pfn, void **va)
{
	unsigned char *memory;
	uint64_t first;
	int rc = contiguous_take(dma, pages + 2, reach, &first);

	if (rc < 0)
		return rc;
	rc = guarded_map(dma, sg_iova(first + 1), pages, &memory);
	if (rc < 0) {
		frames_give(dma->frames, first, pages + 2);
		return rc;
	}
	*pfn = first + 1;
	*va = memory + PAGE_BYTES;
	guard_fill(memory, PAGE_BYTES);
	guard_fill(memory + PAGE_BYTES + (pages << PAGE_SHIFT), PAGE_BYTES);
	return 0;
}

void dma_guarded_free(struct dma_state *dma, size_t pages, uint64_t pfn, void *va)
{
	struct device *device = dma->device;

	/* Better a leak than memory gone under a device. */
	if (device->dma->unmap(device, sg_iova(pfn), pages << PAGE_SHIFT) < 0)
		return;
	pages_unmap((unsigned char *)va - PAGE_BYTES, guarded_bytes(pages));
	frames_give(dma->frames, pfn - 1, pages + 2);
}
