// SPDX-License-Identifier: BSD-2-Clause
/*
 * oracle.c: what must hold of each transfer: ring model, data, rules, and that whatever was injected is noticed at the
 * transfer it was injected into. Called by requester.c and world.c. What it keeps of a transfer is its slot's; it never
 * asks the driver or the device what happened, but for the device's list of injections. What must hold at rest is
 * in ledger.c.
 */
#include "harness/stress/priv.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/include/dderror.h"
#include "harness/verify/verify.h"

#define BOUND_LIVE_NS    UINT64_C(20000000000)
#define MINUTE_NS        UINT64_C(60000000000)
#define RULE_COMMON_OVER 204 /* a warning, no mistake of the shipped drivers (D-12) */
#define RULE_LOCK_MANY   307 /* the cache keeps locks of one start and many lengths */
#define RULE_UNLOCK_REST 311
#define RULE_UNCLAIMED   607
#define RULE_POWER       915
#define COLLECT_MAX      64
#define LOCKS_SAME       8 /* of one start at once: rule 307 */

_Static_assert(GUARD_BYTES == VERIFY_GUARD_BYTES, "slots leave room for guards");

enum stress_fault fault_of(enum device_fault fault)
{
	static const enum stress_fault of[DEVICE_FAULT_COUNT] = {
		[DEVICE_FAULT_DROP] = STRESS_FAULT_drop,
		[DEVICE_FAULT_DUPLICATE] = STRESS_FAULT_duplicate,
		[DEVICE_FAULT_MISPLACE] = STRESS_FAULT_misplace,
		[DEVICE_FAULT_TRUNCATE] = STRESS_FAULT_truncate,
		[DEVICE_FAULT_FLIP] = STRESS_FAULT_flip,
		[DEVICE_FAULT_IOMMU] = STRESS_FAULT_iommu,
		[DEVICE_FAULT_UNPOSTED] = STRESS_FAULT_unposted,
		[DEVICE_FAULT_REORDERED] = STRESS_FAULT_reordered,
		[DEVICE_FAULT_INVENTED] = STRESS_FAULT_invented,
		[DEVICE_FAULT_WRONG_ID] = STRESS_FAULT_wrong_id,
		[DEVICE_FAULT_WRONG_LENGTH] = STRESS_FAULT_wrong_length,
		[DEVICE_FAULT_STALE] = STRESS_FAULT_stale,
		[DEVICE_FAULT_HOSTILE] = STRESS_FAULT_hostile,
		[DEVICE_FAULT_HANG] = STRESS_FAULT_hang,
	};

	return of[fault];
}

bool fault_resets(enum device_fault fault)
{
	return fault != DEVICE_FAULT_NONE && STRESS_FAULTS_RESET >> fault_of(fault) & 1;
}

/* ---- findings ----------------------------------------------------------------------------------- */

void finding(struct world *world, enum stress_oracle oracle, const struct port *port,
	uint64_t cookie, const char *format, ...)
{
	struct stress_result *result = world->result;
	va_list args;

	pthread_mutex_lock(&world->lock);
	if (result->finding_count < STRESS_FINDINGS_MAX) {
		struct stress_finding *to = &result->finding[result->finding_count];

		to->oracle = oracle;
		to->operation = cookie;
		to->event = world->sched ? sched_steps(world->sched) : 0;
		if (port)
			snprintf(to->object, sizeof(to->object), "%s port %u",
				stress_strategy_words[port->plan->strategy], port->index);
		va_start(args, format);
		vsnprintf(to->message, sizeof(to->message), format, args);
		va_end(args);
	}
	result->finding_count++;
	pthread_mutex_unlock(&world->lock);
	/* Relaxed: it only makes the others leave soon. */
	atomic_store_explicit(&world->failed, true, memory_order_relaxed);
}

/* ---- injections --------------------------------------------------------------------------------- */

static void injected_add(struct port *port, const struct model_injected *injected)
{
	if (port->injected_count == port->injected_room) {
		unsigned room = port->injected_room ? 2 * port->injected_room : COLLECT_MAX;
		struct model_injected *grown = realloc(port->injected, room * sizeof(*grown));

		if (!grown)
			return;
		port->injected = grown;
		port->injected_room = room;
	}
	port->injected[port->injected_count++] = *injected;
	port->tally.injected[fault_of(injected->fault)]++;
}

static void injections_collect(struct port *port)
{
	struct model_injected taken[COLLECT_MAX];
	uint64_t lost = 0;
	unsigned count;

	if (!port->model)
		return;
	do {
		count = model_injections(port->model, taken, COLLECT_MAX, &lost);
		for (unsigned i = 0; i < count; i++)
			injected_add(port, &taken[i]);
	} while (count == COLLECT_MAX);
	if (lost)
		finding(port->world, STRESS_SETUP, port, 0,
			"the device could not remember %" PRIu64 " injections", lost);
}

static bool in_slot(const struct slot *slot, uint64_t device_address)
{
	return device_address >= slot->device_base &&
	       device_address < slot->device_base + slot->room;
}

/* Takes one out of the list and counts it as noticed. */
static void injected_noticed(struct port *port, unsigned at)
{
	port->tally.detected[fault_of(port->injected[at].fault)]++;
	port->injected[at] = port->injected[--port->injected_count];
}

static bool spoils_data(enum device_fault fault)
{
	return fault == DEVICE_FAULT_DROP || fault == DEVICE_FAULT_MISPLACE ||
	       fault == DEVICE_FAULT_TRUNCATE || fault == DEVICE_FAULT_FLIP;
}

/* A driver that notices ends transfers with an error. */
static bool fails_transfers(enum device_fault fault)
{
	return fault_resets(fault) || fault == DEVICE_FAULT_WRONG_LENGTH ||
	       fault == DEVICE_FAULT_IOMMU;
}

/* More completions come than were posted. */
static bool adds_completions(enum device_fault fault)
{
	return fault == DEVICE_FAULT_DUPLICATE || fault == DEVICE_FAULT_INVENTED;
}

/*
 * A completion was handed up that nobody waits for. @slot: whose it seems to be, NULL where that is not known: those
 * are counted, and compared with what is left in the end. Return: whether one was injected there.
 */
static bool stray_noticed(struct port *port, const struct slot *slot)
{
	enum device_fault fault = port->plan->fault;

	injections_collect(port);
	/* One came under another id; its own is missed yet. */
	if (fault == DEVICE_FAULT_WRONG_ID)
		return !port->model ||
		       ++port->misnamed <= port->tally.injected[STRESS_FAULT_wrong_id];
	/* Anything may be found there, before and behind what is missed. */
	if (fault == DEVICE_FAULT_HOSTILE)
		return !port->model || port->tally.injected[STRESS_FAULT_hostile] > 0;
	if (!adds_completions(fault) || (slot && fault == DEVICE_FAULT_INVENTED))
		return false;
	/* The soft device keeps no list. */
	if (!port->model) {
		port->tally.detected[fault_of(fault)]++;
		return true;
	}
	if (!slot) {
		port->strays++;
		return true;
	}
	for (unsigned i = 0; i < port->injected_count; i++) {
		if (port->injected[i].fault != DEVICE_FAULT_DUPLICATE ||
			!in_slot(slot, port->injected[i].device_address))
			continue;
		injected_noticed(port, i);
		return true;
	}
	return false;
}

/* Return: whether the driver has had its number of resets, all within a minute. */
static bool resets_too_many(const struct port *port)
{
	return port->resets >= RESETS_MOST &&
	       world_now_ns() - port->reset_ns[port->resets % RESETS_MOST] < MINUTE_NS;
}

/* Takes what the reset is for out of the list. Return: whether there was anything. */
static bool reset_caused(struct port *port)
{
	bool caused = !port->model && fault_resets(port->plan->fault);

	injections_collect(port);
	if (caused)
		port->tally.detected[fault_of(port->plan->fault)]++;
	for (unsigned i = port->injected_count; i-- > 0;) {
		if (!fault_resets(port->injected[i].fault))
			continue;
		caused = true;
		injected_noticed(port, i);
	}
	return caused;
}

/* The driver resets the device and says so. What is in flight may fail; there must be a cause. */
static void reset_judge(struct port *port, uint32_t reason)
{
	bool caused, late;

	pthread_mutex_lock(&port->lock);
	caused = reset_caused(port);
	late = resets_too_many(port);
	for (unsigned i = 0; i < port->plan->slots; i++)
		if (port->slot[i].state == SLOT_SUBMITTED)
			port->slot[i].doomed = true;
	port->reset_ns[port->resets++ % RESETS_MOST] = world_now_ns();
	port->tally.resets++;
	pthread_mutex_unlock(&port->lock);
	if (!caused)
		finding(port->world, STRESS_RULE, port, 0,
			"the driver reset a device that works, reason %u", reason);
	else if (late)
		finding(port->world, STRESS_RULE, port, 0,
			"device hangs: %u resets within a minute, and the driver goes on with it",
			RESETS_MOST);
}

/* The driver gives the device up and says so: it must have tried as often as it should. */
static void verdict_judge(struct port *port, uint32_t reason)
{
	bool deserved;

	pthread_mutex_lock(&port->lock);
	deserved = resets_too_many(port);
	port->given_up = true;
	port->tally.given_up++;
	pthread_mutex_unlock(&port->lock);
	if (!deserved)
		finding(port->world, STRESS_RULE, port, 0,
			"the driver gave up a device that works, verdict %u", reason);
}

/*
 * Whether as few bytes were left wrong as may be right by chance: what lies in a bounce slot or a slot of a driver's pool
 * is anything.
 */
static bool right_by_chance(const struct model_injected *injected)
{
	uint32_t wrong = injected->len_bytes;

	if (injected->fault == DEVICE_FAULT_TRUNCATE)
		wrong -= wrong / 2;
	return injected->fault != DEVICE_FAULT_FLIP && wrong < 4;
}

/*
 * The data of @slot's transfer is wrong at @offset_bytes (UINT64_MAX: it is right). What was injected into the
 * transfer is noticed, or unseen. Return: whether something injected explains what was found.
 */
static bool data_explained(struct port *port, const struct slot *slot, uint64_t offset_bytes)
{
	uint64_t wrong = slot->device_base + slot->device_offset + offset_bytes;
	bool explained = false, there = false;

	injections_collect(port);
	for (unsigned i = port->injected_count; i-- > 0;) {
		const struct model_injected *at = &port->injected[i];

		if (adds_completions(at->fault) || !in_slot(slot, at->device_address))
			continue;
		there = true;
		if (!spoils_data(at->fault)) {
			finding(port->world, STRESS_UNSEEN, port, slot->cookie,
				"descriptor %u: %s, and the transfer ended without an error",
				at->id, stress_fault_words[fault_of(at->fault)]);
			injected_noticed(port, i);
			continue;
		}
		/* Misplaced bytes end 64 behind, or begin 64 before. */
		if (wrong + GUARD_BYTES >= at->device_address &&
			wrong < at->device_address + at->len_bytes + GUARD_BYTES)
			explained = true;
		if (offset_bytes == UINT64_MAX && !right_by_chance(at))
			finding(port->world, STRESS_UNSEEN, port, slot->cookie,
				"descriptor %u: %s of %u bytes at device address %" PRIu64
				" left the right data",
				at->id, stress_fault_words[fault_of(at->fault)], at->len_bytes,
				at->device_address);
		injected_noticed(port, i);
	}
	if (there || port->model || offset_bytes == UINT64_MAX)
		return explained;
	/* The soft device keeps no list: what is wrong is put down to the fault that is on. */
	if (!spoils_data(port->plan->fault))
		return false;
	port->tally.detected[fault_of(port->plan->fault)]++;
	return true;
}

unsigned port_unnoticed(struct port *port)
{
	injections_collect(port);
	return port->injected_count > port->strays ? port->injected_count - port->strays : 0;
}

/* Second and invented completions of nobody knows whom are those that are left. */
static void strays_settle(struct port *port)
{
	for (unsigned i = port->injected_count; i-- > 0 && port->strays > 0;)
		if (adds_completions(port->injected[i].fault)) {
			injected_noticed(port, i);
			port->strays--;
		}
	if (port->strays)
		finding(port->world, STRESS_RING, port, 0,
			"%u completions more than were posted, of no known transfer", port->strays);
	port->strays = 0;
}

/* The driver has counted the completions that should not have been; each of these faults makes one. */
static void errors_judge(struct port *port)
{
	enum device_fault fault = port->plan->fault;
	bool exact = adds_completions(fault) || fault == DEVICE_FAULT_WRONG_LENGTH;
	uint64_t injected = exact ? port->tally.injected[fault_of(fault)] : 0;
	DMABENCH_QUERY query = {0};
	int32_t status = videoport_request(
		port->vp, IOCTL_DMABENCH_QUERY, &query, 0, sizeof(query), NULL);

	if (status != NO_ERROR || !port->model || fault_resets(fault) ||
		port->world->plan->config->deaf || query.DeviceErrors == injected)
		return;
	finding(port->world, STRESS_UNSEEN, port, 0,
		"the driver has counted %u wrong completions, and %" PRIu64 " were injected",
		query.DeviceErrors, injected);
}

void port_unseen(struct port *port)
{
	injections_collect(port);
	strays_settle(port);
	errors_judge(port);
	for (unsigned i = 0; i < port->injected_count; i++) {
		const struct model_injected *at = &port->injected[i];

		finding(port->world, STRESS_UNSEEN, port, 0,
			"descriptor %u: %s of %u bytes at device address %" PRIu64
			", event %" PRIu64 ", was noticed by nobody",
			at->id, stress_fault_words[fault_of(at->fault)], at->len_bytes,
			at->device_address, at->step);
	}
	port->injected_count = 0;
}

/* ---- data --------------------------------------------------------------------------------------- */

/* Guards and payload as they lie on both sides: guard, payload, guard. */
static unsigned char *payload_at(const struct slot *slot)
{
	return slot->at + GUARD_BYTES + slot->offset;
}

static uint64_t guard_key(const struct slot *slot, bool device, bool behind)
{
	return slot->cookie * 4 + (device ? 2 : 0) + (behind ? 1 : 0);
}

static void lay(unsigned char *payload, const struct slot *slot, bool device, uint64_t stamp)
{
	verify_guard_fill(payload - GUARD_BYTES, guard_key(slot, device, false));
	verify_fill(payload, slot->len_bytes, stamp);
	verify_guard_fill(payload + slot->len_bytes, guard_key(slot, device, true));
}

static bool guarded(const unsigned char *payload, const struct slot *slot, bool device,
	struct verify_finding *wrong)
{
	return verify_guard_check(payload - GUARD_BYTES, guard_key(slot, device, false),
		       VERIFY_BEFORE, wrong) &&
	       verify_guard_check(payload + slot->len_bytes, guard_key(slot, device, true),
		       VERIFY_AFTER, wrong);
}

/* @wrong: receives the first wrong byte, counted from the payload's start, and what it is. Return: all is right. */
static bool laid(const unsigned char *payload, const struct slot *slot, bool device, uint64_t stamp,
	struct verify_finding *wrong)
{
	return verify_check(payload, slot->len_bytes, stamp, wrong) &&
	       guarded(payload, slot, device, wrong);
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

static uint32_t length_draw(const struct slot *slot, struct rng *rng)
{
	uint32_t most = slot->room - GUARD_BYTES;

	uint32_t power = UINT32_C(1) << (1 + rng_below(rng, 16));

	switch (rng_below(rng, 8)) {
	case 0:
		return 1 + (uint32_t)rng_below(rng, 8 < most ? 8 : most);
	case 1:
		return most;
	case 2: /* one beside a power of two, which a page and many a field's width are */
		return most > power ? (uint32_t)(power - 1 + rng_below(rng, 3)) : most;
	default:
		return 1 + (uint32_t)rng_below(rng, most) / (UINT32_C(1) << rng_below(rng, 4));
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
	size_t len_bytes[] = {
		slot->len_bytes, slot->room + 2 * (size_t)GUARD_BYTES, port->arena_bytes};
	bool common = port->plan->slots <= LOCKS_SAME || port->plan->strategy == STRATEGY_CACHED;
	unsigned choice = (unsigned)rng_below(rng, common ? 3 : 2);

	*out = (DMABENCH_TRANSFER){
		.Buffer = buffer[choice],
		.BufferLength = (ULONG)len_bytes[choice],
		.Offset = (ULONG)(payload - buffer[choice]),
	};
}

void slot_prepare(struct requester *self, struct slot *slot, DMABENCH_TRANSFER *out)
{
	struct port *port = self->port;
	const struct plan *plan = port->world->plan;
	bool odd = plan_has(plan, STRESS_odd);
	unsigned char *device = self->scratch + GUARD_BYTES, *payload;
	uint64_t at;

	slot->len_bytes = length_draw(slot, &self->rng);
	slot->offset = odd ? (uint32_t)rng_below(&self->rng, GUARD_BYTES) : 0;
	slot->device_offset = odd ? (uint32_t)rng_below(&self->rng, GUARD_BYTES) : 0;
	slot->to_device = rng_below(&self->rng, 2);
	slot->stamp = verify_stamp(plan->seed, port->index, slot->cookie);
	payload = payload_at(slot);
	lay(slot->to_device ? payload : device, slot, !slot->to_device, slot->stamp);
	lay_stale(slot->to_device ? device : payload, slot, slot->to_device);
	at = slot->device_base + slot->device_offset;
	if (videoport_memory_write(port->vp, at - GUARD_BYTES, self->scratch,
		    slot->len_bytes + 2 * (size_t)GUARD_BYTES))
		finding(port->world, STRESS_SETUP, port, slot->cookie,
			"device memory ends before %" PRIu64, at + slot->len_bytes + GUARD_BYTES);

	buffer_choose(port, slot, payload, &self->rng, out);
	out->Length = slot->len_bytes;
	out->Direction = slot->to_device ? DMABENCH_TO_DEVICE : DMABENCH_FROM_DEVICE;
	out->DeviceAddress = at;
	out->Cookie = slot->cookie;
}

/* Both ends of a finished transfer must hold its bytes, between unchanged guards. */
static void data_judge(struct requester *self, const struct slot *slot)
{
	struct port *port = self->port;
	unsigned char *device = self->scratch + GUARD_BYTES;
	struct verify_finding wrong = {0};
	const char *side = "host memory";
	char text[160];
	bool right;

	if (videoport_memory_read(port->vp, slot->device_base + slot->device_offset - GUARD_BYTES,
		    self->scratch, slot->len_bytes + 2 * (size_t)GUARD_BYTES))
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

/* What lies around the bytes of a transfer that has failed is as it was. */
static void guards_judge(struct requester *self, const struct slot *slot)
{
	struct port *port = self->port;
	unsigned char *device = self->scratch + GUARD_BYTES;
	struct verify_finding wrong = {0};

	if (videoport_memory_read(port->vp, slot->device_base + slot->device_offset - GUARD_BYTES,
		    self->scratch, slot->len_bytes + 2 * (size_t)GUARD_BYTES))
		return;
	if (!guarded(payload_at(slot), slot, false, &wrong) || !guarded(device, slot, true, &wrong))
		finding(port->world, STRESS_DATA, port, slot->cookie,
			"failed as it should, but wrote beside its place");
}

/* Takes out what was injected into @slot's transfer of @fault. Return: whether there was any. */
static bool slot_noticed(struct port *port, const struct slot *slot, enum device_fault fault)
{
	bool noticed = false;

	injections_collect(port);
	for (unsigned i = port->injected_count; i-- > 0;) {
		if (port->injected[i].fault != fault ||
			!in_slot(slot, port->injected[i].device_address))
			continue;
		injected_noticed(port, i);
		noticed = true;
	}
	return noticed;
}

/*
 * A refused translation has ended a transfer: the one it was injected into, and no other. The soft device keeps no list
 * of them: there may be as many as it counts.
 */
static bool refusal_explains(struct port *port, const struct slot *slot)
{
	struct device_mishaps mishaps;

	if (port->plan->fault != DEVICE_FAULT_IOMMU)
		return false;
	if (port->model)
		return slot_noticed(port, slot, DEVICE_FAULT_IOMMU);
	videoport_mishaps(port->vp, &mishaps);
	port->tally.detected[STRESS_FAULT_iommu]++;
	return ++port->failed <= mishaps.iommu;
}

/* The driver did not believe what a completion said of a transfer. */
static bool length_explains(struct port *port, const struct slot *slot)
{
	switch (port->plan->fault) {
	case DEVICE_FAULT_WRONG_LENGTH:
		if (port->model)
			return slot_noticed(port, slot, DEVICE_FAULT_WRONG_LENGTH);
		port->tally.detected[STRESS_FAULT_wrong_length]++;
		return true;
	case DEVICE_FAULT_HOSTILE: /* a random entry may have had its id */
		slot_noticed(port, slot, DEVICE_FAULT_HOSTILE);
		return !port->model || port->tally.injected[STRESS_FAULT_hostile] > 0;
	case DEVICE_FAULT_WRONG_ID: /* a second one may have the id that the first one lacked */
		return !port->model || port->tally.injected[STRESS_FAULT_wrong_id] > 1;
	default:
		return false;
	}
}

/* @slot's transfer has failed. Return: whether something injected explains that, which is noticed by it. */
static bool failure_explained(
	struct port *port, const struct slot *slot, const DMABENCH_COMPLETION *completion)
{
	switch (completion->Status) {
	case ERROR_INVALID_PARAMETER:
		return refusal_explains(port, slot);
	case ERROR_INVALID_DATA:
		return length_explains(port, slot);
	case ERROR_GEN_FAILURE: /* what hit it between the driver's word and the reset is over with it */
		slot_noticed(port, slot, port->plan->fault);
		return slot->doomed;
	default:
		return false;
	}
}

/* ---- ring model --------------------------------------------------------------------------------- */

/* The slot of a transfer, this one or one before; NULL for a cookie that was never given. */
static struct slot *slot_of(struct port *port, uint64_t cookie)
{
	uint64_t index = cookie % SLOTS_MAX;

	if (index >= port->plan->slots || cookie > port->slot[index].cookie)
		return NULL;
	return &port->slot[index];
}

/* A completion of no transfer in flight, or with the mark of a second one. */
static void stray_judge(
	struct port *port, const struct slot *slot, const DMABENCH_COMPLETION *completion)
{

	if (completion->Status == ERROR_INVALID_DATA && stray_noticed(port, slot))
		return;
	if (slot)
		finding(port->world, STRESS_RING, port, completion->Cookie,
			"completed twice: status %d, %u bytes", completion->Status,
			completion->Length);
	else
		finding(port->world, STRESS_RING, port, completion->Cookie,
			"completion of a transfer that is not in flight: status %d, %u bytes",
			completion->Status, completion->Length);
}

/* Takes the transfer out of flight. Return: its slot, SLOT_HELD by the caller, or NULL: it was none's. */
static struct slot *completion_take(struct port *port, const DMABENCH_COMPLETION *completion)
{
	struct slot *slot = slot_of(port, completion->Cookie), *taken = NULL;

	bool flies = slot && slot->state == SLOT_SUBMITTED && slot->cookie == completion->Cookie;

	/* A transfer has had a round, a completion that is nobody's none. */
	bool stray = completion->Status == ERROR_INVALID_DATA && completion->Rounds == 0;

	if (flies && !(stray && stray_noticed(port, slot))) {
		slot->state = SLOT_HELD;
		port->in_flight--;
		taken = slot;
	} else if (!flies) {
		stray_judge(port, slot, completion);
	}
	return taken;
}

/* The strategy's choice for a transfer of this length. */
static bool by_packet(const struct plan_port *plan, uint32_t len_bytes)
{
	return plan->strategy == STRATEGY_HYBRID ? len_bytes >= plan->threshold
	                                         : plan->strategy != STRATEGY_COMMON;
}

/*
 * No round by packet may be longer than the adapter's MaximumLength, none is without an element; in the common buffer each
 * slot but the last is full.
 */
static void rounds_judge(
	struct port *port, const struct slot *slot, const DMABENCH_COMPLETION *completion)
{
	const struct plan_port *plan = port->plan;
	bool packet = by_packet(plan, slot->len_bytes);
	uint32_t most = packet ? plan->round_max : plan->slot_bytes;
	uint32_t least = most ? (slot->len_bytes + most - 1) / most : 1;
	bool flat = !packet || plan->flat;

	if (completion->Rounds < least || (!packet && completion->Rounds != least) ||
		completion->Elements < completion->Rounds ||
		(flat && completion->Elements != completion->Rounds))
		finding(port->world, STRESS_RING, port, slot->cookie,
			"%u bytes in %u rounds of %u elements in all, expected %s%u rounds%s",
			slot->len_bytes, completion->Rounds, completion->Elements,
			packet ? "at least " : "", least, flat ? " of one element" : "");
}

/* For the account that the port must agree with, failed ones too. */
static void rounds_count(
	struct port *port, const struct slot *slot, const DMABENCH_COMPLETION *completion)
{
	port->done.transfers++;
	if (!by_packet(port->plan, slot->len_bytes))
		return;
	port->done.packets += completion->Rounds;
	port->done.elements += completion->Elements;
}

void completion_judge(struct requester *self, const DMABENCH_COMPLETION *completion)
{
	struct port *port = self->port;
	struct world *world = port->world;
	struct slot *slot;

	if (world->sched) {
		sched_mix(world->sched, completion->Cookie);
		sched_mix(world->sched,
			(uint64_t)(uint32_t)completion->Status << 32 | completion->Length);
	}
	pthread_mutex_lock(&port->lock);
	slot = completion_take(port, completion);
	pthread_mutex_unlock(&port->lock);
	if (!slot)
		return;
	if (completion->Status == NO_ERROR && completion->Length != slot->len_bytes)
		finding(world, STRESS_RING, port, slot->cookie, "%u of %u bytes, without an error",
			completion->Length, slot->len_bytes);
	/* The list of injections is shared by the port's requesters. */
	pthread_mutex_lock(&port->lock);
	if (completion->Status == NO_ERROR)
		data_judge(self, slot);
	else if (failure_explained(port, slot, completion))
		guards_judge(self, slot);
	else
		finding(world, STRESS_RING, port, slot->cookie,
			"failed with status %d after %u of %u bytes", completion->Status,
			completion->Length, slot->len_bytes);
	port->tally.operations++;
	port->tally.bytes += slot->len_bytes;
	rounds_count(port, slot, completion);
	if (completion->Status == NO_ERROR)
		rounds_judge(port, slot, completion);
	slot->state = SLOT_IDLE;
	pthread_mutex_unlock(&port->lock);
}

/* ---- liveness, rules, ledger --------------------------------------------------------------------- */

bool port_overdue(struct port *port)
{
	uint64_t bound_ns = port->world->sched ? port->plan->bound_ns : BOUND_LIVE_NS;
	uint64_t now_ns = world_now_ns();
	uint64_t cookie = 0, since_ns = 0;

	pthread_mutex_lock(&port->lock);
	for (unsigned i = 0; i < port->plan->slots; i++) {
		const struct slot *slot = &port->slot[i];

		if (slot->state == SLOT_SUBMITTED && now_ns > slot->since_ns + bound_ns) {
			cookie = slot->cookie;
			since_ns = slot->since_ns;
		}
	}
	pthread_mutex_unlock(&port->lock);
	if (cookie)
		finding(port->world, STRESS_LIVENESS, port, cookie,
			"submitted %" PRIu64 " ns ago and not completed; the bound is %" PRIu64
			" ns",
			now_ns - since_ns, bound_ns);
	return cookie != 0;
}

/* What the shipped drivers may do in such a program. */
static bool rule_expected(const struct port *port, unsigned rule)
{
	switch (rule) {
	case RULE_COMMON_OVER:
		return true;
	case RULE_LOCK_MANY:
		return port->plan->strategy == STRATEGY_CACHED;
	case RULE_UNCLAIMED: /* by a driver that has found by itself what the interrupt is for */
		return port->world->plan->faults & STRESS_FAULTS_MESSAGE;
	case RULE_UNLOCK_REST: /* an unload cuts its transfers short, and so does an error */
		return port->world->loaded || fails_transfers(port->plan->fault);
	case RULE_POWER:
		return port->world->loaded;
	default:
		return false;
	}
}

static uint64_t refusals_wanted(const struct device_mishaps *mishaps)
{
	return mishaps->after + mishaps->iommu;
}

/* Whether the device was told to try one access more than the verifier has reported. */
static bool refusal_expected(struct port *port)
{
	unsigned seen = atomic_fetch_add_explicit(&port->refused, 1, memory_order_relaxed) + 1;
	struct device_mishaps mishaps = {0};

	if (port->vp)
		videoport_mishaps(port->vp, &mishaps);
	return seen <= refusals_wanted(&mishaps);
}

void port_refused(struct port *port, const struct device_mishaps *mishaps)
{
	unsigned seen = atomic_load_explicit(&port->refused, memory_order_relaxed);

	port->tally.detected[STRESS_FAULT_after] += seen < mishaps->after ? seen : mishaps->after;
	if (seen < refusals_wanted(mishaps))
		finding(port->world, STRESS_UNSEEN, port, 0,
			"the device tried %" PRIu64 " accesses behind an unmap and %" PRIu64
			" that were to be refused; %u were reported",
			mishaps->after, mishaps->iommu, seen);
}

void event_judge(void *arg, const struct videoport_event *event)
{
	struct port *port = arg;

	/* What a driver does that has gone wrong says nothing new. */
	if (atomic_load_explicit(&port->world->failed, memory_order_relaxed))
		return;
	if (event->kind == VIDEOPORT_EVENT_LOG && event->status == ERROR_GEN_FAILURE) {
		reset_judge(port, event->unique_id);
		return;
	}
	if (event->kind == VIDEOPORT_EVENT_LOG && event->status == ERROR_DEV_NOT_EXIST) {
		verdict_judge(port, event->unique_id);
		return;
	}
	/* A driver without room for another second completion logs it. */
	if (event->kind == VIDEOPORT_EVENT_LOG) {
		bool known;

		pthread_mutex_lock(&port->lock);
		known = event->status == ERROR_INVALID_DATA && stray_noticed(port, NULL);
		pthread_mutex_unlock(&port->lock);
		if (known)
			return;
		finding(port->world, STRESS_RULE, port, 0, "the driver logged status %d, id %u: %s",
			event->status, event->unique_id, event->message);
		return;
	}
	if (event->kind == VIDEOPORT_EVENT_DEVICE && refusal_expected(port))
		return;
	if (event->severity == VIDEOPORT_NOTE || rule_expected(port, event->rule))
		return;
	finding(port->world, STRESS_RULE, port, 0, "V-%u: %s", event->rule, event->message);
}
