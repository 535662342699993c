/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * priv.h: what the files of the stress harness share. Not for anyone outside harness/stress.
 *
 *	plan.c       seed and configuration -> struct plan
 *	world.c      frames, ports, arenas: set-up, tear-down, ledger
 *	requester.c  the programs of the requesters and of the controller
 *	payload.c    the bytes of a transfer: laid, and judged when it has ended
 *	completion.c the ring model: each transfer completes once, in its rounds
 *	refusable.c  requests that a driver has to refuse
 *	injected.c   what was injected and not noticed yet, and what it explains
 *	rules.c      what must hold of a port while it works: in time, by the rules
 *	removal.c    a device that is taken out: whether it was, and what its driver makes of it
 *	interrupts.c what must hold of interrupts, and of who sleeps until one comes
 *	ledger.c     what must hold at rest: nothing held, accounts that agree
 *	cache.c      which locks a driver that caches them must have kept
 *	bounce.c     how many bytes must have gone through bounce slots
 *	finding.c    what any of them found, into the result
 *	seed.c       one seed: world, actors or threads, result
 *	campaign.c   many seeds in processes; shrink.c, line.c
 */
#ifndef STRESS_PRIV_H
#define STRESS_PRIV_H

#include <pthread.h>
#include <stdatomic.h>

#include "drivers/device/model/model.h"
#include "drivers/support/host.h"
#include "drivers/videoport/frames.h"
#include "drivers/videoport/videoport.h"
#include "harness/rng/rng.h"
#include "harness/stress/stress.h"

#include "dmabench_ioctl.h"

#define PORTS_MAX      3
#define REQUESTERS_MAX 3
#define SLOTS_MAX      96
#define BATCH_MAX      64
#define REAP_NAP_NS    1000 /* between two REAPs of one who does not wait */
#define PARAMETERS_MAX 16
#define POWER_CYCLES   10u  /* of all ports of a program, with that feature */
#define RESETS_MOST    5    /* within a minute: the driver shall give the device up */
#define GUARD_BYTES    64u  /* VERIFY_GUARD_BYTES */
#define GIVEN_MAX      8    /* wrong ids remembered; a reset follows each */
#define DEVICE_GAP     512u /* between two slots' places in device memory */

/* In the order of stress_strategy_words. */
enum strategy { STRATEGY_PACKET, STRATEGY_CACHED, STRATEGY_COMMON, STRATEGY_HYBRID };

/* One port of the program. */
struct plan_port {
	unsigned strategy;
	unsigned completion; /* DMABENCH_COMPLETION_* */
	struct videoport_parameter parameter[PARAMETERS_MAX];
	unsigned parameters;
	unsigned map_registers, address_bits;
	bool flat, deferred;
	unsigned slots, requesters;
	uint32_t slot_bytes; /* of the driver's pool */
	unsigned pool_slots;
	unsigned cache_entries; /* locks that are kept: packet-cached */
	uint32_t round_max;     /* MaximumLength, 0: the device's */
	uint32_t threshold;     /* from which on hybrid goes by packet */
	unsigned chain_elements,
		chain_blocks;    /* of lists of descriptors, of a channel; 0: the driver's */
	enum device_fault fault; /* of the engine */
	double fault_rate;
	uint32_t fault_limit;
	struct device_line line;
	struct device_bell bell;
	struct device_lack lack;
	bool reaps_alone; /* stretches of its transfers are waited for by REAP alone */
	double after;
	uint64_t
		recovery_ns; /* how often the driver looks for itself, moderation apart; 0: never */
	uint64_t timeout_ns; /* after which it resets the device; 0: its default */
	uint64_t moderation_ns;
	uint64_t bound_ns; /* of a transfer: mode deterministic */
	uint64_t freeze_ns, freeze_at_ns;
	uint64_t removed_at_ns; /* when the device is taken out, from its opening; 0: never */
};

/* All that a seed decides before anything runs. */
struct plan {
	uint64_t seed;                      /* the episode's own */
	const struct stress_config *config; /* its operations are those of this episode */
	uint32_t features, faults;
	unsigned switch_chance;
	unsigned ports, rounds;
	uint32_t operations; /* of each round, over all ports */
	uint32_t len_max;
	double fragmentation, high;
	uint64_t high_bytes; /* of physical memory above 4 GiB, 0: as much as there may be */
	struct plan_port port[PORTS_MAX];
};

static inline bool plan_has(const struct plan *plan, enum stress_feature feature)
{
	return plan->features >> feature & 1;
}

/* plan_make - what episode number @episode of @seed does. */
void plan_make(
	struct plan *plan, const struct stress_config *config, uint64_t seed, unsigned episode);

/* plan_descriptors - those of the longest transfer of any port. */
uint64_t plan_descriptors(const struct plan *plan);

/* plan_waits_ns - how long an episode may wait in all for what goes wrong: mode deterministic. */
uint64_t plan_waits_ns(const struct plan *plan);

enum slot_state { SLOT_IDLE, SLOT_HELD, SLOT_SUBMITTED };

/* Where one transfer at a time lives: a stretch of the arena and one of device memory. */
struct slot {
	enum slot_state state;
	uint64_t cookie; /* of the transfer now, or of the last; modulo SLOTS_MAX the slot */
	uint64_t stamp, since_ns;
	unsigned char *at;                 /* the stretch: guard, room, guard */
	uint32_t room;                     /* most bytes of a transfer */
	size_t stride;                     /* from this stretch to the next */
	uint64_t device_base, device_room; /* its place there, up to the next one's or to the end */
	/* Of the transfer. */
	uint32_t offset, device_offset, len_bytes; /* @offset: from the stretch's first byte */
	/* It begins or ends where its neighbour's stretch does, and has no guard there. */
	bool bare_before, bare_behind;
	bool device_bare; /* it ends with device memory, and has no guard behind it there */
	bool to_device;
	bool doomed; /* in flight when the driver reset the device, or found it gone: may fail */
	/* What is locked for it. */
	const void *buffer;
	uint32_t buffer_bytes;
};

/* One port while it is open. */
struct port {
	struct world *world;
	unsigned index;
	const struct plan_port *plan;
	struct videoport *vp;
	struct device *model; /* NULL in mode live */
	struct cache *cache;  /* NULL: the driver has none */
	unsigned char *arena;
	size_t arena_bytes;

	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t changed;
	struct slot slot[SLOTS_MAX];
	uint32_t left;      /* transfers to submit yet */
	unsigned in_flight; /* submitted and not reaped */
	unsigned running;   /* requesters that have not ended */
	unsigned parked;    /* that wait for `pause` to end */
	bool pause;
	struct model_injected *injected; /* noticed by nobody yet */
	unsigned injected_count, injected_room;
	unsigned forgotten;        /* taken out of it, since nobody could notice them */
	unsigned strays;           /* second or invented completions of nobody knows whom */
	unsigned misnamed;         /* completions handed up that came under a wrong id */
	uint16_t given[GIVEN_MAX]; /* the last such ids, from @given_count % GIVEN_MAX backwards */
	unsigned given_count;
	unsigned shaken; /* injections that leave a completion without an interrupt */
	uint64_t reset_ns
		[RESETS_MOST]; /* when the driver has reset the device since it was powered up, modulo */
	unsigned resets;       /* ... and how often */
	unsigned resets_late; /* resets told of since the device was taken out */
	uint64_t opened_ns;   /* when the port was about to be opened */
	bool removal_noticed; /* by the driver */
	bool given_up; /* the driver's verdict, or it does not come up: it takes no transfers */
	uint64_t looked_ns;  /* when somebody last looked whether a transfer is overdue ... */
	uint64_t overdue_ns; /* ... and for how long looks have found one */
	struct stress_counts tally; /* added to the result when the port is closed */
	struct {
		uint64_t transfers, rounds;
		uint64_t packets, elements;   /* rounds by packet, and what they were made of */
		uint64_t far_least, far_most; /* bytes that bounced: bounce.c */
	} done;                               /* since the port was opened, as the driver told */
	struct videoport_watch watch;
	atomic_uint refused;         /* accesses of the device's, as the verifier tells of them */
	unsigned failed;             /* transfers that a refused access has ended ... */
	unsigned unlocked, unmapped; /* ... a refused lock, a refused mapping */
	uint64_t asked; /* interrupts while a driver waited for them that polls otherwise */
};

/* One requester's own. */
struct requester {
	struct port *port;
	unsigned index;
	struct rng rng;
	struct host_thread thread;
	bool started;
	unsigned char *scratch; /* the data oracle's copy of device memory, scratch_bytes */
};

/* What ports, devices and frames have of the host's memory. */
struct held {
	uint64_t blocks; /* of the heap */
	uint64_t page_bytes;
};

struct world {
	const struct plan *plan;
	struct sched *sched; /* NULL in mode live */
	struct frames *frames;
	struct port port[PORTS_MAX];
	size_t scratch_bytes;
	struct requester requester[PORTS_MAX][REQUESTERS_MAX];
	struct rng rng; /* the controller's */
	uint64_t cookie;
	struct stress_result *result;
	pthread_mutex_t lock; /* of result and cookie */
	atomic_bool failed;   /* something was found: everybody leaves */
	bool loaded;          /* this round ends with transfers in flight */
	unsigned episode;
	uint64_t events_before; /* of the seed's episodes before this one */
	struct held before;     /* the episode: what was held */
};

static inline bool world_failed(const struct world *world)
{
	return atomic_load_explicit(&world->failed, memory_order_relaxed);
}

/* seed.c. Return: how many episodes a seed of @config has. */
unsigned seed_episodes(const struct stress_config *config);

/* world.c. Return: 0, or -errno with err where the host fails; a driver that does not start is a finding. */
int world_create(struct world *world, const struct plan *plan, struct sched *sched,
	struct stress_result *result, struct err *err);
void world_destroy(struct world *world);
/* world_open - all ports, of one round. world_close - stops, audits and closes them. */
int world_open(struct world *world, struct err *err);
void world_close(struct world *world);
/* world_progress - tells who watches the seed how far it is. */
void world_progress(const struct world *world, uint64_t operation);
uint64_t world_now_ns(void);
/* port_device_bytes - of device memory. The first slot has the last place in it. */
uint64_t port_device_bytes(const struct port *port);
/* world_nap - lets time pass. */
void world_nap(uint64_t ns);

/*
 * requester.c: requesters_run - everything between open and close. Return: 0 or -ENOMEM with err. port_given_up - the driver has
 * no more use for its device, and refuses transfers for that.
 */
int requesters_run(struct world *world, struct err *err);
bool port_given_up(struct port *port);

/*
 * refusable.c: refusable_ask - one request that has to be refused, whatever is in flight. refusable_unpowered - the port is in D3,
 * has nothing in flight, and nobody else uses it.
 */
void refusable_ask(struct requester *self);
void refusable_unpowered(struct port *port);

/* finding.c: what @oracle found of the transfer @cookie (0: of none), at @port (NULL: at none). From any thread. */
void finding(struct world *world, enum stress_oracle oracle, const struct port *port,
	uint64_t cookie, const char *format, ...) __attribute__((format(printf, 5, 6)));

/*
 * payload.c: slot_prepare - a new transfer: place, size, patterns; described in @out. The slot is SLOT_HELD, by the
 * requester. data_judge - both ends of a finished transfer hold its bytes between unchanged guards. guards_judge - what
 * lies around the bytes of one that has failed is as it was. These two are called with the port's lock held.
 */
void slot_prepare(struct requester *self, struct slot *slot, DMABENCH_TRANSFER *out);
void data_judge(struct requester *self, const struct slot *slot);
void guards_judge(struct requester *self, const struct slot *slot);
/* payload_at - where its first byte lies in the requester's memory. */
unsigned char *payload_at(const struct slot *slot);

/*
 * completion.c: completion_judge - one completion that REAP gave. by_packet - the strategy's choice for a transfer of
 * this length.
 */
void completion_judge(struct requester *self, const DMABENCH_COMPLETION *completion);
bool by_packet(const struct plan_port *plan, uint32_t len_bytes);

/* rules.c: port_overdue - a finding for a transfer that is late. Return: whether there was one. */
bool port_overdue(struct port *port);
/* event_judge - of struct videoport_watch: each event of the port @arg as it happens. */
void event_judge(void *arg, const struct videoport_event *event);
/* port_refused - after the unload: every access that was to be refused has been, and no other. */
void port_refused(struct port *port, const struct device_mishaps *mishaps);

/* injected.c: fault_of - the class of a fault of the engine. */
enum stress_fault fault_of(enum device_fault fault);
/* fault_resets - the driver gets over it by a reset of the device. fault_fails - it ends transfers with an error. */
bool fault_resets(enum device_fault fault);
bool fault_fails(enum device_fault fault);
/* data_misplaced - whether bytes of @slot's transfer may lie beside their place though it failed; the lock is held. */
bool data_misplaced(struct port *port, const struct slot *slot);
/*
 * Whether something injected explains what was seen, which is noticed by it; the port's lock is held.
 *
 *	stray_noticed      a completion that nobody waits for; @slot: whose it seems to be, NULL where that is not known
 *	reset_caused       the driver reset the device
 *	data_explained     the data of @slot's transfer is wrong from @offset_bytes on; UINT64_MAX: it is right, and what
 *	                   should have spoilt it is a finding
 *	failure_explained  @slot's transfer ended with an error
 */
bool stray_noticed(struct port *port, const struct slot *slot);
bool reset_caused(struct port *port);
bool data_explained(struct port *port, const struct slot *slot, uint64_t offset_bytes);
bool failure_explained(
	struct port *port, const struct slot *slot, const DMABENCH_COMPLETION *completion);
/*
 * Of a port whose transfers are all reaped: port_unseen - whatever was injected must have been noticed.
 * port_unnoticed - how much has not been. port_shaken - how many injections may have left a completion without an interrupt, those
 * included that came too late to be noticed.
 */
void port_unseen(struct port *port);
unsigned port_unnoticed(struct port *port);
unsigned port_shaken(struct port *port);

/*
 * removal.c: port_removed - whether the device has been taken out; while the port is being opened: whether it may have been.
 * port_missed - the same; and if so, the driver has found out by not coming up: it takes no transfers any more.
 * port_gone_judge - @what, begun at @since_ns when the device had been taken out, is over: it waited for nothing.
 * port_removal_tally - what is to be counted of it as the port is closed.
 */
bool port_removed(const struct port *port);
bool port_missed(struct port *port);
void port_gone_judge(struct port *port, const char *what, uint64_t since_ns);
void port_removal_tally(struct port *port);

/*
 * cache.c: cache_open - a port that is being opened has made no lock yet. Return: 0 or -ENOMEM. cache_submitted - of one
 * SUBMIT, which is over, the driver has taken these transfers, in this order; @locks_refused: since the port was opened.
 * cache_reaped - @slot's was handed back. cache_judge - at rest: @locks are held.
 */
int cache_open(struct port *port);
void cache_close(struct port *port);
void cache_submitted(
	struct port *port, struct slot *const *taken, unsigned count, uint64_t locks_refused);
void cache_reaped(
	struct port *port, const struct slot *slot, const DMABENCH_COMPLETION *completion);
void cache_judge(struct port *port, const DMABENCH_QUERY *query, uint64_t locks);

/*
 * bounce.c: bounce_count - @slot's transfer went by packet and is over, @whole or not. bounce_judge - at rest. The port's
 * lock is held, or nobody uses it.
 */
void bounce_count(struct port *port, const struct slot *slot, bool whole);
void bounce_judge(struct port *port, const struct videoport_usage *usage);

/*
 * interrupts.c: wait_effort - what there was of all that until now, by the actor that calls; nothing in mode live. wait_spent -
 * ... since @before. interrupts_asked - a WAIT is over. sleep_judge - it is, and the driver took it. interrupts_judge - nobody
 * waits. claims_judge - ... of interrupts that the driver @denied, and handlers that the device knows to have been @idle.
 */
struct wait_effort {
	uint64_t looks, sleeps; /* at the clock, of the actor */
	uint64_t sent;          /* interrupts */
	uint64_t taken;         /* descriptors, by the device */
};

struct wait_effort wait_effort(const struct port *port);
struct wait_effort wait_spent(const struct port *port, const struct wait_effort *before);
void interrupts_asked(struct port *port, const struct wait_effort *spent);
void sleep_judge(struct port *port, const struct wait_effort *spent);
void interrupts_judge(struct port *port, const struct device_mishaps *mishaps);
void claims_judge(
	struct port *port, const struct device_mishaps *mishaps, uint64_t denied, uint64_t idle);

/* seed.c: stress_counts_add - adds @part to @to. */
void stress_counts_add(struct stress_counts *to, const struct stress_counts *part);

/*
 * ledger.c: port_rest - all transfers are reaped and nobody else uses the port. port_unmapped - videoport_stop is over. port_leaks -
 * what videoport_close found. world_rest - all ports are closed, their arenas gone. held_now, held_rest - before an episode, and
 * when its world is gone but for @world itself.
 */
void port_rest(struct port *port);
void port_unmapped(struct port *port);
void port_leaks(struct port *port, const struct videoport_usage *leaks);
void world_rest(struct world *world);
struct held held_now(void);
void held_rest(struct world *world);

#endif
