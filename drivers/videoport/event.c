// SPDX-License-Identifier: BSD-2-Clause
/*
 * event.c: the driver's events.
 *
 * Setting an event releases threads that wait at that moment, even if it is cleared at once: one
 * thread of a synchronisation event, all of a notification event. Who is released is counted in
 * grants. One word holds all of an event's state, so that the last access of a setter is the one by
 * which a waiter may go on, delete the event and free its memory:
 *
 *	bit 0       signalled
 *	bits 1..15  threads waiting
 *	bits 16..31 grants: how many of them may go
 *
 * Setting an event nobody waits for is one atomic operation and no system call.
 */
#include "drivers/videoport/futex.h"
#include "drivers/videoport/priv.h"

#include <limits.h>

#define EVENT_MAGIC     0x544e5645u
#define EVENT_SIGNALLED 1u
#define EVENT_WAITER    2u
#define EVENT_GRANT     (1u << 16)

/* 1601-01-01 to 1970-01-01 in 100 ns units. */
#define EPOCH_DIFFERENCE INT64_C(116444736000000000)
#define TICKS_PER_SECOND 10000000

struct _VIDEO_PORT_EVENT {
	_Atomic uint32_t word;
	uint32_t magic;
	bool notification; /* stays signalled */
};

static uint32_t waiters_of(uint32_t word)
{
	return (word & (EVENT_GRANT - 1)) / EVENT_WAITER;
}

static uint32_t grants_of(uint32_t word)
{
	return word / EVENT_GRANT;
}

static bool event_valid(
	struct videoport *vp, const struct _VIDEO_PORT_EVENT *event, const char *function)
{
	enum address_known known = vp ? address_set_has(vp->verifier.live, event) : ADDRESS_PERHAPS;

	if (__builtin_expect(known != ADDRESS_UNKNOWN, 1) && event && event->magic == EVENT_MAGIC)
		return true;
	rule_broken(vp, RULE_EVENT_UNKNOWN, ERROR_INVALID_PARAMETER, "%s: %p is no live event",
		function, (const void *)event);
	return false;
}

VP_STATUS NTAPI VideoPortCreateEvent(
	PVOID HwDeviceExtension, ULONG EventFlag, PVOID Unused, PEVENT *ppEvent)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);

	if (!vp || !irql_allowed(vp, IRQL_VideoPortCreateEvent))
		return ERROR_INVALID_PARAMETER;
	if (!ppEvent || Unused ||
		(EventFlag & ~(ULONG)(EVENT_TYPE_MASK | INITIAL_EVENT_STATE_MASK))) {
		rule_broken(vp, RULE_EVENT_ARGUMENT, ERROR_INVALID_PARAMETER,
			"VideoPortCreateEvent: EventFlag 0x%x, Unused %p, ppEvent %p", EventFlag,
			Unused, (void *)ppEvent);
		return ERROR_INVALID_PARAMETER;
	}

	PEVENT event = object_create(&vp->objects, &vp->account, ACCOUNT_EVENT,
		sizeof(struct _VIDEO_PORT_EVENT), ORIGIN_HERE(vp));

	*ppEvent = event;
	if (!event)
		return ERROR_NOT_ENOUGH_MEMORY;
	event->magic = EVENT_MAGIC;
	event->notification = EventFlag & NOTIFICATION_EVENT;
	atomic_init(&event->word, EventFlag & INITIAL_EVENT_SIGNALED ? EVENT_SIGNALLED : 0);
	if (vp->verifier.live)
		address_set_add(vp->verifier.live, event);
	return NO_ERROR;
}

static bool event_busy(const void *memory)
{
	const struct _VIDEO_PORT_EVENT *event = memory;

	return waiters_of(atomic_load_explicit(&event->word, memory_order_acquire)) != 0;
}

VP_STATUS NTAPI VideoPortDeleteEvent(PVOID HwDeviceExtension, PEVENT pEvent)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);

	if (!vp || !irql_allowed(vp, IRQL_VideoPortDeleteEvent))
		return ERROR_INVALID_PARAMETER;

	int ret = object_destroy(&vp->objects, &vp->account, ACCOUNT_EVENT, pEvent, event_busy);

	if (ret == 0 && vp->verifier.live)
		address_set_remove(vp->verifier.live, pEvent);
	if (ret == 0)
		return NO_ERROR;
	if (ret == -EBUSY)
		rule_broken_at(vp, RULE_EVENT_DELETE_WAITED, ERROR_INVALID_PARAMETER,
			object_origin(pEvent), "VideoPortDeleteEvent: %p is waited for",
			(void *)pEvent);
	else
		rule_broken(vp, RULE_EVENT_UNKNOWN, ERROR_INVALID_PARAMETER,
			"VideoPortDeleteEvent: %p is no live event", (void *)pEvent);
	return ERROR_INVALID_PARAMETER;
}

/* What setting makes of @word. */
static uint32_t event_after_set(uint32_t word, bool notification)
{
	uint32_t waiting = waiters_of(word) - grants_of(word);

	if (notification)
		return (word | EVENT_SIGNALLED) + waiting * EVENT_GRANT;
	return waiting ? word + EVENT_GRANT : word | EVENT_SIGNALLED;
}

LONG NTAPI VideoPortSetEvent(PVOID HwDeviceExtension, PEVENT pEvent)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);

	if (!irql_allowed(vp, IRQL_VideoPortSetEvent) ||
		!event_valid(vp, pEvent, "VideoPortSetEvent"))
		return 0;

	host_point(HOST_POINT_SIGNAL);

	bool notification = pEvent->notification;
	uint32_t old = atomic_load_explicit(&pEvent->word, memory_order_relaxed);
	uint32_t after;

	/*
	 * Release: what the setter wrote is visible to the waiter. Behind it the event may be gone;
	 * the wake uses its address only.
	 */
	do {
		after = event_after_set(old, notification);
	} while (!atomic_compare_exchange_weak_explicit(
		&pEvent->word, &old, after, memory_order_release, memory_order_relaxed));
	if (grants_of(after) != grants_of(old))
		futex_wake(&pEvent->word, notification ? INT_MAX : 1, FUTEX_ANY);
	return (LONG)(old & EVENT_SIGNALLED);
}

VOID NTAPI VideoPortClearEvent(PVOID HwDeviceExtension, PEVENT pEvent)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);

	if (irql_allowed(vp, IRQL_VideoPortClearEvent) &&
		event_valid(vp, pEvent, "VideoPortClearEvent"))
		atomic_fetch_and_explicit(&pEvent->word, ~EVENT_SIGNALLED, memory_order_acquire);
}

LONG NTAPI VideoPortReadStateEvent(PVOID HwDeviceExtension, PEVENT pEvent)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);

	if (!irql_allowed(vp, IRQL_VideoPortReadStateEvent) ||
		!event_valid(vp, pEvent, "VideoPortReadStateEvent"))
		return 0;
	return (LONG)(atomic_load_explicit(&pEvent->word, memory_order_acquire) & EVENT_SIGNALLED);
}

/*
 * Ends a wait: by a grant, or by the signal. @waiter: EVENT_WAITER if the thread is counted among
 * the waiting, else 0. Acquire pairs with the release of the setter. Return: false if there is
 * neither; @seen receives the word that said so.
 */
static bool event_take(PEVENT event, uint32_t waiter, uint32_t *seen)
{
	uint32_t word = atomic_load_explicit(&event->word, memory_order_acquire);
	uint32_t after;

	do {
		if (waiter && grants_of(word))
			after = word - EVENT_GRANT - waiter;
		else if (word & EVENT_SIGNALLED)
			after = word - waiter - (event->notification ? 0 : EVENT_SIGNALLED);
		else
			break;
		if (atomic_compare_exchange_weak_explicit(
			    &event->word, &word, after, memory_order_acquire, memory_order_acquire))
			return true;
	} while (true);
	*seen = word;
	return false;
}

/*
 * Stops waiting without a signal, unless a grant came meanwhile: a grant must not be left behind,
 * it is counted against the waiters.
 */
static VP_STATUS event_give_up(PEVENT event)
{
	uint32_t seen;

	while (!event_take(event, EVENT_WAITER, &seen)) {
		if (atomic_compare_exchange_weak_explicit(&event->word, &seen, seen - EVENT_WAITER,
			    memory_order_relaxed, memory_order_relaxed))
			return WAIT_TIMEOUT;
	}
	return NO_ERROR;
}

/* The moment @timeout means. Return: whether it is on the real-time clock. */
static bool event_deadline(LONGLONG timeout, struct timespec *deadline)
{
	if (timeout >= 0) {
		LONGLONG since_epoch = timeout > EPOCH_DIFFERENCE ? timeout - EPOCH_DIFFERENCE : 0;

		deadline->tv_sec = since_epoch / TICKS_PER_SECOND;
		deadline->tv_nsec = since_epoch % TICKS_PER_SECOND * 100;
		return true;
	}
	host_clock(CLOCK_MONOTONIC, deadline);

	uint64_t ticks = -(uint64_t)timeout;

	deadline->tv_sec += (time_t)(ticks / TICKS_PER_SECOND);
	deadline->tv_nsec += (long)(ticks % TICKS_PER_SECOND) * 100;
	if (deadline->tv_nsec >= 1000000000) {
		deadline->tv_nsec -= 1000000000;
		deadline->tv_sec++;
	}
	return false;
}

/* Sleeps until the signal is taken or @timeout (NULL: none) is over. */
static VP_STATUS event_sleep(PEVENT event, const LARGE_INTEGER *timeout)
{
	struct timespec deadline;
	bool realtime = timeout && event_deadline(timeout->QuadPart, &deadline);
	uint32_t seen;

	atomic_fetch_add_explicit(&event->word, EVENT_WAITER, memory_order_relaxed);
	while (!event_take(event, EVENT_WAITER, &seen)) {
		if (futex_wait(&event->word, seen, FUTEX_ANY, timeout ? &deadline : NULL,
			    realtime) < 0)
			return event_give_up(event);
	}
	return NO_ERROR;
}

VP_STATUS NTAPI VideoPortWaitForSingleObject(
	PVOID HwDeviceExtension, PVOID Object, PLARGE_INTEGER Timeout)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);
	PEVENT event = Object;
	uint32_t seen;

	if (!irql_allowed(vp, IRQL_VideoPortWaitForSingleObject) ||
		!event_valid(vp, event, "VideoPortWaitForSingleObject"))
		return ERROR_INVALID_PARAMETER;
	if (irql_current() >= IRQL_DISPATCH && (!Timeout || Timeout->QuadPart != 0)) {
		rule_broken(vp, RULE_WAIT_DISPATCH, ERROR_INVALID_PARAMETER,
			"VideoPortWaitForSingleObject: would wait at DISPATCH_LEVEL");
		return ERROR_INVALID_PARAMETER;
	}
	if (event_take(event, 0, &seen))
		return NO_ERROR;
	if (Timeout && Timeout->QuadPart == 0)
		return WAIT_TIMEOUT;
	return event_sleep(event, Timeout);
}
