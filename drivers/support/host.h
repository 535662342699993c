/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * host.h: what the port asks of the machine it runs on: threads, sleeping, time. The operating system gives them,
 * or a scheduler that plays all threads on one (drivers/device/model/sched.h).
 *
 *	port --host_...--> host_ops == NULL: pthreads, futex, clocks
 *	                   else            : a scheduler: every wait is a hand-over, every time is virtual
 *
 * The model. A thread of the port is an *actor* where a scheduler plays it. Only one actor runs at a time and it
 * gives way nowhere but in the functions here. A *point* is where it may be made to: the port has one at
 * every call by which drivers meet one another or the device (locks, registers, counter, events), none
 * inside its own locks. So what the port does between two points is one step to everybody else, and a mutex is
 * never contended.
 *
 * Cost. Without a scheduler a point is one load of a word that nobody writes and one branch never taken; all else
 * here stands on slow paths.
 *
 * Call order: host_play(ops) while no port is open -> ... -> host_play(NULL), the same.
 * Threads: host_play from one thread while nobody else uses the port; everything else from any thread, under a
 * scheduler from its actors only.
 * Errors: as pthreads: 0 or an errno value.
 */
#ifndef SUPPORT_HOST_H
#define SUPPORT_HOST_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define HOST_FOREVER  UINT64_MAX
#define HOST_MASK_ANY UINT32_MAX

/* What an actor is about to do at a point; the scheduler may charge each its own time. */
enum host_point {
	HOST_POINT_LOCK,     /* acquire a spin lock, or it was just released */
	HOST_POINT_REGISTER, /* read or write a register or a word the device writes */
	HOST_POINT_CLOCK,    /* read a counter */
	HOST_POINT_SIGNAL,   /* set or clear an event */
	HOST_POINTS,
};

/* A scheduler. No slot is NULL. Called on actors only, but for now_ns and local. */
struct host_ops {
	/* now_ns - virtual time since the scheduler's start. */
	uint64_t (*now_ns)(void);
	/* local - every actor has @len_bytes at @block for itself: at first zeroes, exchanged when actors change. */
	void (*local)(void *block, size_t len_bytes);
	void (*point)(enum host_point kind);
	/* spin - somebody else has to run before this actor can go on. */
	void (*spin)(void);
	/*
	 * sleep - until a wake of @key that shares a bit of @mask, or @deadline_ns. May return for no reason.
	 * Return: 0, -ETIMEDOUT.
	 */
	int (*sleep)(const void *key, uint32_t mask, uint64_t deadline_ns);
	void (*wake)(const void *key, int count, uint32_t mask);
	/* spawn - a new actor that runs @main(@arg). Return: 0 or -ENOMEM. join - until it has returned. */
	int (*spawn)(uint64_t *actor, const char *name, void *(*main)(void *), void *arg);
	void (*join)(uint64_t actor);
};

/* The scheduler that plays now, NULL: none. Written by host_play only. */
extern const struct host_ops *host_ops;

/* The running actor's number, 0 on a thread that is none: tells actors of one thread apart. The scheduler's. */
extern _Thread_local uintptr_t host_actor;

void host_play(const struct host_ops *ops);

static inline bool host_played(void)
{
	return __builtin_expect(host_ops != NULL, 0);
}

static inline void host_point(enum host_point kind)
{
	if (host_played())
		host_ops->point(kind);
}

/* A thread of the port's. */
struct host_thread {
	pthread_t os;
	uint64_t actor;
};

/* host_thread_start - as pthread_create; @attr may be NULL, and is for the operating system only. */
int host_thread_start(struct host_thread *thread, const pthread_attr_t *attr, const char *name,
	void *(*main)(void *), void *arg);
void host_thread_join(struct host_thread *thread);

/*
 * As the functions of pthreads; @deadline is on CLOCK_MONOTONIC. Under a scheduler the condition is only a
 * name: nothing comes between the unlock and the sleep.
 */
void host_cond_wait(pthread_cond_t *cond, pthread_mutex_t *lock);
int host_cond_timedwait(
	pthread_cond_t *cond, pthread_mutex_t *lock, const struct timespec *deadline);
void host_cond_signal(pthread_cond_t *cond);
void host_cond_broadcast(pthread_cond_t *cond);

/*
 * host_clock - clock_gettime. Under a scheduler CLOCK_MONOTONIC and its kin are the virtual time, and
 * CLOCK_REALTIME and its kin the virtual time behind a fixed date.
 * host_deadline_ns - such a reading as virtual time. Scheduler only.
 */
void host_clock(clockid_t clock, struct timespec *now);
uint64_t host_deadline_ns(const struct timespec *deadline, bool realtime);

#endif
