/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * line.h: the model's interrupt on its way from the engine to who waits for it: a message that takes time; message.h says
 * what goes wrong with it. Called by model.c and steps.c, from the scheduler's thread.
 */
#ifndef MODEL_LINE_H
#define MODEL_LINE_H

#include "drivers/device/engine/message.h"
#include "drivers/device/model/model.h"

struct line {
	struct sched *sched;
	struct message message;
	unsigned pending; /* messages that have arrived */
	bool taken;       /* the waiter serves one */
	uint64_t idle;    /* handlers that had nothing to see to, as far as one can tell */
	bool cancelled;
	/* When the handler was called: it had something to see to; what had been, and resets. */
	bool due;
	uint32_t seen, resets;
};

void line_init(struct line *line, struct sched *sched, const struct device_line *config,
	uint64_t seed, struct mishaps *mishaps);
void line_fini(struct line *line);

/* line_send - the line went up. line_retired - a descriptor ended: a spurious message may come of it. */
void line_send(struct line *line);
void line_retired(struct line *line);

/*
 * line_served - whether the waiter comes back from a handler: the line may go up again. One that has acknowledged nothing though
 * something was due, and still is, is a mishap: it is called for the same cause for ever, and nobody sees to that. None is where
 * RESET_DONE was all ones, as of a device that is gone. @bar: the registers.
 */
bool line_served(struct line *line, const void *bar);

/*
 * line_idle - how many handlers have been called, less those that have come back and have acknowledged something that was due
 * when they were called, with no reset meanwhile.
 */
uint64_t line_idle(const struct line *line);

/* line_wait, line_cancel: as device_irq_ops. line_drain - forgets what has arrived. */
int line_wait(struct line *line, const void *bar, uint64_t timeout_ns);
void line_cancel(struct line *line);
void line_drain(struct line *line);

#endif
