// SPDX-License-Identifier: BSD-2-Clause
/* memory.c: see memory.h. Called by the devices that play the engine; it must not know the engine. */
#include "drivers/device/engine/memory.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "drivers/support/fault.h"

void *memory_pages(size_t len_bytes)
{
	if (fault_point("device_pages"))
		return NULL;

	void *va = mmap(NULL, len_bytes, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return va == MAP_FAILED ? NULL : va;
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
