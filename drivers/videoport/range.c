// SPDX-License-Identifier: BSD-2-Clause
/* range.c: frame numbers in use, one bit each; called by frames.c under its lock. */
#include "drivers/videoport/range.h"

#include "drivers/support/fault.h"
#include "drivers/support/pages.h"

#include <assert.h>
#include <errno.h>

#define WINDOW_PAGES_MIN UINT64_C(16384)
#define PLACE_TRIES      16

static size_t range_map_bytes(const struct range *range)
{
	return (size_t)page_up((range->pages + 63) / 64 * 8);
}

int range_init(struct range *range, uint64_t first_pfn, uint64_t pages, uint64_t data_pfn)
{
	*range = (struct range){.first_pfn = first_pfn, .pages = pages, .data_pfn = data_pfn};
	range->used = fault_point("frames_range") ? NULL : pages_map(range_map_bytes(range));
	return range->used ? 0 : -ENOMEM;
}

void range_fini(struct range *range)
{
	pages_unmap(range->used, range_map_bytes(range));
	range->used = NULL;
}

void range_mark(struct range *range, uint64_t pfn, uint64_t pages, bool used)
{
	for (uint64_t bit = pfn - range->first_pfn, end = bit + pages; bit < end;) {
		uint64_t in_word = 64 - bit % 64 < end - bit ? 64 - bit % 64 : end - bit;
		uint64_t mask = (in_word == 64 ? ~UINT64_C(0) : (UINT64_C(1) << in_word) - 1)
		                << (bit % 64);
		uint64_t *word = &range->used[bit / 64];

		assert((*word & mask) == (used ? 0 : mask));
		*word = used ? *word | mask : *word & ~mask;
		bit += in_word;
	}
	range->pages_used = used ? range->pages_used + pages : range->pages_used - pages;
}

/* First pfn >= @pfn with the wanted state, or @end. */
static uint64_t range_next(const struct range *range, uint64_t pfn, uint64_t end, bool used)
{
	while (pfn < end) {
		uint64_t bit = pfn - range->first_pfn;
		uint64_t word = used ? range->used[bit / 64] : ~range->used[bit / 64];

		word >>= bit % 64;
		if (word) {
			uint64_t found = pfn + (uint64_t)__builtin_ctzll(word);
			return found < end ? found : end;
		}
		pfn += 64 - bit % 64;
	}
	return end;
}

int range_find(const struct range *range, uint64_t from, uint64_t end, uint64_t pages,
	uint64_t block, uint64_t *pfn)
{
	uint64_t start = from > range->first_pfn ? from : range->first_pfn;
	uint64_t last = range->first_pfn + range->pages;

	if (end > last)
		end = last;
	if (pages > block)
		return -ENOSPC;
	while (start < end && pages <= end - start) {
		start = range_next(range, start, end, false);
		if (start % block + pages > block)
			start = (start / block + 1) * block;
		if (start >= end || pages > end - start)
			break;
		uint64_t blocked = range_next(range, start, start + pages, true);
		if (blocked == start + pages) {
			*pfn = start;
			return 0;
		}
		start = blocked;
	}
	return -ENOSPC;
}

static bool range_fits(const struct range *range, uint64_t pfn, uint64_t pages)
{
	return pfn % RANGE_BLOCK_PAGES + pages <= RANGE_BLOCK_PAGES &&
	       pfn + pages <= range->first_pfn + range->pages &&
	       range_next(range, pfn, pfn + pages, true) == pfn + pages;
}

/* Random tries in the window, then every place of the range. */
int range_place(
	struct range *range, uint64_t pages, uint64_t after, uint64_t *random, uint64_t *pfn)
{
	uint64_t room = range->first_pfn + range->pages - range->data_pfn;
	uint64_t window = 4 * (range->pages_used + pages);

	if (window < WINDOW_PAGES_MIN)
		window = WINDOW_PAGES_MIN;
	if (window > room)
		window = room;
	for (unsigned i = 0; i < PLACE_TRIES; i++) {
		*pfn = range->data_pfn + range_random(random) % window;
		if (*pfn != after && range_fits(range, *pfn, pages))
			return 0;
	}
	if (range_find(range, range->data_pfn, UINT64_MAX, pages, RANGE_BLOCK_PAGES, pfn) == 0)
		return 0;
	return range_find(range, 0, range->data_pfn, pages, RANGE_BLOCK_PAGES, pfn);
}
