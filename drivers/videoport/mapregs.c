// SPDX-License-Identifier: BSD-2-Clause
/* mapregs.c: counts map registers and finds runs of bounce slots; called under the adapter's lock. */
#include "drivers/videoport/mapregs.h"

#include "drivers/support/fault.h"
#include "drivers/support/heap.h"

#include <assert.h>
#include <errno.h>

int mapregs_init(struct mapregs *regs, uint32_t total, bool with_slots)
{
	*regs = (struct mapregs){.total = total, .free = total, .slots = with_slots ? total : 0};
	if (!with_slots)
		return 0;
	if (!fault_point("mapregs"))
		regs->used = heap_zeroed(((size_t)total + 63) / 64, sizeof(*regs->used));
	return regs->used ? 0 : -ENOMEM;
}

void mapregs_fini(struct mapregs *regs)
{
	heap_free(regs->used);
	*regs = (struct mapregs){0};
}

uint32_t mapregs_take(struct mapregs *regs, uint32_t wanted)
{
	uint32_t count = wanted < regs->free ? wanted : regs->free;

	regs->free -= count;
	regs->taken += count;
	return count;
}

void mapregs_give(struct mapregs *regs, uint32_t count)
{
	assert(count <= regs->total - regs->free);
	regs->free += count;
}

static void slots_mark(struct mapregs *regs, uint32_t first, uint32_t count, bool used)
{
	for (uint32_t i = first; i < first + count; i++) {
		uint64_t bit = UINT64_C(1) << (i % 64);

		assert(!(regs->used[i / 64] & bit) == used);
		regs->used[i / 64] ^= bit;
	}
}

/* First slot >= @at that is free or used as asked, or the number of slots. */
static uint32_t slots_next(const struct mapregs *regs, uint32_t at, bool used)
{
	while (at < regs->slots) {
		uint64_t word = used ? regs->used[at / 64] : ~regs->used[at / 64];

		word >>= at % 64;
		if (word) {
			at += (uint32_t)__builtin_ctzll(word);
			return at < regs->slots ? at : regs->slots;
		}
		at += 64 - at % 64;
	}
	return regs->slots;
}

uint32_t mapregs_slots_take(struct mapregs *regs, uint32_t wanted, uint32_t *first)
{
	uint32_t best = 0, at = slots_next(regs, regs->slot_first_free, false);

	regs->slot_first_free = at;
	while (at < regs->slots && best < wanted) {
		uint32_t end = slots_next(regs, at, true);

		if (end - at > best) {
			best = end - at;
			*first = at;
		}
		at = slots_next(regs, end, false);
	}
	if (best > wanted)
		best = wanted;
	slots_mark(regs, best ? *first : 0, best, true);
	return best;
}

void mapregs_slots_give(struct mapregs *regs, uint32_t first, uint32_t count)
{
	slots_mark(regs, first, count, false);
	if (count && first < regs->slot_first_free)
		regs->slot_first_free = first;
}

uint32_t mapregs_slots_used(const struct mapregs *regs)
{
	uint32_t used = 0;

	for (uint32_t i = 0; i < regs->slots; i += 64)
		used += (uint32_t)__builtin_popcountll(regs->used[i / 64]);
	return used;
}
