// SPDX-License-Identifier: BSD-2-Clause
/*
 * sched.c: what happened, who goes on, and the caller's side; see sched.h. Called by the model device, by a harness that
 * spawns actors, and by sched_host.c. It must not know what an actor waits for.
 */
#include "drivers/device/model/sched_priv.h"

#include "drivers/support/fault.h"
#include "drivers/support/heap.h"
#include "drivers/support/random.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static struct sched *playing;

struct sched *sched_playing(void)
{
	return playing;
}

/* ---- what happened ------------------------------------------------------------------------------------ */

static void hash_add(struct sched *sched, uint64_t value)
{
	/* Multiply and fold (Knuth's constant): every bit of the past reaches every bit of the sum. */
	uint64_t sum = (sched->hash ^ value) * UINT64_C(0x9E3779B97F4A7C15);

	sched->hash = sum ^ sum >> 29;
}

static void strikes_serve(
	struct sched *sched, enum sched_what what, unsigned who, const char *name);

void sched_note(
	struct sched *sched, enum sched_what what, unsigned who, const char *name, uint64_t detail)
{
	if (__builtin_expect(sched->now_ns >= sched->strike_ns, 0))
		strikes_serve(sched, what, who, name);
	sched->steps++;
	hash_add(sched, sched->now_ns);
	hash_add(sched, detail << 16 | (uint64_t)what << 8 | who);
	if (!sched->config.watch)
		return;

	struct sched_step step = {sched->steps, sched->now_ns, what, name, detail};

	sched->config.watch(sched->config.watch_arg, &step);
}

static void strikes_plan(struct sched *sched)
{
	sched->strike_ns = events_next_ns(&sched->strikes);
}

/* Those that are due: in the step @what of @who. */
static void strikes_serve(struct sched *sched, enum sched_what what, unsigned who, const char *name)
{
	while (events_next_ns(&sched->strikes) <= sched->now_ns) {
		struct event event = events_take(&sched->strikes);

		/* First of all: the note of it is a step as well. */
		strikes_plan(sched);
		event.call(event.arg);
		sched_note(sched, SCHED_STRIKE, who, name, what);
	}
}

void sched_note_current(struct sched *sched, enum sched_what what, uint64_t detail)
{
	sched_note(sched, what, actor_number(sched, sched->current),
		sched->current ? sched->current->name : "home", detail);
}

uint64_t sched_hash(const struct sched *sched)
{
	return sched->hash;
}

uint64_t sched_now_ns(const struct sched *sched)
{
	return sched->now_ns;
}

uint64_t sched_steps(const struct sched *sched)
{
	return sched->steps;
}

uint64_t sched_turns(const struct sched *sched)
{
	return sched->turns;
}

struct sched_effort sched_effort(const struct sched *sched)
{
	return sched->current ? sched->current->effort : (struct sched_effort){0};
}

uint64_t sched_random(struct sched *sched)
{
	return random_draw(&sched->random);
}

unsigned sched_weight_draw(struct sched *sched)
{
	return sched->config.weights ? 1 + (unsigned)(sched_random(sched) % WEIGHT_MAX)
	                             : WEIGHT_MAX / 2;
}

/* ---- who goes on ---------------------------------------------------------------------------------------- */

static void local_exchange(struct sched *sched, struct actor *from, struct actor *to)
{
	if (!sched->local)
		return;
	memcpy(from ? from->local : sched->home_local, sched->local, sched->local_bytes);
	memcpy(sched->local, to ? to->local : sched->home_local, sched->local_bytes);
}

/* Goes on as @to, NULL: sched_run. Returns when it is the caller's turn again. */
static void turn_to(struct sched *sched, struct actor *to)
{
	struct actor *from = sched->current;

	if (from == to)
		return;
	local_exchange(sched, from, to);
	sched->current = to;
	host_actor = actor_number(sched, to);
	fiber_switch(from ? &from->fiber : &sched->home, to ? &to->fiber : &sched->home);
}

static bool actor_ready(const struct sched *sched, const struct actor *actor)
{
	return actor->state == ACTOR_READY ||
	       (actor->state == ACTOR_ASLEEP && actor->deadline_ns <= sched->now_ns);
}

/* What is ready, with the sum of its weights so far: actors, then sources, then the event that is due. */
struct choice {
	unsigned count, total;
	uint8_t what[SCHED_ACTORS_MAX + SCHED_SOURCES_MAX +
		     1]; /* slot, behind the actors: source, then event */
	unsigned sum[SCHED_ACTORS_MAX + SCHED_SOURCES_MAX + 1];
};

#define CHOICE_EVENT (SCHED_ACTORS_MAX + SCHED_SOURCES_MAX)

static void choice_add(struct choice *choice, unsigned what, unsigned weight)
{
	choice->total += weight;
	choice->what[choice->count] = (uint8_t)what;
	choice->sum[choice->count++] = choice->total;
}

/* @but: an actor that must not be chosen, or NULL. */
static void choice_fill(struct sched *sched, struct choice *choice, const struct actor *but)
{
	choice->count = choice->total = 0;
	for (unsigned i = 0; i < sched->actors; i++)
		if (&sched->actor[i] != but && actor_ready(sched, &sched->actor[i]))
			choice_add(choice, i, sched->actor[i].weight);
	for (unsigned i = 0; i < sched->sources; i++)
		if (sched->source[i].is && sched->source[i].is->ready(sched->source[i].is->arg))
			choice_add(choice, SCHED_ACTORS_MAX + i, sched->source[i].weight);
	if (events_next_ns(&sched->events) <= sched->now_ns)
		choice_add(choice, CHOICE_EVENT, WEIGHT_MAX);
}

static unsigned choice_draw(struct sched *sched, const struct choice *choice)
{
	unsigned draw, at = 0;

	if (choice->count == 1)
		return choice->what[0];
	draw = (unsigned)(sched_random(sched) % choice->total);
	while (at + 1 < choice->count && choice->sum[at] <= draw)
		at++;
	return choice->what[at];
}

/* Leaps to the next thing that will happen. Return: false where nothing ever will. */
static bool clock_leap(struct sched *sched)
{
	uint64_t next_ns = events_next_ns(&sched->events);

	for (unsigned i = 0; i < sched->actors; i++)
		if (sched->actor[i].state == ACTOR_ASLEEP && sched->actor[i].deadline_ns < next_ns)
			next_ns = sched->actor[i].deadline_ns;
	if (next_ns == UINT64_MAX)
		return false;
	if (next_ns > sched->now_ns)
		sched->now_ns = next_ns;
	return true;
}

bool sched_over(const struct sched *sched)
{
	const struct sched_config *config = &sched->config;

	return (config->steps_max && sched->steps >= config->steps_max) ||
	       (config->time_max_ns && sched->now_ns >= config->time_max_ns);
}

static void source_serve(struct sched *sched, unsigned index)
{
	const struct sched_source *source = sched->source[index].is;

	sched->now_ns += source->step_ns;
	sched_note(sched, SCHED_SOURCE, index, source->name, 0);
	source->step(source->arg);
}

static void event_serve(struct sched *sched)
{
	struct event event = events_take(&sched->events);

	sched_note(sched, SCHED_EVENT, 0, "event", event.number);
	event.call(event.arg);
}

/*
 * Serves sources and events, on whatever stack this is, until the turn falls to an actor.
 * @but: not to this one, unless nobody else can. Return: it, or NULL: sched_run shall return sched->ended.
 */
static struct actor *turn_draw(struct sched *sched, const struct actor *but)
{
	struct choice choice;

	for (;;) {
		if (sched->alive == 0 || sched->stop || sched_over(sched)) {
			sched->ended = sched->alive == 0 ? 0 : sched->stop ? -ECANCELED : -ETIME;
			return NULL;
		}
		choice_fill(sched, &choice, but);
		if (choice.count == 0 && clock_leap(sched))
			continue;
		if (choice.count == 0 && but && actor_ready(sched, but)) {
			but = NULL;
			continue;
		}
		if (choice.count == 0) {
			sched->ended = -EDEADLK;
			return NULL;
		}

		unsigned what = choice_draw(sched, &choice);

		if (what < SCHED_ACTORS_MAX)
			return &sched->actor[what];
		if (what == CHOICE_EVENT)
			event_serve(sched);
		else
			source_serve(sched, what - SCHED_ACTORS_MAX);
	}
}

void sched_give_way(struct sched *sched, const struct actor *but)
{
	struct actor *next = turn_draw(sched, but);

	if (next && next != sched->current) {
		sched->turns++;
		sched->now_ns += COST_TURN_NS;
		sched_note(sched, SCHED_TURN, actor_number(sched, next), next->name, 0);
	}
	if (next && next->state == ACTOR_ASLEEP) {
		next->state = ACTOR_READY;
		next->timed_out = true;
	}
	turn_to(sched, next);
}

/* The first source with work; SCHED_SOURCES_MAX: none. */
static unsigned source_with_work(const struct sched *sched)
{
	for (unsigned i = 0; i < sched->sources; i++)
		if (sched->source[i].is && sched->source[i].is->ready(sched->source[i].is->arg))
			return i;
	return SCHED_SOURCES_MAX;
}

void sched_settle(struct sched *sched)
{
	while (sched->current && !sched_over(sched)) {
		const unsigned source = source_with_work(sched);

		if (events_next_ns(&sched->events) <= sched->now_ns)
			event_serve(sched);
		else if (source < SCHED_SOURCES_MAX)
			source_serve(sched, source);
		else
			return;
	}
}

void sched_mix(struct sched *sched, uint64_t value)
{
	hash_add(sched, value);
	sched_note_current(sched, SCHED_MIXED, 0);
	/* Where much is added at once the limit may lie between: no point comes until it is all judged. */
	if (sched->current && sched_over(sched))
		sched_give_way(sched, NULL);
}

/* ---- the caller's side ------------------------------------------------------------------------------------ */

int sched_run(struct sched *sched)
{
	sched->stop = false;
	sched_give_way(sched, NULL);
	return sched->ended;
}

void sched_stop(struct sched *sched)
{
	sched->stop = true;
	if (sched->current)
		sched_give_way(sched, NULL);
}

char *sched_blocked(const struct sched *sched, char *out, size_t room)
{
	size_t used = 0;

	out[0] = '\0';
	for (unsigned i = 0; i < sched->actors && used < room; i++) {
		const struct actor *actor = &sched->actor[i];
		int len;

		if (actor->state != ACTOR_READY && actor->state != ACTOR_ASLEEP)
			continue;
		len = snprintf(out + used, room - used, "%s%s %s", used ? ", " : "", actor->name,
			actor->state == ACTOR_READY          ? "runs"
			: actor->deadline_ns == HOST_FOREVER ? "sleeps for ever"
							     : "sleeps");
		used += len > 0 ? (size_t)len : 0;
	}
	return out;
}

int sched_source_add(struct sched *sched, const struct sched_source *source)
{
	unsigned at = 0;

	while (at < sched->sources && sched->source[at].is)
		at++;
	if (at == SCHED_SOURCES_MAX)
		return -ENOSPC;
	if (at == sched->sources)
		sched->sources++;
	sched->source[at] = (struct source){source, sched_weight_draw(sched)};
	return 0;
}

void sched_source_remove(struct sched *sched, const struct sched_source *source)
{
	for (unsigned i = 0; i < sched->sources; i++)
		if (sched->source[i].is == source)
			sched->source[i].is = NULL;
}

int sched_at(struct sched *sched, uint64_t time_ns, void (*event)(void *arg), void *arg)
{
	return events_add(&sched->events, time_ns, event, arg);
}

void sched_forget(struct sched *sched, const void *arg)
{
	events_forget(&sched->events, arg);
	events_forget(&sched->strikes, arg);
	strikes_plan(sched);
}

int sched_strike(struct sched *sched, uint64_t time_ns, void (*event)(void *arg), void *arg)
{
	int rc = events_add(&sched->strikes, time_ns, event, arg);

	strikes_plan(sched);
	return rc;
}

int sched_create(struct sched **out, const struct sched_config *config, struct err *err)
{
	struct sched *sched;

	*out = NULL;
	if (playing)
		return err_set(
			err, ERR_INTERNAL, -EBUSY, "scheduler: one plays in this process already");
	sched = fault_point("sched_create") ? NULL : heap_zeroed(1, sizeof(*sched));
	if (!sched)
		return err_short(
			err, -ENOMEM, "scheduler: no memory for %zu bytes", sizeof(*sched));
	sched->config = *config;
	sched->random = config->seed;
	sched->hash = config->seed;
	strikes_plan(sched);
	fiber_here(&sched->home);
	playing = sched;
	host_play(&sched_host);
	*out = sched;
	return 0;
}

void sched_destroy(struct sched *sched)
{
	if (!sched)
		return;
	host_play(NULL);
	playing = NULL;
	for (unsigned i = 0; i < sched->actors; i++)
		fiber_free(&sched->actor[i].fiber);
	events_fini(&sched->events);
	events_fini(&sched->strikes);
	heap_free(sched);
}
