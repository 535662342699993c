// SPDX-License-Identifier: BSD-2-Clause
/*
 * hybrid.c: the driver that chooses by length: short transfers are copied through the
 * common buffer, from HybridThreshold bytes on they go by packet.
 */
#include "path_common.h"
#include "path_packet.h"

static VOID HybridStart(PDRIVER Driver, PTRANSFER Transfer, PBATCH Batch)
{
	if (Transfer->Request.Length < Driver->Settings.HybridThreshold)
		CommonStart(Driver, Transfer, Batch);
	else
		PacketStart(Driver, Transfer, Batch);
}

static const STRATEGY HybridStrategy = {
	.Packet = TRUE,
	.Pool = TRUE,
	.Cache = FALSE,
	.Hybrid = TRUE,
	.Polls = FALSE,
	.Start = HybridStart,
	.LockTransfer = PacketLock,
	.UnlockTransfer = PacketUnlock,
	.Collect = CommonCollect,
	.Resume = PacketResume,
	.Reaped = NoReaped,
	.Request = NoRequest,
};

ULONG NTAPI DriverEntry(PVOID Context1, PVOID Context2)
{
	return MiniportEntry(Context1, Context2, &HybridStrategy);
}
