// SPDX-License-Identifier: BSD-2-Clause
/*
 * requester.c: the programs of the requesters, who submit, wait and reap, and of the controller, who powers ports down
 * and up meanwhile. Called by seed.c between world_open and world_close. The same in both modes: an actor or a
 * thread each. They know the requests of dmabench_ioctl.h and no driver.
 */
#include "harness/stress/priv.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "drivers/include/dderror.h"

#define WAIT_PLAYED_US 20
#define WAIT_LIVE_US   1000
/* Nothing takes as long as a patient wait but a wake-up that was lost, or a transfer that has a longer bound. */
#define PATIENT_PLAYED_US 20000
#define PATIENT_LIVE_US   5000000
#define STOPPED_LEAST_NS  UINT64_C(1000000000)
#define TICK_NS           1000 /* by which a clock of ticks may end a WAIT early */
#define PAUSE_LEAST_NS    1000
#define PAUSE_SPAN_NS     50000
#define PAUSE_OCTAVES     7
#define REAPED_ALONE      16 /* transfers */
#define THINK_LEAST_NS    UINT64_C(500)
#define THINK_OCTAVES     UINT64_C(7)
#define DRAIN_TRIES       200
#define DRAIN_NAP_NS      20000

/* ---- submit ------------------------------------------------------------------------------------- */

struct submit_buffer {
	ULONG count, reserved;
	DMABENCH_TRANSFER transfer[BATCH_MAX];
};

struct reap_buffer {
	ULONG count, reserved;
	DMABENCH_COMPLETION completion[BATCH_MAX];
};

_Static_assert(offsetof(struct submit_buffer, transfer) == offsetof(DMABENCH_SUBMIT, Transfer),
	"a DMABENCH_SUBMIT with room");
_Static_assert(offsetof(struct reap_buffer, completion) == offsetof(DMABENCH_REAP, Completion),
	"a DMABENCH_REAP with room");

static uint64_t cookie_next(struct world *world)
{
	uint64_t cookie;

	pthread_mutex_lock(&world->lock);
	cookie = world->cookie++;
	pthread_mutex_unlock(&world->lock);
	return cookie;
}

/* Takes up to @most idle slots for new transfers. Return: how many. */
static unsigned slots_take(struct port *port, struct slot **taken, unsigned most)
{
	unsigned count = 0;

	for (unsigned i = 0; i < port->plan->slots && count < most && port->left > 0; i++) {
		if (port->slot[i].state != SLOT_IDLE)
			continue;
		port->slot[i].state = SLOT_HELD;
		port->left--;
		taken[count++] = &port->slot[i];
	}
	return count;
}

/* Before the request: another requester may reap them before it returns. */
static void slots_submitted(struct port *port, struct slot **taken, unsigned count)
{
	uint64_t now_ns = world_now_ns();

	pthread_mutex_lock(&port->lock);
	for (unsigned i = 0; i < count; i++) {
		taken[i]->state = SLOT_SUBMITTED;
		taken[i]->since_ns = now_ns;
		taken[i]->doomed = false;
	}
	port->in_flight += count;
	pthread_mutex_unlock(&port->lock);
}

/* The driver did not take these. */
static void slots_refused(struct port *port, struct slot **refused, unsigned count)
{
	pthread_mutex_lock(&port->lock);
	for (unsigned i = 0; i < count; i++) {
		if (refused[i]->state != SLOT_SUBMITTED)
			finding(port->world, STRESS_RING, port, refused[i]->cookie,
				"completed, but SUBMIT had not accepted it");
		else
			port->in_flight--;
		refused[i]->state = SLOT_IDLE;
	}
	port->left += count;
	pthread_mutex_unlock(&port->lock);
}

bool port_given_up(struct port *port)
{
	bool up;

	pthread_mutex_lock(&port->lock);
	up = port->given_up;
	pthread_mutex_unlock(&port->lock);
	return up;
}

/* For the cache's model: 0 where there is none. */
static uint64_t locks_refused(const struct port *port)
{
	struct device_mishaps mishaps;

	if (!port->cache)
		return 0;
	videoport_mishaps(port->vp, &mishaps);
	return mishaps.lock_refused;
}

/* Return: how many the driver took. */
static unsigned submit(struct requester *self, struct slot **taken, unsigned count)
{
	struct port *port = self->port;
	struct submit_buffer buffer = {.count = count};
	uint32_t bytes = (uint32_t)(offsetof(struct submit_buffer, transfer) +
				    count * sizeof(buffer.transfer[0]));
	int32_t status;

	for (unsigned i = 0; i < count; i++) {
		taken[i]->cookie = cookie_next(port->world) * SLOTS_MAX +
		                   (uint64_t)(taken[i] - port->slot);
		slot_prepare(self, taken[i], &buffer.transfer[i]);
	}
	slots_submitted(port, taken, count);
	world_progress(port->world, taken[0]->cookie);
	status = videoport_request(port->vp, IOCTL_DMABENCH_SUBMIT, &buffer, bytes, bytes, NULL);
	if (status == ERROR_INVALID_FUNCTION && port_given_up(port)) {
		slots_refused(port, taken, count);
		return 0;
	}
	if (status != NO_ERROR || buffer.count > count) {
		finding(port->world, STRESS_RING, port, taken[0]->cookie,
			"SUBMIT of %u: status %d, accepted %u", count, status, buffer.count);
		return 0;
	}
	cache_submitted(port, taken, buffer.count, locks_refused(port));
	if (buffer.count < count)
		slots_refused(port, taken + buffer.count, count - buffer.count);
	return buffer.count;
}

/* ---- wait and reap ------------------------------------------------------------------------------ */

/* As many as @count may come, and now and then there is room for others than that. Return: completions taken. */
static unsigned reap(struct requester *self, unsigned count)
{
	struct port *port = self->port;
	struct reap_buffer buffer = {.count = count};
	const bool fits = rng_below(&self->rng, 2);
	const unsigned room = fits ? count : 1 + (unsigned)rng_below(&self->rng, BATCH_MAX);
	const unsigned most = room < count ? room : count;
	uint32_t bytes = (uint32_t)(offsetof(struct reap_buffer, completion) +
				    room * sizeof(buffer.completion[0]));
	int32_t status = videoport_request(
		port->vp, IOCTL_DMABENCH_REAP, &buffer, bytes, bytes, NULL);

	if (status != NO_ERROR || buffer.count > most) {
		finding(port->world, STRESS_RING, port, 0,
			"REAP of %u with room for %u: status %d, gave %u", count, room, status,
			buffer.count);
		return 0;
	}
	for (unsigned i = 0; i < buffer.count; i++)
		completion_judge(self, &buffer.completion[i]);
	return buffer.count;
}

/*
 * A transfer whose completion has to end a WAIT: where there is one requester alone, nobody else reaps it meanwhile.
 * Return: its cookie, 0: there is none.
 */
static uint64_t awaited(struct port *port)
{
	uint64_t cookie = 0;

	if (port->plan->requesters != 1)
		return 0;
	pthread_mutex_lock(&port->lock);
	for (unsigned i = 0; i < port->plan->slots; i++)
		if (port->slot[i].state == SLOT_SUBMITTED)
			cookie = port->slot[i].cookie;
	pthread_mutex_unlock(&port->lock);
	return cookie;
}

/*
 * Where messages get lost or are held back, or one transfer is hundreds of descriptors, being told may take as long as a
 * transfer may.
 */
static uint32_t patience_us(const struct port *port)
{
	const uint64_t bound_us = port->plan->bound_ns / 1000;

	if (!port->world->sched)
		return PATIENT_LIVE_US;
	return port->world->plan->faults & STRESS_FAULTS_MESSAGE || port->plan->moderation_ns ||
	                       bound_us > PATIENT_PLAYED_US
	               ? (uint32_t)bound_us
	               : PATIENT_PLAYED_US;
}

/*
 * Whether a WAIT of @timeout_ns that had something to wait for should have been woken. Threads may have to share their
 * processor with whatever else runs: what was not ready in the end says nothing of who wakes, whether that was too late is asked
 * elsewhere (port_overdue); and one that lasted much longer than it was asked to has been stopped.
 */
static bool overslept(const struct port *port, uint64_t slept_ns, uint64_t timeout_ns, bool ready)
{
	if (slept_ns < timeout_ns)
		return false;
	return port->world->sched || (ready && slept_ns < timeout_ns + STOPPED_LEAST_NS);
}

/* Now and then it waits so long that only being woken ends it in time. */
static void wait_ready(struct requester *self)
{
	struct port *port = self->port;
	bool played = port->world->sched;
	bool patient = rng_below(&self->rng, 4) == 0;
	uint64_t cookie = patient ? awaited(port) : 0, since_ns = world_now_ns(), slept_ns;
	DMABENCH_WAIT wait = {.TimeoutUs = played ? WAIT_PLAYED_US : WAIT_LIVE_US};
	int32_t status;

	if (cookie)
		wait.TimeoutUs = patience_us(port);

	uint64_t timeout_ns = wait.TimeoutUs * UINT64_C(1000);

	const struct wait_effort before = wait_effort(port);

	status = videoport_request(
		port->vp, IOCTL_DMABENCH_WAIT, &wait, sizeof(wait), sizeof(wait), NULL);
	slept_ns = world_now_ns() - since_ns;

	const struct wait_effort spent = wait_spent(port, &before);

	interrupts_asked(port, &spent);
	if (status == ERROR_INVALID_FUNCTION && port_given_up(port))
		return;
	sleep_judge(port, &spent);
	if (status != NO_ERROR)
		finding(port->world, STRESS_RING, port, cookie, "WAIT: status %d", status);
	else if (cookie && overslept(port, slept_ns, timeout_ns, wait.Ready))
		finding(port->world, STRESS_LIVENESS, port, cookie,
			"WAIT slept for %" PRIu64 " ns with a transfer in flight; nobody woke it",
			slept_ns);
	else if (slept_ns + TICK_NS < timeout_ns && !wait.Ready)
		finding(port->world, STRESS_LIVENESS, port, cookie,
			"WAIT came back after %" PRIu64 " of %" PRIu64 " ns with nothing", slept_ns,
			timeout_ns);
}

/*
 * Of a port's transfers one stretch in four is waited for by REAP alone, by all of its requesters, and so are the last ones:
 * where something gets lost nobody finds it then but REAP itself.
 */
static bool reaps_alone(struct port *port)
{
	bool alone;

	if (!port->plan->reaps_alone)
		return false;
	pthread_mutex_lock(&port->lock);
	alone = port->left / REAPED_ALONE % 4 == 0;
	pthread_mutex_unlock(&port->lock);
	return alone;
}

/* ---- a requester -------------------------------------------------------------------------------- */

enum next { NEXT_LEAVE, NEXT_SUBMIT, NEXT_REAP };

/* Stands still while the controller has the port to itself. */
static void park_locked(struct port *port)
{
	port->parked++;
	host_cond_broadcast(&port->changed);
	while (port->pause)
		host_cond_wait(&port->changed, &port->lock);
	port->parked--;
}

static enum next next_choose(struct requester *self, struct slot **taken, unsigned *count)
{
	struct port *port = self->port;
	unsigned most = plan_has(port->world->plan, STRESS_batches)
	                        ? 1 + (unsigned)rng_below(&self->rng, BATCH_MAX)
	                        : 1;
	bool loaded = port->world->loaded;
	enum next next = NEXT_REAP;

	*count = 0;
	pthread_mutex_lock(&port->lock);
	while (port->pause && port->in_flight == 0)
		park_locked(port);
	if (world_failed(port->world) || port->given_up)
		port->left = 0;
	if (!port->pause)
		*count = slots_take(port, taken, most);
	if (*count)
		next = NEXT_SUBMIT;
	else if (port->left == 0 && (port->in_flight == 0 || loaded))
		next = NEXT_LEAVE;
	pthread_mutex_unlock(&port->lock);
	return next;
}

/* A driver that has transfers in flight refuses to be powered down. With one requester alone it is known that it has. */
static void power_down_try(struct port *port)
{
	struct err why = ERR_INIT;
	uint64_t cookie = awaited(port);

	if (cookie && videoport_power(port->vp, DEVICE_D3, &why) != -EBUSY)
		finding(port->world, STRESS_RULE, port, cookie,
			"powered down with a transfer in flight");
}

/* Now and then something else takes its time first: so a submission comes at any moment of those in flight. */
static void think(struct requester *self)
{
	const unsigned octave = (unsigned)rng_below(&self->rng, 8 * THINK_OCTAVES);

	if (octave < THINK_OCTAVES)
		world_nap(1 + rng_below(&self->rng, THINK_LEAST_NS << octave));
}

static void *requester_main(void *arg)
{
	struct requester *self = arg;
	struct port *port = self->port;
	struct slot *taken[BATCH_MAX];
	unsigned count;
	enum next next;

	while ((next = next_choose(self, taken, &count)) != NEXT_LEAVE) {
		unsigned moved = 0;

		if (next == NEXT_SUBMIT) {
			think(self);
			moved = submit(self, taken, count);
		}
		if (plan_has(port->world->plan, STRESS_power) && rng_below(&self->rng, 16) == 0)
			power_down_try(port);
		if (rng_below(&self->rng, 16) == 0)
			refusable_ask(self);
		/* Not after every submission: the queue shall fill up, too. */
		if (next == NEXT_REAP || moved == 0 || rng_below(&self->rng, 4) == 0)
			moved += reap(self, 1 + (unsigned)rng_below(&self->rng, BATCH_MAX));
		if (moved == 0 && reaps_alone(port))
			world_nap(REAP_NAP_NS);
		else if (moved == 0)
			wait_ready(self);
		if (port_overdue(port))
			break;
	}
	pthread_mutex_lock(&port->lock);
	port->running--;
	host_cond_broadcast(&port->changed);
	pthread_mutex_unlock(&port->lock);
	return NULL;
}

/* ---- the controller ----------------------------------------------------------------------------- */

/* Waits until nobody uses the port, or somebody has failed. Return: whether it may be powered down. */
static bool port_pause(struct port *port)
{
	bool still;

	pthread_mutex_lock(&port->lock);
	port->pause = true;
	while (port->parked < port->running)
		host_cond_wait(&port->changed, &port->lock);
	/* One that left with transfers in flight (loaded) may leave nobody but parked ones. */
	still = port->running > 0 && port->in_flight == 0;
	pthread_mutex_unlock(&port->lock);
	return still && !world_failed(port->world);
}

static void port_resume(struct port *port)
{
	pthread_mutex_lock(&port->lock);
	port->pause = false;
	host_cond_broadcast(&port->changed);
	pthread_mutex_unlock(&port->lock);
}

static void power_cycle(struct port *port)
{
	struct err why = ERR_INIT;
	uint64_t since_ns;
	bool gone;

	port_rest(port);
	if (videoport_power(port->vp, DEVICE_D3, &why)) {
		finding(port->world, STRESS_SETUP, port, 0, "%s", why.message);
		return;
	}
	world_nap(PAUSE_LEAST_NS);
	/* What is reaped now, all the same, is judged as at any time. */
	while (reap(&port->world->requester[port->index][0], BATCH_MAX) > 0 &&
		!world_failed(port->world))
		continue;
	refusable_unpowered(port);
	gone = port_removed(port);
	since_ns = world_now_ns();
	if (videoport_power(port->vp, DEVICE_D0, &why) == 0) {
		port->tally.power_cycles++;
		port->resets = 0;
		port->given_up = false;
		if (gone)
			finding(port->world, STRESS_UNSEEN, port, 0,
				"powered up, and there is no device");
	} else if (!port_missed(port)) {
		finding(port->world, STRESS_SETUP, port, 0, "%s", why.message);
	} else if (gone) {
		port_gone_judge(port, "the power-up that failed", since_ns);
	}
}

static bool anybody_runs(struct world *world)
{
	bool runs = false;

	for (unsigned i = 0; i < world->plan->ports; i++) {
		pthread_mutex_lock(&world->port[i].lock);
		runs = runs || world->port[i].running > 0;
		pthread_mutex_unlock(&world->port[i].lock);
	}
	return runs;
}

/*
 * As often so short that a life of the device has one transfer or two as so long that it has dozens: what a reset forgets
 * to forget shows where two lives have counted as far.
 */
static uint64_t pause_ns(struct rng *rng)
{
	const unsigned octave = (unsigned)rng_below(rng, PAUSE_OCTAVES);

	return PAUSE_LEAST_NS + rng_below(rng, PAUSE_SPAN_NS >> octave);
}

static void control(struct world *world)
{
	for (unsigned cycle = 0; cycle < POWER_CYCLES && anybody_runs(world); cycle++) {
		struct port *port = &world->port[rng_below(&world->rng, world->plan->ports)];

		world_nap(pause_ns(&world->rng));
		if (port_pause(port))
			power_cycle(port);
		port_resume(port);
	}
}

/* Second completions may still be on their way when the last transfer was reaped. */
static void port_drain(struct port *port)
{
	struct requester *self = &port->world->requester[port->index][0];

	for (unsigned tries = 0; tries < DRAIN_TRIES; tries++) {
		if (reap(self, BATCH_MAX) == 0 && (tries > 1 && port_unnoticed(port) == 0))
			return;
		world_nap(DRAIN_NAP_NS);
	}
}

static void ports_settle(struct world *world)
{
	for (unsigned i = 0; i < world->plan->ports; i++) {
		struct port *port = &world->port[i];

		if (world_failed(world))
			return;
		if (!port->vp || world->loaded)
			continue;
		port_drain(port);
		port_unseen(port);
		port_rest(port);
	}
}

static int requesters_start(struct world *world, struct err *err)
{
	int rc = 0;

	for (unsigned i = 0; i < world->plan->ports; i++) {
		struct port *port = &world->port[i];

		port->left = world->plan->operations / world->plan->ports;
		port->pause = false;
		port->parked = 0;
		port->running = 0;
		/* Where the driver did not come up there is nobody to be asked. */
		for (unsigned j = 0; rc == 0 && port->vp && j < port->plan->requesters; j++) {
			struct requester *self = &world->requester[i][j];

			pthread_mutex_lock(&port->lock);
			port->running++;
			pthread_mutex_unlock(&port->lock);
			rc = host_thread_start(
				&self->thread, NULL, "requester", requester_main, self);
			self->started = rc == 0;
			if (rc == 0)
				continue;
			pthread_mutex_lock(&port->lock);
			port->running--;
			pthread_mutex_unlock(&port->lock);
			/* Those that have started leave soon. */
			atomic_store_explicit(&world->failed, true, memory_order_relaxed);
		}
	}
	return rc ? err_set(err, ERR_MISSING, -rc, "a requester cannot be started (%s)",
			    strerror(rc))
	          : 0;
}

int requesters_run(struct world *world, struct err *err)
{
	int rc = requesters_start(world, err);

	if (rc == 0 && plan_has(world->plan, STRESS_power))
		control(world);
	for (unsigned i = 0; i < world->plan->ports; i++)
		for (unsigned j = 0; j < REQUESTERS_MAX; j++) {
			struct requester *self = &world->requester[i][j];

			if (self->started)
				host_thread_join(&self->thread);
			self->started = false;
		}
	if (rc == 0)
		ports_settle(world);
	return rc;
}
