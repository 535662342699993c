/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * message.h: what becomes of an interrupt on its way from the engine's line to who waits for it (struct device_line).
 * Decides only; delivering is the device's: model by events, soft by an event descriptor.
 *
 * The engine's line is level-triggered: it is raised once, until the handler is over (engine_irq_eoi). A lost
 * message therefore leaves it raised with nobody to serve it; message_acknowledged says when the driver has
 * dealt with the cause all the same, and the line may be raised again.
 *
 * Threads: one. Errors: none.
 */
#ifndef ENGINE_MESSAGE_H
#define ENGINE_MESSAGE_H

#include "drivers/device/engine/mishaps.h"

struct message {
	struct device_line config;
	uint64_t random;
	struct mishaps *mishaps;
	bool orphan;         /* one was lost and the line is still raised */
	uint32_t orphan_sum; /* the acknowledge registers then */
};

struct message_fate {
	unsigned copies; /* 0: lost */
	uint64_t delay_ns;
};

void message_init(struct message *message, const struct device_line *config, uint64_t seed,
	struct mishaps *mishaps);

/* message_wrong - whether anything can go wrong at all. */
bool message_wrong(const struct message *message);

/* message_send - the line went up. message_retired - a descriptor ended; true: an interrupt comes for no cause. */
struct message_fate message_send(struct message *message);
bool message_retired(struct message *message);

/*
 * message_due - whether a source that is enabled at @bar has something the driver has not acknowledged. message_channel_due - so
 * channel @c, enabled or not. message_seen - all that the driver has acknowledged there, over all sources.
 */
bool message_due(const void *bar);
bool message_channel_due(const void *bar, unsigned c);
uint32_t message_seen(const void *bar);

/* message_acknowledged - once behind a lost one: whether the driver has written an acknowledge register at @bar. */
bool message_acknowledged(struct message *message, const void *bar);

/* message_forget - the line is down again, whatever was lost. */
void message_forget(struct message *message);

#endif
