// SPDX-License-Identifier: BSD-2-Clause
/* line.c: see line.h. */
#include "drivers/device/model/line.h"

#include "drivers/device/engine/regs.h"
#include "drivers/support/mmio.h"
#include "drivers/support/random.h"

#include <errno.h>

/* What the driver says it has seen, over all sources. */
static uint32_t acknowledge_sum(const void *bar)
{
	const uint8_t *at = bar;
	uint32_t sum = mmio_read32(at + ENGINE_REG_ERROR_ACKED);

	for (unsigned c = 0; c < ENGINE_CHANNELS; c++)
		sum += mmio_read32(at + ENGINE_CHANNEL(c) + ENGINE_CH_IRQ_ACKED);
	return sum;
}

static void line_arrive(void *arg)
{
	struct line *line = arg;

	line->pending++;
	host_ops->wake(line, 1, HOST_MASK_ANY);
}

static void message_send(struct line *line, uint64_t extra_ns)
{
	/* Without memory for the event it arrives at once. */
	if (sched_at(line->sched, sched_now_ns(line->sched) + COST_IRQ_NS + extra_ns, line_arrive,
		    line))
		line_arrive(line);
}

void line_init(struct line *line, struct sched *sched, uint64_t seed)
{
	*line = (struct line){.sched = sched, .random = ~seed};
}

void line_fini(struct line *line)
{
	if (line->sched)
		sched_forget(line->sched, line);
}

void line_send(struct line *line)
{
	const struct model_line *config = &line->config;
	uint64_t extra_ns = 0;

	line->count.sent++;
	if (config->lost > 0 && random_chance(&line->random, config->lost)) {
		line->count.lost++;
		line->orphan = true;
		return;
	}
	if (config->late > 0 && random_chance(&line->random, config->late)) {
		line->count.late++;
		extra_ns = random_draw(&line->random) % (config->late_ns + 1);
	}
	message_send(line, extra_ns);
	if (config->twice > 0 && random_chance(&line->random, config->twice)) {
		line->count.twice++;
		message_send(line, extra_ns);
	}
}

void line_retired(struct line *line)
{
	if (line->config.spurious > 0 && random_chance(&line->random, line->config.spurious)) {
		line->count.spurious++;
		message_send(line, 0);
	}
}

bool line_acknowledged(struct line *line, const void *bar)
{
	uint32_t sum = acknowledge_sum(bar);
	bool changed = sum != line->orphan_sum;

	line->orphan_sum = sum;
	if (!line->orphan || !changed)
		return false;
	line->orphan = false;
	return true;
}

bool line_served(struct line *line)
{
	bool taken = line->taken;

	line->taken = false;
	return taken;
}

int line_wait(struct line *line, uint64_t timeout_ns)
{
	uint64_t now_ns = sched_now_ns(line->sched);
	uint64_t deadline_ns = timeout_ns < HOST_FOREVER - now_ns ? now_ns + timeout_ns
	                                                          : HOST_FOREVER;

	for (;;) {
		if (line->cancelled)
			return -ECANCELED;
		if (line->pending) {
			line->pending--;
			line->taken = true;
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
	line->orphan = false;
}
