// SPDX-License-Identifier: BSD-2-Clause
/*
 * cache.c: which lock a driver that caches them must have found, made and kept: a naive model of a cache of so many locks,
 * of which the least recently used goes first. Called by requester.c and completion.c with what was submitted and reaped,
 * and by ledger.c at rest. The model follows one requester, who knows the order of his requests; of several it says no
 * more than how many locks there may be. Whose lock was refused is known when the SUBMIT's last transfer is reaped: until
 * then what happens is written down. It must not know how a driver looks for a lock.
 */
#include "harness/stress/priv.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "drivers/include/dderror.h"

#define ENTRY_NONE (-1)     /* of a transfer that has a lock of its own, or none */
#define EVENT_NONE SIZE_MAX /* of a slot whose transfer cannot have been refused its lock */
#define LOG_ROOM   256      /* events at first */

/* A lock that is kept. */
struct entry {
	const void *buffer;
	uint32_t len_bytes;
	bool write;
	unsigned users;
	uint64_t made, used; /* when, by the model's steps */
};

/* What the driver was asked for: a SUBMIT, each transfer that it took of it, a transfer that was reaped. */
enum event_kind { EVENT_SUBMIT, EVENT_TRANSFER, EVENT_REAP };

struct event {
	enum event_kind kind;
	union {
		struct {
			unsigned refused; /* locks, meanwhile */
			unsigned lacking; /* transfers that ended as those that are refused one */
			unsigned flying;  /* that are not reaped yet */
		} submit;
		struct {
			size_t submit; /* its event */
			uint64_t cookie;
			const void *buffer;
			uint32_t len_bytes;
			bool write, lacking;
		} transfer;
	};
	unsigned slot;
};

struct cache {
	unsigned room, count;
	uint64_t step;
	uint64_t hits, misses;
	bool lost;              /* it is not known any more what the driver must have */
	uint64_t refused;       /* locks, until the last SUBMIT was over */
	int held[SLOTS_MAX];    /* the entry of each slot's transfer */
	size_t told[SLOTS_MAX]; /* ... and its event, while its end tells something */
	struct event *log;      /* from @first on not applied */
	size_t first, end, log_room;
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
	for (unsigned i = 0; i < SLOTS_MAX; i++) {
		port->cache->held[i] = ENTRY_NONE;
		port->cache->told[i] = EVENT_NONE;
	}
	return 0;
}

void cache_close(struct port *port)
{
	if (port->cache)
		free(port->cache->log);
	free(port->cache);
	port->cache = NULL;
}

/* ---- the model -------------------------------------------------------------------------------- */

/* A lock for writing serves who reads, too. Of two that fit the younger one is found. */
static int entry_find(const struct cache *cache, const void *buffer, uint32_t len_bytes, bool write)
{
	int found = ENTRY_NONE;

	for (unsigned i = 0; i < cache->count; i++) {
		const struct entry *at = &cache->entry[i];

		if (at->buffer == buffer && at->len_bytes == len_bytes && at->write >= write &&
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

/* Who is @refused a lock has found none, and none has gone for it. */
static void transfer_apply(struct port *port, const struct event *event, bool refused)
{
	struct cache *cache = port->cache;
	int found = entry_find(
		cache, event->transfer.buffer, event->transfer.len_bytes, event->transfer.write);

	cache->step++;
	if (found != ENTRY_NONE) {
		cache->hits++;
		cache->entry[found].users++;
		if (refused)
			finding(port->world, STRESS_LEDGER, port, event->transfer.cookie,
				"was refused a lock that the cache has");
	} else {
		cache->misses++;
		if (!refused)
			found = entry_take(cache);
		if (found != ENTRY_NONE)
			cache->entry[found] = (struct entry){.buffer = event->transfer.buffer,
				.len_bytes = event->transfer.len_bytes,
				.write = event->transfer.write,
				.users = 1,
				.made = cache->step};
	}
	cache->held[event->slot] = found;
}

static void reap_apply(struct cache *cache, const struct event *event)
{
	const int held = cache->held[event->slot];

	if (held == ENTRY_NONE)
		return;
	cache->entry[held].users--;
	cache->entry[held].used = ++cache->step;
}

/* ---- the log ---------------------------------------------------------------------------------- */

/* Return: the new event's place, or EVENT_NONE: there is no memory, and the cache is lost. */
static size_t log_add(struct cache *cache, const struct event *event)
{
	if (cache->end == cache->log_room) {
		const size_t room = cache->log_room ? 2 * cache->log_room : LOG_ROOM;
		struct event *grown = realloc(cache->log, room * sizeof(*grown));

		if (!grown) {
			cache->lost = true;
			return EVENT_NONE;
		}
		cache->log = grown;
		cache->log_room = room;
	}
	cache->log[cache->end] = *event;
	return cache->end++;
}

/*
 * Applies what is known, in order. A mapping that was refused may end a transfer as a lock does: of a SUBMIT that has more
 * such ends than refused locks nobody knows which is which.
 */
static void log_apply(struct port *port)
{
	struct cache *cache = port->cache;

	for (; cache->first < cache->end; cache->first++) {
		const struct event *event = &cache->log[cache->first], *submit;

		switch (event->kind) {
		case EVENT_SUBMIT:
			if (event->submit.refused && event->submit.flying)
				return;
			cache->lost = event->submit.refused &&
			              event->submit.lacking != event->submit.refused;
			if (cache->lost)
				return;
			break;
		case EVENT_TRANSFER:
			submit = &cache->log[event->transfer.submit];
			transfer_apply(
				port, event, submit->submit.refused && event->transfer.lacking);
			break;
		case EVENT_REAP:
			reap_apply(cache, event);
			break;
		}
	}
	cache->first = cache->end = 0;
}

/* ---- what is asked for ------------------------------------------------------------------------ */

/* One requester alone has reaped none of what he submits. */
static bool follows(const struct port *port)
{
	return port->cache && port->plan->requesters == 1 && !port->cache->lost;
}

static struct event transfer_event(const struct port *port, const struct slot *slot)
{
	struct event event = {.kind = EVENT_TRANSFER, .slot = (unsigned)(slot - port->slot)};

	event.transfer.cookie = slot->cookie;
	event.transfer.buffer = slot->buffer;
	event.transfer.len_bytes = slot->buffer_bytes;
	event.transfer.write = !slot->to_device;
	return event;
}

void cache_submitted(
	struct port *port, struct slot *const *taken, unsigned count, uint64_t locks_refused)
{
	struct cache *cache = port->cache;
	struct event submit = {.kind = EVENT_SUBMIT};
	size_t at;

	if (!follows(port))
		return;
	/* Nothing but a SUBMIT asks for a lock. */
	submit.submit.refused = (unsigned)(locks_refused - cache->refused);
	cache->refused = locks_refused;
	submit.submit.flying = count;
	at = log_add(cache, &submit);
	for (unsigned i = 0; i < count && !cache->lost; i++) {
		struct event transfer = transfer_event(port, taken[i]);

		transfer.transfer.submit = at;

		const size_t place = log_add(cache, &transfer);

		cache->told[transfer.slot] = submit.submit.refused ? place : EVENT_NONE;
	}
	if (!cache->lost)
		log_apply(port);
}

void cache_reaped(struct port *port, const struct slot *slot, const DMABENCH_COMPLETION *completion)
{
	struct cache *cache = port->cache;
	const unsigned index = (unsigned)(slot - port->slot);

	if (!follows(port))
		return;
	if (cache->told[index] != EVENT_NONE) {
		struct event *transfer = &cache->log[cache->told[index]];
		struct event *submit = &cache->log[transfer->transfer.submit];

		transfer->transfer.lacking = completion->Status == ERROR_NOT_ENOUGH_MEMORY &&
		                             completion->Rounds == 0;
		submit->submit.lacking += transfer->transfer.lacking;
		submit->submit.flying--;
		cache->told[index] = EVENT_NONE;
	}
	if (log_add(cache, &(struct event){.kind = EVENT_REAP, .slot = index}) != EVENT_NONE)
		log_apply(port);
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
