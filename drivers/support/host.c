// SPDX-License-Identifier: BSD-2-Clause
/* host.c: see host.h. Slow paths only; knows neither the port nor a scheduler. */
#include "drivers/support/host.h"

#include "drivers/support/shortage.h"

#include <errno.h>
#include <limits.h>

#define NS_PER_S UINT64_C(1000000000)
/* 2001-09-09 01:46:40 UTC: when virtual time begins. */
#define EPOCH_S UINT64_C(1000000000)

const struct host_ops *host_ops;
_Thread_local uintptr_t host_actor;

void host_play(const struct host_ops *ops)
{
	host_ops = ops;
}

int host_thread_start(struct host_thread *thread, const pthread_attr_t *attr, const char *name,
	void *(*main)(void *), void *arg)
{
	if (host_played())
		return -host_ops->spawn(&thread->actor, name, main, arg);
	const int refused = pthread_create(&thread->os, attr, main, arg);

	if (refused)
		shortage_note();
	return refused;
}

void host_thread_join(struct host_thread *thread)
{
	if (host_played())
		host_ops->join(thread->actor);
	else
		pthread_join(thread->os, NULL);
}

static int played_wait(pthread_cond_t *cond, pthread_mutex_t *lock, uint64_t deadline_ns)
{
	int ret;

	pthread_mutex_unlock(lock);
	ret = host_ops->sleep(cond, HOST_MASK_ANY, deadline_ns);
	pthread_mutex_lock(lock);
	return -ret;
}

void host_cond_wait(pthread_cond_t *cond, pthread_mutex_t *lock)
{
	if (host_played())
		played_wait(cond, lock, HOST_FOREVER);
	else
		pthread_cond_wait(cond, lock);
}

int host_cond_timedwait(
	pthread_cond_t *cond, pthread_mutex_t *lock, const struct timespec *deadline)
{
	if (host_played())
		return played_wait(cond, lock, host_deadline_ns(deadline, false));
	return pthread_cond_timedwait(cond, lock, deadline);
}

void host_cond_signal(pthread_cond_t *cond)
{
	if (host_played())
		host_ops->wake(cond, 1, HOST_MASK_ANY);
	else
		pthread_cond_signal(cond);
}

void host_cond_broadcast(pthread_cond_t *cond)
{
	if (host_played())
		host_ops->wake(cond, INT_MAX, HOST_MASK_ANY);
	else
		pthread_cond_broadcast(cond);
}

void host_clock(clockid_t clock, struct timespec *now)
{
	bool realtime = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;

	if (!host_played()) {
		clock_gettime(clock, now);
		return;
	}

	uint64_t ns = host_ops->now_ns();

	now->tv_sec = (time_t)(ns / NS_PER_S + (realtime ? EPOCH_S : 0));
	now->tv_nsec = (long)(ns % NS_PER_S);
}

uint64_t host_deadline_ns(const struct timespec *deadline, bool realtime)
{
	uint64_t s = (uint64_t)deadline->tv_sec, epoch_s = realtime ? EPOCH_S : 0;

	if (s < epoch_s)
		return 0;
	if (s - epoch_s > UINT64_MAX / NS_PER_S - 1)
		return HOST_FOREVER;
	return (s - epoch_s) * NS_PER_S + (uint64_t)deadline->tv_nsec;
}
