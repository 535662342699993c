/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * video_legacy.h: the part of video.h that was obsolete in Windows XP already: the DMA functions of
 * before, mostly inert (videoport.md 2.4), and their kin. Drivers include video.h. The verifier notes
 * each use once (rule 919).
 */
#ifndef VIDEO_LEGACY_H
#define VIDEO_LEGACY_H

#include "video.h"

typedef ULONG DMA_EVENT_FLAGS;

#define SET_USER_EVENT    0x01
#define SET_DISPLAY_EVENT 0x02

typedef enum _DMA_FLAGS {
	VideoPortUnlockAfterDma = 1,
	VideoPortKeepPagesLocked,
	VideoPortDmaInitOnly,
} DMA_FLAGS;

typedef struct __VRB_SG {
	LONGLONG PhysicalAddress;
	ULONG Length;
} VRB_SG, *PVRB_SG;

/*
 * GET_VIDEO_SCATTERGATHER - the pieces behind what VideoPortLockPages returned, at @ppDma.
 * GET_VIDEO_PHYSICAL_ADDRESS - moves @scatterList to the piece that holds @VirtualAddress of @InputBuffer; @Address
 * receives where the byte is, *@pLength what is left of the piece.
 */
#define GET_VIDEO_SCATTERGATHER(ppDma) (**(PVRB_SG **)(ppDma))
#define GET_VIDEO_PHYSICAL_ADDRESS(scatterList, VirtualAddress, InputBuffer, pLength, Address)     \
	do {                                                                                       \
		ULONG_PTR left_ = (ULONG_PTR)((PCHAR)(VirtualAddress) - (PCHAR)(InputBuffer));     \
                                                                                                   \
		for (; left_ >= (scatterList)->Length; (scatterList)++)                            \
			left_ -= (scatterList)->Length;                                            \
		*(pLength) = (ULONG)((scatterList)->Length - left_);                               \
		(Address) = (ULONG_PTR)(scatterList)->PhysicalAddress + left_;                     \
	} while (0)

/*
 * PASSIVE. From an adapter of the port's own that reaches 32 bits (D-13). Alignment is ignored.
 * pActualLength: out, the bytes there are. Return: NULL on failure. Free takes what Get was given and
 * returned; VirtualAddress stands before LogicalAddress.
 */
PVOID NTAPI VideoPortGetCommonBuffer(PVOID HwDeviceExtension, ULONG DesiredLength, ULONG Alignment,
	PPHYSICAL_ADDRESS LogicalAddress, PULONG pActualLength, BOOLEAN CacheEnabled);
VOID NTAPI VideoPortFreeCommonBuffer(PVOID HwDeviceExtension, ULONG Length, PVOID VirtualAddress,
	PHYSICAL_ADDRESS LogicalAddress, BOOLEAN CacheEnabled);

/*
 * Cache-line aligned non-paged memory; there is no function to free it, the port does at unload.
 * Return: NULL on failure, or where HighestAcceptableAddress leaves no page.
 */
PVOID NTAPI VideoPortAllocateContiguousMemory(
	PVOID HwDeviceExtension, ULONG NumberOfBytes, PHYSICAL_ADDRESS HighestAcceptableAddress);

/* Paged pool. Return: NO_ERROR, ERROR_NOT_ENOUGH_MEMORY, ERROR_INSUFFICIENT_BUFFER (quota). */
VP_STATUS NTAPI VideoPortAllocateBuffer(PVOID HwDeviceExtension, ULONG Size, PVOID *Buffer);
VOID NTAPI VideoPortReleaseBuffer(PVOID HwDeviceExtension, PVOID Buffer);

/*
 * With VideoPortDmaInitOnly the input buffer is locked, and OutputBuffer, OutputBufferLength receive
 * the list of its pieces (VRB_SG) and the bytes of that; Return: TRUE. Otherwise nothing, FALSE.
 * UnlockPages takes that list. Return: always TRUE.
 */
BOOLEAN NTAPI VideoPortLockPages(PVOID HwDeviceExtension, PVIDEO_REQUEST_PACKET pVrp,
	PEVENT pUEvent, PEVENT pDisplayEvent, DMA_FLAGS DmaFlags);
BOOLEAN NTAPI VideoPortUnlockPages(PVOID hwDeviceExtension, PDMA pDma);

/* Return: NULL. */
PDMA NTAPI VideoPortDoDma(PVOID HwDeviceExtension, PDMA pDma, DMA_FLAGS DmaFlags);
PVOID NTAPI VideoPortGetDmaContext(PVOID HwDeviceExtension, PDMA pDma);
PDMA NTAPI VideoPortMapDmaMemory(PVOID HwDeviceExtension, PVIDEO_REQUEST_PACKET pVrp,
	PHYSICAL_ADDRESS BoardAddress, PULONG Length, PULONG InIoSpace, PVOID MappedUserEvent,
	PVOID DisplayDriverEvent, PVOID *VirtualAddress);
PDMA NTAPI VideoPortAssociateEventsWithDmaHandle(PVOID HwDeviceExtension,
	PVIDEO_REQUEST_PACKET pVrp, PVOID MappedUserEvent, PVOID DisplayDriverEvent);

/* Return: pDma. */
PVOID NTAPI VideoPortGetMdl(PVOID HwDeviceExtension, PDMA pDma);

/* Return: FALSE. */
BOOLEAN NTAPI VideoPortSignalDmaComplete(PVOID HwDeviceExtension, PDMA pDmaHandle);
BOOLEAN NTAPI VideoPortUnmapDmaMemory(PVOID HwDeviceExtension, PVOID VirtualAddress,
	HANDLE ProcessHandle, PDMA BoardMemoryHandle);

/* Return: 0. The setters do nothing. */
ULONG NTAPI VideoPortGetBytesUsed(PVOID HwDeviceExtension, PDMA pDma);
VOID NTAPI VideoPortSetBytesUsed(PVOID HwDeviceExtension, PDMA pDma, ULONG BytesUsed);
VOID NTAPI VideoPortSetDmaContext(PVOID HwDeviceExtension, PDMA pDma, PVOID InstanceContext);

/*
 * Callable from the ISR. Enable and disable the adapter's interrupt: while it is disabled the ISR is
 * not called. Return: NO_ERROR, ERROR_INVALID_FUNCTION where none is connected.
 */
VP_STATUS NTAPI VideoPortEnableInterrupt(PVOID HwDeviceExtension);
VP_STATUS NTAPI VideoPortDisableInterrupt(PVOID HwDeviceExtension);

/* Return: ERROR_INVALID_PARAMETER: a process cannot switch banks on a page fault. */
VP_STATUS NTAPI VideoPortMapBankedMemory(PVOID HwDeviceExtension, PHYSICAL_ADDRESS PhysicalAddress,
	PULONG Length, PULONG InIoSpace, PVOID *VirtualAddress, ULONG BankLength,
	UCHAR ReadWriteBank, PBANKED_SECTION_ROUTINE BankRoutine, PVOID Context);

#endif
