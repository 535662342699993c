// SPDX-License-Identifier: BSD-2-Clause
/*
 * ports.c: the index and data ports through which a driver without memory mapping reaches the registers
 * (datasheet section 3.5). Called by the devices' port ops, from any thread.
 */
#include "drivers/device/engine/engine.h"
#include "drivers/device/engine/engine_priv.h"

#include "drivers/support/mmio.h"

/* The register INDEX names, or NULL where it names none. */
static uint8_t *port_register(struct engine *engine)
{
	/* Relaxed: the driver orders its own accesses; two threads need a lock of their own. */
	uint32_t index = atomic_load_explicit(&engine->port_index, memory_order_relaxed);

	if (index % 4 != 0 || index >= ENGINE_BAR0_BYTES)
		return NULL;
	return (uint8_t *)engine->config.bar + index;
}

uint32_t engine_port_read(struct engine *engine, uint32_t offset, unsigned len_bytes)
{
	uint32_t nobody = UINT32_MAX >> (32 - 8 * len_bytes);

	if (len_bytes != 4 || engine_gone(engine))
		return nobody;
	if (offset == ENGINE_PORT_INDEX)
		return atomic_load_explicit(&engine->port_index, memory_order_relaxed);

	const uint8_t *at = offset == ENGINE_PORT_DATA ? port_register(engine) : NULL;

	return at ? mmio_read32(at) : nobody;
}

void engine_port_write(struct engine *engine, uint32_t offset, unsigned len_bytes, uint32_t value)
{
	if (len_bytes != 4)
		return;
	if (offset == ENGINE_PORT_INDEX) {
		atomic_store_explicit(&engine->port_index, value, memory_order_relaxed);
		return;
	}

	uint8_t *at = offset == ENGINE_PORT_DATA ? port_register(engine) : NULL;

	if (at)
		mmio_write32(at, value);
}
