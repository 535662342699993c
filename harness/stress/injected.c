// SPDX-License-Identifier: BSD-2-Clause
/*
 * injected.c: the list of what was injected into a port and noticed by nobody yet, and whether it explains what an oracle
 * has seen: wrong data, a failed transfer, a completion too many, a reset. Called by payload.c, completion.c and rules.c
 * while transfers are judged and by requester.c at rest; plan.c and world.c ask for the class of a fault. The list of
 * injections is all that it asks the device; it must not know how data, completions or rules are judged.
 */
#include "harness/stress/priv.h"

#include <inttypes.h>
#include <stdlib.h>

#include "drivers/include/dderror.h"

#define COLLECT_MAX 64

/* ---- faults ----------------------------------------------------------------------------------- */

enum stress_fault fault_of(enum device_fault fault)
{
	static const enum stress_fault of[DEVICE_FAULT_COUNT] = {
		[DEVICE_FAULT_DROP] = STRESS_FAULT_drop,
		[DEVICE_FAULT_DUPLICATE] = STRESS_FAULT_duplicate,
		[DEVICE_FAULT_MISPLACE] = STRESS_FAULT_misplace,
		[DEVICE_FAULT_TRUNCATE] = STRESS_FAULT_truncate,
		[DEVICE_FAULT_FLIP] = STRESS_FAULT_flip,
		[DEVICE_FAULT_TORN] = STRESS_FAULT_torn,
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

bool fault_fails(enum device_fault fault)
{
	return fault_resets(fault) || fault == DEVICE_FAULT_WRONG_LENGTH ||
	       fault == DEVICE_FAULT_IOMMU;
}

static bool spoils_data(enum device_fault fault)
{
	return fault == DEVICE_FAULT_DROP || fault == DEVICE_FAULT_MISPLACE ||
	       fault == DEVICE_FAULT_TRUNCATE || fault == DEVICE_FAULT_FLIP ||
	       fault == DEVICE_FAULT_TORN;
}

/* More completions come than were posted. */
static bool adds_completions(enum device_fault fault)
{
	return fault == DEVICE_FAULT_DUPLICATE || fault == DEVICE_FAULT_INVENTED;
}

/* ---- the list --------------------------------------------------------------------------------- */

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
	if (injected->fault == DEVICE_FAULT_WRONG_ID)
		port->given[port->given_count++ % GIVEN_MAX] = injected->given_id;
	/* Written at random into a ring, or posted just before a device hangs. */
	port->shaken += injected->fault == DEVICE_FAULT_HOSTILE ||
	                injected->fault == DEVICE_FAULT_HANG;
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
	       device_address < slot->device_base + slot->device_room;
}

/* Takes one out of the list and counts it as noticed. */
static void injected_noticed(struct port *port, unsigned at)
{
	port->tally.detected[fault_of(port->injected[at].fault)]++;
	port->injected[at] = port->injected[--port->injected_count];
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
 * What hit @slot's transfer, NULL: any, could not be noticed: the device was taken out before all of it was done. But for a
 * completion too many, which may have come before that.
 */
static void injections_forget(struct port *port, const struct slot *slot)
{
	injections_collect(port);
	for (unsigned i = port->injected_count; i-- > 0;) {
		const struct model_injected *at = &port->injected[i];

		if (slot && (adds_completions(at->fault) || !in_slot(slot, at->device_address)))
			continue;
		port->tally.injected[fault_of(at->fault)]--;
		port->forgotten++;
		port->injected[i] = port->injected[--port->injected_count];
	}
}

/* ---- explanations ----------------------------------------------------------------------------- */

/*
 * Those of nobody knows whom are counted, and compared with what is left in the end. What was forgotten had come, and may be found
 * in the ring behind that.
 */
bool stray_noticed(struct port *port, const struct slot *slot)
{
	enum device_fault fault = port->plan->fault;

	injections_collect(port);
	/* One came under another id; its own is missed yet. */
	if (fault == DEVICE_FAULT_WRONG_ID)
		return !port->model ||
		       ++port->misnamed <=
		               port->tally.injected[STRESS_FAULT_wrong_id] + port->forgotten;
	/* Anything may be found there, before and behind what is missed. */
	if (fault == DEVICE_FAULT_HOSTILE)
		return !port->model ||
		       port->tally.injected[STRESS_FAULT_hostile] + port->forgotten > 0;
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

/* Takes all that the reset is for out of the list. */
bool reset_caused(struct port *port)
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

/*
 * Whether as few bytes were left wrong as may be right by chance: what lies in a bounce slot or a slot of a driver's pool
 * is anything.
 */
static bool right_by_chance(const struct model_injected *injected)
{
	return injected->fault != DEVICE_FAULT_FLIP && injected->wrong_bytes < 4;
}

/* Whether the byte of device memory that is the first wrong one is where @injected leaves them wrong. */
static bool wrong_there(const struct model_injected *injected, uint64_t wrong)
{
	const uint64_t first = injected->device_address + injected->wrong_at;
	/* Misplaced bytes end 64 behind, or begin 64 before. */
	const uint64_t beside = injected->fault == DEVICE_FAULT_MISPLACE ? GUARD_BYTES : 0;

	return wrong + beside >= first && wrong < first + injected->wrong_bytes + beside;
}

/*
 * Whether the completion of another transfer came under the id that @injected's own completion lacked: then it ended well, and
 * nobody could tell; that the other one's is missing is noticed.
 */
static bool id_came_back(const struct port *port, const struct model_injected *injected)
{
	const unsigned kept = port->given_count < GIVEN_MAX ? port->given_count : GIVEN_MAX;

	for (unsigned i = 0; i < kept && injected->fault == DEVICE_FAULT_WRONG_ID; i++)
		if (port->given[i] == injected->id)
			return true;
	return false;
}

/* All that was injected into the transfer is over with it: noticed, or unseen. */
bool data_explained(struct port *port, const struct slot *slot, uint64_t offset_bytes)
{
	uint64_t wrong = slot->device_base + slot->device_offset + offset_bytes;
	bool explained = false, there = false;

	injections_collect(port);
	for (unsigned i = port->injected_count; i-- > 0;) {
		const struct model_injected *at = &port->injected[i];

		if (adds_completions(at->fault) || !in_slot(slot, at->device_address))
			continue;
		there = true;
		if (id_came_back(port, at)) {
			injected_noticed(port, i);
			continue;
		}
		if (!spoils_data(at->fault)) {
			finding(port->world, STRESS_UNSEEN, port, slot->cookie,
				"descriptor %u: %s, and the transfer ended without an error",
				at->id, stress_fault_words[fault_of(at->fault)]);
			injected_noticed(port, i);
			continue;
		}
		if (offset_bytes != UINT64_MAX && wrong_there(at, wrong))
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

/* Whether completions go through one pair of hands, so that a driver learns of them in their order. */
static bool one_drains(const struct plan_port *plan)
{
	return plan->completion == DMABENCH_COMPLETION_POLL ||
	       (plan->completion == DMABENCH_COMPLETION_INTERRUPT && !plan->recovery_ns &&
		       !plan->timeout_ns);
}

/*
 * Pieces of a transfer through the pool end in their order: one that has failed at a piece had no more of them handed out
 * behind that than the pool has slots. A deferred call that has taken the one that failed, and waits, keeps nobody who
 * polls beside it from going on with those behind.
 */
static void pieces_judge(
	struct port *port, const struct slot *slot, const DMABENCH_COMPLETION *completion)
{
	const uint64_t base = slot->device_base + slot->device_offset;
	uint64_t piece = UINT64_MAX;

	if (!port->model || by_packet(port->plan, slot->len_bytes) || !one_drains(port->plan))
		return;
	injections_collect(port);
	for (unsigned i = 0; i < port->injected_count; i++) {
		const struct model_injected *at = &port->injected[i];

		if (!in_slot(slot, at->device_address))
			continue;
		if ((at->device_address - base) / port->plan->slot_bytes < piece)
			piece = (at->device_address - base) / port->plan->slot_bytes;
	}
	if (piece != UINT64_MAX && completion->Rounds > piece + port->plan->pool_slots)
		finding(port->world, STRESS_RING, port, slot->cookie,
			"piece %" PRIu64 " has failed, and %u pieces were handed out by %u slots",
			piece, completion->Rounds, port->plan->pool_slots);
}

/*
 * A refused translation has ended a transfer: the one it was injected into, and no other. The soft device keeps no list
 * of them: there may be as many as it counts.
 */
static bool refusal_explains(
	struct port *port, const struct slot *slot, const DMABENCH_COMPLETION *completion)
{
	struct device_mishaps mishaps;

	if (port->plan->fault != DEVICE_FAULT_IOMMU)
		return false;
	pieces_judge(port, slot, completion);
	if (port->model)
		return slot_noticed(port, slot, DEVICE_FAULT_IOMMU);
	videoport_mishaps(port->vp, &mishaps);
	if (++port->failed > mishaps.iommu)
		return false;
	port->tally.detected[STRESS_FAULT_iommu]++;
	return true;
}

/* The driver did not believe what a completion said of a transfer. */
static bool length_explains(
	struct port *port, const struct slot *slot, const DMABENCH_COMPLETION *completion)
{
	injections_collect(port);
	switch (port->plan->fault) {
	case DEVICE_FAULT_WRONG_LENGTH:
		pieces_judge(port, slot, completion);
		if (port->model)
			return slot_noticed(port, slot, DEVICE_FAULT_WRONG_LENGTH);
		port->tally.detected[STRESS_FAULT_wrong_length]++;
		return true;
	case DEVICE_FAULT_HOSTILE: /* a random entry may have had its id */
		slot_noticed(port, slot, DEVICE_FAULT_HOSTILE);
		return !port->model ||
		       port->tally.injected[STRESS_FAULT_hostile] + port->forgotten > 0;
	case DEVICE_FAULT_WRONG_ID: /* a second one may have the id that the first one lacked */
		return !port->model || port->tally.injected[STRESS_FAULT_wrong_id] > 1;
	default:
		return false;
	}
}

/*
 * There was no room for something of the transfer: its lock, before it began, or a mapping while nothing else was in flight whose end
 * makes room. Each explains one. What hit its rounds until then is over with it, and nobody looks at its bytes.
 */
static bool lack_explains(
	struct port *port, const struct slot *slot, const DMABENCH_COMPLETION *completion)
{
	struct device_mishaps mishaps;

	injections_forget(port, slot);
	videoport_mishaps(port->vp, &mishaps);
	if (completion->Rounds == 0 && port->unlocked < mishaps.lock_refused) {
		port->unlocked++;
		port->tally.detected[STRESS_FAULT_lock]++;
		return true;
	}
	return ++port->unmapped <= mishaps.map_refused;
}

bool failure_explained(
	struct port *port, const struct slot *slot, const DMABENCH_COMPLETION *completion)
{
	switch (completion->Status) {
	case ERROR_INVALID_PARAMETER:
		return refusal_explains(port, slot, completion);
	case ERROR_INVALID_DATA:
		return length_explains(port, slot, completion);
	case ERROR_NOT_ENOUGH_MEMORY:
		return lack_explains(port, slot, completion);
	case ERROR_GEN_FAILURE:
		if (!slot->doomed)
			return false;
		/* What hit it between the driver's word and the reset is over with it. */
		if (port->removal_noticed)
			injections_forget(port, slot);
		else
			slot_noticed(port, slot, port->plan->fault);
		return true;
	default:
		return false;
	}
}

bool data_misplaced(struct port *port, const struct slot *slot)
{
	if (port->plan->fault != DEVICE_FAULT_MISPLACE)
		return false;
	injections_collect(port);
	for (unsigned i = 0; i < port->injected_count; i++)
		if (in_slot(slot, port->injected[i].device_address))
			return true;
	return !port->model;
}

/* ---- what is left ----------------------------------------------------------------------------- */

unsigned port_shaken(struct port *port)
{
	injections_collect(port);
	return port->shaken;
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
	/* Not all that was injected came out of the device; and what has, of a transfer that ended with it, is forgotten. */
	if (port_removed(port) && query.DeviceErrors <= injected + port->forgotten)
		return;
	finding(port->world, STRESS_UNSEEN, port, 0,
		"the driver has counted %u wrong completions, and %" PRIu64 " were injected",
		query.DeviceErrors, injected);
}

static void locks_unseen(struct port *port)
{
	struct device_mishaps mishaps;

	videoport_mishaps(port->vp, &mishaps);
	if (mishaps.lock_refused != port->unlocked)
		finding(port->world, STRESS_UNSEEN, port, 0,
			"%" PRIu64 " locks were refused, and %u transfers failed for want of one",
			mishaps.lock_refused, port->unlocked);
}

void port_unseen(struct port *port)
{
	injections_collect(port);
	strays_settle(port);
	errors_judge(port);
	locks_unseen(port);
	if (port_removed(port))
		injections_forget(port, NULL);
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
