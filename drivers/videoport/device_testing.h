/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * device_testing.h: the played device of this folder's tests. Included by testing.h only.
 *
 * It moves no data. Its BAR 0 is a page of memory, its interrupt is raised by testdev_interrupt, and it counts what the
 * port does to it. It knows no driver and no rule.
 */
#ifndef VIDEOPORT_DEVICE_TESTING_H
#define VIDEOPORT_DEVICE_TESTING_H

#include "drivers/support/held_testing.h"
#include "drivers/videoport/priv.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define TESTDEV_PORT       0xE000u
#define TESTDEV_PORT_BYTES 16u
#define TESTDEV_WINDOW     0xE0000000u

struct testdev {
	struct device device; /* first */
	uint32_t *registers;
	unsigned char memory[256];
	int resets;
	enum device_power powers[8]; /* states entered, in order */
	int power_count;
	int coherent_live;
	unsigned refusals;      /* to report */
	uint64_t refusals_lost; /* beyond those, told once */
	unsigned char ports[TESTDEV_PORT_BYTES];

	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned raised;
	bool cancelled;
};

/* What the next opened device is like, and how many are open. */
static struct {
	bool no_irq;
	bool ports; /* an I/O BAR and a prefetchable one besides */
	int live;
	int open_result;
} testdev_setup;

static inline struct testdev *testdev_of(struct videoport *vp)
{
	return (struct testdev *)vp->device;
}

static inline void testdev_interrupt(struct testdev *dev)
{
	pthread_mutex_lock(&dev->lock);
	dev->raised++;
	pthread_cond_signal(&dev->changed);
	pthread_mutex_unlock(&dev->lock);
}

static inline int testdev_wait(struct device *device, uint64_t timeout_ns)
{
	struct testdev *dev = (struct testdev *)device;
	int ret = -ECANCELED;

	(void)timeout_ns;
	pthread_mutex_lock(&dev->lock);
	while (!dev->raised && !dev->cancelled)
		pthread_cond_wait(&dev->changed, &dev->lock);
	if (!dev->cancelled) {
		dev->raised = 0; /* interrupts coalesce, as an eventfd's do */
		ret = 1;
	}
	pthread_mutex_unlock(&dev->lock);
	return ret;
}

static inline void testdev_cancel(struct device *device)
{
	struct testdev *dev = (struct testdev *)device;

	pthread_mutex_lock(&dev->lock);
	dev->cancelled = true;
	pthread_cond_signal(&dev->changed);
	pthread_mutex_unlock(&dev->lock);
}

static inline int testdev_map(
	struct device *device, iova_t iova, void *va, size_t len_bytes, unsigned access)
{
	(void)device, (void)iova, (void)va, (void)len_bytes, (void)access;
	return 0;
}

static inline int testdev_unmap(struct device *device, iova_t iova, size_t len_bytes)
{
	(void)device, (void)iova, (void)len_bytes;
	return 0;
}

static inline int testdev_coherent_alloc(
	struct device *device, iova_t iova, size_t len_bytes, void **va)
{
	(void)iova;
	*va = aligned_alloc(PAGE_BYTES, len_bytes);
	if (!*va)
		return -ENOMEM;
	memset(*va, 0, len_bytes);
	((struct testdev *)device)->coherent_live++;
	return 0;
}

static inline void testdev_coherent_free(
	struct device *device, iova_t iova, size_t len_bytes, void *va)
{
	(void)iova, (void)len_bytes;
	((struct testdev *)device)->coherent_live--;
	free(va);
}

static inline int testdev_power(struct device *device, enum device_power state)
{
	struct testdev *dev = (struct testdev *)device;

	if (dev->power_count < 8)
		dev->powers[dev->power_count++] = state;
	return 0;
}

static inline int testdev_reset(struct device *device)
{
	((struct testdev *)device)->resets++;
	return 0;
}

static inline int testdev_memory_read(
	struct device *device, uint64_t addr, void *dst, size_t len_bytes)
{
	struct testdev *dev = (struct testdev *)device;

	if (addr > sizeof(dev->memory) || len_bytes > sizeof(dev->memory) - addr)
		return -ERANGE;
	memcpy(dst, dev->memory + addr, len_bytes);
	return 0;
}

static inline int testdev_memory_write(
	struct device *device, uint64_t addr, const void *src, size_t len_bytes)
{
	struct testdev *dev = (struct testdev *)device;

	if (addr > sizeof(dev->memory) || len_bytes > sizeof(dev->memory) - addr)
		return -ERANGE;
	memcpy(dev->memory + addr, src, len_bytes);
	return 0;
}

static inline unsigned testdev_refusals(
	struct device *device, struct device_refusal *out, unsigned max, uint64_t *lost)
{
	struct testdev *dev = (struct testdev *)device;
	unsigned count = 0;

	for (; count < max && dev->refusals; count++, dev->refusals--)
		out[count] = (struct device_refusal){.iova = {0x5000},
			.len_bytes = 64,
			.access = DEVICE_READ,
			.descriptor_id = 7};
	*lost = dev->refusals_lost;
	dev->refusals_lost = 0;
	return count;
}

static const struct device_dma_ops testdev_dma = {
	.map = testdev_map,
	.unmap = testdev_unmap,
	.coherent_alloc = testdev_coherent_alloc,
	.coherent_free = testdev_coherent_free,
};

static const struct device_irq_ops testdev_irq = {
	.wait = testdev_wait,
	.cancel = testdev_cancel,
};

/* Ports are storage; the last one counts instead: each read gives one more. */
static inline uint32_t testdev_port_read(struct device *device, uint32_t offset, unsigned len_bytes)
{
	struct testdev *dev = (struct testdev *)device;
	uint32_t value = 0;

	if (offset == TESTDEV_PORT_BYTES - 1)
		return ++dev->ports[offset];
	memcpy(&value, dev->ports + offset, len_bytes);
	return value;
}

static inline void testdev_port_write(
	struct device *device, uint32_t offset, unsigned len_bytes, uint32_t value)
{
	memcpy(((struct testdev *)device)->ports + offset, &value, len_bytes);
}

static const struct device_port_ops testdev_port_ops = {
	.read = testdev_port_read,
	.write = testdev_port_write,
};

static inline int testdev_open(
	struct device **out, const struct device_config *config, struct err *err);

static inline void testdev_close(struct device *device)
{
	struct testdev *dev = (struct testdev *)device;

	if (!dev)
		return;
	pthread_mutex_destroy(&dev->lock);
	pthread_cond_destroy(&dev->changed);
	free(dev->registers);
	free(dev);
	testdev_setup.live--;
}

static inline void testdev_mishaps(const struct device *dev, struct device_mishaps *out)
{
	(void)dev;
	*out = (struct device_mishaps){0};
}

static const struct device_ops testdev_ops = {
	.name = "test",
	.help = "a device for tests",
	.open = testdev_open,
	.close = testdev_close,
	.power = testdev_power,
	.reset = testdev_reset,
	.memory_read = testdev_memory_read,
	.memory_write = testdev_memory_write,
	.refusals = testdev_refusals,
	.mishaps = testdev_mishaps,
};

static inline int testdev_open(
	struct device **out, const struct device_config *config, struct err *err)
{
	(void)config;
	if (testdev_setup.open_result)
		return err_set(
			err, ERR_MISSING, testdev_setup.open_result, "test device: not today");

	struct testdev *dev = calloc(1, sizeof(*dev));

	assert_non_null(dev);
	dev->registers = aligned_alloc(PAGE_BYTES, PAGE_BYTES);
	assert_non_null(dev->registers);
	memset(dev->registers, 0, PAGE_BYTES);
	pthread_mutex_init(&dev->lock, NULL);
	pthread_cond_init(&dev->changed, NULL);
	dev->device = (struct device){
		.ops = &testdev_ops,
		.dma = &testdev_dma,
		.irq = &testdev_irq,
		.caps = {.vendor_id = 0x1b36,
			.device_id = 0x0042,
			.class_code = 0x038000,
			.address_bits = 64,
			.scatter_gather = true,
			.irq = !testdev_setup.no_irq,
			.transfer_bytes_max = 1u << 20,
			.channels = 1,
			.memory_bytes = sizeof(dev->memory),
			.bar = {{.va = dev->registers,
				.bus_address = 0xfe000000,
				.len_bytes = PAGE_BYTES}}},
	};
	if (testdev_setup.ports) {
		dev->device.port = &testdev_port_ops;
		dev->device.caps.bar[1] = (struct device_bar){.va = dev->memory,
			.bus_address = TESTDEV_WINDOW,
			.len_bytes = sizeof(dev->memory),
			.kind = DEVICE_BAR_PREFETCH};
		dev->device.caps.bar[2] = (struct device_bar){.bus_address = TESTDEV_PORT,
			.len_bytes = TESTDEV_PORT_BYTES,
			.kind = DEVICE_BAR_IO};
	}
	testdev_setup.live++;
	*out = &dev->device;
	return 0;
}

#endif
