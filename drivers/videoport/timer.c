// SPDX-License-Identifier: BSD-2-Clause
/*
 * timer.c: HwVidTimer, called about once a second between VideoPortStartTimer and
 * VideoPortStopTimer. A thread exists only for a driver that has the callback. The callback
 * runs at DISPATCH and excludes the DPC.
 */
#include "drivers/support/fault.h"
#include "drivers/videoport/priv.h"

#include <errno.h>
#include <string.h>

/* Sleeps until @deadline or until something changes. Return: whether the deadline was reached. */
static bool timer_sleep_locked(struct timer_state *timer, const struct timespec *deadline)
{
	return host_cond_timedwait(&timer->changed, &timer->lock, deadline) == ETIMEDOUT;
}

static void timer_fire(struct videoport *vp)
{
	unsigned old = irql_raise(IRQL_DISPATCH);

	spin_acquire(&vp->interrupt.dispatch);

	struct callback before = callback_enter(vp);

	vp->hw.HwTimer(vp->extension);
	callback_leave(&before, "HwVidTimer");
	spin_release(&vp->interrupt.dispatch);
	irql_lower(old);
	/* Release: who sees the call counted sees what the routine did. */
	atomic_fetch_add_explicit(&vp->timer.calls, 1, memory_order_release);
}

static void *timer_main(void *arg)
{
	struct videoport *vp = arg;
	struct timer_state *timer = &vp->timer;
	struct timespec deadline;

	irql_thread.timer = true;
	port_enter(vp);
	pthread_mutex_lock(&timer->lock);
	while (!timer->stop) {
		if (!timer->running) {
			host_cond_wait(&timer->changed, &timer->lock);
			continue;
		}
		host_clock(CLOCK_MONOTONIC, &deadline);
		deadline.tv_sec++;
		while (timer->running && !timer->stop && !timer_sleep_locked(timer, &deadline))
			;
		if (!timer->running || timer->stop)
			continue;
		pthread_mutex_unlock(&timer->lock);
		timer_fire(vp);
		pthread_mutex_lock(&timer->lock);
	}
	pthread_mutex_unlock(&timer->lock);
	return NULL;
}

static int timer_init_condition(pthread_cond_t *condition)
{
	pthread_condattr_t attr;
	int ret = fault_point("timer_condition") ? ENOMEM : pthread_condattr_init(&attr);

	if (ret)
		return -ret;
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	ret = pthread_cond_init(condition, &attr);
	pthread_condattr_destroy(&attr);
	return -ret;
}

int timer_create_thread(struct videoport *vp, struct err *err)
{
	struct timer_state *timer = &vp->timer;

	if (!vp->hw.HwTimer)
		return 0;

	int ret = timer_init_condition(&timer->changed);

	if (ret < 0)
		return err_short(err, ret, "timer thread: no memory for its condition");
	pthread_mutex_init(&timer->lock, NULL);
	ret = fault_point("timer_thread")
	              ? -EAGAIN
	              : -host_thread_start(&timer->thread, NULL, "timer", timer_main, vp);
	if (ret < 0) {
		pthread_mutex_destroy(&timer->lock);
		pthread_cond_destroy(&timer->changed);
		return err_short(err, ret, "timer thread: cannot be started (%s)", strerror(-ret));
	}
	timer->created = true;
	return 0;
}

void timer_destroy_thread(struct videoport *vp)
{
	struct timer_state *timer = &vp->timer;

	if (!timer->created)
		return;
	pthread_mutex_lock(&timer->lock);
	timer->stop = true;
	host_cond_signal(&timer->changed);
	pthread_mutex_unlock(&timer->lock);
	host_thread_join(&timer->thread);
	pthread_mutex_destroy(&timer->lock);
	pthread_cond_destroy(&timer->changed);
	timer->created = false;
}

static void timer_run(struct videoport *vp, bool running, const char *function)
{
	struct timer_state *timer = &vp->timer;

	if (!vp->hw.HwTimer) {
		rule_broken(vp, RULE_TIMER_NONE, ERROR_INVALID_FUNCTION,
			"%s: the driver has no HwTimer", function);
		return;
	}
	/* HwVidFindAdapter comes before the thread, and the shutdown after it. */
	if (!timer->created) {
		timer->running = running;
		return;
	}
	pthread_mutex_lock(&timer->lock);
	timer->running = running;
	host_cond_signal(&timer->changed);
	pthread_mutex_unlock(&timer->lock);
}

VOID NTAPI VideoPortStartTimer(PVOID HwDeviceExtension)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);

	if (vp && irql_allowed(vp, IRQL_VideoPortStartTimer))
		timer_run(vp, true, "VideoPortStartTimer");
}

VOID NTAPI VideoPortStopTimer(PVOID HwDeviceExtension)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);

	if (!vp || !irql_allowed(vp, IRQL_VideoPortStopTimer))
		return;
	if (irql_thread.timer)
		rule_broken(vp, RULE_TIMER_STOP_SELF, ERROR_INVALID_FUNCTION,
			"VideoPortStopTimer: called by HwVidTimer");
	else
		timer_run(vp, false, "VideoPortStopTimer");
}

uint64_t videoport_timer_calls(const struct videoport *vp)
{
	return atomic_load_explicit(&vp->timer.calls, memory_order_acquire);
}
