// SPDX-License-Identifier: BSD-2-Clause
/*
 * move.c: the mover for devices whose memory the CPU can copy. Every page is translated; what is
 * contiguous in host memory is copied in one go.
 */
#include "drivers/device/engine/engine.h"
#include "drivers/device/engine/engine_priv.h"

#include <string.h>

/* Longest single copy: bounds how long an unmap of memory in use has to wait. */
#define CHUNK_BYTES ((size_t)1 << 20)

/* As engine_pin_range, up to the byte whose translation is refused on request. */
static size_t pin_until_refused(struct engine *engine, const struct engine_work *work, iova_t iova,
	size_t want, enum device_access access, void **va)
{
	const size_t good_bytes = work->refuse_at - work->moved_bytes;

	if (good_bytes > 0)
		return engine_pin_range(engine, ENGINE_PIN_DATA, iova,
			want < good_bytes ? want : good_bytes, access, va);
	if (engine->config.mishaps)
		mishap(&engine->config.mishaps->iommu);
	return 0;
}

/* Moves one segment, or the first @len_bytes of it. Return: false when an access was refused. */
static bool segment_move(
	struct engine *engine, struct engine_work *work, iova_t iova, uint32_t len_bytes)
{
	bool to_device = work->opcode == ENGINE_OP_TO_DEVICE;
	enum device_access access = to_device ? DEVICE_READ : DEVICE_WRITE;

	while (len_bytes > 0) {
		uint8_t *memory = engine->config.memory + work->device_address + work->moved_bytes;
		size_t want = len_bytes < CHUNK_BYTES ? len_bytes : CHUNK_BYTES;
		size_t run;
		void *va;

		if (__builtin_expect(work->fault == DEVICE_FAULT_IOMMU, 0))
			run = pin_until_refused(engine, work, iova, want, access, &va);
		else
			run = engine_pin_range(engine, ENGINE_PIN_DATA, iova, want, access, &va);
		if (run == 0) {
			engine_refuse(engine, work, iova, len_bytes, access);
			return false;
		}
		if (to_device)
			memcpy(memory, va, run);
		else
			memcpy(va, memory, run);
		iova.val += run;
		len_bytes -= (uint32_t)run;
		work->moved_bytes += (uint32_t)run;
	}
	return true;
}

/* Byte @offset of the destination, until the next call; NULL where it is refused. */
static uint8_t *destination_at(
	struct engine *engine, const struct engine_work *work, uint64_t offset)
{
	const struct engine_segment *segment = work->segment;
	void *va;

	if (work->opcode == ENGINE_OP_TO_DEVICE)
		return engine->config.memory + work->device_address + offset;
	for (; offset >= segment->len_bytes; segment++)
		offset -= segment->len_bytes;
	if (!engine_pin_range(engine, ENGINE_PIN_DATA, (iova_t){segment->iova.val + offset}, 1,
		    DEVICE_WRITE, &va))
		return NULL;
	return va;
}

/* Inverts the chosen bit of what was moved. */
static void destination_flip(struct engine *engine, const struct engine_work *work)
{
	uint8_t *at = destination_at(engine, work, work->wrong_at);

	if (at)
		*at ^= (uint8_t)work->wrong_bit;
}

/* What the torn bytes hold before the move, and again behind it. */
static void destination_keep(
	struct engine *engine, const struct engine_work *work, uint8_t kept[ENGINE_TORN_BYTES])
{
	for (uint32_t i = 0; i < work->wrong_bytes; i++) {
		const uint8_t *at = destination_at(engine, work, work->wrong_at + i);

		kept[i] = at ? *at : 0;
	}
}

static void destination_tear(struct engine *engine, const struct engine_work *work,
	const uint8_t kept[ENGINE_TORN_BYTES])
{
	for (uint32_t i = 0; i < work->wrong_bytes; i++) {
		uint8_t *at = destination_at(engine, work, work->wrong_at + i);

		if (at)
			*at = kept[i];
	}
}

void engine_move(struct engine *engine, struct engine_work *work)
{
	const bool torn = work->fault == DEVICE_FAULT_TORN;
	uint8_t kept[ENGINE_TORN_BYTES];
	uint32_t left = work->move_bytes;

	if (left == 0)
		return;
	if (__builtin_expect(torn, 0))
		destination_keep(engine, work, kept);
	for (const struct engine_segment *segment = work->segment; left > 0; segment++) {
		uint32_t part = segment->len_bytes < left ? segment->len_bytes : left;

		if (!segment_move(engine, work, segment->iova, part))
			break;
		left -= part;
	}
	if (__builtin_expect(torn, 0) && left == 0)
		destination_tear(engine, work, kept);
	if (work->fault == DEVICE_FAULT_FLIP && left == 0)
		destination_flip(engine, work);
	engine->config.ops->unpin(engine->config.bus, ENGINE_PIN_DATA);
}
