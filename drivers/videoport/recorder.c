// SPDX-License-Identifier: BSD-2-Clause
/* recorder.c: see recorder.h. */
#include "drivers/videoport/recorder.h"

#include "drivers/videoport/priv.h"

void recorder_take(struct recorder *recorder, const struct videoport_act *act)
{
	spin_acquire(&recorder->lock);
	if (recorder->take)
		recorder->take(recorder->arg, act);
	spin_release(&recorder->lock);
}

void videoport_record(
	struct videoport *vp, void (*take)(void *arg, const struct videoport_act *act), void *arg)
{
	struct recorder *recorder = &vp->recorder;

	spin_acquire(&recorder->lock);
	recorder->take = take;
	recorder->arg = arg;
	atomic_store_explicit(&recorder->on, take != NULL, memory_order_relaxed);
	spin_release(&recorder->lock);
}
