/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ntddvdeo.h: what a display driver and a miniport share: the standard video requests, which reach
 * HwVidStartIO, and their structures.
 *
 * The port itself sends no request: power states travel through HwVidSetPowerState. Its sequence:
 * VideoPowerOff before the device enters D3 (the driver stops its engine and masks interrupts),
 * VideoPowerOn after it is back in D0. At unload: VideoPowerOff, the interrupt is disconnected, the
 * device enters D3, and last VideoPowerShutdown: the driver gives back whatever it holds (common
 * buffers, adapters, locks, events, pool) and touches the device no more.
 */
#ifndef NTDDVDEO_H
#define NTDDVDEO_H

#include "devioctl.h"

#define VIDEO_DEVICE_NAME               "DISPLAY%d"
#define WVIDEO_DEVICE_NAME              L"DISPLAY%d"
#define DD_FULLSCREEN_VIDEO_DEVICE_NAME L"\\Device\\FSVideo"

/* ---- requests -------------------------------------------------------------------------------- */

#define VIDEO_REQUEST(function)                                                                    \
	CTL_CODE(FILE_DEVICE_VIDEO, function, METHOD_BUFFERED, FILE_ANY_ACCESS)

#define IOCTL_VIDEO_ENABLE_VDM                         VIDEO_REQUEST(0x000)
#define IOCTL_VIDEO_DISABLE_VDM                        VIDEO_REQUEST(0x001)
#define IOCTL_VIDEO_REGISTER_VDM                       VIDEO_REQUEST(0x002)
#define IOCTL_VIDEO_SET_OUTPUT_DEVICE_POWER_STATE      VIDEO_REQUEST(0x003)
#define IOCTL_VIDEO_GET_OUTPUT_DEVICE_POWER_STATE      VIDEO_REQUEST(0x004)
#define IOCTL_VIDEO_MONITOR_DEVICE                     VIDEO_REQUEST(0x005)
#define IOCTL_VIDEO_ENUM_MONITOR_PDO                   VIDEO_REQUEST(0x006)
#define IOCTL_VIDEO_INIT_WIN32K_CALLBACKS              VIDEO_REQUEST(0x007)
#define IOCTL_VIDEO_HANDLE_VIDEOPARAMETERS             VIDEO_REQUEST(0x008)
#define IOCTL_VIDEO_IS_VGA_DEVICE                      VIDEO_REQUEST(0x009)
#define IOCTL_VIDEO_USE_DEVICE_IN_SESSION              VIDEO_REQUEST(0x00a)
#define IOCTL_VIDEO_PREPARE_FOR_EARECOVERY             VIDEO_REQUEST(0x00b)
#define IOCTL_VIDEO_SAVE_HARDWARE_STATE                VIDEO_REQUEST(0x080)
#define IOCTL_VIDEO_RESTORE_HARDWARE_STATE             VIDEO_REQUEST(0x081)
#define IOCTL_VIDEO_QUERY_AVAIL_MODES                  VIDEO_REQUEST(0x100)
#define IOCTL_VIDEO_QUERY_NUM_AVAIL_MODES              VIDEO_REQUEST(0x101)
#define IOCTL_VIDEO_QUERY_CURRENT_MODE                 VIDEO_REQUEST(0x102)
#define IOCTL_VIDEO_SET_CURRENT_MODE                   VIDEO_REQUEST(0x103)
#define IOCTL_VIDEO_RESET_DEVICE                       VIDEO_REQUEST(0x104)
#define IOCTL_VIDEO_LOAD_AND_SET_FONT                  VIDEO_REQUEST(0x105)
#define IOCTL_VIDEO_SET_PALETTE_REGISTERS              VIDEO_REQUEST(0x106)
#define IOCTL_VIDEO_SET_COLOR_REGISTERS                VIDEO_REQUEST(0x107)
#define IOCTL_VIDEO_ENABLE_CURSOR                      VIDEO_REQUEST(0x108)
#define IOCTL_VIDEO_DISABLE_CURSOR                     VIDEO_REQUEST(0x109)
#define IOCTL_VIDEO_SET_CURSOR_ATTR                    VIDEO_REQUEST(0x10a)
#define IOCTL_VIDEO_QUERY_CURSOR_ATTR                  VIDEO_REQUEST(0x10b)
#define IOCTL_VIDEO_SET_CURSOR_POSITION                VIDEO_REQUEST(0x10c)
#define IOCTL_VIDEO_QUERY_CURSOR_POSITION              VIDEO_REQUEST(0x10d)
#define IOCTL_VIDEO_ENABLE_POINTER                     VIDEO_REQUEST(0x10e)
#define IOCTL_VIDEO_DISABLE_POINTER                    VIDEO_REQUEST(0x10f)
#define IOCTL_VIDEO_SET_POINTER_ATTR                   VIDEO_REQUEST(0x110)
#define IOCTL_VIDEO_QUERY_POINTER_ATTR                 VIDEO_REQUEST(0x111)
#define IOCTL_VIDEO_SET_POINTER_POSITION               VIDEO_REQUEST(0x112)
#define IOCTL_VIDEO_QUERY_POINTER_POSITION             VIDEO_REQUEST(0x113)
#define IOCTL_VIDEO_QUERY_POINTER_CAPABILITIES         VIDEO_REQUEST(0x114)
#define IOCTL_VIDEO_GET_BANK_SELECT_CODE               VIDEO_REQUEST(0x115)
#define IOCTL_VIDEO_MAP_VIDEO_MEMORY                   VIDEO_REQUEST(0x116)
#define IOCTL_VIDEO_UNMAP_VIDEO_MEMORY                 VIDEO_REQUEST(0x117)
#define IOCTL_VIDEO_QUERY_PUBLIC_ACCESS_RANGES         VIDEO_REQUEST(0x118)
#define IOCTL_VIDEO_FREE_PUBLIC_ACCESS_RANGES          VIDEO_REQUEST(0x119)
#define IOCTL_VIDEO_QUERY_COLOR_CAPABILITIES           VIDEO_REQUEST(0x11a)
#define IOCTL_VIDEO_SET_POWER_MANAGEMENT               VIDEO_REQUEST(0x11b)
#define IOCTL_VIDEO_GET_POWER_MANAGEMENT               VIDEO_REQUEST(0x11c)
#define IOCTL_VIDEO_SHARE_VIDEO_MEMORY                 VIDEO_REQUEST(0x11d)
#define IOCTL_VIDEO_UNSHARE_VIDEO_MEMORY               VIDEO_REQUEST(0x11e)
#define IOCTL_VIDEO_GET_CHILD_STATE                    VIDEO_REQUEST(0x120)
#define IOCTL_VIDEO_VALIDATE_CHILD_STATE_CONFIGURATION VIDEO_REQUEST(0x121)
#define IOCTL_VIDEO_SET_CHILD_STATE_CONFIGURATION      VIDEO_REQUEST(0x122)
#define IOCTL_VIDEO_SWITCH_DUALVIEW                    VIDEO_REQUEST(0x123)
#define IOCTL_VIDEO_SET_BANK_POSITION                  VIDEO_REQUEST(0x124)
#define IOCTL_VIDEO_QUERY_SUPPORTED_BRIGHTNESS         VIDEO_REQUEST(0x125)
#define IOCTL_VIDEO_QUERY_DISPLAY_BRIGHTNESS           VIDEO_REQUEST(0x126)
#define IOCTL_VIDEO_SET_DISPLAY_BRIGHTNESS             VIDEO_REQUEST(0x127)

/* ---- modes ------------------------------------------------------------------------------------ */

/* QUERY_NUM_AVAIL_MODES */
typedef struct _VIDEO_NUM_MODES {
	ULONG NumModes;
	ULONG ModeInformationLength; /* bytes of one VIDEO_MODE_INFORMATION */
} VIDEO_NUM_MODES, *PVIDEO_NUM_MODES;

/* AttributeFlags */
#define VIDEO_MODE_COLOR            0x0001
#define VIDEO_MODE_GRAPHICS         0x0002
#define VIDEO_MODE_PALETTE_DRIVEN   0x0004
#define VIDEO_MODE_MANAGED_PALETTE  0x0008
#define VIDEO_MODE_INTERLACED       0x0010
#define VIDEO_MODE_NO_OFF_SCREEN    0x0020
#define VIDEO_MODE_NO_64_BIT_ACCESS 0x0040
#define VIDEO_MODE_BANKED           0x0080
#define VIDEO_MODE_LINEAR           0x0100

/* QUERY_AVAIL_MODES (an array), QUERY_CURRENT_MODE */
typedef struct _VIDEO_MODE_INFORMATION {
	ULONG Length;
	ULONG ModeIndex;
	ULONG VisScreenWidth; /* pixels */
	ULONG VisScreenHeight;
	ULONG ScreenStride; /* bytes from one line to the next */
	ULONG NumberOfPlanes;
	ULONG BitsPerPlane;
	ULONG Frequency; /* Hz */
	ULONG XMillimeter;
	ULONG YMillimeter;
	ULONG NumberRedBits;
	ULONG NumberGreenBits;
	ULONG NumberBlueBits;
	ULONG RedMask;
	ULONG GreenMask;
	ULONG BlueMask;
	ULONG AttributeFlags;
	ULONG VideoMemoryBitmapWidth;
	ULONG VideoMemoryBitmapHeight;
	ULONG DriverSpecificAttributeFlags;
} VIDEO_MODE_INFORMATION, *PVIDEO_MODE_INFORMATION;

/* or-ed to RequestedMode */
#define VIDEO_MODE_MAP_MEM_LINEAR 0x40000000
#define VIDEO_MODE_NO_ZERO_MEMORY 0x80000000

/* SET_CURRENT_MODE */
typedef struct _VIDEO_MODE {
	ULONG RequestedMode; /* a ModeIndex */
} VIDEO_MODE, *PVIDEO_MODE;

/* ---- video memory ----------------------------------------------------------------------------- */

/* MAP_VIDEO_MEMORY, UNMAP_VIDEO_MEMORY, in */
typedef struct _VIDEO_MEMORY {
	PVOID RequestedVirtualAddress;
} VIDEO_MEMORY, *PVIDEO_MEMORY;

/* MAP_VIDEO_MEMORY, out */
typedef struct _VIDEO_MEMORY_INFORMATION {
	PVOID VideoRamBase;
	ULONG VideoRamLength;
	PVOID FrameBufferBase; /* the visible part */
	ULONG FrameBufferLength;
} VIDEO_MEMORY_INFORMATION, *PVIDEO_MEMORY_INFORMATION;

/* SHARE_VIDEO_MEMORY, UNSHARE_VIDEO_MEMORY, in */
typedef struct _VIDEO_SHARE_MEMORY {
	HANDLE ProcessHandle;
	ULONG ViewOffset;
	ULONG ViewSize;
	PVOID RequestedVirtualAddress;
} VIDEO_SHARE_MEMORY, *PVIDEO_SHARE_MEMORY;

/* SHARE_VIDEO_MEMORY, out */
typedef struct _VIDEO_SHARE_MEMORY_INFORMATION {
	ULONG SharedViewOffset;
	ULONG SharedViewSize;
	PVOID VirtualAddress;
} VIDEO_SHARE_MEMORY_INFORMATION, *PVIDEO_SHARE_MEMORY_INFORMATION;

/* QUERY_PUBLIC_ACCESS_RANGES, FREE_PUBLIC_ACCESS_RANGES (arrays) */
typedef struct _VIDEO_PUBLIC_ACCESS_RANGES {
	ULONG InIoSpace;
	ULONG MappedInIoSpace;
	PVOID VirtualAddress;
} VIDEO_PUBLIC_ACCESS_RANGES, *PVIDEO_PUBLIC_ACCESS_RANGES;

typedef enum _VIDEO_BANK_TYPE {
	VideoNotBanked = 0,
	VideoBanked1RW,
	VideoBanked1R1W,
	VideoBanked2RW,
	NumVideoBankTypes,
} VIDEO_BANK_TYPE,
	*PVIDEO_BANK_TYPE;

#define PLANAR_HC 0x00000001 /* BankingFlags */

/* GET_BANK_SELECT_CODE */
typedef struct _VIDEO_BANK_SELECT {
	ULONG Length;
	ULONG Size;
	ULONG BankingFlags;
	ULONG BankingType;
	ULONG PlanarHCBankingType;
	ULONG BitmapWidthInBytes;
	ULONG BitmapSize;
	ULONG Granularity;
	ULONG PlanarHCGranularity;
	ULONG CodeOffset;
	ULONG PlanarHCBankCodeOffset;
	ULONG PlanarHCEnableCodeOffset;
	ULONG PlanarHCDisableCodeOffset;
} VIDEO_BANK_SELECT, *PVIDEO_BANK_SELECT;

/* ---- colours, cursor, pointer ------------------------------------------------------------------ */

typedef struct _VIDEO_CLUTDATA {
	UCHAR Red;
	UCHAR Green;
	UCHAR Blue;
	UCHAR Unused;
} VIDEO_CLUTDATA, *PVIDEO_CLUTDATA;

/* SET_COLOR_REGISTERS */
typedef struct _VIDEO_CLUT {
	USHORT NumEntries;
	USHORT FirstEntry;
	union {
		VIDEO_CLUTDATA RgbArray;
		ULONG RgbLong;
	} LookupTable[1];
} VIDEO_CLUT, *PVIDEO_CLUT;

/* SET_PALETTE_REGISTERS */
typedef struct _VIDEO_PALETTE_DATA {
	USHORT NumEntries;
	USHORT FirstEntry;
	USHORT Colors[1];
} VIDEO_PALETTE_DATA, *PVIDEO_PALETTE_DATA;

#define VIDEO_DEVICE_COLOR          0x00000001 /* AttributeFlags */
#define VIDEO_OPTIONAL_GAMMET_TABLE 0x00000002

/* QUERY_COLOR_CAPABILITIES */
typedef struct _VIDEO_COLOR_CAPABILITIES {
	ULONG Length;
	ULONG AttributeFlags;
	LONG RedPhosphoreDecay;
	LONG GreenPhosphoreDecay;
	LONG BluePhosphoreDecay;
	LONG WhiteChromaticity_x;
	LONG WhiteChromaticity_y;
	LONG WhiteChromaticity_Y;
	LONG RedChromaticity_x;
	LONG RedChromaticity_y;
	LONG GreenChromaticity_x;
	LONG GreenChromaticity_y;
	LONG BlueChromaticity_x;
	LONG BlueChromaticity_y;
	LONG WhiteGamma;
	LONG RedGamma;
	LONG GreenGamma;
	LONG BlueGamma;
} VIDEO_COLOR_CAPABILITIES, *PVIDEO_COLOR_CAPABILITIES;

typedef struct _VIDEO_CURSOR_POSITION {
	SHORT Column;
	SHORT Row;
} VIDEO_CURSOR_POSITION, *PVIDEO_CURSOR_POSITION, VIDEO_POINTER_POSITION, *PVIDEO_POINTER_POSITION;

typedef struct _VIDEO_CURSOR_ATTRIBUTES {
	USHORT Width;
	USHORT Height;
	SHORT Column;
	SHORT Row;
	UCHAR Rate;
	UCHAR Enable;
} VIDEO_CURSOR_ATTRIBUTES, *PVIDEO_CURSOR_ATTRIBUTES;

typedef struct _VIDEO_POINTER_ATTRIBUTES {
	ULONG Flags;
	ULONG Width;
	ULONG Height;
	ULONG WidthInBytes;
	ULONG Enable;
	SHORT Column;
	SHORT Row;
	UCHAR Pixels[1];
} VIDEO_POINTER_ATTRIBUTES, *PVIDEO_POINTER_ATTRIBUTES;

#define VIDEO_MODE_ASYNC_POINTER  0x01 /* Flags */
#define VIDEO_MODE_MONO_POINTER   0x02
#define VIDEO_MODE_COLOR_POINTER  0x04
#define VIDEO_MODE_ANIMATE_START  0x08
#define VIDEO_MODE_ANIMATE_UPDATE 0x10

/* QUERY_POINTER_CAPABILITIES */
typedef struct _VIDEO_POINTER_CAPABILITIES {
	ULONG Flags;
	ULONG MaxWidth;
	ULONG MaxHeight;
	ULONG HWPtrBitmapStart;
	ULONG HWPtrBitmapEnd;
} VIDEO_POINTER_CAPABILITIES, *PVIDEO_POINTER_CAPABILITIES;

/* LOAD_AND_SET_FONT */
typedef struct _VIDEO_LOAD_FONT_INFORMATION {
	USHORT WidthInPixels;
	USHORT HeightInPixels;
	ULONG FontSize; /* bytes of Font */
	UCHAR Font[1];
} VIDEO_LOAD_FONT_INFORMATION, *PVIDEO_LOAD_FONT_INFORMATION;

/* ---- the state of a VGA -------------------------------------------------------------------------- */

#define VIDEO_STATE_NON_STANDARD_VGA     0x00000001 /* VGAStateFlags */
#define VIDEO_STATE_UNEMULATED_VGA_STATE 0x00000002
#define VIDEO_STATE_PACKED_CHAIN4_MODE   0x00000004

/* What lies at the offsets, counted from the header, are the registers and planes of each unit. */
typedef struct _VIDEO_HARDWARE_STATE_HEADER {
	ULONG Length;
	UCHAR PortValue[0x30]; /* of 0x3B0 to 0x3DF */
	ULONG AttribIndexDataState;
	ULONG BasicSequencerOffset;
	ULONG BasicCrtContOffset;
	ULONG BasicGraphContOffset;
	ULONG BasicAttribContOffset;
	ULONG BasicDacOffset;
	ULONG BasicLatchesOffset;
	ULONG ExtendedSequencerOffset;
	ULONG ExtendedCrtContOffset;
	ULONG ExtendedGraphContOffset;
	ULONG ExtendedAttribContOffset;
	ULONG ExtendedDacOffset;
	ULONG ExtendedValidatorStateOffset;
	ULONG ExtendedMiscDataOffset;
	ULONG PlaneLength;
	ULONG Plane1Offset;
	ULONG Plane2Offset;
	ULONG Plane3Offset;
	ULONG Plane4Offset;
	ULONG VGAStateFlags;
	ULONG DIBOffset;
	ULONG DIBBitsPerPixel;
	ULONG DIBXResolution;
	ULONG DIBYResolution;
	ULONG DIBXlatOffset;
	ULONG DIBXlatLength;
	ULONG VesaInfoOffset;
	PVOID FrameBufferData;
} VIDEO_HARDWARE_STATE_HEADER, *PVIDEO_HARDWARE_STATE_HEADER;

/* SAVE_HARDWARE_STATE (out), RESTORE_HARDWARE_STATE (in) */
typedef struct _VIDEO_HARDWARE_STATE {
	PVIDEO_HARDWARE_STATE_HEADER StateHeader;
	ULONG StateLength;
} VIDEO_HARDWARE_STATE, *PVIDEO_HARDWARE_STATE;

/* ---- power, children --------------------------------------------------------------------------- */

typedef enum _VIDEO_POWER_STATE {
	VideoPowerUnspecified = 0,
	VideoPowerOn,
	VideoPowerStandBy,
	VideoPowerSuspend,
	VideoPowerOff,
	VideoPowerHibernate,
	VideoPowerShutdown,
	VideoPowerMaximum,
} VIDEO_POWER_STATE,
	*PVIDEO_POWER_STATE;

/* HwVidSetPowerState, HwVidGetPowerState; GET_, SET_POWER_MANAGEMENT */
typedef struct _VIDEO_POWER_MANAGEMENT {
	ULONG Length; /* sizeof(VIDEO_POWER_MANAGEMENT) */
	ULONG DPMSVersion;
	ULONG PowerState; /* VIDEO_POWER_STATE */
} VIDEO_POWER_MANAGEMENT, *PVIDEO_POWER_MANAGEMENT;

#define VIDEO_CHILD_ACTIVE             0x00000001 /* State */
#define VIDEO_CHILD_DETACHED           0x00000002
#define VIDEO_CHILD_NOPRUNE_FREQ       0x80000000
#define VIDEO_CHILD_NOPRUNE_RESOLUTION 0x40000000
#define VIDEO_DUALVIEW_REMOVABLE       0x00000001
#define VIDEO_DUALVIEW_PRIMARY         0x80000000
#define VIDEO_DUALVIEW_SECONDARY       0x40000000

/* VALIDATE_CHILD_STATE_CONFIGURATION, SET_CHILD_STATE_CONFIGURATION */
typedef struct _VIDEO_CHILD_STATE {
	ULONG Id;
	ULONG State;
} VIDEO_CHILD_STATE, *PVIDEO_CHILD_STATE;

typedef struct _VIDEO_CHILD_STATE_CONFIGURATION {
	ULONG Count;
	VIDEO_CHILD_STATE ChildStateArray[ANYSIZE_ARRAY];
} VIDEO_CHILD_STATE_CONFIGURATION, *PVIDEO_CHILD_STATE_CONFIGURATION;

#define DISPLAYPOLICY_AC   0x00000001 /* ucDisplayPolicy */
#define DISPLAYPOLICY_DC   0x00000002
#define DISPLAYPOLICY_BOTH 0x00000003

/* QUERY_, SET_DISPLAY_BRIGHTNESS */
typedef struct _DISPLAY_BRIGHTNESS {
	UCHAR ucDisplayPolicy;
	UCHAR ucACBrightness;
	UCHAR ucDCBrightness;
} DISPLAY_BRIGHTNESS, *PDISPLAY_BRIGHTNESS;

#endif
