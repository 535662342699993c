/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * shortage.h: how often the host has really refused memory or a thread: what a driver did then says something of the host and
 * nothing of the driver. Refusals that are injected (fault.h) are not among them. Noted by heap.c, pages.c and host.c.
 * Threads: any.
 */
#ifndef SUPPORT_SHORTAGE_H
#define SUPPORT_SHORTAGE_H

#include <stdint.h>

/* shortage_note - one more. */
void shortage_note(void);

/* shortage_count - how many there were in this process. */
uint64_t shortage_count(void);

#endif
