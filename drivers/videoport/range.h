/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * range.h: one range of simulated physical frames: which are in use, where a run of free ones lies.
 *
 * Runs never cross 4 GiB. Random places are drawn from a window four times as large as what is in use,
 * so that tables indexed by frame stay small. Only for frames.c; its lock covers every call.
 */
#ifndef VIDEOPORT_RANGE_H
#define VIDEOPORT_RANGE_H

#include "drivers/support/types.h"
#include "drivers/videoport/frames.h"

#define RANGE_BLOCK_PAGES (FRAMES_4G >> PAGE_SHIFT)

/* Frames [first_pfn, first_pfn + pages); a set bit is a frame in use. */
struct range {
	uint64_t first_pfn;
	uint64_t pages;
	uint64_t data_pfn; /* range_place starts here */
	uint64_t pages_used;
	uint64_t *used; /* NULL until range_init */
};

/* splitmix64 (Steele, Lea, Flood 2014). */
static inline uint64_t range_random(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);

	z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
	return z ^ (z >> 31);
}

/* Return: 0 or -ENOMEM. fini accepts a zeroed range. */
int range_init(struct range *range, uint64_t first_pfn, uint64_t pages, uint64_t data_pfn);
void range_fini(struct range *range);

/* range_mark - takes or gives @pages frames, which must all be free, or all used. */
void range_mark(struct range *range, uint64_t pfn, uint64_t pages, bool used);

/*
 * range_find - first fit of @pages free frames in [@from, @end) that crosses no multiple of @block frames.
 * Return: 0 and @pfn, or -ENOSPC.
 */
int range_find(const struct range *range, uint64_t from, uint64_t end, uint64_t pages,
	uint64_t block, uint64_t *pfn);

/*
 * range_place - a random place for a run of @pages frames. @after: the end of the previous run, not to be
 * continued if that can be helped. @random: state of the generator. Return: 0 and @pfn, or -ENOSPC.
 */
int range_place(
	struct range *range, uint64_t pages, uint64_t after, uint64_t *random, uint64_t *pfn);

#endif
