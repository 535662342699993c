// SPDX-License-Identifier: BSD-2-Clause
/*
 * probe.c: the driver that measures one part of the path at a time. It answers PROBE and QUERY
 * only; all runs in the requester's context and times each operation with the port's performance
 * counter.
 */
#include "driver.h"

#define PROBE_TAG  0x626F7250u /* "Prob" */
#define PROBE_HEAD ((ULONG)FIELD_OFFSET(DMABENCH_PROBE, Ticks))

/* One PROBE request. Input was copied out of the buffer that output goes to. */
typedef struct _PROBE {
	PDRIVER Driver;
	DMABENCH_PROBE In;
	PULONG Ticks;
	ULONG Done, Failed, Skipped;
	ULONGLONG Elements;

	/* Filled by the callbacks of one operation. */
	LONG Executed;
	PVP_SCATTER_GATHER_LIST List;
} PROBE, *PPROBE;

static VP_LOCK_OPERATION ProbeAccess(const PROBE *Probe)
{
	return Probe->In.Direction == DMABENCH_TO_DEVICE ? VpReadAccess : VpWriteAccess;
}

/* Ends operation number Index that began at Start. */
static VOID ProbeRecord(PPROBE Probe, ULONG Index, LONGLONG Start, BOOLEAN Succeeded)
{
	Probe->Ticks[Index] = (ULONG)(VideoPortQueryPerformanceCounter(Probe->Driver, NULL) -
				      Start);
	if (Succeeded)
		Probe->Done++;
	else
		Probe->Failed++;
}

/* ---- LOCK ------------------------------------------------------------------------------------ */

static BOOLEAN RangeIsSound(PPROBE Probe)
{
	ULONG last = 0;

	if (Probe->In.Buffers == 0)
		Probe->In.Buffers = 1;
	if (Probe->In.First >= Probe->In.Buffers)
		return FALSE;
	if (Probe->In.Stride != 0) {
		if (Probe->In.Buffers - 1 > Probe->In.BufferLength / Probe->In.Stride)
			return FALSE;
		last = (Probe->In.Buffers - 1) * Probe->In.Stride;
	}
	return Probe->In.Buffer != NULL && Probe->In.Length != 0 &&
	       last <= Probe->In.BufferLength &&
	       Probe->In.Offset <= Probe->In.BufferLength - last &&
	       Probe->In.Length <= Probe->In.BufferLength - last - Probe->In.Offset &&
	       Probe->In.Direction < DMAB_CHANNELS;
}

/* Where the buffer of operation Index begins. */
static ULONG BufferOffset(const PROBE *Probe, ULONG Index)
{
	return Probe->In.Offset + (Probe->In.First + Index) % Probe->In.Buffers * Probe->In.Stride;
}

static VP_STATUS ProbeLock(PPROBE Probe)
{
	PDRIVER driver = Probe->Driver;
	LONGLONG start;
	PVOID mdl;
	ULONG i;

	if (!RangeIsSound(Probe))
		return ERROR_INVALID_PARAMETER;
	for (i = 0; i < Probe->In.Count; i++) {
		start = VideoPortQueryPerformanceCounter(driver, NULL);
		mdl = VideoPortLockBuffer(driver, (PUCHAR)Probe->In.Buffer + BufferOffset(Probe, i),
			Probe->In.Length, ProbeAccess(Probe));
		if (mdl != NULL)
			VideoPortUnlockBuffer(driver, mdl);
		ProbeRecord(Probe, i, start, mdl != NULL);
	}
	return NO_ERROR;
}

/* ---- SG -------------------------------------------------------------------------------------- */

/* Counts the list and starts no hardware. May run late and on another thread (D-2). */
static VOID NTAPI ProbeExecute(PVOID HwDeviceExtension, PVP_DMA_ADAPTER Adapter,
	PVP_SCATTER_GATHER_LIST List, PVOID Context)
{
	PPROBE probe = Context;

	(void)HwDeviceExtension;
	(void)Adapter;
	probe->List = List;
	probe->Elements += List->NumberOfElements;
	VideoPortInterlockedExchange(&probe->Executed, 1);
}

/* The whole length, in as many rounds as it takes. */
static BOOLEAN ProbeRounds(PPROBE Probe, PVOID Mdl, ULONG Offset)
{
	PVP_DMA_ADAPTER adapter = Probe->Driver->Adapter[Probe->In.Direction];
	BOOLEAN toDevice = Probe->In.Direction == DMABENCH_TO_DEVICE;
	ULONG moved = 0, length;

	while (moved < Probe->In.Length) {
		length = Probe->In.Length - moved;
		if (VideoPortStartDma(Probe->Driver, adapter, Mdl, Offset + moved, &length,
			    ProbeExecute, Probe, toDevice) != NO_ERROR)
			return FALSE;
		while (VideoPortInterlockedExchange(&Probe->Executed, 0) == 0)
			VideoPortStallExecution(1);
		VideoPortCompleteDma(Probe->Driver, adapter, Probe->List, toDevice);
		moved += length;
	}
	return TRUE;
}

static VP_STATUS ProbeSg(PPROBE Probe)
{
	BOOLEAN succeeded;
	LONGLONG start;
	PVOID mdl;
	ULONG i;

	if (!RangeIsSound(Probe))
		return ERROR_INVALID_PARAMETER;
	mdl = VideoPortLockBuffer(
		Probe->Driver, Probe->In.Buffer, Probe->In.BufferLength, ProbeAccess(Probe));
	if (mdl == NULL)
		return ERROR_NOT_ENOUGH_MEMORY;
	for (i = 0; i < Probe->In.Count; i++) {
		start = VideoPortQueryPerformanceCounter(Probe->Driver, NULL);
		succeeded = ProbeRounds(Probe, mdl, BufferOffset(Probe, i));
		ProbeRecord(Probe, i, start, succeeded);
	}
	VideoPortUnlockBuffer(Probe->Driver, mdl);
	return NO_ERROR;
}

/* ---- CHURN ----------------------------------------------------------------------------------- */

#define CHURN_EMPTY   0
#define CHURN_HELD    1
#define CHURN_REFUSED 2

typedef struct _CHURN_SLOT {
	ULONG State;
	DMABENCH_CHURN_STEP Step; /* that took it */
	PVOID Object;             /* address, or MDL */
	PHYSICAL_ADDRESS Logical;
} CHURN_SLOT, *PCHURN_SLOT;

/* What lasts from request to request. */
typedef struct _CHURN {
	ULONG Slots;
	CHURN_SLOT Slot[1];
} CHURN, *PCHURN;

static VOID ChurnGive(PDRIVER Driver, PCHURN_SLOT Slot)
{
	if (Slot->State == CHURN_HELD && Slot->Step.What == DMABENCH_CHURN_LOCK)
		VideoPortUnlockBuffer(Driver, Slot->Object);
	else if (Slot->State == CHURN_HELD)
		VideoPortReleaseCommonBuffer(Driver, Driver->Adapter[DMABENCH_TO_DEVICE],
			Slot->Step.Bytes, Slot->Logical, Slot->Object, Slot->Step.How != 0);
	Slot->State = CHURN_EMPTY;
}

static BOOLEAN ChurnTake(PDRIVER Driver, PCHURN_SLOT Slot, const DMABENCH_CHURN_STEP *Step)
{
	Slot->Step = *Step;
	if (Step->What == DMABENCH_CHURN_LOCK)
		Slot->Object = VideoPortLockBuffer(
			Driver, Step->Address, Step->Bytes, (VP_LOCK_OPERATION)Step->How);
	else
		Slot->Object = VideoPortAllocateCommonBuffer(Driver,
			Driver->Adapter[DMABENCH_TO_DEVICE], Step->Bytes, &Slot->Logical,
			Step->How != 0, NULL);
	Slot->State = Slot->Object != NULL ? CHURN_HELD : CHURN_REFUSED;
	return Slot->Object != NULL;
}

static BOOLEAN ChurnTakes(const DMABENCH_CHURN_STEP *Step)
{
	return Step->What == DMABENCH_CHURN_ALLOCATE || Step->What == DMABENCH_CHURN_LOCK;
}

/* Giving back what was taken in another way, or nothing, or taking what is held, is the trace's mistake. */
static BOOLEAN ChurnStepIsSound(const CHURN_SLOT *Slot, const DMABENCH_CHURN_STEP *Step)
{
	if (ChurnTakes(Step))
		return Slot->State != CHURN_HELD;
	return Slot->State != CHURN_EMPTY && Slot->Step.What + 1 == Step->What;
}

static VOID ChurnStep(PPROBE Probe, PCHURN_SLOT Slot, const DMABENCH_CHURN_STEP *Step, ULONG Index)
{
	LONGLONG start = VideoPortQueryPerformanceCounter(Probe->Driver, NULL);
	BOOLEAN succeeded = ChurnStepIsSound(Slot, Step);

	if (succeeded && Slot->State == CHURN_REFUSED && !ChurnTakes(Step)) {
		Slot->State = CHURN_EMPTY;
		Probe->Ticks[Index] = DMABENCH_TICKS_SKIPPED;
		Probe->Skipped++;
		return;
	}
	if (succeeded && ChurnTakes(Step))
		succeeded = ChurnTake(Probe->Driver, Slot, Step);
	else if (succeeded)
		ChurnGive(Probe->Driver, Slot);
	ProbeRecord(Probe, Index, start, succeeded);
	if (!succeeded)
		Probe->Ticks[Index] = DMABENCH_TICKS_REFUSED;
	else if (Probe->Ticks[Index] >= DMABENCH_TICKS_SKIPPED)
		Probe->Ticks[Index] = DMABENCH_TICKS_SKIPPED -
		                      1; /* it was done, however long it took */
}

/* Gives back all that is held. */
static VOID ChurnEnd(PDRIVER Driver)
{
	PCHURN churn = Driver->Churn;
	ULONG i;

	if (churn == NULL)
		return;
	for (i = 0; i < churn->Slots; i++)
		ChurnGive(Driver, &churn->Slot[i]);
	VideoPortFreePool(Driver, churn);
	Driver->Churn = NULL;
}

/* What the request before has kept, or slots that are all empty. NULL: no memory, or another number of slots. */
static PCHURN ChurnBegin(PDRIVER Driver, ULONG Slots)
{
	ULONG bytes = (ULONG)FIELD_OFFSET(CHURN, Slot) + Slots * (ULONG)sizeof(CHURN_SLOT);
	PCHURN churn = Driver->Churn;

	if (churn != NULL)
		return churn->Slots == Slots ? churn : NULL;
	churn = VideoPortAllocatePool(Driver, VpNonPagedPool, bytes, PROBE_TAG);
	if (churn == NULL)
		return NULL;
	VideoPortZeroMemory(churn, bytes);
	churn->Slots = Slots;
	Driver->Churn = churn;
	return churn;
}

static BOOLEAN ChurnIsSound(const PROBE *Probe)
{
	const DMABENCH_CHURN_STEP *step = Probe->In.Buffer;
	ULONG i;

	if (Probe->In.Buffers == 0 || Probe->In.Buffers > DMABENCH_CHURN_SLOTS)
		return FALSE;
	if (Probe->In.Count > Probe->In.BufferLength / sizeof(*step) ||
		(step == NULL && Probe->In.Count != 0))
		return FALSE;
	for (i = 0; i < Probe->In.Count; i++)
		if (step[i].Slot >= Probe->In.Buffers || step[i].What > DMABENCH_CHURN_UNLOCK)
			return FALSE;
	return TRUE;
}

static VP_STATUS ProbeChurn(PPROBE Probe)
{
	const DMABENCH_CHURN_STEP *step = Probe->In.Buffer;
	PCHURN churn;
	ULONG i;

	if (!ChurnIsSound(Probe))
		return ERROR_INVALID_PARAMETER;
	churn = ChurnBegin(Probe->Driver, Probe->In.Buffers);
	if (churn == NULL)
		return ERROR_NOT_ENOUGH_MEMORY;
	for (i = 0; i < Probe->In.Count; i++)
		ChurnStep(Probe, &churn->Slot[step[i].Slot], &step[i], i);
	if (Probe->In.Batch == 0)
		ChurnEnd(Probe->Driver);
	return NO_ERROR;
}

/* ---- RING ------------------------------------------------------------------------------------ */

/* Posts a batch of NOPs behind one doorbell. */
static VOID NopsPost(PPROBE Probe, PRING Ring, PWORK Work)
{
	RING_REQUEST request;
	ULONG i;

	VideoPortZeroMemory(&request, sizeof(request));
	request.Work = Work;
	request.Opcode = DMAB_OP_NOP;
	RingHold(Ring);
	for (i = 0; i < Probe->In.Batch; i++)
		RingPost(Ring, &request);
	RingRelease(Ring);
}

/*
 * Polls until the batch is complete. A doorbell that did not arrive is rung again, as stall.c does. FALSE: an error, or
 * nothing for TimeoutUs, and nothing at a last look behind it. A pause in which nobody polled, since others had the
 * processor, counts as one step: a doorbell that was lost before it is rung again only behind it.
 */
static BOOLEAN NopsReap(PPROBE Probe, PRING Ring, LONGLONG Start)
{
	RING_DONE done[DRIVER_REAP_BATCH];
	ULONG left = Probe->In.Batch, count, i;
	PDRIVER driver = Probe->Driver;
	LONGLONG looked = Start, polled = Start, waited = 0, step = LookTicks(driver), now;
	BOOLEAN sound = TRUE, late = FALSE;

	while (left != 0) {
		count = RingReap(Ring, done, left < DRIVER_REAP_BATCH ? left : DRIVER_REAP_BATCH);
		for (i = 0; i < count; i++)
			sound = sound && done[i].Work != NULL && done[i].Status == NO_ERROR;
		left -= count;
		if (count != 0)
			continue;
		now = VideoPortQueryPerformanceCounter(driver, NULL);
		if (late)
			return FALSE;
		waited += now - polled < step ? now - polled : step;
		polled = now;
		late = waited > driver->TimeoutTicks;
		if (driver->RecoveryTicks != 0 && now - looked > driver->RecoveryTicks) {
			driver->Recoveries += RingRepeat(Ring);
			looked = now;
		}
	}
	return sound;
}

static VP_STATUS ProbeRing(PPROBE Probe)
{
	PRING ring = &Probe->Driver->Ring[DMABENCH_TO_DEVICE];
	WORK work = {NULL, NULL, 0, 0};
	BOOLEAN succeeded;
	LONGLONG start;
	ULONG i;

	if (Probe->In.Batch == 0 || Probe->In.Batch > ring->Entries)
		return ERROR_INVALID_PARAMETER;
	for (i = 0; i < Probe->In.Count; i++) {
		start = VideoPortQueryPerformanceCounter(Probe->Driver, NULL);
		NopsPost(Probe, ring, &work);
		succeeded = NopsReap(Probe, ring, start);
		ProbeRecord(Probe, i, start, succeeded);
		if (!succeeded)
			return ERROR_INVALID_FUNCTION; /* of those a request may end with */
	}
	return NO_ERROR;
}

/* ---- the request ----------------------------------------------------------------------------- */

static VP_STATUS ProbeRun(PPROBE Probe)
{
	switch (Probe->In.Part) {
	case DMABENCH_PROBE_LOCK:
		return ProbeLock(Probe);
	case DMABENCH_PROBE_SG:
		return ProbeSg(Probe);
	case DMABENCH_PROBE_CHURN:
		return ProbeChurn(Probe);
	case DMABENCH_PROBE_RING:
		return ProbeRing(Probe);
	default:
		return ERROR_INVALID_PARAMETER;
	}
}

static VOID RequestProbe(PDRIVER Driver, PVIDEO_REQUEST_PACKET Packet)
{
	PDMABENCH_PROBE out = Packet->OutputBuffer;
	VP_STATUS status;
	PROBE probe;

	VideoPortZeroMemory(&probe, sizeof(probe));
	if (Packet->InputBufferLength < PROBE_HEAD || Packet->OutputBufferLength < PROBE_HEAD) {
		PacketAnswer(Packet, ERROR_INSUFFICIENT_BUFFER, 0);
		return;
	}
	VideoPortMoveMemory(&probe.In, Packet->InputBuffer, PROBE_HEAD);
	if (probe.In.Count > (Packet->OutputBufferLength - PROBE_HEAD) / sizeof(ULONG)) {
		PacketAnswer(Packet, ERROR_INSUFFICIENT_BUFFER, 0);
		return;
	}
	if (!Driver->Powered) {
		PacketAnswer(Packet, ERROR_INVALID_FUNCTION, 0);
		return;
	}
	probe.Driver = Driver;
	probe.Ticks = out->Ticks;
	status = ProbeRun(&probe);
	out->Done = probe.Done;
	out->Failed = probe.Failed;
	out->Skipped = probe.Skipped;
	out->Reserved = 0;
	out->Elements = probe.Elements;
	out->TicksPerSecond = (ULONGLONG)Driver->Frequency;
	PacketAnswer(Packet, status, PROBE_HEAD + probe.In.Count * (ULONG)sizeof(ULONG));
}

/* Everything but QUERY is answered here; nothing can be submitted. */
static BOOLEAN ProbeRequest(PDRIVER Driver, PVIDEO_REQUEST_PACKET Packet)
{
	if (Packet->IoControlCode == IOCTL_DMABENCH_QUERY)
		return FALSE;
	if (Packet->IoControlCode == IOCTL_DMABENCH_PROBE)
		RequestProbe(Driver, Packet);
	else
		PacketAnswer(Packet, ERROR_INVALID_FUNCTION, 0);
	return TRUE;
}

static VOID ProbeStart(PDRIVER Driver, PTRANSFER Transfer, PBATCH Batch)
{
	(void)Driver;
	TransferFinish(Batch, Transfer, ERROR_INVALID_FUNCTION);
}

static const STRATEGY ProbeStrategy = {
	.Packet = FALSE,
	.Pool = FALSE,
	.Cache = FALSE,
	.Hybrid = FALSE,
	.Polls = TRUE,
	.Start = ProbeStart,
	.LockTransfer = NoLock,
	.UnlockTransfer = NoUnlock,
	.Collect = NoCollect,
	.Resume = NoResume,
	.Reaped = NoReaped,
	.Request = ProbeRequest,
};

ULONG NTAPI DriverEntry(PVOID Context1, PVOID Context2)
{
	return MiniportEntry(Context1, Context2, &ProbeStrategy);
}
