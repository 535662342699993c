// SPDX-License-Identifier: BSD-2-Clause
/*
 * packet_cached.c: the packet driver with one difference: locks are kept and found again, so that a
 * buffer in use over and over is pinned once.
 */
#include "lock_cache.h"
#include "path_packet.h"

static const STRATEGY CachedStrategy = {
	.Packet = TRUE,
	.Pool = FALSE,
	.Cache = TRUE,
	.Hybrid = FALSE,
	.Polls = FALSE,
	.Start = PacketStart,
	.LockTransfer = CacheLock,
	.UnlockTransfer = CacheUnlock,
	.Collect = NoCollect,
	.Resume = PacketResume,
	.Reaped = CacheReaped,
	.Request = NoRequest,
};

ULONG NTAPI DriverEntry(PVOID Context1, PVOID Context2)
{
	return MiniportEntry(Context1, Context2, &CachedStrategy);
}
