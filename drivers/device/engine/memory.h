/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * memory.h: what a device is made of on this host: pages for its registers and its memory, and the host's own way to
 * that memory. For the devices that play the engine. Threads: any; who reads what another writes has to order it.
 */
#ifndef ENGINE_MEMORY_H
#define ENGINE_MEMORY_H

#include "drivers/device/device.h"
#include "drivers/support/err.h"

/* What a device shows of itself; all zero: nothing yet. */
struct memory {
	uint8_t *bar;   /* its registers, ENGINE_BAR0_BYTES of regs.h */
	uint8_t *bytes; /* what its transfers go to and come from */
	uint64_t len_bytes;
};

/*
 * memory_open - both, zeroed; of @len_bytes, whole pages. @name: the device's word for messages. Return: 0 or -ENOMEM
 * (ERR_MISSING); memory_close after either, or of all zeros. No thread may use it any more then.
 */
int memory_open(struct memory *memory, uint64_t len_bytes, const char *name, struct err *err);
void memory_close(struct memory *memory);

/* memory_pages - zeroed, given back by pages_unmap; untouched ones cost nothing. NULL: there is no room. Fault point device_pages. */
void *memory_pages(size_t len_bytes);

/* memory_read, memory_write - as the ops of device_ops, of a device whose memory lies at @memory. */
int memory_read(const struct device *dev, const uint8_t *memory, uint64_t addr, void *dst,
	size_t len_bytes);
int memory_write(const struct device *dev, uint8_t *memory, uint64_t addr, const void *src,
	size_t len_bytes);

#endif
