// SPDX-License-Identifier: BSD-2-Clause
/*
 * fetch.c: takes a descriptor and its chain into private memory, checks them there and makes a flat
 * list of segments. Everything the driver can write is read exactly once: it may change at any
 * time.
 */
#include "drivers/device/engine/engine.h"
#include "drivers/device/engine/engine_priv.h"

#include "drivers/support/trace.h"

#include <string.h>

#define CHAIN_ALIGN_MASK 15u
#define FLAGS_KNOWN      (ENGINE_DESC_CHAIN | ENGINE_DESC_IRQ)

/* Copies and makes the compiler forget the source, so that no check looks at it again. */
static void copy_once(void *dst, const void *src, size_t len_bytes)
{
	memcpy(dst, src, len_bytes);
	__asm__ volatile("" : : "r"(dst) : "memory");
}

/* Is there a descriptor to take, and room for its completion? Halts on impossible doorbells. */
static bool channel_has_work(struct engine *engine, struct engine_channel *channel)
{
	uint32_t base = ENGINE_CHANNEL(channel->index);
	uint32_t need = engine->entries_each;

	if (!channel->running)
		return false;
	if (channel->tail == channel->fetched) {
		channel->tail = bell_read(
			engine, &channel->tail_bell, base + ENGINE_CH_SQ_TAIL, channel->tail);
		if (channel->tail == channel->fetched)
			return false;
		if (channel->tail - channel->fetched > channel->entries) {
			engine_halt(engine, channel, channel->sq);
			return false;
		}
	}
	if (channel->posted - channel->head + channel->promised + need > channel->entries) {
		channel->head = bell_read(
			engine, &channel->head_bell, base + ENGINE_CH_CQ_HEAD, channel->head);
		if (channel->posted - channel->head > channel->entries) {
			engine_halt(engine, channel, channel->cq);
			return false;
		}
		if (channel->posted - channel->head + channel->promised + need > channel->entries)
			return false;
	}
	channel->promised += need;
	return true;
}

static enum engine_error desc_check(const struct engine *engine, const struct engine_desc *desc)
{
	bool nop = desc->opcode == ENGINE_OP_NOP;
	bool chain = desc->flags & ENGINE_DESC_CHAIN;

	if (desc->opcode > ENGINE_OP_FROM_DEVICE || (desc->flags & ~FLAGS_KNOWN))
		return ENGINE_ERROR_OPCODE;
	if (desc->reserved0[0] || desc->reserved0[1] || desc->reserved0[2])
		return ENGINE_ERROR_OPCODE;
	if (nop != (desc->length == 0) || desc->length > ENGINE_LENGTH_MAX_BYTES)
		return ENGINE_ERROR_LENGTH;
	if (nop)
		return desc->inline_count || chain ? ENGINE_ERROR_ELEMENT : ENGINE_ERROR_NONE;
	if (desc->inline_count > 2 || (desc->inline_count == 0 && !chain))
		return ENGINE_ERROR_ELEMENT;
	if (!engine->config.scatter_gather && (chain || desc->inline_count != 1))
		return ENGINE_ERROR_ELEMENT;
	if (desc->device_address > engine->config.memory_bytes ||
		desc->length > engine->config.memory_bytes - desc->device_address)
		return ENGINE_ERROR_MEMORY;
	return ENGINE_ERROR_NONE;
}

/* Puts one data element behind the list. @sum grows by its length. */
static enum engine_error segment_add(struct engine *engine, struct engine_work *work, uint64_t *sum,
	const struct engine_element *element)
{
	if (element->flags || element->length == 0 || work->segments == ENGINE_ELEMENTS_MAX)
		return ENGINE_ERROR_ELEMENT;
	engine->segment[work->segments++] = (struct engine_segment){
		.iova = {element->address}, .len_bytes = element->length};
	*sum += element->length;
	return ENGINE_ERROR_NONE;
}

/* Reads one chain block into private memory, run by run where it is not contiguous. */
static enum engine_error block_read(
	struct engine *engine, struct engine_work *work, iova_t iova, uint32_t count)
{
	uint64_t left = (uint64_t)count * sizeof(struct engine_element);
	uint8_t *dst = (uint8_t *)engine->block;

	while (left > 0) {
		void *va;
		size_t run = engine_pin_range(
			engine, ENGINE_PIN_CHAIN, iova, left, DEVICE_READ, &va);

		if (run == 0) {
			engine_refuse(engine, work, iova, left, DEVICE_READ);
			return ENGINE_ERROR_ADDRESS;
		}
		copy_once(dst, va, run);
		engine->config.ops->unpin(engine->config.bus, ENGINE_PIN_CHAIN);
		dst += run;
		iova.val += run;
		left -= run;
	}
	return ENGINE_ERROR_NONE;
}

static enum engine_error chain_read(
	struct engine *engine, struct engine_work *work, uint64_t *sum, iova_t iova, uint32_t count)
{
	for (unsigned blocks = 0; blocks < ENGINE_BLOCKS_MAX; blocks++) {
		if (count == 0 || count > ENGINE_ELEMENTS_MAX + 1 || (iova.val & CHAIN_ALIGN_MASK))
			return ENGINE_ERROR_ELEMENT;

		enum engine_error status = block_read(engine, work, iova, count);
		const struct engine_element *last = &engine->block[count - 1];
		bool link = last->flags == ENGINE_ELEMENT_LINK;

		for (uint32_t i = 0; !status && i < count - (link ? 1 : 0); i++)
			status = segment_add(engine, work, sum, &engine->block[i]);
		if (status || !link)
			return status;
		iova.val = last->address;
		count = last->length;
	}
	return ENGINE_ERROR_ELEMENT;
}

static enum engine_error list_read(
	struct engine *engine, struct engine_work *work, const struct engine_desc *desc)
{
	enum engine_error status = ENGINE_ERROR_NONE;
	uint64_t sum = 0;

	for (unsigned i = 0; !status && i < desc->inline_count; i++)
		status = segment_add(engine, work, &sum, &desc->element[i]);
	if (!status && (desc->flags & ENGINE_DESC_CHAIN))
		status = chain_read(
			engine, work, &sum, (iova_t){desc->chain_addr}, desc->chain_count);
	if (!status && sum != desc->length)
		status = ENGINE_ERROR_LENGTH;
	return status;
}

void engine_refuse(struct engine *engine, struct engine_work *work, iova_t iova, uint64_t len_bytes,
	enum device_access access)
{
	struct device_refusal refusal = {
		.iova = iova, .len_bytes = len_bytes, .access = access, .descriptor_id = work->id};

	engine->config.ops->refused(engine->config.bus, &refusal);
	work->status = ENGINE_ERROR_ADDRESS;
	work->error_iova = iova;
}

static void work_init(struct engine *engine, struct engine_work *work, unsigned channel,
	const struct engine_desc *desc)
{
	work->channel = channel;
	work->resets = engine->resets;
	work->opcode = desc->opcode;
	work->irq = desc->flags & ENGINE_DESC_IRQ;
	work->id = desc->id;
	work->length = desc->length;
	work->move_bytes = 0;
	work->device_address = work->asked_address = desc->device_address;
	work->fault = DEVICE_FAULT_NONE;
	work->wrong_at = work->wrong_bytes = 0;
	work->wrong_bit = 0;
	work->segment = engine->segment;
	work->segments = 0;
	work->status = ENGINE_ERROR_NONE;
	work->moved_bytes = 0;
	work->error_iova.val = 0;
}

bool engine_fetch(struct engine *engine, unsigned channel_index, struct engine_work *work)
{
	struct engine_channel *channel = &engine->channel[channel_index];
	struct engine_desc desc;

	if (!engine->enabled || !channel_has_work(engine, channel))
		return false;
	trace_to(TRACE_FETCH);

	const uint8_t *entry = engine_ring_entry(engine, channel, true, channel->fetched);

	if (!entry) {
		trace_to(TRACE_IDLE);
		return false;
	}
	copy_once(&desc, entry, sizeof(desc));
	channel->fetched++;
	/* Only what is posted: a line the driver is about to write is better left with it. */
	if (channel->fetched != channel->tail)
		__builtin_prefetch(entry + sizeof(desc));

	work_init(engine, work, channel_index, &desc);
	work->status = desc_check(engine, &desc);
	if (work->status || work->opcode == ENGINE_OP_NOP)
		return true;
	work->status = list_read(engine, work, &desc);
	if (!work->status) {
		work->move_bytes = work->length;
		fault_plan(engine, work);
	}
	return true;
}
