/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * engine_priv.h: what the files of the engine share. Included by drivers/device/engine/ only.
 */
#ifndef ENGINE_ENGINE_PRIV_H
#define ENGINE_ENGINE_PRIV_H

#include <stdatomic.h>

#include "drivers/device/engine/engine.h"
#include "drivers/support/mmio.h"

/* A ring as far as it is pinned: entries [first, end) by free-running count lie at va. */
struct engine_window {
	uint8_t *va;
	uint32_t first;
	uint32_t count; /* 0: nothing is pinned */
};

/* A doorbell on its way, where doorbells go wrong. */
struct engine_bell {
	bool waits;      /* its value counts from due_ns on */
	uint64_t due_ns; /* UINT64_MAX: none */
};

struct engine_channel {
	unsigned index;
	bool running;
	bool halted;
	uint32_t entries;
	iova_t sq, cq;

	uint32_t tail;    /* SQ_TAIL as last seen */
	uint32_t head;    /* CQ_HEAD as last seen */
	uint32_t fetched; /* free-running, like all four */
	uint32_t posted;
	uint32_t promised; /* completion entries that fetched works will take */

	struct engine_bell tail_bell, head_bell;

	/* REORDERED: a completion that waits for the next one; its entry stays promised. */
	bool holds, held_irq;
	struct engine_completion held;

	uint32_t irq_posted;
	struct engine_window sq_window, cq_window;
};

#define RESET_DONE_GONE UINT64_MAX /* taken out: every look at RESET is one at engine_reset */

struct engine {
	struct engine_config config;
	uint64_t address_limit; /* last logical address it can drive */
	bool enabled;
	uint64_t reset_done; /* the number in RESET, or RESET_DONE_GONE, which no register holds */
	uint32_t resets;     /* tells works of before a reset from those after it */
	unsigned turn;       /* channel that is asked first by the next step */
	struct engine_channel channel[ENGINE_CHANNELS];

	uint64_t random;      /* state of the fault stream */
	uint64_t fault_below; /* a draw below it injects */
	uint64_t bell_random; /* state of the doorbells' */
	bool bells_wrong;     /* any of config.bell's chances is above 0 */
	uint32_t fault_hits;
	bool hung; /* HANG: until a reset, and not enabled until then, whatever CONTROL says */
	atomic_bool gone;      /* taken out: for good, and hung. Read by ports.c on any thread */
	uint32_t entries_each; /* of the completion ring that one descriptor may take */

	uint32_t error_posted;
	bool irq_sent_once;
	uint64_t irq_sent_ns;
	/* Set by the engine, cleared by engine_irq_eoi on any thread. */
	atomic_bool irq_raised;
	_Atomic uint32_t port_index; /* INDEX of the I/O BAR */

	struct engine_element block[ENGINE_ELEMENTS_MAX + 1]; /* private copy of a chain block */
	struct engine_segment segment[ENGINE_ELEMENTS_MAX];
};

static inline uint32_t engine_reg(const struct engine *engine, uint32_t offset)
{
	return mmio_read32((const uint8_t *)engine->config.bar + offset);
}

static inline void engine_reg_set(struct engine *engine, uint32_t offset, uint32_t value)
{
	mmio_write32((uint8_t *)engine->config.bar + offset, value);
}

/* Pins within the address width. Return: bytes usable at *va, 0 = refused. */
size_t engine_pin_range(struct engine *engine, enum engine_pin pin, iova_t iova, uint64_t len_bytes,
	enum device_access access, void **va);

/*
 * Where entry @count of a ring lies, pinning anew when the window does not hold it.
 * Return: NULL where the ring cannot be reached; the channel has halted then.
 */
uint8_t *engine_ring_entry(
	struct engine *engine, struct engine_channel *channel, bool submission, uint32_t count);

/* Stops a channel for good after a ring error. */
void engine_halt(struct engine *engine, struct engine_channel *channel, iova_t iova);

/* Counts an error and keeps the first. */
void engine_error(struct engine *engine, unsigned channel, enum engine_error code, iova_t iova);

/*
 * bell.c: the doorbell at @offset as the engine sees it: @last, what it saw last, or a value that was written since
 * and has arrived.
 */
uint32_t bell_look(struct engine *engine, struct engine_bell *bell, uint32_t offset, uint32_t last);
void bell_seed(struct engine *engine);

static inline uint32_t bell_read(
	struct engine *engine, struct engine_bell *bell, uint32_t offset, uint32_t last)
{
	return __builtin_expect(engine->bells_wrong, 0) ? bell_look(engine, bell, offset, last)
	                                                : engine_reg(engine, offset);
}

/* fault.c */
void fault_seed(struct engine *engine);
void fault_plan(struct engine *engine, struct engine_work *work);

/* How many bytes of a torn transfer's destination stay as they are, where there are as many: a line. */
#define ENGINE_TORN_BYTES 64

/* complete.c: posts what REORDERED holds back. Return: false where the ring cannot be reached. */
bool completion_release(struct engine *engine, struct engine_channel *channel);

#endif
