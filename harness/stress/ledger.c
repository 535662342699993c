// SPDX-License-Identifier: BSD-2-Clause
/*
 * ledger.c: what must hold when a port is at rest or gone: nothing is held, and every account agrees with what was seen
 * from outside: the port's with the completions, the driver's with the port's and with itself; and what was taken from the host is
 * back. Called by requester.c while nobody else uses the port, and by world.c behind its end.
 */
#include "harness/stress/priv.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "drivers/include/dderror.h"
#include "drivers/support/heap.h"
#include "drivers/support/pages.h"

#define BLOCK_ELEMENTS 127 /* that one chain block of the drivers holds whatever follows it */
#define INLINE         2   /* elements of a list that need no block */
#define ADAPTERS       2   /* of a driver: one for each direction */

static bool has_pool(const struct port *port)
{
	return port->plan->strategy == STRATEGY_COMMON || port->plan->strategy == STRATEGY_HYBRID;
}

/* What the port says is held. */
static void held_judge(struct port *port, const struct videoport_usage *usage)
{
	uint64_t registers_max = ADAPTERS * (uint64_t)port->plan->map_registers;

	if (usage->sg_bytes || usage->map_registers || usage->bounce_held_bytes ||
		usage->mapped_bytes)
		finding(port->world, STRESS_LEDGER, port, 0,
			"at rest: %" PRIu64 " bytes of lists, %" PRIu64 " map registers, %" PRIu64
			" bytes in bounce slots, %" PRIu64 " bytes mapped",
			usage->sg_bytes, usage->map_registers, usage->bounce_held_bytes,
			usage->mapped_bytes);
	/* The cache keeps its locks. */
	if (usage->locks && port->plan->strategy != STRATEGY_CACHED)
		finding(port->world, STRESS_LEDGER, port, 0, "at rest: %" PRIu64 " locks",
			usage->locks);
	if (registers_max && usage->map_registers_peak > registers_max)
		finding(port->world, STRESS_LEDGER, port, 0,
			"%" PRIu64 " map registers in use at once; the platform has %" PRIu64,
			usage->map_registers_peak, registers_max);
}

/* What is now, was the most and the mean of it, since the port was opened. */
#define GAUGE(what, unit)                                                                          \
	{                                                                                          \
		.name = #what, .now = offsetof(struct videoport_usage, what##unit),                \
		.peak = offsetof(struct videoport_usage, what##unit##_peak),                       \
		.mean = offsetof(struct videoport_usage, what##unit##_mean),                       \
	}
static const struct {
	const char *name;
	size_t now, peak, mean;
} gauges[] = {
	GAUGE(common, _bytes),
	GAUGE(common_asked, _bytes),
	GAUGE(pinned, _bytes),
	GAUGE(mapped, _bytes),
	GAUGE(map_registers, ),
	GAUGE(bounce_held, _bytes),
	GAUGE(sg, _bytes),
};
#undef GAUGE

/* Times are sums of products of whole numbers: a mean may be off by as little as these are. */
#define MEAN_SLACK 1e-9

/* No value above its peak, no mean above it either. */
static bool level_agrees(uint64_t now, uint64_t peak, double mean)
{
	return now <= peak && mean >= 0 && mean <= (double)peak * (1 + MEAN_SLACK);
}

/* What was given back is what was taken less what is held, and at least what was once held was taken. */
static bool flow_agrees(const struct videoport_gauge *gauge)
{
	return gauge->allocated >= gauge->peak && gauge->allocated <= INT64_MAX &&
	       gauge->freed == gauge->allocated - gauge->now;
}

static bool share(double value)
{
	return value >= 0 && value <= 1;
}

/* Whatever was done; and common buffers are whole pages. */
static void gauges_judge(struct port *port, const struct videoport_usage *usage)
{
	const char *at = (const char *)usage;

	for (size_t i = 0; i < sizeof(gauges) / sizeof(gauges[0]); i++) {
		uint64_t now, peak;
		double mean;

		memcpy(&now, at + gauges[i].now, sizeof(now));
		memcpy(&peak, at + gauges[i].peak, sizeof(peak));
		memcpy(&mean, at + gauges[i].mean, sizeof(mean));
		if (!level_agrees(now, peak, mean))
			finding(port->world, STRESS_LEDGER, port, 0,
				"the account of %s: %" PRIu64
				" now, %g in the mean, at most %" PRIu64,
				gauges[i].name, now, mean, peak);
	}
	if (usage->common_bytes % PAGE_BYTES || usage->common_asked_bytes > usage->common_bytes ||
		usage->common_largest_bytes > usage->common_free_bytes ||
		!share(usage->common_fragmentation) || !share(usage->common_fragmentation_mean) ||
		usage->common_fragmentation > usage->common_fragmentation_peak)
		finding(port->world, STRESS_LEDGER, port, 0,
			"common buffers: %" PRIu64 " bytes for %" PRIu64 " asked for, %" PRIu64
			" free between them, %" PRIu64
			" at a stretch; fragmentation %g, at most %g",
			usage->common_bytes, usage->common_asked_bytes, usage->common_free_bytes,
			usage->common_largest_bytes, usage->common_fragmentation,
			usage->common_fragmentation_peak);
}

/* What lies in frames has taken them, or nobody would see that they do not come back (world_rest). */
static void frames_judge(struct port *port, const struct videoport_usage *usage)
{
	const uint64_t least = (usage->common_bytes + port->arena_bytes) / PAGE_BYTES;
	const uint64_t used = frames_used_pages(port->world->frames);

	if (used < least)
		finding(port->world, STRESS_LEDGER, port, 0,
			"%" PRIu64 " frames are taken; common buffers and payloads lie in %" PRIu64,
			used, least);
}

/* MDLs are counted where the free ones lie, not by locks. */
static void mdls_judge(struct port *port, const struct videoport_usage *usage)
{
	const uint64_t out = videoport_mdls(port->vp);

	if (out != usage->locks)
		finding(port->world, STRESS_LEDGER, port, 0,
			"at rest: %" PRIu64 " MDLs are out, and %" PRIu64 " locks live", out,
			usage->locks);
}

static void adapter_judge(struct port *port, const struct videoport_adapter_account *account)
{
	const struct {
		const char *name;
		const struct videoport_gauge *gauge;
		bool counted;
	} all[] = {
		{"map registers", &account->map_registers, true},
		{"lists", &account->lists, true},
		{"bytes of lists", &account->sg_bytes, false},
		{"bytes in bounce slots", &account->bounce_bytes, false},
		{"common buffers", &account->common_buffers, true},
		{"bytes of common buffers", &account->common_bytes, true},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (!level_agrees(all[i].gauge->now, all[i].gauge->peak, all[i].gauge->mean) ||
			(all[i].counted && !flow_agrees(all[i].gauge)))
			finding(port->world, STRESS_LEDGER, port, 0,
				"%s of adapter %u: %" PRIu64
				" now, %g in the mean, at most %" PRIu64 "; %" PRIu64
				" were taken, %" PRIu64 " given back",
				all[i].name, account->index, all[i].gauge->now, all[i].gauge->mean,
				all[i].gauge->peak, all[i].gauge->allocated, all[i].gauge->freed);
}

/* Slots are counted where they lie, not where transfers are. */
static void adapters_judge(struct port *port)
{
	struct videoport_adapter_account account[ADAPTERS];
	const unsigned count = videoport_adapters(port->vp, account, ADAPTERS);

	for (unsigned i = 0; i < count; i++) {
		adapter_judge(port, &account[i]);
		if (account[i].bounce_slots)
			finding(port->world, STRESS_LEDGER, port, 0,
				"at rest: %" PRIu64 " bounce slots of adapter %u are taken",
				account[i].bounce_slots, account[i].index);
	}
}

/* What the device says it refused, and what the port says it was refused. */
static void pins_agree(struct port *port, const struct videoport_usage *usage)
{
	struct device_mishaps mishaps;

	videoport_mishaps(port->vp, &mishaps);
	if (usage->pins_refused != mishaps.lock_refused)
		finding(port->world, STRESS_LEDGER, port, 0,
			"%" PRIu64 " locks were refused; the port has counted %" PRIu64,
			mishaps.lock_refused, usage->pins_refused);
}

/* Rounds and elements as the driver told of them, and as the port made lists. */
static void rounds_agree(struct port *port, const struct videoport_usage *usage)
{
	if (usage->sg_lists != port->done.packets || usage->sg_elements != port->done.elements)
		finding(port->world, STRESS_LEDGER, port, 0,
			"the driver told of %" PRIu64 " rounds by packet and %" PRIu64
			" elements, the port made %" PRIu64 " lists of %" PRIu64,
			port->done.packets, port->done.elements, usage->sg_lists,
			usage->sg_elements);
}

/*
 * Whether there is always room for the lists of all that may be in flight. By itself a driver has blocks for so many lists at
 * once that need more than one, and for the others always enough.
 */
static bool lists_fit(const struct port *port)
{
	const struct plan_port *plan = port->plan;
	uint64_t most = port->world->plan->len_max, elements, each;

	if (plan->round_max && plan->round_max < most)
		most = plan->round_max;
	elements = most / PAGE_BYTES + 2;
	if (plan->flat || elements <= INLINE)
		return true;
	if (!plan->chain_blocks)
		return plan->slots == 1 || elements <= BLOCK_ELEMENTS;
	each = (elements - INLINE + plan->chain_elements - 2) / (plan->chain_elements - 1);
	return plan->slots * each <= plan->chain_blocks;
}

/*
 * Each round is one descriptor of the device's, unless the driver has too little room left for its list; but two elements have
 * room in any. Of what was in flight when the device was reset, or taken out, some was never taken.
 */
static void descriptors_agree(struct port *port)
{
	uint64_t taken, most = port->done.rounds;

	if (!port->model || port->tally.resets || port_removed(port))
		return;
	taken = model_descriptors(port->model);
	if (!lists_fit(port))
		most += port->done.elements / INLINE;
	if (taken < port->done.rounds || taken > most)
		finding(port->world, STRESS_LEDGER, port, 0,
			"the driver told of %" PRIu64 " rounds of %" PRIu64
			" elements, the device has taken %" PRIu64 " descriptors",
			port->done.rounds, port->done.elements, taken);
}

static void pool_judge(struct port *port)
{
	DMABENCH_POOL pool = {0};
	int32_t status = videoport_request(
		port->vp, IOCTL_DMABENCH_POOL, &pool, sizeof(pool), sizeof(pool), NULL);
	const DMABENCH_POOL_ACCOUNT *account = pool.Account;

	if (!has_pool(port)) {
		if (status != ERROR_INVALID_FUNCTION)
			finding(port->world, STRESS_RING, port, 0, "POOL without a pool: status %d",
				status);
		return;
	}
	if (status != NO_ERROR || !account)
		finding(port->world, STRESS_RING, port, 0, "POOL: status %d", status);
	else if (account->Used || account->Bytes)
		finding(port->world, STRESS_LEDGER, port, 0,
			"at rest: %u slots of the pool in use, %" PRIu64 " bytes in them",
			account->Used, (uint64_t)account->Bytes);
	else if (account->UsedPeak > account->Slots ||
		 account->BytesPeak > (uint64_t)account->Slots * account->SlotBytes ||
		 account->BytesPeak < account->UsedPeak ||
		 (port->plan->strategy == STRATEGY_COMMON && port->done.transfers &&
			 !account->UsedPeak))
		finding(port->world, STRESS_LEDGER, port, 0,
			"the pool's account: at most %u of %u slots of %u bytes in use, %" PRIu64
			" bytes in them, after %" PRIu64 " transfers",
			account->UsedPeak, account->Slots, account->SlotBytes,
			(uint64_t)account->BytesPeak, port->done.transfers);
}

static int32_t query(struct port *port, DMABENCH_QUERY *out)
{
	/* All of the answer is the driver's. */
	memset(out, 0xA5, sizeof(*out));
	return videoport_request(
		port->vp, IOCTL_DMABENCH_QUERY, out, sizeof(*out), sizeof(*out), NULL);
}

/* What a driver says of itself that never changes, and of resets that nothing was told of. */
static void query_agree(struct port *port, const DMABENCH_QUERY *told)
{
	const struct plan_port *plan = port->plan;
	const uint32_t threshold = plan->strategy == STRATEGY_HYBRID ? plan->threshold : 0;

	if (told->Reserved != 0 || told->HybridThreshold != threshold ||
		told->DeviceMemory != port_device_bytes(port) || told->DepthMaximum == 0 ||
		told->LengthMaximum == 0 || told->LengthMaximum > told->DeviceMemory ||
		(told->Resets == 0) != (told->LastReset == 0) ||
		(told->GivenUp != 0 && !port_given_up(port)))
		finding(port->world, STRESS_LEDGER, port, 0,
			"QUERY: threshold %u of %u, %" PRIu64 " bytes of device memory of %" PRIu64
			", depth %u, length %u, %u resets, the last of reason %u, verdict %u, "
			"reserved %u",
			told->HybridThreshold, threshold, (uint64_t)told->DeviceMemory,
			port_device_bytes(port), told->DepthMaximum, told->LengthMaximum,
			told->Resets, told->LastReset, told->GivenUp, told->Reserved);
}

static void query_judge(struct port *port, const struct videoport_usage *usage)
{
	DMABENCH_QUERY before, after;
	int32_t status = query(port, &before);
	uint64_t locks = (uint64_t)before.CacheHits + before.CacheMisses;
	bool cached = port->plan->strategy == STRATEGY_CACHED;

	/* Its counts are not of one moment: what was deferred by the first has its interrupt by the second. */
	if (status == NO_ERROR)
		status = query(port, &after);
	if (status != NO_ERROR)
		finding(port->world, STRESS_RING, port, 0, "QUERY: status %d", status);
	else if (locks != (cached ? port->done.transfers : 0))
		finding(port->world, STRESS_LEDGER, port, 0,
			"%u locks found and %u made for %" PRIu64 " transfers", before.CacheHits,
			before.CacheMisses, port->done.transfers);
	else if (after.CompletionMode != port->plan->completion ||
		 (after.CompletionMode == DMABENCH_COMPLETION_POLL &&
			 (after.Interrupts || after.Dpcs)) ||
		 before.Dpcs > after.Interrupts)
		finding(port->world, STRESS_LEDGER, port, 0,
			"completion mode %u, asked for %u: %u interrupts, %u calls deferred by "
			"them",
			after.CompletionMode, port->plan->completion, after.Interrupts,
			before.Dpcs);
	else
		cache_judge(port, &before, usage->locks);
	if (status == NO_ERROR)
		query_agree(port, &before);
}

void port_rest(struct port *port)
{
	struct device_mishaps mishaps;
	struct videoport_usage usage;

	videoport_usage(port->vp, &usage);
	held_judge(port, &usage);
	gauges_judge(port, &usage);
	frames_judge(port, &usage);
	adapters_judge(port);
	pins_agree(port, &usage);
	mdls_judge(port, &usage);
	rounds_agree(port, &usage);
	descriptors_agree(port);
	bounce_judge(port, &usage);
	pool_judge(port);
	query_judge(port, &usage);
	videoport_mishaps(port->vp, &mishaps);
	interrupts_judge(port, &mishaps);
	if (port->model)
		claims_judge(port, &mishaps, videoport_denied(port->vp),
			model_idle_handlers(port->model));
}

void port_leaks(struct port *port, const struct videoport_usage *leaks)
{
	if (leaks->common_bytes || leaks->pinned_bytes || leaks->map_registers || leaks->adapters ||
		leaks->locks || leaks->events || leaks->spin_locks || leaks->pool_blocks ||
		leaks->mapped_bytes)
		finding(port->world, STRESS_LEDGER, port, 0,
			"after unload: %" PRIu64 " bytes common, %" PRIu64 " pinned, %" PRIu64
			" mapped, %" PRIu64 " registers, %" PRIu64 " adapters, %" PRIu64
			" locks, %" PRIu64 " events, %" PRIu64 " spin locks, %" PRIu64 " blocks",
			leaks->common_bytes, leaks->pinned_bytes, leaks->mapped_bytes,
			leaks->map_registers, leaks->adapters, leaks->locks, leaks->events,
			leaks->spin_locks, leaks->pool_blocks);
}

void port_unmapped(struct port *port)
{
	const uint64_t bytes = port->model ? model_mapped_bytes(port->model) : 0;

	if (bytes)
		finding(port->world, STRESS_LEDGER, port, 0,
			"after unload: the device still reaches %" PRIu64
			" bytes of the host's memory",
			bytes);
}

void world_rest(struct world *world)
{
	const uint64_t pages = frames_used_pages(world->frames);

	if (pages && !world_failed(world))
		finding(world, STRESS_LEDGER, NULL, 0,
			"after unload: %" PRIu64 " physical pages are taken", pages);
}

struct held held_now(void)
{
	return (struct held){heap_blocks(), pages_bytes()};
}

void held_rest(struct world *world)
{
	const struct held *before = &world->before, now = held_now();

	/* What a port that has gone wrong leaves behind says nothing new. */
	if (world_failed(world) ||
		(now.blocks == before->blocks && now.page_bytes == before->page_bytes))
		return;
	finding(world, STRESS_LEDGER, NULL, 0,
		"behind the episode: ports and devices hold %" PRIu64
		" blocks of the heap and %" PRIu64 " bytes of pages; before it %" PRIu64
		" and %" PRIu64,
		now.blocks, now.page_bytes, before->blocks, before->page_bytes);
}
