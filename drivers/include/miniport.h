/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * miniport.h: the base types of the WDK dialect that every driver-facing header and every miniport
 * uses.
 *
 * Widths are those of the dialect, not of the platform: ULONG and LONG have 32 bits everywhere,
 * WCHAR has 16 (the driver folders are compiled with -fshort-wchar, so L"" literals fit).
 * Calling-convention words expand to nothing on x86-64. Names, values and layouts follow
 * videoport.md 2.3 and 2.7; drivers/videoport/layout.c asserts the layouts.
 */
#ifndef MINIPORT_H
#define MINIPORT_H

#include <stddef.h>
#include <stdint.h>

#define NTAPI
#define FASTCALL

#define IN
#define OUT
#define OPTIONAL

#define VOID  void
#define CONST const

typedef void *PVOID;
typedef PVOID HANDLE;

typedef char CHAR, *PCHAR, *PSTR;
typedef const char *PCSTR;
typedef unsigned char UCHAR, *PUCHAR;
typedef int16_t SHORT, *PSHORT;
typedef uint16_t USHORT, *PUSHORT;
typedef int32_t LONG, *PLONG;
typedef uint32_t ULONG, *PULONG;
typedef long long LONGLONG, *PLONGLONG;
typedef unsigned long long ULONGLONG, *PULONGLONG;
typedef uintptr_t ULONG_PTR, *PULONG_PTR;
typedef intptr_t LONG_PTR, *PLONG_PTR;
typedef ULONG_PTR SIZE_T, *PSIZE_T;
typedef UCHAR BOOLEAN, *PBOOLEAN;
typedef unsigned short WCHAR, *PWSTR;
typedef const WCHAR *PCWSTR;

#ifndef TRUE
#define TRUE  1
#define FALSE 0
#endif

#define FIELD_OFFSET(type, field) ((LONG)offsetof(type, field))

/* The anonymous {LowPart, HighPart} comes first: clients use flattened initialisers. */
typedef union _LARGE_INTEGER {
	__extension__ struct {
		ULONG LowPart;
		LONG HighPart;
	};
	struct {
		ULONG LowPart;
		LONG HighPart;
	} u;
	LONGLONG QuadPart;
} LARGE_INTEGER, *PLARGE_INTEGER;

typedef LARGE_INTEGER PHYSICAL_ADDRESS, *PPHYSICAL_ADDRESS;

typedef enum _INTERFACE_TYPE {
	InterfaceTypeUndefined = -1,
	Internal = 0,
	Isa = 1,
	Eisa = 2,
	MicroChannel = 3,
	TurboChannel = 4,
	PCIBus = 5,
} INTERFACE_TYPE,
	*PINTERFACE_TYPE;

typedef enum _BUS_DATA_TYPE {
	ConfigurationSpaceUndefined = -1,
	Cmos = 0,
	EisaConfiguration = 1,
	Pos = 2,
	CbusConfiguration = 3,
	PCIConfiguration = 4,
} BUS_DATA_TYPE,
	*PBUS_DATA_TYPE;

typedef enum _KINTERRUPT_MODE {
	LevelSensitive = 0,
	Latched = 1,
} KINTERRUPT_MODE;

typedef enum _DMA_WIDTH {
	Width8Bits = 0,
	Width16Bits,
	Width32Bits,
	MaximumDmaWidth,
} DMA_WIDTH,
	*PDMA_WIDTH;

typedef enum _DMA_SPEED {
	Compatible = 0,
	TypeA,
	TypeB,
	TypeC,
	TypeF,
	MaximumDmaSpeed,
} DMA_SPEED,
	*PDMA_SPEED;

/* What a VP_DEVICE_DESCRIPTION becomes below the video port (version 3 form). */
typedef struct _DEVICE_DESCRIPTION {
	ULONG Version;
	BOOLEAN Master;
	BOOLEAN ScatterGather;
	BOOLEAN DemandMode;
	BOOLEAN AutoInitialize;
	BOOLEAN Dma32BitAddresses;
	BOOLEAN IgnoreCount;
	BOOLEAN Reserved1;
	BOOLEAN Dma64BitAddresses;
	ULONG BusNumber;
	ULONG DmaChannel;
	INTERFACE_TYPE InterfaceType;
	DMA_WIDTH DmaWidth;
	DMA_SPEED DmaSpeed;
	ULONG MaximumLength;
	ULONG DmaPort;
	ULONG DmaAddressWidth;
	ULONG DmaControllerInstance;
	ULONG DmaRequestLine;
	PHYSICAL_ADDRESS DeviceAddress;
} DEVICE_DESCRIPTION, *PDEVICE_DESCRIPTION;

/* PCI configuration space as VideoPortGetBusData(PCIConfiguration) returns it. */
#define PCI_TYPE0_ADDRESSES     6
#define PCI_INVALID_VENDORID    0xFFFF
#define PCI_ENABLE_MEMORY_SPACE 0x0002
#define PCI_ENABLE_BUS_MASTER   0x0004
#define PCI_COMMON_HDR_LENGTH   ((ULONG)offsetof(PCI_COMMON_CONFIG, DeviceSpecific))
/* In BaseAddresses: this entry and the next one are one BAR. */
#define PCI_ADDRESS_MEMORY_64BIT 0x0004

typedef struct _PCI_COMMON_CONFIG {
	USHORT VendorID;
	USHORT DeviceID;
	USHORT Command;
	USHORT Status;
	UCHAR RevisionID;
	UCHAR ProgIf;
	UCHAR SubClass;
	UCHAR BaseClass;
	UCHAR CacheLineSize;
	UCHAR LatencyTimer;
	UCHAR HeaderType;
	UCHAR BIST;
	union {
		struct _PCI_HEADER_TYPE_0 {
			ULONG BaseAddresses[PCI_TYPE0_ADDRESSES];
			ULONG CIS;
			USHORT SubVendorID;
			USHORT SubSystemID;
			ULONG ROMBaseAddress;
			UCHAR CapabilitiesPtr;
			UCHAR Reserved1[3];
			ULONG Reserved2;
			UCHAR InterruptLine;
			UCHAR InterruptPin;
			UCHAR MinimumGrant;
			UCHAR MaximumLatency;
		} type0;
	} u;
	UCHAR DeviceSpecific[192];
} PCI_COMMON_CONFIG, *PPCI_COMMON_CONFIG;

/* Named in VideoPortGetAccessRanges; this port hands out the BARs whatever is requested. */
typedef struct _IO_RESOURCE_DESCRIPTOR *PIO_RESOURCE_DESCRIPTOR;

#endif
