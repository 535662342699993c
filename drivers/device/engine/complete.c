// SPDX-License-Identifier: BSD-2-Clause
/*
 * complete.c: posts completions. Order: the record, its phase, the interrupt count, the error
 * count.
 */
#include "drivers/device/engine/engine.h"
#include "drivers/device/engine/engine_priv.h"

#include <string.h>

/* Return: false when the completion ring cannot be reached; the channel has halted then. */
static bool completion_post(
	struct engine *engine, struct engine_channel *channel, const struct engine_work *work)
{
	uint8_t *entry = engine_ring_entry(engine, channel, false, channel->posted);

	if (!entry)
		return false;

	/* Entries are a power of two: the bit above the slot number is the parity of the lap. */
	uint32_t phase = channel->posted & channel->entries ? 0 : 1;
	struct engine_completion record = {
		.length = work->status ? work->moved_bytes : work->length,
		.id = work->id,
		.status = (uint16_t)work->status,
		.sq_head = channel->fetched,
	};

	memcpy(entry, &record, offsetof(struct engine_completion, phase));
	mmio_write32(entry + offsetof(struct engine_completion, phase), phase);
	channel->posted++;
	if (work->irq) {
		channel->irq_posted++;
		engine_reg_set(engine, ENGINE_CHANNEL(channel->index) + ENGINE_CH_IRQ_POSTED,
			channel->irq_posted);
	}
	return true;
}

void engine_retire(struct engine *engine, const struct engine_work *work)
{
	struct engine_channel *channel = &engine->channel[work->channel];

	if (!channel->running || work->resets != engine->resets)
		return;
	channel->promised -= engine->config.fault == DEVICE_FAULT_DUPLICATE ? 2 : 1;
	if (!completion_post(engine, channel, work))
		return;
	if (work->fault == DEVICE_FAULT_DUPLICATE && !completion_post(engine, channel, work))
		return;
	if (work->status)
		engine_error(engine, work->channel, work->status, work->error_iova);
}
