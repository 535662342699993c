/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * regs.h: register map and memory formats of the reference DMA engine, in the words of its
 * datasheet (drivers/docs/engine.md, which also states ordering, reset and error behaviour).
 *
 * Included by the engine and by the devices that carry it. Drivers do not include it: they are
 * written from the datasheet alone, as for real hardware, and drivers/tests/ holds both against
 * each other.
 *
 * All fields are little endian.
 */
#ifndef ENGINE_REGS_H
#define ENGINE_REGS_H

#include <stdint.h>

#define ENGINE_VENDOR_ID        0x1DB5
#define ENGINE_DEVICE_ID        0x0D3A
#define ENGINE_CLASS_CODE       0x038000 /* display controller, other */
#define ENGINE_BAR0_BYTES       0x2000
#define ENGINE_PORT_BYTES       0x8 /* the I/O BAR */
#define ENGINE_CHANNELS         2
#define ENGINE_RING_ENTRIES_MIN 2
#define ENGINE_RING_ENTRIES_MAX 4096
#define ENGINE_LENGTH_MAX_BYTES (64u << 20) /* of one descriptor */
#define ENGINE_ELEMENTS_MAX     20480 /* of one descriptor, inline and chained, links not counted */
#define ENGINE_BLOCKS_MAX       1024  /* chain blocks of one descriptor */

/*
 * Global registers, 32 bits each, offsets in BAR 0. Every register has ONE writer, the driver (rw)
 * or the engine (ro), so that they work as plain shared memory too; only reset puts rw ones back.
 */
#define ENGINE_REG_ID         0x000 /* ro  0x444D4142 "DMAB" */
#define ENGINE_REG_VERSION    0x004 /* ro  major << 16 | minor */
#define ENGINE_REG_CAPS       0x008 /* ro  ENGINE_CAPS_* */
#define ENGINE_REG_LENGTH_MAX 0x00C /* ro  most bytes of one descriptor */
#define ENGINE_REG_MEMORY_LO  0x010 /* ro  bytes of device memory */
#define ENGINE_REG_MEMORY_HI  0x014

#define ENGINE_REG_CONTROL    0x040 /* rw  ENGINE_CONTROL_* */
#define ENGINE_REG_RESET      0x044 /* rw  a value other than RESET_DONE asks for a reset */
#define ENGINE_REG_IRQ_ENABLE 0x048 /* rw  ENGINE_IRQ_*: bit set = this source may interrupt */
#define ENGINE_REG_MODERATION                                                                      \
	0x04C /* rw  15:0 microseconds between interrupts, 31:16 completions */
#define ENGINE_REG_ERROR_ACKED 0x050 /* rw  the ERROR_POSTED the driver has seen */

#define ENGINE_REG_STATUS       0x080 /* ro  ENGINE_STATUS_* */
#define ENGINE_REG_RESET_DONE   0x084 /* ro  the value of RESET whose reset is finished */
#define ENGINE_REG_ERROR_POSTED 0x088 /* ro  errors since reset, free-running */
#define ENGINE_REG_ERROR_CODE   0x08C /* ro  ENGINE_ERROR_* of the first error since reset */
#define ENGINE_REG_ERROR_CHAN   0x090 /* ro  its channel */
#define ENGINE_REG_ERROR_LO     0x098 /* ro  its logical address */
#define ENGINE_REG_ERROR_HI     0x09C

/* The I/O BAR: INDEX is an offset in BAR 0, DATA the register there. 32 bits each. */
#define ENGINE_PORT_INDEX 0x0
#define ENGINE_PORT_DATA  0x4

#define ENGINE_ID_VALUE      0x444D4142u
#define ENGINE_VERSION_VALUE 0x00010000u

#define ENGINE_CAPS_SG          (1u << 0) /* elements 2.. of a descriptor and chains are allowed */
#define ENGINE_CAPS_CHANNELS(c) (((c) >> 8) & 0xFFu)
#define ENGINE_CAPS_ADDRBITS(c) (((c) >> 16) & 0xFFu)

#define ENGINE_CONTROL_ENABLE (1u << 0)

#define ENGINE_STATUS_READY  (1u << 0) /* follows CONTROL.ENABLE */
#define ENGINE_STATUS_HALTED (1u << 1) /* a channel halted: reset needed */

#define ENGINE_IRQ_CHANNEL(c) (1u << (c))
#define ENGINE_IRQ_ERROR      (1u << 31)

/* Channel registers: ENGINE_CHANNEL(c) + offset. */
#define ENGINE_CHANNEL(c)    (0x1000u + (uint32_t)(c)*0x100u)
#define ENGINE_CH_SQ_LO      0x00 /* rw  submission ring, logical address, 64-byte aligned */
#define ENGINE_CH_SQ_HI      0x04
#define ENGINE_CH_CQ_LO      0x08 /* rw  completion ring, logical address, 64-byte aligned */
#define ENGINE_CH_CQ_HI      0x0C
#define ENGINE_CH_ENTRIES    0x10 /* rw  entries of both rings, power of two, 2..4096 */
#define ENGINE_CH_ENABLE     0x14 /* rw  1 = run; 0->1 takes the five above */
#define ENGINE_CH_SQ_TAIL    0x40 /* rw  doorbell: descriptors posted, free-running */
#define ENGINE_CH_CQ_HEAD    0x80 /* rw  doorbell: completions consumed, free-running */
#define ENGINE_CH_IRQ_ACKED  0x84 /* rw  the IRQ_POSTED the driver has seen */
#define ENGINE_CH_STATUS     0xC0 /* ro  ENGINE_CH_STATUS_* */
#define ENGINE_CH_IRQ_POSTED 0xC4 /* ro  completions with ENGINE_DESC_IRQ, free-running */

#define ENGINE_CH_STATUS_RUNNING (1u << 0) /* follows CH_ENABLE */
#define ENGINE_CH_STATUS_HALTED  (1u << 1) /* ring error: reset needed */

/*
 * Descriptor, 64 bytes. Scatter/gather: up to two elements inline; with ENGINE_DESC_CHAIN the rest
 * follows in a chain block at chain_addr, chain_count elements long, of which the last may be a
 * link to the next block (ENGINE_ELEMENT_LINK: address and element count of that block).
 */
#define ENGINE_OP_NOP         0
#define ENGINE_OP_TO_DEVICE   1
#define ENGINE_OP_FROM_DEVICE 2

#define ENGINE_DESC_CHAIN (1u << 0) /* chain_addr, chain_count are valid */
#define ENGINE_DESC_IRQ   (1u << 1) /* this completion may raise the channel's interrupt */

struct engine_element {
	uint64_t address; /* logical */
	uint32_t length;  /* bytes, at least 1; with LINK: elements of the next block */
	uint32_t flags;
};

#define ENGINE_ELEMENT_LINK (1u << 0)

struct engine_desc {
	uint8_t opcode;
	uint8_t flags;
	uint16_t id;             /* handed back in the completion */
	uint32_t length;         /* total bytes = sum of the elements */
	uint64_t device_address; /* in device memory */
	uint8_t inline_count;    /* 0..2 */
	uint8_t reserved0[3];
	uint32_t chain_count;
	uint64_t chain_addr;
	struct engine_element element[2];
};

/* Completion, 16 bytes, in ring order; phase is 1 on the first lap, then toggles each lap. */
struct engine_completion {
	uint32_t length; /* bytes moved */
	uint16_t id;
	uint16_t status;  /* ENGINE_ERROR_* */
	uint32_t sq_head; /* descriptors fetched so far, free-running */
	uint32_t phase;   /* bit 0; written last */
};

enum engine_error {
	ENGINE_ERROR_NONE = 0,
	ENGINE_ERROR_OPCODE = 1,  /* unknown opcode or reserved bits set */
	ENGINE_ERROR_LENGTH = 2,  /* zero, above LENGTH_MAX, or not the sum of the elements */
	ENGINE_ERROR_ELEMENT = 3, /* zero-length element, bad count or chain, no scatter/gather */
	ENGINE_ERROR_ADDRESS = 4, /* not mapped, wrong direction, beyond the address width */
	ENGINE_ERROR_MEMORY = 5,  /* outside device memory */
	ENGINE_ERROR_RING = 6,    /* ring unreachable or doorbell impossible: the channel halts */
	ENGINE_ERROR_COUNT,
};

_Static_assert(sizeof(struct engine_element) == 16, "datasheet: element");
_Static_assert(sizeof(struct engine_desc) == 64, "datasheet: descriptor");
_Static_assert(sizeof(struct engine_completion) == 16, "datasheet: completion");

#endif
