/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * video.h: everything a miniport may call and everything it offers; video_services.h and
 * video_legacy.h are parts of it. Every function is there; what a process cannot offer says so by a
 * failure status. drivers/videoport/exports.h tells which.
 *
 *	DriverEntry -> VideoPortInitialize -> HwVidFindAdapter -> HwVidInitialize
 *	request     -> HwVidStartIO, one at a time, PASSIVE
 *	interrupt   -> HwVidInterrupt -> VideoPortQueueDpc -> DPC at DISPATCH
 *	transfer    -> LockBuffer -> StartDma -> HwVidExecuteDma ... CompleteDma -> UnlockBuffer
 *
 * Ownership: the port allocates and zeroes the device extension and frees it at unload; every Get,
 * Allocate, Create and Lock has its Put, Release, Free, Delete or Unlock. IRQL of each function:
 * see drivers/videoport/irql.h, which enforces the documented table.
 */
#ifndef VIDEO_H
#define VIDEO_H

#include "dderror.h"
#include "miniport.h"
#include "ntddvdeo.h"
#include "videoagp.h"

#ifdef __cplusplus
extern "C" {
#endif

/* In front of a declaration: imported from videoprt.sys. Resolved by name here. */
#define VPAPI

typedef LONG VP_STATUS, *PVP_STATUS;

typedef struct __VP_DMA_ADAPTER *PVP_DMA_ADAPTER;
typedef struct __DMA_PARAMETERS *PDMA;
typedef struct _VIDEO_PORT_SPIN_LOCK *PSPIN_LOCK;
typedef struct _VIDEO_PORT_EVENT *PEVENT;

/* ---- constants ------------------------------------------------------------------------------- */

/* VIDEO_ACCESS_RANGE.RangePassive */
#define VIDEO_RANGE_PASSIVE_DECODE 1
#define VIDEO_RANGE_10_BIT_DECODE  2

/* InIoSpace of VideoPortGetDeviceBase */
#define VIDEO_MEMORY_SPACE_MEMORY    0x00
#define VIDEO_MEMORY_SPACE_IO        0x01
#define VIDEO_MEMORY_SPACE_USER_MODE 0x02
#define VIDEO_MEMORY_SPACE_DENSE     0x04
#define VIDEO_MEMORY_SPACE_P6CACHE   0x08 /* write-combined */

/* EventFlag of VideoPortCreateEvent, or-ed */
#define EVENT_TYPE_MASK            1
#define SYNCHRONIZATION_EVENT      0 /* a successful wait clears it */
#define NOTIFICATION_EVENT         1 /* stays until cleared */
#define INITIAL_EVENT_STATE_MASK   2
#define INITIAL_EVENT_NOT_SIGNALED 0
#define INITIAL_EVENT_SIGNALED     2

#define VIDEO_ENUM_MORE_DEVICES    ERROR_CONTINUE
#define VIDEO_ENUM_NO_MORE_DEVICES ERROR_NO_MORE_DEVICES
#define VIDEO_ENUM_INVALID_DEVICE  ERROR_INVALID_NAME

#define DISPLAY_ADAPTER_HW_ID       0xFFFFFFFF
#define VIDEO_INVALID_CHILD_ID      0xFFFFFFFF
#define BUGCHECK_DATA_SIZE_RESERVED 48

/* Lengths by which VideoPortInitialize tells the generations of the structure apart. */
#define SIZE_OF_NT4_VIDEO_HW_INITIALIZATION_DATA                                                   \
	FIELD_OFFSET(VIDEO_HW_INITIALIZATION_DATA, HwStartDma)
#define SIZE_OF_W2K_VIDEO_HW_INITIALIZATION_DATA                                                   \
	FIELD_OFFSET(VIDEO_HW_INITIALIZATION_DATA, Reserved)
#define SIZE_OF_WXP_VIDEO_HW_INITIALIZATION_DATA                                                   \
	(SIZE_OF_W2K_VIDEO_HW_INITIALIZATION_DATA + (LONG)sizeof(ULONG))
#define SIZE_OF_NT4_VIDEO_PORT_CONFIG_INFO FIELD_OFFSET(VIDEO_PORT_CONFIG_INFO, Master)
#define SIZE_OF_WXP_VIDEO_PORT_CONFIG_INFO sizeof(VIDEO_PORT_CONFIG_INFO)

typedef enum VIDEO_DEBUG_LEVEL {
	Error = 0,
	Warn,
	Trace,
	Info,
} VIDEO_DEBUG_LEVEL,
	*PVIDEO_DEBUG_LEVEL;

typedef enum VIDEO_SYNCHRONIZE_PRIORITY {
	VpLowPriority = 0,
	VpMediumPriority,
	VpHighPriority,
} VIDEO_SYNCHRONIZE_PRIORITY,
	*PVIDEO_SYNCHRONIZE_PRIORITY;

typedef enum _VP_POOL_TYPE {
	VpNonPagedPool = 0,
	VpPagedPool,
	VpNonPagedPoolCacheAligned = 4,
	VpPagedPoolCacheAligned,
} VP_POOL_TYPE,
	*PVP_POOL_TYPE;

typedef enum _VP_LOCK_OPERATION {
	VpReadAccess = 0, /* the device reads: transfers to the device */
	VpWriteAccess,
	VpModifyAccess,
} VP_LOCK_OPERATION;

/* ---- words of drivers that are built checked or free ------------------------------------------ */

#if defined(DBG) && DBG
#define VideoDebugPrint(arguments) VideoPortDebugPrint arguments
#define ASSERT(condition)                                                                          \
	((condition) ? (void)0                                                                     \
		     : VideoPortDebugPrint(                                                        \
			       Error, "%s:%d: %s is false\n", __FILE__, __LINE__, #condition))
#define PAGED_CODE()                                                                               \
	(VideoPortGetCurrentIrql() <= 1                                                            \
			? (void)0                                                                  \
			: VideoPortDebugPrint(Error, "%s:%d: paged code at level %d\n", __FILE__,  \
				  __LINE__, VideoPortGetCurrentIrql()))
#else
#define VideoDebugPrint(arguments) ((void)0)
#define ASSERT(condition)          ((void)0)
#define PAGED_CODE()               ((void)0)
#endif

typedef enum _HW_DMA_RETURN {
	DmaAsyncReturn,
	DmaSyncReturn,
} HW_DMA_RETURN,
	*PHW_DMA_RETURN;

typedef enum _VIDEO_CHILD_TYPE {
	Monitor = 1,
	NonPrimaryChip,
	VideoChip,
	Other,
} VIDEO_CHILD_TYPE,
	*PVIDEO_CHILD_TYPE;

/* ---- structures ------------------------------------------------------------------------------ */

typedef struct _VIDEO_ACCESS_RANGE {
	PHYSICAL_ADDRESS RangeStart;
	ULONG RangeLength;
	UCHAR RangeInIoSpace;
	UCHAR RangeVisible;
	UCHAR RangeShareable;
	UCHAR RangePassive;
} VIDEO_ACCESS_RANGE, *PVIDEO_ACCESS_RANGE;

typedef struct _STATUS_BLOCK {
	__extension__ union {
		VP_STATUS Status;
		PVOID Pointer;
	};
	ULONG_PTR Information;
} STATUS_BLOCK, *PSTATUS_BLOCK;

/* InputBuffer and OutputBuffer are the same memory: consume the input before writing output. */
typedef struct _VIDEO_REQUEST_PACKET {
	ULONG IoControlCode;
	PSTATUS_BLOCK StatusBlock;
	PVOID InputBuffer;
	ULONG InputBufferLength;
	PVOID OutputBuffer;
	ULONG OutputBufferLength;
} VIDEO_REQUEST_PACKET, *PVIDEO_REQUEST_PACKET;

typedef struct _VP_DEVICE_DESCRIPTION {
	BOOLEAN ScatterGather; /* the device can do scatter/gather */
	BOOLEAN Dma32BitAddresses;
	BOOLEAN Dma64BitAddresses; /* wins over Dma32BitAddresses */
	ULONG MaximumLength;       /* most bytes of one DMA operation */
} VP_DEVICE_DESCRIPTION, *PVP_DEVICE_DESCRIPTION;

typedef struct _VP_SCATTER_GATHER_ELEMENT {
	PHYSICAL_ADDRESS Address; /* LOGICAL address */
	ULONG Length;             /* bytes */
	ULONG_PTR Reserved;
} VP_SCATTER_GATHER_ELEMENT, *PVP_SCATTER_GATHER_ELEMENT;

typedef struct _VP_SCATTER_GATHER_LIST {
	ULONG NumberOfElements;
	ULONG_PTR Reserved;
	VP_SCATTER_GATHER_ELEMENT Elements[];
} VP_SCATTER_GATHER_LIST, *PVP_SCATTER_GATHER_LIST;

/* ---- callbacks of the miniport --------------------------------------------------------------- */

typedef PVOID(NTAPI *PVIDEO_PORT_GET_PROC_ADDRESS)(PVOID HwDeviceExtension, PUCHAR FunctionName);

/* Members named Dma*, and Master to MaximumScatterGatherChunkSize, are reserved for system use. */
typedef struct _VIDEO_PORT_CONFIG_INFO {
	ULONG Length;
	ULONG SystemIoBusNumber;
	INTERFACE_TYPE AdapterInterfaceType;
	ULONG BusInterruptLevel; /* this and the vector 0: no interrupt is connected */
	ULONG BusInterruptVector;
	KINTERRUPT_MODE InterruptMode;
	ULONG NumEmulatorAccessEntries;
	PEMULATOR_ACCESS_ENTRY EmulatorAccessEntries;
	ULONG_PTR EmulatorAccessEntriesContext;
	PHYSICAL_ADDRESS VdmPhysicalVideoMemoryAddress;
	ULONG VdmPhysicalVideoMemoryLength;
	ULONG HardwareStateSize;
	ULONG DmaChannel;
	ULONG DmaPort;
	UCHAR DmaShareable;
	UCHAR InterruptShareable;
	BOOLEAN Master;
	DMA_WIDTH DmaWidth;
	DMA_SPEED DmaSpeed;
	BOOLEAN bMapBuffers;
	BOOLEAN NeedPhysicalAddresses;
	BOOLEAN DemandMode;
	ULONG MaximumTransferLength;
	ULONG NumberOfPhysicalBreaks;
	BOOLEAN ScatterGather;
	ULONG MaximumScatterGatherChunkSize;
	PVIDEO_PORT_GET_PROC_ADDRESS VideoPortGetProcAddress;
	PWSTR DriverRegistryPath;
	ULONGLONG SystemMemorySize; /* bytes */
} VIDEO_PORT_CONFIG_INFO, *PVIDEO_PORT_CONFIG_INFO;

typedef struct _VIDEO_CHILD_ENUM_INFO {
	ULONG Size;
	ULONG ChildDescriptorSize;
	ULONG ChildIndex;
	ULONG ACPIHwId;
	PVOID ChildHwDeviceExtension;
} VIDEO_CHILD_ENUM_INFO, *PVIDEO_CHILD_ENUM_INFO;

typedef struct _QUERY_INTERFACE {
	CONST GUID *InterfaceType;
	USHORT Size;
	USHORT Version;
	PINTERFACE Interface;
	PVOID InterfaceSpecificData;
} QUERY_INTERFACE, *PQUERY_INTERFACE;

typedef VP_STATUS(NTAPI *PVIDEO_HW_FIND_ADAPTER)(PVOID HwDeviceExtension, PVOID HwContext,
	PWSTR ArgumentString, PVIDEO_PORT_CONFIG_INFO ConfigInfo, PUCHAR Again);
typedef BOOLEAN(NTAPI *PVIDEO_HW_INITIALIZE)(PVOID HwDeviceExtension);
typedef BOOLEAN(NTAPI *PVIDEO_HW_INTERRUPT)(PVOID HwDeviceExtension);
typedef BOOLEAN(NTAPI *PVIDEO_HW_START_IO)(
	PVOID HwDeviceExtension, PVIDEO_REQUEST_PACKET RequestPacket);
typedef BOOLEAN(NTAPI *PVIDEO_HW_RESET_HW)(PVOID HwDeviceExtension, ULONG Columns, ULONG Rows);
typedef VOID(NTAPI *PVIDEO_HW_TIMER)(PVOID HwDeviceExtension);
typedef HW_DMA_RETURN(NTAPI *PVIDEO_HW_START_DMA)(PVOID HwDeviceExtension, PDMA pDma);
typedef VP_STATUS(NTAPI *PVIDEO_HW_POWER_SET)(
	PVOID HwDeviceExtension, ULONG HwId, PVIDEO_POWER_MANAGEMENT VideoPowerControl);
typedef VP_STATUS(NTAPI *PVIDEO_HW_POWER_GET)(
	PVOID HwDeviceExtension, ULONG HwId, PVIDEO_POWER_MANAGEMENT VideoPowerControl);
typedef VP_STATUS(NTAPI *PVIDEO_HW_GET_CHILD_DESCRIPTOR)(PVOID HwDeviceExtension,
	PVIDEO_CHILD_ENUM_INFO ChildEnumInfo, PVIDEO_CHILD_TYPE VideoChildType,
	PUCHAR pChildDescriptor, PULONG UId, PULONG pUnused);
typedef VP_STATUS(NTAPI *PVIDEO_HW_QUERY_INTERFACE)(
	PVOID HwDeviceExtension, PQUERY_INTERFACE QueryInterface);
typedef VP_STATUS(NTAPI *PVIDEO_HW_CHILD_CALLBACK)(
	PVOID HwDeviceExtension, PVOID ChildDeviceExtension);
typedef VOID(NTAPI *PVIDEO_HW_LEGACYRESOURCES)(ULONG VendorId, ULONG DeviceId,
	PVIDEO_ACCESS_RANGE *LegacyResourceList, PULONG LegacyResourceCount);

typedef VOID(NTAPI *PEXECUTE_DMA)(PVOID HwDeviceExtension, PVP_DMA_ADAPTER VpDmaAdapter,
	PVP_SCATTER_GATHER_LIST SGList, PVOID Context);
typedef VOID(NTAPI *PMINIPORT_DPC_ROUTINE)(PVOID HwDeviceExtension, PVOID Context);
typedef BOOLEAN(NTAPI *PMINIPORT_SYNCHRONIZE_ROUTINE)(PVOID Context);
typedef VP_STATUS(NTAPI *PMINIPORT_GET_REGISTRY_ROUTINE)(PVOID HwDeviceExtension, PVOID Context,
	PWSTR ValueName, PVOID ValueData, ULONG ValueLength);

typedef struct _VIDEO_HW_INITIALIZATION_DATA {
	ULONG HwInitDataSize;
	INTERFACE_TYPE AdapterInterfaceType; /* leave 0 */
	PVIDEO_HW_FIND_ADAPTER HwFindAdapter;
	PVIDEO_HW_INITIALIZE HwInitialize;
	PVIDEO_HW_INTERRUPT HwInterrupt; /* NULL if none */
	PVIDEO_HW_START_IO HwStartIO;
	ULONG HwDeviceExtensionSize;
	ULONG StartingDeviceNumber;
	PVIDEO_HW_RESET_HW HwResetHw;
	PVIDEO_HW_TIMER HwTimer;
	PVIDEO_HW_START_DMA HwStartDma;
	PVIDEO_HW_POWER_SET HwSetPowerState;
	PVIDEO_HW_POWER_GET HwGetPowerState;
	PVIDEO_HW_GET_CHILD_DESCRIPTOR HwGetVideoChildDescriptor;
	PVIDEO_HW_QUERY_INTERFACE HwQueryInterface;
	ULONG HwChildDeviceExtensionSize;
	PVIDEO_ACCESS_RANGE HwLegacyResourceList;
	ULONG HwLegacyResourceCount;
	PVIDEO_HW_LEGACYRESOURCES HwGetLegacyResources;
	BOOLEAN AllowEarlyEnumeration;
	ULONG Reserved;
} VIDEO_HW_INITIALIZATION_DATA, *PVIDEO_HW_INITIALIZATION_DATA;

/* ---- loading and configuration --------------------------------------------------------------- */

ULONG NTAPI DriverEntry(PVOID Context1, PVOID Context2);

/*
 * Return: 0, or an NTSTATUS; DriverEntry hands it on and assumes nothing about it. HwContext: NULL.
 */
ULONG NTAPI VideoPortInitialize(PVOID Argument1, PVOID Argument2,
	PVIDEO_HW_INITIALIZATION_DATA HwInitializationData, PVOID HwContext);

/*
 * FindAdapter only. NumAccessRanges 0 releases the claim. The ranges are the BARs, or where
 * RequestedResources are given, what was asked for; those behind them are zeroed. VendorId, DeviceId:
 * USHORT, and Slot: ULONG, may be NULL. Return: NO_ERROR, ERROR_MORE_DATA (too few ranges offered),
 * ERROR_DEV_NOT_EXIST, ERROR_INVALID_PARAMETER.
 *
 * VerifyAccessRanges claims BARs and the ranges of the VGA (I/O 0x3B0-0x3DF, memory
 * 0xA0000-0xBFFFF). Return: NO_ERROR, ERROR_INVALID_PARAMETER (the range is another device's). Its
 * claims are its own: they replace those of the last call to it.
 */
VP_STATUS NTAPI VideoPortGetAccessRanges(PVOID HwDeviceExtension, ULONG NumRequestedResources,
	PIO_RESOURCE_DESCRIPTOR RequestedResources, ULONG NumAccessRanges,
	PVIDEO_ACCESS_RANGE AccessRanges, PVOID VendorId, PVOID DeviceId, PULONG Slot);
VP_STATUS NTAPI VideoPortVerifyAccessRanges(
	PVOID HwDeviceExtension, ULONG NumAccessRanges, PVIDEO_ACCESS_RANGE AccessRanges);

/*
 * After the ranges were claimed. Return: the virtual address, or NULL. Of I/O space it is the port's
 * number, which only the port functions take.
 */
PVOID NTAPI VideoPortGetDeviceBase(
	PVOID HwDeviceExtension, PHYSICAL_ADDRESS IoAddress, ULONG NumberOfUchars, UCHAR InIoSpace);
VOID NTAPI VideoPortFreeDeviceBase(PVOID HwDeviceExtension, PVOID MappedAddress);

/*
 * *VirtualAddress: in, NULL for the system or the handle of a requester's process; out, the address.
 * *Length, *InIoSpace: in what is wanted, out what there is. Return: NO_ERROR,
 * ERROR_INVALID_PARAMETER. Unmap frees the whole mapping, even for an address inside it.
 */
VP_STATUS NTAPI VideoPortMapMemory(PVOID HwDeviceExtension, PHYSICAL_ADDRESS PhysicalAddress,
	PULONG Length, PULONG InIoSpace, PVOID *VirtualAddress);
VP_STATUS NTAPI VideoPortUnmapMemory(
	PVOID HwDeviceExtension, PVOID VirtualAddress, HANDLE ProcessHandle);

/* Return: bytes copied; 0 no such bus; 2 and an invalid vendor where the slot is empty. */
ULONG NTAPI VideoPortGetBusData(PVOID HwDeviceExtension, BUS_DATA_TYPE BusDataType,
	ULONG SlotNumber, PVOID Buffer, ULONG Offset, ULONG Length);
ULONG NTAPI VideoPortSetBusData(PVOID HwDeviceExtension, BUS_DATA_TYPE BusDataType,
	ULONG SlotNumber, PVOID Buffer, ULONG Offset, ULONG Length);

/*
 * CallbackRoutine gets a ULONG, or the bytes that were set. Return: what it returns, or
 * ERROR_INVALID_PARAMETER where there is no such value, and where IsParameterFileName is TRUE: no
 * files are read.
 */
VP_STATUS NTAPI VideoPortGetRegistryParameters(PVOID HwDeviceExtension, PCWSTR ParameterName,
	UCHAR IsParameterFileName, PMINIPORT_GET_REGISTRY_ROUTINE CallbackRoutine, PVOID Context);

/* Kept until the driver is unloaded. Return: NO_ERROR, ERROR_INVALID_PARAMETER (no name, no data, or
 * more than 64 KiB), ERROR_NOT_ENOUGH_MEMORY. Flush: NO_ERROR, there is nothing to write back. */
VP_STATUS NTAPI VideoPortSetRegistryParameters(
	PVOID HwDeviceExtension, PWSTR ValueName, PVOID ValueData, ULONG ValueLength);
VP_STATUS NTAPI VideoPortFlushRegistry(PVOID HwDeviceExtension);

VOID NTAPI VideoPortLogError(
	PVOID HwDeviceExtension, PVIDEO_REQUEST_PACKET Vrp, VP_STATUS ErrorCode, ULONG UniqueId);
VOID VideoPortDebugPrint(VIDEO_DEBUG_LEVEL DebugPrintLevel, PCSTR DebugMessage, ...)
	__attribute__((format(printf, 2, 3)));

/* ---- registers and ports: any IRQL; reads acquire, writes release ---------------------------- */

/* A port nobody decodes reads as all ones and swallows what is written. */

UCHAR NTAPI VideoPortReadRegisterUchar(PUCHAR Register);
USHORT NTAPI VideoPortReadRegisterUshort(PUSHORT Register);
ULONG NTAPI VideoPortReadRegisterUlong(PULONG Register);
VOID NTAPI VideoPortWriteRegisterUchar(PUCHAR Register, UCHAR Value);
VOID NTAPI VideoPortWriteRegisterUshort(PUSHORT Register, USHORT Value);
VOID NTAPI VideoPortWriteRegisterUlong(PULONG Register, ULONG Value);
VOID NTAPI VideoPortReadRegisterBufferUchar(PUCHAR Register, PUCHAR Buffer, ULONG Count);
VOID NTAPI VideoPortReadRegisterBufferUshort(PUSHORT Register, PUSHORT Buffer, ULONG Count);
VOID NTAPI VideoPortReadRegisterBufferUlong(PULONG Register, PULONG Buffer, ULONG Count);
VOID NTAPI VideoPortWriteRegisterBufferUchar(PUCHAR Register, PUCHAR Buffer, ULONG Count);
VOID NTAPI VideoPortWriteRegisterBufferUshort(PUSHORT Register, PUSHORT Buffer, ULONG Count);
VOID NTAPI VideoPortWriteRegisterBufferUlong(PULONG Register, PULONG Buffer, ULONG Count);
UCHAR NTAPI VideoPortReadPortUchar(PUCHAR Port);
USHORT NTAPI VideoPortReadPortUshort(PUSHORT Port);
ULONG NTAPI VideoPortReadPortUlong(PULONG Port);
VOID NTAPI VideoPortWritePortUchar(PUCHAR Port, UCHAR Value);
VOID NTAPI VideoPortWritePortUshort(PUSHORT Port, USHORT Value);
VOID NTAPI VideoPortWritePortUlong(PULONG Port, ULONG Value);
VOID NTAPI VideoPortReadPortBufferUchar(PUCHAR Port, PUCHAR Buffer, ULONG Count);
VOID NTAPI VideoPortReadPortBufferUshort(PUSHORT Port, PUSHORT Buffer, ULONG Count);
VOID NTAPI VideoPortReadPortBufferUlong(PULONG Port, PULONG Buffer, ULONG Count);
VOID NTAPI VideoPortWritePortBufferUchar(PUCHAR Port, PUCHAR Buffer, ULONG Count);
VOID NTAPI VideoPortWritePortBufferUshort(PUSHORT Port, PUSHORT Buffer, ULONG Count);
VOID NTAPI VideoPortWritePortBufferUlong(PULONG Port, PULONG Buffer, ULONG Count);

/* ---- memory ---------------------------------------------------------------------------------- */

/* The content is undefined. Tag: four characters in reversed order. Return: NULL on failure. */
PVOID NTAPI VideoPortAllocatePool(
	PVOID HwDeviceExtension, VP_POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag);
VOID NTAPI VideoPortFreePool(PVOID HwDeviceExtension, PVOID Ptr);
VOID NTAPI VideoPortZeroMemory(PVOID Destination, ULONG Length);
VOID NTAPI VideoPortZeroDeviceMemory(PVOID Destination, ULONG Length);
VOID NTAPI VideoPortMoveMemory(PVOID Destination, PVOID Source, ULONG Length);

/* Return: how many bytes are equal from the start. */
ULONG NTAPI VideoPortCompareMemory(PVOID Source1, PVOID Source2, SIZE_T Length);

/* ---- interrupts, DPC, locks, events ---------------------------------------------------------- */

/* Return: TRUE if queued; FALSE if one is pending, its routine and Context stay (D-9). */
BOOLEAN NTAPI VideoPortQueueDpc(
	PVOID HwDeviceExtension, PMINIPORT_DPC_ROUTINE CallbackRoutine, PVOID Context);
BOOLEAN NTAPI VideoPortSynchronizeExecution(PVOID HwDeviceExtension,
	VIDEO_SYNCHRONIZE_PRIORITY Priority, PMINIPORT_SYNCHRONIZE_ROUTINE SynchronizeRoutine,
	PVOID Context);
UCHAR NTAPI VideoPortGetCurrentIrql(VOID);

VP_STATUS NTAPI VideoPortCreateSpinLock(PVOID HwDeviceExtension, PSPIN_LOCK *SpinLock);
VP_STATUS NTAPI VideoPortDeleteSpinLock(PVOID HwDeviceExtension, PSPIN_LOCK SpinLock);
VOID NTAPI VideoPortAcquireSpinLock(PVOID HwDeviceExtension, PSPIN_LOCK SpinLock, PUCHAR OldIrql);
VOID NTAPI VideoPortReleaseSpinLock(PVOID HwDeviceExtension, PSPIN_LOCK SpinLock, UCHAR NewIrql);
VOID NTAPI VideoPortAcquireSpinLockAtDpcLevel(PVOID HwDeviceExtension, PSPIN_LOCK SpinLock);
VOID NTAPI VideoPortReleaseSpinLockFromDpcLevel(PVOID HwDeviceExtension, PSPIN_LOCK SpinLock);

/*
 * The port's own lock of the device; HwVidStartIO and every other PASSIVE callback already hold it.
 */
VOID NTAPI VideoPortAcquireDeviceLock(PVOID HwDeviceExtension);
VOID NTAPI VideoPortReleaseDeviceLock(PVOID HwDeviceExtension);

VP_STATUS NTAPI VideoPortCreateEvent(
	PVOID HwDeviceExtension, ULONG EventFlag, PVOID Unused, PEVENT *ppEvent);
VP_STATUS NTAPI VideoPortDeleteEvent(PVOID HwDeviceExtension, PEVENT pEvent);

/* Return: non-zero if it was signalled already. */
LONG NTAPI VideoPortSetEvent(PVOID HwDeviceExtension, PEVENT pEvent);
VOID NTAPI VideoPortClearEvent(PVOID HwDeviceExtension, PEVENT pEvent);
LONG NTAPI VideoPortReadStateEvent(PVOID HwDeviceExtension, PEVENT pEvent);

/*
 * Timeout: units of 100 ns, negative relative, positive absolute system time, NULL for ever; at
 * DISPATCH_LEVEL it must be zero. Return: NO_ERROR, WAIT_TIMEOUT, ERROR_INVALID_PARAMETER.
 */
VP_STATUS NTAPI VideoPortWaitForSingleObject(
	PVOID HwDeviceExtension, PVOID Object, PLARGE_INTEGER Timeout);

LONG FASTCALL VideoPortInterlockedIncrement(PLONG Addend);
LONG FASTCALL VideoPortInterlockedDecrement(PLONG Addend);
LONG FASTCALL VideoPortInterlockedExchange(PLONG Target, LONG Value);

/* ---- time ------------------------------------------------------------------------------------ */

/* Busy wait, at most 50 us outside initialisation. */
VOID NTAPI VideoPortStallExecution(ULONG Microseconds);

/* Return: ticks; PerformanceFrequency, if not NULL, receives ticks per second. */
LONGLONG NTAPI VideoPortQueryPerformanceCounter(
	PVOID HwDeviceExtension, PLONGLONG PerformanceFrequency);

/* 100 ns units since 1601. */
VOID NTAPI VideoPortQuerySystemTime(PLARGE_INTEGER CurrentTime);

/* HwVidTimer is called about once a second between the two. */
VOID NTAPI VideoPortStartTimer(PVOID HwDeviceExtension);
VOID NTAPI VideoPortStopTimer(PVOID HwDeviceExtension);

/* ---- bus-master DMA -------------------------------------------------------------------------- */

/* PASSIVE. Several adapters for one device are legal, one for each concurrent path. */
PVP_DMA_ADAPTER NTAPI VideoPortGetDmaAdapter(
	PVOID HwDeviceExtension, PVP_DEVICE_DESCRIPTION VpDeviceDescription);
VOID NTAPI VideoPortPutDmaAdapter(PVOID HwDeviceExtension, PVP_DMA_ADAPTER VpDmaAdapter);

/* PASSIVE. Release takes exactly what Allocate was given and returned. Reserved: NULL. */
PVOID NTAPI VideoPortAllocateCommonBuffer(PVOID HwDeviceExtension, PVP_DMA_ADAPTER VpDmaAdapter,
	ULONG DesiredLength, PPHYSICAL_ADDRESS LogicalAddress, BOOLEAN CacheEnabled,
	PVOID Reserved);
VOID NTAPI VideoPortReleaseCommonBuffer(PVOID HwDeviceExtension, PVP_DMA_ADAPTER VpDmaAdapter,
	ULONG Length, PHYSICAL_ADDRESS LogicalAddress, PVOID VirtualAddress, BOOLEAN CacheEnabled);

/* PASSIVE. Return: an MDL, or NULL. Unlock (<= DISPATCH) takes that pointer. */
PVOID NTAPI VideoPortLockBuffer(
	PVOID HwDeviceExtension, PVOID BaseAddress, ULONG Length, VP_LOCK_OPERATION Operation);
VOID NTAPI VideoPortUnlockBuffer(PVOID HwDeviceExtension, PVOID Mdl);
VOID NTAPI VideoPortUnLockBuffer(
	PVOID HwDeviceExtension, PVOID Mdl); /* as older headers spell it */

/*
 * <= DISPATCH. pLength: in wanted, out the bytes this operation moves, valid before
 * ExecuteDmaRoutine is called. ExecuteDmaRoutine runs at DISPATCH; its list is the port's
 * and valid until VideoPortCompleteDma. WriteToDevice TRUE: buffer to device.
 */
VP_STATUS NTAPI VideoPortStartDma(PVOID HwDeviceExtension, PVP_DMA_ADAPTER VpDmaAdapter, PVOID Mdl,
	ULONG Offset, PULONG pLength, PEXECUTE_DMA ExecuteDmaRoutine, PVOID Context,
	BOOLEAN WriteToDevice);
VP_STATUS NTAPI VideoPortCompleteDma(PVOID HwDeviceExtension, PVP_DMA_ADAPTER VpDmaAdapter,
	PVP_SCATTER_GATHER_LIST VpScatterGather, BOOLEAN WriteToDevice);

#include "video_legacy.h"
#include "video_services.h"

#ifdef __cplusplus
}
#endif

#endif
