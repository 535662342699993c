// SPDX-License-Identifier: BSD-2-Clause
/* build.c: see build.h. Called by read.c, generate.c and record.c. */
#include "harness/churn/build.h"

#include <errno.h>
#include <stdlib.h>

#include "drivers/support/fault.h"
#include "drivers/support/pages.h"
#include "drivers/support/types.h"

#define EVENTS_MIN 1024u

/* FNV-1a (Fowler, Noll, Vo), 64 bits. */
#define FNV_BASIS UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x100000001b3)

struct build *build_open(void)
{
	return fault_point("churn_build") ? NULL : pages_map(sizeof(struct build));
}

void build_drop(struct build *build)
{
	if (!build)
		return;
	churn_free(&build->trace);
	pages_unmap(build, sizeof(*build));
}

static uint32_t *bucket_of(struct build *build, uint64_t object)
{
	return &build->bucket[rng_mix(object) % BUILD_BUCKETS];
}

uint32_t build_find(const struct build *build, uint64_t object)
{
	uint32_t link = build->bucket[rng_mix(object) % BUILD_BUCKETS];

	while (link && build->slot[link - 1].object != object)
		link = build->slot[link - 1].next;
	return link ? link - 1 : BUILD_NONE;
}

static uint32_t slot_lowest_free(struct build *build)
{
	const uint32_t words = CHURN_SLOTS_MAX / 64;

	while (build->free_from < words && build->used[build->free_from] == UINT64_MAX)
		build->free_from++;
	if (build->free_from == words)
		return BUILD_NONE;
	return build->free_from * 64 + (uint32_t)__builtin_ctzll(~build->used[build->free_from]);
}

static int event_append(struct build *build, const struct churn_event *event)
{
	struct churn_trace *trace = &build->trace;

	if (trace->count == CHURN_EVENTS_MAX)
		return -E2BIG;
	if (trace->count == build->room) {
		uint32_t room = build->room ? 2 * build->room : EVENTS_MIN;
		void *more = fault_point("churn_events")
		                     ? NULL
		                     : reallocarray(trace->event, room, sizeof(*event));

		if (!more)
			return -ENOMEM;
		trace->event = more;
		build->room = room;
	}
	trace->event[trace->count++] = *event;
	return 0;
}

static uint32_t max_u32(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

static void take_count(struct build *build, const struct churn_event *event)
{
	struct churn_trace *trace = &build->trace;

	build->held++;
	build->live_bytes += event->bytes;
	trace->takes++;
	trace->slots = max_u32(trace->slots, event->slot + 1);
	trace->largest_bytes = max_u32(trace->largest_bytes, event->bytes);
	if (build->live_bytes > trace->live_peak_bytes)
		trace->live_peak_bytes = build->live_bytes;
	if (event->op == CHURN_LOCK)
		trace->lock_span_bytes = max_u32(
			trace->lock_span_bytes, event->offset + event->bytes);
}

int build_take(struct build *build, const struct churn_act *act, uint32_t since)
{
	uint32_t slot = slot_lowest_free(build);
	struct churn_event event = {.slot = slot,
		.bytes = act->bytes,
		.offset = act->offset,
		.op = act->op,
		.how = act->how};

	if (build_find(build, act->object) != BUILD_NONE)
		return -EEXIST;
	if (slot == BUILD_NONE)
		return -ENOBUFS;
	int rc = event_append(build, &event);

	if (rc)
		return rc;
	uint32_t *bucket = bucket_of(build, act->object);

	build->slot[slot] = (struct build_held){.object = act->object,
		.next = *bucket,
		.bytes = act->bytes,
		.since = since,
		.op = act->op,
		.held = true};
	*bucket = slot + 1;
	build->used[slot / 64] |= UINT64_C(1) << (slot % 64);
	take_count(build, &event);
	return 0;
}

int build_give(struct build *build, const struct churn_act *act)
{
	uint32_t slot = build_find(build, act->object);

	if (slot == BUILD_NONE)
		return -ENOENT;
	if (build->slot[slot].op + 1 != act->op)
		return -EBADMSG;
	int rc = event_append(build, &(struct churn_event){.slot = slot, .op = act->op});

	if (rc)
		return rc;
	uint32_t *link = bucket_of(build, act->object);

	while (*link != slot + 1)
		link = &build->slot[*link - 1].next;
	*link = build->slot[slot].next;
	build->slot[slot].held = false;
	build->used[slot / 64] &= ~(UINT64_C(1) << (slot % 64));
	if (slot / 64 < build->free_from)
		build->free_from = slot / 64;
	build->held--;
	build->live_bytes -= build->slot[slot].bytes;
	return 0;
}

uint32_t build_first_held(const struct build *build)
{
	uint32_t first = BUILD_NONE;

	for (uint32_t i = 0; i < build->trace.slots; i++) {
		const struct build_held *slot = &build->slot[i];

		if (slot->held && (first == BUILD_NONE || slot->since < build->slot[first].since))
			first = i;
	}
	return first;
}

static uint64_t fnv(uint64_t hash, uint64_t value)
{
	for (unsigned i = 0; i < 8; i++)
		hash = (hash ^ (value >> (8 * i) & 0xff)) * FNV_PRIME;
	return hash;
}

static uint64_t checksum_of(const struct churn_trace *trace)
{
	uint64_t hash = FNV_BASIS;

	for (uint32_t i = 0; i < trace->count; i++) {
		const struct churn_event *e = &trace->event[i];

		hash = fnv(hash, (uint64_t)e->slot << 32 | e->bytes);
		hash = fnv(hash, (uint64_t)e->offset << 16 | (uint64_t)e->op << 8 | e->how);
	}
	return hash;
}

void build_finish(struct build *build, struct churn_trace *trace)
{
	*trace = build->trace;
	trace->checksum = checksum_of(trace);
	pages_unmap(build, sizeof(*build));
}

void churn_free(struct churn_trace *trace)
{
	free(trace->event);
	*trace = (struct churn_trace){0};
}
