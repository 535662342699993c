// SPDX-License-Identifier: BSD-2-Clause
/*
 * sched_host.c: the scheduler as the host (host.h): what the port asks for of time, turns, waits and threads, and the life of
 * an actor. Called through host_ops and by sched_spawn. It must not know how a turn is drawn.
 */
#include "drivers/device/model/sched_priv.h"

#include <errno.h>
#include <stdio.h>

static uint64_t played_now_ns(void)
{
	return sched_playing()->now_ns;
}

static void played_local(void *block, size_t len_bytes)
{
	if (len_bytes > LOCAL_BYTES_MAX || sched_playing()->local)
		return;
	sched_playing()->local = block;
	sched_playing()->local_bytes = len_bytes;
}

static void played_point(enum host_point kind)
{
	struct sched *sched = sched_playing();

	if (!sched->current)
		return;
	sched->now_ns += cost_point_ns(kind);
	sched->current->effort.looks += kind == HOST_POINT_CLOCK;
	sched_note_current(sched, SCHED_POINT, kind);
	if (sched_random(sched) % SCHED_SWITCH_ONE < sched->config.switch_chance ||
		sched_over(sched))
		sched_give_way(sched, NULL);
}

static void played_spin(void)
{
	struct sched *sched = sched_playing();

	if (!sched->current)
		return;
	sched->now_ns += cost_point_ns(HOST_POINT_LOCK);
	sched_note_current(sched, SCHED_POINT, HOST_POINT_LOCK);
	sched_give_way(sched, sched->current);
}

static int played_sleep(const void *key, uint32_t mask, uint64_t deadline_ns)
{
	struct sched *sched = sched_playing();
	struct actor *self = sched->current;

	if (!self)
		return -ETIMEDOUT;
	self->effort.sleeps++;
	sched_note_current(sched, SCHED_SLEEP, deadline_ns);
	self->state = ACTOR_ASLEEP;
	self->key = key;
	self->mask = mask;
	self->deadline_ns = deadline_ns;
	self->timed_out = false;
	sched_give_way(sched, NULL);
	return self->timed_out ? -ETIMEDOUT : 0;
}

static void played_wake(const void *key, int count, uint32_t mask)
{
	struct sched *sched = sched_playing();
	unsigned woken = 0;

	/* The oldest slot first: waiters of one key queue up in no promised order, as with a futex. */
	for (unsigned i = 0; i < sched->actors && woken < (unsigned)count; i++) {
		struct actor *actor = &sched->actor[i];

		if (actor->state != ACTOR_ASLEEP || actor->key != key || !(actor->mask & mask))
			continue;
		actor->state = ACTOR_READY;
		woken++;
	}
	if (woken)
		sched_note_current(sched, SCHED_WAKE, woken);
}

static void actor_main(void *arg)
{
	struct sched *sched = sched_playing();
	struct actor *self = arg;

	self->main(self->arg);
	sched_note_current(sched, SCHED_ENDED, 0);
	self->state = ACTOR_ENDED;
	sched->alive--;
	played_wake(self, SCHED_ACTORS_MAX, HOST_MASK_ANY);
	sched_give_way(sched, NULL);
}

/* A slot nobody waits for any more, or a new one. Its stack may be there already. */
static struct actor *actor_slot(struct sched *sched)
{
	for (unsigned i = 0; i < sched->actors; i++)
		if (sched->actor[i].state == ACTOR_ENDED && sched->actor[i].joined)
			return &sched->actor[i];
	return sched->actors < SCHED_ACTORS_MAX ? &sched->actor[sched->actors] : NULL;
}

static int actor_create(struct sched *sched, const char *name, void *(*main)(void *), void *arg,
	struct actor **made)
{
	struct actor *actor = actor_slot(sched);

	if (!actor)
		return -ENOSPC;
	fiber_free(&actor->fiber);
	*actor = (struct actor){.main = main, .arg = arg, .weight = sched_weight_draw(sched)};
	if (fiber_make(&actor->fiber, actor_main, actor))
		return -ENOMEM;
	snprintf(actor->name, sizeof(actor->name), "%s", name);
	actor->state = ACTOR_READY;
	sched->alive++;
	if (actor == &sched->actor[sched->actors])
		sched->actors++;
	sched_note(sched, SCHED_SPAWNED, actor_number(sched, actor), actor->name, 0);
	*made = actor;
	return 0;
}

static int played_spawn(uint64_t *number, const char *name, void *(*main)(void *), void *arg)
{
	struct actor *made = NULL;
	int rc = actor_create(sched_playing(), name, main, arg, &made);

	*number = rc ? 0 : actor_number(sched_playing(), made);
	return rc ? -ENOMEM : 0;
}

static void played_join(uint64_t number)
{
	struct actor *actor = &sched_playing()->actor[number - 1];

	while (actor->state != ACTOR_ENDED)
		played_sleep(actor, HOST_MASK_ANY, HOST_FOREVER);
	actor->joined = true;
}

const struct host_ops sched_host = {
	.now_ns = played_now_ns,
	.local = played_local,
	.point = played_point,
	.spin = played_spin,
	.sleep = played_sleep,
	.wake = played_wake,
	.spawn = played_spawn,
	.join = played_join,
};

int sched_spawn(struct sched *sched, const char *name, void *(*main)(void *), void *arg)
{
	struct actor *made;

	return actor_create(sched, name, main, arg, &made);
}
