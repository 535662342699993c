/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * line.h: the model's interrupt on its way from the engine to who waits for it: a message that takes time, and that
 * may get lost, be late, come twice or come for no reason. Called by model.c, from the scheduler's thread.
 *
 * The engine's line is level-triggered: it is raised once, until the handler is over (engine_irq_eoi). A lost
 * message therefore leaves it raised with nobody to serve it; line_acknowledged says when the driver has
 * dealt with the cause all the same, and the engine may raise it again.
 */
#ifndef MODEL_LINE_H
#define MODEL_LINE_H

#include "drivers/device/model/model.h"

struct line {
	struct sched *sched;
	uint64_t random;
	struct model_line config;
	struct model_line_count count;
	unsigned pending; /* messages that have arrived */
	bool taken;       /* the waiter serves one */
	bool cancelled;
	bool orphan;         /* a message was lost and the line is still raised */
	uint32_t orphan_sum; /* the acknowledge registers then */
};

void line_init(struct line *line, struct sched *sched, uint64_t seed);
void line_fini(struct line *line);

/* line_send - the line went up. line_retired - a descriptor ended: a spurious message may come of it. */
void line_send(struct line *line);
void line_retired(struct line *line);

/* line_acknowledged - once behind a lost message: whether the driver has written an acknowledge register at @bar. */
bool line_acknowledged(struct line *line, const void *bar);

/* line_served - whether the waiter comes back from a handler: the line may go up again. */
bool line_served(struct line *line);

/* line_wait, line_cancel: as device_irq_ops. line_drain - forgets what has arrived. */
int line_wait(struct line *line, uint64_t timeout_ns);
void line_cancel(struct line *line);
void line_drain(struct line *line);

#endif
