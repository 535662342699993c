// SPDX-License-Identifier: BSD-2-Clause
/*
 * request.c: HwVidStartIO: SUBMIT, REAP, WAIT, QUERY and POOL of dmabench_ioctl.h. The port calls it with
 * one request at a time, so all of this is the requester's context. It always returns TRUE,
 * and input is consumed before output is written, as both are the same buffer.
 */
#include "driver.h"
#include "path_common.h"
#include "path_packet.h"

#define SUBMIT_HEAD ((ULONG)FIELD_OFFSET(DMABENCH_SUBMIT, Transfer))
#define REAP_HEAD   ((ULONG)FIELD_OFFSET(DMABENCH_REAP, Completion))
#define TICKS_100NS 10000000

VOID PacketAnswer(PVIDEO_REQUEST_PACKET Packet, VP_STATUS Status, ULONG Information)
{
	Packet->StatusBlock->Status = Status;
	Packet->StatusBlock->Information = Information;
}

/* ---- SUBMIT ---------------------------------------------------------------------------------- */

static BOOLEAN TransferIsSound(const DRIVER *Driver, const DMABENCH_TRANSFER *Request)
{
	return Request->Buffer != NULL && Request->Length != 0 &&
	       Request->Offset <= Request->BufferLength &&
	       Request->Length <= Request->BufferLength - Request->Offset &&
	       Request->Direction < DMAB_CHANNELS &&
	       Request->DeviceAddress <= Driver->DeviceMemory &&
	       Request->Length <= Driver->DeviceMemory - Request->DeviceAddress;
}

/*
 * How many of the batch can be taken, from the front, by direction. Sets *Status where one is
 * wrong.
 */
static ULONG SubmitJudge(
	const DRIVER *Driver, const DMABENCH_SUBMIT *Submit, PULONG ByDirection, VP_STATUS *Status)
{
	ULONG room = Driver->Depth - Driver->Outstanding[0] - Driver->Outstanding[1], i;

	ByDirection[0] = ByDirection[1] = 0;
	for (i = 0; i < Submit->Count && i < room; i++) {
		if (!TransferIsSound(Driver, &Submit->Transfer[i])) {
			*Status = ERROR_INVALID_PARAMETER;
			break;
		}
		ByDirection[Submit->Transfer[i].Direction]++;
	}
	return i;
}

static VOID TransferStart(PDRIVER Driver, const DMABENCH_TRANSFER *Request, PBATCH Batch)
{
	PTRANSFER transfer = Driver->Free;

	Driver->Free = transfer->Next;
	VideoPortZeroMemory(transfer, sizeof(*transfer));
	transfer->Request = *Request;
	transfer->Sequence = Driver->Sequence++;
	Driver->Outstanding[Request->Direction]++;
	Driver->Strategy->Start(Driver, transfer, Batch);
}

/* All transfers of a direction share one doorbell, unless there is only one. */
static VOID SubmitStart(
	PDRIVER Driver, const DMABENCH_SUBMIT *Submit, ULONG Count, const ULONG *ByDirection)
{
	BATCH batch;
	ULONG d, i;

	BatchBegin(&batch, TRUE);
	if (Driver->Strategy->Packet)
		PacketUnitsTake(Driver, Count, &batch);
	for (d = 0; d < DMAB_CHANNELS; d++)
		if (ByDirection[d] > 1)
			RingHold(&Driver->Ring[d]);
	for (i = 0; i < Count; i++)
		TransferStart(Driver, &Submit->Transfer[i], &batch);
	for (d = 0; d < DMAB_CHANNELS; d++)
		if (ByDirection[d] > 1)
			RingRelease(&Driver->Ring[d]);
	BatchEnd(Driver, &batch);
}

static VOID RequestSubmit(PDRIVER Driver, PVIDEO_REQUEST_PACKET Packet)
{
	PDMABENCH_SUBMIT submit = Packet->InputBuffer;
	ULONG byDirection[DMAB_CHANNELS], count;
	VP_STATUS status = NO_ERROR;

	if (Packet->InputBufferLength < SUBMIT_HEAD || Packet->OutputBufferLength < SUBMIT_HEAD ||
		submit->Count >
			(Packet->InputBufferLength - SUBMIT_HEAD) / sizeof(DMABENCH_TRANSFER)) {
		PacketAnswer(Packet, ERROR_INSUFFICIENT_BUFFER, 0);
		return;
	}
	if (!Driver->Powered) {
		PacketAnswer(Packet, ERROR_INVALID_FUNCTION, 0);
		return;
	}
	count = SubmitJudge(Driver, submit, byDirection, &status);
	if (count != 0)
		SubmitStart(Driver, submit, count, byDirection);
	((PDMABENCH_SUBMIT)Packet->OutputBuffer)->Count = count;
	PacketAnswer(Packet, status, SUBMIT_HEAD);
}

/* ---- REAP ------------------------------------------------------------------------------------ */

/* The transfer's way ends here. */
static VOID TransferReaped(PDRIVER Driver, PTRANSFER Transfer)
{
	UCHAR irql;

	if (Transfer->Stray) {
		VideoPortAcquireSpinLock(Driver, Driver->Lock, &irql);
		Transfer->Next = Driver->StrayFree;
		Driver->StrayFree = Transfer;
		VideoPortReleaseSpinLock(Driver, Driver->Lock, irql);
		return;
	}
	Driver->Strategy->Reaped(Driver, Transfer);
	Driver->Outstanding[Transfer->Request.Direction]--;
	Transfer->Next = Driver->Free;
	Driver->Free = Transfer;
}

static VOID RequestReap(PDRIVER Driver, PVIDEO_REQUEST_PACKET Packet)
{
	PDMABENCH_REAP reap = Packet->OutputBuffer;
	PDMABENCH_COMPLETION to;
	PTRANSFER transfer;
	ULONG most, count;

	if (Packet->InputBufferLength < REAP_HEAD || Packet->OutputBufferLength < REAP_HEAD) {
		PacketAnswer(Packet, ERROR_INSUFFICIENT_BUFFER, 0);
		return;
	}
	most = (Packet->OutputBufferLength - REAP_HEAD) / (ULONG)sizeof(DMABENCH_COMPLETION);
	if (most > ((PDMABENCH_REAP)Packet->InputBuffer)->Count)
		most = ((PDMABENCH_REAP)Packet->InputBuffer)->Count;

	CompletionsPoll(Driver, Driver->Settings.CompletionMode != DMABENCH_COMPLETION_INTERRUPT);
	for (count = 0; count < most; count++) {
		transfer = FinishedTake(Driver);
		if (transfer == NULL)
			break;
		to = &reap->Completion[count];
		to->Cookie = transfer->Request.Cookie;
		to->Status = transfer->Status;
		to->Length = transfer->Moved;
		to->Rounds = transfer->Rounds;
		to->Elements = transfer->Elements;
		TransferReaped(Driver, transfer);
	}
	if (count == 0 && ++Driver->Idle == STALL_IDLE)
		StallReap(Driver);
	reap->Count = count;
	PacketAnswer(Packet, NO_ERROR, REAP_HEAD + count * (ULONG)sizeof(DMABENCH_COMPLETION));
}

/* ---- WAIT ------------------------------------------------------------------------------------ */

static BOOLEAN WaitSpin(PDRIVER Driver, LONGLONG Until)
{
	LONGLONG now;

	for (;;) {
		CompletionsPoll(Driver, TRUE);
		if (FinishedAny(Driver))
			return TRUE;
		now = DriverNow(Driver);
		if (StallLook(Driver, now, FALSE) && FinishedAny(Driver))
			return TRUE;
		if (now >= Until)
			return FALSE;
	}
}

/*
 * Announces that WAIT is about to sleep. FALSE: there is something already. Who publishes under the
 * same lock afterwards sees Sleeping and sets the event, which stays set until the wait: no wake-up
 * is lost.
 */
static BOOLEAN SleepBegin(PDRIVER Driver)
{
	BOOLEAN sleep;
	UCHAR irql;

	VideoPortAcquireSpinLock(Driver, Driver->Lock, &irql);
	sleep = Driver->Finished.First == NULL && Driver->CollectedFirst == NULL;
	Driver->Sleeping = sleep;
	VideoPortReleaseSpinLock(Driver, Driver->Lock, irql);
	return sleep;
}

static VOID SleepEnd(PDRIVER Driver)
{
	UCHAR irql;

	VideoPortAcquireSpinLock(Driver, Driver->Lock, &irql);
	Driver->Sleeping = FALSE;
	VideoPortReleaseSpinLock(Driver, Driver->Lock, irql);
}

static VOID EventWait(PDRIVER Driver, LONGLONG Ticks)
{
	LARGE_INTEGER timeout;

	timeout.QuadPart = Ticks / Driver->Frequency * TICKS_100NS +
	                   Ticks % Driver->Frequency * TICKS_100NS / Driver->Frequency + 1;
	timeout.QuadPart = -timeout.QuadPart;
	(void)VideoPortWaitForSingleObject(Driver, Driver->Event, &timeout);
}

/*
 * Interrupts are on: look, announce, sleep, look again. Rings: they were on only now, so that the rings are looked at once
 * more. An interrupt that is lost costs two RecoveryUs, no more.
 */
static BOOLEAN WaitBlock(PDRIVER Driver, LONGLONG Until, BOOLEAN Rings)
{
	LONGLONG left, stall, now;

	for (;; Rings = FALSE) {
		CompletionsPoll(Driver, Rings);
		if (FinishedAny(Driver))
			return TRUE;
		now = DriverNow(Driver);
		/* Whatever it says: it may hand out what a deferred call has found meanwhile. */
		(void)StallLook(Driver, now, TRUE);
		if (FinishedAny(Driver))
			return TRUE;
		left = Until - now;
		if (left <= 0)
			return FALSE;
		stall = StallLeft(Driver, now);
		if (SleepBegin(Driver))
			EventWait(Driver, stall < left ? stall : left);
		SleepEnd(Driver);
	}
}

static BOOLEAN WaitAdaptive(PDRIVER Driver, LONGLONG Until)
{
	LONGLONG budget = DriverNow(Driver) + DriverTicks(Driver, Driver->Settings.PollBudgetUs);
	BOOLEAN ready = WaitSpin(Driver, budget < Until ? budget : Until);

	if (ready || DriverNow(Driver) >= Until)
		return ready;
	/* Nothing may interrupt without power, whoever waits. */
	if (!Driver->Powered)
		return WaitSpin(Driver, Until);
	InterruptsSet(Driver, TRUE);
	ready = WaitBlock(Driver, Until, TRUE);
	InterruptsSet(Driver, FALSE);
	return ready;
}

static VOID RequestWait(PDRIVER Driver, PVIDEO_REQUEST_PACKET Packet)
{
	PDMABENCH_WAIT wait = Packet->InputBuffer;
	BOOLEAN ready;
	LONGLONG until;

	if (Packet->InputBufferLength < sizeof(*wait) ||
		Packet->OutputBufferLength < sizeof(*wait)) {
		PacketAnswer(Packet, ERROR_INSUFFICIENT_BUFFER, 0);
		return;
	}
	/* Nothing will come any more. */
	if (Driver->Lost && Driver->Outstanding[0] == 0 && Driver->Outstanding[1] == 0 &&
		!FinishedAny(Driver)) {
		PacketAnswer(Packet, ERROR_INVALID_FUNCTION, 0);
		return;
	}
	until = DriverNow(Driver) + DriverTicks(Driver, wait->TimeoutUs);
	switch (Driver->Settings.CompletionMode) {
	case DMABENCH_COMPLETION_INTERRUPT:
		ready = WaitBlock(Driver, until, FALSE);
		break;
	case DMABENCH_COMPLETION_ADAPTIVE:
		ready = WaitAdaptive(Driver, until);
		break;
	default:
		ready = WaitSpin(Driver, until);
		break;
	}
	((PDMABENCH_WAIT)Packet->OutputBuffer)->Ready = ready;
	PacketAnswer(Packet, NO_ERROR, sizeof(*wait));
}

/* ---- QUERY ----------------------------------------------------------------------------------- */

#define LENGTH_MAXIMUM 0xFFFFF000u /* whole pages that a ULONG can count */

static VOID RequestQuery(PDRIVER Driver, PVIDEO_REQUEST_PACKET Packet)
{
	PDMABENCH_QUERY query = Packet->OutputBuffer;
	RING_STATE state;
	UCHAR irql;
	ULONG d;

	if (Packet->OutputBufferLength < sizeof(*query)) {
		PacketAnswer(Packet, ERROR_INSUFFICIENT_BUFFER, 0);
		return;
	}
	VideoPortZeroMemory(query, sizeof(*query));
	query->DepthMaximum = Driver->Depth;
	query->LengthMaximum = Driver->DeviceMemory < LENGTH_MAXIMUM ? (ULONG)Driver->DeviceMemory
	                                                             : LENGTH_MAXIMUM;
	query->DeviceMemory = Driver->DeviceMemory;
	query->CompletionMode = Driver->Settings.CompletionMode;
	if (Driver->Strategy->Hybrid)
		query->HybridThreshold = Driver->Settings.HybridThreshold;
	/* In this order, so that no DPC is counted without its interrupt. */
	VideoPortAcquireSpinLock(Driver, Driver->Lock, &irql);
	query->Dpcs = Driver->Dpcs;
	VideoPortReleaseSpinLock(Driver, Driver->Lock, irql);
	query->Interrupts = InterruptsCounted(Driver);
	query->Recoveries = Driver->Recoveries;
	query->Resets = Driver->Resets;
	query->GivenUp = Driver->Lost;
	query->LastReset = Driver->LastReset;
	query->CacheHits = Driver->Cache.Hits;
	query->CacheMisses = Driver->Cache.Misses;
	for (d = 0; d < DMAB_CHANNELS; d++) {
		RingLook(&Driver->Ring[d], &state);
		query->DeviceErrors += state.Errors;
	}
	PacketAnswer(Packet, NO_ERROR, sizeof(*query));
}

BOOLEAN NTAPI HwStartIo(PVOID HwDeviceExtension, PVIDEO_REQUEST_PACKET Packet)
{
	PDRIVER driver = HwDeviceExtension;

	if (driver->Strategy->Request(driver, Packet))
		return TRUE;
	switch (Packet->IoControlCode) {
	case IOCTL_DMABENCH_SUBMIT:
		RequestSubmit(driver, Packet);
		break;
	case IOCTL_DMABENCH_REAP:
		RequestReap(driver, Packet);
		break;
	case IOCTL_DMABENCH_WAIT:
		RequestWait(driver, Packet);
		break;
	case IOCTL_DMABENCH_QUERY:
		RequestQuery(driver, Packet);
		break;
	case IOCTL_DMABENCH_POOL:
		if (driver->Strategy->Pool)
			CommonAccount(driver, Packet);
		else
			PacketAnswer(Packet, ERROR_INVALID_FUNCTION, 0);
		break;
	default: /* */
		PacketAnswer(Packet, ERROR_INVALID_FUNCTION, 0);
		break;
	}
	return TRUE;
}
