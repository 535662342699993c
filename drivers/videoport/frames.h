/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * frames.h: the simulated physical address space under ordinary virtual memory.
 *
 *	requester's page --frames--> paddr_t --port--> iova_t --device mapping--> the page again
 *
 * Every page of a registered region has a frame. A policy chosen by the workload says how fragmented
 * the frames are, how many lie above 4 GiB and on which node's range they lie. The port builds scatter/
 * gather lists from frames, bounces what a device cannot reach, and refuses memory that has no frame
 * (VideoPortLockBuffer then returns NULL, decision D-7).
 *
 * Call order: frames_create -> frames_add ... frames_lookup ... frames_remove -> frames_destroy.
 * Ownership: a region's memory stays the caller's and must outlive its registration.
 * Threads: add and remove under an inner lock, from any thread; lookup from any thread, lock-free
 * against lookups, and must not race with the removal of the same region.
 */
#ifndef VIDEOPORT_FRAMES_H
#define VIDEOPORT_FRAMES_H

#include "drivers/support/err.h"
#include "drivers/support/types.h"

#define FRAMES_4G        (UINT64_C(1) << 32)
#define FRAMES_LIMIT     (UINT64_C(1) << 47) /* no frame lies at or above this physical address */
#define FRAMES_NODES_MAX 64

struct frames;

struct frames_config {
	uint64_t seed;
	uint64_t low_bytes;  /* size of the range below 4 GiB; 0 = 3 GiB */
	uint64_t high_bytes; /* size of each node's range above 4 GiB; 0 = 1 TiB */
};

struct frames_policy {
	double fragmentation; /* 0..1: chance that the next page does not follow physically; 1 = every page alone */
	double high;   /* 0..1: share of runs that lie above 4 GiB */
	unsigned node; /* which node's high range */
	/* Pages that lie together, as those of a huge page do: breaks come only between such blocks. 0: one page. */
	unsigned block_pages;
};

enum frames_access {
	FRAMES_READ_ONLY = 1, /* locking for write fails */
	FRAMES_READ_WRITE = 3,
};

/*
 * Return: 0; -ENOMEM; -EINVAL policy or alignment wrong (add needs page multiples); -EEXIST overlaps
 * a region; -ENOSPC no frames left.
 */
int frames_create(struct frames **frames, const struct frames_config *config, struct err *err);
void frames_destroy(struct frames *frames);
int frames_add(struct frames *frames, void *va, size_t len_bytes, enum frames_access access,
	const struct frames_policy *policy, struct err *err);
int frames_remove(struct frames *frames, void *va);

/*
 * frames_lookup - the frames of the pages that [va, va + len_bytes) touches.
 * @pfn: receives page_span(va, len_bytes) frame numbers (paddr >> PAGE_SHIFT).
 * Return: 0, or -EFAULT where a page has no frame, -EACCES where @write and the region is read-only.
 */
int frames_lookup(
	struct frames *frames, const void *va, size_t len_bytes, bool write, uint64_t *pfn);

/*
 * frames_take - @pages physically contiguous frames below @limit (an exclusive physical address), for
 * common buffers and bounce slots; no contiguous run crosses a 4 GiB boundary.
 * frames_take_block - the same, and the run crosses no multiple of @block_bytes (pages, at most 4 GiB).
 * Return: 0 and the first frame number in @pfn, or -ENOSPC. Given back whole by frames_give.
 */
int frames_take(struct frames *frames, size_t pages, uint64_t limit, uint64_t *pfn);
int frames_take_block(
	struct frames *frames, size_t pages, uint64_t limit, uint64_t block_bytes, uint64_t *pfn);
void frames_give(struct frames *frames, uint64_t pfn, size_t pages);

/* frames_used_pages - how many frames are taken or lie under a region now. From any thread. */
uint64_t frames_used_pages(struct frames *frames);

#endif
