// SPDX-License-Identifier: BSD-2-Clause
/*
 * ring.c: posting to and reaping from one channel of the engine. Called by the paths (packet,
 * common) and the completion core; knows neither transfers nor strategies, only the work attached
 * to a descriptor.
 *
 * Ids are the low 16 bits of the free-running tail. As 4096 entries are the most, an id comes again
 * after 16 laps at the earliest, so a late second completion is not taken for the one of a newer
 * descriptor.
 */
#include "ring.h"

#define RING_TAG      0x676E6952u /* "Ring" */
#define RING_ID(n)    ((USHORT)((n)&0xFFFFu))
#define STALL_STEP_US 20
#define ALIGN_UP(n)   (((n) + DMAB_RING_ALIGN - 1) & ~(ULONG)(DMAB_RING_ALIGN - 1))

ULONG RegisterRead(PUCHAR Base, ULONG Offset)
{
	return VideoPortReadRegisterUlong((PULONG)(PVOID)(Base + Offset));
}

VOID RegisterWrite(PUCHAR Base, ULONG Offset, ULONG Value)
{
	VideoPortWriteRegisterUlong((PULONG)(PVOID)(Base + Offset), Value);
}

BOOLEAN RegisterAwait(PUCHAR Base, ULONG Offset, ULONG Mask, ULONG Value)
{
	ULONG waited, value;

	for (waited = 0;; waited += STALL_STEP_US) {
		value = RegisterRead(Base, Offset);
		/* Flags are never all ones; a count may be. */
		if (value == REGISTER_GONE &&
			(Mask != REGISTER_GONE || RegisterRead(Base, DMAB_ID) == REGISTER_GONE))
			return FALSE;
		if ((value & Mask) == Value)
			return TRUE;
		if (waited >= DMAB_TIMEOUT_US)
			return FALSE;
		VideoPortStallExecution(STALL_STEP_US);
	}
}

static ULONG BlockBytes(const RING *Ring)
{
	return Ring->BlockElements * (ULONG)sizeof(DMAB_ELEMENT);
}

static VOID BlocksReset(PRING Ring)
{
	ULONG i;

	for (i = 0; i < Ring->Blocks; i++)
		Ring->BlockNext[i] = i + 1 < Ring->Blocks ? i + 1 : RING_NO_BLOCK;
	Ring->BlockFree = Ring->Blocks != 0 ? 0 : RING_NO_BLOCK;
}

VP_STATUS RingCreate(PRING Ring, PVOID Extension, PVP_DMA_ADAPTER Adapter, PUCHAR Registers,
	const RING_SHAPE *Shape)
{
	ULONG entries = Shape->Entries, completionAt = entries * (ULONG)sizeof(DMAB_DESCRIPTOR);
	ULONG chainAt = completionAt + ALIGN_UP(entries * (ULONG)sizeof(DMAB_COMPLETION));

	Ring->Extension = Extension;
	Ring->Adapter = Adapter;
	Ring->Registers = Registers;
	Ring->Entries = entries;
	Ring->Blocks = Shape->Blocks;
	Ring->BlockElements = Shape->BlockElements;
	Ring->DescriptorFlags = Shape->Interrupts ? DMAB_DESC_IRQ : 0;
	Ring->MemoryBytes = chainAt + Ring->Blocks * BlockBytes(Ring);
	Ring->Shadow = VideoPortAllocatePool(Extension, VpNonPagedPool,
		entries * sizeof(RING_SHADOW) + Ring->Blocks * sizeof(ULONG), RING_TAG);
	Ring->Memory = VideoPortAllocateCommonBuffer(
		Extension, Adapter, Ring->MemoryBytes, &Ring->Logical, TRUE, NULL);
	if (Ring->Shadow == NULL || Ring->Memory == NULL ||
		VideoPortCreateSpinLock(Extension, &Ring->Lock) != NO_ERROR) {
		Ring->Lock = NULL;
		RingDestroy(Ring);
		return ERROR_NOT_ENOUGH_MEMORY;
	}
	Ring->BlockNext = (PULONG)(PVOID)(Ring->Shadow + entries);
	Ring->Submission = (PDMAB_DESCRIPTOR)Ring->Memory;
	Ring->Completion = (PDMAB_COMPLETION)(PVOID)((PUCHAR)Ring->Memory + completionAt);
	Ring->Chain = (PDMAB_ELEMENT)(PVOID)((PUCHAR)Ring->Memory + chainAt);
	Ring->CompletionLogical = (ULONGLONG)Ring->Logical.QuadPart + completionAt;
	Ring->ChainLogical = (ULONGLONG)Ring->Logical.QuadPart + chainAt;
	VideoPortZeroMemory(Ring->Shadow, entries * (ULONG)sizeof(RING_SHADOW));
	BlocksReset(Ring);
	return NO_ERROR;
}

VOID RingDestroy(PRING Ring)
{
	if (Ring->Lock != NULL)
		VideoPortDeleteSpinLock(Ring->Extension, Ring->Lock);
	if (Ring->Memory != NULL)
		VideoPortReleaseCommonBuffer(Ring->Extension, Ring->Adapter, Ring->MemoryBytes,
			Ring->Logical, Ring->Memory, TRUE);
	if (Ring->Shadow != NULL)
		VideoPortFreePool(Ring->Extension, Ring->Shadow);
	VideoPortZeroMemory(Ring, sizeof(*Ring));
}

static VOID KickLocked(PRING Ring)
{
	if (Ring->Kicked == Ring->Tail || Ring->Stopped)
		return;
	Ring->Kicked = Ring->Tail;
	Ring->HeldBytes = 0;
	DMABENCH_TRACE(DMABENCH_PHASE_DOORBELL);
	RegisterWrite(Ring->Registers, DMAB_CH_SQ_TAIL, Ring->Tail);
	DMABENCH_TRACE(DMABENCH_PHASE_POSTED);
}

/*
 * Both rings empty, all ids free. The blocks are so already, but for those that RingPost is writing a list into at this very
 * moment. FALSE: not while something is in flight.
 */
static BOOLEAN RingEmpty(PRING Ring)
{
	BOOLEAN idle;
	UCHAR irql;
	ULONG i;

	VideoPortAcquireSpinLock(Ring->Extension, Ring->Lock, &irql);
	idle = Ring->InFlight == 0;
	if (idle) {
		VideoPortZeroMemory(
			Ring->Completion, Ring->Entries * (ULONG)sizeof(DMAB_COMPLETION));
		for (i = 0; i < Ring->Entries; i++) {
			Ring->Shadow[i].Cookie = Ring->Shadow[i].CookieBefore = RING_COOKIE_UNKNOWN;
			Ring->Shadow[i].Id = RING_ID(i);
		}
		Ring->Tail = Ring->Kicked = Ring->Head = Ring->Next = Ring->HeldBytes = 0;
		Ring->Strays = 0;
		Ring->LookThere = FALSE;
		Ring->Stopped = TRUE;
		Ring->Broken = FALSE;
	}
	VideoPortReleaseSpinLock(Ring->Extension, Ring->Lock, irql);
	return idle;
}

BOOLEAN RingStart(PRING Ring)
{
	ULONGLONG submission = (ULONGLONG)Ring->Logical.QuadPart;
	UCHAR irql;

	if (!RingEmpty(Ring))
		return FALSE;
	RegisterWrite(Ring->Registers, DMAB_CH_SQ_LO, (ULONG)submission);
	RegisterWrite(Ring->Registers, DMAB_CH_SQ_HI, (ULONG)(submission >> 32));
	RegisterWrite(Ring->Registers, DMAB_CH_CQ_LO, (ULONG)Ring->CompletionLogical);
	RegisterWrite(Ring->Registers, DMAB_CH_CQ_HI, (ULONG)(Ring->CompletionLogical >> 32));
	RegisterWrite(Ring->Registers, DMAB_CH_ENTRIES, Ring->Entries);
	RegisterWrite(Ring->Registers, DMAB_CH_SQ_TAIL, 0);
	RegisterWrite(Ring->Registers, DMAB_CH_CQ_HEAD, 0);
	RegisterWrite(Ring->Registers, DMAB_CH_ENABLE, 1);
	if (!RegisterAwait(Ring->Registers, DMAB_CH_STATUS, DMAB_CH_STATUS_RUNNING,
		    DMAB_CH_STATUS_RUNNING))
		return FALSE;

	/* Only now: the engine starts counting at the doorbell it finds when it is enabled. */
	VideoPortAcquireSpinLock(Ring->Extension, Ring->Lock, &irql);
	Ring->Stopped = FALSE;
	KickLocked(Ring);
	VideoPortReleaseSpinLock(Ring->Extension, Ring->Lock, irql);
	return TRUE;
}

BOOLEAN RingStop(PRING Ring)
{
	UCHAR irql;

	VideoPortAcquireSpinLock(Ring->Extension, Ring->Lock, &irql);
	Ring->Stopped = TRUE;
	VideoPortReleaseSpinLock(Ring->Extension, Ring->Lock, irql);
	RegisterWrite(Ring->Registers, DMAB_CH_ENABLE, 0);
	return RegisterAwait(Ring->Registers, DMAB_CH_STATUS, DMAB_CH_STATUS_RUNNING, 0);
}

VOID RingHold(PRING Ring)
{
	UCHAR irql;

	VideoPortAcquireSpinLock(Ring->Extension, Ring->Lock, &irql);
	Ring->Hold++;
	VideoPortReleaseSpinLock(Ring->Extension, Ring->Lock, irql);
}

VOID RingRelease(PRING Ring)
{
	UCHAR irql;

	VideoPortAcquireSpinLock(Ring->Extension, Ring->Lock, &irql);
	if (--Ring->Hold == 0)
		KickLocked(Ring);
	VideoPortReleaseSpinLock(Ring->Extension, Ring->Lock, irql);
}

/* Blocks needed for Count elements: all but the last block spend one element on the link. */
static ULONG BlocksFor(const RING *Ring, ULONG Count)
{
	if (Count <= Ring->BlockElements)
		return 1;
	return (Count - 1 + Ring->BlockElements - 2) / (Ring->BlockElements - 1);
}

/* Takes up to Wanted blocks off the free list, as a chain. Return: how many. */
static ULONG BlocksTake(PRING Ring, ULONG Wanted, PULONG First, PULONG Last)
{
	ULONG taken = 0;
	UCHAR irql;

	VideoPortAcquireSpinLock(Ring->Extension, Ring->Lock, &irql);
	*First = Ring->BlockFree;
	*Last = RING_NO_BLOCK;
	while (taken < Wanted && Ring->BlockFree != RING_NO_BLOCK) {
		*Last = Ring->BlockFree;
		Ring->BlockFree = Ring->BlockNext[Ring->BlockFree];
		taken++;
	}
	if (taken == 0)
		*First = RING_NO_BLOCK;
	else
		Ring->BlockNext[*Last] = RING_NO_BLOCK;
	VideoPortReleaseSpinLock(Ring->Extension, Ring->Lock, irql);
	return taken;
}

static VOID BlocksGiveLocked(PRING Ring, ULONG First, ULONG Last)
{
	if (First == RING_NO_BLOCK)
		return;
	Ring->BlockNext[Last] = Ring->BlockFree;
	Ring->BlockFree = First;
}

static ULONGLONG BlockLogical(const RING *Ring, ULONG Block)
{
	return Ring->ChainLogical + (ULONGLONG)Block * BlockBytes(Ring);
}

/* Of Left elements those that the next block takes. */
static ULONG ElementsIn(const RING *Ring, ULONG Left)
{
	return Left <= Ring->BlockElements ? Left : Ring->BlockElements - 1;
}

/* ... and how many that block has then, its link included. */
static ULONG BlockCount(const RING *Ring, ULONG Left)
{
	return ElementsIn(Ring, Left) + (Left > Ring->BlockElements ? 1 : 0);
}

/*
 * Writes Count elements into the chain that starts at Block, linking its blocks. Return: their
 * bytes.
 */
static ULONG ChainFill(
	PRING Ring, ULONG Block, const VP_SCATTER_GATHER_ELEMENT *Element, ULONG Count)
{
	PDMAB_ELEMENT to;
	ULONG bytes = 0, here, next, i;

	while (Count != 0) {
		to = Ring->Chain + (SIZE_T)Block * Ring->BlockElements;
		here = ElementsIn(Ring, Count);
		for (i = 0; i < here; i++) {
			to[i].Address = (ULONGLONG)Element[i].Address.QuadPart;
			to[i].Length = Element[i].Length;
			to[i].Flags = 0;
			bytes += Element[i].Length;
		}
		Element += here;
		Count -= here;
		if (Count == 0)
			break;
		next = Ring->BlockNext[Block];
		to[here].Address = BlockLogical(Ring, next);
		to[here].Length = BlockCount(Ring, Count);
		to[here].Flags = DMAB_ELEMENT_LINK;
		Block = next;
	}
	return bytes;
}

/* A list prepared outside the lock. */
typedef struct _CHAIN {
	ULONG First, Last; /* blocks */
	ULONG Count;       /* elements in the first block, its link included; 0: no chain */
	ULONG Elements;    /* elements in the whole chain */
	ULONG Bytes;
} CHAIN, *PCHAIN;

static VOID ChainPrepare(PRING Ring, const RING_REQUEST *Request, PCHAIN Chain)
{
	ULONG rest = Request->Elements - DMAB_INLINE, blocks, room;

	if (rest > DMAB_ELEMENTS_MAX - DMAB_INLINE)
		rest = DMAB_ELEMENTS_MAX - DMAB_INLINE;
	blocks = BlocksTake(Ring, BlocksFor(Ring, rest), &Chain->First, &Chain->Last);
	if (blocks == 0)
		return;
	room = blocks * (Ring->BlockElements - 1) + 1;
	Chain->Elements = rest < room ? rest : room;
	Chain->Count = BlockCount(Ring, Chain->Elements);
	Chain->Bytes = ChainFill(
		Ring, Chain->First, Request->Element + DMAB_INLINE, Chain->Elements);
}

/* The 64 bytes of the descriptor. Return: its length in bytes. */
static ULONG DescriptorWrite(
	PRING Ring, PDMAB_DESCRIPTOR To, const RING_REQUEST *Request, const CHAIN *Chain)
{
	ULONG count = Request->Elements < DMAB_INLINE ? Request->Elements : DMAB_INLINE;
	ULONG bytes = Chain->Bytes, i;

	for (i = 0; i < count; i++) {
		To->Element[i].Address = (ULONGLONG)Request->Element[i].Address.QuadPart;
		To->Element[i].Length = Request->Element[i].Length;
		To->Element[i].Flags = 0;
		bytes += Request->Element[i].Length;
	}
	To->Opcode = Request->Opcode;
	To->Flags = Ring->DescriptorFlags;
	To->Id = RING_ID(Ring->Tail);
	To->Length = bytes;
	To->DeviceAddress = Request->DeviceAddress;
	To->InlineCount = (UCHAR)count;
	To->Reserved[0] = To->Reserved[1] = To->Reserved[2] = 0;
	To->ChainCount = 0;
	if (Chain->Count != 0) {
		To->Flags |= DMAB_DESC_CHAIN;
		To->ChainCount = Chain->Count;
		To->ChainAddress = BlockLogical(Ring, Chain->First);
	}
	Request->Work->Elements = count + Chain->Elements;
	Request->Work->Length = bytes;
	return bytes;
}

VOID RingPost(PRING Ring, const RING_REQUEST *Request)
{
	CHAIN chain = {RING_NO_BLOCK, RING_NO_BLOCK, 0, 0, 0};
	PRING_SHADOW shadow;
	ULONG slot;
	UCHAR irql;

	if (Request->Elements > DMAB_INLINE)
		ChainPrepare(Ring, Request, &chain);

	VideoPortAcquireSpinLock(Ring->Extension, Ring->Lock, &irql);
	slot = Ring->Tail & (Ring->Entries - 1);
	shadow = &Ring->Shadow[slot];
	shadow->Length = DescriptorWrite(Ring, &Ring->Submission[slot], Request, &chain);
	shadow->Work = Request->Work;
	shadow->CookieBefore = shadow->Cookie;
	shadow->Cookie = Request->Cookie;
	shadow->Id = RING_ID(Ring->Tail);
	shadow->ChainFirst = chain.First;
	shadow->ChainLast = chain.Last;
	Ring->Tail++;
	Ring->InFlight++;
	Ring->HeldBytes += shadow->Length;
	if (Ring->Hold == 0 || Ring->HeldBytes >= RING_KICK_BYTES)
		KickLocked(Ring);
	VideoPortReleaseSpinLock(Ring->Extension, Ring->Lock, irql);
}

/* What the requester is told about a status of the engine (datasheet 11). */
static VP_STATUS EngineStatus(USHORT Status)
{
	switch (Status) {
	case DMAB_ERROR_NONE:
		return NO_ERROR;
	case DMAB_ERROR_ADDRESS:
	case DMAB_ERROR_MEMORY:
		return ERROR_INVALID_PARAMETER;
	default:
		return ERROR_GEN_FAILURE;
	}
}

/* Ends what Shadow stands for. */
static VOID ShadowTakeLocked(PRING Ring, PRING_SHADOW Shadow, PRING_DONE Done)
{
	Done->Work = Shadow->Work;
	Done->Cookie = Shadow->Cookie;
	Shadow->Work = NULL;
	Ring->InFlight--;
	BlocksGiveLocked(Ring, Shadow->ChainFirst, Shadow->ChainLast);
}

/* The completion of the oldest descriptor in flight. */
static VOID NextTakeLocked(PRING Ring, const DMAB_COMPLETION *From, PRING_DONE Done)
{
	PRING_SHADOW shadow = &Ring->Shadow[Ring->Next & (Ring->Entries - 1)];
	BOOLEAN good = From->Status == DMAB_ERROR_NONE;

	Ring->Next++;
	Ring->Strays = 0;
	Done->Length = From->Length;
	Done->Status = EngineStatus(From->Status);
	ShadowTakeLocked(Ring, shadow, Done);
	if (good ? From->Length == shadow->Length
		 : From->Length <= shadow->Length && From->Status < DMAB_ERROR_RING)
		return;
	Ring->Errors++;
	Done->Length = 0;
	Done->Status = ERROR_INVALID_DATA;
}

/* A completion of another one. Its id says whose it may have been, if it is no longer in flight. */
static VOID StrayTakeLocked(PRING Ring, const DMAB_COMPLETION *From, PRING_DONE Done)
{
	const RING_SHADOW *shadow = &Ring->Shadow[From->Id & (Ring->Entries - 1)];
	ULONG ahead = RING_ID(From->Id - RING_ID(Ring->Next));

	Ring->Errors++;
	Done->Work = NULL;
	Done->Length = From->Length;
	Done->Cookie = RING_COOKIE_UNKNOWN;
	Done->Status = ERROR_INVALID_DATA;
	if (ahead < Ring->Kicked - Ring->Next || ++Ring->Strays > Ring->Entries) {
		Ring->Broken = TRUE;
		Done->Status = ERROR_GEN_FAILURE;
	} else if (ahead < Ring->Tail - Ring->Next) {
		return; /* not announced: the engine cannot know it */
	} else if (shadow->Id == From->Id) {
		Done->Cookie = shadow->Cookie;
	} else if (RING_ID(From->Id + Ring->Entries) == shadow->Id) {
		Done->Cookie = shadow->CookieBefore;
	}
}

/* The phase that completion number Ring->Head will carry: 1 on even laps. */
static ULONG PhaseExpected(const RING *Ring)
{
	return (Ring->Head & Ring->Entries) == 0 ? 1 : 0;
}

/* The completion at Head; NULL: none. Acquires: its other words and the data are read behind it. */
static const DMAB_COMPLETION *CompletionNext(const RING *Ring)
{
	PDMAB_COMPLETION next = &Ring->Completion[Ring->Head & (Ring->Entries - 1)];

	return (VideoPortReadRegisterUlong(&next->Phase) & 1) == PhaseExpected(Ring) ? next : NULL;
}

/* Each field once: the engine can write them at any time. */
static VOID CompletionRead(const volatile DMAB_COMPLETION *From, PDMAB_COMPLETION To)
{
	To->Length = From->Length;
	To->Id = From->Id;
	To->Status = From->Status;
}

ULONG RingReap(PRING Ring, PRING_DONE Done, ULONG Maximum)
{
	const DMAB_COMPLETION *from;
	DMAB_COMPLETION own;
	ULONG count = 0;
	UCHAR irql;

	VideoPortAcquireSpinLock(Ring->Extension, Ring->Lock, &irql);
	while (count < Maximum && !Ring->Broken) {
		from = CompletionNext(Ring);
		if (from == NULL)
			break;
		DMABENCH_TRACE(DMABENCH_PHASE_COMPLETION);
		CompletionRead(from, &own);
		Ring->Head++;
		if (own.Id == RING_ID(Ring->Next) && Ring->Next != Ring->Kicked)
			NextTakeLocked(Ring, &own, &Done[count++]);
		else
			StrayTakeLocked(Ring, &own, &Done[count++]);
	}
	if (count != 0)
		RegisterWrite(Ring->Registers, DMAB_CH_CQ_HEAD, Ring->Head);
	VideoPortReleaseSpinLock(Ring->Extension, Ring->Lock, irql);
	return count;
}

BOOLEAN RingStalled(PRING Ring)
{
	BOOLEAN there, stalled;
	UCHAR irql;

	VideoPortAcquireSpinLock(Ring->Extension, Ring->Lock, &irql);
	there = CompletionNext(Ring) != NULL;
	stalled = there && Ring->LookThere && Ring->Head == Ring->LookHead;
	Ring->LookThere = there;
	Ring->LookHead = Ring->Head;
	VideoPortReleaseSpinLock(Ring->Extension, Ring->Lock, irql);
	return stalled;
}

static ULONG DoorbellRepeat(PRING Ring, ULONG Offset, ULONG Value)
{
	ULONG arrived = RegisterRead(Ring->Registers, Offset);

	if (arrived == Value)
		return 0;
	/* Nothing got lost: there is nobody. */
	if (arrived == REGISTER_GONE &&
		RegisterRead(Ring->Registers, DMAB_CH_STATUS) == REGISTER_GONE)
		return 0;
	RegisterWrite(Ring->Registers, Offset, Value);
	return 1;
}

ULONG RingRepeat(PRING Ring)
{
	ULONG repeated = 0;
	UCHAR irql;

	VideoPortAcquireSpinLock(Ring->Extension, Ring->Lock, &irql);
	/* A broken one is about to be reset; what its registers say is of no use. */
	if (!Ring->Stopped && !Ring->Broken) {
		repeated += DoorbellRepeat(Ring, DMAB_CH_SQ_TAIL, Ring->Kicked);
		repeated += DoorbellRepeat(Ring, DMAB_CH_CQ_HEAD, Ring->Head);
	}
	VideoPortReleaseSpinLock(Ring->Extension, Ring->Lock, irql);
	return repeated;
}

VOID RingQuiesce(PRING Ring)
{
	UCHAR irql;

	VideoPortAcquireSpinLock(Ring->Extension, Ring->Lock, &irql);
	Ring->Stopped = Ring->Broken = TRUE;
	VideoPortReleaseSpinLock(Ring->Extension, Ring->Lock, irql);
}

VOID RingLook(PRING Ring, PRING_STATE State)
{
	UCHAR irql;

	VideoPortAcquireSpinLock(Ring->Extension, Ring->Lock, &irql);
	State->InFlight = Ring->InFlight;
	State->Completed = Ring->Next;
	State->Errors = Ring->Errors;
	State->Broken = Ring->Broken;
	VideoPortReleaseSpinLock(Ring->Extension, Ring->Lock, irql);
}

ULONG RingAbandon(PRING Ring, PRING_DONE Done, ULONG Maximum)
{
	ULONG count = 0, i;
	UCHAR irql;

	VideoPortAcquireSpinLock(Ring->Extension, Ring->Lock, &irql);
	/* A completion that comes yet is none of theirs. */
	Ring->Broken = TRUE;
	for (i = 0; i < Ring->Entries && count < Maximum; i++) {
		if (Ring->Shadow[i].Work == NULL)
			continue;
		ShadowTakeLocked(Ring, &Ring->Shadow[i], &Done[count]);
		Done[count].Length = 0;
		Done[count++].Status = ERROR_GEN_FAILURE;
	}
	VideoPortReleaseSpinLock(Ring->Extension, Ring->Lock, irql);
	return count;
}
