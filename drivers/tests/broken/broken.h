/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * broken.h: a miniport that breaks one rule of the verifier, chosen by the registry value Break, and does everything
 * else right, so that nothing else is reported.
 *
 *	driver.c      the right part: find, requests, power; looks Break up in the tables and calls what it finds
 *	engine.c      commands for the device's engine, for the rules about the device's own accesses
 *	adapter.c ... the breaks, one table for each hundred of rules
 *
 * Break is the number of the rule. Where a rule can be broken in several ways the others are FORM(rule, 2) and so
 * on. Numbers below 100 are crashes. bench/tests/broken_test.c says what must be reported for each.
 */
#ifndef BROKEN_H
#define BROKEN_H

#include "video.h"

#include "devioctl.h"

#define TAG          'korB'
#define COMMON_BYTES 1000 /* not a whole page */

#define FORM(rule, n) ((rule)*10 + (n))

/* What the request brings: address and length of a requester's buffer. */
typedef struct _REQUEST {
	PVOID Buffer;
	ULONG Length;
	PVOID Input; /* of the request itself */
	PSTATUS_BLOCK Status;
	ULONG OutputLength;
	BOOLEAN Answer; /* what HwStartIO returns */
} REQUEST, *PREQUEST;

struct _BREAK;

typedef struct _DEVICE {
	const struct _BREAK *Break;
	PUCHAR Registers;
	PUCHAR Port; /* of the I/O range, not claimed by more than its number */
	PVP_DMA_ADAPTER Adapter;
	PUCHAR Common;
	PHYSICAL_ADDRESS Logical;
	PVP_SCATTER_GATHER_LIST List; /* of the last StartDma */
	PVOID Mdl;
	PSPIN_LOCK Lock, OtherLock;
	PEVENT Event;
	PVOID Spare; /* what a break keeps between two routines */
	volatile ULONG Flag;
	volatile ULONG Interrupts;
	ULONG PowerOffs;

	/* engine.c */
	PULONG Ring;
	PHYSICAL_ADDRESS RingLogical;
	ULONG Tail, Head;
	ULONG Zero;
} DEVICE, *PDEVICE;

/* A break: what it does in which routine of the driver. NULL: nothing. */
typedef struct _BREAK {
	ULONG Number;
	VOID (*Request)(PDEVICE Device, PREQUEST Request);
	BOOLEAN (*Interrupt)(PDEVICE Device); /* the interrupt is connected */
	VOID (*Timer)(PDEVICE Device);
	VP_STATUS (*PowerOff)(PDEVICE Device);
	VOID (*Find)(PDEVICE Device);
} BREAK;

/* Each ends with a Number of 0. */
extern const BREAK AdapterBreaks[], CommonBreaks[], LockBreaks[], TransferBreaks[], DeviceBreaks[],
	LevelBreaks[], SyncBreaks[], MemoryBreaks[], FrameworkBreaks[], CrashBreaks[];

/* driver.c: the right way to do it. */
PVP_DMA_ADAPTER AdapterGet(PDEVICE Device, ULONG MaximumLength);
VOID CommonGet(PDEVICE Device); /* COMMON_BYTES, in Device->Common and Logical */
VOID CommonRelease(PDEVICE Device);
VOID Lock(PDEVICE Device, PREQUEST Request, VP_LOCK_OPERATION Operation);
VOID Unlock(PDEVICE Device);
VP_STATUS Start(PDEVICE Device, ULONG Offset, ULONG Length, BOOLEAN WriteToDevice);
VOID Complete(PDEVICE Device, BOOLEAN WriteToDevice);
VOID NTAPI Execute(
	PVOID Extension, PVP_DMA_ADAPTER Adapter, PVP_SCATTER_GATHER_LIST List, PVOID Context);

/* engine.c: channel 0 with a ring of two; drivers/docs/engine.md. */
#define ENGINE_NOP         0
#define ENGINE_TO_DEVICE   1
#define ENGINE_FROM_DEVICE 2
#define ENGINE_INTERRUPT   0x200 /* when it is done */

BOOLEAN EngineStart(PDEVICE Device);
VOID EngineStop(PDEVICE Device);
VOID EngineMask(PDEVICE Device);        /* no interrupts from here on */
VOID EngineAcknowledge(PDEVICE Device); /* from the ISR */

/* One command: @Length bytes at @Logical, @Pieces (0 to 2) times one behind the other in device memory. */
VOID EngineQueue(PDEVICE Device, ULONG Opcode, ULONGLONG Logical, ULONG Length, ULONG Pieces);
VOID EngineRing(PDEVICE Device);              /* tells the engine of all that are queued */
VOID EngineWait(PDEVICE Device, ULONG Count); /* until so many more are done */

/* Starts, moves @Length bytes, waits, stops. */
VOID EngineMove(PDEVICE Device, ULONG Opcode, ULONGLONG Logical, ULONG Length);

#endif
