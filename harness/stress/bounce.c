// SPDX-License-Identifier: BSD-2-Clause
/*
 * bounce.c: how many bytes must have gone through bounce slots, counted from where the requesters' pages lie: an account of
 * its own, with which the port's has to agree. Called by completion.c for each transfer that went by packet, and by
 * ledger.c at rest. It must not know which slots there are, nor who has them.
 */
#include "harness/stress/priv.h"

#include <inttypes.h>

/* Whether the port has bounce slots: the device does not reach all there is, or wants all of a round in one piece. */
static bool has_slots(const struct plan_port *plan)
{
	return plan->flat || plan->address_bits < 64;
}

/* How many of the transfer's bytes lie where the device does not reach. */
static uint64_t far_bytes(const struct port *port, const struct slot *slot)
{
	const unsigned char *at = payload_at(slot), *end = at + slot->len_bytes;
	uint64_t bytes = 0, pfn = 0;

	while (at < end && port->plan->address_bits < 64) {
		const size_t room = PAGE_BYTES - ((uintptr_t)at & PAGE_MASK);
		const size_t here = room < (size_t)(end - at) ? room : (size_t)(end - at);

		if (frames_lookup(port->world->frames, at, 1, false, &pfn) == 0 &&
			pfn << PAGE_SHIFT >> port->plan->address_bits)
			bytes += here;
		at += here;
	}
	return bytes;
}

void bounce_count(struct port *port, const struct slot *slot, bool whole)
{
	uint64_t bytes;

	if (!has_slots(port->plan))
		return;
	bytes = far_bytes(port, slot);
	/* One that has failed has had some of its rounds. */
	if (whole)
		port->done.far_least += bytes;
	/* What shall be one piece is copied where it is more. */
	port->done.far_most += port->plan->flat ? slot->len_bytes : bytes;
}

void bounce_judge(struct port *port, const struct videoport_usage *usage)
{
	if (usage->bounce_bytes < port->done.far_least || usage->bounce_bytes > port->done.far_most)
		finding(port->world, STRESS_LEDGER, port, 0,
			"%" PRIu64 " bytes went through bounce slots; the transfers had %" PRIu64
			" to %" PRIu64 " where the device does not reach them",
			usage->bounce_bytes, port->done.far_least, port->done.far_most);
	/* Nobody takes a slot without need of it. */
	if ((usage->bounce_held_bytes_peak == 0) != (usage->bounce_bytes == 0))
		finding(port->world, STRESS_LEDGER, port, 0,
			"%" PRIu64 " bytes of bounce slots were held at the most, and %" PRIu64
			" bytes went through them",
			usage->bounce_held_bytes_peak, usage->bounce_bytes);
}
