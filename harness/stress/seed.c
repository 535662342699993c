// SPDX-License-Identifier: BSD-2-Clause
/*
 * seed.c: one seed from plan to result. Called by campaign.c and by whoever replays. In mode deterministic the whole of
 * it is one actor, the controller, and what it spawns; in mode live it is the caller's thread.
 */
#include "harness/stress/priv.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "drivers/support/shortage.h"

#define OPERATIONS_DEFAULT 480
#define TIME_MAX_NS        UINT64_C(20000000000) /* virtual, of STRESS_EPISODE transfers or fewer */
#define STEPS_EACH         UINT64_C(20000) /* of one transfer, at most; a few hundred are usual */
#define STEPS_DESCRIPTOR                                                                           \
	UINT64_C(400) /* ... and of each of its descriptors; four times the most met */
#define STEPS_CAP (40 * STEPS_EACH)
#define STEP_NS   20 /* of one at the least: a lock's (cost.h); who polls takes one after the other */

const char *const stress_oracle_words[STRESS_ORACLES + 1] = {
	"rule", "data", "ring", "liveness", "ledger", "unseen", "replay", "crash", "setup", NULL};

#define WORD(name, help) #name,
const char *const stress_feature_words[STRESS_FEATURE_COUNT + 1] = {STRESS_FEATURES(WORD) NULL};
const char *const stress_fault_words[STRESS_FAULT_COUNT + 1] = {STRESS_FAULTS(WORD) NULL};
#undef WORD

const char *const stress_strategy_words[STRESS_STRATEGIES + 1] = {
	"packet", "packet-cached", "common", "hybrid", NULL};

void stress_defaults(struct stress_config *config)
{
	*config = (struct stress_config){
		.mode = STRESS_DETERMINISTIC,
		.operations = OPERATIONS_DEFAULT,
		.features = (1u << STRESS_FEATURE_COUNT) - 1,
		.strategies = (1u << STRESS_STRATEGIES) - 1,
	};
}

static int config_check(const struct stress_config *config, struct err *err)
{
	if (config->operations == 0 || config->operations > STRESS_OPERATIONS_MAX ||
		config->episodes > STRESS_OPERATIONS_MAX)
		return err_set(err, ERR_USAGE, -EINVAL,
			"%u operations in %u episodes: expected at least one operation, and at "
			"most %u of both",
			config->operations, config->episodes, STRESS_OPERATIONS_MAX);
	if (config->strategies == 0 || config->strategies >> STRESS_STRATEGIES ||
		config->features >> STRESS_FEATURE_COUNT || config->faults >> STRESS_FAULT_COUNT)
		return err_set(err, ERR_USAGE, -EINVAL,
			"strategies 0x%x, features 0x%x, faults 0x%x: expected at least one "
			"strategy, and no bits beyond 0x%x, 0x%x, 0x%x",
			config->strategies, config->features, config->faults,
			(1u << STRESS_STRATEGIES) - 1, (1u << STRESS_FEATURE_COUNT) - 1,
			(1u << STRESS_FAULT_COUNT) - 1);
	return 0;
}

/* ---- the program ---------------------------------------------------------------------------------- */

struct run {
	struct world world;
	unsigned episode;
	uint64_t events_before;
	struct held before;
	struct err err;
	int rc;
};

/* The world of an episode, made; it may begin. */
static int run_begin(
	struct run *run, const struct plan *plan, struct sched *sched, struct stress_result *result)
{
	int rc = world_create(&run->world, plan, sched, result, &run->err);

	run->world.episode = run->episode;
	run->world.events_before = run->events_before;
	run->world.before = run->before;
	if (rc == 0)
		world_progress(&run->world, 0);
	return rc;
}

static void *program(void *arg)
{
	struct run *run = arg;
	struct world *world = &run->world;
	unsigned rounds = world->plan->rounds;

	for (unsigned round = 0; run->rc == 0 && round < rounds; round++) {
		world->loaded = plan_has(world->plan, STRESS_loaded) && round + 1 == rounds;
		run->rc = world_open(world, &run->err);
		if (run->rc == 0 && !world_failed(world))
			run->rc = requesters_run(world, &run->err);
		world_close(world);
		if (world_failed(world))
			break;
		world->result->counts.reloads += round > 0;
	}
	return NULL;
}

/* ---- mode deterministic --------------------------------------------------------------------------- */

static void step_log(void *arg, const struct sched_step *step)
{
	static const char *const words[] = {[SCHED_POINT] = "point",
		[SCHED_TURN] = "turn",
		[SCHED_SLEEP] = "sleep",
		[SCHED_WAKE] = "wake",
		[SCHED_SOURCE] = "step",
		[SCHED_EVENT] = "event",
		[SCHED_STRIKE] = "struck in its",
		[SCHED_SPAWNED] = "spawned",
		[SCHED_ENDED] = "ended",
		[SCHED_MIXED] = "result"};
	static const char *const points[HOST_POINTS] = {[HOST_POINT_LOCK] = " lock",
		[HOST_POINT_REGISTER] = " register",
		[HOST_POINT_CLOCK] = " clock",
		[HOST_POINT_SIGNAL] = " signal"};
	const struct run *run = arg;
	const struct stress_config *config = run->world.plan->config;
	const char *more = step->what == SCHED_POINT    ? points[step->detail]
	                   : step->what == SCHED_STRIKE ? words[step->detail]
	                                                : "";
	char line[128];

	snprintf(line, sizeof(line), "%8" PRIu64 " %12" PRIu64 " ns  %-12s %s%s%s",
		run->events_before + step->number, step->time_ns, step->who, words[step->what],
		step->what == SCHED_STRIKE ? " " : "", more);
	config->log(config->log_arg, line);
}

/* Nobody could go on, or it took too long: what the scheduler says of it. */
static void hang_judge(struct run *run, struct sched *sched, int ended)
{
	const struct stress_config *config = run->world.plan->config;
	char who[160];

	/* One step behind the event it was to stop at, and not at a bound of its own. */
	if (ended == -ETIME && config->stop_event && sched_steps(sched) > config->stop_event)
		return;
	if (ended == -EDEADLK)
		finding(&run->world, STRESS_LIVENESS, NULL, 0, "nobody can go on: %s",
			sched_blocked(sched, who, sizeof(who)));
	else
		finding(&run->world, STRESS_LIVENESS, NULL, 0,
			"not over after %" PRIu64 " events and %" PRIu64 " ns: %s",
			sched_steps(sched), sched_now_ns(sched),
			sched_blocked(sched, who, sizeof(who)));
}

/*
 * What its transfers take, and what is polled meanwhile for what was lost and through time-outs; no more than what ends
 * within seconds, as all that goes round and round shall.
 */
static uint64_t steps_most(const struct plan *plan)
{
	const uint64_t transfers = plan->config->operations + 100;
	const uint64_t each = STEPS_EACH + STEPS_DESCRIPTOR * plan_descriptors(plan);
	const uint64_t most = each * transfers + plan_waits_ns(plan) / STEP_NS;

	return most < STEPS_CAP * transfers ? most : STEPS_CAP * transfers;
}

/* Where an episode ends at the latest: at its bound, or behind the event it is to stop at. */
static uint64_t steps_max(const struct plan *plan)
{
	const struct stress_config *config = plan->config;
	uint64_t bound = config->events_bound ? config->events_bound : steps_most(plan);

	return config->stop_event && config->stop_event < bound ? config->stop_event + 1 : bound;
}

static int run_played(struct run *run, const struct plan *plan, struct stress_result *result)
{
	const struct stress_config *config = plan->config;
	struct sched_config sched_config = {
		.seed = rng_mix(plan->seed),
		.switch_chance = plan->switch_chance,
		.weights = plan_has(plan, STRESS_uneven),
		.steps_max = steps_max(plan),
		.time_max_ns = TIME_MAX_NS * (1 + config->operations / STRESS_EPISODE) +
	                       plan_waits_ns(plan),
		.watch = config->log ? step_log : NULL,
		.watch_arg = run,
	};
	struct sched *sched;
	int rc = sched_create(&sched, &sched_config, &run->err), ended;

	if (rc)
		return rc;
	rc = run_begin(run, plan, sched, result);
	if (rc == 0)
		rc = sched_spawn(sched, "control", program, run);
	if (rc == 0) {
		ended = sched_run(sched);
		if (ended)
			hang_judge(run, sched, ended);
		result->abandoned = ended != 0;
		rc = run->rc;
	}
	result->hash = sched_hash(sched);
	result->events = sched_steps(sched);
	result->counts.turns = sched_turns(sched);
	result->time_ns = sched_now_ns(sched);
	sched_destroy(sched);
	run->world.sched = NULL;
	if (!result->abandoned)
		world_destroy(&run->world);
	return rc;
}

static int run_live(struct run *run, const struct plan *plan, struct stress_result *result)
{
	uint64_t start_ns = world_now_ns();
	int rc = run_begin(run, plan, NULL, result);

	if (rc)
		return rc;
	program(run);
	result->time_ns = world_now_ns() - start_ns;
	world_destroy(&run->world);
	return run->rc;
}

/* ---- episodes ------------------------------------------------------------------------------------- */

void stress_counts_add(struct stress_counts *to, const struct stress_counts *part)
{
	to->turns += part->turns;
	to->operations += part->operations;
	to->bytes += part->bytes;
	to->interrupts += part->interrupts;
	to->power_cycles += part->power_cycles;
	to->reloads += part->reloads;
	to->recoveries += part->recoveries;
	to->resets += part->resets;
	to->given_up += part->given_up;
	for (unsigned i = 0; i < STRESS_FAULT_COUNT; i++) {
		to->injected[i] += part->injected[i];
		to->detected[i] += part->detected[i];
	}
}

/* Adds an episode's result. Events count through all episodes, so that a line names one. */
static void result_add(struct stress_result *result, const struct stress_result *part)
{
	stress_counts_add(&result->counts, &part->counts);
	result->time_ns += part->time_ns;
	for (unsigned i = 0; i < part->finding_count && i < STRESS_FINDINGS_MAX; i++) {
		result->finding[i] = part->finding[i];
		result->finding[i].event += part->finding[i].event ? result->events : 0;
	}
	result->finding_count = part->finding_count;
	result->abandoned = part->abandoned;
	result->hash = rng_mix(result->hash ^ part->hash);
	result->events += part->events;
}

/* Return: of stress_seed. */
static int episode_run(const struct stress_config *config, struct stress_result *result,
	unsigned episode, struct err *err)
{
	/* All of it outlives an abandoned seed, whose actors never see it again. */
	static struct stress_config own;
	static struct stress_result part;
	static struct run run;
	static struct plan plan;
	const uint64_t refused = shortage_count();
	int rc;

	memset(&run, 0, sizeof(run));
	memset(&part, 0, sizeof(part));
	own = *config;
	if (own.stop_event)
		own.stop_event -= result->events;
	plan_make(&plan, &own, result->seed, episode);
	run.episode = episode;
	run.events_before = result->events;
	run.before = held_now();
	result->episodes++;
	result->features |= plan.features;
	result->faults |= plan.faults;
	for (unsigned i = 0; i < plan.ports; i++)
		result->strategies |= 1u << plan.port[i].strategy;
	rc = config->mode == STRESS_LIVE ? run_live(&run, &plan, &part)
	                                 : run_played(&run, &plan, &part);
	if (rc && run.err.kind)
		return err_set(err, run.err.kind, rc, "%s", run.err.message);
	if (rc)
		return err_short(err, rc, "no memory for a seed");
	if (part.finding_count && shortage_count() != refused)
		return err_set(err, ERR_MISSING, -ENOMEM,
			"the host refused memory or a thread while seed %" PRIu64
			" was played, so that what was found says nothing of a driver (%s: %s); "
			"raise the limits (ulimit -v, -u) or lower --jobs",
			result->seed, stress_oracle_words[part.finding[0].oracle],
			part.finding[0].message);
	result_add(result, &part);
	return 0;
}

unsigned seed_episodes(const struct stress_config *config)
{
	const unsigned all = (config->operations + STRESS_EPISODE - 1) / STRESS_EPISODE;

	if (config->episodes)
		return all < config->episodes ? all : config->episodes;
	return all <= 2 * STRESS_LONG_EPISODES ? all : all / 2 + STRESS_LONG_EPISODES;
}

/* How many of the seed's transfers come before episode @i of @episodes. */
static uint64_t operations_before(const struct stress_config *config, unsigned episodes, unsigned i)
{
	const uint64_t all = config->operations, half = all / 2;

	if (config->episodes || episodes <= 2 * STRESS_LONG_EPISODES)
		return all * i / episodes;
	const unsigned brief = episodes - STRESS_LONG_EPISODES;

	return i <= brief ? half * i / brief
	                  : half + (all - half) * (i - brief) / STRESS_LONG_EPISODES;
}

int stress_seed(const struct stress_config *config, uint64_t seed, struct stress_result *result,
	struct err *err)
{
	int rc = config_check(config, err);
	const unsigned episodes = seed_episodes(config);

	memset(result, 0, sizeof(*result));
	result->seed = seed;
	for (unsigned i = 0; rc == 0 && i < episodes && !result->finding_count; i++) {
		struct stress_config own = *config;

		if (config->stop_event && result->events >= config->stop_event)
			break;
		result->cut = config->cancelled && config->cancelled(config->cancelled_arg);
		if (result->cut)
			break;
		own.operations = (uint32_t)(operations_before(config, episodes, i + 1) -
					    operations_before(config, episodes, i));
		rc = episode_run(&own, result, i, err);
	}
	return rc;
}
