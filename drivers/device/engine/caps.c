// SPDX-License-Identifier: BSD-2-Clause
/*
 * caps.c: what a device's configuration asks of the engine, and what the engine lets a host find: identity, widths,
 * limits, BARs. Called by devices when they open.
 */
#include "drivers/device/engine/engine.h"
#include "drivers/device/engine/engine_priv.h"

#include <errno.h>

#define BAR_BUS_ADDRESS    0xFEB00000u
#define WINDOW_BUS_ADDRESS 0xD0000000u
#define WINDOW_BYTES_MAX   ((uint64_t)256 << 20) /* what fits below the registers' BAR */
#define PORT_BUS_ADDRESS   0xC000u

static bool chances_sound(const struct device_config *config)
{
	const struct device_line *line = &config->line;
	const struct device_bell *bell = &config->bell;
	const double all[] = {line->lost, line->late, line->twice, line->storm, line->spurious,
		bell->lost, bell->late, bell->twice, config->after, config->lack.map,
		config->lack.lock};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (!(all[i] >= 0.0 && all[i] <= 1.0))
			return false;
	return true;
}

int engine_check(const struct device_config *config, const char *name, struct err *err)
{
	if (config->address_bits != 24 && config->address_bits != 32 && config->address_bits != 64)
		return err_set(err, ERR_USAGE, -EINVAL,
			"device %s: address_bits is %u, expected 24, 32 or 64", name,
			config->address_bits);
	if (config->memory_bytes & PAGE_MASK)
		return err_set(err, ERR_USAGE, -EINVAL,
			"device %s: memory_bytes is %llu, expected a multiple of %zu", name,
			(unsigned long long)config->memory_bytes, PAGE_BYTES);
	if (!(config->fault_rate >= 0.0 && config->fault_rate <= 1.0))
		return err_set(err, ERR_USAGE, -EINVAL,
			"device %s: fault_rate is %g, expected a probability from 0 to 1", name,
			config->fault_rate);
	if (!chances_sound(config))
		return err_set(err, ERR_USAGE, -EINVAL,
			"device %s: line, bell, lack or after holds a chance outside 0 to 1", name);
	if ((unsigned)config->fault >= DEVICE_FAULT_COUNT)
		return err_set(err, ERR_USAGE, -EINVAL,
			"device %s: fault is %d, expected one of the %d kinds of device.h", name,
			(int)config->fault, (int)DEVICE_FAULT_COUNT);
	if (config->irq_moderation_us > 0xFFFF)
		return err_set(err, ERR_USAGE, -EINVAL,
			"device %s: irq_moderation_us is %u, expected at most 65535", name,
			config->irq_moderation_us);
	return 0;
}

struct engine_config engine_config_of(
	const struct device_config *config, const struct memory *memory)
{
	return (struct engine_config){
		.bar = memory->bar,
		.memory = memory->bytes,
		.memory_bytes = memory->len_bytes,
		.address_bits = config->address_bits,
		.scatter_gather = !config->no_scatter_gather,
		.fault = config->fault,
		.fault_rate = config->fault_rate,
		.fault_limit = config->fault_limit,
		.seed = config->seed,
		.bell = config->bell,
		.irq_moderation_us = config->irq_moderation_us,
	};
}

/* Datasheet section 2. */
static void bars_fill(const struct engine *engine, struct device_caps *caps)
{
	uint64_t window_bytes = WINDOW_BYTES_MAX;

	while (window_bytes > engine->config.memory_bytes)
		window_bytes /= 2;
	caps->bar[0] = (struct device_bar){.va = engine->config.bar,
		.bus_address = BAR_BUS_ADDRESS,
		.len_bytes = ENGINE_BAR0_BYTES};
	caps->bar[1] = (struct device_bar){.va = engine->config.memory,
		.bus_address = WINDOW_BUS_ADDRESS,
		.len_bytes = window_bytes,
		.kind = DEVICE_BAR_PREFETCH};
	caps->bar[2] = (struct device_bar){.bus_address = PORT_BUS_ADDRESS,
		.len_bytes = ENGINE_PORT_BYTES,
		.kind = DEVICE_BAR_IO};
}

void engine_caps(const struct engine *engine, struct device_caps *caps)
{
	caps->vendor_id = ENGINE_VENDOR_ID;
	caps->device_id = ENGINE_DEVICE_ID;
	caps->class_code = ENGINE_CLASS_CODE;
	caps->address_bits = engine->config.address_bits;
	caps->scatter_gather = engine->config.scatter_gather;
	caps->transfer_bytes_max = ENGINE_LENGTH_MAX_BYTES;
	caps->channels = ENGINE_CHANNELS;
	caps->memory_bytes = engine->config.memory_bytes;
	bars_fill(engine, caps);
}
