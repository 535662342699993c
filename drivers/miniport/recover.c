// SPDX-License-Identifier: BSD-2-Clause
/*
 * recover.c: what a driver does about a device that breaks its datasheet or stands still: notices it, resets the engine
 * (datasheet 10), fails what was in flight and starts anew. Called from the requester's context only, by the
 * polling of complete.c and, where nothing comes, by stall.c. How single completions are judged is ring.c's business.
 */
#include "driver.h"

#define MINUTE_US 60000000

static BOOLEAN RingsBusy(PDRIVER Driver)
{
	RING_STATE state;
	ULONG d;

	for (d = 0; d < DMAB_CHANNELS; d++) {
		RingLook(&Driver->Ring[d], &state);
		if (state.InFlight != 0)
			return TRUE;
	}
	return FALSE;
}

VOID InFlightFail(PDRIVER Driver, PBATCH Batch)
{
	RING_DONE done[DRIVER_REAP_BATCH];
	ULONG count, d, i;

	for (d = 0; d < DMAB_CHANNELS; d++)
		while ((count = RingAbandon(&Driver->Ring[d], done, DRIVER_REAP_BATCH)) != 0)
			for (i = 0; i < count; i++)
				done[i].Work->Completed(Driver, done[i].Work, &done[i], Batch);
}

/* Return: whether this reset is one too many. */
static BOOLEAN ResetCount(PDRIVER Driver)
{
	LONGLONG now = DriverNow(Driver);
	PLONGLONG oldest = &Driver->ResetAt[Driver->ResetsSince % DRIVER_RESETS];
	ULONG next = (Driver->ResetsSince + 1) % DRIVER_RESETS;

	*oldest = now;
	Driver->Resets++;
	Driver->ResetsSince++;
	return Driver->ResetsSince >= DRIVER_RESETS &&
	       now - Driver->ResetAt[next] < DriverTicks(Driver, MINUTE_US);
}

/*
 * A late HwVidExecuteDma may post between the failing and the start, which a ring with something in flight
 * refuses, the other one may run by then: all of it once more. A device that hangs too often, does not come
 * back, or is there no more, is given up: the driver stays without power, what is still handed to the rings fails at
 * the next poll, SUBMIT accepts nothing.
 */
static VOID EngineRecover(PDRIVER Driver, ULONG Reason)
{
	BOOLEAN hangs = FALSE, reset;
	BATCH batch;

	if (!DeviceGone(Driver)) {
		hangs = ResetCount(Driver);
		Driver->LastReset = Reason;
		VideoPortLogError(Driver, NULL, ERROR_GEN_FAILURE, Reason);
	}
	BatchBegin(&batch, TRUE);
	do {
		reset = DeviceReset(Driver);
		InFlightFail(Driver, &batch);
	} while (reset && !hangs && !DeviceRun(Driver) && RingsBusy(Driver));
	if (!Driver->Powered) {
		/* It may have gone meanwhile. */
		Driver->Lost = DeviceGone(Driver) ? DMABENCH_GIVEN_UP_GONE
		               : hangs            ? DMABENCH_GIVEN_UP_HANGS
		                                  : DMABENCH_GIVEN_UP_DEAD;
		VideoPortLogError(Driver, NULL, ERROR_DEV_NOT_EXIST, Driver->Lost);
	}
	Driver->Strategy->Collect(Driver, &batch);
	BatchEnd(Driver, &batch);
}

BOOLEAN EngineHalted(PDRIVER Driver)
{
	return (RegisterRead(Driver->Registers, DMAB_STATUS) & DMAB_STATUS_HALTED) != 0;
}

static BOOLEAN RingsBroken(PDRIVER Driver)
{
	BOOLEAN broken = FALSE;
	RING_STATE state;
	ULONG d;

	for (d = 0; d < DMAB_CHANNELS; d++) {
		RingLook(&Driver->Ring[d], &state);
		broken = broken || state.Broken;
	}
	return broken;
}

/*
 * A deferred call may tell of a ring that was broken when it took from it, and has been started anew since. It is forgotten before
 * the rings are asked: who finds one broken behind that tells so again.
 */
VOID RecoverBroken(PDRIVER Driver)
{
	BrokenForget(Driver);
	if (RingsBroken(Driver))
		EngineRecover(Driver, DMABENCH_RESET_BROKEN);
	else if (EngineHalted(Driver))
		EngineRecover(Driver, DMABENCH_RESET_HALTED);
}

/* Notes what has become of each ring since the last look. Return: whether one stands still for too long. */
static BOOLEAN ProgressJudge(PDRIVER Driver, LONGLONG Now)
{
	BOOLEAN stalled = FALSE;
	RING_STATE state;
	PPROGRESS progress;
	ULONG d;

	for (d = 0; d < DMAB_CHANNELS; d++) {
		progress = &Driver->Progress[d];
		RingLook(&Driver->Ring[d], &state);
		if (state.InFlight == 0 || !progress->Waits ||
			state.Completed != progress->Completed) {
			progress->Waits = state.InFlight != 0;
			progress->Completed = state.Completed;
			progress->Since = Now;
		}
		stalled = stalled || Now - progress->Since > Driver->TimeoutTicks;
	}
	return stalled;
}

VOID ProgressForgive(PDRIVER Driver, LONGLONG Now, LONGLONG Overdue)
{
	PLONGLONG since;
	ULONG d;

	for (d = 0; d < DMAB_CHANNELS; d++) {
		since = &Driver->Progress[d].Since;
		*since = Now - *since > Overdue ? *since + Overdue : Now;
	}
}

BOOLEAN TimeoutLook(PDRIVER Driver, LONGLONG Now)
{
	if (!ProgressJudge(Driver, Now))
		return FALSE;
	/* The completions may be there, and only their interrupt lost. */
	CompletionsPoll(Driver, TRUE);
	if (Driver->Powered && ProgressJudge(Driver, Now))
		EngineRecover(Driver, DMABENCH_RESET_STALLED);
	return TRUE;
}
