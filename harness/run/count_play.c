// SPDX-License-Identifier: BSD-2-Clause
/*
 * count_play.c: see count_play.h: the scheduler's functions and the model's tables with the count standing still in them.
 *
 * One mutable static: host_ops have no argument, and there is one scheduler a process anyway.
 */
#include "harness/run/count_play.h"
#include "harness/run/run_priv.h"

#include "drivers/device/model/model.h"
#include "drivers/support/host.h"

static struct {
	struct sched *sched;
	const struct host_ops *inner;        /* its functions */
	const struct device_dma_ops *table;  /* the model's */
	struct device_ops device;            /* the model, opened by device_open */
	const struct run_count_hooks *hooks; /* NULL: virtual time alone */
	uintptr_t actor;                     /* whose steps count; 0: nobody's now */
	uint64_t ns; /* of the trial's virtual time: its begin, then its length */
} counting;

static void collect(bool on)
{
	if (counting.hooks)
		counting.hooks->collect(counting.hooks->arg, on);
}

void count_begin(void)
{
	counting.actor = host_actor;
	counting.ns = sched_now_ns(counting.sched);
	collect(true);
}

void count_end(void)
{
	collect(false);
	counting.ns = sched_now_ns(counting.sched) - counting.ns;
	counting.actor = 0;
}

/* ---- the scheduler's functions, uncounted ------------------------------------------------------------------ */

/* Return: whether it was counted until now. */
static bool step_begin(void)
{
	const bool counted = counting.actor && counting.actor == host_actor;

	if (counted)
		collect(false);
	return counted;
}

static void step_end(bool counted)
{
	if (counted)
		collect(true);
}

static uint64_t count_now_ns(void)
{
	return counting.inner->now_ns();
}

static void count_local(void *block, size_t len_bytes)
{
	counting.inner->local(block, len_bytes);
}

static void count_point(enum host_point kind)
{
	const bool counted = step_begin();

	counting.inner->point(kind);
	if (counted)
		sched_settle(counting.sched);
	step_end(counted);
}

static void count_spin(void)
{
	const bool counted = step_begin();

	counting.inner->spin();
	step_end(counted);
}

static int count_sleep(const void *key, uint32_t mask, uint64_t deadline_ns)
{
	const bool counted = step_begin();
	const int rc = counting.inner->sleep(key, mask, deadline_ns);

	step_end(counted);
	return rc;
}

static void count_wake(const void *key, int count, uint32_t mask)
{
	const bool counted = step_begin();

	counting.inner->wake(key, count, mask);
	step_end(counted);
}

static int count_spawn(uint64_t *actor, const char *name, void *(*main)(void *), void *arg)
{
	return counting.inner->spawn(actor, name, main, arg);
}

static void count_join(uint64_t actor)
{
	counting.inner->join(actor);
}

static const struct host_ops count_ops = {
	.now_ns = count_now_ns,
	.local = count_local,
	.point = count_point,
	.spin = count_spin,
	.sleep = count_sleep,
	.wake = count_wake,
	.spawn = count_spawn,
	.join = count_join,
};

/* ---- the model's tables, uncounted --------------------------------------------------------------------------- */

static int dma_map(struct device *dev, iova_t iova, void *va, size_t len_bytes, unsigned access)
{
	const bool counted = step_begin();
	const int rc = counting.table->map(dev, iova, va, len_bytes, access);

	step_end(counted);
	return rc;
}

static int dma_unmap(struct device *dev, iova_t iova, size_t len_bytes)
{
	const bool counted = step_begin();
	const int rc = counting.table->unmap(dev, iova, len_bytes);

	step_end(counted);
	return rc;
}

static int dma_coherent_alloc(struct device *dev, iova_t iova, size_t len_bytes, void **va)
{
	const bool counted = step_begin();
	const int rc = counting.table->coherent_alloc(dev, iova, len_bytes, va);

	step_end(counted);
	return rc;
}

static void dma_coherent_free(struct device *dev, iova_t iova, size_t len_bytes, void *va)
{
	const bool counted = step_begin();

	counting.table->coherent_free(dev, iova, len_bytes, va);
	step_end(counted);
}

static const struct device_dma_ops dma_ops = {
	.map = dma_map,
	.unmap = dma_unmap,
	.coherent_alloc = dma_coherent_alloc,
	.coherent_free = dma_coherent_free,
};

static int device_open(struct device **dev, const struct device_config *config, struct err *err)
{
	const int rc = model_ops.open(dev, config, err);

	if (rc == 0) {
		counting.table = (*dev)->dma;
		(*dev)->dma = &dma_ops;
	}
	return rc;
}

/* ---- begin and end -------------------------------------------------------------------------------------------- */

const struct device_ops *count_play_begin(struct sched *sched, const struct run_count_hooks *hooks)
{
	counting.sched = sched;
	counting.inner = host_ops;
	counting.hooks = hooks;
	counting.actor = 0;
	counting.device = model_ops;
	counting.device.open = device_open;
	host_play(&count_ops);
	return &counting.device;
}

void count_play_end(void)
{
	host_play(counting.inner);
	counting.actor = 0;
	counting.hooks = NULL;
}

int count_take(uint64_t *instructions, uint64_t *ns, struct err *err)
{
	*ns = counting.ns;
	*instructions = 0;
	return counting.hooks ? counting.hooks->take(counting.hooks->arg, instructions, err) : 0;
}
