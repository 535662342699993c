/* SPDX-License-Identifier: BSD-2-Clause */
/* testing.h: for the tests of this folder: seeds run by hand, and small configurations. */
#ifndef STRESS_TESTING_H
#define STRESS_TESTING_H

#include "drivers/support/held_testing.h"
#include "harness/stress/stress.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* Seeds, where a test plays some. ASan looks at the same code, ten times slower. */
#if defined(__SANITIZE_ADDRESS__)
#define SOME    16
#define PLANTED 12
#else
#define SOME    60
#define PLANTED 40
#endif

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

struct kept {
	struct stress_result failed; /* the first with a finding */
	unsigned count;
};

static inline bool keep(void *arg, const struct stress_result *result)
{
	struct kept *kept = arg;

	if (result->finding_count && !kept->failed.finding_count)
		kept->failed = *result;
	kept->count++;
	return true;
}

static inline struct stress_total campaign(const struct stress_config *config, uint64_t first,
	uint64_t last, unsigned jobs, struct kept *kept)
{
	struct stress_campaign campaign = {.config = *config,
		.first = first,
		.last = last,
		.jobs = jobs,
		.seed_done = keep,
		.arg = kept};
	struct err err = ERR_INIT;
	struct stress_total total;

	memset(kept, 0, sizeof(*kept));
	if (stress_campaign_run(&campaign, &total, &err))
		fail_msg("%s", err.message);
	assert_int_equal(kept->count, total.seeds);
	return total;
}

/* What is planted is not in the device's list, so it must be found, and at the transfer it hit. */
static inline struct stress_result planted(
	const struct stress_config *config, enum stress_oracle oracle)
{
	struct kept kept;

	campaign(config, 1, PLANTED, 2, &kept);
	assert_true(kept.failed.finding_count > 0);
	assert_int_equal(kept.failed.finding[0].oracle, oracle);
	return kept.failed;
}

#endif
