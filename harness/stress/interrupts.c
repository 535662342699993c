// SPDX-License-Identifier: BSD-2-Clause
/*
 * interrupts.c: what must hold of a port's interrupts and of who sleeps until one comes: no more than moderation lets through,
 * none that nobody asked for, none that its handler leaves as it is; no WAIT that spins. Called by requester.c around each WAIT,
 * and by ledger.c and world.c when nobody waits. It must not know transfers; which WAIT came too late is requester.c's.
 */
#include "harness/stress/priv.h"

#include <inttypes.h>

#define LOOKS_MOST 200 /* at the clock, of a WAIT: more than two rings have descriptors */

struct wait_effort wait_effort(const struct port *port)
{
	struct device_mishaps mishaps;

	if (!port->world->sched)
		return (struct wait_effort){0};
	videoport_mishaps(port->vp, &mishaps);

	const struct sched_effort effort = sched_effort(port->world->sched);

	return (struct wait_effort){.looks = effort.looks,
		.sleeps = effort.sleeps,
		.sent = mishaps.irq_sent,
		.taken = model_descriptors(port->model)};
}

struct wait_effort wait_spent(const struct port *port, const struct wait_effort *before)
{
	const struct wait_effort now = wait_effort(port);

	return (struct wait_effort){.looks = now.looks - before->looks,
		.sleeps = now.sleeps - before->sleeps,
		.sent = now.sent - before->sent,
		.taken = now.taken - before->taken};
}

void interrupts_asked(struct port *port, const struct wait_effort *spent)
{
	pthread_mutex_lock(&port->lock);
	port->asked += spent->sent;
	pthread_mutex_unlock(&port->lock);
}

/*
 * Whoever is to be woken by an interrupt sleeps until then: one that spins instead keeps a processor from all others. It looks
 * a few times for each sleep, and once for each piece of work that it finds done in place of one. A driver that may reset its
 * device meanwhile polls it.
 */
void sleep_judge(struct port *port, const struct wait_effort *spent)
{
	if (port->plan->completion != DMABENCH_COMPLETION_INTERRUPT || port->plan->timeout_ns)
		return;
	if (spent->looks > LOOKS_MOST + 4 * spent->sleeps + spent->taken)
		finding(port->world, STRESS_LIVENESS, port, 0,
			"WAIT looked at the clock %" PRIu64 " times and slept %" PRIu64
			" times, while the device took %" PRIu64
			" descriptors; who is woken by interrupts looks a few times for each sleep",
			spent->looks, spent->sleeps, spent->taken);
}

/*
 * Moderation keeps a time between two interrupts, but for errors, and anew whenever the device was reset: by the driver, and
 * going down or up. What tells of an error is sent again where it got lost, and where the handler has just ended for another
 * that came without a cause or more than once.
 */
static void moderation_judge(struct port *port, const struct device_mishaps *mishaps)
{
	const uint64_t lives = 2 * (1 + port->tally.power_cycles + port->tally.resets);
	const uint64_t errors = mishaps->iommu + mishaps->after + port->tally.resets;
	const uint64_t again = errors == 0 ? 0
	                                   : mishaps->irq_lost + mishaps->irq_spurious +
	                                             mishaps->irq_twice +
	                                             DEVICE_STORM * mishaps->irq_storm;
	const uint64_t open_ns = world_now_ns() - port->opened_ns;

	if (port->plan->moderation_ns == 0)
		return;

	const uint64_t most = lives + errors + again + open_ns / port->plan->moderation_ns;

	if (mishaps->irq_sent > most)
		finding(port->world, STRESS_RULE, port, 0,
			"%" PRIu64 " interrupts in %" PRIu64 " ns; moderation leaves %" PRIu64
			" ns between two, and %" PRIu64 " in all",
			mishaps->irq_sent, open_ns, port->plan->moderation_ns, most);
}

/*
 * A driver that polls has its device interrupt while a WAIT sleeps and not otherwise; one whose WAIT polls, too, never. Several
 * WAITs at once may count the same interrupt: then some that nobody asked for go unseen.
 */
static void asked_judge(struct port *port, const struct device_mishaps *mishaps)
{
	const uint64_t asked = port->plan->completion == DMABENCH_COMPLETION_ADAPTIVE ? port->asked
	                                                                              : 0;

	if (port->plan->completion == DMABENCH_COMPLETION_INTERRUPT || mishaps->irq_sent <= asked)
		return;
	finding(port->world, STRESS_RULE, port, 0,
		"%" PRIu64 " interrupts of a device whose driver polls, and %" PRIu64
		" of them while a WAIT slept: they were left enabled",
		mishaps->irq_sent, asked);
}

void interrupts_judge(struct port *port, const struct device_mishaps *mishaps)
{
	moderation_judge(port, mishaps);
	if (!port->world->sched)
		return;
	asked_judge(port, mishaps);
	if (mishaps->irq_ignored)
		finding(port->world, STRESS_RULE, port, 0,
			"HwVidInterrupt came back %" PRIu64
			" times with nothing acknowledged of what the device interrupted for: "
			"what the driver takes for acknowledged is not what the device has",
			mishaps->irq_ignored);
}

/*
 * An interrupt that its driver denies is left to the others of its line, and to nobody where there are none. What the driver
 * acknowledged is its device's. So is what others of the driver saw to before the handler was called, as far as one can tell: what
 * comes once more or without a cause takes the place of others, and what was still on its way when the driver started anew belongs
 * to nobody.
 */
void claims_judge(
	struct port *port, const struct device_mishaps *mishaps, uint64_t denied, uint64_t idle)
{
	const uint64_t lives = 1 + port->tally.power_cycles + port->tally.resets + mishaps->removed;

	if (denied > idle)
		finding(port->world, STRESS_RULE, port, 0,
			"HwVidInterrupt returned FALSE %" PRIu64
			" times and acknowledged nothing %" PRIu64
			" times; what it acknowledges is its device's, and it has to return TRUE",
			denied, idle);
	if (mishaps->irq_spurious || mishaps->irq_twice || mishaps->irq_storm || mishaps->irq_late)
		return;
	if (denied > lives + mishaps->irq_lost)
		finding(port->world, STRESS_RULE, port, 0,
			"HwVidInterrupt returned FALSE %" PRIu64
			" times; of a device that sends none without a cause, was started %" PRIu64
			" times and lost %" PRIu64 " interrupts, all others are its own",
			denied, lives, mishaps->irq_lost);
}
