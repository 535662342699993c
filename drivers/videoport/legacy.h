/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * legacy.h: what the functions of video_legacy.h keep. Part of struct videoport (priv.h); legacy.c and
 * legacy_dma.c.
 */
#ifndef VIDEOPORT_LEGACY_H
#define VIDEOPORT_LEGACY_H

#include "drivers/include/video.h"

#include <pthread.h>
#include <stdatomic.h>

struct legacy_memory; /* VideoPortAllocateContiguousMemory: freed at unload only */
struct legacy_lock;   /* VideoPortLockPages */

struct legacy_state {
	pthread_mutex_t lock;    /* guards what follows */
	PVP_DMA_ADAPTER adapter; /* the implicit one (D-13), NULL until it is needed */
	struct legacy_memory *memory;
	struct legacy_lock *locks;
	unsigned common_live;   /* buffers of the implicit adapter */
	_Atomic uint32_t noted; /* functions whose use was noted (rule 919) */
};

struct videoport;

int legacy_init(struct legacy_state *legacy);

/*
 * legacy_release - puts the implicit adapter. Where the driver still holds buffers of it, it stays, for
 * the audit to find them. Before that, at PASSIVE_LEVEL. legacy_fini frees the rest.
 */
void legacy_release(struct videoport *vp);
void legacy_fini(struct legacy_state *legacy);
void legacy_locks_free(struct legacy_state *legacy);

/* Obsolete functions, each noted once for a driver. */
enum legacy_function {
	LEGACY_GetCommonBuffer,
	LEGACY_FreeCommonBuffer,
	LEGACY_AllocateContiguousMemory,
	LEGACY_AllocateBuffer,
	LEGACY_ReleaseBuffer,
	LEGACY_LockPages,
	LEGACY_UnlockPages,
	LEGACY_DoDma,
	LEGACY_GetDmaContext,
	LEGACY_SetDmaContext,
	LEGACY_MapDmaMemory,
	LEGACY_UnmapDmaMemory,
	LEGACY_AssociateEventsWithDmaHandle,
	LEGACY_GetMdl,
	LEGACY_SignalDmaComplete,
	LEGACY_GetBytesUsed,
	LEGACY_SetBytesUsed,
	LEGACY_EnableInterrupt,
	LEGACY_DisableInterrupt,
	LEGACY_GetDeviceData,
};

void legacy_note(struct videoport *vp, enum legacy_function function, const char *name);

#define LEGACY_NOTE(vp, function) legacy_note((vp), LEGACY_##function, "VideoPort" #function)

#endif
