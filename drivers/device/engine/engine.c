// SPDX-License-Identifier: BSD-2-Clause
/*
 * engine.c: creation, registers, start and stop of channels, reset, interrupt; the order of a step.
 * Called by devices. Knows neither what plays the device nor who drives it.
 */
#include "drivers/device/engine/engine.h"
#include "drivers/device/engine/engine_priv.h"

#include "drivers/support/fault.h"
#include "drivers/support/heap.h"
#include "drivers/support/trace.h"

#include <errno.h>
#include <string.h>

/* ---- registers ------------------------------------------------------------------------------ */

static void identity_write(struct engine *engine)
{
	const struct engine_config *config = &engine->config;
	uint32_t caps = (config->scatter_gather ? ENGINE_CAPS_SG : 0) | ENGINE_CHANNELS << 8 |
	                config->address_bits << 16;

	engine_reg_set(engine, ENGINE_REG_ID, ENGINE_ID_VALUE);
	engine_reg_set(engine, ENGINE_REG_VERSION, ENGINE_VERSION_VALUE);
	engine_reg_set(engine, ENGINE_REG_CAPS, caps);
	engine_reg_set(engine, ENGINE_REG_LENGTH_MAX, ENGINE_LENGTH_MAX_BYTES);
	engine_reg_set(engine, ENGINE_REG_MEMORY_LO, (uint32_t)config->memory_bytes);
	engine_reg_set(engine, ENGINE_REG_MEMORY_HI, (uint32_t)(config->memory_bytes >> 32));
}

/* None is on its way. */
static void bells_silence(struct engine_channel *channel)
{
	channel->tail_bell = channel->head_bell = (struct engine_bell){.due_ns = UINT64_MAX};
}

#define REG_GONE UINT32_MAX /* what a bus reads where nobody answers */

/* Whatever the driver has written there meanwhile. */
static void registers_vanish(struct engine *engine)
{
	for (uint32_t reg = 0; reg < ENGINE_BAR0_BYTES; reg += 4)
		if (engine_reg(engine, reg) != REG_GONE)
			engine_reg_set(engine, reg, REG_GONE);
}

void engine_remove(struct engine *engine)
{
	engine_unpin(engine);
	engine->hung = true;
	engine->enabled = false;
	engine->resets++;
	engine->reset_done = RESET_DONE_GONE;
	/* Before the registers: who reads all ones finds it counted. Each of their writes is a release. */
	if (engine->config.mishaps)
		mishap(&engine->config.mishaps->removed);
	atomic_store_explicit(&engine->gone, true, memory_order_relaxed);
	registers_vanish(engine);
}

bool engine_gone(const struct engine *engine)
{
	/* Relaxed: it goes up once, and tells of nothing else. */
	return atomic_load_explicit(&engine->gone, memory_order_relaxed);
}

void engine_reset(struct engine *engine)
{
	uint32_t request = engine_reg(engine, ENGINE_REG_RESET);

	if (engine_gone(engine)) {
		registers_vanish(engine);
		return;
	}
	engine_unpin(engine);
	for (unsigned c = 0; c < ENGINE_CHANNELS; c++) {
		engine->channel[c] = (struct engine_channel){.index = c};
		bells_silence(&engine->channel[c]);
	}
	engine->enabled = false;
	engine->hung = false;
	engine->resets++;
	engine->turn = 0;
	engine->error_posted = 0;
	engine->irq_sent_once = false;
	atomic_store_explicit(&engine->irq_raised, false, memory_order_relaxed);

	/* Identity is only written over: a driver may be looking at it. */
	for (uint32_t reg = ENGINE_REG_CONTROL; reg < ENGINE_BAR0_BYTES; reg += 4)
		if (reg != ENGINE_REG_RESET && reg != ENGINE_REG_RESET_DONE)
			engine_reg_set(engine, reg, 0);
	identity_write(engine);
	engine_reg_set(engine, ENGINE_REG_MODERATION, engine->config.irq_moderation_us);
	engine->reset_done = request;
	/* Last: whoever sees it sees every register at its reset value. */
	engine_reg_set(engine, ENGINE_REG_RESET_DONE, request);
}

static uint64_t reg_pair(const struct engine *engine, uint32_t offset)
{
	return engine_reg(engine, offset) | (uint64_t)engine_reg(engine, offset + 4) << 32;
}

static void channel_start(struct engine *engine, struct engine_channel *channel)
{
	uint32_t base = ENGINE_CHANNEL(channel->index);

	channel->sq.val = reg_pair(engine, base + ENGINE_CH_SQ_LO);
	channel->cq.val = reg_pair(engine, base + ENGINE_CH_CQ_LO);
	channel->entries = engine_reg(engine, base + ENGINE_CH_ENTRIES);
	channel->tail = channel->fetched = engine_reg(engine, base + ENGINE_CH_SQ_TAIL);
	channel->head = channel->posted = engine_reg(engine, base + ENGINE_CH_CQ_HEAD);
	channel->promised = 0;
	bells_silence(channel);

	bool power_of_two = (channel->entries & (channel->entries - 1)) == 0;
	bool in_range = channel->entries >= ENGINE_RING_ENTRIES_MIN &&
	                channel->entries <= ENGINE_RING_ENTRIES_MAX;
	iova_t wrong = (channel->sq.val & 63) ? channel->sq : channel->cq;

	if (!power_of_two || !in_range || (wrong.val & 63)) {
		engine_halt(engine, channel, wrong);
		return;
	}
	channel->running = true;
	engine_reg_set(engine, base + ENGINE_CH_STATUS, ENGINE_CH_STATUS_RUNNING);
}

static void window_drop(struct engine *engine, struct engine_channel *channel, bool submission)
{
	struct engine_window *window = submission ? &channel->sq_window : &channel->cq_window;
	unsigned pin = ENGINE_PIN_RINGS + 2 * channel->index + (submission ? 0 : 1);

	if (window->count == 0)
		return;
	window->count = 0;
	engine->config.ops->unpin(engine->config.bus, (enum engine_pin)pin);
}

static void channel_stop(struct engine *engine, struct engine_channel *channel, uint32_t status)
{
	window_drop(engine, channel, true);
	window_drop(engine, channel, false);
	channel->running = false;
	channel->holds = false;
	engine_reg_set(engine, ENGINE_CHANNEL(channel->index) + ENGINE_CH_STATUS, status);
}

static void error_keep(struct engine *engine, unsigned channel, enum engine_error code, iova_t iova)
{
	if (engine->error_posted != 0)
		return;
	engine_reg_set(engine, ENGINE_REG_ERROR_CODE, (uint32_t)code);
	engine_reg_set(engine, ENGINE_REG_ERROR_CHAN, channel);
	engine_reg_set(engine, ENGINE_REG_ERROR_LO, (uint32_t)iova.val);
	engine_reg_set(engine, ENGINE_REG_ERROR_HI, (uint32_t)(iova.val >> 32));
}

static void error_count(struct engine *engine)
{
	engine->error_posted++;
	engine_reg_set(engine, ENGINE_REG_ERROR_POSTED, engine->error_posted);
}

void engine_error(struct engine *engine, unsigned channel, enum engine_error code, iova_t iova)
{
	error_keep(engine, channel, code, iova);
	error_count(engine);
}

/* Who sees HALTED finds its cause in the error registers; who sees the count finds HALTED. */
void engine_halt(struct engine *engine, struct engine_channel *channel, iova_t iova)
{
	error_keep(engine, channel->index, ENGINE_ERROR_RING, iova);
	channel->halted = true;
	channel_stop(engine, channel, ENGINE_CH_STATUS_HALTED);
	engine_reg_set(engine, ENGINE_REG_STATUS,
		ENGINE_STATUS_HALTED | (engine->enabled ? ENGINE_STATUS_READY : 0));
	error_count(engine);
}

/* CONTROL.ENABLE has changed. Nothing is touched after READY is 0, so what is held back comes before. */
static __attribute__((cold, noinline)) void engine_switch(struct engine *engine, bool enable)
{
	uint32_t status = enable ? ENGINE_STATUS_READY : 0;

	for (unsigned c = 0; c < ENGINE_CHANNELS; c++) {
		(void)completion_release(engine, &engine->channel[c]);
		status |= engine->channel[c].halted ? ENGINE_STATUS_HALTED : 0;
	}
	engine_unpin(engine);
	engine->enabled = enable;
	engine_reg_set(engine, ENGINE_REG_STATUS, status);
}

void engine_poll(struct engine *engine)
{
	if (engine_reg(engine, ENGINE_REG_RESET) != engine->reset_done)
		engine_reset(engine);

	bool enable = engine_reg(engine, ENGINE_REG_CONTROL) & ENGINE_CONTROL_ENABLE;

	if (enable != engine->enabled && !engine->hung)
		engine_switch(engine, enable);

	for (unsigned c = 0; c < ENGINE_CHANNELS; c++) {
		struct engine_channel *channel = &engine->channel[c];
		bool run = engine_reg(engine, ENGINE_CHANNEL(c) + ENGINE_CH_ENABLE) & 1;

		if (run == channel->running || channel->halted || engine->hung)
			continue;
		if (run)
			channel_start(engine, channel);
		else if (channel->promised == (channel->holds ? 1u : 0u) &&
			 completion_release(engine, channel))
			channel_stop(engine, channel, 0);
	}
}

/* ---- access to host memory ------------------------------------------------------------------ */

size_t engine_pin_range(struct engine *engine, enum engine_pin pin, iova_t iova, uint64_t len_bytes,
	enum device_access access, void **va)
{
	if (iova.val > engine->address_limit)
		return 0;

	uint64_t room = engine->address_limit -
	                iova.val; /* one less than there is: cannot overflow */

	if (len_bytes - 1 > room)
		len_bytes = room + 1;
	return engine->config.ops->pin(engine->config.bus, pin, iova, len_bytes, access, va);
}

/* Pins from entry @count to the end of the ring: one pin a lap where memory is contiguous. */
static bool window_pin(
	struct engine *engine, struct engine_channel *channel, bool submission, uint32_t count)
{
	struct engine_window *window = submission ? &channel->sq_window : &channel->cq_window;
	unsigned pin = ENGINE_PIN_RINGS + 2 * channel->index + (submission ? 0 : 1);
	uint32_t entry_bytes = submission ? sizeof(struct engine_desc)
	                                  : sizeof(struct engine_completion);
	uint32_t slot = count & (channel->entries - 1);
	iova_t iova = submission ? channel->sq : channel->cq;
	void *va = NULL;

	window_drop(engine, channel, submission);
	iova.val += (uint64_t)slot * entry_bytes;

	size_t len_bytes = engine_pin_range(engine, (enum engine_pin)pin, iova,
		(uint64_t)(channel->entries - slot) * entry_bytes,
		submission ? DEVICE_READ : DEVICE_WRITE, &va);

	if (len_bytes < entry_bytes)
		return false;
	window->va = va;
	window->first = count;
	window->count = (uint32_t)(len_bytes / entry_bytes);
	return true;
}

uint8_t *engine_ring_entry(
	struct engine *engine, struct engine_channel *channel, bool submission, uint32_t count)
{
	struct engine_window *window = submission ? &channel->sq_window : &channel->cq_window;
	uint32_t entry_bytes = submission ? sizeof(struct engine_desc)
	                                  : sizeof(struct engine_completion);

	if (count - window->first >= window->count &&
		!window_pin(engine, channel, submission, count)) {
		uint64_t slot = count & (channel->entries - 1);
		struct device_refusal refusal = {
			.iova = {(submission ? channel->sq : channel->cq).val + slot * entry_bytes},
			.len_bytes = entry_bytes,
			.access = submission ? DEVICE_READ : DEVICE_WRITE,
		};

		engine->config.ops->refused(engine->config.bus, &refusal);
		engine_halt(engine, channel, refusal.iova);
		return NULL;
	}
	return window->va + (size_t)(count - window->first) * entry_bytes;
}

void engine_unpin(struct engine *engine)
{
	for (unsigned c = 0; c < ENGINE_CHANNELS; c++) {
		window_drop(engine, &engine->channel[c], true);
		window_drop(engine, &engine->channel[c], false);
	}
}

/* ---- interrupt ------------------------------------------------------------------------------ */

uint64_t engine_moderated_ns(const struct engine *engine)
{
	uint64_t time_ns = (uint64_t)(engine_reg(engine, ENGINE_REG_MODERATION) & 0xFFFF) * 1000;

	return time_ns && engine->irq_sent_once ? engine->irq_sent_ns + time_ns : 0;
}

static bool moderation_holds(const struct engine *engine, uint32_t waiting)
{
	uint64_t until_ns = engine_moderated_ns(engine);
	uint32_t count = engine_reg(engine, ENGINE_REG_MODERATION) >> 16;

	if (until_ns == 0 || (count != 0 && waiting >= count))
		return false;
	return engine->config.ops->now_ns(engine->config.bus) < until_ns;
}

static bool irq_asserted(struct engine *engine, uint32_t enable)
{
	if ((enable & ENGINE_IRQ_ERROR) &&
		engine->error_posted != engine_reg(engine, ENGINE_REG_ERROR_ACKED))
		return true;
	for (unsigned c = 0; c < ENGINE_CHANNELS; c++) {
		if (!(enable & ENGINE_IRQ_CHANNEL(c)))
			continue;

		uint32_t waiting = engine->channel[c].irq_posted -
		                   engine_reg(engine, ENGINE_CHANNEL(c) + ENGINE_CH_IRQ_ACKED);

		if (waiting != 0 && !moderation_holds(engine, waiting))
			return true;
	}
	return false;
}

void engine_interrupt(struct engine *engine)
{
	uint32_t enable = engine_reg(engine, ENGINE_REG_IRQ_ENABLE);

	/* Acquire: with the end of the handler its acknowledgements are seen. */
	if (!enable || atomic_load_explicit(&engine->irq_raised, memory_order_acquire))
		return;
	if (!irq_asserted(engine, enable) || engine->hung)
		return;
	if (engine_reg(engine, ENGINE_REG_MODERATION) & 0xFFFF) {
		engine->irq_sent_ns = engine->config.ops->now_ns(engine->config.bus);
		engine->irq_sent_once = true;
	}
	/* Before the call: the handler may be done before the call returns. */
	atomic_store_explicit(&engine->irq_raised, true, memory_order_relaxed);
	engine->config.ops->interrupt(engine->config.bus);
}

void engine_irq_eoi(struct engine *engine)
{
	/* Release: acknowledgements written by the handler come before it. */
	atomic_store_explicit(&engine->irq_raised, false, memory_order_release);
}

/* ---- step ----------------------------------------------------------------------------------- */

unsigned engine_step(struct engine *engine, unsigned budget)
{
	unsigned done = 0, idle = 0;
	uint64_t moved_bytes = 0;
	struct engine_work work;

	engine_poll(engine);
	while (done < budget && idle < ENGINE_CHANNELS && moved_bytes < ENGINE_STEP_BYTES) {
		unsigned channel = engine->turn;

		engine->turn = (channel + 1) % ENGINE_CHANNELS;
		if (!engine_fetch(engine, channel, &work)) {
			idle++;
			continue;
		}
		trace_to(TRACE_MOVE);
		engine_move(engine, &work);
		trace_to(TRACE_POST);
		engine_retire(engine, &work);
		trace_to(TRACE_IDLE);
		moved_bytes += work.moved_bytes;
		idle = 0;
		done++;
	}
	engine_interrupt(engine);
	return done;
}

/* ---- life ----------------------------------------------------------------------------------- */

int engine_create(struct engine **engine, const struct engine_config *config, struct err *err)
{
	struct engine *made = fault_point("engine_create") ? NULL : heap_zeroed(1, sizeof(*made));

	*engine = NULL;
	if (!made)
		return err_short(
			err, -ENOMEM, "engine: no memory for %zu bytes of state", sizeof(*made));
	made->config = *config;
	fault_seed(made);
	bell_seed(made);
	made->address_limit = config->address_bits == 64
	                              ? UINT64_MAX
	                              : (UINT64_C(1) << config->address_bits) - 1;
	engine_reset(made);
	*engine = made;
	return 0;
}

void engine_destroy(struct engine *engine)
{
	if (!engine)
		return;
	engine_unpin(engine);
	heap_free(engine);
}
