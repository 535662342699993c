// SPDX-License-Identifier: BSD-2-Clause
/*
 * soft.c: the soft device: its thread, memory, power and life. Called through soft_ops only; knows
 * neither the port nor a miniport. The engine does the device's work, iommu.c its translation.
 *
 * The thread steps the engine. Idle, it spins for a while, so that the next doorbell is seen at
 * once, then rests in short sleeps. The host stops it ("parks") for D3 and for reset.
 */
#include "drivers/device/soft/soft.h"
#include "drivers/device/engine/engine.h"
#include "drivers/device/engine/memory.h"
#include "drivers/device/engine/refusals.h"
#include "drivers/device/engine/lack.h"
#include "drivers/device/engine/stale.h"
#include "drivers/device/soft/iommu.h"
#include "drivers/device/soft/irq.h"
#include "drivers/device/soft/pin.h"
#include "drivers/support/fault.h"
#include "drivers/support/heap.h"
#include "drivers/support/mmio.h"
#include "drivers/support/pages.h"
#include "drivers/support/shortage.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>

#define MEMORY_BYTES_DEFAULT ((uint64_t)256 << 20)
#define STEP_BUDGET          16
#define IDLE_SPIN_NS         1000000 /* longer than a pause between two batches of one driver */
#define IDLE_SPINS_PER_CLOCK 64
#define IDLE_SLEEP_NS        50000

_Static_assert(ENGINE_PIN_COUNT <= IOMMU_PINS, "every pin of the engine has a slot");

struct soft {
	struct device dev; /* first: soft_of */
	struct engine *engine;
	struct memory memory;
	/* Up here they fill the gap before iommu. */
	pthread_cond_t changed;           /* parked, or to be let go */
	uint64_t freeze_ns, freeze_at_ns; /* device_config's */
	uint64_t removed_ns;              /* when it is taken out; 0: never, or it has been */
	enum device_power power;
	struct irq irq;
	struct iommu iommu;
	struct refusals refusals;
	struct mishaps mishaps;
	struct stale stale;
	struct lack lack;
	struct pin pin;

	pthread_t thread;
	pthread_mutex_t lock;
	atomic_bool stop;  /* read without the lock on every turn, written under it */
	bool parked, quit; /* under the lock */
	bool thread_made;
	bool shares_cpu; /* one CPU for all: yield instead of spinning */
};

static struct soft *soft_of(struct device *dev)
{
	return (struct soft *)dev;
}

static uint64_t clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* ---- what the engine asks for --------------------------------------------------------------- */

static size_t bus_pin(void *bus, enum engine_pin pin, iova_t iova, size_t len_bytes,
	enum device_access access, void **va)
{
	struct soft *soft = bus;

	return iommu_pin(&soft->iommu, pin, iova, len_bytes, access, va);
}

static void bus_unpin(void *bus, enum engine_pin pin)
{
	struct soft *soft = bus;

	iommu_unpin(&soft->iommu, pin);
}

static void bus_interrupt(void *bus)
{
	struct soft *soft = bus;

	irq_signal(&soft->irq);
}

static void bus_refused(void *bus, const struct device_refusal *refusal)
{
	struct soft *soft = bus;

	refusals_add(&soft->refusals, refusal);
}

static uint64_t bus_now_ns(void *bus)
{
	(void)bus;
	return clock_ns();
}

static const struct engine_bus_ops soft_bus_ops = {
	.pin = bus_pin,
	.unpin = bus_unpin,
	.interrupt = bus_interrupt,
	.refused = bus_refused,
	.now_ns = bus_now_ns,
};

/* ---- the thread ----------------------------------------------------------------------------- */

/* Stands still while asked to. Return: false when the thread shall end. */
static bool soft_stand(struct soft *soft)
{
	bool quit;

	engine_unpin(soft->engine);
	pthread_mutex_lock(&soft->lock);
	/* Relaxed: written under the lock that is held here. */
	while (atomic_load_explicit(&soft->stop, memory_order_relaxed) && !soft->quit) {
		soft->parked = true;
		pthread_cond_broadcast(&soft->changed);
		pthread_cond_wait(&soft->changed, &soft->lock);
	}
	quit = soft->quit;
	soft->parked = false;
	pthread_mutex_unlock(&soft->lock);
	return !quit;
}

/* What the thread knows about its own idleness; zeroed by work. */
struct soft_idle {
	unsigned spins;
	uint64_t since_ns;
	bool resting;
};

/* One idle turn: spins, and after IDLE_SPIN_NS without work sleeps. */
static void soft_idle_turn(struct soft *soft, struct soft_idle *idle)
{
	const struct timespec rest = {.tv_nsec = IDLE_SLEEP_NS};

	if (idle->resting) {
		nanosleep(&rest, NULL);
		return;
	}
	if (soft->shares_cpu)
		sched_yield();
	else
		cpu_relax();
	/* The clock is dear where spinning is cheap. */
	if (++idle->spins % IDLE_SPINS_PER_CLOCK != 0)
		return;
	if (idle->since_ns == 0)
		idle->since_ns = clock_ns();
	idle->resting = clock_ns() - idle->since_ns >= IDLE_SPIN_NS;
	if (idle->resting)
		engine_unpin(soft->engine); /* an unmap shall not have to wait for the sleeper */
}

/* Where the thread stands on its way to, into and out of the freeze of this stay in D0. */
struct soft_freeze {
	uint64_t from_ns, to_ns; /* of the clock; both 0: behind it, or none is wanted */
};

static struct soft_freeze soft_freeze_plan(const struct soft *soft)
{
	if (soft->freeze_ns == 0)
		return (struct soft_freeze){0};
	uint64_t from_ns = clock_ns() + soft->freeze_at_ns;

	return (struct soft_freeze){from_ns, from_ns + soft->freeze_ns};
}

/* True while the device stands still: one short sleep has passed instead of work. */
static bool soft_frozen(struct soft *soft, struct soft_freeze *freeze)
{
	const struct timespec rest = {.tv_nsec = IDLE_SLEEP_NS};
	uint64_t now_ns;

	if (freeze->to_ns == 0)
		return false;
	now_ns = clock_ns();
	if (now_ns < freeze->from_ns)
		return false;
	if (now_ns >= freeze->to_ns) {
		*freeze = (struct soft_freeze){0};
		return false;
	}
	engine_unpin(soft->engine); /* an unmap shall not have to wait for the sleeper */
	nanosleep(&rest, NULL);
	return true;
}

/* Takes the device out: after what it was at, or in the middle of a descriptor, moved and not told of. */
static void soft_vanish(struct soft *soft)
{
	struct engine_work work;

	soft->removed_ns = 0;
	engine_poll(soft->engine);
	if (engine_fetch(soft->engine, 0, &work))
		engine_move(soft->engine, &work);
	engine_remove(soft->engine);
}

static void *soft_main(void *arg)
{
	struct soft *soft = arg;
	struct soft_idle idle = {0};
	struct soft_freeze freeze = soft_freeze_plan(soft);
	unsigned evictions = 0, done;

	/* Sleeps of 50 us would take twice that with the default slack. */
	prctl(PR_SET_TIMERSLACK, 1UL);
	for (;;) {
		/* Acquire: what the host did before it let the thread go. */
		if (atomic_load_explicit(&soft->stop, memory_order_acquire)) {
			if (!soft_stand(soft))
				return NULL;
			idle = (struct soft_idle){0};
			freeze = soft_freeze_plan(soft);
		}
		if (soft->removed_ns && clock_ns() >= soft->removed_ns)
			soft_vanish(soft);
		if (!engine_gone(soft->engine) && soft_frozen(soft, &freeze))
			continue;
		done = engine_step(soft->engine, STEP_BUDGET);
		irq_turn(&soft->irq, soft->engine, soft->memory.bar, done);
		if (done > 0)
			idle = (struct soft_idle){0};
		else
			soft_idle_turn(soft, &idle);

		/* Acquire: the entries cleared before the eviction was asked for. */
		unsigned wanted = atomic_load_explicit(
			&soft->iommu.evictions, memory_order_acquire);

		if (wanted != evictions) {
			evictions = wanted;
			engine_unpin(soft->engine);
		}
	}
}

/* Stops the thread between two steps; returns when it stands. */
static void soft_park(struct soft *soft)
{
	pthread_mutex_lock(&soft->lock);
	atomic_store_explicit(&soft->stop, true, memory_order_release);
	while (!soft->parked)
		pthread_cond_wait(&soft->changed, &soft->lock);
	pthread_mutex_unlock(&soft->lock);
}

static void soft_unpark(struct soft *soft)
{
	pthread_mutex_lock(&soft->lock);
	atomic_store_explicit(&soft->stop, false, memory_order_release);
	pthread_cond_broadcast(&soft->changed);
	pthread_mutex_unlock(&soft->lock);
}

static bool cpu_in(const cpu_set_t *set, int cpu)
{
	return cpu < CPU_SETSIZE && CPU_ISSET((size_t)cpu, set);
}

static int thread_start(struct soft *soft, const struct device_config *config, struct err *err)
{
	const int cpu = config->cpu;
	cpu_set_t set;

	/* The thread starts with the opener's CPUs; with a CPU of its own it need not yield. */
	soft->shares_cpu = config->shares_cpu;
	CPU_ZERO(&set);
	if (!soft->shares_cpu && sched_getaffinity(0, sizeof(set), &set) == 0)
		soft->shares_cpu = CPU_COUNT(&set) == 1 && (cpu < 0 || cpu_in(&set, cpu));

	int rc = EAGAIN;

	if (!fault_point("soft_thread")) {
		rc = pthread_create(&soft->thread, NULL, soft_main, soft);
		if (rc)
			shortage_note();
	}
	if (rc)
		return err_set(err, ERR_MISSING, -ENOMEM,
			"device soft: cannot start its thread (%s); raise the limit of processes",
			strerror(rc));
	soft->thread_made = true;
	pthread_setname_np(soft->thread, "dmab-soft");
	if (cpu < 0)
		return 0;
	CPU_ZERO(&set);
	if (cpu < CPU_SETSIZE)
		CPU_SET((size_t)cpu, &set); /* else empty, which is refused */
	rc = pthread_setaffinity_np(soft->thread, sizeof(set), &set);
	if (rc)
		return err_set(err, ERR_USAGE, -EINVAL,
			"device soft: CPU %d cannot be used (%s); choose one the process may run "
			"on, or -1",
			cpu, strerror(rc));
	return 0;
}

/* ---- memory --------------------------------------------------------------------------------- */

static int soft_memory_read(struct device *dev, uint64_t addr, void *dst, size_t len_bytes)
{
	return memory_read(dev, soft_of(dev)->memory.bytes, addr, dst, len_bytes);
}

static int soft_memory_write(struct device *dev, uint64_t addr, const void *src, size_t len_bytes)
{
	return memory_write(dev, soft_of(dev)->memory.bytes, addr, src, len_bytes);
}

static int soft_map(struct device *dev, iova_t iova, void *va, size_t len_bytes, unsigned access)
{
	if (lack_of_maps(&soft_of(dev)->lack))
		return -ENOSPC;
	return iommu_map(&soft_of(dev)->iommu, iova, va, len_bytes, access);
}

static int soft_unmap(struct device *dev, iova_t iova, size_t len_bytes)
{
	struct soft *soft = soft_of(dev);

	if (!stale_on(&soft->stale))
		return iommu_unmap(&soft->iommu, iova, len_bytes);
	int rc = iommu_unmap(&soft->iommu, iova, len_bytes);

	if (rc == 0 && !engine_gone(soft->engine))
		stale_unmapped(&soft->stale, iova, len_bytes);
	return rc;
}

static int soft_coherent_alloc(struct device *dev, iova_t iova, size_t len_bytes, void **va)
{
	*va = NULL;
	if (len_bytes == 0 || (len_bytes & PAGE_MASK))
		return -EINVAL;

	void *pages = memory_pages(len_bytes);

	if (!pages)
		return -ENOMEM;

	int rc = iommu_map(
		&soft_of(dev)->iommu, iova, pages, len_bytes, DEVICE_READ | DEVICE_WRITE);

	if (rc) {
		pages_unmap(pages, len_bytes);
		return rc == -EINVAL ? rc : -ENOMEM;
	}
	*va = pages;
	return 0;
}

static void soft_coherent_free(struct device *dev, iova_t iova, size_t len_bytes, void *va)
{
	if (!va)
		return;
	/* What is not the range allocated stays: better a leak than memory gone under a device. */
	if (soft_unmap(dev, iova, len_bytes) == 0)
		pages_unmap(va, len_bytes);
}

static unsigned soft_refusals(
	struct device *dev, struct device_refusal *out, unsigned max, uint64_t *lost)
{
	return refusals_take(&soft_of(dev)->refusals, out, max, lost);
}

static void soft_mishaps(const struct device *dev, struct device_mishaps *out)
{
	mishaps_read(&((const struct soft *)dev)->mishaps, out);
}

static int soft_irq_wait(struct device *dev, uint64_t timeout_ns)
{
	struct soft *soft = soft_of(dev);

	return irq_wait(&soft->irq, soft->engine, timeout_ns);
}

static void soft_irq_cancel(struct device *dev)
{
	irq_cancel(&soft_of(dev)->irq);
}

/* ---- power, life ---------------------------------------------------------------------------- */

static int soft_power(struct device *dev, enum device_power state)
{
	struct soft *soft = soft_of(dev);

	if (state == soft->power)
		return 0;
	if (state == DEVICE_D3)
		soft_park(soft);
	else
		soft_unpark(soft);
	soft->power = state;
	return 0;
}

static int soft_reset(struct device *dev)
{
	struct soft *soft = soft_of(dev);

	if (soft->power == DEVICE_D0)
		soft_park(soft);
	engine_reset(soft->engine);
	irq_drain(&soft->irq);
	if (soft->power == DEVICE_D0)
		soft_unpark(soft);
	return 0;
}

static void soft_close(struct device *dev)
{
	struct soft *soft = soft_of(dev);

	if (!soft)
		return;
	if (soft->thread_made) {
		soft_park(soft);
		pthread_mutex_lock(&soft->lock);
		soft->quit = true;
		pthread_cond_broadcast(&soft->changed);
		pthread_mutex_unlock(&soft->lock);
		pthread_join(soft->thread, NULL);
	}
	engine_destroy(soft->engine);
	memory_close(&soft->memory);
	iommu_fini(&soft->iommu);
	irq_close(&soft->irq);
	refusals_fini(&soft->refusals);
	pin_close(&soft->pin);
	stale_fini(&soft->stale);
	pthread_mutex_destroy(&soft->lock);
	pthread_cond_destroy(&soft->changed);
	heap_free(soft);
}

/* Everything but the thread. */
static int soft_build(struct soft *soft, const struct device_config *config, struct err *err)
{
	uint64_t memory_bytes = config->memory_bytes ? config->memory_bytes : MEMORY_BYTES_DEFAULT;
	int rc = memory_open(&soft->memory, memory_bytes, "soft", err);

	if (rc)
		return rc;
	/* A device's memory has no pages; large ones come nearest. Advice: it may not be taken. */
	madvise(soft->memory.bytes, memory_bytes, MADV_HUGEPAGE);
	rc = irq_open(&soft->irq, &config->line, config->seed, &soft->mishaps, err);
	if (rc == 0)
		rc = iommu_init(&soft->iommu, config->address_bits, err);
	if (rc == 0)
		rc = pin_open(&soft->pin, config->pin, err);
	if (rc)
		return rc;

	struct engine_config engine = engine_config_of(config, &soft->memory);

	engine.ops = &soft_bus_ops;
	engine.bus = soft;
	engine.mishaps = &soft->mishaps;
	return engine_create(&soft->engine, &engine, err);
}

static const struct device_dma_ops soft_dma_ops = {
	.map = soft_map,
	.unmap = soft_unmap,
	.coherent_alloc = soft_coherent_alloc,
	.coherent_free = soft_coherent_free,
};

static uint32_t soft_port_read(struct device *dev, uint32_t offset, unsigned len_bytes)
{
	return engine_port_read(soft_of(dev)->engine, offset, len_bytes);
}

static void soft_port_write(struct device *dev, uint32_t offset, unsigned len_bytes, uint32_t value)
{
	engine_port_write(soft_of(dev)->engine, offset, len_bytes, value);
}

static const struct device_port_ops soft_port_ops = {
	.read = soft_port_read,
	.write = soft_port_write,
};

static int soft_pin_take(struct device *dev, void *va, size_t len_bytes, uint32_t *handle)
{
	if (lack_of_locks(&soft_of(dev)->lack))
		return -ENOMEM;
	return pin_take(&soft_of(dev)->pin, va, len_bytes, handle);
}

static void soft_pin_release(struct device *dev, void *va, size_t len_bytes, uint32_t handle)
{
	pin_release(&soft_of(dev)->pin, va, len_bytes, handle);
}

static const struct device_pin_ops soft_pin_ops = {
	.take = soft_pin_take,
	.release = soft_pin_release,
};

static const struct device_irq_ops soft_irq_ops = {
	.wait = soft_irq_wait,
	.cancel = soft_irq_cancel,
};

static int soft_open(struct device **dev, const struct device_config *config, struct err *err)
{
	*dev = NULL;
	if (config->args && config->args[0])
		return err_set(err, ERR_USAGE, -EINVAL,
			"device soft: unknown argument '%s'; it takes none, say --device soft",
			config->args);

	int rc = engine_check(config, "soft", err);

	if (rc)
		return rc;

	struct soft *soft = fault_point("soft_alloc") ? NULL : heap_lines(sizeof(*soft));

	if (!soft)
		return err_short(err, -ENOMEM, "device soft: no memory");
	memset(soft, 0, sizeof(*soft));
	soft->irq.event_fd = soft->irq.cancel_fd = -1;
	pthread_mutex_init(&soft->lock, NULL);
	soft->freeze_ns = config->freeze_ns;
	soft->freeze_at_ns = config->freeze_at_ns;
	soft->removed_ns = config->removed_at_ns ? clock_ns() + config->removed_at_ns : 0;
	refusals_init(&soft->refusals, &soft->mishaps);
	stale_init(&soft->stale, config->after, config->seed, &soft_bus_ops, soft, &soft->mishaps);
	lack_init(&soft->lack, &config->lack, config->seed, &soft->mishaps);
	pin_init(&soft->pin);
	pthread_cond_init(&soft->changed, NULL);
	rc = soft_build(soft, config, err);
	if (rc == 0)
		rc = thread_start(soft, config, err);
	if (rc) {
		soft_close(&soft->dev);
		return rc;
	}
	engine_caps(soft->engine, &soft->dev.caps);
	soft->dev.caps.irq = true;
	soft->dev.ops = &soft_ops;
	soft->dev.port = &soft_port_ops;
	soft->dev.dma = &soft_dma_ops;
	soft->dev.irq = &soft_irq_ops;
	soft->dev.pin = config->pin == DEVICE_PIN_NONE && config->lack.lock <= 0 ? NULL
	                                                                         : &soft_pin_ops;
	*dev = &soft->dev;
	return 0;
}

const struct device_ops soft_ops = {
	.name = "soft",
	.help = "a bus master played by a thread: wall-clock time, real memory traffic",
	.open = soft_open,
	.close = soft_close,
	.power = soft_power,
	.reset = soft_reset,
	.memory_read = soft_memory_read,
	.memory_write = soft_memory_write,
	.refusals = soft_refusals,
	.mishaps = soft_mishaps,
};
