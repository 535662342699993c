// SPDX-License-Identifier: BSD-2-Clause
/* line.c: see line.h. */
#include "drivers/device/model/line.h"

#include <errno.h>

#include "drivers/device/engine/regs.h"
#include "drivers/support/mmio.h"

static void line_arrive(void *arg)
{
	struct line *line = arg;

	line->pending++;
	host_ops->wake(line, 1, HOST_MASK_ANY);
}

static void arrival_plan(struct line *line, uint64_t extra_ns)
{
	/* Without memory for the event it arrives at once. */
	if (sched_at(line->sched, sched_now_ns(line->sched) + COST_IRQ_NS + extra_ns, line_arrive,
		    line))
		line_arrive(line);
}

void line_init(struct line *line, struct sched *sched, const struct device_line *config,
	uint64_t seed, struct mishaps *mishaps)
{
	*line = (struct line){.sched = sched};
	message_init(&line->message, config, seed, mishaps);
}

void line_fini(struct line *line)
{
	if (line->sched)
		sched_forget(line->sched, line);
}

void line_send(struct line *line)
{
	struct message_fate fate = message_send(&line->message);

	while (fate.copies-- > 0)
		arrival_plan(line, fate.delay_ns);
}

void line_retired(struct line *line)
{
	if (message_retired(&line->message))
		arrival_plan(line, 0);
}

static uint32_t resets_done(const void *bar)
{
	return mmio_read32((const uint8_t *)bar + ENGINE_REG_RESET_DONE);
}

/* Where nobody answers nothing is due, whatever a driver that cannot know yet has just written. */
static void line_take(struct line *line, const void *bar)
{
	line->pending--;
	line->taken = true;
	line->idle++;
	line->seen = message_seen(bar);
	line->resets = resets_done(bar);
	line->due = line->resets != UINT32_MAX && message_due(bar);
}

bool line_served(struct line *line, const void *bar)
{
	bool taken = line->taken;

	line->taken = false;
	if (!taken || !line->due || resets_done(bar) != line->resets)
		return taken;
	if (message_seen(bar) != line->seen)
		line->idle--;
	else if (message_due(bar))
		mishap(&line->message.mishaps->irq_ignored);
	return true;
}

uint64_t line_idle(const struct line *line)
{
	return line->idle;
}

int line_wait(struct line *line, const void *bar, uint64_t timeout_ns)
{
	uint64_t now_ns = sched_now_ns(line->sched);
	uint64_t deadline_ns = timeout_ns < HOST_FOREVER - now_ns ? now_ns + timeout_ns
	                                                          : HOST_FOREVER;

	for (;;) {
		if (line->cancelled)
			return -ECANCELED;
		if (line->pending) {
			line_take(line, bar);
			return 1;
		}
		if (host_ops->sleep(line, HOST_MASK_ANY, deadline_ns) == -ETIMEDOUT)
			return 0;
	}
}

void line_cancel(struct line *line)
{
	line->cancelled = true;
	host_ops->wake(line, SCHED_ACTORS_MAX, HOST_MASK_ANY);
}

void line_drain(struct line *line)
{
	sched_forget(line->sched, line);
	line->pending = 0;
	line->due = false;
	message_forget(&line->message);
}
