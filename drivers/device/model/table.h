/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * table.h: the model's I/O page table: what is mapped, as sorted extents of logical addresses. Exact, and nothing
 * more: no cache of translations, no time. Called by model.c, from one thread.
 */
#ifndef MODEL_TABLE_H
#define MODEL_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "drivers/support/types.h"

struct extent {
	uint64_t first, end; /* logical, pages, end exclusive */
	uint8_t *va;
	unsigned access; /* DEVICE_READ, DEVICE_WRITE */
};

struct table {
	struct extent *extent;
	size_t count, room;
	uint64_t limit; /* last logical address and one; 0: all 64 bits */
};

void table_fini(struct table *table);

/* table_map, table_unmap: as device_dma_ops. */
int table_map(struct table *table, iova_t iova, void *va, size_t len_bytes, unsigned access);
int table_unmap(struct table *table, iova_t iova, size_t len_bytes);

/* table_find - as the pin of engine_bus_ops: bytes usable at *va, 0 where the first is not mapped for @access. */
size_t table_find(
	const struct table *table, iova_t iova, size_t len_bytes, unsigned access, void **va);

/* table_bytes - of all that is mapped. */
uint64_t table_bytes(const struct table *table);

#endif
