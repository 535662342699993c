// SPDX-License-Identifier: BSD-2-Clause
/*
 * pass.c: the open loop. Called by harness/run; knows neither the miniport nor the port behind the target.
 *
 * Op i lives in slot i & mask while it is in flight; the slot says when it should have started, when it did, and how
 * long it is. There are at least ops_max slots, and op i waits for op i - ops_max, so no slot is taken twice.
 */
#include "harness/load/load_priv.h"

#include "harness/load/arrive.h"

#include <errno.h>
#include <math.h>

#define BATCH_MAX    64u
#define LIMIT_SPAN   2.0  /* a pass ends after so many times the span of its arrivals ... */
#define LIMIT_CHANCE 8.0  /* ... and so many deviations of it, where it is drawn ... */
#define LIMIT_S      0.25 /* ... and this */

struct pass {
	const struct load_pass *config;
	struct arrive submits;  /* schedule of the next op to submit */
	struct arrive arrivals; /* schedule of the next op to arrive */
	struct load_result result;
	uint64_t count;   /* ops to be submitted; less once the rest is dropped */
	uint64_t next;    /* first op not yet accepted */
	uint64_t arrived; /* ops whose time has come */
	uint64_t oldest;  /* every op before it is back */
	uint64_t backlog_peak;
	uint64_t batch_left; /* completions until the batch is whole */
	struct hist *service, *response;
	uint64_t last_intended; /* ticks from the start */
	uint64_t limit_ticks;
	uint32_t in_flight;
	struct tick start,
		last; /* of the pass; last progress, or last moment without anything to do */
	struct tick delivered; /* last reap that delivered */
};

static uint64_t behind_start(const struct pass *pass, struct tick now)
{
	return clock_span(pass->start, now);
}

/* Counts what has arrived by now. */
static inline void pass_arrive(struct pass *pass, struct tick now)
{
	double behind = (double)behind_start(pass, now);

	while (pass->arrived < pass->count && pass->arrivals.next_ticks <= behind) {
		pass->last_intended = (uint64_t)pass->arrivals.next_ticks;
		pass->arrived++;
		arrive_advance(&pass->arrivals);
	}
	if (pass->arrived - pass->next > pass->backlog_peak)
		pass->backlog_peak = pass->arrived - pass->next;
}

/* Out of time, or at its end: what has not been submitted never will be. */
static __attribute__((cold, noinline)) void pass_drop(struct pass *pass)
{
	while (pass->arrived < pass->count) {
		pass->last_intended = (uint64_t)pass->arrivals.next_ticks;
		pass->arrived++;
		arrive_advance(&pass->arrivals);
	}
	pass->count = pass->next;
}

/* How many may be submitted now: arrived, room in the depth, buffers free. */
static inline uint32_t pass_room(const struct load *load, const struct pass *pass)
{
	uint64_t want = pass->arrived - pass->next;
	uint64_t room = load->config.depth - pass->in_flight;
	uint64_t free = pass->oldest + load->ops_max - pass->next;

	if (want > room)
		want = room;
	if (want > free)
		want = free;
	if (want > load->config.batch)
		want = load->config.batch;
	return want < BATCH_MAX ? (uint32_t)want : BATCH_MAX;
}

/* @took of @ops were accepted at @now. */
static inline void pass_took(struct load *load, struct pass *pass, const struct load_op *ops,
	uint32_t took, struct tick now)
{
	for (uint32_t i = 0; i < took; i++) {
		uint64_t slot = (pass->next + i) & load->mask;

		load->intended[slot].t = pass->start.t + (uint64_t)pass->submits.next_ticks;
		load->start[slot] = now;
		load->len_bytes[slot] = ops[i].len_bytes;
		load->state[slot] = LOAD_IN_FLIGHT;
		arrive_advance(&pass->submits);
	}
	pass->next += took;
	pass->in_flight += took;
}

static inline int pass_submit(struct load *load, struct pass *pass)
{
	const struct load_config *config = &load->config;
	struct load_op ops[BATCH_MAX];
	uint32_t want;

	while (pass->next < pass->count && (want = pass_room(load, pass)) != 0) {
		for (uint32_t i = 0; i < want; i++)
			pass->config->op(pass->config->arg, pass->next + i, &ops[i]);
		struct tick now = clock_now(config->clock);
		int took = config->ops->submit(
			config->target, ops, load->first_cookie + pass->next, want);

		pass->result.submit_calls++;
		if (took < 0)
			return took;
		if ((uint32_t)took > want)
			return -EPROTO;
		if (took && config->ops->date)
			config->ops->date(config->target, now);
		pass_took(load, pass, ops, (uint32_t)took, now);
		if ((uint32_t)took < want)
			break; /* full before its depth: reap first */
	}
	return 0;
}

/* A completion that no op in flight waits for: one that was back already, or one never submitted. */
static __attribute__((cold, noinline)) void surprise(
	struct load *load, struct pass *pass, const struct load_completion *done)
{
	bool again = done->cookie >= 1 && done->cookie < load->first_cookie + pass->next;

	if (again)
		pass->result.duplicated++;
	else
		pass->result.unknown++;
	load_note(load, again ? LOAD_DUPLICATED : LOAD_UNKNOWN, done, 0);
}

static __attribute__((cold, noinline)) void failure(struct load *load, struct pass *pass,
	const struct load_completion *done, uint32_t expected_bytes)
{
	pass->result.failed++;
	load_note(load, done->status ? LOAD_FAILED : LOAD_SHORT, done, expected_bytes);
	if (load->config.quit && done->status)
		pass_drop(pass);
}

static __attribute__((cold, noinline)) void pass_batch(struct pass *pass, struct tick now)
{
	const struct load_pass *config = pass->config;

	pass->batch_left = config->batch_ops;
	config->batch(config->batch_arg, behind_start(pass, now), &pass->service, &pass->response);
}

static inline void pass_take(
	struct load *load, struct pass *pass, const struct load_completion *done, struct tick now)
{
	uint64_t index = done->cookie - load->first_cookie;
	uint64_t slot = index & load->mask;

	if (__builtin_expect(index < pass->oldest || index >= pass->next ||
				     load->state[slot] != LOAD_IN_FLIGHT,
		    0)) {
		surprise(load, pass, done);
		return;
	}
	load->state[slot] = LOAD_DONE;
	pass->in_flight--;
	while (pass->oldest < pass->next &&
		load->state[pass->oldest & load->mask] != LOAD_IN_FLIGHT)
		pass->oldest++;
	pass->result.transfer_rounds += done->rounds;
	pass->result.elements += done->elements;
	if (__builtin_expect(done->status || done->len_bytes != load->len_bytes[slot], 0)) {
		failure(load, pass, done, load->len_bytes[slot]);
		return;
	}
	pass->result.completed++;
	pass->result.bytes += done->len_bytes;
	if (pass->service)
		hist_record(pass->service, clock_span(load->start[slot], now));
	if (pass->response)
		hist_record(pass->response, clock_span(load->intended[slot], now));
	if (__builtin_expect(--pass->batch_left == 0, 0))
		pass_batch(pass, now);
}

/* As in a round: surprises are no progress. Return: ops back, 0 or -errno. */
static inline int pass_reap(struct load *load, struct pass *pass)
{
	struct load_completion done[LOAD_REAP_MAX];
	const uint32_t before = pass->in_flight;
	struct tick now;
	int got = load_collect(load, &pass->result, done, &now);

	if (got <= 0)
		return got;
	for (int i = 0; i < got; i++)
		pass_take(load, pass, &done[i], now);
	if (pass->in_flight == before)
		return 0;
	pass->last = pass->delivered = now;
	return (int)(before - pass->in_flight);
}

/* Until when a blocking load may sleep: the time-out, but never past the next arrival. */
static uint64_t wait_us(const struct load *load, const struct pass *pass, struct tick now)
{
	uint64_t idle = clock_span(pass->last, now);
	double ticks = idle < load->timeout_ticks ? (double)(load->timeout_ticks - idle) : 0;
	double next = pass->arrivals.next_ticks - (double)behind_start(pass, now);

	if (pass->arrived < pass->count && next < ticks)
		ticks = next > 0 ? next : 0;
	return clock_ns(load->config.clock, (uint64_t)ticks) / 1000;
}

/* Nothing came back: wait until something can, or an arrival is due. Return: 0, -ETIMEDOUT or -errno. */
static int pass_idle(struct load *load, struct pass *pass, struct tick now)
{
	if (!pass->in_flight && pass->arrived == pass->next) {
		pass->last = now; /* nothing to do is not silence */
		load_relax(load);
		return 0;
	}
	if (clock_span(pass->last, now) >= load->timeout_ticks)
		return -ETIMEDOUT;
	uint64_t us = load->config.blocking && pass->in_flight ? wait_us(load, pass, now) : 0;

	if (!us) {
		load_relax(load);
		return 0;
	}
	int rc = load->config.ops->wait(
		load->config.target, us < UINT32_MAX ? (uint32_t)us : UINT32_MAX);

	return rc < 0 ? rc : 0;
}

static int pass_loop(struct load *load, struct pass *pass)
{
	int rc = 0;

	while (rc >= 0 && (pass->next < pass->count || pass->in_flight)) {
		struct tick now = clock_now(load->config.clock);

		pass_arrive(pass, now);
		if (__builtin_expect(behind_start(pass, now) > pass->limit_ticks, 0))
			pass_drop(pass);
		rc = pass_submit(load, pass);
		if (rc < 0)
			break;
		rc = pass->in_flight ? pass_reap(load, pass) : 0;
		if (!rc)
			rc = pass_idle(load, pass, now);
	}
	return rc < 0 ? rc : 0;
}

/* What is still in flight when a pass breaks off will not be waited for any more. */
static void pass_give_up(struct load *load, struct pass *pass)
{
	for (uint64_t i = pass->oldest; i < pass->next; i++) {
		struct load_completion none = {.cookie = load->first_cookie + i};

		if (load->state[i & load->mask] != LOAD_IN_FLIGHT)
			continue;
		pass->result.lost++;
		load_note(load, LOAD_LOST, &none, load->len_bytes[i & load->mask]);
	}
}

static bool config_sound(const struct load_pass *config)
{
	if (config->batch_ops && !config->batch)
		return false;
	return config->count && config->per_second > 0 && config->burst && config->phase > 0 &&
	       config->phase <= 1 &&
	       (config->arrival == LOAD_FIXED || config->arrival == LOAD_POISSON);
}

/* When what has not been submitted is given up. The span of n gaps that are drawn has a deviation of sqrt(n) gaps. */
static uint64_t pass_limit(const struct load_pass *config, double ticks_per_s)
{
	const double gap_ticks = ticks_per_s / config->per_second * config->burst;
	const double gaps = ceil((double)config->count / config->burst);
	const double chance = config->arrival == LOAD_POISSON ? LIMIT_CHANCE * sqrt(gaps) : 0;

	return (uint64_t)(gap_ticks * (LIMIT_SPAN * gaps + chance) + LIMIT_S * ticks_per_s);
}

static void pass_begin(struct load *load, struct pass *pass)
{
	const struct load_pass *config = pass->config;
	const double ticks_per_s = 1e9 / load->config.clock->ns_per_tick;
	const double gap_ticks = ticks_per_s / config->per_second;

	arrive_init(&pass->submits, config->arrival == LOAD_POISSON, gap_ticks, config->burst,
		config->phase, config->seed);
	pass->arrivals = pass->submits;
	pass->count = config->count;
	pass->service = config->service;
	pass->response = config->response;
	pass->batch_left = config->batch_ops ? config->batch_ops : UINT64_MAX;
	pass->limit_ticks = pass_limit(config, ticks_per_s);
	load->first_cookie += load->count;
	load->count = 0;
	pass->last = pass->delivered = clock_now(load->config.clock);
	pass->start = config->start.t ? config->start : pass->last;
}

int load_pass_run(struct load *load, const struct load_pass *config, struct load_arrived *arrived,
	struct load_result *result)
{
	struct pass pass = {.config = config};

	*arrived = (struct load_arrived){0};
	if (!config_sound(config))
		return -EINVAL;
	uint64_t cpu_ns = clock_thread_cpu_ns();

	pass_begin(load, &pass);
	int rc = pass_loop(load, &pass);

	pass.result.cpu_ns = clock_thread_cpu_ns() - cpu_ns;
	pass.result.ticks = clock_span(pass.start, pass.delivered);
	pass.result.submitted = pass.next;
	load->last = pass.delivered;
	pass_give_up(load, &pass);
	load->first_cookie += pass.next;
	if (!rc)
		rc = load_reap_surprises(load, &pass.result);
	load_result_add(result, &pass.result);
	*arrived = (struct load_arrived){
		.offered = pass.arrived,
		.dropped = pass.arrived > pass.next ? pass.arrived - pass.next : 0,
		.backlog_peak = pass.backlog_peak,
		.span_ticks = pass.last_intended,
		.tail_ticks = pass.result.ticks > pass.last_intended
	                              ? pass.result.ticks - pass.last_intended
	                              : 0,
	};
	return rc < 0 ? rc : 0;
}
