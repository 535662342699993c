/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * events.h: functions to be called at a virtual time, earliest first; those of one time in the order they were added.
 * A binary heap. Called by sched.c, from one thread.
 */
#ifndef MODEL_EVENTS_H
#define MODEL_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event {
	uint64_t time_ns;
	uint64_t number; /* order of adding */
	void (*call)(void *arg);
	void *arg;
};

struct events {
	struct event *heap;
	size_t count, room;
	uint64_t added;
};

/* events_add - Return: 0 or -ENOMEM. events_fini takes a zeroed queue, too. */
int events_add(struct events *events, uint64_t time_ns, void (*call)(void *arg), void *arg);
void events_fini(struct events *events);

/* events_next_ns - time of the earliest, UINT64_MAX where there is none. events_take - takes it out; not empty. */
uint64_t events_next_ns(const struct events *events);
struct event events_take(struct events *events);

/* events_forget - drops all with @arg. */
void events_forget(struct events *events, const void *arg);

#endif
