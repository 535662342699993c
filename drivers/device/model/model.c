// SPDX-License-Identifier: BSD-2-Clause
/*
 * model.c: see model.h: the device's sources, memory, power and life. Called through model_ops and by the scheduler;
 * knows neither the port nor a miniport.
 */
#include "drivers/device/model/model.h"

#include "drivers/device/engine/engine.h"
#include "drivers/device/engine/refusals.h"
#include "drivers/device/engine/stale.h"
#include "drivers/device/model/line.h"
#include "drivers/device/model/table.h"
#include "drivers/support/fault.h"
#include "drivers/support/mmio.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define MEMORY_BYTES_DEFAULT ((uint64_t)16 << 20)
#define BAR_BUS_ADDRESS      0xFEB00000u
#define WINDOW_BUS_ADDRESS   0xD0000000u
#define WINDOW_BYTES_MAX     ((uint64_t)256 << 20)
#define PORT_BUS_ADDRESS     0xC000u
#define INJECTED_MAX         4096

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
#define DRIVER_REGISTERS (sizeof(driver_registers) / sizeof(driver_registers[0]))

_Static_assert(ENGINE_CHANNELS == 2, "driver_registers");

enum channel_stage { STAGE_IDLE, STAGE_FETCHED, STAGE_MOVED };

struct model_channel {
	struct model *model;
	unsigned index;
	enum channel_stage stage;
	bool look; /* there may be something to fetch */
	struct engine_work work;
	struct engine_segment segment[ENGINE_ELEMENTS_MAX]; /* the work's own list */
	struct sched_source source;
};

struct model {
	struct device dev; /* first: model_of */
	struct sched *sched;
	struct model *next; /* in the order of opening */
	struct engine *engine;
	uint8_t *bar, *memory;
	struct table table;
	struct refusals refusals;
	struct line line;
	struct mishaps mishaps;
	struct stale stale;
	enum device_power power;
	bool sourced;

	uint32_t seen[DRIVER_REGISTERS];
	bool look; /* the registers or the line need a look whatever they hold */
	struct sched_source source;
	struct model_channel channel[ENGINE_CHANNELS];

	struct model *moderated; /* itself: its place is the key of the moderation's event */
	bool frozen;
	uint64_t freeze_ns, freeze_at_ns; /* device_config's */

	bool deaf;
	struct model_injected *injected; /* INJECTED_MAX, made by the first */
	unsigned injected_first, injected_count;
	uint64_t injected_lost;
};

static struct model *models;

static struct model *model_of(struct device *dev)
{
	return (struct model *)dev;
}

/* ---- what the engine asks for --------------------------------------------------------------- */

static size_t bus_pin(void *bus, enum engine_pin pin, iova_t iova, size_t len_bytes,
	enum device_access access, void **va)
{
	const struct model *model = bus;

	(void)pin;
	return table_find(&model->table, iova, len_bytes, access, va);
}

/* Nothing is held: between two steps the engine is told of every unmap (model_unmap). */
static void bus_unpin(void *bus, enum engine_pin pin)
{
	(void)bus;
	(void)pin;
}

static void bus_interrupt(void *bus)
{
	struct model *model = bus;

	line_send(&model->line);
}

static void bus_refused(void *bus, const struct device_refusal *refusal)
{
	struct model *model = bus;

	refusals_add(&model->refusals, refusal);
}

static uint64_t bus_now_ns(void *bus)
{
	const struct model *model = bus;

	return sched_now_ns(model->sched);
}

static const struct engine_bus_ops model_bus_ops = {
	.pin = bus_pin,
	.unpin = bus_unpin,
	.interrupt = bus_interrupt,
	.refused = bus_refused,
	.now_ns = bus_now_ns,
};

/* ---- registers and line ----------------------------------------------------------------------- */

static uint32_t reg(const struct model *model, uint32_t offset)
{
	return mmio_read32(model->bar + offset);
}

static bool registers_changed(const struct model *model)
{
	for (size_t i = 0; i < DRIVER_REGISTERS; i++)
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

static void channels_forget(struct model *model)
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
		if (reg(model, ENGINE_CHANNEL(c) + ENGINE_CH_IRQ_POSTED) !=
			reg(model, ENGINE_CHANNEL(c) + ENGINE_CH_IRQ_ACKED))
			return true;
	return false;
}

static void moderation_plan(struct model *model)
{
	uint64_t time_us = reg(model, ENGINE_REG_MODERATION) & 0xFFFF;

	if (time_us == 0 || !reg(model, ENGINE_REG_IRQ_ENABLE) || !interrupt_waits(model))
		return;
	sched_forget(model->sched, &model->moderated);
	(void)sched_at(model->sched, sched_now_ns(model->sched) + time_us * 1000, moderation_over,
		&model->moderated);
}

static void channels_look(struct model *model)
{
	for (unsigned c = 0; c < ENGINE_CHANNELS; c++)
		model->channel[c].look = true;
}

static void registers_see(struct model *model)
{
	for (size_t i = 0; i < DRIVER_REGISTERS; i++)
		model->seen[i] = reg(model, driver_registers[i]);
}

static void control_step(void *arg)
{
	struct model *model = arg;

	if (registers_changed(model))
		channels_look(model);
	model->look = false;
	registers_see(model);
	/* Works between fetch and retire end with a reset: their mover is this very source. */
	if (reg(model, ENGINE_REG_RESET) != reg(model, ENGINE_REG_RESET_DONE))
		channels_forget(model);
	engine_poll(model->engine);
	if (message_acknowledged(&model->line.message, model->bar))
		engine_irq_eoi(model->engine);
	engine_interrupt(model->engine);
	moderation_plan(model);
}

/* ---- channels ----------------------------------------------------------------------------------- */

static void injection_note(struct model *model, const struct engine_work *work)
{
	if (work->fault == DEVICE_FAULT_NONE || model->deaf)
		return;
	if (!model->injected)
		model->injected = calloc(INJECTED_MAX, sizeof(*model->injected));
	if (!model->injected || model->injected_count == INJECTED_MAX) {
		model->injected_lost++;
		return;
	}
	model->injected[(model->injected_first + model->injected_count++) % INJECTED_MAX] =
		(struct model_injected){
			.fault = work->fault,
			.step = sched_steps(model->sched),
			.id = work->id,
			.to_device = work->opcode == ENGINE_OP_TO_DEVICE,
			.device_address = work->asked_address,
			.len_bytes = work->length,
			.flip_bit = work->flip_bit,
		};
}

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
	injection_note(model, work);
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

/* ---- memory --------------------------------------------------------------------------------- */

static void *pages_map(size_t len_bytes)
{
	void *va;

	if (fault_point("model_pages"))
		return NULL;
	va = mmap(NULL, len_bytes, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	return va == MAP_FAILED ? NULL : va;
}

static bool memory_holds(const struct device *dev, uint64_t addr, size_t len_bytes)
{
	return addr <= dev->caps.memory_bytes && len_bytes <= dev->caps.memory_bytes - addr;
}

static int model_memory_read(struct device *dev, uint64_t addr, void *dst, size_t len_bytes)
{
	if (!memory_holds(dev, addr, len_bytes))
		return -ERANGE;
	memcpy(dst, model_of(dev)->memory + addr, len_bytes);
	return 0;
}

static int model_memory_write(struct device *dev, uint64_t addr, const void *src, size_t len_bytes)
{
	if (!memory_holds(dev, addr, len_bytes))
		return -ERANGE;
	memcpy(model_of(dev)->memory + addr, src, len_bytes);
	return 0;
}

static int model_map(struct device *dev, iova_t iova, void *va, size_t len_bytes, unsigned access)
{
	if (fault_point("model_map"))
		return -ENOSPC;
	return table_map(&model_of(dev)->table, iova, va, len_bytes, access);
}

static int model_unmap(struct device *dev, iova_t iova, size_t len_bytes)
{
	struct model *model = model_of(dev);
	int rc;

	/* Rings that lie there are looked up anew, and refused. */
	engine_unpin(model->engine);
	rc = table_unmap(&model->table, iova, len_bytes);
	if (rc == 0)
		stale_unmapped(&model->stale, iova, len_bytes);
	return rc;
}

static int model_coherent_alloc(struct device *dev, iova_t iova, size_t len_bytes, void **va)
{
	void *pages;
	int rc;

	*va = NULL;
	if (len_bytes == 0 || (len_bytes & PAGE_MASK))
		return -EINVAL;
	pages = pages_map(len_bytes);
	if (!pages)
		return -ENOMEM;
	rc = table_map(&model_of(dev)->table, iova, pages, len_bytes, DEVICE_READ | DEVICE_WRITE);
	if (rc) {
		munmap(pages, len_bytes);
		return rc;
	}
	*va = pages;
	return 0;
}

static void model_coherent_free(struct device *dev, iova_t iova, size_t len_bytes, void *va)
{
	if (!va)
		return;
	/* What is not the range allocated stays: better a leak than memory gone under a device. */
	if (model_unmap(dev, iova, len_bytes) == 0)
		munmap(va, len_bytes);
}

static unsigned model_refusals(
	struct device *dev, struct device_refusal *out, unsigned max, uint64_t *lost)
{
	return refusals_take(&model_of(dev)->refusals, out, max, lost);
}

static void model_mishaps(const struct device *dev, struct device_mishaps *out)
{
	mishaps_read(&((const struct model *)dev)->mishaps, out);
}

static int model_irq_wait(struct device *dev, uint64_t timeout_ns)
{
	struct model *model = model_of(dev);

	if (line_served(&model->line)) {
		engine_irq_eoi(model->engine);
		model->look = true;
	}
	return line_wait(&model->line, timeout_ns);
}

static void model_irq_cancel(struct device *dev)
{
	line_cancel(&model_of(dev)->line);
}

static uint32_t model_port_read(struct device *dev, uint32_t offset, unsigned len_bytes)
{
	return engine_port_read(model_of(dev)->engine, offset, len_bytes);
}

static void model_port_write(
	struct device *dev, uint32_t offset, unsigned len_bytes, uint32_t value)
{
	engine_port_write(model_of(dev)->engine, offset, len_bytes, value);
}

/* ---- power, life ---------------------------------------------------------------------------- */

static void frozen_begin(void *arg)
{
	struct model *model = arg;

	model->frozen = true;
}

static void frozen_end(void *arg)
{
	struct model *model = arg;

	model->frozen = false;
	model->look = true;
}

static int sources_add(struct model *model)
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

static void sources_remove(struct model *model)
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

static int model_power(struct device *dev, enum device_power state)
{
	struct model *model = model_of(dev);
	int rc = 0;

	if (state == model->power)
		return 0;
	if (state == DEVICE_D0) {
		rc = sources_add(model);
	} else {
		for (unsigned c = 0; c < ENGINE_CHANNELS; c++)
			while (model->channel[c].stage != STAGE_IDLE)
				channel_step(&model->channel[c]);
		engine_unpin(model->engine);
		sources_remove(model);
	}
	model->power = state;
	return rc ? -EIO : 0;
}

static int model_reset(struct device *dev)
{
	struct model *model = model_of(dev);

	channels_forget(model);
	engine_reset(model->engine);
	line_drain(&model->line);
	model->look = true;
	return 0;
}

static void model_close(struct device *dev)
{
	struct model *model = model_of(dev);
	struct model **at = &models;

	if (!model)
		return;
	while (*at && *at != model)
		at = &(*at)->next;
	if (*at)
		*at = model->next;
	sources_remove(model);
	sched_forget(model->sched, &model->moderated);
	line_fini(&model->line);
	engine_destroy(model->engine);
	if (model->memory)
		munmap(model->memory, model->dev.caps.memory_bytes);
	if (model->bar)
		munmap(model->bar, ENGINE_BAR0_BYTES);
	table_fini(&model->table);
	refusals_fini(&model->refusals);
	stale_fini(&model->stale);
	free(model->injected);
	free(model);
}

static int model_build(struct model *model, const struct device_config *config, struct err *err)
{
	uint64_t memory_bytes = config->memory_bytes ? config->memory_bytes : MEMORY_BYTES_DEFAULT;

	model->dev.caps.memory_bytes = memory_bytes;
	model->table.limit = config->address_bits == 64 ? 0 : UINT64_C(1) << config->address_bits;
	model->bar = pages_map(ENGINE_BAR0_BYTES);
	model->memory = pages_map(memory_bytes);
	if (!model->bar || !model->memory)
		return err_set(err, ERR_MISSING, -ENOMEM,
			"device model: no address space for %llu bytes of device memory; lower "
			"device.memory",
			(unsigned long long)memory_bytes);
	return engine_create(&model->engine,
		&(struct engine_config){
			.ops = &model_bus_ops,
			.bus = model,
			.bar = model->bar,
			.memory = model->memory,
			.memory_bytes = memory_bytes,
			.address_bits = config->address_bits,
			.scatter_gather = !config->no_scatter_gather,
			.fault = config->fault,
			.fault_rate = config->fault_rate,
			.seed = config->seed,
			.bell = config->bell,
			.mishaps = &model->mishaps,
			.irq_moderation_us = config->irq_moderation_us,
		},
		err);
}

static void sources_fill(struct model *model)
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

/* As soft's: the registers, a window on device memory from byte 0 on, the ports (datasheet section 2). */
static void bars_fill(struct model *model)
{
	struct device_caps *caps = &model->dev.caps;
	uint64_t window_bytes = WINDOW_BYTES_MAX;

	while (window_bytes > caps->memory_bytes)
		window_bytes /= 2;
	caps->bar[0] = (struct device_bar){
		.va = model->bar, .bus_address = BAR_BUS_ADDRESS, .len_bytes = ENGINE_BAR0_BYTES};
	caps->bar[1] = (struct device_bar){.va = model->memory,
		.bus_address = WINDOW_BUS_ADDRESS,
		.len_bytes = window_bytes,
		.kind = DEVICE_BAR_PREFETCH};
	caps->bar[2] = (struct device_bar){.bus_address = PORT_BUS_ADDRESS,
		.len_bytes = ENGINE_PORT_BYTES,
		.kind = DEVICE_BAR_IO};
}

static const struct device_dma_ops model_dma_ops = {
	.map = model_map,
	.unmap = model_unmap,
	.coherent_alloc = model_coherent_alloc,
	.coherent_free = model_coherent_free,
};

static const struct device_irq_ops model_irq_ops = {
	.wait = model_irq_wait,
	.cancel = model_irq_cancel,
};

static const struct device_port_ops model_port_ops = {
	.read = model_port_read,
	.write = model_port_write,
};

static int model_refuse(const struct device_config *config, struct err *err)
{
	if (!sched_playing())
		return err_set(err, ERR_USAGE, -EINVAL,
			"device model: needs the scheduler that steps it; use it through dmabench "
			"stress");
	if (config->args && config->args[0])
		return err_set(err, ERR_USAGE, -EINVAL,
			"device model: unknown argument '%s'; it takes none", config->args);
	if (config->pin != DEVICE_PIN_NONE)
		return err_set(err, ERR_USAGE, -EINVAL,
			"device model: pin is %d, expected none: it holds no real pages",
			(int)config->pin);
	return engine_check(config, "model", err);
}

static int model_open(struct device **dev, const struct device_config *config, struct err *err)
{
	struct model *model, **last = &models;
	int rc = model_refuse(config, err);

	*dev = NULL;
	if (rc)
		return rc;
	model = fault_point("model_alloc") ? NULL : calloc(1, sizeof(*model));
	if (!model)
		return err_set(err, ERR_MISSING, -ENOMEM, "device model: no memory");
	model->sched = sched_playing();
	model->freeze_ns = config->freeze_ns;
	model->freeze_at_ns = config->freeze_at_ns;
	model->power = DEVICE_D3;
	refusals_init(&model->refusals);
	model->moderated = model;
	line_init(&model->line, model->sched, &config->line, config->seed, &model->mishaps);
	stale_init(
		&model->stale, config->after, config->seed, &model_bus_ops, model, &model->mishaps);
	sources_fill(model);
	while (*last)
		last = &(*last)->next;
	*last = model;
	rc = model_build(model, config, err);
	if (rc == 0 && model_power(&model->dev, DEVICE_D0))
		rc = err_set(err, ERR_MISSING, -ENOSPC,
			"device model: the scheduler has no room for another device");
	if (rc) {
		model_close(&model->dev);
		return rc;
	}
	engine_caps(model->engine, &model->dev.caps);
	model->dev.caps.irq = true;
	bars_fill(model);
	model->dev.ops = &model_ops;
	model->dev.dma = &model_dma_ops;
	model->dev.irq = &model_irq_ops;
	model->dev.port = &model_port_ops;
	*dev = &model->dev;
	return 0;
}

/* ---- for who checks --------------------------------------------------------------------------- */

struct device *model_at(unsigned index)
{
	struct model *at = models;

	for (; at && index > 0; index--)
		at = at->next;
	return at ? &at->dev : NULL;
}

unsigned model_injections(
	struct device *dev, struct model_injected *out, unsigned max, uint64_t *lost)
{
	struct model *model = model_of(dev);
	unsigned count = 0;

	for (; count < max && model->injected_count > 0; count++) {
		out[count] = model->injected[model->injected_first];
		model->injected_first = (model->injected_first + 1) % INJECTED_MAX;
		model->injected_count--;
	}
	*lost = model->injected_lost;
	return count;
}

void model_deaf(struct device *dev)
{
	model_of(dev)->deaf = true;
}

const struct device_ops model_ops = {
	.name = "model",
	.help = "the same engine on a virtual clock: every run of a seed is the same",
	.simulated_time = true,
	.open = model_open,
	.close = model_close,
	.power = model_power,
	.reset = model_reset,
	.memory_read = model_memory_read,
	.memory_write = model_memory_write,
	.refusals = model_refusals,
	.mishaps = model_mishaps,
};
