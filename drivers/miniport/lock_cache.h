/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lock_cache.h: locks that outlive their transfer, found again by buffer, length and access.
 *
 * A lock for writing serves transfers in both directions, one for reading only those to the device.
 * Locks in use are never evicted; of the others the least recently used goes first. When all are in
 * use a transfer gets a lock of its own, as in the packet driver.
 *
 * The requester promises what every such cache asks of it: memory under a cached lock stays mapped
 * as it was until the driver is unloaded.
 *
 * Threads: the requester's context only, but for CacheUnlock.
 */
#ifndef MINIPORT_LOCK_CACHE_H
#define MINIPORT_LOCK_CACHE_H

#include "driver.h"

VP_STATUS CacheCreate(PDRIVER Driver);
VOID CacheDestroy(PDRIVER Driver); /* unlocks all */

/* STRATEGY functions LockTransfer, UnlockTransfer, Reaped. */
BOOLEAN CacheLock(PDRIVER Driver, PTRANSFER Transfer);
VOID CacheUnlock(PDRIVER Driver, PTRANSFER Transfer);
VOID CacheReaped(PDRIVER Driver, PTRANSFER Transfer);

#endif
