// SPDX-License-Identifier: BSD-2-Clause
/*
 * hostile_host.c: the threads of a driver played one after the other: whoever sleeps or spins gives way, nobody else
 * does unless the device says so (hostile_host_turn). Where all sleep the device has its turn, then time passes.
 */
#include "bench/tests/fuzz/hostile.h"

#include <errno.h>
#include <string.h>

#include "bench/tests/fuzz/fuzz.h"
#include "drivers/device/model/fiber.h"

#define PLAYERS         4 /* the requester, interrupts, deferred calls, a timer */
#define LOCAL_BYTES_MAX 128

/* What no run comes near: behind it somebody waits for what never comes. */
#define POINTS_MAX (1u << 23)

/* Every look at a clock takes as long; longer ones where nothing happens in between. A turn for the others every few. */
#define LOOK_NS     1000
#define LOOKS_SHIFT 6
#define LOOKS_MOST  16
#define LOOKS_TURN  8

enum player_state { PLAYER_NOBODY, PLAYER_READY, PLAYER_ASLEEP, PLAYER_ENDED };

/* Their stacks stay from input to input: to map and clear them anew takes longer than most inputs. */
static struct fiber fibers[PLAYERS];

struct player {
	void *(*main)(void *arg);
	void *arg;
	enum player_state state;
	const void *key;
	uint32_t mask;
	uint64_t deadline_ns;
	unsigned char local[LOCAL_BYTES_MAX];
};

static struct {
	struct player player[PLAYERS]; /* the first is who plays */
	unsigned current;
	unsigned points, looks;
	uint64_t now_ns;
	void (*act)(void);
	void *local;
	size_t local_bytes;
} host;

static bool can_go_on(const struct player *player)
{
	return player->state == PLAYER_READY ||
	       (player->state == PLAYER_ASLEEP && player->deadline_ns <= host.now_ns);
}

/* Who can go on besides the one that runs; PLAYERS: nobody. */
static unsigned other_ready(void)
{
	for (unsigned i = 1; i < PLAYERS; i++)
		if (can_go_on(&host.player[(host.current + i) % PLAYERS]))
			return (host.current + i) % PLAYERS;
	return PLAYERS;
}

static void turn_to(unsigned to)
{
	const unsigned from = host.current;

	if (host.local) {
		memcpy(host.player[from].local, host.local, host.local_bytes);
		memcpy(host.local, host.player[to].local, host.local_bytes);
	}
	host.current = to;
	host_actor = to;
	fiber_switch(&fibers[from], &fibers[to]);
}

void hostile_host_turn(void)
{
	const unsigned next = other_ready();

	if (next < PLAYERS)
		turn_to(next);
}

void hostile_host_pass(uint64_t time_ns)
{
	host.now_ns += time_ns;
}

static void count_point(void)
{
	fuzz_expect_that(++host.points < POINTS_MAX, "an end of the run");
}

/* To the first deadline there is. */
static void time_leap(void)
{
	uint64_t next_ns = HOST_FOREVER;

	for (unsigned i = 0; i < PLAYERS; i++)
		if (host.player[i].state == PLAYER_ASLEEP && host.player[i].deadline_ns < next_ns)
			next_ns = host.player[i].deadline_ns;
	fuzz_expect_that(next_ns != HOST_FOREVER, "somebody who can ever go on");
	if (next_ns > host.now_ns)
		host.now_ns = next_ns;
}

static uint64_t played_now_ns(void)
{
	return host.now_ns;
}

static void played_local(void *block, size_t len_bytes)
{
	fuzz_expect_that(len_bytes <= LOCAL_BYTES_MAX, "a small block of a thread's own");
	host.local = block;
	host.local_bytes = len_bytes;
}

static void played_point(enum host_point kind)
{
	const unsigned shift = host.looks >> LOOKS_SHIFT;

	count_point();
	host.act();
	if (kind != HOST_POINT_CLOCK)
		return;
	host.now_ns += (uint64_t)LOOK_NS << (shift < LOOKS_MOST ? shift : LOOKS_MOST);
	if (++host.looks % LOOKS_TURN == 0)
		hostile_host_turn();
}

static void played_spin(void)
{
	const unsigned next = other_ready();

	count_point();
	fuzz_expect_that(next < PLAYERS, "the holder of a lock to go on");
	turn_to(next);
}

static int played_sleep(const void *key, uint32_t mask, uint64_t deadline_ns)
{
	struct player *self = &host.player[host.current];
	bool woken;

	self->state = PLAYER_ASLEEP;
	self->key = key;
	self->mask = mask;
	self->deadline_ns = deadline_ns;
	host.looks = 0;
	while (!can_go_on(self)) {
		count_point();
		if (other_ready() == PLAYERS)
			host.act();
		if (other_ready() < PLAYERS)
			turn_to(other_ready());
		else if (!can_go_on(self))
			time_leap();
	}
	woken = self->state == PLAYER_READY;
	self->state = PLAYER_READY;
	return woken ? 0 : -ETIMEDOUT;
}

static void played_wake(const void *key, int count, uint32_t mask)
{
	for (unsigned i = 0; i < PLAYERS && count > 0; i++) {
		struct player *player = &host.player[i];

		if (player->state != PLAYER_ASLEEP || player->key != key || !(player->mask & mask))
			continue;
		player->state = PLAYER_READY;
		count--;
	}
}

/* The last switch away is to who waits for the end, or to anybody: nobody comes back. */
static void player_main(void *arg)
{
	struct player *self = arg;

	self->main(self->arg);
	self->state = PLAYER_ENDED;
	played_wake(self, 1, HOST_MASK_ANY);
	for (;;)
		played_spin();
}

static int played_spawn(uint64_t *actor, const char *name, void *(*main)(void *), void *arg)
{
	unsigned free = 1;

	(void)name;
	while (free < PLAYERS - 1 && host.player[free].state != PLAYER_NOBODY)
		free++;
	fuzz_expect_that(host.player[free].state == PLAYER_NOBODY, "few threads");

	struct player *player = &host.player[free];

	if (fibers[free].stack)
		fiber_again(&fibers[free], player_main, player);
	else if (fiber_make(&fibers[free], player_main, player) < 0)
		return -ENOMEM;
	player->main = main;
	player->arg = arg;
	player->state = PLAYER_READY;
	memset(player->local, 0, sizeof(player->local));
	*actor = free;
	return 0;
}

static void played_join(uint64_t actor)
{
	struct player *player = &host.player[actor];

	while (player->state != PLAYER_ENDED)
		played_sleep(player, HOST_MASK_ANY, HOST_FOREVER);
	player->state = PLAYER_NOBODY;
}

static const struct host_ops hostile_host_ops = {
	.now_ns = played_now_ns,
	.local = played_local,
	.point = played_point,
	.spin = played_spin,
	.sleep = played_sleep,
	.wake = played_wake,
	.spawn = played_spawn,
	.join = played_join,
};

void hostile_host_begin(void (*act)(void))
{
	memset(&host, 0, sizeof(host));
	host.act = act;
	host.player[0].state = PLAYER_READY;
	fiber_here(&fibers[0]);
	host_play(&hostile_host_ops);
}

void hostile_host_end(void)
{
	for (unsigned i = 1; i < PLAYERS; i++)
		fuzz_expect_that(
			host.player[i].state == PLAYER_NOBODY, "no thread of a driver to be left");
	host_play(NULL);
	host_actor = 0;
}
