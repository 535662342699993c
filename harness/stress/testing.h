/* SPDX-License-Identifier: BSD-2-Clause */
/* testing.h: for the tests of this folder: seeds run by hand, and small configurations. */
#ifndef STRESS_TESTING_H
#define STRESS_TESTING_H

#include "drivers/support/held_testing.h"
#include "harness/stress/stress.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static inline struct stress_result run_seed(const struct stress_config *config, uint64_t seed)
{
	struct err err = ERR_INIT;
	struct stress_result result;

	if (stress_seed(config, seed, &result, &err))
		fail_msg("seed %llu: %s", (unsigned long long)seed, err.message);
	return result;
}

static inline void no_finding(const struct stress_result *result)
{
	const struct stress_finding *at = &result->finding[0];

	if (result->finding_count)
		fail_msg("seed %llu: %s, %s, operation %llu, event %llu: %s",
			(unsigned long long)result->seed, stress_oracle_words[at->oracle],
			at->object, (unsigned long long)at->operation,
			(unsigned long long)at->event, at->message);
}

static inline struct stress_config small(uint32_t operations)
{
	struct stress_config config;

	stress_defaults(&config);
	config.operations = operations;
	return config;
}

/* Half of the interrupts lost, a tenth twice: nobody hangs, and what was lost was found by looking. */
static inline struct stress_config half_lost(enum stress_mode mode)
{
	struct stress_config config = small(60);

	config.mode = mode;
	config.faults = 1u << STRESS_FAULT_lost | 1u << STRESS_FAULT_twice;
	return config;
}

#endif
