// SPDX-License-Identifier: BSD-2-Clause
/* memory.c: see memory.h. Called by the devices that play the engine; of the engine it knows how many registers there are. */
#include "drivers/device/engine/memory.h"

#include <errno.h>
#include <string.h>

#include "drivers/device/engine/regs.h"
#include "drivers/support/fault.h"
#include "drivers/support/pages.h"

void *memory_pages(size_t len_bytes)
{
	return fault_point("device_pages") ? NULL : pages_map(len_bytes);
}

int memory_open(struct memory *memory, uint64_t len_bytes, const char *name, struct err *err)
{
	memory->bar = memory_pages(ENGINE_BAR0_BYTES);
	memory->bytes = memory_pages(len_bytes);
	memory->len_bytes = len_bytes;
	if (memory->bar && memory->bytes)
		return 0;
	return err_set(err, ERR_MISSING, -ENOMEM,
		"device %s: no address space for %llu bytes of device memory; lower "
		"device.memory",
		name, (unsigned long long)len_bytes);
}

void memory_close(struct memory *memory)
{
	pages_unmap(memory->bytes, memory->len_bytes);
	pages_unmap(memory->bar, ENGINE_BAR0_BYTES);
	*memory = (struct memory){0};
}

static bool memory_holds(const struct device *dev, uint64_t addr, size_t len_bytes)
{
	return addr <= dev->caps.memory_bytes && len_bytes <= dev->caps.memory_bytes - addr;
}

int memory_read(
	const struct device *dev, const uint8_t *memory, uint64_t addr, void *dst, size_t len_bytes)
{
	if (!memory_holds(dev, addr, len_bytes))
		return -ERANGE;
	memcpy(dst, memory + addr, len_bytes);
	return 0;
}

int memory_write(
	const struct device *dev, uint8_t *memory, uint64_t addr, const void *src, size_t len_bytes)
{
	if (!memory_holds(dev, addr, len_bytes))
		return -ERANGE;
	memcpy(memory + addr, src, len_bytes);
	return 0;
}
