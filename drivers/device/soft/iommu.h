/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iommu.h: the soft device's I/O page table. The host maps and unmaps, the engine's thread
 * translates.
 *
 *	root: one slot per GiB of logical space -> leaf: an entry per page = va | access | ends
 *
 * Leaves are made on first use and stay. A translation holds a *pin*: a logical range published
 * before the table is read and withdrawn when the access is over. iommu_unmap clears its entries,
 * then waits as long as a pin overlaps its range, so that no access goes on behind it. A driver
 * that unmaps only what has completed never waits.
 *
 * Threads: map and unmap from any, ranges must differ; pin and unpin of one pin from one thread at a
 * time: the engine's, but for ENGINE_PIN_STALE, which is under the lock of stale.h.
 */
#ifndef SOFT_IOMMU_H
#define SOFT_IOMMU_H

#include <stdatomic.h>

#include "drivers/device/device.h"
#include "drivers/support/err.h"
#include "drivers/support/types.h"

#define IOMMU_PINS 8

struct iommu_pin {
	_Atomic uint64_t first, end; /* logical, end exclusive; end = 0: none */
};

struct iommu {
	_Atomic(_Atomic uint64_t *) *root;
	uint64_t limit; /* end of the logical space */

	CACHE_ALIGNED atomic_uint order; /* see iommu.c, "Order" */
	struct iommu_pin pin[IOMMU_PINS];

	/* Counts unmaps that had to wait: the engine's thread then gives back its kept pins. */
	CACHE_ALIGNED atomic_uint evictions;
};

/* iommu_init - @address_bits: width, of which the table covers at most 48. 0 or -ENOMEM. */
int iommu_init(struct iommu *iommu, unsigned address_bits, struct err *err);
void iommu_fini(struct iommu *iommu);

/* iommu_map, iommu_unmap: as device_dma_ops. */
int iommu_map(struct iommu *iommu, iova_t iova, void *va, size_t len_bytes, unsigned access);
int iommu_unmap(struct iommu *iommu, iova_t iova, size_t len_bytes);

/* iommu_pin, iommu_unpin: as engine_bus_ops. */
size_t iommu_pin(struct iommu *iommu, unsigned pin, iova_t iova, size_t len_bytes, unsigned access,
	void **va);
void iommu_unpin(struct iommu *iommu, unsigned pin);

#endif
