// SPDX-License-Identifier: BSD-2-Clause
/*
 * lock_cache.c: a hash table with chaining over preallocated entries, and a list of those not in
 * use in the order of their last use. Every step is O(1) but for the walk along a chain, which has
 * one entry on average. Used by packet_cached.c alone.
 */
#include "lock_cache.h"
#include "path_packet.h"

#define CACHE_TAG 0x6B636F4Cu /* "Lock" */

struct _LOCK_ENTRY {
	PLOCK_ENTRY Chain;        /* same bucket, or free */
	PLOCK_ENTRY Newer, Older; /* while not in use */
	PVOID Buffer;
	PVOID Mdl;
	ULONG Length;
	ULONG Users;
	BOOLEAN Write;
};

static ULONG CacheBuckets(ULONG Entries)
{
	ULONG buckets = 1;

	while (buckets < Entries)
		buckets *= 2;
	return buckets;
}

VP_STATUS CacheCreate(PDRIVER Driver)
{
	PLOCK_CACHE cache = &Driver->Cache;
	ULONG entries = Driver->Settings.CacheEntries, buckets = CacheBuckets(entries), i;
	ULONG bytes = entries * (ULONG)sizeof(LOCK_ENTRY) + buckets * (ULONG)sizeof(PLOCK_ENTRY);

	cache->Entries = VideoPortAllocatePool(Driver, VpNonPagedPool, bytes, CACHE_TAG);
	if (cache->Entries == NULL)
		return ERROR_NOT_ENOUGH_MEMORY;
	VideoPortZeroMemory(cache->Entries, bytes);
	cache->Buckets = (PLOCK_ENTRY *)(PVOID)(cache->Entries + entries);
	cache->BucketMask = buckets - 1;
	for (i = 0; i < entries; i++) {
		cache->Entries[i].Chain = cache->Free;
		cache->Free = &cache->Entries[i];
	}
	return NO_ERROR;
}

VOID CacheDestroy(PDRIVER Driver)
{
	PLOCK_CACHE cache = &Driver->Cache;
	ULONG i;

	if (cache->Entries == NULL)
		return;
	for (i = 0; i < Driver->Settings.CacheEntries; i++)
		if (cache->Entries[i].Mdl != NULL)
			VideoPortUnlockBuffer(Driver, cache->Entries[i].Mdl);
	VideoPortFreePool(Driver, cache->Entries);
	VideoPortZeroMemory(cache, sizeof(*cache));
}

/*
 * Buffers mostly start at the same place of a page, so the page number is mixed in by
 * multiplication.
 */
static PLOCK_ENTRY *CacheBucket(PLOCK_CACHE Cache, PVOID Buffer, ULONG Length)
{
	ULONGLONG key = (ULONGLONG)(ULONG_PTR)Buffer ^ ((ULONGLONG)Length << 40);

	key *= 0x9E3779B97F4A7C15u; /* 2^64 / golden ratio: neighbours land far apart */
	return &Cache->Buckets[(ULONG)(key >> 40) & Cache->BucketMask];
}

static VOID IdleAdd(PLOCK_CACHE Cache, PLOCK_ENTRY Entry)
{
	Entry->Newer = NULL;
	Entry->Older = Cache->Newest;
	if (Cache->Newest != NULL)
		Cache->Newest->Newer = Entry;
	else
		Cache->Oldest = Entry;
	Cache->Newest = Entry;
}

static VOID IdleRemove(PLOCK_CACHE Cache, PLOCK_ENTRY Entry)
{
	if (Entry->Newer != NULL)
		Entry->Newer->Older = Entry->Older;
	else
		Cache->Newest = Entry->Older;
	if (Entry->Older != NULL)
		Entry->Older->Newer = Entry->Newer;
	else
		Cache->Oldest = Entry->Newer;
}

/*
 * An entry to put a new lock in: a free one, else the least recently used; NULL when all are in
 * use.
 */
static PLOCK_ENTRY EntryTake(PDRIVER Driver)
{
	PLOCK_CACHE cache = &Driver->Cache;
	PLOCK_ENTRY entry = cache->Free, *link;

	if (entry != NULL) {
		cache->Free = entry->Chain;
		return entry;
	}
	entry = cache->Oldest;
	if (entry == NULL)
		return NULL;
	IdleRemove(cache, entry);
	link = CacheBucket(cache, entry->Buffer, entry->Length);
	while (*link != entry)
		link = &(*link)->Chain;
	*link = entry->Chain;
	VideoPortUnlockBuffer(Driver, entry->Mdl);
	entry->Mdl = NULL;
	return entry;
}

static PLOCK_ENTRY CacheFind(PLOCK_CACHE Cache, const DMABENCH_TRANSFER *Request, BOOLEAN Write)
{
	PLOCK_ENTRY entry = *CacheBucket(Cache, Request->Buffer, Request->BufferLength);

	for (; entry != NULL; entry = entry->Chain)
		if (entry->Buffer == Request->Buffer && entry->Length == Request->BufferLength &&
			entry->Write >= Write)
			break;
	return entry;
}

BOOLEAN CacheLock(PDRIVER Driver, PTRANSFER Transfer)
{
	const DMABENCH_TRANSFER *request = &Transfer->Request;
	BOOLEAN write = request->Direction == DMABENCH_FROM_DEVICE;
	PLOCK_CACHE cache = &Driver->Cache;
	PLOCK_ENTRY entry = CacheFind(cache, request, write), *bucket;

	Transfer->Lock = NULL;
	if (entry != NULL) {
		cache->Hits++;
		if (entry->Users++ == 0)
			IdleRemove(cache, entry);
	} else {
		cache->Misses++;
		if (!PacketLock(Driver, Transfer))
			return FALSE;
		entry = EntryTake(Driver);
		if (entry == NULL)
			return TRUE;
		bucket = CacheBucket(cache, request->Buffer, request->BufferLength);
		entry->Buffer = request->Buffer;
		entry->Length = request->BufferLength;
		entry->Write = write;
		entry->Mdl = Transfer->Mdl;
		entry->Users = 1;
		entry->Chain = *bucket;
		*bucket = entry;
	}
	Transfer->Lock = entry;
	Transfer->Mdl = entry->Mdl;
	return TRUE;
}

/*
 * Any context: only a lock of the transfer's own is given back here, a cached one in CacheReaped.
 */
VOID CacheUnlock(PDRIVER Driver, PTRANSFER Transfer)
{
	if (Transfer->Lock == NULL)
		PacketUnlock(Driver, Transfer);
	Transfer->Mdl = NULL;
}

VOID CacheReaped(PDRIVER Driver, PTRANSFER Transfer)
{
	PLOCK_ENTRY entry = Transfer->Lock;

	if (entry == NULL)
		return;
	Transfer->Lock = NULL;
	if (--entry->Users == 0)
		IdleAdd(&Driver->Cache, entry);
}
