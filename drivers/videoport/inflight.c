// SPDX-License-Identifier: BSD-2-Clause
/* inflight.c: counts of transfers by page and the bytes of their first and last pages; see inflight.h. */
#include "drivers/videoport/inflight.h"

#include "drivers/support/fault.h"
#include "drivers/support/pages.h"
#include "drivers/videoport/frames.h"

#include <errno.h>
#include <stddef.h>

#define LEAF_PAGES (UINT32_C(1) << (30 - PAGE_SHIFT))
#define LEAF_BYTES (LEAF_PAGES * sizeof(uint32_t))
#define LEAVES     ((FRAMES_LIMIT >> PAGE_SHIFT) / LEAF_PAGES)
#define TOP_BYTES  (LEAVES * sizeof(uint32_t *))

#define USER    UINT32_C(0x00000001)
#define USERS   UINT32_C(0x0000FFFF)
#define WRITER  UINT32_C(0x00010000)
#define WRITERS UINT32_C(0xFFFF0000)

static void *counts_map(size_t bytes)
{
	return fault_point("inflight_counts") ? NULL : pages_map(bytes);
}

int inflight_init(struct inflight *inflight)
{
	*inflight = (struct inflight){.leaf = counts_map(TOP_BYTES)};
	return inflight->leaf ? 0 : -ENOMEM;
}

void inflight_fini(struct inflight *inflight)
{
	if (!inflight->leaf)
		return;
	for (size_t i = 0; inflight->leaves > 0; i++)
		if (inflight->leaf[i]) {
			pages_unmap(inflight->leaf[i], LEAF_BYTES);
			inflight->leaves--;
		}
	pages_unmap(inflight->leaf, TOP_BYTES);
	inflight->leaf = NULL;
}

/* The word of a page, NULL where memory for it cannot be had. */
static inline uint32_t *page_count(struct inflight *inflight, uint64_t pfn)
{
	uint32_t **leaf = &inflight->leaf[pfn / LEAF_PAGES];

	if (__builtin_expect(!*leaf, 0)) {
		*leaf = counts_map(LEAF_BYTES);
		inflight->leaves += *leaf != NULL;
	}
	return *leaf ? *leaf + pfn % LEAF_PAGES : NULL;
}

/* ---- the bytes of a page that a transfer uses ---------------------------------------------------- */

static inline uint32_t page_from(const struct inflight_use *use, uint32_t page)
{
	return page == 0 ? use->offset : 0;
}

static inline uint32_t page_to(const struct inflight_use *use, uint32_t page)
{
	uint64_t end = (uint64_t)use->offset + use->len_bytes - ((uint64_t)page << PAGE_SHIFT);

	return end < PAGE_BYTES ? (uint32_t)end : (uint32_t)PAGE_BYTES;
}

static inline struct inflight_edge **edge_bucket(struct inflight *inflight, uint64_t pfn)
{
	return &inflight->bucket[(pfn * UINT64_C(0x9E3779B97F4A7C15)) >> 54];
}

static void edge_add(
	struct inflight *inflight, struct inflight_use *use, unsigned which, uint32_t page)
{
	struct inflight_edge *edge = &use->edge[which];
	struct inflight_edge **bucket = edge_bucket(inflight, use->pfn[page]);

	edge->pfn = use->pfn[page];
	edge->from = page_from(use, page);
	edge->to = page_to(use, page);
	edge->write = use->write;
	edge->first_page = which == 0;
	edge->next = *bucket;
	edge->link = bucket;
	if (edge->next)
		edge->next->link = &edge->next;
	*bucket = edge;
}

static void edge_remove(struct inflight_edge *edge)
{
	if (!edge->link)
		return;
	*edge->link = edge->next;
	if (edge->next)
		edge->next->link = edge->link;
	edge->link = NULL;
}

/* ---- comparing ------------------------------------------------------------------------------------ */

/*
 * Whether another user of this page, whose word before @use was counted is @count, has bytes in common
 * with @use. A user without an edge here has the whole page.
 */
static bool page_shared(
	struct inflight *inflight, const struct inflight_use *use, uint32_t page, uint32_t count)
{
	uint32_t from = page_from(use, page), to = page_to(use, page);
	uint32_t edges = 0;

	for (const struct inflight_edge *edge = *edge_bucket(inflight, use->pfn[page]); edge;
		edge = edge->next) {
		if (edge->pfn != use->pfn[page] || !(use->write || edge->write))
			continue;
		if (edge->from < to && from < edge->to)
			return true;
		edges++;
	}
	return (use->write ? count & USERS : count / WRITER) > edges;
}

/* The page of @other that shares bytes with @page of @use; its number of pages: none. */
static uint32_t page_clashing(
	const struct inflight_use *other, const struct inflight_use *use, uint32_t page)
{
	uint32_t i = 0;

	while (i < other->counted &&
		(other->pfn[i] != use->pfn[page] || page_from(other, i) >= page_to(use, page) ||
			page_from(use, page) >= page_to(other, i)))
		i++;
	return i;
}

static const struct inflight_use *edge_use(const struct inflight_edge *first)
{
	return (const void *)((const char *)first - offsetof(struct inflight_use, edge));
}

/* Who shares @page of @use: a search of all transfers, by the edges of their first pages; for the report only. */
static __attribute__((cold, noinline)) void clash_find(const struct inflight *inflight,
	const struct inflight_use *use, uint32_t page, struct inflight_clash *clash)
{
	*clash = (struct inflight_clash){.pfn = use->pfn[page]};
	for (unsigned i = 0; i < INFLIGHT_BUCKETS; i++) {
		for (const struct inflight_edge *edge = inflight->bucket[i]; edge;
			edge = edge->next) {
			if (!edge->first_page)
				continue;
			const struct inflight_use *other = edge_use(edge);

			if (other == use || !(use->write || other->write) ||
				page_clashing(other, use, page) == other->counted)
				continue;
			clash->write = other->write;
			clash->origin = other->origin;
			return;
		}
	}
}

/* ---- add, remove ---------------------------------------------------------------------------------- */

bool inflight_add(struct inflight *inflight, struct inflight_use *use, struct inflight_clash *clash)
{
	uint32_t one = use->write ? USER | WRITER : USER;
	uint32_t matters = use->write ? USERS : WRITERS;
	uint32_t last = use->pages - 1;
	bool shared = false;

	use->counted = 0;
	use->added = true;
	for (uint32_t i = 0; i < use->pages; i++) {
		uint32_t *count = page_count(inflight, use->pfn[i]);

		if (!count || (*count & USERS) == USERS)
			break;
		if (__builtin_expect(
			    !shared && (*count & matters) && page_shared(inflight, use, i, *count),
			    0)) {
			shared = true;
			clash_find(inflight, use, i, clash);
		}
		*count += one;
		use->counted++;
		if (i == 0 || i == last)
			edge_add(inflight, use, i != 0, i);
	}
	return shared;
}

void inflight_remove(struct inflight *inflight, struct inflight_use *use)
{
	uint32_t one = use->write ? USER | WRITER : USER;

	if (!use->added)
		return;
	use->added = false;
	for (uint32_t i = 0; i < use->counted; i++)
		*page_count(inflight, use->pfn[i]) -= one;
	edge_remove(&use->edge[0]);
	edge_remove(&use->edge[1]);
}
