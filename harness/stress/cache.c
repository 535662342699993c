// SPDX-License-Identifier: BSD-2-Clause
/*
 * cache.c: which lock a driver that caches them must have found, made and kept: a naive model of a cache of so many locks,
 * of which the least recently used goes first. Called by requester.c and completion.c with what was submitted and reaped,
 * and by ledger.c at rest. The model follows one requester, who knows the order of his requests; of several it says no
 * more than how many locks there may be. It must not know how a driver looks for a lock.
 */
#include "harness/stress/priv.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#define ENTRY_NONE (-1) /* of a transfer that has a lock of its own */

/* A lock that is kept. */
struct entry {
	const void *buffer;
	uint32_t len_bytes;
	bool write;
	unsigned users;
	uint64_t made, used; /* when, by the model's steps */
};

struct cache {
	unsigned room, count;
	uint64_t step;
	uint64_t hits, misses;
	struct entry entry[];
};

int cache_open(struct port *port)
{
	const unsigned room = port->plan->cache_entries;

	port->cache = NULL;
	if (port->plan->strategy != STRATEGY_CACHED)
		return 0;
	port->cache = calloc(1, sizeof(*port->cache) + room * sizeof(port->cache->entry[0]));
	if (!port->cache)
		return -ENOMEM;
	port->cache->room = room;
	return 0;
}

void cache_close(struct port *port)
{
	free(port->cache);
	port->cache = NULL;
}

/* A lock for writing serves who reads, too. Of two that fit the younger one is found. */
static int entry_find(const struct cache *cache, const struct slot *slot)
{
	int found = ENTRY_NONE;

	for (unsigned i = 0; i < cache->count; i++) {
		const struct entry *at = &cache->entry[i];

		if (at->buffer == slot->buffer && at->len_bytes == slot->buffer_bytes &&
			at->write >= !slot->to_device &&
			(found == ENTRY_NONE || at->made > cache->entry[found].made))
			found = (int)i;
	}
	return found;
}

/* Where a new lock goes: what is free, else what was used least recently and is not in use. */
static int entry_take(struct cache *cache)
{
	int oldest = ENTRY_NONE;

	if (cache->count < cache->room)
		return (int)cache->count++;
	for (unsigned i = 0; i < cache->count; i++) {
		const struct entry *at = &cache->entry[i];

		if (at->users == 0 &&
			(oldest == ENTRY_NONE || at->used < cache->entry[oldest].used))
			oldest = (int)i;
	}
	return oldest;
}

/* One requester alone has reaped none of what he submits; and whom a lock is refused is not followed. */
static bool follows(const struct port *port)
{
	return port->cache && port->plan->requesters == 1 && port->plan->lack.lock <= 0;
}

void cache_submitted(struct port *port, struct slot *slot)
{
	struct cache *cache = port->cache;

	if (!follows(port))
		return;
	slot->lock = entry_find(cache, slot);
	cache->step++;
	if (slot->lock != ENTRY_NONE) {
		cache->hits++;
		cache->entry[slot->lock].users++;
		return;
	}
	cache->misses++;
	slot->lock = entry_take(cache);
	if (slot->lock != ENTRY_NONE)
		cache->entry[slot->lock] = (struct entry){.buffer = slot->buffer,
			.len_bytes = slot->buffer_bytes,
			.write = !slot->to_device,
			.users = 1,
			.made = cache->step};
}

void cache_reaped(struct port *port, const struct slot *slot)
{
	struct cache *cache = port->cache;

	if (!follows(port) || slot->lock == ENTRY_NONE)
		return;
	cache->entry[slot->lock].users--;
	cache->entry[slot->lock].used = ++cache->step;
}

void cache_judge(struct port *port, const DMABENCH_QUERY *query, uint64_t locks)
{
	const struct cache *cache = port->cache;

	if (!cache)
		return;
	if (follows(port) && (query->CacheHits != cache->hits ||
				     query->CacheMisses != cache->misses || locks != cache->count))
		finding(port->world, STRESS_LEDGER, port, 0,
			"of %u cached locks %u were found, %u made, %" PRIu64
			" are held; the least recently used gone first it is %" PRIu64 ", %" PRIu64
			", %u",
			cache->room, query->CacheHits, query->CacheMisses, locks, cache->hits,
			cache->misses, cache->count);
	else if (locks > cache->room)
		finding(port->world, STRESS_LEDGER, port, 0,
			"at rest: %" PRIu64 " locks; the cache has room for %u", locks,
			cache->room);
}
