// SPDX-License-Identifier: BSD-2-Clause
/*
 * stall.c: what the driver does when nothing comes: an interrupt may have got lost, or a doorbell. Called by request.c in
 * the requester's context, where WAIT and REAP have nothing to hand out.
 *
 * Every RecoveryUs it asks each ring whether anything has completed since it asked last. Where something was in flight all
 * the while and nothing has, it does what datasheet 8.4 allows at any time; so a device that is only slow comes to no
 * harm, and nothing is counted for it. What gets lost is found out within two such times.
 */
#include "driver.h"

#define US_PER_SECOND  1000000
#define IDLE_PER_CLOCK 64 /* a REAP that polls shall not pay for the clock */

LONGLONG DriverNow(PDRIVER Driver)
{
	return VideoPortQueryPerformanceCounter(Driver, NULL);
}

LONGLONG DriverTicks(const DRIVER *Driver, ULONG Us)
{
	return Driver->Frequency * (Us / US_PER_SECOND) +
	       Driver->Frequency * (Us % US_PER_SECOND) / US_PER_SECOND;
}

LONGLONG StallLeft(PDRIVER Driver, LONGLONG Now)
{
	if (Driver->RecoveryTicks == 0)
		return (LONGLONG)(~(ULONGLONG)0 >> 1);
	return Driver->NextLook > Now ? Driver->NextLook - Now : 1;
}

/* What is in the rings although no interrupt has told so. Return: completions. */
static ULONG CompletionsFind(PDRIVER Driver)
{
	ULONG count = 0, taken, d;
	BATCH batch;

	BatchBegin(&batch, TRUE);
	for (d = 0; d < DMAB_CHANNELS; d++) {
		do {
			taken = CompletionsTake(Driver, d, &batch);
			count += taken;
		} while (taken == DRIVER_REAP_BATCH);
	}
	Driver->Strategy->Collect(Driver, &batch);
	BatchEnd(Driver, &batch);
	return count;
}

VOID StallLook(PDRIVER Driver, LONGLONG Now, BOOLEAN Blind)
{
	BOOLEAN quiet[DMAB_CHANNELS];
	ULONG d;

	if (Driver->RecoveryTicks == 0 || Now < Driver->NextLook || !Driver->Powered)
		return;
	Driver->NextLook = Now + Driver->RecoveryTicks;
	for (d = 0; d < DMAB_CHANNELS; d++)
		quiet[d] = RingQuiet(&Driver->Ring[d]);
	/* Acknowledged before the rings are looked at: what is posted afterwards interrupts again. */
	if (Blind && (quiet[0] || quiet[1])) {
		InterruptsAcknowledge(Driver);
		if (CompletionsFind(Driver) != 0)
			Driver->Recoveries++;
	}
	for (d = 0; d < DMAB_CHANNELS; d++)
		if (quiet[d])
			Driver->Recoveries += RingRepeat(&Driver->Ring[d]);
}

VOID StallReap(PDRIVER Driver)
{
	if (++Driver->Idle < IDLE_PER_CLOCK)
		return;
	Driver->Idle = 0;
	StallLook(Driver, DriverNow(Driver),
		Driver->Settings.CompletionMode == DMABENCH_COMPLETION_INTERRUPT);
}
