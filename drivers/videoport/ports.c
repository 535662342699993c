// SPDX-License-Identifier: BSD-2-Clause
/*
 * ports.c: I/O ports. Called by register.c for the port functions and for a register function that was
 * given a port. A claimed port reaches the device's I/O BAR or the VGA's, which is plain storage; any
 * other reads as all ones and swallows what is written, as on a bus where nobody answers.
 */
#include "drivers/videoport/priv.h"

static uint32_t all_ones(unsigned len_bytes)
{
	return UINT32_MAX >> (32 - 8 * len_bytes);
}

static const struct device_bar *bar_of_port(const struct videoport *vp, uint64_t port)
{
	for (unsigned i = 0; i < DEVICE_BARS_MAX; i++) {
		const struct device_bar *bar = &vp->device->caps.bar[i];

		if (bar->kind == DEVICE_BAR_IO && port >= bar->bus_address &&
			port - bar->bus_address < bar->len_bytes)
			return bar;
	}
	return NULL;
}

/* Whether the access may go on; if not, the finding is recorded. */
static bool port_allowed(
	struct videoport *vp, const char *function, uintptr_t port, unsigned len_bytes)
{
	if (port >= PORT_SPACE_BYTES) {
		rule_broken(vp, RULE_ACCESS_SPACE, 0, "%s: %p is an address of memory, no port",
			function, (void *)port);
		return false;
	}
	if (!vp || resource_claimed(vp, true, port, len_bytes))
		return vp != NULL;
	rule_broken(vp, RULE_PORT_UNCLAIMED, 0, "%s: port 0x%zx, %u bytes, is not claimed",
		function, (size_t)port, len_bytes);
	return false;
}

uint32_t port_read(const char *function, uintptr_t port, unsigned len_bytes)
{
	struct videoport *vp = irql_thread.port;
	uint32_t value = 0;

	if (!port_allowed(vp, function, port, len_bytes))
		return all_ones(len_bytes);

	const struct device_bar *bar = bar_of_port(vp, port);

	if (bar)
		return vp->device->port->read(
			vp->device, (uint32_t)(port - bar->bus_address), len_bytes);
	/* Relaxed: storage, nothing hangs on the order. */
	for (unsigned i = 0; i < len_bytes; i++)
		value |= (uint32_t)atomic_load_explicit(
				 &vp->resource.vga_port[port - VGA_PORT_START + i],
				 memory_order_relaxed)
		         << 8 * i;
	return value;
}

void port_write(const char *function, uintptr_t port, unsigned len_bytes, uint32_t value)
{
	struct videoport *vp = irql_thread.port;

	if (!port_allowed(vp, function, port, len_bytes))
		return;

	const struct device_bar *bar = bar_of_port(vp, port);

	if (bar) {
		vp->device->port->write(
			vp->device, (uint32_t)(port - bar->bus_address), len_bytes, value);
		return;
	}
	for (unsigned i = 0; i < len_bytes; i++)
		atomic_store_explicit(&vp->resource.vga_port[port - VGA_PORT_START + i],
			(unsigned char)(value >> 8 * i), memory_order_relaxed);
}

uint32_t register_refused(const char *function, uintptr_t port)
{
	rule_broken(irql_thread.port, RULE_ACCESS_SPACE, 0,
		"%s: 0x%zx is a port (or an offset from NULL), no address of memory", function,
		(size_t)port);
	return UINT32_MAX;
}
