/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * address_set.h: the addresses of what is live, so that a pointer a driver passes is recognised, or not,
 * without reading what it points to. For the verifier: lists (list.c), spin locks and events.
 *
 * A fixed table: adding never needs memory. Once an address has found no place the set is incomplete,
 * and "not in it" means nothing any more; the caller then falls back on what it would do without.
 *
 * Threads: any. has is a few loads; nothing here takes a lock.
 */
#ifndef VIDEOPORT_ADDRESS_SET_H
#define VIDEOPORT_ADDRESS_SET_H

#include "drivers/support/types.h"

#include <stdatomic.h>

#define ADDRESS_SET_ROOM 16384

/* Zeroed: empty. */
struct address_set {
	_Atomic uintptr_t place[ADDRESS_SET_ROOM]; /* 0: never used, 1: used before */
	_Atomic bool incomplete;
};

void address_set_add(struct address_set *set, const void *address);
void address_set_remove(struct address_set *set, const void *address);

enum address_known {
	ADDRESS_UNKNOWN, /* it is not live */
	ADDRESS_LIVE,
	ADDRESS_PERHAPS, /* no set, or an incomplete one without it */
};

static inline size_t address_set_place(uintptr_t address)
{
	return (address >> 4) * UINT64_C(0x9E3779B97F4A7C15) >> 50;
}

/* address_set_has - @set may be NULL. Inline where the address has the place it is looked for at first. */
enum address_known address_set_search(const struct address_set *set, const void *address);
static inline enum address_known address_set_has(const struct address_set *set, const void *address)
{
	uintptr_t wanted = (uintptr_t)address;

	if (!set)
		return ADDRESS_PERHAPS;
	/* Acquire: pairs with address_set_add. */
	if (__builtin_expect(
		    wanted > 1 && atomic_load_explicit(&set->place[address_set_place(wanted)],
					  memory_order_acquire) == wanted,
		    1))
		return ADDRESS_LIVE;
	return address_set_search(set, address);
}

#endif
