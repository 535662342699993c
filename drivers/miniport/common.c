// SPDX-License-Identifier: BSD-2-Clause
/*
 * common.c: the driver that copies all data through the slots of one common buffer.
 */
#include "path_common.h"

static const STRATEGY CommonStrategy = {
	.Packet = FALSE,
	.Pool = TRUE,
	.Cache = FALSE,
	.Hybrid = FALSE,
	.Polls = FALSE,
	.Start = CommonStart,
	.LockTransfer = NoLock,
	.UnlockTransfer = NoUnlock,
	.Collect = CommonCollect,
	.Resume = NoResume,
	.Reaped = NoReaped,
	.Request = NoRequest,
};

ULONG NTAPI DriverEntry(PVOID Context1, PVOID Context2)
{
	return MiniportEntry(Context1, Context2, &CommonStrategy);
}
