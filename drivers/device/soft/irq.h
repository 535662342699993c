/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * irq.h: the soft device's interrupt line: an event the engine's thread signals and the interrupt
 * thread waits for. The level is the engine's (engine_irq_eoi); this only wakes up.
 */
#ifndef SOFT_IRQ_H
#define SOFT_IRQ_H

#include "drivers/device/engine/engine.h"

struct irq {
	int event_fd, cancel_fd; /* -1: not open */
	bool taken;              /* the waiter's: an interrupt was delivered and not yet ended */
};

/* irq_open - Return: 0 or -ENOMEM; irq_close follows in both cases. */
int irq_open(struct irq *irq, struct err *err);
void irq_close(struct irq *irq);

/* irq_signal - the line went up. irq_drain - takes events back; true if there were any. */
void irq_signal(struct irq *irq);
bool irq_drain(struct irq *irq);

/* irq_wait, irq_cancel: as device_irq_ops. */
int irq_wait(struct irq *irq, struct engine *engine, uint64_t timeout_ns);
void irq_cancel(struct irq *irq);

#endif
