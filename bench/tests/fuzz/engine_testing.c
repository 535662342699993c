// SPDX-License-Identifier: BSD-2-Clause
/*
 * engine_testing.c: the engine's face to the host: a driver that writes registers, descriptors and lists as it likes, and maps
 * and unmaps under it. Input: commands of one byte with their operands. Afterwards the engine must be as good as new.
 */
#include "bench/tests/fuzz/fuzz.h"

#include <string.h>

#include "drivers/device/engine/rig_testing.h"

#define PAGES_USED 48
#define STEPS_MAX  64

struct input {
	const uint8_t *at, *end;
};

/* Little endian; 0 behind the end. */
static uint64_t take(struct input *in, unsigned bytes)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < bytes && in->at < in->end; i++)
		value |= (uint64_t)*in->at++ << 8 * i;
	return value;
}

static struct rig *rig_fresh(void)
{
	static const struct engine_config config = {
		.address_bits = 64, .scatter_gather = true, .seed = 1};
	static struct rig rig;

	if (!rig.engine)
		rig_open(&rig, &config);
	engine_reset(rig.engine);
	memset(rig.arena, 0, PAGES_USED * PAGE_BYTES);
	for (unsigned page = 0; page < PAGES_USED; page++)
		rig.access[page] = DEVICE_READ | DEVICE_WRITE;
	rig_start(&rig);
	return &rig;
}

/* A register that matters more often than one that does not. */
static uint32_t some_register(struct input *in)
{
	uint32_t pick = (uint32_t)take(in, 1);

	if (pick < 0x40)
		return ENGINE_REG_CONTROL + (pick & 0x3C);
	return ENGINE_CHANNEL(pick >> 7) + (pick & 0x7C) * 2;
}

static uint64_t some_address(struct input *in)
{
	uint32_t value = (uint32_t)take(in, 3);

	return (value & 0x800000) ? take(in, 8) : RIG_BASE + value % (PAGES_USED * PAGE_BYTES);
}

/* Sensible but for what the input says; wholly random ones end at the first check. */
static void some_descriptor(struct rig *rig, struct input *in)
{
	struct engine_desc desc = {.opcode = (uint8_t)take(in, 1) % 4, .id = (uint16_t)take(in, 1)};
	uint32_t shape = (uint32_t)take(in, 1);

	desc.inline_count = shape & 3;
	desc.device_address = take(in, 2);
	for (unsigned i = 0; i < 2; i++) {
		desc.element[i].address = some_address(in);
		desc.element[i].length = (uint32_t)take(in, 2);
		desc.length += i < desc.inline_count ? desc.element[i].length : 0;
	}
	if (shape & 4) {
		desc.flags |= ENGINE_DESC_CHAIN;
		desc.chain_addr = some_address(in) & ~UINT64_C(15);
		desc.chain_count = (uint32_t)take(in, 2);
		desc.length += (uint32_t)take(in, 2);
	}
	if (shape & 8)
		desc.flags = (uint8_t)take(in, 1);
	if (shape & 16)
		desc.length = (uint32_t)take(in, 4);
	rig_post(rig, 0, &desc);
}

static void some_memory(struct rig *rig, struct input *in)
{
	uint32_t at = (uint32_t)take(in, 3) % (PAGES_USED * PAGE_BYTES - 64);
	unsigned len = take(in, 1) % 64;

	for (unsigned i = 0; i < len; i++)
		rig->arena[at + i] = (uint8_t)take(in, 1);
}

static void command(struct rig *rig, struct input *in)
{
	switch (take(in, 1) % 8) {
	case 0: {
		uint32_t offset = some_register(in);

		rig_write(rig, offset, (uint32_t)take(in, 4));
		break;
	}
	case 1:
		some_memory(rig, in);
		break;
	case 2:
		rig_write(rig, ENGINE_CHANNEL(0) + ENGINE_CH_CQ_HEAD, (uint32_t)take(in, 2));
		break;
	case 3:
		rig->access[take(in, 1) % PAGES_USED] = take(in, 1) & 3;
		engine_unpin(rig->engine);
		break;
	case 4:
		engine_port_write(rig->engine, (uint32_t)take(in, 1) % ENGINE_PORT_BYTES,
			1u << take(in, 1) % 3, (uint32_t)take(in, 4));
		engine_port_read(rig->engine, (uint32_t)take(in, 1) % ENGINE_PORT_BYTES, 4);
		break;
	case 5:
		engine_irq_eoi(rig->engine);
		break;
	default:
		some_descriptor(rig, in);
	}
}

void fuzz_engine(const uint8_t *bytes, size_t len_bytes)
{
	struct rig *rig = rig_fresh();
	struct input in = {bytes, bytes + len_bytes};

	for (unsigned i = 0; i < STEPS_MAX && in.at < in.end; i++) {
		command(rig, &in);
		engine_step(rig->engine, 4);
	}
	engine_unpin(rig->engine);
	for (unsigned pin = ENGINE_PIN_RINGS; pin < ENGINE_PIN_COUNT; pin++)
		fuzz_expect_that(!rig->pinned[pin], "no pin of a ring to be left");
	rig = rig_fresh();

	const struct engine_desc nop = {.opcode = ENGINE_OP_NOP, .id = 7};

	rig_post(rig, 0, &nop);
	fuzz_expect_that(engine_step(rig->engine, 1) == 1, "a NOP to be done after a reset");

	struct engine_completion done;

	fuzz_expect_that(
		rig_reap(rig, 0, &done) && done.id == 7 && done.status == 0, "its completion");
}
