/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * object.h: what a driver creates and must give back besides DMA resources: events, spin locks and
 * pool blocks (pool.c). The list lets the port refuse a pointer that is not live and free what a driver left
 * behind.
 *
 * Ownership: object_create lends zeroed, cache-line aligned memory, object_destroy takes it back.
 * Threads: any; one inner lock. A slow path: creating and deleting is not for measured loops.
 */
#ifndef VIDEOPORT_OBJECT_H
#define VIDEOPORT_OBJECT_H

#include "drivers/support/types.h"
#include "drivers/videoport/account.h"
#include "drivers/videoport/verifier.h"

#include <pthread.h>
#include <stdatomic.h>

struct object;

struct object_list {
	pthread_mutex_t lock;
	struct object *first;
	_Atomic unsigned paged; /* live ones that are marked so */
};

int object_list_init(struct object_list *list);

/* object_list_fini - frees what is left. */
void object_list_fini(struct object_list *list);

/*
 * object_create - @bytes of memory of the given kind, counted in @account, made at @origin. Return:
 * NULL if out of memory. object_origin - of live memory.
 */
void *object_create(struct object_list *list, struct account *account, enum account_object kind,
	size_t bytes, struct origin origin);
const struct origin *object_origin(const void *memory);

/*
 * object_destroy - frees @memory. @busy: if not NULL and true of it, it stays.
 * Return: 0; -ENOENT if it is no live object of @kind; -EBUSY.
 */
int object_destroy(struct object_list *list, struct account *account, enum account_object kind,
	void *memory, bool (*busy)(const void *memory));

/*
 * object_detach - object_destroy, but the memory stays as it is until object_free: for whoever keeps it to
 * see whether it is still written to. object_free tolerates NULL.
 */
int object_detach(struct object_list *list, struct account *account, enum account_object kind,
	void *memory, bool (*busy)(const void *memory));
void object_free(void *memory);

/* object_each - calls @visit for every live object of @kind, the youngest first. It must not call back. */
void object_each(struct object_list *list, enum account_object kind,
	void (*visit)(void *user, void *memory, const struct origin *origin), void *user);

/*
 * object_mark_paged - live @memory may not be touched at DISPATCH_LEVEL. object_any_paged - whether there is
 * any. object_paged_holds - whether @address, which may be anything, lies in such memory, and where that was
 * made.
 */
void object_mark_paged(struct object_list *list, void *memory);
static inline bool object_any_paged(const struct object_list *list)
{
	/* Relaxed: whoever passes an address on has been told it by who marked it. */
	return atomic_load_explicit(&list->paged, memory_order_relaxed) != 0;
}
bool object_paged_holds(struct object_list *list, const void *address, struct origin *origin);

/* object_meets - whether live memory of @kind lies in the @bytes from @start on. @start may be anything. */
bool object_meets(
	struct object_list *list, enum account_object kind, const void *start, size_t bytes);

#endif
