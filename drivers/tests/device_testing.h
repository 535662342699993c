/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * device_testing.h: any device with the smallest driver on it and memory mapped for it, for the device_*_test.c of this
 * folder. A test is of `ops`, whichever device that is; main runs it on every device:
 *
 *	for (unsigned i = 0; device_take(i, "title"); i++)
 *		failed += cmocka_run_group_tests_name(device_title, tests, NULL, NULL);
 *
 * None of them needs hardware, so one that does not open has failed.
 */
#ifndef DRIVERS_TESTS_DEVICE_TESTING_H
#define DRIVERS_TESTS_DEVICE_TESTING_H

#include "drivers/device/engine/driver_testing.h"
#include "drivers/support/held_testing.h"

#include <stdio.h>
#include <stdlib.h>

#define DATA_IOVA  0x2000000u /* below 16 MiB x 4: every address width but 24 bits */
#define DATA_BYTES (64 * PAGE_BYTES)

static const struct device_ops *ops; /* the device under test */
static char device_title[64];

/* Return: whether there is a device number @index, which is under test now. */
static inline bool device_take(unsigned index, const char *title)
{
	ops = device_at(index);
	if (ops)
		snprintf(device_title, sizeof(device_title), "%s: %s", title, ops->name);
	return ops != NULL;
}

static const struct device_config usual = {
	.cpu = -1, .address_bits = 64, .memory_bytes = 4u << 20, .seed = 1};

struct bench {
	struct device *dev;
	struct driver drv;
	uint8_t *data; /* mapped read-write at DATA_IOVA */
};

static inline struct device *device_open(const struct device_config *config)
{
	struct err err = ERR_INIT;
	struct device *dev;
	int rc = ops->open(&dev, config, &err);

	if (rc)
		fail_msg("%s: %s", ops->name, err.message);
	return dev;
}

static inline void bench_open(struct bench *bench, const struct device_config *config)
{
	bench->dev = device_open(config);
	driver_open(&bench->drv, bench->dev, 0);
	bench->data = aligned_alloc(PAGE_BYTES, DATA_BYTES);
	assert_non_null(bench->data);
	for (size_t i = 0; i < DATA_BYTES; i++)
		bench->data[i] = (uint8_t)(i * 7 + i / 4096);
	assert_int_equal(bench->dev->dma->map(bench->dev, (iova_t){DATA_IOVA}, bench->data,
				 DATA_BYTES, DEVICE_READ | DEVICE_WRITE),
		0);
}

static inline void bench_close(struct bench *bench)
{
	driver_close(&bench->drv);
	assert_int_equal(bench->dev->dma->unmap(bench->dev, (iova_t){DATA_IOVA}, DATA_BYTES), 0);
	ops->close(bench->dev);
	free(bench->data);
}

#endif
