// SPDX-License-Identifier: BSD-2-Clause
/* events.c: see events.h. */
#include "drivers/device/model/events.h"

#include "drivers/support/fault.h"
#include "drivers/support/heap.h"

#include <errno.h>

#define ROOM_FIRST 64

static bool event_before(const struct event *a, const struct event *b)
{
	return a->time_ns != b->time_ns ? a->time_ns < b->time_ns : a->number < b->number;
}

static void event_swap(struct event *a, struct event *b)
{
	struct event kept = *a;

	*a = *b;
	*b = kept;
}

static void sift_up(struct events *events, size_t at)
{
	while (at > 0 && event_before(&events->heap[at], &events->heap[(at - 1) / 2])) {
		event_swap(&events->heap[at], &events->heap[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
}

static void sift_down(struct events *events, size_t at)
{
	for (;;) {
		size_t least = at;

		for (size_t child = 2 * at + 1; child <= 2 * at + 2; child++)
			if (child < events->count &&
				event_before(&events->heap[child], &events->heap[least]))
				least = child;
		if (least == at)
			return;
		event_swap(&events->heap[at], &events->heap[least]);
		at = least;
	}
}

int events_add(struct events *events, uint64_t time_ns, void (*call)(void *arg), void *arg)
{
	if (events->count == events->room) {
		size_t room = events->room ? 2 * events->room : ROOM_FIRST;
		struct event *heap = fault_point("events_room")
		                             ? NULL
		                             : heap_resize(events->heap, room * sizeof(*heap));

		if (!heap)
			return -ENOMEM;
		events->heap = heap;
		events->room = room;
	}
	events->heap[events->count] = (struct event){time_ns, events->added++, call, arg};
	sift_up(events, events->count++);
	return 0;
}

void events_fini(struct events *events)
{
	heap_free(events->heap);
	*events = (struct events){0};
}

uint64_t events_next_ns(const struct events *events)
{
	return events->count ? events->heap[0].time_ns : UINT64_MAX;
}

struct event events_take(struct events *events)
{
	struct event first = events->heap[0];

	events->heap[0] = events->heap[--events->count];
	sift_down(events, 0);
	return first;
}

void events_forget(struct events *events, const void *arg)
{
	size_t kept = 0;

	for (size_t i = 0; i < events->count; i++)
		if (events->heap[i].arg != arg)
			events->heap[kept++] = events->heap[i];
	events->count = kept;
	for (size_t i = kept / 2; i-- > 0;)
		sift_down(events, i);
}
