// SPDX-License-Identifier: BSD-2-Clause
/* address_set.c: open addressing over a fixed table; see address_set.h. */
#include "drivers/videoport/address_set.h"

void address_set_add(struct address_set *set, const void *address)
{
	size_t at = address_set_place((uintptr_t)address);

	for (size_t i = 0; i < ADDRESS_SET_ROOM; i++, at = (at + 1) % ADDRESS_SET_ROOM) {
		uintptr_t old = atomic_load_explicit(&set->place[at], memory_order_relaxed);

		/* Release: who finds the address sees what is behind it filled. */
		if (old <= 1 &&
			atomic_compare_exchange_strong_explicit(&set->place[at], &old,
				(uintptr_t)address, memory_order_release, memory_order_relaxed))
			return;
	}
	atomic_store_explicit(&set->incomplete, true, memory_order_relaxed);
}

static size_t place_find(const struct address_set *set, const void *address)
{
	size_t at = address_set_place((uintptr_t)address);

	for (size_t i = 0; i < ADDRESS_SET_ROOM; i++, at = (at + 1) % ADDRESS_SET_ROOM) {
		uintptr_t here = atomic_load_explicit(&set->place[at], memory_order_acquire);

		if (here == (uintptr_t)address && here > 1)
			return at;
		if (here == 0)
			break;
	}
	return ADDRESS_SET_ROOM;
}

void address_set_remove(struct address_set *set, const void *address)
{
	size_t at = place_find(set, address);

	if (at < ADDRESS_SET_ROOM)
		atomic_store_explicit(&set->place[at], 1, memory_order_relaxed);
}

enum address_known address_set_search(const struct address_set *set, const void *address)
{
	if (place_find(set, address) < ADDRESS_SET_ROOM)
		return ADDRESS_LIVE;
	return atomic_load_explicit(&set->incomplete, memory_order_relaxed) ? ADDRESS_PERHAPS
	                                                                    : ADDRESS_UNKNOWN;
}
