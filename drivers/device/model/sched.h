/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sched.h: the event core of the model: threads played as actors, one after the other, on a virtual clock; one seed
 * decides every interleaving.
 *
 *	   actors (requesters, ISR and DPC, timers: whoever calls host.h)     sources (the channels of engines)
 *	        \  run between two points, then the seed says who goes on         / a step each
 *	         `------------------------------ sched ------------------------- '
 *	                          now_ns, hash, events in the order of their times
 *
 * The model. An actor is a coroutine with a stack of its own; it runs until it sleeps, ends, or comes to a point
 * (host.h) at which the seed takes its turn away. A source has no stack: it says whether there is something
 * to do and does one step of it. An event is a function called at a time. What can go on is ready: actors that are
 * awake, sleepers whose deadline is over, sources with work, events that are due; the seed chooses, by a weight that
 * each got for this seed, so that some seeds starve the engine and others the requester. Where nothing is ready
 * the clock leaps to the next deadline or event. Everything else that takes time is a cost (cost.h): the
 * core adds it up and does not know what it stands for.
 *
 * Coroutines and not threads with a baton: a switch costs under a microsecond instead of ten, and ASan and TSan
 * are told of it (fiber.h), so both see the stacks as they are. The price is that what is local to a thread is not
 * local to an actor; the port names the one such block it has (host_ops.local).
 *
 * Determinism. Equal configuration and equal programs give equal steps, times and hash, on every run and machine: the
 * hash is over who did what at which time, and over what the caller adds by sched_mix; never over an address.
 *
 * Call order: sched_create -> sched_spawn ... sched_run -> sched_destroy. From create to destroy the scheduler is the
 * host (host_play). One at a time in a process.
 * Ownership: create gives, destroy takes and tolerates NULL. An actor that has not ended by then is forgotten as it
 * stands: what it held stays held, so a process that goes on after that has lost it.
 * Threads: everything from the thread that created it, on or off actors as stated.
 * Errors: 0 or -errno; sched_create fills a struct err.
 */
#ifndef MODEL_SCHED_H
#define MODEL_SCHED_H

#include "drivers/device/model/cost.h"
#include "drivers/support/err.h"
#include "drivers/support/host.h"
#include "drivers/support/types.h"

#define SCHED_ACTORS_MAX  64
#define SCHED_SOURCES_MAX 32
#define SCHED_NAME_MAX    16
#define SCHED_SWITCH_ONE  1024u

/* What happened in one step. */
enum sched_what {
	SCHED_POINT,  /* an actor passed a point; detail: enum host_point */
	SCHED_TURN,   /* another actor's turn */
	SCHED_SLEEP,  /* detail: deadline or HOST_FOREVER */
	SCHED_WAKE,   /* detail: how many were woken */
	SCHED_SOURCE, /* a source's step */
	SCHED_EVENT,  /* an event was due */
	SCHED_STRIKE, /* a strike was due; detail: enum sched_what of the step it struck */
	SCHED_SPAWNED,
	SCHED_ENDED,
	SCHED_MIXED, /* the caller's; detail: the value */
};

struct sched_step {
	uint64_t number; /* from 1 on */
	uint64_t time_ns;
	enum sched_what what;
	const char *who;
	uint64_t detail;
};

struct sched_config {
	uint64_t seed;
	unsigned switch_chance; /* of SCHED_SWITCH_ONE: how often a point is a turn; 0: never */
	bool weights;           /* unequal weights, drawn from the seed */
	uint64_t steps_max;     /* 0: no limit */
	uint64_t time_max_ns;   /* 0: no limit */
	/* Sees every step; NULL: nobody. Must not call back. */
	void (*watch)(void *arg, const struct sched_step *step);
	void *watch_arg;
};

struct sched;

/* Something with steps but without a stack. All from inside the core; neither may sleep. */
struct sched_source {
	const char *name;
	void *arg;
	bool (*ready)(void *arg);
	void (*step)(void *arg);
	uint64_t step_ns; /* what each costs */
};

/*
 * sched_create - Return: 0; -EBUSY another one plays in this process (ERR_INTERNAL); -ENOMEM (ERR_MISSING).
 */
int sched_create(struct sched **sched, const struct sched_config *config, struct err *err);
void sched_destroy(struct sched *sched);

/* sched_playing - the scheduler of this process, NULL: none. */
struct sched *sched_playing(void);

/* sched_spawn - a new actor; @name is cut at SCHED_NAME_MAX. Return: 0, -ENOMEM, -ENOSPC. */
int sched_spawn(struct sched *sched, const char *name, void *(*main)(void *), void *arg);

/*
 * sched_run - runs until every actor has ended. Not on an actor.
 * Return: 0; -EDEADLK nobody can ever go on; -ETIME steps_max or time_max_ns is over; -ECANCELED sched_stop was
 * called. sched_blocked tells what of.
 * sched_stop - ends sched_run; called on an actor it does not return.
 * sched_blocked - who has not ended, and why, as one line. Return: @out.
 */
int sched_run(struct sched *sched);
void sched_stop(struct sched *sched);
char *sched_blocked(const struct sched *sched, char *out, size_t room);

/* sched_source_add, _remove - @source stays the caller's until it is removed. Return: 0 or -ENOSPC. */
int sched_source_add(struct sched *sched, const struct sched_source *source);
void sched_source_remove(struct sched *sched, const struct sched_source *source);

/*
 * sched_at - calls @event(@arg) once, at @time_ns or soon behind it. sched_forget - takes back all events
 * of @arg. Return: 0 or -ENOMEM.
 */
int sched_at(struct sched *sched, uint64_t time_ns, void (*event)(void *arg), void *arg);
void sched_forget(struct sched *sched, const void *arg);

/*
 * sched_settle - lets every source and every event that is due do all its steps before the actor that calls goes on: to
 * it devices are infinitely fast. No other actor gets a turn, and the clock does not leap. On an actor.
 */
void sched_settle(struct sched *sched);

uint64_t sched_now_ns(const struct sched *sched);
uint64_t sched_steps(const struct sched *sched);
uint64_t sched_turns(const struct sched *sched);

/*
 * sched_effort - of the actor that calls, since it was spawned: how often it looked at the clock, and slept. Who waits until a
 * time looks once for each sleep, or twice; who spins looks and does not sleep.
 */
struct sched_effort {
	uint64_t looks, sleeps;
};
struct sched_effort sched_effort(const struct sched *sched);

/*
 * sched_strike - calls @event(@arg) once, in the very first step at or behind @time_ns, before it is done: in the middle
 * of what an actor is at, whoever holds which lock. It may not call back but for sched_now_ns and sched_forget. Nobody
 * waits for it: where nothing else happens by then it comes later. sched_forget takes it back, too. Return: 0 or -ENOMEM.
 */
int sched_strike(struct sched *sched, uint64_t time_ns, void (*event)(void *arg), void *arg);

/* sched_mix - adds @value to the hash. sched_hash - the hash of all there was. sched_random - the seed's. */
void sched_mix(struct sched *sched, uint64_t value);
uint64_t sched_hash(const struct sched *sched);
uint64_t sched_random(struct sched *sched);

#endif
