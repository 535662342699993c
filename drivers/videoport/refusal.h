/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * refusal.h: what a device was refused, and which rule that breaks (5xx). See refusal.c.
 *
 * A device may tell of a refusal late. What the port then knows is what it has now and what it
 * remembers of the last mappings and common buffers (with the verifier on), so refusals are collected
 * often: after each request and at every look at the events.
 */
#ifndef VIDEOPORT_REFUSAL_H
#define VIDEOPORT_REFUSAL_H

struct videoport;

/* refusals_collect - takes what the device was refused and records it as events. Any thread, PASSIVE. */
void refusals_collect(struct videoport *vp);

#endif
