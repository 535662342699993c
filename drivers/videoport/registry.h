/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * registry.h: the driver's values: those of videoport_config.parameters, and what it sets itself,
 * which come first. Part of struct videoport (priv.h); registry.c.
 */
#ifndef VIDEOPORT_REGISTRY_H
#define VIDEOPORT_REGISTRY_H

#include "drivers/include/video.h"

#include <pthread.h>

#define REGISTRY_VALUE_BYTES (64u << 10)
#define REGISTRY_VALUES      256u
#define REGISTRY_NAME_CHARS  256u /* with the terminator */

struct registry_value;

struct registry {
	pthread_mutex_t lock;
	struct registry_value *first;
	unsigned count;
};

int registry_init(struct registry *registry);
void registry_fini(struct registry *registry);

#endif
