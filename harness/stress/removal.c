// SPDX-License-Identifier: BSD-2-Clause
/*
 * removal.c: whether a port's device has been taken out, and what its driver makes of that where nobody answers: it does not
 * come up, it waits for nothing. Called by world.c and requester.c around what may fail for it, by rules.c and injected.c
 * where it explains something. It must not know what was in flight.
 */
#include "harness/stress/priv.h"

#include <inttypes.h>

#define GONE_NS UINT64_C(100000000) /* a tenth of what a driver waits for a register */

bool port_removed(const struct port *port)
{
	struct device_mishaps mishaps = {0};

	if (!port->plan->removed_at_ns)
		return false;
	/* The device is opened a little later than the port begins to be. */
	if (!port->vp)
		return world_now_ns() >= port->opened_ns + port->plan->removed_at_ns;
	videoport_mishaps(port->vp, &mishaps);
	return mishaps.removed > 0;
}

bool port_missed(struct port *port)
{
	bool removed = port_removed(port);

	pthread_mutex_lock(&port->lock);
	port->removal_noticed = port->removal_noticed || removed;
	port->given_up = port->given_up || removed;
	pthread_mutex_unlock(&port->lock);
	return removed;
}

void port_gone_judge(struct port *port, const char *what, uint64_t since_ns)
{
	uint64_t ns = world_now_ns() - since_ns;

	if (port->model && ns > GONE_NS)
		finding(port->world, STRESS_LIVENESS, port, 0,
			"%s took %" PRIu64 " ns, and there was no device to wait for", what, ns);
}

/* One that was taken out behind the last look at it has been missed by nobody. */
void port_removal_tally(struct port *port)
{
	port->tally.injected[STRESS_FAULT_removed] += port->removal_noticed;
	port->tally.detected[STRESS_FAULT_removed] += port->removal_noticed;
}
