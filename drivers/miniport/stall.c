// SPDX-License-Identifier: BSD-2-Clause
/*
 * stall.c: what the driver does when nothing comes: an interrupt may have got lost, or a doorbell. Called by request.c in
 * the requester's context, where WAIT and REAP have nothing to hand out.
 *
 * Every RecoveryUs it looks at both rings. A doorbell whose register does not hold what was written last did not arrive. A
 * completion that has lain there since the look before has an interrupt that did not come: none is held back for as long, as
 * moderation's time is added. Both are made good, as datasheet 8.4 allows at any time, and counted; a device that is
 * only slow has neither. What gets lost is found out within two such times. Where all of that has not helped for TimeoutUs,
 * recover.c has the word.
 */
#include "driver.h"

#define US_PER_SECOND 1000000

LONGLONG DriverNow(PDRIVER Driver)
{
	return VideoPortQueryPerformanceCounter(Driver, NULL);
}

LONGLONG DriverTicks(const DRIVER *Driver, ULONG Us)
{
	return Driver->Frequency * (Us / US_PER_SECOND) +
	       Driver->Frequency * (Us % US_PER_SECOND) / US_PER_SECOND;
}

LONGLONG StallTicks(const DRIVER *Driver)
{
	const SETTINGS *settings = &Driver->Settings;

	return settings->RecoveryUs == 0
	               ? 0
	               : DriverTicks(Driver, settings->RecoveryUs + settings->ModerationUs);
}

LONGLONG LookTicks(const DRIVER *Driver)
{
	LONGLONG ticks = Driver->TimeoutTicks / 2 + 1;

	return Driver->RecoveryTicks != 0 && Driver->RecoveryTicks < ticks ? Driver->RecoveryTicks
	                                                                   : ticks;
}

/*
 * How much of the time from one look to the next counts against the device at the most: what it takes until the next look is due,
 * or a share of the time-out. Who polls with REAP looks later than it is due, once in STALL_IDLE, and is not to wait for the
 * time-out many times over; while a time in which nobody ran at all is not the device's.
 */
static LONGLONG CountedTicks(const DRIVER *Driver)
{
	LONGLONG share = Driver->TimeoutTicks / 16, due = LookTicks(Driver);

	return due > share ? due : share;
}

LONGLONG StallLeft(PDRIVER Driver, LONGLONG Now)
{
	return Driver->NextLook - Now;
}

/* What is in the rings although no interrupt has told so. Return: completions. */
static ULONG CompletionsFind(PDRIVER Driver)
{
	ULONG count = 0, d;
	BATCH batch;

	BatchBegin(&batch, TRUE);
	for (d = 0; d < DMAB_CHANNELS; d++)
		count += CompletionsDrain(Driver, d, &batch);
	Driver->Strategy->Collect(Driver, &batch);
	BatchEnd(Driver, &batch);
	return count;
}

/* Makes good what got lost. Return: whether anything was taken. */
static BOOLEAN LostLook(PDRIVER Driver, BOOLEAN Blind)
{
	BOOLEAN stalled = FALSE;
	ULONG d;

	for (d = 0; d < DMAB_CHANNELS; d++) {
		if (RingStalled(&Driver->Ring[d]))
			stalled = TRUE;
		Driver->Recoveries += RingRepeat(&Driver->Ring[d]);
	}
	if (!Blind || !stalled)
		return FALSE;
	/* Acknowledged before the rings are emptied: what is posted afterwards interrupts again. */
	InterruptsAcknowledge(Driver);
	if (CompletionsFind(Driver) == 0)
		return FALSE;
	Driver->Recoveries++;
	return TRUE;
}

BOOLEAN StallLook(PDRIVER Driver, LONGLONG Now, BOOLEAN Blind)
{
	LONGLONG elapsed = Now - Driver->NextLook + LookTicks(Driver);
	LONGLONG counted = CountedTicks(Driver);

	if (Now < Driver->NextLook)
		return FALSE;
	Driver->NextLook = Now + LookTicks(Driver);
	if (elapsed > counted)
		ProgressForgive(Driver, Now, elapsed - counted);
	if (!Driver->Powered)
		return FALSE;
	if (DeviceGone(Driver)) {
		RecoverBroken(Driver);
		return TRUE;
	}
	if (Driver->RecoveryTicks != 0 && LostLook(Driver, Blind) && FinishedAny(Driver))
		return TRUE;
	return TimeoutLook(Driver, Now);
}

VOID StallReap(PDRIVER Driver)
{
	Driver->Idle = 0;
	(void)StallLook(Driver, DriverNow(Driver),
		Driver->Settings.CompletionMode == DMABENCH_COMPLETION_INTERRUPT);
}
