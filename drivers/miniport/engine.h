/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * engine.h: the DMA engine's registers and memory formats, as its datasheet
 * (drivers/docs/engine.md) gives them, in the WDK's types. Written from that page alone;
 * drivers/tests/engine_layout_test.c holds it against the engine's own map.
 *
 * Offsets are bytes in BAR 0. Everything is little endian.
 */
#ifndef MINIPORT_ENGINE_H
#define MINIPORT_ENGINE_H

/* In this order the DDKs' headers find what they need of one another. */
#include "ntdef.h"

#include "dderror.h"
#include "devioctl.h"
#include "miniport.h"
#include "ntddvdeo.h"
#include "video.h"

#define DMAB_CHANNELS     2
#define DMAB_BAR0_BYTES   0x2000
#define DMAB_RING_ENTRIES 4096 /* most entries of a ring */
#define DMAB_RING_ALIGN   64
#define DMAB_TIMEOUT_US   1000000 /* section 8.1: a device silent for longer is dead */

/* Section 3.1: identity. */
#define DMAB_ID         0x000
#define DMAB_VERSION    0x004
#define DMAB_CAPS       0x008
#define DMAB_LENGTH_MAX 0x00C
#define DMAB_MEMORY_LO  0x010
#define DMAB_MEMORY_HI  0x014

/* Section 3.2: written by the driver. */
#define DMAB_CONTROL     0x040
#define DMAB_RESET       0x044
#define DMAB_IRQ_ENABLE  0x048
#define DMAB_MODERATION  0x04C
#define DMAB_ERROR_ACKED 0x050

/* Section 3.3: written by the engine. */
#define DMAB_STATUS       0x080
#define DMAB_RESET_DONE   0x084
#define DMAB_ERROR_POSTED 0x088

#define DMAB_ID_VALUE         0x444D4142u
#define DMAB_VERSION_MAJOR(v) ((v) >> 16)
#define DMAB_CAPS_SG          0x00000001u
#define DMAB_CAPS_ADDRBITS(c) (((c) >> 16) & 0xFFu)
#define DMAB_CONTROL_ENABLE   0x00000001u
#define DMAB_STATUS_READY     0x00000001u
#define DMAB_STATUS_HALTED    0x00000002u
#define DMAB_IRQ_ERROR        0x80000000u
#define DMAB_IRQ_CHANNELS     0x00000003u
#define DMAB_MODERATION_TIME  0x0000FFFFu

/* Section 3.4: channel c at DMAB_CHANNEL(c) + offset. */
#define DMAB_CHANNEL(c)    (0x1000u + (c)*0x100u)
#define DMAB_CH_SQ_LO      0x00
#define DMAB_CH_SQ_HI      0x04
#define DMAB_CH_CQ_LO      0x08
#define DMAB_CH_CQ_HI      0x0C
#define DMAB_CH_ENTRIES    0x10
#define DMAB_CH_ENABLE     0x14
#define DMAB_CH_SQ_TAIL    0x40
#define DMAB_CH_CQ_HEAD    0x80
#define DMAB_CH_IRQ_ACKED  0x84
#define DMAB_CH_STATUS     0xC0
#define DMAB_CH_IRQ_POSTED 0xC4

#define DMAB_CH_STATUS_RUNNING 0x00000001u
#define DMAB_CH_STATUS_HALTED  0x00000002u

/* Section 5: descriptor. */
#define DMAB_OP_NOP         0
#define DMAB_OP_TO_DEVICE   1
#define DMAB_OP_FROM_DEVICE 2
#define DMAB_DESC_CHAIN     0x01
#define DMAB_DESC_IRQ       0x02
#define DMAB_INLINE         2
#define DMAB_ELEMENT_LINK   0x00000001u
#define DMAB_ELEMENTS_MAX   20480

typedef struct _DMAB_ELEMENT {
	ULONGLONG Address;
	ULONG Length;
	ULONG Flags;
} DMAB_ELEMENT, *PDMAB_ELEMENT;

typedef struct _DMAB_DESCRIPTOR {
	UCHAR Opcode;
	UCHAR Flags;
	USHORT Id;
	ULONG Length;
	ULONGLONG DeviceAddress;
	UCHAR InlineCount;
	UCHAR Reserved[3];
	ULONG ChainCount;
	ULONGLONG ChainAddress;
	DMAB_ELEMENT Element[DMAB_INLINE];
} DMAB_DESCRIPTOR, *PDMAB_DESCRIPTOR;

/* Section 6: completion; Phase is read first (acquire), the rest after it. */
typedef struct _DMAB_COMPLETION {
	ULONG Length;
	USHORT Id;
	USHORT Status;
	ULONG SqHead;
	ULONG Phase;
} DMAB_COMPLETION, *PDMAB_COMPLETION;

/* Section 11: status of a completion. */
#define DMAB_ERROR_NONE    0
#define DMAB_ERROR_OPCODE  1
#define DMAB_ERROR_LENGTH  2
#define DMAB_ERROR_ELEMENT 3
#define DMAB_ERROR_ADDRESS 4
#define DMAB_ERROR_MEMORY  5
#define DMAB_ERROR_RING    6

#endif
