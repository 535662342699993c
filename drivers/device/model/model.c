// SPDX-License-Identifier: BSD-2-Clause
/*
 * model.c: see model.h: the device's memory, power and life. Called through model_ops; what goes on inside, step by step,
 * is steps.c. Knows neither the port nor a miniport.
 */
#include "drivers/device/model/model_priv.h"

#include "drivers/support/fault.h"
#include "drivers/support/heap.h"
#include "drivers/support/pages.h"

#include <errno.h>
#include <string.h>

#define MEMORY_BYTES_DEFAULT ((uint64_t)16 << 20)

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

/* ---- memory --------------------------------------------------------------------------------- */

static int model_memory_read(struct device *dev, uint64_t addr, void *dst, size_t len_bytes)
{
	return memory_read(dev, model_of(dev)->memory.bytes, addr, dst, len_bytes);
}

static int model_memory_write(struct device *dev, uint64_t addr, const void *src, size_t len_bytes)
{
	return memory_write(dev, model_of(dev)->memory.bytes, addr, src, len_bytes);
}

static int model_map(struct device *dev, iova_t iova, void *va, size_t len_bytes, unsigned access)
{
	if (fault_point("model_map") || lack_of_maps(&model_of(dev)->lack))
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
	if (rc == 0 && stale_on(&model->stale) && !engine_gone(model->engine))
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
	pages = memory_pages(len_bytes);
	if (!pages)
		return -ENOMEM;
	rc = table_map(&model_of(dev)->table, iova, pages, len_bytes, DEVICE_READ | DEVICE_WRITE);
	if (rc) {
		pages_unmap(pages, len_bytes);
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
		pages_unmap(va, len_bytes);
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

	if (line_served(&model->line, model->memory.bar)) {
		engine_irq_eoi(model->engine);
		model->look = true;
	}
	return line_wait(&model->line, model->memory.bar, timeout_ns);
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

static int model_power(struct device *dev, enum device_power state)
{
	struct model *model = model_of(dev);
	int rc = 0;

	if (state == model->power)
		return 0;
	if (state == DEVICE_D0) {
		rc = steps_start(model);
	} else {
		steps_finish(model);
		engine_unpin(model->engine);
		steps_stop(model);
	}
	model->power = state;
	return rc ? -EIO : 0;
}

static int model_reset(struct device *dev)
{
	struct model *model = model_of(dev);

	steps_forget(model);
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
	steps_stop(model);
	sched_forget(model->sched, &model->moderated);
	sched_forget(model->sched, &model->removed);
	line_fini(&model->line);
	engine_destroy(model->engine);
	memory_close(&model->memory);
	table_fini(&model->table);
	refusals_fini(&model->refusals);
	stale_fini(&model->stale);
	injections_fini(&model->injections);
	heap_free(model);
}

static int model_build(struct model *model, const struct device_config *config, struct err *err)
{
	uint64_t memory_bytes = config->memory_bytes ? config->memory_bytes : MEMORY_BYTES_DEFAULT;
	int rc = memory_open(&model->memory, memory_bytes, "model", err);

	if (rc)
		return rc;

	struct engine_config engine = engine_config_of(config, &model->memory);

	model->table.limit = config->address_bits == 64 ? 0 : UINT64_C(1) << config->address_bits;
	engine.ops = &model_bus_ops;
	engine.bus = model;
	engine.mishaps = &model->mishaps;
	return engine_create(&model->engine, &engine, err);
}

static const struct device_dma_ops model_dma_ops = {
	.map = model_map,
	.unmap = model_unmap,
	.coherent_alloc = model_coherent_alloc,
	.coherent_free = model_coherent_free,
};

/* Nothing has to be held: it is all one process's memory. */
static int model_pin_take(struct device *dev, void *va, size_t len_bytes, uint32_t *handle)
{
	(void)va, (void)len_bytes;
	*handle = 0;
	return lack_of_locks(&model_of(dev)->lack) ? -ENOMEM : 0;
}

static void model_pin_release(struct device *dev, void *va, size_t len_bytes, uint32_t handle)
{
	(void)dev, (void)va, (void)len_bytes, (void)handle;
}

static const struct device_pin_ops model_pin_ops = {
	.take = model_pin_take,
	.release = model_pin_release,
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
	model = fault_point("model_alloc") ? NULL : heap_zeroed(1, sizeof(*model));
	if (!model)
		return err_short(err, -ENOMEM, "device model: no memory");
	model->sched = sched_playing();
	model->freeze_ns = config->freeze_ns;
	model->freeze_at_ns = config->freeze_at_ns;
	model->power = DEVICE_D3;
	refusals_init(&model->refusals, &model->mishaps);
	model->moderated = model->removed = model;
	line_init(&model->line, model->sched, &config->line, config->seed, &model->mishaps);
	stale_init(
		&model->stale, config->after, config->seed, &model_bus_ops, model, &model->mishaps);
	lack_init(&model->lack, &config->lack, config->seed, &model->mishaps);
	steps_init(model);
	while (*last)
		last = &(*last)->next;
	*last = model;
	rc = model_build(model, config, err);
	if (rc == 0 && model_power(&model->dev, DEVICE_D0))
		rc = err_set(err, ERR_MISSING, -ENOSPC,
			"device model: the scheduler has no room for another device");
	if (rc == 0 && config->removed_at_ns &&
		steps_removed(model, sched_now_ns(model->sched) + config->removed_at_ns))
		rc = err_short(err, -ENOMEM, "device model: no memory for an event");
	if (rc) {
		model_close(&model->dev);
		return rc;
	}
	engine_caps(model->engine, &model->dev.caps);
	model->dev.caps.irq = true;
	model->dev.ops = &model_ops;
	model->dev.dma = &model_dma_ops;
	model->dev.irq = &model_irq_ops;
	model->dev.pin = config->lack.lock > 0 ? &model_pin_ops : NULL;
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
	return injections_take(&model_of(dev)->injections, out, max, lost);
}

uint64_t model_descriptors(const struct device *dev)
{
	return ((const struct model *)dev)->descriptors;
}

uint64_t model_idle_handlers(const struct device *dev)
{
	return line_idle(&((const struct model *)dev)->line);
}

uint64_t model_mapped_bytes(const struct device *dev)
{
	return table_bytes(&((const struct model *)dev)->table);
}

void model_deaf(struct device *dev)
{
	model_of(dev)->injections.deaf = true;
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
