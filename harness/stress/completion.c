// SPDX-License-Identifier: BSD-2-Clause
/*
 * completion.c: the ring model: each transfer that was taken completes once, as long as it was, in as many rounds as it
 * must have had. Called by requester.c with what REAP gave. It must not know what lies in memory (payload.c) nor what was
 * injected (injected.c), and never asks the driver what happened.
 */
#include "harness/stress/priv.h"

#include "drivers/include/dderror.h"

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

bool by_packet(const struct plan_port *plan, uint32_t len_bytes)
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
	port->done.rounds += completion->Rounds;
	if (!by_packet(port->plan, slot->len_bytes))
		return;
	port->done.packets += completion->Rounds;
	port->done.elements += completion->Elements;
	bounce_count(port, slot, completion->Status == NO_ERROR);
}

void completion_judge(struct requester *self, const DMABENCH_COMPLETION *completion)
{
	struct port *port = self->port;
	struct world *world = port->world;
	struct slot *slot;
	bool beside;

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
	beside = data_misplaced(port, slot);
	if (completion->Status == NO_ERROR)
		data_judge(self, slot);
	else if (!failure_explained(port, slot, completion))
		finding(world, STRESS_RING, port, slot->cookie,
			"failed with status %d after %u of %u bytes", completion->Status,
			completion->Length, slot->len_bytes);
	else if (!beside)
		guards_judge(self, slot);
	port->tally.operations++;
	port->tally.bytes += slot->len_bytes;
	rounds_count(port, slot, completion);
	cache_reaped(port, slot, completion);
	if (completion->Status == NO_ERROR)
		rounds_judge(port, slot, completion);
	slot->state = SLOT_IDLE;
	pthread_mutex_unlock(&port->lock);
}
