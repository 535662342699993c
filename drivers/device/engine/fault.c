// SPDX-License-Identifier: BSD-2-Clause
/*
 * fault.c: wrong behaviour on request, datasheet section 14. Changes the plan of a work before it
 * is moved, so that any mover carries it out without knowing; what goes wrong with its completion is
 * complete.c's.
 */
#include "drivers/device/engine/engine.h"
#include "drivers/device/engine/engine_priv.h"

#include "drivers/support/random.h"

#define MISPLACE_BYTES 64

void fault_seed(struct engine *engine)
{
	const double two_to_53 = 9007199254740992.0;

	engine->random = engine->config.seed;
	engine->fault_below = (uint64_t)(engine->config.fault_rate * two_to_53);
	engine->entries_each = engine->config.fault == DEVICE_FAULT_DUPLICATE ||
	                                       engine->config.fault == DEVICE_FAULT_INVENTED
	                               ? 2
	                               : 1;
}

static void wrong_from(struct engine_work *work, uint32_t first, uint32_t bytes)
{
	work->wrong_at = first;
	work->wrong_bytes = bytes;
}

static void misplace(struct engine *engine, struct engine_work *work)
{
	uint64_t behind = engine->config.memory_bytes - work->device_address - work->length;

	if (behind >= MISPLACE_BYTES)
		work->device_address += MISPLACE_BYTES;
	else if (work->device_address >= MISPLACE_BYTES)
		work->device_address -= MISPLACE_BYTES;
	else
		work->move_bytes = 0;
}

static void flip(struct engine *engine, struct engine_work *work)
{
	const uint64_t bit = random_draw(&engine->random) % ((uint64_t)work->length * 8);

	wrong_from(work, (uint32_t)(bit / 8), 1);
	work->wrong_bit = 1u << bit % 8;
}

static void tear(struct engine *engine, struct engine_work *work)
{
	const uint32_t bytes = work->length < ENGINE_TORN_BYTES ? work->length : ENGINE_TORN_BYTES;
	const uint64_t places = (uint64_t)work->length - bytes + 1;

	wrong_from(work, (uint32_t)(random_draw(&engine->random) % places), bytes);
}

/* Where the page of byte @at of the list begins in the list. */
static uint32_t page_start(const struct engine_work *work, uint32_t at)
{
	const struct engine_segment *segment = work->segment;
	uint32_t first = 0, back;

	for (; at - first >= segment->len_bytes; segment++)
		first += segment->len_bytes;
	back = (uint32_t)((segment->iova.val + (at - first)) & PAGE_MASK);
	return back < at - first ? at - back : first;
}

/* Which transfers are hit. A draw is spent on each, whatever comes of it. */
static bool fault_hits(struct engine *engine, const struct engine_work *work)
{
	const struct engine_config *config = &engine->config;
	const struct engine_channel *channel = &engine->channel[work->channel];

	if (random_draw(&engine->random) >> 11 >= engine->fault_below)
		return false;
	if (config->fault_limit && engine->fault_hits == config->fault_limit)
		return false;
	/* Order is what two have. */
	if (config->fault == DEVICE_FAULT_REORDERED &&
		(channel->holds || channel->fetched == channel->tail))
		return false;
	engine->fault_hits++;
	return true;
}

void fault_plan(struct engine *engine, struct engine_work *work)
{
	if (engine->config.fault == DEVICE_FAULT_NONE || !fault_hits(engine, work))
		return;
	work->fault = engine->config.fault;
	switch (work->fault) {
	case DEVICE_FAULT_DROP:
		work->move_bytes = 0;
		wrong_from(work, 0, work->length);
		break;
	case DEVICE_FAULT_MISPLACE:
		misplace(engine, work);
		wrong_from(work, 0, work->length);
		break;
	case DEVICE_FAULT_TRUNCATE:
		work->move_bytes = work->length / 2;
		wrong_from(work, work->move_bytes, work->length - work->move_bytes);
		break;
	case DEVICE_FAULT_FLIP:
		flip(engine, work);
		break;
	case DEVICE_FAULT_TORN:
		tear(engine, work);
		break;
	case DEVICE_FAULT_IOMMU:
		work->refuse_at = page_start(
			work, (uint32_t)(random_draw(&engine->random) % work->length));
		break;
	case DEVICE_FAULT_HANG:
		work->move_bytes = 0;
		engine->hung = true;
		engine->enabled = false;
		break;
	case DEVICE_FAULT_INVENTED:
		work->wrong_bit = 0x8000;
		break;
	case DEVICE_FAULT_WRONG_ID:
		work->wrong_bit = 1u << random_draw(&engine->random) % 16;
		break;
	case DEVICE_FAULT_WRONG_LENGTH:
		work->wrong_bit = 1u << random_draw(&engine->random) % 32;
		break;
	case DEVICE_FAULT_DUPLICATE: /* these in engine_retire */
	case DEVICE_FAULT_UNPOSTED:
	case DEVICE_FAULT_REORDERED:
	case DEVICE_FAULT_STALE:
	case DEVICE_FAULT_HOSTILE:
	case DEVICE_FAULT_NONE:
	case DEVICE_FAULT_COUNT:
		break;
	}
}
