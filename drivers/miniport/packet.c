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

static VP_STATUS NTAPI HwFindAdapter(PVOID HwDeviceExtension, PVOID HwContext, PWSTR ArgumentString,
	PVIDEO_PORT_CONFIG_INFO ConfigInfo, PUCHAR Again)
{
	(void)HwContext;
	(void)ArgumentString;
	*Again = FALSE;
	return DeviceFind(HwDeviceExtension, ConfigInfo, &PacketStrategy);
}

ULONG NTAPI DriverEntry(PVOID Context1, PVOID Context2)
{
	return MiniportEntry(Context1, Context2, HwFindAdapter);
}
