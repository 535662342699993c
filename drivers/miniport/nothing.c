// SPDX-License-Identifier: BSD-2-Clause
/*
 * nothing.c: what a strategy puts in the places of its table that it has no use for.
 */
#include "driver.h"

BOOLEAN NoLock(PDRIVER Driver, PTRANSFER Transfer)
{
	(void)Driver;
	(void)Transfer;
	return FALSE;
}

VOID NoUnlock(PDRIVER Driver, PTRANSFER Transfer)
{
	(void)Driver;
	(void)Transfer;
}

VOID NoCollect(PDRIVER Driver, PBATCH Batch)
{
	(void)Driver;
	(void)Batch;
}

VOID NoResume(PDRIVER Driver, PBATCH Batch)
{
	(void)Driver;
	(void)Batch;
}

VOID NoReaped(PDRIVER Driver, PTRANSFER Transfer)
{
	(void)Driver;
	(void)Transfer;
}

BOOLEAN NoRequest(PDRIVER Driver, PVIDEO_REQUEST_PACKET Packet)
{
	(void)Driver;
	(void)Packet;
	return FALSE;
}
