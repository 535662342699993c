/* SPDX-License-Identifier: BSD-2-Clause */
/* sched_testing.h: a scheduler for the tests of the event core. */
#ifndef MODEL_SCHED_TESTING_H
#define MODEL_SCHED_TESTING_H

#include "drivers/device/model/sched.h"
#include "drivers/support/held_testing.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* With unequal weights and a limit that no test comes to. */
static struct sched *created(uint64_t seed, unsigned switch_chance)
{
	struct sched_config config = {.seed = seed,
		.switch_chance = switch_chance,
		.weights = true,
		.steps_max = 1000000};
	struct err err = ERR_INIT;
	struct sched *sched;

	if (sched_create(&sched, &config, &err))
		fail_msg("%s", err.message);
	return sched;
}

#endif
