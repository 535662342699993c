// SPDX-License-Identifier: BSD-2-Clause
/*
 * packet.c: the driver that locks each buffer, moves it by packet-based DMA and unlocks it again
 * (R-003).
 */
#include "path_packet.h"

static const STRATEGY PacketStrategy = {
	.Packet = TRUE,
	.Pool = FALSE,
	.Cache = FALSE,
	.Hybrid = FALSE,
	.Polls = FALSE,
	.Start = PacketStart,
	.LockTransfer = PacketLock,
	.UnlockTransfer = PacketUnlock,
	.Collect = NoCollect,
	.Resume = PacketResume,
	.Reaped = NoReaped,
	.Request = NoRequest,
};

ULONG NTAPI DriverEntry(PVOID Context1, PVOID Context2)
{
	return MiniportEntry(Context1, Context2, &PacketStrategy);
}
