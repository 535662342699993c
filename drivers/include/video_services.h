/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * video_services.h: the part of video.h about services: VideoPortQueryServices and its interfaces, I2C
 * and DDC, BIOS, version, other devices. Drivers include video.h.
 */
#ifndef VIDEO_SERVICES_H
#define VIDEO_SERVICES_H

#include "video.h"

/* ---- I2C over the driver's own lines ------------------------------------------------------------- */

typedef VOID(NTAPI *PVIDEO_WRITE_CLOCK_LINE)(PVOID HwDeviceExtension, UCHAR Data);
typedef VOID(NTAPI *PVIDEO_WRITE_DATA_LINE)(PVOID HwDeviceExtension, UCHAR Data);
typedef BOOLEAN(NTAPI *PVIDEO_READ_CLOCK_LINE)(PVOID HwDeviceExtension);
typedef BOOLEAN(NTAPI *PVIDEO_READ_DATA_LINE)(PVOID HwDeviceExtension);
typedef VOID(NTAPI *PVIDEO_WAIT_VSYNC_ACTIVE)(PVOID HwDeviceExtension);

typedef struct _I2C_CALLBACKS {
	PVIDEO_WRITE_CLOCK_LINE WriteClockLine;
	PVIDEO_WRITE_DATA_LINE WriteDataLine;
	PVIDEO_READ_CLOCK_LINE ReadClockLine;
	PVIDEO_READ_DATA_LINE ReadDataLine;
} I2C_CALLBACKS, *PI2C_CALLBACKS;

typedef struct _VIDEO_I2C_CONTROL {
	PVIDEO_WRITE_CLOCK_LINE WriteClockLine;
	PVIDEO_WRITE_DATA_LINE WriteDataLine;
	PVIDEO_READ_CLOCK_LINE ReadClockLine;
	PVIDEO_READ_DATA_LINE ReadDataLine;
	ULONG I2CDelay; /* units of 100 ns */
} VIDEO_I2C_CONTROL, *PVIDEO_I2C_CONTROL;

typedef struct _I2C_FNC_TABLE {
	ULONG Size;
	PVIDEO_WRITE_CLOCK_LINE WriteClockLine;
	PVIDEO_WRITE_DATA_LINE WriteDataLine;
	PVIDEO_READ_CLOCK_LINE ReadClockLine;
	PVIDEO_READ_DATA_LINE ReadDataLine;
	PVIDEO_WAIT_VSYNC_ACTIVE WaitVsync;
	PVOID Reserved;
} I2C_FNC_TABLE, *PI2C_FNC_TABLE;

typedef struct _DDC_CONTROL {
	ULONG Size;
	I2C_CALLBACKS I2CCallbacks;
	UCHAR EdidSegment;
} DDC_CONTROL, *PDDC_CONTROL;

typedef BOOLEAN(NTAPI *PI2C_START)(PVOID HwDeviceExtension, PI2C_CALLBACKS I2CCallbacks);
typedef BOOLEAN(NTAPI *PI2C_STOP)(PVOID HwDeviceExtension, PI2C_CALLBACKS I2CCallbacks);
typedef BOOLEAN(NTAPI *PI2C_WRITE)(
	PVOID HwDeviceExtension, PI2C_CALLBACKS I2CCallbacks, PUCHAR Buffer, ULONG Length);
typedef BOOLEAN(NTAPI *PI2C_READ)(
	PVOID HwDeviceExtension, PI2C_CALLBACKS I2CCallbacks, PUCHAR Buffer, ULONG Length);
typedef BOOLEAN(NTAPI *PI2C_START_2)(PVOID HwDeviceExtension, PVIDEO_I2C_CONTROL I2CControl);
typedef BOOLEAN(NTAPI *PI2C_STOP_2)(PVOID HwDeviceExtension, PVIDEO_I2C_CONTROL I2CControl);
typedef BOOLEAN(NTAPI *PI2C_WRITE_2)(
	PVOID HwDeviceExtension, PVIDEO_I2C_CONTROL I2CControl, PUCHAR Buffer, ULONG Length);
typedef BOOLEAN(NTAPI *PI2C_READ_2)(PVOID HwDeviceExtension, PVIDEO_I2C_CONTROL I2CControl,
	PUCHAR Buffer, ULONG Length, BOOLEAN EndOfRead);

/* ---- interfaces --------------------------------------------------------------------------------- */

typedef enum _VIDEO_PORT_SERVICES {
	VideoPortServicesAGP = 1,
	VideoPortServicesI2C,
	VideoPortServicesHeadless,
	VideoPortServicesInt10,
	VideoPortServicesDebugReport,
	VideoPortServicesWCMemoryProtection,
} VIDEO_PORT_SERVICES;

#define VIDEO_PORT_AGP_INTERFACE_VERSION_1                1
#define VIDEO_PORT_AGP_INTERFACE_VERSION_2                2
#define VIDEO_PORT_I2C_INTERFACE_VERSION_1                1
#define VIDEO_PORT_I2C_INTERFACE_VERSION_2                2
#define VIDEO_PORT_INT10_INTERFACE_VERSION_1              1
#define VIDEO_PORT_WCMEMORYPROTECTION_INTERFACE_VERSION_1 1
#define VIDEO_PORT_DEBUG_REPORT_INTERFACE_VERSION_1       1

/* Every interface starts with the members of INTERFACE. */
#define VIDEO_INTERFACE_HEAD                                                                       \
	USHORT Size;                                                                               \
	USHORT Version;                                                                            \
	PVOID Context;                                                                             \
	PINTERFACE_REFERENCE InterfaceReference;                                                   \
	PINTERFACE_DEREFERENCE InterfaceDereference

typedef struct _VIDEO_PORT_AGP_INTERFACE {
	VIDEO_INTERFACE_HEAD;
	PAGP_RESERVE_PHYSICAL AgpReservePhysical;
	PAGP_RELEASE_PHYSICAL AgpReleasePhysical;
	PAGP_COMMIT_PHYSICAL AgpCommitPhysical;
	PAGP_FREE_PHYSICAL AgpFreePhysical;
	PAGP_RESERVE_VIRTUAL AgpReserveVirtual;
	PAGP_RELEASE_VIRTUAL AgpReleaseVirtual;
	PAGP_COMMIT_VIRTUAL AgpCommitVirtual;
	PAGP_FREE_VIRTUAL AgpFreeVirtual;
	ULONGLONG AgpAllocationLimit;
} VIDEO_PORT_AGP_INTERFACE, *PVIDEO_PORT_AGP_INTERFACE;

typedef struct _VIDEO_PORT_AGP_INTERFACE_2 {
	VIDEO_INTERFACE_HEAD;
	PAGP_RESERVE_PHYSICAL AgpReservePhysical;
	PAGP_RELEASE_PHYSICAL AgpReleasePhysical;
	PAGP_COMMIT_PHYSICAL AgpCommitPhysical;
	PAGP_FREE_PHYSICAL AgpFreePhysical;
	PAGP_RESERVE_VIRTUAL AgpReserveVirtual;
	PAGP_RELEASE_VIRTUAL AgpReleaseVirtual;
	PAGP_COMMIT_VIRTUAL AgpCommitVirtual;
	PAGP_FREE_VIRTUAL AgpFreeVirtual;
	ULONGLONG AgpAllocationLimit;
	PAGP_SET_RATE AgpSetRate;
} VIDEO_PORT_AGP_INTERFACE_2, *PVIDEO_PORT_AGP_INTERFACE_2;

typedef struct _VIDEO_PORT_I2C_INTERFACE {
	VIDEO_INTERFACE_HEAD;
	PI2C_START I2CStart;
	PI2C_STOP I2CStop;
	PI2C_WRITE I2CWrite;
	PI2C_READ I2CRead;
} VIDEO_PORT_I2C_INTERFACE, *PVIDEO_PORT_I2C_INTERFACE;

typedef struct _VIDEO_PORT_I2C_INTERFACE_2 {
	VIDEO_INTERFACE_HEAD;
	PI2C_START_2 I2CStart;
	PI2C_STOP_2 I2CStop;
	PI2C_WRITE_2 I2CWrite;
	PI2C_READ_2 I2CRead;
} VIDEO_PORT_I2C_INTERFACE_2, *PVIDEO_PORT_I2C_INTERFACE_2;

typedef struct _INT10_BIOS_ARGUMENTS {
	ULONG Eax;
	ULONG Ebx;
	ULONG Ecx;
	ULONG Edx;
	ULONG Esi;
	ULONG Edi;
	ULONG Ebp;
	USHORT SegDs;
	USHORT SegEs;
} INT10_BIOS_ARGUMENTS, *PINT10_BIOS_ARGUMENTS;

typedef VP_STATUS(NTAPI *PINT10_CALL_BIOS)(PVOID Context, PINT10_BIOS_ARGUMENTS BiosArguments);
typedef VP_STATUS(NTAPI *PINT10_ALLOCATE_BUFFER)(
	PVOID Context, PUSHORT Seg, PUSHORT Off, PULONG Length);
typedef VP_STATUS(NTAPI *PINT10_FREE_BUFFER)(PVOID Context, USHORT Seg, USHORT Off);
typedef VP_STATUS(NTAPI *PINT10_READ_MEMORY)(
	PVOID Context, USHORT Seg, USHORT Off, PVOID Buffer, ULONG Length);
typedef VP_STATUS(NTAPI *PINT10_WRITE_MEMORY)(
	PVOID Context, USHORT Seg, USHORT Off, PVOID Buffer, ULONG Length);

typedef struct _VIDEO_PORT_INT10_INTERFACE {
	VIDEO_INTERFACE_HEAD;
	PINT10_ALLOCATE_BUFFER Int10AllocateBuffer;
	PINT10_FREE_BUFFER Int10FreeBuffer;
	PINT10_READ_MEMORY Int10ReadMemory;
	PINT10_WRITE_MEMORY Int10WriteMemory;
	PINT10_CALL_BIOS Int10CallBios;
} VIDEO_PORT_INT10_INTERFACE, *PVIDEO_PORT_INT10_INTERFACE;

typedef VP_STATUS(NTAPI *PROTECT_WC_MEMORY)(PVOID Context, PVOID HwDeviceExtension);
typedef VP_STATUS(NTAPI *RESTORE_WC_MEMORY)(PVOID Context, PVOID HwDeviceExtension);

typedef struct _VIDEO_PORT_WCMEMORYPROTECTION_INTERFACE {
	VIDEO_INTERFACE_HEAD;
	PROTECT_WC_MEMORY VideoPortProtectWCMemory;
	RESTORE_WC_MEMORY VideoPortRestoreWCMemory;
} VIDEO_PORT_WCMEMORYPROTECTION_INTERFACE, *PVIDEO_PORT_WCMEMORYPROTECTION_INTERFACE;

typedef struct _VIDEO_DEBUG_REPORT *PVIDEO_DEBUG_REPORT;

#define VIDEO_DEBUG_REPORT_MAX_SIZE 0x8000

typedef struct _VIDEO_PORT_DEBUG_REPORT_INTERFACE {
	VIDEO_INTERFACE_HEAD;
	PVIDEO_DEBUG_REPORT(*DbgReportCreate)
	(PVOID HwDeviceExtension, ULONG ulCode, ULONG_PTR ulpArg1, ULONG_PTR ulpArg2,
		ULONG_PTR ulpArg3, ULONG_PTR ulpArg4);
	BOOLEAN(*DbgReportSecondaryData)
	(PVIDEO_DEBUG_REPORT pReport, PVOID pvData, ULONG ulDataSize);
	VOID (*DbgReportComplete)(PVIDEO_DEBUG_REPORT pReport);
} VIDEO_PORT_DEBUG_REPORT_INTERFACE, *PVIDEO_PORT_DEBUG_REPORT_INTERFACE;

/*
 * PASSIVE. The caller sets Size and Version. I2C and DebugReport are offered; Return:
 * ERROR_INVALID_PARAMETER for a size or version nobody knows, ERROR_DEV_NOT_EXIST for AGP,
 * ERROR_NOT_SUPPORTED for what a process cannot offer (Headless, Int10, WCMemoryProtection).
 */
VP_STATUS NTAPI VideoPortQueryServices(
	PVOID HwDeviceExtension, VIDEO_PORT_SERVICES ServicesType, PINTERFACE Interface);

/*
 * A report is one message of the driver's log with its code and arguments. One at a time; secondary
 * data is counted. Return: NULL while another report is open.
 */
PVIDEO_DEBUG_REPORT NTAPI VideoPortDbgReportCreate(PVOID HwDeviceExtension, ULONG ulCode,
	ULONG_PTR ulpArg1, ULONG_PTR ulpArg2, ULONG_PTR ulpArg3, ULONG_PTR ulpArg4);
BOOLEAN NTAPI VideoPortDbgReportSecondaryData(
	PVIDEO_DEBUG_REPORT pReport, PVOID pvData, ULONG ulDataSize);
VOID NTAPI VideoPortDbgReportComplete(PVIDEO_DEBUG_REPORT pReport);

/* Reads the monitor's EDID through the driver's lines. DDCControl: a DDC_CONTROL or I2C_FNC_TABLE. */
BOOLEAN NTAPI VideoPortDDCMonitorHelper(
	PVOID HwDeviceExtension, PVOID DDCControl, PUCHAR EdidBuffer, ULONG EdidBufferSize);

/* ---- BIOS, ROM, VGA ------------------------------------------------------------------------------- */

typedef struct _VIDEO_X86_BIOS_ARGUMENTS {
	ULONG Eax;
	ULONG Ebx;
	ULONG Ecx;
	ULONG Edx;
	ULONG Esi;
	ULONG Edi;
	ULONG Ebp;
} VIDEO_X86_BIOS_ARGUMENTS, *PVIDEO_X86_BIOS_ARGUMENTS;

#define DEVICE_VGA_ENABLED 1 /* *VgaStatus */

/* Return: ERROR_NOT_SUPPORTED, no BIOS can be run in a process; the arguments stay as they are. */
VP_STATUS NTAPI VideoPortInt10(PVOID HwDeviceExtension, PVIDEO_X86_BIOS_ARGUMENTS BiosArguments);

/* Return: NULL, the device has no expansion ROM. */
PVOID NTAPI VideoPortGetRomImage(
	PVOID HwDeviceExtension, PVOID Unused1, ULONG Unused2, ULONG Length);

/* Return: whether String stands in [RomBase, RomBase + RomLength). */
BOOLEAN NTAPI VideoPortScanRom(
	PVOID HwDeviceExtension, PUCHAR RomBase, ULONG RomLength, PUCHAR String);

/* *VgaStatus: DEVICE_VGA_ENABLED where the adapter's class is VGA compatible, else 0. */
VP_STATUS NTAPI VideoPortGetVgaStatus(PVOID HwDeviceExtension, PULONG VgaStatus);

/* Routine of an EMULATOR_ACCESS_ENTRY, by its AccessType, with StringSupport and without. */
typedef VP_STATUS(NTAPI *PDRIVER_IO_PORT_UCHAR)(
	ULONG_PTR Context, ULONG Port, UCHAR AccessMode, PUCHAR Data);
typedef VP_STATUS(NTAPI *PDRIVER_IO_PORT_UCHAR_STRING)(
	ULONG_PTR Context, ULONG Port, UCHAR AccessMode, PUCHAR Data, ULONG DataLength);
typedef VP_STATUS(NTAPI *PDRIVER_IO_PORT_USHORT)(
	ULONG_PTR Context, ULONG Port, UCHAR AccessMode, PUSHORT Data);
typedef VP_STATUS(NTAPI *PDRIVER_IO_PORT_USHORT_STRING)(
	ULONG_PTR Context, ULONG Port, UCHAR AccessMode, PUSHORT Data, ULONG DataLength);
typedef VP_STATUS(NTAPI *PDRIVER_IO_PORT_ULONG)(
	ULONG_PTR Context, ULONG Port, UCHAR AccessMode, PULONG Data);
typedef VP_STATUS(NTAPI *PDRIVER_IO_PORT_ULONG_STRING)(
	ULONG_PTR Context, ULONG Port, UCHAR AccessMode, PULONG Data, ULONG DataLength);

/* Full-screen DOS programs do not exist here: the ranges are checked, and nothing traps. */
VP_STATUS NTAPI VideoPortSetTrappedEmulatorPorts(
	PVOID HwDeviceExtension, ULONG NumAccessRanges, PVIDEO_ACCESS_RANGE AccessRange);

/* Return: TRUE: do not use VESA, there is no BIOS. */
BOOLEAN NTAPI VideoPortIsNoVesa(VOID);

/* ---- host, other devices, bug checks ----------------------------------------------------------------- */

typedef struct _VPOSVERSIONINFO {
	ULONG Size; /* in: sizeof(VPOSVERSIONINFO) */
	ULONG MajorVersion;
	ULONG MinorVersion;
	ULONG BuildNumber;
	USHORT ServicePackMajor;
	USHORT ServicePackMinor;
} VPOSVERSIONINFO, *PVPOSVERSIONINFO;

/* The port plays Windows XP with service pack 3: 5.1.2600. */
VP_STATUS NTAPI VideoPortGetVersion(PVOID HwDeviceExtension, PVPOSVERSIONINFO pVpOsVersionInfo);

/* ConfigurationData of VpControllerData: what firmware tells of a display controller. */
typedef struct _VIDEO_HARDWARE_CONFIGURATION_DATA {
	INTERFACE_TYPE InterfaceType;
	ULONG BusNumber;
	USHORT Version;
	USHORT Revision;
	USHORT Irql;
	USHORT Vector;
	ULONG ControlBase;
	ULONG ControlSize;
	ULONG CursorBase;
	ULONG CursorSize;
	ULONG FrameBase;
	ULONG FrameSize;
} VIDEO_HARDWARE_CONFIGURATION_DATA, *PVIDEO_HARDWARE_CONFIGURATION_DATA;

typedef enum _VIDEO_DEVICE_DATA_TYPE {
	VpMachineData = 0,
	VpCmosData,
	VpBusData,
	VpControllerData,
	VpMonitorData,
} VIDEO_DEVICE_DATA_TYPE,
	*PVIDEO_DEVICE_DATA_TYPE;

typedef VP_STATUS(NTAPI *PMINIPORT_QUERY_DEVICE_ROUTINE)(PVOID HwDeviceExtension, PVOID Context,
	VIDEO_DEVICE_DATA_TYPE DeviceDataType, PVOID Identifier, ULONG IdentifierLength,
	PVOID ConfigurationData, ULONG ConfigurationDataLength, PVOID ComponentInformation,
	ULONG ComponentInformationLength);

/* Return: ERROR_INVALID_PARAMETER: the firmware's device tree of that time holds no such data. */
VP_STATUS NTAPI VideoPortGetDeviceData(PVOID HwDeviceExtension,
	VIDEO_DEVICE_DATA_TYPE DeviceDataType, PMINIPORT_QUERY_DEVICE_ROUTINE CallbackRoutine,
	PVOID Context);

#define CDE_USE_SUBSYSTEM_IDS 0x00000001 /* Flags */
#define CDE_USE_REVISION      0x00000002

/* Return: whether such a device is on the bus: the adapter itself is the only one. */
BOOLEAN NTAPI VideoPortCheckForDeviceExistence(PVOID HwDeviceExtension, USHORT VendorId,
	USHORT DeviceId, UCHAR RevisionId, USHORT SubVendorId, USHORT SubSystemId, ULONG Flags);

/* DeviceObject: of a device that a HwVidQueryInterface was asked about. Return: NULL; 0. */
PVOID NTAPI VideoPortGetAssociatedDeviceExtension(PVOID DeviceObject);
ULONG NTAPI VideoPortGetAssociatedDeviceID(PVOID DeviceObject);

/* Asks for the children to be enumerated anew: HwVidGetVideoChildDescriptor runs before it returns. */
VP_STATUS NTAPI VideoPortEnumerateChildren(PVOID HwDeviceExtension, PVOID Reserved);

/* Return: ERROR_NOT_SUPPORTED, there is one display. */
VP_STATUS NTAPI VideoPortCreateSecondaryDisplay(
	PVOID HwDeviceExtension, PVOID *SecondaryDeviceExtension, ULONG ulFlag);

typedef VOID(NTAPI *PVIDEO_BUGCHECK_CALLBACK)(
	PVOID HwDeviceExtension, ULONG BugcheckCode, PUCHAR Buffer, ULONG BufferSize);

/*
 * One callback a driver; NULL takes it back. BugcheckDataSize: at most
 * VIDEO_DEBUG_REPORT_MAX_SIZE less BUGCHECK_DATA_SIZE_RESERVED. The port never stops the machine, so
 * the callback never runs.
 */
VP_STATUS NTAPI VideoPortRegisterBugcheckCallback(PVOID HwDeviceExtension, ULONG BugcheckCode,
	PVIDEO_BUGCHECK_CALLBACK Callback, ULONG BugcheckDataSize);

#endif
