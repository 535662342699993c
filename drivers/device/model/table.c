// SPDX-License-Identifier: BSD-2-Clause
/* table.c: see table.h. */
#include "drivers/device/model/table.h"

#include "drivers/device/device.h"
#include "drivers/support/fault.h"
#include "drivers/support/heap.h"

#include <errno.h>
#include <string.h>

#define ROOM_FIRST 64

void table_fini(struct table *table)
{
	heap_free(table->extent);
	*table = (struct table){0};
}

/* The first extent that ends behind @addr; count where there is none. */
static size_t extent_behind(const struct table *table, uint64_t addr)
{
	size_t low = 0, high = table->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (table->extent[middle].end <= addr)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool range_valid(const struct table *table, uint64_t first, size_t len_bytes)
{
	return len_bytes != 0 && ((first | len_bytes) & PAGE_MASK) == 0 &&
	       first + len_bytes > first &&
	       (table->limit == 0 || first + len_bytes <= table->limit);
}

static int table_grow(struct table *table)
{
	size_t room = table->room ? 2 * table->room : ROOM_FIRST;
	struct extent *grown;

	if (table->count < table->room)
		return 0;
	grown = fault_point("table_room") ? NULL
	                                  : heap_resize(table->extent, room * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	table->extent = grown;
	table->room = room;
	return 0;
}

int table_map(struct table *table, iova_t iova, void *va, size_t len_bytes, unsigned access)
{
	uint64_t end = iova.val + len_bytes;
	size_t at;

	if (!range_valid(table, iova.val, len_bytes) || !va || ((uintptr_t)va & PAGE_MASK) ||
		access == 0 || (access & ~(unsigned)(DEVICE_READ | DEVICE_WRITE)))
		return -EINVAL;
	at = extent_behind(table, iova.val);
	if (at < table->count && table->extent[at].first < end)
		return -EINVAL;
	if (table_grow(table))
		return -ENOMEM;
	memmove(table->extent + at + 1, table->extent + at,
		(table->count - at) * sizeof(*table->extent));
	table->extent[at] = (struct extent){iova.val, end, va, access};
	table->count++;
	return 0;
}

int table_unmap(struct table *table, iova_t iova, size_t len_bytes)
{
	uint64_t end = iova.val + len_bytes, reached = iova.val;
	size_t first, behind;

	if (!range_valid(table, iova.val, len_bytes))
		return -EINVAL;
	first = behind = extent_behind(table, iova.val);
	/* Whole mappings without a hole between them. */
	while (behind < table->count && table->extent[behind].first == reached && reached < end)
		reached = table->extent[behind++].end;
	if (reached != end)
		return -EINVAL;
	memmove(table->extent + first, table->extent + behind,
		(table->count - behind) * sizeof(*table->extent));
	table->count -= behind - first;
	return 0;
}

size_t table_find(
	const struct table *table, iova_t iova, size_t len_bytes, unsigned access, void **va)
{
	size_t at = extent_behind(table, iova.val), found = 0;
	uint64_t addr = iova.val;

	for (; at < table->count && found < len_bytes; at++) {
		const struct extent *extent = &table->extent[at];
		size_t here = len_bytes - found;

		if (extent->first > addr || (extent->access & access) != access)
			break;

		uint8_t *start = extent->va + (addr - extent->first);

		if (found && start != (uint8_t *)*va + found)
			break;
		if (!found)
			*va = start;
		if (here > extent->end - addr)
			here = extent->end - addr;
		found += here;
		addr += here;
	}
	return found;
}

uint64_t table_bytes(const struct table *table)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < table->count; i++)
		bytes += table->extent[i].end - table->extent[i].first;
	return bytes;
}
