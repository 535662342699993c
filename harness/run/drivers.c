// SPDX-License-Identifier: BSD-2-Clause
/*
 * drivers.c: the drivers under test and their registry values. The only file of the harness that names a miniport;
 * the port gets nothing but its DriverEntry.
 */
#include "harness/run/run_priv.h"

#include <string.h>

#include "dmabench_ioctl.h"
#include "drivers/loader/module.h"

uint32_t packet_DriverEntry(void *context1, void *context2);
uint32_t packet_cached_DriverEntry(void *context1, void *context2);
uint32_t common_DriverEntry(void *context1, void *context2);
uint32_t hybrid_DriverEntry(void *context1, void *context2);
uint32_t probe_DriverEntry(void *context1, void *context2);

struct driver {
	const char *name;
	videoport_driver_entry entry;
};

/* By enum run_strategy; the one behind carries the parts of the path one at a time. Modules are not among them. */
static const struct driver drivers[] = {
	[RUN_PACKET] = {"packet", packet_DriverEntry},
	[RUN_PACKET_CACHED] = {"packet-cached", packet_cached_DriverEntry},
	[RUN_COMMON] = {"common", common_DriverEntry},
	[RUN_HYBRID] = {"hybrid", hybrid_DriverEntry},
	{"probe", probe_DriverEntry},
};

#define POOL_SLOT_BYTES_MAX (64u << 10)
#define POOL_SLOTS_MAX      64u
#define RING_ENTRIES_MIN    16u
#define RING_ENTRIES_MAX    4096u

_Static_assert((int)RUN_POLL == DMABENCH_COMPLETION_POLL, "registry value of poll");
_Static_assert((int)RUN_INTERRUPT == DMABENCH_COMPLETION_INTERRUPT, "registry value of interrupt");
_Static_assert((int)RUN_ADAPTIVE == DMABENCH_COMPLETION_ADAPTIVE, "registry value of adaptive");

static uint64_t at_least(uint64_t value, uint64_t low)
{
	return value < low ? low : value;
}

static uint64_t at_most(uint64_t value, uint64_t high)
{
	return value > high ? high : value;
}

static uint64_t power_of_two(uint64_t value)
{
	uint64_t power = 1;

	while (power < value)
		power <<= 1;
	return power;
}

/* A slot holds one transfer, up to 64 KiB: larger ones are cut and pipelined, as a driver with a pool does. */
static uint64_t pool_slot_bytes(const struct run_cell *cell)
{
	if (cell->settings->pool.slot_bytes)
		return cell->settings->pool.slot_bytes;
	return at_most(at_least(power_of_two(cell->params.size_bytes), CACHE_LINE_BYTES),
		POOL_SLOT_BYTES_MAX);
}

static uint64_t pool_slots(const struct run_cell *cell, uint64_t slot_bytes)
{
	if (cell->settings->pool.slots)
		return cell->settings->pool.slots;
	uint64_t depth = at_least(cell_adapter_depth(cell), 1);
	uint64_t pieces = at_least((cell->params.size_bytes + slot_bytes - 1) / slot_bytes, 1);

	return at_least(at_most(depth * pieces, POOL_SLOTS_MAX), depth);
}

/*
 * Twice the depth, so that a full queue never meets a full ring, and room for all slots of a pool; not more, since
 * rings and what hangs on their entries are common buffer too.
 */
static uint64_t ring_entries(const struct run_cell *cell, uint64_t slots)
{
	const struct run_params *p = &cell->params;
	const bool pooled = (cell->bench->keys & RUN_KEY_STRATEGY) &&
	                    (p->strategy == RUN_COMMON || p->strategy == RUN_HYBRID);

	if (cell->settings->ring_entries)
		return cell->settings->ring_entries;
	const uint32_t depth = cell_adapter_depth(cell);
	uint64_t wanted = 2 * (uint64_t)(depth > p->batch ? depth : p->batch);

	if (pooled && wanted < slots)
		wanted = slots;

	return at_most(at_least(power_of_two(wanted), RING_ENTRIES_MIN), RING_ENTRIES_MAX);
}

static const struct driver *driver_of(const struct run_cell *cell)
{
	if (!cell->bench->driver)
		return &drivers[cell->params.strategy];
	const struct driver *driver = drivers;

	while (strcmp(driver->name, cell->bench->driver) != 0)
		driver++;
	return driver;
}

void drivers_configure(const struct run_cell *cell, const struct module *module,
	struct videoport_config *config, struct videoport_parameter parameters[RUN_PARAMETERS_MAX])
{
	const struct run_settings *s = cell->settings;
	uint64_t slot_bytes = pool_slot_bytes(cell);
	uint64_t slots = pool_slots(cell, slot_bytes);
	const struct videoport_parameter values[] = {
		{"CompletionMode", (uint32_t)cell->params.completion},
		{"PollBudgetUs", (uint32_t)s->poll_budget_us},
		{"RingEntries", (uint32_t)ring_entries(cell, slots)},
		{"PoolSlotBytes", (uint32_t)slot_bytes},
		{"PoolSlots", (uint32_t)slots},
		{"HybridThreshold", (uint32_t)s->hybrid_threshold_bytes},
		{"CacheEntries", (uint32_t)s->cache_entries},
		{"ScatterGather", s->dev.scatter_gather},
		{"ModerationUs", (uint32_t)s->dev.moderation_us},
		{"TimeoutUs", (uint32_t)(s->dev.timeout_ns / 1000)},
	};
	const unsigned count = sizeof(values) / sizeof(values[0]);

	_Static_assert(
		sizeof(values) / sizeof(values[0]) <= RUN_PARAMETERS_MAX, "room for all values");
	memcpy(parameters, values, sizeof(values));
	config->parameters = parameters;
	config->parameter_count = count;
	if (module) {
		config->driver_entry = module_entry(module);
		config->driver_name = module_name(module);
		return;
	}
	config->driver_entry = driver_of(cell)->entry;
	config->driver_name = driver_of(cell)->name;
}
