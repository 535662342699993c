// SPDX-License-Identifier: BSD-2-Clause
/*
 * load.c: the closed loop, and opening and closing a load. Called by harness/run; knows neither the miniport nor the port behind the target.
 *
 * An op of a round is LOAD_FRESH, LOAD_IN_FLIGHT or LOAD_DONE, one byte each; a completion is good only if it takes its op from
 * LOAD_IN_FLIGHT to LOAD_DONE. Everything else is a surprise and goes the slow way.
 */
#include "harness/load/load_priv.h"

#include "drivers/support/fault.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT_DEFAULT_NS UINT64_C(3000000000)

/* What changes within one round. */
struct round {
	const struct load_op *ops;
	struct hist *hist;
	struct load_result result;
	uint32_t count;          /* ops to be submitted; less once it is stopped */
	uint32_t next;           /* first op not yet accepted */
	uint32_t in_flight;      /* accepted and not yet back */
	struct tick first, last; /* start of the round, last reap that delivered */
	unsigned spins;          /* empty reaps since the last look at the clock */
};

static int config_check(const struct load_config *config, uint32_t ops_max, struct err *err)
{
	if (!config->depth)
		return err_set(err, ERR_USAGE, -EINVAL, "load: depth 0: expected 1 or more");
	if (!config->batch || config->batch > config->depth)
		return err_set(err, ERR_USAGE, -EINVAL,
			"load: batch %u: expected 1 to the depth, %u", config->batch,
			config->depth);
	if (!ops_max)
		return err_set(err, ERR_USAGE, -EINVAL,
			"load: rounds of 0 operations: expected 1 or more");
	return 0;
}

/* Slots are found by masking: a power of two of them, at least one an op. */
static uint32_t mask_of(uint32_t ops_max)
{
	uint32_t mask = 1;

	while (mask < ops_max)
		mask = mask * 2 + 1;
	return mask;
}

static bool load_arrays(struct load *load)
{
	size_t slots = (size_t)load->mask + 1;

	if (!fault_point("load_start_alloc"))
		load->start = calloc(slots, sizeof(*load->start));
	if (load->start && !fault_point("load_state_alloc"))
		load->state = calloc(slots, sizeof(*load->state));
	if (load->state && !fault_point("load_intended_alloc"))
		load->intended = calloc(slots, sizeof(*load->intended));
	if (load->intended && !fault_point("load_len_alloc"))
		load->len_bytes = calloc(slots, sizeof(*load->len_bytes));
	return load->len_bytes != NULL;
}

int load_open(
	struct load **out, const struct load_config *config, uint32_t ops_max, struct err *err)
{
	int rc = config_check(config, ops_max, err);
	struct load *load = NULL;

	*out = NULL;
	if (rc)
		return rc;
	if (!fault_point("load_alloc"))
		load = calloc(1, sizeof(*load));
	if (!load)
		goto no_memory;
	load->mask = mask_of(ops_max);
	if (!load_arrays(load))
		goto no_memory;
	load->config = *config;
	if (!load->config.timeout_ns)
		load->config.timeout_ns = TIMEOUT_DEFAULT_NS;
	load->timeout_ticks = (uint64_t)((double)load->config.timeout_ns /
					 config->clock->ns_per_tick);
	load->ops_max = ops_max;
	load->first_cookie = 1;
	*out = load;
	return 0;

no_memory:
	load_close(load);
	return err_short(err, -ENOMEM, "load: no memory for rounds of %u operations", ops_max);
}

void load_close(struct load *load)
{
	if (!load)
		return;
	free(load->len_bytes);
	free(load->intended);
	free(load->start);
	free(load->state);
	free(load);
}

struct tick load_last(const struct load *load)
{
	return load->last;
}

uint64_t load_next_cookie(const struct load *load)
{
	return load->first_cookie + load->count;
}

unsigned load_findings(const struct load *load, struct load_finding *out)
{
	memcpy(out, load->finding, load->findings * sizeof(*out));
	return load->findings;
}

void load_note(struct load *load, enum load_finding_kind kind, const struct load_completion *done,
	uint32_t expected_bytes)
{
	if (load->findings == LOAD_FINDINGS_MAX)
		return;
	load->finding[load->findings++] = (struct load_finding){
		.kind = kind,
		.cookie = done->cookie,
		.status = done->status,
		.len_bytes = done->len_bytes,
		.expected_bytes = expected_bytes,
	};
}

/* A completion that no op in flight waits for. */
static __attribute__((cold, noinline)) void surprise(
	struct load *load, struct load_result *result, const struct load_completion *done)
{
	uint64_t index = done->cookie - load->first_cookie;
	bool before = done->cookie >= 1 && done->cookie < load->first_cookie;
	bool again = before || (index < load->count && load->state[index] == LOAD_DONE);

	if (again)
		result->duplicated++;
	else
		result->unknown++;
	load_note(load, again ? LOAD_DUPLICATED : LOAD_UNKNOWN, done, 0);
}

/* A completion with an error, or with another length than asked for. */
static __attribute__((cold, noinline)) void failure(struct load *load, struct round *round,
	const struct load_completion *done, uint32_t expected_bytes)
{
	round->result.failed++;
	load_note(load, done->status ? LOAD_FAILED : LOAD_SHORT, done, expected_bytes);
	if (load->config.quit && done->status)
		round->count = round->next;
}

static inline void round_take(
	struct load *load, struct round *round, const struct load_completion *done, struct tick now)
{
	uint64_t index = done->cookie - load->first_cookie;

	if (__builtin_expect(index >= load->count || load->state[index] != LOAD_IN_FLIGHT, 0)) {
		surprise(load, &round->result, done);
		return;
	}
	load->state[index] = LOAD_DONE;
	round->in_flight--;
	round->result.transfer_rounds += done->rounds;
	round->result.elements += done->elements;
	if (__builtin_expect(done->status || done->len_bytes != round->ops[index].len_bytes, 0)) {
		failure(load, round, done, round->ops[index].len_bytes);
		return;
	}
	round->result.completed++;
	round->result.bytes += done->len_bytes;
	if (round->hist)
		hist_record(round->hist, clock_span(load->start[index], now));
}

/* Rounds side by side: another load is through, so no more of this one. */
static inline bool round_stopped(struct load *load, struct round *round)
{
	const atomic_bool *stop = load->config.stop;

	if (!stop || !atomic_load_explicit(stop, memory_order_relaxed))
		return false;
	round->count = round->next;
	return true;
}

/* Submits while there is room for a whole batch (or for all that is left). Return: 0 or -errno. */
static inline int round_submit(struct load *load, struct round *round)
{
	const struct load_config *config = &load->config;

	while (round->next < round->count) {
		uint32_t left = round->count - round->next;
		uint32_t want = left < config->batch ? left : config->batch;

		if (round_stopped(load, round) || config->depth - round->in_flight < want)
			break;
		struct tick now = clock_now(config->clock);
		int took = config->ops->submit(config->target, &round->ops[round->next],
			load->first_cookie + round->next, want);

		round->result.submit_calls++;
		if (took < 0)
			return took;
		if ((uint32_t)took > want)
			return -EPROTO;
		if (took && config->ops->date)
			config->ops->date(config->target, now);
		for (uint32_t i = 0; i < (uint32_t)took; i++) {
			load->start[round->next + i] = now;
			load->state[round->next + i] = LOAD_IN_FLIGHT;
		}
		round->next += (uint32_t)took;
		round->in_flight += (uint32_t)took;
		if (load->config.stop && round->next == round->count)
			atomic_store_explicit(load->config.stop, true, memory_order_relaxed);
		if ((uint32_t)took < want)
			break; /* full before its depth: reap first */
	}
	return 0;
}

/* Surprises are no progress: a target that only repeats itself runs into the time-out. Return: ops back, 0 or -errno. */
static inline int round_reap(struct load *load, struct round *round)
{
	struct load_completion done[LOAD_REAP_MAX];
	const uint32_t before = round->in_flight;
	struct tick now;
	int got = load_collect(load, &round->result, done, &now);

	if (got <= 0)
		return got;
	for (int i = 0; i < got; i++)
		round_take(load, round, &done[i], now);
	if (round->in_flight == before)
		return 0;
	round->last = now;
	round->spins = 0;
	return (int)(before - round->in_flight);
}

/* Nothing came: wait or spin a little. Return: 0, -ETIMEDOUT or -errno. */
static int round_idle(struct load *load, struct round *round)
{
	bool wait = load->config.blocking && round->in_flight;

	if (!wait && ++round->spins < LOAD_SPINS_PER_LOOK) {
		load_relax(load);
		return 0;
	}
	round->spins = 0;
	uint64_t idle = clock_span(round->last, clock_now(load->config.clock));

	if (idle >= load->timeout_ticks)
		return -ETIMEDOUT;
	if (!wait)
		return 0;
	uint64_t left_us = clock_ns(load->config.clock, load->timeout_ticks - idle) / 1000 + 1;
	int rc = load->config.ops->wait(
		load->config.target, left_us < UINT32_MAX ? (uint32_t)left_us : UINT32_MAX);

	return rc < 0 ? rc : 0;
}

static int round_loop(struct load *load, struct round *round)
{
	int rc = 0;

	while (rc >= 0 && (round->next < round->count || round->in_flight)) {
		rc = round_submit(load, round);
		if (rc < 0)
			break;
		rc = round_reap(load, round);
		if (!rc)
			rc = round_idle(load, round);
	}
	return rc < 0 ? rc : 0;
}

/*
 * What is still in flight when a round breaks off will not be waited for any more. Should it come after all, it
 * is not LOAD_DONE and counts as unknown.
 */
static void round_give_up(struct load *load, struct round *round)
{
	for (uint32_t i = 0; i < round->next; i++) {
		struct load_completion none = {.cookie = load->first_cookie + i};

		if (load->state[i] != LOAD_IN_FLIGHT)
			continue;
		round->result.lost++;
		load_note(load, LOAD_LOST, &none, round->ops[i].len_bytes);
	}
}

void load_result_add(struct load_result *into, const struct load_result *from)
{
	into->submitted += from->submitted;
	into->completed += from->completed;
	into->failed += from->failed;
	into->lost += from->lost;
	into->duplicated += from->duplicated;
	into->unknown += from->unknown;
	into->bytes += from->bytes;
	into->ticks += from->ticks;
	into->cpu_ns += from->cpu_ns;
	into->transfer_rounds += from->transfer_rounds;
	into->elements += from->elements;
	into->submit_calls += from->submit_calls;
	into->reap_calls += from->reap_calls;
	into->empty_reaps += from->empty_reaps;
}

int load_reap_surprises(struct load *load, struct load_result *result)
{
	struct load_completion done[LOAD_REAP_MAX];
	int got = load->config.ops->reap(load->config.target, done, LOAD_REAP_MAX);

	if (got > LOAD_REAP_MAX)
		return -EPROTO;
	for (int i = 0; i < got; i++)
		surprise(load, result, &done[i]);
	return got;
}

int load_round(struct load *load, const struct load_op *ops, uint32_t count, struct hist *hist,
	struct load_result *result)
{
	struct round round = {.ops = ops, .hist = hist, .count = count};

	if (count > load->ops_max)
		return -EINVAL;
	load->first_cookie += load->count;
	load->count = count;
	memset(load->state, LOAD_FRESH, count);
	uint64_t cpu_ns = clock_thread_cpu_ns();

	round.first = round.last = clock_now(load->config.clock);
	int rc = round_loop(load, &round);

	round.result.cpu_ns = clock_thread_cpu_ns() - cpu_ns;
	round.result.ticks = clock_span(round.first, round.last);
	round.result.submitted = round.next;
	load->last = round.last;
	round_give_up(load, &round);
	if (!rc)
		rc = load_reap_surprises(load, &round.result);
	load_result_add(result, &round.result);
	return rc < 0 ? rc : 0;
}

int load_drain(struct load *load, uint32_t timeout_us, struct load_result *result)
{
	const struct clock *clock = load->config.clock;
	struct tick start = clock_now(clock);
	int total = 0;

	do {
		int got = load_reap_surprises(load, result);

		if (got < 0)
			return got;
		total += got;
		cpu_relax();
	} while (
		clock_ns(clock, clock_span(start, clock_now(clock))) < (uint64_t)timeout_us * 1000);
	return total;
}
