/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stress.h: seeded random programs over the whole way of a transfer, and oracles that judge every step of it.
 *
 *	seed -> plan (which features, strategy, sizes, faults) -> ports on devices, requesters -> oracles -> result
 *
 * The model. One seed is one program, in episodes of some STRESS_EPISODE operations and a few long ones (config.episodes).
 * Swarm (Groce et al., ISSTA 2012):
 * each episode turns a random half of the features on, so that one feature cannot hide what another would show, and the
 * next one the other half; pair by pair the first port runs each strategy in turn. So a seed of eight episodes has had
 * every strategy with every feature on and off. Requesters submit transfers of random place, size and direction,
 * wait and reap; ports are powered down and up, unloaded and loaded again meanwhile. In mode deterministic all of it
 * are actors of one scheduler on a virtual clock, over the model device: equal configuration gives equal events and an
 * equal hash. In mode live they are threads over the soft device and the wall clock.
 *
 * Oracles, each of which can fail a seed:
 *	rule      the verifier reported a broken rule, or the device an access it was refused
 *	data      a byte arrived wrong, or beside its place: 64-bit keyed patterns and guards on both sides of both ends
 *	ring      a transfer completed twice, without having been submitted, with an error or another length
 *	liveness  a transfer was not completed within its bound, or nobody could go on
 *	ledger    something is left when all is at rest: locks, registers, common buffers, adapters ...
 *	unseen    an injected error was noticed by nobody
 *	replay    the same seed again gave another hash
 *	crash     the process of the seed died
 *	setup     the driver did not start where it should have
 * An injected error that an oracle finds at the transfer it was injected into is counted, and is no finding. Of what
 * is injected into completions the driver itself must take notice: by the status of the transfer, by a completion
 * handed up that is nobody's, by a reset, which it logs; and its count of such completions must be right.
 *
 * Call order: stress_defaults -> (stress_seed)... or stress_campaign. Ownership: results are the caller's.
 * Threads: one; a campaign makes processes. Errors: 0 or -errno with a struct err; findings are no errors.
 */
#ifndef STRESS_STRESS_H
#define STRESS_STRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drivers/support/err.h"

/* X(name, help): what a seed may turn on. The order is that of bits in replay lines: add at the end. */
#define STRESS_FEATURES(X)                                                                         \
	X(fragmented, "every page of a requester's buffer lies alone")                             \
	X(high, "frames above 4 GiB")                                                              \
	X(narrow, "a device that reaches 32 address bits")                                         \
	X(flat, "a device without scatter/gather")                                                 \
	X(registers, "few map registers")                                                          \
	X(deferred, "HwVidExecuteDma later and on another thread")                                 \
	X(ring, "rings of a few entries")                                                          \
	X(pool, "few and odd slots of the common buffer")                                          \
	X(cache, "few cached locks")                                                               \
	X(rounds, "MaximumLength below the transfers")                                             \
	X(ports, "several adapters at once")                                                       \
	X(requesters, "several requesters a port")                                                 \
	X(odd, "odd offsets and addresses")                                                        \
	X(shared, "neighbouring transfers in one page")                                            \
	X(batches, "many transfers a request")                                                     \
	X(long, "transfers of many pages")                                                         \
	X(moderated, "interrupt moderation")                                                       \
	X(power, "power down and up in between")                                                   \
	X(reload, "unload and load in between")                                                    \
	X(loaded, "unload with transfers in flight")                                               \
	X(uneven, "some actors run more often than others")                                        \
	X(busy, "a turn at every point")                                                           \
	X(chains, "few and short blocks for the lists of descriptors")

#define STRESS_FEATURE_ENUM(name, help) STRESS_##name,
enum stress_feature { STRESS_FEATURES(STRESS_FEATURE_ENUM) STRESS_FEATURE_COUNT };
#undef STRESS_FEATURE_ENUM

/* X(name, help): what may be injected. */
#define STRESS_FAULTS(X)                                                                           \
	X(drop, "a descriptor completes without a byte moved")                                     \
	X(duplicate, "a completion comes twice")                                                   \
	X(misplace, "bytes go beside their place")                                                 \
	X(truncate, "the tail is left out")                                                        \
	X(flip, "a bit is inverted")                                                               \
	X(late, "an interrupt comes late")                                                         \
	X(twice, "an interrupt comes twice")                                                       \
	X(spurious, "an interrupt comes for no reason")                                            \
	X(freeze, "the device stands still for a while")                                           \
	X(lost, "half of the interrupts never come")                                               \
	X(storm, "an interrupt comes many times")                                                  \
	X(bell_lost, "a doorbell does not arrive")                                                 \
	X(bell_late, "a doorbell arrives late")                                                    \
	X(bell_twice, "a doorbell arrives twice")                                                  \
	X(iommu, "a mapped page is refused: that transfer fails")                                  \
	X(after, "the device tries an access behind an unmap, and is refused")                     \
	X(unposted, "a descriptor is done and its completion never comes")                         \
	X(reordered, "two completions come in the wrong order")                                    \
	X(invented, "a completion comes of what was never submitted")                              \
	X(wrong_id, "a completion comes under another id")                                         \
	X(wrong_length, "a completion tells another length")                                       \
	X(stale, "a completion has the phase of the lap before")                                   \
	X(hostile, "the completion ring is overwritten at random")                                 \
	X(hang, "the device does nothing any more until it is reset")                              \
	X(removed, "the device is taken out, at any moment: its registers read all ones")          \
	X(map, "mappings are refused, one or many: a round gets shorter or has to wait")           \
	X(lock, "locks are refused, one or many: these transfers fail")                            \
	X(torn, "64 bytes in the middle keep what they held")

#define STRESS_FAULT_ENUM(name, help) STRESS_FAULT_##name,
enum stress_fault { STRESS_FAULTS(STRESS_FAULT_ENUM) STRESS_FAULT_COUNT };
#undef STRESS_FAULT_ENUM

#define STRESS_BIT(name) (1u << STRESS_FAULT_##name)

/* Faults of messages between device and driver: interrupts, doorbells. */
#define STRESS_FAULTS_MESSAGE                                                                      \
	(STRESS_BIT(late) | STRESS_BIT(twice) | STRESS_BIT(spurious) | STRESS_BIT(lost) |          \
		STRESS_BIT(storm) | STRESS_BIT(bell_lost) | STRESS_BIT(bell_late) |                \
		STRESS_BIT(bell_twice))

/* Faults that leave nothing wrong behind: a driver has to live with them, and nobody has to notice. */
#define STRESS_FAULTS_SURVIVED (STRESS_FAULTS_MESSAGE | STRESS_BIT(freeze) | STRESS_BIT(map))

/* Faults that every device counts. Of the others the model device keeps a list, in mode deterministic only. */
#define STRESS_FAULTS_COUNTED                                                                      \
	(STRESS_FAULTS_SURVIVED | STRESS_BIT(after) | STRESS_BIT(removed) | STRESS_BIT(lock))

/*
 * Faults that a driver gets over by a reset of the device: what is in flight at that moment may fail, the driver must
 * have a cause for it, and nothing else may come of them.
 */
#define STRESS_FAULTS_RESET                                                                        \
	(STRESS_BIT(unposted) | STRESS_BIT(reordered) | STRESS_BIT(wrong_id) | STRESS_BIT(stale) | \
		STRESS_BIT(hostile) | STRESS_BIT(hang))

enum stress_mode { STRESS_DETERMINISTIC, STRESS_LIVE };

#define STRESS_STRATEGIES     4                     /* packet, packet-cached, common, hybrid */
#define STRESS_EPISODE        60                    /* operations of an episode, about */
#define STRESS_SEED_MAX       ((uint64_t)INT64_MAX) /* larger ones are no numbers to readers of JSON */
#define STRESS_OPERATIONS_MAX 100000000u
#define STRESS_LONG_EPISODES  8 /* of a seed: each strategy with each feature on and off */

struct stress_config {
	enum stress_mode mode;
	uint32_t
		operations; /* transfers of a seed; a seed without the power to do them does fewer */
	/*
	 * Of a seed at most, as long as that makes them. 0: of STRESS_EPISODE operations, in which features come together in
	 * many ways; of more than 16 of these one half is played as STRESS_LONG_EPISODES long ones, in which much can add up.
	 */
	uint32_t episodes;
	uint32_t features;   /* bits of enum stress_feature a seed may turn on */
	uint32_t strategies; /* bits, by the order above */
	uint32_t faults;     /* bits of enum stress_fault a seed may inject; 0: none */

	/* For tests of the oracles: what is injected is not remembered, so each must be a finding. */
	bool deaf;
	uint64_t
		removed_at_ns; /* not 0: when the devices are taken out, in the place of what the seed says */
	double irq_lost; /* share of interrupts that get lost, to drivers that never look for themselves */
	uint64_t
		events_bound; /* deterministic: an episode that takes more is stuck; 0: by its transfers */

	uint64_t stop_event; /* deterministic: end there; 0: at the end */
	/*
	 * Asked between the episodes of a seed, and by a campaign all the time: true ends it there. In the campaign's process
	 * it is called in the parent only. NULL: nobody asks.
	 */
	bool (*cancelled)(void *arg);
	void *cancelled_arg;
	/*
	 * How far the seed is: called as each episode begins (@operation 0) and with each transfer submitted, from any
	 * of the program's threads. NULL: nobody.
	 */
	void (*progress)(void *arg, unsigned episode, uint64_t operation, uint64_t event);
	void *progress_arg;
	/* Sees every event of a deterministic seed as a line; NULL: nobody. */
	void (*log)(void *arg, const char *line);
	void *log_arg;
};

enum stress_oracle {
	STRESS_RULE,
	STRESS_DATA,
	STRESS_RING,
	STRESS_LIVENESS,
	STRESS_LEDGER,
	STRESS_UNSEEN,
	STRESS_REPLAY,
	STRESS_CRASH,
	STRESS_SETUP,
	STRESS_ORACLES,
};

extern const char *const stress_oracle_words[STRESS_ORACLES + 1];
extern const char *const stress_feature_words[STRESS_FEATURE_COUNT + 1];
extern const char *const stress_fault_words[STRESS_FAULT_COUNT + 1];
extern const char *const stress_strategy_words[STRESS_STRATEGIES + 1];

struct stress_finding {
	enum stress_oracle oracle;
	uint64_t event;     /* deterministic: steps of the scheduler when it was found, else 0 */
	uint64_t operation; /* cookie of the transfer, 0: of none */
	char object[24];    /* "packet-cached port 1" */
	char message[224];
};

#define STRESS_FINDINGS_MAX 4

/* What is counted of a port, an episode, a seed and a campaign alike: each is the sum of its parts. */
struct stress_counts {
	uint64_t turns;      /* deterministic: changes of actor */
	uint64_t operations; /* transfers verified, injected ones included */
	uint64_t bytes;
	uint64_t interrupts, power_cycles, reloads;
	uint64_t recoveries; /* lost interrupts and doorbells that drivers found by looking */
	uint64_t resets;     /* of the device by the driver */
	uint64_t given_up;   /* devices that a driver gave up: they hang, or are gone */
	uint64_t injected[STRESS_FAULT_COUNT], detected[STRESS_FAULT_COUNT];
};

struct stress_result {
	uint64_t seed;
	uint64_t hash;    /* deterministic */
	uint64_t events;  /* deterministic: steps */
	uint64_t time_ns; /* virtual, or of the wall clock */
	struct stress_counts counts;
	uint32_t features, strategies, faults; /* bits: what its episodes had */
	unsigned episodes;                     /* that began */
	bool repeated;                         /* run twice, for the hash */
	bool abandoned; /* it could not be ended: the process has lost what it held */
	bool cut; /* cancelled: events and, of episodes that ended, all else tell how far it was */
	unsigned finding_count; /* all of them; the first are kept */
	struct stress_finding finding[STRESS_FINDINGS_MAX];
};

/* stress_defaults - deterministic, 480 operations, all features and strategies, no faults. */
void stress_defaults(struct stress_config *config);

/*
 * stress_seed - runs one seed in this process. After a finding of liveness what the seed held is lost to the process
 * (sched.h); run such ones in a process of their own, as stress_campaign does.
 * Return: 0, also with findings; -EINVAL (ERR_USAGE) configuration; -ENOMEM (ERR_MISSING), also where something was found but the
 * host had really refused memory or a thread (shortage.h).
 */
int stress_seed(const struct stress_config *config, uint64_t seed, struct stress_result *result,
	struct err *err);

/*
 * A campaign: seeds [first, last] in order, or until @duration_ns is over, in @jobs processes; each plays one seed at least.
 */
struct stress_campaign {
	struct stress_config config;
	uint64_t first, last;
	uint64_t duration_ns; /* 0: no limit */
	unsigned jobs;        /* 1.. */
	uint64_t
		hang_ns; /* of a seed without progress, while the campaign itself runs; 0: 10 s, in mode live 60 s */
	/* Each seed as it ends, in the order of ending. NULL: nobody. Return: false ends the campaign. */
	bool (*seed_done)(void *arg, const struct stress_result *result);
	void *arg;
};

struct stress_total {
	uint64_t seeds, repeated; /* repeated: run twice, for the hash */
	uint64_t failed_seeds;
	uint64_t cut;     /* seeds that were cancelled, not among @seeds */
	bool interrupted; /* cancelled before its end */
	uint64_t events;
	struct stress_counts counts;
	uint64_t findings[STRESS_ORACLES];
	uint64_t elapsed_ns;
};

/*
 * stress_campaign_run - one seed in a hundred, and at least the first, is run twice in mode deterministic. A seed whose
 * process dies is a finding of its own; the others go on. Once cancelled, it starts no seed more; those in hand end with
 * their episodes, what takes longer than two seconds to get there is killed, and nothing of it is counted but its events.
 * Return: 0, also with findings; -EINVAL; -ENOMEM, -EAGAIN no process (ERR_MISSING).
 */
int stress_campaign_run(
	const struct stress_campaign *campaign, struct stress_total *total, struct err *err);

/*
 * stress_line - what reproduces @finding of @result: "seed=17 commit=0123abc config=... event=4711". At most 400 bytes.
 * stress_line_parse - takes it apart; words in any order, commit and event may be missing. @commit: as given, "" where
 * there is none. Return: 0 or -EINVAL with the word that is wrong.
 */
char *stress_line(const struct stress_config *config, const struct stress_result *result,
	const struct stress_finding *finding, char *out, size_t room);
int stress_line_parse(const char *line, struct stress_config *config, uint64_t *seed, char *commit,
	size_t commit_room, struct err *err);

/*
 * stress_shrink - makes a failing @config smaller while the same oracle still finds something, and not at a later event: fewer
 * features, faults, strategies, episodes, operations. Each try is a process; in mode live one that does not fail is
 * repeated nine times. @tries: receives how many. Return: 0, and @config is the
 * smallest found; -EINTR (ERR_INTERNAL) cancelled, and it is the smallest until then; -ENOENT it does not fail; else as
 * stress_campaign_run.
 */
int stress_shrink(struct stress_config *config, uint64_t seed, unsigned *tries, struct err *err);

#endif
