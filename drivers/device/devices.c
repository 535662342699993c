// SPDX-License-Identifier: BSD-2-Clause
/* devices.c: the known devices, in alphabetical order. A new device is one include and one line. */
#include "drivers/device/device.h"
#include "drivers/device/soft/soft.h"

#include <string.h>

static const struct device_ops *const devices[] = {
	&soft_ops,
};

#define DEVICES (sizeof(devices) / sizeof(devices[0]))

const struct device_ops *device_find(const char *name)
{
	for (unsigned i = 0; i < DEVICES; i++)
		if (strcmp(devices[i]->name, name) == 0)
			return devices[i];
	return NULL;
}

const struct device_ops *device_at(unsigned index)
{
	return index < DEVICES ? devices[index] : NULL;
}
