// SPDX-License-Identifier: BSD-2-Clause
/*
 * layout.c: no code; the layouts of the driver-facing structures, asserted where the port is
 * compiled. scripts/check/ddk compiles this file against mingw-w64's headers as well, so a driver
 * built there has them too: pointers have 64 bits in both, and ULONG has 32, though `long` differs
 * (LP64 here, LLP64 there).
 */
#include "ntdef.h"

#include "dderror.h"
#include "devioctl.h"
#include "miniport.h"
#include "ntddvdeo.h"
#include "video.h"

#include <stddef.h>

#define SIZE(type, bytes) _Static_assert(sizeof(type) == (bytes), #type " has another size")
#define OFFSET(type, field, bytes)                                                                 \
	_Static_assert(offsetof(type, field) == (bytes), #type "." #field " is elsewhere")

SIZE(UCHAR, 1);
SIZE(BOOLEAN, 1);
SIZE(WCHAR, 2);
SIZE(USHORT, 2);
SIZE(ULONG, 4);
SIZE(LONG, 4);
SIZE(VP_STATUS, 4);
SIZE(LONGLONG, 8);
SIZE(ULONG_PTR, sizeof(void *));
SIZE(SIZE_T, sizeof(void *));
SIZE(INTERFACE_TYPE, 4);

SIZE(PHYSICAL_ADDRESS, 8);
OFFSET(PHYSICAL_ADDRESS, LowPart, 0);
OFFSET(PHYSICAL_ADDRESS, HighPart, 4);
OFFSET(PHYSICAL_ADDRESS, QuadPart, 0);

SIZE(VP_DEVICE_DESCRIPTION, 8);
OFFSET(VP_DEVICE_DESCRIPTION, MaximumLength, 4);

SIZE(VP_SCATTER_GATHER_ELEMENT, 24);
OFFSET(VP_SCATTER_GATHER_ELEMENT, Length, 8);
OFFSET(VP_SCATTER_GATHER_ELEMENT, Reserved, 16);
SIZE(VP_SCATTER_GATHER_LIST, 16);
OFFSET(VP_SCATTER_GATHER_LIST, Elements, 16);

SIZE(VIDEO_ACCESS_RANGE, 16);
SIZE(STATUS_BLOCK, 16);
OFFSET(STATUS_BLOCK, Information, 8);
SIZE(VIDEO_REQUEST_PACKET, 48);

SIZE(VIDEO_HW_INITIALIZATION_DATA, 144);
OFFSET(VIDEO_HW_INITIALIZATION_DATA, HwStartDma, 64);
OFFSET(VIDEO_HW_INITIALIZATION_DATA, HwQueryInterface, 96);
OFFSET(VIDEO_HW_INITIALIZATION_DATA, Reserved, 140);
_Static_assert(SIZE_OF_NT4_VIDEO_HW_INITIALIZATION_DATA == 64, "NT4 size");
_Static_assert(SIZE_OF_W2K_VIDEO_HW_INITIALIZATION_DATA == 140, "W2K size");
_Static_assert(SIZE_OF_WXP_VIDEO_HW_INITIALIZATION_DATA == 144, "XP size");

SIZE(VIDEO_PORT_CONFIG_INFO, 128);
OFFSET(VIDEO_PORT_CONFIG_INFO, Master, 74);
OFFSET(VIDEO_PORT_CONFIG_INFO, VideoPortGetProcAddress, 104);
OFFSET(VIDEO_PORT_CONFIG_INFO, SystemMemorySize, 120);
_Static_assert(SIZE_OF_NT4_VIDEO_PORT_CONFIG_INFO == 74, "NT4 size");

_Static_assert(VpReadAccess == 0 && VpWriteAccess == 1 && VpModifyAccess == 2, "lock operations");
_Static_assert(VpNonPagedPool == 0 && VpPagedPool == 1 && VpNonPagedPoolCacheAligned == 4 &&
		       VpPagedPoolCacheAligned == 5,
	"pool types");
_Static_assert(PCIBus == 5 && PCIConfiguration == 4 && Latched == 1, "bus");
_Static_assert(VpLowPriority == 0 && VpMediumPriority == 1 && VpHighPriority == 2, "priorities");
_Static_assert(Monitor == 1 && Other == 4, "child types");
_Static_assert(CTL_CODE(FILE_DEVICE_VIDEO, 0x900, METHOD_BUFFERED, FILE_ANY_ACCESS) == 0x232400,
	"control codes");

SIZE(VIDEO_HARDWARE_STATE_HEADER, 168);
OFFSET(VIDEO_HARDWARE_STATE_HEADER, AttribIndexDataState, 52);
OFFSET(VIDEO_HARDWARE_STATE_HEADER, PlaneLength, 108);
OFFSET(VIDEO_HARDWARE_STATE_HEADER, FrameBufferData, 160);
SIZE(VIDEO_HARDWARE_STATE, 16);
OFFSET(VIDEO_LOAD_FONT_INFORMATION, Font, 8);
SIZE(VIDEO_HARDWARE_CONFIGURATION_DATA, 40);
