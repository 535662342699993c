// SPDX-License-Identifier: BSD-2-Clause
/*
 * shrink.c: a failing configuration made smaller (delta debugging in its simplest form: Zeller, Hildebrandt, TSE 2002):
 * one feature, fault or strategy less, fewer episodes, half the operations, as long as the same oracle finds something, and
 * not later than it did. Called by the command line. Every try is a campaign of one seed, so that it may crash.
 */
#include "harness/stress/priv.h"

#include <errno.h>

#define LIVE_TRIES 10 /* threads do not fail each time */

struct
try {
	uint64_t seed;
	unsigned count;
	bool failed;
	struct stress_finding finding; /* the first, if it failed */
};

static bool try_done(void *arg, const struct stress_result *result)
{
	struct try *try = arg;

	try->failed = result->finding_count > 0;
	if (try->failed)
		try->finding = result->finding[0];
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

/* Runs @config until the oracle of @like finds something again, not later than that did. @like NULL: any. */
static int try_like(struct try *try, const struct stress_config *config,
	const struct stress_finding *like, bool *found, struct err *err)
{
	const unsigned tries = config->mode == STRESS_LIVE ? LIVE_TRIES : 1;
	int rc = 0;

	*found = false;
	for (unsigned i = 0; rc == 0 && !*found && i < tries; i++) {
		rc = try_run(try, config, err);
		*found = rc == 0 && try->failed &&
		         (!like || (try->finding.oracle == like->oracle &&
					   try->finding.event <= like->event));
	}
	return rc;
}

/* Keeps @smaller if it fails as well. */
static int keep_smaller(struct try *try, struct stress_config *config,
	const struct stress_config *smaller, const struct stress_finding *like, bool *kept,
	struct err *err)
{
	int rc = try_like(try, smaller, like, kept, err);

	if (*kept)
		*config = *smaller;
	return rc;
}

static int bits_shrink(struct try *try, struct stress_config *config, uint32_t *bits,
	const struct stress_finding *like, struct err *err)
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
		rc = keep_smaller(try, config, &smaller, like, &kept, err);
	}
	return rc;
}

/* One program, if that is enough, or two, four ... */
static int episodes_shrink(struct try *try, struct stress_config *config,
	const struct stress_finding *like, struct err *err)
{
	bool kept = false;
	int rc = 0;

	for (uint32_t count = 1; rc == 0 && !kept && count < seed_episodes(config); count *= 2) {
		struct stress_config smaller = *config;

		smaller.episodes = count;
		rc = keep_smaller(try, config, &smaller, like, &kept, err);
	}
	return rc;
}

/* Halves while that fails, then takes smaller and smaller steps down. */
static int operations_shrink(struct try *try, struct stress_config *config,
	const struct stress_finding *like, struct err *err)
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
		rc = keep_smaller(try, config, &smaller, like, &kept, err);
		if (!kept)
			step /= 2;
	}
	return rc;
}

int stress_shrink(struct stress_config *config, uint64_t seed, unsigned *tries, struct err *err)
{
	struct try try = {.seed = seed};
	struct stress_finding like;
	bool failed;
	int rc;

	config->stop_event = 0;
	rc = try_like(&try, config, NULL, &failed, err);
	*tries = try.count;
	if (rc)
		return rc;
	if (!failed)
		return err_set(err, ERR_USAGE, -ENOENT,
			"--shrink: seed %llu does not fail with this build and configuration, "
			"tried %u time%s",
			(unsigned long long)seed, try.count, try.count == 1 ? "" : "s");
	like = try.finding;
	rc = bits_shrink(&try, config, &config->features, &like, err);
	if (rc == 0)
		rc = bits_shrink(&try, config, &config->faults, &like, err);
	if (rc == 0)
		rc = bits_shrink(&try, config, &config->strategies, &like, err);
	if (rc == 0)
		rc = episodes_shrink(&try, config, &like, err);
	if (rc == 0)
		rc = operations_shrink(&try, config, &like, err);
	*tries = try.count;
	return rc;
}
