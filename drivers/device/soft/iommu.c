// SPDX-License-Identifier: BSD-2-Clause
/*
 * iommu.c: see iommu.h. Called by soft.c on the host's threads and on the engine's thread.
 *
 * Order. The engine publishes a pin, passes `order` by a read-modify-write, reads the table. Unmap
 * clears the table, passes `order`, reads the pins. All passages of one atomic have one order:
 * either the engine's comes first, then unmap sees the pin and waits for its end; or unmap's comes
 * first, then the engine sees the cleared entries and is refused. A pin that is just being replaced
 * may be read half old, half new; any new half means that the old one is over, so no
 * wait is missed.
 */
#include "drivers/device/soft/iommu.h"

#include "drivers/support/fault.h"
#include "drivers/support/mmio.h"
#include "drivers/support/pages.h"

#include <errno.h>
#include <sched.h>

#define LEAF_SHIFT    30
#define LEAF_PAGES    ((uint64_t)1 << (LEAF_SHIFT - PAGE_SHIFT))
#define LEAF_BYTES    (LEAF_PAGES * sizeof(uint64_t))
#define TABLE_BITS    48
#define ROOT_SLOTS(i) (((i)->limit + ((uint64_t)1 << LEAF_SHIFT) - 1) >> LEAF_SHIFT)

/* Bits of an entry under the page's address. */
#define ENTRY_ACCESS (DEVICE_READ | DEVICE_WRITE)
#define ENTRY_FIRST  4u /* first page of its mapping */
#define ENTRY_LAST   8u

static void *zeroed_pages(size_t len_bytes)
{
	return fault_point("iommu_pages") ? NULL : pages_map(len_bytes);
}

int iommu_init(struct iommu *iommu, unsigned address_bits, struct err *err)
{
	iommu->limit = (uint64_t)1 << (address_bits < TABLE_BITS ? address_bits : TABLE_BITS);
	iommu->root = zeroed_pages(ROOT_SLOTS(iommu) * sizeof(*iommu->root));
	if (!iommu->root)
		return err_short(err, -ENOMEM,
			"device soft: no memory for the I/O page table's root, %llu slots",
			(unsigned long long)ROOT_SLOTS(iommu));
	return 0;
}

void iommu_fini(struct iommu *iommu)
{
	if (!iommu->root)
		return;
	for (uint64_t i = 0; i < ROOT_SLOTS(iommu); i++) {
		_Atomic uint64_t *leaf = atomic_load_explicit(
			&iommu->root[i], memory_order_relaxed);

		pages_unmap((void *)leaf, LEAF_BYTES);
	}
	pages_unmap((void *)iommu->root, ROOT_SLOTS(iommu) * sizeof(*iommu->root));
	iommu->root = NULL;
}

/* The entry of the page at @addr, NULL where its leaf does not exist. @addr is below the limit. */
static _Atomic uint64_t *entry_of(const struct iommu *iommu, uint64_t addr)
{
	/* Acquire: a leaf is zeroed before it is published. */
	_Atomic uint64_t *leaf = atomic_load_explicit(
		&iommu->root[addr >> LEAF_SHIFT], memory_order_acquire);

	return leaf ? leaf + ((addr >> PAGE_SHIFT) & (LEAF_PAGES - 1)) : NULL;
}

static uint64_t entry_read(const struct iommu *iommu, uint64_t addr)
{
	_Atomic uint64_t *entry = entry_of(iommu, addr);

	/* Acquire: with the entry the engine sees what its mapper wrote before. */
	return entry ? atomic_load_explicit(entry, memory_order_acquire) : 0;
}

static int leaf_make(struct iommu *iommu, uint64_t addr)
{
	_Atomic uint64_t *none = NULL;

	if (entry_of(iommu, addr))
		return 0;

	_Atomic uint64_t *leaf = zeroed_pages(LEAF_BYTES);

	if (!leaf)
		return -ENOMEM;
	/* Two threads may want the same leaf for different ranges: one wins. */
	if (!atomic_compare_exchange_strong_explicit(&iommu->root[addr >> LEAF_SHIFT], &none, leaf,
		    memory_order_acq_rel, memory_order_acquire))
		pages_unmap((void *)leaf, LEAF_BYTES);
	return 0;
}

static bool range_valid(const struct iommu *iommu, iova_t iova, size_t len_bytes)
{
	return len_bytes != 0 && ((iova.val | len_bytes) & PAGE_MASK) == 0 &&
	       iova.val < iommu->limit && len_bytes <= iommu->limit - iova.val;
}

int iommu_map(struct iommu *iommu, iova_t iova, void *va, size_t len_bytes, unsigned access)
{
	uint64_t end = iova.val + len_bytes;

	if (!range_valid(iommu, iova, len_bytes) || ((uintptr_t)va & PAGE_MASK) || !va ||
		access == 0 || (access & ~(unsigned)ENTRY_ACCESS))
		return -EINVAL;
	if (fault_point("iommu_map"))
		return -ENOSPC;
	for (uint64_t addr = iova.val; addr < end; addr = ((addr >> LEAF_SHIFT) + 1) << LEAF_SHIFT)
		if (leaf_make(iommu, addr))
			return -ENOMEM;
	for (uint64_t addr = iova.val; addr < end; addr += PAGE_BYTES)
		if (entry_read(iommu, addr))
			return -EINVAL;
	for (uint64_t addr = iova.val; addr < end; addr += PAGE_BYTES) {
		uint64_t page = (uint64_t)(uintptr_t)va + (addr - iova.val);
		uint64_t ends = (addr == iova.val ? ENTRY_FIRST : 0) |
		                (addr + PAGE_BYTES == end ? ENTRY_LAST : 0);

		/* Release: the page's content goes before it. */
		atomic_store_explicit(
			entry_of(iommu, addr), page | access | ends, memory_order_release);
	}
	return 0;
}

/* Does any pin overlap [first, end)? */
static bool pin_overlaps(struct iommu *iommu, uint64_t first, uint64_t end)
{
	for (unsigned i = 0; i < IOMMU_PINS; i++) {
		/* Acquire: when the pin is gone, its accesses are done. */
		uint64_t pin_end = atomic_load_explicit(&iommu->pin[i].end, memory_order_acquire);
		uint64_t pin_first = atomic_load_explicit(
			&iommu->pin[i].first, memory_order_acquire);

		if (pin_first < end && first < pin_end)
			return true;
	}
	return false;
}

int iommu_unmap(struct iommu *iommu, iova_t iova, size_t len_bytes)
{
	uint64_t end = iova.val + len_bytes;

	if (!range_valid(iommu, iova, len_bytes))
		return -EINVAL;
	for (uint64_t addr = iova.val; addr < end; addr += PAGE_BYTES)
		if (!entry_read(iommu, addr))
			return -EINVAL;
	if (!(entry_read(iommu, iova.val) & ENTRY_FIRST) ||
		!(entry_read(iommu, end - PAGE_BYTES) & ENTRY_LAST))
		return -EINVAL;

	/* Relaxed: the passage below orders them all. */
	for (uint64_t addr = iova.val; addr < end; addr += PAGE_BYTES)
		atomic_store_explicit(entry_of(iommu, addr), 0, memory_order_relaxed);
	atomic_fetch_add_explicit(&iommu->order, 1, memory_order_acq_rel);
	if (!pin_overlaps(iommu, iova.val, end))
		return 0;
	atomic_fetch_add_explicit(&iommu->evictions, 1, memory_order_release);
	while (pin_overlaps(iommu, iova.val, end))
		sched_yield();
	return 0;
}

size_t iommu_pin(struct iommu *iommu, unsigned pin, iova_t iova, size_t len_bytes, unsigned access,
	void **va)
{
	struct iommu_pin *slot = &iommu->pin[pin];

	if (iova.val >= iommu->limit)
		return 0;

	uint64_t room = iommu->limit - iova.val;
	uint64_t end = iova.val + (len_bytes < room ? len_bytes : room);

	/* Release: accesses under the pin before are done. */
	atomic_store_explicit(&slot->first, iova.val, memory_order_release);
	atomic_store_explicit(&slot->end, end, memory_order_release);
	atomic_fetch_add_explicit(&iommu->order, 1, memory_order_acq_rel);

	uint64_t entry = entry_read(iommu, iova.val);
	uint64_t page = entry & ~(uint64_t)PAGE_MASK;
	uint64_t addr = page_down(iova.val) + PAGE_BYTES;

	if ((entry & access) != access) {
		iommu_unpin(iommu, pin);
		return 0;
	}
	*va = (uint8_t *)(uintptr_t)page + (iova.val & PAGE_MASK);
	for (; addr < end; addr += PAGE_BYTES) {
		page += PAGE_BYTES;
		entry = entry_read(iommu, addr);
		if ((entry & ~(uint64_t)PAGE_MASK) != page || (entry & access) != access)
			break;
	}
	return (addr < end ? addr : end) - iova.val;
}

void iommu_unpin(struct iommu *iommu, unsigned pin)
{
	/* Release: accesses under the pin are done. */
	atomic_store_explicit(&iommu->pin[pin].end, 0, memory_order_release);
}
