// SPDX-License-Identifier: BSD-2-Clause
/*
 * team.c: see team.h. Called by harness/run where a load has several requesters; knows no load.
 *
 * A run is published by the mutex (what, and that there is one: `runs`), so a member that has slept or spun sees it whole.
 * The line is a barrier: `arrived` counts, `lines` moves on when all are there.
 */
#include "harness/load/team.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/support/fault.h"
#include "drivers/support/mmio.h"
#include "drivers/support/types.h"

#define SPINS_BEFORE_SLEEP                                                                         \
	20000 /* up to a millisecond: longer than most of what lies between two rounds */

struct member {
	struct team *team;
	pthread_t thread;
	unsigned number;
};

/* NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): what several threads write has lines of its own */
struct team {
	struct team_config config;
	unsigned started; /* threads made */
	struct member member[TEAM_MEMBERS_MAX];

	/* Written under the mutex; `runs` is read without it by who spins. */
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	atomic_uint runs; /* begun so far */
	bool quit;
	team_fn fn;
	void *arg;
	atomic_uint
		busy; /* threads still in the run; written by each at its end, read by the caller */

	/* The line, on lines of its own: every member writes `arrived` once, and spins on `lines`. */
	CACHE_ALIGNED atomic_uint arrived;
	CACHE_ALIGNED atomic_uint lines; /* passed so far; publishes `opened` */
	struct tick opened;
};

static void relax(const struct team *team)
{
	if (team->config.crowded)
		sched_yield();
	else
		cpu_relax();
}

struct tick team_line_up(struct team *team)
{
	/* Cannot move on before this member has come. */
	const unsigned line = atomic_load_explicit(&team->lines, memory_order_relaxed);

	/* Acquire-release: the last one sees what all did before the line, and so does everybody it lets go. */
	if (atomic_fetch_add_explicit(&team->arrived, 1, memory_order_acq_rel) + 1 ==
		team->config.members) {
		atomic_store_explicit(&team->arrived, 0, memory_order_relaxed);
		team->opened = clock_now(team->config.clock);
		atomic_store_explicit(&team->lines, line + 1, memory_order_release);
	} else {
		while (atomic_load_explicit(&team->lines, memory_order_acquire) == line)
			relax(team);
	}
	return team->opened;
}

/* Until there is a run after the @seen first: a while without sleeping. Return: whether there is one, not the end. */
static bool member_wait(struct team *team, unsigned seen)
{
	bool run;

	/* Relaxed: only whether to take the mutex at once; what it publishes is read under it. */
	for (unsigned i = 0; i < SPINS_BEFORE_SLEEP && !team->config.crowded &&
			     atomic_load_explicit(&team->runs, memory_order_relaxed) == seen;
		i++)
		cpu_relax();
	pthread_mutex_lock(&team->mutex);
	while (atomic_load_explicit(&team->runs, memory_order_relaxed) == seen && !team->quit)
		pthread_cond_wait(&team->changed, &team->mutex);
	run = !team->quit;
	pthread_mutex_unlock(&team->mutex);
	return run;
}

static void *member_main(void *arg)
{
	struct member *member = arg;
	struct team *team = member->team;

	if (team->config.begin)
		team->config.begin(team->config.arg, member->number);
	for (unsigned seen = 0; member_wait(team, seen); seen++) {
		team->fn(team->arg, member->number);
		/* Release: what the member did is the caller's when it sees nobody busy. */
		atomic_fetch_sub_explicit(&team->busy, 1, memory_order_release);
	}
	return NULL;
}

void team_run(struct team *team, team_fn fn, void *arg)
{
	pthread_mutex_lock(&team->mutex);
	team->fn = fn;
	team->arg = arg;
	atomic_store_explicit(&team->busy, team->started, memory_order_relaxed);
	atomic_fetch_add_explicit(&team->runs, 1, memory_order_relaxed);
	pthread_cond_broadcast(&team->changed);
	pthread_mutex_unlock(&team->mutex);
	fn(arg, 0);
	/* Acquire: pairs with each member's end. */
	while (atomic_load_explicit(&team->busy, memory_order_acquire) > 0)
		relax(team);
}

static int threads_start(struct team *team)
{
	for (unsigned i = 1; i < team->config.members; i++) {
		struct member *member = &team->member[i];

		*member = (struct member){.team = team, .number = i};
		int rc = fault_point("team_thread")
		                 ? EAGAIN
		                 : pthread_create(&member->thread, NULL, member_main, member);

		if (rc)
			return -rc;
		team->started++;
	}
	return 0;
}

int team_open(struct team **out, const struct team_config *config, struct err *err)
{
	*out = NULL;
	if (!config->members || config->members > TEAM_MEMBERS_MAX)
		return err_set(err, ERR_USAGE, -EINVAL, "a team of %u: expected 1 to %d members",
			config->members, TEAM_MEMBERS_MAX);
	struct team *team = fault_point("team") ? NULL
	                                        : aligned_alloc(CACHE_LINE_BYTES, sizeof(*team));

	if (!team)
		return err_short(
			err, -ENOMEM, "no memory for a team of %u threads", config->members);
	memset(team, 0, sizeof(*team));
	team->config = *config;
	pthread_mutex_init(&team->mutex, NULL);
	pthread_cond_init(&team->changed, NULL);
	int rc = threads_start(team);

	if (rc) {
		team_close(team);
		return err_set(err, ERR_MISSING, rc,
			"no thread for %u requesters (%s); raise the limit of processes or lower "
			"threads",
			config->members, strerror(-rc));
	}
	*out = team;
	return 0;
}

void team_close(struct team *team)
{
	if (!team)
		return;
	pthread_mutex_lock(&team->mutex);
	team->quit = true;
	pthread_cond_broadcast(&team->changed);
	pthread_mutex_unlock(&team->mutex);
	for (unsigned i = 1; i <= team->started; i++)
		pthread_join(team->member[i].thread, NULL);
	pthread_cond_destroy(&team->changed);
	pthread_mutex_destroy(&team->mutex);
	free(team);
}
