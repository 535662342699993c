/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mapping.h: which logical pages the device may reach now, counted over all transfers in flight.
 *
 * Two transfers may share a page, yet the device maps it once. Each logical page has a count of
 * readers (transfers to the device) and of writers. Runs of pages that go from none to one are mapped
 * in one call of device->dma->map and become an extent; an extent is unmapped in one call when none
 * of its pages is in use any more, because unmap must not cut a mapping.
 *
 *	acquire: nobody --map--> extent, counts 1 --> counts 2 ...
 *	release: ... counts 1 --> counts 0 on every page of the extent --unmap--> nobody
 *
 * Rights are those of the transfer that mapped the extent. A transfer that needs more while the extent
 * lives is refused that page: no hardware can widen a mapping without a moment in which accesses of
 * the transfers in flight fail. The caller shortens its transfer or tells of lacking resources (D-4).
 *
 * Threads: any, between mapping_lock and mapping_unlock: one lock for all runs of a transfer, held over
 * the device's map and unmap, so that nobody uses a page another thread is still mapping. It yields
 * after a while because those may be system calls.
 */
#ifndef VIDEOPORT_MAPPING_H
#define VIDEOPORT_MAPPING_H

#include "drivers/device/device.h"

#include "drivers/videoport/spin.h"

#define MAPPING_ENDED_MAX 512

/* Pages the device can or could reach. */
struct mapping_span {
	uint64_t from, to; /* logical addresses, @to exclusive */
	unsigned access;
};

/* A span that has ended, packed: page-aligned start and access in one word. */
struct mapping_ended {
	uint64_t from_access;
	uint64_t pages;
};

struct mapping {
	struct device *device;
	struct spin lock;
	uint32_t **leaf;       /* a page counter array for each GiB of logical addresses */
	unsigned leaves;       /* how many there are */
	uint64_t mapped_pages; /* for tests and the audit at close */

	/* The verifier's memory of the extents unmapped last. */
	bool remember;
	uint64_t ended_count; /* ended[ended_count % MAPPING_ENDED_MAX] is the next */
	struct mapping_ended ended[MAPPING_ENDED_MAX];
};

/* Return: 0 or -ENOMEM. fini unmaps what is left and accepts a zeroed object. */
int mapping_init(struct mapping *mapping, struct device *device);
void mapping_fini(struct mapping *mapping);

static inline void mapping_lock(struct mapping *mapping)
{
	spin_acquire(&mapping->lock);
}

static inline void mapping_unlock(struct mapping *mapping)
{
	spin_release(&mapping->lock);
}

/*
 * mapping_acquire_locked - lets the device reach @pages pages at @iova, which are the memory at @va.
 * @access: DEVICE_READ or DEVICE_WRITE. Return: how many pages from the front were had; fewer than asked
 * when another transfer holds a page with other rights or the device's tables are full.
 */
uint32_t mapping_acquire_locked(
	struct mapping *mapping, iova_t iova, void *va, uint32_t pages, enum device_access access);

/*
 * mapping_find - the extent the device reaches now that contains the byte at @iova.
 * mapping_find_ended - the extent unmapped last that contained it, as far back as is remembered.
 * Return: whether there is one; it is written to @span.
 */
bool mapping_find(struct mapping *mapping, uint64_t iova, struct mapping_span *span);
bool mapping_find_ended(struct mapping *mapping, uint64_t iova, struct mapping_span *span);

/* mapping_release_locked - takes back what mapping_acquire_locked gave: same run or parts of it, same access. */
void mapping_release_locked(
	struct mapping *mapping, iova_t iova, uint32_t pages, enum device_access access);

#endif
