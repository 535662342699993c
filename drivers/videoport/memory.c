// SPDX-License-Identifier: BSD-2-Clause
/* memory.c: pool and memory routines of the driver (videoport.md 2.6). */
#include "drivers/videoport/priv.h"

#include <errno.h>
#include <string.h>

static bool pool_is_paged(VP_POOL_TYPE type)
{
	return type == VpPagedPool || type == VpPagedPoolCacheAligned;
}

static bool pool_is_known(VP_POOL_TYPE type)
{
	return type == VpNonPagedPool || type == VpNonPagedPoolCacheAligned || pool_is_paged(type);
}

/* Every block starts a cache line, whatever the type asks for. */
PVOID NTAPI VideoPortAllocatePool(
	PVOID HwDeviceExtension, VP_POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);

	(void)Tag;
	if (!vp || !irql_allowed(vp, IRQL_VideoPortAllocatePool))
		return NULL;
	if (!pool_is_known(PoolType) || !NumberOfBytes) {
		rule_broken(vp, RULE_POOL_ARGUMENT, 0,
			"VideoPortAllocatePool: type %d, %zu bytes; expected type 0, 1, 4 or 5 and "
			"at "
			"least one byte",
			(int)PoolType, (size_t)NumberOfBytes);
		return NULL;
	}
	if (pool_is_paged(PoolType) && irql_current() >= IRQL_DISPATCH) {
		rule_broken(vp, RULE_POOL_DISPATCH, 0,
			"VideoPortAllocatePool: paged pool at DISPATCH_LEVEL; use VpNonPagedPool "
			"there");
		return NULL;
	}

	PVOID block = object_create(
		&vp->objects, &vp->account, ACCOUNT_POOL_BLOCK, NumberOfBytes, ORIGIN_HERE(vp));

	if (block && pool_is_paged(PoolType))
		object_mark_paged(&vp->objects, block);
	return block;
}

VOID NTAPI VideoPortFreePool(PVOID HwDeviceExtension, PVOID Ptr)
{
	struct videoport *vp = videoport_from_extension(HwDeviceExtension);

	if (!vp || !irql_allowed(vp, IRQL_VideoPortFreePool))
		return;
	if (object_destroy(&vp->objects, &vp->account, ACCOUNT_POOL_BLOCK, Ptr, NULL) < 0)
		rule_broken(vp, RULE_POOL_FREE_UNKNOWN, ERROR_INVALID_PARAMETER,
			"VideoPortFreePool: %p is no live pool block; free once what "
			"VideoPortAllocatePool returned",
			Ptr);
}

VOID NTAPI VideoPortZeroMemory(PVOID Destination, ULONG Length)
{
	memset(Destination, 0, Length);
}

VOID NTAPI VideoPortMoveMemory(PVOID Destination, PVOID Source, ULONG Length)
{
	memmove(Destination, Source, Length);
}

ULONG NTAPI VideoPortCompareMemory(PVOID Source1, PVOID Source2, SIZE_T Length)
{
	const unsigned char *a = Source1, *b = Source2;
	SIZE_T equal = 0;

	isr_list_check("VideoPortCompareMemory");

	while (equal < Length && a[equal] == b[equal])
		equal++;
	return (ULONG)equal;
}
