// SPDX-License-Identifier: BSD-2-Clause
/*
 * bell.c: doorbells that get lost, arrive late or twice, datasheet section 14. Called by fetch.c in the place of a
 * register's read.
 *
 * A doorbell is a register that both sides see at once, so that one was lost must be made to look as if the write had
 * not arrived: the register gets its old value back, unless the driver has written another one meanwhile.
 */
#include "drivers/device/engine/engine.h"
#include "drivers/device/engine/engine_priv.h"

#include "drivers/support/random.h"

#define AGAIN_NS 500 /* behind the first: the second look of a doorbell that arrives twice */

void bell_seed(struct engine *engine)
{
	const struct device_bell *config = &engine->config.bell;

	engine->bell_random = engine->config.seed ^ UINT64_C(0xBE11);
	engine->bells_wrong = engine->config.mishaps &&
	                      (config->lost > 0 || config->late > 0 || config->twice > 0);
}

static bool happens(struct engine *engine, double chance, _Atomic uint64_t *count)
{
	if (chance <= 0 || !random_chance(&engine->bell_random, chance))
		return false;
	mishap(count);
	return true;
}

static uint64_t now_ns(struct engine *engine)
{
	return engine->config.ops->now_ns(engine->config.bus);
}

/* A new value: what becomes of it. Return: whether the engine sees it now. */
static bool bell_arrives(struct engine *engine, struct engine_bell *bell, uint32_t offset,
	uint32_t value, uint32_t last)
{
	const struct device_bell *config = &engine->config.bell;
	struct mishaps *mishaps = engine->config.mishaps;

	if (happens(engine, config->lost, &mishaps->bell_lost)) {
		mmio_replace32((uint8_t *)engine->config.bar + offset, value, last);
		return false;
	}
	if (happens(engine, config->late, &mishaps->bell_late)) {
		bell->waits = true;
		bell->due_ns = now_ns(engine) + 1 +
		               random_draw(&engine->bell_random) % (config->late_ns + 1);
		return false;
	}
	bell->due_ns = UINT64_MAX;
	if (happens(engine, config->twice, &mishaps->bell_twice))
		bell->due_ns = now_ns(engine) + AGAIN_NS;
	return true;
}

uint32_t bell_look(struct engine *engine, struct engine_bell *bell, uint32_t offset, uint32_t last)
{
	uint32_t value = engine_reg(engine, offset);

	if (bell->waits) {
		if (now_ns(engine) < bell->due_ns)
			return last;
		bell->waits = false;
		bell->due_ns = UINT64_MAX;
		return value;
	}
	if (bell->due_ns != UINT64_MAX && now_ns(engine) >= bell->due_ns)
		bell->due_ns = UINT64_MAX;
	if (value == last || !bell_arrives(engine, bell, offset, value, last))
		return last;
	return value;
}

static uint64_t sooner(const struct engine_bell *bell, uint64_t behind_ns, uint64_t due_ns)
{
	return bell->due_ns > behind_ns && bell->due_ns < due_ns ? bell->due_ns : due_ns;
}

uint64_t engine_bell_due_ns(const struct engine *engine, unsigned channel, uint64_t behind_ns)
{
	const struct engine_channel *at = &engine->channel[channel];

	return sooner(&at->tail_bell, behind_ns, sooner(&at->head_bell, behind_ns, UINT64_MAX));
}
