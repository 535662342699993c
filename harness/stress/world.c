// SPDX-License-Identifier: BSD-2-Clause
/*
 * world.c: the ports of a seed, and the memory their transfers live in. Called by seed.c: on the controller's actor in
 * mode deterministic, on the caller's thread in mode live.
 */
#include "harness/stress/priv.h"

#include <errno.h>
#include <stdlib.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

uint32_t packet_DriverEntry(void *context1, void *context2);
uint32_t packet_cached_DriverEntry(void *context1, void *context2);
uint32_t common_DriverEntry(void *context1, void *context2);
uint32_t hybrid_DriverEntry(void *context1, void *context2);

static const videoport_driver_entry entries[STRESS_STRATEGIES] = {
	packet_DriverEntry,
	packet_cached_DriverEntry,
	common_DriverEntry,
	hybrid_DriverEntry,
};

#define NS_PER_S UINT64_C(1000000000)

uint64_t world_now_ns(void)
{
	struct timespec now;

	host_clock(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

void world_nap(uint64_t ns)
{
	struct timespec left = {(time_t)(ns / NS_PER_S), (long)(ns % NS_PER_S)};

	if (host_played())
		host_ops->sleep(&left, 0, host_ops->now_ns() + ns);
	else
		nanosleep(&left, NULL);
}

void world_progress(const struct world *world, uint64_t operation)
{
	const struct stress_config *config = world->plan->config;
	uint64_t event = world->sched ? sched_steps(world->sched) : 0;

	if (config->progress)
		config->progress(config->progress_arg, world->episode, operation,
			world->events_before + event);
}

/* ---- memory ------------------------------------------------------------------------------------- */

/* Bytes from one slot to the next: whole pages, or odd where neighbours share one. */
static size_t slot_stride(const struct plan *plan, uint32_t room)
{
	size_t bytes = room + 2 * (size_t)GUARD_BYTES;

	return plan_has(plan, STRESS_shared) ? bytes | 1 : page_up(bytes);
}

static uint64_t device_stride(uint32_t room)
{
	return page_up(room + 2 * (uint64_t)DEVICE_GAP);
}

/* In device memory from its end: who ends there is the first one, which is never left out. */
static void slots_lay_out(struct port *port)
{
	const struct plan *plan = port->world->plan;
	uint32_t room = plan->len_max + GUARD_BYTES;

	for (unsigned i = 0; i < port->plan->slots; i++) {
		struct slot *slot = &port->slot[i];

		*slot = (struct slot){
			.at = port->arena + i * slot_stride(plan, room),
			.room = room,
			.stride = slot_stride(plan, room),
			.device_base = (port->plan->slots - 1 - i) * device_stride(room) +
		                       DEVICE_GAP,
			.device_room = device_stride(room) - DEVICE_GAP,
		};
	}
}

uint64_t port_device_bytes(const struct port *port)
{
	return port->slot[0].device_base + port->slot[0].device_room;
}

static int arena_open(struct port *port, struct err *err)
{
	const struct plan *plan = port->world->plan;
	struct frames_policy policy = {.fragmentation = plan->fragmentation, .high = plan->high};
	uint32_t room = plan->len_max + GUARD_BYTES;

	port->arena_bytes = page_up(port->plan->slots * slot_stride(plan, room));
	port->arena = mmap(NULL, port->arena_bytes, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (port->arena == MAP_FAILED) {
		port->arena = NULL;
		return err_short(err, -ENOMEM, "no memory for %zu bytes", port->arena_bytes);
	}
	slots_lay_out(port);
	return frames_add(port->world->frames, port->arena, port->arena_bytes, FRAMES_READ_WRITE,
		&policy, err);
}

static void arena_close(struct port *port)
{
	if (!port->arena)
		return;
	frames_remove(port->world->frames, port->arena);
	munmap(port->arena, port->arena_bytes);
	port->arena = NULL;
}

/* ---- ports -------------------------------------------------------------------------------------- */

static void port_config(const struct port *port, struct videoport_config *config)
{
	const struct plan *plan = port->world->plan;
	const struct plan_port *own = port->plan;

	*config = (struct videoport_config){
		.driver_entry = entries[own->strategy],
		.driver_name = stress_strategy_words[own->strategy],
		.device = "soft",
		.device_ops = port->world->sched ? &model_ops : NULL,
		.device_config = {.memory_bytes = port_device_bytes(port),
			.cpu = -1,
			.address_bits = own->address_bits,
			.no_scatter_gather = own->flat,
			.fault = own->fault,
			.fault_rate = own->fault_rate,
			.fault_limit = own->fault_limit,
			.seed = plan->seed + port->index,
			.line = own->line,
			.bell = own->bell,
			.after = own->after,
			.lack = own->lack,
			.freeze_ns = own->freeze_ns,
			.freeze_at_ns = own->freeze_at_ns,
			.removed_at_ns = own->removed_at_ns},
		.frames = port->world->frames,
		.parameters = own->parameter,
		.parameter_count = own->parameters,
		.map_registers = own->map_registers,
		.interrupt_cpu = -1,
		.defer_execute = own->deferred,
		.verify = true,
		.watch = &port->watch,
	};
}

static unsigned ports_open(const struct world *world)
{
	unsigned count = 0;

	for (unsigned i = 0; i < world->plan->ports; i++)
		count += world->port[i].vp != NULL;
	return count;
}

static int port_open(struct port *port, struct err *err)
{
	struct videoport_config config;
	struct err why = ERR_INIT;
	int rc = arena_open(port, err);

	if (rc)
		return rc;
	if (cache_open(port))
		return err_short(err, -ENOMEM, "no memory for a model of the cache");
	port_config(port, &config);
	port->opened_ns = world_now_ns();
	if (videoport_open(&port->vp, &config, &why)) {
		port->vp = NULL;
		if (!port_missed(port))
			finding(port->world, STRESS_SETUP, port, 0, "%s", why.message);
		return 0;
	}
	port->model = port->world->sched ? model_at(ports_open(port->world) - 1) : NULL;
	if (port->model && port->world->plan->config->deaf)
		model_deaf(port->model);
	return 0;
}

int world_open(struct world *world, struct err *err)
{
	const struct plan *plan = world->plan;
	int rc = 0;

	for (unsigned i = 0; rc == 0 && i < plan->ports; i++)
		rc = port_open(&world->port[i], err);
	return rc;
}

static void mishaps_tally(struct stress_counts *tally, const struct device_mishaps *mishaps)
{
	tally->interrupts += mishaps->irq_sent;
	tally->injected[STRESS_FAULT_late] += mishaps->irq_late;
	tally->injected[STRESS_FAULT_twice] += mishaps->irq_twice;
	tally->injected[STRESS_FAULT_spurious] += mishaps->irq_spurious;
	tally->injected[STRESS_FAULT_lost] += mishaps->irq_lost;
	tally->injected[STRESS_FAULT_storm] += mishaps->irq_storm;
	tally->injected[STRESS_FAULT_bell_lost] += mishaps->bell_lost;
	tally->injected[STRESS_FAULT_bell_late] += mishaps->bell_late;
	tally->injected[STRESS_FAULT_bell_twice] += mishaps->bell_twice;
	tally->injected[STRESS_FAULT_after] += mishaps->after;
	tally->injected[STRESS_FAULT_map] += mishaps->map_refused;
}

/* It stands still once each time it has been powered up. */
static uint64_t freezes(const struct port *port)
{
	return port->plan->freeze_ns ? 1 + port->tally.power_cycles : 0;
}

static void port_tally(struct port *port, const struct device_mishaps *mishaps)
{
	struct stress_counts *tally = &port->tally;

	tally->injected[STRESS_FAULT_freeze] += freezes(port);
	/* What hit a transfer that an unload cut short could not be noticed. */
	for (unsigned i = 0; i < port->injected_count; i++)
		tally->injected[fault_of(port->injected[i].fault)]--;
	port_removal_tally(port);
	mishaps_tally(tally, mishaps);
	/* Nor that a lock was refused to one that an unload cut short. */
	tally->injected[STRESS_FAULT_lock] += port->world->loaded ? port->unlocked
	                                                          : mishaps->lock_refused;
	stress_counts_add(&port->world->result->counts, tally);
	*tally = (struct stress_counts){0};
}

/*
 * What the driver has found by looking, and that there was as much to find. Where an interrupt may take as long by itself,
 * because its handler gets no processor (live, uneven), nothing is said. What is written at random into a ring has no
 * interrupt of its own; what was posted just before a device hangs may have none either (port_shaken).
 */
static void recoveries_judge(
	struct port *port, const DMABENCH_QUERY *query, const struct device_mishaps *mishaps)
{
	const uint64_t most = mishaps->irq_lost + mishaps->irq_late + mishaps->bell_lost +
	                      port_shaken(port) + freezes(port);

	port->world->result->counts.recoveries += query->Recoveries;
	if (port->model && !plan_has(port->world->plan, STRESS_uneven) && query->Recoveries > most)
		finding(port->world, STRESS_LIVENESS, port, 0,
			"the driver found %u interrupts and doorbells by looking; the device lost "
			"or delayed %" PRIu64,
			query->Recoveries, most);
}

static void port_close(struct port *port)
{
	struct videoport_usage leaks;
	struct device_mishaps mishaps = {0};
	DMABENCH_QUERY query = {0};
	/* What a port that has gone wrong leaves behind says nothing new. */
	bool judge = !world_failed(port->world);
	bool gone = port->vp && port_removed(port);
	uint64_t since_ns;

	if (port->vp) {
		if (judge)
			(void)videoport_request(
				port->vp, IOCTL_DMABENCH_QUERY, &query, 0, sizeof(query), NULL);
		since_ns = world_now_ns();
		videoport_stop(port->vp);
		if (gone && judge)
			port_gone_judge(port, "the unload", since_ns);
		if (judge)
			port_unmapped(port);
		videoport_mishaps(port->vp, &mishaps);
		if (judge) {
			recoveries_judge(port, &query, &mishaps);
			interrupts_judge(port, &mishaps);
			port_refused(port, &mishaps);
		}
		videoport_close(port->vp, &leaks);
		if (judge)
			port_leaks(port, &leaks);
	}
	port_tally(port, &mishaps);
	port->vp = NULL;
	port->model = NULL;
	port->injected_count = 0;
	port->strays = port->misnamed = port->forgotten = 0;
	port->given_count = port->shaken = 0;
	port->resets = port->resets_late = 0;
	port->given_up = port->removal_noticed = false;
	port->in_flight = 0;
	memset(&port->done, 0, sizeof(port->done));
	port->failed = port->unlocked = port->unmapped = 0;
	port->asked = 0;
	atomic_store_explicit(&port->refused, 0, memory_order_relaxed);
	cache_close(port);
	arena_close(port);
}

void world_close(struct world *world)
{
	for (unsigned i = 0; i < world->plan->ports; i++)
		port_close(&world->port[i]);
	world_rest(world);
}

/* ---- life --------------------------------------------------------------------------------------- */

static void port_init(struct world *world, unsigned index)
{
	struct port *port = &world->port[index];
	pthread_condattr_t attr;

	port->world = world;
	port->index = index;
	port->plan = &world->plan->port[index];
	port->watch = (struct videoport_watch){.arg = port, .event = event_judge};
	pthread_mutex_init(&port->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&port->changed, &attr);
	pthread_condattr_destroy(&attr);
}

static int requester_init(struct world *world, unsigned port, unsigned index)
{
	struct requester *self = &world->requester[port][index];

	self->port = &world->port[port];
	self->index = index;
	rng_seed(&self->rng, rng_mix(world->plan->seed + port) + index);
	self->scratch = malloc(world->scratch_bytes);
	return self->scratch ? 0 : -ENOMEM;
}

int world_create(struct world *world, const struct plan *plan, struct sched *sched,
	struct stress_result *result, struct err *err)
{
	int rc;

	memset(world, 0, sizeof(*world));
	world->plan = plan;
	world->sched = sched;
	world->result = result;
	world->cookie = 1;
	world->scratch_bytes = plan->len_max + 2 * (size_t)GUARD_BYTES;
	rng_seed(&world->rng, ~plan->seed);
	pthread_mutex_init(&world->lock, NULL);
	for (unsigned i = 0; i < plan->ports; i++)
		port_init(world, i);
	rc = frames_create(&world->frames,
		&(struct frames_config){.seed = plan->seed, .high_bytes = plan->high_bytes}, err);
	for (unsigned i = 0; rc == 0 && i < plan->ports; i++)
		for (unsigned j = 0; rc == 0 && j < plan->port[i].requesters; j++)
			rc = requester_init(world, i, j);
	return rc ? err_short(err, rc, "no memory for a seed") : 0;
}

void world_destroy(struct world *world)
{
	for (unsigned i = 0; i < world->plan->ports; i++) {
		for (unsigned j = 0; j < REQUESTERS_MAX; j++)
			free(world->requester[i][j].scratch);
		free(world->port[i].injected);
		pthread_cond_destroy(&world->port[i].changed);
		pthread_mutex_destroy(&world->port[i].lock);
	}
	frames_destroy(world->frames);
	held_rest(world);
	pthread_mutex_destroy(&world->lock);
}
