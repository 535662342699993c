/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * load.h: load over any target that takes batches and gives completions: a closed loop at a queue depth, or an open
 * loop whose operations arrive by a schedule.
 *
 *	 ops[0..n) --submit(batch)--> target --reap--> completions
 *	            at most `depth` submitted and not yet reaped
 *
 * The closed loop is run in ROUNDS. A round issues every op of a window once. Only the round is timed; preparing
 * sources, checking results and reading them back happen between rounds, so that what is measured is the
 * driver's and the device's work and nothing of the workload's own. A round ends drained: everything submitted
 * was reaped or is reported lost.
 *
 * Service time of an op: from just before the submit call that took it to the return of the reap call that
 * delivered it. Each op's start stamp is taken at its own submit call.
 *
 * The open loop is a PASS: operations arrive at a fixed or Poisson rate and go on arriving while earlier ones are in
 * flight. What cannot be submitted, because `depth` are in flight, the target is full or the buffer of the op is still
 * in use, queues in the load, and its RESPONSE time, from the intended start to the reap that delivered it, goes on
 * counting; so a stall of the target shows in every operation that should have been served meanwhile (Schroeder,
 * Wierman, Harchol-Balter, NSDI 2006; Tene's coordinated omission). Service time is counted as in a round.
 *
 * Several loads at once, each on a thread of its own, are rounds side by side: the first that has submitted all its ops stops
 * the others (`stop`), so that all queues are full until then; they drain, and differ in how many ops they got through.
 *
 * Threads: a load belongs to one thread. Hot loop: no allocation, no lock, no system call of its own.
 */
#ifndef LOAD_LOAD_H
#define LOAD_LOAD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "drivers/support/err.h"
#include "harness/clock/clock.h"
#include "harness/hist/hist.h"

struct load_op {
	void *buffer; /* requester's buffer */
	uint32_t buffer_bytes;
	uint32_t offset_bytes;
	uint32_t len_bytes;
	bool to_device;
	uint64_t device_address;
};

struct load_completion {
	uint64_t cookie;
	int32_t status;     /* 0 = done, else the target's code */
	uint32_t len_bytes; /* that arrived */
	uint32_t rounds;
	uint32_t elements;
};

/*
 * Target. submit: takes ops from the front, cookie of ops[i] = first_cookie + i; returns how many (0: full) or
 * -errno. reap: up to @max finished, never waits; count or -errno. wait: until something can be reaped or
 * @timeout_us; 1, 0 or -errno; only called when completions block (interrupt, adaptive).
 * date: told of the readings the load takes anyway, for a target that keeps an account over time: the one before a
 * submit call that took something, after that call; the one after a reap call that delivered. NULL: not told.
 */
struct load_target_ops {
	int (*submit)(
		void *target, const struct load_op *ops, uint64_t first_cookie, unsigned count);
	int (*reap)(void *target, struct load_completion *out, unsigned max);
	int (*wait)(void *target, uint32_t timeout_us);
	void (*date)(void *target, struct tick now);
};

struct load_config {
	const struct load_target_ops *ops;
	void *target;
	const struct clock *clock;
	unsigned depth; /* 1..; at most so many are with the target */
	unsigned batch; /* most ops of one submit call, 1..depth */
	bool blocking;  /* use wait instead of spinning on reap */
	uint64_t
		timeout_ns; /* nothing finished for so long: the rest of the round is lost; 0 = 3 s */
	/*
	 * Shared by the loads of rounds side by side, false before each: set by the first that has submitted everything, seen by
	 * the others, which submit no more. NULL: alone. Relaxed: it hands nothing over.
	 */
	atomic_bool *stop;
	bool yield; /* others share the processor: an idle turn yields it */
	/*
	 * An op that came back with an error is the last of its round or pass: no more are submitted. For a target that may need a
	 * time-out for each such op.
	 */
	bool quit;
};

/*
 * What one round, or many added up, did. 64-bit throughout; ticks of config.clock.
 * submitted = completed + failed + lost. Latencies are recorded of completed ops only: a failure can never look
 * like speed.
 */
struct load_result {
	uint64_t submitted;
	uint64_t completed;  /* came back once, without error, with every byte */
	uint64_t failed;     /* came back once, with an error or with another length */
	uint64_t lost;       /* never came back */
	uint64_t duplicated; /* completions of ops that had come back before */
	uint64_t unknown;    /* completions of no op in flight: never issued, or given up as lost */
	uint64_t bytes;      /* of completed ops */
	uint64_t ticks;      /* first submit to last reap that delivered, summed over rounds */
	uint64_t cpu_ns;     /* CPU time of the calling thread in the rounds */
	uint64_t transfer_rounds, elements;
	uint64_t submit_calls, reap_calls, empty_reaps; /* in the rounds */
};

enum load_finding_kind {
	LOAD_FAILED,
	LOAD_LOST,
	LOAD_DUPLICATED,
	LOAD_UNKNOWN,
	LOAD_SHORT /* done without error, but not with the length asked for; counted in failed */
};

/* One thing that went wrong, for the message; the first LOAD_FINDINGS_MAX are kept. */
struct load_finding {
	enum load_finding_kind kind;
	uint64_t cookie;
	int32_t status;
	uint32_t len_bytes, expected_bytes;
};

#define LOAD_FINDINGS_MAX 16

struct load;

/*
 * load_open - @ops_max: most ops of a round; @config is copied, what it points to must live until load_close.
 * Return: 0; -EINVAL (ERR_USAGE) depth, batch or ops_max out of range; -ENOMEM (ERR_MISSING).
 */
int load_open(
	struct load **load, const struct load_config *config, uint32_t ops_max, struct err *err);
void load_close(struct load *load);

/*
 * load_round - one timed round over @ops[0..count); cookies are unique over the life of the load and
 * count up from load_next_cookie(). Latencies go into @hist in ticks (NULL: not recorded), outcomes are ADDED
 * to @result. After the timed part the target is reaped once more, so that surprises are seen.
 * Stopped by another load, or by an op that failed (`quit`), it has submitted fewer: the first of @ops.
 * Return: 0, also when ops failed (see @result); -EINVAL more ops than ops_max; -ETIMEDOUT nothing finished for
 * timeout_ns: what was in flight is lost, what was not yet accepted was not submitted, the target must be
 * reset; -EPROTO the target said it took or gave more than asked; other -errno from the target, what was in
 * flight is lost.
 */
int load_round(struct load *load, const struct load_op *ops, uint32_t count, struct hist *hist,
	struct load_result *result);

enum load_arrival { LOAD_CLOSED, LOAD_FIXED, LOAD_POISSON };

/* load_op_fn - fills @op, the operation number @index (0..) of a pass. Runs in the hot loop. */
typedef void (*load_op_fn)(void *arg, uint64_t index, struct load_op *op);

/*
 * load_batch_fn - the pass has completed `batch_ops` operations more, the last of them delivered @ticks after its start; sets
 * where the next ones are recorded. Between two operations of the hot loop, rarely.
 */
typedef void (*load_batch_fn)(
	void *arg, uint64_t ticks, struct hist **service, struct hist **response);

struct load_pass {
	enum load_arrival arrival; /* LOAD_FIXED or LOAD_POISSON */
	double per_second;         /* arrivals, > 0 */
	uint32_t burst;            /* arrivals at the same instant, 1.. */
	double phase;              /* fixed: share (0..1] of a gap before the first arrival */
	uint64_t seed;             /* of Poisson gaps */
	uint64_t count;            /* arrivals of the pass, 1.. */
	struct tick start;         /* intended start of the pass; 0: when load_pass_run is called */
	load_op_fn op;
	void *arg;
	struct hist *service, *response; /* ticks; NULL: not recorded */
	uint64_t batch_ops;              /* 0: no batches */
	load_batch_fn batch;
	void *batch_arg;
};

/*
 * What the arrivals of a pass met. A pass that falls behind without hope ends at twice the time its arrivals take
 * (and a quarter of a second): what is still waiting then is `dropped`, never submitted and in no histogram.
 */
struct load_arrived {
	uint64_t offered; /* arrivals; = submitted + dropped unless the pass broke off */
	uint64_t dropped;
	uint64_t backlog_peak; /* most that had arrived and were not yet submitted */
	uint64_t span_ticks;   /* start to the last intended arrival */
	uint64_t
		tail_ticks; /* last intended arrival to the last reap that delivered; 0 if before */
};

/*
 * load_pass_run - one open loop over @pass; at most `depth` and ops_max operations are in flight, and operation i is
 * submitted only after operation i - ops_max is back, so that ops_max buffers serve in turn. Outcomes are ADDED to
 * @result (ticks: start to the last reap), @arrived is filled. In poll mode the thread spins between arrivals.
 * Return: as load_round.
 */
int load_pass_run(struct load *load, const struct load_pass *pass, struct load_arrived *arrived,
	struct load_result *result);

/*
 * load_drain - between rounds: reaps for @timeout_us, untimed, so that completions too many that arrive late
 * are seen and not taken for those of the next round. They are ADDED to @result (duplicated, unknown).
 * Return: how many came, or -errno from the target.
 */
int load_drain(struct load *load, uint32_t timeout_us, struct load_result *result);

/* load_last - when the last round or pass delivered its last op; its start where it delivered none. */
struct tick load_last(const struct load *load);

/* Cookie of the first op of the next round or pass; 1 after load_open. */
uint64_t load_next_cookie(const struct load *load);

/* Findings of all rounds so far. Return: count, at most LOAD_FINDINGS_MAX. */
unsigned load_findings(const struct load *load, struct load_finding *out);

#endif
