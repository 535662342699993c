// SPDX-License-Identifier: BSD-2-Clause
/*
 * path_common.c: the pool and the trains of pieces. Used by the common and hybrid drivers.
 * Everything here but CommonCompleted runs in the requester's context and so needs no lock.
 */
#include "path_common.h"

#define COMMON_TAG      0x6C6F6F50u /* "Pool" */
#define POOL_BYTES_MOST 0xFFFFFFFFu

VP_STATUS CommonCreate(PDRIVER Driver)
{
	ULONG count = Driver->Settings.PoolSlots, bytes = Driver->Settings.PoolSlotBytes, i;
	PVP_DMA_ADAPTER adapter = Driver->Adapter[DMABENCH_TO_DEVICE];
	PSLOT slot;

	if (bytes > POOL_BYTES_MOST / count)
		return ERROR_INVALID_PARAMETER;
	Driver->PoolBytes = count * bytes;
	Driver->Slots = VideoPortAllocatePool(
		Driver, VpNonPagedPool, count * sizeof(SLOT), COMMON_TAG);
	if (Driver->Slots == NULL)
		return ERROR_NOT_ENOUGH_MEMORY;
	Driver->Pool = VideoPortAllocateCommonBuffer(
		Driver, adapter, Driver->PoolBytes, &Driver->PoolLogical, TRUE, NULL);
	if (Driver->Pool == NULL) {
		CommonDestroy(Driver);
		return ERROR_NOT_ENOUGH_MEMORY;
	}
	VideoPortZeroMemory(Driver->Slots, count * (ULONG)sizeof(SLOT));
	Driver->PoolAccount.Slots = count;
	Driver->PoolAccount.SlotBytes = bytes;
	for (i = count; i-- > 0;) {
		slot = &Driver->Slots[i];
		slot->Virtual = (PUCHAR)Driver->Pool + (SIZE_T)i * bytes;
		slot->Logical.QuadPart = Driver->PoolLogical.QuadPart + (LONGLONG)i * bytes;
		slot->Next = Driver->SlotFree;
		Driver->SlotFree = slot;
	}
	return NO_ERROR;
}

VOID CommonDestroy(PDRIVER Driver)
{
	if (Driver->Pool != NULL)
		VideoPortReleaseCommonBuffer(Driver, Driver->Adapter[DMABENCH_TO_DEVICE],
			Driver->PoolBytes, Driver->PoolLogical, Driver->Pool, TRUE);
	if (Driver->Slots != NULL)
		VideoPortFreePool(Driver, Driver->Slots);
	Driver->Pool = NULL;
	Driver->Slots = Driver->SlotFree = NULL;
}

static PUCHAR PieceAddress(const TRANSFER *Transfer, ULONG Offset)
{
	return (PUCHAR)Transfer->Request.Buffer + Transfer->Request.Offset + Offset;
}

static VOID CommonSettle(PDRIVER Driver, PSLOT Slot, PBATCH Batch);

/* A descriptor of the pool is done: any context. */
static VOID CommonCompleted(PDRIVER Driver, PWORK Work, const RING_DONE *Done, PBATCH Batch)
{
	PSLOT slot = (PSLOT)(PVOID)Work;

	slot->Status = Done->Status;
	slot->Moved = Done->Length;
	if (Batch->Requester) {
		CommonSettle(Driver, slot, Batch);
		return;
	}
	slot->Next = NULL;
	if (Batch->CollectedFirst == NULL)
		Batch->CollectedFirst = slot;
	else
		Batch->CollectedLast->Next = slot;
	Batch->CollectedLast = slot;
}

/* ---- the pool's account ---------------------------------------------------------------------- */

static VOID PoolTaken(PDMABENCH_POOL_ACCOUNT Account, ULONG Length)
{
	Account->Bytes += Length;
	if (Account->Bytes > Account->BytesPeak)
		Account->BytesPeak = Account->Bytes;
	if (++Account->Used > Account->UsedPeak)
		Account->UsedPeak = Account->Used;
}

static VOID PoolGiven(PDMABENCH_POOL_ACCOUNT Account, ULONG Length)
{
	Account->Bytes -= Length;
	Account->Used--;
}

VOID CommonAccount(PDRIVER Driver, PVIDEO_REQUEST_PACKET Packet)
{
	PDMABENCH_POOL_ACCOUNT account = &Driver->PoolAccount;
	PDMABENCH_POOL pool = Packet->InputBuffer;

	if (Packet->InputBufferLength < sizeof(*pool) ||
		Packet->OutputBufferLength < sizeof(*pool)) {
		PacketAnswer(Packet, ERROR_INSUFFICIENT_BUFFER, 0);
		return;
	}
	if (pool->Reset != 0) {
		account->UsedPeak = account->Used;
		account->BytesPeak = account->Bytes;
	}
	pool = Packet->OutputBuffer;
	pool->Reset = pool->Reserved = 0;
	pool->Account = account;
	PacketAnswer(Packet, NO_ERROR, sizeof(*pool));
}

/* ---- pieces ---------------------------------------------------------------------------------- */

static VOID PiecePost(PDRIVER Driver, PTRANSFER Transfer, PSLOT Slot, ULONG Length)
{
	BOOLEAN toDevice = Transfer->Request.Direction == DMABENCH_TO_DEVICE;
	VP_SCATTER_GATHER_ELEMENT element;
	RING_REQUEST request;

	if (toDevice) {
		DMABENCH_TRACE(DMABENCH_PHASE_COPY_IN);
		VideoPortMoveMemory(
			Slot->Virtual, PieceAddress(Transfer, Transfer->Issued), Length);
	}
	DMABENCH_TRACE(DMABENCH_PHASE_DESCRIPTOR);
	Slot->Work.Transfer = Transfer;
	Slot->Work.Completed = CommonCompleted;
	Slot->Offset = Transfer->Issued;
	Slot->Length = Length;
	PoolTaken(&Driver->PoolAccount, Length);
	element.Address = Slot->Logical;
	element.Length = Length;
	element.Reserved = 0;
	request.Work = &Slot->Work;
	request.Element = &element;
	request.Elements = 1;
	request.DeviceAddress = Transfer->Request.DeviceAddress + Transfer->Issued;
	request.Cookie = Transfer->Request.Cookie;
	request.Opcode = toDevice ? DMAB_OP_TO_DEVICE : DMAB_OP_FROM_DEVICE;
	RingPost(&Driver->Ring[Transfer->Request.Direction], &request);
}

/* Hands pieces to free slots. Return: whether all are handed out. */
static BOOLEAN CommonIssue(PDRIVER Driver, PTRANSFER Transfer)
{
	ULONG length;
	PSLOT slot;

	while (Transfer->Issued < Transfer->Request.Length) {
		slot = Driver->SlotFree;
		if (slot == NULL)
			return FALSE;
		Driver->SlotFree = slot->Next;
		length = Transfer->Request.Length - Transfer->Issued;
		if (length > Driver->Settings.PoolSlotBytes)
			length = Driver->Settings.PoolSlotBytes;
		PiecePost(Driver, Transfer, slot, length);
		Transfer->Issued += length;
		Transfer->Pieces++;
		Transfer->Rounds++;
		Transfer->Elements++;
	}
	return TRUE;
}

/* Finishes the transfer if it is over; one that failed half-way issues nothing more. */
static VOID CommonFinish(PTRANSFER Transfer, PBATCH Batch)
{
	if (Transfer->Pieces == 0 && !Transfer->Queued)
		TransferFinish(Batch, Transfer, NO_ERROR);
}

/* The slot's data goes where it belongs, the slot back to the pool. */
static VOID CommonSettle(PDRIVER Driver, PSLOT Slot, PBATCH Batch)
{
	PTRANSFER transfer = Slot->Work.Transfer;

	if (Slot->Status != NO_ERROR) {
		if (transfer->Status == NO_ERROR)
			transfer->Status = Slot->Status;
		transfer->Issued = transfer->Request.Length;
	} else if (transfer->Request.Direction == DMABENCH_FROM_DEVICE) {
		DMABENCH_TRACE(DMABENCH_PHASE_COPY_OUT);
		VideoPortMoveMemory(
			PieceAddress(transfer, Slot->Offset), Slot->Virtual, Slot->Moved);
		DMABENCH_TRACE(DMABENCH_PHASE_COMPLETION);
	}
	transfer->Moved += Slot->Moved;
	transfer->Pieces--;
	PoolGiven(&Driver->PoolAccount, Slot->Length);
	Slot->Next = Driver->SlotFree;
	Driver->SlotFree = Slot;
	CommonFinish(transfer, Batch);
}

VOID CommonStart(PDRIVER Driver, PTRANSFER Transfer, PBATCH Batch)
{
	(void)Batch;
	if (Driver->Waiting.First == NULL && CommonIssue(Driver, Transfer))
		return;
	Transfer->Queued = TRUE;
	TransferListAppend(&Driver->Waiting, Transfer);
}

static PSLOT CollectedTake(PDRIVER Driver)
{
	PSLOT first;
	UCHAR irql;

	VideoPortAcquireSpinLock(Driver, Driver->Lock, &irql);
	first = Driver->CollectedFirst;
	Driver->CollectedFirst = NULL;
	VideoPortReleaseSpinLock(Driver, Driver->Lock, irql);
	return first;
}

VOID CommonCollect(PDRIVER Driver, PBATCH Batch)
{
	PSLOT slot = NULL, next;
	PTRANSFER transfer;

	if (Driver->Settings.CompletionMode != DMABENCH_COMPLETION_POLL)
		slot = CollectedTake(Driver);
	for (; slot != NULL; slot = next) {
		next = slot->Next;
		CommonSettle(Driver, slot, Batch);
	}
	while ((transfer = Driver->Waiting.First) != NULL && CommonIssue(Driver, transfer)) {
		(void)TransferListTake(&Driver->Waiting);
		transfer->Queued = FALSE;
		CommonFinish(transfer, Batch);
	}
}
