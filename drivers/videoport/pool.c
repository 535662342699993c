// SPDX-License-Identifier: BSD-2-Clause
/* pool.c: VideoPortAllocatePool and VideoPortFreePool, and what the verifier makes of them. See pool.h. */
#include "drivers/videoport/pool.h"

#include "drivers/support/fault.h"
#include "drivers/videoport/guard.h"
#include "drivers/videoport/priv.h"

#include <errno.h>
#include <string.h>

#define GUARD_BYTES 256

/* In front of the first guard; cache lines, so that the driver's bytes start one. */
struct pool_head {
	CACHE_ALIGNED size_t bytes; /* of the driver */
	VP_POOL_TYPE type;
	ULONG tag;
};

#define FRONT_BYTES (sizeof(struct pool_head) + GUARD_BYTES)

static unsigned char *head_bytes(struct pool_head *head)
{
	return (unsigned char *)head + FRONT_BYTES;
}

static bool pool_is_paged(VP_POOL_TYPE type)
{
	return type == VpPagedPool || type == VpPagedPoolCacheAligned;
}

static bool pool_is_known(VP_POOL_TYPE type)
{
	return type == VpNonPagedPool || type == VpNonPagedPoolCacheAligned || pool_is_paged(type);
}

/* ---- guards ------------------------------------------------------------------------------------------ */

/* Reports what was written around a live block. @when: "when freed", "at unload". */
static void block_check(struct videoport *vp, struct pool_head *head, const char *when)
{
	const unsigned char *bytes = head_bytes(head);
	const struct origin *origin = object_origin(head);
	size_t at = guard_check_last(bytes - GUARD_BYTES, GUARD_BYTES);

	if (at != GUARD_BYTES)
		rule_broken_at(vp, RULE_POOL_UNDERRUN, 0, origin,
			"pool block of %zu bytes at %p, %s: byte %zu in front of it was written "
			"(0x%02x)",
			head->bytes, (const void *)bytes, when, GUARD_BYTES - at,
			*(bytes - (GUARD_BYTES - at)));
	at = guard_check(bytes + head->bytes, GUARD_BYTES);
	if (at != GUARD_BYTES)
		rule_broken_at(vp, RULE_POOL_OVERRUN, 0, origin,
			"pool block of %zu bytes at %p, %s: byte %zu behind its end was written "
			"(0x%02x)",
			head->bytes, (const void *)bytes, when, at, bytes[head->bytes + at]);
}

/* Reports what was written into a freed block or its guards, and lets it go. */
static void freed_release(struct videoport *vp, struct pool_head *head)
{
	const unsigned char *bytes = head_bytes(head);
	size_t at = guard_poison_check(bytes, head->bytes);

	if (at == head->bytes)
		at += guard_check(bytes + head->bytes, GUARD_BYTES);
	if (at != head->bytes + GUARD_BYTES)
		rule_broken_at(vp, RULE_POOL_AFTER_FREE, 0, object_origin(head),
			"pool block of %zu bytes at %p: its byte %zu was written after "
			"VideoPortFreePool (0x%02x)",
			head->bytes, (const void *)bytes, at, bytes[at]);
	object_free(head);
}

/* ---- quarantine -------------------------------------------------------------------------------------- */

int pool_quarantine_init(struct pool_quarantine *quarantine)
{
	*quarantine = (struct pool_quarantine){.count = 0};
	return fault_point("pool_lock") ? -ENOMEM : -pthread_mutex_init(&quarantine->lock, NULL);
}

static struct pool_head *quarantine_pop_locked(struct pool_quarantine *quarantine)
{
	struct pool_head *head = quarantine->block[quarantine->first];

	quarantine->first = (quarantine->first + 1) % POOL_QUARANTINE_BLOCKS;
	quarantine->count--;
	quarantine->bytes -= head->bytes;
	return head;
}

void pool_quarantine_fini(struct pool_quarantine *quarantine)
{
	while (quarantine->count)
		object_free(quarantine_pop_locked(quarantine));
	pthread_mutex_destroy(&quarantine->lock);
}

static bool quarantine_full_locked(const struct pool_quarantine *quarantine, size_t bytes)
{
	return quarantine->count == POOL_QUARANTINE_BLOCKS ||
	       quarantine->bytes + bytes > POOL_QUARANTINE_BYTES;
}

/*
 * Makes room for @bytes more. A block larger than the whole quarantine has it for itself: it is let in when
 * nobody else is there, so that freeing it twice is recognised too.
 */
static void quarantine_push(struct videoport *vp, struct pool_head *head)
{
	struct pool_quarantine *quarantine = &vp->quarantine;

	memset(head_bytes(head), GUARD_POISON, head->bytes);
	/* What was written behind it while it lived has been reported. */
	guard_fill(head_bytes(head) + head->bytes, GUARD_BYTES);
	pthread_mutex_lock(&quarantine->lock);
	while (quarantine->count && quarantine_full_locked(quarantine, head->bytes))
		freed_release(vp, quarantine_pop_locked(quarantine));
	quarantine->block[(quarantine->first + quarantine->count++) % POOL_QUARANTINE_BLOCKS] =
		head;
	quarantine->bytes += head->bytes;
	pthread_mutex_unlock(&quarantine->lock);
}

/* The freed block that contains the byte at @memory, with its origin; false where there is none. */
static bool quarantine_find(struct pool_quarantine *quarantine, const void *memory,
	struct pool_head *out, struct origin *origin)
{
	uintptr_t address = (uintptr_t)memory;
	bool found = false;

	pthread_mutex_lock(&quarantine->lock);
	for (unsigned i = 0; i < quarantine->count && !found; i++) {
		struct pool_head *head =
			quarantine->block[(quarantine->first + i) % POOL_QUARANTINE_BLOCKS];

		found = (uintptr_t)head_bytes(head) == address;
		if (!found)
			continue;
		*out = *head;
		*origin = *object_origin(head);
	}
	pthread_mutex_unlock(&quarantine->lock);
	return found;
}

/* ---- audit ------------------------------------------------------------------------------------------- */

static void block_leaked(void *user, void *memory, const struct origin *origin)
{
	struct videoport *vp = user;

	if (!vp->verifier.on) {
		rule_broken(
			vp, RULE_POOL_LEAK, 0, "at unload: pool block at %p is not freed", memory);
		return;
	}

	struct pool_head *head = memory;

	block_check(vp, head, "at unload");
	rule_broken_at(vp, RULE_POOL_LEAK, 0, origin,
		"at unload: pool block of %zu bytes at %p, tag 0x%08x, is not freed", head->bytes,
		(void *)head_bytes(head), head->tag);
}

void pool_audit(struct videoport *vp)
{
	struct pool_quarantine *quarantine = &vp->quarantine;

	pthread_mutex_lock(&quarantine->lock);
	while (quarantine->count)
		freed_release(vp, quarantine_pop_locked(quarantine));
	pthread_mutex_unlock(&quarantine->lock);
	object_each(&vp->objects, ACCOUNT_POOL_BLOCK, block_leaked, vp);
}

/* ---- VideoPortAllocatePool ------------------------------------------------------------------------------ */

static bool tag_is_printable(ULONG tag)
{
	for (unsigned i = 0; i < sizeof(tag); i++, tag >>= 8)
		if ((tag & 0xFF) < 0x20 || (tag & 0xFF) > 0x7E)
			return false;
	return true;
}

/* A block with head and guards. Return: its head. */
static struct pool_head *guarded_create(
	struct videoport *vp, const struct pool_head *wanted, struct origin origin)
{
	size_t bytes = wanted->bytes;
	struct pool_head *head = NULL;

	if (bytes <= PTRDIFF_MAX - 2 * FRONT_BYTES)
		head = object_create(&vp->objects, &vp->account, ACCOUNT_POOL_BLOCK,
			FRONT_BYTES + bytes + GUARD_BYTES, origin);
	if (!head)
		return NULL;
	*head = *wanted;
	guard_fill(head_bytes(head) - GUARD_BYTES, GUARD_BYTES);
	guard_fill(head_bytes(head) + bytes, GUARD_BYTES);
	return head;
}

/* Every block starts a cache line, whatever the type asks for. */
PVOID NTAPI VideoPortAllocatePool(
	PVOID HwDeviceExtension, VP_POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);

	if (!vp || !irql_allowed(vp, IRQL_VideoPortAllocatePool))
		return NULL;
	if (!pool_is_known(PoolType) || !NumberOfBytes) {
		rule_broken(vp, RULE_POOL_ARGUMENT, 0, "VideoPortAllocatePool: type %d, %zu bytes",
			(int)PoolType, (size_t)NumberOfBytes);
		return NULL;
	}
	if (pool_is_paged(PoolType) && irql_current() >= IRQL_DISPATCH) {
		rule_broken(vp, RULE_POOL_DISPATCH, 0,
			"VideoPortAllocatePool: %zu bytes of paged pool at DISPATCH_LEVEL",
			(size_t)NumberOfBytes);
		return NULL;
	}
	if (vp->verifier.on && !tag_is_printable(Tag))
		rule_broken(vp, RULE_POOL_TAG, 0,
			"VideoPortAllocatePool: %zu bytes with tag 0x%08x", (size_t)NumberOfBytes,
			Tag);

	struct pool_head wanted = {.bytes = NumberOfBytes, .type = PoolType, .tag = Tag};
	struct origin origin = ORIGIN_HERE(vp);
	void *memory = vp->verifier.on ? guarded_create(vp, &wanted, origin)
	                               : object_create(&vp->objects, &vp->account,
						 ACCOUNT_POOL_BLOCK, NumberOfBytes, origin);

	if (memory && pool_is_paged(PoolType))
		object_mark_paged(&vp->objects, memory);
	return memory && vp->verifier.on ? head_bytes(memory) : memory;
}

/* ---- VideoPortFreePool ---------------------------------------------------------------------------------- */

static void free_refused(struct videoport *vp, const void *memory)
{
	struct pool_head head = {0};
	struct origin origin;

	if (quarantine_find(&vp->quarantine, memory, &head, &origin))
		rule_broken_at(vp, RULE_POOL_FREE_TWICE, ERROR_INVALID_PARAMETER, &origin,
			"VideoPortFreePool: block of %zu bytes at %p was freed before", head.bytes,
			memory);
	else
		rule_broken(vp, RULE_POOL_FREE_UNKNOWN, ERROR_INVALID_PARAMETER,
			"VideoPortFreePool: %p is no live pool block", memory);
}

/* The block goes even so: what a driver may not do at this level, it did. */
static void free_check(struct videoport *vp, struct pool_head *head)
{
	if (pool_is_paged(head->type) && irql_current() >= IRQL_DISPATCH)
		rule_broken_at(vp, RULE_POOL_DISPATCH, 0, object_origin(head),
			"VideoPortFreePool: %zu bytes of paged pool at DISPATCH_LEVEL",
			head->bytes);
	block_check(vp, head, "when freed");
}

VOID NTAPI VideoPortFreePool(PVOID HwDeviceExtension, PVOID Ptr)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);

	if (!vp || !irql_allowed(vp, IRQL_VideoPortFreePool))
		return;

	bool verify = vp->verifier.on;
	/* Only compared until it is known to be a block's. */
	struct pool_head *head = (void *)((uintptr_t)Ptr - (verify ? FRONT_BYTES : 0));

	if (object_detach(&vp->objects, &vp->account, ACCOUNT_POOL_BLOCK, head, NULL) < 0) {
		free_refused(vp, Ptr);
	} else if (verify) {
		free_check(vp, head);
		quarantine_push(vp, head);
	} else {
		object_free(head);
	}
}
