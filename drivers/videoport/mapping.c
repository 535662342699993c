// SPDX-License-Identifier: BSD-2-Clause
/*
 * mapping.c: reference-counted logical pages on top of the device's map and unmap; called by
 * start_dma.c, knows neither adapters nor lists.
 *
 * A page's counter is 32 bits: readers, writers, the rights of its extent, and whether the extent begins or
 * ends here. Counters live in leaves of 1 GiB of logical addresses, made when first needed; an extent
 * never crosses a leaf.
 */
#include "drivers/videoport/mapping.h"

#include "drivers/support/fault.h"
#include "drivers/support/pages.h"
#include "drivers/videoport/frames.h"

#include <assert.h>
#include <errno.h>

#define LEAF_SHIFT 30
#define LEAF_PAGES (UINT32_C(1) << (LEAF_SHIFT - PAGE_SHIFT))
#define LEAF_BYTES (LEAF_PAGES * sizeof(uint32_t))
#define LEAVES     (FRAMES_LIMIT >> LEAF_SHIFT)
#define TOP_BYTES  (LEAVES * sizeof(uint32_t *))

#define READER       UINT32_C(0x00000001)
#define READERS      UINT32_C(0x00003FFF)
#define WRITER       UINT32_C(0x00004000)
#define WRITERS      UINT32_C(0x0FFFC000)
#define MAY_READ     UINT32_C(0x10000000)
#define MAY_WRITE    UINT32_C(0x20000000)
#define EXTENT_FIRST UINT32_C(0x40000000)
#define EXTENT_LAST  UINT32_C(0x80000000)

/* What a transfer of one direction adds to a page and needs of it. */
struct claim {
	uint32_t one, all, right;
};

static struct claim claim_of(enum device_access access)
{
	return access == DEVICE_READ ? (struct claim){READER, READERS, MAY_READ}
	                             : (struct claim){WRITER, WRITERS, MAY_WRITE};
}

static void *table_map(size_t bytes)
{
	return fault_point("mapping_table") ? NULL : pages_map(bytes);
}

int mapping_init(struct mapping *mapping, struct device *device)
{
	*mapping = (struct mapping){.device = device, .leaf = table_map(TOP_BYTES)};
	return mapping->leaf ? 0 : -ENOMEM;
}

static uint64_t leaf_iova(size_t leaf, uint32_t page)
{
	return ((uint64_t)leaf << LEAF_SHIFT) + ((uint64_t)page << PAGE_SHIFT);
}

/* The rights of an extent, in the device's terms. */
static unsigned page_access(uint32_t page)
{
	return (page & MAY_READ ? DEVICE_READ : 0) | (page & MAY_WRITE ? DEVICE_WRITE : 0);
}

static void extent_unmap(struct mapping *mapping, size_t leaf, uint32_t first, uint32_t pages)
{
	struct device *device = mapping->device;

	if (mapping->remember)
		mapping->ended[mapping->ended_count++ % MAPPING_ENDED_MAX] = (struct mapping_ended){
			leaf_iova(leaf, first) | page_access(mapping->leaf[leaf][first]), pages};
	int rc = device->dma->unmap(
		device, (iova_t){leaf_iova(leaf, first)}, (size_t)pages << PAGE_SHIFT);

	assert(rc == 0); /* an extent is exactly what one map call made */
	(void)rc;
	for (uint32_t i = first; i < first + pages; i++)
		mapping->leaf[leaf][i] = 0;
	mapping->mapped_pages -= pages;
}

static void leaf_fini(struct mapping *mapping, size_t leaf)
{
	uint32_t *page = mapping->leaf[leaf];

	/* A driver that completed its transfers leaves none: then nobody looks at a quarter of a million pages. */
	for (uint32_t i = 0; i < LEAF_PAGES && mapping->mapped_pages > 0; i++) {
		uint32_t first = i;
		if (!(page[i] & EXTENT_FIRST))
			continue;
		while (!(page[i] & EXTENT_LAST))
			i++;
		extent_unmap(mapping, leaf, first, i - first + 1);
	}
	pages_unmap(page, LEAF_BYTES);
}

void mapping_fini(struct mapping *mapping)
{
	if (!mapping->leaf)
		return;
	for (size_t leaf = 0; mapping->leaves > 0; leaf++)
		if (mapping->leaf[leaf]) {
			leaf_fini(mapping, leaf);
			mapping->leaves--;
		}
	pages_unmap(mapping->leaf, TOP_BYTES);
	*mapping = (struct mapping){0};
}

/* ---- acquire --------------------------------------------------------------------------------------- */

/* Maps the unused pages from @first on, as one extent. Return: how many, 0 when the device refused. */
static uint32_t extent_map(struct mapping *mapping, size_t leaf, uint32_t first, void *va,
	uint32_t pages_max, enum device_access access)
{
	struct device *device = mapping->device;
	struct claim claim = claim_of(access);
	uint32_t *page = &mapping->leaf[leaf][first];
	uint32_t pages = 1;

	while (pages < pages_max && page[pages] == 0)
		pages++;
	if (device->dma->map(device, (iova_t){leaf_iova(leaf, first)}, va,
		    (size_t)pages << PAGE_SHIFT, access) < 0)
		return 0;
	for (uint32_t i = 0; i < pages; i++)
		page[i] = claim.one | claim.right;
	page[0] |= EXTENT_FIRST;
	page[pages - 1] |= EXTENT_LAST;
	mapping->mapped_pages += pages;
	return pages;
}

static uint32_t leaf_acquire(struct mapping *mapping, size_t leaf, uint32_t first,
	unsigned char *va, uint32_t pages, enum device_access access)
{
	struct claim claim = claim_of(access);
	uint32_t *page = &mapping->leaf[leaf][first];
	uint32_t i = 0;

	while (i < pages) {
		uint32_t got = 1;
		if (page[i] == 0)
			got = extent_map(mapping, leaf, first + i, va + ((size_t)i << PAGE_SHIFT),
				pages - i, access);
		else if ((page[i] & claim.right) && (page[i] & claim.all) != claim.all)
			page[i] += claim.one;
		else
			got = 0;
		if (got == 0)
			break;
		i += got;
	}
	return i;
}

uint32_t mapping_acquire_locked(
	struct mapping *mapping, iova_t iova, void *va, uint32_t pages, enum device_access access)
{
	uint32_t done = 0;

	while (done < pages) {
		uint64_t at = iova.val + ((uint64_t)done << PAGE_SHIFT);
		size_t leaf = at >> LEAF_SHIFT;
		uint32_t first = (uint32_t)(at >> PAGE_SHIFT) % LEAF_PAGES;
		uint32_t here = LEAF_PAGES - first < pages - done ? LEAF_PAGES - first
		                                                  : pages - done;

		if (!mapping->leaf[leaf]) {
			mapping->leaf[leaf] = table_map(LEAF_BYTES);
			mapping->leaves += mapping->leaf[leaf] != NULL;
		}
		if (!mapping->leaf[leaf])
			break;

		uint32_t got = leaf_acquire(mapping, leaf, first,
			(unsigned char *)va + ((size_t)done << PAGE_SHIFT), here, access);
		done += got;
		if (got < here)
			break;
	}
	return done;
}

/* ---- release --------------------------------------------------------------------------------------- */

/* Unmaps the extent around page @at if nobody uses it. Return: the page behind the extent. */
static uint32_t extent_settle(struct mapping *mapping, size_t leaf, uint32_t at)
{
	const uint32_t *page = mapping->leaf[leaf];
	uint32_t first = at, last;
	bool idle = true;

	while (!(page[first] & EXTENT_FIRST))
		first--;
	for (last = first;; last++) {
		idle = idle && !(page[last] & (READERS | WRITERS));
		if (page[last] & EXTENT_LAST)
			break;
	}
	if (idle)
		extent_unmap(mapping, leaf, first, last - first + 1);
	return last + 1;
}

static void leaf_release(struct mapping *mapping, size_t leaf, uint32_t first, uint32_t pages,
	enum device_access access)
{
	struct claim claim = claim_of(access);
	uint32_t *page = mapping->leaf[leaf];

	for (uint32_t i = first; i < first + pages; i++) {
		assert(page[i] & claim.all);
		page[i] -= claim.one;
	}
	for (uint32_t i = first; i < first + pages;)
		i = extent_settle(mapping, leaf, i);
}

void mapping_release_locked(
	struct mapping *mapping, iova_t iova, uint32_t pages, enum device_access access)
{
	while (pages) {
		uint32_t first = (uint32_t)(iova.val >> PAGE_SHIFT) % LEAF_PAGES;
		uint32_t here = LEAF_PAGES - first < pages ? LEAF_PAGES - first : pages;

		leaf_release(mapping, iova.val >> LEAF_SHIFT, first, here, access);
		iova.val += (uint64_t)here << PAGE_SHIFT;
		pages -= here;
	}
}

/* ---- looking back -------------------------------------------------------------------------------------- */

static bool find_locked(const struct mapping *mapping, uint64_t iova, struct mapping_span *span)
{
	size_t leaf = iova >> LEAF_SHIFT;
	uint32_t first = (uint32_t)(iova >> PAGE_SHIFT) % LEAF_PAGES, last = first;
	const uint32_t *page = leaf < LEAVES ? mapping->leaf[leaf] : NULL;

	if (!page || !page[first])
		return false;
	while (!(page[first] & EXTENT_FIRST))
		first--;
	while (!(page[last] & EXTENT_LAST))
		last++;
	*span = (struct mapping_span){leaf_iova(leaf, first), leaf_iova(leaf, last) + PAGE_BYTES,
		page_access(page[first])};
	return true;
}

bool mapping_find(struct mapping *mapping, uint64_t iova, struct mapping_span *span)
{
	mapping_lock(mapping);
	bool found = find_locked(mapping, iova, span);
	mapping_unlock(mapping);
	return found;
}

bool mapping_find_ended(struct mapping *mapping, uint64_t iova, struct mapping_span *span)
{
	bool found = false;

	mapping_lock(mapping);
	for (uint64_t i = 1; i <= MAPPING_ENDED_MAX && i <= mapping->ended_count && !found; i++) {
		const struct mapping_ended *ended =
			&mapping->ended[(mapping->ended_count - i) % MAPPING_ENDED_MAX];
		uint64_t from = page_down(ended->from_access);

		*span = (struct mapping_span){from, from + (ended->pages << PAGE_SHIFT),
			(unsigned)(ended->from_access & PAGE_MASK)};
		found = iova >= span->from && iova < span->to;
	}
	mapping_unlock(mapping);
	return found;
}
