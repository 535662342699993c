/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * irq.h: the soft device's interrupt line: an event the engine's thread signals and the interrupt
 * thread waits for. The level is the engine's (engine_irq_eoi); this only wakes up. Each event is one message:
 * message.h says what goes wrong with it on the way.
 */
#ifndef SOFT_IRQ_H
#define SOFT_IRQ_H

#include "drivers/device/engine/engine.h"
#include "drivers/device/engine/message.h"

struct irq {
	int event_fd, cancel_fd; /* -1: not open */
	bool taken;              /* the waiter's: an interrupt was delivered and not yet ended */

	/* The engine's thread's. */
	struct message message;
	bool wrong;      /* messages may go wrong */
	unsigned copies; /* of the one that is late */
	uint64_t due_ns;
};

/* irq_open - Return: 0 or -ENOMEM; irq_close follows in both cases. */
int irq_open(struct irq *irq, const struct device_line *line, uint64_t seed,
	struct mishaps *mishaps, struct err *err);
void irq_close(struct irq *irq);

/*
 * irq_signal - the line went up. irq_turn - where messages go wrong, at each turn of the engine's thread: @done
 * descriptors have ended since the last. irq_drain - takes all events back.
 */
void irq_signal(struct irq *irq);
void irq_turn(struct irq *irq, struct engine *engine, const void *bar, unsigned done);
void irq_drain(struct irq *irq);

/* irq_wait, irq_cancel: as device_irq_ops. */
int irq_wait(struct irq *irq, struct engine *engine, uint64_t timeout_ns);
void irq_cancel(struct irq *irq);

#endif
