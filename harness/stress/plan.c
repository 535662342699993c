// SPDX-License-Identifier: BSD-2-Clause
/*
 * plan.c: what an episode does, decided before anything runs. Called by seed.c. Sizes are chosen co-prime to the limits
 * they meet: equal and aligned sizes hide defects.
 */
#include "harness/stress/priv.h"

#include <string.h>

#define HUGE_BYTES                                                                                 \
	1400011 /* a chain of three blocks; a few of them take all the blocks there are */
#define LONG_BYTES        70001 /* the longest but those */
#define SHORT_BYTES       9001  /* the longest without the feature long */
#define SLOTS_HUGE_MOST   4
#define CACHE_ENTRIES     64 /* fewer than an episode asks for: the oldest have to go */
#define SLOTS_MOST        80 /* completions of them fill more than a driver takes at once */
#define SLOTS_LONG_MOST   24
#define PAGES(bytes)      ((bytes) / PAGE_BYTES + 2)
#define TIMEOUT_PLAYED_US 600 /* longer than any freeze */
#define TIMEOUT_LIVE_US   200000
#define MAPS_IN_A_ROW     32 /* refused: a stretch of 16 (lack.c), and as many alone */
#define LOST_IN_A_ROW     30 /* doorbells; one in four at most gets lost */
/*
 * What a transfer takes where nothing is waited for: rests and looks of who submits and polls, and every descriptor of whatever
 * is in flight anywhere, since all actors share one clock. Eight times the most met in 10^5 transfers and more, 45 us and 13 us
 * each; and no more than what no seed has come near.
 */
#define REST_NS       UINT64_C(400000)
#define DESCRIPTOR_NS UINT64_C(100000)
#define REAPS_A_LOOK  64   /* of the drivers: so many that found nothing */
#define REAP_NS       2000 /* one, with the turns of others in between */
#define WORK_MOST_NS  UINT64_C(100000000)

#define REMOVED_LEAST_NS      500
#define REMOVED_LEAST_LIVE_NS 8000
#define REMOVED_OCTAVES       16

/* Between two requests all transfers in flight may end, and the device try an access behind each page's unmap. */
_Static_assert(SLOTS_HUGE_MOST *PAGES(HUGE_BYTES) <= DEVICE_REFUSALS &&
		       SLOTS_LONG_MOST * PAGES(LONG_BYTES) <= DEVICE_REFUSALS &&
		       SLOTS_MOST * PAGES(SHORT_BYTES) <= DEVICE_REFUSALS,
	"a device remembers whatever can be refused");

static uint64_t pick(struct rng *rng, const uint64_t *from, size_t count)
{
	return from[rng_below(rng, count)];
}

#define PICK(rng, ...)                                                                             \
	pick((rng), (const uint64_t[]){__VA_ARGS__},                                               \
		sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t))

static void parameter(struct plan_port *port, const char *name, uint64_t value)
{
	port->parameter[port->parameters++] = (struct videoport_parameter){name, (uint32_t)value};
}

/* The @nth set bit of @bits. */
static unsigned bit_at(uint32_t bits, unsigned nth)
{
	unsigned bit = 0;

	for (;; bit++)
		if (bits >> bit & 1 && nth-- == 0)
			return bit;
}

static unsigned bit_any(struct rng *rng, uint32_t bits)
{
	return bit_at(bits, (unsigned)rng_below(rng, (uint64_t)__builtin_popcount(bits)));
}

static bool injects(const struct plan *plan, enum stress_fault fault)
{
	return plan->faults >> fault & 1;
}

/*
 * How long a driver waits before it looks for itself. Only where something gets lost: everywhere else nothing but being woken
 * ends a wait, and a wake-up that the driver or the port forgets is found.
 */
static uint64_t recovery_us(const struct plan *plan, struct rng *rng)
{
	uint64_t us = PICK(rng, 100, 150, 300);

	if (plan->config->irq_lost > 0 ||
		!(injects(plan, STRESS_FAULT_lost) || injects(plan, STRESS_FAULT_bell_lost)))
		return 0;
	return plan->config->mode == STRESS_LIVE ? 1000 : us;
}

static void plan_parameters(const struct plan *plan, struct plan_port *port, struct rng *rng)
{
	uint64_t entries = plan_has(plan, STRESS_ring) ? PICK(rng, 4, 8, 16) : 64;
	/* Long transfers through slots of a few bytes, or lists of a few elements, would be all that a seed does. */
	uint64_t tiny = plan->len_max == HUGE_BYTES   ? 32749
	                : plan_has(plan, STRESS_long) ? 1021
	                                              : 61;
	uint64_t few = plan->len_max == HUGE_BYTES ? 16 : 2;

	parameter(port, "CompletionMode", port->completion);
	parameter(port, "RingEntries", entries);
	parameter(port, "PollBudgetUs", PICK(rng, 0, 1, 20));
	port->slot_bytes = plan_has(plan, STRESS_pool) ? (uint32_t)PICK(rng, tiny, 2039, 4093)
	                                               : 8192;
	parameter(port, "PoolSlotBytes", port->slot_bytes);
	port->pool_slots = plan_has(plan, STRESS_pool) ? (unsigned)PICK(rng, 1, 2, 5) : 16;
	parameter(port, "PoolSlots", port->pool_slots);
	port->threshold = (uint32_t)PICK(rng, 509, 2039, 4099);
	parameter(port, "HybridThreshold", port->threshold);
	port->cache_entries = plan_has(plan, STRESS_cache) ? (unsigned)PICK(rng, 1, 2, 7)
	                                                   : CACHE_ENTRIES;
	parameter(port, "CacheEntries", port->cache_entries);
	if (plan_has(plan, STRESS_rounds)) {
		/* Beside what a device moves at a time, too. */
		port->round_max = plan->len_max == HUGE_BYTES
		                          ? (uint32_t)PICK(rng, 9973, 1048573, 1048583)
		                          : (uint32_t)PICK(rng, 4096, 4099, 9973);
		parameter(port, "MaximumLength", port->round_max);
	}
	if (plan_has(plan, STRESS_chains)) {
		port->chain_elements = (unsigned)PICK(rng, few, few + 1, few + 3, 8 * few);
		/* Three and more: what stands between the first block and the last is no other way to be had. */
		port->chain_blocks = (unsigned)PICK(rng, 1, 2, 3, 5, 7, 11);
		parameter(port, "ChainElements", port->chain_elements);
		parameter(port, "ChainBlocks", port->chain_blocks);
	}
	const uint64_t us = recovery_us(plan, rng);

	parameter(port, "RecoveryUs", us);
	port->recovery_ns = 1000 * us;
	if (plan_has(plan, STRESS_moderated)) {
		const uint64_t moderation_us = PICK(rng, 1, 7, 300);

		parameter(port, "ModerationUs", moderation_us);
		port->moderation_ns = 1000 * moderation_us;
	}
}

/* Of the engine's faults one a port. */
static void plan_engine_fault(const struct plan *plan, struct plan_port *port, struct rng *rng)
{
	enum device_fault chosen[DEVICE_FAULT_COUNT];
	unsigned count = 0;

	for (unsigned i = DEVICE_FAULT_NONE + 1; i < DEVICE_FAULT_COUNT; i++)
		if (injects(plan, fault_of((enum device_fault)i)))
			chosen[count++] = (enum device_fault)i;
	if (count == 0)
		return;
	port->fault = chosen[rng_below(rng, count)];
	port->fault_rate = 1.0 / (double)PICK(rng, 4, 16, 64);
}

/* Chances of messages: those of lost and twice together are what drivers have to live with at the worst. */
static void plan_messages(const struct plan *plan, struct plan_port *port, struct rng *rng)
{
	const double bell = 1.0 / (double)PICK(rng, 4, 16, 64);

	port->line.lost = injects(plan, STRESS_FAULT_lost) ? 0.5 : plan->config->irq_lost;
	port->line.twice = injects(plan, STRESS_FAULT_twice) ? 0.1 : 0;
	port->line.late = injects(plan, STRESS_FAULT_late) ? 0.25 : 0;
	port->line.late_ns = PICK(rng, 1000, 10000, 50000);
	port->line.storm = injects(plan, STRESS_FAULT_storm) ? 0.02 : 0;
	/* One in a row of sixteen unclaimed ones would be a broken rule (607). */
	port->line.spurious = injects(plan, STRESS_FAULT_spurious) ? 0.05 : 0;
	port->bell.lost = injects(plan, STRESS_FAULT_bell_lost) ? bell : 0;
	port->bell.late = injects(plan, STRESS_FAULT_bell_late) ? bell : 0;
	port->bell.twice = injects(plan, STRESS_FAULT_bell_twice) ? bell : 0;
	port->bell.late_ns = PICK(rng, 1000, 10000, 50000);
}

/* What one look of the driver for what got lost takes until it comes: where nobody waits it is one REAP in so many that has it. */
static uint64_t look_ns(const struct plan_port *port)
{
	return port->recovery_ns + port->moderation_ns +
	       (port->reaps_alone ? REAPS_A_LOOK * (REAP_NAP_NS + REAP_NS) : 0);
}

/*
 * Longer than a doorbell takes that gets lost so many times in a row and is late at last; and no longer than that, since
 * who polls meanwhile takes a step every few nanoseconds.
 */
static uint64_t timeout_played_us(const struct plan *plan, const struct plan_port *port)
{
	uint64_t us = TIMEOUT_PLAYED_US;

	if (plan->faults & STRESS_FAULTS_MESSAGE)
		us += (LOST_IN_A_ROW * look_ns(port) +
			      2 * (port->line.late_ns + port->bell.late_ns)) /
		      1000;
	return us;
}

/*
 * A device that owes a completion costs a time-out each. Where nothing is owed the driver shall not help itself: a
 * wake-up that is lost is to be seen.
 */
static void plan_timeout(const struct plan *plan, struct plan_port *port, struct rng *rng)
{
	const uint64_t us = plan->config->mode == STRESS_LIVE ? TIMEOUT_LIVE_US
	                                                      : timeout_played_us(plan, port);

	/* A device that hangs again and again is given up. */
	if (fault_resets(port->fault))
		port->fault_limit = port->fault == DEVICE_FAULT_HANG ? (uint32_t)PICK(rng, 0, 1, 3)
		                                                     : (uint32_t)PICK(rng, 1, 2, 3);
	port->timeout_ns = 1000 * us;
	parameter(port, "TimeoutUs", us);
}

/*
 * One device in two is taken out, as often within a microsecond of its opening as within the first millisecond or all the
 * time that most episodes take.
 */
static void plan_removal(const struct plan *plan, struct plan_port *port, struct rng *rng)
{
	uint64_t least = plan->config->mode == STRESS_LIVE ? REMOVED_LEAST_LIVE_NS
	                                                   : REMOVED_LEAST_NS;
	uint64_t from = least << rng_below(rng, REMOVED_OCTAVES);

	if (plan->config->removed_at_ns)
		port->removed_at_ns = plan->config->removed_at_ns;
	else if (injects(plan, STRESS_FAULT_removed) && rng_below(rng, 2))
		port->removed_at_ns = from + rng_below(rng, from);
}

static void plan_fault(const struct plan *plan, struct plan_port *port, struct rng *rng)
{
	plan_engine_fault(plan, port, rng);
	plan_messages(plan, port, rng);
	port->lack.map = injects(plan, STRESS_FAULT_map) ? 1.0 / (double)PICK(rng, 4, 16, 64) : 0;
	port->lack.lock = injects(plan, STRESS_FAULT_lock) ? 1.0 / (double)PICK(rng, 4, 16, 64) : 0;
	if (injects(plan, STRESS_FAULT_freeze)) {
		port->freeze_at_ns = PICK(rng, 5000, 50000);
		port->freeze_ns = PICK(rng, 10000, 200000);
	}
	if (injects(plan, STRESS_FAULT_after))
		port->after = 1.0 / (double)PICK(rng, 16, 64, 256);
	if (injects(plan, STRESS_FAULT_removed) || plan->config->removed_at_ns)
		plan_removal(plan, port, rng);
	if (fault_resets(port->fault) || port->removed_at_ns)
		plan_timeout(plan, port, rng);
}

/* How many of them there may be. */
static uint64_t timeouts(const struct plan_port *port)
{
	uint64_t removals = port->removed_at_ns ? 1 : 0;

	if (!fault_resets(port->fault))
		return removals;
	return removals + (port->fault_limit ? port->fault_limit : RESETS_MOST);
}

/*
 * What they take until they are noticed: the driver looks every half of it, and has to find the same at three looks in
 * a row, each as late as who only reaps comes to it. A device that hangs may have completed something without an interrupt: that
 * is found then, is progress, and the time begins anew.
 */
static uint64_t timeouts_ns(const struct plan_port *port)
{
	const uint64_t late_ns = port->reaps_alone ? REAPS_A_LOOK * (REAP_NAP_NS + REAP_NS) : 0;
	const uint64_t each_ns = 3 * (port->timeout_ns / 2 + late_ns);

	return timeouts(port) * each_ns * (port->fault == DEVICE_FAULT_HANG ? 2 : 1);
}

/* What a message may cost: two looks, since what lay there at the first has got lost; or as late as it comes. */
static uint64_t message_ns(const struct plan *plan, const struct plan_port *port)
{
	if (!(plan->faults & STRESS_FAULTS_MESSAGE))
		return 0;
	return 2 * look_ns(port) + port->line.late_ns + port->bell.late_ns;
}

/* Until a driver has been told of a descriptor that is over: held back, and gone wrong. */
static uint64_t told_ns(const struct plan *plan, const struct plan_port *port)
{
	return port->moderation_ns + message_ns(plan, port);
}

/*
 * Descriptors of the longest transfer: a slot or a page each, one after the other at the worst. Of pages it touches one more
 * than it could fill, and begins in another.
 */
static uint64_t descriptors_most(const struct plan *plan, const struct plan_port *port)
{
	return 2 + plan->len_max / (port->slot_bytes < PAGE_BYTES ? port->slot_bytes : PAGE_BYTES);
}

/*
 * Each time-out there may be, anew whenever the device has been powered up or its driver loaded; and for each descriptor as long
 * as its interrupt is held back, where one waits for the other, and a message that goes wrong, since half of them do at the
 * worst and what is sent again may be lost again.
 */
uint64_t plan_waits_ns(const struct plan *plan)
{
	const uint64_t lives = (uint64_t)plan->rounds *
	                       (1 + (plan_has(plan, STRESS_power) ? POWER_CYCLES : 0u));
	uint64_t ns = 0;

	for (unsigned i = 0; i < plan->ports; i++) {
		const struct plan_port *port = &plan->port[i];
		const uint64_t transfers = (uint64_t)plan->operations * plan->rounds / plan->ports +
		                           1;

		ns += lives * (timeouts_ns(port) + port->freeze_ns) +
		      transfers * descriptors_most(plan, port) * told_ns(plan, port);
	}
	return ns;
}

uint64_t plan_descriptors(const struct plan *plan)
{
	uint64_t most = 0;

	for (unsigned i = 0; i < plan->ports; i++) {
		const uint64_t own = descriptors_most(plan, &plan->port[i]);

		most = own > most ? own : most;
	}
	return most;
}

static uint64_t work_ns(const struct plan *plan)
{
	uint64_t ns = REST_NS;

	for (unsigned i = 0; i < plan->ports; i++)
		ns += plan->port[i].slots * descriptors_most(plan, &plan->port[i]) * DESCRIPTOR_NS;
	return ns < WORK_MOST_NS ? ns : WORK_MOST_NS;
}

/*
 * Within what a transfer is over: the work, and as long as each descriptor of everything before it may take to be told of:
 * that is held back, gets lost and is found out, or comes late; one that gets lost again and again; what the device stands
 * still; and the time-outs, each of which is noticed up to half of it late (stall.c).
 */
static uint64_t bound_ns(const struct plan *plan, const struct plan_port *port)
{
	uint64_t descriptors = port->slots * descriptors_most(plan, port);
	uint64_t each_ns = told_ns(plan, port);
	uint64_t lost_ns = plan->faults & STRESS_FAULTS_MESSAGE ? LOST_IN_A_ROW * look_ns(port) : 0;

	/* A transfer that was refused a mapping tries again when another has ended. */
	uint64_t lack_ns = port->lack.map > 0 ? MAPS_IN_A_ROW * (DESCRIPTOR_NS + each_ns) : 0;

	return work_ns(plan) + descriptors * each_ns + lost_ns + lack_ns + port->freeze_ns +
	       timeouts_ns(port);
}

static unsigned slots_most(const struct plan *plan)
{
	return plan_has(plan, STRESS_long) ? SLOTS_LONG_MOST : SLOTS_MOST;
}

static void plan_port(const struct plan *plan, struct plan_port *port, struct rng *rng)
{
	port->completion = (unsigned)rng_below(rng, DMABENCH_COMPLETION_ADAPTIVE + 1);
	port->address_bits = plan_has(plan, STRESS_narrow) ? 32 : 64;
	port->flat = plan_has(plan, STRESS_flat);
	port->deferred = plan_has(plan, STRESS_deferred);
	/* Where there are bounce slots, not as many as the longest transfer of the device takes: 64 MiB to be filled. */
	port->map_registers = plan_has(plan, STRESS_registers)
	                              ? (unsigned)PICK(rng, 2, 3,
						plan->len_max == HUGE_BYTES ? 300 : 5, 17)
	                      : port->flat || port->address_bits < 64 ? 64
	                                                              : 0;
	port->slots = plan->len_max == HUGE_BYTES ? (unsigned)PICK(rng, 1, SLOTS_HUGE_MOST)
	                                          : (unsigned)PICK(rng, 1, 3, 8, slots_most(plan));
	/*
	 * Two that need all there is: nobody but the one that has it ends the other's wait. What comes in between the two is
	 * an interrupt.
	 */
	if (plan_has(plan, STRESS_registers) && plan->len_max != HUGE_BYTES && rng_below(rng, 2)) {
		port->completion = DMABENCH_COMPLETION_INTERRUPT;
		port->map_registers = 1;
		port->slots = 2;
	}
	/* Who polls for so long a transfer does nothing else. */
	port->reaps_alone = plan->len_max != HUGE_BYTES;
	port->requesters = plan_has(plan, STRESS_requesters)
	                           ? 1 + (unsigned)rng_below(rng, REQUESTERS_MAX)
	                           : 1;
	plan_parameters(plan, port, rng);
	plan_fault(plan, port, rng);
}

/* The features of an episode: a draw, and for the second of a pair all but those. */
static uint32_t features_draw(uint64_t seed, unsigned episode)
{
	struct rng rng;
	uint32_t drawn;

	rng_seed(&rng, seed + ((uint64_t)(episode / 2) << 48));
	drawn = (uint32_t)rng_next(&rng);
	return episode % 2 ? ~drawn : drawn;
}

/* The first port runs the strategies in turn, from a random one on; the others any. */
static void plan_ports(struct plan *plan, uint64_t seed, unsigned episode)
{
	uint32_t strategies = plan->config->strategies;
	unsigned count = (unsigned)__builtin_popcount(strategies);
	uint64_t turn = rng_mix(seed) + episode / 2;

	for (unsigned i = 0; i < plan->ports; i++) {
		struct rng own;

		/* A stream of its own, so that one port's choices do not move the others'. */
		rng_seed(&own, rng_mix(plan->seed) + i);
		plan->port[i].strategy = i == 0 ? bit_at(strategies, (unsigned)(turn % count))
		                                : bit_any(&own, strategies);
		plan_port(plan, &plan->port[i], &own);
	}
	for (unsigned i = 0; i < plan->ports; i++)
		plan->port[i].bound_ns = bound_ns(plan, &plan->port[i]);
}

/* The longest transfers are, mostly, what runs are long enough for that a device moves in pieces. */
static double fragmentation(const struct plan *plan, struct rng *rng)
{
	const uint64_t tenths = plan->len_max == HUGE_BYTES ? PICK(rng, 0, 0, 5)
	                                                    : PICK(rng, 0, 1, 5);

	return plan_has(plan, STRESS_fragmented) ? 1.0 : (double)tenths / 10;
}

void plan_make(
	struct plan *plan, const struct stress_config *config, uint64_t seed, unsigned episode)
{
	struct rng rng;

	memset(plan, 0, sizeof(*plan));
	plan->seed = episode == 0 ? seed : rng_mix(seed) + episode;
	plan->config = config;
	rng_seed(&rng, plan->seed);
	/* Drawn before they are masked: a smaller mask leaves the rest of the program what it was. */
	plan->features = features_draw(seed, episode) & config->features;
	plan->faults = (uint32_t)rng_next(&rng) & config->faults;
	plan->switch_chance = (unsigned)PICK(&rng, 32, 128, 512);
	if (plan_has(plan, STRESS_busy))
		plan->switch_chance = SCHED_SWITCH_ONE;
	plan->ports = plan_has(plan, STRESS_ports) ? 2 + (unsigned)rng_below(&rng, PORTS_MAX - 1)
	                                           : 1;
	plan->rounds = plan_has(plan, STRESS_reload) ? 2 + (unsigned)rng_below(&rng, 2) : 1;
	plan->operations = config->operations / plan->rounds;
	plan->len_max = plan_has(plan, STRESS_long)
	                        ? (uint32_t)PICK(&rng, 40961, 65521, LONG_BYTES, HUGE_BYTES)
	                        : (uint32_t)PICK(&rng, 251, 4093, SHORT_BYTES);
	plan->fragmentation = fragmentation(plan, &rng);
	plan->high = plan_has(plan, STRESS_high) ? 0.7 : 0.0;
	/* Frames above 4 GiB lie far above, or close behind that edge. */
	plan->high_bytes = PICK(&rng, 0, UINT64_C(256) << 20);
	plan_ports(plan, seed, episode);
}
