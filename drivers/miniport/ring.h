/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ring.h: one channel of the engine: submission ring, completion ring and the blocks of long
 * scatter/gather lists, all in one common buffer.
 *
 *	  RingPost   writes a descriptor         [ D | D | D |   |   ]  --SQ_TAIL-->  engine
 *	  RingKick   rings the doorbell                                                 |
 *	  RingReap   takes completions by phase  [ C | C |   |   |   ]  <---------------'
 *
 * What the engine says is never trusted. A completion is read once, into private memory, and judged there. The
 * engine completes in the order of descriptors (datasheet 4), so it can only be the one of the oldest
 * descriptor that was announced: Next. One under the id of a later one proves that the engine left one
 * out: the ring is broken, nothing more is taken from it, and who reaps is told once. One under any
 * other id (a second one, an invented one) is handed up without work attached; more of them in a row than
 * the ring has entries, and it is broken too, for they would hide what does not come. One with an impossible
 * length or status is turned into ERROR_INVALID_DATA. Each of these counts in Errors. Of what the
 * engine writes only id, length, status and phase are looked at, and none of them is an index.
 *
 * Call order: RingCreate -> RingStart -> {RingPost, RingKick, RingReap}... -> RingStop ->
 * RingDestroy. RingStart may follow RingStop again (power, recovery).
 *
 * Threads: RingPost, RingKick, RingHold, RingRelease, RingReap and RingLook from any thread at or below
 * DISPATCH_LEVEL; the ring's spin lock is held for the few stores each needs. The others at
 * PASSIVE_LEVEL, alone.
 *
 * The caller sees to it that no more than Entries descriptors are in flight.
 */
#ifndef MINIPORT_RING_H
#define MINIPORT_RING_H

#include "engine.h"

#include "dmabench_ioctl.h"
#include "dmabench_trace.h"

#define RING_BLOCK_LEAST 2     /* elements of one chain block, a link included */
#define RING_BLOCK_MOST  128   /* ... and by default */
#define RING_KICK_BYTES  65536 /* a held doorbell is rung when this much is waiting behind it */
#define REGISTER_GONE    0xFFFFFFFFu /* what a register reads where no device answers */

struct _BATCH;
struct _DRIVER;
struct _RING_DONE;
struct _TRANSFER;

/* What is to be done when a descriptor completes; first member of a transfer or a slot. */
typedef struct _WORK {
	struct _TRANSFER *Transfer;
	/* For the completion's owner. Driver and Batch are those of the caller of DriverReap. */
	VOID(*Completed)
	(struct _DRIVER *Driver, struct _WORK *Work, const struct _RING_DONE *Done,
		struct _BATCH *Batch);
	ULONG Elements; /* out of RingPost: elements posted, of those asked for */
	ULONG Length;   /* out of RingPost: their bytes */
} WORK, *PWORK;

/* What RingPost is to post. */
typedef struct _RING_REQUEST {
	PWORK Work;
	const VP_SCATTER_GATHER_ELEMENT *Element;
	ULONG Elements;
	ULONGLONG DeviceAddress;
	ULONGLONG Cookie; /* names the transfer should its completion come twice */
	UCHAR Opcode;
} RING_REQUEST, *PRING_REQUEST;

/*
 * One completion. Work is NULL for one that nobody waits for; then Cookie is the best guess whose
 * it was, and Status ERROR_INVALID_DATA. Work NULL and ERROR_GEN_FAILURE: the ring is broken.
 */
typedef struct _RING_DONE {
	PWORK Work;
	ULONGLONG Cookie;
	VP_STATUS Status;
	ULONG Length;
} RING_DONE, *PRING_DONE;

#define RING_COOKIE_UNKNOWN (~(ULONGLONG)0)

typedef struct _RING_SHADOW {
	PWORK Work;                     /* NULL: not in flight */
	ULONGLONG Cookie, CookieBefore; /* of this lap and the one before */
	ULONG Length;
	ULONG ChainFirst, ChainLast; /* chain blocks in use, RING_NO_BLOCK if none */
	USHORT Id;
} RING_SHADOW, *PRING_SHADOW;

#define RING_NO_BLOCK 0xFFFFFFFFu

typedef struct _RING_SHAPE {
	ULONG Entries;       /* a power of two */
	ULONG Blocks;        /* chain blocks; 0: no list is longer than two elements */
	ULONG BlockElements; /* RING_BLOCK_LEAST .. RING_BLOCK_MOST */
	BOOLEAN Interrupts;  /* descriptors ask for one */
} RING_SHAPE, *PRING_SHAPE;

typedef struct _RING {
	PVOID Extension;
	PVP_DMA_ADAPTER Adapter;
	PUCHAR Registers; /* of this channel */
	PSPIN_LOCK Lock;
	ULONG Entries;
	UCHAR DescriptorFlags; /* DMAB_DESC_IRQ or 0 */

	/* The common buffer and what lies in it. */
	PVOID Memory;
	PHYSICAL_ADDRESS Logical;
	ULONG MemoryBytes;
	PDMAB_DESCRIPTOR Submission;
	PDMAB_COMPLETION Completion;
	PDMAB_ELEMENT Chain;
	ULONGLONG CompletionLogical, ChainLogical;
	ULONG Blocks, BlockElements;

	/* Under Lock. All counters run freely. */
	PRING_SHADOW Shadow;
	PULONG BlockNext; /* free list and chains, by block number */
	ULONG BlockFree;
	ULONG Tail, Kicked; /* descriptors posted, announced */
	ULONG Head;         /* completions consumed */
	ULONG Next;         /* descriptor to complete next; from here to Tail all are in flight */
	ULONG Errors;       /* completions that the datasheet forbids, since RingCreate */
	ULONG Strays;       /* completions of nobody's since the last one of somebody's */
	ULONG InFlight;
	ULONG LookHead;    /* Head when RingStalled looked last, and ... */
	BOOLEAN LookThere; /* ... whether a completion lay there */
	ULONG Hold;        /* > 0: the doorbell waits for RingRelease or RING_KICK_BYTES */
	ULONG HeldBytes;
	BOOLEAN Stopped; /* descriptors may be posted, the doorbell waits for RingStart */
	BOOLEAN Broken;  /* nothing is taken any more, until RingStart */
} RING, *PRING;

/*
 * RingCreate - allocates a ring of this shape and its chain blocks.
 * Return: NO_ERROR or ERROR_NOT_ENOUGH_MEMORY; after a failure nothing is held.
 * RingDestroy - gives everything back; a zeroed ring is fine.
 */
VP_STATUS RingCreate(PRING Ring, PVOID Extension, PVP_DMA_ADAPTER Adapter, PUCHAR Registers,
	const RING_SHAPE *Shape);
VOID RingDestroy(PRING Ring);

/*
 * RingStart - empties both rings and enables the channel (datasheet 8.1). FALSE: the device is
 * dead, or something is in flight still (RingAbandon first).
 * RingStop - disables the channel; afterwards the engine touches no memory for it (8.3). FALSE: it
 * did not answer.
 * RingQuiesce - no doorbell and no completion any more until RingStart: the engine is about to be reset.
 * RingAbandon - takes up to Maximum descriptors in flight away from a stopped ring, as completions
 * with ERROR_GEN_FAILURE. Return: how many; 0 when there are no more. What the engine says of them yet is not
 * taken.
 */
BOOLEAN RingStart(PRING Ring);
BOOLEAN RingStop(PRING Ring);
VOID RingQuiesce(PRING Ring);
ULONG RingAbandon(PRING Ring, PRING_DONE Done, ULONG Maximum);

/*
 * RingPost - posts one descriptor with as many leading elements as chain blocks are there for, at
 * least two, and kicks unless held. Work->Elements and Work->Length tell how much; they are written
 * before the engine can see the descriptor. The completion may be handled before RingPost returns.
 */
VOID RingPost(PRING Ring, const RING_REQUEST *Request);

/* RingHold, RingRelease - bracket a batch of posts that share one doorbell. They nest. */
VOID RingHold(PRING Ring);
VOID RingRelease(PRING Ring);

/* RingReap - takes up to Maximum completions. Return: how many. */
ULONG RingReap(PRING Ring, PRING_DONE Done, ULONG Maximum);

/*
 * RingStalled - whether a completion lies there that nobody has taken, and lay there when this was called last.
 * RingRepeat - rings again what did not arrive: a doorbell whose register does not hold what was written last (datasheet
 * 8.4). Return: how many.
 */
BOOLEAN RingStalled(PRING Ring);
ULONG RingRepeat(PRING Ring);

/* How a ring stands. */
typedef struct _RING_STATE {
	ULONG InFlight;
	ULONG Completed; /* descriptors since RingStart, free-running */
	ULONG Errors;    /* completions that the datasheet forbids, since RingCreate */
	BOOLEAN Broken;  /* completes nothing any more until it is started anew */
} RING_STATE, *PRING_STATE;

VOID RingLook(PRING Ring, PRING_STATE State);

/* RegisterRead, RegisterWrite - a 32-bit register at Offset of Base; acquire and release. */
ULONG RegisterRead(PUCHAR Base, ULONG Offset);
VOID RegisterWrite(PUCHAR Base, ULONG Offset, ULONG Value);

/*
 * RegisterAwait - waits, at PASSIVE_LEVEL, until (register & Mask) == Value, for DMAB_TIMEOUT_US at
 * most. That is counted in stalls and not read from a clock: time in which nobody ran, as on a host
 * with more work than processors, is not held against the device. Where nobody answers it does not wait.
 * Mask 0xFFFFFFFF is for counts, which may be all ones: Base is the device's then, and the ID is asked.
 * Return: whether it came.
 */
BOOLEAN RegisterAwait(PUCHAR Base, ULONG Offset, ULONG Mask, ULONG Value);

#endif
