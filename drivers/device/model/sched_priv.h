/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sched_priv.h: the scheduler's state, and what its two parts say to each other: sched.c (what happened, who goes on)
 * and sched_host.c (what the port asks for). Nobody else includes it.
 */
#ifndef MODEL_SCHED_PRIV_H
#define MODEL_SCHED_PRIV_H

#include "drivers/device/model/events.h"
#include "drivers/device/model/fiber.h"
#include "drivers/device/model/sched.h"

#define LOCAL_BYTES_MAX 128
#define WEIGHT_MAX      16

enum actor_state { ACTOR_FREE, ACTOR_READY, ACTOR_ASLEEP, ACTOR_ENDED };

struct actor {
	enum actor_state state;
	char name[SCHED_NAME_MAX];
	struct fiber fiber;
	void *(*main)(void *);
	void *arg;
	bool joined;
	bool timed_out; /* what ended its sleep */
	struct sched_effort effort;
	const void *key;
	uint32_t mask;
	uint64_t deadline_ns;
	unsigned weight;
	unsigned char local[LOCAL_BYTES_MAX];
};

struct source {
	const struct sched_source *is; /* NULL: free */
	unsigned weight;
};

struct sched {
	struct sched_config config;
	uint64_t now_ns, steps, turns, hash, random;
	struct actor *current; /* NULL: sched_run's own stack */
	struct fiber home;
	int ended; /* what sched_run returns */
	bool stop;

	struct actor actor[SCHED_ACTORS_MAX];
	unsigned actors; /* slots used so far */
	unsigned alive;  /* actors that have not ended */
	struct source source[SCHED_SOURCES_MAX];
	unsigned sources;
	struct events events, strikes;
	uint64_t strike_ns; /* when the first of strikes is due */

	void *local;
	size_t local_bytes;
	unsigned char home_local[LOCAL_BYTES_MAX];
};

static inline unsigned actor_number(const struct sched *sched, const struct actor *actor)
{
	return actor ? (unsigned)(actor - sched->actor) + 1 : 0;
}

/* ---- sched.c ---- */

/*
 * sched_note - a step: into the hash, to who watches; strikes that are due come first. @who, @name: whose.
 * sched_note_current - a step of the actor whose turn it is.
 * sched_weight_draw - what an actor or a source counts for when a turn is drawn.
 * sched_over - whether a limit of steps or time is reached.
 * sched_give_way - gives the turn away, to anybody but @but if there is one; returns when it is this actor's again.
 */
void sched_note(
	struct sched *sched, enum sched_what what, unsigned who, const char *name, uint64_t detail);
void sched_note_current(struct sched *sched, enum sched_what what, uint64_t detail);
unsigned sched_weight_draw(struct sched *sched);
bool sched_over(const struct sched *sched);
void sched_give_way(struct sched *sched, const struct actor *but);

/* ---- sched_host.c ---- */

extern const struct host_ops sched_host;

#endif
