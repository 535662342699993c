// SPDX-License-Identifier: BSD-2-Clause
/*
 * rules.c: what must hold of a port while it works, whatever its transfers are: none is late, no rule is broken, no
 * access but those that should be is refused, the device is reset for a cause and given up after enough resets. Called by
 * the port's watch, by requester.c and by world.c. It must not know what a transfer's bytes are or how it completed; what
 * must hold at rest is in ledger.c.
 */
#include "harness/stress/priv.h"

#include <inttypes.h>

#include "drivers/include/dderror.h"

#define BOUND_LIVE_NS UINT64_C(20000000000)
/* Live: how long it has to be late while somebody looks, behind a patient WAIT at the latest; else the process was stopped. */
#define SEEN_LIVE_NS     UINT64_C(10000000000)
#define LOOK_MOST_NS     UINT64_C(6000000000)
#define MINUTE_NS        UINT64_C(60000000000)
#define RULE_COMMON_OVER 204 /* a warning, no mistake of the shipped drivers (D-12) */
#define RULE_LOCK_MANY   307 /* the cache keeps locks of one start and many lengths */
#define RULE_UNLOCK_REST 311
#define RULE_UNCLAIMED   607
#define RULE_POWER       915

/* Return: a transfer that was submitted more than @bound_ns ago, NULL: none. */
static const struct slot *overdue_locked(
	const struct port *port, uint64_t now_ns, uint64_t bound_ns)
{
	for (unsigned i = 0; i < port->plan->slots; i++) {
		const struct slot *slot = &port->slot[i];

		if (slot->state == SLOT_SUBMITTED && now_ns > slot->since_ns + bound_ns)
			return slot;
	}
	return NULL;
}

/*
 * A process that was stopped, by a terminal or with its whole machine, finds all it has in flight late when it goes on: time
 * counts as far as it was looked at. Return: whether that is long enough. Virtual time does not pass unseen.
 */
static bool overdue_seen_locked(struct port *port, uint64_t now_ns, bool overdue)
{
	const uint64_t past_ns = now_ns - port->looked_ns;

	port->looked_ns = now_ns;
	if (!overdue)
		port->overdue_ns = 0;
	else
		port->overdue_ns += past_ns < LOOK_MOST_NS ? past_ns : LOOK_MOST_NS;
	return overdue && (port->world->sched || port->overdue_ns > SEEN_LIVE_NS);
}

bool port_overdue(struct port *port)
{
	uint64_t bound_ns = port->world->sched ? port->plan->bound_ns : BOUND_LIVE_NS;
	uint64_t now_ns = world_now_ns();
	uint64_t cookie = 0, since_ns = 0;
	const struct slot *late;

	pthread_mutex_lock(&port->lock);
	late = overdue_locked(port, now_ns, bound_ns);
	if (overdue_seen_locked(port, now_ns, late)) {
		cookie = late->cookie;
		since_ns = late->since_ns;
	}
	pthread_mutex_unlock(&port->lock);
	if (cookie)
		finding(port->world, STRESS_LIVENESS, port, cookie,
			"submitted %" PRIu64 " ns ago and not completed; the bound is %" PRIu64
			" ns",
			now_ns - since_ns, bound_ns);
	return cookie != 0;
}

/* ---- resets ----------------------------------------------------------------------------------- */

/* Return: whether the driver has had its number of resets, all within a minute. */
static bool resets_too_many(const struct port *port)
{
	return port->resets >= RESETS_MOST &&
	       world_now_ns() - port->reset_ns[port->resets % RESETS_MOST] < MINUTE_NS;
}

/* What is in flight may fail. */
static void doom_locked(struct port *port)
{
	for (unsigned i = 0; i < port->plan->slots; i++)
		if (port->slot[i].state == SLOT_SUBMITTED)
			port->slot[i].doomed = true;
}

/*
 * The driver resets the device and says so. What is in flight may fail; there must be a cause. That the device has been
 * taken out is none; between the driver's look for it and its word it may be once.
 */
static void reset_judge(struct port *port, uint32_t reason)
{
	bool caused, late, gone = port_removed(port);

	pthread_mutex_lock(&port->lock);
	caused = reset_caused(port);
	late = resets_too_many(port);
	gone = gone && ++port->resets_late > 1;
	doom_locked(port);
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
	else if (gone)
		finding(port->world, STRESS_RULE, port, 0,
			"the driver resets a device that has been taken out, reason %u", reason);
}

/*
 * The driver gives the device up and says so: it was reset as often as it should be, or has been taken out, and so it says;
 * a driver that is being loaded has no word for that.
 */
static void verdict_judge(struct port *port, uint32_t reason)
{
	bool gone = port_removed(port) && (reason == DMABENCH_GIVEN_UP_GONE || !port->vp);
	bool hangs = false;

	pthread_mutex_lock(&port->lock);
	if (reason == DMABENCH_GIVEN_UP_HANGS)
		hangs = resets_too_many(port);
	if (gone) {
		port->removal_noticed = true;
		doom_locked(port);
	}
	port->given_up = true;
	port->tally.given_up++;
	pthread_mutex_unlock(&port->lock);
	if (!gone && !hangs)
		finding(port->world, STRESS_RULE, port, 0,
			"the driver gave up a device that works, verdict %u", reason);
}

/* ---- refused accesses ------------------------------------------------------------------------- */

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

	/* No more may be refused between two requests than the device remembers (plan.c). */
	if (mishaps->forgotten)
		finding(port->world, STRESS_SETUP, port, 0,
			"the device could not remember %" PRIu64 " refused accesses",
			mishaps->forgotten);
	port->tally.detected[STRESS_FAULT_after] += seen < mishaps->after ? seen : mishaps->after;
	if (seen < refusals_wanted(mishaps))
		finding(port->world, STRESS_UNSEEN, port, 0,
			"the device tried %" PRIu64 " accesses behind an unmap and %" PRIu64
			" that were to be refused; %u were reported",
			mishaps->after, mishaps->iommu, seen);
}

/* ---- events ----------------------------------------------------------------------------------- */

/* What the shipped drivers may do in such a program. */
static bool rule_expected(const struct port *port, unsigned rule)
{
	switch (rule) {
	case RULE_COMMON_OVER:
		return true;
	case RULE_LOCK_MANY:
		return port->plan->strategy == STRATEGY_CACHED;
	case RULE_UNCLAIMED: /* of one that the device sent once too often; one that comes late is owed */
		return port->world->plan->faults &
		       (STRESS_BIT(twice) | STRESS_BIT(spurious) | STRESS_BIT(storm));
	case RULE_UNLOCK_REST: /* an unload cuts its transfers short, and so does an error */
		return port->world->loaded || fault_fails(port->plan->fault) ||
		       port->plan->removed_at_ns;
	case RULE_POWER:
		return port->world->loaded;
	default:
		return false;
	}
}

void event_judge(void *arg, const struct videoport_event *event)
{
	struct port *port = arg;

	/* What a driver does that has gone wrong says nothing new. */
	if (world_failed(port->world))
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
