/* SPDX-License-Identifier: BSD-2-Clause
 *
 * EVENTS.C -- miniport that does nothing but wait for its hardware
 *
 * Posts empty commands to the engine and sleeps until the engine has said that they are done: interrupt,
 * deferred procedure call, event. Counts every one of them on the way. Written the way many drivers of
 * its time are: Hungarian names, one big switch, state shared with the ISR guarded by
 * VideoPortSynchronizeExecution and state shared with the DPC by a spin lock.
 *
 * Requests (all METHOD_BUFFERED):
 *   IOCTL_EVT_POST   in: ULONG how many (1..64)    out: EVT_COUNTS when all are done
 *   IOCTL_EVT_COUNTS                               out: EVT_COUNTS
 *   IOCTL_EVT_TIMER  in: ULONG 1 start, 0 stop
 */
#include "ntdef.h"

#include "dderror.h"
#include "devioctl.h"
#include "miniport.h"
#include "ntddvdeo.h"
#include "video.h"

/* Not in every DDK's dderror.h. */
#ifndef ERROR_GEN_FAILURE
#define ERROR_GEN_FAILURE 31L
#endif

#ifndef UNREFERENCED_PARAMETER
#define UNREFERENCED_PARAMETER(p) ((void)(p))
#endif

#define EVT_TAG           'tvEE'
#define EVT_MAX           64
#define EVT_TIMEOUT_100NS (-20000000LL) /* 2 s, relative */

#define IOCTL_EVT_POST   CTL_CODE(FILE_DEVICE_VIDEO, 0x800, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define IOCTL_EVT_COUNTS CTL_CODE(FILE_DEVICE_VIDEO, 0x801, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define IOCTL_EVT_TIMER  CTL_CODE(FILE_DEVICE_VIDEO, 0x802, METHOD_BUFFERED, FILE_ANY_ACCESS)

typedef struct _EVT_COUNTS {
    ULONG cInterrupts;
    ULONG cDpcs;
    ULONG cDone;
    ULONG cTimer;
} EVT_COUNTS, *PEVT_COUNTS;

/* The engine, datasheet chapters 3 to 6; only channel 0 is used. */
#define ENG_ID          (0x0000 / 4)
#define ENG_CONTROL     (0x0040 / 4)
#define ENG_RESET       (0x0044 / 4)
#define ENG_IRQ_ENABLE  (0x0048 / 4)
#define ENG_STATUS      (0x0080 / 4)
#define ENG_RESET_DONE  (0x0084 / 4)
#define ENG_SQ_LO       (0x1000 / 4)
#define ENG_SQ_HI       (0x1004 / 4)
#define ENG_CQ_LO       (0x1008 / 4)
#define ENG_CQ_HI       (0x100C / 4)
#define ENG_ENTRIES     (0x1010 / 4)
#define ENG_ENABLE      (0x1014 / 4)
#define ENG_SQ_TAIL     (0x1040 / 4)
#define ENG_CQ_HEAD     (0x1080 / 4)
#define ENG_IRQ_ACKED   (0x1084 / 4)
#define ENG_CH_STATUS   (0x10C0 / 4)
#define ENG_IRQ_POSTED  (0x10C4 / 4)

#define DESC_ULONGS 16 /* of a descriptor */
#define COMP_ULONGS 4  /* of a completion; the last one is the phase */

typedef struct _HW_DEVICE_EXTENSION {
    PULONG pulRegs;
    PVP_DMA_ADAPTER pAdapter;
    PULONG pulRings; /* EVT_MAX descriptors, then EVT_MAX completions */
    PHYSICAL_ADDRESS paRings;
    PEVENT pDoneEvent;
    PSPIN_LOCK pLock;
    PULONG pulTrace; /* what the last interrupts saw */

    ULONG ulTail;        /* StartIO only */
    ULONG ulHead;        /* under pLock */
    ULONG cDpcs, cDone;  /* under pLock */
    ULONG ulAcked;       /* the ISR's; others by VideoPortSynchronizeExecution */
    ULONG cInterrupts;   /* likewise */
    ULONG cTimer;
    BOOLEAN fTimer;
} HW_DEVICE_EXTENSION, *PHW_DEVICE_EXTENSION;

#define RING_BYTES ((DESC_ULONGS + COMP_ULONGS) * sizeof(ULONG) * EVT_MAX)

#define READ(ext, reg)         VideoPortReadRegisterUlong((ext)->pulRegs + (reg))
#define WRITE(ext, reg, value) VideoPortWriteRegisterUlong((ext)->pulRegs + (reg), (value))

VP_STATUS NTAPI EvtFindAdapter(PVOID HwDeviceExtension, PVOID HwContext, PWSTR ArgumentString,
    PVIDEO_PORT_CONFIG_INFO ConfigInfo, PUCHAR Again);
BOOLEAN NTAPI EvtInitialize(PVOID HwDeviceExtension);
BOOLEAN NTAPI EvtStartIO(PVOID HwDeviceExtension, PVIDEO_REQUEST_PACKET pVrp);
BOOLEAN NTAPI EvtInterrupt(PVOID HwDeviceExtension);
VOID NTAPI EvtTimer(PVOID HwDeviceExtension);
VP_STATUS NTAPI EvtSetPower(PVOID HwDeviceExtension, ULONG HwId, PVIDEO_POWER_MANAGEMENT pPower);
VP_STATUS NTAPI EvtGetPower(PVOID HwDeviceExtension, ULONG HwId, PVIDEO_POWER_MANAGEMENT pPower);

#if defined(ALLOC_PRAGMA)
#pragma alloc_text(PAGE, EvtFindAdapter)
#pragma alloc_text(PAGE, EvtInitialize)
#pragma alloc_text(PAGE, EvtStartIO)
#endif

ULONG NTAPI DriverEntry(PVOID Context1, PVOID Context2)
{
    VIDEO_HW_INITIALIZATION_DATA hwInit;

    VideoPortZeroMemory(&hwInit, sizeof(hwInit));
    hwInit.HwInitDataSize = SIZE_OF_W2K_VIDEO_HW_INITIALIZATION_DATA;
    hwInit.HwFindAdapter = EvtFindAdapter;
    hwInit.HwInitialize = EvtInitialize;
    hwInit.HwInterrupt = EvtInterrupt;
    hwInit.HwStartIO = EvtStartIO;
    hwInit.HwTimer = EvtTimer;
    hwInit.HwSetPowerState = EvtSetPower;
    hwInit.HwGetPowerState = EvtGetPower;
    hwInit.HwDeviceExtensionSize = sizeof(HW_DEVICE_EXTENSION);
    return VideoPortInitialize(Context1, Context2, &hwInit, NULL);
}

static VOID EvtFree(PHW_DEVICE_EXTENSION pExt)
{
    if (pExt->pulTrace)
        VideoPortFreePool(pExt, pExt->pulTrace);
    if (pExt->pLock)
        VideoPortDeleteSpinLock(pExt, pExt->pLock);
    if (pExt->pDoneEvent)
        VideoPortDeleteEvent(pExt, pExt->pDoneEvent);
    if (pExt->pulRings)
        VideoPortReleaseCommonBuffer(
            pExt, pExt->pAdapter, RING_BYTES, pExt->paRings, pExt->pulRings, TRUE);
    if (pExt->pAdapter)
        VideoPortPutDmaAdapter(pExt, pExt->pAdapter);
    if (pExt->pulRegs)
        VideoPortFreeDeviceBase(pExt, pExt->pulRegs);
    VideoPortZeroMemory(pExt, sizeof(*pExt));
}

VP_STATUS NTAPI EvtFindAdapter(PVOID HwDeviceExtension, PVOID HwContext, PWSTR ArgumentString,
    PVIDEO_PORT_CONFIG_INFO ConfigInfo, PUCHAR Again)
{
    PHW_DEVICE_EXTENSION pExt = (PHW_DEVICE_EXTENSION)HwDeviceExtension;
    VIDEO_ACCESS_RANGE aRanges[6];
    VP_DEVICE_DESCRIPTION desc;
    VP_STATUS status;

    UNREFERENCED_PARAMETER(HwContext);
    UNREFERENCED_PARAMETER(ArgumentString);
    if (ConfigInfo->Length < SIZE_OF_NT4_VIDEO_PORT_CONFIG_INFO)
        return ERROR_INVALID_PARAMETER;
    *Again = 0;
    status = VideoPortGetAccessRanges(pExt, 0, NULL, 6, aRanges, NULL, NULL, NULL);
    if (status != NO_ERROR)
        return status;
    pExt->pulRegs = (PULONG)VideoPortGetDeviceBase(
        pExt, aRanges[0].RangeStart, aRanges[0].RangeLength, aRanges[0].RangeInIoSpace);
    if (pExt->pulRegs == NULL)
        return ERROR_DEV_NOT_EXIST;
    if (READ(pExt, ENG_ID) != 0x444D4142) {
        EvtFree(pExt);
        return ERROR_DEV_NOT_EXIST;
    }

    VideoPortZeroMemory(&desc, sizeof(desc));
    desc.ScatterGather = TRUE;
    desc.Dma32BitAddresses = TRUE;
    desc.MaximumLength = 0x10000;
    pExt->pAdapter = VideoPortGetDmaAdapter(pExt, &desc);
    if (pExt->pAdapter)
        pExt->pulRings = (PULONG)VideoPortAllocateCommonBuffer(
            pExt, pExt->pAdapter, RING_BYTES, &pExt->paRings, TRUE, NULL);
    pExt->pulTrace = (PULONG)VideoPortAllocatePool(
        pExt, VpNonPagedPool, EVT_MAX * sizeof(ULONG), EVT_TAG);
    if (pExt->pulRings == NULL || pExt->pulTrace == NULL ||
        VideoPortCreateSpinLock(pExt, &pExt->pLock) != NO_ERROR ||
        VideoPortCreateEvent(pExt, SYNCHRONIZATION_EVENT, NULL, &pExt->pDoneEvent) != NO_ERROR) {
        EvtFree(pExt);
        return ERROR_NOT_ENOUGH_MEMORY;
    }
    VideoPortDebugPrint(Trace, "events: registers at %p, rings at 0x%x\n", pExt->pulRegs,
        pExt->paRings.LowPart);
    return NO_ERROR;
}

/* Polls a register, as the datasheet says, for a second. */
static BOOLEAN EvtPoll(PHW_DEVICE_EXTENSION pExt, ULONG ulReg, ULONG ulMask, ULONG ulWanted)
{
    ULONG i;

    for (i = 0; i < 50000; i++) {
        if ((READ(pExt, ulReg) & ulMask) == ulWanted)
            return TRUE;
        VideoPortStallExecution(20);
    }
    return FALSE;
}

BOOLEAN NTAPI EvtInitialize(PVOID HwDeviceExtension)
{
    PHW_DEVICE_EXTENSION pExt = (PHW_DEVICE_EXTENSION)HwDeviceExtension;
    ULONG ulDone = READ(pExt, ENG_RESET_DONE) + 1;
    ULONG ulComps = pExt->paRings.LowPart + DESC_ULONGS * sizeof(ULONG) * EVT_MAX;

    WRITE(pExt, ENG_RESET, ulDone);
    if (!EvtPoll(pExt, ENG_RESET_DONE, ~0u, ulDone))
        return FALSE;
    VideoPortZeroMemory(pExt->pulRings, RING_BYTES);
    pExt->ulTail = pExt->ulHead = pExt->ulAcked = 0;
    WRITE(pExt, ENG_SQ_LO, pExt->paRings.LowPart); /* below 4 GB: Dma32BitAddresses */
    WRITE(pExt, ENG_SQ_HI, 0);
    WRITE(pExt, ENG_CQ_LO, ulComps);
    WRITE(pExt, ENG_CQ_HI, 0);
    WRITE(pExt, ENG_ENTRIES, EVT_MAX);
    WRITE(pExt, ENG_SQ_TAIL, 0);
    WRITE(pExt, ENG_CQ_HEAD, 0);
    WRITE(pExt, ENG_IRQ_ENABLE, 1);
    WRITE(pExt, ENG_CONTROL, 1);
    WRITE(pExt, ENG_ENABLE, 1);
    return EvtPoll(pExt, ENG_STATUS, 1, 1) && EvtPoll(pExt, ENG_CH_STATUS, 1, 1);
}

/* DISPATCH_LEVEL: takes every completion there is. */
static VOID NTAPI EvtDpc(PVOID HwDeviceExtension, PVOID Context)
{
    PHW_DEVICE_EXTENSION pExt = (PHW_DEVICE_EXTENSION)HwDeviceExtension;
    PULONG pulComps = pExt->pulRings + DESC_ULONGS * EVT_MAX;
    BOOLEAN fAny = FALSE;

    UNREFERENCED_PARAMETER(Context);
    VideoPortAcquireSpinLockAtDpcLevel(pExt, pExt->pLock);
    pExt->cDpcs++;
    for (;;) {
        PULONG pulComp = pulComps + COMP_ULONGS * (pExt->ulHead % EVT_MAX);
        ULONG ulPhase = ((pExt->ulHead / EVT_MAX) & 1) ^ 1;

        if (VideoPortReadRegisterUlong(pulComp + 3) != ulPhase)
            break;
        pExt->ulHead++;
        pExt->cDone++;
        fAny = TRUE;
    }
    if (fAny)
        WRITE(pExt, ENG_CQ_HEAD, pExt->ulHead);
    VideoPortReleaseSpinLockFromDpcLevel(pExt, pExt->pLock);
    if (fAny)
        VideoPortSetEvent(pExt, pExt->pDoneEvent);
}

BOOLEAN NTAPI EvtInterrupt(PVOID HwDeviceExtension)
{
    PHW_DEVICE_EXTENSION pExt = (PHW_DEVICE_EXTENSION)HwDeviceExtension;
    ULONG ulPosted = READ(pExt, ENG_IRQ_POSTED);

    if (ulPosted == pExt->ulAcked)
        return FALSE; /* not ours */
    pExt->ulAcked = ulPosted;
    pExt->pulTrace[pExt->cInterrupts++ % EVT_MAX] = ulPosted;
    WRITE(pExt, ENG_IRQ_ACKED, ulPosted);
    VideoPortQueueDpc(pExt, EvtDpc, NULL);
    return TRUE;
}

VOID NTAPI EvtTimer(PVOID HwDeviceExtension)
{
    ((PHW_DEVICE_EXTENSION)HwDeviceExtension)->cTimer++;
}

typedef struct _EVT_SYNC {
    PHW_DEVICE_EXTENSION pExt;
    ULONG cInterrupts;
} EVT_SYNC, *PEVT_SYNC;

/* Under the interrupt's lock. */
static BOOLEAN NTAPI EvtCountInterrupts(PVOID Context)
{
    PEVT_SYNC pSync = (PEVT_SYNC)Context;

    pSync->cInterrupts = pSync->pExt->cInterrupts;
    return TRUE;
}

static VOID EvtCounts(PHW_DEVICE_EXTENSION pExt, PEVT_COUNTS pCounts)
{
    EVT_SYNC sync;
    UCHAR ucIrql;

    sync.pExt = pExt;
    VideoPortSynchronizeExecution(pExt, VpMediumPriority, EvtCountInterrupts, &sync);
    VideoPortAcquireSpinLock(pExt, pExt->pLock, &ucIrql);
    pCounts->cDpcs = pExt->cDpcs;
    pCounts->cDone = pExt->cDone;
    VideoPortReleaseSpinLock(pExt, pExt->pLock, ucIrql);
    pCounts->cInterrupts = sync.cInterrupts;
    pCounts->cTimer = pExt->cTimer;
}

static VP_STATUS EvtPost(PHW_DEVICE_EXTENSION pExt, ULONG cWanted)
{
    EVT_COUNTS counts;
    LARGE_INTEGER liTimeout;
    ULONG cUntil, i;

    EvtCounts(pExt, &counts);
    cUntil = counts.cDone + cWanted;
    for (i = 0; i < cWanted; i++) {
        PULONG pulDesc = pExt->pulRings + DESC_ULONGS * (pExt->ulTail % EVT_MAX);

        VideoPortZeroMemory(pulDesc, DESC_ULONGS * sizeof(ULONG));
        pulDesc[0] = 0x0200; /* NOP, interrupt when done */
        pExt->ulTail++;
    }
    WRITE(pExt, ENG_SQ_TAIL, pExt->ulTail);
    for (;;) {
        EvtCounts(pExt, &counts);
        if ((LONG)(counts.cDone - cUntil) >= 0)
            return NO_ERROR;
        liTimeout.QuadPart = EVT_TIMEOUT_100NS;
        if (VideoPortWaitForSingleObject(pExt, pExt->pDoneEvent, &liTimeout) != NO_ERROR) {
            VideoPortLogError(pExt, NULL, ERROR_GEN_FAILURE, 0x45565401);
            return ERROR_IO_PENDING; /* still not done */
        }
    }
}

BOOLEAN NTAPI EvtStartIO(PVOID HwDeviceExtension, PVIDEO_REQUEST_PACKET pVrp)
{
    PHW_DEVICE_EXTENSION pExt = (PHW_DEVICE_EXTENSION)HwDeviceExtension;
    PULONG pulIn = (PULONG)pVrp->InputBuffer;
    VP_STATUS status = NO_ERROR;

    pVrp->StatusBlock->Information = 0;
    switch (pVrp->IoControlCode) {
    case IOCTL_EVT_POST:
        if (pVrp->InputBufferLength < sizeof(ULONG) ||
            pVrp->OutputBufferLength < sizeof(EVT_COUNTS))
            status = ERROR_INSUFFICIENT_BUFFER;
        else if (*pulIn == 0 || *pulIn > EVT_MAX)
            status = ERROR_INVALID_PARAMETER;
        else
            status = EvtPost(pExt, *pulIn);
        if (status != NO_ERROR)
            break;
        /* fall through */
    case IOCTL_EVT_COUNTS:
        if (pVrp->OutputBufferLength < sizeof(EVT_COUNTS)) {
            status = ERROR_INSUFFICIENT_BUFFER;
            break;
        }
        EvtCounts(pExt, (PEVT_COUNTS)pVrp->OutputBuffer);
        pVrp->StatusBlock->Information = sizeof(EVT_COUNTS);
        break;
    case IOCTL_EVT_TIMER:
        if (pVrp->InputBufferLength < sizeof(ULONG)) {
            status = ERROR_INSUFFICIENT_BUFFER;
            break;
        }
        if (*pulIn && !pExt->fTimer)
            VideoPortStartTimer(pExt);
        else if (!*pulIn && pExt->fTimer)
            VideoPortStopTimer(pExt);
        pExt->fTimer = *pulIn != 0;
        break;
    default:
        status = ERROR_INVALID_FUNCTION;
        break;
    }
    pVrp->StatusBlock->Status = status;
    return TRUE;
}

VP_STATUS NTAPI EvtSetPower(PVOID HwDeviceExtension, ULONG HwId, PVIDEO_POWER_MANAGEMENT pPower)
{
    PHW_DEVICE_EXTENSION pExt = (PHW_DEVICE_EXTENSION)HwDeviceExtension;

    if (HwId != DISPLAY_ADAPTER_HW_ID)
        return NO_ERROR;
    switch (pPower->PowerState) {
    case VideoPowerOn:
        return EvtInitialize(pExt) ? NO_ERROR : ERROR_GEN_FAILURE;
    case VideoPowerShutdown:
        EvtFree(pExt);
        return NO_ERROR;
    default:
        if (pExt->fTimer)
            VideoPortStopTimer(pExt);
        pExt->fTimer = FALSE;
        WRITE(pExt, ENG_IRQ_ENABLE, 0);
        WRITE(pExt, ENG_ENABLE, 0);
        return EvtPoll(pExt, ENG_CH_STATUS, 1, 0) ? NO_ERROR : ERROR_GEN_FAILURE;
    }
}

VP_STATUS NTAPI EvtGetPower(PVOID HwDeviceExtension, ULONG HwId, PVIDEO_POWER_MANAGEMENT pPower)
{
    UNREFERENCED_PARAMETER(HwDeviceExtension);
    UNREFERENCED_PARAMETER(HwId);
    return pPower->PowerState <= VideoPowerOff || pPower->PowerState == VideoPowerShutdown
               ? NO_ERROR
               : ERROR_INVALID_PARAMETER;
}
