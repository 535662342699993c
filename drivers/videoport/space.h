/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * space.h: how the common buffers of a port lie in physical memory, and how much of it they leave broken up.
 *
 *	arena    lowest frame ever held                       highest
 *	         | A A A |  hole  | B | hole |  C C C  |   hole   |
 *
 * An arena is the stretch of frames that common buffers have taken since the last reset: what a platform
 * would have to set aside for them. There is one below 4 GiB and one above, as they are two supplies. Holes
 * are its frames that no common buffer of the port holds now; whoever else took one meanwhile is not known.
 * External fragmentation is the share of the free frames that lies outside the largest hole of their arena,
 * 0 to 1: 1 - (sum of the largest) / (sum of the free), 0 where nothing is free.
 *
 * Buffers are kept in a treap by frame number; every subtree knows its widest gap, so that an event costs a
 * few steps and the figures are exact after each.
 *
 * Ownership: nodes are the caller's, part of what they describe. Threads: none; the account's lock covers
 * every call. Pure: neither clock nor memory.
 */
#ifndef VIDEOPORT_SPACE_H
#define VIDEOPORT_SPACE_H

#include <stdint.h>

struct space_node {
	uint64_t pfn, pages; /* set by the caller */
	struct space_node *left, *right;
	uint64_t priority;   /* of the heap: a hash of the frame number */
	uint64_t first, end; /* frames of the subtree */
	uint64_t gap;        /* widest between two of the subtree */
};

#define SPACE_ARENAS 2

struct space_arena {
	struct space_node *root;
	uint64_t first, end; /* the arena; equal where it was never used */
	uint64_t held;       /* pages */
};

struct space {
	struct space_arena arena[SPACE_ARENAS];
};

struct space_state {
	uint64_t free_pages;
	uint64_t largest_pages; /* longest hole of all */
	double fragmentation;   /* external, 0..1 */
};

/* A zeroed space is empty. insert: the frames are nobody else's. remove: @node was inserted. */
void space_insert(struct space *space, struct space_node *node);
void space_remove(struct space *space, struct space_node *node);

void space_read(const struct space *space, struct space_state *state);

/* space_reset - the arenas become what lies between the first and the last buffer held now. */
void space_reset(struct space *space);

#endif
