// SPDX-License-Identifier: BSD-2-Clause
/*
 * legacy_dma.c: the DMA functions of before Windows XP with their documented fixed results (videoport.md
 * 2.4). Only VideoPortLockPages does something: it locks the request's input buffer and lists its
 * pieces. They are listed by physical address, which no device here can use.
 */
#include "drivers/videoport/priv.h"

#include "drivers/support/fault.h"
#include "drivers/support/heap.h"

struct legacy_lock {
	struct legacy_lock *next;
	PVOID mdl;
	ULONG pieces;
	VRB_SG piece[]; /* what the driver gets; its address is the handle */
};

/* ---- VideoPortLockPages ------------------------------------------------------------------------ */

/* One piece for each run of frames that follow each other. Return: how many. */
static ULONG pieces_fill(
	VRB_SG *piece, const uint64_t *pfn, size_t pages, uintptr_t start, ULONG length)
{
	ULONG offset = (ULONG)(start & PAGE_MASK), count = 0;

	for (size_t page = 0; page < pages; page++) {
		ULONG bytes = (ULONG)PAGE_BYTES - offset;

		bytes = bytes < length ? bytes : length;
		if (count && pfn[page] == pfn[page - 1] + 1)
			piece[count - 1].Length += bytes;
		else
			piece[count++] = (VRB_SG){
				.PhysicalAddress = (LONGLONG)(pfn[page] << PAGE_SHIFT | offset),
				.Length = bytes};
		length -= bytes;
		offset = 0;
	}
	return count;
}

static struct legacy_lock *lock_create(struct videoport *vp, const struct lock_request *request)
{
	PVOID buffer = request->va;
	ULONG length = request->length;
	size_t pages = page_span((uintptr_t)buffer & PAGE_MASK, length);
	struct legacy_lock *lock = fault_point("legacy_lock")
	                                   ? NULL
	                                   : heap_zeroed(1, sizeof(*lock) + pages * sizeof(VRB_SG));
	uint64_t *pfn = fault_point("legacy_pfn") ? NULL : heap_zeroed(pages, sizeof(*pfn));

	if (!lock || !pfn || frames_lookup(vp->frames, buffer, length, true, pfn) < 0)
		goto fail;
	lock->mdl = mdl_lock(vp, request);
	if (!lock->mdl)
		goto fail;
	lock->pieces = pieces_fill(lock->piece, pfn, pages, (uintptr_t)buffer, length);
	heap_free(pfn);
	return lock;

fail:
	heap_free(pfn);
	heap_free(lock);
	return NULL;
}

BOOLEAN NTAPI VideoPortLockPages(PVOID HwDeviceExtension, PVIDEO_REQUEST_PACKET pVrp,
	PEVENT pUEvent, PEVENT pDisplayEvent, DMA_FLAGS DmaFlags)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);

	(void)pUEvent, (void)pDisplayEvent;
	if (!vp || !irql_allowed(vp, IRQL_VideoPortLockPages))
		return FALSE;
	LEGACY_NOTE(vp, LockPages);
	if (DmaFlags != VideoPortDmaInitOnly || !pVrp || !pVrp->InputBufferLength)
		return FALSE;

	struct lock_request request = {"VideoPortLockPages", pVrp->InputBuffer,
		pVrp->InputBufferLength, VpModifyAccess, ORIGIN_HERE(vp)};
	struct legacy_lock *lock = lock_create(vp, &request);

	if (!lock)
		return FALSE;
	pthread_mutex_lock(&vp->legacy.lock);
	lock->next = vp->legacy.locks;
	vp->legacy.locks = lock;
	pthread_mutex_unlock(&vp->legacy.lock);
	pVrp->OutputBuffer = lock->piece;
	pVrp->OutputBufferLength = lock->pieces * (ULONG)sizeof(VRB_SG);
	return TRUE;
}

BOOLEAN NTAPI VideoPortUnlockPages(PVOID hwDeviceExtension, PDMA pDma)
{
	struct videoport *vp = videoport_from_extension(hwDeviceExtension);
	struct legacy_lock **at, *lock;

	if (!vp || !irql_allowed(vp, IRQL_VideoPortUnlockPages))
		return TRUE;
	LEGACY_NOTE(vp, UnlockPages);
	pthread_mutex_lock(&vp->legacy.lock);
	for (at = &vp->legacy.locks; *at && (void *)(*at)->piece != (void *)pDma;)
		at = &(*at)->next;
	lock = *at;
	if (lock)
		*at = lock->next;
	pthread_mutex_unlock(&vp->legacy.lock);
	if (lock)
		mdl_unlock(vp, "VideoPortUnlockPages", lock->mdl);
	heap_free(lock);
	return TRUE;
}

void legacy_locks_free(struct legacy_state *legacy)
{
	while (legacy->locks) {
		struct legacy_lock *lock = legacy->locks;

		legacy->locks = lock->next;
		heap_free(lock);
	}
}

/* ---- fixed results ----------------------------------------------------------------------------- */

PDMA NTAPI VideoPortDoDma(PVOID HwDeviceExtension, PDMA pDma, DMA_FLAGS DmaFlags)
{
	(void)pDma, (void)DmaFlags;
	LEGACY_NOTE(videoport_from_extension(HwDeviceExtension), DoDma);
	return NULL;
}

PVOID NTAPI VideoPortGetDmaContext(PVOID HwDeviceExtension, PDMA pDma)
{
	(void)pDma;
	LEGACY_NOTE(videoport_from_extension(HwDeviceExtension), GetDmaContext);
	return NULL;
}

VOID NTAPI VideoPortSetDmaContext(PVOID HwDeviceExtension, PDMA pDma, PVOID InstanceContext)
{
	(void)pDma, (void)InstanceContext;
	LEGACY_NOTE(videoport_from_extension(HwDeviceExtension), SetDmaContext);
}

PDMA NTAPI VideoPortMapDmaMemory(PVOID HwDeviceExtension, PVIDEO_REQUEST_PACKET pVrp,
	PHYSICAL_ADDRESS BoardAddress, PULONG Length, PULONG InIoSpace, PVOID MappedUserEvent,
	PVOID DisplayDriverEvent, PVOID *VirtualAddress)
{
	(void)pVrp, (void)BoardAddress, (void)Length, (void)InIoSpace, (void)MappedUserEvent;
	(void)DisplayDriverEvent, (void)VirtualAddress;
	LEGACY_NOTE(videoport_from_extension(HwDeviceExtension), MapDmaMemory);
	return NULL;
}

BOOLEAN NTAPI VideoPortUnmapDmaMemory(
	PVOID HwDeviceExtension, PVOID VirtualAddress, HANDLE ProcessHandle, PDMA BoardMemoryHandle)
{
	(void)VirtualAddress, (void)ProcessHandle, (void)BoardMemoryHandle;
	LEGACY_NOTE(videoport_from_extension(HwDeviceExtension), UnmapDmaMemory);
	return FALSE;
}

PDMA NTAPI VideoPortAssociateEventsWithDmaHandle(PVOID HwDeviceExtension,
	PVIDEO_REQUEST_PACKET pVrp, PVOID MappedUserEvent, PVOID DisplayDriverEvent)
{
	(void)pVrp, (void)MappedUserEvent, (void)DisplayDriverEvent;
	LEGACY_NOTE(videoport_from_extension(HwDeviceExtension), AssociateEventsWithDmaHandle);
	return NULL;
}

PVOID NTAPI VideoPortGetMdl(PVOID HwDeviceExtension, PDMA pDma)
{
	LEGACY_NOTE(videoport_from_extension(HwDeviceExtension), GetMdl);
	return pDma;
}

BOOLEAN NTAPI VideoPortSignalDmaComplete(PVOID HwDeviceExtension, PDMA pDmaHandle)
{
	(void)pDmaHandle;
	LEGACY_NOTE(videoport_from_extension(HwDeviceExtension), SignalDmaComplete);
	return FALSE;
}

ULONG NTAPI VideoPortGetBytesUsed(PVOID HwDeviceExtension, PDMA pDma)
{
	(void)pDma;
	LEGACY_NOTE(videoport_from_extension(HwDeviceExtension), GetBytesUsed);
	return 0;
}

VOID NTAPI VideoPortSetBytesUsed(PVOID HwDeviceExtension, PDMA pDma, ULONG BytesUsed)
{
	(void)pDma, (void)BytesUsed;
	LEGACY_NOTE(videoport_from_extension(HwDeviceExtension), SetBytesUsed);
}

/* Older headers spell it so. */
VOID NTAPI VideoPortUnLockBuffer(PVOID HwDeviceExtension, PVOID Mdl)
{
	VideoPortUnlockBuffer(HwDeviceExtension, Mdl);
}
