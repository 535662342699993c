/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * inflight.h: which bytes of memory the transfers in flight use, so that the verifier sees two that
 * share bytes one of them writes (rule 409). Only while the verifier is on; called by verify_list.c.
 *
 *	page         users and writers, one word for each physical page
 *	first, last  page of a transfer: it may own a part only, so its bytes stand in a hash of edges
 *	all between  belong to the transfer whole: another user is a shared byte
 *
 * A transfer of one page costs a count and an edge; a search happens only where the counts say that
 * somebody else is on the page.
 *
 * Memory that cannot be had loses pages from sight, never a transfer: what is not counted is not
 * compared.
 *
 * Threads: none of its own; the mapping's lock covers add and remove, which is held at those moments anyway.
 */
#ifndef VIDEOPORT_INFLIGHT_H
#define VIDEOPORT_INFLIGHT_H

#include "drivers/support/types.h"
#include "drivers/videoport/verifier.h"

#define INFLIGHT_BUCKETS 1024

struct inflight_edge {
	struct inflight_edge *next, **link; /* link: NULL while in no bucket */
	uint64_t pfn;
	uint32_t from, to; /* bytes of the page */
	bool write;
	bool first_page; /* it is edge[0] of its use */
};

/* One transfer's: the caller fills the first part. */
struct inflight_use {
	const uint64_t *pfn;
	uint32_t pages;
	uint32_t offset; /* of the first byte in the first page */
	uint32_t len_bytes;
	bool write; /* the device writes this memory */
	struct origin origin;

	bool added;
	uint32_t counted;             /* pages from the front that are counted */
	struct inflight_edge edge[2]; /* [0]: of the first page, there where anything is counted */
};

struct inflight {
	uint32_t **leaf; /* counts for each GiB of physical addresses */
	unsigned leaves; /* how many there are */
	struct inflight_edge *bucket[INFLIGHT_BUCKETS];
};

/* Two transfers that share bytes. */
struct inflight_clash {
	uint64_t pfn; /* the first page that both use */
	bool write;   /* the other one writes */
	struct origin origin;
};

/* Return: 0 or -ENOMEM. fini accepts a zeroed object. */
int inflight_init(struct inflight *inflight);
void inflight_fini(struct inflight *inflight);

/*
 * inflight_add - @use is in flight from now on. Return: whether it shares bytes with another transfer
 * and one of them writes; @clash then tells of that one.
 */
bool inflight_add(
	struct inflight *inflight, struct inflight_use *use, struct inflight_clash *clash);

/* inflight_remove - no longer. A @use that was never added, or is removed already, is left alone. */
void inflight_remove(struct inflight *inflight, struct inflight_use *use);

#endif
