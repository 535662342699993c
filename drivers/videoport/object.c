// SPDX-License-Identifier: BSD-2-Clause
/*
 * object.c: see object.h. Called by event.c, spinlock.c and pool.c; knows nothing of what it
 * keeps.
 */
#include "drivers/videoport/object.h"

#include "drivers/support/fault.h"
#include "drivers/support/heap.h"

#include <errno.h>
#include <string.h>

/* In front of the memory; one cache line, so that the memory starts one. */
struct object {
	CACHE_ALIGNED struct object *next;
	enum account_object kind;
	bool paged;
	size_t bytes; /* of the memory */
	struct origin origin;
};

int object_list_init(struct object_list *list)
{
	list->first = NULL;
	return -pthread_mutex_init(&list->lock, NULL);
}

void object_list_fini(struct object_list *list)
{
	while (list->first) {
		struct object *object = list->first;

		list->first = object->next;
		heap_free(object);
	}
	pthread_mutex_destroy(&list->lock);
}

void *object_create(struct object_list *list, struct account *account, enum account_object kind,
	size_t bytes, struct origin origin)
{
	if (bytes > PTRDIFF_MAX - 2 * sizeof(struct object) || fault_point("object_create"))
		return NULL;

	size_t total = (sizeof(struct object) + bytes + CACHE_LINE_BYTES - 1) &
	               ~(size_t)(CACHE_LINE_BYTES - 1);
	struct object *object = heap_lines(total);

	if (!object)
		return NULL;
	memset(object, 0, total);
	object->kind = kind;
	object->bytes = bytes;
	object->origin = origin;
	pthread_mutex_lock(&list->lock);
	object->next = list->first;
	list->first = object;
	pthread_mutex_unlock(&list->lock);
	account_object_add(account, kind);
	return object + 1;
}

const struct origin *object_origin(const void *memory)
{
	return &((const struct object *)memory - 1)->origin;
}

/* The link that holds @memory, NULL if none does. Compared, not read: @memory may be anything. */
static struct object **object_find_locked(
	struct object_list *list, enum account_object kind, const void *memory)
{
	for (struct object **at = &list->first; *at; at = &(*at)->next) {
		if ((const void *)(*at + 1) == memory && (*at)->kind == kind)
			return at;
	}
	return NULL;
}

int object_detach(struct object_list *list, struct account *account, enum account_object kind,
	void *memory, bool (*busy)(const void *memory))
{
	int ret = 0;

	pthread_mutex_lock(&list->lock);

	struct object **at = object_find_locked(list, kind, memory);
	struct object *found = at ? *at : NULL;

	if (!found)
		ret = -ENOENT;
	else if (busy && busy(memory))
		ret = -EBUSY;
	else
		*at = found->next;
	pthread_mutex_unlock(&list->lock);
	if (ret < 0)
		return ret;
	if (found->paged)
		atomic_fetch_sub_explicit(&list->paged, 1, memory_order_relaxed);
	account_object_sub(account, kind);
	return 0;
}

void object_free(void *memory)
{
	if (memory)
		heap_free((struct object *)memory - 1);
}

int object_destroy(struct object_list *list, struct account *account, enum account_object kind,
	void *memory, bool (*busy)(const void *memory))
{
	int ret = object_detach(list, account, kind, memory, busy);

	if (ret == 0)
		object_free(memory);
	return ret;
}

void object_each(struct object_list *list, enum account_object kind,
	void (*visit)(void *user, void *memory, const struct origin *origin), void *user)
{
	pthread_mutex_lock(&list->lock);
	for (struct object *at = list->first; at; at = at->next)
		if (at->kind == kind)
			visit(user, at + 1, &at->origin);
	pthread_mutex_unlock(&list->lock);
}

void object_mark_paged(struct object_list *list, void *memory)
{
	pthread_mutex_lock(&list->lock);
	((struct object *)memory - 1)->paged = true;
	pthread_mutex_unlock(&list->lock);
	/* Relaxed: see object_any_paged. */
	atomic_fetch_add_explicit(&list->paged, 1, memory_order_relaxed);
}

static bool object_touches(const struct object *object, uintptr_t from, uintptr_t to)
{
	uintptr_t memory = (uintptr_t)(object + 1);

	return memory < to && from < memory + object->bytes;
}

bool object_paged_holds(struct object_list *list, const void *address, struct origin *origin)
{
	uintptr_t at = (uintptr_t)address;
	bool holds = false;

	pthread_mutex_lock(&list->lock);
	for (const struct object *i = list->first; i && !holds; i = i->next) {
		holds = i->paged && object_touches(i, at, at + 1);
		*origin = i->origin;
	}
	pthread_mutex_unlock(&list->lock);
	return holds;
}

bool object_meets(
	struct object_list *list, enum account_object kind, const void *start, size_t bytes)
{
	uintptr_t from = (uintptr_t)start, to = from + bytes;
	bool meets = false;

	pthread_mutex_lock(&list->lock);
	for (const struct object *at = list->first; at && !meets; at = at->next)
		meets = at->kind == kind && object_touches(at, from, to);
	pthread_mutex_unlock(&list->lock);
	return meets;
}
