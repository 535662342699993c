/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * soft.h: a bus master played by a thread, in wall-clock time, moving real bytes. Listed in
 * drivers/device/devices.c; everything else goes through its ops (device.h).
 */
#ifndef SOFT_SOFT_H
#define SOFT_SOFT_H

#include "drivers/device/device.h"

extern const struct device_ops soft_ops;

#endif
