// SPDX-License-Identifier: BSD-2-Clause
/*
 * payload.c: the bytes of a transfer: what is laid at both ends before it is submitted, between guards, and what must lie
 * there when it has ended. Called by requester.c before and by completion.c after. It must not ask the driver: what it
 * knows of a transfer is its slot's and what the memories hold.
 */
#include "harness/stress/priv.h"

#include <inttypes.h>
#include <string.h>

#include "harness/verify/verify.h"

#define LOCKS_SAME 8 /* of one start at once: rule 307 */

_Static_assert(GUARD_BYTES == VERIFY_GUARD_BYTES, "slots leave room for guards");

/* ---- laid ------------------------------------------------------------------------------------- */

/* Guards and payload as they lie on both sides: guard, payload, guard. */
unsigned char *payload_at(const struct slot *slot)
{
	return slot->at + slot->offset;
}

static uint64_t guard_key(const struct slot *slot, bool device, bool behind)
{
	return slot->cookie * 4 + (device ? 2 : 0) + (behind ? 1 : 0);
}

/* Whether there is no guard at that end of it. */
static bool bare(const struct slot *slot, bool device, bool behind)
{
	if (device)
		return behind && slot->device_bare;
	return behind ? slot->bare_behind : slot->bare_before;
}

/* With its guards, from the one before. */
static size_t device_bytes(const struct slot *slot)
{
	return slot->len_bytes + (size_t)GUARD_BYTES * (slot->device_bare ? 1 : 2);
}

static void lay(unsigned char *payload, const struct slot *slot, bool device, uint64_t stamp)
{
	if (!bare(slot, device, false))
		verify_guard_fill(payload - GUARD_BYTES, guard_key(slot, device, false));
	verify_fill(payload, slot->len_bytes, stamp);
	if (!bare(slot, device, true))
		verify_guard_fill(payload + slot->len_bytes, guard_key(slot, device, true));
}

/* What lies where nothing has arrived yet: no byte of it is what will arrive. */
static void lay_stale(unsigned char *payload, const struct slot *slot, bool device)
{
	uint64_t word;
	uint32_t at = 0;

	lay(payload, slot, device, slot->stamp);
	for (; at + sizeof(word) <= slot->len_bytes; at += (uint32_t)sizeof(word)) {
		memcpy(&word, payload + at, sizeof(word));
		word = ~word;
		memcpy(payload + at, &word, sizeof(word));
	}
	for (; at < slot->len_bytes; at++)
		payload[at] = (unsigned char)~payload[at];
}

/*
 * Where something is decided or divided by a length: at one of what this port was given, once or some times, or at a power of
 * two, which a page and many a field's width are.
 */
static uint32_t limit_draw(const struct plan_port *plan, struct rng *rng)
{
	const uint32_t power = UINT32_C(1) << (1 + rng_below(rng, 16));
	const uint32_t limits[] = {power, power, plan->threshold, plan->slot_bytes,
		plan->round_max ? plan->round_max : power};
	const uint32_t limit = limits[rng_below(rng, sizeof(limits) / sizeof(limits[0]))];

	return limit * (rng_below(rng, 2) ? 1 : 1 + (uint32_t)rng_below(rng, 3));
}

static uint32_t length_draw(const struct plan_port *plan, const struct slot *slot, struct rng *rng)
{
	uint32_t most = slot->room - GUARD_BYTES, limit, part, len_bytes;

	switch (rng_below(rng, 8)) {
	case 0:
		return 1 + (uint32_t)rng_below(rng, 8 < most ? 8 : most);
	case 1:
		return most;
	case 2: /* one beside it, or just that */
		limit = limit_draw(plan, rng);
		return most > limit ? (uint32_t)(limit - 1 + rng_below(rng, 3)) : most;
	default: /* one draw after the other: in one expression compilers differ in which comes first */
		len_bytes = (uint32_t)rng_below(rng, most);
		part = UINT32_C(1) << rng_below(rng, 4);
		return 1 + len_bytes / part;
	}
}

/*
 * What the requester says its buffer is: just the bytes that move, or the slot's stretch, or all of the arena, which many
 * transfers have in common. Only so many lock it at once as rule 307 lets them, but for the cache, which locks it once.
 */
static void buffer_choose(const struct port *port, const struct slot *slot, unsigned char *payload,
	struct rng *rng, DMABENCH_TRANSFER *out)
{
	unsigned char *buffer[] = {payload, slot->at, port->arena};
	size_t len_bytes[] = {slot->len_bytes,
		slot->bare_behind ? slot->stride : slot->room + 2 * (size_t)GUARD_BYTES,
		port->arena_bytes};
	bool common = port->plan->slots <= LOCKS_SAME || port->plan->strategy == STRATEGY_CACHED;
	unsigned choice = (unsigned)rng_below(rng, common ? 3 : 2);

	*out = (DMABENCH_TRANSFER){
		.Buffer = buffer[choice],
		.BufferLength = (ULONG)len_bytes[choice],
		.Offset = (ULONG)(payload - buffer[choice]),
	};
}

/*
 * Where neighbours share pages, one in two lies against its neighbour's stretch: where both of a pair do they touch, and have
 * no byte in common.
 */
static void place_choose(struct requester *self, struct slot *slot)
{
	const struct port *port = self->port;
	const struct plan *plan = port->world->plan;
	const bool first = (slot - port->slot) % 2 == 0;
	const bool touches = plan_has(plan, STRESS_shared) && rng_below(&self->rng, 2);

	slot->offset = GUARD_BYTES + (plan_has(plan, STRESS_odd)
						     ? (uint32_t)rng_below(&self->rng, GUARD_BYTES)
						     : 0);
	slot->bare_behind = touches && first;
	slot->bare_before = touches && !first;
	if (slot->bare_behind)
		slot->offset = (uint32_t)slot->stride - slot->len_bytes;
	else if (slot->bare_before)
		slot->offset = 0;
}

/* One in two of those whose place is the last ends with device memory. */
static void device_place_choose(struct requester *self, struct slot *slot)
{
	const struct port *port = self->port;
	const bool odd = plan_has(port->world->plan, STRESS_odd);

	slot->device_bare = odd && slot == port->slot && rng_below(&self->rng, 2);
	if (slot->device_bare)
		slot->device_offset = (uint32_t)slot->device_room - slot->len_bytes;
	else
		slot->device_offset = odd ? (uint32_t)rng_below(&self->rng, GUARD_BYTES) : 0;
}

void slot_prepare(struct requester *self, struct slot *slot, DMABENCH_TRANSFER *out)
{
	struct port *port = self->port;
	const struct plan *plan = port->world->plan;
	unsigned char *device = self->scratch + GUARD_BYTES, *payload;
	uint64_t at;

	slot->len_bytes = length_draw(port->plan, slot, &self->rng);
	place_choose(self, slot);
	device_place_choose(self, slot);
	slot->to_device = rng_below(&self->rng, 2);
	slot->stamp = verify_stamp(plan->seed, port->index, slot->cookie);
	payload = payload_at(slot);
	lay(slot->to_device ? payload : device, slot, !slot->to_device, slot->stamp);
	lay_stale(slot->to_device ? device : payload, slot, slot->to_device);
	at = slot->device_base + slot->device_offset;
	if (videoport_memory_write(port->vp, at - GUARD_BYTES, self->scratch, device_bytes(slot)))
		finding(port->world, STRESS_SETUP, port, slot->cookie,
			"device memory ends before %" PRIu64,
			at - GUARD_BYTES + device_bytes(slot));

	buffer_choose(port, slot, payload, &self->rng, out);
	slot->buffer = out->Buffer;
	slot->buffer_bytes = out->BufferLength;
	out->Length = slot->len_bytes;
	out->Direction = slot->to_device ? DMABENCH_TO_DEVICE : DMABENCH_FROM_DEVICE;
	out->DeviceAddress = at;
	out->Cookie = slot->cookie;
}

/* ---- judged ----------------------------------------------------------------------------------- */

static bool guarded(const unsigned char *payload, const struct slot *slot, bool device,
	struct verify_finding *wrong)
{
	return (bare(slot, device, false) ||
		       verify_guard_check(payload - GUARD_BYTES, guard_key(slot, device, false),
			       VERIFY_BEFORE, wrong)) &&
	       (bare(slot, device, true) ||
		       verify_guard_check(payload + slot->len_bytes, guard_key(slot, device, true),
			       VERIFY_AFTER, wrong));
}

/* @wrong: receives the first wrong byte, counted from the payload's start, and what it is. Return: all is right. */
static bool laid(const unsigned char *payload, const struct slot *slot, bool device, uint64_t stamp,
	struct verify_finding *wrong)
{
	return verify_check(payload, slot->len_bytes, stamp, wrong) &&
	       guarded(payload, slot, device, wrong);
}

void data_judge(struct requester *self, const struct slot *slot)
{
	struct port *port = self->port;
	unsigned char *device = self->scratch + GUARD_BYTES;
	struct verify_finding wrong = {0};
	const char *side = "host memory";
	char text[160];
	bool right;

	if (videoport_memory_read(port->vp, slot->device_base + slot->device_offset - GUARD_BYTES,
		    self->scratch, device_bytes(slot)))
		return;
	right = laid(payload_at(slot), slot, false, slot->stamp, &wrong);
	if (right) {
		side = "device memory";
		right = laid(device, slot, true, slot->stamp, &wrong);
	}

	uint64_t offset = wrong.kind == VERIFY_AFTER    ? slot->len_bytes + wrong.offset_bytes
	                  : wrong.kind == VERIFY_BEFORE ? 0
	                                                : wrong.offset_bytes;

	if (data_explained(port, slot, right ? UINT64_MAX : offset) || right)
		return;
	verify_describe(&wrong, slot->cookie, slot->len_bytes, text, sizeof(text));
	finding(port->world, STRESS_DATA, port, slot->cookie, "%s, %s: %s",
		slot->to_device ? "to device" : "from device", side, text);
}

void guards_judge(struct requester *self, const struct slot *slot)
{
	struct port *port = self->port;
	unsigned char *device = self->scratch + GUARD_BYTES;
	struct verify_finding wrong = {0};

	if (videoport_memory_read(port->vp, slot->device_base + slot->device_offset - GUARD_BYTES,
		    self->scratch, device_bytes(slot)))
		return;
	if (!guarded(payload_at(slot), slot, false, &wrong) || !guarded(device, slot, true, &wrong))
		finding(port->world, STRESS_DATA, port, slot->cookie,
			"failed as it should, but wrote beside its place");
}
