// SPDX-License-Identifier: BSD-2-Clause
/*
 * complete.c: posts completions. Order: the record, its phase, the interrupt count, the error
 * count. Where no fault is configured nothing is asked about any: the way of every completion is short.
 */
#include "drivers/device/engine/engine.h"
#include "drivers/device/engine/engine_priv.h"

#include "drivers/support/random.h"

#include <string.h>

/*
 * Writes one record into the next entry. @stale: its phase keeps the value of the lap before.
 * Return: false when the completion ring cannot be reached; the channel has halted then.
 */
static inline __attribute__((always_inline)) bool entry_write(struct engine *engine,
	struct engine_channel *channel, const struct engine_completion *record, bool irq,
	bool stale)
{
	uint8_t *entry = engine_ring_entry(engine, channel, false, channel->posted);

	if (!entry)
		return false;

	/* Entries are a power of two: the bit above the slot number is the parity of the lap. */
	uint32_t phase = channel->posted & channel->entries ? 0 : 1;

	memcpy(entry, record, offsetof(struct engine_completion, phase));
	mmio_write32(entry + offsetof(struct engine_completion, phase), stale ? phase ^ 1 : phase);
	channel->posted++;
	if (irq) {
		channel->irq_posted++;
		engine_reg_set(engine, ENGINE_CHANNEL(channel->index) + ENGINE_CH_IRQ_POSTED,
			channel->irq_posted);
	}
	return true;
}

static inline struct engine_completion record_of(
	const struct engine_channel *channel, const struct engine_work *work)
{
	return (struct engine_completion){
		.length = work->status ? work->moved_bytes : work->length,
		.id = work->id,
		.status = (uint16_t)work->status,
		.sq_head = channel->fetched,
	};
}

/* ---- where something may be injected ------------------------------------------------------------ */

static __attribute__((cold, noinline)) bool record_post(struct engine *engine,
	struct engine_channel *channel, const struct engine_completion *record, bool irq,
	bool stale)
{
	return entry_write(engine, channel, record, irq, stale);
}

bool completion_release(struct engine *engine, struct engine_channel *channel)
{
	if (!channel->holds)
		return true;
	channel->holds = false;
	channel->promised--;
	return record_post(engine, channel, &channel->held, channel->held_irq, false);
}

#define HOSTILE_ENTRIES 4

/* Random words into random entries, the next one first; whoever reads them meanwhile finds anything. */
static bool entries_scribble(struct engine *engine, struct engine_channel *channel)
{
	for (unsigned i = 0; i < HOSTILE_ENTRIES; i++) {
		uint32_t ahead = i ? (uint32_t)random_draw(&engine->random) % channel->entries : 0;
		uint8_t *entry = engine_ring_entry(engine, channel, false, channel->posted + ahead);

		if (!entry)
			return false;
		for (size_t at = 0; at < sizeof(struct engine_completion); at += sizeof(uint32_t))
			mmio_write32(entry + at, (uint32_t)random_draw(&engine->random));
	}
	channel->posted++;
	return true;
}

/* What an injected fault makes of the completion of @work. Return: as entry_write. */
static bool completion_spoil(struct engine *engine, struct engine_channel *channel,
	const struct engine_work *work, struct engine_completion *record)
{
	struct engine_completion another = *record;

	switch (work->fault) {
	case DEVICE_FAULT_UNPOSTED:
		return true;
	case DEVICE_FAULT_HOSTILE:
		return entries_scribble(engine, channel);
	case DEVICE_FAULT_DUPLICATE:
		return record_post(engine, channel, &another, work->irq, false) &&
		       record_post(engine, channel, record, work->irq, false);
	case DEVICE_FAULT_INVENTED:
		another.id ^= (uint16_t)work->wrong_bit;
		return record_post(engine, channel, &another, work->irq, false) &&
		       record_post(engine, channel, record, work->irq, false);
	case DEVICE_FAULT_WRONG_ID:
		record->id ^= (uint16_t)work->wrong_bit;
		break;
	case DEVICE_FAULT_WRONG_LENGTH:
		record->length ^= work->wrong_bit;
		break;
	default:
		break;
	}
	return record_post(engine, channel, record, work->irq, work->fault == DEVICE_FAULT_STALE);
}

/* The same where @work may be hit, or the one before it may wait for it. Return: whether anything was posted or kept. */
static __attribute__((cold, noinline)) bool faulty_retire(
	struct engine *engine, struct engine_channel *channel, const struct engine_work *work)
{
	struct engine_completion record = record_of(channel, work);

	if (engine->hung)
		return false;
	if (work->fault == DEVICE_FAULT_REORDERED) {
		channel->holds = true;
		channel->held = record;
		channel->held_irq = work->irq;
		return true;
	}
	channel->promised -= engine->entries_each;
	return completion_spoil(engine, channel, work, &record) &&
	       completion_release(engine, channel);
}

/* ---- all of it ---------------------------------------------------------------------------------- */

void engine_retire(struct engine *engine, const struct engine_work *work)
{
	struct engine_channel *channel = &engine->channel[work->channel];
	bool posted;

	if (!channel->running || work->resets != engine->resets)
		return;
	if (__builtin_expect(engine->config.fault != DEVICE_FAULT_NONE, 0)) {
		posted = faulty_retire(engine, channel, work);
	} else {
		const struct engine_completion record = record_of(channel, work);

		channel->promised--;
		posted = entry_write(engine, channel, &record, work->irq, false);
	}
	if (posted && work->status)
		engine_error(engine, work->channel, work->status, work->error_iova);
}
