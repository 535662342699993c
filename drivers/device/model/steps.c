// SPDX-License-Identifier: BSD-2-Clause
/*
 * steps.c: what the scheduler steps of a device: one source looks at the registers and the line, each channel is a source
 * that fetches, moves and retires. Called by the scheduler and by model.c; knows the engine, no memory and no power.
 */
#include "drivers/device/model/model_priv.h"

#include "drivers/support/mmio.h"

#include <string.h>

/* Every register the driver writes; the engine works when one of them changes. */
static const uint16_t driver_registers[] = {
	ENGINE_REG_CONTROL,
	ENGINE_REG_RESET,
	ENGINE_REG_IRQ_ENABLE,
	ENGINE_REG_MODERATION,
	ENGINE_REG_ERROR_ACKED,
#define CHANNEL_REGISTERS(c)                                                                       \
	0x1000 + (c)*0x100 + ENGINE_CH_ENABLE, 0x1000 + (c)*0x100 + ENGINE_CH_SQ_TAIL,             \
		0x1000 + (c)*0x100 + ENGINE_CH_CQ_HEAD, 0x1000 + (c)*0x100 + ENGINE_CH_IRQ_ACKED
	CHANNEL_REGISTERS(0),
	CHANNEL_REGISTERS(1),
};

_Static_assert(sizeof(driver_registers) / sizeof(driver_registers[0]) == MODEL_REGISTERS,
	"driver_registers");

/* ---- registers and line ----------------------------------------------------------------------- */

static uint32_t reg(const struct model *model, uint32_t offset)
{
	return mmio_read32(model->memory.bar + offset);
}

static bool registers_changed(const struct model *model)
{
	for (size_t i = 0; i < MODEL_REGISTERS; i++)
		if (reg(model, driver_registers[i]) != model->seen[i])
			return true;
	return false;
}

static bool channels_busy(const struct model *model)
{
	for (unsigned c = 0; c < ENGINE_CHANNELS; c++)
		if (model->channel[c].stage != STAGE_IDLE)
			return true;
	return false;
}

void steps_forget(struct model *model)
{
	for (unsigned c = 0; c < ENGINE_CHANNELS; c++)
		model->channel[c].stage = STAGE_IDLE;
}

/*
 * What the engine finishes before it takes note of CONTROL: works in hand, since nothing is touched after
 * READY is 0 (datasheet 8.3).
 */
static bool must_finish(const struct model *model)
{
	return channels_busy(model) && !(reg(model, ENGINE_REG_CONTROL) & ENGINE_CONTROL_ENABLE) &&
	       reg(model, ENGINE_REG_RESET) == reg(model, ENGINE_REG_RESET_DONE);
}

static bool control_ready(void *arg)
{
	const struct model *model = arg;

	return !model->frozen && (model->look || registers_changed(model)) && !must_finish(model);
}

/* The moderation's time-out needs a look of its own: no register changes then. */
static void moderation_over(void *arg)
{
	struct model *model = *(struct model **)arg;

	model->look = true;
}

/* A completion that interrupts is not acknowledged yet. */
static bool interrupt_waits(const struct model *model)
{
	for (unsigned c = 0; c < ENGINE_CHANNELS; c++)
		if (message_channel_due(model->memory.bar, c))
			return true;
	return false;
}

static void moderation_plan(struct model *model)
{
	const uint64_t until_ns = engine_moderated_ns(model->engine);

	if (until_ns <= sched_now_ns(model->sched) || !reg(model, ENGINE_REG_IRQ_ENABLE) ||
		!interrupt_waits(model))
		return;
	sched_forget(model->sched, &model->moderated);
	(void)sched_at(model->sched, until_ns, moderation_over, &model->moderated);
}

static void channels_look(struct model *model)
{
	for (unsigned c = 0; c < ENGINE_CHANNELS; c++)
		model->channel[c].look = true;
}

static void registers_see(struct model *model)
{
	for (size_t i = 0; i < MODEL_REGISTERS; i++)
		model->seen[i] = reg(model, driver_registers[i]);
}

static void control_step(void *arg)
{
	struct model *model = arg;

	if (registers_changed(model))
		channels_look(model);
	model->look = false;
	/* Works between fetch and retire end with a reset: their mover is this very source. */
	if (reg(model, ENGINE_REG_RESET) != reg(model, ENGINE_REG_RESET_DONE))
		steps_forget(model);
	engine_poll(model->engine);
	/* As it leaves them: behind a reset CONTROL is 0, and who writes again what stood there before has changed it. */
	registers_see(model);
	if (message_acknowledged(&model->line.message, model->memory.bar))
		engine_irq_eoi(model->engine);
	engine_interrupt(model->engine);
	moderation_plan(model);
}

/* ---- channels ----------------------------------------------------------------------------------- */

static bool channel_ready(void *arg)
{
	const struct model_channel *channel = arg;

	return !channel->model->frozen && (channel->stage != STAGE_IDLE || channel->look);
}

/* A doorbell arrives late, or once more: no register changes then. */
static void bell_arrived(void *arg)
{
	struct model_channel *channel = arg;

	channel->look = true;
}

static void bell_plan(struct model *model, struct model_channel *channel)
{
	/* What is due by now was looked at, or will be when the engine is enabled again. */
	uint64_t due_ns = engine_bell_due_ns(
		model->engine, channel->index, sched_now_ns(model->sched));

	if (due_ns == UINT64_MAX)
		return;
	sched_forget(model->sched, channel);
	/* Without memory for the event it arrives at the next look. */
	(void)sched_at(model->sched, due_ns, bell_arrived, channel);
}

static void channel_fetch(struct model *model, struct model_channel *channel)
{
	struct engine_work *work = &channel->work;

	uint32_t errors = reg(model, ENGINE_REG_ERROR_POSTED);
	uint64_t lost = model->mishaps.bell_lost;

	bool found = engine_fetch(model->engine, channel->index, work);

	channel->look = found;
	/*
	 * A doorbell that was lost has its old value again: what the driver writes next is a change, even if it is the
	 * same once more. Other changes that nobody has seen yet are not to be missed for that.
	 */
	if (model->mishaps.bell_lost != lost) {
		registers_see(model);
		model->look = true;
		channels_look(model);
	}
	bell_plan(model, channel);
	if (!found) {
		/* A channel that halted interrupts. */
		model->look = model->look || reg(model, ENGINE_REG_ERROR_POSTED) != errors;
		return;
	}
	/* The engine's list is good until its next fetch only. */
	memcpy(channel->segment, work->segment, work->segments * sizeof(*work->segment));
	work->segment = channel->segment;
	injections_add(&model->injections, work, sched_steps(model->sched));
	model->descriptors += work->opcode != ENGINE_OP_NOP;
	channel->stage = STAGE_FETCHED;
}

static void channel_step(void *arg)
{
	struct model_channel *channel = arg;
	struct model *model = channel->model;

	switch (channel->stage) {
	case STAGE_IDLE:
		channel_fetch(model, channel);
		break;
	case STAGE_FETCHED:
		engine_move(model->engine, &channel->work);
		channel->stage = STAGE_MOVED;
		break;
	case STAGE_MOVED:
		engine_retire(model->engine, &channel->work);
		channel->stage = STAGE_IDLE;
		model->look = true;
		line_retired(&model->line);
		break;
	}
}

/* ---- removal ------------------------------------------------------------------------------------ */

/* Whatever is going on: what was fetched is not moved any more, what was moved is not told. */
static void device_vanish(void *arg)
{
	struct model *model = *(struct model **)arg;

	steps_forget(model);
	model->frozen = false;
	model->look = true;
	engine_remove(model->engine);
}

int steps_removed(struct model *model, uint64_t at_ns)
{
	return sched_strike(model->sched, at_ns, device_vanish, &model->removed);
}

/* ---- life --------------------------------------------------------------------------------------- */

void steps_finish(struct model *model)
{
	for (unsigned c = 0; c < ENGINE_CHANNELS; c++)
		while (model->channel[c].stage != STAGE_IDLE)
			channel_step(&model->channel[c]);
}

void steps_init(struct model *model)
{
	static const char *const names[ENGINE_CHANNELS] = {"channel 0", "channel 1"};

	model->source = (struct sched_source){
		"control", model, control_ready, control_step, COST_CONTROL_NS};
	for (unsigned c = 0; c < ENGINE_CHANNELS; c++) {
		struct model_channel *channel = &model->channel[c];

		channel->model = model;
		channel->index = c;
		channel->source = (struct sched_source){
			names[c], channel, channel_ready, channel_step, COST_CHANNEL_NS};
	}
}

static void frozen_begin(void *arg)
{
	struct model *model = arg;

	model->frozen = !engine_gone(model->engine);
}

static void frozen_end(void *arg)
{
	struct model *model = arg;

	model->frozen = false;
	model->look = true;
}

int steps_start(struct model *model)
{
	int rc = sched_source_add(model->sched, &model->source);

	for (unsigned c = 0; rc == 0 && c < ENGINE_CHANNELS; c++)
		rc = sched_source_add(model->sched, &model->channel[c].source);
	model->sourced = true;
	model->look = true;
	if (rc == 0 && model->freeze_ns) {
		uint64_t from_ns = sched_now_ns(model->sched) + model->freeze_at_ns;

		(void)sched_at(model->sched, from_ns, frozen_begin, model);
		(void)sched_at(model->sched, from_ns + model->freeze_ns, frozen_end, model);
	}
	return rc;
}

void steps_stop(struct model *model)
{
	if (!model->sourced)
		return;
	model->sourced = false;
	sched_source_remove(model->sched, &model->source);
	for (unsigned c = 0; c < ENGINE_CHANNELS; c++)
		sched_source_remove(model->sched, &model->channel[c].source);
	sched_forget(model->sched, model);
	for (unsigned c = 0; c < ENGINE_CHANNELS; c++)
		sched_forget(model->sched, &model->channel[c]);
	model->frozen = false;
}
