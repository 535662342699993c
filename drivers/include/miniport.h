/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * miniport.h: what video miniports share with other port drivers: bus types, resource descriptors,
 * PCI configuration space, interfaces. Names, values and layouts follow videoport.md 2.3 and 2.7;
 * drivers/videoport/layout.c asserts the layouts.
 */
#ifndef MINIPORT_H
#define MINIPORT_H

#include "ntdef.h"

typedef enum _INTERFACE_TYPE {
	InterfaceTypeUndefined = -1,
	Internal = 0,
	Isa = 1,
	Eisa = 2,
	MicroChannel = 3,
	TurboChannel = 4,
	PCIBus = 5,
	VMEBus,
	NuBus,
	PCMCIABus,
	CBus,
	MPIBus,
	MPSABus,
	ProcessorInternal,
	InternalPowerBus,
	PNPISABus,
	PNPBus,
	Vmcs,
	MaximumInterfaceType,
} INTERFACE_TYPE,
	*PINTERFACE_TYPE;

typedef enum _BUS_DATA_TYPE {
	ConfigurationSpaceUndefined = -1,
	Cmos = 0,
	EisaConfiguration = 1,
	Pos = 2,
	CbusConfiguration = 3,
	PCIConfiguration = 4,
	VMEConfiguration,
	NuBusConfiguration,
	PCMCIAConfiguration,
	MPIConfiguration,
	MPSAConfiguration,
	PNPISAConfiguration,
	SgiInternalConfiguration,
	MaximumBusDataType,
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
#define PCI_TYPE0_ADDRESSES                6
#define PCI_MAX_DEVICES                    32
#define PCI_MAX_FUNCTION                   8
#define PCI_INVALID_VENDORID               0xFFFF
#define PCI_ENABLE_IO_SPACE                0x0001
#define PCI_ENABLE_MEMORY_SPACE            0x0002
#define PCI_ENABLE_BUS_MASTER              0x0004
#define PCI_ENABLE_VGA_COMPATIBLE_PALETTE  0x0020
#define PCI_ROMADDRESS_ENABLED             0x00000001 /* in ROMBaseAddress */
#define PCI_MULTIFUNCTION                  0x80       /* in HeaderType */
#define PCI_CLASS_DISPLAY_CTLR             0x03       /* in BaseClass */
#define PCI_STATUS_CAPABILITIES_LIST       0x0010     /* in Status */
#define PCI_CAPABILITY_ID_POWER_MANAGEMENT 0x01
#define PCI_CAPABILITY_ID_AGP              0x02
#define PCI_CAPABILITY_ID_MSI              0x05
#define PCI_COMMON_HDR_LENGTH              ((ULONG)offsetof(PCI_COMMON_CONFIG, DeviceSpecific))
/* In BaseAddresses; 64BIT: this entry and the next one are one BAR. */
#define PCI_ADDRESS_IO_SPACE            0x0001
#define PCI_ADDRESS_MEMORY_64BIT        0x0004
#define PCI_ADDRESS_MEMORY_PREFETCHABLE 0x0008
#define PCI_ADDRESS_IO_ADDRESS_MASK     0xFFFFFFFCu
#define PCI_ADDRESS_MEMORY_ADDRESS_MASK 0xFFFFFFF0u

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

/* In configuration space from CapabilitiesPtr on; Next 0: the last one. */
typedef struct _PCI_CAPABILITIES_HEADER {
	UCHAR CapabilityID;
	UCHAR Next;
} PCI_CAPABILITIES_HEADER, *PPCI_CAPABILITIES_HEADER;

typedef struct _PCI_SLOT_NUMBER {
	union {
		struct {
			ULONG DeviceNumber : 5;
			ULONG FunctionNumber : 3;
			ULONG Reserved : 24;
		} bits;
		ULONG AsULONG;
	} u;
} PCI_SLOT_NUMBER, *PPCI_SLOT_NUMBER;

/* ---- resources a driver asks for (VideoPortGetAccessRanges) ------------------------------------- */

/* Type */
#define CmResourceTypeNull      0
#define CmResourceTypePort      1
#define CmResourceTypeInterrupt 2
#define CmResourceTypeMemory    3
#define CmResourceTypeDma       4

/* Flags of ports and memory */
#define CM_RESOURCE_PORT_MEMORY         0x0000
#define CM_RESOURCE_PORT_IO             0x0001
#define CM_RESOURCE_PORT_10_BIT_DECODE  0x0004
#define CM_RESOURCE_PORT_16_BIT_DECODE  0x0010
#define CM_RESOURCE_MEMORY_READ_WRITE   0x0000
#define CM_RESOURCE_MEMORY_PREFETCHABLE 0x0004

/* Option */
#define IO_RESOURCE_PREFERRED   0x01
#define IO_RESOURCE_DEFAULT     0x02
#define IO_RESOURCE_ALTERNATIVE 0x08

typedef enum _CM_SHARE_DISPOSITION {
	CmResourceShareUndetermined = 0,
	CmResourceShareDeviceExclusive,
	CmResourceShareDriverExclusive,
	CmResourceShareShared,
} CM_SHARE_DISPOSITION;

struct _IO_RESOURCE_WINDOW {
	ULONG Length;
	ULONG Alignment;
	PHYSICAL_ADDRESS MinimumAddress;
	PHYSICAL_ADDRESS MaximumAddress;
};

typedef struct _IO_RESOURCE_DESCRIPTOR {
	UCHAR Option;
	UCHAR Type;             /* CmResourceType* */
	UCHAR ShareDisposition; /* CM_SHARE_DISPOSITION */
	UCHAR Spare1;
	USHORT Flags;
	USHORT Spare2;
	union {
		struct _IO_RESOURCE_WINDOW Port;
		struct _IO_RESOURCE_WINDOW Memory;
		struct _IO_RESOURCE_WINDOW Generic;
		struct {
			ULONG MinimumVector;
			ULONG MaximumVector;
		} Interrupt;
		struct {
			ULONG MinimumChannel;
			ULONG MaximumChannel;
		} Dma;
		struct {
			ULONG Data[3];
		} DevicePrivate;
	} u;
} IO_RESOURCE_DESCRIPTOR, *PIO_RESOURCE_DESCRIPTOR;

/* ---- interfaces, emulated ports ------------------------------------------------------------------ */

typedef VOID(NTAPI *PINTERFACE_REFERENCE)(PVOID Context);
typedef VOID(NTAPI *PINTERFACE_DEREFERENCE)(PVOID Context);

typedef struct _INTERFACE {
	USHORT Size;
	USHORT Version;
	PVOID Context;
	PINTERFACE_REFERENCE InterfaceReference;
	PINTERFACE_DEREFERENCE InterfaceDereference;
} INTERFACE, *PINTERFACE;

#define EMULATOR_READ_ACCESS  0x01
#define EMULATOR_WRITE_ACCESS 0x02

typedef enum _EMULATOR_PORT_ACCESS_TYPE {
	Uchar,
	Ushort,
	Ulong,
} EMULATOR_PORT_ACCESS_TYPE,
	*PEMULATOR_PORT_ACCESS_TYPE;

typedef struct _EMULATOR_ACCESS_ENTRY {
	ULONG BasePort;
	ULONG NumConsecutivePorts;
	EMULATOR_PORT_ACCESS_TYPE AccessType;
	UCHAR AccessMode;
	UCHAR StringSupport;
	PVOID Routine;
} EMULATOR_ACCESS_ENTRY, *PEMULATOR_ACCESS_ENTRY;

typedef VOID(NTAPI *PBANKED_SECTION_ROUTINE)(ULONG ReadBank, ULONG WriteBank, PVOID Context);

#endif
