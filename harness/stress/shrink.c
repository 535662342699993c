// SPDX-License-Identifier: BSD-2-Clause
/*
 * shrink.c: a failing configuration made smaller (delta debugging in its simplest form: Zeller, Hildebrandt, TSE 2002):
 * one feature, fault or strategy less, half the operations, as long as the same oracle finds something. Called by the
 * command line. Every try is a campaign of one seed, so that it may crash.
 */
#include "harness/stress/priv.h"

#include <errno.h>

struct
try {
	uint64_t seed;
	unsigned count;
	bool failed;
	enum stress_oracle oracle;
};

static bool try_done(void *arg, const struct stress_result *result)
{
	struct try *try = arg;

	try->failed = result->finding_count > 0;
	if (try->failed)
		try->oracle = result->finding[0].oracle;
	return true;
}

static int try_run(struct try *try, const struct stress_config *config, struct err *err)
{
	struct stress_campaign campaign = {.config = *config,
		.first = try->seed,
		.last = try->seed,
		.jobs = 1,
		.seed_done = try_done,
		.arg = try};
	struct stress_total total;
	int rc;

	try->failed = false;
	rc = stress_campaign_run(&campaign, &total, err);
	if (rc == 0 && total.interrupted)
		return err_set(err, ERR_INTERNAL, -EINTR, "--shrink: interrupted after %u tries",
			try->count);
	try->count++;
	return rc;
}

/* Keeps @smaller if the same oracle still fails. */
static int keep_smaller(struct try *try, struct stress_config *config,
	const struct stress_config *smaller, enum stress_oracle oracle, bool *kept, struct err *err)
{
	int rc = try_run(try, smaller, err);

	*kept = rc == 0 && try->failed && try->oracle == oracle;
	if (*kept)
		*config = *smaller;
	return rc;
}

static int bits_shrink(struct try *try, struct stress_config *config, uint32_t *bits,
	enum stress_oracle oracle, struct err *err)
{
	int rc = 0;
	bool kept;

	for (unsigned bit = 0; rc == 0 && bit < 32; bit++) {
		struct stress_config smaller = *config;
		uint32_t *field = (uint32_t *)((char *)&smaller + ((char *)bits - (char *)config));

		if (!(*field >> bit & 1))
			continue;
		*field &= ~(1u << bit);
		if (smaller.strategies == 0)
			continue;
		rc = keep_smaller(try, config, &smaller, oracle, &kept, err);
	}
	return rc;
}

/* Halves while that fails, then takes smaller and smaller steps down. */
static int operations_shrink(
	struct try *try, struct stress_config *config, enum stress_oracle oracle, struct err *err)
{
	int rc = 0;
	bool kept;

	for (uint32_t step = config->operations / 2; rc == 0 && step > 0;) {
		struct stress_config smaller = *config;

		if (smaller.operations <= step) {
			step /= 2;
			continue;
		}
		smaller.operations -= step;
		rc = keep_smaller(try, config, &smaller, oracle, &kept, err);
		if (!kept)
			step /= 2;
	}
	return rc;
}

int stress_shrink(struct stress_config *config, uint64_t seed, unsigned *tries, struct err *err)
{
	struct try try = {.seed = seed};
	enum stress_oracle oracle;
	int rc;

	config->stop_event = 0;
	rc = try_run(&try, config, err);
	*tries = try.count;
	if (rc)
		return rc;
	if (!try.failed)
		return err_set(err, ERR_USAGE, -ENOENT,
			"--shrink: seed %llu does not fail with this build and configuration",
			(unsigned long long)seed);
	oracle = try.oracle;
	rc = bits_shrink(&try, config, &config->features, oracle, err);
	if (rc == 0)
		rc = bits_shrink(&try, config, &config->faults, oracle, err);
	if (rc == 0)
		rc = bits_shrink(&try, config, &config->strategies, oracle, err);
	if (rc == 0)
		rc = operations_shrink(&try, config, oracle, err);
	*tries = try.count;
	return rc;
}
