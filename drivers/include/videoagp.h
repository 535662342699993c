/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * videoagp.h: the AGP services of the port. There is no AGP bus below a process: the types are here so
 * that drivers compile, VideoPortGetAgpServices says FALSE and VideoPortQueryServices refuses.
 */
#ifndef VIDEOAGP_H
#define VIDEOAGP_H

#include "miniport.h"

#define VIDEO_AGP_RATE_1X 0x00000001
#define VIDEO_AGP_RATE_2X 0x00000002
#define VIDEO_AGP_RATE_4X 0x00000004
#define VIDEO_AGP_RATE_8X 0x00000008

typedef enum _VIDEO_PORT_CACHE_TYPE {
	VpNonCached = 0,
	VpWriteCombined,
	VpCached,
} VIDEO_PORT_CACHE_TYPE;

typedef PHYSICAL_ADDRESS(NTAPI *PAGP_RESERVE_PHYSICAL)(PVOID HwDeviceExtension, ULONG Pages,
	VIDEO_PORT_CACHE_TYPE Caching, PVOID *PhysicalReserveContext);
typedef VOID(NTAPI *PAGP_RELEASE_PHYSICAL)(PVOID HwDeviceExtension, PVOID PhysicalReserveContext);
typedef BOOLEAN(NTAPI *PAGP_COMMIT_PHYSICAL)(
	PVOID HwDeviceExtension, PVOID PhysicalReserveContext, ULONG Pages, ULONG Offset);
typedef VOID(NTAPI *PAGP_FREE_PHYSICAL)(
	PVOID HwDeviceExtension, PVOID PhysicalReserveContext, ULONG Pages, ULONG Offset);
typedef PVOID(NTAPI *PAGP_RESERVE_VIRTUAL)(PVOID HwDeviceExtension, HANDLE ProcessHandle,
	PVOID PhysicalReserveContext, PVOID *VirtualReserveContext);
typedef VOID(NTAPI *PAGP_RELEASE_VIRTUAL)(PVOID HwDeviceExtension, PVOID VirtualReserveContext);
typedef PVOID(NTAPI *PAGP_COMMIT_VIRTUAL)(
	PVOID HwDeviceExtension, PVOID VirtualReserveContext, ULONG Pages, ULONG Offset);
typedef VOID(NTAPI *PAGP_FREE_VIRTUAL)(
	PVOID HwDeviceExtension, PVOID VirtualReserveContext, ULONG Pages, ULONG Offset);
typedef BOOLEAN(NTAPI *PAGP_SET_RATE)(PVOID HwDeviceExtension, ULONG AgpRate);

typedef struct _VIDEO_PORT_AGP_SERVICES {
	PAGP_RESERVE_PHYSICAL AgpReservePhysical;
	PAGP_RELEASE_PHYSICAL AgpReleasePhysical;
	PAGP_COMMIT_PHYSICAL AgpCommitPhysical;
	PAGP_FREE_PHYSICAL AgpFreePhysical;
	PAGP_RESERVE_VIRTUAL AgpReserveVirtual;
	PAGP_RELEASE_VIRTUAL AgpReleaseVirtual;
	PAGP_COMMIT_VIRTUAL AgpCommitVirtual;
	PAGP_FREE_VIRTUAL AgpFreeVirtual;
	ULONGLONG AllocationLimit;
} VIDEO_PORT_AGP_SERVICES, *PVIDEO_PORT_AGP_SERVICES;

/* Return: FALSE, there is no AGP bus. */
BOOLEAN NTAPI VideoPortGetAgpServices(
	PVOID HwDeviceExtension, PVIDEO_PORT_AGP_SERVICES AgpServices);

#endif
