/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * recorder.h: tells one listener what the driver takes and gives back; behind videoport_record.
 *
 * Called by common_buffer.c and mdl.c, which look first whether anybody listens: that is all it costs otherwise.
 * Threads: any. One act at a time, under a spin lock.
 */
#ifndef VIDEOPORT_RECORDER_H
#define VIDEOPORT_RECORDER_H

#include "drivers/support/types.h"
#include "drivers/videoport/spin.h"
#include "drivers/videoport/videoport.h"

#include <stdatomic.h>

struct recorder {
	_Atomic bool on;  /* read by every act */
	struct spin lock; /* guards what follows, and orders the acts */
	void (*take)(void *arg, const struct videoport_act *act);
	void *arg;
};

static inline bool recorder_on(struct recorder *recorder)
{
	/* Relaxed: set with no request in progress; whoever finds it set takes the lock before it looks further. */
	return __builtin_expect(atomic_load_explicit(&recorder->on, memory_order_relaxed), 0);
}

/* recorder_take - hands @act on. */
void recorder_take(struct recorder *recorder, const struct videoport_act *act);

#endif
