/* SPDX-License-Identifier: BSD-2-Clause */
/* crash.c: what breaks no rule: crashes and a hang (Break 1 to 4), and what is right (5, 6). See broken.h. */
#include "broken.h"

static __attribute__((noinline)) VOID ReadNull(PDEVICE Device)
{
	volatile ULONG *nowhere = (volatile ULONG *)(ULONG_PTR)(Device->Zero + 16);

	Device->Zero = *nowhere;
}

static VOID Null(PDEVICE Device, PREQUEST Request)
{
	ReadNull(Device);
	Device->Zero = 0;
}

static VOID Trap(PDEVICE Device, PREQUEST Request)
{
	__builtin_trap();
}

static __attribute__((noinline)) VOID Spin(volatile ULONG *Until)
{
	while (*Until == 0)
		VideoPortStallExecution(10);
}

static VOID Hang(PDEVICE Device, PREQUEST Request)
{
	Spin(&Device->Zero);
}

/* The system's buffer is memory as any other. */
static VOID LockInput(PDEVICE Device, PREQUEST Request)
{
	PVOID mdl = VideoPortLockBuffer(Device, Request->Input, sizeof(ULONG), VpReadAccess);

	if (mdl == NULL)
		Request->Status->Status = ERROR_INVALID_PARAMETER;
	else
		VideoPortUnlockBuffer(Device, mdl);
	VideoPortDebugPrint(Error, "locked: %d\n", mdl != NULL);
}

const BREAK CrashBreaks[] = {
	{1, Null},
	{2, Trap},
	{3, Hang},
	{4, NULL, NULL, NULL, NULL, ReadNull}, /* in HwFindAdapter */
	{5},                                   /* nothing is broken */
	{6, LockInput},
	{0},
};
