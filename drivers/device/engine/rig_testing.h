/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rig_testing.h: a test bench for the engine, single-threaded and deterministic. Included by the
 * tests of this folder only. Logical pages map one by one to pages of an arena; what is not mapped
 * is refused; time stands still unless the test moves it.
 */
#ifndef ENGINE_RIG_TESTING_H
#define ENGINE_RIG_TESTING_H

#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "drivers/device/engine/engine.h"
#include "drivers/support/mmio.h"

#define RIG_BASE    0x40000000u /* logical address of page 0 */
#define RIG_PAGES   512
#define RIG_MEMORY  (1u << 20)
#define RIG_SQ      RIG_BASE                     /* pages 0..3: channel 0 and 1, two each */
#define RIG_CQ      (RIG_BASE + 4 * PAGE_BYTES)  /* pages 4..5 */
#define RIG_CHAIN   (RIG_BASE + 8 * PAGE_BYTES)  /* pages 8..23 */
#define RIG_DATA    (RIG_BASE + 32 * PAGE_BYTES) /* pages 32.. */
#define RIG_ENTRIES 8

struct rig {
	struct engine *engine;
	uint8_t *bar;
	uint8_t *arena;
	uint8_t *memory;
	uint8_t access[RIG_PAGES]; /* 0: not mapped */
	uint16_t frame[RIG_PAGES]; /* arena page of a logical page */
	bool pinned[ENGINE_PIN_COUNT];
	unsigned refusals, interrupts;
	struct device_refusal refusal; /* the last */
	uint64_t now_ns;
	uint64_t limit; /* last address of the width */
	uint32_t tail[ENGINE_CHANNELS], head[ENGINE_CHANNELS], entries;
};

static inline size_t rig_pin(void *bus, enum engine_pin pin, iova_t iova, size_t len_bytes,
	enum device_access access, void **va)
{
	struct rig *rig = bus;
	uint64_t page = (iova.val - RIG_BASE) >> PAGE_SHIFT;
	size_t run = 0;

	/* The engine promises never to ask beyond the address width. */
	assert_true(iova.val <= rig->limit && len_bytes - 1 <= rig->limit - iova.val);
	rig->pinned[pin] = false;
	if (iova.val < RIG_BASE || page >= RIG_PAGES || (rig->access[page] & access) == 0)
		return 0;
	*va = rig->arena + rig->frame[page] * PAGE_BYTES + (iova.val & PAGE_MASK);
	run = PAGE_BYTES - (iova.val & PAGE_MASK);
	while (run < len_bytes && ++page < RIG_PAGES && (rig->access[page] & access) &&
		rig->frame[page] == rig->frame[page - 1] + 1)
		run += PAGE_BYTES;
	rig->pinned[pin] = true;
	return run < len_bytes ? run : len_bytes;
}

static inline void rig_unpin(void *bus, enum engine_pin pin)
{
	((struct rig *)bus)->pinned[pin] = false;
}

static inline void rig_interrupt(void *bus)
{
	((struct rig *)bus)->interrupts++;
}

static inline void rig_refused(void *bus, const struct device_refusal *refusal)
{
	((struct rig *)bus)->refusal = *refusal;
	((struct rig *)bus)->refusals++;
}

static inline uint64_t rig_now_ns(void *bus)
{
	return ((struct rig *)bus)->now_ns;
}

static inline uint32_t rig_read(const struct rig *rig, uint32_t offset)
{
	return mmio_read32(rig->bar + offset);
}

static inline void rig_write(struct rig *rig, uint32_t offset, uint32_t value)
{
	mmio_write32(rig->bar + offset, value);
}

/* Host address of a logical one, whatever its rights. */
static inline uint8_t *rig_va(const struct rig *rig, uint64_t iova)
{
	return rig->arena + rig->frame[(iova - RIG_BASE) >> PAGE_SHIFT] * PAGE_BYTES +
	       (iova & PAGE_MASK);
}

/* All pages mapped read-write; from 64 on neighbours are swapped, so that runs are short. */
static inline void rig_open(struct rig *rig, const struct engine_config *wish)
{
	static const struct engine_bus_ops ops = {
		.pin = rig_pin,
		.unpin = rig_unpin,
		.interrupt = rig_interrupt,
		.refused = rig_refused,
		.now_ns = rig_now_ns,
	};
	struct engine_config config = *wish;

	memset(rig, 0, sizeof(*rig));
	rig->bar = aligned_alloc(PAGE_BYTES, ENGINE_BAR0_BYTES);
	rig->arena = aligned_alloc(PAGE_BYTES, RIG_PAGES * PAGE_BYTES);
	rig->memory = malloc(RIG_MEMORY);
	assert_non_null(rig->bar);
	assert_non_null(rig->arena);
	assert_non_null(rig->memory);
	memset(rig->bar, 0, ENGINE_BAR0_BYTES);
	memset(rig->arena, 0, RIG_PAGES * PAGE_BYTES);
	memset(rig->memory, 0, RIG_MEMORY);
	for (unsigned page = 0; page < RIG_PAGES; page++) {
		rig->access[page] = DEVICE_READ | DEVICE_WRITE;
		rig->frame[page] = (uint16_t)(page < 64 ? page : page ^ 1);
	}
	rig->limit = config.address_bits == 64 ? UINT64_MAX : (1ull << config.address_bits) - 1;
	config.ops = &ops;
	config.bus = rig;
	config.bar = rig->bar;
	config.memory = rig->memory;
	config.memory_bytes = RIG_MEMORY;
	assert_int_equal(engine_create(&rig->engine, &config, NULL), 0);
}

static inline void rig_close(struct rig *rig)
{
	engine_destroy(rig->engine);
	free(rig->bar);
	free(rig->arena);
	free(rig->memory);
}

/* Writes ring registers and enables, with counters starting at @start. */
static inline void rig_start_at(struct rig *rig, unsigned channel, uint32_t entries, uint32_t start)
{
	uint32_t base = ENGINE_CHANNEL(channel);

	rig->entries = entries;
	rig->tail[channel] = rig->head[channel] = start;
	rig_write(rig, base + ENGINE_CH_SQ_LO, (uint32_t)(RIG_SQ + channel * 2 * PAGE_BYTES));
	rig_write(rig, base + ENGINE_CH_CQ_LO, (uint32_t)(RIG_CQ + channel * PAGE_BYTES));
	rig_write(rig, base + ENGINE_CH_ENTRIES, entries);
	rig_write(rig, base + ENGINE_CH_SQ_TAIL, start);
	rig_write(rig, base + ENGINE_CH_CQ_HEAD, start);
	rig_write(rig, ENGINE_REG_CONTROL, ENGINE_CONTROL_ENABLE);
	rig_write(rig, base + ENGINE_CH_ENABLE, 1);
	engine_step(rig->engine, 1);
}

static inline void rig_start(struct rig *rig)
{
	rig_start_at(rig, 0, RIG_ENTRIES, 0);
}

static inline void rig_post(struct rig *rig, unsigned channel, const struct engine_desc *desc)
{
	uint64_t slot = rig->tail[channel] & (rig->entries - 1);

	memcpy(rig_va(rig, RIG_SQ + channel * 2 * PAGE_BYTES + slot * sizeof(*desc)), desc,
		sizeof(*desc));
	rig->tail[channel]++;
	rig_write(rig, ENGINE_CHANNEL(channel) + ENGINE_CH_SQ_TAIL, rig->tail[channel]);
}

/* Takes the next completion where its phase says that it is there; moves the doorbell. */
static inline bool rig_reap(struct rig *rig, unsigned channel, struct engine_completion *out)
{
	uint32_t head = rig->head[channel];
	uint64_t slot = head & (rig->entries - 1);
	const uint8_t *entry = rig_va(
		rig, RIG_CQ + channel * PAGE_BYTES + slot * sizeof(struct engine_completion));

	memcpy(out, entry, sizeof(*out));
	if (out->phase != ((head / rig->entries & 1) ^ 1))
		return false;
	rig->head[channel]++;
	rig_write(rig, ENGINE_CHANNEL(channel) + ENGINE_CH_CQ_HEAD, rig->head[channel]);
	return true;
}

/* Posts on channel 0, steps, and returns the completion. */
static inline struct engine_completion rig_exec(struct rig *rig, const struct engine_desc *desc)
{
	struct engine_completion done = {0};

	rig_post(rig, 0, desc);
	assert_int_equal(engine_step(rig->engine, 1), 1);
	assert_true(rig_reap(rig, 0, &done));
	assert_int_equal(done.id, desc->id);
	return done;
}

/* A pattern that differs at every offset and for every @seed. */
static inline uint8_t rig_byte(uint32_t seed, size_t offset)
{
	return (uint8_t)((offset * 0x9E3779B1u + seed * 0x85EBCA6Bu) >> 11);
}

static inline struct engine_desc rig_transfer(
	uint8_t opcode, uint64_t iova, uint32_t length, uint64_t device_address)
{
	return (struct engine_desc){.opcode = opcode,
		.id = 0x1234,
		.length = length,
		.device_address = device_address,
		.inline_count = 1,
		.element = {{.address = iova, .length = length}}};
}

#endif
