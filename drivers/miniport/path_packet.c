// SPDX-License-Identifier: BSD-2-Clause
/*
 * path_packet.c: the rounds of a packet transfer and the queue for map registers. Used by the
 * packet, packet-cached and hybrid drivers, which differ in LockTransfer and UnlockTransfer.
 */
#include "path_packet.h"

static BOOLEAN ToDevice(const TRANSFER *Transfer)
{
	return Transfer->Request.Direction == DMABENCH_TO_DEVICE;
}

BOOLEAN PacketLock(PDRIVER Driver, PTRANSFER Transfer)
{
	Transfer->Mdl = VideoPortLockBuffer(Driver, Transfer->Request.Buffer,
		Transfer->Request.BufferLength, ToDevice(Transfer) ? VpReadAccess : VpWriteAccess);
	return Transfer->Mdl != NULL;
}

VOID PacketUnlock(PDRIVER Driver, PTRANSFER Transfer)
{
	VideoPortUnlockBuffer(Driver, Transfer->Mdl);
	Transfer->Mdl = NULL;
}

static VOID PacketEnd(PDRIVER Driver, PTRANSFER Transfer, VP_STATUS Status, PBATCH Batch)
{
	Driver->Strategy->UnlockTransfer(Driver, Transfer);
	TransferFinish(Batch, Transfer, Status);
}

/* Posts what is left of the list of this round. The transfer may be gone when it returns. */
static VOID PacketPost(PDRIVER Driver, PTRANSFER Transfer)
{
	PVP_SCATTER_GATHER_LIST list = Transfer->List;
	RING_REQUEST request;

	request.Work = &Transfer->Work;
	request.Element = &list->Elements[Transfer->NextElement];
	request.Elements = list->NumberOfElements - Transfer->NextElement;
	request.DeviceAddress = Transfer->Request.DeviceAddress + Transfer->Moved;
	request.Cookie = Transfer->Request.Cookie;
	request.Opcode = ToDevice(Transfer) ? DMAB_OP_TO_DEVICE : DMAB_OP_FROM_DEVICE;
	RingPost(&Driver->Ring[Transfer->Request.Direction], &request);
}

/* HwVidExecuteDma: DISPATCH_LEVEL, any thread. */
static VOID NTAPI PacketExecute(PVOID HwDeviceExtension, PVP_DMA_ADAPTER Adapter,
	PVP_SCATTER_GATHER_LIST List, PVOID Context)
{
	PTRANSFER transfer = Context;

	(void)Adapter;
	transfer->List = List;
	transfer->NextElement = 0;
	transfer->Rounds++;
	transfer->Elements += List->NumberOfElements;
	PacketPost((PDRIVER)HwDeviceExtension, transfer);
}

/* One round. After NO_ERROR the transfer belongs to HwVidExecuteDma and the ring. */
static VP_STATUS PacketRound(PDRIVER Driver, PTRANSFER Transfer)
{
	ULONG direction = Transfer->Request.Direction;

	Transfer->RoundLength = Transfer->Request.Length - Transfer->Moved;
	return VideoPortStartDma(Driver, Driver->Adapter[direction], Transfer->Mdl,
		Transfer->Request.Offset + Transfer->Moved, &Transfer->RoundLength, PacketExecute,
		Transfer, ToDevice(Transfer));
}

static VOID PacketPark(PDRIVER Driver, PTRANSFER Transfer, BOOLEAN First)
{
	PTRANSFER_LIST parked = &Driver->Parked[Transfer->Request.Direction];
	UCHAR irql;

	VideoPortAcquireSpinLock(Driver, Driver->Lock, &irql);
	if (First)
		TransferListPrepend(parked, Transfer);
	else
		TransferListAppend(parked, Transfer);
	VideoPortReleaseSpinLock(Driver, Driver->Lock, irql);
}

/*
 * A descriptor of the round is done. CompleteDma comes at once, before anything else touches the
 * data, then the next round.
 */
static VOID PacketCompleted(PDRIVER Driver, PWORK Work, const RING_DONE *Done, PBATCH Batch)
{
	PTRANSFER transfer = Work->Transfer;
	ULONG direction = transfer->Request.Direction;
	PVP_SCATTER_GATHER_LIST list = transfer->List;
	VP_STATUS status = Done->Status;

	transfer->Moved += Done->Length;
	transfer->NextElement += Work->Elements;
	if (status == NO_ERROR && transfer->NextElement < list->NumberOfElements) {
		PacketPost(Driver, transfer);
		return;
	}
	transfer->List = NULL;
	VideoPortCompleteDma(Driver, Driver->Adapter[direction], list, ToDevice(transfer));
	if (status == NO_ERROR && transfer->Moved < transfer->Request.Length) {
		status = PacketRound(Driver, transfer);
		if (status == NO_ERROR)
			return;
		if (status == ERROR_NOT_ENOUGH_MEMORY) {
			PacketPark(Driver, transfer, TRUE);
			Batch->Released++;
			return;
		}
	}
	Batch->Released++;
	PacketEnd(Driver, transfer, status, Batch);
}

static BOOLEAN RefusedTooOften(const TRANSFER *Transfer)
{
	return Transfer->Refusals >= PACKET_REFUSALS_MOST;
}

/* A transfer of this direction has waited so long that nothing may go before it any more. */
static BOOLEAN ParkedIsStrict(const DRIVER *Driver, ULONG Direction)
{
	const TRANSFER *first = Driver->Parked[Direction].First;

	return Driver->TryingStrict[Direction] || (first != NULL && RefusedTooOften(first));
}

VOID PacketUnitsTake(PDRIVER Driver, ULONG Count, PBATCH Batch)
{
	BOOLEAN strict;
	UCHAR irql;
	ULONG d;

	VideoPortAcquireSpinLock(Driver, Driver->Lock, &irql);
	Batch->Started = (LONG)Count;
	Driver->Active += (LONG)Count;
	strict = ParkedIsStrict(Driver, 0) || ParkedIsStrict(Driver, 1);
	for (d = 0; d < DMAB_CHANNELS; d++)
		Batch->Park[d] = strict || Driver->Trying[d] || Driver->Parked[d].First != NULL;
	VideoPortReleaseSpinLock(Driver, Driver->Lock, irql);
}

VOID PacketStart(PDRIVER Driver, PTRANSFER Transfer, PBATCH Batch)
{
	ULONG direction = Transfer->Request.Direction;
	VP_STATUS status = ERROR_NOT_ENOUGH_MEMORY;

	Transfer->Work.Transfer = Transfer;
	Transfer->Work.Completed = PacketCompleted;
	Batch->Started--;
	if (!Driver->Strategy->LockTransfer(Driver, Transfer)) {
		Batch->Returned++;
		TransferFinish(Batch, Transfer, ERROR_NOT_ENOUGH_MEMORY);
		return;
	}
	if (!Batch->Park[direction])
		status = PacketRound(Driver, Transfer);
	if (status == NO_ERROR)
		return;
	Batch->Returned++;
	if (status == ERROR_NOT_ENOUGH_MEMORY) {
		Batch->Park[direction] = TRUE;
		PacketPark(Driver, Transfer, FALSE);
	} else {
		PacketEnd(Driver, Transfer, status, Batch);
	}
}

/* What one visit to the parking queues has found out. */
typedef struct _PARK_VISIT {
	BOOLEAN Refused[DMAB_CHANNELS]; /* this head cannot go now */
	ULONG Releases; /* mark of the last attempt: did registers come free since? */
	ULONG Trying;   /* direction of the head this visit has in hand; DMAB_CHANNELS: none */
} PARK_VISIT, *PPARK_VISIT;

/* The direction whose head may try next, or DMAB_CHANNELS. */
static ULONG ParkedNextLocked(const DRIVER *Driver, const PARK_VISIT *Visit)
{
	const TRANSFER *first, *other;
	ULONG next = DMAB_CHANNELS, d;

	for (d = 0; d < DMAB_CHANNELS; d++) {
		if (Visit->Refused[d] || Driver->Trying[d]) {
			if (ParkedIsStrict(Driver, d))
				return DMAB_CHANNELS;
			continue;
		}
		first = Driver->Parked[d].First;
		if (first == NULL)
			continue;
		other = next < DMAB_CHANNELS ? Driver->Parked[next].First : NULL;
		if (other == NULL || (LONG)(first->Sequence - other->Sequence) < 0)
			next = d;
	}
	return next;
}

/* The head in hand has started, or waits again. */
static VOID TryingEndLocked(PDRIVER Driver, PPARK_VISIT Visit)
{
	if (Visit->Trying == DMAB_CHANNELS)
		return;
	Driver->Trying[Visit->Trying] = FALSE;
	Driver->TryingStrict[Visit->Trying] = FALSE;
	Visit->Trying = DMAB_CHANNELS;
}

/*
 * Takes the next transfer that may try, with a unit; NULL when there is none. Until the next call,
 * or ParkAgain, it counts as parked: what is newer would overtake it in the very moment it tries,
 * and it is refused once more. Who finds it so leaves its queue to this visit.
 */
static PTRANSFER ParkedTake(PDRIVER Driver, PPARK_VISIT Visit)
{
	PTRANSFER transfer = NULL;
	ULONG direction;
	UCHAR irql;

	VideoPortAcquireSpinLock(Driver, Driver->Lock, &irql);
	TryingEndLocked(Driver, Visit);
	if (Driver->Releases != Visit->Releases)
		Visit->Refused[0] = Visit->Refused[1] = FALSE;
	direction = ParkedNextLocked(Driver, Visit);
	if (direction < DMAB_CHANNELS) {
		transfer = TransferListTake(&Driver->Parked[direction]);
		Driver->Active++;
		Driver->Trying[direction] = TRUE;
		Driver->TryingStrict[direction] = RefusedTooOften(transfer);
		Visit->Trying = direction;
	}
	Visit->Releases = Driver->Releases;
	VideoPortReleaseSpinLock(Driver, Driver->Lock, irql);
	return transfer;
}

/*
 * The transfer was refused. FALSE: it is not parked again, because nobody holds registers and yet
 * there are too few. With the last unit gone nobody else comes back for a head that was refused
 * before: both may try again in the same visit, as when registers came free meanwhile.
 */
static BOOLEAN ParkAgain(PDRIVER Driver, PTRANSFER Transfer, PPARK_VISIT Visit)
{
	ULONG direction = Transfer->Request.Direction, d;
	BOOLEAN idle, unchanged;
	UCHAR irql;

	VideoPortAcquireSpinLock(Driver, Driver->Lock, &irql);
	idle = --Driver->Active == 0;
	unchanged = Driver->Releases == Visit->Releases;
	Transfer->Refusals++;
	if (!idle || !unchanged)
		TransferListPrepend(&Driver->Parked[direction], Transfer);
	TryingEndLocked(Driver, Visit);
	VideoPortReleaseSpinLock(Driver, Driver->Lock, irql);
	Visit->Refused[direction] = TRUE;
	for (d = 0; idle && d < DMAB_CHANNELS; d++)
		Visit->Refused[d] = FALSE;
	return !idle || !unchanged;
}

VOID PacketResume(PDRIVER Driver, PBATCH Batch)
{
	PARK_VISIT visit = {{FALSE, FALSE}, 0, DMAB_CHANNELS};
	PTRANSFER transfer;
	VP_STATUS status;

	while ((transfer = ParkedTake(Driver, &visit)) != NULL) {
		status = PacketRound(Driver, transfer);
		if (status == NO_ERROR)
			continue;
		if (status != ERROR_NOT_ENOUGH_MEMORY) {
			Batch->Returned++;
			PacketEnd(Driver, transfer, status, Batch);
		} else if (!ParkAgain(Driver, transfer, &visit)) {
			PacketEnd(Driver, transfer, status, Batch);
		}
	}
}

VOID PacketAbandon(PDRIVER Driver, PTRANSFER Transfer)
{
	if (Transfer->List != NULL)
		VideoPortCompleteDma(Driver, Driver->Adapter[Transfer->Request.Direction],
			Transfer->List, ToDevice(Transfer));
	Transfer->List = NULL;
	if (Transfer->Mdl != NULL)
		Driver->Strategy->UnlockTransfer(Driver, Transfer);
}
