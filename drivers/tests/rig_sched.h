/* SPDX-License-Identifier: BSD-2-Clause */
/* rig_sched.h: a rig's test as the first actor of a scheduler on its virtual clock: for tests with the model device. */
#ifndef RIG_SCHED_H
#define RIG_SCHED_H

#include "drivers/device/model/sched.h"
#include "drivers/support/host.h"
#include "drivers/tests/rig.h"

/* Runs requester(@arg) until every actor has ended; fails where that takes more than @steps_max steps. */
static inline void rig_play(void *(*requester)(void *), void *arg, uint64_t steps_max)
{
	const struct sched_config config = {
		.seed = 1, .switch_chance = 128, .steps_max = steps_max};
	struct err err = ERR_INIT;
	struct sched *sched;

	assert_int_equal(sched_create(&sched, &config, &err), 0);
	assert_int_equal(sched_spawn(sched, "requester", requester, arg), 0);
	assert_int_equal(sched_run(sched), 0);
	sched_destroy(sched);
}

/* On an actor: nobody wakes it. */
static inline void rig_nap(uint64_t ns)
{
	int key;

	host_ops->sleep(&key, 0, host_ops->now_ns() + ns);
}

#endif
