/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dmabench_ioctl.h: the contract between a load and any driver under test.
 *
 * The requests reach HwVidStartIO as video request packets, one at a time, METHOD_BUFFERED: input and
 * output are the same buffer, so a handler consumes its input before it writes output.
 *
 *   SUBMIT   takes a batch of transfers and never waits for hardware. Output: how many were accepted,
 *            from the front of the batch; 0 is a normal answer (ring or pool full).
 *   REAP     returns up to Count finished transfers and never waits. In poll mode the completion work
 *            (CompleteDma, copy out, unlock) is done here.
 *   WAIT     returns when at least one transfer can be reaped or the time is over. Interrupt mode
 *            blocks, poll mode spins, adaptive mode spins for its budget, then blocks.
 *   QUERY    tells the limits of this driver.
 *   POOL     tells where the driver counts what of its pool of common-buffer slots is in use. Optional: for
 *            drivers with such a pool; others answer ERROR_INVALID_FUNCTION.
 *   PROBE    loops over one part of the path inside the driver (only the probe miniport answers).
 *
 * A driver that answers SUBMIT, REAP, WAIT and QUERY can be measured like the shipped ones. Buffers
 * are addresses in the requester's space; they stay the requester's and must remain valid and untouched
 * until the transfer was reaped. A transfer is reaped exactly once, whatever happened to it; a second
 * completion record of the hardware for the same descriptor is handed up as well, with Status
 * ERROR_INVALID_DATA, so that the requester sees a duplicating device.
 *
 * Settings come from the registry (VideoPortGetRegistryParameters, ULONG values, all optional). One of another size, out of
 * its range, or a pool of 4 GiB or more, is logged and the driver does not start:
 *
 *   CompletionMode   DMABENCH_COMPLETION_*                              default poll
 *   PollBudgetUs     adaptive mode: time to poll before blocking       default 20
 *   RingEntries      entries of each ring, a power of two, 2..4096     default 256
 *   PoolSlotBytes    common, hybrid: bytes of one slot                 default 65536
 *   PoolSlots        common, hybrid: number of slots                   default 32
 *   HybridThreshold  hybrid: smallest length in bytes sent as packet   default 32768
 *   CacheEntries     packet-cached: locks kept                         default 1024
 *   MaximumLength    goes into VP_DEVICE_DESCRIPTION                   default: the device's limit
 *   ScatterGather    goes into VP_DEVICE_DESCRIPTION, 0 or 1           default: the device's ability
 *   ModerationUs     interrupt moderation time                         default 0
 *   RecoveryUs       how often a driver that waits looks whether a doorbell or an interrupt was lost,
 *                    beyond ModerationUs; 0 never                      default 10000
 *   TimeoutUs        a device that owes completions and gives none for that long is reset
 *                                                                      default 2000000
 *   ChainElements    of one block that lists of more than two elements are written into, 2..128; a list of which some
 *                    does not fit goes in several descriptors          default 128
 *   ChainBlocks      such blocks of each ring, 1..256                  default: as many as transfers, 8..256
 */
#ifndef DMABENCH_IOCTL_H
#define DMABENCH_IOCTL_H

#include "devioctl.h"

#define IOCTL_DMABENCH_SUBMIT CTL_CODE(FILE_DEVICE_VIDEO, 0x900, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define IOCTL_DMABENCH_REAP   CTL_CODE(FILE_DEVICE_VIDEO, 0x901, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define IOCTL_DMABENCH_WAIT   CTL_CODE(FILE_DEVICE_VIDEO, 0x902, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define IOCTL_DMABENCH_QUERY  CTL_CODE(FILE_DEVICE_VIDEO, 0x903, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define IOCTL_DMABENCH_PROBE  CTL_CODE(FILE_DEVICE_VIDEO, 0x904, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define IOCTL_DMABENCH_POOL   CTL_CODE(FILE_DEVICE_VIDEO, 0x905, METHOD_BUFFERED, FILE_ANY_ACCESS)

/* Statuses of completions, which not every DDK's dderror.h names. */
#ifndef ERROR_INVALID_DATA
#define ERROR_INVALID_DATA 13L
#endif
#ifndef ERROR_GEN_FAILURE
#define ERROR_GEN_FAILURE 31L
#endif

/*
 * A device that the driver had to reset five times within a minute, that did not come back from a reset, or that has been
 * taken out (its registers read all ones) is given up. What was in flight has failed with ERROR_GEN_FAILURE and is
 * there to be reaped; SUBMIT, and WAIT where nothing is in flight, answer ERROR_INVALID_FUNCTION, as without power, and
 * QUERY says why: GivenUp. To be powered down and up, or loaded anew, is another try. In the log the verdict is this
 * status, which HwVidStartIO has no right to.
 */
#ifndef ERROR_DEV_NOT_EXIST
#define ERROR_DEV_NOT_EXIST 55L
#endif

/*
 * Why a driver reset its device: in the log as the id of ERROR_GEN_FAILURE, and LastReset of QUERY. All that was in flight
 * has failed with ERROR_GEN_FAILURE.
 */
#define DMABENCH_RESET_HALTED  1 /* the engine says so */
#define DMABENCH_RESET_BROKEN  2 /* a completion that can only come of a broken engine */
#define DMABENCH_RESET_STALLED 3 /* no completion for TimeoutUs */

/* Why it gave the device up: in the log as the id of ERROR_DEV_NOT_EXIST, and GivenUp of QUERY. */
#define DMABENCH_GIVEN_UP_HANGS 1 /* five resets within a minute */
#define DMABENCH_GIVEN_UP_DEAD  2 /* it did not come back from a reset */
#define DMABENCH_GIVEN_UP_GONE  3 /* it has been taken out */

#define DMABENCH_COMPLETION_POLL      0
#define DMABENCH_COMPLETION_INTERRUPT 1
#define DMABENCH_COMPLETION_ADAPTIVE  2

#define DMABENCH_FROM_DEVICE 0 /* Direction, as WriteToDevice of VideoPortStartDma */
#define DMABENCH_TO_DEVICE   1

typedef struct _DMABENCH_TRANSFER {
	PVOID Buffer;            /* start of the requester's buffer */
	ULONG BufferLength;      /* its bytes; what a driver locks */
	ULONG Offset;            /* first byte of the transfer in it */
	ULONG Length;            /* bytes to move, 1 .. BufferLength - Offset */
	ULONG Direction;         /* DMABENCH_TO_DEVICE or DMABENCH_FROM_DEVICE */
	ULONGLONG DeviceAddress; /* byte address in device memory */
	ULONGLONG Cookie;        /* the requester's name of the transfer */
} DMABENCH_TRANSFER, *PDMABENCH_TRANSFER;

/* Transfers start on 8-byte boundaries behind the head. */
typedef struct _DMABENCH_SUBMIT {
	ULONG Count;    /* in: transfers that follow; out: transfers accepted */
	ULONG Reserved; /* 0 */
	DMABENCH_TRANSFER Transfer[1];
} DMABENCH_SUBMIT, *PDMABENCH_SUBMIT;

typedef struct _DMABENCH_COMPLETION {
	ULONGLONG Cookie;
	LONG Status; /* VP_STATUS: NO_ERROR, ERROR_GEN_FAILURE (device error), ERROR_INVALID_DATA ... */
	ULONG Length;   /* bytes that arrived, over all rounds */
	ULONG Rounds;   /* StartDma rounds, or slots of the common buffer, this transfer took */
	ULONG Elements; /* scatter/gather elements, over all rounds */
} DMABENCH_COMPLETION, *PDMABENCH_COMPLETION;

typedef struct _DMABENCH_REAP {
	ULONG Count;    /* in: most completions wanted; out: completions that follow */
	ULONG Reserved; /* 0 */
	DMABENCH_COMPLETION Completion[1];
} DMABENCH_REAP, *PDMABENCH_REAP;

typedef struct _DMABENCH_WAIT {
	ULONG TimeoutUs; /* in: longest wait */
	ULONG Ready;     /* out: 1 if something can be reaped */
} DMABENCH_WAIT, *PDMABENCH_WAIT;

typedef struct _DMABENCH_QUERY {
	ULONG DepthMaximum;     /* transfers that may be submitted and not yet reaped */
	ULONG LengthMaximum;    /* longest transfer accepted, bytes */
	ULONGLONG DeviceMemory; /* bytes of device memory */
	ULONG CompletionMode;   /* in force */
	ULONG HybridThreshold;  /* in force, 0 where it does not apply */
	ULONG Interrupts;       /* ISR calls that were ours */
	ULONG Dpcs;             /* DPC runs */
	ULONG CacheHits;        /* packet-cached: locks found and ... */
	ULONG CacheMisses;      /* ... made */
	ULONG Recoveries; /* interrupts and doorbells found lost by looking, since the driver started */
	ULONG Resets;     /* of the device by the driver, because it had failed; since then, too */
	ULONG DeviceErrors; /* completions that its datasheet forbids; since then, too */
	ULONG GivenUp;      /* DMABENCH_GIVEN_UP_*, 0: the device is in use */
	ULONG LastReset;    /* DMABENCH_RESET_*: why the last of Resets; 0: there was none */
	ULONG Reserved;     /* 0 */
} DMABENCH_QUERY, *PDMABENCH_QUERY;

/*
 * The account of a driver's slots, in nonpaged memory of the driver's. It counts at every event and knows no time: the
 * requester looks whenever it pleases and weights by time itself. Written inside requests only, so that who reads
 * it between two of its own requests sees it whole.
 */
typedef struct _DMABENCH_POOL_ACCOUNT {
	ULONG Slots;     /* of the pool */
	ULONG SlotBytes; /* of one */
	ULONG Used;      /* slots that hold data of a transfer now */
	ULONG UsedPeak;  /* at most, since the requester reset it */
	ULONGLONG Bytes; /* of payload in them now */
	ULONGLONG BytesPeak;
} DMABENCH_POOL_ACCOUNT, *PDMABENCH_POOL_ACCOUNT;

typedef struct _DMABENCH_POOL {
	ULONG Reset; /* in: 1 makes the peaks what is in use now; out: 0 */
	ULONG Reserved;
	PDMABENCH_POOL_ACCOUNT Account; /* out: valid until the driver is unloaded */
} DMABENCH_POOL, *PDMABENCH_POOL;

/* What PROBE loops over. Each iteration is one operation of the named part of the path. */
#define DMABENCH_PROBE_LOCK  1 /* LockBuffer(Buffer, Length), UnlockBuffer */
#define DMABENCH_PROBE_SG    2 /* StartDma with a callback that only counts elements, CompleteDma */
#define DMABENCH_PROBE_CHURN 3 /* AllocateCommonBuffer, ReleaseCommonBuffer by Step[] */
#define DMABENCH_PROBE_RING  4 /* Batch NOP descriptors: write, kick, poll for all completions */

/*
 * One step of a churn trace: takes something into a slot, or gives back what is in it. A slot whose taking was refused
 * stays empty; giving it back then is skipped, so that a trace goes on as its writer meant it.
 */
#define DMABENCH_CHURN_ALLOCATE 0 /* VideoPortAllocateCommonBuffer of Bytes, CacheEnabled = How */
#define DMABENCH_CHURN_RELEASE  1
#define DMABENCH_CHURN_LOCK     2 /* VideoPortLockBuffer of Bytes at Address for operation How */
#define DMABENCH_CHURN_UNLOCK   3

typedef struct _DMABENCH_CHURN_STEP {
	ULONG Slot; /* 0 .. Buffers - 1 */
	ULONG Bytes;
	ULONG What; /* DMABENCH_CHURN_* */
	ULONG How;
	PVOID Address; /* LOCK: of the requester */
} DMABENCH_CHURN_STEP, *PDMABENCH_CHURN_STEP;

#define DMABENCH_CHURN_SLOTS 65536 /* most of a trace */

/* In Ticks[] of CHURN: the step was refused, or skipped. Its time is no time of a taking. */
#define DMABENCH_TICKS_REFUSED 0xFFFFFFFFu
#define DMABENCH_TICKS_SKIPPED 0xFFFFFFFEu

/*
 * In: what to do. Out: Done, Failed, Elements, and Ticks[0..Count-1], the time of each operation in units
 * of VideoPortQueryPerformanceCounter (for RING the time of each batch).
 */
typedef struct _DMABENCH_PROBE {
	ULONG Part;  /* in: DMABENCH_PROBE_* */
	ULONG Count; /* in: operations (CHURN: steps; RING: batches) */
	ULONG Batch; /* in: RING: descriptors a batch; CHURN: 1 keeps what is held for the next one */
	ULONG Offset;    /* in: SG, LOCK: first byte of the first buffer */
	ULONG Length;    /* in: SG, LOCK: bytes of each */
	ULONG Direction; /* in: SG, LOCK */
	PVOID Buffer; /* in: SG, LOCK: the requester's buffer; CHURN: DMABENCH_CHURN_STEP array */
	ULONG BufferLength; /* in: its bytes */
	ULONG Done;         /* out: operations that succeeded */
	ULONG Failed; /* out: operations refused (CHURN: allocations and locks that gave NULL) */
	ULONG Buffers; /* in: SG, LOCK: buffers Stride bytes apart, taken in turn; 0 is one; CHURN: slots */
	ULONG Stride;       /* in: SG, LOCK */
	ULONG First;        /* in: SG, LOCK: the buffer of the first operation, below Buffers */
	ULONG Skipped;      /* out: CHURN: steps that had nothing to give back */
	ULONG Reserved;     /* 0 */
	ULONGLONG Elements; /* out: scatter/gather elements over all operations */
	ULONGLONG TicksPerSecond; /* out: frequency of VideoPortQueryPerformanceCounter */
	ULONG Ticks[1];           /* out: Count entries */
} DMABENCH_PROBE, *PDMABENCH_PROBE;

#endif
