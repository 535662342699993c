// SPDX-License-Identifier: BSD-2-Clause
/*
 * complete.c: from a completion record to the finished list. Runs in the requester's context
 * (poll), in the DPC (interrupt) or in both at once (adaptive): each completion is taken off its
 * ring once and from then on belongs to who took it.
 */
#include "driver.h"

VOID TransferListAppend(PTRANSFER_LIST List, PTRANSFER Transfer)
{
	Transfer->Next = NULL;
	if (List->First == NULL)
		List->First = Transfer;
	else
		List->Last->Next = Transfer;
	List->Last = Transfer;
}

VOID TransferListPrepend(PTRANSFER_LIST List, PTRANSFER Transfer)
{
	Transfer->Next = List->First;
	if (List->First == NULL)
		List->Last = Transfer;
	List->First = Transfer;
}

PTRANSFER TransferListTake(PTRANSFER_LIST List)
{
	PTRANSFER first = List->First;

	if (first == NULL)
		return NULL;
	List->First = first->Next;
	if (List->First == NULL)
		List->Last = NULL;
	return first;
}

VOID TransferListMove(PTRANSFER_LIST To, PTRANSFER_LIST From)
{
	if (From->First == NULL)
		return;
	if (To->First == NULL)
		To->First = From->First;
	else
		To->Last->Next = From->First;
	To->Last = From->Last;
	From->First = NULL;
	From->Last = NULL;
}

VOID TransferFinish(PBATCH Batch, PTRANSFER Transfer, VP_STATUS Status)
{
	if (Transfer->Status == NO_ERROR)
		Transfer->Status = Status;
	TransferListAppend(&Batch->Finished, Transfer);
}

VOID BatchBegin(PBATCH Batch, BOOLEAN Requester)
{
	VideoPortZeroMemory(Batch, sizeof(*Batch));
	Batch->Requester = Requester;
}

static BOOLEAN BatchIsEmpty(const BATCH *Batch)
{
	return Batch->Finished.First == NULL && Batch->CollectedFirst == NULL && !Batch->Wake &&
	       !Batch->Broken && Batch->Started == 0 && Batch->Released == 0 &&
	       Batch->Returned == 0;
}

/* Gives units back. Return: whether parked transfers should try again now. */
static BOOLEAN UnitsReturnLocked(PDRIVER Driver, PBATCH Batch)
{
	LONG released = Batch->Released;
	LONG back = released + Batch->Returned + Batch->Started;

	Driver->Active -= back;
	Driver->Releases += (ULONG)released;
	Batch->Released = Batch->Returned = Batch->Started = 0;
	if (back == 0 || (Driver->Parked[0].First == NULL && Driver->Parked[1].First == NULL))
		return FALSE;
	return released != 0 || Driver->Active == 0;
}

static VOID CollectedMoveLocked(PDRIVER Driver, PBATCH Batch)
{
	if (Batch->CollectedFirst == NULL)
		return;
	if (Driver->CollectedFirst == NULL)
		Driver->CollectedFirst = Batch->CollectedFirst;
	else
		Driver->CollectedLast->Next = Batch->CollectedFirst;
	Driver->CollectedLast = Batch->CollectedLast;
	Batch->CollectedFirst = NULL;
}

/* Requester. */
static VOID FinishedMoveLocked(PDRIVER Driver)
{
	TransferListMove(&Driver->Ready, &Driver->Finished);
	Driver->BrokenSeen = Driver->Broken;
}

VOID BrokenForget(PDRIVER Driver)
{
	UCHAR irql;

	Driver->BrokenSeen = FALSE;
	VideoPortAcquireSpinLock(Driver, Driver->Lock, &irql);
	Driver->Broken = FALSE;
	VideoPortReleaseSpinLock(Driver, Driver->Lock, irql);
}

VOID BatchEnd(PDRIVER Driver, PBATCH Batch)
{
	BOOLEAN resume, wake;
	UCHAR irql;

	/*
	 * Resuming parked transfers may finish some of them: then there is something to publish
	 * again.
	 */
	while (!BatchIsEmpty(Batch)) {
		VideoPortAcquireSpinLock(Driver, Driver->Lock, &irql);
		wake = Driver->Sleeping &&
		       (Batch->Finished.First != NULL || Batch->CollectedFirst != NULL ||
			       Batch->Wake || Batch->Broken);
		if (wake)
			Driver->Sleeping = FALSE;
		Driver->Broken = Driver->Broken || Batch->Broken;
		TransferListMove(&Driver->Finished, &Batch->Finished);
		if (Batch->Requester)
			FinishedMoveLocked(Driver);
		CollectedMoveLocked(Driver, Batch);
		Batch->Wake = Batch->Broken = FALSE;
		resume = UnitsReturnLocked(Driver, Batch);
		VideoPortReleaseSpinLock(Driver, Driver->Lock, irql);

		if (wake)
			VideoPortSetEvent(Driver, Driver->Event);
		if (resume)
			Driver->Strategy->Resume(Driver, Batch);
	}
}

/*
 * A completion nobody waits for is handed up as a transfer of its own, so that the requester sees
 * it.
 */
static VOID StrayReport(PDRIVER Driver, const RING_DONE *Done, PBATCH Batch)
{
	PTRANSFER stray;
	UCHAR irql;

	VideoPortAcquireSpinLock(Driver, Driver->Lock, &irql);
	stray = Driver->StrayFree;
	if (stray != NULL)
		Driver->StrayFree = stray->Next;
	VideoPortReleaseSpinLock(Driver, Driver->Lock, irql);
	if (stray == NULL) {
		VideoPortLogError(Driver, NULL, ERROR_INVALID_DATA, (ULONG)Done->Cookie);
		return;
	}
	stray->Request.Cookie = Done->Cookie;
	stray->Moved = Done->Length;
	stray->Status = Done->Status;
	TransferFinish(Batch, stray, Done->Status);
}

/* Up to DRIVER_REAP_BATCH of a ring. Return: how many. */
static ULONG CompletionsTake(PDRIVER Driver, ULONG Direction, PBATCH Batch)
{
	RING_DONE done[DRIVER_REAP_BATCH];
	ULONG count = RingReap(&Driver->Ring[Direction], done, DRIVER_REAP_BATCH), i;

	for (i = 0; i < count; i++) {
		if (done[i].Work != NULL)
			done[i].Work->Completed(Driver, done[i].Work, &done[i], Batch);
		else if (done[i].Status == ERROR_GEN_FAILURE)
			Batch->Broken = TRUE;
		else
			StrayReport(Driver, &done[i], Batch);
	}
	return count;
}

ULONG CompletionsDrain(PDRIVER Driver, ULONG Direction, PBATCH Batch)
{
	ULONG most = Driver->Ring[Direction].Entries, count = 0, taken;

	do {
		taken = CompletionsTake(Driver, Direction, Batch);
		count += taken;
	} while (taken == DRIVER_REAP_BATCH && count < most);
	return count;
}

VOID CompletionsPoll(PDRIVER Driver, BOOLEAN Rings)
{
	BOOLEAN idle = Driver->Outstanding[0] == 0 && Driver->Outstanding[1] == 0;
	BATCH batch;
	ULONG d;

	BatchBegin(&batch, TRUE);
	for (d = 0; Rings && d < DMAB_CHANNELS; d++) {
		/* With nothing to come both are looked at all the same: a stray may be there. */
		if (Driver->Outstanding[d] == 0 && !idle)
			continue;
		(void)CompletionsDrain(Driver, d, &batch);
	}
	Driver->Strategy->Collect(Driver, &batch);
	if (!Driver->Powered)
		InFlightFail(Driver, &batch);
	BatchEnd(Driver, &batch);
	if (idle || !Driver->Powered)
		return;
	if (Driver->BrokenSeen ||
		(!FinishedAny(Driver) && (Driver->BrokenSeen || EngineHalted(Driver))))
		RecoverBroken(Driver);
}

static VOID FinishedFetch(PDRIVER Driver)
{
	UCHAR irql;

	VideoPortAcquireSpinLock(Driver, Driver->Lock, &irql);
	FinishedMoveLocked(Driver);
	VideoPortReleaseSpinLock(Driver, Driver->Lock, irql);
}

PTRANSFER FinishedTake(PDRIVER Driver)
{
	if (Driver->Ready.First == NULL)
		FinishedFetch(Driver);
	return TransferListTake(&Driver->Ready);
}

BOOLEAN FinishedAny(PDRIVER Driver)
{
	if (Driver->Ready.First == NULL)
		FinishedFetch(Driver);
	return Driver->Ready.First != NULL;
}

/* ---- interrupt ------------------------------------------------------------------------------- */

static VOID NTAPI CompletionDpc(PVOID HwDeviceExtension, PVOID Context)
{
	PDRIVER driver = HwDeviceExtension;
	BATCH batch;
	UCHAR irql;
	ULONG d;

	(void)Context;
	VideoPortAcquireSpinLock(driver, driver->Lock, &irql);
	driver->Dpcs++;
	VideoPortReleaseSpinLock(driver, driver->Lock, irql);

	BatchBegin(&batch, FALSE);
	for (d = 0; d < DMAB_CHANNELS; d++)
		(void)CompletionsDrain(driver, d, &batch);
	batch.Wake = EngineHalted(driver);
	BatchEnd(driver, &batch);
}

/* A count may be all ones; where nobody answers that is no count. */
static BOOLEAN IsNoCount(PDRIVER Driver, ULONG Read)
{
	return Read == REGISTER_GONE && DeviceGone(Driver);
}

/* Takes note of what the engine has posted. Return: whether anything is new. */
static BOOLEAN InterruptAck(PDRIVER Driver)
{
	BOOLEAN pending = FALSE;
	ULONG posted, d;

	for (d = 0; d < DMAB_CHANNELS; d++) {
		posted = RegisterRead(Driver->Ring[d].Registers, DMAB_CH_IRQ_POSTED);
		if (posted == Driver->Acked[d] || IsNoCount(Driver, posted))
			continue;
		Driver->Acked[d] = posted;
		RegisterWrite(Driver->Ring[d].Registers, DMAB_CH_IRQ_ACKED, posted);
		pending = TRUE;
	}
	posted = RegisterRead(Driver->Registers, DMAB_ERROR_POSTED);
	if (posted != Driver->ErrorsAcked && !IsNoCount(Driver, posted)) {
		Driver->ErrorsAcked = posted;
		RegisterWrite(Driver->Registers, DMAB_ERROR_ACKED, posted);
		pending = TRUE;
	}
	return pending;
}

BOOLEAN NTAPI HwInterrupt(PVOID HwDeviceExtension)
{
	PDRIVER driver = HwDeviceExtension;
	BOOLEAN owed = driver->InterruptOwed;

	driver->InterruptOwed = FALSE;
	/* What it tells has been seen to already; it is the device's all the same. */
	if (!driver->InterruptsOn || !InterruptAck(driver))
		return owed;
	driver->Interrupts++;
	/* FALSE means one is pending already, which will see this completion too (D-9). */
	(void)VideoPortQueueDpc(driver, CompletionDpc, NULL);
	return TRUE;
}

/*
 * What was posted up to now is acknowledged before the interrupt is enabled, so that completions
 * taken by polling do not interrupt afterwards. The caller looks at the rings once more behind this
 * call.
 */
static BOOLEAN NTAPI InterruptsEnable(PVOID Context)
{
	PDRIVER driver = Context;

	(void)InterruptAck(driver);
	driver->InterruptsOn = TRUE;
	RegisterWrite(driver->Registers, DMAB_IRQ_ENABLE, DMAB_IRQ_CHANNELS | DMAB_IRQ_ERROR);
	return TRUE;
}

static BOOLEAN NTAPI InterruptsDisable(PVOID Context)
{
	PDRIVER driver = Context;

	RegisterWrite(driver->Registers, DMAB_IRQ_ENABLE, 0);
	if (driver->InterruptsOn)
		driver->InterruptOwed = TRUE;
	driver->InterruptsOn = FALSE;
	return TRUE;
}

static BOOLEAN NTAPI InterruptsForget(PVOID Context)
{
	PDRIVER driver = Context;

	VideoPortZeroMemory(driver->Acked, sizeof(driver->Acked));
	driver->ErrorsAcked = 0;
	driver->InterruptOwed = FALSE;
	return TRUE;
}

VOID InterruptsSet(PDRIVER Driver, BOOLEAN On)
{
	VideoPortSynchronizeExecution(
		Driver, VpMediumPriority, On ? InterruptsEnable : InterruptsDisable, Driver);
}

static BOOLEAN NTAPI InterruptsTake(PVOID Context)
{
	PDRIVER driver = Context;

	if (InterruptAck(driver))
		driver->InterruptOwed = TRUE;
	return TRUE;
}

VOID InterruptsAcknowledge(PDRIVER Driver)
{
	VideoPortSynchronizeExecution(Driver, VpMediumPriority, InterruptsTake, Driver);
}

VOID InterruptsReset(PDRIVER Driver)
{
	VideoPortSynchronizeExecution(Driver, VpMediumPriority, InterruptsForget, Driver);
}

typedef struct _COUNT_QUERY {
	PDRIVER Driver;
	ULONG Count;
} COUNT_QUERY, *PCOUNT_QUERY;

static BOOLEAN NTAPI InterruptsRead(PVOID Context)
{
	PCOUNT_QUERY query = Context;

	query->Count = query->Driver->Interrupts;
	return TRUE;
}

ULONG InterruptsCounted(PDRIVER Driver)
{
	COUNT_QUERY query = {Driver, 0};

	VideoPortSynchronizeExecution(Driver, VpMediumPriority, InterruptsRead, &query);
	return query.Count;
}
