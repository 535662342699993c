/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * driver.h: what the shipped miniports share. A miniport is this core plus one STRATEGY.
 *
 *	  request.c   StartIO: SUBMIT, REAP, WAIT ...         requester, PASSIVE, one by one
 *	  complete.c  interrupt, DPC, reaping, finished list  any context
 *	  stall.c     when nothing comes for long: looks for itself
 *	  recover.c   a device that fails: reset, verdict     requester
 *	  device.c    FindAdapter, Initialize, power          PASSIVE
 *	  settings.c  registry
 *	  path_packet.c  LockBuffer / StartDma / CompleteDma    } what a strategy is made of
 *	  path_common.c  slots of one common buffer             }
 *	  ring.c      the engine
 *
 * Contexts. The requester's context is HwVidStartIO: the only one that may touch the requester's
 * buffers, lock memory or block. The others (DPC, HwVidExecuteDma on a thread of the port's) run at
 * DISPATCH_LEVEL anywhere. A transfer belongs to one context at a time: who starts it, then the
 * ring, then who reaped it, then the finished list, then REAP.
 *
 * Locks. Each ring has its own. Driver->Lock guards the lists that contexts hand one another; it is
 * taken once a batch. No lock is held over a call of the port or a strategy, and the two are never
 * nested. What is marked "requester" needs none.
 */
#ifndef MINIPORT_DRIVER_H
#define MINIPORT_DRIVER_H

#include "ring.h"

/*
 * The name that videoprt.sys exports. mingw-w64's video.h has had VideoPortUnLockBuffer in its
 * place, which is no export of anything.
 */
VPAPI VOID NTAPI VideoPortUnlockBuffer(PVOID HwDeviceExtension, PVOID Mdl);

#define DRIVER_REAP_BATCH 32
#define DRIVER_RESETS     5 /* as many within a minute, and the device is given up */

typedef struct _DRIVER DRIVER, *PDRIVER;
typedef struct _BATCH BATCH, *PBATCH;

/* One transfer from SUBMIT to REAP. Preallocated; stray ones stand for a second completion. */
typedef struct _TRANSFER {
	WORK Work; /* packet path; must be first */
	struct _TRANSFER *Next;
	DMABENCH_TRANSFER Request;
	VP_STATUS Status; /* first error */
	ULONG Moved;      /* bytes that arrived */
	ULONG Rounds;
	ULONG Elements;
	ULONG Sequence; /* order of SUBMIT */
	BOOLEAN Stray;

	/* Packet path. */
	ULONG Refusals; /* attempts to leave the parking queue that failed */
	PVOID Mdl;
	struct _LOCK_ENTRY *Lock;     /* cached lock in use, else NULL */
	PVP_SCATTER_GATHER_LIST List; /* between HwVidExecuteDma and CompleteDma, else NULL */
	ULONG NextElement;            /* of List, not posted yet */
	ULONG RoundLength;            /* StartDma's pLength */
	ULONG RoundPosted;            /* bytes of this round in descriptors */

	/* Common path; requester. */
	ULONG Issued; /* bytes handed to slots */
	ULONG Pieces; /* slots in flight */
	BOOLEAN Queued;
} TRANSFER, *PTRANSFER;

typedef struct _TRANSFER_LIST {
	PTRANSFER First, Last;
} TRANSFER_LIST, *PTRANSFER_LIST;

/* One piece of the pool. Requester, but for what the ring and the collected list hold. */
typedef struct _SLOT {
	WORK Work; /* must be first */
	struct _SLOT *Next;
	PUCHAR Virtual;
	PHYSICAL_ADDRESS Logical;
	ULONG Offset; /* of the piece in its transfer */
	ULONG Length; /* of the piece */
	ULONG Moved;
	VP_STATUS Status;
} SLOT, *PSLOT;

/*
 * What one visit (a request, a DPC) has gathered; BatchEnd publishes it under one lock.
 * Units of registers: see path_packet.h.
 */
struct _BATCH {
	BOOLEAN Requester; /* this is the requester's context */
	BOOLEAN Wake;      /* WAIT is to look even if nothing has finished */
	BOOLEAN Broken;    /* a ring is: the requester is to reset the engine */
	TRANSFER_LIST Finished;
	PSLOT CollectedFirst, CollectedLast;
	LONG Started;                /* units taken ahead and not used yet */
	LONG Released;               /* units whose map registers are free again */
	LONG Returned;               /* units given back unused */
	BOOLEAN Park[DMAB_CHANNELS]; /* others wait already: get in line */
};

/* One range locked by the packet-cached strategy; see lock_cache.c. */
typedef struct _LOCK_ENTRY LOCK_ENTRY, *PLOCK_ENTRY;

typedef struct _LOCK_CACHE {
	PLOCK_ENTRY Entries, Free;
	PLOCK_ENTRY *Buckets;
	PLOCK_ENTRY Newest, Oldest; /* not in use, least recently used last */
	ULONG BucketMask;
	ULONG Hits, Misses;
} LOCK_CACHE, *PLOCK_CACHE;

/* Since when a ring that has something in flight has completed nothing. */
typedef struct _PROGRESS {
	BOOLEAN Waits;
	ULONG Completed; /* RING_STATE's then */
	LONGLONG Since;
} PROGRESS, *PPROGRESS;

#define SETTING_NOT_SET   0xFFFFFFFFu
#define CHAIN_BLOCKS_MOST 256

/* Registry values in force. */
typedef struct _SETTINGS {
	ULONG CompletionMode;
	ULONG PollBudgetUs;
	ULONG RingEntries;
	ULONG PoolSlotBytes;
	ULONG PoolSlots;
	ULONG HybridThreshold;
	ULONG CacheEntries;
	ULONG MaximumLength;
	ULONG ScatterGather;
	ULONG ModerationUs;
	ULONG RecoveryUs;
	ULONG TimeoutUs;
	ULONG ChainElements;
	ULONG ChainBlocks; /* SETTING_NOT_SET: by the depth */
} SETTINGS, *PSETTINGS;

/*
 * What makes a driver. Start, Collect and Reaped run in the requester's context; Resume in any,
 * with no lock held. Functions that a strategy has no use for do nothing; none is NULL.
 */
typedef struct _STRATEGY {
	BOOLEAN Packet; /* uses the packet path: adapters' map registers, chain blocks */
	BOOLEAN Pool;   /* uses the common path: the pool */
	BOOLEAN Cache;  /* uses the cache of locks */
	BOOLEAN Hybrid; /* HybridThreshold applies */
	BOOLEAN Polls;  /* polls, whatever the registry says */

	/* Starts a transfer that was accepted; must end in TransferFinish, now or later. */
	VOID (*Start)(PDRIVER Driver, PTRANSFER Transfer, PBATCH Batch);
	/*
	 * Locks the buffer of a transfer (Mdl, Lock); FALSE where it cannot. Unlock: any context.
	 */
	BOOLEAN (*LockTransfer)(PDRIVER Driver, PTRANSFER Transfer);
	VOID (*UnlockTransfer)(PDRIVER Driver, PTRANSFER Transfer);
	/* Does what could only be done in the requester's context. */
	VOID (*Collect)(PDRIVER Driver, PBATCH Batch);
	/* Map registers came free while transfers were parked. */
	VOID (*Resume)(PDRIVER Driver, PBATCH Batch);
	/* The completion is being handed to the requester. */
	VOID (*Reaped)(PDRIVER Driver, PTRANSFER Transfer);
	/* Answers a request other than QUERY in the core's place; FALSE: the core's turn. */
	BOOLEAN (*Request)(PDRIVER Driver, PVIDEO_REQUEST_PACKET Packet);
} STRATEGY, *PSTRATEGY;

/* The device extension. Zeroed by the port. */
struct _DRIVER {
	const STRATEGY *Strategy;
	SETTINGS Settings;
	PUCHAR Registers;
	PVP_DMA_ADAPTER Adapter[DMAB_CHANNELS]; /* one for each direction */
	RING Ring[DMAB_CHANNELS];               /* by direction: DMABENCH_FROM_DEVICE, _TO_DEVICE */
	PEVENT Event;                           /* WAIT sleeps on it */
	ULONGLONG DeviceMemory;
	ULONG LengthMaximum;    /* most bytes of one descriptor */
	ULONG Depth;            /* transfers submitted and not reaped, at most */
	BOOLEAN Powered;        /* engine and rings run */
	LONGLONG Frequency;     /* of the performance counter */
	LONGLONG RecoveryTicks; /* between two looks of stall.c for what got lost; 0: never */
	LONGLONG TimeoutTicks;  /* TimeoutUs of it */

	/* Requester. */
	PTRANSFER Transfers; /* Depth for transfers, Depth for strays */
	PTRANSFER Free;
	ULONG Sequence;
	ULONG Outstanding[DMAB_CHANNELS];
	TRANSFER_LIST Ready;   /* taken off Finished, not handed out yet */
	TRANSFER_LIST Waiting; /* common path: pieces left, no slot */
	PVOID Pool;
	PHYSICAL_ADDRESS PoolLogical;
	ULONG PoolBytes;
	PSLOT Slots, SlotFree;
	DMABENCH_POOL_ACCOUNT PoolAccount;
	LOCK_CACHE Cache;
	LONGLONG NextLook; /* of stall.c */
	ULONG Idle;        /* REAPs that found nothing since the clock was looked at */
	ULONG Recoveries;
	BOOLEAN BrokenSeen; /* Broken, as of the last visit to the lock */
	PROGRESS Progress[DMAB_CHANNELS];
	ULONG Resets;
	ULONG LastReset;
	LONGLONG ResetAt[DRIVER_RESETS]; /* the last ones since the device was started */
	ULONG ResetsSince;               /* ... and how many that were */
	ULONG Lost;  /* the verdict, DMABENCH_GIVEN_UP_*; 0: the device is in use */
	PVOID Churn; /* the probe's: what it keeps between two requests */

	/* Under Lock. */
	PSPIN_LOCK Lock;
	TRANSFER_LIST Finished;
	PSLOT CollectedFirst, CollectedLast;
	TRANSFER_LIST Parked[DMAB_CHANNELS]; /* waiting for map registers */
	BOOLEAN Trying[DMAB_CHANNELS];       /* a head of Parked is in somebody's hand */
	BOOLEAN TryingStrict[DMAB_CHANNELS]; /* ... and nothing may go before it */
	LONG Active;                         /* units, see path_packet.h */
	ULONG Releases;                      /* units released so far */
	PTRANSFER StrayFree;
	BOOLEAN Sleeping; /* WAIT is on the event, or about to */
	BOOLEAN Broken;   /* a ring is */
	ULONG Dpcs;

	/* The interrupt's, VpMediumPriority. */
	BOOLEAN InterruptsOn;
	BOOLEAN InterruptOwed; /* one may be on its way whose cause the driver has seen to itself */
	ULONG Acked[DMAB_CHANNELS];
	ULONG ErrorsAcked;
	ULONG Interrupts;
};

/* device.c. MiniportEntry is all a strategy's DriverEntry has to call. */
ULONG MiniportEntry(PVOID Context1, PVOID Context2, const STRATEGY *Strategy);
VOID DeviceRelease(PDRIVER Driver);
BOOLEAN DeviceStart(PDRIVER Driver);
VOID DeviceStop(PDRIVER Driver);
/*
 * DeviceReset - resets the engine in whatever state it is; afterwards it touches no memory and the
 * driver has no power. DeviceRun - sets it up and running behind a reset, FALSE: it does not answer, or a
 * ring has something in flight; none of them runs then. DeviceStart is both.
 */
BOOLEAN DeviceReset(PDRIVER Driver);
/* DeviceGone - whether it has been taken out: nobody answers. Any context. */
BOOLEAN DeviceGone(PDRIVER Driver);
BOOLEAN DeviceRun(PDRIVER Driver);

/* settings.c: reads and judges the registry. Return: NO_ERROR or ERROR_INVALID_PARAMETER. */
VP_STATUS SettingsRead(PDRIVER Driver, PSETTINGS Settings);

/* request.c */
BOOLEAN NTAPI HwStartIo(PVOID HwDeviceExtension, PVIDEO_REQUEST_PACKET Packet);
VOID PacketAnswer(PVIDEO_REQUEST_PACKET Packet, VP_STATUS Status, ULONG Information);

/* complete.c */
BOOLEAN NTAPI HwInterrupt(PVOID HwDeviceExtension);
VOID InterruptsSet(PDRIVER Driver, BOOLEAN On);
/* InterruptsReset - they are off, and the engine's counters are 0 or of no use any more: what still comes is nobody's. */
VOID InterruptsReset(PDRIVER Driver);
VOID InterruptsAcknowledge(PDRIVER Driver);
ULONG InterruptsCounted(PDRIVER Driver);

/*
 * BatchBegin - starts a visit. BatchEnd - publishes what it gathered, wakes WAIT, lets parked
 * transfers try again.
 * TransferFinish - the transfer is done with, one way or the other; it goes to the finished list.
 */
VOID BatchBegin(PBATCH Batch, BOOLEAN Requester);
VOID BatchEnd(PDRIVER Driver, PBATCH Batch);
/* BrokenForget - requester: what was told of broken rings until now is of no use. */
VOID BrokenForget(PDRIVER Driver);
VOID TransferFinish(PBATCH Batch, PTRANSFER Transfer, VP_STATUS Status);

/*
 * CompletionsDrain - empties a ring and lets the work's owners complete. It ends at as many as the ring has entries or soon
 * behind it: an engine that posts without end holds nobody, and what an honest one posts meanwhile interrupts again, for
 * all that was there at the acknowledgement has been taken. Return: completions.
 */
ULONG CompletionsDrain(PDRIVER Driver, ULONG Direction, PBATCH Batch);

/*
 * CompletionsPoll - requester: what REAP and WAIT do before they look at the finished list: polls
 * the rings unless interrupts do it, collects, recovers a halted engine.
 */
VOID CompletionsPoll(PDRIVER Driver, BOOLEAN Rings);

/* stall.c. All of it requester. */

/* DriverNow - the performance counter. DriverTicks - Us of it. */
LONGLONG DriverNow(PDRIVER Driver);
LONGLONG DriverTicks(const DRIVER *Driver, ULONG Us);

/*
 * StallLook - nothing could be handed out at Now. Once a RecoveryUs rings again the doorbells that did not arrive, and where
 * Blind (the rings were left to interrupts) takes what has lain in them for as long; counts both. Where that is no help:
 * TimeoutLook. Return: whether there may be something now. StallLeft - behind it: how long a wait that begins at Now may
 * take until it has to be called. StallReap - the same for REAP: called for one in STALL_IDLE that found nothing, so that
 * polling does not pay for the clock. StallTicks - RecoveryTicks. LookTicks - from one look to the next: two of them
 * within a time-out at the least.
 */
BOOLEAN StallLook(PDRIVER Driver, LONGLONG Now, BOOLEAN Blind);
LONGLONG StallLeft(PDRIVER Driver, LONGLONG Now);
LONGLONG StallTicks(const DRIVER *Driver);
LONGLONG LookTicks(const DRIVER *Driver);
VOID StallReap(PDRIVER Driver);

#define STALL_IDLE 64

/*
 * recover.c
 *
 * InFlightFail - completes all that stopped rings hold with ERROR_GEN_FAILURE.
 * RecoverBroken - requester: if a ring is broken or the engine has halted: resets it, fails what was in flight.
 * TimeoutLook - requester, nothing has finished: does so too where a ring has completed nothing for TimeoutUs.
 * Return: whether there may be something now. ProgressForgive - a look is Overdue by so much: nobody rang again meanwhile,
 * and that time is not the device's.
 */
VOID InFlightFail(PDRIVER Driver, PBATCH Batch);
BOOLEAN EngineHalted(PDRIVER Driver);
VOID RecoverBroken(PDRIVER Driver);
BOOLEAN TimeoutLook(PDRIVER Driver, LONGLONG Now);
VOID ProgressForgive(PDRIVER Driver, LONGLONG Now, LONGLONG Overdue);

/* FinishedTake - requester: the next finished transfer, or NULL. FinishedAny - is there one? */
PTRANSFER FinishedTake(PDRIVER Driver);
BOOLEAN FinishedAny(PDRIVER Driver);

/* For strategies that have nothing to do in a place. */
BOOLEAN NoLock(PDRIVER Driver, PTRANSFER Transfer);
VOID NoUnlock(PDRIVER Driver, PTRANSFER Transfer);
VOID NoCollect(PDRIVER Driver, PBATCH Batch);
VOID NoResume(PDRIVER Driver, PBATCH Batch);
VOID NoReaped(PDRIVER Driver, PTRANSFER Transfer);
BOOLEAN NoRequest(PDRIVER Driver, PVIDEO_REQUEST_PACKET Packet);

/* Lists: first in, first out. */
VOID TransferListAppend(PTRANSFER_LIST List, PTRANSFER Transfer);
VOID TransferListPrepend(PTRANSFER_LIST List, PTRANSFER Transfer);
PTRANSFER TransferListTake(PTRANSFER_LIST List);
VOID TransferListMove(PTRANSFER_LIST To, PTRANSFER_LIST From);

#endif
