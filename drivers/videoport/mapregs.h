/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mapregs.h: an adapter's map registers, and the bounce slots behind them.
 *
 * A map register stands for one page of a transfer in flight, whether the device reaches that page or
 * not (decision D-1). Where it may not, every register also has a bounce slot: a page of memory the
 * device does reach. Slots lie side by side in logical addresses, so that a device without scatter/
 * gather can be given a run of them as its one element.
 *
 *	mapregs_take(n)            -> n or fewer registers (D-5)
 *	mapregs_slots_take(n)      -> the longest run of free slots, at most n
 *
 * Threads: none of its own; the adapter's lock covers every call.
 */
#ifndef VIDEOPORT_MAPREGS_H
#define VIDEOPORT_MAPREGS_H

#include <stdbool.h>
#include <stdint.h>

struct mapregs {
	uint32_t total, free;
	uint64_t taken;           /* in all */
	uint32_t slots;           /* 0 or total */
	uint32_t slot_first_free; /* no free slot lies below */
	uint64_t *used;           /* bit map of slots */
};

/* Return: 0 or -ENOMEM. fini accepts a zeroed object. */
int mapregs_init(struct mapregs *regs, uint32_t total, bool with_slots);
void mapregs_fini(struct mapregs *regs);

/* mapregs_take - takes up to @wanted registers. Return: how many. */
uint32_t mapregs_take(struct mapregs *regs, uint32_t wanted);
void mapregs_give(struct mapregs *regs, uint32_t count);

/*
 * mapregs_slots_take - takes a run of slots: the first of @wanted, else the longest.
 * @first: receives the number of its first slot. Return: its length, 0 when no slot is free.
 */
uint32_t mapregs_slots_take(struct mapregs *regs, uint32_t wanted, uint32_t *first);
void mapregs_slots_give(struct mapregs *regs, uint32_t first, uint32_t count);

/* mapregs_slots_used - how many slots are taken now. */
uint32_t mapregs_slots_used(const struct mapregs *regs);

#endif
